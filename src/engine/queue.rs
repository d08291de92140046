//! The future event list: what will happen, in the order it will happen.
//!
//! Events leave in the order (time, phase, tie, sequence), which is total, so a run is one
//! sequence under every policy (`tests/it/differential.rs` holds it against a sorted list). It
//! never looks inside an event and never cancels one: a handler recognises a stale event itself.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Identity;
use crate::units::SimTime;

/// The last instant that can be scheduled: 146 000 years, because the phase shares its word.
pub const SCHEDULE_MAX: SimTime = SimTime::from_micros((1 << (64 - PHASE_BITS)) - 1);

const PHASE_BITS: u32 = 2;

/// The order that the model promises within one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// What happens to everybody: stock, other tenants, faults, prices.
    Environment,
    /// Work and calls.
    Ordinary,
    /// Who only looks: samples, checkpoints.
    Observer,
}

/// Where an event comes from; events of one source at one instant keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place in the scenario file, for [`TiePolicy::Reversed`]. Unlike sources of one phase
    /// should have unlike ranks; those that share one run in the order they were scheduled.
    pub rank: u32,
    /// The stable name, for [`TiePolicy::Seeded`].
    pub identity: Identity,
}

/// Who goes first when sources of one phase act at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TiePolicy {
    /// In the order they were scheduled.
    Fifo,
    /// Shuffled by a keyed XXH3 hash of (tie seed, source, time).
    Seeded(u64),
    /// By the source's rank in the file, last first.
    Reversed,
}

/// What will happen, and what time it is now: the instant of the last event taken.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    ties: TiePolicy,
    now: SimTime,
    // A u32 would wrap after 4.3 billion events and silently reverse ties; a million instances
    // making 100 events a day get there on simulated day 43.
    scheduled: u64,
    pending: BinaryHeap<Entry<E>>,
}

impl<E: Copy> FutureEventList<E> {
    /// Nothing to come, at time zero.
    pub fn new(ties: TiePolicy) -> FutureEventList<E> {
        FutureEventList { ties, now: SimTime::ZERO, scheduled: 0, pending: BinaryHeap::new() }
    }

    /// Promises `event` for the instant `at`, in `phase`, on behalf of `source`.
    ///
    /// `at` may be now. An event for an earlier phase of the present instant comes next, since
    /// what has already been taken cannot be undone.
    ///
    /// # Panics
    /// If `at` is before now, or after [`SCHEDULE_MAX`].
    pub fn schedule(&mut self, at: SimTime, phase: Phase, source: Source, event: E) {
        assert!(at >= self.now, "time never goes back: {at} is before {}", self.now);
        assert!(at <= SCHEDULE_MAX, "146 000 years are enough, {at} is later");
        let tie = self.ties.tie(source, at);
        let moment = at.as_micros() << PHASE_BITS | phase as u64;
        self.pending.push(Entry { moment, sequence: self.scheduled, tie, event });
        self.scheduled += 1;
    }

    /// Takes the next event if it is strictly before `horizon`, and makes its instant now.
    pub fn pop_before(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        if self.peek_time()? >= horizon {
            return None;
        }
        let entry = self.pending.pop()?;
        self.now = entry.at();
        Some((self.now, entry.event))
    }

    /// When the next event is.
    pub fn peek_time(&self) -> Option<SimTime> {
        self.pending.peek().map(Entry::at)
    }

    /// The instant of the last event taken; zero before the first.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are still to come.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl TiePolicy {
    fn tie(self, source: Source, at: SimTime) -> u32 {
        match self {
            TiePolicy::Fifo => 0,
            TiePolicy::Reversed => u32::MAX - source.rank,
            TiePolicy::Seeded(seed) => {
                let mut bytes = [0; 16];
                bytes[..8].copy_from_slice(&source.identity.word().to_le_bytes());
                bytes[8..].copy_from_slice(&at.as_micros().to_le_bytes());
                (xxh3_64_with_seed(&bytes, seed) >> 32) as u32
            }
        }
    }
}

/// 20 bytes and the event: millions of these wait.
#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// Time, and in the lowest bits the phase: one comparison decides almost always.
    moment: u64,
    sequence: u64,
    tie: u32,
    event: E,
}

const _: () = assert!(size_of::<Entry<[u32; 3]>>() == 32, "half a cache line per small event");
const _: () = assert!(size_of::<Entry<[u64; 2]>>() == 40, "at most 40 bytes per event");

impl<E> Entry<E> {
    fn at(&self) -> SimTime {
        SimTime::from_micros(self.moment >> PHASE_BITS)
    }

    fn order(&self) -> (u64, u32, u64) {
        (self.moment, self.tie, self.sequence)
    }
}

/// Reversed, because the standard heap gives the largest first.
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Entry<E>) -> Ordering {
        other.order().cmp(&self.order())
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Entry<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Entry<E>) -> bool {
        self.order() == other.order()
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests;
