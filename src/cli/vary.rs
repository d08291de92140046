//! What varies from point to point of `sweep` and `plan`, and which points there are.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::scenario::value::{Axis, POINTS_MAX, TextValue as _, Variant, full, parts};

use super::args::ScenarioArgs;
use super::exit::Error;

/// What varied scenarios are called by, beside the paths of keys.
const VARIANT: &str = "variant";
/// How a point that leaves the scenario as it is, is called.
pub use crate::report::sweep::AS_IS;

/// Something that is varied, and what it is one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Varied {
    /// The key's path, or `variant`.
    pub path: String,
    /// What it is in each of the points; nothing where the scenario stays as it is.
    pub values: Vec<String>,
    /// What each of them means.
    means: Vec<Meaning>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    /// The scenario with this laid over, as `--set` does.
    Sets(Vec<String>),
    /// Another scenario in its place.
    File(String),
}

impl From<Axis> for Varied {
    fn from(axis: Axis) -> Varied {
        let set = |value: &String| Meaning::Sets(vec![format!("{}={value}", axis.path)]);
        let means = axis.values.iter().map(set).collect();
        Varied { path: axis.path, values: axis.values, means }
    }
}

impl Varied {
    /// A key and its values, behind this flag.
    ///
    /// # Errors
    /// If it is none, or its range is empty, backwards or endless.
    pub fn read(flag: &str, text: &str) -> Result<Varied, Error> {
        Axis::read(text).map(Varied::from).map_err(|error| {
            Error::new(format!("{flag} {text:?}: {}", error.problem))
                .hint(format!("expected {}", error.expected))
        })
    }

    /// The scenario as it is, and variants of it.
    ///
    /// # Errors
    /// If one is neither, or two have one name.
    pub fn variants(texts: &[String]) -> Result<Varied, Error> {
        let mut all = Varied { path: VARIANT.to_owned(), values: vec![], means: vec![] };
        all.push(String::new(), Meaning::Sets(vec![]))?;
        for text in texts {
            match variant(text)? {
                Variant::Named { name, sets } => all.push(name, Meaning::Sets(sets))?,
                Variant::File(path) => all.push(path.clone(), Meaning::File(path))?,
            }
        }
        Ok(all)
    }

    fn push(&mut self, name: String, means: Meaning) -> Result<(), Error> {
        if self.values.contains(&name) || name == AS_IS {
            return Err(Error::new(format!("two variants are called `{name}`"))
                .hint("give each a name of its own"));
        }
        self.values.push(name);
        self.means.push(means);
        Ok(())
    }

    fn means(&self, value: &str) -> Option<&Meaning> {
        let place = self.values.iter().position(|one| one == value)?;
        Some(&self.means[place])
    }
}

/// A variant behind `--variant`.
///
/// # Errors
/// If it is none.
pub fn variant(text: &str) -> Result<Variant, Error> {
    Variant::read(text).map_err(|error| {
        Error::new(format!("--variant {text:?}: {}", error.problem))
            .hint(format!("expected {}", error.expected))
    })
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
pub fn points(axes: &[Varied], design: Design) -> Result<Vec<Vec<String>>, Error> {
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
            let one = |(place, axis): (usize, &Varied)| {
                let with = |value: &String| {
                    let mut point = as_it_is.clone();
                    point[place].clone_from(value);
                    point
                };
                let others = axis.values.iter().filter(|value| !value.is_empty());
                others.map(with).collect::<Vec<_>>()
            };
            let each: Vec<_> = axes.iter().enumerate().flat_map(one).collect();
            std::iter::once(as_it_is.clone()).chain(each).collect()
        }
        Design::LatinHypercube(count, seed) => latin_hypercube(axes, count, seed),
    })
}

/// Every combination, the last axis varying fastest.
fn grid(axes: &[Varied]) -> Vec<Vec<String>> {
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
fn latin_hypercube(axes: &[Varied], count: u32, seed: u64) -> Vec<Vec<String>> {
    let of_axis = |axis: &Varied| {
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
    axes: &[Varied],
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
            let value = if value.trim() == AS_IS { "" } else { value.trim() };
            match axes[place].values.iter().any(|known| known == value) {
                true => Ok((place, value.to_owned())),
                false => Err(wrong(format!("`{value}` is none of its values"))),
            }
        };
        let parts: Vec<String> = parts(text);
        let parts = parts.iter().map(|one| part(one)).collect::<Result<Vec<_>, _>>()?;
        left.retain(|point| !parts.iter().all(|(place, value)| point[*place] == *value));
    }
    match left.is_empty() {
        true => Err(Error::new("--exclude leaves no point")),
        false => Ok(left),
    }
}

