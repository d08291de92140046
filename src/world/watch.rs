//! Watch controllers: they look at all their instances, page by page, and put right what they
//! see wrong.

use crate::controller::policy::{Action, Controller, Drive, Want};
use crate::ecs::id::InstanceId;
use crate::ecs::instance::Status;
use crate::ecs::operation::{
    DescribeInstanceStatus, DescribeInstances, Ids, Operation, OperationName,
};
use crate::engine::Occasion;
use crate::fault::injector::{CallFacts, Verdict};
use crate::fault::rule::CallEffect;
use crate::units::{SimDuration, SimTime};

use super::desk::Stage;
use super::event::Event;
use super::fact::{CallAnswer, CallFact, Fact, Observer};
use super::outcome::LatencyName;
use super::pace::Intent;
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
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
        let look = &mut self.desks[usize::from(controller)].look;
        look.sent_at = self.now;
        look.awaited = Some(call.operation);
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
        let effect = self.strike_page(&call);
        let age = match effect {
            Some(CallEffect::StaleRead(age)) => Some(age),
            Some(_) | None => None,
        };
        let answer = match effect {
            Some(CallEffect::Refuse(refusal) | CallEffect::ApplyThenRefuse(refusal)) => {
                CallAnswer::Refused(refusal)
            }
            Some(_) | None => self.read_page(&call, places, age),
        };
        self.tally(call.operation, answer);
        self.note(Fact::CallHandled(call, answer));
        self.desks[usize::from(controller)].look.answer = Some(answer);
        self.answer_page(&call, effect);
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

    /// Reads a page from the region, or what was true `age` ago.
    fn read_page(
        &mut self,
        call: &CallFact,
        places: std::ops::Range<usize>,
        age: Option<SimDuration>,
    ) -> CallAnswer {
        let ids: Vec<InstanceId> = self.desks[usize::from(call.controller)].order[places].to_vec();
        let seen: Vec<Status> = ids.iter().map(|id| self.seen(*id, age).status()).collect();
        let first = self.seen(call.instance, age);
        let caller = self.plan.controllers[usize::from(call.controller)].caller;
        match self.region.call(self.now, caller, &page_operation(call, ids)) {
            Ok(_) => {
                self.desks[usize::from(call.controller)].look.seen = seen;
                CallAnswer::Seen(first)
            }
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Sends a page's answer back; a lost one is missed at the timeout, or for ever.
    fn answer_page(&mut self, call: &CallFact, effect: Option<CallEffect>) {
        let controller = call.controller;
        let who = self.controller_names[usize::from(controller)];
        let leg = &self.plan.legs.answer;
        let purpose = purpose::POLL_ANSWER_LEG;
        let travel = self.draws.duration(who, purpose, call.occasion, call.number, leg);
        let travel = match effect {
            Some(CallEffect::LoseAnswer) => None,
            Some(CallEffect::LateAnswer(later)) => Some(travel.saturating_add(later)),
            Some(CallEffect::SlowAnswer(times)) => Some(travel.scaled(times.num(), times.den())),
            // A second delivery of a read changes nothing.
            Some(
                CallEffect::Refuse(_)
                | CallEffect::ApplyThenRefuse(_)
                | CallEffect::Duplicate(_)
                | CallEffect::StaleRead(_),
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

    pub(super) fn on_page_answered(&mut self, controller: u16) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Watch { every, want, .. } = plan.drive else {
            unreachable!("only watch controllers look")
        };
        let (call, places) = self.page_call(controller);
        let last = places.end;
        let look = &mut self.desks[usize::from(controller)].look;
        look.awaited = None;
        let (seen, took) = (std::mem::take(&mut look.seen), self.now - look.sent_at);
        let (missed, answer) = (look.missed, look.answer.take());
        if missed {
            self.out.calls[call.operation as usize].timed_out += 1;
            self.latency(LatencyName::Api(call.operation)).record_censored();
            self.note(Fact::CallTimedOut(call));
        } else {
            self.latency(LatencyName::Api(call.operation)).record(took);
            let answer = answer.expect("an answer travels only once it was given");
            self.note(Fact::AnswerDelivered(call, answer));
            for (place, status) in places.zip(seen) {
                let position = u32::try_from(place).expect("places fit");
                self.put_right(controller, position, status, want);
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
            | (Status::Stopped | Status::Pending | Status::Starting | Status::Stopping, false)
            | (Status::Absent, _) => return,
        };
        let occasion = Occasion::number(desk.look.number);
        let intent = Intent { action, due: self.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
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
    if call.operation == OperationName::DescribeInstances {
        Operation::DescribeInstances(DescribeInstances {
            ids: Ids::Listed(ids),
            status: None,
            max_results: size,
            next_token: 0,
        })
    } else {
        Operation::DescribeInstanceStatus(DescribeInstanceStatus {
            ids: Ids::Listed(ids),
            zone: None,
            page_number: 1,
            page_size: size,
        })
    }
}
