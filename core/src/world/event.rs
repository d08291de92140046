//! Every event a run can hold: closed, `Copy`, at most twelve bytes.
//!
//! Events carry places (of a controller in the plan, of an instance in a controller's list),
//! never objects. Nothing is cancelled: what has been overtaken is recognised by its serial
//! number when it comes up, counted and ignored.

use crate::cloud;
use crate::network;

/// A future fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happens to the cloud.
    Cloud(cloud::Event),
    /// Something happens to a call on its way.
    Network(network::Event),

    // Exogenous: the plan put it there.
    /// When: a demand's edge. Scheduled by: the run, `DemandTurned`.
    /// May schedule: `DemandTurned`.
    DemandTurned {
        /// Place in the plan.
        demand: u16,
        /// Place among its edges.
        edge: u32,
    },
    /// When: a scheduled controller begins to act on an edge. Scheduled by: the run,
    /// `ControllerDue`. May schedule: `ControllerDue`, `CallDue`, `PaceElapsed`, and what a
    /// call may.
    ControllerDue {
        /// Place in the plan.
        controller: u16,
        /// Place among its due moments.
        moment: u32,
    },
    /// When: a controller's Poisson or listed request. Scheduled by: the run, `RequestMade`.
    /// May schedule: `RequestMade`, `HoldEnded`, and what `ControllerDue` may.
    RequestMade {
        /// Place in the plan.
        controller: u16,
        /// Number of the request, from 0.
        number: u32,
    },
    /// When: a watch controller looks. Scheduled by: the run, `AnswerArrived`, `TimedOut`.
    /// May schedule: `RequestArrived`, `TimedOut`.
    WatchDue {
        /// Place in the plan.
        controller: u16,
    },
    /// When: a client that took a seat wanted to be woken. Scheduled by: the client.
    /// May schedule: what the client wants, and what a call may.
    ClientWoken {
        /// Place of its seat in the plan.
        controller: u16,
        /// Its own number of that time.
        token: u32,
    },

    // Endogenous: an earlier event caused it.
    /// When: stagger, jitter, backoff or waiting for other groups is over. Scheduled by: the
    /// pace, an answer, a timeout, an instance that became ready.
    /// May schedule: what a call may.
    CallDue(Ticket),
    /// When: a start has had its time and is replaced unless it is done. Scheduled by: the first
    /// call of it. May schedule: what a call may.
    ReplaceDue(Ticket),
    /// When: a controller may send the next calls. Scheduled by: the pace.
    /// May schedule: `PaceElapsed`, and what a call may.
    PaceElapsed {
        /// Place in the plan.
        controller: u16,
    },
    /// When: a controller looks whether its action is done. Scheduled by: an answer.
    /// May schedule: what a call may.
    PollDue(Ticket),
    /// When: a requested instance has run as long as it was wanted. Scheduled by:
    /// `RequestMade`. May schedule: what `ControllerDue` may.
    HoldEnded(Ticket),
    /// When: a controller hears that an instance has stopped. Scheduled by: whatever stopped it.
    /// May schedule: what `ControllerDue` may.
    StopHeard(Ticket),

    // Milestones: they look, they do not touch.
    /// When: a simulated hour is over. Scheduled by: the run, `HourEnded`.
    /// May schedule: `HourEnded`.
    HourEnded,
}

/// Which job of a controller an event belongs to, and which moment of it.
// Packed, so that it fits beside the byte that tells the cloud's events apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(2))]
pub struct Ticket {
    /// Place of the controller in the plan.
    pub controller: u16,
    /// Place among the controller's instances.
    pub position: u32,
    /// The job's serial number when it was scheduled, the number of its request, or how many
    /// stops the controller has heard of before.
    pub serial: u32,
}

const _: () = assert!(size_of::<Event>() <= 12, "millions of events wait in the queue");

impl Event {
    /// Its name, for diagnoses.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Cloud(event) => event.name(),
            Event::Network(event) => event.name(),
            Event::DemandTurned { .. } => "DemandTurned",
            Event::ControllerDue { .. } => "ControllerDue",
            Event::RequestMade { .. } => "RequestMade",
            Event::WatchDue { .. } => "WatchDue",
            Event::ClientWoken { .. } => "ClientWoken",
            Event::CallDue(_) => "CallDue",
            Event::ReplaceDue(_) => "ReplaceDue",
            Event::PaceElapsed { .. } => "PaceElapsed",
            Event::PollDue(_) => "PollDue",
            Event::HoldEnded(_) => "HoldEnded",
            Event::StopHeard(_) => "StopHeard",
            Event::HourEnded => "HourEnded",
        }
    }
}
