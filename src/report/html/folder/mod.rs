//! The page of a result that is read back from its folder: what `summary.json` says.
//!
//! What only runs know (the curve of starts, the weeks hour by hour) is on the page of the run.

mod months;
mod read;

use super::super::number::{Percent, grouped};
use super::super::projection::monthly_of;
use super::super::provenance::Subject;
use super::super::text::foot;
use super::chart::{Bar, Change, Chart, Step, bars, waterfall};
use super::page::{Card, Mood, Page, Section};
use super::table::{Cell, Table, step};
use crate::units::Money;

pub use read::SummaryError;

use read::Summary;

type Made = Result<(), SummaryError>;

/// How many bars of a chart, and of the worst waves, are shown.
const BARS: usize = 24;
const WAVES: usize = 12;

/// The page of a text of `summary.json`.
///
/// # Errors
/// If it is no summary, or one of another version.
pub fn page(text: &str) -> Result<Page, SummaryError> {
    let summary = Summary::read(text)?;
    let name = summary.text("/scenario/name")?;
    let runs = summary.count("/replications")?;
    let (from, to) = (summary.text("/window/start")?, summary.text("/window/end")?);
    let mut lines = vec![format!("{from} to {to}."), format!("{} replications.", grouped(runs))];
    if summary.provenance().all().next().is_some() {
        lines.push("≈ marks what rests on an assumed input; they are listed below.".to_owned());
    }
    for place in 0..summary.list("/warnings")?.len() {
        lines.push(format!("warning: {}", summary.text(&format!("/warnings/{place}"))?));
    }
    let mut page = Page::new(format!("{name}: what stopping saves and risks"), lines);
    let mut made = Ok(());
    let mut section = |id: &str, title: &str, tell: fn(&Summary, &mut Section<'_>) -> Made| {
        if made.is_ok() {
            page.section(id, title, |section| made = tell(&summary, section));
        }
    };
    section("verdict", "The answer", verdict);
    section("saving", "What is saved, and what is not", saving);
    if !summary.list("/months")?.is_empty() {
        section("months", "Month by month", months::section);
    }
    section("starts", "When they start again", starts);
    section("latency", "How long it takes", latency);
    section("refusals", "Refusals", refusals);
    section("rests", "What it rests on", rests);
    section("again", "What was run", again);
    made.map(|()| page)
}

fn verdict(summary: &Summary, section: &mut Section<'_>) -> Made {
    section.cards(&[saved(summary)?, luck(summary)?, waves(summary)?, promise(summary)?]);
    let heads = ["expected", "verdict", "observed", "true value within"];
    let mut table = Table::new("What the scenario expects", &heads).words(&[1]);
    for place in 0..summary.list("/expect")?.len() {
        let of = |key: &str| summary.text(&format!("/expect/{place}/{key}"));
        let bounds = match summary.list(&format!("/expect/{place}/bounds"))?.len() {
            2 => format!("[{} .. {}]", of("bounds/0")?, of("bounds/1")?),
            _ => String::new(),
        };
        table.row([of("text")?, told(of("verdict")?), of("observed")?, &bounds]);
    }
    section.table(&table);
    Ok(())
}

/// A verdict, for people.
fn told(verdict: &str) -> &str {
    match verdict {
        "holds" | "observed_holds" => "✓ met",
        "holds_if_assumed" | "observed_holds_if_assumed" => "✓ met, if what is assumed is true",
        "violated" | "observed_violated" => "✗ not met",
        "inconclusive" => "? inconclusive",
        other => other,
    }
}

fn saved(summary: &Summary) -> Result<Card, SummaryError> {
    let pointer = "/billing/projection/net_per_month";
    let net = summary.money(pointer)?;
    let currency = summary.text("/currency")?;
    let shown = format!("{}{} {currency} a month", summary.mark(Subject::Saving), net.rounded(0));
    let share = summary.percent("/billing/saving/net_pct")?;
    Ok(Card {
        question: "What do we save net?",
        answer: Cell::figure(shown, pointer, summary.at(pointer)?),
        of: share.map_or_else(String::new, |share| {
            format!("{}{} of the bill", summary.mark(Subject::Saving), share.short())
        }),
        mood: match net.cmp(&Money::ZERO) {
            std::cmp::Ordering::Greater => Mood::Good,
            std::cmp::Ordering::Less => Mood::Bad,
            std::cmp::Ordering::Equal => Mood::Open,
        },
        more: vec![],
    })
}

