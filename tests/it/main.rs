//! One integration binary.

// Clippy allows it in `#[test]` functions, not in the helpers beside them.
#![allow(clippy::unwrap_used)]

mod fleet;
mod invoices;
mod spec;
mod table;
