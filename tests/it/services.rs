//! Services: what is ready when, who waits for whom, and a second account of both.
//!
//! Stories are worked out by hand: answers take one second, a stop 20 s, a start 30 s and 10 s
//! more from economical mode; wanted from eight (28 800 s) to eight (72 000 s). The second
//! account is made from facts alone and held against random worlds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use stopsim::books::ledger::DownReason;
use stopsim::books::outcome::ServiceOutcome;
use stopsim::ecs::id::InstanceId;
use stopsim::ecs::instance::State;
use stopsim::ecs::operation::OperationName;
use stopsim::fact::Fact;
use stopsim::report::by_replication::RunTable;
use stopsim::report::restart::Restart;
use stopsim::report::services::ServiceTotals;
use stopsim::scenario::{Memory, load};
use stopsim::sim::RunId;
use stopsim::sim::plan::{Need, Plan};
use stopsim::units::{SimDuration, SimTime};

use crate::sample::cases;
use crate::worlds::{CALLS, FIRST, Run, TIES, group, plan, pool, run_plan, tells_these, world};

const EIGHT: u64 = 28_800;

/// A database and five application servers, wanted from eight to eight.
fn shop(stock: &str, service: &str, more: &str) -> String {
    [
        CALLS,
        &group("db", 1, ""),
        &group("app", 5, ""),
        &pool(stock),
        "[[demand]]\nname = \"office\"\ngroups = [\"db\", \"app\"]\n\
         windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\" }]\n",
        &format!("[[service]]\nname = \"shop\"\n{service}\n"),
        more,
    ]
    .concat()
}

fn follower(more: &str) -> String {
    format!(
        "[[controller]]\nname = \"nightly\"\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\n{more}\n"
    )
}

const ORDERED: &str = "needs = { db = \"1/1\", app = \"1/1\" }\nstart_after = [\"db\"]";

#[track_caller]
fn ran(text: &str) -> (Plan, Run) {
    let plan = plan(&world("1d", text));
    let run = run_plan(&plan, FIRST);
    (plan, run)
}

fn tells(fact: &Fact) -> bool {
    matches!(fact, Fact::ServiceTurned { .. } | Fact::StartHeld { .. } | Fact::StartLetGo { .. })
}

#[track_caller]
fn check(text: &str, expected: &[&str]) -> Run {
    tells_these(&world("1d", text), tells, expected).1
}

fn took(run: &Run) -> Vec<Option<u64>> {
    let starts = &run.outcome.services[0].starts;
    starts.iter().map(|one| one.ready.map(|span| span.as_micros() / 1_000_000)).collect()
}

fn down(run: &Run, reason: DownReason) -> u128 {
    run.outcome.ledger.unavailable()[&reason] / 1_000_000
}

fn starts(run: &Run, from: InstanceId) -> Vec<u64> {
    let start = |(at, fact): &(SimTime, Fact)| {
        let Fact::CallSent(call) = fact else { return None };
        let starts = call.operation == OperationName::StartInstance && call.instance == from;
        starts.then(|| at.as_micros() / 1_000_000)
    };
    run.facts.iter().filter_map(start).collect()
}

#[test]
fn the_database_is_ready_first_and_then_the_application_is_started() {
    let run = check(
        &shop("free = 20", ORDERED, &follower("")),
        &[
            "28800 nightly holds #2 back",
            "28800 nightly holds #3 back",
            "28800 nightly holds #4 back",
            "28800 nightly holds #5 back",
            "28800 nightly holds #6 back",
            "28840 nightly lets #2 go",
            "28840 nightly lets #3 go",
            "28840 nightly lets #4 go",
            "28840 nightly lets #5 go",
            "28840 nightly lets #6 go",
            "28880 service 0 ready true by #6",
            // At eight in the evening the database is the first to be stopped.
            "72000 service 0 ready false by #1",
        ],
    );
    assert_eq!(took(&run), [Some(80)]);
    assert_eq!(run.outcome.services[0].broken, 0, "it was not wanted any longer");
    assert_eq!(run.outcome.services[0].unavailable_us, 80_000_000);
    // Five wait for 40 s; six boot for 40 s.
    assert_eq!(down(&run, DownReason::Dependency), 5 * 40);
    assert_eq!(down(&run, DownReason::Boot), 6 * 40);
    assert_eq!(down(&run, DownReason::Late), 0);
}

