//! What luck decides in a run: one decision fixed leaves all others alone, and all of them listed
//! are the run.

use proptest::prelude::*;
use stopsim::ecs::operation::OperationName;
use stopsim::engine::{Decided, Decision, DecisionList, Decisions, Identity};
use stopsim::fact::{CallFact, Fact, purpose};
use stopsim::fault::injector::CALL_FAULT;
use stopsim::scenario::{Memory, load};
use stopsim::sim::decision::{Entities, Written, fits, occasion_of, purpose_named};
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run_deciding};
use stopsim::units::SimDuration;

use crate::dice;
use crate::sample::cases;
use crate::worlds::{CALLS, FIRST, Facts, Run, group, plan, pool, told, world};

/// The digest of a run and what was decided in it.
fn decided(plan: &Plan, run: RunId, decisions: &Decisions) -> (u64, DecisionList) {
    let outcome = run_deciding(plan, run, decisions, &mut NoObserver).expect("no livelock");
    (outcome.digest, decisions.made())
}

const OFFICE: &str = "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
                      windows = [{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }]\n\
                      [[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
                      stop = { mode = \"StopCharging\" }\n";

fn office() -> Plan {
    let fleet = group("web", 20, "").replace("\"20s\"", "{ p50 = \"20s\", p99 = \"2m\" }");
    let fault = "[[call_fault]]\nname = \"flaky\"\nrefuse = \"500 InternalError\"\n\
                 probability = \"1/3\"\n";
    plan(&world("3d", &(fleet + &pool("free = 30") + OFFICE + fault)))
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

/// Nine instances that all take the same to stop, and calls that all take the same; every stop of
/// the last one is refused.
fn constant() -> Plan {
    let fleet = group("web", 9, "").replace("\"30s\"", "{ p50 = \"30s\", p99 = \"2m\" }");
    let fault = "[[call_fault]]\nname = \"down\"\nrefuse = \"500 InternalError\"\n\
                 probability = \"1\"\noperations = [\"StopInstance\"]\n\
                 instances = [\"web-0009\"]\n";
    plan(&world("3d", &[CALLS, &fleet, &pool("free = 30"), OFFICE, fault].concat()))
}

/// What is told of the first evening under these decisions of an instance, what was decided, and
/// the first stop of that instance.
fn evening(plan: &Plan, decisions: Decisions, of: u32) -> (String, DecisionList, CallFact) {
    let (mut facts, decisions) = (Facts::default(), decisions.listing());
    let outcome = run_deciding(plan, FIRST, &decisions, &mut facts).expect("no livelock");
    let call = facts.0.iter().find_map(|(_, fact)| {
        let Fact::CallSent(call) = fact else { return None };
        let is_it = (call.instance.0, call.operation) == (of - 1, OperationName::StopInstance);
        is_it.then_some(*call)
    });
    let told = told(plan, &Run { outcome, facts: facts.0 }, |fact| {
        matches!(
            fact,
            Fact::CallHandled(..) | Fact::AnswerDelivered(..) | Fact::StateChanged { .. }
        )
    });
    let who = format!("#{of}");
    let lines = told.lines().filter(|line| line.starts_with("72") && line.contains(&who));
    let lines: Vec<&str> = lines.collect();
    (lines.join("\n"), decisions.made(), call.expect("it is stopped"))
}

/// Luck is not asked for what has a fixed span; it can be fixed by name all the same.
#[test]
fn a_constant_leg_and_a_constant_stop_hold_as_they_are_fixed() {
    let plan = constant();
    let (told, before, call) = evening(&plan, Decisions::of(1, 0), 7);
    assert_eq!(
        told,
        "72000 #7 Stopping(StopCharging)\n\
         72000 nightly StopInstance #7: accepted\n\
         72001 nightly StopInstance #7 answered accepted\n\
         72020 #7 Stopped(StopCharging)",
    );
    let who = Identity::of("instance", "web-0007");
    let caller = Identity::of("controller", "nightly").with(who);
    let decision =
        |who, purpose| Decision { who, purpose, occasion: call.occasion, k: call.number };
    let span = |secs| Decided::Span(SimDuration::from_secs(secs));
    let fixed = DecisionList::from([
        (decision(caller, purpose::REQUEST_LEG), span(10)),
        (decision(caller, purpose::ANSWER_LEG), span(300)),
        (decision(who, purpose::STOP), span(100)),
    ]);
    let (told, mut after, _) = evening(&plan, Decisions::of(1, 0).fixing(fixed.clone()), 7);
    assert_eq!(
        told,
        "72010 #7 Stopping(StopCharging)\n\
         72010 nightly StopInstance #7: accepted\n\
         72110 #7 Stopped(StopCharging)\n\
         72310 nightly StopInstance #7 answered accepted",
    );
    assert!(fixed.iter().all(|(one, is)| after.remove(one) == Some(*is)));
    assert_eq!(after, before, "every other decision is as it was");
    assert!(before.len() > 20, "{} decisions", before.len());
}

/// A fault that strikes every call spares the one of which that is fixed.
#[test]
fn a_certain_fault_spares_the_call_that_it_is_fixed_to_spare() {
    let plan = constant();
    let (told, _, call) = evening(&plan, Decisions::of(1, 0), 9);
    assert_eq!(
        told,
        "72000 nightly StopInstance #9: 500 InternalError\n\
         72001 nightly StopInstance #9 answered 500 InternalError",
    );
    let who = Identity::of("call_fault", "down").with(Identity::of("instance", "web-0009"));
    let k = (OperationName::StopInstance as u32) << 26;
    let struck = Decision { who, purpose: CALL_FAULT, occasion: call.occasion, k };
    let spared = Decisions::of(1, 0).fixing([(struck, Decided::Happens(false))]);
    let (told, after, _) = evening(&plan, spared, 9);
    assert_eq!(
        told,
        "72000 #9 Stopping(StopCharging)\n\
         72000 nightly StopInstance #9: accepted\n\
         72001 nightly StopInstance #9 answered accepted\n\
         72020 #9 Stopped(StopCharging)",
    );
    assert_eq!(after[&struck], Decided::Happens(false));
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

/// Whatever luck decides in a shipped scenario has a name, and the form that its purpose has: so a
/// scenario can state it, and what it states is never of another form than what is asked for.
#[allow(clippy::disallowed_methods)] // the shipped scenarios are read
#[test]
fn every_decision_of_a_shipped_scenario_can_be_written_and_read() {
    let mut seen = std::collections::BTreeSet::new();
    for name in [
        "flaky-mornings",
        "three-tier",
        "spot-interruption",
        "replaced-then-both-up",
        "fresh-token",
        "two-controllers",
        "stop-then-delete",
        "fallback-types",
        "immediate-restart",
    ] {
        let path = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let plan = plan(&text);
        let decisions = plan.decisions(1, 0).listing();
        let (_, made) = decided(&plan, FIRST, &decisions);
        let entities = Entities::of(&plan);
        let mut by_purpose = std::collections::BTreeMap::new();
        made.iter().for_each(|(one, is)| {
            by_purpose.entry(one.purpose).or_insert((*one, *is));
        });
        by_purpose.remove(&purpose::REQUEST_ID);
        for (one, is) in by_purpose.into_values() {
            let written = Written::of(&entities, &one, is);
            let written = written.unwrap_or_else(|| panic!("{name}: {one:?} has no name"));
            let (purpose, answer) = purpose_named(written.what).unwrap();
            assert_eq!((purpose, fits(answer, &is)), (one.purpose, true), "{name}: {written:?}");
            assert_eq!(entities.named(&written.about), Ok(one.who), "{name}: {written:?}");
            assert_eq!(occasion_of(&written.occasion), Some(one.occasion), "{name}: {written:?}");
            seen.insert(written.what);
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn a_decision_about_nobody_is_a_mistake_whatever_its_kind_is_called() {
    for about in ["instance web-9999", "nobody x", "in\\u001fstance web-0001", "", ","] {
        let text = world("1d", &(group("web", 2, "") + &pool("free = 30") + OFFICE))
            + &format!(
                "[[decision]]\nabout = \"{about}\"\nwhat = \"stop\"\n\
                        occasion = \"life 0\"\ntakes = \"1s\"\n"
            );
        let source = Memory::new().with("s.toml", text);
        let errors = load("s.toml", &source, &[]).unwrap_err().to_string();
        assert!(errors.contains("is nobody here"), "{about:?}: {errors}");
    }
}
