//! What a person states about one heartbeat before it is judged.

/// How many false alarms a person accepts, over all time scales of one series together.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Budget {
    /// Alarms accepted per `per_s` seconds.
    pub alarms: f64,
    /// The span those alarms are counted over, in seconds.
    pub per_s: f64,
}

impl Budget {
    /// One false alarm in 365 days, the default.
    pub const ONE_A_YEAR: Self = Self {
        alarms: 1.0,
        per_s: 365.0 * 86_400.0,
    };

    /// The mean time between two false alarms, in seconds.
    pub fn mean_time_between_s(&self) -> f64 {
        self.per_s / self.alarms
    }
}

/// What is known of one step of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum Reading {
    /// No trustworthy count: never read as zero.
    Missing,
    /// The outcomes counted in the step; a zero is a zero.
    Count {
        /// Outcomes counted.
        count: u64,
        /// Share of the sources that were complete for the step, in (0, 1]; what is expected is scaled by it.
        coverage: f64,
    },
}

impl Reading {
    /// A count that all sources contributed to.
    pub fn complete(count: u64) -> Self {
        Self::Count { count, coverage: 1.0 }
    }
}

/// The settings of one series.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Settings {
    /// Length of a step in seconds, 1 to 3600; a divisor or a multiple of 60.
    pub step_s: u32,
    /// The false-alarm budget over all scales together.
    pub budget: Budget,
    /// An abrupt drop at least this deep (share of what is expected, 0 to 1) is *lost*; a shallower one is *depressed*.
    pub lost_depth_min: f64,
    /// No verdict is given on a window in which fewer outcomes than this are expected.
    pub expected_min: f64,
    /// Silence is declared this many seconds after the last complete step (2.5 steps, where that is longer).
    pub silent_after_s: u32,
    /// "Feed late" is shown, and nobody told, this many seconds after the last complete step (1.5 steps, where that is longer).
    pub late_after_s: u32,
}

impl Settings {
    /// The defaults for a step of `step_s` seconds.
    pub fn with_step(step_s: u32) -> Self {
        Self {
            step_s,
            budget: Budget::ONE_A_YEAR,
            lost_depth_min: 0.20,
            expected_min: 4.0,
            silent_after_s: 25,
            late_after_s: 5,
        }
    }
}
