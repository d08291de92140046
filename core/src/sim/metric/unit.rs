//! What metrics are counted in: how thresholds are read, and how values are shown.
//!
//! A value is a whole number of a fine unit, so that comparisons are exact. What is shown is
//! rounded, but never to another side of a whole number: 0.11 never reads as 0.

use crate::units::time::MICROS_PER_HOUR;
use crate::units::{Money, ParseError, SimDuration, decimal};

/// The unit of a metric; a threshold is a whole number of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds, written `5m`.
    Duration,
    /// Millionths of a percent, written `99.5%`.
    Percent,
    /// Nano-units of the scenario's currency, written `1200.50`.
    Money,
    /// Millionths, as a mean of counts need not be whole; written `12` or `0.5`.
    Count,
    /// Instance-microseconds, written in hours: `12.5`.
    Hours,
}

/// Units of `Unit::Percent` in one percent.
pub const PERCENT: i128 = 1_000_000;
/// Units of `Unit::Count` in one.
pub const COUNT: i128 = 1_000_000;
/// Units of `Unit::Money` in one.
const MONEY: i128 = 1_000_000_000;
/// Units of `Unit::Hours` in one hour.
const HOUR: i128 = MICROS_PER_HOUR as i128;

impl Unit {
    /// Reads a threshold, as a whole number of this unit.
    ///
    /// # Errors
    /// If the text is not in this unit, or finer than the unit can tell.
    pub fn read(self, text: &str) -> Result<i128, ParseError> {
        let text = text.trim();
        let number = match self {
            Unit::Duration => {
                return text.parse().map(|span: SimDuration| i128::from(span.as_micros()));
            }
            Unit::Percent => text.strip_suffix('%').and_then(|n| scaled(n.trim_end(), PERCENT)),
            Unit::Money => {
                let (sign, number) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
                let number = number.split(' ').next().unwrap_or(number);
                scaled(number, MONEY).map(|n| sign * n)
            }
            Unit::Count => scaled(text, COUNT),
            Unit::Hours => scaled(text.strip_suffix('h').unwrap_or(text).trim_end(), HOUR),
        };
        number.ok_or_else(|| self.refuse(text))
    }

    /// A value of this unit for people: `4m12s`, `99.2500 %`, `1 234.50`, `0.11`, `3.50 h`.
    pub fn show(self, value: i128) -> String {
        match self {
            Unit::Duration => {
                let millis = value.max(0).saturating_add(500) / 1000;
                clock(u64::try_from(millis).unwrap_or(u64::MAX / 1_000))
            }
            Unit::Percent => {
                let (sign, rest) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
                let parts = rest / (PERCENT.unsigned_abs() / 10_000);
                format!("{sign}{}.{:04} %", parts / 10_000, parts % 10_000)
            }
            Unit::Money => {
                let rounded = Money::from_nanos(value).rounded(2);
                let looks_whole = rounded.ends_with(".00") && value % MONEY != 0;
                if looks_whole { in_full(value, MONEY) } else { rounded }
            }
            Unit::Count => match hundredths(value, COUNT) {
                Some(hundredths) => trimmed(&hundredths),
                None => in_full(value, COUNT),
            },
            Unit::Hours => match hundredths(value, HOUR) {
                Some(hundredths) => format!("{hundredths} h"),
                None => format!("{} h", in_full(value, HOUR)),
            },
        }
    }

    fn refuse(self, text: &str) -> ParseError {
        let (problem, expected) = match self {
            Unit::Duration => ("a duration", "a duration such as \"5m\""),
            Unit::Percent => ("a percentage", "a percentage such as \"99.5%\""),
            Unit::Money => ("an amount of money", "an amount such as \"1200.50\""),
            Unit::Count => ("a number", "a number such as \"12\" or \"0.5\""),
            Unit::Hours => ("a number of hours", "instance-hours such as \"12.5\""),
        };
        ParseError::new(format!("`{text}` is not {problem}"), expected)
    }
}

