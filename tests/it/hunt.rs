//! Hunting: what many seeds come to, whatever the threads; a finding again; the smallest scenario
//! that still fails.

// These tests run the program on files of their own.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use stopsim::fact::Defect;
use stopsim::hunt::mix::{TieOrder, mixed, scaled, swarm_factor};
use stopsim::hunt::selftest::canary;
use stopsim::hunt::shrink::{OTHER_SEEDS, ShrinkError, Shrunk, shrink};
use stopsim::hunt::trial::Cost;
use stopsim::hunt::{Hunted, Hunter, Judgement, Mix, Portfolio, Trial};
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;
use stopsim::units::Ratio;

use crate::outside::{STOPSIM, refused, stopsim};
use crate::sample::cases_of;

#[path = "../../examples/hunt_own_controller.rs"]
#[allow(dead_code)] // its `main` prints what is asserted here
mod hunt_own_controller;

const FLAKY: &str = include_str!("../../scenarios/flaky-mornings.toml");

fn flaky(sets: &[String]) -> Plan {
    load("flaky.toml", &Memory::new().with("flaky.toml", FLAKY), sets).unwrap().plan
}

fn with_defect(name: &str) -> Vec<String> {
    vec![format!("controller.careful.defects=[\"{name}\"]")]
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hunt").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("flaky.toml"), FLAKY).unwrap();
    folder
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const ARMED: &str = "controller.careful.defects=[\"drops-start-without-stock\"]";

#[test]
fn a_hunt_is_the_same_on_one_thread_and_on_four() {
    let folder = folder("threads");
    let hunt = |threads| {
        let words =
            ["hunt", "flaky.toml", "--seeds", "1..150", "--set", ARMED, "--threads", threads];
        stopsim(&folder, &words)
    };
    let (one, four) = (hunt("1"), hunt("4"));
    assert_eq!(one.status.code(), Some(1), "{one:?}");
    assert_eq!(stdout(&one), stdout(&four));
    assert!(stdout(&one).contains("✗  converges"), "{}", stdout(&one));
}

#[test]
fn a_hunt_for_a_while_is_found_again_from_its_seeds() {
    let folder = folder("for");
    let brief = ["hunt", "flaky.toml", "--for", "300ms", "--set", ARMED, "--format", "json"];
    let first: Value = serde_json::from_slice(&stopsim(&folder, &brief).stdout).unwrap();
    let seeds = format!("{}..{}", first["seeds"][0], first["seeds"][1]);
    let again = ["hunt", "flaky.toml", "--seeds", &seeds, "--set", ARMED, "--format", "json"];
    let again: Value = serde_json::from_slice(&stopsim(&folder, &again).stdout).unwrap();
    assert_eq!(first, again);
    assert!(first["runs"].as_u64().unwrap() > 0);
}

#[test]
fn the_line_of_a_finding_replays_it() {
    let folder = folder("replay");
    let hunt = ["hunt", "flaky.toml", "--seeds", "60", "--set", ARMED, "--format", "json"];
    let hunt: Value = serde_json::from_slice(&stopsim(&folder, &hunt).stdout).unwrap();
    let finding = &hunt["findings"][0];
    let line = finding["replay"].as_str().unwrap();
    let replayed = Command::new("sh")
        .args(["-c", &line.replacen("stopsim", STOPSIM, 1)])
        .arg("--")
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(replayed.status.code(), Some(1), "{replayed:?}");
    let text = finding["violation"]["text"].as_str().unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let shown = stdout(&replayed).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains(&words.join(" ")), "{shown}\n{text}");
}

#[test]
fn a_hunt_that_is_interrupted_keeps_what_it_found() {
    let folder = folder("interrupted");
    for (sets, code) in [(vec!["--set", ARMED], 1), (vec![], 130)] {
        let words = [vec!["hunt", "flaky.toml", "--for", "60s"], sets].concat();
        let child = Command::new(STOPSIM)
            .args(&words)
            .current_dir(&folder)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
        assert!(stdout(&output).contains("PROPERTIES"), "{output:?}");
    }
}

/// The one that must be found: in one run of a hundred by construction, and a hunt says so.
#[test]
fn a_canary_of_one_in_a_hundred_is_told_as_one_in_a_hundred() {
    let text = canary();
    let plan = load("s.toml", &Memory::new().with("s.toml", &text), &[]).unwrap().plan;
    let portfolio = Portfolio::STATED;
    let (hunter, mut hunted) = (Hunter::new(&plan, false), Hunted::new(&plan));
    let runs = 4_000;
    for seed in 1..=runs {
        hunted.add(&plan, &hunter.run(&portfolio.trial(seed)).unwrap());
    }
    let name = |place: usize| plan.properties.name(u16::try_from(place).unwrap()) == "converges";
    let place = (0..plan.properties.count()).find(|place| name(*place)).unwrap();
    let judged = &hunted.properties[place];
    let interval = judged.share(Mix::Stated).unwrap();
    assert!(interval.low < 0.01 && 0.01 < interval.high, "{interval:?}");
    assert!(interval.high - interval.low < 0.01, "{interval:?}");
    assert_eq!(judged.judgement(None), Judgement::Violated);
}

