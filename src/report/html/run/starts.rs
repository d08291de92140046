//! What happens when everything starts again: how fast it comes up, the worst waves and why they
//! are, and for how long what was wanted was not there.

use super::super::super::number::{Percent, grouped};
use super::super::super::provenance::Subject;
use super::super::super::summary::WaveRow;
use super::super::super::text::{restarts, services, span};
use super::super::chart::{Axis, Bar, Chart, Curves, Line, Mark, bars, ticks};
use super::super::hours::Spread;
use super::super::page::{Page, Section};
use super::super::table::{Cell, Table};
use super::{Told, several};
use crate::books::outcome::LatencyName;
use crate::ecs::capacity::Placement;
use crate::ecs::inventory::StockSpec;
use crate::ecs::spec::RegionSpec;
use crate::stats::Quantile;
use crate::units::time::MICROS_PER_HOUR;
use crate::units::{Ratio, SimTime};

const MINUTE: f64 = 6e7;
/// How many of the worst waves are shown.
const WAVES: usize = 12;
const READY: LatencyName = LatencyName::StartDueToReady;

pub fn section(told: &Told<'_>, page: &mut Page) {
    page.section("starts", "When they start again", |section| {
        let restart = &told.said.summary.restart;
        if !restart.modelled {
            section.paragraph(
                "Stock is unlimited in this scenario: whether it would have been found is not \
                 modelled, and what follows is only how long starts take.",
            );
        }
        curve(told, section);
        section.table(&up(told));
        waves(told, section);
        unavailable(told, section);
        of_services(told, section);
    });
}

/// A share of instances, in thousandths, and when so many were ready: of all replications, of the
/// quickest, of the slowest. Infinite is never.
struct Reached {
    share: u32,
    all: f64,
    ends: [f64; 2],
}

/// The shares that a curve goes through, in thousandths.
const SHARES: [u32; 29] = [
    1, 10, 25, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 750, 800, 850,
    900, 925, 950, 970, 980, 990, 995, 999, 1_000,
];

fn reached(told: &Told<'_>) -> Vec<Reached> {
    let collected = told.said.results.collected;
    let latency = collected.totals.latency(READY);
    let minutes = |quantile: Quantile| match quantile {
        Quantile::Value(span) => Some(span.as_micros() as f64 / MINUTE),
        Quantile::Censored => Some(f64::INFINITY),
        Quantile::Empty => None,
    };
    let of = |share: u32| {
        let ratio = Ratio::new(share.into(), 1_000);
        let each = collected.each.latency(READY).quantiles(ratio).filter_map(minutes);
        let ends = each
            .fold([f64::INFINITY, 0.0], |[low, high]: [f64; 2], one| [low.min(one), high.max(one)]);
        Some(Reached { share, all: minutes(latency.quantile(ratio))?, ends })
    };
    SHARES.iter().filter_map(|share| of(*share)).collect()
}

fn curve(told: &Told<'_>, section: &mut Section<'_>) {
    let (said, plan) = (&told.said, told.said.results.plan);
    let points = reached(told);
    if points.is_empty() {
        return section.paragraph("Nothing had to start in the window.");
    }
    let limit = plan.good_wave.within.as_micros() as f64 / MINUTE;
    let of = |share: u32| points.iter().find(|one| one.share == share).map_or(0.0, |one| one.all);
    let last = [of(950), of(990)].into_iter().filter(|at| at.is_finite()).fold(0.0, f64::max);
    let end = (1.25 * last).clamp(1.4 * limit, 4.0 * limit);
    let percent = |share: u32| f64::from(share) / 10.0;
    let mut line: Vec<(f64, f64)> = vec![(points[0].all.min(end), 0.0)];
    line.extend(points.iter().map(|one| (one.all, percent(one.share))));
    let forth = points.iter().map(|one| (one.ends[0].min(end), percent(one.share)));
    let back = points.iter().rev().map(|one| (one.ends[1].min(end), percent(one.share)));
    let several_runs = said.runs() > 1;
    let band = if several_runs { forth.chain(back).collect() } else { Vec::new() };
    let all = if several_runs {
        "all replications (band: the quickest to the slowest)"
    } else {
        "instances"
    };
    let mut lines =
        vec![Line { name: all.to_owned(), points: until(&line, end), band, is_dotted: false }];
    lines.extend(worst_line(told, end));
    let share = Percent::of(plan.good_wave.share.num().into(), plan.good_wave.share.den().into());
    let share = share.unwrap_or_default();
    let chart = Curves {
        x: Axis {
            title: "minutes since they were due".to_owned(),
            ends: (0.0, end),
            ticks: ticks(0.0, end, 8.0)
                .into_iter()
                .map(|at| (at, super::super::chart::short(at)))
                .collect(),
        },
        y: Axis {
            title: String::new(),
            ends: (0.0, 100.0),
            ticks: ticks(0.0, 100.0, 5.0).into_iter().map(|at| (at, format!("{at} %"))).collect(),
        },
        lines,
        marks: vec![Mark::Across(limit, format!("good: {} by then", share.short()))],
    };
    let title = "How fast they come up.";
    let note = format!(
        "Share of the instances that had to start which are ready, against minutes since they \
         were due; those that were up already are left out. Beyond {} the table goes on.",
        span((end * MINUTE) as u128),
    );
    section.figure(Chart::new("start-curve", title, note, chart.draw()), &when(told, &points));
}

