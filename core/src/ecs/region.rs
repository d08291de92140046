//! The region: every instance, its stock and its meters, behind the API.
//!
//! State, stock and money change here and only here, at the moment of the call or of the end
//! of a unit of work, in one `match` on the table's effect. Nothing is drawn or scheduled: an
//! accepted stop or start returns [`Work`], which the world brings back when it is done.

mod answer;
mod authorise;
mod available;
mod batch;
mod checks;
mod delete;
mod describe;
mod judge;
mod modify;
mod place;
mod platform;
mod reactivate;
mod reboot;
mod run;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use answer::{
    Accepted, AddressReturn, DeleteAccepted, Finished, RunAccepted, StopAccepted, Work,
};
pub use batch::{Batch, BatchItem};
pub use judge::StopJudge;
pub use modify::{ChangeAccepted, DOWNGRADE_EVERY};

use super::account::Standing;
use super::capacity::Capacities;
use super::condition::Condition;
use super::id::{CallerId, GroupId, InstanceId, KindId, PoolId};
use super::instance::{Effect, Instance, State, StoppedMode, Trigger, WorkKind};
use super::inventory::Inventory;
use super::knob::{ClassicNetwork, ConfirmStop};
use super::meter::{BilledState, Meters};
use super::operation::{Force, Operation, StartInstance, StopInstance};
use super::refusal::Refusal;
use super::spec::{Ineligible, Network, RegionSpec};
use crate::units::{HourlyRate, SimTime};
use authorise::Authority;
use checks::{CheckedStart, CheckedStop};

/// What all instances of a kind have in common, worked out once.
#[derive(Clone, Copy, Debug)]
struct KindFacts {
    group: GroupId,
    ineligible: Option<Ineligible>,
    refuses_stop: bool,
    needs_confirm: bool,
    has_static_address: bool,
    loses_static_address: bool,
    pool: Option<PoolId>,
    units: u64,
}

/// The region.
#[derive(Clone, Debug)]
pub struct Region {
    spec: Arc<RegionSpec>,
    facts: Vec<KindFacts>,
    /// What an instance in each state is billed as, by the state's number.
    billed: [BilledState; State::ALL.len()],
    instances: Vec<Instance>,
    inventory: Inventory,
    capacities: Capacities,
    meters: Meters,
    authority: Authority,
    economical_default: bool,
    standing: Standing,
    spot_prices: Vec<HourlyRate>,
    /// How many instances of each group's reserve have been created.
    created: Vec<u32>,
    /// What the first request with each ClientToken asked for and made.
    tokens: BTreeMap<u64, (GroupId, InstanceId)>,
    changes: modify::Changes,
}

impl Region {
    /// The region at time 0.
    ///
    /// # Panics
    /// If the description breaks a law of [`RegionSpec::check`].
    pub fn new(spec: Arc<RegionSpec>) -> Region {
        spec.check();
        let mut billed = [BilledState::Pending; State::ALL.len()];
        for &state in State::ALL {
            billed[usize::from(state.number())] = BilledState::of(state, &spec.knobs);
        }
        let mut instances = Vec::with_capacity(spec.instance_count() as usize);
        let mut counts = vec![[0; BilledState::ALL.len()]; spec.kind_count()];
        let kinds = (0..spec.kind_count()).map(KindId::at);
        let facts: Vec<KindFacts> = kinds.map(|kind| KindFacts::of(&spec, kind)).collect();
        for (place, (group, facts)) in spec.groups.iter().zip(&facts).enumerate() {
            let kind = KindId::at(place);
            for (count, initially) in group.initially.runs(group.count - group.reserve) {
                let state = initially.state();
                let keeps_address = state.holds_stock() || !facts.loses_static_address;
                let has_address = facts.has_static_address && keeps_address;
                let instance = Instance::new(kind, state, group.conditions, has_address);
                instances.resize(instances.len() + count as usize, instance);
                counts[place][billed[usize::from(state.number())].index()] += count;
            }
            let instance = Instance::new(kind, State::Released, group.conditions, false);
            instances.resize(instances.len() + group.reserve as usize, instance);
            counts[place][BilledState::Released.index()] = group.reserve;
        }
        let capacities = Capacities::at_zero(&spec.capacities, spec.groups.iter(), &spec.types);
        let ours = place::held_at_zero(&spec, &facts);
        Region {
            inventory: Inventory::new(&spec.pools, &ours),
            capacities: capacities.expect("the scenario's fleet fits"),
            meters: Meters::new(&counts),
            authority: Authority::new(&spec),
            economical_default: spec.economical_default,
            standing: Standing::Good,
            spot_prices: spec.markets.iter().map(|market| market.price).collect(),
            created: vec![0; spec.groups.len()],
            tokens: BTreeMap::new(),
            changes: modify::Changes::default(),
            facts,
            billed,
            instances,
            spec,
        }
    }

