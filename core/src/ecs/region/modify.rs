//! ModifyInstanceSpec: a stopped instance becomes one of another type.
//!
//! The new type holds from the moment the request is accepted: what the instance is billed and
//! stocked as changes then, once and whole (*Assumed*; the pages say that the change takes
//! minutes and not at which of them the price changes). Until the work is done every other
//! operation on the instance is answered `OperationConflict` (*Assumed*: the common code for an
//! earlier operation that is still being processed).

use std::collections::{BTreeMap, BTreeSet};

use super::checks::{IMAGE, pass};
use super::{Region, Work};
use crate::ecs::id::{CallerId, InstanceId, KindId, PoolId, TypeId};
use crate::ecs::instance::{State, StoppedMode, WorkKind};
use crate::ecs::knob::{ModifyNoStock, ModifyNotStopped};
use crate::ecs::operation::{ClientToken, ModifyInstanceSpec, OperationName, TypeTarget};
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::ChargeType;
use crate::units::{SimDuration, SimTime};

/// How long after a change to a smaller type the next one has to wait.
/// Source: ModifyInstanceSpec reference: five minutes between two downgrades.
pub const DOWNGRADE_EVERY: SimDuration = SimDuration::from_mins(5);

/// A change of type that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeAccepted {
    /// The work to be done; none if this request had been carried out before.
    pub work: Option<Work>,
    /// The pools whose stock moved: what was given back, and what was claimed.
    pub pools: [Option<PoolId>; 2],
}

/// A change that passed every check.
struct CheckedChange {
    instance: InstanceId,
    to: KindId,
    is_repeated: bool,
}

/// What is known of changes under way and past.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Instances whose change is not done yet.
    under_way: BTreeSet<InstanceId>,
    /// When instances were last changed to a smaller type.
    smaller_since: BTreeMap<InstanceId, SimTime>,
    /// What each caller used its tokens for. *Assumed*: they are remembered for the whole run.
    tokens: BTreeMap<(CallerId, ClientToken), (InstanceId, TypeId)>,
}

impl Changes {
    /// Whether a change of this instance's type is not done yet.
    pub(super) fn is_under_way(&self, id: InstanceId) -> bool {
        self.under_way.contains(&id)
    }

    /// The change is done.
    pub(super) fn done(&mut self, id: InstanceId) {
        self.under_way.remove(&id);
    }
}

impl Region {
    pub(super) fn modify(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &ModifyInstanceSpec,
    ) -> Result<ChangeAccepted, Refusal> {
        let CheckedChange { instance, to, is_repeated } =
            self.check_change(now, caller, request)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        if is_repeated {
            return Ok(ChangeAccepted { work: None, pools: [None, None] });
        }
        if let Some(token) = request.client_token {
            let made = (instance, self.spec.kind(to).instance_type);
            self.changes.tokens.insert((caller, token), made);
        }
        let pools = self.become_kind(now, instance, to);
        self.changes.under_way.insert(instance);
        self.instances[instance.index()].attempt += 1;
        Ok(ChangeAccepted { work: Some(self.work(instance, WorkKind::TypeChange)), pools })
    }

