//! Calls: sent, handled, answered, given up; the most of them in a clock minute.

use crate::ecs::operation::OperationName;
use crate::ecs::refusal::RefusalClass;
use crate::fact::{CallAnswer, CallFact};
use crate::units::{SimDuration, SimTime};

use super::Books;
use super::outcome::LatencyName;

const MICROS_PER_MINUTE: u64 = 60_000_000;

/// Calls that reached the region in one clock minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Minute {
    minute: u64,
    calls: u64,
    calls_of: [u64; OperationName::ALL.len()],
}

impl Minute {
    /// Counts a call that reaches the region; keeps the most in a clock minute, of all
    /// operations and of its own.
    fn count(
        &mut self,
        now: SimTime,
        operation: OperationName,
        peak: &mut u64,
        peak_of_operation: &mut u64,
    ) {
        let minute = now.as_micros() / MICROS_PER_MINUTE;
        if minute != self.minute {
            self.minute = minute;
            self.calls = 0;
            self.calls_of.fill(0);
        }
        self.calls += 1;
        *peak = (*peak).max(self.calls);
        let of_operation = &mut self.calls_of[operation as usize];
        *of_operation += 1;
        *peak_of_operation = (*peak_of_operation).max(*of_operation);
    }
}

impl Books<'_> {
    /// A call was answered so long after it was sent.
    #[inline(always)]
    pub fn answered(&mut self, operation: OperationName, took: SimDuration) {
        self.took(LatencyName::Api(operation), took);
    }

    /// A caller waits no longer for the answer to its call.
    #[inline(always)]
    pub fn timed_out(&mut self, caller: u16, operation: OperationName) {
        self.out.counts.calls[operation as usize].timed_out += 1;
        self.out.counts.clients[usize::from(caller)].timed_out += 1;
        self.censored(LatencyName::Api(operation));
    }

    /// A call will never be answered, and its caller waits for ever.
    pub fn unanswered(&mut self, operation: OperationName) {
        self.censored(LatencyName::Api(operation));
    }

    /// A quota is used up for so long.
    pub fn quota_used_up(&mut self, now: SimTime, operation: OperationName, lasts: SimDuration) {
        let until = now.saturating_add(lasts).min(self.plan.horizon);
        self.out.counts.calls[operation as usize].throttled_us += until.since(now).as_micros();
    }

    /// A caller gives up what it wanted of an instance.
    pub fn given_up(&mut self, caller: u16) {
        self.out.counts.clients[usize::from(caller)].given_up += 1;
    }

    #[inline(always)]
    pub(super) fn on_call_sent(&mut self, call: &CallFact) {
        self.out.counts.calls[call.operation as usize].sent += 1;
        let tally = &mut self.out.counts.clients[usize::from(call.controller)];
        if call.operation.shows_status() {
            tally.looks += 1;
        } else {
            tally.calls += 1;
        }
    }

    #[inline(always)]
    pub(super) fn on_call_handled(
        &mut self,
        now: SimTime,
        operation: OperationName,
        answer: CallAnswer,
    ) {
        let tally = &mut self.out.counts.calls[operation as usize];
        let (most, most_of_operation) =
            (&mut self.out.counts.peak_calls_per_minute, &mut tally.peak_per_minute);
        self.minute.count(now, operation, most, most_of_operation);
        match answer {
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => tally.accepted += 1,
            CallAnswer::Refused(refusal) if refusal.class() == RefusalClass::DryRun => {
                tally.dry_run += 1;
            }
            CallAnswer::Refused(refusal) => *tally.refused.entry(refusal).or_default() += 1,
        }
    }

    pub(super) fn on_item_handled(&mut self, operation: OperationName, answer: CallAnswer) {
        let items = &mut self.out.counts.calls[operation as usize].items;
        match answer {
            CallAnswer::Refused(refusal) => *items.refused.entry(refusal).or_default() += 1,
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => items.accepted += 1,
        }
    }
}
