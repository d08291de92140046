//! The bill of a run: lines, baseline and actual, and what the difference is made of.
//!
//! Each line is rounded down once; the identities are held on exact sums.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ecs::capacity::CapacityKind;
use crate::ecs::id::{CapacityId, GroupId, KindId};
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, RegionSpec};
use crate::tally;
use crate::units::{HourlyRate, Money, Usage};

use super::commitments::Coverable;
use super::{
    CommitmentLine, Effect, ForgoneReason, Ledger, MinimumChargeLine, MissedReason, PolicyCause,
    Why,
};

tally! {
    /// One line of the invoice: what a component of a group cost in a state.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BillLine {
        /// Place of the group in the region.
        pub group: u16 = apart,
        /// The group as one of its types.
        pub kind: KindId = apart,
        /// What was billed.
        pub component: Component = apart,
        /// In which state.
        pub state: BilledState = apart,
        /// What it would have cost, had the instances been Running and of the group's own type.
        pub baseline: Money = sum,
        /// What it cost.
        pub actual: Money = sum,
    }
}

tally! {
    /// What a private pool or dedicated host cost besides the instances in it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CapacityLine {
        /// Which one.
        pub capacity: CapacityId = apart,
        /// What it would have cost, had nothing been stopped: a host what it costs, a private pool
        /// nothing, as it is there because of the stops.
        pub baseline: Money = sum,
        /// What it cost: a host as such, a private pool as far as it was unused.
        pub actual: Money = sum,
    }
}

tally! {
    /// The money of one run: baseline, actual, and where the difference comes from.
    ///
    /// Of several, what is averaged merges; what is the sum of other parts is worked out from
    /// these.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Bill {
        /// The invoice at pay-as-you-go prices, each line rounded down once; subscriptions are
        /// apart.
        pub lines: Vec<BillLine> = sum,
        /// What each commitment of the account came to, in its order.
        pub commitments: Vec<CommitmentLine> = sum,
        /// What cycles are billed for beyond the time in them.
        pub minimum_charge: Vec<MinimumChargeLine> = apart,
        /// What private pools and dedicated hosts cost, in their order.
        pub capacities: Vec<CapacityLine> = sum,
        /// Every instance billed as Running, and as of its group's own type, and every dedicated
        /// host; of instances that replace each other the one that is wanted.
        pub baseline: Money = apart,
        /// The part of `baseline` that is compute.
        pub baseline_compute: Money = apart,
        /// What is billed.
        pub actual: Money = apart,
        /// Not billed while not wanted, after what commitments would have covered.
        pub intended: Money = sum,
        /// The part of `intended` that is compute.
        pub intended_compute: Money = sum,
        /// Not billed although wanted, after what commitments would have covered.
        pub involuntary: Money = sum,
        /// Not billed because the account was in arrears: no saving, and in no other figure.
        pub arrears: Money = apart,
        /// Saved at pay-as-you-go prices by intended stops, had commitments not been paid anyway.
        pub uncovered: Money = sum,
        /// What the baseline lacks, see [`PolicyCause`].
        pub policy_cost: Money = sum,
        /// The same by cause.
        pub policy_cost_by: BTreeMap<PolicyCause, Money> = sum,
        /// By group what is in `intended`, `involuntary` and `policy_cost`; at the end what belongs
        /// to no group.
        pub effects: Vec<Effect> = sum,
        /// What minimum durations, whole cycles and rounding leave over.
        pub adjustments: Money = apart,
        /// What stopping could have saved at most: not wanted, billed as Running.
        pub bound_total: Money = apart,
        /// The part of it in groups that can be stopped in economical mode.
        pub bound_reachable: Money = sum,
        /// Stopped in standard mode while not wanted, by group and reason.
        pub forgone: BTreeMap<(u16, ForgoneReason), Money> = sum,
        /// Running, Starting or Stopping while not wanted, by group and reason.
        pub missed: BTreeMap<(u16, MissedReason), Money> = sum,
        /// What prepaid instances cost over the window whatever they do; in no other figure.
        pub subscription: Money = sum,
    }
}

impl Bill {
    /// `baseline − actual − arrears`.
    pub fn saving(&self) -> Money {
        self.baseline - self.actual - self.arrears
    }

    /// What stopping saved in the end: intended saving less policy cost.
    pub fn net(&self) -> Money {
        self.intended - self.policy_cost
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
        let net = self.net().as_nanos();
        let per_hour = i128::from(crate::units::time::MICROS_PER_HOUR);
        Some(Money::from_nanos(net.checked_mul(per_hour)?.div_euclid(micros)))
    }

