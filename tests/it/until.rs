//! `--until "METRIC ± AMOUNT"`: as many replications as it takes.

use std::process::Output;

use serde_json::Value;

use crate::outside::{at_root, json, mornings, refused};

const SHORTAGE: [&str; 9] =
    mornings("clock.length=3d", "group.sharp.count=25", "group.early.count=25");

fn stopsim(command: &[&str], arguments: &[&str]) -> Output {
    at_root(&[command, &SHORTAGE, arguments].concat())
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).expect("a number")
}

/// The rule is that of the truth: off by a share of it, so that half-widths are a little less.
#[test]
fn a_run_goes_on_until_its_interval_is_narrow_and_no_further() {
    let until = ["--until", "unavailable.hours ± 10%", "--format", "json"];
    let output = stopsim(&["run"], &until);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let run = json(&output);
    let replications = run["replications"].as_u64().expect("a count");
    assert!(replications > 20, "20 are not enough here: {replications}");
    let reach = |run: &Value| {
        let interval = &run["intervals"]["unavailable.hours"];
        let [mean, low, high] = ["mean", "low", "high"].map(|end| number(&interval[end]));
        (high - mean).max(mean - low) / mean
    };
    assert!(reach(&run) <= 0.1 / 1.1 + 1e-6, "{}", reach(&run));
    // The same replications asked for by number are the same run.
    let count = replications.to_string();
    let asked = json(&stopsim(&["run"], &["--replications", &count, "--format", "json"]));
    assert_eq!(asked["digest"], run["digest"]);
    let fewer = (replications * 4 / 5 - 1).to_string();
    let fewer = json(&stopsim(&["run"], &["--replications", &fewer, "--format", "json"]));
    assert!(reach(&fewer) > 0.1 / 1.1, "four fifths would have done: {}", reach(&fewer));
}

#[test]
fn every_point_of_a_sweep_has_as_many_replications_as_the_one_that_needs_most() {
    let lead = ["--vary", "controller.at-eight.lead=0m,5m"];
    let until = ["--until", "unavailable.hours ± 10%", "--format", "json"];
    let output = stopsim(&["sweep", "--no-cache"], &[&lead[..], &until].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let swept = json(&output);
    assert_eq!(swept["until"]["is_met"], true);
    let replications = swept["replications"].as_u64().expect("a count");
    for point in swept["points"].as_array().expect("points") {
        let figure = &point["figures"]["unavailable.hours"];
        assert_eq!(figure["n"].as_u64(), Some(replications));
        let [mean, low, high] = ["value", "low", "high"].map(|end| number(&figure[end]));
        assert!((high - mean).max(mean - low) / mean <= 0.1 / 1.1 + 1e-6, "{figure}");
    }
}

/// The line on the screen repeats the rule, and gives the same bytes.
#[test]
fn the_line_that_gives_it_again_has_the_rule() {
    let until = ["--until", "restart.good_waves ± 20%", "--at-most", "40"];
    let screen = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let first = screen(&stopsim(&["run"], &until));
    let line = first.split_once("\n  stopsim run ").expect("the line").1.replace("\\\n", " ");
    assert!(line.contains("--until 'restart.good_waves ± 20%' --at-most 40"), "{line}");
    assert_eq!(screen(&stopsim(&["run"], &[&until[..], &["--seed", "1"]].concat())), first);
}

#[test]
fn what_is_not_reached_is_inconclusive() {
    let until = ["--until", "unavailable.hours ± 0.1%", "--at-most", "25"];
    let run = stopsim(&["run"], &until);
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(4), "{told}");
    assert!(told.contains("is not reached after 25 replications"), "{told}");
    let lead = ["--vary", "controller.at-eight.lead=0m,30m"];
    let swept = stopsim(&["sweep", "--no-cache"], &[&lead[..], &until].concat());
    let screen = String::from_utf8_lossy(&swept.stdout).into_owned();
    assert_eq!(swept.status.code(), Some(4), "{screen}");
    assert!(screen.contains("at all points but 2"), "{screen}");
}

#[test]
fn a_rule_that_is_none_is_refused() {
    for (until, why) in [
        ("saving.net", "no `±`"),
        ("saving.nett ± 2%", "did you mean `saving.net`"),
        ("saving.net ± 2h", "not an amount of money"),
        ("restart.never ± 0", "wider than nothing"),
        ("start.due_to_ready.max ± 1s", "the largest"),
    ] {
        refused(&stopsim(&["run"], &["--until", until]), why);
    }
}
