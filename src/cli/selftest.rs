//! `selftest`: the hunter on trial.

use crate::hunt::selftest::Selftest;
use crate::replicate;

use super::args::SelftestArgs;
use super::exit::{Error, Exit};
use super::hunt::cores;
use super::stdout::print;

/// Puts the hunter on trial.
///
/// # Errors
/// If threads cannot be had.
pub fn selftest(args: &SelftestArgs) -> Result<Exit, Error> {
    let threads = args.threads.map_or_else(cores, |threads| threads as usize);
    // Threads that can be had once can be had again.
    replicate::in_order(threads, &[()], |()| ())?;
    let came_to = Selftest::run(&|hunter, trials| {
        replicate::in_order(threads, trials, |trial| hunter.run(trial)).unwrap_or_default()
    });
    print(came_to.text())?;
    Ok(if came_to.passes() { Exit::Held } else { Exit::Unmet })
}
