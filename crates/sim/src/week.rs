//! The shape of a week of traffic: a day curve made of harmonics, a factor for each weekday, and daily rushes.

use crate::chance::Chance;
use crate::elementary::{cos_turns, exp, ln, smooth_step};
use pulsecheck_rhythm::Zone;

const DAY_S: i64 = 86_400;
const DAY_MINUTES: usize = 1440;

/// A rush at the same local time every day, such as a newsletter at nine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rush {
    /// Local second of the day at which it is highest.
    pub at_s: i64,
    /// Share added at the highest.
    pub gain: f64,
    /// Seconds from the highest to where it is over, on either side.
    pub width_s: i64,
}

/// The parameters of a week's shape. The highest point is 1 where the largest weekday factor is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    /// Amplitude and phase (turns) of the waves of 24 h, 12 h, 8 h, ... in the logarithm of the day curve.
    pub waves: Vec<(f64, f64)>,
    /// Local hour about which the 24 h wave is highest.
    pub peak_hour: f64,
    /// Lowest over highest point of the day, in (0, 1].
    pub night: f64,
    /// Factor of each weekday, Monday first, all above 0.
    pub weekdays: [f64; 7],
    /// Hours over which one weekday's factor fades into the next's, around midnight.
    pub fade_hours: f64,
    /// Daily rushes on top.
    pub rushes: Vec<Rush>,
}

impl Week {
    /// A plain working week: busiest in the afternoon, `night` at the lowest, `weekend` on Saturday and Sunday.
    pub fn plain(night: f64, weekend: f64) -> Self {
        Self {
            waves: vec![(1.0, 0.0), (0.28, 0.14)],
            peak_hour: 15.0,
            night,
            weekdays: [1.0, 1.0, 1.0, 1.0, 1.0, weekend, weekend],
            fade_hours: 6.0,
            rushes: Vec::new(),
        }
    }

    /// No season at all.
    pub fn flat() -> Self {
        Self {
            waves: Vec::new(),
            night: 1.0,
            weekdays: [1.0; 7],
            ..Self::plain(1.0, 1.0)
        }
    }

    /// A week drawn at random from the family that customers' outcomes come in.
    pub fn drawn(chance: &mut Chance) -> Self {
        let mut waves = vec![(1.0, 0.0), (chance.between(0.1, 0.4), chance.between(0.0, 0.3))];
        waves.extend((0..5).map(|_| (chance.between(-0.08, 0.08), chance.unit())));
        let weekend = chance.between(0.3, 1.1);
        let mut weekdays = [1.0; 7];
        for factor in &mut weekdays {
            *factor = chance.between(0.92, 1.0);
        }
        let first = if chance.unit() < 0.15 { 4 } else { 5 };
        weekdays[first] = weekend;
        weekdays[first + 1] = weekend * chance.between(0.85, 1.05);
        let rushes = (0..chance.below(3))
            .map(|_| Rush {
                at_s: 3600 * chance.between(6.0, 21.0) as i64,
                gain: chance.between(0.05, 0.3),
                width_s: chance.between(300.0, 1800.0) as i64,
            })
            .collect();
        Self {
            waves,
            peak_hour: chance.between(11.0, 17.0),
            night: chance.between_log(0.06, 0.4),
            weekdays,
            fade_hours: chance.between(3.0, 20.0),
            rushes,
        }
    }

    /// The shape ready to be read at any instant.
    pub fn curve(&self, zone: Zone) -> Curve {
        let wave = |minute: usize| -> f64 {
            let day = minute as f64 / DAY_MINUTES as f64 - self.peak_hour / 24.0;
            self.waves
                .iter()
                .enumerate()
                .map(|(k, &(amplitude, phase))| amplitude * cos_turns((k + 1) as f64 * day + phase))
                .sum()
        };
        let mut minutes: Vec<f64> = (0..DAY_MINUTES).map(wave).collect();
        let highest = minutes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = minutes.iter().copied().fold(f64::INFINITY, f64::min);
        let stretch = if highest > lowest {
            -ln(self.night) / (highest - lowest)
        } else {
            0.0
        };
        for level in &mut minutes {
            *level = (*level - highest) * stretch;
        }
        Curve {
            minutes,
            weekdays: self.weekdays.map(ln),
            fade_s: (self.fade_hours * 3600.0).clamp(60.0, DAY_S as f64),
            rushes: self.rushes.clone(),
            zone,
        }
    }
}

