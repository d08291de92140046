//! What one or several replications say of a metric: the value, and where the true one lies.
//!
//! The unit of independence is the replication. Each kind of figure has one method; which one
//! never depends on the values, and instances or calls are never pooled as if they were
//! independent. The screen, the summary and the expectations all ask here.

use serde::{Deserialize, Serialize};

use crate::sim::metric::{Metric, Over, PERCENT, ServiceFigure, Statistic, Unit};
use crate::stats::{Interval, Items, Lack, Latency, Quantiles};
use crate::units::Ratio;
use crate::units::time::MICROS_PER_HOUR;

use super::each::Each;
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

/// How a metric that is no statistic of a latency is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The mean of what each replication says; those in which there was nothing to observe say
    /// nothing.
    Mean,
    /// A sum over a sum, times this.
    Ratio(i128),
    /// Several yes or no a replication.
    Clusters,
}

impl Method {
    /// What one replication says by itself: its part of its whole.
    pub(super) fn of_one(self, (part, whole): (i128, i128)) -> Observed {
        let scale = match self {
            Method::Mean => 1,
            Method::Ratio(scale) => scale,
            Method::Clusters => 100 * PERCENT,
        };
        let value = part.checked_mul(scale).and_then(|part| part.checked_div_euclid(whole));
        value.map_or(Observed::Nothing, Observed::Value)
    }
}

/// How a metric is estimated, and what the method needs of one replication: part and whole, how
/// many yes and of how many, a value and how many there are (one or none). None for the statistic
/// of a latency.
pub(super) fn said(metric: &Metric, one: &Totals) -> Option<(Method, (i128, i128))> {
    let ratio = |scale, part, whole| Some((Method::Ratio(scale), (part, whole)));
    let clusters =
        |(yes, all): (u64, u64)| Some((Method::Clusters, (i128::from(yes), i128::from(all))));
    let bill = &one.bill;
    match metric {
        Metric::Latency(..) | Metric::Service(_, ServiceFigure::Ready(_)) => None,
        Metric::UpAt(at, Over::Mean, among) => {
            let counts = one.restart.up(*among);
            let (up, due) = (counts.up[at.index()], counts.due[at.index()]);
            ratio(100 * PERCENT, up.into(), due.into())
        }
        Metric::NetPct => ratio(100 * PERCENT, bill.net().as_nanos(), bill.baseline.as_nanos()),
        Metric::IntendedPct => {
            ratio(100 * PERCENT, bill.intended.as_nanos(), bill.baseline.as_nanos())
        }
        Metric::IntendedPctOfCompute => {
            let (part, whole) = (bill.intended_compute, bill.baseline_compute);
            ratio(100 * PERCENT, part.as_nanos(), whole.as_nanos())
        }
        Metric::BreakEven => {
            let time = i128::try_from(one.unavailable_us()).unwrap_or(i128::MAX);
            ratio(MICROS_PER_HOUR.into(), bill.net().as_nanos(), time)
        }
        Metric::GoodWaves(among) => clusters(one.restart.good_of(*among)),
        Metric::Service(name, ServiceFigure::GoodStarts) => {
            clusters(one.service(name).map_or((0, 0), |one| (one.good_starts, one.starts)))
        }
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
            let value = measure(metric, one).value();
            Some((Method::Mean, value.map_or((0, 0), |value| (value, 1))))
        }
    }
}

