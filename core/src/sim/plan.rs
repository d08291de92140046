//! All that a run needs, already valid: built by `scenario`, never checked again.

mod seat;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::books::plan::BooksPlan;
use crate::cloud::plan::{
    ArrearsStep, CapacityPlan, Lifecycle, MarketPlan, PollLoad, PoolPlan, ScheduledEvent,
};
use crate::controller::policy::{Controller, Drive, ListedRequest};
use crate::demand::Demand;
use crate::demand::calendar::{CivilClock, DaysOff};
use crate::ecs::id::{GroupId, InstanceId, PoolId};
use crate::ecs::inventory::StockSpec;
use crate::ecs::spec::RegionSpec;
use crate::ecs::throttle::Quota;
use crate::engine::{DecisionList, Decisions, Identity, Shared};
use crate::fact::Action;
use crate::fault::rule::{CallFault, EnvironmentFault, WorkFault};
use crate::network::plan::Legs;
use crate::property::{Properties, PropertiesPlan};
use crate::units::{Ratio, SimDuration, SimTime};

pub use seat::{Seat, SeatError};

/// What will run. A run is a pure function of (plan, seed, replication, ties).
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario's name.
    pub name: String,
    /// SHA-256 of the resolved scenario, in hexadecimal.
    pub hash: String,
    /// The currency of every price: three letters.
    pub currency: String,
    /// What the beginning is in civil time, and where.
    pub clock: CivilClock,
    /// Statistics begin here.
    pub warm_up: SimTime,
    /// The run ends here: nothing at or after it happens.
    pub horizon: SimTime,
    /// The modelled region: zones, types, groups, pools, callers, knobs.
    pub region: Arc<RegionSpec>,
    /// How likely a static public address comes back after an economical stop.
    pub static_address_returns: Ratio,
    /// Per group, in the region's order: what its instances are tagged with.
    pub tags: Vec<BTreeMap<String, String>>,
    /// Per group, in the region's order: how long its transitions take.
    pub lifecycles: Vec<Lifecycle>,
    /// Per pool, in the region's order: what others do to it.
    pub pools: Vec<PoolPlan>,
    /// Per private pool and dedicated host, in the region's order.
    pub capacities: Vec<CapacityPlan>,
    /// Per market of spot instances, in the region's order: where its price goes.
    pub markets: Vec<MarketPlan>,
    /// How the account's standing turns, ascending in time.
    pub arrears: Vec<ArrearsStep>,
    /// How long calls travel.
    pub legs: Legs,
    /// How much polling slows transitions, if it does.
    pub poll_load: Option<PollLoad>,
    /// When instances are wanted. Instances in none are wanted always, unless a controller's
    /// requests are the demand.
    pub demands: Vec<Demand>,
    /// What groups do together, in file order.
    pub services: Vec<Service>,
    /// Who acts.
    pub controllers: Vec<Controller>,
    /// How many calls of an operation the account may make.
    pub quotas: Vec<Quota>,
    /// What goes wrong with calls, in file order.
    pub call_faults: Vec<CallFault>,
    /// What goes wrong with work under way, in file order.
    pub work_faults: Vec<WorkFault>,
    /// What goes wrong with stock, in file order.
    pub environment_faults: Vec<EnvironmentFault>,
    /// Happenings at listed times, ascending.
    pub scheduled_events: Vec<ScheduledEvent>,
    /// Whether the ledger keeps every billing cycle for the report.
    pub billing_cycles: bool,
    /// Where the bill is looked at before the end, ascending, within the window: no scenario says
    /// so, who reports by month does.
    pub marks: Vec<SimTime>,
    /// Dates on which nobody works because of a holiday, and dates that are worked instead.
    pub days_off: DaysOff,
    /// When a start wave is good, and a service's start.
    pub good_wave: GoodWave,
    /// What the run starts with, as far as the scenario says so.
    pub run: RunDefaults,
    /// Every input that a number of the report may rest on.
    pub inputs: Vec<Input>,
    /// What the scenario expects of the result.
    pub expectations: Vec<Expectation>,
    /// What has to be so in every run.
    pub properties: Properties,
    /// What luck does not decide, but the scenario.
    pub fixed: DecisionList,
}

