//! What a scripted controller asks for by a call, as a request.

use crate::cloud::Asked;
use crate::controller::policy::Controller;
use crate::ecs::id::{CallerId, InstanceId, TypeId};
use crate::ecs::operation::{
    ClientToken, DeleteInstance, ModifyInstanceSpec, Operation, OperationName, ReActivateInstances,
    RebootInstance, RunInstances,
};

use super::calls::target;
use super::in_flight::InFlightCall;
use super::observer::Observer;
use super::{Rest, World};

impl<O: Observer> World<'_, O> {
    /// The request of a call that reboots, deletes, creates, reactivates or changes an instance.
    pub(super) fn request(&mut self, place: u32, in_flight: &InFlightCall) -> Operation {
        let plan = self.rest.plan;
        let controller = &plan.controllers[usize::from(in_flight.controller)];
        let instance = in_flight.instance;
        match in_flight.operation {
            OperationName::RunInstances => {
                let replace = controller.replace.expect("only who replaces runs instances");
                let template = self.cloud.region().group_of(instance);
                let client_token = Some(self.rest.client_token(in_flight, replace.token));
                let dry_run = replace.dry_run;
                Operation::RunInstances(RunInstances { template, client_token, dry_run })
            }
            OperationName::RebootInstance => {
                let reboot = &controller.reboot;
                let (instance, malformed) = target(instance, reboot.malformed.as_ref());
                let (force, dry_run) = (reboot.force, reboot.dry_run);
                let request = RebootInstance { instance, force, dry_run, malformed };
                Operation::RebootInstance(request)
            }
            OperationName::DeleteInstance => {
                let delete = &controller.delete;
                let (instance, malformed) = target(instance, delete.malformed.as_ref());
                Operation::DeleteInstance(DeleteInstance {
                    instance,
                    removal: delete.removal,
                    terminate_subscription: delete.terminate_subscription,
                    dry_run: delete.dry_run,
                    malformed,
                })
            }
            OperationName::ReActivateInstances => {
                let (instance, _) = target(instance, controller.reactivate.malformed.as_ref());
                Operation::ReActivateInstances(ReActivateInstances { instance })
            }
            OperationName::ModifyInstanceSpec => {
                let change =
                    self.rest.in_flight_calls.change(place).expect("a change names a type");
                Operation::ModifyInstanceSpec(self.change_request(controller, in_flight, change))
            }
            OperationName::StopInstance
            | OperationName::StartInstance
            | OperationName::DescribeInstanceStatus
            | OperationName::DescribeInstances
            | OperationName::StopInstances
            | OperationName::StartInstances
            | OperationName::RebootInstances
            | OperationName::DescribeAvailableResource => {
                unreachable!("{} is asked for elsewhere", in_flight.operation)
            }
        }
    }

    /// How a controller asks for another type.
    fn change_request(
        &self,
        controller: &Controller,
        in_flight: &InFlightCall,
        (to, token, asked): (TypeId, ClientToken, bool),
    ) -> ModifyInstanceSpec {
        let instance: InstanceId = in_flight.instance;
        let mut request = ModifyInstanceSpec::of(instance, to);
        request.client_token = Some(token);
        if let Some(change) = controller.change.as_ref().filter(|_| asked) {
            (request.instance, request.malformed) = target(instance, change.malformed.as_ref());
            request.dry_run = change.dry_run;
            request.client_token =
                Some(ClientToken(self.rest.client_token(in_flight, change.token)));
        }
        request
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Who asks by a call, as far as the cloud is told.
    #[inline(always)]
    pub(super) fn asked(&self, in_flight: &InFlightCall) -> Asked {
        let InFlightCall { controller, operation, occasion, number, keep, .. } = *in_flight;
        let caller = self.caller(controller);
        Asked { caller, controller, operation, occasion, number, keep }
    }

    /// Whom the region authorises.
    #[inline(always)]
    pub(super) fn caller(&self, controller: u16) -> CallerId {
        self.plan.controllers[usize::from(controller)].caller
    }
}
