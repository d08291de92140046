//! Calendars: weekly windows, holidays and dated overrides, turned into edges of a run.
//!
//! Windows are the half-open time between two wall-clock times; what is wanted is their union.
//! A calendar never asks what day it is: the run's clock says when the run starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub use super::civil::{CivilDate, TimeOfDay, WallTime, Weekday, Weekdays};
use super::clock::Shown;
pub use super::clock::{CalendarError, CivilClock, Zone};
pub use super::days::Days;
use super::{Edge, PastEdge, Span, edges_of_spans};
use crate::units::{SimDuration, SimTime};

/// Windows that began so many days before the run are looked at too: one that is open at time 0
/// begins at most two dates earlier, and a time zone may skip a date.
const DAYS_BEFORE: i32 = 4;

/// How far back the last window before the run is looked for: most end within a week, some after
/// a long holiday, and a window of one date a year within a year.
const DAYS_OF_PAST: [i32; 3] = [10, 60, 400];

/// Time on the wall clock between two times of day; over midnight if the second is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl Window {
    /// From one time of day to another: of the same date if that is later, else of the next; from
    /// 08:00 to 08:00 is a whole day.
    ///
    /// # Errors
    /// If it begins at 24:00.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Window, CalendarError> {
        if from == TimeOfDay::END_OF_DAY {
            return Err(CalendarError::LateWindow { from, to });
        }
        Ok(Window { from, to })
    }

    /// Its two ends on the wall clock, when it belongs to this date.
    fn ends(self, date: CivilDate) -> [WallTime; 2] {
        let last = if self.to > self.from { date } else { date.plus_days(1) };
        [WallTime { date, time: self.from }, WallTime { date: last, time: self.to }]
    }
}

/// When something is wanted, as people write it down.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    weekly: Vec<(Days, Window)>,
    holidays: BTreeSet<CivilDate>,
    make_up: BTreeMap<CivilDate, Weekday>,
    overrides: BTreeMap<CivilDate, Vec<Window>>,
}

/// What a calendar comes to in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarEdges {
    /// Whether a window is open at time 0.
    pub initially: bool,
    /// The changes after time 0 and before the horizon, ascending, each differing from the one
    /// before.
    pub edges: Vec<Edge>,
    /// The changes up to time 0, as [`Calendar::past`] finds them.
    pub past: Vec<PastEdge>,
    /// Changes of the clock that an edge met, ascending.
    pub notes: Vec<Note>,
    /// Dates of the run that are unlike others of their day of the week.
    pub days_off: DaysOff,
}

/// Dates that are unlike others of their day of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaysOff {
    /// Holidays on which a window would have begun otherwise.
    pub off: BTreeSet<CivilDate>,
    /// Dates that are worked in place of others, on which none would have.
    pub worked: BTreeSet<CivilDate>,
}

impl DaysOff {
    /// Adds those of another calendar.
    pub fn join(&mut self, other: DaysOff) {
        self.off.extend(other.off);
        self.worked.extend(other.worked);
    }
}

/// An edge that met a change of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When the edge happens.
    pub at: SimTime,
    /// What the calendar says.
    pub wall: WallTime,
    /// The calendar's time zone.
    pub zone: Arc<str>,
    /// What the clock did.
    pub met: Met,
}

/// What the clock did at an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It was put forward over the edge, which happens at the end of the gap.
    Gap,
    /// It was put back over the edge, which happens the first time.
    Fold,
}

/// For `check`: date, wall time, and what was done about it.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Note { wall, zone, .. } = self;
        match self.met {
            Met::Gap => {
                write!(f, "{wall} does not exist in {zone}: happens when clocks go forward")
            }
            Met::Fold => write!(f, "{wall} comes twice in {zone}: happens the first time"),
        }
    }
}

impl Calendar {
    /// A calendar without windows.
    pub fn new(zone: Zone) -> Calendar {
        let (holidays, make_up, overrides) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Calendar { zone, weekly: Vec::new(), holidays, make_up, overrides }
    }

    /// Adds a window that begins on each of these days.
    pub fn every(&mut self, days: Days, window: Window) {
        self.weekly.push((days, window));
    }

    /// No weekly window begins on this date; one of the eve still ends on it.
    pub fn holiday(&mut self, date: CivilDate) {
        self.holidays.insert(date);
    }

    /// This date is worked as if it were that day of the week, in spite of a holiday.
    pub fn make_up(&mut self, date: CivilDate, like: Weekday) {
        self.make_up.insert(date, like);
    }

    /// On this date begin, in place of weekly windows and in spite of a holiday, this window and
    /// those that other calls give for the date; none, if no call gives one.
    ///
    /// # Errors
    /// If clocks are put forward over an end of the window: a date's own time must exist. A
    /// whole day's ends, 00:00 and 24:00, are exempt: they mean the day, however it begins.
    pub fn on(&mut self, date: CivilDate, window: Option<Window>) -> Result<(), CalendarError> {
        for wall in window.iter().flat_map(|window| window.ends(date)) {
            let whole_day = [TimeOfDay::MIDNIGHT, TimeOfDay::END_OF_DAY].contains(&wall.time);
            match self.zone.when(wall).ok_or(CalendarError::OutOfRange(wall))? {
                Shown::Never { gap_ends } if !whole_day => {
                    return Err(self.zone.gap(wall, gap_ends));
                }
                Shown::Never { .. } | Shown::Once(_) | Shown::Twice { .. } => {}
            }
        }
        self.overrides.entry(date).or_default().extend(window);
        Ok(())
    }

