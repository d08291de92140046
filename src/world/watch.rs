//! Watch controllers: they look at all their instances, page by page, and put right what they
//! see wrong.

use crate::controller::policy::{Action, Acts, Controller, Drive, Malformed, Want};
use crate::ecs::id::{InstanceId, ZoneId};
use crate::ecs::instance::{State, Status};
use crate::ecs::operation::{
    DescribeInstanceStatus, DescribeInstances, Ids, Operation, OperationName,
};
use crate::engine::Occasion;
use crate::fault::injector::{CallFacts, Verdict};
use crate::fault::rule::CallEffect;
use crate::units::SimTime;

use super::event::Event;
use super::fact::{CallAnswer, CallFact, Fact, Observer};
use super::outcome::LatencyName;
use super::pace::Intent;
use super::reads::View;
use super::task::Stage;
use super::types::NO_ZONE;
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
    #[inline(never)]
    pub(super) fn on_watch_due(&mut self, controller: u16) {
        let look = &mut self.desks[usize::from(controller)].look;
        look.began = self.now;
        look.page = 0;
        self.send_page(controller);
    }

    fn send_page(&mut self, controller: u16) {
        let look = &self.desks[usize::from(controller)].look;
        let (number, page) = (look.number, look.page);
        let (call, _) = self.page_call(controller, number, page);
        let who = self.controller_names[usize::from(controller)];
        self.note(Fact::CallSent(call));
        self.out.calls[call.operation as usize].sent += 1;
        self.out.clients[usize::from(controller)].looks += 1;
        let leg = &self.plan.legs.request;
        let purpose = purpose::POLL_REQUEST_LEG;
        let travel = self.decisions.duration(who, purpose, call.occasion, call.number, leg);
        let arrives = self.now.saturating_add(travel);
        let timeout = self.plan.controllers[usize::from(controller)].timeout;
        let deadline = timeout.map_or(SimTime::NEVER, |span| self.now.saturating_add(span));
        let look = &mut self.desks[usize::from(controller)].look;
        look.sent_at = self.now;
        look.awaited = Some(call.operation);
        look.missed = deadline < arrives;
        let source = self.of_controller(controller);
        if deadline < arrives {
            self.schedule(deadline, source, Event::PageAnswered { controller });
        }
        let event = Event::PageArrived { controller, look: number, page };
        self.schedule(arrives, source, event);
    }

    /// The call of a page of a look, and the positions on it.
    fn page_call(
        &self,
        controller: u16,
        look: u32,
        page: u32,
    ) -> (CallFact, std::ops::Range<usize>) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let (with, size) = watch_page(plan);
        let desk = &self.desks[usize::from(controller)];
        let first = page as usize * size;
        let call = CallFact {
            operation: with,
            controller,
            instance: desk.order[first],
            occasion: Occasion::number(look.into()),
            number: page,
        };
        (call, first..(first + size).min(desk.order.len()))
    }

    #[inline(never)]
    pub(super) fn on_page_arrived(&mut self, controller: u16, look: u32, page: u32) {
        let (call, places) = self.page_call(controller, look, page);
        if let Some(throttled) = self.throttled(controller, call.operation) {
            let answer = CallAnswer::Refused(throttled.refusal);
            return self.page_handled(&call, (answer, Vec::new()), None);
        }
        let effect = self.strike_page(&call);
        let answer = match effect {
            Some(CallEffect::Refuse(refusal) | CallEffect::ApplyThenRefuse(refusal)) => {
                (CallAnswer::Refused(refusal), Vec::new())
            }
            Some(_) | None => self.read_page(&call, places, View::under(effect)),
        };
        self.page_handled(&call, answer, effect);
    }

    /// A page was handled; whether its caller still waits for it decides what comes of it.
    fn page_handled(
        &mut self,
        call: &CallFact,
        handled: (CallAnswer, Vec<Status>),
        effect: Option<CallEffect>,
    ) {
        let (answer, seen) = handled;
        self.tally(call.operation, answer);
        self.note(Fact::CallHandled(*call, answer));
        let look = &mut self.desks[usize::from(call.controller)].look;
        let asked = Occasion::number(look.number.into()) == call.occasion;
        if asked && look.page == call.number && !look.missed {
            look.answer = Some(answer);
            look.seen = seen;
            self.answer_page(call, effect);
        }
    }

    fn strike_page(&mut self, call: &CallFact) -> Option<CallEffect> {
        let facts = CallFacts {
            operation: call.operation,
            controller: call.controller,
            controller_identity: self.controller_names[usize::from(call.controller)],
            about: None,
            occasion: call.occasion,
            attempt: call.number,
        };
        match self.injector.on_call(&facts) {
            Verdict::Pass => None,
            Verdict::Strike { rule, effect } => {
                let rule = self.plan.call_faults[usize::from(rule)].identity;
                self.note(Fact::FaultStruck { rule, instance: call.instance });
                Some(effect)
            }
        }
    }

    /// Reads a page from the region, or from a copy of it.
    fn read_page(
        &mut self,
        call: &CallFact,
        places: std::ops::Range<usize>,
        view: View,
    ) -> (CallAnswer, Vec<Status>) {
        let ids: Vec<InstanceId> = self.desks[usize::from(call.controller)].order[places].to_vec();
        let shown = ids.iter().filter_map(|id| self.seen(*id, view));
        let seen: Vec<Status> = shown.map(State::status).collect();
        let first = self.seen(call.instance, view);
        let caller = self.plan.controllers[usize::from(call.controller)].caller;
        let plan = &self.plan.controllers[usize::from(call.controller)];
        match self.region.call(self.now, caller, &page_operation(plan, call, ids)) {
            Ok(_) => {
                self.status_calls += 1;
                (first.map_or(CallAnswer::Missing, CallAnswer::Seen), seen)
            }
            Err(refusal) => (CallAnswer::Refused(refusal), Vec::new()),
        }
    }

    /// Sends a page's answer back; a lost one is missed at the timeout, or for ever.
    fn answer_page(&mut self, call: &CallFact, effect: Option<CallEffect>) {
        let controller = call.controller;
        let who = self.controller_names[usize::from(controller)];
        let leg = &self.plan.legs.answer;
        let purpose = purpose::POLL_ANSWER_LEG;
        let travel = self.decisions.duration(who, purpose, call.occasion, call.number, leg);
        let travel = match effect {
            Some(CallEffect::LoseAnswer) => None,
            Some(CallEffect::LateAnswer(later)) => Some(travel.saturating_add(later)),
            Some(CallEffect::SlowAnswer(times)) => Some(travel.scaled(times.num(), times.den())),
            // A second delivery of a read changes nothing.
            Some(
                CallEffect::Refuse(_)
                | CallEffect::ApplyThenRefuse(_)
                | CallEffect::Duplicate(_)
                | CallEffect::StaleRead(_)
                | CallEffect::MissingRead,
            )
            | None => Some(travel),
        };
        let answered = travel.map_or(SimTime::NEVER, |span| self.now.saturating_add(span));
        let timeout = self.plan.controllers[usize::from(controller)].timeout;
        let look = &mut self.desks[usize::from(controller)].look;
        let deadline = timeout.map_or(SimTime::NEVER, |span| look.sent_at.saturating_add(span));
        look.missed = deadline < answered;
        let at = answered.min(deadline).max(self.now);
        if at < self.plan.horizon {
            let source = self.of_controller(controller);
            self.schedule(at, source, Event::PageAnswered { controller });
        }
    }

    #[inline(never)]
    pub(super) fn on_page_answered(&mut self, controller: u16) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Watch { every, want, acts, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let look = &self.desks[usize::from(controller)].look;
        let (call, places) = self.page_call(controller, look.number, look.page);
        let last = places.end;
        let look = &mut self.desks[usize::from(controller)].look;
        look.awaited = None;
        let (seen, took) = (std::mem::take(&mut look.seen), self.now - look.sent_at);
        let (missed, answer) = (look.missed, look.answer.take());
        if missed {
            self.out.calls[call.operation as usize].timed_out += 1;
            self.out.clients[usize::from(controller)].timed_out += 1;
            self.latency(LatencyName::Api(call.operation)).record_censored();
            self.note(Fact::CallTimedOut(call));
        } else {
            self.latency(LatencyName::Api(call.operation)).record(took);
            let answer = answer.expect("an answer travels only once it was given");
            self.note(Fact::AnswerDelivered(call, answer));
            for (place, status) in places.zip(seen) {
                let position = u32::try_from(place).expect("places fit");
                self.put_right((controller, position), status, want, acts);
            }
        }
        let desk = &mut self.desks[usize::from(controller)];
        if last < desk.order.len() && !missed {
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

    fn put_right(
        &mut self,
        (controller, position): (u16, u32),
        status: Status,
        want: Want,
        acts: Acts,
    ) {
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
            | (Status::Stopped | Status::Pending | Status::Starting | Status::Stopping, false)
            | (Status::Absent, _) => return,
        };
        if !acts.includes(action) {
            return;
        }
        let occasion = Occasion::number(desk.look.number.into());
        let intent = Intent { action, due: self.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
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

fn page_operation(plan: &Controller, call: &CallFact, ids: Vec<InstanceId>) -> Operation {
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
    read_of(call.operation, ids, size, zone)
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
