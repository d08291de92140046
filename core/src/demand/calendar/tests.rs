use super::*;
use crate::units::SimDuration;

/// A calendar written as `mon..fri 08:00-20:00 | holiday 2026-05-01 | on 2026-05-02 off`.
#[track_caller]
fn calendar(zone: &str, text: &str) -> Calendar {
    try_calendar(zone, text).unwrap()
}

fn try_calendar(zone: &str, text: &str) -> Result<Calendar, CalendarError> {
    let window = |text: &str| {
        let (from, to) = text.split_once('-').unwrap();
        Window::new(from.parse()?, to.parse()?)
    };
    let mut calendar = Calendar::new(Zone::named(zone)?);
    for entry in text.split('|').map(str::trim).filter(|entry| !entry.is_empty()) {
        let words: Vec<&str> = entry.split_whitespace().collect();
        match words[..] {
            ["holiday", date] => calendar.holiday(date.parse()?),
            ["make-up", date, like] => calendar.make_up(date.parse()?, like.parse()?),
            ["on", date, "off"] => calendar.on(date.parse()?, None)?,
            ["on", date, times] => calendar.on(date.parse()?, Some(window(times)?))?,
            [days, times] => calendar.every(days.parse()?, window(times)?),
            _ => panic!("no entry: {entry}"),
        }
    }
    Ok(calendar)
}

