//! What clients need of the plan of a run.

use std::ops::Range;

use crate::controller::policy::Controller;
use crate::demand::calendar::CivilClock;
use crate::ecs::id::{GroupId, InstanceId, TypeId, ZoneId};
use crate::units::{SimDuration, SimTime};

/// The parts of a plan that clients need.
#[derive(Clone, Debug)]
pub struct ClientsPlan<'a> {
    /// Who acts, with the seats of clients.
    pub controllers: &'a [Controller],
    /// What the hours of a day are.
    pub clock: &'a CivilClock,
    /// The end of the run.
    pub horizon: SimTime,
    /// How many instances there are, with those in reserve.
    pub instances: u32,
    /// The groups, by their first instance: what whoever set them up knows of them.
    pub groups: Vec<GroupCard>,
    /// Whether economical mode is the account's default at first.
    pub economical_default: bool,
    /// The demands, in the order of the plan.
    pub demands: Vec<DemandCard<'a>>,
    /// Per service: how its starts wait for others.
    pub waits: Vec<WaitPlan>,
}

/// What is known of a group before a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupCard {
    /// Its first instance; the next group begins where it ends.
    pub first: InstanceId,
    /// Where it is.
    pub zone: ZoneId,
    /// The type that it was set up with.
    pub instance_type: TypeId,
    /// Whether its instances can be stopped in economical mode.
    pub is_economical: bool,
}

/// A demand, as whoever follows it knows it.
#[derive(Clone, Copy, Debug)]
pub struct DemandCard<'a> {
    /// The instances that it is about, ascending and disjoint.
    pub instances: &'a [Range<u32>],
    /// Whether they are wanted from time 0 on.
    pub initially: bool,
}

/// How the starts of a service's groups wait for others.
#[derive(Clone, Debug)]
pub struct WaitPlan {
    /// The groups whose starts wait.
    pub groups: Vec<GroupId>,
    /// How long after the edge they no longer wait.
    pub timeout: SimDuration,
}

impl DemandCard<'_> {
    /// Whether it is about an instance.
    pub(super) fn contains(&self, instance: InstanceId) -> bool {
        let after = self.instances.partition_point(|range| range.end <= instance.0);
        self.instances.get(after).is_some_and(|range| range.contains(&instance.0))
    }
}

impl ClientsPlan<'_> {
    /// Whether there is such an instance.
    pub(super) fn has(&self, instance: InstanceId) -> bool {
        instance.0 < self.instances
    }

    /// The group of an instance.
    pub(super) fn group_of(&self, instance: InstanceId) -> GroupId {
        let after = self.groups.partition_point(|group| group.first <= instance);
        GroupId::at(after.checked_sub(1).expect("the first group begins at 0"))
    }

    /// What is known of the group of an instance.
    pub(super) fn card(&self, instance: InstanceId) -> &GroupCard {
        &self.groups[self.group_of(instance).index()]
    }
}
