//! One cell: a figure of a world, over so many replications, in many trials.

use stopsim::stats::{Interval, Lack};
use stopsim::units::Ratio;

use super::figure::{Figure, Promise, Sample, Truth};
use super::world::{Luck, Replication, World};

/// The confidence of printed intervals.
const TWO_SIDED: Ratio = Ratio::new(95, 100);
/// The confidence of those whose ends decide expectations, where the method is exact.
const ONE_SIDED: Ratio = Ratio::new(90, 100);

/// What became of the trials of a cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The world's name.
    pub world: &'static str,
    /// Whether it is about the difference of two policies with the same luck.
    pub is_difference: bool,
    /// Of what.
    pub figure: Figure,
    /// Over how many replications.
    pub n: usize,
    /// What the figure is in truth.
    pub truth: Truth,
    /// How many trials there were.
    pub trials: u32,
    /// Trials with an interval.
    pub printed: u32,
    /// Trials in which all replications were the same: the value is observed.
    pub alike: u32,
    /// Of those with an interval, those whose interval has the truth in it.
    pub covered: u32,
    /// Those in which an expectation that the truth is below what it is came out as *holds*.
    pub below: u32,
    /// Those in which one that it is above did.
    pub above: u32,
}

/// What trials draw from.
#[derive(Clone, Copy)]
pub enum Bank<'a> {
    /// Replications of one policy.
    One(&'a [Replication]),
    /// Pairs of replications of two policies.
    Two(&'a [[Replication; 2]]),
}

impl Bank<'_> {
    /// Draws so many, and asks each cell about its figure.
    fn trial(self, n: usize, luck: &mut Luck, cells: &mut [Cell]) {
        let mut place = |of: usize| (luck.share() * of as f64) as usize;
        match self {
            Bank::One(bank) => {
                let sample = Sample::of((0..n).map(|_| &bank[place(bank.len())]).collect());
                cells.iter_mut().for_each(|cell| {
                    let figure = cell.figure;
                    cell.ask(|confidence| sample.interval(figure, confidence));
                });
            }
            Bank::Two(bank) => {
                let drawn: Vec<&[Replication; 2]> =
                    (0..n).map(|_| &bank[place(bank.len())]).collect();
                let base = Sample::of(drawn.iter().map(|[base, _]| base).collect());
                let other = Sample::of(drawn.iter().map(|[_, other]| other).collect());
                cells.iter_mut().for_each(|cell| {
                    let figure = cell.figure;
                    cell.ask(|confidence| other.difference(&base, figure, confidence));
                });
            }
        }
    }
}

/// Every figure's cell of one world and one n.
pub fn cells(
    world: &World,
    bank: Bank<'_>,
    truths: &[(Figure, Truth)],
    n: usize,
    trials: u32,
) -> Vec<Cell> {
    let cell = |&(figure, truth): &(Figure, Truth)| Cell {
        world: world.name,
        is_difference: matches!(bank, Bank::Two(_)),
        figure,
        n,
        truth,
        trials,
        printed: 0,
        alike: 0,
        covered: 0,
        below: 0,
        above: 0,
    };
    let mut cells: Vec<Cell> = truths.iter().map(cell).collect();
    for trial in 0..trials {
        let seed = (u64::from(trial) << 32) + n as u64;
        bank.trial(n, &mut Luck::of(seed), &mut cells);
    }
    cells
}

impl Cell {
    /// Asks for the interval of this cell's figure with some confidence.
    fn ask(&mut self, interval: impl Fn(Ratio) -> Result<Interval, Lack>) {
        let truth = self.truth.value;
        let printed = interval(TWO_SIDED);
        self.alike += u32::from(matches!(printed, Err(Lack::Alike)));
        if let Ok(Interval { low, high, .. }) = printed {
            self.printed += 1;
            self.covered += u32::from(low <= truth && truth <= high);
        }
        let bounds = match self.figure.promise() {
            Promise::AtLeast if !self.is_difference => interval(ONE_SIDED),
            Promise::AtLeast | Promise::About => printed,
        };
        if let Ok(Interval { low, high, .. }) = bounds {
            self.below += u32::from(high < truth);
            self.above += u32::from(low > truth);
        }
    }

    /// For tests: nothing happened yet.
    #[cfg(test)]
    pub fn example(trials: u32) -> Cell {
        let truth = Truth { value: 1.0, varies: true };
        let (figure, world) = (Figure::Saved, "mild");
        let printed = trials;
        let (is_difference, n) = (false, 40);
        let (alike, covered, below, above) = (0, 0, 0, 0);
        Cell {
            world,
            is_difference,
            figure,
            n,
            truth,
            trials,
            printed,
            alike,
            covered,
            below,
            above,
        }
    }

    /// The share of printed intervals with the truth in them.
    pub fn coverage(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.printed.max(1))
    }

    /// The larger share of false *holds* of the two sides.
    pub fn false_holds(&self) -> f64 {
        f64::from(self.below.max(self.above)) / f64::from(self.printed.max(1))
    }

    /// What it misses of its targets, if anything; three standard errors are the experiment's own.
    pub fn misses(&self) -> Option<String> {
        let error = |share: f64| 3.0 * libm::sqrt(share * (1.0 - share) / f64::from(self.trials));
        let mut wrong = Vec::new();
        let told = self.printed + if self.is_difference { self.alike } else { 0 };
        if self.printed > 0 && told < self.trials {
            wrong.push(format!("printed in {} of {} trials", self.printed, self.trials));
        }
        if self.printed == 0 && self.truth.varies && self.n >= 40 && self.world == "mild" {
            wrong.push("has no interval".to_owned());
        }
        let (coverage, false_holds) = (self.coverage(), self.false_holds());
        let more = self.figure.may_cover_more()
            || self.truth.value.is_infinite()
            || (self.is_difference && self.figure.is_joined());
        let least = if self.is_difference { 0.92 } else { 0.93 };
        if self.printed > 0 && coverage < least - self.slack(error(least)) {
            wrong.push(format!("covers {:.1} %", 100.0 * coverage));
        }
        // Too wide breaks no promise: here the experiment's own error is allowed at full size, too.
        if self.printed > 0 && !more && coverage > 0.97 + error(0.97) {
            wrong.push(format!("covers {:.1} %: too much", 100.0 * coverage));
        }
        if false_holds > 0.05 + error(0.05) {
            wrong.push(format!("false holds {:.1} %", 100.0 * false_holds));
        }
        let what = if self.is_difference { "difference of " } else { "" };
        let place = format!("{}, {what}{}, n = {}", self.world, self.figure.name(), self.n);
        (!wrong.is_empty()).then(|| format!("{place}: {}", wrong.join(", ")))
    }

    /// The whole experiment has to meet its targets as they are; a sample may err.
    fn slack(&self, error: f64) -> f64 {
        if self.trials < 2_000 { error } else { 0.0 }
    }
}
