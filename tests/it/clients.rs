//! Clients that take a seat: what they are told, and that their calls are calls like any other.

use proptest::prelude::*;

use stopsim::books::outcome::LatencyName;
use stopsim::client::{Brief, Call, CallId, Client, Outbox, Refused, Token, Wake};
use stopsim::ecs::answer::{Answer, StatusCategory, StoppedModeAnswer};
use stopsim::ecs::id::{GroupId, InstanceId, TypeId};
use stopsim::ecs::instance::{Status, StoppedMode};
use stopsim::ecs::operation::{
    BatchOptimization, ClientToken, DeleteInstance, DescribeAvailableResource,
    DescribeInstanceStatus, DescribeInstances, Force, Ids, ModifyInstanceSpec, Operation,
    ReActivateInstances, RebootInstance, RebootInstances, Removal, RunInstances, StartInstance,
    StartInstances, StopInstance, StopInstances, Target,
};
use stopsim::ecs::refusal::Refusal;
use stopsim::engine::{Decisions, Occasion};
use stopsim::fact::Fact;
use stopsim::sim::plan::{Plan, Seat, SeatError};
use stopsim::sim::{NoObserver, Reply, SeatProblem, Sim};
use stopsim::units::{SimDuration, SimTime};

use crate::dice;
use crate::sample::cases;
use crate::worlds::{CALLS, FIRST, Facts, group, plan, pool, run_plan, unlimited, web, world};

#[path = "../../examples/own_controller.rs"]
#[allow(dead_code)]
mod own_controller;

fn seat(name: &str) -> Seat {
    Seat { name: name.into(), groups: vec![], follows: None, timeout: None }
}

fn with_seat(text: &str, seat: &Seat) -> Plan {
    let mut plan = plan(text);
    plan.add_seat(seat).expect("a seat");
    plan
}

fn seconds(seconds: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

/// Injects a call at a time, and waits for what becomes of it.
fn ask(
    sim: &mut Sim<'_, NoObserver>,
    at: u64,
    operation: Operation,
) -> Option<Result<Answer, Refused>> {
    sim.advance_to(seconds(at)).expect("time goes on");
    let call = Call { operation, occasion: Occasion::number(at), number: 0 };
    let id = sim.inject("me", call).expect("the seat is empty");
    sim.advance_to(seconds(at + 9)).expect("time goes on");
    let replies = sim.take_replies("me").expect("the seat is empty");
    let [Reply { call, answer, .. }] = &replies[..] else { panic!("{replies:?}") };
    assert_eq!(*call, id);
    answer.clone()
}

fn stop(instance: u32) -> StopInstance {
    let mode = Some(StoppedMode::StopCharging);
    StopInstance { mode, ..StopInstance::of(InstanceId(instance)) }
}

fn target(instance: u32) -> Target {
    Target::Id(InstanceId(instance))
}

fn status(instance: u32) -> Operation {
    Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(InstanceId(instance)))
}

/// The example in the manual: a group that nobody brought up in time is up in time.
#[test]
fn a_client_of_one_s_own_acts_in_a_shipped_scenario_beside_the_scripted_controllers() {
    let (before, after) = (own_controller::run(false), own_controller::run(true));
    assert_eq!(own_controller::up_within_a_minute(&after), [200; 10]);
    let late = own_controller::up_within_a_minute(&before);
    assert!(late.iter().all(|up| *up < 200), "{late:?}");
    // Ten mornings of two hundred starts, and what was asked again.
    assert!(after.counts.clients[2].calls >= 2_000 && before.counts.clients[2].calls == 0);
    // What the scripted ones do for the other group is not its business.
    assert_eq!(after.counts.clients[1].looks, before.counts.clients[1].looks);
}

#[test]
fn a_seat_in_which_nobody_sits_changes_nothing() {
    let mut plan = own_controller::plan();
    let with = run_plan(&plan, FIRST);
    plan.controllers.pop();
    let without = run_plan(&plan, FIRST);
    assert_eq!(with.facts, without.facts);
    assert_eq!(with.outcome.digest, without.outcome.digest);
    assert_eq!(with.outcome.ledger, without.outcome.ledger);
}

