//! Poisson arrivals with a daily profile: requests of a controller, other tenants of a pool.
//!
//! By thinning (P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous Poisson
//! processes by thinning", Naval Research Logistics Quarterly 26, 1979): candidates come at the
//! highest rate of the day, and one at a lower hour is kept with the ratio of the two rates.
//! Everything about a candidate is drawn by its number, so the path is exogenous: it never
//! depends on what becomes of an arrival, and a change of one hour's rate leaves the arrivals of
//! the other hours alone.

use super::clock::CivilClock;
use crate::engine::{Distribution, Draws, Identity, Occasion, Purpose};
use crate::units::{SimDuration, SimTime};

/// Arrivals per hour by hour of the day, in thousandths.
pub type DailyProfile = [u64; 24];

/// The largest rate of a profile: a million per hour.
pub const MILLI_PER_HOUR_MAX: u64 = 1_000_000_000;

/// One hour at a rate of one thousandth per hour is one unit of this many: the candidate's
/// exponential is drawn in such units and divided by the rate, so that no rate is rounded.
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

/// An arrival before time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastArrival {
    /// How long before time 0.
    pub age: SimDuration,
    /// Its number, counted into the past.
    pub number: u64,
}

/// Arrivals from time 0 on.
#[derive(Clone, Debug)]
pub struct PoissonTrack {
    candidates: Candidates,
    at: SimTime,
}

/// Arrivals before time 0, the latest first: who may still be there at time 0.
#[derive(Clone, Debug)]
pub struct PastTrack {
    candidates: Candidates,
    age: SimDuration,
}

impl PoissonTrack {
    /// The arrivals of the process with this identity; each purpose is a path of its own.
    ///
    /// # Panics
    /// If a rate is above [`MILLI_PER_HOUR_MAX`].
    pub fn new(
        profile: DailyProfile,
        identity: Identity,
        draws: Draws,
        purpose: Purpose,
    ) -> PoissonTrack {
        let candidates = Candidates::new(profile, identity, draws, purpose);
        PoissonTrack { candidates, at: SimTime::ZERO }
    }

    /// When the next arrival comes, by the hours of `clock`; never, if all rates are zero.
    pub fn next(&mut self, clock: &CivilClock) -> SimTime {
        self.next_arrival(clock).map_or(SimTime::NEVER, |arrival| arrival.at)
    }

    /// The next arrival with its number; none ever, if all rates are zero.
    pub fn next_arrival(&mut self, clock: &CivilClock) -> Option<Arrival> {
        if self.candidates.highest == 0 {
            return None;
        }
        loop {
            let candidate = self.candidates.next();
            self.at = self.at.saturating_add(candidate.gap);
            if self.at == SimTime::NEVER {
                return None;
            }
            if self.candidates.keeps(&candidate, clock.hour_of_day(self.at)) {
                return Some(Arrival { at: self.at, number: candidate.number });
            }
        }
    }
}

impl PastTrack {
    /// The arrivals before time 0 of a process that has always gone on. Its purpose is to be
    /// another than that of the arrivals from time 0 on.
    ///
    /// # Panics
    /// If a rate is above [`MILLI_PER_HOUR_MAX`].
    pub fn new(
        profile: DailyProfile,
        identity: Identity,
        draws: Draws,
        purpose: Purpose,
    ) -> PastTrack {
        let candidates = Candidates::new(profile, identity, draws, purpose);
        PastTrack { candidates, age: SimDuration::ZERO }
    }

    /// The arrival before the last one told; none earlier than `oldest`, or if all rates are
    /// zero.
    ///
    /// *Assumed*: days before time 0 have 24 hours; no change of the clock is looked up.
    pub fn next(&mut self, clock: &CivilClock, oldest: SimDuration) -> Option<PastArrival> {
        if self.candidates.highest == 0 {
            return None;
        }
        loop {
            let candidate = self.candidates.next();
            self.age = self.age.saturating_add(candidate.gap);
            if self.age > oldest {
                return None;
            }
            if self.candidates.keeps(&candidate, hour_before(clock, self.age)) {
                return Some(PastArrival { age: self.age, number: candidate.number });
            }
        }
    }
}

/// Candidates at the highest rate of the day.
#[derive(Clone, Debug)]
struct Candidates {
    profile: DailyProfile,
    highest: u64,
    units: Distribution,
    identity: Identity,
    draws: Draws,
    purpose: Purpose,
    next: u64,
}

struct Candidate {
    gap: SimDuration,
    number: u64,
    luck: u64,
}

