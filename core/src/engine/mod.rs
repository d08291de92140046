//! A discrete-event kernel that has never heard of the cloud.
//!
//! Four words and nothing else: *when* things happen ([`FutureEventList`]), *what luck* they have
//! ([`Draws`], keyed and never streamed), *how long* they take ([`Distribution`]) and *what* a
//! run was, in one number ([`Digest`]). The loop belongs to the user of the kernel:
//!
//! ```
//! use stopsim::engine::{FutureEventList, Identity, Phase, Source, TiePolicy};
//! use stopsim::units::SimTime;
//!
//! let bell = Source { rank: 0, identity: Identity::of("clock", "bell") };
//! let mut list = FutureEventList::new(TiePolicy::Fifo);
//! list.schedule(SimTime::from_micros(7), Phase::Ordinary, bell, "rings");
//! let mut heard = Vec::new();
//! while let Some((now, event)) = list.pop_before(SimTime::from_micros(10)) {
//!     heard.push((now.as_micros(), event));
//! }
//! assert_eq!(heard, [(7, "rings")]);
//! ```
//!
//! It never imports anything but [`units`](crate::units), and holds no clock, file or thread.

mod decisions;
mod digest;
mod distribution;
mod normal;
mod philox;
mod queue;
mod random;
#[cfg(feature = "reference-list")]
mod reference;

pub use decisions::{Decided, Decision, DecisionList, Decisions};
pub use digest::{DIGEST_WORDS_MAX, Digest};
pub use distribution::{Distribution, DistributionError, SAMPLE_MAX, Shared};
pub use queue::{FutureEventList, Phase, SCHEDULE_MAX, Source, TiePolicy};
pub use random::{Draws, Identity, Occasion, OccasionKind, Purpose, RNG_VERSION};
#[cfg(feature = "reference-list")]
pub use reference::ReferenceList;
