//! The port: how anybody acts on the modelled cloud.
//!
//! A [`Client`] is told what it waits for, and says into its [`Outbox`] what it does about that:
//! calls to send, times at which it wants to be woken. It knows what it was told and nothing else;
//! it has never seen the region. It takes a seat of the plan
//! ([`Plan::add_seat`](crate::sim::plan::Plan::add_seat)) with
//! [`Sim::take_seat`](crate::sim::Sim::take_seat).
//!
//! A client is a part of the run: told the same, it has to do the same. It reads no clock, no
//! random source and no file while it acts.

mod event;
mod outbox;
mod outputs;
pub mod plan;
pub mod scripted;
mod seats;

use crate::demand::Edge;
use crate::ecs::answer::Answer;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::{
    DescribeInstanceStatus, Ids, Operation, StartInstance, StopInstance, Target,
};
use crate::ecs::refusal::Refusal;
use crate::engine::Occasion;
use crate::units::{SimDuration, SimTime};

pub use event::{Event, Numbered, Ticket, Whose};
pub use outbox::{Intent, Outbox, Wish};
pub use outputs::{News, Outputs};
pub use scripted::Clients;
pub use seats::{Post, Posted};

/// Somebody who calls the cloud.
pub trait Client {
    /// Something that it waited for has happened.
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox);

    /// A copy of it as it is, for a run that splits; none if it cannot be copied.
    fn fork(&self) -> Option<Box<dyn Client>> {
        None
    }
}

/// What a client is told.
#[derive(Clone, Copy, Debug)]
pub enum Wake<'a> {
    /// It has taken its seat.
    Begin(&'a Brief),
    /// The time has come that it asked for.
    Timer(Token),
    /// The answer to a call has arrived.
    Answered(CallId, &'a Result<Answer, Refused>),
    /// The answer to a call has not arrived within the time-out of its seat, and is waited for no
    /// longer.
    TimedOut(CallId),
}

/// What a client is told when it takes its seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The instances that it looks after, in the order of the scenario.
    pub instances: Vec<InstanceId>,
    /// Their names, in the same order.
    pub names: Vec<String>,
    /// When what is wanted of them changes from now on, ascending; empty if it follows no demand.
    pub edges: Vec<Edge>,
    /// The end of the run: nothing happens at or after it.
    pub horizon: SimTime,
}

/// A time that a client asked for: its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token(pub u32);

/// A call of a client: numbered from 0 in the order in which it sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u32);

/// A call, with what its luck is keyed by.
///
/// What luck decides about a call (how long it travels, whether a fault strikes it, how long a stop
/// or a start takes) is a function of the client's name, the instance it is about, the occasion
/// and the number. Two calls that agree in all of that share their luck: a retry has the next
/// number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is asked for.
    pub operation: Operation,
    /// What it belongs to: an edge of demand, or a number of the client's own.
    pub occasion: Occasion,
    /// Which call of this occasion it is, from 0.
    pub number: u32,
}

impl Call {
    /// A stop of one instance that says nothing else: the account's default decides on the mode.
    pub const fn stop(instance: InstanceId, occasion: Occasion, number: u32) -> Call {
        let operation = Operation::StopInstance(StopInstance::of(instance));
        Call { operation, occasion, number }
    }

    /// A start of one instance.
    pub const fn start(instance: InstanceId, occasion: Occasion, number: u32) -> Call {
        let operation = Operation::StartInstance(StartInstance::of(instance));
        Call { operation, occasion, number }
    }

    /// A look at the status of one instance.
    pub const fn look(instance: InstanceId, occasion: Occasion, number: u32) -> Call {
        let read = DescribeInstanceStatus::of(instance);
        Call { operation: Operation::DescribeInstanceStatus(read), occasion, number }
    }

    /// The one instance that it is about; none for a batch, a page, stock or a new instance.
    pub fn about(&self) -> Option<InstanceId> {
        match self.operation.ids() {
            Some(Ids::One(instance)) => Some(*instance),
            Some(Ids::All | Ids::Listed(_)) => None,
            None => self.operation.target().and_then(Target::known),
        }
    }
}

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The row of the catalogue: code, message, HTTP status.
    pub refusal: Refusal,
    /// When to ask again, if the answer says so.
    pub retry_after: Option<SimDuration>,
    /// The RequestId of the answer.
    pub request_id: String,
}

#[cfg(test)]
mod tests;
