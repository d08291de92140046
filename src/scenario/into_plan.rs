//! Tables to plan: what keys mean to one another. Below this, nobody checks a field again.
//!
//! Every part looks at as much as could be read, so that one mistake does not hide another; a
//! plan comes out only when there was none.

mod advice;
mod arrears;
mod beginnings;
mod book;
mod calendars;
mod capacity;
mod clock;
mod commitments;
mod controllers;
mod cost;
mod decisions;
mod demands;
mod expectations;
mod faults;
mod fleet;
mod further;
mod groups;
mod inputs;
mod named;
mod neighbours;
mod pools;
mod prices;
mod properties;
mod quotas;
mod scheduled_events;
mod services;
mod spot;
mod stocks;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cloud::plan::PollLoad;
use crate::demand::calendar::CivilClock;
use crate::ecs::commitment::Commitment;
use crate::ecs::knob::{Knobs, MinimumDurationScope};
use crate::ecs::spec::{Caller, RegionSpec};
use crate::engine::DecisionList;
use crate::network::plan::Legs;
use crate::sim::plan::{GoodWave, Input, Plan, RunDefaults, deletions};
use crate::units::{Ratio, SimDuration, SimTime};

use super::decode::At;
use super::load::Context;
use super::place::Place;
use super::problem::Problem;
use super::raw::{Calls, Entries, Entry, Root, Section};
use super::value::Name;

use fleet::Fleet;

pub use expectations::metric_hint;
pub(super) use inputs::ground;

/// Something about a scenario that is no mistake of its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Worth knowing.
    Plain(String),
    /// Hardly what was meant: figures come out, and a reader would doubt them.
    Warning(String),
}

/// Shows it with its weight: `note: …`, `warning: …`.
impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::Plain(text) => write!(f, "note: {text}"),
            Note::Warning(text) => write!(f, "warning: {text}"),
        }
    }
}

/// What all parts of the work share.
pub(super) struct Work<'a, 'b> {
    /// The tables.
    pub root: &'a Root,
    /// Texts and problems.
    pub context: &'a mut Context<'b>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
    /// Inputs that stand in no table: published prices.
    pub inputs: Vec<Input>,
}

impl Work<'_, '_> {
    fn problem(&mut self, problem: Problem) {
        self.context.problems.push(problem);
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(Note::Plain(text.into()));
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.notes.push(Note::Warning(text.into()));
    }

    /// Whether a name is one of those known; if not, that is a problem.
    fn refer(
        &mut self,
        name: &str,
        at: Place,
        kind: &str,
        known: &BTreeMap<String, Place>,
    ) -> bool {
        if known.contains_key(name) {
            return true;
        }
        let problem = Problem::new(at, format!("there is no {kind} `{name}`"));
        let problem = problem.expected(format!("expected the name of a [[{kind}]]"));
        self.problem(problem.did_you_mean(name, known.keys().map(String::as_str)));
        false
    }

    /// Exactly one of some keys must be there; more or fewer is a problem.
    fn one_of(&mut self, entry: Place, what: &str, keys: &[(&str, Option<Place>)]) -> bool {
        let given: Vec<(&str, Place)> =
            keys.iter().filter_map(|(key, place)| place.map(|place| (*key, place))).collect();
        let names: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
        let expected = format!("expected exactly one of: {}", names.join(", "));
        match given.as_slice() {
            [_] => true,
            [] => {
                let problem = Problem::new(entry, format!("{what} is not said"));
                self.problem(problem.expected(expected));
                false
            }
            [(first, place), (second, other), ..] => {
                let problem = Problem::new(*other, format!("`{second}` as well as `{first}`"));
                self.problem(problem.expected(expected).related(*place, "the other one"));
                false
            }
        }
    }
}

/// The content of a table that is there once, if it could be read.
fn section<T>(at: &Option<At<Section<T>>>) -> Option<&T> {
    at.as_ref().and_then(|at| at.value.0.as_ref())
}

/// The entries that could be read.
fn list<T>(at: &Option<At<Entries<T>>>) -> &[Entry<T>] {
    at.as_ref().map_or(&[], |at| at.value.list.as_slice())
}

/// The entry of a name that could be read, and its place among those.
fn entry<'a, T>(at: &'a Option<At<Entries<T>>>, name: &str) -> Option<(usize, &'a Entry<T>)> {
    at.as_ref().and_then(|at| at.value.find(name))
}

/// The names of all entries, readable or not.
fn names<T>(at: &Option<At<Entries<T>>>) -> &BTreeMap<String, Place> {
    const NONE: &BTreeMap<String, Place> = &BTreeMap::new();
    at.as_ref().map_or(NONE, |at| &at.value.names)
}

