//! The score against known incidents, for people.

use super::cells::{widths, write_cells};
use super::score::{KindScore, Score, quantile};
use crate::wording;
use std::collections::BTreeMap;
use std::io::{self, Write};

const HEAD: [&str; 7] = [
    "known incidents",
    "seen",
    "seen after",
    "95 of 100 within",
    "end seen after",
    "held",
    "told again",
];

/// What the columns mean.
const LEGEND: &str = "    \
seen after: from the start of an incident until people are told, the median; end seen after: from its end, the
    median; held: the alarm lasted for nine tenths of the incident or more; told again: further alarms within it";

pub(super) fn write_score(out: &mut impl Write, score: &Score) -> io::Result<()> {
    if !score.kinds.is_empty() {
        let rows: Vec<[String; 7]> = std::iter::once(HEAD.map(String::from))
            .chain(score.kinds.iter().map(row))
            .collect();
        let widths = widths(&rows);
        for cells in &rows {
            write_cells(out, cells, &widths, 1)?;
        }
        writeln!(out, "{LEGEND}")?;
    }
    let weeks = wording::span(score.weeks * 604_800.0);
    let (n, a_week, kinds) = (
        total(&score.false_alarms),
        score.false_alarms_a_week(),
        by_kind(&score.false_alarms),
    );
    writeln!(
        out,
        "false alarms: {n} in {weeks}, {} a week{kinds}",
        wording::estimate(a_week)
    )?;
    let (n, a_week, kinds) = (total(&score.told_only), score.told_only_a_week(), by_kind(&score.told_only));
    writeln!(
        out,
        "told without cause, depressed only: {n}, {} a week{kinds}",
        wording::estimate(a_week)
    )?;
    let wrong: usize = score.kinds.values().map(|kind| kind.wrong).sum();
    let open_before: usize = score.kinds.values().map(|kind| kind.open_before).sum();
    let after = score.after_incident;
    writeln!(
        out,
        "within half an hour after an incident: {after}; of the wrong kind: {wrong}; already open before: {open_before}\n"
    )
}

fn row((name, kind): (&String, &KindScore)) -> [String; 7] {
    let seconds = |values: &[f64], share: f64| quantile(values, share).map_or("?".into(), wording::duration_or_before);
    let seen = kind.delays_s.len();
    [
        name.clone(),
        format!("{seen} of {}", kind.labels),
        seconds(&kind.delays_s, 0.5),
        seconds(&kind.delays_s, 0.95),
        seconds(&kind.recovery_s, 0.5),
        format!("{} of {seen}", kind.held),
        kind.refired.to_string(),
    ]
}

fn total(counted: &BTreeMap<String, usize>) -> usize {
    counted.values().sum()
}

fn by_kind(counted: &BTreeMap<String, usize>) -> String {
    if counted.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = counted.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
    format!(" ({})", parts.join(", "))
}
