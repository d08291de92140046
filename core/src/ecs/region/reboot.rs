//! RebootInstance: down and up again, keeping compute, address and price.
//!
//! Checks, in their order: parameters, authorisation, existence, lock, money, operation in
//! progress, status, disks, dry run. Source of the order: *Assumed*, as for a stop.

use super::checks::{BUSY, LOCKS, STOP_MONEY, Step, pass};
use super::{Finished, Region, Work};
use crate::ecs::condition::Condition;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::{Cell, RebootStage, State, StoppedMode, Trigger, WorkKind, cell};
use crate::ecs::knob::RebootPath;
use crate::ecs::operation::{OperationName, RebootInstance};
use crate::ecs::refusal::Refusal;
use crate::units::SimTime;

const DISKS: Step = &[(Condition::DiskError, Refusal::StartDiskError)];

/// A reboot that passed every check.
pub(super) struct CheckedReboot {
    instance: InstanceId,
    stage: RebootStage,
}

impl Region {
    pub(super) fn reboot(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &RebootInstance,
    ) -> Result<Work, Refusal> {
        let operation = OperationName::RebootInstance;
        let id = self.admit(caller, operation, &request.instance, request.malformed)?;
        let checked = self.check_reboot_of(id)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        self.begin_reboot(now, checked)
    }

    /// The checks of a reboot from the lock on: of an instance that is there.
    pub(super) fn check_reboot_of(&self, id: InstanceId) -> Result<CheckedReboot, Refusal> {
        let conditions = self.conditions(id);
        pass(conditions, LOCKS)?;
        pass(conditions, STOP_MONEY)?;
        pass(conditions, BUSY)?;
        let stage = match self.spec.knobs.reboot_path {
            RebootPath::Starting => RebootStage::Starting,
            RebootPath::StopStart => RebootStage::Stopping,
        };
        let trigger = Trigger::RebootInstance(stage);
        if let Cell::Refused(refusal) = cell(self.state(id), trigger) {
            return Err(refusal);
        }
        pass(conditions, DISKS)?;
        Ok(CheckedReboot { instance: id, stage })
    }

    /// Begins a reboot that passed its checks.
    pub(super) fn begin_reboot(
        &mut self,
        now: SimTime,
        checked: CheckedReboot,
    ) -> Result<Work, Refusal> {
        let CheckedReboot { instance, stage } = checked;
        self.apply(now, instance, Trigger::RebootInstance(stage))?;
        Ok(self.work(instance, WorkKind::reboot(stage)))
    }

    /// Ends a stage of a reboot: the next one begins, or it is in service again.
    pub(super) fn advance_reboot(&mut self, now: SimTime, id: InstanceId) -> Finished {
        self.apply(now, id, Trigger::RebootAdvanced).expect("ends are never refused");
        match self.state(id) {
            State::Rebooting { stage } => {
                Finished::NextStage(self.work(id, WorkKind::reboot(stage)))
            }
            State::Pending
            | State::Starting { .. }
            | State::Running
            | State::Stopping { .. }
            | State::Stopped { .. }
            | State::Released
            | State::Deleting => {
                Finished::Running { from: StoppedMode::KeepCharging, static_address: None }
            }
        }
    }
}
