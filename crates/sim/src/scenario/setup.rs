//! The first part of a scenario: the heartbeat, what is known of it, and how it is watched.

use super::line::{Line, Read};
use crate::place::Place;
use crate::span;
use crate::traffic::{Cell, Given};
use jiff::civil::{Date, DateTime, date};
use jiff::{Span, ToSpan};
use pulsecheck_rhythm::{Budget, Settings};

const DAY_S: i64 = 86_400;

/// The heartbeat of a scenario.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) settings: Settings,
    pub(super) place: Place,
    pub(super) seed: u64,
    pub(super) start: DateTime,
    pub(super) history_s: i64,
    pub(super) run_s: Option<i64>,
    pub(super) rhythm: Option<Rhythm>,
    pub(super) calendar: Vec<Date>,
    /// Given cells with the number of steps each, from the start on.
    pub(super) counts: Vec<(Cell, i64)>,
}

/// The traffic of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rhythm {
    pub(super) peak_per_s: f64,
    pub(super) night: f64,
    pub(super) weekend: f64,
    pub(super) noise: f64,
    pub(super) drift: f64,
    pub(super) trend: f64,
}

const CLAUSES: [&str; 18] = [
    "step", "zone", "seed", "start", "history", "run", "rhythm", "flat", "night", "weekend", "noise", "drift", "trend", "calendar",
    "budget", "lost", "counts", "silent",
];

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: Settings::with_step(1),
            place: Place::utc(),
            seed: 1,
            start: date(2026, 9, 28).at(0, 0, 0, 0),
            history_s: 21 * DAY_S,
            run_s: None,
            rhythm: None,
            calendar: Vec::new(),
            counts: Vec::new(),
        }
    }
}

impl Setup {
    pub(super) fn step_s(&self) -> i64 {
        i64::from(self.settings.step_s)
    }

    pub(super) fn start_unix(&self) -> i64 {
        self.place.unix(self.start)
    }

    /// The end of the history; whole days are local days, whatever the clocks do.
    pub(super) fn history_end(&self) -> i64 {
        if self.history_s % DAY_S == 0 {
            let days = Span::new().days(self.history_s / DAY_S);
            self.start.checked_add(days).map_or(i64::MAX, |end| self.place.unix(end))
        } else {
            self.start_unix() + self.history_s
        }
    }

    pub(super) fn given(&self) -> Vec<Given> {
        place_cells(&self.counts, self.start_unix(), self.step_s())
    }

    /// The first second after the given counts, where there is nothing else.
    pub(super) fn given_end(&self) -> Option<i64> {
        let steps: i64 = self.counts.iter().map(|&(_, steps)| steps).sum();
        self.rhythm.is_none().then(|| self.start_unix() + steps * self.step_s())
    }

    /// Reads the clauses of one line.
    pub(super) fn read(&mut self, line: &mut Line) -> Read<()> {
        while !line.is_done() {
            self.clause(line)?;
            line.end_clause()?;
        }
        Ok(())
    }

    fn clause(&mut self, line: &mut Line) -> Read<()> {
        let word = line.take("a clause, such as step 1s")?;
        match word.as_str() {
            "step" => self.settings = self.with_step(line)?,
            "zone" => {
                let name = line.take("a time zone, such as Europe/Dublin")?;
                let wrong = |_| {
                    line.fault_back(
                        &format!("unknown time zone \"{name}\""),
                        "write a name of the tz database, such as Europe/Dublin or UTC",
                    )
                };
                self.place = Place::named(&name).map_err(wrong)?;
            }
            "seed" => self.seed = line.whole("a whole number")?,
            "start" => self.start = start(line)?,
            "history" => self.history_s = line.span("a span, such as 3 weeks")?,
            "run" => self.run_s = Some(line.span("a span, such as 2 days")?),
            "rhythm" => self.rhythm = Some(Rhythm::read(line)?),
            "flat" | "night" | "weekend" | "noise" | "drift" | "trend" => match &mut self.rhythm {
                Some(rhythm) => rhythm.clause(&word, line)?,
                None => {
                    let message = format!("\"{word}\" describes a rhythm, and there is none yet");
                    return Err(line.fault_back(&message, "write rhythm first, such as rhythm 100/s at peak"));
                }
            },
            "calendar" => self.calendar(line)?,
            "budget" => self.settings.budget = budget(line)?,
            "lost" => {
                line.need("from")?;
                self.settings.lost_depth_min = line.percent(0.01, 1.0)?;
            }
            "silent" => {
                line.need("after")?;
                let seconds = line.span("a span, such as 25s")?;
                self.settings.silent_after_s = u32::try_from(seconds).unwrap_or(u32::MAX);
            }
            "counts" => self.counts.extend(counts(line)?),
            _ => return Err(line.unknown("clause", &word, &CLAUSES)),
        }
        Ok(())
    }

    fn with_step(&self, line: &mut Line) -> Read<Settings> {
        let step_s = line.span("a span, such as 1s or 60s")?;
        if !(1..=3600).contains(&step_s) || (60 % step_s != 0 && step_s % 60 != 0) {
            let message = format!("a step cannot be {}", span::show(step_s));
            return Err(line.fault_back(&message, "write 1s to 1h: a divisor of a minute, or whole minutes"));
        }
        Ok(Settings {
            step_s: step_s as u32,
            ..self.settings.clone()
        })
    }

