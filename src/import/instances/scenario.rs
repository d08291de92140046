//! A fleet as text: a scenario that can be checked and run as it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::ecs::price::{OTHER_PRICES, family_of, published, type_facts};
use crate::import::{Moments, as_name, own_name, quoted};

use super::kind::Kind;
use super::pages::Told;
use super::{Fleet, Imported, Options, TAG_VALUES_MAX};

/// A group as it will be called.
struct Named<'a> {
    name: String,
    kind: &'a Kind,
    ids: &'a [String],
}

/// Names at most so many instances in a remark.
const EXAMPLES: usize = 3;

/// Time zones of regions, where most of a region's users live. *Assumed*.
const ZONES: [(&str, &str); 17] = [
    ("cn-hongkong", "Asia/Hong_Kong"),
    ("cn-", "Asia/Shanghai"),
    ("ap-northeast-1", "Asia/Tokyo"),
    ("ap-northeast-2", "Asia/Seoul"),
    ("ap-southeast-1", "Asia/Singapore"),
    ("ap-southeast-2", "Australia/Sydney"),
    ("ap-southeast-3", "Asia/Kuala_Lumpur"),
    ("ap-southeast-5", "Asia/Jakarta"),
    ("ap-southeast-6", "Asia/Manila"),
    ("ap-southeast-7", "Asia/Bangkok"),
    ("ap-south-1", "Asia/Kolkata"),
    ("eu-central-1", "Europe/Berlin"),
    ("eu-west-1", "Europe/London"),
    ("us-east-1", "America/New_York"),
    ("us-west-1", "America/Los_Angeles"),
    ("me-east-1", "Asia/Dubai"),
    ("me-central-1", "Asia/Riyadh"),
];

/// Where nothing else is said, a run begins on this Monday. *Assumed*.
const START: &str = "2026-03-02";

/// Writes everything.
pub(super) fn write(fleet: &Fleet, told: &Told, files: &[String], options: &Options) -> Imported {
    let groups = named(fleet);
    let mut notes = vec![];
    let currency = options.currency.as_deref().unwrap_or("CNY");
    let mut provenance: Vec<(String, String)> = vec![];
    let prices = prices(fleet, &groups, currency, &mut provenance, &mut notes);
    let mut rest = types(fleet) + &prices + &pools(fleet, &groups);
    rest += &policy(&groups, &mut provenance);
    let region = fleet.region();
    let inline: String = groups.iter().map(|group| table(group, region, currency)).collect();
    let asked_of: String = groups
        .iter()
        .filter_map(|group| Some((group, bandwidth(group.kind, region, currency)?)))
        .filter(|(_, (key, _))| *key == ASKED)
        .map(|(group, (key, value))| {
            format!("[[group]]\nname = {}\n{key} = {value}\n\n", quoted(&group.name))
        })
        .collect();
    let head = head(fleet, files, options);
    let provenance = provenance_text(&provenance);
    said(fleet, told, &groups, &mut notes);
    let asked: String = notes.iter().map(|note| wrapped(note)).collect();
    let by_csv = "[csv]\ngroup = \"fleet.csv\"\n\n";
    Imported {
        scenario: format!("{asked}{head}{inline}{rest}{provenance}"),
        scenario_beside_fleet: format!("{asked}{head}{by_csv}{asked_of}{rest}{provenance}"),
        fleet: csv(&groups, region, currency),
        notes,
    }
}

/// A note as a comment of lines of at most 100 columns.
fn wrapped(note: &str) -> String {
    let mut text = String::new();
    let mut line = "#".to_owned();
    for word in note.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if line.len() + word.len() > 96 {
            text += &line;
            text.push('\n');
            line = "#  ".to_owned();
        }
        line.push(' ');
        line += word;
    }
    text + &line + "\n"
}

/// Groups with names of their own: family, size and zone, then a number.
fn named(fleet: &Fleet) -> Vec<Named<'_>> {
    let mut taken = BTreeSet::new();
    let mut named = vec![];
    for (kind, ids) in &fleet.groups {
        let bare = kind.instance_type.strip_prefix("ecs.").unwrap_or(&kind.instance_type);
        let zone = kind.zone.strip_prefix(fleet.region()).unwrap_or(&kind.zone);
        let base = format!("{}-{}", bare.replace('.', "-"), zone.trim_matches('-'));
        named.push(Named { name: own_name(&base, &mut taken), kind, ids });
    }
    named
}

