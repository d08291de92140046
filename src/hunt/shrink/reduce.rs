//! What is tried to make a document smaller, in order.

use toml::{Table, Value};

use crate::units::SimDuration;

use super::super::mix::TieOrder;
use super::Shrinker;
use super::document::{entries, forget, keep, named_tables, names};

/// So often everything is tried again, as long as something gets smaller.
const ROUNDS: usize = 4;

/// Makes a document smaller until nothing can be taken away by itself. It fails `after` so long.
pub fn reduce(shrinker: &mut Shrinker<'_>, document: &mut Table, after: SimDuration) {
    for key in ["description", "expect", "sweep", "run", "seed"] {
        try_edit(shrinker, document, |document| document.remove(key).is_some());
    }
    cut(shrinker, document, after);
    for _ in 0..ROUNDS {
        let before = super::document::text(document);
        drop_entries(shrinker, document);
        drop_instances(shrinker, document);
        if let Some(now) = shrinker.fails(document) {
            cut(shrinker, document, now);
        }
        drop_keys(shrinker, document);
        super::sizes::counts(document, |document| shrinker.fails(document).is_some());
        if super::document::text(document) == before {
            break;
        }
    }
    let ties = shrinker.trial.ties;
    if ties != TieOrder::Fifo {
        shrinker.trial.ties = TieOrder::Fifo;
        if shrinker.fails(document).is_none() {
            shrinker.trial.ties = ties;
        }
    }
}

/// Tries an edit, and keeps it if the document still fails; whether it was kept.
pub fn try_edit(
    shrinker: &mut Shrinker<'_>,
    document: &mut Table,
    edit: impl FnOnce(&mut Table) -> bool,
) -> bool {
    let mut smaller = document.clone();
    if !edit(&mut smaller) || shrinker.fails(&smaller).is_none() {
        return false;
    }
    *document = smaller;
    true
}

/// Ends the run soon after what is looked for is known.
fn cut(shrinker: &mut Shrinker<'_>, document: &mut Table, after: SimDuration) {
    const HOUR: u64 = 3_600_000_000;
    let hours = after.as_micros() / HOUR + 1;
    for hours in [hours, hours + 1, hours + 2] {
        let length = SimDuration::from_hours(hours).to_string();
        let is_cut = try_edit(shrinker, document, |document| {
            let Some(Value::Table(clock)) = document.get_mut("clock") else { return false };
            let old = clock.get("length").and_then(Value::as_str).map(str::to_owned);
            let is_shorter = old.as_deref().and_then(|old| old.parse::<SimDuration>().ok());
            if is_shorter.is_some_and(|old| old <= SimDuration::from_hours(hours)) {
                return false;
            }
            clock.remove("warm_up");
            clock.insert("length".into(), Value::String(length)).is_some()
        });
        if is_cut {
            break;
        }
    }
}

fn drop_entries(shrinker: &mut Shrinker<'_>, document: &mut Table) {
    for key in named_tables(document) {
        let all = names(document, &key);
        let kept = least(all, |kept| {
            let mut smaller = document.clone();
            keep(&mut smaller, &key, kept);
            shrinker.fails(&smaller).is_some()
        });
        if kept.len() < names(document, &key).len() {
            keep(document, &key, &kept);
        }
    }
    // Entries without a name: prices of other currencies, decisions.
    let lists: Vec<String> = document
        .iter()
        .filter(|(_, value)| value.as_array().is_some_and(|all| !all.is_empty()))
        .map(|(key, _)| key.clone())
        .filter(|key| !named_tables(document).contains(key))
        .collect();
    for key in lists {
        let all: Vec<Value> = entries(document, &key).to_vec();
        let put = |document: &mut Table, kept: &[Value]| match kept.is_empty() {
            true => document.remove(&key).is_some(),
            false => document.insert(key.clone(), Value::Array(kept.to_vec())).is_some(),
        };
        let kept = least(all, |kept| {
            let mut smaller = document.clone();
            put(&mut smaller, kept);
            shrinker.fails(&smaller).is_some()
        });
        put(document, &kept);
    }
}

