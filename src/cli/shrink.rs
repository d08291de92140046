//! `shrink`: the smallest scenario that still fails, and one that fails under any seed.

use crate::hunt::mix::TieOrder;
use crate::hunt::shrink::{self, ShrinkError, Shrunk, Size};
use crate::units::SimDuration;

use super::args::ShrinkArgs;
use super::exit::{Error, Exit};
use super::files::{Disk, can_be_new, write_new};
use super::scenario::load;
use super::stdout::{complain, print};

/// Makes a failing run as small as it gets.
///
/// # Errors
/// If the scenario is wrong, or its run violates nothing.
pub fn shrink(args: &ShrinkArgs) -> Result<Exit, Error> {
    if let Some(file) = &args.out {
        can_be_new(file)?;
    }
    let path = &args.scenario.scenario;
    let disk = Disk::of_scenario(path, args.scenario.sandbox);
    let trial = args.trial.of(&load(&args.scenario)?);
    let property = args.property.as_deref();
    let shrunk =
        shrink::shrink(path, &disk, &args.scenario.sets, trial, property).map_err(|error| {
            match error {
                ShrinkError::Scenario(text) => Error::Scenario(text),
                other @ ShrinkError::NothingToShrink { .. } => Error::new(other.to_string())
                    .hint("`stopsim hunt` finds seeds that violate something"),
            }
        })?;
    let text = written(args, &shrunk, trial.seed);
    told(&shrunk);
    match &args.out {
        None => print(text)?,
        Some(file) => {
            write_new(file, &text)?;
            complain(format!("written to {}", file.display()));
        }
    }
    Ok(Exit::Held)
}

/// What came of it, on standard error: the scenario may be on standard output.
fn told(shrunk: &Shrunk) {
    let [before, after] = &shrunk.sizes;
    let pair = |of: &dyn Fn(&Size) -> String| format!("{} -> {}", of(before), of(after));
    let mut text = format!(
        "{}: instances {}, faults {}, controllers {}, time {}, lines {}; {} runs",
        shrunk.target.property,
        pair(&|size| size.instances.to_string()),
        pair(&|size| size.faults.to_string()),
        pair(&|size| size.controllers.to_string()),
        pair(&|size| SimDuration::from_micros(size.micros).to_string()),
        pair(&|size| size.lines.to_string()),
        shrunk.tried,
    );
    let (fails, of) = shrunk.other_seeds;
    text += &match &shrunk.explicit {
        Some(_) => format!(
            "\nit states {} decisions, and fails under {fails} of {of} other seeds",
            shrunk.decisions
        ),
        None => {
            "\nno statement of decisions fails under every seed: it fails with its own".to_owned()
        }
    };
    if !shrunk.slips.is_empty() {
        let slips: Vec<String> =
            shrunk.slips.iter().map(|(name, runs)| format!("{name} {runs}")).collect();
        text += &format!("\nsmaller ones that failed in another way: {}", slips.join(", "));
    }
    complain(text);
}

/// The scenario with a head that says what it shows.
fn written(args: &ShrinkArgs, shrunk: &Shrunk, seed: u64) -> String {
    let target = &shrunk.target;
    let mut head = format!("# Violates {}", target.property);
    if let Some(controller) = &target.controller {
        head += &format!(" by {controller}");
    }
    if let Some(group) = &target.group {
        head += &format!(", of {group}");
    }
    head += &format!(".\n# Made smaller from {}, seed {seed}", args.scenario.scenario);
    if shrunk.trial.ties != TieOrder::Fifo {
        head += &format!(", --tie-break {}", shrunk.trial.ties.name());
    }
    head += match &shrunk.explicit {
        Some(_) => ".\n# Every decision that matters is stated: it fails under any seed.\n",
        None => ".\n# It fails with this seed.\n",
    };
    head + shrunk.explicit.as_ref().unwrap_or(&shrunk.exact)
}
