//! The run's civil clock: what a wall clock in some time zone shows at a simulated instant.
//!
//! Time zones come from the database bundled with the program; the machine's own is never read.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::civil::{CivilDate, TimeOfDay, WallTime};
use crate::units::{ParseError, SimDuration, SimTime};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;
/// Offsets are tabulated for so many years from the start; later ones are looked up slowly.
const TABULATED_YEARS: i64 = 60;

/// Why a civil time could not be turned into an instant of the run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The database has no such time zone.
    #[error("unknown time zone `{0}`")]
    UnknownZone(String),
    /// The text is no date, time or set of weekdays.
    #[error(transparent)]
    Text(#[from] ParseError),
    /// Clocks were put forward over this time of this date.
    #[error("{wall} does not exist in {zone}: clocks go forward to {resumes} then")]
    Gap {
        /// What was asked for.
        wall: WallTime,
        /// The time zone.
        zone: String,
        /// What the wall clock shows when the gap ends, with its date.
        resumes: String,
    },
    /// Before the run begins.
    #[error("{wall} is before the start of the run, {start}")]
    BeforeStart {
        /// What was asked for.
        wall: WallTime,
        /// The start, as the run's clock shows it.
        start: String,
    },
    /// Outside the years that the calendar covers.
    #[error("{0} is outside the years -9999 to 9999")]
    OutOfRange(WallTime),
    /// A window that begins only at the end of its day.
    #[error("a window from {from} to {to} begins when its day is over")]
    LateWindow {
        /// Where it begins.
        from: TimeOfDay,
        /// Where it ends.
        to: TimeOfDay,
    },
}

impl CalendarError {
    /// What to do about it, where that is not obvious.
    pub fn hint(&self) -> Option<String> {
        match self {
            CalendarError::UnknownZone(_) => {
                Some("use a name of the IANA database, such as \"Asia/Shanghai\"".into())
            }
            CalendarError::Gap { resumes, .. } => {
                Some(format!("a date's own time must exist: write {resumes} or later"))
            }
            CalendarError::BeforeStart { .. } => {
                Some("start the run earlier, or leave this entry out".into())
            }
            CalendarError::LateWindow { .. } => Some("write 00:00 and the next day".into()),
            CalendarError::Text(_) | CalendarError::OutOfRange(_) => None,
        }
    }
}

/// A time zone of the bundled database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
    name: Arc<str>,
}

/// When a wall clock shows a time, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Once, as usual.
    Once(i64),
    /// Never: clocks are put forward over it, at this instant.
    Never { gap_ends: i64 },
    /// Twice: clocks are put back over it; this is the first time.
    Twice { first: i64 },
}

impl Shown {
    /// Once, the end of the gap, or the first of two.
    pub(super) fn micros(self) -> i64 {
        match self {
            Shown::Once(micros)
            | Shown::Never { gap_ends: micros }
            | Shown::Twice { first: micros } => micros,
        }
    }
}

impl Zone {
    /// The zone of this name in the IANA database, such as `Asia/Shanghai`.
    ///
    /// # Errors
    /// If the database has no such zone.
    pub fn named(name: &str) -> Result<Zone, CalendarError> {
        let unknown = || CalendarError::UnknownZone(name.to_owned());
        let zone = TimeZoneDatabase::bundled().get(name.trim()).map_err(|_| unknown())?;
        let name = zone.iana_name().ok_or_else(unknown)?.into();
        Ok(Zone { zone, name })
    }

    /// Every name in the database, for suggestions.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> =
            TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// Its name, as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the wall clock here shows `wall`; none outside the years −9999 to 9999.
    pub(super) fn when(&self, wall: WallTime) -> Option<Shown> {
        let datetime = wall.to_jiff()?;
        Some(match self.zone.to_ambiguous_timestamp(datetime).offset() {
            AmbiguousOffset::Unambiguous { offset } => Shown::Once(micros(datetime, offset)?),
            AmbiguousOffset::Fold { before, .. } => {
                Shown::Twice { first: micros(datetime, before)? }
            }
            AmbiguousOffset::Gap { before, after } => {
                // Read with the later offset, the time lies before the change that skips it.
                let eve = timestamp(datetime, after)?;
                let change = self.zone.following(eve).find(|t| t.offset() == after)?;
                debug_assert!(change.timestamp() <= timestamp(datetime, before)?);
                Shown::Never { gap_ends: change.timestamp().as_microsecond() }
            }
        })
    }

