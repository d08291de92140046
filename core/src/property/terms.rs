//! What formulas count: instances that are in some way, calls that went out or came back.

use std::collections::VecDeque;

use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, Status, StoppedMode};
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::fact::{Action, Belief, CallFact};
use crate::units::{SimDuration, SimTime};

use super::kept::Kept;

/// A count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What is counted.
    pub count: Count,
    /// Instances that it is about, ascending; all, if none.
    pub instances: Option<Vec<InstanceId>>,
    /// The controller whose calls are counted, by its place in the plan; all, if none.
    pub controller: Option<u16>,
    /// Only calls of this operation.
    pub operation: Option<OperationName>,
    /// Only these refusals; all, if none are listed.
    pub refusals: Vec<Refusal>,
    /// Only what happened so long ago or later; since the beginning, if none.
    pub window: Option<SimDuration>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Instances with this status.
    Status(Status),
    /// Instances stopped in economical mode.
    Economical,
    /// Instances whose guest is ready.
    Ready,
    /// Instances that are wanted.
    Wanted,
    /// Instances that are wanted and do not run.
    Down,
    /// Instances that run and are not wanted.
    Idle,
    /// Instances of which the last belief is that a start was carried out.
    BelievedUp,
    /// Instances of which the last belief is that a stop was carried out.
    BelievedDown,
    /// Instances of which the last belief is that something failed.
    GivenUp,
    /// Calls sent.
    Calls,
    /// Answers that refused something, as their callers received them.
    Refusals,
    /// Calls whose answers were waited for no longer.
    Timeouts,
    /// Faults that struck.
    Faults,
}

impl Count {
    /// Every count, with the word for it.
    pub const ALL: [(&'static str, Count); 18] = [
        ("pending", Count::Status(Status::Pending)),
        ("starting", Count::Status(Status::Starting)),
        ("running", Count::Status(Status::Running)),
        ("stopping", Count::Status(Status::Stopping)),
        ("stopped", Count::Status(Status::Stopped)),
        ("absent", Count::Status(Status::Absent)),
        ("economical", Count::Economical),
        ("ready", Count::Ready),
        ("wanted", Count::Wanted),
        ("down", Count::Down),
        ("idle", Count::Idle),
        ("believed_up", Count::BelievedUp),
        ("believed_down", Count::BelievedDown),
        ("given_up", Count::GivenUp),
        ("calls", Count::Calls),
        ("refusals", Count::Refusals),
        ("timeouts", Count::Timeouts),
        ("faults", Count::Faults),
    ];

    /// Which instances it counts; nothing for what happens.
    pub const fn meaning(self) -> &'static str {
        match self {
            Count::Status(Status::Absent) => "instances that are not there",
            Count::Status(_) => "instances with this status",
            Count::Economical => "instances stopped in economical mode",
            Count::Ready => "instances whose guest is ready",
            Count::Wanted => "instances that are wanted",
            Count::Down => "instances that are wanted and do not run",
            Count::Idle => "instances that run and are not wanted",
            Count::BelievedUp => "instances that a controller believes to be started",
            Count::BelievedDown => "instances that a controller believes to be stopped",
            Count::GivenUp => "instances with which a controller believes to have failed",
            Count::Calls | Count::Refusals | Count::Timeouts | Count::Faults => "",
        }
    }

    /// Whether it counts things that happen, not instances.
    pub const fn is_of_events(self) -> bool {
        matches!(self, Count::Calls | Count::Refusals | Count::Timeouts | Count::Faults)
    }

    /// Whether it is about calls, which have an operation and a controller.
    pub const fn is_of_calls(self) -> bool {
        matches!(self, Count::Calls | Count::Refusals | Count::Timeouts)
    }

    fn includes(self, one: &Kept) -> bool {
        match self {
            Count::Status(status) => one.state.status() == status,
            Count::Economical => {
                one.state == State::Stopped { effective: StoppedMode::StopCharging }
            }
            Count::Ready => one.ready,
            Count::Wanted => one.wanted,
            Count::Down => one.wanted && !one.is_up(),
            Count::Idle => one.has_demand && !one.wanted && one.is_up(),
            Count::BelievedUp => one.belief == Belief::Done(Action::Start),
            Count::BelievedDown => one.belief == Belief::Done(Action::Stop),
            Count::GivenUp => matches!(one.belief, Belief::Failed(_)),
            Count::Calls | Count::Refusals | Count::Timeouts | Count::Faults => false,
        }
    }
}

/// Something that happened, as far as terms count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Happened<'a> {
    pub count: Count,
    pub instance: InstanceId,
    pub call: Option<&'a CallFact>,
    pub refusal: Option<Refusal>,
}

/// The value of a term, kept as it changes.
#[derive(Clone, Debug)]
pub(super) struct Counter<'a> {
    pub term: &'a Term,
    value: u64,
    /// When what is within the window happened.
    times: VecDeque<SimTime>,
}

impl<'a> Counter<'a> {
    pub fn new(term: &'a Term, all: &[Kept]) -> Counter<'a> {
        let counts = |place: &usize| {
            term.is_about(InstanceId::at(*place)) && term.count.includes(&all[*place])
        };
        let value = (0..all.len()).filter(counts).count() as u64;
        Counter { term, value, times: VecDeque::new() }
    }

    /// Whether its value changed as an instance did.
    pub fn turn(&mut self, id: InstanceId, was: &Kept, is: &Kept) -> bool {
        if self.term.count.is_of_events() || !self.term.is_about(id) {
            return false;
        }
        match (self.term.count.includes(was), self.term.count.includes(is)) {
            (false, true) => self.value += 1,
            (true, false) => self.value -= 1,
            (true, true) | (false, false) => return false,
        }
        true
    }

    /// Whether its value changed by something that happened.
    pub fn happened(&mut self, now: SimTime, event: &Happened<'_>) -> bool {
        let Term { count, controller, operation, refusals, window, .. } = self.term;
        let of_call = |wanted: &dyn Fn(&CallFact) -> bool| event.call.is_some_and(wanted);
        let counts = *count == event.count
            && self.term.is_about(event.instance)
            && controller.is_none_or(|who| of_call(&|call| call.controller == who))
            && operation.is_none_or(|name| of_call(&|call| call.operation == name))
            && (refusals.is_empty() || event.refusal.is_some_and(|one| refusals.contains(&one)));
        if counts {
            self.value += 1;
            if window.is_some() {
                self.times.push_back(now);
            }
        }
        counts
    }

    /// When the first of what it counts is over its window.
    pub fn next_change(&self) -> Option<SimTime> {
        let window = self.term.window?;
        Some(self.times.front()?.saturating_add(window))
    }

    /// Forgets what is over its window; whether its value changed.
    pub fn forget(&mut self, now: SimTime) -> bool {
        let before = self.value;
        while self.next_change().is_some_and(|over| over <= now) {
            self.times.pop_front();
            self.value -= 1;
        }
        self.value != before
    }

    pub fn value(&self) -> u64 {
        self.value
    }
}

impl Term {
    fn is_about(&self, id: InstanceId) -> bool {
        let listed = self.instances.as_ref();
        listed.is_none_or(|instances| instances.binary_search(&id).is_ok())
    }
}
