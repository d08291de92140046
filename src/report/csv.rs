//! The tables that go into files beside the summary, one function each.
//!
//! Comma-separated with a header, the same names and units as in `summary.json`. Times are whole
//! microseconds, money is decimal text; nothing is rounded for people.

use std::io::{self, Write};

use crate::books::outcome::LatencyName;
use crate::ecs::operation::OperationName;
use crate::sim::plan::Plan;
use crate::stats::{write_hgrm, write_hlog};
use crate::units::{Money, SimTime};

use super::shares::{self, ShareRow};
use super::summary::{Summary, WaveRow};
use super::totals::Totals;
use super::what_if::WhatIf;

/// `billing.csv`: one row per line of the invoice, then what private pools, dedicated hosts and
/// commitments cost and what these cover; with a column for the type where one changed. The rows
/// add up to `billing.baseline` and `billing.actual`.
///
/// # Errors
/// If `out` cannot be written.
pub fn billing(out: impl Write, summary: &Summary) -> io::Result<()> {
    let lines = &summary.billing.lines;
    let mut columns = vec!["group", "component", "state", "baseline", "actual"];
    let has_types = lines.iter().any(|line| line.instance_type.is_some());
    columns.extend(has_types.then_some("instance_type"));
    let mut table = Table::new(out, &columns)?;
    for line in lines {
        let (baseline, actual) = (line.baseline.0.to_string(), line.actual.0.to_string());
        let mut row = vec![line.group.as_str(), line.component, line.state, &baseline, &actual];
        row.extend(has_types.then(|| line.instance_type.as_deref().unwrap_or_default()));
        table.row(row)?;
    }
    let mut besides = |name: &str, kind: &str, state: &str, [baseline, actual]: [Money; 2]| {
        let (baseline, actual) = (baseline.to_string(), actual.to_string());
        let row = [name, kind, state, baseline.as_str(), actual.as_str()];
        table.row(row.into_iter().chain(has_types.then_some("")))
    };
    for row in &summary.billing.capacity {
        besides(&row.name, row.kind, "reserved", [row.baseline.0, row.actual.0])?;
    }
    for row in &summary.billing.commitments {
        let covered = [row.covered_baseline.0, row.covered_actual.0];
        besides(&row.name, row.kind, "commitment", [row.cost.0; 2])?;
        besides(&row.name, row.kind, "covered", covered.map(|amount| -amount))?;
    }
    table.end()
}

/// `groups.csv`: what each group comes to, and what belongs to none, under an empty name. The rows
/// add up to the bill.
///
/// # Errors
/// If `out` cannot be written.
pub fn groups(out: impl Write, summary: &Summary) -> io::Result<()> {
    let columns: Vec<&str> = ["group"].into_iter().chain(shares::COLUMNS).collect();
    let mut table = Table::new(out, &columns)?;
    for row in &summary.by_group {
        let name = row.group.clone().unwrap_or_default();
        table.row([name].into_iter().chain(row.share.cells()))?;
    }
    table.end()
}

/// `tags.csv`: what each value of each tag comes to, and what does not have the tag, under an empty
/// value. The rows of each tag add up to the bill.
///
/// # Errors
/// If `out` cannot be written.
pub fn tags(out: impl Write, summary: &Summary) -> io::Result<()> {
    let columns: Vec<&str> = ["tag", "value"].into_iter().chain(shares::COLUMNS).collect();
    let mut table = Table::new(out, &columns)?;
    for row in &summary.by_tag {
        let value = row.value.clone().unwrap_or_default();
        table.row([row.tag.clone(), value].into_iter().chain(row.share.cells()))?;
    }
    table.end()
}

/// `months.csv`: what each month comes to, all of it (`all`), by group and by value of each tag.
/// The rows of all months add up to the bill, as those of `groups.csv` and `tags.csv` do.
///
/// # Errors
/// If `out` cannot be written.
pub fn months(out: impl Write, summary: &Summary) -> io::Result<()> {
    let first = ["month", "start_us", "end_us", "of", "name"];
    let last = ["waves", "good_waves", "never"];
    let columns: Vec<&str> = first.into_iter().chain(shares::COLUMNS).chain(last).collect();
    let mut table = Table::new(out, &columns)?;
    for month in &summary.months {
        let when =
            [month.month.clone(), month.start_us.to_string(), month.end_us.to_string()].to_vec();
        let mut row = |of: &str, name: &Option<String>, share: &ShareRow, waves: [String; 3]| {
            let whose = [of.to_owned(), name.clone().unwrap_or_default()];
            table.row(when.iter().cloned().chain(whose).chain(share.cells()).chain(waves))
        };
        let waves = [month.waves, month.good_waves, month.never].map(|count| count.to_string());
        row("all", &None, &month.share, waves)?;
        for one in &month.by_group {
            row("group", &one.group, &one.share, Default::default())?;
        }
        for one in &month.by_tag {
            row(&format!("tag {}", one.tag), &one.value, &one.share, Default::default())?;
        }
    }
    table.end()
}

