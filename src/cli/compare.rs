//! `compare`: scenarios, or variants of one, under the same luck.

use std::collections::BTreeSet;

use crate::replicate::Runs;
use crate::report::compare::{
    Apart, Change, Compared, Comparison, Contestant, Tolerance, changed, confidence, shown,
    write_json, write_markdown, write_text,
};
use crate::report::html::compare_page;
use crate::report::text;
use crate::scenario::value::Variant;
use crate::scenario::{self, Loaded, Part};
use crate::sim::metric::{Metric, Unit};
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::args::{CompareArgs, ComparedFormat, ScenarioArgs, SeedArgs};
use super::cache::Cache;
use super::exit::{Error, Exit};
use super::html;
use super::lockstep::first_divergence;
use super::scenario::{identity, line, load, ties};
use super::stdout::{print, show};
use super::trials::Trials;
use super::vary::variant;

/// Fewer replications carry few intervals: of a p99 none, and none that is narrow.
const REPLICATIONS_LEAST: u32 = 20;

/// One of those that are compared, before it is run.
struct Entrant {
    name: String,
    /// What is read.
    scenario: ScenarioArgs,
    loaded: Loaded,
}

/// Runs all, sets each beside the first, and judges what was said to be tolerated.
///
/// # Errors
/// If a scenario is wrong, they cannot be compared, or time does not go on.
pub fn compare(args: &CompareArgs) -> Result<Exit, Error> {
    let page = html::claim(&args.page)?;
    let entrants = entrants(args)?;
    let (base, others) = entrants.split_first().expect("there is at least one");
    let plan = &base.loaded.plan;
    let name = |one: &Entrant| one.name.clone();
    others.iter().try_for_each(|other| {
        comparable((&name(base), plan), (&name(other), &other.loaded.plan))
    })?;
    let tolerances = args.tolerances.iter().map(|text| tolerance(text, plan));
    let tolerances = tolerances.collect::<Result<Vec<_>, _>>()?;
    let asked = args.metrics.iter().map(|name| metric("--metric", name, plan));
    let mut asked = asked.collect::<Result<Vec<_>, _>>()?;
    let plans = || entrants.iter().map(|one| &one.loaded.plan);
    let extra: Vec<Metric> = plans()
        .flat_map(|plan| &plan.expectations)
        .filter_map(|one| Metric::parse(&one.metric))
        .chain(tolerances.iter().map(|one| one.metric.clone()))
        .chain(asked.iter().cloned())
        .collect();
    asked.extend(tolerances.iter().map(|one| one.metric.clone()));
    let runs = resolved(plan, &args.seed, args.replications, args.threads);
    let ran = run(args, &entrants, &runs, &extra)?;
    let (first, rest) = ran.split_first().expect("as many as entered");
    let shown = shown(first, rest, &asked);
    let confidence = confidence(others.len());
    let pairs = others.iter().zip(rest);
    let comparison = |(entrant, contestant): (&Entrant, &Contestant<'_>)| {
        let apart = apart(&runs, (base, first), (entrant, contestant))?;
        Ok(Comparison::of(first, contestant, apart, &shown, &tolerances, confidence))
    };
    let comparisons = pairs.map(comparison).collect::<Result<Vec<_>, Error>>()?;
    let compared = Compared {
        base: base.name.clone(),
        identity: (plan.hash.clone(), first.collected.digest),
        currency: plan.currency.clone(),
        window: (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon)),
        seed: runs.seed,
        ties: ties(&args.seed, runs.seed),
        replications: runs.replications.end,
        confidence,
        shown,
        comparisons,
        command: command(args, &runs),
    };
    page.put(|| compare_page(&compared))?;
    write(args, &compared)?;
    Ok(verdict(&compared))
}

fn write(args: &CompareArgs, compared: &Compared) -> Result<(), Error> {
    let mut bytes = Vec::new();
    match args.format {
        ComparedFormat::Text => write_text(&mut bytes, compared, args.full),
        ComparedFormat::Json => write_json(&mut bytes, compared),
        ComparedFormat::Markdown => write_markdown(&mut bytes, compared),
    }
    .map_err(|error| Error::new("cannot compose the comparison").because(error))?;
    match args.format {
        ComparedFormat::Text => show(&String::from_utf8_lossy(&bytes), text::coloured),
        ComparedFormat::Json | ComparedFormat::Markdown => print(bytes),
    }
}

