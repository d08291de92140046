//! The price book: list prices of one CSV, of the regions in use.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::decode::At;
use crate::scenario::place::{FileId, Place};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::raw::VCPUS_MAX;
use crate::scenario::rows::{Row, find_columns, stream};
use crate::scenario::value::{Rate, TextValue};
use crate::units::HourlyRate;

use super::{Work, list, section};

/// What a column that states a bare number in a currency begins with.
const BARE: &str = "on_demand_per_hour_";

/// The rows of a price book that a scenario can use.
#[derive(Default)]
pub(super) struct Book {
    /// Its path as seen from the scenario.
    pub path: String,
    /// Its path as messages tell it.
    shown: String,
    /// Where its prices were read, and when they held.
    pub source: String,
    rows: BTreeMap<(String, String), Listed>,
    /// By region, type and an operating system that is paid for with it.
    with_os: BTreeMap<(String, String, String), Listed>,
    regions: BTreeSet<String>,
    vcpus: BTreeMap<String, u32>,
}

/// A price of the book.
#[derive(Clone)]
pub(super) struct Listed {
    /// Per hour, in the currency of the row.
    pub rate: Rate,
    /// Where it stands.
    pub place: Place,
}

impl Book {
    /// The price of a type in a region.
    pub fn price(&self, region: &str, name: &str) -> Option<&Listed> {
        self.rows.get(&(region.to_owned(), name.to_owned()))
    }

    /// The price of a type in a region with an operating system that is paid for with it.
    pub fn price_with(&self, region: &str, name: &str, os: &str) -> Option<&Listed> {
        self.with_os.get(&(region.to_owned(), name.to_owned(), os.to_owned()))
    }

    /// How many virtual CPUs a type has.
    pub fn vcpus(&self, name: &str) -> Option<u32> {
        self.vcpus.get(name).copied()
    }

    /// Why there is no price: the region, or the type in it, is not listed.
    pub fn lacks(&self, region: &str, name: &str, at: Place) -> Problem {
        if !self.regions.contains(region) {
            let message = format!("{} has no price of any type in {region}", self.shown);
            let problem = Problem::new(at, message).expected("this region is in use");
            return problem.did_you_mean(region, self.regions.iter().map(String::as_str));
        }
        let message = format!("{} has no price of {name} in {region}", self.shown);
        let types = self.rows.keys().filter(|(own, _)| own == region);
        let problem = Problem::new(at, message).expected("this type is in use");
        problem.did_you_mean(name, types.map(|(_, name)| name.as_str()))
    }

    fn enter(&mut self, columns: &Columns, row: &Row<'_>, problems: &mut Problems) {
        let region = row.text(columns.region);
        if !self.regions.contains(region) {
            self.regions.insert(region.to_owned());
        }
        if !columns.used.contains(region) {
            return;
        }
        let name = row.text(columns.name).to_owned();
        let Some(rate) = columns.rate(row, problems) else { return };
        if let Some(at) = columns.vcpus {
            match row.text(at).parse::<u32>() {
                Ok(count) if (1..=VCPUS_MAX).contains(&u64::from(count)) => {
                    self.vcpus.insert(name.clone(), count);
                }
                Ok(_) | Err(_) => {
                    let message = format!("`{}` is no number of vCPUs", row.text(at));
                    let expected = format!("expected a whole number from 1 to {VCPUS_MAX}");
                    problems.push(Problem::new(row.place(at), message).expected(expected));
                }
            }
        }
        let listed = Listed { rate, place: row.place(columns.price) };
        let os = columns.os.map_or("", |at| row.text(at)).to_lowercase();
        let (before, message) = match os.as_str() {
            "" | "linux" => {
                let message = format!("{name} in {region} is listed twice");
                (self.rows.insert((region.to_owned(), name), listed), message)
            }
            os => {
                let message = format!("{name} with {os} in {region} is listed twice");
                let key = (region.to_owned(), name, os.to_owned());
                (self.with_os.insert(key, listed), message)
            }
        };
        if let Some(before) = before {
            let problem = Problem::new(row.whole(), message);
            problems.push(problem.related(before.place, "its other price"));
        }
    }
}

