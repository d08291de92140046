//! The canonical text of a scenario: what `expand` prints and `scenario.hash` is taken of.
//!
//! Keys stand in the order of their tables' definition, every unit in its shortest exact form,
//! every CSV as the SHA-256 of its content. It is TOML, and reads back as what it was made from.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A value in canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Canon {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// `true` or `false`.
    Boolean(bool),
    /// An array.
    Array(Vec<Canon>),
    /// A table, in its own order of keys.
    Table(Vec<(String, Canon)>),
}

impl Canon {
    /// The text under a key of a table.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Canon::Text(text) => Some(text),
            Canon::Integer(_) | Canon::Boolean(_) | Canon::Array(_) | Canon::Table(_) => None,
        }
    }

    /// What stands under a key of a table.
    pub fn get(&self, key: &str) -> Option<&Canon> {
        match self {
            Canon::Table(keys) => keys.iter().find(|(own, _)| own == key).map(|(_, value)| value),
            Canon::Text(_) | Canon::Integer(_) | Canon::Boolean(_) | Canon::Array(_) => None,
        }
    }

    /// The value on one line, as TOML writes it.
    pub fn inline(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Canon::Text(text) => quote(text, out),
            Canon::Integer(number) => write!(out, "{number}").expect("a string takes all"),
            Canon::Boolean(yes) => write!(out, "{yes}").expect("a string takes all"),
            Canon::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    element.write(out);
                }
                out.push(']');
            }
            Canon::Table(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if i == 0 { " " } else { ", " });
                    write_key(key, out);
                    out.push_str(" = ");
                    value.write(out);
                }
                out.push_str(if entries.is_empty() { "}" } else { " }" });
            }
        }
    }
}

/// A whole document: plain values first, then `[tables]`, then `[[entries]]`.
pub fn document(entries: &[(String, Canon)]) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        match value {
            Canon::Text(_) | Canon::Integer(_) | Canon::Boolean(_) => line(key, value, &mut out),
            Canon::Array(elements) if !is_entries(elements) => line(key, value, &mut out),
            Canon::Array(_) | Canon::Table(_) => {}
        }
    }
    for (key, value) in entries {
        if let Canon::Table(keys) = value {
            write!(out, "\n[{key}]\n").expect("a string takes all");
            keys.iter().for_each(|(key, value)| line(key, value, &mut out));
        }
    }
    for (key, value) in entries {
        let Canon::Array(elements) = value else { continue };
        if is_entries(elements) {
            elements.iter().for_each(|element| entry(key, element, &mut out));
        }
    }
    out
}

/// The same of what someone wrote, and below each table, as comments, what nobody did.
///
/// A note is a path such as `.group.0.start` and a text such as `"30s" (assumed: …)`. `comes` gives
/// lines to say besides about an entry of a key.
pub fn annotated(
    entries: &[(String, Canon)],
    notes: &[(String, String)],
    comes: &dyn Fn(&str, &Canon) -> Vec<String>,
) -> String {
    let mut out = String::new();
    let is_table = |value: &Canon| match value {
        Canon::Text(_) | Canon::Integer(_) | Canon::Boolean(_) => false,
        Canon::Array(elements) => is_entries(elements),
        Canon::Table(_) => true,
    };
    for (key, value) in entries.iter().filter(|(_, value)| !is_table(value)) {
        line(key, value, &mut out);
    }
    let of_top = |path: &str| path[1..].find('.').is_none();
    comments(notes.iter().filter(|(path, _)| of_top(path)), 1, &mut out);
    // By the paths of a table and of an entry, each with its last point.
    let mut lying: BTreeMap<&str, Vec<&(String, String)>> = BTreeMap::new();
    for note in notes {
        let points = note.0.match_indices('.').skip(1).take(2);
        for (point, _) in points {
            lying.entry(&note.0[..=point]).or_default().push(note);
        }
    }
    let below = |prefix: &str, out: &mut String| {
        comments(lying.get(prefix).into_iter().flatten().copied(), prefix.len(), out);
    };
    for (key, value) in entries {
        if let Canon::Table(keys) = value {
            write!(out, "\n[{key}]\n").expect("a string takes all");
            keys.iter().for_each(|(key, value)| line(key, value, &mut out));
            below(&format!(".{key}."), &mut out);
        }
    }
    for (key, value) in entries.iter().filter(|(_, value)| is_table(value)) {
        let Canon::Array(elements) = value else { continue };
        for (number, element) in elements.iter().enumerate() {
            entry(key, element, &mut out);
            below(&format!(".{key}.{number}."), &mut out);
            for said in comes(key, element) {
                writeln!(out, "# {said}").expect("a string takes all");
            }
        }
    }
    out
}

/// Notes as comments, their paths without what stands above them.
fn comments<'a>(notes: impl Iterator<Item = &'a (String, String)>, skip: usize, out: &mut String) {
    for (path, text) in notes {
        let text = text.replace(['\n', '\r'], " ");
        writeln!(out, "# not written: {} = {text}", &path[skip..]).expect("a string takes all");
    }
}

fn is_entries(elements: &[Canon]) -> bool {
    !elements.is_empty() && elements.iter().all(|element| matches!(element, Canon::Table(_)))
}

fn entry(key: &str, element: &Canon, out: &mut String) {
    write!(out, "\n[[{key}]]\n").expect("a string takes all");
    if let Canon::Table(keys) = element {
        keys.iter().for_each(|(key, value)| line(key, value, out));
    }
}

fn line(key: &str, value: &Canon, out: &mut String) {
    write_key(key, out);
    out.push_str(" = ");
    value.write(out);
    out.push('\n');
}

fn write_key(key: &str, out: &mut String) {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        out.push_str(key);
    } else {
        quote(key, out);
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => write!(out, "\\u{:04X}", c as u32).expect("a string takes all"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a string takes all");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_reads_back_as_toml() {
        let text = Canon::Text("a \"b\"\\\n\u{1}ü".into());
        let inner = Canon::Table(vec![("x y".into(), Canon::Integer(1))]);
        let root = [
            ("t".to_owned(), inner.clone()),
            ("s".to_owned(), text),
            ("a".to_owned(), Canon::Array(vec![inner.clone(), inner])),
            ("e".to_owned(), Canon::Array(vec![])),
        ];
        let written = document(&root);
        let read: toml::Table = written.parse().unwrap();
        assert_eq!(read["s"].as_str(), Some("a \"b\"\\\n\u{1}ü"));
        assert_eq!(read["t"]["x y"].as_integer(), Some(1));
        assert_eq!(read["a"].as_array().map(Vec::len), Some(2));
        assert!(written.starts_with("s = "), "plain values first:\n{written}");
    }

    #[test]
    fn the_hash_is_the_published_one() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
    }
}
