//! The ledger: every microsecond of every instance, by how it was billed and whether it was
//! wanted, and the money that follows from it.
//!
//! Time is kept in whole instance-microseconds per cell; money appears only in [`Bill`],
//! rounded down once per line. `checks` holds the saving identities against it.

mod bill;
mod commitments;
mod cycles;
mod minimum_charge;
mod shares;
mod written;

pub use bill::{Bill, BillLine, CapacityLine};
pub use commitments::CommitmentLine;
pub use cycles::{Cycle, Cycles, Part};
pub use minimum_charge::{Cycling, MinimumCharge, MinimumChargeCause, MinimumChargeLine, Rules};
pub use shares::{Effect, PolicyCause, Share};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::id::{GroupId, KindId};
use crate::ecs::meter::BilledState;
use crate::ecs::spec::{Ineligible, RegionSpec};
use crate::units::{SimDuration, SimTime, Usage};

use super::plan::BooksPlan;
use written::Written;

/// Why an instance was in the state it was in, seen from what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Wanted and ready.
    Up,
    /// Wanted and not ready.
    Down(DownReason),
    /// Not wanted, and compute not billed: the saving that was intended.
    Intended,
    /// Not wanted and stopped, but in standard mode.
    Forgone(ForgoneReason),
    /// Not wanted, but Running, Starting or Stopping.
    Missed(MissedReason),
    /// Not wanted, and not billed because the account is in arrears.
    Arrears,
    /// There beside the instance that is wanted in its place, or that it was to replace: had
    /// nothing been stopped, it would not count.
    Beside,
}

/// Why a wanted instance was not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownReason {
    /// Starting, or Running with the guest not yet ready.
    Boot,
    /// The last start was refused for want of stock.
    NoStock,
    /// No start had been answered yet.
    Late,
    /// The last start was refused for another reason, or given up.
    Refused,
    /// Another controller than the one that follows its demand stopped it.
    OtherController,
    /// Its own controller stopped it although it was wanted, a controller did while none follows
    /// its demand, or somebody did from inside the guest.
    WrongStop,
    /// Its controller had not started it yet: it waited for other groups to be ready.
    Dependency,
    /// A spot instance that was taken back, or whose bid is below the market.
    Spot,
    /// The account is, or was, in arrears.
    Arrears,
}

/// Why a stopped, unwanted instance was still billed for compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForgoneReason {
    /// It cannot be stopped in economical mode.
    Ineligible(Ineligible),
    /// Its stop asked to keep charging.
    Asked,
    /// Its stop left the mode to the account's default, which was standard mode.
    Default,
    /// Its controller keeps charging some stops, or after a shortage of stock.
    Fallback,
    /// It was stopped from inside the guest.
    GuestShutdown,
    /// It was in standard mode from the beginning.
    Initially,
}

/// Why an unwanted instance was not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedReason {
    /// Its stop was under way.
    Stopping,
    /// Its stop hung, or a fault held it up.
    Stuck,
    /// No stop had been sent or answered yet.
    Late,
    /// Its controller spread the stops over time.
    Stagger,
    /// The last stop was refused, or given up.
    Refused,
    /// The last stop was throttled.
    Throttled,
    /// Another controller than the one that follows its demand started it.
    Restarted,
    /// It was started ahead of its next occasion.
    Lead,
}

const DOWN: [DownReason; 9] = [
    DownReason::Boot,
    DownReason::NoStock,
    DownReason::Late,
    DownReason::Refused,
    DownReason::OtherController,
    DownReason::WrongStop,
    DownReason::Dependency,
    DownReason::Spot,
    DownReason::Arrears,
];

const MISSED: [MissedReason; 8] = [
    MissedReason::Stopping,
    MissedReason::Stuck,
    MissedReason::Late,
    MissedReason::Stagger,
    MissedReason::Refused,
    MissedReason::Throttled,
    MissedReason::Restarted,
    MissedReason::Lead,
];

impl DownReason {
    /// Every reason, in the order of the report.
    pub const ALL: [DownReason; 9] = DOWN;

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            DownReason::Boot => "boot",
            DownReason::NoStock => "no_stock",
            DownReason::Late => "late",
            DownReason::Refused => "refused",
            DownReason::OtherController => "other_controller",
            DownReason::WrongStop => "wrong_stop",
            DownReason::Dependency => "dependency",
            DownReason::Spot => "spot",
            DownReason::Arrears => "arrears",
        }
    }

    /// Whether it is told even where it took no time: what only some scenarios know is not.
    fn is_always_told(self) -> bool {
        match self {
            DownReason::Boot
            | DownReason::NoStock
            | DownReason::Late
            | DownReason::Refused
            | DownReason::OtherController
            | DownReason::WrongStop => true,
            DownReason::Dependency | DownReason::Spot | DownReason::Arrears => false,
        }
    }
}

