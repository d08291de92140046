//! Batch calls: one call in flight for many jobs, one answer for each of them.
//!
//! Whatever is to be asked at one instant is gathered first: the call goes out when everything
//! of that instant that comes from the controller has been seen. The luck of a batch call is
//! the controller's own, numbered within its occasion.

use crate::controller::policy::{BatchCall, Drive};
use crate::controller::retry::Cause;
use crate::ecs::operation::OperationName;
use crate::fact::Action;
use crate::units::SimTime;

use crate::client::{Event, News, Outputs, Whose};

use super::Clients;
use super::job::Stage;
use super::payload::{Answered, BatchMember, Call, CallTag, Carried, ListCall, Request, Told};

/// What one call can ask of all its instances.
#[derive(Clone, Copy, PartialEq)]
struct Ask {
    action: Action,
    keep: bool,
    /// No batch call does it: each instance gets a call of its own.
    is_single: bool,
    /// They are looked at first.
    looks: bool,
}

impl Clients<'_> {
    /// Lets the controller send what is queued at the end of this instant.
    #[inline(never)]
    pub(super) fn gather(&mut self, out: &mut impl Outputs, controller: u16) {
        let controller_state = &mut self.states[usize::from(controller)];
        let idle = controller_state.is_idle() && controller_state.again.is_empty();
        if idle || std::mem::replace(&mut controller_state.gathering, true) {
            return;
        }
        let source = self.of_controller(controller);
        out.schedule(out.now(), source, Event::PaceElapsed(Whose(controller)));
    }

    /// A job asks again, with the next call of its controller.
    pub(super) fn join_next_batch(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) {
        let controller_state = &mut self.states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        job.enter(Stage::Queued);
        controller_state.again.push_back((position, job.serial));
        self.gather(out, controller);
    }

    /// Sends as many queued jobs as the pace allows, in the controller's order.
    pub(super) fn send_batches(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        call: BatchCall,
    ) {
        self.states[usize::from(controller)].gathering = false;
        if self.has_more_to_ask(out, controller) {
            return self.gather(out, controller);
        }
        loop {
            let positions = self.next_batch(out, controller, call.size as usize);
            let Some(&first) = positions.first() else { return };
            let ask = self.ask_of(controller, first);
            if ask.is_single {
                positions.iter().for_each(|&position| self.send(out, controller, position));
            } else if ask.looks {
                self.look_at_all(out, controller, &positions);
            } else {
                self.send_batch(out, controller, &positions, ask);
            }
        }
    }

    /// Whether more requests of a controller are listed for this very instant.
    fn has_more_to_ask(&self, out: &impl Outputs, controller: u16) -> bool {
        let made = self.states[usize::from(controller)].requests_made as usize;
        match &self.plan.controllers[usize::from(controller)].drive {
            Drive::Listed(rows) => rows.get(made).is_some_and(|row| row.at == out.now()),
            Drive::Edges { .. }
            | Drive::Poisson { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => false,
        }
    }

    /// The next jobs that one call can ask for; those that ask again go first.
    fn next_batch(&mut self, out: &mut impl Outputs, controller: u16, size: usize) -> Vec<u32> {
        let mut positions = Vec::new();
        let mut common = None;
        let mut most = size;
        while positions.len() < most {
            let again = self.front_of_again(controller);
            let turn = if again.is_none() { self.front_of_agenda(out, controller) } else { None };
            let Some(next) = again.or(turn.map(|(_, position)| position)) else { break };
            let lane = turn.map(|(lane, _)| lane);
            let ask = self.ask_of(controller, next);
            if common.is_some_and(|common| common != (lane, ask)) {
                break;
            }
            if positions.is_empty() && again.is_none() && !self.spaced(out, controller) {
                break;
            }
            common = Some((lane, ask));
            if ask.looks {
                most = size.min(self.shown_at_once(controller));
            }
            let batched = self.plan.controllers[usize::from(controller)].pacing.batch.is_some();
            let controller_state = &mut self.states[usize::from(controller)];
            match lane {
                Some(lane) => controller_state.take(lane, batched),
                None => controller_state.again.pop_front().map(|(position, _)| position),
            };
            positions.push(next);
        }
        positions
    }

    /// The first job that still wants to ask again.
    fn front_of_again(&mut self, controller: u16) -> Option<u32> {
        let controller_state = &mut self.states[usize::from(controller)];
        while let Some(&(position, serial)) = controller_state.again.front() {
            if controller_state.jobs[position as usize].serial == serial {
                return Some(position);
            }
            controller_state.again.pop_front();
        }
        None
    }

    fn ask_of(&self, controller: u16, position: u32) -> Ask {
        let controller_state = &self.states[usize::from(controller)];
        let job = &controller_state.jobs[position as usize];
        let (keep, is_single) =
            (controller_state.retry_state(position).keep, controller_state.is_single(position));
        let looks = !is_single && self.looks_first(controller, position);
        Ask { action: job.action, keep, is_single, looks }
    }

    fn send_batch(&mut self, out: &mut impl Outputs, controller: u16, positions: &[u32], ask: Ask) {
        let operation = match ask.action {
            Action::Stop => OperationName::StopInstances,
            Action::Reboot => OperationName::RebootInstances,
            Action::Start => OperationName::StartInstances,
            Action::Delete | Action::Reactivate | Action::Change => {
                unreachable!("no batch call deletes, reopens or changes")
            }
        };
        let now = out.now();
        let mut members = Vec::with_capacity(positions.len());
        for &position in positions {
            let controller_state = &mut self.states[usize::from(controller)];
            let job = &mut controller_state.jobs[position as usize];
            job.attempt += 1;
            job.enter(Stage::Calling);
            let (serial, occasion) = (job.serial, job.occasion);
            let instance = controller_state.order[position as usize];
            members.push(BatchMember { instance, position, serial, occasion, answer: None });
            if job.first_call == SimTime::NEVER {
                job.first_call = now;
                controller_state.spent.called();
                out.tell(News::FirstCall { instance, action: ask.action });
            }
        }
        let call = self.shared_call(controller, &members, operation, ask.keep);
        let operation = self.batch_request(controller, operation, &members, ask.keep);
        let batch = ListCall { operation, members };
        out.send(call, Request::Other(Box::new(Carried::Batch(batch))));
    }

    /// A call about all these instances: the next of its occasion.
    pub(super) fn shared_call(
        &mut self,
        controller: u16,
        members: &[BatchMember],
        operation: OperationName,
        keep: bool,
    ) -> Call {
        let controller_state = &mut self.states[usize::from(controller)];
        let occasion = members[0].occasion;
        let sent = controller_state.batch_calls.entry(occasion.word()).or_default();
        let number = *sent;
        *sent += 1;
        let BatchMember { instance, position, serial, .. } = members[0];
        let tag = CallTag { position, serial, keep };
        Call { controller, instance, operation, occasion, number, shared: true, tag }
    }

    /// A batch was answered, or not in time: every job makes of it what it would of an answer
    /// of its own.
    pub(super) fn on_batch_answered(
        &mut self,
        out: &mut impl Outputs,
        told: &Told,
        members: &[BatchMember],
    ) {
        let controller = told.controller;
        for (place, member) in members.iter().enumerate() {
            let position = member.position;
            let job = &self.states[usize::from(controller)].jobs[position as usize];
            if job.serial != member.serial {
                out.stale();
                continue;
            }
            self.hear_hint(told, position);
            match told.answer {
                None => self.ask_again_or_fail(out, controller, position, Cause::TimedOut),
                Some(whole @ Answered::Refused(_)) => {
                    self.on_action_answered(out, controller, position, whole);
                }
                Some(
                    Answered::Accepted
                    | Answered::Seen(_)
                    | Answered::Missing
                    | Answered::Created(_)
                    | Answered::Stocked(_),
                ) => {
                    let own = match self.defects(controller).is_sound() {
                        true => member.answer.expect("the region answered for each instance"),
                        false => self.misread_item(out, controller, members, place),
                    };
                    self.on_action_answered(out, controller, position, own);
                }
            }
        }
        self.gather(out, controller);
    }
}
