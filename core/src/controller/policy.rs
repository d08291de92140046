//! What a controller is, as the scenario states it.

mod seat;

use std::ops::Range;
use std::sync::Arc;

use crate::demand::Edge;
use crate::ecs::id::{CallerId, InstanceId, TypeId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{BatchOptimization, Force, OperationName, Parameter, Removal};
use crate::engine::{Distribution, Identity};
use crate::fact::Action;
use crate::units::{Ratio, SimDuration, SimTime};

use super::defects::Defects;
use super::retry::{BACKOFF_EXPONENT_MAX, Retry};

/// One `[[controller]]`.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Its unique name.
    pub name: String,
    /// Stable identity, from its name.
    pub identity: Identity,
    /// The client that it behaves as, if it is one that people run.
    pub preset: Option<String>,
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
    /// How it asks for a reboot.
    pub reboot: RebootParameters,
    /// How it asks for a deletion.
    pub delete: DeleteParameters,
    /// How it asks for a reactivation.
    pub reactivate: ReactivateParameters,
    /// How it asks for a change of type, if it asks for one.
    pub change: Option<ChangeParameters>,
    /// When it replaces an instance that does not come up; never, without it.
    pub replace: Option<Replace>,
    /// Whether it asks for many instances in one call; without it, one call for each.
    pub batch_call: Option<BatchCall>,
    /// How fast it goes.
    pub pacing: Pacing,
    /// How long before the edge it starts instances.
    pub lead: SimDuration,
    /// When it asks again: the first rule that covers a failure decides; without one, never.
    pub retry: Vec<Retry>,
    /// How it looks at an instance before it calls; without it, it calls unseen.
    pub look_first: Option<LookFirst>,
    /// How long it waits for an answer; without it, for ever.
    pub timeout: Option<SimDuration>,
    /// How it learns that a stop or start is done; without it, acceptance is enough for it.
    pub wait: Option<Poll>,
    /// What it does about `OperationDenied.NoStock`.
    pub no_stock: NoStockPolicy,
    /// Which share of its stops it asks to keep charging.
    pub keep_charging: Option<KeepChargingShare>,
    /// What is wrong with it on purpose.
    pub defects: Defects,
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
        /// When it was not there to act on them.
        absence: Absence,
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
        /// What of it that is wrong it puts right.
        acts: Acts,
        /// How it looks.
        with: OperationName,
        /// Instances per page: 1 to 50 for DescribeInstanceStatus, to 100 for DescribeInstances.
        page_size: u32,
        /// A defect of its requests.
        malformed: Option<Malformed>,
    },
    /// It starts an instance whenever it hears that it has stopped.
    OnStopped {
        /// From the stop to the hearing of it.
        delay: Distribution,
    },
    /// A client that takes its seat acts.
    Client {
        /// Place of the demand that it follows in the plan, if it follows one.
        follows: Option<u16>,
        /// The program that takes the seat; none if whoever makes the run seats a client.
        program: Option<Program>,
    },
}

/// A program that takes a seat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Program {
    /// What is run, and its arguments.
    pub command: Vec<String>,
    /// In which folder.
    pub folder: String,
    /// How long it may take for one answer, by the machine's clock.
    pub reply_within: SimDuration,
}

/// When a scheduled controller is not there: it begins nothing then; what is under way goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// Half-open, ascending, disjoint.
    pub outages: Vec<Range<SimTime>>,
    /// Whether the last edge it missed is acted on when it is back; the edges are lost if not.
    pub catch_up: bool,
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

impl Poll {
    /// From the answer to the `looks`-th look (0: to the accepted call) to the next look.
    pub fn after(&self, looks: u32) -> SimDuration {
        match (looks, self.longest) {
            (0, _) => self.first,
            (_, None) => self.interval,
            (_, Some(longest)) => {
                let doublings = (looks - 1).min(BACKOFF_EXPONENT_MAX);
                self.interval.saturating_mul(1 << doublings).min(longest)
            }
        }
    }
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
    /// What is to be done with it.
    pub action: Action,
}

