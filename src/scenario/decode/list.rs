//! Lists of values.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Decode, FieldDoc, Hashes, LeftOut, mismatch, under};
use crate::scenario::canon::Canon;
use crate::scenario::place::Place;
use crate::scenario::problem::Problems;
use crate::scenario::tree::{Node, Value};

impl<T: Decode> Decode for Vec<T> {
    const IS_INPUT: bool = T::IS_INPUT;

    fn expected() -> String {
        format!("a list of {}", T::expected().trim_start_matches("a ").trim_start_matches("an "))
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Vec<T>> {
        let parts;
        let nodes = match &node.value {
            Value::Array(nodes) => nodes,
            Value::Cell(text) => {
                parts = cells(text, node.place);
                &parts
            }
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Table(_) => {
                let hint = "a list is written in brackets: [\"…\", \"…\"]";
                problems.push(mismatch(node, &Self::expected()).hint(hint));
                return None;
            }
        };
        let decoded: Vec<Option<T>> = nodes.iter().map(|node| T::decode(node, problems)).collect();
        decoded.into_iter().collect()
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        Canon::Array(self.iter().map(|value| value.encode(hashes)).collect())
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        let mut all = Vec::with_capacity(self.len());
        for (number, value) in self.iter().enumerate() {
            under(path, &number.to_string(), |path| all.push(value.written(path, left_out)));
        }
        Canon::Array(all)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        json_schema!({ "type": "array", "items": items })
    }

    fn fields() -> Vec<FieldDoc> {
        T::fields()
    }
}

/// A cell holds a list as `a;b;c`.
fn cells(text: &str, place: Place) -> Vec<Node> {
    let part = |part: &str| Node { value: Value::Cell(part.trim().to_owned()), place };
    text.split(';').map(part).collect()
}
