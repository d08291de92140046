//! The bare stop/start cycle: a queue, a random number, a record of 64 bytes and a histogram, and
//! nothing of the model. Four events a cycle: asked to stop, stopped, asked to start, started.

use std::hint::black_box;
use std::time::Instant;

use crate::cascade::Cascade;

const HOUR: u64 = 3_600_000_000;

/// What a bare loop keeps of an instance: one line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Record {
    state: u32,
    cycles: u32,
    since: u64,
    billed: u64,
    random: u64,
}

/// Nanoseconds a cycle of so many instances, each with five cycles, twelve hours up and twelve
/// down, asked within half an hour.
pub fn bare(instances: u32) -> f64 {
    // A week is 40 bits of microseconds and two days more.
    let mut list = Cascade::new(u64::from(instances) / 10_000);
    let fresh = |id: u32| Record {
        state: 0,
        cycles: 0,
        since: 0,
        billed: 0,
        random: u64::from(id) << 32 | 1,
    };
    let mut records: Vec<Record> = (0..instances).map(fresh).collect();
    let quantiles: Vec<u64> = (0..=1024u64).map(|n| 15_000_000 + n * n * 40).collect();
    let mut counts = vec![0u64; 4096];
    for id in 0..instances {
        list.push(1 + u64::from(id) * HOUR / 2 / u64::from(instances), id);
    }
    let began = Instant::now();
    let mut done = 0u64;
    while let Some((now, id)) = list.pop() {
        let record = &mut records[id as usize];
        record.random = record.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let place = (record.random >> 54) as usize;
        let within = record.random >> 44 & 1023;
        let (low, high) = (quantiles[place], quantiles[place + 1]);
        let latency = low + (high - low) * within / 1024;
        let asked = record.state & 1 == 0;
        if !asked {
            let took = now - record.since;
            counts[(took >> 14).min(4095) as usize] += 1;
        }
        record.billed += now - record.since;
        record.since = now;
        record.state = (record.state + 1) & 3;
        if record.state == 0 {
            record.cycles += 1;
            done += 1;
        }
        if record.cycles < 5 {
            list.push(now + if asked { latency } else { 12 * HOUR - latency }, id);
        }
    }
    black_box((&counts, &records));
    began.elapsed().as_nanos() as f64 / done as f64
}
