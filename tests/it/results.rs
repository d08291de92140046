//! What a person reviews of a `summary.json`: its results, a line each. Echoes of what went in are
//! left out; they and every other byte are held by the hash in the first line.
//!
//! A value that stands by itself has a line, a row of a list or of a table of named rows has one:
//! `billing.baseline = 1.50`, `waves[] kind=stop size=3`, `latency[start.due_to_ready] due=3`. Rows
//! have no numbers, so that a new one is one new line.

use std::fmt;
use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use sha2::{Digest as _, Sha256};

/// Echoes of the scenario, and an old word for what has a new one.
const LEFT_OUT: [&str; 4] = ["inputs", "knobs", "expect[].assumed", "restart.worst_morning"];

/// The results in a summary.
///
/// # Panics
/// If it is no JSON.
pub fn results(summary: &str) -> String {
    let json: Json = serde_json::from_str(summary).expect("a summary is JSON");
    let mut out = format!("summary.json sha256 {}\n", sha256(summary));
    writeln!(out, "left out: {}", LEFT_OUT.join(", ")).expect("text takes everything");
    lines(&json, "", &mut out);
    out
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// JSON in the order in which it is written.
enum Json {
    Leaf(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

fn lines(json: &Json, path: &str, out: &mut String) {
    if LEFT_OUT.contains(&path) {
        return;
    }
    match json {
        Json::List(rows) if rows.iter().any(|row| !row.is_leaf()) => {
            rows.iter().for_each(|row| line(&format!("{path}[]"), row, out));
        }
        Json::Object(rows) if !rows.is_empty() && rows.iter().all(|(_, row)| row.is_object()) => {
            rows.iter().for_each(|(name, row)| line(&format!("{path}[{name}]"), row, out));
        }
        Json::Object(members) => {
            members.iter().for_each(|(key, value)| lines(value, &below(path, key), out));
        }
        Json::Leaf(_) | Json::List(_) => {
            out.push_str(path);
            out.push_str(" =");
            values(json, "", path, out);
            out.push('\n');
        }
    }
}

/// A row, whatever is in it.
fn line(path: &str, row: &Json, out: &mut String) {
    out.push_str(path);
    values(row, "", path, out);
    out.push('\n');
}

/// Every value in it, with where in the row it is.
fn values(json: &Json, within: &str, path: &str, out: &mut String) {
    if LEFT_OUT.contains(&path) {
        return;
    }
    match json {
        Json::Leaf(value) if within.is_empty() => out.extend([" ", value]),
        Json::Leaf(value) => out.extend([" ", within, "=", value]),
        Json::List(items) if items.iter().all(Json::is_leaf) && !within.is_empty() => {
            let items: Vec<&str> = items.iter().filter_map(Json::as_leaf).collect();
            out.extend([" ", within, "=[", &items.join(" "), "]"]);
        }
        Json::List(items) => items.iter().for_each(|item| values(item, within, path, out)),
        Json::Object(members) => {
            for (key, value) in members {
                values(value, &below(within, key), &below(path, key), out);
            }
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Json {
    fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    fn is_leaf(&self) -> bool {
        self.as_leaf().is_some()
    }

    fn as_leaf(&self) -> Option<&str> {
        match self {
            Json::Leaf(value) => Some(value),
            Json::List(_) | Json::Object(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Leaf("null".to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Leaf(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Leaf(format!("{value:?}")))
    }

    /// Text that is a word stands as it is.
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"');
        Ok(Json::Leaf(if is_word { text.to_owned() } else { format!("{text:?}") }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = vec![];
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = vec![];
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = r#"{
        "digest": "0f", "note": "two words", "none": null, "pct": 50.0,
        "billing": {"net": "1.50", "empty": {}},
        "waves": [{"kind": "stop", "done": {"in_1m": 3}}, {"kind": "start", "by": ["a", "b"]}],
        "latency": {"start": {"due": 3, "p99_us": null}, "stop": {"due": 4}},
        "warnings": ["one", "and two"],
        "expect": [{"text": "net >= 1", "assumed": ["inputs"]}],
        "inputs": [{"path": "a", "value": "7"}]
    }"#;

    #[test]
    fn a_value_has_a_line_and_so_has_a_row() {
        let lines = results(SUMMARY);
        let (head, lines) = lines.split_once("\nleft out: ").expect("a hash");
        assert_eq!(head, format!("summary.json sha256 {}", sha256(SUMMARY)));
        let (_, lines) = lines.split_once('\n').expect("lines");
        let expected = [
            "digest = 0f",
            "note = \"two words\"",
            "none = null",
            "pct = 50.0",
            "billing.net = 1.50",
            "waves[] kind=stop done.in_1m=3",
            "waves[] kind=start by=[a b]",
            "latency[start] due=3 p99_us=null",
            "latency[stop] due=4",
            "warnings = one \"and two\"",
            "expect[] text=\"net >= 1\"",
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    }

    /// What is left out, and a byte that is no value, are held by the hash.
    #[test]
    fn whatever_moves_shows() {
        for (old, new) in [("\"7\"", "\"8\""), ("[\"inputs\"]", "[]"), ("{}", "[]"), (", ", ",")] {
            let other = SUMMARY.replacen(old, new, 1);
            assert_ne!(other, SUMMARY, "{old}");
            assert_ne!(results(&other), results(SUMMARY), "{old}");
        }
        // As coreutils' sha256sum has it.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), abc);
    }
}
