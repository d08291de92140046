//! Zones, types and numbers: who is in the fleet, and by which name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::ecs::id::{GroupId, InstanceId, TypeId, ZoneId};
use crate::ecs::price::{family_of, type_facts};
use crate::ecs::spec::{Eligibility, InstanceType, eligibility_of_family, is_burstable_family};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Entry, Group, INSTANCES_MAX, TypeEntry};
use crate::scenario::rows::stream_columns;
use crate::scenario::value::{CsvPath, Name, TextValue};

use super::book::Book;
use super::named::Groups;
use super::stocks::Stocks;
use super::{Work, further, list, named, names, place_of, section, written};

/// Most groups of a fleet.
pub const GROUPS_MAX: usize = 65_535;
/// Most zones, and most instance types, of a scenario.
pub const KINDS_MAX: usize = 65_535;

/// Who is in the fleet.
pub struct Fleet<'a> {
    /// Zones in the order in which groups and pools name them.
    pub zones: Vec<String>,
    /// The region of each zone.
    pub zone_regions: Vec<String>,
    /// Types in the order in which groups and fallback lists name them.
    pub types: Vec<InstanceType>,
    /// Groups in file order.
    pub groups: Vec<Placed<'a>>,
    /// Every group that was written, readable or not.
    pub group_names: &'a BTreeMap<String, Place>,
    by_name: BTreeMap<String, usize>,
    listed: BTreeMap<String, InstanceId>,
    zone_ids: BTreeMap<String, (ZoneId, Place)>,
    type_ids: BTreeMap<String, (TypeId, Option<u32>)>,
    families: BTreeSet<String>,
    fallbacks: BTreeSet<TypeId>,
    /// Which pools types draw on.
    pub(super) stocks: Stocks<'a>,
    is_whole: bool,
}

/// A group with its numbers.
pub struct Placed<'a> {
    /// What the scenario says.
    pub entry: &'a Entry<Group>,
    /// Its first instance.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// How many more, numbered after them, are not there until they are run.
    pub reserve: u32,
    /// The names of its instances, if they have names of their own.
    pub names: Vec<String>,
    /// Where it is.
    pub zone: ZoneId,
    /// What it is.
    pub instance_type: TypeId,
    /// Virtual CPUs, where they are known.
    pub vcpus: Option<u32>,
}

impl Placed<'_> {
    /// What its owner tags its instances with.
    pub fn tags(&self) -> BTreeMap<String, String> {
        self.entry.value.tags.as_ref().map_or_else(BTreeMap::new, |at| at.value.0.clone())
    }

    /// Its instances.
    pub fn range(&self) -> Range<u32> {
        self.first..self.first + self.count
    }

    /// The same, and those that are not there until they are run.
    pub fn with_reserve(&self) -> impl Iterator<Item = InstanceId> {
        (self.first..self.first + self.count + self.reserve).map(InstanceId)
    }

    /// The name of one of its instances.
    pub fn instance_name(&self, id: InstanceId) -> String {
        let place = id.0 - self.first;
        match self.names.get(place as usize) {
            Some(name) => name.clone(),
            None => format!("{}-{:04}", self.entry.name, place + 1),
        }
    }
}

impl<'a> Fleet<'a> {
    /// The group of a name, if it could be read.
    pub fn group(&self, name: &str) -> Option<(GroupId, &Placed<'a>)> {
        let place = *self.by_name.get(name)?;
        Some((GroupId::at(place), &self.groups[place]))
    }

    /// The zone of a name, if anything is in it.
    pub fn zone(&self, name: &str) -> Option<ZoneId> {
        self.zone_ids.get(name).map(|(id, _)| *id)
    }

    /// The type of a name and its virtual CPUs, if a group or a fallback list names it.
    pub fn type_of(&self, name: &str) -> Option<(TypeId, Option<u32>)> {
        self.type_ids.get(name).copied()
    }

    /// The types that instances may be changed to.
    pub fn fallback_types(&self) -> impl Iterator<Item = &InstanceType> {
        self.fallbacks.iter().map(|of| &self.types[of.index()])
    }

    /// Those of the groups in file order that have instances, but for their reserve, in a range.
    pub fn groups_in(&self, range: &Range<u32>) -> Range<usize> {
        let first = self.groups.partition_point(|group| group.range().end <= range.start);
        first..self.groups.partition_point(|group| group.first < range.end).max(first)
    }

