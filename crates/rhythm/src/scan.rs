//! The scan: at every step, the counts of the last 2 to 900 seconds are held against forecasts that were made before them.
//!
//! Each test is a window and a lag. The forecast starts from the level as it was held one lag ago, so a drop cannot pull down its
//! own expectation; windows shorter than their lag find ramps. Significance is the negative-binomial deviance of the window under
//! the variance of its forecast; the threshold spreads one false-alarm budget over all tests (the maximum of a scan of
//! windows: Siegmund & Venkatraman 1995, *Annals of Statistics* 23, 255-271, to first order).

use crate::calibrate::{Calibration, Sample};
use crate::level::{Dynamics, Level, PARTS, WALK};
use crate::profile::Quality;
use crate::ring::{Past, Recent};
use crate::settings::Settings;
use crate::special::{low_count_z, mean_decay, mean_variance_share, scaled_exp};

/// Windows with their own length as lag, in seconds.
const WINDOWS_S: [u32; 15] = [2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900];

/// Windows in steps that are added where a step is longer than two seconds.
const WINDOWS_STEPS: [u32; 4] = [1, 2, 3, 5];

/// Ramps: window and lag in seconds.
const RAMPS_S: [(u32, u32); 4] = [(60, 180), (60, 300), (120, 420), (120, 600)];

/// Windows up to this length are evaluated at every step, longer ones at the ends of blocks.
const EVERY_STEP_S: u32 = 30;

/// Windows whose forecasts, hit or miss, tell how volatile the series is.
const VOLATILITY_WINDOWS_S: [u32; 6] = [5, 12, 30, 60, 120, 300];

/// From this length on a window is consulted only where counting noise rules: elsewhere it sees nothing but drift.
const LONG_WINDOW_S: f64 = 600.0;

/// And has more steps than this: where steps are long there are no shorter windows to ask.
const LONG_STEPS: usize = 1;

/// A forecast is made anew so often in the time of its window, and its spread every so many blocks.
const REFRESHES_PER_WINDOW: u64 = 4;
const SPREAD_BLOCKS: u64 = 12;

/// Variance of a forecast that no calibration takes away.
const VARIANCE_FLOOR: f64 = 1.6e-5;

/// Farthest the slow noise is trusted in a forecast, in its deviations.
const SLOW_REACH: f64 = 1.5;

/// Trend: allowance per look-back, steepest fall followed, and its uncertainty per hour.
const TREND_ALLOWANCE: f64 = 0.02;
const TREND_STEEPEST_PER_S: f64 = -0.9 / 3_600.0;
const TREND_ERROR_PER_H: f64 = 0.02;

/// A deviation quantile this size is what a Gaussian and our own noise give; more raises floors and thresholds, up to the most.
const TAIL_USUAL: f64 = 3.7;
const TAIL_USUAL_LONG_STEPS: f64 = 3.4;
const TAIL_FACTOR_MAX: f64 = 1.6;
/// Windows up to this length, or of so few steps, take the tails they have shown.
const TAIL_WINDOW_S: f64 = 120.0;
const TAIL_STEPS: usize = 5;
/// From this step on tails belong to the counts as well as to the level.
const TAIL_OF_COUNTS_STEP_S: f64 = 60.0;

/// Windows this long, and ramps, tell people earlier than they make certain: telling costs less than acting. By the first-order
/// bound of the threshold tellings may be so many times more frequent than the budget, and the margin is smaller by so much.
const TELL_WINDOW_S: u32 = 90;
/// Only where steps are short: counts of longer ones have heavier tails.
const TELL_STEP_S: u32 = 10;
const TELLS_PER_BUDGET: f64 = 12.0;
const TELL_MARGIN_LESS: f64 = 0.55;

/// However noisy a series, a window with less than a quarter of its expectation is deep enough.
const EFFECT_MAX: f64 = 0.75;

/// Significance from which a window is a sign of weakness, in standard deviations.
const WEAK_Z: f64 = 4.2;