/// Where an optional key is.
fn place_of<T>(at: &Option<At<T>>) -> Option<Place> {
    at.as_ref().map(|at| at.place)
}

/// Names and their places.
fn written(at: &Option<At<Vec<At<Name>>>>) -> Vec<(&str, Place)> {
    at.as_ref().map_or_else(Vec::new, |at| {
        at.value.iter().map(|name| (name.value.0.as_str(), name.place)).collect()
    })
}

/// When the run begins and ends.
#[derive(Clone)]
pub(super) struct Time {
    /// Civil time.
    pub clock: CivilClock,
    /// Statistics begin.
    pub warm_up: SimTime,
    /// The end.
    pub horizon: SimTime,
}

/// The plan of a scenario, and what is worth knowing about it.
pub(super) fn into_plan(root: &Root, context: &mut Context<'_>) -> (Option<Plan>, Vec<Note>) {
    let mut work = Work { root, context, notes: vec![], inputs: vec![] };
    let mut plan = build(&mut work);
    if let Some(plan) = &mut plan {
        plan.fixed = decisions::decisions(&mut work, plan);
        plan.share_durations();
    }
    let Work { notes, context, .. } = work;
    (plan.filter(|_| context.problems.count() == 0), notes)
}

fn build(work: &mut Work<'_, '_>) -> Option<Plan> {
    let root = work.root;
    required(work);
    let time = clock::time(work);
    let currencies = prices::currencies(work);
    let book = book::book(work);
    let fleet = fleet::fleet(work, book.as_ref());
    let expectations = expectations::expectations(work);
    let mut demands = demands::demands(work, time.as_ref(), &fleet);
    let controllers = controllers::controllers(work, time.as_ref(), &fleet, &mut demands);
    let services = services::services(work, &fleet, &demands);
    let mut prices = prices::prices(work, &currencies, book.as_ref());
    let capacities = capacity::capacities(work, &currencies, time.as_ref(), &fleet);
    let mut groups = groups::groups(work, &fleet, &currencies, &capacities, &mut prices);
    let judge = beginnings::beginnings(work, &fleet, &demands, &controllers, &mut groups);
    let pools = pools::pools(work, time.as_ref(), &fleet, &groups, &controllers, &capacities);
    let further = further::further(work, &fleet, &controllers, &mut prices);
    let quotas = quotas::quotas(work);
    let faults = faults::faults(work, time.as_ref(), &fleet);
    let scheduled_events = scheduled_events::scheduled_events(work, time.as_ref(), &fleet);
    let markets = spot::markets(work, &currencies, time.as_ref(), &fleet);
    let arrears = arrears::arrears(work, time.as_ref());
    let commitments = commitments::commitments(work, &currencies, &fleet, &groups);
    let properties = properties::properties(work, &fleet);
    minimum_needs_vcpus(work, &fleet, &controllers);
    advice::advice(work, time.as_ref(), &fleet, (&demands, &controllers), (&groups, judge));
    let inputs = inputs::inputs(work);
    if work.context.problems.count() > 0 {
        return None;
    }
    let (time, calls) = (time?, section(&root.calls)?);
    let lifecycles = groups.iter().map(|group| group.lifecycle.clone()).collect();
    let mut region = region(root, &fleet, &groups, &pools, &markets, &controllers, commitments)?;
    region.further = further.into();
    region.capacities = capacities.specs;
    region.check();
    Some(Plan {
        name: section(&root.name)?.0.clone(),
        hash: String::new(),
        currency: currency(root),
        clock: time.clock,
        warm_up: time.warm_up,
        horizon: time.horizon,
        static_address_returns: section(&root.region)?.static_address_returns.value.0,
        region: Arc::new(region),
        tags: fleet.groups.iter().map(fleet::Placed::tags).collect(),
        lifecycles,
        pools: pools.plans,
        capacities: capacities.plans,
        markets: markets.plans,
        arrears,
        legs: legs(calls),
        poll_load: poll_load(calls),
        demands: demands.list,
        services,
        controllers: controllers.list.into_iter().map(|built| built.controller).collect(),
        quotas,
        call_faults: faults.calls,
        work_faults: faults.work,
        environment_faults: faults.environment,
        scheduled_events,
        billing_cycles: billing_cycles(root),
        marks: Vec::new(),
        days_off: demands.days_off,
        good_wave: good_wave(root),
        run: run_defaults(root),
        inputs,
        expectations,
        properties,
        fixed: DecisionList::new(),
    })
}

