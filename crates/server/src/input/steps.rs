//! Steps in the order in which they arrived: rows added up, duplicates and late rows sorted out, absurd ones refused.

use super::grid::Grid;
use super::instant::Notation;
use super::rows::{Row, Rows};
use super::source::Position;
use super::{InputError, Scale};
use crate::wording;
use pulsecheck_rhythm::Reading;
use std::collections::VecDeque;

/// Rows read before anything is judged, to find the step, the unit of time and the scale.
const SAMPLE_ROWS: usize = 10_000;
/// Rows remembered, so that a late row is told from a second one for the same time; 18 hours of seconds.
const MEMORY_ROWS: i64 = 1 << 16;
/// A longer distance between two rows is a mistake in the times, not a gap in the counts.
const JUMP_DAYS_MAX: i64 = 400;
/// A step that is added up from less than this share of its rows is missing; above, it is judged with that coverage.
const COVERAGE_MIN: f64 = 0.5;

/// One step as it arrived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrival {
    /// A step later than all before it.
    Closed {
        /// First second of the step.
        at: i64,
        /// What was counted.
        reading: Reading,
        /// When its last row was seen.
        seen: i64,
    },
    /// A step that had been passed over, or had been incomplete.
    Late {
        /// First second of the step.
        at: i64,
        /// What was counted.
        reading: Reading,
        /// When the row was seen, at the earliest.
        seen: i64,
    },
}

/// What was found and decided while reading; all of it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Length of a step in seconds.
    pub step_s: u32,
    /// Whether the step was found from the rows rather than stated.
    pub step_found: bool,
    /// Rows that make one step.
    pub rows_per_step: i64,
    /// What a value of the file is worth in counts.
    pub scale: Scale,
    /// How times are written.
    pub notation: Option<Notation>,
    /// Seconds by which rows begin later than whole steps.
    pub phase_s: f64,
    /// Rows read.
    pub rows: u64,
    /// Rows without a count, taken as missing.
    pub empty: u64,
    /// Second rows for a time with the same count, ignored.
    pub duplicates: u64,
    /// Rows older than the newest one before them.
    pub late: u64,
    /// Late rows older than what is remembered, ignored.
    pub too_old: u64,
    /// Rows whose value was no whole count even after scaling.
    pub rounded: u64,
    /// Rows seen before their time was over; taken as seen when it was.
    pub early: u64,
    /// First second of the first step, and the second after the last one.
    pub span: Option<(i64, i64)>,
    /// Steps that arrived with a count.
    pub steps: u64,
}

/// The steps of a file.
pub struct Steps {
    file: String,
    rows: Rows,
    sample: VecDeque<Row>,
    grid: Grid,
    /// Where in the file reading is.
    pub position: Position,
    /// What was found so far.
    pub facts: Facts,
    /// Values of the newest `MEMORY_ROWS` places, by place modulo that number.
    memory: Vec<Option<f64>>,
    jump_places_max: i64,
    newest: Option<i64>,
    newest_line: u64,
    /// The step whose rows are still coming: its number and when the last was seen.
    open: Option<(i64, i64)>,
    /// The row that closed the open step, to be taken next.
    held: Option<Row>,
}

impl Steps {
    pub(super) fn start(file: String, mut rows: Rows, position: Position, step_s: Option<u32>) -> Result<Self, InputError> {
        let mut sample = VecDeque::new();
        while sample.len() < SAMPLE_ROWS {
            match rows.next()? {
                Some(row) => sample.push_back(row),
                None => break,
            }
        }
        let first_rows = sample.make_contiguous();
        let Some(first) = first_rows.first() else {
            return Err(InputError::whole(
                &file,
                "there is no row below the header; write one row for each step",
            ));
        };
        refuse_backwards(&file, first_rows)?;
        let grid = Grid::of(&file, first_rows, step_s)?;
        let scale = Scale::of(first_rows.iter().filter_map(|row| row.count).collect());
        let facts = Facts {
            step_s: grid.step_s,
            step_found: grid.found,
            rows_per_step: grid.rows_per_step,
            scale,
            notation: rows.notation,
            phase_s: grid.phase_ms as f64 / 1000.0,
            rows: 0,
            empty: 0,
            duplicates: 0,
            late: 0,
            too_old: 0,
            rounded: 0,
            early: 0,
            span: None,
            steps: 0,
        };
        let newest_line = first.line;
        let memory = vec![None; MEMORY_ROWS as usize];
        let jump_places_max = JUMP_DAYS_MAX * 86_400_000 / grid.gap_ms;
        Ok(Self {
            file,
            rows,
            sample,
            grid,
            position,
            facts,
            memory,
            jump_places_max,
            newest: None,
            newest_line,
            open: None,
            held: None,
        })
    }

