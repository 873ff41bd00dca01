//! Alarms as lines of JSON: the contract that programs read.

use crate::input::Scale;
use crate::wording::rounded;
use pulsecheck_core::Alarm;
use serde::Serialize;
use std::io::{self, Write};

/// Figures are written with as many digits as an estimate can have.
const DIGITS: i32 = 6;

#[derive(Serialize)]
struct Line {
    fired_at: i64,
    recovered_at: Option<i64>,
    verdict: &'static str,
    lost_at: Option<i64>,
    onset: i64,
    expected: f64,
    actual: serde_json::Number,
    lost: f64,
    depth: f64,
    reason: String,
    lost_low: f64,
    lost_high: f64,
    scale_s: u32,
}

/// Writes one line for each alarm, in the unit of the file.
///
/// # Errors
/// The writer fails.
pub fn write(out: &mut impl Write, alarms: &[Alarm], scale: Scale) -> io::Result<()> {
    for alarm in alarms {
        serde_json::to_writer(&mut *out, &line(alarm, scale))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn line(alarm: &Alarm, scale: Scale) -> Line {
    let figure = |judged: f64| rounded(scale.back(judged), DIGITS);
    Line {
        fired_at: alarm.fired_at,
        recovered_at: alarm.recovered_at,
        verdict: alarm.kind.word(),
        lost_at: alarm.lost_at,
        onset: alarm.onset,
        expected: figure(alarm.expected),
        actual: actual(alarm.actual, scale),
        lost: figure(alarm.lost),
        depth: rounded(alarm.depth, 4),
        reason: alarm.reason.to_string(),
        lost_low: figure(alarm.lost_interval.0),
        lost_high: figure(alarm.lost_interval.1),
        scale_s: alarm.scale_s,
    }
}

/// Counts of the file stay whole numbers; values that were scaled come back as they were.
fn actual(count: u64, scale: Scale) -> serde_json::Number {
    let back = scale.back(count as f64);
    match serde_json::Number::from_f64(rounded(back, DIGITS)) {
        Some(number) if back != count as f64 => number,
        _ => count.into(),
    }
}