fn head(fleet: &Fleet, files: &[String], options: &Options) -> String {
    let region = fleet.region();
    let zone = ZONES.iter().find(|(prefix, _)| region.starts_with(prefix));
    let zone = zone.map_or("UTC", |(_, zone)| zone);
    let start = options.start.clone().unwrap_or_else(|| {
        let moments = Moments::named(zone);
        moments
            .zip(fleet.last_start)
            .and_then(|(moments, last)| moments.next_monday(last))
            .unwrap_or_else(|| START.to_owned())
    });
    let files: Vec<&str> =
        files.iter().map(|file| file.rsplit('/').next().unwrap_or(file)).collect();
    let about = format!("imported from {}", files.join(", "));
    let currency = options.currency.as_deref().unwrap_or("CNY");
    format!(
        "name = {}\ndescription = {}\ncurrency = {}\n\n\
         [clock]\nstart = {}\ntimezone = \"{zone}\"\nlength = \"28d\"\n\n\
         [region]\nid = {}\n\n",
        quoted(&as_name(&format!("fleet-{region}"))),
        quoted(&about),
        quoted(currency),
        quoted(&start),
        quoted(region),
    )
}

/// The key whose value is asked for: written as nothing and marked as assumed.
const ASKED: &str = "bandwidth_rate";

/// What an address paid by bandwidth has, if that is published, or else what is asked for.
fn bandwidth(kind: &Kind, region: &str, currency: &str) -> Option<(&'static str, String)> {
    if kind.bandwidth_mbps == 0 {
        return None;
    }
    let what = format!("{} Mbps", kind.bandwidth_mbps);
    let is_published = OTHER_PRICES
        .iter()
        .any(|price| price.what == what && price.region == region && price.currency == currency);
    Some(match is_published {
        true => ("bandwidth_mbps", kind.bandwidth_mbps.to_string()),
        false => (ASKED, quoted(&format!("0 {currency}/h"))),
    })
}

/// The keys of a group and their values as TOML has them; what is as by default is left out.
fn keys(group: &Named<'_>, region: &str, currency: &str) -> Vec<(&'static str, String)> {
    let kind = group.kind;
    let mut keys = vec![
        ("name", quoted(&group.name)),
        (
            "names",
            format!("[{}]", group.ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ")),
        ),
        ("zone", quoted(&kind.zone)),
        ("type", quoted(&kind.instance_type)),
        ("initially", quoted(kind.initially)),
    ];
    let mut unless = |key, value: &str, default: &str| {
        if value != default {
            keys.push((key, quoted(value)));
        }
    };
    unless("charge", kind.charge, "pay-as-you-go");
    unless("network", kind.network, "vpc");
    unless("public_address", kind.address, "none");
    keys.extend(bandwidth(kind, region, currency));
    if !kind.conditions.is_empty() {
        let list: Vec<String> = kind.conditions.iter().map(|name| quoted(name)).collect();
        keys.push(("conditions", format!("[{}]", list.join(", "))));
    }
    if kind.local_storage {
        keys.push(("local_storage", "true".to_owned()));
    }
    keys
}

/// Its tags as a table of TOML.
fn tags(kind: &Kind) -> String {
    let pairs: Vec<String> = kind
        .tags
        .iter()
        .map(|(key, value)| format!("{} = {}", quoted(key), quoted(value)))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn table(group: &Named<'_>, region: &str, currency: &str) -> String {
    let mut text = format!("{}[[group]]\n", remark(group));
    for (key, value) in keys(group, region, currency) {
        writeln!(text, "{key} = {value}").expect("strings take all");
    }
    if !group.kind.tags.is_empty() {
        writeln!(text, "tags = {}", tags(group.kind)).expect("strings take all");
    }
    text + "\n"
}

/// What a group has that a scenario does not say: image, operating system, spot, own host.
fn remark(group: &Named<'_>) -> String {
    let kind = group.kind;
    let mut parts = vec![];
    let mut add = |what: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{what} {value}"));
        }
    };
    add("image", &kind.image);
    add("on", &kind.os);
    add("spot:", &kind.spot);
    add("", if kind.is_dedicated { "on a dedicated host" } else { "" });
    match parts.as_slice() {
        [] => String::new(),
        parts => wrapped(&parts.join(", ")),
    }
}

