//! What the cloud may answer instead of yes: a catalogue keyed by reason.
//!
//! One API code may have several rows, because it has several causes. A refusal is an answer
//! to be counted, never an error of this program. The rows are in `refusal/rows.rs`.

mod bases;
mod rows;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::knob::{DryRunHttp, InstanceNotReadyHttp, InsufficientBalanceHttp, Knobs};
use super::operation::OperationName;

/// Why the cloud refuses. In the order of the checks; the numbers are in digests and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Refusal {
    // Parameters: wrong whatever the region looks like.
    /// No `InstanceId`.
    MissingInstanceId = 0,
    /// An `InstanceId` that cannot be one.
    MalformedInstanceId = 1,
    /// A `StoppedMode` that is neither of the two.
    InvalidStoppedMode = 2,
    /// A boolean that is neither `true` nor `false`.
    InvalidBoolean = 3,
    /// A page number, page size, result count or number of ids out of range.
    InvalidPaging = 4,
    /// A zone the region does not have.
    ZoneNotFound = 5,

    // Authorisation and existence.
    /// The caller's policy does not allow the action on this ARN.
    Unauthorised = 6,
    /// No such instance.
    InstanceNotFound = 7,

    // Locks and money.
    /// Locked for security reasons.
    LockedForSecurity = 8,
    /// StopInstance or RebootInstance on a subscription that ended.
    StopExpired = 9,
    /// StopInstance or RebootInstance on a pay-as-you-go instance in arrears.
    StopInArrears = 10,
    /// StartInstance on a subscription that ended.
    StartExpired = 11,
    /// StartInstance on a pay-as-you-go instance in arrears.
    StartInArrears = 12,
    /// A start or creation without the balance to pay for it.
    InsufficientBalance = 13,

    // Network, type and features.
    /// StopInstance on an instance in the classic network.
    ClassicNetwork = 14,
    /// A stop or deletion of an instance that another service manages.
    SystemInstance = 15,
    /// StopInstance on local storage without ConfirmStop=true.
    StopNotConfirmed = 16,
    /// StopInstance on an instance with hibernation configured.
    HibernationForbidden = 17,
    /// Hibernate=true on an instance without hibernation configured.
    HibernationNotEnabled = 18,

    // Status.
    /// Another operation is in progress.
    OperationConflict = 19,
    /// The status does not allow the operation.
    WrongStatus = 20,
    /// StartInstance on an instance that is not ready.
    NotReady = 21,

    // Disks and keys.
    /// StartInstance without a system disk.
    NoSystemDisk = 22,
    /// StopInstance with a disk in a wrong state.
    StopDiskError = 23,
    /// StartInstance or RebootInstance with a disk in a wrong state.
    StartDiskError = 24,
    /// StartInstance with a disk in arrears.
    DiskInArrears = 25,
    /// StopInstance while key escrow is not activated.
    KmsNotActivated = 26,
    /// StopInstance while KMS is not open.
    KmsServiceNotOpen = 27,
    /// StopInstance with a key that is gone.
    StopKmsKeyNotFound = 28,
    /// StartInstance with a key that is gone.
    StartKmsKeyNotFound = 29,
    /// The key lacks the ECS tag.
    CmkUnauthorised = 30,
    /// The key is disabled.
    CmkNotEnabled = 31,
    /// ECS may not use the account's KMS.
    KmsUnauthorised = 32,

    // Inventory.
    /// StartInstance on a host under repair.
    HostRepairing = 33,
    /// A start or creation beyond the account's quota.
    QuotaExceeded = 34,
    /// A start or creation without stock.
    NoStock = 35,

    /// StartInstance on a spot instance whose bid is below the market.
    SpotPriceTooHigh = 46,

    // Not a refusal of substance.
    /// A dry run passed every check.
    DryRun = 36,

    // The service itself.
    /// Too many calls in the account's window.
    Throttled = 37,
    /// Too many calls of this user.
    ThrottledUser = 38,
    /// Something failed inside.
    InternalError = 39,
    /// StopInstance or RebootInstance while the service is down.
    StopUnavailable = 40,
    /// Any other operation while the service is down.
    ServiceUnavailable = 41,

    // Batches.
    /// More than a hundred ids in a batch.
    TooManyIds = 42,
    /// A batch names an instance whose earlier operation is still in progress.
    BatchConflict = 43,
    /// A dry run of a batch passed.
    BatchDryRun = 44,
    /// Too many calls of this operation.
    ThrottledApi = 45,
    // Deleting, creating and reopening; where they stand among the checks is written there.
    /// DeleteInstance on a subscription that has not expired, or without TerminateSubscription;
    /// ModifyInstanceSpec on a subscription: another operation does that.
    ChargeTypeViolation = 47,
    /// DeleteInstance on a protected instance.
    DeletionProtection = 48,
    /// DeleteInstance on an instance that is being created.
    Initializing = 49,
    /// DeleteInstance while a load balancer that uses it is being configured.
    SlbConfiguring = 50,
    /// DeleteInstance on an instance that a custom route leads to.
    RouteEntry = 51,
    /// ReActivateInstances on a subscription.
    PayTypeNotSupported = 52,
    /// ReActivateInstances on a stopped instance that is not in arrears.
    NotInArrears = 53,
    /// RunInstances with a token that came with other parameters before.
    IdempotentParameterMismatch = 54,
    /// A ClientToken whose first request is still being processed.
    LastTokenProcessing = 55,
    // ModifyInstanceSpec.
    /// A type that the instance cannot be changed to.
    TypeNotSupported = 56,
    /// ModifyInstanceSpec on an instance in arrears or expired.
    ModifyInArrears = 57,
    /// A ClientToken used again with other parameters.
    TokenForOtherParameters = 58,
    /// A change of type while the instance is not Stopped.
    NotStopped = 59,
    /// The same, as newer clients see it.
    StoppedRequired = 60,
    /// A change to a type that is no longer offered.
    TypeOffline = 61,
    /// A change to a smaller type too soon after another.
    ModifyThrottled = 62,
    /// A change to a type without stock.
    ModifyNoStock = 63,
    // Private pools, dedicated hosts, quotas.
    /// A start in a private pool that is used up.
    PrivatePoolUsedUp = 64,
    /// A start in a private pool of another type.
    ReservationLacksResource = 65,
    /// A start in a private pool that has ended.
    ReservationNotFound = 66,
    /// A start on a dedicated host that is full.
    HostFull = 67,
    /// A start while every dedicated host is full.
    NoHost = 68,
    /// A start beyond the number of instances of a type.
    TypeQuotaExceeded = 69,
    /// A start beyond the number of vCPUs in a zone.
    ZoneQuotaExceeded = 70,
    /// A start beyond one of the two.
    AnyQuotaExceeded = 71,
    // By a knob.
    /// Another operation is in progress, with the code that batch calls have for it.
    ConflictAsInBatch = 72,
    // More of ModifyInstanceSpec.
    /// A change of type without the balance for it.
    NotEnoughBalance = 73,
    /// A change of type of an instance with local disks.
    LocalDisksStay = 74,
    /// A change to a type that the image does not support.
    ImageLacksType = 75,
    /// A change of type while the instance is not Stopped, by the more general row.
    StatusNotSupported = 76,
    /// A change to a type without stock, by the older row.
    OutOfUsage = 77,
}

