//! `diff`: where two runs begin to differ.

use serde::Serialize;

use crate::hunt::diff::{self, AHEAD, Checkpoints, Difference, Sides};
use crate::hunt::timeline::WIDTH;
use crate::hunt::timeline::draw::wrap;
use crate::hunt::{Hunter, Mix, Trial};
use crate::program::Programs;
use crate::replicate::ReplicateError;
use crate::report::text::layout::Screen;
use crate::units::{Ratio, SimTime};
use crate::world::plan::Plan;
use crate::world::{NoObserver, RunId};

use super::args::{DiffArgs, HuntFormat, ScenarioArgs};
use super::exit::{Error, Exit};
use super::lockstep::part;
use super::scenario::{line, load};
use super::stdout::print;
use super::timeline::{run_of, unknown};

/// Finds the first difference.
///
/// # Errors
/// If a scenario is wrong, a fault is unknown, or time does not go on.
pub fn diff(args: &DiffArgs) -> Result<Exit, Error> {
    let mut other_scenario = args.scenario.clone();
    other_scenario.scenario = args.other.clone().unwrap_or(other_scenario.scenario);
    other_scenario.sets.extend(args.sets_b.iter().cloned());
    if args.scenario.scenario == "-" && other_scenario.scenario == "-" {
        return Err(Error::new("standard input cannot be read twice")
            .hint("write the scenario to a file, and name it"));
    }
    let plan = load(&args.scenario)?.plan;
    let other = load(&other_scenario)?.plan;
    let trial = args.trial.of(&plan);
    let ties = args.tie_break_b.unwrap_or(args.trial.tie_break).order();
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
    let runs = trials.map(|trial| run_of(&trial));
    let [one, another] = [0, 1].map(|side| ended(plans[side], runs[side]));
    let ((base_digest, base), (other_digest, others)) = (one?, another?);
    let checkpoints = Checkpoints::of(&base, &others);
    let digests = [base_digest, other_digest];
    let sides = match base_digest == other_digest {
        true => None,
        // What happens at the last equal checkpoint is looked at once more: it is equal.
        false => part(plans, runs, checkpoints.last_equal.unwrap_or(SimTime::ZERO), AHEAD)?,
    };
    match args.format {
        HuntFormat::Text => {
            let told = Told { args, other: &other_scenario, trials, digests };
            let mut screen = told.head();
            screen += &match &sides {
                Some(sides) => diff::text(plans, &checkpoints, sides, args.next),
                None => told.same(),
            };
            print(screen)?;
        }
        HuntFormat::Json => print(json(plans, &checkpoints, digests, sides.as_ref()))?,
    }
    Ok(if base_digest == other_digest { Exit::Held } else { Exit::Unmet })
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

/// What is said besides where they differ.
struct Told<'a> {
    args: &'a DiffArgs,
    other: &'a ScenarioArgs,
    trials: [Trial; 2],
    digests: [u64; 2],
}

impl Told<'_> {
    fn head(&self) -> String {
        let mut screen = Screen::default();
        screen.command(&line(self.words()));
        let mut text = screen.as_str().to_owned();
        let scenarios = [&self.args.scenario, self.other];
        for (side, letter) in ['A', 'B'].into_iter().enumerate() {
            let (trial, scenario) = (&self.trials[side], scenarios[side]);
            let mut said = format!("{letter} {}, seed {}", scenario.scenario, trial.seed);
            if trial.mix == Mix::Swarm {
                said += ", swarm";
            }
            if trial.ties.name() != "fifo" {
                said += &format!(", ties {}", trial.ties.name());
            }
            if side == 1 {
                let sets = self.args.sets_b.iter().map(|set| format!(", {set}"));
                let without = self.args.without_faults.iter();
                said.extend(sets.chain(without.map(|name| format!(", without fault {name}"))));
            }
            said += &format!(", digest {:016x}", self.digests[side]);
            for line in wrap(&said, WIDTH) {
                text += &format!("{line}\n");
            }
        }
        text + "\n"
    }

    /// Where no fact differs.
    fn same(&self) -> String {
        match self.digests[0] == self.digests[1] {
            true => "the same happens in both\n".to_owned(),
            false => "the same happens in both, in words; their digests differ\n".to_owned(),
        }
    }

    fn words(&self) -> Vec<String> {
        let DiffArgs { scenario, other, next, .. } = self.args;
        let mut words = super::hunt::trial_words("diff", scenario, &self.trials[0]);
        if let Some(other) = other {
            words.insert(3, other.clone());
        }
        if let Some(seed) = self.args.seed_b {
            words.extend(["--seed-b".to_owned(), seed.to_string()]);
        }
        if let Some(tie) = self.args.tie_break_b {
            words.extend(["--tie-break-b".to_owned(), tie.order().name().to_owned()]);
        }
        for (flag, texts) in
            [("--set-b", &self.args.sets_b), ("--without-fault", &self.args.without_faults)]
        {
            words.extend(texts.iter().flat_map(|text| [flag.to_owned(), text.clone()]));
        }
        if *next != NEXT_SHOWN {
            words.extend(["--next".to_owned(), next.to_string()]);
        }
        words
    }
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

fn json(
    plans: [&Plan; 2],
    checkpoints: &Checkpoints,
    digests: [u64; 2],
    sides: Option<&Sides>,
) -> String {
    let told = DiffJson {
        schema: "stopsim.diff/1",
        same: digests[0] == digests[1],
        digests: digests.map(|digest| format!("{digest:016x}")),
        checkpoints_equal: checkpoints.equal,
        checkpoints: checkpoints.all,
        last_equal: checkpoints.last_equal.map(|at| plans[0].clock.format(at)),
        first_difference: sides.map(|sides| diff::difference(plans, sides)),
    };
    serde_json::to_string_pretty(&told).expect("a difference is strings and numbers") + "\n"
}
