//! Latencies, refusals, and what stopping does besides.

use std::collections::BTreeMap;

use super::layout::{Flush, Screen, span};
use super::{Page, Subject};
use crate::books::outcome::LatencyName;
use crate::report::number::{Percent, grouped};
use crate::report::summary::{Calls, LatencyRow};

/// How many kinds of refusals are shown.
const REFUSALS_SHOWN: usize = 10;

/// Percentiles of every latency that has any item.
pub fn latencies(page: &Page<'_>, screen: &mut Screen) {
    let note = "since due, or since the call; unfinished items count as longer than any";
    screen.heading("LATENCY", note);
    let shown = if page.full { 8 } else { 7 };
    let rows = latency_rows(page);
    if rows.len() == 1 {
        screen.line("  nothing was due");
        return;
    }
    let mut flush = [Flush::Right; 8];
    flush[0] = Flush::Left;
    screen.table(&flush[..shown], &rows);
    note_all(page, "95 % intervals of p99:", screen, |name, _| {
        page.interval(&format!("{name}.p99"), |us| span(u128::try_from(us).unwrap_or(0)))
    });
    note_all(page, "never finished:", screen, |_, latency| {
        let longest =
            latency.max_finished_us.map_or_else(|| "0 s".to_owned(), |us| span(us.into()));
        let some = latency.censored > 0;
        if some { format!("> {longest} (never)") } else { String::new() }
    });
    note_all(page, "already there when due:", screen, |_, latency| {
        if latency.already > 0 { grouped(latency.already) } else { String::new() }
    });
    note_all(page, "ready before due:", screen, |_, latency| {
        if latency.early > 0 { grouped(latency.early) } else { String::new() }
    });
}

/// A header, and a row for every latency that has any item.
pub fn latency_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let header = ["", "due", "never", "p50", "p90", "p99", "p99.9", "max"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for name in LatencyName::all() {
        let Some(latency) = page.summary.latency.get(&name.name()) else { continue };
        if latency.finished + latency.censored > 0 {
            rows.push(row(page, name, latency));
        }
    }
    rows
}

/// One line of what a row of numbers does not tell, of the latencies since something was due.
fn note_all(
    page: &Page<'_>,
    title: &str,
    screen: &mut Screen,
    tell: impl Fn(&str, &LatencyRow) -> String,
) {
    let names = [LatencyName::StartDueToReady, LatencyName::StopDueToStopped];
    let told = names.map(|name| {
        let name = name.name();
        let told = tell(&name, &page.summary.latency[&name]);
        if told.is_empty() { told } else { format!("{name} {told}") }
    });
    let told: Vec<String> = told.into_iter().filter(|one| !one.is_empty()).collect();
    if !told.is_empty() {
        screen.wrapped(2, &format!("{title} {}", told.join(", ")));
    }
}

fn row(page: &Page<'_>, name: LatencyName, latency: &LatencyRow) -> Vec<String> {
    let mark = |text: String| page.marked(Subject::of_latency(name), text);
    let quantile = |micros: Option<u64>| match micros {
        Some(micros) => mark(span(micros.into())),
        None => mark("never".to_owned()),
    };
    let mut cells =
        vec![name.name(), grouped(latency.finished + latency.censored), grouped(latency.censored)];
    cells.extend(
        [latency.p50_us, latency.p90_us, latency.p99_us, latency.p999_us, latency.max_us]
            .map(quantile),
    );
    cells
}

/// The most frequent refusals: shares of calls, and of what batch calls asked for.
pub fn refusals(page: &Page<'_>, screen: &mut Screen) {
    let Refusals { heading, rows, .. } = Refusals::of(page);
    screen.heading("REFUSALS", &heading);
    if rows.is_empty() {
        screen.line("  none");
    }
    screen.table(&[Flush::Left, Flush::Left, Flush::Right, Flush::Right], &rows);
}

/// What was refused, the most frequent first.
pub struct Refusals {
    /// Of how many calls.
    pub heading: String,
    /// Code, operation, how often, and what share that is.
    pub rows: Vec<Vec<String>>,
    /// How often, row by row.
    pub counts: Vec<u64>,
}

impl Refusals {
    /// As many as the page shows, and the others together.
    pub fn of(page: &Page<'_>) -> Refusals {
        let calls = &page.summary.calls;
        let handled: u64 = calls
            .values()
            .map(|calls| calls.accepted + calls.dry_run + calls.refused.values().sum::<u64>())
            .sum();
        let items = calls.values().filter_map(|calls| calls.items.as_ref());
        let asked: u64 =
            items.map(|items| items.accepted + items.refused.values().sum::<u64>()).sum();
        let of_operation = calls.iter().flat_map(|(operation, calls)| {
            let whole = calls.refused.iter().map(|one| ((*operation).to_owned(), handled, one));
            let items = calls.items.iter().flat_map(|items| &items.refused);
            let items = items.map(move |one| (format!("{operation} item"), asked, one));
            whole.chain(items).map(|(of, all, (refusal, count))| (of, all, refusal, *count))
        });
        let mut refusals: Vec<_> = of_operation.collect();
        refusals.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
        let mark = |count: u64| page.marked(Subject::Counts, grouped(count));
        let several = if page.runs() > 1 { ", all replications together" } else { "" };
        let and_items =
            if asked > 0 { format!(", {} items of batches", mark(asked)) } else { "".into() };
        let heading = format!("of {} calls handled{and_items}{several}", mark(handled));
        let rest = refusals.split_off(page.fold(refusals.len(), REFUSALS_SHOWN));
        let share = |count: u64, all: u64| {
            let share = Percent::of(count.into(), all.into());
            share.map_or_else(String::new, |share| page.marked(Subject::Counts, share.short()))
        };
        let row = |(operation, all, refusal, count): &(String, u64, &String, u64)| {
            vec![(*refusal).clone(), operation.clone(), mark(*count), share(*count, *all)]
        };
        let mut rows: Vec<Vec<String>> = refusals.iter().map(row).collect();
        let mut counts: Vec<u64> = refusals.iter().map(|(.., count)| *count).collect();
        if !rest.is_empty() {
            let sum = rest.iter().map(|(.., count)| count).sum();
            let share = if asked == 0 { share(sum, handled) } else { String::new() };
            rows.push(vec![format!("{} other kinds", rest.len()), String::new(), mark(sum), share]);
            counts.push(sum);
        }
        Refusals { heading, rows, counts }
    }
}

