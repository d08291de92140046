//! What a row of a history tells, and of which instance.

use super::order::{Disorder, InOrder};
use crate::import::moment::Moment;
use crate::import::problem::{Problem, Problems};
use crate::import::table::{self, Row, in_tables, optional, required};
use crate::import::{Input, Moments, as_name};

/// What a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Starting,
    Running,
    Stopping,
    Stopped,
    Gone,
    /// A reboot was asked for and accepted.
    Rebooting,
    Nothing,
    Refused {
        no_stock: bool,
    },
    /// A stop that was refused: the instance is no longer wanted all the same.
    StopRefused,
}

/// One row about one instance.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Line and column of its time, as problems have them.
    place: (u64, u64),
    /// Its time, as it is written.
    time: String,
    /// The instance's id.
    pub(super) instance: String,
    /// Its zone, or nothing.
    pub(super) zone: String,
    /// Its type, or nothing.
    pub(super) kind: String,
    /// Its group, or nothing.
    pub(super) group: String,
    /// What the call tells, then what the state does.
    pub(super) told: [Told; 2],
    /// Whether it is a call and no state.
    pub(super) is_call: bool,
}

const STATES: [(&str, Told); 8] = [
    ("Created", Told::Nothing),
    ("Pending", Told::Nothing),
    ("Starting", Told::Starting),
    ("Running", Told::Running),
    ("Stopping", Told::Stopping),
    ("Stopped", Told::Stopped),
    ("Deleted", Told::Gone),
    ("", Told::Nothing),
];

const TIME: usize = 0;
const INSTANCE: usize = 1;
const STATE: usize = 2;
const OPERATION: usize = 3;
const CODE: usize = 4;
const ZONE: usize = 5;
const TYPE: usize = 6;
const GROUP: usize = 7;
const EVENT: usize = 8;

/// The event that tells a state; CloudMonitor calls it so, an event bus `ecs:Instance:StateChange`.
const STATE_CHANGE: &str = "Instance:StateChange";

/// Members that hold events: of ActionTrail's LookupEvents, CloudMonitor's
/// DescribeSystemEventAttribute, and what is written around either.
const WRAPPERS: [&str; 7] =
    ["events", "records", "items", "body", "response", "systemevents", "systemevent"];

/// Reads rows and shows them in order of time; says how many are about something else.
///
/// # Errors
/// With everything that is wrong with the file.
pub(super) fn read(
    input: Input<'_>,
    moments: &Moments,
    each: &mut dyn FnMut(i64, Entry),
) -> Result<u64, Problems> {
    let file = input.name.clone();
    let columns = [
        required(&["time", "eventTime", "event/eventTime", "timestamp"]),
        in_tables(&[
            "instance",
            "content/resourceId",
            "data/resourceId",
            "requestParameters/InstanceId",
            "requestParameters/InstanceIds",
            "event/requestParameters/InstanceId",
            "InstanceId",
            "resourceName",
            "event/resourceName",
            "resourceId",
        ]),
        optional(&["state", "content/state", "data/state"]),
        optional(&["operation", "eventName", "event/eventName", "action"]),
        optional(&["code", "errorCode", "event/errorCode"]),
        optional(&["zone", "ZoneId"]),
        optional(&["type", "InstanceType"]),
        optional(&["group"]),
        optional(&["name"]),
    ];
    let (mut others, mut rows) = (0, 0u64);
    let mut order = InOrder::new();
    let mut objects: Vec<(Moment, Entry)> = vec![];
    table::read(input, columns, &WRAPPERS, |row| {
        rows += 1;
        let Some((moment, entries)) = entries(row, moments)? else {
            others += 1;
            return Ok(());
        };
        for entry in entries {
            if row.is_object() {
                objects.push((moment, entry));
            } else {
                order
                    .put(moment, entry, &mut *each)
                    .map_err(|wrong| told(&file, moments, wrong))?;
            }
        }
        Ok(())
    })?;
    if rows == 0 {
        let problem = Problem::new(&file, "there is no event and no call in it");
        return Err(problem.expected("rows with time, instance and state or operation").into());
    }
    let begin = |(moment, _): &(Moment, Entry)| match moment {
        Moment::Once(at) | Moment::Twice { first: at, .. } => *at,
    };
    if objects.first().map(begin) > objects.last().map(begin) {
        objects.reverse(); // the newest first, as LookupEvents answers
    }
    objects.sort_by_key(begin);
    for (moment, entry) in objects {
        order.put(moment, entry, &mut *each).map_err(|wrong| told(&file, moments, wrong))?;
    }
    order.end(each).map_err(|wrong| told(&file, moments, wrong))?;
    Ok(others)
}

