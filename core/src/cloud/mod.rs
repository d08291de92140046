//! The cloud in time: the region, the work under way in it, and all that happens to it whatever
//! controllers do.
//!
//! It has never heard of who asks, but for a name in the plan. Requests and events come in by a
//! method each; what it has for others goes out through [`Outputs`].

mod arrears;
mod batch;
mod capacity;
pub mod credits;
mod environment;
mod event;
mod lifecycle;
mod outputs;
pub mod plan;
mod platform;
mod polling_slowdown;
mod requests;
mod setup;
mod spot;
mod type_change;
mod work;

pub use batch::BatchItem;
pub use event::Event;
pub use outputs::{News, Outputs, PlatformCause};
pub use requests::Asked;
pub use spot::price_paths;

use credits::Credits;
use environment::PoolTrack;
use plan::CloudPlan;
use polling_slowdown::PollingSlowdown;
use spot::Spot;

use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::InstanceId;
use crate::ecs::region::Region;
use crate::engine::{Decisions, Identity, Occasion, Source};
use crate::fault::injector::{Injector, RuleId};
use crate::units::{SimDuration, SimTime};

/// The cloud of a run, at a time.
#[derive(Clone, Debug)]
pub struct Cloud<'a> {
    plan: CloudPlan<'a>,
    decisions: &'a Decisions,
    region: Region,
    /// What goes wrong with work and with stock.
    faults: Injector<'a>,
    polling_slowdown: PollingSlowdown,
    /// By group: the last occasion of a wave's common factor, and the factor.
    wave_factors: Vec<(Option<Occasion>, SimDuration)>,
    /// Reads of statuses that the region has answered so far.
    status_calls: u64,
    pools: Vec<PoolTrack>,
    tenants: Vec<Option<PoissonTrack<'a>>>,
    credits: Credits,
    spot: Spot,
    stopped_for_arrears: Vec<InstanceId>,
    pool_names: Vec<Identity>,
    zone_names: Vec<Identity>,
}

impl Cloud<'_> {
    /// What is true of instances, stock and meters, to be read.
    #[inline(always)]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The same, to be tampered with.
    #[cfg(test)]
    pub(crate) fn region_mut(&mut self) -> &mut Region {
        &mut self.region
    }

    /// Meters begin again at this time.
    pub fn restart_meters(&mut self, now: SimTime) {
        self.region.restart_meters(now);
    }

    /// Lets an event of the cloud happen.
    #[inline(always)]
    pub fn handle(&mut self, event: Event, out: &mut impl Outputs) {
        match event {
            Event::TenantArrived { pool } => self.on_tenant_arrived(out, pool),
            Event::TenantDeparted { pool, units } => self.on_tenant_departed(out, pool, units),
            Event::StockStepped { pool, step } => self.on_stock_stepped(out, pool, step),
            Event::FaultTurned(rule) => self.on_fault_turned(out, rule),
            Event::Happened { place } => self.on_happened(out, place),
            Event::WorkFinished { instance, attempt, kind } => {
                self.on_work_finished(out, InstanceId(instance), attempt, kind);
            }
            Event::PowerOffDue { instance, attempt } => {
                self.on_power_off_due(out, InstanceId(instance), attempt);
            }
            Event::GuestBecameReady { instance, attempt } => {
                self.on_guest_became_ready(out, InstanceId(instance), attempt);
            }
            Event::PrivatePoolEnded { capacity } => self.on_private_pool_ended(out, capacity),
            Event::SpotPriced { market, step } => self.on_spot_priced(out, market, step),
            Event::SpotLooked { market } => self.on_spot_looked(out, market),
            Event::StandingTurned { step } => self.on_standing_turned(out, step),
            Event::SpotTakenBack { instance, notice } => {
                self.on_spot_taken_back(out, InstanceId(instance), notice);
            }
            Event::Settled { instance, attempt } => {
                self.on_settled(out, InstanceId(instance), attempt);
            }
        }
    }

    fn of_pool(&self, pool: u16) -> Source {
        let identity = self.pool_names[usize::from(pool)];
        Source { rank: (1 << 16) + u32::from(pool), identity }
    }

    fn of_rule(&self, rule: RuleId) -> Source {
        let (base, place) = match rule {
            RuleId::Work(place) => (4 << 16, place),
            RuleId::Environment(place) => (5 << 16, place),
            RuleId::Call(_) => unreachable!("call faults are none of the cloud's"),
        };
        Source { rank: base + u32::from(place), identity: self.rule_name(rule) }
    }

    fn rule_name(&self, rule: RuleId) -> Identity {
        match rule {
            RuleId::Work(place) => self.plan.work_faults[usize::from(place)].identity,
            RuleId::Environment(place) => self.plan.environment_faults[usize::from(place)].identity,
            RuleId::Call(_) => unreachable!("call faults are none of the cloud's"),
        }
    }
}

/// An instance, as the source of events.
fn of_instance(out: &impl Outputs, instance: InstanceId) -> Source {
    Source { rank: (1 << 25) + instance.0, identity: out.name(instance) }
}
