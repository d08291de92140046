//! The JSON Schema of a table.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::decode::{Absent, FieldDoc};

/// The schema of a table, put among the definitions and referred to.
pub fn table_schema(
    name: &str,
    about: &str,
    generator: &mut SchemaGenerator,
    properties: fn(&mut SchemaGenerator) -> Vec<(FieldDoc, Schema)>,
) -> Schema {
    if !generator.definitions().contains_key(name) {
        generator.definitions_mut().insert(name.to_owned(), serde_json::Value::Null);
        let mut map = serde_json::Map::new();
        let mut required = vec![];
        for (doc, mut schema) in properties(generator) {
            schema.insert("description".to_owned(), doc.about.into());
            match doc.absent {
                Absent::Required => required.push(doc.key),
                Absent::Nothing => {}
                Absent::Default(value, _) => {
                    schema.insert("x-default".to_owned(), value.into());
                }
            }
            map.insert(doc.key.to_owned(), schema.to_value());
        }
        let schema = json_schema!({
            "type": "object",
            "description": about,
            "properties": map,
            "required": required,
            "additionalProperties": false,
        });
        generator.definitions_mut().insert(name.to_owned(), schema.to_value());
    }
    json_schema!({ "$ref": format!("#/$defs/{name}") })
}
