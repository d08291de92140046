//! An outcome as it is written down and read again: the same, to the last number.

use proptest::prelude::*;
use stopsim::books::ledger::Why;
use stopsim::books::outcome::Outcome;
use stopsim::ecs::meter::BilledState;
use stopsim::sim::RunId;
use stopsim::units::{HourlyRate, Usage};

use crate::dice;
use crate::sample::cases;
use crate::worlds::{FIRST, run_plan};

/// What is read of what is written; what is written of that is the same once more.
#[track_caller]
fn read_again(outcome: &Outcome) -> Outcome {
    let text = serde_json::to_string(outcome).expect("it can be written");
    let again: Outcome = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(serde_json::to_string(&again).expect("it can be written"), text);
    again
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn an_outcome_is_read_as_it_was_written(
        words in prop::collection::vec(any::<u16>(), 400),
        until_event in prop::option::of(0..3_000_u64),
    ) {
        let Some((plan, _)) = dice::world(&words) else { return Ok(()) };
        let outcome = run_plan(&plan, RunId { until_event, ..FIRST }).outcome;
        prop_assert_eq!(&read_again(&outcome), &outcome);
    }
}

/// Sums are kept in 128 bits, and so they are written.
#[test]
fn numbers_beyond_64_bits_are_read_as_they_were_written() {
    let (plan, _) = dice::world(&[]).expect("the simplest world is one");
    let mut outcome = run_plan(&plan, FIRST).outcome;
    for pool in &mut outcome.counts.pools {
        pool.free_area = u128::MAX;
    }
    for wave in &mut outcome.waves {
        wave.lost_us = u128::MAX - 1;
    }
    let usage = Usage::of(HourlyRate::from_nanos(i64::MAX), u128::from(u64::MAX));
    assert!(usage > Usage::of(HourlyRate::from_nanos(1), u128::from(u64::MAX)));
    outcome.ledger.book_spot(0, BilledState::Running, Why::Up, usage);
    assert!(!outcome.counts.pools.is_empty() && !outcome.waves.is_empty());
    let again = read_again(&outcome);
    assert_eq!(again, outcome);
    assert_eq!(again.ledger.spot(0, BilledState::Running, Why::Up), usage);
}

/// What is no outcome is refused with the reason, whoever wrote it.
#[test]
fn what_contradicts_itself_is_not_read() {
    let (plan, _) = dice::world(&[]).expect("the simplest world is one");
    let outcome = run_plan(&plan, FIRST).outcome;
    let text = serde_json::to_string(&outcome).expect("it can be written");
    let kinds = plan.region.kind_count();
    let more = text.replace(&format!("\"kinds\":{kinds}"), &format!("\"kinds\":{}", kinds + 1));
    assert_ne!(more, text);
    let error = serde_json::from_str::<Outcome>(&more).expect_err("a kind has no minimum charge");
    assert!(error.to_string().starts_with("minimum charges of"), "{error}");
}
