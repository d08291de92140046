//! What a hunt says on the screen.

use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::fact::Defect;
use crate::property::{Seen, Verdict, Violation};
use crate::report::text::layout::{Flush, Screen, span};
use crate::stats::Interval;
use crate::world::plan::Plan;

use super::fold::{Finding, Hunted, Judged, Judgement};
use super::mix::{Mix, TieOrder};
use super::trial::{FOUND, OUTCOMES, Told, Trial};

/// So many distinct findings are shown unless more are asked for.
pub const FINDINGS_SHOWN: usize = 10;

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 {
        format!("{:.3} %", 100.0 * share)
    } else {
        format!("{:.1} %", 100.0 * share)
    }
}

fn share(judged: &Judged, mix: Mix) -> String {
    let (_, violated) = judged.of_mix(mix);
    match judged.share(mix) {
        None => "–".to_owned(),
        Some(Interval { low, high, .. }) if violated > 0 => {
            format!("{violated} ({} to {})", percent(low), percent(high))
        }
        Some(Interval { high, .. }) => format!("0 (at most {})", percent(high)),
    }
}

/// What is said of a property, in a word or with its reason.
pub fn verdict_words(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Holds => "holds",
        Judgement::Violated => "VIOLATED",
        Judgement::Inconclusive(None) => "inconclusive: too few runs",
        Judgement::Inconclusive(Some(reason)) => reason.words(),
    }
}

/// A violation in a line: when, who, what was seen.
pub fn violation_line(plan: &Plan, violation: &Violation) -> String {
    let mut line = plan.clock.format(violation.at);
    if let Some(instance) = violation.instance {
        line += &format!("  {}", plan.region.instance_name(instance));
    }
    if let Some(controller) = violation.controller {
        line += &format!("  {}", plan.controllers[usize::from(controller)].name);
    }
    let lasted = violation.at.since(violation.since);
    match violation.seen {
        Seen::State(state) => line += &format!("  {state}"),
        Seen::Number(number) => line += &format!("  {number}"),
        Seen::Itself => {}
    }
    if !lasted.is_zero() {
        line += &format!(", for {}", span(u128::from(lasted.as_micros())));
    }
    line
}

/// Verdicts, findings, what was not reached, the matrix.
pub fn hunt(
    plan: &Plan,
    hunted: &Hunted,
    most: usize,
    replay: &dyn Fn(&Trial) -> String,
) -> String {
    let mut screen = Screen::default();
    properties(plan, hunted, &mut screen);
    findings(plan, hunted, most, replay, &mut screen);
    price(plan, hunted, &mut screen);
    faults(plan, hunted, &mut screen);
    defects(plan, hunted, &mut screen);
    matrix(hunted, &mut screen);
    screen.as_str().to_owned()
}

