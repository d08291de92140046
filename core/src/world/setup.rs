//! The beginning of a run: names, the region, the controller states, and the first events.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::controller::policy::{Controller, Drive, Order};
use crate::controller::schedule;
use crate::demand::poisson::{self, PoissonTrack};
use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::State;
use crate::ecs::operation::OperationName;
use crate::ecs::region::Region;
use crate::ecs::throttle::Throttle;
use crate::engine::{Decisions, Digest, Identity, Occasion};
use crate::fault::injector::Injector;
use crate::stats::{Latency, Tally};
use crate::units::{SimDuration, SimTime};

use super::controller_state::ControllerState;
use super::credits::Credits;
use super::environment::{PoolTrack, tenant_units};
use super::event::Event;
use super::in_flight::InFlightCalls;
use super::instance_record::{InstanceRecord, NOBODY};
use super::ledger::{ForgoneReason, Ledger};
use super::milestones::Instant;
use super::minimum_charge::MinimumChargeTrack;
use super::observer::{CHECKPOINT_EVERY, Observer};
use super::outcome::{
    ArrearsCounts, Beliefs, CallTally, ClientTally, CreditTally, EventCounts, LatencyName, Outcome,
    PoolOutcome, SpotCounts,
};
use super::plan::Plan;
use super::polling_slowdown::PollingSlowdown;
use super::reads::History;
use super::replace::Families;
use super::services::{self, Services};
use super::spot::{Spot, price_paths};
use super::{Cloud, EventList, Rest, RunId, World};
use crate::fact::purpose;

