//! The window by calendar month: what each month was billed, saved, cost and missed.
//!
//! A month is what the bill of a window that ends with it is more than that of a window that ends
//! with the month before. So months add up to the whole to the last nano-unit, rounding and what
//! commitments cover included; and so do those of averages.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::books::ledger::Share;
use crate::books::outcome::Outcome;
use crate::demand::calendar::CivilDate;
use crate::sim::metric::{Among, UpAt};
use crate::sim::plan::Plan;
use crate::stats::{Interval, Lack};
use crate::units::{Money, SimDuration, SimTime};

use super::average::BillSums;
use super::collected::Collected;
use super::estimate::CONFIDENCE;
use super::figures::{IntervalRow, LackRow};
use super::number::Percent;
use super::restart::{Restart, RestartSums};
use super::shares::{GroupShare, ShareRow, Shares, TagShare};
use super::totals::Totals;

/// A window is told by month where it is longer than any month, and no longer than ten years.
const SHORTEST: SimDuration = SimDuration::from_hours(31 * 24);
const LONGEST: SimDuration = SimDuration::from_hours(3_660 * 24);

/// Where months end within the window, in the scenario's time zone; nowhere in a window that is
/// not told by month.
pub fn marks(plan: &Plan) -> Vec<SimTime> {
    let window = plan.horizon - plan.warm_up;
    if window <= SHORTEST || window > LONGEST {
        return Vec::new();
    }
    plan.clock.months(plan.warm_up, plan.horizon)
}

/// A month, or the part of it that lies in the window.
#[derive(Clone, Debug)]
pub struct Month {
    /// Where it begins, in the window.
    pub from: SimTime,
    /// Where it ends, in the window.
    pub until: SimTime,
    /// What each group has of it, and past them what belongs to none; averaged.
    pub shares: Vec<Share>,
    /// Instance-µs that wanted instances were not ready, by group, summed.
    pub unavailable_by_group: Vec<u128>,
    /// How restarts went that were due in it.
    pub restart: Restart,
    /// Where the net saving of it lies.
    pub net: Result<Interval, Lack>,
}

/// Months of replications, added up as they come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct MonthSums {
    months: Vec<MonthSum>,
}

/// One month of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct MonthSum {
    /// Of the window up to its end.
    bill: BillSums,
    /// The same.
    unavailable_by_group: Vec<u128>,
    /// Of what was due in it.
    restart: RestartSums,
    /// Net saving in it, of each replication.
    nets: Vec<i128>,
}

impl MonthSums {
    /// Takes the next outcome, whose totals are `one`; nothing of one that was cut short.
    pub(super) fn add(&mut self, plan: &Plan, outcome: &Outcome, one: &Totals) {
        if plan.marks.is_empty() || outcome.marks.len() < plan.marks.len() {
            return;
        }
        self.months.resize_with(plan.marks.len() + 1, MonthSum::default);
        let marks = outcome.marks.iter();
        let ends = marks.map(|mark| (mark.at, &mark.bill, &mark.unavailable_by_group));
        let ends = ends.chain([(plan.horizon, &one.bill, &one.unavailable_by_group)]);
        let (mut from, mut net) = (plan.warm_up, Money::ZERO);
        for (month, (until, bill, unavailable)) in self.months.iter_mut().zip(ends) {
            month.bill.add(bill);
            month.unavailable_by_group.resize(unavailable.len(), 0);
            for (sum, time) in month.unavailable_by_group.iter_mut().zip(unavailable) {
                *sum += time;
            }
            month.restart.add(&Restart::of_due(plan, outcome, from..until));
            month.nets.push((bill.net() - net).as_nanos());
            (from, net) = (until, bill.net());
        }
    }

    pub(super) fn finish(self, plan: &Plan) -> Vec<Month> {
        let ends = plan.marks.iter().copied().chain([plan.horizon]);
        let (mut from, mut shares_before) = (plan.warm_up, Vec::new());
        let mut unavailable_before = Vec::new();
        let mut months = Vec::new();
        for (sum, until) in self.months.into_iter().zip(ends) {
            let shares_until = sum.bill.average().shares(&plan.region);
            let mut shares = shares_until.clone();
            for (share, before) in shares.iter_mut().zip(&shares_before) {
                share.remove(before);
            }
            let mut unavailable_by_group = sum.unavailable_by_group.clone();
            for (time, before) in unavailable_by_group.iter_mut().zip(&unavailable_before) {
                *time -= before;
            }
            let (restart, net) = (sum.restart.finish(), Interval::of_mean(&sum.nets, CONFIDENCE));
            months.push(Month { from, until, shares, unavailable_by_group, restart, net });
            (from, shares_before) = (until, shares_until);
            unavailable_before = sum.unavailable_by_group;
        }
        months
    }
}

/// One of `months`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct MonthRow {
    pub month: String,
    pub start: String,
    pub start_us: u64,
    pub end: String,
    pub end_us: u64,
    pub days_in_month: u32,
    pub whole: bool,
    pub holidays: u64,
    pub make_up_days: u64,
    #[serde(flatten)]
    pub share: ShareRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_interval: Option<IntervalRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_no_interval: Option<LackRow>,
    pub waves: u64,
    pub good_waves: u64,
    pub good_waves_pct: Option<Percent>,
    pub waves_not_modelled: u64,
    pub up_at_15m_worst_pct: Option<Percent>,
    pub never: u64,
    pub by_group: Vec<GroupShare>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_tag: Vec<TagShare>,
}

/// A row for each month.
pub fn rows(plan: &Plan, collected: &Collected) -> Vec<MonthRow> {
    collected.months.iter().map(|month| row(plan, month, collected.totals.runs)).collect()
}

fn row(plan: &Plan, month: &Month, runs: u32) -> MonthRow {
    let Month { from, until, shares, unavailable_by_group, restart, net } = month;
    let clock = &plan.clock;
    let date = CivilDate::from_day(clock.civil_day(*from));
    let (next, days_in_month) = date.next_month().unwrap_or((date, 0));
    let first = next.plus_days(-i32::try_from(days_in_month).unwrap_or(0));
    // The first and the last month may lie in the window in part, the others do not.
    let begins = |date, at: &SimTime| clock.midnight(date).as_ref() == Some(at);
    let last = SimTime::from_micros(until.as_micros().saturating_sub(1));
    let dates = date..=CivilDate::from_day(clock.civil_day(last));
    let of_window = |all: &BTreeSet<CivilDate>| all.range(dates.clone()).count() as u64;
    let shares = Shares::new(plan, shares, unavailable_by_group);
    let share = shares.all();
    let (net_interval, lack) = match net {
        Ok(interval) => (Some(IntervalRow::of_money(share.net.0, *interval)), None),
        Err(lack) => (None, LackRow::of(*lack).filter(|_| runs > 1)),
    };
    MonthRow {
        month: date.to_string().chars().take(7).collect(),
        start: clock.format_offset(*from),
        start_us: from.as_micros(),
        end: clock.format_offset(*until),
        end_us: until.as_micros(),
        days_in_month,
        whole: begins(first, from) && begins(next, until),
        holidays: of_window(&plan.days_off.off),
        make_up_days: of_window(&plan.days_off.worked),
        share,
        net_interval,
        net_no_interval: lack,
        waves: restart.waves,
        good_waves: restart.good_waves,
        good_waves_pct: restart.good(Among::All),
        waves_not_modelled: restart.not_modelled,
        up_at_15m_worst_pct: restart.up(Among::All).worst[UpAt::M15.index()],
        never: restart.never,
        by_group: shares.by_group(),
        by_tag: shares.by_tag(),
    }
}
