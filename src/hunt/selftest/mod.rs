//! The hunter on trial: defects on purpose are found and made small, a sound controller alarms
//! nobody, one in a hundred is told as one in a hundred, and intervals cover the truth.

mod shrinking;
pub mod worlds;

use std::fmt::Write as _;

use crate::engine::{Draws, Identity, Occasion};
use crate::fact::{Defect, purpose};
use crate::program::ProgramError;
use crate::property::Verdict;
use crate::report::text::layout::{Flush, Screen};
use crate::scenario::{Memory, load};
use crate::sim::plan::Plan;
use crate::stats::Interval;
use crate::units::Ratio;

use super::fold::CONFIDENCE;
use super::mix::{Mix, Portfolio, TieOrder};
use super::trial::{Hunter, Told, Trial};
use shrinking::Shrinking;
use worlds::world_of;

/// The scenario whose controller copes with everything.
const SOUND: &str = include_str!("../../../scenarios/flaky-mornings.toml");
/// Seeds of each defect's world.
const SEEDS: u64 = 50;
/// Runs without a defect.
const CONTROL: u64 = 4_000;
/// Runs of the canary, which strikes in one of a hundred.
const CANARY: u64 = 4_000;
/// Intervals for each share, and of how many each is.
const INTERVALS: u32 = 2_000;
const OF_EACH: u32 = 200;
/// The shares, in thousandths.
const SHARES: [u64; 3] = [10, 100, 500];

/// What a self-test came to.
#[derive(Clone, Debug)]
pub struct Selftest {
    /// By defect: in how many runs it was found by the property that should see it, of how many,
    /// and how many runs without it violate anything.
    pub defects: Vec<(Defect, u32, u32, u32)>,
    /// Runs of a sound controller, and how many of them violate something.
    pub control: (u32, u32),
    /// Runs of the canary, and how many of them found it.
    pub canary: (u32, u32),
    /// How small failing runs were made.
    pub shrinking: Shrinking,
    /// By share in thousandths: of how many intervals how many cover it.
    pub coverage: Vec<(u64, u32, u32)>,
}

/// Runs something of every trial, in order; how is the caller's business.
pub type RunAll<'r> = dyn Fn(&Hunter<'_>, &[Trial]) -> Vec<Result<Told, Box<ProgramError>>> + 'r;

impl Selftest {
    /// Puts the hunter on trial.
    ///
    /// # Panics
    /// If a scenario of its own is wrong.
    pub fn run(run_all: &RunAll<'_>) -> Selftest {
        let of = |plan: &Plan, trials: &[Trial]| -> Vec<Told> {
            let all = run_all(&Hunter::new(plan, true), trials).into_iter();
            all.map(|told| told.expect("no controller of these is a program")).collect()
        };
        let defects = Defect::ALL.iter().map(|defect| {
            let seeds = (1..=SEEDS).flat_map(|seed| {
                [TieOrder::Fifo, TieOrder::Seeded].map(|ties| Trial::new(seed, Mix::Stated, ties))
            });
            let trials: Vec<Trial> = seeds.collect();
            let told = |name: Option<&str>| {
                let plan = plan_of(&world_of(defect.name()).text(name));
                let told = of(&plan, &trials);
                (plan, told)
            };
            let (plan, with) = told(Some(defect.name()));
            let found = with.iter().filter(|told| violates(&plan, told, defect.property()));
            let (_, without) = told(None);
            let alarms = without.iter().filter(|told| told.is_finding());
            (*defect, count(found), count(trials.iter()), count(alarms))
        });
        let defects = defects.collect();
        let portfolio = Portfolio::ALL;
        let trials: Vec<Trial> = (1..=CONTROL).map(|seed| portfolio.trial(seed)).collect();
        let told = of(&plan_of(SOUND), &trials);
        let control = (count(told.iter()), count(told.iter().filter(|told| told.is_finding())));
        let plan = plan_of(&canary());
        let stated = Portfolio { mix: Some(Mix::Stated), ..Portfolio::ALL };
        let trials: Vec<Trial> = (1..=CANARY).map(|seed| stated.trial(seed)).collect();
        let told = of(&plan, &trials);
        let found = told.iter().filter(|told| violates(&plan, told, "converges"));
        let canary = (count(told.iter()), count(found));
        let coverage = SHARES.iter().map(|share| (*share, INTERVALS, covered(*share)));
        let shrinking = Shrinking::run(&of);
        Selftest { defects, control, canary, shrinking, coverage: coverage.collect() }
    }

