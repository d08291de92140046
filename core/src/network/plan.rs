//! The parts of a run's plan that calls need on their way.

use crate::ecs::id::CallerId;
use crate::ecs::spec::RegionSpec;
use crate::ecs::throttle::Quota;
use crate::engine::{Distribution, Identity};
use crate::fault::rule::CallFault;
use crate::units::{SimDuration, SimTime};

/// All that the network needs of a plan.
#[derive(Clone, Debug)]
pub struct NetworkPlan<'a> {
    /// Nothing at or after it happens.
    pub horizon: SimTime,
    /// Of which zone and group an instance is.
    pub region: &'a RegionSpec,
    /// How long calls travel.
    pub legs: &'a Legs,
    /// How many calls of an operation the account may make.
    pub quotas: &'a [Quota],
    /// What goes wrong with calls, in file order.
    pub call_faults: &'a [CallFault],
    /// Who calls, by place in the plan.
    pub callers: Vec<CallerPlan>,
}

/// How long calls travel.
#[derive(Clone, Debug)]
pub struct Legs {
    /// From the caller to the region.
    pub request: Distribution,
    /// From the region back to the caller.
    pub answer: Distribution,
}

/// A caller, as far as its calls on their way go.
#[derive(Clone, Copy, Debug)]
pub struct CallerPlan {
    /// Its stable name: the luck of its calls is keyed by it.
    pub name: Identity,
    /// Whose share of a quota its calls take.
    pub id: CallerId,
    /// How long it waits for an answer, from the sending of the call; for ever, if none.
    pub timeout: Option<SimDuration>,
}
