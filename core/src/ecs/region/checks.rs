//! The checks of StopInstance and StartInstance, in their one order; ModifyInstanceSpec shares it.
//!
//! 1. parameters  2. authorisation  3. existence  4. lock  5. money  6. network, type, features
//! 7. status  8. disks and keys  9. inventory  10. dry run
//!
//! The first that fails is the answer (`tests/it/spec.rs::checks_are_made_in_the_written_order`).
//! Source: *Assumed*; no page orders them, this order goes from the request to the resource.
//! Faults of the service are the caller's affair. Nothing here changes anything.

use super::Region;
use super::authorise::Resource;
use super::place::{NOTHING, SpokenFor};
use crate::ecs::capacity::Place;
use crate::ecs::condition::{Condition, Conditions};
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::{Cell, State, StoppedMode, Trigger, cell};
use crate::ecs::knob::{
    ConflictOfOne, DefaultSwitchScope, ForceStopWhileStopping, HibernateRow, StartWhileStopping,
};
use crate::ecs::operation::{Force, OperationName, Parameter, StartInstance, StopInstance, Target};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::Ineligible;
use crate::units::SimTime;

/// A stop that passed every check.
pub(super) struct CheckedStop {
    pub(super) instance: InstanceId,
    pub(super) trigger: Trigger,
    pub(super) effective: StoppedMode,
    pub(super) downgraded: Option<Ineligible>,
}

/// A start that passed every check.
pub(super) struct CheckedStart {
    pub(super) instance: InstanceId,
    pub(super) from: StoppedMode,
    /// Where it will find its compute, if it has to.
    pub(super) place: Place,
}

/// Conditions that refuse a step, in the order they are looked at.
pub(super) type Step = &'static [(Condition, Refusal)];

pub(super) const LOCKS: Step = &[(Condition::SecurityLock, Refusal::LockedForSecurity)];

pub(super) const STOP_MONEY: Step = &[
    (Condition::Expired, Refusal::StopExpired),
    (Condition::InArrears, Refusal::StopInArrears),
    (Condition::FinancialLock, Refusal::StopInArrears),
];
const START_MONEY: Step = &[
    (Condition::Expired, Refusal::StartExpired),
    (Condition::InArrears, Refusal::StartInArrears),
    (Condition::FinancialLock, Refusal::StartInArrears),
    (Condition::InsufficientBalance, Refusal::InsufficientBalance),
];

const CHANGE_MONEY: Step = &[
    (Condition::Expired, Refusal::ModifyInArrears),
    (Condition::InArrears, Refusal::ModifyInArrears),
    (Condition::FinancialLock, Refusal::ModifyInArrears),
    (Condition::InsufficientBalance, Refusal::NotEnoughBalance),
];

/// What StopInstances has in its table besides, and StopInstance has not.
const BATCH_STOP_MONEY: Step = &[(Condition::InsufficientBalance, Refusal::InsufficientBalance)];

pub(super) const BUSY: Step = &[(Condition::OperationInProgress, Refusal::OperationConflict)];
const SETTLING: Step = &[(Condition::Settling, Refusal::OperationConflict)];
const READINESS: Step = &[(Condition::NotReady, Refusal::NotReady)];

const STOP_DISKS_AND_KEYS: Step = &[
    (Condition::DiskError, Refusal::StopDiskError),
    (Condition::KmsNotActivated, Refusal::KmsNotActivated),
    (Condition::KmsServiceNotOpen, Refusal::KmsServiceNotOpen),
    (Condition::KmsKeyNotFound, Refusal::StopKmsKeyNotFound),
    (Condition::CmkUnauthorized, Refusal::CmkUnauthorised),
    (Condition::CmkNotEnabled, Refusal::CmkNotEnabled),
    (Condition::KmsUnauthorized, Refusal::KmsUnauthorised),
];
const START_DISKS_AND_KEYS: Step = &[
    (Condition::NoSystemDisk, Refusal::NoSystemDisk),
    (Condition::DiskError, Refusal::StartDiskError),
    (Condition::DiskInArrears, Refusal::DiskInArrears),
    (Condition::KmsKeyNotFound, Refusal::StartKmsKeyNotFound),
    (Condition::CmkUnauthorized, Refusal::CmkUnauthorised),
    (Condition::CmkNotEnabled, Refusal::CmkNotEnabled),
    (Condition::KmsUnauthorized, Refusal::KmsUnauthorised),
];

pub(super) const IMAGE: Step = &[(Condition::ImageNotSupported, Refusal::ImageLacksType)];
const HOST: Step = &[(Condition::HostRepairing, Refusal::HostRepairing)];
pub(super) const QUOTA: Step = &[
    (Condition::QuotaExceeded, Refusal::QuotaExceeded),
    (Condition::TypeQuotaExceeded, Refusal::TypeQuotaExceeded),
    (Condition::ZoneQuotaExceeded, Refusal::ZoneQuotaExceeded),
    (Condition::AnyQuotaExceeded, Refusal::AnyQuotaExceeded),
];

