//! Calls of clients that took a seat: sent for them, and answered to them.

use crate::ecs::answer::Answer;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::{Operation, OperationName, Target};
use crate::ecs::refusal::Refusal;
use crate::fact::{Action, Belief, CallFact, Fact, purpose, request_id_of, request_key};
use crate::units::SimDuration;

use super::scripted::{
    self, Answered, CallTag, Carried, Clients, Request, SeatCall, SeatReturn, Told,
};
use super::{Call, CallId, Event, Intent, News, Numbered, Outputs, Refused, Token, Wake, Wish};

/// Something that a seat is to be told.
#[derive(Clone, Debug)]
pub struct Post {
    /// Place of the seat in the plan.
    pub seat: u16,
    /// What.
    pub posted: Posted,
}

/// What it is to be told.
#[derive(Clone, Debug)]
pub enum Posted {
    /// The time has come that it asked for.
    Timer(Token),
    /// The answer to a call has arrived.
    Answered(CallId, Result<Answer, Refused>),
    /// The answer to a call is waited for no longer.
    TimedOut(CallId),
}

impl Posted {
    /// As a client is told it.
    pub fn as_wake(&self) -> Wake<'_> {
        match self {
            Posted::Timer(token) => Wake::Timer(*token),
            Posted::Answered(call, answer) => Wake::Answered(*call, answer),
            Posted::TimedOut(call) => Wake::TimedOut(*call),
        }
    }
}

impl Clients<'_> {
    /// Whether a client is to be told something.
    #[inline(always)]
    pub fn has_posts(&self) -> bool {
        !self.posts.is_empty()
    }

    /// What clients are to be told, in order; they are told once.
    pub fn take_posts(&mut self) -> Vec<Post> {
        std::mem::take(&mut self.posts)
    }

    /// Does what a client wants.
    pub fn grant(&mut self, out: &mut impl Outputs, seat: u16, wish: Wish) {
        match wish {
            Wish::Send(id, call) => self.send_for_seat(out, seat, id, call),
            Wish::WakeAt(time, Token(token)) => {
                let source = self.of_controller(seat);
                let event = Event::ClientWoken(Numbered { controller: seat, number: token });
                out.schedule(time.max(out.now()), source, event);
            }
            Wish::Believe(instance, belief) => self.believe_for_seat(out, seat, instance, belief),
            Wish::Intend(Intent { instance, action, due }) if self.plan.has(instance) => {
                let controller = seat;
                out.happened(Fact::Intended { controller, instance, action, due });
                out.tell(News::Began { controller, instance, action, due });
            }
            // As a call about an instance that is not there: nobody sets out to do anything.
            Wish::Intend(_) => {}
        }
    }

    /// A fact, if it believed something else before.
    fn believe_for_seat(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        instance: InstanceId,
        belief: Belief,
    ) {
        if !self.plan.has(instance) {
            return;
        }
        match belief {
            Belief::Done(_) | Belief::Failed(_) => {
                out.tell(News::Finished { controller, instance, belief });
            }
            Belief::Unknown | Belief::UnderWay(_) => {}
        }
        if self.beliefs.insert((controller, instance), belief).unwrap_or_default() != belief {
            out.happened(Fact::BeliefChanged { controller, instance, belief });
        }
    }

    fn send_for_seat(&mut self, out: &mut impl Outputs, seat: u16, id: CallId, call: Call) {
        let about = call.about().filter(|one| self.plan.has(*one));
        let Call { operation, occasion, number } = call;
        let named = first_named(&operation).filter(|one| self.plan.has(*one));
        // A call that is about no instance bears the seat's first one in facts.
        let instance = about.or(named).unwrap_or_else(|| self.instance_at(seat, 0));
        let sent = scripted::Call {
            controller: seat,
            instance,
            operation: operation.name(),
            occasion,
            number,
            shared: about.is_none(),
            tag: CallTag { position: 0, serial: 0, keep: false },
        };
        if let (Some(instance), 0) = (about, number) {
            if sent.operation == OperationName::StopInstance {
                out.tell(News::FirstCall { instance, action: Action::Stop });
            } else if sent.operation == OperationName::StartInstance {
                out.tell(News::FirstCall { instance, action: Action::Start });
            }
        }
        let asked = SeatCall { id, operation, answer: None };
        out.send(sent, Request::Other(Box::new(Carried::Seat(asked))));
    }

    pub(super) fn on_client_woken(&mut self, seat: u16, token: u32) {
        self.posts.push(Post { seat, posted: Posted::Timer(Token(token)) });
    }

    /// The answer to a call has arrived, in short and in full, or is waited for no longer.
    #[inline(never)]
    pub(super) fn on_seat_answered(
        &mut self,
        out: &impl Outputs,
        told: &Told,
        SeatReturn { id, call, answer: full }: SeatReturn,
    ) {
        let posted = match told.answer {
            None => Posted::TimedOut(id),
            Some(Answered::Refused(refusal)) => {
                Posted::Answered(id, Err(self.refused(out, &call, refusal, told.retry_after)))
            }
            Some(
                Answered::Accepted
                | Answered::Seen(_)
                | Answered::Missing
                | Answered::Created(_)
                | Answered::Stocked(_),
            ) => Posted::Answered(id, Ok(full.expect("what was not refused has an answer"))),
        };
        self.posts.push(Post { seat: call.controller, posted });
    }

    fn refused(
        &self,
        out: &impl Outputs,
        call: &CallFact,
        refusal: Refusal,
        retry_after: SimDuration,
    ) -> Refused {
        let controller = self.names[usize::from(call.controller)];
        let names = (controller, out.name(call.instance));
        let (who, k) = request_key(call, names);
        let words = self.decisions.words(who, purpose::REQUEST_ID, call.occasion, k);
        Refused {
            refusal,
            retry_after: Some(retry_after).filter(|span| !span.is_zero()),
            request_id: request_id_of(words),
        }
    }
}

/// The first instance that a request names.
fn first_named(operation: &Operation) -> Option<InstanceId> {
    operation.targets()?.iter().find_map(Target::known)
}
