//! Calls of clients that took a seat: sent for them, carried out, and answered to them.

use crate::client::{Brief, Call, CallId, Refused, Token, Wake, Wish};
use crate::ecs::answer::Answer;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::{Operation, OperationName, Target};
use crate::ecs::refusal::Refusal;
use crate::fact::{Action, CallAnswer, CallFact, purpose, request_id_of, request_key};
use crate::network::{CallKind, Delivery};
use crate::units::{SimDuration, SimTime};

use super::World;
use super::delivery::Reach;
use super::event::Event;
use super::observer::Observer;
use super::payload::{self, CallTag, Carried, SeatCall, SeatReturn, Told};

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

/// Something that a seat is to be told.
#[derive(Clone, Debug)]
pub(super) struct Post {
    /// Place of the seat in the plan.
    pub(super) seat: u16,
    pub(super) posted: Posted,
}

#[derive(Clone, Debug)]
pub(super) enum Posted {
    Timer(Token),
    Answered(CallId, Result<Answer, Refused>),
    TimedOut(CallId),
}

impl Posted {
    /// As a client is told it.
    pub(super) fn as_wake(&self) -> Wake<'_> {
        match self {
            Posted::Timer(token) => Wake::Timer(*token),
            Posted::Answered(call, answer) => Wake::Answered(*call, answer),
            Posted::TimedOut(call) => Wake::TimedOut(*call),
        }
    }

    /// As it is kept where nobody is told; nobody waits for a time there.
    pub(super) fn into_reply(self, at: SimTime) -> Option<Reply> {
        match self {
            Posted::Timer(_) => None,
            Posted::Answered(call, answer) => Some(Reply { at, call, answer: Some(answer) }),
            Posted::TimedOut(call) => Some(Reply { at, call, answer: None }),
        }
    }
}

impl<O: Observer> World<'_, O> {
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

    /// Does what a client wants.
    pub(super) fn grant(&mut self, seat: u16, wish: Wish) {
        match wish {
            Wish::Send(id, call) => self.send_for_seat(seat, id, call),
            Wish::WakeAt(time, Token(token)) => {
                let source = self.rest.of_controller(seat);
                let event = Event::ClientWoken { controller: seat, token };
                self.rest.schedule(time.max(self.rest.now), source, event);
            }
        }
        // A call may have arrived at once.
        self.cloud.tell_capacities(&mut self.rest);
    }

    fn send_for_seat(&mut self, seat: u16, id: CallId, call: Call) {
        let about = call.about().filter(|one| one.index() < self.rest.records.len());
        let Call { operation, occasion, number } = call;
        let named = first_named(&operation).filter(|one| one.index() < self.rest.records.len());
        // A call that is about no instance bears the seat's first one in facts.
        let instance = about.or(named).unwrap_or_else(|| self.rest.instance_at(seat, 0));
        let is_poll = operation.name().shows_status() && about.is_some();
        let sent = payload::Call {
            controller: seat,
            instance,
            operation: operation.name(),
            occasion,
            number,
            shared: about.is_none(),
            kind: if is_poll { CallKind::Read } else { CallKind::Action },
            tag: CallTag { position: 0, serial: 0, keep: false },
        };
        if let (Some(instance), 0) = (about, number) {
            if sent.operation == OperationName::StopInstance {
                self.on_first_call(instance, Action::Stop);
            } else if sent.operation == OperationName::StartInstance {
                self.on_first_call(instance, Action::Start);
            }
        }
        let asked = SeatCall { id, operation, answer: None };
        self.launch_seldom(sent, Carried::Seat(asked));
    }

    pub(super) fn on_client_woken(&mut self, seat: u16, token: u32) {
        self.rest.posts.push(Post { seat, posted: Posted::Timer(Token(token)) });
    }

    /// The answer to a call has arrived, in short and in full, or is waited for no longer.
    #[inline(never)]
    pub(super) fn on_seat_answered(
        &mut self,
        told: &Told,
        SeatReturn { id, call, answer: full }: SeatReturn,
    ) {
        let posted = match told.answer {
            None => Posted::TimedOut(id),
            Some(CallAnswer::Refused(refusal)) => {
                Posted::Answered(id, Err(self.refused(&call, refusal, told.retry_after)))
            }
            Some(
                CallAnswer::Accepted
                | CallAnswer::Seen(_)
                | CallAnswer::Missing
                | CallAnswer::Created(_)
                | CallAnswer::Stocked(_),
            ) => Posted::Answered(id, Ok(full.expect("what was not refused has an answer"))),
        };
        self.rest.posts.push(Post { seat: call.controller, posted });
    }

    fn refused(&self, call: &CallFact, refusal: Refusal, retry_after: SimDuration) -> Refused {
        let controller = self.rest.controller_names[usize::from(call.controller)];
        let names = (controller, self.rest.instance_names[call.instance.index()]);
        let (who, k) = request_key(call, names);
        let words = self.rest.decisions.words(who, purpose::REQUEST_ID, call.occasion, k);
        Refused {
            refusal,
            retry_after: Some(retry_after).filter(|span| !span.is_zero()),
            request_id: request_id_of(words),
        }
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

/// The first instance that a request names.
fn first_named(operation: &Operation) -> Option<InstanceId> {
    let targets = match operation {
        Operation::StopInstances(request) => &request.instances,
        Operation::StartInstances(request) => &request.instances,
        Operation::RebootInstances(request) => &request.instances,
        Operation::StopInstance(_)
        | Operation::StartInstance(_)
        | Operation::RebootInstance(_)
        | Operation::DeleteInstance(_)
        | Operation::ReActivateInstances(_)
        | Operation::ModifyInstanceSpec(_)
        | Operation::RunInstances(_)
        | Operation::DescribeInstanceStatus(_)
        | Operation::DescribeInstances(_)
        | Operation::DescribeAvailableResource(_) => return None,
    };
    targets.iter().find_map(Target::known)
}
