//! The operations and their parameters, as types.
//!
//! A request here has already been read from whatever carried it; what could not be read is
//! kept as [`Parameter`] so that the region can refuse it the way the API does. Nothing here
//! decides anything.

mod batch;
mod lifecycle;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::id::{InstanceId, TypeId, ZoneId};
use super::instance::{Status, StoppedMode};

pub use batch::{BatchOptimization, RebootInstances, StartInstances, StopInstances};
pub use lifecycle::{DeleteInstance, ReActivateInstances, RebootInstance, Removal, RunInstances};

/// The most instance ids one call may name.
/// Source: DescribeInstances, DescribeInstanceStatus, StopInstances, StartInstances: 1..100.
pub const IDS_MAX: usize = 100;
/// The largest page of DescribeInstanceStatus. Source: its reference, 1..50.
pub const PAGE_SIZE_MAX: u32 = 50;
/// The largest `MaxResults` of DescribeInstances. Source: its reference, 1..100.
pub const RESULTS_MAX: u32 = 100;
/// What both Describe operations return when no size is given. Source: their references.
pub const PAGE_SIZE_DEFAULT: u32 = 10;

/// Whom a call of an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// It acts on one instance.
    One,
    /// It acts on a list of instances.
    List,
    /// It shows what state instances are in: one, a list, or all there are.
    Shown,
    /// It names no instance.
    None,
}

/// A field of the requests that are about whom is asked for; others have none.
macro_rules! of_those {
    (One, One, $field:expr) => {
        Some(&$field)
    };
    (List, List, $field:expr) => {
        Some(&$field)
    };
    (Shown, Shown, $field:expr) => {
        Some(&$field)
    };
    ($asked:ident, $is:ident, $field:expr) => {
        None
    };
}

macro_rules! operations {
    ($($(#[$doc:meta])* $Name:ident: $About:ident;)*) => {
        /// The operations this region understands, by the name a request carries. Their order is
        /// that of their numbers, which are in digests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum OperationName {
            $($(#[$doc])* $Name,)*
        }

        impl OperationName {
            /// Every operation, in the order of its number.
            pub const ALL: &'static [OperationName] = &[$(OperationName::$Name,)*];

            /// As the API spells it.
            pub const fn name(self) -> &'static str {
                match self { $(OperationName::$Name => stringify!($Name),)* }
            }

            /// The RAM action a policy grants, such as `ecs:StopInstance`.
            pub const fn action(self) -> &'static str {
                match self { $(OperationName::$Name => concat!("ecs:", stringify!($Name)),)* }
            }

            /// Whom a call of it is about.
            pub const fn about(self) -> About {
                match self { $(OperationName::$Name => About::$About,)* }
            }
        }

        /// A request, whole.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(#[$doc])* $Name($Name),)*
        }

        impl Operation {
            /// Its name.
            pub const fn name(&self) -> OperationName {
                match self { $(Operation::$Name(_) => OperationName::$Name,)* }
            }

            /// The one instance that it acts on.
            pub const fn target(&self) -> Option<&Target> {
                match self {
                    $(Operation::$Name(_asked) => of_those!(One, $About, _asked.instance),)*
                }
            }

            /// The instances that it acts on, where it takes a list.
            pub const fn targets(&self) -> Option<&Vec<Target>> {
                match self {
                    $(Operation::$Name(_asked) => of_those!(List, $About, _asked.instances),)*
                }
            }

            /// The instances that it shows.
            pub const fn ids(&self) -> Option<&Ids> {
                match self {
                    $(Operation::$Name(_asked) => of_those!(Shown, $About, _asked.ids),)*
                }
            }
        }
    };
}

