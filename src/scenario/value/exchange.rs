//! What one unit of a currency costs in another.

use crate::units::{ParseError, Ratio, decimal};

use super::TextValue;

/// A rate of exchange: a positive decimal such as `7.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    /// Exactly.
    pub ratio: Ratio,
    text: String,
}

impl TextValue for ExchangeRate {
    const EXPECTED: &'static str = "a rate of exchange such as \"7.1\"";

    fn read(text: &str) -> Result<ExchangeRate, ParseError> {
        let bad = || ParseError::new(format!("`{text}` is no rate"), Self::EXPECTED);
        let (digits, decimals) = decimal(text).filter(|(digits, _)| *digits > 0).ok_or_else(bad)?;
        let num = u64::try_from(digits).map_err(|_| bad())?;
        let den = 10u64.checked_pow(decimals).ok_or_else(bad)?;
        Ok(ExchangeRate { ratio: Ratio::new(num, den), text: text.to_owned() })
    }

    fn print(&self) -> String {
        match self.text.contains('.') {
            true => self.text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => self.text.clone(),
        }
    }
}
