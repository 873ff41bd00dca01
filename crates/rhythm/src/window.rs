//! One window and its lag: when it fires, and what of a forecast it tells the calibration.

use crate::calibrate::{Calibration, Sample};
use crate::forecast::{Forecast, Spread};
use crate::level::{Dynamics, PARTS};
use crate::settings::Settings;
use crate::special::{low_count_z, mean_decay, mean_variance_share};

/// Windows whose forecasts, hit or miss, tell how volatile the series is.
const VOLATILITY_WINDOWS_S: [u32; 6] = [5, 12, 30, 60, 120, 300];

/// From this length on a window is consulted only where counting noise rules: elsewhere it sees nothing but drift.
pub(crate) const LONG_WINDOW_S: f64 = 600.0;

/// And has more steps than this: where steps are long there are no shorter windows to ask.
const LONG_STEPS: usize = 1;

/// A forecast is made anew so often in the time of its window.
const REFRESHES_PER_WINDOW: u64 = 3;

/// From this step on tails belong to the counts as well as to the level.
const TAIL_OF_COUNTS_STEP_S: f64 = 60.0;

/// Independent looks that a scan takes in the time of one window: two if it stood alone, fewer because it shares most of its counts with
/// the next longer and the next shorter one.
const LOOKS_PER_WINDOW: f64 = 1.5;

/// Windows this long, and ramps, tell people earlier than they make certain: telling costs less than acting. By the first-order
/// bound of the threshold tellings may be so many times more frequent than the budget, and the margin is smaller by so much.
const TELL_WINDOW_S: u32 = 20;
/// Only where steps are short: counts of longer ones have heavier tails.
const TELL_STEP_S: u32 = 10;
const TELLS_PER_BUDGET: f64 = 3.4;
const TELL_MARGIN_LESS: f64 = 0.6;

/// Significance from which a window is a sign of weakness, in standard deviations.
pub(crate) const WEAK_Z: f64 = 4.2;

/// One window and lag.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Test {
    /// Length of the window in steps and in seconds.
    pub steps: usize,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Lag in seconds; longer than the window for ramps.
    pub lag_s: f64,
    /// Snapshots between the newest and the one that forecasts start from.
    pub lag_blocks: usize,
    /// Steps into a block at which forecasts are made, so that the lag is exact then.
    pub(crate) phase: usize,
    pub(crate) refresh_blocks: u64,
    pub(crate) refresh_at: u64,
    threshold: f64,
    tell_threshold: f64,
    pub(crate) margin: f64,
    pub(crate) tell_margin: f64,
    pub(crate) effect_min: f64,
    pub(crate) carry: [f64; PARTS],
    pub(crate) own_variance: f64,
    /// The forecast, if the past reaches far enough.
    pub forecast: Option<Forecast>,
    /// Its calibration.
    pub calibration: Calibration,
    /// When the calibration takes its next sample.
    pub calibration_due: Due,
    /// When the volatility does, for the windows that tell it.
    pub volatility_due: Option<Due>,
}

/// Something done every so many blocks, without a division at every one.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Due {
    every: u64,
    at: u64,
}

impl Due {
    fn every(blocks: u64) -> Self {
        Self { every: blocks, at: 0 }
    }

    /// Whether it is due at `block`; if so, it is next due a period later.
    #[inline]
    pub fn now(&mut self, block: u64) -> bool {
        let due = block >= self.at;
        if due {
            self.at = block + self.every;
        }
        due
    }
}

/// A test that fired.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Hit {
    /// Index of the test.
    pub test: usize,
    /// Significance in standard deviations.
    pub z: f64,
    /// What makes it certain.
    pub threshold: f64,
    /// What makes it worth telling.
    pub tell_threshold: f64,
    /// Counts in the window.
    pub count: f64,
    /// Expectation of the window.
    pub expected: f64,
    /// Whether people are to be told; else it is a sign of weakness only.
    pub fired: bool,
    /// Whether it passed the threshold of the budget and is deep enough to be acted on, if it is a loss.
    pub certain: bool,
}

impl Hit {
    /// Share missing in the window.
    pub fn depth(&self) -> f64 {
        1.0 - self.count / self.expected
    }

    pub(crate) fn beyond(&self) -> f64 {
        self.z - self.threshold + if self.fired { 1_000.0 } else { 0.0 }
    }
}

/// What a window weighs.
pub(crate) struct Weight {
    z: f64,
    threshold: f64,
    tell_threshold: f64,
    fired: bool,
    pub(crate) certain: bool,
}

