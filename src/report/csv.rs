//! The tables that go into files beside the summary, one function each.
//!
//! Comma-separated with a header, the same names and units as in `summary.json`. Times are whole
//! microseconds, money is decimal text; nothing is rounded for people.

use std::io::{self, Write};

use crate::ecs::operation::OperationName;
use crate::stats::{write_hgrm, write_hlog};
use crate::world::outcome::LatencyName;

use super::Results;
use super::summary::{Summary, WaveRow};
use super::totals::Totals;

/// `billing.csv`: one row per line of the invoice.
///
/// # Errors
/// If `out` cannot be written.
pub fn billing(out: impl Write, summary: &Summary) -> io::Result<()> {
    let mut table = Table::new(out, &["group", "component", "state", "baseline", "actual"])?;
    for line in &summary.billing.lines {
        let (baseline, actual) = (line.baseline.0.to_string(), line.actual.0.to_string());
        table.row([line.group.as_str(), line.component, line.state, &baseline, &actual])?;
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
        "name", "due", "finished", "censored", "early", "already", "mean_us", "p50_us", "p90_us",
        "p99_us", "p999_us", "max_us",
    ];
    let mut table = Table::new(out, &columns)?;
    for (name, l) in &summary.latency {
        let counts = [l.due, l.finished, l.censored, l.early, l.already].map(Some);
        let times = [l.mean_us, l.p50_us, l.p90_us, l.p99_us, l.p999_us, l.max_us];
        let numbers = counts.into_iter().chain(times).map(text);
        table.row(std::iter::once(name.clone()).chain(numbers))?;
    }
    table.end()
}

/// `refusals.csv`: one row per operation and reason that was answered at least once.
///
/// # Errors
/// If `out` cannot be written.
pub fn refusals(out: impl Write, results: &Results<'_>) -> io::Result<()> {
    let mut table = Table::new(out, &["operation", "http", "code", "cause", "count"])?;
    let totals = Totals::of(results.plan, results.outcomes);
    for operation in OperationName::ALL {
        for (refusal, count) in &totals.calls_of(*operation).refused {
            let row = refusal.row_under(&results.plan.region.knobs);
            let (http, count) = (row.http.to_string(), count.to_string());
            table.row([operation.name(), &http, row.code, row.cause, &count])?;
        }
    }
    table.end()
}

/// `waves.csv`: one row per wave.
///
/// # Errors
/// If `out` cannot be written.
pub fn waves(out: impl Write, waves: &[WaveRow]) -> io::Result<()> {
    let columns = [
        "kind",
        "controller",
        "date",
        "due_us",
        "zone",
        "instance_type",
        "size",
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
    let mut table = Table::new(out, &columns)?;
    for wave in waves {
        let counts = [
            wave.size,
            wave.already_there,
            wave.from_economical,
            wave.from_standard,
            wave.done_1m,
            wave.done_5m,
            wave.done_15m,
            wave.done_60m,
            wave.done,
            wave.never,
        ];
        let mut row = vec![
            wave.kind.to_owned(),
            wave.controller.clone(),
            wave.date.clone(),
            wave.due_us.to_string(),
            wave.zone.clone(),
            wave.instance_type.clone(),
        ];
        row.extend(counts.map(|count| count.to_string()));
        row.extend([text(wave.t95_us), wave.lost_instance_us.to_string()]);
        table.row(row)?;
    }
    table.end()
}

/// `inventory.csv`: every pool at every simulated hour of every replication.
///
/// # Errors
/// If `out` cannot be written.
pub fn inventory(out: impl Write, results: &Results<'_>) -> io::Result<()> {
    let columns = ["replication", "pool", "time_us", "total", "ours", "others", "free", "deficit"];
    let mut table = Table::new(out, &columns)?;
    for outcome in results.outcomes {
        for (spec, pool) in results.plan.region.pools.iter().zip(&outcome.pools) {
            for sample in &pool.hourly {
                let at = sample.at.as_micros();
                let units =
                    [at, sample.total, sample.ours, sample.others, sample.free, sample.deficit];
                let head = [outcome.replication.to_string(), spec.name.clone()];
                table.row(head.into_iter().chain(units.map(|unit| unit.to_string())))?;
            }
        }
    }
    table.end()
}

/// `checkpoints.csv`: the digest of every replication at every simulated hour.
///
/// # Errors
/// If `out` cannot be written.
pub fn checkpoints(out: impl Write, results: &Results<'_>) -> io::Result<()> {
    let mut table = Table::new(out, &["replication", "time_us", "digest"])?;
    for outcome in results.outcomes {
        for (at, digest) in &outcome.checkpoints {
            table.row([
                outcome.replication.to_string(),
                at.as_micros().to_string(),
                format!("{digest:016x}"),
            ])?;
        }
    }
    table.end()
}

/// `latency/NAME.hgrm`: the percentile table of one latency.
///
/// # Errors
/// If `out` cannot be written.
pub fn hgrm(mut out: impl Write, results: &Results<'_>, name: LatencyName) -> io::Result<()> {
    write_hgrm(Totals::of(results.plan, results.outcomes).latency(name), &mut out)
}

/// `latency.hlog`: every latency that has any item, in one log.
///
/// # Errors
/// If `out` cannot be written.
pub fn hlog(mut out: impl Write, results: &Results<'_>) -> io::Result<()> {
    let totals = Totals::of(results.plan, results.outcomes);
    let names: Vec<(String, LatencyName)> = LatencyName::all().map(|n| (n.name(), n)).collect();
    let all = names.iter().map(|(tag, name)| (tag.as_str(), totals.latency(*name)));
    let window = (results.plan.warm_up, results.plan.horizon);
    write_hlog(&mut out, window, all.filter(|(_, latency)| latency.finished() > 0))
}

/// A table being written.
struct Table<W: Write>(::csv::Writer<W>);

impl<W: Write> Table<W> {
    fn new(out: W, columns: &[&str]) -> io::Result<Table<W>> {
        let mut table = Table(::csv::Writer::from_writer(out));
        table.row(columns)?;
        Ok(table)
    }

    fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) -> io::Result<()> {
        self.0.write_record(cells).map_err(io::Error::from)
    }

    fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn text(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
