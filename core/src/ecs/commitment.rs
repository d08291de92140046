//! Commitments: what an account pays for whether it uses it or not, and what that covers.
//!
//! Coverage is worked out for each clock hour on its own, in integers: reserved instances before
//! savings plans, narrower before wider, otherwise in the order in which they were bought; the
//! list is in that order. Nothing is carried over from one hour to another.
//!
//! Source: savings plan rules (help.aliyun.com/en/ecs/savings-plan-credit-rules, read 2026-11;
//! ECS documentation of 2021, Pricing, Savings plans); reserved instance rules
//! (alibabacloud.com/help/en/ecs/user-guide/match-between-reserved-instances-and-pay-as-you-go-
//! instances, 2024-12-13). *Assumed*: reserved instances before savings plans, zonal before
//! regional ones, and that both cover compute alone.

use std::collections::{BTreeMap, BTreeSet};

use super::id::GroupId;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{HourlyRate, Ratio, Usage};

/// Something an account pays for by the hour, used or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Unique among the commitments.
    pub name: String,
    /// What all of it costs an hour, whatever is used of it.
    pub cost: HourlyRate,
    /// What it covers.
    pub covers: Coverage,
    /// Whether it is bought because instances are stopped: without the policy it is not there.
    pub for_policy: bool,
}

/// What a commitment covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// A savings plan: compute of these groups at these shares of the price they pay, up to the
    /// cost of the plan; the smallest share first, because the highest discount goes first.
    SavingsPlan(Vec<(GroupId, Ratio)>),
    /// Reserved instances: so many units, of which an instance of a group takes so many.
    Reserved {
        /// Units in all: instances of a zone, or vCPUs of a family in a region.
        units: u64,
        /// Which groups match, in the order of their turn, and what one instance takes.
        takes: Vec<(GroupId, u64)>,
    },
}

impl Coverage {
    /// The word files use.
    pub const fn name(&self) -> &'static str {
        match self {
            Coverage::SavingsPlan(_) => "savings-plan",
            Coverage::Reserved { .. } => "reserved-instances",
        }
    }

    /// The groups it may cover, ascending.
    pub fn groups(&self) -> BTreeSet<GroupId> {
        match self {
            Coverage::SavingsPlan(shares) => shares.iter().map(|(group, _)| *group).collect(),
            Coverage::Reserved { takes, .. } => takes.iter().map(|(group, _)| *group).collect(),
        }
    }
}

/// What one commitment did over some hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// By group: what its compute would have cost without the commitment; of those it may cover.
    pub by_group: BTreeMap<GroupId, Usage>,
    /// How much of its cost was put to use.
    pub used: Usage,
}

/// Covers one billing cycle: `left` is what each group's compute costs in it and ends as what no
/// commitment covers; `span` is how many µs of the cycle are looked at.
///
/// # Panics
/// If there is not one of `covered` for each commitment: a bug.
pub fn cover(
    commitments: &[Commitment],
    rates: &[HourlyRate],
    span: u64,
    left: &mut [Usage],
    covered: &mut [Covered],
) {
    assert_eq!(commitments.len(), covered.len(), "one account for each commitment");
    for (commitment, account) in commitments.iter().zip(covered) {
        match &commitment.covers {
            Coverage::SavingsPlan(shares) => {
                let budget = Usage::of(commitment.cost, u128::from(span)).raw();
                let rest = plan(shares, budget, left, account);
                account.used += Usage::from_raw(budget - rest);
            }
            Coverage::Reserved { units, takes } => {
                let held = i128::from(*units) * i128::from(span);
                let rest = reserved(takes, held, rates, left, account);
                // Used in proportion to units, rounded down to a fraction of a nano-unit.
                let cost = i128::from(commitment.cost.as_nanos());
                let used = times(held - rest, cost, i128::from(*units), u128::div_euclid);
                account.used += Usage::from_raw(used);
            }
        }
    }
}

/// Lets a savings plan's budget pay for what is left; says how much of the budget remains.
fn plan(
    shares: &[(GroupId, Ratio)],
    mut budget: i128,
    left: &mut [Usage],
    account: &mut Covered,
) -> i128 {
    for (group, share) in shares {
        let (num, den) = (i128::from(share.num()), i128::from(share.den()));
        let open = left[group.index()].raw();
        // What is paid is rounded up, what is covered down: never more than was bought.
        let asked = times(open, num, den, u128::div_ceil);
        let (paid, amount) = match asked <= budget {
            true => (asked, open),
            // It is less than what is open, so it fits.
            false => (budget, times(budget, den, num, u128::div_euclid)),
        };
        budget -= paid;
        take(*group, amount, left, account);
    }
    budget
}

