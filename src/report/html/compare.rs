//! The page of a comparison: what another policy changes, by how much, and whether that is luck.

use super::super::compare::{
    Compared, Comparison, Direction, Divergence, Row, ShareRow, Tally, Word,
};
use super::super::number::grouped;
use super::chart::{Chart, Reach, reaches};
use super::page::{Card, Mood, Page, Section};
use super::table::{Cell, Table, step};
use crate::sim::metric::{Among, Metric, SavingPart};
use crate::stats::Interval;

/// The page.
pub fn page(compared: &Compared) -> Page {
    let names: Vec<&str> = compared.comparisons.iter().map(|one| one.name.as_str()).collect();
    let title = format!("{} against {}", names.join(", "), compared.base);
    let (from, to) = &compared.window;
    let mut lines =
        vec![format!("{from} to {to}; money in {}, of the whole window.", compared.currency)];
    lines.push(match compared.replications {
        1 => "One replication: observed, no interval.".to_owned(),
        n => format!(
            "{} replications, each with the same luck for all; means of a replication.",
            grouped(n)
        ),
    });
    let rows = || compared.comparisons.iter().flat_map(|one| &one.rows);
    if rows().any(|row| row.is_assumed) {
        lines.push("≈ marks what rests on an assumed input: `stopsim run` lists them.".to_owned());
    }
    let mut page = Page::new(title, lines);
    let all = || compared.comparisons.iter().enumerate();
    all().for_each(|(number, one)| verdict(compared, number, one, &mut page));
    all().for_each(|(number, one)| causes(compared, number, one, &mut page));
    again(compared, &mut page);
    page
}

fn verdict(compared: &Compared, number: usize, comparison: &Comparison, page: &mut Page) {
    let of = format!("{} against {}", comparison.name, compared.base);
    page.section(format!("verdict-{number}"), of, |section| {
        section.cards(&cards(compared, comparison));
        warnings(comparison, section);
        section.table(&tolerated(comparison));
        figures(compared, number, comparison, section);
    });
}

fn causes(compared: &Compared, number: usize, comparison: &Comparison, page: &mut Page) {
    let id = format!("changes-{number}");
    page.section(id, format!("What {} changes", comparison.name), |section| {
        changes(compared, comparison, section);
    });
    if !comparison.shares.is_empty() {
        let title = format!("Who gains and who loses by {}", comparison.name);
        page.section(format!("groups-{number}"), title, |section| {
            shares(number, comparison, section);
        });
    }
}

/// The figures that decide, as answers.
fn cards(compared: &Compared, comparison: &Comparison) -> Vec<Card> {
    let asked = [
        ("Does it save more?", Metric::Saving(SavingPart::Net)),
        ("Is more there when wanted?", Metric::UnavailableHours),
        ("Do more waves go well?", Metric::GoodWaves(Among::All)),
    ];
    let card = |(question, metric): (&'static str, Metric)| {
        let row = comparison.row(&metric)?;
        let (answer, mood) = answer(row);
        let difference = row.difference_shown();
        let unit = if metric == Metric::Saving(SavingPart::Net) { &compared.currency } else { "" };
        let shown = if difference.is_empty() {
            row.other_shown()
        } else {
            format!("{difference} {unit}").trim().to_owned()
        };
        let interval = row.interval_shown();
        let mut more = vec![format!("{} against {}.", row.other_shown(), row.base_shown())];
        more.extend((!interval.is_empty()).then(|| format!("Interval: {interval}.")));
        let Tally { better, worse, same } = row.tally;
        if better + worse + same > 1 {
            more.push(format!(
                "Better in {better} replications, worse in {worse}, the same in {same}."
            ));
        }
        Some(Card { question, answer: answer.into(), of: shown, mood, more })
    };
    let mut cards: Vec<Card> = asked.into_iter().filter_map(card).collect();
    if !comparison.judged.is_empty() {
        cards.push(judged(comparison));
    }
    cards
}

fn answer(row: &Row) -> (&'static str, Mood) {
    match row.word() {
        Word::Better => ("Yes", Mood::Good),
        Word::Worse => ("No, less", Mood::Bad),
        Word::Same => ("The same", Mood::Open),
        Word::Undecided => ("Not decided", Mood::Open),
        Word::Observed => ("Observed only", Mood::Open),
        Word::More => ("More", Mood::Open),
        Word::Less => ("Less", Mood::Open),
    }
}

