//! A scenario as a document that is edited: entries, names in lists, values.

use toml::{Table, Value};

use crate::engine::Identity;
use crate::sim::plan::Plan;

use super::super::mix::{TieOrder, scaled, swarm_factor};
use super::super::trial::Trial;

/// How large a scenario is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Instances.
    pub instances: u32,
    /// Rules of faults.
    pub faults: usize,
    /// Controllers.
    pub controllers: usize,
    /// µs from the beginning to the end.
    pub micros: u64,
    /// Lines of its text.
    pub lines: usize,
}

impl Size {
    /// Of a document and its plan.
    pub fn of(document: &Table, plan: &Plan) -> Size {
        Size {
            instances: plan.region.instance_count(),
            faults: plan.rules().count(),
            controllers: plan.controllers.len(),
            micros: plan.horizon.as_micros(),
            lines: text(document).lines().count(),
        }
    }
}

/// Tables of faults: their key, and the kind that their luck is keyed by.
const FAULTS: [&str; 3] = ["call_fault", "work_fault", "environment_fault"];

/// The document as a text.
pub fn text(document: &Table) -> String {
    toml::to_string(document).unwrap_or_default()
}

/// The entries of a key that holds tables.
pub fn entries<'d>(document: &'d Table, key: &str) -> &'d [Value] {
    document.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The keys that hold entries with names.
pub fn named_tables(document: &Table) -> Vec<String> {
    let has_names = |key: &str| {
        let all = entries(document, key);
        !all.is_empty() && all.iter().all(|one| one.get("name").is_some())
    };
    document.keys().filter(|key| has_names(key)).cloned().collect()
}

/// The names of the entries of a key.
pub fn names(document: &Table, key: &str) -> Vec<String> {
    let name = |entry: &Value| entry.get("name").and_then(Value::as_str).map(str::to_owned);
    entries(document, key).iter().filter_map(name).collect()
}

/// Keeps the entries of these names only, and forgets the others wherever a list names them.
pub fn keep(document: &mut Table, key: &str, kept: &[String]) {
    let gone: Vec<String> =
        names(document, key).into_iter().filter(|name| !kept.contains(name)).collect();
    if let Some(Value::Array(all)) = document.get_mut(key) {
        all.retain(|entry| {
            entry
                .get("name")
                .and_then(Value::as_str)
                .is_some_and(|name| kept.iter().any(|k| k == name))
        });
        if all.is_empty() {
            document.remove(key);
        }
    }
    for name in gone {
        forget(document, &name);
    }
}

/// Takes a name out of every list; an entry whose list is empty by that goes as well.
pub fn forget(document: &mut Table, name: &str) {
    let keys: Vec<String> = document.keys().cloned().collect();
    for key in keys {
        let mut is_empty = false;
        if let Some(Value::Array(all)) = document.get_mut(&key) {
            all.retain_mut(|entry| {
                entry.as_table_mut().is_none_or(|table| !loses_all(table, name))
            });
            is_empty = all.is_empty();
        }
        if is_empty {
            document.remove(&key);
        }
    }
}

/// Takes a name out of the lists of an entry; whether one of them is empty by that.
fn loses_all(table: &mut Table, name: &str) -> bool {
    let mut lost = false;
    for (key, value) in table.iter_mut() {
        if let Value::Table(inner) = value {
            lost |= loses_all(inner, name);
        } else if let (Value::Array(list), true) = (value, key != "names") {
            let before = list.len();
            list.retain(|one| one.as_str() != Some(name));
            lost |= list.is_empty() && before > 0;
        }
    }
    lost
}

/// Says of these properties that they are violated, and of no other.
pub fn expect_violated(document: &mut Table, names: &[&str]) {
    let written = document.entry("property").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(all) = written else { return };
    all.iter_mut().filter_map(Value::as_table_mut).for_each(|entry| {
        entry.remove("expected");
    });
    for name in names {
        // One that is asked of each of some is told with whom: `quiet(web)`.
        let own = name.split_once('(').map_or(*name, |(own, _)| own);
        let is_own = |entry: &&mut Value| entry.get("name").and_then(Value::as_str) == Some(own);
        let expected = ("expected".to_owned(), Value::String("violated".into()));
        match all.iter_mut().find(is_own).and_then(Value::as_table_mut) {
            Some(entry) => {
                // One run says nothing of how probable it is.
                entry.remove("probability_below");
                entry.remove("confidence");
                entry.insert(expected.0, expected.1);
            }
            None => {
                let name = ("name".to_owned(), Value::String(own.to_owned()));
                all.push(Value::Table(Table::from_iter([name, expected])));
            }
        }
    }
    if all.is_empty() {
        document.remove("property");
    }
}

/// Says which run it is.
pub fn set_hunt(document: &mut Table, trial: &Trial, numbers: Option<u32>) {
    let mut hunt = Table::new();
    if let Ok(seed) = i64::try_from(trial.seed) {
        hunt.insert("seeds".into(), Value::Array(vec![Value::Integer(seed)]));
    }
    if trial.ties != TieOrder::Fifo {
        hunt.insert("tie_break".into(), Value::String(trial.ties.name().to_owned()));
    }
    let drawn = trial.tie_seed.filter(|_| trial.ties == TieOrder::Seeded);
    if let Some(Ok(seed)) = drawn.map(i64::try_from) {
        hunt.insert("tie_seed".into(), Value::Integer(seed));
    }
    if let Some(numbers) = numbers {
        hunt.insert("numbers".into(), Value::Integer(numbers.into()));
    }
    document.insert("hunt".into(), Value::Table(hunt));
}

/// The faults as the swarm of a seed has them.
pub fn swarm(document: &mut Table, seed: u64) {
    for kind in FAULTS {
        let mut gone = Vec::new();
        if let Some(Value::Array(all)) = document.get_mut(kind) {
            for entry in all.iter_mut().filter_map(Value::as_table_mut) {
                let name = entry.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                let Some(factor) = swarm_factor(seed, Identity::of(kind, &name)) else {
                    gone.push(name);
                    continue;
                };
                let probability = entry.get("probability").and_then(Value::as_str);
                let probability = probability.and_then(|text| text.parse().ok());
                let scaled = scaled(probability.unwrap_or(crate::units::Ratio::ONE), factor);
                let text = format!("{}/{}", scaled.num(), scaled.den());
                entry.insert("probability".to_owned(), Value::String(text));
            }
        }
        let kept: Vec<String> =
            names(document, kind).into_iter().filter(|name| !gone.contains(name)).collect();
        if !gone.is_empty() {
            keep(document, kind, &kept);
        }
    }
}

/// Every rule of faults of a document.
pub fn faults_mut(document: &mut Table) -> Vec<&mut Table> {
    let mut all = Vec::new();
    for (key, value) in document.iter_mut() {
        if let (true, Value::Array(entries)) = (FAULTS.contains(&key.as_str()), value) {
            all.extend(entries.iter_mut().filter_map(Value::as_table_mut));
        }
    }
    all
}
