//! One look at all the instances that a batch call is to be about, before it is sent.
//!
//! What is there already is left out of the call; the rest is asked for together. Looks are
//! numbered with the batch calls of their occasion and have the controller's own luck, as these.

use crate::ecs::id::InstanceId;
use crate::ecs::operation::{IDS_MAX, OperationName, PAGE_SIZE_MAX};

use crate::client::Outputs;

use super::Clients;
use super::job::Stage;
use super::payload::{Answered, BatchMember, Carried, ListCall, Request, Told};
use super::requests::read_of;

impl Clients<'_> {
    /// The most instances that one look of a controller shows.
    pub(super) fn shown_at_once(&self, controller: u16) -> usize {
        let first = self.plan.controllers[usize::from(controller)].look_first;
        match first.map(|first| first.operation) {
            Some(OperationName::DescribeInstanceStatus) => PAGE_SIZE_MAX as usize,
            Some(_) | None => IDS_MAX,
        }
    }

    /// Looks at them all before it calls.
    pub(super) fn look_at_all(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        positions: &[u32],
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let first = plan.look_first.expect("only controllers that look first are asked");
        let mut members = Vec::with_capacity(positions.len());
        for &position in positions {
            self.enter_look(out, controller, position);
            let controller_state = &mut self.states[usize::from(controller)];
            controller_state.retry_state_mut(position).polls += 1;
            let job = &controller_state.jobs[position as usize];
            let (serial, occasion) = (job.serial, job.occasion);
            let instance = controller_state.order[position as usize];
            members.push(BatchMember { instance, position, serial, occasion, answer: None });
        }
        let call = self.shared_call(controller, &members, first.operation, false);
        let ids: Vec<InstanceId> = members.iter().map(|member| member.instance).collect();
        let size = u32::try_from(ids.len()).expect("at most a hundred");
        let operation = read_of(first.operation, ids, size, None);
        let batch = ListCall { operation, members };
        out.send(call, Request::Other(Box::new(Carried::Batch(batch))));
    }

    /// The job looks, for the first time or once more.
    pub(super) fn enter_look(&mut self, out: &impl Outputs, controller: u16, position: u32) {
        let controller_state = &mut self.states[usize::from(controller)];
        controller_state.jobs[position as usize].enter(Stage::Looking);
        let retry_state = controller_state.retry_state_mut(position);
        if retry_state.polls == 0 {
            retry_state.waits_since = out.now();
        }
    }

    /// A look at many was answered, or not in time: each job makes of it what it would of one of
    /// its own.
    pub(super) fn on_looks_answered(
        &mut self,
        out: &mut impl Outputs,
        told: &Told,
        members: &[BatchMember],
    ) {
        let Told { controller, answer, .. } = *told;
        let failed = match answer {
            None | Some(Answered::Refused(_)) => Some(answer),
            Some(
                Answered::Seen(_)
                | Answered::Missing
                | Answered::Accepted
                | Answered::Created(_)
                | Answered::Stocked(_),
            ) => None,
        };
        for member in members {
            let jobs = &self.states[usize::from(controller)].jobs;
            if jobs[member.position as usize].serial != member.serial {
                out.stale();
                continue;
            }
            self.hear_hint(told, member.position);
            self.on_poll_answered(
                out,
                controller,
                member.position,
                failed.unwrap_or(member.answer),
            );
        }
        self.gather(out, controller);
    }
}
