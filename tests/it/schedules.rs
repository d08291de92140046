//! Schedules that people have: each dialect by its own rules, to the instant.

// The table of dialects is compared with the page that has it.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

use proptest::prelude::*;
use proptest::sample as choice;

use stopsim::controller::policy::Drive;
use stopsim::import::Input;
use stopsim::import::problem::Problems;
use stopsim::import::schedule::{self, Dialect, Imported, Options, dialects_page};
use stopsim::scenario::{Memory, expand, load};
use stopsim::units::SimTime;

use crate::sample::cases;

struct Asked {
    dialect: Dialect,
    zone: Option<&'static str>,
    from: &'static str,
    until: &'static str,
}

const SHANGHAI: Asked = Asked {
    dialect: Dialect::Cron,
    zone: Some("Asia/Shanghai"),
    from: "2026-03-02",
    until: "2026-03-29",
};

fn import(asked: &Asked, text: &str) -> Result<Imported, Problems> {
    let input = Input { name: "schedules".to_owned(), reader: Box::new(text.as_bytes()) };
    let options = Options {
        dialect: asked.dialect,
        groups: vec!["web".to_owned()],
        timezone: asked.zone.map(str::to_owned),
        from: asked.from.to_owned(),
        until: asked.until.to_owned(),
        only: vec![],
    };
    schedule::import(input, &options)
}

/// What is imported, which a scenario takes.
#[track_caller]
fn made(asked: &Asked, text: &str) -> Imported {
    let made = import(asked, text).unwrap_or_else(|problems| panic!("{problems}"));
    let source = Memory::new().with("scenario.toml", &made.trial);
    load("scenario.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}\n{}", made.trial));
    made
}

/// The next edges of what is imported, as `expand` shows them.
#[track_caller]
fn edges(asked: &Asked, text: &str) -> Vec<String> {
    let source = Memory::new().with("scenario.toml", &made(asked, text).trial);
    let shown = expand("scenario.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}"));
    shown.lines().filter_map(|line| line.strip_prefix("# next edge: ")).map(str::to_owned).collect()
}

#[track_caller]
fn refused(asked: &Asked, text: &str, expected: &[&str]) {
    let told = import(asked, text).expect_err("it must be refused").to_string();
    for part in expected {
        assert!(told.contains(part), "no `{part}` in\n{told}");
    }
}

/// The windows that are written, all in one line.
#[track_caller]
fn windows(asked: &Asked, text: &str) -> String {
    let toml = made(asked, text).toml;
    let lines: Vec<&str> = toml.lines().filter(|line| line.contains("{ da")).collect();
    lines.join(" ").replace("    ", "")
}

const fn berlin(dialect: Dialect, from: &'static str) -> Asked {
    Asked { dialect, zone: Some("Europe/Berlin"), from, until: "2026-11-30" }
}

#[test]
fn one_line_means_other_days_in_another_dialect() {
    let of = |dialect| Asked { dialect, ..SHANGHAI };
    let monday_to_friday = "{ days = \"weekdays\", from = \"19:59:59\", to = \"20:00\" },";
    assert_eq!(windows(&of(Dialect::Quartz), "0 0 20 ? * 2-6 stop.sh"), monday_to_friday);
    assert_eq!(windows(&of(Dialect::Oos), "0 0 20 ? * 2-6 stop"), monday_to_friday);
    assert_eq!(windows(&of(Dialect::Eventbridge), "cron(0 20 ? * 2-6 *) stop"), monday_to_friday);
    let tuesday_to_saturday =
        "{ days = \"tue, wed, thu, fri, sat\", from = \"19:59:59\", to = \"20:00\" },";
    assert_eq!(windows(&SHANGHAI, "0 20 * * 2-6 stop.sh"), tuesday_to_saturday);
    assert_eq!(windows(&of(Dialect::Gcp), "0 20 * * 2-6 stop"), tuesday_to_saturday);
    assert_eq!(windows(&SHANGHAI, "0 20 * * 7 stop"), windows(&SHANGHAI, "0 20 * * 0 stop"));
    assert!(windows(&of(Dialect::Quartz), "0 0 8 ? * 1 start").contains("days = \"sun\""));
    refused(
        &of(Dialect::Quartz),
        "0 0 20 ? * 0 stop",
        &["`0` is no day of week in quartz", ":1:12"],
    );
}

