//! When a pattern runs, to the instant, and whether a scenario's windows would say the same.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use crate::demand::calendar::{Calendar, CivilClock, Days, TimeOfDay, Window, Zone};

use super::dialect::{Gap, Overlap, Rules};
use super::field::{OfWeek, Pattern};

pub(super) const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The seconds of a day.
const SECONDS: u32 = 86_400;
/// Longer lists are not written. A limit of this program.
pub(super) const TIMES_MAX: usize = 10_000;

/// Between which dates, both included, and in which zone.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) zone: TimeZone,
    pub(super) zone_name: String,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Stop,
}

/// A window of a scenario: on which days, from when, to when.
pub(super) type WeeklyWindow = (String, String, String);

/// The zone of a name in the bundled database, and how the database spells it.
pub(super) fn zone_named(name: &str) -> Option<(TimeZone, String)> {
    let zone = TimeZoneDatabase::bundled().get(name.trim()).ok()?;
    let name = zone.iana_name()?.to_owned();
    Some((zone, name))
}

impl Stretch {
    /// Every date, with one more on either side.
    pub(super) fn dates(&self) -> impl Iterator<Item = Date> {
        let first = self.first.yesterday().unwrap_or(self.first);
        let last = self.last.tomorrow().unwrap_or(self.last);
        first.series(jiff::Span::new().days(1)).take_while(move |date| *date <= last)
    }

    /// The beginning of the first of [`dates`](Self::dates) and the end of the last.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        let first = self.first.yesterday().ok()?;
        let end = self.last.tomorrow().ok()?.tomorrow().ok()?;
        let of = |date: Date| {
            let at = self.zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible().ok()?;
            Some(at.as_microsecond())
        };
        Some((of(first)?, of(end)?))
    }

    /// What a scenario's own calendar makes of windows: the instants at which it begins to want
    /// instances (starts), or no longer wants them (stops).
    pub(super) fn edges(&self, windows: &[WeeklyWindow]) -> Option<Vec<(i64, bool)>> {
        let zone = Zone::named(&self.zone_name).ok()?;
        let first = self.first.yesterday().ok()?.to_string();
        let clock = CivilClock::new(&self.zone_name, &first).ok()?;
        let (from, to) = self.bounds()?;
        let mut calendar = Calendar::new(zone);
        for (days, from, to) in windows {
            let days: Days = days.parse().ok()?;
            calendar.every(days, Window::new(from.parse().ok()?, to.parse().ok()?).ok()?);
        }
        let span = crate::units::SimDuration::from_micros(to.abs_diff(from));
        let found = calendar.edges(&clock, crate::units::SimTime::ZERO + span).ok()?;
        let at = |micros: u64| from.saturating_add_unsigned(micros);
        Some(found.edges.iter().map(|edge| (at(edge.at.as_micros()), edge.wanted)).collect())
    }
}

impl Pattern {
    /// The instants at which it runs, ascending.
    pub(super) fn instants(&self, rules: &Rules, days: &Stretch) -> Vec<i64> {
        match self.by_clock {
            true => self.instants_by(days, Gap::Skipped, Overlap::Both),
            false => self.instants_by(days, rules.gap, rules.overlap),
        }
    }

    /// Whether the clock is put forward over it, and it is skipped: a window says that badly,
    /// for its calendar has it begin when the gap ends.
    pub(super) fn is_skipped(&self, rules: &Rules, days: &Stretch) -> bool {
        let skips = self.by_clock || rules.gap == Gap::Skipped;
        let of = |gap| self.instants_by(days, gap, Overlap::Both);
        skips && of(Gap::Skipped) != of(Gap::Moved)
    }

    fn instants_by(&self, days: &Stretch, gap: Gap, overlap: Overlap) -> Vec<i64> {
        let mut found = vec![];
        for date in days.dates().filter(|date| self.days.contains(*date)) {
            for time in &self.times {
                found.extend(when(&days.zone, date, *time, gap, overlap));
                if found.len() > 20 * TIMES_MAX {
                    return found; // far too many already
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let Some((from, to)) = days.bounds() else { return vec![] };
        found.retain(|at| (from..to).contains(at));
        found
    }

    /// A window of a second for each time of day, at whose beginning instances are started or at
    /// whose end they are stopped; none if days cannot be said so.
    pub(super) fn windows(&self, action: Action) -> Option<Vec<WeeklyWindow>> {
        let mut windows = vec![];
        for time in &self.times {
            let (days, from, to) = match action {
                Action::Start => (self.days.in_words()?, *time, time + 1),
                Action::Stop if *time == 0 => (self.eve()?, SECONDS - 1, SECONDS),
                Action::Stop => (self.days.in_words()?, time - 1, *time),
            };
            let days: Days = days.parse().ok()?;
            windows.push((days.to_string(), time_text(from), time_text(to)));
        }
        Some(windows)
    }

    /// The days before, for what is done at midnight.
    fn eve(&self) -> Option<String> {
        let mut days = self.days.clone();
        for day in days.of_week.iter_mut().flatten() {
            match day {
                OfWeek::Every(place) => *place = (*place + 6) % 7,
                OfWeek::Nth(..) | OfWeek::Last(_) => return None,
            }
        }
        if days.of_month.is_some() { None } else { days.in_words() }
    }
}

/// `08:00`, `08:00:01` or `24:00`.
pub(super) fn time_text(seconds: u32) -> String {
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let time: Option<TimeOfDay> = text.parse().ok();
    time.map_or(text, |time| time.to_string())
}

/// The instants, none to two, that a time of a date means.
fn when(zone: &TimeZone, date: Date, seconds: u32, gap: Gap, overlap: Overlap) -> Vec<i64> {
    let small = |value: u32| i8::try_from(value).unwrap_or(0);
    let wall = date.at(small(seconds / 3_600), small(seconds / 60 % 60), small(seconds % 60), 0);
    let at = |offset: Offset| offset.to_timestamp(wall).ok().map(Timestamp::as_microsecond);
    let found = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => [at(offset), None],
        AmbiguousOffset::Fold { before, after } => match overlap {
            Overlap::First => [at(before), None],
            Overlap::Second => [at(after), None],
            Overlap::Both => [at(before), at(after)],
        },
        AmbiguousOffset::Gap { before, after } => match gap {
            Gap::Skipped => [None, None],
            Gap::Moved => [at(before), None],
            Gap::AtItsEnd => [gap_end(zone, wall, after), None],
        },
    };
    found.into_iter().flatten().collect()
}

/// When a gap ends that a wall time is in.
fn gap_end(zone: &TimeZone, wall: DateTime, after: Offset) -> Option<i64> {
    let eve = after.to_timestamp(wall).ok()?;
    let change = zone.following(eve).find(|change| change.offset() == after)?;
    Some(change.timestamp().as_microsecond())
}

/// A window at a date of UTC: the date, from when, to when.
pub(super) fn dated(from: i64, to: i64) -> Vec<(String, String, String)> {
    let mut windows = vec![];
    let mut begin = from;
    while begin < to {
        let midnight = (begin.div_euclid(DAY) + 1) * DAY;
        let end = to.min(midnight);
        let Ok(at) = Timestamp::from_microsecond(begin) else { return windows };
        let of_day = |micros: i64| u32::try_from(micros / SECOND).unwrap_or(SECONDS);
        let date = Offset::UTC.to_datetime(at).date().to_string();
        let start = begin.div_euclid(DAY) * DAY;
        windows.push((date, time_text(of_day(begin - start)), time_text(of_day(end - start))));
        begin = end;
    }
    windows
}
