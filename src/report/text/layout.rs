//! Lines, headings and tables of the screen.
//!
//! Widths are counted in characters, every one of which is one column wide; no line ends in
//! blanks.

/// Columns of the screen.
pub const WIDTH: usize = 100;

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

    /// One line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref().trim_end());
        self.text.push('\n');
    }

    /// An empty line, a heading, and what the section is about behind it.
    pub fn heading(&mut self, title: &str, note: &str) {
        self.text.push('\n');
        self.line(if note.is_empty() { title.to_owned() } else { format!("{title}  {note}") });
    }

    /// A line of a section, wrapped at blanks; what follows is indented `hanging` columns more.
    pub fn wrapped(&mut self, hanging: usize, text: &str) {
        let mut line = String::from(" ");
        for word in text.split(' ') {
            let is_new = line.trim().is_empty();
            if !is_new && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line = " ".repeat(hanging + 1);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A table: columns two blanks apart, indented by two.
    pub fn table(&mut self, flush: &[Flush], rows: &[Vec<String>]) {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..flush.len()).map(width).collect();
        for row in rows {
            let mut line = String::new();
            for ((cell, width), flush) in row.iter().zip(&widths).zip(flush) {
                if *width == 0 {
                    continue;
                }
                line.push_str("  ");
                let pad = " ".repeat(width - cell.chars().count());
                match flush {
                    Flush::Left => line.extend([cell.as_str(), &pad]),
                    Flush::Right => line.extend([&pad, cell.as_str()]),
                }
            }
            self.line(&line);
        }
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
    fn instance_hours_have_one_decimal() {
        assert_eq!(hours(4_444_200_000_000), "1 234.5");
        assert_eq!(hours(0), "0.0");
    }
}
