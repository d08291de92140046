//! Keyed draws: randomness is an argument with a name, never a stream.
//!
//! A draw is a pure function of (run's key, who, purpose, occasion, k). Nothing is remembered
//! between draws, so one more retry on Monday, or one instance less, leaves every other number
//! bit-equal (`tests/it/values.rs`). Nothing here is a mixing function of our own: names go
//! through XXH3-64, the run's key comes from ChaCha20, each draw is one block of Philox4x64-10.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::Distribution;
use super::philox::philox4x64;
use crate::units::{Ratio, SimDuration};

/// The version of everything that turns a seed into numbers. Frozen once released: a sampled
/// value that changes means a new version and a line under *Numbers* in the CHANGELOG.
pub const RNG_VERSION: u32 = 1;

/// Separates a kind from a name: ASCII's own unit separator, which neither may contain.
const SEPARATOR: u8 = 0x1f;

/// Who is lucky or not: stable from names, never from an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(u64);

/// What a draw decides. Users of the kernel assign the numbers, once and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(pub u32);

/// Which time it is that this is decided: a demand on a date, a request, or a lifetime count.
///
/// The two top bits tell the kinds apart, so no date ever meets a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Occasion(u64);

/// What an occasion is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OccasionKind {
    /// A civil day, counted from 1970-01-01, and which demand on it.
    Dated(i32, u32),
    /// A request or step of a process.
    Number(u64),
    /// Which time in the life of its entity.
    Lifetime(u64),
}

/// The luck of one run: 128 bits of key, and a pure function of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    key: [u64; 2],
}

impl Identity {
    /// The identity of the `kind` called `name`: XXH3-64 of both, with a separator between.
    ///
    /// # Panics
    /// If `kind` contains the separator 0x1f, because then two pairs could read alike.
    pub fn of(kind: &str, name: &str) -> Identity {
        assert!(!kind.as_bytes().contains(&SEPARATOR), "a kind is a word of ours");
        let mut hash = Xxh3Default::new();
        hash.update(kind.as_bytes());
        hash.update(&[SEPARATOR]);
        hash.update(name.as_bytes());
        Identity(hash.digest())
    }

    /// The identity of this one *for* another: a rule with an instance. Order matters.
    #[must_use]
    pub fn with(self, other: Identity) -> Identity {
        let both = [self.0.to_le_bytes(), other.0.to_le_bytes()];
        Identity(xxh3_64(both.as_flattened()))
    }

    /// The 64 bits themselves, for digests and request ids.
    pub const fn word(self) -> u64 {
        self.0
    }
}

impl Occasion {
    const KIND_SHIFT: u32 = 62;
    const NUMBER: u64 = 0;
    const LIFETIME: u64 = 1;
    const DATE: u64 = 2;

    /// The `ordinal`-th demand of a civil day, counted from 1970-01-01.
    ///
    /// # Panics
    /// If `ordinal` is 2³⁰ or more, since the top bits tell what kind of occasion it is.
    pub const fn on(civil_day: i32, ordinal: u32) -> Occasion {
        assert!(ordinal < 1 << 30, "fewer than 2^30 demands a day");
        Occasion::tagged(Occasion::DATE, (ordinal as u64) << 32 | civil_day as u32 as u64)
    }

    /// The `n`-th request or step of a process.
    ///
    /// # Panics
    /// If `n` is 2⁶² or more.
    pub const fn number(n: u64) -> Occasion {
        Occasion::tagged(Occasion::NUMBER, n)
    }

    /// The `n`-th time in the life of its entity, for purposes that have no other occasion.
    ///
    /// # Panics
    /// If `n` is 2⁶² or more.
    pub const fn lifetime(n: u64) -> Occasion {
        Occasion::tagged(Occasion::LIFETIME, n)
    }

    /// Whether it is the demand of a civil day.
    pub const fn is_dated(self) -> bool {
        self.0 >> Occasion::KIND_SHIFT == Occasion::DATE
    }

