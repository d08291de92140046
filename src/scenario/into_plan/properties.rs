//! Properties: what has to be so in every run.

use crate::ecs::id::{GroupId, InstanceId};
use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;
use crate::property::plan::Bound;
use crate::property::{
    BUILT_IN, BuiltIn, Comparison, Count, Form, Formula, Properties, Side, Term, Written,
};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::PropertyEntry;
use crate::scenario::value::{Amount, Each, Phrase, Word};
use crate::units::{Ratio, SimDuration};

use super::fleet::Fleet;
use super::{Entry, Work, list, named, names, place_of};

/// Most properties of a scenario, those of each instance, group or controller counted one by one.
pub const PROPERTIES_MAX: usize = 10_000;

/// What is asked of every run.
pub(super) fn properties(work: &mut Work<'_, '_>, fleet: &Fleet<'_>) -> Properties {
    let mut all = Properties::default();
    for entry in list(&work.root.property) {
        match BUILT_IN.iter().find(|which| which.name() == entry.name) {
            Some(which) => change(work, &mut all, *which, entry),
            None => write(work, fleet, &mut all, entry),
        }
        if all.written.len() > PROPERTIES_MAX {
            let message = format!("more than {PROPERTIES_MAX} properties");
            work.problem(Problem::new(entry.place, message));
            return all;
        }
    }
    all
}

