//! Controllers side by side, where some behave as clients that people run.

use serde::Serialize;

use crate::world::outcome::WaveKind;
use crate::world::plan::Plan;

use super::totals::Totals;

/// One of `clients`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct ClientRow {
    pub controller: String,
    pub preset: Option<String>,
    pub calls: u64,
    pub looks: u64,
    pub timed_out: u64,
    pub given_up: u64,
    pub starts_due: u64,
    pub starts_ready_15m: u64,
    pub starts_never: u64,
    pub stops_due: u64,
    pub stops_never: u64,
}

/// A row per controller, in the plan's order; none where no controller names a preset.
pub fn clients(plan: &Plan, totals: &Totals) -> Vec<ClientRow> {
    if plan.controllers.iter().all(|controller| controller.preset.is_none()) {
        return Vec::new();
    }
    let row = |(place, controller): (usize, &crate::controller::policy::Controller)| {
        let tally = totals.clients[place];
        let waves = || totals.waves.iter().filter(|wave| wave.controller == controller.name);
        let sum = |kind, count: fn(&crate::world::outcome::Wave) -> u64| {
            waves().filter(|wave| wave.kind == kind).map(count).sum()
        };
        ClientRow {
            controller: controller.name.clone(),
            preset: controller.preset.clone(),
            calls: tally.calls,
            looks: tally.looks,
            timed_out: tally.timed_out,
            given_up: tally.given_up,
            starts_due: sum(WaveKind::Start, |wave| wave.size),
            starts_ready_15m: sum(WaveKind::Start, |wave| wave.done_within[2]),
            starts_never: sum(WaveKind::Start, |wave| wave.never),
            stops_due: sum(WaveKind::Stop, |wave| wave.size),
            stops_never: sum(WaveKind::Stop, |wave| wave.never),
        }
    };
    plan.controllers.iter().enumerate().map(row).collect()
}