operations! {
    /// Stops one instance.
    StopInstance: One;
    /// Starts one instance.
    StartInstance: One;
    /// Lists statuses, page by page.
    DescribeInstanceStatus: Shown;
    /// Lists instances with stop mode, addresses and locks.
    DescribeInstances: Shown;
    /// Stops up to a hundred instances.
    StopInstances: List;
    /// Starts up to a hundred instances.
    StartInstances: List;
    /// Restarts one instance.
    RebootInstance: One;
    /// Deletes one instance.
    DeleteInstance: One;
    /// Creates and starts an instance.
    RunInstances: None;
    /// Starts an instance that was stopped for arrears.
    ReActivateInstances: One;
    /// Changes the type of a stopped instance.
    ModifyInstanceSpec: One;
    /// Shows which types are in stock.
    DescribeAvailableResource: None;
    /// Restarts up to a hundred instances.
    RebootInstances: List;
}

impl OperationName {
    /// The operation with this name.
    pub fn from_name(name: &str) -> Option<OperationName> {
        OperationName::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Whether it shows what state instances are in: what a client polls with.
    #[inline]
    pub const fn shows_status(self) -> bool {
        matches!(self.about(), About::Shown)
    }

    /// Whether one call of it acts on a list of instances.
    #[inline]
    pub const fn is_batch(self) -> bool {
        matches!(self.about(), About::List)
    }
}

/// As the API spells it.
impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Operation {
    /// The mode that a stop asks for, if it says one.
    pub fn stopped_mode(&self) -> Option<StoppedMode> {
        if let Operation::StopInstance(stop) = self {
            return stop.mode;
        }
        let Operation::StopInstances(stop) = self else { return None };
        stop.mode
    }
}

/// Whom a request is about, as far as the request could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An id that was read; it may still be one the region does not have.
    Id(InstanceId),
    /// A well-formed id that belongs to no instance of the region.
    Unknown(Arc<str>),
    /// No `InstanceId`, or an empty one.
    Missing,
    /// Text that cannot be an instance id.
    Malformed,
}

impl Target {
    /// The id, if one was read.
    pub const fn known(&self) -> Option<InstanceId> {
        match self {
            Target::Id(instance) => Some(*instance),
            Target::Unknown(_) | Target::Missing | Target::Malformed => None,
        }
    }
}

/// `ForceStop`: how an instance is brought down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Force {
    /// `false`: the guest is asked to shut down.
    #[default]
    ShutDown,
    /// `true`: the power is cut; cached data not yet on disk is lost.
    PowerOff,
}

/// A parameter whose text could not be read as its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Neither `StopCharging` nor `KeepCharging`.
    StoppedMode,
    /// `ForceStop`: neither `true` nor `false`.
    ForceStop,
    /// `ConfirmStop`: neither `true` nor `false`.
    ConfirmStop,
    /// `DryRun`: neither `true` nor `false`.
    DryRun,
    /// `Hibernate`: neither `true` nor `false`.
    Hibernate,
    /// `InitLocalDisk`: neither `true` nor `false`.
    InitLocalDisk,
    /// `Force`: neither `true` nor `false`.
    Force,
    /// `TerminateSubscription`: neither `true` nor `false`.
    TerminateSubscription,
    /// `Async`: neither `true` nor `false`.
    Async,
}

/// StopInstance with all its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopInstance {
    /// `InstanceId`.
    pub instance: Target,
    /// `ConfirmStop`: to be deprecated, yet demanded for local storage by the error table.
    pub confirm_stop: bool,
    /// `ForceStop`.
    pub force: Force,
    /// `StoppedMode`; `None` leaves it to the account's default.
    pub mode: Option<StoppedMode>,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// `Hibernate`: in invitational preview, refused.
    pub hibernate: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

impl StopInstance {
    /// A stop of `instance` that says nothing else, as a client that sets no option sends it.
    pub const fn of(instance: InstanceId) -> StopInstance {
        StopInstance {
            instance: Target::Id(instance),
            confirm_stop: false,
            force: Force::ShutDown,
            mode: None,
            dry_run: false,
            hibernate: false,
            malformed: None,
        }
    }
}

/// StartInstance with all its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartInstance {
    /// `InstanceId`.
    pub instance: Target,
    /// `InitLocalDisk`: re-initialise a failed local disk; accepted, without effect here.
    pub init_local_disk: bool,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

