//! Files that are written only when asked for, by watching: events.ndjson and instances.csv.

use crate::report::events::EventLog;
use crate::report::instances::InstanceTable;
use crate::report::names::Names;
use crate::units::SimTime;
use crate::world::Observer;
use crate::world::fact::Fact;
use crate::world::plan::Plan;

use super::args::RunArgs;
use super::exit::Error;
use super::files::{Output, Pending};

/// What watches one replication for the files that were asked for.
pub struct Extras<'p> {
    events: Option<Result<EventLog<'p, Pending>, Error>>,
    instances: Option<InstanceTable<'p>>,
    folder: String,
}

impl<'p> Extras<'p> {
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
        let open = || {
            let file = output.file(&format!("{folder}events.ndjson"))?;
            Ok(EventLog::new(Names::new(plan, seed, replication), file))
        };
        Extras {
            events: args.events.then(open),
            instances: args.instances.then(|| InstanceTable::new(plan)),
            folder,
        }
    }

    /// Writes what is left to be written; the run ended at `end`.
    ///
    /// # Errors
    /// If anything could not be written.
    pub fn finish(self, output: &Output, end: SimTime) -> Result<(), Error> {
        if let Some(log) = self.events {
            let shown = format!("{}events.ndjson", self.folder);
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
        if let Some(Ok(log)) = &mut self.events {
            log.fact(at, fact);
        }
        if let Some(table) = &mut self.instances {
            table.fact(at, fact);
        }
    }
}
