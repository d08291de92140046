//! `hunt`: many seeds, each held to properties.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::hunt::mix::TieOrder;
use crate::hunt::regress;
use crate::hunt::text::{self, verdict_words};
use crate::hunt::{Hunted, Hunter, Judgement, Mix, Portfolio, Told, Trial};
use crate::program::{Broken, ProgramError};
use crate::replicate::{self, ReplicateError};
use crate::sim::plan::Plan;

use super::args::{HuntArgs, HuntFormat, MixName, ScenarioArgs};
use super::child;
use super::exit::{Error, Exit};
use super::interrupt::{Temporary, uninterrupted};
use super::policies::{Policies, PoliciesJson};
use super::scenario::{line, load};
use super::stdout::{complain, print};

/// What a hunt in JSON is.
pub(super) const SCHEMA: &str = "stopsim.hunt/1";
/// So many runs a thread before what came of them is taken, and the clock is looked at.
pub(super) const AT_ONCE: u64 = 64;
/// So many seeds, if nothing is said.
const SEEDS_USUAL: u64 = 1_000;
/// The most seeds of a hunt.
pub const SEEDS_MAX: u64 = 1_000_000_000;

/// Hunts.
///
/// # Errors
/// If the scenario is wrong, or a finding cannot be replayed.
pub fn hunt(args: &HuntArgs) -> Result<Exit, Error> {
    let loaded = load(&args.scenario)?;
    let usual = regress::portfolio(&loaded);
    let plan = Arc::new(loaded.plan);
    let threads = args.threads.or(plan.run.threads).map_or_else(cores, |threads| threads as usize);
    let portfolio = portfolio(args);
    if let Some(failing) = &args.failing {
        return super::fixed::fixed(args, (&plan, usual), failing, threads);
    }
    let hunt = Hunt { args: args.clone(), plan: Arc::clone(&plan), usual };
    let hunter = Hunter::new(&plan, !args.no_twin);
    let hunter = if args.first { hunter.stopping() } else { hunter };
    let (first, last) = args.seeds.map_or((1, SEEDS_USUAL), |seeds| seeds.range());
    let budget = args.budget.map(|span| Duration::from_micros(span.as_micros()));
    let is_open = budget.is_some() && args.seeds.is_none();
    let last = if is_open { first + SEEDS_MAX } else { last };
    let began = now();
    let hunted = Arc::new(Mutex::new(Hunted::new(&plan)));
    let holding = hunt.shown_when_interrupted(&hunted, first);
    let mut next = first;
    let mut at_once = 1;
    let mut is_over = false;
    while !is_over && next <= last && budget.is_none_or(|budget| began.elapsed() < budget) {
        let end = last.min(next + at_once * threads as u64 - 1);
        let chunk_began = now();
        let trials: Vec<Trial> = (next..=end).map(|seed| portfolio.trial(seed)).collect();
        let all = replicate::in_order(threads, &trials, |trial| hunt.told(&hunter, trial))?;
        let mut hunted = lock(&hunted);
        for (told, trial) in all.into_iter().zip(&trials) {
            let told = match told {
                Ok(told) => told,
                Err(error) => {
                    // What was found before it is not lost.
                    if hunted.runs > 0 {
                        print(hunt.shown(&hunted, first, None))?;
                    }
                    complain(format!("replay: {}", hunt.replay(trial)));
                    return Err(of_program(error));
                }
            };
            hunted.add(&plan, &told);
            is_over = args.first && hunted.has_findings();
            if is_over {
                break;
            }
        }
        next = end + 1;
        // Who interrupts it, or has given it so long, does not wait for many runs that take long.
        if chunk_began.elapsed() < Duration::from_millis(100) {
            at_once = AT_ONCE.min(at_once * 2);
        }
    }
    holding.forget(&mut uninterrupted());
    let hunted = lock(&hunted);
    hunt.replayed(&hunted)?;
    let policies = match hunted.findings.first().filter(|_| args.policies) {
        None => None,
        Some(finding) => {
            let told = hunter.run(&finding.trial).map_err(of_program)?;
            Some(Policies::of(&args.scenario, &plan, &told, !args.no_twin)?)
        }
    };
    print(hunt.shown(&hunted, first, policies))?;
    Ok(verdict(&plan, &hunted))
}

