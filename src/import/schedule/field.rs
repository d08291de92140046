//! Expressions: fields of numbers, names, ranges and steps, and what days they mean.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::dialect::{BothDays, Rules, Unit, Week};

/// A piece of a text and where it begins, counted in characters from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) column: u64,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) column: u64,
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) hint: String,
}

/// When something is done again and again, on a wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Seconds since midnight.
    pub(super) times: BTreeSet<u32>,
    pub(super) days: DayRule,
    /// Whether it runs by the clock: never in a gap, twice in an overlap.
    pub(super) by_clock: bool,
}

/// On which dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DayRule {
    /// None is every day of a month.
    pub(super) of_month: Option<Vec<OfMonth>>,
    /// None is every day of a week.
    pub(super) of_week: Option<Vec<OfWeek>>,
    /// Whether a date must be of both, or of one of them.
    pub(super) both: bool,
    /// None is every month.
    pub(super) months: Option<BTreeSet<u32>>,
    /// None is every year.
    pub(super) years: Option<BTreeSet<u32>>,
}

/// A day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfMonth {
    Day(u32),
    /// So many days before the last.
    BeforeLast(u32),
    /// The weekday nearest to a day, in the same month.
    Nearest(u32),
    /// The last weekday.
    LastWeekday,
}

/// A day of a week, counted from Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfWeek {
    Every(u32),
    Nth(u32, u32),
    Last(u32),
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const FULL_WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Pattern {
    /// Reads the fields of an expression, as many as the dialect has.
    pub(super) fn read(words: &[Word<'_>], rules: &Rules) -> Result<Pattern, Wrong> {
        let field = |unit: Unit| {
            let place = rules.fields.iter().position(|own| *own == unit)?;
            Some((unit, *words.get(place)?))
        };
        let numbers = |unit: Unit| match field(unit) {
            Some((unit, word)) => Reader { unit, rules, word }.numbers(),
            None => Ok(Some(BTreeSet::from([0]))),
        };
        let all = |unit: Unit, found: Option<BTreeSet<u32>>| {
            let (least, most) = unit.bounds(rules.week);
            found.unwrap_or_else(|| (least..=most).collect())
        };
        let [seconds, minutes, hours] =
            [Unit::Second, Unit::Minute, Unit::Hour].map(|unit| Ok(all(unit, numbers(unit)?)));
        let (seconds, minutes, hours) = (seconds?, minutes?, hours?);
        let mut times = BTreeSet::new();
        for hour in &hours {
            for minute in &minutes {
                times.extend(seconds.iter().map(|second| hour * 3_600 + minute * 60 + second));
            }
        }
        let begins_with_star =
            |unit: Unit| field(unit).is_some_and(|(_, word)| word.text.starts_with('*'));
        let by_clock = rules.stars_run_by_clock
            && (begins_with_star(Unit::Minute) || begins_with_star(Unit::Hour));
        let years = match field(Unit::Year) {
            Some(_) => numbers(Unit::Year)?,
            None => None,
        };
        let of_month = field(Unit::DayOfMonth).map(|(unit, word)| Reader { unit, rules, word });
        let of_week = field(Unit::DayOfWeek).map(|(unit, word)| Reader { unit, rules, word });
        let [of_month, of_week] = [of_month, of_week]
            .map(|reader| reader.expect("every such dialect has both day fields"));
        let stars = begins_with_star(Unit::DayOfMonth) || begins_with_star(Unit::DayOfWeek);
        let days = DayRule {
            of_month: of_month.days_of_month()?,
            of_week: of_week.days_of_week()?,
            both: rules.both_days == BothDays::And || stars,
            months: numbers(Unit::Month)?,
            years,
        };
        if rules.both_days == BothDays::Refused {
            one_is_open(of_month.word, of_week.word)?;
        }
        Ok(Pattern { times, days, by_clock })
    }
}

/// One day field has to be `?` when the other one is restricted; `*` and `*` are refused too.
fn one_is_open(of_month: Word<'_>, of_week: Word<'_>) -> Result<(), Wrong> {
    match (of_month.text == "?", of_week.text == "?") {
        (true, false) | (false, true) => Ok(()),
        (true, true) => Err(wrong(of_week.column, "both day fields are `?`".to_owned())
            .expecting("one of them to say which days", "write * in place of one ?")),
        (false, false) => Err(wrong(of_week.column, "neither day field is `?`".to_owned())
            .expecting(
                "`?` as day of month or as day of week",
                "with --as cron both may be given; the days are others then",
            )),
    }
}

pub(super) fn wrong(column: u64, what: String) -> Wrong {
    Wrong { column, what, expected: String::new(), hint: String::new() }
}

impl Wrong {
    pub(super) fn expecting(self, expected: &str, hint: &str) -> Wrong {
        Wrong { expected: expected.to_owned(), hint: hint.to_owned(), ..self }
    }
}

/// Reads one field.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) unit: Unit,
    pub(super) rules: &'a Rules,
    pub(super) word: Word<'a>,
}

