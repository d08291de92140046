//! Quantiles, means, scaling and refusals of every shape.

use super::quantiles::Quantiles;
use super::*;

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// The word that stands for the probability `num / den`.
fn word(num: u64, den: u64) -> u64 {
    u64::try_from((u128::from(num) << 64) / u128::from(den)).unwrap()
}

/// One of each shape, with parameters of the size the model uses.
fn one_of_each() -> Vec<Distribution> {
    vec![
        Distribution::constant(secs(30)).unwrap(),
        Distribution::uniform(secs(10), secs(20)).unwrap(),
        Distribution::exponential(secs(45)).unwrap(),
        Distribution::log_normal(secs(30), secs(300)).unwrap(),
        Distribution::weibull(secs(40), Ratio::new(3, 4)).unwrap(),
        Distribution::empirical([(secs(1), 7), (secs(60), 2), (secs(600), 1)]).unwrap(),
    ]
}

#[track_caller]
fn check(what: &Distribution, num: u64, den: u64, expected_us: f64) {
    let sampled = what.sample(word(num, den)).as_micros() as f64;
    let error = (sampled - expected_us).abs();
    assert!(error <= 0.501 + 1e-12 * expected_us, "{sampled} is not {expected_us}");
}

/// Expected values computed with 40 digits by mpmath.
#[test]
fn quantiles_are_those_of_the_formulas_far_into_the_tail() {
    let exponential = Distribution::exponential(secs(45)).unwrap();
    check(&exponential, 1, 2, 31_191_623.125_197_03);
    check(&exponential, 99, 100, 207_232_658.369_464);
    check(&exponential, 9_999, 10_000, 414_465_316.738_9);
    let log_normal = Distribution::log_normal(secs(30), secs(300)).unwrap();
    check(&log_normal, 1, 2, 30e6);
    check(&log_normal, 99, 100, 300e6);
    // 30 s × 10^(z(99.99 %) / z(99 %))
    check(&log_normal, 9_999, 10_000, 1_190_615_277.655_625);
    let weibull = Distribution::weibull(secs(40), Ratio::new(3, 4)).unwrap();
    check(&weibull, 1, 2, 24_537_328.247_976_74);
    check(&weibull, 9_999, 10_000, 772_255_300.849_566_8);
}

#[test]
fn a_larger_word_never_gives_a_shorter_span() {
    let mut words: Vec<u64> = (0..10_000u64)
        .map(|i| word(i, 10_000))
        .chain((0..64).map(|bit| u64::MAX - (u64::MAX >> bit)))
        .chain((0..64).map(|bit| u64::MAX >> bit))
        .collect();
    words.sort_unstable();
    for what in one_of_each() {
        let spans: Vec<SimDuration> = words.iter().map(|&w| what.sample(w)).collect();
        assert!(spans.is_sorted(), "{what:?}");
    }
}

#[test]
fn the_mean_is_the_mean_of_all_quantiles() {
    for what in one_of_each() {
        let n = 1_000_000u64;
        let sum: u64 = (0..n).map(|i| what.sample(word(2 * i + 1, 2 * n)).as_micros()).sum();
        let (measured, stated) = (sum as f64 / n as f64, what.mean_us());
        assert!((measured / stated - 1.0).abs() < 1e-4, "{what:?}: {measured} and {stated}");
    }
}

#[test]
fn uniform_reaches_both_ends_and_nothing_beyond() {
    let us = SimDuration::from_micros;
    let three = Distribution::uniform(us(4), us(6)).unwrap();
    assert_eq!([0, u64::MAX / 2, u64::MAX].map(|w| three.sample(w)), [us(4), us(5), us(6)]);
    let one = Distribution::uniform(us(4), us(4)).unwrap();
    assert_eq!((one.sample(0), one.sample(u64::MAX)), (us(4), us(4)));
}

