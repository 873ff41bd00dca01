//! Seeded randomness whose every draw is the same on every machine and for ever.
//!
//! Nothing here depends on a library whose next version may draw differently. Sources: xoshiro256++ and SplitMix64 (Blackman and
//! Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021); normal by the polar method (Marsaglia and
//! Bray, 1964); gamma by Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000; Poisson
//! by inversion below 10 and by Hörmann's PTRS ("The transformed rejection method for generating Poisson random variables",
//! Insurance: Mathematics and Economics 12, 1993) above.

use crate::elementary::{exp, ln};

/// A stream of random draws.
#[derive(Debug, Clone)]
pub struct Chance {
    state: [u64; 4],
    spare_normal: Option<f64>,
}

/// The next output of SplitMix64, which turns any seed into a good state.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Chance {
    /// The stream of `seed` kept for `purpose`, so that a new use of randomness does not move the draws of an old one.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a (Fowler, Noll and Vo) spreads the purpose over 64 bits.
        let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut mixer = seed ^ hash;
        Self {
            state: std::array::from_fn(|_| split_mix(&mut mixer)),
            spare_normal: None,
        }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in (0, 1): never 0, so that its logarithm exists.
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform between `low` and `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform on a logarithmic scale between two positive numbers.
    pub fn between_log(&mut self, low: f64, high: f64) -> f64 {
        exp(self.between(ln(low), ln(high)))
    }

    /// A whole number below `n`, which must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Puts a slice into random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(self.unit())
    }

    /// Normal with mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let x = 2.0 * self.unit() - 1.0;
            let y = 2.0 * self.unit() - 1.0;
            let s = x * x + y * y;
            if s < 1.0 && s > f64::MIN_POSITIVE {
                let scale = (-2.0 * ln(s) / s).sqrt();
                self.spare_normal = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Gamma with the given shape and scale 1 (its mean is `shape`).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = exp(ln(self.unit()) / shape);
            return boost * self.gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.unit();
            if u < 1.0 - 0.0331 * x * x * x * x || ln(u) < 0.5 * x * x + d * (1.0 - v + ln(v)) {
                return d * v;
            }
        }
    }

    /// Student's t with `freedom` > 2 degrees of freedom, scaled to variance 1.
    pub fn student(&mut self, freedom: f64) -> f64 {
        let chi_square = 2.0 * self.gamma(freedom / 2.0);
        self.normal() * ((freedom - 2.0) / chi_square).sqrt()
    }

    /// Poisson with the given mean.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean <= 0.0 {
            0
        } else if mean < 10.0 {
            self.poisson_by_inversion(mean)
        } else {
            self.poisson_by_rejection(mean)
        }
    }

    fn poisson_by_inversion(&mut self, mean: f64) -> u64 {
        let mut left = self.unit();
        let mut term = exp(-mean);
        let mut k = 0;
        while left > term && k < 200 {
            left -= term;
            k += 1;
            term *= mean / k as f64;
        }
        k
    }

    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let squeeze = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.unit() - 0.5;
            let v = self.unit();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= squeeze {
                return k as u64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            if ln(v * inverse_alpha / (a / (us * us) + b)) <= k * ln(mean) - mean - ln_factorial(k) {
                return k as u64;
            }
        }
    }

    /// Negative binomial with the given mean and variance over mean `dispersion`; Poisson where that is 1 or less.
    pub fn count(&mut self, mean: f64, dispersion: f64) -> u64 {
        let excess = dispersion - 1.0;
        if excess < 1e-6 || mean <= 0.0 {
            return self.poisson(mean);
        }
        let rate = self.gamma(mean / excess) * excess;
        self.poisson(rate)
    }
}

/// Logarithm of k! by Stirling's series, after shifting small k up (Abramowitz and Stegun 6.1.41).
fn ln_factorial(k: f64) -> f64 {
    let mut x = k + 1.0;
    let mut shift = 1.0;
    while x < 10.0 {
        shift *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let tail = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (x - 0.5) * ln(x) - x + 0.918_938_533_204_672_7 + tail - ln(shift)
}

#[cfg(test)]
mod tests {
    use super::{Chance, ln_factorial};

    fn moments(n: usize, mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let draws: Vec<f64> = (0..n).map(|_| draw()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64)
    }

    /// Within five standard errors of the mean, and the variance within `tolerance` of itself.
    fn check(what: &str, (mean, variance): (f64, f64), expected: (f64, f64), n: usize, tolerance: f64) {
        let error = (expected.1 / n as f64).sqrt();
        assert!(
            (mean - expected.0).abs() < 5.0 * error,
            "{what}: mean {mean}, expected {}",
            expected.0
        );
        assert!(
            (variance / expected.1 - 1.0).abs() < tolerance,
            "{what}: variance {variance}, expected {}",
            expected.1
        );
    }

    #[test]
    fn xoshiro_gives_the_published_outputs() {
        let mut chance = Chance {
            state: [1, 2, 3, 4],
            spare_normal: None,
        };
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
        ];
        assert_eq!(expected.map(|_| chance.bits()), expected);
        // The first output of SplitMix64 from the state 1234567 in the authors' reference implementation.
        let mut state = 1_234_567;
        assert_eq!(super::split_mix(&mut state), 6_457_827_717_110_365_317);
    }

    #[test]
    fn simple_laws_have_their_moments() {
        let n = 400_000;
        let mut chance = Chance::new(1, "moments");
        check("unit", moments(n, || chance.unit()), (0.5, 1.0 / 12.0), n, 0.01);
        check("normal", moments(n, || chance.normal()), (0.0, 1.0), n, 0.02);
        check("exponential", moments(n, || chance.exponential()), (1.0, 1.0), n, 0.03);
        check("student", moments(n, || chance.student(7.0)), (0.0, 1.0), n, 0.05);
        for shape in [0.05, 0.7, 1.0, 4.5, 300.0] {
            check("gamma", moments(n, || chance.gamma(shape)), (shape, shape), n, 0.05);
        }
    }

    #[test]
    fn counts_have_their_moments() {
        let n = 300_000;
        let mut chance = Chance::new(2, "moments");
        for mean in [0.02, 0.7, 9.9, 10.1, 55.0, 4000.0] {
            check("poisson", moments(n, || chance.poisson(mean) as f64), (mean, mean), n, 0.03);
            for dispersion in [1.2, 3.0] {
                let drawn = moments(n, || chance.count(mean, dispersion) as f64);
                check("negative binomial", drawn, (mean, mean * dispersion), n, 0.06);
            }
        }
        assert_eq!(chance.count(0.0, 2.0), 0);
    }

    #[test]
    fn poisson_has_its_probabilities_on_both_sides_of_ten() {
        // P(k <= 6 | 9.5) and P(k <= 6 | 10.5), from the regularised incomplete gamma function (independent tables).
        let n = 400_000;
        for (mean, expected) in [(9.5, 0.164_949_3), (10.5, 0.101_632_6)] {
            let mut chance = Chance::new(3, "probabilities");
            let below = (0..n).filter(|_| chance.poisson(mean) <= 6).count() as f64 / f64::from(n);
            assert!(
                (below - expected).abs() < 0.003,
                "P(k <= 6 | {mean}) = {below}, expected {expected}"
            );
        }
    }

    #[test]
    fn one_purpose_does_not_move_another() {
        let draws = |purpose| {
            let mut chance = Chance::new(7, purpose);
            [chance.bits(), chance.bits()]
        };
        assert_eq!(draws("noise"), draws("noise"));
        assert_ne!(draws("noise"), draws("events"));
    }

    #[test]
    fn factorials_are_exact_where_they_are_known() {
        assert!((ln_factorial(5.0) - 120_f64.ln()).abs() < 1e-12);
        assert!((ln_factorial(20.0) - 2_432_902_008_176_640_000_f64.ln()).abs() < 1e-11);
    }
}
