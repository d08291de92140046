//! Tables that have rows of every replication: a run's rows are written when it ends, and nothing
//! of it is kept for them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::books::ledger::Cycle;
use crate::books::outcome::Outcome;
use crate::ecs::id::KindId;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::ChargeType;
use crate::sim::plan::Plan;
use crate::units::{HourlyRate, Money, SimTime, Usage};

use super::csv::{Table, WAVE_COLUMNS, text, wave_cells};
use super::services::is_good;
use super::summary::wave;

/// One of these tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunTable {
    /// The lines of each invoice by clock hour. A record's amount is what the line's amount,
    /// rounded down, grew by in the cycle: so the records of a line add up to it exactly.
    BillingCycles,
    /// Every wave.
    Waves,
    /// Every start of every service; an empty `ready_us` is a start at which it was never ready.
    Services,
    /// Every pool at every simulated hour.
    Inventory,
    /// The digest at every simulated hour.
    Checkpoints,
}

impl RunTable {
    /// All of them.
    pub const ALL: [RunTable; 5] = [
        RunTable::BillingCycles,
        RunTable::Waves,
        RunTable::Services,
        RunTable::Inventory,
        RunTable::Checkpoints,
    ];

    /// Its file.
    pub const fn file(self) -> &'static str {
        match self {
            RunTable::BillingCycles => "billing_cycles.csv",
            RunTable::Waves => "waves_by_replication.csv",
            RunTable::Services => "services.csv",
            RunTable::Inventory => "inventory.csv",
            RunTable::Checkpoints => "checkpoints.csv",
        }
    }

    /// Whether a result of one or several replications has it.
    pub fn is_in(self, plan: &Plan, several: bool) -> bool {
        match self {
            RunTable::BillingCycles => plan.billing_cycles,
            RunTable::Waves => several,
            RunTable::Services => !plan.services.is_empty(),
            RunTable::Inventory | RunTable::Checkpoints => true,
        }
    }

    fn columns(self) -> Vec<&'static str> {
        match self {
            RunTable::BillingCycles => vec![
                "replication",
                "begin",
                "begin_us",
                "end",
                "end_us",
                "group",
                "component",
                "state",
                "instance_us",
                "amount",
            ],
            RunTable::Waves => ["replication"].into_iter().chain(WAVE_COLUMNS).collect(),
            RunTable::Services => vec![
                "replication",
                "service",
                "date",
                "due",
                "due_us",
                "ready_us",
                "good",
                "modelled",
                "broken",
                "unavailable_us",
            ],
            RunTable::Inventory => vec![
                "replication",
                "pool",
                "time",
                "time_us",
                "total",
                "ours",
                "others",
                "free",
                "deficit",
            ],
            RunTable::Checkpoints => vec!["replication", "time", "time_us", "digest"],
        }
    }

    /// Begins to write it.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn begin<W: Write>(self, out: W) -> io::Result<RunRows<W>> {
        Ok(RunRows { of: self, table: Table::new(out, &self.columns())? })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(self, out: impl Write, plan: &Plan, outcomes: &[Outcome]) -> io::Result<()> {
        let mut rows = self.begin(out)?;
        outcomes.iter().try_for_each(|outcome| rows.add(plan, outcome))?;
        rows.end()
    }
}

/// A table that is being written.
pub struct RunRows<W: Write> {
    /// Which.
    pub of: RunTable,
    table: Table<W>,
}

impl<W: Write> RunRows<W> {
    /// Writes the rows of the next replication.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn add(&mut self, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
        match self.of {
            RunTable::BillingCycles => billing_cycles(&mut self.table, plan, outcome),
            RunTable::Waves => waves(&mut self.table, plan, outcome),
            RunTable::Services => services(&mut self.table, plan, outcome),
            RunTable::Inventory => inventory(&mut self.table, plan, outcome),
            RunTable::Checkpoints => checkpoints(&mut self.table, plan, outcome),
        }
    }

    /// Everything has been written.
    ///
    /// # Errors
    /// If the last of it cannot be.
    pub fn end(self) -> io::Result<()> {
        self.table.end()
    }
}

fn billing_cycles<W: Write>(
    table: &mut Table<W>,
    plan: &Plan,
    outcome: &Outcome,
) -> io::Result<()> {
    let Some(cycles) = outcome.ledger.cycles() else { return Ok(()) };
    let mut written = Ok(());
    let mut running = BTreeMap::new();
    cycles.each(|cycle| {
        if written.is_ok() {
            written = records(table, plan, outcome.replication, cycle, &mut running);
        }
    });
    written
}

