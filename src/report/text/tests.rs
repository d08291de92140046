//! The screen, whole.

use std::sync::Arc;

use super::*;
use crate::books::outcome::Outcome;
use crate::report::fixture::{collected, expectation, outcome, plan, results};
use crate::report::stress::StressRow;
use crate::sim::plan::Relation::AtMost;
use crate::sim::plan::{Across, Expectation, Plan};
use crate::units::SimTime;

#[track_caller]
fn screen(plan: &Plan, outcomes: &[Outcome], stress: &[StressRow]) -> String {
    screen_until(None, plan, outcomes, stress)
}

#[track_caller]
fn screen_until(
    until_event: Option<u64>,
    plan: &Plan,
    outcomes: &[Outcome],
    stress: &[StressRow],
) -> String {
    let collected = collected(plan, outcomes);
    let results = Results {
        plan,
        seed: 7,
        ties: "fifo",
        replication: None,
        until_event,
        collected: &collected,
        stress,
        what_if: None,
    };
    let summary = Summary::of(&results);
    let mut out = Vec::new();
    write(&mut out, &results, &summary, "stopsim run by-hand.toml --seed 7", false).unwrap();
    let text = String::from_utf8(out).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= layout::WIDTH, "too wide: {line}");
        assert_eq!(line, line.trim_end(), "ends in blanks");
    }
    text
}

fn ten() -> Vec<Outcome> {
    (0..10).map(|r| outcome(r, 10 * u64::from(r))).collect()
}

/// Planners read only this: every line of it is meant.
#[test]
fn the_screen_of_several_replications_is_as_designed() {
    let (plan, outcomes) = (plan(), ten());
    let totals = collected(&plan, &outcomes).totals;
    let stress = ["as given", "others +20 %"].map(|name| StressRow::of(name, &totals));
    let text = screen(&plan, &outcomes, &stress);
    assert_eq!(text, include_str!("golden-screen.txt"), "the screen is now:\n{text}");
}

#[test]
fn a_run_that_was_cut_short_says_what_its_figures_are_of() {
    let (mut plan, mut outcomes) = (plan(), [outcome(0, 30)]);
    let cut = |plan: &Plan, outcomes: &[Outcome]| screen_until(Some(9), plan, outcomes, &[]);
    let part = "stopped after event 9: every figure is of a part of the run\n";
    assert!(cut(&plan, &outcomes).contains(part));
    plan.warm_up = SimTime::from_micros(7_200_000_000);
    outcomes[0].end = SimTime::from_micros(3_600_000_000);
    let none = "stopped after event 9: within the warm-up, nothing was measured\n";
    assert!(cut(&plan, &outcomes).contains(none));
}

#[test]
fn one_replication_prints_no_interval() {
    let text = screen(&plan(), &[outcome(3, 90)], &[]);
    assert!(text.contains("one replication: observed, no interval"));
    assert!(!text.contains('['), "{text}");
    assert!(text.contains("EXPECTED  observed in one replication"));
}

#[test]
fn what_never_finished_is_never_a_number() {
    let text = screen(&plan(), &[outcome(3, 90)], &[]);
    let row = text.lines().find(|line| line.contains("  start.due_to_ready  ")).unwrap();
    assert!(row.ends_with("≈never  ≈never"), "{row}");
    assert!(text.contains("never finished: start.due_to_ready > 1m51s (never)"));
}

#[test]
fn unlimited_stock_prints_as_not_modelled_and_never_as_everything_ready() {
    let mut plan = plan();
    Arc::make_mut(&mut plan.region).pools[0].stock = crate::ecs::inventory::StockSpec::Unlimited;
    let text = screen(&plan, &ten()[..1], &[]);
    assert!(text.contains("restart risk: not modelled (stock is unlimited)"), "{text}");
    assert!(text.contains("? inconclusive  restart.never = 0"), "{text}");
}

#[test]
fn nothing_is_marked_where_nothing_is_assumed() {
    let mut plan = plan();
    plan.inputs.clear();
    Arc::make_mut(&mut plan.region).types[0].eligibility = crate::ecs::spec::Eligibility::Eligible;
    let text = screen(&plan, &ten(), &[]);
    assert!(!text.contains('≈'), "{text}");
    assert!(!text.contains("assumed"), "{text}");
}

#[test]
fn a_window_that_is_not_whole_weeks_warns() {
    let mut plan = plan();
    assert!(!screen(&plan, &ten(), &[]).contains("warning"));
    plan.warm_up = plan.warm_up + SimDuration::from_hours(1);
    assert!(screen(&plan, &ten(), &[]).contains("warning: the window is not whole weeks"));
}

/// "A failing replication is named with the line that replays it."
#[test]
fn a_failing_replication_is_named_with_the_line_that_replays_it() {
    let (mut plan, outcomes) = (plan(), ten());
    let every = expectation("every restart.never <= 20", "restart.never", AtMost, 20_000_000);
    plan.expectations = vec![Expectation { across: Across::Every, ..every }];
    let collected = collected(&plan, &outcomes);
    let results = results(&plan, &collected);
    let mut out = Vec::new();
    let command = "stopsim run by-hand.toml --seed 7 --replications 10";
    write(&mut out, &results, &Summary::of(&results), command, false).unwrap();
    let text = String::from_utf8(out).unwrap();
    let named = "  every restart.never <= 20: replication 3\n  \
                 stopsim run by-hand.toml --seed 7 --replication 3\n";
    assert!(text.contains(named), "{text}");
}

#[test]
fn colours_are_put_on_and_taken_off_without_a_trace() {
    let (plan, outcomes) = (plan(), ten());
    let plain = screen(&plan, &outcomes, &[]);
    let painted = coloured(&plain);
    assert!(painted.contains("\u{1b}[1mSAVED"), "{painted}");
    let mut without = String::new();
    let mut rest = painted.as_str();
    while let Some((before, escape)) = rest.split_once('\u{1b}') {
        without.push_str(before);
        rest = escape.split_once('m').unwrap().1;
    }
    assert_eq!(without + rest, plain);
}
