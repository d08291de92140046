//! The windows of call faults, which open and close whatever controllers do.

use crate::engine::{Identity, Source};
use crate::fact::Fact;
use crate::fault::injector::{RuleId, Turn};

use super::Rest;
use super::event::Event;
use super::observer::Observer;

impl<O: Observer> Rest<'_, O> {
    /// Time 0: what is in force then.
    pub(super) fn open_call_faults(&mut self) {
        for rule in self.injector.rules() {
            if self.injector.in_force(rule) {
                self.note(Fact::FaultTurned { rule: self.call_fault(rule).1, open: true });
            }
        }
    }

    /// Schedules the first turn of each window.
    pub(super) fn schedule_call_faults(&mut self) {
        for rule in self.injector.rules() {
            self.schedule_turn(rule);
        }
    }

    fn schedule_turn(&mut self, rule: RuleId) {
        let next = self.injector.next_change(rule);
        if let Some(at) = next.filter(|at| *at < self.plan.horizon) {
            let (place, identity) = self.call_fault(rule);
            let source = Source { rank: (3 << 16) + u32::from(place), identity };
            self.schedule_environment(at, source, Event::FaultTurned(rule));
        }
    }

    #[inline(never)]
    pub(super) fn on_call_fault_turned(&mut self, rule: RuleId) {
        self.instant.note_listed();
        let (_, name) = self.call_fault(rule);
        match self.injector.turn(rule, self.now) {
            Turn::Unchanged => {}
            Turn::Began => self.note(Fact::FaultTurned { rule: name, open: true }),
            Turn::Ended => self.note(Fact::FaultTurned { rule: name, open: false }),
        }
        self.schedule_turn(rule);
    }

    /// Place and identity of a call fault.
    fn call_fault(&self, rule: RuleId) -> (u16, Identity) {
        let RuleId::Call(place) = rule else {
            unreachable!("faults of work and stock are the cloud's")
        };
        (place, self.plan.call_faults[usize::from(place)].identity)
    }
}
