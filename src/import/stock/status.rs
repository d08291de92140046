//! Polled categories of `DescribeAvailableResource`: rows of a CSV, or the answers themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;

use serde_json::Value;

use crate::ecs::price::family_of;
use crate::import::json::{self, Object, Shape, items, member};
use crate::import::problem::{Problem, Problems};
use crate::import::table::{self, required};
use crate::import::{Input, Moments, as_name, own_name, quoted};

/// How many units each category stands for. `WithoutStock` and `ClosedWithoutStock` are sold
/// out: nothing. *Assumed*: the API says no number, so whoever imports has to.
#[derive(Clone, Copy, Debug)]
pub struct Categories {
    /// `WithStock`: sufficient.
    pub with_stock: u64,
    /// `ClosedWithStock`: low, no guarantee.
    pub closed_with_stock: u64,
}

/// The recorded path of one type or family in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPath {
    /// What the pool and its CSV are called.
    pub name: String,
    /// The CSV.
    pub csv: String,
    /// How many polls.
    pub polls: u64,
    /// How many found it sold out.
    pub sold_out: u64,
}

/// What polls came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// A path for each type or family in a zone.
    pub paths: Vec<StatusPath>,
    /// The pools, for a scenario to extend.
    pub pools: String,
    /// What to know.
    pub notes: Vec<String>,
}

/// The polls of one type or family in one zone.
#[derive(Default)]
struct Polled {
    csv: String,
    /// In microseconds since 1970; none of a look that does not say when it was.
    last: Option<i64>,
    before: Option<u64>,
    polls: u64,
    sold_out: u64,
}

/// Turns polls of `DescribeAvailableResource` into paths of what could be had beyond what is held:
/// a CSV with the columns `time`, `zone`, `type` and `category`, or the API's answers in JSON, one
/// after the other or in an array. Where an answer is in an object with a `time` beside it, or in
/// an SDK's with the headers, that is when it was given.
///
/// # Errors
/// With everything that is wrong with the file.
pub fn status(
    input: Input<'_>,
    categories: Categories,
    moments: &Moments,
) -> Result<Status, Problems> {
    let file = input.name.clone();
    let mut polls = Polls { file: &file, categories, moments, polled: BTreeMap::new() };
    let mut reader = BufReader::with_capacity(1 << 16, input.reader);
    let is_json = json::begins(&mut reader);
    let input = Input { name: file.clone(), reader: Box::new(reader) };
    if is_json {
        answers(input, &mut polls)?;
    } else {
        rows(input, &mut polls)?;
    }
    if polls.polled.is_empty() {
        return Err(Problem::new(&file, "there is no poll in it")
            .expected("at least one row, or one instance type in an answer")
            .into());
    }
    Ok(described(&file, polls.polled, categories))
}

/// Polls being read.
struct Polls<'a> {
    file: &'a str,
    categories: Categories,
    moments: &'a Moments,
    polled: BTreeMap<(String, String), Polled>,
}

impl Polls<'_> {
    /// Takes a poll of a type in a zone.
    ///
    /// # Errors
    /// With what is wrong, and whether it is the time (0), zone (1), type (2) or category (3).
    fn take(
        &mut self,
        at: Option<i64>,
        (zone, kind): (&str, &str),
        category: &str,
    ) -> Result<(), (usize, Problem)> {
        let wrong = |column, what: String, expected: &str| {
            Err((column, Problem::new(self.file, what).expected(expected)))
        };
        let units = match category {
            "WithStock" => self.categories.with_stock,
            "ClosedWithStock" => self.categories.closed_with_stock,
            "WithoutStock" | "ClosedWithoutStock" => 0,
            other => {
                let what = format!("there is no category `{other}`");
                let known = "WithStock, ClosedWithStock, WithoutStock or ClosedWithoutStock";
                return wrong(3, what, known);
            }
        };
        for (column, name) in [(1, zone), (2, kind)] {
            if name.is_empty() || as_name(name) != name {
                let what = format!("`{name}` is not a name");
                return wrong(column, what, "a zone such as cn-hangzhou-h, a type such as ecs.g7");
            }
        }
        let path = self.polled.entry((kind.to_owned(), zone.to_owned())).or_default();
        if path.polls > 0 && at.is_none_or(|at| path.last.is_none_or(|last| at < last)) {
            let what = match (at, path.last) {
                (Some(_), Some(_)) => "it is earlier than the one before it of this type and zone",
                (None, _) | (_, None) => "of two looks at a type and zone one does not say when",
            };
            let problem = Problem::new(self.file, what).expected("polls in order of time");
            return Err((
                0,
                problem.hint(
                    "sort them by time; put an answer into {\"time\": \"…\", \"answer\": …} to say \
                 when it was given",
                ),
            ));
        }
        path.last = at;
        path.polls += 1;
        path.sold_out += u64::from(units == 0);
        if path.before.replace(units) != Some(units) {
            let at = at.map_or_else(|| "0s".to_owned(), |at| self.moments.civil(at));
            path.csv += &format!("{at},{units}\n");
        }
        Ok(())
    }
}

