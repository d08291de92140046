//! What a controller makes of an answer: done, wait, ask again, or give up.

use crate::controller::policy::Action;
use crate::controller::retry::{Call, Cause, Decision, Failed};
use crate::controller::schedule::BACKOFF;
use crate::ecs::account::Standing;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, Status};
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::units::{SimDuration, SimTime};

use super::desk::NO_HOLD;
use super::event::Event;
use super::fact::{Belief, CallAnswer, Observer};
use super::ledger::{DownReason, MissedReason};
use super::outcome::LatencyName;
use super::slot::Item;
use super::task::{Stage, Step};
use super::{World, purpose};

/// When a task asks again.
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
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let action = task.action;
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
                let waits = self.plan.controllers[usize::from(controller)].wait.is_some();
                if waits && action != Action::Change {
                    self.begin_waiting(controller, position);
                } else {
                    self.settle(controller, position, Belief::Done(action));
                }
            }
            CallAnswer::Refused(refusal) if refusal.class() == RefusalClass::DryRun => {
                let desk = &mut self.desks[usize::from(controller)];
                desk.tasks[position as usize].enter(Stage::Idle);
                if action == Action::Stop {
                    desk.set_hold(position, NO_HOLD);
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
        let instance = self.instance_at(controller, position);
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
        let now = self.now;
        self.book(instance);
        let under_way = self.region.state(instance).status() == Status::Stopping;
        let mine = self.follows(controller, instance);
        let owes = class == RefusalClass::Money && self.region.standing() != Standing::Good;
        let slot = &mut self.slots[instance.index()];
        match action {
            Action::Start | Action::Reactivate => {
                let short = class == RefusalClass::Stock;
                slot.down = if refusal == Refusal::SpotPriceTooHigh {
                    DownReason::Spot
                } else if short {
                    DownReason::NoStock
                } else if owes {
                    DownReason::Arrears
                } else {
                    DownReason::Refused
                };
                let awaited = slot.item == Item::Start && now >= slot.due;
                if short && awaited && !slot.knows {
                    slot.knows = true;
                    let took = now - slot.due;
                    self.latency(LatencyName::StartTimeToKnow).record(took);
                }
            }
            Action::Stop if !under_way && (mine || !slot.has_demand) => {
                let throttled = class == RefusalClass::Throttling;
                slot.missed =
                    if throttled { MissedReason::Throttled } else { MissedReason::Refused };
            }
            Action::Stop | Action::Reboot | Action::Delete | Action::Change => {}
        }
    }

    #[inline(never)]
    pub(super) fn on_start_given_up(&mut self, instance: InstanceId) {
        self.book(instance);
        let slot = &mut self.slots[instance.index()];
        if slot.down == DownReason::Late {
            slot.down = DownReason::Refused;
        }
        if slot.called_at != SimTime::NEVER {
            slot.called_at = SimTime::NEVER;
            self.latency(LatencyName::StartCalledToRunning).record_censored();
        }
    }

    #[inline(never)]
    fn on_no_stock(&mut self, controller: u16, position: u32, refusal: Refusal) {
        let policy = &self.plan.controllers[usize::from(controller)].no_stock;
        if let Some(keep) = policy.keep_charging {
            let instance = self.instance_at(controller, position);
            let group = self.region.group_of(instance);
            self.desks[usize::from(controller)].deferral.refused(keep, group, instance);
        }
        if !self.falls_back(controller, position) {
            self.wait_for_stock(controller, position, refusal);
        }
    }

    /// Lets the retry policy decide on a call of the task's.
    #[inline(never)]
    pub(super) fn ask_again_or_fail(&mut self, controller: u16, position: u32, cause: Cause) {
        if self.is_returning(controller, position) {
            return self.settle(controller, position, Belief::Done(Action::Stop));
        }
        let desk = &self.desks[usize::from(controller)];
        let call = match (desk.tasks[position as usize].stage, desk.effort(position).step) {
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
        let plan = &self.plan.controllers[usize::from(controller)];
        let task = self.desks[usize::from(controller)].tasks[position as usize];
        let place = plan.retry.iter().position(|rule| rule.covers(task.action, call, cause))?;
        let rule = &plan.retry[place];
        let together = plan.batch_call.is_some() && call != Call::Poll;
        let who = match together {
            // Those that failed together ask again together.
            true => self.controller_names[usize::from(controller)],
            false => self.pair(controller, self.instance_at(controller, position)),
        };
        let now = self.now;
        let desk = &mut self.desks[usize::from(controller)];
        let (purpose, k, attempts, since) = if rule.is_for_looks() {
            let effort = desk.effort_mut(position);
            if effort.missed_looks == 0 {
                (effort.missed_since, effort.backoff) = (now, SimDuration::ZERO);
            }
            effort.missed_looks += 1;
            (purpose::LOOK_BACKOFF, effort.polls, effort.missed_looks, effort.missed_since)
        } else {
            (BACKOFF, task.attempt, desk.failed(position, place), task.first_call)
        };
        let effort = desk.effort(position);
        let hint = Some(effort.retry_after).filter(|hint| !hint.is_zero());
        let (since_first, previous) = (now.since(since), effort.backoff);
        let failed = Failed { cause, attempts, since_first, previous, hint };
        let word = self.decisions.word(who, purpose, task.occasion, k);
        match rule.decide(&failed, &desk.spent, word) {
            Decision::Retry(after) => {
                desk.spent.retried();
                desk.effort_mut(position).backoff = after;
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
        let action = self.desks[usize::from(controller)].tasks[position as usize].action;
        self.settle(controller, position, Belief::Failed(action));
    }

    pub(super) fn back_off(&mut self, controller: u16, position: u32, span: SimDuration) {
        self.desks[usize::from(controller)].tasks[position as usize].enter(Stage::Backoff);
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        self.schedule(self.now.saturating_add(span), source, Event::call_due(ticket));
    }

    /// Its backoff is over: it asks again, unless what it asks for is no longer wanted.
    pub(super) fn ask_again(&mut self, controller: u16, position: u32) {
        let action = self.desks[usize::from(controller)].tasks[position as usize].action;
        if self.is_over(controller, position) {
            self.settle(controller, position, Belief::Failed(action));
        } else if self.joins_batches(controller, position) {
            self.join_next_batch(controller, position);
        } else {
            self.send(controller, position);
        }
    }

    /// Whether a task asks by batch calls.
    pub(super) fn joins_batches(&self, controller: u16, position: u32) -> bool {
        let batches = self.plan.controllers[usize::from(controller)].batch_call.is_some();
        batches && !self.desks[usize::from(controller)].is_single(position)
    }

    /// Whether what a task asks for is no longer wanted by the demand that its controller
    /// follows.
    pub(super) fn is_over(&self, controller: u16, position: u32) -> bool {
        // Another of its family may be the wanted one by now: the controller does not know.
        let instance = self.holder_of(self.instance_at(controller, position));
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let wanted = self.slots[instance.index()].wanted;
        let outdated = match task.action {
            Action::Start => !wanted,
            Action::Stop => wanted,
            Action::Reboot | Action::Delete | Action::Reactivate | Action::Change => false,
        };
        self.follows(controller, instance) && self.now >= task.due && outdated
    }

    /// Holds what a controller believes, when it is done, against the truth.
    #[inline]
    pub(super) fn judge(&mut self, controller: u16, instance: InstanceId, belief: Belief) {
        let changed = || {
            let wanted = self.plan.controllers[usize::from(controller)].change.as_ref();
            let kind = self.plan.region.kind(self.region.kind_of(instance));
            wanted.is_some_and(|change| change.to == kind.instance_type)
        };
        let state = self.region.state(instance);
        let (status, goes) = (state.status(), matches!(state, State::Released | State::Deleting));
        let going = |action| match action {
            Action::Stop => matches!(status, Status::Stopping | Status::Stopped),
            Action::Start | Action::Reboot | Action::Reactivate => {
                matches!(status, Status::Starting | Status::Running)
            }
            Action::Delete => goes,
            Action::Change => changed(),
        };
        let beliefs = &mut self.out.beliefs;
        match belief {
            Belief::Done(action) if !going(action) => beliefs.wrongly_done += 1,
            Belief::Failed(action) if going(action) => beliefs.wrongly_failed += 1,
            Belief::Done(_) | Belief::Failed(_) => beliefs.right += 1,
            Belief::Unknown | Belief::UnderWay(_) => {}
        }
    }
}
