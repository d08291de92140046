//! The window by month, and what a planner asks first, read back.

use super::super::super::number::grouped;
use super::super::super::provenance::Subject;
use super::super::chart::{Bar, Chart, bars, bars_within};
use super::super::page::Section;
use super::super::table::Table;
use super::read::Summary;
use super::{Made, SummaryError};
use crate::units::Money;

/// What each month saves and takes.
pub fn section(summary: &Summary, section: &mut Section<'_>) -> Made {
    section.note("The first and the last month as far as they lie in the window.");
    let heads = ["month", "bill without stopping", "net saving", "share", "policy cost"];
    let mut money = Table::new("Net saving by month, in the window", &heads);
    let heads = ["month", "unavailable h", "good waves", "worst wave at 15 min", "never"];
    let mut starts = Table::new("How instances start again by month", &heads);
    let mut drawn = Vec::new();
    for place in 0..summary.list("/months")?.len() {
        let at = |key: &str| format!("/months/{place}/{key}");
        let name = summary.text(&at("month"))?;
        money.row([
            name.into(),
            summary.amount(&at("baseline"), Subject::Baseline)?,
            summary.amount(&at("net"), Subject::Saving)?,
            summary.share(&at("net_pct"), Subject::Saving)?,
            summary.amount(&at("policy_cost"), Subject::Saving)?,
        ]);
        starts.row([
            name.into(),
            hours(summary, &at("unavailable_us"))?.into(),
            summary.share(&at("good_waves_pct"), Subject::Restart)?,
            summary.share(&at("up_at_15m_worst_pct"), Subject::Restart)?,
            grouped(summary.count(&at("never"))?).into(),
        ]);
        let net = summary.money(&at("net"))?;
        drawn.push(Bar {
            name: name.to_owned(),
            value: net.as_nanos() as f64 / 1e9,
            shown: format!("{}{}", summary.mark(Subject::Saving), net.rounded(0)),
            colour: if net < Money::ZERO { 2 } else { 1 },
        });
    }
    let note = format!("{}, in the window.", summary.text("/currency")?);
    section.figure(Chart::new("by-month", "Net saving by month.", note, bars(&drawn)), &money);
    section.table(&starts);
    Ok(())
}

/// What is saved where something turns out otherwise; nothing if it was not asked.
pub fn what_if(summary: &Summary, section: &mut Section<'_>) -> Made {
    let rows = summary.list("/what_if/rows")?.len();
    if rows < 2 {
        return Ok(());
    }
    section.heading("If it turned out otherwise");
    let heads = ["what if", "net saving", "policy cost", "good waves", "worst wave at 15 min"];
    let mut table = Table::new("What if, in the window", &heads);
    let base = summary.money("/what_if/rows/0/net")?;
    let mut drawn = Vec::new();
    for place in 0..rows {
        let at = |key: &str| format!("/what_if/rows/{place}/{key}");
        let (name, net) = (summary.text(&at("name"))?, summary.money(&at("net"))?);
        table.row([
            name.into(),
            summary.amount(&at("net"), Subject::Saving)?,
            summary.amount(&at("policy_cost"), Subject::Saving)?,
            summary.share(&at("good_waves_pct"), Subject::Restart)?,
            summary.share(&at("up_at_15m_worst_pct"), Subject::Restart)?,
        ]);
        if place > 0 {
            drawn.push(Bar {
                name: name.to_owned(),
                value: (net - base).as_nanos() as f64 / 1e9,
                shown: format!("{}{}", summary.mark(Subject::Saving), net.rounded(0)),
                colour: if net < base { 2 } else { 3 },
            });
        }
    }
    let (mark, shown) = (summary.mark(Subject::Saving), base.rounded(0));
    let title = format!("Net saving in the window: {mark}{shown} as given.");
    let note = "The same seed; how far it goes from there.";
    let svg = bars_within(&drawn, base.as_nanos().abs() as f64 / 2e10);
    section.figure(Chart::new("what-if", title, note, svg), &table);
    Ok(())
}

/// Hours of a replication.
fn hours(summary: &Summary, pointer: &str) -> Result<String, SummaryError> {
    let runs = summary.count("/replications")?.max(1) as f64;
    let all = summary.large(pointer)? / 3.6e9 / runs;
    Ok(format!("{}{all:.1}", summary.mark(Subject::Restart)))
}
