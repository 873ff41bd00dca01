//! How a drop began: when, what showed it, and what it fell from.

/// An abrupt fall is at least this share of the least depth of a loss below the minutes before.
const CONTRAST: f64 = 0.8;

/// Expected and counted outcomes since the onset.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Totals {
    /// Expected outcomes.
    pub expected: f64,
    /// Counted outcomes.
    pub actual: u64,
}

/// What showed the drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum Cause {
    /// A window far below its forecast.
    Step,
    /// A fall over a few minutes.
    Ramp,
    /// A fall over tens of minutes or hours.
    BrownOut,
}

/// How an episode began.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Start {
    /// Estimated first bad second, Unix.
    pub onset: i64,
    /// Steps from the onset to the step that fired, both included.
    pub steps: u64,
    /// Sums since the onset.
    pub totals: Totals,
    /// Share missing in the window that fired.
    pub depth: f64,
    /// Whether it is abrupt and deep from the start.
    pub abrupt: bool,
    /// What showed it.
    pub cause: Cause,
    /// Length of the window that fired, in seconds.
    pub scale_s: f64,
    /// Its significance in standard deviations, and what was needed.
    pub z: f64,
    /// The threshold it passed.
    pub threshold: f64,
    /// Significance that makes it certain enough to be lost.
    pub certain_z: f64,
    /// Relative variance of the expectation at the start.
    pub variance: f64,
    /// Share of the expectation that came in the minutes before.
    pub share_before: f64,
}

impl Start {
    /// Nothing known but the step that fired.
    pub fn at(onset: i64) -> Self {
        Self {
            onset,
            steps: 1,
            totals: Totals::default(),
            depth: 0.0,
            abrupt: false,
            cause: Cause::Step,
            scale_s: 0.0,
            z: 0.0,
            threshold: 0.0,
            certain_z: 0.0,
            variance: 0.0,
            share_before: 1.0,
        }
    }

    /// Whether `share` is clearly below the minutes before, the difference being known to `deviation`: a fall that began long ago is not
    /// abrupt, however deep it is by now.
    pub fn contrast(&self, share: f64, deviation: f64, lost_depth_min: f64) -> bool {
        self.share_before.min(1.0) - share - deviation >= CONTRAST * lost_depth_min
    }
}
