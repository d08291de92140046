//! The laws that end every run, in release builds too: a broken one is a bug of ours.
//!
//! The region's meters and the ledger are two accounts of the same time, kept apart: they must
//! agree to the microsecond.

use crate::ecs::id::GroupId;
use crate::ecs::meter::{BilledState, MeterReading};

use super::Books;
use super::ledger::Bill;

impl Books<'_> {
    /// Holds the laws of what was booked, against the region's meters.
    ///
    /// # Panics
    /// If a law is broken.
    pub fn check(&self, reading: &MeterReading) {
        self.check_billing(reading);
        self.check_waves();
        let _ = Bill::of(self.plan.region, &self.out.ledger);
    }

    /// Each microsecond of each instance is billed exactly once.
    fn check_billing(&self, reading: &MeterReading) {
        for (index, group) in self.plan.region.groups.iter().enumerate() {
            let mut booked = 0;
            for state in BilledState::ALL {
                for kind in self.plan.region.kinds_of(GroupId::at(index)) {
                    let ledger = self.out.ledger.time_in_state(kind.index(), state);
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
    fn check_waves(&self) {
        for wave in &self.out.waves {
            assert_eq!(wave.all.size, wave.done + wave.never, "a wave's items end once: {wave:?}");
        }
    }

    /// Every edge at which a service became wanted is in its latency, once.
    ///
    /// # Panics
    /// If it is not.
    pub fn check_service(&self, service: u16, name: &str) {
        let out = &self.out.services[usize::from(service)];
        assert_eq!(out.ready.due(), out.starts.len() as u64, "{name}: starts");
    }
}
