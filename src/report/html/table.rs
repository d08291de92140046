//! Tables: a caption, heads of columns and rows, and cells that say which number they are.

use serde::Serialize;

use super::super::text::layout::Flush;
use super::markup::Markup;

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    shown: String,
    figure: Option<(String, String)>,
}

impl Cell {
    /// A number of `summary.json`: how it is shown, where it is there (a JSON pointer), and its
    /// value there.
    pub fn figure(shown: impl Into<String>, pointer: &str, value: impl Serialize) -> Cell {
        let value = serde_json::to_string(&value).expect("numbers and texts are JSON");
        // A text without its quotes, and what was escaped in them.
        let value = serde_json::from_str::<String>(&value).unwrap_or(value);
        Cell { shown: shown.into(), figure: Some((pointer.to_owned(), value)) }
    }

    /// Writes it.
    pub fn write(&self, out: &mut Markup) {
        match &self.figure {
            None => out.text(&self.shown),
            Some((pointer, value)) => {
                out.element("data", &[("value", value), ("data-at", pointer)], &self.shown);
            }
        }
    }
}

/// A name as a part of a JSON pointer.
pub fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl From<String> for Cell {
    fn from(shown: String) -> Cell {
        Cell { shown, figure: None }
    }
}

impl From<&str> for Cell {
    fn from(shown: &str) -> Cell {
        Cell::from(shown.to_owned())
    }
}

/// A table whose first column names its rows.
#[derive(Clone, Debug)]
pub struct Table {
    caption: String,
    columns: Vec<(String, Flush)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Without rows; the first column is flush left, the others right unless [`Table::words`] says
    /// otherwise.
    pub fn new<S: AsRef<str>>(caption: impl Into<String>, columns: &[S]) -> Table {
        let flush = |place: usize| if place == 0 { Flush::Left } else { Flush::Right };
        let columns = columns.iter().enumerate();
        let columns = columns.map(|(place, name)| (name.as_ref().to_owned(), flush(place)));
        Table { caption: caption.into(), columns: columns.collect(), rows: Vec::new() }
    }

    /// Of rows of which the first is the heads; an empty head of the first column is `first`.
    pub fn of(caption: impl Into<String>, first: &str, rows: Vec<Vec<String>>) -> Table {
        let mut rows = rows.into_iter();
        let mut heads = rows.next().unwrap_or_default();
        if let Some(head) = heads.first_mut().filter(|head| head.is_empty()) {
            first.clone_into(head);
        }
        let mut table = Table::new(caption, &heads);
        rows.for_each(|row| table.row(row));
        table
    }

    /// These columns hold words: flush left.
    #[must_use]
    pub fn words(mut self, columns: &[usize]) -> Table {
        for column in columns {
            if let Some((_, flush)) = self.columns.get_mut(*column) {
                *flush = Flush::Left;
            }
        }
        self
    }

    /// Adds a row.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes it, in a region of its own that scrolls where it is wider than the page.
    pub fn write(&self, out: &mut Markup) {
        let region = [("class", "wide"), ("role", "group"), ("tabindex", "0")];
        let region: Vec<(&str, &str)> =
            region.into_iter().chain([("aria-label", self.caption.as_str())]).collect();
        out.within("div", &region, |out| {
            out.within("table", &[], |out| {
                out.element("caption", &[], &self.caption);
                out.within("thead", &[], |out| {
                    out.within("tr", &[], |out| self.heads(out));
                });
                out.within("tbody", &[], |out| {
                    for row in &self.rows {
                        out.within("tr", &[], |out| self.cells(row, out));
                        out.line();
                    }
                });
            });
        });
        out.line();
    }

    fn heads(&self, out: &mut Markup) {
        for (name, flush) in &self.columns {
            out.element("th", &[("scope", "col"), ("class", class(*flush))], name);
        }
    }

    fn cells(&self, row: &[Cell], out: &mut Markup) {
        for (place, (cell, (_, flush))) in row.iter().zip(&self.columns).enumerate() {
            let class = ("class", class(*flush));
            match place {
                0 => out.within("th", &[("scope", "row"), class], |out| cell.write(out)),
                _ => out.within("td", &[class], |out| cell.write(out)),
            }
        }
    }
}

fn class(flush: Flush) -> &'static str {
    match flush {
        Flush::Left => "l",
        Flush::Right => "r",
    }
}