impl Test {
    pub(crate) fn new(settings: &Settings, block_steps: usize, window_s: u32, lag_s: u32, tests: f64) -> Self {
        let step_s = settings.step_s;
        let (steps, lag_steps) = ((window_s / step_s) as usize, (lag_s / step_s) as usize);
        let block_s = block_steps as u64 * u64::from(step_s);
        let window = f64::from(window_s);
        let mean_time_s = settings.budget.mean_time_between_s();
        let odds = (LOOKS_PER_WINDOW * mean_time_s * tests / window.max(f64::from(step_s))).max(20.0);
        let sample_blocks = ((window / 2.0).max(8.0) / block_s as f64).round().max(1.0) as u64;
        let slow = step_s < TELL_STEP_S && (window_s >= TELL_WINDOW_S || lag_s > window_s);
        let tells_per_budget = if slow { TELLS_PER_BUDGET } else { 1.0 };
        let margin = if window_s <= 20 {
            7.0
        } else if window_s <= 120 {
            6.5
        } else {
            5.8
        };
        let phase = match lag_steps % block_steps {
            0 => block_steps,
            steps => steps,
        };
        Self {
            steps,
            window_s: window,
            lag_s: f64::from(lag_s),
            lag_blocks: (lag_steps - phase) / block_steps,
            phase,
            refresh_at: 0,
            refresh_blocks: (u64::from(window_s) / REFRESHES_PER_WINDOW / block_s).max(1),
            threshold: (2.0 * odds.ln()).sqrt(),
            tell_threshold: (2.0 * (odds / tells_per_budget).max(20.0).ln()).sqrt(),
            margin,
            tell_margin: if slow { margin - TELL_MARGIN_LESS } else { margin },
            effect_min: if lag_s > window_s {
                0.10
            } else if window_s <= 12 {
                0.12
            } else if window_s <= 30 {
                0.10
            } else if window_s <= 90 {
                0.08
            } else {
                0.06
            },
            carry: [1.0; PARTS],
            own_variance: 0.0,
            forecast: None,
            calibration: Calibration::new((sample_blocks * block_s) as f64),
            calibration_due: Due::every(sample_blocks),
            volatility_due: (window_s == lag_s && VOLATILITY_WINDOWS_S.contains(&window_s))
                .then(|| Due::every(u64::from(window_s).div_ceil(block_s))),
        }
    }

    pub(crate) fn retune(&mut self, dynamics: &Dynamics) {
        let ahead = self.lag_s - self.window_s;
        self.own_variance = dynamics.walk_per_s * (ahead + self.window_s / 3.0);
        for (k, tau) in crate::level::TAU_S.into_iter().enumerate() {
            let x = self.window_s / tau;
            self.carry[k] = (-ahead / tau).exp() * mean_decay(x);
            self.own_variance += dynamics.variance[k] * (mean_variance_share(x) - self.carry[k].powi(2)).max(0.0);
        }
        self.forecast = None;
    }

    /// What a window of this count and profile says, if it is a sign of weakness at least.
    pub(crate) fn judge(&self, index: usize, count: f64, profile: f64, dispersion: f64, expected_min: f64) -> Option<Hit> {
        let forecast = self.forecast.as_ref()?;
        let expected = forecast.factor * profile;
        let missing = expected - count;
        // The deviance of a count is at most twice its squared distance over its mean.
        if missing <= 0.0 || 2.0 * missing * missing < WEAK_Z * WEAK_Z * expected || expected < expected_min {
            return None;
        }
        let weight = self.weigh(&forecast.spread, count, expected, dispersion)?;
        let Weight {
            z,
            threshold,
            tell_threshold,
            fired,
            certain,
        } = weight;
        Some(Hit {
            test: index,
            z,
            threshold,
            tell_threshold,
            count,
            expected,
            fired,
            certain,
        })
    }

    /// How unlikely a count is where so much was expected; `None` where it is no sign of weakness.
    pub(crate) fn weigh(&self, spread: &Spread, count: f64, expected: f64, dispersion: f64) -> Option<Weight> {
        let counting = dispersion / expected;
        let share = count / expected;
        let long = self.window_s >= LONG_WINDOW_S && self.lag_s == self.window_s && self.steps > LONG_STEPS;
        if share > spread.weak_floor || long && counting < 0.5 * spread.variance {
            return None;
        }
        let z = low_count_z(count, expected, spread.variance + (dispersion - 1.0) / expected);
        let of_counts = self.window_s >= TAIL_OF_COUNTS_STEP_S * self.steps as f64;
        let tailed = if of_counts {
            1.0
        } else {
            spread.variance / (spread.variance + counting)
        };
        let threshold = self.threshold * (1.0 + (spread.tail_factor - 1.0) * tailed);
        let tell_threshold = threshold * self.tell_threshold / self.threshold;
        let certain = z > threshold && share < spread.floor;
        let fired = certain || z > tell_threshold && share < spread.tell_floor;
        (fired || z > WEAK_Z).then_some(Weight {
            z,
            threshold,
            tell_threshold,
            fired,
            certain,
        })
    }

    /// How the forecast compares with what came.
    pub fn sample(&self, forecast: &Forecast, count: f64, profile: f64, dispersion: f64) -> Sample {
        let expected = forecast.factor * profile;
        Sample {
            surprise: count / expected - 1.0,
            counting: dispersion / expected,
            level: forecast.spread.variance,
        }
    }
}
