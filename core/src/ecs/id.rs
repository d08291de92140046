//! Dense identifiers: each is the index of its row in one `Vec` of the region's description.
//!
//! They carry no names: names live in [`super::spec::RegionSpec`], where the scenario put them.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident($raw:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        pub struct $name(pub $raw);

        impl $name {
            /// Where its row is.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The identifier of the row at `index`.
            ///
            /// # Panics
            /// If there are more rows than the identifier can count.
            pub fn at(index: usize) -> $name {
                $name(<$raw>::try_from(index).expect("the scenario's limits keep ids in range"))
            }
        }

        #[doc = concat!("`", $prefix, "7`: for logs and assertions; people read names.")]
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

dense_id! {
    /// One instance of the fleet; instances of a group are numbered without gaps.
    InstanceId(u32), "i-"
}
dense_id! {
    /// A group: instances that differ only in name.
    GroupId(u16), "group-"
}
dense_id! {
    /// A group as one of its types.
    KindId(u16), "kind-"
}
dense_id! {
    /// A zone of the region.
    ZoneId(u16), "zone-"
}
dense_id! {
    /// An instance type.
    TypeId(u16), "type-"
}
dense_id! {
    /// A pool of stock that several groups may share.
    PoolId(u16), "pool-"
}
dense_id! {
    /// A market of spot instances: one type in one zone.
    MarketId(u16), "market-"
}
dense_id! {
    /// A private pool or a dedicated host.
    CapacityId(u16), "capacity-"
}
dense_id! {
    /// Whoever sends requests: a RAM identity with a policy.
    CallerId(u16), "caller-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_index_of_its_row() {
        assert_eq!(InstanceId::at(16_777_215).index(), 16_777_215);
        assert_eq!(PoolId::at(3).to_string(), "pool-3");
    }

    #[test]
    #[should_panic(expected = "the scenario's limits keep ids in range")]
    fn an_index_that_does_not_fit_is_a_bug() {
        let _ = GroupId::at(65_536);
    }
}
