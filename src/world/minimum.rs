//! The shortest time that a billing cycle is billed for, by knob also where an economical stop
//! ends billing and not a release.
//!
//! Kept per instance and for the cycle it is in only: how long it was billed in that cycle, and
//! whether billing ended in it. What lies before the end of the warm-up is not looked at.

use crate::ecs::commitment::minimum_duration;
use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::knob::MinimumDurationScope;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::units::SimTime;
use crate::units::time::MICROS_PER_HOUR;

use super::World;
use super::fact::Observer;
use super::plan::Plan;

/// Every instance's present cycle; empty unless the knob asks for it.
#[derive(Clone, Debug)]
pub(super) struct Minimum {
    lead: u64,
    tails: Vec<Tail>,
}

/// One instance in the cycle it is in.
#[derive(Clone, Copy, Debug, Default)]
struct Tail {
    cycle: u64,
    billed: u64,
    ended: bool,
}

impl Minimum {
    pub(super) fn new(plan: &Plan) -> Minimum {
        let instances = match plan.region.knobs.minimum_duration_scope {
            MinimumDurationScope::ReleaseOnly => 0,
            MinimumDurationScope::AnyCycle => plan.region.instance_count() as usize,
        };
        let lead = plan.clock.since_full_hour_utc().as_micros();
        Minimum { lead, tails: vec![Tail::default(); instances] }
    }

    /// Forgets what was before the window.
    pub(super) fn restart(&mut self) {
        self.tails.fill(Tail::default());
    }

    /// Notes a span of an instance; what cycles that it left behind were too short by, in µs.
    fn book(
        &mut self,
        instance: InstanceId,
        billed: bool,
        shortest: u64,
        (from, to): (SimTime, SimTime),
    ) -> u64 {
        let Some(tail) = self.tails.get_mut(instance.index()) else { return 0 };
        let (begin, end) = (from.as_micros() + self.lead, to.as_micros() + self.lead);
        let mut short = 0;
        let (first, last) = (begin / MICROS_PER_HOUR, end / MICROS_PER_HOUR);
        if tail.cycle != first {
            short += tail.missing(shortest);
            *tail = Tail { cycle: first, ..Tail::default() };
        }
        if !billed {
            tail.ended = tail.billed > 0;
            if last > first {
                short += tail.missing(shortest);
                *tail = Tail { cycle: last, ..Tail::default() };
            }
            return short;
        }
        tail.billed += end.min((first + 1) * MICROS_PER_HOUR) - begin;
        if last > first {
            short += tail.missing(shortest);
            *tail = Tail { cycle: last, billed: end % MICROS_PER_HOUR, ended: false };
        }
        short
    }
}

impl Tail {
    fn missing(self, shortest: u64) -> u64 {
        match self.ended && self.billed > 0 {
            true => shortest.saturating_sub(self.billed),
            false => 0,
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// Notes the span that an instance spent as it was billed until now.
    pub(super) fn book_minimum(
        &mut self,
        instance: InstanceId,
        kind: usize,
        state: BilledState,
        from: SimTime,
    ) {
        if self.minimum.tails.is_empty() {
            return;
        }
        let region = &self.plan.region;
        let billed = is_billed(Component::Compute, state, &region.knobs);
        let row = region.kind(KindId::at(kind));
        let shortest = minimum_duration(region.types[row.instance_type.index()].vcpus);
        let short = self.minimum.book(instance, billed, shortest, (from, self.now));
        self.out.ledger.add_short(kind, short);
    }

    /// The run is over: every cycle that is still open is looked at.
    pub(super) fn close_minimum(&mut self) {
        for place in 0..self.minimum.tails.len() {
            let kind = self.region.kind_of(InstanceId::at(place));
            let row = self.plan.region.kind(kind);
            let shortest =
                minimum_duration(self.plan.region.types[row.instance_type.index()].vcpus);
            let short = self.minimum.tails[place].missing(shortest);
            self.out.ledger.add_short(kind.index(), short);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: InstanceId = InstanceId(0);
    const MINUTE: u64 = 60_000_000;

    /// What minutes are missing to five after spans of (from, to, whether billed) in minutes.
    fn missing(spans: &[(u64, u64, bool)]) -> u64 {
        let mut minimum = Minimum { lead: 0, tails: vec![Tail::default()] };
        let at = |minutes| SimTime::from_micros(minutes * MINUTE);
        let mut short = 0;
        for &(from, to, billed) in spans {
            short += minimum.book(FIRST, billed, 5 * MINUTE, (at(from), at(to)));
        }
        (short + minimum.tails[0].missing(5 * MINUTE)) / MINUTE
    }

    #[test]
    fn a_cycle_in_which_billing_ends_early_is_filled_up() {
        assert_eq!(missing(&[(0, 62, true), (62, 500, false)]), 3);
        assert_eq!(missing(&[(0, 65, true), (65, 500, false)]), 0);
        // It ended with the cycle: nothing was used in the next one.
        assert_eq!(missing(&[(0, 60, true), (60, 500, false)]), 0);
    }

    #[test]
    fn a_cycle_that_begins_late_and_goes_on_is_not() {
        assert_eq!(missing(&[(0, 59, false), (59, 200, true)]), 0);
    }

    /// Vendor example: from 00:59:00, released in the third cycle after 20 s there.
    #[test]
    fn only_the_cycle_of_the_end_counts() {
        assert_eq!(missing(&[(59, 121, true), (121, 500, false)]), 4);
        // Twice in one cycle, two minutes in all: filled up once.
        let twice = [(0, 1, true), (1, 10, false), (10, 11, true), (11, 90, false)];
        assert_eq!(missing(&twice), 3);
    }
}