impl StartInstance {
    /// A start of `instance` that says nothing else.
    pub const fn of(instance: InstanceId) -> StartInstance {
        StartInstance {
            instance: Target::Id(instance),
            init_local_disk: false,
            dry_run: false,
            malformed: None,
        }
    }
}

/// Which instances a Describe call names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// None: all of them.
    #[default]
    All,
    /// One: what a client that waits for its instance asks.
    One(InstanceId),
    /// A list of at most [`IDS_MAX`].
    Listed(Vec<InstanceId>),
}

/// DescribeInstanceStatus: statuses only, no stop mode and no locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeInstanceStatus {
    /// `InstanceId.N`.
    pub ids: Ids,
    /// `ZoneId`.
    pub zone: Option<ZoneId>,
    /// `PageNumber`, from 1.
    pub page_number: u32,
    /// `PageSize`, 1..=[`PAGE_SIZE_MAX`].
    pub page_size: u32,
}

impl DescribeInstanceStatus {
    /// The status of one instance.
    pub const fn of(instance: InstanceId) -> DescribeInstanceStatus {
        DescribeInstanceStatus {
            ids: Ids::One(instance),
            zone: None,
            page_number: 1,
            page_size: PAGE_SIZE_DEFAULT,
        }
    }
}

/// DescribeInstances: what the console shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeInstances {
    /// `InstanceIds`.
    pub ids: Ids,
    /// `Status`.
    pub status: Option<Status>,
    /// `MaxResults`, 1..=[`RESULTS_MAX`].
    pub max_results: u32,
    /// `NextToken`: the place to go on from, 0 for the first page.
    pub next_token: u32,
}

impl DescribeInstances {
    /// One instance.
    pub const fn of(instance: InstanceId) -> DescribeInstances {
        DescribeInstances {
            ids: Ids::One(instance),
            status: None,
            max_results: PAGE_SIZE_DEFAULT,
            next_token: 0,
        }
    }
}

/// Which type a request names, as far as the request could say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeTarget {
    /// A type that the scenario knows; it may still be one that the instance cannot have.
    Id(TypeId),
    /// Any other text.
    Unknown(Arc<str>),
}

/// `ClientToken`: a request that is sent again with it is not carried out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientToken(pub u64);

/// ModifyInstanceSpec, as far as it changes the type; bandwidth is not modelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModifyInstanceSpec {
    /// `InstanceId`.
    pub instance: Target,
    /// `InstanceType`.
    pub instance_type: TypeTarget,
    /// `ClientToken`.
    pub client_token: Option<ClientToken>,
    /// `Async`; accepted, without effect here: the answer never waits for the change.
    pub asynchronous: bool,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

impl ModifyInstanceSpec {
    /// A change of `instance` to a type that says nothing else.
    pub const fn of(instance: InstanceId, to: TypeId) -> ModifyInstanceSpec {
        ModifyInstanceSpec {
            instance: Target::Id(instance),
            instance_type: TypeTarget::Id(to),
            client_token: None,
            asynchronous: false,
            dry_run: false,
            malformed: None,
        }
    }
}

/// DescribeAvailableResource for instance types (`DestinationResource=InstanceType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DescribeAvailableResource {
    /// `ZoneId`; every zone, if left out.
    pub zone: Option<ZoneId>,
    /// `InstanceType`; every type that the fleet can be of, if left out.
    pub instance_type: Option<TypeId>,
}

/// What a Describe call found; a single row does without an allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows<T> {
    /// One row.
    One(T),
    /// Any number of rows.
    Many(Vec<T>),
}

impl<T> Deref for Rows<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Rows::One(row) => std::slice::from_ref(row),
            Rows::Many(rows) => rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_reads_back_as_it_is_named() {
        for &operation in OperationName::ALL {
            assert_eq!(OperationName::from_name(operation.name()), Some(operation));
            assert_eq!(operation.action(), format!("ecs:{operation}"));
        }
    }

    #[test]
    fn rows_are_a_slice_however_many_there_are() {
        assert_eq!(*Rows::One(7), [7]);
        assert_eq!(*Rows::Many(vec![1, 2]), [1, 2]);
    }
}
