//! Start waves: everybody who is wanted counts, whatever the policy did with them before.

use stopsim::books::outcome::{Outcome, WaveKind};
use stopsim::report::Results;
use stopsim::report::collected::Collected;
use stopsim::report::restart::Restart;
use stopsim::report::stress::StressRow;
use stopsim::report::summary::{Summary, WaveRow, wave};
use stopsim::report::{csv, text};
use stopsim::sim::metric::Among;
use stopsim::sim::plan::Plan;
use stopsim::sim::{NoObserver, RunId, run};

use crate::laws::shipped;
use crate::scenario::Disk;
use crate::worlds::{
    CALLS, FIRST, group, plan, plan_from, pool, results, run_plan, run_text, unlimited, world,
};

/// A demand from eight to eight every day for these groups.
fn demand(name: &str, groups: &str) -> String {
    format!(
        "[[demand]]\nname = \"{name}\"\ngroups = [{groups}]\n\
         windows = [{{ days = \"daily\", from = \"08:00\", to = \"20:00\" }}]\n"
    )
}

/// A controller that follows a demand with economical stops.
fn follower(name: &str, demand: &str, more: &str) -> String {
    format!(
        "[[controller]]\nname = \"{name}\"\nfollows = \"{demand}\"\n\
         stop = {{ mode = \"StopCharging\" }}\n{more}\n"
    )
}

fn started(outcome: &Outcome) -> Vec<&stopsim::books::outcome::Wave> {
    outcome.waves.iter().filter(|wave| wave.kind == WaveKind::Start).collect()
}

/// Two demands, two controllers and nobody for the rest: one wave of all that is wanted at eight.
#[test]
fn a_wave_is_everybody_of_a_zone_and_type_that_is_wanted_from_one_instant_on() {
    let text = [
        CALLS.into(),
        group("early", 2, ""),
        group("late", 3, ""),
        group("kept", 4, "initially = \"running\""),
        pool("free = 100"),
        demand("one", "\"early\", \"kept\""),
        demand("two", "\"late\""),
        follower("ahead", "one", "groups = [\"early\"]\nlead = \"10m\""),
        follower("on-time", "two", ""),
    ];
    let run = run_text(&world("1d 12h", &text.concat()));
    let waves = started(&run.outcome);
    let [first, second] = waves.as_slice() else { panic!("{waves:?}") };
    assert_eq!((first.all.size, first.at_risk, first.already_there), (9, 5, 6));
    assert_eq!((second.all.size, second.at_risk, second.already_there), (9, 5, 6));
    assert_eq!((second.from_economical, second.from_standard), (5, 0));
    assert_eq!(second.all.done_within, [9, 9, 9, 9], "40 s for three of them");
    let lost: u128 = 3 * 40_000_000;
    assert_eq!((second.done, second.never, second.lost_us), (9, 0, lost));
    let parts: Vec<u64> = second.parts.iter().map(|part| part.count.size).collect();
    assert_eq!(
        parts,
        [2, 4, 3],
        "two that ahead starts, four of nobody, three that on-time starts"
    );
}

/// Whoever is up at due counts as ready then, and 95 % of the wave with them.
#[test]
fn a_wave_of_which_everybody_is_up_is_a_good_one() {
    let text = [
        CALLS.into(),
        group("web", 20, ""),
        pool("free = 100"),
        demand("office", "\"web\""),
        follower("nightly", "office", "lead = \"10m\""),
    ];
    let plan = plan(&world("3d", &text.concat()));
    let outcomes = [run_plan(&plan, FIRST).outcome];
    let restart = Restart::of(&plan, &outcomes);
    assert_eq!((restart.waves, restart.good_waves), (3, 3));
    assert_eq!((restart.due, restart.at_risk, restart.never), (60, 60, 0));
    assert_eq!(restart.all_up.up, [60; 4]);
    for wave in started(&outcomes[0]) {
        assert_eq!(wave.t95.map(|span| span.as_micros()), Some(0), "{wave:?}");
    }
}

/// Nobody was stopped: all are in the wave, none at risk, and figures at risk have nothing to say.
#[test]
fn what_was_never_stopped_is_in_the_wave_and_not_at_risk() {
    let text = [
        CALLS.into(),
        group("web", 3, "initially = \"running\""),
        pool("free = 0"),
        demand("office", "\"web\""),
    ]
    .concat();
    let plan = plan(&world("2d", &text));
    let outcomes = [run_plan(&plan, FIRST).outcome];
    let restart = Restart::of(&plan, &outcomes);
    assert_eq!((restart.due, restart.at_risk, restart.waves, restart.good_waves), (6, 0, 2, 2));
    assert_eq!((restart.waves_at_risk, restart.good(Among::AtRisk)), (0, None));
    assert_eq!(restart.at_risk_up.due, [0; 4]);
}

