//! DeleteInstance: what an instance holds goes back, and it is not there any longer.
//!
//! Checks, in their order: parameters, authorisation, existence, lock, charge type, managed or
//! protected, operation in progress, status, dependencies, dry run. Arrears do not matter.
//! Source: DeleteInstance API reference of 2026-06-18; the order is *Assumed*.

use super::checks::{LOCKS, Step, pass};
use super::{DeleteAccepted, Finished, Region};
use crate::ecs::condition::Condition;
use crate::ecs::id::{CallerId, InstanceId, PoolId};
use crate::ecs::instance::{Cell, State, Trigger, WorkKind, cell};
use crate::ecs::knob::DeleteWhileLocked;
use crate::ecs::operation::{DeleteInstance, OperationName, Removal};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::ChargeType;
use crate::units::SimTime;

const FEATURES: Step = &[
    (Condition::SystemInstance, Refusal::SystemInstance),
    (Condition::DeletionProtection, Refusal::DeletionProtection),
];
const DEPENDENCIES: Step = &[
    (Condition::SlbConfiguring, Refusal::SlbConfiguring),
    (Condition::RouteEntry, Refusal::RouteEntry),
];

impl Region {
    pub(super) fn delete(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &DeleteInstance,
    ) -> Result<DeleteAccepted, Refusal> {
        let id = self.check_delete(caller, request)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        let was_running = self.state(id) == State::Running;
        let released = self.dissolve(now, id, Trigger::DeleteInstance(request.removal));
        let goes = self.state(id) == State::Deleting;
        Ok(DeleteAccepted {
            instance: id,
            work: goes.then(|| self.work(id, WorkKind::Deletion)),
            released,
            data_lost: was_running && request.removal == Removal::PowerOff,
        })
    }

    fn check_delete(
        &mut self,
        caller: CallerId,
        request: &DeleteInstance,
    ) -> Result<InstanceId, Refusal> {
        let operation = OperationName::DeleteInstance;
        let id = self.admit(caller, operation, &request.instance, request.malformed)?;
        let conditions = self.conditions(id);
        if self.spec.knobs.delete_while_locked == DeleteWhileLocked::Refused {
            pass(conditions, LOCKS)?;
        }
        let prepaid = self.spec.group(self.group_of(id)).charge == ChargeType::Subscription;
        let may_go = request.terminate_subscription && conditions.has(Condition::Expired);
        if prepaid && !may_go {
            return Err(Refusal::ChargeTypeViolation);
        }
        pass(conditions, FEATURES)?;
        self.check_not_busy(id)?;
        if let Cell::Refused(refusal) =
            cell(self.state(id), Trigger::DeleteInstance(request.removal))
        {
            return Err(refusal);
        }
        pass(conditions, DEPENDENCIES)?;
        Ok(id)
    }

    /// The guest is down: the instance goes.
    pub(super) fn finish_deletion(&mut self, now: SimTime, id: InstanceId) -> Finished {
        Finished::Deleted { released: self.dissolve(now, id, Trigger::DeletionFinished) }
    }

    /// Moves towards the release; tells what went back to which pool.
    fn dissolve(
        &mut self,
        now: SimTime,
        id: InstanceId,
        trigger: Trigger,
    ) -> Option<(PoolId, u64)> {
        let held = self.state(id).holds_stock();
        self.apply(now, id, trigger).expect("the status was checked");
        let gave_back = held && !self.state(id).holds_stock();
        let pool = self.public_pool_of(id).filter(|_| gave_back)?;
        Some((pool, self.facts_of(id).units))
    }
}
