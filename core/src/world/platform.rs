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
        self.book(instance);
        let from = self.region.state(instance);
        let Some(work) = self.region.platform_stop(self.now, instance, mode) else { return false };
        self.changed(instance, from);
        let ineligible = self.region.ineligible(instance);
        let now = self.now;
        let record = &mut self.records[instance.index()];
        record.accepted_at = now;
        record.missed = MissedReason::Stopping;
        record.down = why;
        record.forgone = ineligible.map_or(ForgoneReason::Default, ForgoneReason::Ineligible);
        self.set_ready(instance, false);
        // Work of the platform is an occasion of its own: its ordinal among the instance's works.
        let occasion = Occasion::lifetime(u64::from(work.attempt));
        let k = self.records[instance.index()].next_work(occasion);
        let group = self.region.group_of(instance).index();
        let who = self.instance_names[instance.index()];
        let life = &self.plan.lifecycles[group].force_stop;
        let takes = self.decisions.duration(who, purpose::FORCE_STOP, occasion, k, life);
        self.schedule_finish(instance, work, takes);
        true
    }

    /// Takes the compute that a standard stop kept.
    pub(super) fn reclaim(&mut self, instance: InstanceId, why: DownReason) {
        self.book(instance);
        let from = self.region.state(instance);
        if self.region.reclaim(self.now, instance) {
            self.changed(instance, from);
            self.records[instance.index()].down = why;
            self.gave_back(instance);
        }
    }

    /// Starts an instance again.
    pub(super) fn platform_start(&mut self, instance: InstanceId) -> Result<(), Refusal> {
        self.book(instance);
        let from = self.region.state(instance);
        let pool = self.region.pool_of(instance);
        let start = self.region.platform_start(self.now, instance);
        if let (Err(Refusal::NoStock), Some(pool)) = (&start, pool) {
            self.out.pools[pool.index()].claims_refused += 1;
        }
        let work = start?;
        self.started(instance, from);
        self.records[instance.index()].missed = MissedReason::Restarted;
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
        let record = &mut self.records[instance.index()];
        record.accepted_at = self.now;
        record.past = Past::before_start(from);
        let pool = self.region.public_pool_of(instance)?;
        let claims = from == State::Stopped { effective: StoppedMode::StopCharging };
        self.out.pools[pool.index()].claims_granted += u64::from(claims);
        claims.then_some(pool)
    }

    /// An instance gave its compute back: whoever waits may have it.
    #[inline(always)]
    pub(super) fn gave_back(&mut self, instance: InstanceId) {
        self.forget_notice(instance);
        self.clear_credits(instance);
        if let Some(pool) = self.region.public_pool_of(instance) {
            self.stock_changed(pool);
            self.serve_waiting(pool);
        }
    }

    /// An economical stop is done: for a while a start finds it still in progress.
    pub(super) fn settle_down(&mut self, instance: InstanceId, attempt: u32) {
        let group = self.region.group_of(instance).index();
        let Some(settling) = &self.plan.lifecycles[group].settling else { return };
        let record = &self.records[instance.index()];
        let (occasion, k) = (record.occasion, u32::from(record.works));
        let who = self.instance_names[instance.index()];
        let takes = self.decisions.duration(who, purpose::SETTLING, occasion, k, settling);
        if !takes.is_zero() {
            self.set_settling(instance, true);
            let source = self.of_instance(instance);
            let event = Event::Settled { instance: instance.0, attempt };
            self.schedule(self.now.saturating_add(takes), source, event);
        }
    }

    #[inline(never)]
    pub(super) fn on_settled(&mut self, instance: InstanceId, attempt: u32) {
        let work = Work { instance, attempt, kind: WorkKind::GracefulStop };
        if self.region.is_current(work) {
            self.set_settling(instance, false);
        } else {
            self.stale();
        }
    }

    #[inline(never)]
    fn set_settling(&mut self, instance: InstanceId, on: bool) {
        let condition = Condition::Settling;
        self.region.set_condition(instance, condition, on);
        self.note(Fact::ConditionChanged { instance, condition, on });
    }
}
