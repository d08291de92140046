//! Measuring in turns, and the table that is printed.

/// How many times everything of a row is measured, in turns; the median counts.
const ROUNDS: usize = 3;

/// What a row's contenders took, each in nanoseconds of its unit: the median of the rounds, all
/// measured in turns so that a slow minute of the machine meets all of them.
pub fn medians(contenders: &mut [&mut dyn FnMut() -> f64]) -> Vec<f64> {
    let mut taken = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for (contender, taken) in contenders.iter_mut().zip(&mut taken) {
            taken.push(contender());
        }
    }
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[ROUNDS / 2]
    };
    taken.into_iter().map(median).collect()
}

/// A goal: what the ratio may be at most, or must be at least.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// None is set.
    None,
}

/// A line of the table: `what`, what it took, and how that compares.
pub fn line(what: &str, took: &str, against: &str, ratio: f64, goal: Goal) {
    let goal = match goal {
        Goal::AtMost(most) => format!("≤ {most}  {}", verdict(ratio <= most)),
        Goal::AtLeast(least) => format!("≥ {least}  {}", verdict(ratio >= least)),
        Goal::None => String::new(),
    };
    println!("{what:<46} {took:>14}  {against:<28} {ratio:>8.2}  {goal}");
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "NOT MET" }
}

/// Nanoseconds, shortly.
pub fn nanos(ns: f64) -> String {
    if ns < 10_000.0 { format!("{ns:.1} ns") } else { format!("{:.1} µs", ns / 1_000.0) }
}
