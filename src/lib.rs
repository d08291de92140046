#![doc = include_str!("../ARCHITECTURE.md")]

pub mod units;

pub mod engine;
pub mod stats;

pub mod ecs;

pub mod demand;
pub mod fault;

pub mod client;
pub mod controller;

pub mod world;

pub mod scenario;

pub mod import;

pub mod replicate;
pub mod report;

pub mod cli;
