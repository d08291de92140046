//! Instants of exports: with an offset, or as a wall clock in a stated time zone shows them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::problem::Problem;
use super::table::Row;

/// What instants without an offset are read in, and what all are printed in.
#[derive(Clone, Debug)]
pub struct Moments {
    zone: TimeZone,
}

/// What an instant looks like.
pub(super) const EXPECTED: &str =
    "a time such as 2026-03-02T08:00:00+08:00, or 2026-03-02 08:00:00 in --timezone";

/// What to do about times that a wall clock cannot say.
const OFFSETS: &str = "export times with their offsets, such as 2026-03-02T08:00:00+08:00; or give \
                       the --timezone that they are of";

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// One instant, in microseconds since 1970.
    Once(i64),
    /// A wall clock's doubled hour.
    Twice {
        /// Before it is put back.
        first: i64,
        /// After it.
        second: i64,
    },
}

/// Why a text says no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoMoment {
    /// It is no time.
    NotATime,
    /// The wall clock is put forward over it.
    Skipped,
}

/// Seconds or milliseconds since 1970, as logs have them: ten digits or thirteen.
fn since_1970(text: &str) -> Option<i64> {
    let number: i64 = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        10 => Some(number * 1_000_000),
        13 => Some(number * 1_000),
        _ => None,
    }
}

impl Moments {
    /// In the zone of this name in the bundled database; none if it has none.
    pub fn named(zone: &str) -> Option<Moments> {
        let zone = TimeZoneDatabase::bundled().get(zone.trim()).ok()?;
        Some(Moments { zone })
    }

    /// Microseconds since 1970; of a wall clock's doubled hour the first.
    pub fn read(&self, text: &str) -> Option<i64> {
        self.find(text).ok().map(|moment| match moment {
            Moment::Once(at) | Moment::Twice { first: at, .. } => at,
        })
    }

    /// The instant or instants that a text says.
    ///
    /// # Errors
    /// If it is no time, or a wall clock that was put forward over it.
    pub(super) fn find(&self, text: &str) -> Result<Moment, NoMoment> {
        let text = text.trim();
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Ok(Moment::Once(timestamp.as_microsecond()));
        }
        if let Some(micros) = since_1970(text) {
            return Ok(Moment::Once(micros));
        }
        let wall: DateTime = text.parse().map_err(|_| NoMoment::NotATime)?;
        let at = |offset: Offset| match offset.to_timestamp(wall) {
            Ok(timestamp) => Ok(timestamp.as_microsecond()),
            Err(_) => Err(NoMoment::NotATime),
        };
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(Moment::Once(at(offset)?)),
            AmbiguousOffset::Fold { before, after } => {
                Ok(Moment::Twice { first: at(before)?, second: at(after)? })
            }
            AmbiguousOffset::Gap { .. } => Err(NoMoment::Skipped),
        }
    }

    /// The one instant of a cell; a problem, if there is none or two.
    pub(super) fn once(&self, row: &Row<'_>, column: usize) -> Result<i64, Problem> {
        match self.cell(row, column)? {
            Moment::Once(at) => Ok(at),
            Moment::Twice { .. } => {
                let (line, place) = row.place(column);
                Err(self.twice(row.file(), row.text(column)).at(line, place))
            }
        }
    }

    /// The one instant of a text that stands in no cell; a problem, if there is none or two.
    pub(super) fn one(&self, file: &str, text: &str) -> Result<i64, Problem> {
        match self.find(text) {
            Ok(Moment::Once(at)) => Ok(at),
            Ok(Moment::Twice { .. }) => Err(self.twice(file, text)),
            Err(NoMoment::NotATime) => {
                Err(Problem::new(file, format!("`{text}` is not a time")).expected(EXPECTED))
            }
            Err(NoMoment::Skipped) => Err(self.skipped(file, text)),
        }
    }

    /// The instant of an answer's `date` header, if it has one that can be read.
    pub(super) fn of_header(&self, date: &str) -> Option<i64> {
        let zoned = jiff::fmt::rfc2822::parse(date).ok()?;
        Some(zoned.timestamp().as_microsecond())
    }

    /// The instant or instants of a cell; a problem, if there is none.
    pub(super) fn cell(&self, row: &Row<'_>, column: usize) -> Result<Moment, Problem> {
        let (text, (line, place)) = (row.text(column), row.place(column));
        self.find(text).map_err(|wrong| match wrong {
            NoMoment::NotATime => {
                row.problem(column, format!("`{text}` is not a time")).expected(EXPECTED)
            }
            NoMoment::Skipped => self.skipped(row.file(), text).at(line, place),
        })
    }

    fn skipped(&self, file: &str, text: &str) -> Problem {
        Problem::new(file, format!("{text} does not exist in {}", self.name()))
            .expected("a time that the clock shows: it is put forward over this one")
            .hint(OFFSETS)
    }

    /// That a wall clock shows a time twice, and nothing says which is meant.
    pub(super) fn twice(&self, file: &str, text: &str) -> Problem {
        Problem::new(file, format!("{text} exists twice in {}", self.name()))
            .expected("a time that the clock shows once: it is put back over this one")
            .hint(OFFSETS)
    }

    fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("this time zone")
    }

    fn wall(&self, micros: i64) -> DateTime {
        let timestamp = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(timestamp)
    }

    /// `2026-03-02 08:00:00`, to the second.
    pub(super) fn civil(&self, micros: i64) -> String {
        let wall = self.wall(micros);
        let (date, time) = (wall.date(), wall.time());
        format!("{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }

    /// `2026-03-02`.
    pub(super) fn date(&self, micros: i64) -> String {
        self.wall(micros).date().to_string()
    }

    /// The hour of the day, 0 to 23.
    pub(super) fn hour(&self, micros: i64) -> usize {
        usize::try_from(self.wall(micros).hour()).unwrap_or(0)
    }

    /// The Monday after the day of an instant.
    pub(super) fn next_monday(&self, micros: i64) -> Option<String> {
        let mut day: Date = self.wall(micros).date().tomorrow().ok()?;
        while day.weekday() != jiff::civil::Weekday::Monday {
            day = day.tomorrow().ok()?;
        }
        Some(day.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_wins_and_a_wall_clock_is_read_in_its_zone() {
        let shanghai = Moments::named("Asia/Shanghai").expect("the database has it");
        let eight = shanghai.read("2026-03-02 08:00:00");
        assert_eq!(eight, shanghai.read("2026-03-02T00:00:00Z"));
        assert_eq!(eight, shanghai.read("2026-03-02T00:00Z"));
        let eight = eight.expect("it is a time");
        assert_eq!(shanghai.civil(eight), "2026-03-02 08:00:00");
        assert_eq!(shanghai.hour(eight), 8);
        assert_eq!(shanghai.next_monday(eight).as_deref(), Some("2026-03-09"));
        assert_eq!(shanghai.read("yesterday"), None);
        for same in ["20260302T080000.000+0800", "20260302T000000Z", "1772409600", "1772409600000"]
        {
            assert_eq!(shanghai.read(same), Some(eight), "{same}");
        }
    }

    #[test]
    fn a_wall_clock_is_never_moved() {
        let new_york = Moments::named("America/New_York").expect("the database has it");
        assert_eq!(new_york.find("2026-03-08 02:30:00"), Err(NoMoment::Skipped));
        let twice = new_york.find("2026-11-01 01:30:00");
        assert!(matches!(twice, Ok(Moment::Twice { first, second }) if second - first == HOUR));
        assert!(matches!(new_york.find("2026-11-01 02:00:00"), Ok(Moment::Once(_))));
    }

    const HOUR: i64 = 3_600_000_000;
}
