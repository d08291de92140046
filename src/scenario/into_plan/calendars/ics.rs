//! All-day events of a calendar file (RFC 5545): each is a day off, or one that is worked.
//!
//! Read strictly: what is not understood of an event is refused by name.

use crate::demand::calendar::CivilDate;
use crate::scenario::place::{FileId, Place};
use crate::scenario::problem::{Problem, Problems};

use super::days::Day;

/// What a calendar file holds.
#[derive(Default)]
pub(super) struct Found {
    /// Its dates.
    pub days: Vec<Day>,
    /// What was left out, in words.
    pub notes: Vec<String>,
}

/// A yearly event comes at most so often. A limit of this program.
const YEARS_MAX: u32 = 300;
/// An event lasts at most so many days. A limit of this program.
const DAYS_MAX: i32 = 400;

/// What the summary of a make-up working day says. *Assumed*: calendars of Chinese holidays write
/// it so, or with Apple's property `X-APPLE-SPECIAL-DAY`.
const WORKED: [&str; 9] = [
    "补班",
    "上班",
    "调班",
    "（班）",
    "(班)",
    "make-up work",
    "makeup work",
    "working day",
    "workday",
];
/// What the description of a day says that is marked and not off. *Assumed*: public holiday
/// calendars write it so.
const OBSERVED: [&str; 3] = ["observance", "纪念日", "季节"];

/// One property: name, parameters, value, and where its line is.
struct Property {
    name: String,
    parameters: String,
    value: String,
    place: Place,
}

/// The all-day events of a text.
pub(super) fn days(file: FileId, text: &str, problems: &mut Problems) -> Found {
    let mut found = Found::default();
    let mut inside: Vec<String> = vec![];
    let mut event: Vec<Property> = vec![];
    for property in properties(file, text) {
        let kind = property.value.trim().to_uppercase();
        match property.name.as_str() {
            "BEGIN" => {
                inside.push(kind);
                if inside.last().is_some_and(|kind| kind == "VEVENT") {
                    event.clear();
                }
            }
            "END" if inside.last() == Some(&kind) => {
                inside.pop();
                if kind == "VEVENT" {
                    found.event(&std::mem::take(&mut event), problems);
                }
            }
            "END" => {
                let what = format!("END:{kind} ends nothing that began");
                problems.push(Problem::new(property.place, what).expected("expected its BEGIN"));
                return found;
            }
            _ if inside.last().is_some_and(|kind| kind == "VEVENT") => event.push(property),
            _ => {}
        }
    }
    if let Some(open) = inside.last() {
        let what = format!("the calendar ends within {open}");
        problems
            .push(Problem::new(Place::Whole(file), what).expected(format!("expected END:{open}")));
    }
    found
}

/// The lines of a text, those that go on in the next one put together.
fn properties(file: FileId, text: &str) -> Vec<Property> {
    let mut properties: Vec<Property> = vec![];
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\r', '\n']);
        let place = Place::span(file, at..at + line.len());
        at += whole.len();
        if let (Some(rest), Some(last)) = (line.strip_prefix([' ', '\t']), properties.last_mut()) {
            last.value.push_str(rest);
            continue;
        }
        let colon = colon(line).unwrap_or(line.len());
        let (head, value) = (&line[..colon], line.get(colon + 1..).unwrap_or(""));
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        if !name.is_empty() {
            let (name, parameters) = (name.trim().to_uppercase(), parameters.to_uppercase());
            properties.push(Property { name, parameters, value: value.to_owned(), place });
        }
    }
    properties
}

/// The colon that ends name and parameters: the first one that is not within quotes.
fn colon(line: &str) -> Option<usize> {
    let mut is_quoted = false;
    line.char_indices().find_map(|(at, c)| {
        is_quoted ^= c == '"';
        (c == ':' && !is_quoted).then_some(at)
    })
}

impl Found {
    fn event(&mut self, event: &[Property], problems: &mut Problems) {
        let of = |name: &str| event.iter().find(|property| property.name == name);
        let summary = of("SUMMARY").map_or("", |property| property.value.as_str());
        let place = event.first().map_or(Place::default(), |property| property.place);
        if of("STATUS").is_some_and(|status| status.value.eq_ignore_ascii_case("CANCELLED")) {
            return;
        }
        let description = of("DESCRIPTION").map_or(String::new(), |d| d.value.to_lowercase());
        if OBSERVED.iter().any(|word| description.starts_with(word)) {
            self.notes.push(format!("`{summary}` is marked and not off: left out"));
            return;
        }
        if let Some(other) = event.iter().find(|p| ["RDATE", "RECURRENCE-ID"].contains(&&*p.name)) {
            let what = format!("{} of `{summary}` is not understood", other.name);
            problems.push(Problem::new(other.place, what).expected(EXPECTED));
            return;
        }
        match stretches(event, summary) {
            Ok(stretches) => {
                let is_off = !is_worked(of("X-APPLE-SPECIAL-DAY"), summary);
                for (first, days) in stretches {
                    let dates = (0..days).map(|day| first.plus_days(day));
                    self.days.extend(dates.map(|date| Day { date, is_off, place }));
                }
            }
            Err((at, what)) => {
                problems.push(Problem::new(at.unwrap_or(place), what).expected(EXPECTED));
            }
        }
    }
}