impl MissedReason {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            MissedReason::Stopping => "stopping",
            MissedReason::Stuck => "stuck",
            MissedReason::Late => "late",
            MissedReason::Stagger => "stagger",
            MissedReason::Refused => "refused",
            MissedReason::Throttled => "throttled",
            MissedReason::Restarted => "restarted",
            MissedReason::Lead => "lead",
        }
    }
}

impl ForgoneReason {
    const PLAIN: [ForgoneReason; 5] = [
        ForgoneReason::Asked,
        ForgoneReason::Default,
        ForgoneReason::Fallback,
        ForgoneReason::GuestShutdown,
        ForgoneReason::Initially,
    ];

    /// Its name in files.
    pub fn name(self) -> String {
        match self {
            ForgoneReason::Ineligible(why) => format!("ineligible_{}", why.name()),
            ForgoneReason::Asked => "asked".into(),
            ForgoneReason::Default => "default".into(),
            ForgoneReason::Fallback => "fallback".into(),
            ForgoneReason::GuestShutdown => "guest_shutdown".into(),
            ForgoneReason::Initially => "initially".into(),
        }
    }
}

impl Why {
    /// Every value, in the order of `index`.
    pub fn all() -> impl Iterator<Item = Why> {
        let forgone = ForgoneReason::PLAIN.into_iter().map(Why::Forgone);
        let ineligible = Ineligible::ALL.iter().copied().map(ForgoneReason::Ineligible);
        [Why::Up, Why::Intended]
            .into_iter()
            .chain(DOWN.into_iter().map(Why::Down))
            .chain(MISSED.into_iter().map(Why::Missed))
            .chain(forgone)
            .chain(ineligible.map(Why::Forgone))
            .chain([Why::Arrears, Why::Beside])
    }

    /// Whether it is time of the world in which nothing is stopped, and so nothing replaced.
    pub fn is_in_baseline(self) -> bool {
        self != Why::Beside
    }

    #[inline(always)]
    fn index(self) -> usize {
        let plain = 2 + DOWN.len() + MISSED.len();
        match self {
            Why::Up => 0,
            Why::Intended => 1,
            Why::Down(reason) => 2 + reason as usize,
            Why::Missed(reason) => 2 + DOWN.len() + reason as usize,
            Why::Forgone(ForgoneReason::Asked) => plain,
            Why::Forgone(ForgoneReason::Default) => plain + 1,
            Why::Forgone(ForgoneReason::Fallback) => plain + 2,
            Why::Forgone(ForgoneReason::GuestShutdown) => plain + 3,
            Why::Forgone(ForgoneReason::Initially) => plain + 4,
            Why::Forgone(ForgoneReason::Ineligible(why)) => plain + 5 + why as usize,
            Why::Arrears => plain + 5 + Ineligible::ALL.len(),
            Why::Beside => plain + 6 + Ineligible::ALL.len(),
        }
    }
}

const WHYS: usize = 2 + DOWN.len() + MISSED.len() + 5 + Ineligible::ALL.len() + 2;
const STATES: usize = BilledState::ALL.len();

/// Instance-microseconds per (kind, billed state, why), and what spot compute cost in them; where
/// money depends on it, also by billing cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Ledger {
    cells: Vec<u128>,
    /// By cell, of spot groups only: price × time along the market's path.
    spot: BTreeMap<usize, Usage>,
    cycles: Option<Cycles>,
    /// By kind: what cycles are billed for beyond the time in them.
    minimum_charge: Vec<MinimumCharge>,
    /// By private pool and dedicated host: what is paid for, see [`Ledger::book_capacity`].
    capacities: Vec<u128>,
}

impl Ledger {
    /// An empty ledger for so many kinds, without cycles.
    pub fn new(kinds: usize) -> Ledger {
        Ledger {
            cells: vec![0; kinds * STATES * WHYS],
            spot: BTreeMap::new(),
            cycles: None,
            minimum_charge: vec![MinimumCharge::default(); kinds],
            capacities: Vec::new(),
        }
    }

