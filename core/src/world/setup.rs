//! The beginning of a run: names, the region, the controller states, and the first events.

use std::borrow::Cow;
use std::sync::Arc;

use crate::books::Books;
use crate::books::ledger::ForgoneReason;
use crate::cloud::plan::CloudPlan;
use crate::cloud::{self, Cloud};
use crate::controller::policy::{Controller, Drive, Order};
use crate::controller::schedule;
use crate::demand::poisson::PoissonTrack;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::State;
use crate::ecs::region::Region;
use crate::engine::{Decisions, Digest, Identity};
use crate::fact::purpose;
use crate::network::Network;
use crate::network::plan::{CallerPlan, NetworkPlan};
use crate::units::SimTime;

use super::controller_state::ControllerState;
use super::delivery::Reach;
use super::event::Event;
use super::instance_record::{InstanceRecord, NOBODY};
use super::milestones::Instant;
use super::observer::{CHECKPOINT_EVERY, Observer};
use super::plan::Plan;
use super::replace::Families;
use super::services::Services;
use super::{EventList, Rest, RunId, World};

impl<'a, O: Observer> World<'a, O> {
    pub(super) fn new(
        plan: &'a Plan,
        run: RunId,
        decisions: &'a Decisions,
        observer: O,
    ) -> World<'a, O> {
        let instance_names = instance_names(plan);
        let pool_names: Vec<Identity> = plan.pools.iter().map(|pool| pool.identity).collect();
        let types = plan.region.types.iter();
        let of_cloud = cloud_plan(plan);
        let prices = cloud::price_paths(&of_cloud, decisions);
        let cloud = Cloud::new(of_cloud, decisions, Arc::clone(&prices));
        let network = Network::new(network_plan(plan), decisions);
        let rest = Rest {
            decisions,
            observer,
            now: SimTime::ZERO,
            measures: plan.warm_up == SimTime::ZERO,
            next_milestone: match plan.warm_up {
                SimTime::ZERO => plan.marks.first().copied().unwrap_or(SimTime::NEVER),
                warm_up => warm_up,
            },
            fel: EventList::with_capacity(run.ties, instance_names.len()),
            records: vec![InstanceRecord::new(); instance_names.len()],
            controller_names: plan.controllers.iter().map(|c| c.identity).collect(),
            controller_states: controller_states(plan, decisions, &instance_names),
            listeners: listeners(plan),
            families: Families::new(plan),
            ended_states: Vec::new(),
            keeps_states: network.shows_past_states(),
            services: Services::new(plan),
            posts: Vec::new(),
            tokens: 0,
            instant: Instant::new(instance_names.len() + plan.controllers.len()),
            digest: Digest::new(),
            books: Books::new(plan.books(), run.replication, prices),
            instance_names,
            pool_names,
            service_names: plan.services.iter().map(|one| one.identity).collect(),
            capacity_names: plan.capacities.iter().map(|one| one.identity).collect(),
            market_names: plan.markets.iter().map(|one| one.identity).collect(),
            type_names: types.map(|one| Identity::of("type", &one.name)).collect(),
            plan,
        };
        World { cloud, network, rest }
    }

    /// Puts what is there at time 0 in place and schedules the first events.
    pub(super) fn open(&mut self) {
        let World { cloud, network, rest } = self;
        cloud.place_tenants(rest);
        rest.open_free(cloud.region());
        rest.wish();
        network.open(&mut Reach { cloud, rest });
        cloud.open(rest);
        rest.open_records(cloud.region());
        rest.open_services(cloud.region());
        self.schedule_first();
    }

    fn schedule_first(&mut self) {
        let number = |n: usize| u16::try_from(n).expect("the scenario's limits keep it in range");
        for demand in 0..self.rest.plan.demands.len() {
            self.rest.schedule_demand(number(demand), 0);
        }
        self.cloud.schedule_pools(&mut self.rest);
        let World { cloud, network, rest } = self;
        network.schedule_first(&mut Reach { cloud, rest });
        self.cloud.schedule_first(&mut self.rest);
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

impl<O: Observer> Rest<'_, O> {
    /// What is wanted of whom at time 0, and who follows it.
    fn wish(&mut self) {
        for (place, demand) in self.plan.demands.iter().enumerate() {
            for id in demand.instances.iter().cloned().flatten() {
                let record = &mut self.records[id as usize];
                record.demand = u16::try_from(place).expect("demands fit in 16 bits");
                record.has_demand = true;
                record.wanted = demand.initially;
            }
        }
        for (place, controller) in self.plan.controllers.iter().enumerate() {
            let place = u16::try_from(place).expect("controllers fit in 16 bits");
            let Some(followed) = controller.follows() else { continue };
            for instance in &controller.instances {
                let record = &mut self.records[instance.index()];
                if record.demand == followed && record.owner == NOBODY {
                    record.owner = place;
                }
            }
        }
        for (place, controller) in self.plan.controllers.iter().enumerate() {
            if controller.is_demand {
                for instance in &controller.instances {
                    let record = &mut self.records[instance.index()];
                    record.has_demand = true;
                    record.wanted = false;
                    record.owner = u16::try_from(place).expect("controllers fit in 16 bits");
                }
            }
        }
    }

    fn open_records(&mut self, region: &Region) {
        for place in 0..self.records.len() {
            let instance = InstanceId::at(place);
            let state = region.state(instance);
            let ineligible = region.ineligible(instance);
            let record = &mut self.records[place];
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

/// The parts of a plan that the cloud needs.
fn cloud_plan(plan: &Plan) -> CloudPlan<'_> {
    CloudPlan {
        clock: &plan.clock,
        horizon: plan.horizon,
        region: &plan.region,
        static_address_returns: plan.static_address_returns,
        lifecycles: &plan.lifecycles,
        pools: &plan.pools,
        capacities: &plan.capacities,
        markets: &plan.markets,
        arrears: &plan.arrears,
        happenings: &plan.happenings,
        poll_load: plan.poll_load,
        work_faults: &plan.work_faults,
        environment_faults: &plan.environment_faults,
    }
}

/// The parts of a plan that calls need on their way.
fn network_plan(plan: &Plan) -> NetworkPlan<'_> {
    let caller = |controller: &Controller| CallerPlan {
        name: controller.identity,
        id: controller.caller,
        timeout: controller.timeout,
    };
    NetworkPlan {
        horizon: plan.horizon,
        region: &plan.region,
        legs: &plan.legs,
        quotas: &plan.quotas,
        call_faults: &plan.call_faults,
        callers: plan.controllers.iter().map(caller).collect(),
    }
}
