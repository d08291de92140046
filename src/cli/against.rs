//! `diff --against`: where two builds of stopsim begin to differ in the same run.

use std::path::Path;
use std::process::Command;

use crate::hunt::diff::{AHEAD, Checkpoints, Happened, Place, Sides};
use crate::hunt::{Mix, Trial};
use crate::report::facts::Told;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::args::ScenarioArgs;
use super::child;
use super::diff::Came;
use super::exit::Error;
use super::files::{Scratch, lines};
use super::verify::run;

/// A run as two builds make it.
pub struct Builds {
    /// What each says it is: `stopsim 1.2.0`.
    pub versions: [String; 2],
    /// What came of it.
    pub came: Came,
}

/// Lets this build and another one make the same run, and compares all facts.
///
/// # Errors
/// If one of them cannot, or the run has a swarm, which only a hunt has.
pub fn against(
    scenario: &ScenarioArgs,
    plan: &Plan,
    trial: &Trial,
    other: &Path,
) -> Result<Builds, Error> {
    if trial.mix == Mix::Swarm {
        return Err(Error::new("a swarm is not for --against, as builds may draw other ones")
            .hint("--mix stated"));
    }
    if scenario.scenario == "-" {
        return Err(Error::new("two processes cannot both read standard input")
            .hint("write the scenario to a file, and name it"));
    }
    let me = std::env::current_exe()
        .map_err(|error| Error::new("cannot find this program itself").because(error))?;
    let scratch = Scratch::new("diff")?;
    let words = words(scenario, trial);
    let programs = [me.as_path(), other];
    let folders = ["first", "second"].map(|name| scratch.path(name));
    for (program, folder) in programs.iter().zip(&folders) {
        run(program, &words, 1, folder)?;
    }
    let [base, others] = [0, 1].map(|side| checkpoints(&folders[side].join("checkpoints.csv")));
    let [first, second] = [0, 1].map(|side| digest(&folders[side].join("summary.json")));
    let facts = [0, 1].map(|side| folders[side].join("facts.ndjson"));
    let digests = [first?, second?];
    let sides = match digests[0] == digests[1] {
        true => None,
        false => part(plan, &facts[0], &facts[1])?,
    };
    let came = Came { checkpoints: Checkpoints::of(&base?, &others?), digests, sides };
    Ok(Builds { versions: [version(programs[0])?, version(programs[1])?], came })
}

/// What is run, in the words of any version.
fn words(scenario: &ScenarioArgs, trial: &Trial) -> Vec<String> {
    let mut words = vec!["run".to_owned(), scenario.scenario.clone()];
    words.extend(scenario.sandbox.then(|| "--sandbox".to_owned()));
    for set in &scenario.sets {
        words.extend(["--set".to_owned(), set.clone()]);
    }
    words.extend(["--seed".to_owned(), trial.seed.to_string()]);
    words.extend(["--tie-break", trial.ties.name()].map(str::to_owned));
    if let Some(seed) = trial.tie_seed {
        words.extend(["--tie-seed".to_owned(), seed.to_string()]);
    }
    words.extend(["--replications", "1", "--facts"].map(str::to_owned));
    words
}

fn version(program: &Path) -> Result<String, Error> {
    let output = child::output(Command::new(program).arg("--version"))
        .map_err(|error| Error::new(format!("cannot run {}", program.display())).because(error))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn unreadable(path: &Path) -> Error {
    Error::new(format!("cannot understand {}", path.display()))
        .because("another version wrote it in another form")
}

/// The rows of `checkpoints.csv`: when, and the digest.
fn checkpoints(path: &Path) -> Result<Vec<(SimTime, u64)>, Error> {
    let mut rows = lines(path)?;
    let head = rows.next().ok_or_else(|| unreadable(path))??;
    let column = |name| head.split(',').position(|one| one == name).ok_or_else(|| unreadable(path));
    let (time, digest) = (column("time_us")?, column("digest")?);
    rows.map(|row| {
        let row = row?;
        let cell = |place| row.split(',').nth(place).unwrap_or_default();
        let at = cell(time).parse().map_err(|_| unreadable(path))?;
        let digest = u64::from_str_radix(cell(digest), 16).map_err(|_| unreadable(path))?;
        Ok((SimTime::from_micros(at), digest))
    })
    .collect()
}

/// The digest of the run in `summary.json`.
fn digest(path: &Path) -> Result<u64, Error> {
    let text = lines(path)?.collect::<Result<String, Error>>()?;
    let summary: serde_json::Value = serde_json::from_str(&text).map_err(|_| unreadable(path))?;
    let digest = summary["digest"].as_str().and_then(|text| u64::from_str_radix(text, 16).ok());
    digest.ok_or_else(|| unreadable(path))
}

/// The first facts that are not the same in two files, and what follows them.
fn part(plan: &Plan, base: &Path, other: &Path) -> Result<Option<Sides>, Error> {
    let mut facts = [Facts::of(plan, base)?, Facts::of(plan, other)?];
    loop {
        let [one, another] = facts.each_mut().map(Facts::next);
        let (one, another) = (one?, another?);
        match (&one, &another) {
            (None, None) => return Ok(None),
            (Some(one), Some(another)) if one.told == another.told => {}
            (Some(_), _) | (None, Some(_)) => {
                let mut sides = [one, another].map(|first| first.into_iter().collect::<Vec<_>>());
                for (side, facts) in sides.iter_mut().zip(&mut facts) {
                    while side.len() < AHEAD
                        && let Some(fact) = facts.next()?
                    {
                        side.push(fact);
                    }
                }
                return Ok(Some(sides));
            }
        }
    }
}

/// The facts of a file.
struct Facts<'a> {
    plan: &'a Plan,
    path: &'a Path,
    lines: Box<dyn Iterator<Item = Result<String, Error>>>,
    read: u64,
}

impl<'a> Facts<'a> {
    fn of(plan: &'a Plan, path: &'a Path) -> Result<Facts<'a>, Error> {
        Ok(Facts { plan, path, lines: Box::new(lines(path)?), read: 0 })
    }

    fn next(&mut self) -> Result<Option<Happened>, Error> {
        let Some(line) = self.lines.next().transpose()? else { return Ok(None) };
        self.read += 1;
        let told = Told::read(&line, &self.plan.clock).ok_or_else(|| unreadable(self.path))?;
        Ok(Some(Happened { place: Place::Line(self.read), told }))
    }
}
