//! A heartbeat made from a seed: rows of counts in the order in which they arrive.

use crate::chance::Chance;
use crate::drift::{Drift, Wander};
use crate::elementary::exp;
use crate::event::{Effect, Event};
use crate::label::Labels;
use crate::place::Place;
use crate::rate::Rate;
use crate::week::Week;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Everything that makes a heartbeat. The same value gives the same rows, on every machine and for ever.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// Name of the series.
    pub name: String,
    /// Seed of all its randomness.
    pub seed: u64,
    /// First Unix second.
    pub start: i64,
    /// Unix second until which a detector learns and is not scored.
    pub train_until: i64,
    /// First Unix second after the series.
    pub end: i64,
    /// Seconds in a step, 1 to 3600.
    pub step_s: u32,
    /// Where its people live.
    pub place: Place,
    /// The shape of its week.
    pub week: Week,
    /// Outcomes per second at the highest point of the week.
    pub peak_per_s: f64,
    /// Growth of the logarithm of the rate in a week.
    pub trend_per_week: f64,
    /// Variance over mean of the counts; 1 is Poisson.
    pub dispersion: f64,
    /// Slow noise of the rate.
    pub drifts: Vec<Drift>,
    /// Degrees of freedom of the slow noise's kicks, above 2; small is heavy-tailed.
    pub freedom: f64,
    /// What happens to it.
    pub events: Vec<Event>,
    /// Steps whose counts are given, not drawn.
    pub given: Vec<Given>,
}

/// A run of steps whose counts are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// Start of the first step, Unix seconds.
    pub start: i64,
    /// How many steps.
    pub steps: i64,
    /// What each of them holds.
    pub cell: Cell,
}

/// What a given step holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// Exactly this count.
    Count(u64),
    /// A count drawn about this mean, with the series' dispersion.
    About(f64),
    /// No row.
    Missing,
}

/// One row as a collector would hand it over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Start of the step, Unix seconds.
    pub at: i64,
    /// Outcomes counted in the step.
    pub count: u64,
    /// Unix second at which the row arrives.
    pub seen_at: i64,
    /// Share of the sources that contributed, 1 for all.
    pub coverage: f64,
    /// The mean that the step would have had without incidents; what a perfect detector would expect.
    pub normal: f64,
}

impl Traffic {
    /// The drifts measured on real one-minute series: 1.2 % in a minute, 1.5 % in ten, 3 % in six hours, times `scale`.
    pub fn usual_drifts(scale: f64) -> Vec<Drift> {
        [(60.0, 0.012), (600.0, 0.015), (21_600.0, 0.03)]
            .map(|(tau_s, sd)| Drift { tau_s, sd: sd * scale })
            .to_vec()
    }

    /// The rows in the order in which they arrive, those that arrive together by time.
    pub fn rows(&self) -> Rows {
        Rows::new(self)
    }

    /// What a detector should see in it.
    pub fn labels(&self) -> Labels {
        let step_s = i64::from(self.step_s);
        let snapped = self.events.iter().map(|event| event.clone().snapped(self.start, step_s));
        let mut labels: Vec<_> = snapped.filter_map(|event| event.label(self.end)).collect();
        labels.sort_by_key(|label| label.start);
        Labels {
            series: self.name.clone(),
            seed: self.seed,
            base: "generated".to_owned(),
            peak: self.peak_per_s,
            step: self.step_s,
            tz: self.place.name().to_owned(),
            train_until: self.train_until,
            end: self.end,
            labels,
        }
    }
}

/// The rows of a [`Traffic`] as they arrive.
#[derive(Debug)]
pub struct Rows {
    step_s: i64,
    start: i64,
    next_at: i64,
    end: i64,
    rate: Rate,
    dispersion: f64,
    counts: Chance,
    wanders: Vec<Wander>,
    /// Events not begun yet, the next one last; and those that are on.
    waiting: Vec<Event>,
    on: Vec<Event>,
    given: Vec<Given>,
    /// Rows made that have not arrived yet.
    held: BinaryHeap<Reverse<Held>>,
}

/// A row under way, ordered by its arrival and then by its time.
#[derive(Debug)]
struct Held(Row);

