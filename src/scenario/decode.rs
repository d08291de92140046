//! From values as written to values as meant, every error noted and none thrown.
//!
//! `table!` defines a table of the scenario once: its keys, their types, what each is when it
//! is left out, and on what that rests. Reading, the canonical text, the list of inputs, the
//! JSON Schema and the reference in `docs/SCENARIO.md` all come from that one definition.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator};

use super::canon::Canon;
use super::place::Place;
use super::problem::{Problem, Problems};
use super::tree::{Node, Table, Value};

mod list;

pub use super::left_out::{LeftOut, Unwritten};
pub use super::table_schema::table_schema;

/// A value, where it was written, and what it rests on.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was written; for a default, where its table was.
    pub place: Place,
    /// Whether someone wrote it.
    pub origin: Origin,
}

/// Whether someone wrote a value, or on what its default rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The scenario says so.
    Written,
    /// A default that nobody has published: why it is what it is.
    Assumed(&'static str),
    /// A default with a source.
    Documented(&'static str),
    /// A default that is a convention of this program, about no fact of the cloud.
    Convention,
}

/// SHA-256 of each CSV, by its path.
pub type Hashes = BTreeMap<String, String>;

/// One value of the scenario on which numbers may rest.
#[derive(Clone, Copy)]
pub struct Leaf<'a> {
    /// `.group.web.start`.
    pub path: &'a str,
    /// Makes what the scenario would write.
    pub value: &'a dyn Fn() -> String,
    /// Where it was written.
    pub place: Place,
    /// Whether someone wrote it.
    pub origin: Origin,
}

/// Who hears of every leaf.
pub type Visit<'a> = &'a mut dyn FnMut(Leaf<'_>);

/// Lets `list` find what lies under one key of a path.
pub fn under(path: &mut String, key: &str, list: impl FnOnce(&mut String)) {
    let length = enter(path, key);
    list(path);
    leave(path, length);
}

/// Adds a key to a path: how long the path was before.
///
/// What is the same for every type of the scenario stands in functions that know no type, here and
/// below: they are compiled once, not once for each of some hundred types.
fn enter(path: &mut String, key: &str) -> usize {
    let length = path.len();
    path.push('.');
    path.push_str(key);
    length
}

fn leave(path: &mut String, length: usize) {
    path.truncate(length);
}

/// Adds a key to a table that is written out, unless its value is the usual one.
pub fn put(keys: &mut Vec<(String, Canon)>, key: &str, value: Canon, usual: Option<&Canon>) {
    if usual != Some(&value) {
        keys.push((key.to_owned(), value));
    }
}

/// A doc comment of several lines as one sentence or more.
pub fn sentences(lines: &str) -> String {
    lines.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// A value as the scenario would write it, a string without its quotes.
pub fn plain(value: Canon) -> String {
    match value {
        Canon::Text(text) => text,
        other @ (Canon::Integer(_) | Canon::Boolean(_) | Canon::Array(_) | Canon::Table(_)) => {
            other.inline()
        }
    }
}

/// Something that can be read from a scenario and written back.
pub trait Decode: Clone + Sized {
    /// What is expected, for messages and the reference: `a duration such as "45s"`.
    fn expected() -> String;

    /// Reads it; what is wrong is noted, and then there is no value.
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self>;

    /// Writes it in canonical form, without keys that are at their default.
    fn encode(&self, hashes: &Hashes) -> Canon;

    /// The same of what someone wrote of it; the rest is left out, and noted.
    fn written(&self, _: &mut String, _: &mut LeftOut<'_>) -> Canon {
        self.encode(&Hashes::new())
    }

    /// Its JSON Schema.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// The keys of a table; empty for everything else.
    fn fields() -> Vec<FieldDoc> {
        vec![]
    }

    /// Whether numbers of the report may rest on it: not on names, descriptions and references.
    const IS_INPUT: bool = true;

    /// Tells of the values that numbers may rest on.
    fn leaves(&self, path: &mut String, place: Place, origin: Origin, visit: Visit<'_>) {
        if Self::IS_INPUT {
            let value = &|| plain(self.encode(&Hashes::new()));
            visit(Leaf { path, value, place, origin });
        }
    }
}

/// What the reference says about one key.
#[derive(Clone, Debug)]
pub struct FieldDoc {
    /// The key.
    pub key: &'static str,
    /// What it means.
    pub about: String,
    /// What may stand there.
    pub expected: String,
    /// What it is when it is left out.
    pub absent: Absent,
    /// The keys of the table that stands there, if one does.
    pub fields: Vec<FieldDoc>,
}

/// What a key is when it is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It must not be left out.
    Required,
    /// Then there is none.
    Nothing,
    /// This, and on what it rests.
    Default(String, Origin),
}

/// A table being read.
pub struct Fields<'a> {
    table: &'a Table,
    place: Place,
    problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// Opens a table; unknown keys are problems.
    pub fn open(
        node: &'a Node,
        known: &[&'static str],
        expected: fn() -> String,
        problems: &'a mut Problems,
    ) -> Option<Fields<'a>> {
        let Some(table) = node.value.as_table() else {
            problems.push(mismatch(node, &expected()));
            return None;
        };
        for (key, _) in table.entries() {
            if !known.contains(&key.name.as_str()) {
                let problem = Problem::new(key.place, format!("unknown key `{}`", key.name));
                let problem = problem.expected(format!("expected one of: {}", known.join(", ")));
                problems.push(problem.did_you_mean(&key.name, known.iter().copied()));
            }
        }
        Some(Fields { table, place: node.place, problems })
    }

    /// A key that must be there.
    pub fn required<T: Decode>(&mut self, key: &str) -> Option<At<T>> {
        if self.table.get(key).is_none() {
            let problem = Problem::new(self.place, format!("`{key}` is missing"));
            self.problems.push(problem.expected(format!("expected {key} = {}", T::expected())));
        }
        self.optional(key)?
    }

    /// A key that may be left out.
    pub fn optional<T: Decode>(&mut self, key: &str) -> Option<Option<At<T>>> {
        match self.table.get(key) {
            None => Some(None),
            Some(node) => T::decode(node, self.problems)
                .map(|value| Some(At { value, place: node.place, origin: Origin::Written })),
        }
    }

    /// A key that has a default.
    pub fn or<T: Decode>(
        &mut self,
        key: &str,
        default: impl FnOnce() -> T,
        origin: Origin,
    ) -> Option<At<T>> {
        let written = self.optional(key)?;
        Some(written.unwrap_or_else(|| At { value: default(), place: self.place, origin }))
    }
}