fn luck(summary: &Summary) -> Result<Card, SummaryError> {
    let question = "Is that luck?";
    let at = "/intervals/saving.net";
    if summary.at(at).is_err() {
        let why = match summary.count("/replications")? {
            1 => "One replication was run: it has no interval.",
            _ => "There is no interval: too few replications, or all are alike.",
        };
        let more = vec![why.to_owned()];
        let (answer, of) = ("Not known".into(), String::new());
        return Ok(Card { question, answer, of, mood: Mood::Open, more });
    }
    let (low, high) = (summary.money(&format!("{at}/low"))?, summary.money(&format!("{at}/high"))?);
    let (answer, mood) = match (low > Money::ZERO, high < Money::ZERO) {
        (true, _) => ("No", Mood::Good),
        (_, true) => ("No, it loses", Mood::Bad),
        (false, false) => ("It may be", Mood::Open),
    };
    let window = summary.window()?;
    let [low, high] = [low, high].map(|end| monthly_of(window, end).rounded(0));
    let more = vec![format!("95 % interval: [{low} .. {high}] a month.")];
    Ok(Card { question, answer: answer.into(), of: String::new(), mood, more })
}

fn waves(summary: &Summary) -> Result<Card, SummaryError> {
    let question = "What happens when they start again?";
    let pointer = "/restart/good_waves_pct";
    let open = |answer: &str| {
        let answer = answer.into();
        Ok(Card { question, answer, of: String::new(), mood: Mood::Open, more: vec![] })
    };
    if summary.at("/restart/modelled")? != &serde_json::Value::Bool(true) {
        return open("Not modelled");
    }
    let Some(good) = summary.percent(pointer)? else { return open("No start wave in the window") };
    let shown = format!("{}{} good", summary.mark(Subject::Restart), good.short());
    let (all, well) = (summary.count("/restart/waves")?, summary.count("/restart/good_waves")?);
    Ok(Card {
        question,
        answer: Cell::figure(shown, pointer, summary.at(pointer)?),
        of: format!("{} of {} start waves", grouped(well), grouped(all)),
        mood: if well == all { Mood::Good } else { Mood::Open },
        more: vec![],
    })
}

fn promise(summary: &Summary) -> Result<Card, SummaryError> {
    let all = summary.list("/expect")?.len();
    let (mut met, mut missed, mut assumed) = (0, 0, 0);
    for place in 0..all {
        let verdict = summary.text(&format!("/expect/{place}/verdict"))?;
        met += usize::from(verdict.contains("holds"));
        missed += usize::from(verdict.contains("violated"));
        assumed += usize::from(verdict.contains("if_assumed"));
    }
    let (answer, mood) = match (all, missed, all - met) {
        (0, ..) => ("Nothing is promised", Mood::Open),
        (_, 1.., _) => ("No", Mood::Bad),
        (_, 0, 0) if assumed > 0 => ("Yes, if what is assumed is true", Mood::Good),
        (_, 0, 0) => ("Yes", Mood::Good),
        (_, 0, _) => ("Not decided", Mood::Open),
    };
    let more = vec![format!("{met} of {all} expectations met.")];
    let question = "Does it keep the promise?";
    Ok(Card { question, answer: answer.into(), of: String::new(), mood, more })
}

