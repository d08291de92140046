//! Behaviour stories: a small scenario, and exactly what happens in it.
//!
//! Every duration is constant, so each expected line is worked out by hand: answers take one
//! second, a stop 20 s, a forced one 5 s, a start 30 s and 10 s more from economical mode. Times
//! are seconds since Monday midnight.

use stopsim::books::ledger::{DownReason, ForgoneReason, MissedReason, Why};
use stopsim::books::outcome::{CallTally, LatencyName, Outcome};
use stopsim::ecs::meter::BilledState::{Running, StoppedEconomical, StoppedStandard};
use stopsim::ecs::operation::OperationName;
use stopsim::ecs::refusal::Refusal;
use stopsim::fact::Fact;
use stopsim::units::{SimDuration, SimTime};

use crate::worlds::{
    self, CALLS, FIRST, Run, group, plan, pool, run_plan, run_text, tells_these, told, unlimited,
    web, world,
};

const SECOND: u128 = 1_000_000;

fn states(fact: &Fact) -> bool {
    matches!(fact, Fact::StateChanged { .. })
}

fn actions(fact: &Fact) -> bool {
    matches!(fact, Fact::CallHandled(call, _) if !is_look(call.operation))
}

fn looks(fact: &Fact) -> bool {
    matches!(fact, Fact::CallHandled(call, _) if is_look(call.operation))
}

fn sends(fact: &Fact) -> bool {
    matches!(fact, Fact::CallSent(call) if !is_look(call.operation))
}

fn answers(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::AnswerDelivered(call, _) | Fact::CallTimedOut(call) if !is_look(call.operation)
    )
}

fn beliefs(fact: &Fact) -> bool {
    matches!(fact, Fact::BeliefChanged { .. })
}

fn is_look(operation: OperationName) -> bool {
    operation.shows_status()
}

/// Runs a day and compares the facts that `tells` lets through, line by line.
#[track_caller]
fn check(rest: &str, tells: &dyn Fn(&Fact) -> bool, expected: &[&str]) -> Run {
    tells_these(&world("1d", rest), tells, expected).1
}

/// A controller `ops` that makes these requests: `01:00 stop 1` and so on.
fn ops(requests: &[&str], more: &str) -> String {
    worlds::requests("ops", requests, &format!("stop = {{ mode = \"StopCharging\" }}\n{more}"))
}

/// A controller `nightly` that stops the group one minute after midnight, and no more.
fn at_one_past_midnight(more: &str) -> String {
    format!(
        "[[controller]]\nname = \"nightly\"\ngroups = [\"web\"]\nacts = \"stops\"\n\
         schedule = {{ windows = [{{ days = \"mon\", from = \"00:00\", to = \"00:01\" }}] }}\n\
         stop = {{ mode = \"StopCharging\" }}\n{more}\n"
    )
}

