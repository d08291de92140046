//! Requests that restart, delete, create and reopen instances.

use super::{Force, Parameter, Target};
use crate::ecs::id::{GroupId, InstanceId};

/// RebootInstance with all its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebootInstance {
    /// `InstanceId`.
    pub instance: Target,
    /// `ForceStop`.
    pub force: Force,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

impl RebootInstance {
    /// A reboot of `instance` that says nothing else.
    pub const fn of(instance: InstanceId) -> RebootInstance {
        RebootInstance {
            instance: Target::Id(instance),
            force: Force::ShutDown,
            dry_run: false,
            malformed: None,
        }
    }
}

/// `Force` and `ForceStop` of DeleteInstance: what it may do to an instance that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removal {
    /// `Force=false`: nothing; the instance must be Stopped.
    #[default]
    StoppedOnly,
    /// `Force=true`, `ForceStop=false`: shut the guest down, then release it.
    ShutDown,
    /// `Force=true`, and `ForceStop` `true` or left out: cut the power and release it at once.
    PowerOff,
}

impl Removal {
    /// Every one.
    pub const ALL: &'static [Removal] =
        &[Removal::StoppedOnly, Removal::ShutDown, Removal::PowerOff];
}

/// DeleteInstance with all its parameters. Source: its reference, 2026-06-18.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteInstance {
    /// `InstanceId`.
    pub instance: Target,
    /// `Force` and `ForceStop`.
    pub removal: Removal,
    /// `TerminateSubscription`: lets a subscription go that has expired.
    pub terminate_subscription: bool,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

impl DeleteInstance {
    /// A deletion of `instance` that says nothing else.
    pub const fn of(instance: InstanceId) -> DeleteInstance {
        DeleteInstance {
            instance: Target::Id(instance),
            removal: Removal::StoppedOnly,
            terminate_subscription: false,
            dry_run: false,
            malformed: None,
        }
    }
}

/// RunInstances, as far as replacing one instance needs it: `Amount` is 1, and a group of the
/// scenario stands for the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunInstances {
    /// What to create one more of.
    pub template: GroupId,
    /// `ClientToken`: a request with a token already seen gets the first one's answer.
    pub client_token: Option<u64>,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
}

/// ReActivateInstances: one instance a call, despite the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReActivateInstances {
    /// `InstanceId`.
    pub instance: Target,
}