    /// The error of a dated time that falls into a gap.
    pub(super) fn gap(&self, wall: WallTime, gap_ends: i64) -> CalendarError {
        let (day, time) = self.split(gap_ends);
        let resumes = format!("{} {}", CivilDate::from_day(day), clock_text(time));
        CalendarError::Gap { wall, zone: self.name.to_string(), resumes }
    }

    /// The civil day, and microseconds on the wall clock since midnight, at an instant.
    pub(super) fn split(&self, unix_micros: i64) -> (i32, i64) {
        split(unix_micros.saturating_add(self.offset(unix_micros)))
    }

    /// Local time minus UTC in microseconds; outside the database's years, as at their end.
    fn offset(&self, unix_micros: i64) -> i64 {
        let limit = if unix_micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let at = Timestamp::from_microsecond(unix_micros).unwrap_or(limit);
        i64::from(self.zone.to_offset(at).seconds()) * MICROS_PER_SECOND
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// A stretch of constant offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: SimTime,
    offset: i64,
}

/// What the wall clock shows at each instant of a run.
///
/// Cheap to clone and to ask: offsets are tabulated for sixty years from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CivilClock {
    zone: Zone,
    start: i64,
    stretches: Arc<[Stretch]>,
    tabulated_until: SimTime,
}

impl CivilClock {
    /// The clock of a run that starts when the wall clock of `zone` shows `start`, a date or a
    /// date and time such as `2026-03-02 08:00`; the first time, should it show it twice.
    ///
    /// # Errors
    /// If the zone is unknown, or the start is no date, or falls into a gap.
    pub fn new(zone: &str, start: &str) -> Result<CivilClock, CalendarError> {
        let zone = Zone::named(zone)?;
        let wall: WallTime = start.parse()?;
        let start = match zone.when(wall).ok_or(CalendarError::OutOfRange(wall))? {
            Shown::Once(start) | Shown::Twice { first: start } => start,
            Shown::Never { gap_ends } => return Err(zone.gap(wall, gap_ends)),
        };
        let until = start.saturating_add(TABULATED_YEARS * 366 * MICROS_PER_DAY);
        let begin = Timestamp::from_microsecond(start).expect("it came from a date");
        let mut stretches = vec![Stretch { from: SimTime::ZERO, offset: zone.offset(start) }];
        for change in zone.zone.following(begin) {
            let at = change.timestamp().as_microsecond();
            if at >= until {
                break;
            }
            let offset = i64::from(change.offset().seconds()) * MICROS_PER_SECOND;
            stretches.push(Stretch { from: since(start, at), offset });
        }
        let tabulated_until = since(start, until);
        Ok(CivilClock { zone, start, stretches: stretches.into(), tabulated_until })
    }

    /// Its time zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The civil date, in days since 1970-01-01.
    pub fn civil_day(&self, at: SimTime) -> i32 {
        self.split(at).0
    }

    /// The hour of the day on the wall clock, 0 to 23.
    pub fn hour_of_day(&self, at: SimTime) -> usize {
        usize::try_from(self.split(at).1 / MICROS_PER_HOUR).expect("an hour is not negative")
    }

    /// How far the beginning of the run lies in its clock hour of UTC.
    pub fn since_full_hour_utc(&self) -> SimDuration {
        SimDuration::from_micros(self.start.rem_euclid(MICROS_PER_HOUR).unsigned_abs())
    }

    /// How far the beginning of the run lies in its day of UTC.
    pub fn since_midnight_utc(&self) -> SimDuration {
        SimDuration::from_micros(self.start.rem_euclid(MICROS_PER_DAY).unsigned_abs())
    }

    /// How far the wall clock has come since its last full hour.
    pub fn since_full_hour(&self, at: SimTime) -> SimDuration {
        SimDuration::from_micros(self.split(at).1.unsigned_abs() % MICROS_PER_HOUR.unsigned_abs())
    }

    /// `2026-03-02 08:00:00`, with microseconds only when there are any.
    pub fn format(&self, at: SimTime) -> String {
        let (day, time) = self.split(at);
        format!("{} {}", CivilDate::from_day(day), clock_text(time))
    }

