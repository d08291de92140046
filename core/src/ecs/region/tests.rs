//! Pages, tokens, and the laws of the region under calls at random.

use proptest::prelude::*;

use super::*;
use crate::ecs::fixture;
use crate::ecs::id::ZoneId;
use crate::ecs::instance::Status;
use crate::ecs::operation::{
    DeleteInstance, DescribeInstanceStatus, DescribeInstances, Ids, OperationName,
    ReActivateInstances, RebootInstance, Removal, RunInstances, Target,
};
use crate::ecs::spec::{
    Beginning, Caller, GroupSpec, Initially, PolicyEffect, PolicyStatement, PublicAddress,
};
use crate::units::SimDuration;

const CALLER: CallerId = CallerId(0);

fn group(name: &str, first: u32, count: u32, zone: u16) -> GroupSpec {
    GroupSpec {
        first: InstanceId(first),
        zone: ZoneId(zone),
        public_address: PublicAddress::StaticByTraffic,
        ..fixture::group(name, count)
    }
}

/// Three groups in two zones: a (7, zone 0), b (5, zone 1), c (3, zone 0).
fn spec() -> RegionSpec {
    RegionSpec {
        account_id: "123".into(),
        zones: vec!["i".into(), "j".into()],
        zone_regions: vec!["cn-hangzhou".into(); 2],
        groups: vec![group("a", 0, 7, 0), group("b", 7, 5, 1), group("c", 12, 3, 0)],
        pools: vec![fixture::pool(3)],
        callers: vec![Caller { name: "ops".into(), policy: Vec::new() }],
        ..fixture::region()
    }
}

fn region() -> Region {
    Region::new(Arc::new(spec()))
}

fn statuses(
    region: &mut Region,
    ids: Ids,
    zone: Option<u16>,
    page_number: u32,
    page_size: u32,
) -> Result<(u32, Vec<u32>), Refusal> {
    let zone = zone.map(ZoneId);
    let request = DescribeInstanceStatus { ids, zone, page_number, page_size };
    let operation = Operation::DescribeInstanceStatus(request);
    let Accepted::Statuses(page) = region.call(SimTime::ZERO, CALLER, &operation)? else {
        panic!("statuses were asked for")
    };
    Ok((page.total_count, page.rows.iter().map(|row| row.instance.0).collect()))
}

fn instances(
    region: &mut Region,
    ids: Ids,
    status: Option<Status>,
    max_results: u32,
    next_token: u32,
) -> Result<(Vec<u32>, Option<u32>), Refusal> {
    let request = DescribeInstances { ids, status, max_results, next_token };
    let operation = Operation::DescribeInstances(request);
    let Accepted::Instances(page) = region.call(SimTime::ZERO, CALLER, &operation)? else {
        panic!("instances were asked for")
    };
    Ok((page.rows.iter().map(|row| row.instance.0).collect(), page.next_token))
}

fn stop(region: &mut Region, id: u32, mode: StoppedMode) -> Result<Accepted, Refusal> {
    let request = StopInstance { mode: Some(mode), ..StopInstance::of(InstanceId(id)) };
    region.call(SimTime::ZERO, CALLER, &Operation::StopInstance(request))
}

#[test]
fn statuses_come_page_by_page_and_across_groups() {
    let mut region = region();
    let mut page = |number| statuses(&mut region, Ids::All, None, number, 6);
    assert_eq!(page(1), Ok((15, vec![0, 1, 2, 3, 4, 5])));
    assert_eq!(page(2), Ok((15, vec![6, 7, 8, 9, 10, 11])));
    assert_eq!(page(3), Ok((15, vec![12, 13, 14])));
    assert_eq!(page(4), Ok((15, vec![])));
    assert_eq!(page(u32::MAX), Ok((15, vec![])));
}

#[test]
fn a_zone_filters_statuses() {
    let mut region = region();
    assert_eq!(statuses(&mut region, Ids::All, Some(0), 2, 6), Ok((10, vec![6, 12, 13, 14])));
    assert_eq!(statuses(&mut region, Ids::All, Some(1), 1, 2), Ok((5, vec![7, 8])));
    let listed = Ids::Listed([14, 8, 0, 99].map(InstanceId).to_vec());
    assert_eq!(statuses(&mut region, listed.clone(), Some(0), 1, 10), Ok((2, vec![14, 0])));
    assert_eq!(statuses(&mut region, listed, None, 2, 2), Ok((3, vec![0])));
    assert_eq!(statuses(&mut region, Ids::One(InstanceId(8)), Some(0), 1, 10), Ok((0, vec![])));
    assert_eq!(statuses(&mut region, Ids::One(InstanceId(8)), Some(1), 1, 10), Ok((1, vec![8])));
    assert_eq!(statuses(&mut region, Ids::One(InstanceId(8)), None, 2, 10), Ok((1, vec![])));
    assert_eq!(statuses(&mut region, Ids::All, Some(2), 1, 6), Err(Refusal::ZoneNotFound));
}