    fn calendar(&mut self, line: &mut Line) -> Read<()> {
        while line.peek().is_some_and(|word| word != ",") || self.calendar.is_empty() {
            self.calendar.push(day(line)?);
        }
        Ok(())
    }
}

impl Rhythm {
    fn read(line: &mut Line) -> Read<Self> {
        let word = line.take("a rate, such as 100/s")?;
        let rate = word
            .split_once('/')
            .and_then(|(number, unit)| Some(number.parse::<f64>().ok()? / span::unit_s(unit)? as f64));
        let Some(peak_per_s) = rate.filter(|rate| *rate > 0.0 && *rate < 1e9) else {
            return Err(line.fault_back(
                &format!("\"{word}\" is no rate"),
                "write a number and a unit, such as 100/s, 40/min or 300/h",
            ));
        };
        if line.take_if("at") {
            line.need("peak")?;
        }
        Ok(Self {
            peak_per_s,
            night: 0.2,
            weekend: 0.6,
            noise: 1.2,
            drift: 0.035,
            trend: 0.0,
        })
    }

    fn clause(&mut self, word: &str, line: &mut Line) -> Read<()> {
        match word {
            "flat" => (self.night, self.weekend) = (1.0, 1.0),
            "night" => self.night = line.percent(0.001, 1.0)?,
            "weekend" => self.weekend = line.percent(0.001, 1.0)?,
            "noise" => {
                self.noise = line.decimal("a variance over mean, such as 1.2")?;
                if self.noise < 1.0 {
                    return Err(line.fault_back("noise below 1 is calmer than chance", "write 1 for pure chance, or more"));
                }
            }
            "drift" => self.drift = line.percent(0.0, 0.5)?,
            _ => {
                self.trend = line.percent(0.0, 1.0)?;
                line.need("a")?;
                line.need("week")?;
            }
        }
        Ok(())
    }
}

/// A date, with a time after it if there is one.
fn start(line: &mut Line) -> Read<DateTime> {
    let day = day(line)?;
    let time = line.peek().filter(|word| word.contains(':')).map(str::to_owned);
    match time {
        None => Ok(day.at(0, 0, 0, 0)),
        Some(word) => {
            line.take("a time")?;
            Ok(day.to_datetime(clock(line, &word)?))
        }
    }
}

/// A date between 2001 and 2058, which is what the offset tables cover with room.
pub(super) fn day(line: &mut Line) -> Read<Date> {
    let word = line.take("a date, such as 2026-12-25")?;
    match word.parse::<Date>() {
        Ok(day) if (2001..=2058).contains(&day.year()) => Ok(day),
        _ => Err(line.fault_back(
            &format!("\"{word}\" is no date of 2001 to 2058"),
            "write year-month-day, such as 2026-12-25",
        )),
    }
}

/// The time of day in `word`, the word taken last.
pub(super) fn clock(line: &Line, word: &str) -> Read<jiff::civil::Time> {
    let remedy = "write hours and minutes, such as 09:30 or 09:30:15";
    word.parse()
        .map_err(|_| line.fault_back(&format!("\"{word}\" is no time of day"), remedy))
}

fn budget(line: &mut Line) -> Read<Budget> {
    let word = line.take("a budget, such as 1/year")?;
    let read = || {
        let (alarms, unit) = word.split_once('/')?;
        let per_s = if unit == "year" {
            365 * DAY_S
        } else if unit == "month" {
            30 * DAY_S
        } else {
            span::unit_s(unit)?
        };
        Some(Budget {
            alarms: alarms.parse().ok().filter(|alarms| *alarms > 0.0)?,
            per_s: per_s as f64,
        })
    };
    let remedy = "write false alarms per time, such as 1/year, 2/month or 1/day";
    read().ok_or_else(|| line.fault_back(&format!("\"{word}\" is no budget"), remedy))
}

/// Cells such as `100x60 0x30 _x40 ~95x10`, up to a comma or the end of the line.
pub(super) fn counts(line: &mut Line) -> Read<Vec<(Cell, i64)>> {
    let mut cells = Vec::new();
    while line.peek().is_some_and(|word| word != ",") || cells.is_empty() {
        let word = line.take("counts, such as 100x60 0x30 _x40")?;
        let remedy = "write a count, ~ and a mean, or _ for no row, and how often: 100x60, ~95x60, _x40";
        let cell = cell(&word).ok_or_else(|| line.fault_back(&format!("\"{word}\" is no run of counts"), remedy))?;
        cells.push(cell);
    }
    Ok(cells)
}

fn cell(word: &str) -> Option<(Cell, i64)> {
    let (value, times) = word
        .split_once('x')
        .map_or((word, Some(1)), |(value, times)| (value, times.parse().ok()));
    let times = times.filter(|times| *times > 0)?;
    let cell = match (value, value.strip_prefix('~')) {
        ("_", _) => Cell::Missing,
        (_, Some(mean)) => Cell::About(mean.parse().ok().filter(|mean: &f64| *mean >= 0.0)?),
        _ => Cell::Count(value.parse().ok()?),
    };
    Some((cell, times))
}

/// Lays cells out from `start` on.
pub(super) fn place_cells(cells: &[(Cell, i64)], start: i64, step_s: i64) -> Vec<Given> {
    let mut at = start;
    let place = |&(cell, steps): &(Cell, i64)| {
        let given = Given { start: at, steps, cell };
        at += steps * step_s;
        given
    };
    cells.iter().map(place).collect()
}

/// The day after `day`.
pub(super) fn next_day(day: Date) -> Date {
    day.saturating_add(1.day())
}
