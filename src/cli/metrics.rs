//! `metrics`: what expectations can be about.

use crate::report::metrics::list;

use super::args::MetricsArgs;
use super::exit::{Error, Exit};
use super::stdout::print;

/// Prints every metric with unit and meaning, or those whose name has a part.
///
/// # Errors
/// If no metric's name has it.
pub fn metrics(args: &MetricsArgs) -> Result<Exit, Error> {
    let text = list(args.part.as_deref());
    if let (Some(part), true) = (&args.part, text.is_empty()) {
        return Err(Error::new(format!("no metric has `{part}` in its name"))
            .hint("`stopsim metrics` lists all"));
    }
    print(text)?;
    Ok(Exit::Held)
}
