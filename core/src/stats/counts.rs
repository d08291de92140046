//! Counts of whole numbers in HdrHistogram's layout: one unit up to 2 048, three digits beyond.
//!
//! The crate `hdrhistogram` writes the files; it is not what records, because a count here costs a
//! tenth as much, and memory is taken only for the octaves that are met: eight KiB each instead
//! of some 270 at once (`tests/it/differential.rs` holds it against the crate).

use hdrhistogram::Histogram;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimal digits that are kept.
pub(super) const SIGNIFICANT_DIGITS: u8 = 3;
/// Counts of one octave, log₂: the first octave has the numbers below.
const OCTAVE_BITS: u32 = 10;
const OCTAVE: usize = 1 << OCTAVE_BITS;
/// As many places as all numbers have.
const PLACES: u64 = (u64::BITS - OCTAVE_BITS + 1) as u64 * OCTAVE as u64;

/// How often each number was recorded, as far as three digits tell numbers apart.
///
/// While a run goes on there is a count for every place of an octave that is met; packed there are
/// bits for the places alone that something was recorded at. Either has all that is recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    octaves: Vec<Option<Box<[u64; OCTAVE]>>>,
    packed: Box<[u8]>,
    total: u64,
}

impl PartialEq for Counts {
    fn eq(&self, other: &Counts) -> bool {
        self.total == other.total && self.places().eq(other.places())
    }
}

impl Eq for Counts {}

/// For people the largest number of each place, ascending, with its count; for machines as they
/// are packed.
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.recorded().collect::<Vec<_>>().serialize(serializer);
        }
        let mut packed = vec![];
        self.append_to(&mut packed);
        (self.total, packed).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Counts, D::Error> {
        if deserializer.is_human_readable() {
            let recorded = Vec::<(u64, u64)>::deserialize(deserializer)?;
            return Counts::try_from(recorded).map_err(D::Error::custom);
        }
        let (total, packed) = <(u64, Vec<u8>)>::deserialize(deserializer)?;
        Counts::of_packed(total, packed).ok_or_else(|| D::Error::custom("these are no counts"))
    }
}

impl TryFrom<Vec<(u64, u64)>> for Counts {
    type Error = &'static str;

    fn try_from(recorded: Vec<(u64, u64)>) -> Result<Counts, &'static str> {
        let mut counts = Counts::default();
        for (value, count) in recorded.into_iter().filter(|(_, count)| *count > 0) {
            counts.total = counts.total.saturating_add(count);
            if counts.total >> BITS_MOST > 0 {
                return Err("more was recorded than a run has events");
            }
            let (octave, cut) = octave(value);
            counts.open(octave)[(value >> cut) as usize % OCTAVE] += count;
        }
        counts.pack();
        Ok(counts)
    }
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
    /// Of packed ones, if they are ones and so many are recorded.
    fn of_packed(total: u64, packed: Vec<u8>) -> Option<Counts> {
        let mut counted = 0u64;
        for (place, count) in read(&packed) {
            counted = counted.checked_add(count).filter(|_| place < PLACES)?;
        }
        let is_whole = counted == total && total >> BITS_MOST == 0;
        is_whole.then(|| Counts { octaves: vec![], packed: packed.into(), total })
    }

    #[inline(always)]
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

    /// The counts of an octave that is met for the first time, or once more after packing.
    #[cold]
    fn meet(&mut self, octave: usize) -> &mut [u64; OCTAVE] {
        self.unpack();
        self.open(octave)
    }

    fn open(&mut self, octave: usize) -> &mut [u64; OCTAVE] {
        if self.octaves.len() <= octave {
            self.octaves.resize(octave + 1, None);
        }
        self.octaves[octave].get_or_insert_with(|| Box::new([0; OCTAVE]))
    }

    /// Takes no more memory than what was recorded needs.
    pub(super) fn pack(&mut self) {
        if self.octaves.is_empty() {
            return;
        }
        let mut bytes = vec![];
        write(self.places(), &mut bytes);
        self.packed = bytes.into();
        self.octaves = vec![];
    }

    /// Adds what was recorded to bytes, packed; says how many they are.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> usize {
        let before = bytes.len();
        match self.octaves.is_empty() {
            true => bytes.extend_from_slice(&self.packed),
            false => write(self.places(), bytes),
        }
        bytes.len() - before
    }

    fn unpack(&mut self) {
        let packed = std::mem::take(&mut self.packed);
        for (place, count) in read(&packed) {
            let (octave, place) = split(place);
            self.open(octave)[place] += count;
        }
    }

    /// Every place at which something was recorded, counted over all octaves, and how often.
    fn places(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let of_octaves = self.octaves.iter().zip(0..).flat_map(|(counts, octave)| {
            let counts = counts.iter().flat_map(|counts| counts.iter().copied());
            let places = counts.zip(octave * OCTAVE as u64..);
            places.map(|(count, place)| (place, count)).filter(|(_, count)| *count > 0)
        });
        of_octaves.chain(read(&self.packed))
    }

    /// How many numbers were recorded.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// The largest number of each place that was recorded, ascending, and how often it was.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.places().map(largest)
    }

    pub(super) fn add(&mut self, other: &Counts) {
        self.unpack();
        for (place, count) in read(&other.packed) {
            let (octave, place) = split(place);
            self.open(octave)[place] += count;
        }
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

/// The octave of a place counted over all of them, and its place there.
fn split(place: u64) -> (usize, usize) {
    (place as usize / OCTAVE, place as usize % OCTAVE)
}

/// The largest number of a place counted over all octaves, with how often it was recorded.
fn largest((place, count): (u64, u64)) -> (u64, u64) {
    let (octave, place) = split(place);
    (highest_at(octave, place as u64), count)
}

/// What packed bytes have: the largest number of each place that was recorded, ascending, and how
/// often it was.
pub(super) fn recorded_in(bytes: &[u8]) -> impl Iterator<Item = (u64, u64)> + Clone + '_ {
    read(bytes).map(largest)
}