/// `what_if.csv`: what everything that is asked comes to, as given first.
///
/// # Errors
/// If `out` cannot be written.
pub fn what_if(out: impl Write, what_if: &WhatIf) -> io::Result<()> {
    let columns = [
        "name",
        "baseline",
        "net",
        "policy_cost",
        "waves",
        "good_waves",
        "up_at_15m_worst_pct",
        "never",
        "unavailable_us",
    ];
    let mut table = Table::new(out, &columns)?;
    for row in &what_if.rows {
        let money = [row.baseline, row.net, row.policy_cost].map(|amount| amount.0.to_string());
        let worst = row
            .up_at_15m_worst_pct
            .map_or_else(String::new, |share| serde_json::to_string(&share).unwrap_or_default());
        let waves = [row.waves, row.good_waves].map(|count| count.to_string());
        let rest = [worst, row.never.to_string(), row.unavailable_us.to_string()];
        let name = [row.name.clone()];
        table.row(name.into_iter().chain(money).chain(waves).chain(rest))?;
    }
    table.end()
}

/// `latency.csv`: one row per latency; an empty cell is a quantile among those that never
/// finished, or of nothing.
///
/// # Errors
/// If `out` cannot be written.
pub fn latency(out: impl Write, summary: &Summary) -> io::Result<()> {
    let columns = [
        "name",
        "due",
        "finished",
        "censored",
        "early",
        "already",
        "mean_us",
        "p50_us",
        "p90_us",
        "p99_us",
        "p999_us",
        "max_us",
        "max_finished_us",
    ];
    let mut table = Table::new(out, &columns)?;
    for (name, l) in &summary.latency {
        let counts = [l.due, l.finished, l.censored, l.early, l.already].map(Some);
        let times =
            [l.mean_us, l.p50_us, l.p90_us, l.p99_us, l.p999_us, l.max_us, l.max_finished_us];
        let numbers = counts.into_iter().chain(times).map(text);
        table.row(std::iter::once(name.clone()).chain(numbers))?;
    }
    table.end()
}

/// `refusals.csv`: one row per operation and reason that was answered at least once; what was
/// answered for single instances of a batch stands apart, as `StopInstances item`.
///
/// # Errors
/// If `out` cannot be written.
pub fn refusals(out: impl Write, plan: &Plan, totals: &Totals) -> io::Result<()> {
    let mut table = Table::new(out, &["operation", "http", "code", "cause", "count"])?;
    for operation in OperationName::ALL {
        let tally = totals.calls_of(*operation);
        let item = format!("{operation} item");
        for (of, refused) in [(operation.name(), &tally.refused), (&item, &tally.items.refused)] {
            for (refusal, count) in refused {
                let row = refusal.row_under(&plan.region.knobs);
                let (http, count) = (row.http.to_string(), count.to_string());
                table.row([of, &http, row.code, row.cause, &count])?;
            }
        }
    }
    table.end()
}

/// `waves.csv`: one row per wave, all replications together. An empty `done_15m` is of a wave that
/// the run did not see for so long.
///
/// # Errors
/// If `out` cannot be written.
pub fn waves(out: impl Write, plan: &Plan, summary: &Summary) -> io::Result<()> {
    let mut table = Table::new(out, &WAVE_COLUMNS)?;
    for row in &summary.waves {
        table.row(wave_cells(plan, row))?;
    }
    table.end()
}

pub(super) const WAVE_COLUMNS: [&str; 21] = [
    "kind",
    "controller",
    "date",
    "due",
    "due_us",
    "zone",
    "instance_type",
    "size",
    "at_risk",
    "already_up",
    "already_there",
    "from_economical",
    "from_standard",
    "done_1m",
    "done_5m",
    "done_15m",
    "done_60m",
    "done",
    "never",
    "t95_us",
    "lost_instance_us",
];

pub(super) fn wave_cells(plan: &Plan, wave: &WaveRow) -> [String; 21] {
    [
        wave.kind.to_owned(),
        wave.controller.clone(),
        wave.date.clone(),
        plan.clock.format_offset(SimTime::from_micros(wave.due_us)),
        wave.due_us.to_string(),
        wave.zone.clone(),
        wave.instance_type.clone(),
        wave.size.to_string(),
        wave.at_risk.to_string(),
        wave.already_up.to_string(),
        wave.already_there.to_string(),
        wave.from_economical.to_string(),
        wave.from_standard.to_string(),
        text(wave.done_1m),
        text(wave.done_5m),
        text(wave.done_15m),
        text(wave.done_60m),
        wave.done.to_string(),
        wave.never.to_string(),
        text(wave.t95_us),
        wave.lost_instance_us.to_string(),
    ]
}

