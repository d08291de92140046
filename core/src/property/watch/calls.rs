//! What facts say of calls: what was sent, carried out, answered.

use crate::ecs::id::InstanceId;
use crate::ecs::instance::{State, StoppedMode};
use crate::ecs::operation::{About, OperationName};
use crate::ecs::refusal::RefusalClass;
use crate::fact::{CallAnswer, CallFact};

use super::super::Seen;
use super::super::built_in::BuiltIn;
use super::super::terms::{Count, Happened};
use super::Watch;

impl Watch<'_> {
    pub(super) fn on_call_sent(&mut self, call: &CallFact) {
        self.count_call(call);
        self.count_for_fleet(call.operation);
        self.watch_needless(call);
        self.note_mode(call);
        let (count, instance) = (Count::Calls, call.instance);
        self.happened(&Happened { count, instance, call: Some(call), refusal: None });
    }

    /// Keeps which mode was asked for first.
    fn note_mode(&mut self, call: &CallFact) {
        let Some(mode) = call.asks else { return };
        if call.shared {
            self.list_asked[usize::from(call.controller)] = Some((self.now, mode));
        } else {
            self.all[call.instance.index()].asked.get_or_insert(mode);
        }
    }

    fn count_call(&mut self, call: &CallFact) {
        let Some((property, limits)) = self.limits(BuiltIn::CallBudget) else { return };
        // A page or a batch is about more than its first instance.
        if call.operation.is_batch() || !is_about_one(call.operation) {
            return;
        }
        let looks = call.operation.shows_status();
        let most = if looks { limits.at_most.saturating_mul(10) } else { limits.at_most };
        let window = self.now.as_micros() / limits.window.as_micros().max(1);
        self.arm(property);
        let count = self.all[call.instance.index()].count_call(window, looks);
        if count > most {
            let who = (Some(call.instance), Some(call.controller));
            self.violated(property, who, self.now, Seen::Number(count));
        }
    }

    fn count_for_fleet(&mut self, operation: OperationName) {
        let Some((property, limits)) = self.limits(BuiltIn::FleetBudget) else { return };
        let window = self.now.as_micros() / limits.window.as_micros().max(1);
        let (last, count) = self.fleet.entry(operation).or_default();
        if *last != window {
            (*last, *count) = (window, 0);
        }
        *count += 1;
        let count = *count;
        self.arm(property);
        if count > limits.at_most {
            self.violated(property, (None, None), self.now, Seen::Number(count));
        }
    }

    /// Whether a call asks for what its instance has been for long.
    fn watch_needless(&mut self, call: &CallFact) {
        let Some((property, limits)) = self.limits(BuiltIn::Quiesces) else { return };
        let one = &mut self.all[call.instance.index()];
        let settled = |at: crate::units::SimTime| at.saturating_add(limits.grace) <= self.now;
        let asks_to_run = call.operation == OperationName::StartInstance;
        let is_single = asks_to_run || call.operation == OperationName::StopInstance;
        if !(is_single && one.has_demand) {
            return;
        }
        let asks = asks_to_run == one.wanted;
        let is_needless =
            asks && one.is_as_wanted() && settled(one.since) && settled(one.wanted_since);
        let since = one.since.max(one.wanted_since);
        if is_needless {
            one.needless += 1;
        }
        let needless = one.needless;
        self.arm(property);
        if is_needless && needless > limits.at_most {
            let who = (Some(call.instance), Some(call.controller));
            self.violated(property, who, since, Seen::Number(needless));
        }
    }

    /// The region handled a call about several instances or none: it is about whatever its caller
    /// looks after, and so is a fault that struck it.
    pub(super) fn on_list_handled(&mut self, call: &CallFact) {
        let is_struck = self.struck.take() == Some((self.now, call.instance));
        if !call.shared {
            return;
        }
        let plan = self.plan;
        for instance in &plan.controllers[usize::from(call.controller)].instances {
            match is_struck {
                true => self.strike(*instance),
                false => self.call_came(*instance),
            }
        }
    }

    /// The region handled a call, or one instance of a batch.
    pub(super) fn on_handled(&mut self, call: &CallFact, answer: CallAnswer) {
        if answer == CallAnswer::Accepted {
            self.on_accepted(call);
        }
        match answer {
            CallAnswer::Refused(refusal) if is_no_fault_of_callers(refusal.class()) => {
                self.strike(call.instance);
            }
            CallAnswer::Refused(_)
            | CallAnswer::Accepted
            | CallAnswer::Seen(_)
            | CallAnswer::Missing
            | CallAnswer::Created(_)
            | CallAnswer::Stocked(_) => {
                if self.struck != Some((self.now, call.instance)) {
                    self.call_came(call.instance);
                }
            }
        }
    }

    fn on_accepted(&mut self, call: &CallFact) {
        if !matches!(call.operation, OperationName::StopInstance | OperationName::StopInstances) {
            return;
        }
        let one = self.all[call.instance.index()];
        // The stop that it began is the one that was accepted.
        let State::Stopping { effective } = one.state else { return };
        if one.since != self.now {
            return;
        }
        self.watch_mode(call, call.instance, effective);
        let Some((property, limits)) = self.limits(BuiltIn::NotStoppedWhileWanted) else { return };
        if !one.has_demand {
            return;
        }
        self.arm(property);
        if one.wanted && one.wanted_since.saturating_add(limits.grace) <= self.now {
            let who = (Some(call.instance), Some(call.controller));
            self.violated(property, who, one.wanted_since, Seen::State(one.state));
        }
    }

    /// The mode that a stop is to have: that of the policy, or of a client without one the mode it
    /// asks for, or asked for first when it says none now.
    fn mode_of(&self, call: &CallFact) -> Option<StoppedMode> {
        let controller = &self.plan.controllers[usize::from(call.controller)];
        if controller.is_client() && controller.stop.mode.is_none() {
            let one = &self.all[call.instance.index()];
            let of_list = self.list_asked[usize::from(call.controller)];
            let of_list = of_list.filter(|(at, _)| *at >= one.wanted_since);
            return call.asks.or(one.asked).or(of_list.map(|(_, mode)| mode));
        }
        let by_case =
            controller.keep_charging.is_some() || controller.no_stock.keep_charging.is_some();
        controller.stop.mode.filter(|_| !by_case)
    }

    fn watch_mode(&mut self, call: &CallFact, id: InstanceId, effective: StoppedMode) {
        let Some((property, _)) = self.limits(BuiltIn::ModeAsAsked) else { return };
        let Some(mode) = self.mode_of(call) else { return };
        let can = mode == StoppedMode::KeepCharging || self.all[id.index()].economises;
        if !can {
            return;
        }
        self.arm(property);
        if effective != mode {
            let seen = Seen::State(State::Stopping { effective });
            self.violated(property, (Some(id), Some(call.controller)), self.now, seen);
        }
    }

    pub(super) fn on_answer(&mut self, call: &CallFact, answer: CallAnswer) {
        if let CallAnswer::Refused(refusal) = answer {
            let (count, instance) = (Count::Refusals, call.instance);
            let refusal = Some(refusal);
            self.happened(&Happened { count, instance, call: Some(call), refusal });
        }
    }

    pub(super) fn on_timed_out(&mut self, call: &CallFact) {
        let (count, instance) = (Count::Timeouts, call.instance);
        self.happened(&Happened { count, instance, call: Some(call), refusal: None });
    }

    pub(super) fn on_fault(&mut self, instance: InstanceId) {
        self.struck = Some((self.now, instance));
        self.strike(instance);
        self.happened(&Happened { count: Count::Faults, instance, call: None, refusal: None });
    }
}

/// Whether a call without a list is about one instance, and says so.
fn is_about_one(operation: OperationName) -> bool {
    matches!(operation.about(), About::One | About::Shown)
}

/// Whether a refusal says that what is asked for is not to be had.
fn is_no_fault_of_callers(class: RefusalClass) -> bool {
    match class {
        RefusalClass::Stock
        | RefusalClass::Money
        | RefusalClass::Lock
        | RefusalClass::Configuration
        | RefusalClass::Authorisation => true,
        RefusalClass::Throttling
        | RefusalClass::Server
        | RefusalClass::Conflict
        | RefusalClass::Status
        | RefusalClass::Parameter
        | RefusalClass::DryRun => false,
    }
}
