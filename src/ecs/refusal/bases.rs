//! What rows of one operation's table have in common.

use super::RefusalClass as Class;
use super::Row;
use crate::ecs::operation::OperationName::{self, ModifyInstanceSpec, StartInstance, StopInstance};

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
/// A row of StopInstance's own table.
pub(super) const STOP: Row = Row {
    operations: &[StopInstance],
    source: "StopInstance API reference, error codes",
    source_date: "2026-06-29",
    ..BLANK
};
/// A row both tables print alike.
pub(super) const BOTH: Row = Row {
    operations: &[StopInstance, StartInstance],
    source: "StopInstance and StartInstance API references, error codes",
    ..STOP
};
/// A row of StartInstance's own table.
pub(super) const START: Row = Row {
    operations: &[StartInstance],
    source: "StartInstance API reference, error codes",
    source_date: "2025-12-03",
    ..BLANK
};
/// A row of ModifyInstanceSpec's own table.
pub(super) const MODIFY: Row = Row {
    operations: &[ModifyInstanceSpec],
    source: "ModifyInstanceSpec API reference, error codes",
    source_date: "2021-07-19",
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