    /// The instance of a name: a listed one, or `group-0001`.
    pub fn instance(&self, name: &str) -> Option<InstanceId> {
        if let Some(id) = self.listed.get(name) {
            return Some(*id);
        }
        let (group, number) = name.rsplit_once('-')?;
        let (_, placed) = self.group(group)?;
        let place = number.parse::<u32>().ok()?.checked_sub(1)?;
        let is_written_so = number == format!("{:04}", place + 1);
        let exists =
            placed.names.is_empty() && place < placed.count + placed.reserve && is_written_so;
        exists.then(|| InstanceId(placed.first + place))
    }

    /// Whether every group that was written could be read, and all instances are numbered.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether an instance of this name may be of a group that could not be read.
    pub fn may_exist(&self, name: &str) -> bool {
        !self.is_whole || self.instance(name).is_some()
    }

    /// The group of an instance.
    pub fn group_of(&self, id: InstanceId) -> &Placed<'a> {
        let after = self.groups.partition_point(|group| group.first <= id.0);
        &self.groups[after.saturating_sub(1)]
    }

    /// The zone that a group or pool names; a zone is in one region only.
    fn enter_zone(&mut self, work: &mut Work<'_, '_>, zone: &At<Name>, region: Option<&At<Name>>) {
        let (name, at) = (&zone.value.0, region.map_or(zone.place, |region| region.place));
        let region = region.map_or_else(|| home(work), |region| region.value.0.clone());
        let Some((id, first)) = self.zone_ids.get(name) else {
            self.zone_ids.insert(name.clone(), (ZoneId::at(self.zones.len()), at));
            self.zones.push(name.clone());
            self.zone_regions.push(region);
            return;
        };
        let known = &self.zone_regions[id.index()];
        if *known != region {
            let message = format!("zone `{name}` is in {known}, and here in {region}");
            let problem = Problem::new(at, message).expected("expected one region for a zone");
            work.problem(problem.related(*first, "where it was first"));
        }
    }

    /// The region of a group that is in the fleet.
    pub fn region_of(&self, placed: &Placed<'_>) -> &str {
        &self.zone_regions[placed.zone.index()]
    }
}

/// The region of `[region]`.
fn home(work: &Work<'_, '_>) -> String {
    section(&work.root.region).map_or_else(String::new, |region| region.id.value.0.clone())
}

