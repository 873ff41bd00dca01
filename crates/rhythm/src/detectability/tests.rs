//! The limit against reference numbers, and what our tests promise against what they do.

use super::*;
use crate::{Reading, Settings, SpecialDays, Zone};
use proptest::prelude::*;
use std::sync::LazyLock;

const YEAR_S: f64 = 365.0 * 86_400.0;

fn limit(rate_per_s: f64, model_error: f64) -> Limit {
    Limit {
        rate_per_s,
        dispersion: 1.0,
        model_error,
        mean_time_s: YEAR_S,
    }
}

fn close(found: Option<f64>, reference: f64) {
    let found = found.expect("the drop is above the floor");
    assert!((found / reference - 1.0).abs() < 1e-5, "{found} is not {reference}");
}

/// Reference: the same formulas solved by scipy's `brentq`, one false alarm a year, known expectation.
#[test]
fn the_limit_for_poisson_counts_matches_the_reference() {
    let reference = [
        (1.0, 0.10, 2_132.731_457_877),
        (1.0, 0.50, 95.305_237_482),
        (1.0, 1.00, 17.266_640_308),
        (10.0, 0.25, 44.659_317_372),
        (10.0, 0.90, 2.823_110_520),
        (10.0, 1.00, 1.956_922_540),
        (100.0, 0.10, 30.225_114_407),
        (100.0, 0.50, 1.253_207_175),
        (1_000.0, 0.25, 0.581_096_028),
        (1_000.0, 1.00, 0.024_174_396),
    ];
    for (rate, drop, seconds) in reference {
        close(limit(rate, 0.0).delay_s(drop), seconds);
    }
}

/// Reference: scipy's `norm.isf` and `brentq`; an error of 2 % and 5 % that stays alike for ten minutes, one false alarm a year.
#[test]
fn the_limit_with_an_error_of_the_model_matches_the_reference() {
    close(Some(limit(1.0, 0.02).floor()), 0.079_078_087_6);
    close(Some(limit(1.0, 0.05).floor()), 0.186_126_296_2);
    close(limit(10.0, 0.02).delay_s(0.10), 4_275.985_815_550);
    close(limit(100.0, 0.02).delay_s(0.25), 9.951_067_213);
    close(limit(10.0, 0.05).delay_s(0.25), 490.714_319_829);
    close(limit(10.0, 0.05).delay_s(1.0), 2.379_149_889);
    assert_eq!(
        limit(100.0, 0.05).delay_s(0.10),
        None,
        "below the floor of 18.6 % no detector tells it"
    );
}

/// Counts with the scatter of a deterministic generator about `rate` a second and a swing of the day of two to one.
fn learned(step_s: u32, days: i64, rate: f64) -> Series {
    let mut series = Series::new(Settings::with_step(step_s), Zone::utc(), SpecialDays::new());
    let mut state = 7_u64;
    let step = f64::from(step_s);
    for k in 0..days * 86_400 / i64::from(step_s) {
        let at = k * i64::from(step_s);
        let expected = rate * step * (1.5 + 0.5 * (at as f64 / 86_400.0 * std::f64::consts::TAU).sin()) / 1.5;
        // The sum of twelve uniforms is close to normal with variance one.
        let mut sum = -6.0;
        for _ in 0..12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sum += (state >> 11) as f64 / (1_u64 << 53) as f64;
        }
        let count = (expected + sum * expected.sqrt()).round().max(0.0) as u64;
        series.close(at, Reading::complete(count));
    }
    series
}

static SERIES: LazyLock<Series> = LazyLock::new(|| learned(10, 28, 50.0));
static BY_SECOND: LazyLock<Series> = LazyLock::new(|| learned(1, 22, 100.0));
static YOUNG: LazyLock<Series> = LazyLock::new(|| learned(1, 1, 50.0));

#[test]
fn night_is_quieter_than_peak_and_a_day_with_a_shape_is_explained_by_it() {
    let day = SERIES.detectability().expect("four weeks are enough");
    assert!((day.peak.rate_per_s / 66.7 - 1.0).abs() < 0.05, "{}", day.peak.rate_per_s);
    assert!((day.night.rate_per_s / 33.5 - 1.0).abs() < 0.05, "{}", day.night.rate_per_s);
    assert!(day.explained > 0.9, "{}", day.explained);
}

#[test]
fn no_drop_is_seen_in_less_than_a_step_and_a_total_loss_in_one() {
    let day = SERIES.detectability().expect("four weeks are enough");
    assert_eq!(day.peak.seconds_until_seen(1.0), Some(10.0));
}

#[test]
fn an_empty_or_new_series_promises_nothing() {
    let series = Series::new(Settings::with_step(1), Zone::utc(), SpecialDays::new());
    assert!(series.detectability().is_none());
}