/// Which keys a property of this kind has, and which of them are there.
fn keys(raw: &PropertyEntry) -> [(&'static str, Option<Place>); 10] {
    [
        ("always", place_of(&raw.always)),
        ("never", place_of(&raw.never)),
        ("eventually", place_of(&raw.eventually)),
        ("sometimes", place_of(&raw.sometimes)),
        ("after", place_of(&raw.after)),
        ("by", place_of(&raw.by)),
        ("tolerance", place_of(&raw.tolerance)),
        ("each", place_of(&raw.each)),
        ("groups", place_of(&raw.groups)),
        ("probability_below", place_of(&raw.probability_below)),
    ]
}

fn change(
    work: &mut Work<'_, '_>,
    all: &mut Properties,
    which: BuiltIn,
    entry: &Entry<PropertyEntry>,
) {
    let raw = &entry.value;
    for (key, place) in &keys(raw)[..9] {
        if let Some(place) = place {
            let message = format!("`{key}` of `{}`, which is built in", which.name());
            let problem = Problem::new(*place, message);
            work.problem(problem.expected("expected check, grace, at_most, window").hint(format!(
                "a property of your own has another name; `{}` says: {}",
                which.name(),
                which.meaning()
            )));
        }
    }
    let probability = bound(work, raw);
    let usual = which.limits();
    let uses = [
        ("grace", place_of(&raw.grace), !usual.grace.is_zero()),
        ("at_most", place_of(&raw.at_most), usual.at_most > 0),
        ("window", place_of(&raw.window), !usual.window.is_zero()),
    ];
    for (key, place, is_used) in uses {
        if let (Some(place), false) = (place, is_used) {
            let message = format!("`{}` has no `{key}`", which.name());
            work.problem(Problem::new(place, message).hint(which.meaning()));
        }
    }
    let asked = all.built_in.iter_mut().find(|asked| asked.which == which);
    let asked = asked.expect("every name is used once");
    asked.probability = probability;
    asked.expected = raw.expected.value;
    if let Some(grace) = &raw.grace {
        asked.limits.grace = grace.value;
    }
    if let Some(at_most) = &raw.at_most {
        asked.limits.at_most = at_most.value.0;
    }
    if let Some(window) = &raw.window {
        asked.limits.window = window.value.0;
    }
    if raw.check.as_ref().is_some_and(|check| !check.value) {
        all.built_in.retain(|asked| asked.which != which);
    }
}

/// What is said of its probability. A bound of zero can be shown by no number of runs; a confidence
/// of a half or less says nothing, and that of one is had by nobody.
fn bound(work: &mut Work<'_, '_>, raw: &PropertyEntry) -> Option<Bound> {
    let (confidence, place) = (raw.confidence.value.0, raw.confidence.place);
    if confidence >= Ratio::ONE || confidence <= Ratio::new(1, 2) {
        let problem = Problem::new(place, format!("{confidence} is no confidence"));
        work.problem(problem.expected("expected more than 50% and less than 100%"));
        return None;
    }
    let at = raw.probability_below.as_ref()?;
    if at.value.0 == Ratio::ZERO {
        let problem = Problem::new(at.place, "no probability is below zero");
        work.problem(problem.expected("expected a share above zero, such as \"1%\""));
        return None;
    }
    Some(Bound { below: at.value.0, confidence })
}

/// About whom a written property is.
#[derive(Clone, Debug, Default)]
struct About {
    name: Option<String>,
    instances: Option<Vec<InstanceId>>,
    controller: Option<u16>,
}

fn write(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    all: &mut Properties,
    entry: &Entry<PropertyEntry>,
) {
    let raw = &entry.value;
    let own = [
        ("check", place_of(&raw.check)),
        ("grace", place_of(&raw.grace)),
        ("at_most", place_of(&raw.at_most)),
        ("window", place_of(&raw.window)),
    ];
    for (key, place) in own {
        if let Some(place) = place {
            let known: Vec<&str> = BUILT_IN.iter().map(|which| which.name()).collect();
            let problem = Problem::new(place, format!("`{key}` is of built-in properties"));
            let problem = problem.expected(format!("built in are: {}", known.join(", ")));
            work.problem(problem.did_you_mean(&entry.name, known));
        }
    }
    let given = keys(raw);
    if !work.one_of(entry.place, "what has to be so", &given[..4]) {
        return;
    }
    let is_eventual = raw.eventually.is_some();
    let allowed = [
        ("after", given[4].1, is_eventual, "eventually"),
        ("by", given[5].1, is_eventual, "eventually"),
        ("tolerance", given[6].1, raw.always.is_some() || raw.never.is_some(), "always or never"),
        ("groups", given[8].1, raw.each.is_some(), "each"),
    ];
    for (key, place, is_allowed, with) in allowed {
        if let (Some(place), false) = (place, is_allowed) {
            work.problem(Problem::new(place, format!("`{key}` without {with}")));
        }
    }
    if is_eventual && raw.by.is_none() {
        let problem = Problem::new(entry.place, "`eventually` without `by`");
        work.problem(problem.expected("expected by = \"15m\", or how long it may take"));
    }
    let probability = bound(work, raw);
    let expected = raw.expected.value;
    for about in abouts(work, fleet, raw) {
        let Some(form) = form(work, fleet, raw, &about) else { return };
        let name = match &about.name {
            None => entry.name.clone(),
            Some(name) => format!("{}({name})", entry.name),
        };
        all.written.push(Written { name, form, probability, expected });
        if all.written.len() > PROPERTIES_MAX {
            return;
        }
    }
}

/// Whom a property is asked of: everything, or each of what it names.
fn abouts(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, raw: &PropertyEntry) -> Vec<About> {
    let Some(each) = raw.each.as_ref().map(|at| at.value) else { return vec![About::default()] };
    let groups: Vec<GroupId> = match &raw.groups {
        Some(_) => named::groups(work, fleet, &raw.groups),
        None => (0..fleet.groups.len()).map(GroupId::at).collect(),
    };
    let spec = |id: &GroupId| &fleet.groups[id.index()];
    match each {
        Each::Group => groups
            .iter()
            .map(|id| About {
                name: Some(spec(id).entry.name.clone()),
                instances: Some(spec(id).with_reserve().collect()),
                controller: None,
            })
            .collect(),
        Each::Instance => groups
            .iter()
            .flat_map(|id| spec(id).with_reserve().map(move |instance| (id, instance)))
            .take(PROPERTIES_MAX + 1)
            .map(|(id, instance)| About {
                name: Some(spec(id).instance_name(instance)),
                instances: Some(vec![instance]),
                controller: None,
            })
            .collect(),
        Each::Controller => list(&work.root.controller)
            .iter()
            .zip(0..)
            .map(|(entry, place)| About {
                name: Some(entry.name.clone()),
                instances: None,
                controller: Some(place),
            })
            .collect(),
    }
}

fn form(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    raw: &PropertyEntry,
    about: &About,
) -> Option<Form> {
    let tolerance = raw.tolerance.as_ref().map_or(SimDuration::ZERO, |at| at.value);
    let mut read = |at: &At<Word>| formula(work, fleet, about, at);
    if let Some(at) = &raw.always {
        return Some(Form::Always { formula: read(at)?, tolerance });
    }
    if let Some(at) = &raw.never {
        return Some(Form::Always { formula: read(at)?.negated(), tolerance });
    }
    if let Some(at) = &raw.sometimes {
        return Some(Form::Sometimes(read(at)?));
    }
    let formula = read(raw.eventually.as_ref()?)?;
    let after = match &raw.after {
        None => None,
        Some(at) => Some(read(at)?),
    };
    Some(Form::Eventually { formula, after, by: raw.by.as_ref()?.value.0 })
}

fn formula(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    about: &About,
    at: &At<Word>,
) -> Option<Formula> {
    match Phrase::read(&at.value.0) {
        Ok(phrase) => meant(work, fleet, about, &phrase, at.place),
        Err(error) => {
            work.problem(Problem::new(at.place, error.problem).expected(error.expected));
            None
        }
    }
}

fn meant(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    about: &About,
    phrase: &Phrase,
    place: Place,
) -> Option<Formula> {
    let mut each = |all: &[Phrase]| -> Option<Vec<Formula>> {
        all.iter().map(|one| meant(work, fleet, about, one, place)).collect()
    };
    Some(match phrase {
        Phrase::Not(inner) => meant(work, fleet, about, inner, place)?.negated(),
        Phrase::All(all) => Formula::All(each(all)?),
        Phrase::Any(any) => Formula::Any(each(any)?),
        Phrase::Compares(left, relation, right) => {
            let left = side(work, fleet, about, left, place)?;
            let right = side(work, fleet, about, right, place)?;
            Formula::Compares(Comparison { left, relation: *relation, right })
        }
    })
}

fn side(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    about: &About,
    amount: &Amount,
    place: Place,
) -> Option<Side> {
    let (word, inside) = match amount {
        Amount::Number(number) => return Some(Side::Number(*number)),
        Amount::Count(word, inside) => (word, inside),
    };
    let Some((_, count)) = Count::ALL.iter().find(|(known, _)| known == word) else {
        let known: Vec<&str> = Count::ALL.iter().map(|(known, _)| *known).collect();
        let problem = Problem::new(place, format!("nothing is counted as `{word}`"));
        let problem = problem.expected(format!("counts are: {}", known.join(", ")));
        work.problem(problem.did_you_mean(word, known));
        return None;
    };
    let mut term = Term {
        count: *count,
        instances: about.instances.clone(),
        controller: about.controller,
        operation: None,
        refusals: Vec::new(),
        window: None,
    };
    if about.controller.is_some() && !count.is_of_calls() {
        let problem = Problem::new(place, format!("`{word}` is not counted by controller"));
        work.problem(problem.expected("expected calls, refusals or timeouts"));
        return None;
    }
    for argument in inside {
        if !narrow(work, fleet, &mut term, argument) {
            unknown_argument(work, word, argument, place);
            return None;
        }
    }
    Some(Side::Term(term))
}

/// Counts only what an argument says; whether it says anything.
fn narrow(work: &Work<'_, '_>, fleet: &Fleet<'_>, term: &mut Term, argument: &str) -> bool {
    if argument == "all" {
        (term.instances, term.controller) = (None, None);
        return true;
    }
    if let Some((_, placed)) = fleet.group(argument) {
        term.instances = Some(placed.with_reserve().collect());
        return true;
    }
    if let Some(instance) = fleet.instance(argument) {
        term.instances = Some(vec![instance]);
        return true;
    }
    if term.count.is_of_calls() {
        let controllers = list(&work.root.controller);
        if let Some(place) = controllers.iter().position(|entry| entry.name == argument) {
            term.controller = u16::try_from(place).ok();
            return true;
        }
        if let Some(operation) = OperationName::from_name(argument) {
            term.operation = Some(operation);
            return true;
        }
    }
    if term.count == Count::Refusals {
        let of_class = |one: &Refusal| one.class().name() == argument;
        let rows = Refusal::ALL.iter().copied();
        let meant: Vec<Refusal> =
            rows.filter(|one| one.row().code == argument || of_class(one)).collect();
        if !meant.is_empty() {
            term.refusals = meant;
            return true;
        }
    }
    if term.count.is_of_events()
        && let Ok(window) = argument.parse::<SimDuration>()
        && !window.is_zero()
    {
        term.window = Some(window);
        return true;
    }
    false
}

fn unknown_argument(work: &mut Work<'_, '_>, word: &str, argument: &str, place: Place) {
    let groups: Vec<String> = names(&work.root.group).keys().cloned().collect();
    let controllers: Vec<String> = names(&work.root.controller).keys().cloned().collect();
    let message = format!("`{argument}` says nothing of `{word}`");
    let expected = "expected a group, an instance, a controller, `all`; of calls an operation, \
                    of refusals a code or class, of what happens a window such as `10m`";
    let near = groups.iter().chain(&controllers).map(String::as_str);
    let near = near.chain(OperationName::ALL.iter().map(|name| name.name()));
    work.problem(Problem::new(place, message).expected(expected).did_you_mean(argument, near));
}