/// What kind of trouble it is: retry policies decide by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalClass {
    /// Too many calls: wait for the next window.
    Throttling,
    /// The service failed (HTTP 5xx): the call may or may not have been carried out.
    Server,
    /// Another operation is in progress.
    Conflict,
    /// The status does not allow it now.
    Status,
    /// Sold out.
    Stock,
    /// Arrears, expiry or balance.
    Money,
    /// Locked by the platform.
    Lock,
    /// Something about the instance or the account has to be changed first.
    Configuration,
    /// The request itself is wrong.
    Parameter,
    /// The caller may not.
    Authorisation,
    /// A dry run that passed.
    DryRun,
}

impl RefusalClass {
    /// The word scenario files use.
    pub const fn name(self) -> &'static str {
        match self {
            RefusalClass::Throttling => "throttling",
            RefusalClass::Server => "server",
            RefusalClass::Conflict => "conflict",
            RefusalClass::Status => "status",
            RefusalClass::Stock => "stock",
            RefusalClass::Money => "money",
            RefusalClass::Lock => "lock",
            RefusalClass::Configuration => "configuration",
            RefusalClass::Parameter => "parameter",
            RefusalClass::Authorisation => "authorisation",
            RefusalClass::DryRun => "dry_run",
        }
    }

    /// Every class.
    pub const ALL: &'static [RefusalClass] = &[
        RefusalClass::Throttling,
        RefusalClass::Server,
        RefusalClass::Conflict,
        RefusalClass::Status,
        RefusalClass::Stock,
        RefusalClass::Money,
        RefusalClass::Lock,
        RefusalClass::Configuration,
        RefusalClass::Parameter,
        RefusalClass::Authorisation,
        RefusalClass::DryRun,
    ];
}