fn saving(summary: &Summary, section: &mut Section<'_>) -> Made {
    let window = summary.window()?;
    let mut table = Table::new("The saving in the window", &["saving", "a month", "in the window"]);
    for (name, key) in [
        ("net saving", "net"),
        ("intended saving", "intended"),
        ("involuntary", "involuntary"),
        ("policy cost", "policy_cost"),
        ("adjustments", "adjustments"),
    ] {
        let pointer = format!("/billing/saving/{key}");
        let month = monthly_of(window, summary.money(&pointer)?).rounded(0);
        let month = format!("{}{month}", summary.mark(Subject::Saving));
        table.row([name.into(), month.into(), summary.amount(&pointer, Subject::Saving)?]);
    }
    section.table(&table);
    reached(summary, section)?;
    shared(summary, section, ("by-group", "group"), "/by_group", "group")?;
    shared(summary, section, ("by-tag", "tag"), "/by_tag", "value")
}

/// From what stopping could save at most to what it saves.
fn reached(summary: &Summary, section: &mut Section<'_>) -> Made {
    let bound = summary.money("/billing/bound/total")?;
    if bound == Money::ZERO {
        section.paragraph("There was nothing to save.");
        return Ok(());
    }
    let mut parts = vec![("could be saved at most".to_owned(), Change::Total, bound)];
    for kind in ["forgone", "missed"] {
        let at = format!("/billing/{kind}/by_reason");
        for reason in summary.keys(&at) {
            let amount = -summary.money(&format!("{at}/{}", step(reason)))?;
            let name = format!("{kind}: {}", reason.replace('_', " "));
            parts.push((name, Change::Part, amount));
        }
    }
    let intended = summary.money("/billing/saving/intended")?;
    let rest = intended - parts.iter().map(|(.., amount)| *amount).sum::<Money>();
    parts.push(("commitments and rounding".to_owned(), Change::Part, rest));
    parts.push(("intended saving".to_owned(), Change::Total, intended));
    let cost = summary.money("/billing/saving/policy_cost")?;
    parts.push(("policy cost".to_owned(), Change::Part, -cost));
    parts.push(("net saving".to_owned(), Change::Total, intended - cost));
    parts.retain(|(_, change, amount)| *change == Change::Total || *amount != Money::ZERO);
    let (window, mark) = (summary.window()?, summary.mark(Subject::Saving));
    let title = "What is not saved, and why.";
    let mut table = Table::new(title, &["step", "a month", "in the window"]);
    let mut steps = Vec::new();
    for (name, change, amount) in parts {
        let month = monthly_of(window, amount);
        let shown = format!("{mark}{}", month.rounded(0));
        table.row([name.clone(), shown.clone(), format!("{mark}{}", amount.rounded(2))]);
        steps.push(Step { name, change, value: month.as_nanos() as f64 / 1e9, shown });
    }
    let note = format!("{}, amounts of a month.", summary.text("/currency")?);
    section.figure(Chart::new("saving-reached", title, note, waterfall(&steps, false)), &table);
    Ok(())
}

fn shared(
    summary: &Summary,
    section: &mut Section<'_>,
    (name, of): (&str, &str),
    at: &str,
    key: &str,
) -> Made {
    let rows = summary.list(at)?.len();
    if rows < 2 {
        return Ok(());
    }
    let window = summary.window()?;
    let mut drawn = Vec::new();
    let heads = [of, "bill without stopping", "net saving", "share", "policy cost"];
    let mut table = Table::new(format!("By {of}, in the window"), &heads);
    for place in 0..rows {
        let row = format!("{at}/{place}");
        let own = summary.text(&format!("{row}/{key}")).unwrap_or("(none)");
        let tag = summary.text(&format!("{row}/tag")).map(|tag| format!("{tag}="));
        let own = format!("{}{own}", tag.unwrap_or_default());
        let net = monthly_of(window, summary.money(&format!("{row}/net"))?);
        table.row([
            own.as_str().into(),
            summary.amount(&format!("{row}/baseline"), Subject::Baseline)?,
            summary.amount(&format!("{row}/net"), Subject::Saving)?,
            summary.share(&format!("{row}/net_pct"), Subject::Saving)?,
            summary.amount(&format!("{row}/policy_cost"), Subject::Saving)?,
        ]);
        drawn.push(Bar {
            name: own,
            value: net.as_nanos() as f64 / 1e9,
            shown: format!("{}{}", summary.mark(Subject::Saving), net.rounded(0)),
            colour: if net < Money::ZERO { 2 } else { 1 },
        });
    }
    drawn.sort_by(|a, b| b.value.total_cmp(&a.value));
    drawn.truncate(BARS);
    let title = format!("Net saving by {of}.");
    let note = format!("{} a month.", summary.text("/currency")?);
    section.figure(Chart::new(name, title, note, bars(&drawn)), &table);
    Ok(())
}

