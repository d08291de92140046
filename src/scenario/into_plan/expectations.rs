//! What a scenario expects of the result.

use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::Section;
use crate::scenario::suggest::nearest_few;
use crate::scenario::value::Word;
use crate::sim::metric::{Metric, ServiceFigure, Unit};
use crate::sim::plan::{Across, Expectation, Relation};

use super::{Work, currency, names};

/// Longer ones first, so that `<=` is not read as `<`.
const RELATIONS: [(&str, Relation); 5] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Less),
    (">", Relation::Greater),
    ("=", Relation::Equal),
];

/// So many names are suggested for an unknown one.
const NEAREST: usize = 3;

const ACROSS: [(&str, Across); 3] =
    [("every", Across::Every), ("max", Across::Max), ("min", Across::Min)];

const EXPECTED: &str = "expected a metric, a relation and a threshold: \
                        \"start.due_to_ready.p99 < 5m\"; \
                        before the metric, `every`, `max` or `min` speak of each replication";

/// Every expectation that could be read.
pub(super) fn expectations(work: &mut Work<'_, '_>) -> Vec<Expectation> {
    let root = work.root;
    let Some(At { value: Section(Some(words)), .. }) = &root.expect else { return vec![] };
    words.iter().filter_map(|word| expectation(work, &word.value, word.place)).collect()
}

fn expectation(work: &mut Work<'_, '_>, word: &Word, place: Place) -> Option<Expectation> {
    let text = word.0.trim();
    let found = RELATIONS.iter().find_map(|(sign, relation)| {
        text.split_once(sign).map(|(name, threshold)| (name.trim(), *relation, threshold.trim()))
    });
    let Some((words, relation, threshold)) = found else {
        work.problem(Problem::new(place, format!("`{text}` compares nothing")).expected(EXPECTED));
        return None;
    };
    let (across, name) = across(words);
    let Some(metric) = Metric::parse(name) else {
        work.problem(unknown_metric(name, place));
        return None;
    };
    if let Metric::Service(name, _) = &metric {
        let known = names(&work.root.service);
        if !work.refer(name, place, "service", known) {
            return None;
        }
    }
    let unit = metric.unit();
    let own = currency(work.root);
    if let (Unit::Money, Some(other)) = (unit, threshold.split(' ').nth(1))
        && other != own
    {
        let problem = Problem::new(place, format!("`{text}`: {other} in a scenario in {own}"));
        work.problem(problem.expected(format!("expected an amount in {own}")));
        return None;
    }
    match unit.read(threshold) {
        Ok(threshold) => Some(Expectation {
            text: text.to_owned(),
            across,
            metric: name.to_owned(),
            relation,
            threshold,
        }),
        Err(error) => {
            let problem = Problem::new(place, format!("`{text}`: {}", error.problem));
            work.problem(problem.expected(format!("expected {}", error.expected)));
            None
        }
    }
}

/// `every`, `max` or `min` before the name, if any.
fn across(words: &str) -> (Across, &str) {
    let after = |word: &str| {
        let rest = words.strip_prefix(word)?;
        rest.starts_with(char::is_whitespace).then(|| rest.trim_start())
    };
    let found = ACROSS.iter().find_map(|(word, across)| Some((*across, after(word)?)));
    found.unwrap_or((Across::Truth, words))
}

fn unknown_metric(name: &str, place: Place) -> Problem {
    let problem = Problem::new(place, format!("unknown metric `{name}`")).expected(EXPECTED);
    problem.hint(metric_hint(name))
}

/// What may have been meant by a name that is no metric's.
pub fn metric_hint(name: &str) -> String {
    let hint = |near: &[&str]| match near {
        [] => "`stopsim metrics` lists all".to_owned(),
        near => format!("did you mean `{}`? `stopsim metrics` lists all", near.join("`, `")),
    };
    if let Some(rest) = name.strip_prefix("service.").or(name.strip_prefix("services.")) {
        let figures: Vec<String> =
            ServiceFigure::named().into_iter().map(|(figure, _)| figure).collect();
        let service = rest.split('.').next().unwrap_or(rest);
        let all: Vec<String> = figures.iter().map(|f| format!("service.{service}.{f}")).collect();
        let near = nearest_few(name, all.iter().map(String::as_str), NEAREST);
        return format!("{}; a service has: {}", hint(&near), figures.join(", "));
    }
    let names = Metric::names();
    let known = || names.iter().map(String::as_str);
    let qualified: Vec<&str> =
        known().filter(|known| !name.is_empty() && known.starts_with(name)).collect();
    match qualified.as_slice() {
        [] => hint(&nearest_few(name, known(), NEAREST)),
        all => format!("say which: `{}`", all[..all.len().min(6)].join("`, `")),
    }
}