/// Three instances with one more in reserve, and no stock besides theirs; answers take a second.
fn three() -> Plan {
    let rest = [
        CALLS.into(),
        group("web", 3, "initially = \"running\"\nreserve = { count = 1, creation = \"5s\" }"),
        pool("free = 0"),
    ];
    with_seat(&world("1d", &rest.concat()), &seat("me"))
}

#[test]
fn every_single_operation_gets_the_answer_of_its_kind() {
    let (plan, decisions) = (three(), Decisions::of(1, 0));
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let mut ask = |at, operation| ask(&mut sim, at, operation).expect("no time-out");
    let accepted = Ok(Answer::Accepted);

    assert_eq!(ask(10, Operation::StopInstance(stop(0))), accepted);
    let Ok(Answer::Statuses(page)) = ask(20, status(0)) else { panic!() };
    assert_eq!((page.total_count, page.rows[0].status), (1, Status::Stopping));
    let both = Ids::Listed(vec![InstanceId(0), InstanceId(1)]);
    let read = DescribeInstances { ids: both, ..DescribeInstances::of(InstanceId(0)) };
    let Ok(Answer::Instances(page)) = ask(40, Operation::DescribeInstances(read)) else { panic!() };
    let modes: Vec<_> = page.rows.iter().map(|row| row.described.stopped_mode).collect();
    let expected = [StoppedModeAnswer::StopCharging, StoppedModeAnswer::NotApplicable];
    assert_eq!((modes, page.next_token), (expected.to_vec(), None));

    // What the stop gave back is free: one of its type could be had.
    let stock = Operation::DescribeAvailableResource(DescribeAvailableResource::default());
    let Ok(Answer::Available(rows)) = ask(50, stock.clone()) else { panic!() };
    assert_eq!((rows.len(), rows[0].category), (1, StatusCategory::WithStock));
    let run = RunInstances { template: GroupId(0), client_token: None, dry_run: false };
    assert_eq!(ask(60, Operation::RunInstances(run)), Ok(Answer::Created(InstanceId(3))));
    let Ok(Answer::Available(rows)) = ask(70, stock) else { panic!() };
    assert_eq!(rows[0].category, StatusCategory::WithoutStock);
    let start = Operation::StartInstance(StartInstance::of(InstanceId(0)));
    let refused = ask(80, start.clone()).expect_err("sold out");
    assert_eq!((refused.refusal, refused.retry_after), (Refusal::NoStock, None));
    assert_eq!(refused.request_id.len(), 36);
    let refused = ask(90, Operation::RunInstances(run)).expect_err("its reserve is used up");
    assert_eq!(refused.refusal, Refusal::QuotaExceeded);

    // The new one goes, and makes room.
    let removal = Removal::default();
    let (terminate_subscription, dry_run, malformed) = (false, false, None);
    let instance = target(3);
    let delete = DeleteInstance { instance, removal, terminate_subscription, dry_run, malformed };
    let delete = Operation::DeleteInstance(delete);
    let refused = ask(200, delete.clone()).expect_err("it runs");
    assert_eq!(refused.refusal, Refusal::WrongStatus);
    assert_eq!(ask(210, Operation::StopInstance(stop(3))), accepted);
    assert_eq!(ask(240, delete), accepted);
    assert_eq!(ask(250, start), accepted);

    let change = ModifyInstanceSpec::of(InstanceId(1), TypeId(0));
    let change = ModifyInstanceSpec { client_token: Some(ClientToken(7)), ..change };
    let refused = ask(260, Operation::ModifyInstanceSpec(change)).expect_err("it runs");
    assert!(refused.refusal.row().http >= 400);
    let reopen = ReActivateInstances { instance: target(0) };
    ask(270, Operation::ReActivateInstances(reopen)).expect_err("nothing is owed");
    let outcome = sim.finish().expect("time goes on");
    assert_eq!((outcome.counts.clients[0].looks, outcome.counts.clients[0].calls), (2, 12));
}

