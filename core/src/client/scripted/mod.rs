//! The scripted controllers: how they act on what they were told, as their policies say.
//!
//! Every one of them has a belief about each instance, apart from the truth, and a job for it. It
//! acts on edges, requests and news; what it wants done goes out through [`Outputs`], and what has
//! become of it comes back with an answer.

mod answers;
mod batch;
mod calls;
mod controller_state;
mod defects;
mod drives;
mod held;
mod job;
mod looks;
mod pace;
mod payload;
mod poll;
mod replace;
mod requests;
mod setup;
mod types;
mod wanted;
mod watch;

pub use payload::{
    Answered, BatchMember, Call, CallTag, Carried, Heard, ListCall, Page, Request, Returned,
    SeatCall, SeatReturn, StockCall, Told,
};
pub use types::CHANGE_POLL;

use std::collections::BTreeMap;

use controller_state::ControllerState;
use held::Held;

use super::plan::ClientsPlan;
use super::seats::Post;
use super::{Event, Numbered, Outputs, Whose};

use crate::ecs::id::InstanceId;
use crate::engine::{Decisions, Identity, Source};
use crate::fact::Belief;

/// All clients of a run, at a time: the scripted controllers, and what those are to be told that
/// took a seat.
#[derive(Clone, Debug)]
pub struct Clients<'a> {
    pub(super) plan: ClientsPlan<'a>,
    pub(super) decisions: &'a Decisions,
    /// Of each controller.
    pub(super) names: Vec<Identity>,
    states: Vec<ControllerState<'a>>,
    /// Whether each demand wants its instances, as who follows it was told.
    demands: Vec<bool>,
    held: Held,
    /// How many client tokens were made.
    tokens: u64,
    /// What clients are to be told that took a seat, in order.
    pub(super) posts: Vec<Post>,
    /// What they believe, if they said so.
    pub(super) beliefs: BTreeMap<(u16, InstanceId), Belief>,
}

impl Clients<'_> {
    /// Lets an event of a client happen.
    #[inline(always)]
    pub fn handle(&mut self, event: Event, out: &mut impl Outputs) {
        match event {
            Event::ControllerDue(Numbered { controller, number }) => {
                self.on_controller_due(out, controller, number);
            }
            Event::RequestMade(Numbered { controller, number }) => {
                self.on_request_made(out, controller, number);
            }
            Event::WatchDue(Whose(controller)) => self.on_watch_due(out, controller),
            Event::ClientWoken(Numbered { controller, number }) => {
                self.on_client_woken(controller, number);
            }
            Event::CallDue(ticket) => self.on_call_due(out, ticket),
            Event::ReplaceDue(ticket) => self.on_replace_due(out, ticket),
            Event::PaceElapsed(Whose(controller)) => self.on_pace_elapsed(out, controller),
            Event::PollDue(ticket) => self.on_poll_due(out, ticket),
            Event::HoldEnded(ticket) => self.on_hold_ended(out, ticket),
            Event::StopHeard(ticket) => self.on_stop_heard(out, ticket),
            Event::SecondActs(Numbered { controller, number }) => {
                self.on_second_acts(out, controller, number);
            }
        }
    }

    /// The instances of a controller, in acting order.
    pub fn instances(&self, controller: u16) -> Vec<InstanceId> {
        self.states[usize::from(controller)].order.to_vec()
    }

    /// The instance of a job, and a word of what is kept of the job.
    #[inline(always)]
    pub fn job_word(&self, controller: u16, position: u32) -> (InstanceId, u32) {
        let state = &self.states[usize::from(controller)];
        (state.order[position as usize], state.jobs[position as usize].serial)
    }

    #[inline(always)]
    pub(super) fn of_controller(&self, controller: u16) -> Source {
        let identity = self.names[usize::from(controller)];
        Source { rank: u32::from(controller), identity }
    }
}
