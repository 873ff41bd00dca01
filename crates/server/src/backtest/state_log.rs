//! Each change of state as a line of JSON, at the instant at which it was said.

use anyhow::Context;
use pulsecheck_core::{Change, Watch};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the changes of state of one watch.
pub struct StateLog {
    path: PathBuf,
    writer: BufWriter<File>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: i64,
    state: &'a str,
    reason: String,
}

impl StateLog {
    /// Starts the file at `path` anew.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path: path.into(),
            writer: BufWriter::new(file),
        })
    }

    /// Writes the state in which the watch begins, at the instant of the first row.
    pub(super) fn begin(&mut self, at: i64, watch: &Watch) -> anyhow::Result<()> {
        let (state, reason) = watch.state();
        self.write(&Change { at, state, reason })
    }

    /// Writes what changed.
    pub(super) fn tell(&mut self, changes: &[Change]) -> anyhow::Result<()> {
        changes.iter().try_for_each(|change| self.write(change))
    }

    fn write(&mut self, change: &Change) -> anyhow::Result<()> {
        let line = Line {
            at: change.at,
            state: change.state.word(),
            reason: change.reason.to_string(),
        };
        let written = serde_json::to_writer(&mut self.writer, &line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.writer.write_all(b"\n"));
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        self.writer
            .flush()
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}
