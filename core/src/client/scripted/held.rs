//! Starts that wait for other groups: held back until these are ready, or for so long.
//!
//! *Assumed*: a controller learns at once that what it waits for is ready; a start that went out is
//! never held again, not even a retry of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::plan::ClientsPlan;
use crate::client::{Event, Outputs, Ticket};
use crate::ecs::id::{GroupId, InstanceId};
use crate::fact::{Action, Fact};
use crate::units::SimTime;

use super::Clients;
use super::job::Stage;
use crate::client::News;

/// Whose starts wait for others.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Per group: the services whose rule holds its starts back; empty without services.
    by: Vec<Vec<u16>>,
    /// Per service: whether its starts need not wait, as clients were told.
    may_start: Vec<bool>,
    /// Per group: controllers and the positions at which they hold a start of it back.
    now: BTreeMap<GroupId, BTreeSet<(u16, u32)>>,
}

impl Held {
    pub(super) fn new(plan: &ClientsPlan<'_>) -> Held {
        let groups = if plan.waits.is_empty() { 0 } else { plan.groups.len() };
        let mut by = vec![Vec::new(); groups];
        for (service, wait) in (0..).zip(&plan.waits) {
            wait.groups.iter().for_each(|group| by[group.index()].push(service));
        }
        Held { by, may_start: vec![false; plan.waits.len()], now: BTreeMap::new() }
    }
}

impl Clients<'_> {
    /// Whether a start must wait for other groups, and until when if it must.
    fn waits_until(&self, out: &impl Outputs, controller: u16, position: u32) -> Option<SimTime> {
        let job = &self.states[usize::from(controller)].jobs[position as usize];
        let instance = self.instance_at(controller, position);
        if job.action != Action::Start || self.is_wanted(controller, position).is_none() {
            return None;
        }
        let group = self.plan.group_of(instance).index();
        let closed = self.held.by[group]
            .iter()
            .filter(|service| !self.held.may_start[usize::from(**service)])
            .map(|service| &self.plan.waits[usize::from(*service)])
            .map(|wait| job.due.saturating_add(wait.timeout));
        closed.filter(|until| *until > out.now()).min()
    }

    /// Holds a start back if it must wait; whether it does.
    #[inline(always)]
    pub(super) fn hold_back(
        &mut self,
        out: &mut impl Outputs,
        controller: u16,
        position: u32,
    ) -> bool {
        !self.held.by.is_empty() && self.must_wait(out, controller, position)
    }

    #[inline(never)]
    fn must_wait(&mut self, out: &mut impl Outputs, controller: u16, position: u32) -> bool {
        let Some(until) = self.waits_until(out, controller, position) else { return false };
        let instance = self.instance_at(controller, position);
        let state = &mut self.states[usize::from(controller)];
        state.jobs[position as usize].enter(Stage::Held);
        if state.held.insert(position) {
            let group = self.plan.group_of(instance);
            self.held.now.entry(group).or_default().insert((controller, position));
            out.happened(Fact::StartHeld { controller, instance });
            out.tell(News::Held { controller, instance, held: true });
        }
        self.call_later(out, controller, position, until);
        true
    }

    fn call_later(&self, out: &mut impl Outputs, controller: u16, position: u32, at: SimTime) {
        let ticket = self.ticket(controller, position);
        out.schedule(at, self.of_controller(controller), Event::CallDue(ticket));
    }

    /// What a service's groups wait for is there, or no longer. Those that may go are called up,
    /// each in its controller's order.
    #[inline(never)]
    pub fn service_turned(&mut self, out: &mut impl Outputs, service: u16, may_start: bool) {
        self.held.may_start[usize::from(service)] = may_start;
        if !may_start {
            return;
        }
        let groups = self.plan.waits[usize::from(service)].groups.iter();
        let held = groups.filter_map(|group| self.held.now.get(group)).flatten();
        let concerned: BTreeSet<(u16, u32)> = held.copied().collect();
        for (controller, position) in concerned {
            if self.waits_until(out, controller, position).is_none() {
                self.call_later(out, controller, position, out.now());
            }
        }
    }

    /// A start that was held back looks again whether it may go; whether it does.
    pub(super) fn look_again(&mut self, out: &mut impl Outputs, ticket: Ticket) -> bool {
        let Ticket { controller, position, .. } = ticket;
        if self.hold_back(out, controller, position) {
            return false;
        }
        let instance = self.instance_at(controller, position);
        self.forget_held(out, controller, position);
        out.happened(Fact::StartLetGo { controller, instance });
        true
    }

    /// A job is held back no longer, for whatever reason.
    pub(super) fn forget_held(&mut self, out: &mut impl Outputs, controller: u16, position: u32) {
        if self.states[usize::from(controller)].held.remove(&position) {
            let instance: InstanceId = self.instance_at(controller, position);
            if let Some(held) = self.held.now.get_mut(&self.plan.group_of(instance)) {
                held.remove(&(controller, position));
            }
            out.tell(News::Held { controller, instance, held: false });
        }
    }
}
