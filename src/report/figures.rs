//! The figures of a summary that have an interval when there are several replications.
//!
//! The unit of independence is the replication: Student's t over the replications' values.
//! Pooled quantiles keep their pooled value, with the half-width of the replications' own
//! quantiles around it (sectioning over replications). Nothing here pools instances, because
//! instances that share a stock level are not independent.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::ecs::operation::OperationName;
use crate::stats::Interval;
use crate::units::{Money, Ratio};
use crate::world::metric::{CallCount, Metric, Over, SavingPart, Statistic, UpAt};
use crate::world::outcome::LatencyName;

use super::expect::{numbers, whole};
use super::measure::{Observed, measure};
use super::number::{Decimal, PERCENT, Percent};
use super::totals::Totals;

/// The confidence of each two-sided interval.
const CONFIDENCE: Ratio = Ratio::new(95, 100);

/// A mean over replications and where the true one lies, with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalRow {
    /// The mean; of a quantile, the pooled value.
    pub mean: Number,
    /// The lower end.
    pub low: Number,
    /// The upper end.
    pub high: Number,
    /// How many replications it rests on.
    pub n: u32,
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
    /// A mean count, in ten-thousandths: written as a number with at most four decimals.
    Count(i128),
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Number::Money(nanos) => Decimal(Money::from_nanos(nanos)).serialize(serializer),
            Number::Percent(millionths) => Percent(millionths).serialize(serializer),
            Number::Micros(micros) => serializer.serialize_i128(micros),
            Number::Count(parts) => serializer.serialize_f64(parts as f64 / 10_000.0),
        }
    }
}

/// One figure of one run.
struct Figure {
    key: String,
    form: fn(i128) -> Number,
    /// A count is taken ten-thousandfold, so that its mean keeps four decimals.
    scale: i128,
    pooled: bool,
    /// Shares of a whole and counts lie between these whatever the interval says.
    range: (f64, f64),
    observed: Observed,
}

impl Figure {
    fn new(key: impl Into<String>, form: fn(i128) -> Number, observed: Observed) -> Figure {
        let range = (f64::NEG_INFINITY, f64::INFINITY);
        Figure { key: key.into(), form, scale: 1, pooled: false, range, observed }
    }

    fn count(key: impl Into<String>, observed: Observed) -> Figure {
        let range = (0.0, f64::INFINITY);
        Figure { scale: 10_000, range, ..Figure::new(key, Number::Count, observed) }
    }

    fn micros(key: impl Into<String>, observed: Observed) -> Figure {
        let range = (0.0, f64::INFINITY);
        Figure { range, ..Figure::new(key, Number::Micros, observed) }
    }

    fn share(key: impl Into<String>, observed: Observed) -> Figure {
        let range = (0.0, 100.0 * PERCENT as f64);
        Figure { range, ..Figure::new(key, Number::Percent, observed) }
    }
}

/// The interval of every figure that is a number in every replication; none of one replication.
pub fn intervals(pooled: &Totals, each: &[Totals]) -> BTreeMap<String, IntervalRow> {
    if each.len() < 2 {
        return BTreeMap::new();
    }
    let per_run: Vec<Vec<Figure>> = each.iter().map(|run| figures(run, pooled)).collect();
    let row = |(place, all): (usize, Figure)| {
        let observed: Vec<Observed> = per_run.iter().map(|run| run[place].observed).collect();
        let values: Vec<i128> = numbers(&observed).iter().map(|v| v * all.scale).collect();
        if values.len() < observed.len() {
            return None;
        }
        let interval = Interval::of_whole(&values, CONFIDENCE)?;
        let half = interval.half_width();
        let mean = match (all.pooled, all.observed) {
            (true, Observed::Value(value)) => value as f64,
            (true, Observed::Never | Observed::Nothing | Observed::NotModelled) => return None,
            (false, _) => interval.mean,
        };
        let (least, most) = all.range;
        let number = |value: f64| (all.form)(whole(value.clamp(least, most)));
        let row = IntervalRow {
            mean: number(mean),
            low: number(mean - half),
            high: number(mean + half),
            n: interval.n,
        };
        Some((all.key, row))
    };
    figures(pooled, pooled).into_iter().enumerate().filter_map(row).collect()
}

