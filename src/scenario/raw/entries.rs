//! Tables that are there many times, and tables whose trouble must not hide others'.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::scenario::canon::Canon;
use crate::scenario::decode::{
    Decode, FieldDoc, Hashes, Leaf, LeftOut, Origin, Visit, mismatch, under,
};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::tree::{Node, Table, Value};

/// `[[…]]`: every entry that could be read, and the names of all of them.
#[derive(Clone, Debug)]
pub struct Entries<T> {
    /// The entries that could be read, in file order.
    pub list: Vec<Entry<T>>,
    /// Every name that was written, with the place of its entry; also of unreadable entries, so
    /// that references to these do not seem wrong.
    pub names: BTreeMap<String, Place>,
    /// Where in the list the entry of a name is.
    places: BTreeMap<String, usize>,
}

impl<T> Default for Entries<T> {
    fn default() -> Entries<T> {
        Entries { list: vec![], names: BTreeMap::new(), places: BTreeMap::new() }
    }
}

/// Most entries of one list of tables.
pub const ENTRIES_MAX: usize = 65_535;

/// One of them.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Whether it is a row of a CSV and nothing else.
    pub is_row: bool,
    /// What it says.
    pub value: T,
}

impl<T> Entries<T> {
    /// The entry of a name, and its position among all that could be read.
    pub fn find(&self, name: &str) -> Option<(usize, &Entry<T>)> {
        let place = *self.places.get(name)?;
        Some((place, &self.list[place]))
    }
}

/// Whether an entry came from a row of a CSV whole.
fn is_row(node: &Node, table: &Table) -> bool {
    let from_csv = |place: Place| matches!(place, Place::Cell { .. });
    from_csv(node.place) && table.entries().iter().all(|(_, node)| from_csv(node.place))
}

impl<T: Decode> Decode for Entries<T> {
    fn expected() -> String {
        T::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Entries<T>> {
        let mut entries = Entries::default();
        let Some(nodes) = node.value.as_array() else {
            let hint = "write it as [[…]], with a name of its own";
            problems.push(mismatch(node, "entries in double brackets").hint(hint));
            return Some(entries);
        };
        if let Some(beyond) = nodes.get(ENTRIES_MAX) {
            let message = format!("more than {ENTRIES_MAX} entries in one list");
            problems
                .push(Problem::new(beyond.place, message).expected("this is the first too many"));
        }
        for node in nodes.iter().take(ENTRIES_MAX) {
            let value = T::decode(node, problems);
            let Some(table) = node.value.as_table() else { continue };
            let Some(name) = table.name() else { continue };
            if let Some(first) = entries.names.get(name) {
                let place = table.get("name").map_or(node.place, |node| node.place);
                let problem = Problem::new(place, format!("the name `{name}` is used twice"));
                problems.push(problem.related(*first, "first used here"));
                continue;
            }
            let place = table.get("name").map_or(node.place, |node| node.place);
            entries.names.insert(name.to_owned(), place);
            if let Some(value) = value {
                let is_row = is_row(node, table);
                entries.places.insert(name.to_owned(), entries.list.len());
                entries.list.push(Entry {
                    name: name.to_owned(),
                    place: node.place,
                    is_row,
                    value,
                });
            }
        }
        Some(entries)
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        let written = self.list.iter().filter(|entry| !entry.is_row);
        Canon::Array(written.map(|entry| entry.value.encode(hashes)).collect())
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        let mut all = vec![];
        for entry in self.list.iter().filter(|entry| !entry.is_row) {
            let number = all.len().to_string();
            under(path, &number, |path| all.push(entry.value.written(path, left_out)));
        }
        Canon::Array(all)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::schema(generator)
    }

    fn fields() -> Vec<FieldDoc> {
        T::fields()
    }

    fn leaves(&self, path: &mut String, _: Place, _: Origin, visit: Visit<'_>) {
        let (rows, written): (Vec<_>, Vec<_>) = self.list.iter().partition(|entry| entry.is_row);
        for entry in written {
            under(path, &entry.name, |path| {
                entry.value.leaves(path, entry.place, Origin::Written, visit);
            });
        }
        row_leaves(path, &rows, visit);
    }
}

/// What rows of a CSV rest on: what every row leaves to the same default is listed once, as
/// `group.*.start`; what the CSV says is listed once per CSV, by `inputs`.
///
/// Most tables leave most keys to the same default in every row, so what is counted first is
/// kept only where rows differ.
fn row_leaves<T: Decode>(path: &str, rows: &[&Entry<T>], visit: Visit<'_>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for entry in rows {
        row_defaults(entry, &mut |leaf| match counts.get_mut(leaf.path) {
            Some(count) => *count += 1,
            None => {
                counts.insert(leaf.path.to_owned(), 1);
            }
        });
    }
    let differ = counts.values().any(|count| *count != rows.len());
    let shown = if differ { rows } else { &rows[..rows.len().min(1)] };
    // By the path within the row: what a row's leaf is called, its value and where that is from.
    let mut defaults: BTreeMap<String, Vec<(String, String, Place, Origin)>> = BTreeMap::new();
    for (number, entry) in shown.iter().enumerate() {
        row_defaults(entry, &mut |Leaf { path: within, value, place, origin }| {
            let is_everywhere = counts.get(within) == Some(&rows.len());
            if is_everywhere && number > 0 {
                return;
            }
            let own = if is_everywhere { "*" } else { entry.name.as_str() };
            let leaf = (format!("{path}.{own}{within}"), value(), place, origin);
            defaults.entry(within.to_owned()).or_default().push(leaf);
        });
    }
    for (path, value, place, origin) in defaults.into_values().flatten() {
        visit(Leaf { path: &path, value: &|| value.clone(), place, origin });
    }
}

