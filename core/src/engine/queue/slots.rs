//! Entries sorted as coarsely as will do for now: a monotone radix structure.
//!
//! An entry is filed by the highest bits in which its moment differs from the *base*, a moment
//! that nothing stored is before: eight levels, one a byte, of 256 slots each. Every level's
//! entries are later than all of the levels below, and so is a slot than those before it; the
//! first slot is found by two bit scans. A slot is a list of chunks that is only ever appended to
//! and taken whole, so entries of equal moments stay in the order they came, and the memory is
//! walked in streams: past the caches a heap waits for one miss after the other, this does not.
//!
//! Source: the radix heap of Ahuja, Mehlhorn, Orlin and Tarjan, JACM 37, 1990, with the slots of a
//! hierarchical timing wheel (Varghese and Lauck, SOSP 1987).

use std::hint::black_box;

/// What is known of an event without looking into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<E> {
    /// Time, and in the lowest bits the phase: one comparison decides almost always.
    pub(super) moment: u64,
    pub(super) tie: u32,
    pub(super) event: E,
}

impl<E> Entry<E> {
    /// What decides between two entries; of equal ones the older goes first.
    pub(super) const fn order(&self) -> (u64, u32) {
        (self.moment, self.tie)
    }
}

const _: () = assert!(size_of::<Entry<[u32; 3]>>() == 24, "24 bytes per small event");
const _: () = assert!(size_of::<Entry<[u64; 2]>>() == 32, "at most 32 bytes per event");

const LEVELS: usize = 8;
const LEVEL_BITS: u32 = 8;
const SLOTS: usize = 1 << LEVEL_BITS;
/// Entries of a chunk: fewer cost more links, more cost memory where slots hold little.
const CHUNK: usize = 32;
/// Every so many entries are read ahead: the machine fetches their neighbours.
const AHEAD: usize = 8;
/// No chunk.
const NONE: u32 = u32::MAX;

/// A list of chunks.
#[derive(Clone, Copy, Debug)]
struct Slot {
    head: u32,
    tail: u32,
    len: u32,
}

const EMPTY: Slot = Slot { head: NONE, tail: NONE, len: 0 };

/// The slot that everything stored begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    level: usize,
    slot: usize,
    /// How many entries it holds.
    pub(super) len: usize,
    /// The earliest moment it may hold; nothing stored is before it.
    pub(super) start: u64,
}

impl First {
    /// Whether all its entries share one moment: it cannot be spread any further.
    pub(super) const fn is_one_moment(&self) -> bool {
        self.level == 0
    }

    /// The first moment that is too late for it.
    pub(super) const fn end(&self) -> u64 {
        self.start.saturating_add(1 << (self.level as u32 * LEVEL_BITS))
    }
}

/// What is stored.
#[derive(Clone, Debug)]
pub(super) struct Slots<E> {
    /// Every moment stored is at or after this one.
    base: u64,
    /// Which levels hold anything, and which slots of each.
    levels: u32,
    occupied: [[u64; SLOTS / 64]; LEVELS],
    slots: Box<[Slot; LEVELS * SLOTS]>,
    /// The chunks, one after the other, and what follows each.
    entries: Vec<Entry<E>>,
    next: Vec<u32>,
    /// Chunks that are not in use: the one used last is taken first.
    free: u32,
    len: usize,
}

