//! Charts as SVG: drawn here, styled by the page.
//!
//! Floats begin and end here: what is drawn is rounded to a tenth of a point, and every number in
//! words comes from the functions that the screen uses. Series are told apart by dashes and shapes
//! as well as by colour.

mod curves;
mod plane;
mod rows;

use super::markup::Markup;

pub use curves::{Axis, Curves, Line, Mark};
pub use plane::{Dot, Heat, Scatter, Shape};
pub use rows::{Bar, BoxRow, Change, Reach, Step};
pub use rows::{bars, bars_within, boxes, reaches, waterfall};

/// How wide every chart is, in its own points.
const WIDTH: f64 = 720.0;
/// The height of a line of text and the room around it.
const ROW: f64 = 27.0;
/// How far text stands below the middle of its row.
const DROP: f64 = 4.5;
/// How the charts of a file of their own look.
const SHEET: &str = concat!(
    "svg{--bg:#fff;--ink:#1a1f25;--soft:#535c66;--rule:#cfd6dd;--grid:#dfe4e9;--s1:#0067a8;\
     --s2:#c2500a;--s3:#00795b;--s4:#a03f7d;--s5:#6b5b00;--s6:#4a4fb0;--q0:#eef4f9;--q1:#d3e4f1;\
     --q2:#b0cfe6;--q3:#86b5d8;--q4:#5c9bc9;--qt:#10161c;background:#fff}",
    include_str!("../chart.css"),
);

/// A drawing, and what is said of it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The name of its file.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How it is read.
    pub note: String,
    svg: Svg,
}

/// A drawing.
#[derive(Clone, Debug)]
pub struct Svg {
    out: Markup,
    height: f64,
}

impl Chart {
    /// A drawing under a title.
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        note: impl Into<String>,
        svg: Svg,
    ) -> Chart {
        Chart { name: name.into(), title: title.into(), note: note.into(), svg }
    }

    /// Writes it as a part of a page.
    pub fn write(&self, out: &mut Markup) {
        self.framed(&[], out, |_| {});
        out.line();
    }

    /// A file of its own.
    pub fn file(&self) -> String {
        let mut out = Markup::default();
        self.framed(&[("xmlns", "http://www.w3.org/2000/svg")], &mut out, |out| out.style(SHEET));
        format!("{}\n", out.as_str())
    }

    fn framed(&self, more: &[(&str, &str)], out: &mut Markup, first: impl FnOnce(&mut Markup)) {
        let size = format!("0 0 {} {}", at(WIDTH), at(self.svg.height));
        let label = format!("{} {}", self.title, self.note);
        let frame = [("viewBox", size.as_str()), ("role", "img"), ("aria-label", &label)];
        let frame: Vec<(&str, &str)> = frame.iter().chain(more).copied().collect();
        out.within("svg", &frame, |out| {
            first(out);
            out.markup(&self.svg.out);
        });
    }
}

impl Svg {
    fn new(height: f64) -> Svg {
        Svg { out: Markup::default(), height }
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(at);
        self.out
            .empty("line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    /// From x to another x, whichever is the smaller.
    fn bar(&mut self, class: &str, (from, to): (f64, f64), (top, height): (f64, f64)) {
        let width = (to - from).abs().max(0.8);
        let [x, y, w, h] = [from.min(to), top, width, height].map(at);
        self.out.empty(
            "rect",
            &[("class", class), ("x", &x), ("y", &y), ("width", &w), ("height", &h)],
        );
    }

    fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let [x, y] = [x, y].map(at);
        self.out.element("text", &[("class", class), ("x", &x), ("y", &y)], text);
    }

    /// Text of no more than this width; the whole of it is there for who points at it.
    fn label(&mut self, class: &str, (x, y): (f64, f64), text: &str, most: f64) {
        let shown = shortened(text, most);
        let [x, y] = [x, y].map(at);
        self.out.within("text", &[("class", class), ("x", &x), ("y", &y)], |out| {
            if shown != text {
                out.element("title", &[], text);
            }
            out.text(&shown);
        });
    }

    fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            self.out.empty("path", &[("class", class), ("d", path)]);
        }
    }

    fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let [x, y, r] = [x, y, radius].map(at);
        self.out.empty("circle", &[("class", class), ("cx", &x), ("cy", &y), ("r", &r)]);
    }
}