/// Wanted from eight to eight, and a controller `nightly` that follows.
fn office(more: &str) -> String {
    format!(
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{{ days = \"daily\", from = \"08:00\", to = \"20:00\" }}]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\n{more}\n"
    )
}

/// A pool in which others take what was released at 00:05, and give it back at 00:11.
fn taken_for_six_minutes() -> String {
    pool(
        "free = 0\nsteps = [{ at = \"2026-03-02 00:05\", others = 1 }, \
         { at = \"2026-03-02 00:11\", others = -1 }]",
    )
}

/// One call fault on stops and starts between the first half-minute and the second minute.
fn early_fault(effect: &str) -> String {
    format!(
        "[[call_fault]]\nname = \"gremlin\"\n{effect}\n\
         window = {{ from = \"2026-03-02 00:00:30\", until = \"2026-03-02 00:01:30\" }}\n"
    )
}

fn calls(outcome: &Outcome, operation: OperationName) -> &CallTally {
    &outcome.counts.calls[operation as usize]
}

fn refused(tally: &CallTally, refusal: Refusal) -> u64 {
    tally.refused.get(&refusal).copied().unwrap_or(0)
}

/// What was released is taken by another; the start is refused until it comes back.
#[test]
fn a_refused_restart_succeeds_at_the_first_retry_that_finds_stock() {
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"running\""),
        taken_for_six_minutes(),
        ops(&["00:01 stop 1", "00:10 start 1"], "no_stock = { retry_every = \"2m\" }"),
    ];
    let tells =
        |fact: &Fact| states(fact) || actions(fact) || matches!(fact, Fact::StockChanged { .. });
    let run = check(
        &rest.concat(),
        &tells,
        &[
            "60 #1 Stopping(StopCharging)",
            "60 ops StopInstance #1: accepted",
            "80 #1 Stopped(StopCharging)",
            "80 stock 1 ours 0 others 0 free 1 short 0",
            "300 stock 1 ours 0 others 1 free 0 short 0",
            "600 ops StartInstance #1: 403 OperationDenied.NoStock",
            "660 stock 1 ours 0 others 0 free 1 short 0",
            // Refused at 600, known at 601, two minutes later:
            "721 #1 Starting(StopCharging)",
            "721 stock 1 ours 1 others 0 free 0 short 0",
            "721 ops StartInstance #1: accepted",
            "761 #1 Running",
        ],
    );
    let outcome = &run.outcome;
    let max = |name: LatencyName| outcome.counts.latencies[name.index()].max();
    assert_eq!(max(LatencyName::StartTimeToKnow), Some(SimDuration::from_secs(1)));
    assert_eq!(max(LatencyName::StartDueToReady), Some(SimDuration::from_secs(161)));
    assert_eq!(max(LatencyName::StartCalledToRunning), Some(SimDuration::from_secs(161)));
    assert_eq!(max(LatencyName::StartAcceptedToRunning), Some(SimDuration::from_secs(40)));
    // Wanted always, and nobody follows that: wrongly stopped until 601, known to be short of
    // stock until 721.
    let time = |state, why| outcome.ledger.time(0, state, why);
    assert_eq!(time(Running, Why::Down(DownReason::WrongStop)), 20 * SECOND);
    assert_eq!(time(StoppedEconomical, Why::Down(DownReason::WrongStop)), 521 * SECOND);
    assert_eq!(time(StoppedEconomical, Why::Down(DownReason::NoStock)), 120 * SECOND);
    assert_eq!(time(Running, Why::Down(DownReason::Boot)), 40 * SECOND);
    assert_eq!(outcome.ledger.unavailable().values().sum::<u128>(), 701 * SECOND);
    assert_eq!(
        (outcome.counts.pools[0].claims_refused, outcome.counts.pools[0].claims_granted),
        (1, 1)
    );
    // Free from 80 to 300 and from 660 to 721.
    assert_eq!(outcome.counts.pools[0].free_area, 281 * SECOND);
}

#[test]
fn after_a_shortage_one_stop_keeps_charging_and_the_next_does_not() {
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"running\""),
        taken_for_six_minutes(),
        ops(
            &["00:01 stop 1", "00:10 start 1", "00:20 stop 1", "00:30 start 1", "00:40 stop 1"],
            "no_stock = { retry_every = \"2m\", keep_charging = { stops = 1 } }",
        ),
    ];
    let run = check(
        &rest.concat(),
        &states,
        &[
            "60 #1 Stopping(StopCharging)",
            "80 #1 Stopped(StopCharging)",
            "721 #1 Starting(StopCharging)",
            "761 #1 Running",
            "1200 #1 Stopping(KeepCharging)",
            "1220 #1 Stopped(KeepCharging)",
            "1800 #1 Starting(KeepCharging)",
            "1830 #1 Running",
            "2400 #1 Stopping(StopCharging)",
            "2420 #1 Stopped(StopCharging)",
        ],
    );
    let kept = run.outcome.ledger.time_in_state(0, StoppedStandard);
    assert_eq!(kept, 580 * SECOND);
}

#[test]
fn a_lost_answer_leads_to_a_retry_that_is_refused_for_what_the_first_call_did() {
    let rest = [
        web(1, "running"),
        ops(
            &["00:01 stop 1"],
            "timeout = \"5s\"\n\
             retry = { backoff = \"fixed\", base = \"30s\", max_attempts = 3, on = [\"timeout\"] }",
        ),
        early_fault("lose_answer = true"),
    ];
    let tells = |fact: &Fact| actions(fact) || answers(fact) || beliefs(fact) || sends(fact);
    let run = check(
        &rest.concat(),
        &tells,
        &[
            "60 ops StopInstance #1 sent",
            "60 ops StopInstance #1: accepted",
            "65 ops StopInstance #1 timed out",
            "95 ops StopInstance #1 sent",
            "95 ops StopInstance #1: 403 IncorrectInstanceStatus",
            "96 ops StopInstance #1 answered 403 IncorrectInstanceStatus",
            "96 ops believes #1 Failed(Stop)",
        ],
    );
    let stops = calls(&run.outcome, OperationName::StopInstance);
    assert_eq!((stops.sent, stops.accepted, stops.timed_out), (2, 1, 1));
    assert_eq!(run.outcome.counts.beliefs.wrongly_failed, 1, "it is stopped, whatever it believes");
}

