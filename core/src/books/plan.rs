//! What the books need of a plan.

use crate::demand::calendar::CivilClock;
use crate::ecs::spec::RegionSpec;
use crate::units::{SimDuration, SimTime};

/// All that the books need of a plan.
#[derive(Clone, Copy, Debug)]
pub struct BooksPlan<'a> {
    /// What the beginning is in civil time: billing cycles are clock hours.
    pub clock: &'a CivilClock,
    /// What is before it does not count.
    pub warm_up: SimTime,
    /// Nothing at or after it happens.
    pub horizon: SimTime,
    /// Groups, kinds and prices.
    pub region: &'a RegionSpec,
    /// Whether every billing cycle is kept.
    pub billing_cycles: bool,
    /// Whether billing of instances can end for good, or be suspended: some are deleted, or the
    /// account owes.
    pub billing_ends: bool,
    /// How many call.
    pub callers: usize,
    /// How many services there are.
    pub services: usize,
    /// Within what time of its edge a start of a good wave is done.
    pub good_within: SimDuration,
}
