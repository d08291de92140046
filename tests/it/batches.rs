//! Calls for many instances: what the region answers, and what controllers make of it.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;

use stopsim::ecs::condition::Condition;
use stopsim::ecs::id::{CallerId, InstanceId};
use stopsim::ecs::instance::{Status, StoppedMode, WorkKind};
use stopsim::ecs::operation::{
    BatchOptimization, Force, Operation, RebootInstance, RebootInstances, StartInstance,
    StartInstances, StopInstance, StopInstances, Target,
};
use stopsim::ecs::refusal::Refusal;
use stopsim::ecs::region::{Accepted, Batch, BatchItem, Region, StopAccepted, Work};
use stopsim::ecs::spec::PolicyEffect;
use stopsim::fact::Fact;
use stopsim::units::SimTime;

use crate::fleet::{Given, given};
use crate::sample::cases;
use crate::worlds::{
    CALLS, FIRST, group, plan, pool, run_plan, tells_these, told, unlimited, world,
};
use BatchOptimization::{AllTogether, SuccessFirst};

const NOW: SimTime = SimTime::ZERO;
const OPS: CallerId = CallerId(0);

fn stops(ids: &[Target], optimization: BatchOptimization, dry_run: bool) -> Operation {
    Operation::StopInstances(StopInstances {
        instances: ids.to_vec(),
        force: Force::ShutDown,
        mode: Some(StoppedMode::StopCharging),
        optimization,
        dry_run,
        malformed: None,
    })
}

fn starts(ids: &[Target], optimization: BatchOptimization, dry_run: bool) -> Operation {
    let instances = ids.to_vec();
    Operation::StartInstances(StartInstances { instances, optimization, dry_run, malformed: None })
}

fn reboots(ids: &[Target], optimization: BatchOptimization, dry_run: bool) -> Operation {
    Operation::RebootInstances(RebootInstances {
        instances: ids.to_vec(),
        force: Force::ShutDown,
        optimization,
        dry_run,
        malformed: None,
    })
}

/// How a batch of some instances is asked for.
type Ask = fn(&[Target], BatchOptimization, bool) -> Operation;

/// A batch of each kind.
const ASKS: [(&str, Ask); 3] = [("stop", stops), ("start", starts), ("reboot", reboots)];

fn ids(list: &[u32]) -> Vec<Target> {
    list.iter().map(|id| Target::Id(InstanceId(*id))).collect()
}

fn status(status: Option<Status>) -> &'static str {
    status.map_or("\"\"", Status::name)
}

/// Whatever is answered stands in the table of the operation that was asked for.
#[track_caller]
fn in_its_table(operation: &Operation, refusal: Refusal) -> Refusal {
    let name = operation.name();
    assert!(refusal.row().operations.contains(&name), "{name} has no row {refusal}");
    refusal
}

/// What the region answers, in a line.
fn answer(region: &mut Region, operation: &Operation) -> String {
    let item = |code: String, target: &Target, previous, current| {
        let name = match target {
            Target::Id(id) => id.to_string(),
            Target::Unknown(name) => name.to_string(),
            Target::Missing | Target::Malformed => unreachable!("the whole call is refused"),
        };
        format!("{name} {code} {} -> {}", status(previous), status(current))
    };
    let code = |refusal: Option<Refusal>| match refusal {
        None => "200".to_owned(),
        Some(refusal) => in_its_table(operation, refusal).row().code.to_owned(),
    };
    let items: Vec<String> = match region.call(NOW, OPS, operation) {
        Err(refusal) => return in_its_table(operation, refusal).to_string(),
        Ok(accepted) => items(accepted)
            .iter()
            .map(|one| {
                let code = code(one.result.as_ref().err().copied());
                item(code, &one.target, one.previous, one.current)
            })
            .collect(),
    };
    items.join(", ")
}