#[test]
fn a_stop_that_was_carried_out_and_answered_500_is_refused_when_it_is_repeated() {
    let rest = [
        web(1, "running"),
        ops(
            &["00:01 stop 1"],
            "retry = { backoff = \"fixed\", base = \"10s\", max_attempts = 3, on = [\"server\"] }",
        ),
        early_fault("apply_then_refuse = \"500 InternalError\"\nper = \"call\""),
    ];
    let tells = |fact: &Fact| actions(fact) || states(fact) || beliefs(fact);
    let run = check(
        &rest
            .concat()
            .replace("until = \"2026-03-02 00:01:30\"", "until = \"2026-03-02 00:01:05\""),
        &tells,
        &[
            "60 #1 Stopping(StopCharging)",
            "60 ops StopInstance #1: 500 InternalError",
            "71 ops StopInstance #1: 403 IncorrectInstanceStatus",
            "72 ops believes #1 Failed(Stop)",
            "80 #1 Stopped(StopCharging)",
        ],
    );
    let stops = calls(&run.outcome, OperationName::StopInstance);
    assert_eq!(refused(stops, Refusal::WrongStatus), 1);
    assert_eq!((stops.sent, stops.accepted), (2, 0), "the caller was never told of a success");
}

#[test]
fn a_duplicate_that_comes_late_starts_again_what_was_stopped_since() {
    let rest = [
        web(1, "stopped-standard"),
        ops(&["00:01 start 1", "00:05 stop 1"], ""),
        early_fault("duplicate = \"10m\""),
    ];
    let tells = |fact: &Fact| actions(fact) || states(fact) || answers(fact);
    let run = check(
        &rest.concat(),
        &tells,
        &[
            "60 #1 Starting(KeepCharging)",
            "60 ops StartInstance #1: accepted",
            "61 ops StartInstance #1 answered accepted",
            "90 #1 Running",
            "300 #1 Stopping(StopCharging)",
            "300 ops StopInstance #1: accepted",
            "301 ops StopInstance #1 answered accepted",
            "320 #1 Stopped(StopCharging)",
            // Sent once, delivered twice, answered once:
            "660 #1 Starting(StopCharging)",
            "660 ops StartInstance #1: accepted",
            "700 #1 Running",
        ],
    );
    let starts = calls(&run.outcome, OperationName::StartInstance);
    assert_eq!((starts.sent, starts.accepted), (1, 2));
}

#[test]
fn an_answer_later_than_the_timeout_is_never_heard() {
    let rest = [
        web(2, "running"),
        ops(&["00:01 stop 1", "00:02 stop 2"], "timeout = \"5s\""),
        early_fault("late_answer = \"20s\""),
    ];
    let tells = |fact: &Fact| answers(fact) || beliefs(fact);
    let run = check(
        &rest.concat(),
        &tells,
        &[
            "65 ops StopInstance #1 timed out",
            "65 ops believes #1 Failed(Stop)",
            "121 ops StopInstance #2 answered accepted",
            "121 ops believes #2 UnderWay(Stop)",
            "121 ops believes #2 Done(Stop)",
        ],
    );
    let api = &run.outcome.counts.latencies[LatencyName::Api(OperationName::StopInstance).index()];
    assert_eq!(
        (api.finished(), api.censored()),
        (1, 1),
        "an unheard answer counts as longer than any"
    );
    assert_eq!(
        run.outcome.ledger.time_in_state(0, StoppedEconomical),
        (86_400 * 2 - 80 - 140) * SECOND
    );
}

