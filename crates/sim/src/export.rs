//! Writes a series to a file of counts and its labels to a file beside it.

use crate::traffic::Traffic;
use std::io::{self, Write};

/// Writes `unix_ts,count,seen_at` and a row for each that arrives, in that order; `seen_at` only where a row is not in time, and a
/// column `coverage` only where the series has partial rows.
///
/// # Errors
/// Those of the writer.
pub fn counts(traffic: &Traffic, out: &mut impl Write) -> io::Result<u64> {
    let partial = traffic
        .events
        .iter()
        .any(|event| matches!(event.effect, crate::event::Effect::Coverage { .. }));
    writeln!(out, "unix_ts,count,seen_at{}", if partial { ",coverage" } else { "" })?;
    let mut rows = 0;
    for row in traffic.rows() {
        rows += 1;
        write!(out, "{},{},", row.at, row.count)?;
        if row.seen_at != row.at + i64::from(traffic.step_s) {
            write!(out, "{}", row.seen_at)?;
        }
        if partial {
            write!(out, ",")?;
            if row.coverage < 1.0 {
                write!(out, "{}", row.coverage)?;
            }
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(rows)
}

/// Writes the labels as JSON.
///
/// # Errors
/// Those of the writer.
pub fn labels(traffic: &Traffic, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &traffic.labels())?;
    writeln!(out)
}
