//! Watch controllers: they look at all their instances, page by page, and put right what they
//! see wrong.

use crate::controller::policy::{Controller, Drive, Want};
use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::engine::Occasion;
use crate::fact::Action;

use crate::client::{Event, Outputs, Whose};

use super::Clients;
use super::job::Stage;
use super::pace::Intent;
use super::payload::{Answered, Call, CallTag, Carried, Page, Request, Told};

impl Clients<'_> {
    #[inline(never)]
    pub(super) fn on_watch_due(&mut self, out: &mut impl Outputs, controller: u16) {
        let look = &mut self.states[usize::from(controller)].look;
        look.began = out.now();
        look.page = 0;
        self.send_page(out, controller);
    }

    fn send_page(&mut self, out: &mut impl Outputs, controller: u16) {
        let (operation, size) = watch_page(&self.plan.controllers[usize::from(controller)]);
        let controller_state = &self.states[usize::from(controller)];
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
            tag: CallTag { position, serial: 0, keep: false },
        };
        let operation = self.page_request(controller, operation, ids.clone());
        let page = Page { operation, ids, seen: Vec::new() };
        out.send(call, Request::Other(Box::new(Carried::Page(page))));
    }

    /// A page was answered, or not in time.
    #[inline(never)]
    pub(super) fn on_page_answered(
        &mut self,
        out: &mut impl Outputs,
        told: &Told,
        seen: Vec<(u32, Status)>,
    ) {
        let Told { controller, tag, answer, .. } = *told;
        if answer.is_some_and(|answer| !matches!(answer, Answered::Refused(_))) {
            for (place, status) in seen {
                self.put_right(out, controller, tag.position + place, status);
            }
        }
        self.go_on_looking(out, controller, tag.position, answer.is_some());
    }

    /// After a page the next one follows, or the next look.
    fn go_on_looking(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        first: u32,
        was_answered: bool,
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Watch { every, page_size, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let controller_state = &mut self.states[usize::from(controller)];
        let is_last = (first + page_size) as usize >= controller_state.order.len();
        if was_answered && !is_last {
            controller_state.look.page += 1;
            self.send_page(out, controller);
        } else {
            controller_state.look.number += 1;
            let next = (controller_state.look.began.saturating_add(every)).max(out.now());
            let source = self.of_controller(controller);
            out.schedule(next, source, Event::WatchDue(Whose(controller)));
        }
        self.pump(out, controller);
    }

    fn put_right(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        status: Status,
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Watch { want, acts, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let controller_state = &self.states[usize::from(controller)];
        if controller_state.jobs[position as usize].stage != Stage::Idle {
            return;
        }
        let running = match want {
            Want::Running => true,
            Want::Stopped => false,
            Want::Demanded(demand) => self.demands[usize::from(demand)],
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
        let intent = Intent { action, due: out.now(), occasion, place: 0, of: 1 };
        self.begin(out, controller, position, intent);
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
