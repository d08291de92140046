//! What happened to a few instances and controllers, as lanes beside each other, time downwards.
//!
//! `record` makes items of facts, `words` says each of them, `fold` makes one line of many looks
//! that show the same, `draw` draws.

pub mod draw;
mod fold;
mod record;
mod words;

use crate::controller::policy::Controller;
use crate::ecs::id::InstanceId;
use crate::fact::Fact;
use crate::program::{Broken, ProgramError, Programs};
use crate::property::Violation;
use crate::sim::plan::Plan;
use crate::sim::{Livelock, Observer, RunId};
use crate::units::{SimDuration, SimTime};

pub use words::{time_of_day, violation};

use record::Recorder;

/// The most lanes.
pub const LANES_MAX: usize = 12;
/// So many lanes have their words within the lane; with more there are marks.
const LANES_WIDE: usize = 3;
/// So many lanes are chosen where nobody says which.
const LANES_CHOSEN: usize = 4;
/// Columns of the screen.
pub const WIDTH: usize = 100;

/// So long before a violation begins what is shown of it, and so long after it that ends.
const BEFORE: SimDuration = SimDuration::from_hours(1);
const AFTER: SimDuration = SimDuration::from_mins(10);
/// Where things were not as they have to be for longer, so long before that began.
const BEFORE_SINCE: SimDuration = SimDuration::from_mins(5);

/// Whose lanes there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// Controllers, by place in the plan: they stand left.
    pub controllers: Vec<u16>,
    /// Instances.
    pub instances: Vec<InstanceId>,
}

/// From when to when it is told, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: SimTime,
    /// The last one.
    pub to: SimTime,
}

/// What a timeline is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whose.
    pub lanes: Lanes,
    /// When.
    pub window: Window,
    /// The most lines: what is in the middle is left out.
    pub most: Option<usize>,
}

impl Lanes {
    /// How many.
    pub fn count(&self) -> usize {
        self.controllers.len() + self.instances.len()
    }

    /// Those of a violation: its instance, the one that stands in for it or for which it stands
    /// in, its controller and all that look after the instance. Without one those of the first
    /// instance of each group, as many as there is room for.
    pub fn of(plan: &Plan, violation: Option<&Violation>, pairs: &[[InstanceId; 2]]) -> Lanes {
        let mut lanes = Lanes::default();
        match violation.and_then(|violation| violation.instance) {
            Some(instance) => {
                lanes.instances.push(instance);
                for pair in pairs.iter().filter(|pair| pair.contains(&instance)) {
                    let other = if pair[0] == instance { pair[1] } else { pair[0] };
                    if !lanes.instances.contains(&other) && lanes.count() < LANES_WIDE {
                        lanes.instances.push(other);
                    }
                }
            }
            None => {
                for group in &plan.region.groups {
                    let with = Lanes {
                        controllers: Vec::new(),
                        instances: [&lanes.instances[..], &[group.first]].concat(),
                    };
                    let all = with.instances.len() + looking_after(plan, &with.instances).len();
                    if lanes.instances.is_empty() || all < LANES_CHOSEN {
                        lanes = with;
                    }
                }
            }
        }
        if let Some(controller) = violation.and_then(|violation| violation.controller) {
            lanes.controllers.push(controller);
        }
        for controller in looking_after(plan, &lanes.instances) {
            if lanes.count() < LANES_MAX && !lanes.controllers.contains(&controller) {
                lanes.controllers.push(controller);
            }
        }
        lanes.controllers.sort_unstable();
        lanes
    }
}

/// The controllers that look after any of these instances.
pub fn looking_after(plan: &Plan, instances: &[InstanceId]) -> Vec<u16> {
    let is_theirs = |controller: &Controller| {
        controller.instances.iter().any(|instance| instances.contains(instance))
    };
    let all = (0..).zip(&plan.controllers);
    all.filter(|(_, controller)| is_theirs(controller)).map(|(place, _)| place).collect()
}

impl Window {
    /// That of a violation: the hour before it, or since when things were not as they have to be,
    /// and ten minutes after it. Without one the whole run.
    pub fn of(plan: &Plan, violation: Option<&Violation>) -> Window {
        match violation {
            None => Window { from: SimTime::ZERO, to: plan.horizon },
            Some(violation) => Window {
                from: violation
                    .at
                    .saturating_sub(BEFORE)
                    .min(violation.since.saturating_sub(BEFORE_SINCE)),
                to: violation.at.saturating_add(AFTER).min(plan.horizon),
            },
        }
    }
}

/// The first violation by time, one that is about an instance before others.
pub fn first<'v>(violations: impl IntoIterator<Item = &'v Violation>) -> Option<&'v Violation> {
    violations.into_iter().min_by_key(|one| (one.instance.is_none(), one.at, one.property))
}

/// Who stands in for whom in a run.
pub fn pairs(plan: &Plan, run: RunId) -> Vec<[InstanceId; 2]> {
    /// Keeps pairs.
    #[derive(Default)]
    struct Pairs(Vec<[InstanceId; 2]>);
    impl Observer for Pairs {
        fn fact(&mut self, _: SimTime, fact: &Fact) {
            if let Fact::Replaced { instance, by, .. } | Fact::StandsIn { instance, by } = *fact {
                self.0.push([instance, by]);
            }
        }
    }
    let mut found = Pairs::default();
    if plan.controllers.iter().any(|controller| controller.replace.is_some()) {
        // What keeps a run from its end is told by who draws it.
        let _ = Programs::new().run(plan, run, &mut found);
    }
    found.0
}

/// The timeline of a run, and whether it did not let time go on; `violations` are those that only
/// a look at the whole run tells, besides those that it finds itself.
///
/// # Errors
/// If a controller is a program that fails.
pub fn timeline(
    plan: &Plan,
    run: RunId,
    asked: &Asked,
    violations: &[Violation],
) -> Result<(String, Option<Livelock>), Box<ProgramError>> {
    let mut recorder = Recorder::new(plan, run, asked);
    let livelock = match Programs::new().run(plan, run, &mut recorder) {
        Ok(_) => None,
        Err(Broken::Livelock(livelock)) => Some(livelock),
        Err(Broken::Program(error)) => return Err(error),
    };
    recorder.end(violations);
    let items = fold::fold(recorder.items, plan, asked.lanes.instances.len() != 1);
    Ok((draw::draw(plan, asked, &items), livelock))
}
