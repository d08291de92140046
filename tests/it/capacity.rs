//! Private pools and dedicated hosts: who gets in, what is answered, what it costs by hand.

use stopsim::books::ledger::Bill;
use stopsim::ecs::capacity::{Affinity, CapacityKind, CapacitySpec, Placement};
use stopsim::ecs::id::{CallerId, CapacityId, InstanceId, PoolId, TypeId, ZoneId};
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};
use stopsim::ecs::operation::{BatchOptimization, Operation, StartInstances, Target};
use stopsim::ecs::refusal::Refusal;
use stopsim::ecs::region::{Accepted, Region};
use stopsim::ecs::spec::Beginning;
use stopsim::fact::Fact;
use stopsim::units::{HourlyRate, SimTime};

use crate::fleet::{Given, Story, given};
use crate::worlds::{CALLS, FIRST, Run, group, plan, pool, run_plan, world};

/// A private pool of `ecs.g7.large` in the zone.
fn private_pool(units: u32, is_open: bool) -> CapacitySpec {
    let pool = Some(PoolId(0));
    let kind = CapacityKind::PrivatePool { instance_type: TypeId(0), is_open, pool, pool_units: 2 };
    CapacitySpec { name: "own".into(), zone: ZoneId(0), units, rate: HourlyRate::ZERO, kind }
}

fn host(name: &str, vcpus: u32) -> CapacitySpec {
    let kind = CapacityKind::DedicatedHost { auto_placement: true };
    CapacitySpec { name: name.into(), zone: ZoneId(0), units: vcpus, rate: HourlyRate::ZERO, kind }
}

/// Instances stopped in economical mode that belong there.
fn down(count: u32, placement: Placement, capacities: Vec<CapacitySpec>) -> Given {
    let mut given = given().count(count).stopped(StopCharging);
    given = given.with(|group| group.placement = placement);
    given.0.capacities = capacities;
    given
}

#[track_caller]
fn check(given: Given, story: &str, expected: &str) -> Story {
    let mut told = Story::new(given);
    assert_eq!(told.tell(story), expected, "{story}");
    told
}

const USED_UP: &str = "400 Invalid.PrivatePoolOptions.NoStock";
const UP: &str = "Starting(StopCharging)";

/// "Open: […] if no matching private pool is available, the public pool is used."
#[test]
fn open_pools_come_first_and_the_public_pool_is_next() {
    // Two of five vCPUs' worth are reserved besides the ten that are free.
    let two_open = || down(3, Placement::OpenPools, vec![private_pool(1, true)]);
    check(
        two_open(),
        "stock? | start 1 | stock? | start 2 | stock?",
        &format!("free 10 ours 2 | {UP} | free 10 ours 2 | {UP} | free 8 ours 4"),
    );
    // What only those may use that name it is no open pool.
    check(
        down(1, Placement::OpenPools, vec![private_pool(1, false)]),
        "start 1 | stock?",
        &format!("{UP} | free 8 ours 4"),
    );
    // Without stock in the public pool, what is reserved is there.
    check(
        two_open().stock(0),
        "start 1 | start 2 | finish | stop 1 StopCharging | finish | start 2",
        &format!(
            "{UP} | 403 OperationDenied.NoStock | Running | Stopping(StopCharging) \
             | Stopped(StopCharging) | {UP}"
        ),
    );
}

/// "Target pool full or invalid: the start fails."
#[test]
fn a_target_pool_is_the_only_one() {
    let target = || Placement::Target(CapacityId(0));
    check(
        down(2, target(), vec![private_pool(1, false)]),
        "start 1 | start 2 | stock?",
        &format!("{UP} | {USED_UP} | free 10 ours 2"),
    );
    // Of another type meanwhile.
    let changed = down(1, target(), vec![private_pool(1, true)]).further(9, Default::default());
    let told =
        check(changed, "change g6 | finish | start", "g6.large | type changed | 400 LackResource");
    assert_eq!(told.refused, Some(Refusal::ReservationLacksResource));
}

/// "Instances created from it are not affected when a reservation ends."
#[test]
fn when_a_private_pool_ends_its_instances_stay_on_public_stock() {
    let mut story =
        Story::new(down(2, Placement::Target(CapacityId(0)), vec![private_pool(2, true)]));
    assert_eq!(story.tell("start 1 | finish | stock?"), format!("{UP} | Running | free 10 ours 4"));
    assert_eq!(story.region.end_private_pool(CapacityId(0)), Some(PoolId(0)));
    assert_eq!(
        story.tell("stock? | start 2 | stop 1 StopCharging | finish | stock?"),
        "free 12 ours 2 | 404 InvalidCapacityReservationId.NotFound | Stopping(StopCharging) \
         | Stopped(StopCharging), releases 2 | free 14 ours 0",
    );
}

