//! Which defects a controller has: none, if it is sound.

use crate::engine::Purpose;
use crate::fact::Defect;
use crate::units::{Ratio, SimDuration};

/// Whether it crashes before it has recorded an accepted call: entity (controller, instance), the
/// occasion, k = calls so far. Frozen.
pub const CRASH: Purpose = Purpose(34);
/// Whether its lease is stale at an edge: entity controller, the occasion. Frozen.
pub const STALE_LEASE: Purpose = Purpose(35);

/// How likely `forgets-in-crash` crashes at an accepted call. *Assumed*.
pub const CRASHES: Ratio = Ratio::new(1, 50);
/// How likely the lease of `two-replicas` is stale at an edge. *Assumed*.
pub const STALE_LEASES: Ratio = Ratio::new(1, 10);
/// How long after the edge the second of `two-replicas` acts. *Assumed*.
pub const REPLICA_DELAY: SimDuration = SimDuration::from_mins(2);
/// From an answer to the next look of `polls-each-second`.
pub const EAGER_POLL: SimDuration = SimDuration::from_secs(1);
/// How often the SDK of `sdk-retries-inside` repeats a call.
pub const SDK_RETRIES: u8 = 3;

/// A set of defects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defects(u32);

const _: () = assert!(Defect::ALL.len() <= u32::BITS as usize, "one bit each");

impl Defects {
    /// These.
    pub fn of(defects: impl IntoIterator<Item = Defect>) -> Defects {
        Defects(defects.into_iter().fold(0, |set, defect| set | bit(defect)))
    }

    /// Whether there is none of them.
    pub const fn is_sound(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Defect> {
        Defect::ALL.iter().copied().filter(move |defect| self.has(*defect))
    }

    /// Whether this is one of them.
    #[inline(always)]
    pub const fn has(self, defect: Defect) -> bool {
        self.0 & bit(defect) != 0
    }
}

const fn bit(defect: Defect) -> u32 {
    1 << defect as u32
}
