//! The built-in price book: list prices somebody published, each with its source and date.
//!
//! Data only, and never a default: a scenario that uses one says so. None was checked against
//! a live page.

use crate::ecs::meter::Component;
use crate::units::HourlyRate;

/// The file the instance prices were read from.
const ALICDN: &str = "g.alicdn.com/aliyun/ecs-price-info, as kept in \
                      karpenter-provider-alibabacloud initial-on-demand-prices.json";
const ALICDN_DATE: &str = "2024-12-31";
/// The file one price missing there was read from.
const PRICESERVER: &str = "g.alicdn.com/aliyun/ecs-price-info, as kept in \
                           cloudpilot-ai/priceserver alibabacloud_price.json";
const PRICESERVER_DATE: &str = "2024-10";

/// The regions of the table, in the order of its columns.
const REGIONS: [&str; 4] = ["cn-hangzhou", "ap-southeast-1", "us-east-1", "eu-central-1"];

/// What is known of a type besides its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeFacts {
    /// Such as `ecs.g7.large`.
    pub name: &'static str,
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Memory in GiB, where it was published.
    pub memory_gib: Option<u32>,
}

/// A list price of an instance type: pay-as-you-go, Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedPrice {
    /// The type.
    pub facts: TypeFacts,
    /// The region.
    pub region: &'static str,
    /// Per hour.
    pub rate: HourlyRate,
    /// Always `CNY` here.
    pub currency: &'static str,
    /// Where it was read.
    pub source: &'static str,
    /// When that was last changed.
    pub date: &'static str,
}

/// A type and its prices, one per region of [`REGIONS`], `""` where none was published.
struct TypeRow(&'static str, u32, u32, [&'static str; 4]);

/// CNY per hour. Memory 0: not published.
#[rustfmt::skip] // a table, read by column
const TYPE_ROWS: &[TypeRow] = &[
    TypeRow("ecs.t5-lc1m1.small",     1,  1, ["0.083",   "0.0837", "0.0651", "0.0744"]),
    TypeRow("ecs.t6-c1m1.large",      2,  2, ["0.118",   "0.1581", "0.1209", "0.1395"]),
    TypeRow("ecs.e-c1m2.large",       2,  4, ["0.225",   "0.2477", "0.1958", "0.2246"]),
    TypeRow("ecs.u1-c1m2.large",      2,  4, ["0.351",   "0.4615", "0.4505", "0.4539"]),
    TypeRow("ecs.c6.large",           2,  4, ["0.39",    "0.5429", "0.4717", "0.534"]),
    TypeRow("ecs.g6.large",           2,  8, ["0.50",    "0.7209", "0.5785", "0.6942"]),
    TypeRow("ecs.g7.large",           2,  8, ["0.52325", "0.6695", "0.5358", "0.6417"]),
    TypeRow("ecs.g7.xlarge",          4, 16, ["1.0465",  "1.3391", "1.0716", "1.2843"]),
    // The source prints one Singapore price for both xlarge rows: it is kept with g7 only.
    TypeRow("ecs.g8i.xlarge",         4, 16, ["1.0465",  "",       "1.204",  "1.443"]),
    TypeRow("ecs.r7.large",           2, 16, ["0.6962",  "0.8481", "0.7031", "0.8482"]),
    TypeRow("ecs.gn6i-c4g1.xlarge",   4, 15, ["11.63",   "8.896",  "7.79",   "8.25"]),
    TypeRow("ecs.gn7i-c8g1.2xlarge",  8, 30, ["9.5326",  "18.065", "15.144", "18.496"]),
    TypeRow("ecs.gn6v-c8g1.2xlarge",  8, 32, ["26.46",   "30.5",   "18.26",  ""]),
    TypeRow("ecs.gn5-c4g1.xlarge",    4, 30, ["12.78",   "12.58",  "10.79",  "11.236"]),
    TypeRow("ecs.i2.xlarge",          4, 32, ["1.88",    "1.9135", "1.602",  "1.712"]),
    TypeRow("ecs.i3.xlarge",          4, 32, ["2.059",   "2.344",  "1.960",  "2.074"]),
    TypeRow("ecs.d2s.5xlarge",       20, 88, ["14.73",   "20.316", "15.920", "18.830"]),
    TypeRow("ecs.re6p.large",         2,  0, ["0.8902",  "",       "",       ""]),
];

