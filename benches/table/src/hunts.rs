//! Hunts: small worlds held to properties, with the run without faults beside each and without, and
//! how long a finding takes to be made small.

use std::hint::black_box;
use std::time::Instant;

use stopsim::hunt::mix::Portfolio;
use stopsim::hunt::shrink::shrink;
use stopsim::hunt::{Hunter, Trial};
use stopsim::replicate::in_order;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;

use crate::table::{Goal, line, medians, nanos};

const FLAKY: &str = include_str!("../../../scenarios/flaky-mornings.toml");
const DEFECT: &str = "controller.careful.defects=[\"drops-start-without-stock\"]";

/// Two days of twelve instances, one demand, one controller, one rare fault.
const PLAIN: &str = r#"
name = "plain"
clock = { start = "2026-03-02", timezone = "Asia/Shanghai", length = "2d" }
region = { id = "cn-hangzhou" }
[[group]]
name = "web"
count = 12
zone = "z"
type = "ecs.g7.large"
rate = "3.6 CNY/h"
stop = "20s"
start = "30s"
allocation = "10s"
wave_factor = "1"
[[pool]]
name = "g7"
zone = "z"
family = "ecs.g7"
unit = "instance"
stock = "unlimited"
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "daily", from = "08:00", to = "20:00" }]
[[controller]]
name = "nightly"
follows = "office"
stop = { mode = "StopCharging" }
[[call_fault]]
name = "rare"
operations = ["StartInstance"]
instances = ["web-0001"]
draw_per = "window"
probability = "1%"
window = { days = "mon", at = "08:00", for = "1m" }
refuse = "500 InternalError"
"#;

fn plan(text: &str, sets: &[String]) -> Plan {
    match load("hunt.toml", &Memory::new().with("hunt.toml", text), sets) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

/// So many seeds of each world, on two threads; then a finding made small.
pub fn hunts(seeds: u64) {
    let trials: Vec<Trial> = (1..=seeds).map(|seed| Portfolio::ALL.trial(seed)).collect();
    let worlds = [
        ("one rare fault", PLAIN, [Goal::AtLeast(8_000.0), Goal::AtLeast(4_000.0)]),
        ("flaky-mornings", FLAKY, [Goal::None, Goal::None]),
    ];
    for (name, text, goals) in worlds {
        let plan = plan(text, &[]);
        let hunt = |with_twin: bool| {
            let hunter = Hunter::new(&plan, with_twin);
            let began = Instant::now();
            let told = in_order(2, &trials, |trial| hunter.run(trial));
            black_box(told.expect("there are threads").len());
            began.elapsed().as_nanos() as f64 / trials.len() as f64
        };
        let taken = medians(&mut [&mut || hunt(false), &mut || hunt(true)]);
        let kinds = ["without twin", "with twin"];
        for ((taken, kind), goal) in taken.into_iter().zip(kinds).zip(goals) {
            let what = format!("a hunted run of {name}, {kind}");
            line(&what, &nanos(taken), "runs a second", 1e9 / taken, goal);
        }
    }
    shrunk();
}

/// The first finding of a defect that shows in a world of twelve instances and fourteen faults.
fn shrunk() {
    let sets = [DEFECT.to_owned()];
    let plan = plan(FLAKY, &sets);
    let hunter = Hunter::new(&plan, true);
    let fails = |trial: &Trial| hunter.run(trial).is_ok_and(|told| told.is_finding());
    let mut trials = (1..=120).map(|seed| Portfolio::ALL.trial(seed));
    let found = trials.find(fails).expect("it is found");
    let source = Memory::new().with("hunt.toml", FLAKY);
    let mut make_small = || {
        let began = Instant::now();
        let shrunk = shrink("hunt.toml", &source, &sets, found, None);
        black_box(shrunk.expect("it fails").exact.len());
        began.elapsed().as_nanos() as f64
    };
    let taken = medians(&mut [&mut make_small])[0];
    line("a finding made small", &nanos(taken), "seconds", taken / 1e9, Goal::AtMost(2.0));
}