    /// The bill of one run's ledger, and exact unrounded sums for the identities to be held.
    ///
    /// # Panics
    /// If a saving identity is broken.
    pub fn of(region: &RegionSpec, ledger: &Ledger) -> Bill {
        let effects = vec![Effect::default(); region.groups.len() + 1];
        let mut bill = Bill { effects, ..Bill::default() };
        let mut exact = Exact::default();
        let mut coverable = vec![Coverable::default(); region.groups.len()];
        for kind in region.kinds() {
            let row = region.kind(kind);
            let prepaid = row.group.charge == ChargeType::Subscription;
            for component in Component::ALL {
                let follows_market = row.group.spot.is_some() && component == Component::Compute;
                let (own, rate) = (row.group.rates.of(component), row.rates.of(component));
                if own.as_nanos() == 0 && rate.as_nanos() == 0 && !follows_market {
                    continue;
                }
                let there = |state: &BilledState| *state != BilledState::Released;
                for state in BilledState::ALL.into_iter().filter(there) {
                    let place = Place { kind, component, state };
                    let entry = Entry { region, ledger, place, own, rate, follows_market };
                    if prepaid {
                        bill.subscription += entry.all_as_own().invoiced();
                    } else if state == BilledState::Suspended {
                        bill.suspend(&entry, &mut exact);
                    } else {
                        bill.book(&entry, &mut exact, &mut coverable);
                    }
                }
            }
        }
        bill.reserve(region, ledger, &mut exact);
        for kind in region.kinds() {
            bill.fill_up(region, kind, &ledger.minimum_charge[kind.index()]);
        }
        if let Some(cycles) = &ledger.cycles {
            bill.commit(region, cycles, coverable);
        }
        bill.policy_cost_by.retain(|_, amount| *amount != Money::ZERO);
        bill.adjust();
        exact.hold();
        bill
    }

    /// Works out the totals that are the rest of others.
    pub fn adjust(&mut self) {
        self.adjustments = self.saving() - self.intended - self.involuntary + self.policy_cost;
        self.bound_total =
            self.intended + self.uncovered + self.forgone_total() + self.missed_total();
    }

    /// Adds what private pools and dedicated hosts cost.
    fn reserve(&mut self, region: &RegionSpec, ledger: &Ledger, exact: &mut Exact) {
        for (place, (spec, &paid_for)) in
            region.capacities.iter().zip(ledger.capacities()).enumerate()
        {
            let usage = Usage::of(spec.rate, paid_for);
            let actual = usage.invoiced();
            exact.actual += usage;
            self.actual += actual;
            let baseline = match spec.kind {
                CapacityKind::PrivatePool { .. } => {
                    exact.policy_cost += usage;
                    let nobody = self.effects.len() - 1;
                    self.pay(nobody, PolicyCause::PrivatePool, actual);
                    Money::ZERO
                }
                CapacityKind::DedicatedHost { .. } => {
                    exact.baseline += usage;
                    self.baseline += actual;
                    self.baseline_compute += actual;
                    actual
                }
            };
            let capacity = CapacityId::at(place);
            self.capacities.push(CapacityLine { capacity, baseline, actual });
        }
    }

    /// Adds to what the policy costs; of a group, or past them of none.
    pub(super) fn pay(&mut self, group: usize, cause: PolicyCause, amount: Money) {
        self.policy_cost += amount;
        self.effects[group].policy_cost += amount;
        *self.policy_cost_by.entry(cause).or_default() += amount;
    }

    /// A line that arrears suspended, whatever was wanted.
    fn suspend(&mut self, entry: &Entry, exact: &mut Exact) {
        let usage = entry.as_own();
        if usage == Usage::ZERO {
            return;
        }
        let (group, Place { kind, component, state }) = (entry.group(), entry.place);
        let baseline = usage.invoiced();
        exact.baseline += usage;
        exact.arrears += usage;
        self.baseline += baseline;
        self.arrears += baseline;
        if component == Component::Compute {
            self.baseline_compute += baseline;
        }
        let actual = Money::ZERO;
        self.lines.push(BillLine { group, kind, component, state, baseline, actual });
    }

