//! How a controller learns that its action is done: one instance a call, at an interval.

use crate::controller::policy::Action;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::operation::{DescribeInstanceStatus, DescribeInstances, Operation, OperationName};
use crate::units::SimDuration;

use super::desk::{Flight, Stage};
use super::event::{Event, Ticket};
use super::fact::{Belief, CallAnswer, Observer};
use super::{World, purpose};

impl<O: Observer> World<'_, O> {
    /// The task's call was accepted: from here it polls.
    pub(super) fn begin_waiting(&mut self, controller: u16, position: u32) {
        let now = self.now;
        let task = &mut self.desks[usize::from(controller)].tasks[position as usize];
        task.enter(Stage::Waiting);
        task.waits_since = now;
        self.schedule_poll(controller, position);
    }

    fn schedule_poll(&mut self, controller: u16, position: u32) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let interval = plan.wait.as_ref().expect("only controllers that poll wait").interval;
        let ticket = self.ticket(controller, position);
        let source = self.of_controller(controller);
        self.schedule(self.now + interval, source, Event::PollDue(ticket));
    }

    pub(super) fn on_poll_due(&mut self, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let plan = &self.plan.controllers[usize::from(controller)];
        let wait = plan.wait.as_ref().expect("only controllers that poll wait");
        let task = &mut self.desks[usize::from(controller)].tasks[position as usize];
        if task.serial != serial {
            return self.stale();
        }
        if self.now.since(task.waits_since) >= wait.give_up {
            let action = task.action;
            return self.settle(controller, position, Belief::Failed(action));
        }
        let number = task.polls;
        task.polls += 1;
        let flight = Flight {
            controller,
            position,
            serial,
            operation: wait.operation,
            occasion: task.occasion,
            number,
            sent_at: self.now,
            keep: false,
            change: None,
            answer: None,
            closed: false,
            events: 0,
        };
        self.launch(flight, purpose::POLL_REQUEST_LEG);
    }

    /// What the region, or a stale copy of it, shows of one instance.
    pub(super) fn look_at(
        &mut self,
        flight: &Flight,
        instance: InstanceId,
        stale: Option<SimDuration>,
    ) -> CallAnswer {
        let caller = self.plan.controllers[usize::from(flight.controller)].caller;
        let operation = if flight.operation == OperationName::DescribeInstances {
            Operation::DescribeInstances(DescribeInstances::of(instance))
        } else {
            Operation::DescribeInstanceStatus(DescribeInstanceStatus::of(instance))
        };
        match self.region.call(self.now, caller, &operation) {
            Ok(_) => CallAnswer::Seen(self.seen(instance, stale)),
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// The state now, or the one before if it changed less than `age` ago.
    pub(super) fn seen(&self, instance: InstanceId, age: Option<SimDuration>) -> State {
        let slot = &self.slots[instance.index()];
        match age {
            Some(age) if self.now.since(slot.changed_at) < age => slot.previous,
            Some(_) | None => self.region.state(instance),
        }
    }

    /// A poll was answered, or not in time.
    pub(super) fn on_poll_answered(
        &mut self,
        controller: u16,
        position: u32,
        answer: Option<CallAnswer>,
    ) {
        let task = &self.desks[usize::from(controller)].tasks[position as usize];
        let action = task.action;
        let done = match (answer, action) {
            (Some(CallAnswer::Seen(State::Stopped { .. })), Action::Stop)
            | (Some(CallAnswer::Seen(State::Running)), Action::Start) => true,
            (
                Some(
                    CallAnswer::Seen(_)
                    | CallAnswer::Accepted
                    | CallAnswer::Stocked(_)
                    | CallAnswer::Refused(_),
                )
                | None,
                _,
            ) => false,
        };
        let returns = done && action == Action::Stop && self.returns_to_first(controller, position);
        if returns {
            // It is settled when the change is answered.
        } else if done {
            self.settle(controller, position, Belief::Done(action));
        } else {
            self.schedule_poll(controller, position);
        }
    }
}
