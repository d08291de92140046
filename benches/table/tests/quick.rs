//! The table, run small: every row is there, and every ratio is a number.

use std::process::Command;

/// What the rows begin with that are measured without other engines.
const ROWS: [&str; 14] = [
    "peak memory at 10000 instances",
    "hold, 1000 pending: stopsim",
    "hold, 1000 pending: bare BinaryHeap",
    "hold: the largest size against the smallest",
    "hold, 1000 pending, time stands still",
    "burst, 10000 at one instant: stopsim",
    "M/M/100, load 0.9, mean wait: stopsim",
    "office hours, 1000 instances, a cycle: stopsim",
    "office hours, an event: the largest fleet",
    "4 replications of 1000 instances",
    "a two-day world of 12 instances",
    "checking a fleet of 1000 lines",
    "400 groups, an entry",
    "facts.ndjson of 1000 instances",
];

#[test]
fn every_row_of_the_table_is_measured() {
    let ran = Command::new(env!("CARGO_BIN_EXE_stopsim-bench"))
        .arg("--quick")
        .output()
        .expect("the program runs");
    let (table, problems) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{problems}");
    for row in ROWS {
        let line = table.lines().find(|line| line.starts_with(row));
        let line = line.unwrap_or_else(|| panic!("no row `{row}` in\n{table}"));
        let ratio = |word: &str| word.parse::<f64>().is_ok_and(|ratio| ratio.is_finite());
        assert!(line[row.len()..].split_whitespace().any(ratio), "no ratio in `{line}`");
    }
}
