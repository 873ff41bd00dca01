//! What a backtest tells a person: an answer, a table of alarms, then what it rests on.

use super::cells::{widths, write_cells};
use super::scorecard::write_score;
use super::{Replay, Score};
use crate::holidays::Holidays;
use crate::input::Facts;
use crate::wording;
use jiff::tz::TimeZone;
use pulsecheck_core::{Alarm, AlarmKind};
use std::io::{self, Write};

/// All that a backtest found, ready to be told.
#[derive(Debug)]
pub struct Report<'a> {
    /// Alarms told, those before `from` left out.
    pub alarms: &'a [Alarm],
    /// Alarms before `from`.
    pub not_shown: usize,
    /// The replay they come from.
    pub replay: &'a Replay,
    /// How the file was read.
    pub facts: &'a Facts,
    /// Zone in which times are told.
    pub zone: &'a TimeZone,
    /// The second from which alarms are told, where one was stated.
    pub from: Option<i64>,
    /// The budget, as it was stated.
    pub budget: &'a str,
    /// Holidays, where a calendar was given.
    pub holidays: Option<&'a Holidays>,
    /// Score against known incidents, where they were given.
    pub score: Option<&'a Score>,
}

impl Report<'_> {
    /// The seconds that were judged: from the first verdict, or from `from`, to the end of the file.
    pub fn judged(&self) -> Option<(i64, i64)> {
        let (_, end) = self.facts.span?;
        let from = self.replay.judged_from?.max(self.from.unwrap_or(i64::MIN));
        (from < end).then_some((from, end))
    }

    /// The answer in one sentence.
    pub fn answer(&self) -> String {
        let Some((from, end)) = self.judged() else {
            return "Nothing was judged: there is too little history. Give a longer file, or an earlier --from.".into();
        };
        let judged = wording::span((end - from) as f64);
        if self.alarms.is_empty() {
            return format!("Nothing lost in {judged}: no alarm was raised.");
        }
        let counted = |is: fn(&Alarm) -> bool| self.alarms.iter().filter(|alarm| is(alarm)).count();
        let said = [
            (counted(|alarm| word(alarm) == "lost"), "lost"),
            (counted(|alarm| word(alarm) == "depressed"), "depressed"),
            (counted(|alarm| word(alarm) == "no data"), "without data"),
        ];
        let said: Vec<String> = said
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{word} {}", often(*n)))
            .collect();
        let drops = self.alarms.iter().filter(|alarm| alarm.kind == AlarmKind::Drop);
        let missing: f64 = drops.map(|alarm| self.facts.scale.back(alarm.lost)).sum();
        let fewer = if missing > 0.0 {
            format!(" {} fewer than expected.", wording::estimate(missing))
        } else {
            String::new()
        };
        format!("In {judged}: {}.{fewer}", said.join(", "))
    }
}

/// The state that an alarm reached, as people read it.
pub(crate) fn word(alarm: &Alarm) -> &'static str {
    match (alarm.kind, alarm.lost_at) {
        (AlarmKind::NoData, _) => "no data",
        (AlarmKind::Drop, Some(_)) => "lost",
        (AlarmKind::Drop, None) => "depressed",
    }
}

fn often(n: usize) -> String {
    match n {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", wording::count(n as f64)),
    }
}

/// Writes the report.
///
/// # Errors
/// The writer fails.
pub fn write_text(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(out, "{}\n", report.answer())?;
    write_alarms(out, report)?;
    if let Some(score) = report.score {
        write_score(out, score)?;
    }
    for (name, text) in summary(report) {
        writeln!(out, "{name:<10}{text}")?;
    }
    out.flush()
}

fn write_alarms(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    if report.alarms.is_empty() {
        return Ok(());
    }
    let head = ["told", "state", "first bad second", "lasted", "depth", "fewer than expected"].map(String::from);
    let rows: Vec<[String; 6]> = std::iter::once(head)
        .chain(report.alarms.iter().map(|alarm| row(alarm, report)))
        .collect();
    let widths = widths(&rows);
    for (place, cells) in rows.iter().enumerate() {
        write_cells(out, cells, &widths, 4)?;
        if let Some(alarm) = place.checked_sub(1).and_then(|place| report.alarms.get(place)) {
            writeln!(out, "    {}", alarm.reason)?;
        }
    }
    writeln!(out)
}

