//! What is said of series of many kinds.

use super::*;
use proptest::prelude::*;
use pulsecheck_rhythm::{Reading, Settings, SpecialDays, Zone};

/// A watch that has seen `days` of about `rate` outcomes a second, half of that at night, in steps of `step_s`.
fn watched(step_s: u32, days: f64, rate: f64) -> Watch {
    let mut watch = Watch::new(Settings::with_step(step_s), Zone::utc(), SpecialDays::new());
    let (step, mut state) = (i64::from(step_s), 11_u64);
    for k in 0..(days * 86_400.0) as i64 / step {
        let at = k * step;
        let day = (at as f64 / 86_400.0 * std::f64::consts::TAU).sin();
        let expected = rate * f64::from(step_s) * (0.75 + 0.25 * day);
        // Two uniforms in the shape of a triangle of variance one.
        let mut uniform = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let scatter = (uniform() - uniform()) * 6.0_f64.sqrt() * expected.sqrt();
        // What is lost by rounding is kept by chance, so that thin counts keep their mean.
        let count = (expected + scatter + uniform()).floor().max(0.0) as u64;
        watch.close(at, Reading::complete(count), at + step);
    }
    watch
}

fn told(assessment: &Assessment) -> String {
    assessment.findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn plenty_of_counts_by_the_second_are_fit() {
    let assessment = watched(1, 22.0, 200.0).assess();
    assert_eq!(assessment.verdict, Fitness::Fit, "{}", told(&assessment));
    assert_eq!(assessment.rows.len(), 10);
    assert!(
        told(&assessment).contains("a total loss at peak is seen in 1 s"),
        "{}",
        told(&assessment)
    );
    assert!(assessment.smallest_drop_peak.is_some_and(|drop| drop < 0.15));
}

#[test]
fn few_counts_have_limits_and_say_so_first() {
    let assessment = watched(10, 22.0, 0.3).assess();
    assert_eq!(assessment.verdict, Fitness::FitWithLimits, "{}", told(&assessment));
    let first = assessment.findings[0].to_string();
    assert!(first.starts_with("a total loss at peak takes"), "{first}");
    assert!(
        told(&assessment).contains("of the steps are empty though nothing is wrong"),
        "{}",
        told(&assessment)
    );
}

#[test]
fn hardly_any_counts_are_unfit() {
    let assessment = watched(60, 22.0, 0.002).assess();
    assert_eq!(assessment.verdict, Fitness::Unfit, "{}", told(&assessment));
}

#[test]
fn steps_of_an_hour_are_unfit_because_of_the_step() {
    let assessment = watched(3_600, 40.0, 10.0).assess();
    assert_eq!(assessment.verdict, Fitness::Unfit, "{}", told(&assessment));
    assert!(
        told(&assessment).contains("send counts by the second"),
        "{}",
        told(&assessment)
    );
    let at_peak = assessment.rows.iter().filter(|row| row.at == Time::Peak);
    assert!(at_peak.filter_map(|row| row.seconds).all(|seconds| seconds >= 3_600.0));
}

#[test]
fn a_short_history_says_what_it_can_promise_and_promises_more_as_it_grows() {
    let smallest = [
        (0.05, "the rest of the day is unknown"),
        (2.5, "this weekday is unknown"),
        (8.5, "this weekday was seen once"),
    ]
    .map(|(days, sentence)| {
        let assessment = watched(1, days, 200.0).assess();
        assert_eq!(assessment.verdict, Fitness::FitWithLimits, "{}", told(&assessment));
        assert!(told(&assessment).contains(sentence), "{}", told(&assessment));
        assessment.smallest_drop_peak.expect("a total loss is seen")
    });
    assert!(smallest[0] > smallest[1] && smallest[1] > smallest[2], "{smallest:?}");
}

#[test]
fn of_minutes_and_of_zeros_nothing_can_be_said() {
    let short = watched(1, 0.005, 200.0).assess();
    assert!(
        told(&short).contains("too little to judge") && short.rows.is_empty(),
        "{}",
        told(&short)
    );
    let mut zeros = Watch::new(Settings::with_step(60), Zone::utc(), SpecialDays::new());
    (0..1_440).for_each(|k| _ = zeros.close(60 * k, Reading::complete(0), 60 * k + 60));
    assert!(
        told(&zeros.assess()).contains("not one outcome was counted in 24 h"),
        "{}",
        told(&zeros.assess())
    );
    assert_eq!((short.verdict, zeros.assess().verdict), (Fitness::Unfit, Fitness::Unfit));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_verdict_is_the_worst_finding_and_deeper_drops_are_seen_no_later(
        step_s in prop::sample::select(vec![10_u32, 60, 300, 3_600]),
        days in 0.0_f64..20.0,
        rate in -4.0_f64..4.0,
    ) {
        let assessment = watched(step_s, days, 10_f64.powf(rate)).assess();
        let worst = assessment.findings.iter().map(Finding::allows).max();
        prop_assert_eq!(worst, Some(assessment.verdict));
        prop_assert!(!told(&assessment).contains("NaN") && !told(&assessment).contains("inf"));
        let never = f64::INFINITY;
        for at in [Time::Night, Time::Peak] {
            let seconds: Vec<f64> =
                assessment.rows.iter().filter(|row| row.at == at).map(|row| row.seconds.unwrap_or(never)).collect();
            prop_assert!(seconds.is_sorted_by(|shallow, deep| shallow >= deep), "{:?}", seconds);
        }
    }
}
