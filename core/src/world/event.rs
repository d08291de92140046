//! Every event a run can hold: closed, `Copy`, at most twelve bytes.
//!
//! Events carry places (of a controller in the plan, of an instance in a controller's list, of
//! a call in flight), never objects. Nothing is cancelled: what has been overtaken is
//! recognised by its serial number when it comes up, counted and ignored.

use crate::ecs::instance::WorkKind;
use crate::fault::injector::RuleId;

/// A future fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
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
    /// When: another tenant asks for stock. Scheduled by: the run, `TenantArrived`.
    /// May schedule: `TenantArrived`, `TenantDeparted`.
    TenantArrived {
        /// Place of the pool.
        pool: u16,
    },
    /// When: another tenant gives its units back. Scheduled by: whatever let it have them.
    /// May schedule: `TenantDeparted` of tenants that waited.
    TenantDeparted {
        /// Place of the pool.
        pool: u16,
        /// How many units.
        units: u32,
    },
    /// When: a listed change of stock. Scheduled by: the run, `StockStepped`.
    /// May schedule: `StockStepped`, `TenantDeparted`.
    StockStepped {
        /// Place of the pool.
        pool: u16,
        /// Place among its steps.
        step: u32,
    },
    /// When: a fault's window opens or closes. Scheduled by: the run, `FaultTurned`.
    /// May schedule: `FaultTurned`, `TenantDeparted`.
    FaultTurned(RuleId),
    /// When: a listed happening. Scheduled by: the run, `Happened`. May schedule: `Happened`.
    Happened {
        /// Place in the plan.
        place: u32,
    },
    /// When: a private pool ends. Scheduled by: the run. May schedule: `TenantDeparted`.
    PrivatePoolEnded {
        /// Place among private pools and dedicated hosts.
        capacity: u16,
    },
    /// When: the price of a market changes. Scheduled by: the run, `SpotPriced`.
    /// May schedule: `SpotPriced`.
    SpotPriced {
        /// Place of the market.
        market: u16,
        /// Place among its changes.
        step: u32,
    },
    /// When: price and stock of a market are held against its instances. Scheduled by: the run,
    /// `SpotLooked`. May schedule: `SpotLooked`, `SpotTakenBack`.
    SpotLooked {
        /// Place of the market.
        market: u16,
    },
    /// When: the account's standing turns. Scheduled by: the run, `StandingTurned`.
    /// May schedule: `StandingTurned`, `WorkFinished`, `TenantDeparted`.
    StandingTurned {
        /// Place among the turns.
        step: u32,
    },

    // Endogenous: an earlier event caused it.
    /// When: stagger, jitter, backoff or waiting for other groups is over. Scheduled by: the
    /// pace, an answer, a timeout, an instance that became ready.
    /// May schedule: what a call may.
    CallDue {
        /// Place of the controller in the plan.
        controller: u16,
        /// Place among the controller's instances.
        position: u32,
        /// The job's serial number when it was scheduled.
        serial: u32,
    },
    /// When: a start has had its time and is replaced unless it is done. Scheduled by: the first
    /// call of it. May schedule: what a call may.
    ReplaceDue {
        /// Place of the controller in the plan.
        controller: u16,
        /// Place among the controller's instances.
        position: u32,
        /// The job's serial number when it was scheduled.
        serial: u32,
    },
    /// When: a controller may send the next calls. Scheduled by: the pace.
    /// May schedule: `PaceElapsed`, and what a call may.
    PaceElapsed {
        /// Place in the plan.
        controller: u16,
    },
    /// When: a call reaches the region. Scheduled by: the sending of it.
    /// May schedule: `RequestArrived` (a duplicate), `AnswerArrived`, `TimedOut`,
    /// `WorkFinished`, `TenantDeparted`.
    RequestArrived {
        /// Place among the calls in flight.
        in_flight: u32,
        /// Whether it arrives a second time.
        duplicate: bool,
    },
    /// When: an answer reaches its caller. Scheduled by: the call's arrival.
    /// May schedule: `CallDue`, `PollDue`, and what the pace may.
    AnswerArrived {
        /// Place among the calls in flight.
        in_flight: u32,
    },
    /// When: a caller stops waiting for an answer. Scheduled by: the sending of the call.
    /// May schedule: `CallDue`, `PollDue`, and what the pace may.
    TimedOut {
        /// Place among the calls in flight.
        in_flight: u32,
    },
    /// When: a controller looks whether its action is done. Scheduled by: an answer.
    /// May schedule: what a call may.
    PollDue {
        /// Place of the controller in the plan.
        controller: u16,
        /// Place among the controller's instances.
        position: u32,
        /// The job's serial number when it was scheduled.
        serial: u32,
    },
    /// When: a requested instance has run as long as it was wanted. Scheduled by:
    /// `RequestMade`. May schedule: what `ControllerDue` may.
    HoldEnded {
        /// Place in the plan.
        controller: u16,
        /// Place among the controller's instances.
        position: u32,
        /// Number of the request.
        number: u32,
    },
    /// When: a controller hears that an instance has stopped. Scheduled by: whatever stopped it.
    /// May schedule: what `ControllerDue` may.
    StopHeard {
        /// Place in the plan.
        controller: u16,
        /// Place among the controller's instances.
        position: u32,
        /// How many stops of it the controller has heard of before.
        number: u32,
    },
    /// When: an accepted stop or start is done. Scheduled by: the call's arrival, a power-off,
    /// the platform. May schedule: `GuestBecameReady`, `CallDue`, `TenantDeparted`, `Settled`,
    /// `WorkFinished` of the next stage.
    WorkFinished {
        /// Which instance.
        instance: u32,
        /// The ordinal of its work, to recognise what was overtaken.
        attempt: u32,
        /// What kind of work.
        kind: WorkKind,
    },
    /// When: the platform powers off a guest that does not stop. Scheduled by: the call's
    /// arrival. May schedule: `WorkFinished`.
    PowerOffDue {
        /// Which instance.
        instance: u32,
        /// The work that hangs.
        attempt: u32,
    },
    /// When: the guest of a Running instance is ready. Scheduled by: `WorkFinished`.
    /// May schedule: `CallDue`.
    GuestBecameReady {
        /// Which instance.
        instance: u32,
        /// The start it belongs to.
        attempt: u32,
    },

    /// When: a notice to a spot instance is over. Scheduled by: `SpotLooked`, itself while other
    /// work is under way. May schedule: `SpotTakenBack`, `WorkFinished`, `TenantDeparted`.
    SpotTakenBack {
        /// Which instance.
        instance: u32,
        /// The notice.
        notice: u32,
    },
    /// When: an economical stop has settled. Scheduled by: `WorkFinished`.
    /// May schedule: nothing.
    Settled {
        /// Which instance.
        instance: u32,
        /// The stop it belongs to.
        attempt: u32,
    },

    // Milestones: they look, they do not touch.
    /// When: a simulated hour is over. Scheduled by: the run, `HourEnded`.
    /// May schedule: `HourEnded`.
    HourEnded,
}

