//! The life of one instance: its states and the one table that moves between them.
//!
//! [`cell`] is the only place that makes a new [`State`]. It knows no money, stock or time:
//! it names an [`Effect`] that the region carries out. Every cell of the table is printed in
//! `tests/golden/transition-table.txt` (`tests/it/table.rs`).

mod work_kind;

use std::fmt;

pub use work_kind::WorkKind;

use super::condition::Conditions;
use super::id::KindId;
use super::operation::Removal;
use super::refusal::Refusal;

/// Whether a stopped instance is paid for. As the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoppedMode {
    /// Economical mode: compute is released and not billed.
    StopCharging,
    /// Standard mode: compute is kept and billed.
    KeepCharging,
}

impl StoppedMode {
    /// Both modes.
    pub const ALL: &'static [StoppedMode] = &[StoppedMode::StopCharging, StoppedMode::KeepCharging];

    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            StoppedMode::StopCharging => "StopCharging",
            StoppedMode::KeepCharging => "KeepCharging",
        }
    }
}

/// As the API spells it.
impl fmt::Display for StoppedMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The five words DescribeInstances may answer, as the API spells them, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Being created.
    Pending,
    /// A start was accepted.
    Starting,
    /// In service (the guest may still be booting).
    Running,
    /// A stop was accepted.
    Stopping,
    /// Stopped.
    Stopped,
    /// Not there, or no longer: a read leaves it out, so no word for it is ever answered.
    Absent,
}

impl Status {
    /// Every status that a read may answer, in the order of a life.
    pub const ALL: &'static [Status] =
        &[Status::Pending, Status::Starting, Status::Running, Status::Stopping, Status::Stopped];

    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Pending => "Pending",
            Status::Starting => "Starting",
            Status::Running => "Running",
            Status::Stopping => "Stopping",
            Status::Stopped => "Stopped",
            Status::Absent => "Absent",
        }
    }
}

/// As the API spells it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where an instance is in its life; what exists in one state only lives inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being created; not yet billed.
    Pending,
    /// On its way up, from a stop of this mode.
    Starting {
        /// The mode it was stopped in.
        from: StoppedMode,
    },
    /// In service.
    Running,
    /// On its way down, to this mode.
    Stopping {
        /// The mode that took effect, which may differ from the one asked for.
        effective: StoppedMode,
    },
    /// Down, in this mode.
    Stopped {
        /// The mode that took effect.
        effective: StoppedMode,
    },
    /// Not yet created, or deleted: it is not there.
    Released,
    /// Being restarted; it keeps what it has.
    Rebooting {
        /// How far it is.
        stage: RebootStage,
    },
    /// Shutting down to be deleted.
    Deleting,
}

/// How far a reboot is, by the status it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebootStage {
    /// On its way down.
    Stopping,
    /// Down for a moment.
    Stopped,
    /// On its way up.
    Starting,
}

use State::{Deleting, Pending, Rebooting, Released, Running, Starting, Stopped, Stopping};
use StoppedMode::{KeepCharging, StopCharging};

