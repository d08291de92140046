//! The ledger by billing cycle: instance-time of each clock hour.
//!
//! Cycles are clock hours in UTC+8, which are the clock hours of UTC (pay-as-you-go page (zh),
//! read 2026-11). A booking over many hours is kept as its two ends and a count for the whole
//! hours between, so it costs the same however long it is.

use serde::{Deserialize, Serialize};

use crate::ecs::meter::BilledState;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{SimDuration, SimTime};

use super::Why;

const STATES: usize = BilledState::ALL.len();
/// Each part, in each state.
const CELLS: usize = Part::ALL.len() * STATES;

/// What an instance was, as far as coverage by commitments depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Not wanted.
    Unwanted,
    /// Wanted.
    Wanted,
    /// Beside the one that is wanted: not there, had nothing been stopped.
    Beside,
}

impl Part {
    /// Every part, in the order of its number.
    pub const ALL: [Part; 3] = [Part::Unwanted, Part::Wanted, Part::Beside];
}

impl From<Why> for Part {
    fn from(why: Why) -> Part {
        match why {
            Why::Up | Why::Down(_) => Part::Wanted,
            Why::Intended | Why::Forgone(_) | Why::Missed(_) | Why::Arrears => Part::Unwanted,
            Why::Beside => Part::Beside,
        }
    }
}

/// Instance-µs by cycle, group, billed state and part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycles {
    /// How far time 0 lies in its cycle, in µs.
    lead: u64,
    from: SimTime,
    until: SimTime,
    columns: Vec<Column>,
}

/// One cell of every cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    /// µs of instances that were in the cell for a part of the cycle.
    parts: Vec<u64>,
    /// By how many the instances in the cell for the whole cycle change here.
    whole: Vec<i64>,
}

/// One cycle, as far as it lies in the window.
#[derive(Clone, Copy, Debug)]
pub struct Cycle<'a> {
    /// Where it begins.
    pub from: SimTime,
    /// Where it ends.
    pub until: SimTime,
    cells: &'a [u128],
}

impl Cycles {
    /// Empty ones from a time on, for so many groups; time 0 lies `lead` into its clock hour.
    pub fn new(groups: usize, lead: SimDuration, from: SimTime) -> Cycles {
        let columns = vec![Column::default(); groups * CELLS];
        Cycles { lead: lead.as_micros(), from, until: from, columns }
    }

    /// Books one instance's time.
    #[inline(never)]
    pub fn book(
        &mut self,
        group: usize,
        state: BilledState,
        part: Part,
        (from, to): (SimTime, SimTime),
    ) {
        self.until = self.until.max(to);
        let (first, last) = (self.place(from), self.place(to));
        let (begin, end) = (from.as_micros() + self.lead, to.as_micros() + self.lead);
        let column = &mut self.columns[cell(group, state, part)];
        if column.parts.len() <= last {
            column.parts.resize(last + 1, 0);
            column.whole.resize(last + 1, 0);
        }
        if first == last {
            column.parts[first] += end - begin;
            return;
        }
        column.parts[first] += MICROS_PER_HOUR - begin % MICROS_PER_HOUR;
        column.parts[last] += end % MICROS_PER_HOUR;
        column.whole[first + 1] += 1;
        column.whole[last] -= 1;
    }

    /// From the beginning of the window to the last booking.
    pub fn window(&self) -> SimDuration {
        self.until - self.from
    }

    /// Shows every cycle of the window, in order.
    pub fn each(&self, mut visit: impl FnMut(&Cycle<'_>)) {
        let mut cells = vec![0; self.columns.len()];
        let mut whole = vec![0i64; self.columns.len()];
        for place in self.place(self.from)..=self.place(self.until) {
            for ((column, running), now) in self.columns.iter().zip(&mut whole).zip(&mut cells) {
                *running += column.whole.get(place).copied().unwrap_or(0);
                let full = u128::try_from(*running).expect("as many leave as came");
                let part = column.parts.get(place).copied().unwrap_or(0);
                *now = full * u128::from(MICROS_PER_HOUR) + u128::from(part);
            }
            let (from, until) = self.bounds(place);
            if from < until {
                visit(&Cycle { from, until, cells: &cells });
            }
        }
    }

    fn place(&self, at: SimTime) -> usize {
        let hour = (at.as_micros() + self.lead) / MICROS_PER_HOUR;
        usize::try_from(hour).expect("hours of a run fit")
    }

    fn bounds(&self, place: usize) -> (SimTime, SimTime) {
        let begin = (place as u64 * MICROS_PER_HOUR).saturating_sub(self.lead);
        let end = (place as u64 + 1) * MICROS_PER_HOUR - self.lead;
        let in_window = |at| SimTime::from_micros(at).clamp(self.from, self.until);
        (in_window(begin), in_window(end))
    }
}

fn cell(group: usize, state: BilledState, part: Part) -> usize {
    group * CELLS + Part::ALL.len() * state.index() + part as usize
}

impl Cycle<'_> {
    /// How long it is in the window.
    pub fn span(&self) -> SimDuration {
        self.until - self.from
    }

    /// Instance-µs of a group in a billed state, of one part.
    pub fn time(&self, group: usize, state: BilledState, part: Part) -> u128 {
        self.cells[cell(group, state, part)]
    }

    /// Instance-µs of a group in a billed state.
    pub fn time_in_state(&self, group: usize, state: BilledState) -> u128 {
        Part::ALL.into_iter().map(|part| self.time(group, state, part)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_mins(minutes)
    }

    /// Minutes of each cycle in which an instance was Running and wanted.
    fn minutes(lead: u64, from: u64, spans: &[(u64, u64)]) -> Vec<(u64, u128)> {
        let mut cycles = Cycles::new(1, SimDuration::from_mins(lead), at(from));
        for &(from, to) in spans {
            cycles.book(0, BilledState::Running, Part::Wanted, (at(from), at(to)));
        }
        let mut told = Vec::new();
        cycles.each(|cycle| {
            let used = cycle.time(0, BilledState::Running, Part::Wanted) / 60_000_000;
            told.push((cycle.span().as_micros() / 60_000_000, used));
        });
        told
    }

    #[test]
    fn time_falls_into_the_clock_hours_it_was_spent_in() {
        assert_eq!(minutes(0, 0, &[(90, 150)]), [(60, 0), (60, 30), (30, 30)]);
        assert_eq!(minutes(0, 0, &[(0, 240), (60, 61)]), [(60, 60), (60, 61), (60, 60), (60, 60)]);
        assert_eq!(minutes(0, 0, &[(60, 120)]), [(60, 0), (60, 60)]);
    }

    /// A start at half past leaves half an hour in the first cycle; so does a warm-up.
    #[test]
    fn the_first_cycle_is_as_long_as_its_clock_hour_still_lasts() {
        assert_eq!(minutes(30, 0, &[(0, 100)]), [(30, 30), (60, 60), (10, 10)]);
        assert_eq!(minutes(0, 75, &[(75, 130)]), [(45, 45), (10, 10)]);
    }
}
