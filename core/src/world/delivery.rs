//! The way between the network and the others: a request that arrives is handed to the cloud, an
//! answer that arrives is kept for its caller, and what happens to calls is booked.

use crate::client::scripted::{CallTag, Carried, Heard, Payload, Told};
use crate::cloud::{self, Cloud};
use crate::controller::requests::{stop_request, target};
use crate::ecs::answer::Answer;
use crate::ecs::id::InstanceId;
use crate::ecs::operation::{Operation, OperationName, StartInstance};
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

impl<O: Observer> Outputs<CallTag, Payload> for Reach<'_, '_, O> {
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
    fn deliver(&mut self, delivery: Delivery<'_, CallTag>, payload: &mut Payload) -> CallAnswer {
        match payload.as_deref_mut() {
            None => self.deliver_for_job(delivery),
            Some(carried) => self.deliver_carried(delivery, carried),
        }
    }

    #[inline(always)]
    fn heard(
        &mut self,
        call: &InFlightCall,
        payload: &mut Payload,
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
        let told = Told { controller, operation, tag, sent_at, retry_after, answer };
        let returned = payload.as_mut().and_then(|carried| carried.take_back(call.fact()));
        Heard { told, returned }
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the cloud carry out what a scripted controller asks for with one instance.
    #[inline(always)]
    fn deliver_for_job(
        &mut self,
        Delivery { call, shown, .. }: Delivery<'_, CallTag>,
    ) -> CallAnswer {
        let instance = call.instance;
        let controller = &self.rest.plan.controllers[usize::from(call.controller)];
        let done = match call.operation {
            OperationName::StopInstance => {
                let request = stop_request(&controller.stop, instance, call.tag.keep);
                let asked = self.rest.asked(call);
                self.cloud.stop(self.rest, &asked, instance, &request)
            }
            OperationName::StartInstance => {
                let start = &controller.start;
                let (target, malformed) = target(instance, start.malformed.as_ref());
                let request = StartInstance {
                    instance: target,
                    init_local_disk: start.init_local_disk,
                    dry_run: start.dry_run,
                    malformed,
                };
                let asked = self.rest.asked(call);
                self.cloud.start(self.rest, &asked, instance, &request)
            }
            OperationName::DescribeInstanceStatus | OperationName::DescribeInstances => {
                return self.look_at(call, &shown);
            }
            OperationName::RebootInstance
            | OperationName::DeleteInstance
            | OperationName::RunInstances
            | OperationName::ReActivateInstances => {
                return self.deliver_seldom(call, &self.request(call), &shown);
            }
            OperationName::DescribeAvailableResource => return self.show_stock(call),
            OperationName::StopInstances
            | OperationName::StartInstances
            | OperationName::RebootInstances
            | OperationName::ModifyInstanceSpec => {
                unreachable!("{} carries what it asks for", call.operation)
            }
        };
        match done {
            Ok(()) => CallAnswer::Accepted,
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the cloud carry out what a call carries.
    #[inline(never)]
    fn deliver_carried(
        &mut self,
        delivery: Delivery<'_, CallTag>,
        carried: &mut Carried,
    ) -> CallAnswer {
        match carried {
            Carried::Batch(members) if delivery.call.operation.shows_status() => {
                self.deliver_looks(delivery, members)
            }
            Carried::Batch(members) => self.deliver_batch(delivery, members),
            Carried::Change(change) => {
                let operation = self.change_request(delivery.call, *change);
                self.deliver_seldom(delivery.call, &operation, &delivery.shown)
            }
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
        match answer? {
            Accepted::Statuses(page) => Ok(Answer::Statuses(shown.statuses(page))),
            Accepted::Instances(page) => {
                let region = self.cloud.region();
                let is_eligible = |instance| region.ineligible(instance).is_none();
                Ok(Answer::Instances(shown.instances(page, is_eligible)))
            }
            Accepted::Available(rows) => Ok(Answer::Available(rows)),
            Accepted::Stop(_)
            | Accepted::Start(_)
            | Accepted::Stops(_)
            | Accepted::Starts(_)
            | Accepted::Reboots(_)
            | Accepted::Reboot(_)
            | Accepted::Delete(_)
            | Accepted::Run(_)
            | Accepted::Reactivate(_)
            | Accepted::Change(_) => unreachable!("a read shows something"),
        }
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
