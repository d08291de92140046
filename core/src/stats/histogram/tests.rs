//! Ranks with and without items that never finished.

use super::*;

const HOUR: SimDuration = SimDuration::from_hours(1);

fn us(micros: u64) -> SimDuration {
    SimDuration::from_micros(micros)
}

fn of(spans: &[u64]) -> Latency {
    let mut latency = Latency::new(HOUR);
    spans.iter().for_each(|&span| latency.record(us(span)));
    latency
}

const MEDIAN: Ratio = Ratio::new(1, 2);

#[test]
fn a_quantile_is_the_item_at_the_nearest_rank() {
    let latency = of(&[10, 20, 30, 40]);
    for (num, expected) in [(0, 10), (1, 10), (25, 10), (26, 20), (50, 20), (99, 40)] {
        assert_eq!(latency.quantile(Ratio::new(num, 100)), Quantile::Value(us(expected)));
    }
    assert_eq!(latency.quantile(Ratio::ONE), Quantile::Value(us(40)));
}

/// Its bucket ends at 3 000 319 µs; nothing took that long.
#[test]
fn the_last_quantile_is_the_longest_span_itself() {
    let latency = of(&[10, 3_000_000]);
    assert_eq!(latency.quantile(Ratio::ONE), Quantile::Value(us(3_000_000)));
}

#[test]
fn an_item_that_never_finished_ranks_above_all_that_did() {
    let mut latency = of(&[10, 20]);
    latency.record_censored();
    latency.record_censored();
    assert_eq!(latency.quantile(MEDIAN), Quantile::Value(us(20)));
    assert_eq!(latency.quantile(Ratio::new(51, 100)), Quantile::Censored);
    assert_eq!((latency.due(), latency.finished(), latency.censored()), (4, 2, 2));
    assert_eq!(latency.max(), Some(us(20)));
}

#[test]
fn an_item_that_needed_nothing_is_due_but_has_no_rank() {
    let mut latency = Latency::new(HOUR);
    latency.record_already();
    assert_eq!((latency.due(), latency.already(), latency.ranked()), (1, 1, 0));
    assert_eq!(latency.quantile(MEDIAN), Quantile::Empty);
    assert_eq!(latency.spans, Counts::default(), "an empty latency allocates nothing");
}

#[test]
fn an_early_item_took_no_time() {
    let mut latency = of(&[10]);
    latency.record_early();
    assert_eq!(latency.quantile(MEDIAN), Quantile::Value(SimDuration::ZERO));
    assert_eq!((latency.due(), latency.finished(), latency.early()), (2, 2, 1));
    assert_eq!((latency.min(), latency.mean()), (Some(SimDuration::ZERO), Some(us(5))));
}

#[test]
fn a_span_beyond_the_limit_counts_as_the_limit_but_stays_exact_in_mean_and_maximum() {
    let mut latency = of(&[]);
    let long = HOUR.saturating_mul(1_000);
    latency.record(long);
    assert_eq!((latency.max(), latency.mean()), (Some(long), Some(long)));
    let Quantile::Value(median) = latency.quantile(MEDIAN) else { panic!("it finished") };
    assert!(median >= HOUR && median.as_micros() <= HOUR.as_micros() * 1_001 / 1_000);
}

#[test]
fn merging_is_recording_both() {
    let mut merged = of(&[10, 3_000_000]);
    let mut other = of(&[20, 70_000]);
    other.record_early();
    other.record_censored();
    other.record_already();
    merged.merge(&other);
    merged.merge(&of(&[]));
    let mut into_empty = of(&[]);
    into_empty.merge(&other);
    into_empty.merge(&of(&[10, 3_000_000]));
    for latency in [&merged, &into_empty] {
        assert_eq!((latency.due(), latency.ranked(), latency.finished()), (7, 6, 5));
        assert_eq!((latency.early(), latency.already(), latency.censored()), (1, 1, 1));
        assert_eq!(latency.total_us(), 3_070_030);
        assert_eq!((latency.min(), latency.max()), (Some(us(0)), Some(us(3_000_000))));
        assert_eq!(latency.quantile(MEDIAN), Quantile::Value(us(20)));
    }
}

#[test]
#[should_panic(expected = "share one limit")]
fn latencies_of_different_plans_do_not_merge() {
    of(&[1]).merge(&Latency::new(us(5)));
}