/// Packs places, ascending, and how often something was recorded there: each place by its distance
/// from the one before, in Elias's gamma code, which takes six bits for most of a run's.
fn write(places: impl Iterator<Item = (u64, u64)>, bytes: &mut Vec<u8>) {
    let (mut bits, mut next) = (Writer { bytes, waiting: 0, bits: 0 }, 0);
    // From within: a chain of places is walked one part after the other, not asked for each place.
    places.for_each(|(place, count)| {
        bits.put(place + 1 - next);
        bits.put(count);
        next = place + 1;
    });
    bits.end();
}

/// The places and counts that were packed.
fn read(bytes: &[u8]) -> impl Iterator<Item = (u64, u64)> + Clone + '_ {
    let (mut bits, mut next) = (Reader { bytes, waiting: 0, bits: 0 }, 0);
    std::iter::from_fn(move || {
        next += bits.take()?;
        Some((next - 1, bits.take()?))
    })
}

/// Writes numbers from 1 on: as many zeros as there are bits below the highest, that one, the
/// others; the lowest bits of a byte first.
#[derive(Debug)]
struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits that were not written yet, fewer than [`HALF`], and how many.
    waiting: u64,
    bits: u32,
}

impl Writer<'_> {
    fn put(&mut self, number: u64) {
        let below = number.ilog2();
        assert!(below < BITS_MOST, "more was recorded than a run has events");
        let others = number - (1 << below);
        if below < HALF / 2 {
            // Nearly all numbers: the zeros, the one and the others at once.
            self.put_bits(1 << below | others << (below + 1), 2 * below + 1);
        } else {
            self.put_long(1 << below, below + 1);
            self.put_long(others, below);
        }
    }

    #[cold]
    fn put_long(&mut self, value: u64, bits: u32) {
        let first = bits.min(HALF);
        self.put_bits(value & (u64::MAX >> (u64::BITS - HALF)), first);
        self.put_bits(value >> first, bits - first);
    }

    /// Writes at most [`HALF`] bits.
    fn put_bits(&mut self, value: u64, bits: u32) {
        self.waiting |= value << self.bits;
        self.bits += bits;
        if self.bits >= HALF {
            self.bytes.extend_from_slice(&(self.waiting as u32).to_le_bytes());
            self.waiting >>= HALF;
            self.bits -= HALF;
        }
    }

    /// The rest of the last byte is zeros: no number begins there.
    fn end(self) {
        let bytes = self.bits.div_ceil(u8::BITS) as usize;
        self.bytes.extend_from_slice(&self.waiting.to_le_bytes()[..bytes]);
    }
}

/// So many bits are written at a time.
const HALF: u32 = u32::BITS;