fn csv(groups: &[Named<'_>], region: &str, currency: &str) -> String {
    let row = |group: &Named<'_>| -> Vec<(String, String)> {
        let keys = keys(group, region, currency).into_iter();
        let tags = group.kind.tags.iter();
        let tags = tags.map(|(key, value)| (format!("tags.{key}"), value.clone()));
        keys.map(|(key, value)| (key.to_owned(), unquoted(&value))).chain(tags).collect()
    };
    let rows: Vec<Vec<(String, String)>> = groups.iter().map(row).collect();
    let mut columns: Vec<&String> = vec![];
    for (key, _) in rows.iter().flatten() {
        if !columns.contains(&key) {
            columns.push(key);
        }
    }
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(&columns).expect("memory takes all");
    for row in &rows {
        let cell = |column: &&String| {
            let value = row.iter().find(|(key, _)| key == *column);
            value.map_or_else(String::new, |(_, value)| value.clone())
        };
        writer.write_record(columns.iter().map(cell)).expect("memory takes all");
    }
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("cells are text")
}

/// A value of TOML as the cell of a CSV.
fn unquoted(value: &str) -> String {
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    bare.unwrap_or(value).to_owned()
}

/// What is known of types that the book does not have.
fn types(fleet: &Fleet) -> String {
    let mut text = String::new();
    for (name, (vcpus, family)) in &fleet.types {
        if type_facts(name).is_some() {
            continue;
        }
        write!(text, "[[type]]\nname = {}\n", quoted(name)).expect("strings take all");
        if family_of(name).is_none() {
            writeln!(text, "family = {}", quoted(family)).expect("strings take all");
        }
        if *vcpus > 0 {
            writeln!(text, "vcpus = {vcpus}").expect("strings take all");
        }
        text.push('\n');
    }
    text
}

