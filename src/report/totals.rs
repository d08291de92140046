//! The outcomes of one or several replications as one: counts and times added up, money
//! averaged, latencies merged; always in replication order, always in integers.
//!
//! One replication goes the same way as several, so a figure has one meaning. Totals never look
//! at an expectation, and never format anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::ledger::{Bill, DownReason};
use crate::books::outcome::{CallTally, Counts, LatencyName, Outcome, Wave};
use crate::ecs::operation::OperationName;
use crate::sim::plan::Plan;
use crate::stats::{Latency, Merge as _};
use crate::units::Money;

use super::average::BillSums;
use super::merged_waves::MergedWaves;
use super::restart::{Restart, RestartSums};
use super::services::ServiceTotals;

stopsim_core::tally! {
    /// Everything a report needs of a set of replications.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Totals {
        /// How many replications.
        pub runs: u32 = sum,
        /// Averaged over replications, line by line; the totals are sums of the averaged parts.
        pub bill: Bill = apart,
        /// Instance-µs that wanted instances were not ready.
        pub unavailable: BTreeMap<DownReason, u128> = sum,
        /// The same by group.
        pub unavailable_by_group: Vec<u128> = sum,
        /// Whatever is counted.
        pub counts: Counts = sum,
        /// Waves of the same due moment, zone and type added up.
        pub waves: Vec<Wave> = apart,
        /// How restarts went.
        pub restart: Restart = apart,
        /// How services did, in file order.
        pub services: Vec<ServiceTotals> = sum,
        /// Where among them the service of a name is.
        service_places: BTreeMap<String, usize> = first,
        /// Instance-µs billed of instances that were up beside the one wanted.
        pub duplicate_us: u128 = sum,
    }
}

impl Totals {
    /// Of one outcome, but for its waves: they are merged by themselves.
    fn without_waves(plan: &Plan, outcome: &Outcome) -> Totals {
        let mut bill = BillSums::default();
        bill.add(&Bill::of(&plan.region, &outcome.ledger));
        Totals {
            runs: 1,
            bill: bill.average(),
            unavailable: outcome.ledger.unavailable(),
            unavailable_by_group: outcome.ledger.unavailable_by_group(&plan.region),
            counts: outcome.counts.clone(),
            waves: vec![],
            restart: Restart::of_one(plan, outcome),
            services: ServiceTotals::of_one(plan, outcome),
            service_places: (0..).zip(&plan.services).map(|(at, s)| (s.name.clone(), at)).collect(),
            duplicate_us: outcome.ledger.duplicate(),
        }
    }

    /// How the service of a name did.
    pub fn service(&self, name: &str) -> Option<&ServiceTotals> {
        self.service_place(name).map(|place| &self.services[place])
    }

    /// Where among the services the one of a name is.
    pub(super) fn service_place(&self, name: &str) -> Option<usize> {
        self.service_places.get(name).copied()
    }

    /// The operations that were called at all: reports are silent about the others.
    pub fn operations(&self) -> impl Iterator<Item = OperationName> {
        OperationName::ALL.iter().copied().filter(|operation| self.calls_of(*operation).sent > 0)
    }

    /// The latencies reports show: those of operations only where they were called.
    pub fn latency_names(&self) -> impl Iterator<Item = LatencyName> {
        LatencyName::all().filter(|name| match name {
            LatencyName::Api(operation) => self.calls_of(*operation).sent > 0,
            LatencyName::StopDueToStopped
            | LatencyName::StopAcceptedToStopped
            | LatencyName::StartDueToReady
            | LatencyName::StartDueToRunning
            | LatencyName::StartCalledToRunning
            | LatencyName::StartAcceptedToRunning
            | LatencyName::StartTimeToKnow => true,
        })
    }

    /// The calls of one operation.
    pub fn calls_of(&self, operation: OperationName) -> &CallTally {
        self.counts.calls_of(operation)
    }

    /// One latency.
    pub fn latency(&self, name: LatencyName) -> &Latency {
        self.counts.latency(name)
    }

