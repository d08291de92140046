//! What two scenarios say otherwise: key by key, by the names of entries.

use std::collections::BTreeMap;

use super::Loaded;
use super::canon::sha256;

/// A key that two scenarios say otherwise, or that only one of them says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// Its path: `controller.nightly.lead`.
    pub path: String,
    /// What the first says; none leaves it at its default.
    pub base: Option<String>,
    /// What the second says.
    pub other: Option<String>,
}

/// What a key is about, for who compares two policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the fleet's owner decides: controllers, reservations, commitments, services.
    Policy,
    /// Which instances there are, and what is known of them.
    Fleet,
    /// What neither policy decides: others, stock, prices, demand, faults by time, the region.
    Environment,
    /// What is only told: names and what inputs rest on.
    Told,
}

impl KeyChange {
    /// What it is about. Keys that are not known here are taken for the environment's: what may
    /// not be compared like with like is never overlooked.
    pub fn part(&self) -> Part {
        Part::of(&self.path)
    }
}

impl Part {
    fn of(path: &str) -> Part {
        // Entries from a CSV are about what the same entries in the text are.
        let path = path.strip_prefix("csv.").unwrap_or(path);
        match path.split('.').next().unwrap_or_default() {
            "controller" | "private_pool" | "dedicated_host" | "commitment" | "service" => {
                Part::Policy
            }
            "group" => Part::Fleet,
            "name" | "provenance" => Part::Told,
            _ => Part::Environment,
        }
    }
}

/// Every key that both say otherwise, by path.
pub fn differences(base: &Loaded, other: &Loaded) -> Vec<KeyChange> {
    let (base, mut other) = (keys(&base.resolved), keys(&other.resolved));
    let mut changes: Vec<KeyChange> = Vec::new();
    for (path, value) in base {
        let others = other.remove(&path);
        if others.as_ref() != Some(&value) {
            changes.push(KeyChange { path, base: Some(value), other: others });
        }
    }
    let new = |(path, value)| KeyChange { path, base: None, other: Some(value) };
    changes.extend(other.into_iter().map(new));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

/// The SHA-256 of what the environment is. Two scenarios with the same one let the same others come
/// at the same times, want the same and break the same, whatever their policies do.
pub fn environment(loaded: &Loaded) -> String {
    let keys = keys(&loaded.resolved).into_iter();
    let own = keys.filter(|(path, _)| Part::of(path) == Part::Environment);
    let text: String = own.map(|(path, value)| format!("{path} = {value}\n")).collect();
    sha256(text.as_bytes())
}

/// Every key of a canonical text that is no table, by its path.
fn keys(resolved: &str) -> BTreeMap<String, String> {
    let table: toml::Table = resolved.parse().expect("a canonical text is TOML");
    let mut all = BTreeMap::new();
    table.into_iter().for_each(|(key, value)| add(key, value, &mut all));
    all
}

fn add(path: String, value: toml::Value, all: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                add(format!("{path}.{key}"), value, all);
            }
        }
        toml::Value::Array(entries) if entries.first().and_then(name_of).is_some() => {
            for entry in entries {
                let name = name_of(&entry).unwrap_or_default().to_owned();
                add(format!("{path}.{name}"), entry, all);
            }
        }
        toml::Value::String(text) => {
            all.insert(path, text);
        }
        other @ (toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)) => {
            all.insert(path, other.to_string());
        }
    }
}

fn name_of(entry: &toml::Value) -> Option<&str> {
    entry.get("name").and_then(toml::Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Memory, load};

    const TEXT: &str = r#"
        name = "two"
        region = { id = "cn-hangzhou" }
        clock = { start = "2026-03-02", timezone = "Asia/Shanghai", length = "2d" }
        [[group]]
        name = "web"
        count = 2
        zone = "cn-hangzhou-h"
        type = "ecs.g7.large"
        [[pool]]
        name = "g7"
        zone = "cn-hangzhou-h"
        family = "ecs.g7"
        free = 10
        [[demand]]
        name = "office"
        groups = ["web"]
        windows = [{ days = "mon..fri", from = "08:00", to = "20:00" }]
        [[controller]]
        name = "nightly"
        follows = "office"
        stop = { mode = "StopCharging" }
    "#;

    fn with(sets: &[&str]) -> Loaded {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        load("s.toml", &Memory::new().with("s.toml", TEXT), &sets).unwrap()
    }

    #[test]
    fn what_is_said_otherwise_is_told_by_path() {
        let other = with(&["controller.nightly.lead=10m", "pool.g7.free=8"]);
        let told = differences(&with(&[]), &other);
        let change = |path: &str, base: Option<&str>, other: &str| KeyChange {
            path: path.to_owned(),
            base: base.map(str::to_owned),
            other: Some(other.to_owned()),
        };
        let lead = change("controller.nightly.lead", None, "10m");
        assert_eq!(told, [lead, change("pool.g7.free", Some("10"), "8")]);
        assert_eq!((told[0].part(), told[1].part()), (Part::Policy, Part::Environment));
        assert_eq!(differences(&other, &other), []);
    }

    #[test]
    fn entries_from_a_csv_are_about_what_the_same_entries_in_the_text_are() {
        let parts = ["csv.group", "csv.pool", "csv.controller"].map(Part::of);
        assert_eq!(parts, [Part::Fleet, Part::Environment, Part::Policy]);
    }

    #[test]
    fn a_policy_leaves_the_environment_as_it_is() {
        let base = environment(&with(&[]));
        assert_eq!(environment(&with(&["controller.nightly.lead=10m"])), base);
        assert_ne!(environment(&with(&["pool.g7.free=8"])), base);
    }
}
