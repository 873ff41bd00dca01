use super::*;
use pulsecheck_core::{AlarmKind, Reason};

fn alarm(fired_at: i64, recovered_at: Option<i64>, kind: AlarmKind, lost_at: Option<i64>) -> Alarm {
    Alarm {
        fired_at,
        recovered_at,
        kind,
        lost_at,
        onset: fired_at,
        expected: 0.0,
        actual: 0,
        lost: 0.0,
        lost_interval: (0.0, 0.0),
        depth: 0.0,
        scale_s: 1,
        reason: Reason::Learning { seen_s: 0, needed_s: 0 },
    }
}

fn label(start: i64, end: i64, kind: &str, depth: f64, expect: &str) -> Label {
    Label {
        start,
        end,
        kind: kind.into(),
        depth,
        expect: expect.into(),
    }
}

fn scored(labels: Vec<Label>, alarms: &[Alarm]) -> Score {
    score(
        &Labels {
            labels,
            train_until: Some(0),
            end: Some(604_800),
        },
        alarms,
        0,
        0,
    )
}

#[test]
fn a_deep_drop_counts_when_it_is_lost_and_a_shallow_one_when_people_are_told() {
    let labels = vec![
        label(1000, 2000, "deep", 0.5, "drop"),
        label(9000, 9900, "shallow", 0.1, "drop"),
    ];
    let only_told = [
        alarm(1010, Some(2010), AlarmKind::Drop, None),
        alarm(9030, Some(9950), AlarmKind::Drop, None),
    ];
    let score = scored(labels.clone(), &only_told);
    assert_eq!(score.kinds["deep"].delays_s, Vec::<f64>::new());
    assert_eq!(score.kinds["shallow"].delays_s, [30.0]);
    let lost = [alarm(1010, Some(2010), AlarmKind::Drop, Some(1040))];
    let deep = &scored(labels, &lost).kinds["deep"];
    assert_eq!(
        (deep.delays_s.as_slice(), deep.recovery_s.as_slice(), deep.held, deep.labels),
        ([40.0].as_slice(), [10.0].as_slice(), 1, 1)
    );
}

#[test]
fn alarms_outside_incidents_are_false_or_told_without_cause() {
    let labels = vec![
        label(1000, 2000, "outage", 1.0, "drop"),
        label(50_000, 60_000, "holiday", 0.6, "quiet"),
    ];
    let alarms = [
        alarm(100, Some(200), AlarmKind::Drop, Some(100)),
        alarm(55_000, Some(56_000), AlarmKind::Drop, Some(55_000)),
        alarm(57_000, Some(58_000), AlarmKind::Drop, None),
        alarm(2061, Some(2100), AlarmKind::Drop, Some(2061)),
    ];
    let score = scored(labels, &alarms);
    assert_eq!(
        score.false_alarms.clone().into_iter().collect::<Vec<_>>(),
        [("holiday".to_string(), 1), ("plain".to_string(), 1)]
    );
    assert_eq!((score.told_only["holiday"], score.after_incident), (1, 1));
    assert!((score.false_alarms_a_week() - 2.0).abs() < 1e-12);
}

#[test]
fn an_alarm_of_the_other_kind_or_open_before_is_no_hit() {
    let labels = vec![label(1000, 2000, "gap", 1.0, "no_data")];
    let score = scored(
        labels,
        &[
            alarm(500, Some(1900), AlarmKind::NoData, None),
            alarm(1100, None, AlarmKind::Drop, Some(1100)),
        ],
    );
    let gap = &score.kinds["gap"];
    assert_eq!((gap.delays_s.len(), gap.wrong, gap.open_before), (0, 1, 1));
}

#[test]
fn quantiles_are_interpolated() {
    assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Some(2.5));
    assert!((quantile(&[1.0, 2.0, 3.0], 0.95).unwrap_or(0.0) - 2.9).abs() < 1e-12);
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn a_slow_drop_is_met_when_people_are_told_however_deep_it_is() {
    let labels = vec![label(1000, 9000, "slow", 0.6, "depressed")];
    let told = [alarm(2800, Some(9050), AlarmKind::Drop, None)];
    let slow = &scored(labels, &told).kinds["slow"];
    assert_eq!((slow.delays_s.as_slice(), slow.wrong), ([1800.0].as_slice(), 0));
}