const EXPECTED: &str = "expected all-day events: DTSTART;VALUE=DATE, DTEND, RRULE with FREQ=YEARLY";

/// What is wrong with an event, and where if not in it as a whole.
type Wrong = (Option<Place>, String);

fn is_worked(apple: Option<&Property>, summary: &str) -> bool {
    let summary = summary.to_lowercase();
    match apple.map(|property| property.value.trim().to_uppercase()).as_deref() {
        Some("ALTERNATE-WORKDAY") => true,
        Some("WORK-HOLIDAY") => false,
        Some(_) | None => {
            WORKED.iter().any(|word| summary.contains(word)) || summary.trim_end().ends_with('班')
        }
    }
}

/// `20260214` of a property that is a date.
fn date(property: &Property, summary: &str) -> Result<CivilDate, Wrong> {
    read(&property.value).ok_or_else(|| {
        let what = format!("{} of `{summary}` is no date: {}", property.name, property.value);
        (Some(property.place), what)
    })
}

fn read(text: &str) -> Option<CivilDate> {
    let text = text.trim();
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]).parse().ok()
}

/// The first day and number of days of each time that an event comes.
fn stretches(event: &[Property], summary: &str) -> Result<Vec<(CivilDate, i32)>, Wrong> {
    let of = |name: &str| event.iter().find(|property| property.name == name);
    let Some(start) = of("DTSTART") else {
        return Err((None, format!("`{summary}` has no DTSTART")));
    };
    if start.value.contains('T') || start.parameters.contains("DATE-TIME") {
        let what = format!("`{summary}` has a time of day: it is no all-day event");
        return Err((Some(start.place), what));
    }
    let first = date(start, summary)?;
    let days = match (of("DTEND"), of("DURATION")) {
        (Some(end), _) => date(end, summary)?.day() - first.day(),
        (None, Some(span)) => duration(span, summary)?,
        (None, None) => 1,
    };
    if !(1..=DAYS_MAX).contains(&days) {
        return Err((Some(start.place), format!("`{summary}` lasts {days} days")));
    }
    let mut except = vec![];
    for property in event.iter().filter(|property| property.name == "EXDATE") {
        for text in property.value.split(',') {
            let what = || format!("EXDATE of `{summary}` is no date: {text}");
            except.push(read(text).ok_or_else(|| (Some(property.place), what()))?);
        }
    }
    let firsts = match of("RRULE") {
        Some(rule) => yearly(rule, first, summary)?,
        None => vec![first],
    };
    Ok(firsts.into_iter().filter(|first| !except.contains(first)).map(|f| (f, days)).collect())
}

/// `P1D` or `P1W`.
fn duration(span: &Property, summary: &str) -> Result<i32, Wrong> {
    let text = span.value.trim();
    let digits = text.strip_prefix('P').map(|rest| rest.trim_end_matches(['D', 'W']));
    let number = digits.and_then(|digits| digits.parse::<i32>().ok());
    match (number, text.chars().last()) {
        (Some(days), Some('D')) => Ok(days),
        (Some(weeks), Some('W')) => Ok(weeks.saturating_mul(7)),
        _ => {
            let what = format!("DURATION of `{summary}` is not in days: {text}");
            Err((Some(span.place), what))
        }
    }
}

/// Every year, at the same month and day; not in years that do not have it.
fn yearly(rule: &Property, first: CivilDate, summary: &str) -> Result<Vec<CivilDate>, Wrong> {
    let text = first.to_string();
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (mut every, mut count, mut until, mut is_yearly) = (1, YEARS_MAX, None, false);
    for part in rule.value.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let number = value.trim().parse::<u32>().ok();
        match (key.trim().to_uppercase().as_str(), number) {
            ("FREQ", _) => is_yearly = value.trim().eq_ignore_ascii_case("YEARLY"),
            ("INTERVAL", Some(number @ 1..)) => every = number,
            ("COUNT", Some(number @ 1..)) => count = number.min(YEARS_MAX),
            ("UNTIL", _) if value.get(..8).and_then(read).is_some() => {
                until = value.get(..8).and_then(read);
            }
            ("BYMONTH", Some(number)) if number == month => {}
            ("BYMONTHDAY", Some(number)) if number == day => {}
            ("WKST", _) => {}
            (key, _) => {
                let what = format!("{key} in RRULE of `{summary}` is not understood");
                return Err((Some(rule.place), what));
            }
        }
    }
    if !is_yearly {
        let what = format!("`{summary}` comes otherwise than every year");
        return Err((Some(rule.place), what));
    }
    let years = (0..YEARS_MAX).map(|n| year + n * every).take_while(|year| *year <= 9_999);
    let dates = years.filter_map(|year| format!("{year:04}-{month:02}-{day:02}").parse().ok());
    let dates = dates.take_while(|date| until.is_none_or(|until| *date <= until));
    Ok(dates.take(count as usize).collect())
}
