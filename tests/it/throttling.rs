//! Quotas of calls: who is let in, who is refused, and what clients make of it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use stopsim::ecs::refusal::RefusalClass;
use stopsim::fact::{CallAnswer, Fact};
use stopsim::report::collected::Collected;
use stopsim::report::summary::Summary;
use stopsim::sim::RunId;

use crate::sample::cases;
use crate::worlds::{
    FIRST, Run, TIES, group, plan, results, run_plan, tells_these, unlimited, world,
};

/// A hundred and thirty stopped instances, wanted from the first minute on; answers take `leg`.
fn morning(leg: &str, more: &str, quota: &str) -> String {
    let rest = [
        format!("[calls]\nanswer = \"{leg}\"\n"),
        group("web", 130, "initially = \"stopped-standard\""),
        unlimited(),
        format!(
            "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
             windows = [{{ days = \"daily\", from = \"00:01\", to = \"20:00\" }}]\n\
             [[controller]]\nname = \"nightly\"\nfollows = \"office\"\nacts = \"starts\"\n{more}\n"
        ),
        format!("[[quota]]\nname = \"starts\"\noperation = \"StartInstance\"\n{quota}\n"),
    ];
    world("1h", &rest.concat())
}

/// How many deliveries were accepted and throttled in each second, where any were.
fn by_second(run: &Run) -> BTreeMap<u64, (u64, u64)> {
    let mut seconds: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (at, fact) in &run.facts {
        let Fact::CallHandled(_, answer) = fact else { continue };
        let second = seconds.entry(at.as_micros() / 1_000_000).or_default();
        match answer {
            CallAnswer::Refused(no) if no.class() == RefusalClass::Throttling => second.1 += 1,
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_)
            | CallAnswer::Refused(_) => second.0 += 1,
        }
    }
    seconds
}

/// A hundred get in at 00:01:00; the rest ask every 20 s plus a second of answer, in vain until
/// the minute is over: at 81, 102 and 123 s.
#[test]
fn a_fixed_wait_knocks_until_the_next_minute() {
    let retry = "retry = { backoff = \"fixed\", base = \"20s\", max_attempts = 9 }";
    let run = run_plan(&plan(&morning("1s", retry, "limit = 100")), FIRST);
    let expected = [(60, (100, 30)), (81, (0, 30)), (102, (0, 30)), (123, (30, 0))];
    assert_eq!(by_second(&run), BTreeMap::from(expected));
    let starts = &run.outcome.counts.calls[1];
    assert_eq!((starts.sent, starts.accepted, starts.peak_per_minute), (220, 130, 190));
    assert_eq!(starts.throttled_us, 60_000_000, "from 00:01:00 to 00:02:00");
}

/// The hint says how much of the minute is left: one wait, and all are in.
#[test]
fn a_hint_that_is_honoured_saves_the_knocking() {
    let retry = "retry = { backoff = \"fixed\", base = \"20s\", honour_retry_after = true }";
    let run = run_plan(&plan(&morning("1s", retry, "limit = 100")), FIRST);
    let expected = [(60, (100, 30)), (121, (30, 0))];
    assert_eq!(by_second(&run), BTreeMap::from(expected));
}

/// One call at a time, a tenth of a second each: a hundred in ten seconds. Then it probes once
/// a second (1.1 s with the answer), and the probe at 120.6 s is the first to be let in.
#[test]
fn a_probe_once_a_second_finds_the_next_minute() {
    let retry =
        "concurrency = 1\nretry = { backoff = \"fixed\", base = \"1s\", max_attempts = 99 }";
    let run = run_plan(&plan(&morning("0.1s", retry, "limit = 100")), FIRST);
    let told = by_second(&run);
    let of = |range: std::ops::Range<u64>| {
        let within = told.range(range);
        within.fold((0, 0), |sum, (_, (yes, no))| (sum.0 + yes, sum.1 + no))
    };
    assert_eq!(of(60..70), (100, 0));
    assert_eq!(of(70..120), (0, 46), "one every 1.1 s from 70 s on");
    assert_eq!(of(120..180), (30, 0));
    assert_eq!(told[&123], (6, 0), "ten a second, the last at 123.5 s");
}

/// "Throttling.User": each caller may have less than all of them together.
#[test]
fn a_user_may_be_throttled_while_others_are_let_in() {
    let rest = [
        "[calls]\nanswer = \"1s\"\n".to_owned(),
        group("web", 4, "initially = \"stopped-standard\""),
        unlimited(),
        ["one", "two"]
            .iter()
            .zip([1, 3])
            .map(|(name, first)| {
                let request = |n| {
                    format!(
                        "{{ at = \"2026-03-02 00:01\", instance = \"web-000{n}\", \
                         action = \"start\" }}"
                    )
                };
                let (a, b) = (request(first), request(first + 1));
                format!("[[controller]]\nname = \"{name}\"\nrequests = [{a}, {b}]\n")
            })
            .collect(),
        "[[quota]]\nname = \"starts\"\noperation = \"StartInstance\"\nlimit = 3\nper_user = 1\n"
            .to_owned(),
    ];
    let plan = plan(&world("1h", &rest.concat()));
    let run = run_plan(&plan, FIRST);
    let told = crate::worlds::told(&plan, &run, |fact| matches!(fact, Fact::CallHandled(..)));
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "60 one StartInstance #1: accepted",
            "60 two StartInstance #3: accepted",
            "60 one StartInstance #2: 400 Throttling.User",
            "60 two StartInstance #4: 400 Throttling.User",
        ],
    );
}

