//! Reboots, deletions, creations and reactivations: begun by an accepted call, then by stages.

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::{State, WorkKind};
use crate::ecs::operation::{
    DeleteInstance, Force, Operation, ReActivateInstances, RebootInstance, RunInstances,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Work};
use crate::engine::Occasion;
use crate::fact::{Fact, purpose};
use crate::units::SimDuration;

use super::{Asked, Cloud, News, Outputs};

/// How long a reboot that shows it stays Stopped. *Assumed*: clients have seen the status, so it
/// lasts; nobody says how long.
const REBOOT_PAUSE: SimDuration = SimDuration::from_secs(1);

impl Cloud<'_> {
    pub(super) fn apply_reboot(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &RebootInstance,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let operation = Operation::RebootInstance(request.clone());
        let Accepted::Reboot(work) = self.region.call(out.now(), asked.caller, &operation)? else {
            unreachable!("an accepted RebootInstance begins a reboot")
        };
        self.reboot_began(out, asked, instance, from, (work, request.force));
        Ok(())
    }

    /// A reboot was accepted: its work begins.
    pub(super) fn reboot_began(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        from: State,
        (work, force): (Work, Force),
    ) {
        self.changed(out, instance, from);
        let data_lost = force == Force::PowerOff;
        out.tell(&self.region, News::RebootBegan { instance, data_lost });
        let k = out.next_work(instance, asked.occasion);
        let down = self.reboot_down(out, instance, asked.occasion, k, force);
        let takes = if work.kind == WorkKind::RebootDown {
            down
        } else {
            // The whole reboot shows as Starting.
            down.saturating_add(self.stage_takes(out, instance, work.kind))
        };
        self.finish_after(out, instance, work, asked, takes);
    }

    /// A reboot goes down like a stop and comes up like a start. *Assumed*: no figure exists.
    fn reboot_down(
        &self,
        out: &impl Outputs,
        instance: InstanceId,
        occasion: Occasion,
        k: u32,
        force: Force,
    ) -> SimDuration {
        let life = &self.plan.lifecycles[self.region.group_of(instance).index()];
        let who = out.name(instance);
        let takes = match force {
            Force::ShutDown => &life.stop,
            Force::PowerOff => &life.force_stop,
        };
        self.decisions.duration(who, purpose::REBOOT_DOWN, occasion, k, takes)
    }

    /// How long a stage takes that follows another.
    fn stage_takes(&self, out: &impl Outputs, instance: InstanceId, kind: WorkKind) -> SimDuration {
        let life = &self.plan.lifecycles[self.region.group_of(instance).index()];
        let who = out.name(instance);
        let (occasion, k) = out.last_work(instance);
        match kind {
            WorkKind::RebootPause => REBOOT_PAUSE,
            WorkKind::RebootUp => {
                self.decisions.duration(who, purpose::REBOOT_UP, occasion, k, &life.start)
            }
            WorkKind::StartFromStandard => {
                self.decisions.duration(who, purpose::START, occasion, k, &life.start)
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
    pub(super) fn on_next_stage(&mut self, out: &mut impl Outputs, work: Work, from: State) {
        self.changed(out, work.instance, from);
        let takes = self.stage_takes(out, work.instance, work.kind);
        self.schedule_finish(out, work.instance, work, takes);
        if from == State::Pending {
            out.tell(&self.region, News::Created(work.instance));
        }
    }

    pub(super) fn apply_delete(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &DeleteInstance,
    ) -> Result<(), Refusal> {
        out.book(&self.region, instance);
        let from = self.region.state(instance);
        let operation = Operation::DeleteInstance(request.clone());
        let Accepted::Delete(gone) = self.region.call(out.now(), asked.caller, &operation)? else {
            unreachable!("an accepted DeleteInstance deletes")
        };
        self.changed(out, instance, from);
        let (controller, data_lost) = (asked.controller, gone.data_lost);
        out.tell(&self.region, News::DeletionBegan { controller, instance, data_lost });
        match gone.work {
            None => self.on_gone(out, instance, gone.released),
            Some(work) => {
                let k = out.next_work(instance, asked.occasion);
                let life = &self.plan.lifecycles[self.region.group_of(instance).index()];
                let who = out.name(instance);
                let occasion = asked.occasion;
                let takes =
                    self.decisions.duration(who, purpose::DELETION, occasion, k, &life.stop);
                self.finish_after(out, instance, work, asked, takes);
            }
        }
        Ok(())
    }

    /// An instance is not there any longer: what it held is free, and it no longer runs.
    #[inline(never)]
    pub(super) fn on_gone(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        released: Option<(PoolId, u64)>,
    ) {
        out.tell(&self.region, News::Gone(instance));
        if let Some((pool, _)) = released {
            self.stock_changed(out, pool);
            self.serve_waiting(out, pool);
        }
    }

    /// Creates one more instance of a group.
    pub(super) fn apply_run(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        request: RunInstances,
        replaces: Option<InstanceId>,
    ) -> Result<InstanceId, Refusal> {
        let template = request.template;
        if let Some(next) = self.region.next_in_reserve(template) {
            out.book(&self.region, next);
        }
        let pool = self.plan.region.group(template).pool;
        let operation = Operation::RunInstances(request);
        let run = match self.region.call(out.now(), asked.caller, &operation) {
            Ok(Accepted::Run(run)) => run,
            Ok(_) => unreachable!("an accepted RunInstances creates"),
            Err(refusal) => {
                if let (Refusal::NoStock, Some(pool)) = (refusal, pool) {
                    out.tell(&self.region, News::ClaimRefused(pool));
                }
                return Err(refusal);
            }
        };
        if let Some(work) = run.work {
            self.changed(out, run.instance, State::Released);
            if let Some(pool) = self.region.public_pool_of(run.instance) {
                out.tell(&self.region, News::ClaimGranted(pool));
                self.stock_changed(out, pool);
            }
            if let Some(replaced) = replaces {
                let instance = run.instance;
                out.tell(&self.region, News::CreatedInPlaceOf { replaced, instance });
            }
            let k = out.next_work(run.instance, asked.occasion);
            let who = out.name(run.instance);
            let creation = self.plan.lifecycles[template.index()].creation.as_ref();
            let creation = creation.expect("only groups with a reserve create");
            let occasion = asked.occasion;
            let takes = self.decisions.duration(who, purpose::CREATION, occasion, k, creation);
            self.finish_after(out, run.instance, work, asked, takes);
        }
        Ok(run.instance)
    }

    pub(super) fn apply_reactivate(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &ReActivateInstances,
    ) -> Result<(), Refusal> {
        let operation = Operation::ReActivateInstances(request.clone());
        let before = self.region.conditions(instance);
        self.apply_start(out, asked, instance, |region, now, caller| {
            let Accepted::Reactivate(start) = region.call(now, caller, &operation)? else {
                unreachable!("an accepted ReActivateInstances begins a start")
            };
            Ok(start)
        })?;
        let after = self.region.conditions(instance);
        for condition in before.iter().filter(|&condition| !after.has(condition)) {
            out.happened(&self.region, Fact::ConditionChanged { instance, condition, on: false });
        }
        Ok(())
    }
}