/// Whether more was lost than was said to be tolerated.
fn verdict(compared: &Compared) -> Exit {
    let judged = || compared.comparisons.iter().flat_map(|one| &one.judged);
    if judged().any(|one| one.holds == Some(false)) {
        Exit::Unmet
    } else if judged().all(|one| one.holds == Some(true)) {
        Exit::Held
    } else {
        Exit::Inconclusive
    }
}

/// Every scenario, then every variant of the first.
fn entrants(args: &CompareArgs) -> Result<Vec<Entrant>, Error> {
    if args.scenarios.len() + args.variants.len() < 2 {
        return Err(Error::new("there is nothing to compare with").hint(
            "name a second scenario, or a variant such as \
             --variant \"earlier: controller.nightly.lead=10m\"",
        ));
    }
    if args.scenarios.iter().filter(|path| *path == "-").count() > 1 {
        return Err(Error::new("standard input can be read once"));
    }
    let named = |scenario: &String, name: String, sets: Vec<String>| -> Result<Entrant, Error> {
        let sets = args.sets.iter().cloned().chain(sets).collect();
        let scenario = ScenarioArgs { scenario: scenario.clone(), sandbox: args.sandbox, sets };
        let loaded = load(&scenario)?;
        Ok(Entrant { name, scenario, loaded })
    };
    let mut all = Vec::new();
    for path in &args.scenarios {
        all.push(named(path, stem(path, &args.scenarios), Vec::new())?);
    }
    if !args.variants.is_empty() && args.scenarios[0] == "-" {
        return Err(Error::new("a variant of standard input would read it twice")
            .hint("write the scenario to a file"));
    }
    for text in &args.variants {
        let Variant::Named { name, sets } = variant(text)? else {
            return Err(Error::new(format!("--variant {text:?}: a scenario of its own"))
                .hint("name it beside the first one, without --variant"));
        };
        all.push(named(&args.scenarios[0], name, sets)?);
    }
    let mut names = BTreeSet::new();
    match all.iter().find(|one| !names.insert(one.name.as_str())) {
        Some(twice) => Err(Error::new(format!("two are called `{}`", twice.name))
            .hint("give each variant a name of its own")),
        None => Ok(all),
    }
}

/// The file's name without its end; the path, where two files have one name.
fn stem(path: &str, all: &[String]) -> String {
    let of = |path: &str| {
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        file.strip_suffix(".toml").unwrap_or(file).to_owned()
    };
    let own = of(path);
    match all.iter().filter(|other| of(other) == own).count() {
        0 | 1 => own,
        _ => path.to_owned(),
    }
}

/// Whether replication r of both is about the same days and in the same money.
///
/// # Errors
/// If it is not, with what is otherwise in both.
pub fn comparable(
    (base, plan): (&str, &Plan),
    (other, others): (&str, &Plan),
) -> Result<(), Error> {
    let of = |plan: &Plan| {
        let at = |time: SimTime| plan.clock.format(time);
        [
            ("currency", plan.currency.clone()),
            ("clock.timezone", plan.clock.zone().name().to_owned()),
            ("clock.start", at(SimTime::ZERO)),
            ("clock.warm_up", at(plan.warm_up)),
            ("clock.length", at(plan.horizon)),
        ]
    };
    let (own, others) = (of(plan), of(others));
    match own.iter().zip(&others).find(|(own, others)| own != others) {
        None => Ok(()),
        Some(((what, own), (_, others))) => Err(Error::new(format!(
            "{base} and {other} cannot be compared: {what} is {own} and {others}"
        ))
        .hint("scenarios that are compared have one currency and one clock; --set changes all")),
    }
}

/// The metric of this name, which the scenario has.
///
/// # Errors
/// If there is none, with what may have been meant, or it is of a service that is not there.
pub fn metric(flag: &str, name: &str, plan: &Plan) -> Result<Metric, Error> {
    let name = name.trim();
    let unknown = || Error::new(format!("{flag}: unknown metric `{name}`"));
    let metric = Metric::parse(name).ok_or_else(|| unknown().hint(scenario::metric_hint(name)))?;
    if let Metric::Service(service, _) = &metric
        && plan.services.iter().all(|one| one.name != *service)
    {
        return Err(unknown().because(format!("the scenario has no service `{service}`")));
    }
    Ok(metric)
}

