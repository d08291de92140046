//! The page of a plan: the setting that keeps the promise, how sure that is, and what stands beside
//! it.

use super::super::measure::Observed;
use super::super::number::grouped;
use super::super::planning::{Found, Fresh, Planned, Setting, Side};
use super::chart::{Bar, Chart, bars};
use super::page::{Card, Mood, Page};
use super::table::{Cell, Table, step};

/// Of more settings than this, only the first that were run are listed.
const LISTED: usize = 300;

/// The page.
pub fn page(planned: &Planned) -> Page {
    let promises: Vec<&str> = planned.promises.iter().map(|one| one.text.as_str()).collect();
    let title = format!("{}: the best setting that keeps {}", planned.name, promises.join(" and "));
    let (from, to) = &planned.window;
    let mut lines = vec![
        format!(
            "The best {} among {} settings.",
            planned.objective.name(),
            grouped(planned.settings.len() as u64)
        ),
        format!("{from} to {to}; money in {}, of the whole window.", planned.currency),
    ];
    if planned.assumed.iter().any(|assumed| *assumed) {
        lines.push("≈ marks what rests on an assumed input: `stopsim run` lists them.".to_owned());
    }
    let mut page = Page::new(title, lines);
    page.section("verdict", "The answer", |section| section.cards(&cards(planned)));
    if !planned.fresh.is_empty() {
        page.section("beside", "Beside it", |section| {
            let (replications, seed) = planned.fresh_runs;
            section.paragraph(format!(
                "All of {} replications with seed {seed}, which the search never saw; 95 % \
                 intervals.",
                grouped(u64::from(replications)),
            ));
            section.figure(objective(planned), &beside(planned));
        });
    }
    page.section("search", "The search", |section| {
        section.paragraph(format!(
            "{} runs in all, fresh ones included; the whole grid would take {} with as many \
             replications each.",
            grouped(planned.runs()),
            grouped(planned.grid_runs()),
        ));
        section.table(&settings(planned));
    });
    page.section("again", "Get it again", |section| {
        section.paragraph("The same scenario and seed give the same bytes on every machine.");
        section.command(&planned.command);
        section.paragraph(format!("Seed {}, ties {}.", planned.seed, planned.ties));
        if let Some(command) = &planned.answer_command {
            section.paragraph("The answer by itself, with the fresh seed:");
            section.command(command);
        }
        let heads = ["what", "digest of its runs", "SHA-256 of the scenario"];
        let mut table = Table::new("What was run with the fresh seed", &heads).words(&[1, 2]);
        for fresh in &planned.fresh {
            if let Some((hash, digest)) = &fresh.identity {
                table.row([planned.label(fresh), format!("{digest:016x}"), hash.clone()]);
            }
        }
        section.folded("Digests", &table);
    });
    page
}

fn set(planned: &Planned, values: &[String]) -> String {
    let pairs = planned.knobs.iter().zip(values);
    pairs.map(|(knob, value)| format!("{knob} = {value}")).collect::<Vec<_>>().join(", ")
}