    /// `2026-03-02T08:00:00+08:00`: the wall clock and how far it is ahead of UTC (RFC 3339).
    pub fn format_offset(&self, at: SimTime) -> String {
        offset_text(self.split(at), self.offset(at))
    }

    /// `Mon 2026-03-02T08:00:00+08:00`: the same with the day of the week, in any time zone.
    pub fn format_in(&self, zone: &Zone, at: SimTime) -> String {
        let micros = self.unix_micros(at);
        let (day, time) = zone.split(micros);
        format!("{} {}", self.weekday_text(day), offset_text((day, time), zone.offset(micros)))
    }

    /// `2026-03-02`.
    pub fn date_text(&self, day: i32) -> String {
        CivilDate::from_day(day).to_string()
    }

    /// `Mon`.
    pub fn weekday_text(&self, day: i32) -> &'static str {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
            [CivilDate::from_day(day).weekday() as usize]
    }

    /// Where months begin on this clock, after one instant and before another, ascending.
    pub fn months(&self, after: SimTime, before: SimTime) -> Vec<SimTime> {
        let mut months = Vec::new();
        let mut date = CivilDate::from_day(self.civil_day(after));
        while let Some((first, _)) = date.next_month() {
            date = first;
            match self.midnight(date) {
                Some(at) if at < before => months.extend((at > after).then_some(at)),
                Some(_) | None => break,
            }
        }
        months
    }

    /// A date on this clock, as far as it lies in the run; none outside the years −9999 to 9999.
    pub fn day(&self, date: CivilDate) -> Option<Range<SimTime>> {
        let until = self.midnight(date.plus_days(1))?;
        Some(self.midnight(date).unwrap_or(SimTime::ZERO)..until)
    }

    /// Where a date begins, if the run has begun by then.
    pub fn midnight(&self, date: CivilDate) -> Option<SimTime> {
        let shown = self.zone.when(WallTime { date, time: TimeOfDay::MIDNIGHT })?;
        self.instant(shown.micros())
    }

    /// The instant at which this clock shows `wall`; the first, should it show it twice.
    ///
    /// # Errors
    /// If the clock is put forward over it, or shows it only before the start.
    pub fn at(&self, wall: WallTime) -> Result<SimTime, CalendarError> {
        let micros = match self.zone.when(wall).ok_or(CalendarError::OutOfRange(wall))? {
            Shown::Once(micros) | Shown::Twice { first: micros } => micros,
            Shown::Never { gap_ends } => return Err(self.zone.gap(wall, gap_ends)),
        };
        self.instant(micros)
            .ok_or_else(|| CalendarError::BeforeStart { wall, start: self.format(SimTime::ZERO) })
    }

    /// Microseconds since 1970 UTC at an instant of the run.
    pub(super) fn unix_micros(&self, at: SimTime) -> i64 {
        self.start.saturating_add_unsigned(at.as_micros())
    }

    /// The instant of the run so many microseconds after 1970 UTC; none before its start.
    pub(super) fn instant(&self, unix_micros: i64) -> Option<SimTime> {
        (unix_micros >= self.start).then(|| since(self.start, unix_micros))
    }

    fn split(&self, at: SimTime) -> (i32, i64) {
        split(self.unix_micros(at).saturating_add(self.offset(at)))
    }

    /// How far the wall clock is ahead of UTC, in µs.
    pub fn ahead_of_utc(&self, at: SimTime) -> i64 {
        self.offset(at)
    }

    /// How far the wall clock is ahead of UTC, in µs.
    fn offset(&self, at: SimTime) -> i64 {
        if at < self.tabulated_until {
            let after = self.stretches.partition_point(|stretch| stretch.from <= at);
            self.stretches[after - 1].offset // the first stretch begins at time 0
        } else {
            self.zone.offset(self.unix_micros(at))
        }
    }
}

fn since(start: i64, later: i64) -> SimTime {
    let span = i128::from(later) - i128::from(start);
    SimTime::from_micros(u64::try_from(span).expect("not before the start"))
}

fn timestamp(datetime: DateTime, offset: Offset) -> Option<Timestamp> {
    offset.to_timestamp(datetime).ok()
}

fn micros(datetime: DateTime, offset: Offset) -> Option<i64> {
    Some(timestamp(datetime, offset)?.as_microsecond())
}

