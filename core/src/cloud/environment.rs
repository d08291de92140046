//! What happens whatever controllers do: other tenants, listed stock, faults, scheduled_events.

use std::collections::VecDeque;

use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::inventory::{Arrival, ShortageRule, Stock};
use crate::engine::{Decisions, Identity, Occasion, Source};
use crate::fact::{Fact, purpose};
use crate::fault::injector::{RuleId, Turn};
use crate::fault::rule::EnvironmentEffect;
use crate::units::{Ratio, SimDuration, SimTime};

use super::plan::{RecordedRequest, RecordedTenants, ScheduledEventKind, StockChange, Tenants};
use super::{Cloud, Event, News, Outputs};

/// What is remembered of a pool beside the region's inventory.
#[derive(Clone, Debug)]
pub(super) struct PoolTrack {
    /// The number of the tenant that comes next.
    next_tenant: u64,
    /// How many recorded requests were scheduled.
    scheduled: usize,
    /// When those that wait came, by number.
    waiting: VecDeque<(u64, SimTime)>,
    /// Units that listed steps took for other tenants: only these can be given back by one.
    listed: u64,
    /// Environment faults in force: how often sold out, units lost, shocks by rule.
    sold_out: u32,
    losses: Vec<(u16, i64)>,
    scales: Vec<(u16, Ratio)>,
    /// The stock that was told last.
    shown: Option<Stock>,
}

impl PoolTrack {
    pub(super) fn new() -> PoolTrack {
        PoolTrack {
            next_tenant: 0,
            scheduled: 0,
            waiting: VecDeque::new(),
            listed: 0,
            sold_out: 0,
            losses: Vec::new(),
            scales: Vec::new(),
            shown: None,
        }
    }
}

