//! What a controller is doing with one instance: little for each, more where it takes more.

use crate::ecs::id::TypeId;
use crate::ecs::operation::ClientToken;
use crate::engine::Occasion;
use crate::fact::{Action, Belief, Defect};
use crate::units::{SimDuration, SimTime};

/// What a controller is doing with one instance; millions of these are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) occasion: Occasion,
    pub(super) due: SimTime,
    /// First call of this job; `NEVER` before it.
    pub(super) first_call: SimTime,
    pub(super) serial: u32,
    pub(super) attempt: u32,
    /// Place of its retry state; `NO_RETRY_STATE` as long as it is `RetryState::NONE`.
    pub(super) retry_state: u32,
    pub(super) action: Action,
    pub(super) stage: Stage,
    belief: PackedBelief,
    pub(super) turn: Turn,
}

const _: () = assert!(size_of::<Job>() <= 40, "ten million jobs in four hundred MB");

/// No retry state is kept of the job.
pub(super) const NO_RETRY_STATE: u32 = u32::MAX;

/// Against which limits a job counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// None.
    Free,
    /// Concurrency.
    Counted,
    /// Concurrency, and the batch it went with.
    Batched,
}

/// What a job takes beyond one call and its answer: looks, waits, other types, other instances.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryState {
    /// When the accepted call was answered: from here it waits.
    pub(super) waits_since: SimTime,
    pub(super) backoff: SimDuration,
    /// The hint of the last answer; zero if there was none.
    pub(super) retry_after: SimDuration,
    pub(super) polls: u32,
    /// Looks made when it began to wait.
    pub(super) waits_from: u32,
    /// Looks in a row that failed.
    pub(super) blind: u32,
    /// Calls that the look under way has taken so far and that failed, of those that a rule for
    /// looks covers, and when the first of them had failed.
    pub(super) missed_looks: u32,
    pub(super) missed_since: SimTime,
    /// What it asks for at the moment, and how many calls it had sent before it asked for that.
    pub(super) step: Step,
    pub(super) step_from: u32,
    /// The token of the change it asks for.
    pub(super) token: ClientToken,
    /// Refusals for want of stock in this round, and types asked for.
    pub(super) shortages: u16,
    pub(super) tried: u16,
    /// The stop of this job asks to keep charging, whatever the mode.
    pub(super) keep: bool,
    /// It has looked before it calls.
    pub(super) looked: bool,
    /// A change was accepted: a conflict means that it is not done.
    pub(super) changing: bool,
    /// It asks again without a look, by this defect.
    pub(super) unseen: Option<Defect>,
    /// How often the SDK below has repeated the call at hand.
    pub(super) inside: u8,
}

impl RetryState {
    pub(super) const NONE: RetryState = RetryState {
        waits_since: SimTime::ZERO,
        backoff: SimDuration::ZERO,
        retry_after: SimDuration::ZERO,
        polls: 0,
        waits_from: 0,
        blind: 0,
        missed_looks: 0,
        missed_since: SimTime::ZERO,
        step: Step::Own,
        step_from: 0,
        token: ClientToken(0),
        shortages: 0,
        tried: 0,
        keep: false,
        looked: false,
        changing: false,
        unseen: None,
        inside: 0,
    };
}

/// What a job asks for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its action.
    Own,
    /// The stop before its deletion.
    StopFirst,
    /// Another instance, because its start does not come off.
    Replacing,
    /// Which types are in stock.
    CheckStock,
    /// Another type.
    Change(TypeId),
}

/// Where a job stands.
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

impl Job {
    pub(super) fn new() -> Job {
        Job {
            occasion: Occasion::lifetime(0),
            due: SimTime::ZERO,
            first_call: SimTime::NEVER,
            serial: 0,
            attempt: 0,
            retry_state: NO_RETRY_STATE,
            action: Action::Stop,
            stage: Stage::Idle,
            belief: PackedBelief(PackedBelief::of(Belief::Unknown).0 | HOLDS),
            turn: Turn::Free,
        }
    }

    /// Moves on: everything scheduled for the job before this is stale.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.serial = self.serial.wrapping_add(1);
    }

    pub(super) fn belief(&self) -> Belief {
        self.belief.unpacked()
    }

    pub(super) fn believe(&mut self, belief: Belief) {
        let holds = self.belief.0 & HOLDS;
        self.belief = PackedBelief(PackedBelief::of(belief).0 | holds);
    }

    /// What its controller knows of the stock that the instance holds: whether it does.
    pub(super) fn set_holds_stock(&mut self, holds: bool) {
        self.belief.0 = (self.belief.0 & !HOLDS) | if holds { HOLDS } else { 0 };
    }

    /// Whether the instance holds stock, as far as its controller knows.
    pub(super) fn holds_stock(&self) -> bool {
        self.belief.0 & HOLDS != 0
    }
}

/// Beside a belief: the instance holds stock, as far as its controller knows.
const HOLDS: u8 = 1 << 7;

/// A belief in one byte: there is one per job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PackedBelief(u8);

impl PackedBelief {
    const fn of(belief: Belief) -> PackedBelief {
        let (kind, action) = match belief {
            Belief::Unknown => (0, 0),
            Belief::UnderWay(action) => (1, action as u8),
            Belief::Done(action) => (2, action as u8),
            Belief::Failed(action) => (3, action as u8),
        };
        PackedBelief(action << 2 | kind)
    }

    fn unpacked(self) -> Belief {
        let action = Action::ALL[usize::from((self.0 & !HOLDS) >> 2)];
        match self.0 & 3 {
            0 => Belief::Unknown,
            1 => Belief::UnderWay(action),
            2 => Belief::Done(action),
            _ => Belief::Failed(action),
        }
    }
}
