//! Money: exact until it is printed.
//!
//! Price × time is summed in `i128` without dividing; it is rounded once, down, per invoice
//! line. Amounts are in nano-units (10⁻⁹) of the scenario's one currency.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::time::MICROS_PER_HOUR;
use super::{ParseError, Ratio};

const NANOS: i128 = 1_000_000_000;

/// An amount of money, in nano-units of the currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money(i128);

/// A price per hour, in nano-units of the currency; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourlyRate(i64);

/// Price × time, summed exactly: nano-units per hour, times microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Usage(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// An amount in nano-units.
    pub const fn from_nanos(nanos: i128) -> Money {
        Money(nanos)
    }

    /// The amount in nano-units.
    pub const fn as_nanos(self) -> i128 {
        self.0
    }

    /// Rounded half away from zero to `decimals` places, for people: `1 234.50`.
    pub fn rounded(self, decimals: u32) -> String {
        let scale = 10i128.pow(9 - decimals.min(9));
        let half = if self.0 < 0 { -scale / 2 } else { scale / 2 };
        let units = (self.0 + half) / scale;
        let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
        let base = 10u128.pow(decimals.min(9));
        let whole = group_thousands(units / base);
        match decimals {
            0 => format!("{sign}{whole}"),
            d => format!("{sign}{whole}.{:0width$}", units % base, width = d.min(9) as usize),
        }
    }
}

fn group_thousands(whole: u128) -> String {
    let digits = whole.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Exact, all nine decimals: `1234.500000000`; this is what the files hold.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let scale = NANOS.unsigned_abs();
        write!(f, "{sign}{}.{:09}", nanos / scale, nanos % scale)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// The highest price an hour, also of all disks of an instance together: what 16 777 216 instances
/// cost in a century is still added up exactly.
pub const RATE_MAX: HourlyRate = HourlyRate::from_nanos(1_000_000 * 1_000_000_000);

impl HourlyRate {
    /// Free of charge.
    pub const ZERO: HourlyRate = HourlyRate(0);

    /// A rate in nano-units per hour.
    ///
    /// # Panics
    /// If it is negative.
    pub const fn from_nanos(nanos: i64) -> HourlyRate {
        assert!(nanos >= 0, "a rate is never negative");
        HourlyRate(nanos)
    }

    /// Nano-units per hour.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Times a whole number (GiB of disk, instances), if it can be represented.
    pub fn checked_mul(self, factor: u64) -> Option<HourlyRate> {
        i64::try_from(factor).ok().and_then(|f| self.0.checked_mul(f)).map(HourlyRate)
    }

    /// Times a share such as a discount, rounded down to a nano-unit per hour.
    #[must_use]
    pub fn scaled(self, share: Ratio) -> HourlyRate {
        let scaled = i128::from(self.0) * i128::from(share.num()) / i128::from(share.den());
        HourlyRate(i64::try_from(scaled).unwrap_or(i64::MAX))
    }

    /// Both together, if it can be represented.
    pub fn checked_add(self, other: HourlyRate) -> Option<HourlyRate> {
        self.0.checked_add(other.0).map(HourlyRate)
    }

    /// Reads `0.52325 CNY/h`: a decimal, a currency of three letters, per hour.
    ///
    /// # Errors
    /// If the text has another form, more than nine decimals, or is too large.
    pub fn parse(text: &str) -> Result<(HourlyRate, String), ParseError> {
        let bad = |problem: String| ParseError::new(problem, EXPECTED_RATE);
        let (number, unit) = text
            .trim()
            .split_once(' ')
            .ok_or_else(|| bad(format!("`{text}` has no currency per hour")))?;
        let currency = unit
            .trim()
            .strip_suffix("/h")
            .ok_or_else(|| bad(format!("`{unit}` is not a currency per hour")))?;
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(bad(format!("`{currency}` is not a currency code")));
        }
        Ok((number.parse()?, currency.to_owned()))
    }
}

const EXPECTED_RATE: &str = "a price per hour such as \"0.52325 CNY/h\"";

