//! Mixes of faults and orders of ties: what is tried of a scenario beside what it states.

use crate::engine::{Draws, Identity, Occasion};
use crate::fact::purpose;
use crate::sim::plan::Plan;
use crate::units::Ratio;

use super::trial::Trial;

/// Which faults a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mix {
    /// Those of the scenario, as it states them.
    Stated,
    /// Each rule is left out with probability ½; the probability of the others is that of the
    /// scenario times a quarter, a half, one, two or four, drawn from the seed.
    ///
    /// Rare combinations become less rare by that, and common ones rarer: a hunt has both.
    Swarm,
}

/// The factors of [`Mix::Swarm`], as numerator and denominator.
const FACTORS: [(u64, u64); 5] = [(1, 4), (1, 2), (1, 1), (2, 1), (4, 1)];

/// What a hunt tries, seed by seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portfolio {
    /// Only this mix.
    pub mix: Option<Mix>,
    /// Only this order of ties.
    pub ties: Option<TieOrder>,
    /// The seed of drawn orders of ties; without it that of each run.
    pub tie_seed: Option<u64>,
}

/// In which order events of one instant are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieOrder {
    /// As they were scheduled.
    Fifo,
    /// Drawn from the seed.
    Seeded,
    /// The last of the file first.
    Reversed,
}

impl TieOrder {
    /// Every one of them.
    pub const ALL: [TieOrder; 3] = [TieOrder::Fifo, TieOrder::Seeded, TieOrder::Reversed];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            TieOrder::Fifo => "fifo",
            TieOrder::Seeded => "seeded",
            TieOrder::Reversed => "reversed",
        }
    }
}

impl Mix {
    /// Every one of them.
    pub const ALL: [Mix; 2] = [Mix::Stated, Mix::Swarm];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Mix::Stated => "stated",
            Mix::Swarm => "swarm",
        }
    }
}

impl Portfolio {
    /// The scenario's own: the faults as it states them, in the order of its file.
    pub const STATED: Portfolio =
        Portfolio { mix: Some(Mix::Stated), ties: Some(TieOrder::Fifo), tie_seed: None };
    /// Everything in turn.
    pub const ALL: Portfolio = Portfolio { mix: None, ties: None, tie_seed: None };

    /// The words for its mix and its order of ties: one of each, `both`, `every`.
    pub fn words(&self) -> (&'static str, &'static str) {
        (self.mix.map_or("both", Mix::name), self.ties.map_or("every", TieOrder::name))
    }

    /// What such words mean.
    pub fn of_words(mix: &str, ties: &str) -> Option<Portfolio> {
        let one = |all: &[Mix]| all.iter().copied().find(|one| one.name() == mix);
        let mix = if mix == "both" { None } else { Some(one(&Mix::ALL)?) };
        let order = |word: &str| TieOrder::ALL.into_iter().find(|one| one.name() == word);
        let ties = if ties == "every" { None } else { Some(order(ties)?) };
        Some(Portfolio { mix, ties, tie_seed: None })
    }

    /// The run of a seed: of four seeds in a row two have the faults as stated and two a swarm,
    /// and every order of ties is among them.
    pub fn trial(&self, seed: u64) -> Trial {
        let (mix, ties) = match seed % 4 {
            0 => (Mix::Stated, TieOrder::Fifo),
            1 => (Mix::Swarm, TieOrder::Seeded),
            2 => (Mix::Stated, TieOrder::Seeded),
            _ => (Mix::Swarm, TieOrder::Reversed),
        };
        let (mix, ties) = (self.mix.unwrap_or(mix), self.ties.unwrap_or(ties));
        let tie_seed = self.tie_seed.filter(|_| ties == TieOrder::Seeded);
        Trial { seed, mix, ties, tie_seed }
    }
}

/// The factor of a rule in the swarm of a seed; none leaves it out.
pub fn swarm_factor(seed: u64, rule: Identity) -> Option<(u64, u64)> {
    let draws = Draws::new(seed, 0);
    let once = Occasion::number(0);
    let is_in = draws.hits(rule, purpose::SWARM, once, 0, Ratio::new(1, 2));
    let factor = draws.below(rule, purpose::SWARM, once, 1, FACTORS.len() as u64);
    is_in.then(|| FACTORS[factor as usize])
}

/// A probability times a factor, at most one.
pub fn scaled(probability: Ratio, (num, den): (u64, u64)) -> Ratio {
    let (top, bottom) = (
        u128::from(probability.num()) * u128::from(num),
        u128::from(probability.den()) * u128::from(den),
    );
    if top >= bottom {
        return Ratio::ONE;
    }
    let fits =
        |top, bottom| Some(Ratio::new(u64::try_from(top).ok()?, u64::try_from(bottom).ok()?));
    // A probability is written with few digits; one that does not fit is left as it is.
    fits(top, bottom).unwrap_or(probability)
}

/// The plan with the faults of a mix.
pub fn mixed(plan: &Plan, mix: Mix, seed: u64) -> Plan {
    let mut plan = plan.clone();
    if mix == Mix::Stated {
        return plan;
    }
    let change = |rule: Identity, probability: &mut Ratio| {
        let factor = swarm_factor(seed, rule);
        if let Some(factor) = factor {
            *probability = scaled(*probability, factor);
        }
        factor.is_some()
    };
    plan.call_faults.retain_mut(|fault| change(fault.identity, &mut fault.probability));
    plan.work_faults.retain_mut(|fault| change(fault.identity, &mut fault.probability));
    plan.environment_faults.retain_mut(|fault| change(fault.identity, &mut fault.probability));
    plan
}

/// The plan without any fault.
pub fn calm(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.call_faults.clear();
    plan.work_faults.clear();
    plan.environment_faults.clear();
    plan
}
