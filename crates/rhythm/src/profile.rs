//! The profile: the usual curve of a civil day, chosen each midnight among several ways to draw it from the days before.
//!
//! Candidates are medians over the same weekday, over the same kind of day, over the last week, and a mixture, each smoothed by
//! four widths; the one whose past forecasts were best (with forgetting) draws the next day.

use crate::history::{Day, History};

/// Widths of the Gaussian smoothing, in bins of five minutes, and what each must win by before it is preferred.
const WIDTHS: [(f64, f64); 4] = [(1.0, 0.3), (3.0, 0.05), (6.0, 0.0), (12.0, 0.1)];

/// Weight of slow differences, which the level follows in ordinary times but not while it is frozen by an episode.
const SLOW_WEIGHT: f64 = 0.1;

/// Bins kept on either side of the day, so that smoothing has neighbours.
const MARGIN: usize = 38;

/// Weeks of the same weekday that are looked at.
const WEEKS: i64 = 5;

/// Where a candidate curve comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    SameWeekday,
    SameKind,
    Mixture,
    LastDays,
}

const SOURCES: [Source; 4] = [Source::SameWeekday, Source::SameKind, Source::Mixture, Source::LastDays];

/// How far history carries the profile, from nothing to months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum Quality {
    /// No day was seen.
    None,
    /// Some days, but not this weekday.
    Days,
    /// This weekday once.
    Week,
    /// This weekday twice or more.
    Weeks,
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Score {
    error: f64,
    weight: f64,
}

/// The curve in force and the record of all candidates.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Profile {
    bins: usize,
    bin_s: f64,
    /// Log rate per step at bin centres, with one neighbour on either side; empty before the first day has ended.
    today: Box<[f32]>,
    /// Added to the curve, so that what is expected is continuous over midnight.
    offset: f64,
    quality: Quality,
    /// Candidate curves before smoothing, with margins, in thousandths; the mixture is made of two others when it is asked for.
    drawn: [Option<Box<[i16]>>; 4],
    scores: [[Score; 4]; 4],
    best_error: f64,
}

impl Profile {
    /// A flat profile for bins of `bin_s` seconds.
    pub fn new(bin_s: u32) -> Self {
        Self {
            bins: (86_400 / bin_s) as usize,
            bin_s: f64::from(bin_s),
            today: Box::default(),
            offset: 0.0,
            quality: Quality::None,
            drawn: [const { None }; 4],
            scores: [[Score::default(); 4]; 4],
            best_error: 1e-3,
        }
    }

    /// How far history carries it.
    pub fn quality(&self) -> Quality {
        self.quality
    }

    /// What continuity over midnights has added to the curve.
    pub fn offset(&self) -> f64 {
        self.offset
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        self.today.len() * 4 + self.drawn.iter().flatten().map(|raw| raw.len() * 2).sum::<usize>()
    }

    /// Log of the profile at a second of the local day.
    #[inline]
    pub fn log_at(&self, second_of_day: f64) -> f64 {
        if self.today.is_empty() {
            return self.offset;
        }
        let place = (second_of_day / self.bin_s + 0.5).clamp(0.0, self.bins as f64 + 0.999);
        let below = place as usize;
        let share = place - below as f64;
        let (a, b) = (f64::from(self.today[below]), f64::from(self.today[below + 1]));
        a + share * (b - a) + self.offset
    }

    /// Scores yesterday's candidates on the day that ended, adds it to the history and draws the curve of `number`, continuous at its
    /// start with what was in force until then if counts were coming (`flowing`); over a gap the curve keeps its own level.
    pub fn turn(&mut self, ended: Day, history: &mut History, number: i64, special: bool, flowing: bool) {
        let before = self.log_at(86_400.0);
        if !ended.special {
            self.score(&ended);
        }
        history.push(ended);
        self.draw(history, number, special);
        if flowing {
            self.offset += before - self.log_at(0.0);
        }
    }

