//! Controllers side by side, where some behave as clients that people run.

use serde::Serialize;

use crate::books::outcome::{ClientTally, DONE_WITHIN, Wave, WaveKind, WavePart};
use crate::sim::metric::UpAt;
use crate::sim::plan::Plan;

use super::totals::Totals;

const QUARTER: usize = UpAt::M15 as usize;

/// One of `clients`.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "docs/SUMMARY.md describes every key once")]
pub struct ClientRow {
    pub controller: String,
    pub preset: Option<String>,
    #[serde(flatten)]
    pub asked: ClientTally,
    pub starts_due: u64,
    pub starts_seen_15m: u64,
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
    let mut parts: Vec<Vec<(&Wave, &WavePart)>> = vec![Vec::new(); plan.controllers.len()];
    for wave in &totals.waves {
        for part in wave.parts.iter() {
            if let Some(place) = part.controller {
                parts[usize::from(place)].push((wave, part));
            }
        }
    }
    let row = |(place, controller): (usize, &crate::controller::policy::Controller)| {
        let sum = |kind, count: fn(&Wave, &WavePart) -> u64| -> u64 {
            let own = parts[place].iter().filter(|(wave, _)| wave.kind == kind);
            own.map(|(wave, part)| count(wave, part)).sum()
        };
        ClientRow {
            controller: controller.name.clone(),
            preset: controller.preset.clone(),
            asked: totals.counts.clients[place],
            starts_due: sum(WaveKind::Start, |_, part| part.count.size),
            starts_seen_15m: sum(WaveKind::Start, |wave, part| {
                if wave.is_seen(DONE_WITHIN[QUARTER]) { part.count.size } else { 0 }
            }),
            starts_ready_15m: sum(WaveKind::Start, |wave, part| {
                if wave.is_seen(DONE_WITHIN[QUARTER]) { part.count.done_within[QUARTER] } else { 0 }
            }),
            starts_never: sum(WaveKind::Start, |_, part| part.never),
            stops_due: sum(WaveKind::Stop, |_, part| part.count.size),
            stops_never: sum(WaveKind::Stop, |_, part| part.never),
        }
    };
    plan.controllers.iter().enumerate().map(row).collect()
}