#[test]
fn a_quorum_is_enough_and_all_of_them_is_more() {
    // Stock for the database and three of the five.
    for (needs, ready) in [("\"3/5\"", Some(40)), ("3", Some(40)), ("\"60%\"", Some(40))] {
        let service = format!("needs = {{ db = \"1/1\", app = {needs} }}");
        let (_, run) = ran(&shop("free = 4", &service, &follower("")));
        assert_eq!(took(&run), [ready], "{needs}");
    }
    for needs in ["\"61%\"", "4", "\"1/1\""] {
        let service = format!("needs = {{ db = \"1/1\", app = {needs} }}");
        let (_, run) = ran(&shop("free = 4", &service, &follower("")));
        assert_eq!(took(&run), [None], "{needs}");
        let shop = &run.outcome.services[0];
        assert_eq!((shop.ready.censored(), shop.ready.finished()), (1, 0), "{needs}");
        assert_eq!(shop.unavailable_us, 12 * 3_600_000_000, "{needs}");
    }
}

/// The database asks again every two minutes; what it needs comes back at 08:05.
#[test]
fn a_database_that_finds_no_stock_holds_the_application_up() {
    let stock = "free = 0\nsteps = [{ at = \"2026-03-02 08:05\", total = 6 }]";
    let patient = follower("no_stock = { retry_every = \"2m\" }");
    let (_, run) = ran(&shop(stock, ORDERED, &patient));
    // Refused at 28 800, heard a second later: again two minutes after each answer.
    assert_eq!(starts(&run, InstanceId(0)), [EIGHT, 28_921, 29_042, 29_163]);
    // Accepted at 29 163 and ready 40 s later; no application server was asked for before.
    for app in 1..=5 {
        assert_eq!(starts(&run, InstanceId(app)), [29_203]);
    }
    assert_eq!(took(&run), [Some(443)]);
    assert_eq!(down(&run, DownReason::Dependency), 5 * 403);
    // The database alone, from when it is known to when it is accepted.
    assert_eq!(down(&run, DownReason::NoStock), 362);
}

/// The same times in two demands are one time; other times are at odds.
#[test]
fn a_service_may_be_wanted_by_two_demands_of_the_same_times() {
    let demands = |from: &str| {
        let demand = |name: &str, from: &str| {
            format!(
                "[[demand]]\nname = \"{name}\"\ngroups = [\"{name}\"]\n\
                 windows = [{{ days = \"daily\", from = \"{from}\", to = \"20:00\" }}]\n"
            )
        };
        let needs = "needs = { db = \"1/1\", app = \"1/1\" }";
        let fleet = [group("db", 1, ""), group("app", 5, ""), pool("free = 20")].concat();
        let service = format!("[[service]]\nname = \"shop\"\n{needs}\n");
        let both = demand("db", "08:00") + &demand("app", from);
        world("1d", &format!("{CALLS}{fleet}{both}{service}"))
    };
    let read = |from| load("s.toml", &Memory::new().with("s.toml", demands(from)), &[]);
    assert_eq!(read("08:00").expect("one time").plan.services.len(), 1);
    assert!(read("09:00").is_err());
}

/// The database, in a zone of its own that is sold out for good.
fn stuck(service: &str, controller: &str, window: &str) -> String {
    let text = shop("free = 20", service, &follower(controller));
    let text = text.replacen("zone = \"z\"", "zone = \"y\"", 1).replace("20:00", window);
    format!("{text}[[pool]]\nname = \"y\"\nzone = \"y\"\nfamily = \"ecs.g7\"\nfree = 0\n")
}

#[test]
fn a_stuck_database_does_not_hold_the_application_up_for_ever() {
    let service = format!("{ORDERED}\nstart_after_timeout = \"5m\"");
    let (_, run) = ran(&stuck(&service, "", "20:00"));
    assert_eq!(starts(&run, InstanceId(0)), [EIGHT]);
    for app in 1..=5 {
        assert_eq!(starts(&run, InstanceId(app)), [EIGHT + 300]);
    }
    assert_eq!(took(&run), [None]);
    assert_eq!(down(&run, DownReason::Dependency), 5 * 300);
}

#[test]
fn a_start_that_waited_until_nobody_wants_it_is_never_sent() {
    // Wanted for ten minutes, held for fifteen, and nobody who would stop it in between.
    let text = stuck(ORDERED, "acts = \"starts\"", "08:10");
    let down = "[[group]]\ninitially = \"stopped-economical\"\n";
    let (_, run) = ran(&text.replace("[[group]]\n", down));
    for app in 1..=5 {
        assert!(starts(&run, InstanceId(app)).is_empty());
    }
    assert_eq!(run.outcome.services[0].unavailable_us, 600_000_000);
}

