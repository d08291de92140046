use proptest::prelude::*;

use super::*;

const SECOND: SimDuration = SimDuration::from_secs(1);
const SERVER: Cause = Cause::Refused(Refusal::InternalError);

/// One call and no more.
fn never() -> Retry {
    Retry {
        calls: None,
        backoff: Backoff::None,
        pause: SimDuration::ZERO,
        throttled: None,
        honours_hint: false,
        needs_hint: false,
        trickle: None,
        max_attempts: 1,
        budget: None,
        deadline: None,
        on: RetryOn::default(),
    }
}

/// Throttling, conflicts, the service's own failures, and silence.
fn transient() -> RetryOn {
    RetryOn {
        classes: vec![RefusalClass::Throttling, RefusalClass::Server, RefusalClass::Conflict],
        refusals: vec![],
        timeouts: true,
    }
}

fn exponential(base: SimDuration, cap: SimDuration, jitter: Jitter) -> Backoff {
    Backoff::Exponential { base, cap, jitter }
}

fn retry(backoff: Backoff) -> Retry {
    Retry { backoff, max_attempts: 4, on: transient(), ..never() }
}

fn failed(cause: Cause, attempts: u32) -> Failed {
    Failed {
        cause,
        attempts,
        since_first: SimDuration::ZERO,
        previous: SimDuration::ZERO,
        hint: None,
    }
}

#[track_caller]
fn decide(retry: &Retry, failed: Failed) -> Decision {
    retry.decide(&failed, &Spent::default(), 0)
}

#[test]
fn the_first_call_is_the_last_for_a_client_that_never_retries() {
    let only = Retry { on: transient(), ..never() };
    assert_eq!(decide(&only, failed(SERVER, 1)), Decision::GiveUp(GaveUp::Attempts));
    assert_eq!(decide(&never(), failed(SERVER, 1)), Decision::GiveUp(GaveUp::NotRetried));
}

#[test]
fn max_attempts_counts_calls_in_all() {
    let four = retry(Backoff::Fixed(SECOND));
    for attempts in 1..4 {
        assert_eq!(decide(&four, failed(SERVER, attempts)), Decision::Retry(SECOND));
    }
    assert_eq!(decide(&four, failed(SERVER, 4)), Decision::GiveUp(GaveUp::Attempts));
}

#[test]
fn transient_means_throttled_conflicting_failing_or_silent_and_nothing_else() {
    let on = transient();
    let retried = [
        Refusal::Throttled,
        Refusal::ThrottledUser,
        Refusal::ThrottledApi,
        Refusal::OperationConflict,
        Refusal::BatchConflict,
        Refusal::ConflictAsInBatch,
        Refusal::LastTokenProcessing,
        Refusal::InternalError,
        Refusal::StopUnavailable,
        Refusal::ServiceUnavailable,
        Refusal::LastTokenProcessing,
        Refusal::ModifyThrottled,
    ];
    for &refusal in Refusal::ALL {
        assert_eq!(on.covers(Cause::Refused(refusal)), retried.contains(&refusal), "{refusal:?}");
    }
    assert!(on.covers(Cause::TimedOut));
    let silence_excepted = RetryOn { timeouts: false, ..on };
    assert!(!silence_excepted.covers(Cause::TimedOut));
    let stock = RetryOn { refusals: vec![Refusal::NoStock], ..RetryOn::default() };
    assert!(stock.covers(Cause::Refused(Refusal::NoStock)) && !stock.covers(SERVER));
}

#[test]
fn an_exponential_wait_doubles_up_to_its_cap_and_stays_there() {
    let cap = SimDuration::from_secs(20);
    let backoff = exponential(SECOND, cap, Jitter::None);
    let waits: Vec<u64> = [1, 2, 3, 4, 5, 6, 40, u32::MAX]
        .map(|attempts| backoff.wait(attempts, SimDuration::ZERO, 0).as_micros() / 1_000_000)
        .into();
    assert_eq!(waits, [1, 2, 4, 8, 16, 20, 20, 20]);
}

#[test]
fn throttling_may_have_a_wait_of_its_own() {
    let own = Retry { throttled: Some(Backoff::Fixed(SECOND)), ..retry(Backoff::None) };
    let throttled = Cause::Refused(Refusal::ThrottledUser);
    assert_eq!(decide(&own, failed(throttled, 1)), Decision::Retry(SECOND));
    assert_eq!(decide(&own, failed(SERVER, 1)), Decision::Retry(SimDuration::ZERO));
    assert_eq!(decide(&own, failed(Cause::TimedOut, 1)), Decision::Retry(SimDuration::ZERO));
}

#[test]
fn no_retry_is_sent_after_the_deadline() {
    let limit = SimDuration::from_secs(10);
    let retry = Retry { deadline: Some(limit), ..retry(Backoff::Fixed(SECOND)) };
    let at = |since_first| decide(&retry, Failed { since_first, ..failed(SERVER, 1) });
    assert_eq!(at(SimDuration::from_secs(9)), Decision::Retry(SECOND));
    let late = SimDuration::from_micros(9_000_001);
    assert_eq!(at(late), Decision::GiveUp(GaveUp::Deadline));
}