/// Tells what a row leaves to defaults, each by its path within the row.
fn row_defaults<T: Decode>(entry: &Entry<T>, visit: Visit<'_>) {
    entry.value.leaves(&mut String::new(), entry.place, Origin::Written, &mut |leaf| {
        if leaf.origin != Origin::Written {
            visit(leaf);
        }
    });
}

/// A table that is there once: its trouble is noted and does not hide the rest of the file.
#[derive(Clone, Debug)]
pub struct Section<T>(pub Option<T>);

impl<T: Decode> Decode for Section<T> {
    fn expected() -> String {
        T::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Section<T>> {
        Some(Section(T::decode(node, problems)))
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        self.0.as_ref().map_or(Canon::Table(vec![]), |value| value.encode(hashes))
    }

    fn written(&self, path: &mut String, left_out: &mut LeftOut<'_>) -> Canon {
        self.0.as_ref().map_or(Canon::Table(vec![]), |value| value.written(path, left_out))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn fields() -> Vec<FieldDoc> {
        T::fields()
    }

    fn leaves(&self, path: &mut String, place: Place, origin: Origin, visit: Visit<'_>) {
        if let Some(value) = &self.0 {
            value.leaves(path, place, origin, visit);
        }
    }
}

/// A table whose keys the scenario chooses: `[csv]`, `[provenance]`.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub Vec<TextOf>);

/// One of its keys.
#[derive(Clone, Debug)]
pub struct TextOf {
    /// The key.
    pub key: String,
    /// Where.
    pub key_place: Place,
    /// What it says.
    pub text: String,
    /// Where.
    pub place: Place,
}

impl Decode for Texts {
    fn expected() -> String {
        "a table of strings".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Texts> {
        let mut texts = Texts::default();
        let Value::Table(table) = &node.value else {
            problems.push(mismatch(node, "a table of strings"));
            return Some(texts);
        };
        for (key, node) in table.entries() {
            match node.value.as_text() {
                Some(text) => texts.0.push(TextOf {
                    key: key.name.clone(),
                    key_place: key.place,
                    text: text.to_owned(),
                    place: node.place,
                }),
                None => problems.push(mismatch(node, "a string")),
            }
        }
        Some(texts)
    }

    fn encode(&self, hashes: &Hashes) -> Canon {
        let text = |text: &TextOf| match hashes.get(&text.text) {
            Some(hash) => Canon::Text(format!("sha256:{hash}")),
            None => Canon::Text(text.text.clone()),
        };
        let mut keys: Vec<(String, Canon)> =
            self.0.iter().map(|own| (own.key.clone(), text(own))).collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        Canon::Table(keys)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }

    fn leaves(&self, _: &mut String, _: Place, _: Origin, _: Visit<'_>) {}
}
