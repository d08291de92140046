//! The saving: how it comes about, what is not saved and why, whose it is.

use std::collections::BTreeMap;

use super::super::super::number::{Decimal, Percent};
use super::super::super::projection::monthly;
use super::super::super::provenance::Subject;
use super::super::super::shares::ShareRow;
use super::super::super::text::{money, shares};
use super::super::chart::{Bar, Change, Chart, Step, bars, waterfall};
use super::super::page::{Page, Section};
use super::super::table::{Cell, Table};
use super::Told;
use crate::units::Money;

/// How many bars of a chart are shown; the table has them all.
const BARS: usize = 24;
/// How many parts of what was not saved are named.
const PARTS: usize = 40;

pub fn section(told: &Told<'_>, page: &mut Page) {
    let said = &told.said;
    page.section("saving", "What is saved, and what is not", |section| {
        section.note(format!("Prices: {}.", money::basis(said)));
        section.table(&headline(told));
        reached(told, section);
        components(told, section);
        if !said.summary.billing.capacity.is_empty() {
            let caption = "Private pools and dedicated hosts, in the window";
            let table = Table::of(caption, "capacity", money::capacity_rows(said));
            section.table(&table.words(&[1]));
        }
        if !said.summary.billing.commitments.is_empty() {
            let caption = "Commitments, paid used or not, in the window";
            section.table(&Table::of(caption, "commitment", money::commitment_rows(said)));
        }
        section.heading("How the books balance");
        section.paragraph(format!("In the {}.", money::books(said)));
        if let Some(line) = money::subscriptions(said) {
            section.paragraph(format!("{line}."));
        }
    });
    whose(told, page);
}

fn headline(told: &Told<'_>) -> Table {
    let (said, saving) = (&told.said, &told.said.summary.billing.saving);
    let heads = ["saving", "a month", "95 % interval", "in the window"];
    let mut table = Table::new("The saving, and what it is made of", &heads);
    let amount = |key: &str, amount: Decimal| {
        let shown = said.marked(Subject::Saving, amount.0.rounded(2));
        Cell::figure(shown, &format!("/billing/saving/{key}"), amount)
    };
    let share = |key: &str, share: Option<Percent>| match share {
        Some(share) => {
            let shown = said.marked(Subject::Saving, share.short());
            Cell::figure(shown, &format!("/billing/saving/{key}"), share)
        }
        None => "-".into(),
    };
    let window = [
        amount("net", saving.net),
        share("net_pct", saving.net_pct),
        amount("intended", saving.intended),
        share("intended_pct", saving.intended_pct),
        share("intended_pct_of_compute", saving.intended_pct_of_compute),
        amount("policy_cost", saving.policy_cost),
    ];
    for ([name, value, interval], own) in money::saved_rows(said).into_iter().zip(window) {
        table.row([name.trim().into(), value.into(), interval.into(), own]);
    }
    table
}

