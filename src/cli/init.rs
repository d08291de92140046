//! `init`: scenarios to start from.

use clap::ValueEnum;

use super::args::InitArgs;
use super::exit::{Error, Exit};
use super::files::write_new;
use super::stdout::{complain, print};

/// Which scenario to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// One group, one schedule, one pool: the least that shows a risk.
    Minimal,
    /// Two thousand instances over four weeks, stock that is short at some start waves.
    OfficeHours,
    /// Only the saving: stock is unlimited, so restart risk is not modelled.
    SavingOnly,
}

impl Template {
    /// The text of the scenario.
    pub fn text(self) -> &'static str {
        match self {
            Template::Minimal => include_str!("templates/minimal.toml"),
            Template::OfficeHours => include_str!("../../scenarios/office-hours.toml"),
            Template::SavingOnly => include_str!("templates/saving-only.toml"),
        }
    }
}

/// Prints a template, or writes it to a file that does not exist yet.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn init(args: &InitArgs) -> Result<Exit, Error> {
    match &args.path {
        None => print(args.template.text())?,
        Some(path) => {
            write_new(path, args.template.text())?;
            complain(format!("written to {0}; try: stopsim run {0}", path.display()));
        }
    }
    Ok(Exit::Held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Memory, load};

    #[test]
    fn every_template_is_a_sound_scenario() {
        for template in Template::value_variants() {
            let source = Memory::new().with("template.toml", template.text());
            if let Err(errors) = load("template.toml", &source, &[]) {
                panic!("{template:?}:\n{errors}");
            }
        }
    }
}
