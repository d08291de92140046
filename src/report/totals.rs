//! The outcomes of one or several replications as one: counts and times added up, money
//! averaged, latencies merged; always in replication order, always in integers.
//!
//! One replication goes the same way as several, so a figure has one meaning. Totals never look
//! at an expectation, and never format anything.

use std::collections::BTreeMap;

use crate::ecs::id::KindId;
use crate::ecs::meter::{BilledState, Component};
use crate::ecs::operation::OperationName;
use crate::ecs::spec::Ineligible;
use crate::stats::Latency;
use crate::units::{Money, SimDuration};
use crate::world::ledger::{
    Bill, CommitmentLine, DownReason, Effect, PolicyCause, SurplusCause, SurplusLine,
};
use crate::world::outcome::{
    ArrearsCounts, Beliefs, CallTally, ClientTally, CreditTally, EventCounts, LatencyName, Outcome,
    SpotCounts, Wave, WavePart,
};
use crate::world::plan::Plan;

use super::restart::Restart;
use super::services::ServiceTotals;

/// Everything a report needs of a set of replications.
#[derive(Clone, Debug)]
pub struct Totals {
    /// How many replications.
    pub runs: u32,
    /// Summed.
    pub events: EventCounts,
    /// Averaged over replications, line by line; the totals are sums of the averaged parts.
    pub bill: Bill,
    /// Instance-µs that wanted instances were not ready, summed.
    pub unavailable: BTreeMap<DownReason, u128>,
    /// The same by group.
    pub unavailable_by_group: Vec<u128>,
    /// Summed, in the order of `OperationName::ALL`.
    pub calls: Vec<CallTally>,
    /// The largest of any replication.
    pub peak_calls_per_minute: u64,
    /// Merged, in the order of `LatencyName::all`.
    pub latencies: Vec<Latency>,
    /// Waves of the same due moment, zone and type added up.
    pub waves: Vec<Wave>,
    /// How restarts went.
    pub restart: Restart,
    /// How services did, in file order.
    pub services: Vec<ServiceTotals>,
    /// Summed.
    pub data_loss_stops: u64,
    /// Per private pool and dedicated host: the least that was ever unused.
    pub least_unused: Vec<u32>,
    /// Instances taken in place of others, summed.
    pub replaced: u64,
    /// Instance-µs billed of instances that were up beside the one wanted, summed.
    pub duplicate_us: u128,
    /// Summed.
    pub changed_addresses: u64,
    /// What became of CPU credits of burstable instances.
    pub credits: CreditTally,
    /// The first few instances whose address changed, of the first replication that names any.
    pub changed_address_instances: Vec<u32>,
    /// Summed.
    pub relied_on_default: u64,
    /// Summed.
    pub downgraded: BTreeMap<Ineligible, u64>,
    /// Summed.
    pub beliefs: Beliefs,
    /// Summed, in the plan's order of controllers.
    pub clients: Vec<ClientTally>,
    /// Summed.
    pub spot: SpotCounts,
    /// Summed.
    pub arrears: ArrearsCounts,
}

impl Totals {
    /// Adds up outcomes, in the order given.
    ///
    /// # Panics
    /// If there are none.
    pub fn of(plan: &Plan, outcomes: &[Outcome]) -> Totals {
        let (first, rest) = outcomes.split_first().expect("a report is about at least one run");
        let bills: Vec<Bill> =
            outcomes.iter().map(|outcome| Bill::of(&plan.region, &outcome.ledger)).collect();
        let mut totals = Totals {
            runs: u32::try_from(outcomes.len()).expect("replications are numbered in 32 bits"),
            events: first.events,
            bill: average(&bills),
            unavailable: first.ledger.unavailable(),
            unavailable_by_group: first.ledger.unavailable_by_group(&plan.region),
            calls: first.calls.clone(),
            peak_calls_per_minute: first.peak_calls_per_minute,
            latencies: first.latencies.clone(),
            waves: merge_waves(outcomes),
            restart: Restart::of(plan, outcomes),
            services: ServiceTotals::all(plan, outcomes),
            data_loss_stops: first.data_loss_stops,
            least_unused: first.least_unused.clone(),
            replaced: first.replaced,
            duplicate_us: first.ledger.duplicate(),
            changed_addresses: first.changed_addresses,
            credits: first.credits.clone(),
            changed_address_instances: first.changed_address_instances.clone(),
            relied_on_default: first.relied_on_default,
            downgraded: first.downgraded.clone(),
            beliefs: first.beliefs,
            clients: first.clients.clone(),
            spot: first.spot,
            arrears: first.arrears,
        };
        for outcome in rest {
            totals.add(outcome);
            let by_group = outcome.ledger.unavailable_by_group(&plan.region);
            for (mine, theirs) in totals.unavailable_by_group.iter_mut().zip(by_group) {
                *mine += theirs;
            }
        }
        totals
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
        &self.calls[operation as usize]
    }