/// Leaves each group as few instances as fail, by their own names.
fn drop_instances(shrinker: &mut Shrinker<'_>, document: &mut Table) {
    for group in names(document, "group") {
        let Some(all) = instances(shrinker, document, &group) else { continue };
        let kept = least(all.clone(), |kept| {
            let mut smaller = document.clone();
            put_instances(&mut smaller, &group, &all, kept) && shrinker.fails(&smaller).is_some()
        });
        if kept.len() < all.len() {
            put_instances(document, &group, &all, &kept);
        }
    }
}

/// The names of the instances of a group.
fn instances(shrinker: &Shrinker<'_>, document: &Table, group: &str) -> Option<Vec<String>> {
    let plan = shrinker.load(document)?;
    let spec = plan.region.groups.iter().find(|spec| spec.name == group)?;
    if spec.reserve > 0 {
        return None;
    }
    Some(spec.instances().map(|one| plan.region.instance_name(one)).collect())
}

fn put_instances(document: &mut Table, group: &str, all: &[String], kept: &[String]) -> bool {
    if kept.is_empty() {
        return false;
    }
    for gone in all.iter().filter(|name| !kept.contains(name)) {
        forget(document, gone);
    }
    let Some(Value::Array(groups)) = document.get_mut("group") else { return false };
    let of_name = |entry: &&mut Table| entry.get("name").and_then(Value::as_str) == Some(group);
    let mut tables = groups.iter_mut().filter_map(Value::as_table_mut);
    let Some(entry) = tables.find(of_name) else { return false };
    entry.remove("count");
    entry.remove("names_csv");
    let names = kept.iter().cloned().map(Value::String).collect();
    entry.insert("names".to_owned(), Value::Array(names));
    true
}

/// Tables that say what is tried and who is tried: they are dropped whole, or stay as they are.
pub const WHOLE: [&str; 5] =
    ["controller", "call_fault", "work_fault", "environment_fault", "property"];

/// Takes away every key that is not needed, one by one.
fn drop_keys(shrinker: &mut Shrinker<'_>, document: &mut Table) {
    let places = |document: &Table| -> Vec<(String, Option<usize>, String)> {
        let mut places = Vec::new();
        for (key, value) in document.iter().filter(|(key, _)| !WHOLE.contains(&key.as_str())) {
            let of = |table: &Table, at: Option<usize>| {
                let inner = table.keys().filter(|inner| *inner != "name").cloned();
                inner.map(|inner| (key.clone(), at, inner)).collect::<Vec<_>>()
            };
            if let Value::Table(table) = value {
                places.extend(of(table, None));
            }
            for (at, entry) in value.as_array().into_iter().flatten().enumerate() {
                places.extend(entry.as_table().map_or(vec![], |one| of(one, Some(at))));
            }
        }
        places
    };
    for (key, at, inner) in places(document) {
        try_edit(shrinker, document, |document| {
            let table = match (document.get_mut(&key), at) {
                (Some(Value::Table(table)), None) => Some(table),
                (Some(Value::Array(all)), Some(at)) => {
                    all.get_mut(at).and_then(Value::as_table_mut)
                }
                _ => None,
            };
            table.is_some_and(|table| table.remove(&inner).is_some())
        });
    }
    for key in document.keys().cloned().collect::<Vec<_>>() {
        if key != "name" {
            try_edit(shrinker, document, |document| document.remove(&key).is_some());
        }
    }
}

/// The fewest of some items that fail, by halves and then one by one: none of them can be left
/// out by itself.
pub fn least<T: Clone + PartialEq>(all: Vec<T>, mut fails: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut kept = all;
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let mut is_smaller = false;
        while at < kept.len() {
            let end = (at + size).min(kept.len());
            let without: Vec<T> = [&kept[..at], &kept[end..]].concat();
            if fails(&without) {
                kept = without;
                is_smaller = true;
            } else {
                at = end;
            }
        }
        if size == 1 && !is_smaller {
            return kept;
        }
        size = if size == 1 { 1 } else { size.div_ceil(2) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_what_is_needed_together() {
        let mut tried = 0;
        let kept = least((0..100).collect(), |kept: &[i32]| {
            tried += 1;
            kept.contains(&17) && kept.contains(&63)
        });
        assert_eq!(kept, [17, 63]);
        assert!(tried < 60, "{tried} were tried");
        assert_eq!(least(vec![1, 2, 3], |_| true), Vec::<i32>::new());
        assert_eq!(least(vec![1, 2, 3], |kept| kept.len() == 3), [1, 2, 3]);
    }
}