/// Tables without which there is no scenario.
fn required(work: &mut Work<'_, '_>) {
    let root = work.root;
    let whole = work.context.main_place();
    let missing = [
        ("name", root.name.is_none(), "name = \"…\""),
        ("clock", root.clock.is_none(), "[clock] with start, timezone and length"),
        ("region", root.region.is_none(), "[region] with id"),
        ("group", root.group.is_none(), "a [[group]] of instances, or [csv] group = \"…\""),
    ];
    for (key, is_missing, expected) in missing {
        if is_missing {
            let problem = Problem::new(whole, format!("`{key}` is missing"));
            work.problem(problem.expected(format!("expected {expected}")));
        }
    }
}

fn billing_cycles(root: &Root) -> bool {
    let report = section(&root.report);
    report.and_then(|report| report.billing_cycles.as_ref()).is_some_and(|at| at.value)
}

fn currency(root: &Root) -> String {
    root.currency.value.0.as_ref().map_or_else(|| "CNY".to_owned(), |code| code.0.clone())
}

fn legs(calls: &Calls) -> Legs {
    Legs {
        request: calls.request.value.built().clone(),
        answer: calls.answer.value.built().clone(),
    }
}

fn poll_load(calls: &Calls) -> Option<PollLoad> {
    let load = &calls.poll_load.as_ref()?.value;
    Some(PollLoad {
        max_delay: load.max_delay.value.0,
        half_rate_per_minute: load.half_rate_per_minute.value.0,
    })
}

fn good_wave(root: &Root) -> GoodWave {
    match section(&root.report).and_then(|report| report.good_wave.as_ref()) {
        Some(at) => GoodWave { share: at.value.share.value.0, within: at.value.within.value.0 },
        None => GoodWave { share: Ratio::ONE, within: SimDuration::from_mins(15) },
    }
}

/// The shortest time that a cycle is billed for depends on the size of the instance.
fn minimum_needs_vcpus(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    controllers: &controllers::Built,
) {
    let every = match knobs(work.root).minimum_duration_scope {
        MinimumDurationScope::ReleaseOnly => false,
        MinimumDurationScope::AnyCycle => true,
    };
    let all = controllers.list.iter().flat_map(|built| deletions(&built.controller));
    let deleted: BTreeSet<u32> = all.map(|instance| instance.0).collect();
    for placed in fleet.groups.iter().filter(|placed| placed.vcpus.is_none()) {
        let own = placed.first..placed.range().end + placed.reserve;
        if !every && deleted.range(own).next().is_none() {
            continue;
        }
        let at = &placed.entry.value.r#type;
        let problem =
            Problem::new(at.place, format!("how many vCPUs {} has is not known", at.value.0));
        let problem = problem.expected("the minimum duration of a cycle depends on it");
        work.problem(problem.hint("add a [[type]] of this name with vcpus"));
    }
}

fn run_defaults(root: &Root) -> RunDefaults {
    let run = section(&root.run);
    let number = |count: u64| u32::try_from(count).expect("the limits of [run] fit");
    RunDefaults {
        seed: section(&root.seed).map(|seed| seed.0),
        replications: run.map_or(1, |run| number(run.replications.value.0)),
        threads: run.and_then(|run| run.threads.as_ref()).map(|at| number(at.value.0)),
    }
}

fn region(
    root: &Root,
    fleet: &Fleet<'_>,
    groups: &[groups::Built],
    pools: &pools::Built,
    markets: &spot::Built,
    controllers: &controllers::Built,
    commitments: Vec<Commitment>,
) -> Option<RegionSpec> {
    let callers = controllers
        .list
        .iter()
        .map(|built| Caller { name: built.controller.name.clone(), policy: built.policy.clone() });
    let specs = groups.iter().zip(&pools.of_groups).map(|(group, (pool, units))| {
        let mut spec = group.spec.clone();
        (spec.pool, spec.units) = (*pool, *units);
        spec
    });
    let account = section(&root.account)?;
    Some(RegionSpec {
        region_id: section(&root.region)?.id.value.0.clone(),
        account_id: account.id.value.0.clone(),
        zones: fleet.zones.clone(),
        zone_regions: fleet.zone_regions.clone(),
        types: fleet.types.clone(),
        groups: specs.collect(),
        further: vec![].into(),
        pools: pools.specs.clone(),
        capacities: vec![],
        markets: markets.specs.clone(),
        commitments,
        callers: callers.collect(),
        economical_default: account.economical_default.value,
        knobs: knobs(root),
    })
}

fn knobs(root: &Root) -> Knobs {
    section(&root.knobs).copied().unwrap_or_default()
}
