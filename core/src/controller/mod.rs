//! The simulated automation that calls the API: whether to ask, and whether to ask again.
//!
//! A controller acts on a *belief* about each instance, apart from the truth. It has a
//! schedule, a pace, a retry policy and a way of waiting; it never looks into the region.

pub mod defects;
pub mod policy;
pub mod requests;
pub mod retry;
pub mod schedule;
