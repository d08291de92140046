//! How long things take: distributions sampled by inverse CDF, in whole microseconds.
//!
//! One uniform word in, one span out, and a larger word never gives a shorter span. The maths is
//! `libm`'s, pinned by version, because std's `ln` and `exp` differ between platforms; first
//! values are pinned in `tests/it/values.rs`. It never draws a word itself.

mod quantiles;
mod smooth;

use std::sync::Arc;

use self::smooth::{Formula, Known, Smooth};
use super::random::scaled_down;
use crate::units::{Ratio, SimDuration};

/// Ten years of 365 days: no parameter is longer, and a longer sample is cut to it.
pub const SAMPLE_MAX: SimDuration = SimDuration::from_hours(10 * 365 * 24);

/// The standard normal quantile of 99 %: how many sigmas p99 lies above p50.
const SIGMAS_TO_P99: f64 = 2.326_347_874_040_840_8;

/// A distribution of spans, checked when it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Shape);

/// Parameters in µs.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Constant(u64),
    Uniform { lowest: u64, highest: u64 },
    Smooth(Arc<Smooth>),
    Empirical { values: Box<[u64]>, cumulative: Box<[u64]> },
}

/// The distributions of a plan, as far as equal ones can share what speeds up asking them.
#[derive(Clone, Debug, Default)]
pub struct Shared(Known);

impl Shared {
    /// Lets a distribution share with the first equal one, from now on.
    pub fn share(&mut self, distribution: &mut Distribution) {
        if let Distribution(Shape::Smooth(smooth)) = distribution {
            *smooth = self.0.same(smooth);
        }
    }
}

/// Why a distribution cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// A parameter is longer than [`SAMPLE_MAX`].
    #[error("{0} is longer than ten years, the longest span that is modelled")]
    TooLong(SimDuration),
    /// A parameter that must be positive is zero.
    #[error("the {0} must be longer than zero")]
    Zero(&'static str),
    /// Two parameters are in the wrong order.
    #[error("{0} must not be longer than {1}")]
    OutOfOrder(&'static str, &'static str),
    /// A Weibull shape that is not between 1/10 and 100.
    #[error("the shape {0} is not between 1/10 and 100")]
    Shape(Ratio),
    /// An empirical distribution without any value of positive weight.
    #[error("an empirical distribution needs at least one value with a weight above zero")]
    Empty,
}

impl Distribution {
    /// Always the same span.
    ///
    /// # Errors
    /// If it is longer than [`SAMPLE_MAX`].
    pub fn constant(span: SimDuration) -> Result<Distribution, DistributionError> {
        Ok(Distribution(Shape::Constant(within_limit(span)?)))
    }

    /// Any whole microsecond from `lowest` to `highest`, both included, equally likely.
    ///
    /// # Errors
    /// If the ends are in the wrong order, or one is longer than [`SAMPLE_MAX`].
    pub fn uniform(
        lowest: SimDuration,
        highest: SimDuration,
    ) -> Result<Distribution, DistributionError> {
        in_order(("the lowest", lowest), ("the highest", highest))?;
        let (lowest, highest) = (within_limit(lowest)?, within_limit(highest)?);
        Ok(Distribution(Shape::Uniform { lowest, highest }))
    }

    /// Memoryless, with this mean.
    ///
    /// # Errors
    /// If the mean is zero or longer than [`SAMPLE_MAX`].
    pub fn exponential(mean: SimDuration) -> Result<Distribution, DistributionError> {
        Ok(Distribution::smooth(Formula::Exponential { mean: positive("mean", mean)? }))
    }

    /// Log-normal, given by its median and its 99th percentile.
    ///
    /// # Errors
    /// If the median is zero or longer than `p99`, or `p99` longer than [`SAMPLE_MAX`].
    pub fn log_normal(
        p50: SimDuration,
        p99: SimDuration,
    ) -> Result<Distribution, DistributionError> {
        in_order(("p50", p50), ("p99", p99))?;
        let (median, p99) = (positive("p50", p50)?, positive("p99", p99)?);
        let sigma = libm::log(p99 / median) / SIGMAS_TO_P99;
        Ok(Distribution::smooth(Formula::LogNormal { median, sigma }))
    }

    /// Weibull: 63.2 % lie below `scale`; a `shape` below 1 has a heavy tail, 1 is exponential.
    ///
    /// # Errors
    /// If the scale is zero or longer than [`SAMPLE_MAX`], or the shape outside 1/10 ..= 100.
    pub fn weibull(scale: SimDuration, shape: Ratio) -> Result<Distribution, DistributionError> {
        if shape < Ratio::new(1, 10) || shape > Ratio::new(100, 1) {
            return Err(DistributionError::Shape(shape));
        }
        let scale = positive("scale", scale)?;
        let shape = shape.num() as f64 / shape.den() as f64;
        Ok(Distribution::smooth(Formula::Weibull { scale, shape }))
    }

