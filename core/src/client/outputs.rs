//! What clients have for others, and what they are lent by the run that they are part of.
//!
//! Everything is handed over at once and in order: what a run schedules and tells depends on it.

use crate::ecs::id::InstanceId;
use crate::ecs::refusal::Refusal;
use crate::engine::{Identity, Source};
use crate::fact::{Action, Belief, Fact};
use crate::units::SimTime;

use super::Event;
use super::scripted::{Call, Request};

/// Whoever lends clients time, names and an event list, sends their calls, and hears of what they
/// do.
pub trait Outputs {
    /// The time.
    fn now(&self) -> SimTime;

    /// The stable identity of an instance.
    fn name(&self, instance: InstanceId) -> Identity;

    /// Puts an event on the list that an earlier one caused.
    fn schedule(&mut self, at: SimTime, source: Source, event: Event);

    /// The event at hand was overtaken, and changes nothing.
    fn stale(&mut self);

    /// The event at hand was listed or drawn beforehand: it brings work, and ends.
    fn listed(&mut self);

    /// A fact, after what it says came about.
    fn happened(&mut self, fact: Fact);

    /// News, after what it says came about.
    fn tell(&mut self, news: News);

    /// Puts a call on its way, with what it asks for.
    fn send(&mut self, call: Call, request: Request);
}

/// What clients do and no fact says, or not all of it.
#[derive(Clone, Copy, Debug)]
pub enum News {
    /// A controller whose requests are the demand wants an instance, or no longer.
    Wants {
        /// Which instance.
        instance: InstanceId,
        /// Whether it is wanted from now on.
        wanted: bool,
    },
    /// A controller has set out to do something.
    Began {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// With which instance.
        instance: InstanceId,
        /// What.
        action: Action,
        /// The edge or request that asks for it.
        due: SimTime,
    },
    /// The first call of it is about to be sent.
    FirstCall {
        /// About which instance.
        instance: InstanceId,
        /// For which action.
        action: Action,
    },
    /// A controller hears that it was refused.
    Refused {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// With which instance.
        instance: InstanceId,
        /// What it wants to do.
        action: Action,
        /// Why not.
        refusal: Refusal,
    },
    /// A controller hears that no type is in stock that would do for an instance.
    SoldOut(InstanceId),
    /// A controller is through with what it set out to do.
    Finished {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// With which instance.
        instance: InstanceId,
        /// What it believes has become of it.
        belief: Belief,
    },
    /// A controller looks after another instance in place of one that did not come up.
    Adopted {
        /// The one that did not.
        instance: InstanceId,
        /// The other.
        by: InstanceId,
    },
    /// A controller holds a start back until other groups are ready, or no longer.
    Held {
        /// Which controller, by its place in the plan.
        controller: u16,
        /// Of which instance.
        instance: InstanceId,
        /// Whether it does.
        held: bool,
    },
}
