//! What can go wrong with a program, in words for who wrote it.

use std::fmt;
use std::io;
use std::process::ExitStatus;

use crate::units::SimDuration;

/// A program did what the protocol does not allow, or could not be run.
#[derive(Debug)]
pub struct ProgramError {
    /// The controller that is the program.
    pub controller: String,
    /// The message that it had last, if it had any.
    pub message: Option<MessageId>,
    /// What is wrong.
    pub trouble: Trouble,
}

/// Which message of a run, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId {
    /// Its number in the run, from 1.
    pub number: u64,
    /// Its type.
    pub kind: &'static str,
    /// The virtual time.
    pub time: String,
}

/// What is wrong.
#[derive(Debug)]
pub enum Trouble {
    /// It could not be started.
    Start {
        /// What was to be run.
        command: String,
        /// Why it was not.
        source: io::Error,
    },
    /// A pipe to it broke.
    Pipe(io::Error),
    /// It ended, or closed its output, while an answer was waited for.
    Ended {
        /// How; none if it still runs, and only its output is closed.
        status: Option<ExitStatus>,
        /// The last lines that it wrote to standard error.
        complaint: String,
    },
    /// It did not answer in time.
    Silent {
        /// How long it had, by the machine's clock.
        limit: SimDuration,
        /// The last lines that it wrote to standard error.
        complaint: String,
    },
    /// A line is longer than a line may be.
    Endless,
    /// It wrote a line that no message asked for.
    Unasked {
        /// The line.
        line: String,
    },
    /// A line that the protocol does not have.
    Line {
        /// The line.
        line: String,
        /// What is wrong with it.
        why: String,
        /// What would be right, if that can be said.
        hint: Option<String>,
    },
}

/// Longest part of a line that an error shows, in letters.
const SHOWN: usize = 200;

/// A line, or its beginning.
pub fn shown(line: &str) -> String {
    match line.char_indices().nth(SHOWN) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &line[..end], line.len()),
    }
}

impl ProgramError {
    /// What else there is to see: the line, or what it complained of.
    pub fn evidence(&self) -> Option<String> {
        match &self.trouble {
            Trouble::Start { source, .. } | Trouble::Pipe(source) => Some(source.to_string()),
            Trouble::Ended { complaint, .. } | Trouble::Silent { complaint, .. } => {
                let said = format!("it wrote to standard error:\n{complaint}");
                (!complaint.is_empty()).then_some(said)
            }
            Trouble::Endless => None,
            Trouble::Unasked { line } | Trouble::Line { line, .. } => {
                Some(format!("the line: {}", shown(line)))
            }
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.trouble {
            Trouble::Start { .. } => {
                "`program` is run in the scenario's folder: check its path, and that it may be run"
                    .to_owned()
            }
            Trouble::Silent { .. } => "a program answers every message with one line and flushes \
                 it; `reply_within` gives it longer"
                .to_owned(),
            Trouble::Line { hint: Some(hint), .. } => hint.clone(),
            Trouble::Pipe(_)
            | Trouble::Ended { .. }
            | Trouble::Endless
            | Trouble::Unasked { .. }
            | Trouble::Line { hint: None, .. } => {
                "docs/PROGRAM.md says what a program is told and what it answers".to_owned()
            }
        }
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "controller {}", self.controller)?;
        if let Some(MessageId { number, kind, time }) = &self.message {
            write!(f, ", message {number} ({kind}, at {time})")?;
        }
        write!(f, ": {}", self.trouble)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Start { command, .. } => write!(f, "cannot run `{command}`"),
            Trouble::Pipe(_) => f.write_str("the pipe to the program broke"),
            Trouble::Ended { status: Some(status), .. } => {
                write!(f, "the program ended in place of an answer ({status})")
            }
            Trouble::Ended { status: None, .. } => {
                f.write_str("the program closed its output in place of an answer")
            }
            Trouble::Silent { limit, .. } => write!(f, "the program gave no answer within {limit}"),
            Trouble::Endless => {
                write!(f, "the program's line is longer than {} bytes", super::LINE_MAX)
            }
            Trouble::Unasked { .. } => {
                f.write_str("the program wrote a line that nobody asked for")
            }
            Trouble::Line { why, .. } => write!(f, "the program's answer cannot be used: {why}"),
        }
    }
}

impl std::error::Error for ProgramError {}
