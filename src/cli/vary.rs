//! `--vary PATH=VALUES`: a list `v1,v2,v3`, or a range `a..b/step`; for a path may stand the name
//! of a lever.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::units::{SimDuration, decimal};

use super::exit::Error;

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
    /// The key's path.
    pub path: String,
    /// Its values, as a scenario would write them.
    pub values: Vec<String>,
}

impl Axis {
    /// Reads what stands behind a flag.
    ///
    /// # Errors
    /// If it is none, or its range is empty, backwards or endless.
    pub fn read(flag: &str, text: &str) -> Result<Axis, Error> {
        let wrong = |why: String| {
            Error::new(format!("{flag} {text:?}: {why}")).hint(
                "such as \"pool.g7.free=40,80,120\" or \"controller.nightly.lead=0m..30m/5m\"",
            )
        };
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
        Ok(Axis { path: full(path).to_owned(), values })
    }
}

/// Which combinations of values are points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// All of them.
    Grid,
    /// The first value of each, the second of each, and so on.
    Zip,
    /// The scenario as it is, and each value by itself.
    OneAtATime,
    /// So many that spread evenly over each axis: a Latin hypercube, shuffled by this seed.
    LatinHypercube(u32, u64),
}

/// The points of a design: of each axis a value, or nothing where the scenario stays as it is.
///
/// # Errors
/// If there are more than [`POINTS_MAX`], a key is varied twice, or the axes do not fit the design.
pub fn points(axes: &[Axis], design: Design) -> Result<Vec<Vec<String>>, Error> {
    if let Some(twice) =
        axes.iter().enumerate().find(|(n, one)| axes[..*n].iter().any(|a| a.path == one.path))
    {
        return Err(Error::new(format!("`{}` is varied twice", twice.1.path)));
    }
    let lengths = || axes.iter().map(|axis| axis.values.len());
    let count = match design {
        Design::Grid => lengths().fold(1u128, |all, length| all.saturating_mul(length as u128)),
        Design::Zip => lengths().max().unwrap_or(0) as u128,
        Design::OneAtATime => 1 + lengths().sum::<usize>() as u128,
        Design::LatinHypercube(count, _) => count.into(),
    };
    if count > POINTS_MAX {
        return Err(Error::new(format!(
            "that is {count} points, and at most {POINTS_MAX} are run"
        ))
        .hint("take larger steps, or fewer keys at once"));
    }
    Ok(match design {
        Design::Grid => grid(axes),
        Design::Zip => {
            let length = axes[0].values.len();
            if let Some(other) = axes.iter().find(|axis| axis.values.len() != length) {
                return Err(Error::new(format!(
                    "`{}` has {length} values and `{}` has {}",
                    axes[0].path,
                    other.path,
                    other.values.len()
                ))
                .because("zipped keys take their values together")
                .hint("give each as many values, or leave out `--design zip`"));
            }
            let of = |place: usize| axes.iter().map(|axis| axis.values[place].clone()).collect();
            (0..length).map(of).collect()
        }
        Design::OneAtATime => {
            let as_it_is = vec![String::new(); axes.len()];
            let one = |(place, axis): (usize, &Axis)| {
                let with = |value: &String| {
                    let mut point = as_it_is.clone();
                    point[place].clone_from(value);
                    point
                };
                axis.values.iter().map(with).collect::<Vec<_>>()
            };
            let each: Vec<_> = axes.iter().enumerate().flat_map(one).collect();
            std::iter::once(as_it_is.clone()).chain(each).collect()
        }
        Design::LatinHypercube(count, seed) => latin_hypercube(axes, count, seed),
    })
}

/// Every combination, the last axis varying fastest.
fn grid(axes: &[Axis]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        all = all
            .iter()
            .flat_map(|point: &Vec<String>| {
                axis.values.iter().map(move |value| {
                    let mut longer = point.clone();
                    longer.push(value.clone());
                    longer
                })
            })
            .collect();
    }
    all
}

/// Each axis is cut into so many equal parts, and each part is in one point (McKay, Beckman and
/// Conover, Technometrics 21, 1979); which go together is shuffled.
fn latin_hypercube(axes: &[Axis], count: u32, seed: u64) -> Vec<Vec<String>> {
    let of_axis = |axis: &Axis| {
        let rank = |part: u32| xxh3_64_with_seed(format!("{} {part}", axis.path).as_bytes(), seed);
        let mut parts: Vec<u32> = (0..count).collect();
        parts.sort_by_key(|part| rank(*part));
        let values = axis.values.len() as u64;
        // The middle of each part.
        let value = |part: u32| (2 * u64::from(part) + 1) * values / (2 * u64::from(count));
        parts.into_iter().map(|part| axis.values[value(part) as usize].clone()).collect::<Vec<_>>()
    };
    let columns: Vec<Vec<String>> = axes.iter().map(of_axis).collect();
    (0..count as usize)
        .map(|point| columns.iter().map(|column| column[point].clone()).collect())
        .collect()
}

