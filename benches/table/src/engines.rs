//! Engines behind one function each: run a model from its first events for so many events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stopsim::engine::{Digest, FutureEventList, Identity, Phase, Source, TiePolicy};
use stopsim::units::{SimDuration, SimTime};

use crate::cascade::Cascade;
use crate::model::Model;

/// Whoever runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// stopsim's kernel.
    Stopsim,
    /// The bare best loop.
    Cascade,
    /// A bare loop on the standard library's heap.
    Heap,
    /// Another engine.
    #[cfg(feature = "peers")]
    Peer(crate::peers::Peer),
}

impl Engine {
    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Stopsim => "stopsim",
            Engine::Cascade => "bare best loop",
            Engine::Heap => "bare BinaryHeap",
            #[cfg(feature = "peers")]
            Engine::Peer(peer) => peer.name(),
        }
    }

    /// Runs a model from its first events for so many events; how long that took, without putting
    /// the first events in place.
    pub fn run<M: Model>(self, model: &mut M, first: &[(u64, u32)], events: u64) -> Duration {
        let mut began = Instant::now();
        let mut ready = || began = Instant::now();
        match self {
            Engine::Stopsim => stopsim(model, first, events, &mut ready),
            Engine::Cascade => cascade(model, first, events, &mut ready),
            Engine::Heap => heap(model, first, events, &mut ready),
            #[cfg(feature = "peers")]
            Engine::Peer(peer) => {
                let any = peer.run(model.to_any(), first, events, &mut ready);
                let took = began.elapsed();
                model.become_any(any);
                return took;
            }
        }
        began.elapsed()
    }
}

/// stopsim's kernel through its public API: phases, ties and the digest on.
fn stopsim(model: &mut impl Model, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) {
    let mut list: FutureEventList<u32> = FutureEventList::new(TiePolicy::Fifo);
    let mut digest = Digest::new();
    let source = Source { rank: 0, identity: Identity::of("bench", "source") };
    for &(at, event) in first {
        list.schedule(SimTime::from_micros(at), Phase::Ordinary, source, event);
    }
    ready();
    for _ in 0..events {
        let (now, event) = list.pop_before(SimTime::NEVER).expect("there is always a next event");
        digest.record(1, now, [u64::from(event)]);
        model.handle(now.as_micros(), event, &mut |delay, event| {
            let at = now + SimDuration::from_micros(delay);
            list.schedule(at, Phase::Ordinary, source, event);
        });
    }
    black_box(digest.value());
}

/// A bare `BinaryHeap` of (time, sequence, event): a lower bound of what engines build on it.
fn heap(model: &mut impl Model, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) {
    let mut sequence = 0u64;
    let mut heap: BinaryHeap<Reverse<(u64, u64, u32)>> = BinaryHeap::new();
    for &(at, event) in first {
        heap.push(Reverse((at, sequence, event)));
        sequence += 1;
    }
    ready();
    for _ in 0..events {
        let Reverse((now, _, event)) = heap.pop().expect("there is always a next event");
        model.handle(now, event, &mut |delay, event| {
            heap.push(Reverse((now + delay, sequence, event)));
            sequence += 1;
        });
    }
}

/// The bare best loop: a cascading slot queue of 8-byte events with exact FIFO ties.
fn cascade(model: &mut impl Model, first: &[(u64, u32)], events: u64, ready: &mut dyn FnMut()) {
    let mut list = Cascade::new(first.len() as u64);
    for &(at, event) in first {
        list.push(at, event);
    }
    ready();
    for _ in 0..events {
        let (now, event) = list.pop().expect("there is always a next event");
        model.handle(now, event, &mut |delay, event| list.push(now + delay, event));
    }
}
