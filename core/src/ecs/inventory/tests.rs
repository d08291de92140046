//! Stock is conserved whatever happens to it, and who waits is served in order.

use proptest::prelude::*;

use super::*;

const POOL: PoolId = PoolId(0);

fn spec(stock: StockSpec) -> PoolSpec {
    PoolSpec {
        name: "g7".into(),
        zone: ZoneId(0),
        unit: "vCPU".into(),
        stock,
        low_stock_threshold: 0,
        short_together: None,
    }
}

fn limited(free: u64, ours: u64) -> Inventory {
    Inventory::new(&[spec(StockSpec::Limited { free })], &[ours])
}

#[track_caller]
fn check(inventory: &Inventory, total: u64, ours: u64, others: u64, free: u64, deficit: u64) {
    let expected = Stock { total, ours, others, free, deficit };
    assert_eq!(inventory.stock(POOL), Some(expected));
}

#[test]
fn free_is_what_is_left_besides_the_fleets_own_holdings() {
    check(&limited(10, 4), 14, 4, 0, 10, 0);
}

#[test]
fn a_claim_takes_all_it_wants_or_nothing() {
    let mut inventory = limited(10, 0);
    assert_eq!(inventory.claim_ours(POOL, 8), Ok(()));
    check(&inventory, 10, 8, 0, 2, 0);
    assert_eq!(inventory.claim_ours(POOL, 3), Err(NoStock));
    check(&inventory, 10, 8, 0, 2, 0);
    inventory.release_ours(POOL, 8);
    check(&inventory, 10, 0, 0, 10, 0);
}

#[test]
fn a_total_that_shrinks_below_what_is_held_evicts_nobody_and_releases_pay_first() {
    let mut inventory = limited(2, 8);
    inventory.change_total(POOL, -5);
    check(&inventory, 5, 8, 0, 0, 3);
    inventory.release_ours(POOL, 2);
    check(&inventory, 5, 6, 0, 0, 1);
    assert_eq!(inventory.claim_ours(POOL, 1), Err(NoStock));
    inventory.release_ours(POOL, 4);
    check(&inventory, 5, 2, 0, 3, 0);
    inventory.set_total(POOL, 9);
    check(&inventory, 9, 2, 0, 7, 0);
    inventory.change_total(POOL, -100);
    check(&inventory, 0, 2, 0, 0, 2);
}

#[test]
fn a_trace_may_say_how_much_more_there_is() {
    let mut inventory = limited(2, 8);
    inventory.set_obtainable_more(POOL, 5);
    check(&inventory, 13, 8, 0, 5, 0);
    inventory.set_obtainable_more(POOL, 0);
    check(&inventory, 8, 8, 0, 0, 0);
}

#[test]
fn a_shock_leaves_a_share_of_the_nominal_total_and_passes() {
    let mut inventory = limited(10, 10);
    inventory.set_factor(POOL, Ratio::new(1, 4));
    check(&inventory, 5, 10, 0, 0, 5);
    inventory.change_total(POOL, 20);
    check(&inventory, 10, 10, 0, 0, 0);
    inventory.set_factor(POOL, Ratio::ONE);
    check(&inventory, 40, 10, 0, 30, 0);
}

#[test]
fn nobody_gets_anything_while_a_pool_is_sold_out() {
    let mut inventory = limited(10, 0);
    inventory.set_sold_out(POOL, true);
    assert!(inventory.is_sold_out(POOL) && !inventory.could_claim(POOL, 1));
    assert_eq!(inventory.claim_ours(POOL, 1), Err(NoStock));
    assert_eq!(inventory.others_arrive(POOL, 7, 1, ShortageRule::Lost), Arrival::Lost);
    assert_eq!(inventory.others_arrive(POOL, 8, 1, ShortageRule::Waits), Arrival::Waiting);
    assert_eq!(inventory.next_served(POOL), None);
    check(&inventory, 10, 0, 0, 10, 0);
    inventory.set_sold_out(POOL, false);
    assert_eq!(inventory.next_served(POOL), Some(Served { tenant: 8, units: 1 }));
    check(&inventory, 10, 0, 1, 9, 0);
}

#[test]
fn others_that_were_there_before_do_not_eat_what_is_free() {
    let mut inventory = limited(10, 4);
    inventory.seed_others(POOL, 6);
    check(&inventory, 20, 4, 6, 10, 0);
    inventory.others_depart(POOL, 6);
    check(&inventory, 20, 4, 0, 16, 0);
}

#[test]
fn waiting_tenants_are_served_in_order_of_arrival_among_those_that_fit() {
    let mut inventory = limited(4, 0);
    let arrive = |inventory: &mut Inventory, tenant, units| {
        inventory.others_arrive(POOL, tenant, units, ShortageRule::Waits)
    };
    assert_eq!(arrive(&mut inventory, 1, 4), Arrival::Taken);
    for (tenant, units) in [(2, 3), (3, 1), (4, 1), (5, 2)] {
        assert_eq!(arrive(&mut inventory, tenant, units), Arrival::Waiting);
    }
    assert_eq!((inventory.waiting(POOL), inventory.next_served(POOL)), (4, None));
    inventory.others_depart(POOL, 2);
    assert_eq!(inventory.next_served(POOL), Some(Served { tenant: 3, units: 1 }));
    assert_eq!(inventory.next_served(POOL), Some(Served { tenant: 4, units: 1 }));
    assert_eq!(inventory.next_served(POOL), None);
    inventory.others_depart(POOL, 4);
    assert_eq!(inventory.next_served(POOL), Some(Served { tenant: 2, units: 3 }));
    assert_eq!(inventory.next_served(POOL), None);
    assert_eq!(inventory.waiting(POOL), 1);
}

