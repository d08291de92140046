//! Arrears: how the account's standing turns, by its site.

use crate::cloud::plan::{ArrearsStep, ArrearsTurn};
use crate::scenario::problem::Problem;
use crate::scenario::raw::ArrearsEntry;
use crate::scenario::value::Site;
use crate::units::{SimDuration, SimTime};

use super::windows::at;
use super::{Time, Work, section};

const DAY: SimDuration = SimDuration::from_hours(24);

/// What follows a moment of arrears that nobody pays, and when.
/// Source: overdue payments (zh), read 2026-11, for China; pay-as-you-go (2021-07-19) for the
/// international site, whose deductions at T, T+7 and T+14 days all fail.
fn timeline(site: Site, deferred: SimDuration) -> Vec<(SimDuration, ArrearsTurn)> {
    let grace = match site {
        Site::China => deferred,
        Site::International => DAY.saturating_mul(15).saturating_add(deferred),
    };
    let mut turns = vec![(grace, ArrearsTurn::Suspended)];
    if !grace.is_zero() {
        turns.insert(0, (SimDuration::ZERO, ArrearsTurn::Overdue));
    }
    if site == Site::China {
        // *Assumed*: "within 48 hours" is at their end.
        let compute = grace.saturating_add(DAY.saturating_mul(2));
        turns.push((compute, ArrearsTurn::ComputeReleased));
    }
    turns.push((grace.saturating_add(DAY.saturating_mul(15)), ArrearsTurn::Released));
    turns
}

/// Every turn of the account's standing before the horizon.
pub(super) fn arrears(work: &mut Work<'_, '_>, time: Option<&Time>) -> Vec<ArrearsStep> {
    let mut steps: Vec<ArrearsStep> = vec![];
    let Some(account) = section(&work.root.account) else { return steps };
    let site = account.site.as_ref().map_or(Site::China, |at| at.value);
    let entries = account.arrears.as_ref().map_or(&[][..], |at| &at.value);
    let mut last: Option<Option<SimTime>> = None;
    for entry in entries {
        let Some((began, paid)) = instants(work, time, entry) else { continue };
        let follows_payment = match last {
            None => true,
            Some(before) => before.is_some_and(|before| before < began),
        };
        if !follows_payment {
            let message = "arrears begin before earlier ones were paid";
            let problem = Problem::new(entry.at.place, message);
            work.problem(problem.expected("expected arrears in the order of time, each paid"));
        }
        last = Some(paid);
        steps.extend(turns(site, entry, began, paid));
    }
    if let Some(time) = time {
        steps.retain(|step| step.at < time.horizon);
    }
    steps.sort_by_key(|step| step.at);
    steps
}

fn instants(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    entry: &ArrearsEntry,
) -> Option<(SimTime, Option<SimTime>)> {
    let problems = &mut work.context.problems;
    let began = at(entry.at.value, entry.at.place, time?, problems)?;
    let Some(payment) = &entry.paid else { return Some((began, None)) };
    let paid = at(payment.value, payment.place, time?, problems)?;
    if paid <= began {
        let problem = Problem::new(payment.place, "paid before anything was owed");
        work.problem(problem.related(entry.at.place, "the arrears begin here"));
        return None;
    }
    Some((began, Some(paid)))
}

/// The turns of one entry, cut off by its payment; what was released stays so.
fn turns(
    site: Site,
    entry: &ArrearsEntry,
    began: SimTime,
    paid: Option<SimTime>,
) -> Vec<ArrearsStep> {
    let deferred = entry.deferred_stop.as_ref().map_or(SimDuration::ZERO, |at| at.value.0);
    let mut steps: Vec<ArrearsStep> = timeline(site, deferred)
        .into_iter()
        .map(|(after, turn)| ArrearsStep { at: began.saturating_add(after), turn })
        .filter(|step| paid.is_none_or(|paid| step.at < paid))
        .collect();
    let is_released = steps.iter().any(|step| step.turn == ArrearsTurn::Released);
    if let Some(paid) = paid.filter(|_| !is_released) {
        let restarts = site == Site::China;
        steps.push(ArrearsStep { at: paid, turn: ArrearsTurn::Paid { restarts } });
    }
    steps
}