    /// Whether everything is as it should be.
    pub fn passes(&self) -> bool {
        let is_found = |(_, found, _, false_alarms): &(Defect, u32, u32, u32)| {
            *found > 0 && *false_alarms == 0
        };
        let canary = share(self.canary);
        // Nineteen of twenty, less what chance takes from two thousand.
        let is_covered = |(_, all, covered): &(u64, u32, u32)| *covered * 100 >= *all * 94;
        self.defects.iter().all(is_found)
            && self.control.1 == 0
            && canary.low < 0.01
            && canary.high > 0.01
            && self.shrinking.passes()
            && self.coverage.iter().all(is_covered)
    }

    /// On the screen.
    pub fn text(&self) -> String {
        let mut screen = Screen::default();
        screen.heading("DEFECTS", "runs in which the property that should see each is violated");
        let head = ["defect", "property", "found", "at least"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for (defect, found, of, _) in &self.defects {
            rows.push(vec![
                defect.name().to_owned(),
                defect.property().to_owned(),
                format!("{found}/{of}"),
                format!("{:.0} %", 100.0 * share((*of, *found)).low),
            ]);
        }
        screen.table(&[Flush::Left, Flush::Left, Flush::Right, Flush::Right], &rows);
        let without: u32 = self.defects.iter().map(|(.., without)| without).sum();
        screen.line(format!("  without the defect: {without} runs"));
        let mut text = screen.as_str().to_owned();
        let (runs, alarms) = self.control;
        let at_most = 100.0 * share(self.control).high;
        let _ = writeln!(
            text,
            "\nSOUND CONTROLLER  {alarms} of {runs} runs alarm (at most {at_most:.2} %)"
        );
        let (runs, found) = self.canary;
        let Interval { low, high, .. } = share(self.canary);
        let _ = writeln!(
            text,
            "CANARY            {found} of {runs} runs, {:.2} to {:.2} %; by construction 1 %",
            100.0 * low,
            100.0 * high
        );
        let _ = writeln!(text, "SHRINK            {}", self.shrinking.text());
        for (thousandths, all, covered) in &self.coverage {
            let _ = writeln!(
                text,
                "INTERVALS         {covered} of {all} cover {} ‰; 95 % are promised",
                thousandths
            );
        }
        text += if self.passes() { "\npassed\n" } else { "\nFAILED\n" };
        text
    }
}

fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).expect("trials are counted in thousands")
}

fn share((all, some): (u32, u32)) -> Interval {
    Interval::of_share(some, all, CONFIDENCE).expect("there are trials")
}

fn plan_of(text: &str) -> Plan {
    plan_of_with(text, &[])
}

fn plan_of_with(text: &str, sets: &[String]) -> Plan {
    let source = Memory::new().with("selftest.toml", text);
    match load("selftest.toml", &source, sets) {
        Ok(loaded) => loaded.plan,
        Err(errors) => panic!("{errors}"),
    }
}

fn violates(plan: &Plan, told: &Told, property: &str) -> bool {
    let all = (0..).zip(&told.verdicts);
    { all }.any(|(place, verdict)| {
        matches!(verdict, Verdict::Violated(_)) && plan.properties.name(place) == property
    })
}

/// One of a hundred runs loses one start for a day.
pub fn canary() -> String {
    world_of("takes-local-time-for-utc").text(None)
        + "[[call_fault]]\nname = \"canary\"\noperations = [\"StartInstance\"]\n\
           instances = [\"web-0001\"]\nper = \"window\"\nprobability = \"1%\"\n\
           window = { days = \"mon\", at = \"08:00\", for = \"1m\" }\n\
           refuse = \"500 InternalError\"\n"
}

/// How many intervals of a share cover it.
fn covered(thousandths: u64) -> u32 {
    let who = Identity::of("selftest", "interval");
    let (draws, truth) = (Draws::new(1, 0), thousandths as f64 / 1_000.0);
    let covers = |interval: &u32| {
        let trial = |k: &u32| {
            let occasion = Occasion::number(u64::from(*interval) << 32 | thousandths);
            draws.hits(who, purpose::SWARM, occasion, *k, Ratio::new(thousandths, 1_000))
        };
        let Interval { low, high, .. } = share((OF_EACH, count((0..OF_EACH).filter(trial))));
        low <= truth && truth <= high
    };
    count((0..INTERVALS).filter(covers))
}
