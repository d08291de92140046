//! Changes of type and looks at stock: the region's answers, told as stories.
//!
//! Two instances of 2 vCPUs on a pool of g7; `xlarge` takes 4 of the same pool, `g6` takes 2 of
//! one of its own. `stocks?` tells free and ours of both pools.

use std::fmt::Write as _;

use proptest::prelude::*;

use stopsim::ecs::condition::Condition;
use stopsim::ecs::instance::StoppedMode::{KeepCharging, StopCharging};
use stopsim::ecs::price::{Rates, published};
use stopsim::units::SimDuration;

use crate::fleet::{Given, Story, check, given};
use crate::sample::cases;

/// Ten units to spare of g7 and of g6.
fn fleet() -> Given {
    given().further(10, [Rates::default(); 2])
}

/// *Assumed*, stated in core/src/ecs/region/modify.rs: the stock moves when the request is accepted.
#[test]
fn a_standard_stop_swaps_its_stock_and_an_economical_one_holds_none() {
    check(
        fleet().stopped(KeepCharging),
        "stocks? | change g6 | stocks? | finish | change xlarge | stocks?",
        "10/4 10/0 | g6.large | 12/2 8/2 | type changed | g7.xlarge | 8/6 10/0",
    );
    check(
        fleet().stopped(StopCharging),
        "stocks? | change g6 | stocks? | finish | start | stocks? | finish",
        "10/0 10/0 | g6.large | 10/0 10/0 | type changed | Starting(StopCharging) | 10/0 8/2 \
         | Running",
    );
}

/// In the same pool only the difference is asked for.
#[test]
fn a_larger_type_of_the_same_pool_needs_the_difference() {
    check(
        fleet().stock(2).stopped(KeepCharging),
        "change xlarge | stocks? | change 2 xlarge | finish | change large | stocks?",
        "g7.xlarge | 0/6 10/0 | 403 OperationDenied.NoStock | type changed | g7.large | 2/4 10/0",
    );
}

/// "The resource is out of usage." — ModifyInstanceSpec, whatever the mode.
#[test]
fn a_change_needs_stock_of_the_other_type() {
    for mode in [KeepCharging, StopCharging] {
        let short = given().further(1, [Rates::default(); 2]).stopped(mode);
        check(short, "change g6 | type?", "403 OperationDenied.NoStock | g7.large");
    }
}

#[test]
fn until_a_change_is_done_every_other_operation_conflicts() {
    check(
        fleet().stopped(KeepCharging),
        "change g6 | start | stop | change xlarge | start DryRun | finish | start",
        "g6.large | 409 OperationConflict | 409 OperationConflict | 409 OperationConflict \
         | 409 OperationConflict | type changed | Starting(KeepCharging)",
    );
}

#[test]
fn a_token_is_good_for_one_change() {
    check(
        fleet().stopped(KeepCharging),
        "change g6 token=1 | change g6 token=1 | finish | change g6 token=1 \
         | change xlarge token=1 | change 2 g6 token=1 | stocks?",
        "g6.large | 403 LastTokenProcessing | type changed | done before \
         | 400 IdempotenceParamNotMatch | 400 IdempotenceParamNotMatch | 12/2 8/2",
    );
}

/// ModifyInstanceSpec reference: five minutes between two changes to a smaller type.
#[test]
fn a_second_downgrade_waits_five_minutes() {
    check(
        fleet().stopped(KeepCharging),
        "change xlarge | finish | change large | finish | change xlarge | finish | change large \
         | wait 2m | change large",
        "g7.xlarge | type changed | g7.large | type changed | g7.xlarge | type changed \
         | 400 Throttling | g7.large",
    );
}

#[test]
fn a_rehearsed_change_changes_nothing() {
    check(
        fleet().stopped(KeepCharging),
        "change g6 DryRun token=1 | type? | stocks? | change g6 token=1",
        "400 DryRunOperation | g7.large | 10/4 10/0 | g6.large",
    );
}

/// DescribeAvailableResource: WithStock, ClosedWithStock (little), WithoutStock, and
/// ClosedWithoutStock for what is no longer offered.
#[test]
fn a_look_shows_what_is_left_of_each_type() {
    check(
        fleet().stock(5).low_stock_threshold(4).withdrawn(2),
        "available? | others 2 | available? | others 2 | available?",
        "g7.large WithStock, g7.xlarge WithStock, g6.large ClosedWithoutStock | others Taken \
         | g7.large ClosedWithStock, g7.xlarge WithoutStock, g6.large ClosedWithoutStock \
         | others Taken \
         | g7.large WithoutStock, g7.xlarge WithoutStock, g6.large ClosedWithoutStock",
    );
}