#[test]
fn a_stale_read_prolongs_a_wait() {
    let rest = |fault: &str| {
        let wait = "wait = { poll = \"10s\", give_up = \"10m\" }";
        [web(1, "running"), ops(&["00:01 stop 1"], wait), fault.into()].concat()
    };
    let tells = |fact: &Fact| looks(fact) || beliefs(fact);
    check(
        &rest(""),
        &tells,
        &[
            "61 ops believes #1 UnderWay(Stop)",
            "71 ops DescribeInstanceStatus #1: saw Stopping(StopCharging)",
            "82 ops DescribeInstanceStatus #1: saw Stopped(StopCharging)",
            "83 ops believes #1 Done(Stop)",
        ],
    );
    // Stopped since 80: seen as it was before for 15 s more.
    let stale = "[[call_fault]]\nname = \"replica\"\noperations = [\"DescribeInstanceStatus\"]\n\
                 stale_read = \"15s\"\n";
    check(
        &rest(stale),
        &tells,
        &[
            "61 ops believes #1 UnderWay(Stop)",
            "71 ops DescribeInstanceStatus #1: saw Running",
            "82 ops DescribeInstanceStatus #1: saw Stopping(StopCharging)",
            "93 ops DescribeInstanceStatus #1: saw Stopping(StopCharging)",
            "104 ops DescribeInstanceStatus #1: saw Stopped(StopCharging)",
            "105 ops believes #1 Done(Stop)",
        ],
    );
}

#[test]
fn a_stop_that_hangs_is_billed_until_the_platform_cuts_the_power() {
    let hang = "hang = { probability = \"100%\", power_off_after = \"2m\" }";
    let rest = [
        CALLS.into(),
        group("web", 1, &format!("initially = \"running\"\n{hang}")),
        unlimited(),
        ops(&["00:01 stop 1"], ""),
    ];
    let run = check(
        &rest.concat(),
        &states,
        &["60 #1 Stopping(StopCharging)", "185 #1 Stopped(StopCharging)"],
    );
    assert_eq!(run.outcome.counts.plain.data_loss_stops, 1);
    assert_eq!(run.outcome.ledger.time_in_state(0, Running), 185 * SECOND);
    let stopped = &run.outcome.counts.latencies[LatencyName::StopAcceptedToStopped.index()];
    assert_eq!(stopped.max(), Some(SimDuration::from_secs(125)));
}

#[test]
fn a_guest_that_shuts_itself_down_is_never_economical() {
    let rest = [
        web(1, "running"),
        "[account]\neconomical_default = true\n".into(),
        office(""),
        "[[scheduled_event]]\nname = \"operator\"\nat = \"2026-03-02 19:59\"\ngroups = [\"web\"]\n\
         guest_shutdown = true\n"
            .into(),
    ];
    let tells = |fact: &Fact| actions(fact) || states(fact);
    // At midnight it runs and is not wanted; nobody acts before eight.
    let run = check(
        &rest.concat(),
        &tells,
        &[
            "28800 nightly StartInstance #1: 403 IncorrectInstanceStatus",
            "71940 #1 Stopped(KeepCharging)",
            "72000 nightly StopInstance #1: 403 IncorrectInstanceStatus",
        ],
    );
    let time = |state, why| run.outcome.ledger.time(0, state, why);
    assert_eq!(time(StoppedStandard, Why::Down(DownReason::WrongStop)), 60 * SECOND);
    let forgone = Why::Forgone(ForgoneReason::GuestShutdown);
    assert_eq!(time(StoppedStandard, forgone), 4 * 3_600 * SECOND);
}

