//! From outcomes to bytes: the screen, the summary and the files.
//!
//! Pure functions that write to an `impl Write`: they open no file, know no path and look at no
//! clock. One replication and several go the same way, so that a figure has one meaning.

mod average;
pub mod backtest;
pub mod by_replication;
pub mod cases;
pub mod clients;
pub mod collected;
pub mod compare;
pub mod csv;
pub mod defects;
pub mod each;
pub mod estimate;
pub mod expect;
pub mod explain;
pub mod facts;
pub mod figures;
#[cfg(test)]
mod fixture;
pub mod html;
pub mod instances;
pub mod inventory;
pub mod measure;
mod merged_waves;
pub mod metrics;
pub mod months;
pub mod names;
pub mod number;
pub mod planning;
pub mod projection;
pub mod provenance;
pub mod restart;
pub mod services;
pub mod shares;
pub mod stress;
pub mod summary;
pub mod sweep;
pub mod text;
pub mod totals;
pub mod until;
pub mod warnings;
pub mod what_if;

use crate::sim::plan::Plan;

use collected::Collected;
use stress::StressRow;
use what_if::WhatIf;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Results<'a> {
    /// What was run.
    pub plan: &'a Plan,
    /// With which seed.
    pub seed: u64,
    /// How ties were broken: `fifo`, `reversed`, or `seeded 7`.
    pub ties: &'a str,
    /// The only replication that was run, when one was asked for by number.
    pub replication: Option<u32>,
    /// The event after which the run was stopped, when that was asked for.
    pub until_event: Option<u64>,
    /// What came of it.
    pub collected: &'a Collected,
    /// What came of variants of it.
    pub stress: &'a [StressRow],
    /// What came of it where something turns out otherwise, when that was asked for.
    pub what_if: Option<&'a WhatIf>,
}
