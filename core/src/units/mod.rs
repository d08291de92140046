//! Quantities, and how much is read at most: no bare number crosses a module boundary.
//!
//! Time is whole microseconds, money is exact until it is printed, probabilities and
//! shares are ratios of integers. Nothing here knows of events, clouds or files.

pub mod bounded;
pub mod money;
pub mod ratio;
pub mod time;

pub use money::{HourlyRate, Money, RATE_MAX, Usage};
pub use ratio::Ratio;
pub use time::{SimDuration, SimTime};

/// Why a quantity written as text could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; expected {expected}")]
pub struct ParseError {
    /// What is wrong with the text.
    pub problem: String,
    /// What would have been right, with an example.
    pub expected: &'static str,
}

impl ParseError {
    /// What is wrong, and what would have been right.
    pub fn new(problem: impl Into<String>, expected: &'static str) -> ParseError {
        ParseError { problem: problem.into(), expected }
    }
}

/// Splits a decimal number such as `12.5` into (digits without the point, number of decimals).
///
/// At most 18 decimals and 30 digits; no sign, no exponent, no separators.
pub fn decimal(text: &str) -> Option<(u128, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let misplaced_point = text.contains('.') && fraction.is_empty();
    if whole.is_empty() || misplaced_point || !digits_only(whole) || !digits_only(fraction) {
        return None;
    }
    if fraction.len() > 18 || whole.len() + fraction.len() > 30 {
        return None;
    }
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?))
}
