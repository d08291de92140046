//! Controllers that are programs: what they do in a run, and what becomes of those that do wrong.

// These tests write programs, and look at what they left behind.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use stopsim::client::{Client, Intent, Outbox, Wake};
use stopsim::ecs::id::InstanceId;
use stopsim::engine::Decisions;
use stopsim::fact::{Action, Belief, Fact};
use stopsim::sim::Sim;
use stopsim::sim::plan::Seat;
use stopsim::units::SimTime;

use crate::outside::{STOPSIM, stopsim, texts};
use crate::worlds::{FIRST, Facts, group, plan, pool, world};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/program")
}

fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        println!("skipped: there is no python3 here");
    }
    found
}

/// Two servers that a program looks after for a day.
const SCENARIO: &str = r#"
name = "two"
region = { id = "cn-hangzhou" }
clock = { start = "2026-03-02", timezone = "Asia/Shanghai", length = "1d" }
[[group]]
name = "web"
count = 2
zone = "cn-hangzhou-h"
type = "ecs.g7.large"
[[pool]]
name = "g7"
zone = "cn-hangzhou-h"
family = "ecs.g7"
free = 10
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
[[controller]]
name = "mine"
follows = "office"
"#;

/// A folder with a scenario whose controller is this shell script.
fn with_script(script: &str, keys: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("mine.sh"), script).unwrap();
    let scenario = format!("{SCENARIO}program = [\"sh\", \"mine.sh\"]\n{keys}\n");
    fs::write(home.path().join("s.toml"), scenario).unwrap();
    home
}

/// A program that gives these answers, one a line, and none of them anything else.
fn answering(answers: &[&str]) -> String {
    let say = |answer: &&str| format!("read -r line; printf '%s\\n' '{answer}'\n");
    let nothing = "while read -r line; do echo '{\"actions\":[]}'; done\n";
    answers.iter().map(say).collect::<String>() + nothing
}

/// The same, and what it was told is kept in a file `heard`.
fn hearing(answers: &[&str]) -> String {
    let keep = r#"printf '%s\n' "$line" >>heard"#;
    let say = |answer: &&str| format!("read -r line; {keep}; printf '%s\\n' '{answer}'\n");
    let nothing = format!("while read -r line; do {keep}; echo '{{\"actions\":[]}}'; done\n");
    answers.iter().map(say).collect::<String>() + &nothing
}

/// A program that does wrong stops the run with these words, and leaves nothing behind.
#[track_caller]
fn fails(script: &str, keys: &str, expected: &[&str]) {
    let home = with_script(script, keys);
    let output = stopsim(home.path(), &["run", "s.toml", "--out", "result"]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2), "{out}\n{err}");
    for part in expected {
        assert!(err.contains(part), "no `{part}` in\n{err}");
    }
    assert!(!err.contains("panicked"), "{err}");
    assert_eq!(out, "", "nothing was reported");
    assert!(!home.path().join("result").exists(), "nothing was written");
}

const DONE: &str = r#"{"actions":[]}"#;

/// Both examples of the manual stop and start their instances, and do the same whoever asks again:
/// in other processes, later, over one and two threads.
#[track_caller]
fn is_a_sound_example(program: &str) {
    let set = format!("controller.mine.program={program}");
    let day = ["--set", "clock.length=\"1d\"", "--set", &set];
    let verify = ["verify", "own-program.toml", "--threads", "2"];
    let output = stopsim(&examples(), &[&verify[..], &day[..]].concat());
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}");
    assert!(out.contains("messages answered the same again"), "{out}");
    assert!(out.ends_with("the same bytes\n"), "{out}");
    let run = ["run", "own-program.toml", "--format", "json"];
    let (out, err) = texts(&stopsim(&examples(), &[&run[..], &day[..]].concat()));
    let summary: Value = serde_json::from_str(&out).expect(&err);
    let stops = &summary["calls"]["StopInstance"];
    assert_eq!(stops["accepted"], 80, "20 servers in 4 replications: {stops}");
    assert_eq!(summary["restart"]["good_waves"], 4, "{}", summary["restart"]);
    let saved = summary["billing"]["saving"]["intended"].as_str().unwrap();
    assert!(saved.starts_with("41."), "{saved} CNY of four hours of 20 servers");
}

