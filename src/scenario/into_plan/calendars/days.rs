//! Lists of dates that are off or worked: a CSV, the JSON of public holidays, or all-day events.
//!
//! What could say that a day is no holiday and is not understood is refused by name.

use std::cell::RefCell;
use std::io::Read as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::demand::calendar::CivilDate;
use crate::scenario::canon::hex;
use crate::scenario::decode::At;
use crate::scenario::place::{FileId, Place};
use crate::scenario::problem::{Problem, Problems};
use crate::scenario::rows::{Row, find_columns, stream};
use crate::scenario::value::{CsvPath, TextValue};

use super::super::Work;
use super::ics;

/// A date of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    /// The date.
    pub date: CivilDate,
    /// Off, or worked.
    pub is_off: bool,
    /// Where it is written.
    pub place: Place,
}

/// Longest list that is not a CSV, in bytes. A limit of this program.
const LIST_MAX: u64 = 16 << 20;

/// Columns and members that say of a date that it is off; without punctuation, in small letters.
const SAYS_OFF: [&str; 8] =
    ["isoffday", "off", "isoff", "dayoff", "isholiday", "ispublicholiday", "是否放假", "是否休息"];
/// Those that say that it is worked.
const SAYS_WORKED: [&str; 9] = [
    "working",
    "isworking",
    "isworkday",
    "isworkingday",
    "workday",
    "workingday",
    "makeup",
    "是否上班",
    "是否工作日",
];
/// Those whose word says which.
const SAYS_KIND: [&str; 5] = ["type", "kind", "daytype", "status", "类型"];
/// Those that say nothing about it. `holiday` is a name too, unless it is true or false.
const SAYS_NOTHING: [&str; 22] = [
    "name",
    "title",
    "summary",
    "description",
    "note",
    "notes",
    "comment",
    "remark",
    "localname",
    "holidayname",
    "weekday",
    "dayofweek",
    "week",
    "year",
    "month",
    "day",
    "country",
    "countrycode",
    "名称",
    "节日",
    "备注",
    "星期",
];
const YES: [&str; 8] = ["true", "yes", "y", "1", "t", "是", "休", "off"];
const NO: [&str; 7] = ["false", "no", "n", "0", "f", "否", "班"];
const OFF: [&str; 9] =
    ["holiday", "public holiday", "off", "day off", "休", "休息", "放假", "节假日", "法定节假日"];
const WORKED: [&str; 11] = [
    "workday",
    "working day",
    "working",
    "makeup",
    "make-up",
    "make-up working day",
    "班",
    "上班",
    "补班",
    "调休上班",
    "工作日",
];

const EXPECTED: &str = "expected `date` and besides it a name, isOffDay or working";

/// What a column or member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Off,
    Worked,
    Kind,
    Holiday,
    Nothing,
}

fn says(key: &str) -> Option<Says> {
    let plain: String =
        key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let plain = plain.as_str();
    let lists: [(&[&str], Says); 5] = [
        (&SAYS_OFF, Says::Off),
        (&SAYS_WORKED, Says::Worked),
        (&SAYS_KIND, Says::Kind),
        (&["holiday"], Says::Holiday),
        (&SAYS_NOTHING, Says::Nothing),
    ];
    lists.into_iter().find(|(list, _)| list.contains(&plain)).map(|(_, says)| says)
}

/// What a word says of a date: nothing, or that it is off; an error, if it says neither.
fn is_off(says: Says, word: &str) -> Result<Option<bool>, String> {
    let word = word.trim().to_lowercase();
    let found = |yes: &[&str], no: &[&str]| {
        let is_in = |list: &[&str]| list.contains(&word.as_str());
        if is_in(yes) { Some(true) } else { is_in(no).then_some(false) }
    };
    let found = match says {
        Says::Nothing => return Ok(None),
        Says::Holiday => return Ok(found(&YES, &NO)),
        Says::Off => found(&YES, &NO),
        Says::Worked => found(&NO, &YES),
        Says::Kind => found(&OFF, &WORKED),
    };
    found.map(Some).ok_or_else(|| format!("`{word}` does not say whether the day is off"))
}

