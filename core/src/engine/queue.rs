//! The future event list: what will happen, in the order it will happen.
//!
//! Events leave in the order (time, phase, tie, sequence), which is total, so a run is one
//! sequence under every policy (`tests/it/differential.rs` holds it against a sorted list). It
//! never looks inside an event and never cancels one: a handler recognises a stale event itself.

mod slots;

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use slots::{Entry, Slots};

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
/// What is far ahead lies in coarse slots; what is next in a *run*, sorted. A run covers all that
/// is before `open_until`; what is promised for a moment that it covers is sorted into it, or, if
/// too many would have to make room, put *near*. Of equal events the run's are older than those
/// near, and no slot holds one that either of them covers.
#[derive(Clone, Debug)]
pub struct FutureEventList<E> {
    ties: TiePolicy,
    now: SimTime,
    slots: Slots<E>,
    /// What comes next stands last.
    run: Vec<Entry<E>>,
    open_until: u64,
    /// Whether the run was filled since somebody asked.
    filled: bool,
    near: Near<E>,
    /// So many near are too many.
    crowd: usize,
    sorting: Sorting<E>,
}

/// A slot of more entries is spread over finer ones: sorting them at once would cost more.
const RUN_MAX: usize = 128;
/// Where much is to come, longer runs cost less than many slots of few entries each; what is
/// promised soon rarely falls into them.
const LONG_RUN_MAX: usize = 1024;
/// How many times as much must be to come.
const LONG_RUN_OF: usize = 32;
/// A run that is shorter takes the next slot in as well.
const RUN_MIN: usize = 16;
/// So many entries of a run make room for another one.
const ROOM_MAX: usize = 64;
/// So many near, out of order, make the run cover less.
const CROWD: usize = 64;

impl<E: Copy> FutureEventList<E> {
    /// Nothing to come, at time zero.
    pub fn new(ties: TiePolicy) -> FutureEventList<E> {
        FutureEventList::with_capacity(ties, 0)
    }

    /// The same, with room for so many events: memory that is not used is only promised.
    pub fn with_capacity(ties: TiePolicy, events: usize) -> FutureEventList<E> {
        FutureEventList {
            ties,
            now: SimTime::ZERO,
            slots: Slots::with_capacity(events),
            run: Vec::new(),
            open_until: 0,
            filled: false,
            near: Near::new(),
            crowd: CROWD,
            sorting: Sorting::new(),
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
        if moment >= self.open_until {
            self.slots.put(entry);
        } else {
            self.put_close(entry);
        }
    }

    /// Puts an entry among those that come next.
    #[inline(never)]
    fn put_close(&mut self, entry: Entry<E>) {
        let soonest = self.run.len().saturating_sub(ROOM_MAX);
        let room = self.run[soonest..].partition_point(|other| other.order() > entry.order());
        if self.near.is_empty() && (room > 0 || soonest == 0) {
            self.run.insert(soonest + room, entry);
            return;
        }
        self.near.put(entry);
        if self.near.heap.len() >= self.crowd {
            self.put_back();
        }
    }

    /// The run was filled when little was to come, and now much is promised for the time that it
    /// covers: from here on it covers the present instant only, and slots have the rest.
    #[inline(never)]
    fn put_back(&mut self) {
        let next = (self.now.as_micros() + 1) << PHASE_BITS;
        let from = next.max(self.slots.base());
        // What comes next stands last: those that go are the first.
        let going = self.run.partition_point(|entry| entry.moment >= from);
        let is_part = going > 0 && self.run[0].moment >= self.open_until;
        let mut back: Vec<Entry<E>> = self.run.drain(..going).rev().collect();
        if let Some(crowd) = self.slots.first().filter(|_| is_part) {
            // Of a crowd of one moment the run had a part only: the rest goes behind that part.
            self.slots.take(crowd, &mut back);
        }
        back.into_iter().for_each(|entry| self.slots.put(entry));
        for entry in self.near.take_all() {
            if entry.moment >= from {
                self.slots.put(entry);
            } else {
                self.near.put(entry);
            }
        }
        self.open_until = self.open_until.min(from);
        // Those of one instant stay: there is no use in trying again before there are many more.
        self.crowd = CROWD.max(2 * self.near.heap.len());
    }

    /// Takes the next event if it is strictly before `horizon`, and makes its instant now.
    #[inline(always)]
    pub fn pop_before(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        let near_is_next = self.find_next();
        let next = if near_is_next { self.near.first() } else { self.run.last() };
        if at(next?.moment) >= horizon {
            return None;
        }
        let entry = if near_is_next { self.near.take() } else { self.run.pop() };
        let entry = entry.expect("what was looked at is there");
        // An event for an earlier phase of an instant that has begun does not turn time back.
        self.now = self.now.max(at(entry.moment));
        Some((self.now, entry.event))
    }

    /// When the next event is.
    pub fn peek_time(&mut self) -> Option<SimTime> {
        let next = if self.find_next() { self.near.first() } else { self.run.last() };
        next.map(|entry| at(entry.moment))
    }

    /// The instant of the last event taken; zero before the first.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events are still to come.
    pub fn len(&self) -> usize {
        self.slots.len() + self.run.len() + self.near.len()
    }

    /// Whether nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The events that come next, soonest first, once each time that new ones have moved up: who
    /// reads what they are about before it handles the first of them waits for memory only once.
    pub fn moved_up(&mut self) -> Option<impl Iterator<Item = &E>> {
        let run = &self.run;
        std::mem::take(&mut self.filled).then(|| run.iter().rev().map(|entry| &entry.event))
    }

    /// Fills the run if nothing else comes next; whether what is next stands near.
    #[inline(always)]
    fn find_next(&mut self) -> bool {
        if !self.near.is_empty() {
            return self.near_is_next();
        }
        if self.run.is_empty() {
            self.fill();
        }
        false
    }

    #[inline(never)]
    fn near_is_next(&self) -> bool {
        match (self.near.first(), self.run.last()) {
            (Some(near), Some(run)) => near.order() < run.order(),
            (near, _) => near.is_some(),
        }
    }

    /// Fills the run, which is empty, with what comes first in the slots.
    #[inline(never)]
    fn fill(&mut self) {
        let mut in_order = true;
        let most = (self.slots.len() / LONG_RUN_OF).clamp(RUN_MAX, LONG_RUN_MAX);
        while self.run.len() < RUN_MIN
            && let Some(first) = self.slots.first()
        {
            let fits = self.run.len() + first.len <= most;
            if first.is_one_moment() && self.ties == TiePolicy::Fifo {
                // In order as it is; what is promised for this moment stands behind the rest.
                self.slots.take_some(first, RUN_MAX, &mut self.run);
                self.open_until = if fits { first.end() } else { first.start };
            } else if fits || (first.is_one_moment() && self.run.is_empty()) {
                in_order = false;
                self.slots.take(first, &mut self.run);
                self.open_until = first.end();
            } else if self.run.is_empty() {
                self.slots.spread(first);
            } else {
                break;
            }
        }
        if in_order {
            self.run.reverse();
        } else {
            self.sorting.sort(&mut self.run);
        }
        self.filled = true;
    }
}

/// Sorts runs by short keys, and keeps the memory that this takes.
#[derive(Clone, Debug)]
struct Sorting<E> {
    keys: Vec<u64>,
    entries: Vec<Entry<E>>,
}

impl<E: Copy> Sorting<E> {
    fn new() -> Sorting<E> {
        Sorting { keys: Vec::new(), entries: Vec::new() }
    }

