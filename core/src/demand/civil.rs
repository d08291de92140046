//! Civil dates, times of day and weekday sets, as a scenario writes them.
//!
//! They know nothing of time zones: [`super::clock`] turns them into instants. They are never
//! read from the machine.

use std::fmt;
use std::str::FromStr;

use jiff::civil;

use crate::units::ParseError;

const SECONDS_PER_DAY: u32 = 86_400;

/// A date of the proleptic Gregorian calendar: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate(i32);

/// A time of day, 00:00 to 24:00, to the second; 24:00 is the next date's 00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

/// What a wall clock and the calendar beside it show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    /// The date.
    pub date: CivilDate,
    /// The time of day.
    pub time: TimeOfDay,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A set of days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

impl CivilDate {
    /// The date so many days after 1970-01-01.
    pub const fn from_day(day: i32) -> CivilDate {
        CivilDate(day)
    }

    /// Days since 1970-01-01.
    pub const fn day(self) -> i32 {
        self.0
    }

    /// So many days later.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> CivilDate {
        CivilDate(self.0.saturating_add(days))
    }

    /// Its day of the week: 1970-01-01 was a Thursday.
    pub const fn weekday(self) -> Weekday {
        Weekday::ALL[(self.0 as i64 + 3).rem_euclid(7) as usize]
    }

    /// The first of the next month, and how many days this one has; none outside the years −9999
    /// to 9999.
    pub fn next_month(self) -> Option<(CivilDate, u32)> {
        let (day, days) = self.in_month()?;
        Some((self.plus_days(i32::try_from(days - day + 1).ok()?), days))
    }

    /// Its day of the month, from 1, and how many the month has; none outside the years −9999 to
    /// 9999.
    pub(super) fn in_month(self) -> Option<(u32, u32)> {
        let date = self.to_jiff()?;
        Some((date.day().unsigned_abs().into(), date.days_in_month().unsigned_abs().into()))
    }

    /// As the time zone database's library has it; none outside the years −9999 to 9999.
    pub(super) fn to_jiff(self) -> Option<civil::Date> {
        civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(self.0).ok()?).ok()
    }

    pub(super) fn of_jiff(date: civil::Date) -> CivilDate {
        let days = date.duration_since(civil::date(1970, 1, 1)).as_hours() / 24;
        CivilDate(i32::try_from(days).expect("twenty thousand years are 7.3 million days"))
    }
}

impl TimeOfDay {
    /// The beginning of a date.
    pub const MIDNIGHT: TimeOfDay = TimeOfDay(0);
    /// The end of a date.
    pub const END_OF_DAY: TimeOfDay = TimeOfDay(SECONDS_PER_DAY);

    /// Seconds since 00:00 on the wall clock, at most 86 400.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl WallTime {
    /// As the time zone database's library has it, 24:00 being the next date's 00:00.
    pub(super) fn to_jiff(self) -> Option<civil::DateTime> {
        let next = self.time == TimeOfDay::END_OF_DAY;
        let date = if next { self.date.plus_days(1) } else { self.date };
        let seconds = self.time.0 % SECONDS_PER_DAY;
        let field = |value: u32| i8::try_from(value).expect("hours, minutes, seconds are small");
        let (hour, minute) = (field(seconds / 3_600), field(seconds / 60 % 60));
        Some(date.to_jiff()?.at(hour, minute, field(seconds % 60), 0))
    }
}

impl Weekday {
    /// Monday to Sunday.
    pub const ALL: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];

    /// Three small letters, as scenarios write it.
    pub const fn name(self) -> &'static str {
        match self {
            Weekday::Mon => "mon",
            Weekday::Tue => "tue",
            Weekday::Wed => "wed",
            Weekday::Thu => "thu",
            Weekday::Fri => "fri",
            Weekday::Sat => "sat",
            Weekday::Sun => "sun",
        }
    }
}

impl Weekdays {
    /// Monday to Sunday.
    pub const DAILY: Weekdays = Weekdays(0b111_1111);
    /// Monday to Friday.
    pub const WEEKDAYS: Weekdays = Weekdays(0b001_1111);
    /// Saturday and Sunday.
    pub const WEEKENDS: Weekdays = Weekdays(0b110_0000);

    /// No day.
    pub const NONE: Weekdays = Weekdays(0);

    /// The days of either set.
    #[must_use]
    pub const fn union(self, other: Weekdays) -> Weekdays {
        Weekdays(self.0 | other.0)
    }

