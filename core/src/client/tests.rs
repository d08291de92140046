//! The scripted controllers alone: nobody's region behind them, and answers that a test makes up.

use std::collections::BTreeMap;

use super::plan::{ClientsPlan, DemandCard, GroupCard};
use super::scripted::{Answered, Call, Carried, Heard, Request, Told};
use super::*;
use crate::controller::policy::{Absence, Acts, Controller, Drive};
use crate::controller::retry::{Backoff, Retry, RetryOn};
use crate::demand::calendar::CivilClock;
use crate::ecs::id::{CallerId, TypeId, ZoneId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::refusal::Refusal;
use crate::engine::{Decisions, Identity, Source};
use crate::fact::Fact;

const ONE: InstanceId = InstanceId(0);

fn at(hour: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_hours(hour)
}

/// What clients meet: a list of events, calls that wait for an answer, and lines of what was heard.
#[derive(Default)]
struct Wire {
    now: SimTime,
    listed: BTreeMap<(SimTime, u32), Event>,
    scheduled: u32,
    sent: Vec<Call>,
    lines: Vec<String>,
}

impl Wire {
    fn says(&mut self, line: &str) {
        self.lines.push(format!("{} {line}", self.now.as_micros() / 3_600_000_000));
    }
}

impl Outputs for Wire {
    fn now(&self) -> SimTime {
        self.now
    }

    fn name(&self, _: InstanceId) -> Identity {
        Identity::of("instance", "one")
    }

    fn schedule(&mut self, at: SimTime, _: Source, event: Event) {
        self.listed.insert((at, self.scheduled), event);
        self.scheduled += 1;
    }

    fn stale(&mut self) {
        self.says("stale");
    }

    fn listed(&mut self) {}

    fn happened(&mut self, fact: Fact) {
        if let Fact::BeliefChanged { belief, .. } = fact {
            self.says(&format!("believes {belief:?}"));
        }
    }

    fn tell(&mut self, _: News) {}

    fn send(&mut self, call: Call, request: Request) {
        let what = match request {
            Request::Stop(stop) => format!("stop {:?}", stop.mode),
            Request::Start(_) => "start".to_owned(),
            Request::Look(_) => "look".to_owned(),
            Request::Other(carried) => match *carried {
                Carried::Stock(stock) => format!("stock of {} types", stock.types.len()),
                Carried::One(_) | Carried::Batch(_) | Carried::Page(_) | Carried::Seat(_) => {
                    call.operation.name().to_owned()
                }
            },
        };
        self.says(&what);
        self.sent.push(call);
    }
}

/// When the demand turns, and whether the instance is wanted from then on.
const TURNS: [(u64, bool); 3] = [(20, false), (32, true), (44, false)];

/// Stops at 20, starts at 32, stops at 44, by the demand that it follows.
fn nightly() -> Controller {
    let edges = TURNS.map(|(hour, wanted)| Edge { at: at(hour), wanted, day: 0, ordinal: 0 });
    let mut nightly = Controller::seat("nightly", CallerId(0), vec![ONE], Some(0), None);
    let (acts, absence) = (Acts::StopsAndStarts, Absence::default());
    nightly.drive = Drive::Edges { follows: Some(0), edges: edges.to_vec(), acts, absence };
    nightly
}

/// Asks again every twelve hours, however often, whatever is refused by a conflict.
fn patient() -> Retry {
    Retry {
        calls: None,
        backoff: Backoff::Fixed(SimDuration::from_hours(12)),
        pause: SimDuration::ZERO,
        throttled: None,
        trickle: None,
        honours_hint: false,
        needs_hint: false,
        max_attempts: 9,
        budget: None,
        deadline: None,
        on: RetryOn { refusals: vec![Refusal::OperationConflict], ..RetryOn::default() },
    }
}

/// Runs a controller whose demand turns like this: what it sends and believes, when each call is
/// answered at once as listed. It ends with the first call beyond the list.
fn told(
    controller: Controller,
    turns: &[(u64, bool)],
    left_without_stock: bool,
    answers: &[Answered],
) -> Vec<String> {
    let controllers = [controller];
    let clock = CivilClock::new("Asia/Shanghai", "2026-03-02").expect("a day");
    let card =
        GroupCard { first: ONE, zone: ZoneId(0), instance_type: TypeId(0), is_economical: true };
    let plan = ClientsPlan {
        controllers: &controllers,
        clock: &clock,
        horizon: at(100),
        instances: 1,
        groups: vec![card],
        economical_default: false,
        demands: vec![DemandCard { instances: std::slice::from_ref(&(0..1)), initially: true }],
        waits: Vec::new(),
    };
    let decisions = Decisions::of(1, 0);
    let names = [Identity::of("instance", "one")];
    let mut clients = Clients::new(plan, &decisions, &names, |_| left_without_stock);
    let mut wire = Wire::default();
    let mut answers = answers.iter();
    clients.schedule_first(&mut wire);
    while let Some(((time, _), event)) = wire.listed.pop_first() {
        wire.now = time;
        for (_, wanted) in turns.iter().filter(|(hour, _)| at(*hour) <= time) {
            clients.demand_turned(0, *wanted);
        }
        clients.handle(event, &mut wire);
        while let Some(call) = wire.sent.pop() {
            let Some(answer) = answers.next() else { return wire.lines };
            let Call { controller, operation, tag, .. } = call;
            let (sent_at, retry_after, answer) = (time, SimDuration::ZERO, Some(*answer));
            let told = Told { controller, operation, tag, sent_at, retry_after, answer };
            clients.heard(&mut wire, Heard { told, returned: None });
        }
    }
    wire.lines
}

#[test]
fn it_believes_what_it_is_answered() {
    let lines = told(nightly(), &TURNS, false, &[Answered::Accepted; 3]);
    let night = ["20 stop None", "20 believes UnderWay(Stop)", "20 believes Done(Stop)"];
    let day = ["32 start", "32 believes UnderWay(Start)", "32 believes Done(Start)"];
    let next = ["44 stop None", "44 believes UnderWay(Stop)", "44 believes Done(Stop)"];
    assert_eq!(lines, [night, day, next].concat());
}

/// Refused at 32, it would ask again at 44: by then it was told that nobody wants the instance.
#[test]
fn what_is_no_longer_wanted_is_not_asked_for_again() {
    let starts = |turns| {
        let mut controller = nightly();
        controller.retry = vec![patient()];
        let Drive::Edges { acts, .. } = &mut controller.drive else { unreachable!("it has edges") };
        *acts = Acts::StartsOnly;
        told(controller, turns, false, &[Answered::Refused(Refusal::OperationConflict)])
    };
    assert_eq!(starts(&TURNS[..2]), ["32 start", "44 start"]);
    assert_eq!(starts(&TURNS), ["32 start", "44 believes Failed(Start)"]);
}

/// Who asks for stock first does so where it knows of none that the instance holds.
#[test]
fn it_remembers_how_it_stopped_an_instance() {
    let starts = |mode, left| {
        let mut controller = nightly();
        (controller.stop.mode, controller.start.check_stock_first) = (Some(mode), true);
        told(controller, &TURNS, left, &[Answered::Accepted])[3].clone()
    };
    assert_eq!(starts(StoppedMode::StopCharging, false), "32 stock of 1 types");
    assert_eq!(starts(StoppedMode::KeepCharging, true), "32 start");
}