    /// An empty ledger of a run, from a time on.
    pub(super) fn of(plan: &BooksPlan<'_>, from: SimTime) -> Ledger {
        let kinds = plan.region.kind_count();
        let needed = plan.billing_cycles || !plan.region.commitments.is_empty();
        let lead = plan.clock.since_full_hour_utc();
        let cycles = needed.then(|| Cycles::new(kinds, lead, from));
        let capacities = vec![0; plan.region.capacities.len()];
        Ledger { cycles, capacities, ..Ledger::new(kinds) }
    }

    /// Books a span of one instance.
    #[inline(always)]
    pub fn book(&mut self, kind: usize, state: BilledState, why: Why, span: SimDuration) {
        self.cells[cell(kind, state, why)] += u128::from(span.as_micros());
    }

    /// Books what compute of one spot instance costs over a span, billed or not.
    pub fn book_spot(&mut self, kind: usize, state: BilledState, why: Why, usage: Usage) {
        *self.spot.entry(cell(kind, state, why)).or_default() += usage;
    }

    /// What compute of spot instances costs in one cell, billed or not.
    pub fn spot(&self, kind: usize, state: BilledState, why: Why) -> Usage {
        self.spot.get(&cell(kind, state, why)).copied().unwrap_or_default()
    }

    /// Books a span of one instance, and when it was.
    #[inline(always)]
    pub fn book_between(
        &mut self,
        kind: usize,
        state: BilledState,
        why: Why,
        (from, to): (SimTime, SimTime),
    ) {
        self.book(kind, state, why, to - from);
        if let Some(cycles) = &mut self.cycles {
            cycles.book(kind, state, why.into(), (from, to));
        }
    }

    /// Adds what cycles of one instance are billed for beyond the time in them.
    pub fn add_minimum_charge(&mut self, kind: KindId, minimum_charge: MinimumCharge) {
        self.minimum_charge[kind.index()] += minimum_charge;
    }

    /// Books what is paid for of a private pool, in unused instance-µs, or of a dedicated host,
    /// in µs.
    pub fn book_capacity(&mut self, capacity: usize, micros: u128) {
        self.capacities[capacity] += micros;
    }

    /// What was booked of each private pool and dedicated host.
    pub fn capacities(&self) -> &[u128] {
        &self.capacities
    }

    /// The time by billing cycle, where it is kept.
    pub fn cycles(&self) -> Option<&Cycles> {
        self.cycles.as_ref()
    }

    /// Instance-microseconds of one cell.
    pub fn time(&self, kind: usize, state: BilledState, why: Why) -> u128 {
        self.cells[cell(kind, state, why)]
    }

    /// Instance-microseconds that a kind spent in a billed state.
    pub fn time_in_state(&self, kind: usize, state: BilledState) -> u128 {
        Why::all().map(|why| self.time(kind, state, why)).sum()
    }

    /// Instance-microseconds billed of instances that were up in addition to the one wanted.
    pub fn duplicate(&self) -> u128 {
        let kinds = self.cells.len() / (STATES * WHYS);
        (0..kinds).map(|kind| self.time(kind, BilledState::Running, Why::Beside)).sum()
    }

    /// Instance-microseconds that wanted instances were not ready, by group.
    pub fn unavailable_by_group(&self, region: &RegionSpec) -> Vec<u128> {
        let down = |kind: KindId| {
            let cells = BilledState::ALL.into_iter().flat_map(|s| DOWN.map(|why| (s, why)));
            cells.map(|(s, why)| self.time(kind.index(), s, Why::Down(why))).sum::<u128>()
        };
        let groups = (0..region.groups.len()).map(GroupId::at);
        groups.map(|group| region.kinds_of(group).map(down).sum()).collect()
    }

    /// Instance-microseconds that wanted instances were not ready, by reason, over all kinds;
    /// reasons that only some scenarios know are left out where there are none.
    pub fn unavailable(&self) -> BTreeMap<DownReason, u128> {
        let kinds = self.cells.len() / (STATES * WHYS);
        let down = |reason| {
            let cells = (0..kinds).flat_map(|g| BilledState::ALL.map(|s| (g, s)));
            cells.map(|(g, s)| self.time(g, s, Why::Down(reason))).sum::<u128>()
        };
        let all = DOWN.into_iter().map(|reason| (reason, down(reason)));
        all.filter(|(reason, time)| *time > 0 || reason.is_always_told()).collect()
    }
}

#[inline(always)]
fn cell(kind: usize, state: BilledState, why: Why) -> usize {
    (kind * STATES + state as usize) * WHYS + why.index()
}
