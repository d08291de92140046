//! What a caller is told: the answers of the operations, as the API words them.
//!
//! Nothing here is the region's own: a client reads no more than this.

use super::id::{InstanceId, TypeId, ZoneId};
use super::instance::{State, Status, StoppedMode};
use super::operation::{Rows, Target};
use super::refusal::Refusal;

/// The answer to a request that was not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To an action on one instance: it has begun.
    Accepted,
    /// To a batch: what became of each instance, in the order of the list, each named once.
    Items(Vec<ItemAnswer>),
    /// To DescribeInstanceStatus.
    Statuses(StatusPage),
    /// To DescribeInstances.
    Instances(InstancePage),
    /// To RunInstances: the new instance, or that of the first request with the same token.
    Created(InstanceId),
    /// To DescribeAvailableResource: stock of types, zone by zone.
    Available(Vec<AvailableRow>),
}

/// One `InstanceResponse` of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemAnswer {
    /// Which instance, as the request named it.
    pub target: Target,
    /// `PreviousStatus`; none of an id that is not there.
    pub previous: Option<Status>,
    /// `CurrentStatus`, likewise.
    pub current: Option<Status>,
    /// Whether it has begun, or why not.
    pub result: Result<(), Refusal>,
}

/// A row of DescribeInstanceStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceStatus {
    /// Whose.
    pub instance: InstanceId,
    /// Its status; no stop mode, no locks.
    pub status: Status,
}

/// A page of DescribeInstanceStatus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPage {
    /// How many instances match, on all pages.
    pub total_count: u32,
    /// Which page this is, from 1.
    pub page_number: u32,
    /// How many rows a page has.
    pub page_size: u32,
    /// The rows of this page, by instance.
    pub rows: Rows<InstanceStatus>,
}

/// `StoppedMode` as DescribeInstances answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedModeAnswer {
    /// Standard mode, or economical mode is possible and not in effect.
    KeepCharging,
    /// Stopped, or stopping, in economical mode.
    StopCharging,
    /// The instance cannot be in economical mode.
    NotApplicable,
}

impl StoppedModeAnswer {
    /// Of an instance in this state that can be in economical mode.
    ///
    /// Source: DescribeInstances lists the three values, and its sample shows KeepCharging for a
    /// running instance; a published inventory of 30 running instances shows Not-applicable for
    /// every one of them, and what is measured holds. *Assumed*: it is so for whatever is neither
    /// stopped nor being stopped, and for what cannot be in economical mode.
    pub const fn of(state: State) -> StoppedModeAnswer {
        match state {
            State::Stopped { effective } | State::Stopping { effective } => match effective {
                StoppedMode::StopCharging => StoppedModeAnswer::StopCharging,
                StoppedMode::KeepCharging => StoppedModeAnswer::KeepCharging,
            },
            State::Pending
            | State::Starting { .. }
            | State::Running
            | State::Released
            | State::Rebooting { .. }
            | State::Deleting => StoppedModeAnswer::NotApplicable,
        }
    }

    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            StoppedModeAnswer::KeepCharging => "KeepCharging",
            StoppedModeAnswer::StopCharging => "StopCharging",
            StoppedModeAnswer::NotApplicable => "Not-applicable",
        }
    }
}

/// An instance's addresses, without inventing digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Its static public address, if it has one now: how often it has changed so far.
    pub static_public: Option<u16>,
    /// Whether an elastic address is associated; it never changes.
    pub eip: bool,
    /// Its private address, which never changes: named by the instance.
    pub private: InstanceId,
}

/// `OperationLocks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Locks {
    /// `LockReason` security.
    pub security: bool,
    /// `LockReason` financial.
    pub financial: bool,
    /// `LockReason` recycling: a spot instance about to be taken back.
    pub recycling: bool,
}

/// What DescribeInstances says of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its status.
    pub status: Status,
    /// Its stop mode.
    pub stopped_mode: StoppedModeAnswer,
    /// Its addresses.
    pub addresses: Addresses,
    /// Its locks.
    pub locks: Locks,
}

/// A row of DescribeInstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceRow {
    /// Which instance.
    pub instance: InstanceId,
    /// What there is to say.
    pub described: Described,
}

/// A page of DescribeInstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePage {
    /// The rows, by instance.
    pub rows: Rows<InstanceRow>,
    /// Where the next page begins, if there may be one.
    pub next_token: Option<u32>,
}

/// `StatusCategory`: how much stock there is of a type in a zone.
/// Source: DescribeAvailableResource reference (2021).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusCategory {
    /// Enough.
    WithStock,
    /// There is some, and little of it.
    ClosedWithStock,
    /// Sold out; it will be replenished.
    WithoutStock,
    /// Sold out for good.
    ClosedWithoutStock,
}

impl StatusCategory {
    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            StatusCategory::WithStock => "WithStock",
            StatusCategory::ClosedWithStock => "ClosedWithStock",
            StatusCategory::WithoutStock => "WithoutStock",
            StatusCategory::ClosedWithoutStock => "ClosedWithoutStock",
        }
    }

    /// `Status`: `Available`, if not `SoldOut`.
    pub const fn is_available(self) -> bool {
        match self {
            StatusCategory::WithStock | StatusCategory::ClosedWithStock => true,
            StatusCategory::WithoutStock | StatusCategory::ClosedWithoutStock => false,
        }
    }
}

/// A row of DescribeAvailableResource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailableRow {
    /// The zone.
    pub zone: ZoneId,
    /// The type.
    pub instance_type: TypeId,
    /// How much there is.
    pub category: StatusCategory,
}