/// `latency/NAME.hgrm`: the percentile table of one latency.
///
/// # Errors
/// If `out` cannot be written.
pub fn hgrm(mut out: impl Write, totals: &Totals, name: LatencyName) -> io::Result<()> {
    write_hgrm(totals.latency(name), &mut out)
}

/// `latency.hlog`: every latency that has any item, in one log.
///
/// # Errors
/// If `out` cannot be written.
pub fn hlog(mut out: impl Write, plan: &Plan, totals: &Totals) -> io::Result<()> {
    let names: Vec<(String, LatencyName)> = LatencyName::all().map(|n| (n.name(), n)).collect();
    let all = names.iter().map(|(tag, name)| (tag.as_str(), totals.latency(*name)));
    let window = (plan.warm_up, plan.horizon);
    write_hlog(&mut out, window, all.filter(|(_, latency)| latency.finished() > 0))
}

/// A table being written.
pub(super) struct Table<W: Write>(::csv::Writer<W>);

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, columns: &[&str]) -> io::Result<Table<W>> {
        let mut table = Table(::csv::Writer::from_writer(out));
        table.row(columns)?;
        Ok(table)
    }

    pub(super) fn row<C: AsRef<[u8]>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> io::Result<()> {
        self.0.write_record(cells).map_err(io::Error::from)
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

pub(super) fn text(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::by_replication::RunTable;
    use crate::report::fixture::{collected, outcome, plan, results};

    #[track_caller]
    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_table_has_as_many_cells_in_each_row_as_in_its_header() {
        let (plan, outcomes) = (plan(), [outcome(0, 30)]);
        let collected = collected(&plan, &outcomes);
        let (summary, totals) = (Summary::of(&results(&plan, &collected)), &collected.totals);
        let tables = [
            written(|out| billing(out, &summary)),
            written(|out| latency(out, &summary)),
            written(|out| refusals(out, &plan, totals)),
            written(|out| waves(out, &plan, &summary)),
            written(|out| RunTable::Waves.write(out, &plan, &outcomes)),
            written(|out| RunTable::Inventory.write(out, &plan, &outcomes)),
            written(|out| RunTable::Checkpoints.write(out, &plan, &outcomes)),
        ];
        for table in tables {
            let mut reader = ::csv::Reader::from_reader(table.as_bytes());
            let rows: Vec<_> = reader.records().map(|row| row.expect("no short row")).collect();
            assert!(!rows.is_empty(), "{table}");
        }
    }

    #[test]
    fn money_and_digests_are_exact_in_the_tables() {
        let (plan, outcomes) = (plan(), [outcome(0, 30)]);
        let collected = collected(&plan, &outcomes);
        let (results, totals) = (results(&plan, &collected), &collected.totals);
        // (470 × 4 h + 500 × 79 h) × 0.52325 an hour, Running.
        let line = "web,compute,running,21652.085000000,21652.085000000\n";
        assert!(written(|out| billing(out, &Summary::of(&results))).contains(line));
        let checkpoint = "0,3600000000,0000000000000abc\n";
        assert!(
            written(|out| RunTable::Checkpoints.write(out, &plan, &outcomes)).contains(checkpoint)
        );
        let refusal = "StartInstance,403,OperationDenied.NoStock,";
        assert!(written(|out| refusals(out, &plan, totals)).contains(refusal));
    }

    #[test]
    fn a_quantile_that_never_was_is_an_empty_cell() {
        let (plan, outcomes) = (plan(), [outcome(0, 30)]);
        let collected = collected(&plan, &outcomes);
        let text = written(|out| latency(out, &Summary::of(&results(&plan, &collected))));
        let row = text.lines().find(|row| row.starts_with("start.due_to_ready,")).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells[1..6], ["1000", "970", "30", "0", "0"]);
        assert_eq!(cells[9..12], ["", "", ""], "p99, p99.9 and the largest never were");
    }

    #[test]
    fn the_log_names_every_latency_that_has_an_item() {
        let (plan, outcomes) = (plan(), [outcome(0, 30)]);
        let totals = collected(&plan, &outcomes).totals;
        let log = written(|out| hlog(out, &plan, &totals));
        assert!(log.contains("Tag=start.due_to_ready,"), "{log}");
        assert!(!log.contains("Tag=start.time_to_know"), "{log}");
        let table = written(|out| hgrm(out, &totals, LatencyName::StartDueToReady));
        assert!(table.contains("Percentile"));
    }
}
