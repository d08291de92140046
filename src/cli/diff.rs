//! `diff`: where two runs begin to differ.

use std::path::Path;

use serde::Serialize;

use crate::hunt::diff::{self, AHEAD, Checkpoints, Difference, Sides};
use crate::hunt::mix::TieOrder;
use crate::hunt::timeline::WIDTH;
use crate::hunt::timeline::draw::wrap;
use crate::hunt::{Hunter, Mix, Portfolio, Trial, regress};
use crate::program::Programs;
use crate::replicate::ReplicateError;
use crate::report::text::layout::Screen;
use crate::sim::plan::Plan;
use crate::sim::{NoObserver, RunId};
use crate::units::{Ratio, SimTime};

use super::against::{Builds, against};
use super::args::{DiffArgs, HuntFormat, ScenarioArgs, Tie};
use super::exit::{Error, Exit};
use super::lockstep::part;
use super::scenario::{line, load};
use super::stdout::print;
use super::timeline::unknown;

/// Finds the first difference.
///
/// # Errors
/// If a scenario is wrong, a fault is unknown, or time does not go on.
pub fn diff(args: &DiffArgs) -> Result<Exit, Error> {
    if let Some(other) = &args.against {
        return builds(args, other);
    }
    let mut other_scenario = args.scenario.clone();
    other_scenario.scenario = args.other.clone().unwrap_or(other_scenario.scenario);
    other_scenario.sets.extend(args.sets_b.iter().cloned());
    if args.scenario.scenario == "-" && other_scenario.scenario == "-" {
        return Err(Error::new("standard input cannot be read twice")
            .hint("write the scenario to a file, and name it"));
    }
    let loaded = load(&args.scenario)?;
    let (trial, usual) = (args.trial.of(&loaded), regress::portfolio(&loaded));
    let (plan, other) = (loaded.plan, load(&other_scenario)?.plan);
    let ties = args.tie_break_b.map_or(trial.ties, Tie::order);
    let trials = [trial, Trial { seed: args.seed_b.unwrap_or(trial.seed), ties, ..trial }];
    let mixed = Hunter::new(&plan, false).plan(&trials[0]);
    let mut changed = Hunter::new(&other, false).plan(&trials[1]);
    for name in &args.without_faults {
        let known: Vec<&str> = other.rules().map(|(_, name)| name).collect();
        if !known.contains(&name.as_str()) {
            return Err(unknown("fault", name, &known));
        }
        never(changed.to_mut(), name);
    }
    let plans: [&Plan; 2] = [&mixed, &changed];
    let runs = trials.map(|trial| trial.run());
    let [one, another] = [0, 1].map(|side| ended(plans[side], runs[side]));
    let ((base_digest, base), (other_digest, others)) = (one?, another?);
    let checkpoints = Checkpoints::of(&base, &others);
    let sides = match base_digest == other_digest {
        true => None,
        // What happens at the last equal checkpoint is looked at once more: it is equal.
        false => part(plans, runs, checkpoints.last_equal.unwrap_or(SimTime::ZERO), AHEAD)?,
    };
    let came = Came { checkpoints, digests: [base_digest, other_digest], sides };
    let words = words(args, usual, &trial);
    let said = [said(&args.scenario, &trials[0]), said(&other_scenario, &trials[1])];
    let more = args.sets_b.iter().map(|set| format!(", {set}"));
    let without = args.without_faults.iter().map(|name| format!(", without fault {name}"));
    let [base, other] = said;
    let said = [base, other + &more.chain(without).collect::<String>()];
    shown(args, words, said, plans, &came)
}

/// The same run by another build.
fn builds(args: &DiffArgs, other: &Path) -> Result<Exit, Error> {
    let loaded = load(&args.scenario)?;
    let (trial, usual) = (args.trial.of(&loaded), regress::portfolio(&loaded));
    let Builds { versions, came } = against(&args.scenario, &loaded.plan, &trial, other)?;
    let scenario = said(&args.scenario, &trial);
    let said = versions.map(|version| format!("{version}, {scenario}"));
    shown(args, words(args, usual, &trial), said, [&loaded.plan; 2], &came)
}

/// Prints what came of it.
fn shown(
    args: &DiffArgs,
    words: Vec<String>,
    said: [String; 2],
    plans: [&Plan; 2],
    came: &Came,
) -> Result<Exit, Error> {
    match args.format {
        HuntFormat::Text => {
            let mut screen = head(words, said, came.digests);
            screen += &match &came.sides {
                Some(sides) => diff::text(plans, &came.checkpoints, sides, args.next),
                None if came.is_same() => "the same happens in both\n".to_owned(),
                None => "the same happens in both, in words; their digests differ\n".to_owned(),
            };
            print(screen)?;
        }
        HuntFormat::Json => print(json(plans, came))?,
    }
    Ok(if came.is_same() { Exit::Held } else { Exit::Unmet })
}

