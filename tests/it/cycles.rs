//! A second, naive account of what billing cycles are billed for beyond the time in them: cycle
//! by cycle and instance by instance, from the spans of `naive`.

use std::collections::BTreeMap;

use stopsim::ecs::id::KindId;
use stopsim::ecs::meter::{BilledState, Component};
use stopsim::ecs::spec::{ChargeType, RegionSpec};
use stopsim::world::plan::Plan;

use crate::naive::{Account, HOUR, ROUNDING, Span, is_paid};

/// What has a minimum duration.
const SHORTEST: [Component; 4] =
    [Component::Compute, Component::SystemDisk, Component::DataDisks, Component::StaticBandwidth];

/// In the baseline and in fact, in nano-units, each line rounded down: by group and type, component
/// and cause.
pub type Lines = BTreeMap<(usize, Component, &'static str), [i128; 2]>;

/// Adds them up.
pub fn lines(plan: &Plan, account: &Account) -> Lines {
    let region = &plan.region;
    let mut micros: BTreeMap<(usize, Component, &'static str), [u64; 2]> = BTreeMap::new();
    for instance in 0..region.instance_count() as usize {
        let own: Vec<&Span> = account.spans.iter().filter(|s| s.instance == instance).collect();
        for component in SHORTEST {
            for (world, stops) in [false, true].into_iter().enumerate() {
                for (place, missing) in short(plan, &own, component, stops) {
                    let key = (place, component, "minimum_duration");
                    micros.entry(key).or_default()[world] += missing;
                }
            }
        }
    }
    let priced = micros.into_iter().filter_map(|(key, micros)| {
        let row = region.kind(KindId::at(key.0));
        let is_prepaid = row.group.charge == ChargeType::Subscription;
        let rates = [row.group.rates.of(key.1), row.rates.of(key.1)].map(|rate| rate.as_nanos());
        let exact = [0, 1].map(|world| i128::from(rates[world]) * i128::from(micros[world]));
        let is_there = !is_prepaid && exact != [0, 0];
        is_there.then(|| (key, exact.map(|exact| exact.div_euclid(ROUNDING))))
    });
    priced.collect()
}

/// Whether a component is paid for in a span; had nothing been stopped, while the instance exists.
fn counts(plan: &Plan, span: &Span, component: Component, stops: bool) -> bool {
    let exists = !matches!(span.billed, BilledState::Pending | BilledState::Released);
    if stops { is_paid(component, span.billed, &plan.region) } else { exists }
}

/// What hours in which billing ends lack to the shortest time, with the type at their end.
fn short(plan: &Plan, own: &[&Span], component: Component, stops: bool) -> Vec<(usize, u64)> {
    let any = plan.region.knobs.minimum_duration_scope.name() == "any_cycle";
    let mut found = vec![];
    for hour in 0..plan.horizon.as_micros().div_ceil(HOUR) {
        let (begin, end) = (hour * HOUR, (hour + 1) * HOUR);
        let counts = |span: &Span| counts(plan, span, component, stops);
        let used: u64 = own
            .iter()
            .filter(|span| counts(span))
            .map(|span| span.to.min(end).saturating_sub(span.from.max(begin)))
            .sum();
        let ends = own.windows(2).any(|pair| {
            let is_within = pair[1].from > begin && pair[1].from < end;
            let released = pair[1].billed == BilledState::Released;
            let stopped = any && counts(pair[0]) && !counts(pair[1]);
            is_within && (released && pair[0].billed != BilledState::Released || stopped)
        });
        let Some(last) = own.iter().rev().find(|span| span.from < end) else { continue };
        let row = plan.region.kind(KindId::at(last.place));
        let as_type = if stops { row.instance_type } else { row.group.instance_type };
        let least = shortest(&plan.region, as_type.index());
        if ends && used > 0 && used < least {
            found.push((last.place, least - used));
        }
    }
    found
}

/// The shortest time that an instance is billed for in an hour, in µs.
fn shortest(region: &RegionSpec, instance_type: usize) -> u64 {
    match region.types[instance_type].vcpus {
        1 => 600_000_000,
        2 => 300_000_000,
        _ => 120_000_000,
    }
}
