//! Scenarios that are kept, `hunt --failing` and `--policies`: flaky-mornings with a controller
//! that drops StoppedMode when it retries, so that it keeps charging.

// These tests write scenarios, and read what the program wrote.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::outside;

const SCENARIO: &str = include_str!("../../scenarios/flaky-mornings.toml");

/// A folder with the scenario, sound and broken.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "sound.toml", SCENARIO);
    write(home.path(), "broken.toml", &broken());
    fs::create_dir(home.path().join("corpus")).unwrap();
    home
}

fn broken() -> String {
    let name = "name = \"careful\"\n";
    SCENARIO.replace(name, &format!("{name}defects = [\"drops-stopped-mode\"]\n"))
}

fn write(home: &Path, name: &str, text: &str) {
    fs::write(home.join(name), text).unwrap();
}

fn read(home: &Path, name: &str) -> String {
    fs::read_to_string(home.join(name)).unwrap()
}

fn stopsim(home: &Path, arguments: &str) -> Output {
    outside::stopsim(home, &arguments.split(' ').collect::<Vec<_>>())
}

/// Runs, and expects this exit code and these texts on both streams together.
#[track_caller]
fn check(home: &Path, arguments: &str, code: i32, texts: &[&str]) -> String {
    let output = stopsim(home, arguments);
    let all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments}\n{all}");
    for text in texts {
        assert!(all.contains(text), "{arguments}: no `{text}` in\n{all}");
    }
    all
}

/// The first seed with the faults as stated, in fifo order, that violates `mode_as_asked`.
fn failing_seed(home: &Path) -> u64 {
    let output =
        stopsim(home, "hunt broken.toml --seeds 40 --mix stated --tie-break fifo --format json");
    let hunt: Value = serde_json::from_slice(&output.stdout).unwrap();
    hunt["failing"][0]["seed"].as_u64().unwrap()
}

#[test]
fn what_shrink_writes_is_as_expected_and_stays_red_until_it_is_fixed() {
    let home = home();
    let (home, seed) = (home.path(), failing_seed(home.path()));
    let shrink = format!("shrink broken.toml --seed {seed} --property mode_as_asked");
    check(home, &format!("{shrink} --out corpus/mode.toml"), 0, &["written to"]);
    let kept = read(home, "corpus/mode.toml");
    assert!(kept.contains("name = \"mode_as_asked\"\nexpected = \"violated\""), "{kept}");
    assert!(kept.contains(&format!("[hunt]\nseeds = [{seed}]")), "{kept}");
    check(home, "regress corpus", 0, &["as expected      corpus/mode.toml", "1 of 1 as expected"]);
    let replay = format!("stopsim replay corpus/mode.toml --seed {seed}");
    let red = ["NOT AS EXPECTED", "mode_as_asked: violated, expected holds", replay.as_str()];
    check(home, "regress corpus --expect holds", 1, &red);
    let json = stopsim(home, "regress corpus --expect holds --format json");
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["schema"], "stopsim.regress/1");
    let scenario = &json["scenarios"][0];
    assert_eq!(
        (&scenario["file"], &scenario["verdict"], &scenario["runs"]),
        (&"corpus/mode.toml".into(), &"not as expected".into(), &1.into())
    );
    let cases = scenario["cases"].as_array().unwrap();
    let failed: Vec<&Value> = cases.iter().filter(|case| case["status"] == "failed").collect();
    assert!(failed.iter().any(|case| case["name"] == "mode_as_asked"), "{json}");
    assert!(failed[0]["replay"].as_str().unwrap().starts_with("stopsim replay "), "{json}");
    // The line is one that shows it.
    check(home, &replay["stopsim ".len()..], 1, &["mode_as_asked", "VIOLATED"]);
    // Once it is fixed, its expectation is what is not as expected, until it says so.
    let fixed = kept.replace("defects = [\"drops-stopped-mode\"]\n", "");
    write(home, "corpus/mode.toml", &fixed);
    check(home, "regress corpus", 1, &["mode_as_asked: holds, expected violated"]);
    check(home, "regress corpus --expect holds", 0, &["1 of 1 as expected"]);
    write(home, "corpus/mode.toml", &fixed.replace("\"violated\"", "\"holds\""));
    check(home, "regress corpus", 0, &["1 of 1 as expected"]);
}