#[test]
fn a_budget_allows_a_share_of_calls_a_floor_and_a_total() {
    let budget = Budget { share: Ratio::new(1, 10), at_least: 2, max_total: Some(4) };
    let retry = Retry { budget: Some(budget), ..retry(Backoff::None) };
    let mut spent = Spent::default();
    let mut sent_after = Vec::new();
    for calls in 1..=100 {
        spent.called();
        while let Decision::Retry(_) = retry.decide(&failed(SERVER, 1), &spent, 0) {
            spent.retried();
            sent_after.push(calls);
        }
    }
    assert_eq!(sent_after, [1, 1, 30, 40], "two at once, then one per ten calls, four in all");
    assert_eq!(retry.decide(&failed(SERVER, 1), &spent, 0), Decision::GiveUp(GaveUp::Budget),);
}

#[test]
fn jitter_reaches_both_ends_of_its_range() {
    let base = SimDuration::from_micros(1_001);
    let cap = SimDuration::from_secs(1);
    let ends = |jitter| {
        [0, u64::MAX].map(|word| exponential(base, cap, jitter).wait(1, base, word).as_micros())
    };
    assert_eq!(ends(Jitter::None), [1_001, 1_001]);
    assert_eq!(ends(Jitter::Equal), [500, 1_001]);
    assert_eq!(ends(Jitter::Full), [0, 1_001]);
    assert_eq!(ends(Jitter::Decorrelated), [1_001, 3_003]);
}

fn spans() -> impl Strategy<Value = SimDuration> {
    prop_oneof![0..=5_000_000u64, any::<u64>()].prop_map(SimDuration::from_micros)
}

proptest! {
    #[test]
    fn a_jittered_wait_stays_in_its_range_and_below_its_cap(
        base in spans(), cap in spans(), previous in spans(), attempts in 1..200u32, word: u64,
    ) {
        let wait = |jitter| exponential(base, cap, jitter).wait(attempts, previous, word);
        let plain = wait(Jitter::None);
        prop_assert!(plain <= cap);
        prop_assert!(wait(Jitter::Full) <= plain);
        let equal = wait(Jitter::Equal);
        prop_assert!(equal <= plain && equal.as_micros() >= plain.as_micros() / 2);
        let decorrelated = wait(Jitter::Decorrelated);
        prop_assert!(decorrelated >= base.min(cap));
        prop_assert!(decorrelated <= previous.max(base).saturating_mul(3).min(cap));
    }

    #[test]
    fn a_retry_always_keeps_to_deadline_and_attempts(
        base in spans(), cap in spans(), since_first in spans(), limit in spans(),
        attempts in 1..8u32, word: u64,
    ) {
        let policy = Retry {
            deadline: Some(limit),
            ..retry(exponential(base, cap, Jitter::Equal))
        };
        let failed = Failed { since_first, ..failed(SERVER, attempts) };
        if let Decision::Retry(wait) = policy.decide(&failed, &Spent::default(), word) {
            prop_assert!(since_first.saturating_add(wait) <= limit);
            prop_assert!(attempts < policy.max_attempts);
        }
    }
}

#[test]
fn a_pause_comes_on_top_of_the_backoff_and_does_not_grow_with_it() {
    let doubling = exponential(SECOND, SimDuration::from_secs(4), Jitter::None);
    let rule = Retry { pause: SECOND, max_attempts: 9, ..retry(doubling) };
    let waits = [1, 2, 3, 4].map(|attempts| decide(&rule, failed(SERVER, attempts)));
    assert_eq!(waits, [2, 3, 5, 5].map(|secs| Decision::Retry(SimDuration::from_secs(secs))));
}

#[test]
fn a_rule_is_for_the_calls_it_names() {
    let covered = |calls| {
        let rule = Retry { calls, ..retry(Backoff::None) };
        let mut covered = String::new();
        for (action, letter) in [(Action::Stop, 's'), (Action::Start, 'b')] {
            for (call, word) in [(Call::Act, 'a'), (Call::Tokened, 't'), (Call::Look, 'l')] {
                if rule.covers(action, call, SERVER) {
                    covered.extend([letter, word, ' ']);
                }
            }
            if rule.covers(action, Call::Poll, SERVER) {
                covered.extend([letter, 'p', ' ']);
            }
        }
        covered.trim_end().to_owned()
    };
    assert_eq!(covered(None), "sa st sl ba bt bl", "no look while it waits");
    assert_eq!(covered(Some(Calls::Stops)), "sa st sl");
    assert_eq!(covered(Some(Calls::Starts)), "ba bt bl");
    assert_eq!(covered(Some(Calls::Looks)), "sl sp bl bp");
    assert_eq!(covered(Some(Calls::Tokened)), "st bt");
    let any = retry(Backoff::None);
    assert!(!any.covers(Action::Stop, Call::Act, Cause::Refused(Refusal::NoStock)));
}

#[test]
fn who_needs_a_hint_leaves_a_throttled_call_without_one_alone() {
    let rule = Retry { needs_hint: true, honours_hint: true, ..retry(Backoff::Fixed(SECOND)) };
    let throttled = failed(Cause::Refused(Refusal::Throttled), 1);
    assert_eq!(decide(&rule, throttled), Decision::GiveUp(GaveUp::NotRetried));
    let hint = SimDuration::from_secs(40);
    assert_eq!(decide(&rule, Failed { hint: Some(hint), ..throttled }), Decision::Retry(hint));
    assert_eq!(decide(&rule, failed(SERVER, 1)), Decision::Retry(SECOND));
}