/// A controller that is right about everything alarms nobody: a sample here, all of it in
/// `.ci/slow`.
#[test]
fn a_sound_controller_alarms_nobody() {
    let plan = flaky(&[]);
    let hunter = Hunter::new(&plan, true);
    for seed in 1..=u64::from(cases_of(200)) {
        for ties in TieOrder::ALL {
            for mix in [Mix::Stated, Mix::Swarm] {
                let trial = Trial::new(seed, mix, ties);
                let told = hunter.run(&trial).unwrap();
                let found: Vec<_> = told.violations().collect();
                assert!(found.is_empty(), "{trial:?}: {found:?}");
            }
        }
    }
}

/// It gave up after fifty looks that were throttled for half an hour.
#[test]
fn what_alarmed_once_does_not_alarm_again() {
    let plan = flaky(&[]);
    let trial = Trial::new(63_611, Mix::Swarm, TieOrder::Reversed);
    let told = Hunter::new(&plan, true).run(&trial).unwrap();
    assert_eq!(told.violations().count(), 0);
}

#[test]
fn a_swarm_leaves_half_of_the_rules_out_and_keeps_the_luck_of_the_others() {
    let plan = flaky(&[]);
    let rules = plan.call_faults.len();
    let (mut there, mut same) = (0, 0);
    for seed in 1..=400 {
        let swarm = mixed(&plan, Mix::Swarm, seed);
        there += swarm.call_faults.len();
        for fault in &swarm.call_faults {
            let stated = plan.call_faults.iter().find(|one| one.identity == fault.identity);
            let factor = swarm_factor(seed, fault.identity).unwrap();
            assert_eq!(fault.probability, scaled(stated.unwrap().probability, factor));
            same += usize::from(factor == (1, 1));
        }
    }
    let all = 400 * rules;
    assert!((45..=55).contains(&(100 * there / all)), "{there} of {all}");
    assert!((17..=23).contains(&(100 * same / there)), "{same} of {there}");
    assert_eq!(scaled(Ratio::new(1, 3), (4, 1)), Ratio::ONE);
}

/// Of four seeds in a row two have the faults as stated, and every order of ties is among them.
#[test]
fn a_portfolio_has_both_mixes_and_every_order_of_ties() {
    let portfolio = Portfolio::ALL;
    let trials: Vec<Trial> = (8..12).map(|seed| portfolio.trial(seed)).collect();
    assert_eq!(trials.iter().filter(|trial| trial.mix == Mix::Stated).count(), 2);
    for ties in TieOrder::ALL {
        assert!(trials.iter().any(|trial| trial.ties == ties), "{ties:?}");
    }
}

fn first_finding(plan: &Plan) -> Option<Trial> {
    let portfolio = Portfolio::ALL;
    let hunter = Hunter::new(plan, true);
    let mut trials = (1..=120).map(|seed| portfolio.trial(seed));
    trials.find(|trial| hunter.run(trial).unwrap().is_finding())
}

fn shrunk(defect: Defect) -> Option<Shrunk> {
    let sets = with_defect(defect.name());
    let trial = first_finding(&flaky(&sets))?;
    let source = Memory::new().with("flaky.toml", FLAKY);
    Some(shrink("flaky.toml", &source, &sets, trial, None).unwrap())
}

/// Defects that show in the shipped scenario, a few of them here.
#[test]
fn what_fails_is_made_as_small_as_one_or_two_instances_and_faults() {
    let defects = [
        Defect::DropsStoppedMode,
        Defect::SwallowsRefusals,
        Defect::TwoReplicas,
        Defect::DropsStartWithoutStock,
        Defect::RetriesBlindAfterTimeout,
    ];
    for defect in defects {
        let shrunk = shrunk(defect).expect("it is found");
        let [before, after] = shrunk.sizes;
        assert_eq!((before.instances, before.faults), (12, 14), "{defect:?}");
        assert!(after.instances <= 2 && after.faults <= 2, "{defect:?}: {after:?}");
        assert_eq!(shrunk.other_seeds, (OTHER_SEEDS, OTHER_SEEDS), "{defect:?}");
        let explicit = shrunk.explicit.expect("it fails under any seed");
        let plan = load("s.toml", &Memory::new().with("s.toml", &explicit), &[]).unwrap().plan;
        let hunter = Hunter::new(&plan, false);
        for seed in [5, 77_777, 4_000_000_000] {
            let trial = Trial { seed, ..shrunk.trial };
            let told = hunter.run(&trial).unwrap();
            let same = |one: &stopsim::property::Violation| {
                plan.properties.name(one.property) == shrunk.target.property
            };
            assert!(told.violations().any(same), "{defect:?}, seed {seed}:\n{explicit}");
        }
    }
}

