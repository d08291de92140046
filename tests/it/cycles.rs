//! A second, naive account of what billing cycles are billed for beyond the time in them: cycle
//! by cycle and instance by instance, from the spans of `naive`.

use std::collections::BTreeMap;

use stopsim::ecs::id::{InstanceId, KindId};
use stopsim::ecs::meter::{BilledState, Component};
use stopsim::ecs::price::Rates;
use stopsim::ecs::spec::{ChargeType, RegionSpec};
use stopsim::sim::plan::Plan;
use stopsim::units::HourlyRate;

use crate::naive::{Account, HOUR, ROUNDING, Span, is_paid};

/// A component, and what it costs.
type Priced = (Component, Price);
type Price = fn(&Rates) -> HourlyRate;

/// What has a minimum duration.
const SHORTEST: [Priced; 4] = [
    (Component::Compute, |rates| rates.compute),
    (Component::SystemDisk, |rates| rates.system_disk),
    (Component::DataDisks, |rates| rates.data_disks),
    (Component::StaticBandwidth, |rates| rates.static_bandwidth),
];

/// What is billed in whole cycles, and how long they are: an elastic address by the day, but for
/// its configuration.
const WHOLE: [(Component, u64, Price); 3] = [
    (Component::Snapshots, HOUR, |rates| rates.snapshots),
    (Component::Eip, HOUR, |rates| rates.eip_by_hour),
    (Component::Eip, 24 * HOUR, |rates| {
        HourlyRate::from_nanos(rates.eip.as_nanos() - rates.eip_by_hour.as_nanos())
    }),
];

/// In the baseline and in fact, in nano-units, each line rounded down: by group and type, component
/// and cause.
pub type Lines = BTreeMap<(usize, Component, &'static str), [i128; 2]>;

/// Adds them up.
pub fn lines(plan: &Plan, account: &Account) -> Lines {
    let region = &plan.region;
    let mut exact: Lines = BTreeMap::new();
    for instance in 0..region.instance_count() as usize {
        let own: Vec<&Span> = account.spans.iter().filter(|s| s.instance == instance).collect();
        // What is only created in place of another is not there, had nothing been stopped.
        let group = region.groups.iter().find(|g| g.contains(InstanceId(instance as u32)));
        let created = group.is_some_and(|g| g.is_in_reserve(InstanceId(instance as u32)));
        let worlds = [false, true].into_iter().enumerate();
        for (world, stops) in worlds.filter(|(_, stops)| *stops || !created) {
            let rate_of = |place: usize, rate: Price| {
                let row = region.kind(KindId::at(place));
                let rate = rate(if stops { row.rates } else { &row.group.rates });
                i128::from(rate.as_nanos())
            };
            let mut add = |place, component, cause, cost: i128| {
                exact.entry((place, component, cause)).or_default()[world] += cost;
            };
            for (component, rate) in SHORTEST {
                for (place, missing) in short(plan, &own, component, stops) {
                    let cost = rate_of(place, rate) * i128::from(missing);
                    add(place, component, "minimum_duration", cost);
                }
            }
            for (component, length, rate) in WHOLE {
                for (place, rest) in rests(plan, &own, (component, length), stops) {
                    let cost = rate_of(place, rate) * i128::from(rest);
                    add(place, component, "whole_cycle", cost);
                }
            }
        }
    }
    let prepaid = |place| region.kind(KindId::at(place)).group.charge == ChargeType::Subscription;
    exact.retain(|(place, ..), cost| !prepaid(*place) && *cost != [0, 0]);
    exact.into_iter().map(|(key, cost)| (key, cost.map(|c| c.div_euclid(ROUNDING)))).collect()
}

/// What cycles that have begun lack to all of it in the window, with the type at their end. Runs
/// begin at midnight in UTC+8 here.
fn rests(
    plan: &Plan,
    own: &[&Span],
    (component, length): (Component, u64),
    stops: bool,
) -> Vec<(usize, u64)> {
    let (from, until) = (plan.warm_up.as_micros(), plan.horizon.as_micros());
    let mut found = vec![];
    for cycle in from / length..until.div_ceil(length) {
        let (begin, end) = ((cycle * length).max(from), ((cycle + 1) * length).min(until));
        let overlap = |span: &&&Span| span.to.min(end).saturating_sub(span.from.max(begin));
        let in_it = own.iter().filter(|span| counts(plan, span, component, stops));
        let used: u64 = in_it.map(|span| overlap(&span)).sum();
        if let Some(last) = own.iter().rev().find(|span| span.from < end)
            && used > 0
        {
            found.push((last.place, end - begin - used));
        }
    }
    found
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
