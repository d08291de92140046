//! How figures and their differences are written for people.

use crate::sim::metric::Unit;
use crate::stats::{Interval, Lack};
use crate::units::Money;

use super::super::figures::whole;
use super::super::measure::Observed;
use super::super::number::grouped;
use super::super::text::span;
use super::row::Row;

/// A value as the screens show it: longer spans without milliseconds, money to the cent.
pub fn plain(unit: Unit, observed: Observed) -> String {
    match (unit, observed.value()) {
        (Unit::Duration, Some(micros)) => span(micros.unsigned_abs()),
        (Unit::Money, Some(nanos)) => Money::from_nanos(nanos).rounded(2),
        (Unit::Duration | Unit::Percent | Unit::Money | Unit::Count | Unit::Hours, _) => {
            observed.show(unit)
        }
    }
}

/// `+381.21`, `-0.5000 pp` (percentage points), `+1m30s`, `0`.
pub fn signed(unit: Unit, value: i128) -> String {
    let size = plain(unit, Observed::Value(value.abs()));
    let size = if unit == Unit::Percent { size.replace(" %", " pp") } else { size };
    match value {
        0 => "0".to_owned(),
        1.. => format!("+{size}"),
        _ => format!("-{size}"),
    }
}

/// `[low .. high]` of a difference, or why there is none.
pub fn difference_interval(unit: Unit, interval: &Result<Interval, Lack>) -> String {
    match interval {
        Ok(Interval { low, high, .. }) => {
            format!("[{} .. {}]", end(unit, *low), end(unit, *high))
        }
        Err(Lack::TooFew { enough }) => format!("[needs n = {}]", grouped(u64::from(*enough))),
        Err(Lack::Alike) => "the same each time".to_owned(),
        Err(Lack::Extreme | Lack::Nothing) => String::new(),
    }
}

/// An end of an interval, without the unit that the difference has.
fn end(unit: Unit, value: f64) -> String {
    let shown = |value: i128| signed(unit, value).replace(" pp", "").replace(" h", "");
    match value.is_finite() {
        true => shown(whole(value)),
        false if value > 0.0 => "+never".to_owned(),
        false => "-never".to_owned(),
    }
}

/// `[low .. high]` of a value, without its unit.
pub fn interval(unit: Unit, interval: &Interval) -> String {
    let end = |end: f64| match end.is_finite() {
        true => plain(unit, Observed::Value(whole(end))).replace(" %", "").replace(" h", ""),
        false => "never".to_owned(),
    };
    format!("[{} .. {}]", end(interval.low), end(interval.high))
}

impl Row {
    /// What the base came to.
    pub(in crate::report) fn base_shown(&self) -> String {
        self.marked(&plain(self.unit, self.base))
    }

    /// What the other came to.
    pub(in crate::report) fn other_shown(&self) -> String {
        self.marked(&plain(self.unit, self.other))
    }

    /// By how much they differ.
    pub(in crate::report) fn difference_shown(&self) -> String {
        self.difference.map_or_else(String::new, |one| match one {
            0 => "0".to_owned(),
            one => self.marked(&signed(self.unit, one)),
        })
    }

    /// `[low .. high]`, or why there is none.
    pub(in crate::report) fn interval_shown(&self) -> String {
        difference_interval(self.unit, &self.paired.interval)
    }

    /// The difference with its interval.
    pub(super) fn found(&self) -> String {
        let difference = match self.difference {
            Some(_) => self.difference_shown(),
            None => format!("{} against {}", self.other_shown(), self.base_shown()),
        };
        match self.paired.interval {
            Ok(_) => format!("{difference} {}", self.interval_shown()),
            Err(_) => difference,
        }
    }

    fn marked(&self, shown: &str) -> String {
        format!("{}{shown}", if self.is_assumed { "≈" } else { "" })
    }
}
