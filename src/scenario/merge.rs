//! One scenario over another, and `--set` over both.
//!
//! Tables at the top and entries of the same name merge key by key, in their place; a new entry
//! is appended; everything else is replaced whole. So a distribution is never half of one file
//! and half of another.

use std::collections::BTreeMap;

use super::load::Context;
use super::place::{FileId, Place};
use super::problem::Problem;
use super::raw;
use super::source::beside;
use super::tree::{Key, Node, Table, Value, parse_value};

/// Lays `over` on top of `base`.
pub fn lay_over(base: &mut Table, over: Table) {
    for (key, node) in over.into_entries() {
        let Some(mine) = base.get_mut(&key.name) else {
            base.append(key, node);
            continue;
        };
        match (&mut mine.value, node.value) {
            (Value::Table(mine), Value::Table(theirs)) => lay_entry(mine, theirs),
            (Value::Array(mine), Value::Array(theirs)) if raw::is_named_table(&key.name) => {
                lay_named(mine, theirs);
            }
            (_, value) => *mine = Node { value, place: node.place },
        }
    }
}

/// Key by key; values are replaced whole.
fn lay_entry(mine: &mut Table, theirs: Table) {
    for (key, node) in theirs.into_entries() {
        mine.set(key, node);
    }
}

fn lay_named(mine: &mut Vec<Node>, theirs: Vec<Node>) {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (place, node) in mine.iter().enumerate() {
        if let Some(name) = name_of(node) {
            known.entry(name.to_owned()).or_insert(place);
        }
    }
    for node in theirs {
        let same = name_of(&node).and_then(|name| known.get(name)).copied();
        let same = same.and_then(|place| mine[place].value.as_table_mut());
        match (same, node.value) {
            (Some(entry), Value::Table(table)) => lay_entry(entry, table),
            (_, value) => mine.push(Node { value, place: node.place }),
        }
    }
}

/// The name of an entry.
fn name_of(node: &Node) -> Option<&str> {
    node.value.as_table().and_then(Table::name)
}

fn find_named<'a>(entries: &'a mut [Node], name: &str) -> Option<&'a mut Table> {
    entries.iter_mut().find(|node| name_of(node) == Some(name))?.value.as_table_mut()
}

/// Carries out one `--set path=value`; a CSV's path is seen from the scenario.
pub fn set(root: &mut Table, flag: &str, context: &mut Context<'_>) {
    let Context { files, problems, .. } = context;
    let Some(file) = files.add("--set", flag) else { return };
    let Some((path, text)) = flag.split_once('=') else {
        let whole = Place::span(file, 0..flag.len());
        let problem = Problem::new(whole, format!("--set {flag}: there is no `=`"));
        problems.push(problem.expected("expected path=value, such as group.web.count=500"));
        return;
    };
    let keys = keys_of(file, path);
    if let Some(bad) = keys.iter().find(|key| key.name.is_empty()) {
        let problem = Problem::new(bad.place, format!("--set {flag}: a key is missing"));
        problems.push(problem.expected("expected path=value, such as group.web.count=500"));
        return;
    }
    let mut value = value_of(file, path.len() + 1, text);
    let last = &keys[keys.len() - 1].name;
    if let Value::Text(csv) = &mut value.value
        && (last == "csv" || last.ends_with("_csv") || keys[0].name == "csv")
    {
        *csv = beside("", csv);
    }
    if let Err(problem) = place_value(root, &keys, value) {
        let message = format!("--set {flag}: {}", problem.message);
        problems.push(Problem { message, ..*problem });
    }
}

/// The keys of a dotted path; a key that holds a dot itself stands in quotes.
fn keys_of(file: FileId, path: &str) -> Vec<Key> {
    let mut keys = vec![];
    let mut start = 0;
    let mut quoted = false;
    let mut cut = |from: usize, to: usize| {
        let part = &path[from..to];
        let lead = from + (part.len() - part.trim_start().len());
        let place = Place::span(file, lead..lead + part.trim().len());
        keys.push(Key { name: part.trim().trim_matches('"').to_owned(), place });
    };
    for (at, c) in path.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                cut(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    cut(start, path.len());
    keys
}

/// A TOML value if it is one, else the bare text: `count=500`, `mode=StopCharging`.
fn value_of(file: FileId, offset: usize, text: &str) -> Node {
    let lead = offset + (text.len() - text.trim_start().len());
    let trimmed = text.trim();
    parse_value(file, lead, trimmed).unwrap_or_else(|| Node {
        value: Value::Text(trimmed.to_owned()),
        place: Place::span(file, lead..lead + trimmed.len()),
    })
}

fn place_value(root: &mut Table, keys: &[Key], value: Node) -> Result<(), Box<Problem>> {
    let (first, rest) = keys.split_first().expect("split gives at least one key");
    if !raw::is_named_table(&first.name) || rest.is_empty() {
        return descend(root, keys, value);
    }
    let (name, rest) = rest.split_first().expect("it is not empty");
    let mut nobody = vec![];
    let entries = match root.get_mut(&first.name).map(|node| &mut node.value) {
        Some(Value::Array(entries)) => entries,
        _ => &mut nobody,
    };
    let names: Vec<String> = entries
        .iter()
        .filter_map(|node| node.value.as_table().and_then(Table::name).map(str::to_owned))
        .collect();
    let Some(entry) = find_named(entries, &name.name) else {
        let problem =
            Problem::new(name.place, format!("no {} is named `{}`", first.name, name.name));
        let problem = match names.is_empty() {
            true => problem.expected(format!("the scenario has no [[{}]]", first.name)),
            false => problem.expected(format!("expected the name of a [[{}]]", first.name)),
        };
        return Err(Box::new(problem.did_you_mean(&name.name, names.iter().map(String::as_str))));
    };
    match (rest.is_empty(), value.value) {
        (false, kept) => descend(entry, rest, Node { value: kept, place: value.place }),
        (true, Value::Table(table)) => {
            lay_entry(entry, table);
            Ok(())
        }
        (true, _) => {
            let problem = Problem::new(value.place, format!("`{}` is a table", name.name));
            let expected = format!("expected {}.{}.KEY=value", first.name, name.name);
            Err(Box::new(problem.expected(expected)))
        }
    }
}

fn descend(table: &mut Table, keys: &[Key], value: Node) -> Result<(), Box<Problem>> {
    let (key, rest) = keys.split_first().expect("there is a key left");
    if rest.is_empty() {
        table.set(key.clone(), value);
        return Ok(());
    }
    if table.get(&key.name).is_none() {
        let empty = Node { value: Value::Table(Table::default()), place: key.place };
        table.append(key.clone(), empty);
    }
    let node = table.get_mut(&key.name).expect("it was just put there");
    match &mut node.value {
        Value::Table(inner) => descend(inner, rest, value),
        other @ (Value::Text(_)
        | Value::Cell(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)) => {
            let problem = Problem::new(key.place, format!("`{}` is {}", key.name, other.kind()));
            Err(Box::new(problem.expected("only a table has keys of its own")))
        }
    }
}