fn starts(summary: &Summary, section: &mut Section<'_>) -> Made {
    let subject = Subject::Restart;
    let caption = "Instances ready of all that are wanted, by wave";
    let mut table = Table::new(caption, &["after", "all waves", "the worst wave"]);
    for (key, name) in [("1m", "1 min"), ("5m", "5 min"), ("15m", "15 min"), ("60m", "60 min")] {
        let at = format!("/restart/up_at_{key}");
        let [mean, worst] = ["mean_pct", "worst_pct"].map(|over| format!("{at}/{over}"));
        table.row([name.into(), summary.share(&mean, subject)?, summary.share(&worst, subject)?]);
    }
    section.table(&table);
    let mut waves = Vec::new();
    for place in 0..summary.list("/waves")?.len() {
        let at = format!("/waves/{place}");
        if summary.text(&format!("{at}/kind"))? == "start" {
            let done = summary.at(&format!("{at}/done_15m"))?.as_u64();
            let size = summary.count(&format!("{at}/size"))?;
            let share = done.and_then(|done| Percent::of(done.into(), size.into()));
            waves.push((share.is_none(), share, place));
        }
    }
    waves.sort();
    let heads = ["date", "zone", "type", "size", "ready at 15 min", "never", "95 % after"];
    let caption = format!("The worst of {} start waves", grouped(waves.len() as u64));
    let mut table = Table::new(caption, &heads).words(&[1, 2]);
    for (_, share, place) in waves.into_iter().take(WAVES) {
        let at = |key: &str| format!("/waves/{place}/{key}");
        let ready = share.map_or("not seen".to_owned(), Percent::short);
        table.row([
            summary.text(&at("date"))?.into(),
            summary.text(&at("zone"))?.into(),
            summary.text(&at("instance_type"))?.into(),
            grouped(summary.count(&at("size"))?).into(),
            format!("{}{ready}", summary.mark(subject)).into(),
            grouped(summary.count(&at("never"))?).into(),
            summary.span(&at("t95_us"), subject)?,
        ]);
    }
    section.table(&table);
    unavailable(summary, section)
}

fn unavailable(summary: &Summary, section: &mut Section<'_>) -> Made {
    let at = "/unavailable/by_reason";
    let runs = summary.count("/replications")?.max(1) as f64;
    let mut drawn = Vec::new();
    for reason in summary.keys(at) {
        let hours = summary.large(&format!("{at}/{}", step(reason)))? / 3.6e9 / runs;
        if hours > 0.0 {
            let shown = format!("{}{hours:.1}", summary.mark(Subject::Restart));
            drawn.push(Bar { name: reason.replace('_', " "), value: hours, shown, colour: 2 });
        }
    }
    drawn.sort_by(|a, b| b.value.total_cmp(&a.value));
    let title = "Instance-hours wanted and not there, by cause.";
    let mut table = Table::new(title, &["cause", "hours a replication"]);
    drawn.iter().for_each(|bar| table.row([bar.name.clone(), bar.shown.clone()]));
    if !drawn.is_empty() {
        section.figure(Chart::new("unavailable", title, "A replication.", bars(&drawn)), &table);
    }
    Ok(())
}

fn latency(summary: &Summary, section: &mut Section<'_>) -> Made {
    let heads = ["latency", "items", "never", "p50", "p90", "p99", "p99.9", "longest"];
    let mut table = Table::new("Latencies; what never finished counts as longer than any", &heads);
    for name in summary.keys("/latency") {
        let at = |key: &str| format!("/latency/{}/{key}", step(name));
        let never = summary.count(&at("censored"))?;
        let items = summary.count(&at("finished"))? + never;
        if items == 0 {
            continue;
        }
        let mut row: Vec<Cell> = vec![name.into(), grouped(items).into(), grouped(never).into()];
        for key in ["p50_us", "p90_us", "p99_us", "p999_us", "max_us"] {
            row.push(summary.span(&at(key), Subject::Restart)?);
        }
        table.row(row);
    }
    section.table(&table);
    Ok(())
}

