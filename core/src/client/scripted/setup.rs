//! Time 0: who acts, in which order, and the first event of each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::client::plan::ClientsPlan;
use crate::client::{Event, Outputs, Whose};
use crate::controller::policy::{Controller, Drive, Order};
use crate::controller::schedule;
use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::InstanceId;
use crate::engine::{Decisions, Identity};
use crate::fact::purpose;
use crate::units::SimTime;

use super::Clients;
use super::controller_state::ControllerState;
use super::defects::by_its_clock;
use super::held::Held;

impl<'a> Clients<'a> {
    /// The clients before time 0; `names` are those of the instances. They know of each whether it
    /// was left without stock.
    pub fn new(
        plan: ClientsPlan<'a>,
        decisions: &'a Decisions,
        names: &[Identity],
        is_without_stock: impl Fn(InstanceId) -> bool,
    ) -> Clients<'a> {
        let states = (0..).zip(plan.controllers);
        let states = states.map(|(place, controller)| {
            let mut state = state_of(&plan, controller, decisions, names);
            state.open_wanted(&plan, place);
            if controller.start.check_stock_first {
                for (job, instance) in state.jobs.iter_mut().zip(state.order.iter()) {
                    job.set_holds_stock(!is_without_stock(*instance));
                }
            }
            state
        });
        Clients {
            states: states.collect(),
            demands: plan.demands.iter().map(|demand| demand.initially).collect(),
            held: Held::new(&plan),
            names: plan.controllers.iter().map(|controller| controller.identity).collect(),
            decisions,
            tokens: 0,
            posts: Vec::new(),
            beliefs: BTreeMap::new(),
            plan,
        }
    }

    /// Schedules the first event of each.
    pub fn schedule_first(&mut self, out: &mut impl Outputs) {
        for (controller, plan) in (0..).zip(self.plan.controllers) {
            self.schedule_moment(out, controller, 0);
            self.schedule_request(out, controller, 0);
            if let Drive::Watch { every, .. } = plan.drive {
                let source = self.of_controller(controller);
                out.schedule(SimTime::ZERO + every, source, Event::WatchDue(Whose(controller)));
            }
        }
    }
}

fn state_of<'a>(
    plan: &ClientsPlan<'a>,
    controller: &'a Controller,
    decisions: &'a Decisions,
    names: &[Identity],
) -> ControllerState<'a> {
    let who = controller.identity;
    let order = match controller.order {
        Order::AsListed | Order::Priority => Cow::Borrowed(&controller.instances[..]),
        Order::Shuffled => {
            let name = |id: InstanceId| names[id.index()];
            Cow::Owned(schedule::shuffled(&controller.instances, who, decisions, name))
        }
    };
    let lanes = lanes(plan, controller, &order);
    let mut state = ControllerState::new(controller, order, lanes);
    state.moments = by_its_clock(state.moments, plan.clock, controller.defects);
    if let Drive::Poisson { milli_per_hour, .. } = &controller.drive {
        let purpose = purpose::REQUEST_ARRIVAL;
        state.requests = Some(PoissonTrack::new(**milli_per_hour, who, decisions, purpose));
    }
    state
}

/// The lane of each position, counted in the order in which zones and types are first met; none
/// where a controller's batches are not kept apart.
fn lanes(plan: &ClientsPlan<'_>, controller: &Controller, order: &[InstanceId]) -> Vec<u32> {
    if !controller.pacing.by_zone_and_type {
        return Vec::new();
    }
    let mut met = Vec::new();
    let lane = |instance: &InstanceId| {
        let group = plan.card(*instance);
        let of = (group.zone, group.instance_type);
        let place = met.iter().position(|other| *other == of).unwrap_or_else(|| {
            met.push(of);
            met.len() - 1
        });
        u32::try_from(place).expect("zones and types are numbered in 32 bits")
    };
    order.iter().map(lane).collect()
}
