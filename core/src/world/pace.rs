//! How fast a controller goes: stagger and jitter first, then batch, concurrency and rate.

use crate::controller::policy::{BatchUntil, Controller};
use crate::controller::schedule::{self, StopOf};
use crate::ecs::id::InstanceId;
use crate::engine::Occasion;
use crate::fact::{Action, Belief, Fact};
use crate::units::{SimDuration, SimTime};

use super::controller_state::Probing;
use super::event::{Event, Ticket};
use super::instance_record::Item;
use super::job::{Stage, Step, Turn};
use super::observer::Observer;
use super::{Rest, World};

/// What a controller sets out to do with one instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intent {
    pub(super) action: Action,
    pub(super) due: SimTime,
    pub(super) occasion: Occasion,
    /// Place and number of instances in this due moment, for stagger and rotation.
    pub(super) place: u32,
    pub(super) of: u32,
}

impl<O: Observer> World<'_, O> {
    /// Begins a job; whatever the controller was doing with the instance is superseded.
    pub(super) fn begin(&mut self, controller: u16, position: u32, intent: Intent) {
        let Intent { action, due, .. } = intent;
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let instance = self.rest.instance_at(controller, position);
        self.let_go(controller, position);
        self.rest.note(Fact::Intended { controller, instance, action, due });
        let stops_first = action == Action::Delete && plan.delete.stop_first;
        let keep = action == Action::Stop && self.keeps_charging(plan, controller, position);
        let step = self.first_step(plan, instance, action);
        let step = if stops_first { Step::StopFirst } else { step };
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let serial = controller_state.begin(position, intent, step, keep);
        self.open_request_item(controller, instance, intent);
        let delay = self.delay(plan, controller, instance, intent);
        if delay.is_zero() {
            self.gate(controller, position);
        } else {
            let source = self.rest.of_controller(controller);
            let event = Event::CallDue(Ticket { controller, position, serial });
            self.rest.schedule(self.rest.now.saturating_add(delay), source, event);
        }
    }

    /// A request outside of any demand is an occasion of its own.
    fn open_request_item(&mut self, controller: u16, instance: InstanceId, intent: Intent) {
        let action = match intent.action {
            Action::Stop => Action::Stop,
            Action::Start | Action::Reactivate => Action::Start,
            Action::Reboot | Action::Delete | Action::Change => return,
        };
        let is_free = self.rest.records[instance.index()].item == Item::None;
        if is_free && !self.rest.follows(controller, instance) {
            self.rest.open_item(
                self.cloud.region(),
                instance,
                action,
                intent.due,
                crate::books::waves::NO_WAVE,
            );
        }
    }

    fn delay(
        &self,
        plan: &Controller,
        controller: u16,
        instance: InstanceId,
        intent: Intent,
    ) -> SimDuration {
        let pacing = &plan.pacing;
        let spread = pacing.stagger.map_or(SimDuration::ZERO, |span| {
            schedule::stagger(intent.place as usize, intent.of as usize, span)
        });
        let jitter = pacing.jitter.as_ref().map_or(SimDuration::ZERO, |jitter| {
            let who = self.rest.pair(controller, instance);
            self.rest.decisions.duration(who, schedule::JITTER, intent.occasion, 0, jitter)
        });
        spread.saturating_add(jitter)
    }

    fn keeps_charging(&mut self, plan: &Controller, controller: u16, position: u32) -> bool {
        let after_shortage = plan.no_stock.keep_charging;
        if after_shortage.is_none() && plan.keep_charging.is_none() {
            return false;
        }
        let instance = self.rest.instance_at(controller, position);
        let who = self.rest.pair(controller, instance);
        let group = self.cloud.region().group_of(instance);
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        if after_shortage
            .is_some_and(|policy| controller_state.deferral.takes(policy, group, instance))
        {
            return true;
        }
        let stop = StopOf {
            who,
            position: position as usize,
            count: controller_state.order.len(),
            occasions: controller_state.stop_moments,
        };
        plan.keep_charging.is_some_and(|share| share.takes(&stop, self.rest.decisions))
    }

    fn is_paced(&self, controller: u16) -> bool {
        let pacing = &self.rest.plan.controllers[usize::from(controller)].pacing;
        pacing.batch.is_some()
            || pacing.concurrency.is_some()
            || pacing.spacing.is_some()
            || self.rest.controller_states[usize::from(controller)].probing.is_some()
            || self.rest.plan.controllers[usize::from(controller)].batch_call.is_some()
    }

    /// The job's turn has come, as far as stagger and jitter are concerned.
    #[inline(always)]
    fn gate(&mut self, controller: u16, position: u32) {
        if self.rest.hold_back(self.cloud.region(), controller, position) {
            return;
        }
        if self.is_paced(controller) {
            self.rest.controller_states[usize::from(controller)]
                .lane(position)
                .agenda
                .push_back(position);
        } else {
            self.send(controller, position);
        }
    }

    pub(super) fn on_call_due(&mut self, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let job = &self.rest.controller_states[usize::from(controller)].jobs[position as usize];
        if job.serial != serial {
            return self.rest.stale();
        }
        match job.stage {
            Stage::Queued => {
                self.gate(controller, position);
                self.pump(controller);
            }
            Stage::Held if self.is_over(controller, position) => {
                self.finish_job(controller, position, Belief::Failed(Action::Start));
            }
            Stage::Held => {
                if self.rest.look_again(self.cloud.region(), ticket) {
                    let job = &mut self.rest.controller_states[usize::from(controller)].jobs
                        [position as usize];
                    job.enter(Stage::Queued);
                    self.gate(controller, position);
                    self.pump(controller);
                }
            }
            Stage::Backoff => self.ask_again(controller, position),
            Stage::Idle | Stage::Looking | Stage::Calling | Stage::Waiting => {
                unreachable!("a call is due only of a job that waits for it")
            }
        }
    }

    #[inline(never)]
    pub(super) fn on_pace_elapsed(&mut self, controller: u16) {
        let now = self.rest.now;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        controller_state.pace_armed &= now < controller_state.next_send;
        if let Some(call) = self.rest.plan.controllers[usize::from(controller)].batch_call {
            self.send_batches(controller, call);
        } else {
            self.pump(controller);
        }
    }

    /// Sends as many queued calls as the pace allows.
    #[inline(always)]
    pub(super) fn pump(&mut self, controller: u16) {
        if self.rest.plan.controllers[usize::from(controller)].batch_call.is_some() {
            return self.gather(controller);
        }
        if !self.rest.controller_states[usize::from(controller)].is_idle() {
            self.send_in_turn(controller);
        }
    }

    #[inline(never)]
    fn send_in_turn(&mut self, controller: u16) {
        while let Some(position) = self.next_in_turn(controller) {
            self.send(controller, position);
        }
    }

    fn next_in_turn(&mut self, controller: u16) -> Option<u32> {
        let pacing = &self.rest.plan.controllers[usize::from(controller)].pacing;
        let (lane, _) = self.front_of_agenda(controller)?;
        if !self.spaced(controller) {
            return None;
        }
        let batched = pacing.batch.is_some();
        self.rest.controller_states[usize::from(controller)].take(lane, batched)
    }

    /// The lane and the position whose turn it is, as far as batch and concurrency let it go.
    pub(super) fn front_of_agenda(&mut self, controller: u16) -> Option<(usize, u32)> {
        let pacing = &self.rest.plan.controllers[usize::from(controller)].pacing;
        loop {
            let controller_state = &mut self.rest.controller_states[usize::from(controller)];
            let (lane, position) = controller_state.next_up(pacing.batch)?;
            if pacing.concurrency.is_some_and(|limit| controller_state.open >= limit) {
                return None;
            }
            // What it waited for may be gone again: held back, it is in the queue no longer.
            let is_first = controller_state.jobs[position as usize].first_call == SimTime::NEVER;
            if !is_first || !self.rest.hold_back(self.cloud.region(), controller, position) {
                return Some((lane, position));
            }
        }
    }

    /// Whether the rate limit lets a call go now; if not, it is tried again when it does.
    pub(super) fn spaced(&mut self, controller: u16) -> bool {
        let pacing = &self.rest.plan.controllers[usize::from(controller)].pacing;
        let now = self.rest.now;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let probing = controller_state.probing.map(|probing| probing.interval);
        let Some(spacing) = probing.max(pacing.spacing) else { return true };
        if now < controller_state.next_send {
            let (at, armed) = (controller_state.next_send, controller_state.pace_armed);
            controller_state.pace_armed = true;
            if !armed {
                let source = self.rest.of_controller(controller);
                self.rest.schedule(at, source, Event::PaceElapsed { controller });
            }
            return false;
        }
        controller_state.next_send = now + spacing;
        true
    }

    /// A throttled call goes back into the queue: from here one call goes out at a time, at this
    /// interval, until one of them is not throttled.
    pub(super) fn probe(&mut self, controller: u16, position: u32, interval: SimDuration) {
        let now = self.rest.now;
        self.let_go(controller, position);
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        if controller_state.probing.is_none() {
            controller_state.probing = Some(Probing { since: now, interval });
            controller_state.next_send =
                controller_state.next_send.max(now.saturating_add(interval));
        }
        controller_state.jobs[position as usize].enter(Stage::Queued);
        controller_state.lane(position).agenda.push_back(position);
        self.pump(controller);
    }

    /// A call sent at this instant was answered otherwise than by throttling.
    #[inline(always)]
    pub(super) fn not_throttled(&mut self, controller: u16, sent_at: SimTime) {
        let now = self.rest.now;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        if controller_state.probing.is_some_and(|probing| sent_at >= probing.since) {
            controller_state.probing = None;
            controller_state.next_send = now;
            self.pump(controller);
        }
    }

    /// The first call of a job is answered, or nobody waits for the answer any longer.
    #[inline(always)]
    pub(super) fn first_answered(&mut self, controller: u16, position: u32) {
        let pacing = &self.rest.plan.controllers[usize::from(controller)].pacing;
        if pacing.batch_until == BatchUntil::Answered {
            if pacing.batch.is_some() {
                self.leave_batch(controller, position);
            }
            self.pump(controller);
        }
    }

    #[inline(never)]
    fn leave_batch(&mut self, controller: u16, position: u32) {
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        if job.turn == Turn::Batched {
            job.turn = Turn::Counted;
            let lane = controller_state.lane(position);
            lane.batch_open -= 1;
            if lane.batch_open == 0 && lane.agenda.is_empty() {
                lane.batch_left = 0; // the last batch of a due moment may be a short one
            }
        }
    }

    /// The job no longer counts against any limit.
    #[inline(always)]
    fn let_go(&mut self, controller: u16, position: u32) {
        let controller_state = &self.rest.controller_states[usize::from(controller)];
        if controller_state.jobs[position as usize].turn != Turn::Free
            || !controller_state.held.is_empty()
        {
            self.leave_turn(controller, position);
        }
    }

    #[inline(never)]
    fn leave_turn(&mut self, controller: u16, position: u32) {
        self.leave_batch(controller, position);
        self.rest.forget_held(self.cloud.region(), controller, position);
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        if job.turn != Turn::Free {
            job.turn = Turn::Free;
            controller_state.open -= 1;
        }
    }

    /// The job no longer counts against any limit: others may go.
    pub(super) fn release(&mut self, controller: u16, position: u32) {
        self.let_go(controller, position);
        self.pump(controller);
    }

    /// The job is over: done, failed or given up.
    pub(super) fn finish_job(&mut self, controller: u16, position: u32, belief: Belief) {
        let instance = self.rest.instance_at(controller, position);
        self.judge(controller, instance, belief);
        if matches!(belief, Belief::Failed(_)) {
            self.rest.books.given_up(controller);
        }
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        job.enter(Stage::Idle);
        if job.action == Action::Stop {
            controller_state.set_hold(position, super::controller_state::NO_HOLD);
        }
        self.believe(controller, position, belief);
        if matches!(belief, Belief::Failed(Action::Start | Action::Reactivate)) {
            self.on_start_given_up(instance);
        }
        self.release(controller, position);
    }

    /// Changes what the controller believes.
    #[inline]
    pub(super) fn believe(&mut self, controller: u16, position: u32, belief: Belief) {
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let instance = controller_state.order[position as usize];
        let job = &mut controller_state.jobs[position as usize];
        if job.belief() != belief {
            job.believe(belief);
            self.rest.note(Fact::BeliefChanged { controller, instance, belief });
        }
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Whether a controller acts on what is wanted of an instance.
    pub(super) fn follows(&self, controller: u16, instance: InstanceId) -> bool {
        let record = &self.records[instance.index()];
        let followed = self.plan.controllers[usize::from(controller)].follows();
        record.owner == controller || (record.has_demand && followed == Some(record.demand))
    }
}
