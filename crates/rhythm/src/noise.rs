//! How noisy a series is: over-dispersion from step to step, and the sizes of the level's noises, measured each night.

use crate::level::TAU_S;
use crate::special::mean_variance_share;

/// Variance over mean of the counts in a step, from differences of neighbours (so that the level cancels).
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Dispersion {
    squares: f64,
    counts: f64,
    last: Option<u64>,
}

/// What is believed before any count was seen, and how many counts that belief is worth.
const DISPERSION_PRIOR: (f64, f64) = (1.2, 2_000.0);

/// Memory of the dispersion: a step's weight falls by this factor with each later one.
const DISPERSION_MEMORY: f64 = 0.99999;

impl Dispersion {
    /// The prior belief.
    pub fn new() -> Self {
        Self {
            squares: DISPERSION_PRIOR.0 * DISPERSION_PRIOR.1,
            counts: DISPERSION_PRIOR.1,
            last: None,
        }
    }

    /// Variance over mean, at least the half of Poisson's.
    #[inline]
    pub fn value(&self) -> f64 {
        self.squares / self.counts
    }

    /// The next count is no neighbour of the last.
    pub fn interrupt(&mut self) {
        self.last = None;
    }

    /// Learns from a step's count where `expected` outcomes were expected and the fast noise has variance `fast`.
    #[inline]
    pub fn learn(&mut self, count: u64, expected: f64, fast: f64) {
        let last = self.last.replace(count);
        let Some(last) = last else { return };
        let sum = (count + last) as f64;
        if sum <= 0.0 {
            return;
        }
        let pair = 2.0 * expected.max(0.02);
        let difference = count as f64 - last as f64;
        let weight = 1.0 / ((1.0 + fast * pair) * pair);
        let most = 25.0 * self.value() * pair.max(1.0);
        self.squares = self.squares * DISPERSION_MEMORY + weight * (difference * difference).min(most);
        self.counts = self.counts * DISPERSION_MEMORY + weight * sum;
    }
}

impl Default for Dispersion {
    fn default() -> Self {
        Self::new()
    }
}

/// Octaves of block lengths that differences are taken at.
const OCTAVES_MAX: usize = 12;

/// Longest block length of a difference, in seconds.
const LONGEST_S: f64 = 5_200.0;

/// The noises' deviations before any were measured, and how many differences that belief is worth.
const DEVIATION_PRIOR: [f64; 3] = [0.010, 0.013, 0.03];
const PRIOR_WEIGHT: f64 = 12.0;

/// Bounds of the measured deviations.
const DEVIATION_MIN: [f64; 3] = [0.001, 0.002, 0.005];
const DEVIATION_MAX: [f64; 3] = [0.1, 0.1, 0.2];

/// What is remembered of the differences after each night.
const NIGHTLY_MEMORY: f64 = 0.93;

/// Fewest counts on each side of a difference.
const COUNTS_MIN: f64 = 20.0;

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Half {
    count: f64,
    profile: f64,
    clean: bool,
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Octave {
    /// The finished block before the one that grows.
    before: Option<Half>,
    /// First half of the block that grows on the next octave.
    pending: Option<Half>,
    /// Weighted differences of today, and of the past.
    today: (f64, f64),
    past: (f64, f64),
    /// The variance of a difference as currently modelled.
    modelled: f64,
}

/// Variances of the level's noises from differences of neighbouring blocks at every octave (Haar wavelet variances: Percival &
/// Walden, *Wavelet Methods for Time Series Analysis*, ch. 8), fitted each night by a sum of Ornstein-Uhlenbeck processes.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Variances {
    block_s: f64,
    octaves: usize,
    octave: [Octave; OCTAVES_MAX],
}

impl Variances {
    /// For base blocks of `block_s` seconds.
    pub fn new(block_s: f64) -> Self {
        let longest = LONGEST_S.max(4.0 * block_s);
        let octaves = (0..OCTAVES_MAX)
            .take_while(|&j| block_s * f64::from(1 << j) <= longest)
            .count();
        let mut variances = Self {
            block_s,
            octaves,
            octave: [Octave::default(); OCTAVES_MAX],
        };
        variances.remodel(Self::prior());
        variances
    }

    /// The noises' variances believed at the start.
    pub fn prior() -> [f64; 3] {
        DEVIATION_PRIOR.map(|deviation| deviation * deviation)
    }

    /// Adds a block; `clean` says that it may be learned from.
    pub fn push(&mut self, count: f64, profile: f64, clean: bool, dispersion: f64) {
        let mut block = Half { count, profile, clean };
        for octave in &mut self.octave[..self.octaves] {
            if let Some(before) = octave.before.replace(block) {
                octave.compare(before, block, dispersion);
            }
            let Some(first) = octave.pending.take() else {
                octave.pending = Some(block);
                return;
            };
            block = Half {
                count: first.count + block.count,
                profile: first.profile + block.profile,
                clean: first.clean && block.clean,
            };
        }
    }

