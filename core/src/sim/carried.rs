//! Requests that are not of one instance, and reads, as they arrive.

use crate::client::scripted::{BatchMember, CallTag, ListCall, Page, StockCall};
use crate::cloud::BatchItem;
use crate::ecs::answer::Answer;
use crate::ecs::id::{InstanceId, TypeId};
use crate::ecs::instance::Status;
use crate::ecs::refusal::Refusal;
use crate::ecs::region::Accepted;
use crate::fact::{CallAnswer, CallFact, Fact};
use crate::network::{Delivery, Shown};

use super::delivery::{InFlightCall, Reach};
use super::observer::Observer;

fn as_answer(result: Result<(), Refusal>) -> CallAnswer {
    match result {
        Ok(()) => CallAnswer::Accepted,
        Err(refusal) => CallAnswer::Refused(refusal),
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery of a batch; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_batch(
        &mut self,
        Delivery { call, duplicate, .. }: Delivery<'_, CallTag>,
        ListCall { operation, members }: &mut ListCall,
    ) -> CallAnswer {
        let items: Vec<BatchItem> = members
            .iter()
            .map(|member| BatchItem { instance: member.instance, occasion: member.occasion })
            .collect();
        let asked = self.rest.asked(call);
        match self.cloud.carry_out_batch(self.rest, &asked, &items, operation) {
            Ok(items) => {
                if !duplicate {
                    for (member, item) in members.iter_mut().zip(items) {
                        member.answer = Some(as_answer(item.result).into());
                    }
                }
                CallAnswer::Accepted
            }
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the region handle a delivery of such a look; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_looks(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        ListCall { operation, members }: &mut ListCall,
    ) -> CallAnswer {
        let caller = self.rest.caller(call.controller);
        if let Err(refusal) = self.cloud.show_statuses(self.rest.now, caller, operation) {
            return CallAnswer::Refused(refusal);
        }
        let show = |member: &BatchMember| self.seen(member.instance, &shown);
        let answers: Vec<CallAnswer> = members.iter().map(show).collect();
        for (member, answer) in members.iter_mut().zip(&answers) {
            let BatchMember { instance, occasion, .. } = *member;
            let own = CallFact { instance, occasion, ..call.fact() };
            self.rest.note(Fact::ItemHandled(own, *answer));
            if !duplicate {
                member.answer = Some((*answer).into());
            }
        }
        answers[0]
    }

    /// What the region, or a stale copy of it, shows of one instance.
    #[inline(never)]
    pub(super) fn look_at(
        &mut self,
        call: &InFlightCall,
        instance: InstanceId,
        shown: &Shown<'_>,
    ) -> CallAnswer {
        let caller = self.rest.caller(call.controller);
        match self.cloud.show_one(caller, call.operation, instance) {
            Ok(()) => self.seen(instance, shown),
            Err(refusal) => CallAnswer::Refused(refusal),
        }
    }

    /// Lets the region handle a delivery of a page; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_page(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        page: &mut Page,
    ) -> CallAnswer {
        let rows: Vec<(InstanceId, Status)> = match self.read(call, &page.operation, &shown) {
            Ok(Answer::Statuses(page)) => {
                page.rows.iter().map(|row| (row.instance, row.status)).collect()
            }
            Ok(Answer::Instances(page)) => {
                page.rows.iter().map(|row| (row.instance, row.described.status)).collect()
            }
            Ok(Answer::Accepted | Answer::Items(_) | Answer::Created(_) | Answer::Available(_)) => {
                unreachable!("a page is a read")
            }
            Err(refusal) => return CallAnswer::Refused(refusal),
        };
        if !duplicate {
            let mut rows = rows.into_iter().peekable();
            for (place, id) in (0..).zip(&page.ids) {
                page.seen.extend(rows.next_if(|row| row.0 == *id).map(|row| (place, row.1)));
            }
        }
        self.seen(call.instance, &shown)
    }

    /// The first of the types that would do that DescribeAvailableResource shows in stock.
    #[inline(never)]
    pub(super) fn show_stock(&mut self, call: &InFlightCall, asked: &StockCall) -> CallAnswer {
        let caller = self.rest.caller(call.controller);
        let rows = match self.cloud.show_stock(self.rest.now, caller, &asked.operation) {
            Ok(Accepted::Available(rows)) => rows,
            Ok(_) => unreachable!("an accepted DescribeAvailableResource shows stock"),
            Err(refusal) => return CallAnswer::Refused(refusal),
        };
        let is_there = |wanted: &TypeId| {
            rows.iter().any(|row| row.instance_type == *wanted && row.category.is_available())
        };
        let found = asked.types.iter().position(is_there);
        let place = |found| u16::try_from(found).expect("the types of a list fit in 16 bits");
        CallAnswer::Stocked(found.map(place))
    }
}
