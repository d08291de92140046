//! What billing cycles are billed for beyond the time in them.
//!
//! A cycle in which an instance is released is billed for no less than a minimum duration; an
//! hour of snapshots, or a day of an elastic address, that has begun is billed whole. Kept per
//! instance, and for the cycle it is in only: how long it was billed in it, and whether billing
//! ended there. Of cycles counts what lies in the window.
//!
//! Source: pay-as-you-go page (zh), read 2026-11; EIP documentation of 2021, Billing. *Assumed*:
//! days begin at midnight in UTC+8, as hours do.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::ecs::commitment::minimum_duration;
use crate::ecs::id::{InstanceId, KindId};
use crate::ecs::knob::MinimumDurationScope;
use crate::ecs::meter::{BilledState, Component, is_billed};
use crate::ecs::spec::{ChargeType, GroupSpec, Initially, RegionSpec};
use crate::units::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use crate::units::{HourlyRate, Money, SimTime, Usage};

use super::Bill;
use crate::books::plan::BooksPlan;

/// What runs while something is billed; one for each thing that is billed at other times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Clock {
    /// What an economical stop pauses.
    Pausing,
    /// What it does not.
    Staying,
    /// Either, had nothing been stopped, and so no instance created in place of another.
    Unstopped,
}

const CLOCKS: usize = 3;
/// Bills are in UTC+8.
const EAST: u64 = 8 * MICROS_PER_HOUR;

impl Clock {
    const ALL: [Clock; CLOCKS] = [Clock::Pausing, Clock::Staying, Clock::Unstopped];
}

/// Why a cycle is billed for more than the time in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MinimumChargeCause {
    /// Billing ended in it too soon.
    MinimumDuration,
    /// It is billed whole once it has begun.
    WholeCycle,
}

impl MinimumChargeCause {
    /// Every cause, in the order of the report.
    pub const ALL: [MinimumChargeCause; 2] =
        [MinimumChargeCause::MinimumDuration, MinimumChargeCause::WholeCycle];

    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            MinimumChargeCause::MinimumDuration => "minimum_duration",
            MinimumChargeCause::WholeCycle => "whole_cycle",
        }
    }
}

/// Instance-µs beyond the time in cycles, by clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumCharge {
    minimum: [u128; CLOCKS],
    hours: [u128; CLOCKS],
    days: [u128; CLOCKS],
}

impl AddAssign for MinimumCharge {
    fn add_assign(&mut self, other: MinimumCharge) {
        for clock in Clock::ALL.map(|clock| clock as usize) {
            self.minimum[clock] += other.minimum[clock];
            self.hours[clock] += other.hours[clock];
            self.days[clock] += other.days[clock];
        }
    }
}

/// One instance in the cycles that it is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cycling {
    /// Whether it is only there because another one was to be replaced.
    replaces: bool,
    hours: [Tail; CLOCKS],
    days: [Tail; CLOCKS],
}

/// One clock in the cycle it is in.
#[derive(Clone, Copy, Debug, Default)]
struct Tail {
    cycle: u64,
    billed: u64,
    ended: bool,
}

/// Cycles of one length.
#[derive(Clone, Copy, Debug)]
struct Grid {
    length: u64,
    /// How far time 0 lies in its cycle.
    lead: u64,
}

/// How cycles lie, and what holds in them.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    plan: BooksPlan<'a>,
    hour: Grid,
    day: Grid,
}

