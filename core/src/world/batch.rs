//! Batch calls: one flight for many tasks, one answer for each of them.
//!
//! Whatever is to be asked at one instant is gathered first: the call goes out when everything
//! of that instant that comes from the controller has been seen. The luck of a batch call is
//! the controller's own, numbered within its occasion.

use std::collections::BTreeSet;

use crate::controller::policy::{Action, BatchCall, Drive};
use crate::controller::retry::Cause;
use crate::ecs::answer::ItemAnswer;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::operation::{
    Operation, OperationName, Parameter, RebootInstances, StartInstances, StopInstances, Target,
};
use crate::ecs::refusal::Refusal;
use crate::ecs::region::{Accepted, Batch, BatchItem, Work};
use crate::units::{SimDuration, SimTime};

use super::calls::{call_fact, target};

use super::event::Event;
use super::fact::{CallAnswer, Fact, Observer};
use super::flight::{Cargo, Flight, Rider, Sender};
use super::task::Stage;
use super::{World, purpose};

/// What one call can ask of all its instances.
#[derive(Clone, Copy, PartialEq)]
struct Ask {
    action: Action,
    keep: bool,
    /// No batch call does it: each instance gets a call of its own.
    is_single: bool,
    /// They are looked at first.
    looks: bool,
}

fn as_answer(result: Result<(), Refusal>) -> CallAnswer {
    match result {
        Ok(()) => CallAnswer::Accepted,
        Err(refusal) => CallAnswer::Refused(refusal),
    }
}

