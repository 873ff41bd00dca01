//! Axes: where grid lines stand and what is written at them.

use crate::wording;
use jiff::tz::TimeZone;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;
/// Distances between two times that a person reads off at a glance.
const DISTANCES_S: [i64; 20] = [
    10,
    30,
    MINUTE_S,
    2 * MINUTE_S,
    5 * MINUTE_S,
    10 * MINUTE_S,
    15 * MINUTE_S,
    30 * MINUTE_S,
    HOUR_S,
    2 * HOUR_S,
    3 * HOUR_S,
    6 * HOUR_S,
    12 * HOUR_S,
    DAY_S,
    2 * DAY_S,
    3 * DAY_S,
    7 * DAY_S,
    14 * DAY_S,
    28 * DAY_S,
    84 * DAY_S,
];
/// Monday 1970-01-05, so that distances of weeks fall on Mondays.
const MONDAY_S: i64 = 4 * DAY_S;

/// Times to write below a plot of `from..end`, at most `most`, on even local times.
pub(super) fn times(from: i64, end: i64, most: i64, zone: &TimeZone) -> Vec<(i64, String)> {
    let distance_s = DISTANCES_S
        .into_iter()
        .find(|distance_s| (end - from) / distance_s <= most)
        .unwrap_or(365 * DAY_S);
    let offset_s = |at: i64| i64::from(zone.to_offset(crate::zone::instant(at)).seconds());
    let phase_s = if distance_s >= 7 * DAY_S { MONDAY_S } else { 0 };
    let mut local = (from + offset_s(from) - phase_s).div_euclid(distance_s) * distance_s + phase_s;
    let mut times = Vec::new();
    loop {
        // The offset before the change is right for all but the hour after it, and a second look gives that one too.
        let guess = local - offset_s(local);
        let at = local - offset_s(guess);
        if at > end {
            return times;
        }
        if at >= from && times.last().is_none_or(|(last, _)| at > *last) {
            let is_day = distance_s >= DAY_S || local.rem_euclid(DAY_S) == 0;
            let shape = if is_day {
                "%a %-d %b"
            } else if distance_s < MINUTE_S {
                "%H:%M:%S"
            } else {
                "%H:%M"
            };
            times.push((at, wording::local(at, zone, shape)));
        }
        local += distance_s;
    }
}

/// Values to write beside a plot from 0 to `top`, at most four above zero.
pub(super) fn values(top: f64) -> Vec<f64> {
    const MOST: f64 = 4.0;
    if top <= 0.0 || !top.is_finite() {
        return vec![0.0];
    }
    let power = 10_f64.powf((top / MOST).log10().floor());
    let distance = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|distance| top / distance <= MOST + 1e-9)
        .unwrap_or(10.0 * power);
    (0..=(top / distance + 1e-9) as i64)
        .map(|place| place as f64 * distance)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_round_and_few() {
        assert_eq!(values(3_450.0), [0.0, 1000.0, 2000.0, 3000.0]);
        assert_eq!(values(0.9), [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(values(0.0), [0.0]);
        assert_eq!(values(f64::NAN), [0.0]);
    }

    #[test]
    fn times_stand_on_even_local_times_across_a_clock_change() {
        let zone = crate::zone::named("America/New_York").expect("the zone is in the table");
        // Sat 31 Oct to Tue 3 Nov 2026, local midnights; the clocks go back on 1 Nov.
        let days = times(1_793_419_200, 1_793_682_000, 7, &zone);
        let shown: Vec<&str> = days.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            shown,
            ["Sat 31 Oct", "12:00", "Sun 1 Nov", "12:00", "Mon 2 Nov", "12:00", "Tue 3 Nov"]
        );
    }
}
