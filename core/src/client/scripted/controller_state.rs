//! What is kept of each controller: its jobs, its queue and its pace.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::controller::policy::{Controller, Drive};
use crate::controller::retry::Spent;
use crate::controller::schedule::{self, Deferral, Moment};
use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::{InstanceId, TypeId};
use crate::fact::Action;
use crate::units::{SimDuration, SimTime};

use super::defects::Flaws;
use super::job::{Job, NO_RETRY_STATE, RetryState, Stage, Step, Turn};
use super::pace::Intent;

/// No request holds the instance.
pub(super) const NO_HOLD: u32 = u32::MAX;

/// The state of one controller.
#[derive(Clone, Debug)]
pub(super) struct ControllerState<'a> {
    /// Its instances, in acting order: those of the plan, unless that is another order or one of
    /// them was replaced.
    pub(super) order: Cow<'a, [InstanceId]>,
    /// One job per instance, in the same order.
    pub(super) jobs: Vec<Job>,
    /// Positions whose starts wait for other groups to be ready.
    pub(super) held: BTreeSet<u32>,
    /// Who waits for a turn: one lane, or one per zone and type.
    lanes: Vec<Lane>,
    /// The lane of each position; empty with one lane.
    lane_of: Vec<u32>,
    /// Jobs under way that count against the concurrency limit.
    pub(super) open: u32,
    /// Earliest instant of the next call under a rate limit.
    pub(super) next_send: SimTime,
    /// Whether a `PaceElapsed` is on its way.
    pub(super) pace_armed: bool,
    /// It was throttled, and goes on one call at a time.
    pub(super) trickle: Option<Trickle>,
    /// Whether one is on its way at this very instant, to gather a batch call.
    pub(super) gathering: bool,
    /// How many of its requests it has made.
    pub(super) requests_made: u32,
    /// Jobs that ask again with the next batch call, by position and serial number.
    pub(super) again: VecDeque<(u32, u32)>,
    /// What its own requests want, by position, if they are the demand.
    pub(super) wants: Vec<bool>,
    /// Positions of instances that what it goes by says nothing of.
    pub(super) outside: BTreeSet<u32>,
    /// The types of instances that are not of their group's own, as far as answers told, by
    /// position.
    pub(super) types: BTreeMap<u32, TypeId>,
    /// Batch calls sent so far, by occasion.
    pub(super) batch_calls: BTreeMap<u64, u32>,
    /// Its due moments, ascending, for scheduled controllers.
    pub(super) moments: Vec<Moment>,
    /// Which stops keep charging after a shortage, and what retries have cost.
    pub(super) deferral: Deferral,
    pub(super) spent: Spent,
    /// Due moments of stops so far: the rotation of the share kept charging.
    pub(super) stop_moments: u64,
    /// The look of a watch controller that is under way.
    pub(super) look: Look,
    /// Where each instance stands, ascending by instance, for controllers with listed requests.
    positions: Vec<(InstanceId, u32)>,
    /// What jobs take beyond one call, as far as any was needed.
    retry_states: Vec<RetryState>,
    /// How many jobs were begun so far; empty for controllers that do not replace.
    begun: Vec<u32>,
    /// The requests that hold instances; empty unless they are drawn.
    holds: Vec<u32>,
    /// How often each job failed for a cause of each retry rule; empty with one rule or none.
    failures: Vec<u32>,
    rules: usize,
    /// When Poisson requests come.
    pub(super) requests: Option<PoissonTrack<'a>>,
    /// What it keeps because of defects.
    pub(super) flaws: Flaws,
}

/// Positions that wait for their turn under a batch, concurrency or rate limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) agenda: VecDeque<u32>,
    /// Calls that may still join the batch, and calls of it that are not through.
    pub(super) batch_left: u32,
    pub(super) batch_open: u32,
}

/// How a throttled controller sends until a call is let in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trickle {
    /// Answers to earlier calls say nothing about now.
    pub(super) since: SimTime,
    /// At least this long between two calls.
    pub(super) interval: SimDuration,
}

