//! Rows of settings whose truth is known: how many waves are good, and what it costs.

use crate::world::Luck;

/// How many waves a replication has.
pub const WAVES: i128 = 10;

/// A row of settings.
#[derive(Debug)]
pub struct Row {
    /// What is hard about it.
    pub story: &'static str,
    /// Of each setting: the share of good waves per mille, and what it costs.
    pub settings: &'static [(i128, i128)],
    /// What differs between settings by luck alone.
    pub own: Own,
}

/// Luck of its own that a setting has in a replication, beside what all share.
#[derive(Debug)]
pub enum Own {
    /// In money: normal, of a deviation of 30.
    Money,
    /// In money, as large, but now and then it costs much.
    SkewedMoney,
    /// In waves, of which each bad one costs 20: money and waves go together.
    Waves,
}

impl Row {
    /// A setting in a replication of a trial: how many of its waves are good, and what it saves.
    ///
    /// All settings share the luck of a replication, in what they cost and in how bad it is.
    pub fn draw(&self, trial: u64, replication: u64, setting: usize) -> (i128, i128) {
        let (kept, cost) = self.settings[setting];
        let number = trial << 32 | replication;
        let mut common = Luck::of(number);
        let (money, is_bad) = (40.0 * common.normal(), common.share() < 0.5);
        let spread = kept.min(1_000 - kept) / 2;
        let share = (if is_bad { kept - spread } else { kept + spread }) as f64 / 1_000.0;
        let good = |luck: &mut Luck| (0..WAVES).filter(|_| luck.share() < share).count() as i128;
        let mut own = Luck::of(number | (1 + setting as u64) << 56);
        let (good, more) = match self.own {
            Own::Money => (good(&mut common), 30.0 * own.normal()),
            Own::SkewedMoney => (good(&mut common), 30.0 * (1.0 + libm::log(own.share()))),
            Own::Waves => {
                let good = good(&mut own);
                (good, 20.0 * (good - WAVES) as f64)
            }
        };
        (good, -cost + (money + more) as i128)
    }
}
