//! `--until "METRIC ± AMOUNT"`: replications until an interval is narrow enough.

use crate::sim::metric::{Metric, PERCENT, ServiceFigure, Statistic, Unit};
use crate::stats::{Lack, Precision};
use crate::units::Ratio;

use super::collected::Collected;
use super::estimate::{CONFIDENCE, estimate};

/// Fewer replications are not judged: the rule stops too early on what they say.
pub const LEAST: u32 = 20;

/// How narrow the 95 % interval of a metric is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    /// As written.
    pub text: String,
    /// Of what.
    pub metric: Metric,
    precision: Precision,
}

/// Why there is no such rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UntilError {
    /// It is not written as one.
    #[error("no `±` between a metric and an amount")]
    Malformed,
    /// The amount is none of the metric's unit.
    #[error("{problem}, expected {expected}")]
    Amount {
        /// What it is not.
        problem: String,
        /// What it should be.
        expected: String,
    },
    /// No interval is so narrow.
    #[error("an interval is wider than nothing")]
    Nothing,
    /// The metric has no interval.
    #[error("the largest of what was seen has no interval, whatever the number of replications")]
    Extreme,
}

/// What replications so far say of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The interval is narrow enough, or there is nothing that it could be about: all replications
    /// say the same, or none says anything.
    Yes,
    /// It is not: look again after so many replications.
    No(u32),
}

impl Until {
    /// The parts of `METRIC ± AMOUNT`; `+-` may stand for `±`.
    ///
    /// # Errors
    /// If it is not written so.
    pub fn parts(text: &str) -> Result<(&str, &str), UntilError> {
        let (metric, amount) =
            text.split_once('±').or_else(|| text.split_once("+-")).ok_or(UntilError::Malformed)?;
        Ok((metric.trim(), amount.trim()))
    }

    /// The interval of `metric` is to be within `amount` of its value: in the metric's own unit, or
    /// as a share of the value, such as `2%`, unless the metric is a percentage itself.
    ///
    /// # Errors
    /// If the amount is not one, or no interval of the metric can be so narrow.
    pub fn new(text: &str, metric: Metric, amount: &str) -> Result<Until, UntilError> {
        let is_extreme = matches!(
            metric,
            Metric::Latency(_, Statistic::Max)
                | Metric::Service(_, ServiceFigure::Ready(Statistic::Max))
        );
        if is_extreme {
            return Err(UntilError::Extreme);
        }
        let share = amount.strip_suffix('%').filter(|_| metric.unit() != Unit::Percent);
        let unit = if share.is_some() { Unit::Percent } else { metric.unit() };
        let value = unit.read(amount).map_err(|error| UntilError::Amount {
            problem: error.problem.clone(),
            expected: error.expected.to_owned(),
        })?;
        if value <= 0 {
            return Err(UntilError::Nothing);
        }
        let precision = match share {
            Some(_) => {
                let all = |value: i128| u64::try_from(value).unwrap_or(u64::MAX);
                Precision::Relative(Ratio::new(all(value), all(100 * PERCENT)))
            }
            None => Precision::Absolute(value as f64),
        };
        Ok(Until { text: text.to_owned(), metric, precision })
    }

    /// Whether replications are enough.
    pub fn reached(&self, collected: &Collected) -> Reached {
        let now = collected.each.runs();
        let estimate = estimate(&self.metric, &collected.totals, &collected.each, CONFIDENCE);
        match estimate.interval {
            Ok(interval) if self.precision.is_met(&interval) => Reached::Yes,
            Ok(interval) => Reached::No(self.precision.next_look(&interval, now)),
            Err(Lack::Alike | Lack::Nothing | Lack::Extreme) => Reached::Yes,
            Err(Lack::TooFew { enough }) => {
                Reached::No(enough.clamp(now.saturating_add(1), now.saturating_mul(2).max(LEAST)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Result<Precision, String> {
        let rule = || {
            let (metric, amount) = Until::parts(text)?;
            Until::new(text, Metric::parse(metric).expect("a metric"), amount)
        };
        rule().map(|until| until.precision).map_err(|error| error.to_string())
    }

    #[test]
    fn a_percentage_is_a_share_of_what_is_no_percentage() {
        assert_eq!(read("saving.net ± 2%"), Ok(Precision::Relative(Ratio::new(2, 100))));
        assert_eq!(read("saving.net +- 500"), Ok(Precision::Absolute(500e9)));
        assert_eq!(read("unavailable.hours±0.5h"), Ok(Precision::Absolute(0.5 * 3_600e6)));
        assert_eq!(read("start.due_to_ready.p99 ± 30s"), Ok(Precision::Absolute(30e6)));
        let points = Precision::Absolute(PERCENT as f64 / 2.0);
        assert_eq!(read("restart.good_waves ± 0.5%"), Ok(points));
    }

    #[test]
    fn what_can_never_be_reached_is_refused() {
        for (text, why) in [
            ("saving.net 2%", "no `±`"),
            ("saving.net ± much", "not an amount of money"),
            ("saving.net ± 0", "wider than nothing"),
            ("saving.net ± -1%", "not a percentage"),
            ("saving.net ± -1", "wider than nothing"),
            ("restart.good_waves ± 3", "not a percentage"),
            ("start.due_to_ready.max ± 3s", "the largest"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
