//! `explain`: one instance's whole story in one replication.

use crate::program::Programs;
use crate::report::explain::Story;
use crate::report::names::Names;
use crate::sim::RunId;

use super::args::ExplainArgs;
use super::exit::{Error, Exit};
use super::scenario::{identity, line, load};
use super::stdout::print;
use super::timeline::instance;
use super::watch::{Progress, Watch};
use crate::replicate::ReplicateError;

/// Runs one replication and tells the story.
///
/// # Errors
/// If the scenario is wrong or has no such instance, time does not go on, or a program fails.
pub fn explain(args: &ExplainArgs) -> Result<Exit, Error> {
    let plan = load(&args.scenario)?.plan;
    let instance = instance(&plan, &args.instance)?;
    let seed = args.seed.seed.or(plan.run.seed).unwrap_or(1);
    let replication = args.replication;
    let mut words = vec!["stopsim".to_owned(), "run".to_owned()];
    words.extend(identity(&args.scenario, seed, &args.seed));
    words.extend(["--replication".to_owned(), replication.to_string()]);
    let progress = Progress::new(1, plan.horizon);
    let story = Story::new(Names::new(&plan, seed, replication), instance);
    let mut watch = Watch::new(&progress, line(words), story);
    let ties = args.seed.ties(seed);
    let run = RunId { seed, replication, ties, until_event: args.until_event };
    let outcome = Programs::new()
        .run(&plan, run, &mut watch)
        .map_err(|broken| Error::from(ReplicateError::of(replication, broken)))?;
    progress.end();
    let mut text = Vec::new();
    let told = watch.inner.write(&mut text, outcome.end);
    told.map_err(|error| Error::new("cannot compose the story").because(error))?;
    print(text)?;
    Ok(Exit::Held)
}
