//! Ties change only what ties may change, and a run is one sequence, however it is cut.

use stopsim::books::ledger::Bill;
use stopsim::ecs::instance::State;
use stopsim::engine::TiePolicy;
use stopsim::fact::Fact;
use stopsim::sim::RunId;
use stopsim::units::{Money, SimTime};

use crate::worlds::{CALLS, FIRST, TIES, group, plan, pool, run_plan, run_text, told, world};

/// Two groups under demands that turn at different times, with random legs, delays, stock that
/// others compete for, and faults: no two sources act at one instant.
fn apart() -> String {
    let groups = ["left", "right"].map(|name| {
        format!(
            "[[group]]\nname = \"{name}\"\ncount = 8\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
             ready = {{ exponential = \"2m\" }}\nhang = {{ probability = \"1/9\" }}\n"
        )
    });
    let follow = |demand: &str, group: &str, from: &str, to: &str| {
        format!(
            "[[demand]]\nname = \"{demand}\"\ngroups = [\"{group}\"]\n\
             windows = [{{ days = \"daily\", from = \"{from}\", to = \"{to}\" }}]\n\
             [[controller]]\nname = \"of-{demand}\"\nfollows = \"{demand}\"\n\
             stop = {{ mode = \"StopCharging\" }}\njitter = {{ uniform = [\"1s\", \"20m\"] }}\n\
             timeout = \"9s\"\nwait = {{ poll = \"10s\", give_up = \"20m\" }}\n\
             retry = {{ jitter = \"full\" }}\nno_stock = {{ retry_every = \"3m\" }}\n"
        )
    };
    let rest = [
        "[calls]\nrequest = { uniform = [\"1ms\", \"2s\"] }\n".into(),
        groups.concat(),
        pool(
            "free = 0\nothers = { per_hour = 6, hold = { exponential = \"1h\" }, \
             when_short = \"waits\" }",
        ),
        follow("early", "left", "08:00", "19:00"),
        follow("late", "right", "09:30", "20:30"),
        "[[call_fault]]\nname = \"flaky\"\nrefuse = \"500 InternalError\"\n\
         probability = \"1/4\"\nper = \"call\"\n"
            .into(),
    ];
    world("5d", &rest.concat())
}

#[test]
fn where_nothing_coincides_no_tie_policy_matters() {
    let plan = plan(&apart());
    let fifo = run_plan(&plan, FIRST);
    assert!(fifo.facts.len() > 2_000, "there is something to confuse: {}", fifo.facts.len());
    for ties in [TiePolicy::Seeded(1), TiePolicy::Seeded(2), TiePolicy::Reversed] {
        let other = run_plan(&plan, RunId { ties, ..FIRST });
        assert_eq!(other.outcome.digest, fifo.outcome.digest, "{ties:?}");
        assert_eq!(format!("{:?}", other.outcome), format!("{:?}", fifo.outcome), "{ties:?}");
    }
}

#[test]
fn another_seed_is_another_run() {
    let plan = plan(&apart());
    let digest =
        |seed, replication| run_plan(&plan, RunId { seed, replication, ..FIRST }).outcome.digest;
    let all = [digest(1, 0), digest(2, 0), digest(1, 1), digest(2, 1)];
    let different: std::collections::BTreeSet<u64> = all.into_iter().collect();
    assert_eq!(different.len(), all.len(), "{all:x?}");
}

/// Two controllers, each with one sleeping instance, due at one moment; one unit of stock.
fn rivals() -> String {
    let starter = |name: &str, group: &str| {
        format!(
            "[[controller]]\nname = \"{name}\"\ngroups = [\"{group}\"]\nacts = \"starts\"\n\
             schedule = {{ windows = [{{ days = \"mon\", from = \"08:00\", to = \"09:00\" }}] }}\n"
        )
    };
    let rest = [
        CALLS.into(),
        group("a", 1, "initially = \"stopped-economical\""),
        group("b", 1, "initially = \"stopped-economical\""),
        pool("free = 1"),
        starter("first", "a"),
        starter("second", "b"),
    ];
    world("1d", &rest.concat())
}

#[test]
fn of_two_that_are_due_at_one_moment_the_tie_policy_says_who_comes_first() {
    let plan = plan(&rivals());
    let handled = |ties| {
        let run = run_plan(&plan, RunId { ties, ..FIRST });
        let pool = &run.outcome.counts.pools[0];
        assert_eq!((pool.claims_granted, pool.claims_refused), (1, 1), "{ties:?}: one unit");
        told(&plan, &run, |fact| matches!(fact, Fact::CallHandled(..)))
    };
    let first = "28800 first StartInstance #1: accepted\n\
                 28800 second StartInstance #2: 403 OperationDenied.NoStock\n";
    let second = "28800 second StartInstance #2: accepted\n\
                  28800 first StartInstance #1: 403 OperationDenied.NoStock\n";
    assert_eq!(handled(TiePolicy::Fifo), first);
    assert_eq!(handled(TiePolicy::Reversed), second);
    let seeded: Vec<String> = (0..8).map(|seed| handled(TiePolicy::Seeded(seed))).collect();
    assert!(seeded.contains(&first.to_owned()) && seeded.contains(&second.to_owned()));
    assert!(seeded.iter().all(|told| told == first || told == second), "no third order");
}

/// Among what the environment does at one instant, demands stand behind pools in the order that
/// `reversed` turns round.
#[test]
fn of_a_demand_and_a_pool_at_one_moment_the_tie_policy_says_which_is_first() {
    let rest = [
        CALLS.into(),
        group("web", 1, "initially = \"stopped-economical\""),
        pool("free = 1\nsteps = [{ at = \"2026-03-02 08:00\", total = 1 }]"),
        "[[demand]]\nname = \"office\"\ngroups = [\"web\"]\n\
         windows = [{ days = \"mon\", from = \"08:00\", to = \"20:00\" }]\n"
            .into(),
    ];
    let plan = plan(&world("1d", &rest.concat()));
    let first = |ties| {
        let run = run_plan(&plan, RunId { ties, ..FIRST });
        let is_either =
            |fact: &Fact| matches!(fact, Fact::Demanded { .. } | Fact::StockChanged { .. });
        let of = |(at, fact): &(SimTime, Fact)| at.as_micros() > 0 && is_either(fact);
        run.facts.into_iter().find(of).expect("both happen at eight").1
    };
    assert!(matches!(first(TiePolicy::Reversed), Fact::Demanded { wanted: true, .. }));
    let seeded = (0..8).map(|seed| first(TiePolicy::Seeded(seed)));
    assert!(seeded.into_iter().any(|fact| matches!(fact, Fact::StockChanged { .. })));
}

#[test]
fn one_controllers_calls_go_out_in_list_order_under_every_policy() {
    let rest = [
        CALLS.into(),
        group("web", 20, "initially = \"stopped-economical\""),
        pool("free = 5"),
        "[[controller]]\nname = \"morning\"\ngroups = [\"web\"]\nacts = \"starts\"\n\
         schedule = { windows = [{ days = \"mon\", from = \"08:00\", to = \"09:00\" }] }\n"
            .into(),
    ];
    let plan = plan(&world("1d", &rest.concat()));
    let expected: String =
        (1..=20).map(|n| format!("28800 morning StartInstance #{n} sent\n")).collect();
    let served: String = (1..=5).map(|n| format!("28800 #{n} Starting(StopCharging)\n")).collect();
    for ties in TIES {
        let run = run_plan(&plan, RunId { ties, ..FIRST });
        assert_eq!(told(&plan, &run, |fact| matches!(fact, Fact::CallSent(_))), expected);
        let starting = told(&plan, &run, |fact| {
            matches!(fact, Fact::StateChanged { to: State::Starting { .. }, .. })
        });
        assert_eq!(starting, served, "the first five of the list, {ties:?}");
    }
}

#[test]
fn two_runs_in_one_process_are_the_same_run() {
    let (first, second) = (run_text(&apart()), run_text(&apart()));
    assert_eq!(first.facts, second.facts);
    assert_eq!(format!("{:?}", first.outcome), format!("{:?}", second.outcome));
}

#[test]
fn a_run_that_is_cut_short_is_the_beginning_of_the_whole_run() {
    let plan = plan(&apart());
    let whole = run_plan(&plan, FIRST);
    let all = whole.outcome.counts.events.handled;
    for events in [0, 1, all / 3, all / 2, all - 1] {
        let cut = run_plan(&plan, RunId { until_event: Some(events), ..FIRST });
        assert_eq!(cut.outcome.counts.events.handled, events);
        let checkpoints = &cut.outcome.checkpoints;
        assert!(whole.outcome.checkpoints.starts_with(checkpoints), "after {events} events");
        assert!(whole.facts.starts_with(&cut.facts), "after {events} events");
        assert!(events < all / 3 || !checkpoints.is_empty());
    }
    let cut = run_plan(&plan, RunId { until_event: Some(all), ..FIRST });
    assert_eq!(cut.outcome.digest, whole.outcome.digest);
    assert_eq!(cut.outcome.checkpoints, whole.outcome.checkpoints);
}

/// Hours and days that are billed whole among them: what was before the window is of no account.
#[test]
fn a_run_that_is_cut_short_within_the_warm_up_measures_nothing() {
    let eip = "[knobs]\neip_configuration = \"billed\"\nminimum_duration_scope = \"any_cycle\"\n";
    let text = apart().replace("[region]", "warm_up = \"1d\"\n[region]") + eip;
    let plan = plan(&text);
    for events in [0, 1, 50, 200] {
        let cut = run_plan(&plan, RunId { until_event: Some(events), ..FIRST });
        assert!(cut.outcome.end < plan.warm_up, "{events} events are within the warm-up");
        assert_eq!(cut.outcome.counts.events.handled, events);
        let bill = Bill::of(&plan.region, &cut.outcome.ledger);
        let amounts = [bill.baseline, bill.actual, bill.intended, bill.involuntary];
        assert_eq!(amounts, [Money::ZERO; 4], "after {events} events");
        assert!(cut.outcome.counts.latencies.iter().all(|latency| latency.due() == 0));
        assert!(cut.outcome.waves.is_empty());
    }
}
