//! StopInstances, StartInstances and RebootInstances: one request, up to a hundred instances.
//!
//! `AllTogether` checks every instance before it touches one, so a batch that fails has done
//! nothing that could be seen: no state, no stock, no meter moved. The references say that
//! performed operations are rolled back (stop) or that none starts (start); both come to this.
//! `SuccessFirst` is the single calls in the order of the list
//! (`tests/it/batches.rs::success_first_is_the_single_calls_in_order`).
//!
//! *Assumed*, as no page says it: an id named twice counts once, at its first place; one ARN
//! that the policy does not cover forbids the whole request; stock goes to the instances in the
//! order of the list; StopInstances has no ConfirmStop and needs none.

use super::checks::{CheckedStart, readable, resource_of};
use super::place::{NOTHING, SpokenFor};
use super::{Region, StopAccepted, Work};
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{
    BatchOptimization, IDS_MAX, OperationName, Parameter, RebootInstances, StartInstances,
    StopInstance, StopInstances, Target,
};
use crate::ecs::refusal::Refusal;
use crate::units::SimTime;

/// What became of every instance of a batch, in the order of the list, each named once.
pub type Batch<T> = Vec<BatchItem<T>>;

/// One `InstanceResponse`: `Code` is `200` and `Message` `success` where the result is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem<T> {
    /// Which instance, as the request named it.
    pub target: Target,
    /// `PreviousStatus`; none, printed as an empty text, of an id that is not there.
    pub previous: Option<Status>,
    /// `CurrentStatus`, likewise.
    pub current: Option<Status>,
    /// What has begun, or why nothing has.
    pub result: Result<T, Refusal>,
}

/// How a batch is carried out.
struct How {
    optimization: BatchOptimization,
    dry_run: bool,
}

/// A row of the list, and the instance if the region has it.
struct Named {
    target: Target,
    known: Option<InstanceId>,
}

impl Region {
    pub(super) fn stop_batch(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StopInstances,
    ) -> Result<Batch<StopAccepted>, Refusal> {
        let one = as_single(request);
        let operation = OperationName::StopInstances;
        let list = self.admit_batch(caller, operation, &request.instances, request.malformed)?;
        let check = |region: &Region, id| region.check_stop_of(operation, id, &one);
        let begin = |region: &mut Region, checked| region.begin_stop(now, checked, &one);
        let how = How { optimization: request.optimization, dry_run: request.dry_run };
        self.carry_out(&list, how, |region, list| each_passes(region, list, check), check, begin)
    }

    pub(super) fn start_batch(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StartInstances,
    ) -> Result<Batch<Work>, Refusal> {
        let operation = OperationName::StartInstances;
        let list = self.admit_batch(caller, operation, &request.instances, request.malformed)?;
        let check = |region: &Region, id| region.check_start_of(now, id, &NOTHING);
        let begin = |region: &mut Region, checked| region.begin_start(now, checked);
        let how = How { optimization: request.optimization, dry_run: request.dry_run };
        self.carry_out(&list, how, |region, list| region.check_starts(now, list), check, begin)
    }

    pub(super) fn reboot_batch(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &RebootInstances,
    ) -> Result<Batch<Work>, Refusal> {
        let operation = OperationName::RebootInstances;
        let list = self.admit_batch(caller, operation, &request.instances, request.malformed)?;
        let check = |region: &Region, id| region.check_reboot_of(id);
        let begin = |region: &mut Region, checked| region.begin_reboot(now, checked);
        let how = How { optimization: request.optimization, dry_run: request.dry_run };
        self.carry_out(&list, how, |region, list| each_passes(region, list, check), check, begin)
    }

