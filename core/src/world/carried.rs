//! Requests that are not of one instance, and reads, as they arrive.

use crate::client::scripted::{BatchMember, CallTag, NO_ZONE, Page, read_of};
use crate::cloud::BatchItem;
use crate::controller::policy::{Controller, Drive, Malformed};
use crate::controller::requests::target;
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::{Status, StoppedMode};
use crate::ecs::operation::{
    DescribeAvailableResource, DescribeInstanceStatus, DescribeInstances, Operation, OperationName,
    Parameter, RebootInstances, StartInstances, StopInstances, Target,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Region};
use crate::fact::{CallAnswer, CallFact, Fact};
use crate::network::{Delivery, Shown};

use super::Rest;
use super::delivery::{InFlightCall, Reach};
use super::observer::Observer;

fn as_answer(result: Result<(), Refusal>) -> CallAnswer {
    match result {
        Ok(()) => CallAnswer::Accepted,
        Err(refusal) => CallAnswer::Refused(refusal),
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery of a batch; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_batch(
        &mut self,
        Delivery { call, duplicate, .. }: Delivery<'_, CallTag>,
        members: &mut [BatchMember],
    ) -> CallAnswer {
        let ids: Vec<InstanceId> = members.iter().map(|member| member.instance).collect();
        let items: Vec<BatchItem> = members
            .iter()
            .map(|member| BatchItem { instance: member.instance, occasion: member.occasion })
            .collect();
        let asked = self.rest.asked(call);
        let operation = self.batch_operation(call, &ids);
        match self.cloud.carry_out_batch(self.rest, &asked, &items, &operation) {
            Ok(items) => {
                if !duplicate {
                    for (member, item) in members.iter_mut().zip(items) {
                        member.answer = Some(as_answer(item.result));
                    }
                }
                CallAnswer::Accepted
            }
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// The request as its controller words it; a defect of the id is that of the first.
    fn batch_operation(&self, call: &InFlightCall, ids: &[InstanceId]) -> Operation {
        let controller = &self.rest.plan.controllers[usize::from(call.controller)];
        let optimization = controller.batch_call.map(|call| call.optimization).unwrap_or_default();
        let (stop, start, reboot) = (&controller.stop, &controller.start, &controller.reboot);
        let stops = call.operation == OperationName::StopInstances;
        let reboots = call.operation == OperationName::RebootInstances;
        let defect = match (stops, reboots) {
            (true, _) => &stop.malformed,
            (_, true) => &reboot.malformed,
            _ => &start.malformed,
        };
        let (first, malformed): (Target, Option<Parameter>) = target(ids[0], defect.as_ref());
        let rest = ids[1..].iter().map(|id| Target::Id(*id));
        let instances = std::iter::once(first).chain(rest).collect();
        if stops {
            let mode = if call.tag.keep { Some(StoppedMode::KeepCharging) } else { stop.mode };
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
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery of such a look; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_looks(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        members: &mut [BatchMember],
    ) -> CallAnswer {
        let ids: Vec<InstanceId> = members.iter().map(|member| member.instance).collect();
        let caller = self.rest.caller(call.controller);
        let size = u32::try_from(ids.len()).expect("at most a hundred");
        let read = read_of(call.operation, ids, size, None);
        if let Err(refusal) = self.cloud.show_statuses(self.rest.now, caller, &read) {
            return CallAnswer::Refused(refusal);
        }
        let show = |member: &BatchMember| self.seen(member.instance, &shown);
        let answers: Vec<CallAnswer> = members.iter().map(show).collect();
        for (member, answer) in members.iter_mut().zip(&answers) {
            let BatchMember { instance, occasion, .. } = *member;
            let own = CallFact { instance, occasion, ..call.fact() };
            self.rest.note(Fact::ItemHandled(own, *answer));
            if !duplicate {
                member.answer = Some(*answer);
            }
        }
        answers[0]
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// What the region, or a stale copy of it, shows of one instance.
    #[inline(never)]
    pub(super) fn look_at(&mut self, call: &InFlightCall, shown: &Shown<'_>) -> CallAnswer {
        let caller = self.rest.caller(call.controller);
        let operation = if call.operation == OperationName::DescribeInstances {
            Operation::DescribeInstances(DescribeInstances::of(call.instance))
        } else {
            Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(call.instance))
        };
        match self.cloud.show_statuses(self.rest.now, caller, &operation) {
            Ok(_) => self.seen(call.instance, shown),
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery of a page; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_page(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        page: &mut Page,
    ) -> CallAnswer {
        let plan = &self.rest.plan.controllers[usize::from(call.controller)];
        let operation = page_operation(plan, call.operation, page.ids.clone());
        let rows: Vec<(InstanceId, Status)> = match self.read(call, &operation, &shown) {
            Ok(Answer::Statuses(page)) => {
                page.rows.iter().map(|row| (row.instance, row.status)).collect()
            }
            Ok(Answer::Instances(page)) => {
                page.rows.iter().map(|row| (row.instance, row.described.status)).collect()
            }
            Ok(Answer::Accepted | Answer::Items(_) | Answer::Created(_) | Answer::Available(_)) => {
                unreachable!("a page is a read")
            }
            Err(refusal) => return CallAnswer::Refused(refusal),
        };
        if !duplicate {
            let mut rows = rows.into_iter().peekable();
            for (place, id) in (0..).zip(&page.ids) {
                page.seen.extend(rows.next_if(|row| row.0 == *id).map(|row| (place, row.1)));
            }
        }
        self.seen(call.instance, &shown)
    }
}

fn page_operation(plan: &Controller, operation: OperationName, ids: Vec<InstanceId>) -> Operation {
    let defect = match &plan.drive {
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

impl<O: Observer> Reach<'_, '_, O> {
    /// What DescribeAvailableResource shows of the types that would do, and in which order.
    #[inline(never)]
    pub(super) fn show_stock(&mut self, call: &InFlightCall) -> CallAnswer {
        let instance = call.instance;
        let caller = self.rest.caller(call.controller);
        let start = &self.rest.plan.controllers[usize::from(call.controller)].start;
        let zone = match &start.malformed {
            Some(Malformed::UnknownZone) => NO_ZONE,
            Some(_) | None => {
                self.rest.plan.region.group(self.cloud.region().group_of(instance)).zone
            }
        };
        let request = DescribeAvailableResource { zone: Some(zone), instance_type: None };
        let operation = Operation::DescribeAvailableResource(request);
        let rows = match self.cloud.show_stock(self.rest.now, caller, &operation) {
            Ok(Accepted::Available(rows)) => rows,
            Ok(_) => unreachable!("an accepted DescribeAvailableResource shows stock"),
            Err(refusal) => return CallAnswer::Refused(refusal),
        };
        let is_there = |wanted: TypeId| {
            rows.iter().any(|row| row.instance_type == wanted && row.category.is_available())
        };
        let mut places = 0u16..;
        let found = places.find_map(|place| {
            match self.rest.candidate(self.cloud.region(), call.controller, instance, place) {
                Some(wanted) if is_there(wanted) => Some(Some(place)),
                Some(_) => None,
                // The group's own place is empty without a list; beyond the list is the end.
                None => Some(None),
            }
        });
        CallAnswer::Stocked(found.flatten())
    }
}

impl<O: Observer> Rest<'_, O> {
    /// The type at a place among those a controller would have: the present one, the group's
    /// own, then its list.
    fn candidate(
        &self,
        region: &Region,
        controller: u16,
        instance: InstanceId,
        place: u16,
    ) -> Option<TypeId> {
        let list = self.plan.controllers[usize::from(controller)].no_stock.fallback.as_ref();
        match place {
            0 => Some(self.type_of(region, instance)),
            1 => list.map(|_| self.plan.region.group(region.group_of(instance)).instance_type),
            place => list?.types.get(usize::from(place) - 2).copied(),
        }
    }

    pub(super) fn type_of(&self, region: &Region, instance: InstanceId) -> TypeId {
        self.plan.region.kind(region.kind_of(instance)).instance_type
    }
}
