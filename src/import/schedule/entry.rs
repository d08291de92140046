//! What stands in a file of schedules: lines with expressions, or the JSON of an API.

use serde_json::Value;

use crate::import::Moments;
use crate::import::json::member;
use crate::import::problem::{PROBLEMS_MAX, Problem, Problems};

use super::dialect::{Dialect, Rules, Unit};
use super::field::{Pattern, Word, Wrong};
use super::fire::Action;
use super::lines_that_say;

/// When something is done.
#[derive(Clone, Debug)]
pub(super) enum When {
    Pattern(Pattern),
    /// Once, in microseconds since 1970.
    Once(i64),
    /// Again and again from an instant on, both in microseconds.
    Every {
        from: i64,
        interval: i64,
    },
}

/// One thing that is done again and again.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) action: Action,
    pub(super) when: When,
    /// As the file says it.
    pub(super) zone: Option<String>,
    /// Not before, not after, in microseconds since 1970.
    pub(super) bounds: (Option<i64>, Option<i64>),
    /// What the file says.
    pub(super) said: String,
}

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// What nothing was made of, by name, with the reason.
    pub(super) left_out: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl Found {
    pub(super) fn finish(self) -> Result<Found, Problems> {
        if self.problems.is_empty() { Ok(self) } else { Err(Problems(self.problems)) }
    }
}

/// What a file is read with.
pub(super) struct Reading<'a> {
    pub(super) file: &'a str,
    pub(super) rules: &'static Rules,
    /// Of `--timezone`.
    pub(super) zone: Option<&'a str>,
}

/// Whether words say start or stop: `Err` names what else or that they say both or neither.
fn action(text: &str) -> Result<Action, &'static str> {
    let mut spaced = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.extend(c.to_lowercase());
        before = c;
    }
    let words: Vec<&str> = spaced.split(|c: char| !c.is_alphanumeric()).collect();
    let any = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let starts = any(&["start", "starts", "startinstance", "startinstances"]);
    let stops = any(&["stop", "stops", "stopinstance", "stopinstances"]);
    match (starts, stops) {
        (true, false) => Ok(Action::Start),
        (false, true) => Ok(Action::Stop),
        (true, true) => Err("it says start as well as stop"),
        (false, false) if any(&["reboot", "restart", "rebootinstance", "rebootinstances"]) => {
            Err("it reboots; a schedule of a scenario starts or stops")
        }
        (false, false) => Err("it says neither start nor stop"),
    }
}