#[test]
fn a_run_that_violates_nothing_cannot_be_made_smaller() {
    let source = Memory::new().with("flaky.toml", FLAKY);
    let trial = Trial::new(1, Mix::Stated, TieOrder::Fifo);
    let error = shrink("flaky.toml", &source, &[], trial, None).unwrap_err();
    assert!(matches!(error, ShrinkError::NothingToShrink { .. }), "{error}");
    assert_eq!(error.to_string(), "seed 1 violates nothing");
}

#[test]
fn what_cannot_be_hunted_is_an_error_with_a_hint() {
    let folder = folder("errors");
    for (words, says) in [
        (vec!["hunt", "flaky.toml", "--seeds", "9..3"], "there is no seed in `9..3`"),
        (vec!["hunt", "flaky.toml", "--seeds", "many"], "expected a number of seeds"),
        (
            vec!["hunt", "flaky.toml", "--seeds", "18446744073709551610..18446744073709551615"],
            "seeds go to 9223372036854775807",
        ),
        (vec!["shrink", "flaky.toml", "--seed", "1"], "seed 1 violates nothing"),
        (
            vec!["hunt", "flaky.toml", "--set", "property=[{name=\"x\",never=\"runing(web)\"}]"],
            "did you mean `running`?",
        ),
        (
            vec!["hunt", "flaky.toml", "--set", "property=[{name=\"x\",never=\"down(wbe)\"}]"],
            "did you mean `web`?",
        ),
        (
            vec!["hunt", "flaky.toml", "--set", "property=[{name=\"converges\",window=\"1m\"}]"],
            "`converges` has no `window`",
        ),
    ] {
        refused(&stopsim(&folder, &words), says);
    }
}

#[test]
fn a_controller_of_ones_own_is_hunted_in_its_seat() {
    let (plan, hunted) = hunt_own_controller::hunt(40);
    let violated = |name: &str| {
        let place = (0..).find(|place| plan.properties.name(*place) == name).unwrap();
        hunted.properties[usize::from(place)].first.is_some()
    };
    assert!(violated("belief_truth"));
    assert!(!violated("mode_as_asked"));
    let finding = hunted.findings.first().expect("it takes acceptance for completion");
    let controller = finding.violation.controller.expect("it says by whom");
    assert_eq!(plan.controllers[usize::from(controller)].name, "trusting");
}

#[test]
fn a_run_that_stops_at_its_violation_goes_no_further() {
    let plan = flaky(&with_defect("drops-start-without-stock"));
    let trial = first_finding(&plan).unwrap();
    let whole = Hunter::new(&plan, false).run(&trial).unwrap();
    let stopped = Hunter::new(&plan, false).stopping().run(&trial).unwrap();
    let first = |told: &stopsim::hunt::Told| {
        told.violations().min_by_key(|one| (one.at, one.property)).copied()
    };
    assert_eq!(first(&whole), first(&stopped));
    assert_eq!(stopped.violations().count(), 1);
    assert_eq!((stopped.digest, stopped.cost), (0, None));
}

/// The last seeds there are, and a time for those from a large one on.
#[test]
fn the_largest_seeds_are_hunted_as_others_are() {
    let folder = folder("large");
    for words in [
        ["--seeds", "9223372036854775805..9223372036854775807"].as_slice(),
        ["--seeds", "5000000000..5000099999", "--for", "200ms"].as_slice(),
    ] {
        let words = [["hunt", "flaky.toml", "--format", "json"].as_slice(), words].concat();
        let output = stopsim(&folder, &words);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let hunt: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(hunt["runs"].as_u64().unwrap() >= 3, "{hunt}");
    }
}

