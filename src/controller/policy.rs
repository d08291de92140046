//! What a controller is, as the scenario states it.

use std::sync::Arc;

use crate::demand::Edge;
use crate::ecs::id::{CallerId, InstanceId, TypeId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{Force, OperationName, Parameter};
use crate::engine::{Distribution, Identity};
use crate::units::{Ratio, SimDuration, SimTime};

use super::retry::Retry;

/// One `[[controller]]`.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// Whom the region authorises.
    pub caller: CallerId,
    /// The instances it acts on, in acting order (already shuffled or by priority if so asked).
    pub instances: Vec<InstanceId>,
    /// How that order came about, for the report.
    pub order: Order,
    /// What makes it act.
    pub drive: Drive,
    /// Whether its requests are the demand of its instances (only without `[[demand]]`).
    pub is_demand: bool,
    /// How it asks for a stop.
    pub stop: StopParameters,
    /// How it asks for a start.
    pub start: StartParameters,
    /// How fast it goes.
    pub pacing: Pacing,
    /// How long before the edge it starts instances.
    pub lead: SimDuration,
    /// When it asks again.
    pub retry: Retry,
    /// How long it waits for an answer; without it, for ever.
    pub timeout: Option<SimDuration>,
    /// How it learns that a stop or start is done; without it, acceptance is enough for it.
    pub wait: Option<Poll>,
    /// What it does about `OperationDenied.NoStock`.
    pub no_stock: NoStockPolicy,
    /// Which share of its stops it asks to keep charging.
    pub keep_charging: Option<KeepChargingShare>,
}

impl Controller {
    /// The demand it follows, by its place in the plan.
    pub fn follows(&self) -> Option<u16> {
        match self.drive {
            Drive::Edges { follows, .. } => follows,
            Drive::Poisson { .. } | Drive::Listed(_) | Drive::Watch { .. } => None,
        }
    }
}

/// In which order a controller's due moment goes through its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the groups are listed, then by number.
    AsListed,
    /// In one keyed random order, fixed for the run.
    Shuffled,
    /// By the groups' priority, highest first, then as listed.
    Priority,
}

/// What makes a controller act.
#[derive(Clone, Debug)]
pub enum Drive {
    /// It stops and starts at edges: a demand's, or those of a calendar of its own.
    Edges {
        /// Place of the demand it follows in the plan; none for its own calendar.
        follows: Option<u16>,
        /// The edges, before stagger, jitter and lead.
        edges: Vec<Edge>,
        /// Which of them it acts on.
        acts: Acts,
    },
    /// Requests come as a Poisson process: each starts one idle instance, drawn at random, and
    /// stops it again when it has run for `hold` since the request.
    Poisson {
        /// Requests per hour, by hour of the day in the scenario's time zone; the same 24 times
        /// when there is no profile. In thousandths.
        milli_per_hour: Box<[u64; 24]>,
        /// From the request to the request to stop.
        hold: Distribution,
    },
    /// Requests as listed, ascending in time.
    Listed(Vec<ListedRequest>),
    /// It looks at all its instances at an interval and puts right what it sees wrong.
    Watch {
        /// The interval; the first look is one interval after time 0.
        every: SimDuration,
        /// What it holds to be right.
        want: Want,
        /// How it looks.
        with: OperationName,
        /// Instances per page: 1 to 50 for DescribeInstanceStatus, to 100 for DescribeInstances.
        page_size: u32,
    },
}

/// Which edges a scheduled controller acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// It stops and it starts.
    StopsAndStarts,
    /// It only stops.
    StopsOnly,
    /// It only starts.
    StartsOnly,
}

impl Acts {
    /// Whether it acts where `action` is called for.
    pub fn includes(self, action: Action) -> bool {
        match self {
            Acts::StopsAndStarts => true,
            Acts::StopsOnly => action == Action::Stop,
            Acts::StartsOnly => action == Action::Start,
        }
    }
}

/// What a watch controller holds to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Every instance runs.
    Running,
    /// Every instance is stopped.
    Stopped,
    /// What this demand (by place in the plan) wants at the moment.
    Demanded(u16),
}

/// A request as a CSV row or the scenario lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedRequest {
    /// When it is made.
    pub at: SimTime,
    /// For which instance.
    pub instance: InstanceId,
    /// Start or stop.
    pub action: Action,
}