/// From what stopping could save at most to what it saves.
fn reached(told: &Told<'_>, section: &mut Section<'_>) {
    let (said, billing) = (&told.said, &told.said.summary.billing);
    let bound = billing.bound.total.0;
    if bound == Money::ZERO && billing.saving.net.0 == Money::ZERO {
        return section.paragraph("There was nothing to save.");
    }
    let mut parts: Vec<(String, Money)> = Vec::new();
    for (kind, by) in [("forgone", &billing.forgone), ("missed", &billing.missed)] {
        let named = |(reason, amount): (&String, &Decimal)| {
            (format!("{kind}: {}", reason.replace('_', " ")), -amount.0)
        };
        parts.extend(by.by_reason.iter().map(named));
    }
    if let Some(lost) = billing.saving.lost_to_commitments {
        parts.push(("left unused of commitments".to_owned(), -lost.0));
    }
    parts.retain(|(_, amount)| *amount != Money::ZERO);
    parts.sort_by_key(|(_, amount)| *amount);
    let most =
        Part { name: "could be saved at most".to_owned(), change: Change::Total, amount: bound };
    let mut steps = vec![most];
    steps.extend(parts.into_iter().map(Part::of));
    let rest = billing.saving.intended.0 - steps.iter().map(|part| part.amount).sum::<Money>();
    if rest != Money::ZERO {
        steps.push(Part::of(("rounding".to_owned(), rest)));
    }
    steps.push(Part {
        name: "intended saving".to_owned(),
        change: Change::Total,
        amount: billing.saving.intended.0,
    });
    let by_cause = &billing.saving.policy_cost_by;
    if billing.saving.policy_cost.0 != Money::ZERO {
        let named = |(cause, amount): (&&str, &Decimal)| {
            (format!("policy cost: {}", cause.replace('_', " ")), -amount.0)
        };
        steps.extend(by_cause.iter().map(named).map(Part::of));
        let told: Money = by_cause.values().map(|amount| amount.0).sum();
        if told != billing.saving.policy_cost.0 {
            let rest = told - billing.saving.policy_cost.0;
            steps.push(Part::of(("policy cost".to_owned(), rest)));
        }
        steps.push(Part {
            name: "net saving".to_owned(),
            change: Change::Total,
            amount: billing.saving.net.0,
        });
    }
    section.heading("From what could be saved to what is saved");
    let note = format!(
        "{}, amounts of a month. In the window: {}.",
        said.summary.currency,
        money::reached(said),
    );
    let title = "What is not saved, and why.";
    falls(told, section, ("saving-reached", title, &note), (&steps, false));
    let rows = money::not_saved_rows(said, PARTS);
    if !rows.is_empty() {
        let heads = ["kind", "reason", "group", "in the window", "share"];
        let mut table = Table::new("Each part of what is not saved, the largest first", &heads);
        for mut row in rows {
            if row[0].is_empty() {
                "others".clone_into(&mut row[0]);
            }
            table.row(row);
        }
        section.folded("By group and reason", &table.words(&[1, 2]));
    }
}

/// From the bill without stopping to the bill with it, by what is billed.
fn components(told: &Told<'_>, section: &mut Section<'_>) {
    let billing = &told.said.summary.billing;
    let mut saved: BTreeMap<&str, Money> = BTreeMap::new();
    for line in &billing.lines {
        *saved.entry(line.component).or_default() += line.actual.0 - line.baseline.0;
    }
    let mut changes: Vec<(String, Money)> =
        saved.into_iter().map(|(name, amount)| (name.replace('_', " "), amount)).collect();
    let besides: Money = billing.capacity.iter().map(|row| row.actual.0 - row.baseline.0).sum();
    changes.push(("private pools and hosts".to_owned(), besides));
    changes.retain(|(_, amount)| *amount != Money::ZERO);
    changes.sort_by_key(|(_, amount)| *amount);
    let sum: Money = changes.iter().map(|(_, amount)| *amount).sum();
    let rest = billing.actual.0 - billing.baseline.0 - sum;
    if rest != Money::ZERO {
        changes.push(("commitments and what they cover".to_owned(), rest));
    }
    if changes.is_empty() {
        return;
    }
    let total = |name: &str, amount: Decimal| Part {
        name: name.to_owned(),
        change: Change::Total,
        amount: amount.0,
    };
    let mut steps = vec![total("bill without stopping", billing.baseline)];
    steps.extend(changes.into_iter().map(Part::of));
    steps.push(total("bill with stopping", billing.actual));
    section.heading("What becomes of the bill");
    let note = format!(
        "{}, amounts of a month; also what was not billed although it was wanted.",
        told.said.summary.currency,
    );
    falls(told, section, ("bill-by-component", "The bill by component.", &note), (&steps, true));
}

/// A step of money.
struct Part {
    name: String,
    change: Change,
    amount: Money,
}

impl Part {
    fn of((name, amount): (String, Money)) -> Part {
        Part { name, change: Change::Part, amount }
    }
}