    fn draw(&mut self, history: &History, number: i64, special: bool) {
        let seen: Vec<&Day> = history.days().filter(|day| day.number < number && day.seen() > 0.5).collect();
        let same: Vec<&Day> = seen
            .iter()
            .copied()
            .filter(|d| number - d.number <= 7 * WEEKS && (number - d.number) % 7 == 0)
            .collect();
        let kind: Vec<&Day> = last(
            12,
            seen.iter()
                .copied()
                .filter(|d| d.number >= number - 22 && weekend(d.number) == weekend(number)),
        );
        let all: Vec<&Day> = last(7, seen.iter().copied());
        let holidays: Vec<&Day> = if special {
            history.special_days().collect()
        } else {
            Vec::new()
        };
        let mut drawn = [const { None }; 4];
        if !holidays.is_empty() {
            drawn[0] = self.median(history, &holidays);
        } else {
            drawn[0] = if same.is_empty() { None } else { self.median(history, &same) };
            drawn[1] = if kind.len() < 2 { None } else { self.median(history, &kind) };
            drawn[3] = if all.is_empty() { None } else { self.median(history, &all) };
        }
        if drawn.iter().all(Option::is_none) {
            return;
        }
        self.quality = match same.len() {
            0 => Quality::Days,
            1 => Quality::Week,
            _ => Quality::Weeks,
        };
        self.drawn = drawn.map(|raw| raw.map(|raw| raw.iter().map(|log| (log * 1e3).round() as i16).collect()));
        let (source, width) = self.choice();
        let curve = self.smoothed(source, WIDTHS[width].0);
        self.today = curve[MARGIN - 1..MARGIN + self.bins + 1]
            .iter()
            .map(|&log| log as f32)
            .collect();
    }

    /// The candidate with the smallest expected error.
    fn choice(&self) -> (usize, usize) {
        let mut best = (f64::INFINITY, (0, 0));
        for (s, source) in SOURCES.into_iter().enumerate() {
            for (w, (_, width_penalty)) in WIDTHS.into_iter().enumerate() {
                if !self.has(source) {
                    continue;
                }
                let last_days_penalty = if self.quality > Quality::Days { 1.5 } else { 0.3 };
                let penalty = width_penalty + if source == Source::LastDays { last_days_penalty } else { 0.0 };
                let score = self.scores[s][w];
                let cost = (score.error + 5.0 * self.best_error * (1.0 + penalty)) / (score.weight + 5.0);
                if cost < best.0 {
                    best = (cost, (s, w));
                }
            }
        }
        best.1
    }

    fn smoothed(&self, source: usize, width: f64) -> Vec<f64> {
        let drawn = |source: Source| -> Vec<f64> {
            let raw = self.drawn[source as usize].iter().flat_map(|raw| raw.iter());
            raw.map(|&log| f64::from(log) * 1e-3).collect()
        };
        let raw = match SOURCES[source] {
            Source::Mixture => mixture(&drawn(Source::SameWeekday), &drawn(Source::SameKind)),
            one => drawn(one),
        };
        smooth(&raw, width * 300.0 / self.bin_s)
    }

    fn has(&self, source: Source) -> bool {
        let drawn = |source: Source| self.drawn[source as usize].is_some();
        match source {
            Source::Mixture => drawn(Source::SameWeekday) && drawn(Source::SameKind),
            one => drawn(one),
        }
    }

