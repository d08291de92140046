//! Instants and spans: whole microseconds, never floats, never negative.
//!
//! An instant is not a span: there is no way to add two instants.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ParseError;

const MICROS_PER_MILLI: u64 = 1_000;
const MICROS_PER_SECOND: u64 = 1_000_000;
const MICROS_PER_MINUTE: u64 = 60 * MICROS_PER_SECOND;
/// Microseconds in an hour, the unit of every rate.
pub const MICROS_PER_HOUR: u64 = 60 * MICROS_PER_MINUTE;
/// A day of 24 hours.
pub const MICROS_PER_DAY: u64 = 24 * MICROS_PER_HOUR;
const MICROS_PER_WEEK: u64 = 7 * MICROS_PER_DAY;

/// An instant: whole microseconds since the run began (584 000 years fit).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimTime(u64);

/// A span between two instants: whole microseconds, never negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimDuration(u64);

impl SimTime {
    /// The beginning of the run.
    pub const ZERO: SimTime = SimTime(0);
    /// Later than everything: nothing is ever scheduled here.
    pub const NEVER: SimTime = SimTime(u64::MAX);

    /// The instant `micros` microseconds after the beginning.
    pub const fn from_micros(micros: u64) -> SimTime {
        SimTime(micros)
    }

    /// Microseconds since the beginning.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The span since `earlier`, or nothing if `earlier` is in fact later.
    pub fn since(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// This much earlier, but not before the beginning.
    #[must_use]
    pub fn saturating_sub(self, span: SimDuration) -> SimTime {
        SimTime(self.0.saturating_sub(span.0))
    }

    /// This much later, or `NEVER`.
    #[must_use]
    pub fn saturating_add(self, span: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(span.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);

    /// A span of whole microseconds.
    pub const fn from_micros(micros: u64) -> SimDuration {
        SimDuration(micros)
    }

    /// A span of whole seconds.
    pub const fn from_secs(seconds: u64) -> SimDuration {
        SimDuration(seconds * MICROS_PER_SECOND)
    }

    /// A span of whole minutes.
    pub const fn from_mins(minutes: u64) -> SimDuration {
        SimDuration(minutes * MICROS_PER_MINUTE)
    }

    /// A span of whole hours.
    pub const fn from_hours(hours: u64) -> SimDuration {
        SimDuration(hours * MICROS_PER_HOUR)
    }

    /// Whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `factor` times as long, or as long as can be told.
    #[must_use]
    pub const fn saturating_mul(self, factor: u64) -> SimDuration {
        SimDuration(self.0.saturating_mul(factor))
    }

    /// Scaled by `num / den`, rounded down.
    ///
    /// # Panics
    /// If `den` is zero.
    #[must_use]
    pub fn scaled(self, num: u64, den: u64) -> SimDuration {
        if let Some(product) = self.0.checked_mul(num) {
            return SimDuration(product / den);
        }
        let scaled = u128::from(self.0) * u128::from(num) / u128::from(den);
        SimDuration(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    /// Longer by `other`, or as long as can be told.
    #[must_use]
    pub const fn saturating_add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

/// What is too late to be told is [`SimTime::NEVER`]: nothing at or after the horizon happens.
impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    fn add(self, span: SimDuration) -> SimTime {
        self.saturating_add(span)
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    #[inline(always)]
    fn sub(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.checked_sub(earlier.0).expect("time runs forward"))
    }
}

/// As long as can be told.
impl Add for SimDuration {
    type Output = SimDuration;
    fn add(self, other: SimDuration) -> SimDuration {
        self.saturating_add(other)
    }
}

/// `4d 07:12:03.250000`: days only when there are any, always to the microsecond.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / MICROS_PER_DAY, self.0 % MICROS_PER_DAY);
        let (hours, rest) = (rest / MICROS_PER_HOUR, rest % MICROS_PER_HOUR);
        let (minutes, rest) = (rest / MICROS_PER_MINUTE, rest % MICROS_PER_MINUTE);
        let (seconds, micros) = (rest / MICROS_PER_SECOND, rest % MICROS_PER_SECOND);
        if days > 0 {
            write!(f, "{days}d ")?;
        }
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}.{micros:06}")
    }
}

const UNITS: [(&str, u64); 8] = [
    ("us", 1),
    ("ms", MICROS_PER_MILLI),
    ("s", MICROS_PER_SECOND),
    ("m", MICROS_PER_MINUTE),
    ("min", MICROS_PER_MINUTE),
    ("h", MICROS_PER_HOUR),
    ("d", MICROS_PER_DAY),
    ("w", MICROS_PER_WEEK),
];

/// Exact and shortest: `1h30m`, `45s`, `250ms`, `0s`; reads back as the same span.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, size) in [
            ("d", MICROS_PER_DAY),
            ("h", MICROS_PER_HOUR),
            ("m", MICROS_PER_MINUTE),
            ("s", MICROS_PER_SECOND),
            ("ms", MICROS_PER_MILLI),
            ("us", 1),
        ] {
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

const EXPECTED_DURATION: &str = "a duration such as \"45s\", \"1h30m\" or \"250ms\"";

/// Reads `45s`, `1h30m`, `1.5h`, `250ms`; the units are us, ms, s, m (or min), h, d and w.
impl FromStr for SimDuration {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<SimDuration, ParseError> {
        let bad = |problem: String| ParseError::new(problem, EXPECTED_DURATION);
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(bad("empty duration".into()));
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (number, tail) = rest.split_at(digits.unwrap_or(rest.len()));
            let unit_end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let (value, decimals) = super::decimal(number)
                .ok_or_else(|| bad(format!("`{text}` is not a number with a unit")))?;
            let size = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
            let size = size.ok_or_else(|| match unit {
                "" => bad(format!("`{text}` has no unit")),
                other => bad(format!("unknown unit of time `{other}`")),
            })?;
            let scaled = value.checked_mul(u128::from(size)).map(|v| (v, 10u128.pow(decimals)));
            let micros = match scaled {
                Some((v, scale)) if v % scale == 0 => u64::try_from(v / scale).ok(),
                Some(_) => return Err(bad(format!("`{text}` is finer than a microsecond"))),
                None => None,
            };
            total = micros
                .and_then(|m| total.checked_add(m))
                .ok_or_else(|| bad(format!("`{text}` is too long to represent")))?;
            rest = tail.trim_start();
        }
        Ok(SimDuration(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_back_as_it_was_printed() {
        for micros in [0, 1, 999, 1_000, 45_000_000, 5_400_000_000, 86_400_000_000, 90_061_001_001]
        {
            let span = SimDuration::from_micros(micros);
            assert_eq!(span.to_string().parse(), Ok(span));
        }
        assert_eq!("1h30m".parse(), Ok(SimDuration::from_mins(90)));
        assert_eq!("1.5h".parse(), Ok(SimDuration::from_mins(90)));
        assert_eq!(SimDuration::from_mins(90).to_string(), "1h30m");
    }

    #[test]
    fn a_scaled_duration_is_rounded_down_however_large_the_product() {
        let scaled = |span, num, den| SimDuration::from_micros(span).scaled(num, den).as_micros();
        assert_eq!(scaled(7, 3, 2), 10);
        assert_eq!(scaled(u64::MAX - 1, 6, 4), u64::MAX, "as long as can be told");
        assert_eq!(scaled(u64::MAX - 1, 6, 9), (u64::MAX - 1) / 3 * 2 + 1);
    }

    #[test]
    fn a_duration_without_unit_or_with_a_wrong_one_is_refused() {
        for text in ["", "45", "45 parsecs", "-3s", "1.s", "0.0000001s", "99999999999999999w", "s"]
        {
            assert!(text.parse::<SimDuration>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn an_instant_prints_days_only_when_there_are_any() {
        assert_eq!(SimTime::from_micros(25_923_250_000).to_string(), "07:12:03.250000");
        assert_eq!(SimTime::from_micros(86_400_000_001).to_string(), "1d 00:00:00.000001");
    }

    #[test]
    #[should_panic(expected = "time runs forward")]
    fn a_span_cannot_be_negative() {
        let _ = SimTime::ZERO - SimTime::from_micros(1);
    }
}
