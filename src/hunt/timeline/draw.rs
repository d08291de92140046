//! Items on the screen: a column a lane, or marks and a legend where there are many.

use crate::ecs::instance::Status;
use crate::report::text::layout::span;
use crate::sim::plan::Plan;
use crate::units::{SimDuration, SimTime};

use super::record::{Item, Stand, Step};
use super::words::{LEGEND, time_of_day};
use super::{Asked, LANES_WIDE, WIDTH};

/// Columns of the time, and of the blanks after each column.
const TIME: usize = 12;
const GAP: usize = 2;
/// Columns of what an instance's lane begins with: wanted, state, a blank; a controller's has as
/// many.
const GUTTER: usize = 3;
/// A pause that is shown as one.
const PAUSE: SimDuration = SimDuration::from_mins(10);
/// Columns of a lane with marks.
const NARROW: usize = 5;

/// The letters of lanes with marks.
const LETTERS: &[u8; super::LANES_MAX] = b"abcdefghijkl";

/// Lines of the timeline, with head and legend.
pub fn draw(plan: &Plan, asked: &Asked, items: &[Item]) -> String {
    let lanes = &asked.lanes;
    let controllers = lanes.controllers.iter();
    let mut names: Vec<String> =
        controllers.map(|place| plan.controllers[usize::from(*place)].name.clone()).collect();
    names.extend(lanes.instances.iter().map(|one| plan.region.instance_name(*one)));
    let drawing = Drawing { plan, names, is_wide: lanes.count() <= LANES_WIDE };
    let mut lines = drawing.rows(items);
    if items.is_empty() {
        lines.push("nothing happened in these lanes in this time".to_owned());
    }
    if let Some(most) = asked.most
        && lines.len() > most
    {
        // What led to it, and what came of it: the end is longer.
        let (first, last) = (most / 3, most - most / 3 - 1);
        let left = lines.len() - first - last;
        lines.splice(first..first + left, [format!("{:TIME$}  … {left} more lines", "")]);
    }
    let mut text = drawing.head();
    for line in lines {
        text += line.trim_end();
        text.push('\n');
    }
    text + &drawing.legend(!lanes.instances.is_empty())
}

/// What is the same on all lines.
struct Drawing<'a> {
    plan: &'a Plan,
    names: Vec<String>,
    is_wide: bool,
}

/// What stands in one row.
struct Row<'i> {
    at: SimTime,
    over_all: Option<&'i Item>,
    cells: Vec<Option<&'i Item>>,
    stands: &'i [Stand],
}

