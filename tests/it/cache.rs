//! The cache of `compare`, `sweep` and `plan`: what was run is not run again, and never believed
//! when it is not whole.

// These tests look into the folder.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::golden::root;
use crate::outside::{STOPSIM, TWENTIETH, refused};

const LEADS: [&str; 2] = ["--vary", "controller.at-eight.lead=0m..30m/10m"];

fn command(cache: &Path, verb: &str, arguments: &[&[&str]]) -> Command {
    let mut program = Command::new(STOPSIM);
    program.current_dir(root()).arg(verb).args(TWENTIETH).args(arguments.concat());
    program.arg("--cache").arg(cache);
    program
}

fn stopsim(cache: &Path, verb: &str, arguments: &[&[&str]]) -> Output {
    command(cache, verb, arguments).output().expect("the binary runs")
}

/// What it prints, and how many runs of how many the cache knew.
#[track_caller]
fn told(cache: &Path, verb: &str, arguments: &[&[&str]]) -> (String, Option<(u64, u64)>) {
    let output = stopsim(cache, verb, arguments);
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{error}");
    let known = error.strip_prefix("note: ").map(|note| {
        let mut numbers = note.split(' ').filter_map(|word| word.parse().ok());
        (numbers.next().expect("known"), numbers.next().expect("of all"))
    });
    (String::from_utf8(output.stdout).expect("text"), known)
}

/// Every file below a folder, with what is in it.
fn entries(cache: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in fs::read_dir(cache).expect("it is there") {
        for entry in fs::read_dir(folder.expect("a folder").path()).expect("it is one") {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("it can be read");
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

/// Whether it is no file that a kill left beside.
fn is_entry(path: &Path) -> bool {
    path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
}

#[test]
fn nothing_changed_runs_nothing_and_a_changed_knob_runs_its_points_only() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let cache = folder.path();
    let (first, known) = told(cache, "sweep", &[&LEADS]);
    assert_eq!(known, None);
    assert_eq!(told(cache, "sweep", &[&LEADS]), (first.clone(), Some((80, 80))));
    let more = ["--vary", "controller.at-eight.lead=0m..40m/10m"];
    assert_eq!(told(cache, "sweep", &[&more]).1, Some((80, 100)));
    // Compare and plan ask for the same runs, and a longer look goes on from a shorter one.
    let variant = ["--variant", "later: controller.at-eight.lead=20m"];
    assert_eq!(told(cache, "compare", &[&variant]).1, Some((40, 40)));
    let knob = ["--knob", "controller.at-eight.lead=0m..30m/10m", "--indifference", "5 CNY"];
    let promise = ["--subject-to", "restart.good_waves >= 5%", "--at-most", "20"];
    let (_, known) = told(cache, "plan", &[&knob, &promise]);
    assert!(known.is_some_and(|(known, _)| known == 80), "{known:?}");
    assert_eq!(told(cache, "sweep", &[&LEADS, &["--replications", "30"]]).1, Some((80, 120)));
    let seed = ["--seed", "7"];
    assert_eq!(told(cache, "sweep", &[&LEADS, &seed]).1, None, "another seed is another run");
    let none = told(cache, "sweep", &[&LEADS, &["--tie-break", "reversed"]]).1;
    assert_eq!(none, None, "another order of ties too");
}

#[test]
fn what_the_cache_gives_is_what_a_run_without_it_gives() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let cache = folder.path();
    for (verb, arguments) in [
        ("sweep", [&LEADS[..], &["--format", "json"]].concat()),
        ("compare", vec!["--variant", "a: controller.at-eight.lead=5m", "--format", "json"]),
    ] {
        let (first, _) = told(cache, verb, &[&arguments]);
        assert_eq!(told(cache, verb, &[&arguments]).0, first);
        let mut plain = Command::new(STOPSIM);
        plain.current_dir(root()).arg(verb).args(TWENTIETH).args(&arguments).arg("--no-cache");
        let output = plain.output().expect("the binary runs");
        assert_eq!(String::from_utf8(output.stdout).expect("text"), first);
        // Ten replications more: the sums go on where they were.
        let more = ["--replications", "30"];
        let (grown, known) = told(cache, verb, &[&arguments, &more]);
        assert!(known.is_some(), "it goes on from what is known");
        let output = plain.args(more).output().expect("the binary runs");
        assert_eq!(String::from_utf8(output.stdout).expect("text"), grown);
    }
}

#[test]
fn a_torn_or_foreign_entry_is_ignored_and_made_again() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let cache = folder.path();
    let (first, _) = told(cache, "sweep", &[&LEADS]);
    let whole = entries(cache);
    assert_eq!(whole.len(), 4);
    let (one, two) = (&whole[0], &whole[1]);
    let mut flipped = one.1.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for wrong in [one.1[..one.1.len() / 2].to_vec(), flipped, vec![], two.1.clone()] {
        fs::write(&one.0, wrong).expect("it can be written");
        assert_eq!(told(cache, "sweep", &[&LEADS]), (first.clone(), Some((60, 80))));
        assert_eq!(entries(cache), whole, "it is made again");
    }
    // What a kill leaves beside is nobody's entry.
    fs::write(one.0.with_file_name(".tmpXYZ"), b"half").expect("it can be written");
    assert_eq!(told(cache, "sweep", &[&LEADS]).1, Some((80, 80)));
}

#[test]
fn two_programs_fill_one_cache_and_lose_nothing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let cache = folder.path();
    let begin = || {
        let mut program = command(cache, "sweep", &[&LEADS]);
        program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let both = [begin(), begin()].map(|child| child.wait_with_output().expect("it ends").stdout);
    assert_eq!(both[0], both[1]);
    assert_eq!(entries(cache).len(), 4);
    let (again, known) = told(cache, "sweep", &[&LEADS]);
    assert_eq!((again.into_bytes(), known), (both[0].clone(), Some((80, 80))));
}

#[test]
fn a_sweep_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (cache, other) = (folder.path().join("one"), folder.path().join("other"));
    let (whole, _) = told(&other, "sweep", &[&LEADS]);
    let mut child = command(&cache, "sweep", &[&LEADS]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    // A folder of an entry is there just before the entry is.
    let has_some = || fs::read_dir(&cache).is_ok_and(|mut folders| folders.next().is_some());
    while !has_some() {
        if child.try_wait().expect("it can be asked").is_some() {
            break;
        }
        std::thread::yield_now();
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let kept = entries(&cache).iter().filter(|(path, _)| is_entry(path)).count() as u64;
    let (resumed, known) = told(&cache, "sweep", &[&LEADS]);
    assert_eq!(resumed, whole);
    assert_eq!(known.map_or(0, |(known, _)| known), 20 * kept, "what was done is kept");
}

#[test]
fn a_cache_that_cannot_be_made_or_written_is_told() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("file");
    fs::write(&file, b"not a folder").expect("it can be written");
    refused(&stopsim(&file, "sweep", &[&LEADS]), "cannot make the cache");
    // Where an entry cannot be written, the result is told all the same.
    let cache = folder.path().join("cache");
    let (first, _) = told(&cache, "sweep", &[&LEADS]);
    for entry in fs::read_dir(&cache).expect("it is there") {
        let path = entry.expect("a folder").path();
        fs::remove_dir_all(&path).expect("it can be removed");
        fs::write(&path, b"in the way").expect("it can be written");
    }
    let output = stopsim(&cache, "sweep", &[&LEADS]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.contains("cannot be written"), "{error}");
    assert_eq!(error.lines().count(), 1, "it is told once: {error}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), first);
}