/// Leaves out the points that have all of some values: `path=value; path=value`.
///
/// # Errors
/// If a path is not varied, or nothing is left.
pub fn exclude(
    axes: &[Axis],
    points: Vec<Vec<String>>,
    texts: &[String],
) -> Result<Vec<Vec<String>>, Error> {
    let mut left = points;
    for text in texts {
        let wrong = |why: String| {
            let what = format!("--exclude {text:?}: {why}");
            Error::new(what).hint("such as \"controller.nightly.lead=0s; pool.g7.free=40\"")
        };
        let part = |part: &str| {
            let (path, value) =
                part.split_once('=').ok_or_else(|| wrong("no `=` after a path".to_owned()))?;
            let place = axes.iter().position(|axis| axis.path == full(path.trim()));
            let place = place.ok_or_else(|| wrong(format!("`{}` is not varied", path.trim())))?;
            match axes[place].values.iter().any(|known| known == value.trim()) {
                true => Ok((place, value.trim().to_owned())),
                false => Err(wrong(format!("`{}` is none of its values", value.trim()))),
            }
        };
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(part);
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        left.retain(|point| !parts.iter().all(|(place, value)| point[*place] == *value));
    }
    match left.is_empty() {
        true => Err(Error::new("--exclude leaves no point")),
        false => Ok(left),
    }
}

/// The path that a lever stands for, or the path itself.
fn full(path: &str) -> &str {
    LEVERS.iter().find(|(name, _)| *name == path).map_or(path, |(_, path)| *path)
}

/// What a point sets.
pub fn sets(axes: &[Axis], values: &[String]) -> Vec<String> {
    let set = |(axis, value): (&Axis, &String)| format!("{}={value}", axis.path);
    axes.iter().zip(values).filter(|(_, value)| !value.is_empty()).map(set).collect()
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
        let axis = Axis::read("--vary", text).unwrap_or_else(|error| panic!("{error}"));
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
            let error = Axis::read("--vary", text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_grid_has_every_combination_or_says_how_many_there_are() {
        let axes = ["a=1,2", "b=x,y"].map(|text| Axis::read("--vary", text).expect("an axis"));
        let points = points(&axes, Design::Grid).expect("four");
        assert_eq!(points, [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]]);
        let many = ["a=1..1000", "b=1..1000", "c=1..1000"];
        let many = many.map(|text| Axis::read("--vary", text).expect("an axis"));
        let refused = super::points(&many, Design::Grid).expect_err("too many").to_string();
        assert!(refused.contains("1000000000 points"), "{refused}");
        let twice = ["a=1,2", "a=3,4"].map(|text| Axis::read("--vary", text).expect("an axis"));
        assert!(super::points(&twice, Design::Grid).is_err());
    }

    #[test]
    fn other_designs_take_other_points() {
        let axes = ["a=1,2,3", "b=x,y,z"].map(|text| Axis::read("--vary", text).expect("an axis"));
        let of = |design| points(&axes, design).expect("points");
        assert_eq!(of(Design::Zip), [["1", "x"], ["2", "y"], ["3", "z"]]);
        let one = of(Design::OneAtATime);
        assert_eq!(
            (one.len(), &one[0], &one[5]),
            (7, &vec![String::new(); 2], &vec![String::new(), "y".to_owned()])
        );
        assert_eq!(sets(&axes, &one[5]), ["b=y"]);
        let uneven = ["a=1,2,3", "b=x,y"].map(|text| Axis::read("--vary", text).expect("an axis"));
        let refused = points(&uneven, Design::Zip).expect_err("uneven").to_string();
        assert!(refused.contains("`a` has 3 values and `b` has 2"), "{refused}");
        let kept = exclude(&axes, of(Design::Grid), &["a=1; b=y".to_owned(), "b=z".to_owned()]);
        let kept = kept.expect("some");
        assert_eq!(kept, [["1", "x"], ["2", "x"], ["2", "y"], ["3", "x"], ["3", "y"]]);
        for wrong in ["c=1", "a=7", "a"] {
            assert!(exclude(&axes, of(Design::Grid), &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }

    /// Of every axis each of its values comes as often as any other, whatever goes together.
    #[test]
    fn a_latin_hypercube_spreads_evenly_over_each_axis() {
        let axes = ["a=1..10", "b=1..5"].map(|text| Axis::read("--vary", text).expect("an axis"));
        let points = points(&axes, Design::LatinHypercube(20, 7)).expect("points");
        for (place, times) in [(0, 2), (1, 4)] {
            for value in &axes[place].values {
                let count = points.iter().filter(|point| point[place] == *value).count();
                assert_eq!(count, times, "{value}");
            }
        }
        let other = super::points(&axes, Design::LatinHypercube(20, 8)).expect("points");
        assert_ne!(points, other, "another seed shuffles otherwise");
    }
}
