//! Input that is hostile, endless or at the ends of what can be represented: it is refused with
//! its place, or it runs.

// These tests look at what the program reads and leaves on the disk.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use stopsim::scenario::{Memory, load};
use stopsim::sim::{NoObserver, RunId};
use tempfile::TempDir;

use crate::outside::STOPSIM;

/// Two groups, `a` and `b`, of one and `count` instances.
const BASE: &str = r#"
name = "p"
[clock]
start = "2026-03-02"
timezone = "UTC"
length = "2d"
[region]
id = "cn-hangzhou"
[[pool]]
name = "c6"
zone = "cn-hangzhou-h"
family = "ecs.c6"
stock = "unlimited"
[[group]]
name = "a"
count = 1
zone = "cn-hangzhou-h"
type = "ecs.c6.large"
[[group]]
name = "b"
count = 1
zone = "cn-hangzhou-h"
type = "ecs.c6.large"
"#;
const CONTROLLER: &str = "[[controller]]\nname = \"c\"\ngroups = [\"b\"]\n";

/// Loads the base with more, and expects it to be refused with this text and a place.
#[track_caller]
fn refused(more: &str, expected: &str) {
    refused_with(more, &[], expected);
}

#[track_caller]
fn refused_with(more: &str, files: &[(&str, &str)], expected: &str) {
    let mut source = Memory::new().with("s.toml", format!("{BASE}{more}"));
    for (name, text) in files {
        source = source.with(*name, *text);
    }
    let told = load("s.toml", &source, &[]).expect_err("it is refused").render(false);
    assert!(told.contains(expected), "no `{expected}` in\n{told}");
    assert!(told.contains("--> ") && told.contains(':'), "no place in\n{told}");
}

/// Loads the base with more, and runs it.
#[track_caller]
fn runs_with(more: &str, files: &[(&str, &str)]) {
    let mut source = Memory::new().with("s.toml", format!("{BASE}{more}"));
    for (name, text) in files {
        source = source.with(*name, *text);
    }
    let plan = match load("s.toml", &source, &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{}", errors.render(false)),
    };
    let run = RunId {
        seed: 1,
        replication: 0,
        ties: stopsim::engine::TiePolicy::Fifo,
        until_event: None,
    };
    stopsim::sim::run(&plan, run, &mut NoObserver).expect("time goes on");
}

fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("s.toml"), BASE).unwrap();
    home
}

fn stopsim(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(STOPSIM)
        .args(arguments)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn check(home: &Path, arguments: &[&str], code: i32, expected: &str) -> String {
    let output = stopsim(home, arguments, "");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(expected), "{arguments:?}: no `{expected}` in\n{text}");
    text
}

#[test]
fn a_request_for_an_instance_of_others_is_refused_with_its_place() {
    let listed = format!(
        "{CONTROLLER}requests = [{{ at = \"2026-03-02 12:00\", instance = \"a-0001\", \
         action = \"stop\" }}]\n"
    );
    refused(&listed, "`a-0001` is not an instance of this controller");
    let csv = format!("{CONTROLLER}requests_csv = \"r.csv\"\n");
    let rows = "at,instance,action\n2026-03-02 12:00,a-0001,stop\n";
    refused_with(&csv, &[("r.csv", rows)], "`a-0001` is not an instance of this controller");
    runs_with(&csv.replace("\"b\"", "\"b\", \"a\""), &[("r.csv", rows)]);
}

#[test]
fn prices_at_the_ends_of_their_type_are_refused_with_their_place() {
    let disk = "[[group]]\nname = \"d\"\ncount = 2\nzone = \"cn-hangzhou-h\"\n\
                type = \"ecs.c6.large\"\nsystem_disk = { size = \"40GiB\", category = \"x\" }\n";
    let price = |rate: &str| format!("[[price]]\nname = \"x\"\nrate = \"{rate} CNY/h\"\n{disk}");
    refused(&price("4294967296"), "4294967296 is more than 1000000 an hour");
    refused(&price("9223372036.854775807"), "is more than 1000000 an hour");
    refused(&price("1000000"), "this comes to more than 1000000 an hour");
    runs_with(&price("25000"), &[]);
    let many = disk.replace("\"40GiB\"", "\"40GiB\", count = 9");
    refused(&price("25000").replace(disk, &many), "this comes to more than 1000000 an hour");
    let exchange = "[[exchange]]\nfrom = \"USD\"\nrate = \"1000000000\"\nsource = \"s\"\n\
                    date = \"2026-01-01\"\n[[price]]\nname = \"ecs.c6.large\"\nrate = \"9 USD/h\"\n";
    refused(exchange, "this comes to more than 1000000 an hour");
    let rows = "name,rate\nx,4294967296 CNY/h\n";
    refused_with("[csv]\nprice = \"p.csv\"\n", &[("p.csv", rows)], "is more than 1000000 an hour");
}