#[test]
fn a_need_that_breaks_while_wanted_is_counted_with_its_cause() {
    let ops = "[[controller]]\nname = \"ops\"\nrequests = [\n\
               { at = \"2026-03-02 09:00\", instance = \"app-0002\", action = \"stop\" },\n\
               { at = \"2026-03-02 09:10\", instance = \"app-0002\", action = \"start\" }]\n";
    let run = check(
        &shop("free = 20", "needs = { app = \"1/1\" }", &[&follower(""), ops].concat()),
        &[
            "28840 service 0 ready true by #6",
            // The stop is accepted at nine; stopped in standard mode, it starts in 30 s.
            "32400 service 0 ready false by #3",
            "33030 service 0 ready true by #3",
            "72000 service 0 ready false by #2",
        ],
    );
    let shop = &run.outcome.services[0];
    assert_eq!((shop.broken, shop.broken_by.as_slice()), (1, &[2][..]));
    assert_eq!(shop.unavailable_us, (40 + 630) * 1_000_000);
    assert_eq!(took(&run), [Some(40)], "the start was what it was");
    let start = shop.starts[0];
    assert_eq!((start.broken, start.unavailable_us), (1, (40 + 630) * 1_000_000));
}

#[test]
fn a_service_started_ahead_of_time_is_early() {
    let (_, run) = ran(&shop("free = 20", ORDERED, &follower("lead = \"10m\"")));
    assert_eq!(took(&run), [Some(0)]);
    assert_eq!(run.outcome.services[0].ready.early(), 1);
    assert_eq!(run.outcome.services[0].unavailable_us, 0);
}

/// Three tiers by services: each waits for the one before it.
#[test]
fn a_service_can_wait_for_a_service() {
    let data = "needs = { db = \"1/1\" }";
    let front = "[[service]]\nname = \"front\"\nneeds = { app = \"2/5\" }\n\
                 start_after = [\"shop\"]\n";
    let (_, run) = ran(&shop("free = 20", data, &[front, &follower("")].concat()));
    let ready = |place: usize| run.outcome.services[place].starts[0].ready;
    assert_eq!(ready(0), Some(SimDuration::from_secs(40)));
    assert_eq!(ready(1), Some(SimDuration::from_secs(80)));
}

/// Whoever does not follow the demand does not know the order.
#[test]
fn the_order_is_the_rule_of_the_controller_that_follows() {
    let own = "[[controller]]\nname = \"own\"\ngroups = [\"app\", \"db\"]\n\
               schedule = { windows = [{ days = \"daily\", from = \"08:00\", to = \"20:00\" }] }\n\
               stop = { mode = \"StopCharging\" }\n";
    let run = check(
        &shop("free = 20", ORDERED, own),
        &["28840 service 0 ready true by #1", "72000 service 0 ready false by #2"],
    );
    assert_eq!(took(&run), [Some(40)]);
}

/// "priority": larger goes first, whether the groups are named or those of the demand.
#[test]
fn the_group_of_the_higher_priority_is_started_first() {
    for groups in ["", "groups = [\"db\", \"app\"]\n"] {
        let one_by_one = format!(
            "{groups}order = \"priority\"\nconcurrency = 1\nwait = {{ poll = \"10s\", \
                     give_up = \"1h\" }}"
        );
        let text = shop("free = 20", "needs = { app = 1 }", &follower(&one_by_one));
        let text = text.replace("name = \"app\"", "name = \"app\"\npriority = 1");
        let (_, run) = ran(&text);
        // The call's answer after 1 s, looks 10 s after each answer: at 11, 22, 33 and 44 s,
        // the last answered at 45.
        let first: Vec<u64> = (1..=5).map(|app| starts(&run, InstanceId(app))[0]).collect();
        assert_eq!(first, [0, 45, 90, 135, 180].map(|after| EIGHT + after), "{groups:?}");
        assert_eq!(starts(&run, InstanceId(0)), [EIGHT + 225], "{groups:?}: the database last");
    }
}

/// A start is judged at the scenario's own limit, not at the nearest instant of a table.
#[test]
fn a_good_start_is_judged_at_exactly_its_limit() {
    for (within, good) in [("79s", 0), ("80s", 1), ("90s", 1)] {
        let limit = format!("[report]\ngood_wave = {{ within = \"{within}\" }}\n");
        let (plan, run) = ran(&shop("free = 20", ORDERED, &[&follower(""), &limit[..]].concat()));
        let outcomes = [run.outcome];
        let restart = Restart::of(&plan, &outcomes);
        assert_eq!((restart.waves, restart.good_waves), (1, good), "{within}");
        let service = ServiceTotals::of_one(&plan, &outcomes[0]).remove(0);
        assert_eq!((service.starts, service.good_starts), (1, good), "{within}");
    }
}

