//! docs/COVERAGE.md: what the experiment found, with what is promised beside it.

use std::fmt::Write as _;

use super::Size;
use super::cell::Cell;
use super::figure::{Figure, Promise};
use super::front;
use super::plan::{TRIALS, Tried};
use super::race;
use super::until::Followed;
use super::world::{INSTANCES, WAVES, WORLDS};

const PREFACE: &str = "\
# Whether intervals cover what they promise

Made by `cargo run --release -p stopsim-coverage`, which exits with 1 if a cell misses its target;
it calls the functions that reports call (`core/src/stats/interval.rs`, `core/src/stats/quantiles.rs`).

Three toy worlds, all made up. A replication has a level of its own, which all of its mornings
share; bad mornings come in clusters.
";

const TARGETS: &str = "\
Targets, wherever an interval is printed: exact methods (good waves, one yes or no) and the worst
wave's share cover at least 93 %, all others 93 to 97 % (above that up to three standard errors,
1.1 points: too wide breaks no promise). Of two expectations that are false because the truth is
just what they exclude, one on either side, each is answered *holds* in at most 5 % of the trials
(up to the experiment's own error of three standard errors, 1.5 points). Whether an
interval is printed depends on n and the kind of figure alone: in all trials of a cell or in none.
In the mild world every figure has one from n = 40 on. A truth of *never* lies at the end of all
times: what covers it may cover it always. `-` is a figure that n cannot carry; `same` is one that
never varies in that world: it is observed. A service is ready once a wave, so that its p99.9 needs
400 replications of ten waves, and is not here.

Each entry is coverage in per cent, and behind the stroke the larger share of false *holds*.
";

const DIFFERENCES: &str = "\
# Whether intervals of differences cover what they promise

What `compare` asks (`core/src/stats/paired.rs`): every replication twice with the same luck, once
as it is, once with boots that take 3 % less and bad mornings that are short of a fifth less. The
truth is the difference of both banks; each trial draws n pairs. Targets as above, but that
differences cover at least 92 %, since they are more skewed than what they are of; what is put
together from two intervals (good waves, quantiles) may cover more. Where either policy's figure is
never in truth, they have no difference, and no row. A trial in which no replication differs says
so (*the same in all replications*) in place of an interval.
";

const UNTIL: &str = "\
# Whether intervals cover as much when replications go on until they are narrow

What `--until` follows (`core/src/stats/precision.rs`): 20 replications, then more until the 95 %
interval is as narrow as the rule says, at most 1 280. When it ends depends on what it has seen, so
that an interval may cover less than one of a number that was fixed before. 1 000 trials each; target:
at least 91 % of those that reach it. A figure that never varies in a world has no row.

| world | figure | rule | covered | reached | replications, mean |
| --- | --- | --- | --- | --- | --- |";

const FRONTS: &str = "\
# Whether the best setting and the front are left in

What `sweep` says of settings (`src/report/sweep/judge.rs`): `*` is on each that can still be the best;
*behind* is one that another beats in both money and good waves, beyond luck (it has no mark on the
screen). Settings share luck as in the plans below. 1 000 sweeps each. Best kept: the best setting in
truth (of equal ones, the first) has its `*`. Front kept: no setting of the true front is said to be
behind. Targets: 95 % each. The last two columns show how sharp this is: how many settings have a `*`,
and how many of those that are behind in truth are said to be.

| settings | replications | best kept | front kept | with a `*` | behind, and told so |
| --- | --- | --- | --- | --- | --- |";

const PLANS: &str = "\
# Whether plans name the right setting

What `plan` searches with (`src/report/planning/search.rs`), at 95 % confidence, for the cheapest
setting that keeps *95 % of start waves are good*, with a margin of 2 points. Settings are a row, each
dearer and better than the one before; replications share luck in money and in waves, half of them
are bad, and a setting's own luck in money is as large as three fifths of a difference that matters
(50, selection only). An answer is right if it keeps the promise or misses it by less than the
margin, and no setting that keeps it is better (for a selection: by more than 50). 400 searches
each, at most 1 280 replications a setting. Target: at least 95 % right; no answer is a wrong one.

| settings | search | right | no answer | runs, of those of the whole grid |
| --- | --- | --- | --- | --- |";

const RACES: &str = "\
# Whether the price of a race is covered

What `hunt` says a violation costs (`src/hunt/price.rs`): runs that violate something beside those that
do not, and that times how likely it is, for a month. Runs cost 100 ± 5; a violation adds to that. A
hunt has a price if 10 runs violate something and 10 do not. 2 000 hunts each. Targets: what a run
costs at least 93 %, a month at least 95 %, since it promises both its parts.

| a violation adds | how likely | runs | a run | a month | hunts with a price |
| --- | --- | --- | --- | --- | --- |";

/// The page.
pub fn page(
    cells: &[Cell],
    followed: &[Followed],
    fronts: &[front::Tried],
    plans: &[Tried],
    races: &[race::Tried],
    size: Size,
) -> String {
    let mut text = PREFACE.to_owned();
    for world in &WORLDS {
        writeln!(text, "* *{}*: {}.", world.name, world.story).expect("strings take all");
    }
    writeln!(
        text,
        "\n{WAVES} start waves of {INSTANCES} instances a replication. The truth is that of a \
         bank of {} replications;\neach of {} trials of a cell draws n of them, and asks for \
         intervals with 95 % confidence.\n\n{TARGETS}",
        size.bank, size.trials
    )
    .expect("strings take all");
    for world in &WORLDS {
        let of_world = |cell: &&Cell| cell.world == world.name && !cell.is_difference;
        let own: Vec<&Cell> = cells.iter().filter(of_world).collect();
        table(&format!("World: {}", world.name), &own, size, &mut text);
    }
    writeln!(text, "{DIFFERENCES}").expect("strings take all");
    for world in &WORLDS {
        let of_world = |cell: &&Cell| cell.world == world.name && cell.is_difference;
        let own: Vec<&Cell> = cells.iter().filter(of_world).collect();
        table(&format!("Differences: {}", world.name), &own, size, &mut text);
    }
    writeln!(text, "{UNTIL}").expect("strings take all");
    for one in followed {
        writeln!(
            text,
            "| {} | {} | {} | {:.1} % | {} | {:.0} |",
            one.world,
            one.figure.name(),
            one.rule,
            100.0 * one.coverage(),
            one.reached,
            one.replications as f64 / f64::from(one.reached),
        )
        .expect("strings take all");
    }
    rows_of_fronts(fronts, &mut text);
    writeln!(text, "\n{PLANS}").expect("strings take all");
    for tried in plans {
        let percent = |part: u64, all: u64| 100.0 * part as f64 / all as f64;
        writeln!(
            text,
            "| {} | {} | {:.1} % | {} | {:.1} % |",
            tried.story,
            tried.strategy,
            percent(tried.right.into(), TRIALS.into()),
            tried.nothing,
            percent(tried.runs, tried.grid),
        )
        .expect("strings take all");
    }
    rows_of_races(races, &mut text);
    text
}

fn rows_of_fronts(fronts: &[front::Tried], text: &mut String) {
    writeln!(text, "\n{FRONTS}").expect("strings take all");
    for tried in fronts {
        let front::Tried { row, replications, .. } = tried;
        let [best, front, starred] = tried.shares().map(|share| 100.0 * share);
        let behind = tried
            .told_behind()
            .map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", 100.0 * share));
        let row = format!(
            "| {} | {replications} | {best:.1} % | {front:.1} % | {starred:.0} % | {behind} |",
            row.story
        );
        writeln!(text, "{row}").expect("strings take all");
    }
}

fn rows_of_races(races: &[race::Tried], text: &mut String) {
    writeln!(text, "\n{RACES}").expect("strings take all");
    for tried in races {
        let race::Kind { share, adds: race::Adds { story, .. }, runs } = tried.kind;
        let [a_run, a_month] = tried.coverage().map(|covered| 100.0 * covered);
        let (likely, priced) = (100.0 * share, tried.priced);
        let row = format!(
            "| {story} | {likely:.0} % | {runs} | {a_run:.1} % | {a_month:.1} % | {priced} |"
        );
        writeln!(text, "{row}").expect("strings take all");
    }
}

fn table(name: &str, cells: &[&Cell], size: Size, text: &mut String) {
    let mut line = |line: String| writeln!(text, "{line}").expect("strings take all");
    line(format!("## {name}\n"));
    let draws: Vec<String> = size.draws.iter().map(|n| format!("n = {n}")).collect();
    line(format!("| figure | {} | truth |", draws.join(" | ")));
    line(format!("| --- |{} --- |", " --- |".repeat(draws.len())));
    for figure in Figure::ALL {
        let own: Vec<&&Cell> = cells.iter().filter(|cell| cell.figure == figure).collect();
        if own.is_empty() {
            continue;
        }
        let entries: Vec<String> = own.iter().map(|cell| entry(cell)).collect();
        let exact = if figure.promise() == Promise::AtLeast { ", exact" } else { "" };
        let truth = own.first().map_or_else(String::new, |cell| figure.show(cell.truth.value));
        line(format!("| {}{exact} | {} | {truth} |", figure.name(), entries.join(" | ")));
    }
    line(String::new());
}

fn entry(cell: &Cell) -> String {
    match (cell.printed, cell.truth.varies) {
        (0, true) => "-".to_owned(),
        (0, false) => "same".to_owned(),
        _ => format!("{:.1} / {:.1}", 100.0 * cell.coverage(), 100.0 * cell.false_holds()),
    }
}
