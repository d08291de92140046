//! `events.ndjson`: every model fact of a run, one JSON object a line, in the order it happened.
//!
//! An observer that writes as it watches. A failed write is kept and told at the end: a run
//! never learns of it, and nothing is written after it.

use std::io::{self, Write};

use serde::Serialize;

use crate::ecs::instance::State;
use crate::units::SimTime;
use crate::world::Observer;
use crate::world::fact::{Belief, CallAnswer, CallFact, Fact};

use super::names::Names;

/// Writes facts.
pub struct EventLog<'a, W: Write> {
    names: Names<'a>,
    out: W,
    failed: Option<io::Error>,
}

impl<'a, W: Write> EventLog<'a, W> {
    /// Nothing yet.
    pub fn new(names: Names<'a>, out: W) -> EventLog<'a, W> {
        EventLog { names, out, failed: None }
    }

    /// Gives the writer back.
    ///
    /// # Errors
    /// With the first write that failed.
    pub fn end(mut self) -> io::Result<W> {
        match self.failed {
            Some(error) => Err(error),
            None => {
                self.out.flush()?;
                Ok(self.out)
            }
        }
    }

    fn write(&mut self, at: SimTime, fact: &Fact) -> io::Result<()> {
        let line = Line { time_us: at.as_micros(), ..Line::of(fact, &self.names) };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Observer for EventLog<'_, W> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        if self.failed.is_none() {
            self.failed = self.write(at, fact).err();
        }
    }
}

/// One line; what a fact does not have is left out.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(default)]
struct Line {
    time_us: u64,
    fact: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stock: Option<[u64; 5]>,
}

impl Line {
    fn of(fact: &Fact, names: &Names<'_>) -> Line {
        let plain = |fact| Line { fact, ..Line::default() };
        let about = |fact, id| Line { instance: Some(names.instance(id)), ..plain(fact) };
        match *fact {
            Fact::Demanded { instance, wanted } => {
                Line { on: Some(wanted), ..about("demanded", instance) }
            }
            Fact::Intended { controller, instance, action, due } => Line {
                controller: Some(names.controller(controller).to_owned()),
                action: Some(format!("{action:?}").to_lowercase()),
                due_us: Some(due.as_micros()),
                ..about("intended", instance)
            },
            Fact::CallSent(call) => Line::of_call("call_sent", &call, None, names),
            Fact::CallHandled(call, answer) => {
                Line::of_call("call_handled", &call, Some(answer), names)
            }
            Fact::AnswerDelivered(call, answer) => {
                Line::of_call("answer_delivered", &call, Some(answer), names)
            }
            Fact::CallTimedOut(call) => Line::of_call("call_timed_out", &call, None, names),
            Fact::StateChanged { instance, from, to } => Line {
                from: Some(state(from)),
                to: Some(state(to)),
                ..about("state_changed", instance)
            },
            Fact::BecameReady { instance } => about("became_ready", instance),
            Fact::AddressChanged { instance } => about("address_changed", instance),
            Fact::StockChanged { pool, stock: s } => Line {
                name: Some(names.plan().region.pools[pool.index()].name.clone()),
                stock: Some([s.total, s.ours, s.others, s.free, s.deficit]),
                ..plain("stock_changed")
            },
            Fact::BeliefChanged { controller, instance, belief } => Line {
                controller: Some(names.controller(controller).to_owned()),
                to: Some(self::belief(belief)),
                ..about("belief_changed", instance)
            },
            Fact::FaultTurned { rule, open } => Line {
                name: Some(names.rule(rule).to_owned()),
                on: Some(open),
                ..plain("fault_turned")
            },
            Fact::FaultStruck { rule, instance } => {
                Line { name: Some(names.rule(rule).to_owned()), ..about("fault_struck", instance) }
            }
            Fact::ConditionChanged { instance, condition, on } => Line {
                name: Some(condition.name().to_owned()),
                on: Some(on),
                ..about("condition_changed", instance)
            },
            Fact::EconomicalDefault(on) => Line { on: Some(on), ..plain("economical_default") },
            Fact::TypeChanged { instance, to } => {
                let to = names.plan().region.types[to.index()].name.clone();
                Line { to: Some(to), ..about("type_changed", instance) }
            }
        }
    }

    fn of_call(
        fact: &'static str,
        call: &CallFact,
        answer: Option<CallAnswer>,
        names: &Names<'_>,
    ) -> Line {
        Line {
            fact,
            instance: Some(names.instance(call.instance)),
            controller: Some(names.controller(call.controller).to_owned()),
            operation: Some(call.operation.name()),
            number: Some(call.number),
            request_id: answer.is_some().then(|| names.request_id(call)),
            answer: answer.map(|answer| self::answer(answer, names)),
            ..Line::default()
        }
    }
}

/// `Stopped StopCharging`: the API's word, and the mode where there is one.
pub fn state(state: State) -> String {
    match state {
        State::Pending => "Pending".into(),
        State::Running => "Running".into(),
        State::Starting { from: mode } => format!("Starting {mode}"),
        State::Stopping { effective: mode } => format!("Stopping {mode}"),
        State::Stopped { effective: mode } => format!("Stopped {mode}"),
    }
}

/// `accepted`, `seen Running`, `403 OperationDenied.NoStock`.
pub fn answer(answer: CallAnswer, names: &Names<'_>) -> String {
    match answer {
        CallAnswer::Accepted => "accepted".into(),
        CallAnswer::Seen(seen) => format!("seen {}", state(seen)),
        CallAnswer::Stocked(None) => "sold out".into(),
        CallAnswer::Stocked(Some(0)) => "in stock".into(),
        CallAnswer::Stocked(Some(place)) => format!("in stock: choice {place}"),
        CallAnswer::Refused(refusal) => {
            let row = refusal.row_under(&names.plan().region.knobs);
            format!("{} {}", row.http, row.code)
        }
    }
}

/// `unknown`, `stop under way`, `start done`, `stop failed`.
pub fn belief(belief: Belief) -> String {
    let word = |action: String| action.to_lowercase();
    match belief {
        Belief::Unknown => "unknown".into(),
        Belief::UnderWay(action) => format!("{} under way", word(format!("{action:?}"))),
        Belief::Done(action) => format!("{} done", word(format!("{action:?}"))),
        Belief::Failed(action) => format!("{} failed", word(format!("{action:?}"))),
    }
}
