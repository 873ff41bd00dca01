//! Whole numbers out of values that are not whole, and back.

/// A series of fractions is multiplied until its middle value is at least this large: rounding is then below 0.01 %.
const MEDIAN_MIN: f64 = 1e4;
/// Fractions are only rounded from this middle value on, where rounding changes less than 1 %.
const MEDIAN_ROUNDED: f64 = 100.0;

/// What one unit of the file is worth in counts that are judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    factor: f64,
    fractions: bool,
}

impl Scale {
    /// Counts as they are.
    pub const ONE: Self = Self {
        factor: 1.0,
        fractions: false,
    };

    /// The scale of a file that begins with `sample`.
    ///
    /// Powers of ten only, so that figures converted back look like those of the file.
    pub fn of(mut sample: Vec<f64>) -> Self {
        let fractions = sample.iter().any(|value| value.fract() != 0.0);
        sample.retain(|&value| value > 0.0);
        if !fractions || sample.is_empty() {
            return Self { factor: 1.0, fractions };
        }
        let middle = sample.len() / 2;
        let median = *sample.select_nth_unstable_by(middle, f64::total_cmp).1;
        if median >= MEDIAN_ROUNDED {
            return Self { factor: 1.0, fractions };
        }
        // Values below 1e-12 would need a factor that overflows the largest count; they are rounded to it and below.
        let tens = (MEDIAN_MIN / median.max(1e-12)).log10().ceil();
        Self {
            factor: 10_f64.powf(tens),
            fractions,
        }
    }

    /// The count that is judged for `value` of the file.
    pub fn count(self, value: f64) -> u64 {
        // Nearly all values are whole, and telling that is cheaper than rounding them.
        let scaled = value * self.factor;
        let whole = scaled as u64;
        if whole as f64 == scaled {
            whole
        } else {
            scaled.round() as u64
        }
    }

    /// Whether `value` is no whole count even after scaling.
    pub fn rounds(self, value: f64) -> bool {
        let scaled = value * self.factor;
        (scaled as u64) as f64 != scaled
    }

    /// A judged figure in the unit of the file.
    pub fn back(self, judged: f64) -> f64 {
        judged / self.factor
    }

    /// What was done to the values, for a person; `None` where nothing was.
    pub fn note(self) -> Option<String> {
        if self.factor > 1.0 {
            let factor = crate::wording::count(self.factor);
            return Some(format!(
                "values are not whole numbers: judged as counts after multiplying by {factor}, shown in the file's unit"
            ));
        }
        self.fractions
            .then(|| "values are not whole numbers: each is rounded to the nearest count".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_as_they_are() {
        let scale = Scale::of(vec![0.0, 1.0, 7.0]);
        assert_eq!((scale, scale.count(7.0), scale.note()), (Scale::ONE, 7, None));
    }

    #[test]
    fn small_fractions_become_counts_and_come_back() {
        let scale = Scale::of(vec![0.0, 0.2, 0.214_594, 0.41]);
        assert_eq!(scale.count(0.214_594), 21_459);
        assert!((scale.back(21_459.0) - 0.21459).abs() < 1e-12);
    }

    #[test]
    fn large_fractions_are_only_rounded() {
        let scale = Scale::of(vec![1500.25, 1501.5, 1499.75]);
        assert_eq!(scale.count(1501.5), 1502);
        assert!(scale.note().is_some());
    }

    #[test]
    fn absurdly_small_values_do_not_overflow() {
        let scale = Scale::of(vec![1e-300, 0.5e-300]);
        assert_eq!(scale.count(1e-300), 0);
    }
}