fn judged(comparison: &Comparison) -> Card {
    let is = |holds| comparison.judged.iter().any(|one| one.holds == holds);
    let (answer, mood) = match (is(Some(false)), is(None)) {
        (true, _) => ("No", Mood::Bad),
        (false, true) => ("Not decided", Mood::Open),
        (false, false) => ("Yes", Mood::Good),
    };
    Card {
        question: "Is it within what is tolerated?",
        answer: answer.into(),
        of: String::new(),
        mood,
        more: comparison.judged.iter().map(|one| format!("{}: {}.", one.text, one.found)).collect(),
    }
}

fn tolerated(comparison: &Comparison) -> Table {
    let caption = "At most so much worse: the whole interval must be beyond it to fail";
    let mut table = Table::new(caption, &["tolerated", "verdict", "found"]).words(&[1, 2]);
    for judged in &comparison.judged {
        let verdict = match judged.holds {
            Some(true) => "✓ within",
            Some(false) => "✗ beyond",
            None => "? not decided",
        };
        table.row([judged.text.as_str(), verdict, &judged.found]);
    }
    table
}

fn warnings(comparison: &Comparison, section: &mut Section<'_>) {
    if !comparison.has_one_environment() {
        section.paragraph(
            "Warning: the environment is another one (other tenants, prices, demand or faults): \
             differences are its and the policy's together.",
        );
    }
    if !comparison.fleet.is_empty() {
        section.paragraph(format!(
            "Warning: the fleet is another one ({}): sums are of fleets of different sizes.",
            comparison.fleet.join(", "),
        ));
    }
}

/// Better, worse or neither: where the differences lie around nothing, and their numbers.
fn figures(compared: &Compared, number: usize, comparison: &Comparison, section: &mut Section<'_>) {
    let shown = || compared.shown.iter().filter_map(|metric| comparison.row(metric));
    let drawn: Vec<Reach> = shown().map(reach).collect();
    let note = "Each line is a difference with its interval, in a measure of its own: what does \
                not touch the middle is no luck. Disc: better; square: worse; ring: neither.";
    let title = format!("{} less {}.", comparison.name, compared.base);
    let chart = Chart::new(
        format!("differences-{number}"),
        title,
        note,
        reaches(&drawn, ("worse", "better")),
    );
    let caption = format!("{} and {}, figure by figure", compared.base, comparison.name);
    let heads = ["figure", "base", "other", "difference", "interval", "in a word"];
    let mut table = Table::new(caption, &heads).words(&[5]);
    for row in shown() {
        let pointer = format!("/comparisons/{number}/figures/{}", step(&row.name));
        let difference = row.difference_shown();
        table.row([
            row.name.as_str().into(),
            row.base_shown().into(),
            row.other_shown().into(),
            match row.difference_number() {
                Some(value) => Cell::figure(difference, &format!("{pointer}/difference"), value),
                None => difference.into(),
            },
            row.interval_shown().into(),
            row.word().word().into(),
        ]);
    }
    section.figure(chart, &table);
    section.folded("The evidence", &evidence(comparison, shown()));
    section.note(confidence(compared));
}

/// Turned so that right is better; of what is neither, right is more.
fn reach(row: &Row) -> Reach {
    let sign = if row.direction == Direction::Down { -1.0 } else { 1.0 };
    let value = row.difference.map(|difference| sign * difference as f64);
    let ends = match (row.paired.interval, value) {
        (Ok(Interval { low, high, .. }), Some(value)) => {
            let (low, high) = (sign * low, sign * high);
            Some([low.min(high), value, low.max(high)])
        }
        (Ok(Interval { low, mean, high, .. }), None) => {
            let (low, high) = (sign * low, sign * high);
            Some([low.min(high), sign * mean, low.max(high)])
        }
        (Err(_), Some(value)) => Some([value; 3]),
        (Err(_), None) => None,
    };
    let word = row.word();
    let colour = match word {
        Word::Better => 1,
        Word::Worse => 2,
        Word::More | Word::Less | Word::Same | Word::Undecided | Word::Observed => 4,
    };
    let difference = row.difference_shown();
    Reach {
        name: row.name.clone(),
        ends,
        shown: format!("{difference} {}", word.word()).trim().to_owned(),
        colour,
    }
}

fn evidence<'a>(comparison: &Comparison, rows: impl Iterator<Item = &'a Row>) -> Table {
    let heads =
        ["figure", "better", "worse", "the same", "correlation", "gain", "replications to tell"];
    let caption = format!("Replication by replication, of {}", comparison.name);
    let mut table = Table::new(caption, &heads);
    for row in rows {
        let Tally { better, worse, same } = row.tally;
        if better + worse + same == 0 {
            continue;
        }
        let needed = match row.word() {
            Word::Undecided => row.paired.replications_to_tell(),
            Word::Better | Word::Worse | Word::More | Word::Less | Word::Same | Word::Observed => {
                None
            }
        };
        table.row([
            row.name.clone(),
            grouped(better),
            grouped(worse),
            grouped(same),
            row.paired.correlation.map_or_else(String::new, |one| format!("{one:.2}")),
            row.paired.gain.map_or_else(String::new, |gain| format!("x{gain:.1}")),
            needed.map_or_else(String::new, |needed| format!("about {}", grouped(needed))),
        ]);
    }
    table
}