    /// Checks and begins what every instance of a batch is asked for: together or one by one.
    fn carry_out<C, T>(
        &mut self,
        list: &[Named],
        how: How,
        check_all: impl FnOnce(&Region, &[Named]) -> Result<Vec<C>, Refusal>,
        check: impl Fn(&Region, InstanceId) -> Result<C, Refusal>,
        begin: impl Fn(&mut Region, C) -> Result<T, Refusal>,
    ) -> Result<Batch<T>, Refusal> {
        match how.optimization {
            BatchOptimization::SuccessFirst if how.dry_run => Err(Refusal::BatchDryRun),
            BatchOptimization::SuccessFirst => Ok(self.each(list, |region, id| {
                let checked = check(region, id).map_err(in_batch)?;
                begin(region, checked)
            })),
            BatchOptimization::AllTogether => {
                let mut checked = check_all(self, list).map_err(in_batch)?.into_iter();
                if how.dry_run {
                    return Err(Refusal::BatchDryRun);
                }
                Ok(self.each(list, |region, _| {
                    begin(region, checked.next().expect("every instance was checked"))
                }))
            }
        }
    }

    /// Every start of a batch that is to succeed as a whole; stock must do for all of them.
    fn check_starts(&self, now: SimTime, list: &[Named]) -> Result<Vec<CheckedStart>, Refusal> {
        let mut spoken_for = SpokenFor::default();
        let mut checked = Vec::with_capacity(list.len());
        for named in list {
            let id = there(named)?;
            let one = self.check_start_of(now, id, &spoken_for)?;
            if one.from == StoppedMode::StopCharging {
                self.speak_for(id, one.place, &mut spoken_for);
            }
            checked.push(one);
        }
        Ok(checked)
    }

    /// Parameters and authorisation; the list with each id once.
    fn admit_batch(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        targets: &[Target],
        malformed: Option<Parameter>,
    ) -> Result<Vec<Named>, Refusal> {
        if targets.is_empty() || targets.contains(&Target::Missing) {
            return Err(Refusal::MissingInstanceId);
        }
        if targets.len() > IDS_MAX {
            return Err(Refusal::TooManyIds);
        }
        if targets.contains(&Target::Malformed) {
            return Err(Refusal::MalformedInstanceId);
        }
        readable(malformed)?;
        let mut list: Vec<Named> = Vec::with_capacity(targets.len());
        for target in targets {
            let known = match target {
                Target::Id(id) => Some(*id).filter(|&id| self.exists(id)),
                Target::Unknown(_) | Target::Missing | Target::Malformed => None,
            };
            self.authorise(caller, operation, resource_of(known, target))?;
            if !list.iter().any(|named| named.target == *target) {
                list.push(Named { target: target.clone(), known });
            }
        }
        Ok(list)
    }

    /// Carries out one after the other and keeps what each answers.
    fn each<T>(
        &mut self,
        list: &[Named],
        mut act: impl FnMut(&mut Region, InstanceId) -> Result<T, Refusal>,
    ) -> Batch<T> {
        list.iter()
            .map(|named| {
                let previous = named.known.map(|id| self.status(id));
                let result = there(named).and_then(|id| act(self, id));
                let current = named.known.map(|id| self.status(id));
                BatchItem { target: named.target.clone(), previous, current, result }
            })
            .collect()
    }
}

/// The checks of every instance, one after the other.
fn each_passes<C>(
    region: &Region,
    list: &[Named],
    check: impl Fn(&Region, InstanceId) -> Result<C, Refusal>,
) -> Result<Vec<C>, Refusal> {
    list.iter().map(|named| check(region, there(named)?)).collect()
}

/// What every instance of the batch is asked.
fn as_single(request: &StopInstances) -> StopInstance {
    StopInstance {
        instance: Target::Missing,
        confirm_stop: true,
        force: request.force,
        mode: request.mode,
        dry_run: false,
        hibernate: false,
        malformed: None,
    }
}

fn there(named: &Named) -> Result<InstanceId, Refusal> {
    named.known.ok_or(Refusal::InstanceNotFound)
}

/// A conflict has a row of its own in the tables of the batch operations.
fn in_batch(refusal: Refusal) -> Refusal {
    if refusal == Refusal::OperationConflict { Refusal::BatchConflict } else { refusal }
}