const PRICE_COUNT: usize = {
    let (mut count, mut row) = (0, 0);
    while row < TYPE_ROWS.len() {
        let mut column = 0;
        while column < REGIONS.len() {
            count += !TYPE_ROWS[row].3[column].is_empty() as usize;
            column += 1;
        }
        row += 1;
    }
    count
};

/// Every published price of an instance type, by type and then region.
pub const PRICES: [PublishedPrice; PRICE_COUNT] = {
    let none = price(&TYPE_ROWS[0], 0);
    let mut prices = [none; PRICE_COUNT];
    let (mut count, mut row) = (0, 0);
    while row < TYPE_ROWS.len() {
        let mut column = 0;
        while column < REGIONS.len() {
            if !TYPE_ROWS[row].3[column].is_empty() {
                prices[count] = price(&TYPE_ROWS[row], column);
                count += 1;
            }
            column += 1;
        }
        row += 1;
    }
    prices
};

const fn price(row: &TypeRow, column: usize) -> PublishedPrice {
    let from_priceserver = column == 2 && is_t6(row.0);
    PublishedPrice {
        facts: facts(row),
        region: REGIONS[column],
        rate: HourlyRate::from_nanos(nanos(row.3[column])),
        currency: "CNY",
        source: if from_priceserver { PRICESERVER } else { ALICDN },
        date: if from_priceserver { PRICESERVER_DATE } else { ALICDN_DATE },
    }
}

const fn is_t6(name: &str) -> bool {
    matches!(name.as_bytes(), [b'e', b'c', b's', b'.', b't', b'6', ..])
}

const fn facts(row: &TypeRow) -> TypeFacts {
    TypeFacts { name: row.0, vcpus: row.1, memory_gib: if row.2 == 0 { None } else { Some(row.2) } }
}

/// A decimal with at most nine places, in nano-units; anything else fails to compile.
const fn nanos(text: &str) -> i64 {
    let bytes = text.as_bytes();
    let (mut value, mut places, mut point, mut at) = (0i64, 0, false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'.' => {
                assert!(!point, "one point");
                point = true;
            }
            digit => {
                assert!(digit.is_ascii_digit(), "a decimal");
                value = value * 10 + (digit - b'0') as i64;
                if point {
                    places += 1;
                }
            }
        }
        at += 1;
    }
    while places < 9 {
        value *= 10;
        places += 1;
    }
    assert!(places == 9, "at most nine places");
    value
}

/// The list price of a type in a region.
pub fn published(region: &str, type_name: &str) -> Option<PublishedPrice> {
    PRICES.iter().find(|price| price.region == region && price.facts.name == type_name).copied()
}

/// What is known of a type that is in the price book.
pub fn type_facts(type_name: &str) -> Option<TypeFacts> {
    TYPE_ROWS.iter().find(|row| row.0 == type_name).map(facts)
}

/// The family a type's name begins with: `ecs.g7` of `ecs.g7.large`, `ecs.e` of
/// `ecs.e-c1m2.large`, `ecs.gn6i` of `ecs.gn6i-c4g1.xlarge`.
///
/// A hyphen that begins a shape (`-c4g1`, `-lc1m1`) ends the family; any other belongs to it
/// (`ecs.re6p-redis.large`). Nothing, if the name has not the form `ecs.family.size`.
pub fn family_of(type_name: &str) -> Option<&str> {
    let (family, size) = type_name.rsplit_once('.')?;
    let bare = family.strip_prefix("ecs.")?;
    if size.is_empty() || bare.is_empty() || bare.contains('.') {
        return None;
    }
    match family.rsplit_once('-') {
        Some((before, shape)) if is_shape(shape) => Some(before),
        _ => Some(family),
    }
}

/// `c1m2`, `lc1m1`, `c8g1`: letters and numbers in turn, beginning with the CPUs.
fn is_shape(text: &str) -> bool {
    let rest = text.strip_prefix('l').unwrap_or(text);
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let Some(rest) = rest.strip_prefix('c') else { return false };
    let (cpus, rest) = rest.split_at(digits(rest));
    let Some(rest) = rest.strip_prefix(['m', 'g']) else { return false };
    !cpus.is_empty() && !rest.is_empty() && digits(rest) == rest.len()
}

