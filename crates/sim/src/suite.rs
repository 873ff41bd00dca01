//! A suite of heartbeats that no detector was made for: rates, noises, zones, weeks and incidents drawn from one seed.
//!
//! Half of the series have incidents among everyday events that must stay quiet, half have only the latter: those measure
//! false alarms. Three weeks are learned, three are scored. Time constants, day curves and zones differ from series to series, so
//! that what is good on one kind of noise only shows.

use crate::chance::Chance;
use crate::drift::Drift;
use crate::event::Event;
use crate::place::Place;
use crate::traffic::Traffic;
use crate::week::Week;
use jiff::civil::{Date, date};

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 86_400;
const WEEK_S: i64 = 604_800;
const TRAIN_WEEKS: i64 = 3;
const WEEKS: i64 = 6;

/// Zones with summer time in both hemispheres, without it, and with half hours.
const PLACES: [&str; 12] = [
    "Europe/Dublin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Australia/Adelaide",
    "UTC",
];

/// Mondays from which six weeks have a clock change in many zones: October and March.
const STARTS: [Date; 3] = [date(2026, 9, 28), date(2027, 2, 22), date(2027, 9, 13)];

/// Short incidents, each as likely as the others.
const INCIDENTS: [&str; 13] = [
    "outage",
    "drop50",
    "drop25",
    "drop10",
    "ramp60",
    "short2m",
    "outage_surge",
    "one_of_five",
    "brown_out40",
    "flapping",
    "gap",
    "drop25",
    "long_outage",
];

/// The number of series in a suite unless told otherwise.
pub const USUAL_SERIES: usize = 16;

/// The recipes of a suite's series, for steps of `step_s`.
pub fn series(seed: u64, step_s: u32, count: usize) -> Vec<Traffic> {
    (0..count).map(|k| one(seed, step_s, k, count)).collect()
}

fn one(seed: u64, step_s: u32, k: usize, count: usize) -> Traffic {
    let mut chance = Chance::new(seed, &format!("series {k}"));
    let place = match Place::named(PLACES[(k + chance.below(PLACES.len())) % PLACES.len()]) {
        Ok(place) => place,
        Err(error) => unreachable!("the list of places is tested: {error}"),
    };
    let start = place.unix(STARTS[chance.below(STARTS.len())].at(0, 0, 0, 0));
    // The peaks are spread evenly over 3 to 5000 a second, each half of the suite by itself.
    let pairs = count.div_ceil(2) as f64;
    let position = ((k / 2) as f64 + chance.unit()) / pairs;
    let peak_per_s = 3.0 * crate::elementary::exp(position * crate::elementary::ln(5000.0 / 3.0));
    let scale = chance.between(0.5, 1.6);
    let drifts = [
        Drift {
            tau_s: chance.between_log(20.0, 150.0),
            sd: 0.012 * scale,
        },
        Drift {
            tau_s: chance.between_log(250.0, 2000.0),
            sd: 0.015 * scale,
        },
        Drift {
            tau_s: chance.between_log(5000.0, 50_000.0),
            sd: 0.03 * scale,
        },
    ];
    let incidents = k.is_multiple_of(2);
    let mut traffic = Traffic {
        name: format!("{}_{k:02}_p{peak_per_s:.0}", if incidents { "both" } else { "quiet" }),
        seed: chance.bits(),
        start,
        train_until: start + TRAIN_WEEKS * WEEK_S,
        end: start + WEEKS * WEEK_S,
        step_s,
        place,
        week: Week::drawn(&mut chance),
        peak_per_s,
        trend_per_week: chance.between(-0.01, 0.025),
        dispersion: chance.between(1.0, 3.0),
        drifts: drifts.to_vec(),
        freedom: chance.between(4.0, 8.0),
        events: Vec::new(),
        given: Vec::new(),
    };
    add_events(&mut traffic, incidents, &mut chance);
    traffic
}

/// Puts everyday events, and incidents if wanted, into the scored part of a series.
pub fn add_events(traffic: &mut Traffic, incidents: bool, chance: &mut Chance) {
    let mut plan = Plan {
        from: traffic.train_until,
        end: traffic.end,
        busy: Vec::new(),
        events: Vec::new(),
    };
    plan.quiet(&traffic.place, chance);
    if incidents {
        plan.half_days(chance);
        plan.incidents(chance);
    }
    traffic.events.append(&mut plan.events);
    traffic.events.sort_by_key(|event| event.start);
}

struct Plan {
    from: i64,
    end: i64,
    /// Stretches in which nothing else may begin or last.
    busy: Vec<(i64, i64)>,
    events: Vec<Event>,
}

impl Plan {
    fn put(&mut self, kind: &str, start: i64, length_s: Option<i64>) {
        match Event::named(kind, start, length_s) {
            Ok(events) => self.events.extend(events),
            Err(error) => unreachable!("the kinds of the suite are tested: {error}"),
        }
    }