/// A line as far as a chart goes; what never comes stays where it is.
fn until(points: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let mut shown = Vec::new();
    for pair in points.windows(2) {
        let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
        shown.push((x, y));
        if to_x > end {
            let part = if to_x.is_finite() { (end - x) / (to_x - x) } else { 0.0 };
            shown.push((end, y + part * (to_y - y)));
            return shown;
        }
    }
    shown.extend(points.last());
    shown
}

/// The worst wave of any replication, as far as waves are seen.
fn worst_line(told: &Told<'_>, end: f64) -> Option<Line> {
    let worst = told.said.summary.restart.worst_wave.as_ref()?;
    let wave = &worst.wave;
    let stayed = wave.size.checked_sub(wave.at_risk).filter(|_| wave.at_risk > 0)?;
    let counts = [wave.done_1m, wave.done_5m, wave.done_15m, wave.done_60m];
    let points = [1.0, 5.0, 15.0, 60.0].into_iter().zip(counts).filter_map(|(minutes, done)| {
        let share = done?.saturating_sub(stayed) as f64 / wave.at_risk as f64;
        (minutes <= end).then_some((minutes, 100.0 * share))
    });
    let points: Vec<(f64, f64)> = points.collect();
    let name = format!("the worst wave ({})", wave.date);
    (!points.is_empty()).then_some(Line { name, points, is_dotted: true, band: Vec::new() })
}

fn when(told: &Told<'_>, points: &[Reached]) -> Table {
    let mark = told.said.mark(Subject::Restart);
    let at = |minutes: f64| match minutes.is_finite() {
        true => format!("{mark}{}", span(libm::round(minutes * MINUTE) as u128)),
        false => format!("{mark}never"),
    };
    let heads = ["ready", "all replications", "the quickest", "the slowest"];
    let runs = if told.said.runs() > 1 { 4 } else { 2 };
    let mut table = Table::new("When so many of them were ready", &heads[..runs]);
    for one in points {
        let share = f64::from(one.share) / 10.0;
        let cells = [format!("{share} %"), at(one.all), at(one.ends[0]), at(one.ends[1])];
        table.row(cells.into_iter().take(runs));
    }
    table
}

/// How many are ready after 1, 5, 15 and 60 minutes.
fn up(told: &Told<'_>) -> Table {
    let (said, restart) = (&told.said, &told.said.summary.restart);
    let heads = ["after", "all waves", "95 % interval", "the worst wave", "95 % interval"];
    let mut table = Table::new("Instances ready of all that are wanted, by wave", &heads);
    if !restart.modelled || restart.waves + restart.due == 0 {
        return table;
    }
    let rows = [
        ("1m", "1 min", restart.up_at_1m),
        ("5m", "5 min", restart.up_at_5m),
        ("15m", "15 min", restart.up_at_15m),
        ("60m", "60 min", restart.up_at_60m),
    ];
    for (key, name, row) in rows {
        let cell = |over: &str, share: Option<Percent>| match share {
            None => Cell::from("not seen"),
            Some(share) => Cell::figure(
                said.marked(Subject::Restart, share.short()),
                &format!("/restart/up_at_{key}/{over}_pct"),
                share,
            ),
        };
        let interval = |over: &str| {
            let metric = format!("restart.up_at_{key}.{over}");
            Cell::from(said.interval(&metric, |millionths| Percent(millionths).short()))
        };
        table.row([
            name.into(),
            cell("mean", row.mean_pct),
            interval("mean"),
            cell("worst", row.worst_pct),
            interval("worst"),
        ]);
    }
    table
}

fn waves(told: &Told<'_>, section: &mut Section<'_>) {
    let said = &told.said;
    let starts = restarts::worst_first(said);
    if starts.is_empty() {
        return;
    }
    section.heading("The worst waves, and why");
    let together = if said.runs() > 1 { ", all replications together" } else { "" };
    section.note(format!(
        "A wave is the instances of one zone and type that are due at one moment; sizes and \
         counts are of instances{together}. Shares are in per cent.",
    ));
    let mut heads = restarts::header();
    heads.push("why".to_owned());
    let last = heads.len() - 1;
    let caption = format!("The worst of {}", several(starts.len() as u64, "start wave"));
    let mut table = Table::new(caption, &heads).words(&[1, last]);
    for wave in starts.iter().take(WAVES) {
        let mut row = restarts::row(said, wave);
        row.push(why(told, wave));
        table.row(row);
    }
    let stops: Vec<&WaveRow> = said.summary.waves.iter().filter(|w| w.kind == "stop").collect();
    for (name, all) in [("all starts", &starts), ("all stops", &stops)] {
        let mut row = restarts::total(said, name, all);
        row.push(String::new());
        table.row(row);
    }
    section.table(&table);
}

