//! The decisions of one run: drawn, unless they are fixed; listed, if somebody wants to know.
//!
//! A run asks for everything that luck decides by who, what for and on which occasion. Fixing one
//! answer leaves all others as they were, since draws are keyed and never streamed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Distribution;
use super::random::{Draws, Identity, Occasion, Purpose};
use crate::units::{Ratio, SimDuration};

/// Which decision of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// About whom.
    pub who: Identity,
    /// What is decided.
    pub purpose: Purpose,
    /// Which time.
    pub occasion: Occasion,
    /// Which use on that occasion, from 0.
    pub k: u32,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// How long something takes.
    Span(SimDuration),
    /// Whether it happens.
    Happens(bool),
    /// Which one, from 0.
    Choice(u64),
    /// Uniform words.
    Words([u64; 4]),
}

/// All decisions by what they decide.
pub type DecisionList = BTreeMap<Decision, Decided>;

/// What a run asks whenever luck decides.
#[derive(Clone, Debug)]
pub struct Decisions {
    draws: Draws,
    control: Option<Box<Control>>,
}

/// What is fixed, and what is listed.
#[derive(Clone, Debug, Default)]
struct Control {
    fixed: DecisionList,
    made: Option<RefCell<DecisionList>>,
}

impl Decisions {
    /// All are drawn: the luck of one replication.
    pub fn of(seed: u64, replication: u32) -> Decisions {
        Decisions { draws: Draws::new(seed, replication), control: None }
    }

    /// These are as they are told, whatever would be drawn, and also where nothing would be: for
    /// what has a fixed span or a probability of 0 or 1.
    ///
    /// Whoever asks for another kind of answer than the one that was fixed panics.
    #[must_use]
    pub fn fixing(mut self, decisions: impl IntoIterator<Item = (Decision, Decided)>) -> Decisions {
        self.control.get_or_insert_default().fixed.extend(decisions);
        self
    }

    /// Whatever luck decides from now on is listed.
    #[must_use]
    pub fn listing(mut self) -> Decisions {
        self.control.get_or_insert_default().made = Some(RefCell::default());
        self
    }

    /// What was decided since [`listing`](Decisions::listing).
    pub fn made(&self) -> DecisionList {
        let made = self.control.as_ref().and_then(|control| control.made.as_ref());
        made.map_or_else(DecisionList::new, |made| made.borrow().clone())
    }

    /// Four independent uniform words, when a decision needs more than one; the first is
    /// [`word`](Decisions::word).
    #[inline]
    pub fn words(&self, who: Identity, purpose: Purpose, occasion: Occasion, k: u32) -> [u64; 4] {
        match &self.control {
            None => self.draws.words(who, purpose, occasion, k),
            Some(control) => control.words(&self.draws, Decision { who, purpose, occasion, k }),
        }
    }

    /// A uniform word for the `k`-th use of `purpose` by `who` on this occasion.
    #[inline]
    pub fn word(&self, who: Identity, purpose: Purpose, occasion: Occasion, k: u32) -> u64 {
        match &self.control {
            None => self.draws.word(who, purpose, occasion, k),
            Some(control) => control.words(&self.draws, Decision { who, purpose, occasion, k })[0],
        }
    }

    /// Whether something of this probability happens; compared as integers.
    #[inline]
    pub fn hits(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        probability: Ratio,
    ) -> bool {
        match &self.control {
            None => self.draws.hits(who, purpose, occasion, k, probability),
            Some(control) => {
                control.hits(&self.draws, Decision { who, purpose, occasion, k }, probability)
            }
        }
    }

    /// A whole number in `0..n`: the high half of word × n.
    ///
    /// Each number's probability is off 1/n by less than 2⁻⁶⁴, which no run can notice.
    ///
    /// # Panics
    /// If `n` is zero: there is nothing to choose from.
    #[inline]
    pub fn below(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        n: u64,
    ) -> u64 {
        match &self.control {
            None => self.draws.below(who, purpose, occasion, k, n),
            Some(control) => control.below(&self.draws, Decision { who, purpose, occasion, k }, n),
        }
    }

    /// A span drawn from `takes`.
    #[inline]
    pub fn duration(
        &self,
        who: Identity,
        purpose: Purpose,
        occasion: Occasion,
        k: u32,
        takes: &Distribution,
    ) -> SimDuration {
        match &self.control {
            None => self.draws.duration(who, purpose, occasion, k, takes),
            Some(control) => {
                control.duration(&self.draws, Decision { who, purpose, occasion, k }, takes)
            }
        }
    }
}

