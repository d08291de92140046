//! The laws that end every run, in release builds too: a broken one is a bug of ours.
//!
//! The region's meters and the world's ledger are two accounts of the same time, kept apart:
//! they must agree to the microsecond.

use crate::ecs::id::GroupId;
use crate::ecs::meter::BilledState;

use super::World;
use super::ledger::Bill;
use super::observer::Observer;

impl<O: Observer> World<'_, O> {
    /// # Panics
    /// If a law is broken.
    pub(super) fn check(&self) {
        self.cloud.region().check(self.rest.now);
        self.check_billing();
        self.check_latencies();
        let _ = Bill::of(&self.rest.plan.region, &self.rest.out.ledger);
    }

    /// Each microsecond of each instance is billed exactly once.
    fn check_billing(&self) {
        let reading = self.cloud.region().read_meters(self.rest.now);
        for (index, group) in self.rest.plan.region.groups.iter().enumerate() {
            let mut booked = 0;
            for state in BilledState::ALL {
                for kind in self.rest.plan.region.kinds_of(GroupId::at(index)) {
                    let ledger = self.rest.out.ledger.time_in_state(kind.index(), state);
                    let (meter, name) = (reading.of(kind, state), &group.name);
                    assert_eq!(ledger, meter, "{name}: ledger and meter of {state:?} agree");
                    booked += ledger;
                }
            }
            let span = (reading.until - reading.since).as_micros();
            let lived = u128::from(group.count) * u128::from(span);
            assert_eq!(booked, lived, "{}: every microsecond is billed exactly once", group.name);
        }
    }

    /// Every item that was due was finished or censored, in waves and in latencies alike.
    fn check_latencies(&self) {
        for wave in &self.rest.out.waves {
            assert_eq!(wave.all.size, wave.done + wave.never, "a wave's items end once: {wave:?}");
        }
    }
}
