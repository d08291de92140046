//! A promise: a figure that is to be on one side of a threshold, whatever the setting.

use crate::sim::metric::{Metric, Over, PERCENT, ServiceFigure, Unit};
use crate::sim::plan::{Across, Expectation, Relation};
use crate::stats::{Interval, Lack, clean_replications};
use crate::units::Ratio;

use super::super::collected::Collected;
use super::super::estimate::{CONFIDENCE, Estimate, Method, bound_confidence, estimate, range};
use super::super::measure::Observed;
use super::search::Side;

/// What every setting has to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// As written: `restart.good_waves >= 99%`.
    pub text: String,
    /// The figure.
    pub metric: Metric,
    /// Whether it is to be above the threshold, and not below it.
    is_above: bool,
    /// In the metric's unit.
    pub threshold: i128,
    /// By so much it may miss the threshold and either side may be named, in the metric's unit.
    pub margin: i128,
}

/// Why an expectation is no promise that settings can be held to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    /// `every`, `max` or `min`.
    #[error("a promise is about the true value: write it without `every`, `max` or `min`")]
    OfEach,
    /// `=`
    #[error("a promise is `>=` or `<=`: no number of replications shows that two are equal")]
    Equal,
    /// Its margin is negative.
    #[error("a margin below nothing")]
    Margin,
    /// So many replications, all without a miss, would have to be run.
    #[error(
        "that cannot be shown with {most} replications of a setting: it takes {needed}, and none \
         of them may miss it"
    )]
    TooFew {
        /// At most so many are run.
        most: u32,
        /// So many it takes.
        needed: u32,
    },
    /// No replications show it.
    #[error("no number of replications shows that it is never missed")]
    Never,
}

/// What the replications of a setting say of a promise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// Its side.
    pub side: Side,
    /// What was observed, and where the true value lies.
    pub estimate: Estimate,
    /// Whether all replications say the same, so that nothing but them is known.
    pub is_alike: bool,
}

impl Promise {
    /// Of an expectation; without a margin half a per cent, or a hundredth of the threshold.
    ///
    /// # Errors
    /// If it is about each replication, equality, or the margin is negative.
    pub fn of(expectation: &Expectation, margin: Option<i128>) -> Result<Promise, PromiseError> {
        if expectation.across != Across::Truth {
            return Err(PromiseError::OfEach);
        }
        let metric = Metric::parse(&expectation.metric).expect("the scenario knows its metrics");
        let is_above = match expectation.relation {
            Relation::Greater | Relation::AtLeast => true,
            Relation::Less | Relation::AtMost => false,
            Relation::Equal => return Err(PromiseError::Equal),
        };
        let threshold = expectation.threshold;
        let margin = margin.unwrap_or(match metric.unit() {
            Unit::Percent => PERCENT / 2,
            Unit::Duration | Unit::Money | Unit::Count | Unit::Hours => threshold.abs() / 100,
        });
        if margin < 0 {
            return Err(PromiseError::Margin);
        }
        Ok(Promise { text: expectation.text.clone(), metric, is_above, threshold, margin })
    }

    /// Whether so many replications can show it at all, each side with this confidence: of a
    /// share, those that never miss it.
    ///
    /// # Errors
    /// If they cannot, with how many it takes.
    pub fn can_be_shown(&self, most: u32, one_sided: Ratio) -> Result<(), PromiseError> {
        let (true, Some(all)) = (self.is_above && is_exact(&self.metric), range(&self.metric).1)
        else {
            return Ok(());
        };
        let least = (self.threshold - self.margin) as f64 / all as f64;
        if least <= 0.0 {
            return Ok(());
        }
        match clean_replications(least, self.confidence(one_sided)) {
            Some(needed) if needed <= most => Ok(()),
            Some(needed) => Err(PromiseError::TooFew { most, needed }),
            None => Err(PromiseError::Never),
        }
    }

    /// What these replications say, each side with this confidence.
    pub fn kept(&self, collected: &Collected, one_sided: Ratio) -> Kept {
        let confidence = self.confidence(one_sided);
        let estimate = estimate(&self.metric, &collected.totals, &collected.each, confidence);
        let side = match estimate.interval {
            Ok(interval) => self.side(&interval),
            Err(Lack::Alike | Lack::Extreme) => match estimate.observed.against(self.threshold) {
                Some(order) if self.is_above && order.is_lt() => Side::Misses,
                Some(order) if !self.is_above && order.is_gt() => Side::Misses,
                Some(_) => Side::Meets,
                None => Side::Open,
            },
            Err(Lack::TooFew { .. } | Lack::Nothing) => Side::Open,
        };
        Kept { side, estimate, is_alike: estimate.interval == Err(Lack::Alike) }
    }

    /// Whether an interval lies on the bad side of the threshold and of the margin.
    pub fn is_missed_beyond_margin(&self, interval: &Interval) -> bool {
        let (threshold, margin) = (self.threshold as f64, self.margin as f64);
        match self.is_above {
            true => interval.high < threshold - margin,
            false => interval.low > threshold + margin,
        }
    }

    /// How well it is kept by what was observed: more is better, never is worst.
    pub fn rank(&self, observed: Observed) -> Option<i128> {
        let sign = if self.is_above { 1 } else { -1 };
        match observed {
            Observed::Never => Some(if self.is_above { i128::MAX } else { i128::MIN }),
            Observed::Value(_) | Observed::Mean { .. } => observed.value().map(|one| sign * one),
            Observed::Nothing | Observed::NotModelled => None,
        }
    }

