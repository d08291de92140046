//! Every instance in the billing cycles that it is in, where billing can begin or end in one.

use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::meter::BilledState;
use crate::ecs::region::Region;
use crate::units::SimTime;

use super::Rest;
use super::ledger::{Cycling, Rules};
use super::observer::Observer;
use super::plan::Plan;

/// Empty where every cycle is billed for the time in it.
#[derive(Clone, Debug)]
pub(super) struct MinimumChargeTrack<'a> {
    rules: Rules<'a>,
    instances: Vec<Cycling>,
}

impl MinimumChargeTrack<'_> {
    pub(super) fn new(plan: &Plan) -> MinimumChargeTrack<'_> {
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
}

impl<O: Observer> Rest<'_, O> {
    /// Notes the span that an instance spent as it was billed until now.
    #[inline(always)]
    pub(super) fn book_minimum_charge(
        &mut self,
        instance: InstanceId,
        kind: KindId,
        state: BilledState,
        from: SimTime,
    ) {
        if !self.minimum_charge.instances.is_empty() {
            self.book_cycling(instance, kind, state, from);
        }
    }

    #[inline(never)]
    fn book_cycling(
        &mut self,
        instance: InstanceId,
        kind: KindId,
        state: BilledState,
        from: SimTime,
    ) {
        let MinimumChargeTrack { rules, instances } = &mut self.minimum_charge;
        if let Some(cycling) = instances.get_mut(instance.index()) {
            let minimum_charge = cycling.book(rules, kind, state, (from, self.now));
            self.out.ledger.add_minimum_charge(kind, minimum_charge);
        }
    }

    /// The run is over: every cycle that is still open is looked at.
    pub(super) fn close_minimum_charge(&mut self, region: &Region) {
        for (place, cycling) in self.minimum_charge.instances.iter().enumerate() {
            let kind = region.kind_of(InstanceId::at(place));
            self.out.ledger.add_minimum_charge(
                kind,
                cycling.close(&self.minimum_charge.rules, kind, self.now),
            );
        }
    }
}