/// A watch controller going through its pages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// When it began.
    pub(super) began: SimTime,
    /// How many looks there have been, and the page it is at, from 0.
    pub(super) number: u32,
    pub(super) page: u32,
}

impl<'a> ControllerState<'a> {
    pub(super) fn new(
        controller: &Controller,
        order: Cow<'a, [InstanceId]>,
        lane_of: Vec<u32>,
    ) -> ControllerState<'a> {
        let moments = match &controller.drive {
            Drive::Edges { edges, acts, absence, .. } => {
                schedule::moments(edges, *acts, controller.lead, absence)
            }
            Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => Vec::new(),
        };
        let mut positions = Vec::new();
        if let Drive::Listed(_) = controller.drive {
            positions.extend(order.iter().copied().zip(0..));
            positions.sort_unstable();
        }
        let rules = controller.retry.len();
        let batch = controller.pacing.batch.unwrap_or(0);
        let lanes = lane_of.iter().max().map_or(1, |last| *last as usize + 1);
        let drawn = matches!(controller.drive, Drive::Poisson { .. });
        ControllerState {
            positions,
            retry_states: Vec::new(),
            begun: vec![0; if controller.replace.is_some() { order.len() } else { 0 }],
            holds: vec![NO_HOLD; if drawn { order.len() } else { 0 }],
            failures: vec![0; if rules > 1 { rules * order.len() } else { 0 }],
            rules,
            trickle: None,
            moments,
            deferral: Deferral::default(),
            spent: Spent::default(),
            jobs: vec![Job::new(); order.len()],
            order,
            held: BTreeSet::new(),
            lanes: vec![Lane { batch_left: batch, ..Lane::default() }; lanes],
            lane_of,
            open: 0,
            next_send: SimTime::ZERO,
            pace_armed: false,
            gathering: false,
            requests_made: 0,
            again: VecDeque::new(),
            wants: Vec::new(),
            outside: BTreeSet::new(),
            types: BTreeMap::new(),
            batch_calls: BTreeMap::new(),
            stop_moments: 0,
            look: Look::default(),
            requests: None,
            flaws: Flaws::default(),
        }
    }

    /// Where an instance stands, for controllers with listed requests.
    pub(super) fn position_of(&self, instance: InstanceId) -> Option<u32> {
        let found = self.positions.binary_search_by_key(&instance, |(id, _)| *id);
        found.ok().map(|place| self.positions[place].1)
    }

    /// The lane in which a position waits for its turn.
    pub(super) fn lane(&mut self, position: u32) -> &mut Lane {
        let lane = self.lane_of.get(position as usize).map_or(0, |lane| *lane as usize);
        &mut self.lanes[lane]
    }

    /// What a job takes beyond one call and its answer.
    #[inline(always)]
    pub(super) fn retry_state(&self, position: u32) -> &RetryState {
        self.kept(self.jobs[position as usize].retry_state)
    }

    /// The retry state at the place that a job names.
    #[inline(always)]
    pub(super) fn kept(&self, retry_state: u32) -> &RetryState {
        self.retry_states.get(retry_state as usize).unwrap_or(&RetryState::NONE)
    }

    /// The same, to be changed: it is kept from now on.
    #[inline(always)]
    pub(super) fn retry_state_mut(&mut self, position: u32) -> &mut RetryState {
        if self.jobs[position as usize].retry_state == NO_RETRY_STATE {
            self.keep_retry_state(position);
        }
        &mut self.retry_states[self.jobs[position as usize].retry_state as usize]
    }

    #[inline(never)]
    fn keep_retry_state(&mut self, position: u32) {
        let place = u32::try_from(self.retry_states.len()).expect("one per job at the most");
        self.jobs[position as usize].retry_state = place;
        self.retry_states.push(RetryState::NONE);
    }

    /// A new job begins: nothing has failed yet, and nothing was taken beyond a call. Its serial
    /// number.
    #[inline(always)]
    pub(super) fn begin(&mut self, position: u32, intent: Intent, step: Step, keep: bool) -> u32 {
        self.forget_failures(position);
        if let Some(begun) = self.begun.get_mut(position as usize) {
            *begun = begun.wrapping_add(1);
        }
        let job = &mut self.jobs[position as usize];
        job.enter(Stage::Queued);
        job.action = intent.action;
        job.due = intent.due;
        job.occasion = intent.occasion;
        job.first_call = SimTime::NEVER;
        job.attempt = 0;
        let serial = job.serial;
        if job.retry_state != NO_RETRY_STATE {
            self.retry_states[job.retry_state as usize] = RetryState::NONE;
        }
        if step != Step::Own || keep {
            let retry_state = self.retry_state_mut(position);
            retry_state.step = step;
            retry_state.keep = keep;
        }
        serial
    }

    /// Asks for something else from here on; retries are counted anew.
    pub(super) fn turn_to(&mut self, position: u32, step: Step) {
        let step_from = self.jobs[position as usize].attempt;
        if self.retry_state(position).step != step || step_from > 0 {
            let retry_state = self.retry_state_mut(position);
            retry_state.step = step;
            retry_state.step_from = step_from;
        }
    }

    /// Whether no batch call does what a job asks for: batches stop, start and reboot, and
    /// nothing else.
    pub(super) fn is_single(&self, position: u32) -> bool {
        let action = self.jobs[position as usize].action;
        let in_batches = matches!(action, Action::Stop | Action::Start | Action::Reboot);
        self.retry_state(position).step != Step::Own || !in_batches
    }

    /// How many jobs were begun here so far, of a controller that replaces.
    pub(super) fn begun(&self, position: u32) -> u32 {
        self.begun[position as usize]
    }

    /// The request that holds an instance.
    pub(super) fn hold(&self, position: u32) -> u32 {
        self.holds.get(position as usize).copied().unwrap_or(NO_HOLD)
    }

    /// A request holds an instance from now on, or none does.
    pub(super) fn set_hold(&mut self, position: u32, number: u32) {
        if let Some(hold) = self.holds.get_mut(position as usize) {
            *hold = number;
        }
    }

    /// The first lane whose batch lets its first position go, by place, and that position.
    pub(super) fn next_up(&mut self, batch: Option<u32>) -> Option<(usize, u32)> {
        let jobs = &self.jobs;
        self.lanes.iter_mut().enumerate().find_map(|(place, lane)| {
            // Superseded while queued: its new turn stands further back.
            while let Some(front) = lane.agenda.front() {
                let job = &jobs[*front as usize];
                if job.stage == Stage::Queued && job.turn == Turn::Free {
                    break;
                }
                lane.agenda.pop_front();
            }
            let front = *lane.agenda.front()?;
            if let Some(batch) = batch {
                if lane.batch_left == 0 && lane.batch_open > 0 {
                    return None;
                }
                if lane.batch_left == 0 {
                    lane.batch_left = batch;
                }
            }
            Some((place, front))
        })
    }

    /// Whether nobody waits for a turn.
    #[inline(always)]
    pub(super) fn is_idle(&self) -> bool {
        self.lanes.iter().all(|lane| lane.agenda.is_empty())
    }

    /// Takes the first position out of a lane: it joins the batch, if there are any.
    pub(super) fn take(&mut self, lane: usize, batched: bool) -> Option<u32> {
        let lane = &mut self.lanes[lane];
        let position = lane.agenda.pop_front()?;
        let job = &mut self.jobs[position as usize];
        job.turn = if batched { Turn::Batched } else { Turn::Counted };
        self.open += 1;
        if batched {
            lane.batch_left -= 1;
            lane.batch_open += 1;
        }
        Some(position)
    }

    /// One more failure of a job for a cause of this rule: how many there are now.
    pub(super) fn failed(&mut self, position: u32, rule: usize) -> u32 {
        match self.failures.get_mut(position as usize * self.rules + rule) {
            Some(count) => {
                *count += 1;
                *count
            }
            // With one rule every failure that is retried is its own.
            None => self.jobs[position as usize].attempt - self.retry_state(position).step_from,
        }
    }

    fn forget_failures(&mut self, position: u32) {
        if !self.failures.is_empty() {
            let first = position as usize * self.rules;
            self.failures[first..first + self.rules].fill(0);
        }
    }
}
