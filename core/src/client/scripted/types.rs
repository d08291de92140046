//! Other types in place of one that is sold out: asking first, changing the type, starting then.
//!
//! A controller that falls back goes through the group's own type and its list, skips the type
//! the instance has, and begins again when it has been through. It asks for a start at the
//! interval of its policy until the change is done: `OperationConflict` tells it that it is not.

use crate::controller::policy::Controller;
use crate::controller::retry::Cause;
use crate::ecs::id::TypeId;
use crate::ecs::operation::{ClientToken, OperationName};
use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::fact::{Action, Belief};
use crate::units::SimDuration;

use super::job::{NO_RETRY_STATE, Step};
use super::payload::Answered;
use crate::client::{News, Outputs};

use super::Clients;

/// How long after an accepted change it asks for the start, and again, if its policy names no
/// interval. *Assumed*: no page says how a client learns that a change is done.
pub const CHANGE_POLL: SimDuration = SimDuration::from_mins(1);

impl Clients<'_> {
    /// The first step of a job: asking for stock first, if the controller does that and
    /// knows of no stock that the instance holds.
    #[inline(always)]
    pub(super) fn first_step(
        &self,
        plan: &Controller,
        controller: u16,
        position: u32,
        action: Action,
    ) -> Step {
        if action == Action::Change {
            let change = plan.change.as_ref();
            return Step::Change(change.expect("who asks for a change says to which type").to);
        }
        let asks = plan.start.check_stock_first && action == Action::Start;
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        if asks && !job.holds_stock() { Step::CheckStock } else { Step::Own }
    }

    /// Makes of an answer what is not a matter of the stop or start itself; whether it did.
    #[inline(always)]
    pub(super) fn on_types_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        answer: Answered,
    ) -> bool {
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        // Who has asked for nothing but its action has kept nothing either.
        job.retry_state != NO_RETRY_STATE
            && job.action != Action::Change
            && self.on_step_answered(out, controller, position, answer)
    }

    #[inline(never)]
    fn on_step_answered(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        answer: Answered,
    ) -> bool {
        let controller_state = &self.states[usize::from(controller)];
        let retry_state = controller_state.retry_state(position);
        let awaits = retry_state.changing;
        match (retry_state.step, answer) {
            (Step::Own, Answered::Refused(Refusal::OperationConflict)) if awaits => {
                self.await_change(out, controller, position);
            }
            (Step::Own | Step::StopFirst | Step::Replacing, _)
            | (Step::CheckStock, Answered::Refused(_)) => return false,
            (Step::CheckStock, Answered::Stocked(found)) => {
                self.on_probed(out, controller, position, found);
            }
            (Step::Change(to), _) if self.is_returning(controller, position) => {
                if answer == Answered::Accepted {
                    self.remember_type(controller, position, to);
                }
                self.finish_job(out, controller, position, Belief::Done(Action::Stop));
            }
            (
                Step::Change(to),
                Answered::Accepted | Answered::Refused(Refusal::LastTokenProcessing),
            ) => {
                self.remember_type(controller, position, to);
                self.await_change(out, controller, position);
            }
            (Step::Change(_), Answered::Refused(refusal)) => {
                return self.on_change_refused(out, controller, position, refusal);
            }
            (
                Step::CheckStock | Step::Change(_),
                Answered::Accepted | Answered::Seen(_) | Answered::Missing | Answered::Created(_),
            )
            | (Step::Change(_), Answered::Stocked(_)) => {
                unreachable!("an answer is to what was asked")
            }
        }
        true
    }

    fn await_change(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        let policy = &self.plan.controllers[usize::from(controller)].no_stock;
        let interval = policy.retry_every.unwrap_or(CHANGE_POLL);
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        retry_state.step = Step::Own;
        retry_state.changing = true;
        self.back_off(out, controller, position, interval);
    }

    fn on_probed(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        found: Option<u16>,
    ) {
        self.states[usize::from(controller)].retry_state_mut(position).missed_looks = 0;
        let instance = self.instance_at(controller, position);
        let wanted = found.and_then(|place| self.candidate(controller, position, place));
        let present = self.type_of(controller, position);
        match wanted {
            Some(wanted) if wanted == present => {
                self.step(out, controller, position, Step::Own);
            }
            Some(wanted) => self.change(out, controller, position, wanted),
            None => {
                out.tell(News::SoldOut(instance));
                self.wait_for_stock(out, controller, position, Refusal::NoStock);
            }
        }
    }

    fn step(&mut self, out: &mut impl Outputs, controller: u16, position: u32, step: Step) {
        self.set_step(controller, position, step);
        self.send(out, controller, position);
    }

    fn set_step(&mut self, controller: u16, position: u32, step: Step) {
        let controller_state = &mut self.states[usize::from(controller)];
        if controller_state.retry_state(position).step != step {
            controller_state.retry_state_mut(position).step = step;
        }
    }

    fn change(&mut self, out: &mut impl Outputs, controller: u16, position: u32, to: TypeId) {
        self.tokens += 1;
        let token = ClientToken(self.tokens);
        self.states[usize::from(controller)].retry_state_mut(position).token = token;
        self.step(out, controller, position, Step::Change(to));
    }

    /// A start found no stock: whether it asks for another type now.
    pub(super) fn falls_back(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) -> bool {
        let policy = &self.plan.controllers[usize::from(controller)].no_stock;
        let Some(fallback) = &policy.fallback else { return false };
        let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
        retry_state.shortages += 1;
        retry_state.shortages >= fallback.after
            && self.asks_for_next_type(out, controller, position)
    }

    /// Asks for the next type it has not asked for in this round, if there is one.
    fn asks_for_next_type(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) -> bool {
        let present = self.type_of(controller, position);
        loop {
            let retry_state = self.states[usize::from(controller)].retry_state_mut(position);
            retry_state.tried += 1;
            let place = retry_state.tried;
            match self.candidate(controller, position, place) {
                Some(wanted) if wanted != present => {
                    self.change(out, controller, position, wanted);
                    return true;
                }
                Some(_) => {}
                None => {
                    let retry_state =
                        self.states[usize::from(controller)].retry_state_mut(position);
                    retry_state.tried = 0;
                    retry_state.shortages = 0;
                    return false;
                }
            }
        }
    }

    /// A change was refused: whether that is dealt with here.
    fn on_change_refused(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        refusal: Refusal,
    ) -> bool {
        let hopeless = matches!(refusal, Refusal::TypeOffline | Refusal::TypeNotSupported);
        if refusal.class() == RefusalClass::Stock || hopeless {
            if !self.asks_for_next_type(out, controller, position) {
                self.set_step(controller, position, Step::Own);
                self.wait_for_stock(out, controller, position, Refusal::NoStock);
            }
            return true;
        }
        if refusal.class() == RefusalClass::Status {
            self.set_step(controller, position, Step::Own);
        }
        false
    }

    /// Its stop is done: it asks for the group's own type again, if it wants that back.
    pub(super) fn returns_to_first(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) -> bool {
        let instance = self.instance_at(controller, position);
        let policy = &self.plan.controllers[usize::from(controller)].no_stock;
        let own = self.plan.card(instance).instance_type;
        let wants = policy.fallback.as_ref().is_some_and(|fallback| fallback.returns);
        if !wants || self.type_of(controller, position) == own {
            return false;
        }
        self.change(out, controller, position, own);
        true
    }

    /// Whether a stop that is done is asking for the group's own type.
    pub(super) fn is_returning(&self, controller: u16, position: u32) -> bool {
        let controller_state = &self.states[usize::from(controller)];
        let stops = controller_state.jobs[position as usize].action == Action::Stop;
        stops && matches!(controller_state.retry_state(position).step, Step::Change(_))
    }

    /// Stock is short, whatever the type: it waits, or gives up.
    pub(super) fn wait_for_stock(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
        refusal: Refusal,
    ) {
        let plan = &self.plan.controllers[usize::from(controller)];
        let policy = &plan.no_stock;
        // What is refused for want of stock holds none.
        let step = if plan.start.check_stock_first { Step::CheckStock } else { Step::Own };
        self.set_step(controller, position, step);
        let Some(interval) = policy.retry_every else {
            return self.ask_again_or_fail(out, controller, position, Cause::Refused(refusal));
        };
        let due = self.states[usize::from(controller)].jobs[position as usize].due;
        let waited = out.now().since(due);
        if policy.give_up.is_some_and(|limit| waited.saturating_add(interval) > limit) {
            self.finish_job(out, controller, position, Belief::Failed(Action::Start));
        } else {
            self.back_off(out, controller, position, interval);
        }
    }

    /// The operation a job calls next.
    pub(super) fn next_operation(step: Step, action: Action) -> OperationName {
        match (step, action) {
            (Step::Replacing, _) => OperationName::RunInstances,
            (Step::StopFirst, _) | (Step::Own, Action::Stop) => OperationName::StopInstance,
            (Step::Own, Action::Start) => OperationName::StartInstance,
            (Step::Own, Action::Reboot) => OperationName::RebootInstance,
            (Step::Own, Action::Delete) => OperationName::DeleteInstance,
            (Step::Own, Action::Reactivate) => OperationName::ReActivateInstances,
            (Step::Own, Action::Change) => unreachable!("a change is a step of its own"),
            (Step::CheckStock, _) => OperationName::DescribeAvailableResource,
            (Step::Change(_), _) => OperationName::ModifyInstanceSpec,
        }
    }
}

