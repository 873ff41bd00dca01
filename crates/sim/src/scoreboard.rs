//! The figures of a suite as a table for people.

use crate::score::{Figures, KindFigures, Score, Stray};
use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: [&str; 10] = [
    "kind",
    "seen",
    "median s",
    "p95 s",
    "end seen s",
    "held",
    "refires",
    "wrong",
    "hidden",
    "late shown s",
];

/// The table of incidents, and the alarms without cause below it.
pub fn text(figures: &Figures) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(figures.kinds.iter().map(|(kind, figures)| cells(kind, figures)));
    let widths: [usize; HEAD.len()] = std::array::from_fn(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
    let mut text = format!("{} series, {:.0} heartbeat-weeks\n", figures.series, figures.weeks);
    for row in &rows {
        let mut line = format!("{:<width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(widths).skip(1) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    push_tally(&mut text, "false alarms (lost, or no data)", figures, &figures.false_alarms);
    push_tally(&mut text, "told without cause (depressed only)", figures, &figures.told);
    push_line(
        &mut text,
        format_args!("alarms shortly after an incident: {}", figures.after_incident),
    );
    text
}

/// Every alarm without cause, one line each, so that one can look at it.
pub fn strays(scores: &[Score]) -> String {
    let mut text = String::new();
    for score in scores {
        let lists = [
            ("false", &score.false_alarms),
            ("told", &score.told),
            ("after", &score.after_incident),
        ];
        for (what, strays) in lists {
            for Stray {
                kind,
                fired_at,
                depth,
                scale_s,
            } in strays
            {
                let series = &score.series;
                push_line(
                    &mut text,
                    format_args!("{what} {series} at {fired_at} {kind} depth {depth:.2} scale {scale_s} s"),
                );
            }
        }
    }
    text
}

fn cells(kind: &str, figures: &KindFigures) -> [String; HEAD.len()] {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"));
    [
        kind.to_owned(),
        format!("{}/{}", figures.seen, figures.incidents),
        number(figures.delay_median_s),
        number(figures.delay_p95_s),
        number(figures.recovered_median_s),
        format!("{}/{}", figures.held, figures.seen),
        figures.refires.to_string(),
        figures.wrong.to_string(),
        figures.hidden.to_string(),
        number(figures.late_shown_median_s),
    ]
}

fn push_tally(text: &mut String, what: &str, figures: &Figures, tally: &BTreeMap<String, usize>) {
    let kinds: Vec<String> = tally
        .iter()
        .map(|(kind, n)| format!("{kind} {n} ({:.3})", *n as f64 / figures.weeks))
        .collect();
    let all = tally.values().sum::<usize>();
    let per_week = figures.per_week(tally);
    push_line(
        text,
        format_args!("{what}: {all}, {per_week:.3} a heartbeat-week [{}]", kinds.join(", ")),
    );
}

fn push_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}
