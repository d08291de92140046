//! The way between the network and the others: a request that arrives is handed to the cloud, an
//! answer that arrives is kept for its caller, and what happens to calls is booked.

use crate::client::scripted::{Answered, CallTag, Carried, Heard, Request, Told};
use crate::cloud::{self, Asked, Cloud};
use crate::ecs::answer::Answer;
use crate::ecs::id::{CallerId, InstanceId};
use crate::ecs::operation::Operation;
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Accepted;
use crate::engine::{Identity, Source};
use crate::fact::{CallAnswer, Fact};
use crate::network::{self, Delivery, News, Outputs, Shown};
use crate::units::{SimDuration, SimTime};

use super::Rest;
use super::event::Event;
use super::observer::Observer;

/// A call of a run on its way.
pub(super) type InFlightCall = network::InFlightCall<CallTag>;

/// Whom the network reaches while something happens to a call.
pub(super) struct Reach<'w, 'a, O: Observer> {
    pub(super) cloud: &'w mut Cloud<'a>,
    pub(super) rest: &'w mut Rest<'a, O>,
}

impl<O: Observer> Outputs<CallTag, Request> for Reach<'_, '_, O> {
    type Heard = Heard;

    #[inline(always)]
    fn now(&self) -> SimTime {
        self.rest.now
    }

    #[inline(always)]
    fn name(&self, instance: InstanceId) -> Identity {
        self.rest.instance_names[instance.index()]
    }

    #[inline(always)]
    fn schedule(&mut self, at: SimTime, source: Source, event: network::Event) {
        self.rest.schedule(at, source, Event::Network(event));
    }

    #[inline(always)]
    fn schedule_environment(&mut self, at: SimTime, source: Source, event: network::Event) {
        self.rest.schedule_environment(at, source, Event::Network(event));
    }

    #[inline(always)]
    fn listed(&mut self) {
        self.rest.instant.note_listed();
    }

    #[inline(always)]
    fn happened(&mut self, fact: Fact) {
        cloud::Outputs::happened(self.rest, self.cloud.region(), fact);
    }

    fn tell(&mut self, news: News) {
        match news {
            News::Unanswered(operation) => {
                self.rest.books.unanswered(operation);
            }
            News::QuotaUsedUp { operation, retry_after } => {
                self.rest.books.quota_used_up(self.rest.now, operation, retry_after);
            }
        }
    }

    #[inline(always)]
    fn deliver(&mut self, delivery: Delivery<'_, CallTag>, request: &mut Request) -> CallAnswer {
        self.deliver_request(delivery, request)
    }

