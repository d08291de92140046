//! Calls of which nothing came, made one line: looks that show the same, refusals that repeat.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecs::id::InstanceId;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::record::{CallKey, Item, Step};
use super::words::time_of_day;

/// So many equal refusals in a row become one line.
const REFUSALS_MIN: usize = 3;

/// Which calls are told in one line: who calls what about whom, and what is answered.
type Kind = (u16, u32, &'static str, String);

/// A call of which nothing came, as it lies in the items.
struct Idle {
    places: Vec<usize>,
    kind: Kind,
    is_look: bool,
    end: SimTime,
}

/// Items with idle calls folded, in their order.
pub fn fold(items: Vec<Item>, plan: &Plan, with_names: bool) -> Vec<Item> {
    let mut gone = BTreeSet::new();
    let mut folded: BTreeMap<usize, Item> = BTreeMap::new();
    for stretch in stretches(&items) {
        let mut kinds: BTreeMap<&Kind, Vec<&Idle>> = BTreeMap::new();
        for idle in &stretch {
            kinds.entry(&idle.kind).or_default().push(idle);
        }
        for calls in kinds.into_values() {
            let (first, last) = (calls[0], calls[calls.len() - 1]);
            if !first.is_look && calls.len() < REFUSALS_MIN {
                continue;
            }
            gone.extend(calls.iter().flat_map(|idle| idle.places.iter().copied()));
            let head = &items[first.places[0]];
            let (.., operation, answer) = &first.kind;
            let until = time_of_day(plan, last.end);
            let answer = answer.strip_prefix("seen ").unwrap_or(answer);
            let mut text = match (first.is_look, calls.len()) {
                (true, 1) => format!("1 look: {answer}"),
                (true, many) => format!("{many} looks until {until}: {answer}"),
                (false, many) => format!("{many} x {operation} until {until}: {answer}"),
            };
            if let Some(call) = head.call.as_ref().filter(|_| with_names) {
                text += &format!(", {}", call.instance);
            }
            folded.insert(first.places[0], Item { mark: '…', text, call: None, ..head.clone() });
        }
    }
    let kept = (0..).zip(items).filter_map(|(place, item)| match folded.remove(&place) {
        Some(one) => Some(one),
        None => (!gone.contains(&place)).then_some(item),
    });
    kept.collect()
}

/// Idle calls about an instance between two items that tell something else of it, stretch by
/// stretch.
fn stretches(items: &[Item]) -> Vec<Vec<Idle>> {
    let mut calls: BTreeMap<CallKey, Vec<usize>> = BTreeMap::new();
    for (place, item) in (0..).zip(items) {
        if let Some(call) = &item.call {
            calls.entry(call.key).or_default().push(place);
        }
    }
    let is_idle = |places: &[usize]| {
        let parts = || places.iter().filter_map(|place| items[*place].call.as_ref());
        let steps: Vec<Step> = parts().map(|part| part.step).collect();
        // With its answer; in which lanes it is told depends on which there are.
        steps.iter().filter(|step| **step == Step::Sent).count() == 1
            && steps.iter().filter(|step| **step == Step::Answered).count() == 1
            && steps.iter().filter(|step| **step == Step::Handled).count() <= 1
            && !steps.contains(&Step::TimedOut)
            && parts().all(|part| part.step == Step::Sent || part.is_idle)
    };
    calls.retain(|_, places| is_idle(places));
    let idle: BTreeSet<usize> = calls.values().flatten().copied().collect();
    // By instance: where something else is told of it, or of all.
    let mut told: BTreeMap<InstanceId, Vec<usize>> = BTreeMap::new();
    let mut of_all = Vec::new();
    for (place, item) in (0..).zip(items).filter(|(place, _)| !idle.contains(place)) {
        match item.about {
            Some(instance) => told.entry(instance).or_default().push(place),
            None if item.window.is_none() => of_all.push(place),
            None => {}
        }
    }
    let before = |instance: InstanceId, place: usize| {
        let own = told.get(&instance).map_or(&[][..], Vec::as_slice);
        own.partition_point(|one| *one < place) + of_all.partition_point(|one| *one < place)
    };
    let mut stretches: BTreeMap<(InstanceId, usize), Vec<Idle>> = BTreeMap::new();
    for ((controller, instance, operation, ..), places) in calls {
        let (first, last) = (places[0], places[places.len() - 1]);
        if before(instance, first) != before(instance, last) {
            continue;
        }
        let mut parts = places.iter().filter_map(|place| items[*place].call.as_ref());
        let mut answer = parts.next_back().map(|part| part.answer.clone()).unwrap_or_default();
        if !operation.shows_status() {
            let calls = places.iter().filter_map(|place| items[*place].call.as_ref());
            answer.extend(calls.map(|part| part.more.as_str()));
        }
        let head = &items[first];
        if head.call.as_ref().is_some_and(|part| part.step == Step::Before) {
            answer += &format!(" ({})", head.text);
        }
        let is_look = operation.shows_status();
        let kind = (controller, instance.0, operation.name(), answer);
        let end = items[last].at;
        let stretch = (instance, before(instance, first));
        stretches.entry(stretch).or_default().push(Idle { places, kind, is_look, end });
    }
    for stretch in stretches.values_mut() {
        stretch.sort_by_key(|idle| idle.places[0]);
    }
    stretches.into_values().collect()
}