/// Refuses with the first condition of the step that holds.
pub(super) fn pass(conditions: Conditions, step: Step) -> Result<(), Refusal> {
    if conditions.is_empty() {
        return Ok(());
    }
    match step.iter().find(|(condition, _)| conditions.has(*condition)) {
        Some(&(_, refusal)) => Err(refusal),
        None => Ok(()),
    }
}

/// Refuses a request with a parameter that could not be read.
pub(super) fn readable(malformed: Option<Parameter>) -> Result<(), Refusal> {
    match malformed {
        None => Ok(()),
        Some(Parameter::StoppedMode) => Err(Refusal::InvalidStoppedMode),
        Some(
            Parameter::ForceStop
            | Parameter::ConfirmStop
            | Parameter::DryRun
            | Parameter::Hibernate
            | Parameter::InitLocalDisk
            | Parameter::Force
            | Parameter::TerminateSubscription
            | Parameter::Async,
        ) => Err(Refusal::InvalidBoolean),
    }
}

/// What a request is on: the instance it names, if the region has it.
pub(super) fn resource_of(known: Option<InstanceId>, target: &Target) -> Resource<'_> {
    match (known, target) {
        (Some(id), _) => Resource::Instance(id),
        (None, Target::Unknown(name)) => Resource::Stranger(name),
        (None, Target::Id(_) | Target::Missing | Target::Malformed) => Resource::Stranger(""),
    }
}

impl Region {
    /// All checks of StopInstance; the inventory check always passes, a stop needs no stock.
    pub(super) fn check_stop(
        &mut self,
        caller: CallerId,
        request: &StopInstance,
    ) -> Result<CheckedStop, Refusal> {
        let operation = OperationName::StopInstance;
        let id = self.admit(caller, operation, &request.instance, request.malformed)?;
        self.check_stop_of(operation, id, request)
    }

    /// The checks of a stop from the lock on, by the table of the operation: of an instance that
    /// is there.
    pub(super) fn check_stop_of(
        &self,
        operation: OperationName,
        id: InstanceId,
        request: &StopInstance,
    ) -> Result<CheckedStop, Refusal> {
        let conditions = self.conditions(id);
        pass(conditions, LOCKS)?;
        let is_batch = operation == OperationName::StopInstances;
        pass(conditions, STOP_MONEY)?;
        pass(conditions, if is_batch { BATCH_STOP_MONEY } else { &[] })?;
        self.check_standing_of_stop(id)?;
        self.check_features(id, request)?;
        self.check_not_busy(id)?;
        let checked = self.check_stop_status(id, request)?;
        pass(conditions, if is_batch { READINESS } else { &[] })?;
        pass(conditions, STOP_DISKS_AND_KEYS)?;
        Ok(checked)
    }

    /// All checks of StartInstance.
    pub(super) fn check_start(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StartInstance,
    ) -> Result<CheckedStart, Refusal> {
        let id =
            self.admit(caller, OperationName::StartInstance, &request.instance, request.malformed)?;
        self.check_start_of(now, id, &NOTHING)
    }

    /// The checks of a start from the lock on: of an instance that is there, where some stock is
    /// already promised to others of its batch.
    pub(super) fn check_start_of(
        &self,
        now: SimTime,
        id: InstanceId,
        spoken_for: &SpokenFor,
    ) -> Result<CheckedStart, Refusal> {
        let conditions = self.conditions(id);
        pass(conditions, LOCKS)?;
        pass(conditions, START_MONEY)?;
        self.check_standing_of_start(id)?;
        self.check_not_busy(id)?;
        pass(conditions, SETTLING)?;
        let from = self.check_start_status(id)?;
        pass(conditions, READINESS)?;
        pass(conditions, START_DISKS_AND_KEYS)?;
        pass(conditions, HOST)?;
        self.check_spot(now, id)?;
        let mut place = Place::Public;
        if from == StoppedMode::StopCharging {
            pass(conditions, QUOTA)?;
            place = self.check_stock(id, spoken_for)?;
        }
        Ok(CheckedStart { instance: id, from, place })
    }

    /// Locks, money and quota of a change of type.
    pub(super) fn check_change_conditions(&self, id: InstanceId) -> Result<(), Refusal> {
        let conditions = self.conditions(id);
        pass(conditions, LOCKS)?;
        pass(conditions, CHANGE_MONEY)?;
        pass(conditions, QUOTA)
    }

    /// No earlier operation on the instance is still being processed.
    pub(super) fn check_not_busy(&self, id: InstanceId) -> Result<(), Refusal> {
        pass(self.conditions(id), BUSY)?;
        match self.changes.is_under_way(id) {
            true => Err(Refusal::OperationConflict),
            false => Ok(()),
        }
    }

