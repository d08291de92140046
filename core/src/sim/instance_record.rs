//! What the world remembers of each instance beside the region's own record: since when it has
//! been billed and wanted as it is, what is due, and why it is not as wanted.

use crate::books::ledger::{DownReason, ForgoneReason, MissedReason, Why};
use crate::books::waves::NO_WAVE;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::meter::BilledState;
use crate::engine::Occasion;
use crate::units::SimTime;

/// No controller, or no demand.
pub(super) const NOBODY: u16 = u16::MAX;

/// The world's record of one instance.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct InstanceRecord {
    /// Since when the open span of the ledger runs.
    pub(super) since: SimTime,
    /// The edge or request of the open item.
    pub(super) due: SimTime,
    /// When the work under way was accepted; `NEVER` outside the measurement.
    pub(super) accepted_at: SimTime,
    /// First start call of the job whose start is awaited; `NEVER` when none is.
    pub(super) called_at: SimTime,
    /// Occasion of the last work begun, and how many works it has begun on it.
    pub(super) occasion: Occasion,
    pub(super) works: u16,
    /// Its demand, and the first controller that follows it for this instance.
    pub(super) demand: u16,
    pub(super) owner: u16,
    /// The wave of the open item.
    pub(super) wave: u32,
    pub(super) item: Item,
    pub(super) has_demand: bool,
    pub(super) wanted: bool,
    pub(super) ready: bool,
    /// What it was since it was last wanted.
    pub(super) past: Past,
    /// The open item knows that stock is short.
    pub(super) knows: bool,
    /// Its owner holds its start back until other groups are ready.
    pub(super) held: bool,
    /// Another instance is the wanted one of its family, or it has never been created.
    pub(super) beside: bool,
    pub(super) down: DownReason,
    pub(super) missed: MissedReason,
    pub(super) forgone: ForgoneReason,
}

const _: () = assert!(size_of::<InstanceRecord>() <= 64, "one line of the cache for each instance");

/// What is due of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Nothing.
    None,
    /// It should be stopped.
    Stop,
    /// It should be Running; it has not been yet.
    Start,
    /// It should be ready; it is Running.
    Ready,
}

/// What an instance was since it was last wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Never stopped.
    Stayed,
    /// Stopped in this mode, whether or not it was started again.
    Stopped(StoppedMode),
    /// Not there before.
    New,
}

impl Past {
    /// What an instance was from which a start was accepted.
    pub(super) fn before_start(from: State) -> Past {
        match from {
            State::Stopped { effective } | State::Stopping { effective } => {
                Past::Stopped(effective)
            }
            State::Pending
            | State::Starting { .. }
            | State::Running
            | State::Rebooting { .. }
            | State::Deleting
            | State::Released => Past::New,
        }
    }
}

impl InstanceRecord {
    pub(super) fn new() -> InstanceRecord {
        InstanceRecord {
            since: SimTime::ZERO,
            due: SimTime::NEVER,
            accepted_at: SimTime::NEVER,
            called_at: SimTime::NEVER,
            occasion: Occasion::lifetime(0),
            works: 0,
            demand: NOBODY,
            owner: NOBODY,
            wave: NO_WAVE,
            item: Item::None,
            has_demand: false,
            wanted: true,
            ready: false,
            past: Past::Stayed,
            knows: false,
            held: false,
            beside: false,
            down: DownReason::Late,
            missed: MissedReason::Late,
            forgone: ForgoneReason::Initially,
        }
    }

    /// Why the instance is billed as it is, seen from what is wanted.
    pub(super) fn why(&self, state: State, billed: BilledState) -> Why {
        if self.beside {
            return Why::Beside;
        }
        if self.wanted {
            return match state {
                State::Running if self.ready => Why::Up,
                State::Running | State::Starting { .. } | State::Rebooting { .. } => {
                    Why::Down(DownReason::Boot)
                }
                State::Pending
                | State::Stopping { .. }
                | State::Stopped { .. }
                | State::Released
                | State::Deleting => {
                    let waits = self.held && self.down == DownReason::Late;
                    Why::Down(if waits { DownReason::Dependency } else { self.down })
                }
            };
        }
        if matches!(billed, BilledState::StoppedEconomical | BilledState::Released) {
            return Why::Intended;
        }
        if billed == BilledState::Suspended {
            return Why::Arrears;
        }
        match state {
            State::Stopped { .. } | State::Pending => Why::Forgone(self.forgone),
            State::Running
            | State::Starting { .. }
            | State::Stopping { .. }
            | State::Rebooting { .. }
            | State::Released
            | State::Deleting => Why::Missed(self.missed),
        }
    }

    /// The number of the next work on `occasion`, so that no two works share their draws.
    pub(super) fn next_work(&mut self, occasion: Occasion) -> u32 {
        if self.occasion == occasion {
            self.works = self.works.saturating_add(1);
        } else {
            self.occasion = occasion;
            self.works = 0;
        }
        u32::from(self.works)
    }
}
