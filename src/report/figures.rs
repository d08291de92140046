//! The figures of a summary that have an interval when there are several replications.
//!
//! They are the metrics of `expect`, under the same names, and under the keys of the summary
//! where those are other words. Nothing here estimates: `estimate.rs` does.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::books::outcome::LatencyName;
use crate::ecs::operation::OperationName;
use crate::sim::metric::{Metric, Unit};
use crate::stats::{Interval, Lack};
use crate::units::Money;
use crate::units::time::MICROS_PER_HOUR;

use super::each::Each;
use super::estimate::{CONFIDENCE, Estimate, estimate};
use super::measure::Observed;
use super::number::{Decimal, Percent};
use super::totals::Totals;

/// The value of a figure and where the true one lies, with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalRow {
    /// The mean over replications, the ratio of sums, or the quantile of all items.
    pub mean: Number,
    /// The lower end.
    pub low: Number,
    /// The upper end.
    pub high: Number,
    /// How many replications it rests on.
    pub n: u32,
}

/// Why a figure has no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LackRow {
    /// `too_few`, `alike` or `extreme`.
    pub why: &'static str,
    /// Of too few: about so many replications would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enough: Option<u32>,
}

/// A number in the form its key has in the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Decimal text.
    Money(i128),
    /// A percentage.
    Percent(i128),
    /// Whole microseconds.
    Micros(i128),
    /// Microseconds, written in hours.
    Hours(i128),
    /// A count, in millionths: written as a number with at most six decimals.
    Count(i128),
    /// Longer than anything: null.
    Never,
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Number::Money(nanos) => Decimal(Money::from_nanos(nanos)).serialize(serializer),
            Number::Percent(millionths) => Percent(millionths).serialize(serializer),
            Number::Micros(micros) => serializer.serialize_i128(micros),
            Number::Hours(micros) => {
                // Ten-thousandths of an hour, so that the text is short and the same everywhere.
                let parts = micros / (i128::from(MICROS_PER_HOUR) / 10_000);
                serializer.serialize_f64(parts as f64 / 10_000.0)
            }
            Number::Count(parts) => serializer.serialize_f64(parts as f64 / 1_000_000.0),
            Number::Never => serializer.serialize_none(),
        }
    }
}

/// The interval of every figure, or why it has none.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    /// By the name of the metric, and by the key of the summary.
    pub intervals: BTreeMap<String, IntervalRow>,
    /// By the name of the metric.
    pub no_interval: BTreeMap<String, LackRow>,
}

impl Intervals {
    /// Of several replications; empty of one.
    pub fn of(pooled: &Totals, each: &Each) -> Intervals {
        let mut all = Intervals::default();
        if each.runs() < 2 {
            return all;
        }
        for metric in figures(pooled) {
            let Estimate { observed, interval } = estimate(&metric, pooled, each, CONFIDENCE);
            match interval {
                Ok(interval) => all.add(&metric, observed, interval),
                Err(lack) => {
                    all.no_interval.extend(LackRow::of(lack).map(|row| (metric.name(), row)));
                }
            }
        }
        all
    }

    fn add(&mut self, metric: &Metric, observed: Observed, interval: Interval) {
        let row = |form| row(form, observed, interval);
        self.intervals.insert(metric.name(), row(form(metric.unit())));
        for name in metric.older_names() {
            self.intervals.insert(name, row(form(metric.unit())));
        }
        if let Some(key) = metric.summary_key() {
            let micros = metric.unit() == Unit::Hours;
            let form = if micros { Number::Micros } else { form(metric.unit()) };
            self.intervals.insert(key, row(form));
        }
    }
}

impl IntervalRow {
    /// Of money.
    pub(super) fn of_money(mean: Money, interval: Interval) -> IntervalRow {
        row(Number::Money, Observed::Value(mean.as_nanos()), interval)
    }
}

impl LackRow {
    pub(super) fn of(lack: Lack) -> Option<LackRow> {
        match lack {
            Lack::TooFew { enough } => Some(LackRow { why: "too_few", enough: Some(enough) }),
            Lack::Alike => Some(LackRow { why: "alike", enough: None }),
            Lack::Extreme => Some(LackRow { why: "extreme", enough: None }),
            Lack::Nothing => None,
        }
    }
}

fn row(form: fn(i128) -> Number, observed: Observed, interval: Interval) -> IntervalRow {
    let number = |value: f64| match value.is_finite() {
        true => form(whole(value)),
        false => Number::Never,
    };
    IntervalRow {
        mean: observed.value().map_or(Number::Never, form),
        low: number(interval.low),
        high: number(interval.high),
        n: interval.n,
    }
}

/// An end of an interval as a whole number of the metric's unit; nothing of interest is lost
/// below it.
pub fn whole(end: f64) -> i128 {
    libm::round(end) as i128
}

pub(super) fn form(unit: Unit) -> fn(i128) -> Number {
    match unit {
        Unit::Duration => Number::Micros,
        Unit::Percent => Number::Percent,
        Unit::Money => Number::Money,
        Unit::Count => Number::Count,
        Unit::Hours => Number::Hours,
    }
}

/// Every metric that the run has something to say of: those of operations that were called, and
/// of the scenario's services.
pub(super) fn figures(pooled: &Totals) -> Vec<Metric> {
    let latencies: Vec<LatencyName> = pooled.latency_names().collect();
    let operations: Vec<OperationName> = pooled.operations().collect();
    let replaces = pooled.counts.replaced > 0 || pooled.duplicate_us > 0;
    let mut all: Vec<Metric> = Metric::named().into_iter().map(|(_, metric)| metric).collect();
    all.retain(|metric| match metric {
        Metric::Latency(name, _) => latencies.contains(name),
        Metric::Calls(operation, _) => operations.contains(operation),
        Metric::Replaced | Metric::DuplicateHours => replaces,
        Metric::UpAt(..)
        | Metric::GoodWaves(_)
        | Metric::Never
        | Metric::Saving(_)
        | Metric::Billing(_)
        | Metric::BreakEven
        | Metric::NetPct
        | Metric::IntendedPct
        | Metric::IntendedPctOfCompute
        | Metric::UnavailableHours
        | Metric::Refusals(_)
        | Metric::DataLossStops
        | Metric::ChangedAddresses
        | Metric::Service(..) => true,
    });
    all.extend(pooled.services.iter().flat_map(|one| Metric::of_service(&one.name)));
    all
}
