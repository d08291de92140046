//! `sweep`: many settings of a scenario under the same luck.

mod asked;

use std::collections::BTreeSet;

use crate::replicate::{self, Runs};
use crate::report::html::sweep_page;
use crate::report::provenance::{Provenance, Subject};
use crate::report::sweep::{
    AS_IS, Point, Precise, Swept, tells_apart, write_csv, write_json, write_ndjson, write_text,
};
use crate::report::text;
use crate::report::until::{Reached, Until};
use crate::sim::metric::Metric;
use crate::sim::plan::Plan;

use super::args::{ScenarioArgs, SweepArgs, SweepFormat};
use super::cache::Cache;
use super::compare::{comparable, metric, resolved};
use super::exit::{Error, Exit};
use super::html;
use super::scenario::{identity, line, load, ties};
use super::stdout::{print, show};
use super::trials::{Trial, Trials};
use super::until;
use super::vary::{Varied, exclude, points, scenario_at};

use asked::Asked;

/// Always beside the objective and the promise.
const FIGURES: [&str; 8] = [
    "saving.net",
    "restart.good_waves",
    "saving.policy_cost",
    "unavailable.hours",
    "restart.up_at_15m.mean",
    "restart.up_at_15m.worst",
    "restart.never",
    "start.due_to_ready.p99",
];

/// Runs every point, and tells them apart.
///
/// # Errors
/// If a point is no sound scenario, there are too many, or time does not go on.
pub fn sweep(args: &SweepArgs) -> Result<Exit, Error> {
    if args.scenario.scenario == "-" {
        return Err(Error::new("standard input can be read once, and every point is a scenario")
            .hint("write the scenario to a file"));
    }
    let page = html::claim(&args.page)?;
    let base = load(&args.scenario)?;
    let asked = Asked::of(args, base.sweep.as_ref());
    let axes = asked.axes()?;
    let seed = resolved(&base.plan, &args.seed, args.replications, args.threads).seed;
    let grid = exclude(&axes, points(&axes, asked.design(seed)?)?, &asked.exclude)?;
    let first = load(&scenario_at(&args.scenario, &axes, &grid[0]))?;
    let until = asked.until(&first.plan)?;
    let (objective, promise, metrics) = metrics(&asked, until.as_ref(), &first.plan)?;
    let mut sweeping = Sweeping {
        args,
        axes,
        runs: resolved(&first.plan, &args.seed, args.replications, args.threads),
        asked,
        grid,
        metrics,
    };
    let tried = sweeping.run(&first.plan, until.as_ref())?;
    let plan = &first.plan;
    let Sweeping { axes, asked, metrics, runs, .. } = sweeping;
    let missed = tried.iter().filter(|one| one.reached != Reached::Yes).count();
    // A variant may rest on more than the scenario does.
    let is_assumed = |place: usize| tried.iter().any(|one| one.assumed[place]);
    let assumed = (0..metrics.len()).map(is_assumed).collect();
    let mut swept = Swept {
        name: plan.name.clone(),
        axes: axes.into_iter().map(|axis| axis.path).collect(),
        objective,
        promise,
        assumed,
        metrics,
        points: tried.into_iter().map(|one| one.point).collect(),
        currency: plan.currency.clone(),
        window: (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon)),
        seed: runs.seed,
        ties: ties(&args.seed, runs.seed),
        replications: runs.replications.end,
        until: until.map(|until| Precise { text: until.text, missed, at_most: args.until.at_most }),
        command: command(args, &asked, &runs),
    };
    swept.judge();
    page.put(|| sweep_page(&swept))?;
    write(args, &swept)?;
    Ok(if missed > 0 { Exit::Inconclusive } else { Exit::Held })
}

/// A sweep under way.
struct Sweeping<'a> {
    args: &'a SweepArgs,
    axes: Vec<Varied>,
    asked: Asked,
    grid: Vec<Vec<String>>,
    metrics: Vec<Metric>,
    runs: Runs,
}

/// A point that was run.
struct Tried {
    point: Point,
    /// Which metrics rest on an assumed input of its scenario.
    assumed: Vec<bool>,
    /// Whether its replications are enough.
    reached: Reached,
}

