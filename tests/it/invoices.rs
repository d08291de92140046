//! Invoices computed by hand, to the last nano-unit.
//!
//! The sum beside each invoice is the whole computation: rate per hour × minutes ÷ 60, rounded
//! down once per line. Time passes only where a story says `wait`.

use stopsim::ecs::instance::StoppedMode::StopCharging;
use stopsim::ecs::price::{Rates, published, rhel_licence};
use stopsim::ecs::spec::{Beginning, Initially, PublicAddress};
use stopsim::units::{HourlyRate, Ratio, SimDuration};

use crate::fleet::{Given, Story, given};

fn rate(text: &str) -> HourlyRate {
    text.parse().unwrap()
}

/// The list price of ecs.g7.large in cn-hangzhou: 0.52325 CNY/h.
fn g7() -> Rates {
    let compute = published("cn-hangzhou", "ecs.g7.large").unwrap().rate;
    Rates { compute, ..Rates::default() }
}

fn one(rates: Rates) -> Given {
    given().count(1).rates(rates)
}

/// Stops economically at 20:00, is Stopped at 20:01, and is billed until midnight.
const EVENING: &str = "wait 20h | stop StopCharging | wait 1m | finish | wait 3h59m";

#[track_caller]
fn bill(given: Given, story: &str, expected: &str) {
    let mut told = Story::new(given);
    told.pace = SimDuration::ZERO;
    told.tell(story);
    assert_eq!(told.tell("invoice?"), expected, "\nstory: {story}\n");
}

/// 2 × 24 h × 0.52325 = 25.116
#[test]
fn two_instances_for_a_day() {
    bill(given().rates(g7()), "wait 24h", "compute running 25.116000000, total 25.116000000");
}

/// Compute until Stopped: 1201 min × 0.52325 / 60 = 628.42325 / 60 = 10.473 720 833 3…
#[test]
fn an_economical_stop_pauses_compute_at_stopped() {
    bill(one(g7()), EVENING, "compute running 10.473720833, total 10.473720833");
}

/// At Stopping instead: 1200 min × 0.52325 / 60 = 10.465
#[test]
fn a_knob_pauses_compute_at_stopping() {
    bill(
        one(g7()).knob("billing_pause_at", "stopping"),
        EVENING,
        "compute running 10.465000000, total 10.465000000",
    );
}

/// 40 GiB of ESSD PL0 at 0.00105 = 0.042/h.
/// Running: 1201 × 0.042 / 60 = 0.8407; economical: 239 × 0.042 / 60 = 0.1673; together 24 h.
#[test]
fn disks_are_billed_on_through_an_economical_stop() {
    let disks = Rates { system_disk: rate("0.042"), ..g7() };
    bill(
        one(disks),
        EVENING,
        "compute running 10.473720833, system_disk running 0.840700000, \
         system_disk stopped_economical 0.167300000, total 11.481720833",
    );
}

/// Static bandwidth of 10 Mbps at 1.5625: 1201 × 1.5625 / 60 = 31.276 041 666 6…
/// Kept by the knob: 239 × 1.5625 / 60 = 6.223 958 333 3… as well.
#[test]
fn fixed_bandwidth_of_a_static_address_is_suspended_unless_it_is_kept() {
    let bandwidth = Rates { static_bandwidth: rate("1.5625"), ..Rates::default() };
    let fleet = || one(bandwidth).address(PublicAddress::StaticByBandwidth);
    bill(fleet(), EVENING, "static_bandwidth running 31.276041666, total 31.276041666");
    bill(
        fleet().knob("static_ip", "kept"),
        EVENING,
        "static_bandwidth running 31.276041666, static_bandwidth stopped_economical 6.223958333, \
         total 37.499999999",
    );
}

/// EIP at 0.0031: 1201 × 0.0031 / 60 = 0.062 051 666…; 239 × 0.0031 / 60 = 0.012 348 333…
#[test]
fn an_elastic_address_is_billed_on() {
    let eip = Rates { eip: rate("0.0031"), ..Rates::default() };
    bill(
        one(eip).address(PublicAddress::Eip),
        EVENING,
        "eip running 0.062051666, eip stopped_economical 0.012348333, total 0.074399999",
    );
}

/// RHEL for 2 vCPU: 2 × 0.1041 = 0.2082; 1201 × 0.2082 / 60 = 4.16747.
/// Billed on by the knob: 239 × 0.2082 / 60 = 0.82933.
#[test]
fn the_image_licence_is_suspended_unless_a_knob_says_else() {
    let licence = Rates { licence: rhel_licence(2), ..Rates::default() };
    bill(one(licence), EVENING, "licence running 4.167470000, total 4.167470000");
    bill(
        one(licence).knob("image_licence_in_economical", "billed"),
        EVENING,
        "licence running 4.167470000, licence stopped_economical 0.829330000, total 4.996800000",
    );
}

/// Standard: 1201 min running 10.473 720 833 3…, 239 min stopped 239 × 0.52325 / 60 =
/// 2.084 279 166 6…; the two lines are rounded down apart, so a nano-unit of 12.558 is lost.
#[test]
fn a_standard_stop_is_billed_on_a_line_of_its_own() {
    bill(
        one(g7()),
        "wait 20h | stop KeepCharging | wait 1m | finish | wait 3h59m",
        "compute running 10.473720833, compute stopped_standard 2.084279166, total 12.557999999",
    );
}

