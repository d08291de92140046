//! What a run may cost at most: how often something that comes again and again may come in it.
//!
//! Whoever asks for more has most likely mistyped a unit, and would wait for hours or run out of
//! memory. Each limit has a name and is told with the place of what is beyond it.

use crate::engine::Distribution;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::units::SimDuration;

use super::{Time, Work};

/// Most bursts of one rule in a run, on average.
pub const BURSTS_MAX: u64 = 1_000_000;
/// Most looks of one controller that watches, in a run.
pub const LOOKS_MAX: u64 = 100_000_000;
/// Most looks of one wait for a stop or start, and most requests of one while stock is short.
pub const TRIES_MAX: u64 = 1_000_000;
/// Most requests of one pool's other tenants, or of one controller's users, in a run, on average.
pub const ARRIVALS_MAX: u64 = 100_000_000;
/// Most of one pool's other tenants that would be there at once, on average, with stock for all.
pub const TENANTS_MAX: u64 = 10_000_000;

/// So much that happens in a run is too much.
fn limit(work: &mut Work<'_, '_>, at: Place, count: u128, most: u64, what: &str) -> bool {
    if count <= u128::from(most) {
        return true;
    }
    let problem = Problem::new(at, format!("more than {most} {what} in the run"));
    work.problem(problem.expected(format!("this comes to {count}")));
    false
}

/// Bursts that last so long, with so much quiet between them.
pub(super) fn bursts(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    (on, off): (&Distribution, &Distribution),
    at: Place,
) -> bool {
    let cycle = (on.mean_us() + off.mean_us()) as u64;
    limit(work, at, length(time) / u128::from(cycle.max(1)), BURSTS_MAX, "bursts")
}

/// Looks with so much time between them.
pub(super) fn looks(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    every: SimDuration,
    at: Place,
) -> bool {
    let every = u128::from(every.as_micros().max(1));
    limit(work, at, length(time) / every, LOOKS_MAX, "looks of one controller")
}

/// Tries of one wait with so much time between them, until it is given up or the run ends.
pub(super) fn tries(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    (every, give_up): (SimDuration, Option<SimDuration>),
    at: Place,
) -> bool {
    let wait = give_up.map_or(u128::MAX, |span| u128::from(span.as_micros())).min(length(time));
    let count = wait / u128::from(every.as_micros().max(1));
    limit(work, at, count, TRIES_MAX, "tries of one wait")
}

/// Requests of so many thousandths an hour, by hour of the day.
pub(super) fn arrivals(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    milli_per_hour: &[u64; 24],
    at: Place,
) -> bool {
    limit(work, at, arriving(milli_per_hour, length(time)), ARRIVALS_MAX, "requests drawn")
}

/// Other tenants that stay so long.
pub(super) fn tenants(
    work: &mut Work<'_, '_>,
    time: Option<&Time>,
    (milli_per_hour, hold): (&[u64; 24], &Distribution),
    at: Place,
) -> bool {
    let stay = u128::from(hold.mean_us() as u64).min(length(time));
    let at_once = arriving(milli_per_hour, stay);
    arrivals(work, time, milli_per_hour, at)
        && limit(work, at, at_once, TENANTS_MAX, "tenants at once")
}

fn length(time: Option<&Time>) -> u128 {
    time.map_or(0, |time| u128::from(time.horizon.as_micros()))
}

/// How many arrive in so many µs, on average.
fn arriving(milli_per_hour: &[u64; 24], micros: u128) -> u128 {
    let milli_per_day: u128 = milli_per_hour.iter().copied().map(u128::from).sum();
    milli_per_day * micros / 1_000 / u128::from(crate::units::time::MICROS_PER_DAY)
}
