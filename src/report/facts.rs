//! `facts.ndjson`: every model fact of a run, one JSON object a line, in the order it happened.
//!
//! An observer that writes as it watches. A failed write is kept and told at the end: a run
//! never learns of it, and nothing is written after it.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::demand::calendar::CivilClock;
use crate::ecs::instance::{State, StoppedMode};
use crate::fact::{Belief, CallAnswer, CallFact, Fact};
use crate::sim::Observer;
use crate::units::SimTime;

use super::names::Names;

/// Writes facts.
pub struct FactLog<'a, W: Write> {
    names: Names<'a>,
    out: W,
    failed: Option<io::Error>,
}

impl<'a, W: Write> FactLog<'a, W> {
    /// Nothing yet.
    pub fn new(names: Names<'a>, out: W) -> FactLog<'a, W> {
        FactLog { names, out, failed: None }
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

impl<W: Write> Observer for FactLog<'_, W> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        if self.failed.is_none() {
            self.failed = self.write(at, fact).err();
        }
    }
}

/// A fact in words, by the names of its scenario: the same in two scenarios if the same happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: SimTime,
    /// What happened: `call_sent`.
    pub fact: Cow<'static, str>,
    /// To whom and how: `instance`, `web-0001` and so on.
    pub fields: Vec<(Cow<'static, str>, String)>,
}

impl Told {
    /// `call_sent instance=web-0001 controller=nightly operation=StopInstance`.
    pub fn text(&self) -> String {
        let mut text = self.fact.clone().into_owned();
        for (key, value) in &self.fields {
            text.extend([" ", key, "=", value]);
        }
        text
    }