    /// Sorts entries that stand in the order they came, what comes first last.
    fn sort(&mut self, run: &mut Vec<Entry<E>>) {
        let (mut least, mut most, mut ties) = (u64::MAX, 0, 0);
        for entry in &*run {
            least = least.min(entry.moment);
            most = most.max(entry.moment);
            ties |= entry.tie;
        }
        let (places, ties) = (bits(run.len() as u64), bits(u64::from(ties)));
        if bits(most.saturating_sub(least)) + ties + places > u64::BITS {
            run.reverse();
            run.sort_by_key(|entry| std::cmp::Reverse(entry.order()));
            return;
        }
        let key = |(place, entry): (usize, &Entry<E>)| {
            ((entry.moment - least) << ties | u64::from(entry.tie)) << places | place as u64
        };
        self.keys.clear();
        self.keys.extend(run.iter().enumerate().map(key));
        self.keys.sort_unstable();
        std::mem::swap(run, &mut self.entries);
        run.clear();
        let place = |key: &u64| (key & ((1 << places) - 1)) as usize;
        run.extend(self.keys.iter().rev().map(|key| self.entries[place(key)]));
    }
}

/// How many bits a number takes.
const fn bits(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

const fn at(moment: u64) -> SimTime {
    SimTime::from_micros(moment >> PHASE_BITS)
}

impl TiePolicy {
    pub(super) fn tie(self, source: Source, at: SimTime) -> u32 {
        match self {
            TiePolicy::Fifo => 0,
            TiePolicy::Reversed => u32::MAX - source.rank,
            TiePolicy::Seeded(seed) => {
                let both = [source.identity.word().to_le_bytes(), at.as_micros().to_le_bytes()];
                (xxh3_64_with_seed(both.as_flattened(), seed) >> 32) as u32
            }
        }
    }
}

/// What is promised for a moment that the run covers, when the run cannot make room for it.
///
/// What comes in order stands in line; what does not goes to a heap, with a number that keeps
/// equal ones in order.
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
        if self.is_empty() {
            return None;
        }
        let first = if self.heap_is_next() { self.heap.peek() } else { self.line.front() };
        first.map(|numbered| &numbered.entry)
    }

    /// Takes all, in the order they were put.
    fn take_all(&mut self) -> impl Iterator<Item = Entry<E>> + use<E> {
        let mut all: Vec<Numbered<E>> = self.line.drain(..).chain(self.heap.drain()).collect();
        all.sort_unstable_by_key(|numbered| numbered.number);
        all.into_iter().map(|numbered| numbered.entry)
    }

    #[inline(never)]
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
