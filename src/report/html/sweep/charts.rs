//! What is drawn of a sweep: the plane of both figures, grids, lines, boxes.

use super::super::super::compare::{Direction, difference_interval, interval, plain, signed};
use super::super::super::measure::Observed;
use super::super::super::number::Percent;
use super::super::super::sweep::{Front, Point, Swept};
use super::super::chart::{
    Axis, Bar, BoxRow, Chart, Curves, Dot, Heat, Line, Scatter, Shape, bars, boxes, short, ticks,
};
use super::super::page::Section;
use super::super::table::Table;
use super::{letter, listed, shown};
use crate::sim::metric::{COUNT, Metric, PERCENT, Unit};
use crate::stats::Interval;

/// More boxes than this are no chart any longer.
const BOXES: usize = 40;
/// So many points have names in a plane.
const NAMED: usize = 30;
/// So many points have intervals there.
const SURE: usize = 60;
/// So many points of a plane, and steps along an axis, are drawn.
const DRAWN: usize = 2_000;
/// A grid of more columns or rows than this is no chart any longer.
const CELLS: (usize, usize) = (20, 40);

/// In what people count: money in its unit, per cent, hours.
fn scaled(metric: &Metric, value: f64) -> f64 {
    value
        / match metric.unit() {
            Unit::Duration => 1e6,
            Unit::Percent => PERCENT as f64,
            Unit::Money => 1e9,
            Unit::Count => COUNT as f64,
            Unit::Hours => 3.6e9,
        }
}

fn number(metric: &Metric, observed: Observed) -> Option<f64> {
    observed.value().map(|value| scaled(metric, value as f64))
}

fn ends(metric: &Metric, interval: Option<Interval>) -> Option<(f64, f64)> {
    let Interval { low, high, .. } = interval?;
    let both = low.is_finite() && high.is_finite();
    both.then(|| (scaled(metric, low), scaled(metric, high)))
}

fn named(swept: &Swept, metric: &Metric) -> String {
    let unit = match metric.unit() {
        Unit::Duration => "s",
        Unit::Percent => "%",
        Unit::Money => &swept.currency,
        Unit::Count => "",
        Unit::Hours => "h",
    };
    let name = metric.name();
    if unit.is_empty() { name } else { format!("{name}, {unit}") }
}

/// An axis that holds all of these, with some room.
fn axis(title: String, values: &[f64]) -> Axis {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if low < high { (low, high) } else { (low - 1.0, high + 1.0) };
    let room = (high - low) * 0.07;
    let ends = (low - room, high + room);
    let written = |at: f64| (at, short(at));
    Axis { title, ends, ticks: ticks(ends.0, ends.1, 6.0).into_iter().map(written).collect() }
}

/// Where a point stands in the plane of both figures.
fn place(swept: &Swept, point: &Point) -> Option<(f64, f64)> {
    let of = |figure: usize| number(&swept.metrics[figure], point.figures[figure].observed);
    Some((of(0)?, of(1)?))
}

fn dot(swept: &Swept, number: usize, point: &Point) -> Option<Dot> {
    let is_front = matches!(point.front, Front::Knee | Front::On);
    let is_named = is_front || swept.points.len() <= NAMED;
    let sure = |figure: usize| ends(&swept.metrics[figure], point.figures[figure].interval);
    Some(Dot {
        name: if is_named { letter(number) } else { String::new() },
        place: place(swept, point)?,
        ends: if swept.points.len() <= SURE { [0, 1].map(sure) } else { [None; 2] },
        shape: match point.front {
            Front::Knee => Shape::Star,
            Front::On => Shape::Disc,
            Front::Near => Shape::Ring,
            Front::Behind | Front::Unknown => Shape::Cross,
        },
    })
}

fn plane(swept: &Swept, dots: Vec<Dot>) -> Scatter {
    let is_front = |point: &&Point| matches!(point.front, Front::Knee | Front::On);
    let on = swept.points.iter().filter(is_front);
    let mut front: Vec<(f64, f64)> = on.filter_map(|point| place(swept, point)).collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let values = |figure: usize| {
        let of = |dot: &Dot| {
            let own = if figure == 0 { dot.place.0 } else { dot.place.1 };
            let (low, high) = dot.ends[figure].unwrap_or((own, own));
            [own, low, high]
        };
        dots.iter().flat_map(of).collect::<Vec<f64>>()
    };
    let titled = |metric: &Metric, more: &str, less: &str| {
        let way = if Direction::of(metric) == Direction::Down { less } else { more };
        format!("{} {way}", named(swept, metric))
    };
    Scatter {
        x: axis(titled(&swept.objective, "→ better", "← better"), &values(0)),
        y: axis(titled(&swept.promise, "↑ better", "↓ better"), &values(1)),
        dots,
        front,
    }
}

