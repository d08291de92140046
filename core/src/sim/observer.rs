//! Who watches a run, and how a run ends that does not let time go on.

use crate::fact::Fact;
use crate::property::Watch;
use crate::units::{SimDuration, SimTime};

/// Watches a run; what it sees cannot change the result.
pub trait Observer {
    /// Whether it wants facts at all: a run does not make them for nothing.
    const WANTS_FACTS: bool = true;
    /// A fact, in the order in which they happen.
    fn fact(&mut self, _at: SimTime, _fact: &Fact) {}
    /// The event of this number, from 1, is about to be handled.
    fn event(&mut self, _at: SimTime, _number: u64) {}
    /// Called every so many events with the time and the number of events handled.
    fn progress(&mut self, _at: SimTime, _events: u64) {}
}

impl<O: Observer> Observer for &mut O {
    const WANTS_FACTS: bool = O::WANTS_FACTS;

    #[inline]
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        (**self).fact(at, fact);
    }

    #[inline]
    fn event(&mut self, at: SimTime, number: u64) {
        (**self).event(at, number);
    }

    #[inline]
    fn progress(&mut self, at: SimTime, events: u64) {
        (**self).progress(at, events);
    }
}

/// A run that is held to properties and to nothing else.
impl Observer for Watch<'_> {
    #[inline]
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        Watch::fact(self, at, fact);
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    const WANTS_FACTS: bool = false;
}

/// How long a run of the same instant may be before it is called a livelock, per instance and
/// controller.
pub(super) const LIVELOCK_FACTOR: u64 = 1_000;

/// A model that does not let time go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("livelock at {at}: {events} events at one instant, most of them {most_frequent}")]
pub struct Livelock {
    /// When.
    pub at: SimTime,
    /// How many events it had handled at that instant.
    pub events: u64,
    /// Which kind of event was the most frequent.
    pub most_frequent: &'static str,
}

/// How far apart the calls of `Observer::progress` are, in events.
pub(super) const PROGRESS_EVERY: u64 = 1 << 16;

/// How far apart checkpoints are.
pub(super) const CHECKPOINT_EVERY: SimDuration = SimDuration::from_hours(1);
