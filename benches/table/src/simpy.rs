//! SimPy beside stopsim, where there is a Python that has it: the same models, by `simpy.py`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::engines::Engine;
use crate::model::{Hold, Station};
use crate::table::{Goal, line, medians, nanos};

const SCRIPT: &str = include_str!("../simpy.py");

/// Runs a model in SimPy: nanoseconds of an event, and what all engines must agree on.
///
/// # Panics
/// If the script fails.
fn ask(model: &str, pending: u32, events: u64, table: &[u64]) -> (f64, String) {
    let arguments = [model, &pending.to_string(), &events.to_string()];
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a Python");
    let mut words = python.stdin.take().expect("its input is a pipe");
    table.iter().for_each(|word| writeln!(words, "{word}").expect("it reads the table"));
    drop(words);
    let output = python.wait_with_output().expect("it runs to the end").stdout;
    let said = String::from_utf8(output).expect("it prints text");
    let (took, agreed) = said.trim().split_once(' ').expect("it prints two numbers");
    (took.parse().expect("nanoseconds"), agreed.to_owned())
}

fn is_here() -> bool {
    let mut python = Command::new("python3");
    let found = python.args(["-c", "import simpy"]).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// The hold model at several sizes, and the station.
///
/// # Panics
/// If SimPy's events are at other times than stopsim's, or its customers wait differently.
pub fn rows(table: &Arc<[u64]>, sizes: &[u32], events: u64) {
    if !is_here() {
        return println!("SimPy is left out: no python3 that has it");
    }
    for &pending in sizes {
        let mut sums = (0, String::new());
        let mut own = || {
            let mut hold = Hold::new(table);
            let first = hold.first(pending);
            let took = Engine::Stopsim.run(&mut hold, &first, events);
            sums.0 = hold.sum;
            took.as_nanos() as f64 / hold.handled as f64
        };
        let mut other = || {
            let (took, sum) = ask("hold", pending, events, table);
            sums.1 = sum;
            took
        };
        let taken = medians(&mut [&mut own, &mut other]);
        assert_eq!(sums.0.to_string(), sums.1, "SimPy's events are at the same times");
        let what = format!("hold, {pending} pending: SimPy");
        line(&what, &nanos(taken[1]), "÷ stopsim", taken[1] / taken[0], Goal::None);
    }
    let mut station = Station::new(table);
    let first = station.first();
    let took = Engine::Stopsim.run(&mut station, &first, events).as_nanos() as f64;
    let own = station.waited as f64 / station.served as f64 / 1e6;
    let (other, wait) = ask("station", 0, events, table);
    let wait: f64 = wait.parse().expect("seconds");
    assert!((wait - own).abs() < 1e-3 * own, "customers wait {own} s, in SimPy {wait} s");
    let what = "M/M/100, load 0.9, an event: SimPy";
    line(what, &nanos(other), "÷ stopsim", other * events as f64 / took, Goal::None);
}
