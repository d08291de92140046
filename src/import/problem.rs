//! What is wrong with an imported file: where, what, what was expected, and a hint.

use std::fmt;

/// One thing that is wrong with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: u64,
    /// Column, from 1: of a CSV its cell, of a JSON text the character; 0 if the whole line.
    pub column: u64,
    /// What is wrong, in one line.
    pub what: String,
    /// What was expected there.
    pub expected: String,
    /// What to do about it.
    pub hint: String,
}

/// Most problems that are kept and shown; reading ends there.
pub const PROBLEMS_MAX: usize = 20;

/// Everything that is wrong with what was to be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// About a file as a whole.
    pub fn new(file: &str, what: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), what: what.into(), ..Problem::default() }
    }

    /// At a line and column.
    #[must_use]
    pub fn at(self, line: u64, column: u64) -> Problem {
        Problem { line, column, ..self }
    }

    /// Says what was expected.
    #[must_use]
    pub fn expected(self, expected: impl Into<String>) -> Problem {
        Problem { expected: expected.into(), ..self }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Problem {
        Problem { hint: hint.into(), ..self }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n --> {}", self.what, self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        if !self.expected.is_empty() {
            write!(f, "\n  = expected {}", self.expected)?;
        }
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if place > 0 { "\n\n" } else { "" })?;
        }
        if self.0.len() >= PROBLEMS_MAX {
            write!(f, "\n\nreading ended after {PROBLEMS_MAX} problems")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
