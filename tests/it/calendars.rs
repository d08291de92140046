//! Date lists as they are published: holidays, make-up working days, overrides.

use stopsim::engine::TiePolicy;
use stopsim::scenario::{Memory, load};
use stopsim::sim::{NoObserver, RunId};

const DAYS: &str = include_str!("../data/cases/holidays/days-with-make-up-days.csv");

const FIRST: RunId = RunId { seed: 1, replication: 0, ties: TiePolicy::Fifo, until_event: None };

/// A demand of three weeks around the Spring Festival of 2026, with these keys and files.
fn text(keys: &str) -> String {
    format!(
        "name = \"a\"\n[region]\nid = \"cn-hangzhou\"\n[clock]\nstart = \"2026-02-09\"\n\
         timezone = \"Asia/Shanghai\"\nlength = \"21d\"\n[[group]]\nname = \"web\"\ncount = 1\n\
         zone = \"h\"\ntype = \"ecs.g7.large\"\n[[pool]]\nname = \"p\"\nzone = \"h\"\n\
         family = \"ecs.g7\"\nstock = \"unlimited\"\n[[demand]]\nname = \"d\"\ngroups = [\"web\"]\n\
         {keys}\n"
    )
}

const OFFICE: &str = "windows = [{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }]";

/// The dates on which something is wanted, and the hours of the first edge of each.
fn worked(keys: &str, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut source = Memory::new().with("a.toml", text(keys));
    for (path, file) in files {
        source = source.with(*path, *file);
    }
    let plan = load("a.toml", &source, &[]).map_err(|told| told.to_string())?.plan;
    assert!(stopsim::sim::run(&plan, FIRST, &mut NoObserver).is_ok());
    let begins = plan.demands[0].edges.iter().filter(|edge| edge.wanted);
    Ok(begins.map(|edge| plan.clock.format(edge.at)[5..16].to_owned()).collect())
}

#[track_caller]
fn dates(keys: &str, files: &[(&str, &str)]) -> Vec<String> {
    let worked = worked(keys, files).unwrap_or_else(|told| panic!("{told}"));
    worked.into_iter().map(|at| at[..5].to_owned()).collect()
}

#[track_caller]
fn refused(keys: &str, files: &[(&str, &str)], expected: &str) {
    let told = worked(keys, files).expect_err("it must be refused");
    assert!(told.contains(expected), "no `{expected}` in\n{told}");
}

/// What the published calendar of 2026 says: off from 15 to 23 February, worked on 14 and 28.
const SPRING: [&str; 10] =
    ["02-09", "02-10", "02-11", "02-12", "02-13", "02-14", "02-24", "02-25", "02-26", "02-27"];

fn spring() -> Vec<&'static str> {
    SPRING.into_iter().chain(["02-28"]).collect()
}

fn office() -> String {
    format!("{OFFICE}\nholidays_csv = \"days\"")
}

#[test]
fn a_day_that_is_not_off_is_worked_like_a_weekday() {
    assert_eq!(dates(&office(), &[("days", DAYS)]), spring());
    let json = |days: &str| format!("{{\"year\":2026,\"papers\":[\"x\"],\"days\":[{days}]}}");
    let rows = DAYS.lines().skip(1).map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        let off = cells[2].to_lowercase();
        format!("{{\"name\":\"{}\",\"date\":\"{}\",\"isOffDay\":{off}}}", cells[0], cells[1])
    });
    let rows: Vec<String> = rows.collect();
    let text = json(&rows.join(","));
    assert_eq!(dates(&office(), &[("days", &text)]), spring());
    assert_eq!(dates(&office(), &[("days", &format!("[{text}]"))]), spring());
}

