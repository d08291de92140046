//! What commitments do to the bill.
//!
//! The same commitments are laid over the fleet had nothing been stopped, over the fleet with
//! the intended stops alone, and over the fleet as it was without instances that are there beside
//! the one wanted. What they cover less from one to the next was paid for anyway, and is no
//! saving. The fourth world is the fleet as it was, with what was bought for the policy: what that
//! costs beyond what is covered more is a cost of the policy.

use serde::{Deserialize, Serialize};

use crate::ecs::commitment::{Commitment, Covered, cover};
use crate::ecs::id::GroupId;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, RegionSpec};
use crate::tally;
use crate::units::{HourlyRate, Money, Usage};

use super::cycles::{Cycle, Cycles, Part};
use super::{Bill, PolicyCause};

/// Nothing stopped; intended stops alone; as it was, without what the policy brought; as it was.
const WORLDS: usize = 4;
/// As it was.
const AS_IT_WAS: usize = 3;

tally! {
    /// What one commitment came to.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CommitmentLine {
        /// Whether it was bought because instances are stopped.
        pub for_policy: bool = apart,
        /// What it cost, used or not.
        pub cost: Money = sum,
        /// At pay-as-you-go prices, what it covered had nothing been stopped, with the intended
        /// stops alone, as it was without what the policy brought, and as it was; each the sum of
        /// its groups' amounts, rounded down and fitted to the lines.
        pub covered: [Money; WORLDS] = sum,
        /// The same of each group that it may cover, ascending.
        pub covered_by_group: Vec<(GroupId, [Money; WORLDS])> = sum,
        /// How much of its cost was put to use in the same four.
        pub used: [Money; WORLDS] = sum,
    }
}

impl CommitmentLine {
    /// What stopping left unused of what was paid; nothing of what was bought for the policy.
    pub fn unused_by_stopping(&self) -> Money {
        if self.for_policy { Money::ZERO } else { self.used[0] - self.used[AS_IT_WAS] }
    }

    /// What it costs in the baseline.
    pub fn cost_in_baseline(&self) -> Money {
        if self.for_policy { Money::ZERO } else { self.cost }
    }
}

/// What the lines of a group's own type come to in the four worlds: so much can be covered.
///
/// Lines and what covers them are rounded down apart. What is covered is fitted to the lines: no
/// more than is on them, and what is lost from one world to the next no more than was saved. At
/// prices that do not come out even, a saving or a bill could be some nano-units below zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coverable([Money; WORLDS]);

impl Coverable {
    /// Adds a line: its baseline, what of it is saved by intended stops and by others, and what it
    /// costs.
    pub(super) fn add(&mut self, baseline: Money, saved: [Money; 2], actual: Money) {
        let by_intended = baseline - saved[0];
        let of = [baseline, by_intended, by_intended - saved[1], actual];
        for (sum, amount) in self.0.iter_mut().zip(of) {
            *sum += amount;
        }
    }

    /// Fits what a commitment covers to what is left, and takes it off.
    fn cover(&mut self, covered: &mut [Money; WORLDS]) {
        let left = &mut self.0;
        for (covered, left) in covered.iter_mut().zip(*left) {
            *covered = left.min(*covered);
        }
        covered[1] = covered[1].max(covered[0] - (left[0] - left[1]));
        let fitted = covered[2].max(covered[1] - (left[1] - left[2]));
        covered[AS_IT_WAS] = left[AS_IT_WAS].min(covered[AS_IT_WAS] + (fitted - covered[2]));
        covered[2] = fitted;
        for (covered, left) in covered.iter().zip(left) {
            *left -= *covered;
        }
    }
}

impl Bill {
    /// Takes off what commitments cover, and adds what they cost.
    pub(super) fn commit(
        &mut self,
        region: &RegionSpec,
        cycles: &Cycles,
        mut coverable: Vec<Coverable>,
    ) {
        let mut lines = lines_of(region, cycles);
        for line in &mut lines {
            for (group, covered) in &mut line.covered_by_group {
                coverable[group.index()].cover(covered);
            }
            let by_group = &line.covered_by_group;
            line.covered =
                [0, 1, 2, 3].map(|world| by_group.iter().map(|(_, covered)| covered[world]).sum());
        }
        for line in &lines {
            let is_within = line.used.iter().all(|used| *used <= line.cost);
            assert!(is_within, "no more of a commitment is used than was paid: {line:?}");
            let baseline = line.cost_in_baseline() - line.covered[0];
            self.baseline += baseline;
            self.baseline_compute += baseline;
            self.actual += line.cost - line.covered[AS_IT_WAS];
            for (group, covered) in &line.covered_by_group {
                self.uncover(group.index(), covered);
            }
            let bought = line.cost - line.cost_in_baseline();
            self.pay(region.groups.len(), PolicyCause::Commitment, bought);
        }
        self.commitments = lines;
    }