#[test]
fn seeds_mix_and_ties_are_those_of_the_scenario() {
    let home = home();
    let home = home.path();
    let sound =
        format!("{SCENARIO}\n[hunt]\nseeds = \"1..12\"\nmix = \"both\"\ntie_break = \"every\"\n");
    write(home, "corpus/a.toml", &sound);
    check(home, "regress corpus", 0, &["corpus/a.toml, 12 runs"]);
    write(home, "corpus/a.toml", &sound.replace("\"1..12\"", "[3, 9]"));
    check(home, "regress corpus/a.toml", 0, &["corpus/a.toml, 2 runs"]);
    // Which runs it is held to changes nothing of what it is.
    let hash = |name: &str| {
        let output = stopsim(home, &format!("hunt {name} --seeds 1 --format json"));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["scenario_sha256"].clone()
    };
    assert_eq!(hash("corpus/a.toml"), hash("sound.toml"));
}

#[test]
fn each_way_to_end_has_its_exit_code_and_the_worst_decides() {
    let home = home();
    let home = home.path();
    let [sometimes, exact] = [
        "\n[[property]]\nname = \"rare\"\nsometimes = \"running(web) > 8\"\n",
        "\n[hunt]\nnumbers = 77\n",
    ]
    .map(|more| format!("{SCENARIO}{more}"));
    check(home, "regress corpus", 2, &["there is no scenario in corpus"]);
    check(home, "regress nowhere", 2, &["cannot read nowhere"]);
    write(home, "corpus/a-sound.toml", SCENARIO);
    check(home, "regress corpus", 0, &["1 of 1 as expected"]);
    write(home, "corpus/b-rare.toml", &sometimes);
    check(home, "regress corpus", 4, &["inconclusive     corpus/b-rare.toml", "rare: "]);
    write(home, "corpus/c-exact.toml", &exact);
    let refused = "its seeds are of version 77 of random numbers, this program has 1";
    check(home, "regress corpus", 3, &["other numbers    corpus/c-exact.toml", refused]);
    let lasting = format!("{}\n[hunt]\nseeds = \"1..20\"\n", broken());
    write(home, "corpus/d-broken.toml", &lasting);
    check(home, "regress corpus", 1, &["mode_as_asked: violated, expected holds: 2026-03-"]);
    write(home, "corpus/e-wrong.toml", "name = 1");
    let worst = "1 of 5 as expected, 1 not as expected, 1 inconclusive, \
                 1 of another version of random numbers, 1 not run";
    check(home, "regress corpus", 2, &["NOT RUN          corpus/e-wrong.toml", worst]);
}

#[test]
fn a_scenario_that_states_its_decisions_is_run_whatever_the_numbers() {
    let home = home();
    let (home, seed) = (home.path(), failing_seed(home.path()));
    let shrink = format!("shrink broken.toml --seed {seed} --property mode_as_asked");
    check(home, &format!("{shrink} --out corpus/mode.toml"), 0, &["it states"]);
    let kept = read(home, "corpus/mode.toml");
    assert!(kept.contains("[[decision]]"), "{kept}");
    write(home, "corpus/mode.toml", &kept.replace("[hunt]", "[hunt]\nnumbers = 77"));
    check(home, "regress corpus", 0, &["1 of 1 as expected"]);
}

#[test]
fn verdicts_go_to_junit_and_to_github() {
    let home = home();
    let home = home.path();
    write(home, "corpus/a,b.toml", &format!("{}\n[hunt]\nseeds = \"1..20\"\n", broken()));
    let told = check(home, "regress corpus --junit out.xml --annotate github", 1, &[]);
    let annotation = "::error file=corpus/a%2Cb.toml,title=mode_as_asked::violated, expected holds";
    assert!(told.lines().any(|line| line.starts_with(annotation)), "{told}");
    assert!(told.contains("%0Astopsim replay corpus/a,b.toml --seed"), "{told}");
    let xml = read(home, "out.xml");
    assert!(xml.contains("<testsuite name=\"corpus/a,b.toml\""), "{xml}");
    assert!(xml.contains("<failure message=\"violated, expected holds: "), "{xml}");
    // An earlier one of ours is replaced, and the same verdicts are the same bytes.
    check(home, "regress corpus --junit out.xml", 1, &["cases written to out.xml"]);
    assert_eq!(read(home, "out.xml"), xml);
    write(home, "mine.xml", "<mine/>");
    check(home, "regress corpus --junit mine.xml", 2, &["it is no JUnit file of stopsim"]);
    assert_eq!(read(home, "mine.xml"), "<mine/>");
}

