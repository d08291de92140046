//! The modelled cloud: what it answers, and what that changes.
//!
//! Pure: `now` is an argument. It draws nothing and schedules nothing; what takes time is
//! returned as [`Work`](region::Work) for the world to finish later. It imports only
//! [`crate::units`] and is a stranger to the engine.
//!
//! ```text
//!   Pending ──▶ Stopped ──StartInstance──▶ Starting ──▶ Running
//!                  ▲                                       │
//!                  └───────────── Stopping ◀──StopInstance─┘
//! ```
//!
//! * [`spec`]: the region as the scenario describes it; [`knob`]: what the documents leave open
//! * [`operation`]: requests; [`answer`]: what a caller is told; [`refusal`]: the catalogue of
//!   answers that say no
//! * [`instance`]: the table of states; [`condition`]: what else may be wrong
//! * [`kind`]: groups and the types their instances can be
//! * [`inventory`]: stock; [`meter`] and [`price`]: usage and invoices; [`commitment`]: what is
//!   paid for used or not, and what it covers
//! * [`spot`]: bids and paths of prices; [`account`]: what arrears refuse and suspend
//! * [`region`]: all of it together
//!
//! Absent on purpose: private pools, dedicated hosts, burstable credits.

pub mod account;
pub mod answer;
pub mod beginning;
pub mod capacity;
pub mod commitment;
pub mod condition;
#[cfg(test)]
pub(crate) mod fixture;
pub mod id;
pub mod instance;
pub mod inventory;
pub mod kind;
pub mod knob;
pub mod meter;
pub mod operation;
pub mod price;
pub mod refusal;
pub mod region;
pub mod spec;
pub mod spot;
pub mod tag;
pub mod throttle;
