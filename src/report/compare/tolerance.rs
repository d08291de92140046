//! How much worse than the base a figure may be.

use crate::sim::metric::Metric;
use crate::stats::{Interval, Lack};

use super::super::measure::Observed;
use super::row::{Direction, Row};

/// `METRIC: VALUE`: the other may be worse than the base by so much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// As written.
    pub text: String,
    /// Of what.
    pub metric: Metric,
    /// By how much, in the metric's unit.
    pub allowed: i128,
}

/// Why nothing can be tolerated of a metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more of `{0}` is neither better nor worse")]
pub struct ToleranceError(String);

/// What became of a tolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// As written.
    pub text: String,
    /// Whether it holds; none if that cannot be told.
    pub holds: Option<bool>,
    /// What was found, for people.
    pub found: String,
}

impl Tolerance {
    /// Of a metric that can be worse.
    ///
    /// # Errors
    /// If neither way of it is better.
    pub fn new(text: String, metric: Metric, allowed: i128) -> Result<Tolerance, ToleranceError> {
        match Direction::of(&metric) {
            Direction::Up | Direction::Down => Ok(Tolerance { text, metric, allowed }),
            Direction::Neither => Err(ToleranceError(metric.name())),
        }
    }

    /// Passed only if the whole interval is: what may be luck does not fail anybody. Held if all
    /// of it is within. Where the difference is the same in all replications, and of one
    /// replication, what was observed decides.
    pub(super) fn judge(&self, row: &Row) -> Judged {
        let sign = if row.direction == Direction::Up { -1 } else { 1 };
        let worse = row.difference.map(|difference| sign * difference);
        let observed = || worse.map(|worse| worse <= self.allowed);
        let allowed = self.allowed as f64;
        let n = row.tally.better + row.tally.worse + row.tally.same;
        let (holds, note) = match row.paired.interval {
            Ok(Interval { low, high, .. }) => {
                let (least, most) = if sign == 1 { (low, high) } else { (-high, -low) };
                let holds = match (most <= allowed, least > allowed) {
                    (true, _) => Some(true),
                    (false, true) => Some(false),
                    (false, false) => None,
                };
                (holds, String::new())
            }
            Err(Lack::Alike) => (observed(), ", the same in all replications: observed".into()),
            Err(_) if n <= 1 => {
                (self.of_one(row, observed()), ", one replication: observed".into())
            }
            Err(Lack::TooFew { enough }) => {
                (None, format!(", too few: about {enough} replications would do"))
            }
            Err(Lack::Extreme | Lack::Nothing) => (None, ", and how far it is is not known".into()),
        };
        Judged { text: self.text.clone(), holds, found: format!("{}{note}", row.found()) }
    }

    /// Of one replication: what never finished is later than anything.
    fn of_one(&self, row: &Row, observed: Option<bool>) -> Option<bool> {
        match (row.base, row.other) {
            (Observed::Value(_), Observed::Never) => Some(false),
            (Observed::Never, Observed::Value(_) | Observed::Never) => Some(true),
            _ => observed,
        }
    }
}
