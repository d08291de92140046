//! What the region answers when it accepts, and what the end of work changes.

use super::{Batch, ChangeAccepted};
use crate::ecs::answer::{AvailableRow, InstancePage, StatusPage};
use crate::ecs::id::{InstanceId, PoolId};
use crate::ecs::instance::{StoppedMode, WorkKind};
use crate::ecs::spec::Ineligible;

/// A unit of work the cloud has begun: the world ends it with
/// [`Region::finish`](super::Region::finish).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// On which instance.
    pub instance: InstanceId,
    /// Its ordinal among the instance's units of work; an earlier one is stale.
    pub attempt: u32,
    /// What it is.
    pub kind: WorkKind,
}

/// What an accepted request got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A stop has begun.
    Stop(StopAccepted),
    /// A start has begun.
    Start(Work),
    /// Statuses.
    Statuses(StatusPage),
    /// Instances.
    Instances(InstancePage),
    /// What became of each instance of a StopInstances.
    Stops(Batch<StopAccepted>),
    /// What became of each instance of a StartInstances.
    Starts(Batch<Work>),
    /// What became of each instance of a RebootInstances.
    Reboots(Batch<Work>),
    /// A reboot has begun.
    Reboot(Work),
    /// An instance goes, or is gone.
    Delete(DeleteAccepted),
    /// An instance is being created, or was by the first request with this token.
    Run(RunAccepted),
    /// A start of an instance that was in arrears has begun.
    Reactivate(Work),
    /// A change of type has begun.
    Change(ChangeAccepted),
    /// Stock of types, zone by zone.
    Available(Vec<AvailableRow>),
}

/// A deletion, and what became of the instance at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteAccepted {
    /// Which instance.
    pub instance: InstanceId,
    /// The shutdown that comes first; none if it is gone already.
    pub work: Option<Work>,
    /// The pool that has units again, and how many: serve whoever waits.
    pub released: Option<(PoolId, u64)>,
    /// Whether data not yet on disk is lost: the power was cut.
    pub data_lost: bool,
}

/// What RunInstances answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunAccepted {
    /// The instance, new or of the first request with the same token.
    pub instance: InstanceId,
    /// Its creation; none if the request was a repetition.
    pub work: Option<Work>,
}

/// A stop that has begun, and what became of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopAccepted {
    /// The work to be done.
    pub work: Work,
    /// The `StoppedMode` of the request; `None` left it to the account's default.
    pub asked: Option<StoppedMode>,
    /// The mode that takes effect.
    pub effective: StoppedMode,
    /// Why economical mode, asked for or the default, does not take effect: silently.
    pub downgraded: Option<Ineligible>,
    /// Whether data not yet on disk is lost: the power is cut.
    pub data_lost: bool,
    /// Whether it cuts short a graceful stop under way, whose mode was settled before.
    pub escalates: bool,
}

impl StopAccepted {
    /// Whether the request left the mode to the account's default.
    pub const fn relied_on_default(&self) -> bool {
        self.asked.is_none() && !self.escalates
    }
}

/// What the end of a unit of work changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Nothing: other work has taken its place.
    Stale,
    /// The instance is stopped.
    Stopped {
        /// In this mode.
        effective: StoppedMode,
        /// The pool that has units again, and how many: serve whoever waits.
        released: Option<(PoolId, u64)>,
        /// Whether its static public address went back.
        static_address_released: bool,
    },
    /// The instance is running.
    Running {
        /// After a stop of this mode.
        from: StoppedMode,
        /// Its static public address, if it had lost it.
        static_address: Option<AddressReturn>,
    },
    /// What follows on it has begun: the next stage of a reboot, or the start of a new instance.
    NextStage(Work),
    /// The instance is gone.
    Deleted {
        /// The pool that has units again, and how many: serve whoever waits.
        released: Option<(PoolId, u64)>,
    },
    /// The change of type is done; the instance is as stopped as it was.
    TypeChanged,
}

/// What static public address an instance has after it lost one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressReturn {
    /// The one it had.
    Same,
    /// Another one.
    Changed,
}
