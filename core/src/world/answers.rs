//! What a controller makes of an answer: done, wait, ask again, or give up.

use crate::books::ledger::{DownReason, MissedReason};
use crate::books::outcome::LatencyName;
use crate::controller::retry::{Call, Cause, Decision, Failed};
use crate::controller::schedule::BACKOFF;
use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, Status};
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::fact::{Action, Belief, CallAnswer, purpose};
use crate::units::{SimDuration, SimTime};

use super::World;
use super::controller_state::NO_HOLD;
use super::event::Event;
use super::instance_record::Item;
use super::job::{Stage, Step};
use super::observer::Observer;

/// When a job asks again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub(super) after: SimDuration,
    /// In place of that wait: from here the controller sends one call at a time, at this interval.
    probe: Option<SimDuration>,
}

impl<O: Observer> World<'_, O> {
    pub(super) fn on_action_answered(
        &mut self,
        controller: u16,
        position: u32,
        answer: CallAnswer,
    ) {
        if self.on_types_answered(controller, position, answer) {
            return self.first_answered(controller, position);
        }
        let job = &self.rest.controller_states[usize::from(controller)].jobs[position as usize];
        let action = job.action;
        match answer {
            CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Stocked(_)
            | CallAnswer::Created(_) => {
                if let CallAnswer::Created(instance) = answer {
                    self.adopt(controller, position, instance);
                }
                self.believe(controller, position, Belief::UnderWay(action));
                // A look says nothing of types: acceptance is all that is heard of a change.
                let waits = self.rest.plan.controllers[usize::from(controller)].wait.is_some();
                if waits && action != Action::Change {
                    self.begin_waiting(controller, position);
                } else {
                    self.finish_job(controller, position, Belief::Done(action));
                }
            }
            CallAnswer::Refused(refusal) if refusal.class() == RefusalClass::DryRun => {
                let controller_state = &mut self.rest.controller_states[usize::from(controller)];
                controller_state.jobs[position as usize].enter(Stage::Idle);
                if action == Action::Stop {
                    controller_state.set_hold(position, NO_HOLD);
                }
                self.release(controller, position);
            }
            CallAnswer::Refused(refusal) => {
                self.on_action_refused(controller, position, action, refusal);
            }
        }
        self.first_answered(controller, position);
    }

    #[inline(never)]
    fn on_action_refused(
        &mut self,
        controller: u16,
        position: u32,
        action: Action,
        refusal: Refusal,
    ) {
        let instance = self.rest.instance_at(controller, position);
        self.on_refused(controller, instance, action, refusal);
        if refusal.row().class == RefusalClass::Stock && action == Action::Start {
            self.on_no_stock(controller, position, refusal);
        } else {
            self.ask_again_or_fail(controller, position, Cause::Refused(refusal));
        }
    }

    /// Books why an instance is not as wanted: its last call was refused.
    #[inline(never)]
    fn on_refused(
        &mut self,
        controller: u16,
        instance: InstanceId,
        action: Action,
        refusal: Refusal,
    ) {
        let class = refusal.row().class;
        let now = self.rest.now;
        self.rest.book(self.cloud.region(), instance);
        let under_way = self.cloud.region().state(instance).status() == Status::Stopping;
        let mine = self.rest.follows(controller, instance);
        let owes = class == RefusalClass::Money && self.cloud.region().standing() != Standing::Good;
        let record = &mut self.rest.records[instance.index()];
        match action {
            Action::Start | Action::Reactivate => {
                let short = class == RefusalClass::Stock;
                record.down = if refusal == Refusal::SpotPriceTooHigh {
                    DownReason::Spot
                } else if short {
                    DownReason::NoStock
                } else if owes {
                    DownReason::Arrears
                } else {
                    DownReason::Refused
                };
                let awaited = record.item == Item::Start && now >= record.due;
                if short && awaited && !record.knows {
                    record.knows = true;
                    let took = now - record.due;
                    self.rest.books.took(LatencyName::StartTimeToKnow, took);
                }
            }
            Action::Stop if !under_way && (mine || !record.has_demand) => {
                let throttled = class == RefusalClass::Throttling;
                record.missed =
                    if throttled { MissedReason::Throttled } else { MissedReason::Refused };
            }
            Action::Stop | Action::Reboot | Action::Delete | Action::Change => {}
        }
    }

    #[inline(never)]
    pub(super) fn on_start_given_up(&mut self, instance: InstanceId) {
        self.rest.book(self.cloud.region(), instance);
        let record = &mut self.rest.records[instance.index()];
        if record.down == DownReason::Late {
            record.down = DownReason::Refused;
        }
        if record.called_at != SimTime::NEVER {
            record.called_at = SimTime::NEVER;
            self.rest.books.censored(LatencyName::StartCalledToRunning);
        }
    }

    #[inline(never)]
    fn on_no_stock(&mut self, controller: u16, position: u32, refusal: Refusal) {
        let policy = &self.rest.plan.controllers[usize::from(controller)].no_stock;
        if let Some(keep) = policy.keep_charging {
            let instance = self.rest.instance_at(controller, position);
            let group = self.cloud.region().group_of(instance);
            self.rest.controller_states[usize::from(controller)]
                .deferral
                .refused(keep, group, instance);
        }
        if !self.falls_back(controller, position) {
            self.wait_for_stock(controller, position, refusal);
        }
    }

    /// Lets the retry policy decide on a call of the job's.
    #[inline(never)]
    pub(super) fn ask_again_or_fail(&mut self, controller: u16, position: u32, cause: Cause) {
        if self.is_returning(controller, position) {
            return self.finish_job(controller, position, Belief::Done(Action::Stop));
        }
        let controller_state = &self.rest.controller_states[usize::from(controller)];
        let call = match (
            controller_state.jobs[position as usize].stage,
            controller_state.retry_state(position).step,
        ) {
            (Stage::Looking, _) | (_, Step::Probe) => Call::Look,
            (_, Step::Replacing | Step::Change(_)) => Call::Tokened,
            (_, Step::Own | Step::StopFirst) => Call::Act,
        };
        match self.try_again(controller, position, call, cause) {
            Some(Again { after, probe: None }) => self.back_off(controller, position, after),
            Some(Again { probe: Some(interval), .. }) => self.probe(controller, position, interval),
            None => self.give_up(controller, position, cause),
        }
    }

    /// What the first rule says that covers a failure: when to ask again, if at all.
    pub(super) fn try_again(
        &mut self,
        controller: u16,
        position: u32,
        call: Call,
        cause: Cause,
    ) -> Option<Again> {
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let job = self.rest.controller_states[usize::from(controller)].jobs[position as usize];
        let place = plan.retry.iter().position(|rule| rule.covers(job.action, call, cause))?;
        let rule = &plan.retry[place];
        let together = plan.batch_call.is_some() && call != Call::Poll;
        let who = match together {
            // Those that failed together ask again together.
            true => self.rest.controller_names[usize::from(controller)],
            false => self.rest.pair(controller, self.rest.instance_at(controller, position)),
        };
        let now = self.rest.now;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let (purpose, k, attempts, since) = if rule.is_for_looks() {
            let retry_state = controller_state.effort_mut(position);
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
        let word = self.rest.decisions.word(who, purpose, job.occasion, k);
        match rule.decide(&failed, &controller_state.spent, word) {
            Decision::Retry(after) => {
                controller_state.spent.retried();
                controller_state.effort_mut(position).backoff = after;
                Some(Again { after, probe: rule.probe.filter(|_| cause.is_throttling()) })
            }
            Decision::GiveUp(_) => None,
        }
    }

    /// No further attempt: another instance takes over, or the action has failed.
    fn give_up(&mut self, controller: u16, position: u32, cause: Cause) {
        if self.is_replaced_after(controller, position, cause) {
            return self.replace(controller, position);
        }
        let action =
            self.rest.controller_states[usize::from(controller)].jobs[position as usize].action;
        self.finish_job(controller, position, Belief::Failed(action));
    }

    pub(super) fn back_off(&mut self, controller: u16, position: u32, span: SimDuration) {
        self.rest.controller_states[usize::from(controller)].jobs[position as usize]
            .enter(Stage::Backoff);
        let ticket = self.rest.ticket(controller, position);
        let source = self.rest.of_controller(controller);
        self.rest.schedule(self.rest.now.saturating_add(span), source, Event::CallDue(ticket));
    }

    /// Its backoff is over: it asks again, unless what it asks for is no longer wanted.
    pub(super) fn ask_again(&mut self, controller: u16, position: u32) {
        let action =
            self.rest.controller_states[usize::from(controller)].jobs[position as usize].action;
        if self.is_over(controller, position) {
            self.finish_job(controller, position, Belief::Failed(action));
        } else if self.joins_batches(controller, position) {
            self.join_next_batch(controller, position);
        } else {
            self.send(controller, position);
        }
    }

    /// Whether a job asks by batch calls.
    pub(super) fn joins_batches(&self, controller: u16, position: u32) -> bool {
        let batches = self.rest.plan.controllers[usize::from(controller)].batch_call.is_some();
        batches && !self.rest.controller_states[usize::from(controller)].is_single(position)
    }

    /// Whether what a job asks for is no longer wanted by the demand that its controller
    /// follows.
    pub(super) fn is_over(&self, controller: u16, position: u32) -> bool {
        // Another of its family may be the wanted one by now: the controller does not know.
        let instance = self.rest.holder_of(self.rest.instance_at(controller, position));
        let job = &self.rest.controller_states[usize::from(controller)].jobs[position as usize];
        let wanted = self.rest.records[instance.index()].wanted;
        let outdated = match job.action {
            Action::Start => !wanted,
            Action::Stop => wanted,
            Action::Reboot | Action::Delete | Action::Reactivate | Action::Change => false,
        };
        self.rest.follows(controller, instance) && self.rest.now >= job.due && outdated
    }

    /// Holds what a controller believes, when it is done, against the truth.
    #[inline]
    pub(super) fn judge(&mut self, controller: u16, instance: InstanceId, belief: Belief) {
        let changed = || {
            let wanted = self.rest.plan.controllers[usize::from(controller)].change.as_ref();
            let kind = self.rest.plan.region.kind(self.cloud.region().kind_of(instance));
            wanted.is_some_and(|change| change.to == kind.instance_type)
        };
        let state = self.cloud.region().state(instance);
        let (status, goes) = (state.status(), matches!(state, State::Released | State::Deleting));
        let going = |action| match action {
            Action::Stop => matches!(status, Status::Stopping | Status::Stopped),
            Action::Start | Action::Reboot | Action::Reactivate => {
                matches!(status, Status::Starting | Status::Running)
            }
            Action::Delete => goes,
            Action::Change => changed(),
        };
        if let Belief::Done(action) | Belief::Failed(action) = belief {
            let going = going(action);
            self.rest.books.judge(belief, going);
        }
    }
}
