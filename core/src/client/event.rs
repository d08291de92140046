//! What happens to clients in time.

/// A future moment of a client: whoever runs them keeps it among its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    // Exogenous: the plan put it there.
    /// When: a scheduled controller begins to act on an edge. Scheduled by: the run,
    /// `ControllerDue`. May schedule: `ControllerDue`, `SecondActs`, `CallDue`, `PaceElapsed`, and
    /// what a call may.
    ControllerDue(Numbered),
    /// When: a controller's Poisson or listed request. Scheduled by: the run, `RequestMade`.
    /// May schedule: `RequestMade`, `HoldEnded`, and what `ControllerDue` may.
    RequestMade(Numbered),
    /// When: a watch controller looks. Scheduled by: the run, `AnswerArrived`, `TimedOut`.
    /// May schedule: `RequestArrived`, `TimedOut`.
    WatchDue(Whose),
    /// When: a client that took a seat wanted to be woken. Scheduled by: the client.
    /// May schedule: what the client wants, and what a call may.
    ClientWoken(Numbered),

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
    PaceElapsed(Whose),
    /// When: a controller looks whether its action is done. Scheduled by: an answer.
    /// May schedule: what a call may.
    PollDue(Ticket),
    /// When: a requested instance has run as long as it was wanted. Scheduled by:
    /// `RequestMade`. May schedule: what `ControllerDue` may.
    HoldEnded(Ticket),
    /// When: a controller hears that an instance has stopped. Scheduled by: whatever stopped it.
    /// May schedule: what `ControllerDue` may.
    StopHeard(Ticket),
    /// When: a second handler or replica of a scheduled controller acts, if that is a defect of
    /// it. Scheduled by: the run, `ControllerDue`. May schedule: what `ControllerDue` may.
    SecondActs(Numbered),
}

/// Whose event it is, by its place in the plan.
// Packed, as the others: an event fits beside the byte that tells the cloud's events apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed)]
pub struct Whose(pub u16);

/// An event that is one of several of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed)]
pub struct Numbered {
    /// Place of the controller in the plan.
    pub controller: u16,
    /// Place among its due moments, the number of its request, or a number of its own.
    pub number: u32,
}

/// Which job of a controller an event belongs to, and which moment of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed)]
pub struct Ticket {
    /// Place of the controller in the plan.
    pub controller: u16,
    /// Place among the controller's instances.
    pub position: u32,
    /// The job's serial number when it was scheduled, the number of its request, or how many
    /// stops the controller has heard of before.
    pub serial: u32,
}

impl Event {
    /// The job that it is about, if it is about one: its controller, and its place there.
    #[inline(always)]
    pub fn job(&self) -> Option<(u16, u32)> {
        match *self {
            Event::CallDue(ticket)
            | Event::PollDue(ticket)
            | Event::ReplaceDue(ticket)
            | Event::HoldEnded(ticket)
            | Event::StopHeard(ticket) => Some((ticket.controller, ticket.position)),
            Event::ControllerDue(_)
            | Event::RequestMade(_)
            | Event::WatchDue(_)
            | Event::ClientWoken(_)
            | Event::SecondActs(_)
            | Event::PaceElapsed(_) => None,
        }
    }

    /// Its name, for diagnoses.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::ControllerDue(_) => "ControllerDue",
            Event::RequestMade(_) => "RequestMade",
            Event::WatchDue(_) => "WatchDue",
            Event::ClientWoken(_) => "ClientWoken",
            Event::CallDue(_) => "CallDue",
            Event::ReplaceDue(_) => "ReplaceDue",
            Event::PaceElapsed(_) => "PaceElapsed",
            Event::PollDue(_) => "PollDue",
            Event::HoldEnded(_) => "HoldEnded",
            Event::StopHeard(_) => "StopHeard",
            Event::SecondActs(_) => "SecondActs",
        }
    }
}
