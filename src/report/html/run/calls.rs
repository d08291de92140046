//! How long everything takes, what was refused, and what stopping does besides.

use super::super::super::text::{calls, clients, span};
use super::super::chart::{Axis, Bar, Chart, Curves, Line, bars};
use super::super::page::Page;
use super::super::table::Table;
use super::Told;
use crate::books::outcome::LatencyName;
use crate::stats::Quantile;
use crate::units::Ratio;

/// The latencies that are drawn; the table has them all.
const DRAWN: [(LatencyName, &str); 4] = [
    (LatencyName::StartDueToReady, "start: due to ready"),
    (LatencyName::StartAcceptedToRunning, "start: accepted to running"),
    (LatencyName::StopDueToStopped, "stop: due to stopped"),
    (LatencyName::StopAcceptedToStopped, "stop: accepted to stopped"),
];
/// Items in ten thousand that take longer, where a curve is drawn.
const BEYOND: [u64; 22] = [
    10_000, 9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000, 2_500, 2_000, 1_500, 1_000, 700, 500,
    300, 200, 100, 50, 20, 10, 5, 1,
];

pub fn latency(told: &Told<'_>, page: &mut Page) {
    let rows = calls::latency_rows(&told.said);
    if rows.len() < 2 {
        return;
    }
    page.section("latency", "How long it takes", |section| {
        let mut table = Table::of("Latencies", "latency", rows);
        if let Some((chart, _)) = curves(told) {
            section.figure(chart, &table);
            table = Table::new("", &[""; 0]);
        }
        section.table(&table);
        section.note(
            "Since it was due, or since the call. What never finished counts as longer than \
             anything that did; what had nothing to do is left out.",
        );
    });
}

fn curves(told: &Told<'_>) -> Option<(Chart, f64)> {
    let totals = &told.said.results.collected.totals;
    let nines = |beyond: u64| 4.0 - libm::log10(beyond as f64);
    let mut lines = Vec::new();
    let mut most: f64 = 1.0;
    for (name, shown) in DRAWN {
        let latency = totals.latency(name);
        // Of few items the tail is one of them.
        let enough = |beyond: &&u64| latency.ranked() * **beyond >= 10_000;
        let point = |beyond: &u64| {
            let share = Ratio::new(10_000 - beyond, 10_000);
            match latency.quantile(share) {
                Quantile::Value(span) => {
                    let seconds = (span.as_micros() as f64 / 1e6).max(1.0);
                    Some((nines(*beyond), seconds))
                }
                Quantile::Censored | Quantile::Empty => None,
            }
        };
        let points: Vec<(f64, f64)> = BEYOND.iter().filter(enough).filter_map(point).collect();
        most = points.iter().fold(most, |most, (_, seconds)| most.max(*seconds));
        if points.len() > 1 {
            let points = points.into_iter().map(|(x, y)| (x, libm::log10(y))).collect();
            lines.push(Line { name: shown.to_owned(), points, ..Line::default() });
        }
    }
    if lines.is_empty() {
        return None;
    }
    let marks = [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0, 604_800.0];
    let tick = |seconds: &f64| (libm::log10(*seconds), span((*seconds * 1e6) as u128));
    let top = marks.iter().find(|mark| **mark >= most).unwrap_or(&marks[9]);
    let right = lines.iter().flat_map(|line| line.points.last()).map(|(x, _)| *x);
    let right = right.fold(1.0, f64::max);
    let percentiles = [(0.0, "0 %"), (5_000.0, "50 %"), (9_000.0, "90 %"), (9_900.0, "99 %")];
    let further = [(9_990.0, "99.9 %"), (9_999.0, "99.99 %")];
    let place = |(at, name): &(f64, &str)| (4.0 - libm::log10(10_000.0 - at), (*name).to_owned());
    let x_ticks = percentiles.iter().chain(&further).map(place);
    let chart = Curves {
        x: Axis {
            title: "percentile: so many took no longer".to_owned(),
            ends: (0.0, right),
            ticks: x_ticks.filter(|(at, _)| *at <= right + 0.01).collect(),
        },
        y: Axis {
            title: String::new(),
            ends: (0.0, libm::log10(*top)),
            ticks: marks.iter().filter(|mark| *mark <= top).map(tick).collect(),
        },
        lines,
        marks: Vec::new(),
    };
    let note = "Time against percentile, both stretched so that the slow few can be seen; a line \
                ends where what comes next never finished, or where there are too few.";
    Some((Chart::new("latency", "How long starts and stops take.", note, chart.draw()), *top))
}

pub fn section(told: &Told<'_>, page: &mut Page) {
    let said = &told.said;
    page.section("refusals", "Refusals and side effects", |section| {
        let calls::Refusals { heading, rows, counts } = calls::Refusals::of(said);
        section.note(format!("Refusals {heading}."));
        if rows.is_empty() {
            section.paragraph("Nothing was refused.");
        } else {
            let bar = |(row, count): (&Vec<String>, &u64)| Bar {
                name: [row[0].as_str(), row[1].as_str()].join(" ").trim().to_owned(),
                value: *count as f64,
                shown: row[2].clone(),
                colour: 2,
            };
            let drawn: Vec<Bar> = rows.iter().zip(&counts).take(20).map(bar).collect();
            let heads = ["answer", "operation", "times", "share"];
            let mut table = Table::new("Refusals by answer and operation", &heads).words(&[1]);
            rows.into_iter().for_each(|row| table.row(row));
            let title = "What was refused.";
            let note = format!("Times{}.", if said.runs() > 1 { ", all replications" } else { "" });
            section.figure(Chart::new("refusals", title, note, bars(&drawn)), &table);
        }
        section.heading("What stopping does besides");
        section.list(&calls::side_effect_lines(said));
        if !said.summary.clients.is_empty() {
            section.heading("Controllers");
            let caption = "Each controller by its calls, and how its instances fared";
            section.table(&Table::of(caption, "controller", clients::client_rows(said)));
        }
    });
}