/// The scenario of a point.
pub fn scenario_at(base: &ScenarioArgs, axes: &[Varied], values: &[String]) -> ScenarioArgs {
    let mut point = base.clone();
    for (axis, value) in axes.iter().zip(values) {
        match axis.means(value) {
            Some(Meaning::Sets(sets)) => point.sets.extend(sets.iter().cloned()),
            Some(Meaning::File(path)) => point.scenario.clone_from(path),
            None => {}
        }
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_every_combination_or_says_how_many_there_are() {
        let axes = ["a=1,2", "b=x,y"].map(|text| Varied::read("--vary", text).expect("an axis"));
        let points = points(&axes, Design::Grid).expect("four");
        assert_eq!(points, [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]]);
        let many = ["a=1..1000", "b=1..1000", "c=1..1000"];
        let many = many.map(|text| Varied::read("--vary", text).expect("an axis"));
        let refused = super::points(&many, Design::Grid).expect_err("too many").to_string();
        assert!(refused.contains("1000000000 points"), "{refused}");
        let twice = ["a=1,2", "a=3,4"].map(|text| Varied::read("--vary", text).expect("an axis"));
        assert!(super::points(&twice, Design::Grid).is_err());
    }

    #[test]
    fn other_designs_take_other_points() {
        let axes =
            ["a=1,2,3", "b=x,y,z"].map(|text| Varied::read("--vary", text).expect("an axis"));
        let of = |design| points(&axes, design).expect("points");
        assert_eq!(of(Design::Zip), [["1", "x"], ["2", "y"], ["3", "z"]]);
        let one = of(Design::OneAtATime);
        assert_eq!(
            (one.len(), &one[0], &one[5]),
            (7, &vec![String::new(); 2], &vec![String::new(), "y".to_owned()])
        );
        assert_eq!(sets_at(&axes, &one[5]), ["b=y"]);
        let uneven =
            ["a=1,2,3", "b=x,y"].map(|text| Varied::read("--vary", text).expect("an axis"));
        let refused = points(&uneven, Design::Zip).expect_err("uneven").to_string();
        assert!(refused.contains("`a` has 3 values and `b` has 2"), "{refused}");
        let kept = exclude(&axes, of(Design::Grid), &["a=1; b=y".to_owned(), "b=z".to_owned()]);
        let kept = kept.expect("some");
        assert_eq!(kept, [["1", "x"], ["2", "x"], ["2", "y"], ["3", "x"], ["3", "y"]]);
        let quoted = Varied::read("--vary", "a=\"x;y\",z").expect("an axis");
        let both = points(std::slice::from_ref(&quoted), Design::Grid).expect("points");
        let kept = exclude(&[quoted], both, &["a=\"x;y\"".to_owned()]).expect("one");
        assert_eq!(kept, [["z"]], "a semicolon in quotes is part of the value");
        for wrong in ["c=1", "a=7", "a"] {
            assert!(exclude(&axes, of(Design::Grid), &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }

    /// Of every axis each of its values comes as often as any other, whatever goes together.
    #[test]
    fn a_latin_hypercube_spreads_evenly_over_each_axis() {
        let axes = ["a=1..10", "b=1..5"].map(|text| Varied::read("--vary", text).expect("an axis"));
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

    fn sets_at(axes: &[Varied], values: &[String]) -> Vec<String> {
        let base = ScenarioArgs { scenario: "s.toml".to_owned(), sandbox: false, sets: vec![] };
        scenario_at(&base, axes, values).sets
    }

    #[test]
    fn a_variant_sets_several_keys_or_is_another_scenario() {
        let texts = ["early: a=1; b=2".to_owned(), "other.toml".to_owned()];
        let axes = [Varied::variants(&texts).expect("two")];
        let points = points(&axes, Design::Grid).expect("three");
        assert_eq!(points, [[""], ["early"], ["other.toml"]]);
        let base = ScenarioArgs { scenario: "s.toml".to_owned(), sandbox: false, sets: vec![] };
        let of = |place: usize| scenario_at(&base, &axes, &points[place]);
        assert_eq!((of(0).scenario, of(0).sets), ("s.toml".to_owned(), vec![]));
        assert_eq!(of(1).sets, ["a=1", "b=2"]);
        assert_eq!(of(2).scenario, "other.toml");
        // One at a time begins with the scenario as it is, and has it once.
        assert_eq!(super::points(&axes, Design::OneAtATime).expect("three").len(), 3);
        for wrong in [&["a: x=1", "a: x=2"][..], &["as is: x=1"], &["a=1: b"]] {
            let wrong: Vec<String> = wrong.iter().map(|text| (*text).to_owned()).collect();
            assert!(Varied::variants(&wrong).is_err(), "{wrong:?}");
        }
    }
}
