//! The bill of several replications: parts are averaged, totals are the sums of the averages.

use std::collections::BTreeMap;

use crate::ecs::id::KindId;
use crate::ecs::meter::{BilledState, Component};
use crate::units::Money;
use crate::world::ledger::{Bill, CommitmentLine, Effect, PolicyCause, SurplusCause, SurplusLine};

/// The average bill: every part that is a line is averaged and rounded down, every total is the
/// sum of its averaged parts, so that the saving identities hold of the average too.
pub(super) fn average(bills: &[&Bill]) -> Bill {
    let runs = i128::try_from(bills.len()).expect("a slice's length fits");
    let mean = |total: Money| Money::from_nanos(total.as_nanos().div_euclid(runs));
    let of = |part: fn(&Bill) -> Money| mean(bills.iter().map(|bill| part(bill)).sum());
    let mut bill = Bill {
        intended: of(|b| b.intended),
        intended_compute: of(|b| b.intended_compute),
        involuntary: of(|b| b.involuntary),
        uncovered: of(|b| b.uncovered),
        policy_cost: of(|b| b.policy_cost),
        subscription: of(|b| b.subscription),
        ..bills[0].clone()
    };
    for (place, line) in bill.lines.iter_mut().enumerate() {
        line.baseline = mean(bills.iter().map(|b| b.lines[place].baseline).sum());
        line.actual = mean(bills.iter().map(|b| b.lines[place].actual).sum());
    }
    for (place, line) in bill.capacities.iter_mut().enumerate() {
        line.baseline = mean(bills.iter().map(|b| b.capacities[place].baseline).sum());
        line.actual = mean(bills.iter().map(|b| b.capacities[place].actual).sum());
    }
    average_policy(&mut bill, bills);
    average_commitments(&mut bill, bills, mean);
    bill.surplus = mean_surplus(bills, mean);
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
    let surplus = bill
        .surplus
        .iter()
        .map(|line| (line.baseline, line.actual, line.component == Component::Compute));
    for (baseline, actual, is_compute) in capacities.chain(surplus) {
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
    bill.forgone = mean_parts(bills, |b| &b.forgone, mean);
    bill.missed = mean_parts(bills, |b| &b.missed, mean);
    bill.adjust();
    bill.bound_reachable = of(|b| b.bound_reachable).min(bill.bound_total);
    bill
}

/// Averages amounts of which each bill has the same number, so that they add up to the average of
/// their sum, rounded down: each is what that grows by.
fn mean_of_parts(
    bills: &[&Bill],
    part: impl Fn(&Bill, usize) -> Money,
    count: usize,
) -> Vec<Money> {
    let runs = i128::try_from(bills.len()).expect("a slice's length fits");
    let (mut sum, mut told) = (0, 0);
    let grow = |place: usize| {
        sum += bills.iter().map(|bill| part(bill, place).as_nanos()).sum::<i128>();
        let before = std::mem::replace(&mut told, sum.div_euclid(runs));
        Money::from_nanos(told - before)
    };
    (0..count).map(grow).collect()
}

/// What stopping did to each group, and what the policy costs by cause.
fn average_policy(bill: &mut Bill, bills: &[&Bill]) {
    let of = |part: fn(&Effect) -> Money| {
        mean_of_parts(bills, |bill, place| part(&bill.effects[place]), bill.effects.len())
    };
    let intended = of(|effect| effect.intended);
    let involuntary = of(|effect| effect.involuntary);
    let policy_cost = of(|effect| effect.policy_cost);
    for (place, effect) in bill.effects.iter_mut().enumerate() {
        *effect = Effect {
            intended: intended[place],
            involuntary: involuntary[place],
            policy_cost: policy_cost[place],
        };
    }
    let by_cause = |bill: &Bill, place: usize| {
        bill.policy_cost_by.get(&PolicyCause::ALL[place]).copied().unwrap_or_default()
    };
    let means = mean_of_parts(bills, by_cause, PolicyCause::ALL.len());
    let means = PolicyCause::ALL.into_iter().zip(means);
    bill.policy_cost_by = means.filter(|(_, amount)| *amount != Money::ZERO).collect();
}

fn average_commitments(bill: &mut Bill, bills: &[&Bill], mean: impl Fn(Money) -> Money) {
    for (place, line) in bill.commitments.iter_mut().enumerate() {
        let of = |part: fn(&CommitmentLine, usize) -> Money, world: usize| {
            mean(bills.iter().map(|b| part(&b.commitments[place], world)).sum())
        };
        line.cost = of(|line, _| line.cost, 0);
        line.used = [0, 1, 2, 3].map(|world| of(|line, world| line.used[world], world));
        for world in 0..line.covered.len() {
            line.covered[world] = of(|line, world| line.covered[world], world);
            let part = |b: &Bill, at: usize| b.commitments[place].covered_by_group[at].1[world];
            let means = mean_of_parts(bills, part, line.covered_by_group.len());
            for ((_, covered), mean) in line.covered_by_group.iter_mut().zip(means) {
                covered[world] = mean;
            }
        }
    }
}

/// A line is there if it is in any of the bills.
fn mean_surplus(bills: &[&Bill], mean: impl Fn(Money) -> Money) -> Vec<SurplusLine> {
    let mut lines: BTreeMap<(KindId, SurplusCause, Component), SurplusLine> = BTreeMap::new();
    for line in bills.iter().flat_map(|bill| &bill.surplus) {
        let nothing = SurplusLine { baseline: Money::ZERO, actual: Money::ZERO, ..*line };
        let sum = lines.entry((line.kind, line.cause, line.component)).or_insert(nothing);
        sum.baseline += line.baseline;
        sum.actual += line.actual;
    }
    for line in lines.values_mut() {
        (line.baseline, line.actual) = (mean(line.baseline), mean(line.actual));
    }
    lines.into_values().collect()
}

fn mean_parts<K: Ord + Copy>(
    bills: &[&Bill],
    parts: impl Fn(&Bill) -> &BTreeMap<K, Money>,
    mean: impl Fn(Money) -> Money,
) -> BTreeMap<K, Money> {
    let mut sums: BTreeMap<K, Money> = BTreeMap::new();
    for bill in bills {
        for (&key, &amount) in parts(bill) {
            *sums.entry(key).or_default() += amount;
        }
    }
    sums.into_iter().map(|(key, sum)| (key, mean(sum))).collect()
}
