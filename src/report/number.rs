//! Numbers as files hold them: money as decimal text, digests as hexadecimal text, percentages
//! with four decimals. Everything is computed in integers; nothing here rounds twice.

use serde::{Serialize, Serializer};

use crate::units::Money;

/// Millionths of a percent in one percent: the unit in which shares are compared.
pub const PERCENT: i128 = 1_000_000;

/// An amount of money, written `"1234.500000000"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub Money);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A digest or seed, written as sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hex(pub u64);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

/// A percentage, in millionths of a percent; written as a number with at most four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub i128);

impl Percent {
    /// What share of `whole` the `part` is, rounded down; none of nothing.
    pub fn of(part: i128, whole: i128) -> Option<Percent> {
        let scaled = part.checked_mul(100 * PERCENT)?;
        (whole > 0).then(|| Percent(scaled.div_euclid(whole)))
    }

    /// For people: `41.7 %` with one decimal, rounded to nearest except that less than everything
    /// never reads 100 % and more than nothing reads `<0.1 %`.
    pub fn short(self) -> String {
        format!("{} %", self.bare())
    }

    /// The same without the sign, for columns that carry it in their heading.
    pub fn bare(self) -> String {
        const TENTH: i128 = PERCENT / 10;
        let mut tenths = (self.0 + TENTH / 2).div_euclid(TENTH);
        if tenths == 1000 && self.0 < 100 * PERCENT {
            tenths = 999;
        }
        if tenths == 0 && self.0 > 0 {
            return "<0.1".to_owned();
        }
        let sign = if tenths < 0 { "-" } else { "" };
        format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Ten-thousandths of a percent fit a double exactly, and its shortest text has four
        // decimals at most; the division is one correctly rounded operation on every machine.
        let ten_thousandths = (self.0 + 50).div_euclid(100);
        serializer.serialize_f64(ten_thousandths as f64 / 10_000.0)
    }
}

/// A whole number with thousands apart: `1 234 567`.
pub fn grouped(number: impl Into<i128>) -> String {
    let number = number.into();
    let nanos = number.checked_mul(1_000_000_000).map(Money::from_nanos);
    nanos.map_or_else(|| number.to_string(), |money| money.rounded(0))
}

/// Percentages to the last digit, where they are read again.
pub mod exact {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Percent;

    /// Writes them.
    ///
    /// # Errors
    /// If the serializer fails.
    pub fn serialize<S: Serializer>(
        shares: &[Option<Percent>; 4],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        shares.map(|share| share.map(|share| share.0)).serialize(serializer)
    }

    /// Reads them.
    ///
    /// # Errors
    /// If they are none.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[Option<Percent>; 4], D::Error> {
        let shares = <[Option<i128>; 4]>::deserialize(deserializer)?;
        Ok(shares.map(|share| share.map(Percent)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl Serialize) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn files_hold_money_and_digests_as_text() {
        assert_eq!(json(Decimal(Money::from_nanos(1_500_000_001))), "\"1.500000001\"");
        assert_eq!(json(Hex(0xabc)), "\"0000000000000abc\"");
    }

    #[test]
    fn a_percentage_has_four_decimals_at_most() {
        assert_eq!(json(Percent::of(1, 3)), "33.3333");
        assert_eq!(json(Percent::of(2, 3)), "66.6667");
        assert_eq!(json(Percent::of(1, 2)), "50.0");
        assert_eq!(json(Percent::of(-1, 3)), "-33.3333");
        assert_eq!(Percent::of(1, 0), None);
    }

    #[test]
    fn less_than_everything_never_reads_as_everything() {
        assert_eq!(Percent::of(99_999, 100_000).unwrap().short(), "99.9 %");
        assert_eq!(Percent::of(1, 100_000).unwrap().short(), "<0.1 %");
        assert_eq!(Percent::of(1, 1).unwrap().short(), "100.0 %");
        assert_eq!(Percent::of(0, 1).unwrap().short(), "0.0 %");
        assert_eq!(Percent::of(417, 1000).unwrap().short(), "41.7 %");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(-12), "-12");
    }
}
