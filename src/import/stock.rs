//! Records of stock: counts by tick, and polled categories of `DescribeAvailableResource`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::problem::{Problem, Problems};
use super::table::{self, required};
use super::{Input, Moments, as_name, moment, quoted};
use crate::ecs::price::family_of;
use crate::units::SimDuration;

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
    let reader = std::io::BufReader::with_capacity(1 << 16, reader);
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

/// How many units each category stands for. `WithoutStock` and `ClosedWithoutStock` are sold
/// out: nothing. *Assumed*: the API says no number, so whoever imports has to.
#[derive(Clone, Copy, Debug)]
pub struct Categories {
    /// `WithStock`: sufficient.
    pub with_stock: u64,
    /// `ClosedWithStock`: low, no guarantee.
    pub closed_with_stock: u64,
}

/// The recorded path of one type or family in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPath {
    /// What the pool and its CSV are called.
    pub name: String,
    /// The CSV.
    pub csv: String,
    /// How many polls.
    pub polls: u64,
    /// How many found it sold out.
    pub sold_out: u64,
}

/// What polls came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// A path for each type or family in a zone.
    pub paths: Vec<StatusPath>,
    /// The pools, for a scenario to extend.
    pub pools: String,
    /// What to know.
    pub notes: Vec<String>,
}

#[derive(Default)]
struct Polled {
    csv: String,
    last: i64,
    before: Option<u64>,
    polls: u64,
    sold_out: u64,
}

/// Turns polls of `DescribeAvailableResource` (columns `time`, `zone`, `type`, `category`) into
/// paths of what could be had beyond what is held.
///
/// # Errors
/// With everything that is wrong with the file.
pub fn status(
    input: Input<'_>,
    categories: Categories,
    moments: &Moments,
) -> Result<Status, Problems> {
    let file = input.name.clone();
    let mut polled: BTreeMap<(String, String), Polled> = BTreeMap::new();
    let columns = [
        required(&["time"]),
        required(&["zone", "ZoneId"]),
        required(&["type", "family", "InstanceType", "Value"]),
        required(&["category", "StatusCategory"]),
    ];
    table::read(input, columns, |row| {
        let at = moments.read(row.text(0)).ok_or_else(|| {
            row.problem(0, format!("`{}` is not a time", row.text(0))).expected(moment::EXPECTED)
        })?;
        let units = match row.text(3) {
            "WithStock" => categories.with_stock,
            "ClosedWithStock" => categories.closed_with_stock,
            "WithoutStock" | "ClosedWithoutStock" => 0,
            other => {
                let problem = row.problem(3, format!("there is no category `{other}`"));
                return Err(problem
                    .expected("WithStock, ClosedWithStock, WithoutStock or ClosedWithoutStock"));
            }
        };
        for n in [1, 2] {
            if row.text(n).is_empty() || as_name(row.text(n)) != row.text(n) {
                let problem = row.problem(n, format!("`{}` is not a name", row.text(n)));
                return Err(problem.expected("a zone such as cn-hangzhou-h, a type such as ecs.g7"));
            }
        }
        let path = polled.entry((row.text(2).to_owned(), row.text(1).to_owned())).or_default();
        if path.polls > 0 && at < path.last {
            return Err(row
                .problem(0, "it is earlier than the row before it of this type and zone")
                .hint("sort the rows by time"));
        }
        path.last = at;
        path.polls += 1;
        path.sold_out += u64::from(units == 0);
        if path.before.replace(units) != Some(units) {
            path.csv += &format!("{},{units}\n", moments.civil(at));
        }
        Ok(())
    })?;
    if polled.is_empty() {
        return Err(Problem::new(&file, "there is no poll in it")
            .expected("at least one row")
            .into());
    }
    Ok(described(&file, polled, categories))
}

fn described(
    file: &str,
    polled: BTreeMap<(String, String), Polled>,
    categories: Categories,
) -> Status {
    let Categories { with_stock, closed_with_stock } = categories;
    let why = format!(
        "assumed: WithStock stands for {with_stock} units and ClosedWithStock for \
                       {closed_with_stock}; categories polled in {file}"
    );
    let mut status = Status { paths: vec![], pools: String::new(), notes: vec![] };
    let mut provenance = "[provenance]\n".to_owned();
    for ((kind, zone), path) in polled {
        let name = as_name(&format!("{}-{zone}", kind.strip_prefix("ecs.").unwrap_or(&kind)));
        let drawn = match family_of(&kind) {
            Some(_) => format!("types = [{}]", quoted(&kind)),
            None => format!("family = {}", quoted(&kind)),
        };
        let first = path.csv.lines().next().and_then(|row| row.split(',').next()).unwrap_or("");
        status.notes.push(format!(
            "{name}: {} polls from {first} on, {} sold out; the scenario's clock must start at \
             the first poll",
            path.polls, path.sold_out
        ));
        status.pools += &format!(
            "[[pool]]\nname = {0}\nzone = {1}\n{drawn}\n\
             trace = {{ csv = {2}, column = \"obtainable_more\" }}\n\n",
            quoted(&name),
            quoted(&zone),
            quoted(&format!("{name}.csv"))
        );
        provenance += &format!("{} = {}\n", quoted(&format!("pool.{name}.trace")), quoted(&why));
        let csv = format!("at,obtainable_more\n{}", path.csv);
        let Polled { polls, sold_out, .. } = path;
        status.paths.push(StatusPath { name, csv, polls, sold_out });
    }
    status.pools += &provenance;
    status
}
