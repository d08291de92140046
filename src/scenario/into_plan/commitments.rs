//! Commitments: what was bought, what it covers, and in which order they are applied.

use crate::ecs::commitment::{Commitment, Coverage};
use crate::ecs::id::GroupId;
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
    let known: Vec<(GroupId, &Placed<'_>)> = groups
        .iter()
        .filter(|group| group.spec.charge == ChargeType::PayAsYouGo)
        .filter_map(|group| fleet.group(&group.spec.name))
        .collect();
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
    known: &[(GroupId, &Placed<'_>)],
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
    for (id, placed) in known {
        let family = &fleet.types[placed.instance_type.index()].family;
        let in_region =
            table.region.as_ref().is_none_or(|at| at.value.0 == fleet.region_of(placed));
        let in_families = table
            .families
            .as_ref()
            .is_none_or(|at| at.value.iter().any(|name| name.value.0 == *family));
        if !in_region || !in_families {
            continue;
        }
        let own = table.discounts.as_ref().and_then(|at| {
            at.value.iter().find(|one| one.family.value.0 == *family).map(|one| &one.discount)
        });
        let Some(plans) = own.or(discount) else { continue };
        let share = share(work, plans, &placed.entry.value.discount)?;
        shares.push((*id, share));
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
    known: &[(GroupId, &Placed<'_>)],
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
    known: &[(GroupId, &Placed<'_>)],
    kind: &At<Name>,
    zone: &At<Name>,
    count: u64,
) -> Coverage {
    let matches = known.iter().filter(|(_, placed)| {
        fleet.zones[placed.zone.index()] == zone.value.0
            && fleet.types[placed.instance_type.index()].name == kind.value.0
    });
    Coverage::Reserved { units: count, takes: matches.map(|(id, _)| (*id, 1)).collect() }
}

/// A family in a region, by vCPUs: the same type first, then others in file order.
fn regional(
    work: &mut Work<'_, '_>,
    fleet: &Fleet<'_>,
    known: &[(GroupId, &Placed<'_>)],
    entry: &Entry<CommitmentEntry>,
    kind: &At<Name>,
    count: u64,
) -> Option<Coverage> {
    let home = section(&work.root.region)?.id.value.0.clone();
    let region = entry.value.region.as_ref().map_or(home, |at| at.value.0.clone());
    let name = kind.value.0.as_str();
    let own = fleet.types.iter().find(|one| one.name == name);
    let family = own.map(|one| one.family.as_str()).or_else(|| family_of(name));
    let said = list(&work.root.r#type).iter().find(|entry| entry.name == name);
    let said = said.and_then(|entry| entry.value.vcpus.as_ref());
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
    let mut matching: Vec<(GroupId, &Placed<'_>)> = known
        .iter()
        .filter(|(_, placed)| {
            fleet.region_of(placed) == region
                && fleet.types[placed.instance_type.index()].family == family
        })
        .copied()
        .collect();
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
