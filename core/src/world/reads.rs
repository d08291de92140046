//! What a read shows: how things are, how they were some time ago, or nothing at all.
//!
//! States that are over are kept only while some fault rule of the plan can ask for them, and no
//! longer than the oldest of these asks: without such a rule nothing is kept.

use std::collections::{BTreeMap, VecDeque};

use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::fault::effect::View;
use crate::fault::rule::CallFault;
use crate::units::{SimDuration, SimTime};

use super::World;
use super::observer::Observer;

/// States that are over, by instance: until when each lasted, oldest first.
#[derive(Clone, Debug)]
pub(super) struct History {
    oldest: SimDuration,
    over: BTreeMap<InstanceId, VecDeque<(SimTime, State)>>,
}

impl History {
    /// Keeps as much as the rules can ask for.
    pub(super) fn new(faults: &[CallFault]) -> History {
        let ages = faults.iter().map(|fault| match fault.effect.course().view {
            View::Ago(age) => age,
            View::Now | View::Without => SimDuration::ZERO,
        });
        History { oldest: ages.max().unwrap_or(SimDuration::ZERO), over: BTreeMap::new() }
    }

    /// An instance is no longer in this state.
    #[inline(always)]
    pub(super) fn ended(&mut self, now: SimTime, instance: InstanceId, state: State) {
        if !self.oldest.is_zero() {
            self.keep(now, instance, state);
        }
    }

    #[inline(never)]
    fn keep(&mut self, now: SimTime, instance: InstanceId, state: State) {
        let over = self.over.entry(instance).or_default();
        while over.front().is_some_and(|(until, _)| now.since(*until) >= self.oldest) {
            over.pop_front();
        }
        over.push_back((now, state));
    }

    /// The state that an instance was in `age` ago, unless it has been in its state ever since.
    fn ago(&self, now: SimTime, instance: InstanceId, age: SimDuration) -> Option<State> {
        let over = self.over.get(&instance)?;
        over.iter().find(|(until, _)| now.since(*until) < age).map(|(_, state)| *state)
    }
}

impl<O: Observer> World<'_, O> {
    /// The state of an instance as a read of this view shows it.
    pub(super) fn seen(&self, instance: InstanceId, view: View) -> Option<State> {
        let now = self.cloud.region().state(instance);
        match view {
            View::Now => Some(now),
            View::Ago(age) => {
                Some(self.rest.history.ago(self.rest.now, instance, age).unwrap_or(now))
            }
            View::Without => None,
        }
    }
}
