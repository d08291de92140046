//! What a scripted controller asks for by a call, worded as a request when it is sent.

use crate::client::Outputs;
use crate::controller::policy::{Drive, Malformed, TokenUse};
use crate::controller::requests::{stop_request, target};
use crate::ecs::id::{InstanceId, TypeId, ZoneId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{
    ClientToken, DeleteInstance, DescribeAvailableResource, DescribeInstanceStatus,
    DescribeInstances, Ids, ModifyInstanceSpec, Operation, OperationName, ReActivateInstances,
    RebootInstance, RebootInstances, RunInstances, StartInstance, StartInstances, StopInstances,
    Target,
};
use crate::engine::Occasion;
use crate::fact::{Action, purpose};

use super::Clients;
use super::job::{RetryState, Step};
use super::payload::{BatchMember, Call, Carried, Request, StockCall};

/// A zone that no region has.
const NO_ZONE: ZoneId = ZoneId(u16::MAX);

impl Clients<'_> {
    /// The request of a job's call, by the step that it is at.
    #[inline(always)]
    pub(super) fn request(&self, out: &impl Outputs, call: &Call, kept: &RetryState) -> Request {
        let plan = &self.plan.controllers[usize::from(call.controller)];
        let instance = call.instance;
        if call.operation == OperationName::StopInstance {
            Request::Stop(stop_request(&plan.stop, instance, kept.keep))
        } else if call.operation == OperationName::StartInstance {
            let (target, malformed) = target(instance, plan.start.malformed.as_ref());
            let (init_local_disk, dry_run) = (plan.start.init_local_disk, plan.start.dry_run);
            Request::Start(StartInstance { instance: target, init_local_disk, dry_run, malformed })
        } else {
            self.seldom_request(out, call, kept)
        }
    }

    #[inline(never)]
    fn seldom_request(&self, out: &impl Outputs, call: &Call, kept: &RetryState) -> Request {
        let plan = &self.plan.controllers[usize::from(call.controller)];
        let instance = call.instance;
        let operation = match call.operation {
            OperationName::RunInstances => {
                let replace = plan.replace.expect("only who replaces runs instances");
                let template = self.plan.group_of(instance);
                let client_token = Some(self.client_token(out, call, replace.token).0);
                let dry_run = replace.dry_run;
                Operation::RunInstances(RunInstances { template, client_token, dry_run })
            }
            OperationName::RebootInstance => {
                let (instance, malformed) = target(instance, plan.reboot.malformed.as_ref());
                let (force, dry_run) = (plan.reboot.force, plan.reboot.dry_run);
                Operation::RebootInstance(RebootInstance { instance, force, dry_run, malformed })
            }
            OperationName::DeleteInstance => {
                let delete = &plan.delete;
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
                let (instance, _) = target(instance, plan.reactivate.malformed.as_ref());
                Operation::ReActivateInstances(ReActivateInstances { instance })
            }
            OperationName::ModifyInstanceSpec => self.change_request(out, call, kept),
            OperationName::DescribeAvailableResource => {
                let stock = self.stock_request(call);
                return Request::Other(Box::new(Carried::Stock(stock)));
            }
            OperationName::StopInstance
            | OperationName::StartInstance
            | OperationName::DescribeInstanceStatus
            | OperationName::DescribeInstances
            | OperationName::StopInstances
            | OperationName::StartInstances
            | OperationName::RebootInstances => {
                unreachable!("{} is asked for elsewhere", call.operation)
            }
        };
        Request::Other(Box::new(Carried::One(operation)))
    }

    /// How a controller asks for another type.
    fn change_request(&self, out: &impl Outputs, call: &Call, kept: &RetryState) -> Operation {
        let Step::Change(to) = kept.step else { unreachable!("a change is a step of its own") };
        let plan = &self.plan.controllers[usize::from(call.controller)];
        let as_such = self.states[usize::from(call.controller)].jobs[call.tag.position as usize]
            .action
            == Action::Change;
        let mut request = ModifyInstanceSpec::of(call.instance, to);
        request.client_token = Some(kept.token);
        if let Some(change) = plan.change.as_ref().filter(|_| as_such) {
            (request.instance, request.malformed) =
                target(call.instance, change.malformed.as_ref());
            request.dry_run = change.dry_run;
            request.client_token = Some(self.client_token(out, call, change.token));
        }
        Operation::ModifyInstanceSpec(request)
    }

    /// How a controller asks which types are in stock, and which of them would do.
    fn stock_request(&self, call: &Call) -> StockCall {
        let plan = &self.plan.controllers[usize::from(call.controller)];
        let zone = match &plan.start.malformed {
            Some(Malformed::UnknownZone) => NO_ZONE,
            Some(_) | None => self.plan.card(call.instance).zone,
        };
        let request = DescribeAvailableResource { zone: Some(zone), instance_type: None };
        let wanted = |place| self.candidate(call.controller, call.tag.position, place);
        // The group's own place is empty without a list; beyond the list is the end.
        let types: Vec<TypeId> = (0..).map_while(wanted).collect();
        StockCall { operation: Operation::DescribeAvailableResource(request), types }
    }

    /// The `ClientToken` of a request to run an instance, or for a change that was asked for.
    fn client_token(&self, out: &impl Outputs, call: &Call, token: TokenUse) -> ClientToken {
        let who = self.pair(out, call.controller, call.instance);
        let purpose = purpose::CLIENT_TOKEN;
        ClientToken(match token {
            TokenUse::Same => self.decisions.word(who, purpose, call.occasion, u32::MAX),
            TokenUse::Fresh => self.decisions.word(who, purpose, call.occasion, call.number),
            TokenUse::Shared => {
                let who = self.names[usize::from(call.controller)];
                self.decisions.word(who, purpose, Occasion::lifetime(0), 0)
            }
        })
    }

    /// A batch as its controller words it; a defect of the id is that of the first.
    pub(super) fn batch_request(
        &self,
        controller: u16,
        operation: OperationName,
        members: &[BatchMember],
        keep: bool,
    ) -> Operation {
        let controller = &self.plan.controllers[usize::from(controller)];
        let optimization = controller.batch_call.map(|call| call.optimization).unwrap_or_default();
        let (stop, start, reboot) = (&controller.stop, &controller.start, &controller.reboot);
        let stops = operation == OperationName::StopInstances;
        let reboots = operation == OperationName::RebootInstances;
        let defect = match (stops, reboots) {
            (true, _) => &stop.malformed,
            (_, true) => &reboot.malformed,
            _ => &start.malformed,
        };
        let (first, malformed) = target(members[0].instance, defect.as_ref());
        let rest = members[1..].iter().map(|member| Target::Id(member.instance));
        let instances = std::iter::once(first).chain(rest).collect();
        if stops {
            let mode = if keep { Some(StoppedMode::KeepCharging) } else { stop.mode };
            let (force, dry_run) = (stop.force, stop.dry_run);
            let stop = StopInstances { instances, force, mode, optimization, dry_run, malformed };
            Operation::StopInstances(stop)
        } else if reboots {
            let (force, dry_run) = (reboot.force, reboot.dry_run);
            let reboot = RebootInstances { instances, force, optimization, dry_run, malformed };
            Operation::RebootInstances(reboot)
        } else {
            let dry_run = start.dry_run;
            let start = StartInstances { instances, optimization, dry_run, malformed };
            Operation::StartInstances(start)
        }
    }

    /// A page of a watch controller.
    pub(super) fn page_request(
        &self,
        controller: u16,
        operation: OperationName,
        ids: Vec<InstanceId>,
    ) -> Operation {
        let defect = match &self.plan.controllers[usize::from(controller)].drive {
            Drive::Watch { malformed, .. } => malformed.as_ref(),
            Drive::Edges { .. }
            | Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => None,
        };
        let size = match defect {
            Some(Malformed::EmptyPage) => 0,
            Some(_) | None => u32::try_from(ids.len()).expect("a page holds at most 100"),
        };
        let zone = (defect == Some(&Malformed::UnknownZone)).then_some(NO_ZONE);
        read_of(operation, ids, size, zone)
    }
}

/// A read of these instances, all on one page.
pub(super) fn read_of(
    operation: OperationName,
    ids: Vec<InstanceId>,
    size: u32,
    zone: Option<ZoneId>,
) -> Operation {
    let ids = Ids::Listed(ids);
    if operation == OperationName::DescribeInstances {
        let (max_results, next_token) = (size, 0);
        let read = DescribeInstances { ids, status: None, max_results, next_token };
        Operation::DescribeInstances(read)
    } else {
        let (page_number, page_size) = (1, size);
        Operation::DescribeInstanceStatus(DescribeInstanceStatus {
            ids,
            zone,
            page_number,
            page_size,
        })
    }
}
