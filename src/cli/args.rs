//! The command line as typed: nothing is resolved here, and nothing has a default that a
//! scenario could state.

mod hunting;
mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::engine::TiePolicy;
use crate::scenario::raw::{REPLICATIONS_MAX, THREADS_MAX};

pub use hunting::{
    AnnotateName, CasesArgs, DiffArgs, ExpectName, HuntArgs, HuntFormat, MixName, RegressArgs,
    ReplayArgs, SelftestArgs, ShrinkArgs, TimelineArgs,
};
pub use settings::{
    CacheArgs, CompareArgs, ComparedFormat, DesignName, PlanArgs, PlanFormat, SweepArgs,
    SweepFormat,
};

/// A flag has the limit of the scenario's key.
const MOST: i64 = REPLICATIONS_MAX as i64;
const THREADS: i64 = THREADS_MAX as i64;

/// What stopping a fleet saves, and what happens when it is started again.
#[derive(Debug, Parser)]
#[command(
    name = "stopsim",
    version,
    about,
    long_about = "A deterministic simulator of an Alibaba Cloud ECS fleet that is stopped to save \
                  money and started again when needed.\n\nSame scenario, same seed: the same \
                  bytes, always.",
    after_help = "Exit codes: 0 held, 1 an expectation is not met, 2 could not run, \
                  3 not reproducible,\n4 inconclusive, 101 a law of the model broke, \
                  130 interrupted (SIGTERM 143, SIGHUP 129)."
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a scenario and prints what it saves and risks.
    Run(RunArgs),
    /// Reads a scenario and says what is wrong with it, or what it is.
    Check(ScenarioArgs),
    /// Prints the resolved scenario: what a result is a function of.
    Expand(ScenarioArgs),
    /// Prints a scenario to start from, or writes it to a new file.
    Init(InitArgs),
    /// Turns an inventory, a history, a bill or a trace into what a scenario takes.
    Import {
        /// What.
        #[command(subcommand)]
        what: super::import::Import,
    },
    /// Prints the JSON Schema of scenario files.
    Schema,
    /// Runs a scenario in two processes and compares every byte.
    Verify(VerifyArgs),
    /// Runs scenarios, or variants of one, under the same luck, and says what differs.
    Compare(CompareArgs),
    /// Runs many settings of a scenario under the same luck, and says which can be best.
    Sweep(SweepArgs),
    /// Finds the best setting of a scenario that keeps a promise.
    Plan(PlanArgs),
    /// Runs many seeds of a scenario, and says which violate a property.
    Hunt(HuntArgs),
    /// Runs one seed again, and says what came of every property.
    Replay(ReplayArgs),
    /// Draws what happened to a few instances and controllers in one run, beside each other.
    Timeline(TimelineArgs),
    /// Says where two runs begin to differ.
    Diff(DiffArgs),
    /// Makes a scenario with a seed that violates something as small as it gets.
    Shrink(ShrinkArgs),
    /// Hunts for defects that are there on purpose, and for none: does the hunter hunt?
    Selftest(SelftestArgs),
    /// Runs scenarios that are kept again, and says which properties are not as they expect.
    Regress(RegressArgs),
    /// Makes a page for a browser of a result that was written before.
    Report(super::report::ReportArgs),
    /// Runs past weeks once more and compares with what was observed.
    Backtest(BacktestArgs),
    /// Tells one instance's whole story.
    Explain(ExplainArgs),
    /// Lists what the modelled API may answer, why, and how a scenario reaches it.
    Catalogue(CatalogueArgs),
    /// Lists what `expect` can be about, with unit and meaning.
    Metrics(MetricsArgs),
    /// Lists the clients that a controller can behave as, or prints one.
    Presets(PresetsArgs),
    /// Lists the list prices that the program knows, with region, source and date.
    Prices(PricesArgs),
    /// Prints the completions of a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// A scenario with what overrides it.
#[derive(Clone, Debug, Args)]
pub struct ScenarioArgs {
    /// The scenario file; `-` is standard input.
    pub scenario: String,
    /// Refuses to read files outside the scenario's folder, for scenarios that are not trusted.
    #[arg(long)]
    pub sandbox: bool,
    /// Overrides a value by its path, such as `group.web.count=500`; can be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
}

