//! The screen of a comparison: what differs, by how much, and whether that is luck.

use std::io::{self, Write};

use crate::sim::metric::Metric;

use super::super::number::grouped;
use super::super::text::layout::{Flush, Screen};
use super::show::signed;
use super::{Compared, Comparison, Divergence, Row, ShareRow, Tally, Word};

/// How many rows of a long list are shown.
const FEW: usize = 8;

/// Writes the screen, at most 80 columns wide; `full`: long lists whole.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, compared: &Compared, full: bool) -> io::Result<()> {
    let mut screen = Screen::default();
    head(compared, &mut screen);
    for comparison in &compared.comparisons {
        apart(compared, comparison, full, &mut screen);
        figures(compared, comparison, &mut screen);
        evidence(compared, comparison, &mut screen);
        shares(comparison, full, &mut screen);
        tolerances(comparison, &mut screen);
    }
    reproduce(compared, &mut screen);
    out.write_all(screen.as_str().as_bytes())
}

fn head(compared: &Compared, screen: &mut Screen) {
    let names: Vec<&str> = compared.comparisons.iter().map(|one| one.name.as_str()).collect();
    screen.line(format!("{} against {}, the base", names.join(", "), compared.base));
    let (from, to) = &compared.window;
    screen.line(format!("{from} to {to}; money in {}, of the whole window", compared.currency));
    screen.line(match compared.replications {
        1 => "one replication: observed, no interval".to_owned(),
        n => format!(
            "{} replications, each with the same luck for all; means of a replication",
            grouped(u64::from(n))
        ),
    });
    if compared.comparisons.iter().any(|one| one.rows.iter().any(|row| row.is_assumed)) {
        screen.line("≈ marks what rests on an assumed input: `stopsim run` lists them");
    }
}

fn apart(compared: &Compared, comparison: &Comparison, full: bool, screen: &mut Screen) {
    screen.heading(&format!("WHAT {} CHANGES", comparison.name), "");
    let changes = &comparison.changes;
    if changes.is_empty() {
        screen.line("  nothing");
    }
    let most = if full { changes.len() } else { changes.len().min(2 * FEW) };
    for change in &changes[..most] {
        let said = |one: &Option<String>| one.clone().unwrap_or_else(|| "(default)".to_owned());
        let (base, other) = (said(&change.base), said(&change.other));
        screen.wrapped(4, &format!("{}  {base} -> {other}", change.path));
    }
    if changes.len() > most {
        screen.line(format!("  and {} more: --full", grouped((changes.len() - most) as u64)));
    }
    let short = |hash: &str| hash.get(..16).unwrap_or(hash).to_owned();
    let (own, others) = &comparison.environments;
    if comparison.has_one_environment() {
        screen.wrapped(
            4,
            &format!(
                "environment {}: the same others, prices, demand and faults by time",
                short(own),
            ),
        );
    } else {
        screen.wrapped(
            4,
            &format!(
                "warning: the environment is another one ({}, {}): differences are its and the \
             policy's together",
                short(own),
                short(others),
            ),
        );
    }
    if !comparison.fleet.is_empty() {
        let few = comparison.fleet.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ");
        screen.wrapped(4, &format!(
            "warning: the fleet is another one ({few}): instances of the same name have the same \
             luck, but sums are of fleets of different sizes",
        ));
    }
    screen.wrapped(
        4,
        &format!(
            "something happens otherwise in {} of {} replications",
            grouped(u64::from(comparison.changed)),
            grouped(u64::from(compared.replications)),
        ),
    );
    if let Some(divergence) = &comparison.divergence {
        first_fact(compared, comparison, divergence, screen);
    }
}

fn first_fact(
    compared: &Compared,
    comparison: &Comparison,
    divergence: &Divergence,
    screen: &mut Screen,
) {
    screen.line(format!("  first in replication {}:", divergence.replication));
    let sides = [(&compared.base, &divergence.base), (&comparison.name, &divergence.other)];
    for (name, fact) in sides {
        screen.wrapped(
            6,
            &match fact {
                Some((at, fact)) => format!("  {name}: {at} {fact}"),
                None => format!("  {name}: nothing more happens"),
            },
        );
    }
}

fn figures(compared: &Compared, comparison: &Comparison, screen: &mut Screen) {
    screen.heading("DIFFERENCE", &format!("{} less {}", comparison.name, compared.base));
    let mut rows = vec![
        ["", "base", &short_name(&comparison.name), "difference", ""].map(str::to_owned).to_vec(),
    ];
    for row in rows_of(compared, comparison) {
        rows.push(vec![
            row.name.clone(),
            row.base_shown(),
            row.other_shown(),
            row.difference_shown(),
            word(row),
        ]);
    }
    let flush = [Flush::Left, Flush::Right, Flush::Right, Flush::Right, Flush::Left];
    screen.table(&flush, &rows);
}

/// The beginning of a name, as the head of a column.
fn short_name(name: &str) -> String {
    name.chars().take(12).collect()
}

