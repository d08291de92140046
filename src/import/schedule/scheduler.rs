//! Schedules and periods of Instance Scheduler on AWS: when instances are to run.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use crate::import::json::member;
use crate::import::problem::{Problem, Problems};

use super::dialect::{Rules, Unit};
use super::entry::Reading;
use super::field::{DayRule, Reader, Word, Wrong};
use super::fire::{SECOND, Stretch, WeeklyWindow, time_text};

/// Seconds from 00:00 to 24:00.
const DAY: u32 = 86_400;

/// One schedule.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) name: String,
    pub(super) zone: Option<String>,
    pub(super) periods: Vec<Period>,
}

/// When instances run, on a wall clock.
#[derive(Clone, Debug)]
pub(super) struct Period {
    days: DayRule,
    /// Seconds since midnight.
    from: u32,
    to: u32,
}

/// The switches of a schedule that say more than times.
const SWITCHES: [&str; 8] = [
    "override_status",
    "overwrite",
    "stop_new_instances",
    "retain_running",
    "enforced",
    "hibernate",
    "use_maintenance_window",
    "ssm_maintenance_window",
];

impl Reading<'_> {
    /// Reads what a table of DynamoDB, the command line or a stack of CloudFormation has: its
    /// schedules, and by name what nothing was made of.
    pub(super) fn schedules(&self, text: &str) -> Result<(Vec<Schedule>, Vec<String>), Problems> {
        let (mut schedules, mut periods) = (vec![], BTreeMap::new());
        for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            let value = value.map_err(|error| {
                Problem::new(self.file, "this is not JSON")
                    .at(error.line() as u64, error.column() as u64)
                    .expected("schedules with their periods, as JSON")
                    .hint("YAML has to be turned into JSON first")
            })?;
            collect(&unwrapped(value), &mut schedules, &mut periods);
        }
        let (mut made, mut left_out) = (vec![], vec![]);
        for (name, value) in &schedules {
            made.push(self.schedule(name, value, &periods, &mut left_out)?);
        }
        if made.is_empty() {
            return Err(Problem::new(self.file, "no schedule with periods is in it")
                .expected("an object with a name and `periods`, and the periods by name")
                .hint("export the items of the configuration table, schedules and periods")
                .into());
        }
        Ok((made, left_out))
    }

    fn schedule(
        &self,
        name: &str,
        value: &Value,
        periods: &BTreeMap<String, Value>,
        left_out: &mut Vec<String>,
    ) -> Result<Schedule, Problems> {
        for key in SWITCHES {
            let own = member(value, key).filter(|own| {
                !own.is_null()
                    && !own.as_str().is_some_and(str::is_empty)
                    && **own != Value::Bool(false)
            });
            if let Some(own) = own {
                left_out.push(format!("{name}: {key} = {own}"));
            }
        }
        let mut made = vec![];
        for item in &list(member(value, "periods")) {
            let (what, own) = match item.as_str() {
                Some(text) => {
                    let (period, kind) = text.split_once('@').unwrap_or((text, ""));
                    if !kind.is_empty() {
                        left_out.push(format!("{name}: {text}: the change of type to {kind}"));
                    }
                    let own = periods.get(period).ok_or_else(|| {
                        Problem::new(self.file, format!("{name}: there is no period `{period}`"))
                            .expected("every period that a schedule names")
                            .hint("export the periods too, in the same file")
                    })?;
                    (period.to_owned(), own)
                }
                None => (named(item, "description"), item),
            };
            let found = period(own, self.rules).map_err(|wrong| {
                Problem::new(self.file, format!("{name}: period {what}: {}", wrong.what))
                    .expected(wrong.expected)
                    .hint(wrong.hint)
            })?;
            match found {
                Some(period) => made.push(period),
                None => left_out.push(format!(
                    "{name}: period {what}: only one of begintime and endtime, which leaves \
                     the rest of the day to chance"
                )),
            }
        }
        let zone = member(value, "timezone").and_then(Value::as_str).map(str::to_owned);
        Ok(Schedule { name: name.to_owned(), zone, periods: made })
    }
}

/// A period; none if it says where it begins or ends, and not both.
fn period(value: &Value, rules: &Rules) -> Result<Option<Period>, Wrong> {
    let joined = |key: &str| {
        let items = list(member(value, key));
        let texts = items.iter().map(|item| {
            let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            text.trim().to_owned()
        });
        let text = texts.collect::<Vec<_>>().join(",");
        (!text.is_empty()).then_some(text)
    };
    let field = |unit: Unit, text: &str| -> Result<DayRule, Wrong> {
        let reader = Reader { unit, rules, word: Word { text, column: 0 } };
        let mut days =
            DayRule { of_month: None, of_week: None, both: true, months: None, years: None };
        match unit {
            Unit::DayOfMonth => days.of_month = reader.days_of_month()?,
            Unit::DayOfWeek => days.of_week = reader.days_of_week()?,
            Unit::Month => days.months = reader.numbers()?,
            Unit::Second | Unit::Minute | Unit::Hour | Unit::Year => {}
        }
        Ok(days)
    };
    let part = |unit, key| field(unit, joined(key).as_deref().unwrap_or("*"));
    let days = DayRule {
        of_month: part(Unit::DayOfMonth, "monthdays")?.of_month,
        of_week: part(Unit::DayOfWeek, "weekdays")?.of_week,
        both: true,
        months: part(Unit::Month, "months")?.months,
        years: None,
    };
    let (from, to) = match (time(value, "begintime")?, time(value, "endtime")?) {
        (None, None) => (0, DAY),
        (Some(from), Some(to)) => (from, to),
        (Some(_), None) | (None, Some(_)) => return Ok(None),
    };
    if from >= to {
        let what = format!("it begins at {} and ends at {}", time_text(from), time_text(to));
        return Err(super::field::wrong(0, what)
            .expecting("an end after the beginning", "over midnight there are two periods"));
    }
    Ok(Some(Period { days, from, to }))
}

