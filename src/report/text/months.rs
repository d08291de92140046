//! The window by month, and what a planner asks first.

use super::layout::{Flush, Screen, hours};
use super::{Page, Subject};
use crate::report::figures::{IntervalRow, Number};
use crate::report::months::MonthRow;
use crate::report::number::{Percent, grouped};
use crate::report::what_if::WhatIfRow;
use crate::units::SimDuration;

/// How many months are shown: the files have them all.
const MONTHS_SHOWN: usize = 14;

/// What is saved of each month, and what that takes.
pub fn months(page: &Page<'_>, screen: &mut Screen) {
    let months = page.summary.months.len();
    if months == 0 {
        return;
    }
    let note = format!("{}, in the days of each that lie in the window", page.summary.currency);
    screen.heading("BY MONTH", &note);
    table(page, screen, saved_rows(page));
    screen.heading("MONTHS, AND WHAT THEY TAKE", "wave: a start wave, ready at T+15");
    table(page, screen, taken_rows(page));
    let files = if page.summary.by_tag.is_empty() { "by group" } else { "by group and by tag" };
    screen.line(format!("  months {files}: months.csv"));
}

/// Months, the last row all of them; long lists without those in between.
fn table(page: &Page<'_>, screen: &mut Screen, mut rows: Vec<Vec<String>>) {
    let months = page.summary.months.len();
    let shown = page.fold(months, MONTHS_SHOWN);
    rows.drain(1 + shown..1 + months);
    let mut flush = vec![Flush::Right; rows[0].len()];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    page.folded(months - shown, screen);
}

/// A header, a row for each month, and one for all.
pub fn saved_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let summary = page.summary;
    let interval = if page.runs() > 1 { "95 % interval" } else { "" };
    let header =
        ["", "days", "holidays", "total bill", "net saved", interval, "% of it"].map(str::to_owned);
    let mut rows = vec![header.to_vec()];
    rows.extend(summary.months.iter().map(|month| saved_row(page, month)));
    let (bill, saving) = (&summary.billing, &summary.billing.saving);
    let window = summary.window.end_us - summary.window.start_us;
    rows.push(vec![
        "all".to_owned(),
        days(window),
        grouped(summary.months.iter().map(|month| month.holidays).sum::<u64>()),
        page.marked(Subject::Baseline, bill.baseline.0.rounded(0)),
        page.marked(Subject::Saving, saving.net.0.rounded(0)),
        interval_of(summary.intervals.get("saving.net")),
        percent(page, Subject::Saving, saving.net_pct),
    ]);
    if summary.months.iter().all(|month| month.holidays == 0) {
        rows.iter_mut().for_each(|row| row[2].clear());
    }
    rows
}

fn saved_row(page: &Page<'_>, month: &MonthRow) -> Vec<String> {
    vec![
        month.month.clone(),
        days(month.end_us - month.start_us),
        grouped(month.holidays),
        page.marked(Subject::Baseline, month.share.baseline.0.rounded(0)),
        page.marked(Subject::Saving, month.share.net.0.rounded(0)),
        interval_of(month.net_interval.as_ref()),
        percent(page, Subject::Saving, month.share.net_pct),
    ]
}

/// The same of what months take: a header, a row for each, and one for all.
pub fn taken_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let summary = page.summary;
    let header = ["", "billed", "policy cost", "unavailable h", "good waves", "worst", "never"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(summary.months.iter().map(|month| {
        let share = &month.share;
        let money = [share.actual.0, share.policy_cost.0].map(|amount| amount.rounded(0));
        let waves = (month.good_waves, month.waves);
        let rest = (share.unavailable_us, waves, month.up_at_15m_worst_pct, month.never);
        taken_row(page, month.month.clone(), money, rest)
    }));
    let (bill, restart) = (&summary.billing, &summary.restart);
    let money = [bill.actual.0, bill.saving.policy_cost.0].map(|amount| amount.rounded(0));
    let waves = (restart.good_waves, restart.waves);
    let worst = restart.up_at_15m.worst_pct;
    let rest = (summary.unavailable.total_us, waves, worst, restart.never);
    rows.push(taken_row(page, "all".to_owned(), money, rest));
    rows
}

