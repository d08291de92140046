//! `verify`: the same run in two processes, every byte compared.
//!
//! Two processes, because a hash seed, an address or a leftover of the first run would not show
//! in one; different numbers of threads, because they must not show either. Programs are told the
//! same again before that.

use std::path::Path;
use std::process::{Command, Output};

use crate::engine::TiePolicy;
use crate::program;
use crate::replicate::ReplicateError;
use crate::sim::plan::Plan;

use super::args::VerifyArgs;
use super::child;
use super::exit::{Error, Exit};
use super::files::{Scratch, contents};
use super::scenario::{identity, line, load};
use super::stdout::print;

/// Runs twice and compares.
///
/// # Errors
/// If either run cannot be had.
pub fn verify(args: &VerifyArgs) -> Result<Exit, Error> {
    if args.scenario.scenario == "-" {
        return Err(Error::new("two processes cannot both read standard input")
            .hint("write the scenario to a file, and name it"));
    }
    let plan = load(&args.scenario)?.plan;
    let seed = args.seed.seed.or(plan.run.seed).unwrap_or(1);
    let replications = args.replications.unwrap_or(plan.run.replications.max(2));
    if let Some(told) = impurity(&plan, seed, args.seed.ties(seed))? {
        print(format!("{told}\nnot reproducible\n"))?;
        return Ok(Exit::NotReproducible);
    }
    let me = std::env::current_exe()
        .map_err(|error| Error::new("cannot find this program itself").because(error))?;
    let mut words = vec!["run".to_owned()];
    words.extend(identity(&args.scenario, seed, &args.seed));
    words.extend(["--replications".to_owned(), replications.to_string()]);
    let scratch = Scratch::new("verify")?;
    let first = one(&me, &words, 1, &scratch.path("first"))?;
    let other = args.against.clone().unwrap_or_else(|| me.clone());
    let second = one(&other, &words, args.threads, &scratch.path("second"))?;
    let mut text = format!("stopsim {}\n", line(words));
    for (name, run) in [("first", &first), ("second", &second)] {
        text += &format!(
            "{name:6}  digest {}  {} files  {}\n",
            run.digest(),
            run.files.len(),
            run.what
        );
    }
    let differences = differences(&first, &second);
    for difference in &differences {
        text += &format!("differs: {difference}\n");
    }
    text += match differences.is_empty() {
        true => "the same bytes\n",
        false => "not reproducible\n",
    };
    print(text)?;
    Ok(if differences.is_empty() { Exit::Held } else { Exit::NotReproducible })
}

/// What a program does otherwise when it is told the same again, if one does.
fn impurity(plan: &Plan, seed: u64, ties: TiePolicy) -> Result<Option<String>, Error> {
    if !plan.has_programs() {
        return Ok(None);
    }
    let checked = program::check(plan, seed, ties)
        .map_err(|broken| Error::from(ReplicateError::of(0, broken)))?;
    match checked {
        Err(impure) => Ok(Some(impure.to_string())),
        Ok(pure) => {
            let told = |(controller, messages): &(String, u64)| {
                let again = "messages answered the same again, a second later";
                format!("{controller}: {messages} {again}\n")
            };
            print(pure.messages.iter().map(told).collect::<String>())?;
            Ok(None)
        }
    }
}

/// What one process made of the run.
struct Ran {
    what: String,
    code: Option<i32>,
    stdout: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
}

impl Ran {
    fn digest(&self) -> String {
        let summary = self.files.iter().find(|(name, _)| name == "summary.json");
        let parsed: Option<serde_json::Value> =
            summary.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
        let digest = parsed.as_ref().and_then(|summary| summary["digest"].as_str());
        digest.unwrap_or("missing").to_owned()
    }
}

fn one(program: &Path, words: &[String], threads: u32, out: &Path) -> Result<Ran, Error> {
    let what = format!(
        "{}, {threads} thread{}",
        program.file_name().unwrap_or_default().to_string_lossy(),
        if threads == 1 { "" } else { "s" },
    );
    let output = run(program, words, threads, out)?;
    Ok(Ran { what, code: output.status.code(), stdout: output.stdout, files: contents(out)? })
}

/// Lets a build of stopsim run something and write what comes of it to a folder.
///
/// # Errors
/// If it cannot.
pub fn run(program: &Path, words: &[String], threads: u32, out: &Path) -> Result<Output, Error> {
    let mut command = Command::new(program);
    command.args(words).args(["--threads", &threads.to_string(), "--out"]).arg(out);
    let output = child::output(&mut command)
        .map_err(|e| Error::new(format!("cannot run {}", program.display())).because(e))?;
    // 1 and 4 are what expectations make of a whole result.
    if !matches!(output.status.code(), Some(0 | 1 | 4)) {
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::new(format!("{} could not run it", program.display())).because(told));
    }
    Ok(output)
}

/// What differs, by name.
fn differences(first: &Ran, second: &Ran) -> Vec<String> {
    let mut found = Vec::new();
    if first.code != second.code {
        found.push(format!("exit code: {:?} and {:?}", first.code, second.code));
    }
    if first.stdout != second.stdout {
        found.push(format!("standard output {}", place(&first.stdout, &second.stdout)));
    }
    for (name, bytes) in &first.files {
        match second.files.iter().find(|(other, _)| other == name) {
            None => found.push(format!("{name}: only the first wrote it")),
            Some((_, others)) if others != bytes => {
                found.push(format!("{name} {}", place(bytes, others)));
            }
            Some(_) => {}
        }
    }
    for (name, _) in &second.files {
        if !first.files.iter().any(|(other, _)| other == name) {
            found.push(format!("{name}: only the second wrote it"));
        }
    }
    found
}

/// `at line 12`, the first that differs.
fn place(first: &[u8], second: &[u8]) -> String {
    let lines =
        |bytes: &'_ [u8]| bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (first, second) = (lines(first), lines(second));
    let same = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
    format!("from line {} on", same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(stdout: &str, files: &[(&str, &str)]) -> Ran {
        let file = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
        Ran {
            what: String::new(),
            code: Some(0),
            stdout: stdout.into(),
            files: files.iter().map(file).collect(),
        }
    }

    #[test]
    fn every_byte_counts_and_the_first_difference_is_named() {
        let first = ran("a\nb\n", &[("x.csv", "1\n2\n"), ("y.csv", "")]);
        assert_eq!(
            differences(&first, &ran("a\nb\n", &[("x.csv", "1\n2\n"), ("y.csv", "")])),
            [""; 0]
        );
        let second = ran("a\nc\n", &[("x.csv", "1\n3\n"), ("z.csv", "")]);
        assert_eq!(
            differences(&first, &second),
            [
                "standard output from line 2 on",
                "x.csv from line 2 on",
                "y.csv: only the first wrote it",
                "z.csv: only the second wrote it",
            ]
        );
    }

    #[test]
    fn the_digest_is_read_from_the_summary() {
        assert_eq!(ran("", &[("summary.json", r#"{"digest":"00ff"}"#)]).digest(), "00ff");
        assert_eq!(ran("", &[]).digest(), "missing");
    }
}
