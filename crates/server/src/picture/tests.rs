use super::*;
use crate::backtest::Replay;
use crate::input::{Facts, Scale};
use pulsecheck_core::Reason;

const START: i64 = 1_700_000_040;

fn half_missing(recovered_at: Option<i64>) -> Alarm {
    Alarm {
        fired_at: START + 62 * 60,
        recovered_at,
        kind: AlarmKind::Drop,
        lost_at: Some(START + 62 * 60),
        onset: START + 60 * 60,
        expected: 12_000.0,
        actual: 6_000,
        lost: 6_000.0,
        lost_interval: (5_800.0, 6_200.0),
        depth: 0.5,
        scale_s: 60,
        reason: Reason::Learning { seen_s: 0, needed_s: 0 },
    }
}

/// Two hours of minutes, 600 expected in each: half of them missing for twenty minutes, and no data for ten.
fn watched() -> Picture {
    let mut picture = Picture::new(60, None);
    for minute in 0..120 {
        let actual = match minute {
            60..80 => Some(300),
            100..110 => None,
            _ => Some(600),
        };
        let state = if (62..81).contains(&minute) {
            State::Lost
        } else {
            State::Beating
        };
        let at = START + 60 * minute;
        picture.step(&Verdict {
            at,
            state,
            expected: Some(600.0),
            actual,
            dispersion: 1.2,
            model_error: 0.02,
        });
        if state == State::Lost {
            picture.follow(&[half_missing(None)]);
        }
    }
    picture
}

fn drawn() -> String {
    let mut picture = watched();
    let over = half_missing(Some(START + 81 * 60));
    picture.follow(std::slice::from_ref(&over));
    let blind = Alarm {
        kind: AlarmKind::NoData,
        lost_at: None,
        fired_at: START + 6_150,
        onset: START + 6_000,
        recovered_at: Some(START + 6_600),
        ..half_missing(None)
    };
    let alarms = [over, blind];
    let replay = Replay {
        judged_from: Some(START),
        ended_at: Some(START + 7_200),
        ..Replay::default()
    };
    let zone = crate::zone::named("Europe/Dublin").expect("the zone is in the table");
    let report = Report {
        alarms: &alarms,
        not_shown: 0,
        replay: &replay,
        facts: &Facts {
            span: Some((START, START + 7_200)),
            ..facts()
        },
        zone: &zone,
        from: None,
        budget: "1/year",
        holidays: None,
        score: None,
    };
    picture.draw("<replies> & more.csv", &report)
}

fn facts() -> Facts {
    Facts {
        step_s: 60,
        step_found: true,
        rows_per_step: 1,
        scale: Scale::ONE,
        notation: None,
        phase_s: 0.0,
        rows: 110,
        empty: 0,
        duplicates: 0,
        late: 0,
        too_old: 0,
        rounded: 0,
        early: 0,
        span: None,
        steps: 110,
    }
}

#[test]
fn the_picture_stays_as_it_was_looked_at() {
    // One element a line, so that a difference can be read.
    insta::assert_snapshot!(drawn().replace('>', ">\n"));
}

#[test]
fn the_name_of_a_file_cannot_break_the_picture() {
    assert!(drawn().contains("&lt;replies&gt; &amp; more.csv"));
}

#[test]
fn memory_is_bounded_however_long_the_series() {
    let mut picture = Picture::new(1, None);
    for place in 0..400_000 {
        picture.step(&Verdict {
            at: 1_700_000_000 + place * 1_001,
            state: State::Beating,
            expected: Some(1.0),
            actual: Some(1),
            dispersion: 1.0,
            model_error: 0.0,
        });
    }
    assert!(picture.overview.iter().count() <= OVERVIEW_COLUMNS);
    assert_eq!(picture.trail.len(), TRAIL_STEPS);
}

#[test]
fn the_band_opens_a_little_and_no_more_while_a_drop_lasts() {
    let mut picture = Picture::new(60, None);
    for minute in 0..600 {
        let lost = minute >= 60;
        picture.step(&Verdict {
            at: START + 60 * minute,
            state: if lost { State::Lost } else { State::Beating },
            expected: Some(1e6),
            actual: Some(if lost { 0 } else { 1_000_000 }),
            dispersion: 0.0,
            model_error: if lost { 0.5 } else { 0.02 },
        });
    }
    let widest = picture
        .overview
        .iter()
        .filter_map(|(_, column)| column.expected())
        .map(|(_, half)| half);
    let widest = widest.fold(0.0, f64::max);
    assert!((widest / 90_000.0 - 1.0).abs() < 1e-9, "{widest}");
}
