//! How fast a controller goes: stagger and jitter first, then batch, concurrency and rate.

use crate::controller::policy::{BatchUntil, Controller};
use crate::controller::schedule::{self, StopOf};
use crate::ecs::id::InstanceId;
use crate::engine::Occasion;
use crate::fact::{Action, Belief, Fact};
use crate::units::{SimDuration, SimTime};

use super::controller_state::Trickle;
use super::job::{Stage, Step, Turn};
use crate::client::{Event, News, Outputs, Ticket, Whose};

use super::Clients;

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

impl Clients<'_> {
    /// Begins a job; whatever the controller was doing with the instance is superseded.
    pub(super) fn begin(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        intent: Intent,
    ) {
        let Intent { action, due, .. } = intent;
        let plan = &self.plan.controllers[usize::from(controller)];
        if !plan.defects.is_sound() && self.skips(out, controller, position) {
            return;
        }
        let instance = self.instance_at(controller, position);
        self.let_go(out, controller, position);
        out.happened(Fact::Intended { controller, instance, action, due });
        let stops_first = action == Action::Delete && plan.delete.stop_first;
        let keep = action == Action::Stop && self.keeps_charging(out, plan, controller, position);
        let step = self.first_step(plan, controller, position, action);
        let step = if stops_first { Step::StopFirst } else { step };
        let controller_state = &mut self.states[usize::from(controller)];
        let serial = controller_state.begin(position, intent, step, keep);
        out.tell(News::Began { controller, instance, action, due });
        let delay = self.delay(out, plan, controller, instance, intent);
        if delay.is_zero() {
            self.gate(out, controller, position);
        } else {
            let source = self.of_controller(controller);
            let event = Event::CallDue(Ticket { controller, position, serial });
            out.schedule(out.now().saturating_add(delay), source, event);
        }
    }

    fn delay(
        &self,
        out: &impl Outputs,
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
            let who = self.pair(out, controller, instance);
            self.decisions.duration(who, schedule::JITTER, intent.occasion, 0, jitter)
        });
        spread.saturating_add(jitter)
    }

    fn keeps_charging(
        &mut self,
        out: &impl Outputs,
        plan: &Controller,
        controller: u16,
        position: u32,
    ) -> bool {
        let after_shortage = plan.no_stock.keep_charging;
        if after_shortage.is_none() && plan.keep_charging.is_none() {
            return false;
        }
        let instance = self.instance_at(controller, position);
        let who = self.pair(out, controller, instance);
        let group = self.plan.group_of(instance);
        let controller_state = &mut self.states[usize::from(controller)];
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
        plan.keep_charging.is_some_and(|share| share.takes(&stop, self.decisions))
    }

    fn is_paced(&self, controller: u16) -> bool {
        let pacing = &self.plan.controllers[usize::from(controller)].pacing;
        pacing.batch.is_some()
            || pacing.concurrency.is_some()
            || pacing.spacing.is_some()
            || self.states[usize::from(controller)].trickle.is_some()
            || self.plan.controllers[usize::from(controller)].batch_call.is_some()
    }

    /// The job's turn has come, as far as stagger and jitter are concerned.
    #[inline(always)]
    fn gate(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        if self.hold_back(out, controller, position) {
            return;
        }
        if self.is_paced(controller) {
            self.states[usize::from(controller)].lane(position).agenda.push_back(position);
        } else {
            self.send(out, controller, position);
        }
    }

    pub(super) fn on_call_due(&mut self, out: &mut impl Outputs, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        if job.serial != serial {
            return out.stale();
        }
        match job.stage {
            Stage::Queued => {
                self.gate(out, controller, position);
                self.pump(out, controller);
            }
            Stage::Held if self.is_over(out, controller, position) => {
                self.finish_job(out, controller, position, Belief::Failed(Action::Start));
            }
            Stage::Held => {
                if self.look_again(out, ticket) {
                    let job = &mut self.states[usize::from(controller)].jobs[position as usize];
                    job.enter(Stage::Queued);
                    self.gate(out, controller, position);
                    self.pump(out, controller);
                }
            }
            Stage::Backoff => self.ask_again(out, controller, position),
            Stage::Idle | Stage::Looking | Stage::Calling | Stage::Waiting => {
                unreachable!("a call is due only of a job that waits for it")
            }
        }
    }

    #[inline(never)]
    pub(super) fn on_pace_elapsed(&mut self, out: &mut impl Outputs, controller: u16) {
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
        controller_state.pace_armed &= now < controller_state.next_send;
        if let Some(call) = self.plan.controllers[usize::from(controller)].batch_call {
            self.send_batches(out, controller, call);
        } else {
            self.pump(out, controller);
        }
    }

    /// Sends as many queued calls as the pace allows.
    #[inline(always)]
    pub(super) fn pump(&mut self, out: &mut impl Outputs, controller: u16) {
        if self.plan.controllers[usize::from(controller)].batch_call.is_some() {
            return self.gather(out, controller);
        }
        if !self.states[usize::from(controller)].is_idle() {
            self.send_in_turn(out, controller);
        }
    }

    #[inline(never)]
    fn send_in_turn(&mut self, out: &mut impl Outputs, controller: u16) {
        while let Some(position) = self.next_in_turn(out, controller) {
            self.send(out, controller, position);
        }
    }

    fn next_in_turn(&mut self, out: &mut impl Outputs, controller: u16) -> Option<u32> {
        let pacing = &self.plan.controllers[usize::from(controller)].pacing;
        let (lane, _) = self.front_of_agenda(out, controller)?;
        if !self.spaced(out, controller) {
            return None;
        }
        let batched = pacing.batch.is_some();
        self.states[usize::from(controller)].take(lane, batched)
    }

    /// The lane and the position whose turn it is, as far as batch and concurrency let it go.
    pub(super) fn front_of_agenda(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
    ) -> Option<(usize, u32)> {
        let pacing = &self.plan.controllers[usize::from(controller)].pacing;
        loop {
            let controller_state = &mut self.states[usize::from(controller)];
            let (lane, position) = controller_state.next_up(pacing.batch)?;
            if pacing.concurrency.is_some_and(|limit| controller_state.open >= limit) {
                return None;
            }
            // What it waited for may be gone again: held back, it is in the queue no longer.
            let is_first = controller_state.jobs[position as usize].first_call == SimTime::NEVER;
            if !is_first || !self.hold_back(out, controller, position) {
                return Some((lane, position));
            }
        }
    }

    /// Whether the rate limit lets a call go now; if not, it is tried again when it does.
    pub(super) fn spaced(&mut self, out: &mut impl Outputs, controller: u16) -> bool {
        let pacing = &self.plan.controllers[usize::from(controller)].pacing;
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
        let trickle = controller_state.trickle.map(|trickle| trickle.interval);
        let Some(spacing) = trickle.max(pacing.spacing) else { return true };
        if now < controller_state.next_send {
            let (at, armed) = (controller_state.next_send, controller_state.pace_armed);
            controller_state.pace_armed = true;
            if !armed {
                let source = self.of_controller(controller);
                out.schedule(at, source, Event::PaceElapsed(Whose(controller)));
            }
            return false;
        }
        controller_state.next_send = now + spacing;
        true
    }

    /// A throttled call goes back into the queue: from here one call goes out at a time, at this
    /// interval, until one of them is not throttled.
    pub(super) fn trickle(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        interval: SimDuration,
    ) {
        let now = out.now();
        self.let_go(out, controller, position);
        let controller_state = &mut self.states[usize::from(controller)];
        if controller_state.trickle.is_none() {
            controller_state.trickle = Some(Trickle { since: now, interval });
            controller_state.next_send =
                controller_state.next_send.max(now.saturating_add(interval));
        }
        controller_state.jobs[position as usize].enter(Stage::Queued);
        controller_state.lane(position).agenda.push_back(position);
        self.pump(out, controller);
    }

    /// A call sent at this instant was answered otherwise than by throttling.
    #[inline(always)]
    pub(super) fn not_throttled(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        sent_at: SimTime,
    ) {
        let now = out.now();
        let controller_state = &mut self.states[usize::from(controller)];
        if controller_state.trickle.is_some_and(|trickle| sent_at >= trickle.since) {
            controller_state.trickle = None;
            controller_state.next_send = now;
            self.pump(out, controller);
        }
    }

    /// The first call of a job is answered, or nobody waits for the answer any longer.
    #[inline(always)]
    pub(super) fn first_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) {
        let pacing = &self.plan.controllers[usize::from(controller)].pacing;
        if pacing.batch_until == BatchUntil::Answered {
            if pacing.batch.is_some() {
                self.leave_batch(controller, position);
            }
            self.pump(out, controller);
        }
    }

    #[inline(never)]
    fn leave_batch(&mut self, controller: u16, position: u32) {
        let controller_state = &mut self.states[usize::from(controller)];
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
    pub(super) fn let_go(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let controller_state = &self.states[usize::from(controller)];
        if controller_state.jobs[position as usize].turn != Turn::Free
            || !controller_state.held.is_empty()
        {
            self.leave_turn(out, controller, position);
        }
    }

    #[inline(never)]
    fn leave_turn(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        self.leave_batch(controller, position);
        self.forget_held(out, controller, position);
        let controller_state = &mut self.states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        if job.turn != Turn::Free {
            job.turn = Turn::Free;
            controller_state.open -= 1;
        }
    }

    /// The job no longer counts against any limit: others may go.
    pub(super) fn release(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        self.let_go(out, controller, position);
        self.pump(out, controller);
    }

    /// The job is over: done, failed or given up.
    pub(super) fn finish_job(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        belief: Belief,
    ) {
        let instance = self.instance_at(controller, position);
        out.tell(News::Finished { controller, instance, belief });
        let controller_state = &mut self.states[usize::from(controller)];
        let job = &mut controller_state.jobs[position as usize];
        job.enter(Stage::Idle);
        if job.action == Action::Stop {
            controller_state.set_hold(position, super::controller_state::NO_HOLD);
        }
        self.believe(out, controller, position, belief);
        self.release(out, controller, position);
    }

    /// Changes what the controller believes.
    #[inline]
    pub(super) fn believe(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        belief: Belief,
    ) {
        let controller_state = &mut self.states[usize::from(controller)];
        let instance = controller_state.order[position as usize];
        let job = &mut controller_state.jobs[position as usize];
        if job.belief() != belief {
            job.believe(belief);
            out.happened(Fact::BeliefChanged { controller, instance, belief });
        }
    }
}