/// So many bits fit beside those that wait.
const BITS_MOST: u32 = u64::BITS - u8::BITS;

/// Reads what was written.
#[derive(Clone, Debug)]
struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits that were read and not used yet, and how many.
    waiting: u64,
    bits: u32,
}

impl Reader<'_> {
    fn take(&mut self) -> Option<u64> {
        self.fill();
        let below = (self.waiting != 0).then(|| self.waiting.trailing_zeros())?;
        self.drop_bits(below + 1);
        self.fill();
        let highest = 1 << below;
        let number = highest | (self.waiting & (highest - 1));
        self.drop_bits(below);
        Some(number)
    }

    fn fill(&mut self) {
        while self.bits <= BITS_MOST {
            let Some((first, rest)) = self.bytes.split_first() else { return };
            self.waiting |= u64::from(*first) << self.bits;
            self.bits += u8::BITS;
            self.bytes = rest;
        }
    }

    fn drop_bits(&mut self, bits: u32) {
        self.waiting >>= bits;
        self.bits -= bits;
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

    /// Numbers of every octave, some of them often.
    fn filled(numbers: impl Iterator<Item = u64>) -> Counts {
        let mut counts = Counts::default();
        for number in numbers {
            (0..1 + number % 200).for_each(|_| counts.record(number));
        }
        counts
    }

    #[test]
    fn what_is_packed_is_what_was_recorded_and_can_go_on() {
        let open = filled(numbers());
        let mut packed = open.clone();
        packed.pack();
        assert!(packed.octaves.is_empty() && packed.packed.len() < 40_000);
        for counts in [&open, &packed] {
            let mut bytes = vec![9];
            assert_eq!(counts.append_to(&mut bytes), packed.packed.len());
            assert_eq!(bytes[1..], *packed.packed);
            assert!(recorded_in(&bytes[1..]).eq(open.recorded()));
        }
        assert_eq!(packed, open);
        assert_eq!(packed.recorded().collect::<Vec<_>>(), open.recorded().collect::<Vec<_>>());
        assert_eq!(packed.to_histogram(LIMIT), open.to_histogram(LIMIT));
        packed.record(7);
        assert_ne!(packed, open);
        let mut more = open.clone();
        more.record(7);
        assert_eq!(packed, more);
        packed.pack();
        packed.pack();
        assert_eq!(packed, more);
        let mut nothing = Counts::default();
        nothing.pack();
        assert_eq!(nothing, Counts::default());
        let written: Vec<(u64, u64)> = open.recorded().collect();
        assert_eq!(Counts::try_from(written), Ok(open.clone()));
        let (total, bytes) = (packed.total, packed.packed.to_vec());
        assert_eq!(Counts::of_packed(total, bytes.clone()), Some(packed.clone()));
        assert_eq!(Counts::of_packed(total + 1, bytes), None, "not so many are recorded");
        assert!(Counts::try_from(vec![(1, u64::MAX)]).is_err());
        let mut last = filled([u64::MAX, u64::MAX - 1, 0].into_iter());
        let before = last.recorded().collect::<Vec<_>>();
        last.pack();
        assert_eq!(last.recorded().collect::<Vec<_>>(), before);
    }

    #[test]
    fn what_is_written_in_bits_is_read_again() {
        let numbers = || (0..56).flat_map(|bit| [1 << bit, (1 << bit) + (1 << bit) / 3, 1]);
        let mut bytes = vec![];
        let mut bits = Writer { bytes: &mut bytes, waiting: 0, bits: 0 };
        numbers().for_each(|number| bits.put(number));
        bits.end();
        let mut read = Reader { bytes: &bytes, waiting: 0, bits: 0 };
        assert!(numbers().eq(std::iter::from_fn(|| read.take())));
    }

    #[test]
    fn packed_counts_add_up_like_open_ones() {
        let (one, other) = (filled(numbers().step_by(3)), filled(numbers().step_by(7)));
        let mut sum = one.clone();
        sum.add(&other);
        for (pack_one, pack_other) in [(true, false), (false, true), (true, true)] {
            let (mut mine, mut theirs) = (one.clone(), other.clone());
            if pack_one {
                mine.pack();
            }
            if pack_other {
                theirs.pack();
            }
            mine.add(&theirs);
            assert_eq!(mine, sum);
        }
    }

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
