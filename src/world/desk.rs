//! What the world remembers of each controller: its tasks, its queue and its pace.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::controller::policy::{Action, Controller, Drive};
use crate::controller::retry::Spent;
use crate::controller::schedule::{self, Deferral, Moment};
use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::Status;
use crate::ecs::operation::{ClientToken, OperationName};
use crate::engine::Occasion;
use crate::units::{SimDuration, SimTime};

use super::fact::{Belief, CallAnswer};

/// No request holds the instance.
pub(super) const NO_HOLD: u32 = u32::MAX;

/// The state of one controller.
#[derive(Debug)]
pub(super) struct Desk {
    /// Its instances, in acting order.
    pub(super) order: Vec<InstanceId>,
    /// One task per instance, in the same order.
    pub(super) tasks: Vec<Task>,
    /// Positions whose starts wait for other groups to be ready.
    pub(super) held: BTreeSet<u32>,
    /// Who waits for a turn: one lane, or one per zone and type.
    lanes: Vec<Lane>,
    /// The lane of each position; empty with one lane.
    lane_of: Vec<u32>,
    /// Tasks under way that count against the concurrency limit.
    pub(super) open: u32,
    /// Earliest instant of the next call under a rate limit.
    pub(super) next_send: SimTime,
    /// Whether a `PaceElapsed` is on its way.
    pub(super) pace_armed: bool,
    /// It was throttled, and goes on one call at a time.
    pub(super) probing: Option<Probing>,
    /// Whether one is on its way at this very instant, to gather a batch call.
    pub(super) gathering: bool,
    /// Tasks that ask again with the next batch call, by position and serial number.
    pub(super) again: VecDeque<(u32, u32)>,
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
    /// Stops heard of, per task; empty for controllers that do not listen.
    heard: Vec<u32>,
    /// How often each task failed for a cause of each retry rule; empty with one rule or none.
    failures: Vec<u32>,
    rules: usize,
    /// When Poisson requests come.
    pub(super) requests: Option<PoissonTrack>,
}

/// Positions that wait for their turn under a batch, concurrency or rate limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    pub(super) agenda: VecDeque<u32>,
    /// Calls that may still join the batch, and calls of it that are not through.
    pub(super) batch_left: u32,
    pub(super) batch_open: u32,
}

/// A throttled controller feeling its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probing {
    /// Answers to earlier calls say nothing about now.
    pub(super) since: SimTime,
    /// At least this long between two calls.
    pub(super) interval: SimDuration,
}

/// A watch controller going through its pages.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// When it began.
    pub(super) began: SimTime,
    /// How many looks there have been, and the page it is at, from 0.
    pub(super) number: u32,
    pub(super) page: u32,
    /// What the page under way showed; empty when it was refused.
    pub(super) seen: Vec<Status>,
    /// What the region answered to it, once it has.
    pub(super) answer: Option<CallAnswer>,
    /// When the page was sent.
    pub(super) sent_at: SimTime,
    /// What it was asked with, while its answer is awaited.
    pub(super) awaited: Option<OperationName>,
    /// The answer was lost or is too late.
    pub(super) missed: bool,
}

/// What a controller is doing with one instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) occasion: Occasion,
    pub(super) due: SimTime,
    /// First call of this task; `NEVER` before it.
    pub(super) first_call: SimTime,
    /// When the accepted call was answered: from here it waits.
    pub(super) waits_since: SimTime,
    pub(super) backoff: SimDuration,
    /// The hint of the last answer; zero if there was none.
    pub(super) retry_after: SimDuration,
    pub(super) serial: u32,
    pub(super) attempt: u32,
    pub(super) polls: u32,
    /// Looks made when it began to wait.
    pub(super) waits_from: u32,
    /// Looks in a row that failed.
    pub(super) blind: u32,
    /// The request that holds the instance.
    pub(super) hold: u32,
    pub(super) action: Action,
    pub(super) stage: Stage,
    pub(super) belief: Belief,
    /// How many tasks were begun here so far: which one this is.
    pub(super) begun: u32,
    /// What it asks for at the moment, and how many calls it had sent before it asked for that.
    pub(super) step: Step,
    pub(super) step_from: u32,
    /// The stop of this task asks to keep charging, whatever the mode.
    pub(super) keep: bool,
    /// It counts against the batch, or the concurrency limit.
    pub(super) batched: bool,
    pub(super) counted: bool,
    /// It has looked before it calls.
    pub(super) looked: bool,
    /// The token of the change it asks for.
    pub(super) token: ClientToken,
    /// Refusals for want of stock in this round, and types asked for.
    pub(super) shortages: u16,
    pub(super) tried: u16,
    /// A change was accepted: a conflict means that it is not done.
    pub(super) changing: bool,
}

