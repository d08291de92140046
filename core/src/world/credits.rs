//! CPU credits of burstable instances: an economical stop clears them, a start grants them anew.
//!
//! How much an instance has is not modelled, as that depends on its load: only what is lost and
//! granted. Source: burstable instances, overview (2021): an economical stop clears the balance,
//! a restart grants initial credits again, and the unlimited mode falls back to the standard mode.
//! *Assumed*: it stays there; nobody switches it on again during the run.

use std::collections::BTreeSet;

use crate::ecs::id::InstanceId;

use super::World;
use super::observer::Observer;
use super::plan::Plan;
use crate::fact::Fact;

/// Initial credits of each vCPU. Source: burstable instances, overview (2024-08-21).
pub const INITIAL_PER_VCPU: u32 = 30;
/// How many instances that lost credits are named.
const NAMED_MAX: usize = 20;

/// Who has lost the unlimited mode.
#[derive(Clone, Debug)]
pub(super) struct Credits {
    any_burstable: bool,
    in_standard_mode: BTreeSet<InstanceId>,
}

impl Credits {
    pub(super) fn new(plan: &Plan) -> Credits {
        Credits {
            any_burstable: plan.region.types.iter().any(|one| one.burstable),
            in_standard_mode: BTreeSet::new(),
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// The virtual CPUs of an instance, if it is burstable.
    #[inline]
    fn burstable_vcpus(&self, instance: InstanceId) -> Option<u32> {
        if !self.cloud.credits.any_burstable {
            return None;
        }
        let kind = self.rest.plan.region.kind(self.cloud.region.kind_of(instance));
        let of = &self.rest.plan.region.types[kind.instance_type.index()];
        of.burstable.then_some(of.vcpus)
    }

    /// An instance gave its compute back.
    #[inline(always)]
    pub(super) fn clear_credits(&mut self, instance: InstanceId) {
        if self.burstable_vcpus(instance).is_none() {
            return;
        }
        let tally = &mut self.rest.out.credits;
        tally.cleared += 1;
        if tally.instances.len() < NAMED_MAX && !tally.instances.contains(&instance.0) {
            tally.instances.push(instance.0);
        }
        self.rest.note(Fact::CreditsCleared { instance });
    }

    /// An instance that gave its compute back is Running again.
    pub(super) fn grant_credits(&mut self, instance: InstanceId) {
        let Some(vcpus) = self.burstable_vcpus(instance) else { return };
        let group = self.rest.plan.region.group(self.cloud.region.group_of(instance));
        let falls_back =
            group.unlimited_credits && self.cloud.credits.in_standard_mode.insert(instance);
        let credits = INITIAL_PER_VCPU * vcpus;
        let tally = &mut self.rest.out.credits;
        tally.granted += 1;
        tally.initial += u64::from(credits);
        tally.fell_back += u64::from(falls_back);
        self.rest.note(Fact::CreditsGranted { instance, credits, falls_back });
    }
}
