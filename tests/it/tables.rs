//! What each operation answers in every state, to every variant of its request, and what each
//! condition and attribute changes about that: printed, and compared with what a reviewer read.
//!
//! To add an operation, add its line to [`TABLES`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stopsim::ecs::condition::Condition;
use stopsim::ecs::instance::State;
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};

use crate::fleet::{Given, Story, given};

/// Operations, and the variants of their requests as steps of a story.
const TABLES: &[(&str, &[&str])] = &[
    ("StopInstance", &["stop KeepCharging", "stop StopCharging", "stop ForceStop", "stop DryRun"]),
    ("StartInstance", &["start", "start DryRun"]),
    ("RebootInstance", &["reboot", "reboot ForceStop", "reboot DryRun"]),
    ("DeleteInstance", &["delete", "delete Force", "delete ForceStop=false", "delete DryRun"]),
    ("ReActivateInstances", &["reactivate"]),
    ("RunInstances", &["run", "run DryRun"]),
    ("DescribeInstanceStatus", &["status?"]),
    ("DescribeInstances", &["describe?"]),
];

/// How an instance comes into each state: what is given, and what happens then.
fn ways() -> Vec<(State, Given, &'static str)> {
    let shown = || given().knob("reboot_path", "stop_start");
    let way = |(given, story): (Given, &'static str)| {
        let mut told = Story::new(given.clone());
        told.tell(story);
        (told.region.state(stopsim::ecs::id::InstanceId(0)), given, story)
    };
    let ways = [
        (given().pending(), "state?"),
        (given().stopped(KeepCharging), "start"),
        (given().stopped(StopCharging), "start"),
        (given(), "state?"),
        (given(), "stop KeepCharging"),
        (given(), "stop StopCharging"),
        (given().stopped(KeepCharging), "state?"),
        (given().stopped(StopCharging), "state?"),
        (given().stopped(KeepCharging), "delete"),
        (shown(), "reboot"),
        (shown(), "reboot | finish"),
        (given(), "reboot"),
        (given(), "delete ForceStop=false"),
    ];
    ways.into_iter().map(way).collect()
}

const ECONOMICAL: State = State::Stopped { effective: StopCharging };

/// Something that may be different about the instance: at the beginning, or once it is there.
struct Attribute {
    name: String,
    given: fn(Given) -> Given,
    then: String,
}

fn attributes() -> Vec<Attribute> {
    let plain = |given| given;
    let begins = |name: &str, given: fn(Given) -> Given| Attribute {
        name: name.into(),
        given,
        then: String::new(),
    };
    let mut all = vec![
        begins("subscription", Given::subscription),
        begins("classic network", Given::classic),
        begins("local storage", Given::local_storage),
        begins("economical default", Given::economical_default),
        begins("knob start_while_stopping", |g| g.knob("start_while_stopping", "conflict")),
        Attribute {
            name: "knob conflict_of_one".into(),
            given: |g| g.knob("conflict_of_one", "invalid_operation_conflict"),
            then: "set operation_in_progress".into(),
        },
        begins("knob force_stop_while_stopping", |g| {
            g.knob("force_stop_while_stopping", "escalates")
        }),
        Attribute { name: "sold out".into(), given: plain, then: "sold_out".into() },
    ];
    all.extend(Condition::ALL.iter().map(|condition| Attribute {
        name: condition.name().into(),
        given: plain,
        then: format!("set {condition}"),
    }));
    all
}

/// What the last of `steps` is answered; nothing if the instance does not come into the state.
fn answer(state: State, given: Given, steps: [&str; 3]) -> Option<String> {
    let [way, then, variant] = steps;
    let (region, group) = (&given.0, &given.0.groups[0]);
    if region.ineligible_as(group, group.instance_type).is_some()
        && group.begins_as(group.first) == ECONOMICAL
    {
        return None;
    }
    // Of what RunInstances creates the attributes are those of the reserve, which comes third.
    let creates = variant.starts_with("run");
    let given = if creates { given.reserve(1) } else { given };
    let then = &if creates { then.replace("set ", "set 3 ") } else { then.to_owned() };
    let mut story = Story::new(given);
    story.tell(way);
    if story.region.state(stopsim::ecs::id::InstanceId(0)) != state {
        return None;
    }
    if !then.is_empty() {
        story.tell(then);
    }
    let heard = story.tell(variant);
    let shown = if variant == "describe?" { heard.as_str() } else { heard.split(',').next()? };
    Some(shown.to_owned())
}

