//! What a backtest prints, for people and for programs.

use pulsecheck_core::{Alarm, AlarmKind, Reason};
use pulsecheck_rhythm::Reading;
use pulsecheck_server::backtest::{Replay, Report, alarm_lines, write_text};
use pulsecheck_server::input::{Arrival, Columns, Facts, Input, Scale};
use pulsecheck_server::zone;
use std::io::Write;

const START: i64 = 1_793_505_600;

fn facts(scale: Scale) -> Facts {
    // Rows of a real file, so that the facts are those of reading one.
    let path = std::env::temp_dir().join(format!(
        "pulsecheck-report-{}-{:?}.csv",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut file = std::fs::File::create(&path).expect("the temporary folder takes a file");
    writeln!(file, "time,count").expect("the disk takes it");
    for minute in 0..3 * 24 * 60 {
        writeln!(file, "{},600", START + 60 * minute).expect("the disk takes it");
    }
    drop(file);
    let input = Input {
        path: path.clone(),
        columns: Columns::default(),
        step_s: None,
        zone: zone::named("UTC").expect("UTC is known"),
    };
    let mut steps = input.open().expect("it is a file of counts");
    while let Some(arrival) = steps.next_step().expect("its rows are good") {
        assert!(matches!(
            arrival,
            Arrival::Closed {
                reading: Reading::Count { count: 600, .. },
                ..
            }
        ));
    }
    std::fs::remove_file(path).expect("the file is ours");
    Facts {
        scale,
        late: 2,
        duplicates: 1,
        ..steps.facts
    }
}

fn alarms() -> Vec<Alarm> {
    let lost = Alarm {
        fired_at: START + 90_123,
        recovered_at: Some(START + 90_723),
        kind: AlarmKind::Drop,
        lost_at: Some(START + 90_123),
        onset: START + 90_120,
        expected: 6_000.123_456_789,
        actual: 1_690,
        lost: 4_310.123_456_789,
        lost_interval: (4_201.0, 4_419.0),
        depth: 0.718_4,
        scale_s: 3,
        reason: Reason::Learning { seen_s: 0, needed_s: 0 },
    };
    let depressed = Alarm {
        fired_at: START + 170_000,
        recovered_at: None,
        lost_at: None,
        onset: START + 150_000,
        depth: 0.084,
        ..lost.clone()
    };
    let blind = Alarm {
        fired_at: START + 120_025,
        recovered_at: Some(START + 121_000),
        kind: AlarmKind::NoData,
        lost_at: None,
        onset: START + 120_000,
        ..lost.clone()
    };
    vec![lost, blind, depressed]
}

/// The text with the sentences of the reasons left out: they belong to the decisions.
fn text(alarms: &[Alarm], judged_from: Option<i64>) -> String {
    let facts = facts(Scale::ONE);
    let replay = Replay {
        alarms: alarms.to_vec(),
        judged_from,
        ended_at: facts.span.map(|span| span.1),
        ..Replay::default()
    };
    let zone = zone::named("America/New_York").expect("the zone is in the table");
    let report = Report {
        alarms,
        not_shown: 1,
        replay: &replay,
        facts: &facts,
        zone: &zone,
        from: Some(START + 3_600),
        budget: "1/year",
        holidays: None,
        score: None,
    };
    let mut out = Vec::new();
    write_text(&mut out, &report).expect("memory takes it");
    let text = String::from_utf8(out).expect("it is text");
    text.lines()
        .map(|line| if line.starts_with("    ") { "    (why)" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn alarms_for_people() {
    insta::assert_snapshot!(text(&alarms(), Some(START)));
}

#[test]
fn a_calm_file_for_people() {
    insta::assert_snapshot!(text(&[], Some(START)));
}

#[test]
fn a_file_too_short_for_people() {
    insta::assert_snapshot!(text(&[], None));
}

#[test]
fn alarms_for_programs() {
    let mut out = Vec::new();
    alarm_lines::write(&mut out, &alarms(), Scale::ONE).expect("memory takes it");
    let text = String::from_utf8(out).expect("it is text");
    let keys: Vec<String> = text
        .lines()
        .map(|line| line.split("\"reason\":").next().unwrap_or("").to_string())
        .collect();
    insta::assert_snapshot!(keys.join("\n"));
}
