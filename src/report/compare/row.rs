//! A figure of two scenarios side by side.

use crate::sim::metric::{BillSum, CallCount, Metric, PERCENT, SavingPart, ServiceFigure};
use crate::sim::metric::{Statistic, Unit};
use crate::stats::{Difference, Interval, Items, Lack, Quantile, Quantiles};
use crate::units::Ratio;

use super::super::each::Each;
use super::super::estimate::{Method, estimate};
use super::super::figures::whole;
use super::super::measure::{Observed, measure};
use super::super::provenance::{Provenance, Subject};
use super::super::totals::Totals;
use super::Contestant;

/// Which way a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither is.
    Neither,
}

/// A figure of the base and of another scenario.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is of; none of a share of the bill.
    pub metric: Option<Metric>,
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Which way it is better.
    pub direction: Direction,
    /// What the base comes to.
    pub base: Observed,
    /// What the other comes to.
    pub other: Observed,
    /// The other less the base, in the unit; none where either is no number.
    pub difference: Option<i128>,
    /// Where the true difference lies.
    pub paired: Difference,
    /// Replication by replication.
    pub tally: Tally,
    /// Whether it rests on an assumed input, in either.
    pub is_assumed: bool,
}

/// In how many replications the other is better, worse or the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// More, where neither way is better.
    pub better: u32,
    /// Less, where neither way is better.
    pub worse: u32,
    /// Exactly the same.
    pub same: u32,
}

/// What a row says in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The interval lies on the good side, or all replications do by the same.
    Better,
    /// The interval lies on the bad side, or all replications do by the same.
    Worse,
    /// The interval lies above nothing, and neither way is better.
    More,
    /// The interval lies below nothing, and neither way is better.
    Less,
    /// No replication differs at all, or they do by less than the unit can tell.
    Same,
    /// The interval has nothing in it.
    Undecided,
    /// There is no interval: what was run is all that is known.
    Observed,
}