/// 130 starts at 00:01, ten of which are let in a minute, beside reads that have no quota.
#[test]
fn a_quota_stands_beside_the_calls_of_its_operation_alone() {
    let more = "wait = { poll = \"10s\", give_up = \"15m\" }";
    let plan = plan(&morning("1s", more, "limit = 10"));
    let outcome = run_plan(&plan, FIRST).outcome;
    let collected = Collected::of(&plan, &[outcome]);
    let calls = Summary::of(&results(&plan, &collected)).calls;
    let quota = |operation| calls[operation].quota.as_ref();
    let starts = quota("StartInstance").expect("it has one");
    assert_eq!((starts.limit_per_minute, starts.peak_per_minute), (10, 130));
    assert!(quota("DescribeInstanceStatus").is_none());
}

/// What is told of calls, in a world with answers after `answer`, some stopped instances and a
/// quota that lets one call of `operation` in a minute.
#[track_caller]
fn check(operation: &str, answer: &str, more: &str, expected: &[&str]) {
    let quota = format!("[[quota]]\nname = \"q\"\noperation = \"{operation}\"\nlimit = 1\n");
    let rest = [
        format!("[calls]\nanswer = \"{answer}\"\n"),
        group("web", 2, "initially = \"stopped-standard\""),
        unlimited(),
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{ days = \"daily\", from = \"00:01\", to = \"20:00\" }]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\nacts = \"starts\"\n\
         timeout = \"10s\"\nretry = { backoff = \"fixed\", base = \"5s\", max_attempts = 3, \
         honour_retry_after = true }\n"
            .to_owned(),
        more.to_owned(),
        quota,
    ];
    let tells = |fact: &Fact| {
        matches!(fact, Fact::CallHandled(..) | Fact::AnswerDelivered(..) | Fact::CallTimedOut(_))
    };
    tells_these(&world("1h", &rest.concat()), tells, expected);
}

/// The answer to a throttled batch is there after thirty seconds, and its caller waits for ten: it
/// has not heard when to ask again, and asks after its own five seconds.
#[test]
fn the_hint_of_an_answer_that_came_too_late_is_not_heard_by_a_batch() {
    check(
        "StartInstances",
        "30s",
        "call = \"batch\"\nbatch_size = 1\n",
        &[
            "60 nightly StartInstances #1: accepted",
            "60 nightly StartInstances #2: 400 Throttling",
            "70 nightly StartInstances #1 timed out",
            "70 nightly StartInstances #2 timed out",
            "75 nightly StartInstances #1: 400 Throttling",
            "75 nightly StartInstances #2: 400 Throttling",
            "85 nightly StartInstances #1 timed out",
            "85 nightly StartInstances #2 timed out",
            "90 nightly StartInstances #1: 400 Throttling",
            "90 nightly StartInstances #2: 400 Throttling",
            "100 nightly StartInstances #1 timed out",
            "100 nightly StartInstances #2 timed out",
        ],
    );
}

/// The same of a look before a batch.
#[test]
fn the_hint_of_an_answer_that_came_too_late_is_not_heard_by_a_look_at_many() {
    check(
        "DescribeInstanceStatus",
        "30s",
        "call = \"batch\"\nbatch_size = 1\nwait = { poll = \"1m\", give_up = \"5m\" }\n\
         look_first = { with = \"DescribeInstanceStatus\", again = \"30s\" }\n",
        &[
            "60 nightly DescribeInstanceStatus #1: saw Stopped(KeepCharging)",
            "60 nightly DescribeInstanceStatus #2: 400 Throttling",
            "70 nightly DescribeInstanceStatus #1 timed out",
            "70 nightly DescribeInstanceStatus #2 timed out",
            "75 nightly DescribeInstanceStatus #1: 400 Throttling",
            "75 nightly DescribeInstanceStatus #2: 400 Throttling",
            "85 nightly DescribeInstanceStatus #1 timed out",
            "85 nightly DescribeInstanceStatus #2 timed out",
            "90 nightly DescribeInstanceStatus #1: 400 Throttling",
            "90 nightly DescribeInstanceStatus #2: 400 Throttling",
            "100 nightly DescribeInstanceStatus #1 timed out",
            "100 nightly DescribeInstanceStatus #2 timed out",
        ],
    );
}

/// A hint is for the next call: where that is not answered, it says nothing of the one after.
#[test]
fn a_hint_that_was_followed_is_not_heard_once_more() {
    check(
        "StartInstance",
        "1s",
        "[[call_fault]]\nname = \"gremlin\"\nlose_answer = true\n\
         window = { from = \"2026-03-02 00:02\", until = \"2026-03-02 00:03\" }\n",
        &[
            "60 nightly StartInstance #1: accepted",
            "60 nightly StartInstance #2: 400 Throttling",
            "61 nightly StartInstance #1 answered accepted",
            "61 nightly StartInstance #2 answered 400 Throttling",
            "121 nightly StartInstance #2: accepted",
            "131 nightly StartInstance #2 timed out",
            "136 nightly StartInstance #2: 400 Throttling",
            "137 nightly StartInstance #2 answered 400 Throttling",
        ],
    );
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn no_minute_admits_more_than_the_limit_under_any_tie_policy(
        limit in 1..200u64, wait in 1..90u64, honours: bool, seed in 1..50u64,
    ) {
        let retry = format!(
            "jitter = {{ uniform = [\"0s\", \"50s\"] }}\nretry = {{ base = \"{wait}s\", \
             cap = \"90s\", max_attempts = 20, honour_retry_after = {honours} }}"
        );
        let plan = plan(&morning("1s", &retry, &format!("limit = {limit}")));
        for ties in TIES {
            let run = run_plan(&plan, RunId { seed, ties, ..FIRST });
            let mut minutes: BTreeMap<u64, u64> = BTreeMap::new();
            for (second, (admitted, _)) in by_second(&run) {
                *minutes.entry(second / 60).or_default() += admitted;
            }
            prop_assert!(minutes.values().all(|admitted| *admitted <= limit), "{minutes:?}");
            let mut sorted: Vec<u64> = minutes.into_values().collect();
            sorted.sort_unstable();
            prop_assert!(sorted.last().is_some_and(|most| *most >= 1));
        }
    }
}