/// Half of what a zone has is gone for two hours, and comes back.
#[test]
fn a_shock_of_a_zone_scales_the_stock_of_its_pools() {
    let shock = |zone: &str| {
        format!(
            "[[zone_shock]]\nname = \"morning\"\nzone = \"{zone}\"\nfactor = \"1/2\"\n\
             window = {{ from = \"2026-03-02 08:00\", until = \"2026-03-02 10:00\" }}\n"
        )
    };
    let elsewhere = "[[pool]]\nname = \"far\"\nzone = \"y\"\nfamily = \"ecs.g6\"\n\
                     unit = \"instance\"\nfree = 8\n";
    let free = |zone: &str| {
        let web = group("web", 1, "initially = \"stopped-economical\"");
        let rest = [CALLS, &web, &pool("free = 10"), elsewhere, &shock(zone)];
        let run = run_text(&world("24h", &rest.concat()));
        let of = |(at, fact): &(SimTime, Fact)| {
            let Fact::StockChanged { pool, stock } = fact else { return None };
            Some((at.as_micros() / 3_600_000_000, pool.0, stock.free))
        };
        run.facts.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(free("z"), [(8, 0, 5), (10, 0, 10)]);
    assert_eq!(free("y"), [(8, 1, 4), (10, 1, 8)]);
}

/// What a controller keeps charging on its own account is told apart from what it never asked for.
#[test]
fn a_share_that_is_kept_charging_is_forgone_for_that_reason() {
    let kept = "stop = { mode = \"StopCharging\" }\nshare_keep_charging = \"1/2\"\n";
    let rest = [
        web(2, "running"),
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{ days = \"mon\", from = \"08:00\", to = \"20:00\" }]\n"
            .into(),
        format!("[[controller]]\nname = \"nightly\"\nfollows = \"office\"\n{kept}"),
    ];
    let run = run_text(&world("24h", &rest.concat()));
    let time = |state, why| run.outcome.ledger.time(0, state, why);
    let fallback = time(StoppedStandard, Why::Forgone(ForgoneReason::Fallback));
    assert_eq!(fallback, time(StoppedEconomical, Why::Intended));
    assert!(fallback > 3 * 3_600 * SECOND, "one of two, from some time after eight: {fallback}");
    assert_eq!(time(StoppedStandard, Why::Forgone(ForgoneReason::Asked)), 0);
}

#[test]
fn a_rehearsal_changes_nothing() {
    let rest = [
        web(1, "running"),
        ops(&["00:01 stop 1"], "").replace("\"StopCharging\"", "\"StopCharging\", dry_run = true"),
    ];
    let tells = |fact: &Fact| actions(fact) || states(fact) || beliefs(fact);
    let run = check(&rest.concat(), &tells, &["60 ops StopInstance #1: 400 DryRunOperation"]);
    let stops = calls(&run.outcome, OperationName::StopInstance);
    assert_eq!((stops.dry_run, stops.accepted, stops.refused.len()), (1, 0, 0));
    assert_eq!(run.outcome.ledger.time(0, Running, Why::Up), 86_400 * SECOND);
}

fn five() -> String {
    web(5, "running")
}

const EVERY_TEN_SECONDS: &str = "wait = { poll = \"10s\", give_up = \"10m\" }";

#[test]
fn a_batch_waits_for_the_answers_of_the_one_before() {
    let rest = five() + &at_one_past_midnight("batch = 2");
    check(
        &rest,
        &sends,
        &[
            "60 nightly StopInstance #1 sent",
            "60 nightly StopInstance #2 sent",
            "61 nightly StopInstance #3 sent",
            "61 nightly StopInstance #4 sent",
            "62 nightly StopInstance #5 sent",
        ],
    );
}

#[test]
fn a_batch_until_settled_waits_until_every_instance_is_seen_stopped() {
    let more = format!("batch = 2\nbatch_until = \"settled\"\n{EVERY_TEN_SECONDS}");
    let rest = five() + &at_one_past_midnight(&more);
    // Stopped after 20 s, seen at 82, known at 83.
    check(
        &rest,
        &sends,
        &[
            "60 nightly StopInstance #1 sent",
            "60 nightly StopInstance #2 sent",
            "83 nightly StopInstance #3 sent",
            "83 nightly StopInstance #4 sent",
            "106 nightly StopInstance #5 sent",
        ],
    );
}

#[test]
fn under_a_concurrency_limit_one_goes_when_one_is_done() {
    let slow = group("slow", 1, "initially = \"running\"").replace("\"20s\"", "\"40s\"");
    let more = format!("concurrency = 2\n{EVERY_TEN_SECONDS}");
    let nightly =
        at_one_past_midnight(&more).replace("groups = [\"web\"]", "groups = [\"slow\", \"web\"]");
    let rest =
        [CALLS.into(), slow, group("web", 3, "initially = \"running\""), unlimited(), nightly];
    // #2 is known to be stopped at 83, the slow #1 at 105, #3 at 106.
    check(
        &rest.concat(),
        &sends,
        &[
            "60 nightly StopInstance #1 sent",
            "60 nightly StopInstance #2 sent",
            "83 nightly StopInstance #3 sent",
            "105 nightly StopInstance #4 sent",
        ],
    );
}

#[test]
fn a_rate_keeps_calls_apart_and_a_stagger_spreads_them() {
    let apart = |step: u64| {
        let line = |n: u64| format!("{} nightly StopInstance #{} sent", 60 + step * n, n + 1);
        (0..5).map(line).collect::<Vec<String>>()
    };
    for (more, step) in [("rate = \"20/m\"", 3), ("stagger = \"10s\"", 2)] {
        let expected = apart(step);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&(five() + &at_one_past_midnight(more)), &sends, &expected);
    }
}

#[test]
fn what_is_started_ahead_is_early_and_its_lead_is_a_missed_saving() {
    let rest = [web(1, "stopped-economical"), office("lead = \"10m\"")];
    let run = check(
        &rest.concat(),
        &states,
        &[
            "28200 #1 Starting(StopCharging)",
            "28240 #1 Running",
            "72000 #1 Stopping(StopCharging)",
            "72020 #1 Stopped(StopCharging)",
        ],
    );
    let outcome = &run.outcome;
    let ready = &outcome.counts.latencies[LatencyName::StartDueToReady.index()];
    assert_eq!((ready.early(), ready.finished(), ready.already()), (1, 1, 0));
    assert_eq!(ready.max(), Some(SimDuration::ZERO), "early counts as no wait at all");
    assert_eq!((outcome.waves[0].all.size, outcome.waves[0].already_there), (1, 1));
    let time = |state, why| outcome.ledger.time(0, state, why);
    assert_eq!(time(Running, Why::Missed(MissedReason::Lead)), 600 * SECOND);
    assert_eq!(time(Running, Why::Missed(MissedReason::Stopping)), 20 * SECOND);
    assert_eq!(time(Running, Why::Up), 12 * 3_600 * SECOND);
    let slept = 28_200 + (86_400 - 72_020);
    assert_eq!(time(StoppedEconomical, Why::Intended), slept * SECOND);
}

#[test]
fn what_another_controller_starts_at_night_is_a_saving_missed_by_it() {
    let rest = [web(1, "stopped-economical"), office(""), ops(&["21:00 start 1"], "")];
    let run = check(
        &rest.concat(),
        &states,
        &[
            "28800 #1 Starting(StopCharging)",
            "28840 #1 Running",
            "72000 #1 Stopping(StopCharging)",
            "72020 #1 Stopped(StopCharging)",
            "75600 #1 Starting(StopCharging)",
            "75640 #1 Running",
        ],
    );
    let time = |state, why| run.outcome.ledger.time(0, state, why);
    let restarted = Why::Missed(MissedReason::Restarted);
    assert_eq!(time(Running, restarted), 3 * 3_600 * SECOND);
    assert_eq!(time(Running, Why::Down(DownReason::Boot)), 40 * SECOND);
    assert_eq!(run.outcome.waves[0].lost_us, 40 * SECOND);
    assert_eq!(run.outcome.waves[0].t95, Some(SimDuration::from_secs(40)));
}

#[test]
fn what_another_controller_stops_by_day_is_down_because_of_it() {
    let rest =
        [web(1, "stopped-economical"), office(""), ops(&["12:00 stop 1", "12:30 start 1"], "")];
    let run = check(
        &rest.concat(),
        &actions,
        &[
            "28800 nightly StartInstance #1: accepted",
            "43200 ops StopInstance #1: accepted",
            "45000 ops StartInstance #1: accepted",
            "72000 nightly StopInstance #1: accepted",
        ],
    );
    let time = |state, why| run.outcome.ledger.time(0, state, why);
    let other = Why::Down(DownReason::OtherController);
    assert_eq!(time(Running, other), 20 * SECOND);
    assert_eq!(time(StoppedEconomical, other), 1_780 * SECOND);
    assert_eq!(time(Running, Why::Down(DownReason::Boot)), 80 * SECOND);
}

#[test]
fn a_window_across_midnight_belongs_to_the_day_it_begins_on() {
    let night =
        office("").replace("\"08:00\"", "\"20:00\"").replace("to = \"20:00\"", "to = \"04:00\"");
    let rest = [web(1, "stopped-economical"), night.replace("daily", "mon..tue")];
    let plan = plan(&world("3d", &rest.concat()));
    let run = run_plan(&plan, FIRST);
    let told = told(&plan, &run, |fact| matches!(fact, Fact::Demanded { .. }));
    // Sunday's night is nobody's; Tuesday's ends on Wednesday.
    let expected = "72000 #1 wanted\n100800 #1 unwanted\n158400 #1 wanted\n187200 #1 unwanted\n";
    assert_eq!(told, expected);
}

#[test]
fn statistics_begin_after_the_warm_up_and_the_world_goes_on() {
    let rest = [web(1, "stopped-economical"), office("")];
    let text = world("2d", &rest.concat());
    let plan = plan(&text.replace("length = \"2d\"", "length = \"2d\"\nwarm_up = \"21h\""));
    let outcome = run_plan(&plan, FIRST).outcome;
    let (stops, starts) = (
        calls(&outcome, OperationName::StopInstance),
        calls(&outcome, OperationName::StartInstance),
    );
    assert_eq!((stops.accepted, starts.accepted), (1, 1), "Tuesday's alone");
    assert_eq!(outcome.waves.len(), 2);
    let time = |state, why| outcome.ledger.time(0, state, why);
    assert_eq!(time(Running, Why::Up), (12 * 3_600 - 40) * SECOND);
    // From nine on Monday evening, and after Tuesday's stop.
    let slept = 11 * 3_600 + 4 * 3_600 - 20;
    assert_eq!(time(StoppedEconomical, Why::Intended), slept * SECOND);
    assert_eq!(outcome.checkpoints.len(), 47, "one per hour, whenever statistics begin");
}

#[test]
fn what_is_due_when_the_warm_up_ends_is_measured() {
    let rest = [web(1, "stopped-economical"), office("")];
    let text = world("1d", &rest.concat());
    let plan = plan(&text.replace("length = \"1d\"", "length = \"1d\"\nwarm_up = \"20h\""));
    let outcome = run_plan(&plan, FIRST).outcome;
    assert_eq!(outcome.waves.iter().map(|wave| wave.done).collect::<Vec<u64>>(), [1]);
    let stopped = &outcome.counts.latencies[LatencyName::StopDueToStopped.index()];
    assert_eq!(stopped.max(), Some(SimDuration::from_secs(20)));
    assert_eq!(calls(&outcome, OperationName::StopInstance).sent, 1);
}

fn stock(fact: &Fact) -> bool {
    matches!(fact, Fact::StockChanged { .. })
}

#[test]
fn a_loss_larger_than_the_pool_gives_back_what_it_took() {
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"running\""),
        pool("free = 2"),
        "[[environment_fault]]\nname = \"fire\"\npools = [\"g7\"]\nstock_loss = 10\n\
         window = { from = \"2026-03-02 01:00\", until = \"2026-03-02 02:00\" }\n"
            .into(),
    ];
    // Our running instance is not evicted: its unit is owed while there is nothing.
    check(
        &rest.concat(),
        &stock,
        &[
            "3600 stock 0 ours 1 others 0 free 0 short 1",
            "7200 stock 3 ours 1 others 0 free 2 short 0",
        ],
    );
}