#[test]
fn every_batch_tells_what_became_of_each_instance() {
    let (plan, decisions) = (three(), Decisions::of(1, 0));
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let mut items = |at, operation| match ask(&mut sim, at, operation) {
        Some(Ok(Answer::Items(items))) => items,
        other => panic!("{other:?}"),
    };
    let (force, dry_run, malformed) = (Force::PowerOff, false, None);
    let optimization = BatchOptimization::SuccessFirst;

    let instances = vec![target(0), target(1)];
    let stop = StopInstances { instances, force, mode: None, optimization, dry_run, malformed };
    let told = items(10, Operation::StopInstances(stop));
    assert!(told.iter().all(|one| one.result.is_ok()), "{told:?}");

    // Each named once, the unknown one by itself.
    let strange = Target::Unknown("i-strange".into());
    let instances = vec![target(0), target(2), target(0), strange];
    let start = StartInstances { instances, optimization, dry_run, malformed };
    let told = items(60, Operation::StartInstances(start));
    let told: Vec<_> = told.iter().map(|one| (one.previous, one.result.is_ok())).collect();
    let expected = [(Some(Status::Stopped), true), (Some(Status::Running), false), (None, false)];
    assert_eq!(told, expected);

    let instances = vec![target(2)];
    let reboot = RebootInstances { instances, force, optimization, dry_run, malformed };
    assert_eq!(items(70, Operation::RebootInstances(reboot))[0].result, Ok(()));
    let outcome = sim.finish().expect("time goes on");
    assert_eq!(outcome.counts.plain.data_loss_stops, 3, "two stops and a reboot by force");
}

/// It asks to be woken at once, for ever.
struct Restless;

impl Client for Restless {
    fn on(&mut self, now: SimTime, _: Wake<'_>, out: &mut Outbox) {
        out.wake_at(now, Token(0));
    }
}

#[test]
fn who_keeps_the_time_from_going_on_is_named() {
    let (plan, decisions) = (three(), Decisions::of(1, 0));
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    sim.take_seat("me", Box::new(Restless)).expect("the seat is empty");
    let livelock = sim.finish().expect_err("time does not go on");
    assert_eq!((livelock.at, livelock.most_frequent), (SimTime::ZERO, "ClientWoken"));
    let things = 1_000 * (u64::from(plan.region.instance_count()) + plan.controllers.len() as u64);
    assert!((things..things + 2_000).contains(&livelock.events), "{}", livelock.events);
}

#[test]
fn a_batch_bears_the_first_instance_that_it_names() {
    let (plan, decisions) = (three(), Decisions::of(1, 0));
    let mut facts = Facts(vec![]);
    let mut sim = Sim::new(&plan, FIRST, &decisions, &mut facts);
    let instances = vec![target(2), target(1)];
    let (optimization, dry_run, malformed) = (BatchOptimization::SuccessFirst, false, None);
    let start = StartInstances { instances, optimization, dry_run, malformed };
    let operation = Operation::StartInstances(start);
    sim.inject("me", Call { operation, occasion: Occasion::number(1), number: 0 }).unwrap();
    sim.finish().expect("time goes on");
    let sent = facts.0.iter().find_map(|(_, fact)| {
        let Fact::CallSent(call) = fact else { return None };
        Some(call.instance)
    });
    assert_eq!(sent, Some(InstanceId(2)));
}

#[test]
fn what_names_nobody_of_the_region_is_refused_as_the_api_does() {
    let (plan, decisions) = (three(), Decisions::of(1, 0));
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let mut ask = |at, operation| ask(&mut sim, at, operation).expect("no time-out");
    let strangers = [Target::Missing, Target::Malformed, target(77), Target::Unknown("i-x".into())];
    let (force, dry_run, malformed) = (Force::PowerOff, false, None);
    for (turn, instance) in (0..).zip(strangers) {
        let stop = StopInstance { instance: instance.clone(), ..stop(0) };
        let start =
            StartInstance { instance: instance.clone(), ..StartInstance::of(InstanceId(0)) };
        let reboot = RebootInstance { instance: instance.clone(), force, dry_run, malformed };
        let change = ModifyInstanceSpec::of(InstanceId(0), TypeId(0));
        let change = ModifyInstanceSpec { instance, ..change };
        for (place, operation) in (0..).zip([
            Operation::StopInstance(stop),
            Operation::StartInstance(start),
            Operation::RebootInstance(reboot),
            Operation::ModifyInstanceSpec(change),
        ]) {
            let refused = ask(10 + 40 * turn + 10 * place, operation).expect_err("nobody");
            assert!(matches!(refused.refusal.row().http, 400 | 404), "{refused:?}");
        }
    }
    let Ok(Answer::Statuses(page)) = ask(400, status(77)) else { panic!() };
    assert_eq!((page.total_count, page.rows.len()), (0, 0));
}