/// Ended where something was violated, the share of violating runs is no estimate.
#[test]
fn a_hunt_that_ends_at_its_first_violation_estimates_nothing() {
    let folder = folder("first");
    let words = ["hunt", "flaky.toml", "--set", ARMED, "--first"];
    let output = stopsim(&folder, &words);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    assert!(text.contains("no estimates") && !text.contains(".. "), "{text}");
    // The first line gives the same again.
    let again = text.lines().next().unwrap().trim_start_matches("stopsim ");
    let again = format!("{STOPSIM} {again}");
    let again = Command::new("sh").args(["-c", &again]).current_dir(&folder).output().unwrap();
    assert_eq!(stdout(&again), text);
}

/// What a violating run costs beyond the others, and a month of it: by hand for one figure.
#[test]
fn a_price_is_the_difference_of_two_means_in_the_window_that_is_booked() {
    let plan = flaky(&[]);
    let mut hunted = Hunted::new(&plan);
    let cost = |nanos| Cost { nanos, unavailable: 0 };
    hunted.costs =
        [[130, 110], [90, 110]].map(|pair| pair.repeat(12).into_iter().map(cost).collect());
    hunted.stated = (48, 24);
    let price = hunted.price(73 * 3_600_000_000, |cost| cost.nanos).unwrap();
    assert!((price.a_run.mean - 20.0).abs() < 1e-9, "{price:?}");
    // Half of ten such windows a month.
    assert!((price.a_month.mean - 100.0).abs() < 1e-9, "{price:?}");
    assert!(price.a_run.low < 20.0 && 20.0 < price.a_run.high, "{price:?}");
    assert!(!price.is_alike);
    // Where all cost the same there is nothing to be in doubt about but how likely it is.
    hunted.costs = [130, 90].map(|nanos| vec![cost(nanos); 24]);
    let price = hunted.price(73 * 3_600_000_000, |cost| cost.nanos).unwrap();
    assert!(price.is_alike);
    assert_eq!((price.a_run.low, price.a_run.mean, price.a_run.high), (40.0, 40.0, 40.0));
    assert!(price.a_month.low < 200.0 && 200.0 < price.a_month.high, "{price:?}");
    hunted.costs[0].truncate(9);
    assert_eq!(hunted.price(1, |cost| cost.nanos), None, "nine say too little");
}

/// A drawn order of ties is kept by its seed: the scenario fails whatever its own seed is.
#[test]
fn what_depends_on_the_order_of_ties_is_kept_with_that_order() {
    let folder = folder("ties");
    let set = "controller.careful.defects=[\"two-handlers\"]";
    let hunt = ["hunt", "flaky.toml", "--set", set, "--tie-break", "seeded", "--first"];
    let hunt = stopsim(&folder, &[&hunt[..], &["--format", "json"]].concat());
    let hunt: Value = serde_json::from_slice(&hunt.stdout).unwrap();
    let seed = hunt["failing"][0]["seed"].as_u64().unwrap().to_string();
    let mix = hunt["failing"][0]["mix"].as_str().unwrap();
    let shrink = ["shrink", "flaky.toml", "--set", set, "--seed", &seed, "--mix", mix];
    let shrink = [&shrink[..], &["--tie-break", "seeded", "--out", "s.toml"]].concat();
    assert_eq!(stopsim(&folder, &shrink).status.code(), Some(0));
    let text = fs::read_to_string(folder.join("s.toml")).unwrap();
    let kept = format!("tie_break = \"seeded\"\ntie_seed = {seed}\n");
    assert!(text.contains(&kept) && text.contains("it fails under any seed"), "{text}");
    for other in ["1", "99", "4711"] {
        let replay = stopsim(&folder, &["replay", "s.toml", "--seed", other]);
        assert_eq!(replay.status.code(), Some(1), "{}", stdout(&replay));
        // Its first line says the same run again.
        let line = stdout(&replay).lines().next().unwrap().to_owned();
        assert_eq!(line, format!("stopsim replay s.toml --seed {other}"));
        let fifo = ["replay", "s.toml", "--seed", other, "--tie-break", "fifo"];
        let fifo = stopsim(&folder, &fifo);
        assert_eq!(fifo.status.code(), Some(0), "{}", stdout(&fifo));
        assert!(stdout(&fifo).starts_with(&format!(
            "stopsim {}\n",
            "replay s.toml --seed ".to_owned() + other + " --tie-break fifo"
        )));
    }
    assert_eq!(stopsim(&folder, &["regress", "s.toml"]).status.code(), Some(0));
}