/// What became of each instance of a batch, of whichever operation.
fn items(accepted: Accepted) -> Batch<Work> {
    let of_stop = |one: BatchItem<StopAccepted>| BatchItem {
        target: one.target,
        previous: one.previous,
        current: one.current,
        result: one.result.map(|stop| stop.work),
    };
    match accepted {
        Accepted::Stops(batch) => batch.into_iter().map(of_stop).collect(),
        Accepted::Starts(batch) | Accepted::Reboots(batch) => batch,
        other @ (Accepted::Stop(_)
        | Accepted::Start(_)
        | Accepted::Statuses(_)
        | Accepted::Instances(_)
        | Accepted::Reboot(_)
        | Accepted::Delete(_)
        | Accepted::Run(_)
        | Accepted::Reactivate(_)
        | Accepted::Change(_)
        | Accepted::Available(_)) => panic!("a batch was asked for: {other:?}"),
    }
}

fn region(given: &Given) -> Region {
    Region::new(std::sync::Arc::new(given.0.clone()))
}

/// Everything that may be seen of a region.
fn seen(region: &Region) -> String {
    format!("{region:?}")
}

/// "If one or more instances do not meet the conditions, none is started": five stopped
/// instances of two vCPUs, and stock for three of them.
#[test]
fn all_together_claims_stock_for_all_or_none() {
    let given = given().count(5).stopped(StoppedMode::StopCharging).stock(7);
    let mut region = region(&given);
    let before = seen(&region);
    let all = ids(&[0, 1, 2, 3]);
    assert_eq!(
        answer(&mut region, &starts(&all, AllTogether, false)),
        "403 OperationDenied.NoStock"
    );
    assert_eq!(seen(&region), before, "nothing has happened");
    assert_eq!(
        answer(&mut region, &starts(&all, SuccessFirst, false)),
        "i-0 200 Stopped -> Starting, i-1 200 Stopped -> Starting, i-2 200 Stopped -> Starting, \
         i-3 OperationDenied.NoStock Stopped -> Stopped",
    );
}

#[test]
fn an_unknown_id_has_no_status() {
    let mut region = region(&given());
    let list = [Target::Id(InstanceId(0)), Target::Unknown("i-gone".into())];
    assert_eq!(
        answer(&mut region, &stops(&list, AllTogether, false)),
        "404 InvalidInstanceId.NotFound"
    );
    assert_eq!(
        answer(&mut region, &stops(&list, SuccessFirst, false)),
        "i-0 200 Running -> Stopping, i-gone InvalidInstanceId.NotFound \"\" -> \"\"",
    );
}

#[test]
fn a_list_has_one_to_a_hundred_ids_and_an_id_counts_once() {
    let mut region = region(&given());
    let none = answer(&mut region, &stops(&[], AllTogether, false));
    assert_eq!(none, "400 MissingParameter");
    let many = ids(&[0; 101]);
    let refused = answer(&mut region, &stops(&many, SuccessFirst, false));
    assert_eq!(refused, "403 InvalidParameter.TooManyInstanceIds");
    let twice = ids(&[0, 1, 0]);
    assert_eq!(
        answer(&mut region, &stops(&twice, AllTogether, false)),
        "i-0 200 Running -> Stopping, i-1 200 Running -> Stopping",
    );
}

#[test]
fn a_rehearsed_batch_answers_that_it_would_pass() {
    let mut region = region(&given());
    let before = seen(&region);
    let both = ids(&[0, 1]);
    assert_eq!(answer(&mut region, &stops(&both, AllTogether, true)), "400 DRYRUN.SUCCESS");
    assert_eq!(answer(&mut region, &starts(&both, SuccessFirst, true)), "400 DRYRUN.SUCCESS");
    let refused = answer(&mut region, &starts(&both, AllTogether, true));
    assert_eq!(refused, "403 IncorrectInstanceStatus", "both run");
    assert_eq!(seen(&region), before);
}

