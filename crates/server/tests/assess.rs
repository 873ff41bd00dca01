//! What `pulsecheck assess` answers about generated heartbeats: through the real binary, as a person and a program see it.

use pulsecheck_sim::export;
use pulsecheck_sim::place::Place;
use pulsecheck_sim::traffic::Traffic;
use pulsecheck_sim::week::Week;
use std::io::Write;
use std::process::{Command, Stdio};

const MONDAY: i64 = 1_790_553_600;

/// Counts in steps of `step_s` over `days`, at most `peak_per_s` a second.
fn counts(step_s: u32, days: i64, peak_per_s: f64) -> Vec<u8> {
    let traffic = Traffic {
        name: "orders".into(),
        seed: 5,
        start: MONDAY,
        train_until: MONDAY,
        end: MONDAY + days * 86_400,
        step_s,
        place: Place::utc(),
        week: Week::plain(0.2, 0.7),
        peak_per_s,
        trend_per_week: 0.0,
        dispersion: 1.2,
        drifts: Traffic::usual_drifts(0.5),
        freedom: 5.0,
        events: Vec::new(),
        given: Vec::new(),
    };
    let mut file = Vec::new();
    export::counts(&traffic, &mut file).expect("memory takes it");
    file
}

/// Standard output of `pulsecheck assess` on `file`.
fn assessed(file: &[u8], format: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pulsecheck"))
        .args(["assess", "--input", "-", "--format", format])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("it has an input")
        .write_all(file)
        .expect("it reads all of it");
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

#[test]
fn the_first_line_is_the_answer() {
    let text = assessed(&counts(10, 28, 300.0), "text");
    assert!(
        text.starts_with("Fit as a heartbeat: a total loss is seen in 10 s at peak and at night; "),
        "{text}"
    );
    assert!(text.contains("\ndrop    seen"), "{text}");
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(160), "{text}");
}

#[test]
fn thin_counts_have_limits_marked_before_what_holds() {
    let text = assessed(&counts(10, 28, 0.5), "text");
    assert!(text.starts_with("Fit with limits as a heartbeat: "), "{text}");
    let marks: Vec<char> = text
        .lines()
        .filter_map(|line| line.chars().next())
        .filter(|mark| "!-".contains(*mark))
        .collect();
    assert!(marks.starts_with(&['!']) && marks.is_sorted(), "{text}");
}

#[test]
fn hourly_counts_are_unfit_and_told_what_to_do() {
    let text = assessed(&counts(3_600, 28, 10.0), "text");
    assert!(text.starts_with("Unfit as a heartbeat"), "{text}");
    assert!(text.contains("send counts by the second"), "{text}");
}

#[test]
fn a_few_minutes_get_an_answer_too() {
    let text = assessed(b"time,count\n1790553600,5\n1790553660,6\n1790553720,4\n", "text");
    assert!(text.starts_with("Unfit as a heartbeat.\n"), "{text}");
    assert!(text.contains("too little to judge"), "{text}");
}

#[test]
fn programs_get_every_row_with_its_limits() {
    let json = assessed(&counts(10, 28, 300.0), "json");
    let answer: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(answer["verdict"], "fit");
    let rows = answer["detection"].as_array().expect("it has rows");
    assert_eq!(rows.len(), 10, "five drops by night and at peak");
    for row in rows {
        let (seconds, limit) = (row["seconds"].as_f64(), row["limit_poisson_s"].as_f64());
        assert!(
            limit.is_some_and(|limit| seconds.is_none_or(|seconds| seconds > 0.8 * limit)),
            "{row}"
        );
    }
    for name in ["smallest_drop_peak", "smallest_drop_night"] {
        assert!(
            answer[name].as_f64().is_some_and(|drop| drop > 0.03 && drop < 0.3),
            "{name}: {}",
            answer[name]
        );
    }
}
