//! The digest: one number that tells whether two runs were the same.
//!
//! A chain of XXH3-64: each fact is hashed with the chain's value so far as its seed. It is fed
//! facts of the model, never internals of the kernel, so speed work cannot move it; and it never
//! allocates, so it is always on.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::units::SimTime;

/// How many words one fact may have.
pub const DIGEST_WORDS_MAX: usize = 16;

const HEAD: usize = size_of::<u16>() + size_of::<u64>();

/// A chain of hashes over everything that happened, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// Nothing has happened yet.
    pub const fn new() -> Digest {
        Digest(0)
    }

    /// Adds one fact: what kind, when, and its words.
    ///
    /// The bytes hashed are kind (2), time in µs (8) and each word (8), all little-endian; the
    /// chain's value is the seed. XXH3 takes the length in, so facts of unlike lengths differ.
    ///
    /// # Panics
    /// If there are more than [`DIGEST_WORDS_MAX`] words.
    pub fn record(&mut self, kind: u16, at: SimTime, words: &[u64]) {
        assert!(words.len() <= DIGEST_WORDS_MAX, "a fact has at most {DIGEST_WORDS_MAX} words");
        let mut bytes = [0; HEAD + 8 * DIGEST_WORDS_MAX];
        bytes[..2].copy_from_slice(&kind.to_le_bytes());
        bytes[2..HEAD].copy_from_slice(&at.as_micros().to_le_bytes());
        for (place, word) in bytes[HEAD..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.0 = xxh3_64_with_seed(&bytes[..HEAD + 8 * words.len()], self.0);
    }

    /// The digest of several runs: the chain of theirs, in the order given.
    pub fn chain(digests: impl IntoIterator<Item = Digest>) -> Digest {
        digests
            .into_iter()
            .fold(Digest::new(), |all, one| Digest(xxh3_64_with_seed(&one.0.to_le_bytes(), all.0)))
    }

    /// The chain's value so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// A chain's value that was kept as a number.
impl From<u64> for Digest {
    fn from(value: u64) -> Digest {
        Digest(value)
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(facts: &[(u16, u64, &[u64])]) -> Digest {
        let mut digest = Digest::new();
        for &(kind, at, words) in facts {
            digest.record(kind, SimTime::from_micros(at), words);
        }
        digest
    }

    #[test]
    fn a_fact_is_its_kind_its_time_and_its_words() {
        let facts: [&[(u16, u64, &[u64])]; 8] = [
            &[],
            &[(1, 5, &[])],
            &[(2, 5, &[])],
            &[(1, 6, &[])],
            &[(1, 5, &[0])],
            &[(1, 5, &[0, 0])],
            &[(1, 5, &[1])],
            &[(1, 5, &[]), (1, 5, &[])],
        ];
        let mut values: Vec<u64> = facts.map(|f| of(f).value()).to_vec();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), facts.len());
    }

    #[test]
    fn the_order_of_facts_and_of_runs_matters() {
        let (a, b) = ((1, 5, &[1][..]), (1, 5, &[2][..]));
        assert_ne!(of(&[a, b]), of(&[b, a]));
        let (first, second) = (of(&[a]), of(&[b]));
        assert_ne!(Digest::chain([first, second]), Digest::chain([second, first]));
        assert_ne!(Digest::chain([first]), first);
    }

    #[test]
    fn it_prints_as_sixteen_digits() {
        assert_eq!(Digest::new().to_string(), "0000000000000000");
        assert_eq!(Digest(0xab).to_string(), "00000000000000ab");
    }

    #[test]
    fn the_longest_fact_is_accepted() {
        let last_differs = |last: u64| {
            let mut words = [7; DIGEST_WORDS_MAX];
            words[DIGEST_WORDS_MAX - 1] = last;
            of(&[(1, 0, &words)])
        };
        assert_ne!(last_differs(0), last_differs(1));
    }

    #[test]
    #[should_panic(expected = "at most 16 words")]
    fn a_longer_fact_is_a_bug() {
        of(&[(1, 0, &[0; DIGEST_WORDS_MAX + 1])]);
    }
}
