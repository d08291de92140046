//! What many runs came to: counts by property, distinct findings, the matrix of calls.

use std::collections::BTreeMap;

use crate::ecs::id::GroupId;
use crate::engine::Digest;
use crate::fact::Defect;
use crate::property::plan::Bound;
use crate::property::{Reason, Seen, Verdict, Violation};
use crate::sim::plan::Plan;
use crate::stats::Interval;
use crate::units::Ratio;

use super::mix::{Mix, TieOrder};
use super::trial::{Cost, Matrix, Told, Trial};

/// The confidence of each two-sided interval.
pub const CONFIDENCE: Ratio = Ratio::new(95, 100);

/// What is the same in findings that are one: property, controller, group, what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    property: u16,
    controller: Option<u16>,
    group: Option<GroupId>,
    state: Option<u8>,
}

/// A violation, as it was first found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// In which run.
    pub trial: Trial,
    /// What.
    pub violation: Violation,
    /// In how many runs there was one like it.
    pub runs: u32,
}

/// What came of a property in all runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Runs by mix and order of ties: how many, and how many violated it.
    pub runs: BTreeMap<(Mix, TieOrder), (u32, u32)>,
    /// Runs that told nothing, by the reason.
    pub inconclusive: BTreeMap<Reason, u32>,
    /// Where it was violated first.
    pub first: Option<(Trial, Violation)>,
}

/// What is to be said of a property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Judgement {
    /// No run violated it, or fewer than may.
    Holds,
    /// Some run violated it, or more than may.
    Violated,
    /// The runs do not tell: why, or that there are too few of them.
    Inconclusive(Option<Reason>),
}

/// What a hunt came to.
#[derive(Clone, Debug)]
pub struct Hunted {
    /// How many runs.
    pub runs: u32,
    /// Of every property.
    pub properties: Vec<Judged>,
    /// Distinct findings, in the order in which they were found.
    pub findings: Vec<Finding>,
    /// Runs that did not let time go on, the first of them.
    pub livelocks: (u32, Option<Trial>),
    /// Which calls found which state and had which outcome.
    pub matrix: Matrix,
    /// In how many runs each rule struck, by its place.
    pub struck: Vec<u32>,
    /// Runs in which each defect on purpose showed, and those of them that violated something.
    pub slipped: BTreeMap<(u16, Defect), (u32, u32)>,
    /// What runs with the stated faults cost: those that violate something, and the others.
    pub costs: [Vec<Cost>; 2],
    /// Runs with the stated faults, and those of them that violated something.
    pub stated: (u32, u32),
    /// Every run that violated something or did not let time go on, and the properties, by place.
    pub failing: Vec<(Trial, Vec<u16>)>,
    places: BTreeMap<Signature, usize>,
    digests: Vec<u64>,
}

impl Judged {
    /// Runs with this mix: how many, and how many violated it.
    pub fn of_mix(&self, mix: Mix) -> (u32, u32) {
        let of = self.runs.iter().filter(|((own, _), _)| *own == mix);
        of.fold((0, 0), |(runs, violated), (_, one)| (runs + one.0, violated + one.1))
    }

    /// The share of runs with this mix that violated it, with its exact interval.
    pub fn share(&self, mix: Mix) -> Option<Interval> {
        let (runs, violated) = self.of_mix(mix);
        Interval::of_share(violated, runs, CONFIDENCE)
    }

    /// The same by order of ties, for the stated faults.
    pub fn by_order(&self) -> impl Iterator<Item = (TieOrder, Interval)> {
        let stated = self.runs.iter().filter(|((mix, _), _)| *mix == Mix::Stated);
        stated.filter_map(|((_, ties), (runs, violated))| {
            Some((*ties, Interval::of_share(*violated, *runs, CONFIDENCE)?))
        })
    }

