//! What a program is told: one line of JSON for each message.

use serde::Serialize;
use serde_json::{Value, json};

use crate::client::Refused;
use crate::demand::Edge;
use crate::demand::calendar::CivilClock;
use crate::ecs::answer::{Answer, Described, InstanceStatus, ItemAnswer, Locks};
use crate::ecs::id::InstanceId;
use crate::ecs::operation::Target;
use crate::ecs::spec::RegionSpec;
use crate::units::SimTime;

/// A message, as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    #[serde(flatten)]
    pub(super) told: Told<'a>,
    /// Virtual microseconds since the beginning.
    pub(super) now: u64,
    /// The same as a wall clock of the scenario's time zone shows it, with its offset from UTC.
    pub(super) time: String,
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    /// A run begins; nothing of an earlier one is to be remembered.
    Reset(Box<Reset<'a>>),
    /// The time has come that was asked for.
    Timer { token: u32 },
    /// An answer has arrived.
    Answer {
        call: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// An answer is waited for no longer.
    Timeout {
        call: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
    },
}

/// What a program is told at the beginning of a run.
#[derive(Debug, Serialize)]
pub(super) struct Reset<'a> {
    pub(super) protocol: u32,
    pub(super) controller: &'a str,
    pub(super) timezone: &'a str,
    /// The end of the run.
    pub(super) horizon: u64,
    /// 32 bytes in hexadecimal: the seed of whatever it draws.
    pub(super) luck: String,
    pub(super) instances: &'a [String],
    /// Whether the demand that it follows wants them now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wanted: Option<bool>,
    pub(super) edges: Vec<EdgeTold>,
}

/// When what is wanted changes.
#[derive(Debug, Serialize)]
pub(super) struct EdgeTold {
    at: u64,
    time: String,
    wanted: bool,
}

impl EdgeTold {
    pub(super) fn of(edge: &Edge, clock: &CivilClock) -> EdgeTold {
        let (at, time) = (edge.at.as_micros(), clock.format_offset(edge.at));
        EdgeTold { at, time, wanted: edge.wanted }
    }
}

/// What a call came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// What the API answers.
    Ok(Value),
    /// It was refused.
    Refused(RefusalTold),
}

/// A refusal, as the API words it.
#[derive(Debug, Serialize)]
pub(super) struct RefusalTold {
    code: &'static str,
    http: u16,
    message: String,
    /// What kind of trouble it is, in the words of `retry.on`.
    class: &'static str,
    /// Microseconds, if the answer says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    request_id: String,
}

/// A message as a line.
pub(super) fn line(now: SimTime, clock: &CivilClock, told: Told<'_>) -> Vec<u8> {
    let message = Message { told, now: now.as_micros(), time: clock.format_offset(now) };
    let mut line = serde_json::to_vec(&message).expect("names and numbers are JSON");
    line.push(b'\n');
    line
}

/// What a call came to, in the API's words.
pub(super) fn outcome(region: &RegionSpec, answer: &Result<Answer, Refused>) -> Outcome {
    match answer {
        Ok(answer) => Outcome::Ok(worded(region, answer)),
        Err(refused) => {
            let row = refused.refusal.row_under(&region.knobs);
            Outcome::Refused(RefusalTold {
                code: row.code,
                http: row.http,
                message: row.message.to_owned(),
                class: row.class.name(),
                retry_after: refused.retry_after.map(|span| span.as_micros()),
                request_id: refused.request_id.clone(),
            })
        }
    }
}

fn worded(region: &RegionSpec, answer: &Answer) -> Value {
    let name = |id: InstanceId| region.instance_name(id);
    match answer {
        Answer::Accepted => json!({}),
        Answer::Items(items) => {
            let items: Vec<Value> = items.iter().map(|item| item_worded(region, item)).collect();
            json!({ "InstanceResponses": { "InstanceResponse": items } })
        }
        Answer::Statuses(page) => {
            let rows = page.rows.iter();
            let row = |row: &InstanceStatus| {
                let (name, status) = (name(row.instance), row.status.name());
                json!({ "InstanceId": name, "Status": status })
            };
            let rows: Vec<Value> = rows.map(row).collect();
            json!({
                "TotalCount": page.total_count,
                "PageNumber": page.page_number,
                "PageSize": page.page_size,
                "InstanceStatuses": { "InstanceStatus": rows },
            })
        }
        Answer::Instances(page) => {
            let rows = page.rows.iter().map(|row| described(&name(row.instance), row.described));
            let rows: Vec<Value> = rows.collect();
            let token = page.next_token.map_or_else(String::new, |token| token.to_string());
            json!({ "NextToken": token, "Instances": { "Instance": rows } })
        }
        Answer::Created(instance) => {
            json!({ "InstanceIdSets": { "InstanceIdSet": [name(*instance)] } })
        }
        Answer::Available(rows) => {
            let rows = rows.iter().map(|row| {
                json!({
                    "ZoneId": region.zones[row.zone.index()],
                    "InstanceType": region.types[row.instance_type.index()].name,
                    "Status": if row.category.is_available() { "Available" } else { "SoldOut" },
                    "StatusCategory": row.category.name(),
                })
            });
            json!({ "AvailableResources": rows.collect::<Vec<Value>>() })
        }
    }
}

fn item_worded(region: &RegionSpec, item: &ItemAnswer) -> Value {
    let name = match &item.target {
        Target::Id(id) => region.instance_name(*id),
        Target::Unknown(name) => name.to_string(),
        Target::Missing | Target::Malformed => String::new(),
    };
    let (code, message) = match item.result {
        Ok(()) => ("200", "success"),
        Err(refusal) => (refusal.row().code, refusal.row().message),
    };
    json!({
        "InstanceId": name,
        "PreviousStatus": item.previous.map(|status| status.name()),
        "CurrentStatus": item.current.map(|status| status.name()),
        "Code": code,
        "Message": message,
    })
}

fn described(name: &str, Described { status, stopped_mode, locks, .. }: Described) -> Value {
    let Locks { security, financial, recycling } = locks;
    let reasons = [("security", security), ("financial", financial), ("recycling", recycling)];
    let reasons = reasons.iter().filter(|(_, is)| *is);
    let reasons: Vec<Value> = reasons.map(|(reason, _)| json!({ "LockReason": reason })).collect();
    json!({
        "InstanceId": name,
        "Status": status.name(),
        "StoppedMode": stopped_mode.name(),
        "OperationLocks": { "LockReason": reasons },
    })
}
