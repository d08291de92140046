//! `plan`, from outside: the best setting that keeps a promise.

// These tests write a scenario of their own.
#![allow(clippy::disallowed_methods)]

use std::process::Output;

use serde_json::Value;

use crate::golden::{root, same};
use crate::outside::{self, TWENTIETH, at_root, refused};
use crate::sample::cases;

const LEAD: [&str; 2] = ["--knob", "controller.at-eight.lead=0m..60m/10m"];
const PROMISE: [&str; 4] = ["--subject-to", "restart.good_waves >= 80%", "--margin", "5%"];

fn plan(arguments: &[&[&str]]) -> Output {
    at_root(&[&["plan", "--no-cache"], &arguments.concat()[..]].concat())
}

#[track_caller]
fn told(arguments: &[&[&str]], code: i32) -> String {
    let output = plan(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn json(arguments: &[&[&str]], code: i32) -> Value {
    let text = told(&[arguments, &[&["--format", "json"]]].concat(), code);
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn both_searches_are_told_as_designed() {
    let golden = root().join("tests/golden/plan");
    for (name, how) in [
        ("bisection.txt", ["--monotone", "--at-most", "160"].as_slice()),
        ("selection.txt", &["--knob", "retry=30s,2m", "--indifference", "20 CNY"]),
    ] {
        let screen = told(&[&TWENTIETH, &LEAD, &PROMISE, how], 0);
        for line in screen.lines() {
            assert!(line.chars().count() <= 80, "too wide: {line}");
        }
        same(&golden.join(name), &screen);
    }
}

/// What is shown of the answer is the run of a scenario that sets it, with the next seed.
#[test]
fn the_answer_is_a_run_of_its_own_with_a_fresh_seed() {
    let planned = json(&[&TWENTIETH, &LEAD, &PROMISE, &["--monotone", "--seed", "3"]], 0);
    let command = planned["answer_command"].as_str().expect("a line");
    let words: Vec<&str> = command.split(' ').collect();
    assert!(words.windows(2).any(|pair| pair == ["--seed", "4"]), "{command}");
    let run = outside::json(&at_root(&[&words[1..], &["--format", "json"]].concat()));
    let answer = &planned["fresh"][0];
    assert_eq!((&answer["what"], &answer["digest"]), (&"answer".into(), &run["digest"]));
    let good = &answer["figures"]["restart.good_waves"];
    assert_eq!(good["value"], run["restart"]["good_waves_pct"]);
    assert_eq!(good["low"], run["intervals"]["restart.good_waves"]["low"]);
    let what = |row: &Value| row["what"].as_str().expect("text").to_owned();
    let beside: Vec<String> = planned["fresh"].as_array().expect("rows").iter().map(what).collect();
    for row in ["one_step", "never_stop", "all_unwanted_time_economical", "keep_charging"] {
        assert!(beside.iter().any(|one| one == row), "{row} is not beside it: {beside:?}");
    }
}

#[test]
fn one_thread_and_two_give_the_same_plan() {
    let with = |threads| {
        let rest = ["--monotone", "--at-most", "160", "--threads", threads];
        told(&[&TWENTIETH, &LEAD, &PROMISE, &rest], 0)
    };
    assert_eq!(with("1"), with("2"));
}

/// Requests for forty sleeping instances, each for half an hour and the time of its stop, from a
/// private pool of so many, as Poisson has them come: those that find none are lost, as Erlang B
/// says. An instance that is not used costs money, so that the fewest that keep the promise are
/// the best.
const LOSSES: &str = r#"
name = "losses"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "11d"
warm_up = "1d"
[calls]
answer = "100ms"
[region]
id = "cn-hangzhou"
[[group]]
name = "web"
count = 60
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
rate = "1 CNY/h"
stop = "20s"
start = "30s"
allocation = "5s"
wave_factor = "1"
initially = "stopped-economical"
private_pool = { match = "Target", name = "own" }
[[private_pool]]
name = "own"
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
instances = 1
match = "Target"
unused_rate = "1 CNY/h"
[[controller]]
name = "users"
groups = ["web"]
poisson = { per_hour = "12", hold = "1780s" }
stop = { mode = "StopCharging" }
wait = { poll = "40s", give_up = "1d" }
"#;

/// Erlang's loss formula B(c, a), by its recursion.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, c| load * b / (f64::from(c) + load * b))
}

#[test]
fn reserved_stock_is_what_the_inverse_of_erlang_b_says() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("losses.toml");
    std::fs::write(&path, LOSSES).expect("it can be written");
    let path = path.to_str().expect("a plain path");
    // 12 an hour, each for half an hour: six Erlang; 2 880 requests in ten days. Of these at most
    // 95 lost, one in 30.
    let losses = |c: u32| 2_880.0 * erlang_b(c, 6.0);
    let least = (1..40).find(|c| losses(*c) <= 95.0).expect("some");
    assert!(losses(least - 1) > 110.0 && losses(least) < 80.0, "the margin decides nothing");
    let promise = ["--subject-to", "calls.StartInstance.refused <= 95", "--margin", "5"];
    let planned = json(&[&[path], &["--knob", "reserved=1..40"], &promise, &["--monotone"]], 0);
    let answer = &planned["answer"]["private_pool.*.instances"];
    assert_eq!(answer.as_str(), Some(least.to_string().as_str()), "{planned:#}");
    let (runs, grid) = (planned["runs"].as_u64(), planned["grid_runs"].as_u64());
    let (runs, grid) = runs.zip(grid).expect("numbers");
    assert!(runs * 100 < grid * 40, "{runs} of {grid} runs");
}

/// Five small grids: whatever is named keeps the promise in many runs that it has not seen, or
/// misses it by less than the margin, and no better setting keeps it there by more.
#[test]
fn what_is_named_is_what_a_whole_grid_of_many_runs_would_name() {
    let lead = ["controller.at-eight.lead=0m..60m/15m"].as_slice();
    for (knobs, indifference) in [
        (lead, None),
        (lead, Some("10 CNY")),
        (&["controller.at-eight.lead=0m,20m,40m", "retry=30s,2m,10m"], Some("10 CNY")),
        (&["controller.*.lead=0m,30m,50m"], Some("10 CNY")),
        (&["pool.g7-h.free=300,450,600", "controller.at-eight.lead=0m,30m"], Some("10 CNY")),
    ] {
        let flag = |flag: &'static str| knobs.iter().flat_map(move |knob| [flag, *knob]);
        let knobs_flags: Vec<&str> = flag("--knob").collect();
        let how = indifference.map_or(vec!["--monotone"], |one| vec!["--indifference", one]);
        let rest = ["--at-most", "80", "--format", "json"];
        let output = plan(&[&TWENTIETH, &knobs_flags, &PROMISE, &how, &rest]);
        // Others may not be told apart from it: what is said of the answer holds all the same.
        assert!(matches!(output.status.code(), Some(0 | 4)), "{output:?}");
        let planned = outside::json(&output);
        let vary: Vec<&str> = flag("--vary").collect();
        let many = cases(60).cases.to_string();
        let rest = ["--no-cache", "--seed", "99", "--replications", &many, "--format", "json"];
        let all = [&["sweep"], &TWENTIETH[..], &vary, &rest].concat();
        let swept = outside::json(&at_root(&all));
        let points = swept["points"].as_array().expect("points");
        let good = |point: &Value, end: &str| {
            point["figures"]["restart.good_waves"][end].as_f64().expect("a share")
        };
        let money = |point: &Value| {
            let net = point["figures"]["saving.net"]["value"].as_str().expect("money");
            net.parse::<f64>().expect("a number")
        };
        let named = points.iter().find(|point| point["values"] == planned["answer"]);
        let named = named.expect("the answer is a point");
        assert!(good(named, "high") > 75.0, "{knobs:?}: {named:#}");
        let matters = if indifference.is_some() { 10.0 } else { 0.0 };
        for better in points.iter().filter(|point| money(point) > money(named) + matters) {
            assert!(good(better, "low") < 80.0, "{knobs:?}: {better:#}");
        }
    }
}

#[test]
fn what_no_setting_keeps_says_the_closest_and_exits_with_1() {
    let promise = ["--subject-to", "restart.good_waves >= 95%", "--margin", "4%"];
    let knob = ["--knob", "controller.at-eight.lead=0m,5m"];
    let planned = json(&[&TWENTIETH, &knob, &promise, &["--monotone", "--at-most", "160"]], 1);
    assert_eq!(planned["answer"], Value::Null);
    assert_eq!(planned["closest"]["controller.at-eight.lead"], "5m");
}

#[test]
fn what_is_not_told_apart_exits_with_4() {
    let few = ["--indifference", "0.000001 CNY", "--replications", "20", "--at-most", "40"];
    let promise = ["--subject-to", "restart.good_waves >= 50%", "--margin", "20%"];
    let knob = ["--knob", "controller.at-eight.lead=30m,31m,32m"];
    let planned = json(&[&TWENTIETH, &knob, &promise, &few], 4);
    assert_eq!(planned["is_told_apart"], false);
}

#[test]
fn what_cannot_be_planned_is_refused_before_anything_is_run() {
    let monotone = ["--monotone"];
    for (arguments, what) in [
        (vec!["--subject-to", "restart.good_waves >= 99.9%", "--margin", "0.05%"], "it takes 4262"),
        (vec!["--subject-to", "restart.good_waves = 99%"], "a promise is `>=` or `<=`"),
        (vec!["--subject-to", "every restart.never <= 3"], "about the true value"),
        (vec!["--subject-to", "restart.good_wave >= 99%"], "say which: `restart.good_waves`"),
        (vec!["--subject-to", "saving.net >= 5 USD"], "USD in a scenario in CNY"),
        (vec![PROMISE[0], PROMISE[1], "--margin", "5 CNY"], "--margin"),
        (vec![PROMISE[0], PROMISE[1], "--margin", "1%", "--margin", "1%"], "more margins"),
        (vec![PROMISE[0], PROMISE[1], "--confidence", "40%"], "expected 80% to 99.99%"),
        (vec![PROMISE[0], PROMISE[1], "--maximise", "saving.net_pct"], "no mean over"),
        (vec![PROMISE[0], PROMISE[1], "--at-most", "10"], "the first look has 20"),
        (vec![PROMISE[0], PROMISE[1], "--knob", "retry=30s,2m"], "--monotone is about one knob"),
    ] {
        refused(&plan(&[&TWENTIETH, &LEAD, &arguments, &monotone]), what);
    }
    let output = plan(&[&TWENTIETH, &LEAD, &PROMISE]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--indifference is missing"), "{error}");
}
