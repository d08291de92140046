//! What one or several replications say of a metric: the value, and where the true one lies.
//!
//! The unit of independence is the replication. Each kind of figure has one method; which one
//! never depends on the values, and instances or calls are never pooled as if they were
//! independent. The screen, the summary and the expectations all ask here.

use crate::stats::{Interval, Lack, Latency, Quantiles};
use crate::units::Ratio;
use crate::units::time::MICROS_PER_HOUR;
use crate::world::metric::{Metric, Over, PERCENT, ServiceFigure, Statistic};

use super::measure::{Observed, measure};
use super::totals::Totals;

/// The confidence of each two-sided interval.
pub const CONFIDENCE: Ratio = Ratio::new(95, 100);
/// The confidence of an interval each end of which holds with 95 %.
pub const ONE_SIDED: Ratio = Ratio::new(90, 100);

/// A value, and where the true one lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub observed: Observed,
    /// Where the true one lies, in the metric's unit, within what is possible; or why that cannot
    /// be said.
    pub interval: Result<Interval, Lack>,
}

/// Estimates a metric over at least two replications: `pooled` are the totals of all, `each`
/// those of every one, in order.
pub fn estimate(metric: &Metric, pooled: &Totals, each: &[Totals], confidence: Ratio) -> Estimate {
    let observed = measure(metric, pooled);
    if observed == Observed::NotModelled {
        return Estimate { observed, interval: Err(Lack::Nothing) };
    }
    let over = Replications { metric, pooled, each, confidence };
    let estimate = match metric {
        Metric::Latency(name, statistic) => {
            over.latency(observed, *statistic, |totals| Some(totals.latency(*name)))
        }
        Metric::Service(name, ServiceFigure::Ready(statistic)) => {
            over.latency(observed, *statistic, |totals| {
                totals.service(name).map(|service| &service.ready)
            })
        }
        Metric::UpAt(at, Over::Mean, among) => over.ratio(observed, 100 * PERCENT, |totals| {
            let counts = totals.restart.up(*among);
            (counts.up[at.index()].into(), counts.due[at.index()].into())
        }),
        Metric::NetPct => over.ratio(observed, 100 * PERCENT, |totals| {
            (totals.bill.net().as_nanos(), totals.bill.baseline.as_nanos())
        }),
        Metric::IntendedPct => over.ratio(observed, 100 * PERCENT, |totals| {
            (totals.bill.intended.as_nanos(), totals.bill.baseline.as_nanos())
        }),
        Metric::IntendedPctOfCompute => over.ratio(observed, 100 * PERCENT, |totals| {
            let bill = &totals.bill;
            (bill.intended_compute.as_nanos(), bill.baseline_compute.as_nanos())
        }),
        Metric::BreakEven => over.ratio(observed, MICROS_PER_HOUR.into(), |totals| {
            let worth = totals.bill.net();
            (worth.as_nanos(), i128::try_from(totals.unavailable_us()).unwrap_or(i128::MAX))
        }),
        Metric::GoodWaves(among) => {
            over.clusters(observed, |totals| totals.restart.good_of(*among))
        }
        Metric::Service(name, ServiceFigure::GoodStarts) => over.clusters(observed, |totals| {
            totals.service(name).map_or((0, 0), |one| (one.good_starts, one.starts))
        }),
        Metric::UpAt(_, Over::Worst, _)
        | Metric::Never
        | Metric::Saving(_)
        | Metric::Billing(_)
        | Metric::UnavailableHours
        | Metric::DuplicateHours
        | Metric::Replaced
        | Metric::Calls(..)
        | Metric::Refusals(_)
        | Metric::DataLossStops
        | Metric::ChangedAddresses
        | Metric::Service(_, ServiceFigure::UnavailableHours | ServiceFigure::Broken) => {
            over.mean()
        }
    };
    estimate.within(range(metric))
}

/// The confidence that makes one end of an interval hold with 95 %.
///
/// The exact interval of clusters keeps its promise on either side; the others miss more often on
/// the side of a tail that few replications show, so each of their ends is one of 97.5 %
/// (docs/COVERAGE.md).
pub fn bound_confidence(metric: &Metric) -> Ratio {
    match metric {
        Metric::GoodWaves(_) | Metric::Service(_, ServiceFigure::GoodStarts) => ONE_SIDED,
        Metric::Latency(..)
        | Metric::Service(
            _,
            ServiceFigure::Ready(_) | ServiceFigure::UnavailableHours | ServiceFigure::Broken,
        )
        | Metric::UpAt(..)
        | Metric::Never
        | Metric::Saving(_)
        | Metric::Billing(_)
        | Metric::BreakEven
        | Metric::NetPct
        | Metric::IntendedPct
        | Metric::IntendedPctOfCompute
        | Metric::UnavailableHours
        | Metric::DuplicateHours
        | Metric::Replaced
        | Metric::Calls(..)
        | Metric::Refusals(_)
        | Metric::DataLossStops
        | Metric::ChangedAddresses => CONFIDENCE,
    }
}