    /// Answers a request that arrives now.
    ///
    /// # Errors
    /// What the cloud answers when it refuses, or when a dry run passes; nothing is changed.
    #[inline(always)]
    pub fn call(
        &mut self,
        now: SimTime,
        caller: CallerId,
        operation: &Operation,
    ) -> Result<Accepted, Refusal> {
        match operation {
            Operation::StopInstance(request) => {
                self.stop_instance(now, caller, request).map(Accepted::Stop)
            }
            Operation::StartInstance(request) => {
                self.start_instance(now, caller, request).map(Accepted::Start)
            }
            Operation::DescribeInstanceStatus(request) => {
                self.describe_status(caller, request).map(Accepted::Statuses)
            }
            Operation::DescribeInstances(request) => {
                self.describe_instances(caller, request).map(Accepted::Instances)
            }
            Operation::StopInstances(request) => {
                self.stop_batch(now, caller, request).map(Accepted::Stops)
            }
            Operation::StartInstances(request) => {
                self.start_batch(now, caller, request).map(Accepted::Starts)
            }
            Operation::RebootInstance(request) => {
                self.reboot(now, caller, request).map(Accepted::Reboot)
            }
            Operation::DeleteInstance(request) => {
                self.delete(now, caller, request).map(Accepted::Delete)
            }
            Operation::RunInstances(request) => self.run(now, caller, request).map(Accepted::Run),
            Operation::ReActivateInstances(request) => {
                self.reactivate(now, caller, request).map(Accepted::Reactivate)
            }
            Operation::ModifyInstanceSpec(request) => {
                self.modify(now, caller, request).map(Accepted::Change)
            }
            Operation::RebootInstances(request) => {
                self.reboot_batch(now, caller, request).map(Accepted::Reboots)
            }
            Operation::DescribeAvailableResource(request) => {
                self.describe_available(caller, request).map(Accepted::Available)
            }
        }
    }

    /// Answers a StopInstance that arrives now.
    ///
    /// # Errors
    /// As [`Region::call`].
    pub fn stop_instance(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StopInstance,
    ) -> Result<StopAccepted, Refusal> {
        self.stop(now, caller, request).map_err(|refusal| self.as_of_one(refusal))
    }

    /// Answers a StartInstance that arrives now.
    ///
    /// # Errors
    /// As [`Region::call`].
    pub fn start_instance(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StartInstance,
    ) -> Result<Work, Refusal> {
        self.start(now, caller, request).map_err(|refusal| self.as_of_one(refusal))
    }

    fn stop(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StopInstance,
    ) -> Result<StopAccepted, Refusal> {
        let checked = self.check_stop(caller, request)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        self.begin_stop(now, checked, request)
    }

    /// Begins a stop that passed its checks.
    #[inline(always)]
    fn begin_stop(
        &mut self,
        now: SimTime,
        checked: CheckedStop,
        request: &StopInstance,
    ) -> Result<StopAccepted, Refusal> {
        let id = checked.instance;
        self.apply(now, id, checked.trigger)?;
        let escalates = checked.trigger == Trigger::PowerOff;
        Ok(StopAccepted {
            work: self.work(id, WorkKind::stop(request.force)),
            asked: request.mode,
            effective: checked.effective,
            downgraded: checked.downgraded,
            data_lost: request.force == Force::PowerOff,
            escalates,
        })
    }

    fn start(
        &mut self,
        now: SimTime,
        caller: CallerId,
        request: &StartInstance,
    ) -> Result<Work, Refusal> {
        let checked = self.check_start(now, caller, request)?;
        if request.dry_run {
            return Err(Refusal::DryRun);
        }
        self.begin_start(now, checked)
    }

    /// Begins a start that passed its checks.
    fn begin_start(&mut self, now: SimTime, checked: CheckedStart) -> Result<Work, Refusal> {
        self.apply(now, checked.instance, Trigger::StartInstance)?;
        Ok(self.work(checked.instance, WorkKind::start(checked.from)))
    }

    /// Ends a unit of work. `same_static_address` says whether an instance that lost its static
    /// public address gets the same one back; it matters only to a start from economical mode.
    ///
    /// # Panics
    /// If the same work is ended twice: a bug.
    #[inline(always)]
    pub fn finish(&mut self, now: SimTime, work: Work, same_static_address: bool) -> Finished {
        let id = work.instance;
        if !self.is_current(work) {
            return Finished::Stale;
        }
        match work.kind {
            WorkKind::StartFromStandard | WorkKind::StartFromEconomical => {
                self.finish_start(now, id, same_static_address)
            }
            WorkKind::GracefulStop | WorkKind::ForcedStop => self.finish_stop(now, id),
            WorkKind::RebootDown | WorkKind::RebootPause | WorkKind::RebootUp => {
                self.advance_reboot(now, id)
            }
            WorkKind::Creation => self.finish_creation(now, id),
            WorkKind::Deletion => self.finish_deletion(now, id),
            WorkKind::TypeChange => {
                self.changes.done(id);
                Finished::TypeChanged
            }
        }
    }