/// What all words about a date come to: off, if none says anything.
fn verdict(words: impl Iterator<Item = (Says, String)>) -> Result<bool, String> {
    let mut verdict = None;
    for (says, word) in words {
        let said = is_off(says, &word)?;
        if said.is_some() && verdict.is_some() && said != verdict {
            return Err(format!("`{word}` says otherwise than what is beside it"));
        }
        verdict = said.or(verdict);
    }
    Ok(verdict.unwrap_or(true))
}

/// The dates of a list.
pub(super) fn days(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Vec<Day> {
    let path = &at.value.0;
    let mut begins = vec![];
    if let Ok(reader) = work.context.reader(path) {
        let _ = reader.take(64).read_to_end(&mut begins); // `rows` says what is wrong
    }
    let begins = begins.trim_ascii_start();
    if begins.starts_with(b"{") || begins.starts_with(b"[") {
        let Some((file, text)) = whole(work, at) else { return vec![] };
        of_json(work, file, &text)
    } else if begins.to_ascii_uppercase().starts_with(b"BEGIN:VCALENDAR") {
        let Some((file, text)) = whole(work, at) else { return vec![] };
        let found = ics::days(file, &text, &mut work.context.problems);
        for note in found.notes {
            work.note(format!("{path}: {note}"));
        }
        found.days
    } else {
        rows(work, at)
    }
}

/// The whole text of a list that is no CSV.
fn whole(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Option<(FileId, String)> {
    let path = &at.value.0;
    let mut bytes = vec![];
    let reader = work.context.reader(path);
    let read = reader.map(|reader| reader.take(LIST_MAX + 1).read_to_end(&mut bytes));
    let reason = match read {
        Ok(Ok(_)) if bytes.len() as u64 > LIST_MAX => format!("is longer than {LIST_MAX} bytes"),
        Ok(Ok(_)) => String::new(),
        Ok(Err(error)) => format!("cannot be read: {error}"),
        Err(reason) => format!("cannot be read: {reason}"),
    };
    let hash = hex(&Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned());
    match text.and_then(|text| if reason.is_empty() { Ok(text) } else { Err(reason) }) {
        Ok(text) => {
            work.context.hashes.insert(path.clone(), hash);
            let file = work.context.add_read(path, text.clone(), at.place)?;
            Some((file, text))
        }
        Err(reason) => {
            let problem = Problem::new(at.place, format!("{path} {reason}"));
            work.problem(problem.expected("expected a CSV, JSON or calendar in UTF-8"));
            None
        }
    }
}

fn rows(work: &mut Work<'_, '_>, at: &At<CsvPath>) -> Vec<Day> {
    let columns = RefCell::new((0, vec![]));
    let mut days = vec![];
    stream(
        &at.value.0,
        at.place,
        work.context,
        |names, file, problems| {
            let is_date = |name: &String| ["date", "日期"].contains(&&*name.to_lowercase());
            let place = names.iter().position(is_date);
            let found = place.or_else(|| Some(find_columns(["date"], names, file, problems)?[0]));
            let Some(date) = found else { return false };
            let found = known(names, date, file, problems);
            let is_known = found.len() + 1 == names.len();
            *columns.borrow_mut() = (date, found);
            is_known
        },
        |row, problems| days.extend(of_row(row, &columns.borrow(), problems)),
    );
    days
}

/// What each column says, but for the date; one that could say anything is a problem.
fn known(
    names: &[String],
    date: usize,
    file: FileId,
    problems: &mut Problems,
) -> Vec<(usize, Says)> {
    let mut known = vec![];
    for (place, name) in names.iter().enumerate().filter(|(place, _)| *place != date) {
        match says(name) {
            Some(says) => known.push((place, says)),
            None => {
                let column = u16::try_from(place).ok();
                let at = Place::Cell { file, line: 1, column };
                let what = format!("column `{name}` could say that a date is no holiday");
                problems.push(
                    Problem::new(at, what)
                        .expected(EXPECTED)
                        .hint("leave it out, or call it `note` if it says nothing of the kind"),
                );
            }
        }
    }
    known
}

fn of_row(
    row: &Row<'_>,
    (date, others): &(usize, Vec<(usize, Says)>),
    problems: &mut Problems,
) -> Option<Day> {
    let wrong = |column: usize, problem: String, expected: &str| {
        Problem::new(row.place(column), problem).expected(format!("expected {expected}"))
    };
    let words = others.iter().map(|(column, says)| (*says, row.text(*column).to_owned()));
    let place = others.iter().find(|(_, says)| *says != Says::Nothing).map_or(*date, |o| o.0);
    match (CivilDate::read(row.text(*date)), verdict(words)) {
        (Ok(date), Ok(is_off)) => Some(Day { date, is_off, place: row.whole() }),
        (Err(error), _) => {
            problems.push(wrong(*date, error.problem, error.expected));
            None
        }
        (Ok(_), Err(problem)) => {
            problems.push(wrong(place, problem, "true or false"));
            None
        }
    }
}

fn of_json(work: &mut Work<'_, '_>, file: FileId, text: &str) -> Vec<Day> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let before: usize =
                text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
            let at = (before + error.column()).min(text.len());
            let what = error.to_string();
            let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
            let problem = Problem::new(Place::span(file, at..at), what);
            work.problem(problem.expected("expected the JSON of public holidays"));
            return vec![];
        }
    };
    let mut found = Json { file, text, days: vec![], problems: &mut work.context.problems };
    let before = found.problems.count();
    found.walk("", &value);
    let days = found.days;
    if days.is_empty() && work.context.problems.count() == before {
        let problem = Problem::new(Place::Whole(file), "there is no date in it");
        work.problem(problem.expected("expected {\"days\": [{\"date\": …, \"isOffDay\": true}]}"));
    }
    days
}

