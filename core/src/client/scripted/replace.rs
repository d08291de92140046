//! Replacing an instance that does not come up: another one is asked for, and looked after in its
//! place.

use crate::controller::policy::Replace;
use crate::controller::retry::Cause;
use crate::ecs::id::InstanceId;
use crate::fact::{Action, Belief, Defect, Fact};
use crate::units::SimDuration;

use super::job::Step;
use crate::client::{Event, News, Outputs, Ticket};

use super::Clients;

impl Clients<'_> {
    /// A start is called for the first time: it has so long before it is replaced.
    pub(super) fn give_time(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        replace: Replace,
    ) {
        let controller_state = &self.states[usize::from(controller)];
        let action = controller_state.jobs[position as usize].action;
        if action == Action::Start && controller_state.retry_state(position).step == Step::Own {
            let ticket = Ticket { controller, position, serial: controller_state.begun(position) };
            let source = self.of_controller(controller);
            let at = out.now().saturating_add(replace.after);
            out.schedule(at, source, Event::ReplaceDue(ticket));
        }
    }

    /// The time of a start is over.
    #[inline(never)]
    pub(super) fn on_replace_due(&mut self, out: &mut impl Outputs, ticket: Ticket) {
        let Ticket { controller, position, serial } = ticket;
        let controller_state = &self.states[usize::from(controller)];
        let open = controller_state.begun(position) == serial
            && controller_state.retry_state(position).step == Step::Own;
        let done = controller_state.jobs[position as usize].belief() == Belief::Done(Action::Start);
        let wanted = self.is_wanted(controller, position).unwrap_or(true);
        let goes = open && wanted;
        if goes && (!done || self.slips(out, controller, position, Defect::ReplacesWhileAlive)) {
            self.replace(out, controller, position);
        } else {
            out.stale();
        }
    }

    /// Whether a call that failed for good makes its controller replace the instance.
    pub(super) fn is_replaced_after(&self, controller: u16, position: u32, cause: Cause) -> bool {
        let controller_state = &self.states[usize::from(controller)];
        let replaces = self.plan.controllers[usize::from(controller)].replace.is_some();
        let unanswered = matches!(cause, Cause::TimedOut);
        let starts = controller_state.jobs[position as usize].action == Action::Start;
        replaces && unanswered && starts && controller_state.retry_state(position).step == Step::Own
    }

    /// Asks for another instance in place of the one that does not come up.
    pub(super) fn replace(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let controller_state = &mut self.states[usize::from(controller)];
        controller_state.turn_to(position, Step::Replacing);
        controller_state.retry_state_mut(position).backoff = SimDuration::ZERO;
        controller_state.jobs[position as usize].first_call = out.now();
        self.send(out, controller, position);
    }

    /// A controller hears which instance it got: from here on it looks after that one, and what
    /// was wanted of the other is wanted of it.
    #[inline(never)]
    pub(super) fn adopt(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        new: InstanceId,
    ) {
        let old = self.instance_at(controller, position);
        out.happened(Fact::Replaced { controller, instance: old, by: new });
        self.states[usize::from(controller)].order.to_mut()[position as usize] = new;
        // It is up, and of the type that the group was set up with.
        self.states[usize::from(controller)].types.remove(&position);
        self.set_holds_stock(controller, position, true);
        out.tell(News::Adopted { instance: old, by: new });
    }
}
