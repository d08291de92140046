//! A `summary.json` that is read back, number by number.

use serde_json::Value;

use super::super::super::number::{PERCENT, Percent};
use super::super::super::provenance::{Provenance, Subject};
use super::super::super::summary::SCHEMA;
use super::super::super::text::span;
use super::super::table::Cell;
use crate::sim::plan::{Basis, Input};
use crate::units::{Money, SimDuration};

/// Why a text makes no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// It is something else.
    #[error("it is no summary of stopsim: {0}")]
    Foreign(String),
    /// It is one of another version.
    #[error("its schema is `{0}`, and this program reads `{SCHEMA}`")]
    Schema(String),
    /// Something is not there, or not what it should be.
    #[error("`{0}` is missing, or is not what it should be")]
    Missing(String),
}

type Found<T> = Result<T, SummaryError>;

/// A summary.
#[derive(Debug)]
pub struct Summary {
    json: Value,
    inputs: Vec<Input>,
    takes_eligible: bool,
}

impl Summary {
    /// Reads it.
    ///
    /// # Errors
    /// If it is none, or one of another version.
    pub fn read(text: &str) -> Found<Summary> {
        let foreign = |error: serde_json::Error| SummaryError::Foreign(error.to_string());
        let json: Value = serde_json::from_str(text).map_err(foreign)?;
        let schema = json.get("schema").and_then(Value::as_str);
        let schema = schema.ok_or_else(|| SummaryError::Foreign("it has no schema".to_owned()))?;
        if schema != SCHEMA {
            return Err(SummaryError::Schema(schema.to_owned()));
        }
        let mut summary = Summary { json, inputs: Vec::new(), takes_eligible: false };
        summary.takes_eligible = !summary.list("/economical/assumed_eligible")?.is_empty();
        for place in 0..summary.list("/inputs")?.len() {
            let of = |key: &str| summary.text(&format!("/inputs/{place}/{key}"));
            let input = Input {
                path: of("path")?.to_owned(),
                value: of("value")?.to_owned(),
                basis: match of("basis")? {
                    "measured" => Basis::Measured,
                    "documented" => Basis::Documented,
                    "given" => Basis::Given,
                    _ => Basis::Assumed,
                },
                source: of("source")?.to_owned(),
            };
            summary.inputs.push(input);
        }
        Ok(summary)
    }

    /// What it assumes.
    pub fn provenance(&self) -> Provenance<'_> {
        Provenance::of_result(&self.inputs, self.takes_eligible)
    }

    /// Every input, with where it comes from.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What is at a pointer.
    pub fn at(&self, pointer: &str) -> Found<&Value> {
        self.json.pointer(pointer).ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
    }

    /// A text.
    pub fn text(&self, pointer: &str) -> Found<&str> {
        self.at(pointer)?.as_str().ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
    }

    /// A list; an absent one is empty.
    pub fn list(&self, pointer: &str) -> Found<&[Value]> {
        match self.json.pointer(pointer) {
            None => Ok(&[]),
            Some(value) => {
                let all = value.as_array().map(Vec::as_slice);
                all.ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
            }
        }
    }

    /// The keys of an object; an absent one has none.
    pub fn keys(&self, pointer: &str) -> Vec<&str> {
        let object = self.json.pointer(pointer).and_then(Value::as_object);
        object.into_iter().flat_map(|object| object.keys().map(String::as_str)).collect()
    }

    /// A count.
    pub fn count(&self, pointer: &str) -> Found<u64> {
        self.at(pointer)?.as_u64().ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
    }

    /// A count that may be beyond 64 bits.
    pub fn large(&self, pointer: &str) -> Found<f64> {
        self.at(pointer)?.as_f64().ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
    }

    /// An amount of money.
    pub fn money(&self, pointer: &str) -> Found<Money> {
        let text = self.text(pointer)?;
        let is_exact = text.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 9);
        let nanos = text.replace('.', "").parse().ok().filter(|_| is_exact);
        nanos.map(Money::from_nanos).ok_or_else(|| SummaryError::Missing(pointer.to_owned()))
    }

    /// A percentage, where there is one.
    pub fn percent(&self, pointer: &str) -> Found<Option<Percent>> {
        let value = self.at(pointer)?;
        if value.is_null() {
            return Ok(None);
        }
        let share = value.as_f64().ok_or_else(|| SummaryError::Missing(pointer.to_owned()))?;
        Ok(Some(Percent(libm::round(share * PERCENT as f64) as i128)))
    }

    /// How long what is summed up was measured.
    pub fn window(&self) -> Found<SimDuration> {
        let (from, to) = (self.count("/window/start_us")?, self.count("/window/end_us")?);
        Ok(SimDuration::from_micros(to.saturating_sub(from)))
    }

    /// An amount as a cell.
    pub fn amount(&self, pointer: &str, subject: Subject) -> Found<Cell> {
        let shown = format!("{}{}", self.mark(subject), self.money(pointer)?.rounded(2));
        Ok(Cell::figure(shown, pointer, self.at(pointer)?))
    }

    /// A percentage as a cell.
    pub fn share(&self, pointer: &str, subject: Subject) -> Found<Cell> {
        Ok(match self.percent(pointer)? {
            None => "-".into(),
            Some(share) => {
                let shown = format!("{}{}", self.mark(subject), share.short());
                Cell::figure(shown, pointer, self.at(pointer)?)
            }
        })
    }

    /// A span as a cell; none is never.
    pub fn span(&self, pointer: &str, subject: Subject) -> Found<Cell> {
        let value = self.at(pointer)?;
        let shown = value.as_u64().map_or("never".to_owned(), |micros| span(micros.into()));
        Ok(Cell::figure(format!("{}{shown}", self.mark(subject)), pointer, value))
    }

    /// `≈` before figures that rest on an assumed input.
    pub fn mark(&self, subject: Subject) -> &'static str {
        self.provenance().mark(subject)
    }
}
