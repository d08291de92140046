//! Lines over an axis, with bands, and marks where something is promised.

use super::{DROP, Scale, Svg, WIDTH, through, width_of};

const LEFT: f64 = 66.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 28.0;
const HEIGHT: f64 = 250.0;
const BELOW: f64 = 44.0;
/// The height of a row of names of lines.
const NAMES: f64 = 20.0;

/// An axis: what it measures, its ends, and what is written along it.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What.
    pub title: String,
    /// From where to where.
    pub ends: (f64, f64),
    /// Where something is written.
    pub ticks: Vec<(f64, String)>,
}

/// A line.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Of what.
    pub name: String,
    /// In order; where there is a gap, a point is not finite.
    pub points: Vec<(f64, f64)>,
    /// The ends of a band around it, forth and back.
    pub band: Vec<(f64, f64)>,
    /// Whether its points are marked.
    pub is_dotted: bool,
}

/// A value that matters.
#[derive(Clone, Debug)]
pub enum Mark {
    /// On the axis from left to right.
    Across(f64, String),
    /// On the axis from below upwards.
    Up(f64, String),
}

/// Lines, drawn in order.
#[derive(Clone, Debug)]
pub struct Curves {
    /// From left to right.
    pub x: Axis,
    /// From below upwards.
    pub y: Axis,
    /// At most six.
    pub lines: Vec<Line>,
    /// What is marked.
    pub marks: Vec<Mark>,
}

/// Draws two axes between these ends of the drawing, without the title of the second. Where values
/// lie along each.
pub(super) fn axes(
    svg: &mut Svg,
    [across, up]: [&Axis; 2],
    (left, right): (f64, f64),
    (top, bottom): (f64, f64),
) -> (Scale, Scale) {
    let x = Scale { values: across.ends, points: (left, right) };
    let y = Scale { values: up.ends, points: (bottom, top) };
    for (value, name) in &up.ticks {
        svg.line("g", (left, y.at(*value)), (right, y.at(*value)));
        svg.text("t e", (left - 7.0, y.at(*value) + DROP), name);
    }
    for (value, name) in &across.ticks {
        svg.line("g", (x.at(*value), top), (x.at(*value), bottom));
        svg.text("t m", (x.at(*value), bottom + 17.0), name);
    }
    svg.line("a", (left, bottom), (right, bottom));
    svg.text("t m", ((left + right) / 2.0, bottom + 36.0), &across.title);
    (x, y)
}

impl Curves {
    /// Draws them.
    pub fn draw(&self) -> Svg {
        let rows = self.names();
        let bottom = TOP + HEIGHT;
        let mut svg = Svg::new(bottom + BELOW + NAMES * rows.len() as f64);
        let (x, y) = axes(&mut svg, [&self.x, &self.y], (LEFT, WIDTH - RIGHT), (TOP, bottom));
        svg.text("t", (2.0, TOP - 14.0), &self.y.title);
        let place = |(a, b): &(f64, f64)| (x.at(*a), y.at(*b));
        for (number, line) in (1..).zip(&self.lines) {
            let band = through(line.band.iter().map(place));
            svg.path(&format!("d{number}"), &band);
        }
        for (number, line) in (1..).zip(&self.lines) {
            let is_there = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
            for part in line.points.split(|point| !is_there(point)) {
                svg.path(&format!("l{number}"), &through(part.iter().map(place)));
                if line.is_dotted || part.len() == 1 {
                    for point in part {
                        svg.circle(&format!("f{number}"), place(point), 4.0);
                    }
                }
            }
        }
        for mark in &self.marks {
            marked(&mut svg, mark, (x, y));
        }
        for (row, names) in rows.iter().enumerate() {
            let height = bottom + BELOW + NAMES * (row as f64 + 0.5);
            for (number, from, name) in names {
                svg.path(&format!("l{number}"), &through([(*from, height), (from + 32.0, height)]));
                svg.text("", (from + 38.0, height + DROP), name);
            }
        }
        svg
    }

    /// The names of lines, and where they stand, row by row.
    fn names(&self) -> Vec<Vec<(usize, f64, &str)>> {
        let mut rows = vec![Vec::new()];
        let mut from = LEFT;
        for (number, line) in (1..).zip(&self.lines) {
            let wide = 38.0 + width_of(&line.name) + 22.0;
            if from + wide > WIDTH && from > LEFT {
                rows.push(Vec::new());
                from = LEFT;
            }
            rows.last_mut().expect("there is one").push((number, from, line.name.as_str()));
            from += wide;
        }
        rows
    }
}

fn marked(svg: &mut Svg, mark: &Mark, (x, y): (Scale, Scale)) {
    match mark {
        Mark::Across(value, name) => {
            let at = x.at(*value);
            svg.line("k", (at, TOP), (at, TOP + HEIGHT));
            let is_right = at + 8.0 + 1.15 * width_of(name) > WIDTH - RIGHT;
            let (class, shift) = if is_right { ("z e", -7.0) } else { ("z", 7.0) };
            svg.text(class, (at + shift, TOP + HEIGHT - 9.0), name);
        }
        Mark::Up(value, name) => {
            let at = y.at(*value);
            svg.line("k", (LEFT, at), (WIDTH - RIGHT, at));
            svg.text("z e", (WIDTH - RIGHT - 5.0, at - 6.0), name);
        }
    }
}
