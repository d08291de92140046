//! Values written as numbers, or as lists of numbers.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Hashes, mismatch};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Value};
use crate::units::decimal;

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count<const MIN: u64, const MAX: u64>(pub u64);

/// A whole number that may be negative, of at most 10¹⁵.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed(pub i64);

const SIGNED_MAX: i64 = 1_000_000_000_000_000;

/// The number of a node, be it written as one or in a cell of a CSV.
fn whole(node: &Node) -> Option<i128> {
    match &node.value {
        Value::Integer(number) => Some(*number),
        Value::Cell(text) => text.trim().parse().ok(),
        Value::Text(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)
        | Value::Table(_) => None,
    }
}

/// A whole number between two limits, both included.
fn bounded(
    node: &Node,
    (low, high): (i128, i128),
    expected: &str,
    problems: &mut Problems,
) -> Option<i128> {
    let Some(number) = whole(node) else {
        let problem = mismatch(node, expected);
        let bare = matches!(&node.value, Value::Text(text) if text.parse::<i128>().is_ok());
        problems.push(if bare { problem.hint("write it without quotes") } else { problem });
        return None;
    };
    if (low..=high).contains(&number) {
        return Some(number);
    }
    let relation = if number < low { "less than the least" } else { "more than the most" };
    let limit = if number < low { low } else { high };
    let message = format!("{number} is {relation} that is possible here, {limit}");
    problems.push(Problem::new(node.place, message).expected(format!("expected {expected}")));
    None
}

impl<const MIN: u64, const MAX: u64> Decode for Count<MIN, MAX> {
    fn expected() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let number = bounded(node, (MIN.into(), MAX.into()), &Self::expected(), problems)?;
        Some(Count(u64::try_from(number).expect("it is between two of them")))
    }

    fn encode(&self, _: &Hashes) -> Canon {
        Canon::Integer(self.0.into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

impl Decode for Signed {
    fn expected() -> String {
        "a whole number, negative or not".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Signed> {
        let limit = i128::from(SIGNED_MAX);
        let number = bounded(node, (-limit, limit), &Self::expected(), problems)?;
        Some(Signed(i64::try_from(number).expect("it is within a limit that fits")))
    }

    fn encode(&self, _: &Hashes) -> Canon {
        Canon::Integer(self.0.into())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": -SIGNED_MAX, "maximum": SIGNED_MAX })
    }
}

impl Decode for bool {
    fn expected() -> String {
        "true or false".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<bool> {
        match (&node.value, node.value.as_text()) {
            (Value::Boolean(yes), _) => Some(*yes),
            (Value::Cell(_), Some("true")) => Some(true),
            (Value::Cell(_), Some("false")) => Some(false),
            _ => {
                problems.push(mismatch(node, "true or false"));
                None
            }
        }
    }

    fn encode(&self, _: &Hashes) -> Canon {
        Canon::Boolean(*self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// Arrivals per hour, in thousandths: the same all day, or by hour of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerHour(pub [u64; 24]);

/// Most arrivals per hour.
pub const PER_HOUR_MAX: u64 = 1_000_000;

const EXPECTED_PER_HOUR: &str =
    "a number per hour such as 12 or \"2.5\", or a list of 24 of them, from midnight on";

impl PerHour {
    fn one(node: &Node, problems: &mut Problems) -> Option<u64> {
        let milli = match &node.value {
            Value::Integer(number) => number.checked_mul(1_000),
            Value::Text(text) | Value::Cell(text) => match decimal(text.trim()) {
                Some((digits, decimals)) if decimals <= 3 => i128::try_from(digits)
                    .ok()
                    .and_then(|digits| digits.checked_mul(10i128.pow(3 - decimals))),
                Some(_) | None => None,
            },
            Value::Float(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_) => None,
        };
        let Some(milli) = milli else {
            let problem = mismatch(node, EXPECTED_PER_HOUR);
            problems.push(problem.hint("at most three decimals"));
            return None;
        };
        match u64::try_from(milli).ok().filter(|milli| *milli <= PER_HOUR_MAX * 1_000) {
            Some(milli) => Some(milli),
            None => {
                let message = format!("not between 0 and {PER_HOUR_MAX} per hour");
                let expected = format!("expected {EXPECTED_PER_HOUR}");
                problems.push(Problem::new(node.place, message).expected(expected));
                None
            }
        }
    }

    fn print_one(milli: u64) -> Canon {
        match (milli / 1_000, milli % 1_000) {
            (whole, 0) => Canon::Integer(whole.into()),
            (whole, rest) => {
                Canon::Text(format!("{whole}.{rest:03}").trim_end_matches('0').to_owned())
            }
        }
    }
}

impl Decode for PerHour {
    fn expected() -> String {
        EXPECTED_PER_HOUR.into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<PerHour> {
        let Some(nodes) = node.value.as_array() else {
            return PerHour::one(node, problems).map(|milli| PerHour([milli; 24]));
        };
        if nodes.len() != 24 {
            let message = format!("a day has 24 hours, not {}", nodes.len());
            let expected = format!("expected {EXPECTED_PER_HOUR}");
            problems.push(Problem::new(node.place, message).expected(expected));
            return None;
        }
        let hours: Vec<Option<u64>> =
            nodes.iter().map(|node| PerHour::one(node, problems)).collect();
        let hours: Vec<u64> = hours.into_iter().collect::<Option<_>>()?;
        Some(PerHour(hours.try_into().expect("there are 24")))
    }

    fn encode(&self, _: &Hashes) -> Canon {
        match self.0.iter().all(|milli| *milli == self.0[0]) {
            true => PerHour::print_one(self.0[0]),
            false => Canon::Array(self.0.iter().map(|milli| PerHour::print_one(*milli)).collect()),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": ["integer", "string"] },
            { "type": "array", "items": { "type": ["integer", "string"] },
              "minItems": 24, "maxItems": 24 },
        ] })
    }
}

/// Units a tenant takes: a number, or the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitsRange {
    /// The smallest, at least one.
    pub least: u64,
    /// The largest.
    pub most: u64,
}

/// Most units one tenant takes.
pub const UNITS_MAX: u64 = 1_000_000_000;

const EXPECTED_UNITS: &str = "a whole number of units, or [smallest, largest]";

impl Decode for UnitsRange {
    fn expected() -> String {
        EXPECTED_UNITS.into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<UnitsRange> {
        let one = |node: &Node, problems: &mut Problems| {
            let number = bounded(node, (1, UNITS_MAX.into()), EXPECTED_UNITS, problems)?;
            Some(u64::try_from(number).expect("it is between two of them"))
        };
        let (least, most) = match node.value.as_array() {
            None => one(node, problems).map(|units| (units, units))?,
            Some([least, most]) => match (one(least, problems), one(most, problems)) {
                (Some(least), Some(most)) => (least, most),
                _ => return None,
            },
            Some(_) => {
                problems.push(mismatch(node, EXPECTED_UNITS));
                return None;
            }
        };
        if least > most {
            let message = format!("the smallest, {least}, is larger than the largest, {most}");
            let expected = format!("expected {EXPECTED_UNITS}");
            problems.push(Problem::new(node.place, message).expected(expected));
            return None;
        }
        Some(UnitsRange { least, most })
    }

    fn encode(&self, _: &Hashes) -> Canon {
        match self.least == self.most {
            true => Canon::Integer(self.least.into()),
            false => Canon::Array(vec![
                Canon::Integer(self.least.into()),
                Canon::Integer(self.most.into()),
            ]),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "array", "items": { "type": "integer", "minimum": 1 },
              "minItems": 2, "maxItems": 2 },
        ] })
    }
}
