//! What replications say together: estimates with honest intervals, or why there is none.
//!
//! The unit of independence is the replication, so every function takes what each replication
//! says, in replication order. Whether there is an interval depends on how many there are and on
//! the kind of figure, never on how the draw fell out; that an interval covers what it promises is
//! measured (docs/COVERAGE.md). Floats live here and are summed one after the other; they never
//! go back into a run.

use super::special::{beta_quantile, t_quantile};
use crate::units::Ratio;

/// Fewer replications carry no interval of a mean or a ratio: their skewness is not seen yet.
pub const MEANS_LEAST: u32 = 10;
/// One replication says nothing of how far others are from it.
const SHARES_LEAST: u32 = 2;

/// An estimate and where the true value lies, with the confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The mean, the ratio or the share; of a quantile, that of all items together.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end. Of a quantile an end may be infinite: never.
    pub high: f64,
    /// How many replications it rests on.
    pub n: u32,
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Too few replications, or too few items in them.
    TooFew {
        /// About so many replications would do.
        enough: u32,
    },
    /// All replications say the same: the value is observed, and how far others may be from it
    /// cannot be told.
    Alike,
    /// The largest of what happened: no number of replications says how much larger it may be.
    Extreme,
    /// There was nothing to observe.
    Nothing,
}

impl Interval {
    /// The mean of whole numbers, such as nano-yuan or calls, whose differences are taken exactly.
    ///
    /// Student's t after the transformation that takes out the skewness: Hall, J. R. Statist.
    /// Soc. B 54, 1992.
    ///
    /// # Errors
    /// If there are too few values, or all are the same.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_mean(values: &[i128], confidence: Ratio) -> Result<Interval, Lack> {
        let n = enough(values.len(), MEANS_LEAST)?;
        let first = values[0];
        if values.iter().all(|value| *value == first) {
            return Err(Lack::Alike);
        }
        let offsets: Vec<f64> = values.iter().map(|value| (value - first) as f64).collect();
        let offset = sum(&offsets) / f64::from(n);
        let residuals: Vec<f64> = offsets.iter().map(|value| value - offset).collect();
        Ok(Spread::of(&residuals).around(first as f64 + offset, t(confidence, n - 1)))
    }

    /// A ratio of sums, such as instances ready to instances wanted: (part, whole) of each
    /// replication. Its residuals stand for its replications (Cochran, Sampling Techniques, §6);
    /// the skewness is taken out as that of a mean.
    ///
    /// # Errors
    /// If there are too few replications, nothing in them, or the ratio of each is the same.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_ratio(parts: &[(i128, i128)], confidence: Ratio) -> Result<Interval, Lack> {
        let n = enough(parts.len(), MEANS_LEAST)?;
        let (ratio, residuals) = residuals(parts).ok_or(Lack::Nothing)?;
        if residuals.iter().all(|residual| *residual == 0.0) {
            return Err(Lack::Alike);
        }
        Ok(Spread::of(&residuals).around(ratio, t(confidence, n - 1)))
    }

    /// Yes or no of several things a replication that depend on one another, such as start waves:
    /// (yes, all) of each. Korn and Graubard, Survey Methodology 24, 1998: the exact interval of
    /// so many independent things as the replications' differences amount to; where all agree,
    /// of one a replication.
    ///
    /// # Errors
    /// If there are too few replications, or nothing in them.
    ///
    /// # Panics
    /// If there are more yes than all, or `confidence` is not strictly between 0 and 1.
    pub fn of_clusters(parts: &[(i128, i128)], confidence: Ratio) -> Result<Interval, Lack> {
        let n = enough(parts.len(), SHARES_LEAST)?;
        let (yes, all) = parts.iter().fold((0, 0), |(yes, all), part| {
            assert!(part.0 <= part.1, "{} of {} is no share", part.0, part.1);
            (yes + part.0, all + part.1)
        });
        if all == 0 {
            return Err(Lack::Nothing);
        }
        let things = if parts.iter().all(|(_, all)| *all <= 1) {
            all as f64
        } else {
            independent_things(parts, n, confidence)
        };
        let share = yes as f64 / all as f64;
        let (low, high) = exact(share * things, (1.0 - share) * things, confidence);
        Ok(Interval { mean: share, low, high, n })
    }

    /// One yes or no a trial: Clopper and Pearson's exact interval (Biometrika 26, 1934). Its
    /// coverage is never below the confidence, also when all agree. Nothing for no trials.
    ///
    /// # Panics
    /// If there are more successes than trials, or `confidence` is not between 0 and 1.
    pub fn of_share(successes: u32, trials: u32, confidence: Ratio) -> Option<Interval> {
        assert!(successes <= trials, "{successes} of {trials} is no share");
        let (yes, no) = (f64::from(successes), f64::from(trials - successes));
        let (low, high) = (trials > 0).then(|| exact(yes, no, confidence))?;
        Some(Interval { mean: yes / f64::from(trials), low, high, n: trials })
    }
}

/// How many replications without a failure are needed before the lower end of a share that was
/// never missed reaches `share`: the rule of three. None if no number is enough.
///
/// # Panics
/// If `confidence` is not strictly between 0 and 1.
pub fn clean_replications(share: f64, confidence: Ratio) -> Option<u32> {
    let outside = 1.0 - two_sided(confidence);
    let needed = libm::ceil(libm::log(outside) / libm::log(share));
    (0.0 < share && share < 1.0 && needed <= f64::from(u32::MAX)).then_some(needed as u32)
}