    /// The next step that arrived; `None` at the end of the file. A step still incomplete at the end is left out.
    ///
    /// # Errors
    /// A row is refused: it is no row, contradicts another, or its time is absurd.
    pub fn next_step(&mut self) -> Result<Option<Arrival>, InputError> {
        loop {
            let row = match self.held.take().or_else(|| self.sample.pop_front()) {
                Some(row) => row,
                None => match self.rows.next()? {
                    Some(row) => row,
                    None => return Ok(None),
                },
            };
            if let Some(arrival) = self.take(row)? {
                self.told(arrival);
                return Ok(Some(arrival));
            }
        }
    }

    fn told(&mut self, arrival: Arrival) {
        let (Arrival::Closed { at, reading, .. } | Arrival::Late { at, reading, .. }) = arrival;
        let end = at + i64::from(self.grid.step_s);
        let (first, last) = self.facts.span.unwrap_or((at, end));
        self.facts.span = Some((first.min(at), last.max(end)));
        self.facts.steps += u64::from(matches!(arrival, Arrival::Closed { .. }) && reading != Reading::Missing);
    }

    fn take(&mut self, row: Row) -> Result<Option<Arrival>, InputError> {
        let place = self.grid.place(row.at_ms);
        if let Some(newest) = self.newest {
            if (place - newest).abs() > self.jump_places_max {
                return Err(self.jump(&row, newest));
            }
            if place <= newest {
                return self.take_past(row, place);
            }
            // That a step with rows missing is over is known only when a row of a later one is seen.
            if let Some(arrival) = self.close_before(place, self.seen(&row)) {
                self.held = Some(row);
                return Ok(Some(arrival));
            }
            for passed in (newest + 1).max(place - MEMORY_ROWS + 1)..place {
                self.memory[passed.rem_euclid(MEMORY_ROWS) as usize] = None;
            }
        }
        self.facts.rows += 1;
        self.newest = Some(place);
        self.newest_line = row.line;
        self.remember(place, &row);
        let seen = self.seen(&row);
        let step = self.grid.step(place);
        if self.grid.rows_per_step == 1 {
            let reading = row
                .count
                .map_or(Reading::Missing, |value| Reading::complete(self.facts.scale.count(value)));
            return Ok(Some(Arrival::Closed {
                at: self.grid.step_at(step),
                reading,
                seen,
            }));
        }
        let before = self.open.filter(|open| open.0 == step).map_or(seen, |open| open.1);
        self.open = Some((step, seen.max(before)));
        let is_last = (place + 1).rem_euclid(self.grid.rows_per_step) == 0;
        Ok(if is_last { self.close_before(place + 1, seen) } else { None })
    }

    /// Closes the step whose rows were coming, when a row at `place` says that it is over.
    fn close_before(&mut self, place: i64, told: i64) -> Option<Arrival> {
        let (step, seen) = self.open.filter(|open| open.0 < self.grid.step(place))?;
        self.open = None;
        Some(Arrival::Closed {
            at: self.grid.step_at(step),
            reading: self.sum(step),
            seen: seen.max(told),
        })
    }

