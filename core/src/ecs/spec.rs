//! The account as the scenario describes it: regions, zones, types, groups, pools, callers.
//!
//! Built by the scenario layer and valid by construction: below it nobody checks a field again.
//! [`RegionSpec::check`] asserts the few laws the region's indexing relies on.

use serde::{Deserialize, Serialize};

use super::capacity::{CapacitySpec, Placement};
use super::commitment::Commitment;
use super::condition::Conditions;
use super::id::{CallerId, GroupId, InstanceId, KindId, PoolId, TypeId, ZoneId};
use super::instance::{State, StoppedMode};
use super::inventory::PoolSpec;
use super::kind::FurtherTypes;
use super::knob::{self, Knobs};
use super::price::Rates;
use super::spot::{MarketSpec, SpotTerms};

pub use super::beginning::{Beginning, Initially};

/// One account and what it has, mostly in one region.
#[derive(Clone, Debug)]
pub struct RegionSpec {
    /// The scenario's own region, such as `cn-hangzhou`.
    pub region_id: String,
    /// The account's number; part of every ARN.
    pub account_id: String,
    /// Zone names, by [`ZoneId`].
    pub zones: Vec<String>,
    /// The region of each zone, by [`ZoneId`]; part of the ARNs of what is in it.
    pub zone_regions: Vec<String>,
    /// Instance types, by [`TypeId`].
    pub types: Vec<InstanceType>,
    /// Groups, by [`GroupId`], their instances numbered one group after the other.
    pub groups: Vec<GroupSpec>,
    /// Further types of groups, numbered after the groups by [`KindId`].
    pub further: FurtherTypes,
    /// Pools of stock, by [`PoolId`].
    pub pools: Vec<PoolSpec>,
    /// Private pools and dedicated hosts, by [`CapacityId`](super::id::CapacityId).
    pub capacities: Vec<CapacitySpec>,
    /// Markets of spot instances, by [`MarketId`](super::id::MarketId).
    pub markets: Vec<MarketSpec>,
    /// What is paid for used or not, in the order in which it is applied.
    pub commitments: Vec<Commitment>,
    /// Callers, by [`CallerId`].
    pub callers: Vec<Caller>,
    /// Whether the account enabled economical mode by default, at time 0.
    pub economical_default: bool,
    /// What the documents leave open.
    pub knobs: Knobs,
}

/// An instance type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `ecs.g7.large`.
    pub name: String,
    /// Such as `ecs.g7`.
    pub family: String,
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Whether its instances can stop in economical mode.
    pub eligibility: Eligibility,
    /// Whether it is no longer offered: no instance can be changed to it.
    pub withdrawn: bool,
    /// Whether its instances live on CPU credits.
    pub burstable: bool,
}

/// Whether a type's instances can stop in economical mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eligibility {
    /// They can: documented, or given by the scenario.
    Eligible,
    /// On no documented list; *Assumed* eligible, and named in the report.
    AssumedEligible,
    /// They cannot: local disks (d and i series, gn5).
    LocalDisk,
    /// They cannot: persistent memory (re6p).
    PersistentMemory,
    /// They cannot: the scenario says so.
    Excluded,
}

/// Whether the documents let a family stop in economical mode.
///
/// `family` is the type's family with or without `ecs.`, such as `ecs.d2s`.
/// Source: economical-mode page (2025-05-27): the d and i series and gn5 have local storage,
/// re6p, re6p-redis and ebmre6p persistent memory; the ECS FAQ of 2021 names gn4, gn5i and gn6v
/// as eligible. The list is open ("include"), so any other family is *Assumed* eligible.
pub fn eligibility_of_family(family: &str) -> Eligibility {
    let name = family.strip_prefix("ecs.").unwrap_or(family);
    let is_series = |letter: char| {
        name.strip_prefix(letter).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    match name {
        "gn4" | "gn5i" | "gn6v" => Eligibility::Eligible,
        "gn5" => Eligibility::LocalDisk,
        "re6p" | "re6p-redis" | "ebmre6p" => Eligibility::PersistentMemory,
        _ if is_series('d') || is_series('i') => Eligibility::LocalDisk,
        _ => Eligibility::AssumedEligible,
    }
}

/// Whether a family lives on CPU credits. Source: burstable instances, overview (2024-08-21).
pub fn is_burstable_family(family: &str) -> bool {
    matches!(family.strip_prefix("ecs.").unwrap_or(family), "t5" | "t6")
}

/// How an instance is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChargeType {
    /// By the second.
    #[default]
    PayAsYouGo,
    /// In advance; never economical.
    Subscription,
}

