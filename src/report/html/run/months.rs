//! The window by month, and what a planner asks first.

use super::super::super::provenance::Subject;
use super::super::super::text::months::{saved_rows, taken_rows, what_if_rows};
use super::super::chart::{Bar, Chart, bars, bars_within};
use super::super::page::{Page, Section};
use super::super::table::{Cell, Table};
use super::Told;
use crate::units::Money;

/// What each month saves and takes; nothing of a window that is not told by month.
pub fn section(told: &Told<'_>, page: &mut Page) {
    let (said, months) = (&told.said, &told.said.summary.months);
    if months.is_empty() {
        return;
    }
    page.section("months", "Month by month", |section| {
        section.note("The first and the last month as far as they lie in the window.");
        let bar = |place: usize| {
            let (month, net) = (&months[place].month, months[place].share.net.0);
            Bar {
                name: month.clone(),
                value: net.as_nanos() as f64 / 1e9,
                shown: said.marked(Subject::Saving, net.rounded(0)),
                colour: if net < Money::ZERO { 2 } else { 1 },
            }
        };
        let drawn: Vec<Bar> = (0..months.len()).map(bar).collect();
        let note = format!("{}, in the window.", said.summary.currency);
        let chart = Chart::new("by-month", "Net saving by month.", &note, bars(&drawn));
        section.figure(chart, &saved(told));
        let caption = "What months take; worst: ready at T+15";
        section.table(&Table::of(caption, "month", taken_rows(said)));
    });
}

fn saved(told: &Told<'_>) -> Table {
    let mut rows = saved_rows(&told.said);
    let mut heads = rows.remove(0);
    heads[0] = "month".to_owned();
    let kept: Vec<usize> = (0..heads.len()).filter(|at| !heads[*at].is_empty()).collect();
    let heads: Vec<&str> = kept.iter().map(|at| heads[*at].as_str()).collect();
    let caption = format!("Net saving by month, {} in the window", told.said.summary.currency);
    let mut table = Table::new(caption, &heads);
    let saving = &told.said.summary.billing.saving;
    for (place, row) in rows.into_iter().enumerate() {
        let (at, net) = match told.said.summary.months.get(place) {
            Some(month) => (format!("/months/{place}/net"), month.share.net),
            None => ("/billing/saving/net".to_owned(), saving.net),
        };
        table.row(kept.iter().map(|&column| match column {
            4 => Cell::figure(row[4].clone(), &at, net),
            _ => row[column].clone().into(),
        }));
    }
    table
}

/// What is saved where something turns out otherwise.
pub fn what_if(told: &Told<'_>, section: &mut Section<'_>) {
    let Some(asked) = &told.said.summary.what_if else { return };
    section.heading("If it turned out otherwise");
    let rows = what_if_rows(&told.said);
    if let Some((base, others)) = asked.rows.split_first().filter(|(_, rest)| !rest.is_empty()) {
        let bar = |(place, row): (usize, &super::super::super::what_if::WhatIfRow)| {
            let change = row.net.0 - base.net.0;
            Bar {
                name: row.name.clone(),
                value: change.as_nanos() as f64 / 1e9,
                shown: rows[place + 2][1].clone(),
                colour: if change < Money::ZERO { 2 } else { 3 },
            }
        };
        let drawn: Vec<Bar> = others.iter().enumerate().map(bar).collect();
        let title = format!("Net saving in the window: {} as given.", rows[1][1]);
        let note = "The same seed; how far it goes from there.";
        let svg = bars_within(&drawn, base.net.0.as_nanos().abs() as f64 / 2e10);
        let table = Table::of("What if; worst: ready at T+15", "what if", rows.clone());
        section.figure(Chart::new("what-if", title, note, svg), &table);
    }
    let not_asked: Vec<String> =
        asked.not_asked.iter().map(|why| format!("Not asked: {why}.")).collect();
    section.list(&not_asked);
}
