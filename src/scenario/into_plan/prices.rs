//! What an instance of a group costs: the scenario's own prices before published ones.

use std::collections::BTreeMap;

use crate::ecs::price::{
    OTHER_PRICES, Rates, aliyun_linux_pro_licence, published, rhel_licence, sles_licence,
};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Disk, Entry, Group, PriceEntry};
use crate::scenario::value::{Address, Charge, Licence, Rate, TextValue};
use crate::units::{HourlyRate, Ratio};
use crate::world::plan::{Basis, Input};

use super::fleet::Placed;
use super::{Work, currency, list, place_of, section};

/// The prices that a scenario can use.
pub(super) struct Prices<'a> {
    region: String,
    currency: String,
    own: BTreeMap<&'a str, &'a Entry<PriceEntry>>,
    listed: BTreeMap<String, ()>,
}

/// The type that prices are asked for.
pub(super) struct Priced<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is named.
    pub at: Place,
    /// Virtual CPUs, where they are known.
    pub vcpus: Option<u32>,
    /// Whether it is the group's own, which the group's own rate is the price of.
    pub is_own: bool,
}

/// The scenario's prices; a price in another currency is a problem.
pub(super) fn prices<'a>(work: &mut Work<'a, '_>) -> Prices<'a> {
    let root = work.root;
    let entries = list(&root.price);
    let currency = currency(root);
    for entry in entries {
        same_currency(work, &entry.value.rate, &currency);
    }
    Prices {
        region: section(&root.region).map_or_else(String::new, |region| region.id.value.0.clone()),
        currency,
        own: entries.iter().map(|entry| (entry.name.as_str(), entry)).collect(),
        listed: BTreeMap::new(),
    }
}

fn same_currency(work: &mut Work<'_, '_>, rate: &At<Rate>, currency: &str) -> bool {
    let same = rate.value.currency == currency;
    if !same {
        let message = format!("a price in {} in a scenario in {currency}", rate.value.currency);
        let problem = Problem::new(rate.place, message);
        work.problem(problem.expected(format!("expected a price in {currency}")));
    }
    same
}

