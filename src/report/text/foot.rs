//! Expectations, stress rows, assumptions, and how to get the same screen again.

use super::layout::{Flush, Screen, fits, hours, span};
use super::{Page, Subject};
use crate::report::expect::{Judgement, Verdict};
use crate::report::number::{Percent, grouped};
use crate::report::stress::StressRow;
use crate::sim::plan::Input;
use crate::sim::topic::Topic;

/// What a run says of itself: nothing in it was held against what happened.
const NOT_VALIDATED: &str = "not validated against your account";
/// How many assumed inputs are shown.
const INPUTS_SHOWN: usize = 12;
/// How many characters of an assumed value are shown.
const VALUE_SHOWN: usize = 36;

/// Every expectation with its verdict.
pub fn expectations(page: &Page<'_>, screen: &mut Screen) {
    if page.summary.expect.is_empty() {
        return;
    }
    let note = match page.runs() {
        1 => "observed in one replication",
        _ => "decided at 95 % confidence",
    };
    screen.heading("EXPECTED", note);
    let rows: Vec<Vec<String>> = page.summary.expect.iter().map(expectation).collect();
    let flush = [Flush::Left, Flush::Left, Flush::Right, Flush::Left];
    if fits(flush.len(), &rows) {
        screen.table(&flush, &rows);
    } else {
        for row in &rows {
            screen.line(format!("  {}  {}", row[0], row[1]));
            screen.line(format!("      {}  {}", row[2], row[3]));
        }
    }
    for judgement in &page.summary.expect {
        if let Some(note) = &judgement.note {
            screen.wrapped(4, &format!("{}: {note}", judgement.text));
        }
        if let Some(replication) = judgement.replication {
            let all = format!("--replications {}", page.runs());
            let replay = page.command.replace(&all, &format!("--replication {replication}"));
            screen.line(format!("  {}: replication {replication}", judgement.text));
            screen.command(&replay);
        }
    }
}

/// A sign, the expectation, what was observed, and its bounds.
pub fn expectation(judgement: &Judgement) -> Vec<String> {
    let sign = match judgement.verdict {
        Verdict::Holds | Verdict::ObservedHolds => "✓",
        Verdict::HoldsIfAssumed | Verdict::ObservedHoldsIfAssumed => "✓ if assumed",
        Verdict::Violated | Verdict::ObservedViolated => "✗",
        Verdict::Inconclusive => "? inconclusive",
    };
    let bounds = judgement
        .bounds
        .as_ref()
        .map_or_else(String::new, |[at_least, at_most]| format!("[{at_least} .. {at_most}]"));
    let observed = judgement.observed.clone();
    vec![sign.to_owned(), judgement.text.clone(), observed, bounds]
}

/// What variants of the scenario come to.
pub fn stress(page: &Page<'_>, screen: &mut Screen) {
    if page.summary.stress.is_empty() {
        return;
    }
    screen.heading("SENSITIVITY", "the same seed with an assumed input moved; ready at T+15");
    let mut flush = [Flush::Right; 7];
    flush[0] = Flush::Left;
    screen.table(&flush, &stress_rows(page));
}