    /// What is to be said, if so much is said of its probability.
    pub fn judgement(&self, bound: Option<Bound>) -> Judgement {
        let all: u32 = self.runs.values().map(|(runs, _)| runs).sum();
        let silent: u32 = self.inconclusive.values().sum();
        if let Some(Bound { below, confidence }) = bound {
            let (runs, violated) = self.of_mix(Mix::Stated);
            // Each end of the interval holds with the confidence.
            let doubt = confidence.den() - confidence.num();
            let both = Ratio::new(confidence.num() - doubt, confidence.den());
            let Some(interval) = Interval::of_share(violated, runs, both) else {
                return Judgement::Inconclusive(None);
            };
            let below = below.num() as f64 / below.den() as f64;
            return if interval.high < below {
                Judgement::Holds
            } else if interval.low >= below {
                Judgement::Violated
            } else {
                Judgement::Inconclusive(None)
            };
        }
        if self.first.is_some() {
            Judgement::Violated
        } else if silent < all {
            Judgement::Holds
        } else {
            Judgement::Inconclusive(self.inconclusive.keys().next().copied())
        }
    }
}

impl Hunted {
    /// Of no run yet.
    pub fn new(plan: &Plan) -> Hunted {
        Hunted {
            runs: 0,
            properties: vec![Judged::default(); plan.properties.count()],
            findings: Vec::new(),
            livelocks: (0, None),
            matrix: Matrix::default(),
            struck: vec![0; plan.rules().count()],
            slipped: BTreeMap::new(),
            costs: [Vec::new(), Vec::new()],
            stated: (0, 0),
            failing: Vec::new(),
            places: BTreeMap::new(),
            digests: Vec::new(),
        }
    }

    /// Takes in a run; they come in the order of their seeds.
    pub fn add(&mut self, plan: &Plan, told: &Told) {
        let Told { trial, .. } = told;
        self.runs += 1;
        self.matrix.add(&told.matrix);
        told.struck.iter().for_each(|rule| self.struck[*rule as usize] += 1);
        self.digests.push(told.digest);
        for slip in &told.slipped {
            let (runs, violated) = self.slipped.entry(*slip).or_default();
            *runs += 1;
            *violated += u32::from(told.is_finding());
        }
        if told.livelock.is_some() {
            self.livelocks.0 += 1;
            self.livelocks.1.get_or_insert(*trial);
        }
        if told.is_finding() {
            let violated = told.violations().map(|one| one.property).collect();
            self.failing.push((*trial, violated));
        }
        if trial.mix == Mix::Stated {
            self.stated.0 += 1;
            self.stated.1 += u32::from(told.is_finding());
            self.costs[usize::from(!told.is_finding())].extend(told.cost);
        }
        for (judged, verdict) in self.properties.iter_mut().zip(&told.verdicts) {
            let runs = judged.runs.entry((trial.mix, trial.ties)).or_default();
            runs.0 += 1;
            match verdict {
                Verdict::Holds => {}
                Verdict::Inconclusive(reason) => {
                    *judged.inconclusive.entry(*reason).or_default() += 1;
                }
                Verdict::Violated(violation) => {
                    runs.1 += 1;
                    judged.first.get_or_insert((*trial, *violation));
                }
            }
        }
        for violation in told.violations() {
            let place = self.places.entry(Signature::of(plan, violation)).or_insert_with(|| {
                let (trial, violation) = (*trial, *violation);
                self.findings.push(Finding { trial, violation, runs: 0 });
                self.findings.len() - 1
            });
            self.findings[*place].runs += 1;
        }
    }

    /// One number for everything that came out.
    pub fn digest(&self) -> u64 {
        let findings = self.findings.iter().flat_map(|finding| {
            let Finding { trial, violation, runs } = finding;
            [trial.seed, u64::from(violation.property), violation.at.as_micros(), u64::from(*runs)]
        });
        Digest::chain(self.digests.iter().copied().chain(findings))
    }

    /// Whether anything was found.
    pub fn has_findings(&self) -> bool {
        !self.findings.is_empty() || self.livelocks.0 > 0
    }
}

impl Signature {
    /// Of a violation.
    pub fn of(plan: &Plan, violation: &Violation) -> Signature {
        let group = violation.instance.map(|instance| plan.region.group_of(instance));
        let state = match violation.seen {
            Seen::State(state) => Some(state.number()),
            Seen::Number(_) | Seen::Itself => None,
        };
        let Violation { property, controller, .. } = *violation;
        Signature { property, controller, group, state }
    }
}
