//! Seeds in a row, or a list of them.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Hashes, mismatch};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Value};

/// Most seeds of one scenario.
pub const SEEDS_MAX: usize = 100_000;
/// The greatest seed.
const SEED_MAX: u64 = u64::MAX >> 1;

/// Which seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedList(pub Vec<u64>);

impl SeedList {
    fn one(node: &Node, problems: &mut Problems) -> Option<u64> {
        let number = match &node.value {
            Value::Integer(number) => u64::try_from(*number).ok().filter(|one| *one <= SEED_MAX),
            Value::Text(_)
            | Value::Cell(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        };
        if number.is_none() {
            problems.push(mismatch(node, &format!("a whole number from 0 to {SEED_MAX}")));
        }
        number
    }

    fn too_many(node: &Node) -> Problem {
        let problem = Problem::new(node.place, format!("more than {SEEDS_MAX} seeds"));
        problem.hint("`stopsim hunt --seeds A..B` runs more")
    }

    fn row(node: &Node, text: &str, problems: &mut Problems) -> Option<Vec<u64>> {
        let number = |text: &str| text.trim().parse().ok().filter(|one: &u64| *one <= SEED_MAX);
        let ends = match text.split_once("..") {
            None => number(text).map(|one| (one, one)),
            Some((first, last)) => number(first).zip(number(last)),
        };
        let Some((first, last)) = ends else {
            problems.push(mismatch(node, &Self::expected()));
            return None;
        };
        if first > last {
            let problem = Problem::new(node.place, format!("there is no seed in `{text}`"));
            problems.push(problem.expected("expected the smaller seed first"));
            return None;
        }
        if last - first >= SEEDS_MAX as u64 {
            problems.push(Self::too_many(node));
            return None;
        }
        Some((first..=last).collect())
    }
}

impl Decode for SeedList {
    const IS_INPUT: bool = false;

    fn expected() -> String {
        "seeds such as \"1..20\", or a list such as [7, 12]".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<SeedList> {
        let seeds = match &node.value {
            Value::Text(text) | Value::Cell(text) => Self::row(node, text, problems)?,
            Value::Integer(_) => vec![Self::one(node, problems)?],
            Value::Array(all) if all.len() > SEEDS_MAX => {
                problems.push(Self::too_many(node));
                return None;
            }
            Value::Array(all) if !all.is_empty() => {
                let seeds: Vec<Option<u64>> =
                    all.iter().map(|one| Self::one(one, problems)).collect();
                seeds.into_iter().collect::<Option<Vec<u64>>>()?
            }
            Value::Array(_) | Value::Float(_) | Value::Boolean(_) | Value::Table(_) => {
                problems.push(mismatch(node, &Self::expected()));
                return None;
            }
        };
        Some(SeedList(seeds))
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let all = &self.0;
        let is_row = all.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        match (all.first(), all.last()) {
            (Some(first), Some(last)) if is_row => Canon::Text(format!("{first}..{last}")),
            _ => Canon::Array(all.iter().map(|one| Canon::Integer((*one).into())).collect()),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let seed = json_schema!({ "type": "integer", "minimum": 0, "maximum": SEED_MAX });
        json_schema!({ "anyOf": [
            { "type": "string" },
            seed,
            { "type": "array", "items": seed, "minItems": 1, "maxItems": SEEDS_MAX },
        ] })
    }
}