/// A subscription asked to stop economically stops in standard mode: as above.
#[test]
fn a_silently_downgraded_stop_saves_nothing() {
    bill(
        one(g7()).subscription(),
        EVENING,
        "compute running 10.473720833, compute stopped_standard 2.084279166, total 12.557999999",
    );
}

/// A night: running until 20:01 and, Starting included, from 08:00 the next day until 12:00.
/// (1201 + 240) min × 0.52325 / 60 = 754.00325 / 60 = 12.566 720 833 3…
#[test]
fn a_start_resumes_billing_when_it_is_accepted() {
    let night = "wait 20h | stop StopCharging | wait 1m | finish | wait 11h59m | start | wait 2m \
                 | finish | wait 3h58m";
    bill(one(g7()), night, "compute running 12.566720833, total 12.566720833");
    // At Running instead: two minutes less, 1439 × 0.52325 / 60 = 12.549 279 166 6…
    bill(
        one(g7()).knob("billing_resume_at", "running"),
        night,
        "compute running 12.549279166, total 12.549279166",
    );
}

/// Refused for want of stock, it stays unbilled: still 1201 min of compute.
#[test]
fn a_refused_start_bills_nothing() {
    bill(
        one(g7()).stock(0),
        "wait 20h | stop StopCharging | wait 1m | finish | others 2 | wait 10h | start | wait 5h",
        "compute running 10.473720833, total 10.473720833",
    );
}

/// Shut down from inside after 6 h: 6 × 0.52325 = 3.1395 and 18 × 0.52325 = 9.4185.
#[test]
fn a_guest_that_shuts_itself_down_is_billed_in_full() {
    bill(
        one(g7()),
        "wait 6h | shutdown | wait 18h",
        "compute running 3.139500000, compute stopped_standard 9.418500000, total 12.558000000",
    );
}

/// 85 % of 0.52325 is 0.444 762 5 exactly: 24 h = 10.6743. A third is 0.174 416 666 (rounded
/// down in the rate): 24 h = 4.185 999 984.
#[test]
fn a_discount_is_in_the_rate() {
    let list = g7().compute;
    for (share, expected) in [("85%", "10.674300000"), ("1/3", "4.185999984")] {
        let share: Ratio = share.parse().unwrap();
        let rates = Rates { compute: list.scaled(share), ..Rates::default() };
        let expected = format!("compute running {expected}, total {expected}");
        bill(one(rates), "wait 24h", &expected);
    }
}

/// A week of warm-up leaves no trace; then 30 min running and 90 min economical:
/// 0.5 × 0.52325 = 0.261625; data disks at 0.1: 0.05 and 0.15; snapshots at 0.02: 0.01, 0.03.
#[test]
fn what_happened_in_the_warm_up_is_not_billed() {
    let rates = Rates { data_disks: rate("0.1"), snapshots: rate("0.02"), ..g7() };
    bill(
        one(rates),
        "wait 7d | stop StopCharging | wait 1h | finish | start | finish | warm | wait 29m \
         | stop StopCharging | wait 1m | finish | wait 90m",
        "compute running 0.261625000, data_disks running 0.050000000, \
         data_disks stopped_economical 0.150000000, snapshots running 0.010000000, \
         snapshots stopped_economical 0.030000000, total 0.501625000",
    );
}

/// A nano-unit an hour: 59 min 59.999999 s is less than one, an hour is one.
#[test]
fn a_line_is_rounded_down_to_the_last_microsecond() {
    let nano = Rates { compute: HourlyRate::from_nanos(1), ..Rates::default() };
    let short = "wait 59m59s999ms999us";
    bill(one(nano), short, "compute running 0.000000000, total 0.000000000");
    let story = format!("{short} | wait 1us");
    bill(one(nano), &story, "compute running 0.000000001, total 0.000000001");
    // Three instances for twenty minutes each make an hour together: summed before rounding.
    let three = given().count(3).rates(nano);
    bill(three, "wait 20m", "compute running 0.000000001, total 0.000000001");
}

/// 10⁶ instances of a GPU type at 26.46 for 8760 h: 231 789 600 000.
#[test]
fn a_million_gpu_instances_for_a_year_are_exact() {
    let compute = published("cn-hangzhou", "ecs.gn6v-c8g1.2xlarge").unwrap().rate;
    let fleet = given().count(1_000_000).rates(Rates { compute, ..Rates::default() });
    let year = "231789600000.000000000";
    bill(fleet, "wait 8760h", &format!("compute running {year}, total {year}"));
}

/// Billing begins when creation is complete: 1 h of two, in standard mode: 0.52325.
#[test]
fn nothing_is_billed_before_creation_is_complete() {
    bill(
        one(g7()).with(|group| group.initially = Beginning::all(Initially::Pending)),
        "wait 1h | created | wait 1h",
        "compute stopped_standard 0.523250000, total 0.523250000",
    );
}

/// Stopped economically from the first moment, and never started: the disk alone, 24 × 0.042.
#[test]
fn a_fleet_that_is_never_started_pays_for_its_disks() {
    let disks = Rates { system_disk: rate("0.042"), ..g7() };
    bill(
        one(disks).stopped(StopCharging),
        "wait 24h",
        "system_disk stopped_economical 1.008000000, total 1.008000000",
    );
}