fn cards(planned: &Planned) -> Vec<Card> {
    let question = "Which setting?";
    let (point, is_told_apart) = match planned.found {
        Found::Best { point, is_told_apart, .. } => (point, is_told_apart),
        Found::Nothing { closest } => {
            return vec![Card {
                question,
                answer: "None keeps the promise".into(),
                of: String::new(),
                mood: Mood::Bad,
                more: vec![format!(
                    "The closest is {}.",
                    set(planned, &planned.settings[closest].values)
                )],
            }];
        }
    };
    let fresh = &planned.fresh[0];
    let told = |place: usize| {
        let figure = fresh.figures[place];
        let shown = planned.shown(place, figure.map(|one| one.observed));
        format!("{shown} {}", planned.range(place, figure))
    };
    let mut cards = vec![Card {
        question,
        answer: fresh.values.join(", ").into(),
        of: format!("{} {}", planned.objective.name(), told(0)),
        mood: if is_told_apart { Mood::Good } else { Mood::Open },
        more: vec![
            format!("{}.", set(planned, &planned.settings[point].values)),
            format!("What the search says: {}.", planned.claim(is_told_apart)),
        ],
    }];
    let contradicted = planned.contradicted();
    for (place, promise) in planned.promises.iter().enumerate() {
        let interval = fresh.figures[place + 1].and_then(|one| one.interval.ok());
        let side = interval.map_or(Side::Open, |one| promise.side(&one));
        let is_missed = contradicted.contains(&promise);
        let (mood, word) = match side {
            _ if is_missed => (Mood::Bad, "The fresh runs say that it misses it."),
            Side::Meets => (Mood::Good, "The fresh runs by themselves say so too."),
            Side::Misses | Side::Open => {
                (Mood::Open, "The fresh runs by themselves leave it open; the search decided.")
            }
        };
        cards.push(Card {
            question: "Does it keep the promise?",
            answer: figure_cell(planned, 0, fresh, place + 1),
            of: format!("{}, {}", promise.text, told(place + 1)),
            mood,
            more: vec![word.to_owned()],
        });
    }
    cards
}

/// A figure of what was run with a fresh seed, and where it stands in the JSON.
fn figure_cell(planned: &Planned, row: usize, fresh: &Fresh, place: usize) -> Cell {
    let figure = fresh.figures[place];
    let shown = planned.shown(place, figure.map(|one| one.observed));
    let pointer = format!("/fresh/{row}/figures/{}/value", step(&planned.names()[place]));
    match figure.and_then(|one| planned.number(place, one.observed)) {
        Some(value) => Cell::figure(shown, &pointer, value),
        None => shown.into(),
    }
}

fn objective(planned: &Planned) -> Chart {
    let bar = |fresh: &Fresh| {
        let observed = fresh.figures[0].map(|one| one.observed);
        Some(Bar {
            name: planned.label(fresh),
            value: observed.and_then(Observed::value)? as f64,
            shown: planned.shown(0, observed),
            colour: if fresh.identity.is_some() { 1 } else { 4 },
        })
    };
    let drawn: Vec<Bar> = planned.fresh.iter().filter_map(bar).collect();
    let title = format!("{}.", planned.objective.name());
    let note = "The answer, its neighbours, and the bounds that no policy passes.";
    Chart::new("objective", title, note, bars(&drawn))
}

fn beside(planned: &Planned) -> Table {
    let mut heads = vec!["what".to_owned()];
    for name in planned.names() {
        heads.extend([name.clone(), format!("{name}: 95 %")]);
    }
    let mut table = Table::new("The answer, and what stands beside it", &heads);
    for (row, fresh) in planned.fresh.iter().enumerate() {
        let mut cells: Vec<Cell> = vec![planned.label(fresh).into()];
        for (place, figure) in fresh.figures.iter().enumerate() {
            cells.push(figure_cell(planned, row, fresh, place));
            cells.push(planned.range(place, *figure).into());
        }
        table.row(cells);
    }
    table
}

fn settings(planned: &Planned) -> Table {
    let mut heads = planned.knobs.clone();
    heads.extend(["replications".to_owned(), "what became of it".to_owned()]);
    heads.extend(planned.names());
    let words: Vec<usize> = (0..planned.knobs.len()).chain([planned.knobs.len() + 1]).collect();
    let mut table = Table::new("Every setting that was run", &heads).words(&words);
    let run = planned.settings.iter().enumerate().filter(|(_, one)| one.replications > 0);
    for (place, setting) in run.take(LISTED) {
        let Setting { values, fate, replications, observed, .. } = setting;
        let is_answer = planned.answer() == Some(place);
        let mut cells = values.clone();
        cells.push(grouped(u64::from(*replications)));
        cells.push(if is_answer { "the answer" } else { fate.word() }.to_owned());
        cells.extend(observed.iter().enumerate().map(|(at, one)| planned.shown(at, Some(*one))));
        table.row(cells);
    }
    table
}
