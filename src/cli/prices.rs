//! `prices`: the list prices that the program knows, with region, source and date.

use std::fmt::Write as _;

use crate::ecs::price::{OTHER_PRICES, PRICES};

use super::args::PricesArgs;
use super::exit::{Error, Exit};
use super::stdout::print;

/// A line: region, what, rate, currency and unit, source and date.
type Line = (&'static str, String, String, String, String);

/// Lists every price, or those of a region or of names that hold a word.
///
/// # Errors
/// If none is known of that region or name.
pub fn prices(args: &PricesArgs) -> Result<Exit, Error> {
    let is_of = |region: &str| args.region.as_deref().is_none_or(|wanted| wanted == region);
    let has = |name: &str| args.name.as_deref().is_none_or(|word| name.contains(word));
    let lines: Vec<Line> = all().filter(|line| is_of(line.0) && has(&line.1)).collect();
    if lines.is_empty() {
        let mut regions: Vec<&str> = all().map(|line| line.0).collect();
        regions.sort_unstable();
        regions.dedup();
        let error = Error::new("no such price is known");
        return Err(error.hint(format!("the regions are {}", regions.join(", "))));
    }
    print(table(&lines))?;
    Ok(Exit::Held)
}

/// Types first, by type and region, then what else has a price.
fn all() -> impl Iterator<Item = Line> {
    let types = PRICES.iter().map(|price| {
        let unit = format!("{}/h", price.currency);
        let source = format!("{} ({})", price.source, price.date);
        (price.region, price.facts.name.to_owned(), price.rate.to_string(), unit, source)
    });
    let others = OTHER_PRICES.iter().map(|price| {
        let name = format!("{}: {}", price.component.name(), price.what);
        let unit = format!("{}/h per {}", price.currency, price.per);
        let source = format!("{} ({})", price.source, price.date);
        (price.region, name, price.rate.to_string(), unit, source)
    });
    types.chain(others)
}

fn table(lines: &[Line]) -> String {
    let wide = |of: fn(&Line) -> &str| {
        lines.iter().map(|line| of(line).chars().count()).max().unwrap_or_default()
    };
    let (region, name) = (wide(|line| line.0), wide(|line| &line.1));
    let (rate, unit) = (wide(|line| &line.2), wide(|line| &line.3));
    let mut text = String::new();
    for line in lines {
        writeln!(
            text,
            "{:region$}  {:name$}  {:>rate$} {:unit$}  {}",
            line.0, line.1, line.2, line.3, line.4
        )
        .expect("strings take all");
    }
    text
}
