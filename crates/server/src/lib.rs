//! The process around the decisions: files, zones, calendars, the command line, and what people read.

pub mod assess;
pub mod backtest;
pub mod cli;
pub mod holidays;
pub mod input;
pub mod picture;
pub mod wording;
pub mod zone;
