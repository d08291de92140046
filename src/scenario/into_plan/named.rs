//! Lists of groups: which ones are meant by names, patterns and tags.
//!
//! Wherever a scenario lists groups, they are found here.

use std::collections::BTreeMap;

use crate::ecs::id::GroupId;
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::value::{GroupRef, Meant, is_like};

use super::Work;
use super::fleet::{Fleet, Placed};

/// How many names a hint tells.
const TOLD: usize = 8;

/// What stands in a list of groups, and where.
pub(super) type Groups = Option<At<Vec<At<GroupRef>>>>;

/// The groups of a list, in its order; those of a pattern or tag in file order. A group that a
/// pattern or tag means again is there once.
pub(super) fn groups(work: &mut Work<'_, '_>, fleet: &Fleet<'_>, list: &Groups) -> Vec<GroupId> {
    let mut found: Vec<GroupId> = vec![];
    // Of those that are there, whether a pattern or tag meant it.
    let mut there: BTreeMap<GroupId, bool> = BTreeMap::new();
    for reference in list.iter().flat_map(|at| &at.value) {
        let text = reference.value.0.as_str();
        let is_name = matches!(Meant::of(text), Meant::Name(_));
        for group in meant(work, fleet, text, reference.place) {
            let before = there.get(&group).copied();
            let by_pattern = before.unwrap_or(false) || !is_name;
            if before.is_none() || !by_pattern {
                found.push(group);
            }
            there.insert(group, by_pattern);
        }
    }
    found
}

/// The groups that a name, pattern or tag means; that there are none is a problem.
pub(super) fn meant(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    text: &str,
    place: Place,
) -> Vec<GroupId> {
    let all = fleet.groups.iter().enumerate();
    let those = |is: &dyn Fn(&Placed<'_>) -> bool| -> Vec<GroupId> {
        all.clone().filter(|(_, one)| is(one)).map(|(place, _)| GroupId::at(place)).collect()
    };
    match Meant::of(text) {
        Meant::Name(name) => {
            work.refer(name, place, "group", fleet.group_names);
            fleet.group(name).map(|(id, _)| id).into_iter().collect()
        }
        Meant::Names(pattern) => {
            if !fleet.group_names.keys().any(|name| is_like(name, pattern)) {
                let names = fleet.group_names.keys().cloned().collect();
                work.problem(nothing(place, text, "name", ("groups", names)));
            }
            those(&|one| is_like(&one.entry.name, pattern))
        }
        Meant::Tag(tag) => {
            let found = those(&|one| tags(one).any(|own| is_like(&own, tag)));
            if found.is_empty() && fleet.is_whole() {
                let mut known: Vec<String> = fleet.groups.iter().flat_map(tags).collect();
                known.sort_unstable();
                known.dedup();
                work.problem(nothing(place, text, "tag", ("tags", known)));
            }
            found
        }
    }
}

/// The tags of a group, as `key=value`.
fn tags<'a>(placed: &'a Placed<'_>) -> impl Iterator<Item = String> + 'a {
    let tags = placed.entry.value.tags.as_ref();
    tags.into_iter().flat_map(|at| &at.value.0).map(|(key, value)| format!("{key}={value}"))
}

/// No group is like this.
fn nothing(place: Place, text: &str, what: &str, (kind, known): (&str, Vec<String>)) -> Problem {
    let problem = Problem::new(place, format!("no group's {what} is like `{text}`"));
    let problem = problem.expected("expected a pattern or tag of at least one [[group]]");
    if known.is_empty() {
        return problem.hint(format!("there are no {kind}"));
    }
    let more = known.len().saturating_sub(TOLD);
    let told = known.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    problem.hint(format!("the {kind} are {told}{rest}"))
}
