//! Whether what failed is fixed: the seeds that failed, and as many others as show it.

use crate::report::text::layout::Screen;
use crate::stats::{Interval, clean_replications};
use crate::units::Ratio;

use super::fold::{CONFIDENCE, Hunted};
use super::text::percent;
use super::trial::Trial;

/// The ends of an interval of this confidence hold with 95 % each.
const ONE_SIDED: Ratio = Ratio::new(90, 100);

/// What failed before.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// How many runs there were.
    pub runs: u32,
    /// The runs that failed.
    pub failing: Vec<Trial>,
    /// What they violated: places of the properties that are asked now.
    pub properties: Vec<u16>,
}

/// What came of runs, beside what failed before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Again {
    /// How many were run.
    pub runs: u32,
    /// Runs that fail as before.
    pub still: Vec<Trial>,
    /// Runs that fail in another way.
    pub otherwise: Vec<Trial>,
}

/// What is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing fails any more, and enough was tried.
    Fixed,
    /// Something fails.
    NotFixed,
    /// Nothing fails, and too little was tried.
    TooFew,
}

impl Before {
    /// At least this share of runs failed, with 95 % confidence.
    fn rate(&self) -> Option<f64> {
        let failing = u32::try_from(self.failing.len()).ok()?;
        Interval::of_share(failing, self.runs.max(failing), CONFIDENCE).map(|one| one.low)
    }

    /// How many runs without a failure show with 95 % confidence that fewer fail than did:
    /// ln 0.05 / ln(1 − rate).
    pub fn needed(&self) -> Option<u32> {
        clean_replications(1.0 - self.rate()?, ONE_SIDED).map(|needed| needed.max(1))
    }
}

impl Again {
    /// Of runs.
    pub fn of(before: &Before, hunted: &Hunted) -> Again {
        let mut again = Again { runs: hunted.runs, ..Again::default() };
        for (trial, properties) in &hunted.failing {
            // A run that does not let time go on is never fixed.
            let is_same = properties.is_empty()
                || properties.iter().any(|one| before.properties.contains(one));
            match is_same {
                true => again.still.push(*trial),
                false => again.otherwise.push(*trial),
            }
        }
        again
    }

    /// Whether nothing fails.
    pub fn is_clean(&self) -> bool {
        self.still.is_empty() && self.otherwise.is_empty()
    }
}

/// What is to be said of the failing runs and of the others.
pub fn answer(before: &Before, failing: &Again, clean: &Again) -> Answer {
    if !failing.is_clean() || !clean.is_clean() {
        Answer::NotFixed
    } else if before.needed().is_some_and(|needed| clean.runs >= needed) {
        Answer::Fixed
    } else {
        Answer::TooFew
    }
}

/// So many runs that fail are shown.
const SHOWN: usize = 5;

/// The screen.
pub fn text(
    before: &Before,
    failing: &Again,
    clean: &Again,
    replay: &dyn Fn(&Trial) -> String,
) -> String {
    let mut screen = Screen::default();
    let rate = before.rate().map_or_else(String::new, |rate| {
        format!(": at least {} of all, with 95 % confidence", percent(rate))
    });
    screen.heading("BEFORE", "");
    screen.wrapped(2, &format!("{} of {} runs failed{rate}", before.failing.len(), before.runs));
    screen.heading("FAILING SEEDS", "the same seeds, faults and order of ties");
    runs(failing, &mut screen, replay);
    screen.heading("OTHER SEEDS", "");
    match before.needed() {
        _ if clean.runs == 0 && !failing.is_clean() => screen.wrapped(2, "not run: not fixed"),
        None => screen.wrapped(2, "no number of clean runs would do"),
        Some(needed) => {
            screen.wrapped(2, &format!("{needed} clean runs are needed"));
            runs(clean, &mut screen, replay);
        }
    }
    let still = failing.still.len() + clean.still.len();
    let otherwise = failing.otherwise.len() + clean.otherwise.len();
    screen.line(String::new());
    screen.line(match answer(before, failing, clean) {
        Answer::Fixed => format!("fixed with 95 % confidence: 0 of {}", clean.runs),
        Answer::NotFixed => format!("not fixed: {still} fail as before, {otherwise} otherwise"),
        Answer::TooFew => format!("inconclusive: {} clean runs are too few", clean.runs),
    });
    screen.as_str().to_owned()
}

fn runs(again: &Again, screen: &mut Screen, replay: &dyn Fn(&Trial) -> String) {
    let Again { runs, still, otherwise } = again;
    screen.wrapped(2, &format!("{} of {runs} still fail", still.len()));
    if !otherwise.is_empty() {
        screen.wrapped(2, &format!("{} of {runs} fail in another way", otherwise.len()));
    }
    for trial in still.iter().chain(otherwise).take(SHOWN) {
        screen.command(&replay(trial));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::mix::{Mix, TieOrder};

    fn before(failing: u32, runs: u32) -> Before {
        let trial = Trial::new(1, Mix::Stated, TieOrder::Fifo);
        Before { runs, failing: vec![trial; failing as usize], properties: vec![0] }
    }

    #[test]
    fn clean_runs_follow_from_the_lower_end_of_the_rate() {
        // Of 1000 runs 10 fail: at least 0.48055 %, and ln 0.05 / ln(1 - 0.0048055) = 621.9.
        assert_eq!(before(10, 1_000).needed(), Some(622));
        // All of 20: at least 83.16 %.
        assert_eq!(before(20, 20).needed(), Some(2));
        assert_eq!(before(0, 20).needed(), None);
    }

    #[test]
    fn it_is_fixed_only_if_enough_was_tried_and_nothing_fails() {
        let before = before(10, 1_000);
        let clean = |runs| Again { runs, ..Again::default() };
        assert_eq!(answer(&before, &clean(10), &clean(622)), Answer::Fixed);
        assert_eq!(answer(&before, &clean(10), &clean(621)), Answer::TooFew);
        let still = Again { runs: 10, still: before.failing.clone(), ..Again::default() };
        assert_eq!(answer(&before, &still, &clean(622)), Answer::NotFixed);
        let new = Again { runs: 622, otherwise: before.failing.clone(), ..Again::default() };
        assert_eq!(answer(&before, &clean(10), &new), Answer::NotFixed);
    }
}
