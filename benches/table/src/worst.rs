//! Worst cases of the event list: none may cost much more than the hold model that it is made for.

use std::hint::black_box;
use std::sync::Arc;

use crate::engines::Engine;
use crate::model::Hold;
use crate::table::{Goal, line, medians, nanos};

const SECOND: u64 = 1_000_000;
const THIRTY_YEARS: u64 = 30 * 365 * 86_400 * SECOND;

/// A hold model of other increments, and when its first events are.
struct Case {
    name: &'static str,
    increments: Arc<[u64]>,
    first: fn(u32, u64) -> u64,
}

/// The hold model of so many pending events, and what it must not be much better than.
pub fn worst(table: &Arc<[u64]>, pending: u32, events: u64) {
    let of = |increment: fn(usize, u64) -> u64| {
        table.iter().enumerate().map(|(place, span)| increment(place, *span)).collect()
    };
    let case = |name, increment, first| Case { name, increments: of(increment), first };
    let cases = [
        case("as it is", |_, span| span, |_, span| span),
        case("all at one instant", |_, _| SECOND, |_, _| SECOND),
        case("time stands still", |_, _| 0, |_, _| SECOND),
        case(
            "half of them in thirty years",
            |_, span| span,
            |id, span| span + if id % 2 == 0 { THIRTY_YEARS } else { 0 },
        ),
        case("seconds and days", |place, span| span * [1, 200_000][place % 2], |_, span| span),
        case("ages apart", |_, span| span * 1_000_000, |_, span| span * 1_000_000),
    ];
    let run = |case: &Case| {
        let mut hold = Hold::new(&case.increments);
        let first = hold.first(pending);
        let spans = first.iter().zip(table.iter().cycle());
        let first: Vec<_> = spans.map(|((_, id), span)| ((case.first)(*id, *span), *id)).collect();
        let took = Engine::Stopsim.run(&mut hold, &first, events);
        black_box(hold.sum);
        took.as_nanos() as f64 / hold.handled as f64
    };
    let mut runs: Vec<_> = cases.iter().map(|case| move || run(case)).collect();
    let mut each: Vec<&mut dyn FnMut() -> f64> = Vec::new();
    each.extend(runs.iter_mut().map(|one| one as &mut dyn FnMut() -> f64));
    let taken = medians(&mut each);
    for (case, took) in cases.iter().zip(&taken).skip(1) {
        let what = format!("hold, {pending} pending, {}", case.name);
        line(&what, &nanos(*took), "× the hold model", took / taken[0], Goal::AtMost(2.0));
    }
}
