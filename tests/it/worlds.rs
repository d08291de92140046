//! Small worlds to hold laws against: a scenario in a few lines, run, with every fact it made.
//!
//! The only helper that knows how a scenario becomes a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stopsim::books::ledger::Bill;
use stopsim::books::outcome::Outcome;
use stopsim::ecs::id::InstanceId;
use stopsim::engine::TiePolicy;
use stopsim::fact::{CallAnswer, CallFact, Fact};
use stopsim::report::Results;
use stopsim::report::collected::Collected;
use stopsim::scenario::{Memory, Source, load};
use stopsim::sim::plan::Plan;
use stopsim::sim::{Observer, RunId, run};
use stopsim::units::SimTime;

/// Every fact of a run, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts(pub Vec<(SimTime, Fact)>);

impl Observer for Facts {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        self.0.push((at, *fact));
    }
}

/// What a run came to, and how.
#[derive(Debug)]
pub struct Run {
    pub outcome: Outcome,
    pub facts: Vec<(SimTime, Fact)>,
}

/// The head of every small world: Monday 2026-03-02, Shanghai, answers after one second.
pub fn world(length: &str, rest: &str) -> String {
    format!(
        "name = \"small\"\n\
         [clock]\nstart = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"\nlength = \"{length}\"\n\
         [region]\nid = \"cn-hangzhou\"\n\
         {rest}"
    )
}

/// Answers after one second, requests at once.
pub const CALLS: &str = "[calls]\nanswer = \"1s\"\n";

/// A group of `count` instances that all take the same: 20 s to stop, 5 s by force, 30 s to
/// start and 10 s more from economical mode.
pub fn group(name: &str, count: u32, more: &str) -> String {
    format!(
        "[[group]]\nname = \"{name}\"\ncount = {count}\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
         rate = \"3.6 CNY/h\"\nstop = \"20s\"\nforce_stop = \"5s\"\nstart = \"30s\"\n\
         allocation = \"10s\"\nwave_factor = \"1\"\n{more}\n"
    )
}

/// The pool of those groups, counted in instances.
pub fn pool(more: &str) -> String {
    format!(
        "[[pool]]\nname = \"g7\"\nzone = \"z\"\nfamily = \"ecs.g7\"\nunit = \"instance\"\n{more}\n"
    )
}

/// That pool with more than any group needs.
pub fn unlimited() -> String {
    pool("stock = \"unlimited\"")
}

/// A group `web` that begins like this, stock for all of it, and answers after one second.
pub fn web(count: u32, initially: &str) -> String {
    let group = group("web", count, &format!("initially = \"{initially}\""));
    [CALLS, &group, &unlimited()].concat()
}

/// A controller that makes these requests: `01:00 stop 1`, `00:01:05 start 1` and so on.
#[track_caller]
pub fn requests(controller: &str, requests: &[&str], more: &str) -> String {
    let mut text = format!("[[controller]]\nname = \"{controller}\"\nrequests = [\n");
    for request in requests {
        let [time, action, instance] = request.split(' ').collect::<Vec<_>>()[..] else {
            panic!("a request is a time, an action and an instance: {request}")
        };
        text += &format!(
            "{{ at = \"2026-03-02 {time}\", instance = \"web-{instance:0>4}\", \
             action = \"{action}\" }},\n"
        );
    }
    format!("{text}]\n{more}\n")
}

/// The plan of a scenario's text.
#[track_caller]
pub fn plan(text: &str) -> Plan {
    plan_from("world.toml", &Memory::new().with("world.toml", text), &[])
}

/// The plan of a scenario from wherever it is.
#[track_caller]
pub fn plan_from(path: &str, source: &dyn Source, sets: &[&str]) -> Plan {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    match load(path, source, &sets) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("\n{errors}\n"),
    }
}

/// A run of seed 1 under the first tie policy.
pub const FIRST: RunId =
    RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };

/// The three ways to break ties.
pub const TIES: [TiePolicy; 3] = [TiePolicy::Fifo, TiePolicy::Seeded(7), TiePolicy::Reversed];

/// Runs a plan and keeps every fact.
#[track_caller]
pub fn run_plan(plan: &Plan, id: RunId) -> Run {
    let mut facts = Facts::default();
    let outcome = run(plan, id, &mut facts).expect("no livelock");
    Run { outcome, facts: facts.0 }
}