#[test]
fn day_of_month_and_day_of_week_are_joined_as_the_dialect_says() {
    // Either, in a crontab.
    let either = windows(&SHANGHAI, "0 8 13 * 5 start");
    assert_eq!(either, "{ days = \"fri, day 13\", from = \"08:00\", to = \"08:00:01\" },");
    // Both, where one begins with a star: the odd days that are Mondays.
    let both = edges(&SHANGHAI, "0 8 */2 * 1 start");
    assert_eq!(
        both[..2],
        ["Mon 2026-03-09T00:00:00+00:00 start", "Mon 2026-03-23T00:00:00+00:00 start"]
    );
    refused(
        &Asked { dialect: Dialect::Quartz, ..SHANGHAI },
        "0 0 8 13 * 6 start",
        &["neither day field is `?`"],
    );
    let periods = r#"{"Schedules": [{"Name": "s", "Timezone": "Asia/Shanghai", "Periods": [
        {"Description": "d", "BeginTime": "08:00", "EndTime": "20:00", "WeekDays": "fri",
         "MonthDays": ["13"]}]}]}"#;
    let asked = Asked { dialect: Dialect::InstanceScheduler, ..SHANGHAI };
    assert_eq!(
        edges(&asked, periods)[..2],
        ["Fri 2026-03-13T00:00:00+00:00 wanted", "Fri 2026-03-13T12:00:00+00:00 not wanted"],
    );
}

#[test]
fn a_time_in_a_gap_is_skipped_or_moved_as_the_dialect_says() {
    let gap = |dialect, line: &str| {
        let asked = Asked { until: "2026-03-30", ..berlin(dialect, "2026-03-29") };
        edges(&asked, line)
    };
    // At 03:00 in a crontab, 03:30 in Quartz; the clock is two hours ahead of UTC then.
    assert_eq!(
        gap(Dialect::Cron, "30 2 * * * start"),
        ["Sun 2026-03-29T01:00:00+00:00 start", "Mon 2026-03-30T00:30:00+00:00 start"],
    );
    assert_eq!(
        gap(Dialect::Quartz, "0 30 2 * * ? start"),
        ["Sun 2026-03-29T01:30:00+00:00 start", "Mon 2026-03-30T00:30:00+00:00 start"],
    );
    assert_eq!(
        gap(Dialect::Eventbridge, "cron(30 2 * * ? *) start"),
        ["Mon 2026-03-30T00:30:00+00:00 start"],
    );
    assert_eq!(
        gap(Dialect::Custodian, "on=(M-U,2);off=(M,9);tz=cet"),
        ["Mon 2026-03-30T00:00:00+00:00 start", "Mon 2026-03-30T09:00:00+02:00 stop"],
    );
    // With a star it runs by the clock: never between 02:00 and 03:00.
    assert_eq!(
        gap(Dialect::Cron, "30 */2 * * 0 start")[..3],
        [
            "Sun 2026-03-29T02:30:00+00:00 start",
            "Sun 2026-03-29T04:30:00+00:00 start",
            "Sun 2026-03-29T06:30:00+00:00 start"
        ],
    );
}

