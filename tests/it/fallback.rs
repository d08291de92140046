//! Falling back to another type, and asking before starting: stories with hand-computed times.

use stopsim::books::ledger::Bill;
use stopsim::fact::Fact;
use stopsim::scenario::stress_variants;
use stopsim::units::Money;

use crate::worlds::{CALLS, FIRST, Run, group, plan, pool, run_plan, tells_these, world};

/// One instance that gave its stock back, pools of one family each, and who starts it.
fn story(g7: &str, g6: &str, requests: &str, manner: &str) -> String {
    let rest = [
        CALLS.to_owned(),
        group("web", 1, "initially = \"stopped-economical\""),
        pool(g7),
        format!(
            "[[pool]]\nname = \"g6\"\nzone = \"z\"\nfamily = \"ecs.g6\"\nunit = \"instance\"\n{g6}\n"
        ),
        "[[price]]\nname = \"ecs.g6.large\"\nrate = \"7.2 CNY/h\"\n".to_owned(),
        format!(
            "[[controller]]\nname = \"ops\"\ninstances = [\"web-0001\"]\nrequests = [{requests}]\n\
             stop = {{ mode = \"StopCharging\" }}\n{manner}\n"
        ),
    ];
    world("1d", &rest.concat())
}

fn at(time: &str, action: &str) -> String {
    format!("{{ at = \"2026-03-02 {time}\", instance = \"web-0001\", action = \"{action}\" }}")
}

#[track_caller]
fn check(text: &str, expected: &[&str]) -> Run {
    let tells = |fact: &Fact| {
        matches!(fact, Fact::StateChanged { .. } | Fact::TypeChanged { .. })
            || matches!(fact, Fact::CallHandled(call, _) if !call.operation.shows_status())
    };
    tells_these(text, tells, expected).1
}

const PATIENT: &str =
    "no_stock = { retry_every = \"2m\", fallback = [\"ecs.g6.large\"], fallback_after = 2 }";

/// Two refusals two minutes (and an answer) apart, then a change of 15 min from 722 s, asked
/// after every two minutes: 722 + 900 = 1622, so the start of 1690 is the first that may.
#[test]
fn after_two_refusals_the_type_is_changed_and_the_start_waits_for_it() {
    let text = story("free = 0", "free = 1", &at("00:10", "start"), PATIENT);
    let run = check(
        &text,
        &[
            "600 ops StartInstance #1: 403 OperationDenied.NoStock",
            "721 ops StartInstance #1: 403 OperationDenied.NoStock",
            "722 #1 is of type-1",
            "722 ops ModifyInstanceSpec #1: accepted",
            "843 ops StartInstance #1: 409 OperationConflict",
            "964 ops StartInstance #1: 409 OperationConflict",
            "1085 ops StartInstance #1: 409 OperationConflict",
            "1206 ops StartInstance #1: 409 OperationConflict",
            "1327 ops StartInstance #1: 409 OperationConflict",
            "1448 ops StartInstance #1: 409 OperationConflict",
            "1569 ops StartInstance #1: 409 OperationConflict",
            "1690 #1 Starting(StopCharging)",
            "1690 ops StartInstance #1: accepted",
            "1730 #1 Running",
        ],
    );
    // From 1690 s to midnight at 7.2 in place of 3.6 an hour: 84 710 s × 0.001.
    let bill = Bill::of(&plan(&text).region, &run.outcome.ledger);
    assert_eq!(bill.policy_cost, Money::from_nanos(84_710_000_000));
    assert_eq!(bill.baseline, Money::from_nanos(86_400_000_000));
    assert_eq!(bill.actual, Money::from_nanos(169_420_000_000));
    assert_eq!(bill.involuntary, Money::from_nanos(1_690_000_000));
}

/// Full correlation: while g7 is short, g6 gives nothing either.
#[test]
fn a_fallback_is_worth_nothing_when_its_pools_are_short_together() {
    let given = plan(&story("free = 0", "free = 1", &at("00:10", "start"), PATIENT));
    let variants = stress_variants(&given);
    let (_, together) =
        variants.iter().find(|(name, _)| name == "fallback pools short together").unwrap();
    for (plan, ups) in [(&given, 1), (together, 0)] {
        let run = run_plan(plan, FIRST);
        let up = |fact: &Fact| matches!(fact, Fact::BecameReady { .. });
        assert_eq!(run.facts.iter().filter(|(_, fact)| up(fact)).count(), ups);
    }
}

/// What a look shows at 600 is gone at 601, when its answer has come and the start is sent; the
/// next looks show nothing and no start is sent, until others give it back at 780.
#[test]
fn a_start_after_a_look_can_still_find_nothing() {
    let steps = "free = 1\nsteps = [{ at = \"2026-03-02 00:10:01\", others = 1 }, \
                 { at = \"2026-03-02 00:13\", others = -1 }]";
    let manner = "start = { check_stock_first = true }\nno_stock = { retry_every = \"2m\" }";
    check(
        &story(steps, "free = 1", &at("00:10", "start"), manner),
        &[
            "600 ops DescribeAvailableResource #1: choice 0 in stock",
            "601 ops StartInstance #1: 403 OperationDenied.NoStock",
            "722 ops DescribeAvailableResource #1: sold out",
            "843 ops DescribeAvailableResource #1: choice 0 in stock",
            "844 #1 Starting(StopCharging)",
            "844 ops StartInstance #1: accepted",
            "884 #1 Running",
        ],
    );
}