    /// Compares every candidate with a day that has ended, by what is left, differences slower than two hours weighing less.
    fn score(&mut self, day: &Day) {
        let seen: Vec<usize> = (0..self.bins).filter(|&bin| day.log_rate(bin).is_some()).collect();
        if seen.len() < self.bins / 3 {
            return;
        }
        let mut best = f64::INFINITY;
        for (source, kind) in SOURCES.into_iter().enumerate() {
            if !self.has(kind) {
                continue;
            }
            for (w, (width, _)) in WIDTHS.into_iter().enumerate() {
                let curve = self.smoothed(source, width);
                let mut left: Vec<f64> = (0..self.bins)
                    .map(|bin| day.log_rate(bin).map_or(f64::NAN, |log| log - curve[MARGIN + bin]))
                    .collect();
                bridge(&mut left);
                let slow = smooth(&left, (8.0 * 300.0 / self.bin_s).max(2.0));
                let level = median(&mut slow.clone());
                let square = |bin: usize| (left[bin] - slow[bin]).powi(2) + SLOW_WEIGHT * (slow[bin] - level).powi(2);
                let squares: Vec<f64> = seen.iter().map(|&bin| square(bin)).collect();
                let cap = 20.0 * median(&mut squares.clone()) + 1e-9;
                let error = squares.iter().map(|&square| square.min(cap)).sum::<f64>() / squares.len() as f64;
                let score = &mut self.scores[source][w];
                *score = Score {
                    error: 0.9 * score.error + error,
                    weight: 0.9 * score.weight + 1.0,
                };
                best = best.min(error);
            }
        }
        if best.is_finite() {
            self.best_error = best;
        }
    }

    /// Median of several days, each with its neighbours, after they were brought to one level. Two days: mostly the lower.
    fn median(&self, history: &History, days: &[&Day]) -> Option<Vec<f64>> {
        let mut rows: Vec<Vec<f64>> = days.iter().map(|day| self.with_neighbours(history, day)).collect();
        let middle = MARGIN..MARGIN + self.bins;
        let column: Vec<f64> = middle.clone().map(|c| median(&mut seen_in(&rows, c))).collect();
        for row in &mut rows {
            let mut above: Vec<f64> = middle
                .clone()
                .map(|c| row[c] - column[c - MARGIN])
                .filter(|difference| difference.is_finite())
                .collect();
            let level = median(&mut above);
            if level.is_finite() {
                row.iter_mut().for_each(|log| *log -= level);
            }
        }
        let mut curve: Vec<f64> = (0..self.bins + 2 * MARGIN)
            .map(|c| {
                let mut seen = seen_in(&rows, c);
                if rows.len() == 2 && seen.len() == 2 {
                    return 0.75 * seen[0].min(seen[1]) + 0.25 * seen[0].max(seen[1]);
                }
                median(&mut seen)
            })
            .collect();
        let known = curve.iter().filter(|log| log.is_finite()).count();
        if known < self.bins / 4 {
            return None;
        }
        bridge(&mut curve);
        Some(curve)
    }

    fn with_neighbours(&self, history: &History, day: &Day) -> Vec<f64> {
        let mut row = Vec::with_capacity(self.bins + 2 * MARGIN);
        let value = |of: Option<&Day>, bin: usize| of.and_then(|d| d.log_rate(bin)).unwrap_or(f64::NAN);
        let (before, after) = (history.day(day.number - 1), history.day(day.number + 1));
        // Days of fewer bins than the margin (steps of an hour) repeat what they have.
        row.extend((0..MARGIN).map(|k| {
            if MARGIN - k <= self.bins {
                value(before, self.bins - (MARGIN - k))
            } else {
                f64::NAN
            }
        }));
        row.extend((0..self.bins).map(|bin| value(Some(day), bin)));
        row.extend((0..MARGIN).map(|k| if k < self.bins { value(after, k) } else { f64::NAN }));
        row
    }
}

fn weekend(day_number: i64) -> bool {
    // 1970-01-01 was a Thursday.
    (day_number + 3).rem_euclid(7) >= 5
}

fn last<'a>(most: usize, days: impl DoubleEndedIterator<Item = &'a Day>) -> Vec<&'a Day> {
    days.rev().take(most).collect()
}

fn mixture(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let level = median(&mut differences);
    a.iter().zip(b).map(|(a, b)| 0.5 * (a + b - level)).collect()
}

fn seen_in(rows: &[Vec<f64>], column: usize) -> Vec<f64> {
    rows.iter().map(|row| row[column]).filter(|log| log.is_finite()).collect()
}

