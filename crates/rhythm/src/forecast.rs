//! Forecasts: what a window is expected to hold, from the level as it was before the window, and how far off that may be.

use crate::level::{Dynamics, Level, PARTS, WALK};
use crate::profile::Quality;
use crate::ring::Past;
use crate::special::scaled_exp;
use crate::window::{LONG_WINDOW_S, Test, WEAK_Z};

/// Variance of a forecast that no calibration takes away.
const VARIANCE_FLOOR: f64 = 1.6e-5;

/// Farthest the slow noise is trusted in a forecast, in its deviations.
const SLOW_REACH: f64 = 1.5;

/// Trend: allowance per look-back, steepest fall followed, and its uncertainty per hour.
const TREND_ALLOWANCE: f64 = 0.02;
const TREND_STEEPEST_PER_S: f64 = -0.9 / 3_600.0;
const TREND_ERROR_PER_H: f64 = 0.02;

/// Tails heavier than usual raise floors and thresholds, up to this factor.
const TAIL_FACTOR_MAX: f64 = 1.6;

/// Windows up to this length, or of so few steps, take the tails they have shown.
const TAIL_WINDOW_S: f64 = 120.0;
const TAIL_STEPS: usize = 5;

/// However noisy a series, a window with less than a quarter of its expectation is deep enough.
const EFFECT_MAX: f64 = 0.75;

/// Extra depth asked for on a day that the calendar calls special.
const SPECIAL_DAY_EXTRA: f64 = 0.12;

/// The level as it was held at the end of some block.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// The level's parts.
    pub parts: [f32; PARTS],
    /// Volatility factor.
    pub volatility: f32,
    /// Gain of the filter.
    pub gain: f32,
    /// Predicted variance of a block.
    pub variance: f32,
}

impl Snapshot {
    /// The logarithm of the factor on the profile.
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|&part| f64::from(part)).sum()
    }
}

/// What is the same for all tests when forecasts are made.
pub struct Present<'a> {
    /// How the level moves.
    pub dynamics: &'a Dynamics,
    /// The level now.
    pub level: &'a Level,
    /// Standard deviations of its parts.
    pub deviation: [f64; PARTS],
    /// Variance of a block as the level predicts it now.
    pub level_variance: f64,
    /// Its past, a snapshot per block.
    pub snapshots: &'a Past<Snapshot>,
    /// Totals of the level at coarse intervals, for the trend.
    pub trend: &'a Past<f32>,
    /// Interval of the trend's totals in seconds.
    pub trend_interval_s: f64,
    /// Quality of the profile.
    pub quality: Quality,
    /// Whether the calendar calls the day special.
    pub special_day: bool,
    /// Part of the day for calibration.
    pub part_of_day: usize,
}

/// The forecast a test holds, until it is made anew.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Forecast {
    /// Log of the factor on the profile.
    pub log_level: f64,
    /// The factor.
    pub factor: f64,
    /// How far off it may be.
    pub spread: Spread,
}

/// How far off a forecast may be, and how deep a window must be to count; made anew every minute.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Spread {
    /// How far the level is carried on by its trend.
    pub drift: f64,
    /// Relative variance of the expectation.
    pub variance: f64,
    /// A window at or above this share of its expectation is not certain.
    pub floor: f64,
    /// At or above this it is not told.
    pub tell_floor: f64,
    /// Above this it is not even weak.
    pub weak_floor: f64,
    /// How heavy the tails are, 1 to 1.6.
    pub tail_factor: f64,
    /// Volatility factor in the variance.
    pub volatility: f64,
}

