//! `--junit` and `--annotate`: verdicts for continuous integration.

use crate::report::cases::{Suite, annotations, junit};

use super::args::{AnnotateName, CasesArgs};
use super::exit::Error;
use super::files::{Kind, PageFile};
use super::stdout::complain;

/// Where verdicts are to be put, if they are wanted.
#[derive(Debug)]
pub struct Claimed<'a> {
    args: &'a CasesArgs,
    file: Option<PageFile>,
}

/// Looks whether they can be put there, before anything is run.
///
/// # Errors
/// If they cannot.
pub fn claim(args: &CasesArgs) -> Result<Claimed<'_>, Error> {
    let file = args.junit.as_deref().map(|path| PageFile::claim(Kind::JUnit, path)).transpose()?;
    Ok(Claimed { args, file })
}

impl Claimed<'_> {
    /// Puts them there. Annotations go to standard error, which a workflow reads as well: standard
    /// output may be JSON.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn put(&self, command: &str, suites: impl FnOnce() -> Vec<Suite>) -> Result<(), Error> {
        if self.file.is_none() && self.args.annotate.is_none() {
            return Ok(());
        }
        let suites = suites();
        match self.args.annotate {
            None => {}
            Some(AnnotateName::Github) => {
                annotations(&suites).lines().for_each(complain);
            }
        }
        if let (Some(path), Some(file)) = (&self.args.junit, &self.file) {
            let text = junit(command, &suites)
                .map_err(|error| Error::new("cannot compose the cases").because(error))?;
            file.write(&text)?;
            complain(format!("cases written to {}", path.display()));
        }
        Ok(())
    }
}
