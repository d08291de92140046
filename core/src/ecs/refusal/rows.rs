//! The rows of the catalogue, as the API references print them.
//!
//! Data only. Codes and messages are the vendor's words; causes are ours.

mod more;
mod own;

use super::RefusalClass as Class;
use super::bases::{
    ALL_BUT_CHANGES, ALL_BUT_MODIFY, ANY, BOTH, COMMON, ON_ANY, ON_ONE, START, STOP, STOP_OR_REBOOT,
};
use super::{Refusal, Row};
use crate::ecs::operation::OperationName::{
    DeleteInstance, DescribeAvailableResource, DescribeInstanceStatus, DescribeInstances,
    ModifyInstanceSpec, ReActivateInstances, RebootInstance, RebootInstances, RunInstances,
    StartInstance, StartInstances, StopInstance, StopInstances,
};

macro_rules! catalogue {
    ($($reason:ident: $base:path { $($field:ident: $value:expr,)* })*) => {
        impl Refusal {
            /// Every reason, in the order of the checks.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$reason,)*];
        }

        /// The row of a reason.
        pub(super) const fn row(refusal: Refusal) -> Row {
            match refusal {
                $(Refusal::$reason => Row { $($field: $value,)* ..$base },)*
            }
        }
    };
}

catalogue! {
    MissingInstanceId: COMMON {
        code: "MissingParameter",
        message:
            "The input parameter \"%s\" that is mandatory for processing this request is not \
             supplied.",
        operations: ON_ANY,
        cause: "The request has no InstanceId, or an empty one.",
        reached_by: "a request without InstanceId",
    }
    MalformedInstanceId: COMMON {
        code: "InvalidParameter",
        message: "The specified parameter %s is not valid.",
        operations: ON_ANY,
        cause: "InstanceId is no instance id.",
        reached_by: "a request with a malformed InstanceId",
        source: "ECS troubleshooting by API error code",
        source_date: "2025-02-07",
    }
    InvalidStoppedMode: COMMON {
        code: "InvalidParameter",
        message: "The specified parameter %s is not valid.",
        operations: &[StopInstance, StopInstances],
        cause: "StoppedMode is neither StopCharging nor KeepCharging.",
        reached_by: "a request with another StoppedMode",
        source: "ECS troubleshooting by API error code",
        source_date: "2025-02-07",
    }
    InvalidBoolean: COMMON {
        code: "InvalidParameter",
        message: "The specified parameter %s is not valid.",
        operations: &[
            StopInstance,
            StartInstance,
            StopInstances,
            StartInstances,
            RebootInstance,
            RebootInstances,
            DeleteInstance,
            ModifyInstanceSpec,
        ],
        cause: "A boolean parameter is neither true nor false.",
        reached_by: "a request with another text for a boolean",
        source: "ECS troubleshooting by API error code",
        source_date: "2025-02-07",
    }
    InvalidPaging: COMMON {
        code: "InvalidParameter",
        message: "The specified parameter %s is not valid.",
        operations: &[DescribeInstanceStatus, DescribeInstances],
        cause: "A page, a size or a number of ids is out of its documented range.",
        reached_by:
            "PageSize outside 1..50, MaxResults outside 1..100, PageNumber 0, more than 100 \
             ids, an empty list of ids",
        source: "ECS troubleshooting by API error code",
        source_date: "2025-02-07",
    }
    ZoneNotFound: COMMON {
        http: 404,
        code: "InvalidZoneId.NotFound",
        message: "The ZoneId provided does not exist in our records.",
        operations: &[DescribeInstanceStatus, DescribeAvailableResource],
        cause: "The region has no such zone.",
        reached_by: "a ZoneId the scenario does not have",
        source: "DescribeInstanceStatus API reference, error codes",
    }
    Unauthorised: COMMON {
        http: 403,
        code: "Forbidden.RAM",
        message:
            "User not authorized to operate on the specified resource, or this API doesn't \
             support RAM.",
        cause: "The caller's RAM policy denies the action on this ARN, or does not allow it.",
        reached_by: "a caller whose policy does not cover the instance",
        class: Class::Authorisation,
    }
    InstanceNotFound: ANY {
        http: 404,
        code: "InvalidInstanceId.NotFound",
        message: "The specified InstanceId does not exist.",
        cause: "The region has no such instance.",
        reached_by:
            "an InstanceId the scenario does not have, or that is deleted or not yet created",
        class: Class::Parameter,
    }
    LockedForSecurity: ANY {
        code: "InstanceLockedForSecurity",
        message:
            "The specified operation is denied as your instance is locked for security reasons.",
        cause: "The instance is locked for security reasons.",
        reached_by:
            "condition security_lock; DeleteInstance with knob delete_while_locked = refused",
        class: Class::Lock,
    }
    StopExpired: STOP_OR_REBOOT {
        code: "InstanceExpiredOrInArrears",
        message:
            "The specified operation is denied as your prepay instance is expired (prepay mode) \
             or in arrears (afterpay mode).",
        cause: "The instance is a subscription that has expired.",
        reached_by: "condition expired",
        class: Class::Money,
    }
    StopInArrears: STOP_OR_REBOOT {
        code: "InstanceExpiredOrInArrears",
        message:
            "The specified operation is denied as your prepay instance is expired (prepay mode) \
             or in arrears (afterpay mode).",
        cause: "The instance is pay-as-you-go and the account is in arrears.",
        reached_by: "condition in_arrears or financial_lock",
        class: Class::Money,
    }
    StartExpired: START {
        code: "InstanceExpired",
        message: "The prePaid instance has been expired.",
        cause: "The instance is a subscription that has expired.",
        reached_by: "condition expired",
        class: Class::Money,
    }
    StartInArrears: START {
        code: "InstanceExpired",
        message:
            "The postPaid instance has been expired.Please ensure your account have enough \
             balance.",
        cause: "The instance is pay-as-you-go and the account is in arrears.",
        reached_by: "condition in_arrears or financial_lock",
        class: Class::Money,
    }
    InsufficientBalance: START {
        operations: &[
            StartInstance,
            StartInstances,
            StopInstances,
            RunInstances,
            ReActivateInstances,
        ],
        source:
            "StartInstance, StartInstances, StopInstances, RunInstances and \
             ReActivateInstances references, error codes",
        code: "InsufficientBalance",
        message: "Your account does not have enough balance.",
        cause: "The balance does not cover what the operation would cost.",
        reached_by: "condition insufficient_balance",
        class: Class::Money,
    }
    ClassicNetwork: STOP {
        code: "InvalidInstanceId.NotSupport",
        message: "Classic network Instance does not support this operation.",
        cause: "The instance is in the classic network.",
        reached_by: "network classic, with knob classic_network = refused",
    }
    SystemInstance: STOP {
        operations: &[StopInstance, StopInstances, DeleteInstance],
        source: "StopInstance and DeleteInstance API references, error codes",
        code: "OperationDenied.SystemInstanceNotSupport",
        message: "The system instance does not support the %s operation because %s.",
        cause: "The instance is managed by another cloud service.",
        reached_by: "condition system_instance",
    }
    StopNotConfirmed: STOP {
        code: "InstanceType.ParameterMismatch",
        message: "The input parameter ConfirmStop must be true when an instance have localstorage.",
        operations: &[StopInstance],
        cause: "The instance uses local storage and ConfirmStop is not true.",
        reached_by: "local storage and ConfirmStop left out, with knob confirm_stop = enforced",
    }
    HibernationForbidden: STOP {
        code: "HibernationConfigured.InstanceOperationForbidden",
        message:
            "The operation is not permitted due to limit of the hibernation configured \
             instance.",
        cause: "The instance has hibernation configured, which limits its operations.",
        reached_by:
            "condition hibernation_configured, or Hibernate=true with knob hibernate_row = \
             operation_forbidden",
    }
    HibernationNotEnabled: STOP {
        code: "HibernationConfigured.NotEnabled",
        message: "The instance hibernation configured option is not enabled.",
        operations: &[StopInstance],
        cause: "Hibernate=true on an instance without hibernation configured.",
        reached_by: "Hibernate=true, with knob hibernate_row = not_enabled",
    }
    OperationConflict: COMMON {
        http: 409,
        code: "OperationConflict",
        message: "Request was denied due to conflict with a previous request.",
        operations: ON_ONE,
        cause: "An earlier operation on the instance is still being processed.",
        reached_by:
            "condition operation_in_progress; a change of type that is not done; a start while \
             Stopping with knob start_while_stopping = conflict; any operation on an instance \
             that a reboot shows as Stopped, with knob reboot_path = stop_start",
        class: Class::Conflict,
    }
    WrongStatus: ANY {
        operations: ALL_BUT_CHANGES,
        code: "IncorrectInstanceStatus",
        message: "The current status of the resource does not support this operation.",
        cause:
            "StopInstance and RebootInstance need Running; StartInstance, ReActivateInstances \
             and DeleteInstance need Stopped, DeleteInstance with Force=true Stopped or Running.",
        reached_by: "an operation on an instance in another status than it needs",
        class: Class::Status,
    }
    NotReady: START {
        operations: &[StartInstance, StartInstances, StopInstances],
        source: "StartInstance, StartInstances and StopInstances references, error codes",
        code: "InstanceNotReady",
        message: "The specified instance is not ready for use.",
        cause: "The instance is not ready for use.",
        reached_by: "condition not_ready",
        class: Class::Status,
    }
    NoSystemDisk: START {
        http: 400,
        code: "InvalidInstance.NotFoundSystemDisk",
        message: "The specified instance does not have system disk.",
        cause: "The instance has no system disk.",
        reached_by: "condition no_system_disk",
    }
    StopDiskError: STOP {
        http: 400,
        code: "DiskError",
        message: "IncorrectDiskStatus.",
        cause: "A disk is in a state that does not allow the operation.",
        reached_by: "condition disk_error",
    }
    StartDiskError: START {
        operations: &[StartInstance, StartInstances, RebootInstance, RebootInstances],
        source: "StartInstance and RebootInstance API references, error codes",
        code: "DiskError",
        message: "IncorrectDiskStatus.",
        cause: "A disk is in a state that does not allow the operation.",
        reached_by: "condition disk_error",
    }
    DiskInArrears: START {
        code: "DiskInArrears",
        message: "The specified operation is denied as your disk has expired.",
        cause: "A disk is in arrears.",
        reached_by: "condition disk_in_arrears",
        class: Class::Money,
    }
    KmsNotActivated: STOP {
        http: 400,
        code: "InvalidParameter.Encrypted.KmsNotEnable",
        message: "Failed to perform this operation because KMS is not activated.",
        cause: "An encrypted instance, and key escrow is not activated.",
        reached_by: "condition kms_not_activated",
    }
    KmsServiceNotOpen: STOP {
        code: "InvalidOperation.KMSServiceNotOpen",
        message: "KMS service is currently not open.",
        cause: "The key management service has not been enabled.",
        reached_by: "condition kms_service_not_open",
    }
    StopKmsKeyNotFound: STOP {
        code: "InvalidOperation.KMSKeyIdNotFound",
        message: "The specified KMSKeyId not found, %s.",
        cause: "The key of an encrypted disk cannot be found.",
        reached_by: "condition kms_key_not_found",
    }
    StartKmsKeyNotFound: START {
        code: "InvalidParameter.KMSKeyId.NotFound",
        message: "The specified KMSKeyId does not exist.",
        cause: "The key of an encrypted disk cannot be found.",
        reached_by: "condition kms_key_not_found",
    }
    CmkUnauthorised: BOTH {
        code: "InvalidParameter.KMSKeyId.CMKUnauthorized",
        message: "The CMK needs to be added ECS tag.",
        cause: "The customer master key lacks the tag that lets ECS use it.",
        reached_by: "condition cmk_unauthorized",
    }
    CmkNotEnabled: BOTH {
        code: "InvalidParameter.KMSKeyId.CMKNotEnabled",
        message: "The CMK needs to be enabled.",
        cause: "The customer master key is disabled.",
        reached_by: "condition cmk_not_enabled",
    }
    KmsUnauthorised: BOTH {
        code: "InvalidParameter.KMSKeyId.KMSUnauthorized",
        message: "ECS service have no right to access your KMS.",
        cause: "ECS is not authorised to use the account's KMS.",
        reached_by: "condition kms_unauthorized",
    }
    HostRepairing: START {
        code: "OperationDenied.HostRepairing",
        message: "The specified operation is denied as the host of ECS instance is being repaired.",
        cause: "The host is being repaired.",
        reached_by: "condition host_repairing",
        class: Class::Status,
    }
    QuotaExceeded: START {
        operations: &[StartInstance, StartInstances, RunInstances, ModifyInstanceSpec],
        source: "StartInstance and RunInstances API references, error codes",
        code: "QuotaExceed.ElasticQuota",
        message: "No additional quota is available for the specified ECS instance type.",
        cause: "The account's quota for the instance type is used up.",
        reached_by:
            "condition quota_exceeded, on a start from economical mode, a creation or a change of \
             type; a creation in a group whose reserve is used up",
    }
    NoStock: START {
        operations: &[StartInstance, StartInstances, RunInstances, ReActivateInstances],
        source: "StartInstance, StartInstances and RunInstances references; Assumed for \
                 ReActivateInstances",
        code: "OperationDenied.NoStock",
        message:
            "The requested resource is sold out in the specified zone; try other types of \
             resources or other regions and zones.",
        cause: "The compute of a new instance, or what an economical stop gave back, is not there.",
        reached_by:
            "a start from economical mode, or a creation, on a pool that is sold out or lacks \
             free units",
        class: Class::Stock,
    }
    SpotPriceTooHigh: START {
        code: "OperationDenied.SpotPriceLowerThanPublicPrice",
        message: "The spot instance price is lower than public price.",
        cause: "The market price of the type is above the instance's price limit.",
        reached_by:
            "a start of an unprotected spot instance while its market is above price_limit",
    }
    DryRun: COMMON {
        code: "DryRunOperation",
        message: "Request validation has been passed with DryRun flag set.",
        operations: &[
            StopInstance,
            StartInstance,
            RebootInstance,
            DeleteInstance,
            RunInstances,
            ModifyInstanceSpec,
        ],
        cause: "DryRun=true and every check passed; nothing was changed.",
        reached_by: "DryRun=true",
        source: "StopInstance API reference, DryRun; message and HTTP status from CreateInstance",
        source_date: "2026-06-29",
        class: Class::DryRun,
    }
    Throttled: COMMON {
        code: "Throttling",
        message: "Request was denied due to request throttling.",
        operations: ALL_BUT_MODIFY,
        cause: "The account's calls of this operation exceed its quota in the region.",
        reached_by: "a [[quota]] or call fault",
        class: Class::Throttling,
    }
    ThrottledUser: COMMON {
        code: "Throttling.User",
        message: "Request was denied due to user flow control.",
        cause: "The user's calls exceed the user's quota.",
        reached_by: "a [[quota]] or call fault",
        source: "ECS API throttling; HTTP status Assumed like that of Throttling",
        class: Class::Throttling,
    }
    InternalError: COMMON {
        http: 500,
        code: "InternalError",
        message: "The request processing has failed due to some unknown error.",
        cause: "Something failed inside the service.",
        reached_by: "a call fault",
        class: Class::Server,
    }
    StopUnavailable: STOP_OR_REBOOT {
        http: 503,
        code: "LimitedOperation.ServiceUnavailable",
        message: "The service is currently unavailable. Please try again later.",
        cause: "The service is down for the moment.",
        reached_by: "a call fault",
        class: Class::Server,
    }
    ServiceUnavailable: COMMON {
        http: 503,
        code: "ServiceUnavailable",
        message: "The request has failed due to a temporary failure of the server.",
        operations: &[
            StartInstance,
            DescribeInstanceStatus,
            DescribeInstances,
            StartInstances,
            DeleteInstance,
            RunInstances,
            ReActivateInstances,
            ModifyInstanceSpec,
            DescribeAvailableResource,
        ],
        cause: "The service is down for the moment.",
        reached_by: "a call fault",
        class: Class::Server,
    }
    TooManyIds: more::TOO_MANY_IDS {}
    BatchConflict: more::BATCH_CONFLICT {}
    BatchDryRun: more::BATCH_DRY_RUN {}
    ThrottledApi: more::THROTTLED_API {}
    ChargeTypeViolation: more::CHARGE_TYPE_VIOLATION {}
    DeletionProtection: more::DELETION_PROTECTION {}
    Initializing: more::INITIALIZING {}
    SlbConfiguring: more::SLB_CONFIGURING {}
    RouteEntry: more::ROUTE_ENTRY {}
    PayTypeNotSupported: more::PAY_TYPE_NOT_SUPPORTED {}
    NotInArrears: more::NOT_IN_ARREARS {}
    IdempotentParameterMismatch: more::IDEMPOTENT_PARAMETER_MISMATCH {}
    LastTokenProcessing: more::LAST_TOKEN_PROCESSING {}
    TypeNotSupported: more::TYPE_NOT_SUPPORTED {}
    ModifyInArrears: more::MODIFY_IN_ARREARS {}
    TokenForOtherParameters: more::TOKEN_FOR_OTHER_PARAMETERS {}
    NotStopped: more::NOT_STOPPED {}
    StoppedRequired: more::STOPPED_REQUIRED {}
    TypeOffline: more::TYPE_OFFLINE {}
    ModifyThrottled: more::MODIFY_THROTTLED {}
    ModifyNoStock: more::MODIFY_NO_STOCK {}
    PrivatePoolUsedUp: own::PRIVATE_POOL_USED_UP {}
    ReservationLacksResource: own::RESERVATION_LACKS_RESOURCE {}
    ReservationNotFound: own::RESERVATION_NOT_FOUND {}
    HostFull: own::HOST_FULL {}
    NoHost: own::NO_HOST {}
    TypeQuotaExceeded: own::TYPE_QUOTA_EXCEEDED {}
    ZoneQuotaExceeded: own::ZONE_QUOTA_EXCEEDED {}
    AnyQuotaExceeded: own::ANY_QUOTA_EXCEEDED {}
    ConflictAsInBatch: more::CONFLICT_AS_IN_BATCH {}
    NotEnoughBalance: more::NOT_ENOUGH_BALANCE {}
    LocalDisksStay: more::LOCAL_DISKS_STAY {}
    ImageLacksType: more::IMAGE_LACKS_TYPE {}
    StatusNotSupported: more::STATUS_NOT_SUPPORTED {}
    OutOfUsage: more::OUT_OF_USAGE {}
}
