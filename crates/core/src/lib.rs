//! Decisions: the states of a heartbeat, its alarms and the reasons for them.

pub mod alarm;
pub mod assess;
pub mod state;
pub mod watch;

pub use alarm::{Alarm, AlarmKind};
pub use assess::{Assessment, DetectabilityRow, Finding, Fitness, Time};
pub use state::{Reason, Shortfall, State};
pub use watch::{Change, Verdict, Watch};
