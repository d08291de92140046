//! What happens to calls in time.

use crate::fault::injector::RuleId;

/// A future step of a call, or a turn of what happens to calls: whoever runs the network keeps it
/// among its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    // Exogenous: the plan put it there.
    /// When: the window of a call fault opens or closes. Scheduled by: the run, `FaultTurned`.
    /// May schedule: `FaultTurned`.
    FaultTurned(RuleId),

    // Endogenous: an earlier event caused it.
    /// When: a call reaches the region. Scheduled by: the sending of it.
    /// May schedule: `RequestArrived` (a duplicate), `AnswerArrived`, `TimedOut`, and what the
    /// region may.
    RequestArrived {
        /// Place among the calls in flight.
        in_flight: u32,
        /// Whether it arrives a second time.
        duplicate: bool,
    },
    /// When: an answer reaches its caller. Scheduled by: the call's arrival.
    /// May schedule: what its caller may.
    AnswerArrived {
        /// Place among the calls in flight.
        in_flight: u32,
    },
    /// When: a caller stops waiting for an answer. Scheduled by: the sending of the call, or its
    /// arrival. May schedule: what its caller may.
    TimedOut {
        /// Place among the calls in flight.
        in_flight: u32,
    },
}

impl Event {
    /// The place of the call that it is about, if it is about one.
    #[inline(always)]
    pub(super) const fn in_flight(&self) -> Option<u32> {
        match *self {
            Event::RequestArrived { in_flight, .. }
            | Event::AnswerArrived { in_flight }
            | Event::TimedOut { in_flight } => Some(in_flight),
            Event::FaultTurned(_) => None,
        }
    }

    /// Its name, for diagnoses.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::FaultTurned(_) => "FaultTurned",
            Event::RequestArrived { .. } => "RequestArrived",
            Event::AnswerArrived { .. } => "AnswerArrived",
            Event::TimedOut { .. } => "TimedOut",
        }
    }
}
