//! `plan`: the best setting that keeps a promise.

use crate::replicate::Runs;
use crate::report::collected::Collected;
use crate::report::estimate::Estimate;
use crate::report::html::plan_page;
use crate::report::measure::Observed;
use crate::report::planning::{
    Fate, Found, Fresh, Heard, Kept, Planned, Promise, Rules, Search, Setting, Strategy, What,
    bounds, figures, is_mean, objective, together, write_json, write_text,
};
use crate::report::provenance::{Provenance, Subject};
use crate::report::text;
use crate::sim::metric::{Metric, PERCENT, Unit};
use crate::sim::plan::{Expectation, Plan};
use crate::stats::Lack;
use crate::units::Ratio;

use super::args::{PlanArgs, PlanFormat, ScenarioArgs};
use super::cache::Cache;
use super::compare::{comparable, metric, resolved};
use super::exit::{Error, Exit};
use super::html;
use super::scenario::{identity, line, load, ties};
use super::stdout::{print, show};
use super::trials::{Trial, Trials};
use super::vary::{Design, Varied, points, scenario_at};

/// What confidences there are, in millionths of a percent: below, an answer is a guess.
const CONFIDENCES: std::ops::RangeInclusive<i128> = 80 * PERCENT..=99_990_000;

/// Searches, runs the answer again with a fresh seed, and prints it.
///
/// # Errors
/// If a setting is no sound scenario, the promise cannot be shown, or time does not go on.
pub fn plan(args: &PlanArgs) -> Result<Exit, Error> {
    let page = html::claim(&args.page)?;
    let asked = Asked::read(args)?;
    let cache = Cache::open(&args.cache)?;
    let (metrics, foreseen) = (asked.metrics(), asked.foreseen());
    let trials = Trials::new(&args.seed, cache, &metrics, foreseen, asked.base.horizon);
    let (search, settings) = asked.search(&trials)?;
    let found = search.found().map_err(|error| {
        let shown = |place: usize| asked.grid[place].join(", ");
        Error::new(format!(
            "--monotone: {} is better at {} than at {}",
            asked.objective.name(),
            shown(error.dearer),
            shown(error.cheaper),
        ))
        .because("it does not go one way along the knob")
        .hint("leave out --monotone: then every setting is looked at")
    })?;
    let replications = match found {
        Found::Best { point, .. } => search.replications(point),
        Found::Nothing { .. } => 0,
    };
    let fresh = asked.fresh(&trials, &search, found, replications)?;
    trials.end();
    let plan = &asked.base;
    let provenance = Provenance::of(plan);
    let rests = |metric: &Metric| provenance.marks(Subject::of_metric(metric));
    let planned = Planned {
        name: plan.name.clone(),
        knobs: asked.axes.iter().map(|axis| axis.path.clone()).collect(),
        assumed: asked.metrics().iter().map(rests).collect(),
        objective: asked.objective.clone(),
        promises: asked.promises.clone(),
        strategy: asked.strategy,
        confidence: asked.confidence,
        settings,
        found,
        fresh,
        fresh_runs: (replications, asked.fresh_seed()),
        currency: plan.currency.clone(),
        window: (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon)),
        seed: asked.runs.seed,
        ties: ties(&args.seed, asked.runs.seed),
        command: asked.command(),
        answer_command: asked.answer_command(found, replications),
    };
    page.put(|| plan_page(&planned))?;
    write(args, &planned)?;
    if !planned.contradicted().is_empty() {
        return Ok(Exit::Inconclusive);
    }
    Ok(match found {
        Found::Nothing { .. } => Exit::Unmet,
        Found::Best { is_told_apart: false, .. } => Exit::Inconclusive,
        Found::Best { is_told_apart: true, .. } => Exit::Held,
    })
}

/// What came of a setting with a fresh seed.
struct Tried {
    hash: String,
    collected: Collected,
}

