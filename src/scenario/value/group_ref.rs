//! What groups a list means: by name, by pattern, by tag.

use crate::units::ParseError;

use super::text::{Name, TextValue};

/// Before a tag, as it stands in a list of groups.
const TAG: &str = "tag:";

/// Groups: one by its name, or all that a pattern or a tag means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRef(pub String);

/// What a list of groups says in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// The group, or whatever else is called so.
    Name(&'a str),
    /// Every group whose name is like this; `*` stands for any characters, or none.
    Names(&'a str),
    /// Every group that has a tag like this, written `key=value`.
    Tag(&'a str),
}

impl<'a> Meant<'a> {
    /// What a text means.
    pub fn of(text: &'a str) -> Meant<'a> {
        match text.strip_prefix(TAG) {
            Some(tag) => Meant::Tag(tag),
            None if text.contains('*') => Meant::Names(text),
            None => Meant::Name(text),
        }
    }
}

/// Whether a text is like a pattern, in which `*` stands for any characters, or none.
pub fn is_like(text: &str, pattern: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl TextValue for GroupRef {
    const EXPECTED: &'static str =
        "the name of a group, a pattern such as \"web-*\", or a tag such as \"tag:team=web\"";
    const COUNTS: bool = false;

    fn read(text: &str) -> Result<GroupRef, ParseError> {
        let bad = |problem: String| Err(ParseError::new(problem, Self::EXPECTED));
        match Meant::of(text) {
            Meant::Tag(tag) if !tag.contains('=') => {
                bad(format!("`{text}` does not say the tag's value"))
            }
            Meant::Tag(_) => Ok(GroupRef(text.to_owned())),
            Meant::Name(name) => Name::read(name).map(|name| GroupRef(name.0)),
            Meant::Names(pattern) => match Name::read(&pattern.replace('*', "x")) {
                Ok(_) => Ok(GroupRef(pattern.to_owned())),
                Err(error) => bad(error.problem),
            },
        }
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_or_none() {
        for (text, pattern, is) in [
            ("web-a", "web-*", true),
            ("web-", "web-*", true),
            ("web", "web-*", false),
            ("my-web-a", "web-*", false),
            ("my-web-a", "*-web-*", true),
            ("a-b-c", "a*b*c", true),
            ("a-c", "a*b*c", false),
            ("aa", "a*a", true),
            ("a", "a*a", false),
            ("abab", "*ab", true),
            ("anything", "*", true),
            ("", "**", true),
        ] {
            assert_eq!(is_like(text, pattern), is, "{text} like {pattern}");
        }
    }

    #[test]
    fn a_group_is_meant_by_name_pattern_or_tag() {
        for text in ["web", "web-*", "*", "tag:team=web", "tag:cost centre=*", "tag:a=b=c"] {
            assert_eq!(GroupRef::read(text).map(|read| read.print()), Ok(text.to_owned()));
        }
        for text in ["", "web a", "web/*", "tag:", "tag:team"] {
            assert!(GroupRef::read(text).is_err(), "{text}");
        }
    }
}
