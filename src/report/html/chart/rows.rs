//! Charts that are read row by row: bars, waterfalls, intervals around nothing, boxes.

use super::{DROP, ROW, Scale, Svg, WIDTH, at, short, ticks, widest};

/// The room for names on the left, and for numbers on the right, at most.
const NAMES: f64 = 300.0;
const NUMBERS: f64 = 240.0;
const GAP: f64 = 10.0;
/// How high a bar is.
const BAR: f64 = 15.0;

/// A bar from zero.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Of what.
    pub name: String,
    /// How long.
    pub value: f64,
    /// The same in words.
    pub shown: String,
    /// Which colour, from 1.
    pub colour: u8,
}

/// Bars, one below the other.
pub fn bars(bars: &[Bar]) -> Svg {
    bars_within(bars, 0.0)
}

/// Bars in a measure that reaches at least so far to either side.
pub fn bars_within(bars: &[Bar], reach: f64) -> Svg {
    let values = || bars.iter().map(|bar| bar.value);
    let ends = (values().fold(-reach, f64::min), values().fold(reach, f64::max));
    let rows = Rows::of(
        bars.iter().map(|bar| bar.name.as_str()),
        bars.iter().map(|bar| bar.shown.as_str()),
        ends,
    );
    let mut svg = Svg::new(rows.height(bars.len(), 8.0));
    for (place, bar) in bars.iter().enumerate() {
        let y = rows.middle(place);
        rows.name(&mut svg, place, &bar.name);
        let ends = (rows.scale.at(0.0), rows.scale.at(bar.value));
        svg.bar(&format!("f{}", bar.colour), ends, (y - BAR / 2.0, BAR));
        rows.number(&mut svg, place, &bar.shown);
    }
    let zero = rows.scale.at(0.0);
    svg.line("a", (zero, 2.0), (zero, rows.bottom(bars.len())));
    svg
}

/// What a step of a waterfall does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is all so far, and is drawn from zero.
    Total,
    /// It adds to what was before, or takes off.
    Part,
}

/// A step of a waterfall.
#[derive(Clone, Debug)]
pub struct Step {
    /// Of what.
    pub name: String,
    /// A total, or a part.
    pub change: Change,
    /// The total, or what is added.
    pub value: f64,
    /// The same in words.
    pub shown: String,
}

/// What is left of an amount, step by step; whether it is good if less is left.
pub fn waterfall(steps: &[Step], less_is_good: bool) -> Svg {
    let mut before = 0.0;
    let mut spans = Vec::new();
    for step in steps {
        let from = if step.change == Change::Total { 0.0 } else { before };
        before = from + step.value;
        spans.push((from, before));
    }
    let all = || spans.iter().flat_map(|(from, to)| [*from, *to]);
    let rows = Rows::of(
        steps.iter().map(|step| step.name.as_str()),
        steps.iter().map(|step| step.shown.as_str()),
        (all().fold(0.0, f64::min), all().fold(0.0, f64::max)),
    );
    let mut svg = Svg::new(rows.height(steps.len(), 8.0));
    for (place, (step, (from, to))) in steps.iter().zip(&spans).enumerate() {
        let y = rows.middle(place);
        let (from, to) = (rows.scale.at(*from), rows.scale.at(*to));
        let class = match step.change {
            Change::Total => "f1",
            Change::Part if (step.value < 0.0) == less_is_good => "f3",
            Change::Part => "f2",
        };
        rows.name(&mut svg, place, &step.name);
        svg.bar(class, (from, to), (y - BAR / 2.0, BAR));
        if place + 1 < steps.len() {
            svg.line("c", (to, y + BAR / 2.0), (to, y + ROW - BAR / 2.0));
        }
        rows.number(&mut svg, place, &step.shown);
    }
    let zero = rows.scale.at(0.0);
    svg.line("a", (zero, 2.0), (zero, rows.bottom(steps.len())));
    svg
}

/// A difference and where the true one lies; each is drawn in a measure of its own.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Of what.
    pub name: String,
    /// Lower end, value and upper end, where right is better; an end may be infinite.
    pub ends: Option<[f64; 3]>,
    /// The difference, in words.
    pub shown: String,
    /// 1: better; 2: worse; 4: neither can be said.
    pub colour: u8,
}

