//! The event list's own cost per event, beside a bare `BinaryHeap` loop in the same run: the hold
//! model, and a burst at one instant.
//!
//! Hold model (McCormack and Sargent, CACM 1981): so many events are pending; each one that is
//! handled schedules one more, an exponential time later, from one table for both loops. `own` is
//! the kernel through its public API: phases, ties and the digest on. `bare` is a heap of
//! (time, sequence, event) and nothing else: a lower bound, not a product.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use stopsim::engine::{
    Digest, Distribution, Draws, FutureEventList, Identity, Occasion, Phase, Purpose, Source,
    TiePolicy,
};
use stopsim::units::{SimDuration, SimTime};

const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
const EVENTS: u64 = 1_000_000;
const TABLE: usize = 1 << 16;

/// Increments, drawn beforehand.
fn increments() -> Vec<u64> {
    let draws = Draws::new(1, 0);
    let mean = SimDuration::from_secs(1);
    let gap = Distribution::exponential(mean).expect("a mean of one second");
    let who = Identity::of("bench", "hold");
    (0..TABLE as u64)
        .map(|n| draws.duration(who, Purpose(1), Occasion::number(n), 0, &gap).as_micros())
        .collect()
}

struct Own {
    list: FutureEventList<u32>,
    digest: Digest,
    source: Source,
    turn: usize,
}

impl Own {
    fn new(pending: u32, table: &[u64]) -> Own {
        let mut list = FutureEventList::new(TiePolicy::Fifo);
        let source = Source { rank: 0, identity: Identity::of("bench", "source") };
        for id in 0..pending {
            let at = SimTime::from_micros(table[id as usize % TABLE]);
            list.schedule(at, Phase::Ordinary, source, id);
        }
        Own { list, digest: Digest::new(), source, turn: 0 }
    }

    fn run(&mut self, table: &[u64], events: u64) -> u64 {
        for _ in 0..events {
            let (now, id) = self.list.pop_before(SimTime::NEVER).expect("the number is held");
            self.digest.record(1, now, [u64::from(id)]);
            let next = now + SimDuration::from_micros(table[self.turn]);
            self.turn = (self.turn + 1) % TABLE;
            self.list.schedule(next, Phase::Ordinary, self.source, id);
        }
        self.digest.value()
    }
}

struct Bare {
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    sequence: u64,
    turn: usize,
}

impl Bare {
    fn new(pending: u32, table: &[u64]) -> Bare {
        let entry = |id: u32| Reverse((table[id as usize % TABLE], u64::from(id), id));
        Bare { heap: (0..pending).map(entry).collect(), sequence: u64::from(pending), turn: 0 }
    }

    fn run(&mut self, table: &[u64], events: u64) -> u64 {
        let mut sum = 0u64;
        for _ in 0..events {
            let Reverse((now, _, id)) = self.heap.pop().expect("the number is held");
            sum = sum.wrapping_add(now ^ u64::from(id));
            self.heap.push(Reverse((now + table[self.turn], self.sequence, id)));
            self.turn = (self.turn + 1) % TABLE;
            self.sequence += 1;
        }
        sum
    }
}

fn hold(criterion: &mut Criterion) {
    let table = increments();
    let mut group = criterion.benchmark_group("hold");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(10);
    for size in SIZES {
        let (mut own, mut bare) = (Own::new(size, &table), Bare::new(size, &table));
        group.bench_function(BenchmarkId::new("own", size), |bencher| {
            bencher.iter(|| black_box(own.run(&table, EVENTS)));
        });
        group.bench_function(BenchmarkId::new("bare", size), |bencher| {
            bencher.iter(|| black_box(bare.run(&table, EVENTS)));
        });
    }
    group.finish();
}

/// So many requests due at one instant, each done a latency later.
fn burst(criterion: &mut Criterion) {
    const REQUESTS: u32 = 100_000;
    let table = increments();
    let latency = |id: u32| 20_000_000 + table[id as usize % TABLE];
    let begin = 68_400_000_000;
    let mut group = criterion.benchmark_group("burst");
    group.throughput(Throughput::Elements(u64::from(REQUESTS))).sample_size(10);
    group.bench_function("own", |bencher| {
        let source = Source { rank: 0, identity: Identity::of("bench", "source") };
        bencher.iter(|| {
            let mut list = FutureEventList::new(TiePolicy::Fifo);
            let at = SimTime::from_micros(begin);
            (0..REQUESTS).for_each(|id| list.schedule(at, Phase::Ordinary, source, id));
            while let Some((now, id)) = list.pop_before(SimTime::NEVER) {
                // Numbers beyond the requests: one is done.
                if id < REQUESTS {
                    let done = now + SimDuration::from_micros(latency(id));
                    list.schedule(done, Phase::Ordinary, source, id + REQUESTS);
                }
            }
            black_box(list.now())
        });
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| {
            let request = |id: u32| Reverse((begin, u64::from(id), id));
            let mut heap: BinaryHeap<_> = (0..REQUESTS).map(request).collect();
            let (mut last, mut sequence) = (begin, u64::from(REQUESTS));
            while let Some(Reverse((now, _, id))) = heap.pop() {
                last = now;
                if now == begin {
                    heap.push(Reverse((now + latency(id), sequence, id)));
                    sequence += 1;
                }
            }
            black_box(last)
        });
    });
    group.finish();
}

criterion_group!(benches, hold, burst);
criterion_main!(benches);