    #[inline(always)]
    fn heard(
        &mut self,
        call: &InFlightCall,
        request: &mut Request,
        answer: Option<CallAnswer>,
    ) -> Heard {
        if answer.is_some() {
            self.rest.books.answered(call.operation, self.rest.now - call.sent_at);
        } else {
            self.rest.books.timed_out(call.controller, call.operation);
        }
        let InFlightCall { controller, operation, tag, sent_at, .. } = *call;
        // What was answered too late was not heard, nor was its hint.
        let retry_after = answer.map_or(SimDuration::ZERO, |_| call.retry_after);
        let answer = answer.map(Answered::from);
        let told = Told { controller, operation, tag, sent_at, retry_after, answer };
        let returned = match request {
            Request::Stop(_) | Request::Start(_) | Request::Look(_) => None,
            Request::Other(carried) => carried.take_back(call.fact()),
        };
        Heard { told, returned }
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the cloud carry out what a call asks for.
    #[inline(always)]
    fn deliver_request(
        &mut self,
        delivery: Delivery<'_, CallTag>,
        request: &mut Request,
    ) -> CallAnswer {
        let Delivery { call, shown, .. } = &delivery;
        let done = match request {
            Request::Stop(stop) => {
                let asked = self.rest.asked(call);
                self.cloud.stop(self.rest, &asked, call.instance, stop)
            }
            Request::Start(start) => {
                let asked = self.rest.asked(call);
                self.cloud.start(self.rest, &asked, call.instance, start)
            }
            Request::Look(instance) => return self.look_at(call, *instance, shown),
            Request::Other(carried) => return self.deliver_carried(delivery, carried),
        };
        match done {
            Ok(()) => CallAnswer::Accepted,
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the cloud carry out what is asked for seldom.
    #[inline(never)]
    fn deliver_carried(
        &mut self,
        delivery: Delivery<'_, CallTag>,
        carried: &mut Carried,
    ) -> CallAnswer {
        match carried {
            Carried::One(operation) => {
                self.deliver_seldom(delivery.call, operation, &delivery.shown)
            }
            Carried::Stock(stock) => self.show_stock(delivery.call, stock),
            Carried::Batch(batch) if delivery.call.operation.shows_status() => {
                self.deliver_looks(delivery, batch)
            }
            Carried::Batch(batch) => self.deliver_batch(delivery, batch),
            Carried::Page(page) => self.deliver_page(delivery, page),
            Carried::Seat(asked) => self.deliver_for_seat(delivery, asked),
        }
    }

    /// Lets the cloud carry out what a job asks for seldom, as it does for a seat.
    #[inline(never)]
    fn deliver_seldom(
        &mut self,
        call: &InFlightCall,
        operation: &Operation,
        shown: &Shown<'_>,
    ) -> CallAnswer {
        match self.carry_out(call, operation, Some(call.instance), shown) {
            Ok(answer) => self.in_short(&answer, shown),
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the cloud carry out whatever is asked for; a new instance may stand in for the one it
    /// replaces.
    pub(super) fn carry_out(
        &mut self,
        call: &InFlightCall,
        operation: &Operation,
        replaces: Option<InstanceId>,
        shown: &Shown<'_>,
    ) -> Result<Answer, Refusal> {
        if let Operation::DescribeInstanceStatus(_)
        | Operation::DescribeInstances(_)
        | Operation::DescribeAvailableResource(_) = operation
        {
            return self.read(call, operation, shown);
        }
        let asked = self.rest.asked(call);
        self.cloud.carry_out(self.rest, &asked, (call.instance, replaces), operation)
    }

    /// Lets the region show what is asked for, as a copy of it may.
    pub(super) fn read(
        &mut self,
        call: &InFlightCall,
        operation: &Operation,
        shown: &Shown<'_>,
    ) -> Result<Answer, Refusal> {
        let caller = self.rest.caller(call.controller);
        let answer = match operation.name().shows_status() {
            true => self.cloud.show_statuses(self.rest.now, caller, operation),
            false => self.cloud.show_stock(self.rest.now, caller, operation),
        };
        let answer = answer?;
        if let Accepted::Statuses(page) = answer {
            return Ok(Answer::Statuses(shown.statuses(page)));
        }
        if let Accepted::Instances(page) = answer {
            let region = self.cloud.region();
            let is_eligible = |instance| region.ineligible(instance).is_none();
            return Ok(Answer::Instances(shown.instances(page, is_eligible)));
        }
        let Accepted::Available(rows) = answer else { unreachable!("a read shows something") };
        Ok(Answer::Available(rows))
    }

    /// An answer as facts bear it.
    pub(super) fn in_short(&self, answer: &Answer, shown: &Shown<'_>) -> CallAnswer {
        let seen = |row: Option<InstanceId>| {
            row.map_or(CallAnswer::Missing, |instance| self.seen(instance, shown))
        };
        match answer {
            Answer::Accepted | Answer::Items(_) | Answer::Available(_) => CallAnswer::Accepted,
            Answer::Statuses(page) => seen(page.rows.first().map(|row| row.instance)),
            Answer::Instances(page) => seen(page.rows.first().map(|row| row.instance)),
            Answer::Created(instance) => CallAnswer::Created(*instance),
        }
    }

    /// What is shown of one instance, as facts bear it.
    #[inline(always)]
    pub(super) fn seen(&self, instance: InstanceId, shown: &Shown<'_>) -> CallAnswer {
        let is = self.cloud.region().state(instance);
        shown.state(instance, is).map_or(CallAnswer::Missing, CallAnswer::Seen)
    }
}

impl<O: Observer> Rest<'_, O> {
    /// Who asks by a call, as far as the cloud is told.
    #[inline(always)]
    pub(super) fn asked(&self, call: &InFlightCall) -> Asked {
        let InFlightCall { controller, operation, occasion, number, asks, .. } = *call;
        let keep = call.tag.keep;
        let caller = self.caller(controller);
        Asked { caller, controller, operation, occasion, number, asks, keep }
    }

    /// Whom the region authorises.
    #[inline(always)]
    pub(super) fn caller(&self, controller: u16) -> CallerId {
        self.plan.controllers[usize::from(controller)].caller
    }
}

/// Facts say the same, and more of what an instance is like than a read shows its caller.
impl From<CallAnswer> for Answered {
    #[inline(always)]
    fn from(answer: CallAnswer) -> Answered {
        match answer {
            CallAnswer::Accepted => Answered::Accepted,
            CallAnswer::Seen(state) => Answered::Seen(state.status()),
            CallAnswer::Missing => Answered::Missing,
            CallAnswer::Refused(refusal) => Answered::Refused(refusal),
            CallAnswer::Created(instance) => Answered::Created(instance),
            CallAnswer::Stocked(place) => Answered::Stocked(place),
        }
    }
}