/// What is hunted.
#[derive(Clone, Debug)]
struct Hunt {
    args: HuntArgs,
    plan: Arc<Plan>,
    /// Which runs are meant of the scenario where nothing is said.
    usual: Portfolio,
}

impl Hunt {
    /// The line that replays a trial.
    fn replay(&self, trial: &Trial) -> String {
        line(replay_words(&self.args.scenario, self.usual, trial))
    }

    /// Runs a trial. A law of the model that breaks is told with the line that replays it.
    fn told(&self, hunter: &Hunter<'_>, trial: &Trial) -> Result<Told, Box<ProgramError>> {
        catch_unwind(AssertUnwindSafe(|| hunter.run(trial))).unwrap_or_else(|broken| {
            complain(format!("replay: {}", self.replay(trial)));
            resume_unwind(broken)
        })
    }

    /// From now on a signal shows what was found so far, and ends with 1 if anything was.
    fn shown_when_interrupted(&self, hunted: &Arc<Mutex<Hunted>>, first: u64) -> Temporary {
        let (hunt, hunted) = (self.clone(), Arc::clone(hunted));
        Temporary::new(&mut uninterrupted(), move || {
            let hunted = lock(&hunted);
            print(hunt.shown(&hunted, first, None))?;
            complain(format!("interrupted after {} runs", hunted.runs));
            if hunted.has_findings() {
                std::process::exit(1);
            }
            Ok(())
        })
    }

    /// What is printed of a hunt from this seed on.
    fn shown(&self, hunted: &Hunted, first: u64, policies: Option<Policies>) -> String {
        let Hunt { args, plan, .. } = self;
        let last = first + u64::from(hunted.runs.max(1)) - 1;
        match args.format {
            HuntFormat::Text => {
                let mut screen = format!(
                    "stopsim {}\n{} runs, seeds {first}..{last}, digest {:016x}\n",
                    line(hunt_words(args, first, last)),
                    hunted.runs,
                    hunted.digest()
                );
                let replay = |trial: &Trial| self.replay(trial);
                screen += &text::hunt(plan, hunted, (args.findings, args.first), &replay);
                screen += &policies.map_or_else(String::new, |policies| policies.text(plan));
                screen
            }
            HuntFormat::Json => {
                let mut json = self.json(hunted, (first, last));
                json.policies = policies.map(|policies| policies.json());
                let text = serde_json::to_string_pretty(&json);
                text.expect("a hunt is strings and numbers") + "\n"
            }
        }
    }

    /// Every finding that is shown, replayed in a process of its own: it has to come out the same.
    fn replayed(&self, hunted: &Hunted) -> Result<(), Error> {
        let Hunt { args, plan, usual } = self;
        if args.scenario.scenario == "-" {
            return Ok(());
        }
        let me = std::env::current_exe()
            .map_err(|error| Error::new("cannot find this program itself").because(error))?;
        for finding in hunted.findings.iter().take(args.findings) {
            let mut words = replay_words(&args.scenario, *usual, &finding.trial);
            words.remove(0);
            words.extend(["--format".to_owned(), "json".to_owned()]);
            let output = child::output(Command::new(&me).args(&words))
                .map_err(|error| Error::new("cannot replay a finding").because(error))?;
            let again: Option<Replayed> = serde_json::from_slice(&output.stdout).ok();
            let name = plan.properties.name(finding.violation.property);
            let micros = finding.violation.at.as_micros();
            let is_there = again.is_some_and(|again| {
                again.violations.iter().any(|one| one.property == name && one.at_us == micros)
            });
            if !is_there {
                return Err(Error::NotReproducible(format!(
                    "{name} was violated with seed {}, and is not in a process of its own",
                    finding.trial.seed
                )));
            }
        }
        Ok(())
    }

