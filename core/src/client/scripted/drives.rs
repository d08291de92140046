//! What makes controllers act: edges, Poisson and listed requests, the news of a stop.

use crate::controller::policy::Drive;
use crate::engine::{Identity, Occasion};
use crate::fact::{Action, Belief, purpose};

use super::job::Stage;
use super::pace::Intent;
use crate::client::{Event, News, Numbered, Outputs, Ticket};

use super::Clients;
use super::controller_state::NO_HOLD;

impl Clients<'_> {
    /// Schedules a controller's due moment, if there is one.
    pub(super) fn schedule_moment(&mut self, out: &mut impl Outputs, controller: u16, moment: u32) {
        let moments = &self.states[usize::from(controller)].moments;
        if let Some(next) = moments.get(moment as usize) {
            let (at, source) = (next.at, self.of_controller(controller));
            if !self.defects(controller).is_sound() {
                self.schedule_second(out, controller, moment);
            }
            out.schedule(at, source, Event::ControllerDue(Numbered { controller, number: moment }));
        }
    }

    #[inline(never)]
    pub(super) fn on_controller_due(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        moment: u32,
    ) {
        out.listed();
        let plan = &self.plan.controllers[usize::from(controller)];
        let Drive::Edges { edges, .. } = &plan.drive else {
            unreachable!("only scheduled controllers have edges")
        };
        let place = self.states[usize::from(controller)].moments[moment as usize].edge;
        let edge = edges[place];
        let action = if edge.wanted { Action::Start } else { Action::Stop };
        self.schedule_moment(out, controller, moment + 1);
        if !plan.defects.is_sound() {
            self.tell_of_wrong_clock(out, controller, edge);
        }
        let of = u32::try_from(plan.instances.len()).expect("instances are numbered in 32 bits");
        for position in 0..of {
            let occasion = edge.occasion();
            let intent = Intent { action, due: edge.at, occasion, place: position, of };
            self.begin(out, controller, position, intent);
        }
        if action == Action::Stop {
            self.states[usize::from(controller)].stop_moments += 1;
        }
        self.pump(out, controller);
    }

    /// Schedules a controller's next request.
    pub(super) fn schedule_request(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        number: u32,
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let at = match &plan.drive {
            Drive::Poisson { .. } => {
                let track = self.states[usize::from(controller)].requests.as_mut();
                let track = track.expect("Poisson requests have a track");
                let Some(arrival) = track.next_arrival(self.plan.clock) else { return };
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
        if at < self.plan.horizon {
            let source = self.of_controller(controller);
            out.schedule(at, source, Event::RequestMade(Numbered { controller, number }));
        }
    }

    #[inline(never)]
    pub(super) fn on_request_made(&mut self, out: &mut impl Outputs, controller: u16, number: u32) {
        out.listed();
        self.schedule_request(out, controller, number + 1);
        self.states[usize::from(controller)].requests_made = number + 1;
        let plan = &self.plan.controllers[usize::from(controller)];
        let occasion = Occasion::number(u64::from(number));
        let intent = |action| Intent { action, due: out.now(), occasion, place: 0, of: 1 };
        match &plan.drive {
            Drive::Listed(rows) => {
                let row = rows[number as usize];
                let position = self.states[usize::from(controller)].position_of(row.instance);
                let position = position.expect("requests name instances of their controller");
                let intent = intent(row.action);
                if plan.is_demand {
                    let wanted = match row.action {
                        Action::Start | Action::Reactivate => Some(true),
                        Action::Stop | Action::Delete => Some(false),
                        Action::Reboot | Action::Change => None,
                    };
                    if let Some(wanted) = wanted {
                        self.want(controller, position, wanted);
                        out.tell(News::Wants { instance: row.instance, wanted });
                    }
                }
                self.begin(out, controller, position, intent);
            }
            Drive::Poisson { hold, .. } => {
                let who = self.names[usize::from(controller)];
                let Some(position) = self.idle_position(controller, who, occasion) else { return };
                let span = self.decisions.duration(who, purpose::REQUEST_HOLD, occasion, 0, hold);
                let intent = intent(Action::Start);
                let controller_state = &mut self.states[usize::from(controller)];
                controller_state.set_hold(position, number);
                let instance = controller_state.order[position as usize];
                let source = self.of_controller(controller);
                let event = Event::HoldEnded(Ticket { controller, position, serial: number });
                out.schedule(out.now().saturating_add(span), source, event);
                if plan.is_demand {
                    self.want(controller, position, true);
                    out.tell(News::Wants { instance, wanted: true });
                }
                self.begin(out, controller, position, intent);
            }
            Drive::Edges { .. }
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => {
                unreachable!("only request drives make requests")
            }
        }
        self.pump(out, controller);
    }

    /// The first idle instance from a drawn place on.
    fn idle_position(&self, controller: u16, who: Identity, occasion: Occasion) -> Option<u32> {
        let controller_state = &self.states[usize::from(controller)];
        let of = controller_state.jobs.len() as u64;
        let first = self.decisions.below(who, purpose::REQUEST_CHOICE, occasion, 0, of);
        let places = (first..of).chain(0..first);
        let idle = |place: &u64| {
            let position = u32::try_from(*place).expect("places fit");
            controller_state.jobs[position as usize].stage == Stage::Idle
                && controller_state.hold(position) == NO_HOLD
        };
        places.into_iter().find(idle).and_then(|place| u32::try_from(place).ok())
    }

    #[inline(never)]
    pub(super) fn on_hold_ended(&mut self, out: &mut impl Outputs, ticket: Ticket) {
        let Ticket { controller, position, serial: number } = ticket;
        let controller_state = &mut self.states[usize::from(controller)];
        if controller_state.hold(position) != number {
            return out.stale();
        }
        let job = &controller_state.jobs[position as usize];
        let failed = job.belief() == Belief::Failed(Action::Start) && job.stage == Stage::Idle;
        let instance = controller_state.order[position as usize];
        if self.plan.controllers[usize::from(controller)].is_demand {
            self.want(controller, position, false);
            out.tell(News::Wants { instance, wanted: false });
        }
        if failed {
            self.states[usize::from(controller)].set_hold(position, NO_HOLD);
            return;
        }
        let occasion = Occasion::number(u64::from(number));
        let intent = Intent { action: Action::Stop, due: out.now(), occasion, place: 0, of: 1 };
        self.begin(out, controller, position, intent);
        self.pump(out, controller);
    }

    /// It hears that an instance has stopped, and starts it, whatever has become of it since.
    #[inline(never)]
    pub(super) fn on_stop_heard(&mut self, out: &mut impl Outputs, ticket: Ticket) {
        let Ticket { controller, position, serial: number } = ticket;
        let occasion = Occasion::number(u64::from(number));
        let intent = Intent { action: Action::Start, due: out.now(), occasion, place: 0, of: 1 };
        self.begin(out, controller, position, intent);
        self.pump(out, controller);
    }
}
