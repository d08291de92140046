//! The worst start wave, what was unavailable, and the waves.

use super::layout::{Flush, Screen, hours, span};
use super::{Page, Subject, short_time};
use crate::report::number::{Percent, grouped};
use crate::report::restart::rank_row;
use crate::report::summary::{RestartRow, WaveRow, WorstWaveRow};
use crate::units::SimTime;
use crate::units::time::MICROS_PER_HOUR;

const HOUR: u128 = MICROS_PER_HOUR as u128;
/// How many waves are shown one by one.
const WAVES_SHOWN: usize = 5;
/// The largest wave of which start durations have been published (FACTS §4.3).
const LARGEST_MEASURED: u64 = 96;

/// How the worst start wave went, and how many were good.
pub fn worst_wave(page: &Page<'_>, screen: &mut Screen) {
    let restart = &page.summary.restart;
    screen.heading("WORST START WAVE", "");
    if !restart.modelled {
        screen.line("  restart risk: not modelled (stock is unlimited)");
        return;
    }
    match &restart.worst_wave {
        None => screen.line("  no start wave in the window"),
        Some(worst) => {
            describe(page, worst).iter().for_each(|line| screen.line(format!("  {line}")));
        }
    }
    if restart.waves > 0 {
        screen.line(format!("  {}", good_waves(page, restart)));
    }
    if restart.waves_not_modelled > 0 {
        let waves = grouped(restart.waves_not_modelled);
        screen.line(format!("  not modelled: {waves} waves on unlimited stock, left out above"));
    }
}

/// Which one, and how it went.
pub fn describe(page: &Page<'_>, worst: &WorstWaveRow) -> [String; 2] {
    let wave = &worst.wave;
    let due = page.results.plan.clock.format(SimTime::from_micros(wave.due_us));
    let pool = worst.pool.as_ref().map_or("stock kept".to_owned(), |name| format!("pool {name}"));
    let which = if page.runs() > 1 {
        format!(", replication {}", worst.replication)
    } else {
        String::new()
    };
    let first = format!(
        "{} {}, {pool} ({} in {}){which}",
        weekday(page, wave.due_us),
        short_time(&due),
        wave.instance_type,
        wave.zone,
    );
    let restart = |text: String| page.marked(Subject::Restart, text);
    let second = format!(
        "ready at T+15 min: {} of {}; never up: {}; 95 % ready after {}",
        restart(percent(wave.done_15m.unwrap_or_default(), wave.size)),
        grouped(wave.size),
        restart(grouped(wave.never)),
        restart(wave.t95_us.map_or("never".to_owned(), |us| span(us.into()))),
    );
    [first, second]
}

/// How many waves were good, and what that means.
pub fn good_waves(page: &Page<'_>, restart: &RestartRow) -> String {
    let plan = page.results.plan;
    let share = plan.good_wave.share;
    let share = Percent::of(share.num().into(), share.den().into()).unwrap_or_default();
    let good = restart.good_waves_pct.unwrap_or_default();
    let key = "restart.good_waves";
    let interval = page.interval(key, |millionths| Percent(millionths).short());
    let mark = page.mark(Subject::Restart);
    let interval = if interval.is_empty() { interval } else { format!(" {interval}") };
    format!(
        "good waves: {mark}{} of {} ({mark}{}){interval}: {} ready within {}",
        grouped(restart.good_waves),
        grouped(restart.waves),
        good.short(),
        share.short(),
        plan.good_wave.within,
    )
}

/// Instance-hours that were wanted and not there, by cause, and what an hour may cost at most.
pub fn unavailable(page: &Page<'_>, screen: &mut Screen) {
    let Unavailable { total, causes, .. } = Unavailable::of(page);
    screen.heading("UNAVAILABLE WHILE WANTED", &total);
    let causes: Vec<String> =
        causes.iter().map(|(why, hours, _)| format!("{why} {hours}")).collect();
    if !causes.is_empty() {
        screen.wrapped(2, &causes.join(", "));
    }
    screen.line(format!("  {}", break_even(page)));
}

/// How long what was wanted was not there.
pub struct Unavailable {
    /// Hours with their interval.
    pub total: String,
    /// Why, hours per replication, and the sum in µs; the largest first.
    pub causes: Vec<(String, String, u128)>,
}

impl Unavailable {
    /// Of this page.
    pub fn of(page: &Page<'_>) -> Unavailable {
        let unavailable = &page.summary.unavailable;
        let runs = i128::from(page.runs());
        let mark = page.mark(Subject::Restart);
        let each = |micros: u128| hours(i128::try_from(micros).unwrap_or(i128::MAX) / runs);
        let interval = page.interval("unavailable.hours", hours);
        let total = format!("{mark}{} instance-hours {interval}", each(unavailable.total_us));
        let mut causes: Vec<(&str, u128)> = unavailable
            .by_reason
            .iter()
            .map(|(why, us)| (*why, *us))
            .filter(|(_, us)| *us > 0)
            .collect();
        causes.sort_by_key(|(_, micros)| std::cmp::Reverse(*micros));
        let told =
            |(why, us): &(&str, u128)| (why.replace('_', " "), format!("{mark}{}", each(*us)), *us);
        Unavailable { total, causes: causes.iter().map(told).collect() }
    }
}

/// The price of an hour above which stopping loses.
pub fn break_even(page: &Page<'_>) -> String {
    match page.summary.billing.break_even_per_instance_hour {
        None => "break-even: none, nothing was unavailable".to_owned(),
        Some(price) => format!(
            "break-even: {}{} {} per instance-hour; stopping loses if an hour is worth more",
            page.mark(Subject::Saving),
            price.0.rounded(2),
            page.summary.currency,
        ),
    }
}