#[test]
fn durations_at_the_ends_of_their_type_are_refused_with_their_place() {
    let watch = |every: &str, give_up: &str| {
        format!(
            "{CONTROLLER}watch = {{ every = \"{every}\", want = \"running\" }}\n\
             wait = {{ poll = \"10s\", give_up = \"{give_up}\" }}\n"
        )
    };
    let expected = "is longer than a thousand years";
    refused(&watch("1h", "18446744073709551615us"), expected);
    refused(&watch("18446744073709551615us", "1h"), expected);
    refused(&watch("1h", "365001d"), expected);
    runs_with(&watch("1h", "365000d"), &[]);
}

#[test]
fn more_entries_than_can_be_numbered_are_refused() {
    let rows = |head: &str, row: &dyn Fn(u32) -> String| {
        let rows: Vec<String> = (0..66_000).map(row).collect();
        format!("{head}\n{}\n", rows.join("\n"))
    };
    let pools = rows("name,zone,family,stock", &|n| format!("p{n},z{n},ecs.g7,unlimited"));
    let expected = "more than 65535 entries in one list";
    refused_with("[csv]\npool = \"p.csv\"\n", &[("p.csv", &pools)], expected);
    let hosts = rows("name,zone,vcpus,rate", &|n| format!("h{n},cn-hangzhou-h,8,1 CNY/h"));
    refused_with("[csv]\ndedicated_host = \"h.csv\"\n", &[("h.csv", &hosts)], expected);
}

#[test]
fn a_walk_or_bursts_that_turn_without_end_are_refused_by_a_limit_with_a_name() {
    let fault = "[[call_fault]]\nname = \"f\"\nrefuse = \"500 InternalError\"\n";
    let burst =
        |on: &str| format!("{fault}window = {{ burst = {{ on = \"{on}\", off = \"{on}\" }} }}\n");
    refused(&burst("100us"), "more than 1000000 bursts in the run");
    runs_with(&burst("10m"), &[]);
}

#[test]
fn what_comes_again_without_end_is_refused_by_a_limit_with_a_name() {
    let watch = |every: &str| {
        format!("{CONTROLLER}watch = {{ every = \"{every}\", want = \"running\" }}\n")
    };
    refused(&watch("1us"), "more than 100000000 looks of one controller in the run");
    runs_with(&watch("1m"), &[]);
    let wait = |keys: &str| format!("{CONTROLLER}requests = []\n{keys}\n");
    let tries = "more than 1000000 tries of one wait in the run";
    refused(&wait("wait = { poll = \"1us\", give_up = \"10m\" }"), tries);
    refused(&wait("wait = { poll = \"1us\", longest = \"2us\", give_up = \"10m\" }"), tries);
    refused(&wait("no_stock = { retry_every = \"1ms\" }"), tries);
    runs_with(&wait("wait = { poll = \"1us\", longest = \"1s\", give_up = \"10m\" }"), &[]);
    runs_with(&wait("no_stock = { retry_every = \"1ms\", give_up = \"10m\" }"), &[]);
    let users = |per_hour: &str| {
        format!("{CONTROLLER}poisson = {{ per_hour = {per_hour}, hold = \"1h\" }}\n")
    };
    let tenants = |per_hour: &str, hold: &str| {
        format!(
            "[[pool]]\nname = \"o\"\nzone = \"cn-hangzhou-h\"\nfamily = \"ecs.g7\"\n\
             unit = \"instance\"\nfree = 10\n\
             others = {{ per_hour = {per_hour}, hold = \"{hold}\" }}\n"
        )
    };
    let long = |more: String| format!("{}{more}", BASE.replace("\"2d\"", "\"365d\""));
    for text in [long(users("1000000")), long(tenants("1000000", "1h"))] {
        let source = Memory::new().with("s.toml", text);
        let told = load("s.toml", &source, &[]).expect_err("too many").render(false);
        assert!(told.contains("more than 100000000 requests drawn in the run"), "{told}");
    }
    refused(&tenants("1000000", "3650d"), "more than 10000000 tenants at once in the run");
    runs_with(&tenants("100", "3650d"), &[]);
}

#[test]
fn a_time_zone_of_70_kb_is_refused_at_once() {
    let zone = "A".repeat(70_000);
    let text = BASE.replace("\"UTC\"", &format!("\"{zone}\""));
    let source = Memory::new().with("s.toml", text);
    let errors = load("s.toml", &source, &[]).expect_err("there is none");
    let told: Vec<&str> = errors.problems.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(told, ["no time zone has a name of more than 64 letters"]);
}