/// `amount × num ÷ den`, rounded as said, whose product alone may not fit in 127 bits; none of the
/// three is negative, and `num` and `den` fit in 64 bits.
fn times(amount: i128, num: i128, den: i128, divide: fn(u128, u128) -> u128) -> i128 {
    let rest = divide((amount % den).unsigned_abs() * num.unsigned_abs(), den.unsigned_abs());
    amount / den * num + i128::try_from(rest).expect("a part of less than 64 bits")
}

/// Lets reserved units stand in for instances; says how many unit-µs remain.
fn reserved(
    takes: &[(GroupId, u64)],
    mut held: i128,
    rates: &[HourlyRate],
    left: &mut [Usage],
    account: &mut Covered,
) -> i128 {
    for (group, each) in takes {
        let rate = i128::from(rates[group.index()].as_nanos());
        if rate == 0 {
            continue;
        }
        let each = i128::from(*each);
        let micros = (left[group.index()].raw() / rate).min(held / each);
        held -= micros * each;
        take(*group, micros * rate, left, account);
    }
    held
}

fn take(group: GroupId, amount: i128, left: &mut [Usage], account: &mut Covered) {
    let amount = Usage::from_raw(amount);
    left[group.index()] = left[group.index()] - amount;
    assert!(left[group.index()] >= Usage::ZERO, "no more is covered than was used");
    *account.by_group.entry(group).or_default() += amount;
}