    /// Instance-µs that wanted instances were not ready, for whatever reason, summed.
    pub fn unavailable_us(&self) -> u128 {
        self.unavailable.values().sum()
    }

    /// (intended − policy cost) ÷ unavailable instance-hours, all per replication.
    pub fn break_even(&self) -> Option<Money> {
        // The bill is an average and the time a sum: scaled to one replication by the division.
        let all = self.bill.break_even(self.unavailable_us())?;
        Some(Money::from_nanos(all.as_nanos() * i128::from(self.runs)))
    }
}

/// Outcomes of replications, added up in order as they come: none of them is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TotalSums {
    /// The sums, but for what the others hold.
    sums: Option<Totals>,
    bill: BillSums,
    waves: MergedWaves,
    restart: RestartSums,
}

impl TotalSums {
    /// Adds the next outcome, and says what it came to by itself, but for its waves.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) -> Totals {
        let one = Totals::without_waves(plan, outcome);
        self.bill.add(&one.bill);
        self.waves.add(&outcome.waves);
        self.restart.add(&one.restart);
        match &mut self.sums {
            Some(sums) => sums.merge(&one),
            None => self.sums = Some(one.clone()),
        }
        one
    }

    /// How many outcomes were added.
    pub fn runs(&self) -> u32 {
        self.sums.as_ref().map_or(0, |sums| sums.runs)
    }

    /// All of them as one.
    ///
    /// # Panics
    /// If there was no outcome.
    pub fn finish(self) -> Totals {
        let sums = self.sums.expect("a report is about at least one run");
        let (bill, waves) = (self.bill.average(), self.waves.finish());
        Totals { bill, waves, restart: self.restart.finish(), ..sums }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::meter::Component;
    use crate::report::collected::Collected;
    use crate::report::fixture::{outcome, plan};
    use crate::units::SimDuration;

    #[test]
    fn the_saving_identities_hold_of_the_average_too() {
        let plan = plan();
        // Thirds of a nano-unit arise: 1 and 2 never came up in two of three replications.
        let outcomes = [outcome(0, 0), outcome(1, 1), outcome(2, 2)];
        let bill = Collected::of(&plan, &outcomes).totals.bill;
        let parts = bill.intended + bill.involuntary - bill.policy_cost + bill.adjustments;
        assert_eq!(bill.saving(), parts);
        assert_eq!(bill.bound_total, bill.intended + bill.forgone_total() + bill.missed_total());
        assert_eq!(bill.baseline, bill.lines.iter().map(|line| line.baseline).sum());
        let compute = bill.lines.iter().filter(|line| line.component == Component::Compute);
        assert_eq!(bill.baseline_compute, compute.map(|line| line.baseline).sum());
        assert!(bill.baseline_compute <= bill.baseline, "a part is no more than the whole");
        assert!(bill.adjustments.as_nanos().abs() < 100, "{}", bill.adjustments);
    }

    #[test]
    fn counts_add_up_and_money_does_not() {
        let plan = plan();
        let (one, two) = (outcome(0, 30), outcome(1, 30));
        let single = Collected::of(&plan, std::slice::from_ref(&one)).totals;
        let both = Collected::of(&plan, &[one, two]).totals;
        assert_eq!(both.bill, single.bill);
        assert_eq!(both.unavailable_us(), 2 * single.unavailable_us());
        assert_eq!(both.restart.never, 60);
        assert_eq!(both.latency(LatencyName::StartDueToReady).censored(), 60);
        assert_eq!(both.waves.len(), single.waves.len());
        assert_eq!(both.waves[1].all.size, 1000);
        let [once, twice] = [&single, &both].map(|totals| totals.break_even().unwrap().as_nanos());
        assert!((once - twice).abs() <= 1, "{once} and {twice} differ by more than rounding");
    }

    #[test]
    fn a_wave_is_done_on_average_unless_it_never_was_in_one_replication() {
        let plan = plan();
        let at =
            |never| Collected::of(&plan, &[outcome(0, 0), outcome(1, never)]).totals.waves[2].t95;
        assert_eq!(at(0), Some(SimDuration::from_secs(150)));
        assert_eq!(at(500), None);
    }
}
