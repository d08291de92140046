//! Canaries: each law of the end of a run, broken on purpose, must be noticed.
//!
//! A law whose mutant lives is no law. The world runs a small scenario until noon, somebody
//! tampers with it, and it runs on to the horizon and closes its books.

use super::ledger::{Bill, DownReason, Ledger, Why};
use super::outcome::Outcome;
use super::*;
use crate::ecs::id::PoolId;
use crate::ecs::instance::WorkKind;
use crate::ecs::meter::BilledState;
use crate::scenario::{Memory, load};
use crate::units::SimDuration;

const NOON: SimTime = SimTime::from_micros(12 * 3_600_000_000);

/// Three instances, wanted from eight to eight, stopped economically at night.
const SCENARIO: &str = r#"
name = "canary"
[clock]
start = "2026-03-02"
timezone = "Asia/Shanghai"
length = "2d"
[region]
id = "cn-hangzhou"
[[group]]
name = "web"
count = 3
zone = "z"
type = "ecs.g7.large"
stop = "20s"
start = "30s"
[[pool]]
name = "g7"
zone = "z"
family = "ecs.g7"
free = 10
[[demand]]
name = "office"
groups = ["web"]
windows = [{ days = "daily", from = "08:00", to = "20:00" }]
[[service]]
name = "shop"
needs = { web = 1 }
[[controller]]
name = "nightly"
follows = "office"
stop = { mode = "StopCharging" }
"#;

fn plan() -> Plan {
    let source = Memory::new().with("canary.toml", SCENARIO);
    load("canary.toml", &source, &[]).expect("the canary's cage is sound").plan
}

fn go<O: Observer>(world: &mut World<'_, O>, until: SimTime) {
    while let Some((now, event)) = world.fel.pop_before(until) {
        world.tick(now, &event).expect("no livelock");
        world.handle(event);
    }
    world.advance(until);
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
    let stale = tampered(|world| world.on_work_finished(InstanceId(0), 0, stops)).events.stale;
    assert_eq!(stale, outcome.events.stale + 1);
}

#[test]
#[should_panic(expected = "ledger and meter of Running agree")]
fn a_microsecond_that_is_booked_twice_is_noticed() {
    let twice = SimDuration::from_micros(1);
    tampered(|world| world.out.ledger.book(0, BilledState::Running, Why::Up, twice));
}

#[test]
#[should_panic(expected = "ledger and meter of Running agree")]
fn a_microsecond_that_is_not_booked_is_noticed() {
    tampered(|world| {
        let slot = &mut world.slots[1];
        slot.since = slot.since + SimDuration::from_micros(1);
    });
}

#[test]
#[should_panic(expected = "ledger and meter of StoppedEconomical agree")]
fn time_booked_in_another_state_is_noticed() {
    let night = Why::Intended;
    tampered(|world| {
        let span = SimDuration::from_micros(1);
        world.out.ledger.book(0, BilledState::StoppedEconomical, night, span);
    });
}

#[test]
#[should_panic(expected = "ledger and meter of")]
fn a_meter_that_is_restarted_is_noticed() {
    tampered(|world| world.region.restart_meters(world.now));
}

#[test]
#[should_panic(expected = "our instances hold what")]
fn a_unit_of_stock_that_no_instance_holds_is_noticed() {
    tampered(|world| {
        let claimed = world.region.inventory_mut().claim_ours(PoolId(0), 1);
        claimed.expect("there is stock at noon");
    });
}

#[test]
#[should_panic(expected = "we release what we hold")]
fn a_unit_of_stock_that_an_instance_lost_is_noticed() {
    tampered(|world| world.region.inventory_mut().release_ours(PoolId(0), 1));
}

#[test]
#[should_panic(expected = "a wave's items end once")]
fn an_item_of_a_wave_that_never_ends_is_noticed() {
    tampered(|world| world.out.waves[0].all.size += 1);
}

#[test]
#[should_panic(expected = "a wave's items end once")]
fn an_item_of_a_wave_that_ends_twice_is_noticed() {
    tampered(|world| world.out.waves[0].never += 1);
}

#[test]
#[should_panic(expected = "shop: ready")]
fn an_instance_that_is_ready_behind_its_services_back_is_noticed() {
    tampered(|world| world.slots[0].ready = false);
}

#[test]
#[should_panic(expected = "shop: starts")]
fn a_start_of_a_service_that_is_lost_is_noticed() {
    tampered(|world| {
        let _ = world.out.services[0].starts.pop();
    });
}

#[test]
#[should_panic(expected = "StopFinished cannot happen to an instance in Stopped")]
fn work_that_is_finished_twice_is_noticed() {
    tampered(|world| {
        let seven = SimTime::from_micros(20 * 3_600_000_000 + 60_000_000);
        go(world, seven);
        // The night's stop, a minute ago, was this instance's second piece of work.
        world.on_work_finished(InstanceId(0), 2, WorkKind::GracefulStop);
    });
}

#[test]
#[should_panic(expected = "cannot happen to an instance in Running")]
fn an_illegal_transition_is_noticed() {
    tampered(|world| world.region.created(world.now, InstanceId(0)));
}

#[test]
#[should_panic(expected = "time never goes back")]
fn an_event_in_the_past_is_noticed() {
    tampered(|world| {
        let source = world.of_instance(InstanceId(0));
        world.schedule(SimTime::from_micros(1), source, Event::HourEnded);
    });
}

#[test]
#[should_panic(expected = "an answer travels only once it was given")]
fn an_answer_that_nobody_gave_is_noticed() {
    tampered(|world| {
        // At eight in the evening the stops' answers are on their way.
        go(world, SimTime::from_micros(20 * 3_600_000_000 + 1));
        world.flights.get(0).answer = None;
    });
}

#[test]
#[should_panic(expected = "what is not billed is intended, involuntary or in arrears")]
fn a_saving_without_a_reason_is_noticed() {
    let plan = plan();
    let mut ledger = Ledger::new(1);
    let hour = SimDuration::from_hours(1);
    let why = Why::Missed(super::ledger::MissedReason::Late);
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