#[test]
fn a_listed_step_gives_back_only_what_listed_steps_took() {
    let steps = "steps = [{ at = \"2026-03-02 01:00\", others = 3 }, \
                 { at = \"2026-03-02 02:00\", others = -9 }]";
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"running\""),
        pool(&format!("free = 2\n{steps}")),
    ];
    check(
        &rest.concat(),
        &stock,
        &[
            "3600 stock 3 ours 1 others 2 free 0 short 0",
            "7200 stock 3 ours 1 others 0 free 2 short 0",
        ],
    );
    // Tenants that came by themselves stay until they leave by themselves.
    let others = "others = { per_hour = 4, hold = { exponential = \"2h\" } }";
    let rest = rest[..2].concat() + &pool(&format!("free = 9\n{others}\n{steps}"));
    let run = run_plan(&plan(&world("1d", &rest)), FIRST);
    assert!(run.outcome.counts.pools[0].tenants_arrived > 50);
}

#[test]
fn a_stop_without_a_mode_follows_the_account_as_it_is_then() {
    let rest = [
        web(1, "running"),
        "[account]\nchanges = [{ at = \"2026-03-02 00:05\", economical_default = true }]\n".into(),
        ops(&["00:01 stop 1", "00:02 start 1", "00:10 stop 1"], "")
            .replace("stop = { mode = \"StopCharging\" }\n", ""),
    ];
    let run = check(
        &rest.concat(),
        &states,
        &[
            "60 #1 Stopping(KeepCharging)",
            "80 #1 Stopped(KeepCharging)",
            "120 #1 Starting(KeepCharging)",
            "150 #1 Running",
            "600 #1 Stopping(StopCharging)",
            "620 #1 Stopped(StopCharging)",
        ],
    );
    assert_eq!(run.outcome.counts.relied_on_default, 2);
}

