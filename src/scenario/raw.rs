//! The file as written: every table, every key, its type and what it is when left out.
//!
//! It decides what one key means by itself; what keys mean to one another is `into_plan`'s.

mod acting;
mod decisions;
mod demands;
mod entries;
mod faults;
mod fleet;
mod keeping;
mod knobs;
mod lifecycle;
mod money;
mod properties;
mod services;
mod setting;
mod spot;
mod stock;
mod tags;

pub use acting::*;
pub use decisions::*;
pub use demands::*;
pub use entries::{Entries, Entry, Section, TextOf, Texts};
pub use faults::*;
pub use fleet::*;
pub use keeping::*;
pub use lifecycle::*;
pub use money::*;
pub use properties::*;
pub use services::*;
pub use setting::*;
pub use spot::*;
pub use stock::*;
pub use tags::*;

use crate::ecs::knob::Knobs;
use crate::scenario::decode::{At, table};
use crate::scenario::value::{Count, Currency, Name, Word};

/// Tables whose entries are told apart by name, in `extends` and `--set`.
pub const NAMED_TABLES: [&str; 18] = [
    "group",
    "type",
    "price",
    "commitment",
    "pool",
    "private_pool",
    "dedicated_host",
    "spot_market",
    "zone_shock",
    "scheduled_event",
    "demand",
    "service",
    "controller",
    "quota",
    "call_fault",
    "work_fault",
    "environment_fault",
    "property",
];

/// Whether a key at the top holds entries that are told apart by name.
pub fn is_named_table(key: &str) -> bool {
    NAMED_TABLES.contains(&key)
}

table! {
    /// A scenario.
    Root {
        /// Its name. Required.
        name: Section<Name>, optional;
        /// Scenarios that this one lies over: entries of the same name merge key by key in their
        /// place, new ones are appended, everything else is replaced.
        extends: Vec<Word>, optional;
        /// What it is about.
        description: Word, optional;
        /// Three capitals; every price is in it.
        currency: Section<Currency>, convention(Section(Some(Currency("CNY".into()))));
        /// The seed, unless a flag gives another. Outside the scenario's hash.
        seed: Section<Count<0, { u64::MAX >> 1 }>>, optional;
        /// What is expected of the result, such as `"start.due_to_ready.p99 < 5m"`, or of each
        /// replication: `"every restart.never = 0"`, `"max restart.never <= 3"`, `"min …"`.
        /// `stopsim metrics` lists what there is. Outside the scenario's hash.
        expect: Section<Vec<At<Word>>>, optional;
        /// When it begins, where, and how long it lasts. Required.
        clock: Section<Clock>, optional;
        /// How often it is run.
        run: Section<Run>, optional;
        /// Which runs `regress` makes of it.
        hunt: Section<Hunt>, optional;
        /// What `sweep` varies.
        sweep: Section<SweepTable>, optional;
        /// The region. Required.
        region: Section<RegionTable>, optional;
        /// The account.
        account: Section<Account>, optional;
        /// How the region behaves where the documents do not settle it.
        knobs: Section<Knobs>, optional;
        /// How long calls travel.
        calls: Section<Calls>, optional;
        /// What the report calls good.
        report: Section<Report>, optional;
        /// Entries from CSVs: `group = "fleet.csv"` makes a group of every row, columns are keys.
        csv: Texts, optional;
        /// What inputs rest on: `"group.web.start" = "measured: starts-2026.csv"`. A path stands
        /// for all that begin with it; a text begins with `assumed:`, `measured:` or
        /// `documented:`.
        provenance: Texts, optional;
        /// Instances that differ only in name. At least one is required.
        group: Entries<Group>, optional;
        /// What is known of instance types.
        r#type: Entries<TypeEntry>, optional;
        /// Prices.
        price: Entries<PriceEntry>, optional;
        /// List prices by region, for types without a `[[price]]`; in place of the built-in ones.
        price_book: Section<PriceBook>, optional;
        /// What prices in other currencies are worth, one `[[exchange]]` for each; without it they
        /// are mistakes. A converted price is rounded down to 10⁻⁹ of the currency per hour.
        exchange: Section<Vec<Exchange>>, optional;
        /// What is paid for used or not: savings plans, reserved instances.
        commitment: Entries<CommitmentEntry>, optional;
        /// Stock.
        pool: Entries<Pool>, optional;
        /// Stock reserved for the account.
        private_pool: Entries<PrivatePool>, optional;
        /// Machines of the account's own.
        dedicated_host: Entries<DedicatedHost>, optional;
        /// Prices of spot instances.
        spot_market: Entries<SpotMarket>, optional;
        /// Factors on the stock of a zone.
        zone_shock: Entries<ZoneShock>, optional;
        /// What happens to instances at listed times.
        scheduled_event: Entries<ScheduledEventEntry>, optional;
        /// When instances are wanted.
        demand: Entries<DemandEntry>, optional;
        /// What groups do together.
        service: Entries<ServiceEntry>, optional;
        /// Automation that calls the API.
        controller: Entries<ControllerEntry>, optional;
        /// How many calls the account may make; without an entry, as many as it likes.
        quota: Entries<QuotaEntry>, optional;
        /// What goes wrong with calls, first match first.
        call_fault: Entries<CallFaultEntry>, optional;
        /// What goes wrong with work under way, first match first.
        work_fault: Entries<WorkFaultEntry>, optional;
        /// What goes wrong with stock.
        environment_fault: Entries<EnvironmentFaultEntry>, optional;
        /// What luck does not decide, but the scenario: one `[[decision]]` for each.
        decision: Section<Vec<DecisionEntry>>, optional;
        /// What has to be so in every run, and what built-in properties are held to. Outside the
        /// scenario's hash.
        property: Entries<PropertyEntry>, optional;
    }
}
