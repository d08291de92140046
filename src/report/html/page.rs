//! A page: head, verdict, sections, and how to get it again; one file that loads nothing.

use super::chart::Chart;
use super::markup::Markup;
use super::table::{Cell, Table};

/// Nothing is loaded and nothing is run: only the style sheet in the page applies.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";
/// How a page of ours is recognised, in its first bytes.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"stopsim\"/>";
const SHEET: &str = concat!(include_str!("style.css"), include_str!("chart.css"));

/// What stands at the top of a page, in a few words.
#[derive(Clone, Debug)]
pub struct Card {
    /// What is asked.
    pub question: &'static str,
    /// The answer, large.
    pub answer: Cell,
    /// What of, behind it.
    pub of: String,
    /// Whether it is good.
    pub mood: Mood,
    /// What else to know, a sentence each.
    pub more: Vec<String>,
}

/// Whether an answer is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It is.
    Good,
    /// It is not.
    Bad,
    /// It cannot be said, or neither.
    Open,
}

/// A page that is being made.
#[derive(Clone, Debug)]
pub struct Page {
    title: String,
    lead: Vec<String>,
    warnings: Vec<String>,
    body: Markup,
    contents: Vec<(String, String)>,
    charts: Vec<Chart>,
}

/// A section that is being made.
#[derive(Debug)]
pub struct Section<'p> {
    out: &'p mut Markup,
    charts: &'p mut Vec<Chart>,
}

impl Page {
    /// With a title, and what it is about, a line each; what is a warning stands apart.
    pub fn new(title: impl Into<String>, lines: Vec<String>) -> Page {
        let (warnings, lead) = lines.into_iter().partition(|line| line.starts_with("warning: "));
        Page {
            title: title.into(),
            lead,
            warnings,
            body: Markup::default(),
            contents: Vec::new(),
            charts: Vec::new(),
        }
    }

    /// Adds a section.
    pub fn section(
        &mut self,
        id: impl Into<String>,
        title: impl Into<String>,
        inside: impl FnOnce(&mut Section<'_>),
    ) {
        let (id, title) = (id.into(), title.into());
        let heading = format!("{id}-title");
        let (body, charts) = (&mut self.body, &mut self.charts);
        body.within("section", &[("id", &id), ("aria-labelledby", &heading)], |out| {
            out.element("h2", &[("id", &heading)], &title);
            inside(&mut Section { out, charts });
        });
        body.line();
        self.contents.push((id, title));
    }

    /// The charts of all sections, in order.
    pub fn charts(&self) -> &[Chart] {
        &self.charts
    }

    /// The whole page.
    pub fn finish(&self) -> String {
        let mut out = Markup::default();
        out.within("html", &[("lang", "en")], |out| {
            out.within("head", &[], |out| self.head(out));
            out.line();
            out.within("body", &[], |out| {
                out.within("header", &[], |out| self.header(out));
                out.within("main", &[], |out| out.markup(&self.body));
                out.within("footer", &[], |out| {
                    let version = env!("CARGO_PKG_VERSION");
                    out.element("p", &[], &format!("Made by stopsim {version}."));
                });
            });
        });
        format!("<!doctype html>\n{}\n", out.as_str())
    }

    fn head(&self, out: &mut Markup) {
        out.empty("meta", &[("charset", "utf-8")]);
        out.empty("meta", &[("name", "generator"), ("content", "stopsim")]);
        out.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
        out.empty(
            "meta",
            &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
        );
        out.empty("meta", &[("name", "color-scheme"), ("content", "light dark")]);
        out.element("title", &[], &self.title);
        out.style(SHEET);
    }

    fn header(&self, out: &mut Markup) {
        out.element("h1", &[], &self.title);
        for line in &self.lead {
            out.within("p", &[("class", "lead")], |out| out.prose(line));
        }
        for warning in &self.warnings {
            let text = warning.trim_start_matches("warning: ");
            out.within("p", &[("class", "warning")], |out| {
                out.element("strong", &[], "Warning: ");
                out.text(text);
            });
        }
        out.within("nav", &[("aria-label", "Contents")], |out| {
            out.within("ul", &[], |out| {
                for (id, title) in &self.contents {
                    let href = format!("#{id}");
                    out.within("li", &[], |out| out.element("a", &[("href", &href)], title));
                }
            });
        });
    }
}

impl Section<'_> {
    /// The answers to what is asked first.
    pub fn cards(&mut self, cards: &[Card]) {
        self.out.within("div", &[("class", "cards")], |out| {
            for card in cards {
                let (class, sign) = match card.mood {
                    Mood::Good => ("card good", "✓ "),
                    Mood::Bad => ("card bad", "✗ "),
                    Mood::Open => ("card open", ""),
                };
                out.within("div", &[("class", class)], |out| {
                    out.element("h3", &[], card.question);
                    out.within("p", &[("class", "answer")], |out| {
                        out.element("span", &[("class", "sign")], sign);
                        card.answer.write(out);
                    });
                    if !card.of.is_empty() {
                        out.element("p", &[("class", "of")], &card.of);
                    }
                    for line in &card.more {
                        out.within("p", &[], |out| out.prose(line));
                    }
                });
            }
        });
        self.out.line();
    }

    /// A heading below the section's own.
    pub fn heading(&mut self, title: &str) {
        self.out.element("h3", &[], title);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: impl AsRef<str>) {
        self.out.within("p", &[], |out| out.prose(text.as_ref()));
    }

    /// What is good to know of what stands before it.
    pub fn note(&mut self, text: impl AsRef<str>) {
        self.out.within("p", &[("class", "note")], |out| out.prose(text.as_ref()));
    }

    /// Sentences, one below the other; nothing of none.
    pub fn list(&mut self, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.out.within("ul", &[], |out| {
            items.iter().for_each(|item| out.within("li", &[], |out| out.prose(item)));
        });
    }

    /// A line for a shell.
    pub fn command(&mut self, line: &str) {
        let region = [("class", "wide"), ("role", "group"), ("tabindex", "0")];
        let region: Vec<(&str, &str)> =
            region.into_iter().chain([("aria-label", "Command")]).collect();
        self.out.within("div", &region, |out| {
            out.within("pre", &[], |out| out.within("code", &[], |out| out.verbatim(line)));
        });
    }

    /// A table.
    pub fn table(&mut self, table: &Table) {
        if !table.is_empty() {
            table.write(self.out);
        }
    }

    /// A table that is there for those who look for it.
    pub fn folded(&mut self, title: &str, table: &Table) {
        if !table.is_empty() {
            fold(self.out, title, table);
        }
    }

    /// A chart, and its numbers as a table below it.
    pub fn figure(&mut self, chart: Chart, table: &Table) {
        self.out.within("figure", &[], |out| {
            out.within("figcaption", &[], |out| {
                out.element("strong", &[], &chart.title);
                out.text(" ");
                out.text(&chart.note);
            });
            let region = [("class", "wide"), ("role", "group"), ("tabindex", "0")];
            let region: Vec<(&str, &str)> =
                region.into_iter().chain([("aria-label", chart.title.as_str())]).collect();
            out.within("div", &region, |out| chart.write(out));
            fold(out, "The numbers of this chart", table);
        });
        self.out.line();
        self.charts.push(chart);
    }
}

fn fold(out: &mut Markup, title: &str, table: &Table) {
    out.within("details", &[], |out| {
        out.element("summary", &[], title);
        table.write(out);
    });
}
