//! Call faults: when they are in force, whatever callers do, and which call they strike.

use crate::engine::{Identity, Source};
use crate::fact::Fact;
use crate::fault::effect::Course;
use crate::fault::injector::{About, CallFacts, RuleId, Turn, Verdict};

use super::{Event, InFlightCall, Network, Outputs};

impl<T: Copy, P> Network<'_, T, P> {
    /// Time 0: what is in force then.
    pub fn open(&self, out: &mut impl Outputs<T, P>) {
        for rule in self.faults.rules() {
            if self.faults.in_force(rule) {
                out.happened(Fact::FaultTurned { rule: self.call_fault(rule).1, open: true });
            }
        }
    }

    /// Schedules the first turn of each window.
    pub fn schedule_first(&self, out: &mut impl Outputs<T, P>) {
        for rule in self.faults.rules() {
            self.schedule_turn(out, rule);
        }
    }

    fn schedule_turn(&self, out: &mut impl Outputs<T, P>, rule: RuleId) {
        let next = self.faults.next_change(rule);
        if let Some(at) = next.filter(|at| *at < self.plan.horizon) {
            let (place, identity) = self.call_fault(rule);
            let source = Source { rank: (3 << 16) + u32::from(place), identity };
            out.schedule_environment(at, source, Event::FaultTurned(rule));
        }
    }

    #[inline(never)]
    pub(super) fn on_fault_turned(&mut self, out: &mut impl Outputs<T, P>, rule: RuleId) {
        out.listed();
        let (_, name) = self.call_fault(rule);
        match self.faults.turn(rule, out.now()) {
            Turn::Unchanged => {}
            Turn::Began => out.happened(Fact::FaultTurned { rule: name, open: true }),
            Turn::Ended => out.happened(Fact::FaultTurned { rule: name, open: false }),
        }
        self.schedule_turn(out, rule);
    }

    /// What the first rule does to a call that strikes it, if one does.
    #[inline(never)]
    pub(super) fn strike(
        &mut self,
        out: &mut impl Outputs<T, P>,
        in_flight: &InFlightCall<T>,
    ) -> Option<Course> {
        let InFlightCall { operation, controller, instance, occasion, number, .. } = *in_flight;
        let facts = CallFacts {
            operation,
            controller,
            controller_identity: self.plan.callers[usize::from(controller)].name,
            about: (!in_flight.shared).then(|| {
                let group = self.plan.region.group_of(instance);
                let zone = self.plan.region.groups[group.index()].zone;
                About { instance, identity: out.name(instance), group, zone }
            }),
            occasion,
            attempt: number,
        };
        match self.faults.on_call(&facts) {
            Verdict::Pass => None,
            Verdict::Strike { rule, effect } => {
                let rule = self.plan.call_faults[usize::from(rule)].identity;
                out.happened(Fact::FaultStruck { rule, instance });
                Some(effect.course())
            }
        }
    }

    /// Place and identity of a call fault.
    fn call_fault(&self, rule: RuleId) -> (u16, Identity) {
        let RuleId::Call(place) = rule else {
            unreachable!("faults of work and stock are the cloud's")
        };
        (place, self.plan.call_faults[usize::from(place)].identity)
    }
}
