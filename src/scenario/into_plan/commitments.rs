//! Commitments: what was bought, what it covers, and in which order they are applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecs::commitment::{Commitment, Coverage};
use crate::ecs::id::{GroupId, TypeId, ZoneId};
use crate::ecs::price::{family_of, type_facts};
use crate::ecs::spec::ChargeType;
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{CommitmentEntry, Entry};
use crate::scenario::value::{CommitmentKind, Name, Share};
use crate::units::{HourlyRate, Ratio};

use super::fleet::{Fleet, Placed};
use super::groups::Built;
use super::prices::Currencies;
use super::{Work, list, place_of, section};

/// What each kind of commitment says, and the other does not.
const PLAN_KEYS: &str = "amount, discount, discounts, families";
const RESERVED_KEYS: &str = "type, count, rate, zone";

/// Every commitment, in the order in which they are applied.
pub(super) fn commitments(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    fleet: &Fleet<'_>,
    groups: &[Built],
) -> Vec<Commitment> {
    let root = work.root;
    let entries = list(&root.commitment);
    if entries.is_empty() {
        return vec![];
    }
    let known = Covered::of(fleet, groups);
    let mut ranked = vec![];
    for entry in entries {
        let made = match entry.value.kind.value {
            CommitmentKind::SavingsPlan => savings_plan(work, money, fleet, &known, entry),
            CommitmentKind::ReservedInstances => reserved(work, money, fleet, &known, entry),
        };
        let Some((rank, commitment)) = made else { continue };
        let is_idle = match &commitment.covers {
            Coverage::SavingsPlan(shares) => shares.is_empty(),
            Coverage::Reserved { takes, .. } => takes.is_empty(),
        };
        if is_idle {
            work.note(format!("commitment {}: it covers no group", commitment.name));
        }
        ranked.push((rank, commitment));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, commitment)| commitment).collect()
}

/// The groups that commitments may cover, in file order, and where those of a kind are.
struct Covered<'a> {
    groups: Vec<(GroupId, &'a Placed<'a>)>,
    by_type: BTreeMap<(ZoneId, TypeId), Vec<usize>>,
    by_family: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Covered<'a> {
    fn of(fleet: &'a Fleet<'a>, groups: &[Built]) -> Covered<'a> {
        let groups: Vec<(GroupId, &Placed<'_>)> = groups
            .iter()
            .filter(|group| group.spec.charge == ChargeType::PayAsYouGo)
            .filter_map(|group| fleet.group(&group.spec.name))
            .collect();
        let (mut by_type, mut by_family) = (BTreeMap::new(), BTreeMap::new());
        for (place, (_, placed)) in groups.iter().enumerate() {
            let family = fleet.types[placed.instance_type.index()].family.as_str();
            let of_type: &mut Vec<usize> =
                by_type.entry((placed.zone, placed.instance_type)).or_default();
            let of_family: &mut Vec<usize> = by_family.entry(family).or_default();
            of_type.push(place);
            of_family.push(place);
        }
        Covered { groups, by_type, by_family }
    }

    /// Those of a family.
    fn family(&self, family: &str) -> impl Iterator<Item = (GroupId, &'a Placed<'a>)> {
        let places = self.by_family.get(family).into_iter().flatten();
        places.map(|place| self.groups[*place])
    }

    /// Those of some families, in file order; all of them, if none are named.
    fn families(&self, named: Option<&[At<Name>]>) -> Vec<(GroupId, &'a Placed<'a>)> {
        let Some(named) = named else { return self.groups.clone() };
        let families: BTreeSet<&str> = named.iter().map(|at| at.value.0.as_str()).collect();
        let mut found: Vec<_> = families.iter().flat_map(|family| self.family(family)).collect();
        found.sort_by_key(|(id, _)| *id);
        found
    }
}