impl<'a> Rules<'a> {
    /// Those of a plan.
    pub fn of(plan: BooksPlan<'a>) -> Rules<'a> {
        let since_midnight = plan.clock.since_midnight_utc().as_micros() + EAST;
        let grid = |length| Grid { length, lead: since_midnight % length };
        Rules { plan, hour: grid(MICROS_PER_HOUR), day: grid(MICROS_PER_DAY) }
    }

    /// Whether billing can begin or end in the middle of a cycle, so that it has to be watched.
    pub fn matter(&self) -> bool {
        let region = &self.plan.region;
        let any = region.knobs.minimum_duration_scope == MinimumDurationScope::AnyCycle;
        any || self.plan.billing_ends || region.groups.iter().any(comes)
    }

    fn is_on(&self, clock: Clock, state: BilledState) -> bool {
        let knobs = &self.plan.region.knobs;
        match clock {
            Clock::Pausing => is_billed(Component::Compute, state, knobs),
            Clock::Staying => is_billed(Component::SystemDisk, state, knobs),
            Clock::Unstopped => state.is_on_the_bill(),
        }
    }

    /// Whether a cycle is filled up in which billing ends by this state.
    fn fills_up(&self, state: BilledState) -> bool {
        match self.plan.region.knobs.minimum_duration_scope {
            MinimumDurationScope::ReleaseOnly => state == BilledState::Released,
            MinimumDurationScope::AnyCycle => true,
        }
    }

    /// The shortest time of a cycle; had nothing been stopped, of the group's own type.
    fn shortest(&self, clock: Clock, kind: KindId) -> u64 {
        let row = self.plan.region.kind(kind);
        let instance_type = match clock {
            Clock::Pausing | Clock::Staying => row.instance_type,
            Clock::Unstopped => row.group.instance_type,
        };
        minimum_duration(self.plan.region.types[instance_type.index()].vcpus)
    }
}

/// Whether instances of a group can come to be during a run.
fn comes(group: &GroupSpec) -> bool {
    group.reserve > 0 || group.initially.ways().any(|way| way == Initially::Pending)
}

impl Cycling {
    /// Of an instance that is there from time 0 on, or of one that is created during the run.
    pub fn new(group: &GroupSpec, instance: InstanceId) -> Cycling {
        Cycling { replaces: group.is_in_reserve(instance), ..Cycling::default() }
    }

    /// Forgets what was before now.
    pub fn restart(&mut self) {
        *self = Cycling { replaces: self.replaces, ..Cycling::default() };
    }

    /// Notes a span of an instance; what the cycles that it left behind come to.
    pub fn book(
        &mut self,
        rules: &Rules<'_>,
        kind: KindId,
        state: BilledState,
        (from, to): (SimTime, SimTime),
    ) -> MinimumCharge {
        let mut minimum_charge = MinimumCharge::default();
        let fills_up = rules.fills_up(state);
        for clock in Clock::ALL {
            let is_on = rules.is_on(clock, state) && !(self.replaces && clock == Clock::Unstopped);
            let (hour, day) = (&mut self.hours[clock as usize], &mut self.days[clock as usize]);
            for left in hour.pass(is_on, fills_up, rules.hour, (from, to)) {
                minimum_charge.add_hour(rules, kind, clock, left, to);
            }
            for left in day.pass(is_on, fills_up, rules.day, (from, to)) {
                minimum_charge.add_day(rules, clock, left, to);
            }
        }
        minimum_charge
    }

    /// The run is over: what the cycles that are still open come to.
    pub fn close(&self, rules: &Rules<'_>, kind: KindId, end: SimTime) -> MinimumCharge {
        let mut minimum_charge = MinimumCharge::default();
        for clock in Clock::ALL {
            minimum_charge.add_hour(rules, kind, clock, self.hours[clock as usize], end);
            minimum_charge.add_day(rules, clock, self.days[clock as usize], end);
        }
        minimum_charge
    }
}

impl MinimumCharge {
    /// Adds what an hour comes to, of which the run has seen what was before `seen`.
    fn add_hour(
        &mut self,
        rules: &Rules<'_>,
        kind: KindId,
        clock: Clock,
        hour: Tail,
        seen: SimTime,
    ) {
        let missing = hour.missing(rules.shortest(clock, kind));
        let rest = hour.rest(rules.hour, (rules.plan.warm_up, seen));
        self.minimum[clock as usize] += u128::from(missing);
        self.hours[clock as usize] += u128::from(rest);
    }

    /// The same of a day.
    fn add_day(&mut self, rules: &Rules<'_>, clock: Clock, day: Tail, seen: SimTime) {
        let rest = day.rest(rules.day, (rules.plan.warm_up, seen));
        self.days[clock as usize] += u128::from(rest);
    }
}

impl Tail {
    /// Notes a span; the cycles that it leaves behind without filling them.
    fn pass(
        &mut self,
        is_on: bool,
        fills_up: bool,
        Grid { length, lead }: Grid,
        (from, to): (SimTime, SimTime),
    ) -> [Tail; 2] {
        let (begin, end) = (from.as_micros() + lead, to.as_micros() + lead);
        let (first, last) = (begin / length, end / length);
        let mut left = [Tail::default(); 2];
        if self.cycle != first {
            left[0] = std::mem::replace(self, Tail { cycle: first, ..Tail::default() });
        }
        match is_on {
            true => self.billed += end.min((first + 1) * length) - begin,
            false => self.ended |= fills_up && self.billed > 0,
        }
        if last > first {
            let billed = if is_on { end % length } else { 0 };
            left[1] = std::mem::replace(self, Tail { cycle: last, billed, ended: false });
        }
        left
    }