fn rows(input: Input<'_>, polls: &mut Polls<'_>) -> Result<(), Problems> {
    let columns = [
        required(&["time"]),
        required(&["zone", "ZoneId"]),
        required(&["type", "family", "InstanceType", "Value"]),
        required(&["category", "StatusCategory"]),
    ];
    table::read(input, columns, &[], |row| {
        let at = polls.moments.once(row, 0)?;
        let poll = polls.take(Some(at), (row.text(1), row.text(2)), row.text(3));
        poll.map_err(|(column, problem)| {
            let (line, place) = row.place(column);
            problem.at(line, place)
        })
    })
}

fn answers(input: Input<'_>, polls: &mut Polls<'_>) -> Result<(), Problems> {
    let shape = Shape { wrappers: &[], expected: "the JSON of DescribeAvailableResource" };
    let name = input.name.clone();
    let mut found = None;
    let read = json::read(input, shape, &mut |object: Object| {
        answer(&Value::Object(object.fields), polls).map(|()| true).map_err(|problem| {
            let what = problem.what.clone();
            found = Some(problem);
            what
        })
    });
    match (read, found) {
        (Ok(_), _) => Ok(()),
        (Err(mut problems), Some(problem)) => {
            let at = problems.0.pop().map_or((0, 0), |place| (place.line, place.column));
            Err(Problem { file: name, ..problem }.at(at.0, at.1).into())
        }
        (Err(problems), None) => Err(problems),
    }
}

/// One answer, with what is around it.
fn answer(whole: &Value, polls: &mut Polls<'_>) -> Result<(), Problem> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Some(inner) = holder(whole, 0) else {
        let what = match (member(whole, "Code"), member(whole, "Message")) {
            (Some(code), Some(_)) => format!("it is an error answer: {}", text(code)),
            _ => "an object without AvailableZones".to_owned(),
        };
        return Err(Problem::new(polls.file, what)
            .expected("{\"AvailableZones\": {\"AvailableZone\": […]}}"));
    };
    let written = member(whole, "time").or_else(|| member(whole, "timestamp")).map(text);
    let header = member(whole, "headers").and_then(|headers| member(headers, "date")).map(text);
    let at = match (written, header) {
        (Some(time), _) => Some(polls.moments.one(polls.file, &time)?),
        (None, Some(date)) => polls.moments.of_header(&date),
        (None, None) => None,
    };
    let word = |value: &'_ Value, key: &str| member(value, key).map(text).unwrap_or_default();
    for zone in items(inner, "AvailableZones", "AvailableZone") {
        for resource in items(zone, "AvailableResources", "AvailableResource") {
            if word(resource, "Type") != "InstanceType" {
                continue;
            }
            for kind in items(resource, "SupportedResources", "SupportedResource") {
                let category = match (word(kind, "StatusCategory"), word(kind, "Status").as_str()) {
                    (category, "SoldOut") if category.is_empty() => "WithoutStock".to_owned(),
                    (category, "Available") if category.is_empty() => "WithStock".to_owned(),
                    (category, _) => category,
                };
                let place = (&*word(zone, "ZoneId"), &*word(kind, "Value"));
                polls.take(at, place, &category).map_err(|(_, problem)| problem)?;
            }
        }
    }
    Ok(())
}

/// The object with AvailableZones: this one, or one within it.
fn holder(value: &Value, depth: u32) -> Option<&Value> {
    if member(value, "AvailableZones").is_some() {
        return Some(value);
    }
    let within = value.as_object().filter(|_| depth < 4)?;
    within.values().find_map(|inner| holder(inner, depth + 1))
}

fn described(
    file: &str,
    polled: BTreeMap<(String, String), Polled>,
    categories: Categories,
) -> Status {
    let Categories { with_stock, closed_with_stock } = categories;
    let why = format!(
        "assumed: WithStock stands for {with_stock} units and ClosedWithStock for \
                       {closed_with_stock}; categories polled in {file}"
    );
    let mut status = Status { paths: vec![], pools: String::new(), notes: vec![] };
    let mut provenance = "[provenance]\n".to_owned();
    let mut taken = BTreeSet::new();
    for ((kind, zone), path) in polled {
        let bare = kind.strip_prefix("ecs.").unwrap_or(&kind);
        let name = own_name(&format!("{bare}-{zone}"), &mut taken);
        let drawn = match family_of(&kind) {
            Some(_) => format!("types = [{}]", quoted(&kind)),
            None => format!("family = {}", quoted(&kind)),
        };
        let first = path.csv.lines().next().and_then(|row| row.split(',').next()).unwrap_or("");
        let (polls, sold_out) = (path.polls, path.sold_out);
        status.notes.push(match path.last {
            Some(_) => format!(
                "{name}: {polls} polls from {first} on, {sold_out} sold out; the scenario's clock \
                 must start at the first poll"
            ),
            None => format!(
                "{name}: one look, {}; it does not say when it was: it holds from the beginning",
                if sold_out > 0 { "sold out" } else { "in stock" }
            ),
        });
        status.pools += &format!(
            "[[pool]]\nname = {0}\nzone = {1}\n{drawn}\n\
             trace = {{ csv = {2}, column = \"obtainable_more\" }}\n\n",
            quoted(&name),
            quoted(&zone),
            quoted(&format!("{name}.csv"))
        );
        provenance += &format!("{} = {}\n", quoted(&format!("pool.{name}.trace")), quoted(&why));
        let csv = format!("at,obtainable_more\n{}", path.csv);
        let Polled { polls, sold_out, .. } = path;
        status.paths.push(StatusPath { name, csv, polls, sold_out });
    }
    status.pools += &provenance;
    status
}
