//! Spot instances: their bids, their protection, and what a path of market prices costs.
//!
//! Source: preemptible instances and their billing (2021-07-19): per second at the market price,
//! at the price of purchase while the protection lasts. Whole numbers: an integral over a path
//! is a sum of rate × span, exact until the invoice.

use super::id::{MarketId, TypeId, ZoneId};
use crate::units::{HourlyRate, SimDuration, SimTime, Usage};

/// How often price and stock are looked at once the protection is over.
/// Source: preemptible instances, overview (2021-07-19).
pub const LOOK_EVERY: SimDuration = SimDuration::from_mins(5);
/// How long before it is taken back an instance is told.
/// Source: preemptible instances, overview (2021-07-19).
pub const NOTICE: SimDuration = SimDuration::from_mins(5);

/// The market of one instance type in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketSpec {
    /// Unique among the markets.
    pub name: String,
    /// Where.
    pub zone: ZoneId,
    /// Of what.
    pub instance_type: TypeId,
    /// The price of one instance at time 0.
    pub price: HourlyRate,
}

/// On what terms a group's instances were bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotTerms {
    /// Where.
    pub market: MarketId,
    /// The highest price accepted (`SpotWithPriceLimit`); none takes any (`SpotAsPriceGo`).
    pub limit: Option<HourlyRate>,
    /// How long they are safe. *Assumed*: all of a fleet was bought at time 0, and a restart
    /// buys no new protection.
    pub protection: SimDuration,
}

impl SpotTerms {
    /// Whether the protection lasts at `now`.
    pub fn is_protected(&self, now: SimTime) -> bool {
        now < self.protected_until()
    }

    /// Whether the bid is not below the market.
    pub fn accepts(&self, price: HourlyRate) -> bool {
        self.limit.is_none_or(|limit| limit >= price)
    }

    /// What one instance costs over a span: the price of purchase, then the path's.
    pub fn usage(&self, path: &PricePath, from: SimTime, to: SimTime) -> Usage {
        let safe = self.protected_until().min(to).max(from);
        let bought = Usage::of(path.rate_at(SimTime::ZERO), u128::from((safe - from).as_micros()));
        bought + path.usage(safe, to)
    }

    fn protected_until(&self) -> SimTime {
        SimTime::ZERO.saturating_add(self.protection)
    }
}

/// Why a spot instance is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// The market is above its bid.
    Price,
    /// Others need the stock.
    Stock,
}

impl Cause {
    /// Both.
    pub const ALL: [Cause; 2] = [Cause::Price, Cause::Stock];

    /// The word files use.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Price => "price",
            Cause::Stock => "stock",
        }
    }
}

/// From when on a price holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceStep {
    /// From here on.
    pub at: SimTime,
    /// The price.
    pub rate: HourlyRate,
}

/// The price of a market over time: a step function, and its integral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePath {
    /// Ascending, the first at time 0; with the cost of an instance from time 0 up to each.
    steps: Vec<(PriceStep, Usage)>,
}

impl PricePath {
    /// The path that begins at `first`; of steps at one instant the last holds.
    ///
    /// # Panics
    /// If the steps are not in the order of time.
    pub fn new(first: HourlyRate, steps: impl IntoIterator<Item = PriceStep>) -> PricePath {
        let mut path =
            PricePath { steps: vec![(PriceStep { at: SimTime::ZERO, rate: first }, Usage::ZERO)] };
        for step in steps {
            let last = path.steps.last_mut().expect("a path has a beginning");
            assert!(step.at >= last.0.at, "prices come in the order of time");
            if step.at == last.0.at {
                last.0.rate = step.rate;
            } else {
                let span = u128::from((step.at - last.0.at).as_micros());
                let until = last.1 + Usage::of(last.0.rate, span);
                path.steps.push((step, until));
            }
        }
        path
    }

    /// The changes after the beginning.
    pub fn change(&self, place: usize) -> Option<PriceStep> {
        self.steps.get(place + 1).map(|(step, _)| *step)
    }

    /// The price that holds at `at`.
    pub fn rate_at(&self, at: SimTime) -> HourlyRate {
        self.step_at(at).0.rate
    }

    /// What one instance costs over a span at the market's price, exactly.
    pub fn usage(&self, from: SimTime, to: SimTime) -> Usage {
        self.until(to) - self.until(from)
    }

    /// What one instance costs from time 0 to `at`.
    fn until(&self, at: SimTime) -> Usage {
        let (step, before) = self.step_at(at);
        *before + Usage::of(step.rate, u128::from((at - step.at).as_micros()))
    }

    fn step_at(&self, at: SimTime) -> &(PriceStep, Usage) {
        let after = self.steps.partition_point(|(step, _)| step.at <= at);
        &self.steps[after - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_mins(minutes)
    }

    fn path() -> PricePath {
        let step =
            |minutes, nanos| PriceStep { at: at(minutes), rate: HourlyRate::from_nanos(nanos) };
        PricePath::new(HourlyRate::from_nanos(60), [step(30, 120), step(90, 0), step(120, 30)])
    }

    /// 30 min at 60, 60 min at 120, 30 min free, 60 min at 30: 30 + 120 + 0 + 30 nano-units.
    #[test]
    fn the_integral_of_a_path_is_the_sum_of_its_steps() {
        let path = path();
        assert_eq!(path.usage(at(0), at(180)).invoiced().as_nanos(), 180);
        assert_eq!(path.usage(at(45), at(135)).invoiced().as_nanos(), 97); // 90 + 0 + 7.5
        for cut in [0, 1, 29, 30, 31, 90, 119, 120, 179, 180] {
            let parts = path.usage(at(0), at(cut)) + path.usage(at(cut), at(180));
            assert_eq!(parts, path.usage(at(0), at(180)), "cut at {cut}");
        }
        assert_eq!(path.rate_at(at(30)).as_nanos(), 120, "a price holds from its own instant on");
        assert_eq!(path.change(0).map(|step| step.at), Some(at(30)));
        assert_eq!(path.change(3), None);
    }

    /// "protection period at the purchase price": an hour at 60, then 30 min at 120.
    #[test]
    fn a_protected_instance_pays_the_price_of_its_purchase() {
        let market = MarketId(0);
        let terms = SpotTerms { market, limit: None, protection: SimDuration::from_hours(1) };
        assert_eq!(terms.usage(&path(), at(0), at(90)).invoiced().as_nanos(), 120);
        assert_eq!(terms.usage(&path(), at(20), at(40)).invoiced().as_nanos(), 20);
        assert_eq!(terms.usage(&path(), at(70), at(90)).invoiced().as_nanos(), 40);
        assert!(terms.is_protected(at(59)) && !terms.is_protected(at(60)));
    }

    #[test]
    fn a_bid_accepts_a_market_that_is_not_above_it() {
        let terms = |limit| SpotTerms { market: MarketId(0), limit, protection: SimDuration::ZERO };
        let price = HourlyRate::from_nanos(10);
        assert!(terms(None).accepts(price) && terms(Some(price)).accepts(price));
        assert!(!terms(Some(HourlyRate::from_nanos(9))).accepts(price));
    }
}
