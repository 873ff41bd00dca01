//! Reads a file of counts: rows of time and count, whatever their notation, become closed steps in the order in which they arrived.

mod figure;
mod grid;
pub mod instant;
mod lines;
mod rows;
mod scale;
mod source;
mod steps;

pub use grid::is_step;
pub use scale::Scale;
pub use source::Position;
pub use steps::{Arrival, Facts, Steps};

use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Which columns hold what, where it is not the first and the second.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Name of the column of times.
    pub time: Option<String>,
    /// Name of the column of counts.
    pub count: Option<String>,
}

/// A file of counts and how to read it.
#[derive(Debug, Clone)]
pub struct Input {
    /// Path of the file, `-` for standard input.
    pub path: PathBuf,
    /// Names of columns.
    pub columns: Columns,
    /// Length of a step in seconds; `None` finds it from the rows.
    pub step_s: Option<u32>,
    /// Zone in which times without an offset are read.
    pub zone: TimeZone,
}

/// What is wrong with a file, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {what}", place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
pub struct InputError {
    file: String,
    /// Line and byte column, from 1.
    place: Option<(u64, usize)>,
    what: String,
}

impl InputError {
    pub(crate) fn at(file: &str, line: u64, column: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            place: Some((line, column)),
            what: what.into(),
        }
    }

    pub(crate) fn whole(file: &str, what: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            place: None,
            what: what.into(),
        }
    }
}

impl Input {
    /// Opens the file, reads its first rows and decides how to read the rest.
    ///
    /// # Errors
    /// The file cannot be read, has no header, or its first rows make no sense.
    pub fn open(&self) -> Result<Steps, InputError> {
        let file = if self.path.as_os_str() == "-" {
            "standard input".into()
        } else {
            self.path.display().to_string()
        };
        let opened = source::open(&self.path);
        let (reader, position) =
            opened.map_err(|error| InputError::whole(&file, format!("cannot read it: {error}; check --input")))?;
        let rows = rows::Rows::open(&file, reader, &self.columns, self.zone.clone())?;
        Steps::start(file, rows, position, self.step_s)
    }
}

/// A field as an error shows it: quoted, printable, at most 40 characters.
pub(crate) fn quoted(text: &[u8]) -> String {
    const SHOWN: usize = 40;
    let shown = text[..text.len().min(SHOWN)].escape_ascii();
    let more = if text.len() > SHOWN { "..." } else { "" };
    format!("\"{shown}{more}\"")
}

#[cfg(test)]
mod tests;
