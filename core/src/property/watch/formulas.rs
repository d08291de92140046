//! Written properties: their counters, and when they are looked at.

use crate::ecs::id::InstanceId;
use crate::units::SimTime;

use super::super::Seen;
use super::super::formula::Formula;
use super::super::kept::Kept;
use super::super::plan::{Form, Properties, Written};
use super::super::terms::{Counter, Happened};
use super::{Due, Watch};

/// A written property that is watched.
#[derive(Clone, Debug)]
pub(super) struct Watched<'a> {
    written: &'a Written,
    /// Of the formula, then of what it is to follow.
    formula: Value<'a>,
    after: Option<Value<'a>>,
    /// Since when it is owed, or is not as it has to be.
    since: Option<SimTime>,
    /// Whether what it follows held when it was last looked at.
    after_held: bool,
    is_dirty: bool,
}

/// A formula with the counters of its terms.
#[derive(Clone, Debug)]
struct Value<'a> {
    formula: &'a Formula,
    counters: Vec<Counter<'a>>,
}

/// Which written properties are about an instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Those that are about all instances, by place.
    about_all: Vec<u32>,
    /// By instance: those that name it.
    about: Vec<Vec<u32>>,
    dirty: Vec<u32>,
    with_windows: Vec<u32>,
}

impl<'a> Value<'a> {
    fn new(formula: &'a Formula, all: &[Kept]) -> Value<'a> {
        let mut terms = Vec::new();
        formula.terms(&mut terms);
        Value { formula, counters: terms.iter().map(|term| Counter::new(term, all)).collect() }
    }

    fn holds(&self) -> bool {
        let mut values = self.counters.iter().map(Counter::value);
        self.formula.holds(&mut || values.next().expect("a counter for every term"))
    }
}

impl<'a> Watched<'a> {
    fn counters(&self) -> impl Iterator<Item = &Counter<'a>> {
        self.formula.counters.iter().chain(self.after.iter().flat_map(|after| &after.counters))
    }

    fn counters_mut(&mut self) -> impl Iterator<Item = &mut Counter<'a>> {
        let after = self.after.iter_mut().flat_map(|after| &mut after.counters);
        self.formula.counters.iter_mut().chain(after)
    }
}

/// What is watched of written properties, and which instances each is about.
pub(super) fn watched<'a>(asked: &'a Properties, all: &[Kept]) -> (Vec<Watched<'a>>, Index) {
    let mut index = Index::default();
    let mut watched = Vec::new();
    if asked.written.is_empty() {
        return (watched, index);
    }
    index.about = vec![Vec::new(); all.len()];
    for (place, written) in (0..).zip(&asked.written) {
        let (formula, after) = match &written.form {
            Form::Always { formula, .. } | Form::Sometimes(formula) => (formula, None),
            Form::Eventually { formula, after, .. } => (formula, after.as_ref()),
        };
        let after = after.map(|after| Value::new(after, all));
        let one = Watched {
            written,
            formula: Value::new(formula, all),
            after,
            since: None,
            after_held: false,
            is_dirty: true,
        };
        if one.counters().any(|counter| counter.term.window.is_some()) {
            index.with_windows.push(place);
        }
        let mut named: Vec<InstanceId> = Vec::new();
        let mut about_all = false;
        for counter in one.counters() {
            match &counter.term.instances {
                Some(instances) => named.extend(instances),
                None => about_all = true,
            }
        }
        if about_all {
            index.about_all.push(place);
        } else {
            named.sort_unstable();
            named.dedup();
            named.iter().for_each(|id| index.about[id.index()].push(place));
        }
        index.dirty.push(place);
        watched.push(one);
    }
    (watched, index)
}

