//! Who saved what: the bill and unavailability by group and by tag, from one function.
//!
//! A share is told of each group, and of what belongs to none. A tag adds up the shares of the
//! groups that have it: so the rows of every tag, and those of all groups, add up to the bill.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::books::ledger::Share;
use crate::sim::plan::Plan;

use super::number::{Decimal, Percent};
use super::totals::Totals;

/// What a share comes to.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct ShareRow {
    pub baseline: Decimal,
    pub actual: Decimal,
    pub arrears: Decimal,
    pub intended: Decimal,
    pub involuntary: Decimal,
    pub policy_cost: Decimal,
    pub adjustments: Decimal,
    pub net: Decimal,
    pub net_pct: Option<Percent>,
    pub unavailable_us: u128,
}

/// One of `by_group`.
#[derive(Clone, Debug, Serialize)]
pub struct GroupShare {
    /// Its name; none is what belongs to no group.
    pub group: Option<String>,
    /// What it comes to.
    #[serde(flatten)]
    pub share: ShareRow,
}

/// One of `by_tag`.
#[derive(Clone, Debug, Serialize)]
pub struct TagShare {
    /// The tag's key.
    pub tag: String,
    /// Its value; none is what does not have the tag.
    pub value: Option<String>,
    /// What it comes to.
    #[serde(flatten)]
    pub share: ShareRow,
}

/// Money and time that add up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    money: Share,
    unavailable_us: u128,
}

impl Sum {
    fn add(&mut self, other: &Sum) {
        self.money.add(&other.money);
        self.unavailable_us += other.unavailable_us;
    }

    fn remove(&mut self, part: &Sum) {
        self.money.remove(&part.money);
        self.unavailable_us -= part.unavailable_us;
    }

    fn is_nothing(&self) -> bool {
        self.money == Share::default() && self.unavailable_us == 0
    }

    fn row(&self) -> ShareRow {
        let Share { baseline, actual, arrears, effect } = self.money;
        let (net, saving) = (self.money.net(), baseline - actual - arrears);
        let adjustments = saving - effect.intended - effect.involuntary + effect.policy_cost;
        ShareRow {
            baseline: Decimal(baseline),
            actual: Decimal(actual),
            arrears: Decimal(arrears),
            intended: Decimal(effect.intended),
            involuntary: Decimal(effect.involuntary),
            policy_cost: Decimal(effect.policy_cost),
            adjustments: Decimal(adjustments),
            net: Decimal(net),
            net_pct: Percent::of(net.as_nanos(), baseline.as_nanos()),
            unavailable_us: self.unavailable_us,
        }
    }
}

/// What every group has, in file order, and past them what belongs to none.
#[derive(Clone, Debug)]
pub struct Shares<'a> {
    plan: &'a Plan,
    sums: Vec<Sum>,
}

impl<'a> Shares<'a> {
    /// Of the whole window.
    pub fn of(plan: &'a Plan, totals: &Totals) -> Shares<'a> {
        Shares::new(plan, &totals.bill.shares(&plan.region), &totals.unavailable_by_group)
    }

    /// Of these shares, and of how long wanted instances of each group were not ready.
    pub fn new(plan: &'a Plan, shares: &[Share], unavailable_by_group: &[u128]) -> Shares<'a> {
        let times = unavailable_by_group.iter().copied().chain([0]);
        let sum = |(&money, unavailable_us)| Sum { money, unavailable_us };
        Shares { plan, sums: shares.iter().zip(times).map(sum).collect() }
    }

    /// All of them together.
    pub fn all(&self) -> ShareRow {
        self.sum().row()
    }

    fn sum(&self) -> Sum {
        let mut all = Sum::default();
        self.sums.iter().for_each(|sum| all.add(sum));
        all
    }

    /// A row for each group in file order; at the end one for what belongs to none, if there is
    /// any.
    pub fn by_group(&self) -> Vec<GroupShare> {
        let mut rows = Vec::new();
        for (place, sum) in self.sums.iter().enumerate() {
            let group = self.plan.region.groups.get(place).map(|group| group.name.clone());
            if group.is_some() || !sum.is_nothing() {
                rows.push(GroupShare { group, share: sum.row() });
            }
        }
        rows
    }

    /// A row for each value of each tag, in the order of the alphabet; after those of a tag one
    /// for what does not have it, if there is any.
    pub fn by_tag(&self) -> Vec<TagShare> {
        let all = self.sum();
        let mut by_key: BTreeMap<&String, BTreeMap<&String, Sum>> = BTreeMap::new();
        for (tags, sum) in self.plan.tags.iter().zip(&self.sums) {
            for (key, value) in tags {
                by_key.entry(key).or_default().entry(value).or_default().add(sum);
            }
        }
        let mut rows = Vec::new();
        for (key, values) in by_key {
            let mut rest = all;
            values.values().for_each(|sum| rest.remove(sum));
            let tagged = values.into_iter().map(|(value, sum)| (Some(value.clone()), sum));
            let rest = (!rest.is_nothing()).then_some((None, rest));
            let row = |(value, sum): (Option<String>, Sum)| TagShare {
                tag: key.clone(),
                value,
                share: sum.row(),
            };
            rows.extend(tagged.chain(rest).map(row));
        }
        rows
    }
}

/// The columns of a share in files.
pub const COLUMNS: [&str; 9] = [
    "baseline",
    "actual",
    "arrears",
    "intended",
    "involuntary",
    "policy_cost",
    "adjustments",
    "net",
    "unavailable_us",
];

impl ShareRow {
    /// Its cells, in the order of [`COLUMNS`].
    pub fn cells(&self) -> Vec<String> {
        let money = [
            self.baseline,
            self.actual,
            self.arrears,
            self.intended,
            self.involuntary,
            self.policy_cost,
            self.adjustments,
            self.net,
        ];
        let money = money.into_iter().map(|Decimal(amount): Decimal| amount.to_string());
        money.chain([self.unavailable_us.to_string()]).collect()
    }
}
