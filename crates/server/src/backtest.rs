//! Plays a file of counts through a watch and tells what would have been said, when, and why.

pub mod alarm_lines;
mod cells;
mod labels;
mod progress;
mod replay;
pub mod score;
mod scorecard;
mod state_log;
mod table;

pub use labels::{Label, LabelError, Labels, read as read_labels};
pub use progress::Progress;
pub use replay::{Replay, Witness, replay};
pub use score::{KindScore, Score};
pub use state_log::StateLog;
pub(crate) use table::word;
pub use table::{Report, write_text};
