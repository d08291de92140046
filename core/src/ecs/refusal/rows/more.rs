//! Rows of operations besides stopping and starting one instance, and of their quotas.
//!
//! Data only, like those beside them.

use crate::ecs::operation::OperationName::{
    DeleteInstance, ModifyInstanceSpec, RunInstances, StartInstance, StopInstance,
};
use crate::ecs::refusal::bases::{BATCH, COMMON, DELETE, MODIFY, REACTIVATE};
use crate::ecs::refusal::{RefusalClass as Class, Row};

pub(super) const TOO_MANY_IDS: Row = Row {
    code: "InvalidParameter.TooManyInstanceIds",
    message: "Instance ids cannot be more than 100.",
    cause: "The list has more than 100 instance ids.",
    reached_by: "a batch of more than 100 ids",
    class: Class::Parameter,
    ..BATCH
};

pub(super) const BATCH_CONFLICT: Row = Row {
    http: 409,
    code: "InvalidOperation.Conflict",
    message: "Request was denied due to conflict with a previous request, please try again later.",
    cause: "An earlier operation on an instance of the batch is still being processed.",
    reached_by: "what answers OperationConflict to a single call: condition \
             operation_in_progress, or \
         a start while Stopping with knob start_while_stopping = conflict",
    class: Class::Conflict,
    ..BATCH
};

pub(super) const CONFLICT_AS_IN_BATCH: Row = Row {
    operations: &[StopInstance, StartInstance],
    cause: "An earlier operation on the instance is still being processed.",
    reached_by: "what answers OperationConflict, with knob conflict_of_one = \
                 invalid_operation_conflict",
    source: "terraform-provider-alicloud #8805 and bosh-alicloud-cpi, which retry it; message from \
             StartInstances",
    source_date: "2025-07-01",
    ..BATCH_CONFLICT
};

pub(super) const BATCH_DRY_RUN: Row = Row {
    http: 400,
    code: "DRYRUN.SUCCESS",
    message: "Request validation has been passed with DryRun flag set.",
    cause: "DryRun=true and every check passed, or DryRun=true with SuccessFirst.",
    reached_by: "DryRun=true",
    source: "references of the batch operations; message from CreateInstance",
    class: Class::DryRun,
    ..BATCH
};

pub(super) const THROTTLED_API: Row = Row {
    code: "Throttling.Api",
    message: "Request was denied due to api flow control.",
    cause: "The calls of this operation exceed its own quota.",
    reached_by: "a [[quota]] or call fault",
    source: "ECS API throttling; HTTP status and message Assumed like those of the others",
    class: Class::Throttling,
    ..COMMON
};

pub(super) const CHARGE_TYPE_VIOLATION: Row = Row {
    code: "ChargeTypeViolation",
    message: "The operation is not permitted due to charge type of the instance.",
    operations: &[DeleteInstance, ModifyInstanceSpec],
    source: "DeleteInstance API reference; common error codes (2021) for ModifyInstanceSpec",
    cause: "A subscription goes only once expired, and with TerminateSubscription=true; its type \
         is changed by another operation.",
    reached_by: "charge subscription: a deletion without condition expired or \
             TerminateSubscription=\
         true, or a change of type",
    ..DELETE
};

pub(super) const DELETION_PROTECTION: Row = Row {
    code: "InvalidOperation.DeletionProtection",
    message: "The operation is not allowed due to deletion protection.",
    cause: "The instance is protected from deletion.",
    reached_by: "condition deletion_protection",
    ..DELETE
};

pub(super) const INITIALIZING: Row = Row {
    code: "IncorrectInstanceStatus.Initializing",
    message: "The specified instance status does not support this operation.",
    cause: "The instance is being created.",
    reached_by: "Force=true while Pending",
    class: Class::Status,
    ..DELETE
};

pub(super) const SLB_CONFIGURING: Row = Row {
    http: 400,
    code: "DependencyViolation.SLBConfiguring",
    message: "Specified operation is denied as your instance is using by another product.",
    cause: "A load balancer that uses the instance is being configured.",
    reached_by: "condition slb_configuring",
    ..DELETE
};

pub(super) const ROUTE_ENTRY: Row = Row {
    http: 400,
    code: "DependencyViolation.RouteEntry",
    message: "Specified instance is used by route entry.",
    cause: "A custom route of the VPC leads to the instance.",
    reached_by: "condition route_entry",
    ..DELETE
};

pub(super) const PAY_TYPE_NOT_SUPPORTED: Row = Row {
    http: 404,
    code: "InvalidPayType.NotSupport",
    message: "The specified pre pay instance not support.",
    cause: "The instance is a subscription.",
    reached_by: "charge subscription",
    ..REACTIVATE
};

pub(super) const NOT_IN_ARREARS: Row = Row {
    http: 400,
    code: "ReopenInstance.InstanceStatusNotValid",
    message: "Instance status is not Expired, ImageExpired or EcsAndImageExpired.",
    cause: "The instance was not stopped for arrears.",
    reached_by: "a stopped instance without condition in_arrears or financial_lock",
    class: Class::Status,
    ..REACTIVATE
};

