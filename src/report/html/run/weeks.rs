//! Stock, instances and money, hour by hour over the window.

use std::collections::BTreeMap;

use super::super::super::number::grouped;
use super::super::chart::{Axis, Chart, Curves, Line, Mark, short, ticks};
use super::super::hours::Spread;
use super::super::page::{Page, Section};
use super::super::table::Table;
use super::Told;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{Money, SimTime};

/// So many points of a line at most; of more hours several are one point.
const POINTS: usize = 360;
/// So many pools are drawn; the shortest of stock.
const POOLS: usize = 4;
/// With more days than this, a row of a table is a week.
const DAYS: usize = 62;
const THOUSAND: f64 = 1_000.0;

type Series = BTreeMap<SimTime, Spread>;

pub fn section(told: &Told<'_>, page: &mut Page) {
    let pools = pools(told);
    let hours = told.hours;
    if pools.is_empty() && hours.running.len() < 2 {
        return;
    }
    page.section("weeks", "Over the weeks", |section| {
        if hours.running.len() > 1 {
            instances(told, section);
            money(told, section);
        }
        if !pools.is_empty() {
            stock(told, &pools, section);
        }
    });
}

fn instances(told: &Told<'_>, section: &mut Section<'_>) {
    let hours = told.hours;
    let lines = [("running, and billed so", &hours.running), ("wanted", &hours.wanted)];
    let lines: Vec<Line> = lines.iter().map(|(name, series)| line(name, series, 1e-3)).collect();
    let chart = drawn(told, "instances", lines, None);
    let mut table = by_day(told, "Instances by day, on average", &["running", "wanted"]);
    for (day, [running, wanted]) in days(told, [&hours.running, &hours.wanted]) {
        let mean = |spread: Spread| grouped((spread.mean_thousandths() + 500_000) / 1_000_000);
        table.row([day, mean(running), mean(wanted)]);
    }
    let note = "On average in each hour; the band holds all replications.";
    section.figure(Chart::new("instances", "Running instances.", note, chart), &table);
}

fn money(told: &Told<'_>, section: &mut Section<'_>) {
    let (hours, summary) = (told.hours, told.said.summary);
    let plan = told.said.results.plan;
    let window = i128::from((plan.horizon - plan.warm_up).as_micros()).max(1);
    let hour = i128::from(MICROS_PER_HOUR);
    let without = Money::from_nanos(summary.billing.baseline.0.as_nanos() * hour / window);
    let currency = &summary.currency;
    let mark = Mark::Up(
        without.as_nanos() as f64 / 1e9,
        format!("without stopping: {} on average", without.rounded(2)),
    );
    let lines = vec![line("billed an hour", &hours.money, 1e-9)];
    let chart = drawn(told, &format!("{currency} an hour"), lines, Some(mark));
    let mut table =
        by_day(told, "Money an hour, by day", &["on average", "the least hour", "the most"]);
    for (day, [spread]) in days(told, [&hours.money]) {
        let shown = |nanos: i128| Money::from_nanos(nanos).rounded(2);
        let mean = spread.sum.checked_div(spread.n.into()).unwrap_or(0);
        table.row([day, shown(mean), shown(spread.least), shown(spread.most)]);
    }
    let note = "At the rates of the scenario, hour by hour; minimum charges, spot prices, private \
                pools, hosts and commitments are not in it.";
    section.figure(Chart::new("money", "Money an hour.", note, chart), &table);
}

fn stock(told: &Told<'_>, pools: &[usize], section: &mut Section<'_>) {
    let plan = told.said.results.plan;
    for place in pools {
        let (spec, series) = (&plan.region.pools[*place], &told.hours.free[*place]);
        let lines = vec![line("free", series, 1.0)];
        let chart = drawn(told, &spec.unit, lines, None);
        let heads = ["free on average", "least of any hour"];
        let mut table =
            by_day(told, &format!("Stock of {} by day, {}", spec.name, spec.unit), &heads);
        for (day, [spread]) in days(told, [series]) {
            let mean = grouped((spread.mean_thousandths() + 500) / 1_000);
            table.row([day, mean, grouped(spread.least)]);
        }
        let title = format!("Stock of {}.", spec.name);
        let note = "What is free at each full hour; the band holds all replications.";
        section.figure(Chart::new(format!("stock-{place}"), title, note, chart), &table);
    }
    let known = told.said.summary.inventory.values().filter(|row| !row.unlimited).count();
    if known > pools.len() {
        section
            .note(format!("{} other pools refused less and are not drawn.", known - pools.len()));
    }
}

/// The places of pools that have limits: those that refused most, then those with the least left.
fn pools(told: &Told<'_>) -> Vec<usize> {
    let plan = told.said.results.plan;
    let row = |place: usize| told.said.summary.inventory.get(&plan.region.pools[place].name);
    let limited = |place: &usize| row(*place).is_some_and(|row| !row.unlimited);
    let drawable = |place: &usize| told.hours.free[*place].len() > 1;
    let mut places: Vec<usize> =
        (0..told.hours.free.len()).filter(limited).filter(drawable).collect();
    let shortage = |place: &usize| {
        let row = row(*place).expect("it is limited");
        (std::cmp::Reverse(row.claims_refused), row.least_free)
    };
    places.sort_by_key(shortage);
    places.truncate(POOLS);
    places
}

