//! Reboots, deletions, creations and reactivations: begun by an accepted call, then by stages.

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::{State, WorkKind};
use crate::ecs::operation::{
    DeleteInstance, Force, Operation, ReActivateInstances, RebootInstance, RunInstances,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Work};
use crate::engine::Occasion;
use crate::units::SimDuration;

use super::World;
use super::asked::Asked;
use super::instance_record::Item;
use super::ledger::{DownReason, MissedReason};
use super::observer::Observer;
use super::outcome::LatencyName;
use crate::fact::Fact;
use crate::fact::purpose;

/// How long a reboot that shows it stays Stopped. *Assumed*: clients have seen the status, so it
/// lasts; nobody says how long.
const REBOOT_PAUSE: SimDuration = SimDuration::from_secs(1);

impl<O: Observer> World<'_, O> {
    pub(super) fn apply_reboot(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        request: &RebootInstance,
    ) -> Result<(), Refusal> {
        let caller = self.rest.caller(asked.controller);
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let operation = Operation::RebootInstance(request.clone());
        let Accepted::Reboot(work) = self.cloud.region.call(self.rest.now, caller, &operation)?
        else {
            unreachable!("an accepted RebootInstance begins a reboot")
        };
        self.reboot_began(asked, instance, from, (work, request.force));
        Ok(())
    }

    /// A reboot was accepted: books what it means and lets its work begin.
    pub(super) fn reboot_began(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        from: State,
        (work, force): (Work, Force),
    ) {
        self.changed(instance, from);
        self.rest.out.data_loss_stops += u64::from(force == Force::PowerOff);
        let k = self.rest.records[instance.index()].next_work(asked.occasion);
        self.rest.set_ready(&self.cloud.region, instance, false);
        let down = self.reboot_down(instance, asked.occasion, k, force);
        let takes = if work.kind == WorkKind::RebootDown {
            down
        } else {
            // The whole reboot shows as Starting.
            down.saturating_add(self.stage_takes(instance, work.kind))
        };
        self.finish_after(instance, work, asked, takes);
    }

    /// A reboot goes down like a stop and comes up like a start. *Assumed*: no figure exists.
    fn reboot_down(
        &self,
        instance: InstanceId,
        occasion: Occasion,
        k: u32,
        force: Force,
    ) -> SimDuration {
        let life = &self.rest.plan.lifecycles[self.cloud.region.group_of(instance).index()];
        let who = self.rest.instance_names[instance.index()];
        let takes = match force {
            Force::ShutDown => &life.stop,
            Force::PowerOff => &life.force_stop,
        };
        self.rest.decisions.duration(who, purpose::REBOOT_DOWN, occasion, k, takes)
    }

    /// How long a stage takes that follows another.
    fn stage_takes(&self, instance: InstanceId, kind: WorkKind) -> SimDuration {
        let life = &self.rest.plan.lifecycles[self.cloud.region.group_of(instance).index()];
        let who = self.rest.instance_names[instance.index()];
        let record = &self.rest.records[instance.index()];
        let (occasion, k) = (record.occasion, u32::from(record.works));
        match kind {
            WorkKind::RebootPause => REBOOT_PAUSE,
            WorkKind::RebootUp => {
                self.rest.decisions.duration(who, purpose::REBOOT_UP, occasion, k, &life.start)
            }
            WorkKind::StartFromStandard => {
                self.rest.decisions.duration(who, purpose::START, occasion, k, &life.start)
            }
            WorkKind::GracefulStop
            | WorkKind::ForcedStop
            | WorkKind::StartFromEconomical
            | WorkKind::RebootDown
            | WorkKind::Creation
            | WorkKind::Deletion
            | WorkKind::TypeChange => unreachable!("{} follows no other stage", kind.name()),
        }
    }

    /// A stage is done and the next has begun.
    #[inline(never)]
    pub(super) fn on_next_stage(&mut self, work: Work, from: State) {
        self.changed(work.instance, from);
        let takes = self.stage_takes(work.instance, work.kind);
        self.schedule_finish(work.instance, work, takes);
        if from == State::Pending {
            self.rest.let_stand_in(&self.cloud.region, work.instance);
        }
    }

    pub(super) fn apply_delete(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        request: &DeleteInstance,
    ) -> Result<(), Refusal> {
        let caller = self.rest.caller(asked.controller);
        self.rest.book(&self.cloud.region, instance);
        let from = self.cloud.region.state(instance);
        let operation = Operation::DeleteInstance(request.clone());
        let Accepted::Delete(gone) = self.cloud.region.call(self.rest.now, caller, &operation)?
        else {
            unreachable!("an accepted DeleteInstance deletes")
        };
        self.changed(instance, from);
        self.rest.out.data_loss_stops += u64::from(gone.data_lost);
        let mine = self.rest.is_in_charge(asked.controller, instance);
        let record = &mut self.rest.records[instance.index()];
        record.missed = MissedReason::Stopping;
        record.down = if mine { DownReason::WrongStop } else { DownReason::OtherController };
        self.rest.set_ready(&self.cloud.region, instance, false);
        match gone.work {
            None => self.on_gone(instance, gone.released),
            Some(work) => {
                let k = self.rest.records[instance.index()].next_work(asked.occasion);
                let life = &self.rest.plan.lifecycles[self.cloud.region.group_of(instance).index()];
                let who = self.rest.instance_names[instance.index()];
                let occasion = asked.occasion;
                let takes =
                    self.rest.decisions.duration(who, purpose::DELETION, occasion, k, &life.stop);
                self.finish_after(instance, work, asked, takes);
            }
        }
        Ok(())
    }

    /// An instance is not there any longer: what it held is free, and it no longer runs.
    #[inline(never)]
    pub(super) fn on_gone(&mut self, instance: InstanceId, released: Option<(PoolId, u64)>) {
        self.rest.item_done(instance, Item::Stop, LatencyName::StopDueToStopped);
        self.rest.step_down(&self.cloud.region, instance);
        if let Some((pool, _)) = released {
            self.stock_changed(pool);
            self.serve_waiting(pool);
        }
    }

    /// Creates one more instance of a group, which joins the family of the one that it replaces.
    pub(super) fn apply_run(
        &mut self,
        asked: &Asked,
        request: RunInstances,
        replaced: Option<InstanceId>,
    ) -> Result<InstanceId, Refusal> {
        let caller = self.rest.caller(asked.controller);
        let template = request.template;
        if let Some(next) = self.cloud.region.next_in_reserve(template) {
            self.rest.book(&self.cloud.region, next);
        }
        let pool = self.rest.plan.region.group(template).pool;
        let operation = Operation::RunInstances(request);
        let run = match self.cloud.region.call(self.rest.now, caller, &operation) {
            Ok(Accepted::Run(run)) => run,
            Ok(_) => unreachable!("an accepted RunInstances creates"),
            Err(refusal) => {
                if let (Refusal::NoStock, Some(pool)) = (refusal, pool) {
                    self.rest.out.pools[pool.index()].claims_refused += 1;
                }
                return Err(refusal);
            }
        };
        if let Some(work) = run.work {
            self.changed(run.instance, State::Released);
            if let Some(pool) = self.cloud.region.public_pool_of(run.instance) {
                self.rest.out.pools[pool.index()].claims_granted += 1;
                self.stock_changed(pool);
            }
            if let Some(replaced) = replaced {
                self.rest.join_family(replaced, run.instance);
            }
            let k = self.rest.records[run.instance.index()].next_work(asked.occasion);
            let who = self.rest.instance_names[run.instance.index()];
            let creation = self.rest.plan.lifecycles[template.index()].creation.as_ref();
            let creation = creation.expect("only groups with a reserve create");
            let occasion = asked.occasion;
            let takes = self.rest.decisions.duration(who, purpose::CREATION, occasion, k, creation);
            self.finish_after(run.instance, work, asked, takes);
        }
        Ok(run.instance)
    }

    pub(super) fn apply_reactivate(
        &mut self,
        asked: &Asked,
        instance: InstanceId,
        request: &ReActivateInstances,
    ) -> Result<(), Refusal> {
        let operation = Operation::ReActivateInstances(request.clone());
        let before = self.cloud.region.conditions(instance);
        self.apply_start(asked, instance, |region, now, caller| {
            let Accepted::Reactivate(start) = region.call(now, caller, &operation)? else {
                unreachable!("an accepted ReActivateInstances begins a start")
            };
            Ok(start)
        })?;
        let after = self.cloud.region.conditions(instance);
        for condition in before.iter().filter(|&condition| !after.has(condition)) {
            self.rest.note(Fact::ConditionChanged { instance, condition, on: false });
        }
        Ok(())
    }
}
