//! A page for a browser, read back: its elements, its text, and what every page must be.
//!
//! Also the eyes of `src/report/html/tests.rs`.

use std::collections::BTreeSet;

use serde_json::Value;

/// An element, or a piece of text in one.
#[derive(Clone, Debug)]
pub enum Node {
    /// A tag with its attributes, and what is in it.
    Element(String, Vec<(String, String)>, Vec<Node>),
    /// Text, as it is shown.
    Text(String),
}

impl Node {
    /// The value of an attribute.
    pub fn attribute(&self, wanted: &str) -> Option<&str> {
        match self {
            Node::Element(_, attributes, _) => {
                attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
            }
            Node::Text(_) => None,
        }
    }

    /// Every element with this tag, in order, itself among them.
    pub fn all<'a>(&'a self, tag: &str) -> Vec<&'a Node> {
        let Node::Element(own, _, inside) = self else { return vec![] };
        let mut found = if own == tag { vec![self] } else { vec![] };
        found.extend(inside.iter().flat_map(|node| node.all(tag)));
        found
    }

    /// All text in it.
    pub fn text(&self) -> String {
        match self {
            Node::Text(text) => text.clone(),
            Node::Element(_, _, inside) => inside.iter().map(Node::text).collect(),
        }
    }

    /// Every attribute of every element.
    fn attributes(&self) -> Vec<(&str, &str, &str)> {
        let Node::Element(tag, attributes, inside) = self else { return vec![] };
        let own = attributes.iter().map(|(name, value)| (&**tag, &**name, &**value));
        own.chain(inside.iter().flat_map(Node::attributes)).collect()
    }
}

/// Reads a page, which must be well-formed.
#[track_caller]
pub fn read(page: &str) -> Node {
    let body = page.strip_prefix("<!doctype html>\n").expect("it says what it is").trim_end();
    let mut rest = body;
    let mut nodes = read_until(&mut rest, None);
    assert!(rest.is_empty() && nodes.len() == 1, "one element and nothing after it: {rest:.200}");
    nodes.remove(0)
}

#[track_caller]
fn read_until(rest: &mut &str, end: Option<&str>) -> Vec<Node> {
    let mut nodes = Vec::new();
    loop {
        let (text, markup) = rest.split_once('<').unwrap_or((rest, ""));
        if !text.is_empty() {
            nodes.push(Node::Text(plain(text)));
        }
        if markup.is_empty() {
            assert_eq!(end, None, "an element is not closed");
            *rest = "";
            return nodes;
        }
        let (tag, after) = markup.split_once('>').expect("a tag ends");
        *rest = after;
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(Some(closed), end, "closed in the order of opening");
            return nodes;
        }
        let is_empty = tag.ends_with('/');
        let (name, attributes) = attributes(tag.trim_end_matches('/'));
        let inside = match (is_empty, name.as_str()) {
            (true, _) => vec![],
            (false, "style") => {
                let (sheet, after) = rest.split_once("</style>").expect("a sheet ends");
                *rest = after;
                vec![Node::Text(sheet.to_owned())]
            }
            (false, name) => read_until(rest, Some(name)),
        };
        nodes.push(Node::Element(name, attributes, inside));
    }
}

#[track_caller]
fn attributes(tag: &str) -> (String, Vec<(String, String)>) {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "`{name}` is a tag");
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("an attribute has a value in quotes");
        let (value, after) = after.split_once('"').expect("a value ends");
        all.push((name.trim().to_owned(), plain(value)));
        rest = after;
    }
    (name.to_owned(), all)
}

/// Text as it is shown; nothing in it may look like markup that a browser would guess at.
#[track_caller]
fn plain(text: &str) -> String {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|name| after.starts_with(name)), "`&{after:.10}` is no reference");
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&").replace('\u{a0}', " ")
}

/// What a page is made of: nothing that loads or runs.
const TAGS: &str = "html head meta title style body header main footer nav h1 h2 h3 p strong ul li a \
                    section div span data table caption thead tbody tr th td figure figcaption \
                    details summary pre code svg line rect text path circle";

