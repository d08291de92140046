//! What a scripted controller asks for by a call, as a request.

use crate::client::scripted::ChangeCall;
use crate::cloud::Asked;
use crate::controller::requests::target;
use crate::ecs::id::CallerId;
use crate::ecs::operation::{
    ClientToken, DeleteInstance, ModifyInstanceSpec, Operation, OperationName, ReActivateInstances,
    RebootInstance, RunInstances,
};

use super::Rest;
use super::delivery::{InFlightCall, Reach};
use super::observer::Observer;

impl<O: Observer> Reach<'_, '_, O> {
    /// The request of a call that reboots, deletes, creates or reactivates an instance.
    #[inline(never)]
    pub(super) fn request(&self, call: &InFlightCall) -> Operation {
        let plan = self.rest.plan;
        let controller = &plan.controllers[usize::from(call.controller)];
        let instance = call.instance;
        match call.operation {
            OperationName::RunInstances => {
                let replace = controller.replace.expect("only who replaces runs instances");
                let template = self.cloud.region().group_of(instance);
                let client_token = Some(self.rest.client_token(call, replace.token));
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
            OperationName::StopInstance
            | OperationName::StartInstance
            | OperationName::DescribeInstanceStatus
            | OperationName::DescribeInstances
            | OperationName::StopInstances
            | OperationName::StartInstances
            | OperationName::RebootInstances
            | OperationName::ModifyInstanceSpec
            | OperationName::DescribeAvailableResource => {
                unreachable!("{} is asked for elsewhere", call.operation)
            }
        }
    }

    /// How a controller asks for another type.
    pub(super) fn change_request(
        &self,
        call: &InFlightCall,
        ChangeCall { to, token, as_such }: ChangeCall,
    ) -> Operation {
        let controller = &self.rest.plan.controllers[usize::from(call.controller)];
        let mut request = ModifyInstanceSpec::of(call.instance, to);
        request.client_token = Some(token);
        if let Some(change) = controller.change.as_ref().filter(|_| as_such) {
            (request.instance, request.malformed) =
                target(call.instance, change.malformed.as_ref());
            request.dry_run = change.dry_run;
            request.client_token = Some(ClientToken(self.rest.client_token(call, change.token)));
        }
        Operation::ModifyInstanceSpec(request)
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Who asks by a call, as far as the cloud is told.
    #[inline(always)]
    pub(super) fn asked(&self, call: &InFlightCall) -> Asked {
        let InFlightCall { controller, operation, occasion, number, .. } = *call;
        let keep = call.tag.keep;
        let caller = self.caller(controller);
        Asked { caller, controller, operation, occasion, number, keep }
    }

    /// Whom the region authorises.
    #[inline(always)]
    pub(super) fn caller(&self, controller: u16) -> CallerId {
        self.plan.controllers[usize::from(controller)].caller
    }
}