    /// A row that is not newer than the newest one: a late row, or a second one.
    fn take_past(&mut self, row: Row, place: i64) -> Result<Option<Arrival>, InputError> {
        self.facts.rows += 1;
        let newest = self.newest.unwrap_or(place);
        if newest - place >= MEMORY_ROWS - self.grid.rows_per_step {
            self.facts.late += 1;
            self.facts.too_old += 1;
            return Ok(None);
        }
        if let Some(known) = self.memory[place.rem_euclid(MEMORY_ROWS) as usize] {
            if row.count.is_none_or(|count| count == known) {
                self.facts.duplicates += 1;
                return Ok(None);
            }
            return Err(self.contradiction(&row, known));
        }
        self.facts.late += u64::from(place < newest);
        self.remember(place, &row);
        let step = self.grid.step(place);
        let seen = self.seen(&row);
        if let Some(open) = self.open.as_mut().filter(|open| open.0 == step) {
            open.1 = open.1.max(seen);
            return Ok(None);
        }
        if row.count.is_none() {
            return Ok(None);
        }
        Ok(Some(Arrival::Late {
            at: self.grid.step_at(step),
            reading: self.sum(step),
            seen,
        }))
    }

    fn remember(&mut self, place: i64, row: &Row) {
        self.memory[place.rem_euclid(MEMORY_ROWS) as usize] = row.count;
        match row.count {
            Some(value) => self.facts.rounded += u64::from(self.facts.scale.rounds(value)),
            None => self.facts.empty += 1,
        }
        self.facts.early += u64::from(
            row.seen_ms
                .is_some_and(|seen_ms| whole_seconds(seen_ms) < self.grid.row_end(row.at_ms)),
        );
    }

    fn sum(&self, step: i64) -> Reading {
        let n = self.grid.rows_per_step;
        let places = (step * n..(step + 1) * n).filter(|&place| self.newest.is_some_and(|newest| place <= newest));
        let (mut present, mut total) = (0_i64, 0.0);
        for value in places.filter_map(|place| self.memory[place.rem_euclid(MEMORY_ROWS) as usize]) {
            present += 1;
            total += value;
        }
        let coverage = present as f64 / n as f64;
        if coverage < COVERAGE_MIN {
            Reading::Missing
        } else {
            Reading::Count {
                count: self.facts.scale.count(total),
                coverage,
            }
        }
    }

    /// When a row was seen: as it says, but not before what it counts was over.
    fn seen(&self, row: &Row) -> i64 {
        let end = self.grid.row_end(row.at_ms);
        row.seen_ms.map_or(end, |seen_ms| whole_seconds(seen_ms).max(end))
    }

    fn contradiction(&self, row: &Row, known: f64) -> InputError {
        let at = wording::utc(row.at_ms.div_euclid(1000));
        let count = row.count.map_or_else(String::new, wording::figure);
        let known = wording::figure(known);
        InputError::at(
            &self.file,
            row.line,
            1,
            format!("a second row for {at}, with count {count} where {known} was read before; keep one of the two"),
        )
    }

    fn jump(&self, row: &Row, newest: i64) -> InputError {
        let days = (self.grid.place(row.at_ms) - newest).abs() * self.grid.gap_ms / 86_400_000;
        let at = wording::utc(row.at_ms.div_euclid(1000));
        let way = if self.grid.place(row.at_ms) > newest {
            "later"
        } else {
            "earlier"
        };
        let what = format!(
            "time {at} is {days} days {way} than line {}; correct the time, or split the file there",
            self.newest_line
        );
        InputError::at(&self.file, row.line, 1, what)
    }
}

/// The first whole second by which an instant has passed.
fn whole_seconds(at_ms: i64) -> i64 {
    (at_ms + 999).div_euclid(1000)
}

fn refuse_backwards(file: &str, rows: &[Row]) -> Result<(), InputError> {
    let back = rows.windows(2).filter(|pair| pair[1].at_ms < pair[0].at_ms).count();
    if back * 2 <= rows.len() || rows.len() < 3 {
        return Ok(());
    }
    let line = rows
        .windows(2)
        .find(|pair| pair[1].at_ms < pair[0].at_ms)
        .map_or(1, |pair| pair[1].line);
    let what = "rows run backwards in time (the newest first); sort them by time, the oldest first";
    Err(InputError::at(file, line, 1, what))
}
