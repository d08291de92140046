//! `regress`: scenarios that are kept, run again and held to what they expect.

use serde::Serialize;

use crate::engine::RNG_VERSION;
use crate::hunt::regress::{self, Met, Standing};
use crate::hunt::text::violation_line;
use crate::hunt::{Hunted, Hunter, Trial};
use crate::property::Expected;
use crate::replicate;
use crate::report::cases::{Case, Status, Suite};
use crate::scenario::Loaded;

use super::args::{ExpectName, HuntFormat, RegressArgs, ScenarioArgs};
use super::cases;
use super::exit::{Error, Exit};
use super::files::scenarios;
use super::hunt::{AT_ONCE, cores, of_program, replay_words};
use super::scenario::{line, load};
use super::stdout::{harmless, print};

/// Runs every scenario, and says what is not as it expects.
///
/// # Errors
/// If there is no scenario, or something cannot be written.
pub fn regress(args: &RegressArgs) -> Result<Exit, Error> {
    let cases = cases::claim(&args.cases)?;
    let mut files = Vec::new();
    for path in &args.paths {
        files.extend(scenarios(path)?);
    }
    let mut all = Vec::new();
    for file in files {
        let kept = Kept::run(args, file);
        if args.format == HuntFormat::Text {
            print(kept.text())?;
        }
        all.push(kept);
    }
    let count = |end| all.iter().filter(|one| one.end == end).count();
    let mut last = format!("{} of {} as expected", count(Exit::Held), all.len());
    let others = [
        (Exit::Unmet, "not as expected"),
        (Exit::Inconclusive, "inconclusive"),
        (Exit::NotReproducible, "of another version of random numbers"),
        (Exit::CouldNotRun, "not run"),
    ];
    for (end, words) in others {
        if count(end) > 0 {
            last += &format!(", {} {words}", count(end));
        }
    }
    print(match args.format {
        HuntFormat::Text => last + "\n",
        HuntFormat::Json => json(&all),
    })?;
    cases.put("regress", || all.iter().map(|one| one.suite.clone()).collect())?;
    let worst = [Exit::CouldNotRun, Exit::Unmet, Exit::NotReproducible, Exit::Inconclusive];
    Ok(worst.into_iter().find(|end| count(*end) > 0).unwrap_or(Exit::Held))
}

/// What a program reads.
#[derive(Serialize)]
struct RegressJson<'a> {
    schema: &'static str,
    scenarios: Vec<KeptJson<'a>>,
}

#[derive(Serialize)]
struct KeptJson<'a> {
    verdict: &'static str,
    runs: u32,
    #[serde(flatten)]
    suite: &'a Suite,
}

fn json(all: &[Kept]) -> String {
    let scenarios = all.iter().map(|one| KeptJson {
        verdict: one.verdict(),
        runs: one.runs,
        suite: &one.suite,
    });
    let told = RegressJson { schema: "stopsim.regress/1", scenarios: scenarios.collect() };
    serde_json::to_string_pretty(&told).expect("verdicts are strings and numbers") + "\n"
}

/// A scenario, and what came of it.
struct Kept {
    suite: Suite,
    end: Exit,
    /// How many runs there were.
    runs: u32,
}

impl Kept {
    fn run(args: &RegressArgs, file: String) -> Kept {
        let scenario =
            ScenarioArgs { scenario: file.clone(), sandbox: args.sandbox, sets: Vec::new() };
        let whole = |name: &str, status, message: String| {
            vec![Case { name: name.to_owned(), status, message, replay: String::new() }]
        };
        let (cases, end, runs) = match judged(args, &scenario) {
            Ok((cases, end, runs)) => (cases, end, runs),
            Err(NotRun::Numbers(numbers)) => {
                let message = format!(
                    "its seeds are of version {numbers} of random numbers, this program has \
                     {RNG_VERSION}, and it states no decisions"
                );
                (whole("numbers", Status::NotRun, message), Exit::NotReproducible, 0)
            }
            Err(NotRun::Error(error)) => {
                let message = error.to_string();
                (whole("run", Status::NotRun, message), Exit::CouldNotRun, 0)
            }
        };
        Kept { suite: Suite { file, cases }, end, runs }
    }