impl State {
    /// Every state there is.
    pub const ALL: &'static [State] = &[
        Pending,
        Starting { from: KeepCharging },
        Starting { from: StopCharging },
        Running,
        Stopping { effective: KeepCharging },
        Stopping { effective: StopCharging },
        Stopped { effective: KeepCharging },
        Stopped { effective: StopCharging },
        Released,
        Rebooting { stage: RebootStage::Stopping },
        Rebooting { stage: RebootStage::Stopped },
        Rebooting { stage: RebootStage::Starting },
        Deleting,
    ];

    /// The API's word for it.
    pub const fn status(self) -> Status {
        match self {
            Pending => Status::Pending,
            Starting { .. } => Status::Starting,
            Running => Status::Running,
            Stopping { .. } => Status::Stopping,
            Stopped { .. } => Status::Stopped,
            Released => Status::Absent,
            Rebooting { stage: RebootStage::Stopping } | Deleting => Status::Stopping,
            Rebooting { stage: RebootStage::Stopped } => Status::Stopped,
            Rebooting { stage: RebootStage::Starting } => Status::Starting,
        }
    }

    /// Its number, for digests: it never changes.
    pub const fn number(self) -> u8 {
        match self {
            Pending => 0,
            Starting { from: KeepCharging } => 1,
            Starting { from: StopCharging } => 2,
            Running => 3,
            Stopping { effective: KeepCharging } => 4,
            Stopping { effective: StopCharging } => 5,
            Stopped { effective: KeepCharging } => 6,
            Stopped { effective: StopCharging } => 7,
            Released => 8,
            Rebooting { stage: RebootStage::Stopping } => 9,
            Rebooting { stage: RebootStage::Stopped } => 10,
            Rebooting { stage: RebootStage::Starting } => 11,
            Deleting => 12,
        }
    }

    /// Whether it occupies stock: always while it is there, except once stopped in economical
    /// mode.
    pub const fn holds_stock(self) -> bool {
        match self {
            Pending | Starting { .. } | Running | Stopping { .. } => true,
            Rebooting { .. } | Deleting => true,
            Stopped { effective: KeepCharging } => true,
            Stopped { effective: StopCharging } | Released => false,
        }
    }

    /// Whether the instance is there at all.
    pub const fn exists(self) -> bool {
        !matches!(self, Released)
    }
}

/// `Stopped(StopCharging)`: the status, and the mode where there is one.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Pending | Running => write!(f, "{}", self.status()),
            Released => f.write_str("Released"),
            Rebooting { .. } => write!(f, "Rebooting({})", self.status()),
            Deleting => f.write_str("Deleting"),
            Starting { from: mode }
            | Stopping { effective: mode }
            | Stopped { effective: mode } => {
                write!(f, "{}({mode})", self.status())
            }
        }
    }
}

/// What may happen to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Its creation is done.
    CreationFinished,
    /// A StopInstance that passed every other check, with the mode that takes effect.
    StopInstance(StoppedMode),
    /// The power is cut during a stop that is under way.
    PowerOff,
    /// The stop is done.
    StopFinished,
    /// A StartInstance that passed every other check.
    StartInstance,
    /// The start is done.
    StartFinished,
    /// The guest shut itself down.
    GuestShutDown,
    /// A RebootInstance that passed every other check, and the stage it begins with.
    RebootInstance(RebootStage),
    /// A stage of a reboot is done.
    RebootAdvanced,
    /// A DeleteInstance that passed every other check.
    DeleteInstance(Removal),
    /// The guest is down, and the instance goes.
    DeletionFinished,
    /// A RunInstances that passed every other check.
    RunInstances,
    /// What RunInstances creates is made, and is started.
    AutoStart,
    /// The platform takes the compute that a standard stop kept.
    Reclaim,
}

impl Trigger {
    /// Every trigger there is.
    pub const ALL: &'static [Trigger] = &[
        Trigger::CreationFinished,
        Trigger::StopInstance(KeepCharging),
        Trigger::StopInstance(StopCharging),
        Trigger::PowerOff,
        Trigger::StopFinished,
        Trigger::StartInstance,
        Trigger::StartFinished,
        Trigger::GuestShutDown,
        Trigger::RebootInstance(RebootStage::Stopping),
        Trigger::RebootInstance(RebootStage::Starting),
        Trigger::RebootAdvanced,
        Trigger::DeleteInstance(Removal::StoppedOnly),
        Trigger::DeleteInstance(Removal::ShutDown),
        Trigger::DeleteInstance(Removal::PowerOff),
        Trigger::DeletionFinished,
        Trigger::RunInstances,
        Trigger::AutoStart,
        Trigger::Reclaim,
    ];
}

