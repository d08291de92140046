//! What a race costs: runs that violate something beside those that do not.

use crate::stats::{Interval, Lack};
use crate::units::Ratio;

use super::fold::{CONFIDENCE, Hunted};
use super::trial::Cost;

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The figure.
    pub mean: f64,
    /// Where the true one lies.
    pub low: f64,
    /// Where the true one lies.
    pub high: f64,
}

/// What violations cost, in one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// A run that violates something, beyond one that does not.
    pub a_run: Range,
    /// How likely that is, times what it costs, times how many such runs are in a month of 730 h.
    pub a_month: Range,
    /// Whether all runs that violate something, or all that do not, cost the same: that is taken
    /// to be so in all such runs.
    pub is_alike: bool,
}

/// Half the doubt of [`CONFIDENCE`].
const HALF: Ratio = Ratio::new(975, 1_000);
/// A month of 730 h, in µs.
const MONTH: f64 = 730.0 * 3_600e6;

impl Hunted {
    /// What violations cost in this figure, in a window of so many µs; none if there are too few
    /// runs that violate something, or too few others.
    pub fn price(&self, window: u64, of: impl Fn(&Cost) -> i128) -> Option<Price> {
        let (runs, violated) = self.stated;
        let (a_run, is_alike) = self.difference(CONFIDENCE, &of)?;
        // Both hold together with 95 %: each of them with half the doubt.
        let ((cost, _), share) =
            (self.difference(HALF, &of)?, Interval::of_share(violated, runs, HALF)?);
        let times = MONTH / window as f64;
        let ends = [share.low, share.high].map(|share| [share * cost.low, share * cost.high]);
        let ends = ends.as_flattened();
        let a_month = Range {
            mean: times * share.mean * cost.mean,
            low: times * ends.iter().copied().fold(f64::INFINITY, f64::min),
            high: times * ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        Some(Price { a_run, a_month, is_alike })
    }

    /// The mean of violating runs beyond that of the others, and whether some of either kind cost
    /// the same.
    fn difference(&self, confidence: Ratio, of: &impl Fn(&Cost) -> i128) -> Option<(Range, bool)> {
        let mut is_alike = false;
        let mut mean = |costs: &[Cost]| {
            let values: Vec<i128> = costs.iter().map(of).collect();
            match Interval::of_mean(&values, confidence) {
                Ok(interval) => Some(interval),
                Err(Lack::Alike) => {
                    is_alike = true;
                    let (mean, n) = (values[0] as f64, u32::try_from(values.len()).ok()?);
                    Some(Interval { mean, low: mean, high: mean, n })
                }
                Err(Lack::TooFew { .. } | Lack::Extreme | Lack::Nothing) => None,
            }
        };
        let [violating, clean] = [mean(&self.costs[0])?, mean(&self.costs[1])?];
        // The two are independent: their widths add up as squares do.
        let below = libm::hypot(violating.mean - violating.low, clean.high - clean.mean);
        let above = libm::hypot(violating.high - violating.mean, clean.mean - clean.low);
        let mean = violating.mean - clean.mean;
        Some((Range { mean, low: mean - below, high: mean + above }, is_alike))
    }
}
