//! `catalogue`: what the modelled API may answer, why, and how a scenario reaches it.

use std::fmt::Write as _;

use crate::ecs::operation::OperationName;
use crate::ecs::refusal::Refusal;

use super::args::CatalogueArgs;
use super::exit::{Error, Exit};
use super::stdout::print;

/// Columns of the text.
const WIDTH: usize = 100;

/// Prints every row, by operation.
///
/// # Errors
/// If there is no such operation.
pub fn catalogue(args: &CatalogueArgs) -> Result<Exit, Error> {
    let operations = match &args.operation {
        None => OperationName::ALL.to_vec(),
        Some(name) => vec![OperationName::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = OperationName::ALL.iter().map(|o| o.name()).collect();
            Error::new(format!("there is no operation `{name}`"))
                .hint(format!("the operations are {}", known.join(", ")))
        })?],
    };
    let mut text = String::new();
    for operation in operations {
        for refusal in Refusal::ALL {
            if refusal.row().operations.contains(&operation) {
                describe(operation, *refusal, &mut text);
            }
        }
    }
    print(text)?;
    Ok(Exit::Held)
}

fn describe(operation: OperationName, refusal: Refusal, text: &mut String) {
    let row = refusal.row();
    let heading = format!("{operation}  {}  {}", row.http, row.code);
    writeln!(text, "{heading}").expect("strings take all");
    let source = format!("{} ({})", row.source, row.source_date);
    for (name, content) in [
        ("message", row.message),
        ("cause", row.cause),
        ("reached by", row.reached_by),
        ("source", &source),
    ] {
        wrap(name, content, text);
    }
    text.push('\n');
}

/// `    cause       The words of it,` with further lines below the first word.
fn wrap(name: &str, content: &str, text: &mut String) {
    let mut line = format!("    {name:10}");
    for word in content.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(14);
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_operation_has_its_four_lines_within_the_width() {
        let mut text = String::new();
        for operation in OperationName::ALL {
            for refusal in Refusal::ALL {
                describe(*operation, *refusal, &mut text);
            }
        }
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
            for name in ["message", "cause", "reached by", "source"] {
                let line = block.lines().find(|line| line.trim_start().starts_with(name));
                assert!(line.is_some_and(|line| line.trim() != name), "no {name} in {block}");
            }
        }
    }
}
