//! What a controller makes of an answer: done, wait, ask again, or give up.

use crate::controller::policy::Action;
use crate::controller::retry::{Cause, Decision, Failed};
use crate::controller::schedule::BACKOFF;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::Status;
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::units::{SimDuration, SimTime};

use super::World;
use super::desk::{NO_HOLD, Stage};
use super::event::Event;
use super::fact::{Belief, CallAnswer, Observer};
use super::ledger::{DownReason, MissedReason};
use super::outcome::LatencyName;
use super::slot::Item;

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
            CallAnswer::Accepted | CallAnswer::Seen(_) | CallAnswer::Stocked(_) => {
                self.believe(controller, position, Belief::UnderWay(action));
                if self.plan.controllers[usize::from(controller)].wait.is_some() {
                    self.begin_waiting(controller, position);
                } else {
                    self.settle(controller, position, Belief::Done(action));
                }
            }
            CallAnswer::Refused(Refusal::DryRun) => {
                let task = &mut self.desks[usize::from(controller)].tasks[position as usize];
                task.enter(Stage::Idle);
                if action == Action::Stop {
                    task.hold = NO_HOLD;
                }
                self.release(controller, position);
            }
            CallAnswer::Refused(refusal) => {
                let instance = self.instance_at(controller, position);
                self.on_refused(controller, instance, action, refusal);
                if refusal.row().class == RefusalClass::Stock && action == Action::Start {
                    self.on_no_stock(controller, position, refusal);
                } else {
                    self.ask_again_or_fail(controller, position, Cause::Refused(refusal));
                }
            }
        }
        self.first_answered(controller, position);
    }

    /// Books why an instance is not as wanted: its last call was refused.
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
        let slot = &mut self.slots[instance.index()];
        match action {
            Action::Start => {
                let short = class == RefusalClass::Stock;
                slot.down = if short { DownReason::NoStock } else { DownReason::Refused };
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
            Action::Stop => {}
        }
    }

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

    /// Lets the retry policy decide.
    pub(super) fn ask_again_or_fail(&mut self, controller: u16, position: u32, cause: Cause) {
        if self.is_returning(controller, position) {
            return self.settle(controller, position, Belief::Done(Action::Stop));
        }
        let plan = &self.plan.controllers[usize::from(controller)];
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let (action, attempts) = (task.action, task.attempt);
        let since_first = self.now.since(task.first_call);
        let failed = Failed { cause, attempts, since_first, previous: task.backoff };
        let who = self.pair(controller, self.instance_at(controller, position));
        let word = self.draws.word(who, BACKOFF, task.occasion, attempts);
        let desk = &mut self.desks[usize::from(controller)];
        match plan.retry.decide(&failed, &desk.spent, word) {
            Decision::Retry(after) => {
                desk.spent.retried();
                desk.tasks[position as usize].backoff = after;
                self.back_off(controller, position, after);
            }
            Decision::GiveUp(_) => self.settle(controller, position, Belief::Failed(action)),
        }
    }

    pub(super) fn back_off(&mut self, controller: u16, position: u32, span: SimDuration) {
        self.desks[usize::from(controller)].tasks[position as usize].enter(Stage::Backoff);
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        self.schedule(self.now.saturating_add(span), source, Event::CallDue(ticket));
    }

    /// Its backoff is over: it asks again, unless what it asks for is no longer wanted.
    pub(super) fn ask_again(&mut self, controller: u16, position: u32) {
        let instance = self.instance_at(controller, position);
        let slot = &self.slots[instance.index()];
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let (action, due) = (task.action, task.due);
        let over = self.follows(controller, instance)
            && self.now >= due
            && slot.wanted != (action == Action::Start);
        if over {
            self.settle(controller, position, Belief::Failed(action));
        } else {
            self.send(controller, position);
        }
    }

    /// Holds what a controller believes, when it is done, against the truth.
    pub(super) fn judge(&mut self, instance: InstanceId, belief: Belief) {
        let status = self.region.state(instance).status();
        let going = |action| match action {
            Action::Stop => matches!(status, Status::Stopping | Status::Stopped),
            Action::Start => matches!(status, Status::Starting | Status::Running),
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
