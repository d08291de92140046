//! What luck decides in a run: one decision fixed leaves all others alone, and all of them listed
//! are the run.

use proptest::prelude::*;
use stopsim::engine::{Decided, Decision, DecisionList, Decisions, Identity};
use stopsim::fact::{Fact, purpose};
use stopsim::units::SimDuration;
use stopsim::world::plan::Plan;
use stopsim::world::{NoObserver, RunId, run_deciding};

use crate::dice;
use crate::sample::cases;
use crate::worlds::{FIRST, Facts, group, plan, pool, world};

/// The digest of a run and what was decided in it.
fn decided(plan: &Plan, run: RunId, decisions: &Decisions) -> (u64, DecisionList) {
    let outcome = run_deciding(plan, run, decisions, &mut NoObserver).expect("no livelock");
    (outcome.digest, decisions.made())
}

fn office() -> Plan {
    let fleet = group("web", 20, "").replace("\"20s\"", "{ p50 = \"20s\", p99 = \"2m\" }");
    let office = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                  windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                  [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                  stop = { mode = \"StopCharging\" }\n\
                  [[call_fault]]\nname = \"flaky\"\nrefuse = \"500 InternalError\"\n\
                  probability = \"1/3\"\n";
    plan(&world("3d", &(fleet + &pool("free = 30") + office)))
}

#[test]
fn one_stop_fixed_by_name_leaves_every_other_decision_alone() {
    let plan = office();
    let (_, before) = decided(&plan, FIRST, &Decisions::of(1, 0).listing());
    let who = Identity::of("instance", "web-0007");
    let of_the_stop =
        |decision: &&Decision| (decision.who, decision.purpose) == (who, purpose::STOP);
    let stop = *before.keys().find(of_the_stop).expect("it is stopped");
    let hour = SimDuration::from_hours(1);
    let fixed = Decisions::of(1, 0).fixing([(stop, Decided::Span(hour))]).listing();
    let mut facts = Facts::default();
    run_deciding(&plan, FIRST, &fixed, &mut facts).expect("no livelock");
    let after = fixed.made();
    assert_eq!(after[&stop], Decided::Span(hour));
    assert_ne!(before[&stop], after[&stop]);
    // The same is decided, of everybody, and it is decided alike.
    let others = |made: &DecisionList| -> Vec<(Decision, Decided)> {
        made.iter().filter(|(one, _)| **one != stop).map(|(one, is)| (*one, *is)).collect()
    };
    assert_eq!(others(&before), others(&after));
    assert!(before.len() > 200, "{} decisions", before.len());
    let stopped = |fact: &Fact| {
        matches!(fact, Fact::StateChanged { instance, to, .. }
        if instance.0 == 6 && format!("{to:?}").starts_with("Stopped"))
    };
    let at = facts.0.iter().find(|(_, fact)| stopped(fact)).expect("it is stopped").0;
    assert_eq!(at.as_micros(), 21 * 3_600_000_000, "an hour after 20:00");
}

proptest! {
    #![proptest_config(cases(40))]

    /// Whatever is asked of luck goes through the decisions: all of them listed under one seed
    /// are the same run under another.
    #[test]
    fn a_run_is_its_decisions_whatever_the_seed(words in prop::collection::vec(any::<u16>(), 400)) {
        let Some((plan, _)) = dice::world(&words) else { return Ok(()) };
        let (digest, made) = decided(&plan, FIRST, &Decisions::of(1, 0).listing());
        let other = RunId { seed: 2, ..FIRST };
        let fixed = Decisions::of(2, 0).fixing(made.clone()).listing();
        let (again, made_again) = decided(&plan, other, &fixed);
        prop_assert_eq!(again, digest);
        prop_assert_eq!(made_again, made);
    }
}
