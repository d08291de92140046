//! `diff`: the first event, fact, field and entity in which two runs differ.

// These tests read the project's own files.
#![allow(clippy::disallowed_methods)]

use serde_json::Value;
use stopsim::ecs::instance::Status;
use stopsim::engine::{Decisions, Identity};
use stopsim::fact::{Fact, purpose};
use stopsim::sim::decision::occasion_text;
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, Observer, Sim, run_deciding};
use stopsim::units::SimTime;

use crate::outside::{STOPSIM, at_root, printed, refused};
use crate::worlds::{CALLS, FIRST, group, plan, pool, world};

const FLAKY: &str = "scenarios/flaky-mornings.toml";

const OFFICE: &str = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                      [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                      stop = { mode = \"StopCharging\" }\n\
                      [[call_fault]]\nname = \"flaky\"\nrefuse = \"500 InternalError\"\n\
                      operations = [\"StartInstance\"]\nprobability = \"1/3\"\n";

#[track_caller]
fn diff(arguments: &[&str], code: i32) -> String {
    let text = printed(&[&["diff"], arguments].concat(), code);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    text
}

/// Another build is one that makes the same run otherwise: here by a key of its own.
#[test]
fn another_build_is_compared_fact_by_fact() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    let build = |name: &str, more: &str| {
        let path = home.path().join(name);
        let text = format!("#!/bin/sh\nexec '{}' \"$@\" {more}\n", STOPSIM);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_string_lossy().into_owned()
    };
    let same = diff(&[FLAKY, "--seed", "20", "--against", STOPSIM], 0);
    assert!(same.ends_with("\n\nthe same happens in both\n"), "{same}");
    // `--version` takes nothing else.
    let later = "$([ \"$1\" = run ] && echo --set 'controller.careful.lead=10m')";
    let other = build("later", later);
    let text = diff(&[FLAKY, "--seed", "20", "--against", &other], 1);
    let here = diff(&[FLAKY, "--seed", "20", "--set-b", "controller.careful.lead=10m"], 1);
    for label in ["checkpoints", "fact", "about", "field"] {
        assert_eq!(line(&text, label), line(&here, label), "{text}\n{here}");
    }
    assert!(line(&text, "differs").contains(" of the facts of "), "{text}");
    assert!(line(&text, "A").starts_with("A stopsim "), "{text}");
    let broken = build("broken", "--no-such-flag");
    refused(&at_root(&["diff", FLAKY, "--against", &broken]), "could not run it");
    let swarm = at_root(&["diff", FLAKY, "--mix", "swarm", "--against", &other]);
    assert_eq!(swarm.status.code(), Some(2));
}

/// The line of the screen about this.
#[track_caller]
fn line<'t>(text: &'t str, label: &str) -> &'t str {
    let found = text.lines().find(|line| line.split_whitespace().next() == Some(label));
    found.unwrap_or_else(|| panic!("no line `{label}`: {text}"))
}

/// In the how-many-th event a fact happens first.
fn event_of(plan: &Plan, is_it: impl Fn(&Fact) -> bool) -> u64 {
    struct Seen<F>(F, bool);
    impl<F: Fn(&Fact) -> bool> Observer for Seen<F> {
        fn fact(&mut self, _: SimTime, fact: &Fact) {
            self.1 |= (self.0)(fact);
        }
    }
    let decisions = plan.decisions(FIRST.seed, FIRST.replication);
    let mut sim = Sim::new(plan, FIRST, &decisions, Seen(is_it, false));
    let mut events = 0;
    while !sim.observer().1 {
        sim.step().expect("no livelock").expect("it happens");
        events += 1;
    }
    events
}

fn becomes(name: u32, status: Status) -> impl Fn(&Fact) -> bool {
    move |fact| {
        matches!(fact, Fact::StateChanged { instance, to, .. }
            if instance.0 == name && to.status() == status)
    }
}

