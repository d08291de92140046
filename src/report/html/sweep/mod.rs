//! The page of a sweep: which settings can be the best, what they cost in promises, and how sure
//! that is.

mod charts;

use super::super::compare::{Direction, interval, plain};
use super::super::number::grouped;
use super::super::sweep::{Figure, Front, Point, Swept};
use super::page::{Card, Mood, Page};
use super::table::{Cell, Table, step};
use crate::sim::metric::{Metric, Unit};

/// Of more settings than this, only those that matter are listed.
const LISTED: usize = 300;

/// The page.
pub fn page(swept: &Swept) -> Page {
    let title = format!("{}: {} settings", swept.name, grouped(swept.points.len() as u64));
    let (from, to) = &swept.window;
    let mut lines = vec![
        format!("Each of {} replications, all with the same luck.", grouped(swept.replications)),
        format!("{from} to {to}; money in {}, of the whole window.", swept.currency),
    ];
    if let Some(until) = &swept.until {
        lines.push(match until.missed {
            0 => format!("As many as give {} at every setting.", until.text),
            missed => format!(
                "Not decided: {} at all settings but {missed}, after {} replications.",
                until.text, until.at_most
            ),
        });
    }
    if swept.assumed.iter().any(|assumed| *assumed) {
        lines.push("≈ marks what rests on an assumed input: `stopsim run` lists them.".to_owned());
    }
    let mut page = Page::new(title, lines);
    page.section("verdict", "The answer", |section| {
        section.cards(&[best(swept), knee(swept)]);
    });
    page.section("points", "The settings", |section| {
        section.note(legend(swept));
        section.table(&points(swept));
        let left = swept.points.len() - listed(swept).count();
        if left > 0 {
            section.note(format!(
                "{} other settings are not listed; `--format csv` has them all.",
                grouped(left as u64),
            ));
        }
    });
    page.section("front", "Money against the promise", |section| {
        charts::front(swept, section);
    });
    page.section("figures", "Setting by setting", |section| {
        match swept.axes.len() {
            1 => charts::along(swept, section),
            2 => charts::grids(swept, section),
            _ => section.note("More than two keys vary: the table above has every setting."),
        }
        charts::swings(swept, section);
        charts::spread(swept, section);
    });
    again(swept, &mut page);
    page
}

/// The letter under which a point is drawn and listed.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    match place / 26 {
        0 => last.to_string(),
        before => letter(before - 1) + &last.to_string(),
    }
}

fn shown(swept: &Swept, place: usize, figure: &Figure) -> String {
    let mark = if swept.assumed[place] { "≈" } else { "" };
    format!("{mark}{}", plain(swept.metrics[place].unit(), figure.observed))
}

fn settings(swept: &Swept, point: &Point) -> String {
    let pairs = swept.axes.iter().zip(&point.values);
    pairs.map(|(axis, value)| format!("{axis} = {value}")).collect::<Vec<_>>().join(", ")
}

/// More is better.
fn rank(swept: &Swept, point: &Point, place: usize) -> Option<i128> {
    let value = point.figures[place].observed.value()?;
    Some(if Direction::of(&swept.metrics[place]) == Direction::Down { -value } else { value })
}

fn best(swept: &Swept) -> Card {
    let with = |(place, point): (usize, &Point)| Some((rank(swept, point, 0)?, place));
    let found = swept.points.iter().enumerate().filter_map(with);
    // Of equals the first one.
    let best = found.max_by_key(|(rank, place)| (*rank, std::cmp::Reverse(*place)));
    let question = "Which setting is the best?";
    let Some((_, place)) = best else {
        let none = "Nothing was observed to judge by".into();
        return Card { question, answer: none, of: String::new(), mood: Mood::Open, more: vec![] };
    };
    let point = &swept.points[place];
    let candidates = swept.candidates();
    let objective = swept.objective.name();
    let sure = match candidates {
        0 | 1 => "No other can be the best (95 %, all at once).".to_owned(),
        n => format!(
            "{} of {} can still be the best (95 %, all at once): marked * below.",
            grouped(n as u64),
            grouped(swept.points.len() as u64),
        ),
    };
    let promise = format!("{} {}.", swept.promise.name(), shown(swept, 1, &point.figures[1]));
    let unit = unit_of(swept, &swept.objective);
    let value = format!("{objective} {}{unit}", shown(swept, 0, &point.figures[0]));
    Card {
        question,
        answer: format!("{}: {}", letter(place), point.values.join(", ")).into(),
        of: value,
        mood: if candidates <= 1 { Mood::Good } else { Mood::Open },
        more: vec![format!("{}.", settings(swept, point)), promise, sure],
    }
}