/// A look is no reservation: what it showed can be gone when the start comes.
#[test]
fn between_a_look_and_a_start_the_stock_may_go() {
    check(
        fleet().stock(2).stopped(StopCharging),
        "available? | others 2 | start",
        "g7.large WithStock, g7.xlarge WithoutStock, g6.large WithStock | others Taken \
         | 403 OperationDenied.NoStock",
    );
}

/// Full correlation: while one of the pools cannot serve, none does.
#[test]
fn pools_that_are_short_together_serve_nobody_while_one_is_short() {
    check(
        fleet().short_together().stopped(StopCharging),
        "start | others 7 | start 2 | change 2 g6 | depart 7 | change 2 g6",
        "Starting(StopCharging) | others Taken | 403 OperationDenied.NoStock \
         | 403 OperationDenied.NoStock | g6.large",
    );
}

/// 1 h as g7.large at 0.52325, then 2 h as g7.xlarge at 1.0465 in standard mode: 2.093.
#[test]
fn an_invoice_has_a_line_for_each_type() {
    let price = |name| {
        let compute = published("cn-hangzhou", name).unwrap().rate;
        Rates { compute, ..Rates::default() }
    };
    let given = given()
        .count(1)
        .rates(price("ecs.g7.large"))
        .further(10, [price("ecs.g7.xlarge"), Rates::default()])
        .stopped(KeepCharging);
    let mut told = Story::new(given);
    told.pace = SimDuration::ZERO;
    assert_eq!(
        told.tell("wait 1h | change xlarge | wait 2h | invoice?"),
        "g7.xlarge | compute stopped_standard 0.523250000, compute stopped_standard 2.093000000, \
         total 2.616250000",
    );
}

/// Too little of g6, under a knob.
fn low(knob: &str, value: &str) -> Given {
    given().further(1, [Rates::default(); 2]).knob(knob, value)
}

/// One line per state, request and attribute: what ModifyInstanceSpec answers.
fn printed() -> String {
    let states = [
        ("Running", ""),
        ("Stopping(KeepCharging)", "stop KeepCharging | "),
        ("Stopping(StopCharging)", "stop StopCharging | "),
        ("Stopped(KeepCharging)", "stop KeepCharging | finish | "),
        ("Stopped(StopCharging)", "stop StopCharging | finish | "),
        ("Starting(KeepCharging)", "stop KeepCharging | finish | start | "),
        ("Starting(StopCharging)", "stop StopCharging | finish | start | "),
        ("changing", "stop KeepCharging | finish | change xlarge | "),
    ];
    let requests = ["g6", "g6 DryRun", "g6 token=1", "large", "type=strange", "g6 Async=maybe"];
    let attributes: [(&str, Given); 11] = [
        ("plain", fleet()),
        ("no stock", given().further(1, [Rates::default(); 2])),
        ("withdrawn", fleet().withdrawn(2)),
        ("locked", fleet()),
        ("in arrears", fleet()),
        ("subscription", fleet().subscription()),
        ("poor", fleet()),
        ("old image", fleet()),
        ("local disks", fleet().local_storage().knob("confirm_stop", "ignored")),
        ("no stock, or", low("modify_no_stock", "operation_denied")),
        ("status, or", low("modify_not_stopped", "value_not_supported")),
    ];
    let mut table = String::new();
    for (state, way) in states {
        for (attribute, given) in &attributes {
            for request in requests {
                let wrong = match *attribute {
                    "locked" => format!("set {} | ", Condition::SecurityLock),
                    "in arrears" => format!("set {} | ", Condition::InArrears),
                    "poor" => format!("set {} | ", Condition::InsufficientBalance),
                    "old image" => format!("set {} | ", Condition::ImageNotSupported),
                    _ => String::new(),
                };
                let mut story = Story::new(given.clone());
                let heard = story.tell(&format!("{way}{wrong}change {request}"));
                let last = heard.rsplit(" | ").next().unwrap();
                writeln!(table, "{state:<23}{attribute:<13}{request:<15}{last}").unwrap();
            }
        }
        table.push('\n');
    }
    table
}

