//! When instances are wanted: the yardstick, apart from who acts.
//!
//! A *demand* says for a set of instances when they are wanted; an *edge* is an instant at
//! which that changes; an *occasion* is one such edge, named by its civil date and ordinal, so
//! that a skipped Friday leaves every other day's luck alone; *due* is the edge itself, before
//! any stagger, jitter or lead. Nothing here sends a call: controllers act, and never define
//! what is wanted.

pub mod calendar;
pub mod path;
pub mod poisson;
pub mod recurring;

mod civil;
mod clock;
mod days;

use std::ops::Range;

use crate::engine::{Identity, Occasion};
use crate::units::{SimDuration, SimTime};
use clock::{CivilClock, Zone};

/// One `[[demand]]`: which instances, and when they are wanted.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// Ranges of instance ids, ascending and disjoint.
    pub instances: Vec<Range<u32>>,
    /// Whether the instances are wanted from time 0 on.
    pub initially: bool,
    /// Changes, ascending in time, each differing from the one before, none at time 0.
    pub edges: Vec<Edge>,
}

/// An instant at which what is wanted changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The instant.
    pub at: SimTime,
    /// Whether the instances are wanted from here on.
    pub wanted: bool,
    /// Civil date in the demand's time zone, in days since 1970-01-01.
    pub day: i32,
    /// The ordinal of the edge on that civil date, from 0.
    pub ordinal: u32,
}

impl Edge {
    /// What the draws that belong to this edge are keyed with.
    pub fn occasion(&self) -> Occasion {
        Occasion::on(self.day, self.ordinal)
    }
}

/// A change of what is wanted before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastEdge {
    /// How long before time 0; zero is at it.
    pub ago: SimDuration,
    /// Whether it was wanted from there on.
    pub wanted: bool,
}

/// Time during which something is wanted, half-open, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    to: i64,
}

/// Whether the first instant is within one of these disjoint ascending spans, and the edges
/// after it and before the horizon, dated and counted by the civil dates of `zone`.
fn edges_of_spans(
    spans: &[Span],
    zone: &Zone,
    clock: &CivilClock,
    horizon: SimTime,
) -> (bool, Vec<Edge>) {
    let mut initially = false;
    let mut edges: Vec<Edge> = Vec::new();
    let mut dated = (i32::MIN, 0);
    for (micros, wanted) in spans.iter().flat_map(|span| [(span.from, true), (span.to, false)]) {
        let day = zone.split(micros).0;
        let ordinal = if dated.0 == day { dated.1 } else { 0 };
        dated = (day, ordinal + 1);
        match clock.instant(micros) {
            None | Some(SimTime::ZERO) => initially = wanted,
            Some(at) if at < horizon => edges.push(Edge { at, wanted, day, ordinal }),
            Some(_) => break,
        }
    }
    (initially, edges)
}
