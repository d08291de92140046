//! What a scenario expects of the result.

use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::Section;
use crate::scenario::value::Word;
use crate::world::metric::{Metric, ServiceFigure, Unit};
use crate::world::plan::{Expectation, Relation};

use super::{Work, currency, names};

/// Longer ones first, so that `<=` is not read as `<`.
const RELATIONS: [(&str, Relation); 5] = [
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Less),
    (">", Relation::Greater),
    ("=", Relation::Equal),
];

const EXPECTED: &str = "expected a metric, a relation and a threshold: \
                        \"start.due_to_ready.p99 < 5m\"";

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
    let Some((name, relation, threshold)) = found else {
        work.problem(Problem::new(place, format!("`{text}` compares nothing")).expected(EXPECTED));
        return None;
    };
    let Some(metric) = Metric::parse(name) else {
        work.problem(unknown_metric(name, place));
        return None;
    };
    if let Metric::Service(name, _) = &metric {
        let known = names(&work.root.service);
        if !work.refer(name, place, "service", &known) {
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

fn unknown_metric(name: &str, place: Place) -> Problem {
    let problem = Problem::new(place, format!("unknown metric `{name}`")).expected(EXPECTED);
    if name.starts_with("service.") {
        let figures = ServiceFigure::named().into_iter().map(|(figure, _)| figure);
        let figures: Vec<String> = figures.collect();
        return problem.hint(format!("a service has: {}", figures.join(", ")));
    }
    let names = Metric::names();
    let qualified: Vec<&str> =
        names.iter().map(String::as_str).filter(|known| known.starts_with(name)).collect();
    match qualified.as_slice() {
        [first, ..] => problem.hint(format!("say which, such as `{first}`")),
        [] => problem.did_you_mean(name, names.iter().map(String::as_str)),
    }
}
