//! Every instance in the billing cycles that it is in, where billing can begin or end in one.

use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::meter::BilledState;
use crate::units::SimTime;

use super::World;
use super::fact::Observer;
use super::ledger::{Cycling, Rules};
use super::plan::Plan;

/// Empty where every cycle is billed for the time in it.
#[derive(Clone, Debug)]
pub(super) struct SurplusTrack<'a> {
    rules: Rules<'a>,
    instances: Vec<Cycling>,
}

impl SurplusTrack<'_> {
    pub(super) fn new(plan: &Plan) -> SurplusTrack<'_> {
        let rules = Rules::of(plan);
        let mut instances = Vec::new();
        if rules.matter() {
            for group in &plan.region.groups {
                instances.extend(group.instances().map(|id| Cycling::new(group, id)));
            }
        }
        SurplusTrack { rules, instances }
    }

    /// Forgets what was before the window.
    pub(super) fn restart(&mut self) {
        self.instances.iter_mut().for_each(Cycling::restart);
    }
}

impl<O: Observer> World<'_, O> {
    /// Notes the span that an instance spent as it was billed until now.
    #[inline(always)]
    pub(super) fn book_surplus(
        &mut self,
        instance: InstanceId,
        kind: KindId,
        state: BilledState,
        from: SimTime,
    ) {
        if !self.surplus.instances.is_empty() {
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
        let SurplusTrack { rules, instances } = &mut self.surplus;
        if let Some(cycling) = instances.get_mut(instance.index()) {
            let surplus = cycling.book(rules, kind, state, (from, self.now));
            self.out.ledger.add_surplus(kind, surplus);
        }
    }

    /// The run is over: every cycle that is still open is looked at.
    pub(super) fn close_surplus(&mut self) {
        for (place, cycling) in self.surplus.instances.iter().enumerate() {
            let kind = self.region.kind_of(InstanceId::at(place));
            self.out.ledger.add_surplus(kind, cycling.close(&self.surplus.rules, kind, self.now));
        }
    }
}
