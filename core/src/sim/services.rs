//! Services: groups that are ready together, and the order in which controllers start them.
//!
//! A service is ready while every need holds: so many instances of a group are guest-ready. It
//! follows the edges of its demand, and its readiness is counted from the edge itself. Whose
//! starts wait for others is the rule of the controller that follows the demand: nobody else
//! knows of it, and the region refuses nothing because of it.
//! `tests/it/services.rs` holds a second account against this one.

use std::collections::BTreeMap;

use crate::books::services::Found;
use crate::demand::Edge;
use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::inventory::StockSpec;
use crate::ecs::region::Region;
use crate::fact::Fact;
use crate::units::SimTime;

use super::Rest;
use super::instance_record::Past;
use super::observer::Observer;
use super::plan::{Need, Plan};

/// What the world remembers of services.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    /// Ready instances, per group; empty without services.
    up: Vec<u64>,
    /// Per group: the services that look at it.
    watched_by: Vec<Vec<u16>>,
    /// Per demand: the services whose edges are its own.
    of_demand: BTreeMap<u16, Vec<u16>>,
    tracks: Vec<Track>,
}

/// One service.
#[derive(Clone, Copy, Debug)]
struct Track {
    wanted: bool,
    /// Every need holds.
    ready: bool,
    /// What its groups are started after holds.
    may_start: bool,
    /// It was wanted and is awaited since.
    awaited: bool,
    /// Since when the open span of its unavailability runs.
    since: SimTime,
}

impl Services {
    pub(super) fn new(plan: &Plan) -> Services {
        if plan.services.is_empty() {
            return Services::default();
        }
        let groups = plan.region.groups.len();
        let mut services = Services {
            up: vec![0; groups],
            watched_by: vec![Vec::new(); groups],
            of_demand: BTreeMap::new(),
            tracks: Vec::new(),
        };
        for (place, service) in (0..).zip(&plan.services) {
            for need in service.needs.iter().chain(&service.after) {
                let watching = &mut services.watched_by[need.group.index()];
                if watching.last() != Some(&place) {
                    watching.push(place);
                }
            }
            services.of_demand.entry(service.demand).or_default().push(place);
            services.tracks.push(Track {
                wanted: plan.demands[usize::from(service.demand)].initially,
                ready: false,
                may_start: false,
                awaited: false,
                since: SimTime::ZERO,
            });
        }
        services
    }