/// Extra depth asked for on a day that the calendar calls special.
const SPECIAL_DAY_EXTRA: f64 = 0.12;

/// The level as it was held at the end of some block.
#[derive(Debug, Clone, Copy, Default)]
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

/// One window and lag.
#[derive(Debug, Clone)]
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
    phase: usize,
    refresh_blocks: u64,
    refresh_at: u64,
    threshold: f64,
    tell_threshold: f64,
    margin: f64,
    tell_margin: f64,
    effect_min: f64,
    carry: [f64; PARTS],
    own_variance: f64,
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

    fn beyond(&self) -> f64 {
        self.z - self.threshold + if self.fired { 1_000.0 } else { 0.0 }
    }
}

/// The first look at a window: at or above this share of its profile there is nothing to judge.
#[derive(Debug, Clone, Copy)]
struct Gate {
    steps: usize,
    share: f64,
}

/// All tests of a series.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The tests, windows first, ramps last.
    pub tests: Vec<Test>,
    /// Their gates, kept together because they are all that most steps look at.
    gates: Vec<Gate>,
    /// So many of them are evaluated at every step, the others at the ends of blocks.
    every_step: usize,
    /// Indices of the tests whose forecasts are made so many steps into a block.
    by_phase: Vec<Vec<usize>>,
    tail_usual: f64,
}