/// What a task asks for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its action.
    Own,
    /// The stop before its deletion.
    StopFirst,
    /// Another instance, because its start does not come off.
    Replacing,
    /// Which types are in stock.
    Probe,
    /// Another type.
    Change(TypeId),
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing to do.
    Idle,
    /// Waits for its turn.
    Queued,
    /// Waits for other groups to be ready.
    Held,
    /// Looks before it calls.
    Looking,
    /// Waits for an answer.
    Calling,
    /// Waits before it asks again.
    Backoff,
    /// Waits for its action to be done.
    Waiting,
}

impl Task {
    fn new() -> Task {
        Task {
            occasion: Occasion::lifetime(0),
            due: SimTime::ZERO,
            first_call: SimTime::NEVER,
            waits_since: SimTime::ZERO,
            backoff: SimDuration::ZERO,
            retry_after: SimDuration::ZERO,
            serial: 0,
            attempt: 0,
            polls: 0,
            waits_from: 0,
            blind: 0,
            hold: NO_HOLD,
            action: Action::Stop,
            stage: Stage::Idle,
            belief: Belief::Unknown,
            begun: 0,
            step: Step::Own,
            step_from: 0,
            keep: false,
            batched: false,
            counted: false,
            looked: false,
            token: ClientToken(0),
            shortages: 0,
            tried: 0,
            changing: false,
        }
    }

    /// Asks for something else from here on; retries are counted anew.
    pub(super) fn turn_to(&mut self, step: Step) {
        self.step = step;
        self.step_from = self.attempt;
    }

    /// Whether no batch call does what it asks for: batches stop and start, and nothing else.
    pub(super) fn is_single(&self) -> bool {
        self.step != Step::Own || !matches!(self.action, Action::Stop | Action::Start)
    }

    /// Moves on: everything scheduled for the task before this is stale.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.serial = self.serial.wrapping_add(1);
    }
}

impl Desk {
    pub(super) fn new(controller: &Controller, order: Vec<InstanceId>, lane_of: Vec<u32>) -> Desk {
        let moments = match &controller.drive {
            Drive::Edges { edges, acts, absence, .. } => {
                schedule::moments(edges, *acts, controller.lead, absence)
            }
            Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::Watch { .. }
            | Drive::OnStopped { .. } => Vec::new(),
        };
        let mut positions = Vec::new();
        if let Drive::Listed(_) | Drive::OnStopped { .. } = controller.drive {
            positions.extend(order.iter().copied().zip(0..));
            positions.sort_unstable();
        }
        let rules = controller.retry.len();
        let batch = controller.pacing.batch.unwrap_or(0);
        let lanes = lane_of.iter().max().map_or(1, |last| *last as usize + 1);
        let listens = matches!(controller.drive, Drive::OnStopped { .. });
        Desk {
            positions,
            heard: vec![0; if listens { order.len() } else { 0 }],
            failures: vec![0; if rules > 1 { rules * order.len() } else { 0 }],
            rules,
            probing: None,
            moments,
            deferral: Deferral::default(),
            spent: Spent::default(),
            tasks: vec![Task::new(); order.len()],
            order,
            held: BTreeSet::new(),
            lanes: vec![Lane { batch_left: batch, ..Lane::default() }; lanes],
            lane_of,
            open: 0,
            next_send: SimTime::ZERO,
            pace_armed: false,
            gathering: false,
            again: VecDeque::new(),
            batch_calls: BTreeMap::new(),
            stop_moments: 0,
            look: Look::default(),
            requests: None,
        }
    }

    /// Where an instance stands, for controllers with listed requests or that hear of stops.
    pub(super) fn position_of(&self, instance: InstanceId) -> Option<u32> {
        let found = self.positions.binary_search_by_key(&instance, |(id, _)| *id);
        found.ok().map(|place| self.positions[place].1)
    }

    /// The lane in which a position waits for its turn.
    pub(super) fn lane(&mut self, position: u32) -> &mut Lane {
        let lane = self.lane_of.get(position as usize).map_or(0, |lane| *lane as usize);
        &mut self.lanes[lane]
    }

