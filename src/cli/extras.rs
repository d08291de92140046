//! Files that are written only when asked for, by watching: facts.ndjson and instances.csv.

use crate::fact::Fact;
use crate::report::facts::FactLog;
use crate::report::instances::InstanceTable;
use crate::report::names::Names;
use crate::sim::Observer;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::args::RunArgs;
use super::exit::Error;
use super::files::{EVENTS, FACTS, Output, Pending};

/// What watches one replication for the files that were asked for.
pub struct Extras<'p> {
    facts: Option<Result<FactLog<'p, Pending>, Error>>,
    instances: Option<InstanceTable<'p>>,
    folder: String,
    /// What the file of facts is called.
    log: &'static str,
}

impl<'p> Extras<'p> {
    /// Whether any of these files was asked for.
    pub fn wanted(args: &RunArgs) -> bool {
        args.facts || args.events || args.instances
    }

    /// For one replication; with several, each has a folder of its own.
    pub fn of(
        args: &RunArgs,
        plan: &'p Plan,
        seed: u64,
        replication: u32,
        several: bool,
        output: &Output,
    ) -> Extras<'p> {
        let folder = if several { format!("runs/{replication}/") } else { String::new() };
        let log = if args.events { EVENTS } else { FACTS };
        let open = || {
            let file = output.file(&format!("{folder}{log}"))?;
            Ok(FactLog::new(Names::new(plan, seed, replication), file))
        };
        Extras {
            facts: (args.facts || args.events).then(open),
            instances: args.instances.then(|| InstanceTable::new(plan)),
            folder,
            log,
        }
    }

    /// Writes what is left to be written; the run ended at `end`.
    ///
    /// # Errors
    /// If anything could not be written.
    pub fn finish(self, output: &Output, end: SimTime) -> Result<(), Error> {
        if let Some(log) = self.facts {
            let shown = format!("{}{}", self.folder, self.log);
            log?.end().map_err(|error| output.cannot_write(&shown, &error))?.finish()?;
        }
        if let Some(table) = self.instances {
            let file = output.file(&format!("{}instances.csv", self.folder))?;
            file.fill(|out| table.write(out, end))?;
        }
        Ok(())
    }
}

impl Observer for Extras<'_> {
    fn fact(&mut self, at: SimTime, fact: &Fact) {
        if let Some(Ok(log)) = &mut self.facts {
            log.fact(at, fact);
        }
        if let Some(table) = &mut self.instances {
            table.fact(at, fact);
        }
    }
}
