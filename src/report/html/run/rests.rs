//! What the figures rest on, how far they move with it, and how to get them again.

use std::collections::BTreeMap;

use super::super::super::number::{Hex, grouped};
use super::super::super::stress::StressRow;
use super::super::super::text::{foot, short_time};
use super::super::chart::{Bar, Chart, bars_within};
use super::super::page::{Page, Section};
use super::super::table::{Cell, Table};
use super::{Told, months};

pub fn section(told: &Told<'_>, page: &mut Page) {
    page.section("rests", "What it rests on", |section| {
        sensitivity(told, section);
        months::what_if(told, section);
        assumed(told, section);
        sources(told, section);
        if !told.said.summary.knobs.is_empty() {
            let heads = ["knob", "value", "default"];
            let caption = "Knobs off their default, where the vendor's pages differ";
            let mut table = Table::new(caption, &heads).words(&[1, 2]);
            for knob in &told.said.summary.knobs {
                table.row([knob.name, &knob.value, &knob.default]);
            }
            section.table(&table);
        }
    });
}

/// What moves when an assumed input is moved.
fn sensitivity(told: &Told<'_>, section: &mut Section<'_>) {
    let stress = &told.said.summary.stress;
    let Some((base, moved)) = stress.split_first().filter(|(_, moved)| !moved.is_empty()) else {
        return;
    };
    section.heading("If what is assumed were otherwise");
    let rows = foot::stress_rows(&told.said);
    for figure in Moved::of(told) {
        let Some(own) = (figure.value)(base) else { continue };
        let shown = |row: usize| rows.get(row)?.get(figure.column).cloned();
        let bar = |(place, row): (usize, &StressRow)| {
            let change = (figure.value)(row)? - own;
            Some(Bar {
                name: row.name.clone(),
                value: change,
                shown: shown(place + 2)?,
                colour: if change * figure.good < 0.0 { 2 } else { 3 },
            })
        };
        let mut drawn: Vec<Bar> = moved.iter().enumerate().filter_map(bar).collect();
        drawn.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        let title = format!("{}: {} as given.", figure.title, shown(1).unwrap_or_default());
        let note = "The same seed with one assumed input moved; how far it goes from there, the \
                    furthest first.";
        let table = Table::of("Assumed inputs moved; ready at T+15", "moved", rows.clone());
        // What moves by less than a twentieth hardly moves, and looks so.
        let svg = bars_within(&drawn, own.abs() / 20.0);
        section.figure(Chart::new(figure.name, title, note, svg), &table);
    }
}

type Value = Box<dyn Fn(&StressRow) -> Option<f64>>;

/// A figure that moves when an assumed input is moved.
struct Moved {
    name: &'static str,
    title: &'static str,
    /// Where it stands in the table.
    column: usize,
    value: Value,
    /// 1 if more is better, else -1.
    good: f64,
}

impl Moved {
    fn of(told: &Told<'_>) -> [Moved; 3] {
        let runs = f64::from(told.said.runs());
        [
            Moved {
                name: "moved-saved",
                title: "Intended saving",
                column: 6,
                value: Box::new(|row| Some(row.saving_intended.0.as_nanos() as f64 / 1e9)),
                good: 1.0,
            },
            Moved {
                name: "moved-worst",
                title: "Ready at T+15 min, the worst wave",
                column: 1,
                value: Box::new(|row| Some(row.up_at_15m_worst_pct?.0 as f64 / 1e6)),
                good: 1.0,
            },
            Moved {
                name: "moved-down",
                title: "Instance-hours wanted and not there",
                column: 5,
                value: Box::new(move |row| Some(row.unavailable_us as f64 / 3.6e9 / runs)),
                good: -1.0,
            },
        ]
    }
}

fn assumed(told: &Told<'_>, section: &mut Section<'_>) {
    let inputs = foot::together(told.said.provenance.all());
    let families = &told.said.summary.economical.assumed_eligible;
    section.heading("Assumed, by nobody verified");
    if inputs.is_empty() && families.is_empty() {
        return section.paragraph("Nothing.");
    }
    section.note("≈ stands before every number that rests on one of these. Give or measure them.");
    let heads = ["input", "value", "moves"];
    let mut table = Table::new("Assumed inputs", &heads).words(&[1, 2]);
    for input in &inputs {
        table.row([input.path.as_str(), &input.value, foot::touches(input.topic)]);
    }
    section.table(&table);
    if !families.is_empty() {
        let list = families.join(", ");
        section.paragraph(format!("On no documented list, assumed eligible: {list}."));
    }
}

/// What is not assumed, by where it comes from.
fn sources(told: &Told<'_>, section: &mut Section<'_>) {
    let mut by_source: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for input in told.said.summary.inputs.iter().filter(|input| input.basis != "assumed") {
        by_source.entry((input.basis, &input.source)).or_default().push(&input.path);
    }
    let heads = ["basis", "source", "inputs", "such as"];
    let mut table = Table::new("Prices and other inputs, by source", &heads).words(&[1, 3]);
    for ((basis, source), paths) in by_source {
        let source = if source.is_empty() { "the scenario" } else { source };
        table.row([basis, source, &grouped(paths.len() as u64), paths[0]]);
    }
    if !table.is_empty() {
        section.heading("Where prices and the other inputs come from");
    }
    section.table(&table);
}

/// What was run, exactly, and the line that runs it.
pub fn again(told: &Told<'_>, page: &mut Page) {
    let (said, summary) = (&told.said, told.said.summary);
    page.section("again", "Get it again", |section| {
        section.paragraph("The same scenario and seed give the same bytes on every machine.");
        section.command(said.command);
        let plan = said.results.plan;
        let mut table = Table::new("What was run", &["what", "value"]).words(&[1]);
        let Hex(seed) = summary.seed;
        let warm_up = match plan.warm_up.as_micros() {
            0 => "none".to_owned(),
            _ => format!("until {}", short_time(&plan.clock.format(plan.warm_up))),
        };
        let rows: [(&str, Cell); 9] = [
            (
                "scenario",
                Cell::figure(&summary.scenario.name, "/scenario/name", &summary.scenario.name),
            ),
            (
                "scenario's SHA-256",
                Cell::figure(&summary.scenario.hash, "/scenario/hash", &summary.scenario.hash),
            ),
            ("seed", Cell::figure(seed.to_string(), "/seed", summary.seed)),
            ("ties", Cell::figure(&summary.ties, "/ties", &summary.ties)),
            (
                "replications",
                Cell::figure(grouped(summary.replications), "/replications", summary.replications),
            ),
            ("warm-up", warm_up.into()),
            (
                "digest",
                Cell::figure(format!("{:016x}", summary.digest.0), "/digest", summary.digest),
            ),
            (
                "events",
                Cell::figure(
                    grouped(summary.events.handled),
                    "/events/handled",
                    summary.events.handled,
                ),
            ),
            (
                "time zone",
                Cell::figure(
                    &summary.scenario.timezone,
                    "/scenario/timezone",
                    &summary.scenario.timezone,
                ),
            ),
        ];
        for (name, cell) in rows {
            table.row([name.into(), cell]);
        }
        section.table(&table);
        section.note(
            "Not validated against your account: `stopsim backtest` compares with what was \
             observed. Intervals are of luck alone, and hold the true value with 95 % confidence.",
        );
    });
}
