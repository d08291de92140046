//! Meters: how long how many instances of each kind were in each billed state.
//!
//! Integers only: instance-microseconds in `u128`. A meter knows no price; which components a
//! state bills is the matrix [`is_billed`]. Always, for every group: the sum over its kinds and
//! states is the number of instances times the time metered, so each microsecond of each instance
//! is billed exactly once ([`MeterReading::check`]).

use serde::{Deserialize, Serialize};

use super::id::KindId;
use super::instance::{State, StoppedMode};
use super::knob::{BillingPause, BillingResume, ImageLicence, Knobs, StaticIp};
use crate::units::SimTime;

/// What an instance is billed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum BilledState {
    /// Being created: billing begins when creation is complete.
    Pending,
    /// Running, and by default Starting and Stopping.
    Running,
    /// Stopped in standard mode.
    StoppedStandard,
    /// Stopped in economical mode.
    StoppedEconomical,
    /// Not there: not yet created, or deleted.
    Released,
    /// Not billed at all, whatever its state: the account is in arrears.
    Suspended,
}

impl BilledState {
    /// Every billed state, in the order of its number.
    pub const ALL: [BilledState; 6] = [
        BilledState::Pending,
        BilledState::Running,
        BilledState::StoppedStandard,
        BilledState::StoppedEconomical,
        BilledState::Released,
        BilledState::Suspended,
    ];

    /// Its place in a [`MeterReading`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            BilledState::Pending => "pending",
            BilledState::Running => "running",
            BilledState::StoppedStandard => "stopped_standard",
            BilledState::StoppedEconomical => "stopped_economical",
            BilledState::Released => "released",
            BilledState::Suspended => "suspended",
        }
    }

    /// Whether time in it counts at all: billing begins when creation is complete and ends at
    /// the release. Source: the pay-as-you-go page. Neither the baseline nor the bill has a line
    /// for anything else; what arrears suspend has one in the baseline.
    pub const fn is_on_the_bill(self) -> bool {
        match self {
            BilledState::Pending | BilledState::Released => false,
            BilledState::Running
            | BilledState::StoppedStandard
            | BilledState::StoppedEconomical
            | BilledState::Suspended => true,
        }
    }

    /// What a state is billed as: Stopping and Starting as Running, unless a knob says else.
    /// Source: *Assumed*; the documents name the Stopped state, not the second.
    pub const fn of(state: State, knobs: &Knobs) -> BilledState {
        match state {
            State::Pending => BilledState::Pending,
            State::Running
            | State::Starting { from: StoppedMode::KeepCharging }
            | State::Stopping { effective: StoppedMode::KeepCharging } => BilledState::Running,
            State::Starting { from: StoppedMode::StopCharging } => match knobs.billing_resume_at {
                BillingResume::Acceptance => BilledState::Running,
                BillingResume::Running => BilledState::StoppedEconomical,
            },
            State::Stopping { effective: StoppedMode::StopCharging } => {
                match knobs.billing_pause_at {
                    BillingPause::Stopped => BilledState::Running,
                    BillingPause::Stopping => BilledState::StoppedEconomical,
                }
            }
            // A reboot releases nothing, and a deletion is over when the instance is gone.
            State::Rebooting { .. } | State::Deleting => BilledState::Running,
            State::Released => BilledState::Released,
            State::Stopped { effective: StoppedMode::KeepCharging } => BilledState::StoppedStandard,
            State::Stopped { effective: StoppedMode::StopCharging } => {
                BilledState::StoppedEconomical
            }
        }
    }
}

/// What is on a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Component {
    /// vCPUs, memory, GPUs.
    Compute,
    /// The image's operating-system licence.
    Licence,
    /// The system disk.
    SystemDisk,
    /// The data disks.
    DataDisks,
    /// Fixed bandwidth of a static public address.
    StaticBandwidth,
    /// An elastic address with its bandwidth.
    Eip,
    /// Snapshots.
    Snapshots,
}

impl Component {
    /// Every component, in the order of its number.
    pub const ALL: [Component; 7] = [
        Component::Compute,
        Component::Licence,
        Component::SystemDisk,
        Component::DataDisks,
        Component::StaticBandwidth,
        Component::Eip,
        Component::Snapshots,
    ];

    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            Component::Compute => "compute",
            Component::Licence => "licence",
            Component::SystemDisk => "system_disk",
            Component::DataDisks => "data_disks",
            Component::StaticBandwidth => "static_bandwidth",
            Component::Eip => "eip",
            Component::Snapshots => "snapshots",
        }
    }
}