    fn verdict(&self) -> &'static str {
        match self.end {
            Exit::Held => "as expected",
            Exit::Unmet => "not as expected",
            Exit::Inconclusive => "inconclusive",
            Exit::NotReproducible => "other numbers",
            Exit::CouldNotRun => "not run",
        }
    }

    fn text(&self) -> String {
        let head = match self.end {
            // What somebody has to do something about stands out.
            Exit::Unmet | Exit::CouldNotRun => self.verdict().to_uppercase(),
            Exit::Held | Exit::Inconclusive | Exit::NotReproducible => self.verdict().to_owned(),
        };
        let Suite { file, cases } = &self.suite;
        let runs = match self.runs {
            0 => String::new(),
            1 => ", 1 run".to_owned(),
            runs => format!(", {runs} runs"),
        };
        let mut text = format!("{head:<16} {}{runs}\n", harmless(file));
        for case in cases {
            match case.status {
                Status::Passed | Status::Silent => continue,
                Status::Failed | Status::Open | Status::NotRun => {}
            }
            let mut lines = case.message.lines();
            text += &format!("    {}: {}\n", case.name, lines.next().unwrap_or_default());
            lines.for_each(|more| text += &format!("      {more}\n"));
            if !case.replay.is_empty() {
                text += &format!("    {}\n", case.replay);
            }
        }
        text
    }
}

/// Why a scenario was not run.
enum NotRun {
    /// Its seeds mean something else now.
    Numbers(u64),
    /// It is wrong, or a program of it failed.
    Error(Error),
}

impl<E: Into<Error>> From<E> for NotRun {
    fn from(error: E) -> NotRun {
        NotRun::Error(error.into())
    }
}

fn judged(args: &RegressArgs, scenario: &ScenarioArgs) -> Result<(Vec<Case>, Exit, u32), NotRun> {
    let loaded = load(scenario)?;
    if let Some(numbers) = regress::is_of_other_numbers(&loaded) {
        return Err(NotRun::Numbers(numbers));
    }
    let trials = regress::trials(&loaded);
    let hunted = run(args, &loaded, &trials)?;
    let plan = &loaded.plan;
    let standings = regress::standings(plan, &hunted, args.expect == ExpectName::Holds);
    let usual = regress::portfolio(&loaded);
    let replay = |trial: &Trial| line(replay_words(scenario, usual, trial));
    let case = |standing: &Standing| {
        let Standing { name, expected, met, first } = standing;
        let (trial, what) = match first {
            Some((trial, violation)) => (*trial, violation_line(plan, violation)),
            None => (trials[0], String::new()),
        };
        let (status, message) = match (met, expected) {
            (Met::Yes, _) => (Status::Passed, String::new()),
            (Met::No, Expected::Holds) => {
                (Status::Failed, format!("violated, expected holds: {what}"))
            }
            (Met::No, Expected::Violated) => {
                (Status::Failed, "holds, expected violated".to_owned())
            }
            (Met::Open(why), expected) => {
                (Status::Open, format!("{why}, expected {}", expected.name()))
            }
            (Met::Silent(why), _) => (Status::Silent, (*why).to_owned()),
        };
        let replay = if *met == Met::Yes { String::new() } else { replay(&trial) };
        Case { name: name.clone(), status, message, replay }
    };
    let mut cases: Vec<Case> = standings.iter().map(case).collect();
    if let (livelocks, Some(trial)) = hunted.livelocks {
        let message = format!("{livelocks} runs did not let time go on");
        let (name, replay) = ("time goes on".to_owned(), replay(&trial));
        cases.push(Case { name, status: Status::Failed, message, replay });
    }
    let has = |status| cases.iter().any(|case: &Case| case.status == status);
    let end = if has(Status::Failed) {
        Exit::Unmet
    } else if has(Status::Open) || !has(Status::Passed) {
        Exit::Inconclusive
    } else {
        Exit::Held
    };
    if end == Exit::Inconclusive && !has(Status::Open) {
        let message = "no property told anything".to_owned();
        let (name, replay) = ("properties".to_owned(), replay(&trials[0]));
        cases.push(Case { name, status: Status::Open, message, replay });
    }
    Ok((cases, end, hunted.runs))
}

fn run(args: &RegressArgs, loaded: &Loaded, trials: &[Trial]) -> Result<Hunted, Error> {
    let plan = &loaded.plan;
    let threads = args.threads.map_or_else(cores, |threads| threads as usize);
    let hunter = Hunter::new(plan, !args.no_twin);
    let mut hunted = Hunted::new(plan);
    for some in trials.chunks(AT_ONCE as usize * threads) {
        for told in replicate::in_order(threads, some, |trial| hunter.run(trial))? {
            hunted.add(plan, &told.map_err(of_program)?);
        }
    }
    Ok(hunted)
}
