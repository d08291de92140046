//! Where two runs begin to differ: which event, which fact, in which field, about whom.

use std::borrow::Cow;

use serde::Serialize;

use crate::report::facts::Told;
use crate::report::text::layout::span;
use crate::sim::plan::Plan;
use crate::units::SimTime;

use super::timeline::draw::wrap;
use super::timeline::{WIDTH, time_of_day};

/// So many facts of each side are looked through for the one that the other side has.
pub const AHEAD: usize = 2_000;

/// Columns of what a line is about.
const LABEL: usize = 13;

/// The fields that say which fact it is; the others say how it went.
const WHICH: [&str; 6] = ["instance", "controller", "operation", "number", "name", "action"];

/// Where a fact stands in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the how-many-th event it happened; 0 is before the first.
    Event(u64),
    /// Its line in `facts.ndjson`, from 1.
    Line(u64),
}

/// A fact, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Where.
    pub place: Place,
    /// The fact.
    pub told: Told,
}

/// Digests at full hours of both runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoints {
    /// How many are equal, from the first on.
    pub equal: usize,
    /// How many there are on the shorter side.
    pub all: usize,
    /// The last one that is equal.
    pub last_equal: Option<SimTime>,
    /// The first one that is not.
    pub first_other: Option<SimTime>,
}

impl Checkpoints {
    /// What two lists have in common.
    pub fn of(base: &[(SimTime, u64)], other: &[(SimTime, u64)]) -> Checkpoints {
        let equal = base.iter().zip(other).take_while(|(one, another)| one == another).count();
        Checkpoints {
            equal,
            all: base.len().min(other.len()),
            last_equal: equal.checked_sub(1).map(|place| base[place].0),
            first_other: base.get(equal).or(other.get(equal)).map(|(at, _)| *at),
        }
    }
}

/// The first facts that are not the same, and what follows them, of each side.
pub type Sides = [Vec<Happened>; 2];

/// The first difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// On which side the fact is that is told: `A` or `B`.
    pub side: char,
    /// Where it stands on that side.
    #[serde(flatten)]
    pub place: Place,
    /// When, on the clock of the scenario.
    pub at: String,
    /// What happened.
    pub fact: String,
    /// About whom: `instance web-0001`, `controller nightly`, `pool c6-h`.
    pub about: Vec<String>,
    /// What is different.
    pub fields: Vec<Field>,
    /// How it is different, in words.
    pub words: String,
}

/// A field that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name; `time` is when it happened.
    pub name: String,
    /// What it is on each side; none where that has no such fact.
    pub a: Option<String>,
    /// The same of the other.
    pub b: Option<String>,
}

fn letter(side: usize) -> char {
    if side == 0 { 'A' } else { 'B' }
}

/// Whether both tell of the same thing, however it went.
fn is_same_thing(one: &Told, other: &Told) -> bool {
    one.fact == other.fact && WHICH.iter().all(|key| one.field(key) == other.field(key))
}

/// Which kind of thing the name of a fact is of.
fn kind(fact: &str) -> &'static str {
    match fact {
        "stock_changed" => "pool",
        "fault_turned" | "fault_struck" => "fault",
        "condition_changed" => "condition",
        "service_turned" => "service",
        "capacity_changed" => "capacity",
        "spot_priced" => "market",
        "slipped" => "defect",
        _ => "",
    }
}

/// About whom a fact is.
fn about(told: &Told) -> Vec<String> {
    let mut about = Vec::new();
    for key in ["instance", "controller"] {
        about.extend(told.field(key).map(|name| format!("{key} {name}")));
    }
    let kind = kind(&told.fact);
    if !kind.is_empty() {
        about.extend(told.field("name").map(|name| format!("{kind} {name}")));
    }
    about
}

