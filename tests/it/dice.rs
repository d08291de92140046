//! Random small worlds: a tape of numbers becomes a scenario.
//!
//! Every choice reads one number, and the simplest answer is zero, which is also what an
//! exhausted tape gives: a shorter tape is a simpler world.

use std::fmt::Write as _;

use stopsim::ecs::condition::Condition;
use stopsim::scenario::{Memory, load};
use stopsim::sim::plan::Plan;

/// Numbers to choose by.
pub struct Tape<'a> {
    rest: std::slice::Iter<'a, u16>,
    text: String,
    round: bool,
    /// Whether a group is on dedicated hosts or spot: types do not change then.
    keeps_types: bool,
}

/// A group, as others know it.
struct Group {
    name: String,
    kind: String,
    place: Place,
}

/// Where a group's instances find their compute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Open,
    Target,
    Hosts,
    Spot,
}

impl<'a> Tape<'a> {
    /// These numbers, and zeros behind them.
    pub fn new(words: &'a [u16]) -> Tape<'a> {
        Tape { rest: words.iter(), text: String::new(), round: true, keeps_types: false }
    }
}

impl Tape<'_> {
    /// A number below this one.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.rest.next().map_or(0, |word| u64::from(*word)) % limit
    }

    /// One of them.
    pub fn pick<'b>(&mut self, of: &[&'b str]) -> &'b str {
        let place = self.below(of.len() as u64);
        of[usize::try_from(place).unwrap()]
    }

    /// True for so many of eight.
    pub fn chance(&mut self, eighths: u64) -> bool {
        self.below(8) >= 8 - eighths
    }

    fn say(&mut self, line: &str) {
        writeln!(self.text, "{line}").unwrap();
    }

    /// A key, if luck wants it, with one of these values.
    fn maybe(&mut self, eighths: u64, key: &str, values: &[&str]) {
        if self.chance(eighths) {
            let value = self.pick(values);
            self.say(&format!("{key} = {value}"));
        }
    }

    /// A price: a whole number of nano-units per microsecond if prices are round.
    fn price(&mut self) -> String {
        let round = ["3.6", "0", "7.2", "36"];
        let odd = ["0.52325", "0.0000001", "1.0465", "0.083"];
        let rate = self.pick(if self.round { &round } else { &odd });
        format!("\"{rate} CNY/h\"")
    }
}

/// The plan of a random world, and whether all its prices are round. None of the few worlds in which
/// two controllers stop a group at one instant in different modes: how it begins is not said.
pub fn world(words: &[u16]) -> Option<(Plan, bool)> {
    let (text, round) = scenario(words);
    match load("world.toml", &Memory::new().with("world.toml", &text), &[]) {
        Ok(loaded) => Some((loaded.plan, round)),
        Err(errors) => {
            let told = errors.to_string();
            let mut whats = told.lines().filter(|line| line.starts_with("error: "));
            let known = "at one instant, in different modes";
            assert!(whats.all(|what| what.contains(known)), "{told}\n{text}");
            None
        }
    }
}

/// A scenario, whether all its prices are round.
pub fn scenario(words: &[u16]) -> (String, bool) {
    let mut tape = Tape::new(words);
    tape.round = !tape.chance(4);
    head(&mut tape);
    let names = ["alpha", "beta", "gamma"];
    let count = 1 + usize::try_from(tape.below(3)).unwrap();
    let groups: Vec<Group> = names[..count].iter().map(|name| group(&mut tape, name)).collect();
    capacities(&mut tape, &groups);
    let limited = [pool(&mut tape, "g7"), pool(&mut tape, "c6")];
    for kind in ["ecs.g7.xlarge", "ecs.c6.large"] {
        let rate = tape.price();
        tape.say(&format!("[[price]]\nname = \"{kind}\"\nrate = {rate}"));
    }
    let demands = demands(&mut tape, &groups);
    service(&mut tape, &demands);
    controllers(&mut tape, &groups, &demands);
    for number in 0..tape.below(4) {
        call_fault(&mut tape, number, &groups);
    }
    for number in 0..tape.below(3) {
        work_fault(&mut tape, number);
    }
    for (name, limited) in ["g7", "c6"].iter().zip(limited) {
        if limited && tape.chance(3) {
            environment_fault(&mut tape, name);
        }
    }
    scheduled_events(&mut tape, &groups);
    quotas(&mut tape);
    for number in 0..tape.below(4) {
        commitment(&mut tape, number);
    }
    let round = tape.round;
    (tape.text, round)
}

