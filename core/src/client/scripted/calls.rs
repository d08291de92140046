//! Calls of scripted controllers, and how every call is handed to the network and comes back.

use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::OperationName;
use crate::engine::Identity;
use crate::fact::Defect;
use crate::units::SimTime;

use super::job::{Job, Stage};
use super::payload::{Answered, Call, CallTag, Heard, Returned, Told};
use crate::client::{News, Outputs, Ticket};

use super::Clients;

impl Clients<'_> {
    /// Sends the call of a job: the first, or once more.
    pub(super) fn send(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        if self.looks_first(controller, position) {
            return self.look_first(out, controller, position);
        }
        let plan = &self.plan.controllers[usize::from(controller)];
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
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
        let kept = controller_state.kept(retry_state);
        let operation = Self::next_operation(kept.step, action);
        let is_flawed = number > 0 && !plan.defects.is_sound();
        let is_swapped = is_flawed
            && operation == OperationName::StartInstance
            && plan.defects.has(Defect::RetriesWithStop);
        let operation = if is_swapped { OperationName::StopInstance } else { operation };
        let tag = CallTag { position, serial, keep: kept.keep };
        let call = Call { controller, instance, operation, occasion, number, shared: false, tag };
        let mut request =
            self.request(out, &call, self.states[usize::from(controller)].kept(retry_state));
        if is_flawed {
            self.misword(out, &call, &mut request, is_swapped);
        }
        if first {
            out.tell(News::FirstCall { instance, action });
            if let Some(replace) = plan.replace {
                self.give_time(out, controller, position, replace);
            }
        }
        out.send(call, request);
    }

    /// The answer to a call has arrived, or is waited for no longer.
    #[inline(always)]
    pub fn heard(&mut self, out: &mut impl Outputs, Heard { told, returned }: Heard) {
        match returned {
            None => self.on_job_answered(out, &told),
            Some(returned) => self.on_returned(out, told, *returned),
        }
    }

    /// The same of a call that comes back with something.
    #[inline(never)]
    fn on_returned(&mut self, out: &mut impl Outputs, told: Told, returned: Returned) {
        match returned {
            Returned::Batch(members) if told.operation.shows_status() => {
                self.on_looks_answered(out, &told, &members);
            }
            Returned::Batch(members) => self.on_batch_answered(out, &told, &members),
            Returned::Page(seen) => self.on_page_answered(out, &told, seen),
            Returned::Seat(back) => self.on_seat_answered(out, &told, back),
        }
    }

    /// The call of a job was answered, or not in time.
    #[inline(always)]
    fn on_job_answered(&mut self, out: &mut impl Outputs, told: &Told) {
        let Told { controller, tag: CallTag { position, serial, .. }, answer, .. } = *told;
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        if job.serial != serial && !self.takes_late(out, told) {
            return out.stale();
        }
        self.hear_hint(told, position);
        if told.operation.shows_status() {
            return self.on_poll_answered(out, controller, position, answer);
        }
        let Some(answer) = answer else {
            self.first_answered(out, controller, position);
            return self.ask_again_or_fail(out, controller, position, Cause::TimedOut);
        };
        let refused = match answer {
            Answered::Refused(refusal) => Some(Cause::Refused(refusal)),
            Answered::Accepted
            | Answered::Seen(_)
            | Answered::Missing
            | Answered::Created(_)
            | Answered::Stocked(_) => None,
        };
        if !refused.is_some_and(Cause::is_throttling) {
            self.not_throttled(out, controller, told.sent_at);
        }
        self.on_action_answered(out, controller, position, answer);
    }

    /// What a throttled call was told about when to ask again; a call that was told nothing ends
    /// what one before it was told.
    #[inline(always)]
    pub(super) fn hear_hint(&mut self, told: &Told, position: u32) {
        let controller_state = &mut self.states[usize::from(told.controller)];
        if controller_state.retry_state(position).retry_after != told.retry_after {
            controller_state.retry_state_mut(position).retry_after = told.retry_after;
        }
    }
}

impl Clients<'_> {
    pub(super) fn ticket(&self, controller: u16, position: u32) -> Ticket {
        let serial = self.states[usize::from(controller)].jobs[position as usize].serial;
        Ticket { controller, position, serial }
    }

    pub(in crate::client) fn instance_at(&self, controller: u16, position: u32) -> InstanceId {
        self.states[usize::from(controller)].order[position as usize]
    }

    /// The identity of what a controller does with an instance.
    pub(super) fn pair(
        &self,
        out: &impl Outputs,
        controller: u16,
        instance: InstanceId,
    ) -> Identity {
        self.names[usize::from(controller)].with(out.name(instance))
    }
}
