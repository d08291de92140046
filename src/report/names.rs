//! What facts are about, by the names the scenario gave.

use crate::ecs::id::InstanceId;
use crate::engine::{Draws, Identity};
use crate::fact::{CallFact, request_id};
use crate::sim::plan::Plan;

/// Names of one run.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    plan: &'a Plan,
    draws: Draws,
}

impl<'a> Names<'a> {
    /// Of this run.
    pub fn new(plan: &'a Plan, seed: u64, replication: u32) -> Names<'a> {
        Names { plan, draws: Draws::new(seed, replication) }
    }

    /// The plan they are of.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Of an instance.
    pub fn instance(&self, id: InstanceId) -> String {
        self.plan.region.instance_name(id)
    }

    /// Of a controller, by its place in the plan.
    pub fn controller(&self, place: u16) -> &'a str {
        &self.plan.controllers[usize::from(place)].name
    }

    /// Of a fault's rule, whichever list it is in.
    pub fn rule(&self, rule: Identity) -> &'a str {
        let mut all = self.plan.rules();
        all.find(|(identity, _)| *identity == rule).map_or("", |(_, name)| name)
    }

    /// The RequestId of the answer to a call.
    pub fn request_id(&self, call: &CallFact) -> String {
        let controller = self.plan.controllers[usize::from(call.controller)].identity;
        let instance = Identity::of("instance", &self.instance(call.instance));
        request_id(call, (controller, instance), &self.draws)
    }
}
