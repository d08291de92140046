//! The future event list on the standard library's heap: slow, and too simple to be wrong.
//!
//! A build with the feature `reference-list` runs on it in place of the real one, so that whole
//! runs can be held against each other, in their bytes and in their time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::queue::{Phase, SCHEDULE_MAX, Source, TiePolicy};
use crate::units::SimTime;

/// What will happen, and what time it is now: the instant of the last event taken.
#[derive(Clone, Debug)]
pub struct ReferenceList<E> {
    ties: TiePolicy,
    now: SimTime,
    heap: BinaryHeap<Reverse<Entry<E>>>,
    scheduled: u64,
}

/// An event and what orders it.
#[derive(Clone, Debug)]
struct Entry<E> {
    order: (SimTime, Phase, u32, u64),
    event: E,
}

impl<E: Copy> ReferenceList<E> {
    /// Nothing to come, at time zero, and room for so many events.
    pub fn with_capacity(ties: TiePolicy, events: usize) -> ReferenceList<E> {
        let heap = BinaryHeap::with_capacity(events);
        ReferenceList { ties, now: SimTime::ZERO, heap, scheduled: 0 }
    }

    /// Promises `event` for the instant `at`, in `phase`, on behalf of `source`.
    ///
    /// # Panics
    /// If `at` is before now, or after [`SCHEDULE_MAX`].
    pub fn schedule(&mut self, at: SimTime, phase: Phase, source: Source, event: E) {
        assert!(at >= self.now, "time never goes back: {at} is before {}", self.now);
        assert!(at <= SCHEDULE_MAX, "146 000 years are enough, {at} is later");
        let order = (at, phase, self.ties.tie(source, at), self.scheduled);
        self.scheduled += 1;
        self.heap.push(Reverse(Entry { order, event }));
    }

    /// Takes the next event if it is strictly before `horizon`, and makes its instant now.
    pub fn pop_before(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        self.peek_time().filter(|next| *next < horizon)?;
        let Reverse(next) = self.heap.pop()?;
        self.now = self.now.max(next.order.0);
        Some((self.now, next.event))
    }

    /// When the next event is.
    pub fn peek_time(&self) -> Option<SimTime> {
        self.heap.peek().map(|Reverse(next)| next.order.0)
    }

    /// The events that come next, where that is known ahead: never here.
    pub fn moved_up(&mut self) -> Option<impl Iterator<Item = &E>> {
        None::<std::iter::Empty<&E>>
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Entry<E>) -> Ordering {
        self.order.cmp(&other.order)
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Entry<E>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Entry<E>) -> bool {
        self.order == other.order
    }
}

impl<E> Eq for Entry<E> {}
