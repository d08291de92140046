//! Other engines, each used as its documentation says: one component that handles numbers.

use std::time::Duration;

use crate::model::Any;

mod boxed;
mod handler;
mod ports;
mod scheduler;

/// Another engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// nexosim, one model, one thread.
    Nexosim,
    /// simcore (once dslab-core), one handler.
    Simcore,
    /// simrs, one component.
    Simrs,
    /// desru, boxed closures.
    Desru,
}

impl Peer {
    /// Every one.
    pub const ALL: [Peer; 4] = [Peer::Nexosim, Peer::Simcore, Peer::Simrs, Peer::Desru];

    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Nexosim => "nexosim 1.0.0",
            Peer::Simcore => "simcore 0.1.0",
            Peer::Simrs => "simrs 0.2.0",
            Peer::Desru => "desru 0.1.13",
        }
    }

    /// Runs a model from its first events for so many events, once `ready` was told that all of
    /// them are in place.
    pub fn run(
        self,
        model: Any,
        first: &[(u64, u32)],
        events: u64,
        ready: &mut dyn FnMut(),
    ) -> Any {
        match self {
            Peer::Nexosim => ports::run(model, first, events, ready),
            Peer::Simcore => handler::run(model, first, events, ready),
            Peer::Simrs => scheduler::run(model, first, events, ready),
            Peer::Desru => boxed::run(model, first, events, ready),
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).expect("runs are shorter than that")
}