const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Reading<'_> {
    /// Reads lines: an expression, and behind it what is done.
    pub(super) fn lines(&self, text: &str) -> Found {
        let mut found = Found::default();
        let mut zone = None;
        for (number, line) in lines_that_say(text) {
            if found.problems.len() >= PROBLEMS_MAX {
                break;
            }
            let shown = line.trim();
            if self.rules.dialect == Dialect::Cron && is_setting(shown) {
                match shown.split_once('=') {
                    Some((key, value)) if key.trim() == "CRON_TZ" => {
                        zone = Some(value.trim().trim_matches(['"', '\'']).to_owned());
                    }
                    Some(_) | None => found.left_out.push(format!(
                        "line {number}: `{shown}` is of the commands, not of their times"
                    )),
                }
                continue;
            }
            self.line(number, line, zone.as_ref(), &mut found);
        }
        found
    }

    fn line(&self, number: u64, line: &str, zone: Option<&String>, found: &mut Found) {
        let shown = line.trim();
        let nickname = NICKNAMES.iter().find(|(name, _)| {
            self.rules.dialect == Dialect::Cron && shown.split_whitespace().next() == Some(name)
        });
        let expanded = nickname.map(|(name, fields)| line.replacen(name, fields, 1));
        if nickname.is_none() && self.rules.dialect == Dialect::Cron && shown.starts_with('@') {
            found.left_out.push(format!("line {number}: `{shown}`: it has no time of day"));
            return;
        }
        let read = self.expression(expanded.as_deref().unwrap_or(line), None, zone);
        match read {
            Ok((Some(when), rest)) => match action(rest) {
                Ok(action) => found.entries.push(Entry {
                    name: format!("line-{number}"),
                    action,
                    when,
                    zone: zone.cloned(),
                    bounds: (None, None),
                    said: format!("line {number}: {shown}"),
                }),
                Err(why) => found.left_out.push(format!("line {number}: `{shown}`: {why}")),
            },
            Ok((None, _)) => found.left_out.push(format!(
                "line {number}: `{shown}`: a rate without a start date has no time of day"
            )),
            Err(wrong) => found.problems.push(self.problem(wrong, number)),
        }
    }

    fn problem(&self, wrong: Wrong, line: u64) -> Problem {
        let column = if line > 0 { wrong.column } else { 0 };
        let problem = Problem::new(self.file, wrong.what).at(line, column);
        problem.expected(wrong.expected).hint(wrong.hint)
    }

    /// An expression and what follows it; no time, if it is a rate and nothing says from when.
    fn expression<'t>(
        &self,
        line: &'t str,
        start: Option<i64>,
        zone: Option<&String>,
    ) -> Result<(Option<When>, &'t str), Wrong> {
        let (inner, rest) = match line.trim_start().split_once('(') {
            Some((kind @ ("cron" | "rate" | "at"), tail)) => {
                let column = line.find('(').unwrap_or(0) as u64 + 1;
                let missing = || {
                    super::field::wrong(column, "the bracket is not closed".to_owned())
                        .expecting("cron(…), rate(…) or at(…)", "close the bracket")
                };
                let (inner, rest) = tail.split_once(')').ok_or_else(missing)?;
                match kind {
                    "rate" => return Ok((rate(inner, start, column)?, rest)),
                    "at" => return Ok((Some(When::Once(self.moment(inner, zone, column)?)), rest)),
                    _ => (Some((inner, column)), rest),
                }
            }
            Some(_) | None => (None, line),
        };
        if let Some((inner, before)) = inner {
            let words = words(inner, before);
            let pattern = self.pattern(&words, 1)?;
            return Ok((Some(When::Pattern(pattern)), rest));
        }
        let words = words(line, 0);
        let fields = self.rules.fields.len();
        let is_year =
            |word: &Word<'_>| word.text.chars().all(|c| c.is_ascii_digit() || "*,-/".contains(c));
        let has_year = self.rules.fields.last() == Some(&Unit::Year)
            && words.get(fields - 1).is_some_and(is_year);
        let optional = self.rules.fields.last() == Some(&Unit::Year) && !self.rules.year_is_needed;
        let taken = if optional && !has_year { fields - 1 } else { fields };
        let own = &words[..taken.min(words.len())];
        let pattern = self.pattern(own, 1)?;
        let rest = words.get(taken).map_or("", |word| {
            let skip = line.char_indices().nth(word.column as usize - 1);
            skip.map_or("", |(place, _)| &line[place..])
        });
        Ok((Some(When::Pattern(pattern)), rest))
    }

    fn pattern(&self, words: &[Word<'_>], column: u64) -> Result<Pattern, Wrong> {
        let rules = self.rules;
        let most = rules.fields.len();
        let is_optional = rules.fields.last() == Some(&Unit::Year) && !rules.year_is_needed;
        let least = if is_optional { most - 1 } else { most };
        if !(least..=most).contains(&words.len()) {
            let names: Vec<&str> = rules.fields.iter().map(|unit| unit.name()).collect();
            let what = format!("{} fields, {} has {least}", words.len(), rules.name);
            return Err(super::field::wrong(column, what)
                .expecting(&names.join(", "), "--as says whose rules hold"));
        }
        Pattern::read(words, rules)
    }

    fn moment(&self, text: &str, zone: Option<&String>, column: u64) -> Result<i64, Wrong> {
        let zone = zone.map(String::as_str).or(self.zone).or(self.rules.zone).unwrap_or("UTC");
        let moments = Moments::named(zone).ok_or_else(|| no_zone(zone, column))?;
        moments.one(self.file, text).map_err(|problem| Wrong {
            column,
            what: problem.what,
            expected: problem.expected,
            hint: problem.hint,
        })
    }
}

pub(super) fn no_zone(zone: &str, column: u64) -> Wrong {
    super::field::wrong(column, format!("there is no time zone `{zone}`"))
        .expecting("a name of the IANA database", "such as Asia/Shanghai or UTC")
}