/// What is wrong with a row's place in the order.
fn told(file: &str, moments: &Moments, wrong: Disorder<Entry>) -> Problem {
    match wrong {
        Disorder::Earlier(Entry { place: (line, column), .. }) => {
            Problem::new(file, "it is earlier than the row before it")
                .at(line, column)
                .hint("sort the rows by time")
        }
        Disorder::Twice(Entry { place: (line, column), time, .. }) => {
            moments.twice(file, &time).at(line, column)
        }
    }
}

/// What a row tells of which instances; nothing, if it is about something else.
fn entries(row: &Row<'_>, moments: &Moments) -> Result<Option<(Moment, Vec<Entry>)>, Problem> {
    if !row.is_object() && !row.has(STATE) && !row.has(OPERATION) {
        return Err(row.problem(TIME, "there is neither a column `state` nor `operation`"));
    }
    let moment = moments.cell(row, TIME)?;
    let (kind, name) = match row.text(TYPE) {
        event if event.contains(':') => ("", event),
        kind => (kind, row.text(EVENT)),
    };
    let is_another = row.is_object() && !name.is_empty() && !name.ends_with(STATE_CHANGE);
    let is_empty = row.is_object() && row.text(STATE).is_empty();
    let of_call = call(row);
    if is_another || (is_empty && of_call == Told::Nothing) {
        return Ok(None);
    }
    let of_state = state(row)?;
    let instances: Vec<&str> = row
        .text(INSTANCE)
        .split([',', ';'])
        .map(|text| id(text.trim_matches(|c: char| c.is_whitespace() || "[]\"".contains(c))))
        .filter(|text| !text.is_empty())
        .collect();
    if instances.is_empty() {
        if of_call == Told::Nothing && row.text(STATE).is_empty() {
            return Ok(None);
        }
        return Err(row.problem(INSTANCE, "no instance is named").expected("an instance id"));
    }
    let entry = |instance: &str| Entry {
        place: row.place(TIME),
        time: row.text(TIME).to_owned(),
        instance: instance.to_owned(),
        zone: row.text(ZONE).to_owned(),
        kind: kind.to_owned(),
        group: if row.text(GROUP).is_empty() { String::new() } else { as_name(row.text(GROUP)) },
        told: [of_call, of_state],
        is_call: !row.text(OPERATION).is_empty() && row.text(STATE).is_empty(),
    };
    Ok(Some((moment, instances.into_iter().map(entry).collect())))
}

/// The id at the end of a resource's full name, `acs:ecs:cn-hangzhou:1:instance/i-a`.
fn id(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

fn state(row: &Row<'_>) -> Result<Told, Problem> {
    let word = row.text(STATE);
    let found = STATES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, told)| *told).ok_or_else(|| {
        row.problem(STATE, format!("there is no state `{word}`"))
            .expected("Created, Pending, Starting, Running, Stopping, Stopped or Deleted")
    })
}

/// What a call tells: accepted, it begins a stop, start or reboot; other operations tell nothing.
fn call(row: &Row<'_>) -> Told {
    let is_start = ["StartInstance", "StartInstances"].contains(&row.text(OPERATION));
    let is_stop = ["StopInstance", "StopInstances"].contains(&row.text(OPERATION));
    let is_accepted = ["", "200", "OK", "Success"].contains(&row.text(CODE));
    let is_reboot = ["RebootInstance", "RebootInstances"].contains(&row.text(OPERATION));
    if is_reboot && is_accepted {
        return Told::Rebooting;
    }
    match (is_start, is_stop, is_accepted) {
        (true, _, true) => Told::Starting,
        (true, _, false) => Told::Refused { no_stock: row.text(CODE) == "OperationDenied.NoStock" },
        (_, true, true) => Told::Stopping,
        (false, true, false) => Told::StopRefused,
        (false, false, _) => Told::Nothing,
    }
}
