//! Seats of a run: what who takes one is told first, and how the calls from there are carried out.

use crate::client::scripted::{CallTag, SeatCall};
use crate::client::{Brief, CallId, Posted, Refused, Wish};
use crate::ecs::answer::Answer;
use crate::fact::CallAnswer;
use crate::network::Delivery;
use crate::units::SimTime;

use super::World;
use super::delivery::Reach;
use super::observer::Observer;

/// What became of a call that was injected into a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// When it was known.
    pub at: SimTime,
    /// Which call.
    pub call: CallId,
    /// The answer; none if it did not come in time.
    pub answer: Option<Result<Answer, Refused>>,
}

impl Reply {
    /// Of what is told where nobody sits; nobody waits for a time there.
    pub(super) fn of(posted: Posted, at: SimTime) -> Option<Reply> {
        match posted {
            Posted::Timer(_) => None,
            Posted::Answered(call, answer) => Some(Reply { at, call, answer: Some(answer) }),
            Posted::TimedOut(call) => Some(Reply { at, call, answer: None }),
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// Does what a client wants.
    pub(super) fn grant(&mut self, seat: u16, wish: Wish) {
        let (clients, mut lent) = self.lend();
        clients.grant(&mut lent, seat, wish);
        // A call may have arrived at once.
        self.cloud.tell_capacities(&mut self.rest);
        self.tell_turned();
    }

    /// What a client is told that takes a seat now.
    pub(super) fn brief(&self, seat: u16) -> Brief {
        let controller = &self.rest.plan.controllers[usize::from(seat)];
        let instances = controller.instances.clone();
        let names = instances.iter().map(|one| self.rest.plan.region.instance_name(*one)).collect();
        let edges = controller.follows().map(|demand| {
            let edges = &self.rest.plan.demands[usize::from(demand)].edges;
            edges.iter().copied().filter(|edge| edge.at >= self.rest.now).collect()
        });
        let edges = edges.unwrap_or_default();
        Brief { instances, names, edges, horizon: self.rest.plan.horizon }
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_for_seat(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        asked: &mut SeatCall,
    ) -> CallAnswer {
        // Who took a seat says itself what stands in for what.
        let done = self.carry_out(call, &asked.operation, None, &shown);
        let answer = match &done {
            Ok(answer) => self.in_short(answer, &shown),
            Err(refusal) => CallAnswer::Refused(*refusal),
        };
        if !duplicate {
            asked.answer = done.ok();
        }
        answer
    }
}