/// What a controller wants done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Stop it.
    Stop,
    /// Start it.
    Start,
}

/// How a controller asks for a stop.
#[derive(Clone, Debug)]
pub struct StopParameters {
    /// `StoppedMode`; none leaves it to the account's default.
    pub mode: Option<StoppedMode>,
    /// `ForceStop`.
    pub force: Force,
    /// `ConfirmStop`: controllers send `true` unless told not to.
    pub confirm_stop: bool,
    /// `DryRun`.
    pub dry_run: bool,
    /// `Hibernate`.
    pub hibernate: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// How a controller asks for a start.
#[derive(Clone, Debug)]
pub struct StartParameters {
    /// `InitLocalDisk`.
    pub init_local_disk: bool,
    /// `DryRun`.
    pub dry_run: bool,
    /// It asks DescribeAvailableResource first, and does not call while the type is sold out.
    pub probe: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// How fast a controller goes through a due moment.
#[derive(Clone, Debug, Default)]
pub struct Pacing {
    /// At most this many single calls sent together, the next when these are through.
    pub batch: Option<u32>,
    /// When a batch is through.
    pub batch_until: BatchUntil,
    /// At most this many instances under way at once.
    pub concurrency: Option<u32>,
    /// At least this long between two calls it sends (retries and polls not counted).
    pub spacing: Option<SimDuration>,
    /// The due moment is spread evenly over this span, in order.
    pub stagger: Option<SimDuration>,
    /// Each instance's own random delay.
    pub jitter: Option<Distribution>,
}

/// When a batch is through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchUntil {
    /// When every call is answered (or timed out).
    #[default]
    Answered,
    /// When every instance is done or given up.
    Settled,
}

/// How a controller learns that a stop or start is done.
#[derive(Clone, Debug)]
pub struct Poll {
    /// `DescribeInstanceStatus` or `DescribeInstances`, one instance a call.
    pub operation: OperationName,
    /// First after the answer, and then from each answer to the next call.
    pub interval: SimDuration,
    /// It gives the instance up when it has waited this long since the accepted call.
    pub give_up: SimDuration,
}

/// What a controller does about `OperationDenied.NoStock`.
#[derive(Clone, Debug, Default)]
pub struct NoStockPolicy {
    /// Ask again at this interval; none fails at once.
    pub retry_every: Option<SimDuration>,
    /// Stop asking after this long since the due moment; none asks until demand ends.
    pub give_up: Option<SimDuration>,
    /// Ask the stops that follow to keep charging.
    pub keep_charging: Option<KeepChargingAfter>,
    /// Change the type and start then.
    pub fallback: Option<TypeFallback>,
}

/// Other types to take in place of one that is sold out.
#[derive(Clone, Debug)]
pub struct TypeFallback {
    /// In the order in which they are asked for, after the group's own.
    pub types: Vec<TypeId>,
    /// After how many refusals for want of stock it asks for another type, at least 1.
    pub after: u16,
    /// Whether it asks for the group's own type again once a stop is done.
    pub returns: bool,
}

/// Keep charging after a `NoStock`, for some stops.
#[derive(Clone, Copy, Debug)]
pub struct KeepChargingAfter {
    /// How many of the stops that follow, per instance in scope.
    pub stops: u16,
    /// Of which instances.
    pub scope: KeepChargingScope,
}

/// Whose stops keep charging after a `NoStock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepChargingScope {
    /// The instance that was refused.
    Instance,
    /// Every instance of its group under this controller.
    Group,
    /// Every instance of the controller.
    Controller,
}

/// The share of instances whose stops keep charging.
#[derive(Clone, Copy, Debug)]
pub struct KeepChargingShare {
    /// How large.
    pub share: Ratio,
    /// Which instances.
    pub chosen: KeepChargingChoice,
}

/// Which instances keep charging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepChargingChoice {
    /// Another block of the list on every occasion.
    Rotating,
    /// Always the same ones, by a keyed draw on the instance's name.
    ByName,
}

/// A defect of a request itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// `InstanceId` is left out.
    MissingInstanceId,
    /// `InstanceId` is not of the form of an id.
    MalformedInstanceId,
    /// `InstanceId` names an instance that does not exist.
    UnknownInstanceId(Arc<str>),
    /// This parameter has a value that cannot be read.
    Parameter(Parameter),
}
