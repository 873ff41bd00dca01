//! Decisions: the states of a heartbeat, its alarms and the reasons for them.

pub mod alarm;
pub mod state;
pub mod watch;

pub use alarm::{Alarm, AlarmKind};
pub use state::{Reason, Shortfall, State};
pub use watch::{Change, Verdict, Watch};