    /// What a cycle in which billing ended lacks to the shortest time.
    fn missing(self, shortest: u64) -> u64 {
        match self.ended {
            true => shortest.saturating_sub(self.billed),
            false => 0,
        }
    }

    /// What a cycle that has begun lacks to all of it that lies in the window.
    fn rest(self, Grid { length, lead }: Grid, (from, until): (SimTime, SimTime)) -> u64 {
        if self.billed == 0 {
            return 0;
        }
        let begin = (self.cycle * length).saturating_sub(lead).max(from.as_micros());
        let end = ((self.cycle + 1) * length - lead).min(until.as_micros());
        end.saturating_sub(begin).saturating_sub(self.billed)
    }
}

/// What cycles cost beyond the time in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumChargeLine {
    /// The group as one of its types.
    pub kind: KindId,
    /// What was billed for longer than it was there.
    pub component: Component,
    /// Why.
    pub cause: MinimumChargeCause,
    /// What it would have cost, had nothing been stopped: releases stay where they are.
    pub baseline: Money,
    /// What it cost.
    pub actual: Money,
}

impl MinimumCharge {
    /// What it costs: a line for each component and cause, rounded down once.
    pub fn lines(&self, region: &RegionSpec, kind: KindId) -> Vec<MinimumChargeLine> {
        let mut lines = Vec::new();
        if region.kind(kind).group.charge == ChargeType::Subscription {
            return lines;
        }
        for (cause, component) in MinimumChargeCause::ALL
            .into_iter()
            .flat_map(|cause| Component::ALL.map(|of| (cause, of)))
        {
            let [baseline, actual] = self.cost(region, kind, cause, component);
            if (baseline, actual) != (Usage::ZERO, Usage::ZERO) {
                let (baseline, actual) = (baseline.invoiced(), actual.invoiced());
                lines.push(MinimumChargeLine { kind, component, cause, baseline, actual });
            }
        }
        lines
    }

    /// In the baseline, and in fact.
    fn cost(
        &self,
        region: &RegionSpec,
        kind: KindId,
        cause: MinimumChargeCause,
        component: Component,
    ) -> [Usage; 2] {
        let row = region.kind(kind);
        let rates = [row.group.rates.of(component), row.rates.of(component)];
        match cause {
            MinimumChargeCause::MinimumDuration if has_minimum(component) => {
                let pauses = !is_billed(component, BilledState::StoppedEconomical, &region.knobs);
                let clock = if pauses { Clock::Pausing } else { Clock::Staying };
                priced(rates, &self.minimum, clock)
            }
            MinimumChargeCause::WholeCycle if component == Component::Snapshots => {
                priced(rates, &self.hours, Clock::Staying)
            }
            MinimumChargeCause::WholeCycle if component == Component::Eip => {
                let by_hour = [row.group.rates.eip_by_hour, row.rates.eip_by_hour];
                let all = priced(rates, &self.days, Clock::Staying);
                let not_by_day = priced(by_hour, &self.days, Clock::Staying);
                let hours = priced(by_hour, &self.hours, Clock::Staying);
                [0, 1].map(|world| all[world] - not_by_day[world] + hours[world])
            }
            MinimumChargeCause::MinimumDuration | MinimumChargeCause::WholeCycle => {
                [Usage::ZERO; 2]
            }
        }
    }
}

/// What has a minimum duration: "the instance type, the disk and the fixed bandwidth alike".
const fn has_minimum(component: Component) -> bool {
    match component {
        Component::Compute
        | Component::SystemDisk
        | Component::DataDisks
        | Component::StaticBandwidth => true,
        Component::Licence | Component::Eip | Component::Snapshots => false,
    }
}

