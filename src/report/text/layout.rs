//! Lines, headings and tables of the screen.
//!
//! Widths are counted in characters, every one of which is one column wide; no line ends in
//! blanks.

/// Columns of the screen.
pub const WIDTH: usize = 80;

/// The screen being written.
#[derive(Default)]
pub struct Screen {
    text: String,
}

/// Where a column of a table is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Screen {
    /// All of it so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// One line, broken at a blank where it is too long; what follows is indented by four more.
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref().trim_end();
        if columns(line) <= WIDTH {
            return self.whole(line);
        }
        let indent = columns(line) - columns(line.trim_start());
        self.broken(indent, indent + 4, line.trim_start());
    }

    /// A line that is not broken, whatever its length.
    fn whole(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line, a heading, and what the section is about behind it.
    pub fn heading(&mut self, title: &str, note: &str) {
        self.text.push('\n');
        self.line(if note.is_empty() { title.to_owned() } else { format!("{title}  {note}") });
    }

    /// A line of a section, wrapped at blanks; what follows is indented `hanging` columns more.
    pub fn wrapped(&mut self, hanging: usize, text: &str) {
        self.broken(2, hanging + 2, text);
    }

    /// A command of the shell, whose lines are joined by a backslash.
    pub fn command(&mut self, command: &str) {
        let mut line = String::from(" ");
        for word in command.split(' ') {
            if columns(&line) + 1 + columns(word) + 2 > WIDTH && !line.trim().is_empty() {
                self.whole(&format!("{line} \\"));
                line = String::from("     ");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.whole(&line);
    }

    fn broken(&mut self, first: usize, hanging: usize, text: &str) {
        let mut line = " ".repeat(first);
        let mut is_new = true;
        for word in text.split(' ') {
            if !is_new && columns(&line) + 1 + columns(word) > WIDTH {
                self.whole(&line);
                line = " ".repeat(hanging);
                is_new = true;
            }
            if !is_new {
                line.push(' ');
            }
            line.push_str(word);
            is_new = false;
        }
        self.whole(&line);
    }

    /// A table: columns two blanks apart, indented by two. Where it is wider than the screen, its
    /// widest column of words is cut.
    pub fn table(&mut self, flush: &[Flush], rows: &[Vec<String>]) {
        let mut widths = widths(flush.len(), rows);
        let excess = table_width(&widths).saturating_sub(WIDTH);
        let words = (0..flush.len()).filter(|column| flush[*column] == Flush::Left);
        if let Some(widest) = words.max_by_key(|column| widths[*column]) {
            widths[widest] -= excess.min(widths[widest].saturating_sub(LEAST_CUT));
        }
        for row in rows {
            let mut line = String::new();
            for ((cell, width), flush) in row.iter().zip(&widths).zip(flush) {
                if *width == 0 {
                    continue;
                }
                line.push_str("  ");
                let cell = cut(cell, *width);
                let pad = " ".repeat(width - columns(&cell));
                match flush {
                    Flush::Left => line.extend([cell.as_str(), &pad]),
                    Flush::Right => line.extend([&pad, cell.as_str()]),
                }
            }
            self.whole(&line);
        }
    }
}

/// No column of words is cut below this.
const LEAST_CUT: usize = 8;

fn columns(text: &str) -> usize {
    text.chars().count()
}

fn widths(columns_of: usize, rows: &[Vec<String>]) -> Vec<usize> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| columns(cell)).max().unwrap_or(0)
    };
    (0..columns_of).map(width).collect()
}

fn table_width(widths: &[usize]) -> usize {
    widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum()
}

/// Whether a table of these rows is no wider than the screen.
pub fn fits(columns_of: usize, rows: &[Vec<String>]) -> bool {
    table_width(&widths(columns_of, rows)) <= WIDTH
}

/// The beginning of a cell that is too long, with an ellipsis.
fn cut(cell: &str, width: usize) -> String {
    match cell.char_indices().nth(width) {
        Some(_) => cell.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => cell.to_owned(),
    }
}

/// A span for people, three significant figures or so: `250 ms`, `35.2 s`, `4m12s`, `1h05m`,
/// `2d03h`.
pub fn span(micros: u128) -> String {
    let seconds = (micros + 500_000) / 1_000_000;
    match micros {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{micros} us"),
        1_000..999_500 => format!("{} ms", (micros + 500) / 1_000),
        999_500..59_950_000 => {
            let tenths = (micros + 50_000) / 100_000;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ if seconds < 3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => {
            let minutes = (seconds + 30) / 60;
            format!("{}h{:02}m", minutes / 60, minutes % 60)
        }
        _ => {
            let hours = (seconds + 1_800) / 3_600;
            format!("{}d{:02}h", hours / 24, hours % 24)
        }
    }
}

/// Instance-hours for people, one decimal: `1 234.5`.
pub fn hours(instance_micros: i128) -> String {
    const TENTH: i128 = crate::units::time::MICROS_PER_HOUR as i128 / 10;
    let tenths = (instance_micros + TENTH / 2).div_euclid(TENTH);
    format!("{}.{}", super::grouped(tenths.div_euclid(10)), tenths.rem_euclid(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_short_and_in_a_unit_that_fits() {
        for (micros, text) in [
            (0, "0 s"),
            (999, "999 us"),
            (250_400, "250 ms"),
            (999_600, "1.0 s"),
            (35_240_000, "35.2 s"),
            (59_960_000, "1m00s"),
            (252_000_000, "4m12s"),
            (3_900_000_000, "1h05m"),
            (183_600_000_000, "2d03h"),
        ] {
            assert_eq!(span(micros), text, "{micros}");
        }
    }

    #[test]
    fn a_table_is_aligned_and_never_ends_in_blanks() {
        let mut screen = Screen::default();
        let rows = [["a", "1"], ["long", "1 234"]].map(|row| row.map(str::to_owned).to_vec());
        screen.table(&[Flush::Left, Flush::Right], &rows);
        assert_eq!(screen.as_str(), "  a         1\n  long  1 234\n");
    }

    #[test]
    fn a_long_line_goes_on_below_its_beginning() {
        let mut screen = Screen::default();
        screen.wrapped(4, &"word ".repeat(30));
        assert!(screen.as_str().lines().all(|line| line.chars().count() <= WIDTH));
        assert!(screen.as_str().lines().nth(1).unwrap().starts_with("      word"));
    }

    #[test]
    fn a_table_that_is_too_wide_is_cut_in_its_widest_words() {
        let mut screen = Screen::default();
        let row = ["short".to_owned(), "w".repeat(90), "1 234".to_owned()];
        screen.table(&[Flush::Left, Flush::Left, Flush::Right], &[row.to_vec()]);
        let line = screen.as_str().trim_end();
        assert_eq!(line.chars().count(), WIDTH);
        assert!(line.starts_with("  short  www") && line.ends_with("w…  1 234"), "{line}");
    }

    #[test]
    fn a_command_stays_one_command() {
        let mut screen = Screen::default();
        let command = format!("stopsim run {} --seed 1", "--set group.web.count=5 ".repeat(5));
        screen.command(command.trim_end());
        let text = screen.as_str();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let joined = text.replace("\\\n", "");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&joined), words(&command));
    }

    #[test]
    fn instance_hours_have_one_decimal() {
        assert_eq!(hours(4_444_200_000_000), "1 234.5");
        assert_eq!(hours(0), "0.0");
    }
}
