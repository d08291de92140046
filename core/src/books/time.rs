//! Time by how it was billed and why, span by span.

use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::meter::BilledState;
use crate::units::SimTime;

use super::Books;
use super::ledger::{Bill, Why};
use super::outcome::Mark;

/// How an instance was over a span.
#[derive(Clone, Copy, Debug)]
pub struct Was {
    /// Its group, as the type it had.
    pub kind: KindId,
    /// How it was billed.
    pub billed: BilledState,
    /// Why, seen from what was wanted.
    pub why: Why,
}

impl Books<'_> {
    /// Books a span of one instance.
    #[inline(always)]
    pub fn book(&mut self, instance: InstanceId, was: Was, (from, to): (SimTime, SimTime)) {
        let Was { kind, billed, why } = was;
        self.out.ledger.book_between(kind.index(), billed, why, (from, to));
        if !self.prices.is_empty() {
            self.book_market(was, (from, to));
        }
        if let Some(minimum) = self.minimum_charge.book(instance, kind, billed, (from, to)) {
            self.out.ledger.add_minimum_charge(kind, minimum);
        }
    }

    /// Books what a span of a spot instance cost, if it is one.
    #[inline(never)]
    fn book_market(&mut self, was: Was, (from, to): (SimTime, SimTime)) {
        let Was { kind, billed, why } = was;
        if let Some(terms) = &self.plan.region.kind(kind).group.spot {
            let usage = terms.usage(&self.prices[terms.market.index()], from, to);
            self.out.ledger.book_spot(kind.index(), billed, why, usage);
        }
    }

    /// What the window came to, were the run over now; of a copy in which every open span is
    /// booked up to now. What kind each instance is.
    pub fn into_mark(mut self, now: SimTime, kinds: impl Iterator<Item = KindId>) -> Mark {
        self.book_free(now);
        self.close_cycles(now, kinds);
        let (region, ledger) = (self.plan.region, &self.out.ledger);
        let unavailable_by_group = ledger.unavailable_by_group(region);
        Mark { at: now, bill: Bill::of(region, ledger), unavailable_by_group }
    }

    /// Keeps what the window had come to at a mark.
    pub fn keep(&mut self, mark: Mark) {
        self.out.marks.push(mark);
    }

    /// The run is over: every cycle that is still open is looked at. What kind each instance is.
    pub fn close_cycles(&mut self, now: SimTime, kinds: impl Iterator<Item = KindId>) {
        for (cycling, kind) in self.minimum_charge.open().iter().zip(kinds) {
            let minimum = cycling.close(self.minimum_charge.rules(), kind, now);
            self.out.ledger.add_minimum_charge(kind, minimum);
        }
    }
}
