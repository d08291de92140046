//! Whole runs of shipped scenarios: time, events per second, and peak memory of the process.
//!
//! `office-hours` is one replication of the README's scenario; `big-fleet` is 100 000 instances
//! for a week. Both go through the public API, laws and digest on.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stopsim::engine::TiePolicy;
use stopsim::scenario::{Memory, load};
use stopsim::world::plan::Plan;
use stopsim::world::{NoObserver, RunId, run};

const RUN: RunId = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };

fn plan(name: &str) -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let path = format!("{name}.toml");
    #[expect(clippy::disallowed_methods, reason = "a bench reads the project's own scenarios")]
    let text = std::fs::read_to_string(folder.join(&path)).expect("a shipped scenario");
    let source = Memory::new().with(path.clone(), text);
    match load(&path, &source, &[]) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

fn events(plan: &Plan) -> u64 {
    run(plan, RUN, &mut NoObserver).expect("no livelock").events.handled
}

fn whole_model(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("world");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    let mut peaks = BTreeMap::new();
    for name in ["office-hours", "big-fleet"] {
        let plan = plan(name);
        group.throughput(Throughput::Elements(events(&plan)));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(events(&plan))));
        peaks.insert(name, peak_memory());
    }
    group.finish();
    for (name, peak) in peaks {
        println!("peak memory up to and with {name}: {peak}");
    }
}

/// As the system accounts for it, where it does.
fn peak_memory() -> String {
    #[expect(clippy::disallowed_methods, reason = "the process's own accounting")]
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "not told by this system".into(), |kb| kb.trim().to_owned())
}

criterion_group!(benches, whole_model);
criterion_main!(benches);
