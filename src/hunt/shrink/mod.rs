//! The smallest scenario that still fails: same property, same roles.
//!
//! A scenario is made smaller as a document: entries are dropped, groups lose instances, the run
//! is cut short. Draws are keyed by names, so what is left keeps its luck. What fails in another
//! way is counted, and not followed. At the end nothing can be taken away by itself, and a second
//! document says every decision that matters, so that it fails under any seed.

mod document;
mod explicit;
mod reduce;
mod sizes;

use std::collections::{BTreeMap, BTreeSet};

use toml::Table;

use crate::engine::RNG_VERSION;
use crate::program::Programs;
use crate::property::{Verdict, Violation, Watch};
use crate::scenario::source::{Over, Source};
use crate::scenario::{self, ScenarioErrors};
use crate::sim::plan::Plan;
use crate::units::SimDuration;

use super::mix::{Mix, TieOrder};
use super::trial::Trial;

pub use document::{Size, text};

/// What is looked for in smaller scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The property that is violated.
    pub property: String,
    /// By which controller, if it says.
    pub controller: Option<String>,
    /// Of which group, if it says.
    pub group: Option<String>,
}

/// What a shrink came to.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// What it shows.
    pub target: Target,
    /// The smallest scenario that fails with this seed.
    pub exact: String,
    /// The run that fails, with its order of ties.
    pub trial: Trial,
    /// The same with its decisions, and no probability left; none if no such was found.
    pub explicit: Option<String>,
    /// Under how many of as many other seeds the explicit one fails.
    pub other_seeds: (u32, u32),
    /// How large the scenario was, and how large it is.
    pub sizes: [Size; 2],
    /// Runs that were tried.
    pub tried: u32,
    /// Runs that failed in another way, by property.
    pub slips: BTreeMap<String, u32>,
    /// How many decisions the explicit one states.
    pub decisions: usize,
}

/// Why nothing was made smaller.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// The scenario is wrong.
    #[error("{0}")]
    Scenario(String),
    /// The run does not violate what is looked for.
    #[error("seed {seed} violates {what}")]
    NothingToShrink {
        /// Of which run.
        seed: u64,
        /// What it violates, in words.
        what: String,
    },
}

/// So many other seeds an explicit scenario is tried under.
pub const OTHER_SEEDS: u32 = 100;

/// Makes scenarios smaller.
pub struct Shrinker<'s> {
    path: String,
    beneath: &'s (dyn Source + 's),
    trial: Trial,
    target: Target,
    /// What else may be violated: what was in the whole run.
    beside: BTreeSet<String>,
    tried: u32,
    slips: BTreeMap<String, u32>,
    programs: Programs,
}

/// Makes the run of a trial as small as it gets. `property` says which violation is looked for:
/// the first one, if none.
///
/// # Errors
/// [`ShrinkError`] if the scenario is wrong or the run violates nothing.
pub fn shrink(
    path: &str,
    source: &dyn Source,
    sets: &[String],
    trial: Trial,
    property: Option<&str>,
) -> Result<Shrunk, ShrinkError> {
    let wrong = |errors: ScenarioErrors| ShrinkError::Scenario(errors.render(false));
    let text = scenario::expand(path, source, sets).map_err(wrong)?;
    let plan = scenario::load(path, source, sets).map_err(wrong)?.plan;
    let mut document: Table =
        text.parse().map_err(|error| ShrinkError::Scenario(format!("{error}")))?;
    if trial.mix == Mix::Swarm {
        document::swarm(&mut document, trial.seed);
    }
    // Under another seed it is the same order of ties.
    let drawn = (trial.ties == TieOrder::Seeded).then_some(trial.tie_seed.unwrap_or(trial.seed));
    let trial = Trial { mix: Mix::Stated, tie_seed: drawn, ..trial };
    let target = Target { property: String::new(), controller: None, group: None };
    let mut shrinker = Shrinker {
        path: path.to_owned(),
        beneath: source,
        trial,
        target,
        beside: BTreeSet::new(),
        tried: 0,
        slips: BTreeMap::new(),
        programs: Programs::new(),
    };
    let found = shrinker.violations(&document, trial.seed);
    let first = found.iter().find(|one| property.is_none_or(|name| one.target.property == name));
    let Some(first) = first else {
        let names: Vec<&str> = found.iter().map(|one| one.target.property.as_str()).collect();
        let what = match names.is_empty() {
            true => "nothing".to_owned(),
            false => format!("{}, and not {}", names.join(", "), property.unwrap_or_default()),
        };
        return Err(ShrinkError::NothingToShrink { seed: trial.seed, what });
    };
    shrinker.target = first.target.clone();
    shrinker.beside = found.iter().map(|one| one.target.property.clone()).collect();
    let before = Size::of(&document, &plan);
    reduce::reduce(&mut shrinker, &mut document, first.after);
    let trial = shrinker.trial;
    let explicit = explicit::explicit(&mut shrinker, &document);
    let explicit_text = explicit.as_ref().map(|one| shrinker.kept(one.text.clone(), None));
    let exact = shrinker.kept(document::text(&document), Some(RNG_VERSION));
    let after = shrinker.load(&document).map(|plan| Size::of(&document, &plan));
    Ok(Shrunk {
        target: shrinker.target.clone(),
        exact,
        trial,
        other_seeds: explicit.as_ref().map_or((0, 0), |one| one.other_seeds),
        decisions: explicit.as_ref().map_or(0, |one| one.decisions),
        explicit: explicit_text,
        sizes: [before, after.unwrap_or_default()],
        tried: shrinker.tried,
        slips: shrinker.slips,
    })
}