    /// The confidence of an interval each end of which holds with this one: exact intervals miss
    /// alike on either side, others may miss on one side only (docs/COVERAGE.md).
    pub fn confidence(&self, one_sided: Ratio) -> Ratio {
        let missed = one_sided.den() - one_sided.num();
        match is_exact(&self.metric) {
            true => Ratio::new(one_sided.den() - 2 * missed, one_sided.den()),
            false => one_sided,
        }
    }

    /// What an interval says, in the metric's unit. Within the margin either side is right: then it
    /// misses.
    pub fn side(&self, interval: &Interval) -> Side {
        let Interval { low, high, .. } = *interval;
        let (threshold, margin) = (self.threshold as f64, self.margin as f64);
        let (misses, meets) = match self.is_above {
            true => (high < threshold, low > threshold - margin),
            false => (low > threshold, high < threshold + margin),
        };
        match (misses, meets) {
            (true, _) => Side::Misses,
            (false, true) => Side::Meets,
            (false, false) => Side::Open,
        }
    }
}

/// Of several promises together.
pub fn together(sides: impl Iterator<Item = Side> + Clone) -> Side {
    if sides.clone().any(|side| side == Side::Misses) {
        Side::Misses
    } else if sides.clone().all(|side| side == Side::Meets) {
        Side::Meets
    } else {
        Side::Open
    }
}

/// Whether a metric is a mean over replications, so that settings can be told apart by it.
pub fn is_mean(metric: &Metric) -> bool {
    !matches!(
        metric,
        Metric::Latency(..)
            | Metric::UpAt(_, Over::Mean, _)
            | Metric::GoodWaves(_)
            | Metric::BreakEven
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute
            | Metric::Service(_, ServiceFigure::Ready(_) | ServiceFigure::GoodStarts)
    )
}

/// The objective of each replication, so that more is better; nothing is 0.
///
/// # Panics
/// If it was not asked of the runs, or [`is_mean`] says no.
pub fn objective(metric: &Metric, is_maximised: bool, collected: &Collected) -> Vec<i128> {
    let sample = collected.each.sample(metric).filter(|one| one.method == Method::Mean);
    let sign = if is_maximised { 1 } else { -1 };
    let each = sample.expect("a mean over replications that was asked for").each();
    each.into_iter().map(|(value, _)| sign * value).collect()
}

/// Whether the ends of its interval keep their promise one by one.
fn is_exact(metric: &Metric) -> bool {
    bound_confidence(metric) != CONFIDENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(low: f64, high: f64) -> Interval {
        Interval { mean: f64::midpoint(low, high), low, high, n: 20 }
    }

    fn promise(relation: Relation, margin: Option<i128>) -> Result<Promise, PromiseError> {
        let expectation = Expectation {
            text: "restart.good_waves".to_owned(),
            across: Across::Truth,
            metric: "restart.good_waves".to_owned(),
            relation,
            threshold: 99_000_000,
        };
        Promise::of(&expectation, margin)
    }

    #[test]
    fn within_the_margin_either_side_is_right_and_beyond_it_one_is() {
        let above = promise(Relation::AtLeast, None).expect("a promise");
        assert_eq!(above.margin, 500_000, "half a per cent");
        for (low, high, side) in [
            (98.6e6, 99.9e6, Side::Meets),
            (98.4e6, 99.9e6, Side::Open),
            (98.4e6, 98.9e6, Side::Misses),
            (98.6e6, 98.9e6, Side::Misses),
        ] {
            assert_eq!(above.side(&around(low, high)), side, "{low} {high}");
        }
        let below = promise(Relation::Less, Some(1_000_000)).expect("a promise");
        for (low, high, side) in [
            (98.0e6, 99.9e6, Side::Meets),
            (98.0e6, 100.1e6, Side::Open),
            (99.1e6, 99.5e6, Side::Misses),
        ] {
            assert_eq!(below.side(&around(low, high)), side, "{low} {high}");
        }
    }

    /// 0.985^n is at most 1 in 1 000 from n = 458 on.
    #[test]
    fn what_replications_cannot_show_is_told_with_how_many_could() {
        let above = promise(Relation::AtLeast, None).expect("a promise");
        let one_sided = Ratio::new(999, 1_000);
        assert_eq!(above.can_be_shown(458, one_sided), Ok(()));
        let few = PromiseError::TooFew { most: 457, needed: 458 };
        assert_eq!(above.can_be_shown(457, one_sided), Err(few));
        let certain = Promise { threshold: 100_000_000, margin: 0, ..above };
        assert_eq!(certain.can_be_shown(1_000_000, one_sided), Err(PromiseError::Never));
    }

    #[test]
    fn what_no_replications_can_decide_is_no_promise() {
        assert_eq!(promise(Relation::Equal, None), Err(PromiseError::Equal));
        assert_eq!(promise(Relation::AtLeast, Some(-1)), Err(PromiseError::Margin));
    }

    #[test]
    fn several_promises_are_met_together_and_missed_by_one() {
        use Side::{Meets, Misses, Open};
        for (sides, all) in
            [([Meets, Meets], Meets), ([Meets, Open], Open), ([Open, Misses], Misses)]
        {
            assert_eq!(together(sides.into_iter()), all);
        }
    }
}
