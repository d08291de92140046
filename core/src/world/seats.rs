//! Calls of clients that took a seat: sent for them, carried out, and answered to them.

use crate::client::{Brief, Call, CallId, Refused, Token, Wake, Wish};
use crate::ecs::answer::{Answer, InstancePage, StatusPage, StoppedModeAnswer};
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::operation::{Operation, OperationName, Rows, Target};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Accepted;
use crate::fact::{Action, CallAnswer, Fact, purpose, request_id_of, request_key};
use crate::fault::effect::View;
use crate::units::{SimDuration, SimTime};

use super::World;
use super::calls::call_fact;
use super::event::Event;
use super::in_flight::{InFlightCall, Payload, SeatCall, Sender};
use super::observer::Observer;
use super::outcome::LatencyName;

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
        let in_flight = InFlightCall {
            controller: seat,
            position: 0,
            instance,
            serial: 0,
            operation: operation.name(),
            occasion,
            number,
            sent_at: self.rest.now,
            shared: about.is_none(),
            sender: Sender::Seat,
            keep: false,
            answer: None,
            retry_after: SimDuration::ZERO,
            closed: false,
            events: 0,
        };
        if let (Some(instance), 0) = (about, number) {
            if in_flight.operation == OperationName::StopInstance {
                self.on_first_call(instance, Action::Stop);
            } else if in_flight.operation == OperationName::StartInstance {
                self.on_first_call(instance, Action::Start);
            }
        }
        let is_poll = in_flight.operation.shows_status() && !in_flight.shared;
        let leg = if is_poll { purpose::POLL_REQUEST_LEG } else { purpose::REQUEST_LEG };
        let call = SeatCall { id, operation, answer: None };
        self.launch_seldom(in_flight, leg, Payload::Seat(Box::new(call)));
    }

    pub(super) fn on_client_woken(&mut self, seat: u16, token: u32) {
        self.rest.posts.push(Post { seat, posted: Posted::Timer(Token(token)) });
    }

    /// Lets the region handle a delivery; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_for_seat(
        &mut self,
        place: u32,
        in_flight: &InFlightCall,
        duplicate: bool,
        view: View,
    ) -> CallAnswer {
        let operation = self.rest.in_flight_calls.seat_call(place).operation.clone();
        let done = self.carry_out(in_flight, &operation, view);
        let answer = match &done {
            Ok(answer) => self.in_short(answer, view),
            Err(refusal) => CallAnswer::Refused(*refusal),
        };
        if !duplicate {
            self.rest.in_flight_calls.seat_call(place).answer = done.ok();
        }
        answer
    }

    /// Lets the cloud carry out whatever is asked for.
    pub(super) fn carry_out(
        &mut self,
        in_flight: &InFlightCall,
        operation: &Operation,
        view: View,
    ) -> Result<Answer, Refusal> {
        if let Operation::DescribeInstanceStatus(_)
        | Operation::DescribeInstances(_)
        | Operation::DescribeAvailableResource(_) = operation
        {
            return self.read(in_flight, operation, view);
        }
        // Who took a seat says itself what stands in for what.
        let replaces = (in_flight.sender == Sender::Jobs).then_some(in_flight.instance);
        let asked = self.rest.asked(in_flight);
        let about = (in_flight.instance, replaces);
        self.cloud.carry_out(&mut self.rest, &asked, about, operation)
    }

    /// Lets the region show what is asked for, as a copy of it may.
    pub(super) fn read(
        &mut self,
        in_flight: &InFlightCall,
        operation: &Operation,
        view: View,
    ) -> Result<Answer, Refusal> {
        let caller = self.rest.caller(in_flight.controller);
        let shown = match operation.name().shows_status() {
            true => self.cloud.show_statuses(self.rest.now, caller, operation),
            false => self.cloud.show_stock(self.rest.now, caller, operation),
        };
        match shown? {
            Accepted::Statuses(page) => Ok(Answer::Statuses(self.statuses_as_of(page, view))),
            Accepted::Instances(page) => Ok(Answer::Instances(self.instances_as_of(page, view))),
            Accepted::Available(rows) => Ok(Answer::Available(rows)),
            Accepted::Stop(_)
            | Accepted::Start(_)
            | Accepted::Stops(_)
            | Accepted::Starts(_)
            | Accepted::Reboots(_)
            | Accepted::Reboot(_)
            | Accepted::Delete(_)
            | Accepted::Run(_)
            | Accepted::Reactivate(_)
            | Accepted::Change(_) => unreachable!("a read shows something"),
        }
    }

    pub(super) fn statuses_as_of(&self, mut page: StatusPage, view: View) -> StatusPage {
        match view {
            View::Now => {}
            View::Without => (page.total_count, page.rows) = (0, Rows::Many(Vec::new())),
            View::Ago(_) => {
                let mut rows = page.rows.to_vec();
                for row in &mut rows {
                    row.status = self.seen(row.instance, view).map_or(row.status, State::status);
                }
                page.rows = Rows::Many(rows);
            }
        }
        page
    }

    /// An old copy shows status and stop mode as they were; addresses and locks as they are.
    pub(super) fn instances_as_of(&self, mut page: InstancePage, view: View) -> InstancePage {
        match view {
            View::Now => {}
            View::Without => page = InstancePage { rows: Rows::Many(Vec::new()), next_token: None },
            View::Ago(_) => {
                let mut rows = page.rows.to_vec();
                for row in &mut rows {
                    let Some(state) = self.seen(row.instance, view) else { continue };
                    row.described.status = state.status();
                    if self.cloud.region().ineligible(row.instance).is_none() {
                        row.described.stopped_mode = StoppedModeAnswer::of(state);
                    }
                }
                page.rows = Rows::Many(rows);
            }
        }
        page
    }

    /// An answer as facts bear it.
    pub(super) fn in_short(&self, answer: &Answer, view: View) -> CallAnswer {
        let seen = |row: Option<InstanceId>| {
            let state = row.and_then(|instance| self.seen(instance, view));
            state.map_or(CallAnswer::Missing, CallAnswer::Seen)
        };
        match answer {
            Answer::Accepted | Answer::Items(_) | Answer::Available(_) => CallAnswer::Accepted,
            Answer::Statuses(page) => seen(page.rows.first().map(|row| row.instance)),
            Answer::Instances(page) => seen(page.rows.first().map(|row| row.instance)),
            Answer::Created(instance) => CallAnswer::Created(*instance),
        }
    }

    /// The answer to a call has arrived.
    #[inline(never)]
    pub(super) fn on_seat_answered(&mut self, place: u32) {
        let SeatCall { id, answer, .. } = self.rest.in_flight_calls.seat_call(place);
        let (id, answer) = (*id, answer.take());
        let (in_flight, _) = self.rest.in_flight_calls.close(place);
        let heard = in_flight.answer.expect("an answer travels only once it was given");
        let call = call_fact(&in_flight);
        let took = self.rest.now - in_flight.sent_at;
        self.rest.latency(LatencyName::Api(in_flight.operation)).record(took);
        self.rest.note(Fact::AnswerDelivered(call, heard));
        let answer = match heard {
            CallAnswer::Refused(refusal) => Err(self.refused(&in_flight, refusal)),
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => Ok(answer.expect("what was not refused has an answer")),
        };
        let seat = in_flight.controller;
        self.rest.posts.push(Post { seat, posted: Posted::Answered(id, answer) });
    }

    fn refused(&self, in_flight: &InFlightCall, refusal: Refusal) -> Refused {
        let controller = self.rest.controller_names[usize::from(in_flight.controller)];
        let names = (controller, self.rest.instance_names[in_flight.instance.index()]);
        let (who, k) = request_key(&call_fact(in_flight), names);
        let words = self.rest.decisions.words(who, purpose::REQUEST_ID, in_flight.occasion, k);
        Refused {
            refusal,
            retry_after: Some(in_flight.retry_after).filter(|span| !span.is_zero()),
            request_id: request_id_of(words),
        }
    }

    /// The answer to a call, whose record this is a copy of, is waited for no longer.
    #[inline(never)]
    pub(super) fn tell_timed_out(&mut self, place: u32, in_flight: &InFlightCall) {
        let id = self.rest.in_flight_calls.seat_call(place).id;
        self.rest.posts.push(Post { seat: in_flight.controller, posted: Posted::TimedOut(id) });
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
