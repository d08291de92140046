//! Many settings of one scenario under the same luck: what each comes to, and which can be best.
//!
//! All points meet the same luck, replication by replication, so that they are told apart by
//! paired differences (`stats::Difference`). What is kept of a point does not grow with what
//! happened in it.

mod files;
mod text;
mod tornado;

use crate::stats::{Interval, Lack};
use crate::units::Ratio;
use crate::world::metric::{Metric, PERCENT, Unit};

use super::collected::Collected;
use super::compare::{Direction, confidence, paired};
use super::each::Sample;
use super::estimate::{CONFIDENCE, Method, estimate};
use super::measure::{Observed, measure};

pub(super) use files::{FigureRow, figure_row};
pub use files::{write_csv, write_json, write_ndjson};
pub use text::write as write_text;
pub use tornado::Swing;

/// What stands in place of a value where a point leaves the scenario as it is.
pub const AS_IS: &str = "as is";

/// One setting, and what it came to.
#[derive(Clone, Debug)]
pub struct Point {
    /// What each axis is set to, or [`AS_IS`].
    pub values: Vec<String>,
    /// The figures, in the order of [`Swept::metrics`].
    pub figures: Vec<Figure>,
    /// The same figures of each replication by itself.
    pub each: Vec<Vec<Observed>>,
    /// The hash of its scenario, and the digest of its runs.
    pub identity: (String, u64),
    /// Whether it can still be the best.
    pub can_be_best: bool,
    /// Where it stands between the objective and the promise.
    pub front: Front,
    objective: Sample,
    promise: Sample,
}

/// A figure of a point.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its value.
    pub observed: Observed,
    /// Where the true one lies, if that can be said.
    pub interval: Option<Interval>,
}

/// Where a point stands between two figures that pull apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// On the Pareto front of what was observed, where the front bends most.
    Knee,
    /// On it: no point is better in one and not worse in the other.
    On,
    /// Behind it, but no point is better in both beyond luck.
    Near,
    /// Another point is better in both.
    Behind,
    /// One of both is not modelled, or there was nothing of it.
    Unknown,
}

/// All points.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The scenario's name.
    pub name: String,
    /// What is varied: paths.
    pub axes: Vec<String>,
    /// What the points are told apart by.
    pub objective: Metric,
    /// What pulls against it.
    pub promise: Metric,
    /// Every figure of a point; the objective and the promise are the first two.
    pub metrics: Vec<Metric>,
    /// Which of them rest on an assumed input.
    pub assumed: Vec<bool>,
    /// In the order in which they were run.
    pub points: Vec<Point>,
    /// What money is in.
    pub currency: String,
    /// From when to when things were measured.
    pub window: (String, String),
    /// The seed of all.
    pub seed: u64,
    /// How ties were broken.
    pub ties: String,
    /// How many replications.
    pub replications: u32,
    /// The rule by which there are as many, if there was one.
    pub until: Option<Precise>,
    /// The line that gives this again.
    pub command: String,
}

/// That replications went on until an interval was narrow enough at every point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precise {
    /// As written.
    pub text: String,
    /// At how many points it is not, after all.
    pub missed: usize,
    /// After how many replications it was given up.
    pub at_most: u32,
}

/// Why a metric cannot tell points apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// Neither way is better.
    #[error("more of `{0}` is neither better nor worse")]
    Neutral(String),
    /// Replications keep no value of it.
    #[error("`{0}` is a statistic of a latency, which no replication has for itself")]
    OfLatency(String),
}

/// Whether points can be told apart by a metric.
///
/// # Errors
/// If neither way of it is better, or it is a statistic of a latency.
pub fn tells_apart(metric: &Metric) -> Result<(), MetricError> {
    if Direction::of(metric) == Direction::Neither {
        return Err(MetricError::Neutral(metric.name()));
    }
    match metric.unit() {
        Unit::Duration => Err(MetricError::OfLatency(metric.name())),
        Unit::Percent | Unit::Money | Unit::Count | Unit::Hours => Ok(()),
    }
}

impl Point {
    /// What of its runs is needed.
    ///
    /// # Panics
    /// If the first two metrics are none that [`tells_apart`] takes, or were not asked of the runs.
    pub fn of(values: Vec<String>, hash: &str, collected: &Collected, metrics: &[Metric]) -> Point {
        let (totals, each) = (&collected.totals, &collected.each);
        let figure = |metric: &Metric| match each.runs() {
            1 => Figure { observed: measure(metric, totals), interval: None },
            _ => {
                let estimate = estimate(metric, totals, each, CONFIDENCE);
                Figure { observed: estimate.observed, interval: estimate.interval.ok() }
            }
        };
        let sample = |place: usize| each.sample(&metrics[place]).expect("it was asked").clone();
        Point {
            values,
            figures: metrics.iter().map(figure).collect(),
            each: metrics.iter().map(|metric| each.said_of(metric, totals)).collect(),
            identity: (hash.to_owned(), collected.digest),
            can_be_best: true,
            front: Front::On,
            objective: sample(0),
            promise: sample(1),
        }
    }

