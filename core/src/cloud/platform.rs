//! Stops and starts that nobody asked for: the platform's own, and what settles after a stop.

use crate::ecs::condition::Condition;
use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::{State, StoppedMode, WorkKind};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Work;
use crate::engine::Occasion;
use crate::fact::{Fact, purpose};

use super::{Cloud, Event, News, Outputs, PlatformCause, of_instance};

impl Cloud<'_> {
    /// Brings a running instance down. *Assumed*: that takes as long as a forced stop.
    pub(super) fn platform_stop(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        mode: StoppedMode,
        why: PlatformCause,
    ) -> bool {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let Some(work) = self.region.platform_stop(out.now(), instance, mode) else {
            return false;
        };
        self.changed(out, instance, from);
        out.tell(&self.region, News::TakenDown { instance, why });
        // Work of the platform is an occasion of its own: its ordinal among the instance's works.
        let occasion = Occasion::lifetime(u64::from(work.attempt));
        let k = out.next_work(instance, occasion);
        let group = self.region.group_of(instance).index();
        let who = out.name(instance);
        let life = &self.plan.lifecycles[group].force_stop;
        let takes = self.decisions.duration(who, purpose::FORCE_STOP, occasion, k, life);
        self.schedule_finish(out, instance, work, takes);
        true
    }

    /// Takes the compute that a standard stop kept.
    pub(super) fn reclaim(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        why: PlatformCause,
    ) {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        if self.region.reclaim(out.now(), instance) {
            self.changed(out, instance, from);
            out.tell(&self.region, News::Reclaimed { instance, why });
            self.gave_back(out, instance);
        }
    }

    /// Starts an instance again.
    pub(super) fn platform_start(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let pool = self.region.pool_of(instance);
        let start = self.region.platform_start(out.now(), instance);
        if let (Err(Refusal::NoStock), Some(pool)) = (&start, pool) {
            out.tell(&self.region, News::ClaimRefused(pool));
        }
        let work = start?;
        self.started(out, instance, from, None);
        let occasion = Occasion::lifetime(u64::from(work.attempt));
        let takes = self.start_takes(out, instance, work.kind, occasion);
        self.schedule_finish(out, instance, work, takes);
        Ok(())
    }

    /// A start was accepted: what it changes at once, whoever asked for it.
    pub(super) fn started(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        from: State,
        by: Option<u16>,
    ) {
        if let Some(pool) = self.start_accepted(out, instance, from, by) {
            self.stock_changed(out, pool);
        }
    }

    /// The same, but for telling of the stock: the pool that it took some of, if it did.
    pub(super) fn start_accepted(
        &self,
        out: &mut impl Outputs,
        instance: InstanceId,
        from: State,
        by: Option<u16>,
    ) -> Option<PoolId> {
        self.changed(out, instance, from);
        out.tell(&self.region, News::StartAccepted { instance, from, by });
        let pool = self.region.public_pool_of(instance)?;
        let claims = from == State::Stopped { effective: StoppedMode::StopCharging };
        if claims {
            out.tell(&self.region, News::ClaimGranted(pool));
        }
        claims.then_some(pool)
    }

    /// An instance gave its compute back: whoever waits may have it.
    #[inline(always)]
    pub(super) fn gave_back(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        self.forget_notice(out, instance);
        self.clear_credits(out, instance);
        if let Some(pool) = self.region.public_pool_of(instance) {
            self.stock_changed(out, pool);
            self.serve_waiting(out, pool);
        }
    }

    /// An economical stop is done: for a while a start finds it still in progress.
    #[inline(always)]
    pub(super) fn settle_down(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        attempt: u32,
    ) {
        let group = self.region.group_of(instance).index();
        let Some(settling) = &self.plan.lifecycles[group].settling else { return };
        let (occasion, k) = out.last_work(instance);
        let who = out.name(instance);
        let takes = self.decisions.duration(who, purpose::SETTLING, occasion, k, settling);
        if !takes.is_zero() {
            self.set_settling(out, instance, true);
            let source = of_instance(out, instance);
            let event = Event::Settled { instance: instance.0, attempt };
            out.schedule(out.now().saturating_add(takes), source, event);
        }
    }

    #[inline(never)]
    pub(super) fn on_settled(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        attempt: u32,
    ) {
        let work = Work { instance, attempt, kind: WorkKind::GracefulStop };
        if self.region.is_current(work) {
            self.set_settling(out, instance, false);
        } else {
            out.stale();
        }
    }

    #[inline(never)]
    fn set_settling(&mut self, out: &mut impl Outputs, instance: InstanceId, on: bool) {
        let condition = Condition::Settling;
        self.region.set_condition(instance, condition, on);
        out.happened(&self.region, Fact::ConditionChanged { instance, condition, on });
    }
}