/// What every page is: one file that loads and runs nothing, that can be read without seeing it,
/// and says nothing that is no number.
#[track_caller]
pub fn check(page: &str) -> Node {
    let root = read(page);
    let mut ids = BTreeSet::new();
    for (tag, name, value) in root.attributes() {
        assert!(TAGS.split_whitespace().any(|known| known == tag), "<{tag}> has no place here");
        assert!(!name.starts_with("on") && name != "src" && name != "style", "{tag} {name}");
        assert!(name != "href" || value.starts_with('#'), "{tag} leads to {value}");
        assert!(name != "id" || ids.insert(value.to_owned()), "two are called {value}");
        assert!(name == "content" || !value.contains("NaN"), "{tag} {name}={value}");
    }
    let policy = root
        .all("meta")
        .into_iter()
        .find(|meta| meta.attribute("http-equiv") == Some("Content-Security-Policy"));
    let policy = policy.and_then(|meta| meta.attribute("content")).expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'"), "{policy}");
    for sheet in root.all("style") {
        let text = sheet.text();
        assert!(!text.contains("url(") && !text.contains("@import"), "a sheet loads something");
    }
    assert_eq!(root.attribute("lang"), Some("en"));
    for (tag, count) in [("h1", 1), ("main", 1), ("header", 1), ("footer", 1), ("nav", 1)] {
        assert_eq!(root.all(tag).len(), count, "{tag}");
    }
    for link in root.all("a") {
        let to = link.attribute("href").unwrap_or_default().trim_start_matches('#');
        assert!(ids.contains(to), "{to} is in the page");
    }
    root.all("figure").into_iter().for_each(check_figure);
    root.all("table").into_iter().for_each(check_table);
    let body = root.all("body")[0].text();
    for never in ["NaN", "inf ", "∞"] {
        assert!(!body.contains(never), "{never} is no number: {body}");
    }
    root
}

#[track_caller]
fn check_figure(figure: &Node) {
    let label = figure.all("svg")[0].attribute("aria-label").unwrap_or_default();
    assert!(label.len() > 10, "a chart says what it shows: {label}");
    assert_eq!(figure.all("table").len(), 1, "{label} has its table");
    assert!(!figure.all("tbody")[0].all("tr").is_empty(), "{label} has its numbers");
}

#[track_caller]
fn check_table(table: &Node) {
    let caption = table.all("caption")[0].text();
    let heads = table.all("thead")[0].all("th");
    assert!(!caption.is_empty(), "a table says what it is");
    for head in &heads {
        assert_eq!(head.attribute("scope"), Some("col"), "{caption}");
        assert!(!head.text().trim().is_empty(), "{caption}: a column has no name");
    }
    for row in table.all("tbody")[0].all("tr") {
        let (names, cells) = (row.all("th"), row.all("td"));
        assert_eq!(names.len(), 1, "{caption}: {}", row.text());
        assert!(!names[0].text().trim().is_empty(), "{caption}: a row has no name");
        assert_eq!(cells.len() + 1, heads.len(), "{caption}: {}", row.text());
    }
}

/// Whether the numbers of a page that say where they stand are those of the JSON, and are shown as
/// such; how many there are.
#[track_caller]
pub fn numbers_agree(root: &Node, json: &Value) -> usize {
    let numbers = root.all("data");
    for number in &numbers {
        let pointer = number.attribute("data-at").expect("it says where it stands");
        let value = number.attribute("value").expect("it has a value");
        let found = json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        assert_eq!(found.replace('\u{202e}', "\\u{202e}"), value, "{pointer}");
        let shown = number.text();
        assert!(shows(&shown, value), "{pointer} is {value} and shown as {shown}");
    }
    numbers.len()
}

/// Whether what is shown is the value, rounded.
fn shows(shown: &str, value: &str) -> bool {
    let shown = shown.trim_start_matches('≈');
    if shown == value || value == "null" && shown.contains("never") {
        return true;
    }
    let Ok(exact) = value.parse::<f64>() else {
        // A seed is hexadecimal.
        let shown = shown.parse::<u64>().ok();
        return shown.is_some() && shown == u64::from_str_radix(value, 16).ok();
    };
    if let Some(least) = shown.strip_prefix('<') {
        return least.trim_end_matches(" %").parse::<f64>().is_ok_and(|least| exact < least);
    }
    let number: String = shown
        .chars()
        .take_while(|c| c.is_ascii_digit() || " .+-".contains(*c))
        .filter(|c| !c.is_whitespace())
        .collect();
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let step = (0..decimals).fold(1.0, |step, _| step / 10.0);
    // Less than everything never reads as everything: 99.96 is 99.9.
    let is_near = number.parse::<f64>().is_ok_and(|near| (near - exact).abs() <= step * 1.001);
    // Half of the last digit of `1.0 s`.
    is_near || span(shown).is_some_and(|near| (near - exact).abs() <= exact.abs() / 20.0)
}

/// Microseconds of `+1m30s`, `35.2 s`, `2d03h`.
fn span(shown: &str) -> Option<f64> {
    let (sign, mut rest) = match shown.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, shown.trim_start_matches('+')),
    };
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit: String =
            after.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
        let micros = match unit.as_str() {
            "us" => 1.0,
            "ms" => 1e3,
            "s" => 1e6,
            "m" => 6e7,
            "h" => 3.6e9,
            "d" => 8.64e10,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * micros;
        rest = after.trim_start().strip_prefix(unit.as_str())?;
    }
    Some(sign * sum)
}
