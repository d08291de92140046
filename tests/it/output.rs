//! `--out` under trouble: killed, interrupted, twice at once, beside files of others.

// These tests look at what the program left on the disk.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::outside::{STOPSIM, check, names, week};

fn start(home: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(STOPSIM);
    command.args(arguments).current_dir(home).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// A run that takes long, and writes from the beginning.
const LONG: [&str; 11] = [
    "run",
    "minimal.toml",
    "--out",
    "out",
    "--facts",
    "--set",
    "group.web.count=2000",
    "--set",
    "pool.g7-h.free=9000",
    "--replications",
    "500",
];

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = vec![];
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Waits until something is true, half a minute at most.
#[track_caller]
fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_true() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    (child.wait().unwrap().code(), told)
}

#[test]
fn a_signal_leaves_nothing_says_so_and_is_the_exit_code() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        if is_ignored(code - 128) {
            println!("SIG{signal} is ignored by whoever runs this test: not tried");
            continue;
        }
        let home = week();
        let child = start(home.path(), &LONG);
        let new = home.path().join(".out.stopsim/new/runs/0/facts.ndjson");
        until("the run writes", || new.exists());
        send(&format!("-{signal}"), child.id());
        let (ended_with, told) = ended(child);
        assert_eq!(ended_with, Some(code), "{told}");
        let line = format!("interrupted by SIG{signal}; nothing unfinished is left\n");
        assert!(told.ends_with(&line), "{told}");
        assert_eq!(names(home.path()), ["minimal.toml"], "SIG{signal}");
    }
}

/// Whether a signal is ignored here, and so by every process that is begun here: by `nohup`, say.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

#[test]
fn a_signal_that_the_caller_ignores_is_ignored() {
    let home = week();
    let script = format!(
        "trap '' HUP; '{STOPSIM}' run minimal.toml --out out --replications 20 & \
         sleep 0.1; kill -HUP $!; wait $!"
    );
    let output =
        Command::new("sh").args(["-c", &script]).current_dir(home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(home.path().join("out/summary.json").exists());
}

#[test]
fn verify_ends_its_children_and_its_folder() {
    let home = week();
    let temporary = home.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    // Another program of the group: a shell whose own child would run on.
    let against = home.path().join("slow");
    fs::write(&against, format!("#!/bin/sh\n'{STOPSIM}' \"$@\"\ntouch begun\nsleep 1234.5\n"))
        .unwrap();
    Command::new("chmod").args(["+x", "slow"]).current_dir(home.path()).status().unwrap();
    let mut command = Command::new(STOPSIM);
    command.args(["verify", "minimal.toml", "--against", "./slow"]).env("TMPDIR", &temporary);
    command.current_dir(home.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until("the second process runs", || home.path().join("begun").exists());
    send("-TERM", child.id());
    let (code, told) = ended(child);
    assert_eq!(code, Some(143), "{told}");
    assert_eq!(names(&temporary), [""; 0]);
    let sleeps = || {
        let all = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let mut lines = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        lines.any(|line| line == b"sleep\x001234.5\x00")
    };
    until("the child's child ends", || !sleeps());
}

#[test]
fn the_second_of_two_runs_with_one_out_is_refused_by_name() {
    let home = week();
    let first = start(home.path(), &LONG);
    until("the first writes", || home.path().join(".out.stopsim/new/runs").exists());
    let second = ["run", "minimal.toml", "--out", "out"];
    check(home.path(), &second, 2, "", "cannot write out\ncaused by: another run writes it now");
    assert!(home.path().join(".out.stopsim/new/runs").exists(), "the first goes on");
    send("-TERM", first.id());
    assert_eq!(ended(first).0, Some(143));
    check(home.path(), &second, 0, "", "written to out");
}

#[test]
fn rivals_leave_one_whole_result() {
    let home = week();
    for _ in 0..10 {
        let seeds = ["1", "2"];
        let rivals = seeds.map(|seed| {
            start(home.path(), &["run", "minimal.toml", "--seed", seed, "--out", "out"])
        });
        let codes = rivals.map(|rival| ended(rival).0);
        assert!(codes.contains(&Some(0)), "{codes:?}");
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 2))), "{codes:?}");
        let left = files(&home.path().join("out"));
        let is_one = seeds.iter().any(|seed| {
            let _ = fs::remove_dir_all(home.path().join("alone"));
            let alone = ["run", "minimal.toml", "--seed", seed, "--out", "alone"];
            check(home.path(), &alone, 0, "", "");
            let bytes = |found: &[(PathBuf, Vec<u8>)]| {
                found.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>()
            };
            bytes(&files(&home.path().join("alone"))) == bytes(&left)
        });
        assert!(is_one, "a mix");
    }
    assert_eq!(names(home.path()), ["alone", "minimal.toml", "out"]);
}

