//! Quotas of calls.

use crate::ecs::refusal::{Refusal, RefusalClass};
use crate::ecs::throttle::Quota;
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::value::HttpRefusal;

use super::{Work, list};

/// Every quota, as far as it could be read; an operation has one.
pub(super) fn quotas(work: &mut Work<'_, '_>) -> Vec<Quota> {
    let entries = list(&work.root.quota);
    let mut quotas: Vec<Quota> = vec![];
    for entry in entries {
        let raw = &entry.value;
        let operation = raw.operation.value;
        let earlier = entries.iter().find(|other| other.value.operation.value == operation);
        if let Some(other) = earlier.filter(|other| other.name != entry.name) {
            let message = format!("a second quota of {operation}");
            let problem = Problem::new(raw.operation.place, message);
            let problem = problem.related(other.value.operation.place, "the other one");
            work.problem(problem.expected("expected one quota for an operation"));
            continue;
        }
        if let Some(own) = raw.per_user.as_ref().filter(|own| own.value.0 > raw.limit.value.0) {
            let problem = Problem::new(own.place, "one caller may make more calls than all");
            work.problem(problem.related(raw.limit.place, "the limit of all"));
        }
        let answer = match &raw.answer {
            None => Refusal::Throttled,
            Some(at) => match throttling(at) {
                Some(refusal) => refusal,
                None => {
                    work.problem(not_throttling(at));
                    continue;
                }
            },
        };
        let per_caller = raw.per_user.as_ref().map(|at| at.value.0);
        quotas.push(Quota { operation, limit: raw.limit.value.0, per_caller, answer });
    }
    quotas
}

fn rows() -> impl Iterator<Item = Refusal> {
    let all = Refusal::ALL.iter().copied();
    all.filter(|refusal| refusal.class() == RefusalClass::Throttling)
}

fn throttling(at: &At<HttpRefusal>) -> Option<Refusal> {
    let HttpRefusal { http, code } = &at.value;
    rows().find(|refusal| {
        let row = refusal.row();
        row.http == *http && row.code == code.as_str()
    })
}

fn not_throttling(at: &At<HttpRefusal>) -> Problem {
    let HttpRefusal { http, code } = &at.value;
    let answers: Vec<String> = rows().map(|refusal| refusal.to_string()).collect();
    let problem = Problem::new(at.place, format!("`{http} {code}` is no answer to too many calls"));
    problem.expected(format!("expected one of: {}", answers.join(", ")))
}
