//! What a race costs: runs that violate something beside those that do not.

use crate::stats::Interval;

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
}

/// A month of 730 h, in µs.
const MONTH: f64 = 730.0 * 3_600e6;

impl Hunted {
    /// What violations cost in this figure, over a horizon in µs; none if all runs violate
    /// something, none does, or there are too few of either.
    pub fn price(&self, horizon: u64, of: impl Fn(&Cost) -> i128) -> Option<Price> {
        let mean = |costs: &[Cost]| {
            let values: Vec<i128> = costs.iter().map(&of).collect();
            Interval::of_mean(&values, CONFIDENCE).ok()
        };
        let [violating, clean] = [mean(&self.costs[0])?, mean(&self.costs[1])?];
        // The two are independent: their widths add up as squares do.
        let below = libm::hypot(violating.mean - violating.low, clean.high - clean.mean);
        let above = libm::hypot(violating.high - violating.mean, clean.mean - clean.low);
        let difference = violating.mean - clean.mean;
        let a_run = Range { mean: difference, low: difference - below, high: difference + above };
        let (runs, violated) = self.stated;
        let share = Interval::of_share(violated, runs, CONFIDENCE)?;
        let times = MONTH / horizon as f64;
        // The widest that both intervals allow.
        let ends = [share.low * a_run.low, share.low * a_run.high, share.high * a_run.low]
            .into_iter()
            .chain([share.high * a_run.high]);
        let a_month = Range {
            mean: times * share.mean * difference,
            low: times * ends.clone().fold(f64::INFINITY, f64::min),
            high: times * ends.fold(f64::NEG_INFINITY, f64::max),
        };
        Some(Price { a_run, a_month })
    }
}
