//! Looking at the region from outside the API: for the world, its reports and its laws.
//!
//! Nothing here moves an instance. What changes at all is said by name: the pools, for others'
//! demand and for faults, and the meters, at the end of the warm-up.

use super::{Region, Work};
use crate::ecs::condition::Conditions;
use crate::ecs::id::{GroupId, InstanceId, KindId, PoolId};
use crate::ecs::instance::{State, Status};
use crate::ecs::inventory::Inventory;
use crate::ecs::meter::{BilledState, MeterReading};
use crate::ecs::spec::{Ineligible, RegionSpec};
use crate::units::SimTime;

impl Region {
    /// The description it was made from.
    pub fn spec(&self) -> &RegionSpec {
        &self.spec
    }

    /// Whether this work is the one its instance is waiting for.
    #[inline]
    pub fn is_current(&self, work: Work) -> bool {
        self.instances[work.instance.index()].attempt == work.attempt
    }

    /// Where an instance is in its life.
    #[inline]
    pub fn state(&self, id: InstanceId) -> State {
        self.instances[id.index()].state()
    }

    /// The number of that, see [`State::number`].
    #[inline]
    pub fn state_number(&self, id: InstanceId) -> u8 {
        self.instances[id.index()].state_number()
    }

    /// Whether the region has an instance of this number, created and not deleted.
    #[inline]
    pub fn exists(&self, id: InstanceId) -> bool {
        self.instances.get(id.index()).is_some_and(|instance| instance.state().exists())
    }

    /// The API's word for it.
    pub fn status(&self, id: InstanceId) -> Status {
        self.state(id).status()
    }

    /// What an instance is billed as.
    #[inline]
    pub fn billed_state(&self, id: InstanceId) -> BilledState {
        let plain = self.billed[usize::from(self.state_number(id))];
        if self.standing.suspends_billing() { self.in_arrears(id, plain) } else { plain }
    }

    #[cold]
    fn in_arrears(&self, id: InstanceId, plain: BilledState) -> BilledState {
        match plain.is_on_the_bill() && self.owes(id) {
            true => BilledState::Suspended,
            false => plain,
        }
    }

    /// What is wrong with an instance.
    #[inline]
    pub fn conditions(&self, id: InstanceId) -> Conditions {
        self.instances[id.index()].conditions
    }

    /// The group of an instance.
    #[inline]
    pub fn group_of(&self, id: InstanceId) -> GroupId {
        self.facts_of(id).group
    }

    /// The group of an instance, as its present type.
    #[inline]
    pub fn kind_of(&self, id: InstanceId) -> KindId {
        self.instances[id.index()].kind
    }

    /// The public pool that stock of an instance's present type is from.
    pub fn pool_of(&self, id: InstanceId) -> Option<PoolId> {
        self.facts_of(id).pool
    }

    /// Why an instance cannot stop in economical mode.
    pub fn ineligible(&self, id: InstanceId) -> Option<Ineligible> {
        self.facts_of(id).ineligible
    }

    /// Whether an instance should have a static public address and has lost it: whoever ends
    /// its start has to say whether the same one comes back.
    #[inline(always)]
    pub fn lacks_static_address(&self, id: InstanceId) -> bool {
        self.facts_of(id).has_static_address && !self.instances[id.index()].has_static_address
    }

    /// Whether economical mode is the account's default now.
    pub fn economical_default(&self) -> bool {
        self.economical_default
    }

    /// The pools.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The pools, for what others do and for faults. Our own claims go through calls.
    pub fn inventory_mut(&mut self) -> &mut Inventory {
        &mut self.inventory
    }

    /// How many instances of a group are billed as `state` now.
    pub fn instances_billed_as(&self, group: GroupId, state: BilledState) -> u32 {
        self.spec.kinds_of(group).map(|kind| self.meters.instances(kind, state)).sum()
    }

    /// The warm-up is over: metering begins now.
    pub fn restart_meters(&mut self, now: SimTime) {
        self.meters.restart(now);
    }

    /// Reads the meters, changing nothing.
    pub fn read_meters(&self, now: SimTime) -> MeterReading {
        self.meters.read(now)
    }

    /// Asserts the laws that take a look at every instance: for milestones.
    ///
    /// # Panics
    /// If stock or billing identities are broken: a bug.
    pub fn check(&self, now: SimTime) {
        let reading = self.read_meters(now);
        for (place, group) in self.spec.groups.iter().enumerate() {
            reading.check(self.spec.kinds_of(GroupId::at(place)), &group.name, group.count);
        }
        self.check_places();
        self.inventory.check();
    }
}
