//! Private pools and dedicated hosts: when they end, and how much of them is used.

use crate::ecs::id::CapacityId;
use crate::engine::Source;
use crate::fact::Fact;

use super::{Cloud, Event, Outputs};

impl Cloud<'_> {
    /// Schedules what ends.
    pub(super) fn schedule_ends(&self, out: &mut impl Outputs) {
        for (place, plan) in self.plan.capacities.iter().enumerate() {
            let id = CapacityId::at(place);
            if let Some(at) = plan.until {
                let source = Source { rank: (9 << 16) + u32::from(id.0), identity: plan.identity };
                out.schedule_environment(at, source, Event::PrivatePoolEnded { capacity: id.0 });
            }
        }
    }

    #[inline(never)]
    pub(super) fn on_private_pool_ended(&mut self, out: &mut impl Outputs, capacity: u16) {
        let pool = self.region.end_private_pool(CapacityId(capacity));
        self.tell_changed_capacities(out);
        if let Some(pool) = pool {
            self.stock_changed(out, pool);
            self.serve_waiting(out, pool);
        }
    }

    /// Says of every one whose use an event changed how much of it is used now.
    #[inline(always)]
    pub fn tell_capacities(&mut self, out: &mut impl Outputs) {
        if self.region.has_changed_capacities() {
            self.tell_changed_capacities(out);
        }
    }

    fn tell_changed_capacities(&mut self, out: &mut impl Outputs) {
        for capacity in self.region.take_changed_capacities() {
            let held = self.region.capacity(capacity);
            out.happened(&self.region, Fact::CapacityChanged { capacity, held });
        }
    }
}