/// The edges as the run's clock shows them: `+` wanted, `-` not, then date, time and ordinal.
fn told(zone: &str, start: &str, days: u64, text: &str) -> (Vec<String>, Vec<String>) {
    let clock = CivilClock::new(zone, start).unwrap();
    let horizon = SimTime::ZERO + SimDuration::from_hours(24 * days);
    let found = calendar(zone, text).edges(&clock, horizon).unwrap();
    let mut lines = vec![if found.initially { "+" } else { "-" }.to_owned()];
    let mut wanted = found.initially;
    let mut last = SimTime::ZERO;
    for edge in &found.edges {
        assert!(edge.at > last && edge.at < horizon, "edges ascend within the run");
        assert_ne!(edge.wanted, wanted, "each edge differs from the one before");
        assert_eq!(clock.civil_day(edge.at), edge.day, "an edge has its own date");
        let sign = if edge.wanted { '+' } else { '-' };
        lines.push(format!("{sign}{} #{}", clock.format(edge.at), edge.ordinal));
        (wanted, last) = (edge.wanted, edge.at);
    }
    (lines, found.notes.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn check(zone: &str, (start, days): (&str, u64), text: &str, expected: &[&str]) {
    assert_eq!(told(zone, start, days, text).0, expected);
}

#[test]
fn office_hours_are_two_edges_on_each_working_day() {
    check(
        "Asia/Shanghai",
        ("2026-03-05", 5),
        "mon..fri 08:00-20:00",
        &[
            "-",
            "+2026-03-05 08:00:00 #0",
            "-2026-03-05 20:00:00 #1",
            "+2026-03-06 08:00:00 #0",
            "-2026-03-06 20:00:00 #1",
            "+2026-03-09 08:00:00 #0",
            "-2026-03-09 20:00:00 #1",
        ],
    );
}

#[test]
fn the_run_may_start_within_a_window_and_the_ordinal_does_not_notice() {
    check(
        "Asia/Shanghai",
        ("2026-03-05 12:00", 1),
        "daily 08:00-20:00",
        &["+", "-2026-03-05 20:00:00 #1", "+2026-03-06 08:00:00 #0"],
    );
    let start_of_window = &["+", "-2026-03-05 20:00:00 #1"];
    check("Asia/Shanghai", ("2026-03-05 08:00", 1), "thu 08:00-20:00", start_of_window);
    check("Asia/Shanghai", ("2026-03-05 20:00", 1), "thu 08:00-20:00", &["-"]);
}

#[test]
fn a_window_over_midnight_belongs_to_its_first_day() {
    check(
        "Asia/Shanghai",
        ("2026-03-06", 3),
        "fri 22:00-06:00",
        &["-", "+2026-03-06 22:00:00 #0", "-2026-03-07 06:00:00 #0"],
    );
    // Saturday is a holiday: what began on Friday still ends on it.
    check(
        "Asia/Shanghai",
        ("2026-03-06", 3),
        "daily 22:00-06:00 | holiday 2026-03-07",
        &[
            "+",
            "-2026-03-06 06:00:00 #0",
            "+2026-03-06 22:00:00 #1",
            "-2026-03-07 06:00:00 #0",
            "+2026-03-08 22:00:00 #0",
        ],
    );
}

#[test]
fn a_make_up_day_is_worked_like_its_weekday_and_an_override_wins() {
    let text = "mon 08:00-20:00 | tue..fri 09:00-18:00 | make-up 2026-03-07 mon | \
                make-up 2026-03-08 tue | on 2026-03-08 off";
    check(
        "Asia/Shanghai",
        ("2026-03-07", 2),
        text,
        &["-", "+2026-03-07 08:00:00 #0", "-2026-03-07 20:00:00 #1"],
    );
}

#[test]
fn overlapping_and_touching_windows_are_one() {
    check(
        "Asia/Shanghai",
        ("2026-03-06", 1),
        "daily 08:00-12:00 | daily 12:00-14:00 | daily 13:00-18:00 | fri 09:00-10:00",
        &["-", "+2026-03-06 08:00:00 #0", "-2026-03-06 18:00:00 #1"],
    );
    check(
        "Asia/Shanghai",
        ("2026-03-06", 3),
        "fri 08:00-24:00 | sat 00:00-24:00 | sun 00:00-09:00",
        &["-", "+2026-03-06 08:00:00 #0", "-2026-03-08 09:00:00 #0"],
    );
}

#[test]
fn a_calendar_that_is_always_on_or_always_off_has_no_edges() {
    for zone in ["Asia/Shanghai", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe"] {
        let always = told(zone, "2026-01-01", 730, "daily 00:00-24:00");
        assert_eq!(always, (vec!["+".into()], vec![]), "{zone}");
        check(zone, ("2026-01-01", 730), "daily 00:00-12:00 | daily 12:00-24:00", &["+"]);
        check(zone, ("2026-01-01", 730), "", &["-"]);
        check(zone, ("2026-01-05", 4), "weekends 08:00-20:00", &["-"]);
    }
}

#[test]
fn an_override_replaces_the_weekly_windows_of_its_date_even_on_a_holiday() {
    check(
        "Asia/Shanghai",
        ("2026-10-01", 3),
        "daily 08:00-20:00 | holiday 2026-10-01 | holiday 2026-10-02 | on 2026-10-02 10:00-12:00 \
         | on 2026-10-02 14:00-16:00 | on 2026-10-03 off",
        &[
            "-",
            "+2026-10-02 10:00:00 #0",
            "-2026-10-02 12:00:00 #1",
            "+2026-10-02 14:00:00 #2",
            "-2026-10-02 16:00:00 #3",
        ],
    );
}

#[test]
fn the_leap_day_is_a_day_like_any_other() {
    check(
        "America/New_York",
        ("2028-02-28 12:00", 2),
        "daily 08:00-20:00 | on 2028-02-29 09:00-10:00",
        &[
            "+",
            "-2028-02-28 20:00:00 #1",
            "+2028-02-29 09:00:00 #0",
            "-2028-02-29 10:00:00 #1",
            "+2028-03-01 08:00:00 #0",
        ],
    );
}

#[test]
fn a_recurring_edge_in_a_gap_happens_at_its_end_and_is_noted() {
    let (edges, notes) = told("Europe/Berlin", "2026-03-29", 1, "daily 02:30-08:00");
    assert_eq!(edges, ["-", "+2026-03-29 03:00:00 #0", "-2026-03-29 08:00:00 #1"]);
    assert_eq!(
        notes,
        ["2026-03-29 02:30 does not exist in Europe/Berlin: happens when clocks go forward"],
    );
    // A window that lies within the gap vanishes, and both of its ends say so.
    let (edges, notes) = told("Europe/Berlin", "2026-03-29", 1, "daily 02:10-02:50");
    assert_eq!((edges, notes.len()), (vec!["-".to_owned()], 2));
    // Lord Howe's gap has half an hour: 02:00 to 02:30.
    let (edges, _) = told("Australia/Lord_Howe", "2026-10-04", 1, "daily 02:15-02:45");
    assert_eq!(edges, ["-", "+2026-10-04 02:30:00 #0", "-2026-10-04 02:45:00 #1"]);
}

#[test]
fn a_recurring_edge_in_a_fold_happens_the_first_time_and_is_noted() {
    let clock = CivilClock::new("America/New_York", "2026-11-01").unwrap();
    let horizon = SimTime::ZERO + SimDuration::from_hours(24);
    let found = calendar("America/New_York", "daily 01:30-08:00").edges(&clock, horizon).unwrap();
    let at: Vec<SimDuration> = found.edges.iter().map(|edge| edge.at - SimTime::ZERO).collect();
    assert_eq!(at, [SimDuration::from_mins(90), SimDuration::from_hours(9)]);
    assert_eq!(
        found.notes[0].to_string(),
        "2026-11-01 01:30 comes twice in America/New_York: happens the first time",
    );
    assert_eq!((found.notes.len(), found.notes[0].met), (1, Met::Fold));
}

#[test]
fn a_window_over_midnight_is_shorter_by_the_gap_and_longer_by_the_fold() {
    for (start, hours) in [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)] {
        let clock = CivilClock::new("Europe/Berlin", start).unwrap();
        let horizon = SimTime::ZERO + SimDuration::from_hours(48);
        let calendar = calendar("Europe/Berlin", "sat 22:00-06:00");
        let edges = calendar.edges(&clock, horizon).unwrap().edges;
        assert_eq!(edges[1].at - edges[0].at, SimDuration::from_hours(hours), "{start}");
    }
}

#[test]
fn a_dated_override_in_a_gap_is_an_error_that_names_date_and_time() {
    let error = try_calendar("Europe/Berlin", "on 2026-03-29 02:30-08:00").unwrap_err();
    assert!(
        error.to_string().starts_with("2026-03-29 02:30 does not exist in Europe/Berlin"),
        "{error}"
    );
    let error = try_calendar("Europe/Berlin", "on 2026-03-28 22:00-02:30").unwrap_err();
    assert!(error.to_string().contains("2026-03-29 02:30"), "{error}");
    // Beirut's clocks go forward at midnight: the whole day is still a day.
    assert!(try_calendar("Asia/Beirut", "on 2026-03-29 00:00-24:00").is_ok());
    assert!(try_calendar("Asia/Beirut", "on 2026-03-28 08:00-24:00").is_ok());
    assert!(try_calendar("Asia/Beirut", "on 2026-03-29 00:30-08:00").is_err());
}

#[test]
fn a_window_that_begins_when_its_day_is_over_is_refused() {
    let error = try_calendar("Asia/Shanghai", "daily 24:00-08:00").unwrap_err();
    assert!(error.to_string().ends_with("begins when its day is over"), "{error}");
    assert!(error.hint().unwrap().contains("00:00 and the next day"));
}

#[test]
fn a_window_that_ends_at_its_own_time_of_day_is_a_whole_day() {
    for times in ["08:00-08:00", "00:00-00:00"] {
        let [from, _] = times.split('-').collect::<Vec<_>>()[..] else { unreachable!() };
        check(
            "Asia/Shanghai",
            ("2026-03-01", 4),
            &format!("mon {times}"),
            &["-", &format!("+2026-03-02 {from}:00 #0"), &format!("-2026-03-03 {from}:00 #0")],
        );
    }
}

#[test]
fn the_past_has_the_last_window_before_the_run() {
    let past = |zone: &str, start: &str, text: &str| {
        let clock = CivilClock::new(zone, start).unwrap();
        let hours = |edge: &PastEdge| (edge.ago.as_micros() / 3_600_000_000, edge.wanted);
        let past = calendar(zone, text).past(&clock);
        past.iter().rev().take(2).rev().map(hours).collect::<Vec<_>>()
    };
    // On Monday at midnight the last window is that of Friday.
    let week = past("Asia/Shanghai", "2026-03-02", "mon..fri 09:00-17:00");
    assert_eq!(week, [(63, true), (55, false)]);
    // Clocks were put forward in the night to Sunday.
    let spring = past("Europe/Berlin", "2026-03-30", "mon..fri 09:00-17:00");
    assert_eq!(spring, [(62, true), (54, false)]);
    // One date a year, and none at all; an edge at time 0 is past.
    let yearly = past("Asia/Shanghai", "2026-03-02", "on 2025-06-01 09:00-17:00");
    assert_eq!(yearly.len(), 2);
    assert_eq!(past("Asia/Shanghai", "2026-03-02", "on 2020-06-01 09:00-17:00"), []);
    let now = past("Asia/Shanghai", "2026-03-02 17:00", "mon 09:00-17:00");
    assert_eq!(now, [(8, true), (0, false)]);
}

#[test]
fn a_calendar_keeps_its_own_zone_in_a_run_of_another() {
    // Berlin's 08:00 in a run told in Shanghai's time: 15:00 in winter, 14:00 in summer, when it is 20:00 there, 03:00 or 02:00.
    let clock = CivilClock::new("Asia/Shanghai", "2026-03-28").unwrap();
    let horizon = SimTime::ZERO + SimDuration::from_hours(48);
    let found = calendar("Europe/Berlin", "daily 08:00-20:00").edges(&clock, horizon).unwrap();
    let shown: Vec<String> = found.edges.iter().map(|edge| clock.format(edge.at)).collect();
    assert_eq!(
        shown,
        [
            "2026-03-28 03:00:00",
            "2026-03-28 15:00:00",
            "2026-03-29 03:00:00",
            "2026-03-29 14:00:00",
        ],
    );
    // The first edge is Berlin's Friday 20:00.
    let dates: Vec<(String, u32)> =
        found.edges.iter().map(|edge| (clock.date_text(edge.day), edge.ordinal)).collect();
    assert_eq!(dates[0], ("2026-03-27".to_owned(), 1));
    assert_eq!(dates[1], ("2026-03-28".to_owned(), 0));
}

#[test]
fn thirty_years_of_office_hours_are_two_edges_a_working_day() {
    for zone in ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"] {
        let (edges, notes) = told(zone, "2026-01-05", 7 * 1_560, "mon..fri 08:00-20:00");
        assert_eq!(edges.len() - 1, 2 * 5 * 1_560, "{zone}");
        assert!(notes.is_empty(), "no clock is put forward or back by day");
    }
}

#[test]
fn a_skipped_friday_leaves_every_other_edge_alone() {
    let (all, _) = told("Asia/Shanghai", "2026-03-02", 28, "mon..fri 08:00-20:00");
    let (skipped, _) =
        told("Asia/Shanghai", "2026-03-02", 28, "mon..fri 08:00-20:00 | holiday 2026-03-13");
    let left: Vec<&String> = all.iter().filter(|line| !line.contains("2026-03-13")).collect();
    assert_eq!(left, skipped.iter().collect::<Vec<_>>());
    assert_eq!(all.len(), skipped.len() + 2);
}