#[test]
fn a_time_that_comes_twice_is_done_once_or_twice_as_the_dialect_says() {
    let overlap = |dialect, line: &str| {
        edges(&Asked { until: "2026-10-25", ..berlin(dialect, "2026-10-25") }, line)
    };
    assert_eq!(overlap(Dialect::Cron, "30 2 * * * stop"), ["Sun 2026-10-25T02:30:00+02:00 stop"],);
    assert_eq!(
        overlap(Dialect::Quartz, "0 30 2 * * ? stop"),
        ["Sun 2026-10-25T01:30:00+00:00 stop"],
    );
    let period = r#"[{"type": {"S": "schedule"}, "name": {"S": "night"},
          "timezone": {"S": "Europe/Berlin"}, "periods": {"SS": ["late"]}},
         {"type": {"S": "period"}, "name": {"S": "late"}, "begintime": {"S": "02:30"},
          "endtime": {"S": "09:00"}}]"#;
    // The clock is compared: not between 02:00 and 02:30 the second time.
    assert_eq!(
        overlap(Dialect::InstanceScheduler, period)[..4],
        [
            "Sun 2026-10-25T00:30:00+00:00 wanted",
            "Sun 2026-10-25T01:00:00+00:00 not wanted",
            "Sun 2026-10-25T01:30:00+00:00 wanted",
            "Sun 2026-10-25T08:00:00+00:00 not wanted",
        ],
    );
}

#[test]
fn days_of_a_month_are_sayable_and_the_rest_is_dated() {
    let quartz = Asked { dialect: Dialect::Quartz, until: "2026-04-05", ..SHANGHAI };
    assert!(windows(&quartz, "0 0 8 ? * 2#1 start").contains("days = \"mon#1\""));
    assert!(windows(&quartz, "0 0 8 ? * 6L start").contains("days = \"fri#last\""));
    assert!(windows(&quartz, "0 0 8 L * ? start").contains("days = \"day last\""));
    // Over the end of the week, which begins with Sunday there.
    let over = windows(&quartz, "0 0 8 ? * FRI-MON start");
    assert!(over.contains("days = \"mon, fri, sat, sun\""), "{over}");
    // 15 March 2026 is a Sunday; the nearest weekday is the Monday after it.
    assert_eq!(edges(&quartz, "0 0 8 15W * ? start"), ["Mon 2026-03-16T00:00:00+00:00 start"]);
    // 28 March is a Saturday: the Friday before it.
    assert_eq!(edges(&quartz, "0 0 8 28W * ? start"), ["Fri 2026-03-27T00:00:00+00:00 start"]);
    let may = Asked { from: "2026-05-02", until: "2026-06-02", ..quartz };
    assert_eq!(edges(&may, "0 0 8 31W * ? start"), ["Fri 2026-05-29T00:00:00+00:00 start"]);
    let quartz = Asked { dialect: Dialect::Quartz, until: "2026-04-05", ..SHANGHAI };
    assert_eq!(edges(&quartz, "0 0 8 L-3 * ? start"), ["Sat 2026-03-28T00:00:00+00:00 start"]);
    assert!(windows(&SHANGHAI, "0 8 * 3 1 start").starts_with("{ date = \"2026-03-02\""));
}

#[test]
fn what_is_done_at_midnight_stops_at_the_end_of_the_day_before() {
    let stops = windows(&SHANGHAI, "0 0 * * 1 stop");
    assert_eq!(stops, "{ days = \"sun\", from = \"23:59:59\", to = \"24:00\" },");
    assert_eq!(edges(&SHANGHAI, "@weekly stop")[0], "Sun 2026-03-08T00:00:00+08:00 stop");
}

