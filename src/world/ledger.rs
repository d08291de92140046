//! The ledger: every microsecond of every instance, by how it was billed and whether it was
//! wanted, and the money that follows from it.
//!
//! Time is kept in whole instance-microseconds per cell; money appears only in [`Bill`],
//! rounded down once per line. `checks` holds the saving identities against it.

use std::collections::BTreeMap;

use crate::ecs::id::KindId;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, Ineligible, RegionSpec};
use crate::units::{HourlyRate, Money, SimDuration, Usage};

/// Why an instance was in the state it was in, seen from what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// Why a wanted instance was not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// Why a stopped, unwanted instance was still billed for compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

const DOWN: [DownReason; 6] = [
    DownReason::Boot,
    DownReason::NoStock,
    DownReason::Late,
    DownReason::Refused,
    DownReason::OtherController,
    DownReason::WrongStop,
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
    pub const ALL: [DownReason; 6] = DOWN;

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            DownReason::Boot => "boot",
            DownReason::NoStock => "no_stock",
            DownReason::Late => "late",
            DownReason::Refused => "refused",
            DownReason::OtherController => "other_controller",
            DownReason::WrongStop => "wrong_stop",
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
    }

    /// Whether the instance was wanted.
    pub fn is_wanted(self) -> bool {
        matches!(self, Why::Up | Why::Down(_))
    }

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
        }
    }
}

const WHYS: usize = 2 + DOWN.len() + MISSED.len() + 5 + Ineligible::ALL.len();
const STATES: usize = BilledState::ALL.len();

/// Instance-microseconds per (kind, billed state, why).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    cells: Vec<u128>,
}

impl Ledger {
    /// An empty ledger for so many kinds.
    pub fn new(kinds: usize) -> Ledger {
        Ledger { cells: vec![0; kinds * STATES * WHYS] }
    }

    /// Books a span of one instance.
    pub fn book(&mut self, kind: usize, state: BilledState, why: Why, span: SimDuration) {
        self.cells[cell(kind, state, why)] += u128::from(span.as_micros());
    }

    /// Instance-microseconds of one cell.
    pub fn time(&self, kind: usize, state: BilledState, why: Why) -> u128 {
        self.cells[cell(kind, state, why)]
    }

    /// Adds another replication's times.
    pub fn merge(&mut self, other: &Ledger) {
        for (mine, theirs) in self.cells.iter_mut().zip(&other.cells) {
            *mine += theirs;
        }
    }

    /// Instance-microseconds that a kind spent in a billed state.
    pub fn time_in_state(&self, kind: usize, state: BilledState) -> u128 {
        Why::all().map(|why| self.time(kind, state, why)).sum()
    }

    /// Instance-microseconds that wanted instances were not ready, by reason, over all kinds.
    pub fn unavailable(&self) -> BTreeMap<DownReason, u128> {
        let kinds = self.cells.len() / (STATES * WHYS);
        let down = |reason| {
            let cells = (0..kinds).flat_map(|g| BilledState::ALL.map(|s| (g, s)));
            cells.map(|(g, s)| self.time(g, s, Why::Down(reason))).sum::<u128>()
        };
        DOWN.into_iter().map(|reason| (reason, down(reason))).collect()
    }
}

fn cell(kind: usize, state: BilledState, why: Why) -> usize {
    (kind * STATES + state as usize) * WHYS + why.index()
}

/// One line of the invoice: what a component of a group cost in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Place of the group in the region.
    pub group: u16,
    /// The group as one of its types.
    pub kind: KindId,
    /// What was billed.
    pub component: Component,
    /// In which state.
    pub state: BilledState,
    /// What it would have cost, had the instances been Running and of the group's own type.
    pub baseline: Money,
    /// What it cost.
    pub actual: Money,
}

/// The money of one run: baseline, actual, and where the difference comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// The invoice, each line rounded down once; subscriptions are apart.
    pub lines: Vec<BillLine>,
    /// Every instance billed as Running, and as of its group's own type.
    pub baseline: Money,
    /// The part of `baseline` that is compute.
    pub baseline_compute: Money,
    /// What is billed.
    pub actual: Money,
    /// Not billed while not wanted.
    pub intended: Money,
    /// The part of `intended` that is compute.
    pub intended_compute: Money,
    /// Not billed although wanted.
    pub involuntary: Money,
    /// What the baseline lacks: what another type costs more than the group's own, or less.
    pub policy_cost: Money,
    /// What rounding leaves over.
    pub adjustments: Money,
    /// What stopping could have saved at most: not wanted, billed as Running.
    pub bound_total: Money,
    /// The part of it in groups that can be stopped in economical mode.
    pub bound_reachable: Money,
    /// Stopped in standard mode while not wanted, by group and reason.
    pub forgone: BTreeMap<(u16, ForgoneReason), Money>,
    /// Running, Starting or Stopping while not wanted, by group and reason.
    pub missed: BTreeMap<(u16, MissedReason), Money>,
    /// What prepaid instances cost over the window whatever they do; in no other figure.
    pub subscription: Money,
}

