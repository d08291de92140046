//! The flags of what runs several settings under the same luck: `compare`, `sweep`, `plan`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{MOST, PageArgs, ScenarioArgs, SeedArgs, THREADS, UntilArgs};

/// Where what was run before is kept.
#[derive(Clone, Debug, Args)]
pub struct CacheArgs {
    /// Keeps what came of every setting here, and runs none twice; without it in the user's own
    /// cache folder.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Keeps nothing, and runs everything.
    #[arg(long, conflicts_with = "cache")]
    pub no_cache: bool,
}

/// `compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// The scenarios; all others are set beside the first.
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    /// A variant of the first scenario: a name, and what it sets, as `--set` does.
    #[arg(long = "variant", value_name = "NAME: PATH=VALUE; …")]
    pub variants: Vec<String>,
    /// Refuses to read files outside the scenario's folder, for scenarios that are not trusted.
    #[arg(long)]
    pub sandbox: bool,
    /// Overrides a value of every scenario by its path; can be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Seed and ties, of all.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// How many replications; without it the first scenario's, but at least 20.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub replications: Option<u32>,
    /// How many threads; it never changes a result.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// A figure to show besides those that are always shown; can be repeated.
    #[arg(long = "metric", value_name = "METRIC")]
    pub metrics: Vec<String>,
    /// How much worse a figure may be, such as `start.due_to_ready.p99: 30s`; can be repeated.
    /// Exit code 1 if the whole interval is beyond it, 4 if that is not decided.
    #[arg(long = "tolerance", value_name = "METRIC: VALUE")]
    pub tolerances: Vec<String>,
    /// What was run before.
    #[command(flatten)]
    pub cache: CacheArgs,
    /// A page for a browser.
    #[command(flatten)]
    pub page: PageArgs,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ComparedFormat,
    /// Prints long lists whole.
    #[arg(long)]
    pub full: bool,
}

/// What `compare` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComparedFormat {
    /// The screen.
    Text,
    /// Every figure, for machines.
    Json,
    /// A table for a pull request.
    Markdown,
}

/// `sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// A key and its values: `pool.g7.free=40,80,120` or `controller.nightly.lead=0m..30m/5m`; of
    /// several, every combination.
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<String>,
    /// A variant beside the scenario as it is: a name and what it sets, or the file of another
    /// scenario, such as one that `extends` this one; can be repeated.
    #[arg(long = "variant", value_name = "NAME: PATH=VALUE; …")]
    pub variants: Vec<String>,
    /// Which combinations of the values are points; a grid, unless you say otherwise.
    #[arg(long, value_name = "DESIGN")]
    pub design: Option<DesignName>,
    /// How many points a Latin hypercube has.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub points: Option<u32>,
    /// Leaves out the points that have all of these values; can be repeated.
    #[arg(long, value_name = "PATH=VALUE; …")]
    pub exclude: Vec<String>,
    /// What the points are told apart by; `saving.net`, unless you say otherwise.
    #[arg(long, value_name = "METRIC")]
    pub objective: Option<String>,
    /// What pulls against it; `restart.good_waves`, unless you say otherwise.
    #[arg(long, value_name = "METRIC")]
    pub promise: Option<String>,
    /// Seed and ties, of all.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// How many replications of each; without it the scenario's, but at least 20.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub replications: Option<u32>,
    /// As many replications of each as the point takes that takes most.
    #[command(flatten)]
    pub until: UntilArgs,
    /// How many threads; it never changes a result.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// Another figure of every point, in CSV and JSON; can be repeated.
    #[arg(long = "metric", value_name = "METRIC")]
    pub metrics: Vec<String>,
    /// What was run before.
    #[command(flatten)]
    pub cache: CacheArgs,
    /// A page for a browser.
    #[command(flatten)]
    pub page: PageArgs,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: SweepFormat,
    /// Prints every point.
    #[arg(long)]
    pub full: bool,
}

/// Which combinations of values are points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DesignName {
    /// All.
    Grid,
    /// The first value of each key, the second of each, and so on.
    Zip,
    /// The scenario as it is, and each value by itself: what moves the objective most.
    OneAtATime,
    /// So many as `--points` says, spread evenly over each key.
    LatinHypercube,
}

/// What `sweep` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SweepFormat {
    /// The screen.
    Text,
    /// A row a point.
    Csv,
    /// A line a replication of a point, and one of all together.
    Ndjson,
    /// Every point, for machines.
    Json,
}

/// `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// A key and its values, as `sweep --vary` takes them: `private_pool.apps.instances=0..200`; of
    /// several, every combination.
    #[arg(long = "knob", required = true, value_name = "PATH=VALUES")]
    pub knobs: Vec<String>,
    /// What every setting has to keep, written as an expectation: `restart.good_waves >= 99%`; can
    /// be repeated.
    #[arg(long = "subject-to", required = true, value_name = "METRIC >= VALUE")]
    pub subject_to: Vec<String>,
    /// What is to be as small as can be, such as `billing.actual`.
    #[arg(long, alias = "minimize", value_name = "METRIC", conflicts_with = "maximise")]
    pub minimise: Option<String>,
    /// What is to be as large as can be; `saving.net`, unless you say otherwise.
    #[arg(long, alias = "maximize", value_name = "METRIC")]
    pub maximise: Option<String>,
    /// How sure the answer is to be, from 80% to 99.99%.
    #[arg(long, value_name = "SHARE", default_value = "95%")]
    pub confidence: String,
    /// A difference of the objective that does not matter to you, such as `500 CNY`.
    #[arg(long, value_name = "AMOUNT")]
    pub indifference: Option<String>,
    /// By how much a setting may miss a promise and still be named, in the order of the promises;
    /// half a per cent, or a hundredth of a threshold in another unit, unless you say otherwise.
    #[arg(long = "margin", value_name = "AMOUNT")]
    pub margins: Vec<String>,
    /// Along the one knob both the promise and the objective go one way: the search is a bisection.
    #[arg(long)]
    pub monotone: bool,
    /// Seed and ties of the search; the answer is run again with the next seed.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// After how many replications a setting is judged first; the scenario's, but at least 20.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=MOST))]
    pub replications: Option<u32>,
    /// How many replications a setting has at most.
    #[arg(long, value_name = "N", default_value_t = 640,
          value_parser = clap::value_parser!(u32).range(10..=MOST))]
    pub at_most: u32,
    /// How many threads; it never changes a result.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// What was run before.
    #[command(flatten)]
    pub cache: CacheArgs,
    /// A page for a browser.
    #[command(flatten)]
    pub page: PageArgs,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
    /// Prints every setting that was run.
    #[arg(long)]
    pub full: bool,
}

/// What `plan` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// The screen.
    Text,
    /// Every setting that was run, for machines.
    Json,
}
