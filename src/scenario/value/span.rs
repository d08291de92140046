//! Spans of time, as they are written.

use crate::units::{ParseError, SimDuration};

use super::TextValue;

/// The longest span that can be written: a thousand years of 365 days. Sums of hundreds of them
/// can be represented.
pub const SPAN_MAX: SimDuration = SimDuration::from_hours(1_000 * 365 * 24);

impl TextValue for SimDuration {
    const EXPECTED: &'static str = "a duration such as \"45s\"";

    fn read(text: &str) -> Result<SimDuration, ParseError> {
        let span: SimDuration = text.parse()?;
        match span > SPAN_MAX {
            true => {
                let what = format!("`{text}` is longer than a thousand years, {SPAN_MAX}");
                Err(ParseError::new(what, Self::EXPECTED))
            }
            false => Ok(span),
        }
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

/// A span that is longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Positive(pub SimDuration);

impl TextValue for Positive {
    const EXPECTED: &'static str = "a duration longer than zero, such as \"45s\"";

    fn read(text: &str) -> Result<Positive, ParseError> {
        match SimDuration::read(text)? {
            SimDuration::ZERO => {
                Err(ParseError::new("a duration of zero makes no sense here", Self::EXPECTED))
            }
            span => Ok(Positive(span)),
        }
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

/// How long work stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkStall {
    /// So long.
    For(SimDuration),
    /// It never ends.
    Forever,
}

impl TextValue for WorkStall {
    const EXPECTED: &'static str = "a duration such as \"10m\", or \"forever\"";

    fn read(text: &str) -> Result<WorkStall, ParseError> {
        match text {
            "forever" => Ok(WorkStall::Forever),
            other => Positive::read(other)
                .map(|span| WorkStall::For(span.0))
                .map_err(|error| ParseError::new(error.problem, Self::EXPECTED)),
        }
    }

    fn print(&self) -> String {
        match self {
            WorkStall::For(span) => span.to_string(),
            WorkStall::Forever => "forever".into(),
        }
    }
}