#[test]
fn what_is_listed_at_one_instant_is_no_livelock() {
    let rows = |head: &str, row: &str| format!("{head}\n{}", format!("{row}\n").repeat(12_000));
    let others = rows("at,units,hold", "2026-03-02 12:00,1,1h");
    let trace = BASE.replace(
        "stock = \"unlimited\"",
        "unit = \"instance\"\nfree = 100\nothers_trace = { csv = \"o.csv\" }",
    );
    let source = Memory::new().with("s.toml", trace).with("o.csv", others);
    let plan = match load("s.toml", &source, &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{}", errors.render(false)),
    };
    let ties = stopsim::engine::TiePolicy::Fifo;
    let run = RunId { seed: 1, replication: 0, ties, until_event: None };
    stopsim::sim::run(&plan, run, &mut NoObserver).expect("time goes on");
    let requests = rows("at,instance,action", "2026-03-02 12:00,b-0001,stop");
    let csv = format!("{CONTROLLER}requests_csv = \"r.csv\"\n");
    runs_with(&csv, &[("r.csv", &requests)]);
}

#[test]
fn limits_of_flags_are_those_of_the_file() {
    let home = home();
    let path = home.path();
    for count in ["4294967295", "1000001", "0"] {
        let key = format!("run.replications={count}");
        check(path, &["check", "s.toml", "--set", &key], 2, "1000000");
        for command in ["run", "verify"] {
            check(path, &[command, "s.toml", "--replications", count], 2, "1..=1000000");
        }
        let backtest = ["backtest", "s.toml", "--history", "h.csv", "--replications", count];
        check(path, &backtest, 2, "1..=1000000");
    }
    check(path, &["run", "s.toml", "--replication", "4294967295"], 2, "0..1000000");
    check(path, &["run", "s.toml", "--threads", "1025"], 2, "1..=1024");
}

#[test]
fn a_dash_is_standard_input() {
    let home = home();
    let output = stopsim(home.path(), &["check", "-"], BASE);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let typo = stopsim(home.path(), &["check", "-"], "nmae = \"x\"\n");
    assert!(String::from_utf8_lossy(&typo.stderr).contains("-:1:1"));
    let events = "time,instance,state\n2026-03-02T08:00:00+08:00,i-1,Running\n";
    let history = stopsim(home.path(), &["import", "history", "-"], events);
    assert_eq!(history.status.code(), Some(0), "{}", String::from_utf8_lossy(&history.stderr));
    check(home.path(), &["verify", "-"], 2, "cannot both read standard input");
    // A scenario names a file, and never standard input.
    let csv = format!("{BASE}[csv]\nprice = \"-\"\n");
    let output = stopsim(home.path(), &["check", "-"], &csv);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read ./-: no such file"));
}

#[test]
fn an_endless_or_special_file_is_refused_by_name() {
    let home = home();
    let path = home.path();
    assert!(Command::new("mkfifo").arg(path.join("pipe")).status().unwrap().success());
    let special = "it is a device, a pipe or a socket";
    for file in ["/dev/zero", "pipe", "/dev/stdin"] {
        check(path, &["check", file], 2, special);
        check(path, &["import", "history", file], 2, special);
    }
    fs::write(path.join("c.toml"), format!("{BASE}[csv]\nprice = \"pipe\"\n")).unwrap();
    check(path, &["check", "c.toml"], 2, special);
    fs::write(path.join("c.toml"), format!("{BASE}[csv]\nprice = \"/dev/zero\"\n")).unwrap();
    check(path, &["check", "c.toml"], 2, "cannot read /dev/zero");
    let long = format!("name,rate\n\"{}", "x".repeat(17 << 20));
    fs::write(path.join("long.csv"), long).unwrap();
    fs::write(path.join("c.toml"), format!("{BASE}[csv]\nprice = \"long.csv\"\n")).unwrap();
    let too_long = "a row is longer than 16 MiB; is a quote left open?";
    check(path, &["check", "c.toml"], 2, too_long);
    fs::write(path.join("history.csv"), format!("time,instance,state\n\"{}", "x".repeat(17 << 20)))
        .unwrap();
    check(path, &["import", "history", "history.csv"], 2, too_long);
    check(path, &["import", "vm-arrivals", "long.csv", "--hold", "1h"], 2, too_long);
    fs::write(path.join("long.json"), format!("[{{\"a\": \"{}", "x".repeat(17 << 20))).unwrap();
    check(path, &["import", "describe-instances", "long.json"], 2, too_long);
}

