//! Intervals against worked examples and published tables.

use super::*;

const CONFIDENCE: Ratio = Ratio::new(95, 100);

#[track_caller]
fn check(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn a_mean_that_is_not_skewed_has_students_interval() {
    // mean 5.5, s² = 55/6, s/√10 = 0.9574271078, t(97.5 %, 9) = 2.2621571628
    let values: Vec<i128> = (1..=10).collect();
    let interval = Interval::of_mean(&values, CONFIDENCE).unwrap();
    check(interval.mean, 5.5);
    check(interval.high - 5.5, 2.262_157_162_798_205 * 0.957_427_107_756_338);
    check(5.5 - interval.low, interval.high - 5.5);
    assert_eq!(interval.n, 10);
}

/// Worked by hand: nine of 0 and one of 10. Mean 1, m₂ = 9, m₃ = 72, s² = 10,
/// G₁ = 72/27 × √90/8 = √10; W(t) of ±2.2621571628/√10.
#[test]
fn a_skewed_mean_reaches_further_towards_its_tail() {
    let mut values = [0; 10];
    values[9] = 10;
    let Interval { mean, low, high, .. } = Interval::of_mean(&values, CONFIDENCE).unwrap();
    check(mean, 1.0);
    let w = |t: f64| {
        let g = libm::sqrt(10.0);
        3.0 / g * (libm::cbrt(1.0 + g * (t - g / 60.0)) - 1.0)
    };
    let s = libm::sqrt(10.0);
    let t = 2.262_157_162_798_205 / s;
    check(low, 1.0 - s * w(t));
    check(high, 1.0 - s * w(-t));
    assert!(high - mean > 4.0 * (mean - low), "{low} .. {high}");
}

#[test]
fn whole_numbers_too_large_for_a_float_keep_their_differences() {
    let far = 1i128 << 100;
    let values: Vec<i128> = (1..=10).map(|i| far + i).collect();
    assert_eq!(Interval::of_mean(&values, CONFIDENCE).unwrap().mean, far as f64);
    let near = Interval::of_mean(&[-4, -3, -2, -1, 0, 1, 2, 3, 4, 5], CONFIDENCE).unwrap();
    check(near.mean, 0.5);
    check(near.high - near.mean, 2.262_157_162_798_205 * 0.957_427_107_756_338);
}

#[test]
fn few_replications_have_no_interval_whatever_they_say() {
    let few = Err(Lack::TooFew { enough: 10 });
    assert_eq!(Interval::of_mean(&[], CONFIDENCE), few);
    assert_eq!(Interval::of_mean(&[7; 9], CONFIDENCE), few);
    assert_eq!(Interval::of_mean(&[1, 2, 3, 4, 5, 6, 7, 8, 9], CONFIDENCE), few);
    assert_eq!(Interval::of_ratio(&[(1, 2); 9], CONFIDENCE), few);
    assert_eq!(Interval::of_clusters(&[(1, 2)], CONFIDENCE), Err(Lack::TooFew { enough: 2 }));
    assert_eq!(Interval::of_share(0, 0, CONFIDENCE), None);
}

#[test]
fn replications_that_agree_are_observed_and_have_no_interval() {
    assert_eq!(Interval::of_mean(&[7; 10], CONFIDENCE), Err(Lack::Alike));
    // 1/3 and 2/6 are the same ratio.
    let mut parts = [(1, 3); 10];
    parts[4] = (2, 6);
    assert_eq!(Interval::of_ratio(&parts, CONFIDENCE), Err(Lack::Alike));
    assert_eq!(Interval::of_ratio(&[(0, 0); 10], CONFIDENCE), Err(Lack::Nothing));
}

/// Equal wholes: the ratio is the mean of the replications' own, and so is its interval.
#[test]
fn a_ratio_with_equal_wholes_is_a_mean() {
    let parts: Vec<(i128, i128)> = (1..=10).map(|part| (part * part, 200)).collect();
    let squares: Vec<i128> = parts.iter().map(|(part, _)| *part).collect();
    let ratio = Interval::of_ratio(&parts, CONFIDENCE).unwrap();
    let mean = Interval::of_mean(&squares, CONFIDENCE).unwrap();
    check(ratio.mean, mean.mean / 200.0);
    check(ratio.low, mean.low / 200.0);
    check(ratio.high, mean.high / 200.0);
}

/// A replication counts by what is in it: 99 of 100 and 0 of 1 are 99 of 101, not a half.
#[test]
fn a_ratio_weighs_replications_by_their_whole() {
    let parts: Vec<(i128, i128)> =
        (0..10).map(|r| if r % 2 == 0 { (99, 100) } else { (0, 1) }).collect();
    check(Interval::of_ratio(&parts, CONFIDENCE).unwrap().mean, 99.0 / 101.0);
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
}

/// "With ten replications and every morning good it must say: at least 69 %."
#[test]
fn clusters_that_agree_count_as_one_thing_each() {
    let all_good = Interval::of_clusters(&[(20, 20); 10], CONFIDENCE).unwrap();
    check(all_good.low, 0.691_502_892_181_239_2);
    check(all_good.high, 1.0);
    let none_good = Interval::of_clusters(&[(0, 20); 10], CONFIDENCE).unwrap();
    check(none_good.low, 0.0);
    check(none_good.high, 0.308_497_107_818_760_7);
}

#[test]
fn one_yes_or_no_a_replication_is_exact() {
    let parts: Vec<(i128, i128)> = (0..10).map(|r| (i128::from(r < 3), 1)).collect();
    let clusters = Interval::of_clusters(&parts, CONFIDENCE).unwrap();
    assert_eq!(Some(clusters), Interval::of_share(3, 10, CONFIDENCE));
}

/// Replications of two waves that are both good or both not: half as many independent things,
/// by hand: p = 0.7, v = 0.21/9, n_eff = 9 × (t(97.5 %, 19)/t(97.5 %, 9))² = 7.7043.
#[test]
fn waves_that_share_their_luck_count_as_fewer() {
    let parts: Vec<(i128, i128)> = (0..10).map(|r| (if r < 7 { 2 } else { 0 }, 2)).collect();
    let Interval { mean, low, high, n } = Interval::of_clusters(&parts, CONFIDENCE).unwrap();
    let fewer = 2.093_024_054_408_263 / 2.262_157_162_798_205;
    let things = 9.0 * fewer * fewer;
    check(mean, 0.7);
    assert_eq!(n, 10);
    check(low, beta_quantile(0.025, 0.7 * things, 0.3 * things + 1.0));
    check(high, beta_quantile(0.975, 0.7 * things + 1.0, 0.3 * things));
}

/// 1 − 2.5 %^(1/n): n clean replications for 99 % at the lower end of a 95 % interval.
#[test]
fn clean_replications_follow_the_rule_of_three() {
    assert_eq!(clean_replications(0.99, CONFIDENCE), Some(368));
    assert_eq!(clean_replications(0.99, Ratio::new(90, 100)), Some(299));
    assert_eq!(clean_replications(0.999, Ratio::new(90, 100)), Some(2_995));
    assert_eq!(clean_replications(1.0, CONFIDENCE), None);
}

#[test]
#[should_panic(expected = "0 < confidence < 1")]
fn certainty_is_not_a_confidence() {
    let _ = Interval::of_mean(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Ratio::ONE);
}
