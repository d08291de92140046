//! Units of work: what an instance may be busy with.

use super::{RebootStage, StoppedMode};
use crate::ecs::operation::Force;

/// What a unit of work is: how long it takes depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum WorkKind {
    /// The guest shuts down.
    GracefulStop,
    /// The power is cut.
    ForcedStop,
    /// Up on stock that was kept.
    StartFromStandard,
    /// Up on stock that was claimed anew.
    StartFromEconomical,
    /// The first leg of a reboot that shows it: the guest goes down.
    RebootDown,
    /// The second: it is Stopped for a moment.
    RebootPause,
    /// The last, or the only one: it comes up again.
    RebootUp,
    /// A new instance is made.
    Creation,
    /// The guest shuts down, and the instance goes.
    Deletion,
    /// A stopped instance becomes one of another type.
    TypeChange,
}

impl WorkKind {
    /// Every kind of work.
    pub const ALL: &'static [WorkKind] = &[
        WorkKind::GracefulStop,
        WorkKind::ForcedStop,
        WorkKind::StartFromStandard,
        WorkKind::StartFromEconomical,
        WorkKind::RebootDown,
        WorkKind::RebootPause,
        WorkKind::RebootUp,
        WorkKind::Creation,
        WorkKind::Deletion,
        WorkKind::TypeChange,
    ];

    /// The work of a stop.
    pub const fn stop(force: Force) -> WorkKind {
        match force {
            Force::ShutDown => WorkKind::GracefulStop,
            Force::PowerOff => WorkKind::ForcedStop,
        }
    }

    /// The work that begins a stage of a reboot.
    pub const fn reboot(stage: RebootStage) -> WorkKind {
        match stage {
            RebootStage::Stopping => WorkKind::RebootDown,
            RebootStage::Stopped => WorkKind::RebootPause,
            RebootStage::Starting => WorkKind::RebootUp,
        }
    }

    /// The work of a start.
    pub const fn start(from: StoppedMode) -> WorkKind {
        match from {
            StoppedMode::KeepCharging => WorkKind::StartFromStandard,
            StoppedMode::StopCharging => WorkKind::StartFromEconomical,
        }
    }

    /// Whether it brings a stopped instance up.
    pub const fn is_start(self) -> bool {
        match self {
            WorkKind::StartFromStandard | WorkKind::StartFromEconomical => true,
            WorkKind::GracefulStop
            | WorkKind::ForcedStop
            | WorkKind::RebootDown
            | WorkKind::RebootPause
            | WorkKind::RebootUp
            | WorkKind::Creation
            | WorkKind::Deletion
            | WorkKind::TypeChange => false,
        }
    }

    /// `graceful_stop`, `start_from_economical` and so on.
    pub const fn name(self) -> &'static str {
        match self {
            WorkKind::GracefulStop => "graceful_stop",
            WorkKind::ForcedStop => "forced_stop",
            WorkKind::StartFromStandard => "start_from_standard",
            WorkKind::StartFromEconomical => "start_from_economical",
            WorkKind::RebootDown => "reboot_down",
            WorkKind::RebootPause => "reboot_pause",
            WorkKind::RebootUp => "reboot_up",
            WorkKind::Creation => "creation",
            WorkKind::Deletion => "deletion",
            WorkKind::TypeChange => "type_change",
        }
    }
}
