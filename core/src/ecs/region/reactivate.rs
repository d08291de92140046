//! ReActivateInstances: an instance that was stopped for arrears starts again.
//!
//! Checks, in their order: parameters, authorisation, existence, lock, charge type, balance,
//! operation in progress, status, arrears, inventory. Source: its API reference (2021); the order
//! is *Assumed*, and so is that compute an economical stop gave back has to be there.

use super::checks::{LOCKS, Step, pass};
use super::place::NOTHING;
use super::{Region, Work};
use crate::ecs::condition::Condition;
use crate::ecs::id::CallerId;
use crate::ecs::instance::{State, StoppedMode, Trigger, WorkKind};
use crate::ecs::operation::{OperationName, ReActivateInstances};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::ChargeType;
use crate::units::SimTime;

const BALANCE: Step = &[(Condition::InsufficientBalance, Refusal::InsufficientBalance)];
/// What reactivation ends.
const ARREARS: [Condition; 2] = [Condition::InArrears, Condition::FinancialLock];

impl Region {
    pub(super) fn reactivate(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &ReActivateInstances,
    ) -> Result<Work, Refusal> {
        let operation = OperationName::ReActivateInstances;
        let id = self.admit(caller, operation, &request.instance, None)?;
        let conditions = self.conditions(id);
        pass(conditions, LOCKS)?;
        if self.spec.group(self.group_of(id)).charge == ChargeType::Subscription {
            return Err(Refusal::PayTypeNotSupported);
        }
        pass(conditions, BALANCE)?;
        self.check_not_busy(id)?;
        // The same table as a start's, without its knob: no page names another row here.
        let from = match self.state(id) {
            State::Stopped { effective } => effective,
            State::Pending
            | State::Starting { .. }
            | State::Running
            | State::Stopping { .. }
            | State::Released
            | State::Rebooting { .. }
            | State::Deleting => return Err(Refusal::WrongStatus),
        };
        if !ARREARS.iter().any(|&condition| conditions.has(condition)) {
            return Err(Refusal::NotInArrears);
        }
        if from == StoppedMode::StopCharging {
            self.check_stock(id, &NOTHING)?;
        }
        self.apply(now, id, Trigger::StartInstance)?;
        for condition in ARREARS {
            self.set_condition(id, condition, false);
        }
        Ok(self.work(id, WorkKind::start(from)))
    }
}