pub(super) const IDEMPOTENT_PARAMETER_MISMATCH: Row = Row {
    code: "IdempotentParameterMismatch",
    message: "The request uses the same client token as a previous, but non-identical request.",
    operations: &[RunInstances],
    cause: "The ClientToken came with other parameters before.",
    reached_by: "a controller's token = \"shared\", for instances of two groups",
    ..COMMON
};

pub(super) const LAST_TOKEN_PROCESSING: Row = Row {
    http: 403,
    code: "LastTokenProcessing",
    message: "The last token request is processing.",
    operations: &[RunInstances, ModifyInstanceSpec],
    cause: "The first request with this ClientToken is still being processed.",
    reached_by: "token = \"same\", retried while what the first request \
             created is Pending; a change of \
         type asked for again with its token while it is not done",
    class: Class::Conflict,
    ..COMMON
};

pub(super) const TYPE_NOT_SUPPORTED: Row = Row {
    http: 400,
    code: "InvalidInstanceType.ValueNotSupported",
    message: "The specified InstanceType does not exist or beyond the permitted range.",
    cause: "The instance cannot be changed to this type, or has it already.",
    reached_by: "a type on no fallback list for the group, or the type the instance has",
    class: Class::Parameter,
    ..MODIFY
};

pub(super) const MODIFY_IN_ARREARS: Row = Row {
    http: 400,
    code: "Account.Arrearage",
    message: "Your account has an outstanding payment.",
    cause: "The instance is in arrears, or a subscription that has expired.",
    reached_by: "condition expired, in_arrears or financial_lock",
    class: Class::Money,
    ..MODIFY
};

pub(super) const NOT_ENOUGH_BALANCE: Row = Row {
    code: "InvalidAccountStatus.NotEnoughBalance",
    message: "Your account does not have enough balance.",
    cause: "The balance does not cover what the other type costs.",
    reached_by: "condition insufficient_balance",
    class: Class::Money,
    ..MODIFY
};

pub(super) const LOCAL_DISKS_STAY: Row = Row {
    code: "CategoryViolation",
    message: "The specified instance does not support this operation because of its disk \
         category.",
    cause: "An instance with local disks keeps its type.",
    reached_by: "local_storage = true, or a family with local disks",
    ..MODIFY
};

pub(super) const IMAGE_LACKS_TYPE: Row = Row {
    code: "ImageNotSupportInstanceType",
    message: "The specified image do not support the InstanceType instance.",
    cause: "The image of the instance does not support the type asked for.",
    reached_by: "condition image_not_supported",
    ..MODIFY
};

pub(super) const TOKEN_FOR_OTHER_PARAMETERS: Row = Row {
    http: 400,
    code: "IdempotenceParamNotMatch",
    message: "There is a idempotence signature mismatch between this and last request.",
    cause: "The ClientToken was used before with other parameters.",
    reached_by: "a ClientToken used for another instance or type",
    class: Class::Parameter,
    ..MODIFY
};

pub(super) const NOT_STOPPED: Row = Row {
    http: 400,
    code: "InvalidInstanceStatus.NotStopped",
    message: "The specified Instance status is not stopped.",
    cause: "The type can be changed only while the instance is Stopped.",
    reached_by: "a change of type while not Stopped, with knob modify_not_stopped = not_stopped",
    class: Class::Status,
    ..MODIFY
};

pub(super) const STOPPED_REQUIRED: Row = Row {
    http: 400,
    code: "InvalidStatus.StoppedRequired",
    message: "The specified instance must be Stopped.",
    cause: "The type can be changed only while the instance is Stopped.",
    reached_by: "a change of type while not Stopped, with modify_not_stopped = stopped_required",
    source: "client code on GitHub; the message is Assumed",
    class: Class::Status,
    ..MODIFY
};

pub(super) const STATUS_NOT_SUPPORTED: Row = Row {
    code: "InvalidStatus.ValueNotSupported",
    message: "The current status of the resource does not support this operation.",
    cause: "The type can be changed only while the instance is Stopped.",
    reached_by: "a change of type while not Stopped, with modify_not_stopped = value_not_supported",
    class: Class::Status,
    ..MODIFY
};

pub(super) const TYPE_OFFLINE: Row = Row {
    code: "InstanceType.Offline",
    message: "The specified InstanceType has been offline",
    cause: "The type is no longer offered.",
    reached_by: "a change to a type with withdrawn = true",
    ..MODIFY
};

pub(super) const MODIFY_THROTTLED: Row = Row {
    http: 400,
    code: "Throttling",
    message: "Request was denied due to request throttling, please try again after 5 minutes.",
    cause: "Changes to a smaller type need five minutes between them.",
    reached_by: "two changes to a smaller type within five minutes, or a call fault",
    class: Class::Throttling,
    ..MODIFY
};

pub(super) const MODIFY_NO_STOCK: Row = Row {
    code: "OperationDenied.NoStock",
    message: "The resource is out of usage.",
    cause: "There is no stock of the type asked for.",
    reached_by: "a change to a type whose pool has too few free units, or is sold out",
    class: Class::Stock,
    ..MODIFY
};

pub(super) const OUT_OF_USAGE: Row = Row {
    code: "OperationDenied",
    message: "The specified instance is out of usage.",
    reached_by: "the same, with knob modify_no_stock = operation_denied",
    ..MODIFY_NO_STOCK
};
