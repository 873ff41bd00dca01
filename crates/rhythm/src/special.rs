//! Special functions: tails of the normal law and the deviance of over-dispersed counts.

/// Signed root of the deviance of a count below its expectation, 0 where it is not below.
///
/// The count is negative binomial with mean `expected` and variance `expected + expected² · spread`; under that law the root is
/// close to a standard normal deviate (McCullagh & Nelder, *Generalized Linear Models*, 2nd ed., §2.3 and §6.3). `spread` gathers
/// over-dispersion and the relative variance of the expectation itself.
pub fn low_count_z(count: f64, expected: f64, spread: f64) -> f64 {
    if count >= expected {
        return 0.0;
    }
    let size = 1.0 / spread.max(1e-9);
    let own = if count > 0.0 { count * (count / expected).ln() } else { 0.0 };
    (2.0 * (own - (count + size) * ((count + size) / (expected + size)).ln()))
        .max(0.0)
        .sqrt()
}

/// Upper tail of the standard normal law, `P(Z > z)`.
///
/// Complementary error function by the Chebyshev fit of Press et al., *Numerical Recipes*, 3rd ed., §6.2.2; relative error below 1.2e-7.
pub fn normal_upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    const C: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let fit = C.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let tail = t * (-x * x + fit).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

/// The `z` with `P(Z > z) = tail`, for `tail` in (0, 1).
///
/// Rational start by Abramowitz & Stegun 26.2.23, then Newton steps on the logarithm of the tail.
pub fn normal_upper_quantile(tail: f64) -> f64 {
    if tail > 0.5 {
        return -normal_upper_quantile(1.0 - tail);
    }
    let t = (-2.0 * tail.ln()).sqrt();
    let mut z = t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    for _ in 0..4 {
        let upper = normal_upper_tail(z);
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        z += (upper.ln() - tail.ln()) * upper / density;
    }
    z
}

const SIXTH: f64 = 1.0 / 6.0;

/// `factor · e^x`; for small `x` by the series, exact to a millionth, which is cheaper than the exponential.
#[inline]
pub fn scaled_exp(factor: f64, x: f64) -> f64 {
    if x.abs() < 0.05 {
        factor * (1.0 + x * (1.0 + x * (0.5 + x * SIXTH)))
    } else {
        factor * x.exp()
    }
}

/// Share of the variance of an Ornstein-Uhlenbeck process that is left in its mean over a window of `x` time constants:
/// `2 (x - 1 + e^-x) / x²`.
pub fn mean_variance_share(x: f64) -> f64 {
    if x > 1e-4 {
        2.0 * (x - 1.0 + (-x).exp()) / (x * x)
    } else {
        1.0 - x / 3.0
    }
}

/// Mean of `e^-u` over `u` in `[0, x]`: how much of a state at the start of a window of `x` time constants its mean still shows.
pub fn mean_decay(x: f64) -> f64 {
    if x > 1e-9 { (1.0 - (-x).exp()) / x } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, relative: f64) {
        assert!((a - b).abs() <= relative * b.abs(), "{a} is not {b}");
    }

    /// Reference values: scipy 1.x, `norm.sf` and `norm.isf`.
    #[test]
    fn normal_tails_match_scipy() {
        close(normal_upper_tail(0.0), 0.5, 1e-6);
        close(normal_upper_tail(1.0), 0.158_655_253_931_457_05, 1e-6);
        close(normal_upper_tail(3.0), 0.001_349_898_031_630_094_5, 1e-6);
        close(normal_upper_tail(5.9), 1.817_507_863_099_432e-9, 1e-6);
        close(normal_upper_tail(-2.0), 0.977_249_868_051_820_8, 1e-6);
        close(normal_upper_quantile(0.025), 1.959_963_984_540_054, 1e-6);
        close(normal_upper_quantile(1e-9), 5.997_807_015_007_686, 1e-6);
        close(normal_upper_quantile(0.95), -1.644_853_626_951_472_2, 1e-6);
    }

    /// With no spread beyond counting noise, nothing seen of `n` expected has probability `e^-n`, and half the squared root is `n`.
    #[test]
    fn nothing_seen_carries_its_expectation_as_evidence() {
        close(low_count_z(0.0, 20.0, 1e-9).powi(2) / 2.0, 20.0, 1e-3);
    }

    /// scipy: `2*(poisson.logpmf(60, 60) - poisson.logpmf(60, 100))` is 17.3503...; the deviance of 60 against 100.
    #[test]
    fn the_deviance_is_that_of_a_poisson_count_where_the_spread_is_nil() {
        close(
            low_count_z(60.0, 100.0, 1e-9).powi(2),
            2.0 * (60.0 * (0.6_f64).ln() + 40.0),
            1e-4,
        );
    }

    #[test]
    fn a_count_above_its_expectation_is_no_evidence_of_a_drop() {
        assert_eq!(low_count_z(120.0, 100.0, 0.01), 0.0);
    }
}
