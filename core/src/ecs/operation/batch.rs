//! Requests on up to a hundred instances at once.

use super::{Force, Parameter, Target};
use crate::ecs::instance::StoppedMode;

/// `BatchOptimization`: what one failing instance does to the rest of its batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BatchOptimization {
    /// All or none. The default. Source: StopInstances and StartInstances references.
    #[default]
    AllTogether,
    /// Each by itself: the answer has a result per instance.
    SuccessFirst,
}

impl BatchOptimization {
    /// As the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            BatchOptimization::AllTogether => "AllTogether",
            BatchOptimization::SuccessFirst => "SuccessFirst",
        }
    }
}

/// StopInstances with all its parameters but RegionId, which chose this region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopInstances {
    /// `InstanceId.N`, in the order of N; 1 to [`IDS_MAX`](super::IDS_MAX).
    pub instances: Vec<Target>,
    /// `ForceStop`.
    pub force: Force,
    /// `StoppedMode`; `None` leaves it to the account's default.
    pub mode: Option<StoppedMode>,
    /// `BatchOptimization`.
    pub optimization: BatchOptimization,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

/// StartInstances with all its parameters but RegionId, which chose this region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartInstances {
    /// `InstanceId.N`, in the order of N; 1 to [`IDS_MAX`](super::IDS_MAX).
    pub instances: Vec<Target>,
    /// `BatchOptimization`.
    pub optimization: BatchOptimization,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}

/// RebootInstances with all its parameters but RegionId, which chose this region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebootInstances {
    /// `InstanceId.N`, in the order of N; 1 to [`IDS_MAX`](super::IDS_MAX).
    pub instances: Vec<Target>,
    /// `ForceReboot`.
    pub force: Force,
    /// `BatchOptimization`.
    pub optimization: BatchOptimization,
    /// `DryRun`: check, change nothing.
    pub dry_run: bool,
    /// The first parameter that could not be read.
    pub malformed: Option<Parameter>,
}
