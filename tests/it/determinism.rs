//! The binary run twice, in two processes with different numbers of threads: the same bytes.

// These tests look at what the program left on the disk.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::outside::{STOPSIM, stopsim};

/// Every file below a directory, and what was printed.
type Bytes = BTreeMap<String, Vec<u8>>;

fn collect(directory: &Path, prefix: &str, into: &mut Bytes) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// Runs two days of a scenario, three times, in a process of its own.
fn run(home: &Path, threads: &str, more: &[&str]) -> Bytes {
    let out = home.join(format!("out-{threads}"));
    let output = Command::new(STOPSIM)
        .args(["run", "minimal.toml", "--replications", "3", "--threads", threads])
        .args(["--set", "clock.length=2d", "--facts", "--instances", "--out"])
        .arg(&out)
        .args(more)
        .current_dir(home)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut bytes = Bytes::from([("printed".to_owned(), output.stdout)]);
    collect(&out, "", &mut bytes);
    bytes
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let init = ["init", "minimal", "minimal.toml"];
    assert!(stopsim(home.path(), &init).status.success());
    home
}

#[track_caller]
fn check(more: &[&str]) {
    let home = home();
    let (one, two) = (run(home.path(), "1", more), run(home.path(), "2", more));
    let names = |bytes: &Bytes| bytes.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two));
    assert!(one.len() > 12, "{:?}", names(&one));
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs between 1 and 2 threads");
    }
}

#[test]
fn two_processes_with_one_and_two_threads_write_the_same_bytes() {
    for tie in ["fifo", "seeded", "reversed"] {
        check(&["--tie-break", tie]);
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    let home = home();
    let (one, other) =
        (run(home.path(), "2", &["--seed", "1"]), run(home.path(), "2", &["--seed", "2"]));
    for name in ["summary.json", "checkpoints.csv", "runs/0/facts.ndjson"] {
        assert!(one[name] != other[name], "{name} does not depend on the seed");
    }
}
