//! Calls that a quota does not let in: refused at the door, before any fault can strike them.

use crate::ecs::operation::OperationName;
use crate::ecs::throttle::Throttled;
use crate::fact::{CallAnswer, Fact};

use super::World;
use super::calls::call_fact;
use super::observer::Observer;

impl<O: Observer> World<'_, O> {
    /// Counts a call that reaches the region; whether its quota is used up.
    #[inline(always)]
    pub(super) fn throttled(
        &mut self,
        controller: u16,
        operation: OperationName,
    ) -> Option<Throttled> {
        let out = &mut self.rest.out;
        let of_operation = &mut out.calls[operation as usize].peak_per_minute;
        self.rest.instant.count_call(
            self.rest.now,
            operation,
            &mut out.peak_calls_per_minute,
            of_operation,
        );
        let caller = self.rest.plan.controllers[usize::from(controller)].caller;
        let throttled = self.rest.throttle.admit(self.rest.now, caller, operation).err()?;
        if throttled.is_first {
            let until =
                self.rest.now.saturating_add(throttled.retry_after).min(self.rest.plan.horizon);
            out.calls[operation as usize].throttled_us += until.since(self.rest.now).as_micros();
        }
        Some(throttled)
    }

    /// Refuses a delivery at the door; the first one is answered, with a hint when to ask again.
    #[inline(never)]
    pub(super) fn turn_away(&mut self, place: u32, duplicate: bool, throttled: Throttled) {
        let in_flight = *self.rest.in_flight_calls.get(place);
        let answer = CallAnswer::Refused(throttled.refusal);
        self.tally(in_flight.operation, answer);
        self.rest.note(Fact::CallHandled(call_fact(&in_flight), answer));
        if !duplicate {
            self.rest.in_flight_calls.get(place).retry_after = throttled.retry_after;
            self.send_answer(place, &in_flight, answer, None);
        }
        self.rest.in_flight_calls.landed(place);
    }
}