/// A coordinate, to a tenth.
fn at(value: f64) -> String {
    let text = format!("{:.1}", if value.is_finite() { value } else { 0.0 });
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A path through points, in steps of whole tenths from one to the next: short.
fn through(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    let mut before: Option<(i64, i64)> = None;
    for (x, y) in points {
        let now = (tenths(x), tenths(y));
        let step = match before {
            None => ("M", now),
            Some((x, y)) => ("l", (now.0 - x, now.1 - y)),
        };
        if before != Some(now) {
            let ends = [step.1.0, step.1.1].map(|tenths| at(tenths as f64 / 10.0));
            path.extend([step.0, &ends[0], if ends[1].starts_with('-') { "" } else { " " }]);
            path.push_str(&ends[1]);
        }
        before = Some(now);
    }
    path
}

fn tenths(value: f64) -> i64 {
    libm::round(value * 10.0) as i64
}

/// About how wide a text is.
fn width_of(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 6.9 } else { 12.5 }).sum()
}

fn shortened(text: &str, most: f64) -> String {
    if width_of(text) <= most {
        return text.to_owned();
    }
    let mut shown = String::new();
    for c in text.chars() {
        if width_of(&shown) + width_of("m…") > most {
            break;
        }
        shown.push(c);
    }
    shown + "…"
}

/// The widest of texts, but no wider than this.
fn widest<'a>(texts: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    texts.map(width_of).fold(0.0, f64::max).min(most)
}

/// Where a value lies between two ends of the drawing.
#[derive(Clone, Copy, Debug)]
struct Scale {
    values: (f64, f64),
    points: (f64, f64),
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let part = if high > low { (value - low) / (high - low) } else { 0.5 };
        self.points.0 + part.clamp(-0.01, 1.01) * (self.points.1 - self.points.0)
    }
}

/// Round values from one to another, some `count` of them, in steps of 1, 2 or 5 times ten to
/// something.
pub fn ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) {
        return vec![low];
    }
    let rough = span / count;
    let ten = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * ten);
    let step = step.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(10.0 * ten);
    let (first, last) = (libm::ceil(low / step - 1e-9), libm::floor(high / step + 1e-9));
    let many = (last - first).clamp(0.0, 50.0) as u32;
    (0..=many).map(|place| (first + f64::from(place)) * step).collect()
}

/// A tick in few letters: `1.5 M`, `20 k`, `0.25`.
pub fn short(value: f64) -> String {
    let (size, unit) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, " G"),
        size if size >= 1e6 => (value / 1e6, " M"),
        size if size >= 1e4 => (value / 1e3, " k"),
        _ => (value, ""),
    };
    let text = format!("{size:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}{unit}", if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(0.0, 10.0, 5.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(-3.0, 4.0, 4.0), [-2.0, 0.0, 2.0, 4.0]);
        assert_eq!(ticks(5.0, 5.0, 5.0), [5.0]);
        assert_eq!(ticks(0.0, f64::INFINITY, 5.0), [0.0]);
    }

    #[test]
    fn a_path_is_short_and_never_drifts() {
        assert_eq!(through([(0.0, 0.0), (1.04, 2.0), (1.04, 2.0), (3.0, 0.5)]), "M0 0l1 2l2-1.5");
        assert_eq!(through([]), "");
    }

    #[test]
    fn numbers_of_a_tick_are_few() {
        for (value, text) in [(1_500_000.0, "1.5 M"), (20_000.0, "20 k"), (0.25, "0.25")] {
            assert_eq!(short(value), text);
        }
        assert_eq!(short(-0.0), "0");
    }
}