/// All settings in the plane of objective and promise.
pub fn front(swept: &Swept, section: &mut Section<'_>) {
    let points = swept.points.iter().enumerate().take(DRAWN);
    let dots: Vec<Dot> = points.filter_map(|(number, point)| dot(swept, number, point)).collect();
    if dots.is_empty() {
        return section.paragraph("Of one of the two figures nothing was observed.");
    }
    let chart = plane(swept, dots);
    let note = "Each setting by its letter; thin lines are 95 % intervals, the dotted line joins \
                the front.";
    let (objective, promise) = (swept.objective.name(), swept.promise.name());
    let title = format!("{objective} against {promise}.");
    let heads = ["setting", "values", &objective, &promise, "standing"];
    let mut table = Table::new("The settings of this chart", &heads).words(&[1, 4]);
    for (place, point) in listed(swept) {
        table.row([
            letter(place),
            point.values.join(", "),
            shown(swept, 0, &point.figures[0]),
            shown(swept, 1, &point.figures[1]),
            point.front.word().to_owned(),
        ]);
    }
    section.figure(Chart::new("front", title, note, chart.draw()), &table);
}

/// Of one axis: each figure along it, with its interval.
pub fn along(swept: &Swept, section: &mut Section<'_>) {
    if swept.points.len() > DRAWN {
        return section.note("There are more steps along the axis than can be drawn.");
    }
    for place in 0..2 {
        let metric = &swept.metrics[place];
        let values = swept.points.iter().enumerate().map(|(at, point)| {
            let value = number(metric, point.figures[place].observed);
            (at as f64, value.unwrap_or(f64::NAN))
        });
        let line: Vec<(f64, f64)> = values.collect();
        let band = |pick: fn((f64, f64)) -> f64| {
            let each = swept.points.iter().enumerate();
            each.filter_map(|(at, point)| {
                let ends = ends(metric, point.figures[place].interval)?;
                Some((at as f64, pick(ends)))
            })
            .collect::<Vec<_>>()
        };
        let (high, low) = (band(|(_, high)| high), band(|(low, _)| low));
        let band: Vec<(f64, f64)> = high.into_iter().chain(low.into_iter().rev()).collect();
        let all: Vec<f64> =
            line.iter().chain(&band).map(|(_, y)| *y).filter(|y| y.is_finite()).collect();
        if all.is_empty() {
            continue;
        }
        let each = swept.points.len().div_ceil(12).max(1);
        let ticks = swept.points.iter().enumerate().step_by(each);
        let last = (swept.points.len().max(2) - 1) as f64;
        let chart = Curves {
            x: Axis {
                title: swept.axes[0].clone(),
                ends: (-0.3, last + 0.3),
                ticks: ticks.map(|(at, point)| (at as f64, point.values[0].clone())).collect(),
            },
            y: axis(named(swept, metric), &all),
            lines: vec![Line { name: metric.name(), points: line, band, is_dotted: true }],
            marks: Vec::new(),
        };
        let title = format!("{} along {}.", metric.name(), swept.axes[0]);
        let chart = Chart::new(
            format!("along-{place}"),
            title,
            "The band is the 95 % interval.",
            chart.draw(),
        );
        section.figure(chart, &one_figure(swept, place));
    }
}

fn one_figure(swept: &Swept, place: usize) -> Table {
    let metric = &swept.metrics[place];
    let heads = ["setting", "values", &metric.name(), "95 % interval"];
    let mut table = Table::new(format!("{} by setting", metric.name()), &heads).words(&[1]);
    for (number, point) in listed(swept) {
        let figure = &point.figures[place];
        table.row([
            letter(number),
            point.values.join(", "),
            shown(swept, place, figure),
            figure.interval.map_or_else(String::new, |one| interval(metric.unit(), &one)),
        ]);
    }
    table
}

/// Of two axes: each figure as a grid.
pub fn grids(swept: &Swept, section: &mut Section<'_>) {
    let values = |axis: usize| {
        let mut seen: Vec<String> = Vec::new();
        for point in &swept.points {
            if !seen.contains(&point.values[axis]) {
                seen.push(point.values[axis].clone());
            }
        }
        seen
    };
    let (down, across) = (values(0), values(1));
    if across.len() > CELLS.0 || down.len() > CELLS.1 {
        return section.note("The grid has more cells than can be read.");
    }
    for place in 0..2 {
        let metric = &swept.metrics[place];
        let mut cells = Vec::new();
        for own in &down {
            for other in &across {
                let point =
                    swept.points.iter().find(|one| one.values == [own.clone(), other.clone()]);
                cells.push(match point {
                    None => (None, String::new(), false),
                    Some(point) => {
                        let figure = &point.figures[place];
                        let is_best = place == 0 && point.can_be_best;
                        let star = if is_best { "* " } else { "" };
                        let value = number(metric, figure.observed);
                        (value, format!("{star}{}", brief(metric, figure.observed)), is_best)
                    }
                });
            }
        }
        let heat = Heat {
            across: (swept.axes[1].clone(), across.clone()),
            down: (swept.axes[0].clone(), down.clone()),
            cells: cells.clone(),
        };
        let name = metric.name();
        let note = match place {
            0 => "The stronger the blue, the more; * in a frame: can still be the best.",
            _ => "The stronger the blue, the more.",
        };
        let title = format!(
            "{}: {} downwards, {} across.",
            named(swept, metric),
            swept.axes[0],
            swept.axes[1]
        );
        let mut table = Table::new(
            format!("{name}: {} downwards, {} across", swept.axes[0], swept.axes[1]),
            &[vec![swept.axes[0].clone()], across.clone()].concat(),
        );
        for (row, own) in down.iter().enumerate() {
            let values = cells.iter().skip(row * across.len()).take(across.len());
            let cells = values.map(|(_, shown, _)| shown.clone());
            table.row([own.clone()].into_iter().chain(cells));
        }
        section.figure(Chart::new(format!("grid-{place}"), title, note, heat.draw()), &table);
    }
}