/// Another starts it first: who looks at the instance before at the stock joins that start.
#[test]
fn who_looks_first_asks_for_no_stock_where_a_start_is_under_way() {
    let manner =
        "start = { check_stock_first = true }\nlook_first = { with = \"DescribeInstanceStatus\" }";
    let rival =
        format!("[[controller]]\nname = \"rival\"\nrequests = [{}]\n", at("00:09:59", "start"));
    check(
        &(story("free = 1", "free = 1", &at("00:10", "start"), manner) + &rival),
        &[
            "599 #1 Starting(StopCharging)",
            "599 rival StartInstance #1: accepted",
            "639 #1 Running",
        ],
    );
}

/// A look that shows the second choice in stock spares the refusals.
#[test]
fn a_look_chooses_the_type() {
    let manner = "start = { check_stock_first = true }\n\
                  no_stock = { retry_every = \"10m\", fallback = [\"ecs.g6.large\"] }";
    check(
        &story("free = 0", "free = 1", &at("00:10", "start"), manner),
        &[
            "600 ops DescribeAvailableResource #1: choice 2 in stock",
            "601 #1 is of type-1",
            "601 ops ModifyInstanceSpec #1: accepted",
            "1202 ops StartInstance #1: 409 OperationConflict",
            "1803 #1 Starting(StopCharging)",
            "1803 ops StartInstance #1: accepted",
            "1843 #1 Running",
        ],
    );
}

/// Stopped at 3620 s, seen at 3661 s at the latest poll of 30 s: it asks for its own type then,
/// for which there must be stock, and starts as that.
#[test]
fn after_a_stop_it_may_return_to_its_own_type() {
    let manner = "wait = { poll = \"30s\", give_up = \"15m\" }\n\
                  no_stock = { fallback = [\"ecs.g6.large\"], return_to_first = true }\n\
                  retry = { backoff = \"fixed\", base = \"10m\", max_attempts = 9 }";
    let steps = "free = 0\nsteps = [{ at = \"2026-03-02 00:30\", total = 1 }]";
    let requests = [at("00:01", "start"), at("01:00", "stop"), at("02:00", "start")].join(", ");
    check(
        &story(steps, "free = 1", &requests, manner),
        &[
            "60 ops StartInstance #1: 403 OperationDenied.NoStock",
            "61 #1 is of type-1",
            "61 ops ModifyInstanceSpec #1: accepted",
            "122 ops StartInstance #1: 409 OperationConflict",
            "183 ops StartInstance #1: 409 OperationConflict",
            "244 ops StartInstance #1: 409 OperationConflict",
            "305 ops StartInstance #1: 409 OperationConflict",
            "366 ops StartInstance #1: 409 OperationConflict",
            "427 ops StartInstance #1: 409 OperationConflict",
            "488 ops StartInstance #1: 409 OperationConflict",
            "549 ops StartInstance #1: 409 OperationConflict",
            "610 ops StartInstance #1: 409 OperationConflict",
            "671 ops StartInstance #1: 409 OperationConflict",
            "732 ops StartInstance #1: 409 OperationConflict",
            "793 ops StartInstance #1: 409 OperationConflict",
            "854 ops StartInstance #1: 409 OperationConflict",
            "915 ops StartInstance #1: 409 OperationConflict",
            "976 #1 Starting(StopCharging)",
            "976 ops StartInstance #1: accepted",
            "1016 #1 Running",
            "3600 #1 Stopping(StopCharging)",
            "3600 ops StopInstance #1: accepted",
            "3620 #1 Stopped(StopCharging)",
            "3632 #1 is of type-0",
            "3632 ops ModifyInstanceSpec #1: accepted",
            "7200 #1 Starting(StopCharging)",
            "7200 ops StartInstance #1: accepted",
            "7240 #1 Running",
        ],
    );
}

/// A change sent twice is made once: the duplicate finds the token's request under way.
#[test]
fn a_duplicate_of_a_change_finds_its_token_in_use() {
    let fault = "[[call_fault]]\nname = \"twice\"\noperations = [\"ModifyInstanceSpec\"]\n\
                 duplicate = \"30s\"\n";
    let manner = "no_stock = { retry_every = \"20m\", fallback = [\"ecs.g6.large\"] }";
    let text = story("free = 0", "free = 1", &at("00:10", "start"), manner) + fault;
    check(
        &text,
        &[
            "600 ops StartInstance #1: 403 OperationDenied.NoStock",
            "601 #1 is of type-1",
            "601 ops ModifyInstanceSpec #1: accepted",
            "631 ops ModifyInstanceSpec #1: 403 LastTokenProcessing",
            "1802 #1 Starting(StopCharging)",
            "1802 ops StartInstance #1: accepted",
            "1842 #1 Running",
        ],
    );
}
