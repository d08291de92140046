//! Commitments, billing cycles and minimum durations, computed by hand.
//!
//! Two instances at 3.6 CNY an hour, a thousandth a second, wanted from eight to eight; a stop
//! takes 20 s and a start is billed when it is accepted. In a day each runs 12 h 20 s of 24 h.
//! At list price: baseline 172.8, actual 2 × 43 220 s = 86.44, saved 86.36.

use stopsim::books::ledger::Bill;
use stopsim::report::by_replication::RunTable;
use stopsim::units::Money;

use crate::scenario::Disk;
use crate::worlds::{CALLS, FIRST, billed, group, plan_from, pool, run_plan, world};

const OFFICE: &str = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                      [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                      stop = { mode = \"StopCharging\" }\n";

fn day(more: &str) -> String {
    let fleet = group("web", 2, "") + &pool("free = 10");
    world("24h", &format!("{CALLS}{fleet}{OFFICE}{more}"))
}

/// Baseline, actual, intended, what is lost of it to commitments.
#[track_caller]
fn bills(more: &str, expected: [&str; 4]) -> Bill {
    let (_, _, bill) = billed(&day(more));
    let found = [bill.baseline, bill.actual, bill.intended, bill.uncovered];
    assert_eq!(found.map(|amount| amount.rounded(3)), expected, "{more}");
    assert_eq!(bill.saving(), bill.intended + bill.involuntary + bill.adjustments);
    assert_eq!(bill.adjustments, Money::ZERO);
    bill
}

#[test]
fn without_commitments_the_list_price_is_the_bill() {
    bills("", ["172.800", "86.440", "86.360", "0.000"]);
}

/// A plan of 1.8 an hour at half price covers 3.6 an hour at list price: 24 × 1.8 = 43.2 paid.
/// Baseline 172.8 − 86.4 + 43.2 = 129.6. Used are twelve hours and 40 instance-seconds:
/// 12 × 3.6 + 0.04 = 43.24 covered, 86.44 − 43.24 + 43.2 = 86.4 to pay.
#[test]
fn a_plan_for_half_the_fleet_halves_what_stopping_saves() {
    let plan = "[[commitment]]\nname = \"half\"\nkind = \"savings-plan\"\n\
                amount = \"1.8 CNY/h\"\ndiscount = \"50%\"\n";
    let bill = bills(plan, ["129.600", "86.400", "43.200", "43.160"]);
    let [line] = bill.commitments.as_slice() else { panic!("one commitment") };
    assert_eq!(line.cost.rounded(2), "43.20");
    assert_eq!(line.used.map(|used| used.rounded(2)), ["43.20", "21.62", "21.62", "21.62"]);
    assert_eq!(line.unused_by_stopping().rounded(2), "21.58");
    assert_eq!(bill.bound_total.rounded(2), "86.40", "the bound stays at list price");
}

/// The half plan again, bought because of the stops: the baseline is the list price, what is saved
/// at list price is saved, and 43.2 for what covers 43.24 are a cost of the policy of -0.04.
#[test]
fn a_plan_that_the_policy_buys_is_a_cost_of_the_policy() {
    let plan = "[[commitment]]\nname = \"half\"\nkind = \"savings-plan\"\nfor_policy = true\n\
                amount = \"1.8 CNY/h\"\ndiscount = \"50%\"\n";
    let (_, _, bill) = billed(&day(plan));
    let of =
        |bill: &Bill| [bill.baseline, bill.actual, bill.intended, bill.policy_cost, bill.net()];
    let rounded = |bill: &Bill| of(bill).map(|amount| amount.rounded(3));
    assert_eq!(rounded(&bill), ["172.800", "86.400", "86.360", "-0.040", "86.400"]);
    assert_eq!(bill.commitments[0].unused_by_stopping(), Money::ZERO);
    assert_eq!(bill.uncovered, Money::ZERO, "nothing was paid for anyway");
    // Too large a plan is paid and not used: 24 h × 18 CNY, and all of 86.44 is covered.
    let (_, _, bill) = billed(&day(&plan.replace("1.8", "18")));
    assert_eq!(rounded(&bill), ["172.800", "432.000", "86.360", "345.560", "-259.200"]);
}

/// For the whole fleet: 86.4 are paid whatever runs, and nothing beyond.
#[test]
fn a_plan_for_the_whole_fleet_leaves_nothing_to_save() {
    let plan = "[[commitment]]\nname = \"all\"\nkind = \"savings-plan\"\n\
                amount = \"3.6 CNY/h\"\ndiscount = \"50%\"\nfamilies = [\"ecs.g7\"]\n";
    bills(plan, ["86.400", "86.400", "0.000", "86.360"]);
}

/// At a price that does not come out even, what is stopped and what is covered are rounded apart:
/// nothing is saved, and nothing is less than nothing.
#[test]
fn what_is_paid_for_anyway_is_no_saving_below_nothing() {
    let reserved = "[[commitment]]\nname = \"both\"\nkind = \"reserved-instances\"\n\
                    type = \"ecs.g7.large\"\ncount = 2\nrate = \"0.1 CNY/h\"\nzone = \"z\"\n";
    for price in ["0.52325 CNY/h", "0.333333333 CNY/h", "1.000000007 CNY/h"] {
        for length in ["24h", "47h", "71h"] {
            let text = day(reserved)
                .replace("3.6 CNY/h", price)
                .replace("\"24h\"", &format!("\"{length}\""));
            let (_, _, bill) = billed(&text);
            let both = [bill.intended, bill.involuntary];
            assert!(both.iter().all(|part| *part == Money::ZERO), "{price} {length}: {both:?}");
            assert!(bill.uncovered > Money::ZERO);
            assert_eq!([bill.saving(), bill.adjustments, bill.policy_cost], [Money::ZERO; 3]);
        }
    }
}

/// One reserved instance of the zone at 1.8: an instance-hour each hour, as the half plan. A
/// regional one of twice the size stands in for both.
#[test]
fn a_reserved_instance_stands_in_for_one_instance_an_hour() {
    let reserved = "[[commitment]]\nname = \"one\"\nkind = \"reserved-instances\"\n\
                    type = \"ecs.g7.large\"\ncount = 1\nrate = \"1.8 CNY/h\"\n";
    let half = ["129.600", "86.400", "43.200", "43.160"];
    bills(&format!("{reserved}zone = \"z\"\n"), half);
    bills(reserved, half);
    // Four vCPUs stand in for both: 86.4 a day at list price for 43.2, all of it lost by night.
    bills(&reserved.replace("large", "xlarge"), ["43.200", "43.200", "0.000", "86.360"]);
}

/// The vendor's second example: 15 A at 1 an hour (0.4 under the plan), 10 B at 1.2 (0.8), a plan
/// of 10: 6 for all of A, 4 for five of B, and 5 × 1.2 beyond: 16 an hour.
#[test]
fn the_highest_discount_is_used_up_first() {
    let a = group("web", 15, "").replace("3.6 CNY/h", "1 CNY/h");
    let b = group("app", 10, "").replace("3.6 CNY/h", "1.2 CNY/h").replace("g7", "c6");
    let plan = "[[commitment]]\nname = \"both\"\nkind = \"savings-plan\"\namount = \"10 CNY/h\"\n\
                discount = \"1/3\"\ndiscounts = [{ family = \"ecs.g7\", discount = \"60%\" }]\n";
    let (_, _, bill) = billed(&world("1h", &format!("{b}{a}{plan}")));
    assert_eq!((bill.baseline.rounded(6), bill.saving()), ("16.000000".into(), Money::ZERO));
}

/// What a plan does not cover by its scope is paid in full: 172.8 + 43.2.
#[test]
fn a_commitment_that_covers_nothing_is_paid_all_the_same() {
    let plan = "[[commitment]]\nname = \"other\"\nkind = \"savings-plan\"\n\
                amount = \"1.8 CNY/h\"\ndiscount = \"50%\"\nfamilies = [\"ecs.c6\"]\n";
    let bill = bills(plan, ["216.000", "129.640", "86.360", "0.000"]);
    assert_eq!(bill.commitments[0].used, [Money::ZERO; 4]);
}

/// The group pays 40 % less already: the plan's half price does not matter beyond that; it
/// covers 2.16 an hour of each at 1.8, and 1.8 an hour buys one instance at 0.5 × 3.6.
#[test]
fn the_better_of_two_discounts_holds() {
    let text = day("[[commitment]]\nname = \"half\"\nkind = \"savings-plan\"\n\
                    amount = \"1.8 CNY/h\"\ndiscount = \"50%\"\n");
    let cheaper = text.replace("rate = \"3.6 CNY/h\"", "rate = \"3.6 CNY/h\"\ndiscount = \"40%\"");
    let (_, _, bill) = billed(&cheaper);
    // 1.8 ÷ (5/6) = 2.16 an hour covered: one instance. 2 × 24 × 2.16 − 24 × 2.16 + 43.2.
    assert_eq!(bill.baseline.rounded(3), "95.040");
    let cheapest = text.replace("rate = \"3.6 CNY/h\"", "rate = \"3.6 CNY/h\"\ndiscount = \"75%\"");
    let (_, _, bill) = billed(&cheapest);
    // 2 × 0.9 = 1.8 an hour is all covered at its own price: only the plan is paid.
    assert_eq!(bill.baseline.rounded(3), "43.200");
}

/// By knob: two vCPUs are billed for five minutes of the hour in which the stop ends billing.
/// Each was used for 20 s of it: 2 × 280 s × 0.001 = 0.56 more.
#[test]
fn a_cycle_that_an_economical_stop_ends_is_filled_up_by_knob() {
    let (_, _, bill) = billed(&day("[knobs]\nminimum_duration_scope = \"any_cycle\"\n"));
    assert_eq!(bill.actual.rounded(3), "87.000");
    assert_eq!(bill.intended.rounded(3), "86.360");
    assert_eq!(bill.adjustments.rounded(3), "-0.560");
    assert_eq!(bill.minimum_charge[0].actual.rounded(3), "0.560");
    assert_eq!(bill.minimum_charge[0].baseline, Money::ZERO, "nothing was stopped there");
}

/// A run that begins at 00:20:07, at a price that does not come out even.
#[test]
fn the_records_of_the_cycles_add_up_to_the_lines() {
    let text = day("[report]\nbilling_cycles = true\n").replace("3.6 CNY/h", "0.52325 CNY/h");
    let text = text.replace("start = \"2026-03-02\"", "start = \"2026-03-02 00:20:07\"");
    let (plan, run, bill) = billed(&text);
    let outcomes = [run.outcome];
    let mut out = Vec::new();
    RunTable::BillingCycles.write(&mut out, &plan, &outcomes).unwrap();
    let text = String::from_utf8(out).unwrap();
    let mut sum = 0;
    for row in text.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        sum += cells[9].replace('.', "").parse::<i128>().unwrap();
    }
    assert_eq!(Money::from_nanos(sum), bill.actual);
    // From the start at 08:00 to 20:00 and the cycle of the stop; the first begins late.
    assert_eq!(text.lines().count(), 1 + 13);
    let first = "0,2026-03-02T08:00:00+08:00,27593000000,2026-03-02T09:00:00+08:00,31193000000,\
                 web,compute,running,7200000000,";
    assert!(text.contains(first), "{text}");
}

#[test]
fn the_shipped_scenario_answers_its_question() {
    let plan = plan_from("scenarios/commitments.toml", &Disk, &["clock.length=7d"]);
    let run = run_plan(&plan, FIRST);
    let bill = Bill::of(&plan.region, &run.outcome.ledger);
    assert_eq!(bill.commitments.len(), 2);
    assert!(bill.uncovered > Money::ZERO && bill.intended > Money::ZERO);
    assert!(bill.commitments[0].used[3] < bill.commitments[0].used[0]);
}
