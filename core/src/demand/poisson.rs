//! Poisson arrivals with a daily profile: requests of a controller, other tenants of a pool.
//!
//! By thinning (P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous Poisson
//! processes by thinning", Naval Research Logistics Quarterly 26, 1979): candidates come at the
//! highest rate of the day, and one at a lower hour is kept with the ratio of the two rates.
//! Everything about a candidate is drawn by its number, so the path is exogenous: it never
//! depends on what becomes of an arrival, and a change of one hour's rate leaves the arrivals of
//! the other hours alone.

use super::clock::CivilClock;
use crate::engine::{Decisions, Distribution, Identity, Occasion, Purpose};
use crate::units::{SimDuration, SimTime};

/// Arrivals per hour by hour of the day, in thousandths.
pub type DailyProfile = [u64; 24];

/// The largest rate of a profile: a million per hour.
pub const MILLI_PER_HOUR_MAX: u64 = 1_000_000_000;

/// The mean gap at a rate of one thousandth per hour: gaps are drawn at that rate and divided by
/// the rate in thousandths, so that no rate is rounded.
const UNITS: SimDuration = SimDuration::from_hours(1_000);

const MICROS_PER_HOUR: u64 = 3_600_000_000;
const HOURS_PER_DAY: usize = 24;

/// One arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// Its number: what else is drawn for it is keyed by this. Numbers ascend, with gaps.
    pub number: u64,
}

/// One who arrived before time 0 and is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// How much longer it stays.
    pub left: SimDuration,
    /// Its number: what else is drawn for it is keyed by this, as an occasion of a lifetime.
    pub number: u64,
}

/// Arrivals from time 0 on.
#[derive(Clone, Debug)]
pub struct PoissonTrack<'a> {
    candidates: Candidates<'a>,
    next: u64,
    at: SimTime,
}

impl<'a> PoissonTrack<'a> {
    /// The arrivals of the process with this identity; each purpose is a path of its own.
    ///
    /// # Panics
    /// If a rate is above [`MILLI_PER_HOUR_MAX`].
    pub fn new(
        profile: DailyProfile,
        identity: Identity,
        decisions: &'a Decisions,
        purpose: Purpose,
    ) -> PoissonTrack<'a> {
        let candidates = Candidates::new(profile, identity, decisions, purpose);
        PoissonTrack { candidates, next: 0, at: SimTime::ZERO }
    }

    /// The next arrival with its number; none ever, if all rates are zero.
    pub fn next_arrival(&mut self, clock: &CivilClock) -> Option<Arrival> {
        if self.candidates.highest == 0 {
            return None;
        }
        loop {
            let number = self.next;
            self.next += 1;
            let candidate = self.candidates.draw(Occasion::number(number));
            self.at = self.at.saturating_add(candidate.gap(self.candidates.highest, 0));
            if self.at == SimTime::NEVER {
                return None;
            }
            if self.candidates.keeps(&candidate, clock.hour_of_day(self.at)) {
                return Some(Arrival { at: self.at, number });
            }
        }
    }
}

/// Who is there at time 0 of a process that has always gone on, each staying for `hold`: the
/// state of an M(t)/G/∞ queue in its periodic steady state, drawn exactly, the latest first.
///
/// Arrivals are looked for in the past, by thinning as above, and kept if their stay is longer
/// than their age. Ages beyond the quantile 1 − 2⁻ᵏ of `hold` can only have words in the last
/// 2⁻ᵏ of all, so beyond it candidates come at that share of the rate, with such words: on
/// average at most twice as many are looked at as are there at the highest rate.
///
/// *Assumed*: days before time 0 have 24 hours; no change of the clock is looked up.
///
/// # Panics
/// If a rate is above [`MILLI_PER_HOUR_MAX`].
pub fn present(
    profile: DailyProfile,
    hold: &Distribution,
    clock: &CivilClock,
    (identity, purpose): (Identity, Purpose),
    decisions: &Decisions,
) -> Vec<Present> {
    let candidates = Candidates::new(profile, identity, decisions, purpose);
    let longest = hold.sample(u64::MAX);
    let mut found = Vec::new();
    let mut from = SimDuration::ZERO;
    let mut halvings = 0;
    while candidates.highest > 0 && from < longest {
        let to = hold.sample(last_words(halvings + 1));
        let mut age = from;
        for number in (u64::from(halvings) << STRATUM_SHIFT).. {
            let candidate = candidates.draw(Occasion::lifetime(number));
            age = age.saturating_add(candidate.gap(candidates.highest, halvings));
            if age >= to {
                break;
            }
            let stays = hold.sample(last_words(halvings) | candidate.spare >> halvings);
            if stays > age && candidates.keeps(&candidate, hour_before(clock, age)) {
                let left = SimDuration::from_micros(stays.as_micros() - age.as_micros());
                found.push(Present { left, number });
            }
        }
        from = to.max(from);
        halvings += 1;
    }
    found
}

/// The first of the last 2^(64 − halvings) words; of all, the last one.
fn last_words(halvings: u32) -> u64 {
    u64::MAX.checked_shr(halvings).map_or(u64::MAX, |others| !others)
}

/// Candidates beyond each quantile are numbered apart.
const STRATUM_SHIFT: u32 = 48;

/// Candidates at the highest rate of the day.
#[derive(Clone, Debug)]
struct Candidates<'a> {
    profile: DailyProfile,
    highest: u64,
    units: Distribution,
    identity: Identity,
    decisions: &'a Decisions,
    purpose: Purpose,
}

struct Candidate {
    units: u64,
    luck: u64,
    spare: u64,
}

impl Candidate {
    /// The time since the candidate before, at `highest` halved so many times.
    fn gap(&self, highest: u64, halvings: u32) -> SimDuration {
        let units = u128::from(self.units) << halvings;
        let micros = (units + u128::from(highest / 2)) / u128::from(highest);
        SimDuration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

impl<'a> Candidates<'a> {
    fn new(
        profile: DailyProfile,
        identity: Identity,
        decisions: &'a Decisions,
        purpose: Purpose,
    ) -> Candidates<'a> {
        let highest = profile.into_iter().max().expect("a day has hours");
        assert!(highest <= MILLI_PER_HOUR_MAX, "at most a million per hour");
        let units = Distribution::exponential(UNITS).expect("a thousand hours are a mean");
        Candidates { profile, highest, units, identity, decisions, purpose }
    }

    fn draw(&self, occasion: Occasion) -> Candidate {
        let [units, luck, spare, _] =
            self.decisions.words(self.identity, self.purpose, occasion, 0);
        Candidate { units: self.units.sample(units).as_micros(), luck, spare }
    }

    fn keeps(&self, candidate: &Candidate, hour: usize) -> bool {
        let luck = (u128::from(candidate.luck) * u128::from(self.highest)) >> 64;
        luck < u128::from(self.profile[hour])
    }
}

/// The hour of the day so long before time 0, days having 24 hours.
fn hour_before(clock: &CivilClock, age: SimDuration) -> usize {
    let hour = clock.hour_of_day(SimTime::ZERO);
    let since_full_hour = clock.since_full_hour(SimTime::ZERO).as_micros();
    let back = age.as_micros().saturating_sub(since_full_hour).div_ceil(MICROS_PER_HOUR);
    let back = usize::try_from(back % HOURS_PER_DAY as u64).expect("less than a day");
    (hour + HOURS_PER_DAY - back) % HOURS_PER_DAY
}

#[cfg(test)]
mod tests;
