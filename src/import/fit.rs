//! Spans to distributions: what was measured, as a scenario writes it, and how sure it is.
//!
//! The only file of this layer with floats; they end as text.

use crate::stats::{Interval, Latency, Quantile};
use crate::units::{Ratio, SimDuration};

/// Fewer observations than this give no percentile and no rate.
pub const ENOUGH: u64 = 20;
/// Longer spans are counted as this. A limit of this program.
const LONGEST: SimDuration = SimDuration::from_hours(30 * 24);
/// Most values of an empirical distribution that is written.
const POINTS: u64 = 200;
/// The standard normal quantiles of 99 % and 97.5 %.
const Z99: f64 = 2.326_347_874_040_840_8;
const Z975: f64 = 1.959_963_984_540_054;

/// Observed spans of one kind; memory does not grow with them.
#[derive(Clone, Debug)]
pub struct Sample {
    spans: Latency,
    /// The mean of the logarithms, and the sum of their squared distances from it (B. P. Welford,
    /// Technometrics 4, 1962): exact enough for millions that hardly differ.
    mean: f64,
    squares: f64,
    /// Those that were begun and not seen to end.
    pub censored: u64,
}

/// A log-normal distribution that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogNormal {
    /// Its median.
    pub p50: SimDuration,
    /// The 95 % interval of the median.
    pub p50_within: [SimDuration; 2],
    /// Its 99th percentile.
    pub p99: SimDuration,
}

impl Default for Sample {
    fn default() -> Sample {
        Sample { spans: Latency::new(LONGEST), mean: 0.0, squares: 0.0, censored: 0 }
    }
}

impl Sample {
    /// Adds one.
    pub fn record(&mut self, span: SimDuration) {
        let span = span.max(SimDuration::from_micros(1_000));
        self.spans.record(span);
        let log = libm::log(span.as_micros() as f64);
        let before = log - self.mean;
        self.mean += before / self.n() as f64;
        self.squares += before * (log - self.mean);
    }

    /// How many.
    pub fn n(&self) -> u64 {
        self.spans.finished()
    }

    /// A quantile, from [`ENOUGH`] on.
    pub fn quantile(&self, share: Ratio) -> Option<SimDuration> {
        match self.spans.quantile(share) {
            Quantile::Value(span) if self.n() >= ENOUGH => Some(rounded(span)),
            Quantile::Value(_) | Quantile::Censored | Quantile::Empty => None,
        }
    }

    /// The log-normal distribution of the largest likelihood, from [`ENOUGH`] on.
    pub fn log_normal(&self) -> Option<LogNormal> {
        if self.n() < ENOUGH {
            return None;
        }
        let n = self.n() as f64;
        let mean = self.mean;
        let sigma = libm::sqrt(self.squares.max(0.0) / n);
        let half = Z975 * sigma / libm::sqrt(n);
        let span = |log: f64| rounded(SimDuration::from_micros(libm::exp(log) as u64));
        Some(LogNormal {
            p50: span(mean),
            p50_within: [span(mean - half), span(mean + half)],
            p99: span(mean + Z99 * sigma),
        })
    }

    /// `{ empirical = […] }`: the values themselves, or as many quantiles in equal steps.
    pub fn empirical(&self) -> Option<String> {
        if self.n() < ENOUGH {
            return None;
        }
        let points = self.n().min(POINTS);
        let values: Vec<String> = (0..points)
            .filter_map(|point| self.quantile(Ratio::new(2 * point + 1, 2 * points)))
            .map(|span| format!("\"{span}\""))
            .collect();
        Some(format!("{{ empirical = [{}] }}", values.join(", ")))
    }
}

/// To the millisecond.
fn rounded(span: SimDuration) -> SimDuration {
    SimDuration::from_micros((span.as_micros() + 500) / 1_000 * 1_000)
}

/// `12.5 % [8.0 % .. 18.4 %]`, with the exact 95 % interval; of few only the counts.
pub fn share(hits: u64, trials: u64) -> String {
    if trials < ENOUGH {
        return format!("{hits} of {trials}: too few for a rate");
    }
    let percent = 100.0 * hits as f64 / trials as f64;
    let whole = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    match Interval::of_share(whole(hits), whole(trials), Ratio::new(95, 100)) {
        Some(Interval { low, high, .. }) => {
            format!("{percent:.1} % [{:.1} % .. {:.1} %]", 100.0 * low, 100.0 * high)
        }
        None => format!("{percent:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_to_the_nearest_millisecond() {
        for (exact, told) in [(1_499, 1_000), (1_500, 2_000), (2_000, 2_000), (2_499, 2_000)] {
            let found = rounded(SimDuration::from_micros(exact));
            assert_eq!(found, SimDuration::from_micros(told), "{exact}");
        }
    }
}
