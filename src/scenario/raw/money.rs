//! What things cost beyond a group's own keys: the price book, exchange rates, commitments.

use crate::scenario::decode::{At, table};
use crate::scenario::value::{
    CommitmentKind, Count, CsvPath, Currency, ExchangeRate, Name, Rate, Share, Word,
};

/// Most reserved instances of one purchase. A limit of this program.
pub const RESERVED_MAX: u64 = 1_000_000;

table! {
    /// List prices of instance types by region, from one CSV.
    PriceBook {
        /// The CSV. Columns: `region`, `instance_type`, and either `rate`, such as
        /// `0.52325 CNY/h`, or a bare number per hour under `on_demand_per_hour_cny` (any
        /// currency in its place), never two of them; `vcpu`, if there is one, says how many
        /// virtual CPUs a type has; `os`, which operating system is in the price: what `windows`
        /// costs beyond `linux` is the price of that licence. Other columns and rows of other
        /// regions are passed over.
        csv: CsvPath, required;
        /// Where the prices were read.
        source: Word, required;
        /// When they held.
        date: Word, required;
    }
}

table! {
    /// What a foreign currency is worth.
    Exchange {
        /// The foreign currency.
        from: Currency, required;
        /// What one unit of it costs in the scenario's currency.
        rate: ExchangeRate, required;
        /// Where the rate was read.
        source: Word, required;
        /// When it held.
        date: Word, required;
    }
}

table! {
    /// Something that is paid for by the hour, used or not, and covers compute of pay-as-you-go
    /// instances; in the order in which it was bought.
    CommitmentEntry {
        /// Its unique name.
        name: Name, required;
        /// A savings plan has `amount` and `discount`; reserved instances have `type`, `count`
        /// and `rate`.
        kind: CommitmentKind, required;
        /// What is committed, at the plan's prices; paid whatever runs.
        amount: Rate, optional;
        /// What the plan takes off the pay-as-you-go price.
        discount: Share, optional;
        /// The same of single families, in place of `discount`; without one, only these are
        /// covered.
        discounts: Vec<FamilyDiscount>, optional;
        /// The families a plan covers (an ECS compute plan); all, if left out (general purpose).
        families: Vec<At<Name>>, optional;
        /// The instance type that is reserved.
        r#type: Name, optional;
        /// How many are reserved.
        count: Count<1, RESERVED_MAX>, optional;
        /// What one reserved instance costs, payments in advance spread over its term.
        rate: Rate, optional;
        /// The zone of zonal reserved instances, which cover their type only; regional ones,
        /// without it, cover their family, counted in vCPUs.
        zone: Name, optional;
        /// The region that is covered: for a plan all, for reserved instances the one of
        /// `[region]`, if left out.
        region: Name, optional;
        /// Whether it is bought because instances are stopped: then it is not in the baseline, and
        /// what it costs beyond what it covers is a cost of the policy. If left out, it is there
        /// whatever is stopped.
        for_policy: bool, optional;
        /// Where its price was read.
        source: Word, optional;
        /// When it held.
        date: Word, optional;
    }
}

table! {
    /// What a savings plan takes off the price of a family.
    FamilyDiscount {
        /// The family, such as `ecs.g7`.
        family: Name, required;
        /// Off the pay-as-you-go price.
        discount: Share, required;
    }
}