fn confidence(compared: &Compared) -> String {
    let confidence = compared.confidence;
    let percent = 100.0 * confidence.num() as f64 / confidence.den() as f64;
    let intervals = match compared.comparisons.len() {
        1 => "95 % intervals of each difference by itself".to_owned(),
        n => format!("Intervals of {percent:.2} %, so that all {n} comparisons hold with 95 %"),
    };
    format!(
        "{intervals}. Correlation: how both go together; gain: by how much pairing divides the \
         variance, against other seeds."
    )
}

fn changes(compared: &Compared, comparison: &Comparison, section: &mut Section<'_>) {
    if comparison.changes.is_empty() {
        section.paragraph("The scenarios say the same.");
    }
    let heads = ["key", &compared.base, &comparison.name, "whose"];
    let mut table = Table::new("What the scenarios say otherwise", &heads).words(&[1, 2, 3]);
    for change in &comparison.changes {
        let said = |one: &Option<String>| one.clone().unwrap_or_else(|| "(default)".to_owned());
        let whose = if change.is_environment { "environment" } else { "policy or fleet" };
        let cells =
            [change.path.clone(), said(&change.base), said(&change.other), whose.to_owned()];
        table.row(cells);
    }
    section.table(&table);
    section.paragraph(format!(
        "Something happens otherwise in {} of {} replications.",
        grouped(comparison.changed),
        grouped(compared.replications),
    ));
    if let Some(divergence) = &comparison.divergence {
        first_fact(compared, comparison, divergence, section);
    }
}

fn first_fact(
    compared: &Compared,
    comparison: &Comparison,
    divergence: &Divergence,
    section: &mut Section<'_>,
) {
    let caption = format!("Where it begins: replication {}", divergence.replication);
    let mut table = Table::new(caption, &["scenario", "time", "what happens"]).words(&[1, 2]);
    let sides = [(&compared.base, &divergence.base), (&comparison.name, &divergence.other)];
    for (name, fact) in sides {
        match fact {
            Some((at, fact)) => table.row([name.as_str(), at, fact]),
            None => table.row([name.as_str(), "", "nothing more happens"]),
        }
    }
    section.table(&table);
}

fn shares(number: usize, comparison: &Comparison, section: &mut Section<'_>) {
    let mut rows: Vec<&ShareRow> = comparison.shares.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.net.difference.unwrap_or(0).abs()));
    let of = |row: &&ShareRow| Reach { name: row.whose.shown(), ..reach(&row.net) };
    let drawn: Vec<Reach> = rows.iter().take(20).map(of).collect();
    let note = "Net saving; each in a measure of its own, the largest difference first.";
    let svg = reaches(&drawn, ("saves less", "saves more"));
    let chart = Chart::new(format!("by-group-{number}"), "By group and tag.", note, svg);
    let heads = ["group or tag", "net saving", "in a word", "hours unavailable", "in a word "];
    let mut table = Table::new("Differences by group and tag", &heads).words(&[2, 4]);
    for row in rows {
        table.row([
            row.whose.shown(),
            row.net.difference_shown(),
            row.net.word().word().to_owned(),
            row.unavailable.difference_shown(),
            row.unavailable.word().word().to_owned(),
        ]);
    }
    section.figure(chart, &table);
}

fn again(compared: &Compared, page: &mut Page) {
    page.section("again", "Get it again", |section| {
        section.paragraph("The same scenarios and seed give the same bytes on every machine.");
        section.command(&compared.command);
        section.paragraph(format!("Seed {}, ties {}.", compared.seed, compared.ties));
        let heads = ["scenario", "digest of its runs", "SHA-256 of the scenario", "environment"];
        let mut table = Table::new("What was run", &heads).words(&[1, 2, 3]);
        let own = compared.comparisons.first().map_or("", |one| one.environments.0.as_str());
        let (hash, digest) = &compared.identity;
        table.row([compared.base.clone(), format!("{digest:016x}"), hash.clone(), own.to_owned()]);
        for one in &compared.comparisons {
            let (hash, digest) = &one.identity;
            let digest = format!("{digest:016x}");
            table.row([one.name.clone(), digest, hash.clone(), one.environments.1.clone()]);
        }
        section.table(&table);
    });
}
