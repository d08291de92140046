//! The run itself: a pure function of a `Plan`, a seed, a replication and a way to break ties.
//!
//! It owns no file, socket, clock, thread or global, and reads no scenario: `stopsim` makes plans
//! of scenario files, runs them over threads and reports. Rooms, from the bottom up:
//!
//! * [`units`]: time in microseconds, exact money, ratios;
//! * [`engine`]: when: the future event list, decisions, the digest;
//! * [`stats`]: what is remembered of replications;
//! * [`ecs`]: what the cloud answers and changes;
//! * [`demand`]: what is wanted; [`fault`]: what misbehaves;
//! * [`fact`]: what happened, in the words that all rooms above share;
//! * [`cloud`]: the cloud in time; [`network`]: calls on their way to it and back;
//! * [`client`]: how anybody acts; [`controller`]: whether to ask, and whether to ask again;
//! * [`property`]: what has to be so in a run, folded from facts;
//! * [`sim`]: who is told next; time and latencies booked.

pub mod units;

pub mod engine;
pub mod stats;

pub mod ecs;

pub mod demand;
pub mod fault;

pub mod fact;

pub mod client;
pub mod controller;

pub mod books;
pub mod cloud;
pub mod network;
pub mod property;

pub mod sim;
