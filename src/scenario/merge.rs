//! One scenario over another.
//!
//! Tables at the top and entries of the same name merge key by key, in their place; a new entry
//! is appended; everything else is replaced whole. So a distribution is never half of one file
//! and half of another.

use std::collections::BTreeMap;

use super::raw;
use super::tree::{Node, Table, Value};

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
pub(super) fn lay_entry(mine: &mut Table, theirs: Table) {
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
pub(super) fn name_of(node: &Node) -> Option<&str> {
    node.value.as_table().and_then(Table::name)
}
