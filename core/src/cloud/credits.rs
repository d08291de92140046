//! CPU credits of burstable instances: an economical stop clears them, a start grants them anew.
//!
//! How much an instance has is not modelled, as that depends on its load: only what is lost and
//! granted. Source: burstable instances, overview (2021): an economical stop clears the balance,
//! a restart grants initial credits again, and the unlimited mode falls back to the standard mode.
//! *Assumed*: it stays there; nobody switches it on again during the run.

use std::collections::BTreeSet;

use crate::ecs::id::InstanceId;
use crate::fact::Fact;

use super::plan::CloudPlan;
use super::{Cloud, Outputs};

/// Initial credits of each vCPU. Source: burstable instances, overview (2024-08-21).
pub const INITIAL_PER_VCPU: u32 = 30;

/// Who has lost the unlimited mode.
#[derive(Clone, Debug)]
pub(super) struct Credits {
    any_burstable: bool,
    in_standard_mode: BTreeSet<InstanceId>,
}

impl Credits {
    pub(super) fn new(plan: &CloudPlan<'_>) -> Credits {
        Credits {
            any_burstable: plan.region.types.iter().any(|one| one.burstable),
            in_standard_mode: BTreeSet::new(),
        }
    }
}

impl Cloud<'_> {
    /// The virtual CPUs of an instance, if it is burstable.
    #[inline(always)]
    fn burstable_vcpus(&self, instance: InstanceId) -> Option<u32> {
        if !self.credits.any_burstable {
            return None;
        }
        let kind = self.plan.region.kind(self.region.kind_of(instance));
        let of = &self.plan.region.types[kind.instance_type.index()];
        of.burstable.then_some(of.vcpus)
    }

    /// An instance gave its compute back.
    #[inline(always)]
    pub(super) fn clear_credits(&self, out: &mut impl Outputs, instance: InstanceId) {
        if self.burstable_vcpus(instance).is_none() {
            return;
        }
        out.happened(&self.region, Fact::CreditsCleared { instance });
    }

    /// An instance that gave its compute back is Running again.
    #[inline(always)]
    pub(super) fn grant_credits(&mut self, out: &mut impl Outputs, instance: InstanceId) {
        let Some(vcpus) = self.burstable_vcpus(instance) else { return };
        let group = self.plan.region.group(self.region.group_of(instance));
        let falls_back = group.unlimited_credits && self.credits.in_standard_mode.insert(instance);
        let credits = INITIAL_PER_VCPU * vcpus;
        out.happened(&self.region, Fact::CreditsGranted { instance, credits, falls_back });
    }
}
