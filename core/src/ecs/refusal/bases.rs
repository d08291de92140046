//! What rows of one operation's table have in common.

use super::RefusalClass as Class;
use super::Row;
use crate::ecs::operation::OperationName::{
    self, DeleteInstance, ModifyInstanceSpec, ReActivateInstances, RebootInstance, RebootInstances,
    StartInstance, StartInstances, StopInstance, StopInstances,
};

pub(super) const BLANK: Row = Row {
    http: 403,
    code: "",
    message: "",
    operations: OperationName::ALL,
    cause: "",
    reached_by: "",
    source: "",
    source_date: "",
    class: Class::Configuration,
};
/// A row of StopInstance's own table. *Assumed*: of StopInstances too, which makes the same checks.
pub(super) const STOP: Row = Row {
    operations: &[StopInstance, StopInstances],
    source: "StopInstance API reference, error codes",
    source_date: "2026-06-29",
    ..BLANK
};
/// A row both tables print alike.
pub(super) const BOTH: Row = Row {
    operations: &[StopInstance, StartInstance, StopInstances, StartInstances],
    source: "StopInstance and StartInstance API references, error codes",
    ..STOP
};
/// A row that StopInstance and RebootInstance print alike.
pub(super) const STOP_OR_REBOOT: Row = Row {
    operations: &[StopInstance, StopInstances, RebootInstance, RebootInstances],
    source: "StopInstance and RebootInstance API references, error codes",
    ..STOP
};
/// A row of DeleteInstance's own table.
pub(super) const DELETE: Row = Row {
    operations: &[DeleteInstance],
    source: "DeleteInstance API reference, error codes",
    source_date: "2026-06-18",
    ..BLANK
};
/// A row of ModifyInstanceSpec's own table.
pub(super) const MODIFY: Row = Row {
    operations: &[ModifyInstanceSpec],
    source: "ModifyInstanceSpec API reference, error codes",
    source_date: "2021-07-19",
    ..BLANK
};
/// A row of ReActivateInstances' own table.
pub(super) const REACTIVATE: Row = Row {
    operations: &[ReActivateInstances],
    source: "ReActivateInstances API reference, error codes",
    source_date: "2021-07-19",
    ..BLANK
};
/// A row of an operation on instances that exist.
pub(super) const ANY: Row =
    Row { operations: ON_ANY, source: "API reference of each operation, error codes", ..STOP };
/// The operations on instances that exist.
pub(super) const ON_ANY: &[OperationName] = &[
    StopInstance,
    StartInstance,
    StopInstances,
    StartInstances,
    RebootInstance,
    DeleteInstance,
    ReActivateInstances,
    ModifyInstanceSpec,
    RebootInstances,
];
/// The same without the batches, which have a row of their own for a conflict.
pub(super) const ON_ONE: &[OperationName] = &[
    StopInstance,
    StartInstance,
    RebootInstance,
    DeleteInstance,
    ReActivateInstances,
    ModifyInstanceSpec,
];
/// The same without ModifyInstanceSpec, which has rows of its own for a wrong status.
pub(super) const ALL_BUT_CHANGES: &[OperationName] = &[
    StopInstance,
    StartInstance,
    StopInstances,
    StartInstances,
    RebootInstance,
    DeleteInstance,
    ReActivateInstances,
    RebootInstances,
];
/// A row of the tables of the batch operations.
pub(super) const BATCH: Row = Row {
    operations: &[StopInstances, StartInstances, RebootInstances],
    source: "StopInstances, StartInstances and RebootInstances API references, error codes",
    source_date: "2025-12-03",
    ..BLANK
};
/// A row of StartInstance's own table. *Assumed*: of StartInstances too.
pub(super) const START: Row = Row {
    operations: &[StartInstance, StartInstances],
    source: "StartInstance API reference, error codes",
    source_date: "2025-12-03",
    ..BLANK
};
/// A row of the codes common to all operations.
pub(super) const COMMON: Row = Row {
    http: 400,
    source: "ECS API reference, call methods, common error codes",
    source_date: "2021-07-19",
    class: Class::Parameter,
    ..BLANK
};
/// Every operation but ModifyInstanceSpec, which has a row of its own for that.
pub(super) const ALL_BUT_MODIFY: &[OperationName] = &[
    StopInstance,
    StartInstance,
    OperationName::DescribeInstanceStatus,
    OperationName::DescribeInstances,
    StopInstances,
    StartInstances,
    RebootInstance,
    DeleteInstance,
    OperationName::RunInstances,
    ReActivateInstances,
    OperationName::DescribeAvailableResource,
    RebootInstances,
];
