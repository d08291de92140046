//! A scenario as written: keys and values, each with its place, before anything is decided.
//!
//! Texts, CSV rows and flags all become this one shape, so that what reads it need not know
//! where a value came from. It knows no key by name.

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de};

use super::place::{FileId, Place};
use super::problem::{Problem, Problems};

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What was written.
    pub value: Value,
    /// Where.
    pub place: Place,
}

/// What was written.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string, or a date or time without quotes.
    Text(String),
    /// A cell of a CSV: a string that may stand for a number or a boolean as well.
    Cell(String),
    /// A whole number.
    Integer(i128),
    /// A number with a point: nothing in a scenario is one, but it deserves a good message.
    Float(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `[…]`, or `[[…]]`.
    Array(Vec<Node>),
    /// `{…}` or `[…]`.
    Table(Table),
}

/// Keys and values in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    entries: Vec<(Key, Node)>,
}

/// A key and its place.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where.
    pub place: Place,
}

impl Value {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) | Value::Cell(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number with a point",
            Value::Boolean(_) => "a boolean",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }

    /// The text of a string or cell.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Cell(text) => Some(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        if let Value::Array(nodes) = self { Some(nodes) } else { None }
    }

    /// The entries of a table.
    pub fn as_table(&self) -> Option<&Table> {
        if let Value::Table(table) = self { Some(table) } else { None }
    }

    /// The entries of a table, to be changed.
    pub fn as_table_mut(&mut self) -> Option<&mut Table> {
        if let Value::Table(table) = self { Some(table) } else { None }
    }
}

impl Table {
    /// The entries as written.
    pub fn entries(&self) -> &[(Key, Node)] {
        &self.entries
    }

    /// The entries as written, to be changed.
    pub fn entries_mut(&mut self) -> &mut [(Key, Node)] {
        &mut self.entries
    }

    /// The entries as written, to keep.
    pub fn into_entries(self) -> Vec<(Key, Node)> {
        self.entries
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Sets a key, in its place if it is there, else at the end.
    pub fn set(&mut self, key: Key, node: Node) {
        match self.entries.iter_mut().find(|(mine, _)| mine.name == key.name) {
            Some(entry) => *entry = (key, node),
            None => self.entries.push((key, node)),
        }
    }

    /// Appends a key that is known to be new.
    pub fn append(&mut self, key: Key, node: Node) {
        self.entries.push((key, node));
    }

    /// Takes a key out.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(at).1)
    }

    /// The text of `name`, by which entries of `[[…]]` are told apart.
    pub fn name(&self) -> Option<&str> {
        self.get("name").and_then(|node| node.value.as_text())
    }
}

/// Reads a whole TOML text; what cannot be read becomes a problem, the rest is kept.
pub fn parse_document(file: FileId, text: &str, problems: &mut Problems) -> Node {
    let (table, errors) = DeTable::parse_recoverable(text);
    report(file, 0, text, &errors, problems);
    let place = Place::span(file, 0..0);
    Node { value: Value::Table(convert_table(file, 0, table.into_inner(), problems)), place }
}

/// Reads one TOML value that begins at byte `offset` of a file; none if it is not one.
pub fn parse_value(file: FileId, offset: usize, text: &str) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut problems = Problems::default();
    let node = convert(file, offset, value, &mut problems);
    (problems.count() == 0).then_some(node)
}

fn report(file: FileId, offset: usize, text: &str, errors: &[de::Error], problems: &mut Problems) {
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let place = Place::span(file, offset + span.start..offset + span.end);
        let (message, expected) =
            error.message().split_once(", expected ").unwrap_or((error.message(), ""));
        let problem = Problem::new(place, format!("not valid TOML: {message}"));
        problems.push(match expected {
            "" => problem.expected("expected something else that is TOML"),
            expected => problem.expected(format!("expected {expected}")),
        });
    }
}

fn convert_table(
    file: FileId,
    offset: usize,
    table: DeTable<'_>,
    problems: &mut Problems,
) -> Table {
    let mut entries: Vec<(Key, Node)> = table
        .into_iter()
        .map(|(key, value)| {
            let place = shifted(file, offset, &key.span());
            let key = Key { name: key.into_inner().into_owned(), place };
            (key, convert(file, offset, value, problems))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.place);
    Table { entries }
}

fn convert(
    file: FileId,
    offset: usize,
    value: Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Node {
    let place = shifted(file, offset, &value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(
            i128::from_str_radix(number.as_str(), number.radix()).unwrap_or_else(|_| {
                let message = format!("`{number}` is too large to represent");
                let expected = "expected a number that a machine can count to";
                problems.push(Problem::new(place, message).expected(expected));
                0
            }),
        ),
        DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(nodes) => Value::Array(
            nodes.into_iter().map(|node| convert(file, offset, node, problems)).collect(),
        ),
        DeValue::Table(table) => Value::Table(convert_table(file, offset, table, problems)),
    };
    Node { value, place }
}

fn shifted(file: FileId, offset: usize, span: &std::ops::Range<usize>) -> Place {
    Place::span(file, offset + span.start..offset + span.end)
}