    fn json(&self, hunted: &Hunted, (first, last): (u64, u64)) -> HuntJson {
        let Hunt { args, plan, .. } = self;
        let (mix, tie_break) = portfolio(args).words();
        let name = |place: &u16| plan.properties.name(*place).to_owned();
        let failing = hunted.failing.iter().map(|(trial, properties)| FailingJson {
            seed: trial.seed,
            mix: trial.mix.name().to_owned(),
            ties: trial.ties.name().to_owned(),
            properties: properties.iter().map(name).collect(),
        });
        let pair = |(runs, violated): (u32, u32)| [runs, violated];
        let properties = (0..)
            .zip(&hunted.properties)
            .map(|(place, judged)| PropertyJson {
                name: plan.properties.name(place).to_owned(),
                verdict: verdict_words(judged.judgement(plan.properties.probability(place))),
                stated: pair(judged.of_mix(Mix::Stated)),
                swarm: pair(judged.of_mix(Mix::Swarm)),
                inconclusive: judged.inconclusive.values().sum(),
                first_seed: judged.first.map(|(trial, _)| trial.seed),
            })
            .collect();
        let findings = hunted.findings.iter().map(|finding| FindingJson {
            seed: finding.trial.seed,
            mix: finding.trial.mix.name(),
            ties: finding.trial.ties.name(),
            runs: finding.runs,
            violation: Violated::of(plan, &finding.violation),
            replay: self.replay(&finding.trial),
        });
        HuntJson {
            schema: SCHEMA,
            scenario: plan.name.clone(),
            scenario_sha256: plan.hash.clone(),
            seeds: [first, last],
            mix,
            tie_break,
            runs: hunted.runs,
            digest: format!("{:016x}", hunted.digest()),
            properties,
            findings: findings.collect(),
            livelocks: hunted.livelocks.0,
            failing: failing.collect(),
            policies: None,
        }
    }
}

fn lock(hunted: &Mutex<Hunted>) -> MutexGuard<'_, Hunted> {
    hunted.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is tried.
fn portfolio(args: &HuntArgs) -> Portfolio {
    Portfolio {
        mix: args.mix.and_then(MixName::mix),
        ties: args.tie_break.map(super::args::Tie::order),
        tie_seed: None,
    }
}

/// How long a hunt may last is a matter of the door; what comes of its seeds is not.
#[allow(clippy::disallowed_methods)]
pub(super) fn now() -> Instant {
    Instant::now()
}

pub fn of_program(error: Box<ProgramError>) -> Error {
    Error::from(ReplicateError::of(0, Broken::Program(error)))
}

/// How many threads the machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn verdict(plan: &Plan, hunted: &Hunted) -> Exit {
    let judgements = (0..)
        .zip(&hunted.properties)
        .map(|(place, judged)| judged.judgement(plan.properties.probability(place)));
    let all: Vec<Judgement> = judgements.collect();
    let mut unreached = (0..).zip(&all).filter(|(place, one)| is_unreached(plan, *place, **one));
    let is_open = all.contains(&Judgement::Inconclusive(None)) || nothing_armed(&all);
    if hunted.livelocks.0 > 0 || all.contains(&Judgement::Violated) {
        Exit::Unmet
    } else if is_open || unreached.next().is_some() {
        Exit::Inconclusive
    } else {
        Exit::Held
    }
}

/// Whether no property told anything.
fn nothing_armed(all: &[Judgement]) -> bool {
    all.iter().all(|one| matches!(one, Judgement::Inconclusive(_)))
}

/// Whether a property that the scenario writes told nothing.
fn is_unreached(plan: &Plan, place: usize, judgement: Judgement) -> bool {
    let is_written = place >= plan.properties.built_in.len();
    is_written && matches!(judgement, Judgement::Inconclusive(_))
}

/// The command line that runs a trial again.
pub fn replay_words(scenario: &ScenarioArgs, usual: Portfolio, trial: &Trial) -> Vec<String> {
    trial_words("replay", scenario, usual, trial)
}

