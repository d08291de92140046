//! One integration binary.

// Clippy allows it in `#[test]` functions, not in the helpers beside them.
#![allow(clippy::unwrap_used)]

mod advice;
mod baseline;
mod batches;
mod beginnings;
mod calendars;
mod capacity;
mod cli;
mod commitments;
mod credits;
mod cycles;
mod determinism;
mod dice;
mod differential;
mod explain;
mod fallback;
mod fleet;
mod golden;
mod import;
mod import_bills;
mod import_histories;
mod import_inventories;
mod import_stock;
mod independence;
mod invoices;
mod laws;
mod lifecycle;
mod naive;
mod negative;
mod places;
mod presets;
mod prices;
mod reads;
mod real_data;
mod rows;
mod sample;
mod scenario;
mod services;
mod spec;
mod spot;
mod stories;
mod surplus;
mod table;
mod tables;
mod tags;
mod theory;
mod theory_region;
mod throttling;
mod tidy;
mod ties;
mod types;
mod values;
mod waves;
mod worlds;