fn properties(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    screen.heading("PROPERTIES", "runs that violate, with 95 % intervals");
    let head = ["property", "verdict", "as stated", "swarm", "first seed"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (place, judged) in (0..).zip(&hunted.properties) {
        let judgement = judged.judgement(plan.properties.probability(place));
        let first = judged.first.map_or_else(String::new, |(trial, _)| trial.seed.to_string());
        rows.push(vec![
            plan.properties.name(place).to_owned(),
            verdict_words(judgement).to_owned(),
            share(judged, Mix::Stated),
            share(judged, Mix::Swarm),
            first,
        ]);
    }
    let flush = [Flush::Left, Flush::Left, Flush::Right, Flush::Right, Flush::Right];
    screen.table(&flush, &rows);
    if let (livelocks, Some(trial)) = hunted.livelocks {
        screen.line(format!(
            "  {livelocks} runs did not let time go on, the first with seed {}",
            trial.seed
        ));
    }
    order(plan, hunted, screen);
}

/// Which properties are violated in one order of ties and hold in another.
fn order(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    for (place, judged) in (0..).zip(&hunted.properties) {
        let orders: Vec<(TieOrder, Interval)> = judged.by_order().collect();
        let low = orders.iter().map(|(_, one)| one.low).fold(0.0, f64::max);
        let high = orders.iter().map(|(_, one)| one.high).fold(1.0, f64::min);
        // Intervals that do not meet: chance alone does not explain it.
        if orders.len() > 1 && low > high {
            let shares: Vec<String> = orders
                .iter()
                .map(|(order, one)| format!("{} {}", order.name(), percent(one.mean)))
                .collect();
            screen.wrapped(
                2,
                &format!(
                    "{} depends on the order of events at one instant: {}",
                    plan.properties.name(place),
                    shares.join(", ")
                ),
            );
        }
    }
}

fn findings(
    plan: &Plan,
    hunted: &Hunted,
    most: usize,
    replay: &dyn Fn(&Trial) -> String,
    screen: &mut Screen,
) {
    if hunted.findings.is_empty() {
        return;
    }
    let all = hunted.findings.len();
    let note = match all > most {
        true => format!("{most} of {all} that differ by property, controller, group or state"),
        false => "that differ by property, controller, group or state".to_owned(),
    };
    screen.heading("FINDINGS", &note);
    for (number, Finding { trial, violation, runs }) in (1..).zip(hunted.findings.iter().take(most))
    {
        let name = plan.properties.name(violation.property);
        screen.wrapped(4, &format!("{number}. {name}, in {runs} of {} runs", hunted.runs));
        screen.wrapped(4, &format!("   {}", violation_line(plan, violation)));
        screen.command(&replay(trial));
    }
}

fn price(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    let (runs, violating) = hunted.stated;
    if hunted.prices.is_empty() || runs == 0 {
        return;
    }
    screen
        .heading("PRICE", "violating runs with the stated faults, beyond the same without faults");
    let count = hunted.prices.len() as i128;
    let nanos: i128 = hunted.prices.iter().map(|price| price.nanos).sum();
    let micros: i128 = hunted.prices.iter().map(|price| price.unavailable).sum();
    let money = crate::units::Money::from_nanos(nanos / count).rounded(2);
    let hours = crate::report::text::layout::hours(micros / count);
    screen.wrapped(
        2,
        &format!(
            "{violating} of {runs} runs violate something; such a run costs {money} {} and {hours} \
             not ready more, on average",
            plan.currency
        ),
    );
}

fn faults(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    let calls = plan.call_faults.iter().map(|fault| &fault.name);
    let work = plan.work_faults.iter().map(|fault| &fault.name);
    let environment = plan.environment_faults.iter().map(|fault| &fault.name);
    let names: Vec<&String> = calls.chain(work).chain(environment).collect();
    if names.is_empty() {
        screen.heading("FAULTS", "the scenario has none: only its own luck was tried");
        return;
    }
    let idle: Vec<&str> = names
        .iter()
        .zip(&hunted.struck)
        .filter(|(_, struck)| **struck == 0)
        .map(|(name, _)| name.as_str())
        .collect();
    screen.heading("FAULTS", &format!("{} of {} struck", names.len() - idle.len(), names.len()));
    if !idle.is_empty() {
        screen.wrapped(2, &format!("never struck: {}", idle.join(", ")));
    }
}

/// Defects on purpose: in how many runs each showed, and how many of these violate something.
fn defects(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    let all: Vec<(u16, Defect)> = (0..)
        .zip(&plan.controllers)
        .flat_map(|(place, controller)| controller.defects.iter().map(move |one| (place, one)))
        .collect();
    if all.is_empty() {
        return;
    }
    screen.heading("DEFECTS", "in how many runs each showed, and how many of these were found");
    let mut rows = vec![["controller", "defect", "showed", "found"].map(str::to_owned).to_vec()];
    for (place, defect) in all {
        let (runs, violated) = hunted.slipped.get(&(place, defect)).copied().unwrap_or_default();
        rows.push(vec![
            plan.controllers[usize::from(place)].name.clone(),
            defect.name().to_owned(),
            runs.to_string(),
            violated.to_string(),
        ]);
    }
    screen.table(&[Flush::Left, Flush::Left, Flush::Right, Flush::Right], &rows);
}

fn matrix(hunted: &Hunted, screen: &mut Screen) {
    screen.heading("CALLS", "what they found, and how often each outcome was seen; · never");
    let operations: Vec<OperationName> = OperationName::ALL
        .iter()
        .copied()
        .filter(|operation| {
            FOUND.iter().any(|found| {
                OUTCOMES.iter().any(|outcome| hunted.matrix.count(*found, *operation, *outcome) > 0)
            })
        })
        .collect();
    let seen = |outcome: &Option<crate::ecs::refusal::RefusalClass>| {
        operations.iter().any(|operation| {
            FOUND.iter().any(|found| hunted.matrix.count(*found, *operation, *outcome) > 0)
        })
    };
    let outcomes: Vec<_> = OUTCOMES.iter().filter(|outcome| seen(outcome)).collect();
    let mut head = vec!["operation".to_owned(), "found".to_owned()];
    let word = |outcome: &Option<crate::ecs::refusal::RefusalClass>| {
        outcome.map_or("accepted", crate::ecs::refusal::RefusalClass::name).to_owned()
    };
    head.extend(outcomes.iter().map(|outcome| word(outcome)));
    let mut rows = vec![head];
    for operation in operations {
        for found in FOUND {
            let counts: Vec<u32> = outcomes
                .iter()
                .map(|outcome| hunted.matrix.count(found, operation, **outcome))
                .collect();
            if found == Status::Absent && counts.iter().all(|count| *count == 0) {
                continue;
            }
            let mut row = vec![operation.name().to_owned(), found.name().to_owned()];
            let cell = |count: &u32| if *count == 0 { "·".to_owned() } else { count.to_string() };
            row.extend(counts.iter().map(cell));
            rows.push(row);
        }
    }
    let flush: Vec<Flush> = (0..rows[0].len())
        .map(|column| if column < 2 { Flush::Left } else { Flush::Right })
        .collect();
    screen.table(&flush, &rows);
}

/// What came of every property in one run.
pub fn run(plan: &Plan, told: &Told) -> String {
    let mut screen = Screen::default();
    screen.heading("PROPERTIES", "");
    let mut rows = Vec::new();
    for (place, verdict) in (0..).zip(&told.verdicts) {
        let (word, what) = match verdict {
            Verdict::Holds => ("holds", String::new()),
            Verdict::Violated(violation) => ("VIOLATED", violation_line(plan, violation)),
            Verdict::Inconclusive(reason) => ("inconclusive", reason.words().to_owned()),
        };
        rows.push(vec![plan.properties.name(place).to_owned(), word.to_owned(), what]);
    }
    screen.table(&[Flush::Left, Flush::Left, Flush::Left], &rows);
    if let Some(livelock) = &told.livelock {
        screen.line(format!("  {livelock}"));
    }
    screen.as_str().to_owned()
}
