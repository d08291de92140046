//! How the program ends: exit codes, and errors that say what, why and what next.

use std::fmt;
use std::process::ExitCode;

/// How a command ended, when nothing kept it from ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything held; refusals of the modelled cloud are results, not failures.
    Held,
    /// An expectation was not met.
    Unmet,
    /// Two runs that should be the same were not.
    NotReproducible,
    /// An expectation could not be decided.
    Inconclusive,
    /// Of several scenarios one could not be run.
    CouldNotRun,
}

/// The exit code of what could not be run at all.
pub const COULD_NOT_RUN: u8 = 2;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Held => 0,
            Exit::Unmet => 1,
            Exit::NotReproducible => 3,
            Exit::Inconclusive => 4,
            Exit::CouldNotRun => COULD_NOT_RUN,
        })
    }
}

/// Why a command could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A message with its cause and what to do about it.
    Plain {
        /// What could not be done, and with what.
        what: String,
        /// Why, in the words of whoever refused.
        cause: Option<String>,
        /// What to do.
        hint: Option<String>,
    },
    /// The problems of a scenario, already with their places.
    Scenario(String),
    /// What came out once does not come out again.
    NotReproducible(String),
}

impl Error {
    /// Only what could not be done.
    pub fn new(what: impl Into<String>) -> Error {
        Error::Plain { what: what.into(), cause: None, hint: None }
    }

    /// With the reason.
    #[must_use]
    pub fn because(self, reason: impl fmt::Display) -> Error {
        match self {
            Error::Plain { what, hint, .. } => {
                Error::Plain { what, cause: Some(reason.to_string()), hint }
            }
            Error::Scenario(_) | Error::NotReproducible(_) => self,
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(self, what_to_do: impl Into<String>) -> Error {
        match self {
            Error::Plain { what, cause, .. } => {
                Error::Plain { what, cause, hint: Some(what_to_do.into()) }
            }
            Error::Scenario(_) | Error::NotReproducible(_) => self,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Scenario(text) => f.write_str(text),
            Error::NotReproducible(what) => write!(f, "error: not reproducible: {what}"),
            Error::Plain { what, cause, hint } => {
                write!(f, "error: {what}")?;
                if let Some(cause) = cause {
                    write!(f, "\ncaused by: {cause}")?;
                }
                if let Some(hint) = hint {
                    write!(f, "\nhint: {hint}")?;
                }
                Ok(())
            }
        }
    }
}