#[test]
fn the_json_of_each_api_is_read_as_it_is() {
    let of = |dialect| Asked { dialect, zone: None, ..SHANGHAI };
    let oos = r#"{"Executions": [{"TemplateName": "ACS-ECS-ScheduleToStopInstances",
        "Parameters": "{\"t\": {\"type\": \"cron\", \"expression\": \"0 0 12 ? * 2-6\", QQ"}]}"#
        .replace("QQ", "\\\"endDate\\\": \\\"2026-03-05T23:59:59Z\\\"}}");
    // In UTC, where nothing is said, and not after its end.
    assert_eq!(
        edges(&of(Dialect::Oos), &oos),
        [
            "Mon 2026-03-02T12:00:00+00:00 stop",
            "Tue 2026-03-03T12:00:00+00:00 stop",
            "Wed 2026-03-04T12:00:00+00:00 stop",
            "Thu 2026-03-05T12:00:00+00:00 stop",
        ],
    );
    let aws = r#"{"Name": "morning", "ScheduleExpression": "cron(0 8 ? * MON-FRI *)",
        "ScheduleExpressionTimezone": "Asia/Shanghai", "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:ec2:startInstances"}}"#;
    assert!(windows(&of(Dialect::Eventbridge), aws).contains("weekdays"));
    let gcp = r#"{"name": "office", "instanceSchedulePolicy": {"timeZone": "Asia/Shanghai",
        "vmStartSchedule": {"schedule": "0 8 * * 1-5"},
        "vmStopSchedule": {"schedule": "0 20 * * 1-5"}}}"#;
    assert_eq!(made(&of(Dialect::Gcp), gcp).controllers, 2);
    let job = r#"{"items": [{"kind": "CronJob", "metadata": {"name": "stop-web"}, "spec":
        {"schedule": "0 20 * * *", "timeZone": "Asia/Shanghai"}}]}"#;
    assert_eq!(edges(&of(Dialect::Cron), job)[0], "Mon 2026-03-02T20:00:00+08:00 stop");
    let quartz = r#"[{"name": "stopJob", "cronExpression": "0 0 20 * * ?",
        "timeZoneId": "Asia/Shanghai"}]"#;
    assert_eq!(made(&of(Dialect::Quartz), quartz).controllers, 1);
}

#[test]
fn what_is_not_understood_is_told_by_name() {
    let text = "SHELL=/bin/sh\n# a comment\n0 8 * * 1-5 start.sh\n@reboot start.sh\n\
                0 3 * * * backup.sh\n0 4 * * 0 reboot\n";
    let made = made(&SHANGHAI, text);
    let told = made.left_out.join("\n");
    for part in ["SHELL", "@reboot", "backup.sh`: it says neither", "it reboots"] {
        assert!(told.contains(part), "no `{part}` in\n{told}");
        let is_named =
            made.toml.lines().any(|line| line.starts_with("# not") && line.contains(part));
        assert!(is_named, "`{part}` in\n{}", made.toml);
    }
    let aws = Asked { dialect: Dialect::Eventbridge, ..SHANGHAI };
    let off = r#"[{"Name": "stop-a", "ScheduleExpression": "cron(0 8 * * ? *)",
         "State": "DISABLED"},
        {"Name": "stop-b", "ScheduleExpression": "rate(5 minutes)"},
        {"Name": "stop-c", "ScheduleExpression": "cron(0 8 * * ? *)",
         "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}},
        {"Name": "stop-d", "ScheduleExpression": "at(2026-03-03T20:00:00)",
         "ScheduleExpressionTimezone": "Asia/Shanghai"}]"#;
    let told = self::made(&aws, off).left_out.join("\n");
    for part in ["stop-a: cron(0 8 * * ? *): it is disabled", "stop-b", "FLEXIBLE"] {
        assert!(told.contains(part), "no `{part}` in\n{told}");
    }
    assert_eq!(edges(&aws, off), ["Tue 2026-03-03T12:00:00+00:00 stop"]);
}

