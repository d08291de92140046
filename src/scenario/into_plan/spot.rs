//! Spot instances: their terms, and the markets whose prices they follow.

use std::collections::BTreeMap;

use crate::cloud::plan::{MarketPlan, PriceCourse, PriceWalk};
use crate::ecs::id::MarketId;
use crate::ecs::spec::ChargeType;
use crate::ecs::spot::{MarketSpec, PriceStep, SpotTerms};
use crate::engine::Identity;
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Entry, SpotMarket, SpotTable, Walk};
use crate::scenario::rows::stream_columns;
use crate::scenario::value::{CsvPath, Protection, Rate, SpotStrategy, TextValue};
use crate::units::{HourlyRate, SimDuration};

use super::fleet::{Fleet, Placed};
use super::prices::Currencies;
use super::windows::{at, instant};
use super::{Time, Work, currency, list, place_of};

/// Most changes of a price that walks at random.
pub const CHANGES_MAX: u64 = 1_000_000;

/// The markets of a plan.
#[derive(Default)]
pub(super) struct Built {
    /// For the region.
    pub specs: Vec<MarketSpec>,
    /// For the world.
    pub plans: Vec<MarketPlan>,
}

/// The first market of a type in a zone, by the names of these.
pub(super) type MarketOf<'a> = BTreeMap<(&'a str, &'a str), usize>;

/// Every market by what it is of.
pub(super) fn market_of<'a>(work: &Work<'a, '_>) -> MarketOf<'a> {
    let mut first = MarketOf::new();
    for (place, entry) in list(&work.root.spot_market).iter().enumerate() {
        first.entry(zone_and_type(&entry.value)).or_insert(place);
    }
    first
}

