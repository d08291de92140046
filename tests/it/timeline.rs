//! `timeline`, and what `replay` says below its verdicts and of a run that is cut.

// These tests read the project's own files.
#![allow(clippy::disallowed_methods)]

use stopsim::ecs::operation::OperationName;
use stopsim::fact::Fact;
use stopsim::scenario::source::Memory;

use crate::golden::{root, same};
use crate::outside::{self, at_root};
use crate::question::prints_what_it_says;
use crate::worlds::{FIRST, plan_from, run_plan};

const FLAKY: &str = "scenarios/flaky-mornings.toml";
const BOTH: &str = "scenarios/replaced-then-both-up.toml";
const TWO_REPLICAS: &str = "controller.careful.defects=[\"two-replicas\"]";
/// The edge at which the stale lease strikes is decided, so that it does not depend on luck.
const FOUND: [&str; 5] = [FLAKY, "--set", TWO_REPLICAS, "--seed", "20"];

#[track_caller]
fn printed(command: &str, arguments: &[&str], code: i32) -> String {
    outside::printed(&[&[command], arguments].concat(), code)
}

/// What is said on standard error by what cannot be run.
#[track_caller]
fn refused(command: &str, arguments: &[&str]) -> String {
    let output = at_root(&[&[command], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{command} {arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// Whether every line has at most 100 columns, of characters of one column each.
#[track_caller]
fn fits(text: &str) {
    const KNOWN: &str = "→←»●◆…✗█▒·─–";
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        let other = line.chars().find(|one| !one.is_ascii() && !KNOWN.contains(*one));
        assert_eq!(other, None, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn timelines_are_as_designed() {
    let golden = root().join("tests/golden/timeline");
    let some = [
        "--instances",
        "web-0001,web-0002,web-0003,batch-0001",
        "--from",
        "2026-03-02 07:59",
        "--to",
        "2026-03-02 08:03",
    ];
    for (name, arguments) in [
        ("stale-lease.txt", FOUND.to_vec()),
        ("both-up.txt", vec![BOTH]),
        ("many-lanes.txt", [&FOUND[..], &some].concat()),
        (
            "one-controller.txt",
            vec![BOTH, "--controllers", "nightly", "--to", "2026-03-02 08:00:20"],
        ),
    ] {
        let text = printed("timeline", &arguments, 0);
        fits(&text);
        same(&golden.join(name), &text);
    }
}

/// The stop of what is wanted is known when it takes effect: in the line below it.
#[test]
fn a_violation_stands_where_it_was_known() {
    let text = printed("timeline", &FOUND, 0);
    let lines: Vec<&str> = text.lines().collect();
    let place = lines.iter().position(|line| line.contains("✗ not_stopped_while_wanted: web"));
    let place = place.expect("it is told");
    let above = lines[place - 3..place].join("\n");
    assert!(above.contains("! defect two-replicas"), "{text}");
    assert!(above.contains("→ StopInstance"), "{text}");
    assert!(above.contains("● Stopping StopCharging"), "{text}");
    assert!(lines[place + 1].contains("← StopInstance"), "{text}");
}

#[test]
fn a_replay_shows_a_screenful_of_what_it_found() {
    let text = printed("replay", &FOUND, 1);
    let (_, timeline) =
        text.split_once("\nTIMELINE  of not_stopped_while_wanted").expect("it has one");
    fits(timeline);
    assert!(timeline.lines().count() <= 50, "{timeline}");
    assert!(timeline.contains("✗ not_stopped_while_wanted: web-0003, by careful"), "{timeline}");
    // A run that violates nothing has none.
    assert!(!printed("replay", &[FLAKY, "--seed", "20"], 0).contains("TIMELINE"));
}

/// Folded or not, a look is told once.
#[test]
fn every_look_is_told_once() {
    let text = std::fs::read_to_string(root().join(BOTH)).expect("it is shipped");
    let plan = plan_from("both.toml", &Memory::new().with("both.toml", text), &[]);
    let run = run_plan(&plan, FIRST);
    let looks = |fact: &Fact| {
        matches!(fact, Fact::CallSent(call) if call.operation == OperationName::DescribeInstances
            || call.operation == OperationName::DescribeInstanceStatus)
    };
    let sent = run.facts.iter().filter(|(_, fact)| looks(fact)).count();
    assert!(sent > 5, "{sent} looks");
    let end = plan.clock.format(plan.horizon);
    let start = plan.clock.format(stopsim::units::SimTime::ZERO);
    let all = ["--controllers", "nightly", "--from", &start, "--to", &end];
    let text = printed("timeline", &[&[BOTH], &all[..]].concat(), 0);
    // Cells are broken where they are too long: their words are one text.
    let words: Vec<&str> = text.split_whitespace().collect();
    let folded = words.windows(3).filter(|three| three[0] == "…" && three[2].starts_with("look"));
    let folded: usize = folded.map(|three| three[1].parse::<usize>().expect("a number")).sum();
    let whole = words.windows(2).filter(|two| two[0] == "→" && two[1].starts_with("Describe"));
    assert_eq!(folded + whole.count(), sent, "{text}");
}

#[test]
fn what_there_is_not_is_an_error_with_a_hint() {
    for (arguments, what, hint) in [
        (&["--instances", "web-0099"][..], "no instance `web-0099`", "web-0001 to web-0008"),
        (&["--controllers", "carefull"], "no controller `carefull`", "did you mean `careful`?"),
        (&["--from", "yesterday"], "--from \"yesterday\"", "the run goes from"),
        (&["--from", "2026-03-02 07:00:00.x"], "no part of a second", "the run goes from"),
        (&["--to", "2027-01-01"], "the run is over by then", "the run goes from"),
        (&["--to", "2025-01-01"], "--to \"2025-01-01\"", "the run goes from"),
        (
            &["--from", "2026-03-02 09:00", "--to", "2026-03-02 08:00"],
            "--from is later than --to",
            "",
        ),
        (
            &[
                "--instances",
                "web-0001,web-0002,web-0003,web-0004,web-0005,web-0006,web-0007,web-0008,\
                 batch-0001,batch-0002,batch-0003,batch-0004",
            ],
            "13 lanes, 1 of them controllers",
            "name fewer with --instances and --controllers",
        ),
    ] {
        let error = refused("timeline", &[&[FLAKY], arguments].concat());
        assert!(error.contains(what) && error.contains(hint), "{arguments:?}: {error}");
    }
    let error = refused("replay", &[FLAKY, "--until-time", "noon"]);
    assert!(error.contains("--until-time \"noon\""), "{error}");
}

/// Up to a time is up to the last event then; up to the last event is the whole run.
#[test]
fn a_run_is_cut_at_a_time_or_an_event() {
    let at_eight = ["--until-time", "2026-03-02 08:02:00"];
    let by_time = printed("replay", &[&FOUND[..], &at_eight].concat(), 1);
    let (_, rest) = by_time.split_once(", after ").expect("how many");
    let (events, rest) = rest.split_once(" events, ").expect("how many");
    let by_event = printed("replay", &[&FOUND[..], &["--until-event", events]].concat(), 1);
    assert!(by_event.contains(rest), "{by_event}\n{by_time}");
    assert!(rest.contains("web-0003    yes     Stopping"), "{rest}");
    // A moment before, nobody was stopped.
    let before = ["--until-time", "2026-03-02 08:01:59.999999"];
    let text = printed("replay", &[&FOUND[..], &before].concat(), 0);
    assert!(!text.contains("VIOLATED"), "{text}");
    let whole = printed("replay", &FOUND, 1);
    let digest = whole.lines().find(|line| line.starts_with("digest ")).expect("a digest");
    let all = printed("replay", &[&FOUND[..], &["--until-event", "1000000"]].concat(), 1);
    assert!(all.contains(digest), "{digest}: {all}");
}

/// `BLESS=1 cargo test --test it timeline` writes what the commands print into the page.
#[test]
fn the_commands_of_the_page_about_hunts_print_what_it_says() {
    let ran = prints_what_it_says("docs/HUNT.md", &[0, 1]);
    assert!(ran >= 4, "the page has {ran} commands");
}

/// A list is about every instance on it, and not only about the first.
#[test]
fn a_call_about_a_list_stands_beside_each_instance_that_it_may_be_about() {
    let sets = [
        "controller.careful.call=\"batch\"",
        "controller.careful.optimization=\"SuccessFirst\"",
        "controller.careful.look_first={with=\"DescribeInstances\",again=\"20s\"}",
    ];
    let mut words = vec!["timeline", FLAKY, "--instances", "web-0005"];
    words.extend(["--from", "2026-03-02 07:59", "--to", "2026-03-02 08:02"]);
    words.extend(sets.iter().flat_map(|set| ["--set", set]));
    let output = at_root(&words);
    let text = String::from_utf8(output.stdout).expect("text");
    for line in ["→ StartInstances #1", "← StartInstances #1: accepted", "= StartInstances #1"]
    {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}