/// Every figure, always in the same order: those of operations that `pooled` shows.
fn figures(totals: &Totals, pooled: &Totals) -> Vec<Figure> {
    let mut all = billing(totals);
    all.extend(restarts(totals));
    for name in pooled.latency_names() {
        all.extend(latency(totals, name));
    }
    for operation in pooled.operations() {
        all.extend(calls(totals, operation));
    }
    let unavailable = measure(&Metric::UnavailableHours, totals);
    all.push(Figure::micros("unavailable.total_us", unavailable));
    for (key, metric) in [
        ("data_loss_stops", Metric::DataLossStops),
        ("addresses.changed", Metric::ChangedAddresses),
    ] {
        all.push(Figure::count(key, measure(&metric, totals)));
    }
    all
}

fn billing(totals: &Totals) -> Vec<Figure> {
    let bill = &totals.bill;
    let money = |key: &str, amount: Money| {
        Figure::new(format!("billing.{key}"), Number::Money, Observed::Value(amount.as_nanos()))
    };
    let saving = |part| measure(&Metric::Saving(part), totals);
    let part =
        |key: &str, part| Figure::new(format!("billing.saving.{key}"), Number::Money, saving(part));
    let percent = |key: &str, metric: &Metric| {
        Figure::new(format!("billing.saving.{key}"), Number::Percent, measure(metric, totals))
    };
    let break_even = totals.break_even();
    let break_even = break_even.map_or(Observed::Nothing, |m| Observed::Value(m.as_nanos()));
    vec![
        money("baseline", bill.baseline),
        money("actual", bill.actual),
        part("total", SavingPart::Total),
        part("intended", SavingPart::Intended),
        part("involuntary", SavingPart::Involuntary),
        part("policy_cost", SavingPart::PolicyCost),
        percent("intended_pct", &Metric::IntendedPct),
        percent("intended_pct_of_compute", &Metric::IntendedPctOfCompute),
        money("bound.total", bill.bound_total),
        money("bound.reachable", bill.bound_reachable),
        money("forgone.total", bill.forgone_total()),
        money("missed.total", bill.missed_total()),
        Figure::new("billing.break_even_per_instance_hour", Number::Money, break_even),
    ]
}

fn restarts(totals: &Totals) -> Vec<Figure> {
    let mut all = Vec::new();
    let instants = [("1m", UpAt::M1), ("5m", UpAt::M5), ("15m", UpAt::M15), ("60m", UpAt::M60)];
    for (name, at) in instants {
        for (suffix, over) in [("worst_pct", Over::Worst), ("mean_pct", Over::Mean)] {
            let key = format!("restart.up_at_{name}.{suffix}");
            all.push(Figure::share(key, measure(&Metric::UpAt(at, over), totals)));
        }
    }
    let good = measure(&Metric::GoodMornings, totals);
    all.push(Figure::share("restart.good_mornings_pct", good));
    all.push(Figure::count("restart.never", measure(&Metric::Never, totals)));
    all
}

fn latency(totals: &Totals, name: LatencyName) -> impl Iterator<Item = Figure> {
    let statistics = [
        ("mean_us", Statistic::Mean),
        ("p50_us", Statistic::P50),
        ("p90_us", Statistic::P90),
        ("p99_us", Statistic::P99),
        ("p999_us", Statistic::P999),
        ("max_us", Statistic::Max),
    ];
    let figure = move |(suffix, statistic): (&str, Statistic)| {
        let observed = measure(&Metric::Latency(name, statistic), totals);
        let key = format!("latency.{}.{suffix}", name.name());
        Figure { pooled: true, ..Figure::micros(key, observed) }
    };
    statistics.map(figure).into_iter()
}

fn calls(totals: &Totals, operation: OperationName) -> impl Iterator<Item = Figure> {
    let counts = [
        ("sent", CallCount::Sent),
        ("accepted", CallCount::Accepted),
        ("refused", CallCount::Refused),
        ("timed_out", CallCount::TimedOut),
    ];
    let figure = move |(suffix, count): (&str, CallCount)| {
        let observed = measure(&Metric::Calls(operation, count), totals);
        Figure::count(format!("calls.{operation}.{suffix}"), observed)
    };
    counts.map(figure).into_iter()
}
