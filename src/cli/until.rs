//! `--until "METRIC ± AMOUNT"`.

use crate::report::until::{LEAST, Until};
use crate::sim::plan::Plan;

use super::args::UntilArgs;
use super::compare::metric;
use super::exit::Error;

/// How narrow which interval is to be.
///
/// # Errors
/// If that is said of no metric, or of an amount that is none.
pub fn until(text: &str, plan: &Plan) -> Result<Until, Error> {
    let wrong = |error| {
        Error::new(format!("--until {text:?}: {error}"))
            .hint("such as \"saving.net ± 2%\" or \"restart.good_waves ± 1%\"")
    };
    let (name, amount) = Until::parts(text).map_err(wrong)?;
    let metric = metric("--until", name, plan)?;
    Until::new(text, metric, amount).map_err(wrong)
}

/// After how many replications it is looked at first.
pub fn first_look(args: &UntilArgs, replications: u32) -> u32 {
    replications.clamp(LEAST, args.at_most)
}

/// The words of a line that goes on as long, `first` being how many replications were asked for.
pub fn words(text: &str, args: &UntilArgs, first: Option<u32>) -> Vec<String> {
    let at_most = args.at_most.to_string();
    let mut words = ["--until", text, "--at-most", &at_most].map(str::to_owned).to_vec();
    words.extend(first.into_iter().flat_map(|n| ["--replications".to_owned(), n.to_string()]));
    words
}
