//! Canaries: each law of the end of a run, broken on purpose, must be noticed.
//!
//! A law whose mutant lives is no law. The world runs a small scenario until noon, somebody
//! tampers with it, and it runs on to the horizon and closes its books.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::books::ledger::{Bill, DownReason, Ledger, Why};
use crate::books::outcome::Outcome;
use crate::cloud;
use crate::cloud::plan::{Lifecycle, PoolPlan};
use crate::controller::policy::{Absence, Acts, Controller, Drive};
use crate::demand::calendar::{CivilClock, DaysOff};
use crate::demand::{Demand, Edge};
use crate::ecs::fixture;
use crate::ecs::id::{CallerId, GroupId, InstanceId, PoolId};
use crate::ecs::instance::{StoppedMode, WorkKind};
use crate::ecs::meter::BilledState;
use crate::ecs::price::Rates;
use crate::ecs::spec::{Beginning, Caller, GroupSpec, Initially, RegionSpec};
use crate::engine::{DecisionList, Distribution};
use crate::network::plan::Legs;
use crate::property::Properties;
use crate::units::{HourlyRate, Ratio, SimDuration};

use super::plan::{GoodWave, Need, RunDefaults, Service};
use super::*;

const NOON: SimTime = SimTime::from_micros(12 * 3_600_000_000);

fn hours(hours: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_hours(hours)
}

fn seconds(seconds: u64) -> Distribution {
    Distribution::constant(SimDuration::from_secs(seconds)).expect("a span")
}

/// Three instances, wanted from eight to eight, stopped economically at night.
fn plan() -> Plan {
    let demand = Identity::of("demand", "office");
    let turn = |at, wanted, day, ordinal| Edge { at: hours(at), wanted, day, ordinal };
    let edges = vec![
        turn(8, true, 20_514, 0),
        turn(20, false, 20_514, 1),
        turn(32, true, 20_515, 0),
        turn(44, false, 20_515, 1),
    ];
    Plan {
        name: "canary".into(),
        hash: String::new(),
        currency: "CNY".into(),
        clock: CivilClock::new("Asia/Shanghai", "2026-03-02").expect("a day"),
        warm_up: SimTime::ZERO,
        horizon: hours(48),
        region: Arc::new(region()),
        static_address_returns: Ratio::ZERO,
        tags: vec![BTreeMap::new()],
        lifecycles: vec![lifecycle()],
        pools: vec![PoolPlan {
            identity: Identity::of("pool", "g7"),
            total: None,
            tenants: None,
            recorded: None,
            steps: Vec::new(),
        }],
        capacities: Vec::new(),
        markets: Vec::new(),
        arrears: Vec::new(),
        legs: Legs { request: seconds(1), answer: seconds(1) },
        poll_load: None,
        demands: vec![Demand {
            name: "office".into(),
            identity: demand,
            instances: Vec::from([Range { start: 0, end: 3 }]),
            initially: false,
            edges: edges.clone(),
        }],
        services: vec![Service {
            name: "shop".into(),
            identity: Identity::of("service", "shop"),
            needs: vec![Need { group: GroupId(0), at_least: 1 }],
            demand: 0,
            after: Vec::new(),
            held: Vec::new(),
            timeout: SimDuration::from_hours(1),
        }],
        controllers: vec![nightly(edges)],
        quotas: Vec::new(),
        call_faults: Vec::new(),
        work_faults: Vec::new(),
        environment_faults: Vec::new(),
        scheduled_events: Vec::new(),
        billing_cycles: false,
        marks: vec![],
        days_off: DaysOff::default(),
        good_wave: GoodWave { share: Ratio::ONE, within: SimDuration::from_mins(15) },
        run: RunDefaults { seed: None, replications: 1, threads: None },
        inputs: Vec::new(),
        expectations: Vec::new(),
        properties: Properties::default(),
        fixed: DecisionList::new(),
    }
}