#[test]
fn one_arn_that_is_not_allowed_forbids_the_whole_batch() {
    let resource = "acs:ecs:*:*:instance/web-0001";
    let given = given().policy(PolicyEffect::Allow, "ecs:StopInstances", resource);
    let mut region = region(&given);
    for optimization in [AllTogether, SuccessFirst] {
        let refused = answer(&mut region, &stops(&ids(&[0, 1]), optimization, false));
        assert_eq!(refused, "403 Forbidden.RAM");
    }
    let one = answer(&mut region, &stops(&ids(&[0]), AllTogether, false));
    assert_eq!(one, "i-0 200 Running -> Stopping");
}

#[test]
fn a_conflict_has_a_row_of_its_own_in_a_batch() {
    let mut region = region(&given().condition(Condition::OperationInProgress));
    let all = ids(&[0, 1]);
    assert_eq!(
        answer(&mut region, &stops(&all, AllTogether, false)),
        "409 InvalidOperation.Conflict"
    );
    assert_eq!(
        answer(&mut region, &stops(&all, SuccessFirst, false)),
        "i-0 InvalidOperation.Conflict Running -> Running, \
         i-1 InvalidOperation.Conflict Running -> Running",
    );
}

/// The table of StopInstances has two rows that StopInstance's has not.
#[test]
fn a_batch_of_stops_needs_a_balance_and_instances_that_are_ready() {
    let rows = [
        (Condition::InsufficientBalance, "InsufficientBalance"),
        (Condition::NotReady, "InstanceNotReady"),
    ];
    for (condition, code) in rows {
        let mut region = region(&given());
        region.set_condition(InstanceId(0), condition, true);
        let batch = answer(&mut region, &stops(&ids(&[0, 1]), SuccessFirst, false));
        let first = format!("i-0 {code} Running -> Running");
        assert_eq!(batch, format!("{first}, i-1 200 Running -> Stopping"));
        let all = answer(&mut region, &stops(&ids(&[0]), AllTogether, false));
        assert_eq!(all, format!("403 {code}"));
        assert!(singly(&mut region, &[0], "stop")[0].is_ok(), "{code}");
    }
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/batch-table.txt");

/// Instance 0 in each state beside a sound one, under each attribute, asked in each way.
fn table() -> String {
    let mut table = String::new();
    let modes = [StoppedMode::KeepCharging, StoppedMode::StopCharging];
    let attributes = [
        None,
        Some(Condition::SecurityLock),
        Some(Condition::InArrears),
        Some(Condition::OperationInProgress),
        Some(Condition::DiskError),
        Some(Condition::InsufficientBalance),
        Some(Condition::NotReady),
    ];
    for state in ["Running", "Stopping", "Stopped(Keep)", "Stopped(Stop)", "Starting"] {
        for attribute in attributes {
            for (asked, ask) in ASKS {
                for optimization in [AllTogether, SuccessFirst] {
                    let mut region = in_state(state, asked != "start", &modes);
                    if let Some(condition) = attribute {
                        region.set_condition(InstanceId(0), condition, true);
                    }
                    let operation = ask(&ids(&[0, 1]), optimization, false);
                    let what = attribute.map_or("-", Condition::name);
                    let answer = answer(&mut region, &operation);
                    let how = optimization.name();
                    writeln!(table, "{state:<14}{what:<22}{asked:<7}{how:<13}{answer}").unwrap();
                }
            }
        }
        table.push('\n');
    }
    table
}

/// Instance 0 in this state, instance 1 as the batch needs it, and stock for one start.
fn in_state(state: &str, running: bool, modes: &[StoppedMode; 2]) -> Region {
    let mut region = region(&given().stock(0));
    let stop = |region: &mut Region, id: u32, mode: StoppedMode| {
        let request = StopInstance { mode: Some(mode), ..StopInstance::of(InstanceId(id)) };
        let answer = region.call(NOW, OPS, &Operation::StopInstance(request));
        let Ok(Accepted::Stop(stop)) = answer else { panic!("{answer:?}") };
        let work = stop.work;
        if state != "Stopping" || id == 1 {
            region.finish(NOW, work, true);
        }
    };
    match state {
        "Running" => {}
        "Stopping" | "Stopped(Keep)" | "Starting" => stop(&mut region, 0, modes[0]),
        "Stopped(Stop)" => stop(&mut region, 0, modes[1]),
        other => panic!("{other}"),
    }
    if state == "Starting" {
        let start = StartInstance::of(InstanceId(0));
        region.call(NOW, OPS, &Operation::StartInstance(start)).unwrap();
    }
    if !running {
        stop(&mut region, 1, modes[0]);
    }
    region
}

#[test]
#[allow(clippy::disallowed_methods)] // a golden file is read, and rewritten on request
fn every_batch_is_answered_as_the_golden_table_says() {
    let printed = table();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(GOLDEN, &printed).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    assert_eq!(printed, golden, "read the change, then run again with BLESS=1");
}

/// What happens to a region of six instances before a batch reaches it.
fn prelude() -> impl Strategy<Value = Vec<(u32, u8)>> {
    vec((0..6u32, 0..5u8), 0..24)
}

fn prepared(steps: &[(u32, u8)], stock: u64) -> Region {
    let mut region = region(&given().count(6).stock(stock));
    let mut works: Vec<Work> = Vec::new();
    for &(id, step) in steps {
        let instance = InstanceId(id);
        match step {
            0 | 1 => {
                let mode = [StoppedMode::KeepCharging, StoppedMode::StopCharging];
                let mode = Some(mode[usize::from(step)]);
                let request = StopInstance { mode, ..StopInstance::of(instance) };
                if let Ok(Accepted::Stop(stop)) =
                    region.call(NOW, OPS, &Operation::StopInstance(request))
                {
                    works.push(stop.work);
                }
            }
            2 => {
                let request = Operation::StartInstance(StartInstance::of(instance));
                if let Ok(Accepted::Start(work)) = region.call(NOW, OPS, &request) {
                    works.push(work);
                }
            }
            3 => works.retain(|work| {
                let mine = work.instance == instance;
                if mine {
                    region.finish(NOW, *work, true);
                }
                !mine
            }),
            _ => {
                let on = !region.conditions(instance).has(Condition::SecurityLock);
                region.set_condition(instance, Condition::SecurityLock, on);
            }
        }
    }
    region
}

/// The answers of the single calls, and the work they begin.
fn singly(region: &mut Region, list: &[u32], asked: &str) -> Vec<Result<WorkKind, Refusal>> {
    let mut named: Vec<u32> = Vec::new();
    for id in list {
        if !named.contains(id) {
            named.push(*id);
        }
    }
    let one = |id: &u32| {
        let instance = InstanceId(*id);
        let mode = Some(StoppedMode::StopCharging);
        let request = match asked {
            "stop" => {
                let stop = StopInstance { mode, confirm_stop: true, ..StopInstance::of(instance) };
                Operation::StopInstance(stop)
            }
            "start" => Operation::StartInstance(StartInstance::of(instance)),
            _ => Operation::RebootInstance(RebootInstance::of(instance)),
        };
        match region.call(NOW, OPS, &request)? {
            Accepted::Stop(stop) => Ok(stop.work.kind),
            Accepted::Start(work) | Accepted::Reboot(work) => Ok(work.kind),
            other @ (Accepted::Statuses(_)
            | Accepted::Instances(_)
            | Accepted::Stops(_)
            | Accepted::Starts(_)
            | Accepted::Reboots(_)
            | Accepted::Delete(_)
            | Accepted::Run(_)
            | Accepted::Reactivate(_)
            | Accepted::Change(_)
            | Accepted::Available(_)) => panic!("{other:?}"),
        }
    };
    named.iter().map(one).collect()
}

fn batched(
    region: &mut Region,
    operation: &Operation,
) -> Result<Vec<Result<WorkKind, Refusal>>, Refusal> {
    let items = items(region.call(NOW, OPS, operation)?);
    Ok(items.into_iter().map(|one| one.result.map(|work| work.kind)).collect())
}

proptest! {
    #![proptest_config(cases(600))]

    /// "All together": every instance changes, or nothing does at all.
    #[test]
    fn all_together_changes_every_instance_or_nothing(
        steps in prelude(), stock in 0..14u64, list in vec(0..7u32, 1..9), ask in 0..ASKS.len(),
    ) {
        let mut region = prepared(&steps, stock);
        let before = seen(&region);
        let mut single = region.clone();
        let (asked, ask) = ASKS[ask];
        let operation = ask(&ids(&list), AllTogether, false);
        match batched(&mut region, &operation) {
            Ok(items) => {
                prop_assert!(items.iter().all(Result::is_ok), "{items:?}");
                prop_assert_eq!(singly(&mut single, &list, asked), items);
                prop_assert_eq!(seen(&region), seen(&single));
            }
            Err(_) => prop_assert_eq!(seen(&region), before),
        }
        region.check(NOW);
    }

    #[test]
    fn success_first_is_the_single_calls_in_order(
        steps in prelude(), stock in 0..14u64, list in vec(0..7u32, 1..9), ask in 0..ASKS.len(),
    ) {
        let mut region = prepared(&steps, stock);
        let mut single = region.clone();
        let (asked, ask) = ASKS[ask];
        let operation = ask(&ids(&list), SuccessFirst, false);
        let items = batched(&mut region, &operation).unwrap();
        prop_assert_eq!(items, singly(&mut single, &list, asked));
        prop_assert_eq!(seen(&region), seen(&single));
        region.check(NOW);
    }
}

fn states_and_calls(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::StateChanged { .. }
            | Fact::CallHandled(..)
            | Fact::ItemHandled(..)
            | Fact::CallTimedOut(_)
    )
}