/// The first difference of two sides, neither of which is empty unless its run is over.
///
/// # Panics
/// If both are empty.
pub fn difference(plans: [&Plan; 2], sides: &Sides) -> Difference {
    let mut order: Vec<usize> = (0..2).filter(|side| !sides[*side].is_empty()).collect();
    order.sort_by_key(|side| (sides[*side][0].told.at, *side));
    let has_exactly = |side: usize, one: &Told| sides[side].iter().any(|other| other.told == *one);
    // The first that the other side does not have; if it has both, their order is another.
    let own = { order.iter().copied() }.find(|side| !has_exactly(1 - side, &sides[*side][0].told));
    let side = own.unwrap_or(order[0]);
    let found = &sides[side][0];
    let there = sides[1 - side].iter().find(|other| is_same_thing(&found.told, &other.told));
    let here = letter(side);
    let time = |side: usize, at| plans[side].clock.format(at);
    let mut fields = Vec::new();
    let mut field = |name: &str, mine: Option<String>, theirs: Option<String>| {
        let (a, b) = if side == 0 { (mine, theirs) } else { (theirs, mine) };
        fields.push(Field { name: name.to_owned(), a, b });
    };
    let words = match (own, there) {
        (None, _) => {
            field("order", Some("first".into()), Some("later".into()));
            "the same happens in another order".to_owned()
        }
        (Some(_), None) => {
            field("fact", Some(found.told.fact.clone().into_owned()), None);
            format!("it happens in {here} only")
        }
        (Some(_), Some(other)) => {
            let (mine, theirs) = (&found.told, &other.told);
            let mut words = "it goes otherwise".to_owned();
            if mine.at != theirs.at {
                let later = theirs.at.since(mine.at);
                field("time", Some(time(side, mine.at)), Some(time(1 - side, theirs.at)));
                words = format!(
                    "in {} it happens {} later",
                    letter(1 - side),
                    span(u128::from(later.as_micros()))
                );
            }
            for key in keys(mine, theirs) {
                let (one, two) = (mine.field(key), theirs.field(key));
                if one != two {
                    field(key, one.map(str::to_owned), two.map(str::to_owned));
                }
            }
            words
        }
    };
    Difference {
        side: here,
        place: found.place,
        at: time(side, found.told.at),
        fact: found.told.fact.clone().into_owned(),
        about: about(&found.told),
        fields,
        words,
    }
}

/// Every field that either has.
fn keys<'t>(one: &'t Told, other: &'t Told) -> Vec<&'t str> {
    let mut keys: Vec<&str> = one.fields.iter().map(|(key, _)| &**key).collect();
    for (key, _) in &other.fields {
        if !keys.contains(&&**key) {
            keys.push(key);
        }
    }
    keys
}

/// What is printed of two runs that differ: so many facts of each side.
pub fn text(plans: [&Plan; 2], checkpoints: &Checkpoints, sides: &Sides, count: usize) -> String {
    let found = difference(plans, sides);
    let clock = &plans[0].clock;
    let mut lines: Vec<(&str, String)> = Vec::new();
    let equal = match checkpoints.last_equal {
        Some(at) => {
            let (equal, all) = (checkpoints.equal, checkpoints.all);
            format!("{equal} of {all} equal, the last of {}", clock.format(at))
        }
        None => format!("none of {} equal", checkpoints.all),
    };
    let other = checkpoints.first_other.map(|at| format!("; not that of {}", clock.format(at)));
    lines.push(("checkpoints", equal + &other.unwrap_or_default()));
    let differs = match found.place {
        Place::Event(event) => format!("event {event} of {}, {}", found.side, found.at),
        Place::Line(line) => format!("line {line} of the facts of {}, {}", found.side, found.at),
    };
    lines.push(("differs", differs));
    lines.push(("fact", format!("{}: {}", found.fact, found.words)));
    if !found.about.is_empty() {
        lines.push(("about", found.about.join(", ")));
    }
    for Field { name, a, b } in &found.fields {
        let [a, b] = [a, b].map(|value| value.as_deref().unwrap_or("none"));
        lines.push(("field", format!("{name}: A {a}, B {b}")));
    }
    let mut text = String::new();
    for (label, said) in lines {
        for (place, part) in wrap(&said, WIDTH - LABEL).iter().enumerate() {
            let label = if place == 0 { label } else { "" };
            text += &format!("{label:LABEL$}{part}\n");
        }
    }
    text + "\n" + &columns(plans, sides, count)
}

/// The first facts of each side beside each other.
fn columns(plans: [&Plan; 2], sides: &Sides, count: usize) -> String {
    let width = (WIDTH - 2) / 2;
    let row =
        |left: &str, right: &str| format!("{left:width$}  {right}").trim_end().to_owned() + "\n";
    let mut text = row("A", "B") + &row(&"-".repeat(width), &"-".repeat(width));
    let cells = |side: usize, place: usize| match sides[side].get(place) {
        Some(one) => {
            let time = time_of_day(plans[side], one.told.at);
            let values = one.told.fields.iter().filter(|(key, _)| key != "due");
            let value = |(key, value): &(Cow<'static, str>, String)| match &**key {
                "number" => format!("#{value}"),
                "on" => if value == "true" { "on" } else { "off" }.to_owned(),
                _ => value.clone(),
            };
            let values: Vec<String> = values.map(value).collect();
            let line = format!("{time} {} {}", one.told.fact, values.join(" "));
            wrap(&line, width)
        }
        None if place == sides[side].len() => vec!["nothing more happens".to_owned()],
        None => Vec::new(),
    };
    for place in 0..count {
        let (left, right) = (cells(0, place), cells(1, place));
        for line in 0..left.len().max(right.len()) {
            let of = |cell: &[String]| cell.get(line).cloned().unwrap_or_default();
            text += &row(&of(&left), &of(&right));
        }
    }
    text
}
