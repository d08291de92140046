//! Latencies: how long something took, or that nobody saw its end.

use super::Books;
use super::outcome::LatencyName;
use crate::units::{SimDuration, SimTime};

impl Books<'_> {
    /// It took so long.
    #[inline(always)]
    pub fn took(&mut self, name: LatencyName, span: SimDuration) {
        self.out.counts.latencies[name.index()].record(span);
    }

    /// It happened now, and was due then: afterwards, or early.
    #[inline(always)]
    pub fn happened_when_due(&mut self, name: LatencyName, due: SimTime, now: SimTime) {
        if now < due {
            self.early(name);
        } else {
            self.took(name, now - due);
        }
    }

    /// It was there before it was due, by somebody's doing.
    pub fn early(&mut self, name: LatencyName) {
        self.out.counts.latencies[name.index()].record_early();
    }

    /// It was there already, by nobody's doing.
    pub fn already(&mut self, name: LatencyName) {
        self.out.counts.latencies[name.index()].record_already();
    }

    /// Its end was not seen.
    pub fn censored(&mut self, name: LatencyName) {
        self.out.counts.latencies[name.index()].record_censored();
    }
}