/// `09:00` or `9:00`, in seconds since midnight.
fn time(value: &Value, key: &str) -> Result<Option<u32>, Wrong> {
    let Some(text) = member(value, key).and_then(Value::as_str) else { return Ok(None) };
    let bad = || {
        super::field::wrong(0, format!("`{text}` is no {key}"))
            .expecting("hours and minutes", "such as 09:00")
    };
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(bad)?;
    let number = |text: &str, most: u32| text.parse().ok().filter(|number| *number <= most);
    let seconds = |hours: u32, minutes: u32| Some(hours * 3_600 + minutes * 60);
    let found = number(hours, 23).zip(number(minutes, 59));
    found.map(|(hours, minutes)| seconds(hours, minutes)).ok_or_else(bad)
}

/// The items of a list, or of a text with commas.
fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items.clone(),
        Some(Value::String(text)) => {
            text.split(',').map(|part| Value::String(part.trim().to_owned())).collect()
        }
        Some(other @ (Value::Number(_) | Value::Object(_))) => vec![other.clone()],
        Some(Value::Null | Value::Bool(_)) | None => vec![],
    }
}

fn named(value: &Value, key: &str) -> String {
    let own = member(value, "name").or_else(|| member(value, key));
    own.and_then(Value::as_str).unwrap_or("unnamed").to_owned()
}

/// Schedules and periods wherever they stand.
fn collect(
    value: &Value,
    schedules: &mut Vec<(String, Value)>,
    periods: &mut BTreeMap<String, Value>,
) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, schedules, periods)),
        Value::Object(fields) => {
            let has = |key: &str| member(value, key).is_some();
            let times = ["begintime", "endtime", "weekdays", "monthdays", "months"];
            let is_list = member(value, "periods").is_some_and(|own| !is_periods(own));
            if is_list && ["name", "timezone", "description"].iter().any(|key| has(key)) {
                schedules.push((named(value, "description"), value.clone()));
            } else if has("name") && times.iter().any(|key| has(key)) {
                periods.insert(named(value, "name"), value.clone());
            } else {
                fields.values().for_each(|item| collect(item, schedules, periods));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a list is one of periods by themselves, not of a schedule.
fn is_periods(value: &Value) -> bool {
    let Value::Array(items) = value else { return false };
    items.iter().any(|item| member(item, "name").is_some())
}

/// A value without the types that DynamoDB writes around it.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 => {
            let (key, inner) = fields.into_iter().next().expect("there is one");
            match key.as_str() {
                "S" | "N" | "BOOL" | "SS" | "NS" | "L" | "M" => unwrapped(inner),
                "NULL" => Value::Null,
                _ => Value::Object([(key, unwrapped(inner))].into_iter().collect()),
            }
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, unwrapped(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(unwrapped).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

impl Schedule {
    /// When it has instances run, in microseconds since 1970: ascending and disjoint.
    pub(super) fn spans(&self, stretch: &Stretch) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = vec![];
        for date in stretch.dates() {
            for period in self.periods.iter().filter(|period| period.days.contains(date)) {
                spans.extend(shown(stretch, date, period));
            }
        }
        spans.sort_unstable();
        let mut merged: Vec<(i64, i64)> = vec![];
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                Some(_) | None => merged.push((from, to)),
            }
        }
        merged
    }

    /// Its periods as windows of a scenario; none if days cannot be said so.
    pub(super) fn windows(&self) -> Option<Vec<WeeklyWindow>> {
        let windows = self.periods.iter().map(|period| {
            let days: crate::demand::calendar::Days = period.days.in_words()?.parse().ok()?;
            Some((days.to_string(), time_text(period.from), time_text(period.to)))
        });
        windows.collect()
    }
}

/// When the clock shows a time of a period on a date: several times where it is put back.
fn shown(stretch: &Stretch, date: Date, period: &Period) -> Vec<(i64, i64)> {
    let at = |date: Date| {
        let midnight = stretch.zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        midnight.compatible().ok().map(|at| at.as_microsecond())
    };
    let Some((begin, end)) = at(date).zip(date.tomorrow().ok().and_then(at)) else {
        return vec![];
    };
    let of_day = |seconds: u32| begin + i64::from(seconds) * SECOND;
    if end - begin == i64::from(DAY) * SECOND {
        return vec![(of_day(period.from), of_day(period.to))];
    }
    // The clock changes on this date: it is looked at minute by minute.
    let minute = 60 * SECOND;
    let mut spans: Vec<(i64, i64)> = vec![];
    let mut now = begin;
    while now < end {
        let Ok(instant) = jiff::Timestamp::from_microsecond(now) else { break };
        let wall = stretch.zone.to_datetime(instant);
        let shown = i64::from(wall.hour()) * 3_600 + i64::from(wall.minute()) * 60;
        let within = (i64::from(period.from)..i64::from(period.to)).contains(&shown);
        if within && wall.date() == date {
            match spans.last_mut() {
                Some(last) if last.1 == now => last.1 = now + minute,
                Some(_) | None => spans.push((now, now + minute)),
            }
        }
        now += minute;
    }
    spans
}
