//! The page of a run: what is saved, what happens in the morning, and what that rests on.

mod calls;
mod money;
mod months;
mod rests;
mod starts;
mod verdict;
mod weeks;

use super::super::Results;
use super::super::summary::Summary;
use super::super::text::{self, head_lines};
use super::hours::Hours;
use super::page::Page;

/// What a section is made of.
struct Told<'a> {
    /// In the words of the screen.
    said: text::Page<'a>,
    hours: &'a Hours,
}

/// The page; `command` is the line that reproduces it.
pub fn page(results: &Results<'_>, summary: &Summary, hours: &Hours, command: &str) -> Page {
    let told = Told { said: text::Page::of(results, summary, command, true), hours };
    let mut lines = head_lines(&told.said);
    lines.extend(summary.warnings.iter().map(|warning| format!("warning: {warning}")));
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start_matches(&format!("{}: ", summary.scenario.name)).to_owned();
    }
    let title = format!("{}: what stopping saves and risks", summary.scenario.name);
    let mut page = Page::new(title, lines);
    verdict::section(&told, &mut page);
    money::section(&told, &mut page);
    months::section(&told, &mut page);
    starts::section(&told, &mut page);
    calls::latency(&told, &mut page);
    weeks::section(&told, &mut page);
    calls::section(&told, &mut page);
    rests::section(&told, &mut page);
    rests::again(&told, &mut page);
    page
}

/// A count with its noun: `1 wave`, `2 waves`.
fn several(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", super::super::number::grouped(count))
}
