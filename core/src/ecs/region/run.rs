//! RunInstances: one more instance of a group, made from what the group has in reserve.
//!
//! Checks, in their order: authorisation, idempotence, balance, quota, inventory, dry run; the
//! order is *Assumed*. A request whose `ClientToken` was seen before changes nothing and gets the
//! first one's answer. Source: the page on idempotence (2021).

use super::authorise::Resource;
use super::checks::{QUOTA, Step, pass};
use super::place::NOTHING;
use super::{Finished, Region, RunAccepted};
use crate::ecs::condition::Condition;
use crate::ecs::id::{CallerId, GroupId, InstanceId};
use crate::ecs::instance::{State, StoppedMode, Trigger, WorkKind};
use crate::ecs::operation::{OperationName, RunInstances};
use crate::ecs::refusal::Refusal;
use crate::units::SimTime;

const BALANCE: Step = &[(Condition::InsufficientBalance, Refusal::InsufficientBalance)];

impl Region {
    pub(super) fn run(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &RunInstances,
    ) -> Result<RunAccepted, Refusal> {
        self.authorise(caller, OperationName::RunInstances, Resource::Every)?;
        if let Some(instance) = self.answered_before(request)? {
            return Ok(RunAccepted { instance, work: None });
        }
        let id = self.next_in_reserve(request.template).ok_or(Refusal::QuotaExceeded)?;
        let conditions = self.conditions(id);
        pass(conditions, BALANCE)?;
        pass(conditions, QUOTA)?;
        self.check_stock(id, &NOTHING)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        self.apply(now, id, Trigger::RunInstances)?;
        self.instances[id.index()].has_static_address = self.facts_of(id).has_static_address;
        self.created[request.template.index()] += 1;
        if let Some(token) = request.client_token {
            self.tokens.insert(token, (request.template, id));
        }
        Ok(RunAccepted { instance: id, work: Some(self.work(id, WorkKind::Creation)) })
    }

    /// What the first request with this token made. *Assumed*: it is being processed as long as
    /// that is Pending; for how long a token is remembered is not modelled.
    fn answered_before(&self, request: &RunInstances) -> Result<Option<InstanceId>, Refusal> {
        let first = request.client_token.and_then(|token| self.tokens.get(&token));
        match first {
            None => Ok(None),
            Some(&(template, _)) if template != request.template => {
                Err(Refusal::IdempotentParameterMismatch)
            }
            Some(&(_, id)) if self.state(id) == State::Pending => Err(Refusal::LastTokenProcessing),
            Some(&(_, id)) => Ok(Some(id)),
        }
    }

    /// What RunInstances would create next of a group, unless its reserve is used up.
    pub fn next_in_reserve(&self, template: GroupId) -> Option<InstanceId> {
        let group = self.spec.group(template);
        let created = self.created[template.index()];
        (created < group.reserve)
            .then(|| InstanceId(group.first.0 + group.count - group.reserve + created))
    }

    /// It is made, and is started at once.
    pub(super) fn finish_creation(&mut self, now: SimTime, id: InstanceId) -> Finished {
        self.apply(now, id, Trigger::AutoStart).expect("creation is never refused");
        Finished::NextStage(self.work(id, WorkKind::start(StoppedMode::KeepCharging)))
    }
}