#[test]
fn a_start_on_unlimited_stock_is_not_modelled() {
    let (plan, run) = ran(&shop("stock = \"unlimited\"", ORDERED, &follower("")));
    let service = ServiceTotals::of_one(&plan, &run.outcome).remove(0);
    assert_eq!((service.starts, service.not_modelled, service.is_modelled()), (0, 1, false));
}

#[test]
fn every_start_of_a_service_is_a_row_of_its_table() {
    let (plan, run) = ran(&shop("free = 20", ORDERED, &follower("")));
    let outcomes = [run.outcome];
    let mut table = Vec::new();
    RunTable::Services.write(&mut table, &plan, &outcomes).unwrap();
    assert_eq!(
        String::from_utf8(table).unwrap(),
        "replication,service,date,due,due_us,ready_us,good,modelled,broken,unavailable_us\n\
         0,shop,2026-03-02,2026-03-02T08:00:00+08:00,28800000000,80000000,true,true,0,80000000\n",
    );
}

/// What is resolved reads back as what it was.
#[test]
fn needs_are_written_back_so_that_nobody_takes_all_for_one() {
    let needs = "needs = { db = \"100%\", app = 1 }";
    let text = world("1d", &shop("free = 20", needs, &follower("")));
    let source = Memory::new().with("world.toml", text);
    let first = load("world.toml", &source, &[]).unwrap();
    assert!(first.resolved.contains("needs = { app = 1, db = \"1/1\" }"), "{}", first.resolved);
    let source = Memory::new().with("again.toml", first.resolved.clone());
    assert_eq!(load("again.toml", &source, &[]).unwrap().resolved, first.resolved);
}

/// What a naive reader of the facts makes of one service.
#[derive(Debug, Default, PartialEq)]
struct Account {
    turned: Vec<(SimTime, bool)>,
    starts: Vec<(SimTime, Option<SimDuration>)>,
    broken: u64,
    unavailable_us: u128,
}

/// Who is ready, from facts alone.
struct Reader<'a> {
    plan: &'a Plan,
    ready: Vec<bool>,
}

impl Reader<'_> {
    fn new(plan: &Plan) -> Reader<'_> {
        let running = |group: &stopsim::ecs::spec::GroupSpec| {
            group.instances().map(|id| group.begins_as(id) == State::Running).collect::<Vec<_>>()
        };
        Reader { plan, ready: plan.region.groups.iter().flat_map(running).collect() }
    }

    fn read(&mut self, fact: &Fact) {
        if let Fact::BecameReady { instance } = fact {
            self.ready[instance.index()] = true;
        }
        if let Fact::StateChanged { instance, to, .. } = fact
            && *to != State::Running
        {
            self.ready[instance.index()] = false;
        }
    }

    fn hold(&self, needs: &[Need]) -> bool {
        needs.iter().all(|need| {
            let group = &self.plan.region.groups[need.group.index()];
            let up = group.instances().filter(|id| self.ready[id.index()]).count() as u64;
            up >= need.at_least
        })
    }
}

fn account(plan: &Plan, run: &Run, place: usize) -> Account {
    let service = &plan.services[place];
    let demand = &plan.demands[usize::from(service.demand)];
    let one = InstanceId(demand.instances[0].start);
    let mut reader = Reader::new(plan);
    let mut account = Account::default();
    let (mut wanted, mut awaited) = (demand.initially, false);
    let mut is_ready = reader.hold(&service.needs);
    let mut since = plan.warm_up;
    let end = (plan.horizon, Fact::EconomicalDefault(false));
    for (at, fact) in run.facts.iter().chain([&end]) {
        let measured = *at >= plan.warm_up;
        if measured && wanted && !is_ready {
            account.unavailable_us += u128::from((*at - since).as_micros());
        }
        since = (*at).max(plan.warm_up);
        if let Fact::Demanded { instance, wanted: now } = fact
            && *instance == one
        {
            (wanted, awaited) = (*now, *now && !is_ready && measured);
            if wanted && measured {
                account.starts.push((*at, is_ready.then_some(SimDuration::ZERO)));
            }
        }
        reader.read(fact);
        let ready = reader.hold(&service.needs);
        if ready == is_ready {
            continue;
        }
        is_ready = ready;
        account.turned.push((*at, ready));
        account.broken += u64::from(measured && wanted && !ready);
        if let (true, true, Some((due, took))) = (ready, awaited, account.starts.last_mut()) {
            *took = Some(*at - *due);
            awaited = false;
        }
    }
    account
}