/// One row of the catalogue: what the API answers, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// HTTP status.
    pub http: u16,
    /// The API's error code.
    pub code: &'static str,
    /// The API's message; `%s` stands for an argument.
    pub message: &'static str,
    /// The operations that may answer it.
    pub operations: &'static [OperationName],
    /// Its documented cause, in our words.
    pub cause: &'static str,
    /// What makes a run answer it.
    pub reached_by: &'static str,
    /// Where it is documented.
    pub source: &'static str,
    /// The date of that document.
    pub source_date: &'static str,
    /// What kind of trouble it is.
    pub class: RefusalClass,
}

impl Row {
    /// The message with its `%s` filled in, in order; left as they are once arguments run out.
    pub fn message_with(&self, arguments: &[&str]) -> String {
        let mut parts = self.message.split("%s");
        let mut message = parts.next().unwrap_or_default().to_owned();
        let mut arguments = arguments.iter();
        for part in parts {
            message.push_str(arguments.next().unwrap_or(&"%s"));
            message.push_str(part);
        }
        message
    }
}

impl Refusal {
    /// Its row of the catalogue.
    pub const fn row(self) -> Row {
        rows::row(self)
    }

    /// Its row, with the HTTP status the knobs choose.
    pub const fn row_under(self, knobs: &Knobs) -> Row {
        let mut row = self.row();
        if let (Some(other), true) = (self.other_http(), self.http_is_switched(knobs)) {
            row.http = other;
        }
        row
    }

    /// What kind of trouble it is.
    pub const fn class(self) -> RefusalClass {
        self.row().class
    }

    /// The refusal an operation answers with this HTTP status and code, if it has one.
    ///
    /// Of several causes the first in [`Refusal::ALL`] is meant. Either HTTP status of a row
    /// that has a knob is understood.
    pub fn by_code(operation: OperationName, http: u16, code: &str) -> Option<Refusal> {
        Refusal::ALL.iter().copied().find(|refusal| {
            let row = refusal.row();
            row.code == code
                && row.operations.contains(&operation)
                && (row.http == http || refusal.other_http() == Some(http))
        })
    }

    /// The other HTTP status, where the documents name two.
    const fn other_http(self) -> Option<u16> {
        if self as u8 == Refusal::DryRun as u8 {
            Some(200)
        } else if self as u8 == Refusal::NotReady as u8 {
            Some(500)
        } else if self as u8 == Refusal::InsufficientBalance as u8 {
            Some(400)
        } else {
            None
        }
    }

    const fn http_is_switched(self, knobs: &Knobs) -> bool {
        if self as u8 == Refusal::DryRun as u8 {
            matches!(knobs.dry_run_http, DryRunHttp::Ok)
        } else if self as u8 == Refusal::NotReady as u8 {
            matches!(knobs.instance_not_ready_http, InstanceNotReadyHttp::InternalError)
        } else if self as u8 == Refusal::InsufficientBalance as u8 {
            matches!(knobs.insufficient_balance_http, InsufficientBalanceHttp::BadRequest)
        } else {
            false
        }
    }
}

/// `403 OperationDenied.NoStock`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.row();
        write!(f, "{} {}", row.http, row.code)
    }
}

#[cfg(test)]
mod tests;
