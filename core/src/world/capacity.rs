//! Private pools and dedicated hosts: when they end, and what they cost.

use crate::ecs::capacity::CapacityKind;
use crate::ecs::id::CapacityId;
use crate::engine::Source;
use crate::units::SimTime;

use super::World;
use super::event::Event;
use super::observer::Observer;
use crate::fact::Fact;

/// What is known of one of them since it last changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct CapacityTrack {
    since: SimTime,
    free: u32,
}

impl<O: Observer> World<'_, O> {
    /// Looks at what is used at time 0, and schedules what ends.
    pub(super) fn open_capacities(&mut self) {
        for (place, plan) in self.rest.plan.capacities.iter().enumerate() {
            let id = CapacityId::at(place);
            let free = self.cloud.region.capacity(id).free();
            self.rest.capacities.push(CapacityTrack { since: SimTime::ZERO, free });
            self.rest.out.least_unused.push(free);
            if let Some(at) = plan.until {
                let source = Source { rank: (9 << 16) + u32::from(id.0), identity: plan.identity };
                self.rest.schedule_environment(
                    at,
                    source,
                    Event::PrivatePoolEnded { capacity: id.0 },
                );
            }
        }
    }

    #[inline(never)]
    pub(super) fn on_private_pool_ended(&mut self, capacity: u16) {
        let pool = self.cloud.region.end_private_pool(CapacityId(capacity));
        self.note_capacities();
        if let Some(pool) = pool {
            self.stock_changed(pool);
            self.serve_waiting(pool);
        }
    }

    /// Books and tells of every one whose use an event changed.
    pub(super) fn note_capacities(&mut self) {
        for capacity in self.cloud.region.take_changed_capacities() {
            self.book_capacity(capacity);
            let held = self.cloud.region.capacity(capacity);
            let track = &mut self.rest.capacities[capacity.index()];
            track.free = held.free();
            let least = &mut self.rest.out.least_unused[capacity.index()];
            *least = (*least).min(held.free());
            self.rest.note(Fact::CapacityChanged { capacity, held });
        }
    }

    /// Books the span since it last changed.
    pub(super) fn book_capacity(&mut self, capacity: CapacityId) {
        let track = &mut self.rest.capacities[capacity.index()];
        let span = u128::from(self.rest.now.since(track.since).as_micros());
        track.since = self.rest.now;
        let paid_for = match self.rest.plan.region.capacities[capacity.index()].kind {
            CapacityKind::PrivatePool { .. } => u128::from(track.free) * span,
            CapacityKind::DedicatedHost { .. } => span,
        };
        self.rest.out.ledger.book_capacity(capacity.index(), paid_for);
    }

    /// Books the span since each last changed.
    pub(super) fn book_capacities(&mut self) {
        for place in 0..self.rest.capacities.len() {
            self.book_capacity(CapacityId::at(place));
        }
    }

    /// Statistics begin now.
    pub(super) fn restart_capacities(&mut self) {
        for (least, track) in self.rest.out.least_unused.iter_mut().zip(&self.rest.capacities) {
            *least = track.free;
        }
    }
}
