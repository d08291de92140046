//! Windows that come back at a time of day on some days of the week, listed for a run.
//!
//! They are driven by the calendar alone; what happens within them is their user's business.

use std::ops::Range;

use super::Span;
use super::calendar::union;
use super::civil::{CivilDate, TimeOfDay, WallTime, Weekdays};
use super::clock::{CalendarError, CivilClock};
use crate::units::{SimDuration, SimTime};

const MICROS_PER_DAY: u64 = 86_400_000_000;
/// A window that began longer ago than a hundred years is not looked for.
const DAYS_BEFORE_MAX: u64 = 36_525;

/// A window that comes back on some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// On which days it opens.
    pub days: Weekdays,
    /// When, on the run's wall clock.
    pub at: TimeOfDay,
    /// For how long, in real time.
    pub lasts: SimDuration,
}

impl Recurring {
    /// The windows of a run that ends at `horizon`: half-open, ascending, disjoint.
    ///
    /// One that opens in a daylight-saving gap opens at its end, in a fold the first time. They
    /// are cut at both ends of the run; those that overlap or touch are one.
    ///
    /// # Errors
    /// If the run leaves the years that the calendar covers.
    pub fn windows(
        &self,
        clock: &CivilClock,
        horizon: SimTime,
    ) -> Result<Vec<Range<SimTime>>, CalendarError> {
        let days_before = (self.lasts.as_micros() / MICROS_PER_DAY).min(DAYS_BEFORE_MAX) + 2;
        let days_before = i32::try_from(days_before).expect("a hundred years are few days");
        let first = clock.civil_day(SimTime::ZERO) - days_before;
        let mut spans = Vec::new();
        for date in (first..=clock.civil_day(horizon)).map(CivilDate::from_day) {
            if self.days.contains(date.weekday()) {
                let wall = WallTime { date, time: self.at };
                let shown = clock.zone().when(wall).ok_or(CalendarError::OutOfRange(wall))?;
                let from = shown.micros();
                spans.push(Span { from, to: from.saturating_add_unsigned(self.lasts.as_micros()) });
            }
        }
        let cut = |micros| clock.instant(micros).unwrap_or(SimTime::ZERO).min(horizon);
        let windows = union(spans).into_iter().map(|span| cut(span.from)..cut(span.to));
        Ok(windows.filter(|window| !window.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn recurring(start: &str, days: &str, at: &str, lasts: &str, run: &str) -> Vec<String> {
        let clock = CivilClock::new("Europe/Berlin", start).unwrap();
        let rule = Recurring {
            days: days.parse().unwrap(),
            at: at.parse().unwrap(),
            lasts: lasts.parse().unwrap(),
        };
        let horizon = SimTime::ZERO + run.parse().unwrap();
        let windows = rule.windows(&clock, horizon).unwrap();
        windows
            .iter()
            .map(|w| format!("{} for {}", clock.format(w.start), w.end - w.start))
            .collect()
    }

    #[test]
    fn a_recurring_window_opens_at_its_time_on_its_days() {
        assert_eq!(
            recurring("2026-03-06", "mon..fri", "08:00", "10m", "4d"),
            ["2026-03-06 08:00:00 for 10m", "2026-03-09 08:00:00 for 10m"],
        );
    }

    #[test]
    fn a_recurring_window_is_cut_at_both_ends_of_the_run() {
        assert_eq!(
            recurring("2026-03-06", "daily", "20:00", "8h", "23h"),
            ["2026-03-06 00:00:00 for 4h", "2026-03-06 20:00:00 for 3h"],
        );
        assert_eq!(
            recurring("2026-03-06", "mon", "08:00", "5d", "12h"),
            ["2026-03-06 00:00:00 for 12h"],
        );
    }

    #[test]
    fn recurring_windows_that_overlap_are_one() {
        assert_eq!(
            recurring("2026-03-06", "fri..sun", "08:00", "1d", "4d"),
            ["2026-03-06 08:00:00 for 3d"],
        );
    }

    #[test]
    fn a_recurring_window_in_a_gap_opens_at_its_end_and_in_a_fold_the_first_time() {
        assert_eq!(
            recurring("2026-03-29", "daily", "02:30", "10m", "20h"),
            ["2026-03-29 03:00:00 for 10m"],
        );
        assert_eq!(
            recurring("2026-10-25", "daily", "02:30", "2h", "20h"),
            ["2026-10-25 02:30:00 for 2h"],
        );
    }
}