impl Test {
    /// A forecast from the level one lag ago; its spread is taken over from the last one unless that is `due`.
    pub(crate) fn make_forecast(&self, present: &Present<'_>, due: bool, tail_usual: f64) -> Option<Forecast> {
        let then = present.snapshots.back(self.lag_blocks)?;
        let [fast, middle, slow, _] = present.deviation;
        let part = |k: usize| self.carry[k] * f64::from(then.parts[k]);
        let fast_reach = (fast * fast + middle * middle).sqrt();
        let slow = f64::from(then.parts[2]).min(SLOW_REACH * slow) * self.carry[2];
        let mut log_level = (part(0) + part(1)).min(fast_reach) + slow + part(WALK);
        Some(match &self.forecast {
            Some(last) if !due => {
                log_level += last.spread.drift;
                let factor = scaled_exp(last.factor, log_level - last.log_level);
                Forecast {
                    log_level,
                    factor,
                    spread: last.spread,
                }
            }
            _ => {
                let spread = self.make_spread(present, then, tail_usual);
                log_level += spread.drift;
                Forecast {
                    log_level,
                    factor: log_level.exp(),
                    spread,
                }
            }
        })
    }

    fn make_spread(&self, present: &Present<'_>, then: &Snapshot, tail_usual: f64) -> Spread {
        let slope = present.slope(self.lag_s);
        let memory_s = (present.dynamics.block_s * (1.0 + 1.0 / f64::from(then.gain).max(1e-9))).min(1_800.0);
        let reach_s = self.lag_s - 0.5 * self.window_s + memory_s;
        let widened = (f64::from(then.variance) / present.level_variance.max(1e-12)).max(1.0);
        let mut variance = self.carried_variance(present.level) * widened;
        if slope.is_some() && self.lag_s >= 300.0 {
            let times = if self.window_s >= LONG_WINDOW_S { 3.0 } else { 1.0 };
            variance += (times * TREND_ERROR_PER_H * reach_s / 3_600.0).powi(2);
        }
        let volatility = f64::from(then.volatility).max(1.0);
        let ratio = self.calibration.ratio(present.part_of_day);
        let variance = (variance + self.own_variance) * ratio * volatility + VARIANCE_FLOOR;
        let short = self.window_s <= TAIL_WINDOW_S || self.steps <= TAIL_STEPS;
        let tail_factor = if short || self.lag_s > self.window_s {
            (self.calibration.tail() / tail_usual).clamp(1.0, TAIL_FACTOR_MAX)
        } else {
            1.0
        };
        let extra = if present.special_day { SPECIAL_DAY_EXTRA } else { 0.0 };
        let effect_min = self.effect_min.max(cold_effect(present.quality));
        let deviation = variance.sqrt();
        let floor_at = |margin: f64| 1.0 - extra - effect_min.max(margin * tail_factor * deviation).min(EFFECT_MAX);
        let (floor, tell_floor) = (floor_at(self.margin), floor_at(self.tell_margin));
        let weak_floor = 1.0 - (0.6 * (1.0 - floor)).max(WEAK_Z * deviation).min(EFFECT_MAX);
        Spread {
            drift: slope.unwrap_or(0.0) * reach_s,
            variance,
            floor,
            tell_floor,
            weak_floor,
            tail_factor,
            volatility,
        }
    }

    fn carried_variance(&self, level: &Level) -> f64 {
        let mut sum = 0.0;
        for u in 0..PARTS {
            let row: f64 = (0..PARTS).map(|w| level.covariance[u][w] * self.carry[w]).sum();
            sum += self.carry[u] * row;
        }
        sum
    }
}

impl Present<'_> {
    /// The steeper of the falls of the level over the last twenty minutes and the last hour before the lag, per second.
    fn slope(&self, lag_s: f64) -> Option<f64> {
        let lag = (lag_s / self.trend_interval_s).ceil() as usize;
        let unit = (1_200.0 / self.trend_interval_s).max(1.0) as usize;
        let then = f64::from(*self.trend.back(lag)?);
        let fall = |back: usize| {
            let earlier = f64::from(*self.trend.back(lag + back)?);
            Some(((then - earlier + TREND_ALLOWANCE) / (back as f64 * self.trend_interval_s)).clamp(TREND_STEEPEST_PER_S, 0.0))
        };
        let short = fall(unit)?;
        Some(fall(3 * unit).map_or(short, |long| short.min(long)))
    }
}

/// Least effect asked for while history is short.
fn cold_effect(quality: Quality) -> f64 {
    match quality {
        Quality::None => 0.50,
        Quality::Days => 0.25,
        Quality::Week => 0.15,
        Quality::Weeks => 0.05,
    }
}