/// The mean, with a band from the least to the most of any replication.
fn line(name: &str, series: &Series, unit: f64) -> Line {
    let each = series.len().div_ceil(POINTS).max(1);
    let times: Vec<(&SimTime, &Spread)> = series.iter().collect();
    let (mut points, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for chunk in times.chunks(each) {
        let mut joined = Spread::default();
        chunk.iter().for_each(|(_, spread)| joined.join(spread));
        let at = hour(*chunk[0].0);
        points.push((at, joined.mean_thousandths() as f64 / THOUSAND * unit));
        low.push((at, joined.least as f64 * unit));
        high.push((at, joined.most as f64 * unit));
    }
    let is_band = low != high;
    let band = high.into_iter().chain(low.into_iter().rev());
    let band = if is_band { band.collect() } else { Vec::new() };
    Line { name: name.to_owned(), points, band, is_dotted: false }
}

fn hour(at: SimTime) -> f64 {
    at.as_micros() as f64 / MICROS_PER_HOUR as f64
}

fn drawn(
    told: &Told<'_>,
    unit: &str,
    lines: Vec<Line>,
    mark: Option<Mark>,
) -> super::super::chart::Svg {
    let plan = told.said.results.plan;
    let marked = match &mark {
        Some(Mark::Up(value, _)) => *value,
        Some(Mark::Across(..)) | None => 0.0,
    };
    let values = lines.iter().flat_map(|line| line.points.iter().chain(&line.band));
    let most = values.map(|(_, value)| *value).fold(marked, f64::max) * 1.08;
    let most = if most > 0.0 { most } else { 1.0 };
    let curves = Curves {
        x: Axis {
            title: format!("time in {}", plan.clock.zone().name()),
            ends: (hour(plan.warm_up), hour(plan.horizon)),
            ticks: midnights(told),
        },
        y: Axis {
            title: unit.to_owned(),
            ends: (0.0, most),
            ticks: ticks(0.0, most, 5.0).into_iter().map(|at| (at, short(at))).collect(),
        },
        lines,
        marks: mark.into_iter().collect(),
    };
    curves.draw()
}

/// Where days begin, as many as can be read: every day, every Monday, or fewer.
fn midnights(told: &Told<'_>) -> Vec<(f64, String)> {
    let plan = told.said.results.plan;
    let clock = &plan.clock;
    let mut found = Vec::new();
    let mut day = clock.civil_day(plan.warm_up);
    let mut at = plan.warm_up.as_micros().next_multiple_of(MICROS_PER_HOUR);
    while at <= plan.horizon.as_micros() {
        let now = SimTime::from_micros(at);
        let own = clock.civil_day(now);
        if own != day {
            day = own;
            let date = clock.date_text(own);
            let date = date.get(5..).unwrap_or(&date).to_owned();
            found.push((hour(now), clock.weekday_text(own), date));
        }
        at += MICROS_PER_HOUR;
    }
    let is_long = found.len() > 9;
    if is_long {
        found.retain(|(_, weekday, _)| *weekday == "Mon");
    }
    let each = found.len().div_ceil(8).max(1);
    let shown = found.into_iter().step_by(each);
    shown.map(|(at, weekday, date)| (at, format!("{weekday} {date}"))).collect()
}

/// The hours of series by day, or by seven of them.
fn days<const N: usize>(told: &Told<'_>, series: [&Series; N]) -> Vec<(String, [Spread; N])> {
    let clock = &told.said.results.plan.clock;
    let mut rows: BTreeMap<i32, [Spread; N]> = BTreeMap::new();
    for (place, hours) in series.iter().enumerate() {
        for (at, spread) in *hours {
            let day = clock.civil_day(*at);
            rows.entry(day).or_insert([Spread::default(); N])[place].join(spread);
        }
    }
    let each = if rows.len() > DAYS { 7 } else { 1 };
    let all: Vec<(i32, [Spread; N])> = rows.into_iter().collect();
    let joined = all.chunks(each).map(|chunk| {
        let mut sum = [Spread::default(); N];
        for (_, spreads) in chunk {
            sum.iter_mut().zip(spreads).for_each(|(sum, spread)| sum.join(spread));
        }
        let day = chunk[0].0;
        (format!("{} {}", clock.weekday_text(day), clock.date_text(day)), sum)
    });
    joined.collect()
}

fn by_day(told: &Told<'_>, caption: &str, heads: &[&str]) -> Table {
    let runs = if told.said.runs() > 1 { ", of all replications" } else { "" };
    let heads: Vec<&str> = ["day"].into_iter().chain(heads.iter().copied()).collect();
    Table::new(format!("{caption}{runs}"), &heads)
}
