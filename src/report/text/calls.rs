//! Latencies, refusals, and what stopping does besides.

use super::layout::{Flush, Screen, span};
use super::{Page, Subject};
use crate::report::number::{Percent, grouped};
use crate::report::summary::LatencyRow;
use crate::world::outcome::LatencyName;

/// How many kinds of refusals are shown.
const REFUSALS_SHOWN: usize = 10;

/// Percentiles of every latency that has any item.
pub fn latencies(page: &Page<'_>, screen: &mut Screen) {
    let note = "since due, or since the call; what never finished ranks above all that did";
    screen.heading("LATENCY", note);
    let several = page.runs() > 1;
    let mut header = ["", "due", "never", "p50", "p90", "p99", "p99.9", "max"].to_vec();
    if several {
        header.push("p99 within");
    }
    let mut rows = vec![header.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>()];
    for name in LatencyName::all() {
        let latency = &page.summary.latency[&name.name()];
        if latency.finished + latency.censored > 0 {
            rows.push(row(page, name, latency, several));
        }
    }
    if rows.len() == 1 {
        screen.line("  nothing was due");
        return;
    }
    let mut flush = vec![Flush::Right; header.len()];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    let LatencyRow { early, already, .. } = page.summary.latency["start.due_to_ready"];
    if early + already > 0 {
        screen.line(format!(
            "  start.due_to_ready: {} already there when due, {} ready before they were due",
            grouped(already),
            grouped(early),
        ));
    }
}

fn row(page: &Page<'_>, name: LatencyName, latency: &LatencyRow, several: bool) -> Vec<String> {
    let mark = |text: String| page.marked(Subject::of_latency(name), text);
    let longest = page.results.plan.horizon - page.results.plan.warm_up;
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
    if several {
        let key = format!("latency.{}.p99_us", name.name());
        cells.push(page.interval(&key, |us| {
            span(u128::try_from(us).unwrap_or(0).min(longest.as_micros().into()))
        }));
    }
    cells
}

/// The most frequent refusals.
pub fn refusals(page: &Page<'_>, screen: &mut Screen) {
    let of_operation = page.summary.calls.iter().flat_map(|(operation, calls)| {
        calls.refused.iter().map(move |(refusal, count)| (*operation, refusal, *count))
    });
    let mut refusals: Vec<_> = of_operation.collect();
    refusals.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
    let handled: u64 =
        page.summary.calls.values().map(|calls| calls.accepted + calls.dry_run).sum::<u64>()
            + refusals.iter().map(|(.., count)| count).sum::<u64>();
    let several = if page.runs() > 1 { ", all replications together" } else { "" };
    screen.heading("REFUSALS", &format!("of {} calls handled{several}", grouped(handled)));
    if refusals.is_empty() {
        screen.line("  none");
    }
    let rest = refusals.split_off(refusals.len().min(REFUSALS_SHOWN));
    let mark = |count: u64| page.marked(Subject::Counts, grouped(count));
    let share = |count: u64| {
        Percent::of(count.into(), handled.into()).map_or_else(String::new, Percent::short)
    };
    let mut rows: Vec<Vec<String>> = refusals
        .iter()
        .map(|(operation, refusal, count)| {
            vec![(*refusal).clone(), (*operation).to_owned(), mark(*count), share(*count)]
        })
        .collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|(.., count)| count).sum();
        rows.push(vec![
            format!("{} other kinds", rest.len()),
            String::new(),
            mark(sum),
            share(sum),
        ]);
    }
    screen.table(&[Flush::Left, Flush::Left, Flush::Right, Flush::Right], &rows);
}

/// What stopping does besides saving and refusing.
pub fn side_effects(page: &Page<'_>, screen: &mut Screen) {
    let summary = page.summary;
    let each = if page.runs() > 1 { " per replication" } else { "" };
    screen.heading("BESIDES", "");
    let mark = page.mark(Subject::Counts);
    screen.line(format!(
        "  data-loss stops (ForceStop): {mark}{}{each}; changed addresses: {mark}{}{each}",
        page.per_run(summary.data_loss_stops),
        page.per_run(summary.addresses.changed),
    ));
    if !summary.addresses.examples.is_empty() {
        screen.wrapped(4, &format!("  among them {}", summary.addresses.examples.join(", ")));
    }
    screen.line(format!(
        "  API calls: quota not modelled, peak {mark}{} calls/min",
        grouped(summary.peak_calls_per_minute),
    ));
    let economical = &summary.economical;
    if economical.relied_on_default > 0 {
        let stops = page.per_run(economical.relied_on_default);
        screen.line(format!("  stops that relied on the account's default mode: {stops}{each}"));
    }
    for (why, count) in &economical.downgraded {
        screen.line(format!(
            "  economical stops carried out in standard mode, without an error: {}{each} ({})",
            page.per_run(*count),
            why.replace('_', " "),
        ));
    }
    let beliefs = &summary.beliefs;
    if beliefs.wrongly_done + beliefs.wrongly_failed > 0 {
        screen.line(format!(
            "  controllers were wrong: {} believed done and were not, {} believed failed and done",
            grouped(beliefs.wrongly_done),
            grouped(beliefs.wrongly_failed),
        ));
    }
}