/// `StopInstance(StopCharging)`.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trigger::CreationFinished => f.write_str("CreationFinished"),
            Trigger::StopInstance(mode) => write!(f, "StopInstance({mode})"),
            Trigger::PowerOff => f.write_str("PowerOff"),
            Trigger::StopFinished => f.write_str("StopFinished"),
            Trigger::StartInstance => f.write_str("StartInstance"),
            Trigger::StartFinished => f.write_str("StartFinished"),
            Trigger::GuestShutDown => f.write_str("GuestShutDown"),
            Trigger::RebootInstance(stage) => write!(f, "RebootInstance({stage:?})"),
            Trigger::RebootAdvanced => f.write_str("RebootAdvanced"),
            Trigger::DeleteInstance(removal) => write!(f, "DeleteInstance({removal:?})"),
            Trigger::DeletionFinished => f.write_str("DeletionFinished"),
            Trigger::RunInstances => f.write_str("RunInstances"),
            Trigger::AutoStart => f.write_str("AutoStart"),
            Trigger::Reclaim => f.write_str("Reclaim"),
        }
    }
}

/// What a transition asks the region to do besides moving the meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// A new unit of work: bring it down.
    BeginStop,
    /// A new unit of work in place of the one under way: cut the power.
    CutPower,
    /// Down in standard mode: its stock stays with it.
    KeepStock,
    /// Down in economical mode: its stock and its static public address go back.
    ReleaseStock,
    /// A new unit of work: bring it up on the stock it kept.
    BeginStart,
    /// Claim stock, then a new unit of work: bring it up.
    ClaimStock,
    /// In service again after a standard stop.
    Serve,
    /// In service again after an economical stop: a static public address is assigned.
    ServeReaddressed,
    /// A new unit of work: the next stage of a reboot, or the shutdown before a deletion.
    BeginWork,
    /// Gone: what it holds goes back, and work under way on it is no longer current.
    Dissolve,
}

/// One cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It moves, and the region has something to do.
    Moves(State, Effect),
    /// The API says no.
    Refused(Refusal),
    /// Cannot happen: the region never offers this trigger in this state.
    Impossible,
}

const STANDARD: State = Stopped { effective: KeepCharging };
const ECONOMICAL: State = Stopped { effective: StopCharging };

/// The table, every cell. Refused cells are answers, impossible cells would be bugs.
#[rustfmt::skip] // a table, read by column
#[inline(always)]
pub const fn cell(state: State, trigger: Trigger) -> Cell {
    use Cell::{Impossible, Moves, Refused};
    use Effect::*;
    use RebootStage as Stage;
    use StoppedMode::{KeepCharging as Keep, StopCharging as Stop};
    use Trigger::*;
    match (state, trigger) {
        // Accepted.
        (Pending, CreationFinished)                  => Moves(STANDARD, Nothing),
        (Running, StopInstance(effective))           => Moves(Stopping { effective }, BeginStop),
        (Running, GuestShutDown)                     => Moves(STANDARD, KeepStock),
        (Stopping { effective }, PowerOff)           => Moves(Stopping { effective }, CutPower),
        (Stopping { effective: Keep }, StopFinished) => Moves(STANDARD, KeepStock),
        (Stopping { effective: Stop }, StopFinished) => Moves(ECONOMICAL, ReleaseStock),
        (Stopped { effective: Keep }, StartInstance) => Moves(Starting { from: Keep }, BeginStart),
        (Stopped { effective: Stop }, StartInstance) => Moves(Starting { from: Stop }, ClaimStock),
        (Starting { from: Keep }, StartFinished)     => Moves(Running, Serve),
        (Starting { from: Stop }, StartFinished)     => Moves(Running, ServeReaddressed),
        (Running, RebootInstance(stage))             => Moves(Rebooting { stage }, BeginWork),
        (Rebooting { stage: Stage::Stopping }, RebootAdvanced)
                                        => Moves(Rebooting { stage: Stage::Stopped }, BeginWork),
        (Rebooting { stage: Stage::Stopped }, RebootAdvanced)
                                        => Moves(Rebooting { stage: Stage::Starting }, BeginWork),
        (Rebooting { stage: Stage::Starting }, RebootAdvanced) => Moves(Running, Serve),
        (Stopped { .. }, DeleteInstance(_))          => Moves(Released, Dissolve),
        (Running, DeleteInstance(Removal::PowerOff)) => Moves(Released, Dissolve),
        (Running, DeleteInstance(Removal::ShutDown)) => Moves(Deleting, BeginWork),
        (Deleting, DeletionFinished)                 => Moves(Released, Dissolve),
        (Released, RunInstances)                     => Moves(Pending, ClaimStock),
        (Pending, AutoStart)                         => Moves(Starting { from: Keep }, BeginStart),
        (Stopped { effective: Keep }, Reclaim)       => Moves(ECONOMICAL, ReleaseStock),

        // Refused.
        (Rebooting { stage: Stage::Stopped },
            StopInstance(_) | StartInstance | RebootInstance(_) | DeleteInstance(_))
            => Refused(Refusal::OperationConflict),
        (Pending, DeleteInstance(Removal::ShutDown | Removal::PowerOff))
            => Refused(Refusal::Initializing),
        (Pending | Starting { .. } | Stopping { .. } | Stopped { .. } | Rebooting { .. } | Deleting,
            StopInstance(_) | RebootInstance(_))
        | (Pending | Starting { .. } | Running | Stopping { .. } | Rebooting { .. } | Deleting,
            StartInstance)
        | (Pending | Starting { .. } | Running | Stopping { .. } | Rebooting { .. } | Deleting,
            DeleteInstance(_))
            => Refused(Refusal::WrongStatus),

        // Impossible.
        (_, CreationFinished | AutoStart | PowerOff | StopFinished | StartFinished | GuestShutDown)
        | (_, RebootAdvanced | DeletionFinished | RunInstances | Reclaim)
        | (Released, StopInstance(_) | StartInstance | RebootInstance(_) | DeleteInstance(_))
            => Impossible,
    }
}