fn head(tape: &mut Tape<'_>) {
    tape.say("name = \"random\"\n[clock]\nstart = \"2026-03-02\"\ntimezone = \"Asia/Shanghai\"");
    let length = tape.pick(&["30h", "2d", "3d", "26h30m17s"]);
    tape.say(&format!("length = \"{length}\""));
    tape.maybe(3, "warm_up", &["\"13h7m11s\"", "\"9h0m0.3s\"", "\"61m\""]);
    tape.say("[region]\nid = \"cn-hangzhou\"");
    tape.maybe(4, "static_address_returns", &["\"1/2\"", "\"1\""]);
    tape.say("[account]");
    tape.maybe(4, "economical_default", &["true"]);
    let arrears = [
        "[{ at = \"2026-03-02 14:00\", paid = \"2026-03-02 21:30\" }]",
        "[{ at = \"2026-03-02 03:00\", paid = \"2026-03-03 06:30\" }]",
    ];
    tape.maybe(1, "arrears", &arrears);
    tape.maybe(3, "changes", &["[{ at = \"2026-03-02 18:30\", economical_default = true }]"]);
    tape.say("[calls]");
    tape.maybe(4, "request", &["\"300ms\"", "{ uniform = [\"0s\", \"4s\"] }"]);
    tape.maybe(4, "answer", &["\"0s\"", "\"1s\"", "{ exponential = \"2s\" }"]);
    tape.maybe(2, "poll_load", &["{}", "{ most = \"5m\", half_rate_per_minute = 3 }"]);
    tape.say("[knobs]");
    tape.maybe(2, "image_licence_in_economical", &["\"billed\""]);
    tape.maybe(2, "static_ip", &["\"kept\""]);
    tape.maybe(3, "billing_pause_at", &["\"stopping\""]);
    tape.maybe(3, "billing_resume_at", &["\"running\""]);
    tape.maybe(4, "eip_configuration", &["\"billed\""]);
    tape.maybe(2, "classic_network", &["\"silently_standard\""]);
    tape.maybe(6, "force_stop_while_stopping", &["\"escalates\""]);
    tape.maybe(5, "minimum_duration_scope", &["\"any_cycle\""]);
    tape.maybe(2, "conflict_of_one", &["\"invalid_operation_conflict\""]);
    tape.maybe(2, "start_while_stopping", &["\"conflict\""]);
    tape.maybe(2, "modify_not_stopped", &["\"stopped_required\"", "\"value_not_supported\""]);
    tape.maybe(2, "modify_no_stock", &["\"operation_denied\""]);
}

fn commitment(tape: &mut Tape<'_>, number: u64) {
    tape.say(&format!("[[commitment]]\nname = \"promise-{number}\""));
    tape.maybe(2, "for_policy", &["true"]);
    if tape.chance(4) {
        let amount = tape.price();
        let discount = tape.pick(&["50%", "42.2%", "1/3"]);
        tape.say(&format!("kind = \"savings-plan\"\namount = {amount}\ndiscount = \"{discount}\""));
        tape.maybe(3, "discounts", &["[{ family = \"ecs.c6\", discount = \"60%\" }]"]);
        tape.maybe(3, "families", &["[\"ecs.g7\", \"ecs.c6\"]", "[\"ecs.i2\"]"]);
        return;
    }
    let kind = tape.pick(&["ecs.g7.large", "ecs.g7.xlarge", "ecs.c6.large"]);
    let (count, rate) = (1 + tape.below(3), tape.price());
    tape.say(&format!(
        "kind = \"reserved-instances\"\ntype = \"{kind}\"\ncount = {count}\nrate = {rate}"
    ));
    tape.maybe(4, "zone", &["\"z\""]);
}

