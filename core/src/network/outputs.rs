//! What the network has for others, and what it is lent by the run that it is part of.
//!
//! Everything is handed over at once and in order: what a run schedules and tells depends on it.

use crate::ecs::id::InstanceId;
use crate::ecs::operation::OperationName;
use crate::engine::{Identity, Source};
use crate::fact::{CallAnswer, Fact};
use crate::units::{SimDuration, SimTime};

use super::{Event, InFlightCall, Shown};

/// Whoever lends the network time, names and an event list, takes requests to the cloud and answers
/// to callers, and hears of what happens to calls. `T` is what callers know a call by, `P` what few
/// calls carry.
pub trait Outputs<T, P> {
    /// What a caller hears of its call.
    type Heard;

    /// The time.
    fn now(&self) -> SimTime;

    /// The stable identity of an instance.
    fn name(&self, instance: InstanceId) -> Identity;

    /// Puts an event on the list that an earlier one caused.
    fn schedule(&mut self, at: SimTime, source: Source, event: Event);

    /// Puts an event on the list that comes before all that callers do at its time.
    fn schedule_environment(&mut self, at: SimTime, source: Source, event: Event);

    /// The event at hand was listed or drawn beforehand: it brings work, and ends.
    fn listed(&mut self);

    /// A fact, after what it says came about.
    fn happened(&mut self, fact: Fact);

    /// News, after what it says came about.
    fn tell(&mut self, news: News);

    /// A request arrives at the cloud: what that answers, in short. All of it that the caller is to
    /// read is kept in the payload, unless the delivery is a duplicate, which nobody hears of.
    fn deliver(&mut self, delivery: Delivery<'_, T>, payload: &mut P) -> CallAnswer;

    /// A caller is to hear of its call: the answer, or none if it has waited long enough. `handle`
    /// gives it back, so that it is told when the network has done its part: it may send at once.
    fn heard(
        &mut self,
        call: &InFlightCall<T>,
        payload: &mut P,
        answer: Option<CallAnswer>,
    ) -> Self::Heard;
}

/// A request that arrives at the cloud.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'d, T> {
    /// The call.
    pub call: &'d InFlightCall<T>,
    /// Whether it arrives a second time.
    pub duplicate: bool,
    /// What it shows, if it is a read.
    pub shown: Shown<'d>,
}

/// What happens to calls and no fact says, or not all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A call of this operation waits for an answer that will never come.
    Unanswered(OperationName),
    /// The quota of an operation is used up: a call is turned away, the first of its minute.
    QuotaUsedUp {
        /// Which operation.
        operation: OperationName,
        /// Until it is let in again.
        retry_after: SimDuration,
    },
}