fn lifecycle() -> Lifecycle {
    Lifecycle {
        stop: seconds(20),
        force_stop: seconds(5),
        start: seconds(30),
        allocation: seconds(2),
        creation: None,
        ready: None,
        wave_factor: None,
        hang: None,
        settling: None,
        type_change: seconds(5),
    }
}

fn nightly(edges: Vec<Edge>) -> Controller {
    let instances = (0..3).map(InstanceId).collect();
    let mut nightly = Controller::seat("nightly", CallerId(0), instances, Some(0), None);
    let (acts, absence) = (Acts::StopsAndStarts, Absence::default());
    nightly.drive = Drive::Edges { follows: Some(0), edges, acts, absence };
    nightly.stop.mode = Some(StoppedMode::StopCharging);
    nightly
}

fn region() -> RegionSpec {
    let web = GroupSpec {
        initially: Beginning::all(Initially::Stopped(StoppedMode::StopCharging)),
        rates: Rates { compute: HourlyRate::from_nanos(520_000_000), ..Rates::default() },
        ..fixture::group("web", 3)
    };
    RegionSpec {
        groups: vec![web],
        pools: vec![fixture::pool(10)],
        callers: vec![Caller { name: "nightly".into(), policy: Vec::new() }],
        ..fixture::region()
    }
}

fn go<O: Observer>(world: &mut World<'_, O>, until: SimTime) {
    while let Some((now, event)) = world.rest.fel.pop_before(until) {
        world.tick(now, &event).expect("no livelock");
        world.handle(event);
    }
    world.advance(until);
}

/// Ends work of the first instance.
fn finish_work<O: Observer>(world: &mut World<'_, O>, attempt: u32, kind: WorkKind) {
    let event = cloud::Event::WorkFinished { instance: 0, attempt, kind };
    world.cloud.handle(event, &mut world.rest);
}