fn group(tape: &mut Tape<'_>, name: &str) -> Group {
    tape.say(&format!("[[group]]\nname = \"{name}\"\nzone = \"z\""));
    let count = 1 + tape.below(3);
    let kinds =
        ["ecs.g7.large", "ecs.c6.large", "ecs.g7.xlarge", "ecs.i2.xlarge", "ecs.re6p.large"];
    let kind = tape.pick(&kinds);
    let charge = tape.pick(&["pay-as-you-go", "pay-as-you-go", "pay-as-you-go", "subscription"]);
    let network = tape.pick(&["vpc", "vpc", "vpc", "vpc", "classic"]);
    let local = tape.chance(1);
    tape.say(&format!("count = {count}\ntype = \"{kind}\"\ncharge = \"{charge}\""));
    tape.say(&format!("network = \"{network}\"\nlocal_storage = {local}"));
    let eligible = charge == "pay-as-you-go"
        && network == "vpc"
        && !local
        && !kind.starts_with("ecs.i2")
        && !kind.starts_with("ecs.re6p");
    let place = place(tape, name, eligible, network == "vpc");
    if place != Place::Hosts {
        tape.maybe(2, "reserve", &["{ count = 1, creation = \"5s\" }", "{ count = 2 }"]);
    }
    money(tape, !matches!(place, Place::Hosts | Place::Spot));
    match tape.below(4) {
        _ if matches!(place, Place::Hosts | Place::Target) => {
            tape.say("initially = \"stopped-economical\"");
        }
        0 => {}
        1 => tape.say("initially = \"running\""),
        2 if eligible => tape.say("initially = \"stopped-economical\""),
        _ => tape.say("initially = \"stopped-standard\""),
    }
    durations(tape);
    if tape.chance(1) {
        let names: Vec<&str> = Condition::ALL.iter().map(|condition| condition.name()).collect();
        let (one, other) = (tape.pick(&names), tape.pick(&names));
        tape.say(&format!("conditions = [\"{one}\", \"{other}\"]"));
    }
    Group { name: name.into(), kind: kind.into(), place }
}

fn money(tape: &mut Tape<'_>, pays_compute: bool) {
    let keys = ["rate", "licence", "snapshot_rate"];
    for key in &keys[usize::from(!pays_compute)..] {
        let price = tape.price();
        tape.say(&format!("{key} = {price}"));
    }
    let (disk, data) = (tape.price(), tape.price());
    tape.say(&format!("system_disk = {{ rate = {disk} }}"));
    tape.say(&format!("data_disks = [{{ rate = {data}, count = 2 }}]"));
    let address = tape.price();
    match tape.below(4) {
        0 => {}
        1 => {
            tape.say("public_address = \"static-by-bandwidth\"\nbandwidth_mbps = 5");
            tape.say(&format!("bandwidth_rate = {address}"));
        }
        2 => tape.say("public_address = \"static-by-traffic\""),
        _ => {
            tape.say(&format!("public_address = \"eip\"\neip_rate = {address}"));
            tape.say(&format!("eip_configuration_rate = {address}"));
        }
    }
    if !tape.round {
        tape.maybe(4, "discount", &["\"10%\"", "\"1/3\""]);
    }
}

fn durations(tape: &mut Tape<'_>) {
    let stop =
        ["\"20s\"", "{ p50 = \"30s\", p99 = \"9m\" }", "{ exponential = \"40m\" }", "\"0s\""];
    let start = ["\"30s\"", "{ p50 = \"25s\", p99 = \"20m\" }", "{ uniform = [\"1s\", \"3h\"] }"];
    tape.maybe(6, "stop", &stop);
    tape.maybe(3, "force_stop", &["\"0s\"", "{ uniform = [\"1s\", \"1m\"] }"]);
    tape.maybe(6, "start", &start);
    tape.maybe(4, "allocation", &["\"0s\"", "{ exponential = \"10m\" }"]);
    tape.maybe(4, "wave_factor", &["\"1\"", "{ p50 = \"1\", p99 = \"4\" }"]);
    tape.maybe(5, "settling", &["\"7m\"", "{ exponential = \"5m\" }"]);
    tape.maybe(4, "ready", &["\"0s\"", "\"3m\"", "{ exponential = \"20m\" }"]);
    let hangs =
        ["{ probability = \"1/4\" }", "{ probability = \"1/2\", power_off_after = \"5m\" }"];
    tape.maybe(2, "hang", &hangs);
}

