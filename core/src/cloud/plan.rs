//! The parts of a run's plan that the cloud needs.

use std::ops::Range;
use std::sync::Arc;

use crate::demand::calendar::CivilClock;
use crate::ecs::condition::Condition;
use crate::ecs::spec::RegionSpec;
use crate::ecs::spot::PriceStep;
use crate::engine::{Distribution, Identity};
use crate::fault::rule::{EnvironmentFault, WorkFault};
use crate::units::{HourlyRate, Ratio, SimDuration, SimTime};

/// All that the cloud needs of a plan.
#[derive(Clone, Copy, Debug)]
pub struct CloudPlan<'a> {
    /// What the beginning is in civil time, and where.
    pub clock: &'a CivilClock,
    /// Nothing at or after it happens.
    pub horizon: SimTime,
    /// Zones, types, groups, pools, callers, knobs.
    pub region: &'a Arc<RegionSpec>,
    /// How likely a static public address comes back after an economical stop.
    pub static_address_returns: Ratio,
    /// Per group: how long its transitions take.
    pub lifecycles: &'a [Lifecycle],
    /// Per pool: what others do to it.
    pub pools: &'a [PoolPlan],
    /// Per private pool and dedicated host.
    pub capacities: &'a [CapacityPlan],
    /// Per market of spot instances: where its price goes.
    pub markets: &'a [MarketPlan],
    /// How the account's standing turns, ascending in time.
    pub arrears: &'a [ArrearsStep],
    /// What happens at listed times, ascending.
    pub scheduled_events: &'a [ScheduledEvent],
    /// How much polling slows transitions, if it does.
    pub poll_load: Option<PollLoad>,
    /// What goes wrong with work under way, in file order.
    pub work_faults: &'a [WorkFault],
    /// What goes wrong with stock, in file order.
    pub environment_faults: &'a [EnvironmentFault],
}

/// How long the transitions of a group's instances take.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// From acceptance of a graceful stop to `Stopped`.
    pub stop: Distribution,
    /// From acceptance of a forced stop to `Stopped`.
    pub force_stop: Distribution,
    /// From acceptance of a start to `Running`.
    pub start: Distribution,
    /// What an economical restart takes in addition.
    pub allocation: Distribution,
    /// How long a new instance is `Pending`; for groups with a reserve.
    pub creation: Option<Distribution>,
    /// From `Running` to guest-ready; none means ready at `Running`.
    pub ready: Option<Distribution>,
    /// Common factor of a wave's starts in one zone: one second stands for a factor of one.
    pub wave_factor: Option<Distribution>,
    /// Graceful stops that hang.
    pub hang: Option<Hang>,
    /// For how long after an economical stop a start finds it still in progress.
    pub settling: Option<Distribution>,
    /// From acceptance of a change of type to its end.
    pub type_change: Distribution,
}

impl Lifecycle {
    /// Every span of it that somebody may have assumed, by the path of its key in the group.
    pub fn spans_mut(&mut self) -> [(&'static str, Option<&mut Distribution>); 8] {
        [
            ("stop", Some(&mut self.stop)),
            ("force_stop", Some(&mut self.force_stop)),
            ("start", Some(&mut self.start)),
            ("allocation", Some(&mut self.allocation)),
            ("reserve.creation", self.creation.as_mut()),
            ("ready", self.ready.as_mut()),
            ("settling", self.settling.as_mut()),
            ("type_change", Some(&mut self.type_change)),
        ]
    }
}

/// Graceful stops that the guest does not carry out.
#[derive(Clone, Copy, Debug)]
pub struct Hang {
    /// How likely a graceful stop hangs.
    pub probability: Ratio,
    /// After how long the platform powers it off; none leaves it `Stopping`, and billed.
    pub power_off_after: Option<SimDuration>,
}

/// A private pool or dedicated host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityPlan {
    /// Stable identity, from its name.
    pub identity: Identity,
    /// When it ends, if it does before the horizon.
    pub until: Option<SimTime>,
}