/// One line per state of the pools, of the types and of the instance: what
/// DescribeAvailableResource answers.
fn looks() -> String {
    let mut table = String::new();
    let attributes: [(&str, Given); 5] = [
        ("plain", fleet()),
        ("low below 4", fleet().low_stock_threshold(4)),
        ("xlarge withdrawn", fleet().withdrawn(1)),
        ("short together", fleet().short_together()),
        ("locked", fleet().condition(Condition::SecurityLock)),
    ];
    for (attribute, given) in attributes {
        for free in 0..6 {
            for (asked, request) in [("", "available?"), ("another zone", "available? elsewhere")] {
                let heard = Story::new(given.clone().stock(free)).tell(request);
                writeln!(table, "{attribute:<18}{free} free  {asked:<14}{heard}").unwrap();
            }
        }
        table.push('\n');
    }
    table
}

#[test]
fn every_change_and_look_is_answered_as_the_golden_tables_say() {
    for (file, printed) in [("modify", printed()), ("available", looks())] {
        golden(file, &printed);
    }
}

#[allow(clippy::disallowed_methods)] // a golden file is read, and rewritten on request
fn golden(file: &str, printed: &str) {
    let path = format!("{}/tests/golden/{file}-table.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("BLESS").is_ok() {
        std::fs::write(&path, printed).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(printed, golden, "read the change, then run again with BLESS=1");
}

proptest! {
    #![proptest_config(cases(300))]

    /// Whatever is asked for in whatever order, every pool is conserved and holds what its
    /// instances hold: the region checks itself after each step, and so does this.
    #[test]
    fn units_are_conserved_over_all_pools(steps in prop::collection::vec(0usize..13, 0..80)) {
        let words = [
            "stop StopCharging", "stop 2 StopCharging", "stop KeepCharging", "start", "start 2",
            "change g6", "change 2 g6", "change xlarge", "change large", "change 2 large",
            "others 1", "finish", "finish",
        ];
        let mut story = Story::new(given().stock(3).further(3, [Rates::default(); 2]));
        let mut others = 0;
        for step in steps {
            if words[step] == "finish" && !story.has_work() {
                continue;
            }
            let heard = story.tell(words[step]);
            others += u64::from(heard == "others Taken");
            let stocks = story.tell("stocks?");
            let units: u64 = stocks.split([' ', '/']).map(|n| n.parse::<u64>().unwrap()).sum();
            prop_assert_eq!(units + others, 3 + 4 + 3, "{}", stocks);
        }
    }
}

/// Asked for at one o'clock, done a minute later; billed as the larger type from the acceptance on:
/// 23 of 24 hours at 7.2 in place of 3.6. The controller hears of the acceptance and of no more.
#[test]
fn a_controller_changes_the_type_of_a_stopped_instance() {
    let text = format!(
        "{}{}[[price]]\nname = \"ecs.g7.xlarge\"\nrate = \"7.2 CNY/h\"\n\
         [[controller]]\nname = \"ops\"\nchange = {{ type = \"ecs.g7.xlarge\" }}\nrequests = [\n\
         {{ at = \"2026-03-02 01:00\", instance = \"web-0001\", action = \"change\" }},\n\
         {{ at = \"2026-03-02 01:00:30\", instance = \"web-0001\", action = \"start\" }},\n\
         {{ at = \"2026-03-02 01:01\", instance = \"web-0001\", action = \"start\" }},\n]\n",
        crate::worlds::CALLS,
        crate::worlds::group("web", 1, "initially = \"stopped-standard\"\ntype_change = \"1m\"")
            + &crate::worlds::pool("free = 4"),
    );
    let plan = crate::worlds::plan(&crate::worlds::world("24h", &text));
    let run = crate::worlds::run_plan(&plan, crate::worlds::FIRST);
    let told: Vec<String> = run
        .facts
        .iter()
        .map(|(at, fact)| {
            let who = |id| plan.region.instance_name(id);
            let said = crate::worlds::words(fact, &who, &|_| "ops".into());
            format!("{} {said}", crate::worlds::seconds(*at))
        })
        .filter(|line| line.contains("believes") || line.contains("is of") || line.contains(": "))
        .collect();
    assert_eq!(
        told,
        [
            "3600 web-0001 is of type-1",
            "3600 ops ModifyInstanceSpec web-0001: accepted",
            "3601 ops believes web-0001 UnderWay(Change)",
            "3601 ops believes web-0001 Done(Change)",
            "3630 ops StartInstance web-0001: 409 OperationConflict",
            "3631 ops believes web-0001 Failed(Start)",
            "3660 ops StartInstance web-0001: accepted",
            "3661 ops believes web-0001 UnderWay(Start)",
            "3661 ops believes web-0001 Done(Start)",
        ]
    );
    let bill = stopsim::books::ledger::Bill::of(&plan.region, &run.outcome.ledger);
    assert_eq!(bill.actual.rounded(2), "169.20");
}