/// In which private pool or on which dedicated host a group is.
fn place(tape: &mut Tape<'_>, name: &str, eligible: bool, vpc: bool) -> Place {
    match tape.below(10) {
        4 if vpc => {
            tape.say("private_pool = { match = \"Open\" }");
            Place::Open
        }
        5 if eligible => {
            tape.say(&format!("private_pool = {{ match = \"Target\", name = \"own-{name}\" }}"));
            Place::Target
        }
        6 | 7 if eligible => {
            let affinity = tape.pick(&["default", "host", "host"]);
            tape.say(&format!(
                "dedicated_host = {{ hosts = [\"one\", \"two\"], \
                 affinity = \"{affinity}\" }}"
            ));
            tape.keeps_types = true;
            Place::Hosts
        }
        8 | 9 if eligible => {
            let strategy = tape.pick(&[
                "\"SpotAsPriceGo\"",
                "\"SpotWithPriceLimit\", price_limit = \"0.2 CNY/h\"",
            ]);
            let protection = tape.pick(&["0", "1h"]);
            tape.say(&format!("spot = {{ strategy = {strategy}, protection = \"{protection}\" }}"));
            tape.keeps_types = true;
            // Prices that walk do so by any amount.
            tape.round = false;
            Place::Spot
        }
        _ => Place::Public,
    }
}

/// The private pools that groups take or name, and two hosts that hold one instance each, or none of the larger.
fn capacities(tape: &mut Tape<'_>, groups: &[Group]) {
    for group in groups.iter().filter(|one| matches!(one.place, Place::Open | Place::Target)) {
        let (name, kind) = (&group.name, &group.kind);
        let (instances, rate) = (1 + tape.below(2), tape.price());
        tape.say(&format!(
            "[[private_pool]]\nname = \"own-{name}\"\nzone = \"z\"\ntype = \"{kind}\"\n\
             instances = {instances}\nunused_rate = {rate}"
        ));
        tape.maybe(3, "match", &["\"Target\"", "\"Open\""]);
        let ends = ["\"2026-03-02 12:00\"", "\"2026-03-03 03:17\"", "\"2026-03-09\""];
        tape.maybe(6, "until", &ends);
    }
    let mut markets: Vec<&str> = vec![];
    for group in groups.iter().filter(|one| one.place == Place::Spot) {
        if !markets.contains(&group.kind.as_str()) {
            market(tape, &group.kind);
            markets.push(&group.kind);
        }
    }
    if groups.iter().any(|one| one.place == Place::Hosts) {
        for (name, vcpus) in [("one", 2), ("two", 2)] {
            let rate = tape.price();
            tape.say(&format!(
                "[[dedicated_host]]\nname = \"{name}\"\nzone = \"z\"\nvcpus = {vcpus}\nrate = {rate}"
            ));
            tape.maybe(2, "auto_placement", &["false"]);
        }
    }
}

/// What spot instances of a type cost.
fn market(tape: &mut Tape<'_>, kind: &str) {
    tape.say(&format!("[[spot_market]]\nname = \"{kind}\"\nzone = \"z\"\ntype = \"{kind}\""));
    let price = tape.price();
    tape.say(&format!("price = {price}"));
    let walks =
        ["{ every = \"47m\", least = \"0 CNY/h\", most = \"40 CNY/h\", swing = \"2 CNY/h\" }"];
    tape.maybe(5, "walk", &walks);
}

/// What several groups do together: the first of them goes first.
fn service(tape: &mut Tape<'_>, demands: &[(String, Vec<&Group>)]) {
    let Some((_, of)) = demands.iter().find(|(_, of)| of.len() > 1).filter(|_| tape.chance(4))
    else {
        return;
    };
    let (first, second) = (&of[0].name, &of[1].name);
    let share = tape.pick(&["1/1", "1/2", "1/3"]);
    tape.say(&format!(
        "[[service]]\nname = \"all\"\nneeds = {{ {first} = \"1/1\", {second} = \"{share}\" }}"
    ));
    tape.maybe(5, "start_after", &[&format!("[\"{first}\"]")]);
    tape.maybe(3, "start_after_timeout", &["\"3m\"", "\"2h\""]);
}