/// The network an instance is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// A virtual private cloud.
    #[default]
    Vpc,
    /// The classic network; never economical.
    Classic,
}

/// How an instance is reached from the Internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicAddress {
    /// It is not.
    #[default]
    None,
    /// A static address paid by bandwidth.
    StaticByBandwidth,
    /// A static address paid by traffic.
    StaticByTraffic,
    /// An elastic address, associated before any stop.
    Eip,
}

impl PublicAddress {
    /// Whether it is a static address, which an economical stop may release.
    pub const fn is_static(self) -> bool {
        match self {
            PublicAddress::StaticByBandwidth | PublicAddress::StaticByTraffic => true,
            PublicAddress::None | PublicAddress::Eip => false,
        }
    }
}

/// Instances that differ only in name.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    /// Unique among the groups.
    pub name: String,
    /// The first of its instances.
    pub first: InstanceId,
    /// How many there are, at least one, those in reserve included.
    pub count: u32,
    /// How many of them, the last ones, are not there until RunInstances makes them.
    pub reserve: u32,
    /// The names of its instances, one each, or none: then `{group}-0001` and so on.
    pub names: Vec<String>,
    /// Where they are.
    pub zone: ZoneId,
    /// What they are.
    pub instance_type: TypeId,
    /// The pool their stock is from; `None`: unlimited stock.
    pub pool: Option<PoolId>,
    /// What one of them takes from the pool, in the pool's unit.
    pub units: u32,
    /// How they are paid for.
    pub charge: ChargeType,
    /// Their network.
    pub network: Network,
    /// How they are reached.
    pub public_address: PublicAddress,
    /// Whether they have local disks, whatever the family.
    pub local_storage: bool,
    /// Whether they have persistent memory, whatever the family.
    pub persistent_memory: bool,
    /// How they are at time 0.
    pub initially: Beginning,
    /// What is wrong with them at time 0.
    pub conditions: Conditions,
    /// What one of them costs, per hour and component; compute of spot instances follows the
    /// market instead.
    pub rates: Rates,
    /// On what terms they were bought, if they are spot instances.
    pub spot: Option<SpotTerms>,
    /// Where they find their compute.
    pub placement: Placement,
    /// Whether they are in unlimited mode at time 0, if they are burstable.
    pub unlimited_credits: bool,
}

/// Why an instance cannot stop in economical mode: an accepted stop is then a standard one,
/// "no error is returned on the API side" (StopInstance, 2026-06-29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ineligible {
    /// It is a subscription.
    Subscription,
    /// It is in the classic network.
    ClassicNetwork,
    /// It has local disks.
    LocalDisk,
    /// It has persistent memory.
    PersistentMemory,
    /// The scenario excludes its type.
    Type,
}

impl Ineligible {
    /// Every reason, in the order they are looked for.
    pub const ALL: &'static [Ineligible] = &[
        Ineligible::Subscription,
        Ineligible::ClassicNetwork,
        Ineligible::LocalDisk,
        Ineligible::PersistentMemory,
        Ineligible::Type,
    ];

    /// The word reports use.
    pub const fn name(self) -> &'static str {
        match self {
            Ineligible::Subscription => "subscription",
            Ineligible::ClassicNetwork => "classic_network",
            Ineligible::LocalDisk => "local_disk",
            Ineligible::PersistentMemory => "persistent_memory",
            Ineligible::Type => "type",
        }
    }
}

/// Whoever sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Unique among the callers.
    pub name: String,
    /// The RAM policy; without a statement the caller is the account itself and may do all.
    pub policy: Vec<PolicyStatement>,
}

/// Whether a statement grants or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyEffect {
    /// Grants.
    Allow,
    /// Forbids, whatever else grants.
    Deny,
}