    fn is_free(&self, start: i64, end: i64) -> bool {
        start >= self.from && end <= self.end && self.busy.iter().all(|&(from, until)| end <= from || start >= until)
    }

    /// A start at which `length_s` and an hour before and 90 minutes after are free.
    fn place_for(&self, length_s: i64, chance: &mut Chance) -> Option<i64> {
        (0..200)
            .map(|_| chance.between(self.from as f64, self.end as f64) as i64)
            .find(|&start| self.is_free(start - HOUR_S, start + length_s + 3 * HOUR_S / 2))
    }

    fn quiet(&mut self, place: &Place, chance: &mut Chance) {
        if self.end - self.from < WEEK_S {
            return;
        }
        let midnight = |at: i64| place.unix(place.local(at).date().at(0, 0, 0, 0));
        let weeks = (self.end - self.from) / WEEK_S;
        if weeks >= 2 {
            let day = midnight(self.from + WEEK_S + chance.below(5) as i64 * DAY_S + DAY_S / 2);
            self.put("holiday", day, None);
            self.busy.push((day, day + 26 * HOUR_S));
        }
        let growth = midnight(self.from + chance.below(5) as i64 * DAY_S + DAY_S / 2) + chance.between(8.0, 18.0) as i64 * HOUR_S;
        self.put("growth30", growth, None);
        self.busy.push((growth - HOUR_S, growth + 2 * HOUR_S));
        let noisy = midnight(self.from + 5 * DAY_S + DAY_S / 2);
        self.put("noisy_day", noisy, None);
        for _ in 0..4 * weeks {
            let length_s = chance.between(600.0, 2400.0) as i64;
            if let Some(start) = self.place_for(length_s, chance) {
                self.put("spike", start, Some(length_s));
                self.busy.push((start, start + length_s + HOUR_S / 2));
            }
            for kind in ["stall", "late"] {
                if let Some(start) = self.place_for(60, chance) {
                    self.put(kind, start, None);
                    self.busy.push((start, start + 300));
                }
            }
        }
    }

    fn half_days(&mut self, chance: &mut Chance) {
        for kind in ["half_day_slow", "half_day_abrupt"] {
            if let Some(start) = self.place_for(10 * HOUR_S, chance) {
                self.put(kind, start, None);
                self.busy.push((start - HOUR_S, start + 11 * HOUR_S));
            }
        }
    }

    fn incidents(&mut self, chance: &mut Chance) {
        let mut bag: Vec<&str> = Vec::new();
        let mut free_from = self.from + 3 * HOUR_S;
        loop {
            if bag.is_empty() {
                bag = INCIDENTS.to_vec();
                chance.shuffle(&mut bag);
            }
            let Some(kind) = bag.pop() else { return };
            let mut start = free_from + ((0.6 + 0.4 * chance.exponential()) * 9.0 * HOUR_S as f64) as i64;
            let length_s = self.length_s(kind);
            while start + length_s + 2 * HOUR_S <= self.end && !self.is_free(start - HOUR_S, start + length_s + HOUR_S) {
                start += HOUR_S / 2;
            }
            if start + length_s + 2 * HOUR_S > self.end {
                return;
            }
            self.put(kind, start, None);
            self.busy.push((start, start + length_s));
            free_from = start + length_s;
        }
    }

    fn length_s(&self, kind: &str) -> i64 {
        Event::named(kind, 0, None).map_or(0, |events| events.iter().map(|event| event.length_s).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::series;
    use crate::label::Expect;

    #[test]
    fn a_suite_is_the_same_for_the_same_seed_and_varied_within() {
        let (one, again, other) = (series(5, 60, 16), series(5, 60, 16), series(6, 60, 16));
        let peaks = |suite: &[crate::traffic::Traffic]| suite.iter().map(|t| t.peak_per_s).collect::<Vec<_>>();
        assert_eq!(peaks(&one), peaks(&again));
        assert_ne!(peaks(&one), peaks(&other));
        assert!(peaks(&one).iter().any(|&p| p < 20.0) && peaks(&one).iter().any(|&p| p > 1000.0));
        assert!(one[0].rows().take(2000).eq(again[0].rows().take(2000)));
    }

    #[test]
    fn incidents_lie_in_the_scored_part_and_apart_from_each_other() {
        for traffic in series(1, 60, 16) {
            let labels = traffic.labels();
            let incidents: Vec<_> = labels.labels.iter().filter(|label| label.expect != Expect::Quiet).collect();
            assert_eq!(incidents.is_empty(), traffic.name.starts_with("quiet"), "{}", traffic.name);
            if !incidents.is_empty() {
                assert!(incidents.len() > 25, "{}: {}", traffic.name, incidents.len());
            }
            assert!(
                labels
                    .labels
                    .iter()
                    .all(|l| l.start >= labels.train_until && l.end <= labels.end)
            );
            assert!(
                incidents.windows(2).all(|pair| pair[0].end + 1800 <= pair[1].start),
                "{}",
                traffic.name
            );
        }
    }
}
