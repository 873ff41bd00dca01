//! The even steps that the rows of a file lie on: how far apart, how many make a step, where a step begins.

use super::InputError;
use super::rows::Row;
use crate::wording;
use std::collections::BTreeMap;

/// The grid of a file. A row at `at_ms` is on place `(at_ms - phase_ms) / gap_ms`, and `rows_per_step` places make a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) gap_ms: i64,
    pub(super) phase_ms: i64,
    pub(super) rows_per_step: i64,
    pub(super) step_s: u32,
    /// Whether `step_s` was found from the rows rather than stated.
    pub(super) found: bool,
    /// Added before rounding down: half a gap where rows may jitter about their place.
    slack_ms: i64,
}

impl Grid {
    /// The grid of a file that begins with `sample`.
    pub(super) fn of(file: &str, sample: &[Row], stated_s: Option<u32>) -> Result<Self, InputError> {
        let gap_ms = most_common(
            sample
                .windows(2)
                .map(|pair| (pair[1].at_ms - pair[0].at_ms).abs())
                .filter(|&gap| gap > 0),
        );
        let line = sample.first().map_or(1, |row| row.line);
        let refuse = |what: String| InputError::at(file, line, 1, what);
        let Some(gap_ms) = gap_ms.or(stated_s.map(|step_s| i64::from(step_s) * 1000)) else {
            return Err(refuse(
                "two rows or more are needed to find the step; state it with --step 1m".into(),
            ));
        };
        let step_s = match stated_s {
            Some(step_s) => step_s,
            None => step_of(gap_ms).ok_or_else(|| {
                let gap = wording::duration(gap_ms as f64 / 1000.0);
                refuse(format!("most rows are {gap} apart, which is no step that can be judged; add them up to a step with --step, such as --step 1m"))
            })?,
        };
        let step_ms = i64::from(step_s) * 1000;
        if gap_ms > step_ms {
            let (gap, step) = (
                wording::duration(gap_ms as f64 / 1000.0),
                wording::duration(f64::from(step_s)),
            );
            return Err(refuse(format!(
                "most rows are {gap} apart but --step is {step}; leave --step out or give the distance of the rows"
            )));
        }
        if step_ms % gap_ms != 0 || step_ms / gap_ms > ROWS_PER_STEP_MAX {
            let (gap, step) = (
                wording::duration(gap_ms as f64 / 1000.0),
                wording::duration(f64::from(step_s)),
            );
            return Err(refuse(format!(
                "rows {gap} apart do not add up to whole steps of {step}; choose a --step that is a multiple of {gap}, at most {ROWS_PER_STEP_MAX} rows"
            )));
        }
        let rows_per_step = step_ms / gap_ms;
        let alone = rows_per_step == 1;
        let phase_ms = if alone {
            most_common(sample.iter().map(|row| row.at_ms.rem_euclid(gap_ms))).unwrap_or(0)
        } else {
            0
        };
        let slack_ms = if alone { gap_ms / 2 } else { 0 };
        Ok(Self {
            gap_ms,
            phase_ms,
            rows_per_step,
            step_s,
            found: stated_s.is_none(),
            slack_ms,
        })
    }

    /// The place of a row on the grid.
    pub(super) fn place(&self, at_ms: i64) -> i64 {
        (at_ms - self.phase_ms + self.slack_ms).div_euclid(self.gap_ms)
    }

    /// The step that a place belongs to, counted from 1970.
    pub(super) fn step(&self, place: i64) -> i64 {
        if self.rows_per_step == 1 {
            place
        } else {
            place.div_euclid(self.rows_per_step)
        }
    }

    /// First second of a step.
    pub(super) fn step_at(&self, step: i64) -> i64 {
        step * i64::from(self.step_s)
    }

    /// When the last of the counts in a row at `at_ms` was made, in whole seconds.
    pub(super) fn row_end(&self, at_ms: i64) -> i64 {
        (at_ms + self.gap_ms + 999).div_euclid(1000)
    }
}

/// A step of one hour out of rows of one second is the widest sum that is made.
const ROWS_PER_STEP_MAX: i64 = 3600;

/// Whether a series can be judged at this step: a divisor or a multiple of a minute, up to an hour.
pub fn is_step(step_s: u32) -> bool {
    (1..=3600).contains(&step_s) && (60_u32.is_multiple_of(step_s) || step_s.is_multiple_of(60))
}

fn step_of(gap_ms: i64) -> Option<u32> {
    if gap_ms < 1000 {
        return (1000 % gap_ms == 0).then_some(1);
    }
    let step_s = u32::try_from(gap_ms / 1000).ok()?;
    (gap_ms % 1000 == 0 && is_step(step_s)).then_some(step_s)
}

/// The value seen most often; of several, the smallest.
fn most_common(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut seen = BTreeMap::<i64, usize>::new();
    for value in values {
        *seen.entry(value).or_default() += 1;
    }
    seen.into_iter()
        .max_by_key(|&(value, times)| (times, std::cmp::Reverse(value)))
        .map(|(value, _)| value)
}
