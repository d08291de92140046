//! One integration binary.

// Clippy allows it in `#[test]` functions, not in the helpers beside them.
#![allow(clippy::unwrap_used)]

mod cli;
mod determinism;
mod differential;
mod fleet;
mod golden;
mod invoices;
mod negative;
mod scenario;
mod spec;
mod table;
mod theory;
mod tidy;
mod values;
