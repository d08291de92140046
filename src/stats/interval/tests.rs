//! Intervals against worked examples and published tables.

use super::*;

const CONFIDENCE: Ratio = Ratio::new(95, 100);

#[track_caller]
fn check(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn a_mean_has_the_interval_that_is_worked_out_by_hand() {
    // mean 3, s² = 2.5, s/√5 = 0.7071067812, t(97.5 %, 4) = 2.7764451052
    let interval = Interval::of_mean(&[1.0, 2.0, 3.0, 4.0, 5.0], CONFIDENCE).unwrap();
    check(interval.mean, 3.0);
    check(interval.half_width(), 1.963_243_161_370_28);
    check(interval.low, 3.0 - 1.963_243_161_370_28);
    assert_eq!(interval.n, 5);
    // t(95 %, 4) = 2.1318467863
    let bounds = Bounds::of_mean(&[1.0, 2.0, 3.0, 4.0, 5.0], CONFIDENCE).unwrap();
    check(bounds.at_least, 3.0 - 1.507_443_320_022_53);
    check(bounds.at_most, 3.0 + 1.507_443_320_022_53);
}

#[test]
fn whole_numbers_too_large_for_a_float_keep_their_differences() {
    let far = 1i128 << 100;
    let values: Vec<i128> = (1..=5).map(|i| far + i).collect();
    let interval = Interval::of_whole(&values, CONFIDENCE).unwrap();
    assert_eq!(interval.mean, far as f64);
    let near = Interval::of_whole(&[-1, 0, 1, 2, 3], CONFIDENCE).unwrap();
    check(near.mean, 1.0);
    check(near.half_width(), 1.963_243_161_370_28);
    let bounds = Bounds::of_whole(&[-1, 0, 1, 2, 3], CONFIDENCE).unwrap();
    check(bounds.at_least, 1.0 - 1.507_443_320_022_53);
}

#[test]
fn one_replication_has_no_interval() {
    assert_eq!(Interval::of_mean(&[], CONFIDENCE), None);
    assert_eq!(Interval::of_mean(&[1.0], CONFIDENCE), None);
    assert_eq!(Interval::of_whole(&[], CONFIDENCE), None);
    assert_eq!(Bounds::of_mean(&[1.0], CONFIDENCE), None);
    assert_eq!(Bounds::of_whole(&[7], CONFIDENCE), None);
    assert_eq!(Interval::of_share(0, 0, CONFIDENCE), None);
}

#[test]
fn replications_that_agree_have_an_interval_without_width() {
    let interval = Interval::of_whole(&[7, 7, 7], CONFIDENCE).unwrap();
    assert_eq!((interval.mean, interval.low, interval.high), (7.0, 7.0, 7.0));
}

/// SciPy: `binomtest(k, n).proportion_ci(0.95, "exact")`.
#[test]
fn a_share_has_clopper_and_pearsons_interval_also_when_all_agree() {
    for (successes, trials, low, high) in [
        (0, 10, 0.0, 0.308_497_107_818_760_7),
        (10, 10, 0.691_502_892_181_239_2, 1.0),
        (3, 10, 0.066_739_511_177_734_47, 0.652_452_850_059_997_3),
        (97, 100, 0.914_823_947_025_72, 0.993_770_028_461_693_6),
        (1, 1, 0.025, 1.0),
    ] {
        let interval = Interval::of_share(successes, trials, CONFIDENCE).unwrap();
        check(interval.low, low);
        check(interval.high, high);
    }
    // "Rule of three": none of n bounds the share by 1 − 5 %^(1/n).
    let bounds = Bounds::of_share(0, 10, CONFIDENCE).unwrap();
    check(bounds.at_least, 0.0);
    check(bounds.at_most, 1.0 - libm::pow(0.05, 0.1));
}

#[test]
#[should_panic(expected = "0 < confidence < 1")]
fn certainty_is_not_a_confidence() {
    let _ = Interval::of_mean(&[1.0, 2.0], Ratio::ONE);
}