/// The same where the name costs something, or where what is certain is known beforehand: nothing
/// but these may pass a decision by, as they alone know whether it is fixed.
impl Decisions {
    /// Whether something of this probability happens; named only if that is no certainty.
    #[inline]
    pub fn hits_for(&self, decision: impl FnOnce() -> Decision, probability: Ratio) -> bool {
        match probability.certain() {
            Some(certain) if self.control.is_none() => certain,
            Some(_) | None => {
                let Decision { who, purpose, occasion, k } = decision();
                self.hits(who, purpose, occasion, k, probability)
            }
        }
    }

    /// A span drawn from `takes`; named only if it is no constant.
    // Every call has two legs: what is constant is seen without a call.
    #[inline(always)]
    pub fn duration_for(
        &self,
        decision: impl FnOnce() -> Decision,
        takes: &Distribution,
    ) -> SimDuration {
        match takes.fixed() {
            Some(certain) if self.control.is_none() => certain,
            Some(_) | None => self.named_duration(decision, takes),
        }
    }

    #[inline(never)]
    fn named_duration(
        &self,
        decision: impl FnOnce() -> Decision,
        takes: &Distribution,
    ) -> SimDuration {
        let Decision { who, purpose, occasion, k } = decision();
        self.duration(who, purpose, occasion, k, takes)
    }

    /// The quantile of `takes` at a drawn word, which several distributions may share. What can be
    /// fixed is the word; of a constant every quantile is the same.
    pub fn quantile(&self, decision: Decision, takes: &Distribution) -> SimDuration {
        let is_fixed = |control: &Control| control.fixed.contains_key(&decision);
        match takes.fixed() {
            Some(certain) if !self.control.as_deref().is_some_and(is_fixed) => certain,
            Some(_) | None => {
                let Decision { who, purpose, occasion, k } = decision;
                takes.sample(self.word(who, purpose, occasion, k))
            }
        }
    }
}

/// The same of a run some of whose decisions are fixed or all of which are listed.
impl Control {
    #[cold]
    fn words(&self, draws: &Draws, decision: Decision) -> [u64; 4] {
        let Decision { who, purpose, occasion, k } = decision;
        let drawn = || Decided::Words(draws.words(who, purpose, occasion, k));
        let decided = self.decide(decision, None, drawn);
        let Decided::Words(words) = decided else { decided.is_not("words") };
        words
    }

    #[cold]
    fn hits(&self, draws: &Draws, decision: Decision, probability: Ratio) -> bool {
        let Decision { who, purpose, occasion, k } = decision;
        let drawn = || Decided::Happens(draws.hits(who, purpose, occasion, k, probability));
        let decided = self.decide(decision, probability.certain().map(Decided::Happens), drawn);
        let Decided::Happens(happens) = decided else { decided.is_not("whether it happens") };
        happens
    }

    #[cold]
    fn below(&self, draws: &Draws, decision: Decision, n: u64) -> u64 {
        let Decision { who, purpose, occasion, k } = decision;
        let drawn = || Decided::Choice(draws.below(who, purpose, occasion, k, n));
        let decided = self.decide(decision, None, drawn);
        let Decided::Choice(choice) = decided else { decided.is_not("a choice") };
        // What was fixed among more is the last of fewer.
        choice.min(n - 1)
    }

    #[cold]
    fn duration(&self, draws: &Draws, decision: Decision, takes: &Distribution) -> SimDuration {
        let Decision { who, purpose, occasion, k } = decision;
        let drawn = || Decided::Span(draws.duration(who, purpose, occasion, k, takes));
        let decided = self.decide(decision, takes.fixed().map(Decided::Span), drawn);
        let Decided::Span(span) = decided else { decided.is_not("a span") };
        span
    }

    /// What was fixed, else what is certain, which is no decision, else what is drawn.
    fn decide(
        &self,
        decision: Decision,
        certain: Option<Decided>,
        drawn: impl FnOnce() -> Decided,
    ) -> Decided {
        let fixed = self.fixed.get(&decision).copied();
        if let (None, Some(certain)) = (fixed, certain) {
            return certain;
        }
        let decided = fixed.unwrap_or_else(drawn);
        if let Some(made) = &self.made {
            made.borrow_mut().insert(decision, decided);
        }
        decided
    }
}