/// One statement of a RAM policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyStatement {
    /// Grants or forbids.
    pub effect: PolicyEffect,
    /// Actions such as `ecs:StopInstance`, with `*` and `?`.
    pub actions: Vec<String>,
    /// ARNs such as `acs:ecs:cn-hangzhou:*:instance/web-*`, with `*` and `?`.
    pub resources: Vec<String>,
}

impl GroupSpec {
    /// Whether `id` is one of its instances.
    pub const fn contains(&self, id: InstanceId) -> bool {
        id.0 >= self.first.0 && id.0 - self.first.0 < self.count
    }

    /// Its instances.
    pub fn instances(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (self.first.0..self.first.0 + self.count).map(InstanceId)
    }

    /// Whether one of its instances is in reserve: not there until RunInstances creates it.
    pub const fn is_in_reserve(&self, id: InstanceId) -> bool {
        id.0 - self.first.0 >= self.count - self.reserve
    }

    /// The state of one of its instances at time 0.
    pub fn begins_as(&self, id: InstanceId) -> State {
        if self.is_in_reserve(id) {
            State::Released
        } else {
            self.initially.of(id.0 - self.first.0).state()
        }
    }

    /// Writes the name of one of its instances: listed, or `{group}-{number from 0001}`.
    ///
    /// # Panics
    /// If `id` is not one of them.
    pub fn write_instance_name(&self, id: InstanceId, into: &mut String) {
        use std::fmt::Write as _;
        assert!(self.contains(id), "{id} is not of group {}", self.name);
        let place = id.0 - self.first.0;
        match self.names.get(place as usize) {
            Some(name) => into.push_str(name),
            None => write!(into, "{}-{:04}", self.name, place + 1).expect("strings take all"),
        }
    }
}

impl RegionSpec {
    /// How many instances there are.
    pub fn instance_count(&self) -> u32 {
        self.groups.last().map_or(0, |last| last.first.0 + last.count)
    }

    /// The group of an instance, found by halving.
    ///
    /// # Panics
    /// If the region has no such instance.
    pub fn group_of(&self, id: InstanceId) -> GroupId {
        let after = self.groups.partition_point(|group| group.first <= id);
        let group = GroupId::at(after.checked_sub(1).expect("the first group begins at 0"));
        assert!(self.groups[group.index()].contains(id), "{id} is of no group");
        group
    }

    /// The region a group's instances are in.
    pub fn region_of(&self, group: &GroupSpec) -> &str {
        &self.zone_regions[group.zone.index()]
    }

    /// Every region that has a zone here, each once: the scenario's own first, then by zone.
    pub fn regions(&self) -> Vec<&str> {
        let mut regions = vec![self.region_id.as_str()];
        for region in &self.zone_regions {
            if !regions.contains(&region.as_str()) {
                regions.push(region);
            }
        }
        regions
    }

    /// A group's row.
    pub fn group(&self, id: GroupId) -> &GroupSpec {
        &self.groups[id.index()]
    }

    /// A caller's row.
    pub fn caller(&self, id: CallerId) -> &Caller {
        &self.callers[id.index()]
    }

    /// The name of an instance.
    ///
    /// # Panics
    /// If the region has no such instance.
    pub fn instance_name(&self, id: InstanceId) -> String {
        let mut name = String::new();
        self.group(self.group_of(id)).write_instance_name(id, &mut name);
        name
    }

    /// Whether instances of a kind have local disks, by the family or as given.
    pub fn has_local_storage(&self, kind: KindId) -> bool {
        let kind = self.kind(kind);
        let eligibility = self.types[kind.instance_type.index()].eligibility;
        kind.group.local_storage || eligibility == Eligibility::LocalDisk
    }

    /// Why instances of a kind cannot stop in economical mode, or nothing if they can.
    pub fn ineligible(&self, kind: KindId) -> Option<Ineligible> {
        let kind = self.kind(kind);
        self.ineligible_as(kind.group, kind.instance_type)
    }

