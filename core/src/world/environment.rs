//! What happens whatever controllers do: other tenants, listed stock, faults, happenings.

use std::collections::VecDeque;

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::inventory::{Arrival, ShortageRule, Stock};
use crate::engine::{Identity, Occasion};
use crate::fault::injector::{RuleId, Turn};
use crate::fault::rule::EnvironmentEffect;
use crate::units::{Ratio, SimDuration, SimTime};

use super::World;
use super::event::Event;
use super::observer::Observer;
use super::plan::{HappeningKind, RecordedRequest, RecordedTenants, StockChange, Tenants};
use crate::fact::Fact;
use crate::fact::purpose;

/// What the world remembers of a pool beside the region's inventory.
#[derive(Clone, Debug)]
pub(super) struct PoolTrack {
    /// The number of the tenant that comes next.
    next_tenant: u64,
    /// How many recorded requests were scheduled.
    scheduled: usize,
    /// When those that wait came, by number.
    waiting: VecDeque<(u64, SimTime)>,
    /// Free units, and since when.
    free: u64,
    since: SimTime,
    /// Units that listed steps took for other tenants: only these can be given back by one.
    listed: u64,
    /// Environment faults in force: how often sold out, units lost, shocks by rule.
    sold_out: u32,
    losses: Vec<(u16, i64)>,
    scales: Vec<(u16, Ratio)>,
    /// Units at time 0, for scaling and losses.
    shown: Option<Stock>,
}

impl PoolTrack {
    pub(super) fn new(stock: Option<Stock>) -> PoolTrack {
        PoolTrack {
            next_tenant: 0,
            scheduled: 0,
            waiting: VecDeque::new(),
            free: stock.map_or(0, |stock| stock.free),
            since: SimTime::ZERO,
            listed: 0,
            sold_out: 0,
            losses: Vec::new(),
            scales: Vec::new(),
            shown: None,
        }
    }
}

