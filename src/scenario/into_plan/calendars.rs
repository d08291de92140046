//! Calendars: weekly windows, holidays and overrides, from demands and schedules alike.

use std::cell::Cell;

use crate::demand::calendar::{Calendar, CalendarEdges, CivilDate, Window, Zone};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Override, WindowEntry};
use crate::scenario::rows::{find_columns, stream};
use crate::scenario::value::{CsvPath, TextValue, ZoneName};

use super::{Time, Work};

/// What a calendar is made of.
pub(super) struct Parts<'a> {
    /// The entry that it belongs to: `demand office`.
    pub owner: String,
    /// Where that is.
    pub place: Place,
    /// Its own time zone.
    pub timezone: Option<&'a At<ZoneName>>,
    /// Weekly windows.
    pub windows: &'a [WindowEntry],
    /// Dates without them.
    pub holidays: &'a [CivilDate],
    /// More such dates.
    pub holidays_csv: Option<&'a At<CsvPath>>,
    /// Dates with windows of their own.
    pub overrides: &'a [Override],
}

/// The edges of a calendar in the run.
pub(super) fn edges(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    parts: &Parts<'_>,
) -> Option<CalendarEdges> {
    let before = work.context.problems.count();
    let calendar = calendar(work, time, parts);
    let time = time?;
    if work.context.problems.count() > before {
        return None;
    }
    match calendar?.edges(&time.clock, time.horizon) {
        Ok(edges) => {
            for met in &edges.notes {
                work.note(format!("{}: {met}", parts.owner));
            }
            Some(edges)
        }
        Err(error) => {
            work.problem(Problem::new(parts.place, format!("{}: {error}", parts.owner)));
            None
        }
    }
}

fn calendar(work: &mut Work<'_, '_>, time: Option<&Time>, parts: &Parts<'_>) -> Option<Calendar> {
    let zone = match parts.timezone {
        Some(at) => Zone::named(&at.value.0).ok()?,
        None => time?.clock.zone().clone(),
    };
    let mut calendar = Calendar::new(zone);
    for entry in parts.windows {
        match Window::new(entry.from.value, entry.to.value) {
            Ok(window) => calendar.every(entry.days.value, window),
            Err(error) => {
                let problem = Problem::new(entry.to.place, error.to_string());
                work.problem(with_hint(problem, error.hint()));
            }
        }
    }
    parts.holidays.iter().for_each(|date| calendar.holiday(*date));
    if let Some(at) = parts.holidays_csv {
        holidays_from(work, at).into_iter().for_each(|date| calendar.holiday(date));
    }
    for entry in parts.overrides {
        override_date(work, &mut calendar, entry);
    }
    Some(calendar)
}

fn override_date(work: &mut Work<'_, '_>, calendar: &mut Calendar, entry: &Override) {
    let place = entry.date.place;
    let window = match (&entry.from, &entry.to, entry.off.value) {
        (None, None, true) => None,
        (Some(from), Some(to), false) => match Window::new(from.value, to.value) {
            Ok(window) => Some(window),
            Err(error) => {
                work.problem(with_hint(Problem::new(to.place, error.to_string()), error.hint()));
                return;
            }
        },
        _ => {
            let problem = Problem::new(place, "an override is a window or nothing");
            work.problem(problem.expected("expected both from and to, or off = true"));
            return;
        }
    };
    if let Err(error) = calendar.on(entry.date.value, window) {
        let at = entry.from.as_ref().map_or(place, |from| from.place);
        let problem = Problem::new(at, error.to_string()).related(place, "on this date");
        work.problem(with_hint(problem, error.hint()));
    }
}

fn with_hint(problem: Problem, hint: Option<String>) -> Problem {
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn holidays_from(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Vec<CivilDate> {
    let column = Cell::new(0);
    let mut dates = vec![];
    stream(
        &at.value.0,
        at.place,
        work.context,
        |columns, file, problems| match find_columns(["date"], columns, file, problems) {
            Some([place]) => {
                column.set(place);
                true
            }
            None => false,
        },
        |row, problems| match CivilDate::read(row.text(column.get())) {
            Ok(date) => dates.push(date),
            Err(error) => problems.push(
                Problem::new(row.place(column.get()), error.problem)
                    .expected(format!("expected {}", error.expected)),
            ),
        },
    );
    dates
}