fn is_accepted(answer: &str) -> bool {
    !answer.starts_with(['4', '5']) || answer.ends_with("DryRunOperation")
}

/// The answers without anything special: a row a state, a column a variant.
fn print_cells(variants: &[&str], cells: &BTreeMap<(usize, usize), String>, into: &mut String) {
    let ways = ways();
    write!(into, "{:<23}", "").unwrap();
    variants.iter().for_each(|variant| write!(into, "{variant:<43}").unwrap());
    into.truncate(into.trim_end().len());
    into.push('\n');
    for (row, (state, ..)) in ways.iter().enumerate() {
        write!(into, "{:<23}", state.to_string()).unwrap();
        for column in 0..variants.len() {
            write!(into, "{:<43}", cells[&(row, column)]).unwrap();
        }
        into.truncate(into.trim_end().len());
        into.push('\n');
    }
}

/// What an attribute changes: for each other answer, in which cells.
fn print_attribute(
    attribute: &Attribute,
    variants: &[&str],
    plain: &BTreeMap<(usize, usize), String>,
    into: &mut String,
) {
    let mut changed: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let mut reached = Vec::new();
    for (row, (state, given, way)) in ways().into_iter().enumerate() {
        for (column, variant) in variants.iter().enumerate() {
            let given = (attribute.given)(given.clone());
            let Some(heard) = answer(state, given, [way, &attribute.then, variant]) else {
                continue;
            };
            reached.push((row, column));
            if heard != plain[&(row, column)] {
                changed.entry(heard).or_default().push((row, column));
            }
        }
    }
    let there = |cell: &&(usize, usize)| plain[cell] != "404 InvalidInstanceId.NotFound";
    let everywhere: Vec<_> = reached.iter().filter(there).copied().collect();
    let accepted: Vec<_> =
        reached.iter().filter(|cell| is_accepted(&plain[cell])).copied().collect();
    for (heard, cells) in changed {
        let others = everywhere.iter().filter(|cell| plain[cell] != heard);
        let place = if cells.iter().eq(others) {
            "wherever it is there".to_owned()
        } else if cells == accepted {
            "where it was accepted".to_owned()
        } else {
            let state = |row: usize| ways()[row].0.to_string();
            let cells = cells.iter().map(|&(row, col)| format!("{}/{}", state(row), variants[col]));
            cells.collect::<Vec<_>>().join(", ")
        };
        writeln!(into, "{:<31}{heard:<54} {place}", attribute.name).unwrap();
    }
}

fn printed(variants: &[&str]) -> String {
    let mut cells = BTreeMap::new();
    for (row, (state, given, way)) in ways().into_iter().enumerate() {
        for (column, variant) in variants.iter().enumerate() {
            let heard = answer(state, given.clone(), [way, "", variant]);
            cells.insert((row, column), heard.expect("every state is reached"));
        }
    }
    let mut table = String::new();
    print_cells(variants, &cells, &mut table);
    table.push('\n');
    for attribute in attributes() {
        print_attribute(&attribute, variants, &cells, &mut table);
    }
    table
}

#[test]
fn every_state_has_a_way_into_it() {
    let reached: Vec<State> = ways().into_iter().map(|(state, ..)| state).collect();
    assert_eq!(reached, State::ALL);
}

#[test]
#[allow(clippy::disallowed_methods)] // golden files are read, and rewritten on request
fn every_operation_answers_in_every_state_as_its_golden_table_says() {
    for (operation, variants) in TABLES {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/tables");
        let (file, printed) = (format!("{folder}/{operation}.txt"), printed(variants));
        if std::env::var("BLESS").is_ok() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&file, &printed).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(printed, golden, "{operation}: read the change, then run with BLESS=1");
    }
}