impl Clients<'_> {
    /// The type at a place among those a controller would have: the present one, the group's
    /// own, then its list.
    pub(super) fn candidate(&self, controller: u16, position: u32, place: u16) -> Option<TypeId> {
        let list = self.plan.controllers[usize::from(controller)].no_stock.fallback.as_ref();
        match place {
            0 => Some(self.type_of(controller, position)),
            1 => list.map(|_| self.own_type(controller, position)),
            place => list?.types.get(usize::from(place) - 2).copied(),
        }
    }

    /// The type of an instance, as far as a controller knows: the group's own, unless a change was
    /// accepted that it had asked for.
    fn type_of(&self, controller: u16, position: u32) -> TypeId {
        let types = &self.states[usize::from(controller)].types;
        types.get(&position).copied().unwrap_or_else(|| self.own_type(controller, position))
    }

    /// The type that the group of an instance was set up with.
    fn own_type(&self, controller: u16, position: u32) -> TypeId {
        self.plan.card(self.instance_at(controller, position)).instance_type
    }

    /// A change was accepted: its controller knows the type from now on.
    pub(super) fn remember_type(&mut self, controller: u16, position: u32, to: TypeId) {
        let own = self.own_type(controller, position);
        let types = &mut self.states[usize::from(controller)].types;
        if to == own {
            types.remove(&position);
        } else {
            types.insert(position, to);
        }
    }
}