    /// All checks of ModifyInstanceSpec, in the order of those of StartInstance.
    fn check_change(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &ModifyInstanceSpec,
    ) -> Result<CheckedChange, Refusal> {
        let operation = OperationName::ModifyInstanceSpec;
        let id = self.admit(caller, operation, &request.instance, request.malformed)?;
        let to = match &request.instance_type {
            TypeTarget::Id(wanted) => self.spec.kind_of(self.group_of(id), *wanted),
            TypeTarget::Unknown(_) => None,
        };
        let to = to.ok_or(Refusal::TypeNotSupported)?;
        let wanted = self.spec.kind(to).instance_type;
        if let Some(token) = request.client_token
            && let Some(&used_for) = self.changes.tokens.get(&(caller, token))
        {
            return match used_for {
                other if other != (id, wanted) => Err(Refusal::TokenForOtherParameters),
                _ if self.changes.is_under_way(id) => Err(Refusal::LastTokenProcessing),
                _ => Ok(CheckedChange { instance: id, to, is_repeated: true }),
            };
        }
        if self.spec.group(self.group_of(id)).charge == ChargeType::Subscription {
            return Err(Refusal::ChargeTypeViolation);
        }
        self.check_change_conditions(id)?;
        self.check_standing_of_change(id)?;
        if self.spec.has_local_storage(self.kind_of(id)) {
            return Err(Refusal::LocalDisksStay);
        }
        pass(self.conditions(id), IMAGE)?;
        self.check_not_busy(id)?;
        if !matches!(self.state(id), State::Stopped { .. }) {
            return Err(match self.spec.knobs.modify_not_stopped {
                ModifyNotStopped::NotStopped => Refusal::NotStopped,
                ModifyNotStopped::StoppedRequired => Refusal::StoppedRequired,
                ModifyNotStopped::ValueNotSupported => Refusal::StatusNotSupported,
            });
        }
        if self.kind_of(id) == to {
            return Err(Refusal::TypeNotSupported);
        }
        if self.spec.types[wanted.index()].withdrawn {
            return Err(Refusal::TypeOffline);
        }
        let since = self.changes.smaller_since.get(&id);
        if self.is_smaller(id, to) && since.is_some_and(|at| now.since(*at) < DOWNGRADE_EVERY) {
            return Err(Refusal::ModifyThrottled);
        }
        self.check_change_stock(id, to)?;
        Ok(CheckedChange { instance: id, to, is_repeated: false })
    }

    /// Whether the type of a kind has fewer vCPUs than the instance has now.
    fn is_smaller(&self, id: InstanceId, to: KindId) -> bool {
        let vcpus = |kind| self.spec.types[self.spec.kind(kind).instance_type.index()].vcpus;
        vcpus(to) < vcpus(self.kind_of(id))
    }

    /// Stock for another type, always of the public pool: a change is not among what is matched
    /// to private pools. In standard mode the stock held is given back for it. In
    /// economical mode there must be some at this moment, and none of it is held: a start may
    /// still find none. Source: *Assumed*; the StopInstances page advises standard mode before
    /// a change of type "to avoid start failure", the reference has a row of its own for it.
    fn check_change_stock(&self, id: InstanceId, to: KindId) -> Result<(), Refusal> {
        let (old, new) = (self.facts_of(id), &self.facts[to.index()]);
        let Some(pool) = new.pool else { return Ok(()) };
        let keeps =
            self.state(id).holds_stock() && old.pool == Some(pool) && !self.is_in_private_pool(id);
        let more = if keeps { new.units.saturating_sub(old.units) } else { new.units };
        if more == 0 || self.inventory.could_claim(pool, more) {
            Ok(())
        } else {
            Err(match self.spec.knobs.modify_no_stock {
                ModifyNoStock::NoStock => Refusal::ModifyNoStock,
                ModifyNoStock::OperationDenied => Refusal::OutOfUsage,
            })
        }
    }

    /// Makes an instance one of another kind: its meters and the stock it holds.
    fn become_kind(&mut self, now: SimTime, id: InstanceId, to: KindId) -> [Option<PoolId>; 2] {
        if self.is_smaller(id, to) {
            self.changes.smaller_since.insert(id, now);
        }
        let from = self.kind_of(id);
        let billed = self.billed_state(id);
        self.meters.change_kind(now, billed, from, to);
        self.instances[id.index()].kind = to;
        if self.state(id) == (State::Stopped { effective: StoppedMode::StopCharging }) {
            return [None, None];
        }
        let (old, new) = (self.facts[from.index()], self.facts[to.index()]);
        if self.leave_private_pool(id) {
            if let Some(pool) = new.pool {
                let claimed = self.inventory.claim_ours(pool, new.units);
                claimed.expect("the inventory check has passed");
            }
            return [None, new.pool];
        }
        if old.pool == new.pool && new.units > old.units {
            let pool = new.pool.expect("only a pool has units");
            let claimed = self.inventory.claim_ours(pool, new.units - old.units);
            claimed.expect("the inventory check has passed");
            return [None, Some(pool)];
        }
        if old.pool == new.pool {
            if let Some(pool) = old.pool {
                self.inventory.release_ours(pool, old.units - new.units);
            }
            return [old.pool, None];
        }
        if let Some(pool) = new.pool {
            let claimed = self.inventory.claim_ours(pool, new.units);
            claimed.expect("the inventory check has passed");
        }
        if let Some(pool) = old.pool {
            self.inventory.release_ours(pool, old.units);
        }
        [old.pool, new.pool]
    }
}
