//! The kernel: the hold model, a burst at one instant, and a station whose wait theory knows.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use stopsim::engine::{FutureEventList, Identity, Phase, Source, TiePolicy};
use stopsim::units::{SimDuration, SimTime};

use crate::engines::Engine;
use crate::model::{Hold, Station, erlang_c_wait};
use crate::table::{Goal, line, medians, nanos};

/// Every engine there is, stopsim first.
fn engines() -> Vec<Engine> {
    #[allow(unused_mut, reason = "without other engines the list is whole")]
    let mut all = vec![Engine::Stopsim, Engine::Cascade, Engine::Heap];
    #[cfg(feature = "peers")]
    all.extend(crate::peers::Peer::ALL.map(Engine::Peer));
    all
}

/// The least that stopsim is to be faster than an engine by.
fn lead(engine: Engine, pending: u32) -> Goal {
    let goals = match engine.name() {
        "nexosim 1.0.0" => [(1_000, 7.0), (1_000_000, 30.0)],
        "simcore 0.1.0" => [(1_000, 2.5), (1_000_000, 20.0)],
        _ => return Goal::None,
    };
    let goal = goals.iter().find(|(size, _)| *size == pending);
    goal.map_or(Goal::None, |(_, least)| Goal::AtLeast(*least))
}

/// The hold model at several numbers of pending events.
pub fn hold(table: &Arc<[u64]>, sizes: &[u32], events: u64) {
    let mut own = Vec::new();
    for &pending in sizes {
        let engines = engines();
        let run = |engine: Engine| {
            let mut hold = Hold::new(table);
            let first = hold.first(pending);
            let took = engine.run(&mut hold, &first, events);
            black_box(hold.sum);
            took.as_nanos() as f64 / hold.handled as f64
        };
        let mut runs: Vec<_> = engines.iter().map(|&engine| move || run(engine)).collect();
        let mut each: Vec<&mut dyn FnMut() -> f64> = Vec::new();
        each.extend(runs.iter_mut().map(|one| one as &mut dyn FnMut() -> f64));
        let taken = medians(&mut each);
        own.push(taken[0]);
        let what = format!("hold, {pending} pending: stopsim");
        line(&what, &nanos(taken[0]), "× bare best loop", taken[0] / taken[1], Goal::AtMost(2.0));
        for (&engine, &took) in engines.iter().zip(&taken).skip(1) {
            let what = format!("hold, {pending} pending: {}", engine.name());
            line(&what, &nanos(took), "÷ stopsim", took / taken[0], lead(engine, pending));
        }
    }
    if let (Some(first), Some(last)) = (own.first(), own.last()) {
        let goal = if sizes.last() == Some(&1_000_000) { Goal::AtMost(1.6) } else { Goal::None };
        line(
            "hold: the largest size against the smallest",
            "",
            "× the smallest",
            last / first,
            goal,
        );
    }
}

/// So many requests due at one instant, each done a latency later.
pub fn burst(table: &Arc<[u64]>, instances: u32) {
    let latency = |id: u32| 20_000_000 + table[id as usize % table.len()];
    let begin = 68_400_000_000u64;
    let per = |began: Instant| began.elapsed().as_nanos() as f64 / f64::from(instances);
    let mut own = || {
        let source = Source { rank: 0, identity: Identity::of("bench", "source") };
        let began = Instant::now();
        let mut list = FutureEventList::new(TiePolicy::Fifo);
        let at = SimTime::from_micros(begin);
        (0..instances).for_each(|id| list.schedule(at, Phase::Ordinary, source, id));
        let mut done = 0u64;
        while let Some((now, event)) = list.pop_before(SimTime::NEVER) {
            // Numbers beyond the instances: one is done.
            if event >= instances {
                done = done.wrapping_mul(31).wrapping_add(now.as_micros());
            } else {
                let at = now + SimDuration::from_micros(latency(event));
                list.schedule(at, Phase::Ordinary, source, event + instances);
            }
        }
        black_box(done);
        per(began)
    };
    let mut sorted = || {
        let began = Instant::now();
        let mut run: Vec<u64> =
            (0..instances).map(|id| (begin + latency(id)) << 24 | u64::from(id)).collect();
        run.sort_unstable();
        let done = run.iter().fold(0u64, |sum, at| sum.wrapping_mul(31).wrapping_add(at >> 24));
        black_box(done);
        per(began)
    };
    let mut heap = || {
        use std::cmp::Reverse;
        let began = Instant::now();
        let mut heap = std::collections::BinaryHeap::new();
        (0..instances).for_each(|id| heap.push(Reverse((begin, u64::from(id), id))));
        let (mut done, mut sequence) = (0u64, u64::from(instances));
        while let Some(Reverse((now, _, id))) = heap.pop() {
            if now == begin {
                heap.push(Reverse((now + latency(id), sequence, id)));
                sequence += 1;
            } else {
                done = done.wrapping_mul(31).wrapping_add(now);
            }
        }
        black_box(done);
        per(began)
    };
    let taken = medians(&mut [&mut own, &mut sorted, &mut heap]);
    let what = format!("burst, {instances} at one instant: stopsim");
    line(&what, &nanos(taken[0]), "× a sorted run", taken[0] / taken[1], Goal::AtMost(3.0));
    let what = format!("burst, {instances} at one instant: BinaryHeap");
    line(&what, &nanos(taken[2]), "÷ stopsim", taken[2] / taken[0], Goal::AtLeast(8.0));
}

/// The mean wait of M/M/100 at a load of 0.9: every engine must find what theory says.
///
/// # Panics
/// If an engine's wait differs from stopsim's, or stopsim's from theory by more than a twentieth.
pub fn station(table: &Arc<[u64]>, customers: u64) {
    let theory = erlang_c_wait();
    let mut first_wait = None;
    for engine in engines() {
        let mut station = Station::new(table);
        let first = station.first();
        engine.run(&mut station, &first, 2 * customers);
        let wait = station.waited as f64 / station.served as f64 / 1_000_000.0;
        let what = format!("M/M/100, load 0.9, mean wait: {}", engine.name());
        line(&what, &format!("{wait:.4}"), "× Erlang C", wait / theory, Goal::None);
        let own = *first_wait.get_or_insert(wait);
        assert!((wait - own).abs() < 1e-3 * own, "{} finds another wait", engine.name());
    }
}
