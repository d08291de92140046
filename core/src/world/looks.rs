//! One look at all the instances that a batch call is to be about, before it is sent.
//!
//! What is there already is left out of the call; the rest is asked for together. Looks are
//! numbered with the batch calls of their occasion and have the controller's own luck, as these.

use crate::ecs::id::InstanceId;
use crate::ecs::operation::{IDS_MAX, OperationName, PAGE_SIZE_MAX};

use super::World;
use super::calls::call_fact;
use super::fact::{CallAnswer, Fact, Observer};
use super::flight::{Cargo, Flight, Rider};
use super::purpose;
use super::reads::View;
use super::task::Stage;
use super::watch::read_of;

impl<O: Observer> World<'_, O> {
    /// The most instances that one look of a controller shows.
    pub(super) fn shown_at_once(&self, controller: u16) -> usize {
        let first = self.plan.controllers[usize::from(controller)].look_first;
        match first.map(|first| first.operation) {
            Some(OperationName::DescribeInstanceStatus) => PAGE_SIZE_MAX as usize,
            Some(_) | None => IDS_MAX,
        }
    }

    /// Looks at them all before it calls.
    pub(super) fn look_at_all(&mut self, controller: u16, positions: &[u32]) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let first = plan.look_first.expect("only controllers that look first are asked");
        let mut riders = Vec::with_capacity(positions.len());
        for &position in positions {
            self.enter_look(controller, position);
            let desk = &mut self.desks[usize::from(controller)];
            desk.effort_mut(position).polls += 1;
            let task = &desk.tasks[position as usize];
            let (serial, occasion) = (task.serial, task.occasion);
            let instance = desk.order[position as usize];
            riders.push(Rider { instance, position, serial, occasion, answer: None });
        }
        let flight = self.shared_flight(controller, &riders, first.operation, false);
        self.launch_seldom(flight, purpose::REQUEST_LEG, Cargo::Riders(riders));
    }

    /// The task looks, for the first time or once more.
    pub(super) fn enter_look(&mut self, controller: u16, position: u32) {
        let desk = &mut self.desks[usize::from(controller)];
        desk.tasks[position as usize].enter(Stage::Looking);
        let effort = desk.effort_mut(position);
        if effort.polls == 0 {
            effort.waits_since = self.now;
        }
    }

    /// Lets the region handle a delivery of such a look; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_looks(&mut self, place: u32, duplicate: bool, view: View) -> CallAnswer {
        let flight = *self.flights.get(place);
        let riders = self.flights.riders(place).to_vec();
        let ids: Vec<InstanceId> = riders.iter().map(|rider| rider.instance).collect();
        let caller = self.plan.controllers[usize::from(flight.controller)].caller;
        let size = u32::try_from(ids.len()).expect("at most a hundred");
        let read = read_of(flight.operation, ids.clone(), size, None);
        if let Err(refusal) = self.region.call(self.now, caller, &read) {
            return CallAnswer::Refused(refusal);
        }
        self.status_calls += 1;
        let show = |id: &InstanceId| self.seen(*id, view);
        let shown = ids.iter().map(|id| show(id).map_or(CallAnswer::Missing, CallAnswer::Seen));
        let answers: Vec<CallAnswer> = shown.collect();
        for ((rider, &instance), &answer) in riders.iter().zip(&ids).zip(&answers) {
            let own = Flight { instance, occasion: rider.occasion, ..flight };
            self.note(Fact::ItemHandled(call_fact(&own), answer));
        }
        if !duplicate {
            for (rider, answer) in self.flights.riders(place).iter_mut().zip(&answers) {
                rider.answer = Some(*answer);
            }
        }
        answers[0]
    }

    /// A look at many was answered, or not in time: each task makes of it what it would of one of
    /// its own.
    pub(super) fn on_looks_answered(
        &mut self,
        flight: &Flight,
        riders: &[Rider],
        answer: Option<CallAnswer>,
    ) {
        let failed = match answer {
            None | Some(CallAnswer::Refused(_)) => Some(answer),
            Some(
                CallAnswer::Seen(_)
                | CallAnswer::Missing
                | CallAnswer::Accepted
                | CallAnswer::Created(_)
                | CallAnswer::Stocked(_),
            ) => None,
        };
        for rider in riders {
            let tasks = &self.desks[usize::from(flight.controller)].tasks;
            if tasks[rider.position as usize].serial != rider.serial {
                self.stale();
                continue;
            }
            self.hear_hint(flight, rider.position);
            self.on_poll_answered(
                flight.controller,
                rider.position,
                failed.unwrap_or(rider.answer),
            );
        }
        self.gather(flight.controller);
    }
}
