//! Calls on their way: the only way a call goes, to the cloud and back to its caller.
//!
//! The network decides how long the legs take, whom a quota or a fault turns away, what a read
//! shows, and who is answered, when, or waits in vain. Of a request it knows the operation, of an
//! answer what facts say of it; a call has a tag (`T`) and may carry a payload (`P`), and it looks
//! into neither. Calls come in by [`send`](Network::send), events by [`handle`](Network::handle);
//! what it has for others goes out through [`Outputs`].

mod call_faults;
mod calls;
mod event;
mod in_flight;
mod outputs;
pub mod plan;
mod quotas;
mod reads;

pub use event::Event;
pub use in_flight::{Call, CallKind, InFlightCall};
pub use outputs::{Delivery, News, Outputs};
pub use reads::Shown;

use in_flight::InFlightCalls;
use plan::NetworkPlan;
use reads::PastStates;

use crate::ecs::throttle::Throttle;
use crate::engine::{Decisions, Source};
use crate::fault::injector::Injector;

/// All calls of a run that are on their way, at a time.
#[derive(Clone, Debug)]
pub struct Network<'a, T, P> {
    plan: NetworkPlan<'a>,
    decisions: &'a Decisions,
    in_flight: InFlightCalls<T, P>,
    /// What goes wrong with calls.
    faults: Injector<'a>,
    quotas: Throttle,
    past: PastStates,
}

impl<'a, T: Copy, P> Network<'a, T, P> {
    /// The network before time 0: no call is on its way.
    pub fn new(plan: NetworkPlan<'a>, decisions: &'a Decisions) -> Network<'a, T, P> {
        Network {
            decisions,
            in_flight: InFlightCalls::new(),
            faults: Injector::new(plan.call_faults, &[], &[], decisions),
            quotas: Throttle::new(plan.quotas),
            past: PastStates::new(plan.call_faults),
            plan,
        }
    }

    /// Lets an event of the network happen; what a caller hears by it, if one does.
    #[inline(always)]
    pub fn handle<Out: Outputs<T, P>>(
        &mut self,
        event: Event,
        out: &mut Out,
    ) -> Option<Out::Heard> {
        match event {
            Event::RequestArrived { in_flight, duplicate } => {
                self.on_request_arrived(out, in_flight, duplicate);
                None
            }
            Event::AnswerArrived { in_flight } => Some(self.on_answer_arrived(out, in_flight)),
            Event::TimedOut { in_flight } => Some(self.on_timed_out(out, in_flight)),
            Event::FaultTurned(rule) => {
                self.on_fault_turned(out, rule);
                None
            }
        }
    }

    /// The call that an event is about, if it is about one.
    #[inline(always)]
    pub fn call_of(&self, event: &Event) -> Option<&InFlightCall<T>> {
        event.in_flight().map(|place| self.in_flight.call(place))
    }

    /// The end of the run: whoever still waits will never know.
    pub fn close(&self, out: &mut impl Outputs<T, P>) {
        for operation in self.in_flight.waiting() {
            out.tell(News::Unanswered(operation));
        }
    }

    /// Takes back what the cloud answered to a call.
    #[cfg(test)]
    pub(crate) fn forget_answer(&mut self, place: u32) {
        self.in_flight.call_mut(place).answer = None;
    }

    #[inline(always)]
    fn of_caller(&self, controller: u16) -> Source {
        let identity = self.plan.callers[usize::from(controller)].name;
        Source { rank: u32::from(controller), identity }
    }
}

#[cfg(test)]
mod tests;
