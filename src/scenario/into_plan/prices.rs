//! What an instance of a group costs: the scenario's own prices before published ones.

use std::collections::BTreeMap;

use crate::ecs::knob::EipConfiguration;
use crate::ecs::price::{
    OTHER_PRICES, OtherPrice, Rates, aliyun_linux_pro_licence, published, rhel_licence,
    sles_licence,
};
use crate::ecs::spec::{ChargeType, Network, PublicAddress};
use crate::scenario::decode::At;
use crate::scenario::place::Place;
use crate::scenario::problem::Problem;
use crate::scenario::raw::{Disk, Entry, Group};
use crate::scenario::value::{Licence, Rate, TextValue};
use crate::sim::plan::{Basis, Input};
use crate::units::{HourlyRate, RATE_MAX, Ratio};

use super::book::{Book, Listed};
use super::fleet::Placed;
use super::{Work, currency, knobs, list, place_of, section};

/// The prices that a scenario can use.
pub(super) struct Prices<'a> {
    region: String,
    money: &'a Currencies,
    own: BTreeMap<&'a str, HourlyRate>,
    book: Option<&'a Book>,
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
    /// In which region.
    pub region: &'a str,
}

/// The scenario's currency, and what others are worth in it.
pub(super) struct Currencies {
    currency: String,
    exchange: BTreeMap<String, Ratio>,
}

/// The scenario's currency; a rate of exchange that says nothing new is a problem.
pub(super) fn currencies(work: &mut Work<'_, '_>) -> Currencies {
    let root = work.root;
    let mut money = Currencies { currency: currency(root), exchange: BTreeMap::new() };
    for table in section(&root.exchange).map_or(&[][..], Vec::as_slice) {
        let from = &table.from.value.0;
        let is_new = money.exchange.insert(from.clone(), table.rate.value.ratio).is_none();
        if !is_new || *from == money.currency {
            let message = format!("{from} is exchanged already");
            let problem = Problem::new(table.from.place, message);
            work.problem(problem.expected("expected another currency than those before"));
        }
    }
    money
}

impl Currencies {
    /// A price in the scenario's currency, rounded down to a nano-unit an hour.
    fn converted(&self, rate: HourlyRate, currency: &str) -> Option<HourlyRate> {
        if currency == self.currency {
            return Some(rate);
        }
        self.exchange.get(currency).map(|ratio| rate.scaled(*ratio))
    }

    /// The same of a price that is written somewhere; one that cannot be converted is a problem.
    pub fn local(&self, work: &mut Work<'_, '_>, rate: &Rate, at: Place) -> Option<HourlyRate> {
        let converted = self.converted(rate.rate, &rate.currency);
        if converted.is_some() {
            return payable(work, converted, at);
        }
        let (foreign, own) = (&rate.currency, &self.currency);
        let message = format!("a price in {foreign} in a scenario in {own}");
        let problem = Problem::new(at, message);
        work.problem(problem.expected(format!("expected a price in {own}")).hint(format!(
            "or say what {foreign} is worth: [[exchange]] from = \"{foreign}\", rate = \"…\", \
             source = \"…\", date = \"…\""
        )));
        None
    }
}

/// A price that is not too high to be added up; one that is, is a problem.
fn payable(work: &mut Work<'_, '_>, rate: Option<HourlyRate>, at: Place) -> Option<HourlyRate> {
    let found = rate.filter(|rate| *rate <= RATE_MAX);
    if found.is_none() {
        let problem = Problem::new(at, format!("this comes to more than {RATE_MAX} an hour"));
        work.problem(problem.expected("expected a lower price"));
    }
    found
}

/// The scenario's prices; a price in another currency is a problem, unless it can be exchanged.
pub(super) fn prices<'a, 'b: 'a>(
    work: &mut Work<'b, '_>,
    money: &'a Currencies,
    book: Option<&'a Book>,
) -> Prices<'a> {
    let mut own = BTreeMap::new();
    for entry in list(&work.root.price) {
        let At { value, place, .. } = &entry.value.rate;
        let rate = money.local(work, value, *place).unwrap_or_default();
        own.insert(entry.name.as_str(), rate);
    }
    Prices { region: String::new(), money, own, book, listed: BTreeMap::new() }
}

