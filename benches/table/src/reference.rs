//! The program beside a build of itself whose event list is a plain binary heap.

use std::env::{current_exe, var};
use std::process::Command;

use crate::table::{Goal, line, medians, nanos};
use crate::whole;

/// Prints the nanoseconds of a cycle of so many instances: what either build is asked for.
pub fn cycle(instances: &str) {
    let instances = instances.parse().expect("a number of instances");
    println!("{}", whole::cycle_of(&whole::week(instances)).0);
}

/// Builds the other program and lets both run in turns.
///
/// # Panics
/// If there is no cargo, or the other program cannot be built or run.
pub fn reference(sizes: &[u32]) {
    const TARGET: &str = "target/reference";
    let cargo = var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let build = ["build", "--profile", "dist", "--quiet", "-p", "stopsim-bench"];
    let with = ["--features", "reference-list", "--target-dir", TARGET];
    let built = Command::new(cargo).args(build).args(with).status().expect("cargo runs");
    assert!(built.success(), "the build with a plain heap failed");
    let own = current_exe().expect("this program has a path");
    let other = format!("{TARGET}/dist/stopsim-bench");
    let ask = |program: &std::path::Path, instances: u32| {
        let asked = Command::new(program).args(["cycle", &instances.to_string()]).output();
        let heard = String::from_utf8(asked.expect("the program runs").stdout).expect("text");
        heard.trim().parse::<f64>().expect("a number of nanoseconds")
    };
    for &instances in sizes {
        let taken =
            medians(&mut [&mut || ask(&own, instances), &mut || ask(other.as_ref(), instances)]);
        let goal = if instances == 1_000_000 { Goal::AtLeast(12.0) } else { Goal::None };
        let what = format!("office hours, {instances} instances: BinaryHeap");
        line(&what, &nanos(taken[1]), "÷ stopsim", taken[1] / taken[0], goal);
    }
}
