//! Source texts as the tidy tests read them: without comments, literals and tests.

use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

/// What is compiled into the program: comments, literals and whatever `#[cfg(test)]` is about
/// become blanks, so that every line keeps its number.
pub fn code(text: &str) -> String {
    let mut code: Vec<char> = bare(text).chars().collect();
    for place in test_items(&code).into_iter().flatten() {
        if code[place] != '\n' {
            code[place] = ' ';
        }
    }
    code.into_iter().collect()
}

/// The text without whatever `#[cfg(test)]` is about.
pub fn without_tests(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut rest = String::new();
    let mut from = 0;
    for item in test_items(&bare(text).chars().collect::<Vec<char>>()) {
        rest.extend(&chars[from..item.start]);
        from = item.end;
    }
    rest.extend(&chars[from..]);
    rest
}

fn test_items(code: &[char]) -> Vec<Range<usize>> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut items = vec![];
    let mut at = 0;
    while at + mark.len() <= code.len() {
        if code[at..].starts_with(&mark) {
            let end = end_of_item(code, at + mark.len());
            items.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    items
}

/// Where an item ends that begins here: behind its body, or its semicolon.
fn end_of_item(code: &[char], from: usize) -> usize {
    let mut depth = 0_u32;
    for (at, c) in code.iter().enumerate().skip(from) {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth -= 1;
                if *c == '}' && depth == 0 {
                    return at + 1;
                }
            }
            ';' | ',' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The text with blanks in place of comments, and of what stands in literals.
fn bare(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut bare = String::with_capacity(text.len());
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_literal(&chars, at);
        if end == at {
            bare.push(chars[at]);
            at += 1;
        } else {
            bare.extend(chars[at..end].iter().map(|c| blank(*c)));
            at = end;
        }
    }
    bare
}

/// Where a comment or a literal ends that begins here; here, if none does.
fn end_of_literal(chars: &[char], at: usize) -> usize {
    let behind = |end: Option<usize>| end.unwrap_or(chars.len());
    let next = chars.get(at + 1);
    match chars[at] {
        '/' if next == Some(&'/') => behind((at..chars.len()).find(|place| chars[*place] == '\n')),
        '/' if next == Some(&'*') => behind(
            (at + 3..chars.len()).find(|end| chars[end - 1..=*end] == ['*', '/']).map(|e| e + 1),
        ),
        'r' if matches!(next, Some('"' | '#')) && !is_word(chars, at) => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                return at;
            }
            let ends = |end: &usize| {
                chars[*end] == '"'
                    && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes
            };
            behind((at + 2 + hashes..chars.len()).find(ends).map(|end| end + 1 + hashes))
        }
        '"' => {
            let mut end = at + 1;
            while end < chars.len() && chars[end] != '"' {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        // A lifetime has no second quote.
        '\'' if next == Some(&'\\') => {
            behind((at + 3..chars.len()).find(|end| chars[*end] == '\'').map(|end| end + 1))
        }
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

/// Whether a letter is the end of a longer word.
fn is_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

/// What is named directly below `crate`, with the lines: also in lists, over several lines.
pub fn below_crate(code: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (at, _) in code.match_indices("crate::") {
        let is_ours = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if !is_ours {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let line = |offset: usize| code[..at + offset].matches('\n').count() + 1;
        let Some(list) = rest.strip_prefix('{') else {
            found.push((line(0), word(rest)));
            continue;
        };
        let mut depth = 0_u32;
        let mut is_first = true;
        for (offset, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => is_first = true,
                c if is_first && (c.is_alphabetic() || c == '_') => {
                    found.push((line("crate::{".len() + offset), word(&list[offset..])));
                    is_first = false;
                }
                _ => {}
            }
        }
    }
    found
}

/// Every path that begins with `crate`, whole and without it, with the line: lists are taken apart.
pub fn paths_below_crate(code: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (at, _) in code.match_indices("crate::") {
        let is_ours = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if is_ours {
            let mut paths = vec![];
            take_paths(&mut code[at + "crate::".len()..].chars().peekable(), "", &mut paths);
            let line = code[..at].matches('\n').count() + 1;
            found.extend(paths.into_iter().map(|path| (line, path)));
        }
    }
    found
}

/// Takes the paths behind a prefix out of a text, up to where they end.
fn take_paths(text: &mut Peekable<Chars<'_>>, prefix: &str, found: &mut Vec<String>) {
    let mut path = prefix.to_owned();
    while text.next_if(|c| c.is_whitespace()).is_some() {}
    if text.next_if_eq(&'{').is_some() {
        while !matches!(text.peek(), None | Some('}')) {
            take_paths(text, prefix, found);
            while text.next_if(|c| !matches!(c, '{' | '}' | ',')).is_some() {}
            while text.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
        }
        text.next();
        return;
    }
    while let Some(c) = text.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '*') {
        path.push(c);
    }
    if text.next_if_eq(&':').is_some() {
        text.next();
        return take_paths(text, &(path + "::"), found);
    }
    if path != prefix {
        found.push(path);
    }
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

const PLANTED: &str = r##"
//! crate::comment
use crate::{
    one::Thing,
    two::{deep, crate_like},
};
#[cfg(test)]
use crate::seen_by_tests;
fn f<'a>(x: &'a str) { let c = '{'; let s = "crate::text }"; crate::three::g(c) }
#[cfg(test)]
mod tests {
    use crate::of_tests::Thing;
    fn nested() { if true { crate::of_tests::f() } }
}
pub(crate) fn after() -> crate::four::Five { r#"crate::raw "quoted""#.into() }
#[cfg(test)]
mod more;
/* crate::block */ use crate::six;
"##;

#[test]
fn a_planted_import_is_seen_wherever_it_stands() {
    let seen = below_crate(&code(PLANTED));
    let lines = [(4, "one"), (5, "two"), (9, "three"), (15, "four"), (18, "six")];
    assert_eq!(seen, lines.map(|(line, name)| (line, name.to_owned())));
    let paths: Vec<String> =
        paths_below_crate(&code(PLANTED)).into_iter().map(|(_, path)| path).collect();
    let whole = ["one::Thing", "two::deep", "two::crate_like", "three::g", "four::Five", "six"];
    assert_eq!(paths, whole);
    assert_eq!(code(PLANTED).lines().count(), PLANTED.lines().count());
    let rest = without_tests(PLANTED);
    assert!(
        rest.contains("crate::comment") && rest.contains("crate::raw") && !rest.contains("of_")
    );
}
