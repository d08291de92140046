//! Decisions that the scenario makes in place of luck.

use crate::engine::{Decided, Decision, DecisionList};
use crate::scenario::decode::At;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{DecisionEntry, Section};
use crate::scenario::value::Word;
use crate::sim::decision::{Answer, BURST, Entities, PURPOSES, fits, occasion_of, purpose_named};
use crate::sim::plan::Plan;

use super::{Work, place_of};

/// What the scenario decides.
pub(super) fn decisions(work: &mut Work<'_, '_>, plan: &Plan) -> DecisionList {
    let root = work.root;
    let Some(At { value: Section(Some(entries)), .. }) = &root.decision else {
        return DecisionList::new();
    };
    let entities = Entities::of(plan);
    let mut list = DecisionList::new();
    for entry in entries {
        if let Some((decision, decided)) = one(work, &entities, entry) {
            list.insert(decision, decided);
        }
    }
    list
}

fn one(
    work: &mut Work<'_, '_>,
    entities: &Entities,
    entry: &DecisionEntry,
) -> Option<(Decision, Decided)> {
    let who = match entities.named(&entry.about.value.0) {
        Ok(who) => Some(who),
        Err(part) => {
            let problem = Problem::new(entry.about.place, format!("`{part}` is nobody here"));
            let problem = problem.expected("expected a kind and a name: \"instance web-0001\"");
            work.problem(problem.did_you_mean(part, entities.names()));
            None
        }
    };
    let purpose = purpose_named(&entry.what.value.0);
    if purpose.is_none() {
        let word = &entry.what.value.0;
        let known: Vec<&str> = PURPOSES.iter().chain([&BURST]).map(|(name, ..)| *name).collect();
        let problem = Problem::new(entry.what.place, format!("luck never decides `{word}`"));
        let problem = problem.expected(format!("expected one of: {}", known.join(", ")));
        work.problem(problem.did_you_mean(word, known));
    }
    let occasion = occasion_of(&entry.occasion.value.0);
    if occasion.is_none() {
        let message = format!("`{}` is no occasion", entry.occasion.value.0);
        let expected = "expected \"2026-03-02 #0\", \"7\" or \"life 0\"";
        work.problem(Problem::new(entry.occasion.place, message).expected(expected));
    }
    let given = [
        ("takes", place_of(&entry.takes)),
        ("happens", place_of(&entry.happens)),
        ("choice", place_of(&entry.choice)),
        ("words", place_of(&entry.words)),
    ];
    if !work.one_of(entry.about.place, "what is decided", &given) {
        return None;
    }
    let decided = decided(work, entry)?;
    let (purpose, answer) = purpose?;
    if !fits(answer, &decided) {
        let wanted = match answer {
            Answer::Span => "takes",
            Answer::Happens => "happens",
            Answer::Choice => "choice",
            Answer::Words => "words",
        };
        let (key, place) = given.iter().find_map(|(key, place)| place.map(|at| (*key, at)))?;
        let message = format!("`{key}` of `{}`", entry.what.value.0);
        work.problem(Problem::new(place, message).expected(format!("expected `{wanted}`")));
        return None;
    }
    let k = u32::try_from(entry.number.value.0).ok()?;
    Some((Decision { who: who?, purpose, occasion: occasion?, k }, decided))
}

fn decided(work: &mut Work<'_, '_>, entry: &DecisionEntry) -> Option<Decided> {
    if let Some(takes) = &entry.takes {
        return Some(Decided::Span(takes.value));
    }
    if let Some(happens) = &entry.happens {
        return Some(Decided::Happens(happens.value));
    }
    if let Some(choice) = &entry.choice {
        return Some(Decided::Choice(choice.value.0));
    }
    let words = entry.words.as_ref()?;
    let read = words_of(&words.value);
    if read.is_none() {
        let problem = Problem::new(words.place, format!("`{}` is not four words", words.value.0));
        work.problem(problem.expected("expected four words of 16 hexadecimal digits"));
    }
    read.map(Decided::Words)
}

fn words_of(text: &Word) -> Option<[u64; 4]> {
    let read = |word: &str| (word.len() == 16).then(|| u64::from_str_radix(word, 16).ok())?;
    let words: Option<Vec<u64>> = text.0.split_whitespace().map(read).collect();
    words?.try_into().ok()
}
