//! The view by month: months add up to the whole, looking changes nothing, and a month says what a
//! run of that month says.

// These tests read what the program wrote.
#![allow(clippy::disallowed_methods)]

use std::fs;

use serde_json::Value;
use stopsim::books::ledger::Bill;
use stopsim::report::collected::Collected;
use stopsim::report::months::marks;
use stopsim::report::summary::Summary;
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};
use stopsim::units::{SimDuration, SimTime};

use crate::laws::shipped;
use crate::outside::{at_root, refused};
use crate::page::{check, numbers_agree};
use crate::scenario::Disk;
use crate::worlds::{CALLS, FIRST, group, plan, plan_from, pool, results, run_plan, world};

const YEAR: &str = "scenarios/a-year.toml";

/// The shipped scenarios, small, and those whose bills have more than plain lines.
fn all() -> Vec<(String, Plan)> {
    // Addresses are billed by whole days, also of instances that are deleted meanwhile.
    let by_the_day = [
        "group.*.public_address=eip",
        "group.*.eip_rate=0.72 CNY/h",
        "group.*.snapshot_rate=0.36 CNY/h",
    ];
    let more = ["commitments", "private-pool", "dedicated-hosts", "fallback-types"];
    let more = more.into_iter().chain(["replaced-then-both-up"]).map(|name| (name, vec![]));
    let cases = shipped().into_iter().chain(more);
    let cases = cases.chain([("stop-then-delete", by_the_day.to_vec())]);
    let of = |(name, sets): (&str, Vec<&str>)| {
        (name.to_owned(), plan_from(&format!("scenarios/{name}.toml"), &Disk, &sets))
    };
    cases.map(of).collect()
}

/// So many instants within the window that are no round times.
fn odd(plan: &Plan, count: u64) -> Vec<SimTime> {
    let window = (plan.horizon - plan.warm_up).as_micros();
    let at = |n: u64| SimTime::from_micros(plan.warm_up.as_micros() + window / (count + 1) * n);
    (1..=count).map(at).collect()
}

#[test]
fn looking_at_the_bill_meanwhile_changes_nothing_that_comes_out() {
    for (name, plan) in all() {
        let unmarked = run_plan(&plan, FIRST);
        let marked = Plan { marks: odd(&plan, 97), ..plan };
        let mut run = run_plan(&marked, FIRST);
        assert_eq!(run.outcome.marks.len(), 97, "{name}");
        run.outcome.marks.clear();
        assert_eq!(run.facts.len(), unmarked.facts.len(), "{name}");
        assert!(run.outcome == unmarked.outcome, "{name}: another outcome");
    }
}

#[test]
fn the_bill_at_a_mark_is_that_of_a_run_that_ends_there() {
    for (name, plan) in all() {
        let marked = Plan { marks: odd(&plan, 7), ..plan.clone() };
        let outcome = run_plan(&marked, FIRST).outcome;
        for mark in &outcome.marks {
            let shorter = Plan { horizon: mark.at, ..plan.clone() };
            let ledger = run_plan(&shorter, FIRST).outcome.ledger;
            assert_eq!(mark.bill, Bill::of(&plan.region, &ledger), "{name} at {}", mark.at);
            let unavailable = ledger.unavailable_by_group(&plan.region);
            assert_eq!(mark.unavailable_by_group, unavailable, "{name} at {}", mark.at);
        }
    }
}

