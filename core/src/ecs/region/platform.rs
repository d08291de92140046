//! What the platform does without being asked: arrears, and spot instances taken back.
//!
//! It goes through the same table and the same effects as a call.

use super::place::NOTHING;
use super::{Region, Work};
use crate::ecs::account::Standing;
use crate::ecs::id::{InstanceId, MarketId};
use crate::ecs::instance::{State, StoppedMode, Trigger, WorkKind};
use crate::ecs::meter::BilledState;
use crate::ecs::refusal::Refusal;
use crate::ecs::spec::ChargeType;
use crate::units::{HourlyRate, SimTime};

impl Region {
    /// What one instance costs in a market now.
    pub fn spot_price(&self, market: MarketId) -> HourlyRate {
        self.spot_prices[market.index()]
    }

    /// The price of a market changes.
    pub fn set_spot_price(&mut self, market: MarketId, price: HourlyRate) {
        self.spot_prices[market.index()] = price;
    }

    /// How the account stands.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The account stands otherwise from now on: billing is suspended or resumed.
    pub fn set_standing(&mut self, now: SimTime, standing: Standing) {
        let before = self.standing.suspends_billing();
        self.standing = standing;
        if before == standing.suspends_billing() {
            return;
        }
        for place in 0..self.instances.len() {
            let id = InstanceId::at(place);
            let kind = self.kind_of(id);
            let plain = BilledState::of(self.state(id), &self.spec.knobs);
            if self.owes(id) && plain.is_on_the_bill() {
                let is = self.billed_state(id);
                let was = if before { BilledState::Suspended } else { plain };
                self.meters.move_one(now, kind, was, is);
            }
        }
    }

    /// Whether an instance is paid for by the second, and so concerned by arrears.
    pub(super) fn owes(&self, id: InstanceId) -> bool {
        self.spec.group(self.group_of(id)).charge == ChargeType::PayAsYouGo
    }

    /// What the account's standing answers to a stop.
    pub(super) fn check_standing_of_stop(&self, id: InstanceId) -> Result<(), Refusal> {
        match self.standing.refuses_stop().filter(|_| self.owes(id)) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// What the account's standing answers to a start.
    pub(super) fn check_standing_of_start(&self, id: InstanceId) -> Result<(), Refusal> {
        match self.standing.refuses_start().filter(|_| self.owes(id)) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// What the account's standing answers to a change of type: what it answers to a start, in
    /// the words of ModifyInstanceSpec's own row (*Assumed*).
    pub(super) fn check_standing_of_change(&self, id: InstanceId) -> Result<(), Refusal> {
        match self.standing.refuses_start().filter(|_| self.owes(id)) {
            Some(Refusal::StartInArrears) => Err(Refusal::ModifyInArrears),
            Some(Refusal::InsufficientBalance) => Err(Refusal::NotEnoughBalance),
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// The platform brings a running instance down: for arrears, or to take a spot instance
    /// back. Nothing if it does not run.
    pub fn platform_stop(
        &mut self,
        now: SimTime,
        id: InstanceId,
        mode: StoppedMode,
    ) -> Option<Work> {
        if self.state(id) != State::Running {
            return None;
        }
        let eligible = self.ineligible(id).is_none();
        let effective = if eligible { mode } else { StoppedMode::KeepCharging };
        let stop = Trigger::StopInstance(effective);
        self.apply(now, id, stop).expect("a running instance can be stopped");
        Some(self.work(id, WorkKind::ForcedStop))
    }

    /// The platform takes the compute of an instance that was stopped in standard mode: whether
    /// it was.
    pub fn reclaim(&mut self, now: SimTime, id: InstanceId) -> bool {
        let kept = State::Stopped { effective: StoppedMode::KeepCharging };
        let was_kept = self.state(id) == kept;
        if was_kept {
            self.apply(now, id, Trigger::Reclaim).expect("stock that is kept can be taken");
        }
        was_kept
    }

    /// The platform starts an instance again once the account has paid.
    ///
    /// # Errors
    /// What a StartInstance of the account itself would be answered.
    pub fn platform_start(&mut self, now: SimTime, id: InstanceId) -> Result<Work, Refusal> {
        let checked = self.check_start_of(now, id, &NOTHING)?;
        self.apply(now, id, Trigger::StartInstance)?;
        Ok(self.work(id, WorkKind::start(checked.from)))
    }

    /// The market of a spot instance has its price and its stock for a start.
    pub(super) fn check_spot(&self, now: SimTime, id: InstanceId) -> Result<(), Refusal> {
        if self.spot_prices.is_empty() { Ok(()) } else { self.check_bid(now, id) }
    }

    #[inline(never)]
    fn check_bid(&self, now: SimTime, id: InstanceId) -> Result<(), Refusal> {
        let group = self.spec.group(self.group_of(id));
        let Some(terms) = group.spot.filter(|terms| !terms.is_protected(now)) else {
            return Ok(());
        };
        if !terms.accepts(self.spot_price(terms.market)) {
            return Err(Refusal::SpotPriceTooHigh);
        }
        // Kept stock counts only while nobody is short of it.
        match group.pool {
            Some(pool) if self.inventory.is_short(pool) => Err(Refusal::NoStock),
            Some(_) | None => Ok(()),
        }
    }
}