/// The dates of a JSON text.
struct Json<'a> {
    file: FileId,
    text: &'a str,
    days: Vec<Day>,
    problems: &'a mut Problems,
}

impl Json<'_> {
    /// Where a date stands first.
    fn place(&self, date: &str) -> Place {
        match self.text.find(&format!("\"{date}\"")) {
            Some(at) => Place::span(self.file, at..at + date.len() + 2),
            None => Place::Whole(self.file),
        }
    }

    fn walk(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) => match fields.get("date").and_then(Value::as_str) {
                Some(date) => self.day(date, fields),
                None => {
                    for (inner, value) in fields {
                        match (CivilDate::read(inner), value.is_object()) {
                            (Ok(_), false) => self.listed(key, inner),
                            (Ok(_) | Err(_), _) => self.walk(inner, value),
                        }
                    }
                }
            },
            Value::Array(items) => {
                for item in items {
                    match item.as_str().filter(|text| CivilDate::read(text).is_ok()) {
                        Some(date) => self.listed(key, date),
                        None => self.walk(key, item),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// A date that stands alone, under a key that says what it is.
    fn listed(&mut self, key: &str, date: &str) {
        let place = self.place(date);
        let is_off = match key {
            "" | "days" | "dates" | "holidays" | "offdays" => true,
            "workdays" | "workingdays" | "makeup" => false,
            "inLieuDays" => return, // a part of the holidays, told again
            other => {
                let what = format!("`{other}` does not say whether its dates are off");
                let problem = Problem::new(place, what);
                self.problems.push(problem.expected("expected `holidays` or `workdays`"));
                return;
            }
        };
        self.enter(date, is_off, place);
    }

    fn enter(&mut self, date: &str, is_off: bool, place: Place) {
        match CivilDate::read(date) {
            Ok(date) => self.days.push(Day { date, is_off, place }),
            Err(error) => {
                let expected = format!("expected {}", error.expected);
                self.problems.push(Problem::new(place, error.problem).expected(expected));
            }
        }
    }

    fn day(&mut self, date: &str, fields: &serde_json::Map<String, Value>) {
        let place = self.place(date);
        let mut words = vec![];
        for (key, value) in fields.iter().filter(|(key, _)| *key != "date") {
            match (says(key), value) {
                (Some(says), Value::Bool(_) | Value::Number(_)) => {
                    words.push((says, value.to_string()));
                }
                (Some(says), Value::String(word)) => words.push((says, word.clone())),
                // `after`: whether a make-up day comes after its holiday.
                (None, Value::Bool(_)) if key != "after" => {
                    let what = format!("`{key}` of {date} could say that it is no holiday");
                    self.problems.push(Problem::new(place, what).expected(EXPECTED));
                    return;
                }
                (Some(_) | None, _) => {}
            }
        }
        match verdict(words.into_iter()) {
            Ok(is_off) => self.enter(date, is_off, place),
            Err(what) => {
                self.problems.push(Problem::new(place, what).expected("expected true or false"));
            }
        }
    }
}
