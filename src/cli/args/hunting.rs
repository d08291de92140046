//! The arguments of `hunt`, and of what looks at its findings.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::hunt::mix::TieOrder;
use crate::hunt::text::FINDINGS_SHOWN;
use crate::hunt::{Mix, Portfolio, Trial, regress};
use crate::scenario::Loaded;
use crate::units::SimDuration;

use super::{ScenarioArgs, THREADS, Tie};

/// `hunt`.
#[derive(Clone, Debug, Args)]
pub struct HuntArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Which seeds: so many from 1 on, or `A..B`, both included; 1000, if left out. With --failing
    /// at most so many others, from the first that was not run before on; as many as are needed,
    /// if left out.
    #[arg(long, value_name = "N|A..B")]
    pub seeds: Option<Seeds>,
    /// Goes on from the first seed for this long, and not beyond the last if --seeds says one; the
    /// screen says which seeds that were.
    #[arg(long = "for", value_name = "SPAN")]
    pub budget: Option<SimDuration>,
    /// How many threads; it never changes a result. Without it the scenario's, else one per core.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// Which faults: as the scenario states them, a swarm of them drawn from each seed, or both,
    /// each in every second run, which is usual.
    #[arg(long, value_name = "MIX")]
    pub mix: Option<MixName>,
    /// How events of one instant are ordered; without it every order in turn.
    #[arg(long, value_name = "POLICY")]
    pub tie_break: Option<Tie>,
    /// Stops at the first violation: the run at once, and the hunt.
    #[arg(long)]
    pub first: bool,
    /// What an earlier `hunt --format json` found: says whether it is fixed in this scenario. Runs
    /// the seeds that failed, then as many others as show it.
    #[arg(long, value_name = "FILE", conflicts_with = "first")]
    pub failing: Option<PathBuf>,
    /// Runs nothing without faults beside each run: `same_end` is not looked for.
    #[arg(long)]
    pub no_twin: bool,
    /// Also runs the first finding with every preset in place of the controller's behaviour.
    #[arg(long, conflicts_with = "failing")]
    pub policies: bool,
    /// How many distinct findings are replayed and shown.
    #[arg(long, value_name = "N", default_value_t = FINDINGS_SHOWN)]
    pub findings: usize,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HuntFormat,
}

/// Which run of those that a hunt may have.
#[derive(Clone, Debug, Args)]
pub struct TrialArgs {
    /// The seed; without it the first of the scenario's `[hunt]`, else the scenario's, else 1.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Which faults: as the scenario states them, or the swarm of the seed; without it as
    /// `[hunt]` says, else as stated.
    #[arg(long, value_name = "MIX")]
    pub mix: Option<OneMix>,
    /// How events of one instant are ordered; without it as `[hunt]` says, else in the order of
    /// the file.
    #[arg(long, value_name = "POLICY")]
    pub tie_break: Option<Tie>,
    /// The seed of `--tie-break seeded`; without it as `[hunt]` says, else the seed.
    #[arg(long, value_name = "N")]
    pub tie_seed: Option<u64>,
}

impl TrialArgs {
    /// The run that it is of a scenario.
    pub fn of(&self, loaded: &Loaded) -> Trial {
        let usual = regress::portfolio(loaded);
        let portfolio = Portfolio {
            mix: self.mix.map(OneMix::mix).or(usual.mix),
            ties: self.tie_break.map(Tie::order).or(usual.ties),
            tie_seed: self.tie_seed.or(usual.tie_seed),
        };
        let seed = self.seed.or_else(|| regress::trials(loaded).first().map(|first| first.seed));
        portfolio.trial(seed.unwrap_or(1))
    }
}

/// Which faults one run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OneMix {
    /// As the scenario states them.
    Stated,
    /// Some of them, more or less likely, drawn from the seed.
    Swarm,
}

impl OneMix {
    fn mix(self) -> Mix {
        match self {
            OneMix::Stated => Mix::Stated,
            OneMix::Swarm => Mix::Swarm,
        }
    }
}

/// `replay`.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Which run.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Runs nothing without faults beside it: `same_end` is not looked for.
    #[arg(long)]
    pub no_twin: bool,
    /// Also runs it with every preset in place of the behaviour of the controller that violates
    /// something.
    #[arg(long)]
    pub policies: bool,
    /// Runs so many events, and says what holds then.
    #[arg(long, value_name = "E")]
    pub until_event: Option<u64>,
    /// Runs up to this time on the scenario's clock, such as "2026-03-03 08:06:50", and says what
    /// holds then.
    #[arg(long, value_name = "TIME", conflicts_with = "until_event")]
    pub until_time: Option<String>,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text",
          conflicts_with_all = ["until_event", "until_time"])]
    pub format: HuntFormat,
}

/// `timeline`.
#[derive(Clone, Debug, Args)]
pub struct TimelineArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Which run.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Whose lanes, between commas; without it those of the first violation, else of the first
    /// instances.
    #[arg(long, value_name = "NAMES")]
    pub instances: Option<String>,
    /// Which controllers have lanes, between commas; without it those that look after the
    /// instances.
    #[arg(long, value_name = "NAMES")]
    pub controllers: Option<String>,
    /// From when on, such as "2026-03-03 08:00"; without it an hour before the first violation.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Until when; without it ten minutes after the first violation.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