#[test]
fn every_expectation_of_a_run_is_a_case() {
    let home = home();
    let home = home.path();
    let [less, more] = ["< 1", "> 0"].map(|than| format!("\"calls.StopInstance.refused {than}\""));
    let refused = format!("expect = [{less}, {more}]\n");
    let others = SCENARIO.lines().filter(|line| !line.starts_with("expect = "));
    let others: String = others.map(|line| format!("{line}\n")).collect();
    write(home, "expects.toml", &format!("{refused}{others}"));
    let run = "run expects.toml --replications 1 --annotate github --format json";
    let told = check(home, &format!("{run} --junit out.xml"), 1, &[]);
    let annotation = "::error file=expects.toml,title=calls.StopInstance.refused < 1::observed ";
    assert!(told.contains(annotation), "{told}");
    let xml = read(home, "out.xml");
    assert!(xml.contains("<testsuites name=\"stopsim run\" tests=\"2\""), "{xml}");
    assert!(xml.contains("<testcase name=\"calls.StopInstance.refused &gt; 0\""), "{xml}");
    assert!(xml.contains("name=\"calls.StopInstance.refused &lt; 1\""), "{xml}");
    assert_eq!(xml.matches("<failure").count(), 1, "{xml}");
    // Standard output is JSON as it was.
    let output = stopsim(home, run);
    serde_json::from_slice::<Value>(&output.stdout).unwrap();
}

#[test]
fn a_fix_is_shown_by_the_failing_seeds_and_by_as_many_clean_ones_as_it_takes() {
    let home = home();
    let home = home.path();
    let hunted = stopsim(home, "hunt broken.toml --seeds 60 --format json").stdout;
    fs::write(home.join("a.json"), &hunted).unwrap();
    let before: Value = serde_json::from_slice(&hunted).unwrap();
    let failing = before["failing"].as_array().unwrap().len();
    let output = stopsim(home, "hunt sound.toml --failing a.json --format json");
    let fixed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{fixed}");
    assert_eq!(fixed["verdict"], "fixed");
    assert_eq!(fixed["failing"]["runs"], failing);
    assert_eq!(fixed["others"]["runs"], fixed["before"]["clean_runs_needed"]);
    assert_eq!(fixed["first_other_seed"], 61);
    let needed = &fixed["others"]["runs"];
    let sentence = format!("fixed with 95 % confidence: 0 of {needed}");
    check(home, "hunt sound.toml --failing a.json", 0, &[&sentence]);
    let still = format!("{failing} of {failing} still fail");
    check(home, "hunt broken.toml --failing a.json", 1, &[&still, "not fixed", "stopsim replay"]);
    let few = "hunt sound.toml --failing a.json --seeds 1";
    check(home, few, 4, &["inconclusive: 1 clean runs are too few"]);
    // What is not asked any more is not fixed.
    let silenced = ["mode_as_asked", "same_end"]
        .map(|name| format!("\n[[property]]\nname = \"{name}\"\ncheck = false\n"));
    write(home, "silenced.toml", &(broken() + &silenced.concat()));
    check(home, "hunt silenced.toml --failing a.json", 2, &["is not asked of this scenario"]);
    write(home, "b.json", "{}");
    check(home, "hunt sound.toml --failing b.json", 2, &["cannot read b.json"]);
}

#[test]
fn the_same_fate_is_shown_with_every_preset() {
    let home = home();
    let (home, seed) = (home.path(), failing_seed(home.path()));
    let replay = format!("replay broken.toml --seed {seed} --policies");
    let told = check(home, &replay, 1, &["POLICIES", "as it is", "vendor-advice"]);
    assert!(told.contains("mode_as_asked is violated by as it is"), "{told}");
    let output = stopsim(home, &format!("{replay} --format json"));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = json["policies"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1 + stopsim::scenario::preset::PRESETS.len());
    assert_eq!(rows[0]["preset"], Value::Null);
    let violates = |row: &Value| row["violated"].to_string().contains("mode_as_asked");
    assert!(violates(&rows[0]) && !rows.iter().all(violates), "{json}");
    check(home, "hunt broken.toml --seeds 20 --policies", 1, &["POLICIES", "as it is"]);
}

/// What stands below a command on the page is all that it prints.
#[test]
fn the_commands_of_the_page_run_and_print_what_stands_below_them() {
    let home = home();
    for name in ["fixed.toml", "office.toml"] {
        write(home.path(), name, SCENARIO);
    }
    let binary = Path::new(outside::STOPSIM);
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let blocks = include_str!("../../docs/REGRESS.md").split("```console\n").skip(1);
    let sessions = blocks.map(|from| from.split("```").next().unwrap());
    let mut ran = 0;
    for command in sessions.flat_map(|session| session.split("$ ").skip(1)) {
        let (command, printed) = command.split_once('\n').unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-euc", command]).current_dir(home.path()).env("PATH", &path);
        let output = shell.output().unwrap();
        let (told, code) = (String::from_utf8(output.stdout).unwrap(), output.status.code());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(code, Some(0 | 1)), "{command}: {code:?}, {complaint}");
        assert!(printed.is_empty() || printed == told, "{command}\n{told}");
        ran += 1;
    }
    assert_eq!(ran, 7);
}
