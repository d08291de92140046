//! The beginning, the warm-up and the horizon.

use crate::demand::calendar::CivilClock;
use crate::scenario::problem::Problem;
use crate::units::{SimDuration, SimTime};

use super::{Time, Work, section};

/// The longest run: a century of 365 days.
pub const LENGTH_MAX: SimDuration = SimDuration::from_hours(100 * 365 * 24);
const WEEK: SimDuration = SimDuration::from_hours(7 * 24);

/// When the run begins and ends, if that could be read.
pub(super) fn time(work: &mut Work<'_, '_>) -> Option<Time> {
    let table = section(&work.root.clock)?;
    let (zone, start) = (&table.timezone.value.0, table.start.value.to_string());
    let clock = match CivilClock::new(zone, &start) {
        Ok(clock) => Some(clock),
        Err(error) => {
            let problem = Problem::new(table.start.place, error.to_string());
            work.problem(match error.hint() {
                Some(hint) => problem.hint(hint),
                None => problem,
            });
            None
        }
    };
    let (length, warm_up) = (table.length.value.0, table.warm_up.value);
    if length > LENGTH_MAX {
        let problem = Problem::new(table.length.place, format!("{length} is too long to simulate"));
        work.problem(problem.expected("expected at most a century, 36500d"));
        return None;
    }
    if warm_up >= length {
        let message = format!("the warm-up of {warm_up} leaves nothing of {length} to measure");
        let problem = Problem::new(table.warm_up.place, message);
        work.problem(problem.related(table.length.place, "the length of the run"));
        return None;
    }
    let measured = length.as_micros() - warm_up.as_micros();
    if !measured.is_multiple_of(WEEK.as_micros()) {
        let span = SimDuration::from_micros(measured);
        work.note(format!(
            "{span} are measured, which is not whole weeks: weekdays do not weigh alike"
        ));
    }
    let clock = clock?;
    Some(Time { clock, warm_up: SimTime::ZERO + warm_up, horizon: SimTime::ZERO + length })
}