#[test]
fn a_make_up_day_has_the_windows_of_a_chosen_weekday() {
    let keys = "windows = [{ days = \"mon..thu\", from = \"08:00\", to = \"20:00\" }, \
                { days = \"fri\", from = \"09:00\", to = \"15:00\" }]\nholidays_csv = \"days\"";
    refused(keys, &[("days", DAYS)], "weekdays have different windows");
    refused(keys, &[("days", DAYS)], "make_up_as");
    for (weekday, begins) in [("mon", "08:00"), ("fri", "09:00")] {
        let chosen = format!("{keys}\nmake_up_as = \"{weekday}\"");
        let worked = worked(&chosen, &[("days", DAYS)]).unwrap();
        assert!(worked.contains(&format!("02-14 {begins}")), "{worked:?}");
        assert!(worked.contains(&format!("02-28 {begins}")), "{worked:?}");
    }
}

#[test]
fn make_up_days_may_stand_in_the_scenario_and_never_beside_a_holiday_of_that_date() {
    let keys = format!("{OFFICE}\nholidays = [\"2026-02-16\"]\nmake_up_days = [\"2026-02-14\"]");
    let found = dates(&keys, &[]);
    assert!(found.contains(&"02-14".to_owned()) && !found.contains(&"02-16".to_owned()));
    let both = keys.replace("[\"2026-02-14\"]", "[\"2026-02-16\"]");
    refused(&both, &[], "2026-02-16 is off as well as worked");
}

#[test]
fn a_column_that_could_say_that_a_date_is_no_holiday_is_refused_by_name() {
    let with = |column: &str| format!("date,{column}\n2026-02-14,False\n");
    refused(&office(), &[("days", &with("real"))], "column `real` could say");
    refused(&office(), &[("days", &with("observed"))], "column `observed`");
    refused(&office(), &[("days", &with("isOffDay").replace("False", "perhaps"))], "`perhaps`");
    // A name is a name, whatever it says.
    assert!(worked(&office(), &[("days", &with("name"))]).is_ok());
    // The same question may be asked the other way round, or in a word.
    for (column, cell) in [("working", "True"), ("is_workday", "1"), ("type", "补班")] {
        let text = format!("date,{column}\n2026-02-14,{cell}\n");
        assert!(dates(&office(), &[("days", &text)]).contains(&"02-14".to_owned()), "{column}");
    }
    let json = "{\"days\":[{\"date\":\"2026-02-14\",\"tentative\":true}]}";
    refused(&office(), &[("days", json)], "`tentative` of 2026-02-14");
    refused(&office(), &[("days", "{\"days\":[{\"date\":\"2026-02-30\"}]}")], "on no calendar");
    refused(&office(), &[("days", "{\"days\":[{\"date\":\"2026-02-30\"}]}")], "days:1:18");
    refused(&office(), &[("days", "{\"days\":[]}")], "there is no date in it");
    refused(&office(), &[("days", "{\"days\":[")], "EOF");
}

#[test]
fn holidays_and_workdays_may_stand_in_lists_of_their_own() {
    let text = "{\"holidays\":{\"2026-02-16\":\"Spring Festival,春节,4\"},\
                \"workdays\":{\"2026-02-14\":\"Spring Festival,春节,4\"},\
                \"inLieuDays\":{\"2026-02-16\":\"Spring Festival,春节,4\"}}";
    let found = dates(&office(), &[("days", text)]);
    assert!(found.contains(&"02-14".to_owned()) && !found.contains(&"02-16".to_owned()));
    let text = "{\"code\":0,\"holiday\":{\"02-14\":{\"holiday\":false,\"name\":\"春节前补班\",\
                \"wage\":1,\"after\":false,\"date\":\"2026-02-14\"},\"02-16\":{\"holiday\":true,\
                \"name\":\"除夕\",\"wage\":2,\"date\":\"2026-02-16\"}}}";
    let found = dates(&office(), &[("days", text)]);
    assert!(found.contains(&"02-14".to_owned()) && !found.contains(&"02-16".to_owned()));
}

fn calendar(events: &[&str]) -> String {
    let events: Vec<String> =
        events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n")).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.join(""))
}

