//! The beginning of a run: names, the region, the controller states, and the first events.

use std::sync::Arc;

use crate::books::Books;
use crate::books::ledger::ForgoneReason;
use crate::client::Clients;
use crate::client::plan::{ClientsPlan, DemandCard, GroupCard, WaitPlan};
use crate::cloud::plan::CloudPlan;
use crate::cloud::{self, Cloud};
use crate::controller::policy::Controller;
use crate::demand::Demand;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::region::Region;
use crate::ecs::spec::GroupSpec;
use crate::engine::{Decisions, Digest, Identity};
use crate::network::Network;
use crate::network::plan::{CallerPlan, NetworkPlan};
use crate::units::SimTime;

use super::delivery::Reach;
use super::event::Event;
use super::instance_record::{InstanceRecord, NOBODY};
use super::listeners::Listeners;
use super::milestones::Instant;
use super::observer::{CHECKPOINT_EVERY, Observer};
use super::plan::{Plan, Service};
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
        let clients = Clients::new(clients_plan(plan), decisions, &instance_names, |instance| {
            let group = plan.region.group(plan.region.group_of(instance));
            group.begins_as(instance) == State::Stopped { effective: StoppedMode::StopCharging }
        });
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
            listeners: Listeners::new(&plan.controllers, |place| clients.instances(place)),
            families: Families::new(plan),
            ended_states: Vec::new(),
            keeps_states: network.shows_past_states(),
            services: Services::new(plan),
            turned: Vec::new(),
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
        World { cloud, network, clients, rest }
    }

    /// Puts what is there at time 0 in place and schedules the first events.
    pub(super) fn open(&mut self) {
        let World { cloud, network, rest, .. } = self;
        cloud.place_tenants(rest);
        rest.open_free(cloud.region());
        rest.wish();
        network.open(&mut Reach { cloud, rest });
        cloud.open(rest);
        rest.open_records(cloud.region());
        rest.open_services(cloud.region());
        self.tell_turned();
        self.schedule_first();
    }

    fn schedule_first(&mut self) {
        let number = |n: usize| u16::try_from(n).expect("the scenario's limits keep it in range");
        for demand in 0..self.rest.plan.demands.len() {
            self.rest.schedule_demand(number(demand), 0);
        }
        self.cloud.schedule_pools(&mut self.rest);
        let World { cloud, network, rest, .. } = self;
        network.schedule_first(&mut Reach { cloud, rest });
        self.cloud.schedule_first(&mut self.rest);
        let (clients, mut lent) = self.lend();
        clients.schedule_first(&mut lent);
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
        scheduled_events: &plan.scheduled_events,
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

/// The parts of a plan that clients need.
fn clients_plan<'p>(plan: &'p Plan) -> ClientsPlan<'p> {
    let card = |group: &GroupSpec| GroupCard {
        first: group.first,
        zone: group.zone,
        instance_type: group.instance_type,
        is_economical: plan.region.ineligible_as(group, group.instance_type).is_none(),
    };
    let demand =
        |one: &'p Demand| DemandCard { instances: &one.instances, initially: one.initially };
    let wait =
        |service: &Service| WaitPlan { groups: service.held.clone(), timeout: service.timeout };
    ClientsPlan {
        controllers: &plan.controllers,
        clock: &plan.clock,
        horizon: plan.horizon,
        instances: plan.region.instance_count(),
        groups: plan.region.groups.iter().map(card).collect(),
        economical_default: plan.region.economical_default,
        demands: plan.demands.iter().map(demand).collect(),
        waits: plan.services.iter().map(wait).collect(),
    }
}
