//! Spot instances and arrears, by hand: what happens when, and what it costs.
//!
//! Answers take one second, a forced stop 5 s, a start 30 s and 10 s more from economical mode.
//! Times are seconds since Monday midnight. Sources are in docs/MODEL.md, sections 5, 10 and 11.

use proptest::collection::vec;
use proptest::prelude::*;
use stopsim::books::ledger::{Bill, DownReason, Why};
use stopsim::cloud::plan::ArrearsTurn;
use stopsim::ecs::id::{GroupId, InstanceId, MarketId, PoolId, TypeId, ZoneId};
use stopsim::ecs::instance::StoppedMode::{self, KeepCharging, StopCharging};
use stopsim::ecs::meter::BilledState::{Running, StoppedEconomical, Suspended};
use stopsim::ecs::meter::Component;
use stopsim::ecs::spot::{MarketSpec, SpotTerms};
use stopsim::fact::Fact;
use stopsim::report::explain::Story;
use stopsim::report::names::Names;
use stopsim::sim::RunId;
use stopsim::units::{Money, SimDuration};

use crate::fleet::{self, Given, given};
use crate::laws::agrees;
use crate::naive::account;
use crate::sample::cases;
use crate::worlds::{
    CALLS, FIRST, Run, TIES, group, plan, pool, run_plan, tells_these, told, unlimited, web, world,
};

const SECOND: u128 = 1_000_000;