/// What `trigger` does to an instance in `state`.
///
/// # Errors
/// `IncorrectInstanceStatus` or a like row, when the API would refuse the operation in this
/// state.
///
/// # Panics
/// If the region offers a trigger that cannot happen in this state: a bug.
#[inline(always)]
pub fn transition(state: State, trigger: Trigger) -> Result<(State, Effect), Refusal> {
    match cell(state, trigger) {
        Cell::Moves(next, effect) => Ok((next, effect)),
        Cell::Refused(refusal) => Err(refusal),
        Cell::Impossible => unreachable!("{trigger} cannot happen to an instance in {state}"),
    }
}

/// What the region keeps of one instance; sixteen million of these must fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    pub(super) conditions: Conditions,
    /// The number of its latest unit of work: older work is stale.
    pub(super) attempt: u32,
    /// Its group, as its present type.
    pub(super) kind: KindId,
    /// How often its static public address has changed.
    pub(super) address_changes: u16,
    /// The number of its state, which says most of what is asked of it without a look.
    state: u8,
    /// Whether it has a static public address now.
    pub(super) has_static_address: bool,
}

const _: () = assert!(size_of::<Instance>() <= 16, "sixteen million instances in a quarter GiB");

impl Instance {
    /// An instance as the scenario describes it at time 0.
    pub(super) const fn new(
        kind: KindId,
        state: State,
        conditions: Conditions,
        has_static_address: bool,
    ) -> Instance {
        Instance {
            conditions,
            attempt: 0,
            kind,
            address_changes: 0,
            state: state.number(),
            has_static_address,
        }
    }

    pub(super) const fn state(&self) -> State {
        State::ALL[self.state as usize]
    }

    /// The number of its state.
    pub(super) const fn state_number(&self) -> u8 {
        self.state
    }

    /// Moves it by the table.
    pub(super) fn apply(&mut self, trigger: Trigger) -> Result<Effect, Refusal> {
        let (next, effect) = transition(self.state(), trigger)?;
        self.state = next.number();
        Ok(effect)
    }
}

#[cfg(test)]
mod tests;
