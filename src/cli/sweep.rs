//! `sweep`: many settings of a scenario under the same luck.

use std::collections::BTreeSet;

use crate::replicate::{self, Runs};
use crate::report::collected::Collecting;
use crate::report::provenance::{Provenance, Subject};
use crate::report::sweep::{Point, Swept, tells_apart, write_csv, write_json, write_text};
use crate::report::text;
use crate::scenario::Loaded;
use crate::world::NoObserver;
use crate::world::metric::Metric;
use crate::world::plan::Plan;

use super::args::{ScenarioArgs, SweepArgs, SweepFormat};
use super::compare::{comparable, metric, resolved};
use super::exit::{Error, Exit};
use super::scenario::{identity, line, load, ties};
use super::stdout::{print, show};
use super::vary::{Axis, grid};
use super::watch::{Progress, Watch};

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
    let axes = args.vary.iter().map(|text| Axis::read(text)).collect::<Result<Vec<_>, _>>()?;
    let grid = grid(&axes)?;
    // Every point is read before any is run: a mistake is told before it has cost anything.
    let scenarios: Vec<ScenarioArgs> =
        grid.iter().map(|values| scenario(args, &axes, values)).collect();
    let first = load(&scenarios[0])?;
    for (values, scenario) in grid.iter().zip(&scenarios).skip(1) {
        let names = (&*grid[0].join(", "), &*values.join(", "));
        comparable((names.0, &first.plan), (names.1, &load(scenario)?.plan))?;
    }
    let objective = apart("--objective", &args.objective, &first.plan)?;
    let promise = apart("--promise", &args.promise, &first.plan)?;
    if objective == promise {
        return Err(Error::new("the objective and the promise are the same figure"));
    }
    let mut metrics = vec![objective.clone(), promise.clone()];
    let always = FIGURES.iter().map(|name| Metric::parse(name).expect("a metric"));
    metrics.extend(always);
    for name in &args.metrics {
        metrics.push(metric("--metric", name, &first.plan)?);
    }
    let mut seen = BTreeSet::new();
    metrics.retain(|metric| seen.insert(metric.clone()));
    let runs = resolved(&first.plan, &args.seed, args.replications, args.threads);
    let all = scenarios.len() as u64 * u64::from(runs.replications.end);
    let progress = Progress::new(all, first.plan.horizon);
    let mut points = Vec::new();
    for (values, scenario) in grid.into_iter().zip(&scenarios) {
        points.push(run(args, &runs, &progress, scenario, values, &metrics)?);
    }
    progress.end();
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
    write(args, &swept)?;
    Ok(Exit::Held)
}

/// A metric that points can be told apart by.
fn apart(flag: &str, name: &str, plan: &Plan) -> Result<Metric, Error> {
    let metric = metric(flag, name, plan)?;
    tells_apart(&metric).map_err(|error| Error::new(format!("{flag}: {error}")))?;
    Ok(metric)
}

fn scenario(args: &SweepArgs, axes: &[Axis], values: &[String]) -> ScenarioArgs {
    let set = |(axis, value): (&Axis, &String)| format!("{}={value}", axis.path);
    let varied = axes.iter().zip(values).map(set);
    ScenarioArgs {
        scenario: args.scenario.scenario.clone(),
        sandbox: args.scenario.sandbox,
        sets: args.scenario.sets.iter().cloned().chain(varied).collect(),
    }
}

fn run(
    args: &SweepArgs,
    runs: &Runs,
    progress: &Progress,
    scenario: &ScenarioArgs,
    values: Vec<String>,
    metrics: &[Metric],
) -> Result<Point, Error> {
    let Loaded { plan, .. } = load(scenario)?;
    let replay = |replication: u32| {
        let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
        words.extend(identity(scenario, runs.seed, &args.seed));
        words.extend(["--replication".to_owned(), replication.to_string()]);
        line(words)
    };
    let watch = |replication| Watch::new(progress, replay(replication), NoObserver);
    let mut collecting = Collecting::about(metrics);
    replicate::run_each(std::slice::from_ref(&plan), runs, watch, |_, outcome, _| {
        collecting.add(&plan, &outcome);
        Ok::<(), Error>(())
    })?;
    Ok(Point::of(values, &plan.hash, &collecting.finish(&plan), metrics))
}

fn write(args: &SweepArgs, swept: &Swept) -> Result<(), Error> {
    let mut bytes = Vec::new();
    match args.format {
        SweepFormat::Text => write_text(&mut bytes, swept, args.full),
        SweepFormat::Csv => write_csv(&mut bytes, swept),
        SweepFormat::Json => write_json(&mut bytes, swept),
    }
    .map_err(|error| Error::new("cannot compose the table of points").because(error))?;
    match args.format {
        SweepFormat::Text => show(&String::from_utf8_lossy(&bytes), text::coloured),
        SweepFormat::Csv | SweepFormat::Json => print(bytes),
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
    words.extend(identity);
    words.extend(["--replications".to_owned(), runs.replications.end.to_string()]);
    words.extend(["--objective".to_owned(), args.objective.clone()]);
    words.extend(["--promise".to_owned(), args.promise.clone()]);
    words.extend(args.metrics.iter().flat_map(|name| ["--metric".to_owned(), name.clone()]));
    line(words)
}
