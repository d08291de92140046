//! The life of one instance: its states and the one table that moves between them.
//!
//! [`cell`] is the only place that makes a new [`State`]. It knows no money, stock or time:
//! it names an [`Effect`] that the region carries out. Every cell of the table is printed in
//! `tests/golden/transition-table.txt` (`tests/it/table.rs`).

use std::fmt;

use super::condition::Conditions;
use super::id::KindId;
use super::operation::Force;
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

/// The five words DescribeInstances may answer, as the API spells them.
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
}

impl Status {
    /// Every status, in the order of a life.
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
}

use State::{Pending, Running, Starting, Stopped, Stopping};
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
    ];

    /// The API's word for it.
    pub const fn status(self) -> Status {
        match self {
            Pending => Status::Pending,
            Starting { .. } => Status::Starting,
            Running => Status::Running,
            Stopping { .. } => Status::Stopping,
            Stopped { .. } => Status::Stopped,
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
        }
    }

    /// Whether it occupies stock: always, except once stopped in economical mode.
    pub const fn holds_stock(self) -> bool {
        match self {
            Pending | Starting { .. } | Running | Stopping { .. } => true,
            Stopped { effective: KeepCharging } => true,
            Stopped { effective: StopCharging } => false,
        }
    }
}

/// `Stopped(StopCharging)`: the status, and the mode where there is one.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Pending | Running => write!(f, "{}", self.status()),
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
pub const fn cell(state: State, trigger: Trigger) -> Cell {
    use Cell::{Impossible, Moves, Refused};
    use Effect::*;
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

        // Refused.
        (Pending | Starting { .. } | Stopping { .. } | Stopped { .. }, StopInstance(_))
        | (Pending | Starting { .. } | Running | Stopping { .. }, StartInstance)
            => Refused(Refusal::WrongStatus),

        // Impossible.
        (Starting { .. } | Running | Stopping { .. } | Stopped { .. }, CreationFinished)
        | (Pending | Starting { .. } | Running | Stopped { .. }, PowerOff | StopFinished)
        | (Pending | Running | Stopping { .. } | Stopped { .. }, StartFinished)
        | (Pending | Starting { .. } | Stopping { .. } | Stopped { .. }, GuestShutDown)
            => Impossible,
    }
}

/// What `trigger` does to an instance in `state`.
///
/// # Errors
/// `IncorrectInstanceStatus`, when the API would refuse the operation in this state.
///
/// # Panics
/// If the region offers a trigger that cannot happen in this state: a bug.
pub fn transition(state: State, trigger: Trigger) -> Result<(State, Effect), Refusal> {
    match cell(state, trigger) {
        Cell::Moves(next, effect) => Ok((next, effect)),
        Cell::Refused(refusal) => Err(refusal),
        Cell::Impossible => unreachable!("{trigger} cannot happen to an instance in {state}"),
    }
}

/// What a unit of work is: how long it takes depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum WorkKind {
    /// The guest shuts down.
    GracefulStop,
    /// The power is cut.
    ForcedStop,
    /// Up on stock that was kept.
    StartFromStandard,
    /// Up on stock that was claimed anew.
    StartFromEconomical,
    /// A stopped instance becomes one of another type.
    TypeChange,
}

impl WorkKind {
    /// Every kind of work.
    pub const ALL: &'static [WorkKind] = &[
        WorkKind::GracefulStop,
        WorkKind::ForcedStop,
        WorkKind::StartFromStandard,
        WorkKind::StartFromEconomical,
        WorkKind::TypeChange,
    ];

    /// The work of a stop.
    pub const fn stop(force: Force) -> WorkKind {
        match force {
            Force::ShutDown => WorkKind::GracefulStop,
            Force::PowerOff => WorkKind::ForcedStop,
        }
    }

    /// The work of a start.
    pub const fn start(from: StoppedMode) -> WorkKind {
        match from {
            KeepCharging => WorkKind::StartFromStandard,
            StopCharging => WorkKind::StartFromEconomical,
        }
    }

    /// Whether it brings an instance up.
    pub const fn is_start(self) -> bool {
        match self {
            WorkKind::GracefulStop | WorkKind::ForcedStop | WorkKind::TypeChange => false,
            WorkKind::StartFromStandard | WorkKind::StartFromEconomical => true,
        }
    }

    /// `graceful_stop`, `forced_stop`, `start_from_standard`, `start_from_economical`,
    /// `type_change`.
    pub const fn name(self) -> &'static str {
        match self {
            WorkKind::GracefulStop => "graceful_stop",
            WorkKind::ForcedStop => "forced_stop",
            WorkKind::StartFromStandard => "start_from_standard",
            WorkKind::StartFromEconomical => "start_from_economical",
            WorkKind::TypeChange => "type_change",
        }
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
    state: State,
    /// What the latest accepted stop asked for.
    pub(super) asked: Option<StoppedMode>,
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
            state,
            asked: None,
            has_static_address,
        }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Moves it by the table.
    pub(super) fn apply(&mut self, trigger: Trigger) -> Result<Effect, Refusal> {
        let (next, effect) = transition(self.state, trigger)?;
        self.state = next;
        Ok(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_are_all_there_and_differ() {
        for (i, a) in State::ALL.iter().enumerate() {
            assert!(State::ALL[i + 1..].iter().all(|b| a != b), "{a} is listed twice");
        }
        let numbers: Vec<u8> = State::ALL.iter().map(|state| state.number()).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7], "numbers are frozen, they are in digests");
        let statuses: Vec<Status> = State::ALL.iter().map(|state| state.status()).collect();
        assert!(Status::ALL.iter().all(|status| statuses.contains(status)));
    }

    #[test]
    fn stock_is_claimed_exactly_where_it_was_released() {
        for &state in State::ALL {
            for &trigger in Trigger::ALL {
                let Cell::Moves(next, effect) = cell(state, trigger) else { continue };
                let released = state.holds_stock() && !next.holds_stock();
                let claimed = !state.holds_stock() && next.holds_stock();
                assert_eq!(released, effect == Effect::ReleaseStock, "{state} on {trigger}");
                assert_eq!(claimed, effect == Effect::ClaimStock, "{state} on {trigger}");
            }
        }
    }

    #[test]
    fn a_standard_stop_becomes_economical_only_by_a_start_and_another_stop() {
        let stopped = Stopped { effective: KeepCharging };
        for &trigger in Trigger::ALL {
            if let Cell::Moves(next, _) = cell(stopped, trigger) {
                assert_eq!(next, Starting { from: KeepCharging });
            }
        }
    }

    #[test]
    #[should_panic(expected = "StopFinished cannot happen to an instance in Running")]
    fn an_impossible_cell_is_a_bug() {
        let _ = transition(Running, Trigger::StopFinished);
    }
}