/// `METRIC: VALUE`.
fn tolerance(text: &str, plan: &Plan) -> Result<Tolerance, Error> {
    let currency = &plan.currency;
    let malformed = |what: String| {
        Error::new(format!("--tolerance {text:?}: {what}"))
            .hint("such as \"saving.net: 500\" or \"start.due_to_ready.p99: 30s\"")
    };
    let (name, value) =
        text.split_once(':').ok_or_else(|| malformed("no value after a colon".to_owned()))?;
    let metric = metric("--tolerance", name, plan)?;
    let value = value.trim();
    if let (Unit::Money, Some(other)) = (metric.unit(), value.split(' ').nth(1))
        && other != currency.as_str()
    {
        return Err(malformed(format!("{other} in scenarios in {currency}")));
    }
    let allowed = metric.unit().read(value);
    let allowed = allowed
        .map_err(|error| malformed(format!("{}, expected {}", error.problem, error.expected)))?;
    if allowed < 0 {
        return Err(malformed("a loss below nothing is a gain".to_owned()));
    }
    Tolerance::new(text.to_owned(), metric, allowed).map_err(|error| malformed(error.to_string()))
}

/// Which runs of each scenario, from flags and the first of them.
pub fn resolved(
    plan: &Plan,
    seeds: &SeedArgs,
    replications: Option<u32>,
    threads: Option<u32>,
) -> Runs {
    let seed = seeds.seed.or(plan.run.seed).unwrap_or(1);
    let least = plan.run.replications.max(REPLICATIONS_LEAST);
    let threads = threads.or(plan.run.threads);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Runs {
        seed,
        ties: seeds.ties(seed),
        replications: 0..replications.unwrap_or(least),
        threads: threads.map_or_else(cores, |threads| threads as usize),
        until_event: None,
    }
}

fn run<'e>(
    args: &CompareArgs,
    entrants: &'e [Entrant],
    runs: &Runs,
    asked: &[Metric],
) -> Result<Vec<Contestant<'e>>, Error> {
    let replications = runs.replications.end;
    let all = entrants.len() as u64 * u64::from(replications);
    let horizon = entrants[0].loaded.plan.horizon;
    let trials = Trials::new(&args.seed, Cache::open(&args.cache)?, asked, all, horizon);
    let mut ran = Vec::new();
    for entrant in entrants {
        let plan = &entrant.loaded.plan;
        let mut trial = trials.trial(entrant.scenario.clone(), plan, runs);
        trials.extend(&mut trial, plan, replications)?;
        ran.push(trial.gathered().finish(entrant.name.clone(), plan));
    }
    trials.end();
    Ok(ran)
}

/// What two of them say and do otherwise.
fn apart(
    runs: &Runs,
    (base, first): (&Entrant, &Contestant<'_>),
    (other, contestant): (&Entrant, &Contestant<'_>),
) -> Result<Apart, Error> {
    let changes = scenario::differences(&base.loaded, &other.loaded).into_iter();
    let changes = changes.map(|one| Change {
        is_environment: one.part() == Part::Environment,
        path: one.path,
        base: one.base,
        other: one.other,
    });
    let divergence = match changed(first, contestant).first() {
        Some(replication) => {
            let plans = [&base.loaded.plan, &other.loaded.plan];
            first_divergence(plans, runs, *replication)?
        }
        None => None,
    };
    let environments = (scenario::environment(&base.loaded), scenario::environment(&other.loaded));
    Ok(Apart { changes: changes.collect(), environments, divergence })
}

/// The line that gives the same bytes again.
fn command(args: &CompareArgs, runs: &Runs) -> String {
    let first = ScenarioArgs {
        scenario: args.scenarios[0].clone(),
        sandbox: args.sandbox,
        sets: args.sets.clone(),
    };
    let mut words = vec!["stopsim".to_owned(), "compare".to_owned()];
    let mut identity = identity(&first, runs.seed, &args.seed).into_iter();
    words.extend(identity.next());
    words.extend(args.scenarios.iter().skip(1).cloned());
    for text in &args.variants {
        words.extend(["--variant".to_owned(), text.clone()]);
    }
    words.extend(identity);
    words.extend(["--replications".to_owned(), runs.replications.end.to_string()]);
    let flags = [("--metric", &args.metrics), ("--tolerance", &args.tolerances)];
    for (flag, texts) in flags {
        words.extend(texts.iter().flat_map(|text| [flag.to_owned(), text.clone()]));
    }
    line(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_paths() {
        let all = ["a/x.toml", "b/x.toml", "y.toml"].map(str::to_owned);
        assert_eq!(
            all.iter().map(|p| stem(p, &all)).collect::<Vec<_>>(),
            ["a/x.toml", "b/x.toml", "y"]
        );
    }
}