/// What stands there is of another kind.
pub fn mismatch(node: &Node, expected: &str) -> Problem {
    let found = match &node.value {
        Value::Text(text) | Value::Cell(text) => format!("`{text}` is not what belongs here"),
        Value::Integer(number) => format!("the number {number} is not what belongs here"),
        Value::Float(number) => format!("the number {number} is not what belongs here"),
        Value::Boolean(yes) => format!("`{yes}` is not what belongs here"),
        other @ (Value::Array(_) | Value::Table(_)) => format!("unexpected {}", &other.kind()[2..]),
    };
    let problem = Problem::new(node.place, found).expected(format!("expected {expected}"));
    let wants_text = expected.contains('"') || expected.starts_with("one of:");
    match node.value {
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) if wants_text => {
            problem.hint("write it in quotes, with its unit if it has one")
        }
        Value::Text(_)
        | Value::Cell(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)
        | Value::Table(_) => problem,
    }
}

/// The keyword-free spelling of a Rust field.
pub fn key_of(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// A value that remembers its place, where it is one of a list.
impl<T: Decode> Decode for At<T> {
    const IS_INPUT: bool = T::IS_INPUT;

    fn expected() -> String {
        T::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<At<T>> {
        let value = T::decode(node, problems)?;
        Some(At { value, place: node.place, origin: Origin::Written })
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        self.value.encode(hashes)
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        self.value.written(path, left_out)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn fields() -> Vec<FieldDoc> {
        T::fields()
    }

    fn leaves(&self, path: &mut String, _: Place, _: Origin, visit: Visit<'_>) {
        self.value.leaves(path, self.place, self.origin, visit);
    }
}

/// Defines a table of the scenario: see the module's documentation.
///
/// After a key's type stands what it is when left out: `required`, `optional`,
/// `assumed(value, "why")`, `documented(value, "source")` or `convention(value)`.
macro_rules! table {
    (
        $(#[doc = $about:literal])*
        $Table:ident {
            $( $(#[doc = $doc:literal])* $key:ident: $Type:ty, $mode:ident $(($($arg:tt)*))?; )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        pub struct $Table {
            $( $(#[doc = $doc])* pub $key: $crate::scenario::decode::field!(type $mode $Type), )*
        }

        impl $crate::scenario::decode::Decode for $Table {
            fn expected() -> String {
                let keys = [$($crate::scenario::decode::key_of(stringify!($key))),*];
                format!("a table with {}", keys.join(", "))
            }

            fn decode(
                node: &$crate::scenario::tree::Node,
                problems: &mut $crate::scenario::problem::Problems,
            ) -> Option<$Table> {
                let known = [$($crate::scenario::decode::key_of(stringify!($key))),*];
                let expected = <$Table as $crate::scenario::decode::Decode>::expected;
                let mut fields = $crate::scenario::decode::Fields::open(
                    node, &known, expected, problems)?;
                $(
                    let key = $crate::scenario::decode::key_of(stringify!($key));
                    let $key = $crate::scenario::decode::field!(
                        decode fields key $mode $Type, $($($arg)*)?);
                )*
                Some($Table { $($key: $key?),* })
            }

            fn encode(
                &self,
                hashes: &$crate::scenario::decode::Hashes,
            ) -> $crate::scenario::canon::Canon {
                let mut keys = Vec::new();
                $(
                    let key = $crate::scenario::decode::key_of(stringify!($key));
                    if let Some(at) = $crate::scenario::decode::field!(get $mode &self.$key) {
                        let usual = $crate::scenario::decode::field!(
                            usual $Type, $mode $($($arg)*)?);
                        let value = at.value.encode(hashes);
                        $crate::scenario::decode::put(&mut keys, key, value, usual.as_ref());
                    }
                )*
                $crate::scenario::canon::Canon::Table(keys)
            }

            fn written(
                &self,
                path: &mut String,
                left_out: &mut $crate::scenario::decode::LeftOut<'_>,
            ) -> $crate::scenario::canon::Canon {
                let mut keys = Vec::new();
                $(
                    let key = $crate::scenario::decode::key_of(stringify!($key));
                    if let Some(at) = $crate::scenario::decode::field!(get $mode &self.$key)
                        && let Some(canon) = left_out.key(path, key, at)
                    {
                        $crate::scenario::decode::put(&mut keys, key, canon, None);
                    }
                )*
                $crate::scenario::canon::Canon::Table(keys)
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let about = concat!($($about, "\n"),*).trim();
                $crate::scenario::decode::table_schema(
                    stringify!($Table), about, generator, |generator| {
                        let docs = <$Table as $crate::scenario::decode::Decode>::fields();
                        let schemas = [$(
                            <$Type as $crate::scenario::decode::Decode>::schema(generator)
                        ),*];
                        docs.into_iter().zip(schemas).collect()
                    })
            }

            fn fields() -> Vec<$crate::scenario::decode::FieldDoc> {
                vec![$( $crate::scenario::decode::FieldDoc {
                    key: $crate::scenario::decode::key_of(stringify!($key)),
                    about: $crate::scenario::decode::sentences(concat!($($doc, "\n"),*)),
                    expected: <$Type as $crate::scenario::decode::Decode>::expected(),
                    absent: $crate::scenario::decode::field!(absent $Type, $mode $($($arg)*)?),
                    fields: <$Type as $crate::scenario::decode::Decode>::fields(),
                } ),*]
            }

            fn leaves(
                &self,
                path: &mut String,
                _: $crate::scenario::place::Place,
                _: $crate::scenario::decode::Origin,
                visit: $crate::scenario::decode::Visit<'_>,
            ) {
                $(
                    let key = $crate::scenario::decode::key_of(stringify!($key));
                    if let Some(at) = $crate::scenario::decode::field!(get $mode &self.$key) {
                        $crate::scenario::decode::under(path, key, |path| {
                            at.value.leaves(path, at.place, at.origin, visit);
                        });
                    }
                )*
            }
        }
    };
}

/// What [`table!`] writes for one key, by what the key is when it is left out.
macro_rules! field {
    (type optional $Type:ty) => { Option<$crate::scenario::decode::At<$Type>> };
    (type $mode:ident $Type:ty) => { $crate::scenario::decode::At<$Type> };

    (get optional $at:expr) => { $at.as_ref() };
    (get $mode:ident $at:expr) => { Some($at) };

    (decode $fields:ident $key:ident required $Type:ty,) => { $fields.required::<$Type>($key) };
    (decode $fields:ident $key:ident optional $Type:ty,) => { $fields.optional::<$Type>($key) };
    (decode $fields:ident $key:ident assumed $Type:ty, $value:expr, $why:literal) => {
        $fields.or::<$Type>($key, || $value, $crate::scenario::decode::Origin::Assumed($why))
    };
    (decode $fields:ident $key:ident documented $Type:ty, $value:expr, $source:literal) => {
        $fields.or::<$Type>($key, || $value, $crate::scenario::decode::Origin::Documented($source))
    };
    (decode $fields:ident $key:ident convention $Type:ty, $value:expr) => {
        $fields.or::<$Type>($key, || $value, $crate::scenario::decode::Origin::Convention)
    };

    (usual $Type:ty, required) => { None };
    (usual $Type:ty, optional) => { None };
    (usual $Type:ty, $mode:ident $value:expr $(, $why:literal)?) => {
        Some(<$Type as $crate::scenario::decode::Decode>::encode(
            &$value, &$crate::scenario::decode::Hashes::new()))
    };

    (absent $Type:ty, required) => { $crate::scenario::decode::Absent::Required };
    (absent $Type:ty, optional) => { $crate::scenario::decode::Absent::Nothing };
    (absent $Type:ty, assumed $value:expr, $why:literal) => {
        $crate::scenario::decode::default_doc::<$Type>(
            &$value, $crate::scenario::decode::Origin::Assumed($why))
    };
    (absent $Type:ty, documented $value:expr, $source:literal) => {
        $crate::scenario::decode::default_doc::<$Type>(
            &$value, $crate::scenario::decode::Origin::Documented($source))
    };
    (absent $Type:ty, convention $value:expr) => {
        $crate::scenario::decode::default_doc::<$Type>(
            &$value, $crate::scenario::decode::Origin::Convention)
    };
}

/// A default, as the reference shows it.
pub fn default_doc<T: Decode>(value: &T, origin: Origin) -> Absent {
    Absent::Default(value.encode(&Hashes::new()).inline(), origin)
}

pub(crate) use {field, table};
