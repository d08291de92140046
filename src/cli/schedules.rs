//! `import schedule`: controllers and demands from the schedules that people have.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::import::schedule::{self, Dialect};
use crate::scenario::{Memory, load};

use super::exit::Error;
use super::import::{deliver, open, told};
use super::stdout::{complain, print};

/// Whose rules a schedule is read by: there is no default, since one line means other days in
/// another dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum As {
    /// Crontabs, and CronJobs of Kubernetes in JSON.
    Cron,
    /// Quartz.
    Quartz,
    /// Timer triggers of CloudOps Orchestration Service.
    Oos,
    /// EventBridge Scheduler.
    Eventbridge,
    /// Instance schedules of Compute Engine.
    Gcp,
    /// Schedules and periods of Instance Scheduler on AWS.
    InstanceScheduler,
    /// Off-hours tags of Cloud Custodian.
    Custodian,
}

/// `import schedule`.
#[derive(Clone, Debug, clap::Args)]
pub struct ScheduleArgs {
    /// Lines with an expression and what is done, or the JSON of an API.
    pub file: String,
    /// Whose rules hold.
    #[arg(long = "as", value_name = "DIALECT")]
    pub dialect: As,
    /// A group of the scenario that it is about; can be repeated.
    #[arg(long = "group", value_name = "NAME", required = true)]
    pub groups: Vec<String>,
    /// The first date for which it is to hold.
    #[arg(long, value_name = "DATE")]
    pub from: String,
    /// The last one.
    #[arg(long, value_name = "DATE")]
    pub until: String,
    /// The time zone where the file states none.
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// Only what has this name; can be repeated.
    #[arg(long = "only", value_name = "NAME")]
    pub only: Vec<String>,
    /// Writes schedule.toml here, for a scenario to extend; without it it is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

impl As {
    fn dialect(self) -> Dialect {
        match self {
            As::Cron => Dialect::Cron,
            As::Quartz => Dialect::Quartz,
            As::Oos => Dialect::Oos,
            As::Eventbridge => Dialect::Eventbridge,
            As::Gcp => Dialect::Gcp,
            As::InstanceScheduler => Dialect::InstanceScheduler,
            As::Custodian => Dialect::Custodian,
        }
    }
}

/// Imports schedules.
///
/// # Errors
/// With everything that is wrong with them, or if something cannot be written.
pub fn import(args: &ScheduleArgs) -> Result<(), Error> {
    let options = schedule::Options {
        dialect: args.dialect.dialect(),
        groups: args.groups.clone(),
        timezone: args.timezone.clone(),
        from: args.from.clone(),
        until: args.until.clone(),
        only: args.only.clone(),
    };
    let made = schedule::import(open(&args.file)?, &options).map_err(told)?;
    let source = Memory::new().with("scenario.toml", &made.trial);
    if let Err(problems) = load("scenario.toml", &source, &[]) {
        return Err(Error::new("what was imported makes no scenario that can be run")
            .because(problems.to_string())
            .hint("nothing was written; --group may be what is wrong"));
    }
    match &args.out {
        None => print(&made.toml)?,
        Some(directory) => deliver(directory, &[("schedule.toml".to_owned(), made.toml)])?,
    }
    for one in &made.left_out {
        complain(format!("note: not understood: {one}"));
    }
    Ok(())
}