fn beliefs(fact: &Fact) -> bool {
    matches!(fact, Fact::CallHandled(..) | Fact::BeliefChanged { .. } | Fact::CallTimedOut(_))
}

#[track_caller]
fn check(rest: &str, tells: &dyn Fn(&Fact) -> bool, expected: &[&str]) {
    tells_these(&world("1d", rest), tells, expected);
}

/// Wanted from eight to eight, and a controller `nightly` that follows.
fn office(more: &str) -> String {
    format!(
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{{ days = \"daily\", from = \"00:01\", to = \"20:00\" }}]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\n{more}\n"
    )
}

/// Three stopped instances, stock for two until 00:10: under `AllTogether` the two that could
/// run wait for the third.
#[test]
fn one_short_instance_blocks_its_whole_batch() {
    let three = group("web", 3, "initially = \"stopped-economical\"");
    let stock = pool("free = 2\nsteps = [{ at = \"2026-03-02 00:10\", total = 1 }]");
    let ask = "acts = \"starts\"\nno_stock = { retry_every = \"5m\" }\ncall = \"batch\"\n";
    let rest = |more: &str| [CALLS, &three, &stock, &office(&format!("{ask}{more}"))].concat();
    check(
        &rest(""),
        &states_and_calls,
        &[
            "60 nightly StartInstances #1: 403 OperationDenied.NoStock",
            "361 nightly StartInstances #1: 403 OperationDenied.NoStock",
            "662 #1 Starting(StopCharging)",
            "662 nightly StartInstances #1 item: accepted",
            "662 #2 Starting(StopCharging)",
            "662 nightly StartInstances #2 item: accepted",
            "662 #3 Starting(StopCharging)",
            "662 nightly StartInstances #3 item: accepted",
            "662 nightly StartInstances #1: accepted",
            "702 #1 Running",
            "702 #2 Running",
            "702 #3 Running",
        ],
    );
    check(
        &rest("optimization = \"SuccessFirst\""),
        &|fact| matches!(fact, Fact::CallHandled(..) | Fact::ItemHandled(..)),
        &[
            "60 nightly StartInstances #1 item: accepted",
            "60 nightly StartInstances #2 item: accepted",
            "60 nightly StartInstances #3 item: 403 OperationDenied.NoStock",
            "60 nightly StartInstances #1: accepted",
            "361 nightly StartInstances #3 item: 403 OperationDenied.NoStock",
            "361 nightly StartInstances #3: accepted",
            "662 nightly StartInstances #3 item: accepted",
            "662 nightly StartInstances #3: accepted",
        ],
    );
}

/// The answer is lost: every instance of the batch is in doubt, and asked again, together.
#[test]
fn a_batch_that_times_out_leaves_all_its_instances_in_doubt() {
    let fault = "[[call_fault]]\nname = \"gremlin\"\nlose_answer = true\n\
                 operations = [\"StartInstances\"]\n\
                 window = { from = \"2026-03-02\", until = \"2026-03-02 00:01:05\" }\n";
    let rest = [
        CALLS,
        &group("web", 2, "initially = \"stopped-standard\""),
        &unlimited(),
        &office(
            "acts = \"starts\"\ncall = \"batch\"\ntimeout = \"10s\"\n\
             retry = { backoff = \"fixed\", base = \"5s\" }",
        ),
        fault,
    ];
    check(
        &rest.concat(),
        &beliefs,
        &[
            "60 nightly StartInstances #1: accepted",
            "70 nightly StartInstances #1 timed out",
            "75 nightly StartInstances #1: 403 IncorrectInstanceStatus",
            "76 nightly believes #1 Failed(Start)",
            "76 nightly believes #2 Failed(Start)",
        ],
    );
}

/// Five instances, two a call, in the controller's order; a rate holds between the calls.
#[test]
fn a_batch_takes_instances_in_order_as_many_as_it_may() {
    let rest = [
        CALLS,
        &group("web", 5, "initially = \"stopped-standard\""),
        &unlimited(),
        &office("acts = \"starts\"\ncall = \"batch\"\nbatch_size = 2\nrate = \"2/s\""),
    ];
    check(
        &rest.concat(),
        &|fact| matches!(fact, Fact::ItemHandled(..)),
        &[
            "60 nightly StartInstances #1 item: accepted",
            "60 nightly StartInstances #2 item: accepted",
            "60.5 nightly StartInstances #3 item: accepted",
            "60.5 nightly StartInstances #4 item: accepted",
            "61 nightly StartInstances #5 item: accepted",
        ],
    );
}

#[test]
fn a_duplicate_batch_changes_nothing_that_the_caller_hears() {
    let fault = "[[call_fault]]\nname = \"gremlin\"\nduplicate = \"5s\"\n";
    let rest = [
        CALLS,
        &group("web", 2, "initially = \"stopped-standard\""),
        &unlimited(),
        &office("acts = \"starts\"\ncall = \"batch\"\noptimization = \"SuccessFirst\""),
        fault,
    ];
    check(
        &rest.concat(),
        &|fact| matches!(fact, Fact::ItemHandled(..) | Fact::BeliefChanged { .. }),
        &[
            "60 nightly StartInstances #1 item: accepted",
            "60 nightly StartInstances #2 item: accepted",
            "61 nightly believes #1 UnderWay(Start)",
            "61 nightly believes #1 Done(Start)",
            "61 nightly believes #2 UnderWay(Start)",
            "61 nightly believes #2 Done(Start)",
            "65 nightly StartInstances #1 item: 403 IncorrectInstanceStatus",
            "65 nightly StartInstances #2 item: 403 IncorrectInstanceStatus",
        ],
    );
}

/// Down and up as one batch: both are back in service when the region says so, and a bad disk
/// keeps all of them from going down.
#[test]
fn reboots_of_one_instant_go_out_in_one_call() {
    let request = |at: &str, place: u32| {
        format!(
            "{{ at = \"2026-03-02 {at}\", instance = \"web-{place:04}\", action = \"reboot\" }}"
        )
    };
    let requests =
        [request("00:01", 1), request("00:01", 2), request("00:30", 1), request("00:30", 2)];
    let hand = format!(
        "[[controller]]\nname = \"hand\"\ngroups = [\"web\"]\ncall = \"batch\"\n\
         requests = [{}]\n\
         [[scheduled_event]]\nname = \"disk\"\nat = \"2026-03-02 00:20\"\ninstances = [\"web-0002\"]\n\
         condition = \"disk_error\"\n",
        requests.join(", ")
    );
    let web = group("web", 2, "initially = \"running\"");
    let rest = [CALLS, &web, &unlimited(), &hand];
    check(
        &rest.concat(),
        &states_and_calls,
        &[
            "60 #1 Rebooting(Starting)",
            "60 hand RebootInstances #1 item: accepted",
            "60 #2 Rebooting(Starting)",
            "60 hand RebootInstances #2 item: accepted",
            "60 hand RebootInstances #1: accepted",
            "110 #1 Running",
            "110 #2 Running",
            "1800 hand RebootInstances #1: 403 DiskError",
        ],
    );
}

/// A hundred and twenty instances, fifty to a look of DescribeInstanceStatus: three looks, and in
/// as few calls as may be what they show running. What is stopped already is left out; what is
/// starting is looked at again, and a look that fails is repeated for all that it was about.
#[test]
fn a_look_before_a_batch_is_one_read_for_all_of_it() {
    let look = "acts = \"stops\"\ncall = \"batch\"\n\
                look_first = { with = \"DescribeInstanceStatus\", again = \"30s\" }\n\
                wait = { poll = \"1m\", give_up = \"5m\" }\n\
                retry = { backoff = \"fixed\", base = \"7s\", on = [\"server\"] }";
    let night = office(look).replace("00:01", "00:05").replace("20:00", "00:06");
    let rest = |count, more: &str| {
        let web = group("web", count, "initially = \"running\"");
        [CALLS, &web, &unlimited(), &night, more].concat()
    };
    let calls = |fact: &Fact| matches!(fact, Fact::CallSent(_));
    let reads = |rest: &str| {
        let plan = plan(&world("1h", rest));
        let run = run_plan(&plan, FIRST);
        told(&plan, &run, calls).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let many = reads(&rest(120, ""));
    assert_eq!(
        many[..6],
        [
            "360 nightly DescribeInstanceStatus #1 sent",
            "360 nightly DescribeInstanceStatus #51 sent",
            "360 nightly DescribeInstanceStatus #101 sent",
            "361 nightly StopInstances #1 sent",
            "361 nightly StopInstances #101 sent",
            "422 nightly DescribeInstanceStatus #1 sent",
        ],
    );
    let hand = |requests: &[(&str, &str)]| {
        let request = |(action, at): &(&str, &str)| {
            format!(
                "{{ at = \"2026-03-02 {at}\", instance = \"web-0002\", action = \"{action}\" }}"
            )
        };
        let requests: Vec<String> = requests.iter().map(request).collect();
        let requests = requests.join(", ");
        format!("[[controller]]\nname = \"hand\"\ngroups = [\"web\"]\nrequests = [{requests}]\n")
    };
    let down = reads(&rest(3, &hand(&[("stop", "00:02")])));
    let first = [
        "120 hand StopInstance #2 sent",
        "360 nightly DescribeInstanceStatus #1 sent",
        "361 nightly StopInstances #1 sent",
    ];
    assert_eq!(down[..3], first);
    assert!(!down[3..].iter().any(|line| line.contains("#2")), "{down:#?}");
    let starting = reads(&rest(3, &hand(&[("stop", "00:02"), ("start", "00:05:50")])));
    let again = [
        "361 nightly StopInstances #1 sent",
        "391 nightly DescribeInstanceStatus #2 sent",
        "392 nightly StopInstances #2 sent",
    ];
    assert_eq!(starting[3..6], again, "{starting:#?}");
    let blind = "[[call_fault]]\nname = \"gremlin\"\nrefuse = \"500 InternalError\"\n\
                 operations = [\"DescribeInstanceStatus\"]\n\
                 window = { from = \"2026-03-02\", until = \"2026-03-02 00:06:05\" }\n";
    let failed = reads(&rest(3, blind));
    let lines = [
        "360 nightly DescribeInstanceStatus #1 sent",
        "368 nightly DescribeInstanceStatus #1 sent",
        "369 nightly StopInstances #1 sent",
    ];
    assert_eq!(failed[..3], lines);
}
