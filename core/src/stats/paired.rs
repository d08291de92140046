//! The difference of two systems that met the same luck, replication by replication.
//!
//! Replication r of either had the same draws, so what is common to both cancels (common random
//! numbers: Law, Simulation Modeling and Analysis, ch. 10). Means and ratios: the interval of the
//! paired differences, corrected for skewness as that of one system is. Shares of clusters and
//! quantiles: both intervals are put together with the correlation of the two estimates (MOVER:
//! Zou and Donner, Stat. Med. 27, 2008), so that the difference covers what its parts cover. That
//! it does is measured (docs/COVERAGE.md).

use super::interval::{Interval, Lack, MEANS_LEAST, Spread, enough, residuals, sum, t};
use super::quantiles::{Items, Quantiles};
use crate::units::Ratio;

/// The difference of a figure: the other system less the base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Where the true difference lies, or why that cannot be said. Where all replications differ
    /// by the same ([`Lack::Alike`]) it is observed.
    pub interval: Result<Interval, Lack>,
    /// How what replications say goes together, from -1 to 1; none where a system never varies.
    pub correlation: Option<f64>,
    /// By how much pairing divides the variance of the difference, against independent luck; none
    /// where the difference never varies.
    pub gain: Option<f64>,
}

impl Difference {
    /// Of means of whole numbers, one of either system a replication.
    ///
    /// # Panics
    /// If there are not as many of both, or `confidence` is not strictly between 0 and 1.
    pub fn of_means(base: &[i128], other: &[i128], confidence: Ratio) -> Difference {
        assert_eq!(base.len(), other.len(), "one of either a replication");
        let differences: Vec<i128> = base.iter().zip(other).map(|(a, b)| b - a).collect();
        let one = |values: &[i128]| values.iter().map(|value| (*value, 1)).collect::<Vec<_>>();
        let interval = Interval::of_mean(&differences, confidence);
        Difference::of(residuals(&one(base)), residuals(&one(other)), interval)
    }

    /// Of ratios of sums: (part, whole) of either system a replication.
    ///
    /// # Panics
    /// As [`of_means`](Difference::of_means).
    pub fn of_ratios(
        base: &[(i128, i128)],
        other: &[(i128, i128)],
        confidence: Ratio,
    ) -> Difference {
        assert_eq!(base.len(), other.len(), "one of either a replication");
        let (own, others) = (residuals(base), residuals(other));
        let interval = || {
            let n = enough(base.len(), MEANS_LEAST)?;
            let ((a, own), (b, others)) = own.as_ref().zip(others.as_ref()).ok_or(Lack::Nothing)?;
            let left = differences(own, others);
            match left.iter().all(|one| *one == 0.0) {
                true => Err(Lack::Alike),
                false => Ok(Spread::of(&left).around(b - a, t(confidence, n - 1))),
            }
        };
        let interval = interval();
        Difference::of(own, others, interval)
    }

    /// Of shares of several yes or no a replication: (yes, all) of either system.
    ///
    /// # Panics
    /// As [`of_means`](Difference::of_means), and as [`Interval::of_clusters`].
    pub fn of_clusters(
        base: &[(i128, i128)],
        other: &[(i128, i128)],
        confidence: Ratio,
    ) -> Difference {
        assert_eq!(base.len(), other.len(), "one of either a replication");
        let difference = Difference::of(residuals(base), residuals(other), Err(Lack::Alike));
        let of = |parts| Interval::of_clusters(parts, confidence);
        difference.joined(base == other, 0.0, || Ok((of(base)?, of(other)?)))
    }

    /// Of quantiles of all items, in µs.
    ///
    /// # Panics
    /// As [`of_means`](Difference::of_means).
    pub fn of_quantiles(
        base: &Quantiles<'_>,
        other: &Quantiles<'_>,
        share: Ratio,
        confidence: Ratio,
    ) -> Difference {
        let within = |one: &Quantiles<'_>| residuals(&one.within(share));
        let difference = Difference::of(within(base), within(other), Err(Lack::Alike));
        let of = |one: &Quantiles<'_>| one.interval(share, confidence);
        let quantiles = |one: &Quantiles<'_>| one.items().quantiles(share).collect::<Vec<_>>();
        let is_same = base.items() == other.items()
            || (base.at(share) == other.at(share) && quantiles(base) == quantiles(other));
        difference.joined(is_same, RESOLUTION, || Ok((of(base)?, of(other)?)))
    }

    /// Of means of all items, in µs; none where an item never finished.
    ///
    /// # Panics
    /// As [`of_means`](Difference::of_means).
    pub fn of_mean_latencies(base: &Items, other: &Items, confidence: Ratio) -> Difference {
        match base.means().zip(other.means()) {
            Some((base, other)) => Difference::of_ratios(&base, &other, confidence),
            None => Difference { interval: Err(Lack::Extreme), correlation: None, gain: None },
        }
    }