/// How close calls came to their quotas.
fn quotas(page: &Page<'_>, lines: &mut Vec<String>) {
    let mark = page.mark(Subject::Counts);
    let peak = grouped(page.summary.peak_calls_per_minute);
    let with_quota = |calls: &Calls| calls.quota.is_some();
    if !page.summary.calls.values().any(with_quota) {
        let text = format!("API calls: quota not modelled, peak {mark}{peak} calls/min");
        return lines.push(text);
    }
    lines.push(format!("API calls: peak {mark}{peak} calls/min, of all operations"));
    for (operation, calls) in &page.summary.calls {
        let Some(quota) = &calls.quota else {
            lines.push(format!("{operation} calls: quota not modelled"));
            continue;
        };
        lines.push(format!(
            "{operation} calls: peak {mark}{} calls/min of {} allowed, used up for {mark}{}",
            grouped(quota.peak_per_minute),
            grouped(quota.limit_per_minute),
            span(quota.throttled_us.into()),
        ));
    }
}

/// What economical stops do to burstable instances.
fn burstable(page: &Page<'_>, lines: &mut Vec<String>) {
    let Some(row) = page.summary.burstable.as_ref().filter(|row| row.credits.credits_cleared > 0)
    else {
        return;
    };
    let each = if page.runs() > 1 { " per replication" } else { "" };
    let count = |number| format!("{}{}", page.mark(Subject::Counts), page.per_run(number));
    lines.push(format!(
        "CPU credits of burstable instances: cleared {} times, {} initial credits granted \
             anew, {} instances fell back to the standard mode{each}; among them {}",
        count(row.credits.credits_cleared),
        count(row.credits.initial_credits),
        count(row.credits.fell_back_to_standard),
        row.examples.join(", "),
    ));
}

/// What stopping does besides saving and refusing.
pub fn side_effects(page: &Page<'_>, screen: &mut Screen) {
    screen.heading("SIDE EFFECTS", "");
    side_effect_lines(page).iter().for_each(|line| screen.wrapped(2, line));
}

/// The same, a sentence each.
pub fn side_effect_lines(page: &Page<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let summary = page.summary;
    let each = if page.runs() > 1 { " per replication" } else { "" };
    let mark = page.mark(Subject::Counts);
    lines.push(format!(
        "data-loss stops (ForceStop): {mark}{}{each}; changed addresses: {mark}{}{each}",
        page.per_run(summary.plain.data_loss_stops),
        page.per_run(summary.addresses.changed),
    ));
    if !summary.addresses.examples.is_empty() {
        lines.push(format!("among them {}", summary.addresses.examples.join(", ")));
    }
    burstable(page, &mut lines);
    quotas(page, &mut lines);
    platform(page, &mut lines);
    let economical = &summary.economical;
    if economical.relied_on_default > 0 {
        let stops = page.per_run(economical.relied_on_default);
        lines.push(format!("stops that relied on the account's default mode: {mark}{stops}{each}"));
    }
    for (why, count) in &economical.downgraded {
        lines.push(format!(
            "economical stops carried out in standard mode, without an error: {mark}{}{each} ({})",
            page.per_run(*count),
            why.replace('_', " "),
        ));
    }
    let beliefs = &summary.beliefs;
    if beliefs.wrongly_done + beliefs.wrongly_failed > 0 {
        lines.push(format!(
            "wrong beliefs of controllers: {mark}{} false successes, {mark}{} false failures",
            grouped(beliefs.wrongly_done),
            grouped(beliefs.wrongly_failed),
        ));
    }
    lines
}

/// What the platform did of itself: spot instances taken back, and arrears.
fn platform(page: &Page<'_>, lines: &mut Vec<String>) {
    let each = if page.runs() > 1 { " per replication" } else { "" };
    let mark = page.mark(Subject::Counts);
    let count = |count: u64| format!("{mark}{}", page.per_run(count));
    if let Some(spot) = &page.summary.spot {
        let by_cause = |counts: &BTreeMap<&str, u64>| {
            let parts = counts.iter().map(|(cause, n)| format!("{} for {cause}", count(*n)));
            parts.collect::<Vec<_>>().join(" and ")
        };
        lines.push(format!(
            "spot instances taken back{each}: {} (told: {})",
            by_cause(&spot.taken_back),
            by_cause(&spot.notices),
        ));
    }
    if let Some(arrears) = &page.summary.arrears {
        lines.push(format!(
            "stopped for arrears{each}: {}; started again when they were paid: {}, refused {}",
            count(arrears.counts.stopped),
            count(arrears.counts.restarted),
            count(arrears.counts.not_restarted),
        ));
    }
}
