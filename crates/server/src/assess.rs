//! What `assess` tells: whether a count is fit to be a heartbeat, and how fast a drop of it is seen beside the information
//! limit.

use crate::input::Scale;
use crate::wording;
use pulsecheck_core::{Assessment, Finding, Fitness, Time};
use serde::Serialize;
use std::io::{self, Write};

/// The answer, ready to be told. Times are in seconds; rates are counts a second, as they are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `fit`, `fit with limits` or `unfit`.
    pub verdict: &'static str,
    /// Why, a sentence each, the gravest first; and whether it takes something from the verdict.
    pub findings: Vec<(String, bool)>,
    /// How fast which drop is seen.
    pub rows: Vec<DetectionRow>,
    /// The smallest drop that is seen within an hour at peak, as a share.
    pub smallest_drop_peak: Option<f64>,
    /// The same at night.
    pub smallest_drop_night: Option<f64>,
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
    /// Seconds that the best detector needs with the scatter of this series and the error of its model at its worst.
    pub limit_model_s: Option<f64>,
}

impl Answer {
    /// An assessment in the words of this page.
    pub fn of(assessment: &Assessment) -> Self {
        let row = |row: &pulsecheck_core::DetectabilityRow| DetectionRow {
            drop: row.drop,
            at_peak: row.at == Time::Peak,
            rate_per_s: row.rate_per_s,
            seconds: row.seconds,
            limit_poisson_s: row.limit_poisson_s,
            limit_model_s: row.limit_model_s,
        };
        let finding = |finding: &Finding| (finding.to_string(), finding.allows() > Fitness::Fit);
        Self {
            verdict: assessment.verdict.word(),
            findings: assessment.findings.iter().map(finding).collect(),
            rows: assessment.rows.iter().map(row).collect(),
            smallest_drop_peak: assessment.smallest_drop_peak,
            smallest_drop_night: assessment.smallest_drop_night,
        }
    }

    fn row(&self, drop: f64, at_peak: bool) -> Option<&DetectionRow> {
        self.rows
            .iter()
            .find(|row| row.at_peak == at_peak && (row.drop - drop).abs() < 1e-9)
    }
}

#[derive(Serialize)]
struct JsonAnswer<'a> {
    verdict: &'a str,
    findings: Vec<&'a str>,
    smallest_drop_peak: Option<f64>,
    smallest_drop_night: Option<f64>,
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
    let short = |value: Option<f64>| value.map(|value| wording::rounded(value, 4));
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
        findings: answer.findings.iter().map(|(sentence, _)| sentence.as_str()).collect(),
        smallest_drop_peak: short(answer.smallest_drop_peak),
        smallest_drop_night: short(answer.smallest_drop_night),
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
    writeln!(out, "{}\n", headline(answer))?;
    for (sentence, limits) in &answer.findings {
        writeln!(out, "{} {sentence}", if *limits { "!" } else { "-" })?;
    }
    if !answer.rows.is_empty() {
        writeln!(out)?;
        write_table(out, answer, scale)?;
        writeln!(out, "\n{LEGEND}")?;
        let smallest = |drop: Option<f64>| drop.map_or_else(|| "none".into(), wording::percent);
        writeln!(
            out,
            "Smallest    the smallest drop that is seen within an hour: {} at peak, {} at night.",
            smallest(answer.smallest_drop_peak),
            smallest(answer.smallest_drop_night)
        )?;
    }
    out.flush()
}

/// What the columns of the table mean.
const LEGEND: &str = "\
Seen        from the beginning of the drop until people are told, on an ordinary day. Never: no window shows it; a
            deep drop that lasts an hour may still be told as depressed.
Limit       what the best detector of just that drop needs on average, with as few false alarms, if counts are random (Poisson)
            and the rate is known exactly.
With error  the same if counts scatter as they do here and the rate may be as wrong as it ever is. Mostly it is less wrong, and
            the drop is seen sooner than that.";

