//! Calls: sent, arrived, answered, timed out. State, stock and money change on arrival.

use crate::controller::policy::{Action, Malformed, StopParameters};
use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{OperationName, Parameter, StartInstance, StopInstance, Target};
use crate::ecs::refusal::RefusalClass;
use crate::engine::{Distribution, Identity, Purpose};
use crate::fault::injector::{About, CallFacts, Verdict};
use crate::fault::rule::CallEffect;
use crate::units::{SimDuration, SimTime};

use super::event::{Event, Ticket};
use super::fact::{CallAnswer, CallFact, Fact, Observer};
use super::flight::{Cargo, Flight, Rider, Sender};
use super::ledger::MissedReason;
use super::outcome::LatencyName;
use super::reads::View;
use super::task::{Stage, Step, Task};
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
    /// Sends the call of a task: the first, or once more.
    pub(super) fn send(&mut self, controller: u16, position: u32) {
        if self.looks_first(controller, position) {
            return self.look_first(controller, position);
        }
        let plan = &self.plan.controllers[usize::from(controller)];
        let now = self.now;
        let desk = &mut self.desks[usize::from(controller)];
        let instance = desk.order[position as usize];
        let task = &mut desk.tasks[position as usize];
        let number = task.attempt;
        task.attempt += 1;
        task.enter(Stage::Calling);
        let first = task.first_call == SimTime::NEVER;
        if first {
            task.first_call = now;
            desk.spent.called();
        }
        let Task { action, serial, occasion, effort, .. } = *task;
        let effort = desk.kept(effort);
        let operation = Self::next_operation(effort.step, action);
        let cargo = match effort.step {
            Step::Change(to) => Cargo::Change(to, effort.token, action == Action::Change),
            Step::Own | Step::StopFirst | Step::Replacing | Step::Probe => Cargo::None,
        };
        let flight = Flight {
            controller,
            position,
            instance,
            serial,
            operation,
            occasion,
            number,
            sent_at: now,
            shared: false,
            sender: Sender::Tasks,
            keep: effort.keep,
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
        self.launch(flight, purpose::REQUEST_LEG, cargo);
    }

    #[inline(always)]
    pub(super) fn on_first_call(&mut self, instance: InstanceId, action: Action) {
        let slot = &self.slots[instance.index()];
        let status = self.region.state(instance).status();
        match action {
            // What runs already is not awaited: its call will be refused.
            Action::Start | Action::Reactivate
                if matches!(status, Status::Starting | Status::Running) => {}
            Action::Start | Action::Reactivate => {
                if slot.called_at != SimTime::NEVER {
                    self.latency(LatencyName::StartCalledToRunning).record_censored();
                }
                self.slots[instance.index()].called_at = self.now;
            }
            Action::Stop | Action::Delete => {
                if slot.missed == MissedReason::Stagger {
                    self.book(instance);
                    self.slots[instance.index()].missed = MissedReason::Late;
                }
            }
            Action::Reboot | Action::Change => {}
        }
    }

    /// Puts a call on its way to the region.
    #[inline(always)]
    pub(super) fn launch(&mut self, flight: Flight, leg: Purpose, cargo: Cargo) {
        self.note(Fact::CallSent(call_fact(&flight)));
        self.out.calls[flight.operation as usize].sent += 1;
        let tally = &mut self.out.clients[usize::from(flight.controller)];
        if flight.operation.shows_status() {
            tally.looks += 1;
        } else {
            tally.calls += 1;
        }
        let travel = self.leg(&flight, leg, &self.plan.legs.request);
        let arrives = self.now + travel;
        let deadline = self.deadline(&flight);
        let events = 1 + u8::from(deadline < arrives);
        let place = self.flights.add(Flight { events, ..flight }, cargo);
        if deadline < arrives {
            let source = self.of_controller(flight.controller);
            self.schedule(deadline, source, Event::TimedOut { flight: place });
        }
        // A page is read when all that came before it at this instant has happened.
        if travel.is_zero() && flight.sender != Sender::Watch {
            self.arrive(place, &flight, false);
        } else {
            let source = self.of_controller(flight.controller);
            let event = Event::RequestArrived { flight: place, duplicate: false };
            self.schedule(arrives, source, event);
        }
    }

    /// The same for calls that are few beside those of single tasks.
    #[inline(never)]
    pub(super) fn launch_seldom(&mut self, flight: Flight, leg: Purpose, cargo: Cargo) {
        self.launch(flight, leg, cargo);
    }

    fn deadline(&self, flight: &Flight) -> SimTime {
        let timeout = self.plan.controllers[usize::from(flight.controller)].timeout;
        timeout.map_or(SimTime::NEVER, |span| flight.sent_at.saturating_add(span))
    }

    pub(super) fn on_request_arrived(&mut self, place: u32, duplicate: bool) {
        let flight = *self.flights.get(place);
        self.arrive(place, &flight, duplicate);
    }

    /// A call, whose record this is a copy of, reaches the region.
    fn arrive(&mut self, place: u32, flight: &Flight, duplicate: bool) {
        if let Some(throttled) = self.throttled(flight.controller, flight.operation) {
            return self.turn_away(place, duplicate, throttled);
        }
        let instance = flight.instance;
        let struck = !duplicate && self.injector.may_strike_calls();
        let effect = if struck { self.strike(flight, instance) } else { None };
        let applied = match effect {
            Some(CallEffect::Refuse(refusal)) => CallAnswer::Refused(refusal),
            Some(
                CallEffect::ApplyThenRefuse(_)
                | CallEffect::LoseAnswer
                | CallEffect::LateAnswer(_)
                | CallEffect::Duplicate(_)
                | CallEffect::SlowAnswer(_)
                | CallEffect::StaleRead(_)
                | CallEffect::MissingRead,
            )
            | None => self.deliver(place, flight, duplicate, View::under(effect)),
        };
        let answer = match effect {
            Some(CallEffect::ApplyThenRefuse(refusal)) => CallAnswer::Refused(refusal),
            _ => applied,
        };
        self.tally(flight.operation, answer);
        self.note(Fact::CallHandled(call_fact(flight), answer));
        if !duplicate {
            self.send_answer(place, flight, answer, effect);
        }
        self.flights.landed(place);
    }

    #[inline(never)]
    fn strike(&mut self, flight: &Flight, instance: InstanceId) -> Option<CallEffect> {
        let facts = CallFacts {
            operation: flight.operation,
            controller: flight.controller,
            controller_identity: self.controller_names[usize::from(flight.controller)],
            about: (!flight.shared).then(|| self.about(instance)),
            occasion: flight.occasion,
            attempt: flight.number,
        };
        match self.injector.on_call(&facts) {
            Verdict::Pass => None,
            Verdict::Strike { rule, effect } => {
                let rule = self.plan.call_faults[usize::from(rule)].identity;
                self.note(Fact::FaultStruck { rule, instance });
                Some(effect)
            }
        }
    }

    /// An instance, as far as fault rules look at it.
    pub(super) fn about(&self, instance: InstanceId) -> About {
        let group = self.region.group_of(instance);
        let zone = self.plan.region.groups[group.index()].zone;
        About { instance, identity: self.instance_names[instance.index()], group, zone }
    }

    /// Sends the answer of a first delivery back, or not.
    #[inline(always)]
    pub(super) fn send_answer(
        &mut self,
        place: u32,
        flight: &Flight,
        answer: CallAnswer,
        effect: Option<CallEffect>,
    ) {
        let source = self.of_controller(flight.controller);
        let is_watch = flight.sender == Sender::Watch;
        let is_poll = is_watch || flight.operation.shows_status() && !flight.shared;
        let leg = if is_poll { purpose::POLL_ANSWER_LEG } else { purpose::ANSWER_LEG };
        let travel = self.leg(flight, leg, &self.plan.legs.answer);
        let travel = match effect {
            Some(CallEffect::LateAnswer(later)) => Some(travel.saturating_add(later)),
            Some(CallEffect::SlowAnswer(times)) => Some(travel.scaled(times.num(), times.den())),
            Some(CallEffect::LoseAnswer) => None,
            Some(CallEffect::Duplicate(later)) => {
                self.flights.get(place).events += 1;
                let event = Event::RequestArrived { flight: place, duplicate: true };
                self.schedule(self.now + later, source, event);
                Some(travel)
            }
            Some(
                CallEffect::Refuse(_)
                | CallEffect::ApplyThenRefuse(_)
                | CallEffect::StaleRead(_)
                | CallEffect::MissingRead,
            )
            | None => Some(travel),
        };
        let deadline = self.deadline(flight);
        let answered = travel.map_or(SimTime::NEVER, |span| self.now.saturating_add(span));
        let kept = self.flights.get(place);
        kept.answer = Some(answer);
        if answered <= deadline && answered != SimTime::NEVER {
            kept.events += 1;
            self.schedule(answered, source, Event::AnswerArrived { flight: place });
        } else if deadline == SimTime::NEVER {
            // Nobody will ever know: the caller waits for ever.
            kept.closed = true;
            self.latency(LatencyName::Api(flight.operation)).record_censored();
        } else if self.now <= deadline {
            kept.events += 1;
            self.schedule(deadline, source, Event::TimedOut { flight: place });
        }
    }

    /// Lets the region handle a delivery.
    #[inline(always)]
    fn deliver(&mut self, place: u32, flight: &Flight, duplicate: bool, view: View) -> CallAnswer {
        match flight.sender {
            Sender::Tasks => {}
            Sender::Watch => return self.deliver_page(place, flight, duplicate, view),
            Sender::Seat => return self.deliver_for_seat(place, flight, duplicate, view),
        }
        let instance = flight.instance;
        let controller = &self.plan.controllers[usize::from(flight.controller)];
        let done = match flight.operation {
            OperationName::StopInstance => {
                let request = stop_request(&controller.stop, instance, flight.keep);
                self.apply_stop(flight, instance, &request)
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
                self.apply_start(flight, instance, |region, now, caller| {
                    region.start_instance(now, caller, &request)
                })
            }
            OperationName::DescribeInstanceStatus | OperationName::DescribeInstances => {
                return match flight.shared {
                    true => self.deliver_looks(place, duplicate, view),
                    false => self.look_at(flight, instance, view),
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
            | OperationName::ReActivateInstances => {
                return self.deliver_lifecycle(flight, instance);
            }
            OperationName::ModifyInstanceSpec => self.deliver_change(place, flight, instance),
            OperationName::DescribeAvailableResource => return self.show_stock(flight, instance),
        };
        match done {
            Ok(()) => CallAnswer::Accepted,
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    #[inline(always)]
    pub(super) fn tally(&mut self, operation: OperationName, answer: CallAnswer) {
        let tally = &mut self.out.calls[operation as usize];
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
        match self.flights.get(place).sender {
            Sender::Tasks => {}
            Sender::Watch => return self.on_page_answered(place),
            Sender::Seat => return self.on_seat_answered(place),
        }
        let (flight, riders) = self.flights.close(place);
        let answer = flight.answer.expect("an answer travels only once it was given");
        let took = self.now - flight.sent_at;
        self.latency(LatencyName::Api(flight.operation)).record(took);
        self.note(Fact::AnswerDelivered(call_fact(&flight), answer));
        if flight.shared {
            return self.on_shared_answered(&flight, &riders, Some(answer));
        }
        let task = &self.desks[usize::from(flight.controller)].tasks[flight.position as usize];
        if task.serial != flight.serial {
            return self.stale();
        }
        if flight.operation.shows_status() {
            self.hear_hint(&flight, flight.position);
            self.on_poll_answered(flight.controller, flight.position, Some(answer));
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
                self.not_throttled(flight.controller, flight.sent_at);
            }
            self.hear_hint(&flight, flight.position);
            self.on_action_answered(flight.controller, flight.position, answer);
        }
    }

    /// A batch call, or the look before it, was answered, or not in time.
    #[inline(never)]
    fn on_shared_answered(
        &mut self,
        flight: &Flight,
        riders: &[Rider],
        answer: Option<CallAnswer>,
    ) {
        if flight.operation.shows_status() {
            self.on_looks_answered(flight, riders, answer);
        } else {
            self.on_batch_answered(flight, riders, answer);
        }
    }

    /// What a throttled call was told about when to ask again.
    pub(super) fn hear_hint(&mut self, flight: &Flight, position: u32) {
        let desk = &mut self.desks[usize::from(flight.controller)];
        if desk.effort(position).retry_after != flight.retry_after {
            desk.effort_mut(position).retry_after = flight.retry_after;
        }
    }

    #[inline(never)]
    pub(super) fn on_timed_out(&mut self, place: u32) {
        let (flight, riders) = self.flights.close(place);
        self.out.calls[flight.operation as usize].timed_out += 1;
        self.out.clients[usize::from(flight.controller)].timed_out += 1;
        self.latency(LatencyName::Api(flight.operation)).record_censored();
        self.note(Fact::CallTimedOut(call_fact(&flight)));
        match flight.sender {
            Sender::Tasks => {}
            Sender::Watch => return self.go_on_looking(&flight, false),
            Sender::Seat => return self.tell_timed_out(place, &flight),
        }
        if flight.shared {
            return self.on_shared_answered(&flight, &riders, None);
        }
        let task = &self.desks[usize::from(flight.controller)].tasks[flight.position as usize];
        if task.serial != flight.serial {
            return self.stale();
        }
        if flight.operation.shows_status() {
            self.on_poll_answered(flight.controller, flight.position, None);
        } else {
            self.first_answered(flight.controller, flight.position);
            self.ask_again_or_fail(flight.controller, flight.position, Cause::TimedOut);
        }
    }

    pub(super) fn ticket(&self, controller: u16, position: u32) -> Ticket {
        let serial = self.desks[usize::from(controller)].tasks[position as usize].serial;
        Ticket { controller, position, serial }
    }

    pub(super) fn instance_at(&self, controller: u16, position: u32) -> InstanceId {
        self.desks[usize::from(controller)].order[position as usize]
    }

    /// How long one leg of a call takes. The luck is that of the controller with the instance,
    /// or, for a batch and the look before it, that of the controller alone.
    #[inline(always)]
    fn leg(&self, flight: &Flight, leg: Purpose, takes: &Distribution) -> SimDuration {
        let drawn = || {
            let who = if flight.shared {
                self.controller_names[usize::from(flight.controller)]
            } else {
                self.pair(flight.controller, flight.instance)
            };
            self.decisions.duration(who, leg, flight.occasion, flight.number, takes)
        };
        takes.fixed().unwrap_or_else(drawn)
    }

    /// The identity of what a controller does with an instance.
    pub(super) fn pair(&self, controller: u16, instance: InstanceId) -> Identity {
        let who = self.controller_names[usize::from(controller)];
        who.with(self.instance_names[instance.index()])
    }
}

pub(super) fn call_fact(flight: &Flight) -> CallFact {
    CallFact {
        operation: flight.operation,
        controller: flight.controller,
        instance: flight.instance,
        occasion: flight.occasion,
        number: flight.number,
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
