//! Keys that had another name in the release before: they are read, and the new name is told.

use std::collections::BTreeMap;

use super::problem::{Problem, Problems};
use super::raw;
use super::tree::{Key, Node, Table, Value};

/// The tables that lead to a key, its name before, and its name.
const RENAMED: [(&[&str], &str, &str); 11] = [
    (&[], "happening", "scheduled_event"),
    (&["csv"], "happening", "scheduled_event"),
    (&["report"], "good_morning", "good_wave"),
    (&["calls", "poll_load"], "most", "max_delay"),
    (&["calls", "poll_load"], "half_at", "half_rate_per_minute"),
    (&["pool"], "low_below", "low_stock_threshold"),
    (&["call_fault"], "per", "draw_per"),
    (&["work_fault"], "per", "draw_per"),
    (&["controller", "start"], "probe", "check_stock_first"),
    (&["controller", "retry", "throttled"], "probe", "trickle"),
    (&["controller", "retry", "budget"], "in_all", "max_total"),
];

/// Which keys of a scenario have a new name: the old one, with the tables that lead to it.
pub type Renamed = BTreeMap<String, &'static str>;

/// Gives keys in a table and below it their names of today.
pub fn in_table(table: &mut Table, renamed: &mut Renamed, problems: &mut Problems) {
    below(table, &mut Vec::new(), renamed, problems);
    let provenance = table.get_mut("provenance").and_then(|node| node.value.as_table_mut());
    for (key, _) in provenance.into_iter().flat_map(Table::entries_mut) {
        let path = key.name.split('.').map(str::to_owned).collect();
        key.name = current(path, renamed).join(".");
    }
}

/// The same of the keys of a path, and of what is set there.
pub fn in_path(keys: &mut [Key], value: &mut Node, renamed: &mut Renamed, problems: &mut Problems) {
    let path = current(keys.iter().map(|key| key.name.clone()).collect(), renamed);
    for (key, name) in keys.iter_mut().zip(&path) {
        key.name.clone_from(name);
    }
    let mut tables = path;
    if tables.len() > 1 && raw::is_named_table(&tables[0]) {
        tables.remove(1);
    }
    in_value(&mut value.value, &mut tables, renamed, problems);
}

/// The same of the column of a CSV whose rows are entries of a table.
pub fn in_column(table: &str, column: Vec<String>, renamed: &mut Renamed) -> Vec<String> {
    let path = [table, "*"].map(str::to_owned).into_iter().chain(column).collect();
    current(path, renamed).split_off(2)
}

/// A path of keys, below a table of entries the name of one, as it is today.
fn current(mut path: Vec<String>, renamed: &mut Renamed) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for (place, key) in path.iter_mut().enumerate() {
        if place == 1 && raw::is_named_table(&tables[0]) {
            continue;
        }
        if let Some(new) = new_name(&tables, key, renamed) {
            new.clone_into(key);
        }
        tables.push(key.clone());
    }
    path
}

/// Every older name, as Markdown.
pub fn reference() -> String {
    let mut text =
        "\n## Older names\n\nRead for one release; `stopsim check` tells the new one.\n\n\
                    | in | was | is |\n| --- | --- | --- |\n"
            .to_owned();
    for (tables, old, new) in RENAMED {
        let within =
            if tables.is_empty() { "the top".into() } else { format!("`{}`", tables.join(".")) };
        text += &format!("| {within} | `{old}` | `{new}` |\n");
    }
    text
}

fn below(
    table: &mut Table,
    path: &mut Vec<String>,
    renamed: &mut Renamed,
    problems: &mut Problems,
) {
    let names: Vec<String> = table.entries().iter().map(|(key, _)| key.name.clone()).collect();
    for (key, node) in table.entries_mut() {
        if let Some(new) = new_name(path, &key.name, renamed) {
            if names.iter().any(|name| name == new) {
                let message = format!("`{}` is the older name of `{new}`", key.name);
                problems.push(Problem::new(key.place, message).hint("give one of the two"));
            }
            key.name = new.to_owned();
        }
        path.push(key.name.clone());
        in_value(&mut node.value, path, renamed, problems);
        path.pop();
    }
}

fn in_value(
    value: &mut Value,
    path: &mut Vec<String>,
    renamed: &mut Renamed,
    problems: &mut Problems,
) {
    let leads_to_one = |(tables, ..): &(&[&str], &str, &str)| {
        tables.len() >= path.len() && tables.iter().zip(&*path).all(|(one, own)| one == own)
    };
    if !RENAMED.iter().any(leads_to_one) {
        return;
    }
    match value {
        Value::Table(table) => below(table, path, renamed, problems),
        Value::Array(nodes) => {
            nodes.iter_mut().for_each(|node| in_value(&mut node.value, path, renamed, problems));
        }
        Value::Text(_)
        | Value::Cell(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_) => {}
    }
}

/// The name of today of a key that has another one.
fn new_name(path: &[String], key: &str, renamed: &mut Renamed) -> Option<&'static str> {
    let is_it = |(tables, old, _): &&(&[&str], &str, &str)| *old == key && *tables == path;
    let (_, _, new) = RENAMED.iter().find(is_it)?;
    let old: Vec<&str> = path.iter().map(String::as_str).chain([key]).collect();
    renamed.insert(old.join("."), new);
    Some(new)
}
