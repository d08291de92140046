//! Watch controllers: they look at all their instances, page by page, and put right what they
//! see wrong.

use crate::controller::policy::{Controller, Drive, Malformed, Want};
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, ZoneId};
use crate::ecs::instance::Status;
use crate::ecs::operation::{
    DescribeInstanceStatus, DescribeInstances, Ids, Operation, OperationName,
};
use crate::engine::Occasion;
use crate::fact::{Action, CallAnswer};
use crate::network::{CallKind, Delivery};

use super::World;
use super::delivery::Reach;
use super::event::Event;
use super::job::Stage;
use super::observer::Observer;
use super::pace::Intent;
use super::payload::{Call, CallTag, Carried, Page, Told};
use super::types::NO_ZONE;

impl<O: Observer> World<'_, O> {
    #[inline(never)]
    pub(super) fn on_watch_due(&mut self, controller: u16) {
        let look = &mut self.rest.controller_states[usize::from(controller)].look;
        look.began = self.rest.now;
        look.page = 0;
        self.send_page(controller);
    }

    fn send_page(&mut self, controller: u16) {
        let (operation, size) = watch_page(&self.rest.plan.controllers[usize::from(controller)]);
        let controller_state = &self.rest.controller_states[usize::from(controller)];
        let first = controller_state.look.page as usize * size;
        let ids = controller_state.order[first..(first + size).min(controller_state.order.len())]
            .to_vec();
        let position = u32::try_from(first).expect("places fit");
        let call = Call {
            controller,
            instance: ids[0],
            operation,
            occasion: Occasion::number(controller_state.look.number.into()),
            number: controller_state.look.page,
            shared: true,
            kind: CallKind::Page,
            tag: CallTag { position, serial: 0, keep: false },
        };
        let page = Page { ids, seen: Vec::new() };
        self.launch_seldom(call, Carried::Page(page));
    }

    /// A page was answered, or not in time.
    #[inline(never)]
    pub(super) fn on_page_answered(&mut self, told: &Told, seen: Vec<(u32, Status)>) {
        let Told { controller, tag, answer, .. } = *told;
        if answer.is_some_and(|answer| !matches!(answer, CallAnswer::Refused(_))) {
            for (place, status) in seen {
                self.put_right(controller, tag.position + place, status);
            }
        }
        self.go_on_looking(controller, tag.position, answer.is_some());
    }

    /// After a page the next one follows, or the next look.
    fn go_on_looking(&mut self, controller: u16, first: u32, was_answered: bool) {
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let Drive::Watch { every, page_size, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        let is_last = (first + page_size) as usize >= controller_state.order.len();
        if was_answered && !is_last {
            controller_state.look.page += 1;
            self.send_page(controller);
        } else {
            controller_state.look.number += 1;
            let next = (controller_state.look.began.saturating_add(every)).max(self.rest.now);
            let source = self.rest.of_controller(controller);
            self.rest.schedule(next, source, Event::WatchDue { controller });
        }
        self.pump(controller);
    }

    fn put_right(&mut self, controller: u16, position: u32, status: Status) {
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let Drive::Watch { want, acts, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let controller_state = &self.rest.controller_states[usize::from(controller)];
        if controller_state.jobs[position as usize].stage != Stage::Idle {
            return;
        }
        let instance = controller_state.order[position as usize];
        let running = match want {
            Want::Running => true,
            Want::Stopped => false,
            Want::Demanded(_) => self.rest.records[instance.index()].wanted,
        };
        let action = match (status, running) {
            (Status::Stopped, true) => Action::Start,
            (Status::Running, false) => Action::Stop,
            (Status::Running | Status::Pending | Status::Starting | Status::Stopping, true)
            | (Status::Stopped | Status::Pending | Status::Starting | Status::Stopping, false)
            | (Status::Absent, _) => return,
        };
        if !acts.includes(action) {
            return;
        }
        let occasion = Occasion::number(controller_state.look.number.into());
        let intent = Intent { action, due: self.rest.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
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

fn watch_page(plan: &Controller) -> (OperationName, usize) {
    match plan.drive {
        Drive::Watch { with, page_size, .. } => (with, page_size as usize),
        Drive::Edges { .. }
        | Drive::Poisson { .. }
        | Drive::Listed(_)
        | Drive::OnStopped { .. }
        | Drive::Client { .. } => {
            unreachable!("only watch controllers look")
        }
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
