//! `report`: the page of a result that was written before.

use std::path::PathBuf;

use clap::Args;

use crate::report::html::folder_page;
use crate::scenario::Source as _;

use super::args::PageArgs;
use super::exit::{Error, Exit};
use super::files::ANY_FILE;
use super::html;

/// `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The directory of a result, as `run --out` wrote it.
    pub directory: PathBuf,
    /// Where the page is put.
    #[command(flatten)]
    pub page: PageArgs,
}

/// Reads the summary and makes its page.
///
/// # Errors
/// If there is none, it is of another version, or the page cannot be written.
pub fn report(args: &ReportArgs) -> Result<Exit, Error> {
    let claimed = html::claim(&args.page)?;
    if !claimed.is_wanted() {
        return Err(Error::new("there is nothing to write").hint("name a file with --html"));
    }
    let path = args.directory.join("summary.json");
    let shown = path.display().to_string();
    let cannot = |why: String| {
        Error::new(format!("cannot read {shown}"))
            .because(why)
            .hint("name the directory of a result that this version wrote with `run --out`")
    };
    let text = ANY_FILE.text(&shown).map_err(cannot)?;
    let page = folder_page(&text).map_err(|error| cannot(error.to_string()))?;
    claimed.put(|| page)?;
    Ok(Exit::Held)
}
