//! The quantiles of the normal distribution, with the same bits on every machine.
//!
//! Algorithm AS 241, routine PPND16 (Wichura, *Applied Statistics* 37, 1988): three rational
//! approximations with relative error about 10⁻¹⁶. It calls `libm` and never the system's maths.

// The coefficients are printed with more digits than a double holds; they stay as published.
#![allow(clippy::excessive_precision)]

/// Coefficients of numerator and denominator, the constant term first.
struct Rational([f64; 8], [f64; 8]);

/// |p − ½| ≤ 0.425, in 0.180625 − (p − ½)².
const CENTRE: Rational = Rational(
    [
        3.387_132_872_796_366_608,
        133.141_667_891_784_377_45,
        1_971.590_950_306_551_442_7,
        13_731.693_765_509_461_125,
        45_921.953_931_549_871_457,
        67_265.770_927_008_700_853,
        33_430.575_583_588_128_105,
        2_509.080_928_730_122_672_7,
    ],
    [
        1.0,
        42.313_330_701_600_911_252,
        687.187_007_492_057_908_3,
        5_394.196_021_424_751_107_7,
        21_213.794_301_586_595_867,
        39_307.895_800_092_710_61,
        28_729.085_735_721_942_674,
        5_226.495_278_852_545_925,
    ],
);

/// √(−ln tail) ≤ 5, in √(−ln tail) − 1.6.
const SHOULDER: Rational = Rational(
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        0.241_780_725_177_450_611_77,
        0.022_723_844_989_269_184_583_3,
        7.745_450_142_783_414_076_4e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        0.689_767_334_985_100_004_55,
        0.148_103_976_427_480_074_59,
        0.015_198_666_563_616_457_196_6,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
);

/// Beyond, in √(−ln tail) − 5.
const TAIL: Rational = Rational(
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        0.296_560_571_828_504_891_23,
        0.026_532_189_526_576_123_093,
        0.001_242_660_947_388_078_438_6,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_937_69,
        0.136_929_880_922_735_805_31,
        0.014_875_361_290_850_614_852_5,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
);

/// The number that a standard normal variable falls below with probability `p`.
///
/// # Panics
/// If `p` is not strictly between 0 and 1, where there is no such number.
pub(super) fn normal_quantile(p: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "a quantile lies strictly between 0 and 1");
    let from_median = p - 0.5;
    if from_median.abs() <= 0.425 {
        return from_median * CENTRE.at(0.180_625 - from_median * from_median);
    }
    let tail = if from_median < 0.0 { p } else { 1.0 - p };
    let depth = libm::sqrt(-libm::log(tail));
    let size = if depth <= 5.0 { SHOULDER.at(depth - 1.6) } else { TAIL.at(depth - 5.0) };
    if from_median < 0.0 { -size } else { size }
}

impl Rational {
    fn at(&self, x: f64) -> f64 {
        let horner = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * x + term);
        horner(&self.0) / horner(&self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of these very doubles, by `erfinv` with 40 digits in mpmath.
    #[test]
    fn published_quantiles_come_out() {
        for (p, expected) in [
            (0.5, 0.0),
            (0.6, 0.253_347_103_135_799_8),
            (0.925, 1.439_531_470_938_456_3),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_840_8),
            (0.9999, 3.719_016_485_455_708_4),
            (1e-9, -5.997_807_015_007_686_5),
            (1e-12, -7.034_483_825_301_132),
            (1e-16, -8.222_082_216_130_437),
        ] {
            let error = (normal_quantile(p) - expected).abs();
            assert!(error <= 4e-15 * expected.abs(), "p = {p}: off by {error:e}");
        }
    }

    #[test]
    fn the_pieces_meet_and_never_step_back() {
        let seams = [0.075, 0.925, libm::exp(-25.0), 1.0 - libm::exp(-25.0)];
        for seam in seams {
            let around: Vec<f64> =
                [-1e-12, 0.0, 1e-12].map(|d| normal_quantile(seam * (1.0 + d))).to_vec();
            assert!(around.is_sorted(), "around {seam:e}: {around:?}");
        }
    }

    #[test]
    #[should_panic(expected = "strictly between")]
    fn certainty_has_no_quantile() {
        normal_quantile(1.0);
    }
}