/// The answer in a line: `Fit as a heartbeat: a total loss is seen in 2 s at peak and 4 s at night, a 50 % drop in 3 s and 9 s.`
fn headline(answer: &Answer) -> String {
    let verdict = answer.verdict[..1].to_uppercase() + &answer.verdict[1..] + " as a heartbeat";
    let time = |drop: f64, at_peak: bool| answer.row(drop, at_peak).map(|row| row.seconds);
    let (Some(peak), Some(night), Some(half_peak), Some(half_night)) =
        (time(1.0, true), time(1.0, false), time(0.5, true), time(0.5, false))
    else {
        return verdict + ".";
    };
    let seen = |peak: Option<f64>, night: Option<f64>| match (peak, night) {
        (None, None) => "never seen".into(),
        (Some(peak), None) => format!("seen in {} at peak, never at night", wording::duration(peak)),
        (None, Some(night)) => format!("never seen at peak, in {} at night", wording::duration(night)),
        (Some(peak), Some(night)) if peak == night => format!("seen in {} at peak and at night", wording::duration(peak)),
        (Some(peak), Some(night)) => {
            format!(
                "seen in {} at peak, {} at night",
                wording::duration(peak),
                wording::duration(night)
            )
        }
    };
    format!(
        "{verdict}: a total loss is {}; a 50 % drop is {}.",
        seen(peak, night),
        seen(half_peak, half_night)
    )
}

fn write_table(out: &mut impl Write, answer: &Answer, scale: Scale) -> io::Result<()> {
    let of_day = |name: &str, at_peak: bool| {
        let row = answer.rows.iter().find(|row| row.at_peak == at_peak);
        row.map_or_else(String::new, |row| format!("{name}, {}", rate(scale.back(row.rate_per_s))))
    };
    writeln!(out, "{:<8}{:<43}{}", "", of_day("peak", true), of_day("night", false))?;
    let part = format!("{:<15}{:<14}{:<14}", "seen", "limit", "with error");
    writeln!(out, "{:<8}{part}{}", "drop", part.trim_end())?;
    let mut drops: Vec<f64> = answer.rows.iter().map(|row| row.drop).collect();
    drops.sort_by(|one, other| other.total_cmp(one));
    drops.dedup();
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "never".into(), wording::duration);
    for drop in drops {
        let [peak, night] = [true, false].map(|at_peak| {
            answer.row(drop, at_peak).map_or_else(String::new, |row| {
                let (limit, with_error) = (time(row.limit_poisson_s), time(row.limit_model_s));
                format!("{:<15}{limit:<14}{with_error:<14}", time(row.seconds))
            })
        });
        writeln!(out, "{:<8}{peak}{}", wording::percent(drop), night.trim_end())?;
    }
    Ok(())
}

/// A rate in a unit in which it is at least one, if there is such: `52.3 a second`, `41 a minute`.
fn rate(per_s: f64) -> String {
    const UNITS: [(f64, &str); 3] = [(1.0, "a second"), (60.0, "a minute"), (3_600.0, "an hour")];
    let (in_s, unit) = UNITS.into_iter().find(|(in_s, _)| per_s * in_s >= 1.0).unwrap_or(UNITS[2]);
    format!("{} {unit}", wording::estimate(per_s * in_s))
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
            findings: vec![
                ("a total loss at night takes 4 min to see".into(), true),
                ("the time of day explains 90 % of the ups and downs".into(), false),
            ],
            rows: vec![
                row(0.1, true, Some(118.2), Some(95.0), Some(61.0)),
                row(0.1, false, None, None, Some(840.0)),
                row(0.5, true, Some(4.0), Some(3.1), Some(3.0)),
                row(0.5, false, Some(21.0), Some(18.0), Some(17.0)),
                row(1.0, true, Some(1.0), Some(0.41), Some(0.4)),
                row(1.0, false, None, Some(4.7), Some(4.6)),
            ],
            smallest_drop_peak: Some(0.034),
            smallest_drop_night: None,
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
