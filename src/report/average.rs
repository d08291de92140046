//! The bill of several replications: parts are averaged, totals are the sums of the averages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::books::ledger::{Bill, MinimumChargeCause, MinimumChargeLine};
use crate::ecs::id::KindId;
use crate::ecs::meter::{BilledState, Component};
use crate::stats::Merge as _;
use crate::units::Money;

/// What makes lines of minimum charge one.
type MinimumChargeKey = (KindId, MinimumChargeCause, Component);

/// Bills of replications, added up as they come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct BillSums {
    /// The sums, but for the minimum charge.
    sums: Option<Bill>,
    /// A line is there if it is in any of the bills.
    minimum_charge: BTreeMap<MinimumChargeKey, MinimumChargeLine>,
    bills: i128,
}

impl BillSums {
    pub(super) fn add(&mut self, bill: &Bill) {
        self.bills += 1;
        for line in &bill.minimum_charge {
            let nothing = MinimumChargeLine { baseline: Money::ZERO, actual: Money::ZERO, ..*line };
            let key = (line.kind, line.cause, line.component);
            let sum = self.minimum_charge.entry(key).or_insert(nothing);
            sum.baseline += line.baseline;
            sum.actual += line.actual;
        }
        match &mut self.sums {
            Some(sums) => sums.merge(bill),
            None => self.sums = Some(bill.clone()),
        }
    }

    /// The average bill: every part that is a line is averaged and rounded down, every total is
    /// the sum of its averaged parts, so that the saving identities hold of the average too.
    ///
    /// # Panics
    /// If there was no bill.
    pub(super) fn average(self) -> Bill {
        let mut bill = self.sums.expect("an average is of at least one bill");
        let bills = self.bills;
        let mean = |sum: &mut Money| *sum = Money::from_nanos(sum.as_nanos().div_euclid(bills));
        for sum in [
            &mut bill.intended,
            &mut bill.intended_compute,
            &mut bill.involuntary,
            &mut bill.uncovered,
            &mut bill.policy_cost,
            &mut bill.subscription,
            &mut bill.bound_reachable,
        ] {
            mean(sum);
        }
        bill.lines
            .iter_mut()
            .flat_map(|line| [&mut line.baseline, &mut line.actual])
            .for_each(mean);
        let capacities = bill.capacities.iter_mut();
        capacities.flat_map(|line| [&mut line.baseline, &mut line.actual]).for_each(mean);
        average_policy(&mut bill, bills);
        for line in &mut bill.commitments {
            mean(&mut line.cost);
            line.used.iter_mut().chain(&mut line.covered).for_each(mean);
            for world in 0..line.covered.len() {
                let of_groups = line.covered_by_group.iter_mut();
                mean_of_parts(of_groups.map(|(_, covered)| &mut covered[world]), bills);
            }
        }
        bill.minimum_charge = self.minimum_charge.into_values().collect();
        let minimum_charge = bill.minimum_charge.iter_mut();
        minimum_charge.flat_map(|line| [&mut line.baseline, &mut line.actual]).for_each(mean);
        bill.forgone.values_mut().chain(bill.missed.values_mut()).for_each(mean);
        add_up(&mut bill);
        bill.adjust();
        bill.bound_reachable = bill.bound_reachable.min(bill.bound_total);
        bill
    }
}

/// Averages sums so that they add up to the average of their sum, rounded down: each becomes what
/// that grows by.
fn mean_of_parts<'a>(parts: impl Iterator<Item = &'a mut Money>, bills: i128) {
    let (mut sum, mut told) = (0, 0);
    for part in parts {
        sum += part.as_nanos();
        let before = std::mem::replace(&mut told, sum.div_euclid(bills));
        *part = Money::from_nanos(told - before);
    }
}

/// What stopping did to each group, and what the policy costs by cause.
fn average_policy(bill: &mut Bill, bills: i128) {
    mean_of_parts(bill.effects.iter_mut().map(|effect| &mut effect.intended), bills);
    mean_of_parts(bill.effects.iter_mut().map(|effect| &mut effect.involuntary), bills);
    mean_of_parts(bill.effects.iter_mut().map(|effect| &mut effect.policy_cost), bills);
    mean_of_parts(bill.policy_cost_by.values_mut(), bills);
    bill.policy_cost_by.retain(|_, amount| *amount != Money::ZERO);
}

/// Works out the totals that are sums of averaged lines.
fn add_up(bill: &mut Bill) {
    bill.baseline = bill.lines.iter().map(|line| line.baseline).sum();
    let of_compute = bill.lines.iter().filter(|line| line.component == Component::Compute);
    bill.baseline_compute = of_compute.map(|line| line.baseline).sum();
    bill.actual = bill.lines.iter().map(|line| line.actual).sum();
    bill.arrears = bill
        .lines
        .iter()
        .filter(|line| line.state == BilledState::Suspended)
        .map(|line| line.baseline)
        .sum();
    let capacities = bill.capacities.iter().map(|line| (line.baseline, line.actual, true));
    let minimum_charge = bill
        .minimum_charge
        .iter()
        .map(|line| (line.baseline, line.actual, line.component == Component::Compute));
    for (baseline, actual, is_compute) in capacities.chain(minimum_charge) {
        bill.baseline += baseline;
        bill.actual += actual;
        if is_compute {
            bill.baseline_compute += baseline;
        }
    }
    for line in &bill.commitments {
        let baseline = line.cost_in_baseline() - line.covered[0];
        bill.baseline += baseline;
        bill.baseline_compute += baseline;
        bill.actual += line.cost - line.covered[3];
    }
}
