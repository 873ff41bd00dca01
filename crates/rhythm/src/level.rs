//! The level of a series about its profile: three noises that come and go at different speeds, and a slow walk, followed by a
//! Kalman filter on blocks of a few seconds. All levels are natural logarithms.
//!
//! Filter equations: Anderson & Moore, *Optimal Filtering*, ch. 3; the noises are Ornstein-Uhlenbeck processes sampled at block ends.

use crate::special::{mean_decay, mean_variance_share};

/// Time constants of the three noises, in seconds.
pub const TAU_S: [f64; 3] = [45.0, 450.0, 5400.0];

/// How many numbers the level has: the three noises and the walk.
pub const PARTS: usize = 4;

/// The index of the walk among the parts.
pub const WALK: usize = 3;

/// How the level moves in one block; made anew when the variances are.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Dynamics {
    /// Length of a block in seconds.
    pub block_s: f64,
    /// Stationary variances of the three noises.
    pub variance: [f64; 3],
    /// Variance the walk gains in a second.
    pub walk_per_s: f64,
    decay: [f64; PARTS],
    gain: [f64; PARTS],
    /// What the mean of a block shows of each part as it was at the block's start.
    view: [f64; PARTS],
    /// Variance of a block's mean about that view.
    within: f64,
}

impl Dynamics {
    /// Dynamics for blocks of `block_s` seconds.
    pub fn new(block_s: f64, variance: [f64; 3], walk_per_s: f64) -> Self {
        let mut dynamics = Self {
            block_s,
            variance,
            walk_per_s,
            decay: [1.0; PARTS],
            gain: [0.0; PARTS],
            view: [1.0; PARTS],
            within: 0.0,
        };
        for k in 0..3 {
            let x = block_s / TAU_S[k];
            dynamics.decay[k] = (-x).exp();
            dynamics.gain[k] = variance[k] * (1.0 - dynamics.decay[k].powi(2));
            dynamics.view[k] = mean_decay(x);
            dynamics.within += variance[k] * (mean_variance_share(x) - dynamics.view[k].powi(2)).max(0.0);
        }
        dynamics.gain[WALK] = walk_per_s * block_s;
        dynamics
    }

    /// Standard deviations of the three noises.
    pub fn deviation(&self) -> [f64; 3] {
        self.variance.map(f64::sqrt)
    }
}

/// What one block taught the filter.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    /// Share of the surprise that went into the level.
    pub gain: f64,
}

/// The level and how well it is known.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Level {
    /// The parts: fast, middle and slow noise, and the walk.
    pub parts: [f64; PARTS],
    /// Their covariance.
    pub covariance: [[f64; PARTS]; PARTS],
}

/// Most variance the walk may have: a level known to within a factor of about 1.6.
const WALK_VARIANCE_MAX: f64 = 0.25;

/// A noise further from zero than this many deviations hands the excess to the walk, so that a slow departure does not spring back.
const NOISE_REACH: f64 = 2.0;

/// A block's surprise counts for at most this many deviations.
const SURPRISE_MAX: f64 = 3.0;

impl Level {
    /// A level of which only the noises' sizes are known.
    pub fn unknown(variance: [f64; 3]) -> Self {
        let mut level = Self {
            parts: [0.0; PARTS],
            covariance: [[0.0; PARTS]; PARTS],
        };
        level.forget_noises(variance, 1.0);
        level
    }

    /// The logarithm of the factor on the profile.
    #[inline]
    pub fn total(&self) -> f64 {
        self.parts[0] + self.parts[1] + self.parts[2] + self.parts[WALK]
    }

    /// Starts over from the current values: the noises may be anywhere, the walk is known to `walk_variance`.
    pub fn forget_noises(&mut self, variance: [f64; 3], walk_variance: f64) {
        self.covariance = [[0.0; PARTS]; PARTS];
        for (k, v) in variance.into_iter().enumerate() {
            self.covariance[k][k] = v;
        }
        self.covariance[WALK][WALK] = walk_variance;
    }

    /// Sets the level to `total` with the fast noises at rest.
    pub fn settle_at(&mut self, total: f64) {
        self.parts[0] = 0.0;
        self.parts[1] = 0.0;
        self.parts[WALK] = total - self.parts[2];
    }