    /// The first lane whose batch lets its first position go, by place, and that position.
    pub(super) fn next_up(&mut self, batch: Option<u32>) -> Option<(usize, u32)> {
        let tasks = &self.tasks;
        self.lanes.iter_mut().enumerate().find_map(|(place, lane)| {
            // Superseded while queued: its new turn stands further back.
            while let Some(front) = lane.agenda.front() {
                let task = &tasks[*front as usize];
                if task.stage == Stage::Queued && !task.counted {
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
    pub(super) fn is_idle(&self) -> bool {
        self.lanes.iter().all(|lane| lane.agenda.is_empty())
    }

    /// Takes the first position out of a lane: it joins the batch, if there are any.
    pub(super) fn take(&mut self, lane: usize, batched: bool) -> Option<u32> {
        let lane = &mut self.lanes[lane];
        let position = lane.agenda.pop_front()?;
        let task = &mut self.tasks[position as usize];
        task.counted = true;
        self.open += 1;
        if batched {
            task.batched = true;
            lane.batch_left -= 1;
            lane.batch_open += 1;
        }
        Some(position)
    }

    /// One more stop heard of: its number, from 0.
    pub(super) fn hear(&mut self, position: u32) -> u32 {
        let heard = &mut self.heard[position as usize];
        *heard += 1;
        *heard - 1
    }

    /// One more failure of a task for a cause of this rule: how many there are now.
    pub(super) fn failed(&mut self, position: u32, rule: usize) -> u32 {
        match self.failures.get_mut(position as usize * self.rules + rule) {
            Some(count) => {
                *count += 1;
                *count
            }
            // With one rule every failure that is retried is its own.
            None => {
                let task = &self.tasks[position as usize];
                task.attempt - task.step_from
            }
        }
    }

    /// A new task begins: nothing has failed yet.
    pub(super) fn forget_failures(&mut self, position: u32) {
        if !self.failures.is_empty() {
            let first = position as usize * self.rules;
            self.failures[first..first + self.rules].fill(0);
        }
    }
}

/// A call on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) controller: u16,
    pub(super) position: u32,
    /// About which instance.
    pub(super) instance: InstanceId,
    /// The task's serial number when it was sent.
    pub(super) serial: u32,
    pub(super) operation: OperationName,
    pub(super) occasion: Occasion,
    pub(super) number: u32,
    pub(super) sent_at: SimTime,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub(super) keep: bool,
    /// The type a change asks for, and its token.
    pub(super) change: Option<(TypeId, ClientToken)>,
    /// What the region answered, once it has.
    pub(super) answer: Option<CallAnswer>,
    /// The hint of a throttled answer; zero if there is none.
    pub(super) retry_after: SimDuration,
    /// Its caller has an answer, or waits no longer.
    pub(super) closed: bool,
    /// Events that still refer to it.
    pub(super) events: u8,
}

/// One instance of a batch call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rider {
    pub(super) position: u32,
    /// The task's serial number when the call was sent.
    pub(super) serial: u32,
    /// What the region answered for it, unless it refused the whole call.
    pub(super) answer: Option<CallAnswer>,
}

/// The calls on their way; places are used again.
#[derive(Debug, Default)]
pub(super) struct Flights {
    all: Vec<Flight>,
    /// The instances of batch calls, by the call's place; empty for a single call.
    riders: Vec<Vec<Rider>>,
    free: Vec<u32>,
}

impl Flights {
    pub(super) fn add(&mut self, flight: Flight, riders: Vec<Rider>) -> u32 {
        if let Some(place) = self.free.pop() {
            self.all[place as usize] = flight;
            self.riders[place as usize] = riders;
            return place;
        }
        self.all.push(flight);
        self.riders.push(riders);
        u32::try_from(self.all.len() - 1).expect("calls in flight are bounded by the instances")
    }

    pub(super) fn get(&mut self, place: u32) -> &mut Flight {
        &mut self.all[place as usize]
    }

    /// The instances of a batch call, in its order.
    pub(super) fn riders(&mut self, place: u32) -> &mut Vec<Rider> {
        &mut self.riders[place as usize]
    }

    /// One event fewer refers to it: frees it after the last.
    pub(super) fn landed(&mut self, place: u32) {
        let flight = &mut self.all[place as usize];
        flight.events -= 1;
        if flight.events == 0 {
            self.free.push(place);
        }
    }

    /// Calls whose caller still waits.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Flight> {
        self.all.iter().filter(|flight| flight.events > 0 && !flight.closed)
    }
}