    /// Parameters, authorisation and existence: what every operation on one instance checks.
    #[inline(always)]
    pub(super) fn admit(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        target: &Target,
        malformed: Option<Parameter>,
    ) -> Result<InstanceId, Refusal> {
        let known = match target {
            Target::Missing => return Err(Refusal::MissingInstanceId),
            Target::Malformed => return Err(Refusal::MalformedInstanceId),
            Target::Unknown(_) => None,
            Target::Id(id) => Some(*id).filter(|&id| self.exists(id)),
        };
        readable(malformed)?;
        self.authorise(caller, operation, resource_of(known, target))?;
        known.ok_or(Refusal::InstanceNotFound)
    }

    /// Whether the caller's policy allows the operation there.
    #[inline(always)]
    pub(super) fn authorise(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        resource: Resource<'_>,
    ) -> Result<(), Refusal> {
        if self.authority.allows(&self.spec, caller, operation, resource) {
            Ok(())
        } else {
            Err(Refusal::Unauthorised)
        }
    }

    /// Network, type and features.
    fn check_features(&self, id: InstanceId, request: &StopInstance) -> Result<(), Refusal> {
        let facts = self.facts_of(id);
        let conditions = self.conditions(id);
        if facts.refuses_stop {
            return Err(Refusal::ClassicNetwork);
        }
        if conditions.has(Condition::SystemInstance) {
            return Err(Refusal::SystemInstance);
        }
        if facts.needs_confirm && !request.confirm_stop {
            return Err(Refusal::StopNotConfirmed);
        }
        if conditions.has(Condition::HibernationConfigured) {
            return Err(Refusal::HibernationForbidden);
        }
        if request.hibernate {
            return Err(match self.spec.knobs.hibernate_row {
                HibernateRow::NotEnabled => Refusal::HibernationNotEnabled,
                HibernateRow::OperationForbidden => Refusal::HibernationForbidden,
            });
        }
        Ok(())
    }

    /// The status of a stop, and with it the mode that takes effect.
    fn check_stop_status(
        &self,
        id: InstanceId,
        request: &StopInstance,
    ) -> Result<CheckedStop, Refusal> {
        let escalates = request.force == Force::PowerOff
            && self.spec.knobs.force_stop_while_stopping == ForceStopWhileStopping::Escalates;
        if let (State::Stopping { effective }, true) = (self.state(id), escalates) {
            let trigger = Trigger::PowerOff;
            return Ok(CheckedStop { instance: id, trigger, effective, downgraded: None });
        }
        let wanted = request.mode.unwrap_or(self.default_mode());
        let ineligible = self.facts_of(id).ineligible;
        let downgraded = ineligible.filter(|_| wanted == StoppedMode::StopCharging);
        let effective = if downgraded.is_some() { StoppedMode::KeepCharging } else { wanted };
        let trigger = Trigger::StopInstance(effective);
        match cell(self.state(id), trigger) {
            Cell::Refused(refusal) => Err(refusal),
            Cell::Moves(..) | Cell::Impossible => {
                Ok(CheckedStop { instance: id, trigger, effective, downgraded })
            }
        }
    }

    /// The row of a StopInstance or StartInstance: which code a conflict has is a knob's.
    pub(super) fn as_of_one(&self, refusal: Refusal) -> Refusal {
        match (refusal == Refusal::OperationConflict, self.spec.knobs.conflict_of_one) {
            (true, ConflictOfOne::InvalidOperationConflict) => Refusal::ConflictAsInBatch,
            (_, ConflictOfOne::OperationConflict | ConflictOfOne::InvalidOperationConflict) => {
                refusal
            }
        }
    }

    /// The mode of a stop that names none.
    fn default_mode(&self) -> StoppedMode {
        let follows_account = match self.spec.knobs.default_switch_scope {
            DefaultSwitchScope::Api => true,
            DefaultSwitchScope::ConsoleOnly => false,
        };
        if self.economical_default && follows_account {
            StoppedMode::StopCharging
        } else {
            StoppedMode::KeepCharging
        }
    }

    /// The status of a start, and with it the mode it starts from.
    fn check_start_status(&self, id: InstanceId) -> Result<StoppedMode, Refusal> {
        match self.state(id) {
            State::Stopped { effective } => Ok(effective),
            State::Stopping { .. } => Err(match self.spec.knobs.start_while_stopping {
                StartWhileStopping::IncorrectStatus => Refusal::WrongStatus,
                StartWhileStopping::Conflict => Refusal::OperationConflict,
            }),
            state @ (State::Pending
            | State::Starting { .. }
            | State::Running
            | State::Released
            | State::Rebooting { .. }
            | State::Deleting) => match cell(state, Trigger::StartInstance) {
                Cell::Refused(refusal) => Err(refusal),
                Cell::Moves(..) | Cell::Impossible => unreachable!("a start needs Stopped"),
            },
        }
    }
}