/// `KEY=value`, as crontabs have it.
fn is_setting(line: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(name)
    })
}

/// Words with their columns, those of a text that begins behind so many characters.
fn words(text: &str, before: u64) -> Vec<Word<'_>> {
    let mut found = vec![];
    let mut rest = text;
    let mut column = before + 1;
    while let Some(begin) = rest.find(|c: char| !c.is_whitespace()) {
        column += rest[..begin].chars().count() as u64;
        rest = &rest[begin..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        found.push(Word { text: &rest[..end], column });
        column += rest[..end].chars().count() as u64;
        rest = &rest[end..];
    }
    found
}

/// `5 minutes`, from an instant on.
fn rate(text: &str, start: Option<i64>, column: u64) -> Result<Option<When>, Wrong> {
    let bad = || {
        super::field::wrong(column, format!("`{text}` is no rate"))
            .expecting("a number and minutes, hours or days", "such as rate(2 hours)")
    };
    let (number, unit) = text.trim().split_once(' ').ok_or_else(bad)?;
    let number: i64 = number.parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or_else(bad)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return Err(bad()),
    };
    let interval = number * seconds * super::fire::SECOND;
    Ok(start.map(|from| When::Every { from, interval }))
}

/// A trigger in a JSON text, with the values that it is in.
struct Trigger<'v, 'p> {
    own: &'v Value,
    expression: String,
    /// What it is if the text says so by where it stands.
    action: Option<Action>,
    above: &'p [&'v Value],
}

