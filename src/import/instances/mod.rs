//! An inventory: the answers of `DescribeInstances` to a fleet and a scenario that can be run.
//!
//! What an inventory cannot say (disks, prices outside the book, stock, when instances are
//! wanted) is written as an assumption that `check` shows, and asked for by name.

mod kind;
mod pages;
mod scenario;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::problem::{PROBLEMS_MAX, Problem, Problems};
use super::{Input, Moments};

use kind::{Found, Kind};
use pages::{Sink, Told};

/// What an inventory becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The whole scenario in one text.
    pub scenario: String,
    /// The same scenario, its groups left to `fleet`.
    pub scenario_beside_fleet: String,
    /// `fleet.csv`: a row for each group, with its instances' names.
    pub fleet: String,
    /// What to know, and what is asked for.
    pub notes: Vec<String>,
}

/// What an inventory does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only instances of this region.
    pub region: Option<String>,
    /// The first day of the scenario; the Monday after the last instance was started, if left
    /// out.
    pub start: Option<String>,
    /// What prices are in; CNY if left out.
    pub currency: Option<String>,
}

/// Reads inventories and writes a scenario.
///
/// # Errors
/// With what keeps the files from being read, or nothing in them from being simulated.
pub fn import(inputs: Vec<Input<'_>>, options: &Options) -> Result<Imported, Problems> {
    let utc = Moments::named("UTC");
    let mut fleet = Fleet { only: options.region.clone(), utc, ..Fleet::default() };
    let mut told = Told::default();
    let mut problems = vec![];
    let mut files = vec![];
    for input in inputs {
        files.push(input.name.clone());
        if let Err(found) = pages::read(input, &mut told, &mut fleet) {
            problems.extend(found.0);
        }
    }
    let first = files.first().cloned().unwrap_or_default();
    let unreadable = std::mem::take(&mut fleet.unreadable);
    problems.extend(unreadable.into_iter().map(|what| {
        Problem::new(&first, what).hint("the answer of DescribeInstances has it; export it whole")
    }));
    problems.truncate(PROBLEMS_MAX);
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    fleet.check(&first)?;
    fleet.regroup();
    Ok(scenario::write(&fleet, &told, &files, options))
}

/// Most values that a tag may have in a fleet to be one of groups. *Assumed*: what has more tells
/// instances apart, such as a name, not those who pay for them. A limit of this program.
const TAG_VALUES_MAX: usize = 50;

/// Instances by what makes them alike.
#[derive(Default)]
struct Fleet {
    only: Option<String>,
    groups: BTreeMap<Kind, Vec<String>>,
    /// By instance: its place among them.
    seen: BTreeMap<String, usize>,
    /// By tag: its values; none of a tag that has too many and is left out.
    tags: BTreeMap<String, Option<BTreeSet<String>>>,
    twice: Vec<String>,
    regions: BTreeMap<String, u64>,
    /// By type: its vCPUs and its family, as far as they are said.
    types: BTreeMap<String, (u64, String)>,
    unused: BTreeSet<String>,
    remarks: BTreeMap<String, Vec<String>>,
    unreadable: Vec<String>,
    /// What times without an offset are read in.
    utc: Option<Moments>,
    /// In microseconds since 1970.
    last_start: Option<i64>,
}

/// More vCPUs than this no scenario takes. A limit of this program.
const VCPUS_MAX: u64 = 4_096;
/// Starts from the year 3000 on are no starts: microseconds since 1970.
const LATEST_START: i64 = 32_503_680_000_000_000;

impl Sink for Fleet {
    fn instance(&mut self, fields: &Map<String, Value>) -> Result<(), String> {
        for key in fields.keys().filter(|key| !kind::READ.contains(&key.as_str())) {
            if !self.unused.contains(key) {
                self.unused.insert(key.clone());
            }
        }
        match kind::read(fields) {
            Ok(found) => self.take(found),
            Err(problem) if self.unreadable.len() < PROBLEMS_MAX => self.unreadable.push(problem),
            Err(_) => {}
        }
        Ok(())
    }
}

impl Fleet {
    fn take(&mut self, found: Found) {
        let Found { id, region, mut kind, vcpus, family, last_start, mut remarks } = found;
        *self.regions.entry(region.clone()).or_default() += 1;
        if self.only.as_ref().is_some_and(|only| *only != region) {
            return;
        }
        let id = super::as_name(&id);
        if self.seen.contains_key(&id) {
            self.twice.push(id);
            return;
        }
        self.seen.insert(id.clone(), self.seen.len());
        let started = self.utc.as_ref().and_then(|utc| utc.read(&last_start));
        self.last_start = self.last_start.max(started.filter(|at| *at < LATEST_START));
        let known = self.types.entry(kind.instance_type.clone()).or_insert_with(|| (0, family));
        known.0 = known.0.max(vcpus).min(VCPUS_MAX);
        kind::mend_mode(&mut kind, &known.1, &mut remarks);
        kind.tags.retain(|key, value| self.is_of_groups(key, value));
        for remark in remarks {
            self.remarks.entry(remark).or_default().push(id.clone());
        }
        self.groups.entry(kind).or_default().push(id);
    }

    /// Whether a tag tells groups apart, as far as its values were met.
    fn is_of_groups(&mut self, key: &str, value: &str) -> bool {
        let known = self.tags.entry(key.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
        if let Some(values) = known {
            values.insert(value.to_owned());
            if values.len() > TAG_VALUES_MAX {
                *known = None;
            }
        }
        known.is_some()
    }

    /// Puts together what only tags told apart that are left out; instances stay in their order.
    fn regroup(&mut self) {
        let mut groups: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for (mut kind, ids) in std::mem::take(&mut self.groups) {
            kind.tags.retain(|key, _| self.tags.get(key).is_some_and(Option::is_some));
            groups.entry(kind).or_default().extend(ids);
        }
        for ids in groups.values_mut() {
            ids.sort_by_key(|id| self.seen.get(id));
        }
        self.groups = groups;
    }

    /// Tags that are left out.
    fn left_out(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter(|(_, values)| values.is_none()).map(|(key, _)| key.as_str())
    }

    /// The region of all of them.
    fn region(&self) -> &str {
        self.only.as_deref().or(self.regions.keys().next().map(String::as_str)).unwrap_or("")
    }

    fn check(&self, file: &str) -> Result<(), Problem> {
        let regions: Vec<String> =
            self.regions.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        if self.only.is_none() && self.regions.len() > 1 {
            let what = format!("instances of several regions: {}", regions.join(", "));
            return Err(Problem::new(file, what)
                .expected("one region: a scenario is of one")
                .hint("choose one with --region"));
        }
        if self.groups.is_empty() {
            let what = match &self.only {
                Some(only) => format!("no instance of {only}; there are {}", regions.join(", ")),
                None => "the pages hold no instance".to_owned(),
            };
            return Err(Problem::new(file, what).expected("at least one instance"));
        }
        Ok(())
    }
}
