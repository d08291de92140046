//! `compare`, from outside: two policies under the same luck, and what is said of them.

// These tests read what a run wrote.
#![allow(clippy::disallowed_methods)]

use serde_json::Value;

use crate::golden::{root, same};
use crate::outside::{EIGHTH, SHORTAGE, at_root, printed, refused};

/// Asks again for stock four times as often as the scenario does.
const SOONER: &str = "sooner: controller.at-eight.no_stock.retry_every=30s";

/// What it prints, and how it ends.
#[track_caller]
fn compare(arguments: &[&str], code: i32) -> String {
    printed(&[&["compare", "--no-cache"], arguments, &EIGHTH[1..]].concat(), code)
}

#[track_caller]
fn json(arguments: &[&str]) -> Value {
    let text = compare(&[arguments, &["--format", "json"]].concat(), 0);
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_screen_and_the_table_are_as_designed() {
    let golden = root().join("tests/golden/compare");
    let screen = compare(&[SHORTAGE, "--variant", SOONER, "--tolerance", "saving.net: 500"], 0);
    for line in screen.lines() {
        // The command of the last lines may have words that are longer.
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
    same(&golden.join("screen.txt"), &screen);
    let table = compare(&[SHORTAGE, "--variant", SOONER, "--format", "markdown"], 0);
    same(&golden.join("table.md"), &table);
}

#[test]
fn a_change_that_changes_nothing_is_exactly_nothing() {
    let compared = json(&[SHORTAGE, "--variant", "same:"]);
    let one = &compared["comparisons"][0];
    assert_eq!(one["replications_changed"], 0);
    assert_eq!(one["changes"].as_array().map(Vec::len), Some(0));
    assert_eq!(
        (&one["first_divergence"], &one["environment"]["is_same"]),
        (&Value::Null, &Value::Bool(true))
    );
    let figures = one["figures"].as_object().expect("figures");
    let shares = one["by_group"].as_object().expect("groups").values();
    let shares = shares.flat_map(|share| [&share["net"], &share["unavailable"]]);
    let mut told = 0;
    for figure in figures.values().chain(shares) {
        assert_eq!(figure["base"], figure["other"]);
        if !figure["difference"].is_null() {
            told += 1;
            let zero = figure["difference"]
                .as_f64()
                .or_else(|| figure["difference"].as_str().and_then(|text| text.parse().ok()));
            assert_eq!((zero, &figure["word"]), (Some(0.0), &Value::from("same")), "{figure}");
            assert_eq!((&figure["better"], &figure["worse"]), (&Value::from(0), &Value::from(0)));
        }
    }
    assert!(told > 50, "{told}");
}

/// A second account: every replication's own `summary.json` of two plain runs.
#[test]
fn differences_are_those_of_the_replications_one_by_one() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let set = SOONER.split_once(": ").expect("a name and what it sets").1;
    let run = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let common = ["run", SHORTAGE, "--replications", "12", "--out"];
        let all =
            [common.as_slice(), &[out.to_str().expect("a path")], &EIGHTH[1..], more].concat();
        assert!(matches!(at_root(&all).status.code(), Some(0 | 1 | 4)));
        let summary = |r: u32| {
            let path = out.join(format!("runs/{r}/summary.json"));
            let text = std::fs::read_to_string(path).expect("a summary");
            serde_json::from_str::<Value>(&text).expect("JSON")
        };
        (0..12).map(summary).collect::<Vec<Value>>()
    };
    let (base, other) = (run("base", &[]), run("other", &["--set", set]));
    let compared = json(&[SHORTAGE, "--variant", SOONER, "--replications", "12"]);
    let figures = &compared["comparisons"][0]["figures"];
    let money = |one: &Value| {
        let text = one["billing"]["saving"]["net"].as_str().expect("money").replace('.', "");
        text.parse::<i128>().expect("nano-units")
    };
    let down = |one: &Value| i128::from(one["unavailable"]["total_us"].as_u64().expect("µs"));
    let each = |of: &dyn Fn(&Value) -> i128| {
        base.iter().zip(&other).map(|(a, b)| of(b) - of(a)).collect::<Vec<i128>>()
    };
    let counted = |differences: &[i128], is_good: fn(&i128) -> bool| {
        differences.iter().filter(|one| is_good(one)).count()
    };
    let net = each(&money);
    let figure = &figures["saving.net"];
    let told = figure["difference"].as_str().expect("money").replace('.', "");
    let twelfths = 12 * told.parse::<i128>().expect("nano-units") - net.iter().sum::<i128>();
    assert!(twelfths.abs() <= 6, "rounded to the nearest nano-unit: {twelfths}");
    assert_eq!(figure["better"], counted(&net, |one| *one > 0));
    assert_eq!(figure["worse"], counted(&net, |one| *one < 0));
    let hours = each(&down);
    let figure = &figures["unavailable.hours"];
    let mean = hours.iter().sum::<i128>() as f64 / 12.0 / 3.6e9;
    let told = figure["difference"].as_f64().expect("hours");
    assert!((told - mean).abs() < 1e-4, "{told} {mean}");
    assert_eq!(figure["better"], counted(&hours, |one| *one < 0));
    assert_eq!(figure["same"], counted(&hours, |one| *one == 0));
    assert!(hours.iter().any(|one| *one != 0), "the variant changes something");
}

