//! The answers first: what is saved, whether that is luck, what happens when everything starts
//! again, and whether promises are kept.

use super::super::super::expect::Judgement;
use super::super::super::figures::Number;
use super::super::super::projection::monthly;
use super::super::super::provenance::Subject;
use super::super::super::text::{foot, money, restarts};
use super::super::page::{Card, Mood, Page};
use super::super::table::{Cell, Table};
use super::{Told, several};
use crate::units::Money;

pub fn section(told: &Told<'_>, page: &mut Page) {
    page.section("verdict", "The answer", |section| {
        section.cards(&[saved(told), luck(told), starts(told), promise(told)]);
        section.table(&expectations(told));
        section.list(&notes(told));
    });
}

fn saved(told: &Told<'_>) -> Card {
    let (said, billing) = (&told.said, &told.said.summary.billing);
    let [net, share, ..] = money::saved_rows(said);
    let per_month = monthly(said.results.plan, billing.saving.net.0);
    let net_pct = billing.saving.net_pct.map_or_else(String::new, |share| {
        format!("{} of the bill", said.marked(Subject::Saving, share.short()))
    });
    let whole = monthly(said.results.plan, billing.baseline.0).rounded(0);
    let mut more = vec![format!(
        "The bill without stopping would be {}{whole} {} a month.",
        said.mark(Subject::Baseline),
        said.summary.currency,
    )];
    // Where there are too few replications the rows say how many would do, as the next card does.
    if said.summary.intervals.contains_key("saving.net") {
        more.push(format!("95 % interval: {} a month, {} of the bill.", net[2], share[2]));
    }
    more.extend(
        money::projection(said).map(|line| format!("{}{}.", line[..1].to_uppercase(), &line[1..])),
    );
    let shown = format!("{} {} a month", net[1], said.summary.currency);
    let value = billing.projection.net_per_month;
    Card {
        question: "What do we save net?",
        answer: Cell::figure(shown, "/billing/projection/net_per_month", value),
        of: net_pct,
        mood: match per_month.cmp(&Money::ZERO) {
            std::cmp::Ordering::Greater => Mood::Good,
            std::cmp::Ordering::Less => Mood::Bad,
            std::cmp::Ordering::Equal => Mood::Open,
        },
        more,
    }
}

/// Whether the net saving could as well be nothing.
fn luck(told: &Told<'_>) -> Card {
    let (said, summary) = (&told.said, told.said.summary);
    let runs = several(u64::from(summary.replications), "replication");
    let lack = summary.no_interval.get("saving.net");
    let card = |answer: &str, mood, of: String, more: Vec<String>| Card {
        question: "Is that luck?",
        answer: answer.into(),
        of,
        mood,
        more,
    };
    let Some(row) = summary.intervals.get("saving.net") else {
        let why = match (summary.replications, lack.map(|lack| (lack.why, lack.enough))) {
            (1, _) => "One replication was run: it has no interval.".to_owned(),
            (_, Some(("alike", _))) => format!("All {runs} save exactly the same."),
            (_, Some((_, Some(enough)))) => {
                format!("{runs} are too few for an interval: about {enough} would do.")
            }
            (_, Some(_) | None) => "There is nothing to judge by.".to_owned(),
        };
        let alike = lack.is_some_and(|lack| lack.why == "alike");
        let answer = if alike { "No" } else { "Not known" };
        let more = if summary.replications == 1 {
            vec!["Run it with --replications 20: that also gives the 99th percentiles.".to_owned()]
        } else {
            Vec::new()
        };
        let is_gain = alike && summary.billing.saving.net.0 > Money::ZERO;
        return card(answer, if is_gain { Mood::Good } else { Mood::Open }, why, more);
    };
    let end = |number: &Number| match number {
        Number::Money(nanos) => *nanos,
        Number::Percent(_)
        | Number::Micros(_)
        | Number::Hours(_)
        | Number::Count(_)
        | Number::Never => 0,
    };
    let sure = format!("{runs}, 95 % confidence");
    match (end(&row.low), end(&row.high)) {
        (1.., _) => card(
            "No",
            Mood::Good,
            "The whole interval is a gain".to_owned(),
            vec![format!("{sure}."), rests(told)],
        ),
        (_, ..0) => card(
            "No, it loses",
            Mood::Bad,
            "The whole interval is a loss".to_owned(),
            vec![format!("{sure}."), rests(told)],
        ),
        _ => card(
            "It may be",
            Mood::Open,
            "The interval holds gains and losses".to_owned(),
            vec![format!("{sure}."), format!("More than {} replications may decide.", said.runs())],
        ),
    }
}