    fn hold(&self, needs: &[Need]) -> bool {
        needs.iter().all(|need| self.up[need.group.index()] >= need.at_least)
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Time 0: who is ready is so without having become it.
    pub(super) fn open_services(&mut self, region: &Region) {
        if self.plan.services.is_empty() {
            return;
        }
        for place in 0..self.records.len() {
            let group = region.group_of(InstanceId::at(place));
            self.services.up[group.index()] += u64::from(self.records[place].ready);
        }
        for (place, service) in self.plan.services.iter().enumerate() {
            let ready = self.services.hold(&service.needs);
            let may_start = self.services.hold(&service.after);
            let track = &mut self.services.tracks[place];
            (track.ready, track.may_start) = (ready, may_start);
            let service = u16::try_from(place).expect("services fit in 16 bits");
            self.turned.push((service, may_start));
        }
    }

    /// An instance became ready, or is so no longer: the only way in which that changes.
    #[inline(always)]
    pub(super) fn set_ready(&mut self, region: &Region, instance: InstanceId, ready: bool) {
        let record = &mut self.records[instance.index()];
        let before = std::mem::replace(&mut record.ready, ready);
        if before != ready && !self.plan.services.is_empty() {
            self.count_ready(region, instance, ready);
        }
    }

    #[inline(never)]
    fn count_ready(&mut self, region: &Region, instance: InstanceId, ready: bool) {
        let group = region.group_of(instance).index();
        let up = &mut self.services.up[group];
        *up = if ready { *up + 1 } else { *up - 1 };
        for place in 0..self.services.watched_by[group].len() {
            let service = self.services.watched_by[group][place];
            self.look_at_service(service, instance);
        }
    }

    #[inline(never)]
    fn look_at_service(&mut self, service: u16, instance: InstanceId) {
        let plan = &self.plan.services[usize::from(service)];
        let ready = self.services.hold(&plan.needs);
        let may_start = self.services.hold(&plan.after);
        let track = &mut self.services.tracks[usize::from(service)];
        let turns = ready != track.ready;
        let is_told = track.may_start == may_start;
        track.may_start = may_start;
        if turns {
            self.on_service_turned(service, ready, instance);
        }
        if !is_told {
            self.turned.push((service, may_start));
        }
    }

    fn on_service_turned(&mut self, service: u16, ready: bool, instance: InstanceId) {
        self.book_service(service);
        self.note(Fact::ServiceTurned { service, ready, instance });
        let track = &mut self.services.tracks[usize::from(service)];
        track.ready = ready;
        if !track.wanted {
            return;
        }
        if !ready {
            self.books.service_broke(service, instance);
        } else if std::mem::take(&mut track.awaited) {
            self.books.service_ready(service, self.now);
        }
    }

    /// A demand turned: so did what is wanted of its services.
    pub(super) fn turn_services(&mut self, region: &Region, demand: u16, edge: &Edge) {
        let count = self.services.of_demand.get(&demand).map_or(0, Vec::len);
        for place in 0..count {
            self.turn_service(region, self.services.of_demand[&demand][place], edge);
        }
    }

    fn turn_service(&mut self, region: &Region, service: u16, edge: &Edge) {
        self.book_service(service);
        self.give_up_service(service);
        let place = usize::from(service);
        let modelled = edge.wanted && self.service_is_modelled(region, service);
        let raised = edge.wanted && self.any_of_service(service, Self::was_down);
        let track = &mut self.services.tracks[place];
        track.wanted = edge.wanted;
        if !edge.wanted {
            return;
        }
        let found = match (track.ready, raised) {
            (true, true) => Found::Early,
            (true, false) => Found::Already,
            (false, _) => Found::Missing,
        };
        track.awaited |= found == Found::Missing;
        self.books.service_wanted(service, edge, found, modelled);
    }

    /// Whether the start that begins says anything about stock.
    fn service_is_modelled(&self, region: &Region, service: u16) -> bool {
        !self.any_of_service(service, |world, id| {
            let stopped = world.past(region, id) == Past::Stopped(StoppedMode::StopCharging);
            let spec = &world.plan.region;
            let pool = region.pool_of(id);
            let limited = |pool: crate::ecs::id::PoolId| {
                spec.pools[pool.index()].stock != StockSpec::Unlimited
            };
            let own = spec.group(region.group_of(id)).placement.is_own();
            stopped && !own && !pool.is_some_and(limited)
        })
    }

    fn any_of_service(&self, service: u16, is: impl Fn(&Self, InstanceId) -> bool) -> bool {
        let needs = &self.plan.services[usize::from(service)].needs;
        let groups = needs.iter().map(|need| &self.plan.region.groups[need.group.index()]);
        groups.flat_map(|group| group.instances()).any(|id| is(self, id))
    }

    fn was_down(&self, instance: InstanceId) -> bool {
        self.records[instance.index()].past != Past::Stayed
    }

    /// What is awaited of a service will not be: it is censored.
    fn give_up_service(&mut self, service: u16) {
        let place = usize::from(service);
        if std::mem::take(&mut self.services.tracks[place].awaited) {
            self.books.service_given_up(service);
        }
    }

    /// Books the open span of a service.
    fn book_service(&mut self, service: u16) {
        let place = usize::from(service);
        let track = &mut self.services.tracks[place];
        let span = self.now - track.since;
        track.since = self.now;
        if track.wanted && !track.ready {
            self.books.service_missing(service, span);
        }
    }

    /// Statistics begin here: what is awaited is not measured.
    pub(super) fn restart_services(&mut self) {
        for track in &mut self.services.tracks {
            track.awaited = false;
            track.since = self.now;
        }
    }

    /// The end: what is awaited is censored, and the account of who is ready must be true.
    pub(super) fn close_services(&mut self, region: &Region) {
        for place in 0..self.services.tracks.len() {
            let service = u16::try_from(place).expect("services fit in 16 bits");
            self.book_service(service);
            self.give_up_service(service);
            let plan = &self.plan.services[place];
            let track = self.services.tracks[place];
            let up = |need: &Need| {
                let group = &self.plan.region.groups[need.group.index()];
                let ready = |id: &InstanceId| {
                    self.records[id.index()].ready && region.state(*id) == State::Running
                };
                group.instances().filter(ready).count() as u64 >= need.at_least
            };
            assert_eq!(track.ready, plan.needs.iter().all(up), "{}: ready", plan.name);
            self.books.check_service(service, &plan.name);
        }
    }

    /// A controller holds a start back, or no longer: it is why its instance is not up.
    pub(super) fn mark_held(
        &mut self,
        region: &Region,
        controller: u16,
        instance: InstanceId,
        held: bool,
    ) {
        if self.records[instance.index()].owner == controller {
            self.book(region, instance);
            self.records[instance.index()].held = held;
        }
    }
}
