//! Planned pauses: stretches that are empty at the same time of day again and again, such as a nightly rotation of logs.
//!
//! An empty stretch is noted with its beginning and end; where two or more of the last days had it at the same times (to half a
//! minute), or three of seven to two minutes, nothing is expected there and nothing is judged. Outages do not keep such hours.

use std::collections::VecDeque;

/// A stretch is empty when it lasts this long and longer than two steps, in seconds.
const EMPTY_S: f64 = 60.0;

/// A step is empty when it counts less than this share of what is expected, and at least so much was expected in the stretch.
const EMPTY_SHARE: f64 = 0.02;
const EXPECTED_MIN: f64 = 30.0;

/// Stretches remembered, and for how many days.
const KEPT: usize = 24;
const DAYS_KEPT: i64 = 8;

/// How near beginnings and ends must lie, in seconds, and on how many days.
const NEAR: [(f64, usize); 2] = [(30.0, 2), (120.0, 3)];

/// Seconds left out before and after a planned pause, beside a step.
const EDGE_S: f64 = 60.0;

#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Stretch {
    day: i64,
    start_s: f64,
    end_s: f64,
}

/// The empty stretches of the last days.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Pauses {
    step_s: f64,
    open: Option<Stretch>,
    expected: f64,
    past: VecDeque<Stretch>,
}

impl Pauses {
    /// For steps of `step_s` seconds.
    pub fn new(step_s: u32) -> Self {
        Self {
            step_s: f64::from(step_s),
            open: None,
            expected: 0.0,
            past: VecDeque::new(),
        }
    }

    /// Notes a step.
    #[inline]
    pub fn note(&mut self, day: i64, second_of_day: f64, count: u64, expected: f64) {
        if count == 0 || (count as f64) < EMPTY_SHARE * expected {
            let open = self.open.get_or_insert(Stretch {
                day,
                start_s: second_of_day,
                end_s: second_of_day,
            });
            open.end_s = (day - open.day) as f64 * 86_400.0 + second_of_day + self.step_s;
            self.expected += expected;
        } else if let Some(stretch) = self.open.take() {
            let long = stretch.end_s - stretch.start_s >= EMPTY_S.max(2.0 * self.step_s);
            if long && self.expected >= EXPECTED_MIN {
                self.past.push_back(stretch);
                while self.past.len() > KEPT || self.past.front().is_some_and(|s| s.day < day - DAYS_KEPT) {
                    self.past.pop_front();
                }
            }
            self.expected = 0.0;
        }
    }

    /// Whether a pause is planned for this time.
    pub fn planned(&self, day: i64, second_of_day: f64) -> bool {
        let edge = EDGE_S + self.step_s;
        self.past.iter().any(|model| {
            // A pause that crosses midnight is looked for on both sides of it.
            let inside = [0.0, 86_400.0].iter().any(|shift| {
                let second = second_of_day + shift;
                second >= model.start_s - edge && second < model.end_s + edge
            });
            inside && self.recurs(model, day)
        })
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        self.past.capacity() * size_of::<Stretch>()
    }

    fn recurs(&self, model: &Stretch, day: i64) -> bool {
        NEAR.iter().any(|&(near_s, days)| {
            let near_s = near_s.max(self.step_s);
            let alike = |s: &&Stretch| {
                (s.start_s - model.start_s).abs() <= near_s && (s.end_s - model.end_s).abs() <= near_s && s.day >= day - 7
            };
            self.past.iter().filter(alike).count() >= days
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_with(pauses: &mut Pauses, day: i64, empty: std::ops::Range<i64>) {
        for second in (0..86_400).step_by(10) {
            let count = if empty.contains(&second) { 0 } else { 100 };
            pauses.note(day, second as f64, count, 100.0);
        }
    }

    #[test]
    fn what_is_empty_at_the_same_time_twice_is_planned() {
        let mut pauses = Pauses::new(10);
        day_with(&mut pauses, 1, 3_600..5_400);
        assert!(!pauses.planned(2, 4_000.0), "once is an outage");
        day_with(&mut pauses, 2, 3_600..5_400);
        assert!(pauses.planned(3, 4_000.0));
        assert!(!pauses.planned(3, 7_000.0));
        assert!(!pauses.planned(12, 4_000.0), "a pause that stopped coming is forgotten");
    }

    #[test]
    fn outages_at_about_the_same_hour_are_no_plan() {
        let mut pauses = Pauses::new(10);
        day_with(&mut pauses, 1, 3_600..5_400);
        day_with(&mut pauses, 2, 4_200..9_000);
        day_with(&mut pauses, 3, 3_000..5_000);
        assert!(!pauses.planned(4, 4_300.0));
    }
}
