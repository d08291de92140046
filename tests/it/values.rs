//! The numbers themselves: a draw that changes is a decision (`RNG_VERSION`), never an accident.
//!
//! Every literal was computed a second time outside this crate: XXH3 by the C library, ChaCha20
//! from RFC 8439's block function, Philox by NumPy, the formulas with 40 digits by mpmath.

use stopsim::engine::{Digest, Distribution, Draws, Identity, Occasion, Purpose, RNG_VERSION};
use stopsim::units::{Ratio, SimDuration, SimTime};

const START: Purpose = Purpose(1);

fn web() -> Identity {
    Identity::of("instance", "web-1")
}

fn ten<T>(of: impl Fn(u32) -> T) -> Vec<T> {
    (0..10).map(of).collect()
}

#[test]
fn the_version_is_the_first() {
    assert_eq!(RNG_VERSION, 1, "a new version needs new literals here and a line under *Numbers*");
}

#[test]
fn names_have_these_identities() {
    let rule = Identity::of("fault", "api-down");
    assert_eq!(web().word(), 0x5acc_cc04_2413_16f0);
    assert_eq!(Identity::of("instance", "db-1").word(), 0x4035_9ade_8b24_0c59);
    assert_eq!(rule.word(), 0x1554_a780_e3bb_36f1);
    assert_eq!(rule.with(web()).word(), 0x4167_f0e1_4aa0_a85b);
}

#[test]
fn uses_of_one_occasion_draw_these_words() {
    let draws = Draws::new(1, 0);
    assert_eq!(
        ten(|k| draws.word(web(), START, Occasion::on(20_760, 0), k)),
        [
            0x767b_8dc4_9612_0462,
            0x8e5d_b2fb_02d6_9c70,
            0x4329_517b_4239_09b3,
            0x72ea_0dbc_bbe6_f582,
            0xd29b_c666_7b9e_a7f1,
            0x7fac_c927_f16c_a0b8,
            0x5072_eff9_0d1e_c8c9,
            0x8cca_ba52_ee15_d7a4,
            0x3501_f023_16c6_ff44,
            0x15ce_6891_641f_31f7,
        ]
    );
}

#[test]
fn days_draw_these_words() {
    let draws = Draws::new(1, 0);
    assert_eq!(
        ten(|day| draws.word(web(), START, Occasion::on(20_760 + day as i32, 0), 0)),
        [
            0x767b_8dc4_9612_0462,
            0x0677_3e7c_21bd_6936,
            0x72fe_6428_22e4_cb92,
            0xe24f_b5e4_8a39_8150,
            0xa4f6_ce7e_e712_e158,
            0xc35c_7ef3_6934_33fd,
            0xb3da_1f43_88a0_90d5,
            0xad7c_e35e_cada_f5dc,
            0x3c68_d809_1728_f21a,
            0x6a7d_938a_2712_35c6,
        ]
    );
}

#[test]
fn requests_of_another_replication_draw_these_words() {
    let draws = Draws::new(42, 7);
    let who = Identity::of("fault", "api-down").with(web());
    assert_eq!(
        ten(|n| draws.word(who, Purpose(9), Occasion::number(u64::from(n)), 0)),
        [
            0x0488_45bf_b0ea_ca8a,
            0xd4c6_a3d2_2ed7_1d75,
            0x3643_20ac_9d97_751f,
            0xe70d_9263_d91c_3596,
            0x4f19_acf5_873b_2e26,
            0x3f1c_58f3_9650_1f14,
            0x78cc_90fa_efda_3daf,
            0x2a79_c547_c66a_ac28,
            0xe36d_b2cc_3c04_a395,
            0xded0_77a8_02cf_26d8,
        ]
    );
}

