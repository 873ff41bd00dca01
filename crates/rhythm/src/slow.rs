//! Slow losses, which the scan's windows follow down: brown-outs, and days that are far below their kind.
//!
//! A brown-out shows when the mean of the last minutes is held against the level of twenty and thirty minutes ago. A low day shows when
//! the level stays far below what days of its kind had, for an hour. Both are told and never acted on.

use crate::episode::Totals;
use crate::level::{Dynamics, Level, TAU_S};
use crate::special::{low_count_z, mean_variance_share};

/// Window, lag (both in seconds) and the depth it must surely (by one standard deviation) exceed.
const FALLS: [(f64, f64, f64); 2] = [(180.0, 1_200.0, 0.14), (300.0, 1_800.0, 0.20)];

/// Significance asked for, in standard deviations.
const Z_MIN: f64 = 5.5;

/// How far the profile may bend away from the truth, per hour.
const BEND_PER_H: f64 = 0.06;

/// A slow fall that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// Window in seconds.
    pub window_s: f64,
    /// Lag in seconds.
    pub lag_s: f64,
    /// Log of the level one lag ago.
    pub log_level: f64,
    /// Significance in standard deviations.
    pub z: f64,
    /// Counts and expectation of the window.
    pub count: f64,
    /// Expectation of the window.
    pub expected: f64,
    /// Relative variance of the expectation.
    pub variance: f64,
}

impl Fall {
    /// What `z` had to reach.
    pub const THRESHOLD: f64 = Z_MIN;
}

/// Looks for a slow fall. `level_ago(lag)` and `window(seconds)` read the past; `volatility` scales the fast noises.
pub fn fall(
    dynamics: &Dynamics,
    level: &Level,
    volatility: f64,
    dispersion: f64,
    level_ago: impl Fn(f64) -> Option<f64>,
    window: impl Fn(f64) -> (f64, f64),
) -> Option<Fall> {
    FALLS.into_iter().find_map(|(window_s, lag_s, depth_min)| {
        let log_level = level_ago(lag_s)?;
        let (count, profile) = window(window_s);
        let expected = log_level.exp() * profile;
        if count > (1.0 - depth_min) * expected {
            return None;
        }
        let noise: f64 = (0..3)
            .map(|k| {
                let x = lag_s / TAU_S[k];
                let scale = if k < 2 { volatility } else { 1.0 };
                dynamics.variance[k] * scale * (mean_variance_share(window_s / TAU_S[k]) + 1.0 - (-2.0 * x).exp()) * 0.5
            })
            .sum();
        let walk = dynamics.walk_per_s * lag_s + (BEND_PER_H * lag_s / 3_600.0).powi(2);
        let variance = level.predicted_variance(dynamics) + noise + walk;
        let z = low_count_z(count, expected, variance + (dispersion - 1.0) / expected);
        let deviation = (variance + dispersion / expected).sqrt();
        let surely = 1.0 - count / expected - deviation > depth_min;
        (z > Z_MIN && surely).then_some(Fall {
            window_s,
            lag_s,
            log_level,
            z,
            count,
            expected,
            variance,
        })
    })
}

/// A level this far below its usual (in natural logarithms), and this many of its own deviations, is low.
const LOW_BY: f64 = 0.29;
/// See `LOW_BY`.
pub const LOW_DEVIATIONS: f64 = 4.0;

/// It is told when it has been low for so long, in seconds.
pub const LOW_FOR_S: f64 = 3_600.0;

/// And for so many blocks.
const LOW_BLOCKS: f64 = 6.0;

/// From here on a fall is dated.
const DATED_BELOW: f64 = 0.10;

/// Memory of the usual level and of its deviation, in seconds, and the deviation believed at the start.
const USUAL_MEMORY_S: f64 = 3.0 * 86_400.0;
const DEVIATION_PRIOR: f64 = 0.06;

/// One block moves the deviation by at most this many of it.
const SURPRISE_MAX: f64 = 3.0;

/// Watches the level about what days of this kind had.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct LowDay {
    usual: f64,
    variance: f64,
    /// Since when it has been dated below, with the sums since then; and how long it has been low.
    below: Option<(i64, Totals)>,
    low_for_s: f64,
}

impl LowDay {
    /// Nothing is known of the level's usual size.
    pub fn new() -> Self {
        Self {
            usual: 0.0,
            variance: DEVIATION_PRIOR * DEVIATION_PRIOR,
            below: None,
            low_for_s: 0.0,
        }
    }

    /// The usual level is `level` from now on.
    pub fn reset(&mut self, level: f64) {
        self.usual = level;
        self.below = None;
        self.low_for_s = 0.0;
    }

    /// Forgets that it was low: an episode took that over.
    pub fn forget(&mut self) {
        self.below = None;
        self.low_for_s = 0.0;
    }

    /// Since when the level has been clearly below its usual, with the sums at the usual level since then.
    pub fn below(&self) -> Option<(i64, Totals)> {
        self.below
    }

    /// How many of its own deviations a level is below its usual.
    pub fn deviations_below(&self, level: f64) -> f64 {
        (self.usual - level) / self.variance.sqrt()
    }

    /// Variance of the level about its usual.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The usual level.
    pub fn usual(&self) -> f64 {
        self.usual
    }

    /// Adds a block that began at `at` and lasts `block_s`: the level about the profile, and counts and profile at the usual level.
    /// Returns since when it is low and the sums since then, once it has been low for long enough.
    pub fn push(&mut self, at: i64, block_s: f64, level: f64, count: u64, expected: f64) -> Option<(i64, Totals)> {
        let surprise = level - self.usual;
        let deviation = self.variance.sqrt();
        if surprise > -DATED_BELOW {
            self.below = None;
        } else {
            let (_, totals) = self.below.get_or_insert((at, Totals::default()));
            totals.actual += count;
            totals.expected += expected;
        }
        if surprise > -LOW_BY.max(LOW_DEVIATIONS * deviation) {
            self.low_for_s = 0.0;
            let rate = block_s / USUAL_MEMORY_S;
            let bounded = surprise.clamp(-SURPRISE_MAX * deviation, SURPRISE_MAX * deviation);
            self.usual += rate * bounded;
            self.variance += rate * (bounded * bounded - self.variance);
        } else {
            self.low_for_s += block_s;
        }
        if self.low_for_s >= LOW_FOR_S.max(LOW_BLOCKS * block_s) {
            self.below
        } else {
            None
        }
    }
}

impl Default for LowDay {
    fn default() -> Self {
        Self::new()
    }
}
