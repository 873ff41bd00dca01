//! Holidays out of a calendar file (iCalendar, RFC 5545): the days of its all-day events.

mod content;
mod recurrence;

use content::{Property, properties};
use jiff::civil::Date;
use pulsecheck_rhythm::SpecialDays;
use std::path::Path;

/// An event that lasts longer is no holiday but a mistake.
const DAYS_MAX: i32 = 366;
/// The largest calendar file read, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The days found, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holidays {
    /// Local days since 1970-01-01.
    pub days: SpecialDays,
    /// Events with a time of day, which were ignored.
    pub timed: usize,
    /// Events marked as cancelled, which were ignored.
    pub cancelled: usize,
}

/// What is wrong with a calendar, where, and what to do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}{}: {what}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct CalendarError {
    file: String,
    line: Option<usize>,
    what: String,
}

/// Reads the calendar at `path`.
///
/// # Errors
/// The file cannot be read, is no calendar, or repeats an event in a way that is not understood.
pub fn read(path: &Path) -> Result<Holidays, CalendarError> {
    let file = path.display().to_string();
    let whole = |what: String| CalendarError {
        file: file.clone(),
        line: None,
        what,
    };
    let size = std::fs::metadata(path)
        .map_err(|error| whole(format!("cannot read it: {error}; check --holidays")))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(whole(format!(
            "the calendar is larger than {FILE_BYTES_MAX} bytes; export the holidays alone"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| whole(format!("cannot read it: {error}; check --holidays")))?;
    parse(&String::from_utf8_lossy(&bytes)).map_err(|(line, what)| CalendarError { file, line, what })
}

/// An error before the file has its name: the line, and what is wrong.
type Fault = (Option<usize>, String);

fn parse(text: &str) -> Result<Holidays, Fault> {
    let mut holidays = Holidays::default();
    let mut event: Option<Event> = None;
    let mut depth_below = 0_usize;
    let mut is_calendar = false;
    for property in properties(text) {
        let value = property.value.trim();
        match (property.name.as_str(), &mut event) {
            ("BEGIN", _) if value.eq_ignore_ascii_case("VCALENDAR") => is_calendar = true,
            ("BEGIN", None) if value.eq_ignore_ascii_case("VEVENT") => event = Some(Event::at(property.line)),
            // Alarms and the like inside an event have properties of the same names.
            ("BEGIN", Some(_)) => depth_below += 1,
            ("END", Some(_)) if depth_below > 0 => depth_below -= 1,
            ("END", Some(_)) => {
                if let Some(event) = event.take() {
                    event.add_to(&mut holidays)?;
                }
            }
            (_, Some(event)) if depth_below == 0 => event.set(&property)?,
            _ => {}
        }
    }
    if !is_calendar {
        return Err((
            None,
            "this is no calendar; export one as iCalendar (.ics), which begins with BEGIN:VCALENDAR".into(),
        ));
    }
    if let Some(event) = event {
        return Err((
            Some(event.line),
            "the event is not closed; the file seems to be cut off".into(),
        ));
    }
    Ok(holidays)
}

#[derive(Debug, Default)]
struct Event {
    line: usize,
    start: Option<Date>,
    is_timed: bool,
    is_cancelled: bool,
    end: Option<Date>,
    days: Option<i32>,
    rule: Option<(usize, String)>,
    except: Vec<Date>,
}

impl Event {
    fn at(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    fn set(&mut self, property: &Property) -> Result<(), Fault> {
        let value = property.value.trim();
        let fault = |what: String| (Some(property.line), what);
        let day = || date(value).ok_or_else(|| fault(format!("{} \"{value}\" is no day; write 20261225", property.name)));
        match property.name.as_str() {
            "DTSTART" if property.is_date() => self.start = Some(day()?),
            "DTSTART" => self.is_timed = true,
            "DTEND" if property.is_date() => self.end = Some(day()?),
            "DURATION" => self.days = whole_days(value),
            "STATUS" => self.is_cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "RRULE" => self.rule = Some((property.line, value.into())),
            "EXDATE" => self.except.extend(value.split(',').filter_map(date)),
            "RDATE" if !self.is_timed => {
                return Err(fault("RDATE is not understood; write each day as an event of its own".into()));
            }
            _ => {}
        }
        Ok(())
    }

    fn add_to(self, holidays: &mut Holidays) -> Result<(), Fault> {
        if self.is_timed {
            holidays.timed += 1;
            return Ok(());
        }
        if self.is_cancelled {
            holidays.cancelled += 1;
            return Ok(());
        }
        let Some(start) = self.start else {
            return Err((Some(self.line), "the event has no DTSTART; add the day it begins on".into()));
        };
        // DTEND is the day after the last one; without it, a day lasts a day (RFC 5545 section 3.6.1).
        let length = match (self.end, self.days) {
            (Some(end), _) => i32::try_from(day_number(end) - day_number(start)).unwrap_or(i32::MAX),
            (None, days) => days.unwrap_or(1),
        };
        if !(0..=DAYS_MAX).contains(&length) {
            return Err((
                Some(self.line),
                format!("the event lasts {length} days; a holiday lasts 1 to {DAYS_MAX}"),
            ));
        }
        let starts = match &self.rule {
            Some((line, rule)) => recurrence::days(start, rule).map_err(|what| (Some(*line), what))?,
            None => vec![start],
        };
        for first in starts.into_iter().filter(|first| !self.except.contains(first)) {
            let first = day_number(first);
            holidays.days.extend(first..first + i64::from(length.max(1)));
        }
        Ok(())
    }
}

fn day_number(day: Date) -> i64 {
    (day - jiff::civil::date(1970, 1, 1)).get_days().into()
}

/// `20261225`, also as the date of `20261225T000000`.
fn date(text: &str) -> Option<Date> {
    let digits = text.trim().get(..8)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = Date::new(
        digits[..4].parse().ok()?,
        digits[4..6].parse().ok()?,
        digits[6..].parse().ok()?,
    )
    .ok()?;
    (1900..2200).contains(&day.year()).then_some(day)
}

/// `P1D` or `P2W`; a duration with a time of day belongs to timed events.
fn whole_days(text: &str) -> Option<i32> {
    let rest = text.trim_start_matches('+').strip_prefix('P')?;
    let (number, unit) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let number: i32 = number.parse().ok()?;
    match unit {
        "D" => Some(number),
        "W" => number.checked_mul(7),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