/// Intervals around nothing: left is worse, right is better.
pub fn reaches(reaches: &[Reach], (left, right): (&str, &str)) -> Svg {
    let rows = Rows::of(
        reaches.iter().map(|one| one.name.as_str()),
        reaches.iter().map(|one| one.shown.as_str()),
        (-1.0, 1.0),
    );
    let rows = Rows { top: 26.0, ..rows };
    let mut svg = Svg::new(rows.height(reaches.len(), 8.0));
    let zero = rows.scale.at(0.0);
    svg.text("t e", (zero - 10.0, 15.0), &format!("← {left}"));
    svg.text("t", (zero + 10.0, 15.0), &format!("{right} →"));
    for (place, one) in reaches.iter().enumerate() {
        rows.name(&mut svg, place, &one.name);
        rows.number(&mut svg, place, &one.shown);
        let y = rows.middle(place);
        svg.line("g", (rows.scale.points.0, y), (rows.scale.points.1, y));
        let Some([low, value, high]) = one.ends else { continue };
        let finite = [low, value, high].into_iter().filter(|end| end.is_finite());
        let reach = finite.fold(0.0, |most: f64, end| most.max(end.abs()));
        let part = |end: f64| match (end.is_finite(), reach > 0.0) {
            (true, true) => end / reach * 0.92,
            (true, false) => 0.0,
            (false, _) => 1.0_f64.copysign(end),
        };
        let [low, value, high] = [low, value, high].map(|end| rows.scale.at(part(end)));
        svg.line(&format!("w w{}", one.colour), (low, y), (high, y));
        for end in [low, high] {
            svg.line(&format!("w w{}", one.colour), (end, y - 5.0), (end, y + 5.0));
        }
        match one.colour {
            1 => svg.circle("f1", (value, y), 5.5),
            2 => svg.bar("f2", (value - 5.0, value + 5.0), (y - 5.0, 10.0)),
            _ => svg.circle("o4", (value, y), 5.0),
        }
    }
    svg.line("a", (zero, 22.0), (zero, rows.bottom(reaches.len())));
    svg
}

/// What replications say: the least, the quarters, the most; and the estimate with its interval.
#[derive(Clone, Debug)]
pub struct BoxRow {
    /// Of what.
    pub name: String,
    /// The least, a quarter, the middle, three quarters, the most.
    pub five: [f64; 5],
    /// Lower end, value and upper end.
    pub estimate: Option<[f64; 3]>,
    /// The estimate in words.
    pub shown: String,
}

/// Boxes over replications, all in one measure.
pub fn boxes(boxes: &[BoxRow], axis: &str) -> Svg {
    let all = || {
        boxes.iter().flat_map(|one| one.five.into_iter().chain(one.estimate.into_iter().flatten()))
    };
    let (low, high) =
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let rows = Rows::of(
        boxes.iter().map(|one| one.name.as_str()),
        boxes.iter().map(|one| one.shown.as_str()),
        if low < high { (low, high) } else { (low - 1.0, high + 1.0) },
    );
    let mut svg = Svg::new(rows.height(boxes.len(), 40.0));
    let bottom = rows.bottom(boxes.len());
    for tick in ticks(rows.scale.values.0, rows.scale.values.1, 5.0) {
        let x = rows.scale.at(tick);
        svg.line("g", (x, 2.0), (x, bottom));
        svg.text("t m", (x, bottom + 16.0), &short(tick));
    }
    svg.text("t m", (rows.middle_x(), bottom + 33.0), axis);
    for (place, one) in boxes.iter().enumerate() {
        let y = rows.middle(place);
        rows.name(&mut svg, place, &one.name);
        rows.number(&mut svg, place, &one.shown);
        let [least, quarter, middle, three, most] = one.five.map(|value| rows.scale.at(value));
        svg.line("a", (least, y), (most, y));
        svg.bar("d1", (quarter, three), (y - BAR / 2.0, BAR));
        svg.line("w", (middle, y - BAR / 2.0), (middle, y + BAR / 2.0));
        if let Some(ends) = one.estimate {
            let [low, value, high] = ends.map(|end| rows.scale.at(end));
            svg.line("w w2", (low, y), (high, y));
            let diamond = format!("M{} {}l5-5l5 5l-5 5z", at(value - 5.0), at(y));
            svg.path("f2", &diamond);
        }
    }
    svg
}

/// Names on the left, numbers on the right, a measure between.
#[derive(Clone, Copy, Debug)]
struct Rows {
    names: f64,
    top: f64,
    scale: Scale,
}

impl Rows {
    fn of<'a>(
        names: impl Iterator<Item = &'a str>,
        numbers: impl Iterator<Item = &'a str>,
        values: (f64, f64),
    ) -> Rows {
        let names = widest(names, NAMES) + GAP;
        let numbers = widest(numbers, NUMBERS) + GAP;
        let points = (names + 6.0, WIDTH - numbers - 6.0);
        Rows { names, top: 4.0, scale: Scale { values, points } }
    }

    fn middle(&self, place: usize) -> f64 {
        self.top + ROW * (place as f64 + 0.5)
    }

    fn middle_x(&self) -> f64 {
        (self.scale.points.0 + self.scale.points.1) / 2.0
    }

    fn bottom(&self, rows: usize) -> f64 {
        self.top + ROW * rows as f64
    }

    fn height(&self, rows: usize, below: f64) -> f64 {
        self.bottom(rows) + below
    }

    fn name(&self, svg: &mut Svg, place: usize, name: &str) {
        svg.label("e", (self.names - GAP / 2.0, self.middle(place) + DROP), name, NAMES);
    }

    fn number(&self, svg: &mut Svg, place: usize, number: &str) {
        svg.label("e", (WIDTH - 2.0, self.middle(place) + DROP), number, NUMBERS);
    }
}
