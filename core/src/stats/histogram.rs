//! Latencies: how long what was due took, and how often it never happened.
//!
//! Counts sit in HdrHistogram's layout (1 µs to the limit, three significant digits, `u64`), so
//! memory is bounded and a quantile is off by less than 0.1 %
//! (`tests/it/differential.rs`). It never leaves out an item that was due: one that did not
//! finish is *censored* and counts as longer than any that did, or a fleet that never came up would
//! look fast.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::units::{Ratio, SimDuration};

/// The latencies of one kind of item. An empty one allocates nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    limit: SimDuration,
    spans: Counts,
    censored: u64,
    early: u64,
    already: u64,
    total_us: u128,
    shortest: SimDuration,
    longest: SimDuration,
}

/// The span that a share of the items did not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantile {
    /// The upper end of the bucket of the item at this rank, at most the longest span:
    /// never below the true value, and less than 0.1 % above it (spans beyond the limit apart).
    Value(SimDuration),
    /// The item at this rank had not finished: longer than anything, perhaps for ever.
    Censored,
    /// There was no item.
    Empty,
}

impl Latency {
    /// No item yet. Spans above `limit`, usually the horizon, are counted as `limit`.
    pub fn new(limit: SimDuration) -> Latency {
        Latency {
            limit,
            spans: Counts::default(),
            censored: 0,
            early: 0,
            already: 0,
            total_us: 0,
            shortest: SimDuration::from_micros(u64::MAX),
            longest: SimDuration::ZERO,
        }
    }

    /// An item that was due finished after `span`.
    pub fn record(&mut self, span: SimDuration) {
        self.spans.record(span.min(self.limit).as_micros());
        self.total_us += u128::from(span.as_micros());
        self.shortest = self.shortest.min(span);
        self.longest = self.longest.max(span);
    }

    /// An item finished before it was due, after work done for it: a span of zero.
    pub fn record_early(&mut self) {
        self.early += 1;
        self.record(SimDuration::ZERO);
    }

    /// An item was due and had not finished when its demand ended or the run did.
    pub fn record_censored(&mut self) {
        self.censored += 1;
    }

    /// An item was as it should be when it was due, with nothing to do: it has no rank.
    pub fn record_already(&mut self) {
        self.already += 1;
    }

    /// Items that were due: finished, censored or already satisfied.
    pub const fn due(&self) -> u64 {
        self.ranked() + self.already
    }

    /// Items that finished, early ones among them.
    pub const fn finished(&self) -> u64 {
        self.spans.total()
    }

    /// Items that had not finished when nobody waited any more.
    pub const fn censored(&self) -> u64 {
        self.censored
    }

    /// Items that finished before they were due.
    pub const fn early(&self) -> u64 {
        self.early
    }

    /// Items that needed nothing.
    pub const fn already(&self) -> u64 {
        self.already
    }

    /// Items that have a rank: finished and censored.
    pub const fn ranked(&self) -> u64 {
        self.finished() + self.censored
    }

    /// The sum of all finished spans in µs, exactly.
    pub const fn total_us(&self) -> u128 {
        self.total_us
    }

    /// The mean of the finished spans, halves of a µs rounded up, if any finished.
    pub fn mean(&self) -> Option<SimDuration> {
        let finished = u128::from(self.finished());
        let mean = (2 * self.total_us + finished).checked_div(2 * finished)?;
        let mean = u64::try_from(mean).expect("a mean is at most the longest span");
        Some(SimDuration::from_micros(mean))
    }

    /// The shortest finished span, exactly, if any finished.
    pub fn min(&self) -> Option<SimDuration> {
        (self.finished() > 0).then_some(self.shortest)
    }

    /// The longest finished span, exactly, if any finished.
    pub fn max(&self) -> Option<SimDuration> {
        (self.finished() > 0).then_some(self.longest)
    }

    /// The item at rank ⌈share × ranked⌉, counted from 1 (nearest rank; 0 means the first).
    ///
    /// A share above one is read as one.
    pub fn quantile(&self, share: Ratio) -> Quantile {
        let ranked = self.ranked();
        if ranked == 0 {
            return Quantile::Empty;
        }
        let rank = share.of_rounded_up(ranked).clamp(1, ranked);
        match self.buckets().find(|bucket| bucket.up_to >= rank) {
            Some(bucket) => Quantile::Value(bucket.highest.min(self.longest)),
            None => Quantile::Censored,
        }
    }

    /// Takes no more memory than its items need: nothing is recorded for a while.
    pub fn pack(&mut self) {
        self.spans.pack();
    }

    /// Adds all items of another, such as another replication's; any order gives the same.
    ///
    /// # Panics
    /// If the limits differ: they belong to different plans.
    pub fn merge(&mut self, other: &Latency) {
        assert_eq!(self.limit, other.limit, "latencies of one plan share one limit");
        self.spans.add(&other.spans);
        self.censored += other.censored;
        self.early += other.early;
        self.already += other.already;
        self.total_us += other.total_us;
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }

    /// The counts as the crate keeps them, an empty set if nothing finished.
    pub(super) fn to_histogram(&self) -> Histogram<u64> {
        self.spans.to_histogram(self.limit.as_micros())
    }

    /// Adds its finished items by span to bytes, packed; says how many bytes they are.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> usize {
        self.spans.append_to(bytes)
    }

    /// The buckets that hold finished items, shortest first.
    pub(super) fn buckets(&self) -> impl Iterator<Item = Bucket> + '_ {
        let mut up_to = 0;
        self.spans.recorded().map(move |(highest, count)| {
            up_to += count;
            Bucket { highest: SimDuration::from_micros(highest), up_to }
        })
    }
}

/// One bucket that holds something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// The longest span that is counted here.
    pub(super) highest: SimDuration,
    /// How many items are counted here and in all buckets below.
    pub(super) up_to: u64,
}

#[cfg(test)]
mod tests;