/// Whether there was stock for a wave when it was due, and for all that were due then of the same
/// pool.
fn why(told: &Told<'_>, wave: &WaveRow) -> String {
    let region = &told.said.results.plan.region;
    let runs = u64::from(told.said.runs());
    if wave.from_economical == 0 {
        return "needed no stock".to_owned();
    }
    let Some((pool, units)) = pool_of(region, wave) else {
        return "stock of a private pool or host".to_owned();
    };
    let spec = &region.pools[pool];
    if spec.stock == StockSpec::Unlimited {
        return "stock is unlimited: not modelled".to_owned();
    }
    if late(wave) == 0 {
        return "ready within a minute".to_owned();
    }
    let due = SimTime::from_micros(wave.due_us);
    let Some(free) = told.hours.free_at(pool, due) else { return String::new() };
    let due_then = told
        .said
        .summary
        .waves
        .iter()
        .filter(|one| one.kind == wave.kind && one.due_us == wave.due_us);
    let needed = due_then.filter_map(|one| {
        let (of, units) = pool_of(region, one)?;
        (of == pool).then_some(late(one) * u64::from(units))
    });
    let needs = i128::from(needed.sum::<u64>().div_ceil(runs));
    let mean = (free.mean_thousandths() + 500) / 1_000;
    let word = if needs > mean.min(free.least) { "too little" } else { "enough" };
    let is_dry = |later: &Spread| later.least < i128::from(units);
    let later = match told.hours.free_after(pool, due).is_some_and(is_dry) {
        true => "; none left an hour later",
        false => "",
    };
    let least = match runs {
        1 => String::new(),
        _ => format!(", {} at least", grouped(free.least)),
    };
    let (needs, free) = (grouped(needs), grouped(mean));
    let (unit, name) = (&spec.unit, &spec.name);
    format!("{word} stock when due: {needs} {unit} of {name} needed, {free} free{least}{later}")
}

/// Those of a wave that needed stock and were not up a minute later: who starts ahead of time has
/// taken its stock by then.
fn late(wave: &WaveRow) -> u64 {
    let quick = wave.done_1m.unwrap_or(0).saturating_sub(wave.already_there);
    wave.from_economical.saturating_sub(quick)
}

/// The public pool of a wave, and how many units an instance takes.
fn pool_of(region: &RegionSpec, wave: &WaveRow) -> Option<(usize, u32)> {
    let mut groups = region.groups.iter().filter(|group| {
        group.placement == Placement::Public
            && region.zones[usize::from(group.zone.0)] == wave.zone
            && region.types[group.instance_type.index()].name == wave.instance_type
    });
    groups.find_map(|group| Some((group.pool?.index(), group.units)))
}

fn unavailable(told: &Told<'_>, section: &mut Section<'_>) {
    let said = &told.said;
    let restarts::Unavailable { total, causes } = restarts::Unavailable::of(said);
    section.heading("Wanted and not there");
    section.paragraph(format!("{total} a replication; {}.", restarts::break_even(said)));
    if causes.is_empty() {
        return;
    }
    let bar = |(why, hours, micros): &(String, String, u128)| Bar {
        name: why.clone(),
        value: *micros as f64 / MICROS_PER_HOUR as f64 / f64::from(said.runs()),
        shown: hours.clone(),
        colour: 2,
    };
    let drawn: Vec<Bar> = causes.iter().map(bar).collect();
    let mut table =
        Table::new("Instance-hours wanted and not there, by cause", &["cause", "hours"]);
    causes.iter().for_each(|(why, hours, _)| table.row([why.clone(), hours.clone()]));
    let title = "Instance-hours not there, by cause.";
    section.figure(Chart::new("unavailable", title, "A replication.", bars(&drawn)), &table);
}

fn of_services(told: &Told<'_>, section: &mut Section<'_>) {
    let said = &told.said;
    if said.summary.services.is_empty() {
        return;
    }
    section.heading("Services");
    let within = said.results.plan.good_wave.within;
    let caption = format!("A start of a service is good if it is ready within {within}");
    let mut heads = services::header();
    "service".clone_into(&mut heads[0]);
    let mut table = Table::new(caption, &heads);
    for (name, service) in &said.summary.services {
        table.row(services::row(said, name, service));
    }
    section.table(&table);
}
