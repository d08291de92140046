//! The only module that knows everything below it.

pub mod ledger;
pub mod metric;
pub mod outcome;
pub mod plan;