fn falls(
    told: &Told<'_>,
    section: &mut Section<'_>,
    (name, title, note): (&str, &str, &str),
    (parts, less_is_good): (&[Part], bool),
) {
    let plan = told.said.results.plan;
    let mark = told.said.mark(Subject::Saving);
    let shown = |part: &Part| {
        let amount = monthly(plan, part.amount).rounded(0);
        match part.change {
            Change::Part if part.amount > Money::ZERO => format!("{mark}+{amount}"),
            Change::Part | Change::Total => format!("{mark}{amount}"),
        }
    };
    let step = |part: &Part| Step {
        name: part.name.clone(),
        change: part.change,
        value: monthly(plan, part.amount).as_nanos() as f64 / 1e9,
        shown: shown(part),
    };
    let steps: Vec<Step> = parts.iter().map(step).collect();
    let caption = title.trim_end_matches('.');
    let mut table = Table::new(caption, &["step", "a month", "in the window"]);
    for part in parts {
        table.row([part.name.clone(), shown(part), format!("{mark}{}", part.amount.rounded(2))]);
    }
    section.figure(Chart::new(name, title, note, waterfall(&steps, less_is_good)), &table);
}

/// By group, where there are several, and by tag.
fn whose(told: &Told<'_>, page: &mut Page) {
    let summary = told.said.summary;
    if summary.by_group.len() < 2 && summary.by_tag.is_empty() {
        return;
    }
    page.section("groups", "Who saves it", |section| {
        if summary.by_group.len() > 1 {
            let rows = summary.by_group.iter().enumerate();
            let named = rows.map(|(place, row)| {
                (row.group.as_deref(), &row.share, format!("/by_group/{place}"))
            });
            shared(told, section, ("by-group", "group"), &named.collect::<Vec<_>>());
        }
        let mut first = 0;
        while let Some(tag) = summary.by_tag.get(first).map(|row| &row.tag) {
            let of_tag = summary.by_tag[first..].iter().take_while(|row| row.tag == *tag).count();
            let rows = (first..first + of_tag).map(|place| {
                let row = &summary.by_tag[place];
                (row.value.as_deref(), &row.share, format!("/by_tag/{place}"))
            });
            let name = format!("by-tag-{first}");
            shared(told, section, (&name, tag), &rows.collect::<Vec<_>>());
            first += of_tag;
        }
    });
}

fn shared(
    told: &Told<'_>,
    section: &mut Section<'_>,
    (name, of): (&str, &str),
    rows: &[(Option<&str>, &ShareRow, String)],
) {
    let said = &told.said;
    let plan = said.results.plan;
    let mut by_net: Vec<_> = rows.iter().collect();
    by_net.sort_by_key(|(_, share, _)| std::cmp::Reverse(share.net.0));
    let net = |share: &ShareRow| monthly(plan, share.net.0);
    let bar = |(name, share, _): &&(Option<&str>, &ShareRow, String)| Bar {
        name: name.unwrap_or("(none)").to_owned(),
        value: net(share).as_nanos() as f64 / 1e9,
        shown: said.marked(Subject::Saving, net(share).rounded(0)),
        colour: if share.net.0 < Money::ZERO { 2 } else { 1 },
    };
    let drawn: Vec<Bar> = by_net.iter().take(BARS).map(bar).collect();
    let title = format!("Net saving by {of}.");
    let left = by_net.len().saturating_sub(BARS);
    let rest = if left > 0 {
        format!("; the {left} that save least are in the table")
    } else {
        String::new()
    };
    let note = format!("{} a month{rest}.", said.summary.currency);
    let mut heads = shares::HEADER.map(str::to_owned).to_vec();
    heads[0] = of.to_owned();
    heads.push("net saved in the window".to_owned());
    let mut table = Table::new(format!("By {of}, {} a month", said.summary.currency), &heads);
    for (name, share, pointer) in rows {
        let mut cells: Vec<Cell> =
            shares::row(said, None, share).into_iter().map(Cell::from).collect();
        cells[0] = name.unwrap_or("(none)").into();
        let shown = said.marked(Subject::Saving, share.net.0.rounded(2));
        cells.push(Cell::figure(shown, &format!("{pointer}/net"), share.net));
        table.row(cells);
    }
    section.figure(Chart::new(name, title, note, bars(&drawn)), &table);
}