/// What others do to a pool.
#[derive(Clone, Debug)]
pub struct PoolPlan {
    /// Stable identity, from the pool's name.
    pub identity: Identity,
    /// Units in all at time 0; none takes what is free then and what is held.
    pub total: Option<u64>,
    /// Other tenants that come and go.
    pub tenants: Option<Tenants>,
    /// Other tenants whose requests were recorded.
    pub recorded: Option<RecordedTenants>,
    /// Listed changes, ascending in time.
    pub steps: Vec<StockStep>,
}

/// Other tenants of a pool: requests come as a Poisson process with a daily profile.
#[derive(Clone, Debug)]
pub struct Tenants {
    /// Requests per hour by hour of the day in the scenario's time zone, in thousandths.
    pub milli_per_hour: [u64; 24],
    /// Units a request takes: smallest and largest, all equally likely.
    pub units: Range<u64>,
    /// How long a tenant holds them.
    pub hold: Distribution,
    /// Whether a tenant that finds no stock waits for it, or is lost.
    pub waits: bool,
}

/// Other tenants of a pool, request by request, in place of a process.
#[derive(Clone, Debug)]
pub struct RecordedTenants {
    /// Their requests, ascending in time.
    pub requests: Vec<RecordedRequest>,
    /// Whether a tenant that finds no stock waits for it, or is lost.
    pub waits: bool,
}

/// What one tenant asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// When.
    pub at: SimTime,
    /// How many units.
    pub units: u64,
    /// How long it holds them, from when it has them.
    pub hold: SimDuration,
}

/// A listed change of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockStep {
    /// When.
    pub at: SimTime,
    /// What.
    pub change: StockChange,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// The total grows (new hardware) or shrinks by this many units.
    Total(i64),
    /// Other tenants take (or give back) this many units, as far as they can be had.
    Others(i64),
    /// All that we could hold, what we hold included, is this many units from here on.
    ObtainableTotal(u64),
    /// What we could have beyond what we hold is this many units at this instant.
    ObtainableMore(u64),
}

/// Where the price of a market goes.
#[derive(Clone, Debug)]
pub struct MarketPlan {
    /// Stable identity, from the market's name.
    pub identity: Identity,
    /// The way.
    pub course: PriceCourse,
}

/// How a price moves.
#[derive(Clone, Debug)]
pub enum PriceCourse {
    /// By listed or recorded changes, ascending in time.
    Listed(Vec<PriceStep>),
    /// By chance, and by time alone.
    Walk(PriceWalk),
}

/// A bounded random walk: each change is equally likely to be any whole nano-unit of the swing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceWalk {
    /// How far apart changes are.
    pub every: SimDuration,
    /// The least price.
    pub least: HourlyRate,
    /// The highest price.
    pub most: HourlyRate,
    /// The most a change can be, up or down.
    pub swing: HourlyRate,
}

/// A turn of the account's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrearsStep {
    /// When.
    pub at: SimTime,
    /// Which.
    pub turn: ArrearsTurn,
}

/// What arrears and their payment do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrearsTurn {
    /// The account owes; services go on.
    Overdue,
    /// Services are stopped, billing is suspended.
    Suspended,
    /// Compute that a standard stop kept is taken.
    ComputeReleased,
    /// Instances are released for good.
    Released,
    /// The account has paid.
    Paid {
        /// Whether what was stopped for arrears is started again.
        restarts: bool,
    },
}

/// How much status calls slow transitions that are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollLoad {
    /// What a transition takes longer at most, however many calls there are.
    pub max_delay: SimDuration,
    /// At so many calls per minute it takes half of that longer.
    pub half_rate_per_minute: u64,
}

/// Something that happens at a listed time.
#[derive(Clone, Debug)]
pub struct ScheduledEvent {
    /// When.
    pub at: SimTime,
    /// What.
    pub what: ScheduledEventKind,
}

/// What happens at a listed time.
#[derive(Clone, Debug)]
pub enum ScheduledEventKind {
    /// A condition of instances begins or ends.
    Condition {
        /// Of which instances: ascending disjoint ranges.
        instances: Vec<Range<u32>>,
        /// Which condition.
        condition: Condition,
        /// Whether it begins.
        on: bool,
    },
    /// The account's default of economical mode is switched.
    EconomicalDefault(bool),
    /// Someone runs `shutdown` inside the guests of these instances.
    GuestShutdown(Vec<Range<u32>>),
}
