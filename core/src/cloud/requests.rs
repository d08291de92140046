//! Requests that arrive: the region answers, and what it accepts begins.

use crate::ecs::answer::Answer;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{
    Operation, OperationName, RebootInstances, StartInstance, StartInstances, StopInstance,
    StopInstances, Target,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Accepted;
use crate::engine::Occasion;
use crate::units::SimTime;

use super::batch::BatchItem;
use super::{Cloud, Outputs};

/// Who asks, for what, and what the luck of it is keyed by.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Whom the region authorises.
    pub caller: CallerId,
    /// Who asks, by its place in the plan.
    pub controller: u16,
    /// The operation that the call is of.
    pub operation: OperationName,
    /// On which occasion.
    pub occasion: Occasion,
    /// Calls of this occasion before it.
    pub number: u32,
    /// The mode that a stop asks for, if it says one.
    pub asks: Option<StoppedMode>,
    /// Whether a stop asks to keep charging, whatever the controller's mode.
    pub keep: bool,
}

impl Cloud<'_> {
    /// Answers a read that shows statuses: one more of those that slow transitions.
    ///
    /// # Errors
    /// The refusal, if it is refused.
    #[inline(always)]
    pub fn show_statuses(
        &mut self,
        now: SimTime,
        caller: CallerId,
        operation: &Operation,
    ) -> Result<Accepted, Refusal> {
        let shown = self.region.call(now, caller, operation);
        self.status_calls += u64::from(shown.is_ok());
        shown
    }

    /// Answers a read that names one instance and has no other parameter: whether it is refused,
    /// without the page that it would show.
    ///
    /// # Errors
    /// The refusal, if it is refused.
    #[inline(always)]
    pub fn show_one(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        instance: InstanceId,
    ) -> Result<(), Refusal> {
        let shown = self.region.shows_one(caller, operation, instance);
        self.status_calls += u64::from(shown.is_ok());
        shown
    }

    /// Answers a read that shows stock.
    ///
    /// # Errors
    /// The refusal, if it is refused.
    pub fn show_stock(
        &mut self,
        now: SimTime,
        caller: CallerId,
        operation: &Operation,
    ) -> Result<Accepted, Refusal> {
        self.region.call(now, caller, operation)
    }

    /// Carries out a StopInstance about this instance, whatever its target reads.
    ///
    /// # Errors
    /// The refusal, if it is refused.
    #[inline(always)]
    pub fn stop(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &StopInstance,
    ) -> Result<(), Refusal> {
        self.apply_stop(out, asked, instance, request)
    }

    /// Carries out a StartInstance about this instance, whatever its target reads.
    ///
    /// # Errors
    /// The refusal, if it is refused.
    #[inline(always)]
    pub fn start(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        instance: InstanceId,
        request: &StartInstance,
    ) -> Result<(), Refusal> {
        self.apply_start(out, asked, instance, |region, now, caller| {
            region.start_instance(now, caller, request)
        })
    }

    /// Carries out any request that is no read, with all that it entails. Facts about a batch
    /// bear the instance `about` where an item names none; a new instance may stand in for the
    /// one it `replaces`.
    ///
    /// # Errors
    /// The refusal, if it is refused as a whole.
    ///
    /// # Panics
    /// If it is a read.
    pub fn carry_out(
        &mut self,
        out: &mut impl Outputs,
        asked: &Asked,
        (about, replaces): (InstanceId, Option<InstanceId>),
        operation: &Operation,
    ) -> Result<Answer, Refusal> {
        let accepted = |()| Answer::Accepted;
        match operation {
            Operation::StopInstance(request) => match self.known(&request.instance) {
                Some(instance) => self.stop(out, asked, instance, request).map(accepted),
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::StartInstance(request) => match self.known(&request.instance) {
                Some(instance) => self.start(out, asked, instance, request).map(accepted),
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::RebootInstance(request) => match self.known(&request.instance) {
                Some(instance) => self.apply_reboot(out, asked, instance, request).map(accepted),
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::DeleteInstance(request) => match self.known(&request.instance) {
                Some(instance) => self.apply_delete(out, asked, instance, request).map(accepted),
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::ReActivateInstances(request) => match self.known(&request.instance) {
                Some(instance) => {
                    self.apply_reactivate(out, asked, instance, request).map(accepted)
                }
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::ModifyInstanceSpec(request) => match self.known(&request.instance) {
                Some(instance) => self.apply_change(out, asked, instance, request).map(accepted),
                None => Err(self.refused_at_once(out.now(), asked, operation)),
            },
            Operation::RunInstances(request) => {
                self.apply_run(out, asked, *request, replaces).map(Answer::Created)
            }
            Operation::StopInstances(StopInstances { instances, .. })
            | Operation::StartInstances(StartInstances { instances, .. })
            | Operation::RebootInstances(RebootInstances { instances, .. }) => {
                let items = self.items(about, asked.occasion, instances);
                self.carry_out_batch(out, asked, &items, operation).map(Answer::Items)
            }
            Operation::DescribeInstanceStatus(_)
            | Operation::DescribeInstances(_)
            | Operation::DescribeAvailableResource(_) => unreachable!("a read changes nothing"),
        }
    }

    /// The instance of the region that a target names, if it does.
    fn known(&self, target: &Target) -> Option<InstanceId> {
        let count = self.plan.region.instance_count() as usize;
        target.known().filter(|one| one.index() < count)
    }

    /// The refusal of a request that names no instance of the region.
    fn refused_at_once(&mut self, now: SimTime, asked: &Asked, operation: &Operation) -> Refusal {
        let refused = self.region.call(now, asked.caller, operation);
        refused.expect_err("a request that names no instance is refused")
    }

    /// The items of a batch, each named once. One that is not there is refused.
    fn items(&self, about: InstanceId, occasion: Occasion, targets: &[Target]) -> Vec<BatchItem> {
        let mut each: Vec<&Target> = Vec::with_capacity(targets.len());
        for target in targets {
            if !each.contains(&target) {
                each.push(target);
            }
        }
        let own = |target| BatchItem { instance: self.known(target).unwrap_or(about), occasion };
        each.into_iter().map(own).collect()
    }
}
