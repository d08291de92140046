//! Properties, told facts one by one: when each is violated, and when it just is not.

use std::sync::Arc;

use stopsim::controller::policy::{Drive, MissingRead, Poll};
use stopsim::ecs::id::{InstanceId, PoolId};
use stopsim::ecs::instance::{State, StoppedMode};
use stopsim::ecs::inventory::{Stock, StockSpec};
use stopsim::ecs::operation::OperationName;
use stopsim::ecs::refusal::Refusal;
use stopsim::engine::Occasion;
use stopsim::fact::{Action, Belief, CallAnswer, CallFact, Fact};
use stopsim::hunt::selftest::worlds::world_of;
use stopsim::property::{BUILT_IN, Count, Reason, Verdict, Watch};
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;
use stopsim::units::{SimDuration, SimTime};

/// Three instances, wanted from 8 to 20 o'clock; a controller that stops and starts them.
fn plan(properties: &str) -> Plan {
    let text = world_of("takes-local-time-for-utc").text(None) + properties;
    match load("s.toml", &Memory::new().with("s.toml", &text), &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

fn at(hour: u64, minute: u64, second: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs((hour * 60 + minute) * 60 + second)
}

const WEB: InstanceId = InstanceId(0);
const RUNNING: State = State::Running;
const STOPPED: State = State::Stopped { effective: StoppedMode::StopCharging };
const STOPPING: State = State::Stopping { effective: StoppedMode::StopCharging };
const STARTING: State = State::Starting { from: StoppedMode::StopCharging };

fn turns(from: State, to: State) -> Fact {
    Fact::StateChanged { instance: WEB, from, to }
}

fn wanted(wanted: bool) -> Fact {
    Fact::Demanded { instance: WEB, wanted }
}

fn believes(belief: Belief) -> Fact {
    Fact::BeliefChanged { controller: 0, instance: WEB, belief }
}

fn call(operation: OperationName) -> CallFact {
    CallFact {
        operation,
        controller: 0,
        instance: WEB,
        occasion: Occasion::number(0),
        number: 0,
        shared: operation.is_batch(),
        asks: None,
    }
}

fn sent(operation: OperationName) -> Fact {
    Fact::CallSent(call(operation))
}

fn accepted(operation: OperationName) -> Fact {
    Fact::CallHandled(call(operation), CallAnswer::Accepted)
}

fn refused(operation: OperationName, refusal: Refusal) -> Fact {
    Fact::CallHandled(call(operation), CallAnswer::Refused(refusal))
}

/// What came of a property when these facts were told, and the run was over.
fn verdict(plan: &Plan, name: &str, facts: &[(SimTime, Fact)]) -> Verdict {
    let mut watch = Watch::new(plan.watched());
    facts.iter().for_each(|(at, fact)| watch.fact(*at, fact));
    watch.end();
    let mut places = 0..u16::try_from(plan.properties.count()).unwrap();
    watch.verdict(places.find(|place| plan.properties.name(*place) == name).expect("it is there"))
}

/// When it was known that it is violated, in seconds since 8 o'clock.
#[track_caller]
fn violated(plan: &Plan, name: &str, facts: &[(SimTime, Fact)]) -> u64 {
    let verdict = verdict(plan, name, facts);
    let Verdict::Violated(one) = verdict else { panic!("{name}: {verdict:?}") };
    one.at.since(at(8, 0, 0)).as_micros() / 1_000_000
}

/// Its controller waits for a status.
fn waiting() -> Plan {
    let mut plan = plan("");
    let poll = Poll {
        operation: OperationName::DescribeInstanceStatus,
        first: SimDuration::from_secs(5),
        interval: SimDuration::from_secs(5),
        longest: None,
        read_errors: None,
        give_up: SimDuration::from_hours(1),
        missing_read: MissingRead::KeepPolling,
    };
    plan.controllers[0].wait = Some(poll);
    plan
}

#[test]
fn who_does_not_wait_is_right_when_it_is_on_its_way() {
    let plan = plan("");
    let told = |state| {
        [
            (at(8, 0, 0), wanted(true)),
            (at(8, 0, 0), turns(STOPPED, state)),
            (at(8, 0, 1), believes(Belief::Done(Action::Start))),
        ]
    };
    assert_eq!(verdict(&plan, "belief_truth", &told(STARTING)), Verdict::Holds);
    assert_eq!(violated(&plan, "belief_truth", &told(STOPPING)), 61);
}

#[test]
fn who_says_that_it_is_done_may_be_a_minute_early() {
    let plan = waiting();
    let told = |second: u64| {
        [
            (at(8, 0, 0), wanted(true)),
            (at(8, 0, 0), turns(STOPPED, STARTING)),
            (at(8, 0, 1), believes(Belief::Done(Action::Start))),
            (at(8, 0, second), turns(STARTING, RUNNING)),
        ]
    };
    assert_eq!(verdict(&plan, "belief_truth", &told(61)), Verdict::Holds);
    assert_eq!(violated(&plan, "belief_truth", &told(62)), 61);
}

#[test]
fn who_says_that_it_failed_is_wrong_when_it_is_done_a_minute_later() {
    let plan = plan("");
    let told = |second: u64| {
        [
            (at(8, 0, 0), wanted(true)),
            (at(8, 0, 0), turns(STOPPED, STARTING)),
            (at(8, 0, 1), believes(Belief::Failed(Action::Start))),
            (at(8, 0, second), turns(STARTING, RUNNING)),
        ]
    };
    assert_eq!(violated(&plan, "belief_truth", &told(30)), 61);
    assert_eq!(verdict(&plan, "belief_truth", &told(90)), Verdict::Holds);
}

/// It was so when it was asked for, and somebody else undid it: that is no wrong belief.
#[test]
fn who_was_right_when_it_asked_is_not_wrong_when_others_undo_it() {
    let plan = waiting();
    let intended =
        Fact::Intended { controller: 0, instance: WEB, action: Action::Start, due: at(8, 0, 0) };
    let told = |intends_at: u64| {
        [
            (at(7, 0, 0), turns(STOPPED, RUNNING)),
            (at(8, 0, intends_at), intended),
            (at(8, 0, 5), turns(RUNNING, STOPPING)),
            (at(8, 0, 9), believes(Belief::Done(Action::Start))),
        ]
    };
    assert_eq!(verdict(&plan, "belief_truth", &told(0)), Verdict::Holds);
    let mut late = told(0).to_vec();
    late.swap(1, 2);
    late[2].0 = at(8, 0, 7);
    assert_eq!(violated(&plan, "belief_truth", &late), 69);
}

#[test]
fn a_stop_that_takes_effect_in_another_mode_is_not_as_asked() {
    let plan = plan("");
    let kept = State::Stopping { effective: StoppedMode::KeepCharging };
    let told = |to| {
        [(at(20, 0, 0), turns(RUNNING, to)), (at(20, 0, 0), accepted(OperationName::StopInstance))]
    };
    assert_eq!(verdict(&plan, "mode_as_asked", &told(STOPPING)), Verdict::Holds);
    assert_eq!(violated(&plan, "mode_as_asked", &told(kept)), 12 * 3_600);
    let by_the_guest = [(at(20, 0, 0), turns(RUNNING, kept))];
    let silent = Verdict::Inconclusive(Reason::NotArmed);
    assert_eq!(verdict(&plan, "mode_as_asked", &by_the_guest), silent);
}

/// A client has no policy: what its first stop said is what it means.
#[test]
fn a_client_that_says_no_mode_any_more_means_the_one_that_it_said_first() {
    let mut plan = plan("");
    plan.controllers[0].drive = Drive::Client { follows: None, program: None };
    let mut held = plan.clone();
    held.controllers[0].stop.mode = Some(StoppedMode::StopCharging);
    plan.controllers[0].stop.mode = None;
    let kept = State::Stopping { effective: StoppedMode::KeepCharging };
    let stop = |operation, asks| CallFact { asks, ..call(operation) };
    let told = |first: CallFact, then: CallFact| {
        [
            (at(20, 0, 0), wanted(false)),
            (at(20, 0, 0), Fact::CallSent(first)),
            (at(20, 1, 0), Fact::CallSent(then)),
            (at(20, 1, 0), turns(RUNNING, kept)),
            (at(20, 1, 0), Fact::CallHandled(then, CallAnswer::Accepted)),
        ]
    };
    let (one, list) = (OperationName::StopInstance, OperationName::StopInstances);
    let (economical, keeping) = (Some(StoppedMode::StopCharging), Some(StoppedMode::KeepCharging));
    for operation in [one, list] {
        let lost = told(stop(operation, economical), stop(operation, None));
        assert_eq!(violated(&plan, "mode_as_asked", &lost), 12 * 3_600 + 60);
        let chosen = told(stop(operation, economical), stop(operation, keeping));
        assert_eq!(verdict(&plan, "mode_as_asked", &chosen), Verdict::Holds);
        // Unless the scenario says which it is to be.
        assert_eq!(violated(&held, "mode_as_asked", &chosen), 12 * 3_600 + 60);
        let silent = told(stop(operation, None), stop(operation, None));
        let not_armed = Verdict::Inconclusive(Reason::NotArmed);
        assert_eq!(verdict(&plan, "mode_as_asked", &silent), not_armed);
        // Another evening is another stop.
        let mut later = told(stop(operation, economical), stop(operation, None));
        later[0].0 = at(19, 0, 0);
        later[1].0 = at(19, 0, 0);
        let again = [later[0], later[1], (at(20, 0, 30), wanted(false)), later[3], later[4]];
        assert_eq!(verdict(&plan, "mode_as_asked", &again), not_armed);
    }
}

#[test]
fn a_stop_of_what_is_wanted_has_a_minute_of_grace() {
    let plan = plan("");
    let told = |second: u64| {
        [
            (at(7, 0, 0), turns(STOPPED, RUNNING)),
            (at(8, 0, 0), wanted(true)),
            (at(8, 0, second), turns(RUNNING, STOPPING)),
            (at(8, 0, second), accepted(OperationName::StopInstance)),
        ]
    };
    assert_eq!(verdict(&plan, "not_stopped_while_wanted", &told(59)), Verdict::Holds);
    assert_eq!(violated(&plan, "not_stopped_while_wanted", &told(60)), 60);
}

#[test]
fn what_stays_down_for_an_hour_undisturbed_does_not_converge() {
    let plan = plan("");
    let begins = [(at(8, 0, 0), wanted(true))];
    assert_eq!(violated(&plan, "converges", &begins), 3_600);
    let struck = Fact::FaultStruck { rule: plan.controllers[0].identity, instance: WEB };
    let disturbed = [begins[0], (at(8, 30, 0), struck)];
    assert_eq!(violated(&plan, "converges", &disturbed), 5_400);
    let no_stock = refused(OperationName::StartInstance, Refusal::NoStock);
    let short = [begins[0], (at(8, 50, 0), no_stock)];
    assert_eq!(violated(&plan, "converges", &short), 6_600);
    let just_in_time = [begins[0], (at(8, 59, 59), turns(STOPPED, STARTING))];
    assert_eq!(verdict(&plan, "converges", &just_in_time), Verdict::Holds);
}

/// Who is struck now and then and goes on wrongly is not excused for ever: only the time from a fault
/// to the next call does not count.
#[test]
fn faults_that_keep_striking_excuse_no_more_than_the_time_to_the_next_call() {
    let plan = plan("");
    let rule = plan.controllers[0].identity;
    let look = call(OperationName::DescribeInstances);
    let seen = Fact::CallHandled(look, CallAnswer::Seen(STOPPED));
    let mut told = vec![(at(8, 0, 0), wanted(true))];
    for ten in 1..12 {
        let minute = 10 * ten;
        told.push((at(8, minute, 0), Fact::FaultStruck { rule, instance: WEB }));
        told.push((at(8, minute, 0), seen));
        told.push((at(8, minute + 1, 0), seen));
    }
    // Five minutes of the first hour, and that from 9:00 to 9:01, do not count.
    assert_eq!(violated(&plan, "converges", &told), 66 * 60);
    // Whom no call reached since then has an hour.
    told.truncate(3);
    assert_eq!(violated(&plan, "converges", &told), 70 * 60);
    // All calls fail for two hours: nothing of that counts.
    let mut outage = vec![(at(8, 0, 0), wanted(true))];
    for minute in 0..120 {
        outage.push((at(8, minute, 0), Fact::FaultStruck { rule, instance: WEB }));
        outage.push((at(8, minute, 0), seen));
    }
    assert_eq!(violated(&plan, "converges", &outage), 119 * 60 + 3_600);
    outage.push((at(10, 0, 0), turns(STOPPED, STARTING)));
    assert_eq!(verdict(&plan, "converges", &outage), Verdict::Holds);
}

/// What an instance is at time 0 nobody was told to change.
#[test]
fn what_is_otherwise_at_time_0_is_owed_from_when_what_is_wanted_changes() {
    let mut plan = plan("");
    plan.demands[0].initially = true;
    let not_armed = Verdict::Inconclusive(Reason::NotArmed);
    for name in ["converges", "no_silent_loss"] {
        assert_eq!(verdict(&plan, name, &[]), not_armed);
    }
    assert_eq!(violated(&plan, "converges", &[(at(8, 0, 0), wanted(true))]), 3_600);
}

/// Nobody has to follow a demand to be asked about what it wants.
#[test]
fn a_client_with_a_calendar_of_its_own_looks_after_what_is_wanted() {
    let mut plan = plan("");
    plan.controllers[0].drive = Drive::Client { follows: None, program: None };
    assert_eq!(violated(&plan, "converges", &[(at(8, 0, 0), wanted(true))]), 3_600);
}

#[test]
fn without_stock_from_the_beginning_nothing_is_owed_before_there_is_some() {
    let mut plan = plan("");
    Arc::make_mut(&mut plan.region).pools[0].stock = StockSpec::Limited { free: 0 };
    let begins = (at(8, 0, 0), wanted(true));
    assert_eq!(verdict(&plan, "converges", &[begins]), Verdict::Inconclusive(Reason::NotArmed));
    let one = Stock { total: 4, ours: 3, others: 0, free: 1, deficit: 0 };
    let comes = (at(9, 30, 0), Fact::StockChanged { pool: PoolId(0), stock: one });
    assert_eq!(violated(&plan, "converges", &[begins, comes]), 5_400 + 3_600);
}

/// A fault strikes whatever a list or page is about, and not only what stands first on it.
#[test]
fn a_fault_of_a_list_excuses_all_that_its_caller_looks_after() {
    let plan = plan("");
    let (first, rule) = (InstanceId(2), plan.controllers[0].identity);
    let struck = Fact::FaultStruck { rule, instance: first };
    let told = |shared: bool| {
        let call = CallFact { instance: first, shared, ..call(OperationName::StartInstances) };
        let refused = CallAnswer::Refused(Refusal::ServiceUnavailable);
        [
            (at(8, 0, 0), wanted(true)),
            (at(8, 30, 0), struck),
            (at(8, 30, 0), Fact::CallHandled(call, refused)),
        ]
    };
    assert_eq!(violated(&plan, "converges", &told(true)), 5_400);
    assert_eq!(violated(&plan, "converges", &told(false)), 3_600);
    let [wanted, struck, handled] = told(true);
    let another = (at(8, 40, 0), handled.1);
    assert_eq!(violated(&plan, "converges", &[wanted, struck, another]), 3_600);
}

/// Without stock nothing is owed; from when it is there again the hour begins anew, also where no
/// time at all is allowed for.
#[test]
fn what_finds_no_stock_is_owed_from_when_there_is_some() {
    let plan = plan("");
    let pool = |free| {
        let stock = Stock { total: 3, ours: 0, others: 3 - free, free, deficit: 0 };
        Fact::StockChanged { pool: PoolId(0), stock }
    };
    let told = [(at(7, 0, 0), pool(0)), (at(8, 0, 0), wanted(true)), (at(8, 30, 0), pool(2))];
    let owed = |plan: &Plan, facts: &[(SimTime, Fact)]| violated(plan, "converges", facts);
    assert_eq!(owed(&plan, &told), 1_800 + 3_600);
    let late = [told[0], told[1], (at(11, 0, 0), pool(2))];
    assert_eq!(owed(&plan, &late), 3 * 3_600 + 3_600);
    let at_once = self::plan("[[property]]\nname = \"converges\"\ngrace = \"0s\"\n");
    assert_eq!(owed(&at_once, &late), 3 * 3_600);
    let never = verdict(&at_once, "converges", &told[..2]);
    assert!(!matches!(never, Verdict::Violated(_)), "{never:?}");
}

#[test]
fn a_probability_that_cannot_be_shown_is_a_mistake() {
    let own = "[[property]]\nname = \"own\"\nnever = \"down\"\n";
    for (keys, says) in [
        ("probability_below = \"0\"\n", "no probability is below zero"),
        ("probability_below = \"1%\"\nconfidence = \"1\"\n", "is no confidence"),
        ("probability_below = \"1%\"\nconfidence = \"50%\"\n", "is no confidence"),
        ("probability_below = \"1%\"\nconfidence = \"0\"\n", "is no confidence"),
    ] {
        let text = world_of("takes-local-time-for-utc").text(None) + own + keys;
        let errors = load("s.toml", &Memory::new().with("s.toml", text), &[]).unwrap_err();
        assert!(errors.to_string().contains(says), "{keys}: {errors}");
    }
}

#[test]
fn a_start_that_never_came_is_lost_silently_unless_somebody_says_so() {
    let plan = plan("");
    let day = |belief| {
        [
            (at(8, 0, 0), wanted(true)),
            (at(8, 5, 0), believes(belief)),
            (at(20, 0, 0), wanted(false)),
        ]
    };
    let name = "no_silent_loss";
    assert_eq!(violated(&plan, name, &day(Belief::Done(Action::Start))), 12 * 3_600);
    assert_eq!(violated(&plan, name, &day(Belief::Done(Action::Stop))), 12 * 3_600);
    assert_eq!(verdict(&plan, name, &day(Belief::Failed(Action::Start))), Verdict::Holds);
    assert_eq!(verdict(&plan, name, &day(Belief::UnderWay(Action::Start))), Verdict::Holds);
}

/// A client need not say what it believes; one that does is asked about all it looks after.
#[test]
fn who_never_says_what_it_believes_is_silent_about_nothing() {
    let mut plan = plan("");
    plan.controllers[0].drive = Drive::Client { follows: Some(0), program: None };
    let lost = (at(8, 0, 0), wanted(true));
    let not_armed = Verdict::Inconclusive(Reason::NotArmed);
    assert_eq!(verdict(&plan, "no_silent_loss", &[lost]), not_armed);
    let (instance, belief) = (InstanceId(1), Belief::UnderWay(Action::Start));
    let other = Fact::BeliefChanged { controller: 0, instance, belief };
    let told = [lost, (at(8, 0, 1), other)];
    let verdict = verdict(&plan, "no_silent_loss", &told);
    let Verdict::Violated(one) = verdict else { panic!("{verdict:?}") };
    assert_eq!(one.instance, Some(WEB));
}

#[test]
fn calls_beyond_the_budget_of_a_window_are_too_many() {
    let plan = plan("[[property]]\nname = \"call_budget\"\nat_most = 3\nwindow = \"1m\"\n");
    let told = |seconds: [u64; 4]| {
        seconds.map(|second| (at(8, 0, second), sent(OperationName::StartInstance)))
    };
    assert_eq!(verdict(&plan, "call_budget", &told([0, 1, 2, 60])), Verdict::Holds);
    assert_eq!(violated(&plan, "call_budget", &told([0, 1, 2, 59])), 59);
}

#[test]
fn the_third_call_for_what_has_been_so_is_one_too_many() {
    let plan = plan("");
    let mut told = vec![(at(8, 0, 0), wanted(true)), (at(8, 1, 0), turns(STOPPED, RUNNING))];
    for minute in [5, 20, 30] {
        told.push((at(8, minute, 0), sent(OperationName::StartInstance)));
    }
    assert_eq!(verdict(&plan, "quiesces", &told), Verdict::Holds);
    told.push((at(8, 40, 0), sent(OperationName::StartInstance)));
    assert_eq!(violated(&plan, "quiesces", &told), 2_400);
}

#[test]
fn an_instance_and_its_replacement_may_both_run_for_five_minutes() {
    let plan = plan("");
    let other = InstanceId(1);
    let told = |minute: u64| {
        [
            (at(8, 0, 0), turns(STOPPED, RUNNING)),
            (at(8, 0, 0), Fact::Replaced { controller: 0, instance: WEB, by: other }),
            (at(8, 1, 0), Fact::StateChanged { instance: other, from: STARTING, to: RUNNING }),
            (at(8, minute, 0), turns(RUNNING, STOPPING)),
        ]
    };
    assert_eq!(verdict(&plan, "one_running_per_slot", &told(6)), Verdict::Holds);
    assert_eq!(violated(&plan, "one_running_per_slot", &told(7)), 360);
}

/// One that the scenario writes.
fn written(keys: &str) -> Plan {
    plan(&format!("[[property]]\nname = \"own\"\n{keys}\n"))
}

#[test]
fn what_is_always_so_may_be_broken_within_an_instant_or_a_tolerance() {
    let always = written("always = \"running(web) >= 1\"\ntolerance = \"1m\"");
    let told = |second: u64| {
        [
            (at(0, 0, 0), turns(STOPPED, RUNNING)),
            (at(8, 0, 0), turns(RUNNING, STOPPED)),
            (at(8, 0, second), turns(STOPPED, RUNNING)),
        ]
    };
    assert_eq!(verdict(&always, "own", &told(60)), Verdict::Holds);
    assert_eq!(violated(&always, "own", &told(61)), 60);
    let strict = written("never = \"running(web) = 0\"");
    assert_eq!(verdict(&strict, "own", &told(0)), Verdict::Holds);
    assert_eq!(violated(&strict, "own", &told(1)), 0);
}

#[test]
fn what_is_owed_after_something_is_owed_while_that_lasts() {
    let eventually = written(
        "eventually = \"running(web-0001) = 1\"\nafter = \"wanted(web-0001) = 1\"\nby = \"15m\"",
    );
    let wanted_at_8 = (at(8, 0, 0), wanted(true));
    assert_eq!(violated(&eventually, "own", &[wanted_at_8]), 900);
    let in_time = [wanted_at_8, (at(8, 15, 0), turns(STOPPED, RUNNING))];
    assert_eq!(verdict(&eventually, "own", &in_time), Verdict::Holds);
    let called_off = [wanted_at_8, (at(8, 14, 0), wanted(false))];
    let silent = Verdict::Inconclusive(Reason::NotArmed);
    assert_eq!(verdict(&eventually, "own", &called_off), silent);
    let at_the_end = [(at(47, 50, 0), wanted(true))];
    let open = Verdict::Inconclusive(Reason::NotDue);
    assert_eq!(verdict(&eventually, "own", &at_the_end), open);
}

#[test]
fn what_happens_sometimes_and_never_did_is_told_as_not_reached() {
    let sometimes = written("sometimes = \"refusals(web, stock) >= 2\"");
    let refusal = |minute| {
        let answer = CallAnswer::Refused(Refusal::NoStock);
        (at(8, minute, 0), Fact::AnswerDelivered(call(OperationName::StartInstance), answer))
    };
    let never = Verdict::Inconclusive(Reason::NotReached);
    assert_eq!(verdict(&sometimes, "own", &[refusal(0)]), never);
    assert_eq!(verdict(&sometimes, "own", &[refusal(0), refusal(1)]), Verdict::Holds);
}

#[test]
fn a_window_of_calls_slides() {
    let never = written("never = \"calls(c, StartInstance, 10m) > 2\"");
    let told = |minutes: [u64; 3]| {
        minutes.map(|minute| (at(8, minute, 0), sent(OperationName::StartInstance)))
    };
    assert_eq!(verdict(&never, "own", &told([0, 5, 10])), Verdict::Holds);
    assert_eq!(violated(&never, "own", &told([0, 5, 9])), 540);
    let others = [(at(8, 0, 0), sent(OperationName::StopInstance)); 5];
    assert_eq!(verdict(&never, "own", &others), Verdict::Holds);
}

#[test]
fn what_is_asked_of_each_is_named_after_whom_it_is_about() {
    let each = plan("[[property]]\nname = \"up\"\nnever = \"idle\"\neach = \"instance\"\n");
    let names: Vec<&str> = (0..u16::try_from(each.properties.count()).unwrap())
        .map(|place| each.properties.name(place))
        .collect();
    assert_eq!(names[names.len() - 3..], ["up(web-0001)", "up(web-0002)", "up(web-0003)"]);
    let told = [(at(8, 0, 0), turns(STOPPED, RUNNING))];
    assert_eq!(violated(&each, "up(web-0001)", &told), 0);
    assert_eq!(verdict(&each, "up(web-0002)", &told), Verdict::Holds);
}

#[test]
fn a_built_in_property_that_is_switched_off_is_not_asked_for() {
    let off = plan("[[property]]\nname = \"converges\"\ncheck = false\n");
    let places = 0..u16::try_from(off.properties.count()).unwrap();
    assert!(places.map(|place| off.properties.name(place)).all(|name| name != "converges"));
}

/// The page of properties.
fn page() -> String {
    let mut page = String::from(
        "# Properties\n\n`BLESS=1 cargo test --test it -- properties` rewrites this page.\n\n\
         What has to be so in every run. These are there without a line written; a `[[property]]` \
         of the same name changes what one is held to (`grace`, `at_most`, `window`), or switches \
         it off (`check = false`). The limits are *Assumed* ([MODEL.md](MODEL.md) 16.4).\n\n\
         | property | what it says | grace | at most | window |\n| --- | --- | ---: | ---: | ---: |\n",
    );
    for which in BUILT_IN {
        let limits = which.limits();
        let span =
            |span: SimDuration| if span.is_zero() { String::new() } else { span.to_string() };
        let most = if limits.at_most == 0 { String::new() } else { limits.at_most.to_string() };
        let (grace, window) = (span(limits.grace), span(limits.window));
        let (name, meaning) = (which.name(), which.meaning());
        page += &format!("| `{name}` | {meaning} | {grace} | {most} | {window} |\n");
    }
    page += "\n## Properties of your own\n\n\
             A `[[property]]` of another name says one of four things:\n\n\
             ```toml\n\
             [[property]]\n\
             name = \"two-web-servers\"\n\
             always = \"running(web) >= 2 or wanted(web) = 0\"\n\
             tolerance = \"10m\"\n\
             \n\
             [[property]]\n\
             name = \"no-herd\"\n\
             never = \"calls(StartInstance, 1m) > 300\"\n\
             \n\
             [[property]]\n\
             name = \"up-in-time\"\n\
             each = \"group\"\n\
             eventually = \"down = 0\"\n\
             after = \"wanted >= 1\"\n\
             by = \"15m\"\n\
             probability_below = \"1%\"\n\
             \n\
             [[property]]\n\
             name = \"stock-runs-out\"\n\
             sometimes = \"refusals(web, stock) >= 1\"\n\
             ```\n\n\
             A formula compares counts with numbers or with each other, and joins that by `and`, \
             `or`, `not` and parentheses; a count alone means that it is not 0. It is looked at \
             whenever the time goes on: what holds for no time does not count. In parentheses \
             stands what is counted: a group, an instance or `all`; of calls also a controller and \
             an operation, of refusals a code or a class, of what happens a window. With `each`, a \
             formula is asked of every instance, group or controller by itself, and a count \
             without a name is about that one.\n\n\
             With `probability_below` a property is judged by runs with the faults as the scenario \
             states them: it holds if the exact one-sided bound at `confidence` (95 % if nothing \
             is said) lies below, is violated if the other one lies above, and is inconclusive \
             else.\n\n| count | of |\n| --- | --- |\n";
    for (word, count) in Count::ALL {
        let of = match (count.is_of_calls(), count.is_of_events()) {
            (true, _) => "calls, since the beginning or in a window",
            (false, true) => "faults that struck, since the beginning or in a window",
            (false, false) => count.meaning(),
        };
        page += &format!("| `{word}` | {of} |\n");
    }
    page
}

#[allow(clippy::disallowed_methods)] // the page is read, and rewritten on request
#[test]
fn the_page_of_properties_is_as_they_say() {
    const PAGE: &str = "docs/PROPERTIES.md";
    let page = page();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "{PAGE} is out of date: BLESS=1 cargo test --test it -- properties");
    let toml = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(plan(toml).properties.written.len(), 4, "the examples can be read");
}
