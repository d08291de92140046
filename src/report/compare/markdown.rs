//! A comparison for a pull request.

use std::io::{self, Write};

use super::super::number::grouped;
use super::{Compared, Comparison, Word};

/// Writes it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write(mut out: impl Write, compared: &Compared) -> io::Result<()> {
    for comparison in &compared.comparisons {
        one(&mut out, compared, comparison)?;
    }
    let n = grouped(u64::from(compared.replications));
    let (from, to) = &compared.window;
    writeln!(
        out,
        "{n} replications with the same luck for all, seed {}, {from} to {to}; money in {}. \
         `{}`",
        compared.seed,
        text(&compared.currency),
        compared.command.replace('`', "'"),
    )
}

fn one(out: &mut impl Write, compared: &Compared, comparison: &Comparison) -> io::Result<()> {
    let (name, base) = (text(&comparison.name), text(&compared.base));
    writeln!(out, "### {name} against {base}\n")?;
    if !comparison.has_one_environment() {
        writeln!(out, "> The environment is another one: this is no comparison of policies.\n")?;
    }
    for judged in &comparison.judged {
        let sign = match judged.holds {
            Some(true) => "✅",
            Some(false) => "❌",
            None => "❔",
        };
        writeln!(out, "* {sign} {}: {}", text(&judged.text), text(&judged.found))?;
    }
    if !comparison.judged.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "| figure | {base} | {name} | difference | 95 % interval | |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | --- | --- |")?;
    for row in compared.shown.iter().filter_map(|metric| comparison.row(metric)) {
        let word = match row.word() {
            Word::Better => "**better**",
            Word::Worse => "**worse**",
            word @ (Word::More | Word::Less | Word::Same | Word::Undecided | Word::Observed) => {
                word.word()
            }
        };
        writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {word} |",
            row.name,
            row.base_shown(),
            row.other_shown(),
            row.difference_shown(),
            row.interval_shown(),
        )?;
    }
    writeln!(out)?;
    if comparison.changes.is_empty() {
        return writeln!(out, "The scenarios say the same.\n");
    }
    writeln!(out, "<details><summary>What the scenario says otherwise</summary>\n")?;
    for change in &comparison.changes {
        let said = |one: &Option<String>| one.clone().unwrap_or_else(|| "(default)".to_owned());
        let (path, before, after) = (&change.path, said(&change.base), said(&change.other));
        writeln!(out, "* {}: {} → {}", text(path), text(&before), text(&after))?;
    }
    writeln!(out, "\n</details>\n")
}

/// Text of a scenario as text: nothing in it is markup.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '<'
            | '>' | '~' | '&' | '@' => out.extend(['\\', c]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scenario_is_called_is_never_markup() {
        assert_eq!(text("a|b<img>\n@me"), r"a\|b\<img\> \@me");
    }
}