    /// The edges of a run that ends at `horizon`.
    ///
    /// An edge's date is the one that the calendar's own clock shows at it, and its ordinal
    /// counts the date's edges from midnight, those before time 0 included: luck that is keyed
    /// by it does not depend on when the run starts.
    ///
    /// # Errors
    /// If the run leaves the years that the calendar covers.
    pub fn edges(
        &self,
        clock: &CivilClock,
        horizon: SimTime,
    ) -> Result<CalendarEdges, CalendarError> {
        let first = self.zone.split(clock.unix_micros(SimTime::ZERO)).0 - DAYS_BEFORE;
        let last = self.zone.split(clock.unix_micros(horizon)).0 + 1;
        let mut spans = Vec::new();
        let mut met = Vec::new();
        let mut days_off = DaysOff::default();
        for date in (first..=last).map(CivilDate::from_day) {
            self.note_day_off(date, &mut days_off);
            for window in self.windows_of(date) {
                let mut ends = [0; 2];
                for (end, wall) in ends.iter_mut().zip(window.ends(date)) {
                    let shown = self.zone.when(wall).ok_or(CalendarError::OutOfRange(wall))?;
                    *end = shown.micros();
                    met.extend(self.meets(clock, wall, shown));
                }
                spans.push(Span { from: ends[0], to: ends[1] });
            }
        }
        let spans = union(spans);
        let notes = in_sight(met, &spans, clock, horizon);
        let (initially, edges) = edges_of_spans(&spans, &self.zone, clock, horizon);
        Ok(CalendarEdges { initially, edges, past: self.past(clock), notes, days_off })
    }

    /// The changes up to time 0, ascending: at least the last window's, if there was one within
    /// 400 days. A date that the calendar does not cover has none.
    pub fn past(&self, clock: &CivilClock) -> Vec<PastEdge> {
        let start = clock.unix_micros(SimTime::ZERO);
        let today = self.zone.split(start).0;
        let mut edges = Vec::new();
        for days in DAYS_OF_PAST {
            let mut spans = Vec::new();
            for date in (today.saturating_sub(days)..=today).map(CivilDate::from_day) {
                for window in self.windows_of(date) {
                    let ends = window.ends(date).map(|wall| self.zone.when(wall));
                    let [Some(from), Some(to)] = ends else { continue };
                    spans.push(Span { from: from.micros(), to: to.micros() });
                }
            }
            let ends = |span: &Span| [(span.from, true), (span.to, false)];
            let past = union(spans).iter().flat_map(ends).collect::<Vec<_>>();
            let ago = |micros: i64| SimDuration::from_micros(start.abs_diff(micros));
            let past = past.into_iter().filter(|(micros, _)| *micros <= start);
            edges = past.map(|(micros, wanted)| PastEdge { ago: ago(micros), wanted }).collect();
            if edges.iter().any(|edge: &PastEdge| !edge.wanted) {
                break;
            }
        }
        edges
    }

    /// Notes a date of which weekly windows say otherwise than holidays and make-up days do.
    fn note_day_off(&self, date: CivilDate, days_off: &mut DaysOff) {
        if self.overrides.contains_key(&date) {
            return;
        }
        let as_usual = self.weekly.iter().any(|(days, _)| days.contains(date));
        match (as_usual, self.windows_of(date).next().is_some()) {
            (true, false) => days_off.off.insert(date),
            (false, true) => days_off.worked.insert(date),
            (true, true) | (false, false) => false,
        };
    }

    /// The windows that begin on a date.
    fn windows_of(&self, date: CivilDate) -> impl Iterator<Item = Window> + '_ {
        let own = self.overrides.get(&date);
        let like = self.make_up.get(&date).copied();
        let off = own.is_some() || (like.is_none() && self.holidays.contains(&date));
        let begins = move |days: &Days| match like {
            Some(weekday) => days.weekly().contains(weekday),
            None => days.contains(date),
        };
        let weekly = self.weekly.iter().filter(move |(days, _)| !off && begins(days));
        own.into_iter().flatten().copied().chain(weekly.map(|(_, window)| *window))
    }

    fn meets(&self, clock: &CivilClock, wall: WallTime, shown: Shown) -> Option<Note> {
        let met = match shown {
            Shown::Once(_) => return None,
            Shown::Never { .. } => Met::Gap,
            Shown::Twice { .. } => Met::Fold,
        };
        let at = clock.instant(shown.micros())?;
        Some(Note { at, wall, zone: self.zone.name().into(), met })
    }
}

/// Spans in order, overlapping and touching ones made one, empty ones dropped.
pub(super) fn union(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            Some(_) | None => merged.push(span),
        }
    }
    merged
}

/// The notes of the run, without those of windows' ends that another window covers.
fn in_sight(
    mut notes: Vec<Note>,
    spans: &[Span],
    clock: &CivilClock,
    horizon: SimTime,
) -> Vec<Note> {
    notes.retain(|note| {
        let at = clock.unix_micros(note.at);
        let after = spans.partition_point(|span| span.from < at);
        let covered = after > 0 && at < spans[after - 1].to;
        note.at < horizon && !covered
    });
    notes.sort_by_key(|note| (note.at, note.wall));
    notes.dedup();
    notes
}

#[cfg(test)]
mod tests;
