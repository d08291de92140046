//! One integration binary.

// Clippy allows it in `#[test]` functions, not in the helpers beside them.
#![allow(clippy::unwrap_used)]

mod cli;
mod determinism;
mod dice;
mod differential;
mod fallback;
mod fleet;
mod golden;
mod independence;
mod invoices;
mod laws;
mod naive;
mod negative;
mod scenario;
mod spec;
mod stories;
mod table;
mod theory;
mod theory_region;
mod tidy;
mod ties;
mod types;
mod values;
mod worlds;