    /// What each replication says of the objective (0) or the promise (1), in the metric's unit;
    /// those that have nothing to say are left out.
    pub(in crate::report) fn each(&self, place: usize) -> Vec<f64> {
        let sample = if place == 0 { &self.objective } else { &self.promise };
        let scale = match sample.method {
            Method::Mean => 1.0,
            Method::Ratio(scale) => scale as f64,
            Method::Clusters => 100.0 * PERCENT as f64,
        };
        let of = |(part, whole): (i128, i128)| match (sample.method, whole) {
            (_, 0) => None,
            (Method::Mean, _) => Some(part as f64),
            (Method::Ratio(_) | Method::Clusters, _) => Some(part as f64 / whole as f64 * scale),
        };
        sample.each().into_iter().filter_map(of).collect()
    }
}

impl Swept {
    /// Tells the points apart.
    pub fn judge(&mut self) {
        self.select();
        self.find_front();
    }

    /// Subset selection: out goes what is worse than the best one observed beyond luck, all at
    /// once with 95 % (Nelson, Swann, Goldsman, Song, Oper. Res. 49(6), 2001, with paired
    /// differences).
    fn select(&mut self) {
        let direction = Direction::of(&self.objective);
        let value = |point: &Point| rank(direction, point.figures[0].observed);
        let Some(best) = self.points.iter().max_by_key(|point| value(point)) else { return };
        let best = best.objective.clone();
        let confidence = confidence(self.points.len().saturating_sub(1));
        for point in &mut self.points {
            point.can_be_best = !is_worse(direction, &point.objective, &best, confidence);
        }
    }

    /// The Pareto front of what was observed, and what lies behind it beyond luck.
    fn find_front(&mut self) {
        let directions = [Direction::of(&self.objective), Direction::of(&self.promise)];
        let ranks: Vec<Option<[i128; 2]>> = self
            .points
            .iter()
            .map(|point| {
                let of = |place: usize| rank(directions[place], point.figures[place].observed);
                Some([of(0)?, of(1)?])
            })
            .collect();
        let is_behind = |own: &[i128; 2]| {
            let all = ranks.iter().flatten();
            let mut better = all.filter(|one| one[0] >= own[0] && one[1] >= own[1] && *one != own);
            better.next().is_some()
        };
        let on: Vec<usize> = (0..ranks.len())
            .filter(|place| ranks[*place].as_ref().is_some_and(|own| !is_behind(own)))
            .collect();
        let knee = knee(&on, &ranks);
        let confidence = confidence(self.points.len().saturating_sub(1));
        let front: Vec<(Sample, Sample)> = on
            .iter()
            .map(|place| &self.points[*place])
            .map(|point| (point.objective.clone(), point.promise.clone()))
            .collect();
        for (place, point) in self.points.iter_mut().enumerate() {
            let worse = |(objective, promise): &(Sample, Sample)| {
                is_worse(directions[0], &point.objective, objective, confidence)
                    && is_worse(directions[1], &point.promise, promise, confidence)
            };
            point.front = match (Some(place) == knee, on.contains(&place)) {
                _ if ranks[place].is_none() => Front::Unknown,
                (true, _) => Front::Knee,
                (false, true) => Front::On,
                (false, false) if front.iter().any(worse) => Front::Behind,
                (false, false) => Front::Near,
            };
        }
    }

    /// How many points can still be the best.
    pub fn candidates(&self) -> usize {
        self.points.iter().filter(|point| point.can_be_best).count()
    }
}

/// More is better.
fn rank(direction: Direction, observed: Observed) -> Option<i128> {
    let value = observed.value()?;
    Some(if direction == Direction::Down { -value } else { value })
}

/// Whether one is worse than another beyond luck, or by the same in every replication. Too few
/// replications say neither.
fn is_worse(direction: Direction, own: &Sample, better: &Sample, confidence: Ratio) -> bool {
    let (own_parts, better_parts) = (own.each(), better.each());
    let sign = if direction == Direction::Down { -1.0 } else { 1.0 };
    match paired(own.method, &own_parts, &better_parts, confidence).interval {
        Ok(Interval { low, high, .. }) => (sign * low).min(sign * high) > 0.0,
        Err(Lack::Alike) => {
            let ratio = |parts: &[(i128, i128)]| {
                let sums = parts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                sums.0 as f64 / sums.1 as f64
            };
            sign * (ratio(&better_parts) - ratio(&own_parts)) > 0.0
        }
        Err(Lack::TooFew { .. } | Lack::Extreme | Lack::Nothing) => false,
    }
}

/// Where the front is furthest from the line between its ends, each figure from 0 to 1.
fn knee(on: &[usize], ranks: &[Option<[i128; 2]>]) -> Option<usize> {
    let of = |place: &usize| ranks[*place].expect("what is on the front has both");
    let range = |figure: usize| {
        let values = on.iter().map(|place| of(place)[figure]);
        Some((values.clone().min()?, values.max()?)).filter(|(least, most)| least < most)
    };
    let (x, y) = (range(0)?, range(1)?);
    let part =
        |value: i128, (least, most): (i128, i128)| (value - least) as f64 / (most - least) as f64;
    let height = |place: &usize| part(of(place)[0], x) + part(of(place)[1], y);
    let best = on.iter().max_by(|a, b| height(a).total_cmp(&height(b)))?;
    (on.len() > 2 && height(best) > 1.0).then_some(*best)
}

#[cfg(test)]
mod tests;
