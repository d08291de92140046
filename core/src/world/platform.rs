//! Stops and starts that nobody asked for: the platform's own, and what settles after a stop.

use crate::ecs::condition::Condition;
use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::{State, StoppedMode, WorkKind};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Work;
use crate::engine::Occasion;

use super::World;
use super::event::Event;
use super::instance_record::Past;
use super::ledger::{DownReason, ForgoneReason, MissedReason};
use super::observer::Observer;
use crate::fact::Fact;
use crate::fact::purpose;

impl<O: Observer> World<'_, O> {
    /// Brings a running instance down. *Assumed*: that takes as long as a forced stop.
    pub(super) fn platform_stop(
        &mut self,
        instance: InstanceId,
        mode: StoppedMode,
        why: DownReason,
    ) -> bool {
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let Some(work) = self.cloud.region.platform_stop(self.rest.now, instance, mode) else {
            return false;
        };
        self.changed(instance, from);
        let ineligible = self.cloud.region.ineligible(instance);
        let now = self.rest.now;
        let record = &mut self.rest.records[instance.index()];
        record.accepted_at = now;
        record.missed = MissedReason::Stopping;
        record.down = why;
        record.forgone = ineligible.map_or(ForgoneReason::Default, ForgoneReason::Ineligible);
        self.rest.set_ready(&self.cloud.region, instance, false);
        // Work of the platform is an occasion of its own: its ordinal among the instance's works.
        let occasion = Occasion::lifetime(u64::from(work.attempt));
        let k = self.rest.records[instance.index()].next_work(occasion);
        let group = self.cloud.region.group_of(instance).index();
        let who = self.rest.instance_names[instance.index()];
        let life = &self.rest.plan.lifecycles[group].force_stop;
        let takes = self.rest.decisions.duration(who, purpose::FORCE_STOP, occasion, k, life);
        self.schedule_finish(instance, work, takes);
        true
    }

    /// Takes the compute that a standard stop kept.
    pub(super) fn reclaim(&mut self, instance: InstanceId, why: DownReason) {
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        if self.cloud.region.reclaim(self.rest.now, instance) {
            self.changed(instance, from);
            self.rest.records[instance.index()].down = why;
            self.gave_back(instance);
        }
    }

    /// Starts an instance again.
    pub(super) fn platform_start(&mut self, instance: InstanceId) -> Result<(), Refusal> {
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let pool = self.cloud.region.pool_of(instance);
        let start = self.cloud.region.platform_start(self.rest.now, instance);
        if let (Err(Refusal::NoStock), Some(pool)) = (&start, pool) {
            self.rest.out.pools[pool.index()].claims_refused += 1;
        }
        let work = start?;
        self.started(instance, from);
        self.rest.records[instance.index()].missed = MissedReason::Restarted;
        let occasion = Occasion::lifetime(u64::from(work.attempt));
        let takes = self.start_takes(instance, work.kind, occasion);
        self.schedule_finish(instance, work, takes);
        Ok(())
    }

    /// A start was accepted: what it changes at once, whoever asked for it.
    pub(super) fn started(&mut self, instance: InstanceId, from: State) {
        if let Some(pool) = self.start_accepted(instance, from) {
            self.stock_changed(pool);
        }
    }

    /// The same, but for telling of the stock: the pool that it took some of, if it did.
    pub(super) fn start_accepted(&mut self, instance: InstanceId, from: State) -> Option<PoolId> {
        self.changed(instance, from);
        let record = &mut self.rest.records[instance.index()];
        record.accepted_at = self.rest.now;
        record.past = Past::before_start(from);
        let pool = self.cloud.region.public_pool_of(instance)?;
        let claims = from == State::Stopped { effective: StoppedMode::StopCharging };
        self.rest.out.pools[pool.index()].claims_granted += u64::from(claims);
        claims.then_some(pool)
    }

    /// An instance gave its compute back: whoever waits may have it.
    #[inline(always)]
    pub(super) fn gave_back(&mut self, instance: InstanceId) {
        self.forget_notice(instance);
        self.clear_credits(instance);
        if let Some(pool) = self.cloud.region.public_pool_of(instance) {
            self.stock_changed(pool);
            self.serve_waiting(pool);
        }
    }

    /// An economical stop is done: for a while a start finds it still in progress.
    pub(super) fn settle_down(&mut self, instance: InstanceId, attempt: u32) {
        let group = self.cloud.region.group_of(instance).index();
        let Some(settling) = &self.rest.plan.lifecycles[group].settling else { return };
        let record = &self.rest.records[instance.index()];
        let (occasion, k) = (record.occasion, u32::from(record.works));
        let who = self.rest.instance_names[instance.index()];
        let takes = self.rest.decisions.duration(who, purpose::SETTLING, occasion, k, settling);
        if !takes.is_zero() {
            self.set_settling(instance, true);
            let source = self.rest.of_instance(instance);
            let event = Event::Settled { instance: instance.0, attempt };
            self.rest.schedule(self.rest.now.saturating_add(takes), source, event);
        }
    }

    #[inline(never)]
    pub(super) fn on_settled(&mut self, instance: InstanceId, attempt: u32) {
        let work = Work { instance, attempt, kind: WorkKind::GracefulStop };
        if self.cloud.region.is_current(work) {
            self.set_settling(instance, false);
        } else {
            self.rest.stale();
        }
    }

    #[inline(never)]
    fn set_settling(&mut self, instance: InstanceId, on: bool) {
        let condition = Condition::Settling;
        self.cloud.region.set_condition(instance, condition, on);
        self.rest.note(Fact::ConditionChanged { instance, condition, on });
    }
}
