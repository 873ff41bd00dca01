//! Known incidents of a file, which a backtest is scored against.

use crate::input::instant;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::path::Path;

/// The largest file of labels read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Labels after it are a mistake of units.
const YEAR_2200_S: i64 = 7_258_118_400;

/// What should have been said about a stretch of time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Label {
    /// First second of it, Unix.
    pub start: i64,
    /// The second after it.
    pub end: i64,
    /// Its name; labels of one name are scored together.
    pub kind: String,
    /// Share that is missing, 0 to 1; 0 where it is not known.
    #[serde(default)]
    pub depth: f64,
    /// `drop`, `depressed` for a drop that need not count as lost, `no_data`, or `quiet` for what must not raise an alarm.
    #[serde(default = "drop_word")]
    pub expect: String,
}

impl Label {
    /// Whether nothing may be said in it.
    pub fn is_quiet(&self) -> bool {
        self.expect == "quiet"
    }

    /// The kind of alarm that meets it, as [`pulsecheck_core::AlarmKind::word`] names it.
    pub fn alarm_word(&self) -> &str {
        if self.expect == "depressed" { "drop" } else { &self.expect }
    }

    /// A drop of half or more must be *lost*; for a shallower one it is enough that people are told.
    pub fn must_be_lost(&self) -> bool {
        self.expect == "drop" && self.depth >= 0.5
    }
}

/// The labels of one file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Labels {
    /// All labels.
    pub labels: Vec<Label>,
    /// Alarms before this second are not scored.
    #[serde(default)]
    pub train_until: Option<i64>,
    /// The second after the last one scored.
    #[serde(default)]
    pub end: Option<i64>,
}

/// What is wrong with a file of labels, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}{}: {what}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct LabelError {
    file: String,
    line: Option<usize>,
    what: String,
}

fn drop_word() -> String {
    "drop".into()
}

/// Reads labels: JSON with `labels`, or CSV with the columns start, end, kind and, if known, depth and expect.
///
/// # Errors
/// The file cannot be read, or a label makes no sense.
pub fn read(path: &Path, zone: &TimeZone) -> Result<Labels, LabelError> {
    let file = path.display().to_string();
    let fault = |line: Option<usize>, what: String| LabelError {
        file: file.clone(),
        line,
        what,
    };
    let unreadable = |error: std::io::Error| fault(None, format!("cannot read it: {error}; check --labels"));
    if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(fault(
            None,
            format!("the file of labels is larger than {FILE_BYTES_MAX} bytes; keep those of this series"),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let labels = if text.trim_start().starts_with('{') {
        serde_json::from_str::<Labels>(&text).map_err(|error| {
            fault(
                Some(error.line()),
                format!("{error}; write {{\"labels\":[{{\"start\":..,\"end\":..,\"kind\":\"..\"}}]}}"),
            )
        })?
    } else {
        Labels {
            labels: rows(&text, zone).map_err(|(line, what)| fault(Some(line), what))?,
            train_until: None,
            end: None,
        }
    };
    let known = [labels.train_until, labels.end].into_iter().flatten();
    let instants = labels.labels.iter().flat_map(|label| [label.start, label.end]).chain(known);
    if let Some(wrong) = instants.into_iter().find(|at| !(0..=YEAR_2200_S).contains(at)) {
        return Err(fault(
            None,
            format!("{wrong} is no time before 2200 in Unix seconds; write times of labels in seconds"),
        ));
    }
    for label in &labels.labels {
        let expects = ["drop", "depressed", "no_data", "quiet"];
        if label.end <= label.start {
            return Err(fault(
                None,
                format!(
                    "label \"{}\" at {} ends before it starts; swap start and end",
                    label.kind, label.start
                ),
            ));
        }
        if !expects.contains(&label.expect.as_str()) {
            return Err(fault(
                None,
                format!(
                    "label \"{}\" expects \"{}\"; write drop, depressed, no_data or quiet",
                    label.kind, label.expect
                ),
            ));
        }
    }
    Ok(labels)
}

fn rows(text: &str, zone: &TimeZone) -> Result<Vec<Label>, (usize, String)> {
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let header: Vec<&str> = lines
        .next()
        .map(|(_, line)| line.split(',').map(str::trim).collect())
        .unwrap_or_default();
    let column = |name: &str| header.iter().position(|found| found.eq_ignore_ascii_case(name));
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            (
                1,
                format!("there is no column \"{name}\"; the header must hold start,end,kind"),
            )
        })
    };
    let (start, end, kind) = (needed("start")?, needed("end")?, needed("kind")?);
    let (depth, expect) = (column("depth"), column("expect"));
    lines
        .map(|(place, line)| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let field = |at: usize| fields.get(at).copied().unwrap_or("");
            let second = |at: usize| {
                instant::read(field(at).as_bytes(), zone, None)
                    .map(|read| read.0.div_euclid(1000))
                    .map_err(|what| (place + 1, what))
            };
            let depth = match depth.map(field).filter(|text| !text.is_empty()) {
                Some(text) => text.parse().ok().filter(|depth| (0.0..=1.0).contains(depth)),
                None => Some(0.0),
            };
            Ok(Label {
                start: second(start)?,
                end: second(end)?,
                kind: field(kind).into(),
                depth: depth.ok_or((
                    place + 1,
                    "the depth is no share between 0 and 1; write 0.5 for half".to_string(),
                ))?,
                expect: expect.map(field).filter(|text| !text.is_empty()).unwrap_or("drop").into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Label>, (usize, String)> {
        rows(text, &TimeZone::UTC)
    }

    #[test]
    fn labels_as_csv() {
        let labels =
            parsed("start,end,kind,depth,expect\n2026-11-12T10:00:12Z,1794478200,outage,1,\n1794490000,1794490300,pipe,,no_data\n");
        let expected = [
            Label {
                start: 1_794_477_612,
                end: 1_794_478_200,
                kind: "outage".into(),
                depth: 1.0,
                expect: "drop".into(),
            },
            Label {
                start: 1_794_490_000,
                end: 1_794_490_300,
                kind: "pipe".into(),
                depth: 0.0,
                expect: "no_data".into(),
            },
        ];
        assert_eq!(parsed("kind,start,end\n").map(|labels| labels.len()), Ok(0));
        assert_eq!(labels.as_deref(), Ok(expected.as_slice()));
    }

    #[test]
    fn labels_that_make_no_sense_name_their_line() {
        assert_eq!(parsed("start,kind\n").map_err(|fault| fault.0), Err(1));
        assert_eq!(
            parsed("start,end,kind\n1794477612,soon,outage\n").map_err(|fault| fault.0),
            Err(2)
        );
        assert_eq!(
            parsed("start,end,kind,depth\n1794477612,1794477912,outage,60\n").map_err(|fault| fault.0),
            Err(2)
        );
    }
}