    /// The 64 bits themselves, for digests.
    pub const fn word(self) -> u64 {
        self.0
    }

    /// What kind it is, with what it was made of.
    pub const fn kind(self) -> OccasionKind {
        let payload = self.0 & ((1 << Occasion::KIND_SHIFT) - 1);
        match self.0 >> Occasion::KIND_SHIFT {
            Occasion::DATE => OccasionKind::Dated(payload as u32 as i32, (payload >> 32) as u32),
            Occasion::LIFETIME => OccasionKind::Lifetime(payload),
            _ => OccasionKind::Number(payload),
        }
    }

    const fn tagged(kind: u64, payload: u64) -> Occasion {
        assert!(payload < 1 << Occasion::KIND_SHIFT, "an occasion fits in 62 bits");
        Occasion(kind << Occasion::KIND_SHIFT | payload)
    }
}

impl Draws {
    /// The luck of one replication: ChaCha20 keyed by (seed, replication, [`RNG_VERSION`]).
    ///
    /// The ChaCha seed is little-endian: 8 bytes of seed, 4 of replication, 4 of version, 16 zero.
    pub fn new(seed: u64, replication: u32) -> Draws {
        let mut chacha_seed = [0; 32];
        chacha_seed[..8].copy_from_slice(&seed.to_le_bytes());
        chacha_seed[8..12].copy_from_slice(&replication.to_le_bytes());
        chacha_seed[12..16].copy_from_slice(&RNG_VERSION.to_le_bytes());
        let mut chacha = ChaCha20Rng::from_seed(chacha_seed);
        Draws { key: [chacha.next_u64(), chacha.next_u64()] }
    }

    /// Four independent uniform words, when a decision needs more than one; the first is
    /// [`word`](Draws::word).
    pub fn words(&self, who: Identity, purpose: Purpose, occasion: Occasion, k: u32) -> [u64; 4] {
        philox4x64(counter(who, purpose, occasion, k), self.key)
    }

    /// A uniform word for the `k`-th use of `purpose` by `who` on this occasion.
    pub fn word(&self, who: Identity, purpose: Purpose, occasion: Occasion, k: u32) -> u64 {
        philox4x64(counter(who, purpose, occasion, k), self.key)[0]
    }

    /// Whether something of this probability happens; compared as integers.
    #[inline]
    pub fn hits(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        probability: Ratio,
    ) -> bool {
        // A probability of 0 or 1 needs no draw.
        let certain = probability.certain();
        certain.unwrap_or_else(|| probability.hits(self.word(who, purpose, occasion, k)))
    }

    /// A whole number in `0..n`: the high half of word × n.
    ///
    /// Each number's probability is off 1/n by less than 2⁻⁶⁴, which no run can notice.
    ///
    /// # Panics
    /// If `n` is zero: there is nothing to choose from.
    #[inline]
    pub fn below(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        n: u64,
    ) -> u64 {
        assert!(n > 0, "a choice needs something to choose from");
        scaled_down(self.word(who, purpose, occasion, k), n)
    }

    /// A span drawn from `takes`.
    #[inline]
    pub fn duration(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        takes: &Distribution,
    ) -> SimDuration {
        takes.fixed().unwrap_or_else(|| takes.sample(self.word(who, purpose, occasion, k)))
    }
}

/// What a draw is of, as Philox counts it.
#[inline(always)]
fn counter(who: Identity, purpose: Purpose, occasion: Occasion, k: u32) -> [u64; 4] {
    [who.0, occasion.0, u64::from(purpose.0) << 32 | u64::from(k), 0]
}

/// `floor(word / 2⁶⁴ × n)`: below `n`, exactly.
pub(super) fn scaled_down(word: u64, n: u64) -> u64 {
    ((u128::from(word) * u128::from(n)) >> 64) as u64
}

#[cfg(test)]
mod tests;
