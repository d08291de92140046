//! What makes controllers act: edges, Poisson and listed requests, the news of a stop.

use crate::controller::policy::Drive;
use crate::ecs::id::InstanceId;
use crate::engine::{Identity, Occasion};
use crate::fact::{Action, Belief, purpose};

use super::controller_state::NO_HOLD;
use super::event::{Event, Ticket};
use super::job::Stage;
use super::observer::Observer;
use super::pace::Intent;
use super::{Rest, World};

impl<O: Observer> World<'_, O> {
    /// Schedules a controller's due moment, if there is one.
    pub(super) fn schedule_moment(&mut self, controller: u16, moment: u32) {
        let moments = &self.rest.controller_states[usize::from(controller)].moments;
        if let Some(next) = moments.get(moment as usize) {
            let (at, source) = (next.at, self.rest.of_controller(controller));
            self.rest.schedule(at, source, Event::ControllerDue { controller, moment });
        }
    }

    #[inline(never)]
    pub(super) fn on_controller_due(&mut self, controller: u16, moment: u32) {
        self.rest.instant.note_listed();
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let Drive::Edges { edges, .. } = &plan.drive else {
            unreachable!("only scheduled controllers have edges")
        };
        let place =
            self.rest.controller_states[usize::from(controller)].moments[moment as usize].edge;
        let edge = edges[place];
        let action = if edge.wanted { Action::Start } else { Action::Stop };
        self.schedule_moment(controller, moment + 1);
        let of = u32::try_from(plan.instances.len()).expect("instances are numbered in 32 bits");
        for position in 0..of {
            let occasion = edge.occasion();
            let intent = Intent { action, due: edge.at, occasion, place: position, of };
            self.begin(controller, position, intent);
        }
        if action == Action::Stop {
            self.rest.controller_states[usize::from(controller)].stop_moments += 1;
        }
        self.pump(controller);
    }

    /// Schedules a controller's next request.
    pub(super) fn schedule_request(&mut self, controller: u16, number: u32) {
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let at = match &plan.drive {
            Drive::Poisson { .. } => {
                let track = self.rest.controller_states[usize::from(controller)].requests.as_mut();
                let track = track.expect("Poisson requests have a track");
                let Some(arrival) = track.next_arrival(&self.rest.plan.clock) else { return };
                arrival.at
            }
            Drive::Listed(rows) => match rows.get(number as usize) {
                Some(row) => row.at,
                None => return,
            },
            Drive::Edges { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => return,
        };
        if at < self.rest.plan.horizon {
            let source = self.rest.of_controller(controller);
            self.rest.schedule(at, source, Event::RequestMade { controller, number });
        }
    }

    #[inline(never)]
    pub(super) fn on_request_made(&mut self, controller: u16, number: u32) {
        self.rest.instant.note_listed();
        self.schedule_request(controller, number + 1);
        self.rest.controller_states[usize::from(controller)].requests_made = number + 1;
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let occasion = Occasion::number(u64::from(number));
        let intent = |action| Intent { action, due: self.rest.now, occasion, place: 0, of: 1 };
        match &plan.drive {
            Drive::Listed(rows) => {
                let row = rows[number as usize];
                let position =
                    self.rest.controller_states[usize::from(controller)].position_of(row.instance);
                let position = position.expect("requests name instances of their controller");
                let intent = intent(row.action);
                if plan.is_demand {
                    let wanted = match row.action {
                        Action::Start | Action::Reactivate => Some(true),
                        Action::Stop | Action::Delete => Some(false),
                        Action::Reboot | Action::Change => None,
                    };
                    let instance = self.rest.wanted_one(self.cloud.region(), row.instance);
                    if let Some(wanted) = wanted {
                        self.rest.turn_wanted(self.cloud.region(), instance, wanted, None);
                    }
                }
                self.begin(controller, position, intent);
            }
            Drive::Poisson { hold, .. } => {
                let who = self.rest.controller_names[usize::from(controller)];
                let Some(position) = self.idle_position(controller, who, occasion) else { return };
                let span =
                    self.rest.decisions.duration(who, purpose::REQUEST_HOLD, occasion, 0, hold);
                let intent = intent(Action::Start);
                let controller_state = &mut self.rest.controller_states[usize::from(controller)];
                controller_state.set_hold(position, number);
                let instance = controller_state.order[position as usize];
                let source = self.rest.of_controller(controller);
                let event = Event::HoldEnded(Ticket { controller, position, serial: number });
                self.rest.schedule(self.rest.now.saturating_add(span), source, event);
                if plan.is_demand {
                    let instance = self.rest.wanted_one(self.cloud.region(), instance);
                    self.rest.turn_wanted(self.cloud.region(), instance, true, None);
                }
                self.begin(controller, position, intent);
            }
            Drive::Edges { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => {
                unreachable!("only request drives make requests")
            }
        }
        self.pump(controller);
    }

    /// The first idle instance from a drawn place on.
    fn idle_position(&self, controller: u16, who: Identity, occasion: Occasion) -> Option<u32> {
        let controller_state = &self.rest.controller_states[usize::from(controller)];
        let of = controller_state.jobs.len() as u64;
        let first = self.rest.decisions.below(who, purpose::REQUEST_CHOICE, occasion, 0, of);
        let places = (first..of).chain(0..first);
        let idle = |place: &u64| {
            let position = u32::try_from(*place).expect("places fit");
            controller_state.jobs[position as usize].stage == Stage::Idle
                && controller_state.hold(position) == NO_HOLD
        };
        places.into_iter().find(idle).and_then(|place| u32::try_from(place).ok())
    }

    #[inline(never)]
    pub(super) fn on_hold_ended(&mut self, ticket: Ticket) {
        let Ticket { controller, position, serial: number } = ticket;
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        if controller_state.hold(position) != number {
            return self.rest.stale();
        }
        let job = &controller_state.jobs[position as usize];
        let failed = job.belief() == Belief::Failed(Action::Start) && job.stage == Stage::Idle;
        let instance = controller_state.order[position as usize];
        if self.rest.plan.controllers[usize::from(controller)].is_demand {
            let instance = self.rest.wanted_one(self.cloud.region(), instance);
            self.rest.turn_wanted(self.cloud.region(), instance, false, None);
        }
        if failed {
            self.rest.controller_states[usize::from(controller)].set_hold(position, NO_HOLD);
            return;
        }
        let occasion = Occasion::number(u64::from(number));
        let intent = Intent { action: Action::Stop, due: self.rest.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
        self.pump(controller);
    }

    /// It hears that an instance has stopped, and starts it, whatever has become of it since.
    #[inline(never)]
    pub(super) fn on_stop_heard(&mut self, ticket: Ticket) {
        let Ticket { controller, position, serial: number } = ticket;
        let occasion = Occasion::number(u64::from(number));
        let intent =
            Intent { action: Action::Start, due: self.rest.now, occasion, place: 0, of: 1 };
        self.begin(controller, position, intent);
        self.pump(controller);
    }
}

impl<O: Observer> Rest<'_, O> {
    /// An instance has stopped: who listens for that hears it a little later.
    #[inline(always)]
    pub(super) fn tell_stopped(&mut self, instance: InstanceId) {
        for place in 0..self.listeners.len() {
            let controller = self.listeners[place];
            let plan = &self.plan.controllers[usize::from(controller)];
            let Drive::OnStopped { delay } = &plan.drive else {
                unreachable!("only controllers that hear of stops listen")
            };
            let controller_state = &mut self.controller_states[usize::from(controller)];
            let Some(position) = controller_state.position_of(instance) else { continue };
            let heard = controller_state.hear(position);
            let who = self.pair(controller, instance);
            let occasion = Occasion::lifetime(u64::from(heard));
            let travel = self.decisions.duration(who, purpose::HEARING, occasion, 0, delay);
            let source = self.of_controller(controller);
            let event = Event::StopHeard(Ticket { controller, position, serial: heard });
            self.schedule(self.now.saturating_add(travel), source, event);
        }
    }
}
