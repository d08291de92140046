//! What is wanted, as controllers are told: by the demand that they follow, or by their own
//! requests.

use crate::client::plan::ClientsPlan;
use crate::controller::policy::Controller;
use crate::ecs::id::InstanceId;

use super::Clients;
use super::controller_state::ControllerState;

impl Clients<'_> {
    /// A demand has turned: who follows it is told.
    pub fn demand_turned(&mut self, demand: u16, wanted: bool) {
        self.demands[usize::from(demand)] = wanted;
    }

    /// Whether an instance is wanted, as its controller was told or asked for itself; none if it
    /// goes by nothing of the kind.
    #[inline(always)]
    pub(super) fn is_wanted(&self, controller: u16, position: u32) -> Option<bool> {
        let plan = &self.plan.controllers[usize::from(controller)];
        let state = &self.states[usize::from(controller)];
        if !state.outside.is_empty() && state.outside.contains(&position) {
            return None;
        }
        match plan.follows() {
            Some(demand) => Some(self.demands[usize::from(demand)]),
            None => state.wants.get(position as usize).copied(),
        }
    }

    /// A controller whose requests are the demand wants an instance, or no longer.
    pub(super) fn want(&mut self, controller: u16, position: u32, wanted: bool) {
        let wants = &mut self.states[usize::from(controller)].wants;
        if let Some(own) = wants.get_mut(position as usize) {
            *own = wanted;
        }
    }
}

impl ControllerState<'_> {
    /// Of which of its instances something is wanted that it goes by.
    pub(super) fn open_wanted(&mut self, plan: &ClientsPlan<'_>, place: u16) {
        let controller = &plan.controllers[usize::from(place)];
        let is_outside: &dyn Fn(InstanceId) -> bool = match controller.follows() {
            Some(demand) => &move |instance| !plan.demands[usize::from(demand)].contains(instance),
            None if controller.is_demand => {
                self.wants = vec![false; self.order.len()];
                // The last of several whose requests are the demand of an instance says so.
                let later = &plan.controllers[usize::from(place) + 1..];
                let others: Vec<&Controller> = later.iter().filter(|one| one.is_demand).collect();
                &move |instance| others.iter().any(|other| other.instances.contains(&instance))
            }
            None => return,
        };
        let places = self.order.iter().zip(0..);
        let outside = places.filter(|(instance, _)| is_outside(**instance));
        self.outside = outside.map(|(_, position)| position).collect();
    }
}