/// A published price of something other than an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherPrice {
    /// What it is billed as.
    pub component: Component,
    /// What it is.
    pub what: &'static str,
    /// The price of one `per`.
    pub rate: HourlyRate,
    /// `CNY` or `USD`.
    pub currency: &'static str,
    /// What the price is for, per hour.
    pub per: &'static str,
    /// Where it holds.
    pub region: &'static str,
    /// Where it was read.
    pub source: &'static str,
    /// When it held.
    pub date: &'static str,
}

/// Where a price was read, and when it held.
type Origin = (&'static str, &'static str);

const DISKS: Origin = ("help.aliyun.com/zh/ecs/block-storage-devices", "2026-11");
const BANDWIDTH: Origin = ("help.aliyun.com/zh/ecs/public-bandwidth", "2026-11");
const IMAGES: Origin = ("help.aliyun.com/zh/ecs/images", "2026-11");
const RHEL: Origin = ("help.aliyun.com/zh/ecs/images", "2024-07-31");
const DOCS_2021: Origin = ("ECS documentation of 2021, Pricing", "2021-07-19");
const EIP_2021: Origin = ("EIP documentation of 2021, Billing", "2021-07");

const HANGZHOU: &str = "cn-hangzhou";
const MAINLAND: &str = "mainland China";

