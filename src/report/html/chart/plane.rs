//! Charts of two figures or two settings: points of a plane, and cells of a grid.

use super::curves::{Axis, axes};
use super::{DROP, Svg, WIDTH, at, shortened, through, widest};

const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 30.0;
const HEIGHT: f64 = 330.0;

/// How a point looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Where a front bends.
    Star,
    /// On a front.
    Disc,
    /// Near it.
    Ring,
    /// Behind it.
    Cross,
}

/// A point.
#[derive(Clone, Debug)]
pub struct Dot {
    /// What is written beside it.
    pub name: String,
    /// Where.
    pub place: (f64, f64),
    /// The ends of its intervals, from left to right and upwards.
    pub ends: [Option<(f64, f64)>; 2],
    /// How it looks.
    pub shape: Shape,
}

/// Points of a plane.
#[derive(Clone, Debug)]
pub struct Scatter {
    /// From left to right.
    pub x: Axis,
    /// From below upwards.
    pub y: Axis,
    /// In order.
    pub dots: Vec<Dot>,
    /// A line through some of them, in order.
    pub front: Vec<(f64, f64)>,
}

impl Scatter {
    /// Draws them.
    pub fn draw(&self) -> Svg {
        let bottom = TOP + HEIGHT;
        let mut svg = Svg::new(bottom + 70.0);
        let (x, y) = axes(&mut svg, [&self.x, &self.y], (LEFT, WIDTH - RIGHT), (TOP, bottom));
        svg.text("t", (2.0, TOP - 16.0), &self.y.title);
        svg.path("l3", &through(self.front.iter().map(|(a, b)| (x.at(*a), y.at(*b)))));
        for dot in &self.dots {
            let (a, b) = (x.at(dot.place.0), y.at(dot.place.1));
            if let Some((low, high)) = dot.ends[0] {
                svg.line("i", (x.at(low), b), (x.at(high), b));
            }
            if let Some((low, high)) = dot.ends[1] {
                svg.line("i", (a, y.at(low)), (a, y.at(high)));
            }
        }
        for dot in &self.dots {
            let place = (x.at(dot.place.0), y.at(dot.place.1));
            shape(&mut svg, dot.shape, place);
            svg.text("", (place.0 + 8.0, place.1 - 7.0), &dot.name);
        }
        let mut from = LEFT;
        let shapes = [
            (Shape::Star, "knee: the front bends most"),
            (Shape::Disc, "on the front"),
            (Shape::Ring, "behind it, perhaps by luck"),
            (Shape::Cross, "behind it"),
        ];
        for (one, name) in shapes {
            shape(&mut svg, one, (from, bottom + 58.0));
            svg.text("t", (from + 11.0, bottom + 58.0 + DROP), name);
            from += 30.0 + super::width_of(name);
        }
        svg
    }
}

fn shape(svg: &mut Svg, shape: Shape, (x, y): (f64, f64)) {
    match shape {
        Shape::Star => {
            let path = format!("M{} {}l7 7l-7 7l-7-7z", at(x), at(y - 7.0));
            svg.path("f2", &path);
        }
        Shape::Disc => svg.circle("f3", (x, y), 5.5),
        Shape::Ring => svg.circle("o1", (x, y), 4.8),
        Shape::Cross => {
            svg.line("w w4", (x - 4.0, y - 4.0), (x + 4.0, y + 4.0));
            svg.line("w w4", (x - 4.0, y + 4.0), (x + 4.0, y - 4.0));
        }
    }
}

/// A grid: a value for each setting of two axes.
#[derive(Clone, Debug)]
pub struct Heat {
    /// What goes from left to right, and its settings.
    pub across: (String, Vec<String>),
    /// What goes downwards, and its settings.
    pub down: (String, Vec<String>),
    /// Row by row: a value, where there is one, in words, and whether it stands out.
    pub cells: Vec<(Option<f64>, String, bool)>,
}

/// How many shades there are.
const SHADES: f64 = 5.0;

impl Heat {
    /// Draws it: the stronger the colour, the more.
    pub fn draw(&self) -> Svg {
        let (columns, rows) = (self.across.1.len().max(1), self.down.1.len());
        let names = widest(self.down.1.iter().map(String::as_str), 150.0) + 16.0;
        let wide = ((WIDTH - names - 4.0) / columns as f64).min(130.0);
        let high = 34.0;
        let top = 48.0;
        let mut svg = Svg::new(top + high * rows as f64 + 10.0);
        let axes = format!("↓ {}    → {}", self.down.0, self.across.0);
        svg.label("t", (2.0, 14.0), &axes, WIDTH - 4.0);
        for (place, name) in self.across.1.iter().enumerate() {
            svg.label("m", (names + wide * (place as f64 + 0.5), 38.0), name, wide - 6.0);
        }
        let values = || self.cells.iter().filter_map(|(value, ..)| *value);
        let (least, most) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        for (row, name) in self.down.1.iter().enumerate() {
            let y = top + high * row as f64;
            svg.label("e", (names - 8.0, y + high / 2.0 + DROP), name, names - 10.0);
            for (column, cell) in self.cells.iter().skip(row * columns).take(columns).enumerate() {
                let (value, shown, stands_out) = cell;
                let x = names + wide * column as f64;
                let shade = value.map(|value| match most > least {
                    true => ((value - least) / (most - least) * SHADES).min(SHADES - 1.0) as u32,
                    false => 0,
                });
                let class = shade.map_or_else(|| "qn".to_owned(), |shade| format!("q{shade}"));
                svg.bar(&class, (x + 1.0, x + wide - 1.0), (y + 1.0, high - 2.0));
                if *stands_out {
                    svg.bar("b", (x + 2.0, x + wide - 2.0), (y + 2.0, high - 4.0));
                }
                let shown = shortened(shown, wide - 6.0);
                svg.text("qt", (x + wide / 2.0, y + high / 2.0 + DROP), &shown);
            }
        }
        svg
    }
}
