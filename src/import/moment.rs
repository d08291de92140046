//! Instants of exports: with an offset, or as a wall clock in a stated time zone shows them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// What instants without an offset are read in, and what all are printed in.
#[derive(Clone, Debug)]
pub struct Moments {
    zone: TimeZone,
}

/// What an instant looks like.
pub(super) const EXPECTED: &str =
    "a time such as 2026-03-02T08:00:00+08:00, or 2026-03-02 08:00:00 in --timezone";

impl Moments {
    /// In the zone of this name in the bundled database; none if it has none.
    pub fn named(zone: &str) -> Option<Moments> {
        let zone = TimeZoneDatabase::bundled().get(zone.trim()).ok()?;
        Some(Moments { zone })
    }

    /// Microseconds since 1970; of a wall clock's doubled hour the first, of a skipped one what
    /// follows.
    pub fn read(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(timestamp.as_microsecond());
        }
        let wall: DateTime = text.parse().ok()?;
        let zoned = wall.to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp().as_microsecond())
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
    }
}
