//! Recorded data, where it is present beside the project; without it these tests say so.
//!
//! Stock: how many instances could be had at each tick of three recorded spot markets
//! (skypilot-org/spot-traces, "Can't Be Late", NSDI 2024; zero means none could be had). Demand:
//! 259 159 arrivals of virtual machines over three and a half days (huaweicloud/
//! trace_generation_rnn, from AzurePublicDatasetV1, Cortez et al., SOSP 2017; CC-BY-4.0).

// These tests read files beside the project.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use stopsim::books::outcome::{LatencyName, Outcome};
use stopsim::ecs::instance::Status;
use stopsim::ecs::operation::OperationName;
use stopsim::engine::TiePolicy;
use stopsim::fact::Fact;
use stopsim::replicate::{Runs, run_all};
use stopsim::scenario::Memory;
use stopsim::sim::NoObserver;
use stopsim::sim::plan::Plan;

use crate::worlds::{FIRST, group, plan_from, pool, run_plan, world};

/// The folder of recorded data, if it is there.
fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if !path.is_dir() {
        println!("no recorded data in {}: nothing was tested", path.display());
        return None;
    }
    Some(path)
}

/// A recorded market: so many instances could be had at each tick.
struct Market {
    name: String,
    gap: u64,
    obtainable: Vec<u64>,
    /// How many a restart needs at once.
    needs: u64,
}

fn markets(folder: &Path) -> Vec<Market> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let market = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a trace is text");
        let json: serde_json::Value = serde_json::from_str(&text).expect("a trace is JSON");
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let needs = name.split('-').next().unwrap().parse().expect("the name begins with it");
        let data = json["data"].as_array().expect("a list");
        let obtainable = data.iter().map(|n| n.as_u64().expect("a count")).collect();
        Market { name, gap: json["metadata"]["gap_seconds"].as_u64().unwrap(), obtainable, needs }
    };
    paths.iter().map(market).collect()
}

/// Seconds from a refused call to the next: half an hour after the answer, which takes one.
const AGAIN: u64 = 1_801;

impl Market {
    /// One sleeping instance per tick, whose restart is requested then. Each is to find what it
    /// would find alone, so that one unit of the record is enough for all of them.
    fn plan(&self) -> Plan {
        let (ticks, gap) = (self.obtainable.len(), self.gap);
        let mut trace = String::from("at,obtainable_more\n");
        let mut requests = String::from("at,instance,action\n");
        for (tick, obtainable) in (0u64..).zip(&self.obtainable) {
            let units = obtainable / self.needs * ticks as u64;
            writeln!(trace, "{}s,{units}", tick * gap).unwrap();
            writeln!(requests, "{}s,web-{:04},start", tick * gap, tick + 1).unwrap();
        }
        let count = u32::try_from(ticks).unwrap();
        let rest = [
            "[calls]\nanswer = \"1s\"\n",
            &group("web", count, "initially = \"stopped-economical\""),
            &pool("trace = { csv = \"trace.csv\", column = \"obtainable_more\" }"),
            "[[controller]]\nname = \"users\"\nrequests_csv = \"requests.csv\"\n\
             no_stock = { retry_every = \"30m\" }\n",
        ];
        let text = world(&format!("{}s", ticks as u64 * gap), &rest.concat());
        let source = Memory::new()
            .with("market.toml", text)
            .with("trace.csv", trace)
            .with("requests.csv", requests);
        plan_from("market.toml", &source, &[])
    }

    /// From the request at a tick to the first call that finds stock, in seconds; none if that
    /// does not come before the record's end.
    fn wait(&self, tick: u64) -> Option<u64> {
        let end = self.obtainable.len() as u64 * self.gap;
        let asked = tick * self.gap;
        (0..).map(|calls| calls * AGAIN).take_while(|wait| asked + wait < end).find(|wait| {
            let at = usize::try_from((asked + wait) / self.gap).unwrap();
            self.obtainable[at] >= self.needs
        })
    }
}

