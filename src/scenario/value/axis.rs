//! A key and what it is set to, one after the other: a list `path=v1,v2,v3`, or a range
//! `path=a..b/step`; for a path may stand the name of a lever.

use crate::units::{ParseError, SimDuration, decimal};

use super::text::TextValue;

/// More points are refused: each is a run of all replications.
pub const POINTS_MAX: u128 = 10_000;

/// What planners turn, by names of its own: the key of all entries.
const LEVERS: [(&str, &str); 8] = [
    ("reserved", "private_pool.*.instances"),
    ("lead", "controller.*.lead"),
    ("stagger", "controller.*.stagger"),
    ("keep-charging", "controller.*.share_keep_charging.share"),
    ("order", "controller.*.order"),
    ("retry", "controller.*.no_stock.retry_every"),
    ("fallback", "controller.*.no_stock.fallback"),
    ("groups", "controller.*.groups"),
];

/// What one key is set to, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// As written.
    text: String,
    /// The key's path.
    pub path: String,
    /// Its values, as a scenario would write them.
    pub values: Vec<String>,
}

impl TextValue for Axis {
    const EXPECTED: &'static str = "a key and its values, such as \"pool.g7.free=40,80,120\" or \
         \"controller.nightly.lead=0m..30m/5m\"";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<Axis, ParseError> {
        let wrong = |why: String| ParseError::new(why, Self::EXPECTED);
        let (path, values) =
            text.split_once('=').ok_or_else(|| wrong("no `=` after a path".to_owned()))?;
        let (path, values) = (path.trim(), values.trim());
        if path.is_empty() || values.is_empty() {
            return Err(wrong("a path and what it is set to are needed".to_owned()));
        }
        let values = match range(values) {
            Some(range) => range.map_err(wrong)?,
            None => listed(values),
        };
        if let Some(twice) = values.iter().enumerate().find(|(n, one)| values[..*n].contains(one)) {
            return Err(wrong(format!("`{}` stands there twice", twice.1)));
        }
        Ok(Axis { text: text.to_owned(), path: full(path).to_owned(), values })
    }

    fn print(&self) -> String {
        self.text.clone()
    }
}

/// The path that a lever stands for, or the path itself.
pub fn full(path: &str) -> &str {
    LEVERS.iter().find(|(name, _)| *name == path).map_or(path, |(_, path)| *path)
}

/// What stands between commas that are in no quotes and no brackets.
fn listed(text: &str) -> Vec<String> {
    let (mut all, mut part, mut quote, mut depth) = (Vec::new(), String::new(), None, 0u32);
    for c in text.chars() {
        match (c, quote) {
            (',', None) if depth == 0 => {
                all.push(std::mem::take(&mut part));
                continue;
            }
            ('"' | '\'', None) => quote = Some(c),
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_) | None) => {}
        }
        part.push(c);
    }
    all.push(part);
    all.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// The values of `a..b/step`; none if it is no range.
fn range(text: &str) -> Option<Result<Vec<String>, String>> {
    let (from, rest) = text.split_once("..")?;
    let (to, step) = match rest.split_once('/') {
        Some((to, step)) => (to, step),
        None => (rest, "1"),
    };
    let [from, to, step] = [from, to, step].map(str::trim);
    Some(spans(from, to, step).or_else(|| numbers(from, to, step)).unwrap_or_else(|| {
        Err(format!("`{text}` is no range of numbers or durations in one unit"))
    }))
}

fn spans(from: &str, to: &str, step: &str) -> Option<Result<Vec<String>, String>> {
    let read = |text: &str| text.parse::<SimDuration>().ok().map(|one| i128::from(one.as_micros()));
    let (from, to, step) = (read(from)?, read(to)?, read(step)?);
    let written = |micros: i128| {
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        SimDuration::from_micros(micros).to_string()
    };
    Some(steps(from, to, step).map(|all| all.into_iter().map(written).collect()))
}

/// Numbers with the same words behind them: `0..10`, `5%..20%/5%`, `0.1..0.5/0.1`.
fn numbers(from: &str, to: &str, step: &str) -> Option<Result<Vec<String>, String>> {
    let parts = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (digits, decimals) = decimal(&text[..end])?;
        Some((i128::try_from(digits).ok()?, decimals, text[end..].to_owned()))
    };
    let all = [parts(from)?, parts(to)?, parts(step)?];
    let unit = all[0].2.clone();
    if all[1].2 != unit || all[2].2 != unit {
        return None;
    }
    let decimals = all.iter().map(|(_, decimals, _)| *decimals).max()?;
    let scaled = |(digits, own, _): &(i128, u32, String)| {
        digits.checked_mul(10i128.checked_pow(decimals - own)?)
    };
    let (from, to, step) = (scaled(&all[0])?, scaled(&all[1])?, scaled(&all[2])?);
    let one = 10i128.checked_pow(decimals)?;
    let written = |value: i128| match decimals {
        0 => format!("{value}{unit}"),
        places => {
            let (whole, rest) = (value / one, value % one);
            format!("{whole}.{rest:0places$}{unit}", places = places as usize)
        }
    };
    Some(steps(from, to, step).map(|all| all.into_iter().map(written).collect()))
}

fn steps(from: i128, to: i128, step: i128) -> Result<Vec<i128>, String> {
    if step <= 0 {
        return Err("a step is more than nothing".to_owned());
    }
    if from > to {
        return Err("the range runs backwards: write the smaller end first".to_owned());
    }
    let count = (to - from) / step + 1;
    if count.unsigned_abs() > POINTS_MAX {
        return Err(format!("that is {count} values, and at most {POINTS_MAX} points are run"));
    }
    Ok((0..count).map(|n| from + n * step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, values: &[&str]) {
        let axis = Axis::read(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(axis.values, values, "{text}");
    }

    #[test]
    fn a_list_or_a_range_gives_values_in_its_own_unit() {
        check("a.b=1,2, 3", &["1", "2", "3"]);
        check("a.b=\"x,y\",z", &["\"x,y\"", "z"]);
        check("a.b=[1, 2],[3]", &["[1, 2]", "[3]"]);
        check("a.b=0m..10m/5m", &["0s", "5m", "10m"]);
        check("a.b=3..5", &["3", "4", "5"]);
        check("a.b=0..25/10", &["0", "10", "20"]);
        check("a.b=5%..20%/7.5%", &["5.0%", "12.5%", "20.0%"]);
        check("a.b=0.1..0.3/0.1", &["0.1", "0.2", "0.3"]);
    }

    #[test]
    fn a_range_that_is_none_is_refused_with_the_reason() {
        for (text, why) in [
            ("a.b", "no `=`"),
            ("=1", "a path"),
            ("a.b=5..1", "backwards"),
            ("a.b=1..5/0", "a step is more than nothing"),
            ("a.b=1m..5%/1m", "is no range"),
            ("a.b=0..1000000000", "1000000001 values"),
            ("a.b=1,1", "stands there twice"),
        ] {
            let error = Axis::read(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