/// What is asked for, read and found sound.
struct Asked<'a> {
    args: &'a PlanArgs,
    axes: Vec<Varied>,
    grid: Vec<Vec<String>>,
    /// Of the first setting.
    base: Plan,
    objective: Metric,
    is_maximised: bool,
    promises: Vec<Promise>,
    strategy: Strategy,
    confidence: Ratio,
    looks: Vec<u32>,
    runs: Runs,
}

impl<'a> Asked<'a> {
    fn read(args: &'a PlanArgs) -> Result<Asked<'a>, Error> {
        if args.scenario.scenario == "-" {
            return Err(Error::new(
                "standard input can be read once, and every setting is a scenario",
            )
            .hint("write the scenario to a file"));
        }
        let axes = args.knobs.iter().map(|text| Varied::read("--knob", text));
        let axes = axes.collect::<Result<Vec<_>, _>>()?;
        if args.monotone && axes.len() > 1 {
            return Err(Error::new("--monotone is about one knob")
                .hint("leave it out: then every setting is looked at"));
        }
        let grid = points(&axes, Design::Grid)?;
        // Every setting is read before any is run: a mistake is told before it has cost anything.
        let base = load(&scenario(args, &axes, &grid[0], true))?.plan;
        for values in grid.iter().skip(1) {
            let names = (&*grid[0].join(", "), &*values.join(", "));
            let other = load(&scenario(args, &axes, values, true))?.plan;
            comparable((names.0, &base), (names.1, &other))?;
        }
        let (flag, name, is_maximised) = match (&args.minimise, &args.maximise) {
            (Some(name), _) => ("--minimise", name.as_str(), false),
            (None, Some(name)) => ("--maximise", name.as_str(), true),
            (None, None) => ("--maximise", "saving.net", true),
        };
        let objective = metric(flag, name, &base)?;
        if !is_mean(&objective) {
            return Err(Error::new(format!(
                "{flag}: `{}` is no mean over replications",
                objective.name()
            ))
            .hint("money, hours and counts are; put the others into --subject-to"));
        }
        let promises = promises(args, &base)?;
        let confidence = confidence(&args.confidence)?;
        let strategy = strategy(args, &objective, &base)?;
        let runs = resolved(&base, &args.seed, args.replications, args.threads);
        let looks = looks(args.replications.unwrap_or(runs.replications.end), args.at_most)?;
        let asked = Asked {
            args,
            axes,
            grid,
            base,
            objective,
            is_maximised,
            promises,
            strategy,
            confidence,
            looks,
            runs,
        };
        let one_sided = asked.new_search().one_sided();
        for promise in &asked.promises {
            promise.can_be_shown(args.at_most, one_sided).map_err(|error| {
                Error::new(format!("--subject-to {:?}: {error}", promise.text))
                    .hint("raise --at-most or --margin, or lower the promise or --confidence")
            })?;
        }
        Ok(asked)
    }

    fn new_search(&self) -> Search {
        let (strategy, confidence) = (self.strategy, self.confidence);
        let promises = self.promises.len();
        let rules = Rules { strategy, looks: self.looks.clone(), confidence, promises };
        Search::new(self.grid.len(), rules)
    }

    /// The objective, and each promise.
    fn metrics(&self) -> Vec<Metric> {
        let promises = self.promises.iter().map(|one| one.metric.clone());
        std::iter::once(self.objective.clone()).chain(promises).collect()
    }

    /// About how many runs it takes.
    fn foreseen(&self) -> u64 {
        let settings = match self.strategy {
            Strategy::Bisection => 3 + u64::from(self.grid.len().next_power_of_two().ilog2()),
            Strategy::Selection(_) => self.grid.len() as u64,
        };
        (settings + 3) * u64::from(self.looks[0])
    }

    /// Runs what the search asks for, until it asks no more.
    fn search(&self, trials: &Trials<'_>) -> Result<(Search, Vec<Setting>), Error> {
        let mut search = self.new_search();
        let one_sided = search.one_sided();
        let mut under_way: Vec<Option<Trial>> = self.grid.iter().map(|_| None).collect();
        let mut settings: Vec<Setting> = self.grid.iter().map(|values| not_run(values)).collect();
        while let Some((points, replications)) = search.next() {
            for point in points {
                let scenario = self.scenario(&self.grid[point]);
                let plan = load(&scenario)?.plan;
                let begin = || trials.trial(scenario, &plan, &self.runs);
                let mut trial = under_way[point].take().unwrap_or_else(begin);
                trials.extend(&mut trial, &plan, replications)?;
                let collected = trial.gathered().collected(&plan);
                let kept = |one: &Promise| one.kept(&collected, one_sided);
                let kept: Vec<Kept> = self.promises.iter().map(kept).collect();
                self.is_modelled(&kept)?;
                let estimates = figures(&self.metrics(), &collected);
                let setting = &mut settings[point];
                setting.observed = estimates.iter().flatten().map(|one| one.observed).collect();
                setting.is_alike = kept.iter().any(|one| one.is_alike);
                let heard = Heard {
                    side: together(kept.iter().map(|one| one.side)),
                    values: objective(&self.objective, self.is_maximised, &collected),
                    kept: self.promises[0].rank(kept[0].estimate.observed),
                };
                search.take(point, heard);
                // What a cache keeps need not be in memory.
                under_way[point] = (!trials.are_kept()).then_some(trial);
            }
            // What is decided is not run any further.
            for (point, trial) in under_way.iter_mut().enumerate() {
                if matches!(search.fate(point), Fate::Misses | Fate::Behind(_)) {
                    *trial = None;
                }
            }
        }
        for (point, setting) in settings.iter_mut().enumerate() {
            (setting.fate, setting.replications) = (search.fate(point), search.replications(point));
        }
        Ok((search, settings))
    }

    /// Whether the scenario models what is promised.
    fn is_modelled(&self, kept: &[Kept]) -> Result<(), Error> {
        let not = |(_, one): &(&Promise, &Kept)| one.estimate.observed == Observed::NotModelled;
        match self.promises.iter().zip(kept).find(not) {
            None => Ok(()),
            Some((promise, _)) => {
                let what = format!("--subject-to {:?}: it is not modelled", promise.text);
                Err(Error::new(what).because("stock is unlimited"))
            }
        }
    }

    /// The answer with a fresh seed, and what stands beside it.
    fn fresh(
        &self,
        trials: &Trials<'_>,
        search: &Search,
        found: Found,
        replications: u32,
    ) -> Result<Vec<Fresh>, Error> {
        let Found::Best { point, next, .. } = found else { return Ok(Vec::new()) };
        let runs = Runs { seed: self.fresh_seed(), ..self.runs.clone() };
        let run = |scenario: ScenarioArgs| -> Result<Tried, Error> {
            let plan = load(&scenario)?.plan;
            let mut trial = trials.trial(scenario, &plan, &runs);
            trials.extend(&mut trial, &plan, replications)?;
            Ok(Tried { hash: plan.hash.clone(), collected: trial.gathered().collected(&plan) })
        };
        let tell = |what: What, values: &[String], tried: &Tried| Fresh {
            what,
            values: values.to_vec(),
            figures: figures(&self.metrics(), &tried.collected),
            identity: Some((tried.hash.clone(), tried.collected.digest)),
        };
        let answer = run(self.scenario(&self.grid[point]))?;
        let mut all = vec![tell(What::Answer, &self.grid[point], &answer)];
        let steps = self.steps(point).into_iter().filter(|(_, step)| {
            matches!(search.fate(*step), Fate::Misses | Fate::Open) && Some(*step) != next
        });
        let others = next.map(|next| (What::Next, next)).into_iter();
        let others = others.chain(steps.map(|(knob, step)| (What::StepOf(knob), step)));
        for (what, place) in others {
            all.push(tell(what, &self.grid[place], &run(self.scenario(&self.grid[place]))?));
        }
        for (what, bound) in [What::NeverStop, What::Bound]
            .into_iter()
            .zip(bounds(&self.objective, &answer.collected))
        {
            let Some(observed) = bound else { continue };
            let mut figures = vec![Some(Estimate { observed, interval: Err(Lack::Nothing) })];
            figures.extend(self.promises.iter().map(|_| None));
            all.push(Fresh { what, values: Vec::new(), figures, identity: None });
        }
        let mut keeping = self.scenario(&self.grid[point]);
        keeping.sets.push("controller.*.stop.mode=KeepCharging".to_owned());
        // Controllers that stop nothing take no mode.
        if load(&keeping).is_ok_and(|loaded| loaded.plan.hash != answer.hash) {
            all.push(tell(What::KeepCharging, &[], &run(keeping)?));
        }
        Ok(all)
    }

    /// The settings one step away along each knob.
    fn steps(&self, point: usize) -> Vec<(usize, usize)> {
        let (mut stride, mut all) = (1, Vec::new());
        for (knob, axis) in self.axes.iter().enumerate().rev() {
            let at = point / stride % axis.values.len();
            all.extend((at > 0).then(|| (knob, point - stride)));
            all.extend((at + 1 < axis.values.len()).then(|| (knob, point + stride)));
            stride *= axis.values.len();
        }
        all
    }

    /// Of the runs that the search has never seen.
    fn fresh_seed(&self) -> u64 {
        self.runs.seed.wrapping_add(1)
    }

    fn scenario(&self, values: &[String]) -> ScenarioArgs {
        scenario(self.args, &self.axes, values, true)
    }

    /// The line that gives the same bytes again.
    fn command(&self) -> String {
        let args = self.args;
        let mut words = vec!["stopsim".to_owned(), "plan".to_owned()];
        let mut identity = identity(&args.scenario, self.runs.seed, &args.seed).into_iter();
        words.extend(identity.next());
        let mut flag = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
        args.knobs.iter().for_each(|text| flag("--knob", text));
        let objective = self.objective.name();
        flag(if self.is_maximised { "--maximise" } else { "--minimise" }, &objective);
        args.subject_to.iter().for_each(|text| flag("--subject-to", text));
        flag("--confidence", &args.confidence);
        args.margins.iter().for_each(|text| flag("--margin", text));
        args.indifference.iter().for_each(|text| flag("--indifference", text));
        flag("--replications", &self.looks[0].to_string());
        flag("--at-most", &args.at_most.to_string());
        words.extend(args.monotone.then(|| "--monotone".to_owned()));
        words.extend(identity);
        line(words)
    }

    fn answer_command(&self, found: Found, replications: u32) -> Option<String> {
        let Found::Best { point, .. } = found else { return None };
        let scenario = scenario(self.args, &self.axes, &self.grid[point], false);
        let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
        words.extend(identity(&scenario, self.fresh_seed(), &self.args.seed));
        words.extend(["--replications".to_owned(), replications.to_string()]);
        Some(line(words))
    }
}

fn not_run(values: &[String]) -> Setting {
    Setting {
        values: values.to_vec(),
        fate: Fate::NotRun,
        replications: 0,
        observed: Vec::new(),
        is_alike: false,
    }
}

/// A setting; with `is_judged` it expects what is promised, so that its runs are asked for it.
fn scenario(args: &PlanArgs, axes: &[Varied], values: &[String], is_judged: bool) -> ScenarioArgs {
    let promises: Vec<String> = args
        .subject_to
        .iter()
        .map(|text| serde_json::Value::from(text.as_str()).to_string())
        .collect();
    let promised = is_judged.then(|| format!("expect=[{}]", promises.join(", ")));
    let mut point = scenario_at(&args.scenario, axes, values);
    point.sets.extend(promised);
    point
}

/// What the scenario expects for now, each with its margin.
fn promises(args: &PlanArgs, plan: &Plan) -> Result<Vec<Promise>, Error> {
    if args.margins.len() > plan.expectations.len() {
        return Err(Error::new("there are more margins than promises")
            .hint("each --subject-to may have one --margin, in the same order"));
    }
    let of = |(place, expectation): (usize, &Expectation)| {
        let metric = Metric::parse(&expectation.metric).expect("the scenario knows its metrics");
        let margin = args.margins.get(place).map(|text| amount("--margin", text, &metric, plan));
        let promise = Promise::of(expectation, margin.transpose()?);
        promise.map_err(|error| Error::new(format!("--subject-to {:?}: {error}", expectation.text)))
    };
    plan.expectations.iter().enumerate().map(of).collect()
}

fn confidence(text: &str) -> Result<Ratio, Error> {
    let wrong = || Error::new(format!("--confidence {text:?}: expected 80% to 99.99%"));
    let millionths = Unit::Percent.read(text).map_err(|_| wrong())?;
    if !CONFIDENCES.contains(&millionths) {
        return Err(wrong());
    }
    let of = |number: i128| u64::try_from(number).map_err(|_| wrong());
    Ok(Ratio::new(of(millionths)?, of(100 * PERCENT)?))
}

fn strategy(args: &PlanArgs, objective: &Metric, plan: &Plan) -> Result<Strategy, Error> {
    if args.monotone {
        return Ok(Strategy::Bisection);
    }
    let example = format!("such as --indifference \"500 {}\"", plan.currency);
    let Some(text) = &args.indifference else {
        return Err(Error::new("--indifference is missing").hint(format!(
            "say which difference of {} does not matter, {example}; or, of one knob along which \
             both figures go one way, --monotone",
            objective.name(),
        )));
    };
    match amount("--indifference", text, objective, plan)? {
        some @ 1.. => Ok(Strategy::Selection(some)),
        _ => {
            Err(Error::new("--indifference: every difference matters then, and none is ever told")
                .hint(example))
        }
    }
}

/// An amount in the unit of a metric.
fn amount(flag: &str, text: &str, metric: &Metric, plan: &Plan) -> Result<i128, Error> {
    let malformed = |what: String| Error::new(format!("{flag} {text:?}: {what}"));
    if let (Unit::Money, Some(other)) = (metric.unit(), text.trim().split(' ').nth(1))
        && other != plan.currency.as_str()
    {
        return Err(malformed(format!("{other} in a scenario in {}", plan.currency)));
    }
    let read = metric.unit().read(text.trim());
    read.map_err(|error| malformed(format!("{}, expected {}", error.problem, error.expected)))
}

/// After how many replications a setting is judged: twice as many each time.
fn looks(first: u32, most: u32) -> Result<Vec<u32>, Error> {
    if first > most {
        return Err(Error::new(format!(
            "--at-most {most}: the first look has {first} replications"
        )));
    }
    let next = |last: &u32| last.checked_mul(2).filter(|next| *next <= most);
    let mut looks: Vec<u32> = std::iter::successors(Some(first), next).collect();
    looks.extend((looks.last() != Some(&most)).then_some(most));
    Ok(looks)
}

fn write(args: &PlanArgs, planned: &Planned) -> Result<(), Error> {
    let mut bytes = Vec::new();
    match args.format {
        PlanFormat::Text => write_text(&mut bytes, planned, args.full),
        PlanFormat::Json => write_json(&mut bytes, planned),
    }
    .map_err(|error| Error::new("cannot compose the plan").because(error))?;
    match args.format {
        PlanFormat::Text => show(&String::from_utf8_lossy(&bytes), text::coloured),
        PlanFormat::Json => print(bytes),
    }
}