/// Short enough for a cell.
fn brief(metric: &Metric, observed: Observed) -> String {
    match (metric.unit(), observed.value()) {
        (Unit::Money | Unit::Count | Unit::Hours, Some(value)) => {
            short(scaled(metric, value as f64))
        }
        (Unit::Percent, Some(value)) => Percent(value).short(),
        (Unit::Duration, Some(_)) | (_, None) => plain(metric.unit(), observed),
    }
}

/// By how much each value by itself moves the objective, the key that moves it most first.
pub fn swings(swept: &Swept, section: &mut Section<'_>) {
    let metric = &swept.objective;
    let is_up = Direction::of(metric) == Direction::Up;
    let heads = ["key", "value", "difference", "95 % interval"];
    let caption = format!("{} against the scenario as it is", named(swept, metric));
    let mut table = Table::new(caption, &heads).words(&[0, 1]);
    let mut rows = Vec::new();
    for swing in swept.swings() {
        let Some(difference) = swing.difference else { continue };
        let (axis, value) =
            (&swept.axes[swing.axis], &swept.points[swing.point].values[swing.axis]);
        let mark = if swept.assumed[0] && difference != 0 { "≈" } else { "" };
        let shown = format!("{mark}{}", signed(metric.unit(), difference));
        let interval = difference_interval(metric.unit(), &swing.interval);
        table.row([axis.clone(), value.clone(), shown.clone(), interval]);
        rows.push(Bar {
            name: format!("{axis} = {value}"),
            value: scaled(metric, difference as f64),
            shown,
            colour: if (difference > 0) == is_up { 1 } else { 2 },
        });
    }
    if rows.is_empty() || rows.len() > BOXES {
        return;
    }
    let title = format!("{}: each value by itself.", metric.name());
    let note = "Against the scenario as it is; the key that moves it most comes first.";
    section.figure(Chart::new("swings", title, note, bars(&rows)), &table);
}

/// What single replications say of the objective and the promise, beside the estimate.
pub fn spread(swept: &Swept, section: &mut Section<'_>) {
    if swept.replications < 2 || swept.points.len() > BOXES {
        return;
    }
    for place in 0..2 {
        let metric = &swept.metrics[place];
        let rows: Vec<BoxRow> = (0..swept.points.len())
            .filter_map(|point| {
                let one = &swept.points[point];
                let five = five(&mut one.each(place), metric)?;
                let value = number(metric, one.figures[place].observed);
                let ends = ends(metric, one.figures[place].interval);
                let name = format!("{}  {}", letter(point), one.values.join(", "));
                let estimate = value.zip(ends).map(|(value, (low, high))| [low, value, high]);
                Some(BoxRow {
                    name,
                    five,
                    estimate,
                    shown: shown(swept, place, &one.figures[place]),
                })
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let heads = ["setting", "least", "a quarter", "middle", "three quarters", "most"];
        let caption = format!("{}: what single replications say", named(swept, metric));
        let mut table = Table::new(caption, &heads);
        for row in &rows {
            let cells = row.five.map(|value| format!("{value:.2}"));
            table.row([row.name.clone()].into_iter().chain(cells));
        }
        let note = "Line: from the least to the most replication; box: the middle half, with the \
                    middle one; diamond: the estimate with its 95 % interval.";
        let title = format!("{} over replications.", metric.name());
        let svg = boxes(&rows, &named(swept, metric));
        section.figure(Chart::new(format!("boxes-{place}"), title, note, svg), &table);
    }
}

/// The least, the quarters and the most, by nearest rank.
fn five(values: &mut [f64], metric: &Metric) -> Option<[f64; 5]> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |quarters: usize| scaled(metric, values[(last * quarters + 2) / 4]);
    Some([0, 1, 2, 3, 4].map(at))
}