/// The billing matrix: whether a component is billed in a state.
///
/// Source: StopInstance (2026-06-29) and the pay-as-you-go page: economical mode suspends
/// compute, image licence and fixed bandwidth of static public addresses; disks, elastic
/// addresses and snapshots go on; standard mode suspends nothing. Overdue payments (zh), read
/// 2026-11: arrears suspend all billing.
pub const fn is_billed(component: Component, state: BilledState, knobs: &Knobs) -> bool {
    match state {
        BilledState::Pending | BilledState::Released | BilledState::Suspended => false,
        BilledState::Running | BilledState::StoppedStandard => true,
        BilledState::StoppedEconomical => match component {
            Component::Compute => false,
            Component::Licence => {
                matches!(knobs.image_licence_in_economical, ImageLicence::Billed)
            }
            Component::StaticBandwidth => matches!(knobs.static_ip, StaticIp::Kept),
            Component::SystemDisk
            | Component::DataDisks
            | Component::Eip
            | Component::Snapshots => true,
        },
    }
}

const STATES: usize = BilledState::ALL.len();

/// How many instances of one kind are in one state, and the area under that until `since`.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    instances: u32,
    since: SimTime,
    micros: u128,
}

impl Meter {
    /// The area up to `now`.
    fn read(&self, now: SimTime) -> u128 {
        let open = u128::from((now - self.since).as_micros());
        self.micros + u128::from(self.instances) * open
    }

    /// Closes the segment that is open.
    fn close(&mut self, now: SimTime) {
        self.micros = self.read(now);
        self.since = now;
    }
}

/// The meters of all kinds.
///
/// A segment is closed whenever a count changes, so a change costs two additions and a
/// reading costs nothing per instance.
#[derive(Clone, Debug)]
pub struct Meters {
    kinds: Vec<[Meter; STATES]>,
    since: SimTime,
}

/// What the meters of all kinds say at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterReading {
    /// Instance-microseconds by kind and by [`BilledState::index`].
    pub micros: Vec<[u128; STATES]>,
    /// When metering began: time 0, or the end of the warm-up.
    pub since: SimTime,
    /// When they were read.
    pub until: SimTime,
}

impl Meters {
    /// Meters that begin at time 0 with so many instances of each kind in each state.
    pub fn new(counts: &[[u32; STATES]]) -> Meters {
        let meter = |instances| Meter { instances, since: SimTime::ZERO, micros: 0 };
        let kinds = counts.iter().map(|counts| counts.map(meter)).collect();
        Meters { kinds, since: SimTime::ZERO }
    }

    /// One instance of `kind` goes from one billed state to another.
    ///
    /// # Panics
    /// If there was none in `from`, or `now` is before the last change: a bug.
    #[inline(always)]
    pub fn move_one(&mut self, now: SimTime, kind: KindId, from: BilledState, to: BilledState) {
        if from != to {
            self.take_one(now, kind, from);
            self.put_one(now, kind, to);
        }
    }

    /// One instance in `state` becomes one of another kind.
    ///
    /// # Panics
    /// If there was none of kind `from`, or `now` is before the last change: a bug.
    pub fn change_kind(&mut self, now: SimTime, state: BilledState, from: KindId, to: KindId) {
        self.take_one(now, from, state);
        self.put_one(now, to, state);
    }

    fn take_one(&mut self, now: SimTime, kind: KindId, state: BilledState) {
        let source = &mut self.kinds[kind.index()][state.index()];
        source.close(now);
        source.instances = source.instances.checked_sub(1).expect("it was metered there");
    }

    fn put_one(&mut self, now: SimTime, kind: KindId, state: BilledState) {
        let sink = &mut self.kinds[kind.index()][state.index()];
        sink.close(now);
        sink.instances += 1;
    }

    /// Forgets what was metered so far: the warm-up is over.
    pub fn restart(&mut self, now: SimTime) {
        for meter in self.kinds.iter_mut().flatten() {
            meter.close(now);
            meter.micros = 0;
        }
        self.since = now;
    }

    /// Reads them all, changing nothing.
    pub fn read(&self, now: SimTime) -> MeterReading {
        let micros = self.kinds.iter().map(|meters| meters.map(|meter| meter.read(now)));
        MeterReading { micros: micros.collect(), since: self.since, until: now }
    }

    /// How many instances of `kind` are in `state` now.
    pub fn instances(&self, kind: KindId, state: BilledState) -> u32 {
        self.kinds[kind.index()][state.index()].instances
    }
}

impl MeterReading {
    /// Instance-microseconds of a kind in a state.
    pub fn of(&self, kind: KindId, state: BilledState) -> u128 {
        self.micros[kind.index()][state.index()]
    }

    /// The billing identity of one group: kinds and states add up to instances × time.
    ///
    /// # Panics
    /// If a microsecond of an instance was billed twice or not at all: a bug.
    pub fn check(&self, kinds: impl Iterator<Item = KindId>, name: &str, instances: u32) {
        let metered: u128 = kinds.flat_map(|kind| self.micros[kind.index()]).sum();
        let span = u128::from((self.until - self.since).as_micros());
        assert_eq!(
            metered,
            u128::from(instances) * span,
            "each microsecond of each instance of {name} is billed exactly once",
        );
    }
}

#[cfg(test)]
mod tests;
