//! Counts of whole numbers in HdrHistogram's layout: one unit up to 2 048, three digits beyond.
//!
//! The crate `hdrhistogram` writes the files; it is not what records, because a count here costs a
//! tenth as much, and memory is taken only for the octaves that are met: eight KiB each instead
//! of some 270 at once (`tests/it/differential.rs` holds it against the crate).

use hdrhistogram::Histogram;

/// Decimal digits that are kept.
pub(super) const SIGNIFICANT_DIGITS: u8 = 3;
/// Counts of one octave, log₂: the first octave has the numbers below.
const OCTAVE_BITS: u32 = 10;
const OCTAVE: usize = 1 << OCTAVE_BITS;

/// How often each number was recorded, as far as three digits tell numbers apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    octaves: Vec<Option<Box<[u64; OCTAVE]>>>,
    total: u64,
}

/// The octave of a number, and how far its lowest bits are cut.
const fn octave(value: u64) -> (usize, u32) {
    let bits = u64::BITS - value.leading_zeros();
    let octave = bits.saturating_sub(OCTAVE_BITS);
    (octave as usize, octave.saturating_sub(1))
}

/// The largest number that is counted together with this one.
pub(super) const fn highest_equivalent(value: u64) -> u64 {
    let (_, cut) = octave(value);
    value | ((1 << cut) - 1)
}

impl Counts {
    pub(super) fn record(&mut self, value: u64) {
        let (octave, cut) = octave(value);
        let counts = match self.octaves.get_mut(octave) {
            Some(Some(counts)) => counts,
            Some(None) | None => self.meet(octave),
        };
        // Beyond the first octave the highest bit is always set: it names the octave.
        counts[(value >> cut) as usize % OCTAVE] += 1;
        self.total += 1;
    }

    /// The counts of an octave that is met for the first time.
    #[cold]
    fn meet(&mut self, octave: usize) -> &mut [u64; OCTAVE] {
        if self.octaves.len() <= octave {
            self.octaves.resize(octave + 1, None);
        }
        self.octaves[octave].insert(Box::new([0; OCTAVE]))
    }

    /// How many numbers were recorded.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// The largest number of each place that was recorded, ascending, and how often it was.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.octaves.iter().enumerate().flat_map(|(octave, counts)| {
            let counts = counts.iter().flat_map(|counts| counts.iter().copied().enumerate());
            let met = counts.filter(|(_, count)| *count > 0);
            met.map(move |(place, count)| (highest_at(octave, place as u64), count))
        })
    }

    pub(super) fn add(&mut self, other: &Counts) {
        if self.octaves.len() < other.octaves.len() {
            self.octaves.resize(other.octaves.len(), None);
        }
        for (ours, theirs) in self.octaves.iter_mut().zip(&other.octaves) {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => {
                    ours.iter_mut().zip(theirs.iter()).for_each(|(our, their)| *our += their);
                }
                (ours @ None, Some(theirs)) => *ours = Some(theirs.clone()),
                (Some(_) | None, None) => {}
            }
        }
        self.total += other.total;
    }

    /// The same as the crate has it, for numbers up to `limit`.
    pub(super) fn to_histogram(&self, limit: u64) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, limit.max(2), SIGNIFICANT_DIGITS)
            .expect("1 to at least 2 with three digits is a layout");
        for (highest, count) in self.recorded() {
            histogram.saturating_record_n(highest, count);
        }
        histogram
    }
}

fn highest_at(octave: usize, place: u64) -> u64 {
    match octave as u32 {
        0 => place,
        octave => highest_equivalent((OCTAVE as u64 | place) << (octave - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ends of every place up to 2^13, and numbers around every power of two.
    fn numbers() -> impl Iterator<Item = u64> {
        let powers = (0..41).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        (0..1 << 13).chain(powers)
    }

    const LIMIT: u64 = 1 << 41;

    #[test]
    fn its_places_are_those_of_the_crate() {
        let crates = Counts::default().to_histogram(LIMIT);
        for number in numbers() {
            let theirs = crates.highest_equivalent(number);
            assert_eq!(highest_equivalent(number), theirs, "{number}");
            let mut counts = Counts::default();
            counts.record(number);
            assert_eq!(counts.recorded().collect::<Vec<_>>(), [(theirs, 1)], "{number}");
        }
    }

    #[test]
    fn what_is_handed_to_the_crate_is_what_it_would_have_recorded() {
        let mut counts = Counts::default();
        let mut crates = counts.to_histogram(LIMIT);
        for number in numbers() {
            counts.record(number);
            crates.record(number).expect("within its bounds");
        }
        let handed = counts.to_histogram(LIMIT);
        assert_eq!(handed, crates);
        assert_eq!((handed.max(), handed.min_nz()), (crates.max(), crates.min_nz()));
        assert_eq!(handed.stdev().to_bits(), crates.stdev().to_bits());
    }
}
