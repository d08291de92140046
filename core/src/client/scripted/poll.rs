//! How a controller looks at one instance a call: before it acts, and until its action is done.

use crate::controller::defects::EAGER_POLL;
use crate::controller::policy::MissingRead;
use crate::controller::retry::{Call, Cause};
use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::fact::{Action, Belief, Defect};

use crate::client::{Event, Outputs, Ticket};

use super::Clients;
use super::job::{Stage, Step};
use super::payload::{self, Answered, CallTag, Request};

impl Clients<'_> {
    /// The job's call was accepted: from here it polls.
    #[inline(never)]
    pub(super) fn begin_waiting(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
        controller_state.jobs[position as usize].enter(Stage::Waiting);
        let retry_state = controller_state.retry_state_mut(position);
        retry_state.waits_since = now;
        retry_state.waits_from = retry_state.polls;
        retry_state.blind = 0;
        self.schedule_poll(out, controller, position);
    }

    fn schedule_poll(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let wait = plan.wait.as_ref().expect("only controllers that poll wait");
        let retry_state = self.states[usize::from(controller)].retry_state(position);
        let mut after = wait.after(retry_state.polls - retry_state.waits_from);
        if plan.defects.has(Defect::PollsEachSecond) && after > EAGER_POLL {
            self.slip(out, controller, position, Defect::PollsEachSecond);
            after = EAGER_POLL;
        }
        let next = out.now().saturating_add(after);
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        out.schedule(next, source, Event::PollDue(ticket));
    }

    #[inline(never)]
    pub(super) fn on_poll_due(&mut self, out: &mut impl Outputs, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let plan = &self.plan.controllers[usize::from(controller)];
        let wait = plan.wait.as_ref().expect("only controllers that poll wait");
        let controller_state = &self.states[usize::from(controller)];
        let job = &controller_state.jobs[position as usize];
        if job.serial != serial {
            return out.stale();
        }
        let action = job.action;
        let waited = out.now().since(controller_state.retry_state(position).waits_since);
        let is_flawed = plan.defects.has(Defect::GivesUpFromEdge);
        let is_early = is_flawed && waited < wait.give_up;
        if waited >= wait.give_up || is_early && out.now().since(job.due) >= wait.give_up {
            if is_early {
                self.slip(out, controller, position, Defect::GivesUpFromEdge);
            }
            return self.finish_job(out, controller, position, Belief::Failed(action));
        }
        self.look(out, controller, position, wait.operation);
    }

    /// Sends a look at one instance.
    fn look(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        operation: OperationName,
    ) {
        let instance = self.instance_at(controller, position);
        let controller_state = &mut self.states[usize::from(controller)];
        let retry_state = controller_state.retry_state_mut(position);
        let number = retry_state.polls;
        retry_state.polls += 1;
        let job = &controller_state.jobs[position as usize];
        let tag = CallTag { position, serial: job.serial, keep: false };
        let call = payload::Call {
            controller,
            instance,
            operation,
            occasion: job.occasion,
            number,
            shared: false,
            tag,
        };
        out.send(call, Request::Look(instance));
    }

    /// Whether a job has yet to look before it calls.
    #[inline(always)]
    pub(super) fn looks_first(&self, controller: u16, position: u32) -> bool {
        if self.plan.controllers[usize::from(controller)].look_first.is_none() {
            return false;
        }
        let controller_state = &self.states[usize::from(controller)];
        let looks =
            matches!(controller_state.jobs[position as usize].action, Action::Stop | Action::Start);
        looks && !controller_state.retry_state(position).looked
    }

    /// Looks before it calls.
    #[inline(never)]
    pub(super) fn look_first(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let first = plan.look_first.expect("only controllers that look first are asked");
        self.enter_look(out, controller, position);
        self.look(out, controller, position, first.operation);
    }

    /// The look before the call is answered: nothing to do, wait, or call.
    fn on_looked(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        status: Status,
    ) {
        self.states[usize::from(controller)].retry_state_mut(position).missed_looks = 0;
        let plan = &self.plan.controllers[usize::from(controller)];
        let first = plan.look_first.expect("only controllers that look first have looked");
        let give_up = plan.wait.as_ref().map(|wait| wait.give_up);
        let controller_state = &mut self.states[usize::from(controller)];
        let action = controller_state.jobs[position as usize].action;
        let (there, joins, against) = match action {
            Action::Stop | Action::Delete => {
                (Status::Stopped, first.joins_stopping, Status::Starting)
            }
            Action::Start | Action::Reboot | Action::Reactivate => {
                (Status::Running, first.joins_starting, Status::Stopping)
            }
            Action::Change => unreachable!("a look says nothing of types"),
        };
        let towards = match action {
            Action::Stop | Action::Delete => Status::Stopping,
            Action::Start | Action::Reboot | Action::Reactivate | Action::Change => {
                Status::Starting
            }
        };
        if status == there {
            return self.finish_job(out, controller, position, Belief::Done(action));
        }
        if status == towards && joins {
            let retry_state = controller_state.retry_state_mut(position);
            if matches!(retry_state.step, Step::CheckStock | Step::Change(_)) {
                // It asks neither for stock nor for another type any more.
                retry_state.step = Step::Own;
            }
            return self.on_action_answered(out, controller, position, Answered::Accepted);
        }
        if let (Some(interval), true) = (first.again, status == against) {
            let waited = out.now().since(controller_state.retry_state(position).waits_since);
            return match give_up {
                Some(limit) if waited >= limit => {
                    self.finish_job(out, controller, position, Belief::Failed(action));
                }
                Some(_) | None => self.back_off(out, controller, position, interval),
            };
        }
        self.call_after_look(out, controller, position);
    }

    /// It has looked, and calls: with the next batch, if that is how it asks.
    fn call_after_look(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        retry_state.looked = true;
        retry_state.missed_looks = 0;
        if self.joins_batches(controller, position) {
            self.join_next_batch(out, controller, position);
        } else {
            self.send(out, controller, position);
        }
    }

    /// The look before the call was answered, or not in time.
    fn on_first_look_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        answer: Option<Answered>,
    ) {
        match answer {
            Some(Answered::Seen(status)) => {
                let status = match self.has(controller, Defect::CachesReads) {
                    true => self.remembered(out, controller, position, status),
                    false => status,
                };
                self.on_looked(out, controller, position, status);
            }
            Some(Answered::Refused(refusal)) => {
                self.on_look_failed(out, controller, position, Cause::Refused(refusal));
            }
            None => self.on_look_failed(out, controller, position, Cause::TimedOut),
            // It knows no better than before: it calls.
            Some(
                Answered::Missing
                | Answered::Accepted
                | Answered::Created(_)
                | Answered::Stocked(_),
            ) => self.call_after_look(out, controller, position),
        }
    }

    /// The look before the call failed: so has the attempt.
    fn on_look_failed(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        cause: Cause,
    ) {
        self.states[usize::from(controller)].jobs[position as usize].attempt += 1;
        self.first_answered(out, controller, position);
        self.ask_again_or_fail(out, controller, position, cause);
    }

    /// A poll was answered, or not in time.
    #[inline(never)]
    pub(super) fn on_poll_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        answer: Option<Answered>,
    ) {
        let read_errors = self.plan.controllers[usize::from(controller)]
            .wait
            .as_ref()
            .and_then(|wait| wait.read_errors);
        let controller_state = &mut self.states[usize::from(controller)];
        let job = &controller_state.jobs[position as usize];
        let action = job.action;
        if job.stage == Stage::Looking {
            return self.on_first_look_answered(out, controller, position, answer);
        }
        let failure = match answer {
            Some(Answered::Missing) => {
                controller_state.retry_state_mut(position).missed_looks = 0;
                return self.on_missing(out, controller, position, action);
            }
            Some(
                Answered::Seen(_)
                | Answered::Accepted
                | Answered::Created(_)
                | Answered::Stocked(_),
            ) => None,
            Some(Answered::Refused(refusal)) => Some(Cause::Refused(refusal)),
            None => Some(Cause::TimedOut),
        };
        if let Some(cause) = failure
            && self.polls_again(out, controller, position, cause)
        {
            return;
        }
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        retry_state.missed_looks = 0;
        retry_state.blind = if failure.is_some() { retry_state.blind + 1 } else { 0 };
        let is_blind = read_errors.is_some_and(|most| retry_state.blind > most);
        let done = match (answer, action) {
            (Some(Answered::Seen(Status::Stopped)), Action::Stop)
            | (Some(Answered::Seen(Status::Absent)), Action::Delete)
            | (
                Some(Answered::Seen(Status::Running)),
                Action::Start | Action::Reboot | Action::Reactivate,
            ) => true,
            (Some(Answered::Seen(Status::Stopped)), Action::Delete)
                if retry_state.step == Step::StopFirst =>
            {
                self.states[usize::from(controller)].turn_to(position, Step::Own);
                return self.send(out, controller, position);
            }
            (
                Some(
                    Answered::Seen(_)
                    | Answered::Missing
                    | Answered::Accepted
                    | Answered::Created(_)
                    | Answered::Stocked(_)
                    | Answered::Refused(_),
                )
                | None,
                _,
            ) => false,
        };
        let returns =
            done && action == Action::Stop && self.returns_to_first(out, controller, position);
        if returns {
            // It is settled when the change is answered.
        } else if done {
            self.finish_job(out, controller, position, Belief::Done(action));
        } else if is_blind {
            self.finish_job(out, controller, position, Belief::Failed(action));
        } else {
            self.schedule_poll(out, controller, position);
        }
    }

    /// A look at what was asked for failed: whether a rule repeats it before the next is due.
    fn polls_again(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        cause: Cause,
    ) -> bool {
        let Some(again) = self.try_again(out, controller, position, Call::Poll, cause) else {
            return false;
        };
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        out.schedule(out.now().saturating_add(again.after), source, Event::PollDue(ticket));
        true
    }

    /// The answer does not have the instance: what that means is the client's opinion.
    fn on_missing(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        action: Action,
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let opinion = plan.wait.as_ref().map(|wait| wait.missing_read).unwrap_or_default();
        match (opinion, action) {
            (MissingRead::Stopped, Action::Stop | Action::Delete) => {
                self.finish_job(out, controller, position, Belief::Done(action));
            }
            (MissingRead::Fail, _) => {
                self.finish_job(out, controller, position, Belief::Failed(action))
            }
            (MissingRead::KeepPolling, _)
            | (
                MissingRead::Stopped,
                Action::Start | Action::Reboot | Action::Reactivate | Action::Change,
            ) => {
                self.schedule_poll(out, controller, position);
            }
        }
    }
}
