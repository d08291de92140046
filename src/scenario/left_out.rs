//! What a scenario has and does not say, found while it is written out.

use super::canon::Canon;
use super::decode::{At, Decode, Hashes, Origin, under};
use super::place::Place;

/// What nobody wrote, found while a scenario is written out.
pub struct LeftOut<'a> {
    /// Whether a value of this place and origin is the scenario's own.
    pub is_own: &'a dyn Fn(Place, Origin) -> bool,
    /// What is not, in the order of the tables.
    pub values: Vec<Unwritten>,
}

/// A value that the scenario has and does not say.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// `.group.0.start`: entries and elements by their number among those printed.
    pub path: String,
    /// What it is.
    pub value: Canon,
    /// Where it comes from.
    pub place: Place,
    /// On what it rests.
    pub origin: Origin,
}

impl LeftOut<'_> {
    /// The value of a key as written, or none and a note of it.
    pub fn key<T: Decode>(&mut self, path: &mut String, key: &str, at: &At<T>) -> Option<Canon> {
        let mut found = None;
        under(path, key, |path| match (self.is_own)(at.place, at.origin) {
            true => found = Some(at.value.written(path, self)),
            false => self.note(path, at.value.encode(&Hashes::new()), at.place, at.origin),
        });
        found
    }

    fn note(&mut self, path: &str, value: Canon, place: Place, origin: Origin) {
        self.values.push(Unwritten { path: path.to_owned(), value, place, origin });
    }
}
