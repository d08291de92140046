//! Many settings of one scenario under the same luck: what each comes to, and which can be best.
//!
//! All points meet the same luck, replication by replication, so that they are told apart by
//! paired differences (`stats::Difference`). What is kept of a point does not grow with what
//! happened in it.

mod files;
mod judge;
mod text;
mod tornado;

use crate::sim::metric::{Metric, PERCENT, Unit};
use crate::stats::Interval;

use super::collected::Collected;
use super::compare::Direction;
use super::each::Sample;
use super::estimate::{CONFIDENCE, Method, estimate};
use super::measure::{Observed, measure};

pub(super) use files::{FigureRow, figure_row};
pub use files::{write_csv, write_json, write_ndjson};
pub use judge::{Front, Judged, Told, judge};
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

    /// What it is told apart from others by.
    fn told(&self) -> [Told; 2] {
        let of = |place: usize, sample: &Sample| Told {
            observed: self.figures[place].observed,
            method: sample.method,
            each: sample.each(),
        };
        [of(0, &self.objective), of(1, &self.promise)]
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
        let directions = [&self.objective, &self.promise].map(Direction::of);
        let told: Vec<[Told; 2]> = self.points.iter().map(Point::told).collect();
        for (point, judged) in self.points.iter_mut().zip(judge(directions, &told)) {
            point.can_be_best = judged.can_be_best;
            point.front = judged.front;
        }
    }

    /// How many points can still be the best.
    pub fn candidates(&self) -> usize {
        self.points.iter().filter(|point| point.can_be_best).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_replications_have_for_themselves_tells_points_apart() {
        let of = |name| tells_apart(&Metric::parse(name).expect("a metric"));
        assert!(of("saving.net").is_ok() && of("restart.good_waves").is_ok());
        assert!(matches!(of("billing.baseline"), Err(MetricError::Neutral(_))));
        assert!(matches!(of("start.due_to_ready.p99"), Err(MetricError::OfLatency(_))));
    }
}