/// Three replications of a plan, as `summary.json` has them.
fn summary(plan: &Plan) -> Value {
    let outcome = |replication| {
        run(plan, RunId { replication, ..FIRST }, &mut NoObserver).expect("no livelock")
    };
    let collected = Collected::of(plan, &[0, 1, 2].map(outcome));
    let mut bytes = Vec::new();
    Summary::of(&results(plan, &collected)).write(&mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A decimal of money in nano-units, or a count.
#[track_caller]
fn number(value: &Value) -> i128 {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace('.', ""));
    text.parse().unwrap()
}

const SHARE: [&str; 9] = [
    "baseline",
    "actual",
    "arrears",
    "intended",
    "involuntary",
    "policy_cost",
    "adjustments",
    "net",
    "unavailable_us",
];

/// The rows of months, and of what is told of each, add up to those of the window.
#[track_caller]
fn adds_up(name: &str, summary: &Value) {
    let months = summary["months"].as_array().expect("months");
    let sum = |pointer: &str| -> i128 {
        months.iter().map(|month| number(month.pointer(pointer).unwrap_or(&Value::from(0)))).sum()
    };
    for (month, whole) in [
        ("/baseline", "/billing/baseline"),
        ("/actual", "/billing/actual"),
        ("/intended", "/billing/saving/intended"),
        ("/involuntary", "/billing/saving/involuntary"),
        ("/policy_cost", "/billing/saving/policy_cost"),
        ("/adjustments", "/billing/saving/adjustments"),
        ("/net", "/billing/saving/net"),
        ("/unavailable_us", "/unavailable/total_us"),
        ("/waves", "/restart/waves"),
        ("/good_waves", "/restart/good_waves"),
        ("/never", "/restart/never"),
        ("/waves_not_modelled", "/restart/waves_not_modelled"),
    ] {
        assert_eq!(sum(month), number(summary.pointer(whole).unwrap()), "{name}: {month}");
    }
    for list in ["by_group", "by_tag"] {
        let rows = summary[list].as_array().map_or(0, Vec::len);
        for (place, key) in (0..rows).flat_map(|place| SHARE.map(|key| (place, key))) {
            let pointer = format!("/{list}/{place}/{key}");
            let whole = number(summary.pointer(&pointer).unwrap());
            assert_eq!(sum(&pointer), whole, "{name}: {pointer}");
        }
    }
}

#[test]
fn months_add_up_to_the_whole_exactly() {
    let length = "clock.length=70d 1h";
    for (scenario, sets) in [
        ("a-year", vec![length]),
        ("commitments", vec![length]),
        ("private-pool", vec![length]),
        ("dedicated-hosts", vec![length]),
        ("spot-interruption", vec![length]),
        ("fallback-types", vec![length]),
    ] {
        let mut plan = plan_from(&format!("scenarios/{scenario}.toml"), &Disk, &sets);
        plan.marks = marks(&plan);
        let summary = summary(&plan);
        assert!(summary["months"].as_array().unwrap().len() >= 3, "{scenario}");
        adds_up(scenario, &summary);
    }
}

/// Nothing is under way at the midnights between these months, and luck does not depend on where
/// the window begins.
#[test]
fn a_month_says_what_a_run_says_whose_window_is_that_month() {
    let keys = SHARE.iter().chain(&["waves", "good_waves", "never", "holidays"]);
    let year = |sets: &[&str]| {
        let mut plan = plan_from(YEAR, &Disk, sets);
        plan.marks = marks(&plan);
        plan
    };
    let three = summary(&year(&["clock.length=90d"]));
    // From the first of February to the fourth of March: two months, of which the first is whole.
    let from_february = summary(&year(&["clock.warm_up=31d", "clock.length=63d"]));
    let (own, other) = (&three["months"][1], &from_february["months"][0]);
    assert_eq!((&own["month"], &own["whole"]), (&Value::from("2026-02"), &Value::from(true)));
    assert_eq!(own["start"], other["start"]);
    for key in keys {
        let (own, other) = (number(&own[key]), number(&other[key]));
        // Lines are rounded down in each window by itself.
        assert!((own - other).abs() < 200, "{key}: {own} and {other}");
    }
    assert_eq!(number(&own["waves"]), 3 * 16, "three replications of sixteen working days");
    assert_eq!(own["holidays"], 6, "the other three are on a weekend");
    assert_eq!(own["make_up_days"], 2);
}

/// One instance at 3.6 a hour, wanted from eight to eight on working days.
#[test]
fn a_month_saves_the_hours_in_which_nobody_wanted_anything() {
    let office = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]\n\
                  holidays = [\"2026-04-06\"]\n";
    let nightly = "[[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                   stop = { mode = \"StopCharging\" }\n";
    let fleet = group("web", 1, "") + &pool("free = 5");
    let mut plan = plan(&world("60d 12h", &format!("{CALLS}{fleet}{office}{nightly}")));
    plan.marks = marks(&plan);
    let summary = summary(&plan);
    let month = |place: usize| &summary["months"][place];
    let said = |place: usize| {
        let row = month(place);
        let text = |key: &str| row[key].to_string().replace('"', "");
        format!("{} {} {} {}", text("month"), text("whole"), text("holidays"), text("net"))
    };
    // Of March 30 days lie in the window, 22 of them worked; every evening 20 s pass until billing
    // stops: a stop costs 3.6 × 20 ÷ 3 600 = 0.02.
    let net = |hours: u32, stops: u32| {
        let nanos = 3_600_000_000 * i128::from(hours) - 20_000_000 * i128::from(stops);
        stopsim::units::Money::from_nanos(nanos).to_string()
    };
    assert_eq!(said(0), format!("2026-03 false 0 {}", net(30 * 24 - 22 * 12, 22)));
    assert_eq!(said(1), format!("2026-04 true 1 {}", net(30 * 24 - 21 * 12, 21)));
    // The first of May is a Friday, on which the window ends at noon.
    assert_eq!(said(2), format!("2026-05 false 0 {}", net(8, 0)));
    assert_eq!(summary["months"].as_array().unwrap().len(), 3);
}

#[test]
fn a_window_is_told_by_month_if_it_is_longer_than_any_month() {
    let plan = plan_from(YEAR, &Disk, &[]);
    let after = |days: u64| SimTime::ZERO + SimDuration::from_hours(24 * days);
    let marks = |horizon| marks(&Plan { horizon, ..plan.clone() });
    assert_eq!(marks(after(31)), []);
    assert_eq!(marks(after(31) + SimDuration::from_secs(1)), [after(31)]);
    assert_eq!(marks(after(364)).len(), 11);
    assert_eq!(marks(after(3_660)).len(), 120);
    assert_eq!(marks(after(3_661)), [], "more than ten years");
}

/// New York puts its clocks forward in March: that month is an hour shorter.
#[test]
fn months_begin_at_midnight_on_the_scenarios_own_clock() {
    let sets = ["clock.timezone=\"America/New_York\"", "clock.length=95d"];
    let mut plan = plan_from(YEAR, &Disk, &sets);
    plan.marks = marks(&plan);
    let shown: Vec<String> = plan.marks.iter().map(|at| plan.clock.format_offset(*at)).collect();
    let expected = ["2026-02-01T00:00:00-05:00", "2026-03-01T00:00:00-05:00"];
    assert_eq!(shown, [expected.as_slice(), &["2026-04-01T00:00:00-04:00"]].concat());
    let hours = |from: usize| (plan.marks[from + 1] - plan.marks[from]).as_micros() / 3_600_000_000;
    assert_eq!((hours(0), hours(1)), (28 * 24, 31 * 24 - 1));
    adds_up("New York", &summary(&plan));
}

#[track_caller]
fn screen(arguments: &[&str]) -> String {
    let output = at_root(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 4)), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

const SHORT: [&str; 4] = ["run", "scenarios/two-controllers.toml", "--replications", "2"];

#[test]
fn a_year_is_52_weeks_and_its_line_gives_the_same_bytes() {
    let year = screen(&[SHORT.as_slice(), &["--year"]].concat());
    for part in ["(364d)", "BY MONTH", "MONTHS, AND WHAT THEY TAKE", "WHAT IF"] {
        assert!(year.contains(part), "no {part} in\n{year}");
    }
    let line = year.lines().last().unwrap().trim();
    assert!(line.ends_with("--year"), "{line}");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    assert_eq!(screen(&words), year);
    let set = screen(&[SHORT.as_slice(), &["--what-if", "--set", "clock.length=364d"]].concat());
    let without_line = |screen: &str| screen.rsplit_once("  stopsim run").unwrap().0.to_owned();
    assert_eq!(without_line(&set), without_line(&year));
}

#[test]
fn a_year_that_cannot_be_had_is_refused() {
    let set = ["--set", "clock.length=7d", "--year"];
    for (arguments, why) in [
        ([SHORT.as_slice(), &set].concat(), "--year as well as --set clock.length=7d"),
        (vec!["run", "-", "--year"], "standard input can be read once"),
        (vec!["run", "-", "--what-if"], "standard input can be read once"),
    ] {
        refused(&at_root(&arguments), why);
    }
}

#[test]
fn tables_and_page_of_a_year_have_the_numbers_of_its_summary() {
    let scratch = tempfile::tempdir().unwrap();
    let (out, page) = (scratch.path().join("out"), scratch.path().join("page.html"));
    let paths = [out.to_str().unwrap(), page.to_str().unwrap()];
    let year = ["run", YEAR, "--replications", "2", "--set", "clock.length=70d", "--what-if"];
    screen(&[&year, ["--out", paths[0], "--html", paths[1]].as_slice()].concat());
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
    adds_up("the files", &summary);
    let read_back = scratch.path().join("read-back.html");
    screen(&["report", paths[0], "--html", read_back.to_str().unwrap()]);
    for page in [page, read_back] {
        let text = fs::read_to_string(&page).unwrap();
        let count = numbers_agree(&check(&text), &summary);
        assert!(count > 20, "{count} in {}", page.display());
        for heading in ["Month by month", "If it turned out otherwise"] {
            assert!(text.contains(heading), "no {heading} in {}", page.display());
        }
    }
    for of in ["all", "group", "tag department"] {
        let rows = read("months.csv");
        let nanos = |row: &str| row.split(',').nth(12).unwrap().replace('.', "").parse::<i128>();
        let own = rows.lines().filter(|row| row.split(',').nth(3) == Some(of));
        let sum: i128 = own.map(|row| nanos(row).unwrap()).sum();
        assert_eq!(sum, number(&summary["billing"]["saving"]["net"]), "{of} in\n{rows}");
    }
    let first = read("what_if.csv").lines().nth(1).unwrap().to_owned();
    let net = summary["billing"]["saving"]["net"].as_str().unwrap();
    assert_eq!(first.split(',').nth(2), Some(net));
}
