//! Facts in a few words, and whose they are.

use crate::ecs::id::InstanceId;
use crate::fact::Fact;
use crate::property::Violation;
use crate::report::facts::{belief, state};
use crate::report::names::Names;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::super::text::seen;

/// Whose lane it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// An instance's.
    Instance(InstanceId),
    /// A controller's, about an instance.
    Controller(u16, InstanceId),
    /// It goes over all lanes.
    All,
}

/// A fact in a few words.
pub struct Said {
    pub whose: Whose,
    pub mark: char,
    pub text: String,
}

/// The mark of faults, defects and whatever else befalls.
pub const AMISS: char = '!';

/// What marks mean.
pub const LEGEND: &str = "→ sent  = handled  x refused  ← answered  ? not answered  » sets out  \
                          ~ believes\n● changed  ◆ demand  ! fault, defect  … several calls  \
                          ✗ violated";

/// A fact that is no part of a call; none for what no lane is about.
pub fn said(fact: &Fact, names: &Names<'_>) -> Option<Said> {
    let clock = &names.plan().clock;
    let (whose, mark, text) = match *fact {
        Fact::Demanded { instance, wanted } => {
            let text = if wanted { "wanted from now on" } else { "not wanted from now on" };
            (Whose::Instance(instance), '◆', text.to_owned())
        }
        Fact::Intended { controller, instance, action, due } => {
            let due = clock.format(due);
            let time = due.split_once(' ').map_or(due.as_str(), |(_, time)| time);
            let text = format!("{}, due {time}", format!("{action:?}").to_lowercase());
            (Whose::Controller(controller, instance), '»', text)
        }
        Fact::StateChanged { instance, to, .. } => (Whose::Instance(instance), '●', state(to)),
        Fact::BeliefChanged { controller, instance, belief: now } => {
            (Whose::Controller(controller, instance), '~', belief(now))
        }
        Fact::FaultTurned { rule, open } => {
            let turn = if open { "begins" } else { "ends" };
            (Whose::All, AMISS, format!("window of fault {} {turn}", names.rule(rule)))
        }
        Fact::FaultStruck { rule, instance } => {
            (Whose::Instance(instance), AMISS, format!("fault {}", names.rule(rule)))
        }
        Fact::ConditionChanged { instance, condition, on } => {
            let turn = if on { "begins" } else { "ends" };
            (Whose::Instance(instance), AMISS, format!("condition {} {turn}", condition.name()))
        }
        Fact::StartHeld { controller, instance } => {
            let text = "waits for other groups".to_owned();
            (Whose::Controller(controller, instance), '»', text)
        }
        Fact::StartLetGo { controller, instance } => {
            (Whose::Controller(controller, instance), '»', "waits no longer".to_owned())
        }
        Fact::Slipped { controller, instance, defect } => {
            (Whose::Controller(controller, instance), AMISS, format!("defect {}", defect.name()))
        }
        Fact::Replaced { controller, instance, by } => {
            let text = format!("replaced by {}:", names.instance(by));
            (Whose::Controller(controller, instance), '»', text)
        }
        Fact::StandsIn { instance, by } => {
            let text = format!("{} is wanted in its place", names.instance(by));
            (Whose::Instance(instance), '◆', text)
        }
        Fact::SpotNoticed { .. }
        | Fact::SpotTakenBack { .. }
        | Fact::TypeChanged { .. }
        | Fact::StandingChanged(_)
        | Fact::EconomicalDefault(_)
        | Fact::ServiceTurned { .. } => return of_platform(fact, names),
        Fact::CallSent(_)
        | Fact::CallHandled(..)
        | Fact::ItemHandled(..)
        | Fact::AnswerDelivered(..)
        | Fact::CallTimedOut(_)
        | Fact::BecameReady { .. }
        | Fact::AddressChanged { .. }
        | Fact::CreditsCleared { .. }
        | Fact::CreditsGranted { .. }
        | Fact::StockChanged { .. }
        | Fact::CapacityChanged { .. }
        | Fact::SpotPriced { .. } => return None,
    };
    Some(Said { whose, mark, text })
}

/// What the platform does of itself, and what becomes of services.
fn of_platform(fact: &Fact, names: &Names<'_>) -> Option<Said> {
    let plan = names.plan();
    let mut said = None;
    let mut say = |whose, mark, text| said = Some(Said { whose, mark, text });
    if let Fact::SpotNoticed { instance, cause } = *fact {
        say(Whose::Instance(instance), AMISS, format!("will be taken back: {}", cause.name()));
    }
    if let Fact::SpotTakenBack { instance, cause } = *fact {
        say(Whose::Instance(instance), AMISS, format!("taken back: {}", cause.name()));
    }
    if let Fact::TypeChanged { instance, to } = *fact {
        let name = &plan.region.types[to.index()].name;
        say(Whose::Instance(instance), '●', format!("type {name}"));
    }
    if let Fact::StandingChanged(standing) = *fact {
        say(Whose::All, AMISS, format!("the account stands: {}", standing.name()));
    }
    if let Fact::EconomicalDefault(on) = *fact {
        let mode = if on { "economical" } else { "standard" };
        say(Whose::All, AMISS, format!("the account's default mode is {mode} from now on"));
    }
    if let Fact::ServiceTurned { service, ready, instance } = *fact {
        let name = &plan.services[usize::from(service)].name;
        let turn = if ready { "is ready" } else { "is not ready" };
        say(Whose::Instance(instance), '●', format!("service {name} {turn}"));
    }
    said
}

/// `not_stopped_while_wanted: web-0003, Stopping StopCharging, for 2m00s`.
pub fn violation(one: &Violation, names: &Names<'_>) -> String {
    let parts = seen(names.plan(), one);
    let name = names.plan().properties.name(one.property);
    if parts.is_empty() { name.to_owned() } else { format!("{name}: {}", parts.join(", ")) }
}

/// The time of day to the millisecond, where it is no full second: `08:00:01.382`.
pub fn time_of_day(plan: &Plan, at: SimTime) -> String {
    let text = plan.clock.format(at);
    let time = text.split_once(' ').map_or(text.as_str(), |(_, time)| time);
    short(time).to_owned()
}

/// A time without its microseconds.
fn short(time: &str) -> &str {
    match time.split_once('.') {
        Some((whole, part)) if part.len() > 3 => &time[..whole.len() + 4],
        Some(_) | None => time,
    }
}