    /// Why instances of a group cannot stop in economical mode while they are of that type.
    pub fn ineligible_as(&self, group: &GroupSpec, instance_type: TypeId) -> Option<Ineligible> {
        let eligibility = self.types[instance_type.index()].eligibility;
        if group.charge == ChargeType::Subscription {
            Some(Ineligible::Subscription)
        } else if group.network == Network::Classic {
            Some(Ineligible::ClassicNetwork)
        } else if group.local_storage || eligibility == Eligibility::LocalDisk {
            Some(Ineligible::LocalDisk)
        } else if group.persistent_memory || eligibility == Eligibility::PersistentMemory {
            Some(Ineligible::PersistentMemory)
        } else if eligibility == Eligibility::Excluded {
            Some(Ineligible::Type)
        } else {
            None
        }
    }

    /// Whether an instance of this kind loses its static public address in economical mode.
    pub fn loses_static_address(&self, kind: KindId) -> bool {
        self.kind(kind).group.public_address.is_static()
            && self.knobs.static_ip == knob::StaticIp::Released
            && self.ineligible(kind).is_none()
    }

    /// Asserts what the region's indexing relies on.
    ///
    /// # Panics
    /// If instances are not numbered group after group from 0, a group is empty or names rows
    /// that do not exist, or an instance that can never be economical begins so.
    pub fn check(&self) {
        assert_eq!(self.zones.len(), self.zone_regions.len(), "each zone is in a region");
        let mut next = 0;
        for group in &self.groups {
            let name = &group.name;
            assert_eq!(group.first.0, next, "group {name} begins where the one before ends");
            assert!(group.count > group.reserve, "group {name} has instances");
            assert!(group.zone.index() < self.zones.len(), "group {name} is in a zone");
            assert!(group.instance_type.index() < self.types.len(), "group {name} has a type");
            assert!(
                group.names.is_empty() || group.names.len() == group.count as usize,
                "group {name} names all of its instances or none",
            );
            if let Some(pool) = group.pool {
                assert!(pool.index() < self.pools.len(), "group {name} draws on a pool");
            }
            if let Some(terms) = group.spot {
                assert!(terms.market.index() < self.markets.len(), "group {name} has a market");
                assert!(group.charge == ChargeType::PayAsYouGo, "group {name} is not prepaid");
                let kept = self.ineligible_as(group, group.instance_type);
                assert!(kept.is_none(), "group {name} can be taken back");
            }
            let economical = Initially::Stopped(StoppedMode::StopCharging);
            assert!(
                group.initially.ways().all(|way| way != economical)
                    || self.ineligible_as(group, group.instance_type).is_none(),
                "group {name} cannot be in economical mode",
            );
            next = next.checked_add(group.count).expect("instances fit in 32 bits");
        }
        for row in self.further.iter() {
            let name = &self.group(row.group).name;
            assert!(row.instance_type.index() < self.types.len(), "group {name} can be a type");
            assert!(
                row.pool.is_none_or(|pool| pool.index() < self.pools.len()),
                "group {name} can draw on a pool",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_eligible_unless_it_is_on_a_documented_list() {
        for (family, expected) in [
            ("ecs.d1", Eligibility::LocalDisk),
            ("ecs.d2s", Eligibility::LocalDisk),
            ("ecs.i2", Eligibility::LocalDisk),
            ("i4g", Eligibility::LocalDisk),
            ("ecs.gn5", Eligibility::LocalDisk),
            ("ecs.re6p", Eligibility::PersistentMemory),
            ("ecs.re6p-redis", Eligibility::PersistentMemory),
            ("ecs.ebmre6p", Eligibility::PersistentMemory),
            ("ecs.gn5i", Eligibility::Eligible),
            ("ecs.gn6v", Eligibility::Eligible),
            ("ecs.g7", Eligibility::AssumedEligible),
            ("ecs.re6", Eligibility::AssumedEligible),
            ("ecs.dx", Eligibility::AssumedEligible),
            ("ecs.", Eligibility::AssumedEligible),
        ] {
            assert_eq!(eligibility_of_family(family), expected, "{family}");
        }
    }

    #[test]
    fn only_a_static_address_can_be_lost() {
        use PublicAddress::{Eip, None, StaticByBandwidth, StaticByTraffic};
        assert!(StaticByBandwidth.is_static() && StaticByTraffic.is_static());
        assert!(!None.is_static() && !Eip.is_static());
    }
}
