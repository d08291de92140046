//! Records of stock: counts by tick, and polled categories of `DescribeAvailableResource`.

mod status;

use std::fmt;
use std::io::Write;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Input;
use super::problem::{Problem, Problems};
use crate::units::SimDuration;
use crate::units::bounded::Bounded;

pub use status::{Categories, Status, StatusPath, status};

/// What a number of a trace by ticks says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// So many could be had: 0 means none.
    Obtainable,
    /// So many of `of` could not be had: 0 means all of them.
    Missing {
        /// How many were asked for.
        of: u64,
    },
}

/// What a trace came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    /// How many ticks were read.
    pub ticks: u64,
    /// How many of them had nothing to be had.
    pub none: u64,
    /// The most that was to be had, in units.
    pub most: u64,
    /// From one tick to the next.
    pub gap: SimDuration,
}

/// Turns `{"metadata": {"gap_seconds": G}, "data": [n, …]}` into the CSV of a pool's trace: `at`,
/// a span since the beginning, and `column`; a row for each change. `units` is what one counts.
///
/// # Errors
/// With what is wrong with the file, or that the CSV could not be written.
pub fn trace(
    input: Input<'_>,
    encoding: Encoding,
    (column, units): (&str, u64),
    out: &mut dyn Write,
) -> Result<Ticks, Problems> {
    let Input { name, reader } = input;
    let reader = std::io::BufReader::with_capacity(1 << 16, Bounded::text(reader));
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut found = Ticks::default();
    let trace = Trace { encoding, column, units, found: &mut found, out };
    let read = trace.deserialize(&mut json).and_then(|()| json.end());
    match read {
        Ok(()) => Ok(found),
        Err(error) => {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text);
            let what = match error.is_eof() {
                true => format!("the JSON ends in the middle: {what}"),
                false => what.to_owned(),
            };
            let problem = Problem::new(&name, what).at(error.line() as u64, error.column() as u64);
            Err(problem
                .expected("{\"metadata\": {\"gap_seconds\": 300}, \"data\": [16, 0, …]}")
                .into())
        }
    }
}

/// The whole value.
struct Trace<'a> {
    encoding: Encoding,
    column: &'a str,
    units: u64,
    found: &'a mut Ticks,
    out: &'a mut dyn Write,
}

/// `metadata`.
#[derive(serde::Deserialize)]
struct Metadata {
    gap_seconds: serde_json::Number,
}

impl<'de> DeserializeSeed<'de> for Trace<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Trace<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with metadata and data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Trace { encoding, column, units, found, out } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => {
                    let Metadata { gap_seconds } = map.next_value()?;
                    let gap: SimDuration =
                        format!("{gap_seconds}s").parse().map_err(A::Error::custom)?;
                    if gap == SimDuration::ZERO {
                        return Err(A::Error::custom("gap_seconds is zero"));
                    }
                    found.gap = gap;
                }
                "data" if found.gap == SimDuration::ZERO => {
                    return Err(A::Error::custom("metadata.gap_seconds must come before data"));
                }
                "data" => {
                    writeln!(out, "at,{column}").map_err(A::Error::custom)?;
                    map.next_value_seed(Data {
                        encoding,
                        units,
                        found: &mut *found,
                        out: &mut *out,
                    })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match found.ticks {
            0 => Err(A::Error::custom("data has no tick")),
            _ => Ok(()),
        }
    }
}

/// The array of ticks.
struct Data<'a> {
    encoding: Encoding,
    units: u64,
    found: &'a mut Ticks,
    out: &'a mut dyn Write,
}

impl<'de> DeserializeSeed<'de> for Data<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Data<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of whole numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut before = None;
        while let Some(number) = seq.next_element::<u64>()? {
            let count = match self.encoding {
                Encoding::Obtainable => number,
                Encoding::Missing { of } => of.checked_sub(number).ok_or_else(|| {
                    A::Error::custom(format!("{number} of {of} cannot be missing"))
                })?,
            };
            let units = count.checked_mul(self.units).ok_or_else(|| {
                A::Error::custom(format!("{count} times {} is too large", self.units))
            })?;
            let at = self.found.gap.as_micros().checked_mul(self.found.ticks);
            let at = at.ok_or_else(|| A::Error::custom("the trace is too long"))?;
            if before != Some(units) {
                let at = SimDuration::from_micros(at);
                writeln!(self.out, "{at},{units}").map_err(A::Error::custom)?;
                before = Some(units);
            }
            self.found.ticks += 1;
            self.found.none += u64::from(units == 0);
            self.found.most = self.found.most.max(units);
        }
        Ok(())
    }
}