/// Prices that are asked for: written as nothing, so that the scenario can be checked, and
/// marked as assumed, so that every amount that rests on them is.
fn prices(
    fleet: &Fleet,
    groups: &[Named<'_>],
    currency: &str,
    provenance: &mut Vec<(String, String)>,
    notes: &mut Vec<String>,
) -> String {
    let region = fleet.region();
    let is_known =
        |name: &str| published(region, name).is_some_and(|price| price.currency == currency);
    let mut text = String::new();
    let mut asked = vec![];
    for name in fleet.types.keys().filter(|name| !is_known(name)) {
        write!(text, "[[price]]\nname = {}\nrate = \"0 {currency}/h\"\n\n", quoted(name))
            .expect("strings take all");
        let why = format!("assumed: no price of {name} in {region} is known; give yours");
        provenance.push((format!("price.{name}"), why));
        asked.push(name.as_str());
    }
    if !asked.is_empty() {
        notes.push(format!(
            "asked for: the hourly price in {currency} of {}; 0 stands in its place",
            asked.join(", ")
        ));
    }
    let mut of = vec![];
    for group in groups {
        let mbps = group.kind.bandwidth_mbps;
        if bandwidth(group.kind, region, currency).is_some_and(|(key, _)| key == ASKED) {
            let why = format!("assumed: what {mbps} Mbps cost is not known; give yours");
            provenance.push((format!("group.{}.{ASKED}", group.name), why));
            of.push(group.name.as_str());
        }
    }
    if !of.is_empty() {
        notes.push(format!("asked for: {ASKED} of {}; 0 stands in its place", of.join(", ")));
    }
    text
}

/// A pool for each family in a zone; how much stock there is nobody exports.
fn pools(fleet: &Fleet, groups: &[Named<'_>]) -> String {
    let mut pools: BTreeSet<(&str, &str)> = BTreeSet::new();
    for group in groups {
        let (_, family) = &fleet.types[&group.kind.instance_type];
        pools.insert((&group.kind.zone, family));
    }
    let mut text = String::new();
    let mut taken = BTreeSet::new();
    for (zone, family) in pools {
        let bare = family.strip_prefix("ecs.").unwrap_or(family);
        let name = own_name(&format!("{bare}-{zone}"), &mut taken);
        write!(
            text,
            "[[pool]]\nname = {}\nzone = {}\nfamily = {}\n\
             unit = \"instance\"\nstock = \"unlimited\"\n\n",
            quoted(&name),
            quoted(zone),
            quoted(family),
        )
        .expect("strings take all");
    }
    text
}

/// A calendar and a controller to begin with.
fn policy(groups: &[Named<'_>], provenance: &mut Vec<(String, String)>) -> String {
    let names: Vec<String> = groups.iter().map(|group| quoted(&group.name)).collect();
    let names = names.join(", ");
    let why = "assumed: an inventory does not say when instances are wanted; give your hours";
    provenance.push(("demand.office".to_owned(), why.to_owned()));
    format!(
        "[[demand]]\nname = \"office\"\ngroups = [{names}]\n\
         windows = [{{ days = \"mon..fri\", from = \"08:00\", to = \"20:00\" }}]\n\n\
         [[controller]]\nname = \"nightly\"\ngroups = [{names}]\nfollows = \"office\"\n\
         stop = {{ mode = \"StopCharging\" }}\n\
         wait = {{ poll = \"10s\", give_up = \"15m\" }}\n\
         no_stock = {{ retry_every = \"5m\" }}\n\n"
    )
}

fn provenance_text(provenance: &[(String, String)]) -> String {
    let mut text = "[provenance]\n".to_owned();
    for (path, why) in provenance {
        writeln!(text, "{} = {}", quoted(path), quoted(why)).expect("strings take all");
    }
    text
}

/// What there is to know besides prices.
fn said(fleet: &Fleet, told: &Told, groups: &[Named<'_>], notes: &mut Vec<String>) {
    notes.push(
        "asked for: system_disk and data_disks of every group; DescribeInstances does not \
                have them, and the total bill is too low by their price"
            .to_owned(),
    );
    notes.push(
        "asked for: pools; stock is unlimited here, so restart risk is not modelled".to_owned(),
    );
    notes.push("asked for: demand; working days from 08:00 to 20:00 stand in its place".to_owned());
    let count = |is_it: &dyn Fn(&Kind) -> bool| -> usize {
        groups.iter().filter(|group| is_it(group.kind)).map(|group| group.ids.len()).sum()
    };
    let mut when_any = |count: usize, what: &str| {
        if count > 0 {
            notes.push(format!("{what} ({count} in all)"));
        }
    };
    when_any(
        count(&|kind| kind.os == "windows"),
        "there is Windows: outside mainland China its licence is paid for, see `licence`",
    );
    when_any(
        count(&|kind| !kind.spot.is_empty()),
        "there are spot instances: billed at the pay-as-you-go price here",
    );
    when_any(
        count(&|kind| kind.is_dedicated),
        "there are dedicated hosts, paid for as a whole: billed here as if they were not",
    );
    when_any(
        fleet.twice.len(),
        &format!("some instances were there twice, taken once: {}", examples(&fleet.twice)),
    );
    for (remark, ids) in &fleet.remarks {
        notes.push(format!("{remark}: {} ({} in all)", examples(ids), ids.len()));
    }
    let read = fleet.regions.values().sum::<u64>();
    if told.total > read {
        notes.push(format!(
            "pages are missing: TotalCount is {}, {read} instances were read",
            told.total
        ));
    } else if told.has_next {
        notes.push("pages may be missing: the last one read names a NextToken".to_owned());
    }
    let tags: Vec<String> = fleet.left_out().map(quoted).collect();
    if !tags.is_empty() {
        notes.push(format!(
            "tags with more than {TAG_VALUES_MAX} values are left out, and do not tell groups \
             apart: {}",
            tags.join(", ")
        ));
    }
    let unused: Vec<&str> = fleet.unused.iter().map(String::as_str).collect();
    if !unused.is_empty() {
        notes.push(format!("kept out, nothing is made of them: {}", unused.join(", ")));
    }
}

fn examples(ids: &[String]) -> String {
    let shown = ids.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
    if ids.len() > EXAMPLES { format!("{shown}, …") } else { shown }
}
