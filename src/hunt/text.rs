//! What a hunt says on the screen.

use crate::ecs::instance::Status;
use crate::ecs::operation::OperationName;
use crate::fact::Defect;
use crate::property::{Seen, Verdict, Violation};
use crate::report::facts::state;
use crate::report::text::layout::{Flush, Screen, hours, span};
use crate::sim::plan::Plan;
use crate::stats::{Interval, MEANS_LEAST};
use crate::units::Money;

use super::fold::{Finding, Hunted, Judged, Judgement};
use super::mix::{Mix, TieOrder};
use super::price::Range;
use super::trial::{FOUND, OUTCOMES, Told, Trial};

/// So many distinct findings are shown unless more are asked for.
pub const FINDINGS_SHOWN: usize = 10;

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.000_01 {
        "<0.001 %".to_owned()
    } else if share > 0.0 && share < 0.001 {
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
            format!("{violated} [{} .. {}]", percent(low), percent(high))
        }
        Some(Interval { high, .. }) => format!("0 [at most {}]", percent(high)),
    }
}

/// What is said of a property, in a word or with its reason.
pub fn verdict_words(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Holds => "holds",
        Judgement::Violated => "VIOLATED",
        Judgement::Inconclusive(None) => "too few runs",
        Judgement::Inconclusive(Some(reason)) => reason.words(),
    }
}

/// A violation in a line: when, who, what was seen.
pub fn violation_line(plan: &Plan, violation: &Violation) -> String {
    let mut line = plan.clock.format(violation.at);
    let seen = seen(plan, violation);
    if !seen.is_empty() {
        line += &format!("  {}", seen.join(", "));
    }
    line
}

/// Of whom and by whom a violation is, what was seen, and for how long it was so.
pub(super) fn seen(plan: &Plan, violation: &Violation) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(violation.instance.map(|instance| plan.region.instance_name(instance)));
    let by = |place: u16| format!("by {}", plan.controllers[usize::from(place)].name);
    parts.extend(violation.controller.map(by));
    match violation.seen {
        Seen::State(seen) => parts.push(state(seen)),
        // Whatever is counted are calls.
        Seen::Number(number) => parts.push(format!("{number} calls")),
        Seen::Itself => {}
    }
    let lasted = violation.at.since(violation.since);
    if !lasted.is_zero() {
        parts.push(format!("for {}", span(u128::from(lasted.as_micros()))));
    }
    parts
}

/// Verdicts, so many distinct findings, what was not reached, the matrix. A hunt that stops at its
/// first violation says nothing about how likely that is.
pub fn hunt(
    plan: &Plan,
    hunted: &Hunted,
    (most, stops): (usize, bool),
    replay: &dyn Fn(&Trial) -> String,
) -> String {
    let mut screen = Screen::default();
    let estimates = !(stops && hunted.has_findings());
    properties(plan, hunted, estimates, &mut screen);
    if let Some(trial) = &hunted.livelocks.1 {
        screen.command(&replay(trial));
    }
    findings(plan, hunted, most, replay, &mut screen);
    if estimates {
        price(plan, hunted, &mut screen);
    }
    faults(plan, hunted, &mut screen);
    defects(plan, hunted, &mut screen);
    matrix(hunted, &mut screen);
    screen.as_str().to_owned()
}

fn properties(plan: &Plan, hunted: &Hunted, estimates: bool, screen: &mut Screen) {
    screen.heading(
        "PROPERTIES",
        match estimates {
            true => "✗ violated, ✓ not, ? open; runs that violate, 95 % intervals",
            false => "✗ violated, ✓ not, ? open; ended at the first: no estimates",
        },
    );
    let share = |judged: &Judged, mix| match estimates {
        true => share(judged, mix),
        false => judged.of_mix(mix).1.to_string(),
    };
    let head = ["", "property", "as stated", "swarm", "seed"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (place, judged) in (0..).zip(&hunted.properties) {
        let judgement = judged.judgement(plan.properties.probability(place));
        let (mark, why) = match judgement {
            Judgement::Holds => ("✓", None),
            Judgement::Violated => ("✗", None),
            Judgement::Inconclusive(_) => ("?", Some(verdict_words(judgement))),
        };
        let first = judged.first.map_or_else(String::new, |(trial, _)| trial.seed.to_string());
        rows.push(vec![
            mark.to_owned(),
            plan.properties.name(place).to_owned(),
            why.map_or_else(|| share(judged, Mix::Stated), str::to_owned),
            why.map_or_else(|| share(judged, Mix::Swarm), |_| String::new()),
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
    if estimates {
        order(plan, hunted, screen);
    }
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
    // Money and time are booked from the end of the warm-up on.
    let window = plan.horizon.since(plan.warm_up).as_micros();
    let money = hunted.price(window, |cost| cost.nanos);
    let time = hunted.price(window, |cost| cost.unavailable);
    let (Some(money), Some(time)) = (money, time) else {
        let (runs, violated) = hunted.stated;
        if violated > 0 {
            let why = format!(
                "none: {violated} of {runs} runs as stated violate something; it takes \
                 {MEANS_LEAST} of these and {MEANS_LEAST} others"
            );
            screen.heading("PRICE", &why);
        }
        return;
    };
    screen.heading("PRICE", "runs as stated: those that violate something beyond the others");
    let range = |one: &Range, show: &dyn Fn(i128) -> String| {
        let [mean, low, high] = [one.mean, one.low, one.high].map(|value| show(value as i128));
        format!("{mean} [{low} .. {high}]")
    };
    let in_money = |nanos: i128| Money::from_nanos(nanos).rounded(2);
    let unit = format!("paid, {}", plan.currency);
    let rows = [
        ["", "a run", "a month, times how likely it is"].map(str::to_owned),
        [unit, range(&money.a_run, &in_money), range(&money.a_month, &in_money)],
        [
            "not ready, instance-hours".to_owned(),
            range(&time.a_run, &hours),
            range(&time.a_month, &hours),
        ],
    ];
    screen.table(&[Flush::Left, Flush::Right, Flush::Right], &rows.map(Vec::from));
    if money.is_alike || time.is_alike {
        screen.line("  where all runs of one kind cost the same, that is taken to be exact");
    }
}

fn faults(plan: &Plan, hunted: &Hunted, screen: &mut Screen) {
    let names: Vec<&str> = plan.rules().map(|(_, name)| name).collect();
    if names.is_empty() {
        screen.heading("FAULTS", "the scenario has none: only its own luck was tried");
        return;
    }
    let idle: Vec<&str> = names
        .iter()
        .zip(&hunted.struck)
        .filter(|(_, struck)| **struck == 0)
        .map(|(name, _)| *name)
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
        let word = match verdict {
            Verdict::Holds => "holds",
            Verdict::Violated(_) => "VIOLATED",
            Verdict::Inconclusive(reason) => reason.words(),
        };
        rows.push(vec![plan.properties.name(place).to_owned(), word.to_owned()]);
    }
    screen.table(&[Flush::Left, Flush::Left], &rows);
    if told.violations().next().is_some() {
        screen.heading("VIOLATIONS", "the first of each property");
    }
    for violation in told.violations() {
        let name = plan.properties.name(violation.property);
        screen.wrapped(4, &format!("{name}: {}", violation_line(plan, violation)));
    }
    if let Some(livelock) = &told.livelock {
        screen.line(format!("  {livelock}"));
    }
    screen.as_str().to_owned()
}
