//! Whether intervals cover what they promise, measured with the product's own methods.
//!
//! `cargo run --release -p stopsim-coverage -- [--check FILE]`. For each toy world a bank of
//! replications is made, whose value as a whole is the truth. A trial draws n of them and asks the
//! methods of `stopsim::stats` for intervals. It prints docs/COVERAGE.md, and exits with 1 if a
//! cell misses its target, or differs from the FILE.

#![allow(clippy::disallowed_methods, reason = "a program reads its arguments and a file")]

mod cell;
mod figure;
mod front;
mod page;
mod plan;
mod race;
mod row;
mod until;
mod world;

use std::thread::{self, ScopedJoinHandle};

use cell::{Bank, Cell};
use figure::Figure;
use page::page;
use world::{Replication, WORLDS, World};

/// How large the experiment is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Replications in the bank of a world.
    pub bank: usize,
    /// Trials of a cell.
    pub trials: u32,
    /// The same of differences, which take more than twice as long: pairs, and trials.
    pub pairs: (usize, u32),
    /// How many replications a trial draws.
    pub draws: &'static [usize],
}

const WHOLE: Size =
    Size { bank: 20_000, trials: 2_000, pairs: (20_000, 2_000), draws: &[5, 10, 20, 40, 100] };

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Every part has luck of its own: how many are at work at once changes nothing.
    let (cells, followed, fronts, plans, races) = thread::scope(|scope| {
        let cells = WORLDS.iter().map(|world| scope.spawn(move || experiment(world, WHOLE)));
        let cells: Vec<_> = cells.collect();
        let followed: Vec<_> =
            WORLDS.iter().map(|world| scope.spawn(move || followed(world))).collect();
        let fronts = scope.spawn(front::experiments);
        let plans = scope.spawn(plan::experiments);
        let races = scope.spawn(|| {
            let of = |kind| race::experiment(kind, race::TRIALS);
            race::kinds().into_iter().map(of).collect::<Vec<race::Tried>>()
        });
        (all(cells), all(followed), done(fronts), done(plans), done(races))
    });
    let page = page(&cells, &followed, &fronts, &plans, &races, WHOLE);
    print!("{page}");
    let mut missed: Vec<String> = cells.iter().filter_map(Cell::misses).collect();
    missed.extend(followed.iter().filter_map(until::Followed::misses));
    missed.extend(fronts.iter().filter_map(front::Tried::misses));
    missed.extend(plans.iter().filter_map(plan::Tried::misses));
    missed.extend(races.iter().filter_map(race::Tried::misses));
    if let [flag, file] = words.as_slice() {
        assert_eq!(flag, "--check", "the only flag is --check FILE");
        if std::fs::read_to_string(file).ok().as_deref() != Some(&page) {
            missed.push(format!("{file} is not what this printed"));
        }
    }
    for line in &missed {
        eprintln!("{line}");
    }
    std::process::exit(i32::from(!missed.is_empty()));
}

/// Every cell of one world: of one policy, then of the difference of two.
pub fn experiment(world: &World, size: Size) -> Vec<Cell> {
    let bank: Vec<Replication> =
        (0..size.bank as u64).map(|number| world.replication(number)).collect();
    let truths = figure::truths(&bank);
    let cells = |n: &usize| cell::cells(world, Bank::One(&bank), &truths, *n, size.trials);
    let mut all: Vec<Cell> = size.draws.iter().flat_map(cells).collect();
    drop(bank);
    let (bank, trials) = size.pairs;
    let pairs: Vec<[Replication; 2]> = (0..bank as u64).map(|number| world.pair(number)).collect();
    let one = |place: usize| {
        let bank: Vec<Replication> = pairs.iter().map(|pair| pair[place].clone()).collect();
        figure::truths(&bank)
    };
    let varies = |figure: Figure| pairs.iter().any(|pair| figure.differs(pair));
    let truths = figure::differences(&one(0), &one(1), varies);
    let cells = |n: &usize| cell::cells(world, Bank::Two(&pairs), &truths, *n, trials);
    all.extend(size.draws.iter().flat_map(cells));
    all
}

/// Every rule of `--until` in a world.
fn followed(world: &World) -> Vec<until::Followed> {
    let numbers = 0..WHOLE.bank as u64;
    let bank: Vec<Replication> = numbers.map(|number| world.replication(number)).collect();
    until::experiment(world, &bank, &figure::truths(&bank), until::TRIALS)
}

fn all<T>(parts: Vec<ScopedJoinHandle<'_, Vec<T>>>) -> Vec<T> {
    parts.into_iter().flat_map(done).collect()
}

fn done<T>(part: ScopedJoinHandle<'_, T>) -> T {
    part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample: few trials, so only what is far off is found.
    #[test]
    fn intervals_cover_what_they_promise_as_far_as_a_sample_shows() {
        let size = Size { bank: 4_000, trials: 200, pairs: (1_000, 60), draws: &[10, 40] };
        for world in &WORLDS {
            for cell in experiment(world, size) {
                assert_eq!(cell.misses(), None);
            }
        }
    }

    /// A method that is known to fail is told: nominal 60 % passed off as 95 %.
    #[test]
    fn a_cell_that_covers_too_little_or_too_much_misses() {
        let cell = |covered, below| Cell { covered, below, ..Cell::example(2_000) };
        assert!(cell(1_200, 400).misses().is_some());
        assert_eq!(cell(1_900, 50).misses(), None);
        assert!(cell(2_000, 0).misses().is_some());
    }
}