    /// Makes the walk less certain by `variance`.
    pub fn widen_walk(&mut self, variance: f64) {
        self.covariance[WALK][WALK] = (self.covariance[WALK][WALK] + variance).min(WALK_VARIANCE_MAX);
    }

    /// Whether it may be anywhere by now, as after a long gap in a short history: it is found anew then, because a filter that is so far
    /// off takes many blocks to arrive.
    pub fn is_forgotten(&self) -> bool {
        self.covariance[WALK][WALK] >= WALK_VARIANCE_MAX
    }

    /// Lets one block pass. `volatility` (1 is usual) scales how much the two fast noises may have moved.
    pub fn pass_block(&mut self, dynamics: &Dynamics, volatility: f64) {
        for u in 0..PARTS {
            self.parts[u] *= dynamics.decay[u];
            for w in 0..PARTS {
                self.covariance[u][w] *= dynamics.decay[u] * dynamics.decay[w];
            }
            self.covariance[u][u] += dynamics.gain[u] * if u < 2 { volatility } else { 1.0 };
        }
        self.covariance[WALK][WALK] = self.covariance[WALK][WALK].min(WALK_VARIANCE_MAX);
    }

    /// Variance of a block's mean level as the filter predicts it.
    pub fn predicted_variance(&self, dynamics: &Dynamics) -> f64 {
        let mut sum = 0.0;
        for u in 0..PARTS {
            for w in 0..PARTS {
                sum += self.covariance[u][w] * dynamics.view[u] * dynamics.view[w];
            }
        }
        sum
    }

    /// Learns from a block in which `count` outcomes came where the level so far expected `expected`.
    pub fn observe(&mut self, dynamics: &Dynamics, count: f64, expected: f64, dispersion: f64, volatility: f64) -> Lesson {
        let mut toward = [0.0; PARTS];
        let mut seen = 0.0;
        for (u, part) in toward.iter_mut().enumerate() {
            *part = (0..PARTS).map(|w| self.covariance[u][w] * dynamics.view[w]).sum();
            seen += *part * dynamics.view[u];
        }
        let variance = dispersion / expected + dynamics.within * volatility + seen;
        let ahead: f64 = (0..3).map(|k| self.parts[k] * (1.0 - dynamics.view[k])).sum();
        let reach = SURPRISE_MAX * variance.sqrt();
        let surprise = (count / expected * ahead.exp() - 1.0).clamp(-reach, reach);
        for u in 0..PARTS {
            self.parts[u] += toward[u] / variance * surprise;
            for w in 0..PARTS {
                self.covariance[u][w] -= toward[u] * toward[w] / variance;
            }
        }
        self.hand_over_excess(dynamics);
        Lesson { gain: seen / variance }
    }

    fn hand_over_excess(&mut self, dynamics: &Dynamics) {
        for (k, deviation) in dynamics.deviation().into_iter().enumerate() {
            let reach = NOISE_REACH * deviation;
            let excess = self.parts[k] - self.parts[k].clamp(-reach, reach);
            self.parts[k] -= excess;
            self.parts[WALK] += excess;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_finds_a_steady_level() {
        let dynamics = Dynamics::new(5.0, [1e-4, 1.7e-4, 9e-4], 2.5e-7);
        let mut level = Level::unknown(dynamics.variance);
        for _ in 0..2_000 {
            level.pass_block(&dynamics, 1.0);
            let expected = 500.0 * level.total().exp();
            level.observe(&dynamics, 650.0, expected, 1.0, 1.0);
        }
        assert!(
            (level.total() - (650.0_f64 / 500.0).ln()).abs() < 1e-3,
            "level is {}",
            level.total()
        );
        assert!(level.predicted_variance(&dynamics) < 1e-3);
    }

    #[test]
    fn one_wild_block_moves_the_level_by_a_bounded_step() {
        let dynamics = Dynamics::new(5.0, [1e-4, 1.7e-4, 9e-4], 2.5e-7);
        let mut level = Level::unknown(dynamics.variance);
        level.forget_noises(dynamics.variance, 1e-4);
        level.observe(&dynamics, 1e9, 500.0, 1.0, 1.0);
        assert!(level.total() < 0.2, "level jumped to {}", level.total());
    }
}
