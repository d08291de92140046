//! Whether a program does the same when it is told the same: in another process, later, with
//! other variables, and whatever it was told before.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::engine::TiePolicy;
use crate::sim::plan::Plan;
use crate::sim::{NoObserver, RunId};

use super::trouble::{ProgramError, shown};
use super::{Broken, MessageId, Process, Programs, Said};

/// How much later everything is said again: a clock of whole seconds shows another time.
const LATER: Duration = Duration::from_millis(1_100);
/// How much of what is said is kept to be said again, in bytes; what follows is not looked at.
pub const RECORD_MAX: usize = 256 << 20;
/// What is different for the second process, besides its number and its random sources.
const VARIABLES: [(&str, &str); 2] = [("PYTHONHASHSEED", "20260302"), ("TZ", "Pacific/Chatham")];

/// Programs answered the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pure {
    /// By controller, how many messages were answered twice.
    pub messages: Vec<(String, u64)>,
}

/// A program answered otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "controller {controller}, replication {replication}, message {} ({}, at {}): told the same \
     again, the program answers otherwise\n  first  {first}\n  then   {second}",
    message.number, message.kind, message.time
)]
pub struct Impure {
    /// The controller.
    pub controller: String,
    /// The run in which it was told so first.
    pub replication: u32,
    /// The first message that it answered otherwise.
    pub message: MessageId,
    /// What it answered in the run.
    pub first: String,
    /// What it answered when it was told the same.
    pub second: String,
}

/// Runs two replications, and says the same again to fresh processes, the second run first.
///
/// # Errors
/// If there are no such runs.
pub fn check(plan: &Plan, seed: u64, ties: TiePolicy) -> Result<Result<Pure, Impure>, Broken> {
    let programs = Programs::recording();
    let mut runs = Vec::new();
    let mut left = RECORD_MAX;
    for replication in [0, 1] {
        let run = RunId { seed, replication, ties, until_event: None };
        let (_, said) = programs.run_heard(plan, run, &mut NoObserver)?;
        for (controller, mut said) in said {
            cut(&mut said, &mut left);
            runs.push((replication, controller, said));
        }
    }
    drop(programs);
    thread::sleep(LATER);
    // Who remembers the first run in the second answers otherwise where there was none before.
    runs.reverse();
    let mut messages = BTreeMap::new();
    for controller in &plan.controllers {
        let Some(program) = controller.program() else { continue };
        let broken = |message, trouble| {
            let controller = controller.name.clone();
            Broken::Program(Box::new(ProgramError { controller, message, trouble }))
        };
        let mut process =
            Process::start(program, &VARIABLES).map_err(|trouble| broken(None, trouble))?;
        let own = runs.iter().filter(|(_, name, _)| *name == controller.name);
        for (replication, name, said) in own {
            for Said { message, answer, id } in said {
                let again =
                    process.ask(message).map_err(|trouble| broken(Some(id.clone()), trouble))?;
                if again != *answer {
                    return Ok(Err(Impure {
                        controller: name.clone(),
                        replication: *replication,
                        message: id.clone(),
                        first: text(answer, &again),
                        second: text(&again, answer),
                    }));
                }
            }
            *messages.entry(name.clone()).or_insert(0) += said.len() as u64;
        }
    }
    Ok(Ok(Pure { messages: messages.into_iter().collect() }))
}

/// A line as far as it differs from another one, with a little before that.
fn text(line: &[u8], other: &[u8]) -> String {
    const BEFORE: usize = 60;
    let [line, other] = [line, other].map(String::from_utf8_lossy);
    let same = line.chars().zip(other.chars()).take_while(|(one, two)| one == two).count();
    let left_out = same.saturating_sub(BEFORE);
    match left_out {
        0 => shown(&line),
        _ => "… ".to_owned() + &shown(&line.chars().skip(left_out).collect::<String>()),
    }
}

/// Leaves out what is beyond the limit.
fn cut(said: &mut Vec<Said>, left: &mut usize) {
    let fits = said.iter().take_while(|one| {
        let bytes = one.message.len() + one.answer.len();
        let fits = bytes <= *left;
        *left -= bytes.min(*left);
        fits
    });
    let fits = fits.count();
    said.truncate(fits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_are_shown_from_a_little_before_where_they_differ() {
        let line = |end: &str| format!("{}{end}", "a".repeat(300)).into_bytes();
        let before = "a".repeat(60);
        assert_eq!(text(&line("one"), &line("two")), format!("… {before}one"));
        assert_eq!(text(&line("two"), &line("one")), format!("… {before}two"));
        assert_eq!(text(b"short", b"shorter"), "short");
    }
}
