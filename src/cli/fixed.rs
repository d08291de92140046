//! `hunt --failing`: whether what an earlier hunt found is fixed, in numbers.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hunt::fixed::{self, Again, Answer, Before};
use crate::hunt::{Hunted, Hunter, Portfolio, Trial};
use crate::replicate;
use crate::scenario::Source as _;
use crate::sim::plan::Plan;

use super::args::{HuntArgs, HuntFormat, MixName, Tie};
use super::exit::{Error, Exit};
use super::files::ANY_FILE;
use super::hunt::{AT_ONCE, FailingJson, SCHEMA, SEEDS_MAX, now, of_program, replay_words};
use super::scenario::line;
use super::stdout::{complain, print};

/// What is read of an earlier hunt.
#[derive(Debug, Deserialize)]
struct Earlier {
    schema: String,
    scenario: String,
    scenario_sha256: String,
    seeds: [u64; 2],
    mix: String,
    tie_break: String,
    runs: u32,
    failing: Vec<FailingJson>,
}

impl Earlier {
    fn read(path: &Path) -> Result<Earlier, Error> {
        let cannot = |why: String| {
            Error::new(format!("cannot read {}", path.display()))
                .because(why)
                .hint("--failing names what `stopsim hunt … --format json` printed")
        };
        let text = ANY_FILE.text(&path.to_string_lossy()).map_err(cannot)?;
        let earlier: Earlier =
            serde_json::from_str(&text).map_err(|error| cannot(error.to_string()))?;
        if earlier.schema != SCHEMA {
            return Err(cannot(format!("its schema is {}, expected {SCHEMA}", earlier.schema)));
        }
        match earlier.failing.is_empty() {
            true => Err(cannot("no run failed there".to_owned())),
            false => Ok(earlier),
        }
    }

    /// What failed, in the words of the new scenario.
    fn before(&self, plan: &Plan) -> Result<Before, Error> {
        let mut properties = Vec::new();
        for name in self.failing.iter().flat_map(|one| &one.properties) {
            let count = u16::try_from(plan.properties.count()).unwrap_or(u16::MAX);
            let place = (0..count).find(|place| plan.properties.name(*place) == name);
            let place = place.ok_or_else(|| {
                Error::new(format!("`{name}` was violated, and is not asked of this scenario"))
                    .hint("what is not asked is not fixed: keep the properties as they were")
            })?;
            if !properties.contains(&place) {
                properties.push(place);
            }
        }
        let trial = |one: &FailingJson| {
            let portfolio = Portfolio::of_words(&one.mix, &one.ties)?;
            Some(portfolio.trial(one.seed))
        };
        let failing: Option<Vec<Trial>> = self.failing.iter().map(trial).collect();
        let failing = failing.ok_or_else(unknown_words)?;
        Ok(Before { runs: self.runs, failing, properties })
    }
}

fn unknown_words() -> Error {
    Error::new("the earlier hunt names a mix or an order of ties that is not known here")
}

/// Says whether it is fixed.
///
/// # Errors
/// If the earlier hunt cannot be read, or asked of something else.
pub fn fixed(
    args: &HuntArgs,
    (plan, usual): (&Plan, Portfolio),
    path: &Path,
    threads: usize,
) -> Result<Exit, Error> {
    let earlier = Earlier::read(path)?;
    let before = earlier.before(plan)?;
    if earlier.scenario != plan.name {
        complain(format!(
            "note: the earlier hunt was of `{}`, this is `{}`",
            earlier.scenario, plan.name
        ));
    }
    let mut portfolio =
        Portfolio::of_words(&earlier.mix, &earlier.tie_break).ok_or_else(unknown_words)?;
    if let Some(mix) = args.mix {
        portfolio.mix = mix.mix();
    }
    portfolio.ties = args.tie_break.map(Tie::order).or(portfolio.ties);
    let budget = args.budget.map(|span| Duration::from_micros(span.as_micros()));
    let began = now();
    let in_time = || budget.is_none_or(|budget| began.elapsed() < budget);
    let hunter = Hunter::new(plan, !args.no_twin);
    let tried = |trials: &mut dyn Iterator<Item = Trial>| -> Result<Again, Error> {
        let mut hunted = Hunted::new(plan);
        while in_time() {
            let some: Vec<Trial> = trials.take(AT_ONCE as usize * threads).collect();
            if some.is_empty() {
                break;
            }
            for told in replicate::in_order(threads, &some, |trial| hunter.run(trial))? {
                hunted.add(plan, &told.map_err(of_program)?);
            }
        }
        Ok(Again::of(&before, &hunted))
    };
    let failing = tried(&mut before.failing.iter().copied())?;
    let needed = u64::from(before.needed().unwrap_or(0));
    let next = earlier.seeds[1].saturating_add(1);
    let (first, last) = match args.seeds.map(|seeds| seeds.range()) {
        // So many: those from 1 on were run before.
        Some((1, many)) => (next, next.saturating_add(many - 1)),
        Some(range) => range,
        None => (next, next.saturating_add(SEEDS_MAX)),
    };
    let most = needed.min((last - first).saturating_add(1));
    let is_all_run = failing.runs as usize == before.failing.len();
    let clean = match failing.is_clean() && is_all_run {
        false => Again::default(),
        true => tried(&mut (0..most).map(|more| portfolio.trial(first.saturating_add(more))))?,
    };
    let answer = fixed::answer(&before, &failing, &clean);
    match args.format {
        HuntFormat::Text => {
            let replay = |trial: &Trial| line(replay_words(&args.scenario, usual, trial));
            let head = line(words(args, path));
            print(head + "\n" + &fixed::text(&before, &failing, &clean, &replay))?;
        }
        HuntFormat::Json => print(json(plan, &earlier, &before, [&failing, &clean], first))?,
    }
    Ok(match answer {
        Answer::Fixed => Exit::Held,
        Answer::NotFixed => Exit::Unmet,
        Answer::TooFew => Exit::Inconclusive,
    })
}