#[test]
fn empirical_gives_each_value_its_weight_in_whatever_order_it_was_told() {
    let what = Distribution::empirical([(secs(9), 1), (secs(5), 0), (secs(1), 3)]).unwrap();
    assert_eq!(what, Distribution::empirical([(secs(1), 3), (secs(9), 1)]).unwrap());
    let below = word(3, 4) - 1;
    let samples = [0, below, below + 1, u64::MAX].map(|w| what.sample(w));
    assert_eq!(samples, [secs(1), secs(1), secs(9), secs(9)]);
}

#[test]
fn no_sample_is_longer_than_ten_years() {
    let heavy = Distribution::weibull(SAMPLE_MAX, Ratio::new(1, 10)).unwrap();
    assert_eq!(heavy.sample(u64::MAX), SAMPLE_MAX);
    let wide = Distribution::log_normal(SimDuration::from_micros(1), SAMPLE_MAX).unwrap();
    assert_eq!(wide.sample(u64::MAX), SAMPLE_MAX);
    assert_eq!(wide.sample(0), SimDuration::ZERO);
}

#[test]
fn scaling_scales_every_quantile() {
    for what in one_of_each() {
        let half = what.scaled(1, 2);
        for i in 0..1_000 {
            let (full, halved) = (what.sample(word(i, 1_000)), half.sample(word(i, 1_000)));
            assert!(full.as_micros().div_ceil(2).abs_diff(halved.as_micros()) <= 1, "{what:?}");
        }
        assert_eq!(what.scaled(2, 1).scaled(1, 2), what);
    }
}

#[test]
fn parameters_that_make_no_distribution_are_refused_with_the_reason() {
    let long = SAMPLE_MAX.saturating_add(SimDuration::from_micros(1));
    let zero = SimDuration::ZERO;
    let one = Ratio::ONE;
    for (refused, reason) in [
        (Distribution::constant(long), "longer than ten years"),
        (Distribution::uniform(secs(2), secs(1)), "the lowest must not be longer"),
        (Distribution::uniform(secs(2), long), "longer than ten years"),
        (Distribution::exponential(zero), "the mean must be longer than zero"),
        (Distribution::log_normal(zero, secs(1)), "the p50 must be longer than zero"),
        (Distribution::log_normal(secs(2), secs(1)), "p50 must not be longer than p99"),
        (Distribution::log_normal(secs(2), long), "longer than ten years"),
        (Distribution::weibull(zero, one), "the scale must be longer than zero"),
        (Distribution::weibull(secs(1), Ratio::ZERO), "the shape 0/1 is not between"),
        (Distribution::weibull(secs(1), Ratio::new(101, 1)), "the shape 101/1 is not"),
        (Distribution::empirical([]), "at least one value"),
        (Distribution::empirical([(secs(1), 0)]), "at least one value"),
        (Distribution::empirical([(long, 1)]), "longer than ten years"),
    ] {
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(reason), "{message:?} does not say {reason:?}");
    }
}

#[test]
fn the_ends_of_the_shapes_are_shapes() {
    for shape in [Ratio::new(1, 10), Ratio::new(100, 1)] {
        assert!(Distribution::weibull(secs(1), shape).is_ok(), "{shape:?}");
    }
}

#[test]
fn a_probability_is_never_zero_or_one_and_its_complement_is_exact() {
    assert_eq!(probability(0), f64::EPSILON / 2.0);
    assert!(probability(u64::MAX) < 1.0);
    assert_eq!(1.0 - probability(u64::MAX), probability(0));
}

fn formula_of(what: &Distribution) -> Formula {
    match what {
        Distribution(Shape::Smooth(smooth)) => smooth.formula(),
        other => panic!("{other:?} has no formula"),
    }
}

