//! Calls: sent, arrived, answered, timed out. State, stock and money change on arrival.

use crate::controller::policy::{Malformed, StopParameters};
use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{OperationName, Parameter, StartInstance, StopInstance, Target};
use crate::ecs::refusal::RefusalClass;
use crate::engine::{Distribution, Identity, Purpose};
use crate::fact::{Action, CallAnswer, CallFact, Fact, purpose};
use crate::fault::effect::{Course, View};
use crate::fault::injector::{About, CallFacts, Verdict};
use crate::units::{SimDuration, SimTime};

use super::event::{Event, Ticket};
use super::in_flight::{BatchMember, InFlightCall, Payload, Sender};
use super::job::{Job, Stage, Step};
use super::ledger::MissedReason;
use super::observer::Observer;
use super::outcome::LatencyName;
use super::{Rest, World};

impl<O: Observer> World<'_, O> {
    /// Sends the call of a job: the first, or once more.
    pub(super) fn send(&mut self, controller: u16, position: u32) {
        if self.looks_first(controller, position) {
            return self.look_first(controller, position);
        }
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let now = self.rest.now;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let instance = controller_state.order[position as usize];
        let job = &mut controller_state.jobs[position as usize];
        let number = job.attempt;
        job.attempt += 1;
        job.enter(Stage::Calling);
        let first = job.first_call == SimTime::NEVER;
        if first {
            job.first_call = now;
            controller_state.spent.called();
        }
        let Job { action, serial, occasion, retry_state, .. } = *job;
        let retry_state = controller_state.kept(retry_state);
        let operation = Self::next_operation(retry_state.step, action);
        let payload = match retry_state.step {
            Step::Change(to) => Payload::Change(to, retry_state.token, action == Action::Change),
            Step::Own | Step::StopFirst | Step::Replacing | Step::Probe => Payload::None,
        };
        let in_flight = InFlightCall {
            controller,
            position,
            instance,
            serial,
            operation,
            occasion,
            number,
            sent_at: now,
            shared: false,
            sender: Sender::Jobs,
            keep: retry_state.keep,
            answer: None,
            retry_after: SimDuration::ZERO,
            closed: false,
            events: 0,
        };
        if first {
            self.on_first_call(instance, action);
            if let Some(replace) = plan.replace {
                self.give_time(controller, position, replace);
            }
        }
        self.launch(in_flight, purpose::REQUEST_LEG, payload);
    }

    #[inline(always)]
    pub(super) fn on_first_call(&mut self, instance: InstanceId, action: Action) {
        let record = &self.rest.records[instance.index()];
        let status = self.cloud.region().state(instance).status();
        match action {
            // What runs already is not awaited: its call will be refused.
            Action::Start | Action::Reactivate
                if matches!(status, Status::Starting | Status::Running) => {}
            Action::Start | Action::Reactivate => {
                if record.called_at != SimTime::NEVER {
                    self.rest.latency(LatencyName::StartCalledToRunning).record_censored();
                }
                self.rest.records[instance.index()].called_at = self.rest.now;
            }
            Action::Stop | Action::Delete => {
                if record.missed == MissedReason::Stagger {
                    self.rest.book(self.cloud.region(), instance);
                    self.rest.records[instance.index()].missed = MissedReason::Late;
                }
            }
            Action::Reboot | Action::Change => {}
        }
    }

    /// Puts a call on its way to the region.
    #[inline(always)]
    pub(super) fn launch(&mut self, in_flight: InFlightCall, leg: Purpose, payload: Payload) {
        self.rest.note(Fact::CallSent(call_fact(&in_flight)));
        self.rest.out.calls[in_flight.operation as usize].sent += 1;
        let tally = &mut self.rest.out.clients[usize::from(in_flight.controller)];
        if in_flight.operation.shows_status() {
            tally.looks += 1;
        } else {
            tally.calls += 1;
        }
        let travel = self.leg(&in_flight, leg, &self.rest.plan.legs.request);
        let arrives = self.rest.now + travel;
        let deadline = self.deadline(&in_flight);
        let events = 1 + u8::from(deadline < arrives);
        let place = self.rest.in_flight_calls.add(InFlightCall { events, ..in_flight }, payload);
        if deadline < arrives {
            let source = self.rest.of_controller(in_flight.controller);
            self.rest.schedule(deadline, source, Event::TimedOut { in_flight: place });
        }
        // A page is read when all that came before it at this instant has happened.
        if travel.is_zero() && in_flight.sender != Sender::Watch {
            self.arrive(place, &in_flight, false);
        } else {
            let source = self.rest.of_controller(in_flight.controller);
            let event = Event::RequestArrived { in_flight: place, duplicate: false };
            self.rest.schedule(arrives, source, event);
        }
    }

    /// The same for calls that are few beside those of single jobs.
    #[inline(never)]
    pub(super) fn launch_seldom(
        &mut self,
        in_flight: InFlightCall,
        leg: Purpose,
        payload: Payload,
    ) {
        self.launch(in_flight, leg, payload);
    }

    fn deadline(&self, in_flight: &InFlightCall) -> SimTime {
        let timeout = self.rest.plan.controllers[usize::from(in_flight.controller)].timeout;
        timeout.map_or(SimTime::NEVER, |span| in_flight.sent_at.saturating_add(span))
    }

    pub(super) fn on_request_arrived(&mut self, place: u32, duplicate: bool) {
        let in_flight = *self.rest.in_flight_calls.get(place);
        self.arrive(place, &in_flight, duplicate);
    }

    /// A call, whose record this is a copy of, reaches the region.
    fn arrive(&mut self, place: u32, in_flight: &InFlightCall, duplicate: bool) {
        if let Some(throttled) = self.throttled(in_flight.controller, in_flight.operation) {
            return self.turn_away(place, duplicate, throttled);
        }
        let instance = in_flight.instance;
        let struck = !duplicate && self.rest.injector.may_strike_calls();
        let course = if struck { self.strike(in_flight, instance) } else { None };
        let applied = match course {
            Some(Course { refused: Some(refusal), .. }) => CallAnswer::Refused(refusal),
            Some(Course { view, .. }) => self.deliver(place, in_flight, duplicate, view),
            None => self.deliver(place, in_flight, duplicate, View::Now),
        };
        let answer = match course {
            Some(Course { answered: Some(refusal), .. }) => CallAnswer::Refused(refusal),
            _ => applied,
        };
        self.tally(in_flight.operation, answer);
        self.rest.note(Fact::CallHandled(call_fact(in_flight), answer));
        if !duplicate {
            self.send_answer(place, in_flight, answer, course);
        }
        self.rest.in_flight_calls.landed(place);
    }

    #[inline(never)]
    fn strike(&mut self, in_flight: &InFlightCall, instance: InstanceId) -> Option<Course> {
        let facts = CallFacts {
            operation: in_flight.operation,
            controller: in_flight.controller,
            controller_identity: self.rest.controller_names[usize::from(in_flight.controller)],
            about: (!in_flight.shared).then(|| self.about(instance)),
            occasion: in_flight.occasion,
            attempt: in_flight.number,
        };
        match self.rest.injector.on_call(&facts) {
            Verdict::Pass => None,
            Verdict::Strike { rule, effect } => {
                let rule = self.rest.plan.call_faults[usize::from(rule)].identity;
                self.rest.note(Fact::FaultStruck { rule, instance });
                Some(effect.course())
            }
        }
    }

    /// An instance, as far as fault rules look at it.
    pub(super) fn about(&self, instance: InstanceId) -> About {
        let group = self.cloud.region().group_of(instance);
        let zone = self.rest.plan.region.groups[group.index()].zone;
        About { instance, identity: self.rest.instance_names[instance.index()], group, zone }
    }

    /// Sends the answer of a first delivery back, or not.
    #[inline(always)]
    pub(super) fn send_answer(
        &mut self,
        place: u32,
        in_flight: &InFlightCall,
        answer: CallAnswer,
        course: Option<Course>,
    ) {
        let source = self.rest.of_controller(in_flight.controller);
        let is_watch = in_flight.sender == Sender::Watch;
        let is_poll = is_watch || in_flight.operation.shows_status() && !in_flight.shared;
        let leg = if is_poll { purpose::POLL_ANSWER_LEG } else { purpose::ANSWER_LEG };
        let travel = self.leg(in_flight, leg, &self.rest.plan.legs.answer);
        let travel = course.map_or(Some(travel), |course| course.answer.takes(travel));
        if let Some(Course { again: Some(later), .. }) = course {
            self.rest.in_flight_calls.get(place).events += 1;
            let event = Event::RequestArrived { in_flight: place, duplicate: true };
            self.rest.schedule(self.rest.now + later, source, event);
        }
        let deadline = self.deadline(in_flight);
        let answered = travel.map_or(SimTime::NEVER, |span| self.rest.now.saturating_add(span));
        let kept = self.rest.in_flight_calls.get(place);
        kept.answer = Some(answer);
        if answered <= deadline && answered != SimTime::NEVER {
            kept.events += 1;
            self.rest.schedule(answered, source, Event::AnswerArrived { in_flight: place });
        } else if deadline == SimTime::NEVER {
            // Nobody will ever know: the caller waits for ever.
            kept.closed = true;
            self.rest.latency(LatencyName::Api(in_flight.operation)).record_censored();
        } else if self.rest.now <= deadline {
            kept.events += 1;
            self.rest.schedule(deadline, source, Event::TimedOut { in_flight: place });
        }
    }

    /// Lets the region handle a delivery.
    #[inline(always)]
    fn deliver(
        &mut self,
        place: u32,
        in_flight: &InFlightCall,
        duplicate: bool,
        view: View,
    ) -> CallAnswer {
        match in_flight.sender {
            Sender::Jobs => {}
            Sender::Watch => return self.deliver_page(place, in_flight, duplicate, view),
            Sender::Seat => return self.deliver_for_seat(place, in_flight, duplicate, view),
        }
        let instance = in_flight.instance;
        let controller = &self.rest.plan.controllers[usize::from(in_flight.controller)];
        let done = match in_flight.operation {
            OperationName::StopInstance => {
                let request = stop_request(&controller.stop, instance, in_flight.keep);
                let asked = self.rest.asked(in_flight);
                self.cloud.stop(&mut self.rest, &asked, instance, &request)
            }
            OperationName::StartInstance => {
                let start = &controller.start;
                let (target, malformed) = target(instance, start.malformed.as_ref());
                let request = StartInstance {
                    instance: target,
                    init_local_disk: start.init_local_disk,
                    dry_run: start.dry_run,
                    malformed,
                };
                let asked = self.rest.asked(in_flight);
                self.cloud.start(&mut self.rest, &asked, instance, &request)
            }
            OperationName::DescribeInstanceStatus | OperationName::DescribeInstances => {
                return match in_flight.shared {
                    true => self.deliver_looks(place, duplicate, view),
                    false => self.look_at(in_flight, instance, view),
                };
            }
            OperationName::StopInstances
            | OperationName::StartInstances
            | OperationName::RebootInstances => {
                return self.deliver_batch(place, duplicate);
            }
            OperationName::RebootInstance
            | OperationName::DeleteInstance
            | OperationName::RunInstances
            | OperationName::ReActivateInstances
            | OperationName::ModifyInstanceSpec => {
                return self.deliver_seldom(place, in_flight, view);
            }
            OperationName::DescribeAvailableResource => {
                return self.show_stock(in_flight, instance);
            }
        };
        match done {
            Ok(()) => CallAnswer::Accepted,
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the region carry out what is asked for seldom, as it does for a seat.
    #[inline(never)]
    fn deliver_seldom(&mut self, place: u32, in_flight: &InFlightCall, view: View) -> CallAnswer {
        let operation = self.request(place, in_flight);
        match self.carry_out(in_flight, &operation, view) {
            Ok(answer) => self.in_short(&answer, view),
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    #[inline(always)]
    pub(super) fn tally(&mut self, operation: OperationName, answer: CallAnswer) {
        let tally = &mut self.rest.out.calls[operation as usize];
        match answer {
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => tally.accepted += 1,
            CallAnswer::Refused(refusal) if refusal.class() == RefusalClass::DryRun => {
                tally.dry_run += 1;
            }
            CallAnswer::Refused(refusal) => *tally.refused.entry(refusal).or_default() += 1,
        }
    }

    pub(super) fn on_answer_arrived(&mut self, place: u32) {
        match self.rest.in_flight_calls.get(place).sender {
            Sender::Jobs => {}
            Sender::Watch => return self.on_page_answered(place),
            Sender::Seat => return self.on_seat_answered(place),
        }
        let (in_flight, members) = self.rest.in_flight_calls.close(place);
        let answer = in_flight.answer.expect("an answer travels only once it was given");
        let took = self.rest.now - in_flight.sent_at;
        self.rest.latency(LatencyName::Api(in_flight.operation)).record(took);
        self.rest.note(Fact::AnswerDelivered(call_fact(&in_flight), answer));
        if in_flight.shared {
            return self.on_shared_answered(&in_flight, &members, Some(answer));
        }
        let job = &self.rest.controller_states[usize::from(in_flight.controller)].jobs
            [in_flight.position as usize];
        if job.serial != in_flight.serial {
            return self.rest.stale();
        }
        if in_flight.operation.shows_status() {
            self.hear_hint(&in_flight, in_flight.position);
            self.on_poll_answered(in_flight.controller, in_flight.position, Some(answer));
        } else {
            let refused = match answer {
                CallAnswer::Refused(refusal) => Some(Cause::Refused(refusal)),
                CallAnswer::Accepted
                | CallAnswer::Seen(_)
                | CallAnswer::Missing
                | CallAnswer::Created(_)
                | CallAnswer::Stocked(_) => None,
            };
            if !refused.is_some_and(Cause::is_throttling) {
                self.not_throttled(in_flight.controller, in_flight.sent_at);
            }
            self.hear_hint(&in_flight, in_flight.position);
            self.on_action_answered(in_flight.controller, in_flight.position, answer);
        }
    }

    /// A batch call, or the look before it, was answered, or not in time.
    #[inline(never)]
    fn on_shared_answered(
        &mut self,
        in_flight: &InFlightCall,
        members: &[BatchMember],
        answer: Option<CallAnswer>,
    ) {
        if in_flight.operation.shows_status() {
            self.on_looks_answered(in_flight, members, answer);
        } else {
            self.on_batch_answered(in_flight, members, answer);
        }
    }

    /// What a throttled call was told about when to ask again.
    pub(super) fn hear_hint(&mut self, in_flight: &InFlightCall, position: u32) {
        let controller_state = &mut self.rest.controller_states[usize::from(in_flight.controller)];
        if controller_state.retry_state(position).retry_after != in_flight.retry_after {
            controller_state.effort_mut(position).retry_after = in_flight.retry_after;
        }
    }

    #[inline(never)]
    pub(super) fn on_timed_out(&mut self, place: u32) {
        let (in_flight, members) = self.rest.in_flight_calls.close(place);
        self.rest.out.calls[in_flight.operation as usize].timed_out += 1;
        self.rest.out.clients[usize::from(in_flight.controller)].timed_out += 1;
        self.rest.latency(LatencyName::Api(in_flight.operation)).record_censored();
        self.rest.note(Fact::CallTimedOut(call_fact(&in_flight)));
        match in_flight.sender {
            Sender::Jobs => {}
            Sender::Watch => return self.go_on_looking(&in_flight, false),
            Sender::Seat => return self.tell_timed_out(place, &in_flight),
        }
        if in_flight.shared {
            return self.on_shared_answered(&in_flight, &members, None);
        }
        let job = &self.rest.controller_states[usize::from(in_flight.controller)].jobs
            [in_flight.position as usize];
        if job.serial != in_flight.serial {
            return self.rest.stale();
        }
        if in_flight.operation.shows_status() {
            self.on_poll_answered(in_flight.controller, in_flight.position, None);
        } else {
            self.first_answered(in_flight.controller, in_flight.position);
            self.ask_again_or_fail(in_flight.controller, in_flight.position, Cause::TimedOut);
        }
    }

    /// How long one leg of a call takes. The luck is that of the controller with the instance,
    /// or, for a batch and the look before it, that of the controller alone.
    #[inline(always)]
    fn leg(&self, in_flight: &InFlightCall, leg: Purpose, takes: &Distribution) -> SimDuration {
        let drawn = || {
            let who = if in_flight.shared {
                self.rest.controller_names[usize::from(in_flight.controller)]
            } else {
                self.rest.pair(in_flight.controller, in_flight.instance)
            };
            self.rest.decisions.duration(who, leg, in_flight.occasion, in_flight.number, takes)
        };
        takes.fixed().unwrap_or_else(drawn)
    }
}

impl<O: Observer> Rest<'_, O> {
    pub(super) fn ticket(&self, controller: u16, position: u32) -> Ticket {
        let serial = self.controller_states[usize::from(controller)].jobs[position as usize].serial;
        Ticket { controller, position, serial }
    }

    pub(super) fn instance_at(&self, controller: u16, position: u32) -> InstanceId {
        self.controller_states[usize::from(controller)].order[position as usize]
    }

    /// The identity of what a controller does with an instance.
    pub(super) fn pair(&self, controller: u16, instance: InstanceId) -> Identity {
        let who = self.controller_names[usize::from(controller)];
        who.with(self.instance_names[instance.index()])
    }
}

pub(super) fn call_fact(in_flight: &InFlightCall) -> CallFact {
    CallFact {
        operation: in_flight.operation,
        controller: in_flight.controller,
        instance: in_flight.instance,
        occasion: in_flight.occasion,
        number: in_flight.number,
    }
}

/// How a controller asks for a stop of an instance; `keep` asks it to keep charging.
pub fn stop_request(stop: &StopParameters, instance: InstanceId, keep: bool) -> StopInstance {
    let (target, malformed) = target(instance, stop.malformed.as_ref());
    StopInstance {
        instance: target,
        confirm_stop: stop.confirm_stop,
        force: stop.force,
        mode: if keep { Some(StoppedMode::KeepCharging) } else { stop.mode },
        dry_run: stop.dry_run,
        hibernate: stop.hibernate,
        malformed,
    }
}

pub(super) fn target(
    instance: InstanceId,
    malformed: Option<&Malformed>,
) -> (Target, Option<Parameter>) {
    match malformed {
        None => (Target::Id(instance), None),
        Some(Malformed::MissingInstanceId) => (Target::Missing, None),
        Some(Malformed::MalformedInstanceId) => (Target::Malformed, None),
        Some(Malformed::UnknownInstanceId(name)) => (Target::Unknown(name.clone()), None),
        Some(Malformed::Parameter(parameter)) => (Target::Id(instance), Some(*parameter)),
        // Defects of looks, not of what follows them.
        Some(Malformed::UnknownZone | Malformed::EmptyPage) => (Target::Id(instance), None),
    }
}