#[test]
fn lifetime_counts_under_the_largest_purpose_draw_these_words() {
    let draws = Draws::new(42, 7);
    let who = Identity::of("instance", "db-1");
    assert_eq!(
        ten(|n| draws.word(who, Purpose(u32::MAX), Occasion::lifetime(u64::from(n)), 3)),
        [
            0xdff4_6e8b_87f4_bfa6,
            0xf60c_f0ba_3bf1_662b,
            0x4b33_91a1_07b9_048d,
            0x0f0d_56f1_387d_8884,
            0x6a8c_2f98_8835_85ba,
            0x8d0f_116f_5ae8_b517,
            0x782e_a03f_a57b_74c8,
            0xbc4b_c8bb_62c8_4dc9,
            0xec77_bfe8_f05b_bca3,
            0x5d22_0b23_c9a1_43ba,
        ]
    );
}

/// The first ten spans in µs, for requests 0 to 9 of `web-1`.
#[track_caller]
fn check(takes: Distribution, expected: [u64; 10]) {
    let draws = Draws::new(1, 0);
    let spans = ten(|n| {
        let occasion = Occasion::number(u64::from(n));
        draws.duration(web(), START, occasion, 0, &takes).as_micros()
    });
    assert_eq!(spans, expected);
}

fn secs(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

#[test]
fn a_constant_is_itself() {
    check(Distribution::constant(secs(30)).unwrap(), [30_000_000; 10]);
}

#[test]
fn uniform_spans_are_these() {
    let takes = Distribution::uniform(secs(10), secs(20)).unwrap();
    check(
        takes,
        [
            11_814_113, 17_996_307, 14_977_935, 14_203_068, 15_981_448, 13_182_160, 14_401_527,
            16_881_799, 11_376_245, 13_185_555,
        ],
    );
}

#[test]
fn exponential_spans_are_these() {
    let takes = Distribution::exponential(secs(45)).unwrap();
    check(
        takes,
        [
            9_007_809, 72_341_693, 30_993_476, 24_536_530, 41_024_853, 17_236_906, 26_104_106,
            52_439_789, 6_662_906, 17_259_321,
        ],
    );
}

#[test]
fn log_normal_spans_are_these() {
    let takes = Distribution::log_normal(secs(30), secs(300)).unwrap();
    check(
        takes,
        [
            12_188_500, 68_917_967, 29_836_217, 24_585_157, 38_367_339, 18_790_142, 25_845_939,
            48_758_654, 10_188_791, 18_807_846,
        ],
    );
}

#[test]
fn weibull_spans_are_these() {
    let takes = Distribution::weibull(secs(40), Ratio::new(3, 4)).unwrap();
    check(
        takes,
        [
            4_683_842, 75_328_884, 24_329_715, 17_818_077, 35_359_492, 11_127_281, 19_351_817,
            49_052_132, 3_133_249, 11_146_579,
        ],
    );
}

#[test]
fn empirical_spans_are_these() {
    let takes = Distribution::empirical([(secs(1), 7), (secs(60), 2), (secs(600), 1)]).unwrap();
    check(
        takes,
        [
            1_000_000, 60_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000,
            1_000_000, 1_000_000, 1_000_000,
        ],
    );
}

#[test]
fn choices_and_chances_are_these() {
    let draws = Draws::new(1, 0);
    let at = |n| Occasion::number(u64::from(n));
    let chosen = ten(|n| draws.below(web(), START, at(n), 0, 1_000));
    let hits = ten(|n| draws.hits(web(), START, at(n), 0, Ratio::new(42, 100)));
    assert_eq!(chosen, [181, 799, 497, 420, 598, 318, 440, 688, 137, 318]);
    assert_eq!(hits, [true, false, false, false, false, true, false, false, true, true]);
}

#[test]
fn facts_have_these_digests() {
    let mut digest = Digest::new();
    let at = SimTime::from_micros;
    let mut values = Vec::new();
    digest.record(1, at(5), []);
    values.push(digest.value());
    digest.record(2, at(6), [7, 8]);
    values.push(digest.value());
    digest.record(u16::MAX, at(1 << 63), std::array::from_fn::<u64, 16, _>(|n| n as u64));
    values.push(digest.value());
    assert_eq!(values, [0x8979_650d_fe93_e054, 0x5786_ab81_779b_0d9c, 0x9ae9_0f64_7a92_c896]);
    assert_eq!(Digest::chain(values), 0xc9f0_6110_9780_c84b);
}
