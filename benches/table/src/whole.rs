//! The whole model: office hours, replications, small worlds, reading and writing.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use stopsim::books::outcome::LatencyName;
use stopsim::engine::TiePolicy;
use stopsim::replicate::{Runs, run_all};
use stopsim::report::facts::FactLog;
use stopsim::report::names::Names;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};

use crate::cycle;
use crate::table::{Goal, line, medians, nanos};

const RUN: RunId = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };

/// A fleet in four groups that is wanted from eight to eight on weekdays and stopped in between;
/// other tenants grow with it, so that the shape is the same at every size.
fn office(instances: u32, days: u32) -> String {
    let mut text = format!(
        "name = \"office\"\n[clock]\nstart = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"\n\
         length = \"{days}d\"\n[region]\nid = \"cn-hangzhou\"\n"
    );
    let (each, mut names) = (instances / 4, Vec::new());
    for group in 0..4 {
        let name = format!("g{group}");
        text += &format!(
            "[[group]]\nname = \"{name}\"\ncount = {each}\nzone = \"cn-hangzhou-h\"\n\
             type = \"ecs.g7.large\"\n"
        );
        names.push(format!("\"{name}\""));
    }
    text += &format!(
        "[[pool]]\nname = \"g7\"\nzone = \"cn-hangzhou-h\"\nfamily = \"ecs.g7\"\nfree = {}\n\
         others = {{ per_hour = \"{}.{:03}\", units = [2, 8], hold = {{ exponential = \"2h\" }} }}\n\
         [[demand]]\nname = \"office\"\ngroups = [{}]\n\
         windows = [{{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }}]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\nstagger = \"30m\"\n",
        3 * u64::from(instances),
        instances / 250,
        instances % 250 * 4,
        names.join(", "),
    );
    text
}