/// A standard stop keeps its place; a change of type is not matched anew and leaves it.
#[test]
fn a_standard_stop_keeps_its_place_until_the_type_changes() {
    let kept = || {
        let kept = down(2, Placement::OpenPools, vec![private_pool(1, true)]);
        kept.further(9, Default::default()).with(|group| {
            let standard = stopsim::ecs::spec::Initially::Stopped(KeepCharging);
            group.initially = Beginning::all(standard);
        })
    };
    // The first is in the private pool and the second is not.
    check(
        kept(),
        "stocks? | change 1 g6 | stocks? | finish | start 1",
        "10/4 9/0 | g6.large | 10/4 7/2 | type changed | Starting(KeepCharging)",
    );
}

/// Affinity `host`: "the instance stays on its host"; `default`: it may move to another host.
#[test]
fn affinity_says_whether_a_restart_may_move() {
    let on = |affinity| {
        let hosts = vec![CapacityId(0), CapacityId(1)];
        let mut given = down(3, Placement::Hosts { hosts, affinity }, vec![host("a", 2)]);
        given.0.capacities.push(host("b", 2));
        given.with(|group| group.pool = None)
    };
    // At home on a, b and a: the third shares its host with the first.
    let full = "400 InvalidDedicatedHost.NotEnoughResource";
    let told = check(on(Affinity::Host), "start 1 | start 3", &format!("{UP} | {full}"));
    assert_eq!(told.refused, Some(Refusal::HostFull));
    let story = "start 1 | start 3 | start 2";
    let told = check(on(Affinity::Default), story, &format!("{UP} | {UP} | {full}"));
    assert_eq!(told.refused, Some(Refusal::NoHost));
}

/// All or none, also of what is reserved: three starts, and one place in each of two pools.
#[test]
fn a_batch_that_succeeds_as_a_whole_counts_what_it_has_promised() {
    let starts = |ids: &[u32]| {
        Operation::StartInstances(StartInstances {
            instances: ids.iter().map(|id| Target::Id(InstanceId(*id))).collect(),
            optimization: BatchOptimization::AllTogether,
            dry_run: false,
            malformed: None,
        })
    };
    let given = down(3, Placement::OpenPools, vec![private_pool(1, true)]).stock(2);
    let mut region = Region::new(std::sync::Arc::new(given.0));
    let mut call = |ids| region.call(SimTime::ZERO, CallerId(0), &starts(ids));
    assert_eq!(call(&[0, 1, 2]), Err(Refusal::NoStock));
    let Ok(Accepted::Starts(batch)) = call(&[0, 1]) else { panic!("two places are there") };
    assert!(batch.iter().all(|one| one.result.is_ok()));
    assert_eq!(
        region.inventory().stock(PoolId(0)).map(|stock| (stock.free, stock.ours)),
        Some((0, 4))
    );
    assert_eq!(region.capacity(CapacityId(0)).free(), 0);
}