#[test]
fn an_economical_stop_changes_a_static_address_and_leaves_an_elastic_one() {
    let with = |name: &str, address: &str, rate: &str| {
        group(name, 1, &format!("initially = \"running\"\npublic_address = \"{address}\"\n{rate}"))
    };
    let ops = |name: &str, mode: &str, group: &str| {
        ops(&["00:01 stop 1", "00:10 start 1"], "")
            .replace("\"ops\"", &format!("\"{name}\""))
            .replace("web-0001", group)
            .replace("StopCharging", mode)
    };
    let rest = [
        CALLS.into(),
        with("fixed", "static-by-bandwidth", "bandwidth_mbps = 1\nbandwidth_rate = \"1 CNY/h\""),
        with("kept", "static-by-bandwidth", "bandwidth_mbps = 1\nbandwidth_rate = \"1 CNY/h\""),
        with("elastic", "eip", "eip_rate = \"1 CNY/h\""),
        unlimited(),
        ops("a", "StopCharging", "fixed-0001"),
        ops("b", "KeepCharging", "kept-0001"),
        ops("c", "StopCharging", "elastic-0001"),
    ];
    let run = check(
        &rest.concat(),
        &|fact| matches!(fact, Fact::AddressChanged { .. }),
        &["640 #1 has another address"],
    );
    assert_eq!(run.outcome.counts.changed_addresses, 1);
    assert_eq!(run.outcome.counts.changed_address_instances, [0]);
}