impl<E: Copy> Slots<E> {
    pub(super) fn with_capacity(entries: usize) -> Slots<E> {
        Slots {
            base: 0,
            levels: 0,
            occupied: [[0; SLOTS / 64]; LEVELS],
            slots: Box::new([EMPTY; LEVELS * SLOTS]),
            entries: Vec::with_capacity(entries),
            next: Vec::new(),
            free: NONE,
            len: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Files an entry that is not before the base.
    pub(super) fn put(&mut self, entry: Entry<E>) {
        self.len += 1;
        self.file(entry);
    }

    #[inline(always)]
    fn file(&mut self, entry: Entry<E>) {
        let differs = (entry.moment ^ self.base) | 1;
        let level = ((u64::BITS - 1 - differs.leading_zeros()) / LEVEL_BITS) as usize;
        let slot = low_byte(entry.moment >> (level as u32 * LEVEL_BITS));
        let place = level * SLOTS + slot;
        let used = self.slots[place].len as usize % CHUNK;
        if used == 0 {
            self.append_chunk(place, entry);
        }
        let chunk = self.slots[place].tail as usize;
        self.entries[chunk * CHUNK + used] = entry;
        self.slots[place].len += 1;
    }

    /// Gives a slot one more chunk; a new one is filled with `filler`.
    #[inline(never)]
    fn append_chunk(&mut self, place: usize, filler: Entry<E>) {
        let chunk = if self.free == NONE {
            self.entries.resize(self.entries.len() + CHUNK, filler);
            self.next.push(NONE);
            u32::try_from(self.next.len() - 1).expect("pending events fit in memory")
        } else {
            let chunk = self.free;
            self.free = self.next[chunk as usize];
            chunk
        };
        let slot = &mut self.slots[place];
        if slot.len == 0 {
            slot.head = chunk;
        } else {
            self.next[slot.tail as usize] = chunk;
        }
        slot.tail = chunk;
        if slot.len == 0 {
            self.occupy(place);
        }
    }

    /// Notes that a slot holds something.
    fn occupy(&mut self, place: usize) {
        let (level, slot) = (place / SLOTS, place % SLOTS);
        self.levels |= 1 << level;
        self.occupied[level][slot / 64] |= 1 << (slot % 64);
    }

    /// Where the earliest entries are.
    pub(super) fn first(&self) -> Option<First> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros() as usize;
        let words = &self.occupied[level];
        let word = words.iter().position(|word| *word != 0).expect("the level holds something");
        let slot = word * 64 + words[word].trailing_zeros() as usize;
        let shift = level as u32 * LEVEL_BITS;
        let above = self.base.checked_shr(shift + LEVEL_BITS).unwrap_or(0);
        let start = above.checked_shl(shift + LEVEL_BITS).unwrap_or(0) | (slot as u64) << shift;
        let len = self.slots[level * SLOTS + slot].len as usize;
        Some(First { level, slot, len, start })
    }

    /// Nothing before this moment can be stored.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// Appends the first slot's entries to `into`, in the order they came. The base moves up only
    /// to what was taken first, so that entries of later moments can be put back.
    pub(super) fn take(&mut self, first: First, into: &mut Vec<Entry<E>>) {
        if into.is_empty() {
            self.base = first.start;
        }
        let (mut chunk, mut left) = self.detach(first);
        while left > 0 {
            let (from, count) = (chunk as usize * CHUNK, left.min(CHUNK));
            into.extend_from_slice(&self.entries[from..from + count]);
            left -= count;
            chunk = self.recycle(chunk);
        }
    }

    /// Appends at most so many of the first slot's entries, the oldest, to `into`; a whole number
    /// of chunks, or all that are left.
    pub(super) fn take_some(&mut self, first: First, most: usize, into: &mut Vec<Entry<E>>) {
        if into.is_empty() {
            self.base = first.start;
        }
        let place = first.level * SLOTS + first.slot;
        while self.slots[place].len as usize > CHUNK && into.len() + CHUNK <= most {
            let chunk = self.slots[place].head;
            let from = chunk as usize * CHUNK;
            into.extend_from_slice(&self.entries[from..from + CHUNK]);
            self.slots[place].head = self.next[chunk as usize];
            self.slots[place].len -= CHUNK as u32;
            self.len -= CHUNK;
            self.recycle(chunk);
        }
        if into.len() + self.slots[place].len as usize <= most {
            let len = self.slots[place].len as usize;
            self.take(First { len, ..first }, into);
        }
    }

    /// Files the first slot's entries anew, on the levels below. A crowd of one moment goes down
    /// all levels at once, as it is.
    pub(super) fn spread(&mut self, first: First) {
        let slot = self.slots[first.level * SLOTS + first.slot];
        if let Some(moment) = self.one_moment(slot) {
            self.detach(first);
            self.base = moment;
            self.slots[low_byte(moment)] = slot;
            self.occupy(low_byte(moment));
            self.len += slot.len as usize;
            return;
        }
        self.base = first.start;
        let (mut chunk, mut left) = self.detach(first);
        self.len += left;
        while left > 0 {
            let (from, count) = (chunk as usize * CHUNK, left.min(CHUNK));
            if left > CHUNK {
                // The next chunk lies anywhere: ask for it while this one is filed.
                let next = self.next[chunk as usize] as usize * CHUNK;
                let ahead = self.entries[next..next + CHUNK].iter().step_by(AHEAD);
                black_box(ahead.fold(0, |all, entry| all ^ entry.moment));
            }
            for place in from..from + count {
                self.file(self.entries[place]);
            }
            left -= count;
            chunk = self.recycle(chunk);
        }
    }

    /// The moment that all entries of a slot share, if they do.
    fn one_moment(&self, slot: Slot) -> Option<u64> {
        let (mut chunk, mut left) = (slot.head as usize, slot.len as usize);
        let moment = self.entries[chunk * CHUNK].moment;
        while left > 0 {
            let (from, count) = (chunk * CHUNK, left.min(CHUNK));
            if self.entries[from..from + count].iter().any(|entry| entry.moment != moment) {
                return None;
            }
            left -= count;
            chunk = self.next[chunk] as usize;
        }
        Some(moment)
    }

    /// Empties the first slot: its first chunk, and how many entries follow from there. That its
    /// start may become the base changes no other entry's slot.
    fn detach(&mut self, first: First) -> (u32, usize) {
        let place = first.level * SLOTS + first.slot;
        let slot = std::mem::replace(&mut self.slots[place], EMPTY);
        let words = &mut self.occupied[first.level];
        words[first.slot / 64] &= !(1 << (first.slot % 64));
        if words.iter().all(|word| *word == 0) {
            self.levels &= !(1 << first.level);
        }
        self.len -= slot.len as usize;
        (slot.head, slot.len as usize)
    }

    /// Frees a chunk: the one that followed it.
    fn recycle(&mut self, chunk: u32) -> u32 {
        let next = std::mem::replace(&mut self.next[chunk as usize], self.free);
        self.free = chunk;
        next
    }
}

const fn low_byte(word: u64) -> usize {
    (word & (SLOTS as u64 - 1)) as usize
}
