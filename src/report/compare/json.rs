//! A comparison for machines; docs/COMPARE.md says what each key is.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::sim::metric::Unit;
use crate::stats::{Interval, Lack};

use super::super::figures::{LackRow, Number, form, whole};
use super::super::measure::Observed;
use super::super::number::Hex;
use super::shares::Whose;
use super::{Compared, Comparison, Row};

/// Of the keys and their meanings; a key that is added does not change it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Page<'a> {
    schema_version: u32,
    base: Identity<'a>,
    currency: &'a str,
    from: &'a str,
    to: &'a str,
    seed: u64,
    ties: &'a str,
    replications: u32,
    confidence: f64,
    comparisons: Vec<Beside<'a>>,
    command: &'a str,
}

#[derive(Serialize)]
struct Identity<'a> {
    name: &'a str,
    scenario: &'a str,
    digest: Hex,
}

#[derive(Serialize)]
struct Beside<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    changes: Vec<Change<'a>>,
    environment: Environment<'a>,
    fleet: &'a [String],
    replications_changed: u32,
    first_divergence: Option<Diverges<'a>>,
    figures: BTreeMap<&'a str, Figure>,
    by_group: BTreeMap<&'a str, Share>,
    by_tag: BTreeMap<&'a str, BTreeMap<&'a str, Share>>,
    tolerances: Vec<Tolerated<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    path: &'a str,
    base: Option<&'a str>,
    other: Option<&'a str>,
    is_environment: bool,
}

#[derive(Serialize)]
struct Environment<'a> {
    is_same: bool,
    base: &'a str,
    other: &'a str,
}

#[derive(Serialize)]
struct Diverges<'a> {
    replication: u32,
    base: Option<Happened<'a>>,
    other: Option<Happened<'a>>,
}

#[derive(Serialize)]
struct Happened<'a> {
    at: &'a str,
    fact: &'a str,
}

#[derive(Serialize)]
struct Share {
    net: Figure,
    unavailable: Figure,
}

#[derive(Serialize)]
struct Tolerated<'a> {
    text: &'a str,
    holds: Option<bool>,
    found: &'a str,
}

#[derive(Serialize)]
struct Figure {
    unit: &'static str,
    base: Option<Number>,
    other: Option<Number>,
    difference: Option<Number>,
    low: Option<Number>,
    high: Option<Number>,
    n: Option<u32>,
    no_interval: Option<LackRow>,
    word: &'static str,
    better: u32,
    worse: u32,
    same: u32,
    correlation: Option<f64>,
    gain: Option<f64>,
    replications_to_tell: Option<u32>,
    assumed: bool,
}

/// Writes it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, compared: &Compared) -> io::Result<()> {
    let confidence = compared.confidence.num() as f64 / compared.confidence.den() as f64;
    let page = Page {
        schema_version: SCHEMA_VERSION,
        base: identity(&compared.base, &compared.identity),
        currency: &compared.currency,
        from: &compared.window.0,
        to: &compared.window.1,
        seed: compared.seed,
        ties: &compared.ties,
        replications: compared.replications,
        confidence: rounded(confidence),
        comparisons: compared.comparisons.iter().map(beside).collect(),
        command: &compared.command,
    };
    serde_json::to_writer_pretty(&mut out, &page)?;
    out.write_all(b"\n")
}

fn identity<'a>(name: &'a str, (scenario, digest): &'a (String, u64)) -> Identity<'a> {
    Identity { name, scenario, digest: Hex(*digest) }
}

fn beside(one: &Comparison) -> Beside<'_> {
    let mut by_group = BTreeMap::new();
    let mut by_tag: BTreeMap<&str, BTreeMap<&str, Share>> = BTreeMap::new();
    for row in &one.shares {
        let share = Share { net: figure(&row.net), unavailable: figure(&row.unavailable) };
        match &row.whose {
            Whose::Group(name) => {
                by_group.insert(name.as_str(), share);
            }
            Whose::Tag(tag, value) => {
                by_tag.entry(tag).or_default().insert(value.as_str(), share);
            }
        }
    }
    Beside {
        identity: identity(&one.name, &one.identity),
        changes: one.changes.iter().map(Change::of).collect(),
        environment: Environment {
            is_same: one.has_one_environment(),
            base: &one.environments.0,
            other: &one.environments.1,
        },
        fleet: &one.fleet,
        replications_changed: one.changed,
        first_divergence: one.divergence.as_ref().map(|divergence| Diverges {
            replication: divergence.replication,
            base: divergence.base.as_ref().map(Happened::of),
            other: divergence.other.as_ref().map(Happened::of),
        }),
        figures: one.rows.iter().map(|row| (row.name.as_str(), figure(row))).collect(),
        by_group,
        by_tag,
        tolerances: one
            .judged
            .iter()
            .map(|judged| Tolerated {
                text: &judged.text,
                holds: judged.holds,
                found: &judged.found,
            })
            .collect(),
    }
}

impl<'a> Change<'a> {
    fn of(change: &'a super::Change) -> Change<'a> {
        Change {
            path: &change.path,
            base: change.base.as_deref(),
            other: change.other.as_deref(),
            is_environment: change.is_environment,
        }
    }
}

impl<'a> Happened<'a> {
    fn of((at, fact): &'a (String, String)) -> Happened<'a> {
        Happened { at, fact }
    }
}

impl Row {
    /// The difference as JSON has it.
    pub(in crate::report) fn difference_number(&self) -> Option<Number> {
        self.difference.map(form(self.unit))
    }
}

fn figure(row: &Row) -> Figure {
    let form = form(row.unit);
    let number = |observed: Observed| match observed {
        Observed::Value(_) | Observed::Mean { .. } => observed.value().map(form),
        Observed::Never => Some(Number::Never),
        Observed::Nothing | Observed::NotModelled => None,
    };
    let end = |end: f64| if end.is_finite() { form(whole(end)) } else { Number::Never };
    let interval = row.paired.interval.ok();
    let lack: Option<Lack> = row.paired.interval.err();
    Figure {
        unit: unit_word(row.unit),
        base: number(row.base),
        other: number(row.other),
        difference: row.difference_number(),
        low: interval.map(|Interval { low, .. }| end(low)),
        high: interval.map(|Interval { high, .. }| end(high)),
        n: interval.map(|Interval { n, .. }| n),
        no_interval: lack.and_then(LackRow::of),
        word: row.word().word(),
        better: row.tally.better,
        worse: row.tally.worse,
        same: row.tally.same,
        correlation: row.paired.correlation.map(rounded),
        gain: row.paired.gain.map(rounded),
        replications_to_tell: row.paired.replications_to_tell(),
        assumed: row.is_assumed,
    }
}

/// What numbers of a unit are in files.
pub fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Duration => "us",
        Unit::Percent => "percent",
        Unit::Money => "money",
        Unit::Count => "count",
        Unit::Hours => "hours",
    }
}

/// With four decimals: more would only be noise.
fn rounded(value: f64) -> f64 {
    libm::round(value * 10_000.0) / 10_000.0
}