impl Cloud<'_> {
    pub(super) fn schedule_tenant(&mut self, out: &mut impl Outputs, pool: u16) {
        if let Some(recorded) = &self.plan.pools[usize::from(pool)].recorded {
            self.schedule_recorded(out, pool, recorded);
            return;
        }
        let Some(track) = self.tenants[usize::from(pool)].as_mut() else { return };
        let Some(arrival) = track.next_arrival(self.plan.clock) else { return };
        if arrival.at < self.plan.horizon {
            self.pools[usize::from(pool)].next_tenant = arrival.number;
            let source = self.of_pool(pool);
            out.schedule_environment(arrival.at, source, Event::TenantArrived { pool });
        }
    }

    #[inline(never)]
    fn schedule_recorded(&mut self, out: &mut impl Outputs, pool: u16, recorded: &RecordedTenants) {
        let track = &mut self.pools[usize::from(pool)];
        let Some(request) = recorded.requests.get(track.scheduled) else { return };
        track.next_tenant = track.scheduled as u64;
        track.scheduled += 1;
        let source = self.of_pool(pool);
        out.schedule_environment(request.at, source, Event::TenantArrived { pool });
    }

    /// The `number`-th request, if the pool's requests were recorded.
    fn recorded(&self, pool: u16, number: u64) -> Option<RecordedRequest> {
        let recorded = self.plan.pools[usize::from(pool)].recorded.as_ref()?;
        let number = usize::try_from(number).expect("requests are counted in memory");
        Some(recorded.requests[number])
    }

    fn tenants_of(&self, pool: u16) -> &Tenants {
        let tenants = self.plan.pools[usize::from(pool)].tenants.as_ref();
        tenants.expect("only pools with other tenants have their events")
    }

    /// How long the `number`-th request holds its units.
    fn tenant_hold(&self, pool: u16, number: u64) -> SimDuration {
        if let Some(request) = self.recorded(pool, number) {
            return request.hold;
        }
        let who = self.pool_names[usize::from(pool)];
        let hold = &self.tenants_of(pool).hold;
        self.decisions.duration(who, purpose::TENANT_HOLD, Occasion::number(number), 0, hold)
    }

    pub(super) fn on_tenant_arrived(&mut self, out: &mut impl Outputs, pool: u16) {
        out.listed();
        let id = PoolId(pool);
        let who = self.pool_names[usize::from(pool)];
        let number = self.pools[usize::from(pool)].next_tenant;
        self.schedule_tenant(out, pool);
        let recorded = self.plan.pools[id.index()].recorded.as_ref();
        let (units, waits) = match (self.recorded(pool, number), recorded) {
            (Some(request), Some(recorded)) => (request.units, recorded.waits),
            _ => {
                let tenants = self.tenants_of(pool);
                let occasion = Occasion::number(number);
                (tenant_units(tenants, self.decisions, who, occasion), tenants.waits)
            }
        };
        let rule = if waits { ShortageRule::Waits } else { ShortageRule::Lost };
        out.tell(&self.region, News::TenantArrived(id));
        match self.region.inventory_mut().others_arrive(id, number, units, rule) {
            Arrival::Taken => {
                out.tell(&self.region, News::TenantServed(id, SimDuration::ZERO));
                self.tenant_took(out, pool, number, units);
            }
            Arrival::Lost => out.tell(&self.region, News::TenantLost(id)),
            Arrival::Waiting => {
                out.tell(&self.region, News::TenantWaits(id));
                self.pools[id.index()].waiting.push_back((number, out.now()));
            }
        }
    }

    fn tenant_took(&mut self, out: &mut impl Outputs, pool: u16, number: u64, units: u64) {
        let hold = self.tenant_hold(pool, number);
        self.schedule_departure(out, pool, units, hold);
        self.stock_changed(out, PoolId(pool));
    }

    pub(super) fn schedule_departure(
        &self,
        out: &mut impl Outputs,
        pool: u16,
        units: u64,
        hold: SimDuration,
    ) {
        let source = self.of_pool(pool);
        let units = u32::try_from(units).expect("the scenario's limits keep units in range");
        let event = Event::TenantDeparted { pool, units };
        out.schedule_environment(out.now().saturating_add(hold), source, event);
    }

    pub(super) fn on_tenant_departed(&mut self, out: &mut impl Outputs, pool: u16, units: u32) {
        out.listed();
        self.region.inventory_mut().others_depart(PoolId(pool), u64::from(units));
        self.stock_changed(out, PoolId(pool));
        self.serve_waiting(out, PoolId(pool));
    }

    /// Stock became free: tenants that wait take it first.
    pub(super) fn serve_waiting(&mut self, out: &mut impl Outputs, pool: PoolId) {
        while let Some(served) = self.region.inventory_mut().next_served(pool) {
            let track = &mut self.pools[pool.index()];
            let place = track.waiting.iter().position(|(number, _)| *number == served.tenant);
            let place = place.expect("whoever is served had been waiting");
            let (_, came) = track.waiting.remove(place).expect("the place was just found");
            let waited = out.now() - came;
            out.tell(&self.region, News::TenantServed(pool, waited));
            self.tenant_took(out, pool.0, served.tenant, served.units);
        }
    }

    /// Says what a pool is now, if that is not what was said last.
    pub(super) fn stock_changed(&mut self, out: &mut impl Outputs, pool: PoolId) {
        let Some(stock) = self.region.inventory().stock(pool) else { return };
        let track = &mut self.pools[pool.index()];
        if track.shown == Some(stock) {
            return;
        }
        track.shown = Some(stock);
        out.happened(&self.region, Fact::StockChanged { pool, stock });
    }

    pub(super) fn schedule_step(&self, out: &mut impl Outputs, pool: u16, step: u32) {
        if let Some(next) = self.plan.pools[usize::from(pool)].steps.get(step as usize) {
            let (at, source) = (next.at, self.of_pool(pool));
            out.schedule_environment(at, source, Event::StockStepped { pool, step });
        }
    }

    #[inline(never)]
    pub(super) fn on_stock_stepped(&mut self, out: &mut impl Outputs, pool: u16, step: u32) {
        out.listed();
        self.schedule_step(out, pool, step + 1);
        let id = PoolId(pool);
        let listed = &mut self.pools[usize::from(pool)].listed;
        let inventory = self.region.inventory_mut();
        match self.plan.pools[usize::from(pool)].steps[step as usize].change {
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
        self.stock_changed(out, id);
        self.serve_waiting(out, id);
    }

    /// Schedules the next turn of a rule's window.
    pub(super) fn schedule_turn(&self, out: &mut impl Outputs, rule: RuleId) {
        let next = self.faults.next_change(rule);
        if let Some(at) = next.filter(|at| *at < self.plan.horizon) {
            let source = self.of_rule(rule);
            out.schedule_environment(at, source, Event::FaultTurned(rule));
        }
    }

    #[inline(never)]
    pub(super) fn on_fault_turned(&mut self, out: &mut impl Outputs, rule: RuleId) {
        out.listed();
        match self.faults.turn(rule, out.now()) {
            Turn::Unchanged => {}
            Turn::Began => self.on_fault_changed(out, rule, true),
            Turn::Ended => self.on_fault_changed(out, rule, false),
        }
        self.schedule_turn(out, rule);
    }

    /// A rule came into force, or is no longer.
    pub(super) fn on_fault_changed(&mut self, out: &mut impl Outputs, rule: RuleId, open: bool) {
        out.happened(&self.region, Fact::FaultTurned { rule: self.rule_name(rule), open });
        let RuleId::Environment(place) = rule else { return };
        let plan = &self.plan.environment_faults[usize::from(place)];
        for pool in &plan.pools {
            self.change_pool(place, *pool, plan.effect, open);
            self.stock_changed(out, *pool);
            self.serve_waiting(out, *pool);
        }
    }

    fn change_pool(&mut self, rule: u16, pool: PoolId, effect: EnvironmentEffect, open: bool) {
        let track = &mut self.pools[pool.index()];
        let inventory = self.region.inventory_mut();
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

    pub(super) fn schedule_listed_event(&self, out: &mut impl Outputs, place: u32) {
        if let Some(next) = self.plan.scheduled_events.get(place as usize) {
            let at = next.at;
            let source = Source {
                rank: (6 << 16) + place,
                identity: Identity::of("happening", &place.to_string()),
            };
            out.schedule_environment(at, source, Event::Happened { place });
        }
    }

    #[inline(never)]
    pub(super) fn on_happened(&mut self, out: &mut impl Outputs, place: u32) {
        out.listed();
        self.schedule_listed_event(out, place + 1);
        let plan = self.plan;
        match &plan.scheduled_events[place as usize].what {
            ScheduledEventKind::EconomicalDefault(on) => {
                self.region.set_economical_default(*on);
                out.happened(&self.region, Fact::EconomicalDefault(*on));
            }
            ScheduledEventKind::Condition { instances, condition, on } => {
                for instance in instances.iter().cloned().flatten().map(InstanceId) {
                    self.region.set_condition(instance, *condition, *on);
                    out.happened(
                        &self.region,
                        Fact::ConditionChanged { instance, condition: *condition, on: *on },
                    );
                }
            }
            ScheduledEventKind::GuestShutdown(instances) => {
                for instance in instances.iter().cloned().flatten().map(InstanceId) {
                    self.shut_down_guest(out, instance);
                }
            }
        }
    }
}

/// How many units a request takes: uniform over the stated range.
pub(super) fn tenant_units(
    tenants: &Tenants,
    decisions: &Decisions,
    who: Identity,
    occasion: Occasion,
) -> u64 {
    let span = tenants.units.end - tenants.units.start;
    tenants.units.start + decisions.below(who, purpose::TENANT_UNITS, occasion, 0, span)
}