#[test]
fn threads_never_change_a_comparison() {
    let with = |threads| compare(&[SHORTAGE, "--variant", SOONER, "--threads", threads], 0);
    assert_eq!(with("1"), with("2"));
}

#[test]
fn only_what_is_worse_beyond_luck_fails() {
    let later = "later: controller.ahead-of-time.lead=0s";
    let judge = |tolerance: &str, code| {
        compare(&[SHORTAGE, "--variant", later, "--tolerance", tolerance], code)
    };
    assert!(judge("saving.net: 100000", 0).contains("✓  saving.net: 100000"));
    assert!(judge("unavailable.hours: 1", 1).contains("✗  unavailable.hours: 1"));
    let same = ["--variant", "same:", "--tolerance", "restart.never: 0"];
    compare(&[&[SHORTAGE], same.as_slice()].concat(), 0);
    // Two replications carry no interval: nothing is decided.
    let few = ["--replications", "2", "--tolerance", "unavailable.hours: 0"];
    compare(&[&[SHORTAGE, "--variant", later], few.as_slice()].concat(), 4);
    // One is observed.
    let one = ["--replications", "1", "--tolerance", "unavailable.hours: 0"];
    compare(&[&[SHORTAGE, "--variant", later], one.as_slice()].concat(), 1);
}

#[test]
fn an_environment_or_a_fleet_that_is_another_one_is_told() {
    let few = ["--replications", "10"];
    let with =
        |variant: &str| compare(&[&[SHORTAGE, "--variant", variant], few.as_slice()].concat(), 0);
    let stock = with("short: pool.g7-h.free=1");
    assert!(stock.contains("warning: the environment is another one"), "{stock}");
    let fleet = with("more: group.sharp.count=26");
    assert!(fleet.contains("warning: the fleet is another one (sharp:"), "{fleet}");
    let policy = with(SOONER);
    assert!(!policy.contains("warning:"), "{policy}");
}

#[test]
fn several_are_compared_with_the_first_and_hold_together() {
    let all = [
        SHORTAGE,
        "--variant",
        SOONER,
        "--variant",
        "later: controller.ahead-of-time.lead=0s",
        "--replications",
        "10",
    ];
    let compared = json(&all);
    assert_eq!(compared["confidence"], 0.975);
    let names: Vec<&str> = compared["comparisons"]
        .as_array()
        .expect("comparisons")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["sooner", "later"]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_what_to_do() {
    for (arguments, what) in [
        (vec![SHORTAGE], "there is nothing to compare with"),
        (vec![SHORTAGE, SHORTAGE], "two are called"),
        (vec!["-", "-"], "standard input can be read once"),
        (vec![SHORTAGE, "--variant", "free=1"], "no name before a colon"),
        (vec![SHORTAGE, "--variant", "a: free"], "`free` sets nothing"),
        (vec![SHORTAGE, "--variant", "a: pool.g7.free=1"], "no pool is named `g7`"),
        (vec![SHORTAGE, "--variant", "a: clock.length=2d"], "clock.length is"),
        (vec![SHORTAGE, "scenarios/office-hours.toml"], "clock."),
        (vec![SHORTAGE, "--variant", "a:", "--metric", "saving.nett"], "did you mean `saving.net`"),
        (vec![SHORTAGE, "--variant", "a:", "--metric", "service.shop.broken"], "no service `shop`"),
        (vec![SHORTAGE, "--variant", "a:", "--tolerance", "saving.net"], "no value after a colon"),
        (vec![SHORTAGE, "--variant", "a:", "--tolerance", "saving.net: 5m"], "is not an amount"),
        (vec![SHORTAGE, "--variant", "a:", "--tolerance", "saving.net: 5 EUR"], "EUR in scenarios"),
        (
            vec![SHORTAGE, "--variant", "a:", "--tolerance", "billing.baseline: 5"],
            "neither better nor worse",
        ),
    ] {
        refused(&at_root(&[&["compare"], arguments.as_slice()].concat()), what);
    }
}
