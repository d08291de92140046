//! Whole runs of shipped scenarios: time, events per second, and peak memory of the process; and
//! what else people wait for: replications, small worlds, reading a fleet, writing every fact.
//!
//! `office-hours` is one replication of the README's scenario; `big-fleet` is a week of the fleet
//! of that name at several sizes. All go through the public API, laws and digest on. The same
//! beside bare loops, in one table: `cargo run --release -p stopsim-bench`.

use std::hint::black_box;
use std::io::sink;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use stopsim::engine::TiePolicy;
use stopsim::replicate::{Runs, run_all};
use stopsim::report::facts::FactLog;
use stopsim::report::names::Names;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};

const RUN: RunId = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };
/// How long a slow group is measured.
const LONG: Duration = Duration::from_secs(20);

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    #[expect(clippy::disallowed_methods, reason = "a bench reads the project's own scenarios")]
    std::fs::read_to_string(folder.join(format!("{name}.toml"))).expect("a shipped scenario")
}

fn plan(name: &str, sets: &[String]) -> Plan {
    let source = Memory::new().with("bench.toml", text(name));
    match load("bench.toml", &source, sets) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

/// `big-fleet` with so many instances in place of 100 000.
fn fleet(instances: u32) -> Plan {
    let of_group = |(name, tenths): (&str, u32)| {
        format!("group.{name}.count={}", u64::from(instances) * u64::from(tenths) / 10)
    };
    let groups = [("web", 4), ("batch", 3), ("cache", 2), ("tools", 1)];
    plan("big-fleet", &groups.map(of_group))
}

fn events(plan: &Plan) -> u64 {
    run(plan, RUN, &mut NoObserver).expect("no livelock").counts.events.handled
}

fn whole_model(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("world");
    group.sample_size(10).measurement_time(LONG);
    let mut peaks = Vec::new();
    let mut measure = |name: String, plan: &Plan| {
        group.throughput(Throughput::Elements(events(plan)));
        group.bench_function(&name, |bencher| bencher.iter(|| black_box(events(plan))));
        peaks.push((name, peak_memory()));
    };
    measure("office-hours".into(), &plan("office-hours", &[]));
    for instances in [1_000, 10_000, 100_000] {
        measure(format!("big-fleet of {instances}"), &fleet(instances));
    }
    group.finish();
    for (name, peak) in peaks {
        println!("peak memory up to and with {name}: {peak}");
    }
}

fn replicate(plan: &Plan, replications: u32, threads: usize) -> usize {
    let ties = TiePolicy::Fifo;
    let runs = Runs { seed: 1, replications: 0..replications, ties, threads, until_event: None };
    run_all(plan, &runs, |_| NoObserver).expect("no livelock").len()
}

/// Four replications of ten thousand instances on one thread and on two.
fn replications(criterion: &mut Criterion) {
    let plan = fleet(10_000);
    let mut group = criterion.benchmark_group("replications");
    group.sample_size(10).measurement_time(LONG).throughput(Throughput::Elements(4));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("threads", threads), |bencher| {
            bencher.iter(|| black_box(replicate(&plan, 4, threads)));
        });
    }
    group.finish();
}

/// Worlds as small as race hunts run them, with set-up shared, on two threads.
fn small_worlds(criterion: &mut Criterion) {
    const WORLDS: u32 = 1_000;
    let plan = plan("two-controllers", &[]);
    let mut group = criterion.benchmark_group("small worlds");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(WORLDS)));
    group.bench_function("two-controllers", |bencher| {
        bencher.iter(|| black_box(replicate(&plan, WORLDS, 2)));
    });
    group.finish();
}

/// Checking a scenario whose groups are the lines of a CSV.
fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parsing");
    group.sample_size(10);
    for lines in [1_000, 50_000u32] {
        let row = |n| format!("g{n},1,cn-hangzhou-h,ecs.g7.large\n");
        let csv = "name,count,zone,type\n".to_owned() + &(0..lines).map(row).collect::<String>();
        let scenario =
            text("big-fleet").replace("[region]", "[csv]\ngroup = \"fleet.csv\"\n[region]");
        let source = Memory::new().with("bench.toml", scenario).with("fleet.csv", csv);
        group.throughput(Throughput::Elements(u64::from(lines)));
        group.bench_function(BenchmarkId::new("lines", lines), |bencher| {
            bencher.iter(|| black_box(load("bench.toml", &source, &[]).is_ok()));
        });
        assert!(load("bench.toml", &source, &[]).is_ok(), "the fleet is in order");
    }
    group.finish();
}

/// Every fact of a run as a line of JSON, the run itself included.
fn output(criterion: &mut Criterion) {
    let plan = fleet(1_000);
    let mut group = criterion.benchmark_group("output");
    group.sample_size(10).throughput(Throughput::Elements(events(&plan)));
    group.bench_function("facts.ndjson", |bencher| {
        bencher.iter(|| {
            let mut log = FactLog::new(Names::new(&plan, 1, 0), sink());
            run(&plan, RUN, &mut log).expect("no livelock");
            log.end().expect("nothing fails");
        });
    });
    group.finish();
}

/// As the system accounts for it, where it does.
fn peak_memory() -> String {
    #[expect(clippy::disallowed_methods, reason = "the process's own accounting")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "not told by this system".into(), |kb| kb.trim().to_owned())
}

criterion_group!(benches, whole_model, replications, small_worlds, parsing, output);
criterion_main!(benches);