/// Whether its stock is limited.
fn pool(tape: &mut Tape<'_>, family: &str) -> bool {
    tape.say(&format!("[[pool]]\nname = \"{family}\"\nzone = \"z\"\nfamily = \"ecs.{family}\""));
    if !tape.chance(5) {
        tape.say("stock = \"unlimited\"");
        return false;
    }
    let free = tape.below(10);
    tape.say(&format!("free = {free}"));
    tape.maybe(2, "unit", &["\"instance\""]);
    let steps = [
        "[{ at = \"2026-03-02 10:00\", total = -3 }, { at = \"2026-03-02 19:00\", total = 6 }]",
        "[{ at = \"2026-03-02 07:30\", others = 4 }, { at = \"2026-03-02 12:00\", others = -9 }]",
    ];
    tape.maybe(3, "steps", &steps);
    if tape.chance(5) {
        let rate = tape.pick(&["1", "\"0.5\"", "4"]);
        let hold = tape.pick(&["\"1h\"", "{ exponential = \"90m\" }"]);
        let short = tape.pick(&["lost", "waits"]);
        tape.say(&format!(
            "others = {{ per_hour = {rate}, units = [1, 4], hold = {hold}, when_short = \"{short}\" }}"
        ));
    }
    true
}

fn windows(tape: &mut Tape<'_>) -> String {
    let days = tape.pick(&["daily", "mon..fri", "tue", "mon,wed"]);
    let from = tape.pick(&["08:00", "00:00", "19:30", "06:05"]);
    let to = tape.pick(&["20:00", "18:15", "24:00", "04:00"]);
    format!("[{{ days = \"{days}\", from = \"{from}\", to = \"{to}\" }}]")
}

fn listed(groups: &[&Group]) -> String {
    let names: Vec<String> = groups.iter().map(|group| format!("\"{}\"", group.name)).collect();
    format!("[{}]", names.join(", "))
}

/// Names of demands, with the groups that each is of.
fn demands<'g>(tape: &mut Tape<'_>, groups: &'g [Group]) -> Vec<(String, Vec<&'g Group>)> {
    let all: Vec<&Group> = groups.iter().collect();
    let demands: Vec<(String, Vec<&Group>)> = match tape.below(4) {
        0 | 1 => vec![("office".into(), all)],
        2 => all.iter().map(|group| (format!("of-{}", group.name), vec![*group])).collect(),
        _ => vec![],
    };
    for (name, of) in &demands {
        let windows = windows(tape);
        let of = listed(of);
        tape.say(&format!("[[demand]]\nname = \"{name}\"\ngroups = {of}\nwindows = {windows}"));
    }
    demands
}

fn controllers(tape: &mut Tape<'_>, groups: &[Group], demands: &[(String, Vec<&Group>)]) {
    for (name, _) in demands {
        tape.say(&format!("[[controller]]\nname = \"follows-{name}\"\nfollows = \"{name}\""));
        tape.maybe(2, "acts", &["\"stops\"", "\"starts\""]);
        tape.maybe(3, "lead", &["\"10m\"", "\"2h\"", "\"13h\""]);
        manner(tape);
    }
    let all: Vec<&Group> = groups.iter().collect();
    let marked = if demands.is_empty() { "demand = true\n" } else { "" };
    if tape.chance(4) || demands.is_empty() {
        let (drive, marked) = match tape.below(3) {
            0 => {
                let hold = tape.pick(&["\"3h\"", "{ exponential = \"2h\" }", "\"1s\""]);
                (format!("poisson = {{ per_hour = 1, hold = {hold} }}"), marked)
            }
            1 => (format!("schedule = {{ windows = {} }}", windows(tape)), marked),
            _ => (format!("watch = {{ every = \"50m\", want = \"{}\" }}", want(tape)), ""),
        };
        let groups = listed(&all);
        tape.say(&format!("[[controller]]\nname = \"other\"\ngroups = {groups}\n{marked}{drive}"));
        manner(tape);
    }
    if tape.chance(3) {
        tape.say("[[controller]]\nname = \"hand\"\nrequests = [");
        for _ in 0..1 + tape.below(4) {
            let group = &groups[usize::try_from(tape.below(groups.len() as u64)).unwrap()].name;
            let (hour, minute, action) = (
                tape.below(24),
                tape.pick(&["41", "41", "01"]),
                tape.pick(&["stop", "start", "stop", "start", "reboot", "delete"]),
            );
            tape.say(&format!(
                "{{ at = \"2026-03-02 {hour:02}:{minute}\", instance = \"{group}-0001\", \
                 action = \"{action}\" }},"
            ));
        }
        tape.say("]");
        manner(tape);
    }
}