    /// One latency.
    pub fn latency(&self, name: LatencyName) -> &Latency {
        &self.latencies[name.index()]
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

    fn add(&mut self, outcome: &Outcome) {
        self.events.handled += outcome.events.handled;
        self.events.stale += outcome.events.stale;
        for (reason, time) in outcome.ledger.unavailable() {
            *self.unavailable.entry(reason).or_default() += time;
        }
        for (mine, theirs) in self.calls.iter_mut().zip(&outcome.calls) {
            add_calls(mine, theirs);
        }
        self.peak_calls_per_minute = self.peak_calls_per_minute.max(outcome.peak_calls_per_minute);
        for (mine, theirs) in self.latencies.iter_mut().zip(&outcome.latencies) {
            mine.merge(theirs);
        }
        self.data_loss_stops += outcome.data_loss_stops;
        for (least, theirs) in self.least_unused.iter_mut().zip(&outcome.least_unused) {
            *least = (*least).min(*theirs);
        }
        self.replaced += outcome.replaced;
        self.duplicate_us += outcome.ledger.duplicate();
        self.changed_addresses += outcome.changed_addresses;
        let (mine, theirs) = (&mut self.credits, &outcome.credits);
        mine.cleared += theirs.cleared;
        mine.granted += theirs.granted;
        mine.initial += theirs.initial;
        mine.fell_back += theirs.fell_back;
        if mine.instances.is_empty() {
            mine.instances.clone_from(&theirs.instances);
        }
        if self.changed_address_instances.is_empty() {
            self.changed_address_instances.clone_from(&outcome.changed_address_instances);
        }
        self.relied_on_default += outcome.relied_on_default;
        for (&why, count) in &outcome.downgraded {
            *self.downgraded.entry(why).or_default() += count;
        }
        self.beliefs.right += outcome.beliefs.right;
        self.beliefs.wrongly_done += outcome.beliefs.wrongly_done;
        self.beliefs.wrongly_failed += outcome.beliefs.wrongly_failed;
        for (mine, theirs) in self.clients.iter_mut().zip(&outcome.clients) {
            mine.calls += theirs.calls;
            mine.looks += theirs.looks;
            mine.timed_out += theirs.timed_out;
            mine.given_up += theirs.given_up;
        }
        self.add_platform(outcome);
    }
}

impl Totals {
    /// What the platform did of itself.
    fn add_platform(&mut self, outcome: &Outcome) {
        for cause in 0..self.spot.notices.len() {
            self.spot.notices[cause] += outcome.spot.notices[cause];
            self.spot.taken_back[cause] += outcome.spot.taken_back[cause];
        }
        self.arrears.stopped += outcome.arrears.stopped;
        self.arrears.restarted += outcome.arrears.restarted;
        self.arrears.not_restarted += outcome.arrears.not_restarted;
    }
}

fn add_calls(mine: &mut CallTally, theirs: &CallTally) {
    mine.sent += theirs.sent;
    mine.accepted += theirs.accepted;
    mine.dry_run += theirs.dry_run;
    mine.timed_out += theirs.timed_out;
    for (&refusal, count) in &theirs.refused {
        *mine.refused.entry(refusal).or_default() += count;
    }
    mine.peak_per_minute = mine.peak_per_minute.max(theirs.peak_per_minute);
    mine.throttled_us += theirs.throttled_us;
    mine.items.accepted += theirs.items.accepted;
    for (&refusal, count) in &theirs.items.refused {
        *mine.items.refused.entry(refusal).or_default() += count;
    }
}

/// The average bill: every part that is a line is averaged and rounded down, every total is the
/// sum of its averaged parts, so that the saving identities hold of the average too.
fn average(bills: &[Bill]) -> Bill {
    let runs = i128::try_from(bills.len()).expect("a slice's length fits");
    let mean = |total: Money| Money::from_nanos(total.as_nanos().div_euclid(runs));
    let of = |part: fn(&Bill) -> Money| mean(bills.iter().map(part).sum());
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
fn mean_of_parts(bills: &[Bill], part: impl Fn(&Bill, usize) -> Money, count: usize) -> Vec<Money> {
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
fn average_policy(bill: &mut Bill, bills: &[Bill]) {
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

fn average_commitments(bill: &mut Bill, bills: &[Bill], mean: impl Fn(Money) -> Money) {
    for (place, line) in bill.commitments.iter_mut().enumerate() {
        let of = |part: fn(&CommitmentLine, usize) -> Money, world: usize| {
            mean(bills.iter().map(|b| part(&b.commitments[place], world)).sum())
        };
        line.cost = of(|line, _| line.cost, 0);
        line.used = [0, 1, 2, 3].map(|world| of(|line, world| line.used[world], world));
        for world in 0..line.covered.len() {
            line.covered[world] = of(|line, world| line.covered[world], world);
            let part = |b: &Bill, group: usize| b.commitments[place].covered_by_group[group][world];
            let means = mean_of_parts(bills, part, line.covered_by_group.len());
            for (covered, mean) in line.covered_by_group.iter_mut().zip(means) {
                covered[world] = mean;
            }
        }
    }
}

/// A line is there if it is in any of the bills.
fn mean_surplus(bills: &[Bill], mean: impl Fn(Money) -> Money) -> Vec<SurplusLine> {
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
    bills: &[Bill],
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

/// Waves of the same due moment, zone and type of all replications, added up; 95 % of a wave
/// are done when, on average over replications, they were: never, if never in one of them.
fn merge_waves(outcomes: &[Outcome]) -> Vec<Wave> {
    if let [only] = outcomes {
        return only.waves.clone();
    }
    let mut merged: BTreeMap<_, (Wave, u128, u64)> = BTreeMap::new();
    for wave in outcomes.iter().flat_map(|outcome| &outcome.waves) {
        let key = (wave.due, wave.kind, wave.zone, wave.instance_type);
        let t95 = wave.t95.map(|span| u128::from(span.as_micros()));
        match merged.entry(key) {
            std::collections::btree_map::Entry::Vacant(new) => {
                new.insert((wave.clone(), t95.unwrap_or(0), 1));
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                let (sum, t95_sum, runs) = known.get_mut();
                add_wave(sum, wave);
                *t95_sum += t95.unwrap_or(0);
                *runs += 1;
            }
        }
    }
    let finish = |(mut wave, sum, runs): (Wave, u128, u64)| {
        let mean = u64::try_from(sum / u128::from(runs)).unwrap_or(u64::MAX);
        wave.t95 = wave.t95.map(|_| SimDuration::from_micros(mean));
        wave
    };
    merged.into_values().map(finish).collect()
}

fn add_wave(sum: &mut Wave, wave: &Wave) {
    sum.all.add(&wave.all);
    sum.at_risk += wave.at_risk;
    sum.done_in_time += wave.done_in_time;
    sum.already_there += wave.already_there;
    sum.from_economical += wave.from_economical;
    sum.from_standard += wave.from_standard;
    sum.done += wave.done;
    sum.never += wave.never;
    sum.t95 = sum.t95.and(wave.t95);
    sum.lost_us += wave.lost_us;
    sum.seen = sum.seen.min(wave.seen);
    for part in &wave.parts {
        let same = |known: &&mut WavePart| {
            (known.controller, known.demand) == (part.controller, part.demand)
        };
        match sum.parts.iter_mut().find(same) {
            Some(known) => {
                known.count.add(&part.count);
                known.never += part.never;
            }
            None => sum.parts.push(*part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{outcome, plan};

    #[test]
    fn the_saving_identities_hold_of_the_average_too() {
        let plan = plan();
        // Thirds of a nano-unit arise: 1 and 2 never came up in two of three replications.
        let outcomes = [outcome(0, 0), outcome(1, 1), outcome(2, 2)];
        let bill = Totals::of(&plan, &outcomes).bill;
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
        let single = Totals::of(&plan, std::slice::from_ref(&one));
        let both = Totals::of(&plan, &[one, two]);
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
        let at = |never| Totals::of(&plan, &[outcome(0, 0), outcome(1, never)]).waves[2].t95;
        assert_eq!(at(0), Some(SimDuration::from_secs(150)));
        assert_eq!(at(500), None);
    }
}
