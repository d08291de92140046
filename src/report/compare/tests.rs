//! What a row says in a word, and what a tolerance makes of it.

use super::*;
use crate::report::compare::row::Row;
use crate::report::measure::Observed;
use crate::sim::metric::Unit;
use crate::stats::{Interval, Lack};

/// Hours unavailable, in which less is better: twelve replications that differ by these.
fn row(differences: [i128; 12]) -> Row {
    let base = [50; 12];
    let other: Vec<i128> = base.iter().zip(differences).map(|(a, b)| a + b).collect();
    Row::of_means("h".into(), Unit::Hours, Direction::Down, &base, &other, CONFIDENCE)
}

#[test]
fn a_word_is_said_only_if_the_interval_lies_on_one_side() {
    let up_and_down = [9, -9, 8, -8, 7, -7, 6, -6, 5, -5, 4, -4];
    for (differences, word) in [
        ([0; 12], Word::Same),
        ([3; 12], Word::Worse),
        ([-3; 12], Word::Better),
        (up_and_down, Word::Undecided),
        (up_and_down.map(|one| one + 20), Word::Worse),
        (up_and_down.map(|one| one - 20), Word::Better),
    ] {
        assert_eq!(row(differences).word(), word, "{differences:?}");
    }
    let more = Row { direction: Direction::Neither, ..row([3; 12]) };
    assert_eq!(more.word(), Word::More);
    let less = Row { direction: Direction::Up, ..row([-3; 12]) };
    assert_eq!(less.word(), Word::Worse);
    let few = Row::of_means("h".into(), Unit::Hours, Direction::Down, &[1, 2], &[2, 2], CONFIDENCE);
    assert_eq!((few.word(), few.tally), (Word::Observed, Tally { better: 0, worse: 1, same: 1 }));
}

/// In hours of instances: less is better, so that a positive difference is a loss.
#[test]
fn a_tolerance_is_passed_only_by_the_whole_interval() {
    let with = |low, high, allowed| {
        let mut row = row([3; 12]);
        row.paired.interval = Ok(Interval { mean: 0.0, low, high, n: 12 });
        let tolerance = Tolerance {
            text: "unavailable.hours: …".into(),
            metric: Metric::UnavailableHours,
            allowed,
        };
        tolerance.judge(&row).holds
    };
    assert_eq!(with(1.0, 5.0, 5), Some(true));
    assert_eq!(with(1.0, 5.0, 4), None);
    assert_eq!(with(1.0, 5.0, 1), None);
    assert_eq!(with(1.0, 5.0, 0), Some(false));
    assert_eq!(with(-5.0, -1.0, 0), Some(true));
}

#[test]
fn without_an_interval_what_was_observed_decides_only_if_all_agree() {
    let tolerance =
        |allowed| Tolerance { text: String::new(), metric: Metric::UnavailableHours, allowed };
    assert_eq!(tolerance(3).judge(&row([3; 12])).holds, Some(true));
    assert_eq!(tolerance(2).judge(&row([3; 12])).holds, Some(false));
    let few = Row::of_means("h".into(), Unit::Hours, Direction::Down, &[1, 2], &[2, 2], CONFIDENCE);
    let judged = tolerance(0).judge(&few);
    assert_eq!(judged.holds, None);
    assert!(judged.found.contains("about 10 replications would do"), "{}", judged.found);
    // One replication: what never came is later than anything.
    let mut one = Row::of_means("h".into(), Unit::Hours, Direction::Down, &[1], &[1], CONFIDENCE);
    one.paired.interval = Err(Lack::TooFew { enough: 10 });
    assert_eq!(tolerance(0).judge(&one).holds, Some(true));
    one.other = Observed::Never;
    one.base = Observed::Value(1);
    assert_eq!(tolerance(0).judge(&one).holds, Some(false));
}

#[test]
fn nothing_is_tolerated_of_what_is_neither_better_nor_worse() {
    let baseline = Metric::parse("billing.baseline").expect("a metric");
    assert!(Tolerance::new(String::new(), baseline, 1).is_err());
    assert!(Tolerance::new(String::new(), Metric::Never, 1).is_ok());
}

/// Bonferroni: 95 % for all of one, two and five comparisons.
#[test]
fn more_comparisons_need_more_confidence_each() {
    assert_eq!(confidence(1), CONFIDENCE);
    assert_eq!(confidence(2), Ratio::new(975, 1_000));
    assert_eq!(confidence(5), Ratio::new(99, 100));
}
