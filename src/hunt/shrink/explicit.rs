//! A scenario that says its decisions: no probability is left that matters, so it fails under any
//! seed, and still means the same when random numbers do not.

use toml::{Table, Value};

use crate::engine::Decided;
use crate::sim::NoObserver;
use crate::sim::decision::{Entities, Written};
use crate::units::{Ratio, SimDuration};

use super::document::{faults_mut, text};
use super::reduce::least;
use super::{OTHER_SEEDS, Shrinker};

/// A scenario that says its decisions.
pub struct Explicit {
    /// Its text.
    pub text: String,
    /// Under how many of as many other seeds it fails.
    pub other_seeds: (u32, u32),
    /// How many decisions it states.
    pub decisions: usize,
}

/// So many runs at most are tried to state fewer decisions.
const RUNS_MOST: u32 = 3_000;

/// Under so many seeds at most a decision has to be needless before it is left out.
const SEEDS_MOST: usize = 12;

/// The document with its decisions; none if it does not fail with all of them.
pub fn explicit(shrinker: &mut Shrinker<'_>, document: &Table) -> Option<Explicit> {
    let made = decisions(shrinker, document)?;
    let strikes: Vec<Written> =
        made.iter().filter(|one| one.decided != Decided::Happens(false)).cloned().collect();
    // Without luck of its own first; else everything as it was drawn.
    let candidates = [
        (certain(&constant(document)), strikes.clone()),
        (certain(document), strikes),
        (document.clone(), made),
    ];
    candidates.into_iter().find_map(|(base, stated)| least_stated(shrinker, &base, stated))
}

/// The document with as few of these decisions as make it fail under any seed that was tried.
///
/// Under a few seeds a decision may seem needless that is not: a seed that shows so is tried as
/// well from then on.
fn least_stated(shrinker: &mut Shrinker<'_>, base: &Table, all: Vec<Written>) -> Option<Explicit> {
    let first = shrinker.trial.seed;
    let others: Vec<u64> = (1..=u64::from(OTHER_SEEDS))
        .map(|more| first.wrapping_add(more) & (u64::MAX >> 1))
        .collect();
    let mut seeds: Vec<u64> = others[..3].to_vec();
    let tried = shrinker.tried;
    loop {
        let document = with(base, &all);
        if !seeds.iter().all(|seed| shrinker.fails_with(&document, *seed).is_some()) {
            return None;
        }
        // Where many are needed together, more of them are stated than need be.
        let mut fails = |stated: &[Written]| {
            let document = with(base, stated);
            shrinker.tried - tried < RUNS_MOST
                && seeds.iter().all(|seed| shrinker.fails_with(&document, *seed).is_some())
        };
        let mut stated = least(all.clone(), &mut fails);
        super::sizes::spans(&mut stated, fails);
        let document = with(base, &stated);
        let holds = |seed: &&u64| shrinker.fails_with(&document, **seed).is_none();
        match { others.iter() }.find(holds) {
            Some(seed) if seeds.len() < SEEDS_MOST => seeds.push(*seed),
            Some(_) => return None,
            None => {
                return Some(Explicit {
                    text: text(&document),
                    other_seeds: (OTHER_SEEDS, OTHER_SEEDS),
                    decisions: stated.len(),
                });
            }
        }
    }
}

/// Every decision of a document's run, by name.
fn decisions(shrinker: &Shrinker<'_>, document: &Table) -> Option<Vec<Written>> {
    let plan = shrinker.load(document)?;
    let listed = plan.decisions(shrinker.trial.seed, 0).listing();
    let id = shrinker.trial.run();
    shrinker.programs.run_deciding(&plan, id, &listed, &mut NoObserver).ok()?;
    let entities = Entities::of(&plan);
    let written = |(decision, decided)| Written::of(&entities, &decision, decided);
    Some(listed.made().into_iter().filter_map(written).collect())
}

/// The document with these decisions.
fn with(document: &Table, stated: &[Written]) -> Table {
    let mut document = document.clone();
    if stated.is_empty() {
        return document;
    }
    let entry = |one: &Written| {
        let mut table = Table::new();
        table.insert("about".into(), Value::String(one.about.clone()));
        table.insert("what".into(), Value::String(one.what.to_owned()));
        table.insert("occasion".into(), Value::String(one.occasion.clone()));
        if one.number > 0 {
            table.insert("number".into(), Value::Integer(one.number.into()));
        }
        match one.decided {
            Decided::Span(span) => table.insert("takes".into(), Value::String(span.to_string())),
            Decided::Happens(happens) => table.insert("happens".into(), Value::Boolean(happens)),
            Decided::Choice(choice) => {
                let choice = i64::try_from(choice).unwrap_or(i64::MAX);
                table.insert("choice".into(), Value::Integer(choice))
            }
            Decided::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:016x}")).collect();
                table.insert("words".into(), Value::String(words.join(" ")))
            }
        };
        Value::Table(table)
    };
    let mut all: Vec<Value> =
        document.get("decision").and_then(Value::as_array).cloned().unwrap_or_default();
    all.extend(stated.iter().map(entry));
    document.insert("decision".into(), Value::Array(all));
    document
}

/// No fault strikes by chance: what has to strike is stated.
fn certain(document: &Table) -> Table {
    let mut document = document.clone();
    for fault in faults_mut(&mut document) {
        let probability = fault.get("probability").and_then(Value::as_str);
        let is_certain =
            probability.is_none_or(|text| text.parse::<Ratio>().is_ok_and(|one| one == Ratio::ONE));
        if !is_certain {
            fault.insert("probability".into(), Value::String("0".into()));
        }
    }
    document
}

/// Every span that is drawn is the one that is usual: the median, the mean or the least.
fn constant(document: &Table) -> Table {
    let mut document = document.clone();
    for (_, value) in document.iter_mut() {
        still(value);
    }
    let usual: [(&str, SimDuration); 3] = [
        ("stop", SimDuration::from_secs(20)),
        ("start", SimDuration::from_secs(25)),
        ("allocation", SimDuration::from_secs(2)),
    ];
    if let Some(Value::Array(groups)) = document.get_mut("group") {
        for group in groups.iter_mut().filter_map(Value::as_table_mut) {
            for (key, span) in usual {
                group.entry(key).or_insert_with(|| Value::String(span.to_string()));
            }
            group.insert("wave_factor".into(), factor());
        }
    }
    let calls = document.entry("calls").or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(calls) = calls {
        calls.entry("answer").or_insert_with(|| Value::String("100ms".into()));
    }
    document
}

fn factor() -> Value {
    let one = || Value::String("1".into());
    Value::Table(Table::from_iter([("p50".to_owned(), one()), ("p99".to_owned(), one())]))
}

/// Every distribution below is its median, mean or least value; jitter is none.
fn still(value: &mut Value) {
    if let Value::Array(all) = value {
        all.iter_mut().for_each(still);
        return;
    }
    let Value::Table(table) = value else { return };
    // Of retries; the jitter of a due moment is a span like others.
    if let Some(Value::String(jitter)) = table.get_mut("jitter")
        && ["equal", "full", "decorrelated"].contains(&jitter.as_str())
    {
        *jitter = "none".into();
    }
    let least = |list: &Value| list.as_array().and_then(|list| list.first().cloned());
    let uniform = table.get("uniform").and_then(least);
    match table.get("p50").or(table.get("exponential")).cloned().or(uniform) {
        Some(plain) => *value = plain,
        None => table.iter_mut().for_each(|(_, inner)| still(inner)),
    }
}