/// How a controller asks for a stop.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default)]
pub struct StartParameters {
    /// `InitLocalDisk`.
    pub init_local_disk: bool,
    /// `DryRun`.
    pub dry_run: bool,
    /// It asks DescribeAvailableResource first, and does not call while the type is sold out.
    pub check_stock_first: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// Stops, starts and reboots by StopInstances, StartInstances and RebootInstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCall {
    /// The most instances of one call, 1 to 100.
    pub size: u32,
    /// `BatchOptimization`.
    pub optimization: BatchOptimization,
}

/// How a controller asks for a reboot.
#[derive(Clone, Debug, Default)]
pub struct RebootParameters {
    /// `ForceStop`.
    pub force: Force,
    /// `DryRun`.
    pub dry_run: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// How a controller asks for a deletion.
#[derive(Clone, Debug, Default)]
pub struct DeleteParameters {
    /// Whether it asks for a stop first, waits for Stopped, and only then deletes.
    pub stop_first: bool,
    /// `Force` and `ForceStop`.
    pub removal: Removal,
    /// `TerminateSubscription`.
    pub terminate_subscription: bool,
    /// `DryRun`.
    pub dry_run: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// How a controller asks for a reactivation.
#[derive(Clone, Debug, Default)]
pub struct ReactivateParameters {
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// How a controller asks for a change of type.
#[derive(Clone, Debug)]
pub struct ChangeParameters {
    /// `InstanceType`.
    pub to: TypeId,
    /// Which `ClientToken` its requests carry.
    pub token: TokenUse,
    /// `DryRun`.
    pub dry_run: bool,
    /// A defect of the request itself.
    pub malformed: Option<Malformed>,
}

/// When a controller runs another instance in place of one that does not come up.
#[derive(Clone, Copy, Debug)]
pub struct Replace {
    /// So long after the first call of a start, or when that call is given up unanswered.
    pub after: SimDuration,
    /// Which `ClientToken` its requests carry.
    pub token: TokenUse,
    /// `DryRun`.
    pub dry_run: bool,
}

/// Which `ClientToken` requests for a replacement or a change carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// One per replacement or change: a retry is recognised.
    Same,
    /// One per request: a retry is a new request.
    Fresh,
    /// One for everything the controller ever asks for.
    Shared,
}

/// How fast a controller goes through a due moment.
#[derive(Clone, Debug, Default)]
pub struct Pacing {
    /// At most this many single calls sent together, the next when these are through.
    pub batch: Option<u32>,
    /// When a batch is through.
    pub batch_until: BatchUntil,
    /// Whether batches hold instances of one zone and type, those of each going their own way.
    pub by_zone_and_type: bool,
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
    /// From the answer to the accepted call to the first look.
    pub first: SimDuration,
    /// From the answer to the first look to the second, and so on.
    pub interval: SimDuration,
    /// The interval doubles from look to look up to this; without it, it stays as it is.
    pub longest: Option<SimDuration>,
    /// So many looks in a row may fail, one more and it gives the instance up; without it, any
    /// number may.
    pub read_errors: Option<u32>,
    /// It gives the instance up when it has waited this long since the accepted call.
    pub give_up: SimDuration,
    /// What it makes of an answer without the instance.
    pub missing_read: MissingRead,
}

/// What a client makes of a read that does not have its instance. Not-found reads are no proof
/// of a stop. Source: the client bug CFWorker4AliCDT #21, which took them for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingRead {
    /// Nothing: it looks again.
    #[default]
    KeepPolling,
    /// That the instance is stopped.
    Stopped,
    /// That the action has failed.
    Fail,
}

/// How a controller looks at an instance before it calls.
///
/// What is there already is left alone. A look that fails is an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookFirst {
    /// `DescribeInstanceStatus` or `DescribeInstances`, one instance a call.
    pub operation: OperationName,
    /// It waits for a stop that is under way; it asks for another one if not.
    pub joins_stopping: bool,
    /// It waits for a start that is under way; it asks for another one if not.
    pub joins_starting: bool,
    /// While a change the other way is under way it looks again at this interval, and gives the
    /// instance up when it has waited as long as [`Poll::give_up`]; it calls into it if none.
    pub again: Option<SimDuration>,
    /// Whether it looks before each call, and not only before the first.
    pub each_call: bool,
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
    /// `ZoneId` names a zone that the region does not have.
    UnknownZone,
    /// A page of no instance.
    EmptyPage,
}