/// A header, and a row for every variant.
pub fn stress_rows(page: &Page<'_>) -> Vec<Vec<String>> {
    let header = ["", "worst", "mean", "never", "p99 ready", "down h", "saved"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(page.summary.stress.iter().map(|row| stress_row(page, row)));
    rows
}

fn stress_row(page: &Page<'_>, row: &StressRow) -> Vec<String> {
    let percent = |share: Option<Percent>| share.map_or("not modelled".to_owned(), Percent::short);
    let unavailable = i128::try_from(row.unavailable_us).unwrap_or(i128::MAX);
    let restart = |text: String| page.marked(Subject::Restart, text);
    vec![
        row.name.clone(),
        restart(percent(row.up_at_15m_worst_pct)),
        restart(percent(row.up_at_15m_mean_pct)),
        restart(page.per_run(row.never)),
        restart(row.due_to_ready_p99_us.map_or("never".to_owned(), |us| span(us.into()))),
        restart(hours(unavailable / i128::from(page.runs()))),
        page.marked(Subject::Saving, row.saving_intended.0.rounded(0)),
    ]
}

/// Which inputs are unverified, and which knobs are off their default.
pub fn assumptions(page: &Page<'_>, screen: &mut Screen) {
    let inputs = together(page.provenance.all());
    let families = &page.summary.economical.assumed_eligible;
    if !inputs.is_empty() || !families.is_empty() {
        screen.heading("≈ ASSUMED", "unverified inputs; give or measure them");
        let shown = page.fold(inputs.len(), INPUTS_SHOWN);
        let mut rest = &inputs[..shown];
        while let Some(first) = rest.first() {
            let touches = touches(first.topic);
            let (same, others) = rest.split_at(
                rest.iter().take_while(|one| self::touches(one.topic) == touches).count(),
            );
            screen.line(format!("  {touches}:"));
            let row = |one: &Together| vec![format!("  {}", one.path), shortened(&one.value)];
            screen.table(&[Flush::Left; 2], &same.iter().map(row).collect::<Vec<_>>());
            rest = others;
        }
        page.folded(inputs.len() - shown, screen);
        if !families.is_empty() {
            let list = families.join(", ");
            screen.wrapped(2, &format!("on no documented list, assumed eligible: {list}"));
        }
    }
    if !page.summary.knobs.is_empty() {
        screen.heading("KNOBS OFF THEIR DEFAULT", "where the vendor's pages differ");
        let row = |knob: &crate::report::summary::KnobRow| {
            vec![knob.name.to_owned(), knob.value.clone(), format!("default {}", knob.default)]
        };
        let rows: Vec<Vec<String>> = page.summary.knobs.iter().map(row).collect();
        screen.table(&[Flush::Left; 3], &rows);
    }
}

/// Assumed inputs of the same key and value, of whatever group or pool.
pub struct Together {
    /// Their path, with `*` for the name of an entry.
    pub path: String,
    /// What they are set to.
    pub value: String,
    /// What they are about.
    pub topic: Topic,
    paths: u64,
}

/// Inputs, those that are alike together, by what they touch.
pub fn together<'a>(inputs: impl Iterator<Item = &'a Input>) -> Vec<Together> {
    let mut all: Vec<Together> = Vec::new();
    for input in inputs {
        let anyone = anyone(&input.path);
        let same = |known: &&mut Together| {
            known.value == input.value && self::anyone(&known.path) == anyone
        };
        match all.iter_mut().find(same) {
            Some(known) => {
                known.path.clone_from(&anyone);
                known.paths += 1;
            }
            None => all.push(Together {
                path: input.path.clone(),
                value: input.value.clone(),
                topic: Topic::of(&input.path),
                paths: 1,
            }),
        }
    }
    for one in all.iter_mut().filter(|one| one.paths > 1) {
        one.path = format!("{} ({})", one.path, grouped(one.paths));
    }
    all.sort_by_key(|one| touches(one.topic));
    all
}

/// `group.*.start` of `group.web.start`.
fn anyone(path: &str) -> String {
    let parts: Vec<&str> = path.splitn(3, '.').collect();
    match parts.as_slice() {
        [table, _, key] => format!("{table}.*.{key}"),
        _ => path.to_owned(),
    }
}

/// The beginning of a long value: the files have it whole.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_SHOWN) {
        Some((end, _)) => format!("{} ...", value[..end].trim_end()),
        None => value.to_owned(),
    }
}

/// What rests on inputs of a topic.
pub fn touches(topic: Topic) -> &'static str {
    match topic {
        Topic::Price => "every amount",
        Topic::Stop => "savings, stops",
        Topic::Start => "restarts, savings",
        Topic::Call => "restarts, stops, savings",
        Topic::Stock => "restarts, savings",
        Topic::Eligibility => "savings",
        Topic::Policy => "restarts, stops, savings",
        Topic::Other => "everything",
    }
}

/// Seed, digest and the line that gives the same bytes again.
pub fn reproduce(page: &Page<'_>, screen: &mut Screen) {
    let summary = page.summary;
    screen.heading("REPRODUCE", "");
    screen.line(format!("  {NOT_VALIDATED}: `stopsim backtest` compares with what was observed"));
    let short_hash = summary.scenario.hash.get(..16).unwrap_or(&summary.scenario.hash);
    screen.line(format!(
        "  seed {}, ties {}, digest {:016x}, scenario {short_hash}, {} events",
        page.results.seed,
        summary.ties,
        summary.digest.0,
        grouped(summary.events.handled),
    ));
    screen.command(page.command);
}
