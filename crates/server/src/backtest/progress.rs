//! How far a file is read, shown where a person looks on.

use crate::input::Position;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// Steps between two looks at the position: about a hundred a second at full speed.
const EVERY: u64 = 1 << 15;

/// A bar on standard error; nothing at all where that is no terminal.
#[derive(Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar for a file, if a person looks on.
    pub fn start(position: &Position) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::default();
        }
        let bar = match position.size {
            Some(size) => ProgressBar::new(size).with_style(style("{wide_bar} {percent} % of {total_bytes}, {eta} to go")),
            None => ProgressBar::no_length().with_style(style("{spinner} {bytes} read")),
        };
        Self { bar: Some(bar) }
    }

    pub(super) fn at(&self, steps: u64, position: &Position) {
        if let Some(bar) = self.bar.as_ref().filter(|_| steps.is_multiple_of(EVERY)) {
            bar.set_position(position.bytes());
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