/// `better`; nothing where only what was run is known.
fn word(row: &Row) -> String {
    match row.word() {
        Word::Observed => String::new(),
        word @ (Word::Better
        | Word::Worse
        | Word::More
        | Word::Less
        | Word::Same
        | Word::Undecided) => word.word().to_owned(),
    }
}

fn rows_of<'a>(
    compared: &'a Compared,
    comparison: &'a Comparison,
) -> impl Iterator<Item = &'a Row> {
    compared.shown.iter().filter_map(|metric: &Metric| comparison.row(metric))
}

fn evidence(compared: &Compared, comparison: &Comparison, screen: &mut Screen) {
    if compared.replications == 1 {
        return;
    }
    let confidence = compared.confidence;
    let percent = 100.0 * confidence.num() as f64 / confidence.den() as f64;
    let note = match compared.comparisons.len() {
        1 => "95 % intervals of each difference by itself".to_owned(),
        n => format!("intervals of {percent:.2} %, so that all {n} comparisons hold with 95 %"),
    };
    let header = ["", "interval", "b/w/s", "corr.", "gain"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut undecided = Vec::new();
    for row in rows_of(compared, comparison) {
        let Tally { better, worse, same } = row.tally;
        if row.word() == Word::Same || better + worse + same == 0 {
            continue;
        }
        rows.push(vec![
            row.name.clone(),
            row.interval_shown(),
            format!("{better}/{worse}/{same}"),
            row.paired.correlation.map_or_else(String::new, |one| format!("{one:.2}")),
            row.paired.gain.map_or_else(String::new, |gain| format!("x{gain:.1}")),
        ]);
        if let (Word::Undecided, Some(needed)) = (row.word(), row.paired.replications_to_tell()) {
            undecided.push(format!(
                "{}: about {} replications would show a difference of {}",
                row.name,
                grouped(u64::from(needed)),
                row.difference.map_or_else(String::new, |one| signed(row.unit, one.abs())),
            ));
        }
    }
    if rows.len() == 1 {
        return;
    }
    screen.heading("EVIDENCE", &note);
    let flush = [Flush::Left, Flush::Right, Flush::Right, Flush::Right, Flush::Right];
    screen.table(&flush, &rows);
    screen.wrapped(
        2,
        "b/w/s: in how many replications it is better, worse, the same; corr.: how both go \
         together; gain: by how much pairing divides the variance, against other seeds",
    );
    undecided.iter().for_each(|line| screen.wrapped(4, line));
}

fn shares(comparison: &Comparison, full: bool, screen: &mut Screen) {
    let changed = |row: &&ShareRow| {
        [&row.net, &row.unavailable].iter().any(|row| row.difference.is_some_and(|one| one != 0))
    };
    let mut changed: Vec<&ShareRow> = comparison.shares.iter().filter(changed).collect();
    if comparison.shares.len() < 2 || changed.is_empty() {
        return;
    }
    screen.heading("BY GROUP AND TAG", "net saving, and hours unavailable while wanted");
    let size = |row: &&ShareRow| std::cmp::Reverse(row.net.difference.unwrap_or(0).abs());
    changed.sort_by_key(size);
    let most = if full { changed.len() } else { changed.len().min(FEW) };
    let header = ["", "net saving", "", "unavailable", ""].map(str::to_owned).to_vec();
    let row = |row: &&ShareRow| {
        vec![
            row.whose.shown(),
            row.net.difference_shown(),
            word(&row.net),
            row.unavailable.difference_shown(),
            word(&row.unavailable),
        ]
    };
    let rows: Vec<Vec<String>> =
        std::iter::once(header).chain(changed[..most].iter().map(row)).collect();
    let flush = [Flush::Left, Flush::Right, Flush::Left, Flush::Right, Flush::Left];
    screen.table(&flush, &rows);
    if changed.len() > most {
        screen.line(format!("  and {} more: --full", grouped((changed.len() - most) as u64)));
    }
}

fn tolerances(comparison: &Comparison, screen: &mut Screen) {
    if comparison.judged.is_empty() {
        return;
    }
    screen.heading("TOLERATED", "at most so much worse; the whole interval must be beyond it");
    for judged in &comparison.judged {
        let sign = match judged.holds {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "? inconclusive",
        };
        screen.wrapped(4, &format!("{sign}  {}  {}", judged.text, judged.found));
    }
}

fn reproduce(compared: &Compared, screen: &mut Screen) {
    screen.heading("REPRODUCE", "");
    let short = |hash: &str| hash.get(..16).unwrap_or(hash).to_owned();
    screen.line(format!("  seed {}, ties {}", compared.seed, compared.ties));
    let base = (&compared.base, &compared.identity);
    let others = compared.comparisons.iter().map(|one| (&one.name, &one.identity));
    for (name, (hash, digest)) in std::iter::once(base).chain(others) {
        screen.line(format!("  {name}: digest {digest:016x}, scenario {}", short(hash)));
    }
    screen.command(&compared.command);
}