impl Prices<'_> {
    /// What one instance of a group costs as this type, discount included.
    pub fn of(
        &mut self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        priced: &Priced<'_>,
    ) -> Option<Rates> {
        let group = &placed.entry.value;
        let compute = self.compute(work, placed.entry, priced);
        let licence = self.licence(work, placed, priced);
        let system = group.system_disk.as_ref();
        let system_disk = match system {
            Some(at) => self.disk(work, &at.value, at.place),
            None => Some(HourlyRate::ZERO),
        };
        let data = group.data_disks.as_ref();
        let mut data_disks = Some(HourlyRate::ZERO);
        for disk in data.map_or(&[][..], |at| &at.value) {
            let rate = self.disk(work, disk, data.expect("there are some").place);
            data_disks = data_disks.zip(rate).and_then(|(sum, rate)| sum.checked_add(rate));
        }
        let static_bandwidth = self.bandwidth(work, placed.entry);
        let eip = self.eip(work, placed.entry);
        let snapshots = self.given(work, &group.snapshot_rate);
        let rest = Ratio::new(
            group.discount.value.0.den() - group.discount.value.0.num(),
            group.discount.value.0.den(),
        );
        let cut = |rate: Option<HourlyRate>| rate.map(|rate| rate.scaled(rest));
        Some(Rates {
            compute: cut(compute)?,
            licence: cut(licence)?,
            system_disk: cut(system_disk)?,
            data_disks: cut(data_disks)?,
            static_bandwidth: cut(static_bandwidth)?,
            eip: cut(eip)?,
            snapshots: cut(snapshots)?,
        })
    }

    fn given(&self, work: &mut Work<'_, '_>, rate: &Option<At<Rate>>) -> Option<HourlyRate> {
        match rate {
            Some(at) => same_currency(work, at, &self.currency).then_some(at.value.rate),
            None => Some(HourlyRate::ZERO),
        }
    }

    /// A published price was used: it becomes an input with its source.
    fn cite(&mut self, work: &mut Work<'_, '_>, name: &str, rate: HourlyRate, source: String) {
        if self.listed.insert(name.to_owned(), ()).is_none() {
            work.inputs.push(Input {
                path: format!("price.{name}"),
                value: Rate { rate, currency: self.currency.clone() }.print(),
                basis: Basis::Documented,
                source,
            });
        }
    }

    fn compute(
        &mut self,
        work: &mut Work<'_, '_>,
        entry: &Entry<Group>,
        priced: &Priced<'_>,
    ) -> Option<HourlyRate> {
        let group = &entry.value;
        if let Some(own) = group.rate.as_ref().filter(|_| priced.is_own) {
            return same_currency(work, own, &self.currency).then_some(own.value.rate);
        }
        let name = priced.name;
        if group.charge.value == Charge::Subscription {
            work.inputs.push(Input {
                path: format!("group.{}.rate", entry.name),
                value: format!("pay-as-you-go price of {name}"),
                basis: Basis::Assumed,
                source: "a subscription's own price is not given".into(),
            });
        }
        if let Some(price) = self.own.get(name) {
            return Some(price.value.rate.value.rate);
        }
        let found = published(&self.region, name).filter(|p| p.currency == self.currency);
        let Some(price) = found else {
            let message = format!("no price of {name} in {} is known", self.region);
            let problem = Problem::new(priced.at, message);
            work.problem(problem.expected("this type is in use").hint(format!(
                "add [[price]] name = \"{name}\", rate = \"… {}/h\"",
                self.currency
            )));
            return None;
        };
        self.cite(work, name, price.rate, format!("{} ({})", price.source, price.date));
        Some(price.rate)
    }

    fn licence(
        &mut self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        priced: &Priced<'_>,
    ) -> Option<HourlyRate> {
        let at = &placed.entry.value.licence;
        let name = at.value.print();
        let vcpus = priced.vcpus;
        let book = match &at.value {
            Licence::None => return Some(HourlyRate::ZERO),
            Licence::Rate(rate) => {
                let at = At { value: rate.clone(), place: at.place, origin: at.origin };
                return same_currency(work, &at, &self.currency).then_some(rate.rate);
            }
            Licence::Rhel => vcpus.map(rhel_licence),
            Licence::Sles => vcpus.map(sles_licence),
            Licence::AlinuxPro => Some(aliyun_linux_pro_licence()),
        };
        if let Some(price) = self.own.get(name.as_str()) {
            return Some(price.value.rate.value.rate);
        }
        let is_published = self.currency == "CNY" && self.region.starts_with("cn-");
        match book.filter(|_| is_published) {
            Some(rate) => {
                let source = "help.aliyun.com/zh/ecs/images (2024-07-31)".to_owned();
                let name = format!("{name} ({} vCPU)", vcpus.unwrap_or_default());
                self.cite(work, &name, rate, source);
                Some(rate)
            }
            None => {
                let message = format!("no price of licence {name} in {} is known", self.region);
                work.problem(Problem::new(at.place, message).hint(format!(
                    "write the price in its place, such as licence = \"0.2 {}/h\"",
                    self.currency
                )));
                None
            }
        }
    }

    fn disk(&mut self, work: &mut Work<'_, '_>, disk: &Disk, at: Place) -> Option<HourlyRate> {
        let keys = [("rate", place_of(&disk.rate)), ("category", place_of(&disk.category))];
        if !work.one_of(at, "what the disk costs", &keys) {
            return None;
        }
        let one = match (&disk.rate, &disk.category, &disk.size) {
            (Some(rate), ..) => self.given(work, &Some(rate.clone()))?,
            (None, Some(category), Some(size)) => {
                let per_gib = self.category(work, &category.value.0, category.place)?;
                per_gib.checked_mul(size.value.0)?
            }
            (None, ..) => {
                let problem = Problem::new(at, "the size of the disk is not said");
                work.problem(problem.expected("expected size = \"40GiB\""));
                return None;
            }
        };
        one.checked_mul(disk.count.value.0)
    }

    /// The price of a GiB of disk.
    fn category(
        &mut self,
        work: &mut Work<'_, '_>,
        name: &str,
        place: Place,
    ) -> Option<HourlyRate> {
        if let Some(price) = self.own.get(name) {
            return Some(price.value.rate.value.rate);
        }
        let label = name.to_uppercase().replace('-', " ");
        let found = OTHER_PRICES.iter().find(|price| {
            price.what == label && price.region == self.region && price.currency == self.currency
        });
        let Some(price) = found else {
            let message = format!("no price of disk category {name} in {} is known", self.region);
            let known: Vec<&str> =
                self.own.keys().copied().chain(["essd-pl0", "essd-pl1"]).collect();
            let hint = format!(
                "add [[price]] name = \"{name}\", rate = \"… {}/h\" for a GiB",
                self.currency
            );
            let problem = Problem::new(place, message).hint(hint).did_you_mean(name, known);
            work.problem(problem);
            return None;
        };
        self.cite(work, name, price.rate, format!("{} ({})", price.source, price.date));
        Some(price.rate)
    }

    fn bandwidth(&mut self, work: &mut Work<'_, '_>, entry: &Entry<Group>) -> Option<HourlyRate> {
        let group = &entry.value;
        let given = place_of(&group.bandwidth_rate).or_else(|| place_of(&group.bandwidth_mbps));
        if group.public_address.value != Address::StaticByBandwidth {
            if let Some(place) = given {
                let problem = Problem::new(place, "bandwidth without an address paid by bandwidth");
                work.problem(problem.expected("expected public_address = \"static-by-bandwidth\""));
            }
            return Some(HourlyRate::ZERO);
        }
        if let Some(rate) = &group.bandwidth_rate {
            return self.given(work, &Some(rate.clone()));
        }
        let mbps = group.bandwidth_mbps.as_ref().map(|at| at.value.0);
        let label = format!("{} Mbps", mbps.unwrap_or_default());
        let found = OTHER_PRICES.iter().find(|price| {
            price.what == label && price.region == self.region && price.currency == self.currency
        });
        let Some(price) = found else {
            let place = given.unwrap_or(group.public_address.place);
            let problem = Problem::new(place, "what the address's bandwidth costs is not known");
            work.problem(problem.expected("expected bandwidth_rate").hint(format!(
                "write bandwidth_rate = \"… {}/h\"; published are 10 Mbps in cn-hangzhou in CNY",
                self.currency
            )));
            return None;
        };
        let name = format!("static address of {label}");
        self.cite(work, &name, price.rate, format!("{} ({})", price.source, price.date));
        Some(price.rate)
    }

    fn eip(&mut self, work: &mut Work<'_, '_>, entry: &Entry<Group>) -> Option<HourlyRate> {
        let group = &entry.value;
        if group.public_address.value != Address::Eip
            && let Some(rate) = &group.eip_rate
        {
            let problem = Problem::new(rate.place, "a price of an elastic address without one");
            work.problem(problem.expected("expected public_address = \"eip\""));
            return None;
        }
        self.given(work, &group.eip_rate)
    }
}
