//! The points for machines: a CSV row or a JSON object each.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::compare::unit_word;
use super::super::csv::Table;
use super::super::figures::{Number, form, whole};
use super::super::measure::Observed;
use super::super::number::Hex;
use super::{AS_IS, Figure, Swept};
use crate::sim::metric::{Metric, Unit};
use crate::stats::Interval;

/// Of the keys and their meanings; a key that is added does not change it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Page<'a> {
    schema_version: u32,
    scenario: &'a str,
    axes: &'a [String],
    objective: String,
    promise: String,
    currency: &'a str,
    from: &'a str,
    to: &'a str,
    seed: u64,
    ties: &'a str,
    replications: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<UntilRow<'a>>,
    points: Vec<PointRow<'a>>,
    command: &'a str,
}

#[derive(Serialize)]
struct UntilRow<'a> {
    rule: &'a str,
    is_met: bool,
    at_most: u32,
}

#[derive(Serialize)]
struct PointRow<'a> {
    values: BTreeMap<&'a str, &'a str>,
    scenario: &'a str,
    digest: Hex,
    can_be_best: bool,
    front: &'static str,
    figures: BTreeMap<String, FigureRow>,
}

/// A figure for machines.
#[derive(Serialize)]
pub struct FigureRow {
    unit: &'static str,
    assumed: bool,
    value: Option<Number>,
    low: Option<Number>,
    high: Option<Number>,
    n: Option<u32>,
}

/// Writes every point as JSON.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_json(mut out: impl Write, swept: &Swept) -> io::Result<()> {
    let names: Vec<String> = swept.metrics.iter().map(Metric::name).collect();
    let page = Page {
        schema_version: SCHEMA_VERSION,
        scenario: &swept.name,
        axes: &swept.axes,
        objective: swept.objective.name(),
        promise: swept.promise.name(),
        currency: &swept.currency,
        from: &swept.window.0,
        to: &swept.window.1,
        seed: swept.seed,
        ties: &swept.ties,
        replications: swept.replications,
        until: swept.until.as_ref().map(|until| UntilRow {
            rule: &until.text,
            is_met: until.missed == 0,
            at_most: until.at_most,
        }),
        points: swept.points.iter().map(|one| row(swept, &names, one)).collect(),
        command: &swept.command,
    };
    serde_json::to_writer_pretty(&mut out, &page)?;
    out.write_all(b"\n")
}

fn row<'a>(swept: &'a Swept, names: &[String], point: &'a super::Point) -> PointRow<'a> {
    let figures = swept.metrics.iter().zip(&point.figures).zip(&swept.assumed);
    let told = |(((metric, one), assumed), name): (((&Metric, &Figure), &bool), &String)| {
        (name.clone(), figure_row(metric.unit(), one.observed, one.interval, *assumed))
    };
    PointRow {
        values: values(swept, point),
        scenario: &point.identity.0,
        digest: Hex(point.identity.1),
        can_be_best: point.can_be_best,
        front: point.front.word(),
        figures: figures.zip(names).map(told).collect(),
    }
}

impl Swept {
    /// A figure of a point as JSON has it, by the place of its metric.
    pub(in crate::report) fn number(&self, metric: usize, figure: &Figure) -> Option<Number> {
        number(self.metrics[metric].unit(), figure.observed)
    }
}

fn number(unit: Unit, observed: Observed) -> Option<Number> {
    match observed {
        Observed::Value(_) | Observed::Mean { .. } => observed.value().map(form(unit)),
        Observed::Never => Some(Number::Never),
        Observed::Nothing | Observed::NotModelled => None,
    }
}

/// A figure, whether it rests on an assumed input, and where the true value lies.
pub fn figure_row(
    unit: Unit,
    observed: Observed,
    interval: Option<Interval>,
    assumed: bool,
) -> FigureRow {
    let form = form(unit);
    let end = |end: f64| if end.is_finite() { form(whole(end)) } else { Number::Never };
    FigureRow {
        unit: unit_word(unit),
        assumed,
        value: number(unit, observed),
        low: interval.map(|one| end(one.low)),
        high: interval.map(|one| end(one.high)),
        n: interval.map(|one| one.n),
    }
}

/// A replication of a point, or all of them together, as a line.
#[derive(Serialize)]
struct Line<'a> {
    values: &'a BTreeMap<&'a str, &'a str>,
    scenario: &'a str,
    seed: u64,
    /// Which one; none of all together.
    replication: Option<usize>,
    replications: u32,
    figures: BTreeMap<&'a str, FigureRow>,
}

/// Writes JSON objects, one a line: of every point each replication by itself, and then all of them
/// together, with the ends of intervals.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_ndjson(mut out: impl Write, swept: &Swept) -> io::Result<()> {
    let names: Vec<String> = swept.metrics.iter().map(Metric::name).collect();
    for point in &swept.points {
        let values = values(swept, point);
        let mut line = |replication: Option<usize>, replications: u32| {
            let of = |place: usize| {
                let (metric, assumed) = (&swept.metrics[place], swept.assumed[place]);
                let (observed, interval) = match replication {
                    Some(own) => (*point.each[place].get(own)?, None),
                    None => (point.figures[place].observed, point.figures[place].interval),
                };
                let row = figure_row(metric.unit(), observed, interval, assumed);
                Some((names[place].as_str(), row))
            };
            let line = Line {
                values: &values,
                scenario: &point.identity.0,
                seed: swept.seed,
                replication,
                replications,
                figures: (0..swept.metrics.len()).filter_map(of).collect(),
            };
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")
        };
        (0..swept.replications as usize).try_for_each(|own| line(Some(own), 1))?;
        line(None, swept.replications)?;
    }
    Ok(())
}

/// What a point sets.
fn values<'a>(swept: &'a Swept, point: &'a super::Point) -> BTreeMap<&'a str, &'a str> {
    let set = |(_, value): &(&str, &str)| *value != AS_IS;
    let axes = swept.axes.iter().map(String::as_str);
    axes.zip(point.values.iter().map(String::as_str)).filter(set).collect()
}

/// Writes a row a point: what was set, and of each figure its value and the ends of its interval,
/// empty where there is none. Numbers are written as in JSON.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_csv(out: impl Write, swept: &Swept) -> io::Result<()> {
    let mut header: Vec<String> = swept.axes.clone();
    header
        .extend(["scenario", "digest", "replications", "can_be_best", "front"].map(str::to_owned));
    for metric in &swept.metrics {
        let name = metric.name();
        header.extend([name.clone(), format!("{name}.low"), format!("{name}.high")]);
    }
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::new(out, &names)?;
    for point in &swept.points {
        let mut cells = point.values.clone();
        cells.extend([
            point.identity.0.clone(),
            format!("{:016x}", point.identity.1),
            swept.replications.to_string(),
            point.can_be_best.to_string(),
            point.front.word().to_owned(),
        ]);
        for (metric, one) in swept.metrics.iter().zip(&point.figures) {
            let row = figure_row(metric.unit(), one.observed, one.interval, false);
            cells.extend([cell(row.value)?, cell(row.low)?, cell(row.high)?]);
        }
        table.row(&cells)?;
    }
    table.end()
}

fn cell(number: Option<Number>) -> io::Result<String> {
    let text = match number {
        None => String::new(),
        Some(Number::Never) => "never".to_owned(),
        Some(number) => serde_json::to_string(&number)?,
    };
    Ok(text.trim_matches('"').to_owned())
}