    /// What the residuals of both say beside the interval.
    fn of(
        base: Option<(f64, Vec<f64>)>,
        other: Option<(f64, Vec<f64>)>,
        interval: Result<Interval, Lack>,
    ) -> Difference {
        let none = Difference { interval, correlation: None, gain: None };
        let Some(((_, base), (_, other))) = base.zip(other) else { return none };
        let product = |a: &[f64], b: &[f64]| {
            let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| a * b).collect();
            sum(&products)
        };
        let left = differences(&base, &other);
        let (of_base, of_other) = (product(&base, &base), product(&other, &other));
        let of_difference = product(&left, &left);
        let (both, apart) = (of_base * of_other, of_base + of_other);
        let correlation =
            (both > 0.0).then(|| (product(&base, &other) / libm::sqrt(both)).clamp(-1.0, 1.0));
        let gain = (of_difference > 0.0).then(|| apart / of_difference);
        Difference { interval, correlation, gain }
    }

    /// With the intervals of both put together; what is the same has no difference. Either
    /// estimate may be too large by this part of it.
    fn joined(
        self,
        is_same: bool,
        resolution: f64,
        intervals: impl FnOnce() -> Result<(Interval, Interval), Lack>,
    ) -> Difference {
        let join = |(base, other): (Interval, Interval)| {
            let Interval { mean, low, high, n } =
                mover(&base, &other, self.correlation.unwrap_or(0.0));
            let (low, high) = (low - resolution * other.mean, high + resolution * base.mean);
            Interval { mean, low, high, n }
        };
        let interval = if is_same { Err(Lack::Alike) } else { intervals().map(join) };
        Difference { interval, ..self }
    }

    /// About so many replications would tell a difference as large as the observed one from none:
    /// an interval gets narrower as their root. None where there is no interval or no difference.
    pub fn replications_to_tell(&self) -> Option<u32> {
        let Interval { mean, low, high, n } = self.interval.ok()?;
        let reach = if mean > 0.0 { mean - low } else { high - mean };
        let times = reach / mean;
        let needed = libm::ceil(f64::from(n) * times * times);
        (mean != 0.0 && needed.is_finite())
            .then(|| needed.clamp(f64::from(MEANS_LEAST), f64::from(u32::MAX)) as u32)
    }
}

fn differences(base: &[f64], other: &[f64]) -> Vec<f64> {
    base.iter().zip(other).map(|(a, b)| b - a).collect()
}

/// A quantile is the upper end of its bucket in the histogram: less than this part above the true
/// one.
const RESOLUTION: f64 = 1.0 / 1_024.0;

/// Zou and Donner's interval of a difference: each end is as far from the estimate as the ends of
/// both intervals that lie on its side, less what they have in common. Where an estimate is never,
/// only the ends themselves are known to be apart.
fn mover(base: &Interval, other: &Interval, correlation: f64) -> Interval {
    let n = base.n;
    if base.mean.is_infinite() || other.mean.is_infinite() {
        let less = |a: f64, b: f64, unknown: f64| if (a - b).is_nan() { unknown } else { a - b };
        let low = less(other.low, base.high, f64::NEG_INFINITY);
        let high = less(other.high, base.low, f64::INFINITY);
        return Interval { mean: less(other.mean, base.mean, 0.0), low, high, n };
    }
    let mean = other.mean - base.mean;
    let reach = |a: f64, b: f64| match a.is_finite() && b.is_finite() {
        true => libm::sqrt((a * a + b * b - 2.0 * correlation * a * b).max(0.0)),
        false => f64::INFINITY,
    };
    let low = mean - reach(base.high - base.mean, other.mean - other.low);
    let high = mean + reach(base.mean - base.low, other.high - other.mean);
    Interval { mean, low, high, n }
}

#[cfg(test)]
mod tests {
    use super::super::histogram::Latency;
    use super::*;
    use crate::units::SimDuration;

    const CONFIDENCE: Ratio = Ratio::new(95, 100);

    /// Twelve replications with luck in common: the other system is 5 better, give or take one.
    fn both() -> (Vec<i128>, Vec<i128>) {
        let luck = [3, 90, 41, 7, 66, 52, 18, 75, 29, 84, 12, 60];
        let own = [1, -1, 0, 0, 1, -1, -1, 1, 0, 0, 1, -1];
        let other = luck.iter().zip(own).map(|(luck, own)| luck + 5 + own).collect();
        (luck.to_vec(), other)
    }