const fn other(
    component: Component,
    what: &'static str,
    price: (&'static str, &'static str, &'static str),
    region: &'static str,
    origin: Origin,
) -> OtherPrice {
    let rate = HourlyRate::from_nanos(nanos(price.0));
    let (source, date) = origin;
    OtherPrice { component, what, rate, currency: price.1, per: price.2, region, source, date }
}

/// Every published price of another component; disks are priced alike, system or data.
#[rustfmt::skip] // a table, read by column
pub const OTHER_PRICES: &[OtherPrice] = {
    use Component::{Eip, Licence, StaticBandwidth, SystemDisk};
    &[
        other(SystemDisk, "ESSD PL0", ("0.00105", "CNY", "GiB"), HANGZHOU, DISKS),
        other(SystemDisk, "ESSD PL1", ("0.0021", "CNY", "GiB"), HANGZHOU, DISKS),
        other(SystemDisk, "ESSD PL0", ("0.00016", "USD", "GiB"), HANGZHOU, DOCS_2021),
        other(SystemDisk, "ESSD PL1", ("0.00032", "USD", "GiB"), HANGZHOU, DOCS_2021),
        other(StaticBandwidth, "10 Mbps", ("1.5625", "CNY", "address"), HANGZHOU, BANDWIDTH),
        other(StaticBandwidth, "2 Mbps", ("0.012", "USD", "address"), HANGZHOU, DOCS_2021),
        other(StaticBandwidth, "5 Mbps", ("0.03", "USD", "address"), HANGZHOU, DOCS_2021),
        other(StaticBandwidth, "above 5 Mbps", ("0.021", "USD", "Mbps"), HANGZHOU, DOCS_2021),
        other(Eip, "configuration", ("0.0031", "USD", "address"), MAINLAND, EIP_2021),
        other(Eip, "configuration", ("0.0063", "USD", "address"), "ap-southeast-1", EIP_2021),
        other(Eip, "configuration", ("0.0047", "USD", "address"), "us-east-1", EIP_2021),
        other(Licence, "RHEL, 1-8 vCPU", ("0.1041", "CNY", "vCPU"), MAINLAND, RHEL),
        other(Licence, "RHEL, 9-127 vCPU", ("0.0781", "CNY", "vCPU"), MAINLAND, RHEL),
        other(Licence, "RHEL, from 128 vCPU", ("0.0694", "CNY", "vCPU"), MAINLAND, RHEL),
        other(Licence, "SLES, 1-2 vCPU", ("0.41", "CNY", "instance"), MAINLAND, IMAGES),
        other(Licence, "SLES, 3-4 vCPU", ("0.82", "CNY", "instance"), MAINLAND, IMAGES),
        other(Licence, "SLES, from 5 vCPU", ("0.99", "CNY", "instance"), MAINLAND, IMAGES),
        other(Licence, "Alibaba Cloud Linux Pro", ("0.5", "CNY", "instance"), MAINLAND, IMAGES),
    ]
};

/// The RHEL licence of an instance in CNY. Source: images page, since 2024-07-31.
pub fn rhel_licence(vcpus: u32) -> HourlyRate {
    let per_vcpu = match vcpus {
        0..=8 => nanos("0.1041"),
        9..=127 => nanos("0.0781"),
        128.. => nanos("0.0694"),
    };
    HourlyRate::from_nanos(per_vcpu * i64::from(vcpus))
}

/// The SUSE licence of an instance in CNY. Source: images page.
pub const fn sles_licence(vcpus: u32) -> HourlyRate {
    HourlyRate::from_nanos(match vcpus {
        0..=2 => nanos("0.41"),
        3..=4 => nanos("0.82"),
        5.. => nanos("0.99"),
    })
}

/// The Alibaba Cloud Linux Pro licence of an instance in CNY. Source: images page.
pub const fn aliyun_linux_pro_licence() -> HourlyRate {
    HourlyRate::from_nanos(nanos("0.5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_read_as_it_was_printed() {
        let g7 = published("cn-hangzhou", "ecs.g7.large").unwrap();
        assert_eq!(g7.rate.to_string(), "0.52325");
        assert_eq!((g7.facts.vcpus, g7.facts.memory_gib), (2, Some(8)));
        assert_eq!(published("us-east-1", "ecs.d2s.5xlarge").unwrap().rate.to_string(), "15.92");
        assert_eq!(published("eu-central-1", "ecs.gn6v-c8g1.2xlarge"), None);
        assert_eq!(PRICES.len(), 18 * 4 - 5);
        for price in PRICES {
            let again = published(price.region, price.facts.name);
            assert_eq!(again, Some(price), "no price is listed twice");
            assert!(price.rate > HourlyRate::ZERO);
        }
        for row in TYPE_ROWS {
            for (region, text) in REGIONS.iter().zip(row.3).filter(|(_, text)| !text.is_empty()) {
                let read: HourlyRate = text.parse().unwrap();
                assert_eq!(published(region, row.0).unwrap().rate, read, "{} {region}", row.0);
            }
        }
    }

    #[test]
    fn a_price_from_elsewhere_says_so() {
        let t6 = published("us-east-1", "ecs.t6-c1m1.large").unwrap();
        assert_eq!((t6.source, t6.date), (PRICESERVER, "2024-10"));
        let t6 = published("cn-hangzhou", "ecs.t6-c1m1.large").unwrap();
        assert_eq!((t6.source, t6.date), (ALICDN, "2024-12-31"));
    }

    #[test]
    fn a_family_is_read_from_a_type_name() {
        for (name, family) in [
            ("ecs.g7.large", "ecs.g7"),
            ("ecs.e-c1m2.large", "ecs.e"),
            ("ecs.t5-lc1m1.small", "ecs.t5"),
            ("ecs.gn6i-c4g1.xlarge", "ecs.gn6i"),
            ("ecs.re6p-redis.large", "ecs.re6p-redis"),
            ("ecs.d2s.5xlarge", "ecs.d2s"),
        ] {
            assert_eq!(family_of(name), Some(family));
        }
        for name in ["", "ecs", "ecs.g7", "g7.large", "ecs..large", "ecs.g7."] {
            assert_eq!(family_of(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_licence_is_priced_by_its_tier() {
        for (vcpus, rhel, sles) in [
            (2, "0.2082", "0.41"),
            (4, "0.4164", "0.82"),
            (8, "0.8328", "0.99"),
            (9, "0.7029", "0.99"),
            (128, "8.8832", "0.99"),
        ] {
            assert_eq!(rhel_licence(vcpus).to_string(), rhel);
            assert_eq!(sles_licence(vcpus).to_string(), sles);
        }
        assert_eq!(aliyun_linux_pro_licence().to_string(), "0.5");
    }
}