fn priced(rates: [HourlyRate; 2], micros: &[u128; CLOCKS], clock: Clock) -> [Usage; 2] {
    let [own, rate] = rates;
    [Usage::of(own, micros[Clock::Unstopped as usize]), Usage::of(rate, micros[clock as usize])]
}

impl Bill {
    /// Adds what cycles are billed for beyond the time in them.
    pub(super) fn fill_up(
        &mut self,
        region: &RegionSpec,
        kind: KindId,
        minimum_charge: &MinimumCharge,
    ) {
        for line in minimum_charge.lines(region, kind) {
            self.baseline += line.baseline;
            self.actual += line.actual;
            if line.component == Component::Compute {
                self.baseline_compute += line.baseline;
            }
            self.minimum_charge.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000;
    const HOURS: Grid = Grid { length: MICROS_PER_HOUR, lead: 0 };

    fn at(minutes: u64) -> SimTime {
        SimTime::from_micros(minutes * MINUTE)
    }

    /// What minutes are missing to five after spans of (from, to, whether billed) in minutes.
    fn missing(spans: &[(u64, u64, bool)]) -> u64 {
        let mut tail = Tail::default();
        let mut short = 0;
        for &(from, to, is_on) in spans {
            let left = tail.pass(is_on, true, HOURS, (at(from), at(to)));
            short += left.map(|tail| tail.missing(5 * MINUTE)).iter().sum::<u64>();
        }
        (short + tail.missing(5 * MINUTE)) / MINUTE
    }

    #[test]
    fn a_cycle_in_which_billing_ends_early_is_filled_up() {
        assert_eq!(missing(&[(0, 62, true), (62, 500, false)]), 3);
        assert_eq!(missing(&[(0, 65, true), (65, 500, false)]), 0);
        // It ended with the cycle: nothing was used in the next one.
        assert_eq!(missing(&[(0, 60, true), (60, 500, false)]), 0);
    }

    #[test]
    fn a_cycle_that_begins_late_and_goes_on_is_not() {
        assert_eq!(missing(&[(0, 59, false), (59, 200, true)]), 0);
    }

    /// Vendor example: from 00:59:00, released in the third cycle after 20 s there.
    #[test]
    fn only_the_cycle_of_the_end_counts() {
        assert_eq!(missing(&[(59, 121, true), (121, 500, false)]), 4);
        // Twice in one cycle, two minutes in all: filled up once.
        let twice = [(0, 1, true), (1, 10, false), (10, 11, true), (11, 90, false)];
        assert_eq!(missing(&twice), 3);
    }

    /// What minutes the hours of a window lack that were billed for a part.
    fn rest(lead: u64, window: (u64, u64), spans: &[(u64, u64, bool)]) -> u64 {
        let grid = Grid { lead: lead * MINUTE, ..HOURS };
        let mut tail = Tail::default();
        let mut rest = 0;
        for &(from, to, is_on) in spans {
            let left = tail.pass(is_on, true, grid, (at(from), at(to)));
            rest += left.map(|tail| tail.rest(grid, (at(window.0), at(to)))).iter().sum::<u64>();
        }
        (rest + tail.rest(grid, (at(window.0), at(window.1)))) / MINUTE
    }

    #[test]
    fn a_cycle_that_has_begun_is_whole() {
        assert_eq!(rest(0, (0, 240), &[(0, 62, true), (62, 240, false)]), 58, "it ends");
        assert_eq!(rest(0, (0, 240), &[(0, 62, false), (62, 240, true)]), 2, "it begins");
        let pause = [(0, 62, true), (62, 70, false), (70, 240, true)];
        assert_eq!(rest(0, (0, 240), &pause), 8, "it pauses within one");
        assert_eq!(rest(0, (0, 240), &[(0, 120, true), (120, 240, false)]), 0, "nothing begun");
    }

    #[test]
    fn of_a_cycle_counts_what_lies_in_the_window() {
        assert_eq!(rest(0, (0, 75), &[(0, 62, true), (62, 75, false)]), 13);
        assert_eq!(rest(0, (50, 240), &[(50, 52, true), (52, 240, false)]), 8);
        // Time 0 is at 20 past: the first hour ends 40 minutes later.
        assert_eq!(rest(20, (0, 240), &[(0, 30, true), (30, 240, false)]), 10);
        assert_eq!(rest(20, (0, 240), &[(0, 240, true)]), 0);
    }
}