fn words(args: &HuntArgs, path: &Path) -> Vec<String> {
    let mut words = ["stopsim", "hunt", &args.scenario.scenario].map(str::to_owned).to_vec();
    if args.scenario.sandbox {
        words.push("--sandbox".into());
    }
    for set in &args.scenario.sets {
        words.extend(["--set".into(), set.clone()]);
    }
    words.extend(["--failing".into(), path.to_string_lossy().into_owned()]);
    if let Some(seeds) = args.seeds {
        let (first, last) = seeds.range();
        words.extend(["--seeds".into(), format!("{first}..{last}")]);
    }
    if let Some(mix) = args.mix.and_then(MixName::mix) {
        words.extend(["--mix".into(), mix.name().into()]);
    }
    if let Some(tie) = args.tie_break {
        words.extend(["--tie-break".into(), tie.order().name().into()]);
    }
    words
}

/// What a program reads of it.
#[derive(Debug, Serialize)]
struct FixedJson {
    schema: &'static str,
    scenario: String,
    scenario_sha256: String,
    before: BeforeJson,
    failing: AgainJson,
    /// Where the other seeds begin.
    first_other_seed: u64,
    others: AgainJson,
    verdict: &'static str,
}

#[derive(Debug, Serialize)]
struct BeforeJson {
    scenario: String,
    scenario_sha256: String,
    runs: u32,
    failing: usize,
    properties: Vec<String>,
    /// How many clean runs show that it is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    clean_runs_needed: Option<u32>,
}

#[derive(Debug, Serialize)]
struct AgainJson {
    runs: u32,
    still: Vec<u64>,
    otherwise: Vec<u64>,
}

impl AgainJson {
    fn of(again: &Again) -> AgainJson {
        let seeds = |all: &[Trial]| all.iter().map(|one| one.seed).collect();
        let Again { runs, still, otherwise } = again;
        AgainJson { runs: *runs, still: seeds(still), otherwise: seeds(otherwise) }
    }
}

fn json(
    plan: &Plan,
    earlier: &Earlier,
    before: &Before,
    [failing, others]: [&Again; 2],
    first: u64,
) -> String {
    let name = |place: &u16| plan.properties.name(*place).to_owned();
    let fixed = FixedJson {
        schema: "stopsim.fixed/1",
        scenario: plan.name.clone(),
        scenario_sha256: plan.hash.clone(),
        before: BeforeJson {
            scenario: earlier.scenario.clone(),
            scenario_sha256: earlier.scenario_sha256.clone(),
            runs: before.runs,
            failing: before.failing.len(),
            properties: before.properties.iter().map(name).collect(),
            clean_runs_needed: before.needed(),
        },
        failing: AgainJson::of(failing),
        first_other_seed: first,
        others: AgainJson::of(others),
        verdict: match fixed::answer(before, failing, others) {
            Answer::Fixed => "fixed",
            Answer::NotFixed => "not fixed",
            Answer::TooFew => "inconclusive",
        },
    };
    serde_json::to_string_pretty(&fixed).expect("they are strings and numbers") + "\n"
}
