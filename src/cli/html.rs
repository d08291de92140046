//! `--html` and `--charts`: the page of what was run, and its charts, as files.

use std::io::Write as _;

use crate::report::html::{Chart, Page};

use super::args::PageArgs;
use super::exit::Error;
use super::files::{Kind, PageFile, Parcel, is_free_directory};
use super::stdout::complain;

/// Where a page and its charts are to be put, if they are wanted.
#[derive(Debug)]
pub struct Claimed<'a> {
    args: &'a PageArgs,
    file: Option<PageFile>,
}

/// Looks whether they can be put there, before anything is run.
///
/// # Errors
/// If they cannot.
pub fn claim(args: &PageArgs) -> Result<Claimed<'_>, Error> {
    let file = args.html.as_deref().map(|path| PageFile::claim(Kind::Page, path)).transpose()?;
    args.charts.as_deref().map(is_free_directory).transpose()?;
    Ok(Claimed { args, file })
}

impl Claimed<'_> {
    /// Whether anything is to be put anywhere.
    pub fn is_wanted(&self) -> bool {
        self.file.is_some() || self.args.charts.is_some()
    }

    /// Puts the page and its charts there.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn put(&self, page: impl FnOnce() -> Page) -> Result<(), Error> {
        if !self.is_wanted() {
            return Ok(());
        }
        let page = page();
        if let (Some(path), Some(file)) = (&self.args.html, &self.file) {
            file.write(&page.finish())?;
            complain(format!("page written to {}", path.display()));
        }
        if let Some(directory) = &self.args.charts {
            let name = |chart: &Chart| format!("{}.svg", chart.name);
            let parcel = Parcel::new(directory, page.charts().iter().map(name).collect())?;
            for chart in page.charts() {
                let file = parcel.file(&name(chart))?;
                file.fill(|out| out.write_all(chart.file().as_bytes()))?;
            }
            parcel.publish()?;
            complain(format!("charts written to {}", directory.display()));
        }
        Ok(())
    }
}
