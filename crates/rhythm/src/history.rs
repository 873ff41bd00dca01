//! The days that were seen, as logarithms of the rate in bins of civil time, and the stretches that are empty by plan.

use std::collections::VecDeque;

/// Most days kept: five weeks of the same weekday and the neighbours of the oldest.
const DAYS_MAX: usize = 37;

/// Special days kept beyond that.
const SPECIAL_DAYS_MAX: usize = 6;

/// A bin counts as seen when at least this share of its seconds was.
const BIN_SEEN_MIN: f64 = 0.5;

/// Rates are kept as logarithms in steps of a thousandth, or of the 254th part of the range of a day where that is more: a day of a rate
/// that goes down to a tenth is kept to half of a percent, which is finer than a rate of five minutes is known.
const LOG_UNIT: f64 = 1e-3;
const LEVELS: f64 = 254.0;

/// The stored value of a bin that was not seen.
const UNSEEN: u8 = u8::MAX;

/// One day, a byte a bin.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Day {
    /// Local days since 1970-01-01.
    pub number: i64,
    /// Whether the calendar called it special.
    pub special: bool,
    lowest: f32,
    unit: f32,
    stored: Box<[u8]>,
}

impl Day {
    /// Logarithm of the rate per step in a bin, if it was seen.
    pub fn log_rate(&self, bin: usize) -> Option<f64> {
        let stored = self.stored[bin];
        (stored != UNSEEN).then(|| f64::from(self.lowest) + f64::from(stored) * f64::from(self.unit))
    }

    /// Share of bins that were seen.
    pub fn seen(&self) -> f64 {
        self.stored.iter().filter(|&&stored| stored != UNSEEN).count() as f64 / self.stored.len() as f64
    }

    /// A day of these log rates.
    fn of(number: i64, special: bool, log_rates: &[Option<f64>]) -> Self {
        let seen = || log_rates.iter().flatten().copied();
        let lowest = seen().reduce(f64::min).unwrap_or(0.0);
        let highest = seen().reduce(f64::max).unwrap_or(0.0);
        let unit = LOG_UNIT.max((highest - lowest) / LEVELS);
        let store = |log: &Option<f64>| log.map_or(UNSEEN, |log| ((log - lowest) / unit).round() as u8);
        Self {
            number,
            special,
            lowest: lowest as f32,
            unit: unit as f32,
            stored: log_rates.iter().map(store).collect(),
        }
    }
}

/// The days kept, oldest first.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    days: VecDeque<Day>,
    special: VecDeque<Day>,
}

impl History {
    /// Adds a day that has ended.
    pub fn push(&mut self, day: Day) {
        let (kept, most) = if day.special {
            (&mut self.special, SPECIAL_DAYS_MAX)
        } else {
            (&mut self.days, DAYS_MAX)
        };
        kept.push_back(day);
        while kept.len() > most {
            kept.pop_front();
        }
    }

    /// The ordinary day with this number.
    pub fn day(&self, number: i64) -> Option<&Day> {
        let at = self.days.partition_point(|day| day.number < number);
        self.days.get(at).filter(|day| day.number == number)
    }

    /// Ordinary days, oldest first.
    pub fn days(&self) -> impl DoubleEndedIterator<Item = &Day> {
        self.days.iter()
    }

    /// Special days, oldest first.
    pub fn special_days(&self) -> impl DoubleEndedIterator<Item = &Day> {
        self.special.iter()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.days
            .iter()
            .chain(&self.special)
            .map(|day| size_of::<Day>() + day.stored.len())
            .sum()
    }
}

/// The day that runs: counts and seconds seen per bin, without what is not to be learned.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenDay {
    count: Box<[f32]>,
    seen_s: Box<[u16]>,
    bin_s: f64,
}

impl OpenDay {
    /// An empty day of bins of `bin_s` seconds.
    pub fn new(bin_s: u32) -> Self {
        let bins = (86_400 / bin_s) as usize;
        Self {
            count: vec![0.0; bins].into(),
            seen_s: vec![0; bins].into(),
            bin_s: f64::from(bin_s),
        }
    }

    /// Adds (or, with negative figures, takes back) a stretch that began at this second of the local day. One that reaches into the
    /// next bin, as steps of an hour do where clocks are half an hour off, is shared between the two.
    pub fn add(&mut self, second_of_day: i64, count: f64, seen_s: f64) {
        let place = second_of_day as f64 / self.bin_s;
        let bin = place as usize;
        let reach_s = (place + 1.0).floor() * self.bin_s - second_of_day as f64;
        let here = (reach_s / seen_s.abs()).min(1.0);
        self.add_to(bin, here * count, here * seen_s);
        if here < 1.0 {
            self.add_to(bin + 1, (1.0 - here) * count, (1.0 - here) * seen_s);
        }
    }

    fn add_to(&mut self, bin: usize, count: f64, seen_s: f64) {
        if let (Some(c), Some(s)) = (self.count.get_mut(bin), self.seen_s.get_mut(bin)) {
            *c += count as f32;
            *s = (f64::from(*s) + seen_s).round() as u16;
        }
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        self.count.len() * 4 + self.seen_s.len() * 2
    }

    /// Ends the day: its log rates per `step_s` seconds, and an empty day to go on with.
    pub fn close(&mut self, number: i64, special: bool, step_s: f64) -> Day {
        let log_rates: Vec<Option<f64>> = self
            .count
            .iter()
            .zip(&self.seen_s)
            .map(|(&count, &seen_s)| {
                let (count, seen_s) = (f64::from(count), f64::from(seen_s));
                if seen_s < BIN_SEEN_MIN * self.bin_s || seen_s < step_s {
                    return None;
                }
                Some(((count.max(0.0) + 0.5) / seen_s * step_s).ln())
            })
            .collect();
        self.count.fill(0.0);
        self.seen_s.fill(0);
        Day::of(number, special, &log_rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_keeps_its_rates_to_a_thousandth_and_forgets_what_it_did_not_see() {
        let mut open = OpenDay::new(300);
        for second in 0..300 {
            open.add(second, 7.0, 1.0);
        }
        let day = open.close(20_000, false, 1.0);
        assert!((day.log_rate(0).unwrap() - 7.0_f64.ln()).abs() < 2e-3);
        assert_eq!(day.log_rate(1), None);
    }

    #[test]
    fn five_weeks_fit_in_the_memory_promised() {
        let mut history = History::default();
        for number in 0..100 {
            let mut open = OpenDay::new(300);
            open.add(0, 1.0, 300.0);
            history.push(open.close(number, false, 1.0));
        }
        assert!(history.bytes() < 13_000, "{} bytes", history.bytes());
        assert!(history.day(65).is_some() && history.day(60).is_none());
    }
}
