//! `sweep`: many settings of a scenario under the same luck.

use std::collections::BTreeSet;

use clap::ValueEnum as _;

use crate::replicate::{self, Runs};
use crate::report::html::sweep_page;
use crate::report::provenance::{Provenance, Subject};
use crate::report::sweep::{
    AS_IS, Point, Swept, tells_apart, write_csv, write_json, write_ndjson, write_text,
};
use crate::report::text;
use crate::world::metric::Metric;
use crate::world::plan::Plan;

use super::args::{DesignName, ScenarioArgs, SweepArgs, SweepFormat};
use super::cache::Cache;
use super::compare::{comparable, metric, resolved};
use super::exit::{Error, Exit};
use super::html;
use super::scenario::{identity, line, load, ties};
use super::stdout::{print, show};
use super::trials::{Trial, Trials};
use super::vary::{Axis, Design, exclude, points, sets};

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
    let axes = args.vary.iter().map(|text| Axis::read("--vary", text));
    let axes = axes.collect::<Result<Vec<_>, _>>()?;
    let grid = exclude(&axes, points(&axes, design(args)?)?, &args.exclude)?;
    let scenario = |values: &[String]| scenario(args, &axes, values);
    let first = load(&scenario(&grid[0]))?;
    let (objective, promise, metrics) = metrics(args, &first.plan)?;
    let runs = resolved(&first.plan, &args.seed, args.replications, args.threads);
    let replications = runs.replications.end;
    let all = grid.len() as u64 * u64::from(replications);
    let cache = Cache::open(&args.cache)?;
    let trials = Trials::new(&args.seed, cache, &metrics, all, first.plan.horizon);
    let point = |values: &[String], plan: &Plan, trial: &Trial| {
        let told = |value: &String| if value.is_empty() { AS_IS.to_owned() } else { value.clone() };
        let values = values.iter().map(told).collect();
        Point::of(values, &plan.hash, &trial.gathered().collected(plan), &metrics)
    };
    // Every point is read before any is run: a mistake is told before it has cost anything.
    let read = |values: &Vec<String>| -> Result<Option<Point>, Error> {
        let plan = load(&scenario(values))?.plan;
        comparable((&grid[0].join(", "), &first.plan), (&values.join(", "), &plan))?;
        let mut trial = trials.trial(scenario(values), &plan, &runs);
        let is_known = trials.recall(&mut trial, replications);
        Ok(is_known.then(|| point(values, &plan, &trial)))
    };
    let points = replicate::in_order(runs.threads, &grid, read)?;
    let mut points = points.into_iter().collect::<Result<Vec<_>, Error>>()?;
    for (values, known) in grid.iter().zip(&mut points).filter(|(_, known)| known.is_none()) {
        let plan = load(&scenario(values))?.plan;
        let mut trial = trials.trial(scenario(values), &plan, &runs);
        trials.extend(&mut trial, &plan, replications)?;
        *known = Some(point(values, &plan, &trial));
    }
    let points = points.into_iter().flatten().collect();
    trials.end();
    let plan = &first.plan;
    let provenance = Provenance::of(plan);
    let rests = |metric: &Metric| provenance.marks(Subject::of_metric(metric));
    let mut swept = Swept {
        name: plan.name.clone(),
        axes: axes.into_iter().map(|axis| axis.path).collect(),
        objective,
        promise,
        assumed: metrics.iter().map(rests).collect(),
        metrics,
        points,
        currency: plan.currency.clone(),
        window: (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon)),
        seed: runs.seed,
        ties: ties(&args.seed, runs.seed),
        replications: runs.replications.end,
        command: command(args, &runs),
    };
    swept.judge();
    page.put(|| sweep_page(&swept))?;
    write(args, &swept)?;
    Ok(Exit::Held)
}

/// The objective, the promise, and every figure of a point, of which these two come first.
fn metrics(args: &SweepArgs, plan: &Plan) -> Result<(Metric, Metric, Vec<Metric>), Error> {
    let objective = apart("--objective", &args.objective, plan)?;
    let promise = apart("--promise", &args.promise, plan)?;
    if objective == promise {
        return Err(Error::new("the objective and the promise are the same figure"));
    }
    let mut metrics = vec![objective.clone(), promise.clone()];
    let always = FIGURES.iter().map(|name| Metric::parse(name).expect("a metric"));
    metrics.extend(always);
    for name in &args.metrics {
        metrics.push(metric("--metric", name, plan)?);
    }
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

/// Which points are run.
fn design(args: &SweepArgs) -> Result<Design, Error> {
    match (args.design, args.points) {
        (DesignName::Grid, None) => Ok(Design::Grid),
        (DesignName::Zip, None) => Ok(Design::Zip),
        (DesignName::OneAtATime, None) => Ok(Design::OneAtATime),
        (DesignName::LatinHypercube, Some(count)) => {
            // The seed of the runs: the line that gives this again names it.
            let plan = load(&args.scenario)?.plan;
            let seed = resolved(&plan, &args.seed, args.replications, args.threads).seed;
            Ok(Design::LatinHypercube(count, seed))
        }
        (DesignName::LatinHypercube, None) => {
            Err(Error::new("a Latin hypercube has as many points as you say").hint("--points 100"))
        }
        (DesignName::Grid | DesignName::Zip | DesignName::OneAtATime, Some(_)) => {
            Err(Error::new("--points is for --design latin-hypercube"))
        }
    }
}

fn scenario(args: &SweepArgs, axes: &[Axis], values: &[String]) -> ScenarioArgs {
    let varied = sets(axes, values);
    ScenarioArgs {
        scenario: args.scenario.scenario.clone(),
        sandbox: args.scenario.sandbox,
        sets: args.scenario.sets.iter().cloned().chain(varied).collect(),
    }
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
fn command(args: &SweepArgs, runs: &Runs) -> String {
    let mut words = vec!["stopsim".to_owned(), "sweep".to_owned()];
    let mut identity = identity(&args.scenario, runs.seed, &args.seed).into_iter();
    words.extend(identity.next());
    for text in &args.vary {
        words.extend(["--vary".to_owned(), text.clone()]);
    }
    if args.design != DesignName::Grid {
        let name = args.design.to_possible_value().map(|value| value.get_name().to_owned());
        words.extend(["--design".to_owned(), name.unwrap_or_default()]);
    }
    if let Some(count) = args.points {
        words.extend(["--points".to_owned(), count.to_string()]);
    }
    words.extend(args.exclude.iter().flat_map(|text| ["--exclude".to_owned(), text.clone()]));
    words.extend(identity);
    words.extend(["--replications".to_owned(), runs.replications.end.to_string()]);
    words.extend(["--objective".to_owned(), args.objective.clone()]);
    words.extend(["--promise".to_owned(), args.promise.clone()]);
    words.extend(args.metrics.iter().flat_map(|name| ["--metric".to_owned(), name.clone()]));
    line(words)
}
