//! The files of a result: those with rows of every replication as it ends, then the others, the
//! summary last.

use crate::books::outcome::{LatencyName, Outcome};
use crate::report::Results;
use crate::report::by_replication::{RunRows, RunTable};
use crate::report::collected::Collected;
use crate::report::csv;
use crate::report::summary::Summary;
use crate::sim::plan::Plan;

use super::exit::Error;
use super::extras::Extras;
use super::files::{Output, Pending};

/// A result that is being written while its replications end.
pub struct Writing<'a> {
    output: &'a Output,
    plan: &'a Plan,
    several: bool,
    tables: Vec<RunRows<Pending>>,
}

impl<'a> Writing<'a> {
    /// Opens the tables of one or several replications.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn begin(output: &'a Output, plan: &'a Plan, several: bool) -> Result<Writing<'a>, Error> {
        let wanted = RunTable::ALL.into_iter().filter(|table| table.is_in(plan, several));
        let open = |table: RunTable| {
            let file = output.file(table.file())?;
            table.begin(file).map_err(|error| output.cannot_write(table.file(), &error))
        };
        let tables = wanted.map(open).collect::<Result<_, _>>()?;
        Ok(Writing { output, plan, several, tables })
    }

    /// Writes what is told of each replication; `base` is what is common to all.
    ///
    /// # Errors
    /// If something cannot be written.
    pub fn add(
        &mut self,
        outcome: &Outcome,
        extras: Option<Extras<'_>>,
        base: &Common<'_>,
    ) -> Result<(), Error> {
        if let Some(extras) = extras {
            extras.finish(self.output, self.plan.horizon)?;
        }
        for rows in &mut self.tables {
            let written = rows.add(self.plan, outcome);
            written.map_err(|error| self.output.cannot_write(rows.of.file(), &error))?;
        }
        if self.several {
            let one = Collected::of(self.plan, std::slice::from_ref(outcome));
            let results = Results {
                replication: Some(outcome.replication),
                stress: &[],
                what_if: None,
                ..base.results(self.plan, &one)
            };
            let file = self.output.file(&format!("runs/{}/summary.json", outcome.replication))?;
            file.fill(|out| Summary::of(&results).write(out))?;
        }
        Ok(())
    }

    /// Writes what is told of all of them.
    ///
    /// # Errors
    /// If something cannot be written.
    pub fn finish(self, results: &Results<'_>, summary: &Summary) -> Result<(), Error> {
        let Writing { output, plan, tables, .. } = self;
        for rows in tables {
            let name = rows.of.file();
            rows.end().map_err(|error| output.cannot_write(name, &error))?;
        }
        let totals = &results.collected.totals;
        output.file("billing.csv")?.fill(|out| csv::billing(out, summary))?;
        output.file("groups.csv")?.fill(|out| csv::groups(out, summary))?;
        if !summary.by_tag.is_empty() {
            output.file("tags.csv")?.fill(|out| csv::tags(out, summary))?;
        }
        if !summary.months.is_empty() {
            output.file("months.csv")?.fill(|out| csv::months(out, summary))?;
        }
        if let Some(what_if) = &summary.what_if {
            output.file("what_if.csv")?.fill(|out| csv::what_if(out, what_if))?;
        }
        output.file("latency.csv")?.fill(|out| csv::latency(out, summary))?;
        output.file("refusals.csv")?.fill(|out| csv::refusals(out, plan, totals))?;
        output.file("waves.csv")?.fill(|out| csv::waves(out, plan, summary))?;
        output.file("latency.hlog")?.fill(|out| csv::hlog(out, plan, totals))?;
        for name in LatencyName::all().filter(|name| totals.latency(*name).ranked() > 0) {
            let file = output.file(&format!("latency/{}.hgrm", name.name()))?;
            file.fill(|out| csv::hgrm(out, totals, name))?;
        }
        output.file("summary.json")?.fill(|out| summary.write(out))
    }
}

/// What every replication has in common.
#[derive(Clone, Debug)]
pub struct Common<'a> {
    /// The seed.
    pub seed: u64,
    /// How ties were broken.
    pub ties: &'a str,
    /// The event after which each is stopped, when that was asked for.
    pub until_event: Option<u64>,
}

impl Common<'_> {
    /// What came of replications, without a number or stressed rows.
    pub fn results<'r>(&'r self, plan: &'r Plan, collected: &'r Collected) -> Results<'r> {
        Results {
            plan,
            seed: self.seed,
            ties: self.ties,
            replication: None,
            until_event: self.until_event,
            collected,
            stress: &[],
            what_if: None,
        }
    }
}
