//! Exponential, logarithm and cosine that give the same bits on every machine.
//!
//! The standard library takes these from the platform, whose last bit differs between systems and versions, so a seed would
//! not mean the same series everywhere. Addition, multiplication, division and square root are exact by IEEE 754; everything
//! here is built from those. Accurate to about 1e-15 relative, which is plenty for noise.

use std::f64::consts::SQRT_2;

/// High and low part of ln 2, so that `k * LN_2_HIGH` is exact (Cody and Waite, 1980).
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1/n for the series below; divisions cost more than all the rest.
const INVERSE: [f64; 24] = {
    let mut table = [0.0; 24];
    let mut n = 1;
    while n < table.len() {
        table[n] = 1.0 / n as f64;
        n += 1;
    }
    table
};

/// e to the power `x`; 0 below -700, and the largest finite power above 700.
pub fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = x.min(700.0);
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    // Taylor to r^13; |r| <= 0.347, so the next term is below 5e-18.
    let mut sum = 1.0;
    for n in (1..=13).rev() {
        sum = 1.0 + sum * r * INVERSE[n];
    }
    sum * power_of_two(k as i64)
}

/// 2 to the power `k` for -1022 <= `k` <= 1023, made from its bits.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// Natural logarithm of a positive normal number.
pub fn ln(x: f64) -> f64 {
    debug_assert!(x >= f64::MIN_POSITIVE && x.is_finite(), "ln of {x}");
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) as i64) - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh s; s^2 <= 0.0295, so eleven terms leave less than 1e-17.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    for n in (0..11).rev() {
        sum = sum * square + INVERSE[2 * n + 1];
    }
    let k = exponent as f64;
    k * LN_2_HIGH + (k * LN_2_LOW + 2.0 * s * sum)
}

/// Cosine of an angle given in turns (1.0 is a full circle).
pub fn cos_turns(turns: f64) -> f64 {
    // Fold to a quarter of a turn: cosine is even, and half a turn changes its sign.
    let turns = (turns - turns.round_ties_even()).abs();
    let (turns, sign) = if turns > 0.25 { (0.5 - turns, -1.0) } else { (turns, 1.0) };
    let x = std::f64::consts::TAU * turns;
    let square = x * x;
    let mut sum = 1.0;
    for n in (1..=11).rev() {
        sum = 1.0 - sum * square * INVERSE[2 * n - 1] * INVERSE[2 * n];
    }
    sign * sum
}

/// The smooth step 3x^2 - 2x^3 from 0 at `x` <= 0 to 1 at `x` >= 1.
pub fn smooth_step(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::{cos_turns, exp, ln};

    /// Of e, e^-17.3, ln 2 and ln 0.037, as the machine this was written on gave them.
    const BITS: [u64; 4] = [
        4_613_303_445_314_885_482,
        4_494_723_459_136_184_759,
        4_604_418_534_313_441_775,
        13_837_978_273_422_063_492,
    ];

    #[test]
    fn agrees_with_the_platform_to_the_last_digits() {
        for k in -3000..3000 {
            let x = f64::from(k) * 0.0937;
            let theirs = x.exp();
            assert!((exp(x) - theirs).abs() <= 4e-15 * theirs, "exp({x})");
            let y = theirs.max(1e-300);
            assert!((ln(y) - y.ln()).abs() <= 1e-14 * y.ln().abs().max(1.0), "ln({y})");
            assert!(
                (cos_turns(x) - (x * std::f64::consts::TAU).cos()).abs() < 1e-11,
                "cos_turns({x})"
            );
        }
    }

    #[test]
    fn gives_these_very_bits_everywhere() {
        assert_eq!([exp(1.0), exp(-17.3), ln(2.0), ln(0.037)].map(f64::to_bits), BITS);
        assert_eq!(cos_turns(0.5), -1.0);
        assert!(cos_turns(0.25).abs() < 1e-16);
    }
}
