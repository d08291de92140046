//! A cascading slot queue of 8-byte events, the yardstick for event lists: radix-256 slots on the
//! bits of an integer time, events in chunks of an arena, exact FIFO ties by stable sorts.
//!
//! A lower bound and no product: 40 bits of time, 24 of event, no phases, no tie policy.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

const CHUNK: usize = 64;
const LEVELS: usize = 5;
const NONE: u32 = u32::MAX;
const ID_BITS: u32 = 24;
/// Events that a slot of the lowest level holds on average.
const PER_SLOT: u64 = 16;

/// The events of one span of time, in the order in which they came.
#[derive(Clone, Copy)]
struct Slot {
    head: u32,
    tail: u32,
    fill: u32,
}

const EMPTY: Slot = Slot { head: NONE, tail: NONE, fill: 0 };

/// The queue.
pub struct Cascade {
    /// Bits of a time below the lowest level.
    width: u32,
    /// Where the slot that is open begins.
    base: u64,
    slots: Vec<Slot>,
    occupied: [[u64; 4]; LEVELS],
    chunks: Vec<[u64; CHUNK]>,
    next: Vec<u32>,
    free: u32,
    /// What is next, sorted, and how far it was taken.
    front: Vec<u64>,
    taken: usize,
    /// What came into the open slot since.
    near: BinaryHeap<Reverse<(u64, u64, u32)>>,
    sequence: u64,
    moved: Vec<u64>,
}

impl Cascade {
    /// A queue for about so many pending events whose delays have a mean of a second.
    pub fn new(pending: u64) -> Cascade {
        let gap = (1_000_000 * PER_SLOT / pending.max(1)).max(1);
        Cascade {
            width: gap.ilog2(),
            base: 0,
            slots: vec![EMPTY; LEVELS * 256],
            occupied: [[0; 4]; LEVELS],
            chunks: Vec::new(),
            next: Vec::new(),
            free: NONE,
            front: Vec::new(),
            taken: 0,
            near: BinaryHeap::new(),
            sequence: 0,
            moved: Vec::new(),
        }
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, at: u64, event: u32) {
        let far = (at ^ self.base) >> self.width;
        if far == 0 {
            self.near.push(Reverse((at, self.sequence, event)));
            self.sequence += 1;
        } else {
            self.file(at << ID_BITS | u64::from(event), far);
        }
    }

    #[inline]
    fn file(&mut self, packed: u64, far: u64) {
        let level = (63 - far.leading_zeros() as usize) / 8;
        let place = (packed >> ID_BITS >> (self.width as usize + 8 * level)) as usize & 255;
        self.occupied[level][place / 64] |= 1 << (place % 64);
        let slot = &mut self.slots[level * 256 + place];
        if slot.head == NONE || slot.fill as usize == CHUNK {
            let chunk = if self.free == NONE {
                self.chunks.push([0; CHUNK]);
                self.next.push(NONE);
                (self.chunks.len() - 1) as u32
            } else {
                let chunk = self.free;
                self.free = self.next[chunk as usize];
                chunk
            };
            self.next[chunk as usize] = NONE;
            match slot.head {
                NONE => slot.head = chunk,
                _ => self.next[slot.tail as usize] = chunk,
            }
            (slot.tail, slot.fill) = (chunk, 0);
        }
        self.chunks[slot.tail as usize][slot.fill as usize] = packed;
        slot.fill += 1;
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(u64, u32)> {
        if self.taken == self.front.len() && self.near.is_empty() {
            self.open()?;
        }
        let front = self.front.get(self.taken).copied();
        if let (Some(&Reverse((at, _, event))), true) = (
            self.near.peek(),
            front.is_none_or(|front| {
                self.near.peek().is_some_and(|near| near.0.0 < front >> ID_BITS)
            }),
        ) {
            self.near.pop();
            return Some((at, event));
        }
        self.taken += 1;
        front.map(|packed| (packed >> ID_BITS, packed as u32 & ((1 << ID_BITS) - 1)))
    }

    /// Opens the next slot that holds something.
    fn open(&mut self) -> Option<()> {
        for level in 0..LEVELS {
            let shift = self.width as usize + 8 * level;
            let present = (self.base >> shift) as usize & 255;
            let Some(place) = self.first_from(level, present) else { continue };
            let above = self.base >> shift >> 8 << 8;
            self.base = (above | place as u64) << shift;
            self.empty(level, place);
            if level == 0 {
                std::mem::swap(&mut self.front, &mut self.moved);
                self.front.sort_by_key(|packed| packed >> ID_BITS);
                self.taken = 0;
                return Some(());
            }
            let moved = std::mem::take(&mut self.moved);
            let mut here = false;
            for &packed in &moved {
                let far = (packed >> ID_BITS ^ self.base) >> self.width;
                if far == 0 {
                    self.near.push(Reverse((
                        packed >> ID_BITS,
                        self.sequence,
                        packed as u32 & ((1 << ID_BITS) - 1),
                    )));
                    self.sequence += 1;
                    here = true;
                } else {
                    self.file(packed, far);
                }
            }
            self.moved = moved;
            return if here { Some(()) } else { self.open() };
        }
        None
    }

    /// The first slot of a level at or after a place that holds something.
    fn first_from(&self, level: usize, from: usize) -> Option<usize> {
        let words = &self.occupied[level];
        let first = words[from / 64] >> (from % 64) << (from % 64);
        if first != 0 {
            return Some(from / 64 * 64 + first.trailing_zeros() as usize);
        }
        (from / 64 + 1..4)
            .find(|word| words[*word] != 0)
            .map(|word| word * 64 + words[word].trailing_zeros() as usize)
    }

    /// Moves what a slot holds to `moved`, in order, and frees its chunks.
    fn empty(&mut self, level: usize, place: usize) {
        self.occupied[level][place / 64] &= !(1 << (place % 64));
        let slot = std::mem::replace(&mut self.slots[level * 256 + place], EMPTY);
        self.moved.clear();
        let mut chunk = slot.head;
        while chunk != NONE {
            let fill = if chunk == slot.tail { slot.fill as usize } else { CHUNK };
            self.moved.extend_from_slice(&self.chunks[chunk as usize][..fill]);
            let next = std::mem::replace(&mut self.next[chunk as usize], self.free);
            self.free = chunk;
            chunk = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::Engine;
    use crate::model::{Hold, increments};

    #[test]
    fn the_yardstick_orders_events_as_a_heap_does() {
        let table = increments();
        for pending in [1, 7, 1_000, 30_000] {
            let sum = |engine: Engine| {
                let mut hold = Hold::new(&table);
                let first = hold.first(pending);
                engine.run(&mut hold, &first, 200_000);
                hold.sum
            };
            assert_eq!(sum(Engine::Cascade), sum(Engine::Heap), "{pending}");
            assert_eq!(sum(Engine::Stopsim), sum(Engine::Heap), "{pending}");
        }
    }

    #[test]
    fn equal_times_come_in_the_order_they_were_pushed() {
        let mut list = Cascade::new(100);
        for event in 0..5_000 {
            list.push(7_000_000 + u64::from(event % 3), event);
        }
        let mut last = (0, 0);
        while let Some(next) = list.pop() {
            assert!(next > last, "{next:?} after {last:?}");
            last = next;
        }
        assert_eq!(last, (7_000_002, 4_997));
    }
}
