//! Civil time: which local day, weekday and second of the day an instant falls on.

use std::collections::BTreeSet;

/// A time zone as a table of offsets from UTC, in seconds east.
///
/// The table is made outside (from the tz database), so that this crate needs neither files nor a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Zone {
    first_offset_s: i32,
    transitions: Vec<(i64, i32)>,
}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self::new(0, Vec::new())
    }

    /// A zone whose offset is `first_offset_s` until the first transition; each transition is (Unix second, offset from then on).
    ///
    /// The transitions are sorted by time here; the order given does not matter.
    pub fn new(first_offset_s: i32, mut transitions: Vec<(i64, i32)>) -> Self {
        transitions.sort_unstable();
        Self {
            first_offset_s,
            transitions,
        }
    }

    /// Seconds east of UTC at the Unix second `at`.
    pub fn offset_s(&self, at: i64) -> i32 {
        let after = self.transitions.partition_point(|&(from, _)| from <= at);
        if after == 0 {
            self.first_offset_s
        } else {
            self.transitions[after - 1].1
        }
    }

    /// The first change of the offset after `at`.
    pub fn next_change(&self, at: i64) -> Option<i64> {
        let after = self.transitions.partition_point(|&(from, _)| from <= at);
        self.transitions.get(after).map(|&(from, _)| from)
    }
}

/// The civil days (days since 1970-01-01, local) on which people behave unlike on other days of that weekday.
pub type SpecialDays = BTreeSet<i64>;

/// Where an instant stands in civil time, kept between turns (midnights and changes of the clocks) so that a step costs one comparison.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Civil {
    zone: Zone,
    offset_s: i64,
    day: i64,
    turn_at: i64,
}

impl Civil {
    /// Before the first instant.
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            offset_s: 0,
            day: 0,
            turn_at: i64::MIN,
        }
    }

    /// Whether `turn` is due.
    #[inline]
    pub fn turns_at(&self, at: i64) -> bool {
        at >= self.turn_at
    }

    /// Moves to the civil day of `at`; says whether the clocks have changed since the last turn.
    pub fn turn(&mut self, at: i64) -> bool {
        let before = self.offset_s;
        let first = self.turn_at == i64::MIN;
        self.offset_s = i64::from(self.zone.offset_s(at));
        self.day = (at + self.offset_s).div_euclid(DAY_S);
        let midnight = (self.day + 1) * DAY_S - self.offset_s;
        self.turn_at = self.zone.next_change(at).map_or(midnight, |change| change.min(midnight));
        !first && before != self.offset_s
    }

    /// Local days since 1970-01-01.
    pub fn day(&self) -> i64 {
        self.day
    }

    /// Second of the local day.
    #[inline]
    pub fn second_of_day(&self, at: i64) -> f64 {
        (at + self.offset_s - self.day * DAY_S) as f64
    }
}

const DAY_S: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    /// Dublin in 2026: UTC+1 from 29 March 01:00 UTC to 25 October 01:00 UTC.
    fn dublin() -> Zone {
        Zone::new(0, vec![(1_774_746_000, 3_600), (1_792_890_000, 0)])
    }

    #[test]
    fn a_day_of_23_hours_and_one_of_25_end_at_their_own_midnights() {
        let mut civil = Civil::new(dublin());
        for (midnight, hours) in [(1_774_742_400_i64, 23), (1_792_882_800, 25)] {
            civil.turn(midnight);
            let day = civil.day();
            let mut turns = Vec::new();
            for at in midnight..midnight + 26 * 3_600 {
                if civil.turns_at(at) {
                    turns.push((at - midnight, civil.turn(at)));
                }
                if civil.day() != day {
                    break;
                }
            }
            assert_eq!(turns.last().unwrap().0, hours * 3_600);
            assert!(turns[0].1, "the clocks changed in between");
        }
    }
}