#[test]
fn a_page_out_of_its_documented_range_is_refused() {
    let mut region = region();
    for (number, size) in [(0, 10), (1, 0), (1, 51)] {
        let refused = statuses(&mut region, Ids::All, None, number, size);
        assert_eq!(refused, Err(Refusal::InvalidPaging), "page {number} of {size}");
    }
    assert!(statuses(&mut region, Ids::All, None, 1, 50).is_ok());
    for most in [0, 101] {
        let refused = instances(&mut region, Ids::All, None, most, 0);
        assert_eq!(refused, Err(Refusal::InvalidPaging), "{most} results");
    }
    assert!(instances(&mut region, Ids::All, None, 100, 0).is_ok());
    for ids in [0, 101] {
        let listed = Ids::Listed(vec![InstanceId(0); ids]);
        let refused = statuses(&mut region, listed.clone(), None, 1, 10);
        assert_eq!(refused, Err(Refusal::InvalidPaging), "{ids} ids");
        let refused = instances(&mut region, listed, None, 10, 0);
        assert_eq!(refused, Err(Refusal::InvalidPaging), "{ids} ids");
    }
    let hundred = Ids::Listed(vec![InstanceId(0); 100]);
    assert!(statuses(&mut region, hundred, None, 1, 10).is_ok());
}

#[test]
fn following_the_tokens_finds_every_instance_of_a_status_once() {
    let mut region = region();
    for id in [1, 5, 8, 13, 14] {
        assert!(stop(&mut region, id, StoppedMode::StopCharging).is_ok());
    }
    let (mut found, mut token) = (Vec::new(), Some(0));
    while let Some(from) = token {
        let (page, next) =
            instances(&mut region, Ids::All, Some(Status::Stopping), 2, from).unwrap();
        assert!(!page.is_empty() && page.len() <= 2, "no page is empty or too long");
        found.extend(page);
        token = next;
    }
    assert_eq!(found, [1, 5, 8, 13, 14]);
    let listed = Ids::Listed([14, 2, 1, 99, 5].map(InstanceId).to_vec());
    let stopping = Some(Status::Stopping);
    let first = instances(&mut region, listed.clone(), stopping, 2, 0);
    assert_eq!(first, Ok((vec![14, 1], Some(3))));
    assert_eq!(instances(&mut region, listed, stopping, 2, 3), Ok((vec![5], None)));
    let running = Some(Status::Running);
    assert_eq!(instances(&mut region, Ids::One(InstanceId(1)), running, 10, 0), Ok((vec![], None)));
    assert_eq!(instances(&mut region, Ids::One(InstanceId(99)), None, 10, 0), Ok((vec![], None)));
}

#[test]
fn a_list_needs_the_action_on_what_it_names() {
    let mut spec = spec();
    spec.callers[0].policy = vec![PolicyStatement {
        effect: PolicyEffect::Allow,
        actions: vec!["ecs:Describe*".into()],
        resources: vec!["acs:ecs:*:*:instance/a-*".into()],
    }];
    let mut region = Region::new(Arc::new(spec));
    assert!(statuses(&mut region, Ids::One(InstanceId(0)), None, 1, 10).is_ok());
    let mixed = Ids::Listed([0, 7].map(InstanceId).to_vec());
    let forbidden = Err(Refusal::Unauthorised);
    assert_eq!(statuses(&mut region, mixed, None, 1, 10), forbidden);
    assert_eq!(statuses(&mut region, Ids::All, None, 1, 10), forbidden);
    let stranger = Ids::One(InstanceId(99));
    assert_eq!(statuses(&mut region, stranger, None, 1, 10), forbidden);
}

#[test]
fn a_look_at_one_instance_is_refused_as_the_whole_read_is() {
    let mut denied = spec();
    denied.callers[0].policy = vec![PolicyStatement {
        effect: PolicyEffect::Allow,
        actions: vec!["ecs:DescribeInstances".into()],
        resources: vec!["*".into()],
    }];
    for spec in [spec(), denied] {
        let mut region = Region::new(Arc::new(spec));
        for id in [InstanceId(0), InstanceId(10_000)] {
            for read in [
                Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(id)),
                Operation::DescribeInstances(DescribeInstances::of(id)),
            ] {
                let whole = region.call(SimTime::ZERO, CALLER, &read).map(|_| ());
                assert_eq!(region.shows_one(CALLER, read.name(), id), whole, "{read:?}");
            }
        }
    }
}