/// Which job of a controller an event belongs to, and which moment of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Place of the controller in the plan.
    pub controller: u16,
    /// Place among the controller's instances.
    pub position: u32,
    /// The job's serial number when it was scheduled.
    pub serial: u32,
}

const _: () = assert!(size_of::<Event>() <= 12, "millions of events wait in the queue");

impl Event {
    pub(super) const fn call_due(ticket: Ticket) -> Event {
        let Ticket { controller, position, serial } = ticket;
        Event::CallDue { controller, position, serial }
    }

    pub(super) const fn replace_due(ticket: Ticket) -> Event {
        let Ticket { controller, position, serial } = ticket;
        Event::ReplaceDue { controller, position, serial }
    }

    pub(super) const fn poll_due(ticket: Ticket) -> Event {
        let Ticket { controller, position, serial } = ticket;
        Event::PollDue { controller, position, serial }
    }

    /// Its name, for diagnoses.
    pub fn name(&self) -> &'static str {
        match self {
            Event::DemandTurned { .. } => "DemandTurned",
            Event::ControllerDue { .. } => "ControllerDue",
            Event::RequestMade { .. } => "RequestMade",
            Event::WatchDue { .. } => "WatchDue",
            Event::ClientWoken { .. } => "ClientWoken",
            Event::TenantArrived { .. } => "TenantArrived",
            Event::TenantDeparted { .. } => "TenantDeparted",
            Event::StockStepped { .. } => "StockStepped",
            Event::FaultTurned(_) => "FaultTurned",
            Event::Happened { .. } => "Happened",
            Event::CallDue { .. } => "CallDue",
            Event::ReplaceDue { .. } => "ReplaceDue",
            Event::PaceElapsed { .. } => "PaceElapsed",
            Event::RequestArrived { .. } => "RequestArrived",
            Event::AnswerArrived { .. } => "AnswerArrived",
            Event::TimedOut { .. } => "TimedOut",
            Event::PollDue { .. } => "PollDue",
            Event::HoldEnded { .. } => "HoldEnded",
            Event::StopHeard { .. } => "StopHeard",
            Event::WorkFinished { .. } => "WorkFinished",
            Event::PowerOffDue { .. } => "PowerOffDue",
            Event::GuestBecameReady { .. } => "GuestBecameReady",
            Event::PrivatePoolEnded { .. } => "PrivatePoolEnded",
            Event::SpotPriced { .. } => "SpotPriced",
            Event::SpotLooked { .. } => "SpotLooked",
            Event::StandingTurned { .. } => "StandingTurned",
            Event::SpotTakenBack { .. } => "SpotTakenBack",
            Event::Settled { .. } => "Settled",
            Event::HourEnded => "HourEnded",
        }
    }
}