fn zone_and_type(market: &SpotMarket) -> (&str, &str) {
    (&market.zone.value.0, &market.r#type.value.0)
}

/// On what terms a group was bought, if it is of spot instances.
pub(super) fn terms(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    markets: &MarketOf<'_>,
    placed: &Placed<'_>,
    is_eligible: bool,
) -> Option<SpotTerms> {
    let group = &placed.entry.value;
    let table = group.spot.as_ref()?;
    if group.charge.value == ChargeType::Subscription {
        let problem = Problem::new(table.place, "spot instances that are paid for in advance");
        work.problem(problem.expected("expected charge = \"pay-as-you-go\""));
    } else if !is_eligible {
        let message = "spot instances that cannot stop in economical mode are released for good \
                       when they are taken back, which is not modelled";
        let problem = Problem::new(table.place, message);
        work.problem(problem.expected("expected a type without local disks, in a VPC"));
    }
    if let Some(rate) = &group.rate {
        let problem = Problem::new(rate.place, "`rate` as well as `spot`");
        let problem = problem.expected("a spot instance costs what its [[spot_market]] says");
        work.problem(problem.related(table.place, "the other one"));
    }
    let limit = limit(work, money, table);
    let (kind, zone) = (group.r#type.value.0.as_str(), group.zone.value.0.as_str());
    let Some(market) = markets.get(&(zone, kind)).map(|place| MarketId::at(*place)) else {
        let message = format!("no market of {kind} in {zone} is described");
        let problem = Problem::new(table.place, message);
        work.problem(problem.expected("spot instances cost what their market says").hint(format!(
            "describe it: [[spot_market]] name = \"…\", zone = \"{zone}\", type = \"{kind}\", \
             price = \"… {}/h\"",
            currency(work.root)
        )));
        return None;
    };
    let protection = match table.value.protection.value {
        Protection::Hour => SimDuration::from_hours(1),
        Protection::None => SimDuration::ZERO,
    };
    Some(SpotTerms { market, limit: limit?, protection })
}

/// The highest price accepted: nothing if there is none, or if it could not be told.
fn limit(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    table: &At<SpotTable>,
) -> Option<Option<HourlyRate>> {
    match (table.value.strategy.value, &table.value.price_limit) {
        (SpotStrategy::AsPriceGo, None) => Some(None),
        (SpotStrategy::WithPriceLimit, Some(rate)) => {
            money.local(work, &rate.value, rate.place).map(Some)
        }
        (SpotStrategy::AsPriceGo, Some(rate)) => {
            let problem = Problem::new(rate.place, "a price limit of a strategy that has none");
            work.problem(problem.expected("expected strategy = \"SpotWithPriceLimit\""));
            None
        }
        (SpotStrategy::WithPriceLimit, None) => {
            let problem = Problem::new(table.place, "the price limit is not said");
            work.problem(problem.expected("expected price_limit"));
            None
        }
    }
}

/// Every market.
pub(super) fn markets(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    time: Option<&Time>,
    fleet: &Fleet<'_>,
) -> Built {
    let mut built = Built::default();
    let entries = list(&work.root.spot_market);
    let first = market_of(work);
    for (place, entry) in entries.iter().enumerate() {
        let price = local(work, money, &entry.value.price);
        let twin = first[&zone_and_type(&entry.value)];
        if twin != place {
            let other = &entries[twin];
            let message = format!("market `{}` is of the type and zone of another", entry.name);
            let problem = Problem::new(entry.place, message).related(other.place, "the other one");
            work.problem(problem.expected("expected one market for a type in a zone"));
        }
        let course = course(work, money, time, entry, price);
        let kind = fleet.type_of(&entry.value.r#type.value.0);
        let (Some(zone), Some((kind, _))) = (fleet.zone(&entry.value.zone.value.0), kind) else {
            let message = format!("no group is of this type in this zone: `{}`", entry.name);
            let problem = Problem::new(entry.place, message);
            work.problem(problem.expected("expected the zone and the type of a group"));
            continue;
        };
        built.specs.push(MarketSpec { name: entry.name.clone(), zone, instance_type: kind, price });
        let identity = Identity::of("spot_market", &entry.name);
        built.plans.push(MarketPlan { identity, course });
    }
    built
}

/// A price in the scenario's currency; nothing after a problem.
fn local(work: &mut Work<'_, '_>, money: &Currencies, rate: &At<Rate>) -> HourlyRate {
    money.local(work, &rate.value, rate.place).unwrap_or_default()
}

/// How the price moves: not at all, if nothing is said.
fn course(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    time: Option<&Time>,
    entry: &Entry<SpotMarket>,
    price: HourlyRate,
) -> PriceCourse {
    let market = &entry.value;
    let given = [place_of(&market.steps), place_of(&market.csv), place_of(&market.walk)];
    let keys = [("steps", given[0]), ("csv", given[1]), ("walk", given[2])];
    if given.iter().any(Option::is_some) && !work.one_of(entry.place, "how the price moves", &keys)
    {
        return PriceCourse::Listed(vec![]);
    }
    match (&market.walk, &market.csv) {
        (Some(walk), _) => {
            let first = (price, market.price.place);
            PriceCourse::Walk(walked(work, money, time, walk, first))
        }
        (None, Some(csv)) => PriceCourse::Listed(recorded(work, time, csv)),
        (None, None) => PriceCourse::Listed(listed(work, money, time, market)),
    }
}

fn walked(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    time: Option<&Time>,
    walk: &At<Walk>,
    (first, place): (HourlyRate, Place),
) -> PriceWalk {
    let every = &walk.value.every;
    let Walk { least, most, swing, .. } = &walk.value;
    let [least, most, swing] = [least, most, swing].map(|rate| local(work, money, rate));
    if !(least..=most).contains(&first) {
        let problem = Problem::new(place, "the price is outside the bounds of its walk");
        let problem = problem.expected("expected least <= price <= most");
        work.problem(problem.related(walk.place, "the walk"));
    }
    let length = time.map_or(0, |time| time.horizon.as_micros());
    if length / every.value.0.as_micros() > CHANGES_MAX {
        let message = format!("a walk of more than {CHANGES_MAX} changes");
        let problem = Problem::new(every.place, message);
        work.problem(problem.expected("expected fewer changes, such as every = \"1h\""));
    }
    PriceWalk { every: every.value.0, least, most, swing }
}

fn listed(
    work: &mut Work<'_, '_>,
    money: &Currencies,
    time: Option<&Time>,
    market: &SpotMarket,
) -> Vec<PriceStep> {
    let mut steps = vec![];
    for step in market.steps.as_ref().map_or(&[][..], |at| &at.value) {
        let rate = local(work, money, &step.price);
        let Some(time) = time else { continue };
        let when = at(step.at.value, step.at.place, time, &mut work.context.problems);
        if let Some(when) = when.filter(|when| *when < time.horizon) {
            steps.push(PriceStep { at: when, rate });
        }
    }
    steps.sort_by_key(|step| step.at);
    steps
}

/// The rows of a recorded path before the horizon.
fn recorded(work: &mut Work<'_, '_>, time: Option<&Time>, csv: &At<CsvPath>) -> Vec<PriceStep> {
    let Some(time) = time else { return vec![] };
    let money = currency(work.root);
    let mut steps: Vec<PriceStep> = vec![];
    stream_columns(
        ["at", "price"],
        &csv.value.0,
        csv.place,
        work.context,
        |row, [when, value], problems| {
            let at = instant(row.text(when), row.place(when), time, problems);
            let price = match Rate::read(row.text(value)) {
                Ok(rate) if rate.currency == money => Some(rate.rate),
                Ok(rate) => {
                    let message = format!("a price in {} in a scenario in {money}", rate.currency);
                    let problem = Problem::new(row.place(value), message);
                    problems.push(problem.expected(format!("expected a price in {money}")));
                    None
                }
                Err(error) => {
                    let problem = Problem::new(row.place(value), error.problem);
                    problems.push(problem.expected(format!("expected {}", error.expected)));
                    None
                }
            };
            let Some((at, rate)) = at.zip(price) else { return };
            if steps.last().is_some_and(|last| at < last.at) {
                let problem = Problem::new(row.whole(), "it is earlier than the row before it");
                problems.push(problem.expected("expected rows in the order of time"));
            } else if at < time.horizon {
                steps.push(PriceStep { at, rate });
            }
        },
    );
    steps
}
