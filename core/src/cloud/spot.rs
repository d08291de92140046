//! Spot markets: prices move, instances are told, and five minutes later they are taken back.
//!
//! Prices are exogenous: a path is known before the first event and no controller can bend it.
//! Who is taken back depends on what runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ecs::condition::Condition;
use crate::ecs::id::{GroupId, InstanceId, MarketId, PoolId};
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::spot::{Cause, LOOK_EVERY, NOTICE, PricePath, PriceStep};
use crate::engine::{Decisions, Identity, Occasion, Source};
use crate::fact::{Fact, purpose};
use crate::units::{HourlyRate, SimTime};

use super::plan::{CloudPlan, MarketPlan, PriceCourse, PriceWalk};
use super::{Cloud, Event, Outputs, PlatformCause, of_instance};

/// What is remembered of spot instances.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The price of each market over time.
    paths: Arc<[PricePath]>,
    names: Vec<Identity>,
    /// Who has been told, by which notice and why.
    notices: BTreeMap<InstanceId, (u32, Cause)>,
    given: u32,
    /// The groups that are bought on each market, and all that draw on each pool, in their order.
    buyers: Vec<Vec<GroupId>>,
    drawers: Vec<Vec<GroupId>>,
}

impl Spot {
    pub(super) fn new(plan: &CloudPlan<'_>, paths: Arc<[PricePath]>) -> Spot {
        let region = plan.region;
        let mut buyers = vec![Vec::new(); region.markets.len()];
        let mut drawers = vec![Vec::new(); region.pools.len()];
        for (place, group) in region.groups.iter().enumerate() {
            if let Some(terms) = &group.spot {
                buyers[terms.market.index()].push(GroupId::at(place));
            }
            if let Some(pool) = group.pool {
                drawers[pool.index()].push(GroupId::at(place));
            }
        }
        Spot {
            buyers,
            drawers,
            paths,
            names: plan.markets.iter().map(|market| market.identity).collect(),
            notices: BTreeMap::new(),
            given: 0,
        }
    }
}

/// The price of each market over time.
pub fn price_paths(plan: &CloudPlan<'_>, decisions: &Decisions) -> Arc<[PricePath]> {
    let path = |(spec, market): (&crate::ecs::spot::MarketSpec, &MarketPlan)| {
        let steps = match &market.course {
            PriceCourse::Listed(steps) => steps.clone(),
            PriceCourse::Walk(walk) => {
                walked(walk, spec.price, market.identity, decisions, plan.horizon)
            }
        };
        PricePath::new(spec.price, steps)
    };
    plan.region.markets.iter().zip(plan.markets).map(path).collect()
}

/// A bounded random walk. *Assumed*: no process of spot prices is published.
fn walked(
    walk: &PriceWalk,
    first: HourlyRate,
    who: Identity,
    decisions: &Decisions,
    horizon: SimTime,
) -> Vec<PriceStep> {
    let swing = walk.swing.as_nanos();
    let choices = swing.unsigned_abs() * 2 + 1;
    let (mut steps, mut rate, mut number) = (Vec::new(), first.as_nanos(), 0);
    let mut at = SimTime::ZERO.saturating_add(walk.every);
    while at < horizon {
        let up = decisions.below(who, purpose::SPOT_PRICE, Occasion::number(number), 0, choices);
        let moved = i128::from(rate) - i128::from(swing) + i128::from(up);
        let bounds = [walk.least, walk.most].map(|bound| i128::from(bound.as_nanos()));
        let kept = moved.clamp(bounds[0], bounds[1]);
        rate = i64::try_from(kept).expect("its bounds are rates");
        steps.push(PriceStep { at, rate: HourlyRate::from_nanos(rate) });
        at = at.saturating_add(walk.every);
        number += 1;
    }
    steps
}

