//! Every instance in the billing cycles that it is in, where billing can begin or end in one.

use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::meter::BilledState;
use crate::units::SimTime;

use super::ledger::{Cycling, MinimumCharge, Rules};
use super::plan::BooksPlan;

/// Empty where every cycle is billed for the time in it.
#[derive(Clone, Debug)]
pub(super) struct MinimumChargeTrack<'a> {
    rules: Rules<'a>,
    instances: Vec<Cycling>,
}

impl<'a> MinimumChargeTrack<'a> {
    pub(super) fn new(plan: BooksPlan<'a>) -> MinimumChargeTrack<'a> {
        let rules = Rules::of(plan);
        let mut instances = Vec::new();
        if rules.matter() {
            for group in &plan.region.groups {
                instances.extend(group.instances().map(|id| Cycling::new(group, id)));
            }
        }
        MinimumChargeTrack { rules, instances }
    }

    /// Forgets what was before the window.
    pub(super) fn restart(&mut self) {
        self.instances.iter_mut().for_each(Cycling::restart);
    }

    /// Notes the span that an instance spent as it was billed; what cycles that ended in it are
    /// billed for beyond the time in them.
    #[inline(always)]
    pub(super) fn book(
        &mut self,
        instance: InstanceId,
        kind: KindId,
        state: BilledState,
        span: (SimTime, SimTime),
    ) -> Option<MinimumCharge> {
        if self.instances.is_empty() { None } else { self.pass(instance, kind, state, span) }
    }

    #[inline(never)]
    fn pass(
        &mut self,
        instance: InstanceId,
        kind: KindId,
        state: BilledState,
        span: (SimTime, SimTime),
    ) -> Option<MinimumCharge> {
        let cycling = self.instances.get_mut(instance.index())?;
        Some(cycling.book(&self.rules, kind, state, span))
    }

    pub(super) fn rules(&self) -> &Rules<'a> {
        &self.rules
    }

    /// The cycles that instances are in, by instance.
    pub(super) fn open(&self) -> &[Cycling] {
        &self.instances
    }
}