#[test]
fn what_is_malformed_is_refused_with_its_place() {
    refused(&SHANGHAI, "0 20 * * stop", &["`stop` is no day of week", "schedules:1:10", "hint"]);
    refused(&SHANGHAI, "0 8 * * * start\n0 25 * * * stop", &["schedules:2:3", "0 to 23"]);
    refused(&SHANGHAI, "0 8 ? * 1 start", &["`?` is no day of month in cron"]);
    refused(&SHANGHAI, "0 8 * * fri-mon start", &["`fri-mon` is no day of week in cron"]);
    refused(&SHANGHAI, "0 8 * *", &["4 fields, cron has 5"]);
    refused(&SHANGHAI, "", &["nothing in it starts or stops"]);
    refused(&Asked { zone: None, ..SHANGHAI }, "0 8 * * * start", &["time zone is not said"]);
    refused(&Asked { zone: Some("Mars"), ..SHANGHAI }, "0 8 * * * start", &["time zone `Mars`"]);
    refused(&Asked { until: "2026-03-01", ..SHANGHAI }, "0 8 * * * start", &["is no stretch"]);
    let scheduler = Asked { dialect: Dialect::InstanceScheduler, ..SHANGHAI };
    let night = r#"{"name": "n", "timezone": "UTC", "periods": [{"begintime": "22:00",
        "endtime": "06:00"}]}"#;
    refused(&scheduler, night, &["begins at 22:00 and ends at 06:00", "two periods"]);
    refused(
        &scheduler,
        r#"{"name": "n", "timezone": "UTC", "periods": ["x"]}"#,
        &["no period `x`"],
    );
    refused(&scheduler, "name: n", &["not JSON", "YAML"]);
    let custodian = Asked { dialect: Dialect::Custodian, ..SHANGHAI };
    refused(&custodian, "off=(M-F,19);on=(X,7)", &["`on=(x,7)`", ":1:14"]);
}

/// The limits of a file and of what it comes to, and one beyond each.
#[test]
fn what_is_longer_than_people_have_is_refused_by_its_limit() {
    let line = "\n0 8 * * 1 start";
    let of = |bytes: usize| "#".repeat(bytes - line.len()) + line;
    assert!(import(&SHANGHAI, &of(16 << 20)).is_ok());
    refused(&SHANGHAI, &of((16 << 20) + 1), &["it is longer than 16 MiB"]);
    let twice = r#"{"Periods": [{"name": "am", "begintime": "08:00", "endtime": "12:00"},
        {"name": "pm", "begintime": "13:00", "endtime": "20:00"}], "Schedules": [{"name": "web",
        "timezone": "Asia/Shanghai", "periods": ["am", "pm"]}]}"#;
    let asked = Asked { dialect: Dialect::InstanceScheduler, from: "2006-01-01", ..SHANGHAI };
    refused(&Asked { until: "2025-12-31", ..asked }, twice, &["at least one, at most 10000"]);
}

#[test]
fn periods_are_a_demand_and_its_follower() {
    let asked = Asked { dialect: Dialect::InstanceScheduler, ..SHANGHAI };
    let office = r#"{"Periods": [{"name": "office", "begintime": "08:00", "endtime": "20:00",
        "weekdays": ["mon-fri"]}], "Schedules": [{"name": "web", "timezone": "Asia/Shanghai",
        "periods": ["office"], "retain_running": true}]}"#;
    let made = made(&asked, office);
    let weekly = "{ days = \"weekdays\", from = \"08:00\", to = \"20:00\" }";
    assert!(made.toml.contains("[[demand]]") && made.toml.contains(weekly), "{}", made.toml);
    assert!(made.toml.contains("follows = \"web\""), "{}", made.toml);
    assert_eq!(made.left_out, ["web: retain_running = true"]);
    assert_eq!(edges(&asked, office)[1], "Tue 2026-03-03T08:00:00+08:00 wanted");
}

#[test]
fn the_table_of_dialects_is_the_one_that_is_used() {
    const PAGE: &str = "docs/IMPORT.md";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let text = std::fs::read_to_string(&path).unwrap();
    let begin = text.find("| `--as` |").expect("the page has the table");
    let end = begin + text[begin..].find("\n\n").expect("a blank line ends it") + 1;
    let page = dialects_page();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text[..begin].to_owned() + &page + &text[end..]).unwrap();
        return;
    }
    assert!(
        text[begin..end] == page,
        "{PAGE} is out of date: BLESS=1 cargo test --test it dialects"
    );
}