/// What the metric is possible to be: only money may be negative, and no more than all can be
/// ready.
pub fn range(metric: &Metric) -> (Option<i128>, Option<i128>) {
    match metric {
        Metric::UpAt(..) | Metric::GoodWaves(_) | Metric::Service(_, ServiceFigure::GoodStarts) => {
            (Some(0), Some(100 * PERCENT))
        }
        Metric::Saving(_)
        | Metric::Billing(_)
        | Metric::BreakEven
        | Metric::NetPct
        | Metric::IntendedPct
        | Metric::IntendedPctOfCompute => (None, None),
        Metric::Latency(..)
        | Metric::Never
        | Metric::UnavailableHours
        | Metric::DuplicateHours
        | Metric::Replaced
        | Metric::Calls(..)
        | Metric::Refusals(_)
        | Metric::DataLossStops
        | Metric::ChangedAddresses
        | Metric::Service(
            _,
            ServiceFigure::Ready(_) | ServiceFigure::UnavailableHours | ServiceFigure::Broken,
        ) => (Some(0), None),
    }
}

impl Estimate {
    /// No end of an interval lies outside what is possible.
    fn within(mut self, (least, most): (Option<i128>, Option<i128>)) -> Estimate {
        if let Ok(interval) = &mut self.interval {
            let least = least.map_or(f64::NEG_INFINITY, |least| least as f64);
            let most = most.map_or(f64::INFINITY, |most| most as f64);
            interval.low = interval.low.clamp(least, most);
            interval.high = interval.high.clamp(least, most);
        }
        self
    }
}

/// A metric over replications.
struct Replications<'a> {
    metric: &'a Metric,
    pooled: &'a Totals,
    each: &'a [Totals],
    confidence: Ratio,
}

impl Replications<'_> {
    /// The mean of what each replication says, kept as sum and n; those in which there was
    /// nothing to observe say nothing.
    fn mean(&self) -> Estimate {
        let each = self.each.iter().map(|totals| measure(self.metric, totals));
        let values: Vec<i128> = each.filter_map(Observed::value).collect();
        let Ok(n @ 1..) = u32::try_from(values.len()) else {
            return Estimate { observed: Observed::Nothing, interval: Err(Lack::Nothing) };
        };
        let observed = Observed::Mean { sum: values.iter().sum(), n };
        let interval = Interval::of_mean(&values, self.confidence);
        Estimate {
            observed,
            interval: interval.map(|interval| above_none(interval, &values, self)),
        }
    }

    /// A sum over a sum, times `scale`.
    fn ratio(
        &self,
        observed: Observed,
        scale: i128,
        parts: impl Fn(&Totals) -> (i128, i128),
    ) -> Estimate {
        let parts: Vec<(i128, i128)> = self.each.iter().map(parts).collect();
        let interval = Interval::of_ratio(&parts, self.confidence);
        Estimate { observed, interval: interval.map(|interval| scaled(interval, scale)) }
    }

    /// Several yes or no a replication.
    fn clusters(&self, observed: Observed, parts: impl Fn(&Totals) -> (u64, u64)) -> Estimate {
        let parts: Vec<(u64, u64)> = self.each.iter().map(parts).collect();
        let interval = Interval::of_clusters(&parts, self.confidence);
        Estimate { observed, interval: interval.map(|interval| scaled(interval, 100 * PERCENT)) }
    }

    /// A statistic of all items together. The longest of those that happened says nothing of
    /// those that did not: it is observed.
    fn latency(
        &self,
        observed: Observed,
        statistic: Statistic,
        of: impl Fn(&Totals) -> Option<&Latency>,
    ) -> Estimate {
        let interval = match (statistic.quantile(), of(self.pooled)) {
            (_, None) => Err(Lack::Nothing),
            (Some(share), Some(pooled)) => {
                let each = self.each.iter().filter_map(&of);
                Quantiles::of(pooled, each).interval(share, self.confidence)
            }
            (None, Some(_)) if statistic == Statistic::Max => Err(Lack::Extreme),
            (None, Some(pooled)) => {
                let each = self.each.iter().filter_map(&of);
                Interval::of_mean_latency(pooled, each, self.confidence)
            }
        };
        let nothing = observed == Observed::Nothing;
        Estimate { observed, interval: if nothing { Err(Lack::Nothing) } else { interval } }
    }
}

fn scaled(interval: Interval, scale: i128) -> Interval {
    let scale = scale as f64;
    let Interval { mean, low, high, n } = interval;
    Interval { mean: mean * scale, low: low * scale, high: high * scale, n }
}

/// What was counted once is more than nothing: where few replications count anything, the mean
/// is at least one in as many replications as Clopper and Pearson allow.
fn above_none(interval: Interval, values: &[i128], over: &Replications<'_>) -> Interval {
    let (Some(0), None) = range(over.metric) else { return interval };
    let some = values.iter().filter(|value| **value > 0);
    let (Some(&least), count) = (some.clone().min(), some.count()) else { return interval };
    if interval.low > 0.0 {
        return interval;
    }
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let share = Interval::of_share(count, interval.n, over.confidence);
    Interval { low: share.map_or(0.0, |share| share.low * least as f64), ..interval }
}