/// Runs a scenario's text.
#[track_caller]
pub fn run_text(text: &str) -> Run {
    run_plan(&plan(text), FIRST)
}

/// Runs a scenario's text and bills it.
#[track_caller]
pub fn billed(text: &str) -> (Plan, Run, Bill) {
    let plan = plan(text);
    let run = run_plan(&plan, FIRST);
    let bill = Bill::of(&plan.region, &run.outcome.ledger);
    (plan, run, bill)
}

/// What reports are made of, where runs are under the first tie policy.
pub fn results<'a>(plan: &'a Plan, collected: &'a Collected) -> Results<'a> {
    Results {
        plan,
        seed: 1,
        ties: "fifo",
        replication: None,
        until_event: None,
        collected,
        stress: &[],
        what_if: None,
    }
}

/// Seconds, as short as they can be written: `61`, `0.25`.
pub fn seconds(at: SimTime) -> String {
    let (whole, micros) = (at.as_micros() / 1_000_000, at.as_micros() % 1_000_000);
    if micros == 0 {
        return whole.to_string();
    }
    format!("{whole}.{micros:06}").trim_end_matches('0').to_owned()
}

fn answer_words(answer: &CallAnswer, who: &dyn Fn(InstanceId) -> String) -> String {
    match answer {
        CallAnswer::Accepted => "accepted".to_owned(),
        CallAnswer::Missing => "saw nothing".to_owned(),
        CallAnswer::Seen(state) => format!("saw {state}"),
        CallAnswer::Created(id) => format!("accepted as {}", who(*id)),
        CallAnswer::Refused(refusal) => refusal.to_string(),
        CallAnswer::Stocked(None) => "sold out".to_owned(),
        CallAnswer::Stocked(Some(place)) => format!("choice {place} in stock"),
    }
}

/// A fact without its time, in words; `who` names instances, `by` controllers.
pub fn words(
    fact: &Fact,
    who: &dyn Fn(InstanceId) -> String,
    by: &dyn Fn(u16) -> String,
) -> String {
    let answer = |with: &CallAnswer| answer_words(with, who);
    let call = |call: &CallFact| {
        format!("{} {} {}", by(call.controller), call.operation, who(call.instance))
    };
    match fact {
        Fact::Demanded { instance, wanted: true } => format!("{} wanted", who(*instance)),
        Fact::Demanded { instance, wanted: false } => format!("{} unwanted", who(*instance)),
        Fact::Intended { controller, instance, action, .. } => {
            format!("{} intends {action:?} {}", by(*controller), who(*instance))
        }
        Fact::CallSent(sent) => format!("{} sent", call(sent)),
        Fact::CallHandled(handled, with) => format!("{}: {}", call(handled), answer(with)),
        Fact::AnswerDelivered(made, with) => format!("{} answered {}", call(made), answer(with)),
        Fact::CallTimedOut(made) => format!("{} timed out", call(made)),
        Fact::StateChanged { instance, to, .. } => format!("{} {to}", who(*instance)),
        Fact::BecameReady { instance } => format!("{} ready", who(*instance)),
        Fact::AddressChanged { instance } => format!("{} has another address", who(*instance)),
        Fact::CreditsCleared { instance } => format!("{} has no credits", who(*instance)),
        Fact::CreditsGranted { instance, credits, falls_back } => {
            format!("{} has {credits} credits, falls back {falls_back}", who(*instance))
        }
        Fact::StockChanged { stock, .. } => format!(
            "stock {} ours {} others {} free {} short {}",
            stock.total, stock.ours, stock.others, stock.free, stock.deficit,
        ),
        Fact::CapacityChanged { held, .. } => format!("capacity {} of {}", held.used, held.units),
        Fact::BeliefChanged { controller, instance, belief } => {
            format!("{} believes {} {belief:?}", by(*controller), who(*instance))
        }
        Fact::FaultTurned { rule, open } => format!("rule {:x} open {open}", rule.word()),
        Fact::FaultStruck { rule, instance } => {
            format!("rule {:x} struck {}", rule.word(), who(*instance))
        }
        Fact::ConditionChanged { instance, condition, on } => {
            format!("{} {condition:?} {on}", who(*instance))
        }
        Fact::ItemHandled(handled, with) => format!("{} item: {}", call(handled), answer(with)),
        Fact::Replaced { controller, instance, by: new } => {
            format!("{} takes {} for {}", by(*controller), who(*new), who(*instance))
        }
        Fact::StandsIn { instance, by } => {
            format!("{} stands in for {}", who(*by), who(*instance))
        }
        Fact::TypeChanged { instance, to } => format!("{} is of {to}", who(*instance)),
        Fact::EconomicalDefault(on) => format!("economical by default {on}"),
        Fact::ServiceTurned { service, ready, instance } => {
            format!("service {service} ready {ready} by {}", who(*instance))
        }
        Fact::StartHeld { controller, instance } => {
            format!("{} holds {} back", by(*controller), who(*instance))
        }
        Fact::StartLetGo { controller, instance } => {
            format!("{} lets {} go", by(*controller), who(*instance))
        }
        Fact::Slipped { controller, instance, defect } => {
            format!("{} {} {}", by(*controller), defect.name(), who(*instance))
        }
        Fact::SpotPriced { rate, .. } => format!("market {rate}"),
        Fact::SpotNoticed { instance, cause } => {
            format!("{} told {}", who(*instance), cause.name())
        }
        Fact::SpotTakenBack { instance, cause } => {
            format!("{} taken back {}", who(*instance), cause.name())
        }
        Fact::StandingChanged(standing) => format!("account {}", standing.name()),
    }
}