/// A scenario and the same with one stop of web-0007 that takes a second longer.
#[test]
fn one_planted_decision_is_named_with_its_event_its_field_and_its_instance() {
    let fleet =
        group("web", 20, "").replace("stop = \"20s\"", "stop = { p50 = \"20s\", p99 = \"2m\" }");
    let text = world("3d", &[CALLS, &fleet, &pool("free = 30"), OFFICE].concat());
    let base = plan(&text);
    let listing = Decisions::of(1, 0).listing();
    run_deciding(&base, FIRST, &listing, &mut NoObserver).expect("no livelock");
    let who = Identity::of("instance", "web-0007");
    let made = listing.made();
    let stops = made.keys().filter(|one| (one.who, one.purpose) == (who, purpose::STOP));
    let stop = stops.min_by_key(|one| occasion_text(one.occasion)).expect("it is stopped");
    let planted = format!(
        "{text}[[decision]]\nabout = \"instance web-0007\"\nwhat = \"stop\"\n\
         occasion = \"{}\"\nnumber = {}\ntakes = \"3h\"\n",
        occasion_text(stop.occasion),
        stop.k
    );
    let folder = tempfile::tempdir().expect("a folder");
    let [a, b] = [("a.toml", &text), ("b.toml", &planted)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.to_string_lossy().into_owned()
    });
    // What differs is when it is stopped: it is stopped in this event, and three hours later.
    let event = event_of(&base, becomes(6, Status::Stopped));
    let screen = diff(&[&a, &b, "--seed", "1"], 1);
    assert!(line(&screen, "differs").contains(&format!("event {event} of A, ")), "{screen}");
    assert!(line(&screen, "about").contains("instance web-0007"), "{screen}");
    assert!(line(&screen, "field").contains("time: A 2026-03-02 20:0"), "{screen}");
    assert!(line(&screen, "field").contains("B 2026-03-02 23:00:00"), "{screen}");
    assert!(line(&screen, "checkpoints").contains("the last of 2026-03-02 20:00:00"), "{screen}");
    // The other way round it is the same event of the other side.
    let screen = diff(&[&b, &a, "--seed", "1"], 1);
    assert!(line(&screen, "differs").contains(&format!("event {event} of B, ")), "{screen}");
}

/// Without a fault the first thing that is otherwise is what it did first.
#[test]
fn a_fault_that_is_left_out_is_the_first_difference() {
    let screen = diff(&[FLAKY, "--seed", "20", "--without-fault", "lost"], 1);
    assert!(line(&screen, "fact").contains("fault_struck: it happens in A only"), "{screen}");
    assert!(line(&screen, "about").contains("fault lost"), "{screen}");
    assert!(screen.contains("without fault lost"), "{screen}");
}

/// A fault that strikes a call makes another answer of it: a field of the same fact.
#[test]
fn another_answer_is_a_field() {
    let text = world("2d", &[CALLS, &group("web", 3, ""), &pool("free = 30"), OFFICE].concat());
    let other =
        text.replace("refuse = \"500 InternalError\"", "refuse = \"503 ServiceUnavailable\"");
    let folder = tempfile::tempdir().expect("a folder");
    let [a, b] = [("a.toml", &text), ("b.toml", &other)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path.to_string_lossy().into_owned()
    });
    let screen = diff(&[&a, &b], 1);
    assert!(line(&screen, "fact").contains("call_handled: it goes otherwise"), "{screen}");
    let field = line(&screen, "field");
    assert!(field.contains("answer: A 500 InternalError, B 503 ServiceUnavailable"), "{screen}");
    assert!(line(&screen, "about").contains("controller nightly"), "{screen}");
}

#[test]
fn the_same_run_is_the_same() {
    assert!(diff(&[FLAKY, "--seed", "20"], 0).ends_with("the same happens in both\n"));
    let text = diff(&[FLAKY, "--seed", "20", "--format", "json"], 0);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&json["schema"], &json["same"]), (&"stopsim.diff/1".into(), &true.into()));
    assert_eq!(json.get("first_difference"), None);
}

#[test]
fn two_seeds_two_mixes_and_two_policies_are_told_apart() {
    let change = "controller.careful.defects=[\"two-replicas\"]";
    for arguments in [
        &["--seed", "20", "--seed-b", "21"][..],
        &["--seed", "20", "--set-b", change],
        &["--set", "controller.careful.defects=[\"two-handlers\"]", "--tie-break-b", "seeded"],
        &["--seed", "20", "--seed-b", "21", "--mix", "swarm"],
    ] {
        let screen = diff(&[&[FLAKY], arguments].concat(), 1);
        assert!(line(&screen, "differs").contains("event "), "{screen}");
        let json = diff(&[&[FLAKY], arguments, &["--format", "json"]].concat(), 1);
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let first = &json["first_difference"];
        let (event, side) = (first["event"].as_u64(), first["side"].as_str());
        let told = format!("event {} of {}, ", event.expect("one"), side.expect("one"));
        assert!(line(&screen, "differs").contains(&told), "{screen}\n{json}");
    }
}

#[test]
fn a_fault_that_there_is_not_is_an_error_with_a_hint() {
    let output = at_root(&["diff", FLAKY, "--without-fault", "lots"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("no fault `lots`") && error.contains("`lost`"), "{error}");
    refused(&at_root(&["diff", "-", "--seed-b", "2"]), "cannot be read twice");
}