/// Lets a fault strike nobody. Its windows still open, so that the runs do not differ by that.
fn never(plan: &mut Plan, name: &str) {
    for fault in plan.call_faults.iter_mut().filter(|fault| fault.name == name) {
        fault.probability = Ratio::ZERO;
    }
    for fault in plan.work_faults.iter_mut().filter(|fault| fault.name == name) {
        fault.probability = Ratio::ZERO;
    }
    for fault in plan.environment_faults.iter_mut().filter(|fault| fault.name == name) {
        fault.probability = Ratio::ZERO;
    }
}

/// The digest of a run, and its checkpoints.
fn ended(plan: &Plan, run: RunId) -> Result<(u64, Vec<(SimTime, u64)>), Error> {
    let broken = |broken| Error::from(ReplicateError::of(run.replication, broken));
    let outcome = Programs::new().run(plan, run, &mut NoObserver).map_err(broken)?;
    Ok((outcome.digest, outcome.checkpoints))
}

/// What came of two runs.
pub struct Came {
    /// The hourly checkpoints.
    pub checkpoints: Checkpoints,
    /// The digests at the end.
    pub digests: [u64; 2],
    /// The first facts that differ, if any do.
    pub sides: Option<Sides>,
}

impl Came {
    fn is_same(&self) -> bool {
        self.digests[0] == self.digests[1]
    }
}

/// Which run of which scenario.
fn said(scenario: &ScenarioArgs, trial: &Trial) -> String {
    let mut said = format!("{}, seed {}", scenario.scenario, trial.seed);
    if trial.mix == Mix::Swarm {
        said += ", swarm";
    }
    if trial.ties != TieOrder::Fifo {
        said += &format!(", ties {}", trial.ties.name());
    }
    said
}

/// The command line, and what both sides are.
fn head(words: Vec<String>, said: [String; 2], digests: [u64; 2]) -> String {
    let mut screen = Screen::default();
    screen.command(&line(words));
    let mut text = screen.as_str().to_owned();
    for ((letter, said), digest) in ['A', 'B'].into_iter().zip(said).zip(digests) {
        for line in wrap(&format!("{letter} {said}, digest {digest:016x}"), WIDTH) {
            text += &format!("{line}\n");
        }
    }
    text + "\n"
}

fn words(args: &DiffArgs, usual: Portfolio, trial: &Trial) -> Vec<String> {
    let DiffArgs { scenario, other, next, .. } = args;
    let mut words = super::hunt::trial_words("diff", scenario, usual, trial);
    if let Some(other) = other {
        words.insert(3, other.clone());
    }
    if let Some(seed) = args.seed_b {
        words.extend(["--seed-b".to_owned(), seed.to_string()]);
    }
    if let Some(tie) = args.tie_break_b {
        words.extend(["--tie-break-b".to_owned(), tie.order().name().to_owned()]);
    }
    for (flag, texts) in [("--set-b", &args.sets_b), ("--without-fault", &args.without_faults)] {
        words.extend(texts.iter().flat_map(|text| [flag.to_owned(), text.clone()]));
    }
    if let Some(other) = &args.against {
        words.extend(["--against".to_owned(), other.to_string_lossy().into_owned()]);
    }
    if *next != NEXT_SHOWN {
        words.extend(["--next".to_owned(), next.to_string()]);
    }
    words
}

/// So many facts of each side are shown unless another number is asked for.
pub const NEXT_SHOWN: usize = 6;

/// What a program reads.
#[derive(Serialize)]
struct DiffJson {
    schema: &'static str,
    same: bool,
    digests: [String; 2],
    checkpoints_equal: usize,
    checkpoints: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_equal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_difference: Option<Difference>,
}

fn json(plans: [&Plan; 2], came: &Came) -> String {
    let Came { checkpoints, digests, sides } = came;
    let told = DiffJson {
        schema: "stopsim.diff/1",
        same: came.is_same(),
        digests: digests.map(|digest| format!("{digest:016x}")),
        checkpoints_equal: checkpoints.equal,
        checkpoints: checkpoints.all,
        last_equal: checkpoints.last_equal.map(|at| plans[0].clock.format(at)),
        first_difference: sides.as_ref().map(|sides| diff::difference(plans, sides)),
    };
    serde_json::to_string_pretty(&told).expect("a difference is strings and numbers") + "\n"
}
