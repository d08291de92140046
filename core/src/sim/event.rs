//! Every event a run can hold: closed, `Copy`, at most twelve bytes.
//!
//! Events carry places (of a controller in the plan, of an instance in a controller's list),
//! never objects. Nothing is cancelled: what has been overtaken is recognised by its serial
//! number when it comes up, counted and ignored.

use crate::client;
use crate::cloud;
use crate::network;

/// A future fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happens to the cloud.
    Cloud(cloud::Event),
    /// Something happens to a call on its way.
    Network(network::Event),
    /// Something happens to a client.
    Client(client::Event),

    // Exogenous: the plan put it there.
    /// When: a demand's edge. Scheduled by: the run, `DemandTurned`.
    /// May schedule: `DemandTurned`.
    DemandTurned {
        /// Place in the plan.
        demand: u16,
        /// Place among its edges.
        edge: u32,
    },

    // Milestones: they look, they do not touch.
    /// When: a simulated hour is over. Scheduled by: the run, `HourEnded`.
    /// May schedule: `HourEnded`.
    HourEnded,
}

const _: () = assert!(size_of::<Event>() <= 12, "millions of events wait in the queue");

impl Event {
    /// Its name, for diagnoses.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Cloud(event) => event.name(),
            Event::Network(event) => event.name(),
            Event::Client(event) => event.name(),
            Event::DemandTurned { .. } => "DemandTurned",
            Event::HourEnded => "HourEnded",
        }
    }
}