/// Luck is not all that may be wrong.
fn rests(told: &Told<'_>) -> String {
    let assumed = told.said.provenance.inputs(Subject::Saving).count();
    match assumed {
        0 => "No input that it rests on is assumed.".to_owned(),
        n => format!(
            "It rests on {} (see below): no interval covers these.",
            several(n as u64, "assumed input")
        ),
    }
}

fn starts(told: &Told<'_>) -> Card {
    let (said, restart) = (&told.said, &told.said.summary.restart);
    let card = |answer: Cell, mood, of: String, more: Vec<String>| Card {
        question: "What happens when they start again?",
        answer,
        of,
        mood,
        more,
    };
    if !restart.modelled {
        let why = "Stock is unlimited in this scenario: the risk of finding none is left out.";
        return card("Not modelled".into(), Mood::Open, String::new(), vec![why.to_owned()]);
    }
    let good = restart.good_waves_pct.filter(|_| restart.waves > 0);
    let Some(good) = good else {
        let none = "No start wave in the window".into();
        return card(none, Mood::Open, String::new(), Vec::new());
    };
    let mark = said.mark(Subject::Restart);
    let sentence = restarts::good_waves(said, restart);
    let (_, what) = sentence.split_once(": ").unwrap_or(("", &sentence));
    let mut more = vec![format!("Good waves: {what}.")];
    if let Some(worst) = &restart.worst_wave {
        let [which, how] = restarts::describe(said, worst);
        more.push(format!("The worst: {which}; {how}."));
    }
    let mood = if restart.good_waves == restart.waves { Mood::Good } else { Mood::Open };
    card(
        Cell::figure(format!("{mark}{} good", good.short()), "/restart/good_waves_pct", good),
        mood,
        format!("of {}", several(restart.waves, "start wave")),
        more,
    )
}

fn promise(told: &Told<'_>) -> Card {
    let judged = &told.said.summary.expect;
    let count = |is: fn(&Judgement) -> bool| judged.iter().filter(|one| is(one)).count();
    let met = count(|one| one.verdict.is_met());
    let missed = count(|one| one.verdict.is_violated());
    let assumed = count(|one| one.verdict.is_if_assumed());
    let all = judged.len();
    let card = |answer: String, mood, of: &str, more: Vec<String>| Card {
        question: "Does it keep the promise?",
        answer: answer.into(),
        of: of.to_owned(),
        mood,
        more,
    };
    if all == 0 {
        let how = "Add `expect = [\"start.due_to_ready.p99 < 10m\"]` to the scenario.";
        let none = "Nothing is promised".to_owned();
        return card(none, Mood::Open, "The scenario expects nothing", vec![how.to_owned()]);
    }
    let (answer, mood, of) = match (missed, met == all) {
        (1.., _) => ("No", Mood::Bad, "Not all expectations are met"),
        (0, false) => ("Not decided", Mood::Open, "More replications may decide"),
        (0, true) if assumed > 0 => ("Yes, if", Mood::Good, "what is assumed is true"),
        (0, true) => ("Yes", Mood::Good, "All expectations are met"),
    };
    let mut counts = vec![format!("{met} of {all} met")];
    counts.extend((missed > 0).then(|| format!("{missed} not met")));
    let open = all - met - missed;
    counts.extend((open > 0).then(|| format!("{open} not decided")));
    card(answer.to_owned(), mood, of, vec![format!("{}.", counts.join(", "))])
}

fn expectations(told: &Told<'_>) -> Table {
    let basis = match told.said.runs() {
        1 => "observed in one replication",
        _ => "decided at 95 % confidence",
    };
    let caption = format!("What the scenario expects, {basis}");
    let mut table = Table::new(caption, &["expected", "verdict", "observed", "true value within"]);
    for judgement in &told.said.summary.expect {
        let [sign, text, observed, bounds] =
            foot::expectation(judgement).try_into().expect("four columns");
        let sign = match sign.as_str() {
            "✓" => "✓ met".to_owned(),
            "✓ if assumed" => "✓ met, if what is assumed is true".to_owned(),
            "✗" => "✗ not met".to_owned(),
            other => other.to_owned(),
        };
        table.row([text, sign, observed, bounds]);
    }
    table.words(&[1])
}

fn notes(told: &Told<'_>) -> Vec<String> {
    let note = |judgement: &Judgement| {
        let note = judgement.note.as_ref().map(|note| format!("{}: {note}", judgement.text));
        let replay = judgement
            .replication
            .map(|number| format!("{}: look at replication {number}", judgement.text));
        note.into_iter().chain(replay).collect::<Vec<String>>()
    };
    told.said.summary.expect.iter().flat_map(note).collect()
}