/// What makes a run the run it is.
#[derive(Clone, Debug, Args)]
pub struct SeedArgs {
    /// The seed; without it the scenario's, else 1.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How events of one instant are ordered.
    #[arg(long, value_name = "POLICY", default_value = "fifo")]
    pub tie_break: Tie,
    /// The old word for `tie_break`.
    #[arg(long, value_name = "POLICY", hide = true, conflicts_with = "tie_break")]
    pub tie: Option<Tie>,
    /// The seed of `--tie-break seeded`; without it the seed.
    #[arg(long, value_name = "N")]
    pub tie_seed: Option<u64>,
}

/// What is written for a browser, besides what is printed.
#[derive(Clone, Debug, Default, Args)]
pub struct PageArgs {
    /// Writes a page for a browser here: one file that loads nothing.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Writes the charts of that page here, as SVG files: a new or empty directory.
    #[arg(long, value_name = "DIR")]
    pub charts: Option<PathBuf>,
}

/// How events of one instant are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tie {
    /// In the order they were scheduled.
    Fifo,
    /// In a random order drawn from the tie seed.
    Seeded,
    /// By source, the last of the file first.
    Reversed,
}

/// `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Seed and ties.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// How many replications; without it the scenario's, else 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub replications: Option<u32>,
    /// Runs only this replication, from 0.
    #[arg(long, value_name = "R", conflicts_with_all = ["replications", "until"],
          value_parser = clap::value_parser!(u32).range(..MOST))]
    pub replication: Option<u32>,
    /// As many replications as it takes.
    #[command(flatten)]
    pub until: UntilArgs,
    /// How many threads; it never changes a result. Without it the scenario's, else one per core.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// Stops each run when so many events have been handled.
    #[arg(long, value_name = "E", conflicts_with = "until")]
    pub until_event: Option<u64>,
    /// Runs a year: 52 weeks from the end of the warm-up on, and what --what-if asks.
    #[arg(long)]
    pub year: bool,
    /// Also runs the scenario with a fifth less stock, with each zone sold out on a Monday, and
    /// with the prices of other regions.
    #[arg(long)]
    pub what_if: bool,
    /// The region whose prices --what-if asks for, in place of those of the built-in price book;
    /// can be repeated.
    #[arg(long, value_name = "REGION")]
    pub what_if_region: Vec<String>,
    /// Writes the files of the result here: a new or empty directory, or an earlier result.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A page for a browser.
    #[command(flatten)]
    pub page: PageArgs,
    /// Verdicts for continuous integration.
    #[command(flatten)]
    pub cases: CasesArgs,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Prints long lists whole and tables with all their columns, wider than 80.
    #[arg(long, conflicts_with = "format")]
    pub full: bool,
    /// An expectation met only thanks to assumed inputs is not met.
    #[arg(long)]
    pub strict: bool,
    /// Also writes facts.ndjson: every model fact of every replication.
    #[arg(long, requires = "out")]
    pub facts: bool,
    /// The old word for `facts`: the file has its old name as well.
    #[arg(long, requires = "out", hide = true, conflicts_with = "facts")]
    pub events: bool,
    /// Also writes instances.csv: what each instance went through.
    #[arg(long, requires = "out")]
    pub instances: bool,
}

/// Replications until an interval is narrow enough.
#[derive(Clone, Debug, Args)]
pub struct UntilArgs {
    /// Goes on until the 95 % interval of a metric is as narrow, such as `saving.net ± 2%`; from 20
    /// replications on.
    #[arg(long, value_name = "METRIC ± AMOUNT")]
    pub until: Option<String>,
    /// How many replications that takes at most.
    #[arg(long, value_name = "N", default_value_t = 640,
          value_parser = clap::value_parser!(u32).range(20..=MOST))]
    pub at_most: u32,
}

/// What `run` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The screen.
    Text,
    /// The summary.
    Json,
}

/// `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Which scenario.
    #[arg(value_enum, default_value = "minimal")]
    pub template: super::init::Template,
    /// The file to write, which must not exist; without it the scenario is printed.
    pub path: Option<PathBuf>,
}

/// `metrics`.
#[derive(Clone, Debug, Args)]
pub struct MetricsArgs {
    /// Only those whose name has this in it, such as `restart`.
    pub part: Option<String>,
}

