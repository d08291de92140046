//! A variant of a scenario: `NAME: path=value; path=value`, or the file of another scenario.

use crate::units::ParseError;

use super::text::TextValue;

/// What takes the place of a scenario as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variant {
    /// The scenario under a name, with what `--set` could say.
    Named {
        /// What it is called.
        name: String,
        /// What it sets.
        sets: Vec<String>,
    },
    /// Another scenario, called by its path.
    File(String),
}

impl TextValue for Variant {
    const EXPECTED: &'static str = "a name and what it sets, such as \
        \"earlier: controller.nightly.lead=10m; pool.g7.free=80\", or a file that ends in .toml";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<Variant, ParseError> {
        let malformed = |why: &str| ParseError::new(why, Self::EXPECTED);
        let Some((name, sets)) = text.split_once(':') else {
            return match text.trim().ends_with(".toml") {
                true => Ok(Variant::File(text.trim().to_owned())),
                false => Err(malformed("no name before a colon")),
            };
        };
        let name = name.trim();
        if name.is_empty() || name.contains('=') {
            return Err(malformed("no name before a colon"));
        }
        let sets = parts(sets);
        match sets.iter().find(|set| !set.contains('=')) {
            Some(set) => Err(malformed(&format!("`{set}` sets nothing"))),
            None => Ok(Variant::Named { name: name.to_owned(), sets }),
        }
    }

    fn print(&self) -> String {
        match self {
            Variant::Named { name, sets } => format!("{name}: {}", sets.join("; ")),
            Variant::File(path) => path.clone(),
        }
    }
}

/// What stands between semicolons that are not in quotes, but for what is empty.
pub fn parts(text: &str) -> Vec<String> {
    let (mut all, mut part, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (c, quote) {
            (';', None) => {
                all.push(std::mem::take(&mut part));
                continue;
            }
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_) | None) => {}
        }
        part.push(c);
    }
    all.push(part);
    let trimmed = all.iter().map(|part| part.trim().to_owned());
    trimmed.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_a_name_and_what_it_sets() {
        let sets = |sets: &[&str]| sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
        let named = |name: &str, all: &[&str]| {
            Ok(Variant::Named { name: name.to_owned(), sets: sets(all) })
        };
        assert_eq!(Variant::read("a: x.y=1"), named("a", &["x.y=1"]));
        let two = Variant::read("a b: x=\"1;2\"; y = [1, 2];");
        assert_eq!(two, named("a b", &["x=\"1;2\"", "y = [1, 2]"]));
        assert_eq!(Variant::read("same:"), named("same", &[]));
        assert_eq!(Variant::read("b/c.toml"), Ok(Variant::File("b/c.toml".to_owned())));
        for text in ["x.y=1", ": x=1", "x=1: y=2", "a: x", "other"] {
            assert!(Variant::read(text).is_err(), "{text}");
        }
    }
}
