//! Flags that several commands share, and the small languages of their values.

use crate::input::{Columns, Facts, Input, is_step};
use crate::{holidays, zone};
use clap::Args;
use jiff::tz::TimeZone;
use pulsecheck_rhythm::{Budget, Settings, SpecialDays};
use std::path::PathBuf;

/// The command line is wrong in a way that is seen only when its values are put together.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

/// How rows that are out of the ordinary are treated; part of `--help`.
pub(super) const ROWS_HELP: &str = "\
Rows:
  The file is CSV (comma, semicolon or tab) with a header; plain, gzip or zstd. The first two
  columns are time and count unless named. A column called seen_at says when the row arrived
  (without it: when its step was over); other columns are ignored. A row covers [time, time + step).

  Times      Unix seconds, milliseconds, microseconds or nanoseconds (told apart by size), or
             ISO 8601. Without an offset they are read in --timezone: an hour that happens twice
             is the first one as long as rows stay in order, else the second; an hour that is
             skipped is moved on. Before 1990, after 2200, or more than 400 days from the row
             before: refused.
  Counts     0 to 9e15. Negative or not a number: refused. Empty: missing. Values that are not
             whole are scaled, and it is said so; figures are shown in the file's unit.
  No row     is missing, never 0. A 0 is a zero.
  Finer      rows than the step are added up. With fewer than half of its rows a step is missing;
             with some missing it is judged by those that came. A step that is not complete at
             the end of the file is left out.
  Late       rows, older than the newest before them, correct the past, up to 65,536 rows back;
             older ones are ignored and counted.
  Twice      the same time with the same count is ignored and counted; with another it is refused.
  Backwards  files, the newest row first, are refused.

Exit codes: 0 done, 1 the input is refused, 2 the command line is wrong.";

/// A file of counts and how to read it.
#[derive(Debug, Args)]
pub(super) struct InputFlags {
    /// File of counts; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Length of a step, such as 1s, 10s, 1m, 5m or 1h [default: found from the rows]
    #[arg(long, value_name = "STEP", value_parser = step)]
    step: Option<u32>,
    /// Zone in which customers live, by IANA name
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub(super) timezone: TimeZone,
    /// Column that holds the time [default: the first]
    #[arg(long, value_name = "NAME")]
    time_column: Option<String>,
    /// Column that holds the count [default: the second]
    #[arg(long, value_name = "NAME")]
    count_column: Option<String>,
    /// Calendar (.ics) whose all-day events are days unlike others
    #[arg(long, value_name = "FILE")]
    holidays: Option<PathBuf>,
    /// False alarms accepted, such as 1/year, 2/month or 0.5/week
    #[arg(long, value_name = "BUDGET", default_value = "1/year", value_parser = budget)]
    pub(super) false_alarms: StatedBudget,
    /// A sudden drop at least this deep is lost; a shallower one is depressed
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = share)]
    lost_depth: f64,
}

impl InputFlags {
    pub(super) fn input(&self) -> Input {
        Input {
            path: self.input.clone(),
            columns: Columns {
                time: self.time_column.clone(),
                count: self.count_column.clone(),
            },
            step_s: self.step,
            zone: self.timezone.clone(),
        }
    }

    /// What the file is called in titles.
    pub(super) fn name(&self) -> String {
        let stem = self
            .input
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if stem == "-" { "Standard input".into() } else { stem }
    }

    pub(super) fn settings(&self, step_s: u32) -> Settings {
        Settings {
            budget: self.false_alarms.budget,
            lost_depth_min: self.lost_depth,
            ..Settings::with_step(step_s)
        }
    }

    pub(super) fn holidays(&self) -> anyhow::Result<Option<holidays::Holidays>> {
        Ok(self.holidays.as_deref().map(holidays::read).transpose()?)
    }
}

/// The days of a calendar, if there is one.
pub(super) fn special_days(holidays: Option<&holidays::Holidays>) -> SpecialDays {
    holidays.map(|holidays| holidays.days.clone()).unwrap_or_default()
}

