//! `sweep`, from outside: a grid of settings under the same luck.

#![allow(clippy::disallowed_methods)]

use std::process::Output;

use serde_json::Value;

use crate::golden::{root, same};
use crate::outside::{self, EIGHTH, at_root, refused, stopsim};

const LEAD: [&str; 2] = ["--vary", "controller.at-eight.lead=0m..30m/15m"];

fn sweep(arguments: &[&[&str]]) -> Output {
    at_root(&[&["sweep", "--no-cache"], &EIGHTH[..], &arguments.concat()].concat())
}

#[track_caller]
fn told(arguments: &[&[&str]]) -> String {
    let output = sweep(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn json(arguments: &[&[&str]]) -> Value {
    let text = told(&[arguments, &[&["--format", "json"]]].concat());
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_table_of_points_is_as_designed() {
    let retry = ["--vary", "controller.at-eight.no_stock.retry_every=30s,2m"];
    let screen = told(&[&LEAD, &retry]);
    for line in screen.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
    same(&root().join("tests/golden/sweep/screen.txt"), &screen);
}

/// A point is the run of a scenario that says what was varied: the same digest and figures.
#[test]
fn a_point_is_a_run_of_its_own() {
    let swept = json(&[&LEAD, &["--replications", "10", "--seed", "3"]]);
    let points = swept["points"].as_array().expect("points");
    assert_eq!(points.len(), 3);
    let lead = |point: &Value| point["values"]["controller.at-eight.lead"].clone();
    assert_eq!(points.iter().map(lead).collect::<Vec<_>>(), ["0s", "15m", "30m"]);
    let more = ["--set", "controller.at-eight.lead=15m", "--replications", "10", "--seed", "3"];
    let all = [&["run"], &EIGHTH[..], &more, &["--format", "json"]].concat();
    let run = outside::json(&at_root(&all));
    assert_eq!(points[1]["digest"], run["digest"]);
    assert_eq!(points[1]["scenario"], run["scenario"]["hash"]);
    let net = &points[1]["figures"]["saving.net"];
    assert_eq!(net["value"], run["intervals"]["saving.net"]["mean"]);
    assert_eq!(net["low"], run["intervals"]["saving.net"]["low"]);
}

#[test]
fn one_thread_and_two_give_the_same_rows() {
    let few = ["--replications", "4", "--format", "csv"];
    let with = |threads| told(&[&LEAD, &few, &["--threads", threads]]);
    let rows = with("1");
    assert_eq!(rows, with("2"));
    assert_eq!(rows.lines().count(), 4, "a header and three points:\n{rows}");
    let cells = |line: &str| line.split(',').count();
    assert!(rows.lines().all(|line| cells(line) == cells(rows.lines().next().unwrap_or(""))));
}

/// The scenario as it is, and each value alone: what moves money most comes first.
#[test]
fn one_key_at_a_time_says_what_moves_the_objective_most() {
    let axes = [
        "--vary",
        "controller.at-eight.no_stock.retry_every=30s,10m",
        "--vary",
        "controller.at-eight.lead=15m,30m",
    ];
    let design = ["--design", "one-at-a-time"];
    let screen = told(&[&axes, &design]);
    same(&root().join("tests/golden/sweep/one-at-a-time.txt"), &screen);
    let swept = json(&[&axes, &design]);
    let values = |point: &Value| point["values"].as_object().expect("an object").len();
    let points = swept["points"].as_array().expect("points");
    assert_eq!(points.iter().map(values).collect::<Vec<_>>(), [0, 1, 1, 1, 1]);
}

/// The points of a Latin hypercube too are those of the line that gives them again, also where the
/// scenario says the seed.
#[test]
fn the_line_that_gives_a_sweep_again_has_its_points() {
    let design = ["--design", "latin-hypercube", "--points", "3", "--replications", "2"];
    let lead = ["--vary", "controller.at-eight.lead=0m..30m/5m"];
    let own = json(&[&lead, &design, &["--set", "seed=7"]]);
    assert_eq!(own["seed"], 7);
    let values = |swept: &Value| {
        let points = swept["points"].as_array().expect("points").iter();
        points.map(|point| point["values"].clone()).collect::<Vec<_>>()
    };
    let again = json(&[&lead, &design, &["--seed", "7"]]);
    assert_eq!(values(&own), values(&again));
}

/// Every replication has a line of its own, and the lines add up to the one of all together.
#[test]
fn lines_have_each_replication_and_then_all_together() {
    let text = told(&[&LEAD, &["--format", "ndjson"]]);
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3 * (20 + 1));
    let net = |line: &Value| {
        let value = line["figures"]["saving.net"]["value"].as_str().expect("money");
        value.parse::<f64>().expect("a number")
    };
    for point in lines.chunks(21) {
        let mean = point[..20].iter().map(net).sum::<f64>() / 20.0;
        assert!((mean - net(&point[20])).abs() < 1e-6, "{mean}");
        assert_eq!(
            (&point[7]["replication"], &point[20]["replication"]),
            (&7.into(), &Value::Null)
        );
        assert!(point[20]["figures"]["saving.net"]["low"].is_string());
    }
}

#[test]
fn standard_input_is_no_scenario_of_many_points() {
    let output = at_root(&["sweep", "-", LEAD[0], LEAD[1]]);
    refused(&output, "standard input can be read once");
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_run() {
    for (arguments, what) in [
        (vec!["--vary", "pool.g7-h.free=5..1"], "backwards"),
        (vec!["--vary", "pool.g7-h.free=0..1000000000"], "1000000001 values"),
        (vec!["--vary", "pool.g7-x.free=1,2"], "no pool is named `g7-x`"),
        (vec!["--vary", "pool.g7-h.free=1,many"], "many"),
        (vec!["--vary", "clock.length=4d,5d"], "cannot be compared: clock.length is"),
        (vec![LEAD[0], LEAD[1], "--metric", "service.shop.broken"], "no service `shop`"),
        (vec![LEAD[0], LEAD[1], LEAD[0], LEAD[1]], "is varied twice"),
        (vec![LEAD[0], LEAD[1], "--objective", "saving.nett"], "did you mean `saving.net`"),
        (vec![LEAD[0], LEAD[1], "--promise", "saving.net"], "the same figure"),
        (vec![LEAD[0], LEAD[1], "--design", "latin-hypercube"], "as many points as you say"),
        (vec![LEAD[0], LEAD[1], "--points", "5"], "--points is for"),
        (vec![], "nothing is varied"),
        (vec!["--variant", "early"], "no name before a colon"),
        (vec!["--variant", "a: seed=1", "--variant", "a: seed=2"], "two variants are called `a`"),
        (vec![LEAD[0], LEAD[1], "--exclude", "pool.g7-h.free=1"], "is not varied"),
        (
            vec![LEAD[0], LEAD[1], "--promise", "start.due_to_ready.p99"],
            "which no replication has for itself",
        ),
    ] {
        refused(&sweep(&[&arguments]), what);
    }
}

/// Variants are points too: the scenario as it is, under a name with what it sets, or another file.
#[test]
fn a_variant_is_a_point() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("half.toml");
    let base = root().join("scenarios/morning-shortage.toml");
    let text = format!(
        "extends = [{:?}]\nname = \"half\"\n[[pool]]\nname = \"g7-h\"\nfree = 250\n",
        base.display().to_string()
    );
    std::fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let short = ["--variant", "short: pool.g7-h.free=250", "--variant", &file];
    let few = ["--replications", "3"];
    // What is set for all is laid over a file as well: without it, half of the stock is left.
    let with = |set: &[&str]| {
        let base = [&["sweep", "--no-cache"], &EIGHTH[..7], set].concat();
        outside::json(&at_root(&[&base[..], &short, &few, &["--format", "json"]].concat()))
    };
    let swept = with(&[]);
    let points = swept["points"].as_array().expect("points");
    let names: Vec<&Value> = points.iter().map(|point| &point["values"]["variant"]).collect();
    assert_eq!(names[1..], [&Value::from("short"), &Value::from(file.as_str())]);
    assert_eq!(points[1]["digest"], points[2]["digest"]);
    assert_ne!(points[0]["digest"], points[1]["digest"]);
    // What cannot be set side by side is told by its name.
    let other = ["--variant", "longer: clock.length=5d"];
    refused(&sweep(&[&other]), "as is and longer cannot be compared: clock.length");
}

/// A variant that rests on more than the scenario does marks the figures.
#[test]
fn what_any_point_rests_on_is_marked() {
    let given = r#"
name = "given"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "2d"
[region]
id = "cn-hangzhou"
[[group]]
name = "web"
count = 2
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
system_disk = { size = "40GiB", category = "essd-pl0" }
[[pool]]
name = "g7-h"
zone = "cn-hangzhou-h"
family = "ecs.g7"
stock = "unlimited"
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
[[controller]]
name = "scheduler"
follows = "office"
stop = { mode = "StopCharging" }
[provenance]
"group" = "measured: ours"
"calls" = "measured: ours"
"pool" = "measured: ours"
"controller" = "given: ours"
"#;
    let guess = "extends = [\"given.toml\"]\nname = \"guess\"\n\
                 [provenance]\n\"group.web.start\" = \"assumed: a guess\"\n";
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("given.toml", given), ("guess.toml", guess)] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let is_marked = |other: [&str; 2]| {
        let own = ["sweep", "given.toml", "--no-cache", "--replications", "2", "--format", "json"];
        let swept = outside::json(&stopsim(folder.path(), &[&own[..], &other].concat()));
        swept["points"][0]["figures"]["unavailable.hours"]["assumed"].clone()
    };
    assert_eq!(is_marked(["--vary", "controller.scheduler.lead=0m,5m"]), false);
    assert_eq!(is_marked(["--variant", "guess.toml"]), true);
}

/// `[sweep]` says what flags would; flags win; and the scenario is the same one without it.
#[test]
fn a_scenario_can_say_what_is_varied() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("swept.toml");
    let base = root().join("scenarios/morning-shortage.toml");
    let table = "[sweep]\nvary = [\"controller.at-eight.lead=0m,30m\"]\n\
                 variants = [\"short: pool.g7-h.free=250\"]\n\
                 exclude = [\"variant=short; controller.at-eight.lead=30m\"]\n\
                 objective = \"unavailable.hours\"\n";
    let text = std::fs::read_to_string(&base).expect("a scenario");
    std::fs::write(&file, format!("{text}\n{table}")).expect("written");
    let run = |scenario: &str, arguments: &[&str]| {
        at_root(&[&["sweep", "--no-cache", scenario], &EIGHTH[1..], arguments].concat())
    };
    let few = ["--replications", "3", "--format", "csv"];
    let own = run(&file.display().to_string(), &few);
    let flags = [
        "--vary",
        "controller.at-eight.lead=0m,30m",
        "--variant",
        "short: pool.g7-h.free=250",
        "--exclude",
        "variant=short; controller.at-eight.lead=30m",
        "--objective",
        "unavailable.hours",
    ];
    let flagged = run(&base.display().to_string(), &[&flags[..], &few].concat());
    let told = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(told(&own), told(&flagged), "{}", String::from_utf8_lossy(&own.stderr));
    assert_eq!(told(&own).lines().count(), 4, "a header and three points:\n{}", told(&own));
    // Other points are other points altogether.
    let other = ["--vary", "controller.at-eight.lead=15m"];
    let other = run(&file.display().to_string(), &[&other[..], &few].concat());
    assert_eq!(told(&other).lines().count(), 2, "{}", told(&other));
    // A mistake in it is shown in its place.
    std::fs::write(&file, format!("{text}\n{}", table.replace("0m,30m\"]", "9..1\"]")))
        .expect("written");
    let backwards = run(&file.display().to_string(), &few);
    refused(&backwards, "backwards");
    refused(&backwards, "^^^");
}
