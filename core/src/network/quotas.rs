//! Calls that a quota does not let in: refused at the door, before any fault can strike them.

use crate::ecs::throttle::Throttled;
use crate::fact::{CallAnswer, Fact};

use super::{InFlightCall, Network, News, Outputs};

impl<T: Copy, P> Network<'_, T, P> {
    /// Lets a call in, or says why not.
    #[inline(always)]
    pub(super) fn throttled(
        &mut self,
        out: &mut impl Outputs<T, P>,
        in_flight: &InFlightCall<T>,
    ) -> Option<Throttled> {
        let InFlightCall { controller, operation, .. } = *in_flight;
        let caller = self.plan.callers[usize::from(controller)].id;
        let throttled = self.quotas.admit(out.now(), caller, operation).err()?;
        if throttled.is_first {
            let retry_after = throttled.retry_after;
            out.tell(News::QuotaUsedUp { operation, retry_after });
        }
        Some(throttled)
    }

    /// Refuses a delivery at the door; the first one is answered, with a hint when to ask again.
    #[inline(never)]
    pub(super) fn turn_away(
        &mut self,
        out: &mut impl Outputs<T, P>,
        place: u32,
        in_flight: &InFlightCall<T>,
        duplicate: bool,
        throttled: Throttled,
    ) {
        let answer = CallAnswer::Refused(throttled.refusal);
        out.happened(Fact::CallHandled(in_flight.fact(), answer));
        if !duplicate {
            self.in_flight.call_mut(place).retry_after = throttled.retry_after;
            self.send_answer(out, place, in_flight, answer, None);
        }
        self.in_flight.landed(place);
    }
}