    /// Whether the day is in the set.
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day as u8) != 0
    }

    /// From one day to another, over Sunday if need be.
    fn range(first: Weekday, last: Weekday) -> Weekdays {
        let length = (7 + last as u8 - first as u8) % 7 + 1;
        Weekdays((0..length).fold(0, |set, step| set | 1 << ((first as u8 + step) % 7)))
    }
}

const EXPECTED_DATE: &str = "a date such as \"2026-10-01\"";
const EXPECTED_TIME: &str = "a time of day such as \"08:00\", \"08:00:30\" or \"24:00\"";
const EXPECTED_WALL: &str = "a date with or without a time, such as \"2026-03-02 08:00\"";
const EXPECTED_DAYS: &str =
    "weekdays such as \"mon..fri\", \"sat\", \"mon, wed\", \"daily\", \"weekdays\" or \"weekends\"";

/// Splits `08:00:30` into numbers of exactly two digits each.
fn pairs<const N: usize>(text: &str, separator: char) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(separator);
    for number in &mut numbers {
        let part = parts.next()?;
        if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Reads `2026-10-01`: four digits, two, two.
impl FromStr for CivilDate {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<CivilDate, ParseError> {
        let shape = || ParseError::new(format!("`{text}` is not a date"), EXPECTED_DATE);
        let (year, rest) = text.trim().split_once('-').ok_or_else(shape)?;
        let [month, day] = pairs(rest, '-').ok_or_else(shape)?;
        if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return Err(shape());
        }
        let year: i16 = year.parse().expect("four digits are a number");
        let small = |value: u32| i8::try_from(value).expect("two digits are a small number");
        match civil::Date::new(year, small(month), small(day)) {
            Ok(date) => Ok(CivilDate::of_jiff(date)),
            Err(_) => Err(ParseError::new(
                format!("`{text}` is on no calendar"),
                "a month 01 to 12 and a day that this month has in this year",
            )),
        }
    }
}

/// Reads `08:00`, `08:00:30` and `24:00`.
impl FromStr for TimeOfDay {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<TimeOfDay, ParseError> {
        let bad = || ParseError::new(format!("`{text}` is not a time of day"), EXPECTED_TIME);
        let trimmed = text.trim();
        let [hours, minutes, seconds] = match pairs(trimmed, ':') {
            Some([hours, minutes]) => [hours, minutes, 0],
            None => pairs(trimmed, ':').ok_or_else(bad)?,
        };
        let total = hours * 3_600 + minutes * 60 + seconds;
        if minutes > 59 || seconds > 59 || total > SECONDS_PER_DAY {
            return Err(bad());
        }
        Ok(TimeOfDay(total))
    }
}

/// Reads `2026-03-02`, `2026-03-02 08:00`, `2026-03-02T08:00:30`.
impl FromStr for WallTime {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<WallTime, ParseError> {
        let trimmed = text.trim();
        let (date, time) = match trimmed.split_once(['T', ' ']) {
            Some((date, time)) => (date, time.parse()?),
            None => (trimmed, TimeOfDay::MIDNIGHT),
        };
        let date = date.parse().map_err(|error: ParseError| match error.expected {
            EXPECTED_DATE => {
                ParseError::new(format!("`{text}` is not a date or date and time"), EXPECTED_WALL)
            }
            _ => error,
        })?;
        Ok(WallTime { date, time })
    }
}

/// Reads `mon`, in small letters.
impl FromStr for Weekday {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Weekday, ParseError> {
        let found = Weekday::ALL.into_iter().find(|day| day.name() == text.trim());
        found.ok_or_else(|| {
            ParseError::new(
                format!("`{text}` is not a day of the week"),
                "one of mon, tue, wed, thu, fri, sat, sun",
            )
        })
    }
}

/// Reads `mon..fri`, `fri..mon`, `sat`, `mon, wed`, `daily`, `weekdays`, `weekends`.
impl FromStr for Weekdays {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Weekdays, ParseError> {
        let mut set = 0;
        for part in text.split(',') {
            let bad =
                |_| ParseError::new(format!("`{text}` is not a set of weekdays"), EXPECTED_DAYS);
            set |= match part.trim() {
                "daily" => Weekdays::DAILY.0,
                "weekdays" => Weekdays::WEEKDAYS.0,
                "weekends" => Weekdays::WEEKENDS.0,
                part => {
                    let (first, last) = part.split_once("..").unwrap_or((part, part));
                    Weekdays::range(first.parse().map_err(bad)?, last.parse().map_err(bad)?).0
                }
            };
        }
        Ok(Weekdays(set))
    }
}

/// `2026-03-02`; beyond the year 9999, the number of days since 1970-01-01.
impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Some(date) => write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            None => write!(f, "day {}", self.0),
        }
    }
}