/// The fleet, as far as it could be read.
pub(super) fn fleet<'a>(work: &mut Work<'a, '_>, book: Option<&Book>) -> Fleet<'a> {
    let root = work.root;
    let mut fleet = Fleet {
        zones: vec![],
        zone_regions: vec![],
        types: vec![],
        groups: vec![],
        group_names: names(&root.group),
        by_name: BTreeMap::new(),
        listed: BTreeMap::new(),
        zone_ids: BTreeMap::new(),
        type_ids: BTreeMap::new(),
        families: BTreeSet::new(),
        fallbacks: BTreeSet::new(),
        stocks: Stocks::of(list(&root.pool)),
        is_whole: true,
    };
    let facts: Given<'_> =
        list(&root.r#type).iter().map(|entry| (entry.name.as_str(), &entry.value)).collect();
    let mut next: u64 = 0;
    for entry in list(&root.group) {
        let Some((count, own)) = count(work, entry) else { continue };
        if fleet.groups.len() >= GROUPS_MAX || fleet.zones.len() >= KINDS_MAX {
            let message = format!("more than {GROUPS_MAX} groups, zones or types");
            work.problem(Problem::new(entry.place, message));
            break;
        }
        let reserve = reserve(work, entry);
        next += count + reserve;
        if next > INSTANCES_MAX {
            let message = format!("{next} instances up to here are more than can be simulated");
            let problem =
                Problem::new(place_of(&entry.value.count).unwrap_or(entry.place), message);
            work.problem(problem.expected(format!("expected at most {INSTANCES_MAX} in all")));
            break;
        }
        let number = |n: u64| u32::try_from(n).expect("INSTANCES_MAX fits in 32 bits");
        fleet.enter_zone(work, &entry.value.zone, entry.value.region.as_ref());
        let zone = fleet.zone(&entry.value.zone.value.0).expect("it was just entered");
        let Some((instance_type, vcpus)) = fleet.add_type(work, &entry.value.r#type, &facts, book)
        else {
            continue;
        };
        let first = number(next - count - reserve);
        let (count, reserve) = (number(count), number(reserve));
        fleet.by_name.insert(entry.name.clone(), fleet.groups.len());
        let names = own;
        fleet.groups.push(Placed {
            entry,
            first,
            count,
            reserve,
            names,
            zone,
            instance_type,
            vcpus,
        });
    }
    for pool in list(&root.pool) {
        let (zone, region) = (&pool.value.zone, pool.value.region.as_ref());
        if region.is_some() || fleet.zone(&zone.value.0).is_none() {
            fleet.enter_zone(work, zone, region);
        }
    }
    for name in list(&root.controller).iter().flat_map(further::listed) {
        let added = fleet.add_type(work, name, &facts, book);
        fleet.fallbacks.extend(added.map(|(id, _)| id));
    }
    fleet.is_whole = fleet.groups.len() == fleet.group_names.len();
    list_names(work, &mut fleet);
    fleet
}

/// What the scenario says of types, by name.
type Given<'a> = BTreeMap<&'a str, &'a TypeEntry>;

impl Fleet<'_> {
    /// The number of a type, which is a new one at its first mention.
    fn add_type(
        &mut self,
        work: &mut Work<'_, '_>,
        at: &At<Name>,
        facts: &Given<'_>,
        book: Option<&Book>,
    ) -> Option<(TypeId, Option<u32>)> {
        let name = &at.value.0;
        let known = self.type_of(name);
        let given = facts.get(name.as_str());
        let found = match known {
            Some(known) => known,
            None => self.new_type(work, at, given, book)?,
        };
        self.type_ids.insert(name.clone(), found);
        Some(found)
    }

    /// What is known of a type comes from `[[type]]`, else from the price book.
    fn new_type(
        &mut self,
        work: &mut Work<'_, '_>,
        at: &At<Name>,
        given: Option<&&TypeEntry>,
        book: Option<&Book>,
    ) -> Option<(TypeId, Option<u32>)> {
        let name = &at.value.0;
        let said = given.and_then(|entry| entry.family.as_ref()).map(|at| at.value.0.clone());
        let Some(family) = said.or_else(|| family_of(name).map(str::to_owned)) else {
            let problem = Problem::new(at.place, format!("`{name}` is not the name of a type"));
            let problem = problem.expected("expected a type such as \"ecs.g7.large\"");
            work.problem(problem.hint(format!(
                "or say what it is: [[type]] name = \"{name}\", family = \"…\", vcpus = …"
            )));
            return None;
        };
        let eligibility = match given.and_then(|entry| entry.economical.as_ref()) {
            Some(At { value: true, .. }) => Eligibility::Eligible,
            Some(At { value: false, .. }) => Eligibility::Excluded,
            None => eligibility_of_family(&family),
        };
        let is_new = self.families.insert(family.clone());
        if eligibility == Eligibility::AssumedEligible && is_new {
            work.note(format!(
                "{family} is on no list of families with or without economical mode: \
             assumed eligible"
            ));
        }
        let given_vcpus = given.and_then(|entry| entry.vcpus.as_ref());
        let vcpus = given_vcpus
            .map(|at| u32::try_from(at.value.0).expect("VCPUS_MAX fits in 32 bits"))
            .or_else(|| book.and_then(|book| book.vcpus(name)))
            .or_else(|| type_facts(name).map(|facts| facts.vcpus));
        let id = TypeId::at(self.types.len());
        let name = name.clone();
        let withdrawn = given.and_then(|entry| entry.withdrawn.as_ref()).is_some_and(|at| at.value);
        let vcpu_count = vcpus.unwrap_or(0);
        let burstable = given.and_then(|entry| entry.burstable.as_ref()).map(|at| at.value);
        let burstable = burstable.unwrap_or_else(|| is_burstable_family(&family));
        self.types.push(InstanceType {
            name,
            family,
            vcpus: vcpu_count,
            eligibility,
            withdrawn,
            burstable,
        });
        Some((id, vcpus))
    }
}

/// How many instances are in reserve.
fn reserve(work: &mut Work<'_, '_>, entry: &Entry<Group>) -> u64 {
    let group = &entry.value;
    let Some(reserve) = &group.reserve else { return 0 };
    if group.count.is_none() {
        let problem =
            Problem::new(reserve.place, "instances in reserve have no names of their own");
        work.problem(problem.expected("expected count in place of names or names_csv"));
    }
    reserve.value.count.value.0
}

/// How many instances, and their own names.
fn count(work: &mut Work<'_, '_>, entry: &Entry<Group>) -> Option<(u64, Vec<String>)> {
    let group = &entry.value;
    let keys = [
        ("count", place_of(&group.count)),
        ("names", place_of(&group.names)),
        ("names_csv", place_of(&group.names_csv)),
    ];
    if !work.one_of(entry.place, "how many instances there are", &keys) {
        return None;
    }
    if let Some(count) = &group.count {
        return Some((count.value.0, vec![]));
    }
    let (place, names): (Place, Vec<String>) = match &group.names_csv {
        Some(at) => (at.place, names_from(work, at)?),
        None => {
            let place = place_of(&group.names)?;
            (place, written(&group.names).into_iter().map(|(name, _)| name.to_owned()).collect())
        }
    };
    if names.is_empty() {
        let problem = Problem::new(place, format!("group `{}` has no instances", entry.name));
        work.problem(problem.expected("expected at least one name"));
        return None;
    }
    Some((names.len() as u64, names))
}

fn names_from(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Option<Vec<String>> {
    let before = work.context.problems.count();
    let mut names = vec![];
    stream_columns(["name"], &at.value.0, at.place, work.context, |row, [column], problems| {
        match Name::read(row.text(column)) {
            Ok(name) => names.push(name.0),
            Err(error) => problems.push(
                Problem::new(row.place(column), error.problem)
                    .expected(format!("expected {}", error.expected)),
            ),
        }
    });
    (work.context.problems.count() == before).then_some(names)
}

/// Enters the instances' own names; one that is used twice is a problem.
fn list_names(work: &mut Work<'_, '_>, fleet: &mut Fleet<'_>) {
    let mut listed: BTreeMap<String, InstanceId> = BTreeMap::new();
    for placed in &fleet.groups {
        for (place, name) in placed.names.iter().enumerate() {
            let id = InstanceId(placed.first + u32::try_from(place).expect("a count fits"));
            let twice = listed.insert(name.clone(), id).is_some() || fleet.instance(name).is_some();
            if twice {
                let group = &placed.entry.value;
                let at = place_of(&group.names).or_else(|| place_of(&group.names_csv));
                let at = at.unwrap_or(placed.entry.place);
                let message = format!("two instances are called `{name}`");
                work.problem(Problem::new(at, message).expected("expected names of their own"));
            }
        }
    }
    fleet.listed = listed;
}

/// Instances by group and by name, as ascending disjoint ranges.
pub(super) fn ranges(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    groups: &Groups,
    instances: &Option<At<Vec<At<Name>>>>,
) -> Vec<Range<u32>> {
    let groups = named::groups(work, fleet, groups);
    let range = |group: GroupId| fleet.groups[group.index()].range();
    let mut ranges: Vec<Range<u32>> = groups.into_iter().map(range).collect();
    for (name, place) in written(instances) {
        if let Some(id) = instance(work, fleet, name, place) {
            ranges.push(id.0..id.0 + 1);
        }
    }
    joined(ranges)
}

/// The instance of a name; if there is none, that is a problem.
pub(super) fn instance(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    name: &str,
    place: Place,
) -> Option<InstanceId> {
    if !fleet.may_exist(name) {
        work.problem(unknown_instance(name, place, fleet));
    }
    fleet.instance(name)
}

/// No instance has this name.
pub(super) fn unknown_instance(name: &str, place: Place, fleet: &Fleet<'_>) -> Problem {
    let problem = Problem::new(place, format!("there is no instance `{name}`"));
    let example = fleet.groups.first().map_or_else(
        || "web-0001".to_owned(),
        |group| group.names.first().cloned().unwrap_or(format!("{}-0001", group.entry.name)),
    );
    problem.expected(format!("expected the name of an instance such as \"{example}\""))
}

/// The same numbers as ascending disjoint ranges.
pub(super) fn joined(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u32>> = vec![];
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => joined.push(range),
        }
    }
    joined
}