/// Where so many calls at once are the fault, so many instances stay, and no more.
#[test]
fn where_the_size_is_the_cause_the_smallest_fleet_that_fails_stays() {
    let budget = "property=[{name=\"fleet_budget\",at_most=7,window=\"1m\"}]".to_owned();
    let sets = vec![budget, "call_fault=[]".to_owned()];
    let plan = flaky(&sets);
    let trial = Trial::new(1, Mix::Stated, TieOrder::Fifo);
    assert!(Hunter::new(&plan, false).run(&trial).unwrap().is_finding());
    let source = Memory::new().with("flaky.toml", FLAKY);
    let shrunk = shrink("flaky.toml", &source, &sets, trial, None).unwrap();
    assert_eq!(shrunk.target.property, "fleet_budget");
    // Each looks before its call, 30 s after it and 20 s later: three look nine times, two six.
    assert_eq!(shrunk.sizes[1].instances, 3, "{}", shrunk.exact);
}

/// What was found before a program failed is shown, with the run in which it did.
#[test]
fn a_hunt_whose_program_fails_shows_what_it_found_before() {
    let folder = folder("dies");
    // It does nothing, and ends in its run 140.
    let program = "runs=0\nwhile read -r line; do case $line in *reset*) runs=$((runs+1)) ;; esac\n\
                   [ $runs -ge 140 ] && exit 3\necho '{\"actions\":[]}'; done\n";
    fs::write(folder.join("mine.sh"), program).unwrap();
    let set = "controller=[{name=\"mine\",groups=[\"web\",\"batch\"],\
               follows=\"office\",program=[\"sh\",\"mine.sh\"]}]";
    let words = ["hunt", "flaky.toml", "--set", set, "--no-twin", "--threads", "1"];
    let output = stopsim(&folder, &words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(stdout(&output).contains("139 runs, seeds 1..139"), "{}", stdout(&output));
    assert!(
        error.contains("replay: stopsim replay flaky.toml") && error.contains("--seed"),
        "{error}"
    );
}

/// Of a hunt that shows a violation or a livelock, but too little to say what it costs.
#[test]
fn a_screen_says_why_there_is_no_price_and_how_a_livelock_is_had_again() {
    let plan = flaky(&[]);
    let mut hunted = Hunted::new(&plan);
    hunted.stated = (20, 3);
    hunted.livelocks = (2, Some(Trial::new(7, Mix::Swarm, TieOrder::Fifo)));
    let replay = |trial: &Trial| format!("stopsim replay --seed {}", trial.seed);
    let text = stopsim::hunt::text::hunt(&plan, &hunted, (10, false), &replay);
    assert!(text.contains("PRICE  none: 3 of 20 runs"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let livelock = lines.iter().position(|line| line.contains("did not let time go on")).unwrap();
    assert_eq!(lines[livelock + 1].trim(), "stopsim replay --seed 7");
}

/// Seeds and a time: the seeds are over long before the time is.
#[test]
fn a_hunt_with_seeds_and_a_time_ends_with_whichever_comes_first() {
    let folder = folder("both");
    let words = ["hunt", "flaky.toml", "--seeds", "3", "--for", "1h", "--format", "json"];
    let hunt: Value = serde_json::from_slice(&stopsim(&folder, &words).stdout).unwrap();
    assert_eq!(hunt["runs"], 3);
}

#[test]
fn a_scenario_that_cannot_be_written_is_not_made_small_first() {
    let folder = folder("out");
    for (out, says) in [("missing/s.toml", "missing is not a folder"), ("flaky.toml", "already")] {
        // Seed 1 violates nothing: that would be told if it were looked at first.
        let output = stopsim(&folder, &["shrink", "flaky.toml", "--seed", "1", "--out", out]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(says) && !error.contains("violates nothing"), "{error}");
    }
    assert_eq!(fs::read_to_string(folder.join("flaky.toml")).unwrap(), FLAKY);
}

/// What a shrunk scenario violates is what the whole one violates, and nothing else.
#[test]
fn what_is_made_small_violates_nothing_that_the_whole_run_did_not() {
    let sets = with_defect("retries-with-stop");
    let plan = flaky(&sets);
    let trial = first_finding(&plan).expect("it is found");
    let names = |plan: &Plan, trial: &Trial| -> Vec<String> {
        let told = Hunter::new(plan, true).run(trial).unwrap();
        told.violations().map(|one| plan.properties.name(one.property).to_owned()).collect()
    };
    let whole = names(&plan, &trial);
    let source = Memory::new().with("flaky.toml", FLAKY);
    let shrunk = shrink("flaky.toml", &source, &sets, trial, None).unwrap();
    let small = load("s.toml", &Memory::new().with("s.toml", &shrunk.exact), &[]).unwrap().plan;
    let left = names(&small, &shrunk.trial);
    assert!(left.contains(&shrunk.target.property), "{left:?}");
    // What is compared with the run without faults is not looked at on the way.
    let others = left.iter().filter(|name| *name != "same_end" && !whole.contains(name));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new(), "{whole:?}");
}