impl<O: Observer> World<'_, O> {
    pub(super) fn schedule_tenant(&mut self, pool: u16) {
        if let Some(recorded) = &self.rest.plan.pools[usize::from(pool)].recorded {
            self.schedule_recorded(pool, recorded);
            return;
        }
        let Some(track) = self.cloud.tenants[usize::from(pool)].as_mut() else { return };
        let Some(arrival) = track.next_arrival(&self.rest.plan.clock) else { return };
        if arrival.at < self.rest.plan.horizon {
            self.cloud.pools[usize::from(pool)].next_tenant = arrival.number;
            let source = self.rest.of_pool(pool);
            self.rest.schedule_environment(arrival.at, source, Event::TenantArrived { pool });
        }
    }

    #[inline(never)]
    fn schedule_recorded(&mut self, pool: u16, recorded: &RecordedTenants) {
        let track = &mut self.cloud.pools[usize::from(pool)];
        let Some(request) = recorded.requests.get(track.scheduled) else { return };
        track.next_tenant = track.scheduled as u64;
        track.scheduled += 1;
        let source = self.rest.of_pool(pool);
        self.rest.schedule_environment(request.at, source, Event::TenantArrived { pool });
    }

    /// The `number`-th request, if the pool's requests were recorded.
    fn recorded(&self, pool: u16, number: u64) -> Option<RecordedRequest> {
        let recorded = self.rest.plan.pools[usize::from(pool)].recorded.as_ref()?;
        let number = usize::try_from(number).expect("requests are counted in memory");
        Some(recorded.requests[number])
    }

    fn tenants_of(&self, pool: u16) -> &Tenants {
        let tenants = self.rest.plan.pools[usize::from(pool)].tenants.as_ref();
        tenants.expect("only pools with other tenants have their events")
    }

    /// How long the `number`-th request holds its units.
    fn tenant_hold(&self, pool: u16, number: u64) -> SimDuration {
        if let Some(request) = self.recorded(pool, number) {
            return request.hold;
        }
        let who = self.rest.pool_names[usize::from(pool)];
        let hold = &self.tenants_of(pool).hold;
        self.rest.decisions.duration(who, purpose::TENANT_HOLD, Occasion::number(number), 0, hold)
    }

    pub(super) fn on_tenant_arrived(&mut self, pool: u16) {
        self.rest.instant.note_listed();
        let id = PoolId(pool);
        let who = self.rest.pool_names[usize::from(pool)];
        let number = self.cloud.pools[usize::from(pool)].next_tenant;
        self.schedule_tenant(pool);
        let recorded = self.rest.plan.pools[id.index()].recorded.as_ref();
        let (units, waits) = match (self.recorded(pool, number), recorded) {
            (Some(request), Some(recorded)) => (request.units, recorded.waits),
            _ => {
                let tenants = self.tenants_of(pool);
                let occasion = Occasion::number(number);
                (tenant_units(tenants, self.rest.decisions, who, occasion), tenants.waits)
            }
        };
        let rule = if waits { ShortageRule::Waits } else { ShortageRule::Lost };
        self.rest.out.pools[id.index()].tenants_arrived += 1;
        match self.cloud.region.inventory_mut().others_arrive(id, number, units, rule) {
            Arrival::Taken => {
                self.rest.out.pools[id.index()].tenants_wait.record(0);
                self.tenant_took(pool, number, units);
            }
            Arrival::Lost => self.rest.out.pools[id.index()].tenants_lost += 1,
            Arrival::Waiting => {
                self.rest.out.pools[id.index()].tenants_waited += 1;
                self.cloud.pools[id.index()].waiting.push_back((number, self.rest.now));
            }
        }
    }

    fn tenant_took(&mut self, pool: u16, number: u64, units: u64) {
        let hold = self.tenant_hold(pool, number);
        self.schedule_departure(pool, units, hold);
        self.stock_changed(PoolId(pool));
    }

    pub(super) fn schedule_departure(&mut self, pool: u16, units: u64, hold: SimDuration) {
        let source = self.rest.of_pool(pool);
        let units = u32::try_from(units).expect("the scenario's limits keep units in range");
        let event = Event::TenantDeparted { pool, units };
        self.rest.schedule_environment(self.rest.now.saturating_add(hold), source, event);
    }

    pub(super) fn on_tenant_departed(&mut self, pool: u16, units: u32) {
        self.rest.instant.note_listed();
        self.cloud.region.inventory_mut().others_depart(PoolId(pool), u64::from(units));
        self.stock_changed(PoolId(pool));
        self.serve_waiting(PoolId(pool));
    }

    /// Stock became free: tenants that wait take it first.
    pub(super) fn serve_waiting(&mut self, pool: PoolId) {
        while let Some(served) = self.cloud.region.inventory_mut().next_served(pool) {
            let track = &mut self.cloud.pools[pool.index()];
            let place = track.waiting.iter().position(|(number, _)| *number == served.tenant);
            let place = place.expect("whoever is served had been waiting");
            let (_, came) = track.waiting.remove(place).expect("the place was just found");
            let waited = self.rest.now - came;
            self.rest.out.pools[pool.index()].tenants_wait.record(waited.as_micros());
            self.tenant_took(pool.0, served.tenant, served.units);
        }
    }

    /// Notes what a pool is now, and books how long it was what it was.
    pub(super) fn stock_changed(&mut self, pool: PoolId) {
        let Some(stock) = self.cloud.region.inventory().stock(pool) else { return };
        self.book_pool(pool);
        let track = &mut self.cloud.pools[pool.index()];
        track.free = stock.free;
        if track.shown == Some(stock) {
            return;
        }
        track.shown = Some(stock);
        let out = &mut self.rest.out.pools[pool.index()];
        out.least_free = out.least_free.min(stock.free);
        self.rest.note(Fact::StockChanged { pool, stock });
    }

    /// Books the span since the pool last changed.
    pub(super) fn book_pool(&mut self, pool: PoolId) {
        let track = &mut self.cloud.pools[pool.index()];
        let span = self.rest.now.since(track.since).as_micros();
        self.rest.out.pools[pool.index()].free_area += u128::from(track.free) * u128::from(span);
        track.since = self.rest.now;
    }

    pub(super) fn schedule_step(&mut self, pool: u16, step: u32) {
        if let Some(next) = self.rest.plan.pools[usize::from(pool)].steps.get(step as usize) {
            let (at, source) = (next.at, self.rest.of_pool(pool));
            self.rest.schedule_environment(at, source, Event::StockStepped { pool, step });
        }
    }

    #[inline(never)]
    pub(super) fn on_stock_stepped(&mut self, pool: u16, step: u32) {
        self.rest.instant.note_listed();
        self.schedule_step(pool, step + 1);
        let id = PoolId(pool);
        let listed = &mut self.cloud.pools[usize::from(pool)].listed;
        let inventory = self.cloud.region.inventory_mut();
        match self.rest.plan.pools[usize::from(pool)].steps[step as usize].change {
            StockChange::Total(delta) => {
                inventory.change_total(id, delta);
            }
            StockChange::Others(units) if units >= 0 => {
                let free = inventory.stock(id).map_or(0, |stock| stock.free);
                let units = units.unsigned_abs().min(free);
                let arrival = inventory.others_arrive(id, u64::MAX, units, ShortageRule::Lost);
                *listed += if arrival == Arrival::Taken { units } else { 0 };
            }
            StockChange::Others(units) => {
                // What drawn tenants hold is theirs until they leave.
                let units = units.unsigned_abs().min(*listed);
                *listed -= units;
                inventory.others_depart(id, units);
            }
            StockChange::ObtainableTotal(units) => inventory.set_total(id, units),
            StockChange::ObtainableMore(units) => inventory.set_obtainable_more(id, units),
        }
        self.stock_changed(id);
        self.serve_waiting(id);
    }

    /// Schedules the next turn of a rule's window.
    pub(super) fn schedule_turn(&mut self, rule: RuleId) {
        let next = self.rest.injector.next_change(rule);
        if let Some(at) = next.filter(|at| *at < self.rest.plan.horizon) {
            let source = self.rest.of_rule(rule);
            self.rest.schedule_environment(at, source, Event::FaultTurned(rule));
        }
    }

    #[inline(never)]
    pub(super) fn on_fault_turned(&mut self, rule: RuleId) {
        self.rest.instant.note_listed();
        match self.rest.injector.turn(rule, self.rest.now) {
            Turn::Unchanged => {}
            Turn::Began => self.on_fault_changed(rule, true),
            Turn::Ended => self.on_fault_changed(rule, false),
        }
        self.schedule_turn(rule);
    }

    /// A rule came into force, or is no longer.
    pub(super) fn on_fault_changed(&mut self, rule: RuleId, open: bool) {
        self.rest.note(Fact::FaultTurned { rule: self.rest.rule_name(rule), open });
        let RuleId::Environment(place) = rule else { return };
        let plan = &self.rest.plan.environment_faults[usize::from(place)];
        for pool in &plan.pools {
            self.change_pool(place, *pool, plan.effect, open);
            self.stock_changed(*pool);
            self.serve_waiting(*pool);
        }
    }

    fn change_pool(&mut self, rule: u16, pool: PoolId, effect: EnvironmentEffect, open: bool) {
        let track = &mut self.cloud.pools[pool.index()];
        let inventory = self.cloud.region.inventory_mut();
        match effect {
            EnvironmentEffect::SoldOut => {
                track.sold_out = if open { track.sold_out + 1 } else { track.sold_out - 1 };
                inventory.set_sold_out(pool, track.sold_out > 0);
            }
            EnvironmentEffect::StockLoss(units) => {
                let units =
                    i64::try_from(units).expect("the scenario's limits keep units in range");
                if open {
                    track.losses.push((rule, inventory.change_total(pool, -units)));
                } else if let Some(at) = track.losses.iter().position(|(by, _)| *by == rule) {
                    inventory.change_total(pool, -track.losses.swap_remove(at).1);
                }
            }
            EnvironmentEffect::Scale(share) => {
                track.scales.retain(|(other, _)| *other != rule);
                if open {
                    track.scales.push((rule, share));
                }
                let worst = track.scales.iter().map(|(_, share)| *share).min();
                inventory.set_factor(pool, worst.unwrap_or(Ratio::ONE));
            }
        }
    }

    pub(super) fn schedule_happening(&mut self, place: u32) {
        if let Some(next) = self.rest.plan.happenings.get(place as usize) {
            let at = next.at;
            let source = crate::engine::Source {
                rank: (6 << 16) + place,
                identity: Identity::of("happening", &place.to_string()),
            };
            self.rest.schedule_environment(at, source, Event::Happened { place });
        }
    }

    #[inline(never)]
    pub(super) fn on_happened(&mut self, place: u32) {
        self.rest.instant.note_listed();
        self.schedule_happening(place + 1);
        let plan = self.rest.plan;
        match &plan.happenings[place as usize].what {
            HappeningKind::EconomicalDefault(on) => {
                self.cloud.region.set_economical_default(*on);
                self.rest.note(Fact::EconomicalDefault(*on));
            }
            HappeningKind::Condition { instances, condition, on } => {
                for instance in instances.iter().cloned().flatten().map(InstanceId) {
                    self.cloud.region.set_condition(instance, *condition, *on);
                    self.rest.note(Fact::ConditionChanged {
                        instance,
                        condition: *condition,
                        on: *on,
                    });
                }
            }
            HappeningKind::GuestShutdown(instances) => {
                for instance in instances.iter().cloned().flatten().map(InstanceId) {
                    self.shut_down_guest(instance);
                }
            }
        }
    }
}

/// How many units a request takes: uniform over the stated range.
pub(super) fn tenant_units(
    tenants: &Tenants,
    decisions: &crate::engine::Decisions,
    who: Identity,
    occasion: Occasion,
) -> u64 {
    let span = tenants.units.end - tenants.units.start;
    tenants.units.start + decisions.below(who, purpose::TENANT_UNITS, occasion, 0, span)
}
