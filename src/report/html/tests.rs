//! Pages of plans and outcomes made by hand: what no scenario could be made to say.

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::books::outcome::Outcome;
use crate::ecs::inventory::StockSpec;
use crate::report::Results;
use crate::report::fixture::{collected, outcome, plan, results};
use crate::report::stress::StressRow;
use crate::report::summary::Summary;
use crate::sim::plan::Plan;
use crate::units::HourlyRate;

#[path = "../../../tests/it/page.rs"]
mod page_check;

use page_check::{Node, check, numbers_agree};

const COMMAND: &str = "stopsim run by-hand.toml --seed 7";

/// The page, after everything that holds of every page was seen to hold.
#[track_caller]
fn read(plan: &Plan, outcomes: &[Outcome]) -> Node {
    let collected = collected(plan, outcomes);
    let stress = ["as given", "others +20 %"].map(|name| StressRow::of(name, &collected.totals));
    let results = Results { stress: &stress, ..results(plan, &collected) };
    let summary = Summary::of(&results);
    let mut hours = Hours::default();
    outcomes.iter().for_each(|outcome| hours.add(plan, outcome));
    let page = run_page(&results, &summary, &hours, COMMAND);
    let root = check(&page.finish());
    let json: Value = serde_json::to_value(&summary).expect("JSON");
    assert!(numbers_agree(&root, &json) > 8, "the numbers that matter say where they stand");
    for chart in page.charts() {
        let file = chart.file();
        assert!(file.starts_with("<svg viewBox=") && file.contains("<style>"), "{file:.80}");
    }
    root
}

fn ten() -> Vec<Outcome> {
    (0..10).map(|r| outcome(r, 10 * u64::from(r))).collect()
}

#[test]
fn the_answer_comes_first() {
    let root = read(&plan(), &ten());
    let first = &root.all("section")[0];
    let questions: Vec<String> = first.all("h3").iter().map(|h3| h3.text()).collect();
    assert_eq!(
        questions,
        [
            "What do we save net?",
            "Is that luck?",
            "What happens when they start again?",
            "Does it keep the promise?",
        ]
    );
    let text = first.text();
    for told in ["≈96 630 CNY a month", "55.0 % good", "restart.never = 0"] {
        assert!(text.contains(told), "no {told} in {text}");
    }
}

#[test]
fn one_replication_has_no_interval_and_says_so() {
    let text = read(&plan(), &[outcome(0, 30)]).all("section")[0].text();
    assert!(text.contains("One replication was run: it has no interval."), "{text}");
    assert!(!text.contains(" .. "), "{text}");
}

#[test]
fn what_never_came_up_is_never_and_no_number() {
    let text = read(&plan(), &[outcome(0, 490), outcome(1, 500)]).text();
    assert!(text.contains("≈never"), "{text}");
}

#[test]
fn unlimited_stock_is_told_as_not_modelled() {
    let mut plan = plan();
    Arc::make_mut(&mut plan.region).pools[0].stock = StockSpec::Unlimited;
    let text = read(&plan, &ten()).all("section")[0].text();
    assert!(text.contains("Not modelled"), "{text}");
}

#[test]
fn nothing_to_save_and_nothing_promised_is_a_page_too() {
    let mut plan = plan();
    for group in &mut Arc::make_mut(&mut plan.region).groups {
        group.rates.compute = HourlyRate::from_nanos(0);
        group.rates.system_disk = HourlyRate::from_nanos(0);
    }
    plan.expectations.clear();
    plan.inputs.clear();
    let mut outcomes = ten();
    outcomes.iter_mut().for_each(|outcome| outcome.waves.clear());
    let text = read(&plan, &outcomes).text();
    for told in ["There was nothing to save.", "Nothing is promised", "No start wave"] {
        assert!(text.contains(told), "no {told} in {text}");
    }
}

/// "Hostile names stay text."
#[test]
fn hostile_names_stay_text() {
    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'`{{x}}\u{202e}&amp;";
    let mut plan = plan();
    plan.name = HOSTILE.into();
    plan.currency = HOSTILE.into();
    plan.inputs[0].path = HOSTILE.into();
    plan.inputs[2].source = HOSTILE.into();
    plan.expectations[0].text = HOSTILE.into();
    plan.tags = vec![[(HOSTILE.to_owned(), HOSTILE.to_owned())].into(); 2];
    let region = Arc::make_mut(&mut plan.region);
    region.groups[0].name = HOSTILE.into();
    region.pools[0].name = HOSTILE.into();
    region.types[0].name = HOSTILE.into();
    region.zones[0] = HOSTILE.into();
    let root = read(&plan, &ten());
    assert_eq!(root.all("h1")[0].text().matches("<img src=x").count(), 1);
    assert!(root.text().contains("\\u{202e}"), "what turns text round is shown");
}

/// "Scenarios with 100 groups": every one in the table, the largest in the chart.
#[test]
fn a_hundred_groups_have_a_row_each() {
    let mut plan = plan();
    plan.expectations.clear();
    let region = Arc::make_mut(&mut plan.region);
    let (web, db) = (region.groups[0].clone(), region.groups[1].clone());
    region.groups = (0..100u32)
        .map(|place| {
            let mut group = if place == 0 { web.clone() } else { db.clone() };
            group.name = format!("group-{place}");
            group
        })
        .collect();
    let mut one = outcome(0, 0);
    one.ledger = crate::books::ledger::Ledger::new(100);
    let root = read(&plan, &[one]);
    let table = root.all("table").into_iter().find(|one| one.text().contains("group-99"));
    assert_eq!(table.expect("a table of groups").all("tbody")[0].all("tr").len(), 100);
}

/// The hours add up to the invoice: the same records, in an hour each.
#[test]
fn hours_hold_every_replication_and_their_least_and_most() {
    let plan = plan();
    let mut hours = Hours::default();
    (0..3).for_each(|r| hours.add(&plan, &outcome(r, 0)));
    let spread = hours.free_at(0, plan.warm_up).expect("an hour");
    assert_eq!((spread.n, spread.least, spread.most), (3, 0, 0));
    let later = plan.horizon;
    assert_eq!(hours.free_at(0, later).map(|spread| spread.sum), Some(120));
    assert_eq!(hours.free_at(9, later), None);
    assert_eq!(hours.free_after(0, plan.warm_up).map(|spread| spread.least), Some(40));
    assert_eq!(hours.free_after(0, later), None);
}
