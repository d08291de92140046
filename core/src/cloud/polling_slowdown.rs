//! Polling that slows what is polled: status calls stretch stops and starts under way.
//!
//! Source: cb-spider #1573, a third party's measurement in Tokyo, 2025-09: 48 parallel starts
//! took 38 s, and 64 s while every one of them was polled; 96 took 39 s, and 72 s. *Assumed*:
//! that it is the rate of the calls that counts, that it slows every transition alike, and the
//! shape: a transition takes `max_delay` × rate ÷ (rate + `half_rate_per_minute`) longer, the rate
//! being that of all status calls answered while it ran. Off unless the scenario says so.

use crate::ecs::id::InstanceId;
use crate::ecs::region::Work;
use crate::units::{SimDuration, SimTime};

use super::Cloud;
use super::plan::PollLoad;

const MICROS_PER_MINUTE: u128 = 60_000_000;

/// What is needed to tell how much longer each instance's work takes.
#[derive(Clone, Debug)]
pub(super) struct PollingSlowdown {
    load: Option<PollLoad>,
    /// By instance; empty when polling slows nothing.
    works: Vec<Begun>,
}

/// The latest work of an instance.
#[derive(Clone, Copy, Debug)]
struct Begun {
    at: SimTime,
    takes: SimDuration,
    /// Status calls answered before it.
    calls: u64,
}

impl PollingSlowdown {
    pub(super) fn new(load: Option<PollLoad>, instances: usize) -> PollingSlowdown {
        let none = Begun { at: SimTime::ZERO, takes: SimDuration::ZERO, calls: 0 };
        PollingSlowdown { load, works: vec![none; if load.is_some() { instances } else { 0 }] }
    }
}

impl PollLoad {
    /// By how much so many calls in such a time stretch a transition.
    fn stretch(self, calls: u64, within: SimDuration) -> SimDuration {
        let called = u128::from(calls) * MICROS_PER_MINUTE;
        let whole = called + u128::from(self.half_rate_per_minute) * u128::from(within.as_micros());
        if whole == 0 {
            return SimDuration::ZERO;
        }
        let micros = u128::from(self.max_delay.as_micros()) * called / whole;
        SimDuration::from_micros(u64::try_from(micros).expect("at most as much as `max_delay`"))
    }
}

impl Cloud<'_> {
    /// Work begins that would take so long if nobody polled.
    pub(super) fn stretch_from(&mut self, now: SimTime, instance: InstanceId, takes: SimDuration) {
        let begun = Begun { at: now, takes, calls: self.status_calls };
        if let Some(work) = self.polling_slowdown.works.get_mut(instance.index()) {
            *work = begun;
        }
    }

    /// Until when work that should be done by now is held up by polling, if it is.
    #[inline(always)]
    pub(super) fn slowed_until(&self, now: SimTime, work: Work) -> Option<SimTime> {
        let load = self.polling_slowdown.load?;
        if !self.region.is_current(work) {
            return None;
        }
        let begun = self.polling_slowdown.works[work.instance.index()];
        let calls = self.status_calls - begun.calls;
        let more = load.stretch(calls, now.since(begun.at));
        let until = begun.at.saturating_add(begun.takes).saturating_add(more);
        Some(until).filter(|until| *until > now)
    }
}