/// The run ends twenty minutes after the edge: what an hour would have brought is not known.
#[test]
fn a_figure_leaves_out_what_lies_beyond_the_horizon() {
    let text = [
        CALLS.into(),
        group("web", 2, "initially = \"stopped-economical\""),
        pool("free = 100"),
        demand("office", "\"web\""),
        follower("nightly", "office", ""),
    ];
    let plan = plan(&world("8h 20m", &text.concat()));
    let outcomes = [run_plan(&plan, FIRST).outcome];
    let restart = Restart::of(&plan, &outcomes);
    assert_eq!(restart.all_up.due, [2, 2, 2, 0]);
    assert_eq!((restart.waves, restart.good_waves), (1, 1));
    let summary = Summary::of(&results(&plan, &Collected::of(&plan, &outcomes)));
    assert_eq!((summary.waves[0].done_15m, summary.waves[0].done_60m), (Some(2), None));
    let mut table = Vec::new();
    csv::waves(&mut table, &plan, &summary).unwrap();
    let table = String::from_utf8(table).unwrap();
    let row = "start,nightly,2026-03-02,2026-03-02T08:00:00+08:00,28800000000,z,ecs.g7.large,\
               2,2,0,0,2,0,2,2,2,,2,0,40000000,80000000";
    assert_eq!(table.lines().nth(1), Some(row));
}

/// Unlimited stock says nothing of the risk, also where a lead hides the restart.
#[test]
fn a_lead_on_unlimited_stock_is_not_a_good_wave() {
    let text = [
        CALLS.into(),
        group("web", 2, "initially = \"stopped-economical\""),
        unlimited(),
        demand("office", "\"web\""),
        follower("nightly", "office", "lead = \"10m\""),
    ];
    let plan = plan(&world("1d", &text.concat()));
    let restart = Restart::of(&plan, &[run_plan(&plan, FIRST).outcome]);
    assert_eq!((restart.waves, restart.not_modelled, restart.is_modelled()), (0, 1, false));
}

/// Restarts with durations that vary, on a pool of which others take a part.
fn shared(stock: &str, controller: &str) -> String {
    let web = group("web", 40, "");
    let web = web.replace("start = \"30s\"", "start = { p50 = \"1m\", p99 = \"20m\" }");
    let others = "[pool.others]\nper_hour = 30\nhold = { exponential = \"4h\" }\n\
                  when_short = \"lost\"";
    let text = [
        CALLS.into(),
        web,
        pool(&format!("free = {stock}\n{others}")),
        demand("office", "\"web\""),
        follower("nightly", "office", controller),
    ];
    world("5d", &text.concat())
}

/// The worlds of the metamorphic tests run under so many seeds.
const SEEDS: u64 = 12;

#[track_caller]
fn restart(text: &str, seed: u64) -> Restart {
    let plan = plan(text);
    Restart::of(&plan, &[run_plan(&plan, RunId { seed, ..FIRST }).outcome])
}

/// "more lead (shorter than the night; ample stock; no faults, quotas or give-up) never lowers
/// ready-by-T+m"
#[test]
fn more_lead_never_lowers_what_is_ready() {
    for seed in 1..=SEEDS {
        let mut before = [0; 4];
        for lead in ["0s", "1m", "5m", "20m", "2h", "11h"] {
            let up = restart(&shared("10000", &format!("lead = \"{lead}\"")), seed).all_up;
            assert_eq!(up.due, [200; 4], "who is wanted does not depend on the policy");
            let lowered = before.iter().zip(up.up).any(|(before, now)| now < *before);
            assert!(!lowered, "seed {seed}, lead {lead}: {before:?} became {:?}", up.up);
            before = up.up;
        }
        assert_eq!(before, [200; 4], "eleven hours are enough for all");
    }
}

