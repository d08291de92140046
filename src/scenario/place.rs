//! Where a value was written: a span of a text, a cell of a CSV, a flag.
//!
//! A place is small and `Copy`, since every value of a scenario carries one; it never holds text.

use std::ops::Range;

/// Where a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// These bytes of a text (a scenario file, or a `--set` flag).
    Span {
        /// Which text.
        file: FileId,
        /// First byte.
        start: u32,
        /// One past the last byte.
        end: u32,
    },
    /// A cell of a CSV.
    Cell {
        /// Which CSV.
        file: FileId,
        /// Line of the record, from 1.
        line: u32,
        /// Column, from 0; none when the record as a whole is meant.
        column: Option<u16>,
    },
    /// A file as a whole: it could not be read, or lacks something.
    Whole(FileId),
}

/// A text or CSV that values came from; by default the scenario's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(u16);

/// The scenario as a whole.
impl Default for Place {
    fn default() -> Place {
        Place::Whole(FileId(0))
    }
}

impl Place {
    /// These bytes of a text.
    pub fn span(file: FileId, bytes: Range<usize>) -> Place {
        let byte = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Place::Span { file, start: byte(bytes.start), end: byte(bytes.end) }
    }

    /// The text or CSV it lies in.
    pub fn file(self) -> FileId {
        match self {
            Place::Span { file, .. } | Place::Cell { file, .. } | Place::Whole(file) => file,
        }
    }
}

/// One text or CSV.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path as the scenario's own was given, or `--set`.
    pub name: String,
    /// Its text; empty for a CSV, which is streamed and not kept.
    pub text: String,
    /// The columns of a CSV.
    pub columns: Vec<String>,
}

/// Every text and CSV that a scenario is made of, in the order they were opened.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<SourceFile>,
}

/// Most texts and CSVs one scenario may be made of.
pub const FILES_MAX: usize = 4_096;

impl Files {
    /// Adds a text; none if there are [`FILES_MAX`] already.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> Option<FileId> {
        if self.files.len() >= FILES_MAX {
            return None;
        }
        let id = FileId(u16::try_from(self.files.len()).expect("FILES_MAX fits in 16 bits"));
        let (name, text) = (name.into(), text.into());
        self.files.push(SourceFile { name, text, columns: vec![] });
        Some(id)
    }

    /// The file that was opened first: the scenario itself.
    pub fn first(&self) -> FileId {
        FileId(0)
    }

    /// The text or CSV with this id.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[usize::from(id.0)]
    }

    /// Gives a file its text.
    pub fn set_text(&mut self, id: FileId, text: String) {
        self.files[usize::from(id.0)].text = text;
    }

    /// Names the columns of a CSV.
    pub fn set_columns(&mut self, id: FileId, columns: Vec<String>) {
        self.files[usize::from(id.0)].columns = columns;
    }

    /// Line and column (in characters) of a place, both from 1.
    pub fn line_and_column(&self, place: Place) -> (usize, usize) {
        match place {
            Place::Span { file, start, .. } => {
                let text = &self.get(file).text;
                let before = text.get(..start as usize).unwrap_or(text);
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
            }
            Place::Cell { line, column, .. } => {
                (line as usize, column.map_or(1, |c| usize::from(c) + 1))
            }
            Place::Whole(_) => (1, 1),
        }
    }
}
