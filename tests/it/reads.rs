//! What reads show: stale copies, empty lists, pages that come too late, and polling that slows
//! what it looks at.
//!
//! Answers take one second, a stop 20 s, a start 30 s. Times are seconds since Monday midnight.

use stopsim::fact::{CallAnswer, Fact};

use crate::worlds::{
    FIRST, Run, group, plan, requests, run_plan, tells_these, unlimited, web, world,
};

#[track_caller]
fn check(rest: &str, tells: &dyn Fn(&Fact) -> bool, expected: &[&str]) -> Run {
    check_for("1h", rest, tells, expected)
}

#[track_caller]
fn check_for(length: &str, rest: &str, tells: &dyn Fn(&Fact) -> bool, expected: &[&str]) -> Run {
    tells_these(&world(length, rest), tells, expected).1
}

fn seen(fact: &Fact) -> bool {
    matches!(fact, Fact::CallHandled(_, CallAnswer::Seen(_) | CallAnswer::Missing))
}

/// Stopped by force at 60 s (5 s), started at 70 s (30 s), stopped at 110 s: a copy of a minute
/// ago tells each of these states a minute later, however many lie between.
#[test]
fn a_stale_read_shows_the_state_of_exactly_so_long_ago() {
    let rest = [
        web(1, "running"),
        requests(
            "ops",
            &["00:01:00 stop 1", "00:01:10 start 1", "00:01:50 stop 1"],
            "stop = { force = true }",
        ),
        "[[controller]]\nname = \"eye\"\ngroups = [\"web\"]\n\
         watch = { every = \"31s\", want = \"running\" }\nacts = \"stops\"\n"
            .into(),
        "[[call_fault]]\nname = \"mirror\"\nstale_read = \"1m\"\n\
         window = { from = \"2026-03-02\", until = \"2026-03-02 00:02:39\" }\n"
            .into(),
    ];
    let told = |fact: &Fact| seen(fact) || matches!(fact, Fact::StateChanged { .. });
    check_for(
        "160s",
        &rest.concat(),
        &told,
        &[
            "31 eye DescribeInstanceStatus #1: saw Running",
            "60 #1 Stopping(KeepCharging)",
            "62 eye DescribeInstanceStatus #1: saw Running",
            "65 #1 Stopped(KeepCharging)",
            "70 #1 Starting(KeepCharging)",
            "93 eye DescribeInstanceStatus #1: saw Running",
            "100 #1 Running",
            "110 #1 Stopping(KeepCharging)",
            "115 #1 Stopped(KeepCharging)",
            "124 eye DescribeInstanceStatus #1: saw Stopping(KeepCharging)",
            "155 eye DescribeInstanceStatus #1: saw Starting(KeepCharging)",
        ],
    );
}

/// "Not-found reads must not be read as stopped" (CFWorker4AliCDT #21): one client does, one
/// polls on, one gives up.
#[test]
fn what_an_empty_list_means_is_the_clients_opinion() {
    let rest = |opinion: &str| {
        [
            web(1, "running"),
            requests(
                "ops",
                &["00:01 stop 1"],
                &format!("wait = {{ poll = \"4s\", give_up = \"5m\"{opinion} }}"),
            ),
            "[[call_fault]]\nname = \"blind\"\nmissing_read = true\n\
             window = { from = \"2026-03-02\", until = \"2026-03-02 00:01:10\" }\n"
                .into(),
        ]
        .concat()
    };
    let told = |fact: &Fact| seen(fact) || matches!(fact, Fact::BeliefChanged { .. });
    let begins =
        ["61 ops believes #1 UnderWay(Stop)", "65 ops DescribeInstanceStatus #1: saw nothing"];
    let patient = [
        begins[0],
        begins[1],
        "70 ops DescribeInstanceStatus #1: saw Stopping(KeepCharging)",
        "75 ops DescribeInstanceStatus #1: saw Stopping(KeepCharging)",
        "80 ops DescribeInstanceStatus #1: saw Stopped(KeepCharging)",
        "81 ops believes #1 Done(Stop)",
    ];
    check(&rest(""), &told, &patient);
    let hasty = [begins[0], begins[1], "66 ops believes #1 Done(Stop)"];
    let run = check(&rest(", missing_read = \"stopped\""), &told, &hasty);
    assert_eq!(
        run.outcome.counts.beliefs.wrongly_done, 0,
        "a stop that is under way is believed rightly"
    );
    let gone = [begins[0], begins[1], "66 ops believes #1 Failed(Stop)"];
    let run = check(&rest(", missing_read = \"fail\""), &told, &gone);
    assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1);
}

/// A request on its way for 8 s, a timeout of 5 s: the watcher knows after five seconds, and
/// the region still handles the page after eight.
#[test]
fn a_page_that_is_late_is_missed_at_its_deadline() {
    let rest = [
        "[calls]\nrequest = \"8s\"\nanswer = \"1s\"\n".into(),
        group("web", 1, "initially = \"running\""),
        unlimited(),
        "[[controller]]\nname = \"eye\"\ngroups = [\"web\"]\ntimeout = \"5s\"\n\
         watch = { every = \"20m\", want = \"running\" }\n"
            .into(),
    ];
    let told = |fact: &Fact| {
        matches!(
            fact,
            Fact::CallSent(_)
                | Fact::CallHandled(..)
                | Fact::CallTimedOut(_)
                | Fact::AnswerDelivered(..)
        )
    };
    let rest = rest.concat();
    let run = check(
        &rest,
        &told,
        &[
            "1200 eye DescribeInstanceStatus #1 sent",
            "1205 eye DescribeInstanceStatus #1 timed out",
            "1208 eye DescribeInstanceStatus #1: saw Running",
            "2400 eye DescribeInstanceStatus #1 sent",
            "2405 eye DescribeInstanceStatus #1 timed out",
            "2408 eye DescribeInstanceStatus #1: saw Running",
        ],
    );
    assert_eq!(run.outcome.counts.calls[2].timed_out, 2);
}

/// How long a wave of so many starts takes, each polled once a second, if a start alone takes
/// `alone` seconds.
fn polled(count: u32, alone: u32, load: &str) -> u64 {
    let rest = [
        format!("[calls]\nanswer = \"0s\"\n{load}\n"),
        format!(
            "[[group]]\nname = \"web\"\ncount = {count}\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
             rate = \"1 CNY/h\"\nstart = \"{alone}s\"\nwave_factor = \"1\"\n\
             initially = \"stopped-standard\"\n"
        ),
        unlimited(),
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{ days = \"daily\", from = \"00:01\", to = \"20:00\" }]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\nacts = \"starts\"\n\
         wait = { poll = \"1s\", give_up = \"10m\" }\n"
            .into(),
    ];
    let run = run_plan(&plan(&world("1h", &rest.concat())), FIRST);
    let last = run.facts.iter().rev().find(|(_, fact)| matches!(fact, Fact::BecameReady { .. }));
    last.expect("they come up").0.as_micros() / 1_000_000 - 60
}

/// cb-spider #1573, 2025-09: 48 VMs 38 s, polled 64 s; 96 VMs 39 s, polled 72 s.
#[test]
fn polling_slows_starts_as_much_as_was_measured() {
    assert_eq!((polled(48, 38, ""), polled(96, 39, "")), (38, 39), "it is off unless asked for");
    let load = "poll_load = {}";
    let (of_48, of_96) = (polled(48, 38, load), polled(96, 39, load));
    assert!((63..=65).contains(&of_48), "{of_48} s");
    assert!((71..=73).contains(&of_96), "{of_96} s");
}