impl Row {
    pub(super) fn of(
        metric: &Metric,
        base: &Contestant<'_>,
        other: &Contestant<'_>,
        provenances: &[Provenance<'_>; 2],
        confidence: Ratio,
    ) -> Row {
        let direction = Direction::of(metric);
        let is_assumed = provenances.iter().any(|one| one.marks(Subject::of_metric(metric)));
        let row = |own: Observed, others: Observed, paired: Difference, tally: Tally| Row {
            metric: Some(metric.clone()),
            name: metric.name(),
            unit: metric.unit(),
            direction,
            base: own,
            other: others,
            difference: own.value().zip(others.value()).map(|(own, others)| others - own),
            paired,
            tally,
            is_assumed,
        };
        if let Metric::Refusals(code) = metric {
            let of = |one: &Contestant<'_>| one.refusals.each(code);
            let means = Row::of_means(
                metric.name(),
                Unit::Count,
                direction,
                &of(base),
                &of(other),
                confidence,
            );
            return Row { metric: Some(metric.clone()), is_assumed, ..means };
        }
        let (a, b) = (&base.collected, &other.collected);
        let observed = |totals: &Totals, each: &Each| match each.runs() {
            1 => measure(metric, totals),
            _ => estimate(metric, totals, each, confidence).observed,
        };
        let (own, others) = (observed(&a.totals, &a.each), observed(&b.totals, &b.each));
        let numbers = [own, others].iter().all(|one| !matches!(one, Observed::NotModelled));
        let none = Difference { interval: Err(Lack::Nothing), correlation: None, gain: None };
        if !numbers {
            return row(own, others, none, Tally::default());
        }
        let sampled = a.each.sample(metric).zip(b.each.sample(metric));
        let Some((of_base, of_other)) = sampled else {
            let (paired, tally) = latency(metric, base, other, direction, confidence)
                .unwrap_or((none, Tally::default()));
            return row(own, others, paired, tally);
        };
        let (own_parts, other_parts) = (of_base.each(), of_other.each());
        let tally =
            Tally::of(direction, own_parts.iter().zip(&other_parts).map(|(a, b)| ratio(*a, *b)));
        let paired = paired(of_base.method, &own_parts, &other_parts, confidence);
        let row = row(own, others, paired, tally);
        match of_base.method {
            Method::Mean => {
                let (own_values, other_values) = both(&own_parts, &other_parts);
                Row { difference: mean_difference(&own_values, &other_values), ..row }
            }
            Method::Ratio(_) | Method::Clusters => row,
        }
    }

    /// Of a number that each replication has of both.
    pub(super) fn of_means(
        name: String,
        unit: Unit,
        direction: Direction,
        base: &[i128],
        other: &[i128],
        confidence: Ratio,
    ) -> Row {
        let mean = |values: &[i128]| match u32::try_from(values.len()) {
            Ok(n @ 1..) => Observed::Mean { sum: values.iter().sum(), n },
            Ok(0) | Err(_) => Observed::Nothing,
        };
        let each = base.iter().zip(other).map(|(a, b)| ratio((*a, 1), (*b, 1)));
        Row {
            metric: None,
            name,
            unit,
            direction,
            base: mean(base),
            other: mean(other),
            difference: mean_difference(base, other),
            paired: Difference::of_means(base, other, confidence),
            tally: Tally::of(direction, each),
            is_assumed: false,
        }
    }

    /// What it says.
    pub fn word(&self) -> Word {
        let sign = match self.paired.interval {
            // Sums of rounded lines may differ by a billionth that is no difference.
            Ok(Interval { low, high, .. }) if whole(low) == 0 && whole(high) == 0 => 0,
            Ok(Interval { low, .. }) if low > 0.0 => 1,
            Ok(Interval { high, .. }) if high < 0.0 => -1,
            Ok(_) => return Word::Undecided,
            Err(Lack::Alike) => self.difference.map_or(0, i128::signum),
            Err(_) if self.tally.better + self.tally.worse == 0 && self.tally.same > 0 => 0,
            Err(_) => return Word::Observed,
        };
        match (self.direction, sign) {
            (_, 0) => Word::Same,
            (Direction::Up, 1) | (Direction::Down, -1) => Word::Better,
            (Direction::Up | Direction::Down, _) => Word::Worse,
            (Direction::Neither, 1) => Word::More,
            (Direction::Neither, _) => Word::Less,
        }
    }
}

/// The difference of a figure that replications have for themselves, in the metric's unit: what
/// each says of the base and of the other.
pub fn paired(
    method: Method,
    base: &[(i128, i128)],
    other: &[(i128, i128)],
    confidence: Ratio,
) -> Difference {
    match method {
        Method::Mean => {
            let (base, other) = both(base, other);
            Difference::of_means(&base, &other, confidence)
        }
        Method::Ratio(scale) => scaled(Difference::of_ratios(base, other, confidence), scale),
        Method::Clusters => scaled(Difference::of_clusters(base, other, confidence), 100 * PERCENT),
    }
}

/// The values of the replications in which both have one.
fn both(base: &[(i128, i128)], other: &[(i128, i128)]) -> (Vec<i128>, Vec<i128>) {
    let pairs = base.iter().zip(other);
    let pairs = pairs.filter(|((_, own), (_, others))| *own > 0 && *others > 0);
    pairs.map(|((own, _), (others, _))| (*own, *others)).unzip()
}

/// What two numbers of a replication are to one another: the second less the first.
fn ratio(base: (i128, i128), other: (i128, i128)) -> Option<std::cmp::Ordering> {
    if base.1 == 0 || other.1 == 0 {
        return None;
    }
    let exact = other.0.checked_mul(base.1).zip(base.0.checked_mul(other.1));
    Some(match exact {
        Some((others, own)) => others.cmp(&own),
        None => (other.0 as f64 / other.1 as f64).total_cmp(&(base.0 as f64 / base.1 as f64)),
    })
}

fn mean_difference(base: &[i128], other: &[i128]) -> Option<i128> {
    let sum = |values: &[i128]| values.iter().sum::<i128>();
    let n = u32::try_from(base.len()).ok().filter(|n| *n > 0)?;
    Observed::Mean { sum: sum(other) - sum(base), n }.value()
}

fn scaled(paired: Difference, scale: i128) -> Difference {
    let scale = scale as f64;
    let times = |one: Interval| Interval {
        mean: one.mean * scale,
        low: one.low * scale,
        high: one.high * scale,
        n: one.n,
    };
    Difference { interval: paired.interval.map(times), ..paired }
}

/// The difference of a statistic of a latency.
fn latency(
    metric: &Metric,
    base: &Contestant<'_>,
    other: &Contestant<'_>,
    direction: Direction,
    confidence: Ratio,
) -> Option<(Difference, Tally)> {
    let (statistic, own) = items(metric, base)?;
    let (_, others) = items(metric, other)?;
    let each = |share| {
        let pairs = own.1.quantiles(share).zip(others.1.quantiles(share));
        Tally::of(direction, pairs.map(|(a, b)| longer(a, b)))
    };
    Some(match statistic.quantile() {
        Some(share) => {
            let (a, b) = (Quantiles::of(own.0, own.1), Quantiles::of(others.0, others.1));
            (Difference::of_quantiles(&a, &b, share, confidence), each(share))
        }
        None if statistic == Statistic::Max => {
            let interval = if own.1 == others.1 { Lack::Alike } else { Lack::Extreme };
            let none = Difference { interval: Err(interval), correlation: None, gain: None };
            (none, each(Ratio::ONE))
        }
        None => {
            let means = own.1.means().zip(others.1.means());
            let pairs = means.into_iter().flat_map(|(a, b)| a.into_iter().zip(b));
            let tally = Tally::of(direction, pairs.map(|(a, b)| ratio(a, b)));
            (Difference::of_mean_latencies(own.1, others.1, confidence), tally)
        }
    })
}

type Of<'a> = (&'a crate::stats::Latency, &'a Items);

fn items<'a>(metric: &Metric, one: &'a Contestant<'_>) -> Option<(Statistic, Of<'a>)> {
    let (totals, each) = (&one.collected.totals, &one.collected.each);
    super::super::estimate::items(metric, totals, each)
        .map(|(statistic, all, each)| (statistic, (all, each)))
}