/// A violation by names, which mean the same in a smaller scenario.
struct Found {
    target: Target,
    /// How long after the beginning it is known.
    after: SimDuration,
}

impl Found {
    fn of(plan: &Plan, violation: &Violation) -> Found {
        let group = violation.instance.map(|one| plan.region.group_of(one));
        let target = Target {
            property: plan.properties.name(violation.property).to_owned(),
            controller: violation
                .controller
                .map(|place| plan.controllers[usize::from(place)].name.clone()),
            group: group.map(|group| plan.region.group(group).name.clone()),
        };
        Found { target, after: SimDuration::from_micros(violation.at.as_micros()) }
    }
}

impl Shrinker<'_> {
    fn load(&self, document: &Table) -> Option<Plan> {
        let text = document::text(document);
        let over = Over { path: &self.path, text: &text, beneath: self.beneath };
        scenario::load(&self.path, &over, &[]).ok().map(|loaded| loaded.plan)
    }

    /// Everything that a document's run violates.
    fn violations(&mut self, document: &Table, seed: u64) -> Vec<Found> {
        self.tried += 1;
        let Some(plan) = self.load(document) else { return Vec::new() };
        self.violations_of(&plan, seed)
    }

    fn violations_of(&self, plan: &Plan, seed: u64) -> Vec<Found> {
        let id = Trial { seed, ..self.trial }.run();
        let mut watch = Watch::new(plan.watched());
        if self.programs.run(plan, id, &mut watch).is_err() {
            return Vec::new();
        }
        watch.end();
        let is_twin_asked = plan.properties.asked(crate::property::BuiltIn::SameEnd).is_some();
        if is_twin_asked && (self.target.property.is_empty() || self.target.property == "same_end")
        {
            let calm = super::mix::calm(plan);
            let mut twin = Watch::new(calm.watched());
            if self.programs.run(&calm, id, &mut twin).is_ok() {
                twin.end();
                watch.compare_ends(&twin);
            }
        }
        let count = u16::try_from(plan.properties.count()).unwrap_or(u16::MAX);
        let mut found: Vec<Violation> = (0..count)
            .filter_map(|place| match watch.verdict(place) {
                Verdict::Violated(violation) => Some(violation),
                Verdict::Holds | Verdict::Inconclusive(_) => None,
            })
            .collect();
        found.sort_by_key(|one| (one.at, one.property));
        found.iter().map(|violation| Found::of(plan, violation)).collect()
    }

    /// A document as `regress` takes it: with what its run violates, and which run that is.
    fn kept(&mut self, text: String, numbers: Option<u32>) -> String {
        let Ok(mut document) = text.parse::<Table>() else { return text };
        // Everything that is violated, `same_end` as well, and not only what was looked for.
        let looked_for = std::mem::take(&mut self.target.property);
        let found = self.violations(&document, self.trial.seed);
        self.target.property = looked_for;
        let names: Vec<&str> = found.iter().map(|one| one.target.property.as_str()).collect();
        document::expect_violated(&mut document, &names);
        document::set_hunt(&mut document, &self.trial, numbers);
        document::text(&document)
    }

    /// Whether a document still fails as it did: when that is known, from the beginning.
    fn fails(&mut self, document: &Table) -> Option<SimDuration> {
        self.fails_with(document, self.trial.seed)
    }

    fn fails_with(&mut self, document: &Table, seed: u64) -> Option<SimDuration> {
        let found = self.violations(document, seed);
        // What only the smaller one violates would say that it is about something else.
        let is_other = |one: &&Found| !self.beside.contains(&one.target.property);
        let others: Vec<String> =
            found.iter().filter(is_other).map(|one| one.target.property.clone()).collect();
        let same = found.iter().find(|one| one.target == self.target);
        if let (Some(same), true) = (same, others.is_empty()) {
            return Some(same.after);
        }
        let slipped = match same {
            Some(_) => others,
            None => found.into_iter().map(|one| one.target.property).collect(),
        };
        for property in slipped {
            *self.slips.entry(property).or_default() += 1;
        }
        None
    }
}