/// Median of finite values, NaN of none.
fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return f64::NAN;
    }
    let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 {
        return middle;
    }
    0.5 * (middle + below.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// Fills what is not finite by straight lines between neighbours, flat at the ends.
fn bridge(values: &mut [f64]) {
    let mut known: Option<usize> = None;
    for i in 0..values.len() {
        if !values[i].is_finite() {
            continue;
        }
        let start = known.map_or(0, |k| k + 1);
        for gap in start..i {
            values[gap] = match known {
                Some(k) => values[k] + (values[i] - values[k]) * (gap - k) as f64 / (i - k) as f64,
                None => values[i],
            };
        }
        known = Some(i);
    }
    if let Some(k) = known {
        let flat = values[k];
        values[k + 1..].fill(flat);
    }
}

/// Below this width, in bins, there is nothing to smooth.
const WIDTH_MIN: f64 = 0.4;

/// Gaussian smoothing, the ends repeated.
fn smooth(values: &[f64], width: f64) -> Vec<f64> {
    if width < WIDTH_MIN {
        return values.to_vec();
    }
    let radius = (3.0 * width) as usize + 1;
    let kernel: Vec<f64> = (0..=radius).map(|k| (-0.5 * (k as f64 / width).powi(2)).exp()).collect();
    let total = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    let n = values.len();
    let mut padded = vec![values[0]; radius];
    padded.extend_from_slice(values);
    padded.extend(std::iter::repeat_n(values[n - 1], radius));
    (0..n)
        .map(|i| {
            let centre = i + radius;
            let sides: f64 = (1..=radius)
                .map(|k| kernel[k] * (padded[centre - k] + padded[centre + k]))
                .sum();
            (kernel[0] * padded[centre] + sides) / total
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::OpenDay;

    fn day(number: i64, rate: impl Fn(f64) -> f64) -> Day {
        let mut open = OpenDay::new(300);
        for bin in 0..288 {
            open.add(bin * 300, 300.0 * rate(bin as f64 / 288.0), 300.0);
        }
        open.close(number, false, 1.0)
    }

    #[test]
    fn after_three_weeks_each_weekday_has_its_own_curve() {
        let (mut profile, mut history) = (Profile::new(300), History::default());
        let rate = |number: i64| if weekend(number) { 20.0 } else { 100.0 };
        for number in 20_001..20_028 {
            profile.turn(
                day(number, |x| rate(number) * (1.2 + (6.3 * x).sin())),
                &mut history,
                number + 1,
                false,
                true,
            );
        }
        assert_eq!(profile.quality(), Quality::Weeks);
        let swing = profile.log_at(21_600.0) - profile.log_at(64_800.0);
        assert!((swing - (2.2_f64 / 0.2).ln()).abs() < 0.1, "swing {swing}");
    }

    #[test]
    fn what_is_expected_does_not_jump_at_midnight() {
        let (mut profile, mut history) = (Profile::new(300), History::default());
        for number in 20_001..20_020 {
            let before = profile.log_at(86_400.0);
            profile.turn(day(number, |x| 50.0 + 40.0 * x), &mut history, number + 1, false, true);
            assert!((profile.log_at(0.0) - before).abs() < 1e-9);
        }
    }

    #[test]
    fn one_bad_day_does_not_bend_the_curve() {
        let (mut profile, mut history) = (Profile::new(300), History::default());
        for number in 20_001..20_028 {
            let broken = number == 20_020;
            let rate = |x: f64| if broken && x > 0.5 { 1.0 } else { 100.0 };
            profile.turn(day(number, rate), &mut history, number + 1, false, true);
        }
        let step = profile.log_at(60_000.0) - profile.log_at(20_000.0);
        assert!(step.abs() < 0.02, "the curve kept a step of {step}");
    }

    #[test]
    fn gaps_are_bridged_and_smoothing_keeps_straight_lines() {
        let mut values = [f64::NAN, 1.0, f64::NAN, 3.0, f64::NAN];
        bridge(&mut values);
        assert_eq!(values, [1.0, 1.0, 2.0, 3.0, 3.0]);
        let line: Vec<f64> = (0..50).map(f64::from).collect();
        assert!((smooth(&line, 3.0)[25] - 25.0).abs() < 1e-9);
    }
}
