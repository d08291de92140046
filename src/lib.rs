#![doc = include_str!("../ARCHITECTURE.md")]

pub use stopsim_core::{
    books, client, cloud, controller, demand, ecs, engine, fact, fault, network, property, sim,
    stats, units,
};

pub mod scenario;

pub mod import;

pub mod program;

pub mod replicate;
pub mod report;

pub mod hunt;

pub mod cli;
