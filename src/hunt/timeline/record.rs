//! Facts to items: what is said at which time in which lane, and how the lanes stand then.

use std::collections::BTreeSet;

use crate::ecs::id::InstanceId;
use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::engine::{Identity, Occasion};
use crate::fact::{Belief, CallAnswer, CallFact, Fact};
use crate::property::{Verdict, Violation, Watch};
use crate::report::names::Names;
use crate::sim::plan::Plan;
use crate::sim::{Observer, RunId};
use crate::units::SimTime;

use super::{Asked, words};

/// What happened at one time in one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub at: SimTime,
    /// Which lane: controllers first, then instances; none goes over all lanes.
    pub lane: Option<usize>,
    pub mark: char,
    pub text: String,
    /// How each lane stands after it.
    pub stands: Vec<Stand>,
    /// Which instance it is about; none if it is about all, or about none.
    pub about: Option<InstanceId>,
    /// The call that it is a part of.
    pub call: Option<Part>,
    /// The fault whose window turns.
    pub window: Option<Identity>,
    /// The fault that strikes.
    pub fault: Option<Identity>,
}

/// How a lane stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// A controller: whether it is at something with an instance that is shown.
    Controller(bool),
    /// An instance: whether it is wanted, and its status.
    Instance(Option<bool>, Status),
}

/// A call that an item tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub key: CallKey,
    pub step: Step,
    /// What was answered, in words, and whether nothing came of it: a look that showed what is
    /// so, or a refusal.
    pub answer: String,
    /// What else is said of it: that a read is wrong, and which faults struck.
    pub more: String,
    pub is_idle: bool,
    /// The instance's name.
    pub instance: String,
}

/// Which call.
pub type CallKey = (u16, InstanceId, OperationName, Occasion, u32);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A defect that made it be sent.
    Before,
    Sent,
    Handled,
    Answered,
    TimedOut,
}

/// Keeps items.
pub struct Recorder<'a> {
    names: Names<'a>,
    plan: &'a Plan,
    asked: &'a Asked,
    watch: Watch<'a>,
    /// Properties of which a violation was told.
    told: BTreeSet<u16>,
    /// Who is at something with whom.
    busy: BTreeSet<(u16, InstanceId)>,
    /// The faults that struck somebody who is shown.
    struck: BTreeSet<Identity>,
    pub items: Vec<Item>,
}

impl Observer for Recorder<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        self.watch.advance(at);
        self.violations();
        self.watch.fact(at, fact);
        if let Fact::Intended { controller, instance, .. } = *fact {
            self.busy.insert((controller, instance));
        }
        if let Fact::BeliefChanged { controller, instance, belief } = *fact {
            match belief {
                Belief::UnderWay(_) => self.busy.insert((controller, instance)),
                Belief::Unknown | Belief::Done(_) | Belief::Failed(_) => {
                    self.busy.remove(&(controller, instance))
                }
            };
        }
        if self.is_in(at) {
            self.tell(at, fact);
        }
        self.violations();
    }
}

