//! How soon a drop of each depth would be seen, beside the information limit.
//!
//! Two answers are given for one time of the day. [`Limit`] is the least delay of any detector that keeps the false-alarm budget:
//! the CUSUM that knows the drop's depth (Lorden 1971, *Annals of Mathematical Statistics* 42, 1897-1908; its optimality:
//! Moustakides 1986, *Annals of Statistics* 14, 1379-1387). [`Sight`] is what our own tests see: each with the forecast it would
//! hold at that time, on counts that are exactly as expected until the drop begins.

use crate::calibrate::PARTS_OF_DAY;
use crate::forecast::{Present, Snapshot};
use crate::level::{Dynamics, Level};
use crate::ring::Past;
use crate::scan::Scan;
use crate::series::{Series, TREND_INTERVAL_S};
use crate::special::normal_upper_quantile;

/// Time over which the error of the model stays alike, in seconds: a drop must stand out of the worst of these in the budget's time.
const ERROR_TIME_S: f64 = 600.0;

/// Times of the day at which the rate is looked at, at most.
const TIMES_MAX: usize = 288;

/// The night is this quantile of the rates over the day.
const NIGHT_QUANTILE: f64 = 0.05;

/// The level is followed for so long at the rate in question, or for as long as the series is known, until it is as sure as it gets.
const SETTLE_S: f64 = 172_800.0;

/// Halvings in the search for the smallest drop: to a thousandth of a percent.
const HALVINGS: usize = 17;

/// What the best detector can do against a drop of known depth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Expected outcomes per second.
    pub rate_per_s: f64,
    /// Variance over mean of the counts, 1 for Poisson; it divides the information.
    pub dispersion: f64,
    /// Relative standard error of what is expected, slow against the drop; 0 where the expectation is exact.
    pub model_error: f64,
    /// Mean time between false alarms, in seconds.
    pub mean_time_s: f64,
}

impl Limit {
    /// The drop that the error of the model alone makes so often that nothing smaller can be told within the budget.
    pub fn floor(&self) -> f64 {
        let tail = (ERROR_TIME_S / self.mean_time_s).min(0.5);
        1.0 - (-normal_upper_quantile(tail) * self.model_error).exp()
    }

    /// Mean seconds until a drop by the share `drop` is found; `None` where that is below the floor.
    ///
    /// The threshold `h` solves `(e^h - h - 1) / I0 = mean time` and the delay is `(h - 1 + e^-h) / I1`, with the information per
    /// second before and after the change. A total loss is found by the gap it opens: `ln(rate · mean time) / rate`.
    pub fn delay_s(&self, drop: f64) -> Option<f64> {
        let floor = self.floor();
        if drop <= floor {
            return None;
        }
        let rate = self.rate_per_s / self.dispersion;
        let before = (1.0 - floor) * rate;
        if drop >= 1.0 {
            // A gap as long as the budget is none for a series that is nearly always empty.
            return Some((before * self.mean_time_s).ln().max(1.0) / before);
        }
        let after = (1.0 - drop) * rate;
        let information_before = after - before + before * (before / after).ln();
        let information_after = before - after + after * (after / before).ln();
        let h = threshold(information_before * self.mean_time_s);
        Some((h - 1.0 + (-h).exp()) / information_after)
    }
}

/// The `h` with `e^h - h - 1 = target`, by bisection.
fn threshold(target: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 200.0_f64);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle.exp_m1() - middle < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// What our tests see at one time of the day.
#[derive(Debug, Clone)]
pub struct Sight {
    /// Expected outcomes per second at that time.
    pub rate_per_s: f64,
    /// Variance over mean of the counts in a step.
    pub dispersion: f64,
    /// The least relative standard error that any test's forecast has: the part of the model's error that no window averages out.
    pub model_error: f64,
    scan: Scan,
    step_s: f64,
    block_steps: usize,
    expected_min: f64,
    mean_time_s: f64,
}

