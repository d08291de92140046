//! The vendor's price file: one object whose keys say region, type, network, operating system and
//! whether storage is optimized, to a price book that a scenario takes.
//!
//! Format: g.alicdn.com/aliyun/ecs-price-info, `instancePrice.json`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::problem::{Problem, Problems};
use super::table::fixed;
use super::{Input, as_name};
use crate::units::bounded::Bounded;
use crate::units::{HourlyRate, RATE_MAX};

/// Which prices are wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Of these regions; of all, if there are none.
    pub regions: Vec<String>,
    /// Of instances in this network: `vpc` or `classic`.
    pub network: String,
}

/// What a price file becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// A price book: region, instance_type, os, rate.
    pub csv: String,
    /// What to know.
    pub notes: Vec<String>,
}

/// What the file says of itself, and its prices.
#[derive(Default)]
struct Listed {
    currency: String,
    published: String,
    /// By region, type and operating system: per hour, and whether storage is optimized.
    prices: BTreeMap<(String, String, String), (i64, bool)>,
    /// Keys that say neither an hour nor what they are of.
    left_out: u64,
    seen: u64,
}

/// Reads a price file.
///
/// # Errors
/// With what is wrong with the file, or that nothing wanted is in it.
pub fn import(input: Input<'_>, options: &Options) -> Result<Imported, Problems> {
    let Input { name, reader } = input;
    let reader = std::io::BufReader::with_capacity(1 << 16, Bounded::text(reader));
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut listed = Listed::default();
    let whole = Whole { listed: &mut listed, options };
    let read = whole.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        let what = match error.is_eof() {
            true => format!("the JSON ends in the middle: {what}"),
            false => what.to_owned(),
        };
        let problem = Problem::new(&name, what).at(error.line() as u64, error.column() as u64);
        problem.expected(EXPECTED)
    })?;
    if listed.seen == 0 {
        return Err(Problem::new(&name, "there is no price in it").expected(EXPECTED).into());
    }
    if listed.prices.is_empty() {
        let what = format!(
            "none of {} prices is of an hour in network {} of the regions asked for",
            listed.seen, options.network
        );
        return Err(Problem::new(&name, what).hint("see --region and --network").into());
    }
    let code = &listed.currency;
    if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
        let problem = Problem::new(&name, format!("`{code}` is not a currency"));
        return Err(problem.expected("\"currency\": \"CNY\"").into());
    }
    Ok(written(&name, &listed))
}

const EXPECTED: &str = "{\"currency\": \"CNY\", \"pricingInfo\": \
                        {\"region::type::vpc::linux::optimized\": {\"hours\": […]}}}";

fn written(name: &str, listed: &Listed) -> Imported {
    let mut csv = "region,instance_type,os,rate\n".to_owned();
    for ((region, kind, os), (nanos, _)) in &listed.prices {
        let rate = HourlyRate::from_nanos(*nanos);
        csv += &format!("{region},{kind},{os},{rate} {}/h\n", listed.currency);
    }
    let date = if listed.published.is_empty() { "?" } else { &listed.published };
    let mut notes = vec![format!(
        "{} prices; a scenario takes them as [price_book] csv = \"prices.csv\", source = \"{}\", \
         date = \"{date}\"; what windows costs beyond linux is the price of licence = \"windows\"",
        listed.prices.len(),
        name.rsplit('/').next().unwrap_or(name),
    )];
    if listed.left_out > 0 {
        notes.push(format!("{} keys say no price of an hour: left out", listed.left_out));
    }
    Imported { csv, notes }
}

/// The whole file.
struct Whole<'a> {
    listed: &'a mut Listed,
    options: &'a Options,
}

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with currency and pricingInfo")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Whole { listed, options } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "currency" => listed.currency = map.next_value()?,
                "publicationDate" => listed.published = map.next_value()?,
                "pricingInfo" => map.next_value_seed(Prices { listed: &mut *listed, options })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// `pricingInfo`.
struct Prices<'a> {
    listed: &'a mut Listed,
    options: &'a Options,
}

impl<'de> DeserializeSeed<'de> for Prices<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// What a key's prices are.
#[derive(serde::Deserialize)]
struct Terms {
    #[serde(default)]
    hours: Vec<Term>,
}

/// A price for so many hours.
#[derive(serde::Deserialize)]
struct Term {
    price: Value,
    #[serde(default)]
    period: Value,
}

impl<'de> Visitor<'de> for Prices<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of prices")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Prices { listed, options } = self;
        while let Some(key) = map.next_key::<String>()? {
            let Terms { hours } = map.next_value()?;
            listed.seen += 1;
            let parts: Vec<&str> = key.split("::").collect();
            let [region, kind, network, os, storage] = parts.as_slice() else {
                listed.left_out += 1;
                continue;
            };
            let is_asked =
                options.regions.is_empty() || options.regions.iter().any(|r| r == region);
            if !is_asked || *network != options.network {
                continue;
            }
            let Some(term) = hours.first() else {
                listed.left_out += 1;
                continue;
            };
            let wrong = |what: &str| A::Error::custom(format!("{what} of {key}"));
            for name in [region, kind, os] {
                if name.is_empty() || as_name(name) != *name {
                    return Err(wrong("a part is not a name"));
                }
            }
            let nanos = per_hour(term).ok_or_else(|| wrong("no price that can be read"))?;
            if nanos > RATE_MAX.as_nanos() {
                return Err(wrong(&format!("more than {RATE_MAX} an hour is the price")));
            }
            let is_optimized = *storage == "optimized";
            let place = [region, kind, os].map(|part| (*part).to_owned());
            let [region, kind, os] = place;
            let entry = listed.prices.entry((region, kind, os)).or_insert((nanos, is_optimized));
            if is_optimized {
                *entry = (nanos, true);
            }
        }
        Ok(())
    }
}

/// Nano-units per hour, from `{"price": "0.09", "period": "1"}`.
fn per_hour(term: &Term) -> Option<i64> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let period = if term.period.is_null() { "1".to_owned() } else { text(&term.period) };
    let hours: i128 = period.trim().parse().ok().filter(|hours| *hours > 0)?;
    let nanos = fixed(&text(&term.price), 9)? / hours;
    i64::try_from(nanos).ok().filter(|nanos| *nanos >= 0)
}
