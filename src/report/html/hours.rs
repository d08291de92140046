//! Stock, instances and money hour by hour, over all replications: what the weeks look like.
//!
//! Taken from outcomes as they come; of none more is kept than sums, the least and the most of an
//! hour.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::super::by_replication::{Running, each_record};
use crate::books::ledger::{Cycle, Part};
use crate::books::outcome::Outcome;
use crate::ecs::meter::BilledState;
use crate::sim::plan::Plan;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{Money, SimTime};

/// A number of an hour over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Of all replications.
    pub sum: i128,
    /// How many there are.
    pub n: u32,
    /// Of any.
    pub least: i128,
    /// Of any.
    pub most: i128,
}

/// What is kept of hours.
#[derive(Clone, Debug, Default)]
pub struct Hours {
    /// Of each pool in the plan's order: what is free at the hour.
    pub free: Vec<BTreeMap<SimTime, Spread>>,
    /// Thousandths of instances that are billed as running, on average in the hour.
    pub running: BTreeMap<SimTime, Spread>,
    /// The same of those that are wanted.
    pub wanted: BTreeMap<SimTime, Spread>,
    /// Nano-units of money that the hour costs.
    pub money: BTreeMap<SimTime, Spread>,
}

impl Spread {
    fn add(&mut self, value: i128) {
        let is_first = self.n == 0;
        self.least = if is_first { value } else { self.least.min(value) };
        self.most = if is_first { value } else { self.most.max(value) };
        self.sum += value;
        self.n += 1;
    }

    /// Puts another hour beside it.
    pub fn join(&mut self, other: &Spread) {
        let is_first = self.n == 0;
        self.least = if is_first { other.least } else { self.least.min(other.least) };
        self.most = if is_first { other.most } else { self.most.max(other.most) };
        self.sum += other.sum;
        self.n += other.n;
    }

    /// The mean, in thousandths.
    pub fn mean_thousandths(&self) -> i128 {
        (1_000 * self.sum).checked_div(self.n.into()).unwrap_or(0)
    }
}

impl Hours {
    /// Takes the hours of the next replication.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) {
        self.free.resize(outcome.hourly.len(), BTreeMap::new());
        for (hours, hourly) in self.free.iter_mut().zip(&outcome.hourly) {
            for sample in hourly.iter().filter(|sample| sample.at >= plan.warm_up) {
                hours.entry(sample.at).or_default().add(sample.free.into());
            }
        }
        let Some(cycles) = outcome.ledger.cycles() else { return };
        let mut running = Running::new();
        cycles.each(|cycle| self.add_cycle(plan, cycle, &mut running));
    }

    fn add_cycle(&mut self, plan: &Plan, cycle: &Cycle<'_>, running: &mut Running) {
        let span = u128::from(cycle.span().as_micros());
        let (mut up, mut wanted) = (0, 0);
        for kind in plan.region.kinds() {
            up += cycle.time_in_state(kind.index(), BilledState::Running);
            let of = |state| cycle.time(kind.index(), state, Part::Wanted);
            wanted += BilledState::ALL.into_iter().map(of).sum::<u128>();
        }
        let thousandths = |micros: u128| {
            let all = (1_000 * micros).checked_div(span).unwrap_or(0);
            i128::try_from(all).unwrap_or(i128::MAX)
        };
        let mut amount = Money::ZERO;
        each_record(plan, cycle, running, |record| amount += record.amount);
        // The first and the last cycle may be a part of an hour.
        let hour = u128::from(MICROS_PER_HOUR);
        let whole = amount.as_nanos() * i128::try_from(hour).unwrap_or(i128::MAX);
        let rate = whole.checked_div(i128::try_from(span).unwrap_or(i128::MAX)).unwrap_or(0);
        self.running.entry(cycle.from).or_default().add(thousandths(up));
        self.wanted.entry(cycle.from).or_default().add(thousandths(wanted));
        self.money.entry(cycle.from).or_default().add(rate);
    }

    /// What was free of a pool at an hour, or the one before.
    pub fn free_at(&self, pool: usize, at: SimTime) -> Option<&Spread> {
        self.free.get(pool)?.range(..=at).next_back().map(|(_, spread)| spread)
    }

    /// The same at the next hour.
    pub fn free_after(&self, pool: usize, at: SimTime) -> Option<&Spread> {
        let later = (Bound::Excluded(at), Bound::Unbounded);
        self.free.get(pool)?.range(later).next().map(|(_, spread)| spread)
    }
}