impl Held {
    fn key(&self) -> (i64, i64) {
        (self.0.seen_at, self.0.at)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Rows {
    fn new(traffic: &Traffic) -> Self {
        let step_s = i64::from(traffic.step_s);
        let mut waiting: Vec<Event> = traffic
            .events
            .iter()
            .map(|event| event.clone().snapped(traffic.start, step_s))
            .collect();
        waiting.sort_by_key(|event| Reverse(event.start));
        let mut given = traffic.given.clone();
        given.sort_by_key(|given| Reverse(given.start));
        let wander =
            |(k, drift): (usize, &Drift)| Wander::new(*drift, traffic.freedom, Chance::new(traffic.seed, &format!("drift {k}")));
        Self {
            step_s,
            start: traffic.start,
            next_at: traffic.start,
            end: traffic.end,
            rate: Rate::new(
                traffic.week.curve(traffic.place.zone()),
                traffic.peak_per_s,
                traffic.trend_per_week,
                traffic.start,
            ),
            dispersion: traffic.dispersion,
            counts: Chance::new(traffic.seed, "counts"),
            wanders: traffic
                .drifts
                .iter()
                .enumerate()
                .filter(|(_, drift)| drift.sd > 0.0)
                .map(wander)
                .collect(),
            waiting,
            on: Vec::new(),
            given,
            held: BinaryHeap::new(),
        }
    }

    /// Makes the next step's row; `None` where the step has none.
    fn make(&mut self) -> Option<Row> {
        let at = self.next_at;
        self.next_at += self.step_s;
        while self.waiting.last().is_some_and(|event| event.start <= at) {
            self.on.extend(self.waiting.pop());
        }
        self.on.retain(|event| event.end() > at);
        let half_step_s = self.step_s as f64 / 2.0;
        let (mut normal, mut incident, mut noise, mut coverage) = (1.0, 1.0, 1.0, 1.0);
        let (mut missing, mut seen_at) = (false, at + self.step_s);
        for event in &self.on {
            let into_s = (at - event.start) as f64 + half_step_s;
            let factor = event.effect.factor(into_s, event.length_s);
            if event.effect.is_incident() {
                incident *= factor;
            } else {
                normal *= factor;
            }
            noise *= event.effect.noise_factor(into_s, event.length_s);
            match event.effect {
                Effect::Gap => missing = true,
                Effect::Stall => seen_at = seen_at.max(event.end() + 1),
                Effect::Late { by_s } => seen_at = seen_at.max(at + self.step_s + by_s),
                Effect::Coverage { share } => coverage *= share,
                _ => {}
            }
        }
        let since_start_s = (at - self.start) as f64;
        let drift: f64 = self
            .wanders
            .iter_mut()
            .map(|w| w.mean_over(since_start_s, self.step_s as f64))
            .sum();
        let normal = self.rate.over(at, self.step_s) * exp(drift * noise) * normal;
        let drawn = self.counts.count(normal * incident, self.dispersion);
        let (count, normal) = match self.given_at(at) {
            None => (drawn, normal),
            Some(Cell::Missing) => return None,
            Some(Cell::Count(count)) => (count, count as f64),
            Some(Cell::About(mean)) => (self.counts.count(mean, self.dispersion), mean),
        };
        (!missing).then_some(Row {
            at,
            count,
            seen_at,
            coverage,
            normal,
        })
    }

    fn given_at(&mut self, at: i64) -> Option<Cell> {
        while let Some(given) = self.given.last() {
            if at >= given.start + given.steps * self.step_s {
                self.given.pop();
            } else {
                return (at >= given.start).then_some(given.cell);
            }
        }
        None
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            let more = self.next_at < self.end;
            let due = self
                .held
                .peek()
                .is_some_and(|row| !more || row.0.0.seen_at < self.next_at + self.step_s);
            if due {
                return self.held.pop().map(|row| row.0.0);
            }
            if !more {
                return None;
            }
            if let Some(row) = self.make() {
                if self.held.is_empty() && row.seen_at <= row.at + self.step_s {
                    return Some(row);
                }
                self.held.push(Reverse(Held(row)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Given, Row, Traffic};
    use crate::event::Event;
    use crate::place::Place;
    use crate::week::Week;

    const MONDAY: i64 = 1_790_553_600;

    fn traffic(step_s: u32, hours: i64, events: &[&str]) -> Traffic {
        let parse = |text: &&str| Event::parse(text, MONDAY).expect("the events of these tests are well formed");
        Traffic {
            name: "orders".to_owned(),
            seed: 11,
            start: MONDAY,
            train_until: MONDAY,
            end: MONDAY + hours * 3600,
            step_s,
            place: Place::utc(),
            week: Week::flat(),
            peak_per_s: 100.0,
            trend_per_week: 0.0,
            dispersion: 1.0,
            drifts: Vec::new(),
            freedom: 5.0,
            events: events.iter().flat_map(parse).collect(),
            given: Vec::new(),
        }
    }

    fn mean(rows: &[Row], from_s: i64, until_s: i64) -> f64 {
        let inside: Vec<_> = rows
            .iter()
            .filter(|r| (MONDAY + from_s..MONDAY + until_s).contains(&r.at))
            .collect();
        inside.iter().map(|r| r.count as f64).sum::<f64>() / inside.len() as f64
    }

    #[test]
    fn these_rows_are_the_same_for_ever() {
        let mut same = traffic(1, 1, &[]);
        same.week = Week::plain(0.2, 0.5);
        same.dispersion = 1.5;
        same.drifts = Traffic::usual_drifts(1.0);
        let counts: Vec<u64> = same.rows().take(12).map(|row| row.count).collect();
        assert_eq!(counts, [21, 17, 21, 18, 15, 27, 13, 19, 17, 27, 12, 25]);
    }

    #[test]
    fn the_rate_is_what_was_asked_for_at_every_step() {
        for step_s in [1, 10, 60, 3600] {
            let rows: Vec<Row> = traffic(step_s, 48, &[]).rows().collect();
            assert_eq!(rows.len() as i64, 48 * 3600 / i64::from(step_s));
            let per_s = mean(&rows, 0, 48 * 3600) / f64::from(step_s);
            assert!((per_s - 100.0).abs() < 0.2, "{per_s} at steps of {step_s} s");
        }
    }

    #[test]
    fn incidents_take_away_what_they_say_and_leave_the_normal_mean() {
        let rows: Vec<Row> = traffic(1, 4, &["outage@1h/10m", "drop25@2h/20m", "ramp60@3h"])
            .rows()
            .collect();
        assert_eq!(mean(&rows, 3600, 4200), 0.0);
        assert!((mean(&rows, 7200, 8400) - 75.0).abs() < 1.5);
        assert!((mean(&rows, 11_100, 11_102) - 70.0).abs() < 25.0);
        assert!((mean(&rows, 11_400, 12_600) - 40.0).abs() < 1.5);
        assert!(rows.iter().all(|row| row.normal == rows[0].normal));
    }

    #[test]
    fn a_gap_has_no_rows_and_a_stall_arrives_in_one_burst() {
        let rows: Vec<Row> = traffic(1, 1, &["gap@10m/5m", "stall@20m/20s"]).rows().collect();
        assert_eq!(rows.len(), 3600 - 300);
        let stalled: Vec<&Row> = rows.iter().filter(|r| (1200..1220).contains(&(r.at - MONDAY))).collect();
        assert!(stalled.iter().all(|row| row.seen_at == MONDAY + 1221));
        assert!(
            rows.windows(2)
                .all(|pair| pair[0].at < pair[1].at && pair[0].seen_at <= pair[1].seen_at)
        );
    }

    #[test]
    fn late_rows_come_between_newer_ones() {
        let rows: Vec<Row> = traffic(1, 1, &["late@10m/30s"]).rows().collect();
        assert_eq!(rows.len(), 3600);
        assert!(
            rows.windows(2)
                .all(|pair| (pair[0].seen_at, pair[0].at) < (pair[1].seen_at, pair[1].at))
        );
        let position = |second| rows.iter().position(|row| row.at == MONDAY + second);
        assert!(position(629) > position(640) && position(629) < position(650));
    }

    #[test]
    fn partial_rows_say_so() {
        let rows: Vec<Row> = traffic(1, 1, &["coverage60@10m"]).rows().collect();
        assert_eq!(rows[700].coverage, 0.6);
        assert!((mean(&rows, 600, 1200) - 60.0).abs() < 2.0);
        assert_eq!(rows[1300].coverage, 1.0);
    }

    #[test]
    fn given_steps_hold_what_was_given() {
        let mut given = traffic(10, 1, &[]);
        given.given = vec![
            Given {
                start: MONDAY + 100,
                steps: 2,
                cell: Cell::Count(7),
            },
            Given {
                start: MONDAY + 120,
                steps: 1,
                cell: Cell::Missing,
            },
            Given {
                start: MONDAY + 3600 - 10,
                steps: 9,
                cell: Cell::About(5000.0),
            },
        ];
        let rows: Vec<Row> = given.rows().collect();
        assert_eq!(rows.len(), 359);
        assert_eq!(rows.iter().filter(|row| row.count == 7).count(), 2);
        assert!(rows[358].count > 4500);
    }

    #[test]
    fn labels_are_what_happens_in_the_series() {
        let labels = traffic(60, 24, &["outage@10m30s/10m", "growth30@20h", "outage_surge@2h"]).labels();
        let kinds: Vec<&str> = labels.labels.iter().map(|label| label.kind.as_str()).collect();
        assert_eq!(kinds, ["outage", "outage_surge", "growth30"]);
        assert_eq!(labels.labels[0].start, MONDAY + 600);
        assert_eq!(labels.labels[2].end, MONDAY + 24 * 3600);
    }
}
