//! `backtest`: past weeks once more in the scenario, against what was observed in them.

use std::collections::BTreeMap;

use crate::ecs::id::{GroupId, InstanceId};
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::import::Moments;
use crate::import::bill::{self, Bill};
use crate::import::history::{self, History};
use crate::report::backtest::{self, Account, Backtest, Day};
use crate::report::collected::{Collected, Collecting};
use crate::report::summary::Summary;
use crate::sim::plan::Plan;
use crate::units::{HourlyRate, Money, Usage};

use super::args::{BacktestArgs, Format, PageArgs, RunArgs, UntilArgs};
use super::exit::{Error, Exit};
use super::import::{duration, open, told};
use super::run::{simulate, verdict};
use super::scenario::load;
use super::stdout::print;
use super::write::Common;

/// Compares.
///
/// # Errors
/// If the scenario, the history or the bill is wrong, or the history is of other days or
/// instances than the scenario.
pub fn backtest(args: &BacktestArgs) -> Result<Exit, Error> {
    let plan = load(&args.scenario)?.plan;
    let zone = plan.clock.zone().name().to_owned();
    let moments = Moments::named(&zone).expect("the scenario's zone is in the database");
    let at = |time| moments.read(&plan.clock.format(time)).expect("the clock prints times");
    let window = (at(plan.warm_up), at(plan.horizon));
    let options = history::Options {
        moments: moments.clone(),
        wave_gap: duration("--wave-gap", &args.wave_gap)?,
        within: Some(window),
    };
    let history = history::read(open(&args.history)?, &options).map_err(told)?;
    let bill = match &args.bill {
        Some(path) => Some(bill::read(open(path)?).map_err(told)?),
        None => None,
    };
    if let Some(bill) = bill.as_ref().filter(|bill| bill.currency != plan.currency) {
        let what = format!("the bill is in {}, the scenario in {}", bill.currency, plan.currency);
        return Err(Error::new(what).hint("give the scenario's prices in the bill's currency"));
    }
    let (from, to) = (plan.clock.format(plan.warm_up), plan.clock.format(plan.horizon));
    if history.waves.is_empty() && history.stopped_us.values().all(|span| *span == 0) {
        return Err(Error::new(format!("nothing in {} is of {from} to {to}", args.history))
            .because("the scenario's window and the history have no start in common")
            .hint("set clock.start and clock.length to the history's days"));
    }
    let (observed, matched) = observe(&plan, &history, bill.as_ref());
    if matched.1 == 0 {
        return Err(Error::new("no instance of the history is in the scenario")
            .hint("groups name their instances with names or names_csv"));
    }
    let run = run_args(args);
    let (mut collecting, mut predicted, mut seed) = (Collecting::default(), vec![], 0);
    simulate(&run, &plan, |outcome, of| {
        let one = Collected::of(&plan, std::slice::from_ref(outcome));
        predicted.push(predict(&summary(&plan, of, &one)));
        collecting.add(&plan, outcome);
        seed = of;
    })?;
    let expect = summary(&plan, seed, &collecting.finish(&plan)).expect;
    let currency = plan.currency.clone();
    let window = format!("{from} to {to}");
    let told = backtest::text(&Backtest { observed, predicted, currency, window, matched });
    print(told)?;
    Ok(verdict(&expect, args.strict))
}

fn run_args(args: &BacktestArgs) -> RunArgs {
    RunArgs {
        scenario: args.scenario.clone(),
        seed: args.seed.clone(),
        replications: args.replications,
        replication: None,
        until: UntilArgs { until: None, at_most: 0 },
        threads: args.threads,
        until_event: None,
        year: false,
        what_if: false,
        what_if_region: Vec::new(),
        out: None,
        page: PageArgs::default(),
        cases: super::args::CasesArgs::default(),
        format: Format::Text,
        full: false,
        strict: args.strict,
        facts: false,
        events: false,
        instances: false,
    }
}

fn summary(plan: &Plan, seed: u64, collected: &Collected) -> Summary {
    let common = Common { seed, ties: "fifo", until_event: None };
    Summary::of(&common.results(plan, collected))
}

/// What a replication comes to.
fn predict(summary: &Summary) -> Account {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for wave in summary.waves.iter().filter(|wave| wave.kind == "start") {
        let Some(up) = wave.done_15m else { continue };
        let day = days.entry(wave.date.clone()).or_default();
        day.size += wave.size;
        day.up += up;
    }
    let billing = &summary.billing;
    Account { days, saving: billing.saving.total.0, billed: Some(billing.actual.0) }
}

/// What the history comes to at the scenario's prices, and how many of its instances are known.
fn observe(plan: &Plan, history: &History, bill: Option<&Bill>) -> (Account, (u64, u64)) {
    let region = &plan.region;
    let groups: BTreeMap<String, GroupId> = (0..region.instance_count())
        .map(|number| {
            let id = InstanceId(number);
            (region.instance_name(id), region.group_of(id))
        })
        .collect();
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for wave in &history.waves {
        let day = days.entry(wave.date.clone()).or_default();
        day.size += wave.size;
        day.up += wave.up;
    }
    let mut saved: BTreeMap<usize, u128> = BTreeMap::new();
    let mut known = 0;
    for (name, span) in &history.stopped_us {
        if let Some(group) = groups.get(name) {
            known += 1;
            *saved.entry(group.index()).or_default() += u128::from(*span);
        }
    }
    let saving = saved.into_iter().map(|(group, micros)| paused(plan, group, micros)).sum();
    let billed = bill.map(|bill| Money::from_nanos(bill.total()));
    (Account { days, saving, billed }, (history.stopped_us.len() as u64, known))
}

/// What so many instance-microseconds of an economical stop do not cost in a group; nothing, if
/// it cannot stop so.
fn paused(plan: &Plan, group: usize, micros: u128) -> Money {
    let spec = &plan.region.groups[group];
    if plan.region.ineligible_as(spec, spec.instance_type).is_some() {
        return Money::ZERO;
    }
    let is_paused = |component: &&Component| {
        !is_billed(**component, BilledState::StoppedEconomical, &plan.region.knobs)
    };
    let rates = Component::ALL.iter().filter(is_paused).map(|component| spec.rates.of(*component));
    rates
        .filter(|rate| *rate != HourlyRate::ZERO)
        .map(|rate| Usage::of(rate, micros).invoiced())
        .sum()
}