/// "more stock never lowers it where all requests have one size and others' unmet ones are `lost`"
#[test]
fn more_stock_never_lowers_what_is_ready() {
    let mut differs = false;
    for seed in 1..=SEEDS {
        let mut before: Option<[u64; 4]> = None;
        for free in ["0", "5", "20", "60", "120", "400"] {
            let up = restart(&shared(free, "no_stock = { retry_every = \"1m\" }"), seed).all_up;
            assert_eq!(up.due, [200; 4]);
            if let Some(before) = before {
                let lowered = before.iter().zip(up.up).any(|(before, now)| now < *before);
                assert!(!lowered, "seed {seed}, {free} free: {before:?} became {:?}", up.up);
                differs |= before != up.up;
            }
            before = Some(up.up);
        }
    }
    assert!(differs, "stock matters in these worlds");
}

/// "a longer limit never lowers good waves"
#[test]
fn a_longer_limit_never_lowers_good_waves() {
    for seed in 1..=SEEDS {
        let mut before = 0;
        for within in ["1m", "5m", "15m", "1h", "6h"] {
            let limit =
                format!("[report]\ngood_wave = {{ within = \"{within}\", share = \"95%\" }}\n");
            let restart = restart(&(shared("60", "") + &limit), seed);
            assert!(restart.good_waves >= before, "seed {seed}, {within}");
            assert_eq!(restart.waves, 5);
            before = restart.good_waves;
        }
    }
}

/// So many of the rows' instances, and how many of them were ready after a quarter of an hour.
fn summed(rows: &[WaveRow]) -> (u64, u64) {
    let seen = rows.iter().filter_map(|row| row.done_15m.map(|done| (row.size, done)));
    seen.fold((0, 0), |sum, (size, done)| (sum.0 + size, sum.1 + done))
}

fn screen(results: &Results<'_>, summary: &Summary) -> String {
    let mut screen = Vec::new();
    text::write(&mut screen, results, summary, "", false).unwrap();
    String::from_utf8(screen).unwrap()
}

fn replications(plan: &Plan) -> Vec<Outcome> {
    let of = |replication| {
        run(plan, RunId { replication, ..FIRST }, &mut NoObserver).expect("no livelock")
    };
    (0..3).map(of).collect()
}

/// Screen, summary, tables, stressed rows and clients all say the same of the same waves.
#[test]
fn every_output_counts_waves_alike_in_every_shipped_scenario() {
    let mut compared = 0;
    for name in crate::golden::shipped() {
        let smaller = shipped().into_iter().find(|(known, _)| *known == name);
        let sets = smaller.map_or_else(Vec::new, |(_, sets)| sets);
        let plan = plan_from(&format!("scenarios/{name}.toml"), &Disk, &sets);
        let outcomes = replications(&plan);
        let collected = Collected::of(&plan, &outcomes);
        let stress = [StressRow::of("as given", &collected.totals)];
        let results = Results { stress: &stress, ..results(&plan, &collected) };
        let summary = Summary::of(&results);
        let restart = &summary.restart;
        if !restart.modelled || restart.waves == 0 || restart.waves_not_modelled > 0 {
            continue;
        }
        compared += 1;
        let starts: Vec<WaveRow> =
            summary.waves.iter().filter(|row| row.kind == "start").cloned().collect();
        let each = outcomes.iter().flat_map(started).map(|one| wave(&plan, one));
        let each: Vec<WaveRow> = each.collect();
        assert_eq!(summed(&starts), summed(&each), "{name}: rows of all and of each");
        let (size, up) = summed(&starts);
        let share = |part: u64, whole: u64| (part * 100_000_000).checked_div(whole);
        let mean = restart.up_at_15m.mean_pct.map(|percent| percent.0.unsigned_abs() as u64);
        assert_eq!(mean, share(up, size), "{name}: restart.up_at_15m.mean");
        assert_eq!(stress[0].up_at_15m_mean_pct, restart.up_at_15m.mean_pct, "{name}: stressed");
        assert_eq!(stress[0].up_at_15m_worst_pct, restart.up_at_15m.worst_pct, "{name}: stressed");
        if !summary.clients.is_empty() && plan.demands.len() == 1 {
            let clients: u64 = summary.clients.iter().map(|client| client.starts_ready_15m).sum();
            assert_eq!(clients, up, "{name}: clients");
        }
        let screen = screen(&results, &summary);
        let good = format!("{} of {} ", restart.good_waves, restart.waves);
        let line = screen.lines().find(|line| line.contains("good waves: "));
        let line = line.unwrap_or_else(|| panic!("{name}: no good waves in\n{screen}"));
        assert!(line.replace('≈', "").contains(&good), "{name}: {line}");
    }
    assert!(compared >= 5, "{compared} scenarios have waves");
}
