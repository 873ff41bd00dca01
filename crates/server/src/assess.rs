//! What `assess` tells: whether a count is fit to be a heartbeat, and how fast a drop of it is seen beside the least time that any
//! detector needs.

use crate::input::Scale;
use crate::wording;
use serde::Serialize;
use std::io::{self, Write};

/// The answer, ready to be told. Times are in seconds; rates are counts a second, as they are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `fit`, `fit with limits` or `unfit`.
    pub verdict: &'static str,
    /// Why, a sentence each.
    pub findings: Vec<String>,
    /// How fast which drop is seen.
    pub rows: Vec<DetectionRow>,
    /// The smallest drop that is ever seen, as a share.
    pub smallest_drop: Option<f64>,
}

/// How fast one drop is seen at one time of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectionRow {
    /// Share that goes missing.
    pub drop: f64,
    /// Whether this is the peak rather than the night.
    pub at_peak: bool,
    /// Counts a second at that time.
    pub rate_per_s: f64,
    /// Seconds until it is seen; `None` if never.
    pub seconds: Option<f64>,
    /// Seconds that the best detector needs if counts were only Poisson.
    pub limit_poisson_s: Option<f64>,
    /// Seconds that the best detector needs with the uncertainty measured on this series.
    pub limit_model_s: Option<f64>,
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    verdict: &'a str,
    findings: &'a [String],
    smallest_drop: Option<f64>,
    detection: Vec<JsonRow>,
}

#[derive(Serialize)]
struct JsonRow {
    drop: f64,
    at: &'static str,
    rate_per_s: f64,
    seconds: Option<f64>,
    limit_poisson_s: Option<f64>,
    limit_model_s: Option<f64>,
}

/// Writes the answer as one JSON object, in the unit of the file.
///
/// # Errors
/// The writer fails.
pub fn write_json(out: &mut impl Write, answer: &Answer, scale: Scale) -> io::Result<()> {
    let short = |seconds: Option<f64>| seconds.map(|seconds| wording::rounded(seconds, 4));
    let detection = answer.rows.iter().map(|row| JsonRow {
        drop: wording::rounded(row.drop, 4),
        at: if row.at_peak { "peak" } else { "night" },
        rate_per_s: wording::rounded(scale.back(row.rate_per_s), 4),
        seconds: short(row.seconds),
        limit_poisson_s: short(row.limit_poisson_s),
        limit_model_s: short(row.limit_model_s),
    });
    let json = JsonAnswer {
        verdict: answer.verdict,
        findings: &answer.findings,
        smallest_drop: answer.smallest_drop.map(|drop| wording::rounded(drop, 4)),
        detection: detection.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes the answer for a person.
///
/// # Errors
/// The writer fails.
pub fn write_text(out: &mut impl Write, answer: &Answer, scale: Scale) -> io::Result<()> {
    let verdict = answer.verdict[..1].to_uppercase() + &answer.verdict[1..];
    let headline = answer
        .rows
        .iter()
        .find(|row| row.at_peak && (row.drop - 0.5).abs() < 1e-9)
        .and_then(|row| row.seconds);
    let headline = headline
        .map(|seconds| format!(" At peak, a 50 % drop is seen in {}.", wording::duration(seconds)))
        .unwrap_or_default();
    writeln!(out, "{verdict} as a heartbeat.{headline}\n")?;
    for finding in &answer.findings {
        writeln!(out, "- {finding}")?;
    }
    if !answer.findings.is_empty() {
        writeln!(out)?;
    }
    if !answer.rows.is_empty() {
        write_table(out, answer, scale)?;
        writeln!(
            out,
            "\nleast time: what the best possible detector needs with the uncertainty measured here (in brackets: if there were none)"
        )?;
    }
    if let Some(drop) = answer.smallest_drop {
        writeln!(out, "a drop below {} is never seen", wording::percent(drop))?;
    }
    out.flush()
}

fn write_table(out: &mut impl Write, answer: &Answer, scale: Scale) -> io::Result<()> {
    let rate = |at_peak: bool| {
        let row = answer.rows.iter().find(|row| row.at_peak == at_peak);
        row.map_or_else(
            || "?".into(),
            |row| format!("{}/s", wording::estimate(scale.back(row.rate_per_s))),
        )
    };
    writeln!(
        out,
        "{:<8}{:>14}{:>24}{:>14}{:>24}",
        "drop",
        format!("peak {}", rate(true)),
        "least time",
        format!("night {}", rate(false)),
        "least time"
    )?;
    let mut drops: Vec<f64> = answer.rows.iter().map(|row| row.drop).collect();
    drops.sort_by(|one, other| other.total_cmp(one));
    drops.dedup();
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "not seen".into(), wording::duration);
    for drop in drops {
        let cells = [true, false].map(|at_peak| {
            let row = answer.rows.iter().find(|row| row.at_peak == at_peak && row.drop == drop);
            match row {
                Some(row) => (
                    time(row.seconds),
                    format!("{} ({})", time(row.limit_model_s), time(row.limit_poisson_s)),
                ),
                None => ("?".into(), "?".into()),
            }
        });
        let [(peak, peak_limit), (night, night_limit)] = cells;
        writeln!(
            out,
            "{:<8}{peak:>14}{peak_limit:>24}{night:>14}{night_limit:>24}",
            wording::percent(drop)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let row = |drop, at_peak, seconds, limit_model_s, limit_poisson_s| DetectionRow {
            drop,
            at_peak,
            rate_per_s: if at_peak { 52.34 } else { 4.1 },
            seconds,
            limit_poisson_s,
            limit_model_s,
        };
        Answer {
            verdict: "fit with limits",
            findings: vec!["at night fewer than 5 a second: a 10 % drop is not seen there".into()],
            rows: vec![
                row(0.1, true, Some(118.2), Some(95.0), Some(61.0)),
                row(0.1, false, None, None, Some(840.0)),
                row(0.5, true, Some(4.0), Some(3.1), Some(3.0)),
                row(0.5, false, Some(21.0), Some(18.0), Some(17.0)),
            ],
            smallest_drop: Some(0.034),
        }
    }

    #[test]
    fn people_read_a_verdict_first_and_then_a_table() {
        let mut out = Vec::new();
        write_text(&mut out, &answer(), Scale::ONE).expect("memory takes it");
        insta::assert_snapshot!(String::from_utf8_lossy(&out));
    }

    #[test]
    fn programs_read_one_object() {
        let mut out = Vec::new();
        write_json(&mut out, &answer(), Scale::ONE).expect("memory takes it");
        insta::assert_snapshot!(String::from_utf8_lossy(&out));
    }
}
