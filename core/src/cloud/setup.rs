//! The beginning: what is there at time 0, and the first events.

use std::sync::Arc;

use crate::demand::poisson::{self, PoissonTrack};
use crate::ecs::id::PoolId;
use crate::ecs::inventory::ShortageRule;
use crate::ecs::region::Region;
use crate::ecs::spot::PricePath;
use crate::engine::{Decisions, Identity, Occasion};
use crate::fact::purpose;
use crate::fault::injector::Injector;
use crate::units::SimDuration;

use super::credits::Credits;
use super::environment::{PoolTrack, tenant_units};
use super::plan::{CloudPlan, PoolPlan};
use super::polling_slowdown::PollingSlowdown;
use super::spot::Spot;
use super::{Cloud, Outputs};

impl<'a> Cloud<'a> {
    /// The cloud before time 0; prices of markets go these ways.
    pub fn new(
        plan: CloudPlan<'a>,
        decisions: &'a Decisions,
        prices: Arc<[PricePath]>,
    ) -> Cloud<'a> {
        let zones = plan.region.zones.iter();
        let instances = plan.region.instance_count() as usize;
        Cloud {
            decisions,
            region: Region::new(Arc::clone(plan.region)),
            faults: Injector::new(&[], plan.work_faults, plan.environment_faults, decisions),
            polling_slowdown: PollingSlowdown::new(plan.poll_load, instances),
            wave_factors: vec![(None, SimDuration::ZERO); plan.region.groups.len()],
            status_calls: 0,
            pools: plan.pools.iter().map(|_| PoolTrack::new()).collect(),
            tenants: plan.pools.iter().map(|pool| arrivals(pool, decisions)).collect(),
            credits: Credits::new(&plan),
            spot: Spot::new(&plan, prices),
            stopped_for_arrears: Vec::new(),
            pool_names: plan.pools.iter().map(|pool| pool.identity).collect(),
            zone_names: zones.map(|zone| Identity::of("zone", zone)).collect(),
            plan,
        }
    }

    /// Seats other tenants that came before time 0 and are still there.
    pub fn place_tenants(&mut self, out: &mut impl Outputs) {
        for (place, pool) in self.plan.pools.iter().enumerate() {
            let id = PoolId::at(place);
            let Some(tenants) = &pool.tenants else { continue };
            let of = (pool.identity, purpose::TENANTS_BEFORE);
            let (profile, hold) = (tenants.milli_per_hour, &tenants.hold);
            for one in poisson::present(profile, hold, self.plan.clock, of, self.decisions) {
                let occasion = Occasion::lifetime(one.number);
                let units = tenant_units(tenants, self.decisions, pool.identity, occasion);
                if self.seat_tenant(id, pool.total, units) {
                    self.schedule_departure(out, id.0, units, one.left);
                }
            }
        }
    }

    /// Lets a tenant of time 0 have its units, if the pool's total allows it.
    fn seat_tenant(&mut self, pool: PoolId, total: Option<u64>, units: u64) -> bool {
        let inventory = self.region.inventory_mut();
        let Some(stock) = inventory.stock(pool) else { return false };
        if total.is_none() {
            inventory.seed_others(pool, units);
            return true;
        }
        let fits = stock.free >= units;
        if fits {
            let _ = inventory.others_arrive(pool, u64::MAX, units, ShortageRule::Lost);
        }
        fits
    }

    /// Brings into force what is in force at time 0, and schedules what private pools end.
    pub fn open(&mut self, out: &mut impl Outputs) {
        for rule in self.faults.rules() {
            if self.faults.in_force(rule) {
                self.on_fault_changed(out, rule, true);
            }
        }
        self.schedule_ends(out);
    }

    /// Schedules the first events of pools.
    pub fn schedule_pools(&mut self, out: &mut impl Outputs) {
        for pool in 0..self.plan.pools.len() {
            let pool = PoolId::at(pool).0;
            self.schedule_tenant(out, pool);
            self.schedule_step(out, pool, 0);
        }
    }

    /// Schedules all other first events.
    pub fn schedule_first(&mut self, out: &mut impl Outputs) {
        for rule in self.faults.rules() {
            self.schedule_turn(out, rule);
        }
        self.schedule_listed_event(out, 0);
        self.open_markets(out);
        self.schedule_standing(out, 0);
    }
}

fn arrivals<'a>(pool: &PoolPlan, decisions: &'a Decisions) -> Option<PoissonTrack<'a>> {
    let (who, purpose) = (pool.identity, purpose::TENANT_ARRIVAL);
    let tenants = pool.tenants.as_ref()?;
    Some(PoissonTrack::new(tenants.milli_per_hour, who, decisions, purpose))
}
