//! What the world remembers of each controller: its tasks, its queue and its pace.

use std::collections::VecDeque;

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
    /// Positions that wait for their turn under a batch, concurrency or rate limit.
    pub(super) agenda: VecDeque<u32>,
    /// Tasks under way that count against the concurrency limit.
    pub(super) open: u32,
    /// Calls that may still join the batch, and calls of it that are not through.
    pub(super) batch_left: u32,
    pub(super) batch_open: u32,
    /// Earliest instant of the next call under a rate limit.
    pub(super) next_send: SimTime,
    /// Whether a `PaceElapsed` is on its way.
    pub(super) pace_armed: bool,
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
    /// When Poisson requests come.
    pub(super) requests: Option<PoissonTrack>,
}

/// A watch controller going through its pages.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// When it began.
    pub(super) began: SimTime,
    /// How many looks there have been, and the page it is at, from 0.
    pub(super) number: u64,
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
    pub(super) serial: u32,
    pub(super) attempt: u32,
    pub(super) polls: u32,
    /// The request that holds the instance.
    pub(super) hold: u32,
    pub(super) action: Action,
    pub(super) stage: Stage,
    pub(super) belief: Belief,
    /// The stop of this task asks to keep charging, whatever the mode.
    pub(super) keep: bool,
    /// It counts against the batch, or the concurrency limit.
    pub(super) batched: bool,
    pub(super) counted: bool,
    /// What it asks for next, or has just asked for.
    pub(super) step: Step,
    /// The token of the change it asks for.
    pub(super) token: ClientToken,
    /// Refusals for want of stock in this round, and types asked for.
    pub(super) shortages: u16,
    pub(super) tried: u16,
    /// A change was accepted: a conflict means that it is not done.
    pub(super) changing: bool,
}

/// What a task asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The stop or start itself.
    Act,
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
            serial: 0,
            attempt: 0,
            polls: 0,
            hold: NO_HOLD,
            action: Action::Stop,
            stage: Stage::Idle,
            belief: Belief::Unknown,
            keep: false,
            batched: false,
            counted: false,
            step: Step::Act,
            token: ClientToken(0),
            shortages: 0,
            tried: 0,
            changing: false,
        }
    }

    /// Moves on: everything scheduled for the task before this is stale.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.serial = self.serial.wrapping_add(1);
    }
}

impl Desk {
    pub(super) fn new(controller: &Controller, order: Vec<InstanceId>) -> Desk {
        let moments = match &controller.drive {
            Drive::Edges { edges, acts, .. } => schedule::moments(edges, *acts, controller.lead),
            Drive::Poisson { .. } | Drive::Listed(_) | Drive::Watch { .. } => Vec::new(),
        };
        let mut positions = Vec::new();
        if let Drive::Listed(_) = controller.drive {
            positions.extend(order.iter().copied().zip(0..));
            positions.sort_unstable();
        }
        Desk {
            positions,
            moments,
            deferral: Deferral::default(),
            spent: Spent::default(),
            tasks: vec![Task::new(); order.len()],
            order,
            agenda: VecDeque::new(),
            open: 0,
            batch_left: controller.pacing.batch.unwrap_or(0),
            batch_open: 0,
            next_send: SimTime::ZERO,
            pace_armed: false,
            stop_moments: 0,
            look: Look::default(),
            requests: None,
        }
    }

    /// Where a listed request's instance stands.
    pub(super) fn position_of(&self, instance: InstanceId) -> u32 {
        let found = self.positions.binary_search_by_key(&instance, |(id, _)| *id);
        self.positions[found.expect("requests name instances of their controller")].1
    }
}

/// A call on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) controller: u16,
    pub(super) position: u32,
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
    /// Its caller has an answer, or waits no longer.
    pub(super) closed: bool,
    /// Events that still refer to it.
    pub(super) events: u8,
}

/// The calls on their way; places are used again.
#[derive(Debug, Default)]
pub(super) struct Flights {
    all: Vec<Flight>,
    free: Vec<u32>,
}

impl Flights {
    pub(super) fn add(&mut self, flight: Flight) -> u32 {
        if let Some(place) = self.free.pop() {
            self.all[place as usize] = flight;
            return place;
        }
        self.all.push(flight);
        u32::try_from(self.all.len() - 1).expect("calls in flight are bounded by the instances")
    }

    pub(super) fn get(&mut self, place: u32) -> &mut Flight {
        &mut self.all[place as usize]
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