fn matters(fact: &Fact) -> bool {
    match fact {
        Fact::StateChanged { .. }
        | Fact::CallHandled(..)
        | Fact::ConditionChanged { .. }
        | Fact::SpotPriced { .. }
        | Fact::SpotNoticed { .. }
        | Fact::SpotTakenBack { .. }
        | Fact::StandingChanged(_) => true,
        Fact::Demanded { .. }
        | Fact::Intended { .. }
        | Fact::CallSent(_)
        | Fact::AnswerDelivered(..)
        | Fact::CallTimedOut(_)
        | Fact::BecameReady { .. }
        | Fact::AddressChanged { .. }
        | Fact::CreditsCleared { .. }
        | Fact::CreditsGranted { .. }
        | Fact::StockChanged { .. }
        | Fact::CapacityChanged { .. }
        | Fact::BeliefChanged { .. }
        | Fact::FaultTurned { .. }
        | Fact::FaultStruck { .. }
        | Fact::EconomicalDefault(_)
        | Fact::ItemHandled(..)
        | Fact::Replaced { .. }
        | Fact::StandsIn { .. }
        | Fact::TypeChanged { .. }
        | Fact::ServiceTurned { .. }
        | Fact::StartHeld { .. }
        | Fact::StartLetGo { .. }
        | Fact::Slipped { .. } => false,
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) -> (Run, Bill) {
    let (plan, run) = tells_these(text, matters, expected);
    agrees(&plan, &run, false);
    let bill = Bill::of(&plan.region, &run.outcome.ledger);
    (run, bill)
}

/// A group of spot instances, and its market from 0.1 CNY/h on.
fn spot(count: u32, terms: &str, course: &str) -> String {
    group("web", count, &format!("initially = \"running\"\nspot = {{ {terms} }}"))
        .replace("rate = \"3.6 CNY/h\"\n", "")
        + &format!(
            "[[spot_market]]\nname = \"g7-z\"\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
             price = \"0.1 CNY/h\"\n{course}\n"
        )
}

fn ops(requests: &[(&str, &str)]) -> String {
    let rows = requests.iter().map(|(time, action)| {
        format!(
            "{{ at = \"2026-03-02 {time}\", instance = \"web-0001\", action = \"{action}\" }},\n"
        )
    });
    format!(
        "[[controller]]\nname = \"ops\"\nrequests = [\n{}]\n\
         stop = {{ mode = \"StopCharging\" }}\nretry = {{ max_attempts = 1 }}\n",
        rows.collect::<String>()
    )
}

fn seconds(run: &Run, why: DownReason) -> u128 {
    run.outcome.ledger.unavailable().get(&why).copied().unwrap_or(0) / SECOND
}

fn money(nanos: i128) -> Money {
    Money::from_nanos(nanos)
}

/// "After the protection period, price and stock are checked every five minutes"; "5-minute
/// notice (recycling) before release"; "billed per second at the market price, the protection
/// period at the purchase price". Three price steps and a protection hour, by hand:
///
/// Running 0 s to 7805 s: 7380 × 0.1 + 425 × 0.3 = 865.5; 18000 s to 86400 s: 68400 × 0.15 =
/// 10260; together 11125.5 / 3600 = 3.090 416 666…
/// Stopped 7805 s to 18000 s: 6595 × 0.3 + 3600 × 0.15 = 2518.5 / 3600 = 0.699 583 333…
#[test]
fn a_market_above_the_bid_takes_a_spot_instance_back_and_refuses_its_restart() {
    let steps = "steps = [{ at = \"2026-03-02 02:03\", price = \"0.3 CNY/h\" }, \
                 { at = \"2026-03-02 04:00\", price = \"0.15 CNY/h\" }]";
    let terms = "strategy = \"SpotWithPriceLimit\", price_limit = \"0.2 CNY/h\"";
    let text = [
        CALLS.into(),
        spot(1, terms, steps),
        unlimited(),
        ops(&[("03:00", "start"), ("05:00", "start")]),
    ];
    let (run, bill) = check(
        &world("1d", &text.concat()),
        &[
            "7380 market 0.3",
            "7500 #1 told price",
            "7500 #1 Recycling true",
            "7800 #1 Stopping(StopCharging)",
            "7800 #1 taken back price",
            "7800 #1 Recycling false",
            "7805 #1 Stopped(StopCharging)",
            "10800 ops StartInstance #1: 403 OperationDenied.SpotPriceLowerThanPublicPrice",
            "14400 market 0.15",
            "18000 #1 Starting(StopCharging)",
            "18000 ops StartInstance #1: accepted",
            "18040 #1 Running",
        ],
    );
    assert_eq!((bill.actual, bill.arrears), (money(3_090_416_666), Money::ZERO));
    assert_eq!((bill.baseline, bill.involuntary), (money(3_789_999_999), money(699_583_333)));
    assert_eq!(run.outcome.counts.spot.notices, [1, 0]);
    assert_eq!(run.outcome.counts.spot.taken_back, [1, 0]);
    assert_eq!(seconds(&run, DownReason::Spot), 18_000 - 7_800);
    let ledger = &run.outcome.ledger;
    assert_eq!(ledger.time(0, StoppedEconomical, Why::Down(DownReason::Spot)), 10_195 * SECOND);
}

/// What `explain` tells of one instance is what the bill says of a fleet of one.
#[test]
fn the_story_of_an_instance_adds_up_to_its_bill() {
    let steps = "steps = [{ at = \"2026-03-02 02:03\", price = \"0.3 CNY/h\" }]";
    let account = "[account]\narrears = [{ at = \"2026-03-02 06:00\", \
                   paid = \"2026-03-02 18:00\" }]\n";
    let text = [account.into(), spot(1, "strategy = \"SpotAsPriceGo\"", steps)];
    let plan = plan(&world("1d", &text.concat()));
    let mut story = Story::new(Names::new(&plan, 1, 0), InstanceId(0));
    let outcome = stopsim::sim::run(&plan, FIRST, &mut story).unwrap();
    let bill = Bill::of(&plan.region, &outcome.ledger);
    let mut told = Vec::new();
    story.write(&mut told, plan.horizon).unwrap();
    let told = String::from_utf8(told).unwrap();
    let (baseline, actual, arrears) = (bill.baseline, bill.actual, bill.arrears);
    let last = format!(
        "  baseline {baseline} - actual {actual} - not billed in arrears {arrears} = {} saved",
        bill.saving(),
    );
    assert_eq!(told.lines().last(), Some(last.as_str()), "{told}");
    assert!(arrears > Money::ZERO && told.contains("0.3 CNY/h from now on"), "{told}");
}

/// Eligibility, line by line: economical-mode page (2025-05-27), ECS FAQ (2021).
#[test]
fn economical_mode_is_for_whom_the_page_says() {
    let spot = "spot = { strategy = \"SpotAsPriceGo\" }";
    for (kind, more, eligible) in [
        ("ecs.g7.large", "", true),                           // pay-as-you-go, VPC
        ("ecs.g7.large", spot, true),                         // "spot included"
        ("ecs.g7.large", "charge = \"subscription\"", false), // subscription not eligible
        ("ecs.g7.large", "network = \"classic\"", false),     // classic network not eligible
        ("ecs.d2s.5xlarge", "", false),                       // big data, local disks
        ("ecs.i3.xlarge", "", false),                         // local SSD
        ("ecs.gn5-c4g1.xlarge", "", false),                   // gn5, named
        ("ecs.re6p.large", "", false),                        // persistent memory
        ("ecs.re6p-redis.large", "", false),
        ("ecs.ebmre6p.large", "", false),
        ("ecs.gn4.large", "", true), // GPU without local disks, named by the old FAQ
        ("ecs.gn5i.large", "", true),
        ("ecs.gn6v.large", "", true),
    ] {
        let rate = if more == spot { "" } else { "rate = \"3.6 CNY/h\"\n" };
        let market = "[[spot_market]]\nname = \"m\"\nzone = \"z\"\ntype = \"ecs.g7.large\"\n\
                      price = \"0.1 CNY/h\"\n";
        let text = group("web", 1, more)
            .replace("rate = \"3.6 CNY/h\"\n", rate)
            .replace("ecs.g7.large", kind)
            + if more == spot { market } else { "" };
        let plan = plan(&world("1d", &text));
        let found = plan.region.ineligible(plan.region.own_kind(GroupId(0)));
        assert_eq!(found.is_none(), eligible, "{kind} {more}: {found:?}");
    }
}

/// In the protection hour the price of purchase holds, whatever the market does: 0.1 for an
/// hour, then 0.4 for one: 0.5. Nobody is told before the hour is over.
#[test]
fn the_protection_hour_costs_what_it_cost_at_the_purchase() {
    let steps = "steps = [{ at = \"2026-03-02 00:20\", price = \"0.4 CNY/h\" }]";
    let text = [CALLS.into(), spot(1, "strategy = \"SpotAsPriceGo\"", steps)];
    let (run, bill) = check(&world("2h", &text.concat()), &["1200 market 0.4"]);
    assert_eq!(bill.actual, money(500_000_000));
    assert_eq!(run.outcome.counts.spot.notices, [0, 0]);
}

/// What is missing in a pool is taken from spot instances only, and no more of it than is
/// missing: one of two, five minutes after the look that saw it.
#[test]
fn stock_that_is_missing_takes_back_spot_instances_and_nobody_else() {
    let text = [
        CALLS.into(),
        spot(2, "strategy = \"SpotAsPriceGo\", protection = \"0\"", ""),
        group("paid", 2, "initially = \"running\""),
        pool("free = 0\nsteps = [{ at = \"2026-03-02 01:31\", total = -1 }]"),
    ];
    let plan = plan(&world("1d", &text.concat()));
    let run = run_plan(&plan, FIRST);
    agrees(&plan, &run, false);
    let told = told(&plan, &run, matters);
    let victim = told.split(' ').nth(1).unwrap();
    let expected = format!(
        "5700 {victim} told stock\n5700 {victim} Recycling true\n\
         6000 {victim} Stopping(StopCharging)\n6000 {victim} taken back stock\n\
         6000 {victim} Recycling false\n6005 {victim} Stopped(StopCharging)\n"
    );
    assert_eq!(told, expected);
    assert!(["#1", "#2"].contains(&victim), "{victim} is a spot instance");
    assert_eq!(run.outcome.counts.spot.taken_back, [0, 1]);
}

/// A spot instance in a market of 0.2, stopped at time 0.
fn bought(limit: Option<&str>, hours: u64, mode: StoppedMode) -> fleet::Story {
    let rate = |text: &str| text.parse().unwrap();
    let mut bought: Given = given().stopped(mode).with(|group| {
        let protection = SimDuration::from_hours(hours);
        group.spot = Some(SpotTerms { market: MarketId(0), limit: limit.map(rate), protection });
    });
    bought.0.markets.push(MarketSpec {
        name: "g7".into(),
        zone: ZoneId(0),
        instance_type: TypeId(0),
        price: rate("0.2"),
    });
    fleet::Story::new(bought)
}

/// The restart table of "Stop a preemptible instance" (2021-07-19), row by row.
#[test]
fn a_spot_instance_starts_again_as_the_restart_table_says() {
    const PRICE: &str = "403 OperationDenied.SpotPriceLowerThanPublicPrice";
    const STOCK: &str = "403 OperationDenied.NoStock";
    let (kept, free) = ("Starting(KeepCharging)", "Starting(StopCharging)");
    for (limit, hours, mode, sold_out, expected) in [
        // In the protection period a standard stop always starts again, an economical one with
        // stock, whatever the market says.
        (Some("0.1"), 1, KeepCharging, true, kept),
        (Some("0.1"), 1, StopCharging, false, free),
        (Some("0.1"), 1, StopCharging, true, STOCK),
        // After it SpotWithPriceLimit needs a bid not below the market, and stock, in either
        // mode.
        (Some("0.1"), 0, KeepCharging, false, PRICE),
        (Some("0.1"), 0, StopCharging, false, PRICE),
        (Some("0.2"), 0, KeepCharging, false, kept),
        (Some("0.2"), 0, KeepCharging, true, STOCK),
        (Some("0.2"), 0, StopCharging, false, free),
        (Some("0.2"), 0, StopCharging, true, STOCK),
        // SpotAsPriceGo needs stock, in either mode.
        (None, 0, KeepCharging, false, kept),
        (None, 0, KeepCharging, true, STOCK),
        (None, 0, StopCharging, false, free),
        (None, 0, StopCharging, true, STOCK),
    ] {
        let mut story = bought(limit, hours, mode);
        story.region.inventory_mut().set_sold_out(PoolId(0), sold_out);
        let heard = story.tell("start");
        assert_eq!(heard, expected, "{limit:?} {hours} h {mode} sold out: {sold_out}");
    }
}

/// A notice is seen as a lock, and a standard stop keeps no compute from being taken back.
#[test]
fn what_a_standard_stop_kept_is_taken_back_too() {
    let mut story = bought(None, 0, KeepCharging);
    assert_eq!(
        story.tell("set recycling | describe?"),
        "Stopped KeepCharging, private of i-0, locked: recycling"
    );
    let now = stopsim::units::SimTime::ZERO + SimDuration::from_mins(3);
    assert!(story.region.reclaim(now, InstanceId(0)));
    assert!(!story.region.reclaim(now, InstanceId(0)), "it has nothing left");
    assert_eq!(story.region.state(InstanceId(0)).to_string(), "Stopped(StopCharging)");
}

/// "Restart immediately after entering economical mode can fail with an OperationConflict error"
/// (billing FAQ): for the minute that it settles, and no longer.
#[test]
fn a_start_right_after_an_economical_stop_meets_a_conflict() {
    let text = [
        CALLS.into(),
        group("web", 1, "initially = \"running\"\nsettling = \"60s\""),
        unlimited(),
        ops(&[("00:01", "stop"), ("00:02", "start"), ("00:03", "start")]),
    ];
    let (run, _) = check(
        &world("1d", &text.concat()),
        &[
            "60 #1 Stopping(StopCharging)",
            "60 ops StopInstance #1: accepted",
            "80 #1 Stopped(StopCharging)",
            "80 #1 Settling true",
            "120 ops StartInstance #1: 409 OperationConflict",
            "140 #1 Settling false",
            "180 #1 Starting(StopCharging)",
            "180 ops StartInstance #1: accepted",
            "220 #1 Running",
        ],
    );
    assert_eq!(seconds(&run, DownReason::Refused), 59, "from the answer to the next start");
}

/// "Balance < pending bill: service stopped, billing suspended"; after the payment the system
/// starts the instance again (overdue payments, zh). At 0.001 CNY a second: 21 600 s running,
/// 43 200 s in arrears, 21 600 s running again.
#[test]
fn arrears_stop_and_suspend_and_a_payment_starts_again() {
    let text = [
        "[account]\neconomical_default = true\n\
         arrears = [{ at = \"2026-03-02 06:00\", paid = \"2026-03-02 18:00\" }]\n"
            .into(),
        web(1, "running"),
        ops(&[("12:00", "start")]),
    ];
    let (run, bill) = check(
        &world("1d", &text.concat()),
        &[
            "21600 account suspended",
            "21600 #1 Stopping(StopCharging)",
            "21605 #1 Stopped(StopCharging)",
            "43200 ops StartInstance #1: 403 InstanceExpired",
            "64800 account good",
            "64800 #1 Starting(StopCharging)",
            "64840 #1 Running",
        ],
    );
    assert_eq!(bill.baseline, money(86_400_000_000));
    assert_eq!(bill.actual, money(43_200_000_000));
    assert_eq!((bill.arrears, bill.saving()), (money(43_200_000_000), Money::ZERO));
    assert_eq!((bill.intended, bill.involuntary), (Money::ZERO, Money::ZERO));
    assert_eq!(seconds(&run, DownReason::Arrears), 43_200);
    assert_eq!(run.outcome.counts.arrears.restarted, 1);
    let line = bill.lines.iter().find(|line| line.state == Suspended).unwrap();
    assert_eq!((line.component, line.actual), (Component::Compute, Money::ZERO));
    assert_eq!(run.outcome.ledger.time_in_state(0, Running), 43_200 * SECOND);
}

/// An instance that is starting when the account is suspended is no exception: it is stopped once
/// it is up, and started again after the payment.
#[test]
fn what_comes_up_in_arrears_is_brought_down_again() {
    let text = [
        "[account]\neconomical_default = true\n\
         arrears = [{ at = \"2026-03-02 06:00\", paid = \"2026-03-02 18:00\" }]\n"
            .into(),
        web(1, "stopped-economical"),
        ops(&[("05:59:40", "start")]),
    ];
    let (run, _) = check(
        &world("1d", &text.concat()),
        &[
            "21580 #1 Starting(StopCharging)",
            "21580 ops StartInstance #1: accepted",
            "21600 account suspended",
            "21620 #1 Running",
            "21620 #1 Stopping(StopCharging)",
            "21625 #1 Stopped(StopCharging)",
            "64800 account good",
            "64800 #1 Starting(StopCharging)",
            "64840 #1 Running",
        ],
    );
    assert_eq!((run.outcome.counts.arrears.stopped, run.outcome.counts.arrears.restarted), (1, 1));
}

/// Without economical mode enabled the stop is a standard one, and the compute it kept is taken
/// 48 hours later.
#[test]
fn arrears_take_the_compute_of_a_standard_stop_after_two_days() {
    let text = [
        "[account]\narrears = [{ at = \"2026-03-02 06:00\" }]\n".into(),
        group("web", 1, "initially = \"running\""),
        pool("free = 0"),
    ];
    check(
        &world("4d", &text.concat()),
        &[
            "21600 account suspended",
            "21600 #1 Stopping(KeepCharging)",
            "21605 #1 Stopped(KeepCharging)",
            "194400 #1 Stopped(StopCharging)",
        ],
    );
}

/// The timelines of both sites, in hours since the account owes.
#[test]
fn arrears_go_by_the_timeline_of_the_site() {
    use ArrearsTurn::{ComputeReleased, Overdue, Paid, Released, Suspended};
    for (site, entry, expected) in [
        ("china", "", vec![(0, Suspended), (48, ComputeReleased), (360, Released)]),
        (
            "china",
            ", deferred_stop = \"24h\"",
            vec![(0, Overdue), (24, Suspended), (72, ComputeReleased), (384, Released)],
        ),
        ("international", "", vec![(0, Overdue), (360, Suspended), (720, Released)]),
        (
            "international",
            ", paid = \"2026-03-20 00:00\"",
            vec![(0, Overdue), (360, Suspended), (432, Paid { restarts: false })],
        ),
        (
            "china",
            ", paid = \"2026-03-20 00:00\"",
            vec![(0, Suspended), (48, ComputeReleased), (360, Released)],
        ),
    ] {
        let account =
            format!("[account]\nsite = \"{site}\"\narrears = [{{ at = \"2026-03-02\"{entry} }}]\n");
        let plan = plan(&world("60d", &(account + &group("web", 1, ""))));
        let hours = |at: stopsim::units::SimTime| at.as_micros() / 3_600_000_000;
        let found: Vec<_> = plan.arrears.iter().map(|step| (hours(step.at), step.turn)).collect();
        assert_eq!(found, expected, "{site} {entry}");
    }
}

/// While an account owes, services go on and nothing can be started; once instances are released
/// they are found no longer.
#[test]
fn each_standing_refuses_what_it_should() {
    use stopsim::ecs::account::Standing;
    for (standing, start, stop) in [
        (Standing::Good, "Starting(StopCharging)", "Stopping(StopCharging)"),
        (Standing::Overdue, "403 InsufficientBalance", "Stopping(StopCharging)"),
        (Standing::Suspended, "403 InstanceExpired", "403 InstanceExpiredOrInArrears"),
        (Standing::Released, "404 InvalidInstanceId.NotFound", "404 InvalidInstanceId.NotFound"),
    ] {
        for (group, step, expected) in
            [(given().stopped(StopCharging), "start", start), (given(), "stop StopCharging", stop)]
        {
            let mut story = fleet::Story::new(group);
            story.region.set_standing(stopsim::units::SimTime::ZERO, standing);
            assert_eq!(story.tell(step), expected, "{standing:?}");
        }
        // A subscription is paid for already.
        let mut prepaid = fleet::Story::new(given().subscription().stopped(KeepCharging));
        prepaid.region.set_standing(stopsim::units::SimTime::ZERO, standing);
        assert_eq!(prepaid.tell("start"), "Starting(KeepCharging)");
    }
}

/// A world of spot and other instances that share a pool, with everything happening at once.
fn dice(words: &[u16]) -> String {
    let word = |place: usize| u64::from(words.get(place).copied().unwrap_or(0));
    let pick = |place: usize, n: u64| word(place) % n;
    let limit = match pick(0, 3) {
        0 => "strategy = \"SpotAsPriceGo\"".to_owned(),
        n => format!("strategy = \"SpotWithPriceLimit\", price_limit = \"0.{n} CNY/h\""),
    };
    let protection = ["1h", "0"][pick(1, 2) as usize];
    let spot = spot(
        1 + pick(2, 4) as u32,
        &format!("{limit}, protection = \"{protection}\""),
        &format!(
            "walk = {{ every = \"{}m\", least = \"0.05 CNY/h\", most = \"0.4 CNY/h\", \
             swing = \"0.1{} CNY/h\" }}",
            7 + pick(3, 90),
            pick(4, 9),
        ),
    );
    let settling = ["", "settling = \"7m\""][pick(5, 2) as usize];
    let hour = |place: usize| 1 + pick(place, 22);
    let (owed, days) = (hour(6), 1 + pick(7, 2));
    let paid = match pick(8, 3) {
        0 => String::new(),
        n => format!(", paid = \"2026-03-0{} {:02}:30\"", 1 + days + n, hour(9)),
    };
    let arrears = match pick(10, 3) {
        0 => String::new(),
        _ => format!("arrears = [{{ at = \"2026-03-0{} {owed:02}:00\"{paid} }}]\n", 1 + days),
    };
    let account = format!("[account]\neconomical_default = {}\n{arrears}", pick(11, 2) == 0);
    let waits = ["lost", "waits"][pick(12, 2) as usize];
    let stock = pool(&format!(
        "free = {}\nsteps = [{{ at = \"2026-03-02 {:02}:00\", total = -{} }}, \
         {{ at = \"2026-03-03 {:02}:10\", total = {} }}]\n\
         others = {{ per_hour = {}, hold = \"3h\", when_short = \"{waits}\" }}",
        pick(13, 4),
        hour(14),
        1 + pick(15, 4),
        hour(16),
        1 + pick(17, 3),
        pick(18, 4),
    ));
    let mode = ["StopCharging", "KeepCharging"][pick(19, 2) as usize];
    let acting = format!(
        "[[demand]]\nname = \"office\"\ngroups = [\"web\", \"paid\"]\n\
         windows = [{{ days = \"daily\", from = \"{:02}:00\", to = \"{:02}:30\" }}]\n\
         [[controller]]\nname = \"nightly\"\nfollows = \"office\"\nstop = {{ mode = \"{mode}\" }}\n\
         no_stock = {{ retry_every = \"11m\" }}\n\
         [[controller]]\nname = \"keeper\"\ngroups = [\"web\"]\n\
         watch = {{ every = \"17m\", want = \"running\" }}\n",
        pick(20, 10),
        12 + pick(21, 10),
    );
    let paid = group("paid", 1 + pick(22, 3) as u32, settling);
    let warm_up = ["", "warm_up = \"5h\"\n"][pick(23, 2) as usize];
    world("5d", &[account, CALLS.into(), spot, paid, stock, acting].concat())
        .replace("length = ", &format!("{warm_up}length = "))
}

proptest! {
    #![proptest_config(cases(60))]

    /// Stock is conserved and both accounts of time and money agree, whatever is taken back,
    /// owed and paid, under every tie policy.
    #[test]
    fn evictions_and_arrears_lose_no_unit_no_second_and_no_cent(words in vec(any::<u16>(), 0..30)) {
        let plan = plan(&dice(&words));
        for ties in TIES {
            let run = run_plan(&plan, RunId { ties, ..FIRST });
            agrees(&plan, &run, false);
        }
    }
}

/// The second account of spot money is no rubber stamp: a nano-unit of rate is seen.
#[test]
#[should_panic(expected = "each line, rounded down once")]
fn a_price_that_is_a_little_off_is_seen_by_the_naive_account() {
    let text = [CALLS.into(), spot(1, "strategy = \"SpotAsPriceGo\"", "")];
    let plan = plan(&world("1d", &text.concat()));
    let mut run = run_plan(&plan, FIRST);
    let much = stopsim::units::Usage::of("0.000001".parse().unwrap(), 3_600_000_000);
    run.outcome.ledger.book_spot(0, Running, Why::Up, much);
    assert!(!account(&plan, &run).spot.is_empty());
    agrees(&plan, &run, false);
}