/// A restart requested at any tick of a recorded market waits exactly as long as the record says.
#[test]
fn restarts_wait_as_long_as_recorded_stock_says() {
    let Some(folder) = data("spot-stock") else { return };
    let markets = markets(&folder);
    assert_eq!(markets.len(), 3);
    for market in markets {
        let plan = market.plan();
        let run = run_plan(&plan, FIRST);
        let ticks = market.obtainable.len() as u64;
        let mut waits: Vec<Option<u64>> = vec![None; market.obtainable.len()];
        for (at, fact) in &run.facts {
            if let Fact::StateChanged { instance, to, .. } = fact
                && to.status() == Status::Starting
            {
                let asked = u64::from(instance.0) * market.gap;
                assert!(at.as_micros().is_multiple_of(1_000_000), "{at}: whole seconds");
                waits[instance.index()] = Some(at.as_micros() / 1_000_000 - asked);
            }
        }
        let expected: Vec<Option<u64>> = (0..ticks).map(|tick| market.wait(tick)).collect();
        assert_eq!(waits, expected, "{}", market.name);
        let never = expected.iter().filter(|wait| wait.is_none()).count();
        let longest = expected.iter().flatten().max();
        let at_once = expected.iter().filter(|wait| **wait == Some(0)).count();
        println!(
            "{}: {ticks} restarts, {at_once} at once, {never} never, longest wait {longest:?} s, \
             {} refused",
            market.name, run.outcome.counts.pools[0].claims_refused,
        );
        assert!(0 < at_once && at_once < expected.len(), "{}: some wait", market.name);
    }
}

/// Arrivals by time in seconds since the first, and how many of each flavour.
type Arrivals = Vec<(u64, BTreeMap<char, u64>)>;

fn arrivals(folder: &Path) -> Arrivals {
    let text = fs::read_to_string(folder.join("v1.dev.txt")).expect("arrivals are text");
    let bin = |line: &str| -> (u64, BTreeMap<char, u64>) {
        let (at, batches) = line.split_once(' ').unwrap_or((line, ""));
        let mut counts = BTreeMap::new();
        for flavour in batches.split(',').filter(|cell| !matches!(*cell, "" | "|")) {
            *counts.entry(flavour.chars().next().unwrap()).or_default() += 1;
        }
        (at.parse().expect("a time in seconds"), counts)
    };
    let mut bins: Arrivals = text.lines().map(bin).collect();
    let first = bins[0].0;
    bins.iter_mut().for_each(|bin| bin.0 -= first);
    bins
}

/// Virtual CPUs by flavour.
fn flavours(folder: &Path) -> BTreeMap<char, u64> {
    let text = fs::read_to_string(folder.join("flav_map.txt")).expect("flavours are text");
    let row = |line: &str| {
        let (size, name) = line.split_once(' ').expect("a size and a name");
        let (vcpus, _) = size.split_once(',').expect("vCPUs and memory");
        (name.chars().next().unwrap(), vcpus.parse().expect("a count"))
    };
    text.lines().map(row).collect()
}

/// Each lives for half an hour, of which the record says nothing; its stop takes 20 s more.
const LIFE: u64 = 1_800;
const HELD: u64 = LIFE + 20;

/// How much is held at an instant, each arrival counting for so much.
fn held(arrivals: &Arrivals, at: u64, weight: impl Fn(char) -> u64) -> u64 {
    let alive = arrivals.iter().filter(|(came, _)| *came <= at && at < came + HELD);
    alive.flat_map(|(_, counts)| counts).map(|(flavour, count)| count * weight(*flavour)).sum()
}

fn peak(arrivals: &Arrivals, weight: impl Fn(char) -> u64 + Copy) -> u64 {
    arrivals.iter().map(|(at, _)| held(arrivals, *at, weight)).max().unwrap()
}