    /// The measured values themselves, each as likely as its weight says; order is irrelevant.
    ///
    /// # Errors
    /// If no value has a weight above zero, or one is longer than [`SAMPLE_MAX`].
    pub fn empirical(
        weighted: impl IntoIterator<Item = (SimDuration, u32)>,
    ) -> Result<Distribution, DistributionError> {
        let mut pairs = Vec::new();
        for (span, weight) in weighted {
            pairs.push((within_limit(span)?, weight));
        }
        pairs.retain(|&(_, weight)| weight > 0);
        if pairs.is_empty() {
            return Err(DistributionError::Empty);
        }
        pairs.sort_unstable();
        let mut total = 0u64;
        let (values, cumulative): (Vec<u64>, Vec<u64>) = pairs
            .into_iter()
            .map(|(value, weight)| {
                total += u64::from(weight);
                (value, total)
            })
            .unzip();
        Ok(Distribution(Shape::Empirical {
            values: values.into_boxed_slice(),
            cumulative: cumulative.into_boxed_slice(),
        }))
    }

    /// The span itself, where it is always the same.
    pub(super) const fn fixed(&self) -> Option<SimDuration> {
        match &self.0 {
            Shape::Constant(span) => Some(SimDuration::from_micros(*span)),
            Shape::Uniform { .. } | Shape::Smooth(..) | Shape::Empirical { .. } => None,
        }
    }

    /// The span that a uniform word stands for; at most [`SAMPLE_MAX`].
    ///
    /// Uniform and empirical use all 64 bits, in integers. The others use the top 52 bits as a
    /// probability strictly between 0 and 1, so their tails end at 2⁻⁵³: 8.2 sigmas, 36.7 means.
    pub fn sample(&self, word: u64) -> SimDuration {
        match &self.0 {
            Shape::Constant(span) => SimDuration::from_micros(*span),
            Shape::Uniform { lowest, highest } => {
                let offset = scaled_down(word, highest - lowest + 1);
                SimDuration::from_micros(lowest + offset)
            }
            Shape::Smooth(smooth) => {
                let micros = smooth.nearest(probability(word));
                SimDuration::from_micros(micros).min(SAMPLE_MAX)
            }
            Shape::Empirical { values, cumulative } => {
                let total = cumulative[cumulative.len() - 1];
                let target = scaled_down(word, total);
                let place = cumulative.partition_point(|&weight| weight <= target);
                SimDuration::from_micros(values[place])
            }
        }
    }

    /// The mean in µs, before samples are cut to [`SAMPLE_MAX`]; for reports, never for the model.
    pub fn mean_us(&self) -> f64 {
        match &self.0 {
            Shape::Constant(span) => *span as f64,
            Shape::Uniform { lowest, highest } => (lowest + highest) as f64 / 2.0,
            Shape::Smooth(smooth) => smooth.formula().mean(),
            Shape::Empirical { values, cumulative } => {
                let mut sum = 0u128;
                let mut before = 0;
                for (&value, &upto) in values.iter().zip(cumulative) {
                    sum += u128::from(value) * u128::from(upto - before);
                    before = upto;
                }
                sum as f64 / before as f64
            }
        }
    }

    /// Every span times `num / den`, such as ½ or 2 for a stress row; cut to [`SAMPLE_MAX`].
    ///
    /// # Panics
    /// If `den` is zero.
    #[must_use]
    pub fn scaled(&self, num: u64, den: u64) -> Distribution {
        assert!(den > 0, "a factor has a denominator");
        let whole = |span: u64| {
            let scaled = SimDuration::from_micros(span).scaled(num, den);
            scaled.min(SAMPLE_MAX).as_micros()
        };
        Distribution(match &self.0 {
            Shape::Constant(span) => Shape::Constant(whole(*span)),
            Shape::Uniform { lowest, highest } => {
                Shape::Uniform { lowest: whole(*lowest), highest: whole(*highest) }
            }
            Shape::Smooth(smooth) => {
                return Distribution::smooth(smooth.formula().scaled(num, den));
            }
            Shape::Empirical { values, cumulative } => Shape::Empirical {
                values: values.iter().map(|&value| whole(value)).collect(),
                cumulative: cumulative.clone(),
            },
        })
    }

    fn smooth(formula: Formula) -> Distribution {
        Distribution(Shape::Smooth(Smooth::of(formula)))
    }
}

fn within_limit(span: SimDuration) -> Result<u64, DistributionError> {
    if span > SAMPLE_MAX {
        return Err(DistributionError::TooLong(span));
    }
    Ok(span.as_micros())
}

fn positive(what: &'static str, span: SimDuration) -> Result<f64, DistributionError> {
    if span.is_zero() {
        return Err(DistributionError::Zero(what));
    }
    within_limit(span).map(|micros| micros as f64)
}

fn in_order(
    (short, shorter): (&'static str, SimDuration),
    (long, longer): (&'static str, SimDuration),
) -> Result<(), DistributionError> {
    if shorter > longer {
        return Err(DistributionError::OutOfOrder(short, long));
    }
    Ok(())
}

/// Strictly between 0 and 1: the middle of one of 2⁵² equal cells. `1 − p` is exact as well.
fn probability(word: u64) -> f64 {
    const CELLS: f64 = (1u64 << 52) as f64;
    ((word >> 12) as f64 + 0.5) / CELLS
}

#[cfg(test)]
mod tests;