#[test]
fn recorded_paths_do_not_depend_on_where_one_stands() {
    let home = home();
    let path = home.path();
    fs::create_dir_all(path.join("shared")).unwrap();
    fs::create_dir_all(path.join("mine/deep")).unwrap();
    fs::write(path.join("shared/base.toml"), format!("{BASE}[csv]\nprice = \"p.csv\"\n")).unwrap();
    fs::write(path.join("shared/p.csv"), "name,rate\necs.c6.large,1 CNY/h\n").unwrap();
    fs::write(path.join("mine/s.toml"), "extends = [\"../shared/base.toml\"]\n").unwrap();
    let summary = |here: &str, scenario: &str| -> serde_json::Value {
        let output = stopsim(&path.join(here), &["run", scenario, "--format", "json"], "");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let whole = path.join("mine/s.toml");
    let seen = [
        summary(".", "mine/s.toml"),
        summary("mine", "s.toml"),
        summary("mine/deep", "../s.toml"),
        summary("shared", whole.to_str().unwrap()),
    ];
    let inputs = seen[0]["inputs"].to_string();
    assert!(inputs.contains("\"../shared/p.csv\""), "{inputs}");
    for other in &seen {
        assert_eq!(other["inputs"], seen[0]["inputs"]);
    }
}

#[test]
fn a_sandbox_reads_only_the_scenarios_folder() {
    let home = home();
    let path = home.path();
    fs::create_dir(path.join("theirs")).unwrap();
    fs::write(path.join("theirs/base.toml"), BASE).unwrap();
    let theirs = |text: &str| fs::write(path.join("theirs/s.toml"), text).unwrap();
    theirs("extends = [\"base.toml\"]\n");
    check(path, &["check", "theirs/s.toml", "--sandbox"], 0, "is sound");
    let refusal = "it is not in the scenario's folder (--sandbox)";
    std::os::unix::fs::symlink("../s.toml", path.join("theirs/link.toml")).unwrap();
    for outside in ["../s.toml", "link.toml", "/etc/passwd", "../nothing.toml"] {
        theirs(&format!("extends = [\"{outside}\"]\n"));
        check(path, &["check", "theirs/s.toml", "--sandbox"], 2, refusal);
        theirs(&format!("extends = [\"base.toml\"]\n[csv]\nprice = \"{outside}\"\n"));
        check(path, &["check", "theirs/s.toml", "--sandbox"], 2, refusal);
    }
    theirs("extends = [\"../s.toml\"]\n");
    check(path, &["check", "theirs/s.toml"], 0, "is sound");
}

#[test]
fn errors_quote_no_file_that_is_no_scenario() {
    let home = home();
    let path = home.path();
    fs::create_dir(path.join("theirs")).unwrap();
    fs::write(path.join("secrets.env"), "PASSWORD=\"hunter2\"\n").unwrap();
    std::os::unix::fs::symlink("../secrets.env", path.join("theirs/link.toml")).unwrap();
    for file in ["../secrets.env", "link.toml", "/proc/self/environ", "/etc/passwd"] {
        for text in
            [format!("extends = [\"{file}\"]\n"), format!("{BASE}[csv]\nprice = \"{file}\"\n")]
        {
            fs::write(path.join("theirs/s.toml"), text).unwrap();
            let told = check(path, &["check", "theirs/s.toml"], 2, "only .toml and .csv are read");
            for secret in ["hunter2", "PASSWORD", "PATH=", "root:"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
    }
}

#[test]
fn no_text_of_others_commands_the_terminal() {
    let home = home();
    let path = home.path();
    fs::write(path.join("n.csv"), "name,rate\n\u{1b}[31mx,1 CNY/h\n").unwrap();
    fs::write(path.join("c.toml"), format!("{BASE}[csv]\nprice = \"n.csv\"\n")).unwrap();
    fs::write(path.join("k.toml"), format!("\"\\u001b[31m\" = 1\n{BASE}")).unwrap();
    let page = "{\"Instances\": {\"Instance\": [{\"InstanceId\": \"i-\\u001b[31m\", \
                \"\\u001b[2J\": 1}]}}";
    fs::write(path.join("page.json"), page).unwrap();
    for arguments in [
        &["check", "c.toml"][..],
        &["check", "k.toml"],
        &["check", "\u{1b}[31m.toml"],
        &["run", "s.toml", "--out", "\u{1b}[31m"],
        &["explain", "s.toml", "--instance", "\u{1b}[31m"],
        &["run", "s.toml", "--seed", "\u{1b}[31m"],
        &["\u{1b}[31m"],
        &["check", "s.toml", "--set", "\u{1b}[31m=1"],
        &["import", "describe-instances", "page.json"],
        &["presets", "\u{1b}[31m"],
    ] {
        let output = stopsim(path, arguments, "");
        for text in [&output.stdout, &output.stderr] {
            assert!(!text.contains(&0x1b), "{arguments:?}: {}", text.escape_ascii());
        }
    }
}
