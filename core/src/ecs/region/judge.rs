//! What the region would have answered to a stop before time 0.

use std::sync::Arc;

use super::Region;
use super::authorise::{Authority, Resource};
use super::checks::readable;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::instance::StoppedMode;
use crate::ecs::operation::{OperationName, StopInstance, Target};
use crate::ecs::spec::{Beginning, Initially, RegionSpec};

/// Answers stops of instances that run, by the checks of the region and without one. *Assumed*:
/// what is wrong with a group at time 0 was so before.
#[derive(Debug)]
pub struct StopJudge {
    spec: RegionSpec,
    authority: Authority,
    /// One running instance of each group; its number is the group's.
    sample: Region,
}

impl StopJudge {
    /// Knows groups, types, callers and knobs; stock and private capacity do not matter to a stop.
    pub fn new(spec: RegionSpec) -> StopJudge {
        let mut sample = spec.clone();
        for (place, group) in (0..).zip(&mut sample.groups) {
            (group.first, group.count, group.reserve) = (InstanceId(place), 1, 0);
            group.names.clear();
            group.initially = Beginning::all(Initially::Running);
        }
        let authority = Authority::new(&spec);
        StopJudge { authority, sample: Region::new(Arc::new(sample)), spec }
    }

    /// Whether a caller's policy is the same for every instance, and their names do not matter.
    pub fn treats_all_alike(&self, caller: CallerId, operation: OperationName) -> bool {
        self.authority.treats_all_alike(caller, operation)
    }

    /// The mode in which a request would have stopped an instance; none if it was refused, or
    /// only tried.
    pub fn stopped(
        &mut self,
        caller: CallerId,
        operation: OperationName,
        instance: InstanceId,
        request: &StopInstance,
    ) -> Option<StoppedMode> {
        let named = request.instance == Target::Id(instance) && !request.dry_run;
        let resource = Resource::Instance(instance);
        let allowed = named
            && readable(request.malformed).is_ok()
            && self.authority.allows(&self.spec, caller, operation, resource);
        let sample = InstanceId::at(self.spec.group_of(instance).index());
        let answer = allowed.then(|| self.sample.check_stop_of(operation, sample, request))?;
        answer.ok().map(|checked| checked.effective)
    }
}