#[test]
fn the_example_in_shell_stops_and_starts_its_instances() {
    is_a_sound_example(r#"["sh","mine.sh"]"#);
}

#[test]
fn the_example_in_python_stops_and_starts_its_instances() {
    if has_python() {
        is_a_sound_example(r#"["python3","mine.py"]"#);
    }
}

#[test]
fn a_program_is_started_once_a_thread_and_serves_run_after_run() {
    let script = format!("echo . >>started\n{}", answering(&[]));
    let home = with_script(&script, "");
    let run = ["run", "s.toml", "--replications", "40", "--threads", "2"];
    let output = stopsim(home.path(), &run);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let started = fs::read_to_string(home.path().join("started")).unwrap().lines().count();
    // The report's stress rows are runs of their own, of processes of their own.
    assert!((1..=4).contains(&started), "{started} processes");
}

#[test]
fn check_and_expand_start_nothing_and_a_sandbox_refuses_programs() {
    let home = with_script("echo . >>started", "");
    for command in ["check", "expand"] {
        let output = stopsim(home.path(), &[command, "s.toml"]);
        assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    }
    assert!(!home.path().join("started").exists());
    let output = stopsim(home.path(), &["run", "s.toml", "--sandbox"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("a program is not run in a sandbox"), "{err}");
    assert!(!home.path().join("started").exists());
}

/// What the command line names is part of the scenario: another program, another hash.
#[test]
fn a_scenario_s_hash_has_the_program_s_file_in_it() {
    let home = with_script("a", "");
    let hash = || texts(&stopsim(home.path(), &["check", "s.toml"])).0;
    let before = hash();
    assert_eq!(before, hash());
    fs::write(home.path().join("mine.sh"), "b").unwrap();
    assert_ne!(before, hash());
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let home = with_script("", "");
    let set = "controller.mine.program=[\"./no-such\"]";
    let output = stopsim(home.path(), &["run", "s.toml", "--set", set]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("controller mine: cannot run `./no-such`"), "{err}");
    assert!(err.contains("No such file"), "{err}");
}

#[test]
fn a_program_that_ends_is_told_with_how_and_what_it_complained_of() {
    let reset = "controller mine, message 1 (reset, at 2026-03-02 00:00:00)";
    fails("read -r line; echo oops >&2; exit 7", "", &[reset, "exit status: 7", "oops"]);
    fails("read -r line; kill -9 $$", "", &["signal: 9 (SIGKILL)"]);
    fails("exit 0", "", &["exit status: 0"]);
    // Half a line is none.
    fails("read -r line; printf '{\"actions\":[]}'", "", &["exit status: 0"]);
}

/// Neither the program nor what it started is left.
#[test]
fn a_program_that_gives_no_answer_is_ended_with_all_that_it_started() {
    let script = "echo $$ >pids; sleep 1000 & echo $! >>pids; wait";
    let home = with_script(script, "reply_within = \"400ms\"");
    let output = stopsim(home.path(), &["run", "s.toml"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("the program gave no answer within 400ms"), "{err}");
    let pids = fs::read_to_string(home.path().join("pids")).unwrap();
    assert_eq!(pids.lines().count(), 2);
    for pid in pids.lines() {
        assert!(has_ended(pid), "{pid} still runs");
    }
}

/// Whether a process has ended soon; whoever inherits it may take it away later.
fn has_ended(pid: &str) -> bool {
    for _ in 0..100 {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = status.rsplit_once(')').map_or("", |(_, rest)| rest.trim_start());
        if state.is_empty() || state.starts_with('Z') {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_signal_ends_a_run_with_its_programs() {
    let script = "echo $$ >pid.new; mv pid.new pid; read -r line; sleep 1000";
    let home = with_script(script, "reply_within = \"100s\"");
    let mut run = Command::new(STOPSIM)
        .args(["run", "s.toml"])
        .current_dir(home.path())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let pid = home.path().join("pid");
    while !pid.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let told = Command::new("kill").arg(run.id().to_string()).status().unwrap();
    assert!(told.success());
    assert_eq!(run.wait().unwrap().code(), Some(143));
    assert!(has_ended(fs::read_to_string(pid).unwrap().trim()));
}

#[test]
fn a_line_that_is_none_of_the_protocol_is_shown() {
    let wrong = |answer: &str, expected: &[&str]| {
        let line = format!("the line: {answer}");
        fails(&answering(&[answer]), "", &[expected, &[line.as_str()]].concat());
    };
    wrong("hello", &["message 1 (reset", "expected value at column 1"]);
    wrong("", &["the line is empty"]);
    wrong(r#"{"actions":[]} {"actions":[]}"#, &["trailing characters"]);
    wrong(r#"{"actions":[],"more":1}"#, &["unknown field `more`"]);
    wrong(r#"{"actions":[{"do":"dance"}]}"#, &["unknown variant `dance`"]);
    wrong(r#"{"actions":[{"do":"wake","at":1.5}]}"#, &["floating point"]);
    wrong(r#"{"actions":[{"do":"wake","at":-1}]}"#, &["invalid value"]);
    wrong(
        r#"{"actions":[{"do":"send","operation":"StopAll"}]}"#,
        &["`StopAll` is no operation that a program may send"],
    );
    wrong(
        r#"{"actions":[{"do":"send","operation":"StopInstance","parameters":{"InstanceId":"x"}}]}"#,
        &["`x` is none of the controller's instances", "its instances are web-0001, web-0002"],
    );
    wrong(
        r#"{"actions":[{"do":"send","operation":"StopInstance","edge":2}]}"#,
        &["there is no edge 2", "`reset` told 2"],
    );
    wrong(
        r#"{"actions":[{"do":"believe","instance":"web-0001","belief":"done"}]}"#,
        &["what is believed to be `done` is not said"],
    );
    let deep = "[".repeat(300);
    let send = r#"{"actions":[{"do":"send","operation":"StopInstance","parameters":{"a":"#;
    fails(&answering(&[&format!("{send}{deep}")]), "", &["recursion limit"]);
}

/// The message is named at which it went wrong, in virtual time.
#[test]
fn the_message_that_was_answered_wrong_is_named() {
    let wake = r#"{"actions":[{"do":"wake","at":3600000000,"token":5}]}"#;
    let expected = ["message 2 (timer, at 2026-03-02 01:00:00)", "the line: no"];
    fails(&answering(&[wake, "no"]), "", &expected);
}

#[test]
fn a_line_too_many_is_found_out() {
    let twice = "while read -r line; do printf '%s\\n%s\\n' '{\"actions\":[]}' second; done";
    fails(twice, "", &["a line that nobody asked for", "the line: second"]);
    // Also when it comes late, and nothing is asked any more.
    let late = "read -r line; echo '{\"actions\":[]}'; read -r line; echo late";
    fails(late, "", &["a line that nobody asked for", "the line: late"]);
}

#[test]
fn a_line_without_an_end_is_cut_off() {
    let patient = "reply_within = \"100s\"";
    fails("read -r line; yes | tr -d '\\n'", patient, &["longer than 16777216 bytes"]);
}

/// Whoever does not read what it is told does not keep the run waiting for longer.
#[test]
fn a_program_that_does_not_read_is_as_one_that_does_not_answer() {
    let keys = "reply_within = \"400ms\"\n[[group]]\nname = \"many\"\ncount = 20000\n\
                zone = \"cn-hangzhou-h\"\ntype = \"ecs.g7.large\"";
    let home = with_script("sleep 1000", keys);
    let set = "controller.mine.groups=[\"many\"]";
    let output = stopsim(home.path(), &["run", "s.toml", "--set", set]);
    let (_, err) = texts(&output);
    assert!(err.contains("gave no answer within 400ms"), "{err}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_time_that_is_over_is_now_and_one_beyond_the_end_never_comes() {
    let past = r#"{"actions":[{"do":"wake","at":7200000000}]}"#;
    let over = r#"{"actions":[{"do":"wake","at":0},{"do":"wake","at":18446744073709551615}]}"#;
    let home = with_script(&hearing(&[past, over, DONE]), "");
    let output = stopsim(home.path(), &["run", "s.toml", "--replications", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let heard = fs::read_to_string(home.path().join("heard")).unwrap();
    let times: Vec<u64> = heard.lines().map(told).map(|m| m["now"].as_u64().unwrap()).collect();
    assert_eq!(times[..3], [0, 7_200_000_000, 7_200_000_000]);
}

fn told(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

/// A program that wakes itself again at once does not let time go on.
#[test]
fn a_program_that_keeps_time_from_going_on_is_told_so() {
    let again = r#"while read -r l; do echo '{"actions":[{"do":"wake","at":0}]}'; done"#;
    let home = with_script(again, "");
    let output = stopsim(home.path(), &["run", "s.toml", "--replications", "1"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("a program that wakes itself at once"), "{err}");
}

/// `verify` tells a program the same again: what it does then must be the same.
#[track_caller]
fn is_impure(script: &str, expected: &str) {
    let home = with_script(script, "");
    let output = stopsim(home.path(), &["verify", "s.toml"]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{out}\n{err}");
    for part in [expected, "the program answers otherwise\n  first  {", "\n  then   {"] {
        assert!(out.contains(part), "no `{part}` in\n{out}");
    }
    assert!(out.ends_with("not reproducible\n"), "{out}");
}

fn waking_at(time: &str) -> String {
    let wake = r#"printf '{"actions":[{"do":"wake","at":%s}]}\n'"#;
    let nothing = r#"echo '{"actions":[]}'"#;
    format!(
        "while read -r line; do n=$((n + 1))\ncase $line in\n*reset*) {wake} {time} ;;\n\
         *) {nothing} ;;\nesac; done"
    )
}

#[test]
fn a_program_that_looks_at_the_clock_is_found_out() {
    is_impure(&waking_at("$(date +%s)"), "replication 1, message 1 (reset");
}

#[test]
fn a_program_that_draws_luck_of_its_own_is_found_out() {
    is_impure(&waking_at("$(od -An -N4 -tu4 /dev/urandom)"), "message 1 (reset");
    is_impure(&waking_at("$$"), "message 1 (reset");
}

#[test]
fn a_program_that_remembers_an_earlier_run_is_found_out() {
    is_impure(&waking_at("$n"), "message 1 (reset");
}

#[test]
fn a_program_that_asks_for_the_machine_s_time_zone_is_found_out() {
    is_impure(&waking_at("1$(date -d @0 +%H%M)"), "message 1 (reset");
}

/// The same in Python: what a careless controller would do.
#[test]
fn a_python_program_with_a_clock_or_luck_of_its_own_is_found_out() {
    if !has_python() {
        return;
    }
    for source in ["int(time.time())", "random.randrange(10**9)", "hash('web')"] {
        let program = format!(
            "import json, random, sys, time\nfor line in sys.stdin:\n    m = json.loads(line)\n    \
             a = []\n    if m['type'] == 'reset':\n        a = [{{'do': 'wake', 'at': abs({source})}}]\n    \
             print(json.dumps({{'actions': a}}), flush=True)\n"
        );
        let home = with_script("exec python3 mine.py", "");
        fs::write(home.path().join("mine.py"), program).unwrap();
        let output = stopsim(home.path(), &["verify", "s.toml"]);
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(3), "{source}\n{out}\n{err}");
        assert!(out.contains("message 1 (reset"), "{out}");
    }
}

/// What is said in a run, both ways, is what the published schema says.
#[test]
fn what_is_said_is_what_the_schema_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/program.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let is = |value: &Value, what: &str| matches(&schema, &schema["$defs"][what], value);
    let replies = [
        json!({ "actions": [
            { "do": "wake", "at": 1_000_000, "token": 3 },
            { "do": "send", "operation": "StopInstance", "edge": 0, "tag": "t",
              "parameters": { "InstanceId": "web-0001", "StoppedMode": "StopCharging" } },
            { "do": "intend", "instance": "web-0001", "action": "stop", "due": 0 },
            { "do": "believe", "instance": "web-0001", "belief": "under_way", "action": "stop" },
        ] }),
        json!({ "actions": [
            { "do": "send", "operation": "StopInstance", "occasion": 4, "number": 1 },
            { "do": "send", "operation": "DescribeInstances" },
            { "do": "send", "operation": "StartInstances", "parameters": {
                "InstanceId": ["web-0001", "web-0002"], "BatchOptimization": "SuccessFirst" } },
            { "do": "send", "operation": "DescribeAvailableResource" },
            { "do": "send", "operation": "DescribeInstanceStatus" },
        ] }),
    ];
    let replies = replies.map(|reply| reply.to_string());
    let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
    for reply in &replies {
        assert!(is(&told(reply), "reply"), "{reply}");
    }
    for wrong in [r#"{"actions":[{"do":"wake"}]}"#, r#"{"actions":[],"x":1}"#, r#"{}"#] {
        assert!(!is(&told(wrong), "reply"), "{wrong}");
    }
    let keys = "timeout = \"1s\"\n[calls]\nanswer = { uniform = [\"100ms\", \"2s\"] }";
    let home = with_script(&hearing(&replies), keys);
    let output = stopsim(home.path(), &["run", "s.toml", "--threads", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", texts(&output).1);
    let heard = fs::read_to_string(home.path().join("heard")).unwrap();
    let mut kinds: Vec<String> = Vec::new();
    for line in heard.lines() {
        let message = told(line);
        assert!(is(&message, "message"), "{line}");
        let kind = ["ok", "refused"].iter().find(|key| message.get(**key).is_some());
        kinds.push(kind.map_or(message["type"].as_str().unwrap(), |kind| kind).to_owned());
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, ["ok", "refused", "reset", "timeout", "timer"]);
    assert!(!is(&json!({ "type": "timer", "now": 1.5, "time": "", "token": 0 }), "message"));
}

/// Whether a value is as a schema says, as far as ours says anything.
fn matches(root: &Value, schema: &Value, value: &Value) -> bool {
    let all = |key: &str, is: &dyn Fn(&Value) -> bool| schema.get(key).is_none_or(is);
    let count = |list: &Value| {
        list.as_array().unwrap().iter().filter(|one| matches(root, one, value)).count()
    };
    let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
    let of_type = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the schema has a type {other}"),
    };
    let known = |properties: &Value, strict: bool| {
        value.as_object().is_none_or(|fields| {
            fields.iter().all(|(key, field)| match properties.get(key) {
                Some(property) => matches(root, property, field),
                None => !strict,
            })
        })
    };
    let strict = schema.get("additionalProperties").is_some();
    let number = || value.as_u64().unwrap_or(0);
    all("$ref", &|name| {
        let target = name.as_str().unwrap().strip_prefix('#').unwrap();
        matches(root, root.pointer(target).expect("the schema has it"), value)
    }) && all("type", &of_type)
        && all("const", &|only| only == value)
        && all("enum", &|list| list.as_array().unwrap().contains(value))
        && all("oneOf", &|list| count(list) == 1)
        && all("anyOf", &|list| count(list) > 0)
        && all("not", &|other| !matches(root, other, value))
        && all("required", &|keys| keys.as_array().unwrap().iter().all(has))
        && all("properties", &|properties| known(properties, strict))
        && all("items", &|item| {
            value.as_array().is_none_or(|items| items.iter().all(|one| matches(root, item, one)))
        })
        && all("minimum", &|least| number() >= least.as_u64().unwrap())
        && all("maximum", &|most| number() <= most.as_u64().unwrap())
        && all("exclusiveMaximum", &|most| number() < most.as_u64().unwrap())
        && all("pattern", &|_| {
            let text = value.as_str().unwrap_or_default();
            text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        })
}

/// It says what it wants and believes, and does nothing.
struct Talker;

impl Client for Talker {
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        if let Wake::Begin(_) = wake {
            let instance = InstanceId(0);
            out.intend(Intent { instance, action: Action::Stop, due: now });
            out.believe(instance, Belief::UnderWay(Action::Stop));
            out.believe(instance, Belief::UnderWay(Action::Stop));
            out.believe(instance, Belief::Done(Action::Stop));
            out.believe(InstanceId(1), Belief::Failed(Action::Stop));
            // One that the region does not have.
            out.believe(InstanceId(7), Belief::Done(Action::Stop));
        }
    }
}

#[test]
fn what_a_client_wants_and_believes_are_facts_and_held_against_the_truth() {
    let text =
        world("1d", &[group("web", 2, "initially = \"running\""), pool("free = 0")].concat());
    let mut plan = plan(&text);
    let seat = Seat { name: "me".into(), groups: vec![], follows: None, timeout: None };
    plan.add_seat(&seat).unwrap();
    let decisions = Decisions::of(1, 0);
    let mut facts = Facts::default();
    let mut sim = Sim::new(&plan, FIRST, &decisions, &mut facts);
    sim.take_seat("me", Box::new(Talker)).unwrap();
    let outcome = sim.finish().unwrap();
    let said = facts.0.iter().filter_map(|(_, fact)| {
        if let Fact::Intended { action, .. } = fact {
            Some(format!("{action:?}"))
        } else if let Fact::BeliefChanged { instance, belief, .. } = fact {
            Some(format!("{instance} {belief:?}"))
        } else {
            None
        }
    });
    let said: Vec<String> = said.collect();
    assert_eq!(said, ["Stop", "i-0 UnderWay(Stop)", "i-0 Done(Stop)", "i-1 Failed(Stop)"]);
    let beliefs = outcome.counts.beliefs;
    assert_eq!((beliefs.right, beliefs.wrongly_done, beliefs.wrongly_failed), (1, 1, 0));
}

/// Which mode its stops are held to is said beside a program; what else a stop asks for is not.
#[test]
fn the_mode_of_a_program_is_stated_and_nothing_else_of_its_stops() {
    let home = with_script(&answering(&[]), "stop = { mode = \"StopCharging\" }");
    let (_, err) = texts(&stopsim(home.path(), &["check", "s.toml"]));
    assert!(!err.contains("error"), "{err}");
    for stop in ["{ mode = \"StopCharging\", force = true }", "{ force = true }", "{}"] {
        let home = with_script(&answering(&[]), &format!("stop = {stop}"));
        let output = stopsim(home.path(), &["check", "s.toml"]);
        let (_, err) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{stop}: {err}");
        assert!(err.contains("`stop` of a program"), "{stop}: {err}");
    }
}