fn refusals(summary: &Summary, section: &mut Section<'_>) -> Made {
    let mut drawn = Vec::new();
    for operation in summary.keys("/calls") {
        for (of, more) in [("refused", ""), ("items/refused", " item")] {
            let at = format!("/calls/{operation}/{of}");
            for code in summary.keys(&at) {
                let count = summary.count(&format!("{at}/{}", step(code)))?;
                let shown = format!("{}{}", summary.mark(Subject::Counts), grouped(count));
                let name = format!("{code} {operation}{more}");
                drawn.push(Bar { name, value: count as f64, shown, colour: 2 });
            }
        }
    }
    if drawn.is_empty() {
        section.paragraph("Nothing was refused.");
        return Ok(());
    }
    drawn.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut table = Table::new("Refusals by answer and operation", &["answer", "times"]);
    drawn.iter().for_each(|bar| table.row([bar.name.clone(), bar.shown.clone()]));
    drawn.truncate(BARS);
    let note = "Times, all replications.";
    section.figure(Chart::new("refusals", "What was refused.", note, bars(&drawn)), &table);
    Ok(())
}

fn rests(summary: &Summary, section: &mut Section<'_>) -> Made {
    let heads = ["moved", "intended saving", "worst wave at 15 min", "p99 ready"];
    let mut table = Table::new("The same seed with an assumed input moved", &heads);
    for place in 0..summary.list("/stress")?.len() {
        let at = |key: &str| format!("/stress/{place}/{key}");
        table.row([
            summary.text(&at("name"))?.into(),
            summary.amount(&at("saving_intended"), Subject::Saving)?,
            summary.share(&at("up_at_15m_worst_pct"), Subject::Restart)?,
            summary.span(&at("due_to_ready_p99_us"), Subject::Restart)?,
        ]);
    }
    section.table(&table);
    months::what_if(summary, section)?;
    let provenance = summary.provenance();
    let heads = ["input", "value", "moves"];
    let mut table = Table::new("Assumed inputs", &heads).words(&[1, 2]);
    for input in foot::together(provenance.all()) {
        table.row([input.path.as_str(), &input.value, foot::touches(input.topic)]);
    }
    if table.is_empty() {
        section.paragraph("No input is assumed.");
    }
    section.table(&table);
    let given = summary.inputs().iter().filter(|input| !input.source.is_empty());
    let mut table = Table::new("Sources", &["input", "value", "source"]).words(&[1, 2]);
    given.for_each(|input| table.row([input.path.as_str(), &input.value, &input.source]));
    section.folded("Where inputs come from", &table);
    Ok(())
}

fn again(summary: &Summary, section: &mut Section<'_>) -> Made {
    let mut table = Table::new("What was run", &["what", "value"]).words(&[1]);
    let text = |pointer: &str| {
        let text = summary.text(pointer)?;
        Ok::<Cell, SummaryError>(Cell::figure(text, pointer, text))
    };
    let seed = u64::from_str_radix(summary.text("/seed")?, 16)
        .map_err(|_| SummaryError::Missing("/seed".to_owned()))?;
    table.row(["scenario's SHA-256".into(), text("/scenario/hash")?]);
    table.row(["seed".into(), Cell::figure(seed.to_string(), "/seed", summary.at("/seed")?)]);
    table.row(["ties".into(), text("/ties")?]);
    table.row(["digest".into(), text("/digest")?]);
    table.row(["time zone".into(), text("/scenario/timezone")?]);
    section.table(&table);
    section.note(
        "Read back from the folder of a result, which does not keep the scenario: `stopsim run` \
         with --html makes a page with the curves as well.",
    );
    Ok(())
}
