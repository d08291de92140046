//! The plan for machines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::estimate::Estimate;
use super::super::figures::{Number, form};
use super::super::number::Hex;
use super::super::sweep::{FigureRow, figure_row};
use super::{Found, Fresh, Planned, Promise, Setting, Strategy, What};
use crate::sim::metric::{Metric, PERCENT, Unit};

/// Of the keys and their meanings; a key that is added does not change it.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Page<'a> {
    schema_version: u32,
    scenario: &'a str,
    knobs: &'a [String],
    objective: String,
    promises: Vec<PromiseRow<'a>>,
    strategy: &'static str,
    indifference: Option<Number>,
    confidence: Number,
    currency: &'a str,
    from: &'a str,
    to: &'a str,
    seed: u64,
    ties: &'a str,
    answer: Option<BTreeMap<&'a str, &'a str>>,
    /// Whether all others are told apart from it, or differ by less than matters.
    is_told_apart: Option<bool>,
    closest: Option<BTreeMap<&'a str, &'a str>>,
    fresh_seed: u64,
    fresh_replications: u32,
    fresh: Vec<FreshRow<'a>>,
    runs: u64,
    grid_runs: u64,
    settings: Vec<SettingRow<'a>>,
    command: &'a str,
    answer_command: Option<&'a str>,
}

#[derive(Serialize)]
struct PromiseRow<'a> {
    text: &'a str,
    metric: String,
    threshold: Number,
    margin: Number,
    assumed: bool,
}

#[derive(Serialize)]
struct FreshRow<'a> {
    what: &'static str,
    values: BTreeMap<&'a str, &'a str>,
    scenario: Option<&'a str>,
    digest: Option<Hex>,
    figures: BTreeMap<String, FigureRow>,
}

#[derive(Serialize)]
struct SettingRow<'a> {
    values: BTreeMap<&'a str, &'a str>,
    fate: &'static str,
    replications: u32,
    figures: BTreeMap<String, FigureRow>,
}

/// Writes everything as JSON.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, planned: &Planned) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, &page(planned))?;
    out.write_all(b"\n")
}

fn page(planned: &Planned) -> Page<'_> {
    let (answer, is_told_apart, closest) = match planned.found {
        Found::Best { point, is_told_apart, .. } => (Some(point), Some(is_told_apart), None),
        Found::Nothing { closest } => (None, None, Some(closest)),
    };
    let of = |place: usize| values(planned, &planned.settings[place].values);
    let (strategy, indifference) = match planned.strategy {
        Strategy::Bisection => ("bisection", None),
        Strategy::Selection(value) => ("selection", Some(form(planned.objective.unit())(value))),
    };
    let confidence = planned.confidence;
    let percent = i128::from(confidence.num()) * 100 * PERCENT / i128::from(confidence.den());
    Page {
        schema_version: SCHEMA_VERSION,
        scenario: &planned.name,
        knobs: &planned.knobs,
        objective: planned.objective.name(),
        promises: planned.promises.iter().zip(&planned.assumed[1..]).map(promise).collect(),
        strategy,
        indifference,
        confidence: form(Unit::Percent)(percent),
        currency: &planned.currency,
        from: &planned.window.0,
        to: &planned.window.1,
        seed: planned.seed,
        ties: &planned.ties,
        answer: answer.map(of),
        is_told_apart,
        closest: closest.map(of),
        fresh_seed: planned.fresh_runs.1,
        fresh_replications: planned.fresh_runs.0,
        fresh: planned.fresh.iter().map(|one| fresh(planned, one)).collect(),
        runs: planned.runs(),
        grid_runs: planned.grid_runs(),
        settings: planned.settings.iter().map(|one| setting(planned, one)).collect(),
        command: &planned.command,
        answer_command: planned.answer_command.as_deref(),
    }
}

fn promise<'a>((promise, assumed): (&'a Promise, &bool)) -> PromiseRow<'a> {
    let form = form(promise.metric.unit());
    PromiseRow {
        text: &promise.text,
        metric: promise.metric.name(),
        threshold: form(promise.threshold),
        margin: form(promise.margin),
        assumed: *assumed,
    }
}

fn values<'a>(planned: &'a Planned, values: &'a [String]) -> BTreeMap<&'a str, &'a str> {
    planned.knobs.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect()
}

fn fresh<'a>(planned: &'a Planned, fresh: &'a Fresh) -> FreshRow<'a> {
    let told = metrics(planned).zip(&planned.assumed).zip(&fresh.figures);
    let told = told.filter_map(|((metric, assumed), one)| {
        let Estimate { observed, interval } = (*one)?;
        Some((metric.name(), figure_row(metric.unit(), observed, interval.ok(), *assumed)))
    });
    FreshRow {
        what: match fresh.what {
            What::Answer => "answer",
            What::Next => "next_best",
            What::StepOf(_) => "one_step",
            What::NeverStop => "never_stop",
            What::Bound => "all_unwanted_time_economical",
            What::KeepCharging => "keep_charging",
        },
        values: values(planned, &fresh.values),
        scenario: fresh.identity.as_ref().map(|(hash, _)| hash.as_str()),
        digest: fresh.identity.as_ref().map(|(_, digest)| Hex(*digest)),
        figures: told.collect(),
    }
}

fn setting<'a>(planned: &'a Planned, setting: &'a Setting) -> SettingRow<'a> {
    let told = metrics(planned).zip(&planned.assumed).zip(&setting.observed);
    let told = told.map(|((metric, assumed), observed)| {
        (metric.name(), figure_row(metric.unit(), *observed, None, *assumed))
    });
    SettingRow {
        values: values(planned, &setting.values),
        fate: setting.fate.word(),
        replications: setting.replications,
        figures: told.collect(),
    }
}

/// The objective, and each promise.
fn metrics(planned: &Planned) -> impl Iterator<Item = &Metric> {
    std::iter::once(&planned.objective).chain(planned.promises.iter().map(|one| &one.metric))
}
