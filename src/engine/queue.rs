//! The future event list: what will happen, in the order it will happen.
//!
//! Events leave in the order (time, phase, tie, sequence), which is total, so a run is one
//! sequence under every policy (`tests/it/differential.rs` holds it against a sorted list). It
//! never looks inside an event and never cancels one: a handler recognises a stale event itself.

mod slots;

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use slots::{Entry, First, Slots};

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
///
/// What is far ahead lies in coarse slots; what is next in a short sorted *run*; what is promised
/// for the moment being handled, or for one before what was looked at, in *near*. All three agree
/// on the order of events; of equal ones the run's are older than those in slots, and these than
/// those in near.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    ties: TiePolicy,
    now: SimTime,
    /// The moment of the last event taken: phase included.
    reached: u64,
    slots: Slots<E>,
    /// Sorted; taken up to `taken`.
    run: Vec<Entry<E>>,
    taken: usize,
    near: Near<E>,
}

/// A run is made longer only by entries of one moment: a longer one would cost too much to sort
/// another slot into.
const RUN_MAX: usize = 64;

impl<E: Copy> FutureEventList<E> {
    /// Nothing to come, at time zero.
    pub fn new(ties: TiePolicy) -> FutureEventList<E> {
        FutureEventList {
            ties,
            now: SimTime::ZERO,
            reached: 0,
            slots: Slots::new(),
            run: Vec::new(),
            taken: 0,
            near: Near::new(),
        }
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
        let entry = Entry { moment, tie, event };
        if moment > self.reached && self.slots.take_in(moment) {
            self.slots.put(entry);
        } else {
            self.near.put(entry);
        }
    }

    /// Takes the next event if it is strictly before `horizon`, and makes its instant now.
    pub fn pop_before(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        if self.peek_time()? >= horizon {
            return None;
        }
        let entry = self.take_next()?;
        self.reached = self.reached.max(entry.moment);
        self.now = at(entry.moment);
        Some((self.now, entry.event))
    }

    /// When the next event is.
    pub fn peek_time(&mut self) -> Option<SimTime> {
        self.settle();
        let (run, near) = (self.run.get(self.taken), self.near.first());
        let moments = [run, near].into_iter().flatten().map(|entry| entry.moment);
        moments.min().map(at)
    }

    /// The instant of the last event taken; zero before the first.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are still to come.
    pub fn len(&self) -> usize {
        self.slots.len() + self.run.len() - self.taken + self.near.len()
    }

    /// Whether nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sees to it that nothing in the slots comes before the first of the run and of near.
    fn settle(&mut self) {
        // Whatever is in slots comes after near.
        while self.near.is_empty()
            && let Some(first) = self.slots.first()
        {
            if self.run.get(self.taken).is_some_and(|head| head.moment < first.start) {
                return;
            }
            self.open(first);
        }
    }

    /// Sorts a slot into the run, or spreads it over finer ones.
    fn open(&mut self, first: First) {
        let waiting = self.run.len() - self.taken;
        if waiting + first.len > RUN_MAX && !first.is_one_moment() {
            return self.slots.spread(first);
        }
        self.run.drain(..self.taken);
        self.taken = 0;
        self.slots.take(first, &mut self.run);
        // Stable: the run's own entries are older.
        self.run.sort_by_key(Entry::order);
    }

    fn take_next(&mut self) -> Option<Entry<E>> {
        let head = self.run.get(self.taken).copied();
        match (head, self.near.first()) {
            (Some(head), Some(near)) if near.order() < head.order() => self.near.take(),
            (None, _) => self.near.take(),
            (Some(head), _) => {
                self.taken += 1;
                Some(head)
            }
        }
    }
}

const fn at(moment: u64) -> SimTime {
    SimTime::from_micros(moment >> PHASE_BITS)
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

/// What is promised for the moment being handled, for an earlier phase of its instant, or, after
/// a look at what comes next, for a moment before that.
///
/// What comes in order, as everything does under [`TiePolicy::Fifo`], stands in line; what does
/// not goes to a heap, with a number that keeps equal ones in order.
#[derive(Clone, Debug)]
struct Near<E> {
    line: VecDeque<Numbered<E>>,
    heap: BinaryHeap<Numbered<E>>,
    // A u32 would wrap after 4.3 billion events and silently reverse ties.
    numbered: u64,
}

#[derive(Clone, Copy, Debug)]
struct Numbered<E> {
    entry: Entry<E>,
    number: u64,
}

impl<E: Copy> Near<E> {
    fn new() -> Near<E> {
        Near { line: VecDeque::new(), heap: BinaryHeap::new(), numbered: 0 }
    }

    fn put(&mut self, entry: Entry<E>) {
        let new = Numbered { entry, number: self.numbered };
        self.numbered += 1;
        if self.line.back().is_none_or(|last| last.order() <= new.order()) {
            self.line.push_back(new);
        } else {
            self.heap.push(new);
        }
    }

    fn is_empty(&self) -> bool {
        self.line.is_empty() && self.heap.is_empty()
    }

    fn len(&self) -> usize {
        self.line.len() + self.heap.len()
    }

    /// Whether the heap's first comes before the line's.
    fn heap_is_next(&self) -> bool {
        match (self.line.front(), self.heap.peek()) {
            (Some(line), Some(heap)) => heap.order() < line.order(),
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    fn first(&self) -> Option<&Entry<E>> {
        let first = if self.heap_is_next() { self.heap.peek() } else { self.line.front() };
        first.map(|numbered| &numbered.entry)
    }

    fn take(&mut self) -> Option<Entry<E>> {
        let next = if self.heap_is_next() { self.heap.pop() } else { self.line.pop_front() };
        next.map(|numbered| numbered.entry)
    }
}

impl<E> Numbered<E> {
    const fn order(&self) -> (u64, u32, u64) {
        (self.entry.moment, self.entry.tie, self.number)
    }
}

/// Reversed, because the standard heap gives the largest first.
impl<E> Ord for Numbered<E> {
    fn cmp(&self, other: &Numbered<E>) -> Ordering {
        other.order().cmp(&self.order())
    }
}

impl<E> PartialOrd for Numbered<E> {
    fn partial_cmp(&self, other: &Numbered<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Numbered<E> {
    fn eq(&self, other: &Numbered<E>) -> bool {
        self.order() == other.order()
    }
}

impl<E> Eq for Numbered<E> {}

#[cfg(test)]
mod tests;