/// A request without a leg arrives while its client still acts: what it takes is booked from then on.
#[test]
fn what_a_call_takes_of_a_private_pool_is_told_at_once() {
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"stopped-economical\"\nprivate_pool = { match = \"Open\" }"),
        "[[private_pool]]\nname = \"own\"\nzone = \"z\"\ntype = \"ecs.g7.large\"\ninstances = 3\n\
         unused_rate = \"1 CNY/h\"\n"
            .into(),
        pool("free = 9"),
    ];
    let plan = with_seat(&world("1d", &rest.concat()), &seat("me"));
    let decisions = Decisions::of(1, 0);
    let mut sim = Sim::new(&plan, FIRST, &decisions, Facts::default());
    sim.advance_to(seconds(100)).expect("time goes on");
    let call = Call::start(InstanceId(0), Occasion::number(1), 0);
    sim.inject("me", call).expect("the seat is empty");
    let told = |(at, fact): &(SimTime, Fact)| {
        let Fact::CapacityChanged { held, .. } = fact else { return None };
        Some((at.as_micros() / 1_000_000, held.used))
    };
    let used: Vec<_> = sim.observer().0.iter().filter_map(told).collect();
    assert_eq!(used, [(100, 1)]);
}

/// A quota, a lost answer, one that comes twice, a copy of a minute ago and an empty one.
#[test]
fn what_goes_wrong_with_calls_goes_wrong_with_those_of_a_client() {
    let faulty = |fault: &str, operation: &str, more: &str| {
        let rest = [
            web(2, "running"),
            format!("[[call_fault]]\nname = \"gremlin\"\n{fault}\noperations = [{operation:?}]\n"),
            more.into(),
        ];
        world("1h", &rest.concat())
    };
    let patience = Seat { timeout: Some(SimDuration::from_secs(5)), ..seat("me") };
    let decisions = Decisions::of(1, 0);

    let plan = with_seat(&faulty("lose_answer = true", "StopInstance", ""), &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    assert_eq!(ask(&mut sim, 10, Operation::StopInstance(stop(0))), None);
    let Some(Ok(Answer::Statuses(page))) = ask(&mut sim, 40, status(0)) else { panic!() };
    assert_eq!(page.rows[0].status, Status::Stopped, "it was carried out");
    let outcome = sim.finish().expect("time goes on");
    assert_eq!((outcome.counts.clients[0].timed_out, outcome.counts.calls[0].timed_out), (1, 1));

    let refuse = "apply_then_refuse = \"500 InternalError\"";
    let plan = with_seat(&faulty(refuse, "StopInstance", ""), &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let refused = ask(&mut sim, 10, Operation::StopInstance(stop(0))).expect("an answer");
    assert_eq!(refused.expect_err("a failure").refusal, Refusal::InternalError);
    let Some(Ok(Answer::Statuses(page))) = ask(&mut sim, 40, status(0)) else { panic!() };
    assert_eq!(page.rows[0].status, Status::Stopped, "it was carried out");

    let plan = with_seat(&faulty("duplicate = \"2s\"", "StopInstance", ""), &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let answer = ask(&mut sim, 10, Operation::StopInstance(stop(0)));
    assert_eq!(answer, Some(Ok(Answer::Accepted)), "one answer, of the first delivery");
    let calls = sim.finish().expect("time goes on").counts.calls;
    assert_eq!((calls[0].sent, calls[0].accepted), (1, 1));
    assert_eq!(calls[0].refused.values().sum::<u64>(), 1, "the second is told of in the counts");

    let copy = faulty("stale_read = \"1m\"", "DescribeInstances", "");
    let plan = with_seat(&copy, &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    assert_eq!(ask(&mut sim, 100, Operation::StopInstance(stop(0))), Some(Ok(Answer::Accepted)));
    for (at, status, mode) in [
        (150, Status::Running, StoppedModeAnswer::NotApplicable),
        (170, Status::Stopping, StoppedModeAnswer::StopCharging),
        (190, Status::Stopped, StoppedModeAnswer::StopCharging),
    ] {
        let read = Operation::DescribeInstances(DescribeInstances::of(InstanceId(0)));
        let Some(Ok(Answer::Instances(page))) = ask(&mut sim, at, read) else { panic!() };
        let row = page.rows[0].described;
        assert_eq!((row.status, row.stopped_mode), (status, mode), "at {at}");
    }
    let plan = with_seat(&faulty("missing_read = true", "DescribeInstanceStatus", ""), &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    let Some(Ok(Answer::Statuses(page))) = ask(&mut sim, 10, status(0)) else { panic!() };
    assert_eq!((page.total_count, page.rows.len()), (0, 0));

    let quota = "[[quota]]\nname = \"stops\"\noperation = \"StopInstance\"\nlimit = 1\n";
    let quota = faulty("stale_read = \"1m\"", "DescribeInstances", quota);
    let plan = with_seat(&quota, &patience);
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    assert_eq!(ask(&mut sim, 10, Operation::StopInstance(stop(0))), Some(Ok(Answer::Accepted)));
    let second = ask(&mut sim, 20, Operation::StopInstance(stop(1))).expect("an answer");
    let refused = second.expect_err("the quota is used up");
    assert_eq!(refused.retry_after, Some(SimDuration::from_secs(40)), "until the minute is over");
}

proptest! {
    #![proptest_config(cases(12))]

    /// The same requests, listed for a scripted controller and injected into a seat of its name:
    /// the same calls, luck, states, stock and money.
    #[test]
    fn a_call_from_a_seat_is_what_the_same_call_of_a_scripted_controller_is(
        requests in prop::collection::vec((60..600_u64, 0..3_u32, any::<bool>()), 1..12),
        fault in prop::sample::select(vec![
            "", "lose_answer = true", "slow_answer = \"3\"", "refuse = \"500 InternalError\"",
            "apply_then_refuse = \"500 InternalError\"", "duplicate = \"7s\"",
        ]),
        leg in prop::sample::select(vec!["0s", "2s", "{ exponential = \"9s\" }"]),
        seed in 0..9_u64,
    ) {
        // Drawn spans, two of three instances' worth of stock, and no request while a call is out.
        let mut at = 0;
        let mut list: Vec<(u64, u32, bool)> = Vec::new();
        for (after, instance, stops) in requests {
            at += after;
            list.push((at, instance, stops));
        }
        let fault = match fault {
            "" => String::new(),
            fault => format!("[[call_fault]]\nname = \"gremlin\"\n{fault}\nprobability = \"1/3\"\n"),
        };
        let rest = [
            format!("[calls]\nrequest = {}\nanswer = \"1s\"\n", quoted(leg)),
            "[[group]]\nname = \"web\"\ncount = 3\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
             rate = \"3.6 CNY/h\"\ninitially = \"running\"\n".into(),
            pool("free = 0\nothers = { per_hour = 4, units = 1, hold = \"10m\" }"),
            fault,
        ];
        let text = world("3h", &rest.concat());
        let listed: Vec<String> = list.iter().map(|(at, instance, stops)| {
            let (hour, minute, second) = (at / 3_600, at / 60 % 60, at % 60);
            let action = if *stops { "stop" } else { "start" };
            format!(
                "{{ at = \"2026-03-02 {hour:02}:{minute:02}:{second:02}\", \
                 instance = \"web-000{}\", action = {action:?} }}", instance + 1,
            )
        }).collect();
        let scripted = format!(
            "{text}[[controller]]\nname = \"ops\"\ngroups = [\"web\"]\ntimeout = \"20s\"\n\
             stop = {{ mode = \"StopCharging\" }}\nrequests = [{}]\n", listed.join(", "),
        );
        let id = stopsim::sim::RunId { seed, ..FIRST };
        let scripted = run_plan(&plan(&scripted), id);

        let timeout = Some(SimDuration::from_secs(20));
        let plan = with_seat(&text, &Seat { timeout, ..seat("ops") });
        let decisions = Decisions::of(seed, 0);
        let mut sim = Sim::new(&plan, id, &decisions, Facts::default());
        for (number, (at, instance, stops)) in (0..).zip(list) {
            sim.advance_to(seconds(at)).expect("time goes on");
            let instance_id = InstanceId(instance);
            let operation = if stops {
                Operation::StopInstance(StopInstance { confirm_stop: true, ..stop(instance) })
            } else {
                Operation::StartInstance(StartInstance::of(instance_id))
            };
            let call = Call { operation, occasion: Occasion::number(number), number: 0 };
            sim.inject("ops", call).expect("the seat is empty");
        }
        sim.advance_to(SimTime::NEVER).expect("time goes on");
        let facts = |facts: &[(SimTime, Fact)]| {
            let said = |fact: &Fact| matches!(fact, Fact::Intended { .. } | Fact::BeliefChanged { .. });
            facts.iter().filter(|(_, fact)| !said(fact)).copied().collect::<Vec<_>>()
        };
        prop_assert_eq!(facts(&sim.observer().0), facts(&scripted.facts));
        let outcome = sim.finish().expect("time goes on");
        prop_assert_eq!(&outcome.counts.calls, &scripted.outcome.counts.calls);
        prop_assert_eq!(&outcome.counts.pools, &scripted.outcome.counts.pools);
        prop_assert_eq!(outcome.counts.plain.data_loss_stops, scripted.outcome.counts.plain.data_loss_stops);
        // A request that is listed is due as well, and is given up; a call is neither.
        let of_cloud = |name: &LatencyName| {
            name.name().starts_with("api.") || name.name().contains("accepted_to")
        };
        for name in LatencyName::all().filter(of_cloud) {
            let (mine, theirs) = (&outcome.counts.latencies, &scripted.outcome.counts.latencies);
            prop_assert_eq!(&mine[name.index()], &theirs[name.index()], "{}", name.name());
        }
    }

    /// Whatever goes on in a world, a client that takes part is the same one in a copy of the run.
    #[test]
    fn a_run_with_a_client_in_it_can_be_split(
        words in prop::collection::vec(any::<u16>(), 400),
        split in 0..2_000_usize,
    ) {
        let Some((mut plan, _)) = dice::world(&words) else { return Ok(()) };
        plan.add_seat(&seat("busybody")).expect("a seat");
        let decisions = Decisions::of(1, 0);
        let new = || {
            let mut sim = Sim::new(&plan, FIRST, &decisions, Facts::default());
            sim.take_seat("busybody", Box::new(Busybody::default())).expect("it is empty");
            sim
        };
        let whole = new().finish().expect("time goes on");
        let mut sim = new();
        for _ in 0..split {
            sim.step().expect("time goes on");
        }
        let copy = sim.fork().expect("it can be copied");
        prop_assert_eq!(&sim.finish().expect("time goes on"), &whole);
        prop_assert_eq!(&copy.finish().expect("time goes on"), &whole);
        prop_assert!(whole.counts.clients.last().expect("the seat").calls > 0);
    }
}

fn quoted(span: &str) -> String {
    if span.starts_with('{') { span.to_owned() } else { format!("{span:?}") }
}

/// Every hour it looks at an instance, and does the opposite of what it sees.
#[derive(Clone, Default)]
struct Busybody {
    instances: Vec<InstanceId>,
    hours: u32,
}

impl Client for Busybody {
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        let occasion = Occasion::number(self.hours.into());
        match wake {
            Wake::Begin(Brief { instances, .. }) => {
                self.instances.clone_from(instances);
                out.wake_at(now, Token(0));
            }
            Wake::Timer(Token(hour)) => {
                self.hours = hour;
                let instance = self.instances[hour as usize % self.instances.len()];
                let occasion = Occasion::number(hour.into());
                out.send(Call::look(instance, occasion, 0));
                // Acting on what it does not know, too.
                out.send(Call::stop(self.instances[0], occasion, 1));
                out.wake_at(now + SimDuration::from_hours(1), Token(hour + 1));
            }
            Wake::Answered(_, Ok(Answer::Statuses(page))) => {
                let Some(row) = page.rows.first() else { return };
                if row.status == Status::Running {
                    out.send(Call::stop(row.instance, occasion, 2));
                } else {
                    out.send(Call::start(row.instance, occasion, 2));
                }
            }
            Wake::Answered(..) | Wake::TimedOut(_) => {}
        }
    }

    fn fork(&self) -> Option<Box<dyn Client>> {
        Some(Box::new(self.clone()))
    }
}

/// It keeps what it is told, and cannot be copied.
struct Listener(std::rc::Rc<std::cell::RefCell<Vec<String>>>);

impl Client for Listener {
    fn on(&mut self, now: SimTime, wake: Wake<'_>, out: &mut Outbox) {
        let told = match wake {
            Wake::Begin(brief) => {
                out.wake_at(now + SimDuration::from_mins(1), Token(5));
                out.wake_at(SimTime::ZERO, Token(6));
                format!("begins with {} of {}", brief.names.join(" and "), brief.edges.len())
            }
            Wake::Timer(Token(token)) => {
                if token == 5 {
                    let one = Occasion::number(1);
                    assert_eq!(out.send(Call::stop(InstanceId(1), one, 0)), CallId(0));
                    assert_eq!(out.send(Call::start(InstanceId(0), one, 0)), CallId(1));
                }
                format!("timer {token}")
            }
            Wake::Answered(CallId(call), Ok(_)) => format!("yes to {call}"),
            Wake::Answered(CallId(call), Err(no)) => format!("{} to {call}", no.refusal.row().code),
            Wake::TimedOut(CallId(call)) => format!("nothing to {call}"),
        };
        let seconds = now.as_micros() / 1_000_000;
        self.0.borrow_mut().push(format!("{seconds} {told}"));
    }
}

#[test]
fn a_client_is_told_what_it_waits_for_in_its_order() {
    let rest = [
        CALLS.into(),
        group("web", 2, "initially = \"running\""),
        group("db", 1, "initially = \"running\""),
        unlimited(),
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\" }]\n"
            .into(),
        "[[call_fault]]\nname = \"gremlin\"\nlose_answer = true\noperations = [\"StopInstance\"]\n"
            .into(),
    ];
    let of_web = Seat {
        name: "ear".into(),
        groups: vec!["web".into()],
        follows: Some("office".into()),
        timeout: Some(SimDuration::from_secs(3)),
    };
    let plan = with_seat(&world("2d", &rest.concat()), &of_web);
    let decisions = Decisions::of(1, 0);
    let told = std::rc::Rc::default();
    let mut sim = Sim::new(&plan, FIRST, &decisions, NoObserver);
    assert!(sim.fork().is_some());
    sim.take_seat("ear", Box::new(Listener(std::rc::Rc::clone(&told)))).expect("it is empty");
    assert!(sim.fork().is_none());
    let taken = SeatProblem::Taken("ear".into());
    assert_eq!(sim.take_replies("ear"), Err(taken.clone()));
    let call = Call::stop(InstanceId(0), Occasion::number(1), 0);
    assert_eq!(sim.inject("ear", call.clone()), Err(taken));
    let none = SeatProblem::NoSuchSeat("nose".into());
    assert_eq!(sim.inject("nose", call), Err(none));
    sim.advance_to(seconds(100)).expect("time goes on");
    let expected = [
        "0 begins with web-0001 and web-0002 of 4",
        "0 timer 6",
        "60 timer 5",
        "61 IncorrectInstanceStatus to 1",
        "63 nothing to 0",
    ];
    assert_eq!(*told.borrow(), expected);
}

#[test]
fn a_seat_names_what_is_there_and_a_name_of_its_own() {
    let rest = [
        group("web", 2, "initially = \"running\""),
        unlimited(),
        "[[controller]]\nname = \"ops\"\ngroups = [\"web\"]\n\
         watch = { every = \"1h\", want = \"running\" }\n"
            .into(),
    ];
    let mut plan = plan(&world("1d", &rest.concat()));
    let before = plan.controllers.len();
    let strange = |name: &str| vec![name.to_owned()];
    for (wrong, error) in [
        (seat("ops"), SeatError::NameTaken("ops".into())),
        (Seat { groups: strange("db"), ..seat("me") }, SeatError::NoSuchGroup("db".into())),
        (
            Seat { follows: Some("office".into()), ..seat("me") },
            SeatError::NoSuchDemand("office".into()),
        ),
    ] {
        assert_eq!(plan.add_seat(&wrong), Err(error));
    }
    assert_eq!((plan.controllers.len(), plan.region.callers.len()), (before, before));
    let twice = vec!["web".to_owned(), "web".to_owned()];
    assert_eq!(plan.add_seat(&Seat { groups: twice, ..seat("me") }), Ok(()));
    assert_eq!(plan.controllers[before].instances, [InstanceId(0), InstanceId(1)]);
}
