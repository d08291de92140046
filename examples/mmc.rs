//! The kernel by itself: a queue with `c` servers, and Erlang's formula beside it.
//!
//! `cargo run --example mmc`

use std::collections::VecDeque;

use stopsim::engine::{
    Distribution, DistributionError, Draws, FutureEventList, Identity, Occasion, Phase, Purpose,
    Source, TiePolicy,
};
use stopsim::stats::{Interval, Tally};
use stopsim::units::{Ratio, SimDuration, SimTime};

const CUSTOMERS: u32 = 50_000;
const WARM_UP: u32 = 5_000;
const ARRIVAL: Purpose = Purpose(1);
const SERVICE: Purpose = Purpose(2);

#[derive(Clone, Copy)]
enum Event {
    Arrived { customer: u32 },
    Served,
}

fn main() -> Result<(), DistributionError> {
    println!("servers  load  simulated wait (95 % interval)     Erlang C");
    for (servers, load) in [(1, 0.5), (2, 1.6), (4, 3.2), (10, 9.0)] {
        let waits = (0..10)
            .map(|replication| simulate(servers, load, replication))
            .collect::<Result<Vec<f64>, _>>()?;
        let micros: Vec<i128> =
            waits.iter().map(|seconds| (seconds * 1e6).round() as i128).collect();
        let wait = Interval::of_mean(&micros, Ratio::new(95, 100)).expect("ten replications");
        let theory = erlang_c(servers, load) / (f64::from(servers) - load);
        let [mean, low, high] = [wait.mean, wait.low, wait.high].map(|micros| micros / 1e6);
        println!("{servers:>7} {load:>5.1}  {mean:>9.4} s ({low:.4} … {high:.4}) {theory:>10.4} s");
    }
    Ok(())
}

/// The mean wait in seconds; a service takes one second on average.
fn simulate(servers: u32, load: f64, replication: u32) -> Result<f64, DistributionError> {
    let between = Distribution::exponential(SimDuration::from_micros((1e6 / load) as u64))?;
    let service = Distribution::exponential(SimDuration::from_secs(1))?;
    let draws = Draws::new(1, replication);
    let station = Identity::of("station", "counter");
    let source = Source { rank: 0, identity: station };
    let span = |purpose, customer: u32, takes: &Distribution| {
        draws.duration(station, purpose, Occasion::number(u64::from(customer)), 0, takes)
    };

    let mut list = FutureEventList::new(TiePolicy::Fifo);
    let mut waiting: VecDeque<(u32, SimTime)> = VecDeque::new();
    let mut idle = servers;
    let mut waits = Tally::EMPTY;
    let first = SimTime::ZERO + span(ARRIVAL, 0, &between);
    list.schedule(first, Phase::Ordinary, source, Event::Arrived { customer: 0 });
    while let Some((now, event)) = list.pop_before(SimTime::NEVER) {
        match event {
            Event::Arrived { customer } => {
                waiting.push_back((customer, now));
                let next = customer + 1;
                if next < CUSTOMERS {
                    let at = now + span(ARRIVAL, next, &between);
                    list.schedule(at, Phase::Ordinary, source, Event::Arrived { customer: next });
                }
            }
            Event::Served => idle += 1,
        }
        if idle > 0
            && let Some((customer, came)) = waiting.pop_front()
        {
            idle -= 1;
            if customer >= WARM_UP {
                waits.record((now - came).as_micros());
            }
            let done = now + span(SERVICE, customer, &service);
            list.schedule(done, Phase::Ordinary, source, Event::Served);
        }
    }
    Ok(waits.sum() as f64 / waits.count() as f64 / 1e6)
}

/// The share of customers who wait, from Erlang's loss formula.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let lost = (1..=servers).fold(1.0, |lost, n| load * lost / (f64::from(n) + load * lost));
    let utilisation = load / f64::from(servers);
    lost / (1.0 - utilisation * (1.0 - lost))
}