#[test]
fn a_day_of_history_hides_drops_that_a_month_shows() {
    let of = |series: &Series| series.detectability().and_then(|day| day.peak.smallest_drop_within(3_600.0));
    let (young, old) = (
        of(&YOUNG).expect("a total loss is seen"),
        of(&SERIES).expect("a total loss is seen"),
    );
    assert!(young > 0.2 && old < 0.15, "{young} after a day, {old} after four weeks");
}

/// What the series itself says when the drop comes, counts exactly as expected before and after.
#[test]
fn what_is_promised_is_kept() {
    for drop in [0.25, 0.5, 1.0] {
        let mut series = BY_SECOND.clone();
        let at = 22 * 86_400;
        let rate = |k: i64| series_rate(100.0, at + k);
        (0..7_200).for_each(|k| drop_step(&mut series, at + k, rate(k)));
        let sight = Sight::new(&series, 7_200.0, rate(7_200));
        let promised = sight.seconds_until_seen(drop).expect("a drop so deep is seen");
        let took = (1..=900).find(|&k| {
            let begun = 7_200 + k - 1;
            series
                .close(at + begun, Reading::complete((rate(begun) * (1.0 - drop)).round() as u64))
                .fell
        });
        let took = took.expect("it is told") as f64;
        assert!(
            (took - promised).abs() <= 1.0 + 0.35 * promised,
            "{drop}: promised {promised} s, took {took} s"
        );
    }
}

fn series_rate(rate: f64, at: i64) -> f64 {
    rate * (1.5 + 0.5 * (at as f64 / 86_400.0 * std::f64::consts::TAU).sin()) / 1.5
}

fn drop_step(series: &mut Series, at: i64, expected: f64) {
    series.close(at, Reading::complete(expected.round() as u64));
}

proptest! {
    #[test]
    fn a_deeper_drop_is_never_seen_later(drop in 0.02_f64..1.0, deeper in 0.0_f64..1.0, rate in -2.0_f64..4.0, second in 0.0_f64..86_400.0) {
        let deeper = drop + deeper * (1.0 - drop);
        let sight = Sight::new(&SERIES, second, 10_f64.powf(rate));
        if let Some(seconds) = sight.seconds_until_seen(drop) {
            prop_assert!(sight.seconds_until_seen(deeper).is_some_and(|sooner| sooner <= seconds));
        }
    }

    #[test]
    fn more_counts_never_make_a_drop_seen_later(drop in 0.4_f64..1.0, rate in -2.0_f64..4.0, more in 1.0_f64..10.0) {
        let rate = 10_f64.powf(rate);
        let (few, many) = (Sight::new(&BY_SECOND, 0.0, rate), Sight::new(&BY_SECOND, 0.0, rate * more));
        if let Some(seconds) = few.seconds_until_seen(drop) {
            prop_assert!(many.seconds_until_seen(drop).is_some_and(|sooner| sooner <= seconds));
        }
    }

    /// The tellings of long windows may be eight times as many as the budget: the limit for that is the one to hold ours against.
    #[test]
    fn no_drop_is_seen_much_sooner_than_information_allows(drop in 0.05_f64..1.0, rate in -1.0_f64..3.0) {
        let sight = Sight::new(&BY_SECOND, 0.0, 10_f64.powf(rate));
        if let Some(seconds) = sight.seconds_until_seen(drop) {
            let limit = Limit { mean_time_s: YEAR_S / 8.0, ..sight.limit_poisson() };
            let least = limit.delay_s(drop).expect("without an error of the model there is no floor");
            prop_assert!(seconds > 0.8 * least, "{seconds} s, where no detector needs less than {least} s");
        }
    }

    #[test]
    fn the_smallest_drop_is_where_seeing_begins(rate in -1.0_f64..3.0) {
        let sight = Sight::new(&SERIES, 0.0, 10_f64.powf(rate));
        if let Some(smallest) = sight.smallest_drop_within(3_600.0) {
            prop_assert!(sight.seconds_until_seen(smallest).is_some());
            prop_assert!(sight.seconds_until_seen(0.99 * smallest).is_none_or(|seconds| seconds > 3_600.0));
        }
    }

    #[test]
    fn the_limit_falls_with_depth_rate_and_tolerance(drop in 0.01_f64..0.9, rate in -3.0_f64..4.0, error in 0.0_f64..0.1) {
        let at = limit(10_f64.powf(rate), error);
        let sooner = |other: Limit, drop: f64| match (at.delay_s(drop.min(0.9) * 0.99), other.delay_s(drop)) {
            (Some(later), sooner) => sooner.is_some_and(|sooner| sooner <= later),
            (None, _) => true,
        };
        prop_assert!(sooner(at, drop));
        let (busier, looser) = (Limit { rate_per_s: 2.0 * at.rate_per_s, ..at }, Limit { mean_time_s: 0.1 * at.mean_time_s, ..at });
        prop_assert!(sooner(busier, drop));
        prop_assert!(sooner(looser, drop));
    }
}