/// Keys of the other kind are problems.
fn only(work: &mut Work<'_, '_>, kind: &str, its: &str, others: &[(&str, Option<Place>)]) {
    for (key, place) in others {
        if let Some(place) = place {
            let problem = Problem::new(*place, format!("`{key}` of {kind}"));
            work.problem(problem.expected(format!("expected only {its}, region, for_policy")));
        }
    }
}

/// A key that this kind needs.
fn needed<'t, T>(
    work: &mut Work<'_, '_>,
    entry: &Entry<CommitmentEntry>,
    key: &str,
    at: &'t Option<At<T>>,
) -> Option<&'t At<T>> {
    if at.is_none() {
        let message = format!("commitment `{}` does not say its `{key}`", entry.name);
        let problem = Problem::new(entry.place, message);
        work.problem(problem.expected(format!("expected {key} = \"…\"")));
    }
    at.as_ref()
}

fn savings_plan(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    fleet: &Fleet<'_>,
    known: &Covered<'_>,
    entry: &Entry<CommitmentEntry>,
) -> Option<(u8, Commitment)> {
    let table = &entry.value;
    let others = [
        ("type", place_of(&table.r#type)),
        ("count", place_of(&table.count)),
        ("rate", place_of(&table.rate)),
        ("zone", place_of(&table.zone)),
    ];
    only(work, "a savings plan", PLAN_KEYS, &others);
    let amount = needed(work, entry, "amount", &table.amount);
    let discount = match &table.discounts {
        Some(_) => table.discount.as_ref(),
        None => Some(needed(work, entry, "discount", &table.discount)?),
    };
    let amount = amount?;
    let cost = money.local(work, &amount.value, amount.place)?;
    let mut shares = vec![];
    let discounts = table.discounts.iter().flat_map(|at| &at.value).rev();
    let discounts: BTreeMap<&str, &At<Share>> =
        discounts.map(|one| (one.family.value.0.as_str(), &one.discount)).collect();
    for (id, placed) in known.families(table.families.as_ref().map(|at| at.value.as_slice())) {
        let family = &fleet.types[placed.instance_type.index()].family;
        let in_region =
            table.region.as_ref().is_none_or(|at| at.value.0 == fleet.region_of(placed));
        if !in_region {
            continue;
        }
        let own = discounts.get(family.as_str()).copied();
        let Some(plans) = own.or(discount) else { continue };
        let share = share(work, plans, &placed.entry.value.discount)?;
        shares.push((id, share));
    }
    // Smaller shares first; by cross-multiplication, in file order where they are equal.
    shares.sort_by(|(_, a), (_, b)| {
        let product = |one: &Ratio, other: &Ratio| u128::from(one.num()) * u128::from(other.den());
        product(a, b).cmp(&product(b, a))
    });
    let rank = if table.families.is_some() { 2 } else { 3 };
    let covers = Coverage::SavingsPlan(shares);
    Some((rank, made(entry, cost, covers)))
}

fn made(entry: &Entry<CommitmentEntry>, cost: HourlyRate, covers: Coverage) -> Commitment {
    let for_policy = entry.value.for_policy.as_ref().is_some_and(|at| at.value);
    Commitment { name: entry.name.clone(), cost, covers, for_policy }
}

/// The plan's price as a share of what a group pays: the better of both discounts holds.
fn share(work: &mut Work<'_, '_>, plan: &At<Share>, own: &At<Share>) -> Option<Ratio> {
    let rest = |share: Ratio| (share.den() - share.num(), share.den());
    let ((a, b), (c, d)) = (rest(plan.value.0), rest(own.value.0));
    if a == 0 {
        let problem = Problem::new(plan.place, "a plan at no price covers without end");
        work.problem(problem.expected("expected a discount below 100 %"));
        return None;
    }
    let Some((num, den)) = a.checked_mul(d).zip(b.checked_mul(c)) else {
        work.problem(Problem::new(plan.place, "too many decimals").expected("expected fewer"));
        return None;
    };
    Some(if num >= den { Ratio::ONE } else { Ratio::new(num, den) })
}

fn reserved(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    fleet: &Fleet<'_>,
    known: &Covered<'_>,
    entry: &Entry<CommitmentEntry>,
) -> Option<(u8, Commitment)> {
    let table = &entry.value;
    let others = [
        ("amount", place_of(&table.amount)),
        ("discount", place_of(&table.discount)),
        ("discounts", place_of(&table.discounts)),
        ("families", place_of(&table.families)),
    ];
    only(work, "reserved instances", RESERVED_KEYS, &others);
    let (kind, count, rate) = (
        needed(work, entry, "type", &table.r#type),
        needed(work, entry, "count", &table.count),
        needed(work, entry, "rate", &table.rate),
    );
    let (kind, count, rate) = (kind?, count?.value.0, rate?);
    let each = money.local(work, &rate.value, rate.place)?;
    let Some(cost) = each.checked_mul(count) else {
        work.problem(Problem::new(rate.place, "too much money").expected("expected less"));
        return None;
    };
    let (rank, covers) = match &table.zone {
        Some(zone) => (0, zonal(fleet, known, kind, zone, count)),
        None => (1, regional(work, fleet, known, entry, kind, count)?),
    };
    Some((rank, made(entry, cost, covers)))
}

/// One type in one zone, an instance for an instance.
fn zonal(
    fleet: &Fleet<'_>,
    known: &Covered<'_>,
    kind: &At<Name>,
    zone: &At<Name>,
    count: u64,
) -> Coverage {
    let of = fleet.zone(&zone.value.0).zip(fleet.type_of(&kind.value.0).map(|(id, _)| id));
    let matches = of.and_then(|of| known.by_type.get(&of)).into_iter().flatten();
    let takes = matches.map(|place| (known.groups[*place].0, 1)).collect();
    Coverage::Reserved { units: count, takes }
}

/// A family in a region, by vCPUs: the same type first, then others in file order.
fn regional(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    known: &Covered<'_>,
    entry: &Entry<CommitmentEntry>,
    kind: &At<Name>,
    count: u64,
) -> Option<Coverage> {
    let home = section(&work.root.region)?.id.value.0.clone();
    let region = entry.value.region.as_ref().map_or(home, |at| at.value.0.clone());
    let name = kind.value.0.as_str();
    let own = fleet.type_of(name).map(|(id, _)| &fleet.types[id.index()]);
    let family = own.map(|one| one.family.as_str()).or_else(|| family_of(name));
    let said = super::entry(&work.root.r#type, name);
    let said = said.and_then(|(_, entry)| entry.value.vcpus.as_ref());
    let vcpus = own
        .map(|one| one.vcpus)
        .filter(|vcpus| *vcpus > 0)
        .or_else(|| said.and_then(|at| u32::try_from(at.value.0).ok()))
        .or_else(|| type_facts(name).map(|facts| facts.vcpus));
    let (Some(vcpus), Some(family)) = (vcpus, family) else {
        let message = format!("how many vCPUs {name} has is not known");
        let problem = Problem::new(kind.place, message);
        work.problem(
            problem
                .expected("a regional one is counted in vCPUs")
                .hint(format!("add [[type]] name = \"{name}\", vcpus = …, or say the zone")),
        );
        return None;
    };
    let mut matching: Vec<(GroupId, &Placed<'_>)> =
        known.family(family).filter(|(_, placed)| fleet.region_of(placed) == region).collect();
    matching.sort_by_key(|(_, placed)| fleet.types[placed.instance_type.index()].name != name);
    let mut takes = vec![];
    for (id, placed) in matching {
        let Some(each) = placed.vcpus else {
            let at = placed.entry.value.r#type.place;
            let message =
                format!("how many vCPUs {} has is not known", placed.entry.value.r#type.value.0);
            let problem = Problem::new(at, message).expected("reserved instances count them");
            work.problem(problem.hint("add a [[type]] of this name with vcpus"));
            return None;
        };
        takes.push((id, u64::from(each)));
    }
    Some(Coverage::Reserved { units: count * u64::from(vcpus), takes })
}
