//! What came of a scenario, told so that one sees what was expected and what happened instead.

use super::check::Check;
use super::expectation::Expectation;
use super::run::Run;
use super::script::Script;
use pulsecheck_core::Alarm;
use std::fmt;

/// Changes of state shown at most; the first ones, and how many more there were.
const CHANGES_SHOWN: usize = 60;

/// What came of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The expectations that were not met.
    pub failures: Vec<Failure>,
    /// How many expectations there were.
    pub expectations: usize,
    /// What happened after the history, one line each, in order: events, changes of state with their reasons, alarms.
    pub story: Vec<String>,
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Line of the scenario, from 1.
    pub line: usize,
    /// The expectation as it was written.
    pub expected: String,
    /// What happened instead.
    pub found: String,
}

impl Outcome {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    pub(super) fn new(script: &Script, run: &Run, checks: &[(&Expectation, Check)]) -> Self {
        let failures = checks
            .iter()
            .filter_map(|(expectation, check)| {
                let found = check.as_ref().err()?.clone();
                Some(Failure {
                    line: expectation.line,
                    expected: expectation.text.clone(),
                    found,
                })
            })
            .collect();
        Self {
            failures,
            expectations: checks.len(),
            story: story(script, run),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "line {}: {}", failure.line, failure.expected)?;
            writeln!(f, "    but {}", failure.found)?;
        }
        if self.passed() {
            return writeln!(f, "all {} expectations met", self.expectations);
        }
        writeln!(f, "what happened:")?;
        for line in &self.story {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

fn story(script: &Script, run: &Run) -> Vec<String> {
    let place = &script.setup.place;
    let from = script.setup.history_end();
    // The order within a second: what happens, then what is seen, then who is told.
    let mut lines: Vec<(i64, u8, String)> = Vec::new();
    for happening in script.stages.iter().flat_map(|stage| &stage.happenings) {
        lines.push((happening.at, 0, format!("-- {}", happening.text)));
        if happening.length_s > 0 {
            lines.push((happening.end(), 0, "-- it ends".to_owned()));
        }
    }
    let changes: Vec<_> = run.record.changes.iter().filter(|change| change.at >= from).collect();
    for change in changes.iter().take(CHANGES_SHOWN) {
        lines.push((change.at, 1, format!("{}: {}", change.state, change.reason)));
    }
    if let Some(change) = changes.get(CHANGES_SHOWN) {
        lines.push((
            change.at,
            1,
            format!("... and {} more changes of state", changes.len() - CHANGES_SHOWN),
        ));
    }
    for alarm in run.record.alarms.iter().filter(|alarm| alarm.fired_at >= from) {
        lines.push((alarm.fired_at, 2, alarm_line(script, alarm)));
    }
    lines.sort_by_key(|line| (line.0, line.1));
    lines
        .into_iter()
        .map(|(at, _, text)| format!("{}  {text}", place.show(at)))
        .collect()
}

fn alarm_line(script: &Script, alarm: &Alarm) -> String {
    let time = |at: i64| script.setup.place.show(at);
    let lost = alarm
        .lost_at
        .map_or_else(|| "never lost".to_owned(), |at| format!("lost {}", time(at)));
    let over = alarm
        .recovered_at
        .map_or_else(|| "not over".to_owned(), |at| format!("over {}", time(at)));
    format!(
        "ALARM {} {lost}, {over}, onset {}, depth {:.0} %, expected {:.0}, came {}, lost {:.0} ({:.0} to {:.0}), scale {} s: {}",
        alarm.kind.word(),
        time(alarm.onset),
        alarm.depth * 100.0,
        alarm.expected,
        alarm.actual,
        alarm.lost,
        alarm.lost_interval.0,
        alarm.lost_interval.1,
        alarm.scale_s,
        alarm.reason,
    )
}