fn told_by(run: &Run, place: usize) -> Account {
    let out: &ServiceOutcome = &run.outcome.services[place];
    let turned = |(at, fact): &(SimTime, Fact)| {
        let Fact::ServiceTurned { service, ready, .. } = fact else { return None };
        (usize::from(*service) == place).then_some((*at, *ready))
    };
    Account {
        turned: run.facts.iter().filter_map(turned).collect(),
        starts: out.starts.iter().map(|one| (one.due, one.ready)).collect(),
        broken: out.broken,
        unavailable_us: out.unavailable_us,
    }
}

/// A first start goes out only when what it waits for is ready, or its time is up.
fn in_order(plan: &Plan, run: &Run) -> u64 {
    let mut reader = Reader::new(plan);
    let mut due: BTreeMap<(u16, InstanceId), SimTime> = BTreeMap::new();
    let mut held = 0;
    for (at, fact) in &run.facts {
        reader.read(fact);
        if let Fact::Intended { controller, instance, due: edge, .. } = fact {
            due.insert((*controller, *instance), *edge);
        }
        held += u64::from(matches!(fact, Fact::StartHeld { .. }));
        let Fact::CallSent(call) = fact else { continue };
        let follows = plan.controllers[usize::from(call.controller)].follows().is_some();
        if call.operation != OperationName::StartInstance || call.number > 0 || !follows {
            continue;
        }
        let group = plan.region.group_of(call.instance);
        for service in plan.services.iter().filter(|service| service.held.contains(&group)) {
            let until = due[&(call.controller, call.instance)].saturating_add(service.timeout);
            assert!(
                reader.hold(&service.after) || *at >= until,
                "{at}: {} goes before its turn",
                plan.region.instance_name(call.instance),
            );
        }
    }
    held
}

#[derive(Clone, Debug)]
struct Dice {
    counts: [u32; 3],
    needs: [usize; 3],
    order: usize,
    timeout: usize,
    stock: u32,
    pace: usize,
    ready: bool,
    trouble: usize,
    warm_up: u32,
}

prop_compose! {
    fn dice()(
        counts in [1u32..4, 1..6, 1..4],
        needs in [0usize..4, 0..4, 0..4],
        order in 0usize..6,
        timeout in 0usize..3,
        stock in 0u32..14,
        pace in 0usize..6,
        ready in any::<bool>(),
        trouble in 0usize..5,
        warm_up in 0u32..40,
    ) -> Dice {
        Dice { counts, needs, order, timeout, stock, pace, ready, trouble, warm_up }
    }
}

const AMOUNTS: [&str; 4] = ["\"1/1\"", "\"1/2\"", "1", "\"34%\""];
const ORDERS: [&str; 6] = [
    "",
    "start_after = [\"a\"]",
    "start_after = [\"c\"]",
    "start_after = [\"b\"]",
    "start_after = [\"other\"]",
    "start_after = [\"a\", \"other\"]",
];
const TIMEOUTS: [&str; 3] = ["30s", "3m", "1h"];
const PACES: [&str; 6] = [
    "",
    "jitter = { uniform = [\"0s\", \"2m\"] }",
    "concurrency = 2\nwait = { poll = \"7s\", give_up = \"5m\" }",
    "batch = 2",
    "rate = \"10/min\"\nno_stock = { retry_every = \"1m\" }",
    "lead = \"1m\"\nstagger = \"90s\"\nno_stock = { retry_every = \"1m\", give_up = \"10m\" }",
];
const TROUBLES: [&str; 5] = [
    "",
    "[[scheduled_event]]\nname = \"oops\"\nat = \"2026-03-03 08:00\"\ngroups = [\"b\"]\n\
     guest_shutdown = true\n",
    "[[controller]]\nname = \"ops\"\nrequests = [\n\
     { at = \"2026-03-02 08:03\", instance = \"b-0001\", action = \"stop\" },\n\
     { at = \"2026-03-02 08:09\", instance = \"b-0001\", action = \"start\" },\n\
     { at = \"2026-03-03 07:30\", instance = \"b-0001\", action = \"start\" }]\n",
    "[[work_fault]]\nname = \"slow\"\nslow = \"5\"\nprobability = \"1/3\"\n",
    "[[controller]]\nname = \"guard\"\ngroups = [\"a\", \"b\", \"c\"]\n\
     watch = { every = \"3m\", want = \"office\" }\n",
];

