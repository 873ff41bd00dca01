//! Brief stalls: some series stop for half a minute several times a week and come back by themselves. What is usual is not told at
//! once: after three brief stalls in a week a drop has to outlast the longest of them.

use std::collections::VecDeque;

/// A drop that was over within this time was a brief stall, in seconds.
const BRIEF_S: f64 = 60.0;

/// So many of them within so many seconds make them usual.
const USUAL: usize = 3;
const WITHIN_S: f64 = 7.0 * 86_400.0;

/// A drop must outlast the longest by this factor.
const OUTLAST: f64 = 1.25;

/// Where steps are this long nothing brief can be told from what is not.
const LONG_STEP_S: f64 = 30.0;

/// The brief stalls of the last week.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Stalls {
    /// Age of the series in seconds at the end of each, and its length.
    past: VecDeque<(f64, f64)>,
}

impl Stalls {
    /// Notes a drop that lasted `length_s` and ended when the series was `age_s` old.
    pub fn note(&mut self, age_s: f64, length_s: f64) {
        if length_s <= BRIEF_S {
            self.past.push_back((age_s, length_s));
            while self.past.len() > 2 * USUAL || self.past.front().is_some_and(|&(then, _)| then < age_s - WITHIN_S) {
                self.past.pop_front();
            }
        }
    }

    /// How long a drop has to last before it is told, in seconds; `age_s` and `step_s` are those of the series.
    pub fn patience_s(&self, age_s: f64, step_s: f64) -> f64 {
        if step_s >= LONG_STEP_S {
            return 0.0;
        }
        let recent = || {
            self.past
                .iter()
                .filter(|&&(then, _)| then >= age_s - WITHIN_S)
                .map(|&(_, length)| length)
        };
        if recent().count() >= USUAL {
            return OUTLAST * recent().fold(0.0, f64::max) + step_s;
        }
        0.0
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        self.past.capacity() * size_of::<(f64, f64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: f64 = 86_400.0;

    #[test]
    fn what_happens_three_times_a_week_has_to_be_outlasted() {
        let mut stalls = Stalls::default();
        assert_eq!(stalls.patience_s(30.0 * DAY_S, 1.0), 0.0);
        for day in [29.0, 30.0, 31.0] {
            stalls.note(day * DAY_S, 40.0);
        }
        assert_eq!(stalls.patience_s(32.0 * DAY_S, 1.0), 51.0);
        assert_eq!(stalls.patience_s(40.0 * DAY_S, 1.0), 0.0, "a week later it is forgotten");
    }

    #[test]
    fn long_losses_are_never_usual() {
        let mut stalls = Stalls::default();
        (0..10).for_each(|hour| stalls.note(30.0 * DAY_S + f64::from(hour) * 3_600.0, 600.0));
        assert_eq!(stalls.patience_s(31.0 * DAY_S, 1.0), 0.0);
    }
}