/// Medians from a millisecond to a day, narrow and wide; heavy and light tails.
fn smooth_ones() -> Vec<Distribution> {
    let ms = |millis: u64| SimDuration::from_micros(1_000 * millis);
    let mut all = Vec::new();
    for median in [ms(1), ms(40), ms(18_500), secs(45), secs(600), secs(86_400)] {
        for spread in [1, 2, 10, 1_000] {
            all.push(Distribution::log_normal(median, median.scaled(spread, 1)).unwrap());
        }
        all.push(Distribution::exponential(median).unwrap());
        for shape in [Ratio::new(1, 2), Ratio::new(3, 4), Ratio::new(2, 1), Ratio::new(7, 1)] {
            all.push(Distribution::weibull(median, shape).unwrap());
        }
    }
    all
}

#[test]
fn quantiles_at_hand_are_the_formulas_to_the_microsecond() {
    let (mut tables, mut answered, mut asked) = (0, 0, 0);
    for what in smooth_ones() {
        let formula = formula_of(&what);
        let Some(quantiles) = Quantiles::of(|p| formula.at(p)) else { continue };
        tables += 1;
        for i in 0..20_000u64 {
            // A Weyl sequence: all words, evenly.
            let p = probability(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let exact = formula.at(p);
            asked += 1;
            if let Some(off) = quantiles.off_by(p, exact) {
                assert!(off <= 0.25, "{what:?} at {p}: {off} of the error that is allowed for");
            }
            if let Some(at_hand) = quantiles.nearest(p) {
                answered += 1;
                assert_eq!(at_hand, formula.nearest(p), "{what:?} at {p}");
            }
        }
    }
    assert!(tables >= 40, "only {tables} have a table");
    assert!(answered * 100 >= asked * 97, "{answered} of {asked} were answered");
}

#[test]
fn where_a_span_lies_between_two_microseconds_the_formula_decides() {
    let what = Distribution::log_normal(secs(18), secs(60)).unwrap();
    let formula = formula_of(&what);
    let quantiles = Quantiles::of(|p| formula.at(p)).expect("a minute is short");
    let mut open = 0;
    for whole in (2_000_000..50_000_000u64).step_by(4_801) {
        let half = whole as f64 + 0.5;
        // The word whose span is nearest to the half, by halving.
        let (mut low, mut high) = (0, u64::MAX);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if formula.at(probability(middle)) < half { low = middle } else { high = middle }
        }
        for word in [low, high] {
            let p = probability(word);
            open += u32::from(quantiles.nearest(p).is_none());
            assert_eq!(what.sample(word).as_micros(), formula.nearest(p), "{half}");
        }
    }
    assert!(open >= 2 * 9_900, "only {open} were left to the formula");
}

#[test]
fn what_is_asked_often_still_answers_as_its_formula_does() {
    let year = Distribution::log_normal(secs(365 * 86_400), SAMPLE_MAX).unwrap();
    assert!(Quantiles::of(|p| formula_of(&year).at(p)).is_none(), "a table for years");
    for what in [Distribution::log_normal(secs(21), secs(77)).unwrap(), year] {
        for word in (0..10_000).map(|i| word(i, 10_000)) {
            let uncut = formula_of(&what).nearest(probability(word));
            let expected = uncut.min(SAMPLE_MAX.as_micros());
            assert_eq!(what.sample(word).as_micros(), expected, "{what:?}");
        }
    }
}

#[test]
fn equal_distributions_share_what_speeds_them_up() {
    let mut one = Distribution::weibull(secs(41), Ratio::new(3, 4)).unwrap();
    let mut same = Distribution::weibull(secs(82), Ratio::new(3, 4)).unwrap().scaled(1, 2);
    let mut other = Distribution::weibull(secs(41), Ratio::new(4, 3)).unwrap();
    let mut shared = Shared::default();
    for what in [&mut one, &mut same, &mut other] {
        shared.share(what);
    }
    let [one, same, other] = [&one, &same, &other].map(|what| match what {
        Distribution(Shape::Smooth(smooth)) => smooth,
        other => panic!("{other:?} has no formula"),
    });
    assert!(Arc::ptr_eq(one, same));
    assert!(!Arc::ptr_eq(one, other));
}