/// The worst waves of starts one by one, and all of both kinds in one line each.
pub fn waves(page: &Page<'_>, screen: &mut Screen) {
    let summary = page.summary;
    let several = if page.runs() > 1 { "; all replications together" } else { "" };
    screen.heading("WAVES", &format!("the worst of starts, then all{several}"));
    let of = |kind| summary.waves.iter().filter(move |wave| wave.kind == kind);
    let starts = worst_first(page);
    let mut rows = vec![header()];
    let shown = page.fold(starts.len(), WAVES_SHOWN);
    rows.extend(starts.iter().take(shown).map(|wave| row(page, wave)));
    rows.push(total(page, "all starts", &starts));
    rows.push(total(page, "all stops", &of("stop").collect::<Vec<_>>()));
    if !page.full {
        rows.iter_mut().for_each(narrowed);
    }
    let mut flush = [Flush::Right; 12];
    flush[..2].fill(Flush::Left);
    screen.table(&flush, &rows);
    page.folded(starts.len() - shown, screen);
    if starts.iter().any(|wave| wave.size / u64::from(page.runs()) > LARGEST_MEASURED) {
        screen.line(format!(
            "  waves of more than {LARGEST_MEASURED} starts: beyond any published measurement"
        ));
    }
}

/// Every start wave, the worst first: what was not seen for a quarter of an hour cannot be called
/// bad.
pub fn worst_first<'a>(page: &Page<'a>) -> Vec<&'a WaveRow> {
    let waves = page.summary.waves.iter();
    let mut starts: Vec<&WaveRow> = waves.filter(|wave| wave.kind == "start").collect();
    starts.sort_by_key(|wave| (rank_row(wave).is_none(), rank_row(wave), wave.due_us));
    starts
}

/// Without the columns that only the full screen shows: ready after 1, 5 and 60 minutes, and lost
/// hours.
fn narrowed(row: &mut Vec<String>) {
    let mut place = 0;
    row.retain(|_| {
        place += 1;
        !matches!(place, 6 | 7 | 9 | 12)
    });
}

/// The columns of a wave.
pub fn header() -> Vec<String> {
    [
        "due",
        "zone, type",
        "size",
        "at risk",
        "up",
        "% 1 min",
        "5 min",
        "15 min",
        "60 min",
        "never",
        "95 %",
        "lost h",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A wave, column by column.
pub fn row(page: &Page<'_>, wave: &WaveRow) -> Vec<String> {
    let due = page.results.plan.clock.format(SimTime::from_micros(wave.due_us));
    let zone = wave.zone.strip_prefix(&page.results.plan.region.region_id);
    let zone = zone.map_or(wave.zone.as_str(), |rest| rest.trim_start_matches('-'));
    let kind = wave.instance_type.strip_prefix("ecs.").unwrap_or(&wave.instance_type);
    let without_year = due.split_once('-').map_or(due.as_str(), |(_, rest)| rest);
    let place = format!("{zone} {kind}");
    let mut row = vec![short_time(without_year).to_owned(), place];
    let t95 = wave.t95_us.map_or("never".to_owned(), |us| span(us.into()));
    row.extend(counts(page, std::slice::from_ref(&wave), t95));
    row
}

/// Several waves together, in the same columns.
pub fn total(page: &Page<'_>, name: &str, waves: &[&WaveRow]) -> Vec<String> {
    let mut row = vec![name.to_owned(), several(waves.len(), "wave")];
    row.extend(counts(page, waves, String::new()));
    row
}

fn several(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count as u64))
}

fn counts(page: &Page<'_>, waves: &[&WaveRow], t95: String) -> Vec<String> {
    let sum = |count: fn(&WaveRow) -> u64| waves.iter().map(|wave| count(wave)).sum::<u64>();
    let mark = |text: String| page.marked(subject(waves), text);
    let mut cells = vec![
        grouped(sum(|wave| wave.size)),
        grouped(sum(|wave| wave.at_risk)),
        grouped(sum(|wave| wave.already_up)),
    ];
    let instants: [fn(&WaveRow) -> Option<u64>; 4] =
        [|w| w.done_1m, |w| w.done_5m, |w| w.done_15m, |w| w.done_60m];
    cells.extend(instants.map(|count| {
        let seen = || waves.iter().filter(|wave| count(wave).is_some());
        let done: u64 = seen().filter_map(|wave| count(wave)).sum();
        let size: u64 = seen().map(|wave| wave.size).sum();
        let share = Percent::of(done.into(), size.into());
        share.map_or_else(|| "-".to_owned(), |share| mark(share.bare()))
    }));
    cells.push(mark(grouped(sum(|wave| wave.never))));
    cells.push(t95);
    let lost: u128 = waves.iter().map(|wave| wave.lost_instance_us).sum();
    cells.push(mark(grouped(i128::try_from(lost / HOUR).unwrap_or(i128::MAX))));
    cells
}

fn subject(waves: &[&WaveRow]) -> Subject {
    let stops = waves.first().is_some_and(|wave| wave.kind == "stop");
    if stops { Subject::Stop } else { Subject::Restart }
}

fn percent(part: u64, whole: u64) -> String {
    Percent::of(part.into(), whole.into()).map_or_else(|| "-".to_owned(), Percent::short)
}

pub fn weekday(page: &Page<'_>, micros: u64) -> &'static str {
    let clock = &page.results.plan.clock;
    clock.weekday_text(clock.civil_day(SimTime::from_micros(micros)))
}
