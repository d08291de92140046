//! Calls of scripted controllers, and how every call is handed to the network and comes back.

use crate::books::ledger::MissedReason;
use crate::books::outcome::LatencyName;
use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::Status;
use crate::engine::Identity;
use crate::fact::{Action, CallAnswer};
use crate::network::{self, CallKind};
use crate::units::SimTime;

use super::delivery::Reach;
use super::event::Ticket;
use super::job::{Job, Stage, Step};
use super::observer::Observer;
use super::payload::{Call, CallTag, Carried, ChangeCall, Heard, Payload, Returned, Told};
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
            Step::Change(to) => {
                let (token, as_such) = (retry_state.token, action == Action::Change);
                Some(Box::new(Carried::Change(ChangeCall { to, token, as_such })))
            }
            Step::Own | Step::StopFirst | Step::Replacing | Step::Probe => None,
        };
        let tag = CallTag { position, serial, keep: retry_state.keep };
        let call = Call {
            controller,
            instance,
            operation,
            occasion,
            number,
            shared: false,
            kind: CallKind::Action,
            tag,
        };
        if first {
            self.on_first_call(instance, action);
            if let Some(replace) = plan.replace {
                self.give_time(controller, position, replace);
            }
        }
        self.launch(call, payload);
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
                    self.rest.books.censored(LatencyName::StartCalledToRunning);
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

    /// Puts a call on its way to the region, whoever sends it.
    #[inline(always)]
    pub(super) fn launch(&mut self, call: Call, payload: Payload) {
        self.tell_states();
        let World { cloud, network, rest } = self;
        network.send(&mut Reach { cloud, rest }, call, payload);
    }

    /// The same for calls that carry something: they are few beside those of jobs.
    #[inline(never)]
    pub(super) fn launch_seldom(&mut self, call: Call, carried: Carried) {
        self.launch(call, Some(Box::new(carried)));
    }

    /// Lets an event of the network happen, and the caller hear of it that is to hear.
    #[inline(always)]
    pub(super) fn on_network_event(&mut self, event: network::Event) {
        self.tell_states();
        let World { cloud, network, rest } = self;
        if let Some(heard) = network.handle(event, &mut Reach { cloud, rest }) {
            self.on_heard(heard);
        }
    }

    /// Tells the network which states are over, before a read can ask for them.
    #[inline(always)]
    fn tell_states(&mut self) {
        if !self.rest.ended_states.is_empty() {
            self.tell_ended_states();
        }
    }

    #[inline(never)]
    fn tell_ended_states(&mut self) {
        for (at, instance, state) in self.rest.ended_states.drain(..) {
            self.network.state_ended(at, instance, state);
        }
    }

    /// The answer to a call has arrived, or is waited for no longer.
    #[inline(always)]
    fn on_heard(&mut self, Heard { told, returned }: Heard) {
        match returned {
            None => self.on_job_answered(&told),
            Some(returned) => self.on_returned(told, *returned),
        }
    }

    /// The same of a call that comes back with something.
    #[inline(never)]
    fn on_returned(&mut self, told: Told, returned: Returned) {
        match returned {
            Returned::Batch(members) if told.operation.shows_status() => {
                self.on_looks_answered(&told, &members);
            }
            Returned::Batch(members) => self.on_batch_answered(&told, &members),
            Returned::Page(seen) => self.on_page_answered(&told, seen),
            Returned::Seat(back) => self.on_seat_answered(&told, back),
        }
    }

    /// The call of a job was answered, or not in time.
    #[inline(always)]
    fn on_job_answered(&mut self, told: &Told) {
        let Told { controller, tag: CallTag { position, serial, .. }, answer, .. } = *told;
        let job = &self.rest.controller_states[usize::from(controller)].jobs[position as usize];
        if job.serial != serial {
            return self.rest.stale();
        }
        self.hear_hint(told, position);
        if told.operation.shows_status() {
            return self.on_poll_answered(controller, position, answer);
        }
        let Some(answer) = answer else {
            self.first_answered(controller, position);
            return self.ask_again_or_fail(controller, position, Cause::TimedOut);
        };
        let refused = match answer {
            CallAnswer::Refused(refusal) => Some(Cause::Refused(refusal)),
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => None,
        };
        if !refused.is_some_and(Cause::is_throttling) {
            self.not_throttled(controller, told.sent_at);
        }
        self.on_action_answered(controller, position, answer);
    }

    /// What a throttled call was told about when to ask again; a call that was told nothing ends
    /// what one before it was told.
    #[inline(always)]
    pub(super) fn hear_hint(&mut self, told: &Told, position: u32) {
        let controller_state = &mut self.rest.controller_states[usize::from(told.controller)];
        if controller_state.retry_state(position).retry_after != told.retry_after {
            controller_state.effort_mut(position).retry_after = told.retry_after;
        }
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
