//! The thin door: arguments, files, standard output and the exit code.
//!
//! One file per command. Nothing here decides what a figure means, and nothing below here opens a
//! file, asks the time or starts a process.

mod against;
mod args;
mod backtest;
mod cache;
mod cases;
mod catalogue;
mod check;
mod child;
mod compare;
mod diff;
mod exit;
mod explain;
mod extras;
mod files;
mod fixed;
mod html;
mod hunt;
mod import;
mod init;
mod interrupt;
mod lockstep;
mod metrics;
mod plan;
mod policies;
mod presets;
mod prices;
mod regress;
mod replay;
mod report;
mod run;
mod scenario;
mod schedules;
mod selftest;
mod shrink;
mod stdout;
mod sweep;
mod timeline;
mod trials;
mod until;
mod vary;
mod verify;
mod watch;
mod what_if;
mod write;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Command, CommandLine};
use exit::{COULD_NOT_RUN, Error, Exit};
use stdout::{complain, print, say};

/// Parses the arguments, dispatches, and returns the exit code.
///
/// A broken law of the model panics: it is told with the line that replays it, and the process
/// exits with 101.
pub fn main() -> ExitCode {
    watch::tell_panics();
    interrupt::listen();
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(COULD_NOT_RUN);
            return ExitCode::from(match say(&error) {
                Ok(()) => code,
                Err(unwritten) => {
                    complain(unwritten.to_string());
                    COULD_NOT_RUN
                }
            });
        }
    };
    for (old, new) in line.command.old_words() {
        complain(format!("note: {old} is {new} now; the next release does not know the old word"));
    }
    match dispatch(&line.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(error.to_string());
            match error {
                Error::NotReproducible(_) => Exit::NotReproducible.into(),
                Error::Plain { .. } | Error::Scenario(_) => ExitCode::from(COULD_NOT_RUN),
            }
        }
    }
}

fn dispatch(command: &Command) -> Result<Exit, Error> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Check(args) => check::check(args),
        Command::Expand(args) => {
            print(scenario::expand(args)?)?;
            Ok(Exit::Held)
        }
        Command::Init(args) => init::init(args),
        Command::Import { what } => import::import(what),
        Command::Schema => {
            print(crate::scenario::schema())?;
            Ok(Exit::Held)
        }
        Command::Verify(args) => verify::verify(args),
        Command::Compare(args) => compare::compare(args),
        Command::Sweep(args) => sweep::sweep(args),
        Command::Plan(args) => plan::plan(args),
        Command::Hunt(args) => hunt::hunt(args),
        Command::Replay(args) => replay::replay(args),
        Command::Timeline(args) => timeline::timeline(args),
        Command::Diff(args) => diff::diff(args),
        Command::Selftest(args) => selftest::selftest(args),
        Command::Shrink(args) => shrink::shrink(args),
        Command::Regress(args) => regress::regress(args),
        Command::Report(args) => report::report(args),
        Command::Backtest(args) => backtest::backtest(args),
        Command::Explain(args) => explain::explain(args),
        Command::Catalogue(args) => catalogue::catalogue(args),
        Command::Metrics(args) => metrics::metrics(args),
        Command::Presets(args) => presets::presets(args),
        Command::Prices(args) => prices::prices(args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut CommandLine::command(), "stopsim", &mut script);
            print(script)?;
            Ok(Exit::Held)
        }
    }
}