/// The records of one cycle; `running` is what each line came to before it, unrounded.
fn records<W: Write>(
    table: &mut Table<W>,
    plan: &Plan,
    replication: u32,
    cycle: &Cycle<'_>,
    running: &mut Running,
) -> io::Result<()> {
    let time = |at: SimTime| [plan.clock.format_offset(at), at.as_micros().to_string()];
    let ([begin, begin_us], [end, end_us]) = (time(cycle.from), time(cycle.until));
    let head = [replication.to_string(), begin, begin_us, end, end_us];
    let mut written = Ok(());
    each_record(plan, cycle, running, |record| {
        if written.is_ok() {
            let group = plan.region.kind(record.kind).group;
            let line = [group.name.as_str(), record.component.name(), record.state.name()];
            let amounts = [record.time.to_string(), record.amount.to_string()];
            let cells = head.iter().cloned().chain(line.map(str::to_owned)).chain(amounts);
            written = table.row(cells);
        }
    });
    written
}

/// What lines came to before a cycle, unrounded.
pub(super) type Running = BTreeMap<(usize, Component, BilledState), Usage>;

/// What a line of the invoice grew by in a cycle.
pub(super) struct Record {
    kind: KindId,
    component: Component,
    state: BilledState,
    /// Instance-µs.
    time: u128,
    /// Rounded so that all records of a line add up to it.
    pub(super) amount: Money,
}

/// Shows every record of a cycle.
pub(super) fn each_record(
    plan: &Plan,
    cycle: &Cycle<'_>,
    running: &mut Running,
    mut show: impl FnMut(Record),
) {
    let region = &plan.region;
    for kind in region.kinds() {
        let (row, place) = (region.kind(kind), kind.index());
        if row.group.charge == ChargeType::Subscription {
            continue;
        }
        for component in Component::ALL {
            let rate = row.rates.of(component);
            for state in BilledState::ALL {
                let time = cycle.time_in_state(place, state);
                let free = rate == HourlyRate::ZERO || !is_billed(component, state, &region.knobs);
                if time == 0 || free {
                    continue;
                }
                let sum = running.entry((place, component, state)).or_insert(Usage::ZERO);
                let before = sum.invoiced();
                *sum += Usage::of(rate, time);
                let amount = sum.invoiced() - before;
                show(Record { kind, component, state, time, amount });
            }
        }
    }
}

fn waves<W: Write>(table: &mut Table<W>, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
    for one in &outcome.waves {
        let cells = wave_cells(plan, &wave(plan, one));
        table.row([outcome.replication.to_string()].into_iter().chain(cells))?;
    }
    Ok(())
}

fn services<W: Write>(table: &mut Table<W>, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
    for (service, did) in plan.services.iter().zip(&outcome.services) {
        for start in &did.starts {
            table.row([
                outcome.replication.to_string(),
                service.name.clone(),
                plan.clock.date_text(start.day),
                plan.clock.format_offset(start.due),
                start.due.as_micros().to_string(),
                text(start.ready.map(|took| took.as_micros())),
                is_good(plan, start).to_string(),
                start.modelled.to_string(),
                start.broken.to_string(),
                start.unavailable_us.to_string(),
            ])?;
        }
    }
    Ok(())
}

fn inventory<W: Write>(table: &mut Table<W>, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
    for (spec, hourly) in plan.region.pools.iter().zip(&outcome.hourly) {
        for sample in hourly {
            let (at, time) = (sample.at.as_micros(), plan.clock.format_offset(sample.at));
            let units = [at, sample.total, sample.ours, sample.others, sample.free, sample.deficit];
            let head = [outcome.replication.to_string(), spec.name.clone(), time];
            table.row(head.into_iter().chain(units.map(|unit| unit.to_string())))?;
        }
    }
    Ok(())
}

fn checkpoints<W: Write>(table: &mut Table<W>, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
    for (at, digest) in &outcome.checkpoints {
        table.row([
            outcome.replication.to_string(),
            plan.clock.format_offset(*at),
            at.as_micros().to_string(),
            format!("{digest:016x}"),
        ])?;
    }
    Ok(())
}
