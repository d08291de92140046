//! The binary from outside: help, exit codes, error texts, and what it leaves behind.

// These tests look at what the program left on the disk.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::outside::{STOPSIM, check, names, stopsim, texts, week};

#[test]
fn help_names_every_command_and_exit_code() {
    let home = week();
    let (help, _) = texts(&stopsim(home.path(), &["--help"]));
    for word in [
        "run",
        "check",
        "expand",
        "init",
        "schema",
        "verify",
        "compare",
        "sweep",
        "plan",
        "explain",
        "catalogue",
        "metrics",
        "presets",
        "completions",
        "0 held",
        "1 an expectation is not met",
        "2 could not run",
        "3 not reproducible",
        "4 inconclusive",
        "101 a law",
        "130 interrupted",
    ] {
        assert!(help.contains(word), "no `{word}` in\n{help}");
    }
    check(home.path(), &["--version"], 0, "stopsim 0.", "");
}

#[test]
fn a_bad_flag_ends_with_2() {
    let home = week();
    let path = home.path();
    check(path, &["run"], 2, "", "<SCENARIO>");
    check(path, &["run", "minimal.toml", "--replications", "0"], 2, "", "--replications");
    check(path, &["run", "minimal.toml", "--tie-break", "dice"], 2, "", "fifo, seeded, reversed");
    check(path, &["run", "minimal.toml", "--facts"], 2, "", "--out");
    check(path, &["dance"], 2, "", "unrecognized subcommand");
}

