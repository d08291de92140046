//! One look at all the instances that a batch call is to be about, before it is sent.
//!
//! What is there already is left out of the call; the rest is asked for together. Looks are
//! numbered with the batch calls of their occasion and have the controller's own luck, as these.

use crate::ecs::id::InstanceId;
use crate::ecs::operation::{IDS_MAX, OperationName, PAGE_SIZE_MAX};
use crate::fact::{CallAnswer, CallFact, Fact};
use crate::network::Delivery;

use super::World;
use super::delivery::Reach;
use super::job::Stage;
use super::observer::Observer;
use super::payload::{BatchMember, CallTag, Carried, Told};
use super::watch::read_of;

impl<O: Observer> World<'_, O> {
    /// The most instances that one look of a controller shows.
    pub(super) fn shown_at_once(&self, controller: u16) -> usize {
        let first = self.rest.plan.controllers[usize::from(controller)].look_first;
        match first.map(|first| first.operation) {
            Some(OperationName::DescribeInstanceStatus) => PAGE_SIZE_MAX as usize,
            Some(_) | None => IDS_MAX,
        }
    }

    /// Looks at them all before it calls.
    pub(super) fn look_at_all(&mut self, controller: u16, positions: &[u32]) {
        let plan = &self.rest.plan.controllers[usize::from(controller)];
        let first = plan.look_first.expect("only controllers that look first are asked");
        let mut members = Vec::with_capacity(positions.len());
        for &position in positions {
            self.enter_look(controller, position);
            let controller_state = &mut self.rest.controller_states[usize::from(controller)];
            controller_state.effort_mut(position).polls += 1;
            let job = &controller_state.jobs[position as usize];
            let (serial, occasion) = (job.serial, job.occasion);
            let instance = controller_state.order[position as usize];
            members.push(BatchMember { instance, position, serial, occasion, answer: None });
        }
        let call = self.shared_call(controller, &members, first.operation, false);
        self.launch_seldom(call, Carried::Batch(members));
    }

    /// The job looks, for the first time or once more.
    pub(super) fn enter_look(&mut self, controller: u16, position: u32) {
        let controller_state = &mut self.rest.controller_states[usize::from(controller)];
        controller_state.jobs[position as usize].enter(Stage::Looking);
        let retry_state = controller_state.effort_mut(position);
        if retry_state.polls == 0 {
            retry_state.waits_since = self.rest.now;
        }
    }

    /// A look at many was answered, or not in time: each job makes of it what it would of one of
    /// its own.
    pub(super) fn on_looks_answered(&mut self, told: &Told, members: &[BatchMember]) {
        let Told { controller, answer, .. } = *told;
        let failed = match answer {
            None | Some(CallAnswer::Refused(_)) => Some(answer),
            Some(
                CallAnswer::Seen(_)
                | CallAnswer::Missing
                | CallAnswer::Accepted
                | CallAnswer::Created(_)
                | CallAnswer::Stocked(_),
            ) => None,
        };
        for member in members {
            let jobs = &self.rest.controller_states[usize::from(controller)].jobs;
            if jobs[member.position as usize].serial != member.serial {
                self.rest.stale();
                continue;
            }
            self.hear_hint(told, member.position);
            self.on_poll_answered(controller, member.position, failed.unwrap_or(member.answer));
        }
        self.gather(controller);
    }
}

impl<O: Observer> Reach<'_, '_, O> {
    /// Lets the region handle a delivery of such a look; the first is the one that is answered.
    #[inline(never)]
    pub(super) fn deliver_looks(
        &mut self,
        Delivery { call, duplicate, shown }: Delivery<'_, CallTag>,
        members: &mut [BatchMember],
    ) -> CallAnswer {
        let ids: Vec<InstanceId> = members.iter().map(|member| member.instance).collect();
        let caller = self.rest.caller(call.controller);
        let size = u32::try_from(ids.len()).expect("at most a hundred");
        let read = read_of(call.operation, ids, size, None);
        if let Err(refusal) = self.cloud.show_statuses(self.rest.now, caller, &read) {
            return CallAnswer::Refused(refusal);
        }
        let show = |member: &BatchMember| self.seen(member.instance, &shown);
        let answers: Vec<CallAnswer> = members.iter().map(show).collect();
        for (member, answer) in members.iter_mut().zip(&answers) {
            let BatchMember { instance, occasion, .. } = *member;
            let own = CallFact { instance, occasion, ..call.fact() };
            self.rest.note(Fact::ItemHandled(own, *answer));
            if !duplicate {
                member.answer = Some(*answer);
            }
        }
        answers[0]
    }
}