impl Scan {
    /// The tests for steps of the settings' length, `block_steps` steps to a block.
    pub fn new(settings: &Settings, block_steps: usize) -> Self {
        let step_s = settings.step_s;
        let fits = |seconds: u32| seconds % step_s == 0 && seconds >= step_s;
        let mut pairs: Vec<(u32, u32)> = WINDOWS_S.into_iter().filter(|&w| fits(w)).map(|w| (w, w)).collect();
        if step_s > 2 {
            pairs.extend(WINDOWS_STEPS.map(|n| (n * step_s, n * step_s)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs.extend(RAMPS_S.into_iter().filter(|&(w, lag)| fits(w) && fits(lag)));
        let count = pairs.len() as f64;
        let every_step = if block_steps == 1 {
            pairs.len()
        } else {
            pairs.partition_point(|&(w, _)| w <= EVERY_STEP_S)
        };
        let tests: Vec<Test> = pairs
            .into_iter()
            .map(|(w, lag)| Test::new(settings, block_steps, w, lag, count))
            .collect();
        let due_at = |phase: usize| (0..tests.len()).filter(|&index| tests[index].phase == phase).collect();
        let by_phase = (0..=block_steps).map(due_at).collect();
        let tail_usual = if step_s < 10 { TAIL_USUAL } else { TAIL_USUAL_LONG_STEPS };
        let gates = tests
            .iter()
            .map(|test| Gate {
                steps: test.steps,
                share: 0.0,
            })
            .collect();
        Self {
            tests,
            gates,
            every_step,
            by_phase,
            tail_usual,
        }
    }

    /// The longest window in steps.
    pub fn longest_steps(&self) -> usize {
        self.tests.iter().map(|test| test.steps).max().unwrap_or(1)
    }

    /// The longest lag in seconds.
    pub fn longest_lag_s(&self) -> f64 {
        self.tests.iter().map(|test| test.lag_s).fold(0.0, f64::max)
    }

    /// So many of the tests, the first ones, are evaluated at every step, the others at the ends of blocks.
    pub(crate) fn every_step(&self) -> usize {
        self.every_step
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        self.tests.capacity() * size_of::<Test>() + self.gates.capacity() * size_of::<Gate>()
    }

    /// Drops all forecasts: the past they start from holds no longer.
    pub fn forget(&mut self) {
        self.tests.iter_mut().for_each(|test| test.forecast = None);
        self.gates.iter_mut().for_each(|gate| gate.share = 0.0);
    }

    /// Takes over new dynamics.
    pub fn retune(&mut self, dynamics: &Dynamics) {
        self.tests.iter_mut().for_each(|test| test.retune(dynamics));
        self.forget();
    }

    /// Makes the forecasts that are due `phase` steps into block number `block`.
    pub fn refresh(&mut self, present: &Present<'_>, phase: usize, block: u64) {
        let due = block.is_multiple_of(SPREAD_BLOCKS);
        for &index in &self.by_phase[phase] {
            let test = &mut self.tests[index];
            if due || test.forecast.is_none() || block >= test.refresh_at {
                test.refresh_at = block + test.refresh_blocks;
                test.forecast = test.make_forecast(present, due, self.tail_usual);
                self.gates[index].share = test.forecast.map_or(0.0, |f| f.factor * f.spread.weak_floor);
            }
        }
    }

    /// The most significant finding over the last steps; `at_block_end` looks at all windows.
    #[inline]
    pub fn strike(&self, recent: &Recent, dispersion: f64, expected_min: f64, at_block_end: bool) -> Option<Hit> {
        let gates = if at_block_end {
            &self.gates[..]
        } else {
            &self.gates[..self.every_step]
        };
        let mut best: Option<Hit> = None;
        for (index, gate) in gates.iter().enumerate() {
            let (count, profile) = recent.last(gate.steps);
            if count >= gate.share * profile {
                continue;
            }
            if let Some(hit) = self.tests[index].judge(index, count, profile, dispersion, expected_min)
                && best.is_none_or(|b| hit.beyond() > b.beyond())
            {
                best = Some(hit);
            }
        }
        best
    }
}

impl Scan {
    /// Whether one of the windows that are certain when held against one `factor` on the profile, with the spreads of their last forecasts,
    /// is also `abrupt`, as judged by its share of the expectation and its steps. Ramps are left out.
    pub fn any_certain(&self, recent: &Recent, factor: f64, dispersion: f64, abrupt: impl Fn(f64, usize) -> bool) -> bool {
        let mut windows = self.tests.iter().filter(|test| test.lag_s == test.window_s);
        windows.any(|test| {
            let Some(forecast) = &test.forecast else { return false };
            let (count, profile) = recent.last(test.steps);
            let expected = factor * profile;
            let weight = test.weigh(&forecast.spread, count, expected, dispersion);
            weight.is_some_and(|weight| weight.certain) && abrupt(count / expected, test.steps)
        })
    }
}

/// What a window weighs.
struct Weight {
    z: f64,
    threshold: f64,
    tell_threshold: f64,
    fired: bool,
    certain: bool,
}

impl Test {
    fn new(settings: &Settings, block_steps: usize, window_s: u32, lag_s: u32, tests: f64) -> Self {
        let step_s = settings.step_s;
        let (steps, lag_steps) = ((window_s / step_s) as usize, (lag_s / step_s) as usize);
        let block_s = block_steps as u64 * u64::from(step_s);
        let window = f64::from(window_s);
        let mean_time_s = settings.budget.mean_time_between_s();
        let odds = (4.0 * mean_time_s * tests / window.max(f64::from(step_s))).max(20.0);
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

    fn retune(&mut self, dynamics: &Dynamics) {
        let ahead = self.lag_s - self.window_s;
        self.own_variance = dynamics.walk_per_s * (ahead + self.window_s / 3.0);
        for (k, tau) in crate::level::TAU_S.into_iter().enumerate() {
            let x = self.window_s / tau;
            self.carry[k] = (-ahead / tau).exp() * mean_decay(x);
            self.own_variance += dynamics.variance[k] * (mean_variance_share(x) - self.carry[k].powi(2)).max(0.0);
        }
        self.forecast = None;
    }

    /// A forecast from the level one lag ago; its spread is taken over from the last one unless that is `due`.
    fn make_forecast(&self, present: &Present<'_>, due: bool, tail_usual: f64) -> Option<Forecast> {
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
    fn weigh(&self, spread: &Spread, count: f64, expected: f64, dispersion: f64) -> Option<Weight> {
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