/// `diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// The scenario and its overrides, of both runs.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Another scenario, for the second run.
    pub other: Option<String>,
    /// Which run the first is.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// The seed of the second run; without it the same.
    #[arg(long, value_name = "N")]
    pub seed_b: Option<u64>,
    /// Overrides a value of the second run only, by its path; can be repeated.
    #[arg(long = "set-b", value_name = "PATH=VALUE")]
    pub sets_b: Vec<String>,
    /// Leaves this fault out of the second run; can be repeated.
    #[arg(long = "without-fault", value_name = "NAME")]
    pub without_faults: Vec<String>,
    /// How events of one instant are ordered in the second run; without it as of the first.
    #[arg(long, value_name = "POLICY")]
    pub tie_break_b: Option<Tie>,
    /// Another build of stopsim that makes the second run, of the same scenario and seed.
    #[arg(long, value_name = "BINARY", conflicts_with_all = [
        "other", "seed_b", "sets_b", "without_faults", "tie_break_b", "mix"])]
    pub against: Option<PathBuf>,
    /// So many facts of each run are shown from the first difference on.
    #[arg(long, value_name = "N", default_value_t = crate::cli::diff::NEXT_SHOWN)]
    pub next: usize,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HuntFormat,
}

/// `shrink`.
#[derive(Clone, Debug, Args)]
pub struct ShrinkArgs {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Which run: one that violates something.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Which property is to stay violated; without it the first that is.
    #[arg(long, value_name = "NAME")]
    pub property: Option<String>,
    /// Writes the scenario that says its decisions here; without it, it is printed.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `selftest`.
#[derive(Clone, Debug, Args)]
pub struct SelftestArgs {
    /// How many threads; it never changes a result. Without it one per core.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
}

/// `regress`.
#[derive(Clone, Debug, Args)]
pub struct RegressArgs {
    /// Scenarios, and folders of them.
    #[arg(value_name = "DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// What is expected: what each scenario writes, or that every property holds.
    #[arg(long, value_name = "WHAT", default_value = "as-written")]
    pub expect: ExpectName,
    /// Refuses to read files outside a scenario's folder, and to start programs.
    #[arg(long)]
    pub sandbox: bool,
    /// How many threads; it never changes a result. Without it one per core.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=THREADS))]
    pub threads: Option<u32>,
    /// Runs nothing without faults beside each run: `same_end` is not looked for.
    #[arg(long)]
    pub no_twin: bool,
    /// What is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: HuntFormat,
    /// Verdicts for continuous integration.
    #[command(flatten)]
    pub cases: CasesArgs,
}

/// Verdicts for continuous integration.
#[derive(Clone, Debug, Default, Args)]
pub struct CasesArgs {
    /// Also writes the verdicts here, in the XML of JUnit: a new file, or an earlier one of ours.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Also prints a line that annotates the scenario's file, for each verdict that is not as
    /// expected.
    #[arg(long, value_name = "WHERE")]
    pub annotate: Option<AnnotateName>,
}

/// Who is to show annotations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnnotateName {
    /// A workflow of GitHub.
    Github,
}

/// What is expected of kept scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExpectName {
    /// What each of them writes.
    AsWritten,
    /// That every property holds: whether it is fixed.
    Holds,
}

/// Which faults are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MixName {
    /// As the scenario states them.
    Stated,
    /// Some of them, more or less likely, drawn from the seed.
    Swarm,
    /// Both.
    Both,
}

impl MixName {
    /// The one mix that it names, if it names one.
    pub fn mix(self) -> Option<Mix> {
        match self {
            MixName::Stated => Some(Mix::Stated),
            MixName::Swarm => Some(Mix::Swarm),
            MixName::Both => None,
        }
    }
}

impl Tie {
    /// As a hunt knows it.
    pub fn order(self) -> TieOrder {
        match self {
            Tie::Fifo => TieOrder::Fifo,
            Tie::Seeded => TieOrder::Seeded,
            Tie::Reversed => TieOrder::Reversed,
        }
    }
}

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HuntFormat {
    /// A screen.
    Text,
    /// JSON.
    Json,
}

/// The last seed that a scenario may have as well.
const SEED_LAST: u64 = u64::MAX >> 1;

/// Seeds in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    first: u64,
    last: u64,
}

impl Seeds {
    /// The first and the last.
    pub fn range(&self) -> (u64, u64) {
        (self.first, self.last)
    }
}

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seeds, String> {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let read = match text.split_once("..") {
            None => number(text).map(|many| (1, many)),
            Some((first, last)) => number(first).zip(number(last)),
        };
        let most = crate::cli::hunt::SEEDS_MAX;
        match read {
            Some((_, last)) if last > SEED_LAST => Err(format!("seeds go to {SEED_LAST}")),
            Some((first, last)) if first <= last && last - first < most => {
                Ok(Seeds { first, last })
            }
            Some((first, last)) if first > last => Err(format!("there is no seed in `{text}`")),
            Some(_) => Err(format!("more than {most} seeds")),
            None => Err("expected a number of seeds, or seeds such as 1..5000".to_owned()),
        }
    }
}
