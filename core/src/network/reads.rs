//! What a read shows: how things are, how they were some time ago, or nothing at all.
//!
//! States that are over are kept only while some fault rule of the plan can ask for them, and no
//! longer than the oldest of these asks: without such a rule nothing is kept.

use std::collections::{BTreeMap, VecDeque};

use crate::ecs::answer::{InstancePage, StatusPage, StoppedModeAnswer};
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::operation::Rows;
use crate::fault::effect::View;
use crate::fault::rule::CallFault;
use crate::units::{SimDuration, SimTime};

use super::Network;

/// States that are over, by instance: until when each lasted, oldest first.
#[derive(Clone, Debug)]
pub(super) struct PastStates {
    oldest: SimDuration,
    over: BTreeMap<InstanceId, VecDeque<(SimTime, State)>>,
}

impl PastStates {
    /// Keeps as much as the rules can ask for.
    pub(super) fn new(faults: &[CallFault]) -> PastStates {
        let ages = faults.iter().map(|fault| match fault.effect.course().view {
            View::Ago(age) => age,
            View::Now | View::Without => SimDuration::ZERO,
        });
        PastStates { oldest: ages.max().unwrap_or(SimDuration::ZERO), over: BTreeMap::new() }
    }

    /// The state that an instance was in `age` ago, unless it has been in its state ever since.
    fn ago(&self, now: SimTime, instance: InstanceId, age: SimDuration) -> Option<State> {
        let over = self.over.get(&instance)?;
        over.iter().find(|(until, _)| now.since(*until) < age).map(|(_, state)| *state)
    }
}

impl<T, P> Network<'_, T, P> {
    /// Whether a read may show what is over: if so, it is to be told of every state that ends.
    pub fn shows_past_states(&self) -> bool {
        !self.past.oldest.is_zero()
    }

    /// An instance is no longer in this state, from this time on.
    pub fn state_ended(&mut self, at: SimTime, instance: InstanceId, state: State) {
        let over = self.past.over.entry(instance).or_default();
        while over.front().is_some_and(|(until, _)| at.since(*until) >= self.past.oldest) {
            over.pop_front();
        }
        over.push_back((at, state));
    }
}

/// What a read shows, held against how things are.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    view: View,
    now: SimTime,
    past: &'a PastStates,
}

impl<'a> Shown<'a> {
    #[inline(always)]
    pub(super) fn new(view: View, now: SimTime, past: &'a PastStates) -> Shown<'a> {
        Shown { view, now, past }
    }

    /// The state that is shown of an instance that is in this one; none if it is missing.
    #[inline(always)]
    pub fn state(&self, instance: InstanceId, is: State) -> Option<State> {
        match self.view {
            View::Now => Some(is),
            View::Ago(age) => Some(self.past.ago(self.now, instance, age).unwrap_or(is)),
            View::Without => None,
        }
    }

    /// The page that is shown where this one is true.
    pub fn statuses(&self, mut page: StatusPage) -> StatusPage {
        match self.view {
            View::Now => {}
            View::Without => (page.total_count, page.rows) = (0, Rows::Many(Vec::new())),
            View::Ago(age) => {
                let mut rows = page.rows.to_vec();
                for row in &mut rows {
                    let then = self.past.ago(self.now, row.instance, age);
                    row.status = then.map_or(row.status, State::status);
                }
                page.rows = Rows::Many(rows);
            }
        }
        page
    }

    /// The page that is shown where this one is true: an old copy shows status and stop mode as
    /// they were, addresses and locks as they are. What cannot be stopped in economical mode has no
    /// stop mode.
    pub fn instances(
        &self,
        mut page: InstancePage,
        is_eligible: impl Fn(InstanceId) -> bool,
    ) -> InstancePage {
        match self.view {
            View::Now => {}
            View::Without => page = InstancePage { rows: Rows::Many(Vec::new()), next_token: None },
            View::Ago(age) => {
                let mut rows = page.rows.to_vec();
                for row in &mut rows {
                    let Some(then) = self.past.ago(self.now, row.instance, age) else { continue };
                    row.described.status = then.status();
                    if is_eligible(row.instance) {
                        row.described.stopped_mode = StoppedModeAnswer::of(then);
                    }
                }
                page.rows = Rows::Many(rows);
            }
        }
        page
    }
}