impl Bill {
    /// `baseline − actual`.
    pub fn saving(&self) -> Money {
        self.baseline - self.actual
    }

    /// All that was forgone.
    pub fn forgone_total(&self) -> Money {
        self.forgone.values().copied().sum()
    }

    /// All that was missed.
    pub fn missed_total(&self) -> Money {
        self.missed.values().copied().sum()
    }

    /// The price of an unavailable instance-hour above which stopping loses:
    /// (intended − policy cost) ÷ unavailable instance-hours; none if nothing was unavailable.
    pub fn break_even(&self, unavailable_us: u128) -> Option<Money> {
        let micros = i128::try_from(unavailable_us).ok().filter(|us| *us > 0)?;
        let net = (self.intended - self.policy_cost).as_nanos();
        let per_hour = i128::from(crate::units::time::MICROS_PER_HOUR);
        Some(Money::from_nanos(net.checked_mul(per_hour)?.div_euclid(micros)))
    }

    /// The bill of one run's ledger, and exact unrounded sums for the identities to be held.
    ///
    /// # Panics
    /// If a saving identity is broken.
    pub fn of(region: &RegionSpec, ledger: &Ledger) -> Bill {
        let mut bill = Bill::default();
        let mut exact = Exact::default();
        for kind in region.kinds() {
            let row = region.kind(kind);
            let prepaid = row.group.charge == ChargeType::Subscription;
            for component in Component::ALL {
                let (own, rate) = (row.group.rates.of(component), row.rates.of(component));
                if own.as_nanos() == 0 && rate.as_nanos() == 0 {
                    continue;
                }
                for state in BilledState::ALL {
                    let entry = Entry { region, ledger, kind, component, state, own, rate };
                    if prepaid {
                        let time = ledger.time_in_state(kind.index(), state);
                        bill.subscription += Usage::of(own, time).invoiced();
                    } else {
                        bill.book(&entry, &mut exact);
                    }
                }
            }
        }
        bill.adjustments = bill.saving() - bill.intended - bill.involuntary + bill.policy_cost;
        bill.bound_total = bill.intended + bill.forgone_total() + bill.missed_total();
        exact.hold();
        bill
    }

    fn book(&mut self, entry: &Entry, exact: &mut Exact) {
        let Entry { region, ledger, kind, component, state, own, rate } = *entry;
        let group = region.kind(kind).id.0;
        let time = ledger.time_in_state(kind.index(), state);
        let billed = is_billed(component, state, &region.knobs);
        let saveable = !is_billed(component, BilledState::StoppedEconomical, &region.knobs);
        let (as_own, as_is) = (Usage::of(own, time), Usage::of(rate, time));
        let baseline = as_own.invoiced();
        let actual = if billed { as_is.invoiced() } else { Money::ZERO };
        exact.baseline += as_own;
        if billed {
            exact.actual += as_is;
            exact.policy_cost += as_is - as_own;
            self.policy_cost += actual - baseline;
        }
        self.baseline += baseline;
        self.actual += actual;
        if component == Component::Compute {
            self.baseline_compute += baseline;
        }
        self.lines.push(BillLine { group, kind, component, state, baseline, actual });
        let reachable = region.ineligible(kind).is_none();
        for why in Why::all() {
            let usage = Usage::of(own, ledger.time(kind.index(), state, why));
            if usage == Usage::ZERO {
                continue;
            }
            let amount = usage.invoiced();
            let in_bound = match why {
                Why::Up | Why::Down(_) if !billed => {
                    exact.involuntary += usage;
                    self.involuntary += amount;
                    false
                }
                Why::Intended if !billed => {
                    exact.intended += usage;
                    self.intended += amount;
                    if component == Component::Compute {
                        self.intended_compute += amount;
                    }
                    true
                }
                Why::Forgone(reason) if saveable => {
                    *self.forgone.entry((group, reason)).or_default() += amount;
                    true
                }
                Why::Missed(reason) if saveable => {
                    *self.missed.entry((group, reason)).or_default() += amount;
                    true
                }
                Why::Up | Why::Down(_) | Why::Intended | Why::Forgone(_) | Why::Missed(_) => false,
            };
            if in_bound && reachable {
                self.bound_reachable += amount;
            }
        }
    }
}

/// Where in the ledger a line of the bill comes from.
#[derive(Clone, Copy)]
struct Entry<'a> {
    region: &'a RegionSpec,
    ledger: &'a Ledger,
    kind: KindId,
    component: Component,
    state: BilledState,
    /// What the group's own type costs, and what this one does.
    own: HourlyRate,
    rate: HourlyRate,
}

/// Unrounded sums.
#[derive(Default)]
struct Exact {
    baseline: Usage,
    actual: Usage,
    intended: Usage,
    involuntary: Usage,
    policy_cost: Usage,
}

impl Exact {
    fn hold(&self) {
        assert_eq!(
            self.baseline - self.actual,
            self.intended + self.involuntary - self.policy_cost,
            "what is not billed is either intended or involuntary, and policies have their price",
        );
    }
}
