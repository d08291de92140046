//! `[knobs]`: how the region behaves where the documents do not settle it.
//!
//! The knobs themselves, their words and their sources are the region's.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::ecs::knob::{KNOBS, KnobError, KnobRow, Knobs};
use crate::scenario::canon::Canon;
use crate::scenario::decode::{
    Absent, Decode, FieldDoc, Fields, Hashes, LeftOut, Origin, Unwritten, Visit, mismatch, under,
};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::Node;

fn names() -> Vec<&'static str> {
    KNOBS.iter().map(|row| row.name).collect()
}

fn word_for(row: &KnobRow, node: &Node) -> Problem {
    let expected = format!("one of: {}", row.values.join(", "));
    let problem = mismatch(node, &expected);
    match node.value.as_text() {
        Some(text) => problem.did_you_mean(text, row.values.iter().copied()),
        None => problem,
    }
}

impl Decode for Knobs {
    fn expected() -> String {
        "a table of knobs".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Knobs> {
        let before = problems.count();
        Fields::open(node, &names(), Knobs::expected, problems)?;
        let mut knobs = Knobs::default();
        let table = node.value.as_table().expect("it was opened as one");
        for row in KNOBS {
            let Some(node) = table.get(row.name) else { continue };
            let set = node.value.as_text().map(|word| knobs.set(row.name, word));
            match set {
                Some(Ok(())) => {}
                Some(Err(KnobError::UnknownKnob(_) | KnobError::UnknownValue { .. })) | None => {
                    problems.push(word_for(row, node));
                }
            }
        }
        (problems.count() == before).then_some(knobs)
    }

    fn encode(&self, _: &Hashes) -> Canon {
        let pair = |(row, value): (&KnobRow, &'static str)| {
            (row.name.to_owned(), Canon::Text(value.to_owned()))
        };
        let is_set = |(row, value): &(&KnobRow, &'static str)| row.default_value() != *value;
        Canon::Table(KNOBS.iter().zip(self.values()).filter(is_set).map(pair).collect())
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        let mut keys = vec![];
        for (row, value) in KNOBS.iter().zip(self.values()) {
            let canon = Canon::Text(value.to_owned());
            if value != row.default_value() {
                keys.push((row.name.to_owned(), canon));
                continue;
            }
            under(path, row.name, |path| {
                let (path, place) = (path.clone(), Place::default());
                let origin = Origin::Documented(row.source);
                left_out.values.push(Unwritten { path, value: canon, place, origin });
            });
        }
        Canon::Table(keys)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let property = |row: &KnobRow| {
            let schema = serde_json::json!({
                "enum": row.values, "description": row.decides.trim(), "x-default": row.values[0],
            });
            (row.name.to_owned(), schema)
        };
        let properties: serde_json::Map<_, _> = KNOBS.iter().map(property).collect();
        json_schema!({
            "type": "object", "properties": properties, "additionalProperties": false,
        })
    }

    fn fields() -> Vec<FieldDoc> {
        let doc = |row: &KnobRow| FieldDoc {
            key: row.name,
            about: format!("{} {}.", row.decides.trim(), row.source),
            expected: format!("one of: {}", row.values.join(", ")),
            absent: Absent::Default(format!("{:?}", row.default_value()), Origin::Convention),
            fields: vec![],
        };
        KNOBS.iter().map(doc).collect()
    }

    /// The report lists knobs by themselves.
    fn leaves(&self, _: &mut String, _: Place, _: Origin, _: Visit<'_>) {}
}