impl<'a, O: Observer> World<'a, O> {
    pub(super) fn new(
        plan: &'a Plan,
        run: RunId,
        decisions: &'a Decisions,
        observer: O,
    ) -> World<'a, O> {
        let instance_names = instance_names(plan);
        let pool_names: Vec<Identity> = plan.pools.iter().map(|pool| pool.identity).collect();
        let (zones, types) = (plan.region.zones.iter(), plan.region.types.iter());
        let prices = price_paths(plan, decisions);
        let cloud = Cloud {
            region: Region::new(plan.region.clone()),
            polling_slowdown: PollingSlowdown::new(plan.poll_load, instance_names.len()),
            wave_factors: vec![(None, SimDuration::ZERO); plan.region.groups.len()],
            status_calls: 0,
            pools: Vec::new(),
            credits: Credits::new(plan),
            tenants: tenants(plan, decisions),
            spot: Spot::new(plan, Arc::clone(&prices)),
            stopped_for_arrears: Vec::new(),
        };
        let rest = Rest {
            decisions,
            observer,
            now: SimTime::ZERO,
            measures: plan.warm_up == SimTime::ZERO,
            fel: EventList::with_capacity(run.ties, instance_names.len()),
            records: vec![InstanceRecord::new(); instance_names.len()],
            controller_names: plan.controllers.iter().map(|c| c.identity).collect(),
            zone_names: zones.map(|zone| Identity::of("zone", zone)).collect(),
            controller_states: controller_states(plan, decisions, &instance_names),
            listeners: listeners(plan),
            in_flight_calls: InFlightCalls::default(),
            families: Families::new(plan),
            injector: Injector::new(
                &plan.call_faults,
                &plan.work_faults,
                &plan.environment_faults,
                decisions,
            ),
            throttle: Throttle::new(&plan.quotas),
            history: History::new(&plan.call_faults),
            capacities: Vec::new(),
            services: Services::new(plan),
            posts: Vec::new(),
            tokens: 0,
            instant: Instant::default(),
            waves_due: BTreeMap::new(),
            minimum_charge: MinimumChargeTrack::new(plan),
            prices,
            digest: Digest::new(),
            out: outcome(plan, run.replication),
            instance_names,
            pool_names,
            service_names: plan.services.iter().map(|one| one.identity).collect(),
            capacity_names: plan.capacities.iter().map(|one| one.identity).collect(),
            market_names: plan.markets.iter().map(|one| one.identity).collect(),
            type_names: types.map(|one| Identity::of("type", &one.name)).collect(),
            plan,
        };
        World { cloud, rest }
    }

    /// Puts what is there at time 0 in place and schedules the first events.
    pub(super) fn open(&mut self) {
        self.place_tenants();
        self.cloud.pools = (0..self.rest.plan.pools.len())
            .map(|place| PoolTrack::new(self.cloud.region.inventory().stock(PoolId::at(place))))
            .collect();
        for (place, pool) in self.rest.out.pools.iter_mut().enumerate() {
            let stock = self.cloud.region.inventory().stock(PoolId::at(place));
            pool.least_free = stock.map_or(0, |stock| stock.free);
        }
        self.wish();
        self.open_at_zero();
        for place in 0..self.rest.records.len() {
            let instance = InstanceId::at(place);
            let state = self.cloud.region.state(instance);
            let ineligible = self.cloud.region.ineligible(instance);
            let record = &mut self.rest.records[place];
            if let Some(why) = ineligible {
                record.forgone = ForgoneReason::Ineligible(why);
            }
            if state == State::Released {
                // Nobody wants what is not there yet.
                record.wanted = false;
                record.beside = true;
            }
            record.ready = state == State::Running;
        }
        self.rest.open_services(&self.cloud.region);
        self.open_capacities();
        self.schedule_first();
    }

    /// Other tenants that came before time 0 and are still there.
    fn place_tenants(&mut self) {
        for place in 0..self.rest.plan.pools.len() {
            let id = PoolId::at(place);
            let plan = &self.rest.plan.pools[place];
            let Some(tenants) = &plan.tenants else { continue };
            let of = (plan.identity, purpose::TENANTS_BEFORE);
            let (profile, hold) = (tenants.milli_per_hour, &tenants.hold);
            for one in
                poisson::present(profile, hold, &self.rest.plan.clock, of, self.rest.decisions)
            {
                let occasion = Occasion::lifetime(one.number);
                let units = tenant_units(tenants, self.rest.decisions, plan.identity, occasion);
                if self.seat_tenant(id, plan.total, units) {
                    self.schedule_departure(id.0, units, one.left);
                }
            }
        }
    }

    /// Lets a tenant of time 0 have its units, if the pool's total allows it.
    fn seat_tenant(&mut self, pool: PoolId, total: Option<u64>, units: u64) -> bool {
        let inventory = self.cloud.region.inventory_mut();
        let Some(stock) = inventory.stock(pool) else { return false };
        if total.is_none() {
            inventory.seed_others(pool, units);
            return true;
        }
        let fits = stock.free >= units;
        if fits {
            let rule = crate::ecs::inventory::ShortageRule::Lost;
            let _ = inventory.others_arrive(pool, u64::MAX, units, rule);
        }
        fits
    }

    /// What is wanted of whom at time 0, and who follows it.
    fn wish(&mut self) {
        for (place, demand) in self.rest.plan.demands.iter().enumerate() {
            for id in demand.instances.iter().cloned().flatten() {
                let record = &mut self.rest.records[id as usize];
                record.demand = u16::try_from(place).expect("demands fit in 16 bits");
                record.has_demand = true;
                record.wanted = demand.initially;
            }
        }
        for (place, controller) in self.rest.plan.controllers.iter().enumerate() {
            let place = u16::try_from(place).expect("controllers fit in 16 bits");
            let Some(followed) = controller.follows() else { continue };
            for instance in &controller.instances {
                let record = &mut self.rest.records[instance.index()];
                if record.demand == followed && record.owner == NOBODY {
                    record.owner = place;
                }
            }
        }
        for (place, controller) in self.rest.plan.controllers.iter().enumerate() {
            if controller.is_demand {
                for instance in &controller.instances {
                    let record = &mut self.rest.records[instance.index()];
                    record.has_demand = true;
                    record.wanted = false;
                    record.owner = u16::try_from(place).expect("controllers fit in 16 bits");
                }
            }
        }
    }

    fn open_at_zero(&mut self) {
        for rule in self.rest.injector.rules() {
            if self.rest.injector.in_force(rule) {
                self.on_fault_changed(rule, true);
            }
        }
    }

    fn schedule_first(&mut self) {
        let number = |n: usize| u16::try_from(n).expect("the scenario's limits keep it in range");
        for demand in 0..self.rest.plan.demands.len() {
            self.rest.schedule_demand(number(demand), 0);
        }
        for pool in 0..self.rest.plan.pools.len() {
            self.schedule_tenant(number(pool));
            self.schedule_step(number(pool), 0);
        }
        for rule in self.rest.injector.rules() {
            self.schedule_turn(rule);
        }
        self.schedule_happening(0);
        self.open_markets();
        self.schedule_standing(0);
        for controller in 0..self.rest.plan.controllers.len() {
            self.schedule_moment(number(controller), 0);
            self.schedule_request(number(controller), 0);
            if let Drive::Watch { every, .. } = self.rest.plan.controllers[controller].drive {
                let source = self.rest.of_controller(number(controller));
                let event = Event::WatchDue { controller: number(controller) };
                self.rest.schedule(SimTime::ZERO + every, source, event);
            }
        }
        self.rest.schedule_milestone(SimTime::ZERO + CHECKPOINT_EVERY, Event::HourEnded);
    }
}

