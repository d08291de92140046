//! What commitments do to the bill.
//!
//! The same commitments are laid over the fleet had nothing been stopped, over the fleet with
//! the intended stops alone, and over the fleet as it was. What they cover less from one to the
//! next was paid for anyway, and is no saving.

use crate::ecs::commitment::{Covered, cover};
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, RegionSpec};
use crate::units::{HourlyRate, Money, Usage};

use super::Bill;
use super::cycles::{Cycle, Cycles};

/// Nothing stopped; intended stops alone; as it was.
const WORLDS: usize = 3;

/// What one commitment came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitmentLine {
    /// What it cost, used or not.
    pub cost: Money,
    /// At pay-as-you-go prices, what it covered had nothing been stopped, with the intended
    /// stops alone, and as it was; each the sum of its groups' amounts, rounded down.
    pub covered: [Money; WORLDS],
    /// How much of its cost was put to use in the same three.
    pub used: [Money; WORLDS],
}

impl CommitmentLine {
    /// What stopping left unused of what was paid.
    pub fn unused_by_stopping(&self) -> Money {
        self.used[0] - self.used[2]
    }

    /// Saved at pay-as-you-go prices by intended stops, and paid anyway.
    pub fn lost_to_intended(&self) -> Money {
        self.covered[0] - self.covered[1]
    }

    /// The same of instances that were wanted.
    pub fn lost_to_involuntary(&self) -> Money {
        self.covered[1] - self.covered[2]
    }
}

impl Bill {
    /// Takes off what commitments cover, and adds what they cost.
    pub(super) fn commit(&mut self, region: &RegionSpec, cycles: &Cycles) {
        let lines = settle(region, cycles);
        for line in &lines {
            let is_within = line.used.iter().all(|used| *used <= line.cost);
            assert!(is_within, "no more of a commitment is used than was paid: {line:?}");
            let baseline = line.cost - line.covered[0];
            self.baseline += baseline;
            self.baseline_compute += baseline;
            self.actual += line.cost - line.covered[2];
            self.intended -= line.lost_to_intended();
            self.intended_compute -= line.lost_to_intended();
            self.involuntary -= line.lost_to_involuntary();
            self.uncovered += line.lost_to_intended();
        }
        self.commitments = lines;
    }
}

/// A line for each commitment of the account, in its order.
fn settle(region: &RegionSpec, cycles: &Cycles) -> Vec<CommitmentLine> {
    let commitments = &region.commitments;
    let groups = region.groups.len();
    let rates: Vec<HourlyRate> =
        region.groups.iter().map(|group| group.rates.of(Component::Compute)).collect();
    let nothing = || vec![Covered::nothing(groups); commitments.len()];
    let mut worlds: [Vec<Covered>; WORLDS] = [nothing(), nothing(), nothing()];
    cycles.each(|cycle| {
        let used: Vec<[u128; WORLDS]> =
            (0..groups).map(|group| instance_time(region, cycle, group)).collect();
        for (world, covered) in worlds.iter_mut().enumerate() {
            let usage =
                |(rate, used): (&HourlyRate, &[u128; WORLDS])| Usage::of(*rate, used[world]);
            let mut left: Vec<Usage> = rates.iter().zip(&used).map(usage).collect();
            cover(commitments, &rates, cycle.span().as_micros(), &mut left, covered);
        }
    });
    let window = u128::from(cycles.window().as_micros());
    let line = |(place, commitment): (usize, &crate::ecs::commitment::Commitment)| {
        let of = |world: usize| &worlds[world][place];
        let amount = |world| of(world).by_group.iter().map(|usage| usage.invoiced()).sum();
        CommitmentLine {
            cost: Usage::of(commitment.cost, window).invoiced(),
            covered: [0, 1, 2].map(amount),
            used: [0, 1, 2].map(|world| of(world).used.invoiced()),
        }
    };
    commitments.iter().enumerate().map(line).collect()
}

/// Instance-µs of compute that is to be paid for, in each of the three worlds; only of instances
/// of the group's own type. *Assumed*: commitments do not cover what it was changed to.
fn instance_time(region: &RegionSpec, cycle: &Cycle<'_>, group: usize) -> [u128; WORLDS] {
    if region.groups[group].charge == ChargeType::Subscription {
        return [0; WORLDS];
    }
    let (mut all, mut intended, mut involuntary) = (0, 0, 0);
    let on_the_bill =
        |state: &BilledState| state.is_on_the_bill() && *state != BilledState::Suspended;
    for state in BilledState::ALL.into_iter().filter(on_the_bill) {
        let (unwanted, wanted) = (cycle.time(group, state, false), cycle.time(group, state, true));
        all += unwanted + wanted;
        if !is_billed(Component::Compute, state, &region.knobs) {
            intended += unwanted;
            involuntary += wanted;
        }
    }
    [all, all - intended, all - intended - involuntary]
}