#[test]
fn an_instance_is_found_by_its_group_and_named_after_it() {
    let mut spec = spec();
    spec.groups[1].names = ["x", "y", "z", "v", "w"].map(String::from).to_vec();
    let names = [(0, "a-0001"), (6, "a-0007"), (7, "x"), (11, "w"), (12, "c-0001")];
    for (id, name) in names {
        assert_eq!(spec.instance_name(InstanceId(id)), name);
    }
    let region = Region::new(Arc::new(spec));
    for id in (0..15).map(InstanceId) {
        assert_eq!(region.group_of(id), region.spec().group_of(id));
    }
}

#[test]
#[should_panic(expected = "group b begins where the one before ends")]
fn a_description_with_a_gap_is_a_bug() {
    let mut spec = spec();
    spec.groups[1].first = InstanceId(8);
    let _ = Region::new(Arc::new(spec));
}

#[test]
fn what_stopped_economically_before_time_0_holds_neither_stock_nor_address() {
    let mut spec = spec();
    spec.groups[1].initially = Beginning::all(Initially::Stopped(StoppedMode::StopCharging));
    let region = Region::new(Arc::new(spec));
    let stock = region.inventory().stock(PoolId(0)).unwrap();
    assert_eq!((stock.total, stock.ours, stock.free), (23, 20, 3));
    assert!(region.lacks_static_address(InstanceId(7)));
    assert!(!region.lacks_static_address(InstanceId(0)));
    region.check(SimTime::ZERO);
}

#[derive(Clone, Debug)]
enum Step {
    Stop(u32, Option<StoppedMode>, Force, bool),
    Start(u32, bool),
    Finish(prop::sample::Index, bool),
    Hang(prop::sample::Index),
    ShutDown(u32),
    Change(i64),
    Default(bool),
    Lock(u32, bool),
    Reboot(u32),
    Delete(u32, Removal),
    Run(u64),
    WarmUp,
}

fn step() -> impl Strategy<Value = Step> {
    let mode = prop_oneof![
        Just(None),
        Just(Some(StoppedMode::StopCharging)),
        Just(Some(StoppedMode::KeepCharging)),
    ];
    let force = prop_oneof![Just(Force::ShutDown), Just(Force::PowerOff)];
    let dry = prop::bool::weighted(0.1);
    let any_index = any::<prop::sample::Index>();
    prop_oneof![
        6 => (0u32..16, mode, force, dry).prop_map(|(i, m, f, d)| Step::Stop(i, m, f, d)),
        6 => (0u32..16, dry).prop_map(|(i, d)| Step::Start(i, d)),
        8 => (any_index.clone(), any::<bool>()).prop_map(|(i, same)| Step::Finish(i, same)),
        1 => any_index.prop_map(Step::Hang),
        1 => (0u32..15).prop_map(Step::ShutDown),
        1 => (-6i64..6).prop_map(Step::Change),
        1 => any::<bool>().prop_map(Step::Default),
        1 => (0u32..15, any::<bool>()).prop_map(|(i, on)| Step::Lock(i, on)),
        2 => (0u32..16).prop_map(Step::Reboot),
        1 => (0u32..16, prop::sample::select(Removal::ALL)).prop_map(|(i, r)| Step::Delete(i, r)),
        1 => (0u64..4).prop_map(Step::Run),
        1 => Just(Step::WarmUp),
    ]
}

fn take(region: &mut Region, now: SimTime, works: &mut Vec<Work>, step: Step) {
    match step {
        Step::Stop(id, mode, force, dry_run) => {
            let of = StopInstance::of(InstanceId(id));
            let request = StopInstance { mode, force, dry_run, ..of };
            answer(region, now, works, &Operation::StopInstance(request));
        }
        Step::Start(id, dry_run) => {
            let request = StartInstance { dry_run, ..StartInstance::of(InstanceId(id)) };
            answer(region, now, works, &Operation::StartInstance(request));
        }
        Step::Finish(index, same) if !works.is_empty() => {
            let work = works.swap_remove(index.index(works.len()));
            let stale = !region.is_current(work);
            let finished = region.finish(now, work, same);
            assert_eq!(finished == Finished::Stale, stale);
            if let Finished::NextStage(next) = finished {
                works.push(next);
            }
        }
        Step::Hang(index) if !works.is_empty() => {
            let work = works[index.index(works.len())];
            works.extend(region.power_off_hung(now, work));
        }
        Step::Finish(..) | Step::Hang(_) => {}
        Step::ShutDown(id) => {
            region.guest_shutdown(now, InstanceId(id));
        }
        Step::Change(delta) => {
            region.inventory_mut().change_total(PoolId(0), delta);
        }
        Step::Default(on) => region.set_economical_default(on),
        Step::Lock(id, on) => region.set_condition(InstanceId(id), Condition::SecurityLock, on),
        Step::Reboot(id) => {
            let request = RebootInstance::of(InstanceId(id));
            answer(region, now, works, &Operation::RebootInstance(request));
        }
        Step::Delete(id, removal) => {
            let request = DeleteInstance { removal, ..DeleteInstance::of(InstanceId(id)) };
            answer(region, now, works, &Operation::DeleteInstance(request));
        }
        Step::Run(token) => {
            let client_token = Some(token);
            let request = RunInstances { template: GroupId(2), client_token, dry_run: false };
            answer(region, now, works, &Operation::RunInstances(request));
        }
        Step::WarmUp => region.restart_meters(now),
    }
}