impl Reader<'_> {
    fn bad(&self, part: &str) -> Wrong {
        let (least, most) = self.unit.bounds(self.rules.week);
        let before = self.word.text.find(part).unwrap_or(0) as u64;
        let names = match self.unit {
            Unit::Month => ", or jan to dec",
            Unit::DayOfWeek => ", or mon to sun",
            Unit::Second | Unit::Minute | Unit::Hour | Unit::DayOfMonth | Unit::Year => "",
        };
        let what = format!("`{part}` is no {} in {}", self.unit.name(), self.rules.name);
        wrong(self.word.column + before, what).expecting(
            &format!("{least} to {most}{names}, a range such as 1-5, or a step such as */2"),
            "--as says whose rules hold: see the table in docs/IMPORT.md",
        )
    }

    /// The numbers of a field; none if it is `*` or `?`.
    pub(super) fn numbers(&self) -> Result<Option<BTreeSet<u32>>, Wrong> {
        if self.is_open()? {
            return Ok(None);
        }
        let mut found = BTreeSet::new();
        for part in self.word.text.split(',') {
            found.extend(self.range(part)?);
        }
        Ok(Some(found))
    }

    fn is_open(&self) -> Result<bool, Wrong> {
        let takes_mark = matches!(self.unit, Unit::DayOfMonth | Unit::DayOfWeek)
            && self.rules.both_days == BothDays::Refused;
        match self.word.text {
            "*" => Ok(true),
            "?" if takes_mark => Ok(true),
            "?" => Err(self.bad("?")),
            _ => Ok(false),
        }
    }

    /// `5`, `1-5`, `*/2`, `1-9/2`, and where steps may follow a number, `3/10`.
    fn range(&self, part: &str) -> Result<Vec<u32>, Wrong> {
        let (least, most) = self.unit.bounds(self.rules.week);
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => match step.parse::<u32>() {
                Ok(step) if (1..=most.max(1)).contains(&step) => (range, Some(step)),
                Ok(_) | Err(_) => return Err(self.bad(part)),
            },
            None => (part, None),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (least, most),
            (_, Some((first, last))) => (self.number(first, part)?, self.number(last, part)?),
            (one, None) => {
                let one = self.number(one, part)?;
                let to_the_end = step.is_some() && self.rules.both_days != BothDays::Or;
                if step.is_some() && !to_the_end {
                    return Err(self.bad(part));
                }
                (one, if to_the_end { most } else { one })
            }
        };
        let step = step.unwrap_or(1) as usize;
        if first <= last {
            return Ok((first..=last).step_by(step).collect());
        }
        // Over the end of a week, as in `fri-mon`, which crontabs refuse.
        if self.unit == Unit::DayOfWeek && self.rules.both_days != BothDays::Or {
            let size = 7;
            let length = (last + size - first) % size;
            let wrapped = (first..=first + length).step_by(step);
            return Ok(wrapped.map(|number| (number - least) % size + least).collect());
        }
        Err(self.bad(part))
    }

    fn number(&self, text: &str, part: &str) -> Result<u32, Wrong> {
        let (least, most) = self.unit.bounds(self.rules.week);
        let small = text.to_ascii_lowercase();
        let named = match self.unit {
            Unit::Month => MONTHS.iter().position(|name| *name == small).map(|place| place + 1),
            Unit::DayOfWeek => weekday(&small),
            Unit::Second | Unit::Minute | Unit::Hour | Unit::DayOfMonth | Unit::Year => None,
        };
        if let Some(place) = named {
            let place = u32::try_from(place).expect("names are few");
            let is_week = self.unit == Unit::DayOfWeek;
            return Ok(if is_week { self.rules.week.number(place) } else { place });
        }
        let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<u32>().ok().filter(|_| is_plain);
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| self.bad(part))
    }

    fn knows(&self, mark: char, part: &str) -> Result<(), Wrong> {
        if self.rules.marks.contains(mark) { Ok(()) } else { Err(self.bad(part)) }
    }

    pub(super) fn days_of_month(&self) -> Result<Option<Vec<OfMonth>>, Wrong> {
        if self.is_open()? {
            return Ok(None);
        }
        let mut found = vec![];
        for part in self.word.text.split(',') {
            let day = |text: &str| self.number(text, part);
            if part == "LW" || part == "WL" {
                self.knows('W', part)?;
                found.push(OfMonth::LastWeekday);
            } else if let Some(rest) = part.strip_prefix('L') {
                self.knows('L', part)?;
                let before = match rest.strip_prefix('-') {
                    Some(days) => days.parse().ok().filter(|days: &u32| *days < 31),
                    None => rest.is_empty().then_some(0),
                };
                found.push(OfMonth::BeforeLast(before.ok_or_else(|| self.bad(part))?));
            } else if let Some(number) = part.strip_suffix('W') {
                self.knows('W', part)?;
                found.push(OfMonth::Nearest(day(number)?));
            } else {
                found.extend(self.range(part)?.into_iter().map(OfMonth::Day));
            }
        }
        Ok(Some(found))
    }

    pub(super) fn days_of_week(&self) -> Result<Option<Vec<OfWeek>>, Wrong> {
        if self.is_open()? {
            return Ok(None);
        }
        let mut found = vec![];
        let week = self.rules.week;
        for part in self.word.text.split(',') {
            let day = |text: &str| Ok(week.after_monday(self.number(text, part)?));
            if let Some((name, nth)) = part.split_once('#') {
                self.knows('#', part)?;
                let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth));
                found.push(OfWeek::Nth(day(name)?, nth.ok_or_else(|| self.bad(part))?));
            } else if part == "L" && week == Week::SundayIs1 {
                self.knows('L', part)?;
                found.push(OfWeek::Every(5)); // the last day of a week that begins on Sunday
            } else if let Some(name) = part.strip_suffix('L') {
                self.knows('L', part)?;
                found.push(OfWeek::Last(day(name)?));
            } else {
                let days = self.range(part)?.into_iter();
                found.extend(days.map(|number| OfWeek::Every(week.after_monday(number))));
            }
        }
        Ok(Some(found))
    }
}