fn random(dice: &Dice) -> String {
    let ready = if dice.ready { "ready = { uniform = [\"1s\", \"40s\"] }" } else { "" };
    let groups = ["a", "b", "c"].map(|name| {
        let place = usize::from(name.as_bytes()[0] - b'a');
        let text = group(name, dice.counts[place], ready);
        text.replace("start = \"30s\"", "start = { uniform = [\"10s\", \"50s\"] }")
    });
    let [a, b, c] = dice.needs.map(|place| AMOUNTS[place]);
    let text = [
        CALLS,
        &groups.concat(),
        &pool(&format!(
            "free = {}\nsteps = [{{ at = \"2026-03-02 08:04\", total = 3 }}]",
            dice.stock
        )),
        "[[demand]]\nname = \"office\"\ngroups = [\"a\", \"b\", \"c\"]\n\
         windows = [{ days = \"daily\", from = \"08:00\", to = \"08:20\" }]\n",
        &format!(
            "[[service]]\nname = \"main\"\nneeds = {{ a = {a}, b = {b} }}\n{}\n\
             start_after_timeout = \"{}\"\n[[service]]\nname = \"other\"\nneeds = {{ c = {c} }}\n",
            ORDERS[dice.order], TIMEOUTS[dice.timeout],
        ),
        &follower(PACES[dice.pace]),
        TROUBLES[dice.trouble],
    ]
    .concat();
    world("2d", &text).replace(
        "length = \"2d\"",
        &format!("length = \"2d\"\nwarm_up = \"{}m\"", dice.warm_up * 20),
    )
}

proptest! {
    #![proptest_config(cases(150))]

    /// A service is never ready while a need does not hold, nor the other way round; starts,
    /// breaks and times are what a second account says; under every tie policy.
    #[test]
    fn a_service_is_ready_exactly_while_every_need_holds(dice in dice()) {
        let plan = plan(&random(&dice));
        for ties in TIES {
            let run = run_plan(&plan, RunId { ties, ..FIRST });
            for place in 0..plan.services.len() {
                assert_eq!(told_by(&run, place), account(&plan, &run, place), "{dice:?}");
            }
            in_order(&plan, &run);
        }
    }
}

/// A start that was let go, and stands in the queue of those for which there is no room yet, waits
/// again if what it waited for is gone meanwhile.
#[test]
fn what_stands_in_the_queue_waits_again_for_what_is_gone() {
    let dice = Dice {
        counts: [1, 5, 3],
        needs: [0, 0, 0],
        order: 3,
        timeout: 2,
        stock: 8,
        pace: 2,
        ready: false,
        trouble: 2,
        warm_up: 0,
    };
    let plan = plan(&random(&dice));
    for ties in TIES {
        let run = run_plan(&plan, RunId { ties, ..FIRST });
        assert!(in_order(&plan, &run) > 1, "it is held twice");
    }
}

/// The random worlds hold what the law is about, and the account is no rubber stamp.
#[test]
fn services_wait_break_and_are_late_in_the_random_worlds() {
    let mut seen = [0u64; 4];
    for seed in 0..120usize {
        let dice = Dice {
            counts: [1 + seed as u32 % 3, 1 + seed as u32 % 5, 2],
            needs: [seed % 4, seed / 4 % 4, seed / 2 % 4],
            order: seed % 6,
            timeout: seed % 3,
            stock: seed as u32 % 14,
            pace: seed / 6 % 6,
            ready: seed % 2 == 0,
            trouble: seed % 5,
            warm_up: 0,
        };
        let plan = plan(&random(&dice));
        let run = run_plan(&plan, FIRST);
        let main = account(&plan, &run, 0);
        seen[0] += u64::from(in_order(&plan, &run) > 0);
        seen[1] += u64::from(main.broken > 0);
        seen[2] += u64::from(main.starts.iter().any(|(_, took)| took.is_none()));
        seen[3] += u64::from(main.starts.iter().any(|(_, took)| took.is_some()));
        let mut wrong = told_by(&run, 0);
        wrong.unavailable_us += 1;
        assert_ne!(wrong, main);
    }
    assert!(seen.iter().all(|times| *times >= 5), "too rare in 120 worlds: {seen:?}");
}