/// Calls, and asserts that a refusal changed nothing.
fn answer(region: &mut Region, now: SimTime, works: &mut Vec<Work>, operation: &Operation) {
    let before = (region.clone(), region.read_meters(now));
    match region.call(now, CALLER, operation) {
        Ok(Accepted::Stop(stop)) => works.push(stop.work),
        Ok(Accepted::Start(work) | Accepted::Reboot(work) | Accepted::Reactivate(work)) => {
            works.push(work);
        }
        Ok(Accepted::Delete(gone)) => works.extend(gone.work),
        Ok(Accepted::Run(run)) => works.extend(run.work),
        Ok(
            other @ (Accepted::Statuses(_)
            | Accepted::Instances(_)
            | Accepted::Stops(_)
            | Accepted::Starts(_)
            | Accepted::Reboots(_)
            | Accepted::Change(_)
            | Accepted::Available(_)),
        ) => {
            panic!("{other:?} answers {}", operation.name())
        }
        Err(refusal) => {
            assert!(refusal.row().operations.contains(&operation.name()), "{refusal}");
            assert_eq!(region.inventory().stock(PoolId(0)), before.0.inventory().stock(PoolId(0)));
            assert_eq!(region.read_meters(now), before.1);
            for id in (0..15).map(InstanceId) {
                assert_eq!(region.describe(id), before.0.describe(id));
            }
        }
    }
}

proptest! {
    #[test]
    fn stock_and_billing_add_up_whatever_is_called(
        steps in prop::collection::vec((step(), 0u64..100_000_000), 1..80),
    ) {
        let mut spec = spec();
        spec.groups[2].reserve = 2;
        spec.knobs.set("reboot_path", "stop_start").unwrap();
        let mut region = Region::new(Arc::new(spec));
        let (mut now, mut works) = (SimTime::ZERO, Vec::new());
        for (step, wait) in steps {
            now = now + SimDuration::from_micros(wait);
            take(&mut region, now, &mut works, step);
            region.check(now);
            for id in (0..15).map(InstanceId) {
                let current = works.iter().filter(|w| w.instance == id && region.is_current(**w));
                let rests =
                    [Status::Absent, Status::Running, Status::Stopped].contains(&region.status(id));
                let moving = !rests || matches!(region.state(id), State::Rebooting { .. });
                prop_assert_eq!(current.count(), usize::from(moving), "one unit of work");
            }
        }
    }
}

#[test]
fn every_operation_has_an_action_a_policy_can_name() {
    for &operation in OperationName::ALL {
        let mut spec = spec();
        spec.callers[0].policy = vec![PolicyStatement {
            effect: PolicyEffect::Allow,
            actions: vec![operation.action().into()],
            resources: vec!["*".into()],
        }];
        let mut region = Region::new(Arc::new(spec));
        let allowed = |operation: &Operation, region: &mut Region| {
            region.call(SimTime::ZERO, CALLER, operation) != Err(Refusal::Unauthorised)
        };
        let id = InstanceId(0);
        for request in [
            Operation::StopInstance(StopInstance::of(id)),
            Operation::StartInstance(StartInstance::of(id)),
            Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(id)),
            Operation::DescribeInstances(DescribeInstances::of(id)),
            Operation::RebootInstance(RebootInstance::of(id)),
            Operation::DeleteInstance(DeleteInstance::of(id)),
            Operation::RunInstances(RunInstances {
                template: GroupId(0),
                client_token: None,
                dry_run: false,
            }),
            Operation::ReActivateInstances(ReActivateInstances { instance: Target::Id(id) }),
        ] {
            assert_eq!(allowed(&request, &mut region), request.name() == operation);
        }
    }
}