/// The number alone, without needless zeros: `0.52325`.
impl fmt::Display for HourlyRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let full = Money(i128::from(self.0)).to_string();
        f.write_str(full.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// `0.52325`, in the scenario's currency.
impl FromStr for HourlyRate {
    type Err = ParseError;
    fn from_str(number: &str) -> Result<HourlyRate, ParseError> {
        let bad = |problem: String| ParseError::new(problem, EXPECTED_RATE);
        let (digits, decimals) =
            super::decimal(number).ok_or_else(|| bad(format!("`{number}` is not a price")))?;
        let nanos = 9u32
            .checked_sub(decimals)
            .ok_or_else(|| bad(format!("`{number}` is finer than a nano-unit")))
            .map(|shift| digits.checked_mul(10u128.pow(shift)))?
            .and_then(|n| i64::try_from(n).ok())
            .ok_or_else(|| bad(format!("`{number}` is too large to represent")))?;
        Ok(HourlyRate(nanos))
    }
}

impl Usage {
    /// Nothing used.
    pub const ZERO: Usage = Usage(0);

    /// `rate` for a total of `micros` instance-microseconds.
    ///
    /// # Panics
    /// If it overflows: 10⁷ instances at 10⁵ units an hour for a century do not.
    pub fn of(rate: HourlyRate, micros: u128) -> Usage {
        let micros = i128::try_from(micros).expect("instance-microseconds fit");
        Usage(i128::from(rate.0).checked_mul(micros).expect("price × time fits in 127 bits"))
    }

    /// Rounds down to one nano-unit. Called once per invoice line, never per event.
    pub fn invoiced(self) -> Money {
        Money(self.0.div_euclid(i128::from(MICROS_PER_HOUR)))
    }

    /// So many nano-units per hour × microseconds.
    pub const fn from_raw(raw: i128) -> Usage {
        Usage(raw)
    }

    /// Nano-units per hour × microseconds, unrounded.
    pub const fn raw(self) -> i128 {
        self.0
    }
}

impl Add for Usage {
    type Output = Usage;
    fn add(self, other: Usage) -> Usage {
        Usage(self.0.checked_add(other.0).expect("price × time fits in 127 bits"))
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        *self = *self + other;
    }
}

impl Sub for Usage {
    type Output = Usage;
    fn sub(self, other: Usage) -> Usage {
        Usage(self.0 - other.0)
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Usage>>(usages: I) -> Usage {
        usages.fold(Usage::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_back_as_it_was_printed() {
        let (rate, currency) = HourlyRate::parse("0.52325 CNY/h").unwrap();
        assert_eq!((rate.as_nanos(), currency.as_str()), (523_250_000, "CNY"));
        assert_eq!(rate.to_string(), "0.52325");
        assert_eq!("0.52325".parse(), Ok(rate));
    }

    #[test]
    fn a_rate_of_another_form_is_refused() {
        for text in
            ["", "0.5", "0.5 CNY", "0.5 cny/h", "-1 CNY/h", "1e3 CNY/h", "0.0000000001 CNY/h"]
        {
            assert!(HourlyRate::parse(text).is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn usage_is_rounded_once_and_down() {
        let rate = HourlyRate::from_nanos(1);
        let mut usage = Usage::ZERO;
        for _ in 0..3 {
            usage += Usage::of(rate, 1_200_000_000); // a third of a nano-unit each
        }
        assert_eq!(usage.invoiced(), Money::from_nanos(1));
        usage = usage - Usage::of(rate, 1);
        assert_eq!(usage.invoiced(), Money::ZERO);
    }

    #[test]
    fn money_prints_exactly_for_files_and_rounded_for_people() {
        let amount = Money::from_nanos(1_234_567_894_999_999);
        assert_eq!(amount.to_string(), "1234567.894999999");
        assert_eq!(amount.rounded(2), "1 234 567.89");
        assert_eq!((-amount).rounded(0), "-1 234 568");
        assert_eq!(Money::from_nanos(-1).to_string(), "-0.000000001");
    }
}
