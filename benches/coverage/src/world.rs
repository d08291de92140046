//! Toy worlds: a fleet that is started on some mornings of a replication, and what is short.
//!
//! A level of scarcity is shared by all mornings of a replication; bad mornings come in clusters;
//! on a bad morning a share of the fleet waits for stock or never comes up. All of it is made up.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use stopsim::stats::Latency;
use stopsim::units::SimDuration;

/// Start waves of a replication.
pub const WAVES: u64 = 10;
/// Instances of a wave.
pub const INSTANCES: u64 = 50;
/// Nobody waits longer, in seconds.
const DEMAND_ENDS: f64 = 28_800.0;

/// What is made up about a world.
#[derive(Debug)]
pub struct World {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub story: &'static str,
    /// The chance that a morning turns bad, at the level of an average replication.
    bad: f64,
    /// The chance that the morning after a bad one is bad.
    stays_bad: f64,
    /// How far the levels of replications lie apart: the deviation of a logarithm.
    levels: f64,
    /// The share of the fleet that a bad morning is short of, at an average level.
    short: f64,
    /// Of those who find no stock, the share that never comes up.
    never: f64,
}

/// No shortage, mild, harsh.
pub const WORLDS: [World; 3] = [
    World {
        name: "none",
        story: "stock for all; only boots differ, slower replications and slower mornings",
        bad: 0.0,
        stays_bad: 0.0,
        levels: 0.0,
        short: 0.0,
        never: 0.0,
    },
    World {
        name: "mild",
        story: "15 % of mornings turn bad and are short of an eighth of the fleet; 2 % of those \
                who wait never come up",
        bad: 0.15,
        stays_bad: 0.6,
        levels: 0.6,
        short: 0.12,
        never: 0.02,
    },
    World {
        name: "harsh",
        story: "25 % turn bad and are short of a quarter, three times as much in a bad \
                replication; 1.5 % of those who wait never come up",
        bad: 0.25,
        stays_bad: 0.7,
        levels: 1.0,
        short: 0.25,
        never: 0.015,
    },
];

/// What one replication came to.
#[derive(Clone, Debug, Default)]
pub struct Replication {
    /// Waves of which all were ready within 15 minutes.
    pub good: u64,
    /// Instances ready within 90 seconds, and within 15 minutes.
    pub ready: [u64; 2],
    /// The smallest share of a wave ready within 15 minutes, in instances.
    pub worst: u64,
    /// Starts that were refused.
    pub refused: u64,
    /// µs that instances were wanted and not ready.
    pub unavailable_us: i128,
    /// What was saved, in nano-yuan.
    pub saved: i128,
    /// Seconds until each instance was ready; none if never.
    pub seconds: Vec<Option<f32>>,
}

/// What a policy changes.
#[derive(Clone, Copy, Debug)]
struct Policy {
    /// How long boots take, against the world's.
    boot: f64,
    /// How much a bad morning is short of, against the world's.
    short: f64,
}

impl Policy {
    const NONE: Policy = Policy { boot: 1.0, short: 1.0 };
}

impl World {
    /// The replication of this number: the same whenever it is asked for.
    pub fn replication(&self, number: u64) -> Replication {
        self.run(number, None)
    }

    /// The replication of this number under two policies with the same luck: as it is, and with
    /// a reserve and a quicker image.
    pub fn pair(&self, number: u64) -> [Replication; 2] {
        [Policy::NONE, Policy { boot: 0.97, short: 0.8 }]
            .map(|policy| self.run(number, Some(policy)))
    }

    /// With a policy every instance has luck of its own, whatever became of the others.
    fn run(&self, number: u64, policy: Option<Policy>) -> Replication {
        let mut luck = Luck::of(number);
        let level = self.levels * luck.normal();
        let boot = 60.0 * libm::exp(0.1 * luck.normal());
        let often = (self.bad * libm::exp(level - self.levels * self.levels / 2.0)).min(0.95);
        let mut made = Replication { worst: INSTANCES, ..Replication::default() };
        let mut bad = false;
        let mut lost = 0.0;
        for _ in 0..WAVES {
            bad = luck.share() < if bad { self.stays_bad.max(often) } else { often };
            let boot = boot * libm::exp(0.15 * luck.normal());
            let scarcity = libm::exp(0.5 * (level + luck.normal()));
            let short = if bad { (self.short * scarcity).min(0.9) } else { 0.0 };
            let Policy { boot: quicker, short: less } = policy.unwrap_or(Policy::NONE);
            let (boot, short) = (boot * quicker, short * less);
            lost += self.wave(&mut luck, policy.is_some(), (boot, short), &mut made);
        }
        made.unavailable_us = (lost * 1e6) as i128;
        let saved = 5_000.0 - lost / 3_600.0 + 5.0 * luck.normal();
        made.saved = (saved * 1e9) as i128;
        made
    }

    /// One wave; the seconds that its instances were not ready.
    fn wave(
        &self,
        common: &mut Luck,
        each_its_own: bool,
        (boot, short): (f64, f64),
        made: &mut Replication,
    ) -> f64 {
        let mut lost = 0.0;
        let mut up = 0;
        for _ in 0..INSTANCES {
            let mut own = Luck::of(0);
            let luck = match each_its_own {
                true => {
                    own.0 = ChaCha8Rng::seed_from_u64(common.0.next_u64());
                    &mut own
                }
                false => &mut *common,
            };
            let mut took = Some(boot * libm::exp(0.2 * luck.normal()));
            if luck.share() < short {
                made.refused += 1 + (3.0 * luck.share()) as u64;
                let waited = -1_500.0 * libm::log(luck.share());
                let comes = luck.share() >= self.never;
                took = took.map(|took| took + waited).filter(|took| comes && *took < DEMAND_ENDS);
            }
            let seconds = took.unwrap_or(DEMAND_ENDS);
            lost += seconds;
            made.ready[0] += u64::from(seconds <= 90.0);
            up += u64::from(seconds <= 900.0);
            made.seconds.push(took.map(|took| took as f32));
        }
        made.ready[1] += up;
        made.good += u64::from(up == INSTANCES);
        made.worst = made.worst.min(up);
        lost
    }
}

impl Replication {
    /// Its latencies as the product keeps them.
    pub fn latency(&self) -> Latency {
        latency(self.seconds.iter().copied())
    }

    /// Until the last instance of each wave was ready: what a service waits for.
    pub fn service(&self) -> Latency {
        let last = |wave: &[Option<f32>]| {
            let longest = |a: Option<f32>, b: &Option<f32>| Some(a?.max((*b)?));
            wave.iter().fold(Some(0.0), longest)
        };
        latency(self.seconds.chunks(INSTANCES as usize).map(last))
    }
}

fn latency(seconds: impl Iterator<Item = Option<f32>>) -> Latency {
    let mut latency = Latency::new(SimDuration::from_hours(24));
    for took in seconds {
        match took {
            Some(seconds) => {
                latency.record(SimDuration::from_micros((f64::from(seconds) * 1e6) as u64));
            }
            None => latency.record_censored(),
        }
    }
    latency
}

/// A stream of random numbers.
pub struct Luck(ChaCha8Rng);

impl Luck {
    /// The stream of this number.
    pub fn of(number: u64) -> Luck {
        Luck(ChaCha8Rng::seed_from_u64(number))
    }

    /// Uniform, above 0 and below 1.
    pub fn share(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard normal, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(self.share()));
        radius * libm::cos(2.0 * std::f64::consts::PI * self.share())
    }
}