impl Reading<'_> {
    /// Reads the JSON of an API: wherever an expression stands in it.
    pub(super) fn json(&self, text: &str) -> Result<Found, Problems> {
        let mut found = Found::default();
        let values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        for value in values {
            let value = value.map_err(|error| {
                let (line, column) = (error.line() as u64, error.column() as u64);
                Problem::new(self.file, "this is not JSON")
                    .at(line, column)
                    .expected("the answer of an API, or lines with an expression each")
                    .hint("export it again; YAML has to be turned into JSON first")
            })?;
            self.walk(&opened(value), &mut vec![], &mut found);
        }
        Ok(found)
    }

    fn walk<'v>(&self, value: &'v Value, above: &mut Vec<&'v Value>, found: &mut Found) {
        if found.problems.len() >= PROBLEMS_MAX {
            return;
        }
        for (expression, action) in self.expressions(value) {
            self.trigger(&Trigger { own: value, expression, action, above }, found);
        }
        above.push(value);
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, above, found)),
            Value::Object(fields) => {
                fields.values().for_each(|item| self.walk(item, above, found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        above.pop();
    }

    /// The expressions that an object has.
    fn expressions(&self, value: &Value) -> Vec<(String, Option<Action>)> {
        let text = |value: &Value, key: &str| {
            member(value, key).and_then(Value::as_str).map(str::to_owned)
        };
        let one = |key: &str| text(value, key).map(|text| (text, None)).into_iter().collect();
        match self.rules.dialect {
            Dialect::Cron => one("schedule"),
            Dialect::Quartz => one("cronExpression"),
            Dialect::Eventbridge => one("ScheduleExpression"),
            Dialect::Oos => {
                let kind = text(value, "type").unwrap_or_default();
                let expression = text(value, "expression")
                    .filter(|_| ["cron", "rate", "at"].contains(&kind.as_str()));
                let wrapped = |text: String| match kind.as_str() {
                    "cron" => text,
                    kind => format!("{kind}({text})"),
                };
                expression.map(|text| (wrapped(text), None)).into_iter().collect()
            }
            Dialect::Gcp => {
                let of = |key: &str, action| {
                    let own = member(value, key)?;
                    Some((text(own, "schedule")?, Some(action)))
                };
                let starts = of("vmStartSchedule", Action::Start);
                starts.into_iter().chain(of("vmStopSchedule", Action::Stop)).collect()
            }
            Dialect::InstanceScheduler | Dialect::Custodian => vec![],
        }
    }

    fn trigger(&self, trigger: &Trigger<'_, '_>, found: &mut Found) {
        let chain: Vec<&Value> =
            std::iter::once(trigger.own).chain(trigger.above.iter().rev().copied()).collect();
        let first = |keys: &[&str]| {
            let of = |value: &&Value| keys.iter().find_map(|key| named(value, key));
            chain.iter().find_map(of)
        };
        let name = first(&["name", "templateName", "executionId", "id"]);
        let name = name.unwrap_or_else(|| format!("schedule-{}", found.entries.len() + 1));
        let said = format!("{name}: {}", trigger.expression);
        let own = |key: &str| member(trigger.own, key).cloned();
        let zone = ["timeZone", "ScheduleExpressionTimezone", "timeZoneId"]
            .iter()
            .find_map(|key| own(key)?.as_str().map(str::to_owned))
            .filter(|zone| !zone.is_empty());
        if trigger.expression.contains("{{") {
            found.left_out.push(format!("{said}: a parameter whose value is not in the file"));
            return;
        }
        if let Some(why) = self.is_off(trigger.own) {
            found.left_out.push(format!("{said}: {why}"));
            return;
        }
        let done = trigger.action.map_or_else(|| action_of(&chain), Ok);
        let action = match done {
            Ok(action) => action,
            Err(why) => {
                found.left_out.push(format!("{said}: {why}"));
                return;
            }
        };
        let mut bound = |keys: [&str; 2]| {
            let value = keys.iter().find_map(|key| own(key)).filter(|value| !value.is_null())?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match self.moment(text.split('.').next().unwrap_or(&text), zone.as_ref(), 0) {
                Ok(at) => Some(at),
                Err(wrong) => {
                    found.problems.push(self.problem(wrong, 0));
                    None
                }
            }
        };
        let bounds = (bound(["startDate", "startTime"]), bound(["endDate", "expirationTime"]));
        match self.expression(&trigger.expression, bounds.0, zone.as_ref()) {
            Ok((Some(when), rest)) if rest.trim().is_empty() => {
                found.entries.push(Entry { name, action, when, zone, bounds, said });
            }
            Ok((Some(_), rest)) => {
                let wrong =
                    super::field::wrong(0, format!("{said}: `{}` is too much", rest.trim()));
                found.problems.push(self.problem(wrong, 0));
            }
            Ok((None, _)) => {
                found
                    .left_out
                    .push(format!("{said}: a rate without a start date has no time of day"));
            }
            Err(wrong) => {
                let what = format!("{said}: {}", wrong.what);
                found.problems.push(self.problem(Wrong { what, ..wrong }, 0));
            }
        }
    }

    /// Why nothing is made of a trigger, if it says so itself.
    fn is_off(&self, own: &Value) -> Option<String> {
        let text = |key: &str| member(own, key).and_then(Value::as_str).unwrap_or_default();
        if text("State").eq_ignore_ascii_case("disabled") {
            return Some("it is disabled".to_owned());
        }
        if member(own, "suspend").and_then(Value::as_bool) == Some(true) {
            return Some("it is suspended".to_owned());
        }
        let window = member(own, "FlexibleTimeWindow")?;
        let mode = member(window, "Mode").and_then(Value::as_str).unwrap_or("OFF");
        (!mode.eq_ignore_ascii_case("off"))
            .then(|| format!("FlexibleTimeWindow is {mode}: its time is not said"))
    }
}

/// What the smallest of these values says that says anything.
fn action_of(chain: &[&Value]) -> Result<Action, &'static str> {
    const NEITHER: Result<Action, &str> = Err("it says neither start nor stop");
    let mut about = chain.iter().map(|value| action(&texts(value)));
    about.find(|found| *found != NEITHER).unwrap_or(NEITHER)
}

/// The name of an object, or of its metadata.
fn named(value: &Value, key: &str) -> Option<String> {
    let own = member(value, key).or_else(|| member(member(value, "metadata")?, key))?;
    own.as_str().map(str::to_owned)
}

/// All texts of a value but its keys and dates.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text} "),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(fields) => fields.values().map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

/// A value in which texts that are JSON objects themselves are read, as parameters of executions
/// are.
fn opened(value: Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str::<Value>(&text).map_or(Value::String(text), opened)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(opened).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, opened(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
