//! The scan: at every step, the counts of the last 2 to 900 seconds are held against forecasts that were made before them.
//!
//! Each test is a window and a lag. The forecast starts from the level as it was held one lag ago, so a drop cannot pull down its
//! own expectation; windows shorter than their lag find ramps. Significance is the negative-binomial deviance of the window under
//! the variance of its forecast; the threshold spreads one false-alarm budget over all tests (the maximum of a scan of
//! windows: Siegmund & Venkatraman 1995, *Annals of Statistics* 23, 255-271, to first order).

use crate::forecast::Present;
use crate::level::Dynamics;
use crate::ring::Recent;
use crate::settings::Settings;
use crate::window::{Hit, Test};

/// Windows with their own length as lag, in seconds.
const WINDOWS_S: [u32; 15] = [2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900];

/// Windows in steps that are added where a step is longer than two seconds.
const WINDOWS_STEPS: [u32; 4] = [1, 2, 3, 5];

/// Ramps: window and lag in seconds.
const RAMPS_S: [(u32, u32); 4] = [(60, 180), (60, 300), (120, 420), (120, 600)];

/// Windows up to this length are evaluated at every step, longer ones at the ends of blocks.
const EVERY_STEP_S: u32 = 20;

/// The spread of a forecast is made anew every so many blocks.
const SPREAD_BLOCKS: u64 = 12;

/// A deviation quantile this size is what a Gaussian and our own noise give; more raises floors and thresholds, up to the most.
const TAIL_USUAL: f64 = 3.7;
const TAIL_USUAL_LONG_STEPS: f64 = 3.4;

/// The first look at a window: at or above this share of its profile there is nothing to judge.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Gate {
    steps: usize,
    share: f64,
}

/// All tests of a series.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
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
        let fits = |seconds: u32| seconds.is_multiple_of(step_s) && seconds >= step_s;
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