    /// Ends a day: the variances that fit all differences so far, starting from `now`.
    pub fn fit(&mut self, now: [f64; 3]) -> [f64; 3] {
        let prior = Self::prior();
        let mut found = [0.0; OCTAVES_MAX];
        let mut weight = [0.0; OCTAVES_MAX];
        for j in 0..self.octaves {
            let expected_prior = self.expected_difference(j, prior);
            let octave = &mut self.octave[j];
            octave.past.0 = octave.past.0 * NIGHTLY_MEMORY + octave.today.0;
            octave.past.1 = octave.past.1 * NIGHTLY_MEMORY + octave.today.1;
            octave.today = (0.0, 0.0);
            let prior_weight = PRIOR_WEIGHT / expected_prior.powi(2);
            weight[j] = octave.past.1 + prior_weight;
            found[j] = (octave.past.0 + prior_weight * expected_prior) / weight[j];
        }
        let fitted = self.descend(now, &found, &weight);
        self.remodel(fitted);
        fitted
    }

    /// Non-negative least squares by coordinate descent.
    fn descend(&self, start: [f64; 3], found: &[f64; OCTAVES_MAX], weight: &[f64; OCTAVES_MAX]) -> [f64; 3] {
        let mut share = [[0.0; 3]; OCTAVES_MAX];
        for (j, share) in share.iter_mut().enumerate().take(self.octaves) {
            for (k, share) in share.iter_mut().enumerate() {
                *share = difference_share(self.block_s * f64::from(1 << j) / TAU_S[k]);
            }
        }
        let heaviest = weight.iter().copied().fold(0.0, f64::max);
        let mut variance = start;
        for _ in 0..120 {
            for k in 0..3 {
                let (mut along, mut square) = (0.0, 1e-30);
                for j in 0..self.octaves {
                    let others: f64 = (0..3).filter(|&u| u != k).map(|u| share[j][u] * variance[u]).sum();
                    along += weight[j] / heaviest * (found[j] - others) * share[j][k];
                    square += weight[j] / heaviest * share[j][k].powi(2);
                }
                variance[k] = (along / square).clamp(DEVIATION_MIN[k].powi(2), DEVIATION_MAX[k].powi(2));
            }
        }
        variance
    }

    fn expected_difference(&self, octave: usize, variance: [f64; 3]) -> f64 {
        let length_s = self.block_s * f64::from(1 << octave);
        (0..3).map(|k| variance[k] * difference_share(length_s / TAU_S[k])).sum()
    }

    fn remodel(&mut self, variance: [f64; 3]) {
        for j in 0..self.octaves {
            self.octave[j].modelled = self.expected_difference(j, variance);
        }
    }
}

impl Octave {
    fn compare(&mut self, before: Half, after: Half, dispersion: f64) {
        if !(before.clean && after.clean) || before.count < COUNTS_MIN || after.count < COUNTS_MIN {
            return;
        }
        let difference = (after.count / after.profile * before.profile / before.count).ln();
        let counting = dispersion / after.count + dispersion / before.count;
        let usual = self.modelled + counting;
        let weight = 1.0 / (usual * usual);
        self.today.0 += weight * ((difference * difference).min(9.0 * usual) - counting);
        self.today.1 += weight;
    }
}

/// Share of a process's variance in the difference of the means of two neighbouring windows of `x` time constants.
pub fn difference_share(x: f64) -> f64 {
    let mean = mean_variance_share(x);
    let cross = ((1.0 - (-x).exp()) / x).powi(2);
    2.0 * (mean - cross)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_counts_have_the_dispersion_of_their_variance() {
        let mut dispersion = Dispersion::new();
        for i in 0..400_000_u64 {
            dispersion.learn(if i % 2 == 0 { 90 } else { 110 }, 100.0, 0.0);
        }
        // Differences of 20 between neighbours: (20²)/(2·100) = 2.
        assert!((dispersion.value() - 2.0).abs() < 0.05, "{}", dispersion.value());
    }

    #[test]
    fn a_calm_series_is_measured_as_calm() {
        let mut variances = Variances::new(5.0);
        let mut fitted = Variances::prior();
        for _ in 0..20 {
            for _ in 0..17_280 {
                variances.push(1e9, 1e9, true, 1.0);
            }
            fitted = variances.fit(fitted);
        }
        assert!(fitted[0] < 4e-6 && fitted[1] < 2e-5, "{fitted:?}");
    }

    #[test]
    fn nothing_is_learned_from_blocks_that_are_not_clean() {
        let mut variances = Variances::new(5.0);
        for i in 0..20_000 {
            variances.push(if i % 2 == 0 { 100.0 } else { 900.0 }, 500.0, false, 1.0);
        }
        let fitted = variances.fit(Variances::prior());
        let prior = Variances::prior();
        for k in 0..3 {
            assert!((fitted[k] / prior[k] - 1.0).abs() < 0.05, "{fitted:?}");
        }
    }
}