impl Candidates {
    fn new(
        profile: DailyProfile,
        identity: Identity,
        draws: Draws,
        purpose: Purpose,
    ) -> Candidates {
        let highest = profile.into_iter().max().expect("a day has hours");
        assert!(highest <= MILLI_PER_HOUR_MAX, "at most a million per hour");
        let units = Distribution::exponential(UNITS).expect("a thousand hours are a mean");
        Candidates { profile, highest, units, identity, draws, purpose, next: 0 }
    }

    fn next(&mut self) -> Candidate {
        let number = self.next;
        self.next += 1;
        let [gap, luck, ..] =
            self.draws.words(self.identity, self.purpose, Occasion::number(number), 0);
        let units = self.units.sample(gap).as_micros();
        let gap = SimDuration::from_micros((units + self.highest / 2) / self.highest);
        Candidate { gap, number, luck }
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

/// How many are present at time 0 on average, if each stays for an exponential time with the
/// mean of `hold`: the periodic steady state of an M(t)/M/∞ queue with this profile.
///
/// Their number is then Poisson with this mean ([`poisson_count`]), and what each still stays
/// is exponential with that mean again. With the rate λ(s) a time s before time 0 it is
/// ∫ λ(s) exp(−s/h) ds over one day, divided by 1 − exp(−24 hours/h); in closed form on each
/// hour (S. G. Eick, W. A. Massey, W. Whitt, "The physics of the Mt/G/∞ queue", Operations
/// Research 41, 1993). *Assumed*: days before time 0 have 24 hours.
pub fn mean_present(profile: &DailyProfile, hold: &Distribution, clock: &CivilClock) -> f64 {
    let hold = hold.mean_us() / MICROS_PER_HOUR as f64;
    if hold == 0.0 {
        return 0.0;
    }
    let now = clock.hour_of_day(SimTime::ZERO);
    let begun = clock.since_full_hour(SimTime::ZERO).as_micros() as f64 / MICROS_PER_HOUR as f64;
    let mut weighted = 0.0;
    for back in 0..=HOURS_PER_DAY {
        let hour = (now + HOURS_PER_DAY - back % HOURS_PER_DAY) % HOURS_PER_DAY;
        // The hour under way counts twice: what has passed of it today, and yesterday's rest.
        let from = if back == 0 { 0.0 } else { begun + (back - 1) as f64 };
        let to = if back == HOURS_PER_DAY { HOURS_PER_DAY as f64 } else { begun + back as f64 };
        let stay = libm::exp(-from / hold) * -libm::expm1((from - to) / hold);
        weighted += profile[hour] as f64 / 1_000.0 * hold * stay;
    }
    weighted / -libm::expm1(-(HOURS_PER_DAY as f64) / hold)
}

/// What is left of a Poisson weight is not counted once it is this much below the largest.
const NEGLIGIBLE: f64 = 1e-30;

/// A Poisson number with this mean, drawn once in the life of its owner.
///
/// # Panics
/// As [`poisson_count`].
pub fn draw_count(mean: f64, draws: &Draws, who: Identity, purpose: Purpose) -> u64 {
    poisson_count(mean, draws.word(who, purpose, Occasion::lifetime(0), 0))
}

/// A Poisson number with this mean, by inverse CDF of a uniform word.
///
/// Weights relative to the mode's, by multiplication and division alone, which every machine
/// does alike: no logarithm, no gamma function. The distribution function is exact to about
/// 10⁻¹⁴. Takes some 50 × √mean steps.
///
/// # Panics
/// If the mean is negative, above 10¹² or not a number.
pub fn poisson_count(mean: f64, word: u64) -> u64 {
    assert!((0.0..=1e12).contains(&mean), "a mean between 0 and 10^12, not {mean}");
    if mean == 0.0 {
        return 0;
    }
    let mode = mean as u64;
    let (mut lowest, mut least) = (mode, 1.0);
    while lowest > 0 && least > NEGLIGIBLE {
        least *= lowest as f64 / mean;
        lowest -= 1;
    }
    let weights = || {
        std::iter::successors(Some((lowest, least)), move |&(count, weight)| {
            let next = (count + 1, weight * (mean / (count + 1) as f64));
            (next.0 <= mode || next.1 > NEGLIGIBLE).then_some(next)
        })
    };
    let total: f64 = weights().map(|(_, weight)| weight).sum();
    // 52 bits and a half: one more would round the largest word up to the total itself.
    let target = total * (((word >> 12) as f64 + 0.5) / (1u64 << 52) as f64);
    let mut below = 0.0;
    let found = weights().find(|&(_, weight)| {
        below += weight;
        below > target
    });
    found.expect("the same weights in the same order add up to the total, above the target").0
}

#[cfg(test)]
mod tests;