/// Two types in pools of their own; the first is short until six minutes past midnight.
fn two_types(partition: &str) -> String {
    let other = group("api", 2, "initially = \"stopped-economical\"").replace("g7", "c7");
    let other_pool = unlimited().replace("g7", "c7");
    [
        CALLS.to_owned(),
        group("web", 2, "initially = \"stopped-economical\""),
        pool("free = 0\nsteps = [{ at = \"2026-03-02 00:06\", total = 2 }]"),
        other,
        other_pool,
        format!(
            "[[controller]]\nname = \"ops\"\ngroups = [\"web\", \"api\"]\nacts = \"starts\"\n\
             schedule = {{ windows = [{{ days = \"mon\", from = \"00:01\", to = \"00:30\" }}] }}\n\
             batch = 2\nbatch_until = \"settled\"\n{partition}\n\
             no_stock = {{ retry_every = \"4m\", give_up = \"20m\" }}\n"
        ),
    ]
    .concat()
}

#[test]
fn one_short_type_holds_up_every_batch_behind_it() {
    let lines = [
        "60 ops StartInstance #1 sent",
        "60 ops StartInstance #2 sent",
        "301 ops StartInstance #1 sent",
        "301 ops StartInstance #2 sent",
        "542 ops StartInstance #1 sent",
        "542 ops StartInstance #2 sent",
        "543 ops StartInstance #3 sent",
        "543 ops StartInstance #4 sent",
    ];
    check(&two_types(""), &sends, &lines);
}

#[test]
fn batches_by_type_and_zone_go_their_own_way() {
    let lines = [
        "60 ops StartInstance #1 sent",
        "60 ops StartInstance #2 sent",
        "60 ops StartInstance #3 sent",
        "60 ops StartInstance #4 sent",
        "301 ops StartInstance #1 sent",
        "301 ops StartInstance #2 sent",
        "542 ops StartInstance #1 sent",
        "542 ops StartInstance #2 sent",
    ];
    check(&two_types("partition = \"type_and_zone\""), &sends, &lines);
}

/// A wave's common luck is that of booting: what the search for compute adds is drawn for itself.
#[test]
fn a_wave_factor_stretches_the_start_and_not_the_allocation() {
    let office = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"mon\", from = \"08:00\", to = \"20:00\" }]\n\
                  [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                  stop = { mode = \"StopCharging\" }\n";
    let slow = group("web", 1, "").replace("wave_factor = \"1\"", "wave_factor = \"3\"");
    check(
        &format!("{CALLS}{slow}{}{office}", pool("free = 1")),
        &|fact| states(fact),
        &[
            "28800 #1 Starting(StopCharging)",
            // 30 s three times, and 10 s once.
            "28900 #1 Running",
            "72000 #1 Stopping(StopCharging)",
            "72020 #1 Stopped(StopCharging)",
        ],
    );
}
