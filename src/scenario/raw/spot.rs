//! Markets of spot instances.

use crate::demand::calendar::WallTime;
use crate::scenario::decode::table;
use crate::scenario::value::{CsvPath, Name, Positive, Rate};

table! {
    /// The price of a type of spot instances in a zone.
    SpotMarket {
        /// Its unique name.
        name: Name, required;
        /// The zone.
        zone: Name, required;
        /// The instance type.
        r#type: Name, required;
        /// What one instance costs at the beginning.
        price: Rate, required;
        /// Listed changes of the price.
        steps: Vec<PriceStepEntry>, optional;
        /// A record, in place of `steps`: a CSV with the columns `at` and `price`.
        csv: CsvPath, optional;
        /// A random walk driven by time alone, in place of `steps`.
        walk: Walk, optional;
    }
}

table! {
    /// A listed change of a price.
    PriceStepEntry {
        /// When, in the scenario's time zone.
        at: WallTime, required;
        /// The price from then on.
        price: Rate, required;
    }
}

table! {
    /// A bounded random walk: at each change the price moves by any amount up to `swing`, up or
    /// down, all equally likely, and stays within its bounds.
    Walk {
        /// How far apart changes are.
        every: Positive, required;
        /// The least price.
        least: Rate, required;
        /// The highest price.
        most: Rate, required;
        /// The most a change can be.
        swing: Rate, required;
    }
}