/// Whom a fact is about, if it is about one instance.
pub fn about(fact: &Fact) -> Option<InstanceId> {
    match fact {
        Fact::Demanded { instance, .. }
        | Fact::Intended { instance, .. }
        | Fact::StateChanged { instance, .. }
        | Fact::BecameReady { instance }
        | Fact::AddressChanged { instance }
        | Fact::CreditsCleared { instance }
        | Fact::CreditsGranted { instance, .. }
        | Fact::BeliefChanged { instance, .. }
        | Fact::FaultStruck { instance, .. }
        | Fact::Replaced { instance, .. }
        | Fact::StandsIn { instance, .. }
        | Fact::SpotNoticed { instance, .. }
        | Fact::SpotTakenBack { instance, .. }
        | Fact::ConditionChanged { instance, .. }
        | Fact::TypeChanged { instance, .. }
        | Fact::ServiceTurned { instance, .. }
        | Fact::StartHeld { instance, .. }
        | Fact::StartLetGo { instance, .. }
        | Fact::Slipped { instance, .. } => Some(*instance),
        Fact::CallSent(call)
        | Fact::CallHandled(call, _)
        | Fact::ItemHandled(call, _)
        | Fact::AnswerDelivered(call, _)
        | Fact::CallTimedOut(call) => Some(call.instance),
        Fact::StockChanged { .. }
        | Fact::CapacityChanged { .. }
        | Fact::FaultTurned { .. }
        | Fact::EconomicalDefault(_)
        | Fact::SpotPriced { .. }
        | Fact::StandingChanged(_) => None,
    }
}

/// What happened to each instance, by its name, to the microsecond and in order.
pub fn timelines(plan: &Plan, run: &Run) -> BTreeMap<String, Vec<String>> {
    let who = |id| plan.region.instance_name(id);
    let by = |place: u16| plan.controllers[usize::from(place)].name.clone();
    let mut timelines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (at, fact) in &run.facts {
        if let Some(instance) = about(fact) {
            let line = format!("{at} {}", words(fact, &who, &by));
            timelines.entry(who(instance)).or_default().push(line);
        }
    }
    timelines
}

/// The facts of a run that `tells` lets through, one line each: seconds and words.
pub fn told(plan: &Plan, run: &Run, tells: impl Fn(&Fact) -> bool) -> String {
    let who = |id: InstanceId| format!("#{}", id.0 + 1);
    let by = |place: u16| plan.controllers[usize::from(place)].name.clone();
    let mut lines = String::new();
    for (at, fact) in run.facts.iter().filter(|(_, fact)| tells(fact)) {
        writeln!(lines, "{} {}", seconds(*at), words(fact, &who, &by)).unwrap();
    }
    lines
}

/// Runs a scenario's text, and compares the facts that `tells` lets through, line by line.
#[track_caller]
pub fn tells_these(text: &str, tells: impl Fn(&Fact) -> bool, expected: &[&str]) -> (Plan, Run) {
    let plan = plan(text);
    let run = run_plan(&plan, FIRST);
    let told = told(&plan, &run, tells);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines, expected, "\n{told}\n{text}");
    (plan, run)
}
