//! What makes controllers act: edges, Poisson and listed requests, looks.

use crate::controller::policy::{Action, Controller, Drive, Want};
use crate::controller::schedule;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::Status;
use crate::ecs::operation::{
    DescribeInstanceStatus, DescribeInstances, Ids, Operation, OperationName,
};
use crate::ecs::region::Accepted;
use crate::engine::{Identity, Occasion};

use super::desk::{NO_HOLD, Stage};
use super::event::Event;
use super::fact::{Belief, CallAnswer, CallFact, Fact, Observer};
use super::outcome::LatencyName;
use super::pace::Intent;
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
    /// Schedules the first edge from `from` on that a controller acts on.
    pub(super) fn schedule_edge(&mut self, controller: u16, from: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Edges { edges, acts, .. } = &plan.drive else { return };
        let next = schedule::next_edge(edges, *acts, plan.lead, from as usize);
        let Some((place, at)) = next else { return };
        let edge = u32::try_from(place).expect("edges are numbered in 32 bits");
        let source = self.of_controller(controller);
        self.schedule(at.max(self.now), source, Event::ControllerDue { controller, edge });
    }

    pub(super) fn on_controller_due(&mut self, controller: u16, edge: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Edges { edges, .. } = &plan.drive else {
            unreachable!("only scheduled controllers have edges")
        };
        let moment = edges[edge as usize];
        let action = if moment.wanted { Action::Start } else { Action::Stop };
        self.schedule_edge(controller, edge + 1);
        let of = u32::try_from(plan.instances.len()).expect("instances are numbered in 32 bits");
        for position in 0..of {
            let occasion = moment.occasion();
            let intent = Intent { action, due: moment.at, occasion, place: position, of };
            self.begin(controller, position, intent);
        }
        if action == Action::Stop {
            self.desks[usize::from(controller)].stop_moments += 1;
        }
        self.pump(controller);
    }

    /// Schedules a controller's next request.
    pub(super) fn schedule_request(&mut self, controller: u16, number: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let at = match &plan.drive {
            Drive::Poisson { .. } => {
                let track = self.desks[usize::from(controller)].requests.as_mut();
                track.expect("Poisson requests have a track").next(&self.plan.clock)
            }
            Drive::Listed(rows) => match rows.get(number as usize) {
                Some(row) => row.at,
                None => return,
            },
            Drive::Edges { .. } | Drive::Watch { .. } => return,
        };
        if at < self.plan.horizon {
            let source = self.of_controller(controller);
            self.schedule(at, source, Event::RequestMade { controller, number });
        }
    }

    pub(super) fn on_request_made(&mut self, controller: u16, number: u32) {
        self.schedule_request(controller, number + 1);
        let plan = &self.plan.controllers[usize::from(controller)];
        let occasion = Occasion::number(u64::from(number));
        let intent =
            |action| Intent { action, due: self.now, occasion, place: 0, of: 1 };
        match &plan.drive {
            Drive::Listed(rows) => {
                let row = rows[number as usize];
                let position = plan.position_of(row.instance);
                let intent = intent(row.action);
                if plan.is_demand {
                    self.turn_wanted(row.instance, row.action == Action::Start, None);
                }
                self.begin(controller, position, intent);
            }
            Drive::Poisson { hold, .. } => {
                let who = self.controller_names[usize::from(controller)];
                let Some(position) = self.idle_position(controller, who, occasion) else { return };
                let span = self.draws.duration(who, purpose::REQUEST_HOLD, occasion, 0, hold);
                let intent = intent(Action::Start);
                let desk = &mut self.desks[usize::from(controller)];
                desk.tasks[position as usize].hold = number;
                let instance = desk.order[position as usize];
                let source = self.of_controller(controller);
                let event = Event::HoldEnded { controller, position, number };
                self.schedule(self.now.saturating_add(span), source, event);
                if plan.is_demand {
                    self.turn_wanted(instance, true, None);
                }
                self.begin(controller, position, intent);
            }
            Drive::Edges { .. } | Drive::Watch { .. } => {
                unreachable!("only request drives make requests")
            }
        }
        self.pump(controller);
    }

    /// The first idle instance from a drawn place on.
    fn idle_position(&self, controller: u16, who: Identity, occasion: Occasion) -> Option<u32> {
        let tasks = &self.desks[usize::from(controller)].tasks;
        let of = tasks.len() as u64;
        let first = self.draws.below(who, purpose::REQUEST_CHOICE, occasion, 0, of);
        let places = (first..of).chain(0..first);
        let idle = |place: &u64| {
            let task = &tasks[usize::try_from(*place).expect("places fit")];
            task.stage == Stage::Idle && task.hold == NO_HOLD
        };
        places.into_iter().find(idle).and_then(|place| u32::try_from(place).ok())
    }

    pub(super) fn on_hold_ended(&mut self, controller: u16, position: u32, number: u32) {
        let desk = &mut self.desks[usize::from(controller)];
        let task = &mut desk.tasks[position as usize];
        if task.hold != number {
            return self.stale();
        }
        let failed = task.belief == Belief::Failed(Action::Start) && task.stage == Stage::Idle;
        let instance = desk.order[position as usize];
        if self.plan.controllers[usize::from(controller)].is_demand {
            self.turn_wanted(instance, false, None);
        }
        if failed {
            self.desks[usize::from(controller)].tasks[position as usize].hold = NO_HOLD;
            return;
        }
        let occasion = Occasion::number(u64::from(number));
        let intent =
            Intent { action: Action::Stop, due: self.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
        self.pump(controller);
    }

    pub(super) fn on_watch_due(&mut self, controller: u16) {
        let look = &mut self.desks[usize::from(controller)].look;
        look.began = self.now;
        look.page = 0;
        self.send_page(controller);
    }

    fn send_page(&mut self, controller: u16) {
        let (call, _) = self.page_call(controller);
        let who = self.controller_names[usize::from(controller)];
        self.note(Fact::CallSent(call));
        self.out.calls[call.operation as usize].sent += 1;
        self.desks[usize::from(controller)].look.sent_at = self.now;
        let leg = &self.plan.legs.request;
        let purpose = purpose::POLL_REQUEST_LEG;
        let travel = self.draws.duration(who, purpose, call.occasion, call.number, leg);
        let source = self.of_controller(controller);
        self.schedule(self.now.saturating_add(travel), source, Event::PageArrived { controller });
    }

    /// The call of the page a look is at, and the positions on it.
    fn page_call(&self, controller: u16) -> (CallFact, std::ops::Range<usize>) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let (with, size) = watch_page(plan);
        let desk = &self.desks[usize::from(controller)];
        let first = desk.look.page as usize * size;
        let call = CallFact {
            operation: with,
            controller,
            instance: desk.order[first],
            occasion: Occasion::number(desk.look.number),
            number: desk.look.page,
        };
        (call, first..(first + size).min(desk.order.len()))
    }

    pub(super) fn on_page_arrived(&mut self, controller: u16) {
        let (call, places) = self.page_call(controller);
        self.instant.count_call(self.now, &mut self.out.peak_calls_per_minute);
        let ids: Vec<InstanceId> = self.desks[usize::from(controller)].order[places].to_vec();
        let caller = self.plan.controllers[usize::from(controller)].caller;
        let answer = self.region.call(self.now, caller, &page_operation(&call, ids));
        let (seen, answer) = match answer {
            Ok(Accepted::Statuses(page)) => {
                let seen: Vec<Status> = page.rows.iter().map(|row| row.status).collect();
                (seen, CallAnswer::Seen(self.region.state(call.instance)))
            }
            Ok(Accepted::Instances(page)) => {
                let seen: Vec<Status> = page.rows.iter().map(|row| row.status).collect();
                (seen, CallAnswer::Seen(self.region.state(call.instance)))
            }
            Ok(Accepted::Stop(_) | Accepted::Start(_)) => unreachable!("a read starts no work"),
            Err(refusal) => (Vec::new(), CallAnswer::Refused(refusal)),
        };
        self.tally(call.operation, answer);
        self.note(Fact::CallHandled(call, answer));
        self.desks[usize::from(controller)].look.seen = seen;
        let who = self.controller_names[usize::from(controller)];
        let leg = &self.plan.legs.answer;
        let purpose = purpose::POLL_ANSWER_LEG;
        let travel = self.draws.duration(who, purpose, call.occasion, call.number, leg);
        let source = self.of_controller(controller);
        self.schedule(self.now.saturating_add(travel), source, Event::PageAnswered { controller });
    }

    pub(super) fn on_page_answered(&mut self, controller: u16) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Watch { every, want, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let (call, places) = self.page_call(controller);
        let desk = &mut self.desks[usize::from(controller)];
        let (seen, took) = (std::mem::take(&mut desk.look.seen), self.now - desk.look.sent_at);
        self.latency(LatencyName::Api(call.operation)).record(took);
        let (first, last) = (places.start, places.end);
        for (place, status) in places.zip(seen) {
            let position = u32::try_from(place).expect("places fit");
            self.put_right(controller, position, status, want);
        }
        let desk = &mut self.desks[usize::from(controller)];
        let _ = first;
        if last < desk.order.len() {
            desk.look.page += 1;
            self.send_page(controller);
        } else {
            desk.look.number += 1;
            let next = (desk.look.began.saturating_add(every)).max(self.now);
            let source = self.of_controller(controller);
            self.schedule(next, source, Event::WatchDue { controller });
        }
        self.pump(controller);
    }

    fn put_right(&mut self, controller: u16, position: u32, status: Status, want: Want) {
        let desk = &self.desks[usize::from(controller)];
        if desk.tasks[position as usize].stage != Stage::Idle {
            return;
        }
        let instance = desk.order[position as usize];
        let running = match want {
            Want::Running => true,
            Want::Stopped => false,
            Want::Demanded(_) => self.slots[instance.index()].wanted,
        };
        let action = match (status, running) {
            (Status::Stopped, true) => Action::Start,
            (Status::Running, false) => Action::Stop,
            (Status::Running | Status::Pending | Status::Starting | Status::Stopping, true)
            | (Status::Stopped | Status::Pending | Status::Starting | Status::Stopping, false) => {
                return;
            }
        };
        let occasion = Occasion::number(desk.look.number);
        self.begin(controller, position, Intent { action, due: self.now, occasion, place: 0, of: 1 });
    }
}

fn watch_page(plan: &Controller) -> (OperationName, usize) {
    match plan.drive {
        Drive::Watch { with, page_size, .. } => (with, page_size as usize),
        Drive::Edges { .. } | Drive::Poisson { .. } | Drive::Listed(_) => {
            unreachable!("only watch controllers look")
        }
    }
}

fn page_operation(call: &CallFact, ids: Vec<InstanceId>) -> Operation {
    let size = u32::try_from(ids.len()).expect("a page holds at most 100");
    match call.operation {
        OperationName::DescribeInstances => Operation::DescribeInstances(DescribeInstances {
            ids: Ids::Listed(ids),
            status: None,
            max_results: size,
            next_token: 0,
        }),
        OperationName::DescribeInstanceStatus
        | OperationName::StopInstance
        | OperationName::StartInstance => {
            Operation::DescribeInstanceStatus(DescribeInstanceStatus {
                ids: Ids::Listed(ids),
                zone: None,
                page_number: 1,
                page_size: size,
            })
        }
    }
}