impl Sight {
    fn new(series: &Series, second_of_day: f64, rate_per_s: f64) -> Self {
        let dynamics = series.dynamics();
        let dispersion = series.dispersion();
        let settle_s = SETTLE_S.min(series.seen_s());
        let (level, gain) = settled(dynamics, rate_per_s * dynamics.block_s, dispersion, settle_s);
        let mut scan = series.scan().clone();
        refresh(&mut scan, series, second_of_day, &level, gain);
        let variances = scan
            .tests
            .iter()
            .filter_map(|test| test.forecast)
            .map(|forecast| forecast.spread.variance);
        let settings = series.settings();
        Self {
            rate_per_s,
            dispersion,
            model_error: variances.reduce(f64::min).unwrap_or(f64::INFINITY).sqrt(),
            scan,
            step_s: f64::from(settings.step_s),
            block_steps: series.block_steps,
            expected_min: settings.expected_min,
            mean_time_s: settings.budget.mean_time_between_s(),
        }
    }

    /// Seconds from the beginning of a drop by the share `drop`, which stays, until one of our windows would tell people in the
    /// median case; `None` where none ever would. ("Lost" may need more evidence than telling does, in windows of 90 s and longer.)
    ///
    /// The drop begins with a step, so that no delay is shorter than one step.
    pub fn seconds_until_seen(&self, drop: f64) -> Option<f64> {
        let steps = (0..self.scan.tests.len())
            .filter_map(|index| self.steps_until(index, drop))
            .min();
        steps.map(|steps| steps as f64 * self.step_s)
    }

    /// The smallest drop, as a share, that is seen within so many seconds; `None` where even a total loss is not.
    pub fn smallest_drop_within(&self, within_s: f64) -> Option<f64> {
        let seen = |drop: f64| self.seconds_until_seen(drop).is_some_and(|seconds| seconds <= within_s);
        if !seen(1.0) {
            return None;
        }
        let (mut not_seen, mut is_seen) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (not_seen + is_seen);
            *(if seen(middle) { &mut is_seen } else { &mut not_seen }) = middle;
        }
        Some(is_seen)
    }

    /// What the best detector could do here if the counts were Poisson and the expectation exact.
    pub fn limit_poisson(&self) -> Limit {
        Limit {
            rate_per_s: self.rate_per_s,
            dispersion: 1.0,
            model_error: 0.0,
            mean_time_s: self.mean_time_s,
        }
    }

    /// What the best detector could do here with the scatter and the error of the model that were measured.
    pub fn limit_model(&self) -> Limit {
        Limit {
            dispersion: self.dispersion.max(1.0),
            model_error: self.model_error,
            ..self.limit_poisson()
        }
    }

    /// Steps into the drop at which one test would tell.
    fn steps_until(&self, index: usize, drop: f64) -> Option<usize> {
        let test = &self.scan.tests[index];
        let expected = self.rate_per_s * test.window_s;
        let profile = expected / test.forecast?.factor;
        let tells = |filled: usize| {
            let count = expected * (1.0 - drop * filled as f64 / test.steps as f64);
            test.judge(index, count, profile, self.dispersion, self.expected_min)
                .is_some_and(|hit| hit.fired)
        };
        if !tells(test.steps) {
            return None;
        }
        // The fuller of the drop a window is, the less it counts.
        let (mut too_few, mut enough) = (0, test.steps);
        while enough - too_few > 1 {
            let middle = (too_few + enough) / 2;
            *(if tells(middle) { &mut enough } else { &mut too_few }) = middle;
        }
        Some(if index < self.scan.every_step() {
            enough
        } else {
            self.at_block_end(enough)
        })
    }

    /// The next end of a block, where drops begin in the middle of one.
    fn at_block_end(&self, steps: usize) -> usize {
        let before = self.block_steps / 2;
        (steps + before).next_multiple_of(self.block_steps) - before
    }
}