impl Sweeping<'_> {
    /// What became of every point.
    fn run(&mut self, base: &Plan, until: Option<&Until>) -> Result<Vec<Tried>, Error> {
        let (args, most) = (self.args, self.args.until.at_most);
        if until.is_some() {
            let first = args.replications.unwrap_or(self.runs.replications.end);
            self.runs.replications = 0..until::first_look(&args.until, first);
        }
        let all = self.grid.len() as u64 * u64::from(self.runs.replications.end);
        let cache = Cache::open(&args.cache)?;
        let trials = Trials::new(&args.seed, cache, &self.metrics, all, base.horizon);
        loop {
            let tried = self.run_all(base, until, &trials)?;
            let looks = tried.iter().filter_map(|one| match one.reached {
                Reached::Yes => None,
                Reached::No(next) => Some(next),
            });
            match looks.max() {
                Some(next) if self.runs.replications.end < most => {
                    self.runs.replications = 0..next.min(most);
                }
                Some(_) | None => {
                    trials.end();
                    return Ok(tried);
                }
            }
        }
    }

    /// Every point after as many replications.
    fn run_all(
        &self,
        base: &Plan,
        until: Option<&Until>,
        trials: &Trials<'_>,
    ) -> Result<Vec<Tried>, Error> {
        let (runs, metrics) = (&self.runs, &self.metrics);
        let replications = runs.replications.end;
        let tried = |values: &[String], plan: &Plan, trial: &Trial| {
            let collected = trial.gathered().collected(plan);
            let reached = until.map_or(Reached::Yes, |until| until.reached(&collected));
            let provenance = Provenance::of(plan);
            let rests = |metric: &Metric| provenance.marks(Subject::of_metric(metric));
            Tried {
                point: Point::of(told(values), &plan.hash, &collected, metrics),
                assumed: metrics.iter().map(rests).collect(),
                reached,
            }
        };
        // Every point is read before any is run: a mistake is told before it has cost anything.
        let read = |values: &Vec<String>| -> Result<Option<Tried>, Error> {
            let plan = load(&self.scenario(values))?.plan;
            let names = [&self.grid[0], values].map(|values| told(values).join(", "));
            comparable((&names[0], base), (&names[1], &plan))?;
            let mut trial = trials.trial(self.scenario(values), &plan, runs);
            let is_known = trials.recall(&mut trial, replications);
            Ok(is_known.then(|| tried(values, &plan, &trial)))
        };
        let points = replicate::in_order(runs.threads, &self.grid, read)?;
        let mut points = points.into_iter().collect::<Result<Vec<_>, Error>>()?;
        for (values, known) in
            self.grid.iter().zip(&mut points).filter(|(_, known)| known.is_none())
        {
            let plan = load(&self.scenario(values))?.plan;
            let mut trial = trials.trial(self.scenario(values), &plan, runs);
            trials.extend(&mut trial, &plan, replications)?;
            *known = Some(tried(values, &plan, &trial));
        }
        Ok(points.into_iter().flatten().collect())
    }

    fn scenario(&self, values: &[String]) -> ScenarioArgs {
        scenario_at(&self.args.scenario, &self.axes, values)
    }
}

/// What each axis is set to, for people.
fn told(values: &[String]) -> Vec<String> {
    let one = |value: &String| if value.is_empty() { AS_IS.to_owned() } else { value.clone() };
    values.iter().map(one).collect()
}

/// The objective, the promise, and every figure of a point, of which these two come first.
fn metrics(
    asked: &Asked,
    until: Option<&Until>,
    plan: &Plan,
) -> Result<(Metric, Metric, Vec<Metric>), Error> {
    let objective = apart("--objective", &asked.objective, plan)?;
    let promise = apart("--promise", &asked.promise, plan)?;
    if objective == promise {
        return Err(Error::new("the objective and the promise are the same figure"));
    }
    let mut metrics = vec![objective.clone(), promise.clone()];
    let always = FIGURES.iter().map(|name| Metric::parse(name).expect("a metric"));
    metrics.extend(always);
    for name in &asked.metrics {
        metrics.push(metric("--metric", name, plan)?);
    }
    metrics.extend(until.map(|until| until.metric.clone()));
    let mut seen = BTreeSet::new();
    metrics.retain(|metric| seen.insert(metric.clone()));
    Ok((objective, promise, metrics))
}

/// A metric that points can be told apart by.
fn apart(flag: &str, name: &str, plan: &Plan) -> Result<Metric, Error> {
    let metric = metric(flag, name, plan)?;
    tells_apart(&metric).map_err(|error| Error::new(format!("{flag}: {error}")))?;
    Ok(metric)
}

fn write(args: &SweepArgs, swept: &Swept) -> Result<(), Error> {
    let mut bytes = Vec::new();
    match args.format {
        SweepFormat::Text => write_text(&mut bytes, swept, args.full),
        SweepFormat::Csv => write_csv(&mut bytes, swept),
        SweepFormat::Ndjson => write_ndjson(&mut bytes, swept),
        SweepFormat::Json => write_json(&mut bytes, swept),
    }
    .map_err(|error| Error::new("cannot compose the table of points").because(error))?;
    match args.format {
        SweepFormat::Text => show(&String::from_utf8_lossy(&bytes), text::coloured),
        SweepFormat::Csv | SweepFormat::Ndjson | SweepFormat::Json => print(bytes),
    }
}

/// The line that gives the same bytes again.
fn command(args: &SweepArgs, asked: &Asked, runs: &Runs) -> String {
    let mut words = vec!["stopsim".to_owned(), "sweep".to_owned()];
    let mut identity = identity(&args.scenario, runs.seed, &args.seed).into_iter();
    words.extend(identity.next());
    words.extend(asked.of_points());
    words.extend(identity);
    match &asked.until {
        Some(text) => words.extend(until::words(text, &args.until, args.replications)),
        None => words.extend(["--replications".to_owned(), runs.replications.end.to_string()]),
    }
    words.extend(asked.of_figures());
    line(words)
}
