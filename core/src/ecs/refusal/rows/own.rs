//! Rows of private pools, dedicated hosts and the further messages of the quota.
//!
//! Data only, like those beside them. *Assumed*: what StartInstance answers is answered to
//! StartInstances, RunInstances and ReActivateInstances where they claim the same compute.

use crate::ecs::operation::OperationName::{
    ModifyInstanceSpec, ReActivateInstances, RunInstances, StartInstance, StartInstances,
};
use crate::ecs::refusal::bases::START;
use crate::ecs::refusal::{RefusalClass as Class, Row};

const MATCHED: Row = Row {
    http: 400,
    operations: &[StartInstance, StartInstances, RunInstances, ReActivateInstances],
    source: "StartInstance API reference, error codes; StartInstances and RunInstances references \
             for Invalid.PrivatePoolOptions.NoStock; else Assumed",
    class: Class::Stock,
    ..START
};

pub(super) const PRIVATE_POOL_USED_UP: Row = Row {
    code: "Invalid.PrivatePoolOptions.NoStock",
    message: "The PrivatePool has been used up.",
    cause: "The private pool that the instance has to use has nothing left.",
    reached_by: "a start from economical mode, or a creation, with private_pool.match = \"Target\" \
                 while all of the pool is used",
    ..MATCHED
};

pub(super) const RESERVATION_LACKS_RESOURCE: Row = Row {
    operations: &[StartInstance, StartInstances, ReActivateInstances],
    code: "LackResource",
    message: "There's no enough resource on the specified capacity reservation.",
    cause: "The private pool that the instance has to use is of another type.",
    reached_by: "a start from economical mode with private_pool.match = \"Target\" of an instance \
                 that was changed to another type",
    ..MATCHED
};

pub(super) const RESERVATION_NOT_FOUND: Row = Row {
    http: 404,
    code: "InvalidCapacityReservationId.NotFound",
    message: "The specified capacity reservation does not exist.",
    cause: "The private pool that the instance has to use has ended.",
    reached_by: "a start from economical mode, or a creation, with private_pool.match = \"Target\" \
                 after the pool's `until`",
    class: Class::Configuration,
    ..MATCHED
};

pub(super) const HOST_FULL: Row = Row {
    operations: &[StartInstance, StartInstances, ReActivateInstances],
    code: "InvalidDedicatedHost.NotEnoughResource",
    message: "The specified dedicated host has not enough resource due to host affinity.",
    cause: "The instance is tied to a dedicated host, which has too few vCPUs left.",
    reached_by: "a start from economical mode with affinity = \"host\" while its host is full",
    ..MATCHED
};

pub(super) const NO_HOST: Row = Row {
    code: "InvalidDedicatedHost.NotEnoughResource",
    message: "There's no available dedicated host to perform the operation.",
    cause: "No dedicated host that the instance may be put on has enough vCPUs left.",
    reached_by: "a start from economical mode with affinity = \"default\" while its host and all \
                 with auto_placement are full",
    operations: HOST_FULL.operations,
    ..MATCHED
};

const QUOTA: Row = Row {
    operations: &[StartInstance, StartInstances, RunInstances, ModifyInstanceSpec],
    source: "StartInstance API reference, error codes; Assumed for the other operations",
    code: "QuotaExceed.ElasticQuota",
    ..START
};

pub(super) const TYPE_QUOTA_EXCEEDED: Row = Row {
    message: "The number of the specified ECS instances has exceeded the quota of the specified \
              instance type.",
    cause: "The account's number of instances of the type is used up.",
    reached_by: "condition type_quota_exceeded, where condition quota_exceeded is looked at",
    ..QUOTA
};

pub(super) const ZONE_QUOTA_EXCEEDED: Row = Row {
    message: "The number of vCPUs assigned to the ECS instances has exceeded the quota in the \
              zone.",
    cause: "The account's number of vCPUs in the zone is used up.",
    reached_by: "condition zone_quota_exceeded, where condition quota_exceeded is looked at",
    ..QUOTA
};

pub(super) const ANY_QUOTA_EXCEEDED: Row = Row {
    message: "The number of the specified ECS instances has exceeded the quota of the specified \
              instance type, or the number of vCPUs assigned to the ECS instances has exceeded \
              the quota in the zone.",
    cause: "The account's number of instances of the type, or of vCPUs in the zone, is used up.",
    reached_by: "condition any_quota_exceeded, where condition quota_exceeded is looked at",
    ..QUOTA
};