fn want(tape: &mut Tape<'_>) -> &'static str {
    tape.pick(&["running", "stopped"])
}

/// How single starts are asked for.
fn starts(tape: &mut Tape<'_>) {
    tape.maybe(
        2,
        "start",
        &["{ dry_run = true }", "{ check_stock_first = true }", "{ check_stock_first = true }"],
    );
}

/// How a controller goes about it.
fn manner(tape: &mut Tape<'_>) {
    let modes = [
        "{ mode = \"StopCharging\" }",
        "{ }",
        "{ mode = \"KeepCharging\" }",
        "{ mode = \"StopCharging\", force = true }",
        "{ mode = \"StopCharging\", confirm_stop = false }",
        "{ mode = \"StopCharging\", dry_run = true }",
    ];
    let mode = tape.pick(&modes);
    tape.say(&format!("stop = {mode}"));
    tape.maybe(2, "order", &["\"shuffled\"", "\"priority\""]);
    let replaced =
        ["{ after = \"20m\", token = \"same\" }", "{ after = \"1m\", token = \"fresh\" }"];
    tape.maybe(2, "replace", &replaced);
    if tape.chance(2) {
        let batch = 1 + tape.below(2);
        tape.say(&format!("batch = {batch}"));
        tape.maybe(4, "batch_until", &["\"settled\""]);
        starts(tape);
    } else if tape.chance(3) {
        tape.say("call = \"batch\"");
        tape.maybe(2, "start", &["{ dry_run = true }"]);
        tape.maybe(4, "batch_size", &["1", "2", "3"]);
        tape.maybe(4, "optimization", &["\"SuccessFirst\""]);
    } else {
        starts(tape);
    }
    let looks = [
        "{ with = \"DescribeInstanceStatus\", again = \"30s\" }",
        "{ joins_stopping = false, joins_starting = false }",
    ];
    tape.maybe(3, "look_first", &looks);
    tape.maybe(2, "concurrency", &["1", "2"]);
    tape.maybe(2, "rate", &["\"1/s\"", "\"2/h\""]);
    tape.maybe(2, "stagger", &["\"10m\"", "\"1s\""]);
    tape.maybe(2, "jitter", &["{ uniform = [\"0s\", \"10m\"] }"]);
    tape.maybe(4, "timeout", &["\"10s\"", "\"1s\""]);
    let waits = [
        "{ poll = \"10s\", give_up = \"15m\" }",
        "{ poll = \"30s\", with = \"DescribeInstances\", give_up = \"1h\" }",
    ];
    tape.maybe(5, "wait", &waits);
    let retries = [
        "{ backoff = \"fixed\", base = \"30s\", max_attempts = 5 }",
        "{ jitter = \"full\", max_attempts = 9, on = [\"server\", \"timeout\", \"status\"] }",
        "{ jitter = \"decorrelated\", deadline = \"5m\", budget = { share = \"1/2\" } }",
        "{ backoff = \"none\", max_attempts = 3 }",
        "[{ action = \"look\", base = \"100ms\", jitter = \"equal\" }, { action = \"token\" }]",
        "{ honour_retry_after = true, needs_retry_after = true }",
    ];
    tape.maybe(5, "retry", &retries);
    let shortages = [
        "{ retry_every = \"7m\" }",
        "{ retry_every = \"1m\", give_up = \"1h\", keep_charging = { stops = 2 } }",
        "{ keep_charging = { stops = 1, scope = \"controller\" } }",
        "{ retry_every = \"7m\", fallback = [\"ecs.c6.large\", \"ecs.g7.xlarge\"] }",
        "{ retry_every = \"4m\", fallback = [\"ecs.g7.xlarge\", \"ecs.c6.large\"] }",
        "{ retry_every = \"3m\", fallback = [\"ecs.c6.large\"], fallback_after = 2 }",
        "{ retry_every = \"2m\", fallback = [\"ecs.c6.large\", \"ecs.g7.xlarge\"] }",
        "{ retry_every = \"9m\", fallback = [\"ecs.c6.large\"] }",
    ];
    // Types change neither on dedicated hosts nor of spot instances.
    let possible = if tape.keeps_types { &shortages[..3] } else { &shortages[..] };
    tape.maybe(8, "no_stock", possible);
    tape.maybe(2, "share_keep_charging", &["\"1/2\"", "{ share = \"1/3\", chosen = \"by_name\" }"]);
}

fn when(tape: &mut Tape<'_>) {
    let windows = [
        "{ from = \"2026-03-02 07:30\", until = \"2026-03-02 21:00\" }",
        "{ days = \"daily\", at = \"08:00\", for = \"3h\" }",
        "{ burst = { on = { exponential = \"2h\" }, off = { exponential = \"3h\" } } }",
    ];
    tape.maybe(5, "window", &windows);
}

fn call_fault(tape: &mut Tape<'_>, number: u64, groups: &[Group]) {
    tape.say(&format!("[[call_fault]]\nname = \"call-{number}\""));
    let effects = [
        "refuse = \"503 ServiceUnavailable\"\noperations = [\"StartInstance\"]",
        "apply_then_refuse = \"500 InternalError\"",
        "lose_answer = true",
        "late_answer = \"20s\"",
        "duplicate = \"40m\"",
        "slow_answer = \"5\"",
        "stale_read = \"2m\"",
        "refuse = \"400 Throttling\"",
        "missing_read = true",
        "lose_answer = true\noperations = [\"StopInstances\", \"StartInstances\"]",
    ];
    let effect = tape.pick(&effects);
    tape.say(effect);
    when(tape);
    tape.maybe(6, "probability", &["\"1/2\"", "\"1/5\""]);
    tape.maybe(5, "per", &["\"call\"", "\"window\"", "\"occasion\""]);
    if tape.chance(2) {
        let groups = listed(&[&groups[0]]);
        tape.say(&format!("groups = {groups}"));
    }
}

/// Quotas of calls, small enough to be used up.
fn quotas(tape: &mut Tape<'_>) {
    for operation in ["StopInstance", "StartInstances", "DescribeInstanceStatus"] {
        if tape.chance(2) {
            let limit = 1 + tape.below(4);
            tape.say(&format!(
                "[[quota]]\nname = \"{operation}\"\noperation = \"{operation}\"\nlimit = {limit}"
            ));
            tape.maybe(3, "per_user", &["1"]);
        }
    }
}

fn work_fault(tape: &mut Tape<'_>, number: u64) {
    tape.say(&format!("[[work_fault]]\nname = \"work-{number}\""));
    let effect = tape.pick(&["slow = \"7\"", "stuck = \"50m\"", "stuck = \"forever\""]);
    tape.say(effect);
    when(tape);
    tape.maybe(7, "probability", &["\"1/5\"", "\"1/2\""]);
    tape.maybe(3, "operations", &["[\"StartInstance\"]", "[\"StopInstance\"]"]);
}

fn environment_fault(tape: &mut Tape<'_>, pool: &str) {
    tape.say(&format!("[[environment_fault]]\nname = \"shock-{pool}\"\npools = [\"{pool}\"]"));
    let effect = tape.pick(&["sold_out = true", "stock_loss = 3", "scale = \"1/2\""]);
    tape.say(effect);
    when(tape);
    tape.maybe(3, "probability", &["\"1/2\""]);
}

fn scheduled_events(tape: &mut Tape<'_>, groups: &[Group]) {
    let group = &groups[0];
    if tape.chance(3) {
        tape.say("[[scheduled_event]]\nname = \"operator\"\nat = \"2026-03-02 17:55\"");
        tape.say(&format!("groups = [\"{}\"]\nguest_shutdown = true", group.name));
    }
    if tape.chance(3) {
        let condition = tape.pick(&["security_lock", "in_arrears", "disk_error"]);
        for (name, at, on) in [("begins", "16:00", true), ("ends", "22:30", false)] {
            tape.say(&format!("[[scheduled_event]]\nname = \"{name}\"\nat = \"2026-03-02 {at}\""));
            tape.say(&format!("instances = [\"{}-0001\"]", group.name));
            tape.say(&format!("condition = \"{condition}\"\non = {on}"));
        }
    }
}
