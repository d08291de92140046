//! The one screen: what a planner reads, in the order in which a planner asks.
//!
//! At most 100 columns, aligned, no colour. Every number that rests on an assumed input carries
//! `≈`; one replication prints no interval; what is not modelled says so. Nothing here computes
//! a figure that the summary does not hold.

pub(super) mod calls;
pub(super) mod clients;
pub(super) mod foot;
pub mod layout;
pub(super) mod money;
pub(super) mod months;
pub(super) mod restarts;
pub(super) mod services;
pub(super) mod shares;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Results;
use super::figures::{IntervalRow, Number};
use super::number::grouped;
use super::provenance::{Provenance, Subject};
use super::summary::Summary;
use crate::units::SimDuration;
use layout::Screen;
pub(super) use layout::span;

/// What the screen shows, and a page for a browser in the same words.
pub(super) struct Page<'a> {
    pub(super) results: &'a Results<'a>,
    pub(super) summary: &'a Summary,
    pub(super) provenance: Provenance<'a>,
    pub(super) command: &'a str,
    full: bool,
}

/// Writes the screen, at most 80 columns wide; `command` is the line that reproduces it. `full`:
/// long lists whole, and wide tables with all their columns, which are in the files otherwise.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(
    mut out: impl Write,
    results: &Results<'_>,
    summary: &Summary,
    command: &str,
    full: bool,
) -> io::Result<()> {
    let page = Page::of(results, summary, command, full);
    let mut screen = Screen::default();
    head(&page, &mut screen);
    money::saved(&page, &mut screen);
    restarts::worst_wave(&page, &mut screen);
    foot::expectations(&page, &mut screen);
    money::not_saved(&page, &mut screen);
    restarts::unavailable(&page, &mut screen);
    restarts::waves(&page, &mut screen);
    services::services(&page, &mut screen);
    calls::latencies(&page, &mut screen);
    calls::refusals(&page, &mut screen);
    clients::clients(&page, &mut screen);
    calls::side_effects(&page, &mut screen);
    foot::stress(&page, &mut screen);
    months::what_if(&page, &mut screen);
    months::months(&page, &mut screen);
    shares::shares(&page, &mut screen);
    foot::assumptions(&page, &mut screen);
    foot::reproduce(&page, &mut screen);
    out.write_all(screen.as_str().as_bytes())
}

/// The screen with colours for a terminal: headings bold, verdicts green, red and yellow.
pub fn coloured(screen: &str) -> String {
    let mut after_blank = true;
    let mut out = String::new();
    for line in screen.split_inclusive('\n') {
        let style = if after_blank {
            Some(Style::new().bold())
        } else if line.starts_with("  ✓") {
            Some(AnsiColor::Green.on_default())
        } else if line.starts_with("  ✗") {
            Some(AnsiColor::Red.on_default())
        } else if line.starts_with("  ?") || line.starts_with("warning:") {
            Some(AnsiColor::Yellow.on_default())
        } else {
            None
        };
        let (text, end) = line.split_at(line.trim_end().len());
        match style {
            Some(style) => out.extend([format!("{style}{text}{style:#}"), end.to_owned()]),
            None => out.push_str(line),
        }
        after_blank = text.is_empty();
    }
    out
}

impl<'a> Page<'a> {
    /// Of these results.
    pub(super) fn of(
        results: &'a Results<'a>,
        summary: &'a Summary,
        command: &'a str,
        full: bool,
    ) -> Page<'a> {
        Page { results, summary, provenance: Provenance::of(results.plan), command, full }
    }
}

impl Page<'_> {
    /// How many rows of a long list are shown.
    fn fold(&self, rows: usize, most: usize) -> usize {
        if self.full { rows } else { rows.min(most) }
    }

    /// How many rows were left out.
    fn folded(&self, rows: usize, screen: &mut Screen) {
        if rows > 0 {
            screen.line(format!("  and {} more: --full", grouped(rows as u64)));
        }
    }

    /// How many replications.
    pub(super) fn runs(&self) -> u32 {
        self.summary.replications
    }

    /// `≈` if figures of the subject rest on an assumed input.
    pub(super) fn mark(&self, subject: Subject) -> &'static str {
        self.provenance.mark(subject)
    }

    /// A figure with its mark.
    pub(super) fn marked(&self, subject: Subject, figure: impl AsRef<str>) -> String {
        format!("{}{}", self.mark(subject), figure.as_ref())
    }

    /// `[low .. high]` of a metric, shown by `show`; `[needs n = 20]` where that many replications
    /// would do; empty where there can be none.
    pub(super) fn interval(&self, metric: &str, show: impl Fn(i128) -> String) -> String {
        let Some(IntervalRow { low, high, .. }) = self.summary.intervals.get(metric) else {
            let lack = self.summary.no_interval.get(metric);
            let enough = lack.and_then(|lack| lack.enough);
            return enough.map_or_else(String::new, |enough| format!("[needs n = {enough}]"));
        };
        let shown = |number: &Number| match *number {
            Number::Money(n)
            | Number::Percent(n)
            | Number::Micros(n)
            | Number::Hours(n)
            | Number::Count(n) => show(n),
            Number::Never => "never".to_owned(),
        };
        format!("[{} .. {}]", shown(low), shown(high))
    }

    /// A count summed over replications, per replication; with one decimal if there are several.
    pub(super) fn per_run(&self, count: u64) -> String {
        match u64::from(self.runs()) {
            1 => grouped(count),
            runs => {
                let tenths = (u128::from(count) * 10 + u128::from(runs) / 2) / u128::from(runs);
                let whole = i128::try_from(tenths / 10).unwrap_or(i128::MAX);
                format!("{}.{}", grouped(whole), tenths % 10)
            }
        }
    }
}

/// What was run, and what to know before any figure is read.
pub(super) fn head_lines(page: &Page<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let (plan, summary) = (page.results.plan, page.summary);
    let window = plan.horizon - plan.warm_up;
    let (from, to) = (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon));
    lines.push(format!(
        "{}: {} instances in {}, {} to {} ({window})",
        plan.name,
        grouped(plan.region.instance_count()),
        plan.region.regions().join(", "),
        short_time(&from),
        short_time(&to),
    ));
    lines.push(match (page.runs(), summary.replication) {
        (1, Some(replication)) => format!("replication {replication} alone: observed, no interval"),
        (1, None) => "one replication: observed, no interval".to_owned(),
        (runs, _) => format!(
            "{runs} replications: money and instance-hours per replication, [95 % intervals]"
        ),
    });
    if let Some(event) = summary.until_event {
        let part = match page.results.collected.end < plan.warm_up {
            true => "within the warm-up, nothing was measured",
            false => "every figure is of a part of the run",
        };
        lines.push(format!("stopped after event {event}: {part}"));
    }
    if Provenance::of(plan).all().next().is_some() {
        lines.push("≈ marks what rests on an assumed input; they are listed below".to_owned());
    }
    if !window.as_micros().is_multiple_of(SimDuration::from_hours(168).as_micros()) {
        lines.push("warning: the window is not whole weeks, so a month is misjudged".to_owned());
    }
    lines
}

fn head(page: &Page<'_>, screen: &mut Screen) {
    head_lines(page).iter().for_each(|line| screen.line(line));
    for warning in &page.summary.warnings {
        screen.wrapped(9, &format!("warning: {warning}"));
    }
}

/// `2026-03-02 08:00` of a time that has no seconds.
pub(super) fn short_time(text: &str) -> &str {
    text.strip_suffix(":00").filter(|rest| rest.matches(':').count() == 1).unwrap_or(text)
}

#[cfg(test)]
mod tests;