    /// By hand: the differences are 5 + own, whose squares add up to 8, so s² = 8/11; t with 11
    /// degrees of freedom is 2.201, s/√12 is 0.2462; they are not skewed.
    #[test]
    fn what_is_common_to_both_cancels() {
        let (base, other) = both();
        let difference = Difference::of_means(&base, &other, CONFIDENCE);
        let interval = difference.interval.unwrap();
        assert!((interval.mean - 5.0).abs() < 1e-9, "{interval:?}");
        assert!((interval.low - (5.0 - 0.5418)).abs() < 1e-3, "{interval:?}");
        assert!((interval.high - (5.0 + 0.5418)).abs() < 1e-3, "{interval:?}");
        assert!(difference.correlation.unwrap() > 0.999);
        assert!(difference.gain.unwrap() > 2_000.0, "{difference:?}");
    }

    #[test]
    fn a_ratio_with_wholes_of_one_is_a_mean() {
        let (base, other) = both();
        let of_one = |values: &[i128]| values.iter().map(|v| (*v, 1)).collect::<Vec<_>>();
        let mean = Difference::of_means(&base, &other, CONFIDENCE).interval.unwrap();
        let ratios = Difference::of_ratios(&of_one(&base), &of_one(&other), CONFIDENCE);
        let ratio = ratios.interval.unwrap();
        for (a, b) in [(mean.mean, ratio.mean), (mean.low, ratio.low), (mean.high, ratio.high)] {
            assert!((a - b).abs() < 1e-9, "{mean:?} {ratio:?}");
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_difference_of_any_kind() {
        let (base, _) = both();
        let parts: Vec<(i128, i128)> = base.iter().map(|part| (*part, 100)).collect();
        let mut latency = Latency::new(SimDuration::from_hours(1));
        (1..50).for_each(|s| latency.record(SimDuration::from_secs(s)));
        let items = Items::of(std::iter::repeat_n(&latency, 12));
        let quantiles = Quantiles::of(&latency, &items);
        let p50 = Ratio::new(1, 2);
        for difference in [
            Difference::of_means(&base, &base, CONFIDENCE),
            Difference::of_ratios(&parts, &parts, CONFIDENCE),
            Difference::of_clusters(&parts, &parts, CONFIDENCE),
            Difference::of_quantiles(&quantiles, &quantiles, p50, CONFIDENCE),
            Difference::of_mean_latencies(&items, &items, CONFIDENCE),
        ] {
            assert_eq!((difference.interval, difference.gain), (Err(Lack::Alike), None));
            assert_eq!(difference.replications_to_tell(), None);
        }
    }

    /// By hand, of [40, 60] about 50 and [45, 65] about 55 with correlation 0.6: the ends are
    /// 5 ± √(100 + 100 − 120).
    #[test]
    fn two_intervals_are_put_together_with_what_they_have_in_common() {
        let around = |mean: f64| Interval { mean, low: mean - 10.0, high: mean + 10.0, n: 12 };
        let joined = mover(&around(50.0), &around(55.0), 0.6);
        assert!((joined.low - (5.0 - libm::sqrt(80.0))).abs() < 1e-9, "{joined:?}");
        assert!((joined.high - (5.0 + libm::sqrt(80.0))).abs() < 1e-9, "{joined:?}");
        let endless = Interval { high: f64::INFINITY, ..around(55.0) };
        assert_eq!(mover(&around(50.0), &endless, 0.6).high, f64::INFINITY);
    }

    /// The base's quantile never comes, but no sooner than after 90; the other's comes by 60.
    #[test]
    fn what_never_comes_is_later_than_what_does() {
        let never = Interval { mean: f64::INFINITY, low: 90.0, high: f64::INFINITY, n: 12 };
        let comes = Interval { mean: 50.0, low: 40.0, high: 60.0, n: 12 };
        let joined = mover(&never, &comes, 0.9);
        assert_eq!((joined.low, joined.high), (f64::NEG_INFINITY, -30.0));
        let joined = mover(&never, &never, 0.9);
        assert_eq!((joined.low, joined.high), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn waves_that_are_good_with_one_policy_only_are_a_difference() {
        let base = vec![(18, 20); 12];
        let other = vec![(20, 20); 12];
        let interval = Difference::of_clusters(&base, &other, CONFIDENCE).interval.unwrap();
        assert!(interval.low > -0.2 && interval.low < 0.1 && interval.high > 0.1, "{interval:?}");
    }

    /// 12 replications reach from 4 to 6 about 5; a difference of 1 with this spread needs as
    /// many as make 1 reach 1.
    #[test]
    fn more_replications_tell_a_smaller_difference() {
        let with = |mean, low, high| Difference {
            interval: Ok(Interval { mean, low, high, n: 12 }),
            correlation: None,
            gain: None,
        };
        assert_eq!(with(1.0, -2.0, 4.0).replications_to_tell(), Some(108));
        assert_eq!(with(-1.0, -4.0, 2.0).replications_to_tell(), Some(108));
        assert_eq!(with(0.0, -2.0, 2.0).replications_to_tell(), None);
    }
}
