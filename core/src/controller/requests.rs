//! How a policy words a request.

use crate::ecs::id::InstanceId;
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{Parameter, StopInstance, Target};

use super::policy::{Malformed, StopParameters};

/// How a controller asks for a stop of an instance; `keep` asks it to keep charging.
pub fn stop_request(stop: &StopParameters, instance: InstanceId, keep: bool) -> StopInstance {
    let (target, malformed) = target(instance, stop.malformed.as_ref());
    StopInstance {
        instance: target,
        confirm_stop: stop.confirm_stop,
        force: stop.force,
        mode: if keep { Some(StoppedMode::KeepCharging) } else { stop.mode },
        dry_run: stop.dry_run,
        hibernate: stop.hibernate,
        malformed,
    }
}

/// An instance as a request names it, and a parameter of it that cannot be read.
pub fn target(instance: InstanceId, malformed: Option<&Malformed>) -> (Target, Option<Parameter>) {
    match malformed {
        None => (Target::Id(instance), None),
        Some(Malformed::MissingInstanceId) => (Target::Missing, None),
        Some(Malformed::MalformedInstanceId) => (Target::Malformed, None),
        Some(Malformed::UnknownInstanceId(name)) => (Target::Unknown(name.clone()), None),
        Some(Malformed::Parameter(parameter)) => (Target::Id(instance), Some(*parameter)),
        // Defects of looks, not of what follows them.
        Some(Malformed::UnknownZone | Malformed::EmptyPage) => (Target::Id(instance), None),
    }
}
