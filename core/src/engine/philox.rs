//! Philox4x64-10: the counter-based generator behind every draw.
//!
//! A published bijection of 256-bit counters under a 128-bit key (Salmon, Moraes, Dror and Shaw,
//! *Parallel random numbers: as easy as 1, 2, 3*, SC'11; it passes BigCrush), checked against the
//! known-answer vectors of their Random123 library. It keeps no state and draws nothing itself.
//!
//! Written out because the crate `rand_philox` 0.2 has only the 4x32 form, whose 128-bit counter
//! does not hold an entity, an occasion, a purpose and a use side by side: packing them by a hash
//! of ours would put an unpublished function in front of the published one.

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
/// The key grows by these between rounds: the golden ratio and √3 − 1, in 64 bits.
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
/// Seven rounds already pass BigCrush; ten are the authors' recommended margin.
const ROUNDS: u32 = 10;

/// Four words for one counter under one key.
// Inlined, so that what a caller does not read is not made: it is called at two places.
#[inline(always)]
pub(super) const fn philox4x64(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    let (counter, key) = half_of_rounds(counter, key);
    half_of_rounds(counter, key).0
}

/// Half of all rounds, and the key as it has grown by then: a loop of ten is not unrolled, one of
/// five is.
#[inline(always)]
const fn half_of_rounds(mut counter: [u64; 4], mut key: [u64; 2]) -> ([u64; 4], [u64; 2]) {
    let mut round = 0;
    while round < ROUNDS / 2 {
        let (high_0, low_0) = wide_product(MULTIPLIERS[0], counter[0]);
        let (high_1, low_1) = wide_product(MULTIPLIERS[1], counter[2]);
        counter = [high_1 ^ counter[1] ^ key[0], low_1, high_0 ^ counter[3] ^ key[1], low_0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        round += 1;
    }
    (counter, key)
}

const fn wide_product(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    ((product >> 64) as u64, product as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three lines `philox4x64 10` of Random123's `kat_vectors`.
    #[test]
    fn the_published_vectors_come_out() {
        assert_eq!(
            philox4x64([0; 4], [0; 2]),
            [0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b]
        );
        assert_eq!(
            philox4x64([u64::MAX; 4], [u64::MAX; 2]),
            [0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0]
        );
        let pi = [0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89];
        assert_eq!(
            philox4x64(pi, [0x452821e638d01377, 0xbe5466cf34e90c6c]),
            [0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6]
        );
    }

    /// `numpy.random.Philox(counter=[5, 6, 7, 8], key=[1, 2])`, which counts before it answers.
    #[test]
    fn numpy_agrees() {
        assert_eq!(
            philox4x64([6, 6, 7, 8], [1, 2]),
            [0x13aef6b2f24dbacc, 0xd2bdd5f8bcd4fafc, 0x4ac2f81b9cc4148f, 0x10c488cba09dbfa1]
        );
    }
}