/// One group per flavour, with as many sleeping instances as were ever needed at once; arrivals
/// take them in turn. The pool holds exactly what is needed at the peak.
fn arrivals_plan(arrivals: &Arrivals, vcpus: &BTreeMap<char, u64>) -> Plan {
    let mut rest = String::from("[calls]\nanswer = \"1s\"\n");
    let mut slots = BTreeMap::new();
    for (flavour, vcpus) in vcpus {
        let most = peak(arrivals, |one| u64::from(one == *flavour)).max(1);
        slots.insert(*flavour, most);
        let text = group(&flavour.to_string(), u32::try_from(most).unwrap(), "");
        rest += &text.replace("ecs.g7.large", &format!("ecs.v{flavour}.large"));
        rest += "initially = \"stopped-economical\"\n";
        writeln!(rest, "[[type]]\nname = \"ecs.v{flavour}.large\"\nvcpus = {vcpus}").unwrap();
        rest += "economical = true\n";
    }
    let types: Vec<String> = vcpus.keys().map(|f| format!("\"ecs.v{f}.large\"")).collect();
    writeln!(
        rest,
        "[[pool]]\nname = \"all\"\nzone = \"z\"\ntypes = [{}]\nunit = \"vcpu\"\ntotal = {}\n\
         [[controller]]\nname = \"users\"\nrequests_csv = \"requests.csv\"\n\
         stop = {{ mode = \"StopCharging\" }}",
        types.join(", "),
        peak(arrivals, |flavour| vcpus[&flavour]),
    )
    .unwrap();
    let mut requests = String::from("at,instance,action\n");
    let mut came: BTreeMap<char, u64> = BTreeMap::new();
    for (at, counts) in arrivals {
        for (flavour, count) in counts {
            for _ in 0..*count {
                let number = came.entry(*flavour).or_default();
                let slot = *number % slots[flavour] + 1;
                *number += 1;
                writeln!(requests, "{at}s,{flavour}-{slot:04},start").unwrap();
                writeln!(requests, "{}s,{flavour}-{slot:04},stop", at + LIFE).unwrap();
            }
        }
    }
    let end = arrivals.last().unwrap().0 + 2 * LIFE;
    let source = Memory::new()
        .with("arrivals.toml", world(&format!("{end}s"), &rest))
        .with("requests.csv", requests);
    plan_from("arrivals.toml", &source, &[])
}

/// Recorded arrivals, each a restart: none is lost, and stock is what counting by hand says.
#[test]
#[ignore = "half a million requests, four times: in release by .ci/run"]
fn every_recorded_arrival_is_a_restart() {
    let Some(folder) = data("vm-arrivals") else { return };
    let (arrivals, vcpus) = (arrivals(&folder), flavours(&folder));
    let count: u64 = arrivals.iter().flat_map(|(_, counts)| counts.values()).sum();
    assert_eq!(count, 259_159, "as its description says");
    let plan = arrivals_plan(&arrivals, &vcpus);
    let run = |threads| -> Vec<Outcome> {
        let ties = TiePolicy::Fifo;
        let runs = Runs { seed: 1, ties, replications: 0..2, threads, until_event: None };
        let all = run_all(&plan, &runs, |_| NoObserver).expect("no livelock");
        all.into_iter().map(|(outcome, _)| outcome).collect()
    };
    let (one, two) = (run(1), run(2));
    let digests = |outcomes: &[Outcome]| -> Vec<u64> {
        outcomes.iter().map(|outcome| outcome.digest).collect()
    };
    assert_eq!(digests(&one), digests(&two), "whatever the number of threads");
    for outcome in &one {
        for operation in [OperationName::StartInstance, OperationName::StopInstance] {
            let calls = &outcome.counts.calls[operation as usize];
            assert_eq!((calls.sent, calls.accepted), (count, count), "{operation}");
        }
        let latency = |name: LatencyName| outcome.counts.latencies[name.index()].finished();
        assert_eq!(latency(LatencyName::StartAcceptedToRunning), count);
        assert_eq!(latency(LatencyName::StopAcceptedToStopped), count);
        let pool = &outcome.counts.pools[0];
        assert_eq!((pool.claims_granted, pool.claims_refused), (count, 0));
        assert_eq!(pool.least_free, 0, "all of it is needed at the peak");
        for sample in &outcome.hourly[0] {
            let at = sample.at.as_micros() / 1_000_000;
            assert_eq!(sample.ours, held(&arrivals, at, |flavour| vcpus[&flavour]), "{at} s");
        }
    }
    println!(
        "{count} arrivals on {} instances, peak {} vCPUs, {} events, digest {:016x}",
        plan.region.instance_count(),
        peak(&arrivals, |flavour| vcpus[&flavour]),
        one[0].counts.events.handled,
        one[0].digest,
    );
}
