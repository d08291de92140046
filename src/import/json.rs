//! JSON as clients write it: values one after the other, in arrays, and within answers. Read
//! value by value: only one record is held at a time.

use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::units::bounded::Bounded;

use super::Input;
use super::problem::{Problem, Problems};

/// What a file of records looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Members in which records are, in small letters without punctuation: `data`, `items`.
    pub(super) wrappers: &'static [&'static str],
    /// What the file should have been.
    pub(super) expected: &'static str,
}

/// An object, when all of it was read.
#[derive(Debug)]
pub(super) struct Object {
    /// Its members but for wrappers.
    pub(super) fields: Map<String, Value>,
    /// Which wrappers it has.
    pub(super) wraps: Vec<String>,
    /// How many records were in them.
    pub(super) records: u64,
    /// How many values it is in.
    pub(super) depth: u32,
}

/// What is shown every object, what is in it before it: says whether it was a record.
pub(super) type Each<'a> = dyn FnMut(Object) -> Result<bool, String> + 'a;

/// Reads all values of a file, and says how many records there were.
///
/// # Errors
/// If it is not JSON, nested too deeply, or `each` refuses an object.
pub(super) fn read(input: Input<'_>, shape: Shape, each: &mut Each<'_>) -> Result<u64, Problems> {
    let Input { name, reader } = input;
    let (reader, mark) = Bounded::rows(reader);
    let reader = std::io::BufReader::with_capacity(1 << 16, reader);
    let mut each = |object: Object| {
        mark.set();
        each(object)
    };
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut records = 0;
    while json.end().is_err() {
        let level = Level { shape, each: &mut each, records: &mut records, depth: 0 };
        let plain = level.deserialize(&mut json).map_err(|error| wrong(&name, shape, &error))?;
        if plain.is_some() {
            return Err(Problem::new(&name, "a value that is no object")
                .at(1, 0)
                .expected(shape.expected)
                .into());
        }
    }
    Ok(records)
}

/// Whether a file begins as JSON does.
pub(super) fn begins(reader: &mut impl BufRead) -> bool {
    let bytes = reader.fill_buf().map_or(&[][..], <[u8]>::trim_ascii_start);
    bytes.starts_with(b"{") || bytes.starts_with(b"[")
}

/// The member of an object, whatever its client makes of the API's spelling.
pub(super) fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let fields = value.as_object()?;
    let wanted = plain_key(key);
    fields.get(key).or_else(|| fields.iter().find(|(own, _)| plain_key(own) == wanted).map(|f| f.1))
}

/// The items of a list: `{"Zones": {"Zone": […]}}` as the API writes it, `{"Zones": […]}` without
/// the name between, or a single one.
pub(super) fn items<'a>(value: &'a Value, outer: &str, inner: &str) -> &'a [Value] {
    member(value, outer).map_or(&[], |list| list_items(list, inner))
}

/// The items of such a list by itself.
pub(super) fn list_items<'a>(list: &'a Value, inner: &str) -> &'a [Value] {
    match member(list, inner).unwrap_or(list) {
        Value::Array(items) => items,
        Value::Null => &[],
        one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            std::slice::from_ref(one)
        }
    }
}

/// What the reader has to say, with its place.
fn wrong(file: &str, shape: Shape, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line() as u64, error.column() as u64);
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    if error.is_eof() {
        return Problem::new(file, format!("the JSON ends in the middle: {what}"))
            .at(line, column)
            .expected("the rest of it")
            .hint("the export was cut short; write it again");
    }
    Problem::new(file, what).at(line, column).expected(shape.expected)
}

/// A key without what its spellings differ in: `next_token`, `NextToken` and `nextToken` are one.
pub(super) fn plain_key(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Deepest nesting of answers around records. A limit of this program.
const DEPTH_MAX: u32 = 8;

/// A value that is a record or holds some; a plain value is handed back.
struct Level<'a, 'b> {
    shape: Shape,
    each: &'a mut Each<'b>,
    records: &'a mut u64,
    depth: u32,
}

impl<'b> Level<'_, 'b> {
    fn below(&mut self) -> Level<'_, 'b> {
        let (shape, depth) = (self.shape, self.depth + 1);
        Level { shape, each: &mut *self.each, records: &mut *self.records, depth }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.depth > DEPTH_MAX {
            return Err(D::Error::custom("nested too deeply"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape.expected)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Value::from(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Self::Value, A::Error> {
        while let Some(plain) = seq.next_element_seed(self.below())? {
            if plain.is_some() {
                return Err(A::Error::custom("a value that is no object in a list"));
            }
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let before = *self.records;
        let (mut fields, mut wraps) = (Map::new(), vec![]);
        while let Some(key) = map.next_key::<String>()? {
            let plain = plain_key(&key);
            if !self.shape.wrappers.contains(&plain.as_str()) {
                fields.insert(key, map.next_value()?);
            } else if let Some(value) = map.next_value_seed(self.below())? {
                fields.insert(key, value);
            } else {
                wraps.push(plain);
            }
        }
        let (records, depth) = (*self.records - before, self.depth);
        let is_record = (self.each)(Object { fields, wraps, records, depth });
        *self.records += u64::from(is_record.map_err(A::Error::custom)?);
        Ok(None)
    }
}