/// Follows a level at a steady rate until it is as sure as it gets; gives it and the filter's gain.
fn settled(dynamics: &Dynamics, expected: f64, dispersion: f64, settle_s: f64) -> (Level, f64) {
    let mut level = Level::unknown(dynamics.variance);
    let mut gain = 1.0;
    let blocks = (settle_s / dynamics.block_s).ceil() as usize;
    for _ in 0..blocks {
        level.pass_block(dynamics, 1.0);
        gain = level.observe(dynamics, expected, expected, dispersion, 1.0).gain;
    }
    (level, gain)
}

/// Makes all forecasts as on an ordinary day of usual volatility with a level that has long been where it is.
fn refresh(scan: &mut Scan, series: &Series, second_of_day: f64, level: &Level, gain: f64) {
    let dynamics = series.dynamics();
    let level_variance = level.predicted_variance(dynamics);
    let longest_s = scan.longest_lag_s();
    let blocks = (longest_s / dynamics.block_s) as usize + 2;
    let mut snapshots = Past::with_capacity(blocks);
    for _ in 0..blocks {
        snapshots.push(Snapshot {
            gain: gain as f32,
            variance: level_variance as f32,
            volatility: 1.0,
            ..Snapshot::default()
        });
    }
    let trend_interval_s = f64::from(TREND_INTERVAL_S).max(dynamics.block_s);
    let totals = ((longest_s + 3_600.0) / trend_interval_s) as usize + 5;
    let mut trend = Past::with_capacity(totals);
    for _ in 0..totals {
        trend.push(0.0);
    }
    let part_of_day = (second_of_day * PARTS_OF_DAY as f64 / 86_400.0) as usize;
    let present = Present {
        dynamics,
        level,
        deviation: series.deviation,
        level_variance,
        snapshots: &snapshots,
        trend: &trend,
        trend_interval_s,
        quality: series.quality(),
        special_day: false,
        part_of_day: part_of_day.min(PARTS_OF_DAY - 1),
    };
    scan.forget();
    for phase in 1..=series.block_steps {
        scan.refresh(&present, phase, 0);
    }
}

/// What can be seen at the quietest and at the busiest time of the day.
#[derive(Debug, Clone)]
pub struct DayAndNight {
    /// At the 5th percentile of the expected rate over the present day.
    pub night: Sight,
    /// At its maximum.
    pub peak: Sight,
    /// Share of the ups and downs of the (logarithm of the) rate that the time of day explains; the rest wanders about it.
    pub explained: f64,
}

impl Series {
    /// Seconds of counts seen in all.
    pub fn seen_s(&self) -> f64 {
        self.known_steps as f64 * self.step_s()
    }

    /// What can be seen by night and at peak; `None` before the first verdict.
    pub fn detectability(&self) -> Option<DayAndNight> {
        if !self.is_ready() {
            return None;
        }
        let times = ((86_400.0 / self.step_s()) as usize).clamp(1, TIMES_MAX);
        let mut rates: Vec<(f64, f64)> = (0..times)
            .map(|k| {
                let second_of_day = (k as f64 + 0.5) * 86_400.0 / times as f64;
                (self.expected_at(second_of_day) / self.step_s(), second_of_day)
            })
            .collect();
        rates.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mean = rates.iter().map(|(rate, _)| rate.ln()).sum::<f64>() / times as f64;
        let by_time = rates.iter().map(|(rate, _)| (rate.ln() - mean).powi(2)).sum::<f64>() / times as f64;
        let wandering: f64 = self.dynamics.variance.iter().sum();
        let sight = |at: usize| Sight::new(self, rates[at].1, rates[at].0);
        Some(DayAndNight {
            night: sight((NIGHT_QUANTILE * (times - 1) as f64).round() as usize),
            peak: sight(times - 1),
            explained: by_time / (by_time + wandering),
        })
    }
}

#[cfg(test)]
mod tests;