/// Days after Monday of a name.
fn weekday(small: &str) -> Option<usize> {
    let of = |names: &[&str]| names.iter().position(|name| *name == small);
    of(&WEEKDAYS).or_else(|| of(&FULL_WEEKDAYS))
}

impl DayRule {
    /// Whether a date is one of them.
    pub(super) fn contains(&self, date: Date) -> bool {
        let month = date.month().unsigned_abs().into();
        let year = u32::from(date.year().unsigned_abs());
        if self.months.as_ref().is_some_and(|months| !months.contains(&month))
            || self.years.as_ref().is_some_and(|years| !years.contains(&year))
        {
            return false;
        }
        let of_month = self.of_month.as_ref().map(|all| all.iter().any(|day| day.is(date)));
        let of_week = self.of_week.as_ref().map(|all| all.iter().any(|day| day.is(date)));
        match (of_month, of_week) {
            (None, None) => true,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(month), Some(week)) if self.both => month && week,
            (Some(month), Some(week)) => month || week,
        }
    }

    /// As scenarios write days; none if they cannot.
    pub(super) fn in_words(&self) -> Option<String> {
        if self.months.is_some() || self.years.is_some() {
            return None;
        }
        let mut words = vec![];
        match (&self.of_month, &self.of_week) {
            (None, None) => words.push("daily".to_owned()),
            (Some(_), Some(_)) if self.both => return None,
            (Some(_) | None, Some(_) | None) => {}
        }
        for day in self.of_week.iter().flatten() {
            let name = |place: u32| WEEKDAYS[place as usize];
            words.push(match *day {
                OfWeek::Every(place) => name(place).to_owned(),
                OfWeek::Nth(place, nth) => format!("{}#{nth}", name(place)),
                OfWeek::Last(place) => format!("{}#last", name(place)),
            });
        }
        for day in self.of_month.iter().flatten() {
            words.push(match *day {
                OfMonth::Day(day) => format!("day {day}"),
                OfMonth::BeforeLast(0) => "day last".to_owned(),
                OfMonth::BeforeLast(_) | OfMonth::Nearest(_) | OfMonth::LastWeekday => return None,
            });
        }
        Some(words.join(", "))
    }
}

impl OfMonth {
    fn is(self, date: Date) -> bool {
        let day = u32::from(date.day().unsigned_abs());
        let last = u32::from(date.days_in_month().unsigned_abs());
        match self {
            OfMonth::Day(own) => own == day,
            OfMonth::BeforeLast(before) => day + before == last,
            OfMonth::Nearest(to) => to <= last && nearest(date, to) == day,
            OfMonth::LastWeekday => nearest(date, last) == day,
        }
    }
}

/// The day of the weekday that is nearest to a day of this month, within the month.
fn nearest(date: Date, day: u32) -> u32 {
    let last = u32::from(date.days_in_month().unsigned_abs());
    let place = i8::try_from(day).expect("a month has at most 31 days");
    let of_month = |day: i8| jiff::civil::date(date.year(), date.month(), day);
    match of_month(place).weekday() {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == last => day - 2,
        Weekday::Sunday => day + 1,
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => day,
    }
}

impl OfWeek {
    fn is(self, date: Date) -> bool {
        let own = date.weekday().to_monday_zero_offset().unsigned_abs();
        let day = u32::from(date.day().unsigned_abs());
        let last = u32::from(date.days_in_month().unsigned_abs());
        match self {
            OfWeek::Every(place) => place == u32::from(own),
            OfWeek::Nth(place, nth) => place == u32::from(own) && (day - 1) / 7 + 1 == nth,
            OfWeek::Last(place) => place == u32::from(own) && day + 7 > last,
        }
    }
}
