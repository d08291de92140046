//! Keyed draws: what is taken away takes nobody else's luck with it.
//!
//! Stock is unlimited, so that instances meet nowhere; then each one's timeline, every call,
//! answer, state and belief to the microsecond, must be the same in the smaller scenario.

use std::collections::BTreeMap;

use stopsim::books::outcome::Outcome;
use stopsim::engine::{Identity, TiePolicy};
use stopsim::fact::Fact;
use stopsim::replicate::{ReplicateError, Runs, run_all, run_each};
use stopsim::sim::{NoObserver, RunId};

use crate::worlds::{FIRST, group, plan, run_plan, timelines, unlimited, world};

type Timelines = BTreeMap<String, Vec<String>>;

const NAMES: [&str; 8] = ["ada", "bea", "cyd", "dan", "eve", "fay", "gus", "hal"];

/// Two groups of four with random durations and faults, two demands, and three controllers.
fn parts() -> Vec<(&'static str, String)> {
    let group = |name: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        format!(
            "[[group]]\nname = \"{name}\"\nnames = [{}]\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
             ready = {{ exponential = \"2m\" }}\n\
             hang = {{ probability = \"1/5\", power_off_after = \"6m\" }}\n\
             public_address = \"static-by-traffic\"\n",
            names.join(", "),
        )
    };
    let follower = |name: &str, demand: &str| {
        format!(
            "[[controller]]\nname = \"{name}\"\nfollows = \"{demand}\"\n\
             stop = {{ mode = \"StopCharging\" }}\njitter = {{ uniform = [\"0s\", \"10m\"] }}\n\
             timeout = \"5s\"\nwait = {{ poll = \"10s\", give_up = \"20m\" }}\n\
             retry = {{ jitter = \"full\", max_attempts = 6, \
             on = [\"server\", \"timeout\", \"status\"] }}\n\
             share_keep_charging = {{ share = \"1/4\", chosen = \"by_name\" }}\n"
        )
    };
    let demand = |name: &str, group: &str, from: &str| {
        format!(
            "[[demand]]\nname = \"{name}\"\ngroups = [\"{group}\"]\n\
             windows = [{{ days = \"daily\", from = \"{from}\", to = \"20:00\" }}]\n"
        )
    };
    let fault = |name: &str, what: &str| format!("[[call_fault]]\nname = \"{name}\"\n{what}\n");
    vec![
        ("left", group("left", &NAMES[..4])),
        ("right", group("right", &NAMES[4..])),
        ("pool", unlimited()),
        ("early", demand("early", "left", "08:00")),
        ("late", demand("late", "right", "09:30")),
        ("one", follower("one", "early")),
        ("two", follower("two", "late")),
        (
            "watch",
            "[[controller]]\nname = \"watch\"\ngroups = [\"right\"]\n\
             watch = { every = \"3h\", want = \"running\" }\nstop = { mode = \"StopCharging\" }\n"
                .into(),
        ),
        (
            "lossy",
            fault(
                "lossy",
                "lose_answer = true\nprobability = \"1/6\"\nper = \"call\"\n\
                 operations = [\"StopInstance\", \"StartInstance\"]",
            ),
        ),
        (
            "flaky",
            fault(
                "flaky",
                "refuse = \"500 InternalError\"\nprobability = \"1/5\"\n\
                 operations = [\"StartInstance\", \"StopInstance\"]",
            ),
        ),
        (
            "sticky",
            "[[work_fault]]\nname = \"sticky\"\nslow = \"9\"\nprobability = \"1/4\"\n".into(),
        ),
    ]
}

const DAYS: &str = "7d";

fn scenario(parts: &[(&str, String)]) -> String {
    let text: Vec<&str> = parts.iter().map(|(_, text)| text.as_str()).collect();
    world(DAYS, &text.concat())
}

/// Every instance's timeline under one seed.
fn lives(text: &str, seed: u64) -> Timelines {
    let plan = plan(text);
    own(timelines(&plan, &run_plan(&plan, RunId { seed, ..FIRST })))
}

/// Pages that a watch controller reads are about no single instance.
fn own(mut lives: Timelines) -> Timelines {
    for life in lives.values_mut() {
        life.retain(|line| !line.contains(" watch Describe"));
    }
    lives
}

fn without(name: &str) -> String {
    let mut parts = parts();
    parts.retain(|(own, _)| *own != name);
    scenario(&parts)
}

#[track_caller]
fn same_lives(whole: &Timelines, less: &Timelines, names: &[&str]) {
    for name in names {
        let (whole, less) = (&whole[*name], &less[*name]);
        assert!(whole.len() > 100, "{name} has a life: {} facts", whole.len());
        let first = whole.iter().zip(less).find(|(a, b)| a != b);
        assert_eq!(whole.len(), less.len(), "{name}: {first:?}");
        assert_eq!(first, None, "{name}");
    }
}

/// Variants of a plan share the threads, and each gives what it gives alone.
#[test]
fn plans_that_are_run_together_are_as_if_each_were_run_alone() {
    let office = |stop: &str| {
        let more = "[[demand]]\nname = \"day\"\ngroups = [\"web\"]\n\
                    windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\" }]\n\
                    [[controller]]\nname = \"nightly\"\nfollows = \"day\"\n";
        let group = group("web", 3, "").replace("\"20s\"", stop);
        let stock = unlimited();
        plan(&world("3d", &format!("{group}{stock}{more}")))
    };
    let plans = [office("\"10s\""), office("{ p50 = \"20s\", p99 = \"1m\" }")];
    let runs = |threads| Runs {
        seed: 1,
        ties: TiePolicy::Fifo,
        replications: 0..3,
        threads,
        until_event: None,
    };
    let digest = |all: Vec<(Outcome, NoObserver)>| -> Vec<u64> {
        all.into_iter().map(|(outcome, _)| outcome.digest).collect()
    };
    for threads in [1, 2] {
        let mut together = [vec![], vec![]];
        run_each(
            &plans,
            &runs(threads),
            |_| NoObserver,
            |place, outcome, _| {
                together[place].push(outcome.digest);
                Ok::<(), ReplicateError>(())
            },
        )
        .unwrap();
        let alone = plans.each_ref().map(|plan| run_all(plan, &runs(1), |_| NoObserver).unwrap());
        assert_eq!(together, alone.map(digest), "{threads} threads");
        assert_ne!(together[0], together[1], "they are different plans");
    }
}

#[test]
fn removing_an_instance_leaves_every_other_life_as_it_was() {
    for seed in 1..=3 {
        let whole = lives(&scenario(&parts()), seed);
        for gone in NAMES {
            let mut text = scenario(&parts());
            let listed = format!("\"{gone}\"");
            text = text.replace(&format!("{listed}, "), "").replace(&format!(", {listed}"), "");
            let less = lives(&text, seed);
            assert!(!less.contains_key(gone), "{gone} is gone");
            let others: Vec<&str> = NAMES.into_iter().filter(|name| *name != gone).collect();
            same_lives(&whole, &less, &others);
        }
    }
}

#[test]
fn removing_a_controller_and_its_demand_leaves_those_it_did_not_act_on() {
    let whole = lives(&scenario(&parts()), 1);
    let mut parts = parts();
    parts.retain(|(name, _)| !["one", "early"].contains(name));
    let less = lives(&scenario(&parts), 1);
    same_lives(&whole, &less, &NAMES[4..]);
    assert!(!less.contains_key("ada"), "nothing happens to what it acted on");
}

#[test]
fn removing_a_watch_controller_leaves_the_group_it_did_not_look_at() {
    let whole = lives(&scenario(&parts()), 1);
    let less = lives(&without("watch"), 1);
    same_lives(&whole, &less, &NAMES[..4]);
    assert_ne!(whole["eve"], less["eve"], "what it looked at lives otherwise");
}

/// A rule's draws are its own: whoever it never struck lives on as if it had never been there.
#[test]
fn removing_a_fault_rule_leaves_whoever_it_never_struck() {
    let rules = [("lossy", "call_fault"), ("flaky", "call_fault"), ("sticky", "work_fault")];
    for (rule, kind) in rules {
        // Each instance alone is struck within a week: a shorter run leaves some in peace.
        let text = scenario(&parts()).replace("length = \"7d\"", "length = \"30h\"");
        let plan = plan(&text);
        let less = without(rule).replace("length = \"7d\"", "length = \"30h\"");
        assert!(text.contains(&format!("[[{kind}]]\nname = \"{rule}\"")));
        let (mut struck, mut spared) = (0, 0);
        for seed in 1..=4 {
            let run = run_plan(&plan, RunId { seed, ..FIRST });
            let whole = own(timelines(&plan, &run));
            let less = lives(&less, seed);
            for (place, name) in NAMES.iter().enumerate() {
                let by_rule = Identity::of(kind, rule);
                let hit = run.facts.iter().any(|(_, fact)| {
                    matches!(fact, Fact::FaultStruck { rule, instance }
                        if *rule == by_rule && instance.index() == place)
                });
                if hit {
                    struck += 1;
                } else {
                    spared += 1;
                    assert_eq!(whole[*name], less[*name], "{name} was never struck by {rule}");
                }
            }
        }
        assert!(struck > 0 && spared > 0, "{rule}: {struck} struck, {spared} spared");
    }
}

/// One more retry on Monday leaves Tuesday's luck alone: a rule that is in force on Monday only
/// changes nothing from Wednesday on.
#[test]
fn trouble_on_monday_leaves_the_rest_of_the_week_alone() {
    let monday = "[[call_fault]]\nname = \"monday\"\nrefuse = \"500 InternalError\"\n\
                  operations = [\"StopInstance\", \"StartInstance\"]\nper = \"call\"\n\
                  probability = \"1/2\"\nwindow = { until = \"2026-03-03 00:00\", \
                  from = \"2026-03-02 00:00\" }\n";
    let calm = lives(&without("watch"), 1);
    let mut parts = parts();
    parts.retain(|(name, _)| *name != "watch");
    let at = parts.iter().position(|(name, _)| *name == "lossy").unwrap();
    parts.insert(at, ("monday", monday.into()));
    let troubled = lives(&scenario(&parts), 1);
    let from_wednesday = |life: &[String]| {
        life.iter().filter(|line| line.as_str() >= "2d ").cloned().collect::<Vec<String>>()
    };
    let mut differ = 0;
    for name in NAMES {
        let (calm, troubled) = (&calm[name], &troubled[name]);
        differ += usize::from(calm != troubled);
        assert!(!from_wednesday(calm).is_empty());
        assert_eq!(from_wednesday(calm), from_wednesday(troubled), "{name}");
    }
    assert!(differ >= 4, "Monday was troubled for {differ}");
}