fn knee(swept: &Swept) -> Card {
    let question = "Which is the best bargain?";
    let (objective, promise) = (swept.objective.name(), swept.promise.name());
    let found = swept.points.iter().enumerate().find(|(_, point)| point.front == Front::Knee);
    let on = swept.points.iter().filter(|point| matches!(point.front, Front::Knee | Front::On));
    let on = grouped(on.count() as u64);
    let front = format!(
        "{on} settings lie on the front: none is better in one of {objective} and {promise} and \
         not worse in the other."
    );
    match found {
        None => Card {
            question,
            answer: "None stands out".into(),
            of: String::new(),
            mood: Mood::Open,
            more: vec![front],
        },
        Some((place, point)) => Card {
            question,
            answer: format!("{}: {}", letter(place), point.values.join(", ")).into(),
            of: format!(
                "{objective} {}{}, {promise} {}",
                shown(swept, 0, &point.figures[0]),
                unit_of(swept, &swept.objective),
                shown(swept, 1, &point.figures[1]),
            ),
            mood: Mood::Good,
            more: vec![
                format!("The front between {objective} and {promise} bends most here."),
                front,
            ],
        },
    }
}

fn unit_of(swept: &Swept, metric: &Metric) -> String {
    match metric.unit() {
        Unit::Money => format!(" {}", swept.currency),
        Unit::Duration | Unit::Percent | Unit::Count | Unit::Hours => String::new(),
    }
}

fn legend(swept: &Swept) -> String {
    format!(
        "*: can still be the best by {}. Front: none is better in one of {0} and {} and not worse \
         in the other; knee: where that front bends most; near: behind it, but not beyond \
         luck (both with 95 %, all at once).",
        swept.objective.name(),
        swept.promise.name(),
    )
}

/// The settings that tables have: all, or of too many those that matter.
fn listed(swept: &Swept) -> impl Iterator<Item = (usize, &Point)> {
    let matters = |point: &Point| {
        swept.points.len() <= LISTED
            || point.can_be_best
            || matches!(point.front, Front::Knee | Front::On)
    };
    let all = swept.points.iter().enumerate();
    all.filter(move |(_, point)| matters(point)).take(LISTED)
}

fn points(swept: &Swept) -> Table {
    let mut heads = vec!["setting".to_owned()];
    heads.extend(swept.axes.iter().cloned());
    heads.push("standing".to_owned());
    for metric in &swept.metrics {
        heads.extend([metric.name(), format!("{}: 95 %", metric.name())]);
    }
    let words: Vec<usize> = (1..=swept.axes.len() + 1).collect();
    let mut table = Table::new("Every setting, and what it comes to", &heads).words(&words);
    for (place, point) in listed(swept) {
        let mut cells: Vec<Cell> = vec![letter(place).into()];
        cells.extend(point.values.iter().map(|value| Cell::from(value.as_str())));
        let star = if point.can_be_best { "* " } else { "" };
        cells.push(format!("{star}{}", point.front.word()).into());
        for (number, figure) in point.figures.iter().enumerate() {
            let metric = &swept.metrics[number];
            let pointer = format!("/points/{place}/figures/{}/value", step(&metric.name()));
            let told = shown(swept, number, figure);
            cells.push(match swept.number(number, figure) {
                Some(value) => Cell::figure(told, &pointer, value),
                None => told.into(),
            });
            let told = figure.interval.map(|one| interval(metric.unit(), &one));
            cells.push(told.unwrap_or_default().into());
        }
        table.row(cells);
    }
    table
}

fn again(swept: &Swept, page: &mut Page) {
    page.section("again", "Get it again", |section| {
        section.paragraph("The same scenario and seed give the same bytes on every machine.");
        section.command(&swept.command);
        section.paragraph(format!(
            "Seed {}, ties {}, {} replications of each setting.",
            swept.seed,
            swept.ties,
            grouped(swept.replications),
        ));
        let heads = ["setting", "digest of its runs", "SHA-256 of the scenario"];
        let mut table = Table::new("What was run", &heads).words(&[1, 2]);
        for (place, point) in listed(swept) {
            let (hash, digest) = &point.identity;
            table.row([letter(place), format!("{digest:016x}"), hash.clone()]);
        }
        section.folded("Digests", &table);
    });
}
