//! The off-hours tags of Cloud Custodian: `off=(M-F,19);on=(M-F,7);tz=pt`.

use std::collections::BTreeSet;

use crate::import::problem::{PROBLEMS_MAX, Problem};

use super::entry::{Entry, Found, Reading, When};
use super::field::{DayRule, OfWeek, Pattern};
use super::fire::{Action, zone_named};
use super::lines_that_say;

/// What its short names of time zones stand for (`TZ_ALIASES`).
const ZONES: [(&str, &str); 26] = [
    ("pdt", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("pst", "America/Los_Angeles"),
    ("ast", "America/Phoenix"),
    ("at", "America/Phoenix"),
    ("est", "America/New_York"),
    ("edt", "America/New_York"),
    ("et", "America/New_York"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("ct", "America/Chicago"),
    ("mst", "America/Denver"),
    ("mdt", "America/Denver"),
    ("mt", "America/Denver"),
    ("gmt", "Etc/GMT"),
    ("gt", "Etc/GMT"),
    ("bst", "Europe/London"),
    ("ist", "Europe/Dublin"),
    ("cet", "Europe/Berlin"),
    ("it", "Asia/Kolkata"),
    ("jst", "Asia/Tokyo"),
    ("kst", "Asia/Seoul"),
    ("sgt", "Asia/Singapore"),
    ("aet", "Australia/Sydney"),
    ("brt", "America/Sao_Paulo"),
    ("utc", "Etc/UTC"),
];

const EXPECTED: &str = "a tag such as off=(M-F,19);on=(M-F,7);tz=pt";
const DAYS: &str = "mtwhfsu";

impl Reading<'_> {
    /// Reads tags, one a line.
    pub(super) fn tags(&self, text: &str) -> Found {
        let mut found = Found::default();
        for (number, line) in lines_that_say(text) {
            if found.problems.len() >= PROBLEMS_MAX {
                break;
            }
            if let Err(problem) = self.tag(number, line, &mut found) {
                found.problems.push(problem.hint("days are M, T, W, H, F, S, U; hours 0 to 23"));
            }
        }
        found
    }

    fn tag(&self, number: u64, line: &str, found: &mut Found) -> Result<(), Problem> {
        let value = line.find("maid_offhours").map_or(line, |place| {
            line[place + "maid_offhours".len()..].trim_start_matches([':', '=', ' ', '"', ','])
        });
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        let said = format!("line {number}: {}", line.trim());
        let bad = |part: &str| {
            let place = line.to_ascii_lowercase().find(part).unwrap_or(0);
            let column = line[..place].chars().count() as u64 + 1;
            Problem::new(self.file, format!("`{part}` is no part of such a tag"))
                .at(number, column)
                .expected(EXPECTED)
        };
        if value == "off" || value == "on" {
            let why = if value == "on" { "its hours are those of the policy" } else { "opted out" };
            found.left_out.push(format!("{said}: {why}"));
            return Ok(());
        }
        let (mut zone, mut patterns) = (None, vec![]);
        for part in value.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, spec) = part.split_once('=').ok_or_else(|| bad(part))?;
            match key.trim() {
                "tz" => zone = Some(zone_of(spec).ok_or_else(|| bad(part))?),
                "off" => patterns.extend(
                    times(spec)
                        .ok_or_else(|| bad(part))?
                        .into_iter()
                        .map(|pattern| (Action::Stop, pattern)),
                ),
                "on" => patterns.extend(
                    times(spec)
                        .ok_or_else(|| bad(part))?
                        .into_iter()
                        .map(|pattern| (Action::Start, pattern)),
                ),
                _ => return Err(bad(part)),
            }
        }
        for (action, word) in [(Action::Start, "on"), (Action::Stop, "off")] {
            if !patterns.iter().any(|(own, _)| *own == action) {
                found.left_out.push(format!("{said}: `{word}` has the hours of the policy"));
            }
        }
        found.entries.extend(patterns.into_iter().map(|(action, pattern)| Entry {
            name: format!("line-{number}"),
            action,
            when: When::Pattern(pattern),
            zone: zone.clone(),
            bounds: (None, None),
            said: said.clone(),
        }));
        Ok(())
    }
}

/// The zone of an alias, or of its own name.
fn zone_of(name: &str) -> Option<String> {
    let alias = ZONES.iter().find(|(alias, _)| *alias == name.trim());
    alias.map(|(_, zone)| (*zone).to_owned()).or_else(|| zone_named(name).map(|(_, name)| name))
}

/// `(m-f,19)`, or several of them in brackets.
fn times(spec: &str) -> Option<Vec<Pattern>> {
    let inner = spec.trim();
    let inner = inner.strip_prefix('[').map_or(Some(inner), |rest| rest.strip_suffix(']'))?;
    let mut patterns = vec![];
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let (one, after) = rest.strip_prefix('(')?.split_once(')')?;
        let (days, hour) = one.split_once(',')?;
        let hour: u32 = hour.trim().parse().ok().filter(|hour| *hour < 24)?;
        patterns.push(Pattern {
            times: BTreeSet::from([hour * 3_600]),
            days: DayRule {
                of_month: None,
                of_week: Some(days_of(days.trim())?),
                both: true,
                months: None,
                years: None,
            },
            by_clock: false,
        });
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    (!patterns.is_empty()).then_some(patterns)
}

/// `m`, or `f-m` over the end of the week.
fn days_of(text: &str) -> Option<Vec<OfWeek>> {
    let day = |text: &str| {
        let mut letters = text.trim().chars();
        let place = DAYS.find(letters.next()?)?;
        letters.next().is_none().then_some(u32::try_from(place).ok()?)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    Some((0..=(last + 7 - first) % 7).map(|step| OfWeek::Every((first + step) % 7)).collect())
}
