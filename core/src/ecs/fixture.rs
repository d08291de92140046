//! What tests are set in: a region of one zone and one type with nothing in it, and what can be
//! put there.

use super::capacity::Placement;
use super::condition::Conditions;
use super::id::{InstanceId, PoolId, TypeId, ZoneId};
use super::inventory::{PoolSpec, StockSpec};
use super::knob::Knobs;
use super::price::Rates;
use super::spec::{
    Beginning, ChargeType, Eligibility, GroupSpec, Initially, InstanceType, Network, PublicAddress,
    RegionSpec,
};

/// A region without groups, pools and callers.
pub(crate) fn region() -> RegionSpec {
    RegionSpec {
        region_id: "cn-hangzhou".into(),
        account_id: "1".into(),
        zones: vec!["z".into()],
        zone_regions: vec!["cn-hangzhou".into()],
        types: vec![InstanceType {
            name: "ecs.g7.large".into(),
            family: "ecs.g7".into(),
            vcpus: 2,
            eligibility: Eligibility::Eligible,
            withdrawn: false,
            burstable: false,
        }],
        groups: Vec::new(),
        further: Vec::new().into(),
        pools: Vec::new(),
        capacities: Vec::new(),
        markets: Vec::new(),
        commitments: Vec::new(),
        callers: Vec::new(),
        economical_default: false,
        knobs: Knobs::default(),
    }
}

/// Its first instances, which run at the beginning.
pub(crate) fn group(name: &str, count: u32) -> GroupSpec {
    GroupSpec {
        name: name.into(),
        first: InstanceId(0),
        count,
        reserve: 0,
        names: Vec::new(),
        zone: ZoneId(0),
        instance_type: TypeId(0),
        pool: Some(PoolId(0)),
        units: 2,
        charge: ChargeType::PayAsYouGo,
        network: Network::Vpc,
        public_address: PublicAddress::None,
        local_storage: false,
        persistent_memory: false,
        initially: Beginning::all(Initially::Running),
        conditions: Conditions::NONE,
        rates: Rates::default(),
        spot: None,
        placement: Placement::Public,
        unlimited_credits: false,
    }
}

/// A pool of its type.
pub(crate) fn pool(free: u64) -> PoolSpec {
    PoolSpec {
        name: "g7".into(),
        zone: ZoneId(0),
        unit: "vCPU".into(),
        stock: StockSpec::Limited { free },
        low_stock_threshold: 0,
        short_together: None,
    }
}