#[test]
fn a_bad_scenario_ends_with_2_and_says_where_and_what_to_do() {
    let home = week();
    let path = home.path();
    check(path, &["run", "nowhere.toml"], 2, "", "cannot read nowhere.toml");
    fs::write(path.join("typo.toml"), "nmae = \"x\"\n").unwrap();
    check(path, &["check", "typo.toml"], 2, "", "typo.toml:1:1");
    check(path, &["check", "typo.toml"], 2, "", "did you mean `name`?");
    let set = ["run", "minimal.toml", "--set", "group.web.count=-5"];
    check(path, &set, 2, "", "--set");
    fs::write(path.join("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    check(path, &["run", "bytes.toml"], 2, "", "bytes.toml");
    check(path, &["run", "."], 2, "", "directory");
}

#[test]
fn expectations_decide_the_exit_code() {
    let home = week();
    let path = home.path();
    let with = |expect: &'static str| {
        move |more: &[&'static str]| [&["run", "minimal.toml", "--set", expect][..], more].concat()
    };
    let held = with("expect=[\"saving.intended_pct >= 1%\"]");
    check(path, &held(&[]), 0, "✓ if assumed", "");
    check(path, &held(&["--strict"]), 1, "✓ if assumed", "");
    let unmet = with("expect=[\"saving.intended_pct >= 99%\"]");
    check(path, &unmet(&[]), 1, "✗", "");
    let undecided = with("expect=[\"saving.policy_cost = 0\", \"stop.due_to_stopped.p50 > 520w\"]");
    check(path, &undecided(&["--until-event", "1"]), 4, "? inconclusive", "");
    check(path, &["run", "minimal.toml"], 0, "SAVED", "");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = week();
    for arguments in [&["run", "minimal.toml"][..], &["catalogue"], &["--help"], &["schema"]] {
        let mut child = Command::new(STOPSIM)
            .args(arguments)
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let (_, err) = texts(&output);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
        assert_eq!(err, "", "{arguments:?}");
    }
}

#[test]
fn a_full_standard_output_is_an_error() {
    let home = week();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(STOPSIM)
        .args(["run", "minimal.toml"])
        .current_dir(home.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("cannot write standard output"));
}

#[test]
fn a_result_is_written_whole_and_an_earlier_one_is_replaced() {
    let home = week();
    let path = home.path();
    let out = path.join("out");
    let several =
        ["run", "minimal.toml", "--replications", "2", "--out", "out", "--facts", "--instances"];
    check(path, &several, 0, "SAVED", "written to out");
    assert_eq!(names(&out.join("runs/1")), ["facts.ndjson", "instances.csv", "summary.json"]);
    fs::write(out.join("notes.txt"), "mine").unwrap();
    check(path, &["run", "minimal.toml", "--out", "out", "--format", "json"], 0, "", "");
    let expected = [
        "billing.csv",
        "checkpoints.csv",
        "groups.csv",
        "inventory.csv",
        "latency",
        "latency.csv",
        "latency.hlog",
        "notes.txt",
        "refusals.csv",
        "summary.json",
        "waves.csv",
    ];
    assert_eq!(
        names(&out),
        expected,
        "runs/ of the earlier result is gone, what is not ours stays"
    );
    let printed = stopsim(path, &["run", "minimal.toml", "--format", "json"]).stdout;
    assert_eq!(fs::read(out.join("summary.json")).unwrap(), printed, "--out changes no byte");
}

#[test]
fn a_directory_that_is_something_else_is_refused_and_left_alone() {
    let home = week();
    let path = home.path();
    fs::create_dir(path.join("photos")).unwrap();
    fs::write(path.join("photos/summary.json"), "{\"schema\": \"holidays\"}").unwrap();
    let arguments = ["run", "minimal.toml", "--out", "photos"];
    check(path, &arguments, 2, "", "choose a new directory, or empty this one");
    assert_eq!(names(&path.join("photos")), ["summary.json"]);
    check(
        path,
        &["run", "minimal.toml", "--out", "minimal.toml"],
        2,
        "",
        "--out names a directory",
    );
    check(path, &["run", "minimal.toml", "--out", "/dev/null/x"], 2, "", "cannot");
    check(path, &["run", "minimal.toml", "--out", "/proc/stopsim"], 2, "", "cannot write");
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let home = week();
    let run =
        format!("trap '' XFSZ; ulimit -f 8; exec '{STOPSIM}' run minimal.toml --out out --facts");
    let output = Command::new("sh").args(["-c", &run]).current_dir(home.path()).output().unwrap();
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot write out/") && err.contains("hint: free some space"), "{err}");
    assert!(!home.path().join("out").exists());
}

#[test]
fn a_full_disk_leaves_an_earlier_result_as_it_was() {
    let home = week();
    check(home.path(), &["run", "minimal.toml", "--out", "out"], 0, "", "");
    let before = fs::read(home.path().join("out/summary.json")).unwrap();
    let run =
        format!("trap '' XFSZ; ulimit -f 1; exec '{STOPSIM}' run minimal.toml --seed 2 --out out");
    let output = Command::new("sh").args(["-c", &run]).current_dir(home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", texts(&output).1);
    assert_eq!(fs::read(home.path().join("out/summary.json")).unwrap(), before);
    assert!(!names(&home.path().join("out")).iter().any(|name| name.contains("partial")));
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let home = week();
    let mut child = Command::new(STOPSIM)
        .args(["run", "minimal.toml", "--set", "group.web.count=3000", "--out", "out"])
        .args(["--set", "pool.g7-h.free=9000", "--replications", "500"])
        .current_dir(home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let pid = child.id().to_string();
    // Shells let what they begin in the background ignore SIGINT.
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!home.path().join("out").exists());
}

#[test]
fn init_writes_a_new_file_only() {
    let home = week();
    let path = home.path();
    check(path, &["init", "saving-only", "mine.toml"], 0, "", "stopsim run mine.toml");
    let before = fs::read(path.join("mine.toml")).unwrap();
    check(path, &["init", "minimal", "mine.toml"], 2, "", "nothing is overwritten");
    assert_eq!(fs::read(path.join("mine.toml")).unwrap(), before);
    check(path, &["run", "mine.toml"], 0, "restart risk: not modelled", "");
}

#[test]
fn what_expand_prints_is_the_same_scenario() {
    let home = week();
    let path = home.path();
    let expanded = stopsim(path, &["expand", "minimal.toml", "--set", "group.web.count=7"]);
    fs::write(path.join("expanded.toml"), expanded.stdout).unwrap();
    let summary = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&stopsim(path, arguments).stdout).unwrap()
    };
    let original =
        summary(&["run", "minimal.toml", "--set", "group.web.count=7", "--format", "json"]);
    let again = summary(&["run", "expanded.toml", "--format", "json"]);
    assert_eq!(original["scenario"]["hash"], again["scenario"]["hash"]);
    assert_eq!(original["digest"], again["digest"]);
    assert_eq!(original["inputs"], again["inputs"], "what was not written is still so");
}

#[test]
fn known_prices_are_listed_with_region_source_and_date() {
    let home = week();
    let g7 = ["prices", "ecs.g7.large", "--region", "cn-hangzhou"];
    let line = "cn-hangzhou  ecs.g7.large  0.52325 CNY/h  g.alicdn.com/aliyun/ecs-price-info";
    check(home.path(), &g7, 0, line, "");
    check(home.path(), &["prices", "ESSD"], 0, "system_disk: ESSD PL1", "");
    check(home.path(), &["prices", "--region", "mars"], 2, "", "the regions are");
}

#[test]
fn the_printed_command_prints_the_same_screen() {
    let home = week();
    let screen =
        stopsim(home.path(), &["run", "minimal.toml", "--seed", "9", "--tie-break", "seeded"]);
    let (text, _) = texts(&screen);
    let (_, command) = text.rsplit_once("stopsim run").unwrap();
    let command = format!("stopsim run{}", command.replace("\\\n", ""));
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let expected = ["run", "minimal.toml", "--seed", "9", "--tie-break", "seeded"];
    assert_eq!(words[..6], expected, "{command}");
    assert_eq!(stopsim(home.path(), &words).stdout, screen.stdout);
}

/// The words of an earlier release do what they did, for one release, and say so.
#[test]
fn old_flags_are_read_with_a_note() {
    let home = week();
    let path = home.path();
    let new = ["run", "minimal.toml", "--out", "new", "--facts", "--tie-break", "reversed"];
    check(path, &new, 0, "--tie-break reversed", "");
    let note = "note: --tie is --tie-break now";
    let old = ["run", "minimal.toml", "--out", "old", "--events", "--tie", "reversed"];
    check(path, &old, 0, "--tie-break reversed", note);
    check(path, &old, 0, "", "note: --events is --facts");
    let read = |name: &str| fs::read(path.join(name)).unwrap();
    assert_eq!(read("new/facts.ndjson"), read("old/events.ndjson"));
    assert!(!path.join("old/facts.ndjson").exists());
    let both = ["run", "minimal.toml", "--tie", "fifo", "--tie-break", "fifo"];
    check(path, &both, 2, "", "cannot be used with");
}

#[test]
fn explain_tells_the_story_of_one_instance() {
    let home = week();
    let story = ["explain", "minimal.toml", "--instance", "web-0003"];
    check(home.path(), &story, 0, "web-0003: group web, ecs.g7.large in cn-hangzhou-h", "");
    for part in [
        "no longer wants it",
        "sets out to stop it",
        "StopInstance",
        "accepted",
        "Running -> Stopping StopCharging",
        "money",
        "wants it",
        "is ready",
        "saved",
    ] {
        check(home.path(), &story, 0, part, "");
    }
    let nobody = ["explain", "minimal.toml", "--instance", "web-0099"];
    check(home.path(), &nobody, 2, "", "hint: the scenario has web-0001 to web-0020");
}

#[test]
fn the_catalogue_the_schema_and_the_completions_are_printed() {
    let home = week();
    let path = home.path();
    check(path, &["catalogue"], 0, "StartInstance  403  OperationDenied.NoStock", "");
    check(path, &["catalogue", "--operation", "StopInstanc"], 2, "", "StopInstance");
    let schema = stopsim(path, &["schema"]).stdout;
    let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    assert!(schema["properties"]["group"].is_object(), "{schema}");
    check(path, &["completions", "bash"], 0, "_stopsim", "");
}

#[test]
fn presets_are_listed_and_printed_as_they_are() {
    let home = week();
    let path = home.path();
    check(path, &["presets"], 0, "terraform-alicloud\n    Terraform provider alicloud", "");
    check(path, &["presets", "packer"], 0, "wait = { first = \"0s\", poll = \"5s\"", "");
    check(path, &["presets", "packr"], 2, "", "the presets are aliyun-cli");
}

#[test]
fn metrics_are_listed_with_unit_and_meaning() {
    let home = week();
    let path = home.path();
    let never = "restart.never\n    count, `12`; mean a replication: instances due that were not";
    check(path, &["metrics"], 0, never, "");
    check(path, &["metrics", "good_starts"], 0, "service.<service>.good_starts\n", "");
    check(path, &["metrics", "speed"], 2, "", "no metric has `speed` in its name");
}

#[test]
fn verify_compares_every_byte_of_two_processes() {
    let home = week();
    let path = home.path();
    check(path, &["verify", "minimal.toml"], 0, "the same bytes", "");
    let script = path.join("tampered");
    let mut file = fs::File::create(&script).unwrap();
    writeln!(file, "#!/bin/sh\n'{STOPSIM}' \"$@\"\nfor out; do :; done").unwrap();
    writeln!(file, "echo more >> \"$out/billing.csv\"").unwrap();
    drop(file);
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let against = ["verify", "minimal.toml", "--against", script.to_str().unwrap()];
    check(path, &against, 3, "differs: billing.csv from line", "");
    let missing = ["verify", "minimal.toml", "--against", "./nothing"];
    check(path, &missing, 2, "", "cannot run ./nothing");
}

/// Consoles and spreadsheets put a byte order mark before what they write.
#[test]
fn what_is_read_may_begin_with_the_mark_of_utf_8_and_utf_16_is_refused_by_name() {
    let home = week();
    let page = "{\"Instances\": {\"Instance\": [{\"InstanceId\": \"i-1\", \"ZoneId\": \"z\", \
                \"InstanceType\": \"ecs.g7.large\", \"Status\": \"Running\"}]}}";
    let events = "time,instance,state\n2026-03-02T08:00:00+08:00,i-1,Running\n";
    let scenario = fs::read_to_string(home.path().join("minimal.toml")).unwrap();
    for (name, text, command) in [
        ("page.json", page, vec!["import", "describe-instances", "page.json"]),
        ("events.csv", events, vec!["import", "history", "events.csv"]),
        ("marked.toml", &scenario, vec!["check", "marked.toml"]),
    ] {
        fs::write(home.path().join(name), format!("\u{feff}{text}")).unwrap();
        check(home.path(), &command, 0, "", "");
        let utf_16: Vec<u8> =
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(home.path().join(name), utf_16).unwrap();
        check(home.path(), &command, 2, "", "it is in UTF-16, expected UTF-8");
    }
}

#[test]
fn a_column_that_is_there_twice_is_an_error() {
    let home = week();
    let text = "time,instance,state,Time\n2026-03-02T08:00:00+08:00,i-1,Running,x\n";
    fs::write(home.path().join("events.csv"), text).unwrap();
    let command = ["import", "history", "events.csv"];
    check(home.path(), &command, 2, "", "column `time` is there twice");
}