#[test]
fn all_day_events_are_days_off_or_worked() {
    let text = calendar(&[
        "UID:1\r\nDTSTART;VALUE=DATE:20260215\r\nDTEND;VALUE=DATE:20260224\r\nSUMMARY:春节（休）",
        "UID:2\r\nDTSTART;VALUE=DATE:20260214\r\nSUMMARY:春节（班）",
        "UID:3\r\nDTSTART;VALUE=DATE:20260228\r\nDURATION:P1D\r\nSUMMARY:Spring\r\n  \
         Festival\r\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
        "UID:4\r\nDTSTART;VALUE=DATE:20260210\r\nSUMMARY:gone\r\nSTATUS:CANCELLED",
        "UID:5\r\nDTSTART;VALUE=DATE:20260211\r\nSUMMARY:情人节\r\nDESCRIPTION:纪念日",
    ]);
    assert_eq!(dates(&office(), &[("days", &text)]), spring());
}

#[test]
fn an_event_comes_every_year_or_is_refused_by_name() {
    let yearly = calendar(&[
        "DTSTART;VALUE=DATE:20200210\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:founding day",
        "DTSTART;VALUE=DATE:20200211\r\nRRULE:FREQ=YEARLY;UNTIL=20251231\r\nSUMMARY:over",
        "DTSTART;VALUE=DATE:20200212\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20260212\r\nSUMMARY:x",
    ]);
    let found = dates(&office(), &[("days", &yearly)]);
    assert!(!found.contains(&"02-10".to_owned()), "{found:?}");
    assert!(found.contains(&"02-11".to_owned()) && found.contains(&"02-12".to_owned()));
    for (event, said) in [
        (
            "DTSTART;VALUE=DATE:20260210\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:sport",
            "`sport` comes otherwise",
        ),
        (
            "DTSTART;VALUE=DATE:20260210\r\nRRULE:FREQ=YEARLY;BYDAY=2MO\r\nSUMMARY:s",
            "BYDAY in RRULE",
        ),
        ("DTSTART:20260210T090000Z\r\nSUMMARY:meeting", "`meeting` has a time of day"),
        ("DTSTART;VALUE=DATE:20260210\r\nRDATE:20260211\r\nSUMMARY:s", "RDATE of `s`"),
        ("SUMMARY:never", "`never` has no DTSTART"),
        ("DTSTART;VALUE=DATE:20260210\r\nDTEND;VALUE=DATE:20260210\r\nSUMMARY:s", "lasts 0 days"),
    ] {
        refused(&office(), &[("days", &calendar(&[event]))], said);
    }
    refused(&office(), &[("days", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n")], "ends within VEVENT");
}

#[test]
fn overrides_come_from_a_csv_too() {
    let keys = format!("{OFFICE}\noverrides_csv = \"o\"");
    let csv = "date,from,to,off,note\n2026-02-14,10:00,14:00,,fair\n2026-02-14,16:00,18:00,false,\n\
               2026-02-16,,,true,closed\n";
    let found = worked(&keys, &[("o", csv)]).unwrap();
    assert!(found.contains(&"02-14 10:00".to_owned()) && found.contains(&"02-14 16:00".to_owned()));
    assert!(!found.iter().any(|at| at.starts_with("02-16")));
    refused(
        &keys,
        &[("o", "date,from,to\n2026-02-14,10:00,\n")],
        "an override is a window or nothing",
    );
    refused(&keys, &[("o", "date,off,if\n2026-02-14,true,no\n")], "column `if` is not understood");
    refused(&keys, &[("o", "date,off\n2026-02-14,maybe\n")], "`maybe` is neither true nor false");
    refused(&keys, &[("o", "date,off\n,true\n")], "there is no date");
}

#[test]
fn a_window_may_begin_on_days_of_a_month() {
    let keys = |days: &str| OFFICE.replace("mon..fri", days);
    assert_eq!(dates(&keys("fri#last, day 15"), &[]), ["02-15", "02-27"]);
    assert_eq!(dates(&keys("mon#3, day last"), &[]), ["02-16", "02-28"]);
    assert_eq!(dates(&keys("day 10..12"), &[]), ["02-10", "02-11", "02-12"]);
    refused(&keys("mon#6"), &[], "is not a set of days");
    refused(&keys("monday"), &[], "is not a set of weekdays");
}
