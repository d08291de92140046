//! The table of points.

use std::io::{self, Write};

use super::super::compare::{difference_interval, interval, plain, signed};
use super::super::number::grouped;
use super::super::text::layout::{Flush, Screen};
use super::{Front, Point, Swept, Swing};

/// How many points are shown.
const FEW: usize = 40;

/// Writes the screen, at most 80 columns wide; `full`: every point.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, swept: &Swept, full: bool) -> io::Result<()> {
    let mut screen = Screen::default();
    let (from, to) = &swept.window;
    screen.line(format!(
        "{}: {} points, each of {} replications with the same luck",
        swept.name,
        grouped(swept.points.len() as u64),
        grouped(u64::from(swept.replications)),
    ));
    if let Some(until) = &swept.until {
        screen.wrapped(
            0,
            &match until.missed {
                0 => format!("as many as give {} at every point", until.text),
                missed => format!(
                    "not decided: {} at all points but {}; {} replications are the most",
                    until.text,
                    grouped(missed as u64),
                    grouped(u64::from(until.at_most)),
                ),
            },
        );
    }
    screen.line(format!("{from} to {to}; money in {}, of the whole window", swept.currency));
    if swept.assumed.iter().any(|assumed| *assumed) {
        screen.line("≈ marks what rests on an assumed input: `stopsim run` lists them");
    }
    screen.heading("POINTS", "");
    let columns: Vec<String> = (0..swept.axes.len()).map(letter).collect();
    for (column, path) in columns.iter().zip(&swept.axes) {
        screen.line(format!("  {column} = {path}"));
    }
    let (objective, promise) = (swept.objective.name(), swept.promise.name());
    screen.line(format!("  objective = {objective}, promise = {promise}"));
    let mut header = columns;
    header.extend(["objective", "95 % interval", "promise", ""].map(str::to_owned));
    let mut rows = vec![header];
    let most = if full { swept.points.len() } else { swept.points.len().min(FEW) };
    rows.extend(swept.points[..most].iter().map(|point| row(swept, point)));
    let mut flush = vec![Flush::Left; swept.axes.len()];
    flush.extend([Flush::Right, Flush::Right, Flush::Right, Flush::Left]);
    screen.table(&flush, &rows);
    if swept.points.len() > most {
        screen.line(format!("  and {} more: --full", grouped((swept.points.len() - most) as u64)));
    }
    screen.wrapped(2, &format!(
        "*: {} of {} points can still be the best by {objective}; front: none is better in one of \
         {objective} and {promise} and not worse in the other; knee: where that front bends most; \
         near: behind it, but not beyond luck (both 95 %, all at once)",
        grouped(swept.candidates() as u64),
        grouped(swept.points.len() as u64),
    ));
    tornado(&mut screen, swept);
    screen.heading("REPRODUCE", "");
    screen.line(format!("  seed {}, ties {}", swept.seed, swept.ties));
    screen.command(&swept.command);
    out.write_all(screen.as_str().as_bytes())
}

/// How wide the longer half of a tornado is.
const HALF: usize = 12;

fn tornado(screen: &mut Screen, swept: &Swept) {
    let swings = swept.swings();
    let Some(widest) = swings.iter().filter_map(|one| one.difference).map(i128::abs).max() else {
        return;
    };
    let unit = swept.objective.unit();
    screen.heading(
        "ONE AT A TIME",
        &format!("{} against the scenario as it is", swept.objective.name()),
    );
    let row = |swing: &Swing| {
        let difference = swing.difference.unwrap_or(0);
        let length =
            (difference.abs() * HALF as i128 + widest / 2).checked_div(widest).unwrap_or(0);
        let bar = "#".repeat(usize::try_from(length).unwrap_or(HALF));
        let (left, right) =
            if difference < 0 { (bar, String::new()) } else { (String::new(), bar) };
        let mark = if swept.assumed[0] { "≈" } else { "" };
        vec![
            letter(swing.axis),
            swept.points[swing.point].values[swing.axis].clone(),
            swing.difference.map_or_else(String::new, |one| match one {
                0 => "0".to_owned(),
                one => mark.to_owned() + &signed(unit, one),
            }),
            format!("{left:>HALF$}|{right}"),
            difference_interval(unit, &swing.interval),
        ]
    };
    let rows: Vec<Vec<String>> = swings.iter().map(row).collect();
    screen.table(&[Flush::Left, Flush::Left, Flush::Right, Flush::Left, Flush::Left], &rows);
}

fn row(swept: &Swept, point: &Point) -> Vec<String> {
    let [objective, promise] = [0, 1].map(|place| (point.figures[place], &swept.metrics[place]));
    let mut row = point.values.clone();
    let mark = |place: usize| if swept.assumed[place] { "≈" } else { "" };
    row.push(mark(0).to_owned() + &plain(objective.1.unit(), objective.0.observed));
    row.push(
        objective.0.interval.map_or_else(String::new, |one| interval(objective.1.unit(), &one)),
    );
    row.push(mark(1).to_owned() + &plain(promise.1.unit(), promise.0.observed));
    row.push(format!("{}{}", if point.can_be_best { "* " } else { "" }, point.front.word()));
    row
}

impl Front {
    /// For people and files; nothing for what is behind.
    pub fn word(self) -> &'static str {
        match self {
            Front::Knee => "knee",
            Front::On => "front",
            Front::Near => "near",
            Front::Behind | Front::Unknown => "",
        }
    }
}

/// A, B, …, Z, AA, …
fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    match place / 26 {
        0 => last.to_string(),
        before => letter(before - 1) + &last.to_string(),
    }
}