/// Kills at moments spread over a run that replaces a result, most of them while the new one is
/// put into its place and the old one cleared.
#[test]
fn whatever_moment_it_is_killed_at_the_old_or_the_new_result_is_whole() {
    let home = week();
    let path = home.path();
    let with = |seed: &'static str| {
        let out = ["--facts", "--instances", "--seed", seed, "--out", "out"];
        let length = ["--set", "clock.length=1d"];
        [&["run", "minimal.toml", "--replications", "3"][..], &length, &out].concat()
    };
    let mut wholes = vec![];
    let mut spans = vec![];
    for seed in ["1", "2"] {
        let begun = Instant::now();
        check(path, &with(seed), 0, "", "");
        spans.push(begun.elapsed());
        wholes.push(files(&path.join("out")));
    }
    fs::write(path.join("out/runs/thesis.txt"), "mine").unwrap();
    let thesis = (path.join("out/runs/thesis.txt"), b"mine".to_vec());
    for whole in &mut wholes {
        whole.push(thesis.clone());
        whole.sort();
    }
    let span = *spans.iter().min().unwrap();
    let new = path.join(".out.stopsim/new/summary.json");
    let begun = Instant::now();
    for kill in 0..28_u32 {
        let mut child = start(path, &with(if kill % 2 == 0 { "1" } else { "2" }));
        if kill % 4 == 0 {
            std::thread::sleep(span * kill / 28);
        } else {
            // A kill of the try before may have left one: then it is soon cleared.
            until("it writes or ends", || new.exists() || child.try_wait().unwrap().is_some());
            std::thread::sleep(Duration::from_micros(100) * kill);
        }
        let _ = child.kill();
        child.wait().unwrap();
        let left = files(&path.join("out"));
        assert!(wholes.contains(&left), "kill {kill} tore the result");
        if begun.elapsed() > Duration::from_secs(20) {
            break;
        }
    }
    check(path, &with("1"), 0, "", "");
    assert_eq!(names(path), ["minimal.toml", "out"], "what the killed left is cleared");
    assert_eq!(files(&path.join("out")), wholes[0]);
}

#[test]
fn what_is_not_of_a_result_is_neither_deleted_nor_written_through() {
    let home = week();
    let path = home.path();
    let out = path.join("out");
    check(path, &["run", "minimal.toml", "--replications", "2", "--out", "out"], 0, "", "");
    fs::create_dir_all(out.join("runs/mine")).unwrap();
    fs::write(out.join("runs/mine/thesis.txt"), "years of work").unwrap();
    fs::write(out.join("runs/0/notes.txt"), "notes").unwrap();
    fs::write(path.join("precious"), "precious").unwrap();
    symlink("../precious", out.join(".stopsim-partial")).unwrap();
    symlink("nowhere", out.join("latency/dangling")).unwrap();
    check(path, &["run", "minimal.toml", "--out", "out"], 0, "", "");
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert_eq!(read("runs/mine/thesis.txt"), "years of work");
    assert_eq!(read("runs/0/notes.txt"), "notes");
    assert!(!out.join("runs/0/summary.json").exists(), "what is ours is gone");
    assert_eq!(fs::read_link(out.join(".stopsim-partial")).unwrap(), Path::new("../precious"));
    assert!(out.join("latency/dangling").is_symlink());
    assert_eq!(fs::read_to_string(path.join("precious")).unwrap(), "precious");
    fs::remove_file(out.join("billing.csv")).unwrap();
    symlink("../precious", out.join("billing.csv")).unwrap();
    check(path, &["run", "minimal.toml", "--out", "out"], 2, "", "stopsim did not make");
    assert_eq!(fs::read_to_string(path.join("precious")).unwrap(), "precious");
}

#[test]
fn a_link_in_place_of_the_folder_for_what_is_unfinished_is_refused() {
    let home = week();
    let path = home.path();
    fs::create_dir(path.join("precious")).unwrap();
    symlink("precious", path.join(".out.stopsim")).unwrap();
    check(path, &["run", "minimal.toml", "--out", "out"], 2, "", "cannot write");
    assert_eq!(names(&path.join("precious")), [""; 0]);
    assert!(path.join(".out.stopsim").is_symlink());
}

#[test]
fn an_out_that_is_a_link_is_written_where_it_leads() {
    let home = week();
    let path = home.path();
    fs::create_dir(path.join("disk")).unwrap();
    symlink("disk/result", path.join("out")).unwrap();
    check(path, &["run", "minimal.toml", "--out", "out"], 2, "", "cannot use out");
    fs::create_dir(path.join("disk/result")).unwrap();
    for _ in 0..2 {
        check(path, &["run", "minimal.toml", "--out", "out"], 0, "", "written to out");
    }
    assert!(path.join("out").is_symlink());
    assert_eq!(names(&path.join("disk")), ["result"]);
    assert!(path.join("disk/result/summary.json").exists());
}

#[test]
fn the_directory_one_stands_in_is_not_taken_away() {
    let home = week();
    let here = home.path().join("here");
    fs::create_dir(&here).unwrap();
    check(&here, &["run", "../minimal.toml", "--out", "."], 2, "", "--out ./result");
    check(&here, &["run", "../minimal.toml", "--out", "./result"], 0, "", "");
    assert_eq!(names(&here), ["result"]);
}

#[test]
fn a_failure_leaves_no_folder_that_was_made_for_it() {
    let home = week();
    let run = format!("trap '' XFSZ; ulimit -f 1; exec '{STOPSIM}' run minimal.toml --out a/b/c");
    let output = Command::new("sh").args(["-c", &run]).current_dir(home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(names(home.path()), ["minimal.toml"]);
    check(home.path(), &["run", "minimal.toml", "--out", "a/b/c"], 0, "", "written to a/b/c");
    assert_eq!(names(&home.path().join("a/b")), ["c"]);
}

#[test]
fn help_to_a_full_device_is_an_error() {
    let home = week();
    for arguments in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(STOPSIM);
        let output = command.args(arguments).current_dir(home.path()).stdout(full).output();
        let output = output.unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains("cannot write standard output"), "{told}");
    }
}