/// Says on standard error what was decided about the file rather than stated by a person.
pub(super) fn say_decisions(facts: &Facts) {
    if facts.step_found {
        eprintln!(
            "note: step {}, found from the rows",
            crate::wording::duration(f64::from(facts.step_s))
        );
    }
    if let Some(notation) = facts
        .notation
        .filter(|notation| *notation != crate::input::instant::Notation::Seconds)
    {
        eprintln!("note: times are {}", notation.words());
    }
    if facts.phase_s > 0.0 {
        eprintln!(
            "note: rows begin {} after whole steps; each is judged as the step it begins in",
            crate::wording::duration(facts.phase_s)
        );
    }
    if let Some(note) = facts.scale.note() {
        eprintln!("note: {note}");
    }
}

/// A budget with the words in which it was stated.
#[derive(Debug, Clone)]
pub(super) struct StatedBudget {
    pub(super) words: String,
    pub(super) budget: Budget,
}

fn time_zone(name: &str) -> Result<TimeZone, zone::UnknownZone> {
    zone::named(name)
}

fn step(text: &str) -> Result<u32, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit_s = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "" if digits > 0 => return Err(format!("the unit is missing; write {number}s or {number}m")),
        _ => return Err("a step is a number with s, m or h; write 1s, 10s, 1m, 5m or 1h".into()),
    };
    let step_s = number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(unit_s))
        .filter(|&step_s| is_step(step_s));
    step_s.ok_or_else(|| "a step is 1 s to 1 h, and a divisor or a multiple of a minute; write 1s, 10s, 1m, 5m or 1h".into())
}

fn budget(text: &str) -> Result<StatedBudget, String> {
    const REMEDY: &str = "write how many in what time, such as 1/year, 2/month or 0.5/week";
    const DAY_S: f64 = 86_400.0;
    let (number, unit) = text.split_once('/').ok_or(REMEDY)?;
    let per_s = match unit.trim() {
        "day" => DAY_S,
        "week" => 7.0 * DAY_S,
        "month" => 365.0 / 12.0 * DAY_S,
        "quarter" => 365.0 / 4.0 * DAY_S,
        "year" => 365.0 * DAY_S,
        other => {
            return Err(format!(
                "\"{other}\" is no time known here (day, week, month, quarter, year); {REMEDY}"
            ));
        }
    };
    let alarms: f64 = number
        .trim()
        .parse()
        .map_err(|_| format!("\"{number}\" is no number; {REMEDY}"))?;
    if !alarms.is_finite() || alarms <= 0.0 {
        return Err(format!("no detector can promise {number} false alarms; {REMEDY}"));
    }
    let budget = Budget { alarms, per_s };
    let between_s = budget.mean_time_between_s();
    if !(3600.0..=1000.0 * 365.0 * DAY_S).contains(&between_s) {
        return Err("the budget must lie between one an hour and one in 1,000 years".into());
    }
    Ok(StatedBudget {
        words: text.trim().into(),
        budget,
    })
}

fn share(text: &str) -> Result<f64, String> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.trim().parse::<f64>(),
    };
    match number {
        Ok(share) if (0.01..=1.0).contains(&share) => Ok(share),
        Ok(_) => Err("a depth lies between 1% and 100%; write 20%".into()),
        Err(_) => Err(format!("\"{text}\" is no share; write 20%")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_in_words() {
        let between = |text: &str| budget(text).map(|stated| stated.budget.mean_time_between_s() / 86_400.0);
        assert_eq!(between("1/year"), Ok(365.0));
        assert_eq!(between("0.5/week"), Ok(14.0));
        assert_eq!(between("1/quarter"), Ok(91.25));
        for text in [
            "often",
            "1",
            "0/year",
            "-1/year",
            "NaN/year",
            "1/fortnight",
            "inf/day",
            "1000/day",
            "1e-9/year",
        ] {
            assert!(budget(text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_in_words() {
        assert_eq!(
            [step("1s"), step("60s"), step("5m"), step("1h")],
            [Ok(1), Ok(60), Ok(300), Ok(3600)]
        );
        for text in ["", "60", "7s", "2h", "0s", "m", "99999999999s", "1d"] {
            assert!(step(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_in_words() {
        assert_eq!([share("20%"), share("0.2"), share("20 %")], [Ok(0.2), Ok(0.2), Ok(0.2)]);
        for text in ["20", "0%", "101%", "much", "NaN"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