impl Prices<'_> {
    /// What one instance of a group costs as this type, discount included.
    pub fn of(
        &mut self,
        work: &mut Work<'_, '_>,
        placed: &Placed<'_>,
        priced: &Priced<'_>,
    ) -> Option<Rates> {
        let elsewhere = work.context.priced_in.as_deref();
        elsewhere.unwrap_or(priced.region).clone_into(&mut self.region);
        let group = &placed.entry.value;
        let compute = self.compute(work, placed.entry, priced);
        priced.region.clone_into(&mut self.region);
        let licence = self.licence(work, placed, priced);
        let system = group.system_disk.as_ref();
        let system_disk = match system {
            Some(at) => self.disk(work, &at.value, at.place),
            None => Some(HourlyRate::ZERO),
        };
        let data = group.data_disks.as_ref();
        let mut data_disks = Some(HourlyRate::ZERO);
        for disk in data.map_or(&[][..], |at| &at.value) {
            let at = data.expect("there are some").place;
            let rate = self.disk(work, disk, at);
            data_disks = match data_disks.zip(rate) {
                Some((sum, rate)) => payable(work, sum.checked_add(rate), at),
                None => None,
            };
        }
        let static_bandwidth = self.bandwidth(work, placed.entry);
        let (eip, eip_by_hour) = self.eip(work, placed.entry).unzip();
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
            eip_by_hour: cut(eip_by_hour)?,
            snapshots: cut(snapshots)?,
        })
    }

    fn given(&self, work: &mut Work<'_, '_>, rate: &Option<At<Rate>>) -> Option<HourlyRate> {
        match rate {
            Some(at) => self.money.local(work, &at.value, at.place),
            None => Some(HourlyRate::ZERO),
        }
    }

    /// A published price was used: it becomes an input with its source.
    fn cite(&mut self, work: &mut Work<'_, '_>, name: &str, rate: HourlyRate, source: String) {
        if self.listed.insert(name.to_owned(), ()).is_none() {
            work.inputs.push(Input {
                path: format!("price.{name}"),
                value: Rate { rate, currency: self.money.currency.clone() }.print(),
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
        if let Some(spot) = &group.spot {
            if priced.is_own {
                return Some(HourlyRate::ZERO);
            }
            let problem = Problem::new(priced.at, "a spot group cannot change its type");
            work.problem(problem.related(spot.place, "where the group is spot"));
            return None;
        }
        if let Some(hosts) = &group.dedicated_host {
            if priced.is_own {
                return Some(HourlyRate::ZERO);
            }
            let problem =
                Problem::new(priced.at, "a group on dedicated hosts cannot change its type");
            work.problem(problem.related(hosts.place, "where the group is on hosts"));
            return None;
        }
        if let Some(own) = group.rate.as_ref().filter(|_| priced.is_own) {
            return self.money.local(work, &own.value, own.place);
        }
        let name = priced.name;
        if group.charge.value == ChargeType::Subscription {
            work.inputs.push(Input {
                path: format!("group.{}.rate", entry.name),
                value: format!("pay-as-you-go price of {name}"),
                basis: Basis::Assumed,
                source: "a subscription's own price is not given".into(),
            });
        }
        if let Some(rate) = self.own.get(name) {
            return Some(*rate);
        }
        if let Some(book) = self.book {
            return self.booked(work, book, name, priced.at);
        }
        if work.root.price_book.is_some() {
            return None; // What is wrong with the book has been said.
        }
        let found = published(&self.region, name)
            .and_then(|price| Some((self.money.converted(price.rate, price.currency)?, price)));
        let Some((rate, price)) = found else {
            let message = format!("no price of {name} in {} is known", self.region);
            let problem = Problem::new(priced.at, message);
            work.problem(problem.expected("this type is in use").hint(format!(
                "add [[price]] name = \"{name}\", rate = \"… {}/h\"",
                self.money.currency
            )));
            return None;
        };
        let label = self.label(work, name);
        self.cite(work, &label, rate, format!("{} ({})", price.source, price.date));
        Some(rate)
    }

    /// The price of a type in the scenario's price book.
    fn booked(
        &mut self,
        work: &mut Work<'_, '_>,
        book: &Book,
        name: &str,
        at: Place,
    ) -> Option<HourlyRate> {
        let Some(listed) = book.price(&self.region, name) else {
            let problem = book.lacks(&self.region, name, at);
            let currency = &self.money.currency;
            let hint = format!("add [[price]] name = \"{name}\", rate = \"… {currency}/h\"");
            work.problem(problem.hint(hint));
            return None;
        };
        let rate = self.money.local(work, &listed.rate, listed.place)?;
        let label = self.label(work, name);
        self.cite(work, &label, rate, format!("{}: {}", book.path, book.source));
        Some(rate)
    }

    /// What a price is called among the inputs: with its region where that is not the scenario's.
    fn label(&self, work: &Work<'_, '_>, name: &str) -> String {
        let home = section(&work.root.region).map(|region| region.id.value.0.as_str());
        match home == Some(self.region.as_str()) {
            true => name.to_owned(),
            false => format!("{name} in {}", self.region),
        }
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
                return self.money.local(work, rate, at.place);
            }
            Licence::Rhel => vcpus.map(rhel_licence),
            Licence::Sles => vcpus.map(sles_licence),
            Licence::AlinuxPro => Some(aliyun_linux_pro_licence()),
            Licence::Windows => Some(HourlyRate::ZERO),
        };
        if let Some(rate) = self.own.get(name.as_str()) {
            return Some(*rate);
        }
        let of_book = self.book.filter(|_| at.value == Licence::Windows).and_then(|book| {
            let with = book.price_with(&self.region, priced.name, &name)?;
            Some((book, book.price(&self.region, priced.name)?, with))
        });
        if let Some((book, without, with)) = of_book {
            return self.licence_of(work, book, (without, with), priced.name);
        }
        // Hong Kong is named like the mainland and priced like the rest of the world.
        let mainland = self.region.starts_with("cn-") && self.region != "cn-hongkong";
        let converted = book.and_then(|rate| self.money.converted(rate, "CNY"));
        match converted.filter(|_| mainland) {
            Some(rate) => {
                let source = "help.aliyun.com/zh/ecs/images (2024-07-31)".to_owned();
                let name = match &at.value {
                    Licence::Windows => name,
                    Licence::None
                    | Licence::Rate(_)
                    | Licence::Rhel
                    | Licence::Sles
                    | Licence::AlinuxPro => {
                        format!("{name} ({} vCPU)", vcpus.unwrap_or_default())
                    }
                };
                let name = self.label(work, &name);
                self.cite(work, &name, rate, source);
                Some(rate)
            }
            None => {
                let message = format!("no price of licence {name} in {} is known", self.region);
                work.problem(Problem::new(at.place, message).hint(format!(
                    "write the price in its place, such as licence = \"0.2 {}/h\"",
                    self.money.currency
                )));
                None
            }
        }
    }

    /// What a licence costs by a price book: the price with it less the price without.
    fn licence_of(
        &mut self,
        work: &mut Work<'_, '_>,
        book: &Book,
        (without, with): (&Listed, &Listed),
        name: &str,
    ) -> Option<HourlyRate> {
        let bare = self.money.local(work, &without.rate, without.place)?;
        let whole = self.money.local(work, &with.rate, with.place)?;
        let Some(nanos) = whole.as_nanos().checked_sub(bare.as_nanos()).filter(|nanos| *nanos >= 0)
        else {
            let message = format!("{name} costs less with windows than without");
            let problem = Problem::new(with.place, message);
            work.problem(problem.related(without.place, "its price without"));
            return None;
        };
        let rate = HourlyRate::from_nanos(nanos);
        let label = self.label(work, &format!("windows on {name}"));
        self.cite(work, &label, rate, format!("{}: {}", book.path, book.source));
        Some(rate)
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
                payable(work, per_gib.checked_mul(size.value.0), at)?
            }
            (None, ..) => {
                let problem = Problem::new(at, "the size of the disk is not said");
                work.problem(problem.expected("expected size = \"40GiB\""));
                return None;
            }
        };
        payable(work, one.checked_mul(disk.count.value.0), at)
    }

    /// The price of a GiB of disk.
    fn category(
        &mut self,
        work: &mut Work<'_, '_>,
        name: &str,
        place: Place,
    ) -> Option<HourlyRate> {
        if let Some(rate) = self.own.get(name) {
            return Some(*rate);
        }
        let label = name.to_uppercase().replace('-', " ");
        let Some((rate, price)) = self.other(&label) else {
            let message = format!("no price of disk category {name} in {} is known", self.region);
            let known: Vec<&str> =
                self.own.keys().copied().chain(["essd-pl0", "essd-pl1"]).collect();
            let hint = format!(
                "add [[price]] name = \"{name}\", rate = \"… {}/h\" for a GiB",
                self.money.currency
            );
            let problem = Problem::new(place, message).hint(hint).did_you_mean(name, known);
            work.problem(problem);
            return None;
        };
        let label = self.label(work, name);
        self.cite(work, &label, rate, format!("{} ({})", price.source, price.date));
        Some(rate)
    }

    /// A published price of something else, best in the scenario's own currency.
    fn other(&self, what: &str) -> Option<(HourlyRate, &'static OtherPrice)> {
        let fits = |price: &&OtherPrice| price.what == what && price.region == self.region;
        let own = |price: &&OtherPrice| price.currency == self.money.currency;
        let rated = |price: &'static OtherPrice| {
            self.money.converted(price.rate, price.currency).map(|rate| (rate, price))
        };
        let mut all = OTHER_PRICES.iter().filter(fits);
        let first = all.clone().find(own).and_then(rated);
        first.or_else(|| all.find_map(rated))
    }

    fn bandwidth(&mut self, work: &mut Work<'_, '_>, entry: &Entry<Group>) -> Option<HourlyRate> {
        let group = &entry.value;
        let given = place_of(&group.bandwidth_rate).or_else(|| place_of(&group.bandwidth_mbps));
        if group.public_address.value != PublicAddress::StaticByBandwidth {
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
        let Some((rate, price)) = self.other(&label) else {
            let place = given.unwrap_or(group.public_address.place);
            let problem = Problem::new(place, "what the address's bandwidth costs is not known");
            work.problem(problem.expected("expected bandwidth_rate").hint(format!(
                "write bandwidth_rate = \"… {}/h\"; published are 10 Mbps in cn-hangzhou in CNY",
                self.money.currency
            )));
            return None;
        };
        let name = self.label(work, &format!("static address of {label}"));
        self.cite(work, &name, rate, format!("{} ({})", price.source, price.date));
        Some(rate)
    }

    /// What an elastic address costs, and the part of it that is its configuration.
    fn eip(
        &mut self,
        work: &mut Work<'_, '_>,
        entry: &Entry<Group>,
    ) -> Option<(HourlyRate, HourlyRate)> {
        let group = &entry.value;
        let given = place_of(&group.eip_rate).or_else(|| place_of(&group.eip_configuration_rate));
        if let (true, Some(place)) = (group.public_address.value != PublicAddress::Eip, given) {
            let problem = Problem::new(place, "a price of an elastic address without one");
            work.problem(problem.expected("expected public_address = \"eip\""));
            return None;
        }
        let address = self.given(work, &group.eip_rate);
        let configuration = self.given(work, &group.eip_configuration_rate);
        let in_vpc = group.network.value == Network::Vpc;
        match knobs(work.root).eip_configuration {
            EipConfiguration::WaivedWhileBound if in_vpc => {
                address.map(|address| (address, HourlyRate::ZERO))
            }
            EipConfiguration::WaivedWhileBound | EipConfiguration::Billed => {
                let configuration = configuration?;
                Some((address?.checked_add(configuration)?, configuration))
            }
        }
    }
}