fn row(alarm: &Alarm, report: &Report<'_>) -> [String; 6] {
    let told_day = wording::local(alarm.fired_at, report.zone, "%Y-%m-%d");
    let shape = if wording::local(alarm.onset, report.zone, "%Y-%m-%d") == told_day {
        "%H:%M:%S"
    } else {
        "%a %-d %b %H:%M:%S"
    };
    let lasted = match alarm.recovered_at {
        Some(over_at) => wording::duration((over_at - alarm.onset) as f64),
        None => {
            let last = report.replay.ended_at.unwrap_or(alarm.fired_at);
            format!("{} so far", wording::duration((last - alarm.onset).max(0) as f64))
        }
    };
    let (depth, fewer) = if alarm.kind == AlarmKind::NoData {
        ("?".into(), "unknown".into())
    } else {
        let estimate = |judged: f64| wording::estimate(report.facts.scale.back(judged));
        let fewer = format!(
            "{} ({} to {})",
            estimate(alarm.lost),
            estimate(alarm.lost_interval.0),
            estimate(alarm.lost_interval.1)
        );
        (wording::percent(alarm.depth), fewer)
    };
    [
        wording::instant(alarm.fired_at, report.zone),
        word(alarm).into(),
        wording::local(alarm.onset, report.zone, shape),
        lasted,
        depth,
        fewer,
    ]
}

fn summary(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let facts = report.facts;
    let mut lines = Vec::new();
    if let Some(span) = facts.span {
        lines.extend(read(report, span));
    }
    if let Some(span) = report.judged() {
        lines.extend(judged(report, span));
    }
    lines.extend(facts.scale.note().map(|note| ("values", note)));
    if let Some(holidays) = report.holidays {
        let days = wording::times(holidays.days.len(), "day", "days");
        let left_out = [
            (holidays.timed, "event with a time of day", "events with a time of day"),
            (holidays.cancelled, "cancelled event", "cancelled events"),
        ];
        let left_out = left_out.iter().filter(|(n, ..)| *n > 0);
        let ignored: Vec<String> = left_out
            .map(|(n, one, many)| format!("; {} ignored", wording::times(*n, one, many)))
            .collect();
        lines.push(("holidays", format!("{days}{}", ignored.concat())));
    }
    lines.extend(ignored(report).map(|text| ("rows", text)));
    lines
}

/// What was read: rows, steps, and what is missing of them.
fn read(report: &Report<'_>, (first, end): (i64, i64)) -> [(&'static str, String); 3] {
    let facts = report.facts;
    let rows = wording::count(facts.rows as f64);
    let (from, to) = (wording::instant(first, report.zone), wording::instant(end, report.zone));
    let found = if facts.step_found { ", found from the rows" } else { "" };
    let sum = if facts.rows_per_step > 1 {
        format!(", {} rows added up for each", wording::count(facts.rows_per_step as f64))
    } else {
        String::new()
    };
    let steps = ((end - first) / i64::from(facts.step_s)).max(1) as f64;
    let absent = (steps - facts.steps as f64).max(0.0);
    let remark = if absent > 0.2 * steps {
        "; if the file leaves out steps without outcomes, write them as 0"
    } else {
        ""
    };
    let (missing, of, share) = (
        wording::count(absent),
        wording::count(steps),
        wording::percent(absent / steps),
    );
    [
        (
            "read",
            format!("{rows} rows, {from} to {to} ({})", wording::span((end - first) as f64)),
        ),
        ("step", format!("{}{found}{sum}", wording::duration(f64::from(facts.step_s)))),
        ("missing", format!("{missing} of {of} steps ({share}){remark}")),
    ]
}

/// What was judged, and how often people were told.
fn judged(report: &Report<'_>, (from, end): (i64, i64)) -> [(&'static str, String); 2] {
    let span = wording::span((end - from) as f64);
    let rate = wording::estimate(report.alarms.len() as f64 / ((end - from) as f64 / 604_800.0));
    let not_shown = match report.not_shown {
        0 => String::new(),
        n => format!("; {} before --from not shown", wording::count(n as f64)),
    };
    let alarms = wording::count(report.alarms.len() as f64);
    [
        ("judged", format!("{span}, from {}", wording::instant(from, report.zone))),
        (
            "alarms",
            format!("{alarms}, {rate} a week; accepted false alarms {}{not_shown}", report.budget),
        ),
    ]
}

/// Rows that were not taken as they are, each kind with its number; `None` where there are none.
fn ignored(report: &Report<'_>) -> Option<String> {
    let facts = report.facts;
    let too_old = facts.too_old + report.replay.too_old;
    let kinds = [
        (facts.duplicates, "repeated with the same count, ignored"),
        (facts.late, "late, taken as corrections of the past"),
        (too_old, "of those too late to matter, ignored"),
        (facts.empty, "without a count, taken as missing"),
        // Where the scale was chosen for fractions, it has been said already.
        (
            if facts.scale.note().is_some() { 0 } else { facts.rounded },
            "rounded to whole counts",
        ),
        (facts.early, "with a seen_at before their own end, taken as seen then"),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", wording::count(*n as f64)))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
