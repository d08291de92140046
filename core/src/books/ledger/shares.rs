//! The bill by group: what each group has of every total, and what belongs to none.
//!
//! Shares are told, never worked out anew: the same lines, summed by group. So they add up to the
//! bill to the last nano-unit.

use serde::{Deserialize, Serialize};

use crate::ecs::meter::BilledState;
use crate::ecs::spec::RegionSpec;
use crate::tally;
use crate::units::Money;

use super::Bill;

/// Why a policy costs something that the baseline lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyCause {
    /// Instances are of another type than their group's own, dearer or cheaper.
    AnotherType,
    /// Instances are there beside the one that is wanted.
    Replacement,
    /// Private pools are paid for where nobody uses them.
    PrivatePool,
    /// A commitment is bought for the policy, less what it covers; commitments cover instances
    /// that are there beside the one that is wanted.
    Commitment,
}

impl PolicyCause {
    /// Every cause, in the order of the report.
    pub const ALL: [PolicyCause; 4] = [
        PolicyCause::AnotherType,
        PolicyCause::Replacement,
        PolicyCause::PrivatePool,
        PolicyCause::Commitment,
    ];

    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            PolicyCause::AnotherType => "another_type",
            PolicyCause::Replacement => "replacement",
            PolicyCause::PrivatePool => "private_pool",
            PolicyCause::Commitment => "commitment",
        }
    }
}

tally! {
    /// What stopping did to the bill of one group.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Effect {
        /// Not billed while not wanted.
        pub intended: Money = sum,
        /// Not billed although wanted.
        pub involuntary: Money = sum,
        /// What the baseline lacks.
        pub policy_cost: Money = sum,
    }
}

/// What one group has of the bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// What it would have cost, had nothing been stopped.
    pub baseline: Money,
    /// What it cost.
    pub actual: Money,
    /// What was not billed in arrears.
    pub arrears: Money,
    /// What stopping did.
    pub effect: Effect,
}

impl Share {
    /// Intended saving less policy cost.
    pub fn net(&self) -> Money {
        self.effect.intended - self.effect.policy_cost
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Share) {
        self.baseline += other.baseline;
        self.actual += other.actual;
        self.arrears += other.arrears;
        self.effect.intended += other.effect.intended;
        self.effect.involuntary += other.effect.involuntary;
        self.effect.policy_cost += other.effect.policy_cost;
    }

    /// Takes a part off.
    pub fn remove(&mut self, part: &Share) {
        self.baseline -= part.baseline;
        self.actual -= part.actual;
        self.arrears -= part.arrears;
        self.effect.intended -= part.effect.intended;
        self.effect.involuntary -= part.effect.involuntary;
        self.effect.policy_cost -= part.effect.policy_cost;
    }
}

impl Bill {
    /// The share of each group, in their order, and at the end what belongs to no group: private
    /// pools, dedicated hosts, and what commitments cost; what these cover is off the groups.
    ///
    /// # Panics
    /// If they do not add up to the bill.
    pub fn shares(&self, region: &RegionSpec) -> Vec<Share> {
        let share = |&effect: &Effect| Share { effect, ..Share::default() };
        let mut shares: Vec<Share> = self.effects.iter().map(share).collect();
        for line in &self.lines {
            let share = &mut shares[usize::from(line.group)];
            share.baseline += line.baseline;
            share.actual += line.actual;
            if line.state == BilledState::Suspended {
                share.arrears += line.baseline;
            }
        }
        for line in &self.minimum_charge {
            let share = &mut shares[region.kind(line.kind).id.index()];
            share.baseline += line.baseline;
            share.actual += line.actual;
        }
        for line in &self.commitments {
            for (group, covered) in &line.covered_by_group {
                let share = &mut shares[group.index()];
                share.baseline -= covered[0];
                share.actual -= covered[3];
            }
        }
        let apart = shares.last_mut().expect("there is one for what belongs to no group");
        for line in &self.capacities {
            apart.baseline += line.baseline;
            apart.actual += line.actual;
        }
        for line in &self.commitments {
            apart.baseline += line.cost_in_baseline();
            apart.actual += line.cost;
        }
        let mut all = Share::default();
        shares.iter().for_each(|share| all.add(share));
        assert_eq!(
            (all.baseline, all.actual, all.arrears, all.effect),
            (self.baseline, self.actual, self.arrears, self.effect()),
            "the shares of groups are the bill",
        );
        shares
    }

    fn effect(&self) -> Effect {
        let Bill { intended, involuntary, policy_cost, .. } = *self;
        Effect { intended, involuntary, policy_cost }
    }
}
