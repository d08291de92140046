//! What stopping is compared with: one always-on instance for each that is wanted, by hand.
//!
//! A second of compute costs 0.001, of the disk 0.0001. In the day that is looked at instances are
//! wanted from eight to eight; a stop takes 20 s, a creation 5 s and the start that follows 30 s, a
//! start from economical mode 40 s.

use stopsim::books::ledger::{Bill, PolicyCause};

use crate::laws::agrees;
use crate::worlds::{CALLS, Run, billed, group, pool, world};

const PAID: &str = "system_disk = { rate = \"0.36 CNY/h\" }\ninitially = \"stopped-economical\"\n\
                    reserve = { count = 1, creation = \"5s\" }";

/// A day of one instance that is replaced two minutes after a start that did not come up.
fn day(fault: &str) -> (Run, Bill) {
    let office = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                  [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                  stop = { mode = \"StopCharging\" }\ntimeout = \"10s\"\n\
                  replace = { after = \"2m\", token = \"same\" }\n";
    let fleet = group("web", 1, PAID) + &pool("free = 10");
    let fault =
        format!("[[call_fault]]\nname = \"fault\"\noperations = [\"StartInstance\"]\n{fault}\n");
    let (plan, run, bill) = billed(&world("24h", &format!("{CALLS}{fleet}{office}{fault}")));
    agrees(&plan, &run, true);
    (run, bill)
}

/// Baseline, actual, intended, involuntary, policy cost, net.
fn parts(bill: &Bill) -> [String; 6] {
    let Bill { baseline, actual, intended, involuntary, policy_cost, .. } = *bill;
    [baseline, actual, intended, involuntary, policy_cost, bill.net()].map(|part| part.rounded(4))
}

/// The start is refused; its replacement is created at 08:02:05 and stopped at 20:00:20. Always on,
/// one instance costs 86 400 s × 0.0011. Paid are 43 095 s of compute, and the disks of both:
/// 86 400 s and 57 475 s. Saved are the nights, 28 800 s and 14 380 s, and nobody's 125 s until the
/// replacement is billed; the disk that is kept beside it is a cost of the policy.
#[test]
fn that_a_replaced_instance_stays_stopped_is_no_saving() {
    let (_, bill) = day("refuse = \"500 InternalError\"");
    assert_eq!(parts(&bill), ["95.0400", "57.4825", "43.1800", "0.1250", "5.7475", "37.4325"]);
    assert_eq!(bill.saving().rounded(4), "37.5575");
    assert_eq!(bill.missed_total().rounded(4), "0.0200", "the stop of the replacement");
    assert_eq!(bill.policy_cost_by[&PolicyCause::Replacement], bill.policy_cost);
    assert_eq!(bill.policy_cost_by.len(), 1, "and nothing is of another type");
}

/// The start is carried out at eight, its answer is lost; at 08:00:10 another instance is run. It is
/// created at 08:00:15 and stands in until the first is ready at 08:00:40. It stays beside that one
/// and is stopped at 20:00:20; the first one, which nobody looks after, runs through the night.
/// Paid are 57 600 s and 43 205 s of compute, and 86 400 s and 57 585 s of disks. Beside the wanted
/// one are the first for 25 s, then the other for 43 180 s, and its disk for 57 560 s.
#[test]
fn what_runs_beside_the_wanted_instance_is_a_cost_of_the_policy() {
    let (run, bill) = day("lose_answer = true");
    assert_eq!(parts(&bill), ["95.0400", "115.2035", "28.8000", "0.0000", "48.9635", "-20.1635"]);
    assert_eq!(bill.missed_total().rounded(4), "14.4000", "the night of the first one");
    assert_eq!(run.outcome.ledger.duplicate(), 43_205_000_000);
    let [web, apart] = &bill.effects[..] else { panic!("one group, and what belongs to none") };
    assert_eq!((web.policy_cost, apart.policy_cost.as_nanos()), (bill.policy_cost, 0));
}
