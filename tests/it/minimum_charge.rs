//! What billing cycles cost beyond the time in them, computed by hand.
//!
//! One instance of 2 vCPUs: a second of compute costs 0.001, of fixed bandwidth 0.0002, of the disk
//! and of the licence 0.0001 each. Requests arrive at once; a deletion by force takes no time.

use stopsim::books::ledger::{Bill, MinimumChargeCause};
use stopsim::ecs::meter::Component;
use stopsim::report::collected::Collected;
use stopsim::report::csv;
use stopsim::report::summary::Summary;
use stopsim::sim::plan::Plan;
use stopsim::units::Money;

use crate::worlds::{CALLS, Run, billed, group, results, world};

const PAID: &str = "licence = \"0.36 CNY/h\"\nsystem_disk = { rate = \"0.36 CNY/h\" }\n\
                    public_address = \"static-by-bandwidth\"\nbandwidth_mbps = 5\n\
                    bandwidth_rate = \"0.72 CNY/h\"\ninitially = \"running\"";

/// Four hours from midnight, and what a hand does in them: (time, action).
fn by_hand(group: &str, more: &str, requests: &[(&str, &str)]) -> String {
    let request = |(at, action): &(&str, &str)| {
        format!("{{ at = \"2026-03-02 {at}\", instance = \"web-0001\", action = \"{action}\" }},")
    };
    let requests: String = requests.iter().map(request).collect();
    let hand = format!(
        "[[controller]]\nname = \"hand\"\ndemand = true\ngroups = [\"web\"]\n\
         requests = [{requests}]\nstop = {{ mode = \"StopCharging\" }}\ndelete = {{ force = true }}\n"
    );
    let pool = "[[pool]]\nname = \"g7\"\nzone = \"z\"\nfamily = \"ecs.g7\"\nunit = \"instance\"\n\
                stock = \"unlimited\"\n";
    world("4h", &format!("{CALLS}{more}{group}{pool}{hand}"))
}

