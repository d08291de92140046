//! The digest: one number that tells whether two runs were the same.
//!
//! XXH3-64 over the records of all facts, one after the other. It is fed facts of the model,
//! never internals of the kernel, so speed work cannot move it; and it is always on, so a record
//! is only put beside the others here: they are hashed some hundred at a time, which costs a
//! fifth of hashing each by itself.

use std::fmt;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64_with_seed};

use crate::units::SimTime;

/// The most words a fact may have.
pub const DIGEST_WORDS_MAX: usize = 16;

/// Words of records that wait to be hashed: they stay in the nearest cache. Kind and number of
/// words make up the first of a record, its time the second.
const WAITING: usize = 512;

/// A fingerprint of everything that was recorded, in its order.
#[derive(Clone)]
pub struct Digest {
    hash: Xxh3Default,
    waiting: [[u8; 8]; WAITING],
    len: usize,
}

impl Digest {
    /// Nothing recorded yet.
    pub const fn new() -> Digest {
        Digest { hash: Xxh3Default::new(), waiting: [[0; 8]; WAITING], len: 0 }
    }

    /// Adds a fact: its kind, its time and its words.
    ///
    /// At most [`DIGEST_WORDS_MAX`] words, held at compile time.
    #[inline(always)]
    pub fn record<const N: usize>(&mut self, kind: u16, at: SimTime, words: [u64; N]) {
        const { assert!(N <= DIGEST_WORDS_MAX, "a fact has at most sixteen words") };
        let end = self.len + 2 + N;
        if end > WAITING {
            return self.begin_anew(kind, at, words);
        }
        let record = &mut self.waiting[self.len..end];
        let head = [u64::from(kind) << 8 | N as u64, at.as_micros()];
        for (place, word) in record.iter_mut().zip(head.iter().chain(&words)) {
            *place = word.to_le_bytes();
        }
        self.len = end;
    }

    /// Hashes what waits, and lets a record wait in its place.
    #[cold]
    #[inline(never)]
    fn begin_anew<const N: usize>(&mut self, kind: u16, at: SimTime, words: [u64; N]) {
        self.hash.update(self.waiting[..self.len].as_flattened());
        self.len = 0;
        self.record(kind, at, words);
    }

    /// The fingerprint of what was recorded so far; recording may go on.
    pub fn value(&self) -> u64 {
        let mut hash = self.hash.clone();
        hash.update(self.waiting[..self.len].as_flattened());
        hash.digest()
    }

    /// One fingerprint of several runs', in their order.
    pub fn chain(values: impl IntoIterator<Item = u64>) -> u64 {
        values.into_iter().fold(0, |all, one| xxh3_64_with_seed(&one.to_le_bytes(), all))
    }
}

impl Default for Digest {
    fn default() -> Digest {
        Digest::new()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:016x})", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> SimTime {
        SimTime::from_micros(micros)
    }

    fn of(fill: impl Fn(&mut Digest)) -> u64 {
        let mut digest = Digest::new();
        fill(&mut digest);
        digest.value()
    }

    #[test]
    fn a_fact_is_its_kind_its_time_and_its_words() {
        let mut values = [
            of(|_| {}),
            of(|digest| digest.record(1, at(5), [])),
            of(|digest| digest.record(2, at(5), [])),
            of(|digest| digest.record(1, at(6), [])),
            of(|digest| digest.record(1, at(5), [0])),
            of(|digest| digest.record(1, at(5), [0, 0])),
            of(|digest| digest.record(1, at(5), [1])),
            of(|digest| {
                digest.record(1, at(5), []);
                digest.record(1, at(5), []);
            }),
        ];
        values.sort_unstable();
        assert!(values.windows(2).all(|pair| pair[0] != pair[1]), "{values:x?}");
    }

    #[test]
    fn the_order_of_facts_and_of_runs_matters() {
        let in_order = |first, second| {
            of(|digest| {
                digest.record(1, at(5), [first]);
                digest.record(1, at(5), [second]);
            })
        };
        let (one, other) = (in_order(1, 2), in_order(2, 1));
        assert_ne!(one, other);
        assert_ne!(Digest::chain([one, other]), Digest::chain([other, one]));
        assert_ne!(Digest::chain([one]), one);
    }

    /// Looked at after every fact, across many fillings of what waits.
    #[test]
    fn it_is_the_hash_of_all_records_however_often_it_is_looked_at() {
        let mut digest = Digest::new();
        let mut records = Vec::new();
        for n in 0..1_000u64 {
            digest.record(7, at(n), [n, n * n, !n]);
            for word in [7 << 8 | 3, n, n, n * n, !n] {
                records.extend(word.to_le_bytes());
            }
            assert_eq!(digest.value(), xxhash_rust::xxh3::xxh3_64(&records), "after {n}");
        }
    }

    #[test]
    fn every_word_of_the_longest_fact_counts() {
        for place in 0..DIGEST_WORDS_MAX {
            let of_last = |word| {
                let mut words = [7; DIGEST_WORDS_MAX];
                words[place] = word;
                of(|digest| digest.record(1, at(0), words))
            };
            assert_ne!(of_last(0), of_last(1));
        }
    }
}
