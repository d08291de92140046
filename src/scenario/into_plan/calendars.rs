//! Calendars: weekly windows, holidays, make-up days and overrides, from demands and schedules
//! alike.

mod days;
mod ics;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::demand::calendar::{
    Calendar, CalendarEdges, CivilDate, TimeOfDay, Weekday, Weekdays, Window, Zone,
};
use crate::scenario::decode::{At, Origin};
use crate::scenario::place::Place;
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::raw::{Override, WindowEntry};
use crate::scenario::rows::{Row, find_columns, stream};
use crate::scenario::value::{CsvPath, TextValue, ZoneName};

use days::Day;

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
    /// More such dates, and make-up days.
    pub holidays_csv: Option<&'a At<CsvPath>>,
    /// Dates that are worked as if they were another day of the week.
    pub make_up_days: &'a [CivilDate],
    /// Which day of the week.
    pub make_up_as: Option<&'a At<Weekday>>,
    /// Dates with windows of their own.
    pub overrides: &'a [Override],
    /// More such dates.
    pub overrides_csv: Option<&'a At<CsvPath>>,
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
    dates(work, &mut calendar, parts);
    for entry in parts.overrides {
        override_date(work, &mut calendar, entry);
    }
    for entry in parts.overrides_csv.map_or(vec![], |at| overrides_from(work, at)) {
        override_date(work, &mut calendar, &entry);
    }
    Some(calendar)
}

/// Enters holidays and make-up days; a date that is both is a problem.
fn dates(work: &mut Work<'_, '_>, calendar: &mut Calendar, parts: &Parts<'_>) {
    let listed = |date: &CivilDate, is_off| Day { date: *date, is_off, place: parts.place };
    let mut all: Vec<Day> = parts.holidays.iter().map(|date| listed(date, true)).collect();
    all.extend(parts.make_up_days.iter().map(|date| listed(date, false)));
    all.extend(parts.holidays_csv.map_or(vec![], |at| days::days(work, at)));
    let mut known: BTreeMap<CivilDate, Day> = BTreeMap::new();
    for day in all {
        if let Some(before) = known.insert(day.date, day).filter(|b| b.is_off != day.is_off) {
            let what = format!("{} is off as well as worked", day.date);
            let problem = Problem::new(day.place, what).expected("expected one of them");
            work.problem(problem.related(before.place, "the other one"));
        }
    }
    let first = known.values().find(|day| !day.is_off).copied();
    let as_of = match (parts.make_up_as, first) {
        (Some(at), _) => Some(at.value),
        (None, Some(day)) => {
            let alike = alike(parts.windows);
            if alike.is_none() {
                let what = format!("{} is worked, and weekdays have different windows", day.date);
                let problem = Problem::new(day.place, what);
                work.problem(
                    problem
                        .expected("expected make_up_as")
                        .hint("say whose windows make-up days have: make_up_as = \"mon\""),
                );
            }
            alike
        }
        (None, None) => None,
    };
    for day in known.values() {
        match as_of.filter(|_| !day.is_off) {
            Some(weekday) => calendar.make_up(day.date, weekday),
            None => calendar.holiday(day.date),
        }
    }
}

/// Monday, if Monday to Friday all have the same windows.
fn alike(windows: &[WindowEntry]) -> Option<Weekday> {
    let of = |day: Weekday| {
        let own = windows.iter().filter(|entry| entry.days.value.weekly().contains(day));
        own.map(|entry| (entry.from.value, entry.to.value)).collect::<Vec<_>>()
    };
    let working = Weekday::ALL.into_iter().filter(|day| Weekdays::WEEKDAYS.contains(*day));
    let first = of(Weekday::Mon);
    working.map(of).all(|other| other == first).then_some(Weekday::Mon)
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

/// The rows of a CSV of overrides: `date`, and `from` and `to` or `off`.
fn overrides_from(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Vec<Override> {
    let places = RefCell::new(Columns::default());
    let mut entries = vec![];
    stream(
        &at.value.0,
        at.place,
        work.context,
        |columns, file, problems| {
            let Some([date]) = find_columns(["date"], columns, file, problems) else {
                return false;
            };
            let place = |name: &str| columns.iter().position(|column| column == name);
            let found = Columns { date, from: place("from"), to: place("to"), off: place("off") };
            let mut is_known = true;
            for (column, name) in columns.iter().enumerate() {
                if !["date", "from", "to", "off", "name", "note"].contains(&name.as_str()) {
                    let column = u16::try_from(column).ok();
                    let head = Place::Cell { file, line: 1, column };
                    let what = format!("column `{name}` is not understood");
                    let problem = Problem::new(head, what);
                    problems.push(problem.expected("expected date, from, to, off, name, note"));
                    is_known = false;
                }
            }
            *places.borrow_mut() = found;
            is_known
        },
        |row, problems| entries.extend(override_of(row, &places.borrow(), problems)),
    );
    entries
}

/// Where the columns of a CSV of overrides are.
#[derive(Default)]
struct Columns {
    date: usize,
    from: Option<usize>,
    to: Option<usize>,
    off: Option<usize>,
}

fn override_of(row: &Row<'_>, columns: &Columns, problems: &mut Problems) -> Option<Override> {
    let before = problems.count();
    let date = cell::<CivilDate>(row, Some(columns.date), problems);
    let from = cell::<TimeOfDay>(row, columns.from, problems);
    let to = cell::<TimeOfDay>(row, columns.to, problems);
    let (text, place) = match columns.off {
        Some(column) => (row.text(column), row.place(column)),
        None => ("", row.whole()),
    };
    let value = match text.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" | "" => false,
        other => {
            let problem = Problem::new(place, format!("`{other}` is neither true nor false"));
            problems.push(problem.expected("expected true, false or nothing"));
            return None;
        }
    };
    let off = At { value, place, origin: Origin::Written };
    let Some(date) = date else {
        if problems.count() == before {
            let problem = Problem::new(row.place(columns.date), "there is no date");
            problems.push(problem.expected("expected a date such as 2026-10-01"));
        }
        return None;
    };
    (problems.count() == before).then_some(Override { date, from, to, off })
}

/// The value of a cell that is not empty.
fn cell<T: TextValue>(
    row: &Row<'_>,
    column: Option<usize>,
    problems: &mut Problems,
) -> Option<At<T>> {
    let column = column.filter(|column| !row.text(*column).is_empty())?;
    match T::read(row.text(column)) {
        Ok(value) => Some(At { value, place: row.place(column), origin: Origin::Written }),
        Err(error) => {
            let problem = Problem::new(row.place(column), error.problem);
            problems.push(problem.expected(format!("expected {}", error.expected)));
            None
        }
    }
}