/// Where the columns are, and which regions count.
#[derive(Default)]
struct Columns {
    region: usize,
    name: usize,
    price: usize,
    /// The currency of bare numbers.
    currency: Option<String>,
    vcpus: Option<usize>,
    /// The operating system that is paid for with the type.
    os: Option<usize>,
    used: BTreeSet<String>,
    path: String,
}

impl Columns {
    fn find(&mut self, columns: &[String], file: FileId, problems: &mut Problems) -> bool {
        let Some([region, name]) =
            find_columns(["region", "instance_type"], columns, file, problems)
        else {
            return false;
        };
        (self.region, self.name) = (region, name);
        self.vcpus = columns.iter().position(|column| column == "vcpu");
        self.os = columns.iter().position(|column| column == "os");
        let bare = |column: &String| {
            let code = column.strip_prefix(BARE)?.to_ascii_uppercase();
            (code.len() == 3).then_some(code)
        };
        let prices = |place: &usize| columns[*place] == "rate" || bare(&columns[*place]).is_some();
        let priced: Vec<usize> = (0..columns.len()).filter(prices).collect();
        match priced.as_slice() {
            [] => {
                let head = Place::Cell { file, line: 1, column: None };
                let problem = Problem::new(head, format!("{} has no column of prices", self.path));
                let expected = format!("expected `rate` or one such as `{BARE}cny`");
                problems.push(problem.expected(expected));
                false
            }
            [only] => {
                (self.price, self.currency) = (*only, bare(&columns[*only]));
                true
            }
            [first, second, ..] => {
                problems.push(two_prices(columns, file, [*first, *second]));
                false
            }
        }
    }

    fn rate(&self, row: &Row<'_>, problems: &mut Problems) -> Option<Rate> {
        let text = row.text(self.price);
        let read = match &self.currency {
            None => Rate::read(text),
            Some(code) => {
                text.parse::<HourlyRate>().map(|rate| Rate { rate, currency: code.clone() })
            }
        };
        let wrong = |error: crate::units::ParseError| {
            let problem = Problem::new(row.place(self.price), error.problem);
            problems.push(problem.expected(format!("expected {}", error.expected)));
        };
        read.map_err(wrong).ok()
    }
}

/// Which of two columns is the price is not said.
fn two_prices(columns: &[String], file: FileId, [first, second]: [usize; 2]) -> Problem {
    let at = |place: usize| {
        let column = u16::try_from(place).ok();
        Place::Cell { file, line: 1, column }
    };
    let (one, other) = (&columns[first], &columns[second]);
    let message = format!("prices stand under `{other}` as well as under `{one}`");
    let problem = Problem::new(at(second), message).expected("expected one column of prices");
    let problem = problem.related(at(first), "the other one");
    problem.hint(
        "leave out the one that is not meant; where its prices are not in the scenario's currency, \
         [[exchange]] says what that is worth",
    )
}

/// The price book, if the scenario names one that could be read.
pub(super) fn book(work: &mut Work<'_, '_>) -> Option<Book> {
    let table = section(&work.root.price_book)?;
    let At { value: path, place, .. } = &table.csv;
    let before = work.context.problems.count();
    let columns = RefCell::new(Columns {
        used: used_regions(work),
        path: work.context.shown(&path.0),
        ..Columns::default()
    });
    let mut book = Book {
        path: path.0.clone(),
        shown: work.context.shown(&path.0),
        source: format!("{} ({})", table.source.value.0, table.date.value.0),
        ..Book::default()
    };
    stream(
        &path.0,
        *place,
        work.context,
        |names, file, problems| columns.borrow_mut().find(names, file, problems),
        |row, problems| book.enter(&columns.borrow(), row, problems),
    );
    (work.context.problems.count() == before).then_some(book)
}

/// The scenario's own region and those that groups name.
fn used_regions(work: &Work<'_, '_>) -> BTreeSet<String> {
    let own = section(&work.root.region).map(|region| region.id.value.0.clone());
    let of_groups = list(&work.root.group).iter().filter_map(|group| group.value.region.as_ref());
    own.into_iter().chain(of_groups.map(|at| at.value.0.clone())).collect()
}