impl Cloud<'_> {
    pub(super) fn open_markets(&mut self, out: &mut impl Outputs) {
        for market in 0..self.spot.paths.len() {
            let market = u16::try_from(market).expect("markets are numbered in 16 bits");
            self.schedule_price(out, market, 0);
            self.schedule_look(out, market);
        }
    }

    fn of_market(&self, market: u16) -> Source {
        Source {
            rank: (7 << 16) + u32::from(market),
            identity: self.spot.names[usize::from(market)],
        }
    }

    fn schedule_price(&self, out: &mut impl Outputs, market: u16, step: u32) {
        let Some(next) = self.spot.paths[usize::from(market)].change(step as usize) else {
            return;
        };
        let source = self.of_market(market);
        out.schedule_environment(next.at, source, Event::SpotPriced { market, step });
    }

    #[inline(never)]
    pub(super) fn on_spot_priced(&mut self, out: &mut impl Outputs, market: u16, step: u32) {
        out.listed();
        let now = self.spot.paths[usize::from(market)].change(step as usize);
        let now = now.expect("what is scheduled is on the path");
        self.schedule_price(out, market, step + 1);
        let market = MarketId(market);
        self.region.set_spot_price(market, now.rate);
        out.happened(&self.region, Fact::SpotPriced { market, rate: now.rate });
    }

    /// *Assumed*: a market's looks are counted from the beginning of the run.
    fn schedule_look(&self, out: &mut impl Outputs, market: u16) {
        let source = self.of_market(market);
        let at = out.now().saturating_add(LOOK_EVERY);
        out.schedule_environment(at, source, Event::SpotLooked { market });
    }

    #[inline(never)]
    pub(super) fn on_spot_looked(&mut self, out: &mut impl Outputs, market: u16) {
        self.schedule_look(out, market);
        let market = MarketId(market);
        let price = self.region.spot_price(market);
        let mut pools = Vec::new();
        let region = self.plan.region;
        for place in 0..self.spot.buyers[market.index()].len() {
            let group = region.group(self.spot.buyers[market.index()][place]);
            let terms = group.spot.filter(|terms| !terms.is_protected(out.now()));
            let Some(terms) = terms else { continue };
            if !terms.accepts(price) {
                let told: Vec<_> = group.instances().filter(|id| self.can_be_told(*id)).collect();
                told.into_iter().for_each(|instance| self.tell(out, instance, Cause::Price));
            }
            pools.extend(group.pool);
        }
        pools.sort_unstable();
        pools.dedup();
        pools.into_iter().for_each(|pool| self.tell_for_stock(out, market, pool));
    }

    /// Tells as many as are needed to make up for what is missing in a pool, drawn by name.
    /// *Assumed*: who of the spot instances of a market is not published.
    fn tell_for_stock(&mut self, out: &mut impl Outputs, market: MarketId, pool: PoolId) {
        let short = self.region.inventory().short_by(pool);
        if short == 0 {
            return;
        }
        let staying = self.spot.notices.keys().filter(|id| !self.is_leaving(**id));
        let told: u64 = staying.map(|id| self.units_in(*id, pool)).sum();
        let look = Occasion::number(out.now().as_micros() / LOOK_EVERY.as_micros());
        let (mut candidates, mut leaving) = (Vec::new(), 0);
        for group in &self.spot.drawers[pool.index()] {
            let group = self.plan.region.group(*group);
            let of_pool = |id: &InstanceId| self.region.public_pool_of(*id) == Some(pool);
            let gone = group.instances().filter(|id| self.is_leaving(*id) && of_pool(id)).count();
            leaving += gone as u64 * u64::from(group.units);
            let terms = group.spot.filter(|terms| terms.market == market);
            if terms.is_some_and(|terms| !terms.is_protected(out.now())) {
                let some = group.instances().filter(|id| self.can_be_told(*id));
                candidates.extend(some.map(|id| {
                    let who = out.name(id);
                    (self.decisions.word(who, purpose::SPOT_CHOICE, look, 0), id)
                }));
            }
        }
        candidates.sort_unstable();
        let mut covered = told + leaving;
        for (_, instance) in candidates {
            if covered >= short {
                break;
            }
            covered += self.units_in(instance, pool);
            self.tell(out, instance, Cause::Stock);
        }
    }

    /// What an instance holds of a pool.
    fn units_in(&self, instance: InstanceId, pool: PoolId) -> u64 {
        let group = self.plan.region.group(self.region.group_of(instance));
        let holds = group.pool == Some(pool) && self.region.state(instance).holds_stock();
        if holds { u64::from(group.units) } else { 0 }
    }

    /// Whether it holds compute that it is not about to give back, and has not been told.
    /// *Assumed*: what a standard stop kept is taken back like what runs.
    fn can_be_told(&self, instance: InstanceId) -> bool {
        let holds = self.region.state(instance).holds_stock();
        holds && !self.is_leaving(instance) && !self.spot.notices.contains_key(&instance)
    }

    /// Whether its compute is given back at the end of a stop that is under way.
    fn is_leaving(&self, instance: InstanceId) -> bool {
        self.region.state(instance) == State::Stopping { effective: StoppedMode::StopCharging }
    }

    fn tell(&mut self, out: &mut impl Outputs, instance: InstanceId, cause: Cause) {
        self.spot.given += 1;
        self.spot.notices.insert(instance, (self.spot.given, cause));
        out.happened(&self.region, Fact::SpotNoticed { instance, cause });
        self.recycle(out, instance, true);
        self.schedule_taking(out, instance, self.spot.given);
    }

    fn recycle(&mut self, out: &mut impl Outputs, instance: InstanceId, on: bool) {
        let condition = Condition::Recycling;
        self.region.set_condition(instance, condition, on);
        out.happened(&self.region, Fact::ConditionChanged { instance, condition, on });
    }

    fn schedule_taking(&self, out: &mut impl Outputs, instance: InstanceId, notice: u32) {
        let source = of_instance(out, instance);
        let event = Event::SpotTakenBack { instance: instance.0, notice };
        out.schedule(out.now().saturating_add(NOTICE), source, event);
    }

    /// A notice is over. *Assumed*: it stands even if the market has recovered; while a start or
    /// a stop is under way the instance is let alone for as long again.
    #[inline(never)]
    pub(super) fn on_spot_taken_back(
        &mut self,
        out: &mut impl Outputs,
        instance: InstanceId,
        notice: u32,
    ) {
        let Some((_, cause)) =
            self.spot.notices.get(&instance).copied().filter(|(number, _)| *number == notice)
        else {
            return out.stale();
        };
        match self.region.state(instance) {
            State::Starting { .. }
            | State::Stopping { .. }
            | State::Pending
            | State::Rebooting { .. }
            | State::Deleting => {
                return self.schedule_taking(out, instance, notice);
            }
            State::Running => {
                self.platform_stop(out, instance, StoppedMode::StopCharging, PlatformCause::Spot);
            }
            State::Stopped { effective: StoppedMode::KeepCharging } => {
                self.reclaim(out, instance, PlatformCause::Spot);
            }
            State::Released => return self.forget_notice(out, instance),
            State::Stopped { effective: StoppedMode::StopCharging } => {
                unreachable!("a notice ends with the stock it is about")
            }
        }
        out.happened(&self.region, Fact::SpotTakenBack { instance, cause });
        self.forget_notice(out, instance);
    }

    /// An instance holds its compute no longer, or is about to give it back: nothing is left to
    /// be told of.
    #[inline(always)]
    pub(super) fn forget_notice(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        if !self.spot.notices.is_empty() && self.spot.notices.remove(&instance).is_some() {
            self.recycle(out, instance, false);
        }
    }
}