/// How many replications there are, if they are enough.
pub(super) fn enough(replications: usize, least: u32) -> Result<u32, Lack> {
    match u32::try_from(replications).unwrap_or(u32::MAX) {
        few if few < least => Err(Lack::TooFew { enough: least }),
        n => Ok(n),
    }
}

/// The ratio of sums, and how far each replication is from it, in units of the ratio. None if
/// the wholes add up to nothing.
pub(super) fn residuals(parts: &[(i128, i128)]) -> Option<(f64, Vec<f64>)> {
    let part: i128 = parts.iter().map(|(part, _)| part).sum();
    let whole: i128 = parts.iter().map(|(_, whole)| whole).sum();
    if whole == 0 {
        return None;
    }
    let ratio = part as f64 / whole as f64;
    let mean_whole = whole as f64 / parts.len() as f64;
    let residual = |(own, of): &(i128, i128)| match (own.checked_mul(whole), part.checked_mul(*of))
    {
        (Some(left), Some(right)) => (left - right) as f64 / whole as f64 / mean_whole,
        _ => (*own as f64 - ratio * *of as f64) / mean_whole,
    };
    Some((ratio, parts.iter().map(residual).collect()))
}

/// How values lie around their mean.
pub(super) struct Spread {
    /// The estimated standard deviation.
    deviation: f64,
    /// The estimated skewness, adjusted for the sample's size (Fisher and Pearson's G₁).
    skewness: f64,
    n: u32,
}

impl Spread {
    /// Of at least three residuals that add up to nothing.
    pub(super) fn of(residuals: &[f64]) -> Spread {
        let n = residuals.len() as f64;
        let power = |exponent| {
            let powers: Vec<f64> = residuals.iter().map(|r| libm::pow(*r, exponent)).collect();
            sum(&powers) / n
        };
        let (squares, cubes) = (power(2.0), power(3.0));
        let skewness = match squares > 0.0 {
            true => cubes / (squares * libm::sqrt(squares)) * libm::sqrt(n * (n - 1.0)) / (n - 2.0),
            false => 0.0,
        };
        let deviation = libm::sqrt(squares * n / (n - 1.0));
        Spread { deviation, skewness, n: residuals.len() as u32 }
    }

    /// The interval around an estimate, between ± `t` of Student's distribution.
    pub(super) fn around(&self, mean: f64, t: f64) -> Interval {
        let (low, high) = (mean - self.reach(t), mean - self.reach(-t));
        Interval { mean, low, high, n: self.n }
    }

    /// By how much the estimate exceeds the true value, at this quantile of Student's
    /// distribution: Hall's g(W) = W + γW²/3 + γ²W³/27 + γ/6n turned round, times s.
    fn reach(&self, t: f64) -> f64 {
        let (n, skewness) = (f64::from(self.n), self.skewness);
        let plain = t / libm::sqrt(n);
        let standardised = match skewness.abs() < 1e-9 {
            true => plain,
            false => {
                let root = libm::cbrt(1.0 + skewness * (plain - skewness / (6.0 * n)));
                3.0 / skewness * (root - 1.0)
            }
        };
        self.deviation * standardised
    }
}

/// Korn and Graubard's effective sample size: at most as many as there are, and one a
/// replication where all agree.
fn independent_things(parts: &[(i128, i128)], n: u32, confidence: Ratio) -> f64 {
    let all: i128 = parts.iter().map(|(_, all)| all).sum();
    let (share, residuals) = residuals(parts).expect("there is something to share");
    let squares: Vec<f64> = residuals.iter().map(|r| r * r).collect();
    let variance = sum(&squares) / f64::from(n) / f64::from(n - 1);
    if variance == 0.0 {
        return f64::from(n);
    }
    let things = share * (1.0 - share) / variance;
    let freedom = u32::try_from(all - 1).unwrap_or(u32::MAX).max(1);
    let fewer = t(confidence, freedom) / t(confidence, n - 1);
    (things * fewer * fewer).min(all as f64)
}

/// The exact interval of so many yes and no, which need not be whole numbers.
fn exact(yes: f64, no: f64, confidence: Ratio) -> (f64, f64) {
    let inside = two_sided(confidence);
    let low = if yes > 0.0 { beta_quantile(1.0 - inside, yes, no + 1.0) } else { 0.0 };
    let high = if no > 0.0 { beta_quantile(inside, yes + 1.0, no) } else { 1.0 };
    (low, high)
}

/// Student's t for an interval with this confidence.
pub(super) fn t(confidence: Ratio, freedom: u32) -> f64 {
    t_quantile(two_sided(confidence), freedom)
}

/// The probability that each end of an interval must hold with: 97.5 % for 95 %.
fn two_sided(confidence: Ratio) -> f64 {
    assert!(confidence > Ratio::ZERO && confidence < Ratio::ONE, "0 < confidence < 1");
    f64::midpoint(1.0, confidence.num() as f64 / confidence.den() as f64)
}

/// One after the other, so that the bits never differ.
pub(super) fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}

#[cfg(test)]
mod tests;