/// The command line that does something with the run of a trial, of a scenario of which these runs
/// are usual.
pub fn trial_words(
    command: &str,
    scenario: &ScenarioArgs,
    usual: Portfolio,
    trial: &Trial,
) -> Vec<String> {
    let mut words = ["stopsim", command, &scenario.scenario].map(str::to_owned).to_vec();
    if scenario.sandbox {
        words.push("--sandbox".into());
    }
    for set in &scenario.sets {
        words.extend(["--set".into(), set.clone()]);
    }
    words.extend(["--seed".into(), trial.seed.to_string()]);
    let usual = usual.trial(trial.seed);
    if trial.mix != usual.mix {
        words.extend(["--mix", trial.mix.name()].map(str::to_owned));
    }
    if trial.ties != usual.ties {
        words.extend(["--tie-break", trial.ties.name()].map(str::to_owned));
    }
    if let (TieOrder::Seeded, true) = (trial.ties, trial.run().ties != usual.run().ties)
        && let Some(seed) = trial.tie_seed
    {
        words.extend(["--tie-seed".to_owned(), seed.to_string()]);
    }
    words
}

/// The command line that hunts again over the same seeds, however long that takes.
fn hunt_words(args: &HuntArgs, first: u64, last: u64) -> Vec<String> {
    let mut words = vec!["hunt".to_owned(), args.scenario.scenario.clone()];
    for set in &args.scenario.sets {
        words.extend(["--set".into(), set.clone()]);
    }
    words.extend(["--seeds".into(), format!("{first}..{last}")]);
    if let Some(mix) = args.mix.and_then(MixName::mix) {
        words.extend(["--mix".into(), mix.name().into()]);
    }
    if let Some(tie) = args.tie_break {
        words.extend(["--tie-break".into(), tie.order().name().into()]);
    }
    for (flag, is_set) in
        [("--sandbox", args.scenario.sandbox), ("--first", args.first), ("--no-twin", args.no_twin)]
    {
        words.extend(is_set.then(|| flag.to_owned()));
    }
    words
}

/// A run, as another process reads it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Replayed {
    seed: u64,
    digest: String,
    violations: Vec<Violated>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    policies: Option<PoliciesJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Violated {
    property: String,
    at_us: u64,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<String>,
    text: String,
}

impl Replayed {
    /// What is told of it.
    pub fn of(plan: &Plan, told: &Told, policies: Option<PoliciesJson>) -> Replayed {
        let violations = told.violations().map(|one| Violated::of(plan, one)).collect();
        let digest = format!("{:016x}", told.digest);
        Replayed { seed: told.trial.seed, digest, violations, policies }
    }
}

impl Violated {
    fn of(plan: &Plan, one: &crate::property::Violation) -> Violated {
        Violated {
            property: plan.properties.name(one.property).to_owned(),
            at_us: one.at.as_micros(),
            at: plan.clock.format(one.at),
            instance: one.instance.map(|instance| plan.region.instance_name(instance)),
            controller: one
                .controller
                .map(|place| plan.controllers[usize::from(place)].name.clone()),
            text: text::violation_line(plan, one),
        }
    }
}

/// What a program reads of a hunt.
#[derive(Debug, Serialize)]
struct HuntJson {
    schema: &'static str,
    scenario: String,
    scenario_sha256: String,
    seeds: [u64; 2],
    mix: &'static str,
    tie_break: &'static str,
    runs: u32,
    digest: String,
    properties: Vec<PropertyJson>,
    findings: Vec<FindingJson>,
    livelocks: u32,
    failing: Vec<FailingJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<PoliciesJson>,
}

/// A run that failed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FailingJson {
    pub(super) seed: u64,
    pub(super) mix: String,
    pub(super) ties: String,
    /// None, if the run did not let time go on.
    pub(super) properties: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PropertyJson {
    name: String,
    verdict: &'static str,
    stated: [u32; 2],
    swarm: [u32; 2],
    inconclusive: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seed: Option<u64>,
}

#[derive(Debug, Serialize)]
struct FindingJson {
    seed: u64,
    mix: &'static str,
    ties: &'static str,
    runs: u32,
    violation: Violated,
    replay: String,
}