fn plan(text: String) -> Plan {
    match load("bench.toml", &Memory::new().with("bench.toml", text), &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

/// Nanoseconds of a completed stop/start cycle of office hours, and of an event.
pub fn cycle_of(plan: &Plan) -> (f64, f64) {
    let began = Instant::now();
    let outcome = run(plan, RUN, &mut NoObserver).expect("no livelock");
    let took = began.elapsed().as_nanos() as f64;
    let starts = outcome.counts.latencies[LatencyName::StartAcceptedToRunning.index()].finished();
    (took / starts as f64, took / outcome.counts.events.handled as f64)
}

/// Office hours at several sizes, per completed stop/start cycle, beside the bare cycle.
pub fn cycles(sizes: &[u32]) {
    let mut per_event = Vec::new();
    for &instances in sizes {
        let plan = plan(office(instances, 7));
        let mut event = 0.0;
        let mut own = || {
            let (cycle, each) = cycle_of(&plan);
            event = each;
            cycle
        };
        let taken = medians(&mut [&mut own, &mut || cycle::bare(instances)]);
        per_event.push(event);
        let what = format!("office hours, {instances} instances, a cycle: stopsim");
        let ratio = taken[0] / taken[1];
        line(&what, &nanos(taken[0]), "× bare cycle", ratio, Goal::AtMost(4.0));
        let what = format!("office hours, {instances} instances, a cycle: bare");
        line(&what, &nanos(taken[1]), "", 1.0, Goal::None);
    }
    if let (Some(first), Some(last)) = (per_event.first(), per_event.last()) {
        let goal = if sizes.last() == Some(&1_000_000) { Goal::AtMost(1.6) } else { Goal::None };
        let what = "office hours, an event: the largest fleet";
        line(what, &nanos(*last), "× the smallest fleet", last / first, goal);
    }
}

/// A week of office hours, on the event list of this build.
pub fn week(instances: u32) -> Plan {
    plan(office(instances, 7))
}

/// Replications over two threads against the same on one.
pub fn replications(instances: u32) {
    let plan = plan(office(instances, 7));
    let on = |threads: usize| {
        let runs =
            Runs { seed: 1, replications: 0..4, ties: TiePolicy::Fifo, threads, until_event: None };
        let began = Instant::now();
        black_box(run_all(&plan, &runs, |_| NoObserver).expect("no livelock"));
        began.elapsed().as_nanos() as f64
    };
    let taken = medians(&mut [&mut || on(1), &mut || on(2)]);
    let efficiency = taken[0] / taken[1] / 2.0;
    let what = format!("4 replications of {instances} instances");
    line(&what, &nanos(taken[1]), "efficiency of two threads", efficiency, Goal::AtLeast(0.9));
}

/// Small worlds: two days of twelve instances, as race hunts run them, on two threads.
pub fn small_worlds(worlds: u32) {
    let plan = plan(office(12, 2));
    let mut run_them = || {
        let runs = Runs {
            seed: 1,
            replications: 0..worlds,
            ties: TiePolicy::Fifo,
            threads: 2,
            until_event: None,
        };
        let began = Instant::now();
        black_box(run_all(&plan, &runs, |_| NoObserver).expect("no livelock").len());
        began.elapsed().as_nanos() as f64 / f64::from(worlds)
    };
    let taken = medians(&mut [&mut run_them]);
    let rate = 1e9 / taken[0];
    line(
        "a two-day world of 12 instances",
        &nanos(taken[0]),
        "worlds a second",
        rate,
        Goal::AtLeast(5_000.0),
    );
}

/// Checking a scenario whose fleet is a CSV of so many lines.
pub fn parsing(lines: u32) {
    let mut csv = String::from("name,count,zone,type\n");
    (0..lines).for_each(|n| csv += &format!("g{n},1,cn-hangzhou-h,ecs.g7.large\n"));
    let text = office(4, 7).replace("[region]", "[csv]\ngroup = \"fleet.csv\"\n[region]");
    let source = Memory::new().with("bench.toml", text).with("fleet.csv", csv);
    let mut check = || {
        let began = Instant::now();
        let loaded = load("bench.toml", &source, &[]);
        let took = began.elapsed().as_nanos() as f64;
        assert!(loaded.is_ok(), "the fleet is in order");
        took
    };
    let taken = medians(&mut [&mut check]);
    let what = format!("checking a fleet of {lines} lines");
    line(&what, &nanos(taken[0]), "seconds", taken[0] / 1e9, Goal::AtMost(0.5));
}

/// Counts what is written.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every fact of a run as a line of JSON, beyond what the run itself takes.
pub fn output(instances: u32) {
    let plan = plan(office(instances, 7));
    let mut bytes = 0u64;
    let mut written = || {
        let names = Names::new(&plan, 1, 0);
        let mut log = FactLog::new(names, Counted(0));
        let began = Instant::now();
        run(&plan, RUN, &mut log).expect("no livelock");
        bytes = log.end().expect("nothing fails").0;
        began.elapsed().as_nanos() as f64
    };
    let mut silent = || {
        let began = Instant::now();
        black_box(run(&plan, RUN, &mut NoObserver).expect("no livelock").digest);
        began.elapsed().as_nanos() as f64
    };
    let taken = medians(&mut [&mut written, &mut silent]);
    let rate = bytes as f64 / (taken[0] - taken[1]).max(1.0) * 1_000.0;
    let what = format!("facts.ndjson of {instances} instances");
    line(&what, &nanos(taken[0]), "MB a second", rate, Goal::AtLeast(200.0));
}

/// Peak memory of this process by its own accounting, in bytes, where the system tells.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(kib.trim().trim_end_matches(" kB").parse::<f64>().ok()? * 1024.0)
}

/// Bytes of peak memory for each instance beyond a thousand.
pub fn bytes_each(instances: u32) -> Option<f64> {
    const FEW: u32 = 1_000;
    let peak_with = |instances| {
        black_box(events(instances, ""));
        peak()
    };
    let (before, after) = (peak_with(FEW)?, peak_with(instances)?);
    Some((after - before) / f64::from(instances - FEW))
}

/// Events of a week of office hours, whose controller does this besides.
pub fn events(instances: u32, more: &str) -> u64 {
    let plan = plan(office(instances, 7) + more);
    run(&plan, RUN, &mut NoObserver).expect("no livelock").counts.events.handled
}

/// Peak memory of a run with everything in it, per instance beyond a thousand, which pay for what
/// a process has anyway. It is the process's peak so far: ask for this row alone.
pub fn memory(instances: u32) {
    let Some(each) = bytes_each(instances) else {
        return println!("memory: this system does not tell");
    };
    let what = format!("peak memory at {instances} instances");
    let took = format!("{:.0} MB", peak().unwrap_or(0.0) / 1e6);
    line(&what, &took, "bytes an instance", each, Goal::AtMost(160.0));
}