/// With two decimals, rounded to the nearest; none if that would look like a whole number and
/// the value is not.
fn hundredths(value: i128, one: i128) -> Option<String> {
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.abs());
    let hundredths = (size * 100 + one / 2) / one;
    let looks_whole = hundredths % 100 == 0 && size % one != 0;
    (!looks_whole).then(|| format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100))
}

/// With up to nine decimals, and the last one never rounded to nothing.
fn in_full(value: i128, one: i128) -> String {
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.abs());
    let billionths = (size % one * 1_000_000_000 / one).max(1);
    trimmed(&format!("{sign}{}.{billionths:09}", size / one))
}

/// Without zeros behind the last decimal.
fn trimmed(number: &str) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Hours, minutes and seconds to the millisecond: `1h02m03s`, `4m12.5s`, `0.25s`.
fn clock(millis: u64) -> String {
    let (seconds, fraction) = (millis / 1000, format!(".{:03}", millis % 1000));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds:02}{fraction}s"),
        _ => format!("{hours}h{minutes:02}m{seconds:02}{fraction}s"),
    }
}

/// A decimal number times `scale`, if that is a whole number.
fn scaled(number: &str, scale: i128) -> Option<i128> {
    let (digits, decimals) = decimal(number)?;
    let product = i128::try_from(digits).ok()?.checked_mul(scale)?;
    let divisor = 10i128.checked_pow(decimals)?;
    (product % divisor == 0).then_some(product / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_whole_number_of_its_unit() {
        assert_eq!(Unit::Duration.read("5m"), Ok(300_000_000));
        assert_eq!(Unit::Percent.read("99.5%"), Ok(99_500_000));
        assert_eq!(Unit::Percent.read("99.5 %"), Ok(99_500_000));
        assert_eq!(Unit::Money.read("-1200.50 CNY"), Ok(-1_200_500_000_000));
        assert_eq!(Unit::Count.read("12"), Ok(12 * COUNT));
        assert_eq!(Unit::Count.read("0.5"), Ok(COUNT / 2));
        assert_eq!(Unit::Hours.read("12.5"), Ok(45_000_000_000));
        for (unit, text) in [
            (Unit::Duration, "5"),
            (Unit::Percent, "99"),
            (Unit::Percent, "0.0000001%"),
            (Unit::Money, "many"),
            (Unit::Count, "1.0000005"),
            (Unit::Count, "-1"),
            (Unit::Hours, "5m"),
        ] {
            assert!(unit.read(text).is_err(), "{unit:?} {text:?}");
        }
    }

    #[test]
    fn a_value_is_shown_in_its_unit() {
        assert_eq!(Unit::Duration.show(252_000_000), "4m12s");
        assert_eq!(Unit::Duration.show(252_500_400), "4m12.5s");
        assert_eq!(Unit::Duration.show(3_723_000_000), "1h02m03s");
        assert_eq!(Unit::Percent.show(99_250_000), "99.2500 %");
        assert_eq!(Unit::Money.show(1_234_500_000_000), "1 234.50");
        assert_eq!(Unit::Hours.show(12_600_000_000), "3.50 h");
        assert_eq!(Unit::Count.show(12 * COUNT), "12");
        assert_eq!(Unit::Count.show(12_345_678), "12.35");
    }

    /// "The mean 0.11 is printed, not 0", and 199.9995 is not printed as 200.
    #[test]
    fn what_is_not_whole_never_looks_whole() {
        assert_eq!(Unit::Count.show(110_000), "0.11");
        assert_eq!(Unit::Count.show(333), "0.000333");
        assert_eq!(Unit::Count.show(1_999_999), "1.999999");
        assert_eq!(Unit::Hours.show(1), "0.000000001 h");
        assert_eq!(Unit::Hours.show(36_000_000), "0.01 h");
        assert_eq!(Unit::Money.show(199_999_500_000), "199.9995");
        assert_eq!(Unit::Money.show(-1), "-0.000000001");
        assert_eq!(Unit::Money.show(0), "0.00");
    }
}