/// Estimates a metric over at least two replications: `pooled` are the totals of all.
pub fn estimate(metric: &Metric, pooled: &Totals, each: &Each, confidence: Ratio) -> Estimate {
    let observed = measure(metric, pooled);
    if observed == Observed::NotModelled {
        return Estimate { observed, interval: Err(Lack::Nothing) };
    }
    let estimate = match each.sample(metric) {
        None => Estimate { observed, interval: of_latency(metric, pooled, each, confidence) },
        Some(sample) => {
            let parts = sample.each();
            match sample.method {
                Method::Mean => mean(metric, &parts, confidence),
                Method::Ratio(scale) => {
                    let interval = Interval::of_ratio(&parts, confidence);
                    Estimate { observed, interval: interval.map(|it| scaled(it, scale)) }
                }
                Method::Clusters => {
                    let interval = Interval::of_clusters(&parts, confidence);
                    Estimate { observed, interval: interval.map(|it| scaled(it, 100 * PERCENT)) }
                }
            }
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
    let is_of_clusters =
        matches!(metric, Metric::GoodWaves(_) | Metric::Service(_, ServiceFigure::GoodStarts));
    if is_of_clusters { ONE_SIDED } else { CONFIDENCE }
}

/// What the metric is possible to be: only money and shares of money may be negative, and no more
/// than all can be ready.
pub fn range(metric: &Metric) -> (Option<i128>, Option<i128>) {
    let is_of_money =
        matches!(metric, Metric::NetPct | Metric::IntendedPct | Metric::IntendedPctOfCompute);
    match metric.unit() {
        Unit::Percent if !is_of_money => (Some(0), Some(100 * PERCENT)),
        Unit::Money | Unit::Percent => (None, None),
        Unit::Duration | Unit::Hours | Unit::Count => (Some(0), None),
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

/// The mean of values, kept as sum and n.
fn mean(metric: &Metric, parts: &[(i128, i128)], confidence: Ratio) -> Estimate {
    let values: Vec<i128> =
        parts.iter().filter(|(_, there)| *there > 0).map(|(value, _)| *value).collect();
    let Ok(n @ 1..) = u32::try_from(values.len()) else {
        return Estimate { observed: Observed::Nothing, interval: Err(Lack::Nothing) };
    };
    let observed = Observed::Mean { sum: values.iter().sum(), n };
    let interval = Interval::of_mean(&values, confidence);
    let above = |interval| above_none(interval, metric, &values, confidence);
    Estimate { observed, interval: interval.map(above) }
}

/// A statistic of all items together. The longest of those that happened says nothing of those
/// that did not: it is observed.
fn of_latency(
    metric: &Metric,
    pooled: &Totals,
    each: &Each,
    confidence: Ratio,
) -> Result<Interval, Lack> {
    let (statistic, all, each) = items(metric, pooled, each).ok_or(Lack::Nothing)?;
    if all.ranked() == 0 {
        return Err(Lack::Nothing);
    }
    match statistic.quantile() {
        Some(share) => Quantiles::of(all, each).interval(share, confidence),
        None if statistic == Statistic::Max => Err(Lack::Extreme),
        None => Interval::of_mean_latency(all, each, confidence),
    }
}

/// The statistic that a metric is, and the items it is of, together and of each replication.
pub(super) fn items<'a>(
    metric: &Metric,
    pooled: &'a Totals,
    each: &'a Each,
) -> Option<(Statistic, &'a Latency, &'a Items)> {
    if let Metric::Latency(name, statistic) = metric {
        return Some((*statistic, pooled.latency(*name), each.latency(*name)));
    }
    let Metric::Service(name, ServiceFigure::Ready(statistic)) = metric else { return None };
    let place = pooled.service_place(name)?;
    Some((*statistic, &pooled.services[place].ready, each.ready(place)))
}

fn scaled(interval: Interval, scale: i128) -> Interval {
    let scale = scale as f64;
    let Interval { mean, low, high, n } = interval;
    Interval { mean: mean * scale, low: low * scale, high: high * scale, n }
}

/// What was counted once is more than nothing: where few replications count anything, the mean
/// is at least one in as many replications as Clopper and Pearson allow.
fn above_none(interval: Interval, metric: &Metric, values: &[i128], confidence: Ratio) -> Interval {
    let (Some(0), None) = range(metric) else { return interval };
    let some = values.iter().filter(|value| **value > 0);
    let (Some(&least), count) = (some.clone().min(), some.count()) else { return interval };
    if interval.low > 0.0 {
        return interval;
    }
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let share = Interval::of_share(count, interval.n, confidence);
    Interval { low: share.map_or(0.0, |share| share.low * least as f64), ..interval }
}