/// Whether a value is in a field of a crontab, read the plain way: part by part.
fn is_in(field: &str, value: u32, (least, most): (u32, u32), names: &[&str]) -> bool {
    let number = |text: &str| {
        let named = names.iter().position(|name| *name == text);
        named.map_or_else(|| text.parse().unwrap(), |place| least + place as u32)
    };
    field.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from), number(to)),
            None if range == "*" => (least, most),
            None => (number(range), number(range)),
        };
        (from..=to).contains(&value) && (value - from).is_multiple_of(step.parse().unwrap())
    })
}

/// The minutes of four weeks from Monday 2026-03-02 on at which a line of a crontab runs, found by
/// asking of each minute of a day, and of each date.
fn minutes([minute, hour, day, month, weekday]: [&str; 5]) -> Vec<u64> {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    const MONTHS: [&str; 3] = ["jan", "feb", "mar"];
    let first = jiff::civil::date(2026, 3, 2);
    let at_time: Vec<u32> = (0..1_440)
        .filter(|of_day| is_in(minute, of_day % 60, (0, 59), &[]))
        .filter(|of_day| is_in(hour, of_day / 60, (0, 23), &[]))
        .collect();
    let on_date = |days: &u64| {
        let date = first.checked_add(jiff::Span::new().days(*days as i64)).unwrap();
        let on_day = is_in(day, date.day() as u32, (1, 31), &[]);
        let number = date.weekday().to_sunday_zero_offset() as u32;
        let sunday_again = number == 0 && is_in(weekday, 7, (0, 7), &DAYS);
        let on_weekday = sunday_again || is_in(weekday, number, (0, 7), &DAYS);
        let either = !day.starts_with('*') && !weekday.starts_with('*');
        is_in(month, date.month() as u32, (1, 12), &MONTHS)
            && if either { on_day || on_weekday } else { on_day && on_weekday }
    };
    let on = |days: u64| at_time.iter().map(move |of_day| days * 1_440 + u64::from(*of_day));
    (0..28).filter(on_date).flat_map(on).collect()
}

proptest! {
    #![proptest_config(cases(10))]

    /// A crontab by the plain way: every minute of four weeks is asked about.
    #[test]
    fn a_crontab_runs_at_the_minutes_at_which_each_of_its_fields_says_so(
        minute in choice::select(vec!["0", "5", "59", "0,30", "7-9", "*/20", "10-40/15"]),
        hour in choice::select(vec!["0", "8", "23", "8,20", "6-8", "*/6", "1-23/11"]),
        day in choice::select(vec!["*", "1", "13", "28-31", "*/10", "2,29", "1-15/7"]),
        month in choice::select(vec!["*", "3", "mar", "jan-mar", "1-12/2", "4", "*/3"]),
        weekday in choice::select(vec!["*", "0", "7", "1-5", "mon,fri", "*/2", "5-7", "sat", "2-6/2"]),
        stops in any::<bool>(),
    ) {
        let fields = [minute, hour, day, month, weekday];
        let line = format!("{} {}", fields.join(" "), if stops { "stop" } else { "start" });
        let expected: Vec<u64> = minutes(fields).into_iter().filter(|at| *at > 0).collect();
        let Ok(made) = import(&Asked { zone: Some("UTC"), ..SHANGHAI }, &line) else {
            prop_assert!(expected.is_empty(), "{line} is refused");
            return Ok(());
        };
        let source = Memory::new().with("scenario.toml", &made.trial);
        let plan = load("scenario.toml", &source, &[]).unwrap_or_else(|e| panic!("{e}")).plan;
        let edges = plan.controllers.iter().flat_map(|one| match &one.drive {
            Drive::Edges { edges, .. } => edges.as_slice(),
            Drive::Poisson { .. }
            | Drive::Listed(_)
            | Drive::Watch { .. }
            | Drive::OnStopped { .. }
            | Drive::Client { .. } => &[],
        });
        let told: Vec<u64> = edges
            .filter(|edge| edge.wanted != stops && edge.at > SimTime::ZERO)
            .map(|edge| edge.at.as_micros() / 60_000_000)
            .collect();
        prop_assert_eq!(told, expected, "{}", line);
    }
}