    /// A field of it.
    pub fn field(&self, key: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(one, _)| *one == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// The fields of facts, in the order in which they are told.
const FIELDS: [&str; 12] = [
    "instance",
    "controller",
    "operation",
    "number",
    "mode",
    "answer",
    "action",
    "due",
    "from",
    "to",
    "on",
    "name",
];

/// Tells a fact.
pub fn told(at: SimTime, fact: &Fact, names: &Names<'_>) -> Told {
    let line = Line::of(fact, names);
    let due = line.due_us.map(|us| names.plan().clock.format(SimTime::from_micros(us)));
    let parts = [
        ("instance", line.instance),
        ("controller", line.controller),
        ("operation", line.operation.map(str::to_owned)),
        ("number", line.number.map(|number| number.to_string())),
        ("mode", line.mode.map(str::to_owned)),
        ("answer", line.answer),
        ("action", line.action),
        ("due", due),
        ("from", line.from),
        ("to", line.to),
        ("on", line.on.map(|on| on.to_string())),
        ("name", line.name),
        (
            "free",
            line.stock.map(|[total, ours, others, free, deficit]| {
                format!("{free} of {total}, {ours} ours, {others} of others, {deficit} short")
            }),
        ),
        ("used", line.capacity.map(|[units, used]| format!("{used} of {units}"))),
    ];
    let fields = parts.into_iter().filter_map(|(key, value)| Some((Cow::Borrowed(key), value?)));
    Told { at, fact: Cow::Borrowed(line.fact), fields: fields.collect() }
}

impl Told {
    /// Reads a line of `facts.ndjson`, of this version or another one; none if it is none.
    pub fn read(line: &str, clock: &CivilClock) -> Option<Told> {
        let mut line: serde_json::Map<String, Value> = serde_json::from_str(line).ok()?;
        let at = SimTime::from_micros(line.remove("time_us")?.as_u64()?);
        let Some(Value::String(fact)) = line.remove("fact") else { return None };
        // It says nothing that the call does not.
        line.remove("request_id");
        let field = |(key, value): (String, Value)| match (key.as_str(), value) {
            ("due_us", Value::Number(us)) if us.is_u64() => {
                let due = SimTime::from_micros(us.as_u64().unwrap_or(0));
                (Cow::Borrowed("due"), clock.format(due))
            }
            (_, Value::String(text)) => (Cow::Owned(key), text),
            (_, other) => (Cow::Owned(key), other.to_string()),
        };
        let mut fields: Vec<(Cow<'static, str>, String)> = line.into_iter().map(field).collect();
        let place = |key: &str| FIELDS.iter().position(|one| *one == key).unwrap_or(FIELDS.len());
        fields.sort_by_key(|(key, _)| place(key));
        Some(Told { at, fact: Cow::Owned(fact), fields })
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
    /// The mode that a stop asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<[u32; 2]>,
}

impl Line {
    fn of(fact: &Fact, names: &Names<'_>) -> Line {
        let plain = |fact| Line { fact, ..Line::default() };
        let about = |fact, id| Line { instance: Some(names.instance(id)), ..plain(fact) };
        let by = |fact, controller, id| {
            let controller = Some(names.controller(controller).to_owned());
            Line { controller, ..about(fact, id) }
        };
        match *fact {
            Fact::Demanded { instance, wanted } => {
                Line { on: Some(wanted), ..about("demanded", instance) }
            }
            Fact::Intended { controller, instance, action, due } => Line {
                action: Some(format!("{action:?}").to_lowercase()),
                due_us: Some(due.as_micros()),
                ..by("intended", controller, instance)
            },
            Fact::CallSent(call) => Line::of_call("call_sent", &call, None, names),
            Fact::CallHandled(call, answer) => {
                Line::of_call("call_handled", &call, Some(answer), names)
            }
            Fact::ItemHandled(call, answer) => {
                let line = Line::of_call("item_handled", &call, Some(answer), names);
                Line { request_id: None, ..line }
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
            Fact::BeliefChanged { controller, instance, belief } => {
                let to = Some(self::belief(belief));
                Line { to, ..by("belief_changed", controller, instance) }
            }
            Fact::FaultTurned { rule, open } => {
                let name = Some(names.rule(rule).to_owned());
                Line { name, on: Some(open), ..plain("fault_turned") }
            }
            Fact::FaultStruck { rule, instance } => {
                Line { name: Some(names.rule(rule).to_owned()), ..about("fault_struck", instance) }
            }
            Fact::ConditionChanged { instance, condition, on } => {
                let name = Some(condition.name().to_owned());
                Line { name, on: Some(on), ..about("condition_changed", instance) }
            }
            Fact::EconomicalDefault(on) => Line { on: Some(on), ..plain("economical_default") },
            Fact::StartHeld { controller, instance } => by("start_held", controller, instance),
            Fact::StartLetGo { controller, instance } => by("start_let_go", controller, instance),
            Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. }
            | Fact::StandingChanged(_)
            | Fact::CapacityChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::ServiceTurned { .. }
            | Fact::StandsIn { .. }
            | Fact::Replaced { .. }
            | Fact::Slipped { .. }
            | Fact::TypeChanged { .. } => Line::of_rest(fact, names),
        }
    }

    /// What the platform does of itself, what becomes of services and of types.
    fn of_rest(fact: &Fact, names: &Names<'_>) -> Line {
        let mut line = Line::default();
        if let Fact::ServiceTurned { service, ready, instance } = *fact {
            let name = Some(names.plan().services[usize::from(service)].name.clone());
            let (instance, on) = (Some(names.instance(instance)), Some(ready));
            line = Line { fact: "service_turned", instance, name, on, ..line };
        }
        if let Fact::Replaced { controller, instance, by } = *fact {
            let controller = Some(names.controller(controller).to_owned());
            let (instance, to) = (Some(names.instance(instance)), Some(names.instance(by)));
            line = Line { fact: "replaced", controller, instance, to, ..line };
        }
        if let Fact::Slipped { controller, instance, defect } = *fact {
            let controller = Some(names.controller(controller).to_owned());
            let (instance, name) = (Some(names.instance(instance)), Some(defect.name().to_owned()));
            line = Line { fact: "slipped", controller, instance, name, ..line };
        }
        if let Fact::StandsIn { instance, by } = *fact {
            let (instance, to) = (Some(names.instance(instance)), Some(names.instance(by)));
            line = Line { fact: "stands_in", instance, to, ..line };
        }
        if let Fact::CreditsCleared { instance } = *fact {
            let instance = Some(names.instance(instance));
            line = Line { fact: "credits_cleared", instance, ..line };
        }
        if let Fact::CreditsGranted { instance, credits, falls_back } = *fact {
            let mode = if falls_back { ", from now on in standard mode" } else { "" };
            let (instance, to) =
                (Some(names.instance(instance)), Some(format!("{credits} credits{mode}")));
            line = Line { fact: "credits_granted", instance, to, ..line };
        }
        if let Fact::CapacityChanged { capacity, held } = *fact {
            let name = Some(names.plan().region.capacities[capacity.index()].name.clone());
            let capacity = Some([held.units, held.used]);
            line = Line { fact: "capacity_changed", name, capacity, ..line };
        }
        if let Fact::SpotPriced { market, rate } = *fact {
            let name = Some(names.plan().region.markets[market.index()].name.clone());
            line = Line { fact: "spot_priced", name, to: Some(rate.to_string()), ..line };
        }
        if let Fact::SpotNoticed { instance, cause } = *fact {
            let (instance, name) = (Some(names.instance(instance)), Some(cause.name().to_owned()));
            line = Line { fact: "spot_noticed", instance, name, ..line };
        }
        if let Fact::SpotTakenBack { instance, cause } = *fact {
            let (instance, name) = (Some(names.instance(instance)), Some(cause.name().to_owned()));
            line = Line { fact: "spot_taken_back", instance, name, ..line };
        }
        if let Fact::TypeChanged { instance, to } = *fact {
            let to = Some(names.plan().region.types[to.index()].name.clone());
            line =
                Line { fact: "type_changed", instance: Some(names.instance(instance)), to, ..line };
        }
        if let Fact::StandingChanged(standing) = *fact {
            let to = Some(standing.name().to_owned());
            line = Line { fact: "standing_changed", to, ..line };
        }
        line
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
            mode: call.asks.filter(|_| fact == "call_sent").map(StoppedMode::name),
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
        State::Released => "Released".into(),
        State::Deleting => "Deleting".into(),
        State::Rebooting { .. } => format!("Rebooting {}", state.status()),
        State::Starting { from: mode } => format!("Starting {mode}"),
        State::Stopping { effective: mode } => format!("Stopping {mode}"),
        State::Stopped { effective: mode } => format!("Stopped {mode}"),
    }
}

/// `accepted`, `seen Running`, `403 OperationDenied.NoStock`.
pub fn answer(answer: CallAnswer, names: &Names<'_>) -> String {
    match answer {
        CallAnswer::Accepted => "accepted".into(),
        CallAnswer::Missing | CallAnswer::Seen(State::Released) => "seen nothing".into(),
        CallAnswer::Seen(seen) => format!("seen {}", state(seen)),
        CallAnswer::Created(id) => format!("accepted, {}", names.instance(id)),
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
