//! Keeps the forecasts honest: compares what each test expected with what came, and scales its variance, tails and volatility.

/// Parts of the civil day that a test's variance is calibrated for apart.
pub const PARTS_OF_DAY: usize = 8;

/// Believed ratio of true to computed variance before anything was seen, its weight in samples, and the least ratio trusted.
const RATIO_PRIOR: f64 = 1.2;
const RATIO_PRIOR_WEIGHT: f64 = 20.0;
const RATIO_MIN: f64 = 0.6;

/// Weight in samples of the test's ratio over all day within that of a part of the day.
const PART_PRIOR_WEIGHT: f64 = 40.0;

/// Memory of the ratios, in seconds.
const RATIO_MEMORY_S: f64 = 1.2e6;
const PART_MEMORY_S: f64 = 4.5e5;

/// The tracked quantile of deviations, where a Gaussian's would be, how far it may move in one sample, and its floor.
const TAIL: f64 = 0.001;
const TAIL_STEP: f64 = 0.15;
const TAIL_MIN: f64 = 3.3;
const TAIL_START: f64 = 3.5;
/// A deviation beyond this is an incident, not a tail.
const TAIL_MOST: f64 = 8.0;

/// How one test's forecasts compare with what came.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Calibration {
    all: Ratio,
    parts: [Ratio; PARTS_OF_DAY],
    tail: f64,
    keep_all: f64,
    keep_part: f64,
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Ratio {
    found: f32,
    expected: f32,
}

impl Ratio {
    fn learn(&mut self, keep: f64, found: f64, expected: f64) {
        self.found = (f64::from(self.found) * keep + found) as f32;
        self.expected = (f64::from(self.expected) * keep + expected) as f32;
    }

    fn with_prior(self, prior: f64, weight: f64) -> f64 {
        (f64::from(self.found) + weight * prior) / (f64::from(self.expected) + weight)
    }
}

/// One forecast and its outcome.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Count over expectation, minus one.
    pub surprise: f64,
    /// Variance of the surprise from counting alone.
    pub counting: f64,
    /// Variance of the level forecast, as used.
    pub level: f64,
}

impl Calibration {
    /// Nothing seen yet; a sample comes every `interval_s` seconds.
    pub fn new(interval_s: f64) -> Self {
        let keep = |memory_s: f64| 1.0 - 1.0 / (memory_s / interval_s + 50.0);
        Self {
            all: Ratio::default(),
            parts: [Ratio::default(); PARTS_OF_DAY],
            tail: TAIL_START,
            keep_all: keep(RATIO_MEMORY_S),
            keep_part: keep(PART_MEMORY_S),
        }
    }

    /// Factor on the computed variance of the level forecast in a part of the day.
    pub fn ratio(&self, part: usize) -> f64 {
        let all = self.all.with_prior(RATIO_PRIOR, RATIO_PRIOR_WEIGHT);
        self.parts[part].with_prior(all, PART_PRIOR_WEIGHT).max(RATIO_MIN)
    }

    /// The 99.9 % quantile of absolute deviations, in standard deviations (3.29 for a Gaussian).
    pub fn tail(&self) -> f64 {
        self.tail
    }

    /// Learns from a forecast. The tail only from what comes after the first days.
    pub fn learn(&mut self, sample: Sample, part: usize, tail_too: bool) {
        let Sample {
            surprise,
            counting,
            level,
        } = sample;
        let total = level + counting;
        if tail_too {
            let deviation = surprise.abs() / total.sqrt();
            if deviation < TAIL_MOST {
                let above = f64::from(u8::from(deviation > self.tail));
                self.tail = (self.tail + TAIL_STEP * (above - TAIL)).max(TAIL_MIN);
            }
        }
        if surprise >= 0.0 {
            return;
        }
        let uncalibrated = level / self.ratio(part);
        let excess = (surprise * surprise).min(9.0 * total) - counting;
        let weight = uncalibrated / (total * total);
        self.all.learn(self.keep_all, weight * excess, weight * uncalibrated);
        self.parts[part].learn(self.keep_part, weight * excess, weight * uncalibrated);
    }
}

/// How much noisier than usual the last hour and a half was, over several window lengths and both signs; 1 is usual.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Volatility {
    found: f64,
    expected: f64,
}

const VOLATILITY_PRIOR: f64 = 6.0;
const VOLATILITY_MEMORY_S: f64 = 5_400.0;
const VOLATILITY_MIN: f64 = 0.2;

impl Volatility {
    /// As usual.
    pub fn usual() -> Self {
        Self {
            found: VOLATILITY_PRIOR,
            expected: VOLATILITY_PRIOR,
        }
    }

    /// Variance over its usual size, at least 1: calm times lend nothing.
    pub fn factor(&self) -> f64 {
        (self.found / self.expected).max(1.0)
    }

    /// Learns from a forecast over `window_s` seconds; `lagged` is the factor its variance contained.
    pub fn learn(&mut self, sample: Sample, window_s: f64, lagged: f64) {
        let usual = sample.level / lagged;
        let weight = (usual / (usual + sample.counting)).powi(2);
        let excess = (sample.surprise * sample.surprise).min(12.0 * (sample.level + sample.counting)) - sample.counting;
        let keep = (-window_s / VOLATILITY_MEMORY_S).exp();
        self.found = (self.found - VOLATILITY_PRIOR) * keep + VOLATILITY_PRIOR + weight * excess / usual;
        self.expected = (self.expected - VOLATILITY_PRIOR) * keep + VOLATILITY_PRIOR + weight;
        self.found = self.found.max(VOLATILITY_MIN * self.expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_twice_as_sure_as_they_should_be_are_widened_to_the_truth() {
        let mut calibration = Calibration::new(10.0);
        for i in 0..200_000 {
            // Surprises of a deviation of 2 % where 1 % is computed; only the negative half teaches.
            let surprise = if i % 2 == 0 { -0.02 } else { 0.02 };
            let level = 1e-4 * calibration.ratio(0);
            calibration.learn(
                Sample {
                    surprise,
                    counting: 0.0,
                    level,
                },
                0,
                false,
            );
        }
        assert!((calibration.ratio(0) - 4.0).abs() < 0.2, "{}", calibration.ratio(0));
        assert!(
            calibration.ratio(5) > 3.0,
            "other parts of the day lean on the whole: {}",
            calibration.ratio(5)
        );
    }

    #[test]
    fn a_noisy_hour_raises_the_volatility_and_a_calm_one_lets_it_fall() {
        let mut volatility = Volatility::usual();
        let noisy = Sample {
            surprise: 0.04,
            counting: 0.0,
            level: 1e-4,
        };
        (0..60).for_each(|_| volatility.learn(noisy, 60.0, 1.0));
        assert!(volatility.factor() > 4.0, "{}", volatility.factor());
        let calm = Sample {
            surprise: 0.005,
            counting: 0.0,
            level: 1e-4,
        };
        (0..400).for_each(|_| volatility.learn(calm, 60.0, 1.0));
        assert!(volatility.factor() < 1.2, "{}", volatility.factor());
    }
}
