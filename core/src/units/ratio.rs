//! Ratios of integers: probabilities, shares and discounts without floats.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// A fraction between zero and some whole number, kept as written and never a float.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    num: u64,
    den: u64,
}

impl Ratio {
    /// Never, or none.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// Always, or all.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `num / den`, in lowest terms.
    ///
    /// # Panics
    /// If `den` is zero.
    pub const fn new(num: u64, den: u64) -> Ratio {
        assert!(den > 0, "a ratio has a denominator");
        let (mut common, mut rest) = (den, num % den);
        while rest > 0 {
            (common, rest) = (rest, common % rest);
        }
        Ratio { num: num / common, den: den / common }
    }

    /// The numerator.
    pub const fn num(self) -> u64 {
        self.num
    }

    /// The denominator, at least one.
    pub const fn den(self) -> u64 {
        self.den
    }

    /// As a probability: whether it happens, if that is certain.
    pub const fn certain(self) -> Option<bool> {
        match self.num {
            0 => Some(false),
            num if num >= self.den => Some(true),
            _ => None,
        }
    }

    /// Whether a uniformly drawn 64-bit word falls below this probability.
    ///
    /// Exact: among the 2⁶⁴ words, `floor(2⁶⁴ × num / den)` hit.
    pub fn hits(self, word: u64) -> bool {
        u128::from(word) < (u128::from(self.num) << 64) / u128::from(self.den)
    }

    /// This share of a count, rounded down.
    pub fn of(self, count: u64) -> u64 {
        let share = u128::from(self.num) * u128::from(count) / u128::from(self.den);
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// This share of a count, rounded up.
    pub fn of_rounded_up(self, count: u64) -> u64 {
        let share = (u128::from(self.num) * u128::from(count)).div_ceil(u128::from(self.den));
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Ratio) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> std::cmp::Ordering {
        let left = u128::from(self.num) * u128::from(other.den);
        left.cmp(&(u128::from(other.num) * u128::from(self.den)))
    }
}

/// `3/100`, as it was written.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

const EXPECTED_RATIO: &str = "a ratio such as \"3/100\" or \"3%\"";

/// Reads `3/100`, `3%`, `0.5%`, `0` and `1`.
impl FromStr for Ratio {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Ratio, ParseError> {
        let bad = || ParseError::new(format!("`{text}` is not a ratio"), EXPECTED_RATIO);
        let trimmed = text.trim();
        if let Some(percent) = trimmed.strip_suffix('%') {
            let (digits, decimals) = super::decimal(percent.trim_end()).ok_or_else(bad)?;
            let den = 100u64.checked_mul(10u64.checked_pow(decimals).ok_or_else(bad)?);
            return Ok(Ratio::new(u64::try_from(digits).map_err(|_| bad())?, den.ok_or_else(bad)?));
        }
        let (num, den) = trimmed.split_once('/').unwrap_or((trimmed, "1"));
        let whole = |part: &str| match super::decimal(part.trim()) {
            Some((digits, 0)) => u64::try_from(digits).ok(),
            _ => None,
        };
        match (whole(num), whole(den)) {
            (Some(_), Some(0)) => {
                Err(ParseError::new(format!("`{text}` divides by zero"), EXPECTED_RATIO))
            }
            (Some(num), Some(den)) => Ok(Ratio::new(num, den)),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_fraction_are_the_same_ratio() {
        assert_eq!("3%".parse::<Ratio>(), "3/100".parse());
        assert_eq!("0.5%".parse::<Ratio>(), "1/200".parse());
        assert_eq!("1".parse(), Ok(Ratio::ONE));
        for text in ["", "1/0", "a%", "-1%", "1.5", "1/2/3"] {
            assert!(text.parse::<Ratio>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn never_never_hits_and_always_always_does() {
        for word in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!(!Ratio::ZERO.hits(word));
            assert!(Ratio::ONE.hits(word));
        }
        let half = Ratio::new(1, 2);
        assert!(half.hits((1 << 63) - 1));
        assert!(!half.hits(1 << 63));
    }

    #[test]
    fn a_share_rounds_the_way_its_name_says() {
        let tenth = Ratio::new(1, 10);
        assert_eq!((tenth.of(19), tenth.of_rounded_up(19)), (1, 2));
        assert_eq!((tenth.of(20), tenth.of_rounded_up(20)), (2, 2));
    }
}