impl<O: Observer> World<'_, O> {
    /// Lets the controller send what is queued at the end of this instant.
    #[inline(never)]
    pub(super) fn gather(&mut self, controller: u16) {
        let desk = &mut self.desks[usize::from(controller)];
        let idle = desk.is_idle() && desk.again.is_empty();
        if idle || std::mem::replace(&mut desk.gathering, true) {
            return;
        }
        let source = self.of_controller(controller);
        self.schedule(self.now, source, Event::PaceElapsed { controller });
    }

    /// A task asks again, with the next call of its controller.
    pub(super) fn join_next_batch(&mut self, controller: u16, position: u32) {
        let desk = &mut self.desks[usize::from(controller)];
        let task = &mut desk.tasks[position as usize];
        task.enter(Stage::Queued);
        desk.again.push_back((position, task.serial));
        self.gather(controller);
    }

    /// Sends as many queued tasks as the pace allows, in the controller's order.
    pub(super) fn send_batches(&mut self, controller: u16, call: BatchCall) {
        self.desks[usize::from(controller)].gathering = false;
        if self.has_more_to_ask(controller) {
            return self.gather(controller);
        }
        loop {
            let positions = self.next_batch(controller, call.size as usize);
            let Some(&first) = positions.first() else { return };
            let ask = self.ask_of(controller, first);
            if ask.is_single {
                positions.iter().for_each(|&position| self.send(controller, position));
            } else if ask.looks {
                self.look_at_all(controller, &positions);
            } else {
                self.send_batch(controller, &positions, ask);
            }
        }
    }

    /// Whether more requests of a controller are listed for this very instant.
    fn has_more_to_ask(&self, controller: u16) -> bool {
        let made = self.desks[usize::from(controller)].requests_made as usize;
        match &self.plan.controllers[usize::from(controller)].drive {
            Drive::Listed(rows) => rows.get(made).is_some_and(|row| row.at == self.now),
            Drive::Edges { .. }
            | Drive::Poisson { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => false,
        }
    }

    /// The next tasks that one call can ask for; those that ask again go first.
    fn next_batch(&mut self, controller: u16, size: usize) -> Vec<u32> {
        let mut positions = Vec::new();
        let mut common = None;
        let mut most = size;
        while positions.len() < most {
            let again = self.front_of_again(controller);
            let turn = if again.is_none() { self.front_of_agenda(controller) } else { None };
            let Some(next) = again.or(turn.map(|(_, position)| position)) else { break };
            let lane = turn.map(|(lane, _)| lane);
            let ask = self.ask_of(controller, next);
            if common.is_some_and(|common| common != (lane, ask)) {
                break;
            }
            if positions.is_empty() && again.is_none() && !self.spaced(controller) {
                break;
            }
            common = Some((lane, ask));
            if ask.looks {
                most = size.min(self.shown_at_once(controller));
            }
            let batched = self.plan.controllers[usize::from(controller)].pacing.batch.is_some();
            let desk = &mut self.desks[usize::from(controller)];
            match lane {
                Some(lane) => desk.take(lane, batched),
                None => desk.again.pop_front().map(|(position, _)| position),
            };
            positions.push(next);
        }
        positions
    }

    /// The first task that still wants to ask again.
    fn front_of_again(&mut self, controller: u16) -> Option<u32> {
        let desk = &mut self.desks[usize::from(controller)];
        while let Some(&(position, serial)) = desk.again.front() {
            if desk.tasks[position as usize].serial == serial {
                return Some(position);
            }
            desk.again.pop_front();
        }
        None
    }

    fn ask_of(&self, controller: u16, position: u32) -> Ask {
        let desk = &self.desks[usize::from(controller)];
        let task = &desk.tasks[position as usize];
        let (keep, is_single) = (desk.effort(position).keep, desk.is_single(position));
        let looks = !is_single && self.looks_first(controller, position);
        Ask { action: task.action, keep, is_single, looks }
    }

    fn send_batch(&mut self, controller: u16, positions: &[u32], ask: Ask) {
        let operation = match ask.action {
            Action::Stop => OperationName::StopInstances,
            Action::Reboot => OperationName::RebootInstances,
            Action::Start => OperationName::StartInstances,
            Action::Delete | Action::Reactivate | Action::Change => {
                unreachable!("no batch call deletes, reopens or changes")
            }
        };
        let now = self.now;
        let mut riders = Vec::with_capacity(positions.len());
        for &position in positions {
            let desk = &mut self.desks[usize::from(controller)];
            let task = &mut desk.tasks[position as usize];
            task.attempt += 1;
            task.enter(Stage::Calling);
            let (serial, occasion) = (task.serial, task.occasion);
            let instance = desk.order[position as usize];
            riders.push(Rider { instance, position, serial, occasion, answer: None });
            if task.first_call == SimTime::NEVER {
                task.first_call = now;
                desk.spent.called();
                self.on_first_call(instance, ask.action);
            }
        }
        let flight = self.shared_flight(controller, &riders, operation, ask.keep);
        self.launch_seldom(flight, purpose::REQUEST_LEG, Cargo::Riders(riders));
    }

    /// A call about all these instances: the next of its occasion.
    pub(super) fn shared_flight(
        &mut self,
        controller: u16,
        riders: &[Rider],
        operation: OperationName,
        keep: bool,
    ) -> Flight {
        let desk = &mut self.desks[usize::from(controller)];
        let occasion = riders[0].occasion;
        let sent = desk.batch_calls.entry(occasion.word()).or_default();
        let number = *sent;
        *sent += 1;
        Flight {
            controller,
            position: riders[0].position,
            instance: riders[0].instance,
            serial: riders[0].serial,
            operation,
            occasion,
            number,
            sent_at: self.now,
            shared: true,
            sender: Sender::Tasks,
            keep,
            answer: None,
            retry_after: SimDuration::ZERO,
            closed: false,
            events: 0,
        }
    }

    /// Lets the region handle a delivery of a batch; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_batch(&mut self, place: u32, duplicate: bool) -> CallAnswer {
        let flight = *self.flights.get(place);
        let riders = self.flights.riders(place).to_vec();
        let ids: Vec<InstanceId> = riders.iter().map(|rider| rider.instance).collect();
        let of_each: Vec<Flight> = riders
            .iter()
            .map(|rider| Flight { instance: rider.instance, occasion: rider.occasion, ..flight })
            .collect();
        let operation = self.batch_operation(&flight, &ids);
        match self.apply_batch(&flight, &of_each, &operation) {
            Ok(items) => {
                if !duplicate {
                    for (rider, item) in self.flights.riders(place).iter_mut().zip(items) {
                        rider.answer = Some(as_answer(item.result));
                    }
                }
                CallAnswer::Accepted
            }
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the region carry out a batch; `of_each` is the call as one about each of its
    /// instances, in its order.
    pub(super) fn apply_batch(
        &mut self,
        flight: &Flight,
        of_each: &[Flight],
        operation: &Operation,
    ) -> Result<Vec<ItemAnswer>, Refusal> {
        let mut before = Vec::with_capacity(of_each.len());
        for own in of_each {
            self.book(own.instance);
            before.push(self.region.state(own.instance));
        }
        let caller = self.plan.controllers[usize::from(flight.controller)].caller;
        match self.region.call(self.now, caller, operation) {
            Ok(Accepted::Stops(items)) => {
                let all = of_each.iter().zip(&before).zip(items);
                let handled = all.map(|((own, &from), item)| {
                    self.item_handled(own, item, |world, stop| {
                        world.stop_began(own, own.instance, from, &stop);
                    })
                });
                Ok(handled.collect())
            }
            Ok(Accepted::Starts(items)) => Ok(self.starts_handled(of_each, &before, items)),
            Ok(Accepted::Reboots(items)) => {
                let Operation::RebootInstances(RebootInstances { force, .. }) = *operation else {
                    unreachable!("only RebootInstances reboots a list")
                };
                let all = of_each.iter().zip(&before).zip(items);
                let handled = all.map(|((own, &from), item)| {
                    self.item_handled(own, item, |world, work| {
                        world.reboot_began(own, own.instance, from, (work, force));
                    })
                });
                Ok(handled.collect())
            }
            Ok(
                Accepted::Stop(_)
                | Accepted::Start(_)
                | Accepted::Statuses(_)
                | Accepted::Instances(_)
                | Accepted::Reboot(_)
                | Accepted::Delete(_)
                | Accepted::Run(_)
                | Accepted::Reactivate(_)
                | Accepted::Change(_)
                | Accepted::Available(_),
            ) => unreachable!("a batch has an answer per instance"),
            Err(refusal) => {
                if refusal == Refusal::NoStock {
                    self.claims_refused(of_each, &before);
                }
                Err(refusal)
            }
        }
    }

    /// The region took all the stock at once: the pools are told of when every instance is.
    fn starts_handled(
        &mut self,
        of_each: &[Flight],
        before: &[State],
        items: Batch<Work>,
    ) -> Vec<ItemAnswer> {
        let mut pools = BTreeSet::new();
        let all = of_each.iter().zip(before).zip(items);
        let answers = all
            .map(|((own, &from), item)| {
                self.item_handled(own, item, |world, start| {
                    pools.extend(world.start_accepted(own.instance, from));
                    world.start_began(own, own.instance, start);
                })
            })
            .collect();
        for pool in pools {
            self.stock_changed(pool);
        }
        answers
    }

    /// Stock was short for a batch as a whole: all that hoped for some went without.
    fn claims_refused(&mut self, of_each: &[Flight], before: &[State]) {
        let economical = State::Stopped { effective: StoppedMode::StopCharging };
        for (own, _) in of_each.iter().zip(before).filter(|(_, state)| **state == economical) {
            self.claim_refused(own.instance);
        }
    }

    fn item_handled<T>(
        &mut self,
        flight: &Flight,
        item: BatchItem<T>,
        began: impl FnOnce(&mut Self, T),
    ) -> ItemAnswer {
        let BatchItem { target, previous, current, result } = item;
        let items = &mut self.out.calls[flight.operation as usize].items;
        let result = match result {
            Ok(begun) => {
                items.accepted += 1;
                began(self, begun);
                Ok(())
            }
            Err(refusal) => {
                *items.refused.entry(refusal).or_default() += 1;
                if refusal == Refusal::NoStock {
                    self.claim_refused(flight.instance);
                }
                Err(refusal)
            }
        };
        self.note(Fact::ItemHandled(call_fact(flight), as_answer(result)));
        ItemAnswer { target, previous, current, result }
    }

    /// The request as its controller words it; a defect of the id is that of the first.
    fn batch_operation(&self, flight: &Flight, ids: &[InstanceId]) -> Operation {
        let controller = &self.plan.controllers[usize::from(flight.controller)];
        let optimization = controller.batch_call.map(|call| call.optimization).unwrap_or_default();
        let (stop, start, reboot) = (&controller.stop, &controller.start, &controller.reboot);
        let stops = flight.operation == OperationName::StopInstances;
        let reboots = flight.operation == OperationName::RebootInstances;
        let defect = match (stops, reboots) {
            (true, _) => &stop.malformed,
            (_, true) => &reboot.malformed,
            _ => &start.malformed,
        };
        let (first, malformed): (Target, Option<Parameter>) = target(ids[0], defect.as_ref());
        let rest = ids[1..].iter().map(|id| Target::Id(*id));
        let instances = std::iter::once(first).chain(rest).collect();
        if stops {
            let mode = if flight.keep { Some(StoppedMode::KeepCharging) } else { stop.mode };
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

    /// A batch was answered, or not in time: every task makes of it what it would of an answer
    /// of its own.
    pub(super) fn on_batch_answered(
        &mut self,
        flight: &Flight,
        riders: &[Rider],
        answer: Option<CallAnswer>,
    ) {
        let controller = flight.controller;
        for rider in riders {
            let position = rider.position;
            let task = &self.desks[usize::from(controller)].tasks[position as usize];
            if task.serial != rider.serial {
                self.stale();
                continue;
            }
            self.hear_hint(flight, position);
            match answer {
                None => self.ask_again_or_fail(controller, position, Cause::TimedOut),
                Some(whole @ CallAnswer::Refused(_)) => {
                    self.on_action_answered(controller, position, whole);
                }
                Some(
                    CallAnswer::Accepted
                    | CallAnswer::Seen(_)
                    | CallAnswer::Missing
                    | CallAnswer::Created(_)
                    | CallAnswer::Stocked(_),
                ) => {
                    let own = rider.answer.expect("the region answered for each instance");
                    self.on_action_answered(controller, position, own);
                }
            }
        }
        self.gather(controller);
    }
}