#[test]
fn an_unlimited_pool_is_never_short_but_counts_what_we_hold() {
    let mut inventory = Inventory::new(&[spec(StockSpec::Unlimited)], &[5]);
    assert_eq!(inventory.claim_ours(POOL, u64::from(u32::MAX)), Ok(()));
    assert_eq!(inventory.others_arrive(POOL, 1, 1 << 40, ShortageRule::Lost), Arrival::Taken);
    inventory.change_total(POOL, -1_000_000);
    assert_eq!(inventory.stock(POOL), None);
    assert_eq!(inventory.ours(POOL), 5 + u64::from(u32::MAX));
    inventory.set_sold_out(POOL, true);
    assert_eq!(inventory.claim_ours(POOL, 1), Err(NoStock));
}

#[test]
#[should_panic(expected = "stock of pool")]
fn a_total_that_is_off_by_one_is_noticed() {
    let mut inventory = limited(10, 1);
    inventory.pools[0].stock.total += 1;
    inventory.check();
}

#[test]
#[should_panic(expected = "is short and free")]
fn a_pool_that_is_short_and_free_at_once_is_noticed() {
    let mut inventory = limited(10, 1);
    inventory.pools[0].stock.free += 1;
    inventory.pools[0].stock.deficit += 1;
    inventory.check();
}

#[test]
#[should_panic(expected = "we release what we hold")]
fn releasing_more_than_we_hold_is_a_bug() {
    limited(10, 1).release_ours(POOL, 2);
}

#[derive(Clone, Debug)]
enum Step {
    Claim(u64),
    Release(u64),
    Arrive(u64, ShortageRule),
    Depart(u64),
    Change(i64),
    SetTotal(u64),
    Factor(u64, u64),
    SoldOut(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let units = 0u64..20;
    let rule = prop_oneof![Just(ShortageRule::Lost), Just(ShortageRule::Waits)];
    prop_oneof![
        4 => units.clone().prop_map(Step::Claim),
        4 => units.clone().prop_map(Step::Release),
        4 => (units.clone(), rule).prop_map(|(units, rule)| Step::Arrive(units, rule)),
        4 => units.prop_map(Step::Depart),
        2 => (-30i64..30).prop_map(Step::Change),
        1 => (0u64..80).prop_map(Step::SetTotal),
        1 => (0u64..5, 1u64..4).prop_map(|(num, den)| Step::Factor(num, den)),
        1 => any::<bool>().prop_map(Step::SoldOut),
    ]
}

/// The same pool kept the slow way: only the total and what is held; the rest follows.
#[derive(Default)]
struct Reference {
    nominal: u64,
    factor: Option<Ratio>,
    ours: u64,
    others: u64,
    sold_out: bool,
    waiting: Vec<Served>,
}

impl Reference {
    fn stock(&self) -> Stock {
        let total = self.factor.unwrap_or(Ratio::ONE).of(self.nominal);
        let held = self.ours + self.others;
        Stock {
            total,
            ours: self.ours,
            others: self.others,
            free: total.saturating_sub(held),
            deficit: held.saturating_sub(total),
        }
    }

    fn fits(&self, units: u64) -> bool {
        !self.sold_out && self.stock().free >= units
    }

    fn next_served(&mut self) -> Option<Served> {
        let first = self.waiting.iter().position(|waiting| self.fits(waiting.units))?;
        let served = self.waiting.remove(first);
        self.others += served.units;
        Some(served)
    }
}

proptest! {
    #[test]
    fn stock_is_conserved_and_agrees_with_a_pool_kept_the_slow_way(
        free in 0u64..60,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut inventory = limited(free, 5);
        let mut slow = Reference { nominal: free + 5, ours: 5, ..Reference::default() };
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Claim(units) => {
                    let claimed = inventory.claim_ours(POOL, units).is_ok();
                    prop_assert_eq!(claimed, slow.fits(units));
                    slow.ours += if claimed { units } else { 0 };
                }
                Step::Release(units) => {
                    let units = units.min(slow.ours);
                    inventory.release_ours(POOL, units);
                    slow.ours -= units;
                }
                Step::Arrive(units, rule) => {
                    let tenant = number as u64;
                    let arrival = inventory.others_arrive(POOL, tenant, units, rule);
                    prop_assert_eq!(arrival == Arrival::Taken, slow.fits(units));
                    match arrival {
                        Arrival::Taken => slow.others += units,
                        Arrival::Lost => prop_assert_eq!(rule, ShortageRule::Lost),
                        Arrival::Waiting => slow.waiting.push(Served { tenant, units }),
                    }
                }
                Step::Depart(units) => {
                    let units = units.min(slow.others);
                    inventory.others_depart(POOL, units);
                    slow.others -= units;
                }
                Step::Change(delta) => {
                    inventory.change_total(POOL, delta);
                    slow.nominal = slow.nominal.saturating_add_signed(delta);
                }
                Step::SetTotal(total) => {
                    inventory.set_total(POOL, total);
                    slow.nominal = total;
                }
                Step::Factor(num, den) => {
                    inventory.set_factor(POOL, Ratio::new(num, den));
                    slow.factor = Some(Ratio::new(num, den));
                }
                Step::SoldOut(on) => {
                    inventory.set_sold_out(POOL, on);
                    slow.sold_out = on;
                }
            }
            loop {
                let served = inventory.next_served(POOL);
                prop_assert_eq!(served, slow.next_served());
                if served.is_none() {
                    break;
                }
            }
            inventory.check();
            prop_assert_eq!(inventory.stock(POOL), Some(slow.stock()));
            prop_assert_eq!(inventory.waiting(POOL), slow.waiting.len());
        }
    }
}