fn taken_row(
    page: &Page<'_>,
    name: String,
    [billed, policy_cost]: [String; 2],
    (unavailable_us, (good, waves), worst, never): (u128, (u64, u64), Option<Percent>, u64),
) -> Vec<String> {
    let unavailable = i128::try_from(unavailable_us).unwrap_or(i128::MAX);
    let restart = |text: String| page.marked(Subject::Restart, text);
    let good = match waves {
        0 => "-".to_owned(),
        _ => restart(format!("{} of {}", grouped(good), grouped(waves))),
    };
    vec![
        name,
        page.marked(Subject::Saving, billed),
        page.marked(Subject::Saving, policy_cost),
        restart(hours(unavailable / i128::from(page.runs()))),
        good,
        percent(page, Subject::Restart, worst),
        restart(page.per_run(never)),
    ]
}

fn percent(page: &Page<'_>, subject: Subject, share: Option<Percent>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| page.marked(subject, share.short()))
}

fn interval_of(interval: Option<&IntervalRow>) -> String {
    let end = |number: Number| match number {
        Number::Money(nanos) => crate::units::Money::from_nanos(nanos).rounded(0),
        Number::Percent(_)
        | Number::Micros(_)
        | Number::Hours(_)
        | Number::Count(_)
        | Number::Never => String::new(),
    };
    interval.map_or_else(String::new, |one| format!("[{} .. {}]", end(one.low), end(one.high)))
}

/// Days of 24 hours, with one decimal where they are not whole.
fn days(micros: u64) -> String {
    let tenth = SimDuration::from_hours(24).as_micros() / 10;
    let tenths = (micros + tenth / 2) / tenth;
    match tenths % 10 {
        0 => grouped(tenths / 10),
        part => format!("{}.{part}", grouped(tenths / 10)),
    }
}

/// The same scenario where something turns out otherwise.
pub fn what_if(page: &Page<'_>, screen: &mut Screen) {
    let Some(asked) = &page.summary.what_if else { return };
    screen.heading("WHAT IF", "the same seed; money of the window, worst: ready at T+15");
    let rows = what_if_rows(page);
    let mut flush = vec![Flush::Right; rows[0].len()];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    for why in &asked.not_asked {
        screen.wrapped(2, &format!("not asked: {why}"));
    }
}

/// A header, and a row for everything that is asked; no policy cost where there is none.
pub fn what_if_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let header = ["", "net saved", "policy cost", "good", "worst", "never", "down h"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let asked = page.summary.what_if.iter().flat_map(|asked| &asked.rows);
    rows.extend(asked.clone().map(|row| what_if_row(page, row)));
    if asked.clone().all(|row| row.policy_cost.0 == crate::units::Money::ZERO) {
        rows.iter_mut().for_each(|row| {
            row.remove(2);
        });
    }
    rows
}

fn what_if_row(page: &Page<'_>, row: &WhatIfRow) -> Vec<String> {
    let unavailable = i128::try_from(row.unavailable_us).unwrap_or(i128::MAX);
    let saved = |text: String| page.marked(Subject::Saving, text);
    let restart = |text: String| page.marked(Subject::Restart, text);
    let home = format!("{}-", page.results.plan.region.region_id);
    vec![
        row.name.strip_prefix(&home).unwrap_or(&row.name).to_owned(),
        saved(row.net.0.rounded(0)),
        saved(row.policy_cost.0.rounded(0)),
        percent(page, Subject::Restart, row.good_waves_pct),
        percent(page, Subject::Restart, row.up_at_15m_worst_pct),
        restart(page.per_run(row.never)),
        restart(hours(unavailable / i128::from(page.runs()))),
    ]
}
