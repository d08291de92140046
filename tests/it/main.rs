//! One integration binary.

// Clippy allows it in `#[test]` functions, not in the helpers beside them.
#![allow(clippy::unwrap_used)]

mod differential;
mod theory;
mod values;
