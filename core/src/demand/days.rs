//! On which dates a window begins: days of the week, some of a month, days of a month.

use std::fmt;
use std::str::FromStr;

use super::civil::{CivilDate, Weekday, Weekdays};
use crate::units::ParseError;

/// A set of dates: a date is in it that any of its parts names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    weekly: Weekdays,
    /// Five bits for each weekday: the first to the fifth of a month.
    nth: u64,
    /// A bit for each weekday: the last one of a month.
    last_of: u8,
    /// A bit for each day of a month; the highest is the last day, whichever it is.
    monthly: u32,
}

const LAST_DAY: u32 = 1 << 31;

const EXPECTED: &str = "days such as \"mon..fri\", \"sat\", \"daily\", \"weekdays\", \"weekends\", \
                        \"mon#1\", \"fri#last\", \"day 15\" or \"day last\", with commas between";

impl From<Weekdays> for Days {
    fn from(weekly: Weekdays) -> Days {
        Days { weekly, nth: 0, last_of: 0, monthly: 0 }
    }
}

impl Days {
    /// Whether a date is in the set; outside the years −9999 to 9999 by its weekday only.
    pub fn contains(self, date: CivilDate) -> bool {
        let weekday = date.weekday();
        if self.weekly.contains(weekday) {
            return true;
        }
        let Some((day, days_in_month)) = date.in_month() else { return false };
        let nth = 1 << (5 * weekday as u32 + (day - 1) / 7);
        let is_last = day + 7 > days_in_month && self.last_of & (1 << weekday as u8) != 0;
        let is_listed = self.monthly & (1 << (day - 1)) != 0;
        let is_end = day == days_in_month && self.monthly & LAST_DAY != 0;
        self.nth & nth != 0 || is_last || is_listed || is_end
    }

    /// The days of the week that are in it in every week.
    pub const fn weekly(self) -> Weekdays {
        self.weekly
    }
}

/// Reads what [`Weekdays`] reads, and `mon#1`, `fri#last`, `day 15`, `day 1..7`, `day last`.
impl FromStr for Days {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Days, ParseError> {
        let bad = || ParseError::new(format!("`{text}` is not a set of days"), EXPECTED);
        let mut days = Days { weekly: Weekdays::NONE, nth: 0, last_of: 0, monthly: 0 };
        for part in text.split(',').map(str::trim) {
            if let Some((weekday, which)) = part.split_once('#') {
                let weekday: Weekday = weekday.parse().map_err(|_| bad())?;
                match (which, which.parse::<u32>()) {
                    ("last", _) => days.last_of |= 1 << weekday as u8,
                    (_, Ok(nth @ 1..=5)) => days.nth |= 1 << (5 * weekday as u32 + nth - 1),
                    (_, Ok(_) | Err(_)) => return Err(bad()),
                }
            } else if let Some(rest) = part.strip_prefix("day ") {
                days.monthly |= of_month(rest.trim()).ok_or_else(bad)?;
            } else {
                let weekly = part.parse().map_err(|error: ParseError| match part {
                    "" => bad(),
                    _ => ParseError::new(error.problem, EXPECTED),
                })?;
                days.weekly = days.weekly.union(weekly);
            }
        }
        Ok(days)
    }
}

/// `15`, `1..7` or `last` as bits.
fn of_month(text: &str) -> Option<u32> {
    if text == "last" {
        return Some(LAST_DAY);
    }
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let is_month = (1..=31).contains(&first) && (first..=31).contains(&last);
    is_month.then(|| (first..=last).fold(0, |bits, day| bits | 1 << (day - 1)))
}

/// As scenarios write it.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![];
        if self.weekly != Weekdays::NONE {
            parts.push(self.weekly.to_string());
        }
        for day in Weekday::ALL {
            let nth = (1..=5).filter(|n| self.nth & (1 << (5 * day as u32 + n - 1)) != 0);
            parts.extend(nth.map(|n| format!("{day}#{n}")));
            if self.last_of & (1 << day as u8) != 0 {
                parts.push(format!("{day}#last"));
            }
        }
        let listed = (1..=31u32).filter(|day| self.monthly & !LAST_DAY & (1 << (day - 1)) != 0);
        parts.extend(listed.map(|day| format!("day {day}")));
        if self.monthly & LAST_DAY != 0 {
            parts.push("day last".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dates of 2026 that are in a set, as `01-31`.
    fn dates(text: &str) -> Vec<String> {
        let days: Days = text.parse().unwrap();
        let first: CivilDate = "2026-01-01".parse().unwrap();
        let all = (0..365).map(|day| first.plus_days(day)).filter(|date| days.contains(*date));
        all.map(|date| date.to_string()[5..].to_owned()).collect()
    }

    #[test]
    fn a_weekday_of_a_month_is_counted_from_its_beginning_or_end() {
        assert_eq!(dates("mon#1")[..3], ["01-05", "02-02", "03-02"]);
        assert_eq!(dates("fri#last")[..4], ["01-30", "02-27", "03-27", "04-24"]);
        assert_eq!(dates("thu#5")[..2], ["01-29", "04-30"]);
        assert_eq!(dates("mon#1").len(), 12);
    }

    #[test]
    fn a_day_of_a_month_is_not_in_months_without_it() {
        assert_eq!(dates("day 31").len(), 7);
        assert_eq!(dates("day last")[..3], ["01-31", "02-28", "03-31"]);
        assert_eq!(dates("day 1..2, day 15")[..4], ["01-01", "01-02", "01-15", "02-01"]);
    }

    #[test]
    fn parts_are_added_to_days_of_the_week() {
        assert_eq!(dates("sat, day 1")[..3], ["01-01", "01-03", "01-10"]);
        let weekly: Days = "mon..fri".parse().unwrap();
        assert_eq!(weekly, Days::from(Weekdays::WEEKDAYS));
    }

    #[test]
    fn a_set_of_days_reads_back_as_it_was_printed() {
        for text in ["weekdays", "mon#1, mon#3, fri#last, day 15, day last", "sat, sun#2", "day 31"]
        {
            let days: Days = text.parse().unwrap();
            assert_eq!(days.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "mon#0", "mon#6", "mon#", "day", "day 0", "day 32", "day 7..1", "mon..tue#1"]
        {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
    }
}