/// A week's shape ready to be read at any instant.
#[derive(Debug, Clone)]
pub struct Curve {
    minutes: Vec<f64>,
    weekdays: [f64; 7],
    fade_s: f64,
    rushes: Vec<Rush>,
    zone: Zone,
}

impl Curve {
    /// The rate at the Unix second `at` as a share of the peak.
    pub fn share(&self, at: i64) -> f64 {
        let local = at + i64::from(self.zone.offset_s(at));
        let (day, second) = (local.div_euclid(DAY_S), local.rem_euclid(DAY_S));
        let minute = (second / 60) as usize;
        let between = (second % 60) as f64 / 60.0;
        let level = self.minutes[minute] * (1.0 - between) + self.minutes[(minute + 1) % DAY_MINUTES] * between;
        let rush: f64 = self.rushes.iter().map(|rush| rush.share(second)).sum();
        exp(level + self.weekday_level(day, second)) * (1.0 + rush)
    }

    fn weekday_level(&self, day: i64, second: i64) -> f64 {
        // 1970-01-01 was a Thursday, which is weekday 3 counted from Monday.
        let of = |day: i64| self.weekdays[(day + 3).rem_euclid(7) as usize];
        let to_midnight = (DAY_S - second) as f64;
        let from_midnight = second as f64;
        let half = self.fade_s / 2.0;
        if to_midnight < half {
            let share = smooth_step(0.5 - to_midnight / self.fade_s);
            of(day) * (1.0 - share) + of(day + 1) * share
        } else if from_midnight < half {
            let share = smooth_step(0.5 + from_midnight / self.fade_s);
            of(day - 1) * (1.0 - share) + of(day) * share
        } else {
            of(day)
        }
    }
}

impl Rush {
    fn share(&self, second: i64) -> f64 {
        let away = (second - self.at_s).abs() as f64 / self.width_s as f64;
        self.gain * smooth_step(1.0 - away)
    }
}

#[cfg(test)]
mod tests {
    use super::Week;
    use crate::chance::Chance;
    use crate::place::Place;
    use jiff::civil::date;
    use pulsecheck_rhythm::Zone;

    #[test]
    fn a_plain_week_has_the_night_and_weekend_it_was_asked_for() {
        let curve = Week::plain(0.15, 0.5).curve(Zone::utc());
        let monday = 1_790_553_600;
        let shares: Vec<f64> = (0..1440).map(|minute| curve.share(monday + 86_400 + minute * 60)).collect();
        let highest = shares.iter().copied().fold(0.0, f64::max);
        let lowest = shares.iter().copied().fold(1.0, f64::min);
        assert!((highest - 1.0).abs() < 1e-9, "{highest}");
        assert!((lowest - 0.15).abs() < 1e-9, "{lowest}");
        let noon = 12 * 3600;
        let ratio = curve.share(monday + 5 * 86_400 + noon) / curve.share(monday + noon);
        assert!((ratio - 0.5).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn the_curve_follows_local_time_across_a_clock_change() {
        let place = Place::named("America/New_York").expect("it exists");
        let curve = Week::plain(0.2, 1.0).curve(place.zone());
        let nine = |day| place.unix(date(2026, 11, day).at(9, 0, 0, 0));
        assert_eq!(nine(2) - nine(1), 86_400);
        assert_eq!(nine(1) - place.unix(date(2026, 10, 31).at(9, 0, 0, 0)), 90_000);
        assert!((curve.share(nine(1)) - curve.share(place.unix(date(2026, 10, 31).at(9, 0, 0, 0)))).abs() < 1e-12);
    }

    #[test]
    fn every_drawn_week_is_positive_and_unbroken() {
        for seed in 0..20 {
            let curve = Week::drawn(&mut Chance::new(seed, "week")).curve(Zone::utc());
            let mut before = curve.share(1_790_553_600);
            for minute in 1..10_080 {
                let now = curve.share(1_790_553_600 + minute * 60);
                assert!(
                    now > 0.0 && (now / before - 1.0).abs() < 0.15,
                    "seed {seed}, minute {minute}: {before} to {now}"
                );
                before = now;
            }
        }
    }
}