    fn book(&mut self, entry: &Entry, exact: &mut Exact, coverable: &mut [Coverable]) {
        let (region, group) = (entry.region, entry.group());
        let Place { kind, component, state } = entry.place;
        let counts = state.is_on_the_bill();
        let whole = |usage| if counts { usage } else { Usage::ZERO };
        let (as_own, as_is) = (whole(entry.as_own()), whole(entry.as_is()));
        let billed = is_billed(component, state, &region.knobs);
        let baseline = as_own.invoiced();
        let actual = if billed { as_is.invoiced() } else { Money::ZERO };
        exact.baseline += as_own;
        if billed {
            exact.actual += as_is;
            exact.policy_cost += as_is - as_own;
            // At one price only what is beside can make a difference, rounding included.
            let beside = match entry.rate == entry.own {
                true => actual - baseline,
                false => whole(entry.beside()).invoiced(),
            };
            self.pay(group.into(), PolicyCause::Replacement, beside);
            self.pay(group.into(), PolicyCause::AnotherType, actual - baseline - beside);
        }
        self.baseline += baseline;
        self.actual += actual;
        if component == Component::Compute {
            self.baseline_compute += baseline;
        }
        self.lines.push(BillLine { group, kind, component, state, baseline, actual });
        let saved = if counts { self.split(entry, exact) } else { [Money::ZERO; 2] };
        self.intended += saved[0];
        self.involuntary += saved[1];
        if component == Component::Compute && kind == region.own_kind(GroupId(group)) {
            coverable[usize::from(group)].add(baseline, saved, actual);
        }
    }

    /// Why a line is as it is: what of it is saved by intended stops and by others.
    fn split(&mut self, entry: &Entry, exact: &mut Exact) -> [Money; 2] {
        let (region, group) = (entry.region, entry.group());
        let Place { kind, component, state } = entry.place;
        let billed = is_billed(component, state, &region.knobs);
        let saveable = !is_billed(component, BilledState::StoppedEconomical, &region.knobs);
        let reachable = region.ineligible(kind).is_none();
        let mut saved = [Money::ZERO; 2];
        for why in Why::all() {
            let usage = entry.usage(why);
            if usage == Usage::ZERO {
                continue;
            }
            let amount = usage.invoiced();
            let in_bound = match why {
                Why::Up | Why::Down(_) if !billed => {
                    exact.involuntary += usage;
                    saved[1] += amount;
                    self.effects[usize::from(group)].involuntary += amount;
                    false
                }
                Why::Intended if !billed => {
                    exact.intended += usage;
                    saved[0] += amount;
                    self.effects[usize::from(group)].intended += amount;
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
                Why::Up
                | Why::Down(_)
                | Why::Intended
                | Why::Forgone(_)
                | Why::Missed(_)
                | Why::Arrears
                | Why::Beside => false,
            };
            if in_bound && reachable {
                self.bound_reachable += amount;
            }
        }
        saved
    }
}

/// Which line.
#[derive(Clone, Copy)]
struct Place {
    kind: KindId,
    component: Component,
    state: BilledState,
}

/// Where in the ledger a line of the bill comes from.
#[derive(Clone, Copy)]
struct Entry<'a> {
    region: &'a RegionSpec,
    ledger: &'a Ledger,
    place: Place,
    /// What the group's own type costs, and what this one does.
    own: HourlyRate,
    rate: HourlyRate,
    /// Whether its price is that of a market of spot instances, whose type never changes.
    follows_market: bool,
}

impl Entry<'_> {
    fn group(&self) -> u16 {
        self.region.kind(self.place.kind).id.0
    }

    /// As if the instances were of the group's own type, and had never been replaced.
    fn as_own(&self) -> Usage {
        Why::all().filter(|why| why.is_in_baseline()).map(|why| self.usage(why)).sum()
    }

    /// As if the instances were of the group's own type.
    fn all_as_own(&self) -> Usage {
        self.as_own() + self.usage(Why::Beside)
    }

    /// As what they are.
    fn as_is(&self) -> Usage {
        let Place { kind, state, .. } = self.place;
        if self.follows_market {
            return self.all_as_own();
        }
        Usage::of(self.rate, self.ledger.time_in_state(kind.index(), state))
    }

    /// As what they are: those beside the one that is wanted.
    fn beside(&self) -> Usage {
        let Place { kind, state, .. } = self.place;
        if self.follows_market {
            return self.usage(Why::Beside);
        }
        Usage::of(self.rate, self.ledger.time(kind.index(), state, Why::Beside))
    }

    /// As if they were of the group's own type, for one reason.
    fn usage(&self, why: Why) -> Usage {
        let Place { kind, state, .. } = self.place;
        if self.follows_market {
            return self.ledger.spot(kind.index(), state, why);
        }
        Usage::of(self.own, self.ledger.time(kind.index(), state, why))
    }
}

/// Unrounded sums.
#[derive(Default)]
struct Exact {
    baseline: Usage,
    actual: Usage,
    intended: Usage,
    involuntary: Usage,
    arrears: Usage,
    policy_cost: Usage,
}

impl Exact {
    fn hold(&self) {
        assert_eq!(
            self.baseline - self.actual,
            self.intended + self.involuntary + self.arrears - self.policy_cost,
            "what is not billed is intended, involuntary or in arrears; policies have their price",
        );
    }
}
