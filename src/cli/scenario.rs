//! A scenario from the disk, and the command that repeats a run of it.

use crate::engine::TiePolicy;
use crate::scenario::{self, Loaded};
use crate::sim::plan::Plan;

use super::args::{ScenarioArgs, SeedArgs, Tie};
use super::exit::Error;
use super::files::Disk;

/// Reads a scenario with its overrides.
///
/// # Errors
/// With everything that is wrong with it.
pub fn load(args: &ScenarioArgs) -> Result<Loaded, Error> {
    let disk = Disk::of_scenario(&args.scenario, args.sandbox);
    scenario::load(&args.scenario, &disk, &args.sets)
        .map_err(|errors| Error::Scenario(errors.render(false)))
}

/// The same with the prices of instance types in another region.
///
/// # Errors
/// With the first thing that is wrong with it.
pub fn load_priced_in(args: &ScenarioArgs, region: &str) -> Result<Plan, String> {
    let disk = Disk::of_scenario(&args.scenario, args.sandbox);
    match scenario::load_priced_in(&args.scenario, &disk, &args.sets, region) {
        Ok(loaded) => Ok(loaded.plan),
        Err(errors) => {
            let first = errors.problems.first();
            Err(first.map_or_else(String::new, |problem| problem.message.clone()))
        }
    }
}

/// The scenario as a text of its own.
///
/// # Errors
/// As [`load`].
pub fn expand(args: &ScenarioArgs) -> Result<String, Error> {
    let disk = Disk::of_scenario(&args.scenario, args.sandbox);
    scenario::expand(&args.scenario, &disk, &args.sets)
        .map_err(|errors| Error::Scenario(errors.render(false)))
}

/// The part of a command line that names the run: scenario, overrides, seed and ties.
pub fn identity(scenario: &ScenarioArgs, seed: u64, ties: &SeedArgs) -> Vec<String> {
    let mut words = vec![scenario.scenario.clone(), "--seed".into(), seed.to_string()];
    if scenario.sandbox {
        words.push("--sandbox".into());
    }
    for set in &scenario.sets {
        words.extend(["--set".into(), set.clone()]);
    }
    match ties.ties(seed) {
        TiePolicy::Fifo => {}
        TiePolicy::Reversed => words.extend(["--tie-break".into(), "reversed".into()]),
        TiePolicy::Seeded(tie_seed) => {
            words.extend(["--tie-break", "seeded", "--tie-seed"].map(str::to_owned));
            words.push(tie_seed.to_string());
        }
    }
    words
}

/// A line that a shell reads as these words.
pub fn line(words: impl IntoIterator<Item = String>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| quoted(&word)).collect();
    quoted.join(" ")
}

/// `fifo`, `reversed` or `seeded 7`.
pub fn ties(args: &SeedArgs, seed: u64) -> String {
    match args.tie() {
        Tie::Fifo => "fifo".to_owned(),
        Tie::Reversed => "reversed".to_owned(),
        Tie::Seeded => format!("seeded {}", args.tie_seed.unwrap_or(seed)),
    }
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_a_shell_would_change_is_quoted() {
        let words = ["run", "a.toml", "group.web.count=5", "name=\"a b\"", "it's", ""];
        let line = line(words.map(str::to_owned));
        assert_eq!(line, r#"run a.toml group.web.count=5 'name="a b"' 'it'\''s' ''"#);
    }
}
