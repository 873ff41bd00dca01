//! Slow noise: autoregressive processes with heavy-tailed innovations, read second by second.
//!
//! Counts of real services wander about their season by a few percent at every time scale, and now and then jump. A sum of
//! first-order autoregressive processes with different time constants, driven by Student's t, looks like that.

use crate::chance::Chance;

/// One process: standard deviation `sd` of the logarithm of the rate, forgotten in `tau_s` seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Time constant in seconds.
    pub tau_s: f64,
    /// Standard deviation of the logarithm of the rate.
    pub sd: f64,
}

/// A drift as it goes on: values at knots a twentieth of the time constant apart, straight lines between.
#[derive(Debug, Clone)]
pub struct Wander {
    chance: Chance,
    keep: f64,
    kick: f64,
    freedom: f64,
    knot_s: f64,
    /// Seconds from the start at which the line goes from `from` to `to`.
    knot_at_s: f64,
    from: f64,
    to: f64,
}

impl Wander {
    /// Starts a drift in its stationary state; `freedom` (> 2) are the degrees of freedom of its innovations.
    pub fn new(drift: Drift, freedom: f64, mut chance: Chance) -> Self {
        let knot_s = (drift.tau_s / 20.0).max(1.0);
        let keep = crate::elementary::exp(-knot_s / drift.tau_s);
        let kick = (1.0 - keep * keep).sqrt() * drift.sd;
        let from = chance.normal() * drift.sd;
        let to = keep * from + kick * chance.student(freedom);
        Self {
            chance,
            keep,
            kick,
            freedom,
            knot_s,
            knot_at_s: 0.0,
            from,
            to,
        }
    }

    /// The mean over a step that starts `second` seconds after the start; steps must be asked for in the order of time.
    pub fn mean_over(&mut self, second: f64, step_s: f64) -> f64 {
        let parts = (step_s / self.knot_s).ceil().max(1.0);
        let part_s = step_s / parts;
        let mut sum = 0.0;
        let mut at = second + part_s / 2.0;
        for _ in 0..parts as u32 {
            sum += self.at(at);
            at += part_s;
        }
        sum / parts
    }

    fn at(&mut self, second: f64) -> f64 {
        while second >= self.knot_at_s + self.knot_s {
            self.knot_at_s += self.knot_s;
            self.from = self.to;
            self.to = self.keep * self.from + self.kick * self.chance.student(self.freedom);
        }
        self.from + (self.to - self.from) * (second - self.knot_at_s) / self.knot_s
    }
}

#[cfg(test)]
mod tests {
    use super::{Drift, Wander};
    use crate::chance::Chance;

    fn values(tau_s: f64, step_s: f64, n: usize) -> Vec<f64> {
        let mut wander = Wander::new(Drift { tau_s, sd: 0.02 }, 5.0, Chance::new(4, "drift"));
        (0..n).map(|k| wander.mean_over(k as f64 * step_s, step_s)).collect()
    }

    fn covariance(values: &[f64], lag: usize) -> f64 {
        let pairs = values.len() - lag;
        values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum::<f64>() / pairs as f64
    }

    #[test]
    fn has_its_deviation_and_forgets_in_its_time() {
        let drawn = values(60.0, 1.0, 2_000_000);
        let variance = covariance(&drawn, 0);
        assert!((variance.sqrt() / 0.02 - 1.0).abs() < 0.05, "{}", variance.sqrt());
        let after_tau = covariance(&drawn, 60) / variance;
        assert!((after_tau - (-1.0_f64).exp()).abs() < 0.03, "{after_tau}");
    }

    #[test]
    fn a_long_step_averages_the_fast_wander_away() {
        // Variance of the mean over a step of x time constants: 2 (x - 1 + e^-x) / x^2 of the variance.
        let x: f64 = 10.0;
        let expected = 2.0 * (x - 1.0 + (-x).exp()) / (x * x);
        let drawn = values(60.0, 600.0, 40_000);
        let found = covariance(&drawn, 0) / (0.02 * 0.02);
        assert!((found / expected - 1.0).abs() < 0.1, "{found}, expected {expected}");
    }
}