/// `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Seed and ties.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// How many replications; without it the scenario's, but at least 2.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub replications: Option<u32>,
    /// How many threads the second process has; the first has one.
    #[arg(long, value_name = "T", default_value = "2",
          value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: u32,
    /// Another build of stopsim to run as the second process.
    #[arg(long, value_name = "BINARY")]
    pub against: Option<PathBuf>,
}

/// `backtest`.
#[derive(Clone, Debug, Args)]
pub struct BacktestArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Seed and ties.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// What was observed: a CSV as `import history` takes it.
    #[arg(long, value_name = "FILE")]
    pub history: String,
    /// What was billed in the same days: a CSV as `import bill` takes it.
    #[arg(long, value_name = "FILE")]
    pub bill: Option<String>,
    /// Starts of a pool with no longer gap between them are one wave.
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub wave_gap: String,
    /// How many replications; without it the scenario's, else 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST))]
    pub replications: Option<u32>,
    /// How many threads; it never changes a result.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// An expectation met only thanks to assumed inputs is not met.
    #[arg(long)]
    pub strict: bool,
}

/// `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Seed and ties.
    #[command(flatten)]
    pub seed: SeedArgs,
    /// Whose story.
    #[arg(long, value_name = "NAME")]
    pub instance: String,
    /// In which replication, from 0.
    #[arg(long, value_name = "R", default_value = "0",
          value_parser = clap::value_parser!(u32).range(..MOST))]
    pub replication: u32,
    /// Ends the story when so many events have been handled.
    #[arg(long, value_name = "E")]
    pub until_event: Option<u64>,
}

/// `catalogue`.
#[derive(Clone, Debug, Args)]
pub struct CatalogueArgs {
    /// Only what this operation may answer.
    #[arg(long, value_name = "OPERATION")]
    pub operation: Option<String>,
}

/// `presets`.
#[derive(Clone, Debug, Args)]
pub struct PresetsArgs {
    /// Prints this one as it is.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `prices`.
#[derive(Clone, Debug, Args)]
pub struct PricesArgs {
    /// Only those whose name holds this, such as `g7` or `ESSD`.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Only those of this region.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

impl Command {
    /// Words of an earlier release that were used, each with the new one.
    pub fn old_words(&self) -> Vec<(&'static str, &'static str)> {
        let (seed, writes_events) = match self {
            Command::Run(args) => (&args.seed, args.events),
            Command::Verify(args) => (&args.seed, false),
            Command::Compare(args) => (&args.seed, false),
            Command::Sweep(args) => (&args.seed, false),
            Command::Plan(args) => (&args.seed, false),
            Command::Backtest(args) => (&args.seed, false),
            Command::Explain(args) => (&args.seed, false),
            Command::Check(_)
            | Command::Expand(_)
            | Command::Init(_)
            | Command::Import { .. }
            | Command::Schema
            | Command::Hunt(_)
            | Command::Replay(_)
            | Command::Timeline(_)
            | Command::Diff(_)
            | Command::Shrink(_)
            | Command::Selftest(_)
            | Command::Regress(_)
            | Command::Report(_)
            | Command::Catalogue(_)
            | Command::Metrics(_)
            | Command::Presets(_)
            | Command::Prices(_)
            | Command::Completions { .. } => return Vec::new(),
        };
        let used = [
            (seed.tie.is_some(), ("--tie", "--tie-break")),
            (writes_events, ("--events", "--facts (which writes facts.ndjson)")),
        ];
        used.into_iter().filter(|(used, _)| *used).map(|(_, words)| words).collect()
    }
}

impl SeedArgs {
    /// How ties are broken.
    pub fn tie(&self) -> Tie {
        self.tie.unwrap_or(self.tie_break)
    }

    /// The policy of ties, whose seed is the run's if none is given.
    pub fn ties(&self, seed: u64) -> TiePolicy {
        match self.tie() {
            Tie::Fifo => TiePolicy::Fifo,
            Tie::Reversed => TiePolicy::Reversed,
            Tie::Seeded => TiePolicy::Seeded(self.tie_seed.unwrap_or(seed)),
        }
    }
}