    fn finish_stop(&mut self, now: SimTime, id: InstanceId) -> Finished {
        let had_address = self.instances[id.index()].has_static_address;
        let effect = self.apply(now, id, Trigger::StopFinished).expect("ends are never refused");
        let economical = effect == Effect::ReleaseStock;
        let (pool, units) = (self.public_pool_of(id), self.facts_of(id).units);
        Finished::Stopped {
            effective: if economical {
                StoppedMode::StopCharging
            } else {
                StoppedMode::KeepCharging
            },
            released: pool.filter(|_| economical).map(|pool| (pool, units)),
            static_address_released: had_address && !self.instances[id.index()].has_static_address,
        }
    }

    fn finish_start(&mut self, now: SimTime, id: InstanceId, same_address: bool) -> Finished {
        let needs_address = self.lacks_static_address(id);
        let effect = self.apply(now, id, Trigger::StartFinished).expect("ends are never refused");
        let from = if effect == Effect::ServeReaddressed {
            StoppedMode::StopCharging
        } else {
            StoppedMode::KeepCharging
        };
        let instance = &mut self.instances[id.index()];
        let static_address = needs_address.then(|| {
            instance.has_static_address = true;
            if same_address {
                AddressReturn::Same
            } else {
                instance.address_changes = instance.address_changes.saturating_add(1);
                AddressReturn::Changed
            }
        });
        Finished::Running { from, static_address }
    }

    /// Cuts the power of a graceful stop that hangs; nothing if that work is no longer current.
    ///
    /// The new work takes the old one's place, which is stale from now on.
    pub fn power_off_hung(&mut self, now: SimTime, work: Work) -> Option<Work> {
        if !self.is_current(work) || work.kind != WorkKind::GracefulStop {
            return None;
        }
        self.apply(now, work.instance, Trigger::PowerOff).expect("a stop is under way");
        Some(self.work(work.instance, WorkKind::ForcedStop))
    }

    /// The guest shuts itself down: never economical, whatever the default.
    /// Source: economical-mode page. Whether it was running.
    pub fn guest_shutdown(&mut self, now: SimTime, id: InstanceId) -> bool {
        let running = self.state(id) == State::Running;
        if running {
            self.apply(now, id, Trigger::GuestShutDown).expect("it was running");
        }
        running
    }

    /// The creation of a Pending instance is done: it is Stopped, and billed from now on.
    ///
    /// # Panics
    /// If it is not Pending.
    pub fn created(&mut self, now: SimTime, id: InstanceId) {
        self.apply(now, id, Trigger::CreationFinished).expect("creation is never refused");
    }

    /// A condition of an instance begins to hold, or no longer does.
    pub fn set_condition(&mut self, id: InstanceId, condition: Condition, on: bool) {
        let conditions = &mut self.instances[id.index()].conditions;
        *conditions = conditions.with(condition, on);
    }

    /// The account switches economical mode by default on or off.
    pub fn set_economical_default(&mut self, on: bool) {
        self.economical_default = on;
    }

    /// Moves an instance by the table and carries out the effect: the only place where state,
    /// stock and money change.
    #[inline(always)]
    fn apply(&mut self, now: SimTime, id: InstanceId, trigger: Trigger) -> Result<Effect, Refusal> {
        let before = self.billed_state(id);
        let held = self.state(id).holds_stock();
        let effect = self.instances[id.index()].apply(trigger)?;
        let after = self.billed_state(id);
        let instance = &mut self.instances[id.index()];
        self.meters.move_one(now, instance.kind, before, after);
        let facts = &self.facts[instance.kind.index()];
        match effect {
            Effect::Nothing | Effect::KeepStock | Effect::Serve | Effect::ServeReaddressed => {}
            Effect::BeginStop | Effect::CutPower | Effect::BeginStart | Effect::BeginWork => {
                instance.attempt += 1;
            }
            Effect::Dissolve => {
                instance.attempt += 1;
                instance.has_static_address = false;
                if held {
                    self.give_back(id);
                }
            }
            Effect::ReleaseStock => {
                instance.has_static_address &= !facts.loses_static_address;
                self.give_back(id);
            }
            Effect::ClaimStock => {
                instance.attempt += 1;
                self.claim(id);
            }
        }
        Ok(effect)
    }

    fn work(&self, instance: InstanceId, kind: WorkKind) -> Work {
        Work { instance, attempt: self.instances[instance.index()].attempt, kind }
    }

    #[inline(always)]
    fn facts_of(&self, id: InstanceId) -> &KindFacts {
        &self.facts[self.instances[id.index()].kind.index()]
    }
}

impl KindFacts {
    fn of(spec: &RegionSpec, id: KindId) -> KindFacts {
        let (knobs, kind) = (&spec.knobs, spec.kind(id));
        let group = kind.group;
        KindFacts {
            group: kind.id,
            ineligible: spec.ineligible(id),
            refuses_stop: group.network == Network::Classic
                && knobs.classic_network == ClassicNetwork::Refused,
            needs_confirm: spec.has_local_storage(id)
                && knobs.confirm_stop == ConfirmStop::Enforced,
            has_static_address: group.public_address.is_static(),
            loses_static_address: spec.loses_static_address(id),
            pool: kind.pool,
            units: u64::from(kind.units),
        }
    }
}

#[cfg(test)]
mod tests;
