//! A call's way to the region and back: sent, arrived, answered, timed out.

use crate::engine::{Decision, Distribution, Purpose};
use crate::fact::{CallAnswer, Fact, purpose};
use crate::fault::effect::{Course, View};
use crate::units::{SimDuration, SimTime};

use super::in_flight::{Call, CallKind, InFlightCall};
use super::{Delivery, Event, Network, News, Outputs, Shown};

impl<T: Copy, P> Network<'_, T, P> {
    /// Puts a call on its way to the region, with what it carries. Where its leg takes no time, it
    /// arrives at once.
    #[inline(always)]
    pub fn send(&mut self, out: &mut impl Outputs<T, P>, call: Call<T>, payload: P) {
        let now = out.now();
        let mut in_flight = InFlightCall::new(call, now);
        out.happened(Fact::CallSent(in_flight.fact()));
        let leg = match in_flight.kind {
            CallKind::Action => purpose::REQUEST_LEG,
            CallKind::Read | CallKind::Page => purpose::POLL_REQUEST_LEG,
        };
        let travel = self.leg(out, &in_flight, leg, &self.plan.legs.request);
        let arrives = now + travel;
        let deadline = self.deadline(&in_flight);
        in_flight.events = 1 + u8::from(deadline < arrives);
        let place = self.in_flight.add(in_flight, payload);
        let source = self.of_caller(in_flight.controller);
        if deadline < arrives {
            out.schedule(deadline, source, Event::TimedOut { in_flight: place });
        }
        if travel.is_zero() && in_flight.kind != CallKind::Page {
            self.arrive(out, place, &in_flight, false);
        } else {
            let event = Event::RequestArrived { in_flight: place, duplicate: false };
            out.schedule(arrives, source, event);
        }
    }

    /// When the caller of a call waits no longer.
    #[inline(always)]
    fn deadline(&self, in_flight: &InFlightCall<T>) -> SimTime {
        let timeout = self.plan.callers[usize::from(in_flight.controller)].timeout;
        timeout.map_or(SimTime::NEVER, |span| in_flight.sent_at.saturating_add(span))
    }

    pub(super) fn on_request_arrived(
        &mut self,
        out: &mut impl Outputs<T, P>,
        place: u32,
        duplicate: bool,
    ) {
        let in_flight = *self.in_flight.call(place);
        self.arrive(out, place, &in_flight, duplicate);
    }

    /// A call, whose record this is a copy of, reaches the region.
    fn arrive(
        &mut self,
        out: &mut impl Outputs<T, P>,
        place: u32,
        in_flight: &InFlightCall<T>,
        duplicate: bool,
    ) {
        if let Some(throttled) = self.throttled(out, in_flight) {
            return self.turn_away(out, place, in_flight, duplicate, throttled);
        }
        let struck = !duplicate && self.faults.may_strike_calls();
        let course = if struck { self.strike(out, in_flight) } else { None };
        let applied = match course {
            Some(Course { refused: Some(refusal), .. }) => CallAnswer::Refused(refusal),
            Some(Course { view, .. }) => self.deliver(out, place, in_flight, duplicate, view),
            None => self.deliver(out, place, in_flight, duplicate, View::Now),
        };
        let answer = match course {
            Some(Course { answered: Some(refusal), .. }) => CallAnswer::Refused(refusal),
            _ => applied,
        };
        out.happened(Fact::CallHandled(in_flight.fact(), answer));
        if !duplicate {
            self.send_answer(out, place, in_flight, answer, course);
        }
        self.in_flight.landed(place);
    }

    #[inline(always)]
    fn deliver(
        &mut self,
        out: &mut impl Outputs<T, P>,
        place: u32,
        call: &InFlightCall<T>,
        duplicate: bool,
        view: View,
    ) -> CallAnswer {
        let shown = Shown::new(view, out.now(), &self.past);
        out.deliver(Delivery { call, duplicate, shown }, self.in_flight.payload(place))
    }

    /// Sends the answer of a first delivery back, or not.
    #[inline(always)]
    pub(super) fn send_answer(
        &mut self,
        out: &mut impl Outputs<T, P>,
        place: u32,
        in_flight: &InFlightCall<T>,
        answer: CallAnswer,
        course: Option<Course>,
    ) {
        let now = out.now();
        let source = self.of_caller(in_flight.controller);
        let leg = match in_flight.kind {
            CallKind::Action => purpose::ANSWER_LEG,
            CallKind::Read | CallKind::Page => purpose::POLL_ANSWER_LEG,
        };
        let travel = self.leg(out, in_flight, leg, &self.plan.legs.answer);
        let travel = course.map_or(Some(travel), |course| course.answer.takes(travel));
        if let Some(Course { again: Some(later), .. }) = course {
            self.in_flight.call_mut(place).events += 1;
            let event = Event::RequestArrived { in_flight: place, duplicate: true };
            out.schedule(now + later, source, event);
        }
        let deadline = self.deadline(in_flight);
        let answered = travel.map_or(SimTime::NEVER, |span| now.saturating_add(span));
        let kept = self.in_flight.call_mut(place);
        kept.answer = Some(answer);
        if answered <= deadline && answered != SimTime::NEVER {
            kept.events += 1;
            out.schedule(answered, source, Event::AnswerArrived { in_flight: place });
        } else if deadline == SimTime::NEVER {
            kept.closed = true;
            out.tell(News::Unanswered(in_flight.operation));
        } else if now <= deadline {
            kept.events += 1;
            out.schedule(deadline, source, Event::TimedOut { in_flight: place });
        }
    }

    #[inline(always)]
    pub(super) fn on_answer_arrived<Out: Outputs<T, P>>(
        &mut self,
        out: &mut Out,
        place: u32,
    ) -> Out::Heard {
        let (call, payload) = self.in_flight.both(place);
        let answer = call.answer.expect("an answer travels only once it was given");
        out.happened(Fact::AnswerDelivered(call.fact(), answer));
        let heard = out.heard(call, payload, Some(answer));
        self.in_flight.close(place);
        heard
    }

    #[inline(never)]
    pub(super) fn on_timed_out<Out: Outputs<T, P>>(
        &mut self,
        out: &mut Out,
        place: u32,
    ) -> Out::Heard {
        let (call, payload) = self.in_flight.both(place);
        out.happened(Fact::CallTimedOut(call.fact()));
        let heard = out.heard(call, payload, None);
        self.in_flight.close(place);
        heard
    }

    /// How long one leg of a call takes. The luck is that of the caller with the instance, or, for
    /// a batch and the look before it, that of the caller alone.
    #[inline(always)]
    fn leg(
        &self,
        out: &impl Outputs<T, P>,
        in_flight: &InFlightCall<T>,
        leg: Purpose,
        takes: &Distribution,
    ) -> SimDuration {
        let decision = || {
            let caller = self.plan.callers[usize::from(in_flight.controller)].name;
            let who = match in_flight.shared {
                true => caller,
                false => caller.with(out.name(in_flight.instance)),
            };
            let (occasion, k) = (in_flight.occasion, in_flight.number);
            Decision { who, purpose: leg, occasion, k }
        };
        self.decisions.duration_for(decision, takes)
    }
}