impl Watch<'_> {
    /// Counters follow an instance that changed.
    pub(super) fn turn_counters(&mut self, id: InstanceId, was: &Kept, is: &Kept) {
        self.each_counter_set(id, |counter| counter.turn(id, was, is));
    }

    /// Counters follow something that happened.
    pub(super) fn happened(&mut self, event: &Happened<'_>) {
        if self.written.is_empty() {
            return;
        }
        let now = self.now;
        self.each_counter_set(event.instance, |counter| counter.happened(now, event));
    }

    /// Changes all counters that may be about an instance; who changed is looked at when time
    /// goes on.
    fn each_counter_set(
        &mut self,
        id: InstanceId,
        mut change: impl FnMut(&mut super::super::terms::Counter<'_>) -> bool,
    ) {
        let Watch { written, counters: Index { about_all, about, dirty, .. }, .. } = self;
        for &place in about_all.iter().chain(&about[id.index()]) {
            let one = &mut written[place as usize];
            let mut changed = false;
            for counter in one.counters_mut() {
                changed |= change(counter);
            }
            if changed && !one.is_dirty {
                one.is_dirty = true;
                dirty.push(place);
            }
        }
    }

    /// When something that a formula counts is over its window.
    pub(super) fn next_forgotten(&self) -> Option<SimTime> {
        let with_windows = self.counters.with_windows.iter();
        let counters = with_windows.flat_map(|place| self.written[*place as usize].counters());
        counters.filter_map(Counter::next_change).min()
    }

    /// Forgets what is over its window, and looks at what changed by that.
    pub(super) fn forget(&mut self, now: SimTime) {
        if self.counters.with_windows.is_empty() {
            return;
        }
        let Watch { written, counters: Index { with_windows, dirty, .. }, .. } = self;
        for &place in &*with_windows {
            let one = &mut written[place as usize];
            let mut changed = false;
            for counter in one.counters_mut() {
                changed |= counter.forget(now);
            }
            if changed && !one.is_dirty {
                one.is_dirty = true;
                dirty.push(place);
            }
        }
        self.look_at_formulas();
    }

    /// Looks at the formulas of which something changed, as things are now.
    pub(super) fn look_at_formulas(&mut self) {
        for place in std::mem::take(&mut self.counters.dirty) {
            self.written[place as usize].is_dirty = false;
            self.look_at_formula(place);
        }
    }

    fn look_at_formula(&mut self, place: u32) {
        let now = self.now;
        let property = self.number_of(place);
        let one = &mut self.written[place as usize];
        let holds = one.formula.holds();
        match &one.written.form {
            Form::Always { tolerance, .. } => {
                let since = one.since;
                one.since = if holds { None } else { Some(since.unwrap_or(now)) };
                if let (None, Some(since)) = (since, one.since) {
                    let due = Due::Written { place, since };
                    match tolerance.is_zero() {
                        true => self.written_due(place, since),
                        false => self.look_at(since.saturating_add(*tolerance), due),
                    }
                }
                self.arm(property);
            }
            Form::Sometimes(_) => {
                if holds {
                    self.arm(property);
                }
            }
            Form::Eventually { by, .. } => {
                let after = one.after.as_ref().map(Value::holds);
                let begins = match after {
                    None => now == SimTime::ZERO && one.since.is_none() && !one.after_held,
                    Some(after) => after && !one.after_held,
                };
                let is_over = after == Some(false);
                one.after_held = after.unwrap_or(true);
                if begins {
                    one.since = Some(now);
                } else if is_over {
                    one.since = None;
                }
                if let (true, Some(since)) = (begins, one.since) {
                    let due = Due::Written { place, since };
                    let time = since.saturating_add(*by);
                    self.look_at(time, due);
                }
                let one = &mut self.written[place as usize];
                if holds && one.since.take().is_some() {
                    self.arm(property);
                }
            }
        }
    }

    pub(super) fn written_due(&mut self, place: u32, since: SimTime) {
        let property = self.number_of(place);
        let one = &self.written[place as usize];
        if one.since == Some(since) {
            self.arm(property);
            self.violated(property, (None, None), since, Seen::Itself);
        }
    }

    /// Whether something is still owed.
    pub(super) fn is_pending(&self, property: u16) -> bool {
        let place = usize::from(property) - self.asked.built_in.len();
        self.written[place].since.is_some()
    }

    /// The place of a written property among all.
    fn number_of(&self, place: u32) -> u16 {
        let place = self.asked.built_in.len() + place as usize;
        u16::try_from(place).expect("scenarios have fewer properties")
    }
}