impl Drawing<'_> {
    fn lane_width(&self) -> usize {
        match self.is_wide {
            true => (WIDTH - TIME - GAP * self.names.len()) / self.names.len().max(1),
            false => NARROW,
        }
    }

    fn head(&self) -> String {
        let mut text = String::new();
        if self.is_wide {
            let width = self.lane_width();
            let mut names = format!("{:TIME$}", "");
            let mut rule = "-".repeat(TIME);
            for name in &self.names {
                names += &format!("  {:width$}", cut(name, width));
                rule += &format!("  {}", "-".repeat(width));
            }
            text.extend([names.trim_end(), "\n", &rule, "\n"]);
            return text;
        }
        let keys: Vec<String> =
            { self.names.iter().zip(LETTERS) }.map(|(name, key)| letter(*key, name)).collect();
        for line in wrap(&keys.join("  "), WIDTH) {
            text += &format!("{line}\n");
        }
        let mut head = format!("{:TIME$}", "");
        for (_, key) in self.names.iter().zip(LETTERS) {
            head += &format!("  {:width$}", char::from(*key), width = NARROW - GAP);
        }
        text + head.trim_end() + "\n"
    }

    fn legend(&self, has_instances: bool) -> String {
        let states = "+ wanted  - not wanted  █ Running  ▒ between  · Stopped  | at it\n";
        let marks = format!("{LEGEND}\n");
        if has_instances { format!("\n{states}{marks}") } else { format!("\n{marks}") }
    }

    fn rows(&self, items: &[Item]) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut day, mut before): (Option<i32>, Option<(SimTime, &[Stand])>) = (None, None);
        for row in self.merged(items) {
            if let Some((last, stands)) = before
                && row.at.since(last) >= PAUSE
            {
                let pause = span(u128::from(row.at.since(last).as_micros()));
                lines.push(self.line(&format!("{pause:>TIME$}"), stands, &[]));
            }
            let today = self.plan.clock.civil_day(row.at);
            if day != Some(today) {
                let (weekday, date) =
                    (self.plan.clock.weekday_text(today), self.plan.clock.date_text(today));
                lines.push(format!("{weekday} {date}"));
                day = Some(today);
            }
            let is_new = before.is_none_or(|(last, _)| last != row.at);
            let time = match is_new {
                true => time_of_day(self.plan, row.at),
                false => String::new(),
            };
            self.draw_row(&row, &time, &mut lines);
            before = Some((row.at, row.stands));
        }
        lines
    }

    /// Items of one instant that go from left to right share a row where there are columns; where
    /// there are marks, those that say the same, and a call that is handled when it is sent.
    fn merged<'i>(&self, items: &'i [Item]) -> Vec<Row<'i>> {
        let mut rows: Vec<Row<'i>> = Vec::new();
        for item in items {
            let free = |row: &Row<'_>| {
                let lane = item.lane.unwrap_or(0);
                let is_right = row.cells[lane..].iter().all(Option::is_none);
                let last = row.cells.iter().rev().flatten().next();
                let fits = self.is_wide || last.is_some_and(|last| go_together(last, item));
                row.at == item.at && row.over_all.is_none() && is_right && fits
            };
            match (rows.last_mut(), item.lane) {
                (Some(row), Some(lane)) if free(row) => {
                    row.cells[lane] = Some(item);
                    row.stands = &item.stands;
                }
                _ => {
                    let mut cells = vec![None; self.names.len()];
                    if let Some(lane) = item.lane {
                        cells[lane] = Some(item);
                    }
                    let over_all = item.lane.is_none().then_some(item);
                    rows.push(Row { at: item.at, over_all, cells, stands: &item.stands });
                }
            }
        }
        rows
    }

    fn draw_row(&self, row: &Row<'_>, time: &str, lines: &mut Vec<String>) {
        if let Some(item) = row.over_all {
            let text = format!("{} {}", item.mark, item.text);
            let room = WIDTH - TIME - GAP;
            for (place, part) in wrap(&text, room).into_iter().enumerate() {
                let time = if place == 0 { time } else { "" };
                let mut line = format!("{time:TIME$}  {part}");
                if item.mark == '✗' && place == 0 {
                    let left = WIDTH.saturating_sub(line.chars().count() + 1);
                    line.extend([" ", &"─".repeat(left)]);
                }
                lines.push(line);
            }
            return;
        }
        if !self.is_wide {
            return self.draw_marks(row, time, lines);
        }
        let room = self.lane_width() - GUTTER;
        let cells = row.cells.iter().map(|cell| match cell {
            Some(item) => wrap(&format!("{} {}", item.mark, item.text), room),
            None => Vec::new(),
        });
        let cells: Vec<Vec<String>> = cells.collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for place in 0..height {
            let time = if place == 0 { time } else { "" };
            let parts: Vec<&str> =
                cells.iter().map(|cell| cell.get(place).map_or("", String::as_str)).collect();
            lines.push(self.line(time, row.stands, &parts));
        }
    }

    /// A line with a column a lane.
    fn line(&self, time: &str, stands: &[Stand], parts: &[&str]) -> String {
        let mut line = format!("{time:TIME$}");
        let room = self.lane_width() - GUTTER.min(self.lane_width());
        for (place, stand) in stands.iter().enumerate() {
            let part = parts.get(place).copied().unwrap_or("");
            match self.is_wide {
                true => line += &format!("  {} {part:room$}", gutter(*stand)),
                false => line += &format!("  {} ", gutter(*stand)),
            }
        }
        line
    }

    /// A line with a mark in its lane, and words after all lanes.
    fn draw_marks(&self, row: &Row<'_>, time: &str, lines: &mut Vec<String>) {
        let cells = row.cells.iter().enumerate();
        let items: Vec<(usize, &Item)> =
            cells.filter_map(|(lane, cell)| Some((lane, (*cell)?))).collect();
        let Some((lane, item)) = items.first().copied() else { return };
        let mut line = format!("{time:TIME$}");
        for (stand, cell) in row.stands.iter().zip(&row.cells) {
            line += &format!("  {}{}", gutter(*stand), cell.map_or(' ', |item| item.mark));
        }
        let room = WIDTH - line.chars().count() - GAP;
        let words = match items.get(1) {
            // A call, and what was answered at once.
            Some((other, Item { call: Some(call), .. })) => letter(
                LETTERS[lane],
                &format!(
                    "{}  {}",
                    item.text,
                    letter(LETTERS[*other], &(call.answer.clone() + &call.more))
                ),
            ),
            _ => {
                let keys: Vec<String> =
                    items.iter().map(|(lane, _)| char::from(LETTERS[*lane]).to_string()).collect();
                format!("{} {}", keys.join(" "), item.text)
            }
        };
        for (place, part) in wrap(&words, room).into_iter().enumerate() {
            match place {
                0 => lines.push(format!("{line}  {part}")),
                _ => {
                    let blank = self.line("", row.stands, &[]);
                    let pad = line.chars().count() - blank.chars().count();
                    lines.push(format!("{blank}{:pad$}  {part}", ""));
                }
            }
        }
    }
}

fn letter(key: u8, text: &str) -> String {
    format!("{} {text}", char::from(key))
}

/// Whether two items of one instant are one line with marks.
fn go_together(one: &Item, next: &Item) -> bool {
    match (&one.call, &next.call) {
        (Some(sent), Some(handled)) => {
            (sent.step, handled.step) == (Step::Sent, Step::Handled) && sent.key == handled.key
        }
        (None, None) => one.mark == next.mark && one.text == next.text,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Two columns: what an instance is and is to be; whether a controller is at something.
fn gutter(stand: Stand) -> String {
    match stand {
        Stand::Controller(true) => "| ".to_owned(),
        Stand::Controller(false) => "  ".to_owned(),
        Stand::Instance(wanted, status) => {
            let wanted = wanted.map_or(' ', |wanted| if wanted { '+' } else { '-' });
            let is = match status {
                Status::Running => '█',
                Status::Stopped => '·',
                Status::Pending | Status::Starting | Status::Stopping => '▒',
                Status::Absent => ' ',
            };
            [wanted, is].iter().collect()
        }
    }
}

/// Parts of at most so many columns, broken at blanks where there are any; what follows the first
/// is indented by two.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(4);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let used = line.chars().count();
            let blank = usize::from(used > 0 && !line.ends_with("  "));
            if used + blank + word.chars().count() <= width {
                if blank == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            let is_bare = line.trim().is_empty();
            if is_bare {
                // A word that is too long for a line of its own.
                let room = width - used;
                let at = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
                line.push_str(&word[..at]);
                word = &word[at..];
            }
            lines.push(std::mem::replace(&mut line, "  ".to_owned()));
        }
    }
    lines.push(line);
    lines
}

/// The beginning of a text that is too long.
fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
