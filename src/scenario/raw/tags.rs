//! Tags of groups: what the owner calls them by, for whoever pays.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::ecs::tag;
use crate::scenario::canon::Canon;
use crate::scenario::decode::{Decode, Hashes, mismatch};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Value};

/// Keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

impl Decode for Tags {
    const IS_INPUT: bool = false;

    fn expected() -> String {
        "a table of tags, such as { team = \"web\", stage = \"test\" }".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Tags> {
        let Value::Table(table) = &node.value else {
            problems.push(mismatch(node, &Tags::expected()));
            return None;
        };
        let mut tags = BTreeMap::new();
        for (key, node) in table.entries() {
            let defect = |text: &str, place: Place, problems: &mut Problems| {
                if let Some(defect) = tag::defect(text) {
                    problems.push(Problem::new(place, defect));
                }
            };
            defect(&key.name, key.place, problems);
            if key.name.is_empty() {
                problems.push(Problem::new(key.place, "the key of a tag cannot be empty"));
            }
            match node.value.as_text() {
                Some(text) => {
                    defect(text, node.place, problems);
                    tags.insert(key.name.clone(), text.to_owned());
                }
                None => problems.push(mismatch(node, "a tag's value, which is text")),
            }
        }
        Some(Tags(tags))
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let pair = |(key, value): (&String, &String)| (key.clone(), Canon::Text(value.clone()));
        Canon::Table(self.0.iter().map(pair).collect())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}