impl Decided {
    fn is_not(self, wanted: &str) -> ! {
        panic!("a decision was fixed as {self:?}, where {wanted} is asked for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: fn() -> Identity = || Identity::of("instance", "web-1");
    const STOP: Purpose = Purpose(1);
    const ONCE: Occasion = Occasion::number(0);

    fn decision() -> Decision {
        Decision { who: WHO(), purpose: STOP, occasion: ONCE, k: 0 }
    }

    #[test]
    fn what_is_not_fixed_is_drawn() {
        let (plain, draws) = (Decisions::of(7, 1), Draws::new(7, 1));
        let listed = plain.clone().fixing([(decision(), Decided::Choice(3))]).listing();
        for k in 1..50 {
            let word = draws.word(WHO(), STOP, ONCE, k);
            for decisions in [&plain, &listed] {
                assert_eq!(decisions.word(WHO(), STOP, ONCE, k), word);
                let (other, half) = (Purpose(2), Ratio::new(1, 2));
                let hits = half.hits(draws.word(WHO(), other, ONCE, k));
                assert_eq!(decisions.hits(WHO(), other, ONCE, k, half), hits);
                let below = draws.below(WHO(), Purpose(3), ONCE, k, 10);
                assert_eq!(decisions.below(WHO(), Purpose(3), ONCE, k, 10), below);
            }
        }
        assert_eq!(plain.below(WHO(), STOP, ONCE, 0, 10), draws.below(WHO(), STOP, ONCE, 0, 10));
        assert_eq!(listed.below(WHO(), STOP, ONCE, 0, 10), 3);
        assert_eq!((plain.made().len(), listed.made().len()), (0, 148));
        assert_eq!(listed.made()[&decision()], Decided::Choice(3));
    }

    #[test]
    fn what_is_certain_is_no_decision_but_can_be_fixed() {
        let fixed = Distribution::constant(SimDuration::from_secs(20)).unwrap();
        let listed = Decisions::of(7, 1).listing();
        assert_eq!(listed.duration(WHO(), STOP, ONCE, 0, &fixed), SimDuration::from_secs(20));
        assert!(listed.hits(WHO(), STOP, ONCE, 0, Ratio::ONE));
        assert!(listed.made().is_empty());
        let span = Decided::Span(SimDuration::from_secs(90));
        let other = Decisions::of(7, 1).fixing([(decision(), span)]).listing();
        assert_eq!(other.duration(WHO(), STOP, ONCE, 0, &fixed), SimDuration::from_secs(90));
        assert_eq!(other.made()[&decision()], span);
        assert_eq!(other.duration_for(decision, &fixed), SimDuration::from_secs(90));
        let never = Decisions::of(7, 1).fixing([(decision(), Decided::Happens(false))]);
        assert!(!never.hits(WHO(), STOP, ONCE, 0, Ratio::ONE));
        assert!(!never.hits_for(decision, Ratio::ONE));
    }

    #[test]
    fn what_is_certain_and_not_fixed_needs_no_name() {
        let fixed = Distribution::constant(SimDuration::from_secs(20)).unwrap();
        let plain = Decisions::of(7, 1);
        let nobody = || unreachable!("it is certain");
        assert_eq!(plain.duration_for(nobody, &fixed), SimDuration::from_secs(20));
        assert!(plain.hits_for(nobody, Ratio::ONE));
        assert!(!plain.hits_for(nobody, Ratio::ZERO));
        let (half, two) = (Ratio::new(1, 2), Ratio::new(2, 1));
        let longest = Distribution::uniform(SimDuration::ZERO, SimDuration::from_secs(9)).unwrap();
        for k in 0..50 {
            let named = || Decision { k, ..decision() };
            let span = plain.duration(WHO(), STOP, ONCE, k, &longest);
            assert_eq!(plain.duration_for(named, &longest), span);
            assert_eq!(plain.quantile(named(), &longest), span);
            assert_eq!(plain.hits_for(named, half), plain.hits(WHO(), STOP, ONCE, k, half));
            assert!(plain.hits_for(nobody, two));
        }
    }

    #[test]
    fn a_word_that_is_fixed_gives_a_quantile() {
        let longest = Distribution::uniform(SimDuration::ZERO, SimDuration::from_secs(9)).unwrap();
        let fixed = Distribution::constant(SimDuration::from_secs(20)).unwrap();
        let last = Decided::Words([u64::MAX; 4]);
        let listed = Decisions::of(7, 1).listing();
        assert_eq!(listed.quantile(decision(), &fixed), SimDuration::from_secs(20));
        assert!(listed.made().is_empty());
        let other = Decisions::of(7, 1).fixing([(decision(), last)]).listing();
        assert_eq!(other.quantile(decision(), &longest), SimDuration::from_secs(9));
        assert_eq!(other.quantile(decision(), &fixed), SimDuration::from_secs(20));
        assert_eq!(other.made()[&decision()], last);
    }

    #[test]
    #[should_panic(expected = "where a span is asked for")]
    fn an_answer_of_another_kind_is_no_answer() {
        let fixed = Distribution::constant(SimDuration::from_secs(20)).unwrap();
        let wrong = Decisions::of(7, 1).fixing([(decision(), Decided::Happens(true))]);
        wrong.duration(WHO(), STOP, ONCE, 0, &fixed);
    }
}
