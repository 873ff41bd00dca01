//! One alarm from the moment people are told to its end: what `backtest` prints and an incident grows from.

use crate::state::Reason;

/// What kind of alarm it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum AlarmKind {
    /// Outcomes fell below what is expected.
    Drop,
    /// The counts stopped coming: we are blind.
    NoData,
}

impl AlarmKind {
    /// The word in the machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::NoData => "no_data",
        }
    }
}

/// One alarm. Times are Unix seconds; counts are in the unit of the series.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Alarm {
    /// When people were first told.
    pub fired_at: i64,
    /// When the end was seen; `None` while it lasts.
    pub recovered_at: Option<i64>,
    /// Drop or no data.
    pub kind: AlarmKind,
    /// When it counted as lost; `None` if it stayed depressed, or is no drop.
    pub lost_at: Option<i64>,
    /// Estimated first bad second.
    pub onset: i64,
    /// Expected outcomes from onset to the end (so far, while it lasts).
    pub expected: f64,
    /// Counted outcomes over the same span.
    pub actual: u64,
    /// Expected minus actual, not below zero.
    pub lost: f64,
    /// 90 % interval of `lost`.
    pub lost_interval: (f64, f64),
    /// Estimated share missing at the worst, 0 to 1.
    pub depth: f64,
    /// Length in seconds of the window that fired.
    pub scale_s: u32,
    /// Why it fired.
    pub reason: Reason,
}