fn instance_names(plan: &Plan) -> Vec<Identity> {
    let mut names = Vec::with_capacity(plan.region.instance_count() as usize);
    let mut name = String::new();
    for group in &plan.region.groups {
        for id in group.instances() {
            name.clear();
            group.write_instance_name(id, &mut name);
            names.push(Identity::of("instance", &name));
        }
    }
    names
}

fn controller_states<'a>(
    plan: &'a Plan,
    decisions: &'a Decisions,
    names: &[Identity],
) -> Vec<ControllerState<'a>> {
    let controller_state = |controller: &'a Controller| {
        let order = match controller.order {
            Order::AsListed | Order::Priority => Cow::Borrowed(&controller.instances[..]),
            Order::Shuffled => {
                let who = controller.identity;
                let name = |id: InstanceId| names[id.index()];
                Cow::Owned(schedule::shuffled(&controller.instances, who, decisions, name))
            }
        };
        let lanes = lanes(plan, controller, &order);
        let mut controller_state = ControllerState::new(controller, order, lanes);
        if let Drive::Poisson { milli_per_hour, .. } = &controller.drive {
            let (who, purpose) = (controller.identity, purpose::REQUEST_ARRIVAL);
            controller_state.requests =
                Some(PoissonTrack::new(**milli_per_hour, who, decisions, purpose));
        }
        controller_state
    };
    plan.controllers.iter().map(controller_state).collect()
}

/// The lane of each position, counted in the order in which zones and types are first met; none
/// where a controller's batches are not kept apart.
fn lanes(plan: &Plan, controller: &Controller, order: &[InstanceId]) -> Vec<u32> {
    if !controller.pacing.by_zone_and_type {
        return Vec::new();
    }
    let mut met = Vec::new();
    let lane = |instance: &InstanceId| {
        let group = &plan.region.groups[plan.region.group_of(*instance).index()];
        let of = (group.zone, group.instance_type);
        let place = met.iter().position(|other| *other == of).unwrap_or_else(|| {
            met.push(of);
            met.len() - 1
        });
        u32::try_from(place).expect("zones and types are numbered in 32 bits")
    };
    order.iter().map(lane).collect()
}

/// Controllers that act on the news of a stop, in the order of the plan.
fn listeners(plan: &Plan) -> Vec<u16> {
    let places = (0..).zip(&plan.controllers);
    let listens = |one: &Controller| matches!(one.drive, Drive::OnStopped { .. });
    places.filter(|(_, one)| listens(one)).map(|(place, _)| place).collect()
}

fn tenants<'a>(plan: &Plan, decisions: &'a Decisions) -> Vec<Option<PoissonTrack<'a>>> {
    let track = |pool: &super::plan::PoolPlan| {
        let (who, purpose) = (pool.identity, purpose::TENANT_ARRIVAL);
        let tenants = pool.tenants.as_ref()?;
        Some(PoissonTrack::new(tenants.milli_per_hour, who, decisions, purpose))
    };
    plan.pools.iter().map(track).collect()
}

fn outcome(plan: &Plan, replication: u32) -> Outcome {
    let horizon = plan.horizon - SimTime::ZERO;
    let pool = || PoolOutcome {
        hourly: Vec::new(),
        least_free: u64::MAX,
        free_area: 0,
        claims_refused: 0,
        claims_granted: 0,
        tenants_arrived: 0,
        tenants_lost: 0,
        tenants_waited: 0,
        tenants_wait: Tally::default(),
    };
    Outcome {
        replication,
        digest: 0,
        checkpoints: Vec::new(),
        end: SimTime::ZERO,
        events: EventCounts::default(),
        calls: OperationName::ALL.iter().map(|_| CallTally::default()).collect(),
        peak_calls_per_minute: 0,
        latencies: LatencyName::all().map(|_| Latency::new(horizon)).collect(),
        waves: Vec::new(),
        ledger: Ledger::of(plan, SimTime::ZERO),
        pools: plan.pools.iter().map(|_| pool()).collect(),
        least_unused: Vec::new(),
        credits: CreditTally::default(),
        services: services::outcomes(plan),
        data_loss_stops: 0,
        replaced: 0,
        changed_addresses: 0,
        changed_address_instances: Vec::new(),
        relied_on_default: 0,
        downgraded: BTreeMap::new(),
        beliefs: Beliefs::default(),
        clients: vec![ClientTally::default(); plan.controllers.len()],
        spot: SpotCounts::default(),
        arrears: ArrearsCounts::default(),
    }
}
