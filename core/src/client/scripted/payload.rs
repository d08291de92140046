//! What calls carry that controllers and clients send: for whom, what is asked for, and what of the
//! answer its caller is to read.

use crate::client::CallId;
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{Operation, OperationName, StartInstance, StopInstance};
use crate::ecs::refusal::Refusal;
use crate::engine::Occasion;
use crate::fact::CallFact;
use crate::units::{SimDuration, SimTime};

/// A call, as it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Who calls, by its place in the plan.
    pub controller: u16,
    /// About which instance; of several, the first.
    pub instance: InstanceId,
    /// Which operation.
    pub operation: OperationName,
    /// On which occasion.
    pub occasion: Occasion,
    /// Calls of this occasion before it.
    pub number: u32,
    /// Whether it is about several instances or about none: its luck is that of its caller alone.
    pub shared: bool,
    /// What its caller knows it by.
    pub tag: CallTag,
}

/// What its caller knows a call by.
#[derive(Clone, Copy, Debug)]
pub struct CallTag {
    /// Place of the job among its controller's, or of the first; 0 where there is none.
    pub position: u32,
    /// The job's serial number when it was sent; 0 where there is none.
    pub serial: u32,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub keep: bool,
}

/// What a call asks for: the request as it was worded when it was sent.
#[derive(Clone, Debug)]
pub enum Request {
    /// A stop that a job asks for.
    Stop(StopInstance),
    /// A start that a job asks for.
    Start(StartInstance),
    /// A look of a job at this instance, which says nothing else.
    Look(InstanceId),
    /// What is asked for seldom beside these.
    Other(Box<Carried>),
}

impl Request {
    /// The mode that a stop asks for, if it says one.
    #[inline(always)]
    pub fn stopped_mode(&self) -> Option<StoppedMode> {
        match self {
            Request::Stop(stop) => stop.mode,
            Request::Start(_) | Request::Look(_) => None,
            Request::Other(carried) => carried.stopped_mode(),
        }
    }
}

/// What is asked for seldom, which says as well for whom the call was sent.
#[derive(Clone, Debug)]
pub enum Carried {
    /// What else a job asks for with its instance.
    One(Operation),
    /// Which types are in stock, for a job.
    Stock(StockCall),
    /// A batch, or a look before it.
    Batch(ListCall),
    /// A page of a watch controller.
    Page(Page),
    /// What a client asks for that took a seat.
    Seat(SeatCall),
}

/// A look at stock.
#[derive(Clone, Debug)]
pub struct StockCall {
    /// What is asked for.
    pub operation: Operation,
    /// The types that would do, best first.
    pub types: Vec<TypeId>,
}

/// A batch, or a look before it.
#[derive(Clone, Debug)]
pub struct ListCall {
    /// What is asked for.
    pub operation: Operation,
    /// The instances, in its order.
    pub members: Vec<BatchMember>,
}

/// A page of a watch controller.
#[derive(Clone, Debug)]
pub struct Page {
    /// What is asked for.
    pub operation: Operation,
    /// The instances that are asked for.
    pub ids: Vec<InstanceId>,
    /// What is shown, by place among them; nothing if it was refused.
    pub seen: Vec<(u32, Status)>,
}

/// A call of a client that took a seat.
#[derive(Clone, Debug)]
pub struct SeatCall {
    /// Its number there.
    pub id: CallId,
    /// What is asked for.
    pub operation: Operation,
    /// What the region answered, unless it refused.
    pub answer: Option<Answer>,
}

/// One instance of a batch call, or of a look before it.
#[derive(Clone, Copy, Debug)]
pub struct BatchMember {
    /// Which one.
    pub instance: InstanceId,
    /// Of which job.
    pub position: u32,
    /// The job's serial number when the call was sent.
    pub serial: u32,
    /// The occasion of what is asked of it: its works have the luck of that.
    pub occasion: Occasion,
    /// What the region answered for it, unless it refused the whole call.
    pub answer: Option<Answered>,
}

/// What a caller hears of its call.
#[derive(Debug)]
pub struct Heard {
    /// What every caller hears.
    pub told: Told,
    /// What else the call comes back with, if it carried something.
    pub returned: Option<Box<Returned>>,
}

/// What every caller hears of its call.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Who called, by its place in the plan.
    pub controller: u16,
    /// Which operation.
    pub operation: OperationName,
    /// What its caller knows it by.
    pub tag: CallTag,
    /// When it was sent.
    pub sent_at: SimTime,
    /// The hint of a throttled answer; zero if there is none, or no answer.
    pub retry_after: SimDuration,
    /// The answer in short; none if it was not there in time.
    pub answer: Option<Answered>,
}

/// What a caller is answered, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An action has begun; of a batch, each instance has an answer of its own.
    Accepted,
    /// A read showed this status (of the first instance, for a page).
    Seen(Status),
    /// A read did not have the instance.
    Missing,
    /// It was refused.
    Refused(Refusal),
    /// This instance is created.
    Created(InstanceId),
    /// The first type in stock among those that would do, by its place.
    Stocked(Option<u16>),
}

/// What few calls come back with.
#[derive(Debug)]
pub enum Returned {
    /// The instances of a batch or of a look before it, with what was answered for each.
    Batch(Vec<BatchMember>),
    /// What a page shows, by place among its instances.
    Page(Vec<(u32, Status)>),
    /// What a client asked for that took a seat.
    Seat(SeatReturn),
}

/// What a call of a client comes back with.
#[derive(Debug)]
pub struct SeatReturn {
    /// Its number there.
    pub id: CallId,
    /// As facts name it.
    pub call: CallFact,
    /// The answer in full, unless it was refused.
    pub answer: Option<Answer>,
}

impl Carried {
    #[inline(never)]
    fn stopped_mode(&self) -> Option<StoppedMode> {
        let operation = match self {
            Carried::One(operation) => operation,
            Carried::Batch(list) => &list.operation,
            Carried::Seat(asked) => &asked.operation,
            Carried::Stock(_) | Carried::Page(_) => return None,
        };
        operation.stopped_mode()
    }

    /// Whether it is a page of a watch controller.
    pub fn is_page(&self) -> bool {
        match self {
            Carried::Page(_) => true,
            Carried::One(_) | Carried::Stock(_) | Carried::Batch(_) | Carried::Seat(_) => false,
        }
    }

    /// What a call comes back with that carried this, if it does with anything. A copy of the call
    /// may still be on its way.
    #[inline(never)]
    pub fn take_back(&mut self, call: CallFact) -> Option<Box<Returned>> {
        match self {
            Carried::One(_) | Carried::Stock(_) => None,
            Carried::Batch(batch) => Some(Box::new(Returned::Batch(batch.members.clone()))),
            Carried::Page(page) => Some(Box::new(Returned::Page(std::mem::take(&mut page.seen)))),
            Carried::Seat(asked) => {
                let (id, answer) = (asked.id, asked.answer.take());
                Some(Box::new(Returned::Seat(SeatReturn { id, call, answer })))
            }
        }
    }
}
