//! What a controller makes of an answer: done, wait, ask again, or give up.

use crate::controller::retry::{Call, Cause, Decision, Failed, Retry};
use crate::controller::schedule::BACKOFF;
use crate::ecs::instance::StoppedMode;
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::fact::{Action, Belief, Defect, purpose};
use crate::units::SimDuration;

use crate::client::{Event, News, Outputs};

use super::Clients;
use super::controller_state::NO_HOLD;
use super::job::{Stage, Step};
use super::payload::Answered;

/// When a job asks again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub(super) after: SimDuration,
    /// In place of that wait: from here the controller sends one call at a time, at this interval.
    trickle: Option<SimDuration>,
}

impl Clients<'_> {
    pub(super) fn on_action_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        answer: Answered,
    ) {
        if self.on_types_answered(out, controller, position, answer) {
            return self.first_answered(out, controller, position);
        }
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        let action = job.action;
        match answer {
            Answered::Accepted
            | Answered::Seen(_)
            | Answered::Missing
            | Answered::Stocked(_)
            | Answered::Created(_) => {
                let may_crash = self.has(controller, Defect::ForgetsInCrash);
                if may_crash && self.crashes(out, controller, position) {
                    return;
                }
                if let Answered::Created(instance) = answer {
                    self.adopt(out, controller, position, instance);
                }
                self.remember(controller, position, action);
                self.believe(out, controller, position, Belief::UnderWay(action));
                // A look says nothing of types: acceptance is all that is heard of a change.
                let waits = self.plan.controllers[usize::from(controller)].wait.is_some();
                let waits = waits
                    && action != Action::Change
                    && !self.slips(out, controller, position, Defect::TakesAcceptanceForDone);
                if waits {
                    self.begin_waiting(out, controller, position);
                } else {
                    self.finish_job(out, controller, position, Belief::Done(action));
                }
            }
            Answered::Refused(refusal) if refusal.class() == RefusalClass::DryRun => {
                let controller_state = &mut self.states[usize::from(controller)];
                controller_state.jobs[position as usize].enter(Stage::Idle);
                if action == Action::Stop {
                    controller_state.set_hold(position, NO_HOLD);
                }
                self.release(out, controller, position);
            }
            Answered::Refused(refusal) => {
                self.on_action_refused(out, controller, position, action, refusal);
            }
        }
        self.first_answered(out, controller, position);
    }

    /// What was accepted is remembered: whether the instance holds stock from now on, and its type.
    #[inline(always)]
    fn remember(&mut self, controller: u16, position: u32, action: Action) {
        match action {
            Action::Stop => {
                let keeps = self.is_kept(controller, position);
                self.set_holds_stock(controller, position, keeps);
            }
            Action::Start | Action::Reactivate => self.set_holds_stock(controller, position, true),
            Action::Change => {
                let plan = &self.plan.controllers[usize::from(controller)];
                let change = plan.change.as_ref();
                let to = change.expect("who asks for a change says to which type").to;
                self.remember_type(controller, position, to);
            }
            Action::Reboot | Action::Delete => {}
        }
    }

    pub(super) fn set_holds_stock(&mut self, controller: u16, position: u32, holds: bool) {
        self.states[usize::from(controller)].jobs[position as usize].set_holds_stock(holds);
    }

    /// Whether a stop keeps the stock of its instance, as far as its controller knows: it asked for
    /// that, or relied on the default as it was at first, or the instance can do no other.
    fn is_kept(&self, controller: u16, position: u32) -> bool {
        let plan = &self.plan.controllers[usize::from(controller)];
        let keeps = match plan.stop.mode {
            Some(mode) => mode == StoppedMode::KeepCharging,
            None => !self.plan.economical_default,
        };
        keeps
            || self.states[usize::from(controller)].retry_state(position).keep
            || !self.plan.card(self.instance_at(controller, position)).is_economical
    }

    #[inline(never)]
    fn on_action_refused(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        action: Action,
        refusal: Refusal,
    ) {
        let instance = self.instance_at(controller, position);
        out.tell(News::Refused { controller, instance, action, refusal });
        if !self.defects(controller).is_sound()
            && self.misreads_refusal(out, controller, position, refusal)
        {
            return;
        }
        if refusal.row().class == RefusalClass::Stock && action == Action::Start {
            self.set_holds_stock(controller, position, false);
            self.on_no_stock(out, controller, position, refusal);
        } else {
            self.ask_again_or_fail(out, controller, position, Cause::Refused(refusal));
        }
    }

    #[inline(never)]
    fn on_no_stock(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        refusal: Refusal,
    ) {
        let policy = &self.plan.controllers[usize::from(controller)].no_stock;
        if let Some(keep) = policy.keep_charging {
            let instance = self.instance_at(controller, position);
            let group = self.plan.group_of(instance);
            self.states[usize::from(controller)].deferral.refused(keep, group, instance);
        }
        if !self.falls_back(out, controller, position) {
            self.wait_for_stock(out, controller, position, refusal);
        }
    }

    /// Lets the retry policy decide on a call of the job's.
    #[inline(never)]
    pub(super) fn ask_again_or_fail(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        cause: Cause,
    ) {
        if self.is_returning(controller, position) {
            return self.finish_job(out, controller, position, Belief::Done(Action::Stop));
        }
        if !self.defects(controller).is_sound()
            && self.fails_wrongly(out, controller, position, cause)
        {
            return;
        }
        let controller_state = &self.states[usize::from(controller)];
        let call = match (
            controller_state.jobs[position as usize].stage,
            controller_state.retry_state(position).step,
        ) {
            (Stage::Looking, _) | (_, Step::CheckStock) => Call::Look,
            (_, Step::Replacing | Step::Change(_)) => Call::Tokened,
            (_, Step::Own | Step::StopFirst) => Call::Act,
        };
        match self.try_again(out, controller, position, call, cause) {
            Some(Again { after, trickle: None }) => self.back_off(out, controller, position, after),
            Some(Again { trickle: Some(interval), .. }) => {
                self.trickle(out, controller, position, interval)
            }
            None => self.give_up(out, controller, position, cause),
        }
    }

    /// What the first rule says that covers a failure: when to ask again, if at all.
    pub(super) fn try_again(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        call: Call,
        cause: Cause,
    ) -> Option<Again> {
        let plan = &self.plan.controllers[usize::from(controller)];
        let job = self.states[usize::from(controller)].jobs[position as usize];
        let covers = |rule: &Retry| rule.covers(job.action, call, cause);
        let (place, is_covered) = match plan.retry.iter().position(covers) {
            Some(place) => (place, true),
            None if plan.defects.has(Defect::RetriesAnything) && call != Call::Poll => (0, false),
            None => return None,
        };
        let rule = plan.retry.get(place)?;
        let together = plan.batch_call.is_some() && call != Call::Poll;
        let who = match together {
            // Those that failed together ask again together.
            true => self.names[usize::from(controller)],
            false => self.pair(out, controller, self.instance_at(controller, position)),
        };
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
        let (purpose, k, attempts, since) = if rule.is_for_looks() {
            let retry_state = controller_state.retry_state_mut(position);
            if retry_state.missed_looks == 0 {
                (retry_state.missed_since, retry_state.backoff) = (now, SimDuration::ZERO);
            }
            retry_state.missed_looks += 1;
            (
                purpose::LOOK_BACKOFF,
                retry_state.polls,
                retry_state.missed_looks,
                retry_state.missed_since,
            )
        } else {
            (BACKOFF, job.attempt, controller_state.failed(position, place), job.first_call)
        };
        let retry_state = controller_state.retry_state(position);
        let hint = Some(retry_state.retry_after).filter(|hint| !hint.is_zero());
        let (since_first, previous) = (now.since(since), retry_state.backoff);
        let failed = Failed { cause, attempts, since_first, previous, hint };
        let word = self.decisions.word(who, purpose, job.occasion, k);
        let decision = if plan.defects.is_sound() || rule.is_for_looks() {
            rule.when(&failed, &controller_state.spent, word)
        } else {
            self.decide_wrongly(out, (controller, position), rule, &failed, word)
        };
        match decision {
            Decision::Retry(after) => {
                if !is_covered {
                    self.slip(out, controller, position, Defect::RetriesAnything);
                }
                let controller_state = &mut self.states[usize::from(controller)];
                controller_state.spent.retried();
                controller_state.retry_state_mut(position).backoff = after;
                Some(Again { after, trickle: rule.trickle.filter(|_| cause.is_throttling()) })
            }
            Decision::GiveUp(_) => None,
        }
    }

    /// No further attempt: another instance takes over, or the action has failed.
    fn give_up(&mut self, out: &mut impl Outputs, controller: u16, position: u32, cause: Cause) {
        if self.is_replaced_after(controller, position, cause) {
            return self.replace(out, controller, position);
        }
        let action = self.states[usize::from(controller)].jobs[position as usize].action;
        self.finish_job(out, controller, position, Belief::Failed(action));
    }

    pub(super) fn back_off(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        span: SimDuration,
    ) {
        self.states[usize::from(controller)].jobs[position as usize].enter(Stage::Backoff);
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        out.schedule(out.now().saturating_add(span), source, Event::CallDue(ticket));
    }

    /// Its backoff is over: it asks again, unless what it asks for is no longer wanted.
    pub(super) fn ask_again(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let action = self.states[usize::from(controller)].jobs[position as usize].action;
        let first = self.plan.controllers[usize::from(controller)].look_first;
        if first.is_some_and(|first| first.each_call) {
            self.look_once_more(out, controller, position);
        }
        if self.is_over(out, controller, position) {
            self.finish_job(out, controller, position, Belief::Failed(action));
        } else if self.joins_batches(controller, position) {
            self.join_next_batch(out, controller, position);
        } else {
            self.send(out, controller, position);
        }
    }

    /// Whether a job asks by batch calls.
    pub(super) fn joins_batches(&self, controller: u16, position: u32) -> bool {
        let batches = self.plan.controllers[usize::from(controller)].batch_call.is_some();
        batches && !self.states[usize::from(controller)].is_single(position)
    }

    /// Whether what a job asks for is no longer wanted, as far as its controller was told.
    pub(super) fn is_over(&self, out: &impl Outputs, controller: u16, position: u32) -> bool {
        let Some(wanted) = self.is_wanted(controller, position) else { return false };
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        let outdated = match job.action {
            Action::Start => !wanted,
            Action::Stop => wanted,
            Action::Reboot | Action::Delete | Action::Reactivate | Action::Change => false,
        };
        outdated && out.now() >= job.due
    }
}