impl Plan {
    /// The parts of it that the books need.
    pub fn books(&self) -> BooksPlan<'_> {
        // What a program will do nobody knows.
        let deletes = |controller: &Controller| {
            deletions(controller).next().is_some() || controller.program().is_some()
        };
        BooksPlan {
            clock: &self.clock,
            warm_up: self.warm_up,
            horizon: self.horizon,
            region: &self.region,
            billing_cycles: self.billing_cycles,
            billing_ends: self.controllers.iter().any(deletes) || !self.arrears.is_empty(),
            callers: self.controllers.len(),
            services: self.services.len(),
            good_within: self.good_wave.within,
        }
    }

    /// Every rule of faults with its name: of calls, of work, of the environment.
    pub fn rules(&self) -> impl Iterator<Item = (Identity, &str)> {
        let calls = self.call_faults.iter().map(|fault| (fault.identity, fault.name.as_str()));
        let work = self.work_faults.iter().map(|fault| (fault.identity, fault.name.as_str()));
        let environment = self.environment_faults.iter();
        calls.chain(work).chain(environment.map(|fault| (fault.identity, fault.name.as_str())))
    }

    /// The luck of one replication, but for what the scenario fixes.
    pub fn decisions(&self, seed: u64, replication: u32) -> Decisions {
        let drawn = Decisions::of(seed, replication);
        match self.fixed.is_empty() {
            true => drawn,
            false => drawn.fixing(self.fixed.iter().map(|(decision, is)| (*decision, *is))),
        }
    }

    /// The parts of it that properties need.
    pub fn watched(&self) -> PropertiesPlan<'_> {
        PropertiesPlan {
            horizon: self.horizon,
            region: &self.region,
            demands: &self.demands,
            controllers: &self.controllers,
            asked: &self.properties,
        }
    }

    /// Whether a controller is a program: then a run is a function of what that does, too.
    pub fn has_programs(&self) -> bool {
        self.controllers.iter().any(|one| one.program().is_some())
    }

    /// Lets equal durations share what speeds up asking them; no result depends on it.
    pub fn share_durations(&mut self) {
        let mut shared = Shared::default();
        for lifecycle in &mut self.lifecycles {
            let spans = lifecycle.spans_mut().into_iter().filter_map(|(_, span)| span);
            spans.for_each(|span| shared.share(span));
            lifecycle.wave_factor.iter_mut().for_each(|factor| shared.share(factor));
        }
        shared.share(&mut self.legs.request);
        shared.share(&mut self.legs.answer);
    }
}

/// Groups that together do something for somebody: ready when all its needs hold at once.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// What it needs, one group each.
    pub needs: Vec<Need>,
    /// Place of the demand whose edges are its own; every instance of its groups is wanted
    /// exactly when it is.
    pub demand: u16,
    /// What must hold before the groups in `held` are started.
    pub after: Vec<Need>,
    /// Its groups whose starts wait for `after`.
    pub held: Vec<GroupId>,
    /// How long after the edge their starts no longer wait.
    pub timeout: SimDuration,
}

/// So many instances of a group must be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Of which group.
    pub group: GroupId,
    /// How many, at least one and at most all.
    pub at_least: u64,
}

/// When a start wave is good: at least `share` of all ready `within` after the edge.
#[derive(Clone, Copy, Debug)]
pub struct GoodWave {
    /// The share that must be ready.
    pub share: Ratio,
    /// How soon.
    pub within: SimDuration,
}

/// Seeds and numbers that flags override; outside the resolved scenario.
#[derive(Clone, Copy, Debug)]
pub struct RunDefaults {
    /// The seed, when the scenario states one.
    pub seed: Option<u64>,
    /// How many replications.
    pub replications: u32,
    /// How many threads; none means one per core.
    pub threads: Option<u32>,
}

/// One input and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path in the scenario: `group.web.start.p50`.
    pub path: String,
    /// Its value as the scenario would write it.
    pub value: String,
    /// What it rests on.
    pub basis: Basis,
    /// Document, file or reason; empty for what the scenario gives without one.
    pub source: String,
}

/// What an input rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The scenario says so.
    Given,
    /// Measured, the file is named.
    Measured,
    /// A document says so.
    Documented,
    /// Nobody says so: results that rest on it are marked.
    Assumed,
}

impl Basis {
    /// The word that `[provenance]` begins with.
    pub const fn word(self) -> &'static str {
        match self {
            Basis::Given => "given",
            Basis::Measured => "measured",
            Basis::Documented => "documented",
            Basis::Assumed => "assumed",
        }
    }
}

/// One line of `expect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// As written: `start.due_to_ready.p99 < 5m`.
    pub text: String,
    /// Of what: a figure over all replications, or each replication's own.
    pub across: Across,
    /// The metric's name.
    pub metric: String,
    /// How they compare.
    pub relation: Relation,
    /// The threshold, in the metric's own unit (µs, nano-units, millionths of a percent or of a
    /// count).
    pub threshold: i128,
}

/// What an expectation is about, where there are several replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// The true value, of which the replications are a sample.
    Truth,
    /// The value of every replication that was run: `every restart.never = 0`.
    Every,
    /// The largest value of any replication that was run: `max restart.never <= 3`.
    Max,
    /// The smallest: `min restart.up_at_15m.worst >= 95%`.
    Min,
}

/// How a metric and its threshold compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
}

/// The pools that a group's types draw on, where there are several that can be short: by group.
pub fn fallback_pools(plan: &Plan) -> Vec<(GroupId, Vec<PoolId>)> {
    let region = &plan.region;
    let pools_of = |group: GroupId| {
        let mut pools: Vec<PoolId> = Vec::new();
        for pool in region.kinds_of(group).filter_map(|kind| region.kind(kind).pool) {
            let limited = region.pools[pool.index()].stock != StockSpec::Unlimited;
            if limited && !pools.contains(&pool) {
                pools.push(pool);
            }
        }
        pools
    };
    let groups = (0..region.groups.len()).map(GroupId::at);
    groups.map(|group| (group, pools_of(group))).filter(|(_, pools)| pools.len() > 1).collect()
}

/// The instances that a controller is to delete.
pub fn deletions(controller: &Controller) -> impl Iterator<Item = InstanceId> {
    let listed = match &controller.drive {
        Drive::Listed(requests) => requests.as_slice(),
        Drive::Edges { .. }
        | Drive::Poisson { .. }
        | Drive::Watch { .. }
        | Drive::OnStopped { .. }
        | Drive::Client { .. } => &[],
    };
    let deletes = |request: &&ListedRequest| request.action == Action::Delete;
    listed.iter().filter(deletes).map(|request| request.instance)
}