fn longer(base: Quantile, other: Quantile) -> Option<std::cmp::Ordering> {
    let rank = |one| match one {
        Quantile::Value(span) => Some((false, span.as_micros())),
        Quantile::Censored => Some((true, 0)),
        Quantile::Empty => None,
    };
    Some(rank(other)?.cmp(&rank(base)?))
}

impl Tally {
    /// Of how the other is to the base in each replication; none where there is nothing to say.
    fn of(direction: Direction, each: impl Iterator<Item = Option<std::cmp::Ordering>>) -> Tally {
        let mut tally = Tally::default();
        for order in each.flatten() {
            let is_good = match direction {
                Direction::Up | Direction::Neither => order.is_gt(),
                Direction::Down => order.is_lt(),
            };
            match (order.is_eq(), is_good) {
                (true, _) => tally.same += 1,
                (false, true) => tally.better += 1,
                (false, false) => tally.worse += 1,
            }
        }
        tally
    }
}

impl Word {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Word::Better => "better",
            Word::Worse => "worse",
            Word::More => "more",
            Word::Less => "less",
            Word::Same => "same",
            Word::Undecided => "undecided",
            Word::Observed => "observed",
        }
    }
}

impl Direction {
    /// Of a metric.
    pub fn of(metric: &Metric) -> Direction {
        match metric {
            Metric::Saving(SavingPart::Net | SavingPart::Total | SavingPart::Intended)
            | Metric::NetPct
            | Metric::IntendedPct
            | Metric::IntendedPctOfCompute
            | Metric::BreakEven
            | Metric::UpAt(..)
            | Metric::GoodWaves(_)
            | Metric::Service(_, ServiceFigure::GoodStarts) => Direction::Up,
            Metric::Saving(SavingPart::Involuntary | SavingPart::PolicyCost)
            | Metric::Billing(BillSum::Actual | BillSum::Forgone | BillSum::Missed)
            | Metric::Latency(..)
            | Metric::Never
            | Metric::UnavailableHours
            | Metric::DuplicateHours
            | Metric::Calls(_, CallCount::Refused | CallCount::TimedOut)
            | Metric::Refusals(_)
            | Metric::DataLossStops
            | Metric::ChangedAddresses
            | Metric::Service(
                _,
                ServiceFigure::Ready(_) | ServiceFigure::UnavailableHours | ServiceFigure::Broken,
            ) => Direction::Down,
            Metric::Billing(BillSum::Baseline | BillSum::Bound | BillSum::Reachable)
            | Metric::Calls(_, CallCount::Sent | CallCount::Accepted)
            | Metric::Replaced => Direction::Neither,
        }
    }
}