/// Runs until noon, lets somebody tamper, and closes at the horizon.
fn tampered(tamper: impl FnOnce(&mut World<'_, NoObserver>)) -> Outcome {
    let plan = plan();
    let run = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
    let decisions = Decisions::of(run.seed, run.replication);
    let mut world = World::new(&plan, run, &decisions, NoObserver);
    world.open();
    go(&mut world, NOON);
    tamper(&mut world);
    go(&mut world, plan.horizon);
    world.close()
}

#[test]
fn a_world_that_nobody_tampers_with_keeps_every_law() {
    let outcome = tampered(|_| {});
    assert_eq!(outcome.waves.len(), 4);
    let stops = WorkKind::GracefulStop;
    // A stale event is recognised, counted and ignored.
    let stale = tampered(|world| finish_work(world, 0, stops)).counts.events.stale;
    assert_eq!(stale, outcome.counts.events.stale + 1);
}

#[test]
#[should_panic(expected = "ledger and meter of Running agree")]
fn a_microsecond_that_is_booked_twice_is_noticed() {
    let twice = SimDuration::from_micros(1);
    tampered(|world| {
        world.rest.books.tamper().ledger.book(0, BilledState::Running, Why::Up, twice)
    });
}

#[test]
#[should_panic(expected = "ledger and meter of Running agree")]
fn a_microsecond_that_is_not_booked_is_noticed() {
    tampered(|world| {
        let record = &mut world.rest.records[1];
        record.since = record.since + SimDuration::from_micros(1);
    });
}

#[test]
#[should_panic(expected = "ledger and meter of StoppedEconomical agree")]
fn time_booked_in_another_state_is_noticed() {
    let night = Why::Intended;
    tampered(|world| {
        let span = SimDuration::from_micros(1);
        world.rest.books.tamper().ledger.book(0, BilledState::StoppedEconomical, night, span);
    });
}

#[test]
#[should_panic(expected = "ledger and meter of")]
fn a_meter_that_is_restarted_is_noticed() {
    tampered(|world| world.cloud.region_mut().restart_meters(world.rest.now));
}

#[test]
#[should_panic(expected = "our instances hold what")]
fn a_unit_of_stock_that_no_instance_holds_is_noticed() {
    tampered(|world| {
        let claimed = world.cloud.region_mut().inventory_mut().claim_ours(PoolId(0), 1);
        claimed.expect("there is stock at noon");
    });
}

#[test]
#[should_panic(expected = "we release what we hold")]
fn a_unit_of_stock_that_an_instance_lost_is_noticed() {
    tampered(|world| world.cloud.region_mut().inventory_mut().release_ours(PoolId(0), 1));
}

#[test]
#[should_panic(expected = "a wave's items end once")]
fn an_item_of_a_wave_that_never_ends_is_noticed() {
    tampered(|world| world.rest.books.tamper().waves[0].all.size += 1);
}

#[test]
#[should_panic(expected = "a wave's items end once")]
fn an_item_of_a_wave_that_ends_twice_is_noticed() {
    tampered(|world| world.rest.books.tamper().waves[0].never += 1);
}

#[test]
#[should_panic(expected = "shop: ready")]
fn an_instance_that_is_ready_behind_its_services_back_is_noticed() {
    tampered(|world| world.rest.records[0].ready = false);
}

#[test]
#[should_panic(expected = "shop: starts")]
fn a_start_of_a_service_that_is_lost_is_noticed() {
    tampered(|world| {
        let _ = world.rest.books.tamper().services[0].starts.pop();
    });
}

#[test]
#[should_panic(expected = "StopFinished cannot happen to an instance in Stopped")]
fn work_that_is_finished_twice_is_noticed() {
    tampered(|world| {
        let seven = SimTime::from_micros(20 * 3_600_000_000 + 60_000_000);
        go(world, seven);
        // The night's stop, a minute ago, was this instance's second piece of work.
        finish_work(world, 2, WorkKind::GracefulStop);
    });
}

#[test]
#[should_panic(expected = "cannot happen to an instance in Running")]
fn an_illegal_transition_is_noticed() {
    tampered(|world| world.cloud.region_mut().created(world.rest.now, InstanceId(0)));
}

#[test]
#[should_panic(expected = "time never goes back")]
fn an_event_in_the_past_is_noticed() {
    tampered(|world| {
        let source = world.rest.of_controller(0);
        world.rest.schedule(SimTime::from_micros(1), source, Event::HourEnded);
    });
}

#[test]
#[should_panic(expected = "an answer travels only once it was given")]
fn an_answer_that_nobody_gave_is_noticed() {
    tampered(|world| {
        // A second after eight in the evening the stops arrive; their answers take another.
        go(world, SimTime::from_micros(20 * 3_600_000_000 + 1_500_000));
        world.network.forget_answer(0);
    });
}

#[test]
#[should_panic(expected = "what is not billed is intended, involuntary or in arrears")]
fn a_saving_without_a_reason_is_noticed() {
    let plan = plan();
    let mut ledger = Ledger::new(1);
    let hour = SimDuration::from_hours(1);
    let why = Why::Missed(crate::books::ledger::MissedReason::Late);
    ledger.book(0, BilledState::StoppedEconomical, why, hour);
    let _ = Bill::of(&plan.region, &ledger);
}

#[test]
fn the_same_hour_with_a_reason_is_a_saving() {
    let plan = plan();
    let mut ledger = Ledger::new(1);
    let (hour, down) = (SimDuration::from_hours(1), Why::Down(DownReason::NoStock));
    ledger.book(0, BilledState::StoppedEconomical, Why::Intended, hour);
    ledger.book(0, BilledState::StoppedEconomical, down, hour);
    let bill = Bill::of(&plan.region, &ledger);
    assert_eq!(bill.intended, bill.involuntary);
    assert_eq!(bill.saving(), bill.intended + bill.involuntary);
}