const OFFICE: &str = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                      [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                      stop = { mode = \"StopCharging\" }\n";

const OWN: &str = "[[private_pool]]\nname = \"own\"\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
                   unused_rate = \"3.6 CNY/h\"\n";

/// Two instances wanted from eight to eight for a day: each holds compute for 43 220 s of 86 400.
fn day(placement: &str, more: &str) -> (Run, Bill) {
    let fleet = group("web", 2, placement) + &pool("free = 10");
    let plan = plan(&world("24h", &format!("{CALLS}{fleet}{OFFICE}{more}")));
    let run = run_plan(&plan, FIRST);
    let bill = Bill::of(&plan.region, &run.outcome.ledger);
    (run, bill)
}

#[track_caller]
fn bills(bill: &Bill, expected: [&str; 4]) {
    let found = [bill.baseline, bill.actual, bill.intended, bill.policy_cost];
    assert_eq!(found.map(|amount| amount.rounded(2)), expected);
    assert_eq!(bill.saving(), bill.intended - bill.policy_cost);
}

/// Billed used or not: 2 × 43 180 s unused at 3.6 an hour eat up all that is saved.
#[test]
fn a_private_pool_for_all_saves_nothing() {
    let (_, bill) = day("private_pool = { match = \"Open\" }", &format!("{OWN}instances = 2\n"));
    bills(&bill, ["172.80", "172.80", "86.36", "86.36"]);
    let (_, bill) = day("", "");
    bills(&bill, ["172.80", "86.44", "86.36", "0.00"]);
}

/// One place for two: half is sure to come up, and half of the saving is left.
#[test]
fn a_private_pool_for_half_costs_half_of_what_is_saved() {
    let (run, bill) = day("private_pool = { match = \"Open\" }", &format!("{OWN}instances = 1\n"));
    bills(&bill, ["172.80", "129.62", "86.36", "43.18"]);
    let used = |(at, fact): &(SimTime, Fact)| {
        let Fact::CapacityChanged { held, .. } = fact else { return None };
        Some((at.as_micros() / 1_000_000, held.used))
    };
    let held: Vec<(u64, u32)> = run.facts.iter().filter_map(used).collect();
    assert_eq!(held, [(28_800, 1), (72_020, 0)], "from eight in the morning to the stop's end");
    assert_eq!(run.outcome.counts.pools[0].claims_granted, 1, "the other one took public stock");
    assert_eq!(run.outcome.counts.least_unused, [0]);
}

/// The least that a plan may try: everything is as if it were not there.
#[test]
fn a_private_pool_of_none_is_none() {
    let (run, bill) = day("private_pool = { match = \"Open\" }", &format!("{OWN}instances = 0\n"));
    bills(&bill, ["172.80", "86.44", "86.36", "0.00"]);
    let (without, _) = day("", "");
    assert_eq!(run.facts, without.facts);
}

/// From noon on: all that is left unused is counted then, whatever was unused in the morning.
#[test]
fn the_least_that_is_unused_is_counted_from_the_end_of_the_warm_up() {
    let least = |pools: &str, warm_up: &str| {
        let placed = "private_pool = { match = \"Open\" }";
        let fleet = group("web", 2, placed) + &pool("free = 10");
        let office = OFFICE.replace("08:00", "01:00").replace("20:00", "11:00");
        let text = world("24h", &format!("{CALLS}{fleet}{office}{OWN}{pools}"));
        let text = text.replace("[region]", &format!("{warm_up}[region]"));
        run_plan(&plan(&text), FIRST).outcome.counts.least_unused
    };
    assert_eq!(least("instances = 3\n", ""), [1]);
    assert_eq!(least("instances = 3\n", "warm_up = \"12h\"\n"), [3], "both are down since eleven");
}

/// Three places until noon: eight hours of three, four hours of one, then nothing: 28 h at 3.6.
#[test]
fn a_private_pool_is_paid_for_until_it_ends() {
    let pool = format!("{OWN}instances = 3\nuntil = \"2026-03-02 12:00\"\n");
    let (run, bill) = day("private_pool = { match = \"Target\", name = \"own\" }", &pool);
    bills(&bill, ["172.80", "187.24", "86.36", "100.80"]);
    let free = |(_, fact): &(SimTime, Fact)| {
        let Fact::StockChanged { stock, .. } = fact else { return None };
        Some(stock.free)
    };
    let free: Vec<u64> = run.facts.iter().filter_map(free).collect();
    assert_eq!(free, [11, 12, 13], "one was unused at noon, two come back at night");
}

/// On a host compute costs nothing, and the host the same whether anything is stopped or not.
#[test]
fn a_dedicated_host_costs_what_it_costs() {
    let text = format!(
        "{CALLS}[[group]]\nname = \"web\"\ncount = 2\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
         stop = \"20s\"\nstart = \"30s\"\nallocation = \"10s\"\nwave_factor = \"1\"\n\
         dedicated_host = {{ hosts = [\"one\"] }}\n\
         [[dedicated_host]]\nname = \"one\"\nzone = \"z\"\nvcpus = 4\nrate = \"5 CNY/h\"\n{OFFICE}"
    );
    let plan = plan(&world("24h", &text));
    let run = run_plan(&plan, FIRST);
    let bill = Bill::of(&plan.region, &run.outcome.ledger);
    bills(&bill, ["120.00", "120.00", "0.00", "0.00"]);
    assert_eq!(run.outcome.counts.least_unused, [0], "both are on it in the morning");
}