/// Local microseconds since 1970 as a civil day and a time on the wall clock.
fn split(local: i64) -> (i32, i64) {
    let day = i32::try_from(local.div_euclid(MICROS_PER_DAY));
    (day.expect("292 000 years are 107 million days"), local.rem_euclid(MICROS_PER_DAY))
}

/// `2026-03-02T08:00:00+08:00`, of a day, a time on its wall clock and an offset, both in µs.
fn offset_text((day, time): (i32, i64), offset: i64) -> String {
    let minutes = offset / (60 * MICROS_PER_SECOND);
    let (sign, ahead) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    let (date, time) = (CivilDate::from_day(day), clock_text(time));
    format!("{date}T{time}{sign}{:02}:{:02}", ahead / 60, ahead % 60)
}

/// `08:00:00`, with microseconds only when there are any.
fn clock_text(micros: i64) -> String {
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match fraction {
        0 => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        _ => format!("{hours:02}:{minutes:02}:{seconds:02}.{fraction:06}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_its_offset_is_told_on_both_sides_of_a_change() {
        let clock = CivilClock::new("America/St_Johns", "2026-03-08").unwrap();
        let at = |hours| clock.format_offset(SimTime::ZERO + SimDuration::from_hours(hours));
        assert_eq!(at(1), "2026-03-08T01:00:00-03:30");
        assert_eq!(at(2), "2026-03-08T03:00:00-02:30");
        let shanghai = CivilClock::new("Asia/Shanghai", "2026-03-02 08:00").unwrap();
        assert_eq!(
            shanghai.format_offset(SimTime::from_micros(1)),
            "2026-03-02T08:00:00.000001+08:00"
        );
    }

    #[track_caller]
    fn clock(zone: &str, start: &str) -> CivilClock {
        CivilClock::new(zone, start).unwrap()
    }

    fn hours(hours: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_hours(hours)
    }

    /// Clocks in Havana go forward at midnight, on the first of April 2001 of all days.
    #[test]
    fn months_begin_where_the_clock_first_shows_their_date() {
        let months = |zone, start, until: u64| -> Vec<String> {
            let clock = clock(zone, start);
            let months = clock.months(SimTime::ZERO, hours(until));
            months.into_iter().map(|at| clock.format_offset(at)).collect()
        };
        assert_eq!(months("Asia/Shanghai", "2026-01-31", 24), [""; 0], "the end is not within");
        assert_eq!(months("Asia/Shanghai", "2026-02-01", 25), [""; 0], "nor is the beginning");
        assert_eq!(
            months("Asia/Shanghai", "2026-01-31 12:00", 24 * 60),
            ["2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00"],
        );
        assert_eq!(months("America/Havana", "2001-03-31", 48), ["2001-04-01T01:00:00-04:00"]);
    }

    #[test]
    fn a_day_is_what_of_it_lies_in_the_run() {
        let clock = clock("America/New_York", "2026-03-07 12:00");
        let day = |text: &str| clock.day(text.parse().unwrap()).unwrap();
        assert_eq!(day("2026-03-07"), SimTime::ZERO..hours(12));
        assert_eq!(day("2026-03-08"), hours(12)..hours(12 + 23), "clocks go forward");
        assert_eq!(day("2026-03-09"), hours(35)..hours(59));
        assert_eq!(clock.midnight("2026-03-07".parse().unwrap()), None);
    }

    #[test]
    fn a_clock_shows_its_start_at_time_zero() {
        let shanghai = clock("Asia/Shanghai", "2026-03-02");
        assert_eq!(shanghai.format(SimTime::ZERO), "2026-03-02 00:00:00");
        assert_eq!(shanghai.format(SimTime::from_micros(1)), "2026-03-02 00:00:00.000001");
        assert_eq!(shanghai.civil_day(SimTime::ZERO), 20_514);
        assert_eq!(shanghai.date_text(20_514), "2026-03-02");
        assert_eq!(shanghai.weekday_text(20_514), "Mon");
        assert_eq!(shanghai.hour_of_day(hours(25)), 1);
        assert_eq!(shanghai.format(hours(24 * 7 * 4)), "2026-03-30 00:00:00");
    }

    #[test]
    fn a_clock_agrees_with_the_database_at_every_hour_of_seventy_years() {
        for (zone, start) in
            [("Europe/Berlin", "1999-12-31 23:30"), ("Australia/Lord_Howe", "2026-01-01")]
        {
            let clock = clock(zone, start);
            let database = TimeZoneDatabase::bundled().get(zone).unwrap();
            for hour in 0..24 * 366 * 70 {
                let unix = Timestamp::from_microsecond(clock.unix_micros(hours(hour))).unwrap();
                let shown = database.to_datetime(unix);
                let day = CivilDate::of_jiff(shown.date()).day();
                assert_eq!(clock.civil_day(hours(hour)), day, "{zone} {shown}");
                assert_eq!(clock.hour_of_day(hours(hour)), shown.hour() as usize, "{shown}");
            }
        }
    }

    #[test]
    fn the_hour_is_skipped_in_a_gap_and_repeated_in_a_fold() {
        let spring = clock("Europe/Berlin", "2026-03-29");
        let shown: Vec<usize> = (0..5).map(|h| spring.hour_of_day(hours(h))).collect();
        assert_eq!(shown, [0, 1, 3, 4, 5]);
        let autumn = clock("America/New_York", "2026-11-01");
        let shown: Vec<usize> = (0..5).map(|h| autumn.hour_of_day(hours(h))).collect();
        assert_eq!(shown, [0, 1, 1, 2, 3]);
        assert_eq!(autumn.civil_day(hours(24)), autumn.civil_day(SimTime::ZERO));
    }

    #[test]
    fn a_civil_time_becomes_the_instant_at_which_it_is_shown() {
        let berlin = clock("Europe/Berlin", "2026-10-25");
        let at = |text: &str| berlin.at(text.parse().unwrap());
        assert_eq!(at("2026-10-25 02:30"), Ok(SimTime::ZERO + SimDuration::from_mins(150)));
        assert_eq!(at("2026-10-25 24:00"), Ok(hours(25)));
        assert_eq!(at("2026-10-26"), Ok(hours(25)));
        let early = at("2026-10-24").unwrap_err();
        assert!(early.to_string().contains("before the start of the run"), "{early}");
    }

    #[test]
    fn a_start_in_a_gap_or_in_no_zone_is_an_error_with_a_hint() {
        let error = CivilClock::new("Europe/Berlin", "2026-03-29 02:30").unwrap_err();
        assert_eq!(
            error.to_string(),
            "2026-03-29 02:30 does not exist in Europe/Berlin: \
             clocks go forward to 2026-03-29 03:00:00 then",
        );
        assert!(error.hint().unwrap().contains("03:00"));
        let error = CivilClock::new("Europe/Atlantis", "2026-03-29").unwrap_err();
        assert_eq!(error.to_string(), "unknown time zone `Europe/Atlantis`");
        assert!(error.hint().is_some());
        assert!(CivilClock::new("Asia/Shanghai", "soon").is_err());
    }

    #[test]
    fn a_zone_is_spelled_as_the_database_spells_it() {
        assert_eq!(Zone::named("asia/shanghai").unwrap().name(), "Asia/Shanghai");
        assert!(Zone::names().iter().any(|name| name == "Australia/Lord_Howe"));
    }

    #[test]
    fn a_gap_ends_when_clocks_have_been_put_forward() {
        let lord_howe = Zone::named("Australia/Lord_Howe").unwrap();
        let shown = lord_howe.when("2026-10-04 02:10".parse().unwrap()).unwrap();
        let expected: Timestamp = "2026-10-03T15:30:00Z".parse().unwrap();
        assert_eq!(shown, Shown::Never { gap_ends: expected.as_microsecond() });
        // Samoa skipped a whole date when it crossed the date line.
        let apia = Zone::named("Pacific/Apia").unwrap();
        let shown = apia.when("2011-12-30 12:00".parse().unwrap()).unwrap();
        let expected: Timestamp = "2011-12-30T10:00:00Z".parse().unwrap();
        assert_eq!(shown, Shown::Never { gap_ends: expected.as_microsecond() });
    }

    #[test]
    fn even_never_has_a_date() {
        let clock = clock("Europe/Berlin", "2026-03-29");
        assert!(clock.format(SimTime::NEVER).starts_with("day "));
    }
}
