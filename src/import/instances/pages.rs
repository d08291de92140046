//! `DescribeInstances` as it comes: a page, an SDK's answer around one, several one after the
//! other or in an array. Read value by value: only one instance is held at a time.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use crate::import::Input;
use crate::import::problem::{Problem, Problems};

/// What is told while pages are read.
pub(super) trait Sink {
    /// An instance with all its fields.
    ///
    /// # Errors
    /// With what keeps it from being taken.
    fn instance(&mut self, fields: &Map<String, Value>) -> Result<(), String>;
}

/// What pages say beside their instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The largest `TotalCount`.
    pub(super) total: u64,
    /// How many pages there were.
    pub(super) pages: u64,
    /// How many instances there were.
    pub(super) instances: u64,
    /// Whether the last page names a next one.
    pub(super) has_next: bool,
}

/// Reads all values of a file.
pub(super) fn read(input: Input<'_>, told: &mut Told, sink: &mut dyn Sink) -> Result<(), Problems> {
    let Input { name, reader } = input;
    let reader = std::io::BufReader::with_capacity(1 << 16, reader);
    let mut json = serde_json::Deserializer::from_reader(reader);
    let before = told.clone();
    while json.end().is_err() {
        let seed = Level { told: &mut *told, sink: &mut *sink, depth: 0 };
        seed.deserialize(&mut json).map_err(|error| wrong(&name, &error))?;
    }
    if (told.pages, told.instances) == (before.pages, before.instances) {
        return Err(empty(&name).into());
    }
    Ok(())
}

fn empty(file: &str) -> Problem {
    Problem::new(file, "there is no page of DescribeInstances in it")
        .expected("{\"Instances\": {\"Instance\": […]}}")
        .hint("write it with: aliyun ecs DescribeInstances --RegionId … > instances.json")
}

fn wrong(file: &str, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line() as u64, error.column() as u64);
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
    if error.is_eof() {
        return Problem::new(file, format!("the JSON ends in the middle: {what}"))
            .at(line, column)
            .expected("the rest of the page")
            .hint("the export was cut short; write it again");
    }
    let problem = Problem::new(file, what).at(line, column);
    problem.expected("the JSON of DescribeInstances, as the CLI or an SDK gives it")
}

/// Deepest nesting of answers around pages. A limit of this program.
const DEPTH_MAX: u32 = 8;

/// A value that is a page, or holds some, or is an instance.
struct Level<'a> {
    told: &'a mut Told,
    sink: &'a mut dyn Sink,
    depth: u32,
}

impl Level<'_> {
    fn below(&mut self) -> Level<'_> {
        Level { told: &mut *self.told, sink: &mut *self.sink, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEPTH_MAX {
            return Err(D::Error::custom("nested too deeply for an answer of DescribeInstances"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of DescribeInstances")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.below())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "body" | "Body" | "Instance" => map.next_value_seed(self.below())?,
                "Instances" => {
                    self.told.pages += 1;
                    self.told.has_next = false;
                    map.next_value_seed(self.below())?;
                }
                "headers" | "Headers" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    fields.insert(key, map.next_value()?);
                }
            }
        }
        if fields.contains_key("InstanceId") {
            self.told.instances += 1;
            return self.sink.instance(&fields).map_err(A::Error::custom);
        }
        if let Some(total) = fields.get("TotalCount").and_then(Value::as_u64) {
            self.told.total = self.told.total.max(total);
        }
        if let Some(Value::String(next)) = fields.get("NextToken") {
            self.told.has_next = !next.is_empty();
        }
        if let (Some(Value::String(code)), Some(_)) = (fields.get("Code"), fields.get("Message")) {
            return Err(A::Error::custom(format!("it is an error answer: {code}")));
        }
        if self.told.pages > 0 || self.depth == 0 {
            return Ok(());
        }
        Err(A::Error::custom("an object without InstanceId"))
    }
}
