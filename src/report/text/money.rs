//! What was saved, and what was not and why.

use std::collections::BTreeMap;

use super::layout::{Flush, Screen};
use super::{Page, Subject};
use crate::report::number::{Decimal, Percent};
use crate::report::projection::monthly;
use crate::report::summary::Parts;
use crate::units::Money;

/// How many parts of what was not saved are named.
const PARTS_SHOWN: usize = 6;

/// Headline and how the books balance.
pub fn saved(page: &Page<'_>, screen: &mut Screen) {
    screen.heading("SAVED", basis(page));
    let flush = [Flush::Left, Flush::Right, Flush::Left];
    screen.table(&flush, &saved_rows(page).map(|row| row.to_vec()));
    causes(page, screen);
    if let Some(line) = projection(page) {
        screen.line(format!("  {line}"));
    }
    screen.wrapped(9, &books(page));
    if let Some(line) = subscriptions(page) {
        screen.wrapped(9, &line);
    }
    commitments(page, screen);
    minimum_charge(page, screen);
    capacity(page, screen);
}

/// What prices the amounts rest on.
pub fn basis(page: &Page<'_>) -> &'static str {
    match page.summary.billing.commitments.is_empty() {
        true => "list price, no commitments; a month is 730 h",
        false => "after commitments, which are paid used or not; a month is 730 h",
    }
}

/// The net saving and what it is made of: a name, a value, an interval.
pub fn saved_rows(page: &Page<'_>) -> [[String; 3]; 6] {
    let (billing, currency) = (&page.summary.billing, &page.summary.currency);
    let (plan, saving) = (page.results.plan, &billing.saving);
    let month = |amount: Decimal| page.marked(Subject::Saving, monthly(plan, amount.0).rounded(0));
    let total = |name: &str, amount: Decimal| {
        let mark = page.mark(Subject::Baseline);
        format!("  of {name}, {mark}{}", monthly(plan, amount.0).rounded(0))
    };
    let percent = |share: Option<Percent>| {
        share.map_or_else(|| "-".to_owned(), |p| page.marked(Subject::Saving, p.short()))
    };
    let percents = |key: &str| {
        page.interval(&format!("saving.{key}"), |millionths| Percent(millionths).short())
    };
    let months = |key: &str| {
        page.interval(&format!("saving.{key}"), |nanos| {
            monthly(plan, Money::from_nanos(nanos)).rounded(0)
        })
    };
    [
        [format!("net saving, {currency} a month"), month(saving.net), months("net")],
        [total("the total bill", billing.baseline), percent(saving.net_pct), percents("net_pct")],
        ["= intended saving".to_owned(), month(saving.intended), months("intended")],
        ["  of the total bill".to_owned(), percent(saving.intended_pct), percents("intended_pct")],
        [
            total("compute", billing.baseline_compute),
            percent(saving.intended_pct_of_compute),
            percents("intended_pct_of_compute"),
        ],
        ["- policy cost".to_owned(), month(saving.policy_cost), months("policy_cost")],
    ]
}

/// What a year would save, if the window is whole weeks.
pub fn projection(page: &Page<'_>) -> Option<String> {
    let projection = &page.summary.billing.projection;
    let (year, weeks) = (projection.net_per_year?, projection.whole_weeks?);
    let year = page.marked(Subject::Saving, year.0.rounded(0));
    let weeks = if weeks == 1 { "week".to_owned() } else { format!("{weeks} weeks") };
    Some(format!("projection of the {weeks} to a year: {year} {} net", page.summary.currency))
}

/// What the policy costs, by cause, for a month.
fn causes(page: &Page<'_>, screen: &mut Screen) {
    let by_cause = &page.summary.billing.saving.policy_cost_by;
    let told = by_cause.iter().map(|(cause, amount)| {
        let amount = monthly(page.results.plan, amount.0).rounded(0);
        format!("{} {}", cause.replace('_', " "), page.marked(Subject::Saving, amount))
    });
    if !by_cause.is_empty() {
        screen.wrapped(4, &format!("  of that: {}", told.collect::<Vec<_>>().join(", ")));
    }
}

/// What private pools and dedicated hosts cost.
fn capacity(page: &Page<'_>, screen: &mut Screen) {
    let billing = &page.summary.billing;
    if billing.capacity.is_empty() {
        return;
    }
    let rows = capacity_rows(page);
    let mut flush = [Flush::Right; 6];
    flush[..2].fill(Flush::Left);
    screen.table(&flush, &rows);
    let unused: Money = billing.capacity.iter().map(|row| row.actual.0 - row.baseline.0).sum();
    if unused != Money::ZERO {
        screen.wrapped(
            9,
            &format!(
                "of the policy cost: {} {} for what nobody used of private pools",
                page.marked(Subject::Saving, unused.rounded(2)),
                page.summary.currency,
            ),
        );
    }
}

/// A header, and a row for every private pool and dedicated host.
pub fn capacity_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let header = ["capacity", "", "units", "least unused", "in the baseline", "paid"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for row in &page.summary.billing.capacity {
        rows.push(vec![
            row.name.clone(),
            row.kind.replace('_', " "),
            row.units.to_string(),
            row.least_unused.to_string(),
            page.marked(Subject::Baseline, row.baseline.0.rounded(2)),
            page.marked(Subject::Saving, row.actual.0.rounded(2)),
        ]);
    }
    rows
}

/// What was paid for anyway, and what stopping left unused of it.
fn commitments(page: &Page<'_>, screen: &mut Screen) {
    let billing = &page.summary.billing;
    let Some(lost) = billing.saving.lost_to_commitments else { return };
    let saving = |amount: Money| page.marked(Subject::Saving, amount.rounded(2));
    let rows = commitment_rows(page);
    let mut flush = [Flush::Right; 5];
    flush[0] = Flush::Left;
    screen.table(&flush, &rows);
    screen.wrapped(
        9,
        &format!(
            "intended stops save {} {} at list price; {} of that is of hours that commitments \
             would have covered",
            saving(billing.saving.intended.0 + lost.0),
            page.summary.currency,
            saving(lost.0),
        ),
    );
}

/// A header, and a row for every commitment.
pub fn commitment_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let saving = |amount: Money| page.marked(Subject::Saving, amount.rounded(2));
    let header = ["commitment", "paid", "used if nothing stopped", "used", "unused by stopping"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for row in &page.summary.billing.commitments {
        rows.push(vec![
            row.name.clone(),
            page.marked(Subject::Baseline, row.cost.0.rounded(2)),
            page.marked(Subject::Baseline, row.used_baseline.0.rounded(2)),
            saving(row.used_actual.0),
            saving(row.unused_by_stopping.0),
        ]);
    }
    rows
}

/// What cycles were billed for beyond the time in them.
fn minimum_charge(page: &Page<'_>, screen: &mut Screen) {
    let billing = &page.summary.billing;
    let causes = [
        (&billing.minimum_duration, "for cycles shorter than the minimum duration"),
        (&billing.whole_cycles, "for hours and days that are paid whole once begun"),
    ];
    for (rows, why) in causes {
        let baseline: Money = rows.iter().map(|row| row.baseline.0).sum();
        let more = rows.iter().map(|row| row.amount.0).sum::<Money>() - baseline;
        for (amount, subject, place) in [
            (baseline, Subject::Baseline, "in the baseline, and paid"),
            (-more, Subject::Saving, "of the adjustments"),
        ] {
            if amount != Money::ZERO {
                let amount = page.marked(subject, amount.rounded(2));
                let currency = &page.summary.currency;
                screen.wrapped(9, &format!("{place}: {amount} {currency} {why}"));
            }
        }
    }
}

/// How the amounts of the window add up.
pub fn books(page: &Page<'_>) -> String {
    let billing = &page.summary.billing;
    let saving = &billing.saving;
    let two = |amount: Decimal| page.marked(Subject::Saving, amount.0.rounded(2));
    let arrears = billing.arrears.filter(|amount| amount.0 != Money::ZERO);
    let arrears = arrears
        .map_or_else(String::new, |amount| format!(" - not billed in arrears {}", two(amount)));
    format!(
        "window: baseline {} - actual {}{arrears} = {} {} saved = intended {} + involuntary {} \
             - policy cost {} + adjustments {}",
        page.marked(Subject::Baseline, billing.baseline.0.rounded(2)),
        two(billing.actual),
        two(saving.total),
        page.summary.currency,
        two(saving.intended),
        two(saving.involuntary),
        two(saving.policy_cost),
        two(saving.adjustments),
    )
}

/// What prepaid instances cost, if there are any.
pub fn subscriptions(page: &Page<'_>) -> Option<String> {
    let amount = page.summary.billing.subscription.0;
    (amount != Money::ZERO).then(|| {
        format!(
            "subscriptions, apart from all of this: {} {} in the window",
            page.marked(Subject::Saving, amount.rounded(2)),
            page.summary.currency,
        )
    })
}

/// What could have been saved and was not.
pub fn not_saved(page: &Page<'_>, screen: &mut Screen) {
    let bound = page.summary.billing.bound.total.0;
    screen.heading("NOT SAVED, AND WHY", &reached(page));
    let rows = not_saved_rows(page, PARTS_SHOWN);
    if rows.is_empty() {
        screen.line(match bound == Money::ZERO {
            true => "  there was nothing to save",
            false => "  everything was saved",
        });
    }
    screen.table(&[Flush::Left, Flush::Left, Flush::Left, Flush::Right, Flush::Right], &rows);
}

/// How much of what stopping could save at most was saved.
pub fn reached(page: &Page<'_>) -> String {
    let billing = &page.summary.billing;
    let bound = billing.bound.total.0;
    let mark = page.mark(Subject::Saving);
    let reached = Percent::of(billing.saving.intended.0.as_nanos(), bound.as_nanos());
    let reached = reached.map_or_else(|| "0.0 %".to_owned(), Percent::short);
    format!(
        "of {mark}{} {} that stopping could save at most, {mark}{reached} was saved",
        bound.rounded(2),
        page.summary.currency,
    )
}

/// What was not saved, the largest parts first and those beyond `most` together: what kind, why, of
/// which group, how much, what share.
pub fn not_saved_rows(page: &Page<'_>, most: usize) -> Vec<Vec<String>> {
    let billing = &page.summary.billing;
    let bound = billing.bound.total.0;
    let mark = page.mark(Subject::Saving);
    let mut parts = largest("missed", &billing.missed);
    parts.extend(largest("forgone", &billing.forgone));
    if let Some(lost) = billing.saving.lost_to_commitments.filter(|lost| lost.0 > Money::ZERO) {
        let reason = "left unused by stopping";
        parts.push(Part { kind: "commitments", reason, group: "", amount: lost.0 });
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.amount));
    let rest = parts.split_off(parts.len().min(most));
    let share = |amount: Money| {
        let share = Percent::of(amount.as_nanos(), bound.as_nanos());
        share.map_or_else(String::new, |share| page.marked(Subject::Saving, share.short()))
    };
    let row = |kind: &str, what: String, group: &str, amount: Money| {
        let money = format!("{mark}{}", amount.rounded(2));
        vec![kind.to_owned(), what, group.to_owned(), money, share(amount)]
    };
    let mut rows: Vec<Vec<String>> = parts
        .iter()
        .map(|part| row(part.kind, part.reason.replace('_', " "), part.group, part.amount))
        .collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|part| part.amount).sum();
        rows.push(row("", format!("{} smaller parts", rest.len()), "", sum));
    }
    rows
}

/// One reason of one group.
struct Part<'a> {
    kind: &'static str,
    reason: &'a str,
    group: &'a str,
    amount: Money,
}

fn largest<'a>(kind: &'static str, parts: &'a Parts) -> Vec<Part<'a>> {
    let of_group = |(group, reasons): (&'a String, &'a BTreeMap<String, Decimal>)| {
        reasons.iter().map(move |(reason, amount)| Part { kind, reason, group, amount: amount.0 })
    };
    let all = parts.by_group.iter().flat_map(of_group);
    all.filter(|part| part.amount > Money::ZERO).collect()
}