/// Every row of `billing.csv` added up must be `billing.baseline` and `.actual` of summary.json.
#[track_caller]
fn adds_up(plan: &Plan, run: Run) -> [String; 2] {
    let outcomes = [run.outcome];
    let summary = Summary::of(&results(plan, &Collected::of(plan, &outcomes)));
    let mut table = Vec::new();
    csv::billing(&mut table, &summary).unwrap();
    let table = String::from_utf8(table).unwrap();
    let column = |place: usize| -> Money {
        let nanos = |row: &str| {
            let cell = row.split(',').nth(place).unwrap().replace('.', "");
            Money::from_nanos(cell.parse::<i128>().unwrap())
        };
        table.lines().skip(1).map(nanos).sum()
    };
    let mut json = Vec::new();
    summary.write(&mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    ["baseline", "actual"].map(|key| {
        let place = if key == "baseline" { 3 } else { 4 };
        let told = json["billing"][key].to_string().replace('"', "");
        assert_eq!(column(place).to_string(), told, "{key}\n{table}");
        told
    })
}

/// Baseline and actual, which the lines add up to, and the adjustments.
#[track_caller]
fn bills(text: &str, expected: [&str; 3]) -> Bill {
    let (plan, run, bill) = billed(text);
    let [baseline, actual] = adds_up(&plan, run);
    assert_eq!([baseline, actual, bill.adjustments.to_string()], expected, "{text}");
    bill
}

/// "In the cycle in which the instance is released": 20 s of the third hour are billed as the five
/// minutes of 2 vCPUs, "for type, disk and fixed bandwidth alike": 7 220 s + 280 s of 0.0013, and
/// 7 220 s of a licence, which has no minimum. Nothing was stopped, so the baseline is the same.
#[test]
fn a_cycle_in_which_an_instance_is_released_is_filled_up() {
    let deletion = [("02:00:20", "delete")];
    let text = by_hand(&group("web", 1, PAID), "", &deletion);
    let bill = bills(&text, ["10.472000000", "10.472000000", "0.000000000"]);
    let lines: Vec<String> = bill
        .minimum_charge
        .iter()
        .map(|line| format!("{} {} {}", line.component.name(), line.cause.name(), line.actual))
        .collect();
    assert_eq!(
        lines,
        [
            "compute minimum_duration 0.280000000",
            "system_disk minimum_duration 0.028000000",
            "static_bandwidth minimum_duration 0.056000000",
        ],
    );
    // Nothing beyond the time there where five minutes of the hour were used, or none.
    for (at, expected) in [("02:05", "10.500000000"), ("02:00", "10.080000000")] {
        let text = by_hand(&group("web", 1, PAID), "", &[(at, "delete")]);
        bills(&text, [expected, expected, "0.000000000"]);
    }
}

/// "1 vCPU 10 min, 2 vCPU 5 min, >= 4 vCPU 2 min": with 4 vCPUs 100 s more, with one 580 s.
#[test]
fn the_minimum_of_a_release_depends_on_the_size() {
    for (vcpus, compute) in [(1, "7.800000000"), (2, "7.500000000"), (4, "7.320000000")] {
        let kind = format!("[[type]]\nname = \"ecs.g7.large\"\nvcpus = {vcpus}\n");
        let plain = group("web", 1, "initially = \"running\"");
        let text = by_hand(&plain, &kind, &[("02:00:20", "delete")]);
        bills(&text, [compute, compute, "0.000000000"]);
    }
}

/// Stopped from 01:00:20 on and deleted at 02:00:20. Of compute, bandwidth and licence 3 620 s are
/// billed, and none of the hour of the release: nothing of them is filled up. Of the disk 7 220 s
/// and 280 s. Had nothing been stopped, the release would have filled up compute and bandwidth too.
/// 3 620 × 0.0013 + 7 500 × 0.0001 = 5.456; what is left of 10.472 − 5.456 = 5.016 after
/// 3 600 × 0.0013 = 4.68 is the minimum of the baseline, 280 × 0.0012.
#[test]
fn what_an_economical_stop_paused_is_not_filled_up_by_a_later_release() {
    let requests = [("01:00", "stop"), ("02:00:20", "delete")];
    let text = by_hand(&group("web", 1, PAID), "", &requests);
    let bill = bills(&text, ["10.472000000", "5.456000000", "0.336000000"]);
    assert_eq!(bill.intended.to_string(), "4.680000000");
    // By knob the stop fills up its own hour: 280 s of compute and bandwidth, and nothing twice.
    let any = "[knobs]\nminimum_duration_scope = \"any_cycle\"\n";
    let text = by_hand(&group("web", 1, PAID), any, &requests);
    bills(&text, ["10.472000000", "5.792000000", "0.000000000"]);
}

/// Used for 20 s, stopped, and deleted within the hour: the release fills up what was used.
#[test]
fn a_release_fills_up_what_was_stopped_in_the_same_cycle() {
    let requests = [("02:00", "stop"), ("02:10", "delete")];
    let text = by_hand(&group("web", 1, PAID), "", &requests);
    // 7 500 × 0.0012, 7 220 × 0.0001, and ten minutes of the disk, which need no filling up:
    // 7 800 × 0.0001. Had nothing been stopped, 7 800 × 0.0014.
    let bill = bills(&text, ["10.920000000", "10.502000000", "-0.336000000"]);
    assert_eq!(bill.intended.to_string(), "0.754000000");
}

/// Two instances of one group, and a warm-up: what lies before its end is not looked at, and what
/// goes on at the horizon is not filled up.
#[test]
fn only_releases_within_the_window_are_filled_up() {
    let text = by_hand(&group("web", 2, "initially = \"running\""), "", &[("02:00:20", "delete")]);
    // 14 400 s of the one that stays, 7 500 s of the other.
    bills(&text, ["21.900000000", "21.900000000", "0.000000000"]);
    let late = text.replace("length = \"4h\"", "length = \"4h\"\nwarm_up = \"3h\"");
    bills(&late, ["3.600000000", "3.600000000", "0.000000000"]);
}

#[test]
fn a_release_needs_to_know_how_many_vcpus_there_are() {
    let kind = "[[type]]\nname = \"ecs.x9.large\"\nfamily = \"ecs.g7\"\n";
    let group = group("web", 1, "initially = \"running\"").replace("g7.large", "x9.large");
    let load = |text: &str| {
        let source = stopsim::scenario::Memory::new().with("s.toml", text);
        stopsim::scenario::load("s.toml", &source, &[]).map_err(|errors| errors.to_string())
    };
    let errors = load(&by_hand(&group, kind, &[("02:00", "delete")])).unwrap_err();
    assert!(errors.contains("how many vCPUs ecs.x9.large has is not known"), "{errors}");
    assert!(load(&by_hand(&group, kind, &[("02:00", "stop")])).is_ok());
}

const WHOLE: &str = "snapshot_rate = \"0.36 CNY/h\"\npublic_address = \"eip\"\n\
                     eip_rate = \"0.72 CNY/h\"\neip_configuration_rate = \"0.36 CNY/h\"\n\
                     initially = \"running\"";
const BILLED: &str = "[knobs]\neip_configuration = \"billed\"\n";

/// "Snapshots per hour (partial = 1 h)"; an elastic address "day cycle", its configuration by the
/// hour. Two days; deleted at 02:00:20 of the first: compute 7 500 s × 0.001, snapshots and
/// configuration three hours, 10 800 s × 0.0001 each, the address a day, 86 400 s × 0.0002.
#[test]
fn what_is_billed_in_cycles_is_billed_to_the_end_of_the_one_begun() {
    let text = by_hand(&group("web", 1, WHOLE), BILLED, &[("02:00:20", "delete")]);
    let two_days = text.replace("length = \"4h\"", "length = \"2d\"");
    let bill = bills(&two_days, ["26.940000000", "26.940000000", "0.000000000"]);
    let lines =
        bill.minimum_charge.iter().filter(|line| line.cause == MinimumChargeCause::WholeCycle);
    let lines: Vec<_> = lines.map(|line| (line.component, line.actual.to_string())).collect();
    // The address 79 180 s × 0.0002 and 3 580 s × 0.0001; snapshots 3 580 s × 0.0001.
    assert_eq!(
        lines,
        [(Component::Eip, "16.194000000".into()), (Component::Snapshots, "0.358000000".into())],
    );
    // A window of four hours has four hours of the day: 14 400 s × 0.0002.
    bills(&text, ["12.540000000", "12.540000000", "0.000000000"]);
    // Midnight in UTC is at eight in UTC+8: the day has 16 hours left, 57 600 s × 0.0002.
    let elsewhere = two_days.replace("Asia/Shanghai", "UTC");
    bills(&elsewhere, ["21.180000000", "21.180000000", "0.000000000"]);
}

/// Neither begins nor ends in a cycle: only the time there counts, 14 400 s × 0.0014.
#[test]
fn what_is_there_throughout_costs_its_price_by_the_hour() {
    let requests = [("01:00:20", "stop"), ("03:17", "start")];
    let text = by_hand(&group("web", 1, WHOLE), BILLED, &requests);
    let (_, _, bill) = billed(&text);
    assert_eq!((bill.baseline.to_string(), bill.minimum_charge), ("20.160000000".into(), vec![]));
}

/// The answer to the start at 01:30 is lost, and at 01:30:10 another one is run in its place: its
/// billing begins at 01:30:15, when it is created. The hour and the day begun are whole: until
/// 04:00 three hours of its snapshots, and the four hours of the day that are in the window. Had
/// nothing been stopped, it had not been created: none of it is in the baseline.
#[test]
fn what_is_created_in_a_cycle_is_billed_from_its_beginning() {
    let paid = format!("{}\nreserve = {{ count = 1, creation = \"5s\" }}", WHOLE)
        .replace("\"running\"", "\"stopped-standard\"");
    let text = by_hand(&group("web", 1, &paid), BILLED, &[("01:30", "start")]);
    let lost = "replace = { after = \"10s\", token = \"fresh\" }\n[[call_fault]]\nname = \"lost\"\n\
                lose_answer = true\noperations = [\"StartInstance\"]\n";
    let (_, _, bill) = billed(&format!("{text}timeout = \"10s\"\n{lost}"));
    let lines = bill.minimum_charge.iter().map(|line| {
        (line.component, line.cause, [line.baseline, line.actual].map(|money| money.to_string()))
    });
    // 5 415 s of the day, × 0.0002, and 1 815 s of the hour, × 0.0001 each.
    let paid = |amount: &str| ["0.000000000".to_owned(), amount.to_owned()];
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            (Component::Eip, MinimumChargeCause::WholeCycle, paid("1.264500000")),
            (Component::Snapshots, MinimumChargeCause::WholeCycle, paid("0.181500000")),
        ],
    );
}

/// Overdue from 00:30 to 02:45 of the China site: nothing is billed then. Of the hours begun,
/// snapshots are billed to the end: 30 minutes of the first, 45 of the third; the address has begun
/// its day before, and is billed through it. The baseline went on, so the difference is taken off
/// the saving: 30 and 45 minutes × 2 × 0.0001, 135 minutes × 0.0002.
#[test]
fn arrears_end_no_cycle_that_has_begun() {
    let owes =
        "[account]\narrears = [{ at = \"2026-03-02 00:30\", paid = \"2026-03-02 02:45\" }]\n";
    let text = by_hand(&group("web", 1, WHOLE), &format!("{BILLED}{owes}"), &[]);
    let (_, _, bill) = billed(&text);
    let lines = bill.minimum_charge.iter().map(|line| (line.component, line.actual.to_string()));
    // 8 100 s × 0.0002 + 4 500 s × 0.0001; 4 500 s × 0.0001.
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [(Component::Eip, "2.070000000".into()), (Component::Snapshots, "0.450000000".into())],
    );
    assert!(bill.minimum_charge.iter().all(|line| line.baseline == Money::ZERO));
    assert_eq!(bill.adjustments.to_string(), "-2.520000000");
}