/// The shortest time that a billing cycle is billed for when billing ends in it, in µs.
///
/// Source: pay-as-you-go page (zh), read 2026-11: 10 minutes for 1 vCPU, 5 for 2, 2 from 4 on;
/// *Assumed*: 3 vCPUs count as 2.
pub const fn minimum_duration(vcpus: u32) -> u64 {
    MICROS_PER_HOUR
        / match vcpus {
            0 | 1 => 6,
            2 | 3 => 12,
            4.. => 30,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::RATE_MAX;

    const HOUR: u64 = MICROS_PER_HOUR;

    /// Hourly amounts in whole units of the currency.
    fn units(amount: i64) -> HourlyRate {
        HourlyRate::from_nanos(amount * 1_000_000_000)
    }

    fn hour(rate: HourlyRate, instances: u64) -> Usage {
        Usage::of(rate, u128::from(instances * HOUR))
    }

    fn savings_plan(cost: HourlyRate, shares: &[(u16, u64, u64)]) -> Commitment {
        let share = |&(group, num, den): &(u16, u64, u64)| (GroupId(group), Ratio::new(num, den));
        let covers = Coverage::SavingsPlan(shares.iter().map(share).collect());
        Commitment { name: "plan".into(), cost, covers, for_policy: false }
    }

    /// What is left to pay for an hour, and what of each commitment was used.
    fn pay(
        commitments: &[Commitment],
        rates: &[HourlyRate],
        running: &[u64],
    ) -> (String, Vec<String>) {
        let mut left: Vec<Usage> =
            rates.iter().zip(running).map(|(rate, count)| hour(*rate, *count)).collect();
        let mut covered = vec![Covered::default(); commitments.len()];
        cover(commitments, rates, HOUR, &mut left, &mut covered);
        let rest: Usage = left.into_iter().sum();
        let used = covered.iter().map(|account| account.used.invoiced().rounded(2));
        (rest.invoiced().rounded(2), used.collect())
    }

    /// The vendor's first example: 15 at 1 an hour, a plan of 5 at 0.4: 12.5 are covered.
    #[test]
    fn a_plan_covers_its_amount_at_its_own_price() {
        let plan = savings_plan(units(5), &[(0, 4, 10)]);
        let (rest, used) = pay(&[plan], &[units(1)], &[15]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("2.50", "5.00"));
    }

    /// A share of almost a half: its numbers times a price do not fit in 127 bits.
    #[test]
    fn a_share_of_large_numbers_is_as_exact_as_any() {
        let large = u64::MAX / 2;
        let covered = |share| {
            let plan = savings_plan(units(1_000), &[(0, share, u64::MAX)]);
            pay(&[plan], &[units(1_000_000)], &[1_000_000])
        };
        let (rest, used) = covered(large);
        assert_eq!((rest.as_str(), used[0].as_str()), ("999 999 998 000.00", "1 000.00"));
        assert_eq!(covered(1).0, "0.00", "next to nothing is paid for each");
    }

    /// Half of more units than any account holds, at the highest price: their product needs more
    /// than 127 bits.
    #[test]
    fn reserved_units_without_number_are_used_in_proportion() {
        let (running, each) = (1 << 20, 1 << 40);
        let units = 2 * running * each;
        let takes = vec![(GroupId(0), each)];
        let covers = Coverage::Reserved { units, takes };
        let reserved = Commitment { name: "ri".into(), cost: RATE_MAX, covers, for_policy: false };
        let (rest, used) = pay(&[reserved], &[HourlyRate::from_nanos(1)], &[running]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("0.00", "500 000.00"));
    }

    /// The vendor's second example: 15 A at 1 (0.4 under the plan) and 10 B at 1.2 (0.8), a plan
    /// of 10: 6 for all of A, 4 for five of B, 6 left to pay.
    #[test]
    fn the_highest_discount_goes_first() {
        let rates = [units(1), HourlyRate::from_nanos(1_200_000_000)];
        let plan = savings_plan(units(10), &[(0, 4, 10), (1, 8, 12)]);
        let (rest, used) = pay(&[plan], &rates, &[15, 10]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("6.00", "10.00"));
    }

    /// The FAQ's example: 10 an hour, 0.62 × 0.422 each: 38.22 instances.
    #[test]
    fn a_plan_of_the_faq_covers_thirty_eight_instances() {
        let rate = HourlyRate::from_nanos(620_000_000);
        let plan = savings_plan(units(10), &[(0, 422, 1000)]);
        let (rest, used) = pay(std::slice::from_ref(&plan), &[rate], &[100]);
        // 100 × 0.62 − 10 / 0.422 = 62 − 23.6967 = 38.3033.
        assert_eq!((rest.as_str(), used[0].as_str()), ("38.30", "10.00"));
        let (rest, used) = pay(&[plan], &[rate], &[38]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("0.00", "9.94"));
    }

    #[test]
    fn what_an_hour_leaves_unused_is_lost() {
        let plan = savings_plan(units(5), &[(0, 1, 2)]);
        let (rest, used) = pay(std::slice::from_ref(&plan), &[units(1)], &[4]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("0.00", "2.00"));
        let (rest, used) = pay(&[plan], &[units(1)], &[0]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("0.00", "0.00"));
    }

    /// Ten reserved of 2 vCPUs are 20 vCPUs: two of 4 vCPUs and six of 2.
    #[test]
    fn regional_reserved_instances_are_flexible_in_size() {
        let covers =
            Coverage::Reserved { units: 20, takes: vec![(GroupId(1), 4), (GroupId(0), 2)] };
        let ri = Commitment { name: "ri".into(), cost: units(3), covers, for_policy: false };
        let (rest, used) = pay(std::slice::from_ref(&ri), &[units(1), units(2)], &[8, 2]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("2.00", "3.00"));
        // Half of the units are used, and all are paid for.
        let (rest, used) = pay(&[ri], &[units(1), units(2)], &[5, 0]);
        assert_eq!((rest.as_str(), used[0].as_str()), ("0.00", "1.50"));
    }

    /// One reserved instance is an hour an hour, of whichever instances: three of 30 minutes.
    #[test]
    fn what_is_reserved_is_first_and_a_plan_pays_for_the_rest() {
        let covers = Coverage::Reserved { units: 1, takes: vec![(GroupId(0), 1)] };
        let ri = Commitment { name: "ri".into(), cost: units(1), covers, for_policy: false };
        let both = [ri, savings_plan(units(1), &[(0, 1, 2)])];
        let (rest, used) = pay(&both, &[units(2)], &[3]);
        // 6 − 2 reserved − 1 ÷ ½ = 2.
        assert_eq!((rest.as_str(), used), ("2.00", vec!["1.00".to_owned(), "1.00".to_owned()]));
    }

    #[test]
    fn the_shortest_time_depends_on_the_size() {
        let minutes = |vcpus| minimum_duration(vcpus) / 60_000_000;
        assert_eq!([1, 2, 3, 4, 96].map(minutes), [10, 5, 5, 2, 2]);
    }
}