    /// What a commitment covers less of a group because of the stops is no saving of it; what it
    /// covers more because of the policy makes that cheaper.
    fn uncover(&mut self, group: usize, covered: &[Money; WORLDS]) {
        let lost = [covered[0] - covered[1], covered[1] - covered[2]];
        self.intended -= lost[0];
        self.intended_compute -= lost[0];
        self.involuntary -= lost[1];
        self.uncovered += lost[0];
        self.effects[group].intended -= lost[0];
        self.effects[group].involuntary -= lost[1];
        self.pay(group, PolicyCause::Commitment, covered[2] - covered[AS_IT_WAS]);
    }
}

/// A line for each commitment of the account, in its order: what is covered is rounded down by
/// group, and not in sum yet.
fn lines_of(region: &RegionSpec, cycles: &Cycles) -> Vec<CommitmentLine> {
    let groups = region.groups.len();
    let rates: Vec<HourlyRate> =
        region.groups.iter().map(|group| group.rates.of(Component::Compute)).collect();
    let all = &region.commitments;
    let kept: Vec<Commitment> = all.iter().filter(|one| !one.for_policy).cloned().collect();
    let there = |world: usize| if world == AS_IT_WAS { all } else { &kept };
    let nothing = |world: usize| vec![Covered::default(); there(world).len()];
    let mut worlds: [Vec<Covered>; WORLDS] = [0, 1, 2, 3].map(nothing);
    cycles.each(|cycle| {
        let used: Vec<[u128; WORLDS]> =
            (0..groups).map(|group| instance_time(region, cycle, group)).collect();
        for (world, covered) in worlds.iter_mut().enumerate() {
            let usage =
                |(rate, used): (&HourlyRate, &[u128; WORLDS])| Usage::of(*rate, used[world]);
            let mut left: Vec<Usage> = rates.iter().zip(&used).map(usage).collect();
            cover(there(world), &rates, cycle.span().as_micros(), &mut left, covered);
        }
    });
    let window = u128::from(cycles.window().as_micros());
    let none = Covered::default();
    let mut rest = worlds.each_ref().map(|covered| covered.iter());
    let mut lines = vec![];
    for commitment in all {
        let of = [0, 1, 2, 3].map(|world| match world != AS_IT_WAS && commitment.for_policy {
            true => &none,
            false => rest[world].next().expect("one for each commitment"),
        });
        let amount = |covered: &Covered, group: GroupId| {
            covered.by_group.get(&group).copied().unwrap_or_default().invoiced()
        };
        let amounts = |group: GroupId| (group, of.map(|covered| amount(covered, group)));
        let covered_by_group = commitment.covers.groups().into_iter().map(amounts).collect();
        lines.push(CommitmentLine {
            for_policy: commitment.for_policy,
            cost: Usage::of(commitment.cost, window).invoiced(),
            covered: [Money::ZERO; WORLDS],
            used: of.map(|covered| covered.used.invoiced()),
            covered_by_group,
        });
    }
    lines
}

/// Instance-µs of compute that is to be paid for, in each of the four worlds; only of instances
/// of the group's own type. *Assumed*: commitments do not cover what it was changed to.
fn instance_time(region: &RegionSpec, cycle: &Cycle<'_>, group: usize) -> [u128; WORLDS] {
    if region.groups[group].charge == ChargeType::Subscription {
        return [0; WORLDS];
    }
    let (mut all, mut intended, mut involuntary, mut beside) = (0, 0, 0, 0);
    let on_the_bill =
        |state: &BilledState| state.is_on_the_bill() && *state != BilledState::Suspended;
    for state in BilledState::ALL.into_iter().filter(on_the_bill) {
        let [unwanted, wanted, besides] = Part::ALL.map(|part| cycle.time(group, state, part));
        all += unwanted + wanted;
        if is_billed(Component::Compute, state, &region.knobs) {
            beside += besides;
        } else {
            intended += unwanted;
            involuntary += wanted;
        }
    }
    let as_it_was = all - intended - involuntary;
    [all, all - intended, as_it_was, as_it_was + beside]
}
