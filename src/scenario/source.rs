//! The only door of this layer: something that gives texts and CSVs by path.
//!
//! `cli` implements it on files; tests implement it on memory.

use std::collections::BTreeMap;
use std::io::Read;

/// Gives texts and CSVs by path.
pub trait Source {
    /// The whole text at a path.
    ///
    /// # Errors
    /// With the reason, in words, when it cannot be read.
    fn text(&self, path: &str) -> Result<String, String>;

    /// The bytes at a path, to be streamed.
    ///
    /// # Errors
    /// With the reason, in words, when it cannot be opened.
    fn reader(&self, path: &str) -> Result<Box<dyn Read + '_>, String>;

    /// Whether a scenario from here may name programs that are run.
    fn trusts_programs(&self) -> bool {
        true
    }
}

/// One text in place of a file, over everything else.
pub struct Over<'s> {
    /// Of which file.
    pub path: &'s str,
    /// What stands there.
    pub text: &'s str,
    /// Everything else.
    pub beneath: &'s dyn Source,
}

impl Source for Over<'_> {
    fn text(&self, path: &str) -> Result<String, String> {
        match path == self.path {
            true => Ok(self.text.to_owned()),
            false => self.beneath.text(path),
        }
    }

    fn reader(&self, path: &str) -> Result<Box<dyn Read + '_>, String> {
        self.beneath.reader(path)
    }

    fn trusts_programs(&self) -> bool {
        self.beneath.trusts_programs()
    }
}

/// Texts held in memory, by path.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    texts: BTreeMap<String, String>,
}

impl Memory {
    /// No texts yet.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// With one more text.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, text: impl Into<String>) -> Memory {
        self.texts.insert(path.into(), text.into());
        self
    }

    fn find(&self, path: &str) -> Result<&String, String> {
        self.texts.get(path).ok_or_else(|| "no such file".to_owned())
    }
}

impl Source for Memory {
    fn text(&self, path: &str) -> Result<String, String> {
        self.find(path).cloned()
    }

    fn reader(&self, path: &str) -> Result<Box<dyn Read + '_>, String> {
        self.find(path).map(|text| Box::new(text.as_bytes()) as Box<dyn Read>)
    }
}

/// A path as written in one file, seen from where that file is seen from.
///
/// `scenarios/a.toml` + `../base.toml` is `base.toml`; an absolute path stays as it is.
pub fn beside(file: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let root = if file.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty()).collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let seen = format!("{root}{}", parts.join("/"));
    // A file of this name, and not standard input.
    if seen == "-" { "./-".to_owned() } else { seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_file_that_names_it() {
        assert_eq!(beside("scenarios/a.toml", "base.toml"), "scenarios/base.toml");
        assert_eq!(beside("scenarios/a.toml", "../base.toml"), "base.toml");
        assert_eq!(beside("a.toml", "../base.toml"), "../base.toml");
        assert_eq!(beside("/x/a.toml", "./csv/s.csv"), "/x/csv/s.csv");
        assert_eq!(beside("x/a.toml", "/etc/s.csv"), "/etc/s.csv");
    }
}
