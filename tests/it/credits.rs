//! CPU credits of burstable instances, by hand.
//!
//! Two instances of one vCPU, wanted from eight to eight: a day begins stopped, the stop of the
//! evening is the first to clear what was there.

use stopsim::books::outcome::CreditTally;

use crate::worlds::{CALLS, FIRST, plan, run_plan, world};

fn tally(length: &str, group: &str, stop: &str) -> (CreditTally, Vec<String>) {
    let text = format!(
        "{CALLS}[[group]]\nname = \"web\"\ncount = 2\nzone = \"z\"\ntype = \"ecs.t5-lc1m1.small\"\n\
         stop = \"20s\"\nstart = \"30s\"\nallocation = \"10s\"\nwave_factor = \"1\"\n{group}\n\
         [[pool]]\nname = \"t5\"\nzone = \"z\"\nfamily = \"ecs.t5\"\nfree = 9\n\
         [[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{{ days = \"mon..sun\", from = \"08:00\", to = \"20:00\" }}]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\nstop = {{ mode = \"{stop}\" }}\n"
    );
    let plan = plan(&world(length, &text));
    let run = run_plan(&plan, FIRST);
    let words = run.facts.iter().map(|(at, fact)| {
        let who = |id| plan.region.instance_name(id);
        let said = crate::worlds::words(fact, &who, &|_| "nightly".into());
        format!("{} {said}", crate::worlds::seconds(*at))
    });
    let told = words.filter(|line| line.contains("credits") && line.contains("web-0001"));
    (run.outcome.counts.credits, told.collect())
}

/// "The balance is cleared, and initial credits are granted again at the restart": 30 a vCPU.
#[test]
fn an_economical_stop_clears_credits_and_a_start_grants_them_anew() {
    let (tally, told) = tally("2d", "", "StopCharging");
    let expected = CreditTally {
        credits_cleared: 4,
        credits_granted_anew: 4,
        initial_credits: 120,
        fell_back_to_standard: 0,
    };
    assert_eq!(tally, expected);
    assert_eq!(
        told,
        [
            "28840 web-0001 has 30 credits, falls back false",
            "72020 web-0001 has no credits",
            "115240 web-0001 has 30 credits, falls back false",
            "158420 web-0001 has no credits",
        ]
    );
}

/// Unlimited mode falls back to standard mode, once.
#[test]
fn the_unlimited_mode_is_lost_at_the_first_restart() {
    let (tally, told) = tally("2d", "credit_specification = \"Unlimited\"", "StopCharging");
    assert_eq!((tally.credits_granted_anew, tally.fell_back_to_standard), (4, 2));
    assert_eq!(told[0], "28840 web-0001 has 30 credits, falls back true");
    assert_eq!(told[2], "115240 web-0001 has 30 credits, falls back false");
}

/// "Credits are kept and go on accruing" in standard mode.
#[test]
fn a_standard_stop_clears_nothing() {
    let (tally, told) = tally("2d", "initially = \"stopped-standard\"", "KeepCharging");
    assert_eq!(tally, CreditTally::default());
    assert!(told.is_empty(), "{told:?}");
}

/// Other families have none to lose.
#[test]
fn only_burstable_types_live_on_credits() {
    let (tally, _) = tally("1d", "", "StopCharging");
    assert_eq!(tally.credits_cleared, 2);
    let not = "[[type]]\nname = \"ecs.t5-lc1m1.small\"\nvcpus = 1\nburstable = false\n";
    let (tally, _) =
        self::tally("1d", &format!("initially = \"stopped-economical\"\n{not}"), "StopCharging");
    assert_eq!(tally, CreditTally::default());
}