impl<'a> Recorder<'a> {
    pub fn new(plan: &'a Plan, run: RunId, asked: &'a Asked) -> Recorder<'a> {
        Recorder {
            names: Names::new(plan, run.seed, run.replication),
            plan,
            asked,
            watch: Watch::new(plan.watched()),
            told: BTreeSet::new(),
            busy: BTreeSet::new(),
            struck: BTreeSet::new(),
            items: Vec::new(),
        }
    }

    /// The run went on to the end of the window. Windows of faults are told of those that struck
    /// somebody who is shown, and of those of stock.
    pub fn end(&mut self, violations: &[Violation]) {
        self.watch.advance(self.asked.window.to);
        self.violations();
        for violation in violations {
            self.violation(violation);
        }
        let stock = &self.plan.environment_faults;
        let struck = &self.struck;
        let is_told = |rule: &Identity| {
            struck.contains(rule) || stock.iter().any(|fault| fault.identity == *rule)
        };
        self.items.retain(|item| item.window.as_ref().is_none_or(is_told));
    }

    fn is_in(&self, at: SimTime) -> bool {
        self.asked.window.from <= at && at <= self.asked.window.to
    }

    /// Tells violations that were found and not told.
    fn violations(&mut self) {
        if self.watch.violations() == self.told.len() {
            return;
        }
        for place in 0..self.plan.properties.count() {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            if let Verdict::Violated(violation) = self.watch.verdict(place) {
                self.violation(&violation);
            }
        }
    }

    fn violation(&mut self, violation: &Violation) {
        if !self.told.insert(violation.property) || !self.is_in(violation.at) {
            return;
        }
        let is_shown = match (violation.instance, violation.controller) {
            (Some(instance), _) => self.instance_lane(instance).is_some(),
            (None, Some(controller)) => self.controller_lane(controller).is_some(),
            (None, None) => true,
        };
        if is_shown {
            let text = words::violation(violation, &self.names);
            self.push(violation.at, None, '✗', text);
        }
    }

    fn controller_lane(&self, controller: u16) -> Option<usize> {
        self.asked.lanes.controllers.iter().position(|one| *one == controller)
    }

    fn instance_lane(&self, instance: InstanceId) -> Option<usize> {
        let lanes = &self.asked.lanes;
        let place = lanes.instances.iter().position(|one| *one == instance)?;
        Some(lanes.controllers.len() + place)
    }

    /// Whether what a controller does with an instance is told.
    fn concerns(&self, instance: InstanceId) -> bool {
        let instances = &self.asked.lanes.instances;
        instances.is_empty() || instances.contains(&instance)
    }

    /// The name of an instance where more than one could be meant.
    fn whom(&self, instance: InstanceId) -> String {
        match self.asked.lanes.instances.len() {
            1 => String::new(),
            _ => format!(" {}", self.names.instance(instance)),
        }
    }

    fn push(
        &mut self,
        at: SimTime,
        lane: Option<usize>,
        mark: char,
        text: impl Into<String>,
    ) -> &mut Item {
        let (stands, text) = (self.stands(), text.into());
        let item = Item {
            at,
            lane,
            mark,
            text,
            stands,
            about: None,
            call: None,
            window: None,
            fault: None,
        };
        self.items.push(item);
        self.items.last_mut().expect("it was pushed just now")
    }

    fn stands(&self) -> Vec<Stand> {
        let lanes = &self.asked.lanes;
        let is_busy = |controller: u16| {
            let all = self.busy.range((controller, InstanceId(0))..);
            let mut its = all.take_while(|(one, _)| *one == controller);
            its.any(|(_, instance)| self.concerns(*instance))
        };
        let controllers = lanes.controllers.iter().map(|one| Stand::Controller(is_busy(*one)));
        let instances = lanes.instances.iter().map(|one| {
            let kept = &self.watch.instances()[one.index()];
            Stand::Instance(kept.wants(), kept.state.status())
        });
        controllers.chain(instances).collect()
    }

    /// In the lane of an instance, if it has one.
    fn of_instance(&mut self, at: SimTime, instance: InstanceId, mark: char, text: String) {
        if let Some(lane) = self.instance_lane(instance) {
            self.push(at, Some(lane), mark, text).about = Some(instance);
        }
    }

    /// In the lane of a controller, if it has one and the instance is shown.
    fn of_controller(
        &mut self,
        at: SimTime,
        (controller, instance): (u16, InstanceId),
        mark: char,
        text: String,
    ) {
        if let Some(lane) = self.controller_lane(controller).filter(|_| self.concerns(instance)) {
            let text = text + &self.whom(instance);
            self.push(at, Some(lane), mark, text).about = Some(instance);
        }
    }

    fn tell(&mut self, at: SimTime, fact: &Fact) {
        match *fact {
            Fact::CallSent(call) => self.call(at, &call, Step::Sent, None),
            Fact::CallHandled(call, answer) | Fact::ItemHandled(call, answer) => {
                self.call(at, &call, Step::Handled, Some(answer));
            }
            Fact::AnswerDelivered(call, answer) => {
                self.call(at, &call, Step::Answered, Some(answer));
            }
            Fact::CallTimedOut(call) => self.call(at, &call, Step::TimedOut, None),
            Fact::BecameReady { instance } => self.ready(at, instance),
            Fact::Demanded { .. }
            | Fact::Intended { .. }
            | Fact::StateChanged { .. }
            | Fact::AddressChanged { .. }
            | Fact::CreditsCleared { .. }
            | Fact::CreditsGranted { .. }
            | Fact::StockChanged { .. }
            | Fact::BeliefChanged { .. }
            | Fact::FaultTurned { .. }
            | Fact::FaultStruck { .. }
            | Fact::ConditionChanged { .. }
            | Fact::EconomicalDefault(_)
            | Fact::ServiceTurned { .. }
            | Fact::StartHeld { .. }
            | Fact::StartLetGo { .. }
            | Fact::CapacityChanged { .. }
            | Fact::SpotPriced { .. }
            | Fact::SpotNoticed { .. }
            | Fact::SpotTakenBack { .. }
            | Fact::StandingChanged(_)
            | Fact::Replaced { .. }
            | Fact::StandsIn { .. }
            | Fact::TypeChanged { .. }
            | Fact::Slipped { .. } => {
                let Some(said) = words::said(fact, &self.names) else { return };
                // A fault that is always there has no window.
                if matches!(fact, Fact::FaultTurned { .. }) && at == SimTime::ZERO {
                    return;
                }
                if let Fact::FaultStruck { rule, instance } = *fact
                    && self.concerns(instance)
                {
                    self.struck.insert(rule);
                }
                match said.whose {
                    words::Whose::Instance(one) => {
                        let before = self.items.len();
                        self.of_instance(at, one, said.mark, said.text);
                        if let (Fact::FaultStruck { rule, .. }, Some(item)) =
                            (*fact, self.items.get_mut(before))
                        {
                            item.fault = Some(rule);
                        }
                    }
                    words::Whose::Controller(controller, instance) => {
                        self.of_controller(at, (controller, instance), said.mark, said.text);
                    }
                    words::Whose::All => {
                        let item = self.push(at, None, said.mark, said.text);
                        if let Fact::FaultTurned { rule, .. } = *fact {
                            item.window = Some(rule);
                        }
                    }
                }
            }
        }
    }

    /// Most guests are ready when the instance runs: that is one line.
    fn ready(&mut self, at: SimTime, instance: InstanceId) {
        let Some(lane) = self.instance_lane(instance) else { return };
        match self.items.last_mut() {
            Some(last) if last.at == at && last.lane == Some(lane) && last.text == "Running" => {
                last.text += ", ready";
            }
            _ => self.push(at, Some(lane), '●', "ready").about = Some(instance),
        }
    }

    /// The faults that struck a call that is handled now: they are told with it.
    fn faults_of(&mut self, at: SimTime, instance: InstanceId) -> String {
        let mut text = String::new();
        let is_its =
            |one: &mut Item| one.fault.is_some() && one.at == at && one.about == Some(instance);
        while let Some(Item { fault: Some(rule), .. }) = self.items.pop_if(is_its) {
            text += &format!(" (fault {})", self.names.rule(rule));
        }
        text
    }

    fn call(&mut self, at: SimTime, call: &CallFact, step: Step, answer: Option<CallAnswer>) {
        let is_there = step == Step::Handled;
        let controller = self.controller_lane(call.controller);
        let lane = match is_there {
            true => self.instance_lane(call.instance),
            // A list or a page may be about any of those that its caller looks after.
            false => controller.filter(|_| call.shared || self.concerns(call.instance)),
        };
        let Some(lane) = lane else { return };
        let said = answer.map(|answer| crate::report::facts::answer(answer, &self.names));
        let answer_words = said.clone().unwrap_or_default();
        let is_refused = matches!(answer, Some(CallAnswer::Refused(_)));
        let mut text = format!("{} #{}", call.operation, call.number);
        if let (Step::Sent, Some(mode)) = (step, call.asks) {
            text += &format!(" {}", mode.name());
        }
        if !is_there {
            text += &self.whom(call.instance);
        } else if controller.is_none() || self.asked.lanes.controllers.len() > 1 {
            text += &format!(" by {}", self.names.controller(call.controller));
        }
        match step {
            Step::Before | Step::Sent => {}
            Step::TimedOut => text += ": no answer in time",
            Step::Handled | Step::Answered => text += &format!(": {answer_words}"),
        }
        // What a read shows that is not so.
        let kept = self.watch.instances()[call.instance.index()];
        let is_wrong = match answer {
            Some(CallAnswer::Seen(seen)) => seen != kept.state && seen != kept.found(at),
            Some(CallAnswer::Missing) => kept.state.status() != Status::Absent,
            _ => false,
        };
        let mut more = String::new();
        if is_wrong {
            more += &format!(" (it is {})", kept.state.status());
        }
        if is_there {
            more += &self.faults_of(at, call.instance);
        }
        text += &more;
        let mark = match step {
            Step::Before | Step::Sent => '→',
            Step::Handled if is_refused => 'x',
            Step::Handled => '=',
            Step::Answered => '←',
            Step::TimedOut => '?',
        };
        let key = (call.controller, call.instance, call.operation, call.occasion, call.number);
        let is_look = call.operation.shows_status();
        let part = Part {
            key,
            step,
            answer: answer_words,
            more,
            is_idle: (is_look && !is_wrong) || is_refused,
            instance: self.names.instance(call.instance),
        };
        if step == Step::Sent
            && let Some(last) = self.items.last_mut()
            && (last.at, last.lane, last.about) == (at, Some(lane), Some(call.instance))
            && last.mark == words::AMISS
        {
            last.call = Some(Part { step: Step::Before, is_idle: true, ..part.clone() });
        }
        let item = self.push(at, Some(lane), mark, text);
        (item.about, item.call) = (Some(call.instance), Some(part));
    }
}
