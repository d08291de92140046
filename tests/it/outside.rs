//! The program from outside: how a test runs it, and what it reads of it.

// A test may look at what the program left on the disk.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::golden::root;

pub const STOPSIM: &str = env!("CARGO_BIN_EXE_stopsim");

pub const SHORTAGE: &str = "scenarios/morning-shortage.toml";
/// Three of its mornings, of a fleet that is an eighth: a run is short, so that many are.
pub const EIGHTH: [&str; 9] =
    mornings("clock.length=4d", "group.sharp.count=25", "group.early.count=25");
/// Three of its mornings, of a fleet that is a twentieth.
pub const TWENTIETH: [&str; 9] =
    mornings("clock.length=4d", "group.sharp.count=10", "group.early.count=10");

/// The shortage, and what is set so that it is a small one.
pub const fn mornings<'a>(length: &'a str, sharp: &'a str, early: &'a str) -> [&'a str; 9] {
    [SHORTAGE, "--set", length, "--set", sharp, "--set", early, "--set", "pool.g7-h.free=500"]
}

/// Runs the program in a folder.
#[track_caller]
pub fn stopsim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(STOPSIM).args(arguments).current_dir(folder).output().expect("the binary runs")
}

/// Runs it where the project's own files are.
#[track_caller]
pub fn at_root(arguments: &[&str]) -> Output {
    stopsim(&root(), arguments)
}

/// What it prints there, if it ends with this code.
#[track_caller]
pub fn printed(arguments: &[&str], code: i32) -> String {
    let output = at_root(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).expect("text")
}

/// What it printed, as JSON.
#[track_caller]
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", texts(output).1))
}

/// What is on its two streams.
pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Runs, and expects this exit code and this text in whichever stream is named.
#[track_caller]
pub fn check(folder: &Path, arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = stopsim(folder, arguments);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    assert!(out.contains(stdout), "{arguments:?}: no `{stdout}` in\n{out}");
    assert!(err.contains(stderr), "{arguments:?}: no `{stderr}` in\n{err}");
    assert!(!err.contains("panicked"), "{err}");
}

/// It was refused with this text, and nothing was printed.
#[track_caller]
pub fn refused(output: &Output, says: &str) {
    let (out, err) = texts(output);
    assert_eq!(output.status.code(), Some(2), "{out}\n{err}");
    assert!(err.contains(says) && out.is_empty(), "no `{says}` in\n{err}\n{out}");
}

/// A folder with `minimal.toml`, a week of twenty instances.
pub fn week() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let scenario = stopsim(home.path(), &["init", "minimal"]);
    let text = String::from_utf8(scenario.stdout).unwrap().replace("28d", "7d");
    fs::write(home.path().join("minimal.toml"), text).unwrap();
    home
}

/// What is in a folder, sorted; nothing, if there is none.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