/// `08:00`, with seconds only when there are any.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hours:02}:{minutes:02}")?;
        if seconds > 0 { write!(f, ":{seconds:02}") } else { Ok(()) }
    }
}

/// `2026-03-02 08:00`.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date, self.time)
    }
}

/// `mon`.
impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// As scenarios write it: `daily`, `weekdays`, `weekends`, or the days one by one.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Weekdays::DAILY => f.write_str("daily"),
            Weekdays::WEEKDAYS => f.write_str("weekdays"),
            Weekdays::WEEKENDS => f.write_str("weekends"),
            set => {
                let days = Weekday::ALL.into_iter().filter(|day| set.contains(*day));
                f.write_str(&days.map(Weekday::name).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn days(text: &str) -> String {
        let set: Weekdays = text.parse().unwrap();
        let names = Weekday::ALL.into_iter().filter(|day| set.contains(*day)).map(Weekday::name);
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn weekday_sets_read_as_a_person_means_them() {
        assert_eq!(days("mon..fri"), "mon tue wed thu fri");
        assert_eq!(days("weekdays"), days("mon..fri"));
        assert_eq!(days("fri..mon"), "mon fri sat sun");
        assert_eq!(days("sat"), "sat");
        assert_eq!(days("mon, wed,sat..sun"), "mon wed sat sun");
        assert_eq!(days("weekends"), "sat sun");
        assert_eq!(days("daily"), days("mon..sun"));
        for text in ["", "Mon", "mon-fri", "mon..", "..fri", "mon,,tue", "monday", "workdays"] {
            let error = text.parse::<Weekdays>().unwrap_err().to_string();
            assert!(error.contains("is not a set of weekdays"), "{error}");
        }
    }

    #[test]
    fn a_weekday_set_reads_back_as_it_was_printed() {
        for bits in 1..128 {
            let set = Weekdays(bits);
            assert_eq!(set.to_string().parse(), Ok(set));
        }
    }

    #[test]
    fn a_date_has_the_weekday_the_calendar_on_the_wall_shows() {
        for (text, weekday) in [
            ("1970-01-01", Weekday::Thu),
            ("2026-03-02", Weekday::Mon),
            ("2024-02-29", Weekday::Thu),
            ("1969-12-31", Weekday::Wed),
        ] {
            let date: CivilDate = text.parse().unwrap();
            assert_eq!((date.weekday(), date.to_string().as_str()), (weekday, text));
        }
        assert_eq!("2026-03-02".parse::<CivilDate>().unwrap().day(), 20_514);
        assert_eq!(CivilDate::from_day(i32::MAX).to_string(), "day 2147483647");
    }

    #[test]
    fn a_date_on_no_calendar_is_refused() {
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2100-02-29"] {
            let error = text.parse::<CivilDate>().unwrap_err().to_string();
            assert!(error.contains("on no calendar"), "{error}");
        }
        for text in ["", "2026-3-2", "26-03-02", "2026/03/02", "2026-03-02-01", "+026-03-02"] {
            let error = text.parse::<CivilDate>().unwrap_err().to_string();
            assert!(error.contains("is not a date"), "{error}");
        }
    }

    #[test]
    fn a_time_of_day_goes_from_midnight_to_midnight() {
        for (text, seconds) in
            [("00:00", 0), ("08:00", 28_800), ("08:00:30", 28_830), ("24:00", 86_400)]
        {
            let time: TimeOfDay = text.parse().unwrap();
            assert_eq!((time.seconds(), time.to_string().as_str()), (seconds, text));
        }
        for text in ["", "8:00", "08", "24:01", "24:00:01", "25:00", "08:60", "08:00:60", "08:00 "]
        {
            let read = text.parse::<TimeOfDay>();
            assert_eq!(read.is_ok(), text.trim() == "08:00", "{text:?}");
        }
    }

    #[test]
    fn a_date_and_time_may_be_a_date_alone() {
        let read = |text: &str| text.parse::<WallTime>().map(|wall| wall.to_string());
        assert_eq!(read("2026-03-02").as_deref(), Ok("2026-03-02 00:00"));
        assert_eq!(read("2026-03-02T08:00").as_deref(), Ok("2026-03-02 08:00"));
        assert_eq!(read("2026-03-02 08:00:30").as_deref(), Ok("2026-03-02 08:00:30"));
        assert!(read("yesterday").unwrap_err().to_string().contains("date or date and time"));
        assert!(read("2026-03-02 8am").unwrap_err().to_string().contains("time of day"));
        assert!(read("2026-02-30 08:00").unwrap_err().to_string().contains("no calendar"));
    }
}
