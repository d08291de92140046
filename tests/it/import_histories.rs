//! Histories as event buses, audit logs and wall clocks write them.

use stopsim::import::history::{self, History};
use stopsim::import::problem::Problems;
use stopsim::import::{Input, Moments};
use stopsim::units::SimDuration;

const REBOOT: &str = include_str!("../data/cases/histories/reboot-through-stopped.csv");
const ARN: &str = include_str!("../data/cases/histories/arn-and-id.csv");
const GAP: &str = include_str!("../data/cases/histories/new-york-gap.csv");
const FOLD: &str = include_str!("../data/cases/histories/new-york-fold.csv");
const ACROSS: &str = include_str!("../data/cases/histories/new-york-across-the-fold.csv");
const EVENTS: &str = include_str!("../data/cases/histories/state-change-events.json");
const TRAIL: &str = include_str!("../data/cases/histories/actiontrail.json");

fn read_in(zone: &str, text: &str) -> Result<History, Problems> {
    let moments = Moments::named(zone).expect("the database has it");
    let wave_gap = SimDuration::from_mins(5);
    let options = history::Options { moments, wave_gap, within: None };
    history::read(Input { name: "h".to_owned(), reader: Box::new(text.as_bytes()) }, &options)
}

#[track_caller]
fn history(text: &str) -> History {
    read_in("Asia/Shanghai", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Starts and stops measured, those not seen to end, and reboots.
#[track_caller]
fn told(text: &str) -> ([u64; 4], u64) {
    let history = history(text);
    let (mut start, mut stop, mut censored) = (0, 0, [0, 0]);
    for durations in history.groups.values() {
        start += durations.start.n();
        stop += durations.stop.n();
        censored[0] += durations.start.censored;
        censored[1] += durations.stop.censored;
    }
    ([start, stop, censored[0], censored[1]], history.reboots)
}

#[test]
fn a_reboot_that_is_seen_as_stopped_is_no_stop_and_no_start() {
    assert_eq!(told(REBOOT), ([0, 0, 0, 0], 1));
    assert!(history(REBOOT).waves.is_empty(), "nobody asked for a start");
    // With the call, in a file of both; what lies between may then take as long as it likes.
    let with_call = |rows: &str| {
        let rows =
            rows.replace("i-a,", "i-a,,").replace("time,instance,", "time,operation,instance,");
        let rows = rows.replace("i-a,,", ",i-a,");
        rows.replacen("\n", "\n2026-03-02T11:59:59+08:00,RebootInstance,i-a,\n", 1)
    };
    assert_eq!(told(&with_call(REBOOT)), ([0, 0, 0, 0], 1));
    assert_eq!(
        told(&with_call(
            &REBOOT.replace("12:00:20+08:00,i-a,Starting", "12:00:40+08:00,i-a,Starting")
        )),
        ([0, 0, 0, 0], 1)
    );
}

#[test]
fn a_start_that_was_called_or_came_later_is_a_start() {
    let later = REBOOT
        .replace("12:00:20+08:00,i-a,Starting", "12:01:20+08:00,i-a,Starting")
        .replace("12:00:50", "12:01:50");
    assert_eq!(told(&later), ([1, 1, 0, 0], 0));
    let called = "time,instance,state,operation\n\
                  2026-03-02T12:00:00+08:00,i-a,Stopping,\n\
                  2026-03-02T12:00:20+08:00,i-a,Stopped,\n\
                  2026-03-02T12:00:20+08:00,i-a,,StartInstance\n\
                  2026-03-02T12:00:20+08:00,i-a,Starting,\n\
                  2026-03-02T12:00:50+08:00,i-a,Running,\n";
    assert_eq!(told(called), ([1, 1, 0, 0], 0));
}

#[test]
fn an_instance_is_one_under_its_id_and_its_full_name() {
    assert_eq!(history(ARN).instances, 1);
    assert_eq!(told(ARN), ([1, 0, 0, 0], 0));
    assert_eq!(history(ARN).stopped_us.keys().collect::<Vec<_>>(), ["i-a"]);
}

#[test]
fn a_wall_clock_that_does_not_exist_is_named() {
    let text = read_in("America/New_York", GAP).unwrap_err().to_string();
    assert!(text.contains("2026-03-08 02:30:00 does not exist in America/New_York"), "{text}");
    assert!(text.contains("h:2:1") && text.contains("offsets"), "{text}");
    assert!(read_in("Asia/Shanghai", GAP).is_ok(), "there it does");
}

#[test]
fn a_wall_clock_that_exists_twice_is_named_where_the_order_of_rows_does_not_decide() {
    let text = read_in("America/New_York", FOLD).unwrap_err().to_string();
    assert!(text.contains("2026-11-01 01:30:00 exists twice in America/New_York"), "{text}");
    assert!(text.contains("offsets"), "{text}");
    let across = read_in("America/New_York", ACROSS).unwrap_or_else(|told| panic!("{told}"));
    let (first, last) = across.between.unwrap();
    assert_eq!(last - first, 20_000_000, "twenty seconds, not forty minutes back");
    assert_eq!(across.groups[""].stop.n(), 1);
    let offsets = FOLD.replace(":00,", ":00-04:00,").replace(":20,", ":20-04:00,");
    assert!(read_in("America/New_York", &offsets).is_ok());
}

#[test]
fn events_of_the_vendor_are_read_as_they_are() {
    assert_eq!(told(EVENTS), ([0, 1, 0, 0], 0));
    assert_eq!(history(EVENTS).instances, 1);
    let (first, last) = history(EVENTS).between.unwrap();
    assert_eq!(last - first, 31_000_000);
    let array = format!("[{}]", EVENTS.trim().replace('\n', ","));
    assert_eq!(told(&array), told(EVENTS));
    // What is not about a state is left out and counted.
    let other = EVENTS.lines().next().unwrap().replace("StateChange", "SystemFailure.Reboot");
    let history = history(&format!("{other}\n{EVENTS}"));
    assert_eq!((history.rows, history.others), (2, 1));
}

#[test]
fn events_of_an_event_bus_are_read_as_they_are() {
    let event = |time: &str, state: &str| {
        format!(
            "{{\"id\":\"1\",\"source\":\"acs.ecs\",\"specversion\":\"1.0\",\
             \"type\":\"ecs:Instance:StateChange\",\"time\":\"{time}\",\
             \"subject\":\"acs:ecs:cn-hangzhou:1:instance/i-a\",\"data\":{{\"resourceId\":\"i-a\",\
             \"resourceType\":\"ALIYUN::ECS::Instance\",\"state\":\"{state}\"}}}}\n"
        )
    };
    let text =
        event("2026-03-02T12:00:00Z", "Starting") + &event("2026-03-02T12:00:40Z", "Running");
    assert_eq!(told(&text), ([1, 0, 0, 0], 0));
}

#[test]
fn an_audit_log_is_read_as_it_is() {
    assert_eq!(told(TRAIL), ([0, 0, 0, 1], 0), "a stop that was not seen to end");
    assert_eq!(history(TRAIL).instances, 1);
    // It names the newest first, several instances in a call, and what else was called.
    let call = |name: &str, time: &str, parameters: &str, code: &str| {
        format!(
            "{{\"eventName\":\"{name}\",\"eventTime\":\"2026-05-18T{time}Z\",\"errorCode\":\"{code}\",\
             \"userIdentity\":{{\"type\":\"ram-user\"}},\"requestParameters\":{parameters}}}"
        )
    };
    let text = format!(
        "{{\"Events\":[{},{},{}]}}",
        call("StopInstances", "08:00:00", "{\"InstanceId\":[\"i-a\",\"i-b\"]}", ""),
        call("DescribeInstances", "07:59:59", "{\"RegionId\":\"cn-hangzhou\"}", ""),
        call("StartInstance", "07:00:00", "{\"InstanceId\":\"i-a\"}", "OperationDenied.NoStock"),
    );
    let history = history(&text);
    assert_eq!((history.instances, history.rows, history.others), (2, 3, 1));
    assert_eq!(history.waves.len(), 1);
    assert_eq!((history.waves[0].calls, history.waves[0].no_stock), (1, 1));
    assert_eq!(history.waves[0].pool, "all");
}

#[test]
fn an_event_of_an_unknown_state_is_refused_with_its_place() {
    let text = EVENTS.replace("Stopped", "Asleep");
    let told = read_in("Asia/Shanghai", &text).unwrap_err().to_string();
    assert!(told.contains("there is no state `Asleep`") && told.contains("h:2:"), "{told}");
    let told =
        read_in("Asia/Shanghai", "{\"time\":\"noon\",\"instance\":\"i\",\"state\":\"Running\"}");
    assert!(told.unwrap_err().to_string().contains("`noon` is not a time"));
}

/// Who is seen to start first of all had been stopped since the beginning; a later start of which no
/// stop was seen tells nothing.
#[test]
fn only_the_first_start_of_an_instance_tells_that_it_was_stopped_before() {
    let rows = "time,instance,state\n2026-03-02T00:00:00Z,i-b,Running\n\
                2026-03-02T08:00:00Z,i-a,Starting\n2026-03-02T08:01:00Z,i-a,Running\n\
                2026-03-02T20:00:00Z,i-a,Starting\n2026-03-02T20:01:00Z,i-a,Running\n";
    let hours = |hours: u64| hours * 3_600_000_000;
    assert_eq!(history(rows).stopped_us.get("i-a"), Some(&hours(8)));
}

/// A start or stop that something else overtakes was begun and not seen to end.
#[test]
fn a_start_that_a_stop_or_the_end_overtakes_is_counted_as_not_ended() {
    let rows = |last: [&str; 2]| {
        let [third, fourth] = last.map(|state| format!("i-a,{state}"));
        format!(
            "time,instance,state\n2026-03-02T08:00:00Z,i-a,Starting\n\
             2026-03-02T08:01:00Z,{third}\n2026-03-02T08:02:00Z,{fourth}\n"
        )
    };
    assert_eq!(told(&rows(["Stopping", "Stopped"])).0, [0, 1, 1, 0]);
    assert_eq!(told(&rows(["Stopped", "Stopped"])).0, [0, 0, 1, 0]);
    assert_eq!(told(&rows(["Deleted", "Deleted"])).0, [0, 0, 1, 0]);
    assert_eq!(told(&rows(["Running", "Stopping"])).0, [1, 0, 0, 1]);
}

/// What is left out of the durations is told, and only where there is some.
#[test]
fn a_screen_tells_of_reboots_and_other_rows_where_there_are_any() {
    let screen = |text: &str| {
        let moments = Moments::named("UTC").expect("a time zone");
        history::screen(&history(text), &moments)
    };
    let plain = "time,instance,state\n2026-03-02T08:00:00Z,i-a,Starting\n";
    for said in ["reboots left out", "rows about something else"] {
        assert!(!screen(plain).contains(said), "{}", screen(plain));
    }
    assert!(screen(REBOOT).contains("1 reboots left out"), "{}", screen(REBOOT));
    let other = EVENTS.lines().next().unwrap().replace("StateChange", "SystemFailure.Reboot");
    assert!(screen(&format!("{other}\n{EVENTS}")).contains("1 rows about something else"));
}
