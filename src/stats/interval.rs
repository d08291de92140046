//! What replications say together: means with honest intervals.
//!
//! The unit of independence is the replication, so every function takes one value per
//! replication, in replication order. Floats live here and are summed one after the other; they
//! never go back into a run. One replication has no interval, and nothing here pretends it has.

use super::special::{beta_quantile, t_quantile};
use crate::units::Ratio;

/// A mean and where the true one lies, with the confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The mean, or the share of successes.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many replications it rests on.
    pub n: u32,
}

/// Two one-sided statements, each true with the confidence asked for: not an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The true value is at least this.
    pub at_least: f64,
    /// The true value is at most this.
    pub at_most: f64,
}

impl Interval {
    /// Student's t: mean ± t × s/√n. Nothing for fewer than two values.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_mean(values: &[f64], confidence: Ratio) -> Option<Interval> {
        let sample = Sample::of(values)?;
        let half_width = sample.t(two_sided(confidence)) * sample.standard_error;
        let (low, high) = (sample.mean - half_width, sample.mean + half_width);
        Some(Interval { mean: sample.mean, low, high, n: sample.n })
    }

    /// The same of whole numbers such as nano-yuan, whose differences are taken exactly.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_whole(values: &[i128], confidence: Ratio) -> Option<Interval> {
        let (origin, offsets) = from_first(values)?;
        let offset = Interval::of_mean(&offsets, confidence)?;
        Some(Interval {
            mean: origin + offset.mean,
            low: origin + offset.low,
            high: origin + offset.high,
            n: offset.n,
        })
    }

    /// A yes or no per replication: Clopper and Pearson's exact interval (Biometrika 26, 1934).
    /// Its coverage is never below the confidence, also when all agree. Nothing for none.
    ///
    /// # Panics
    /// If there are more successes than trials, or `confidence` is not between 0 and 1.
    pub fn of_share(successes: u32, trials: u32, confidence: Ratio) -> Option<Interval> {
        let Bounds { at_least: low, at_most: high } =
            share_bounds(successes, trials, two_sided(confidence))?;
        Some(Interval { mean: f64::from(successes) / f64::from(trials), low, high, n: trials })
    }

    /// Half the interval's width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

impl Bounds {
    /// One-sided bounds of a mean by Student's t. Nothing for fewer than two values.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_mean(values: &[f64], confidence: Ratio) -> Option<Bounds> {
        let sample = Sample::of(values)?;
        let width = sample.t(one_sided(confidence)) * sample.standard_error;
        Some(Bounds { at_least: sample.mean - width, at_most: sample.mean + width })
    }

    /// The same of whole numbers, whose differences are taken exactly.
    ///
    /// # Panics
    /// If `confidence` is not strictly between 0 and 1.
    pub fn of_whole(values: &[i128], confidence: Ratio) -> Option<Bounds> {
        let (origin, offsets) = from_first(values)?;
        let Bounds { at_least, at_most } = Bounds::of_mean(&offsets, confidence)?;
        Some(Bounds { at_least: origin + at_least, at_most: origin + at_most })
    }

    /// One-sided Clopper–Pearson bounds of a share. Nothing for no trials.
    ///
    /// # Panics
    /// If there are more successes than trials, or `confidence` is not between 0 and 1.
    pub fn of_share(successes: u32, trials: u32, confidence: Ratio) -> Option<Bounds> {
        share_bounds(successes, trials, one_sided(confidence))
    }
}

/// Mean and standard error of at least two values.
struct Sample {
    mean: f64,
    standard_error: f64,
    n: u32,
}

impl Sample {
    fn of(values: &[f64]) -> Option<Sample> {
        let n = u32::try_from(values.len()).ok().filter(|&n| n >= 2)?;
        let count = f64::from(n);
        let mean = values.iter().fold(0.0, |sum, value| sum + value) / count;
        let squares = values.iter().fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
        let standard_error = libm::sqrt(squares / (count - 1.0) / count);
        Some(Sample { mean, standard_error, n })
    }

    fn t(&self, probability: f64) -> f64 {
        t_quantile(probability, self.n - 1)
    }
}

/// Whole numbers as distances from the first: small enough for floats where totals are not.
fn from_first(values: &[i128]) -> Option<(f64, Vec<f64>)> {
    let &first = values.first()?;
    Some((first as f64, values.iter().map(|value| (value - first) as f64).collect()))
}

/// Each bound holds with probability `confidence`.
fn share_bounds(successes: u32, trials: u32, confidence: f64) -> Option<Bounds> {
    assert!(successes <= trials, "{successes} of {trials} is no share");
    if trials == 0 {
        return None;
    }
    let (yes, no) = (f64::from(successes), f64::from(trials - successes));
    let at_least = match successes {
        0 => 0.0,
        _ => beta_quantile(1.0 - confidence, yes, no + 1.0),
    };
    let at_most = match trials - successes {
        0 => 1.0,
        _ => beta_quantile(confidence, yes + 1.0, no),
    };
    Some(Bounds { at_least, at_most })
}

fn one_sided(confidence: Ratio) -> f64 {
    assert!(confidence > Ratio::ZERO && confidence < Ratio::ONE, "0 < confidence < 1");
    confidence.num() as f64 / confidence.den() as f64
}

/// The probability that each end of a two-sided interval must hold with: 97.5 % for 95 %.
fn two_sided(confidence: Ratio) -> f64 {
    f64::midpoint(1.0, one_sided(confidence))
}

#[cfg(test)]
mod tests;
